// SPDX-License-Identifier: MIT
/*
 * compress.c - NONZERO and COMPRESS: as many elements as the data says
 *
 * The output has room for all there can be. What is found is written densely to its front, so the
 * kernel works on a dense output; the rest is filled. Inputs may change while they are read: what
 * is found the second time never exceeds what was counted the first time.
 */
#include <stddef.h>
#include <stdlib.h>

#include "dtype.h"
#include "narrow.h"
#include "nd.h"

/* Let the kernel see the output as a dense row-major one. */
static void stage_dense(struct op *op)
{
	struct view use = op_out(op)->use;

	if (view_is_dense(&use, NULL))
		return;
	view_dense(&use, NULL);
	op_stage(op, op->num_in, &use);
}

static void simple_destroy(struct op *op)
{
	free(op->priv);
}

/* --- NONZERO --- */

/**
 * struct nonzero - a prepared NONZERO
 * @walk: the input in the order of its dimensions
 * @rank: of the input
 * @dims: of the input
 * @count: of its elements
 * @size: of an element
 * @mask: bits that make an element different from 0, without the sign of floats
 */
struct nonzero {
	struct nd walk;
	unsigned int rank;
	int64_t dims[GENPU_MAX_RANK];
	int64_t count;
	unsigned int size;
	uint64_t mask;
};

struct nonzero_run {
	const struct nonzero *z;
	int64_t *y;	/* NULL: count only */
	int64_t at;	/* element of the input */
	int64_t found;
	int64_t limit;
};

static uint32_t nonzero_verify(struct verifier *v, const struct op *op)
{
	const struct view *x = op_view(op, 0), *y = op_view(op, 1);

	if (dtype_is_narrow(x->dtype))
		return bad_type(v, op, 0);
	if (y->dtype != GENPU_DT_I64)
		return bad_type(v, op, 1);
	if (y->rank != 2 || y->dims[0] != x->rank || y->dims[1] != x->count)
		return bad_shape(v, op, 1);
	return GENPU_OK;
}

static uint32_t nonzero_prepare(struct engine_program *p, struct op *op)
{
	const struct view *x = &op->operands[0].use;
	struct nonzero *z = calloc(1, sizeof(*z));

	(void)p;
	if (!z)
		return GENPU_ERR_NO_MEMORY;
	op->priv = z;
	z->rank = x->rank;
	z->count = x->count;
	memcpy(z->dims, x->dims, sizeof(z->dims));
	z->size = dtype_size(x->dtype);
	z->mask = UINT64_MAX;
	if (dtype_is_float(x->dtype) || x->dtype == GENPU_DT_F64)
		z->mask = ~(1ull << (z->size * 8 - 1));
	nd_init(&z->walk, x);
	stage_dense(op);
	return GENPU_OK;
}

static bool is_nonzero(const struct nonzero *z, const char *p)
{
	switch (z->size) {
	case 1:
		return *(const uint8_t *)p;
	case 2:
		return *(const uint16_t *)p & z->mask;
	case 4:
		return *(const uint32_t *)p & z->mask;
	}
	return *(const uint64_t *)p & z->mask;
}

static void nonzero_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	struct nonzero_run *zr = priv;
	const struct nonzero *z = zr->z;
	int64_t i, rest;
	unsigned int d;

	for (i = 0; i < n && zr->found < zr->limit; i++) {
		if (!is_nonzero(z, ptr[0] + i * stride[0]))
			continue;
		rest = zr->at + i;
		for (d = z->rank; zr->y && d-- > 0;) {
			zr->y[d * zr->limit + zr->found] = rest % z->dims[d];
			rest /= z->dims[d];
		}
		zr->found++;
	}
	zr->at += n;
}

static uint32_t nonzero_run(const struct op *op, void *const *data, struct run *run)
{
	const struct nonzero *z = op->priv;
	struct nonzero_run count = { .z = z, .limit = z->count };
	struct nonzero_run fill = { .z = z, .y = data[1] };
	void *const base[] = { data[0] };

	/* -1 in each byte */
	memset(data[1], 0xff, z->rank * z->count * sizeof(int64_t));
	if (!nd_run(&z->walk, base, nonzero_row, &count, 1 << 20, run))
		return GENPU_ERR_ABORTED;
	fill.limit = count.found;
	if (!nd_run(&z->walk, base, nonzero_row, &fill, 1 << 20, run))
		return GENPU_ERR_ABORTED;
	return GENPU_OK;
}

const struct op_class op_nonzero = {
	.name = "nonzero",
	.opcode = GENPU_OP_NONZERO,
	.min_in = 1,
	.max_in = 1,
	.raw = true,
	.verify = nonzero_verify,
	.prepare = nonzero_prepare,
	.run = nonzero_run,
	.destroy = simple_destroy,
};

/* --- COMPRESS --- */

/**
 * struct compress - a prepared COMPRESS
 * @outer: the input's dimensions before the axis; all of them if there is none
 * @inner: the dense output's and the input's dimensions behind the axis
 * @cond: the condition
 * @step: bytes between neighbours of the input along the axis
 * @block: bytes of the output that one element of the axis takes
 * @bytes: of the output
 * @size: of an element
 * @flat: there is no axis
 */
struct compress {
	struct nd outer;
	struct nd inner;
	struct nd cond;
	int64_t step;
	int64_t block;
	int64_t bytes;
	unsigned int size;
	bool flat;
};

