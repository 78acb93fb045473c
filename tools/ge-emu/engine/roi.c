// SPDX-License-Identifier: MIT
/*
 * roi.c - ROI_ALIGN: regions of an image, each made to a grid of bins of the same size
 *
 * The four neighbours of each sample are found once for all channels.
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "internal.h"

#define MAX_SAMPLES	256	/* in each direction of a bin */

enum { ROI_X, ROI_BOXES, ROI_BATCH, ROI_Y };

/**
 * struct region - one region, in elements of the input
 * @start: of its upper left corner, y then x
 * @bin: extents of a bin
 * @samples: in each direction of a bin
 */
struct region {
	float start[2];
	float bin[2];
	int64_t samples[2];
};

/**
 * struct sample - where a sample lies between four elements
 * @offset: of each, in elements
 * @weight: of each
 */
struct sample {
	int64_t offset[4];
	float weight[4];
};

static uint32_t roi_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_roi *attr = op->attr;
	const struct view *x = op_view(op, ROI_X), *boxes = op_view(op, ROI_BOXES);
	const struct view *batch = op_view(op, ROI_BATCH), *y = op_view(op, ROI_Y);
	int64_t work[3];

#define FIELD(name)	offsetof(struct genpu_attr_roi, name)
	if (attr->max > 1)
		return bad_attr(v, op, FIELD(max));
	if (!isfinite(attr->scale))
		return bad_attr(v, op, FIELD(scale));
	if (!isfinite(attr->offset))
		return bad_attr(v, op, FIELD(offset));
	if (attr->samples > MAX_SAMPLES)
		return bad_attr(v, op, FIELD(samples));
#undef FIELD
	if (!dtype_is_float(x->dtype))
		return bad_type(v, op, ROI_X);
	if (!dtype_is_float(boxes->dtype))
		return bad_type(v, op, ROI_BOXES);
	if (batch->dtype != GENPU_DT_I64)
		return bad_type(v, op, ROI_BATCH);
	if (y->dtype != x->dtype)
		return bad_type(v, op, ROI_Y);
	if (x->rank != 4 || !x->dims[2] || !x->dims[3] || x->dims[2] > 1 << 24 ||
	    x->dims[3] > 1 << 24)
		return bad_shape(v, op, ROI_X);
	if (boxes->rank != 2 || boxes->dims[1] != 4)
		return bad_shape(v, op, ROI_BOXES);
	if (batch->rank != 1 || batch->dims[0] != boxes->dims[0])
		return bad_shape(v, op, ROI_BATCH);
	if (y->rank != 4 || y->dims[0] != boxes->dims[0] || y->dims[1] != x->dims[1])
		return bad_shape(v, op, ROI_Y);
	work[0] = y->count;
	work[1] = attr->samples ? attr->samples : x->dims[2];
	work[2] = attr->samples ? attr->samples : x->dims[3];
	return check_work(v, op, 3, work);
}

static uint32_t roi_prepare(struct engine_program *p, struct op *op)
{
	(void)p;
	(void)op;
	return GENPU_OK;
}

/* How many samples a bin of @bin elements has; never more than there are elements. */
static int64_t count_samples(const struct genpu_attr_roi *attr, float bin, int64_t extent)
{
	if (attr->samples)
		return attr->samples;
	if (!(bin > 0))
		return 0;
	return bin < extent ? (int64_t)ceilf(bin) : extent;
}

/* Others may write to the boxes meanwhile: each is read once. */
static void find_region(const struct op *op, const volatile float *box, struct region *r)
{
	const struct genpu_attr_roi *attr = op->attr;
	const struct view *x = &op->operands[ROI_X].use, *y = &op->operands[ROI_Y].use;
	int64_t step = op->operands[ROI_BOXES].use.strides[1];
	float size;
	int d;

	for (d = 0; d < 2; d++) {
		r->start[d] = box[(1 - d) * step] * attr->scale - attr->offset;
		size = box[(3 - d) * step] * attr->scale - attr->offset - r->start[d];
		if (attr->offset == 0)
			size = fmaxf(size, 1);
		r->bin[d] = size / y->dims[2 + d];
		r->samples[d] = count_samples(attr, r->bin[d], x->dims[2 + d]);
	}
}

/* The neighbours of @at in a dimension, and the weight of the second one; false if outside. */
static bool neighbours(float at, int64_t extent, int64_t *low, int64_t *high, float *weight)
{
	if (!(at >= -1 && at <= extent))
		return false;
	at = fmaxf(at, 0);
	*low = (int64_t)at;
	if (*low >= extent - 1) {
		*low = extent - 1;
		*high = *low;
		*weight = 0;
		return true;
	}
	*high = *low + 1;
	*weight = at - *low;
	return true;
}

