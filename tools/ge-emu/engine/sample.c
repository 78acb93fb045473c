// SPDX-License-Identifier: MIT
/*
 * sample.c - GRID_SAMPLE: an input looked at where a grid says
 *
 * What one output position is made from, offsets and weights, is found once for all channels.
 * Coordinates that are not numbers count as -1, the first border.
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "internal.h"

#define MAX_TAPS	16
#define FAR		1e9f	/* coordinates beyond it are as good as this one */

enum { SAMPLE_X, SAMPLE_GRID, SAMPLE_Y };

/**
 * struct sample - a prepared GRID_SAMPLE
 * @spatial: dimensions, 2 or 3
 * @cubic: four taps in each dimension
 * @nearest: one tap in each, else two
 */
struct sample {
	unsigned int spatial;
	bool cubic;
	bool nearest;
};

/**
 * struct axis_taps - the taps of one dimension
 * @num: how many
 * @offset: in the input, in elements; only where the weight is not zero
 * @weight: of each
 */
struct axis_taps {
	unsigned int num;
	int64_t offset[4];
	float weight[4];
};

/* The same for all dimensions together. */
struct taps {
	unsigned int num;
	int64_t offset[MAX_TAPS];
	float weight[MAX_TAPS];
};

static uint32_t sample_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_grid *attr = op->attr;
	const struct view *x = op_view(op, SAMPLE_X), *grid = op_view(op, SAMPLE_GRID);
	const struct view *y = op_view(op, SAMPLE_Y);
	unsigned int spatial = x->rank - 2, d;
	int64_t work[2];

#define FIELD(name)	offsetof(struct genpu_attr_grid, name)
	if (attr->mode < GENPU_SAMPLE_NEAREST || attr->mode > GENPU_SAMPLE_CUBIC)
		return bad_attr(v, op, FIELD(mode));
	if (attr->border < GENPU_BORDER_ZEROS || attr->border > GENPU_BORDER_REFLECT)
		return bad_attr(v, op, FIELD(border));
	if (attr->align_corners > 1)
		return bad_attr(v, op, FIELD(align_corners));
	if (attr->reserved)
		return bad_attr(v, op, FIELD(reserved));
	if (!dtype_is_float(x->dtype))
		return bad_type(v, op, SAMPLE_X);
	if (!dtype_is_float(grid->dtype))
		return bad_type(v, op, SAMPLE_GRID);
	if (y->dtype != x->dtype)
		return bad_type(v, op, SAMPLE_Y);
	if (x->rank < 4 || x->rank > 5)
		return bad_shape(v, op, SAMPLE_X);
	if (attr->mode == GENPU_SAMPLE_CUBIC && spatial != 2)
		return bad_attr(v, op, FIELD(mode));
#undef FIELD
	for (d = 2; d < x->rank; d++)
		if (!x->dims[d] || x->dims[d] > 1 << 24)
			return bad_shape(v, op, SAMPLE_X);
	if (grid->rank != x->rank || grid->dims[0] != x->dims[0] ||
	    grid->dims[x->rank - 1] != spatial)
		return bad_shape(v, op, SAMPLE_GRID);
	if (y->rank != x->rank || y->dims[0] != x->dims[0] || y->dims[1] != x->dims[1])
		return bad_shape(v, op, SAMPLE_Y);
	for (d = 2; d < x->rank; d++)
		if (y->dims[d] != grid->dims[d - 1])
			return bad_shape(v, op, SAMPLE_Y);
	work[0] = y->count;
	work[1] = MAX_TAPS;
	return check_work(v, op, 2, work);
}

static uint32_t sample_prepare(struct engine_program *p, struct op *op)
{
	const struct genpu_attr_grid *attr = op->attr;
	struct sample *s = calloc(1, sizeof(*s));

	(void)p;
	if (!s)
		return GENPU_ERR_NO_MEMORY;
	op->priv = s;
	s->spatial = op_view(op, SAMPLE_X)->rank - 2;
	s->cubic = attr->mode == GENPU_SAMPLE_CUBIC;
	s->nearest = attr->mode == GENPU_SAMPLE_NEAREST;
	return GENPU_OK;
}

/* Back from beyond the borders @low and @high as often as needed. */
static float reflect(float at, float low, float high)
{
	float range = high - low, over;

	if (!(range > 0))
		return low;
	if (at >= low && at <= high)
		return at;
	over = fmodf(at < low ? low - at : at - high, 2 * range);
	if (over > range)
		over = 2 * range - over;
	return at < low ? low + over : high - over;
}

/* A grid's coordinate as a position in a dimension of @extent elements. */
static float position(const struct genpu_attr_grid *attr, float at, int64_t extent)
{
	if (isnan(at))
		at = -1;
	at = attr->align_corners ? (at + 1) / 2 * (extent - 1) : ((at + 1) * extent - 1) / 2;
	return fmaxf(-FAR, fminf(FAR, at));
}

static float border_low(const struct genpu_attr_grid *attr)
{
	return attr->align_corners ? 0 : -0.5f;
}

static float border_high(const struct genpu_attr_grid *attr, int64_t extent)
{
	return attr->align_corners ? extent - 1 : extent - 0.5f;
}

/* The element that stands for position @i of a dimension; -1 for zero. */
static int64_t element(const struct genpu_attr_grid *attr, int64_t i, int64_t extent)
{
	if (i >= 0 && i < extent)
		return i;
	if (attr->border == GENPU_BORDER_ZEROS)
		return -1;
	if (attr->border == GENPU_BORDER_REFLECT)
		i = (int64_t)reflect(i, border_low(attr), border_high(attr, extent));
	return i < 0 ? 0 : i >= extent ? extent - 1 : i;
}