struct compress_run {
	const struct compress *c;
	struct run *run;
	int64_t *picked;	/* positions along the axis, or elements */
	int64_t num;
	int64_t at;		/* element of the condition, or of the input */
	int64_t next;		/* of @picked */
	char *y;
	bool aborted;
};

static uint32_t compress_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_compress *attr = op->attr;
	const struct view *x = op_view(op, 0), *c = op_view(op, 1), *y = op_view(op, 2);
	unsigned int d;

	if (attr->axis >= x->rank && attr->axis != GENPU_NONE)
		return bad_attr(v, op, offsetof(struct genpu_attr_compress, axis));
	if (attr->reserved)
		return bad_attr(v, op, offsetof(struct genpu_attr_compress, reserved));
	if (c->dtype != GENPU_DT_BOOL)
		return bad_type(v, op, 1);
	if (y->dtype != x->dtype)
		return bad_type(v, op, 2);
	if (c->rank != 1)
		return bad_shape(v, op, 1);
	if (attr->axis == GENPU_NONE) {
		if (c->dims[0] > x->count)
			return bad_shape(v, op, 1);
		if (y->rank != 1 || y->dims[0] != x->count)
			return bad_shape(v, op, 2);
		return GENPU_OK;
	}
	if (c->dims[0] > x->dims[attr->axis])
		return bad_shape(v, op, 1);
	if (y->rank != x->rank)
		return bad_shape(v, op, 2);
	for (d = 0; d < x->rank; d++)
		if (y->dims[d] != (d == attr->axis ? c->dims[0] : x->dims[d]))
			return bad_shape(v, op, 2);
	return GENPU_OK;
}

static uint32_t compress_prepare(struct engine_program *p, struct op *op)
{
	const struct genpu_attr_compress *attr = op->attr;
	const struct view *x = &op->operands[0].use;
	struct view outer = *x, inner = *x, dense;
	struct compress *c = calloc(1, sizeof(*c));
	unsigned int d;

	(void)p;
	if (!c)
		return GENPU_ERR_NO_MEMORY;
	op->priv = c;
	c->size = dtype_size(x->dtype);
	c->bytes = op_out(op)->use.count * c->size;
	c->flat = attr->axis == GENPU_NONE;
	op->scratch = op->operands[1].use.dims[0] * sizeof(int64_t);
	nd_init(&c->cond, &op->operands[1].use);
	stage_dense(op);
	if (c->flat) {
		nd_init(&c->outer, x);
		return GENPU_OK;
	}
	c->step = x->strides[attr->axis] * c->size;
	for (d = 0; d <= attr->axis; d++)
		view_drop(&inner, 0);
	while (outer.rank > attr->axis)
		view_drop(&outer, attr->axis);
	dense = inner;
	view_dense(&dense, NULL);
	c->block = dense.count * c->size;
	nd_init(&c->outer, &outer);
	nd_init(&c->inner, &dense);
	nd_add(&c->inner, &inner);
	nd_optimize(&c->inner);
	return GENPU_OK;
}

/* Each element of the condition is read once. */
static void pick_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	struct compress_run *cr = priv;
	int64_t i;

	for (i = 0; i < n; i++, cr->at++)
		if (ptr[0][i * stride[0]])
			cr->picked[cr->num++] = cr->at;
}

static void inner_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	const struct compress *c = priv;

	row_copy(ptr[0], stride[0], ptr[1], stride[1], c->size, n);
}

/* Elements of the input in the order of its dimensions. */
static void flat_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	struct compress_run *cr = priv;
	const struct compress *c = cr->c;
	int64_t i;

	for (; cr->next < cr->num && cr->picked[cr->next] < cr->at + n; cr->next++) {
		i = cr->picked[cr->next] - cr->at;
		row_copy(cr->y + cr->next * c->size, c->size, ptr[0] + i * stride[0], c->size,
			 c->size, 1);
	}
	cr->at += n;
}

static void outer_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	struct compress_run *cr = priv;
	const struct compress *c = cr->c;
	void *base[2];
	int64_t i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < cr->num && !cr->aborted; k++) {
			base[0] = cr->y;
			base[1] = ptr[0] + i * stride[0] + cr->picked[k] * c->step;
			cr->aborted = run_aborted(cr->run) ||
				      !nd_run(&c->inner, base, inner_row, (void *)c, 1 << 20,
					      cr->run);
			cr->y += c->block;
		}
	}
}

static uint32_t compress_run(const struct op *op, void *const *data, struct run *run)
{
	const struct compress *c = op->priv;
	struct compress_run cr = {
		.c = c, .run = run, .y = data[2],
		.picked = (void *)(run->scratch + op->scratch_offset),
	};
	void *const cond[] = { data[1] }, *const x[] = { data[0] };

	memset(data[2], 0, c->bytes);
	if (!nd_run(&c->cond, cond, pick_row, &cr, 1 << 20, run))
		return GENPU_ERR_ABORTED;
	cr.at = 0;
	if (!nd_run(&c->outer, x, c->flat ? flat_row : outer_row, &cr, 1 << 20, run) || cr.aborted)
		return GENPU_ERR_ABORTED;
	return GENPU_OK;
}

const struct op_class op_compress = {
	.name = "compress",
	.opcode = GENPU_OP_COMPRESS,
	.min_in = 2,
	.max_in = 2,
	.attr_size = sizeof(struct genpu_attr_compress),
	.raw = true,
	.verify = compress_verify,
	.prepare = compress_prepare,
	.run = compress_run,
	.destroy = simple_destroy,
};
