// SPDX-License-Identifier: MIT
/*
 * Copies that only move a whole temporary to another place, as concatenations and outputs make
 * them, are avoided: what wrote the temporary writes to the place of the copy, and what read it
 * reads there. Operators that need their tensors in one piece keep the copy if the place is not.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "compiler/passes.h"

#define MAX_ROUNDS	8

struct place {
	struct ge_ir *ir;
	uint32_t from;			/* buffer */
	int64_t strides[GE_MAX_RANK];	/* of its canonical dimensions, in the other's order */
	int64_t offset;
	uint32_t to;
	bool apply;			/* rather than look whether it is possible */
	bool pieces;			/* the operator takes tensors of several pieces */
	bool alone;			/* nobody else reads the temporary */
	bool fails;
};

/* Whether the elements lie close together, in any order of dimensions. */
static bool in_one_piece(const struct ge_view *view)
{
	bool used[GE_MAX_RANK] = { false };
	int64_t expect = 1;

	for (int done = 0; done < view->rank; done++) {
		int next = -1;

		for (int i = 0; i < view->rank; i++)
			if (!used[i] && (view->dims[i] == 1 || view->strides[i] == expect))
				next = i;
		if (next < 0)
			return false;
		used[next] = true;
		expect *= view->dims[next];
	}
	return true;
}

static void move(void *arg, struct ge_view *view)
{
	struct place *p = arg;
	const struct ge_buf *from = &p->ir->bufs[p->from];
	struct ge_view moved, now, then;

	if (view->buf != p->from || p->fails)
		return;
	if (!ge_view_restride(from->rank, from->dims, p->strides, view, &moved)) {
		p->fails = true;
		return;
	}
	moved.buf = p->to;
	moved.offset += p->offset;
	if (p->apply) {
		*view = moved;
		return;
	}
	if (!ge_view_physical(p->ir, view, &now) || !ge_view_physical(p->ir, &moved, &then)) {
		p->fails = true;
		return;
	}
	if (!p->pieces && !in_one_piece(&then) && in_one_piece(&now))
		p->fails = true;
	for (int i = 0; !p->alone && !p->pieces && i < view->rank; i++)
		if (view->dims[i] > 1 && now.strides[i] != then.strides[i])
			p->fails = true;
}

static void move_op(struct place *p, struct ge_lop *op)
{
	p->pieces = op->opcode == GENPU_OP_COPY || op->opcode == GENPU_OP_UNARY ||
		    op->opcode == GENPU_OP_BINARY || op->opcode == GENPU_OP_GATHER ||
		    op->opcode == GENPU_OP_PAD || op->opcode == GENPU_OP_FILL ||
		    op->opcode == GENPU_OP_SELECT || op->opcode == GENPU_OP_INTERPOLATE;
	ge_each_operand(op, move, p);
	move(p, &op->out);
}

static void move_all(struct place *p, const struct ge_uses *uses, const struct ge_lop *copy)
{
	for (uint32_t i = uses->first[p->from]; i < uses->first[p->from + 1]; i++)
		if (&p->ir->ops[uses->users[i]] != copy)
			move_op(p, &p->ir->ops[uses->users[i]]);
	for (uint32_t w = uses->writer[p->from]; w != GE_NO_BUF; w = uses->before[w])
		move_op(p, &p->ir->ops[w]);
}

/* Where the canonical dimensions of the copied buffer go. */
static bool find_strides(struct place *p, const struct ge_lop *copy)
{
	const struct ge_buf *from = &p->ir->bufs[p->from];
	const struct ge_view *x = &copy->in[0], *y = &copy->out;
	int64_t stride = 1;
	struct ge_view whole;

	p->offset = y->offset;
	if (ge_view_whole(p->ir, x) && ge_view_reshape(y, from->rank, from->dims, &whole)) {
		memcpy(p->strides, whole.strides, sizeof(p->strides));
		return true;
	}
	for (int k = from->rank - 1; k >= 0; k--) {
		bool found = from->dims[k] == 1;

		p->strides[k] = 0;
		for (int i = 0; i < x->rank && !found; i++) {
			if (x->dims[i] != from->dims[k] || x->strides[i] != stride)
				continue;
			p->strides[k] = y->strides[i];
			found = true;
		}
		if (!found)
			return false;
		stride *= from->dims[k];
	}
	return true;
}

static bool try_place(struct ge_ir *ir, const struct ge_uses *uses, struct ge_lop *copy)
{
	struct place p = { .ir = ir, .from = copy->in[0].buf, .to = copy->out.buf };

	if (ir->bufs[p.from].kind != GE_BUF_TEMP || copy->in[0].dtype != copy->out.dtype ||
	    p.from == p.to || !uses->num_writers[p.from] || !ge_view_covers(ir, &copy->in[0]) ||
	    !find_strides(&p, copy))
		return false;
	p.alone = ge_num_readers(uses, p.from) == 1;
	move_all(&p, uses, copy);
	if (p.fails)
		return false;
	p.apply = true;
	move_all(&p, uses, copy);
	ge_ir_remove(copy);
	return true;
}

int ge_pass_place(struct ge_ir *ir)
{
	bool changed = true;

	for (int round = 0; changed && round < MAX_ROUNDS; round++) {
		bool *touched = calloc(ir->num_bufs + 1, sizeof(*touched));
		struct ge_uses uses;

		changed = false;
		if (!touched || ge_uses_find(ir, &uses)) {
			free(touched);
			return ge_error(ENOMEM, "no memory for the compiler");
		}
		for (size_t i = 0; i < ir->num_ops; i++) {
			struct ge_lop *op = &ir->ops[i];
			uint32_t to = op->out.buf;

			/* Who uses a buffer that grew in this round is known in the next. */
			if (op->opcode != GENPU_OP_COPY || op->num_posts ||
			    touched[op->in[0].buf] || !try_place(ir, &uses, op))
				continue;
			touched[to] = true;
			changed = true;
		}
		ge_uses_free(&uses);
		free(touched);
		ge_ir_pack(ir);
	}
	return 0;
}
