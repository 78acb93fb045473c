// SPDX-License-Identifier: MIT
/*
 * Element-wise operators join the operator that makes their input as post-operations, so that the
 * value in between is never stored. The joined operator takes the place of the later of the two: by
 * then all other operands are there, whoever makes them.
 */
#include "compiler/passes.h"

static bool takes_posts(const struct ge_lop *op)
{
	switch (op->opcode) {
	case GENPU_OP_CONV:
	case GENPU_OP_DECONV:
	case GENPU_OP_MATMUL:
	case GENPU_OP_INTERPOLATE:
	case GENPU_OP_LRN:
	case GENPU_OP_GRID_SAMPLE:
	case GENPU_OP_ROI_ALIGN:
	case GENPU_OP_UNARY:
	case GENPU_OP_LAYERNORM:
	case GENPU_OP_BATCHNORM:
	case GENPU_OP_POOL:
	case GENPU_OP_REDUCE:
		return true;
	case GENPU_OP_BINARY:
		return op->binary.kind <= GENPU_BINARY_MAX;
	default:
		return false;
	}
}

static bool makes_post(const struct ge_lop *op)
{
	return op->opcode == GENPU_OP_UNARY ||
	       (op->opcode == GENPU_OP_BINARY && op->binary.kind <= GENPU_BINARY_MAX);
}

/* What makes operand @which of @op, if @op can become a part of it. */
static struct ge_lop *joinable(const struct ge_ir *ir, const struct ge_uses *uses,
			       const struct ge_lop *op, int which)
{
	struct ge_lop *maker = ge_maker(ir, uses, &op->in[which]);

	if (!maker || !takes_posts(maker) || ge_num_readers(uses, maker->out.buf) != 1 ||
	    maker->num_posts + op->num_posts + 2 > GENPU_MAX_POSTS ||
	    maker->out.dtype != op->out.dtype || !ge_view_same_dims(&maker->out, &op->out))
		return NULL;
	return maker;
}

static bool heavy(const struct ge_lop *op)
{
	return op->opcode == GENPU_OP_CONV || op->opcode == GENPU_OP_DECONV ||
	       op->opcode == GENPU_OP_MATMUL;
}

/* Operand 1 as the one that goes on: not for quotients and powers. */
static bool reversible(const struct ge_lop *op)
{
	return op->binary.kind != GENPU_BINARY_DIV && op->binary.kind != GENPU_BINARY_POW;
}

static int add_posts(struct ge_lop *maker, const struct ge_lop *op, int which)
{
	struct ge_lpost post = { .with = ge_view_none() };
	int ret = 0;

	if (op->opcode == GENPU_OP_UNARY) {
		post.type = GENPU_POST_UNARY;
		post.kind = (uint16_t)op->unary.kind;
		post.alpha = op->unary.alpha;
		post.beta = op->unary.beta;
		return ge_ir_add_post(maker, &post);
	}
	post.type = GENPU_POST_UNARY;
	post.kind = GENPU_UNARY_LINEAR;
	post.alpha = -1;
	if (which == 1 && op->binary.kind == GENPU_BINARY_SUB)
		ret = ge_ir_add_post(maker, &post);
	post.type = GENPU_POST_BINARY;
	post.kind = (uint16_t)op->binary.kind;
	post.alpha = 0;
	if (which == 1 && op->binary.kind == GENPU_BINARY_SUB)
		post.kind = GENPU_BINARY_ADD;
	post.with = op->in[!which];
	return ret ? ret : ge_ir_add_post(maker, &post);
}

static int join(struct ge_ir *ir, struct ge_lop *maker, struct ge_lop *op, int which)
{
	int ret = add_posts(maker, op, which);

	for (int i = 0; !ret && i < op->num_posts; i++)
		ret = ge_ir_add_post(maker, &op->posts[i]);
	if (!ret)
		ret = ge_ir_add_origin(ir, ir->origins[op->origin].node, maker->origin,
				       &maker->origin);
	if (ret)
		return ret;
	maker->out = op->out;
	ge_ir_remove(op);
	*op = *maker;
	maker->posts = NULL;
	ge_ir_remove(maker);
	return 0;
}

int ge_pass_posts(struct ge_ir *ir)
{
	struct ge_uses uses;
	int ret = ge_uses_find(ir, &uses);

	for (size_t i = 0; !ret && i < ir->num_ops; i++) {
		struct ge_lop *op = &ir->ops[i], *a, *b = NULL;

		if (!makes_post(op) || !ge_plain_float(&op->out))
			continue;
		a = joinable(ir, &uses, op, 0);
		if (op->opcode == GENPU_OP_BINARY && reversible(op))
			b = joinable(ir, &uses, op, 1);
		/* Of two, the one that computes more, and of equals the later one. */
		if (a && b && (heavy(a) == heavy(b) ? b > a : heavy(b)))
			a = NULL;
		if (a)
			ret = join(ir, a, op, 0);
		else if (b)
			ret = join(ir, b, op, 1);
	}
	ge_uses_free(&uses);
	ge_ir_pack(ir);
	return ret;
}
