// SPDX-License-Identifier: MIT
/*
 * test-picture.c - operators for pictures: INTERPOLATE, DECONV, LRN, POOL with indices,
 * GRID_SAMPLE, ROI_ALIGN, NMS
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ops.h"

static bool test_interpolate(struct harness *h)
{
	uint32_t rank = rnd(1, 5), dims[GENPU_MAX_RANK], yd[GENPU_MAX_RANK], td[2], in[3];
	struct genpu_attr_interpolate attr = { .axis = rnd(0, rank - 1) };
	uint32_t index[GENPU_MAX_RANK] = { 0 }, at[GENPU_MAX_RANK], t;
	struct tensor *x, *idx, *w, *y;
	struct ref_posts posts;
	uint8_t type = PICK(floats);
	double *want;
	size_t i, k;

	random_dims(dims, rank, rank < 3 ? 40 : 9);
	memcpy(yd, dims, sizeof(yd));
	td[0] = rnd(1, 9);
	td[1] = rnd(1, 7);
	yd[attr.axis] = td[0];
	x = tensor_new(h, type, rank, dims, any_layout(), in_place(), -1, 1);
	idx = tensor_new(h, GENPU_DT_I32, 2, td, any_layout(), in_place(), 0, dims[attr.axis]);
	w = tensor_new(h, GENPU_DT_F32, 2, td, any_layout(), in_place(), -1, 1);
	y = tensor_new(h, type, rank, yd, any_layout(), OUTPUT, 0, 1);
	in[0] = x->index;
	in[1] = idx->index;
	in[2] = w->index;
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_INTERPOLATE, &attr, sizeof(attr), 3, in, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		double sum = 0;

		memcpy(at, index, sizeof(at));
		for (t = 0; t < td[1]; t++) {
			k = index[attr.axis] * td[1] + t;
			at[attr.axis] = idx->v[k];
			sum += w->v[k] * x->v[flat_index(rank, dims, at)];
		}
		want[i] = ref_posts(&posts, sum, rank, index);
		next_index(rank, yd, index);
	}
	return check(h, y, want, 4);
}

/* An index outside of the axis is an error of the operand. */
static bool test_interpolate_index(struct harness *h)
{
	uint32_t dims[3] = { 2, 4, 3 }, td[2] = { 5, 2 }, in[3];
	struct genpu_attr_interpolate attr = { .axis = 1 };
	struct tensor *idx, *y;

	in[0] = tensor_new(h, GENPU_DT_F32, 3, dims, any_layout(), INPUT, 0, 1)->index;
	idx = tensor_new(h, GENPU_DT_I32, 2, td, any_layout(), INPUT, 0, 4);
	in[1] = idx->index;
	in[2] = tensor_new(h, GENPU_DT_F32, 2, td, DENSE, INPUT, 0, 1)->index;
	tensor_set(idx, rnd(0, 9), rnd(0, 1) ? -1 : 4);
	dims[1] = 5;
	y = tensor_new(h, GENPU_DT_F32, 3, dims, DENSE, OUTPUT, 0, 1);
	add_op(&h->b, GENPU_OP_INTERPOLATE, &attr, sizeof(attr), 3, in, y->index);
	return !harness_run(h) && h->err.code == GENPU_ERR_INDEX && h->err.operand == 1;
}

