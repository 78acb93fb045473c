// SPDX-License-Identifier: MIT
/*
 * data.c - operators that move elements: COPY, FILL, GATHER and PAD
 */
#include <stddef.h>
#include <stdlib.h>

#include "dtype.h"
#include "index.h"
#include "mover.h"
#include "nd.h"
#include "rows.h"

/* --- COPY --- */

/* With post-operations a chain of rows, if it can be; else a mover. */
struct copy {
	struct rows *rows;
	struct mover *mover;
};

static uint32_t copy_verify(struct verifier *v, const struct op *op)
{
	const struct view *x = op_view(op, 0), *y = op_view(op, 1);

	if (y->rank != x->rank || memcmp(y->dims, x->dims, sizeof(y->dims)))
		return bad_shape(v, op, 1);
	return GENPU_OK;
}

static uint32_t copy_prepare(struct engine_program *p, struct op *op)
{
	struct copy *c = calloc(1, sizeof(*c));

	if (!c)
		return GENPU_ERR_NO_MEMORY;
	op->priv = c;
	if (op->num_posts && dtype_is_float(op->operands[0].use.dtype))
		return rows_create(op, ROWS_COPY, 0, 0, 0, &c->rows);
	return mover_create(p, &op_out(op)->use, &op->operands[0].use, &c->mover);
}

static uint32_t copy_run(const struct op *op, void *const *data, struct run *run)
{
	const struct copy *c = op->priv;

	if (c->rows)
		return rows_run(c->rows, data, run);
	return mover_run(c->mover, data[1], data[0], run);
}

static void copy_destroy(struct op *op)
{
	struct copy *c = op->priv;

	rows_destroy(c->rows);
	mover_destroy(c->mover);
	free(c);
}

const struct op_class op_copy = {
	.name = "copy",
	.opcode = GENPU_OP_COPY,
	.min_in = 1,
	.max_in = 1,
	.raw = true,
	.verify = copy_verify,
	.prepare = copy_prepare,
	.run = copy_run,
	.destroy = copy_destroy,
};

/* --- FILL --- */

struct fill {
	struct nd nd;
	unsigned int size;
	uint64_t bits;
};

static uint32_t fill_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_fill *attr = op->attr;
	unsigned int size = dtype_size(op_view(op, 0)->dtype);

	if (size < 8 && attr->bits >> (size * 8))
		return bad_attr(v, op, offsetof(struct genpu_attr_fill, bits));
	return GENPU_OK;
}

static uint32_t fill_prepare(struct engine_program *p, struct op *op)
{
	const struct genpu_attr_fill *attr = op->attr;
	struct view *y = &op_out(op)->use;
	struct fill *f = calloc(1, sizeof(*f));

	(void)p;
	if (!f)
		return GENPU_ERR_NO_MEMORY;
	op->priv = f;
	f->bits = attr->bits;
	if (y->dtype != op_out(op)->mem.dtype)
		row_convert((char *)&f->bits, 8, y->dtype, (const char *)&attr->bits, 8,
			    op_out(op)->mem.dtype, 1);
	f->size = dtype_size(y->dtype);
	nd_init(&f->nd, y);
	nd_optimize(&f->nd);
	return GENPU_OK;
}

static void fill_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	const struct fill *f = priv;

	row_copy(ptr[0], stride[0], (const char *)&f->bits, 0, f->size, n);
}

static uint32_t fill_run(const struct op *op, void *const *data, struct run *run)
{
	const struct fill *f = op->priv;

	if (!nd_run(&f->nd, data, fill_row, (void *)f, 1 << 20, run))
		return GENPU_ERR_ABORTED;
	return GENPU_OK;
}

static void simple_destroy(struct op *op)
{
	free(op->priv);
}

