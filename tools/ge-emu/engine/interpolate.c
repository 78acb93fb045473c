// SPDX-License-Identifier: MIT
/*
 * interpolate.c - INTERPOLATE
 *
 * Along the axis each output element is a weighted sum of a few inputs. Where other dimensions are
 * more tightly packed, whole rows of these are added up; along an innermost axis single elements.
 */
#include <stddef.h>
#include <stdlib.h>

#include "nd.h"

#define CHUNK	1024	/* elements of a row: those of all taps stay in the cache */

/**
 * struct interpolate - a prepared INTERPOLATE
 * @slice: the output and the input without the axis
 * @outs: output elements along the axis
 * @taps: inputs that each is made from
 * @extent: of the input along the axis
 * @sx: elements between neighbours along the axis in the input
 * @sy: and in the output
 */
struct interpolate {
	struct nd slice;
	int64_t outs;
	int64_t taps;
	int64_t extent;
	int64_t sx;
	int64_t sy;
};

/**
 * struct interpolate_run - what one run works with
 * @ip: the operator
 * @offsets: of each tap in the input, in elements, checked
 * @weights: of each tap
 * @run: for being stopped
 */
struct interpolate_run {
	const struct interpolate *ip;
	int64_t *offsets;
	float *weights;
	struct run *run;
};

static uint32_t interpolate_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_interpolate *attr = op->attr;
	const struct view *x = op_view(op, 0), *index = op_view(op, 1), *w = op_view(op, 2);
	const struct view *y = op_view(op, 3);
	int64_t work[2];
	unsigned int d;

	if (attr->axis >= x->rank)
		return bad_attr(v, op, offsetof(struct genpu_attr_interpolate, axis));
	if (attr->reserved)
		return bad_attr(v, op, offsetof(struct genpu_attr_interpolate, reserved));
	if (!dtype_is_float(x->dtype))
		return bad_type(v, op, 0);
	if (index->dtype != GENPU_DT_I32)
		return bad_type(v, op, 1);
	if (w->dtype != GENPU_DT_F32)
		return bad_type(v, op, 2);
	if (y->dtype != x->dtype)
		return bad_type(v, op, 3);
	if (index->rank != 2)
		return bad_shape(v, op, 1);
	if (w->rank != 2 || memcmp(w->dims, index->dims, sizeof(w->dims)))
		return bad_shape(v, op, 2);
	if (y->rank != x->rank)
		return bad_shape(v, op, 3);
	for (d = 0; d < y->rank; d++)
		if (y->dims[d] != (d == attr->axis ? index->dims[0] : x->dims[d]))
			return bad_shape(v, op, 3);
	work[0] = y->count;
	work[1] = index->dims[1];
	return check_work(v, op, 2, work);
}

static uint32_t interpolate_prepare(struct engine_program *p, struct op *op)
{
	const struct genpu_attr_interpolate *attr = op->attr;
	struct view from = op->operands[0].use, to = op_out(op)->use;
	struct interpolate *ip = calloc(1, sizeof(*ip));

	(void)p;
	if (!ip)
		return GENPU_ERR_NO_MEMORY;
	op->priv = ip;
	ip->outs = op_view(op, 1)->dims[0];
	ip->taps = op_view(op, 1)->dims[1];
	ip->extent = from.dims[attr->axis];
	ip->sx = from.strides[attr->axis];
	ip->sy = to.strides[attr->axis];
	view_drop(&from, attr->axis);
	view_drop(&to, attr->axis);
	nd_init(&ip->slice, &to);
	nd_add(&ip->slice, &from);
	nd_optimize(&ip->slice);
	op->scratch = op_view(op, 1)->count * (sizeof(int64_t) + sizeof(float));
	return GENPU_OK;
}

/* Read the indices and weights once, and check the indices. */
static uint32_t load_taps(const struct op *op, void *const *data, struct interpolate_run *ir)
{
	const struct view *index = &op->operands[1].use, *w = &op->operands[2].use;
	const struct interpolate *ip = ir->ip;
	int64_t o, t, value;

	for (o = 0; o < ip->outs; o++) {
		if (run_aborted(ir->run))
			return GENPU_ERR_ABORTED;
		for (t = 0; t < ip->taps; t++) {
			value = ((const volatile int32_t *)data[1])[o * index->strides[0] +
								    t * index->strides[1]];
			if (value < 0 || value >= ip->extent) {
				ir->run->err->operand = 1;
				return GENPU_ERR_INDEX;
			}
			ir->offsets[o * ip->taps + t] = value * ip->sx;
			ir->weights[o * ip->taps + t] =
				((const float *)data[2])[o * w->strides[0] + t * w->strides[1]];
		}
	}
	return GENPU_OK;
}