static bool test_deconv(struct harness *h)
{
	struct genpu_attr_conv attr = { .spatial = rnd(1, 3), .groups = 1 };
	uint32_t rank = attr.spatial + 2, xd[5], wd[5], yd[5], index[5] = { 0 }, in[3], k[5], d;
	struct tensor *x, *w, *b = NULL, *y;
	uint32_t style = rnd(0, 3), bd;
	uint8_t t = PICK(floats);
	struct ref_posts posts;
	double *want;
	size_t i;

	wd[1] = rnd(0, 1) ? rnd(1, 6) : rnd(1, 40);
	wd[0] = rnd(0, 1) ? rnd(1, 6) : rnd(1, 40);
	if (style == 1) {	/* depthwise */
		attr.groups = rnd(2, 40);
		wd[1] = 1;
		wd[0] = attr.groups;
	} else if (style == 2) {	/* groups */
		attr.groups = rnd(2, 4);
		wd[1] = rnd(1, 9);
		wd[0] = attr.groups * rnd(1, 9);
	}
	xd[0] = rnd(1, 3);
	xd[1] = wd[0];
	yd[0] = xd[0];
	yd[1] = wd[1] * attr.groups;
	for (d = 0; d < attr.spatial; d++) {
		uint32_t reach, full;

		attr.strides[d] = rnd(1, 3);
		attr.dilations[d] = rnd(0, 2) ? 1 : rnd(2, 3);
		wd[d + 2] = rnd(1, attr.spatial == 3 ? 3 : 5);
		xd[d + 2] = rnd(1, attr.spatial == 3 ? 5 : 12);
		reach = (wd[d + 2] - 1) * attr.dilations[d] + 1;
		full = (xd[d + 2] - 1) * attr.strides[d] + reach;
		attr.pads_begin[d] = rnd(0, 8) ? rnd(0, reach / 2) : rnd(0, full - 1);
		attr.pads_end[d] = rnd(0, 1) ? attr.pads_begin[d] : rnd(0, reach / 2);
		if (attr.pads_begin[d] + attr.pads_end[d] >= full) {
			attr.pads_begin[d] = 0;
			attr.pads_end[d] = 0;
		}
		yd[d + 2] = full - attr.pads_begin[d] - attr.pads_end[d] +
			    (rnd(0, 1) ? rnd(0, attr.strides[d] - 1) : 0);
	}
	x = tensor_new(h, t, rank, xd, any_layout(), in_place(), -1, 1);
	w = tensor_new(h, t, rank, wd, any_layout(), rnd(0, 2) ? CONSTANT : INPUT, -1, 1);
	in[0] = x->index;
	in[1] = w->index;
	in[2] = GENPU_NONE;
	if (rnd(0, 1)) {
		bd = yd[1];
		b = tensor_new(h, t, 1, &bd, any_layout(), in_place(), -1, 1);
		in[2] = b->index;
	}
	y = tensor_new(h, t, rank, yd, any_layout(), OUTPUT, 0, 1);
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_DECONV, &attr, sizeof(attr), b || rnd(0, 1) ? 3 : 2, in, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		double sum = b ? b->v[index[1]] : 0;
		uint32_t group = index[1] / wd[1], c;

		memset(k, 0, sizeof(k));
		k[1] = index[1] % wd[1];
		do {
			uint32_t at[5] = { index[0] };
			bool inside = true;

			for (d = 0; d < attr.spatial; d++) {
				int64_t p = (int64_t)index[d + 2] + attr.pads_begin[d] -
					    k[d + 2] * attr.dilations[d];

				inside &= p >= 0 && p % attr.strides[d] == 0 &&
					  p / attr.strides[d] < xd[d + 2];
				at[d + 2] = p / attr.strides[d];
			}
			for (c = 0; inside && c < wd[0] / attr.groups; c++) {
				at[1] = group * (wd[0] / attr.groups) + c;
				k[0] = at[1];
				sum += x->v[flat_index(rank, xd, at)] *
				       w->v[flat_index(rank, wd, k)];
			}
		} while (next_index(attr.spatial, wd + 2, k + 2));
		want[i] = ref_posts(&posts, sum, rank, index);
		next_index(rank, yd, index);
	}
	return check(h, y, want, 8);
}

