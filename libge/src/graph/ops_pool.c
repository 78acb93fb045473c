// SPDX-License-Identifier: MIT
/*
 * Pooling.
 */
#include <string.h>
#include "graph/window.h"

static struct ge_view pool(struct ge_lower *l, struct ge_view x, enum genpu_pool kind,
			   const struct ge_window *w, bool ceil, bool channels_last)
{
	struct genpu_attr_pool attr = { .kind = kind };
	int64_t dims[GENPU_MAX_SPATIAL];

	ge_window_check(l, w);
	ge_window_out(l, &x, w, ceil, dims);
	if (l->err)
		return ge_view_none();
	for (int i = 0; i < w->spatial; i++) {
		if (w->begin[i] > (w->kernel[i] - 1) * w->dilations[i] ||
		    w->end[i] > (w->kernel[i] - 1) * w->dilations[i]) {
			ge_fail(l, EINVAL,
				"padding %lld and %lld is as large as the window of %lld",
				(long long)w->begin[i], (long long)w->end[i],
				(long long)w->kernel[i]);
			return ge_view_none();
		}
		attr.kernel[i] = (uint32_t)w->kernel[i];
		attr.strides[i] = (uint32_t)w->strides[i];
		attr.dilations[i] = (uint32_t)w->dilations[i];
		attr.pads_begin[i] = (uint32_t)w->begin[i];
		attr.pads_end[i] = (uint32_t)w->end[i];
	}
	return ge_pool(l, x, &attr, dims, channels_last);
}

static void onnx_window(struct ge_lower *l, const struct ge_view *x, struct ge_window *w)
{
	if ((int)ge_get_ints(l, "kernel_shape", w->kernel, GENPU_MAX_SPATIAL) != x->rank - 2)
		ge_fail(l, EINVAL, "attribute 'kernel_shape' needs %d values for an input %s",
			x->rank - 2, ge_dims_text(x->rank, x->dims).s);
	ge_window_onnx(l, x, w);
}

/* The averages' windows that rounding up adds reach into padding which counts too. */
static void pad_rounded(struct ge_lower *l, const struct ge_view *x, struct ge_window *w)
{
	int64_t dims[GENPU_MAX_SPATIAL], need;

	ge_window_out(l, x, w, true, dims);
	for (int i = 0; i < w->spatial && !l->err; i++) {
		need = (dims[i] - 1) * w->strides[i] + (w->kernel[i] - 1) * w->dilations[i] + 1;
		need -= x->dims[i + 2] + w->begin[i];
		if (need > w->end[i])
			w->end[i] = need;
	}
}

static int lower_onnx_average(struct ge_lower *l)
{
	bool counted = ge_get_bool(l, "count_include_pad"), ceil = ge_get_bool(l, "ceil_mode");
	struct ge_view x = ge_in(l, 0);
	struct ge_window w = { 0 };

	onnx_window(l, &x, &w);
	if (counted && ceil)
		pad_rounded(l, &x, &w);
	ge_out(l, 0, pool(l, x, counted ? GENPU_POOL_AVG_PAD : GENPU_POOL_AVG, &w, ceil, false));
	return l->err;
}

/* Places in the spatial dimensions counted with the last one as the slowest. */
static struct ge_view column_major(struct ge_lower *l, struct ge_view at, const struct ge_view *x)
{
	struct ge_view sum = ge_view_none(), digit, rest;
	int64_t factor = 1;

	for (int i = x->rank - 1; i >= 2; i--)
		factor *= x->dims[i];
	for (int i = x->rank - 1; i >= 2 && !l->err; i--) {
		struct ge_view n = ge_make_scalar(l, GE_DT_INT64, x->rank, (double)x->dims[i]);

		rest = ge_binary(l, GENPU_BINARY_DIV, at, n);
		digit = ge_binary(l, GENPU_BINARY_SUB, at,
				  ge_binary(l, GENPU_BINARY_MUL, rest, n));
		factor /= x->dims[i];
		digit = ge_binary(l, GENPU_BINARY_MUL, digit,
				  ge_make_scalar(l, GE_DT_INT64, x->rank, (double)factor));
		sum = i == x->rank - 1 ? digit : ge_binary(l, GENPU_BINARY_ADD, sum, digit);
		at = rest;
	}
	return sum;
}

