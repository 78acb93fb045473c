// SPDX-License-Identifier: MIT
/*
 * scatter.c - SCATTER_ELEMENTS and SCATTER_ND: data with updates put, or joined, to elements
 *
 * The output is a copy of the data first. Updates follow in an order in which the last one of an
 * element is the last one in the order of their dimensions, too.
 */
#include <stddef.h>
#include <stdlib.h>

#include "dtype.h"
#include "index.h"
#include "mover.h"
#include "narrow.h"
#include "nd.h"

/**
 * struct scatter - a prepared operator
 * @copy: data to the output
 * @which: the updates, the indices, and SCATTER_ELEMENTS: the output at 0 of the axis
 * @slice: SCATTER_ND: of the output and the updates, the dimensions behind the indexed ones
 * @tuple: how to find an element or slice of the output
 * @kind: enum genpu_scatter
 * @dtype: of data, updates and output
 */
struct scatter {
	struct mover *copy;
	struct nd which;
	struct nd slice;
	struct index_tuple tuple;
	uint32_t kind;
	uint8_t dtype;
};

struct scatter_run {
	const struct scatter *s;
	char *y;
	struct run *run;
	uint32_t code;
};

/* --- one row of updates --- */

/* Integers are counted in 64 bits and cut off, so that they wrap. */
#define UPDATE(T, sum, product)							\
	do {									\
		for (i = 0; i < n; i++) {					\
			T *to = (T *)(y + i * sy);				\
			const T a = *to, b = *(const T *)(x + i * sx);		\
										\
			switch (kind) {						\
			case GENPU_SCATTER_ADD:					\
				*to = (sum);					\
				break;						\
			case GENPU_SCATTER_MUL:					\
				*to = (product);				\
				break;						\
			case GENPU_SCATTER_MIN:					\
				*to = b < a || b != b ? b : a;			\
				break;						\
			case GENPU_SCATTER_MAX:					\
				*to = b > a || b != b ? b : a;			\
				break;						\
			}							\
		}								\
	} while (0)
#define UPDATE_FLOAT(T)		UPDATE(T, a + b, a * b)
#define UPDATE_INT(T)		UPDATE(T, (uint64_t)a + (uint64_t)b, (uint64_t)a * (uint64_t)b)

static void update(uint32_t kind, uint8_t dtype, char *y, int64_t sy, const char *x, int64_t sx,
		   int64_t n)
{
	int64_t i;

	if (kind == GENPU_SCATTER_SET) {
		row_copy(y, sy, x, sx, dtype_size(dtype), n);
		return;
	}
	switch (dtype) {
	case GENPU_DT_F32:
		UPDATE_FLOAT(float);
		break;
	case GENPU_DT_F64:
		UPDATE_FLOAT(double);
		break;
	case GENPU_DT_I8:
		UPDATE_INT(int8_t);
		break;
	case GENPU_DT_U8:
		UPDATE_INT(uint8_t);
		break;
	case GENPU_DT_I16:
		UPDATE_INT(int16_t);
		break;
	case GENPU_DT_U16:
		UPDATE_INT(uint16_t);
		break;
	case GENPU_DT_I32:
		UPDATE_INT(int32_t);
		break;
	case GENPU_DT_U32:
		UPDATE_INT(uint32_t);
		break;
	case GENPU_DT_I64:
		UPDATE_INT(int64_t);
		break;
	case GENPU_DT_U64:
		UPDATE_INT(uint64_t);
		break;
	}
}

/* --- what both have in common --- */

static uint32_t scatter_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_scatter *attr = op->attr;
	const struct view *data = op_view(op, 0), *y = op_view(op, 3);

	if (attr->kind > GENPU_SCATTER_MAX)
		return bad_attr(v, op, offsetof(struct genpu_attr_scatter, kind));
	if ((data->dtype == GENPU_DT_BOOL || dtype_is_narrow(data->dtype)) &&
	    attr->kind != GENPU_SCATTER_SET)
		return bad_type(v, op, 0);
	if (!dtype_is_index(op_view(op, 1)->dtype))
		return bad_type(v, op, 1);
	if (op_view(op, 2)->dtype != data->dtype)
		return bad_type(v, op, 2);
	if (y->dtype != data->dtype)
		return bad_type(v, op, 3);
	if (y->rank != data->rank || memcmp(y->dims, data->dims, sizeof(y->dims)))
		return bad_shape(v, op, 3);
	return GENPU_OK;
}