static bool test_lrn(struct harness *h)
{
	static const float betas[] = { 0.75f, 0.5f, 1, 0.6f };
	struct genpu_attr_lrn attr = {
		.size = rnd(1, 9), .alpha = rndf(0.1, 2), .beta = PICK(betas), .k = rndf(0.5, 2),
	};
	uint32_t rank = rnd(2, 5), dims[5], index[5] = { 0 }, at[5];
	uint8_t t = PICK(floats);
	struct ref_posts posts;
	struct tensor *x, *y;
	double *want;
	int64_t c;
	size_t i;

	random_dims(dims, rank, 7);
	dims[1] = rnd(1, 40);
	x = tensor_new(h, t, rank, dims, any_layout(), in_place(), -2, 2);
	y = tensor_new(h, t, rank, dims, any_layout(), OUTPUT, 0, 1);
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_LRN, &attr, sizeof(attr), 1, &x->index, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		int64_t first = (int64_t)index[1] - (attr.size - 1) / 2;
		double sum = 0;

		memcpy(at, index, sizeof(at));
		for (c = first; c < first + attr.size; c++) {
			if (c < 0 || c >= dims[1])
				continue;
			at[1] = c;
			sum += pow(x->v[flat_index(rank, dims, at)], 2);
		}
		want[i] = x->v[i] / pow(attr.k + attr.alpha / attr.size * sum, attr.beta);
		want[i] = ref_posts(&posts, want[i], rank, index);
		next_index(rank, dims, index);
	}
	return check(h, y, want, 2);
}

static bool test_argmax(struct harness *h)
{
	struct genpu_attr_pool attr = { .kind = GENPU_POOL_ARGMAX, .spatial = rnd(1, 3) };
	uint32_t rank = attr.spatial + 2, xd[5], yd[5], index[5] = { 0 }, k[5], d, reach;
	uint8_t t = PICK(floats);
	struct tensor *x, *y;
	double *want;
	size_t i;

	yd[0] = rnd(1, 2);
	xd[0] = yd[0];
	yd[1] = rnd(1, 9);
	xd[1] = yd[1];
	for (d = 0; d < attr.spatial; d++) {
		attr.kernel[d] = rnd(1, 3);
		attr.strides[d] = rnd(1, 3);
		attr.dilations[d] = rnd(0, 2) ? 1 : 2;
		attr.pads_begin[d] = rnd(0, attr.kernel[d] - 1);
		attr.pads_end[d] = rnd(0, attr.kernel[d] - 1);
		reach = (attr.kernel[d] - 1) * attr.dilations[d] + 1;
		xd[d + 2] = rnd(reach, reach + 5);
		yd[d + 2] = (xd[d + 2] + attr.pads_begin[d] + attr.pads_end[d] - reach) /
			    attr.strides[d] + 1;
	}
	x = tensor_new(h, t, rank, xd, any_layout(), in_place(), -1, 1);
	/* Equal ones, of which the first counts. */
	for (i = 0; rnd(0, 1) && i < x->count; i++)
		tensor_set(x, i, rnd(0, 2));
	y = tensor_new(h, GENPU_DT_I64, rank, yd, any_layout(), OUTPUT, 0, 1);
	want = calloc(y->count + 1, sizeof(double));
	add_op(&h->b, GENPU_OP_POOL, &attr, sizeof(attr), 1, &x->index, y->index);
	for (i = 0; i < y->count; i++) {
		double most = -INFINITY;

		want[i] = -1;
		memset(k, 0, sizeof(k));
		do {
			uint32_t at[5] = { index[0], index[1] };
			bool inside = true;

			for (d = 0; d < attr.spatial; d++) {
				int64_t p = (int64_t)index[d + 2] * attr.strides[d] +
					    k[d] * attr.dilations[d] - attr.pads_begin[d];

				inside &= p >= 0 && p < xd[d + 2];
				at[d + 2] = p;
			}
			if (!inside || x->v[flat_index(rank, xd, at)] <= most)
				continue;
			most = x->v[flat_index(rank, xd, at)];
			want[i] = flat_index(attr.spatial, xd + 2, at + 2);
		} while (next_index(attr.spatial, attr.kernel, k));
		next_index(rank, yd, index);
	}
	return check(h, y, want, 0);
}

