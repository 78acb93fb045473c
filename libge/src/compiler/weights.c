// SPDX-License-Identifier: MIT
/*
 * Products and sums with constants after a convolution, one a channel, as batch normalisation
 * leaves them, become part of its weights and bias. Constants after a matrix product become its
 * bias and factor. Float32 only: other types would round the weights twice.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "compiler/passes.h"
#include "graph/dtype.h"

/* y = x factor + sum; for each channel if the view is there. */
struct affine {
	struct ge_view factors, sums;
	float factor, sum;
	bool negate_sums;	/* subtract them */
	bool divide;		/* by the factors */
};

/* A constant with one value for each channel, or one for all. */
static bool by_channel(const struct ge_ir *ir, const struct ge_view *v, const struct ge_view *out)
{
	if (!ge_view_const(ir, v) || v->rank != out->rank)
		return false;
	for (int i = 0; i < v->rank; i++)
		if (v->dims[i] != 1 && (i != 1 || v->dims[i] != out->dims[i]))
			return false;
	return true;
}

/* Sets @which to the operand that is not the constant. */
static bool find_affine(const struct ge_ir *ir, const struct ge_lop *op, struct affine *a,
			int *which)
{
	int other;

	*a = (struct affine){ .factors = ge_view_none(), .sums = ge_view_none(), .factor = 1 };
	*which = 0;
	if (op->num_posts)
		return false;
	if (op->opcode == GENPU_OP_UNARY && op->unary.kind == GENPU_UNARY_LINEAR) {
		a->factor = op->unary.alpha;
		a->sum = op->unary.beta;
		return true;
	}
	if (op->opcode != GENPU_OP_BINARY)
		return false;
	for (other = 0; other < 2; other++)
		if (by_channel(ir, &op->in[other], &op->out))
			break;
	if (other == 2)
		return false;
	*which = !other;
	switch (op->binary.kind) {
	case GENPU_BINARY_SUB:
		a->negate_sums = true;
		a->sums = op->in[other];
		return other == 1;
	case GENPU_BINARY_ADD:
		a->sums = op->in[other];
		return true;
	case GENPU_BINARY_DIV:
		a->divide = true;
		a->factors = op->in[other];
		return other == 1;
	case GENPU_BINARY_MUL:
		a->factors = op->in[other];
		return true;
	default:
		return false;
	}
}

static float at_channel(const struct ge_ir *ir, const struct ge_view *v, int64_t channel)
{
	const float *data = (const float *)ir->bufs[v->buf].data->data;

	return data[v->offset + (v->dims[1] == 1 ? 0 : channel * v->strides[1])];
}

static float factor_of(const struct ge_ir *ir, const struct affine *a, int64_t channel)
{
	float f;

	if (a->factors.buf == GE_NO_BUF)
		return a->factor;
	f = at_channel(ir, &a->factors, channel);
	return a->divide ? 1 / f : f;
}

static float sum_of(const struct ge_ir *ir, const struct affine *a, int64_t channel)
{
	float f;

	if (a->sums.buf == GE_NO_BUF)
		return a->sum;
	f = at_channel(ir, &a->sums, channel);
	return a->negate_sums ? -f : f;
}

static int new_const(struct ge_ir *ir, int rank, const int64_t *dims, struct ge_view *view)
{
	uint32_t buf;
	int ret = ge_ir_add_buf(ir, GE_BUF_TEMP, GE_DT_FLOAT, rank, dims, &buf);

	if (ret)
		return ret;
	ir->bufs[buf].data = ge_blob_create(NULL, (size_t)ir->bufs[buf].elements * sizeof(float));
	if (!ir->bufs[buf].data)
		return -ENOMEM;
	ir->bufs[buf].kind = GE_BUF_CONST;
	*view = ge_view_all(ir, buf);
	return 0;
}

static bool scales(const struct affine *a)
{
	return a->factors.buf != GE_NO_BUF || a->factor != 1;
}

/* What a weight is for: O C/g in a convolution, C O/g in a transposed one. */
static int64_t out_channel(const struct ge_lop *conv, const int64_t *index)
{
	const struct ge_view *w = &conv->in[1];

	if (conv->opcode == GENPU_OP_CONV)
		return index[0];
	return index[0] / (w->dims[0] / conv->conv.groups) * w->dims[1] + index[1];
}

static int scale_weights(struct ge_ir *ir, struct ge_lop *conv, const struct affine *a)
{
	struct ge_view w = conv->in[1], scaled;
	const float *from;
	struct ge_walk walk;
	int64_t n = ge_view_elements(&w);
	float *to;
	int ret = new_const(ir, w.rank, w.dims, &scaled);

	if (ret)
		return ret;
	from = (const float *)ir->bufs[w.buf].data->data;
	to = (float *)ir->bufs[scaled.buf].data->data;
	ge_walk_start(&walk, &w);
	for (int64_t i = 0; i < n; i++, ge_walk_next(&walk))
		to[i] = from[walk.at] * factor_of(ir, a, out_channel(conv, walk.index));
	conv->in[1] = scaled;
	return 0;
}