/* Where in all of the input the maxima are. */
static struct ge_view max_indices(struct ge_lower *l, struct ge_view x, const struct ge_window *w,
				  bool ceil)
{
	struct ge_view at = pool(l, x, GENPU_POOL_ARGMAX, w, ceil, false), starts;
	int64_t dims[GE_MAX_RANK] = { 1, 1, 1, 1, 1, 1, 1, 1 }, spatial = 1;
	struct ge_blob *blob;

	if (l->err)
		return ge_view_none();
	for (int i = 2; i < x.rank; i++)
		spatial *= x.dims[i];
	if (ge_get_int(l, "storage_order"))
		at = column_major(l, at, &x);
	dims[0] = x.dims[0];
	dims[1] = x.dims[1];
	blob = ge_blob_create(NULL, (size_t)(dims[0] * dims[1]) * sizeof(int64_t));
	for (int64_t i = 0; blob && i < dims[0] * dims[1]; i++)
		ge_store_int(GE_DT_INT64, blob->data, i, i * spatial);
	starts = ge_make_const(l, GE_DT_INT64, x.rank, dims, blob);
	return ge_binary(l, GENPU_BINARY_ADD, at, starts);
}

static int lower_onnx_max(struct ge_lower *l)
{
	bool ceil = ge_get_bool(l, "ceil_mode");
	struct ge_view x = ge_in(l, 0), y;
	struct ge_window w = { 0 };
	int32_t dtype = x.dtype;

	/* These values are exact as float32. */
	if (!l->err && (dtype == GE_DT_INT8 || dtype == GE_DT_UINT8))
		x = ge_cast(l, x, GE_DT_FLOAT);
	onnx_window(l, &x, &w);
	y = pool(l, x, GENPU_POOL_MAX, &w, ceil, false);
	ge_out(l, 0, l->err ? y : ge_cast(l, y, dtype));
	if (l->num_out > 1 && !l->err)
		ge_out(l, 1, max_indices(l, x, &w, ceil));
	return l->err;
}

/* The shape that a pooling would have been of; a larger one asked for has zeros at the end. */
static void unpool_shape(struct ge_lower *l, const struct ge_view *x, const struct ge_window *w,
			 int64_t *dims, int64_t *more)
{
	int64_t asked[GE_MAX_RANK];

	memcpy(dims, x->dims, sizeof(x->dims));
	for (int i = 0; i < w->spatial; i++)
		dims[i + 2] = (x->dims[i + 2] - 1) * w->strides[i] + w->kernel[i] - w->begin[i] -
			      w->end[i];
	memcpy(asked, dims, sizeof(asked));
	if (ge_has_in(l, 2) && ge_const_ints(l, ge_in(l, 2), "the shape", asked, GE_MAX_RANK) !=
			       (size_t)x->rank)
		ge_fail(l, EINVAL, "the shape needs %d values", x->rank);
	for (int i = 0; i < x->rank && !l->err; i++) {
		more[i] = asked[i] - dims[i];
		if (dims[i] < 0 || more[i] < 0)
			ge_fail(l, EINVAL, "shape %s is smaller than %s",
				ge_dims_text(x->rank, asked).s, ge_dims_text(x->rank, dims).s);
	}
}