/* --- GRID_SAMPLE --- */

static double ref_reflect(double at, double low, double high)
{
	if (high <= low)
		return low;
	while (at < low || at > high)
		at = at < low ? 2 * low - at : 2 * high - at;
	return at;
}

static double ref_position(const struct genpu_attr_grid *attr, double at, uint32_t extent)
{
	return attr->align_corners ? (at + 1) / 2 * (extent - 1) : ((at + 1) * extent - 1) / 2;
}

/* Weight of each element of a dimension for the coordinate @at. */
static void ref_weights(const struct genpu_attr_grid *attr, double at, uint32_t extent, double *w)
{
	double low = attr->align_corners ? 0 : -0.5, t;
	double high = attr->align_corners ? extent - 1.0 : extent - 0.5, taps[4] = { 0 };
	int64_t first, i, from;

	at = ref_position(attr, at, extent);
	if (attr->mode == GENPU_SAMPLE_NEAREST)
		at = nearbyint(at);
	if (attr->border == GENPU_BORDER_EDGE && (at < low || at > high))
		at = fmax(0, fmin(extent - 1, at));
	if (attr->border == GENPU_BORDER_REFLECT)
		at = ref_reflect(at, low, high);
	first = floor(at + 1e-9) - 1;
	t = at - first - 1;
	if (attr->mode == GENPU_SAMPLE_NEAREST) {
		taps[1] = 1;
	} else if (attr->mode == GENPU_SAMPLE_LINEAR) {
		taps[1] = 1 - t;
		taps[2] = t;
	} else {
		for (i = 0; i < 4; i++) {
			double d = fabs(i - 1 - t), a = -0.75;

			taps[i] = d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 :
					   ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
		}
	}
	for (i = 0; i < (int64_t)extent; i++)
		w[i] = 0;
	for (i = 0; i < 4; i++) {
		from = first + i;
		if ((from < 0 || from >= extent) && attr->border == GENPU_BORDER_ZEROS)
			continue;
		if (attr->border == GENPU_BORDER_REFLECT)
			from = ref_reflect(from, low, high);
		from = from < 0 ? 0 : from >= extent ? extent - 1 : from;
		w[from] += taps[i];
	}
}

static bool test_grid_sample(struct harness *h)
{
	struct genpu_attr_grid attr = {
		.mode = rnd(GENPU_SAMPLE_NEAREST, GENPU_SAMPLE_CUBIC),
		.border = rnd(GENPU_BORDER_ZEROS, GENPU_BORDER_REFLECT), .align_corners = rnd(0, 1),
	};
	uint32_t spatial = attr.mode == GENPU_SAMPLE_CUBIC ? 2 : rnd(2, 3), rank = spatial + 2;
	uint32_t xd[5], gd[5], yd[5], index[5] = { 0 }, at[5], in[2], d;
	struct tensor *x, *grid, *y;
	struct ref_posts posts;
	uint8_t t = PICK(floats);
	double *want;
	size_t i;

	xd[0] = rnd(1, 3);
	yd[0] = xd[0];
	gd[0] = xd[0];
	xd[1] = rnd(1, 9);
	yd[1] = xd[1];
	for (d = 2; d < rank; d++) {
		xd[d] = rnd(1, 7);
		yd[d] = rnd(1, 5);
		gd[d - 1] = yd[d];
	}
	gd[rank - 1] = spatial;
	x = tensor_new(h, t, rank, xd, any_layout(), in_place(), -1, 1);
	grid = tensor_new(h, PICK(floats), rank, gd, any_layout(), in_place(), -2.5, 2.5);
	/* Not halfway between two, where the last bit decides. */
	for (i = 0; i < grid->count; i++) {
		uint32_t extent = xd[rank - 1 - i % spatial];
		double p = ref_position(&attr, grid->v[i], extent);

		if (attr.mode == GENPU_SAMPLE_NEAREST && fabs(p - floor(p) - 0.5) < 0.01)
			tensor_set(grid, i, 0.75);
	}
	y = tensor_new(h, t, rank, yd, any_layout(), OUTPUT, 0, 1);
	in[0] = x->index;
	in[1] = grid->index;
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_GRID_SAMPLE, &attr, sizeof(attr), 2, in, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		uint32_t place[5] = { index[0] }, k[5] = { 0 };
		double w[3][8], sum = 0, product;

		memcpy(place + 1, index + 2, spatial * sizeof(*place));
		for (d = 0; d < spatial; d++) {
			place[rank - 1] = spatial - 1 - d;
			ref_weights(&attr, grid->v[flat_index(rank, gd, place)], xd[d + 2], w[d]);
		}
		do {
			product = 1;
			at[0] = index[0];
			at[1] = index[1];
			for (d = 0; d < spatial; d++) {
				product *= w[d][k[d]];
				at[d + 2] = k[d];
			}
			sum += product * x->v[flat_index(rank, xd, at)];
		} while (next_index(spatial, xd + 2, k));
		want[i] = ref_posts(&posts, sum, rank, index);
		next_index(rank, yd, index);
	}
	return check(h, y, want, 16);
}

