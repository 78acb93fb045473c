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

/* The variant is the kind; averages count the padding if asked for. */
static int lower_onnx_pool(struct ge_lower *l)
{
	enum genpu_pool kind = (enum genpu_pool)l->def->variant;
	struct ge_view x = ge_in(l, 0);
	struct ge_window w = { 0 };

	if (l->num_out > 1)
		return ge_fail(l, ENOTSUP, "the output of indices is not supported");
	if (kind == GENPU_POOL_AVG && ge_get_bool(l, "count_include_pad"))
		kind = GENPU_POOL_AVG_PAD;
	if ((int)ge_get_ints(l, "kernel_shape", w.kernel, GENPU_MAX_SPATIAL) != x.rank - 2)
		ge_fail(l, EINVAL, "attribute 'kernel_shape' needs %d values for an input %s",
			x.rank - 2, ge_dims_text(x.rank, x.dims).s);
	ge_window_onnx(l, &x, &w);
	ge_out(l, 0, pool(l, x, kind, &w, ge_get_bool(l, "ceil_mode"), false));
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

static void get_pads(struct ge_lower *l, struct ge_window *w)
{
	int64_t pads[4] = { 0 };

	if (ge_get_ints(l, "pads", pads, 4) != 4)
		ge_fail(l, EINVAL, "attribute 'pads' has to be {top, bottom, left, right}");
	w->begin[0] = pads[0];
	w->end[0] = pads[1];
	w->begin[1] = pads[2];
	w->end[1] = pads[3];
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
			get_pads(l, &w);
		else if (!ge_string_is(l, "padding_mode", "VALID"))
			ge_fail(l, EINVAL,
				"attribute 'padding_mode' has to be CALCULATED, SAME or VALID");
		y = pool(l, x, kind, &w, ge_get_bool(l, "ceil_mode"), last);
	}
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
	{ "GlobalAveragePool", "x", "y", "", lower_global, GENPU_REDUCE_MEAN, TYPES, 0 },

	{ "onnx::MaxPool", "X", "Y Indices",
	  "auto_pad:string=NOTSET ceil_mode:int=0 dilations:ints= kernel_shape:ints! pads:ints= "
	  "storage_order:int=0 strides:ints=",
	  lower_onnx_pool, GENPU_POOL_MAX, TYPES, 7 },
	{ "onnx::AveragePool", "X", "Y",
	  "auto_pad:string=NOTSET ceil_mode:int=0 count_include_pad:int=0 dilations:ints= "
	  "kernel_shape:ints! pads:ints= strides:ints=",
	  lower_onnx_pool, GENPU_POOL_AVG, TYPES, 7 },
	{ "onnx::GlobalAveragePool", "X", "Y", "", lower_global, GENPU_REDUCE_MEAN, TYPES, 7 },
	{ "onnx::GlobalMaxPool", "X", "Y", "", lower_global, GENPU_REDUCE_MAX, TYPES, 7 },
	{ 0 }
};