const struct op_class op_fill = {
	.name = "fill",
	.opcode = GENPU_OP_FILL,
	.attr_size = sizeof(struct genpu_attr_fill),
	.raw = true,
	.verify = fill_verify,
	.prepare = fill_prepare,
	.run = fill_run,
	.destroy = simple_destroy,
};

/* --- GATHER --- */

/**
 * struct gather - one copy of all other dimensions for each index
 * @slice: of the output and the data, the indexed dimensions left out
 * @which: of the indices, and of the output's indexed dimensions
 * @extent: of the data along the axis
 * @step: bytes between neighbours along the axis
 * @size: of an element
 * @wide: indices are 64-bit
 */
struct gather {
	struct nd slice;
	struct nd which;
	int64_t extent;
	int64_t step;
	unsigned int size;
	bool wide;
};

struct gather_run {
	const struct gather *g;
	char *data;
	struct run *run;
	uint32_t code;
};

static uint32_t gather_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_gather *attr = op->attr;
	const struct view *data = op_view(op, 0), *indices = op_view(op, 1), *y = op_view(op, 2);
	unsigned int d;
	int64_t dim;

	if (attr->axis >= data->rank)
		return bad_attr(v, op, offsetof(struct genpu_attr_gather, axis));
	if (attr->reserved)
		return bad_attr(v, op, offsetof(struct genpu_attr_gather, reserved));
	if (!dtype_is_index(indices->dtype))
		return bad_type(v, op, 1);
	if (y->dtype != data->dtype)
		return bad_type(v, op, 2);
	if (y->rank != data->rank + indices->rank - 1)
		return bad_shape(v, op, 2);
	for (d = 0; d < y->rank; d++) {
		if (d < attr->axis)
			dim = data->dims[d];
		else if (d < attr->axis + indices->rank)
			dim = indices->dims[d - attr->axis];
		else
			dim = data->dims[d - indices->rank + 1];
		if (y->dims[d] != dim)
			return bad_shape(v, op, 2);
	}
	return GENPU_OK;
}

static uint32_t gather_prepare(struct engine_program *p, struct op *op)
{
	const struct genpu_attr_gather *attr = op->attr;
	const struct view *data = &op->operands[0].use, *indices = &op->operands[1].use;
	struct view from = *data, to = op_out(op)->use, spots = op_out(op)->use;
	struct gather *g = calloc(1, sizeof(*g));
	unsigned int i;

	(void)p;
	if (!g)
		return GENPU_ERR_NO_MEMORY;
	op->priv = g;
	g->extent = data->dims[attr->axis];
	g->size = dtype_size(data->dtype);
	g->step = data->strides[attr->axis] * g->size;
	g->wide = indices->dtype == GENPU_DT_I64;

	view_drop(&from, attr->axis);
	for (i = 0; i < indices->rank; i++)
		view_drop(&to, attr->axis);
	nd_init(&g->slice, &to);
	nd_add(&g->slice, &from);
	nd_optimize(&g->slice);

	for (i = 0; i < attr->axis; i++)
		view_drop(&spots, 0);
	while (spots.rank > indices->rank)
		view_drop(&spots, indices->rank);
	nd_init(&g->which, &spots);
	nd_add(&g->which, indices);
	nd_optimize(&g->which);
	return GENPU_OK;
}

static void gather_slice_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	const struct gather *g = priv;

	row_copy(ptr[0], stride[0], ptr[1], stride[1], g->size, n);
}

static void gather_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	struct gather_run *gr = priv;
	const struct gather *g = gr->g;
	int64_t i, index;
	void *base[2];

	for (i = 0; i < n && !gr->code; i++) {
		index = index_at(ptr[1] + i * stride[1], g->wide, g->extent);
		if (index < 0) {
			gr->code = GENPU_ERR_INDEX;
			return;
		}
		base[0] = ptr[0] + i * stride[0];
		base[1] = gr->data + index * g->step;
		if (run_aborted(gr->run) ||
		    !nd_run(&g->slice, base, gather_slice_row, (void *)g, 1 << 20, gr->run))
			gr->code = GENPU_ERR_ABORTED;
	}
}

