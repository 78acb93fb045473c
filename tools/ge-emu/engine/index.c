// SPDX-License-Identifier: MIT
/*
 * index.c - GATHER_ELEMENTS and GATHER_ND: elements and slices by index
 */
#include <stddef.h>
#include <stdlib.h>

#include "dtype.h"
#include "index.h"
#include "nd.h"

void index_tuple_init(struct index_tuple *t, const struct view *indices, const struct view *v,
		      unsigned int first)
{
	unsigned int size = dtype_size(v->dtype), k, last = indices->rank - 1;

	t->num = indices->dims[last];
	t->wide = indices->dtype == GENPU_DT_I64;
	t->stride = indices->strides[last] * dtype_size(indices->dtype);
	for (k = 0; k < t->num; k++) {
		t->extent[k] = v->dims[first + k];
		t->step[k] = v->strides[first + k] * size;
	}
}

int64_t index_tuple_at(const struct index_tuple *t, const char *p)
{
	int64_t at = 0, index;
	unsigned int k;

	for (k = 0; k < t->num; k++, p += t->stride) {
		index = index_at(p, t->wide, t->extent[k]);
		if (index < 0)
			return -1;
		at += index * t->step[k];
	}
	return at;
}

static void simple_destroy(struct op *op)
{
	free(op->priv);
}

/* --- GATHER_ELEMENTS --- */

/**
 * struct elements - one element for each index
 * @nd: the output, the indices, and the data at 0 of the axis
 * @extent: of the data along the axis
 * @step: bytes between neighbours along the axis
 * @size: of an element
 * @wide: indices are 64-bit
 */
struct elements {
	struct nd nd;
	int64_t extent;
	int64_t step;
	unsigned int size;
	bool wide;
};

struct elements_run {
	const struct elements *e;
	uint32_t code;
};

static uint32_t elements_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_gather *attr = op->attr;
	const struct view *data = op_view(op, 0), *indices = op_view(op, 1), *y = op_view(op, 2);
	unsigned int d;

	if (attr->axis >= data->rank)
		return bad_attr(v, op, offsetof(struct genpu_attr_gather, axis));
	if (attr->reserved)
		return bad_attr(v, op, offsetof(struct genpu_attr_gather, reserved));
	if (!dtype_is_index(indices->dtype))
		return bad_type(v, op, 1);
	if (y->dtype != data->dtype)
		return bad_type(v, op, 2);
	if (indices->rank != data->rank)
		return bad_shape(v, op, 1);
	for (d = 0; d < data->rank; d++)
		if (d != attr->axis && indices->dims[d] > data->dims[d])
			return bad_shape(v, op, 1);
	if (y->rank != indices->rank || memcmp(y->dims, indices->dims, sizeof(y->dims)))
		return bad_shape(v, op, 2);
	return GENPU_OK;
}

static uint32_t elements_prepare(struct engine_program *p, struct op *op)
{
	const struct genpu_attr_gather *attr = op->attr;
	const struct view *y = &op_out(op)->use;
	struct view data = op->operands[0].use;
	struct elements *e = calloc(1, sizeof(*e));

	(void)p;
	if (!e)
		return GENPU_ERR_NO_MEMORY;
	op->priv = e;
	e->size = dtype_size(data.dtype);
	e->extent = data.dims[attr->axis];
	e->step = data.strides[attr->axis] * e->size;
	e->wide = op->operands[1].use.dtype == GENPU_DT_I64;
	memcpy(data.dims, y->dims, sizeof(data.dims));
	data.strides[attr->axis] = 0;
	nd_init(&e->nd, y);
	nd_add(&e->nd, &op->operands[1].use);
	nd_add(&e->nd, &data);
	nd_optimize(&e->nd);
	return GENPU_OK;
}

#define ELEMENTS_ROW(T)								\
	do {									\
		for (i = 0; i < n; i++) {					\
			index = index_at(ptr[1] + i * stride[1], e->wide, e->extent);	\
			if (index < 0) {					\
				er->code = GENPU_ERR_INDEX;			\
				return;						\
			}							\
			*(T *)(ptr[0] + i * stride[0]) =			\
				*(const T *)(ptr[2] + i * stride[2] + index * e->step);	\
		}								\
	} while (0)

static void elements_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	struct elements_run *er = priv;
	const struct elements *e = er->e;
	int64_t i, index;

	if (er->code)
		return;
	switch (e->size) {
	case 1:
		ELEMENTS_ROW(uint8_t);
		break;
	case 2:
		ELEMENTS_ROW(uint16_t);
		break;
	case 4:
		ELEMENTS_ROW(uint32_t);
		break;
	case 8:
		ELEMENTS_ROW(uint64_t);
		break;
	}
}

static uint32_t elements_run(const struct op *op, void *const *data, struct run *run)
{
	struct elements_run er = { .e = op->priv };
	void *const base[] = { data[2], data[1], data[0] };

	if (!nd_run(&er.e->nd, base, elements_row, &er, 1 << 20, run))
		return GENPU_ERR_ABORTED;
	if (er.code)
		run->err->operand = 1;
	return er.code;
}