static void cubic_weights(float t, float *w)
{
	const float a = -0.75f;
	float u = 1 - t;

	w[0] = ((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a;
	w[1] = ((a + 2) * t - (a + 3)) * t * t + 1;
	w[2] = ((a + 2) * u - (a + 3)) * u * u + 1;
	w[3] = ((a * (u + 1) - 5 * a) * (u + 1) + 8 * a) * (u + 1) - 4 * a;
}

static void find_axis(const struct sample *s, const struct genpu_attr_grid *attr, float coordinate,
		      int64_t extent, int64_t stride, struct axis_taps *taps)
{
	float at = position(attr, coordinate, extent), low = border_low(attr);
	float high = border_high(attr, extent);
	int64_t first, from;
	unsigned int i;

	if (s->nearest)
		at = nearbyintf(at);
	if (attr->border == GENPU_BORDER_EDGE && (at < low || at > high))
		at = fmaxf(0, fminf(extent - 1, at));
	else if (attr->border == GENPU_BORDER_REFLECT)
		at = reflect(at, low, high);
	/* Reflected, a position that was rounded may lie between two again. */
	first = s->nearest ? (int64_t)at : (int64_t)floorf(at);
	if (s->nearest) {
		taps->num = 1;
		taps->weight[0] = 1;
	} else if (s->cubic) {
		taps->num = 4;
		cubic_weights(at - first, taps->weight);
		first--;
	} else {
		taps->num = 2;
		taps->weight[1] = at - first;
		taps->weight[0] = 1 - taps->weight[1];
	}
	for (i = 0; i < taps->num; i++) {
		from = element(attr, first + i, extent);
		if (from < 0)
			taps->weight[i] = 0;
		taps->offset[i] = from * stride;
	}
}

/*
 * Taps of all dimensions, for the position whose coordinates are at @grid. Others may write there
 * meanwhile: each is read once.
 */
static void find_taps(const struct sample *s, const struct op *op, const volatile float *grid,
		      struct taps *taps)
{
	const struct view *x = &op->operands[SAMPLE_X].use, *g = &op->operands[SAMPLE_GRID].use;
	struct taps before = { .num = 1, .weight = { 1 } };
	struct axis_taps axis;
	unsigned int d, i, k;

	*taps = before;
	for (d = 0; d < s->spatial; d++) {
		find_axis(s, op->attr, grid[(s->spatial - 1 - d) * g->strides[g->rank - 1]],
			  x->dims[d + 2], x->strides[d + 2], &axis);
		before = *taps;
		taps->num = 0;
		for (i = 0; i < before.num; i++) {
			for (k = 0; k < axis.num; k++) {
				if (axis.weight[k] == 0)
					continue;
				taps->offset[taps->num] = before.offset[i] + axis.offset[k];
				taps->weight[taps->num++] = before.weight[i] * axis.weight[k];
			}
		}
	}
}

ENGINE_SIMD
static void sum_taps(const struct taps *taps, const float *x, int64_t sx, float *y, int64_t sy,
		     int64_t channels)
{
	float sum, weight;
	const float *from;
	unsigned int i;
	int64_t c;

	if (sx == 1 && sy == 1) {
		memset(y, 0, channels * sizeof(*y));
		for (i = 0; i < taps->num; i++) {
			from = x + taps->offset[i];
			weight = taps->weight[i];
			for (c = 0; c < channels; c++)
				y[c] += weight * from[c];
		}
		return;
	}
	for (c = 0; c < channels; c++) {
		sum = 0;
		for (i = 0; i < taps->num; i++)
			sum += taps->weight[i] * x[taps->offset[i] + c * sx];
		y[c * sy] = sum;
	}
}

static uint32_t sample_run(const struct op *op, void *const *data, struct run *run)
{
	const struct view *x = &op->operands[SAMPLE_X].use, *g = &op->operands[SAMPLE_GRID].use;
	const struct view *y = &op->operands[SAMPLE_Y].use;
	const struct sample *s = op->priv;
	int64_t index[1 + GENPU_MAX_SPATIAL] = { 0 };
	int64_t from, to, grid;
	struct taps taps;
	unsigned int d;

	for (;;) {
		if (run_aborted(run))
			return GENPU_ERR_ABORTED;
		from = index[0] * x->strides[0];
		to = index[0] * y->strides[0];
		grid = index[0] * g->strides[0];
		for (d = 1; d <= s->spatial; d++) {
			to += index[d] * y->strides[d + 1];
			grid += index[d] * g->strides[d];
		}
		find_taps(s, op, (const float *)data[SAMPLE_GRID] + grid, &taps);
		sum_taps(&taps, (const float *)data[SAMPLE_X] + from, x->strides[1],
			 (float *)data[SAMPLE_Y] + to, y->strides[1], y->dims[1]);
		for (d = s->spatial; d < UINT32_MAX; d--) {
			if (++index[d] < g->dims[d])
				break;
			index[d] = 0;
		}
		if (d == UINT32_MAX)
			return GENPU_OK;
	}
}

static void sample_destroy(struct op *op)
{
	free(op->priv);
}

const struct op_class op_grid_sample = {
	.name = "grid_sample",
	.opcode = GENPU_OP_GRID_SAMPLE,
	.min_in = 2,
	.max_in = 2,
	.attr_size = sizeof(struct genpu_attr_grid),
	.verify = sample_verify,
	.prepare = sample_prepare,
	.run = sample_run,
	.destroy = sample_destroy,
};
