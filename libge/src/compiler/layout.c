// SPDX-License-Identifier: MIT
/*
 * How buffers are stored. Convolutions, pooling and the like are fastest with the channels
 * innermost, so what they read and write is stored that way, and also what is connected to it by
 * element-wise operators, unless some view of it could not be expressed by strides then.
 *
 * No view changes: views are over the canonical order, and are translated when encoded.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "compiler/passes.h"

#define MAX_ROUNDS	16

struct state {
	const struct ge_ir *ir;
	bool *wanted;
	bool changed;
	bool found;		/* an operand that is wanted */
	int rank;
};

/* Dimension 1 of the view is dimension 1 of the buffer, and there are more after it. */
static bool has_channels(const struct ge_ir *ir, const struct ge_view *view)
{
	const struct ge_buf *buf = &ir->bufs[view->buf];

	if (buf->kind != GE_BUF_TEMP || view->rank != buf->rank || view->rank < 3)
		return false;
	return view->dims[1] == 1 || view->strides[1] == buf->strides[1];
}

static void want(struct state *s, const struct ge_view *view)
{
	if (s->wanted[view->buf] || !has_channels(s->ir, view))
		return;
	s->wanted[view->buf] = true;
	s->changed = true;
}

static void look(void *arg, struct ge_view *view)
{
	struct state *s = arg;

	s->found = s->found || (view->rank == s->rank && s->wanted[view->buf]);
}

static void spread(void *arg, struct ge_view *view)
{
	struct state *s = arg;

	if (view->rank == s->rank)
		want(s, view);
}

static bool spreads(uint16_t opcode)
{
	return opcode == GENPU_OP_COPY || opcode == GENPU_OP_UNARY || opcode == GENPU_OP_BINARY ||
	       opcode == GENPU_OP_PAD || opcode == GENPU_OP_REDUCE ||
	       opcode == GENPU_OP_BATCHNORM || opcode == GENPU_OP_SELECT ||
	       opcode == GENPU_OP_GATHER || opcode == GENPU_OP_INTERPOLATE;
}

/* Works on all channels of one place at a time. */
static bool is_spatial(uint16_t opcode)
{
	return opcode == GENPU_OP_CONV || opcode == GENPU_OP_DECONV || opcode == GENPU_OP_POOL ||
	       opcode == GENPU_OP_LRN || opcode == GENPU_OP_GRID_SAMPLE ||
	       opcode == GENPU_OP_ROI_ALIGN;
}

static void step(struct state *s, struct ge_lop *op)
{
	if (!spreads(op->opcode) && !is_spatial(op->opcode))
		return;
	if (is_spatial(op->opcode)) {
		want(s, &op->in[0]);
		want(s, &op->out);
	}
	s->rank = op->out.rank;
	s->found = s->wanted[op->out.buf];
	ge_each_operand(op, look, s);
	if (!s->found)
		return;
	want(s, &op->out);
	ge_each_operand(op, spread, s);
}

/* Distances with the channels innermost. */
static void channels_last(const struct ge_buf *buf, int64_t *strides)
{
	int64_t stride = buf->dims[1] ? buf->dims[1] : 1;

	strides[1] = 1;
	for (int i = buf->rank - 1; i >= 0; i--) {
		if (i == 1)
			continue;
		strides[i] = stride;
		stride *= buf->dims[i] ? buf->dims[i] : 1;
	}
}

static void check(void *arg, struct ge_view *view)
{
	struct state *s = arg;
	const struct ge_buf *buf = &s->ir->bufs[view->buf];
	int64_t strides[GE_MAX_RANK];
	struct ge_view out;

	if (!s->wanted[view->buf])
		return;
	channels_last(buf, strides);
	if (!ge_view_restride(buf->rank, buf->dims, strides, view, &out))
		s->wanted[view->buf] = false;
}

int ge_pass_layout(struct ge_ir *ir)
{
	struct state s = { .ir = ir, .wanted = calloc(ir->num_bufs + 1, sizeof(bool)),
			   .changed = true };

	if (!s.wanted)
		return ge_error(ENOMEM, "no memory for the compiler");
	for (int round = 0; s.changed && round < MAX_ROUNDS; round++) {
		s.changed = false;
		for (size_t i = 0; i < ir->num_ops; i++)
			step(&s, &ir->ops[i]);
		for (size_t i = ir->num_ops; i-- > 0;)
			step(&s, &ir->ops[i]);
	}
	for (size_t i = 0; i < ir->num_ops; i++) {
		if (!ir->ops[i].opcode)
			continue;
		ge_each_operand(&ir->ops[i], check, &s);
		check(&s, &ir->ops[i].out);
	}
	for (size_t i = 0; i < ir->num_bufs; i++)
		if (s.wanted[i])
			channels_last(&ir->bufs[i], ir->bufs[i].strides);
	free(s.wanted);
	return 0;
}