const struct op_class op_gather_elements = {
	.name = "gather elements",
	.opcode = GENPU_OP_GATHER_ELEMENTS,
	.min_in = 2,
	.max_in = 2,
	.attr_size = sizeof(struct genpu_attr_gather),
	.raw = true,
	.verify = elements_verify,
	.prepare = elements_prepare,
	.run = elements_run,
	.destroy = simple_destroy,
};

/* --- GATHER_ND --- */

/**
 * struct gather_nd - one slice of the data for each tuple of indices
 * @which: the output, the indices, and the data's batch dimensions
 * @slice: of the output and the data, the dimensions behind the indexed ones
 * @tuple: how to find a slice
 * @size: of an element
 */
struct gather_nd {
	struct nd which;
	struct nd slice;
	struct index_tuple tuple;
	unsigned int size;
};

struct gather_nd_run {
	const struct gather_nd *g;
	struct run *run;
	uint32_t code;
};

static uint32_t gather_nd_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_gather_nd *attr = op->attr;
	const struct view *data = op_view(op, 0), *indices = op_view(op, 1), *y = op_view(op, 2);
	unsigned int batch = attr->batch, d, last;
	int64_t num;

	if (attr->reserved)
		return bad_attr(v, op, offsetof(struct genpu_attr_gather_nd, reserved));
	if (!dtype_is_index(indices->dtype))
		return bad_type(v, op, 1);
	if (y->dtype != data->dtype)
		return bad_type(v, op, 2);
	if (!indices->rank)
		return bad_shape(v, op, 1);
	last = indices->rank - 1;
	if (batch > last || batch > data->rank)
		return bad_attr(v, op, offsetof(struct genpu_attr_gather_nd, batch));
	num = indices->dims[last];
	if (num < 1 || num > data->rank - batch)
		return bad_shape(v, op, 1);
	for (d = 0; d < batch; d++)
		if (indices->dims[d] != data->dims[d])
			return bad_shape(v, op, 1);
	if (y->rank != last + data->rank - batch - num)
		return bad_shape(v, op, 2);
	for (d = 0; d < y->rank; d++)
		if (y->dims[d] != (d < last ? indices->dims[d] :
					      data->dims[d - last + batch + num]))
			return bad_shape(v, op, 2);
	return GENPU_OK;
}

static uint32_t gather_nd_prepare(struct engine_program *p, struct op *op)
{
	const struct genpu_attr_gather_nd *attr = op->attr;
	const struct view *data = &op->operands[0].use, *y = &op_out(op)->use;
	struct view indices = op->operands[1].use, from = *data, to = *y, spots = *y, batch = *y;
	unsigned int last = indices.rank - 1, i;
	struct gather_nd *g = calloc(1, sizeof(*g));

	(void)p;
	if (!g)
		return GENPU_ERR_NO_MEMORY;
	op->priv = g;
	g->size = dtype_size(data->dtype);
	index_tuple_init(&g->tuple, &indices, data, attr->batch);

	for (i = 0; i < attr->batch + g->tuple.num; i++)
		view_drop(&from, 0);
	for (i = 0; i < last; i++)
		view_drop(&to, 0);
	nd_init(&g->slice, &to);
	nd_add(&g->slice, &from);
	nd_optimize(&g->slice);

	while (spots.rank > last)
		view_drop(&spots, last);
	batch = spots;
	for (i = 0; i < last; i++)
		batch.strides[i] = i < attr->batch ? data->strides[i] : 0;
	view_drop(&indices, last);
	nd_init(&g->which, &spots);
	nd_add(&g->which, &indices);
	nd_add(&g->which, &batch);
	nd_optimize(&g->which);
	return GENPU_OK;
}

static void slice_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	const struct gather_nd *g = priv;

	row_copy(ptr[0], stride[0], ptr[1], stride[1], g->size, n);
}

static void gather_nd_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	struct gather_nd_run *gr = priv;
	const struct gather_nd *g = gr->g;
	void *base[2];
	int64_t i, at;

	for (i = 0; i < n && !gr->code; i++) {
		at = index_tuple_at(&g->tuple, ptr[1] + i * stride[1]);
		if (at < 0) {
			gr->code = GENPU_ERR_INDEX;
			return;
		}
		base[0] = ptr[0] + i * stride[0];
		base[1] = ptr[2] + i * stride[2] + at;
		if (run_aborted(gr->run) ||
		    !nd_run(&g->slice, base, slice_row, (void *)g, 1 << 20, gr->run))
			gr->code = GENPU_ERR_ABORTED;
	}
}

static uint32_t gather_nd_run(const struct op *op, void *const *data, struct run *run)
{
	struct gather_nd_run gr = { .g = op->priv, .run = run };
	void *const base[] = { data[2], data[1], data[0] };

	if (!nd_run(&gr.g->which, base, gather_nd_row, &gr, ROW_CHUNK, run))
		return GENPU_ERR_ABORTED;
	if (gr.code == GENPU_ERR_INDEX)
		run->err->operand = 1;
	return gr.code;
}

const struct op_class op_gather_nd = {
	.name = "gather slices",
	.opcode = GENPU_OP_GATHER_ND,
	.min_in = 2,
	.max_in = 2,
	.attr_size = sizeof(struct genpu_attr_gather_nd),
	.raw = true,
	.verify = gather_nd_verify,
	.prepare = gather_nd_prepare,
	.run = gather_nd_run,
	.destroy = simple_destroy,
};