/* --- ROI_ALIGN --- */

/* The four products of a sample at @at, 0 outside. */
static void ref_sample(const struct tensor *x, const uint32_t *place, const double *at,
		       double *products)
{
	uint32_t low[2], high[2], p[4] = { place[0], place[1] };
	double w[2];
	int d, i;

	memset(products, 0, 4 * sizeof(*products));
	for (d = 0; d < 2; d++) {
		double v = fmax(at[d], 0);
		uint32_t last = x->dims[d + 2] - 1;

		if (at[d] < -1 || at[d] > x->dims[d + 2])
			return;
		low[d] = v >= last ? last : v;
		high[d] = low[d] == last ? last : low[d] + 1;
		w[d] = low[d] == last ? 0 : v - low[d];
	}
	for (i = 0; i < 4; i++) {
		p[2] = i & 2 ? high[0] : low[0];
		p[3] = i & 1 ? high[1] : low[1];
		products[i] = (i & 2 ? w[0] : 1 - w[0]) * (i & 1 ? w[1] : 1 - w[1]) *
			      x->v[flat_index(4, x->dims, p)];
	}
}

static double ref_bin(const struct genpu_attr_roi *attr, const struct tensor *x,
		      const uint32_t *yd, const double *box, const uint32_t *place,
		      const uint32_t *bin)
{
	double start[2], size[2], at[2], products[4], sum = 0, most = -INFINITY;
	uint32_t samples[2], i, k, p;
	int d;

	for (d = 0; d < 2; d++) {
		start[d] = box[1 - d] * attr->scale - attr->offset;
		size[d] = (box[3 - d] - box[1 - d]) * attr->scale;
		if (!attr->offset)
			size[d] = fmax(size[d], 1);
		size[d] /= yd[d + 2];
		samples[d] = attr->samples ? attr->samples : fmax(0, ceil(size[d] - 1e-7));
		if (!attr->samples && samples[d] > x->dims[d + 2])
			samples[d] = x->dims[d + 2];
	}
	for (i = 0; i < samples[0]; i++) {
		for (k = 0; k < samples[1]; k++) {
			at[0] = start[0] + (bin[0] + (i + 0.5) / samples[0]) * size[0];
			at[1] = start[1] + (bin[1] + (k + 0.5) / samples[1]) * size[1];
			ref_sample(x, place, at, products);
			for (p = 0; p < 4; p++) {
				sum += products[p];
				most = fmax(most, products[p]);
			}
		}
	}
	if (!samples[0] || !samples[1])
		return 0;
	return attr->max ? most : sum / (samples[0] * samples[1]);
}