/* A row of @n neighbours at one position of the axis. */
ENGINE_SIMD
static void blend(float *y, const float *x, const int64_t *offsets, const float *w, int64_t taps,
		  int64_t n)
{
	const float *a, *b, *c, *d;
	int64_t i, t = 0;

	if (taps == 2) {
		a = x + offsets[0];
		b = x + offsets[1];
		for (i = 0; i < n; i++)
			y[i] = w[0] * a[i] + w[1] * b[i];
		return;
	}
	for (i = 0; i < n; i++)
		y[i] = 0;
	for (; t + 4 <= taps; t += 4) {
		a = x + offsets[t];
		b = x + offsets[t + 1];
		c = x + offsets[t + 2];
		d = x + offsets[t + 3];
		for (i = 0; i < n; i++)
			y[i] += w[t] * a[i] + w[t + 1] * b[i] + w[t + 2] * c[i] + w[t + 3] * d[i];
	}
	for (; t < taps; t++) {
		a = x + offsets[t];
		for (i = 0; i < n; i++)
			y[i] += w[t] * a[i];
	}
}

/* All positions of the axis for one place in the others. */
ENGINE_SIMD
static void blend_axis(const struct interpolate_run *ir, float *y, const float *x)
{
	const struct interpolate *ip = ir->ip;
	const int64_t *offsets = ir->offsets;
	const float *w = ir->weights;
	int64_t o, t;
	float sum;

	if (ip->taps == 2) {
		for (o = 0; o < ip->outs; o++)
			y[o * ip->sy] = w[2 * o] * x[offsets[2 * o]] +
					w[2 * o + 1] * x[offsets[2 * o + 1]];
		return;
	}
	for (o = 0; o < ip->outs; o++) {
		sum = 0;
		for (t = 0; t < ip->taps; t++)
			sum += *w++ * x[*offsets++];
		y[o * ip->sy] = sum;
	}
}

static void interpolate_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	const struct interpolate_run *ir = priv;
	const struct interpolate *ip = ir->ip;
	bool whole = n > 1 && stride[0] == sizeof(float) && stride[1] == sizeof(float);
	int64_t i;

	for (i = 0; whole && i < ip->outs && !run_aborted(ir->run); i++)
		blend((float *)ptr[0] + i * ip->sy, (const float *)ptr[1],
		      ir->offsets + i * ip->taps, ir->weights + i * ip->taps, ip->taps, n);
	for (i = 0; !whole && i < n && !run_aborted(ir->run); i++)
		blend_axis(ir, (float *)(ptr[0] + i * stride[0]),
			   (const float *)(ptr[1] + i * stride[1]));
}

static uint32_t interpolate_run(const struct op *op, void *const *data, struct run *run)
{
	struct interpolate_run ir = { .ip = op->priv, .run = run };
	void *const base[] = { data[3], data[0] };
	uint32_t code;

	ir.offsets = (int64_t *)(run->scratch + op->scratch_offset);
	ir.weights = (float *)(ir.offsets + ir.ip->outs * ir.ip->taps);
	code = load_taps(op, data, &ir);
	if (code)
		return code;
	if (!nd_run(&ir.ip->slice, base, interpolate_row, &ir, CHUNK, run) || run_aborted(run))
		return GENPU_ERR_ABORTED;
	return GENPU_OK;
}

static void interpolate_destroy(struct op *op)
{
	free(op->priv);
}

const struct op_class op_interpolate = {
	.name = "interpolate",
	.opcode = GENPU_OP_INTERPOLATE,
	.min_in = 3,
	.max_in = 3,
	.attr_size = sizeof(struct genpu_attr_interpolate),
	.verify = interpolate_verify,
	.prepare = interpolate_prepare,
	.run = interpolate_run,
	.destroy = interpolate_destroy,
};
