// SPDX-License-Identifier: MIT
/*
 * eltwise.c - UNARY and BINARY
 *
 * Floats of up to 32 bits are a chain of rows together with the post-operations; other types have
 * none.
 */
#include <stddef.h>
#include <stdlib.h>

#include "narrow.h"
#include "nd.h"
#include "rows.h"
#include "vmath.h"

/**
 * struct eltwise - a prepared operator, one of two kinds
 * @rows: for floats
 * @nd: for other types: the output and the inputs
 * @kind: enum genpu_unary or enum genpu_binary
 * @alpha: of a unary
 * @beta: of a unary
 * @dtype: of the inputs
 */
struct eltwise {
	struct rows *rows;
	struct nd nd;
	unsigned int kind;
	float alpha;
	float beta;
	uint8_t dtype;
};

static uint32_t eltwise_prepare(struct op *op, enum rows_head head, unsigned int kind, float alpha,
				float beta)
{
	struct eltwise *e = calloc(1, sizeof(*e));
	unsigned int k;

	if (!e)
		return GENPU_ERR_NO_MEMORY;
	op->priv = e;
	e->kind = kind;
	e->alpha = alpha;
	e->beta = beta;
	e->dtype = op->operands[0].mem.dtype;
	if (dtype_is_float(e->dtype))
		return rows_create(op, head, kind, alpha, beta, &e->rows);
	nd_init(&e->nd, &op_out(op)->use);
	for (k = 0; k < op->num_in; k++)
		nd_add(&e->nd, &op->operands[k].use);
	nd_optimize(&e->nd);
	return GENPU_OK;
}

static void eltwise_destroy(struct op *op)
{
	struct eltwise *e = op->priv;

	rows_destroy(e->rows);
	free(e);
}

static bool is_signed(uint8_t dtype)
{
	return dtype == GENPU_DT_I8 || dtype == GENPU_DT_I16 || dtype == GENPU_DT_I32 ||
	       dtype == GENPU_DT_I64;
}

static bool is_unsigned(uint8_t dtype)
{
	return dtype == GENPU_DT_U8 || dtype == GENPU_DT_U16 || dtype == GENPU_DT_U32 ||
	       dtype == GENPU_DT_U64;
}

static bool is_integer(uint8_t dtype)
{
	return is_signed(dtype) || is_unsigned(dtype);
}

static bool unary_takes(unsigned int kind, uint8_t dtype)
{
	bool is_real = dtype_is_float(dtype) || dtype == GENPU_DT_F64;

	switch (kind) {
	case GENPU_UNARY_NOT:
		return dtype == GENPU_DT_BOOL;
	case GENPU_UNARY_BITNOT:
		return is_integer(dtype);
	case GENPU_UNARY_SIGN:
		return is_real || is_integer(dtype);
	case GENPU_UNARY_ABS:
	case GENPU_UNARY_NEG:
	case GENPU_UNARY_RELU:
		return is_real || is_signed(dtype);
	default:
		return is_real;
	}
}

static uint32_t unary_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_unary *attr = op->attr;
	const struct view *x = op_view(op, 0), *y = op_view(op, 1);

	if (attr->kind < GENPU_UNARY_RELU || attr->kind > GENPU_UNARY_BITNOT)
		return bad_attr(v, op, offsetof(struct genpu_attr_unary, kind));
	if (attr->reserved)
		return bad_attr(v, op, offsetof(struct genpu_attr_unary, reserved));
	if (!unary_takes(attr->kind, x->dtype))
		return bad_type(v, op, 0);
	if (y->dtype != x->dtype)
		return bad_type(v, op, 1);
	if (y->rank != x->rank || memcmp(y->dims, x->dims, sizeof(y->dims)))
		return bad_shape(v, op, 1);
	return GENPU_OK;
}

static uint32_t unary_prepare(struct engine_program *p, struct op *op)
{
	const struct genpu_attr_unary *attr = op->attr;

	(void)p;
	return eltwise_prepare(op, ROWS_UNARY, attr->kind, attr->alpha, attr->beta);
}

static void unary_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	const struct eltwise *e = priv;

	unary_any(e->dtype, e->kind, e->alpha, e->beta, ptr[1], stride[1], ptr[0], stride[0], n);
}