/* The sample at @at, a position in elements; without weight where that is outside. */
static void find_sample(const struct view *x, const float *at, struct sample *s)
{
	int64_t low[2], high[2];
	float w[2];

	memset(s, 0, sizeof(*s));
	if (!neighbours(at[0], x->dims[2], &low[0], &high[0], &w[0]) ||
	    !neighbours(at[1], x->dims[3], &low[1], &high[1], &w[1]))
		return;
	s->offset[0] = low[0] * x->strides[2] + low[1] * x->strides[3];
	s->offset[1] = low[0] * x->strides[2] + high[1] * x->strides[3];
	s->offset[2] = high[0] * x->strides[2] + low[1] * x->strides[3];
	s->offset[3] = high[0] * x->strides[2] + high[1] * x->strides[3];
	s->weight[0] = (1 - w[0]) * (1 - w[1]);
	s->weight[1] = (1 - w[0]) * w[1];
	s->weight[2] = w[0] * (1 - w[1]);
	s->weight[3] = w[0] * w[1];
}

static inline __attribute__((always_inline))
void join(const struct sample *s, const float *x, int64_t sx, float *y, int64_t sy,
	  int64_t channels, bool max, bool first)
{
	const float *p = x + s->offset[0], *q = x + s->offset[1];
	const float *r = x + s->offset[2], *t = x + s->offset[3];
	const float *w = s->weight;
	float a, b, d, e, most;
	int64_t c;

	for (c = 0; c < channels; c++) {
		a = w[0] * p[c * sx];
		b = w[1] * q[c * sx];
		d = w[2] * r[c * sx];
		e = w[3] * t[c * sx];
		if (!max) {
			y[c * sy] += a + b + d + e;
			continue;
		}
		most = fmaxf(fmaxf(a, b), fmaxf(d, e));
		y[c * sy] = first ? most : fmaxf(y[c * sy], most);
	}
}

/* Join a sample to what all channels of a bin have so far. */
ENGINE_SIMD
static void add_sample(const struct op *op, const struct sample *s, const float *x, float *y,
		       bool first)
{
	const struct genpu_attr_roi *attr = op->attr;
	int64_t sx = op->operands[ROI_X].use.strides[1], sy = op->operands[ROI_Y].use.strides[1];
	int64_t channels = op->operands[ROI_Y].use.dims[1];

	if (sx == 1 && sy == 1 && !attr->max)
		join(s, x, 1, y, 1, channels, false, first);
	else
		join(s, x, sx, y, sy, channels, attr->max, first);
}

static void run_bin(const struct op *op, const struct region *r, const float *x, float *y,
		    int64_t row, int64_t column, struct run *run)
{
	const struct genpu_attr_roi *attr = op->attr;
	const struct view *vx = &op->operands[ROI_X].use, *vy = &op->operands[ROI_Y].use;
	int64_t count = r->samples[0] * r->samples[1], i, k, c;
	struct sample s;
	float at[2];

	for (c = 0; c < vy->dims[1]; c++)
		y[c * vy->strides[1]] = 0;
	for (i = 0; i < r->samples[0] && !run_aborted(run); i++) {
		at[0] = r->start[0] + row * r->bin[0] + (i + 0.5f) * r->bin[0] / r->samples[0];
		for (k = 0; k < r->samples[1]; k++) {
			at[1] = r->start[1] + column * r->bin[1] +
				(k + 0.5f) * r->bin[1] / r->samples[1];
			find_sample(vx, at, &s);
			add_sample(op, &s, x, y, !i && !k);
		}
	}
	for (c = 0; count && !attr->max && c < vy->dims[1]; c++)
		y[c * vy->strides[1]] /= count;
}

static uint32_t roi_run(const struct op *op, void *const *data, struct run *run)
{
	const struct view *x = &op->operands[ROI_X].use, *y = &op->operands[ROI_Y].use;
	int64_t box_step = op->operands[ROI_BOXES].use.strides[0];
	int64_t batch_step = op->operands[ROI_BATCH].use.strides[0];
	int64_t r, row, column, image;
	struct region region;

	for (r = 0; r < y->dims[0]; r++) {
		image = ((const volatile int64_t *)data[ROI_BATCH])[r * batch_step];
		if (image < 0 || image >= x->dims[0]) {
			run->err->operand = ROI_BATCH;
			return GENPU_ERR_INDEX;
		}
		find_region(op, (const float *)data[ROI_BOXES] + r * box_step, &region);
		for (row = 0; row < y->dims[2]; row++) {
			for (column = 0; column < y->dims[3]; column++) {
				if (run_aborted(run))
					return GENPU_ERR_ABORTED;
				run_bin(op, &region,
					(const float *)data[ROI_X] + image * x->strides[0],
					(float *)data[ROI_Y] + r * y->strides[0] +
						row * y->strides[2] + column * y->strides[3],
					row, column, run);
			}
		}
	}
	return run_aborted(run) ? GENPU_ERR_ABORTED : GENPU_OK;
}

const struct op_class op_roi_align = {
	.name = "roi_align",
	.opcode = GENPU_OP_ROI_ALIGN,
	.min_in = 3,
	.max_in = 3,
	.attr_size = sizeof(struct genpu_attr_roi),
	.verify = roi_verify,
	.prepare = roi_prepare,
	.run = roi_run,
};
