// SPDX-License-Identifier: MIT
/*
 * Resizing is done dimension by dimension. The nearest element is a repetition, a slice or a
 * gathering; all else is a weighted sum of neighbours.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "graph/emit.h"
#include "graph/resize.h"

#define MAX_TAPS	(INT64_C(1) << 26)	/* of all elements of one dimension */

/* What elements of one dimension the result's are made from: @num of each. */
struct taps {
	int64_t outs, num;
	int32_t *indices;
	float *weights;
	bool *outside;		/* the element has the extrapolation value */
	bool any_outside;
};

static void taps_free(struct taps *t)
{
	free(t->indices);
	free(t->weights);
	free(t->outside);
}

/* The position in the input of element @o; false if it is outside of what may be looked at. */
static bool source(const struct ge_resize *r, const struct ge_resize_axis *a, int64_t in, int64_t o,
		   double *at)
{
	double width = a->scale * (double)in, last = (double)(in - 1), x = (double)o;

	switch (r->coords) {
	case GE_COORDS_ALIGN_CORNERS:
		*at = width == 1 ? 0 : x * last / (width - 1);
		return true;
	case GE_COORDS_ASYMMETRIC:
		*at = x / a->scale;
		return true;
	case GE_COORDS_TF_CROP:
		*at = (a->end - a->start) * last * (width == 1 ? 0.5 : x / (width - 1)) +
		      a->start * last;
		return *at >= 0 && *at <= last;
	case GE_COORDS_PYTORCH_HALF_PIXEL:
		*at = width == 1 ? -0.5 : (x + 0.5) / a->scale - 0.5;
		return true;
	case GE_COORDS_HALF_PIXEL_SYMMETRIC:
		*at = (double)in / 2 * (1 - (double)a->out / width) + (x + 0.5) / a->scale - 0.5;
		return true;
	default:
		*at = (x + 0.5) / a->scale - 0.5;
		return true;
	}
}

static int64_t clamp(double at, int64_t in)
{
	return at <= 0 ? 0 : at >= (double)(in - 1) ? in - 1 : (int64_t)at;
}

static double rounded(enum ge_resize_round round, double at)
{
	double below = floor(at);

	switch (round) {
	case GE_ROUND_FLOOR:
		return below;
	case GE_ROUND_CEIL:
		return ceil(at);
	case GE_ROUND_PREFER_CEIL:
		return at - below < 0.5 ? below : below + 1;
	default:
		return at - below <= 0.5 ? below : below + 1;
	}
}