static bool test_roi_align(struct harness *h)
{
	struct genpu_attr_roi attr = {
		.max = rnd(0, 1), .samples = rnd(0, 3), .scale = 0.5, .offset = rnd(0, 1) * 0.5,
	};
	uint32_t xd[4], bd[2], yd[4], index[4] = { 0 }, in[3];
	struct tensor *x, *boxes, *batch, *y;
	struct ref_posts posts;
	uint8_t t = PICK(floats);
	double *want;
	size_t i;

	xd[0] = rnd(1, 3);
	xd[1] = rnd(1, 9);
	yd[1] = xd[1];
	xd[2] = rnd(1, 9);
	xd[3] = rnd(1, 9);
	bd[0] = rnd(1, 4);
	yd[0] = bd[0];
	bd[1] = 4;
	yd[2] = rnd(1, 3);
	yd[3] = rnd(1, 3);
	x = tensor_new(h, t, 4, xd, any_layout(), in_place(), -1, 1);
	boxes = tensor_new(h, PICK(floats), 2, bd, any_layout(), in_place(), -1, 18);
	/* Odd sixteenths: the number of samples never hangs on the last bit. */
	for (i = 0; i < boxes->count; i++)
		tensor_set(boxes, i, (double)rnd(0, 15) + (i % 4 < 2 ? 0.125 : 0.25));
	batch = tensor_new(h, GENPU_DT_I64, 1, bd, any_layout(), in_place(), 0, xd[0]);
	y = tensor_new(h, t, 4, yd, any_layout(), OUTPUT, 0, 1);
	in[0] = x->index;
	in[1] = boxes->index;
	in[2] = batch->index;
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_ROI_ALIGN, &attr, sizeof(attr), 3, in, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		uint32_t place[2] = { batch->v[index[0]], index[1] };

		want[i] = ref_bin(&attr, x, yd, boxes->v + 4 * index[0], place, index + 2);
		want[i] = ref_posts(&posts, want[i], 4, index);
		next_index(4, yd, index);
	}
	return check(h, y, want, 4);
}

static bool test_roi_index(struct harness *h)
{
	uint32_t xd[4] = { 2, 3, 4, 4 }, bd[2] = { 3, 4 }, yd[4] = { 3, 3, 2, 2 }, in[3];
	struct genpu_attr_roi attr = { .scale = 1 };
	struct tensor *batch, *y;

	in[0] = tensor_new(h, GENPU_DT_F32, 4, xd, any_layout(), INPUT, 0, 1)->index;
	in[1] = tensor_new(h, GENPU_DT_F32, 2, bd, any_layout(), INPUT, 0, 4)->index;
	batch = tensor_new(h, GENPU_DT_I64, 1, bd, any_layout(), INPUT, 0, 2);
	in[2] = batch->index;
	tensor_set(batch, rnd(0, 2), rnd(0, 1) ? -1 : 2);
	y = tensor_new(h, GENPU_DT_F32, 4, yd, DENSE, OUTPUT, 0, 1);
	add_op(&h->b, GENPU_OP_ROI_ALIGN, &attr, sizeof(attr), 3, in, y->index);
	return !harness_run(h) && h->err.code == GENPU_ERR_INDEX && h->err.operand == 2;
}

/* --- NMS --- */

static double ref_overlap(const struct genpu_attr_nms *attr, const double *a, const double *b)
{
	double both = 1, areas[2] = { 1, 1 };
	const double *v[2] = { a, b };
	int d, i;

	for (d = 0; d < 2; d++) {
		double low[2], high[2];

		for (i = 0; i < 2; i++) {
			low[i] = fmin(v[i][d], v[i][d + 2]);
			high[i] = fmax(v[i][d], v[i][d + 2]);
			if (attr->center) {
				low[i] = v[i][d] - v[i][d + 2] / 2;
				high[i] = v[i][d] + v[i][d + 2] / 2;
			}
			areas[i] *= high[i] - low[i];
		}
		both *= fmax(0, fmin(high[0], high[1]) - fmax(low[0], low[1]));
	}
	return both > 0 ? both / (areas[0] + areas[1] - both) : 0;
}