/* Each element goes to the place that its index names in all of the result. */
static int lower_max_unpool(struct ge_lower *l)
{
	int64_t dims[GE_MAX_RANK], none[GE_MAX_RANK] = { 0 }, more[GE_MAX_RANK] = { 0 };
	struct ge_view x = ge_in(l, 0), at = ge_in(l, 1), y;
	int64_t total = 1, n;
	struct ge_window w = { 0 };

	onnx_window(l, &x, &w);
	if (!l->err && !ge_view_same_dims(&x, &at))
		ge_fail(l, EINVAL, "input %s and indices %s: expected is the same shape",
			ge_dims_text(x.rank, x.dims).s, ge_dims_text(at.rank, at.dims).s);
	if (l->err)
		return l->err;
	unpool_shape(l, &x, &w, dims, more);
	if (!l->err && ge_dims_elements(x.rank, dims, &total))
		ge_fail(l, ENOTSUP, "the result is too large");
	if (l->err)
		return l->err;
	n = ge_view_elements(&x);
	y = ge_fill(l, x.dtype, 1, &total, 0);
	y = ge_scatter_elements(l, y, ge_reshape(l, at, 1, &n), ge_reshape(l, x, 1, &n), 0,
				GENPU_SCATTER_SET);
	y = ge_reshape(l, y, x.rank, dims);
	ge_out(l, 0, ge_pad(l, y, GENPU_PAD_CONSTANT, 0, none, more));
	return l->err;
}

/* |x| ** p; the power of the sum of it is the norm. */
static struct ge_view to_power(struct ge_lower *l, struct ge_view x, int64_t p)
{
	if (p == 2)
		return ge_binary(l, GENPU_BINARY_MUL, x, x);
	x = ge_unary(l, x, GENPU_UNARY_ABS, 0, 0);
	return p == 1 ? x : ge_unary(l, x, GENPU_UNARY_POW, 1, (float)p);
}

static struct ge_view from_power(struct ge_lower *l, struct ge_view x, int64_t p)
{
	if (p == 2)
		return ge_unary(l, x, GENPU_UNARY_SQRT, 0, 0);
	return p == 1 ? x : ge_unary(l, x, GENPU_UNARY_POW, 1, 1 / (float)p);
}

static int64_t get_power(struct ge_lower *l)
{
	int64_t p = ge_get_int(l, "p");

	if (!l->err && (p < 1 || p > 1000))
		ge_fail(l, EINVAL, "attribute 'p' is %lld, expected is 1 or more", (long long)p);
	return p;
}

/* Sums are averages over a whole window, padding included, times its size. */
static int lower_onnx_lp_pool(struct ge_lower *l)
{
	bool ceil = ge_get_bool(l, "ceil_mode");
	int64_t p = get_power(l), size = 1;
	struct ge_view x = ge_in(l, 0);
	struct ge_window w = { 0 };

	onnx_window(l, &x, &w);
	if (ceil)
		pad_rounded(l, &x, &w);
	for (int i = 0; i < w.spatial; i++)
		size *= w.kernel[i];
	x = pool(l, to_power(l, x, p), GENPU_POOL_AVG_PAD, &w, ceil, false);
	ge_out(l, 0, from_power(l, ge_linear(l, x, (float)size, 0), p));
	return l->err;
}

static int lower_global_lp(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int64_t p = get_power(l);

	if (l->err)
		return l->err;
	if (x.rank < 2)
		return ge_fail(l, EINVAL, "the input has shape %s, expected is [N, C, ...]",
			       ge_dims_text(x.rank, x.dims).s);
	x = ge_reduce(l, to_power(l, x, p), GENPU_REDUCE_SUM, ((1u << x.rank) - 1) & ~3u, true);
	ge_out(l, 0, from_power(l, x, p));
	return l->err;
}

/* The variant is the reduction. */
static int lower_global(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);

	if (l->err)
		return l->err;
	if (x.rank < 2)
		return ge_fail(l, EINVAL, "the input has shape %s, expected is [N, C, ...]",
			       ge_dims_text(x.rank, x.dims).s);
	ge_out(l, 0, ge_reduce(l, x, (enum genpu_reduce)l->def->variant,
			       ((1u << x.rank) - 1) & ~3u, true));
	return l->err;
}