static double filter(const struct ge_resize *r, double d)
{
	double a = r->cubic_a;

	d = fabs(d);
	if (r->mode == GE_RESIZE_LINEAR)
		return d < 1 ? 1 - d : 0;
	if (d <= 1)
		return ((a + 2) * d - (a + 3)) * d * d + 1;
	return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

/* How much wider the filter is than between neighbours, as its reciprocal. */
static double narrowing(const struct ge_resize *r, const struct ge_resize_axis *a)
{
	return r->antialias && a->scale < 1 ? a->scale : 1;
}

static double num_taps(const struct ge_resize *r, const struct ge_resize_axis *a)
{
	if (r->mode == GE_RESIZE_NEAREST)
		return 1;
	return -2 * floor(-(r->mode == GE_RESIZE_LINEAR ? 1 : 2) / narrowing(r, a));
}

/* Indices and weights of element @o. */
static void fill_taps(const struct ge_resize *r, const struct ge_resize_axis *a, int64_t in,
		      int64_t o, struct taps *t)
{
	int32_t *indices = t->indices + o * t->num;
	float *weights = t->weights + o * t->num;
	double at, first, sum = 0, w, narrow = narrowing(r, a);

	t->outside[o] = !source(r, a, in, o, &at);
	t->any_outside = t->any_outside || t->outside[o];
	if (r->mode == GE_RESIZE_NEAREST || t->outside[o]) {
		for (int64_t k = 0; k < t->num; k++) {
			indices[k] = (int32_t)clamp(rounded(r->round, at), in);
			weights[k] = !k && !t->outside[o];
		}
		return;
	}
	first = ceil(at) - (double)(t->num / 2);
	for (int pass = 0; pass < 2; pass++) {
		for (int64_t k = 0; k < t->num; k++) {
			double i = first + (double)k;

			w = filter(r, (i - at) * narrow);
			if (r->exclude_outside && (i < 0 || i > (double)(in - 1)))
				w = 0;
			indices[k] = (int32_t)clamp(i, in);
			weights[k] = (float)(pass && sum != 0 ? w / sum : 0);
			sum += pass ? 0 : w;
		}
	}
}

static bool make_taps(struct ge_lower *l, const struct ge_resize *r,
		      const struct ge_resize_axis *a, int64_t in, struct taps *t)
{
	double num = num_taps(r, a);
	size_t n;

	memset(t, 0, sizeof(*t));
	if (in > INT32_MAX || num > (double)MAX_TAPS || num * (double)a->out > (double)MAX_TAPS) {
		ge_fail(l, ENOTSUP, "resizing %lld elements to %lld is too much", (long long)in,
			(long long)a->out);
		return false;
	}
	t->outs = a->out;
	t->num = (int64_t)num;
	n = (size_t)(t->outs * t->num);
	t->indices = calloc(n + 1, sizeof(*t->indices));
	t->weights = calloc(n + 1, sizeof(*t->weights));
	t->outside = calloc((size_t)t->outs + 1, sizeof(*t->outside));
	if (!t->indices || !t->weights || !t->outside) {
		l->err = -ENOMEM;
		return false;
	}
	for (int64_t o = 0; o < t->outs; o++)
		fill_taps(r, a, in, o, t);
	return true;
}

static bool unchanged(const struct ge_resize *r, const struct ge_resize_axis *a, int64_t in)
{
	return a->out == in && a->scale == 1 &&
	       (r->coords != GE_COORDS_TF_CROP || (a->start == 0 && a->end == 1));
}

/* --- The nearest element ---------------------------------------------------------------------- */

/* Element o is @first + o * @step; sets both. */
static bool is_slice(const struct taps *t, int64_t *first, int64_t *step)
{
	*first = t->indices[0];
	*step = t->outs > 1 ? t->indices[1] - t->indices[0] : 1;
	for (int64_t o = 0; o < t->outs; o++)
		if (t->indices[o] != *first + o * *step)
			return false;
	return *step > 0;
}

/* Each element @factor times. */
static bool is_repeat(const struct taps *t, int64_t in, int64_t factor)
{
	if (t->outs != in * factor)
		return false;
	for (int64_t o = 0; o < t->outs; o++)
		if (t->indices[o] != o / factor)
			return false;
	return true;
}

/* Repeat the elements of each dimension, all of them in one copy. */
static struct ge_view repeat(struct ge_lower *l, struct ge_view x, const int64_t *factors)
{
	int64_t once[2 * GE_MAX_RANK], often[2 * GE_MAX_RANK], dims[GE_MAX_RANK];
	struct ge_view y;
	int rank = 0;

	for (int i = 0; i < x.rank; i++) {
		dims[i] = x.dims[i] * factors[i];
		once[rank] = x.dims[i];
		often[rank++] = x.dims[i];
		if (factors[i] == 1)
			continue;
		once[rank] = 1;
		often[rank++] = factors[i];
	}
	if (rank == x.rank)
		return x;
	y = ge_new(l, x.dtype, x.rank, dims);
	ge_copy_to(l, ge_expand(l, ge_reshape(l, x, rank, once), rank, often),
		   ge_reshape(l, y, rank, often));
	return y;
}

static struct ge_view gather(struct ge_lower *l, struct ge_view x, int axis, const struct taps *t)
{
	struct ge_blob *blob = ge_blob_create(t->indices, (size_t)t->outs * sizeof(*t->indices));

	return ge_gather(l, x, ge_make_const(l, GE_DT_INT32, 1, &t->outs, blob), axis);
}

static struct ge_view nearest(struct ge_lower *l, struct ge_view x, const struct ge_resize *r,
			      const struct ge_resize_axis *axes)
{
	int64_t factors[GE_MAX_RANK], first, step;
	int rank = x.rank;

	for (int i = 0; i < x.rank && !l->err; i++) {
		int64_t in = x.dims[i];
		struct taps t;

		factors[i] = 1;
		if (unchanged(r, &axes[i], in))
			continue;
		if (make_taps(l, r, &axes[i], in, &t)) {
			if (is_slice(&t, &first, &step)) {
				x = ge_slice(l, x, i, first, t.outs, step);
			} else if (rank < GE_MAX_RANK && is_repeat(&t, in, t.outs / in)) {
				factors[i] = t.outs / in;
				rank++;
			} else {
				x = gather(l, x, i, &t);
			}
		}
		taps_free(&t);
	}
	return l->err ? ge_view_none() : repeat(l, x, factors);
}

/* --- Weighted sums ---------------------------------------------------------------------------- */

/* 1 where no dimension is outside along dimension @axis, as a tensor of @rank. */
static struct ge_view inside(struct ge_lower *l, const struct taps *t, int32_t dtype, int rank,
			     int axis)
{
	int64_t dims[GE_MAX_RANK] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	struct ge_blob *blob = ge_blob_create(NULL, (size_t)t->outs * ge_dtype_size(dtype));

	dims[axis] = t->outs;
	for (int64_t o = 0; blob && o < t->outs; o++)
		ge_store_double(dtype, blob->data, o, !t->outside[o]);
	return ge_make_const(l, dtype, rank, dims, blob);
}

/* Put @value where @mask is 0; there @x is 0. */
static struct ge_view extrapolate(struct ge_lower *l, struct ge_view x, struct ge_view mask,
				  double value)
{
	if (mask.buf == GE_NO_BUF || value == 0)
		return x;
	return ge_binary(l, GENPU_BINARY_ADD, x,
			 ge_linear(l, mask, (float)-value, (float)value));
}

/* Dimensions that get smaller first: the others have less to do then. */
static void sort_axes(const struct ge_view *x, const struct ge_resize_axis *axes, int *order)
{
	for (int i = 0; i < x->rank; i++) {
		int k = i;

		for (; k > 0 && axes[order[k - 1]].scale > axes[i].scale; k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
}

static struct ge_view weighted(struct ge_lower *l, struct ge_view x, const struct ge_resize *r,
			       const struct ge_resize_axis *axes)
{
	struct ge_view mask = ge_view_none(), part;
	int order[GE_MAX_RANK];

	sort_axes(&x, axes, order);
	for (int k = 0; k < x.rank && !l->err; k++) {
		int i = order[k];
		struct taps t;

		if (unchanged(r, &axes[i], x.dims[i]))
			continue;
		if (make_taps(l, r, &axes[i], x.dims[i], &t))
			x = ge_interpolate(l, x, i, t.outs, t.num, t.indices, t.weights);
		if (!l->err && t.any_outside) {
			part = inside(l, &t, x.dtype, x.rank, i);
			mask = mask.buf == GE_NO_BUF ? part :
			       ge_binary(l, GENPU_BINARY_MUL, mask, part);
		}
		taps_free(&t);
	}
	return l->err ? ge_view_none() : extrapolate(l, x, mask, r->extrapolation);
}

struct ge_view ge_resize(struct ge_lower *l, struct ge_view x, const struct ge_resize *r,
			 const struct ge_resize_axis *axes)
{
	int32_t dtype = x.dtype;

	if (l->err)
		return ge_view_none();
	for (int i = 0; i < x.rank; i++) {
		if (x.dims[i] >= 1 && axes[i].out >= 1 && axes[i].scale > 0 &&
		    isfinite(axes[i].scale) && isfinite(axes[i].start) && isfinite(axes[i].end))
			continue;
		if (!x.dims[i] && !axes[i].out)
			continue;
		ge_fail(l, EINVAL, "dimension %d of %s cannot be resized to %lld", i,
			ge_dims_text(x.rank, x.dims).s, (long long)axes[i].out);
		return ge_view_none();
	}
	if (!ge_view_elements(&x))
		return x;
	if (r->mode == GE_RESIZE_NEAREST && r->coords != GE_COORDS_TF_CROP)
		return nearest(l, x, r, axes);
	if (!ge_is_compute_float(dtype))
		x = ge_cast(l, x, GE_DT_FLOAT);
	return ge_cast(l, weighted(l, x, r, axes), dtype);
}