static void ref_class(const struct genpu_attr_nms *attr, const struct tensor *boxes,
		      const double *scores, uint32_t image, double *rows, uint32_t *num,
		      uint32_t class)
{
	uint32_t count = boxes->dims[1], chosen = 0, b, k;
	const double *all = boxes->v + image * count * 4;
	uint32_t start = *num;
	bool done[32] = { false };

	while (chosen < attr->max_boxes) {
		uint32_t best = count;

		for (b = 0; b < count; b++)
			if (!done[b] && (!attr->use_score || scores[b] > attr->score) &&
			    (best == count || scores[b] > scores[best]))
				best = b;
		if (best == count)
			return;
		done[best] = true;
		for (k = start; k < *num; k++)
			if (ref_overlap(attr, all + best * 4, all + (int)rows[k * 3 + 2] * 4) >
			    attr->iou)
				break;
		if (k < *num)
			continue;
		rows[*num * 3] = image;
		rows[*num * 3 + 1] = class;
		rows[*num * 3 + 2] = best;
		++*num;
		chosen++;
	}
}

static bool test_nms(struct harness *h)
{
	struct genpu_attr_nms attr = {
		.max_boxes = rnd(1, 12), .center = rnd(0, 1), .iou = rndf(0, 0.7), .score = 0.25,
		.use_score = rnd(0, 1),
	};
	uint32_t bd[3] = { rnd(1, 3), rnd(1, 20), 4 }, sd[3] = { bd[0], rnd(1, 4), bd[1] };
	struct tensor *boxes, *scores, *y;
	uint32_t yd[2], in[2], num = 0, n, c;
	double *want;
	size_t i;

	yd[0] = bd[0] * sd[1] * (attr.max_boxes < bd[1] ? attr.max_boxes : bd[1]) + rnd(0, 3);
	yd[1] = 3;
	boxes = tensor_new(h, GENPU_DT_F32, 3, bd, any_layout(), in_place(), 0, 4);
	scores = tensor_new(h, PICK(floats), 3, sd, any_layout(), in_place(), 0, 1);
	/* Some of the same score: the first one counts. */
	for (i = 0; i < scores->count; i++)
		if (!rnd(0, 3))
			tensor_set(scores, i, 0.5);
	y = tensor_new(h, GENPU_DT_I64, 2, yd, any_layout(), OUTPUT, 0, 1);
	in[0] = boxes->index;
	in[1] = scores->index;
	want = calloc(y->count + 1, sizeof(double));
	add_op(&h->b, GENPU_OP_NMS, &attr, sizeof(attr), 2, in, y->index);
	for (n = 0; n < bd[0]; n++)
		for (c = 0; c < sd[1]; c++)
			ref_class(&attr, boxes, scores->v + (n * sd[1] + c) * sd[2], n, want, &num,
				  c);
	for (i = num * 3; i < y->count; i++)
		want[i] = -1;
	return check(h, y, want, 0);
}

static const struct op_test tests[] = {
	{ "INTERPOLATE along any axis", test_interpolate, 400, 20 },
	{ "INTERPOLATE refuses indices outside", test_interpolate_index, 4, 21 },
	{ "DECONV with groups, dilations and output padding", test_deconv, 500, 22 },
	{ "LRN", test_lrn, 200, 23 },
	{ "POOL gives the index of the first maximum", test_argmax, 300, 24 },
	{ "GRID_SAMPLE with all modes and borders", test_grid_sample, 400, 25 },
	{ "ROI_ALIGN", test_roi_align, 300, 26 },
	{ "ROI_ALIGN refuses images that are not there", test_roi_index, 4, 27 },
	{ "NMS with equal scores", test_nms, 300, 28 },
};

int main(int argc, char **argv)
{
	return run_op_tests(tests, NUM(tests), argc, argv);
}