static struct ge_view ge_style_input(struct ge_lower *l, bool last)
{
	struct ge_view x = ge_in(l, 0);

	if (!l->err && x.rank != 4)
		ge_fail(l, EINVAL, "the input has shape %s, expected are 4 dimensions",
			ge_dims_text(x.rank, x.dims).s);
	return last ? ge_to_channels_first(l, x) : x;
}

/* MaxPool and AvgPool: padding is "SAME" or "VALID". */
static int lower_pool_padding(struct ge_lower *l)
{
	bool last = ge_channels_last(l);
	struct ge_view x = ge_style_input(l, last), y;
	struct ge_window w = { .spatial = 2, .dilations = { 1, 1, 1 } };

	ge_spatial_pair(l, "ksize", last, w.kernel);
	ge_spatial_pair(l, "strides", last, w.strides);
	ge_window_check(l, &w);
	if (l->err)
		return l->err;
	if (ge_string_is(l, "padding", "SAME"))
		ge_window_same(&x, &w, false);
	else if (!ge_string_is(l, "padding", "VALID"))
		ge_fail(l, EINVAL, "attribute 'padding' has to be SAME or VALID");
	y = pool(l, x, (enum genpu_pool)l->def->variant, &w, false, last);
	ge_out(l, 0, last ? ge_to_channels_last(l, y) : y);
	return l->err;
}

/* MaxPoolV3 and AvgPoolV2: pads, or a mode, or the whole input. */
static int lower_pool_pads(struct ge_lower *l)
{
	bool average = l->def->variant == GENPU_POOL_AVG, last = ge_channels_last(l);
	enum genpu_pool kind = (enum genpu_pool)l->def->variant;
	struct ge_view x = ge_style_input(l, last), y;
	struct ge_window w = { .spatial = 2, .dilations = { 1, 1, 1 } };

	ge_spatial_pair(l, "ksize", last, w.kernel);
	ge_spatial_pair(l, "strides", last, w.strides);
	ge_window_check(l, &w);
	if (l->err)
		return l->err;
	if (average && !ge_get_bool(l, "exclusive"))
		kind = GENPU_POOL_AVG_PAD;
	if (average && ge_get_int(l, "divisor_override"))
		return ge_fail(l, ENOTSUP, "attribute 'divisor_override' is not supported");
	if (ge_get_bool(l, "global_pooling")) {
		y = ge_reduce(l, x, average ? GENPU_REDUCE_MEAN : GENPU_REDUCE_MAX, 0xc, true);
	} else {
		if (ge_string_is(l, "padding_mode", "SAME"))
			ge_window_same(&x, &w, false);
		else if (ge_string_is(l, "padding_mode", "CALCULATED"))
			ge_window_pads(l, "pads", &w);
		else if (!ge_string_is(l, "padding_mode", "VALID"))
			ge_fail(l, EINVAL,
				"attribute 'padding_mode' has to be CALCULATED, SAME or VALID");
		y = pool(l, x, kind, &w, ge_get_bool(l, "ceil_mode"), last);
	}
	ge_out(l, 0, last ? ge_to_channels_last(l, y) : y);
	return l->err;
}

/* Pooling: mode 0 is the maximum; ceil_mode 0 rounds up. */
static int lower_pooling(struct ge_lower *l)
{
	bool last = ge_channels_last(l), ceil = !ge_get_int(l, "ceil_mode");
	struct ge_view x = ge_style_input(l, last), y;
	struct ge_window w = { .spatial = 2 };
	int64_t mode = ge_get_int(l, "mode");

	if (!l->err && mode != 0 && mode != 1)
		return ge_fail(l, ENOTSUP, "attribute 'mode' is %lld, expected is 0 or 1",
			       (long long)mode);
	ge_spatial_pair(l, "window", last, w.kernel);
	ge_spatial_pair(l, "stride", last, w.strides);
	ge_spatial_pair(l, "dilation", last, w.dilations);
	ge_window_pads(l, "pad", &w);
	if (ge_get_bool(l, "global_pooling"))
		y = ge_reduce(l, x, mode ? GENPU_REDUCE_MEAN : GENPU_REDUCE_MAX, 0xc, true);
	else
		y = pool(l, x, mode ? GENPU_POOL_AVG_PAD : GENPU_POOL_MAX, &w, ceil, last);
	ge_out(l, 0, last ? ge_to_channels_last(l, y) : y);
	return l->err;
}