static int change_bias(struct ge_ir *ir, struct ge_lop *conv, const struct affine *a)
{
	struct ge_view old = conv->in[2], bias;
	float *to;
	int ret = new_const(ir, 1, &conv->out.dims[1], &bias);

	if (ret)
		return ret;
	to = (float *)ir->bufs[bias.buf].data->data;
	for (int64_t c = 0; c < bias.dims[0]; c++) {
		float value = 0;

		if (old.buf != GE_NO_BUF)
			value = ((const float *)ir->bufs[old.buf].data->data)
				[old.offset + c * old.strides[0]];
		to[c] = value * factor_of(ir, a, c) + sum_of(ir, a, c);
	}
	conv->in[2] = bias;
	return 0;
}

static int into_conv(struct ge_ir *ir, struct ge_lop *conv, const struct affine *a)
{
	int ret = scales(a) ? scale_weights(ir, conv, a) : 0;

	return ret ? ret : change_bias(ir, conv, a);
}

static bool fits_conv(const struct ge_ir *ir, const struct ge_lop *conv)
{
	return (conv->opcode == GENPU_OP_CONV || conv->opcode == GENPU_OP_DECONV) &&
	       ge_view_const(ir, &conv->in[1]) &&
	       (conv->in[2].buf == GE_NO_BUF || ge_view_const(ir, &conv->in[2]));
}

/* A row that is added, or one factor for all, while there is no bias yet. */
static bool into_matmul(const struct ge_ir *ir, struct ge_lop *mm, const struct ge_lop *op)
{
	const struct ge_view *row;

	if (mm->opcode != GENPU_OP_MATMUL || mm->in[2].buf != GE_NO_BUF)
		return false;
	if (op->opcode == GENPU_OP_UNARY && op->unary.kind == GENPU_UNARY_LINEAR &&
	    !op->unary.beta) {
		mm->matmul.alpha *= op->unary.alpha;
		return true;
	}
	if (op->opcode != GENPU_OP_BINARY || op->binary.kind != GENPU_BINARY_ADD)
		return false;
	row = &op->in[ge_view_const(ir, &op->in[0]) ? 0 : 1];
	if (!ge_view_const(ir, row) || row->dims[row->rank - 1] != op->out.dims[row->rank - 1])
		return false;
	for (int i = 0; i < row->rank - 1; i++)
		if (row->dims[i] != 1)
			return false;
	mm->in[2] = *row;
	mm->matmul.beta = 1;
	return true;
}

/* A factor that a matrix was multiplied with before, as attention does it. */
static void factor_from_input(const struct ge_ir *ir, const struct ge_uses *uses, struct ge_lop *mm)
{
	for (int i = 0; i < 2; i++) {
		struct ge_lop *linear = ge_maker(ir, uses, &mm->in[i]);

		if (!linear || linear->opcode != GENPU_OP_UNARY || linear->num_posts ||
		    linear->unary.kind != GENPU_UNARY_LINEAR || linear->unary.beta ||
		    ge_num_readers(uses, linear->out.buf) != 1)
			continue;
		mm->matmul.alpha *= linear->unary.alpha;
		mm->in[i] = linear->in[0];
		ge_ir_remove(linear);
	}
}

int ge_pass_weights(struct ge_ir *ir)
{
	struct ge_uses uses;
	int ret = ge_uses_find(ir, &uses);

	for (size_t i = 0; !ret && i < ir->num_ops; i++) {
		struct ge_lop *op = &ir->ops[i], *maker = NULL;
		struct affine a;
		int which, done = 0;

		if (!op->opcode || op->num_posts || op->out.dtype != GE_DT_FLOAT)
			continue;
		if (op->opcode == GENPU_OP_MATMUL)
			factor_from_input(ir, &uses, op);
		for (which = 0; which < op->num_in && which < 2 && !maker; which++) {
			maker = ge_maker(ir, &uses, &op->in[which]);
			if (maker && (maker->num_posts || maker->out.dtype != GE_DT_FLOAT ||
				      ge_num_readers(&uses, maker->out.buf) != 1 ||
				      !ge_view_same_dims(&maker->out, &op->out)))
				maker = NULL;
		}
		if (!maker)
			continue;
		if (fits_conv(ir, maker) && find_affine(ir, op, &a, &which) &&
		    ge_maker(ir, &uses, &op->in[which]) == maker) {
			ret = into_conv(ir, maker, &a);
			done = 1;
		} else {
			done = into_matmul(ir, maker, op);
		}
		if (ret || !done)
			continue;
		/* The maker writes the result from now on. */
		maker->out = op->out;
		ret = ge_ir_add_origin(ir, ir->origins[op->origin].node, maker->origin,
				       &maker->origin);
		uses.writer[op->out.buf] = (uint32_t)(maker - ir->ops);
		ge_ir_remove(op);
	}
	ge_uses_free(&uses);
	ge_ir_pack(ir);
	return ret;
}