static uint32_t gather_run(const struct op *op, void *const *data, struct run *run)
{
	struct gather_run gr = { .g = op->priv, .data = data[0], .run = run };
	void *const base[] = { data[2], data[1] };

	if (!nd_run(&gr.g->which, base, gather_row, &gr, ROW_CHUNK, run))
		return GENPU_ERR_ABORTED;
	if (gr.code == GENPU_ERR_INDEX)
		run->err->operand = 1;
	return gr.code;
}

const struct op_class op_gather = {
	.name = "gather",
	.opcode = GENPU_OP_GATHER,
	.min_in = 2,
	.max_in = 2,
	.attr_size = sizeof(struct genpu_attr_gather),
	.raw = true,
	.verify = gather_verify,
	.prepare = gather_prepare,
	.run = gather_run,
	.destroy = simple_destroy,
};

/* --- PAD --- */

/**
 * struct pad - a prepared PAD
 * @rank: dimensions, in the output's storage order, at least 1
 * @mode: enum genpu_pad
 * @size: of an element
 * @value: the padding element
 * @begin: padding before, in elements
 * @from: extents of the input
 * @to: extents of the output
 * @sx: strides of the input in bytes
 * @sy: strides of the output in bytes
 */
struct pad {
	unsigned int rank;
	uint32_t mode;
	unsigned int size;
	uint64_t value;
	int64_t begin[GENPU_MAX_RANK];
	int64_t from[GENPU_MAX_RANK];
	int64_t to[GENPU_MAX_RANK];
	int64_t sx[GENPU_MAX_RANK];
	int64_t sy[GENPU_MAX_RANK];
};

static uint32_t pad_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_pad *attr = op->attr;
	const struct view *x = op_view(op, 0), *y = op_view(op, 1);
	unsigned int d;
	int64_t end;

	if (attr->mode < GENPU_PAD_CONSTANT || attr->mode > GENPU_PAD_WRAP)
		return bad_attr(v, op, offsetof(struct genpu_attr_pad, mode));
	if (y->dtype != x->dtype)
		return bad_type(v, op, 1);
	if (y->rank != x->rank)
		return bad_shape(v, op, 1);
	for (d = 0; d < GENPU_MAX_RANK; d++) {
		size_t field = offsetof(struct genpu_attr_pad, begin) + d * sizeof(uint32_t);

		if (d >= x->rank) {
			if (attr->begin[d])
				return bad_attr(v, op, field);
			continue;
		}
		end = y->dims[d] - x->dims[d] - attr->begin[d];
		if (end < 0)
			return bad_shape(v, op, 1);
		if (!attr->begin[d] && !end)
			continue;
		if ((attr->mode == GENPU_PAD_EDGE || attr->mode == GENPU_PAD_WRAP) && !x->dims[d])
			return bad_shape(v, op, 0);
		if (attr->mode != GENPU_PAD_REFLECT)
			continue;
		/* One reflection reaches as far as there are elements beside the edge. */
		if (attr->begin[d] >= x->dims[d])
			return bad_attr(v, op, field);
		if (end >= x->dims[d])
			return bad_shape(v, op, 1);
	}
	return GENPU_OK;
}

static uint32_t pad_prepare(struct engine_program *p, struct op *op)
{
	const struct genpu_attr_pad *attr = op->attr;
	const struct view *x = &op->operands[0].use, *y = &op_out(op)->use;
	struct pad *pad = calloc(1, sizeof(*pad));
	uint8_t order[GENPU_MAX_RANK];
	unsigned int i, d;

	(void)p;
	if (!pad)
		return GENPU_ERR_NO_MEMORY;
	op->priv = pad;
	pad->mode = attr->mode;
	pad->size = dtype_size(y->dtype);
	element_from_f32(&pad->value, y->dtype, attr->value);
	pad->rank = y->rank ? y->rank : 1;
	pad->from[0] = 1;
	pad->to[0] = 1;
	view_order(y, order);
	for (i = 0; i < y->rank; i++) {
		d = order[i];
		pad->begin[i] = attr->begin[d];
		pad->from[i] = x->dims[d];
		pad->to[i] = y->dims[d];
		pad->sx[i] = x->strides[d] * pad->size;
		pad->sy[i] = y->strides[d] * pad->size;
	}
	return GENPU_OK;
}