#define TYPES	"float32 float16 bfloat16"

const struct ge_op_def ge_ops_pool[] = {
	{ "MaxPool", "x", "y", "ksize:ints! strides:ints! padding:string! data_format:string=NHWC",
	  lower_pool_padding, GENPU_POOL_MAX, TYPES, 0 },
	{ "AvgPool", "x", "y", "ksize:ints! strides:ints! padding:string! data_format:string=NHWC",
	  lower_pool_padding, GENPU_POOL_AVG, TYPES, 0 },
	{ "MaxPoolV3", "x", "y",
	  "ksize:ints! strides:ints! padding_mode:string=CALCULATED pads:ints=0,0,0,0 "
	  "data_format:string=NCHW global_pooling:bool=false ceil_mode:bool=false",
	  lower_pool_pads, GENPU_POOL_MAX, TYPES, 0 },
	{ "AvgPoolV2", "x", "y",
	  "ksize:ints! strides:ints! padding_mode:string=CALCULATED pads:ints=0,0,0,0 "
	  "data_format:string=NCHW global_pooling:bool=false ceil_mode:bool=false "
	  "exclusive:bool=true divisor_override:int=0",
	  lower_pool_pads, GENPU_POOL_AVG, TYPES, 0 },
	{ "Pooling", "x", "y",
	  "mode:int=0 global_pooling:bool=false window:ints=1,1 stride:ints=1,1 pad:ints=0,0,0,0 "
	  "dilation:ints=1,1,1,1 ceil_mode:int=0 data_format:string=NCHW",
	  lower_pooling, 0, TYPES, 0 },
	{ "GlobalAveragePool", "x", "y", "", lower_global, GENPU_REDUCE_MEAN, TYPES, 0 },

	{ "onnx::MaxPool", "X", "Y Indices",
	  "auto_pad:string=NOTSET ceil_mode:int=0 dilations:ints= kernel_shape:ints! pads:ints= "
	  "storage_order:int=0 strides:ints=",
	  lower_onnx_max, 0, TYPES " int8 uint8", 7 },
	{ "onnx::MaxUnpool", "X I output_shape?", "output",
	  "auto_pad:string=NOTSET dilations:ints= kernel_shape:ints! pads:ints= strides:ints=",
	  lower_max_unpool, 0, "all", 9 },
	{ "onnx::AveragePool", "X", "Y",
	  "auto_pad:string=NOTSET ceil_mode:int=0 count_include_pad:int=0 dilations:ints= "
	  "kernel_shape:ints! pads:ints= strides:ints=",
	  lower_onnx_average, 0, TYPES, 7 },
	{ "onnx::LpPool", "X", "Y",
	  "auto_pad:string=NOTSET ceil_mode:int=0 dilations:ints= kernel_shape:ints! p:int=2 "
	  "pads:ints= strides:ints=",
	  lower_onnx_lp_pool, 0, TYPES, 7 },
	{ "onnx::GlobalLpPool", "X", "Y", "p:int=2", lower_global_lp, 0, TYPES, 7 },
	{ "onnx::GlobalAveragePool", "X", "Y", "", lower_global, GENPU_REDUCE_MEAN, TYPES, 7 },
	{ "onnx::GlobalMaxPool", "X", "Y", "", lower_global, GENPU_REDUCE_MAX, TYPES, 7 },
	{ 0 }
};
