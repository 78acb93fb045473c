// SPDX-License-Identifier: MIT
/*
 * Layer normalisation spelled out: d = x - mean(x), y = d / sqrt(mean(d d) + e), then a factor and
 * a sum. The operator that makes y becomes the normalisation, and the product and the sum that
 * follow become its parameters.
 */
#include <string.h>
#include "compiler/passes.h"

static struct ge_lop *made_by(const struct ge_ir *ir, const struct ge_uses *uses,
			      const struct ge_view *view, uint16_t opcode, uint32_t kind)
{
	struct ge_lop *op = ge_maker(ir, uses, view);

	/* The kind is the first attribute of all three. */
	return op && op->opcode == opcode && op->unary.kind == kind && !op->num_posts ? op : NULL;
}

/* The first dimension of a reduction over all dimensions from there on, or -1. */
static int trailing_axis(const struct ge_lop *reduce)
{
	int rank = reduce->out.rank;

	for (int axis = 0; axis < rank; axis++)
		if (reduce->reduce.axes == (((1u << rank) - 1) & ~((1u << axis) - 1)))
			return axis;
	return -1;
}

/* @view is sqrt(mean(@d * @d) + epsilon); returns the mean. */
static struct ge_lop *deviation_of(const struct ge_ir *ir, const struct ge_uses *uses,
				   const struct ge_view *view, const struct ge_view *d,
				   float *epsilon)
{
	struct ge_lop *root = made_by(ir, uses, view, GENPU_OP_UNARY, GENPU_UNARY_SQRT);
	struct ge_lop *sum, *mean, *square;

	sum = root ? made_by(ir, uses, &root->in[0], GENPU_OP_UNARY, GENPU_UNARY_LINEAR) : NULL;
	if (!sum || sum->unary.alpha != 1)
		return NULL;
	*epsilon = sum->unary.beta;
	mean = made_by(ir, uses, &sum->in[0], GENPU_OP_REDUCE, GENPU_REDUCE_MEAN);
	square = mean ? made_by(ir, uses, &mean->in[0], GENPU_OP_BINARY, GENPU_BINARY_MUL) : NULL;
	return square && ge_view_same(&square->in[0], d) && ge_view_same(&square->in[1], d) ?
	       mean : NULL;
}

static void find_norm(const struct ge_ir *ir, const struct ge_uses *uses, struct ge_lop *op)
{
	struct ge_lop *by = NULL, *d, *mean, *square_mean = NULL;
	struct ge_view x;
	float epsilon;
	int axis;

	if (op->opcode != GENPU_OP_BINARY)
		return;
	if (op->binary.kind == GENPU_BINARY_DIV)
		square_mean = deviation_of(ir, uses, &op->in[1], &op->in[0], &epsilon);
	else if (op->binary.kind == GENPU_BINARY_MUL)
		by = made_by(ir, uses, &op->in[1], GENPU_OP_UNARY, GENPU_UNARY_RECIPROCAL);
	if (by)
		square_mean = deviation_of(ir, uses, &by->in[0], &op->in[0], &epsilon);
	d = square_mean ? made_by(ir, uses, &op->in[0], GENPU_OP_BINARY, GENPU_BINARY_SUB) : NULL;
	mean = d ? made_by(ir, uses, &d->in[1], GENPU_OP_REDUCE, GENPU_REDUCE_MEAN) : NULL;
	if (!mean || !ge_view_same(&mean->in[0], &d->in[0]) ||
	    mean->reduce.axes != square_mean->reduce.axes ||
	    !ge_view_same_dims(&op->out, &d->in[0]))
		return;
	axis = trailing_axis(mean);
	if (axis < 0)
		return;
	x = d->in[0];
	op->opcode = GENPU_OP_LAYERNORM;
	op->num_in = 3;
	op->in[0] = x;
	op->in[1] = ge_view_none();
	op->in[2] = ge_view_none();
	memset(op->raw, 0, sizeof(op->raw));
	op->norm.axis = (uint32_t)axis;
	op->norm.epsilon = epsilon;
}

/* A constant that is the same for all that is normalised apart, in the shape of a parameter. */
static bool is_param(const struct ge_ir *ir, const struct ge_view *v, const struct ge_lop *norm,
		     struct ge_view *param)
{
	int axis = (int)norm->norm.axis;

	if (!ge_view_const(ir, v) || v->rank != norm->out.rank)
		return false;
	*param = *v;
	param->rank = v->rank - axis;
	for (int i = 0; i < v->rank; i++) {
		if (v->dims[i] != (i < axis ? 1 : norm->out.dims[i]))
			return false;
		if (i < axis)
			continue;
		param->dims[i - axis] = v->dims[i];
		param->strides[i - axis] = v->strides[i];
	}
	return true;
}

/* The product or sum @op becomes the normalisation before it, with the constant as a parameter. */
static void take_params(const struct ge_ir *ir, const struct ge_uses *uses, struct ge_lop *op)
{
	bool product = op->opcode == GENPU_OP_BINARY && op->binary.kind == GENPU_BINARY_MUL;
	bool sum = op->opcode == GENPU_OP_BINARY && op->binary.kind == GENPU_BINARY_ADD;

	for (int which = 0; which < 2 && (product || sum); which++) {
		struct ge_lop *norm = ge_maker(ir, uses, &op->in[which]);
		struct ge_view param, out = op->out;
		uint32_t origin = op->origin;

		if (!norm || norm->opcode != GENPU_OP_LAYERNORM || norm->num_posts ||
		    ge_num_readers(uses, norm->out.buf) != 1 ||
		    !is_param(ir, &op->in[!which], norm, &param) ||
		    norm->in[2].buf != GE_NO_BUF || (product && norm->in[1].buf != GE_NO_BUF))
			continue;
		*op = *norm;
		op->in[product ? 1 : 2] = param;
		op->out = out;
		op->origin = origin;
		ge_ir_remove(norm);
		return;
	}
}

int ge_pass_norm(struct ge_ir *ir)
{
	struct ge_uses uses;
	int ret = ge_uses_find(ir, &uses);

	for (size_t i = 0; !ret && i < ir->num_ops; i++) {
		struct ge_lop *op = &ir->ops[i];

		if (!op->opcode || op->num_posts || !ge_plain_float(&op->out))
			continue;
		find_norm(ir, &uses, op);
		take_params(ir, &uses, op);
	}
	ge_uses_free(&uses);
	return ret ? ret : ge_pass_dead(ir);
}