static struct scatter *scatter_create(struct op *op)
{
	const struct genpu_attr_scatter *attr = op->attr;
	struct scatter *s = calloc(1, sizeof(*s));

	op->priv = s;
	if (!s)
		return NULL;
	s->kind = attr->kind;
	s->dtype = op_out(op)->use.dtype;
	return s;
}

static void scatter_destroy(struct op *op)
{
	struct scatter *s = op->priv;

	mover_destroy(s->copy);
	free(s);
}

static uint32_t scatter_run(const struct op *op, void *const *data, struct run *run, nd_row_fn row)
{
	struct scatter_run sr = { .s = op->priv, .y = data[3], .run = run };
	void *const base[] = { data[2], data[1], data[3] };
	uint32_t code = mover_run(sr.s->copy, data[3], data[0], run);

	if (code)
		return code;
	if (!nd_run(&sr.s->which, base, row, &sr, ROW_CHUNK, run))
		return GENPU_ERR_ABORTED;
	if (sr.code == GENPU_ERR_INDEX)
		run->err->operand = 1;
	return sr.code;
}

/* --- SCATTER_ELEMENTS --- */

static uint32_t scatter_elements_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_scatter *attr = op->attr;
	const struct view *data = op_view(op, 0), *indices = op_view(op, 1);
	const struct view *updates = op_view(op, 2);
	unsigned int d;

	if (attr->axis >= data->rank)
		return bad_attr(v, op, offsetof(struct genpu_attr_scatter, axis));
	if (indices->rank != data->rank)
		return bad_shape(v, op, 1);
	for (d = 0; d < data->rank; d++)
		if (d != attr->axis && indices->dims[d] > data->dims[d])
			return bad_shape(v, op, 1);
	if (updates->rank != indices->rank ||
	    memcmp(updates->dims, indices->dims, sizeof(updates->dims)))
		return bad_shape(v, op, 2);
	return scatter_verify(v, op);
}

static uint32_t scatter_elements_prepare(struct engine_program *p, struct op *op)
{
	const struct genpu_attr_scatter *attr = op->attr;
	const struct view *indices = &op->operands[1].use;
	struct view y = op_out(op)->use;
	struct scatter *s = scatter_create(op);

	if (!s)
		return GENPU_ERR_NO_MEMORY;
	s->tuple.num = 1;
	s->tuple.wide = indices->dtype == GENPU_DT_I64;
	s->tuple.extent[0] = y.dims[attr->axis];
	s->tuple.step[0] = y.strides[attr->axis] * dtype_size(y.dtype);
	memcpy(y.dims, indices->dims, sizeof(y.dims));
	y.strides[attr->axis] = 0;
	nd_init(&s->which, &op->operands[2].use);
	nd_add(&s->which, indices);
	nd_add(&s->which, &y);
	/* Updates of one element differ in the axis only, and each loop goes forwards. */
	nd_optimize(&s->which);
	return mover_create(p, &op_out(op)->use, &op->operands[0].use, &s->copy);
}

static void scatter_elements_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	struct scatter_run *sr = priv;
	const struct scatter *s = sr->s;
	int64_t i, at;

	for (i = 0; i < n && !sr->code; i++) {
		at = index_tuple_at(&s->tuple, ptr[1] + i * stride[1]);
		if (at < 0)
			sr->code = GENPU_ERR_INDEX;
		else
			update(s->kind, s->dtype, ptr[2] + i * stride[2] + at, 0,
			       ptr[0] + i * stride[0], 0, 1);
	}
}