/* Where output position @i of dimension @d comes from; -1 for the padding value. */
static int64_t pad_source(const struct pad *pad, unsigned int d, int64_t i)
{
	int64_t last = pad->from[d] - 1;

	i -= pad->begin[d];
	if (i >= 0 && i <= last)
		return i;
	switch (pad->mode) {
	case GENPU_PAD_REFLECT:
		return i < 0 ? -i : 2 * last - i;
	case GENPU_PAD_EDGE:
		return i < 0 ? 0 : last;
	case GENPU_PAD_WRAP:
		i %= pad->from[d];
		return i < 0 ? i + pad->from[d] : i;
	}
	return -1;
}

static void pad_fill(const struct pad *pad, char *y, int64_t stride, int64_t n)
{
	row_copy(y, stride, (const char *)&pad->value, 0, pad->size, n);
}

/* Positions [@i, @end) of the innermost dimension, which come from elsewhere in the row. */
static void pad_mirror(const struct pad *pad, char *y, const char *x, int64_t i, int64_t end)
{
	unsigned int d = pad->rank - 1;

	for (; i < end; i++)
		row_copy(y + i * pad->sy[d], 0, x + pad_source(pad, d, i) * pad->sx[d], 0,
			 pad->size, 1);
}

/* A row of the innermost dimension; @x is NULL where an outer one is outside. */
static void pad_row(const struct pad *pad, char *y, const char *x)
{
	unsigned int d = pad->rank - 1;
	int64_t sy = pad->sy[d], begin = pad->begin[d], from = pad->from[d], to = pad->to[d];

	if (!x) {
		pad_fill(pad, y, sy, to);
		return;
	}
	row_copy(y + begin * sy, sy, x, pad->sx[d], pad->size, from);
	if (pad->mode == GENPU_PAD_CONSTANT) {
		pad_fill(pad, y, sy, begin);
		pad_fill(pad, y + (begin + from) * sy, sy, to - begin - from);
		return;
	}
	pad_mirror(pad, y, x, 0, begin);
	pad_mirror(pad, y, x, begin + from, to);
}

static uint32_t pad_run(const struct op *op, void *const *data, struct run *run)
{
	const struct pad *pad = op->priv;
	int64_t index[GENPU_MAX_RANK] = { 0 }, at;
	const char *x;
	unsigned int d;
	char *y;

	for (;;) {
		if (run_aborted(run))
			return GENPU_ERR_ABORTED;
		x = data[0];
		y = data[1];
		for (d = 0; d + 1 < pad->rank; d++) {
			at = pad_source(pad, d, index[d]);
			y += index[d] * pad->sy[d];
			if (at < 0)
				x = NULL;
			else if (x)
				x += at * pad->sx[d];
		}
		pad_row(pad, y, x);
		for (d = pad->rank - 1; d-- > 0;) {
			if (++index[d] < pad->to[d])
				break;
			index[d] = 0;
		}
		if (d == UINT32_MAX)
			return GENPU_OK;
	}
}

const struct op_class op_pad = {
	.name = "pad",
	.opcode = GENPU_OP_PAD,
	.min_in = 1,
	.max_in = 1,
	.attr_size = sizeof(struct genpu_attr_pad),
	.raw = true,
	.verify = pad_verify,
	.prepare = pad_prepare,
	.run = pad_run,
	.destroy = simple_destroy,
};