static uint32_t unary_run(const struct op *op, void *const *data, struct run *run)
{
	const struct eltwise *e = op->priv;
	void *const base[] = { data[1], data[0] };

	if (e->rows)
		return rows_run(e->rows, data, run);
	if (!nd_run(&e->nd, base, unary_row, (void *)e, 1 << 20, run))
		return GENPU_ERR_ABORTED;
	return GENPU_OK;
}

const struct op_class op_unary = {
	.name = "unary",
	.opcode = GENPU_OP_UNARY,
	.min_in = 1,
	.max_in = 1,
	.attr_size = sizeof(struct genpu_attr_unary),
	.rows = true,
	.verify = unary_verify,
	.prepare = unary_prepare,
	.run = unary_run,
	.destroy = eltwise_destroy,
};

static bool binary_takes(unsigned int kind, uint8_t dtype)
{
	switch (kind) {
	case GENPU_BINARY_AND:
	case GENPU_BINARY_OR:
	case GENPU_BINARY_XOR:
		return dtype == GENPU_DT_BOOL;
	case GENPU_BINARY_MOD:
	case GENPU_BINARY_FMOD:
		return is_integer(dtype) || dtype_is_float(dtype) || dtype == GENPU_DT_F64;
	case GENPU_BINARY_BITAND:
	case GENPU_BINARY_BITOR:
	case GENPU_BINARY_BITXOR:
		return is_integer(dtype);
	case GENPU_BINARY_SHL:
	case GENPU_BINARY_SHR:
		return is_unsigned(dtype);
	default:
		return !dtype_is_narrow(dtype);
	}
}

static uint32_t binary_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_binary *attr = op->attr;
	const struct view *a = op_view(op, 0), *b = op_view(op, 1), *y = op_view(op, 2);
	struct view wide;
	unsigned int i;

	if (attr->kind < GENPU_BINARY_ADD || attr->kind > GENPU_BINARY_SHR)
		return bad_attr(v, op, offsetof(struct genpu_attr_binary, kind));
	if (attr->reserved)
		return bad_attr(v, op, offsetof(struct genpu_attr_binary, reserved));
	if (!binary_takes(attr->kind, a->dtype))
		return bad_type(v, op, 0);
	if (b->dtype != a->dtype)
		return bad_type(v, op, 1);
	if (y->dtype != (binary_is_truth(attr->kind) ? GENPU_DT_BOOL : a->dtype))
		return bad_type(v, op, 2);
	for (i = 0; i < 2; i++) {
		wide = *op_view(op, i);
		if (!view_broadcast(&wide, y))
			return bad_shape(v, op, i);
	}
	/* An extent of y comes from a or b. */
	for (i = 1; i <= y->rank; i++) {
		int64_t da = i <= a->rank ? a->dims[a->rank - i] : 1;
		int64_t db = i <= b->rank ? b->dims[b->rank - i] : 1;

		if (y->dims[y->rank - i] != (da == 1 ? db : da))
			return bad_shape(v, op, 2);
	}
	return GENPU_OK;
}

static uint32_t binary_prepare(struct engine_program *p, struct op *op)
{
	const struct genpu_attr_binary *attr = op->attr;

	(void)p;
	return eltwise_prepare(op, ROWS_BINARY, attr->kind, 0, 0);
}

static void binary_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	const struct eltwise *e = priv;

	binary_any(e->dtype, e->kind, ptr[1], stride[1], ptr[2], stride[2], ptr[0], stride[0], n);
}

static uint32_t binary_run(const struct op *op, void *const *data, struct run *run)
{
	const struct eltwise *e = op->priv;
	void *const base[] = { data[2], data[0], data[1] };

	if (e->rows)
		return rows_run(e->rows, data, run);
	if (!nd_run(&e->nd, base, binary_row, (void *)e, 1 << 20, run))
		return GENPU_ERR_ABORTED;
	return GENPU_OK;
}

const struct op_class op_binary = {
	.name = "binary",
	.opcode = GENPU_OP_BINARY,
	.min_in = 2,
	.max_in = 2,
	.attr_size = sizeof(struct genpu_attr_binary),
	.rows = true,
	.verify = binary_verify,
	.prepare = binary_prepare,
	.run = binary_run,
	.destroy = eltwise_destroy,
};