static uint32_t scatter_elements_run(const struct op *op, void *const *data, struct run *run)
{
	return scatter_run(op, data, run, scatter_elements_row);
}

const struct op_class op_scatter_elements = {
	.name = "scatter elements",
	.opcode = GENPU_OP_SCATTER_ELEMENTS,
	.min_in = 3,
	.max_in = 3,
	.attr_size = sizeof(struct genpu_attr_scatter),
	.verify = scatter_elements_verify,
	.prepare = scatter_elements_prepare,
	.run = scatter_elements_run,
	.destroy = scatter_destroy,
};

/* --- SCATTER_ND --- */

static uint32_t scatter_nd_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_scatter *attr = op->attr;
	const struct view *data = op_view(op, 0), *indices = op_view(op, 1);
	const struct view *updates = op_view(op, 2);
	unsigned int d, last;
	int64_t num;

	if (attr->axis)
		return bad_attr(v, op, offsetof(struct genpu_attr_scatter, axis));
	if (!indices->rank)
		return bad_shape(v, op, 1);
	last = indices->rank - 1;
	num = indices->dims[last];
	if (num < 1 || num > data->rank)
		return bad_shape(v, op, 1);
	if (updates->rank != last + data->rank - num)
		return bad_shape(v, op, 2);
	for (d = 0; d < updates->rank; d++)
		if (updates->dims[d] != (d < last ? indices->dims[d] : data->dims[d - last + num]))
			return bad_shape(v, op, 2);
	return scatter_verify(v, op);
}

static uint32_t scatter_nd_prepare(struct engine_program *p, struct op *op)
{
	struct view indices = op->operands[1].use, spots = op->operands[2].use, from = spots;
	struct view to = op_out(op)->use;
	unsigned int last = indices.rank - 1, i;
	struct scatter *s = scatter_create(op);

	if (!s)
		return GENPU_ERR_NO_MEMORY;
	index_tuple_init(&s->tuple, &indices, &to, 0);
	for (i = 0; i < last; i++)
		view_drop(&from, 0);
	for (i = 0; i < s->tuple.num; i++)
		view_drop(&to, 0);
	nd_init(&s->slice, &to);
	nd_add(&s->slice, &from);
	nd_optimize(&s->slice);

	/* Any two tuples may name the same slice, so their order stays. */
	while (spots.rank > last)
		view_drop(&spots, last);
	view_drop(&indices, last);
	nd_init(&s->which, &spots);
	nd_add(&s->which, &indices);
	return mover_create(p, &op_out(op)->use, &op->operands[0].use, &s->copy);
}

static void scatter_slice_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	const struct scatter *s = priv;

	update(s->kind, s->dtype, ptr[0], stride[0], ptr[1], stride[1], n);
}

static void scatter_nd_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	struct scatter_run *sr = priv;
	const struct scatter *s = sr->s;
	void *base[2];
	int64_t i, at;

	for (i = 0; i < n && !sr->code; i++) {
		at = index_tuple_at(&s->tuple, ptr[1] + i * stride[1]);
		if (at < 0) {
			sr->code = GENPU_ERR_INDEX;
			return;
		}
		base[0] = sr->y + at;
		base[1] = ptr[0] + i * stride[0];
		if (run_aborted(sr->run) ||
		    !nd_run(&s->slice, base, scatter_slice_row, (void *)s, 1 << 20, sr->run))
			sr->code = GENPU_ERR_ABORTED;
	}
}

static uint32_t scatter_nd_run(const struct op *op, void *const *data, struct run *run)
{
	return scatter_run(op, data, run, scatter_nd_row);
}

const struct op_class op_scatter_nd = {
	.name = "scatter slices",
	.opcode = GENPU_OP_SCATTER_ND,
	.min_in = 3,
	.max_in = 3,
	.attr_size = sizeof(struct genpu_attr_scatter),
	.verify = scatter_nd_verify,
	.prepare = scatter_nd_prepare,
	.run = scatter_nd_run,
	.destroy = scatter_destroy,
};
