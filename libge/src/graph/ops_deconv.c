// SPDX-License-Identifier: MIT
/*
 * Transposed convolutions.
 */
#include <string.h>
#include "graph/window.h"

/* What comes out without any padding. */
static int64_t full_extent(const struct ge_view *x, const struct ge_window *w, int i)
{
	return (x->dims[i + 2] - 1) * w->strides[i] + (w->kernel[i] - 1) * w->dilations[i] + 1;
}

/* Padding so that the result has @extent; what is missing comes out longer at the end. */
static void pad_to(const struct ge_view *x, struct ge_window *w, int i, int64_t extent,
		   int64_t extra, bool upper)
{
	int64_t pad = full_extent(x, w, i) + extra - extent;

	pad = pad < 0 ? 0 : pad;
	w->begin[i] = upper ? pad / 2 : pad - pad / 2;
	w->end[i] = pad - w->begin[i];
}

static void get_list(struct ge_lower *l, const char *attr, int n, int64_t *values)
{
	size_t have = ge_get_ints(l, attr, values, GENPU_MAX_SPATIAL);

	if ((int)have != n)
		ge_fail(l, EINVAL, "attribute '%s' has %zu values, expected is %d", attr, have, n);
}

/* The result's extents, and the padding where these decide about it. */
static void onnx_extents(struct ge_lower *l, const struct ge_view *x, struct ge_window *w,
			 int64_t *out)
{
	bool upper = ge_string_is(l, "auto_pad", "SAME_UPPER");
	bool same = upper || ge_string_is(l, "auto_pad", "SAME_LOWER");
	int64_t extra[GENPU_MAX_SPATIAL] = { 0 };

	if (ge_attr_given(l, "output_padding"))
		get_list(l, "output_padding", w->spatial, extra);
	for (int i = 0; i < w->spatial && !l->err; i++)
		if (extra[i] < 0 || extra[i] > INT32_MAX)
			ge_fail(l, EINVAL, "attribute 'output_padding' has a value %lld",
				(long long)extra[i]);
	if (ge_attr_given(l, "output_shape"))
		get_list(l, "output_shape", w->spatial, out);
	for (int i = 0; i < w->spatial && !l->err; i++) {
		if (ge_attr_given(l, "output_shape")) {
			pad_to(x, w, i, out[i], extra[i], upper);
		} else if (same) {
			out[i] = x->dims[i + 2] * w->strides[i];
			pad_to(x, w, i, out[i], extra[i], upper);
		} else {
			out[i] = full_extent(x, w, i) + extra[i] - w->begin[i] - w->end[i];
		}
	}
}

static int lower_onnx_deconv(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), filter = ge_in(l, 1);
	int64_t out[GENPU_MAX_SPATIAL];
	struct genpu_attr_conv attr;
	struct ge_window w = { 0 };

	ge_window_filter(l, &x, &filter, &w);
	ge_window_onnx(l, &x, &w);
	if (l->err)
		return l->err;
	onnx_extents(l, &x, &w, out);
	ge_window_check(l, &w);
	ge_window_conv(&w, ge_get_groups(l, "group"), &attr);
	ge_out(l, 0, ge_deconv(l, x, filter, ge_in(l, 2), &attr, out, false));
	return l->err;
}

/* Deconvolution, and with the variant Conv2DTransposeD, whose result is as input_size says. */
static int lower_ge_deconv(struct ge_lower *l)
{
	bool sized = l->def->variant, last = ge_channels_last(l);
	struct ge_view x = ge_in(l, 0), filter = ge_filter_view(l, 1, last), y;
	int64_t size[4] = { 0 }, out[2], extra[2] = { 0 };
	struct ge_window w = { .spatial = 2 };
	struct genpu_attr_conv attr;

	if (ge_has_in(l, 3))
		return ge_fail(l, ENOTSUP, "input 'offset_w' is not supported");
	if (last)
		x = ge_to_channels_first(l, x);
	ge_spatial_pair(l, "strides", last, w.strides);
	ge_spatial_pair(l, "dilations", last, w.dilations);
	ge_window_pads(l, "pads", &w);
	if (sized && ge_get_ints(l, "input_size", size, 4) != 4)
		ge_fail(l, EINVAL, "attribute 'input_size' has to be the result's 4 dimensions");
	if (!l->err && x.rank != 4)
		ge_fail(l, EINVAL, "the input has shape %s, expected are 4 dimensions",
			ge_dims_text(x.rank, x.dims).s);
	if (l->err)
		return l->err;
	memcpy(w.kernel, filter.dims + 2, 2 * sizeof(*w.kernel));
	if (sized && ge_attr_given(l, "output_padding")) {
		int64_t list[4] = { 0 };

		if (ge_get_ints(l, "output_padding", list, 4) != 4)
			ge_fail(l, EINVAL, "attribute 'output_padding' has to have 4 values");
		memcpy(extra, list + (last ? 1 : 2), sizeof(extra));
	}
	for (int i = 0; i < 2; i++) {
		out[i] = size[i + (last ? 1 : 2)];
		if (w.begin[i] == -1 && w.end[i] == -1) {
			out[i] = out[i] ? out[i] : x.dims[i + 2] * w.strides[i];
			pad_to(&x, &w, i, out[i], extra[i], true);
		}
		if (!out[i])
			out[i] = full_extent(&x, &w, i) + extra[i] - w.begin[i] - w.end[i];
	}
	ge_window_check(l, &w);
	ge_window_conv(&w, ge_get_groups(l, "groups"), &attr);
	y = ge_deconv(l, x, filter, ge_in(l, 2), &attr, out, last);
	ge_out(l, 0, last ? ge_to_channels_last(l, y) : y);
	return l->err;
}

#define TYPES	"float32 float16 bfloat16"

const struct ge_op_def ge_ops_deconv[] = {
	{ "Deconvolution", "x filter bias? offset_w?", "y",
	  "strides:ints=1,1 pads:ints=0,0,0,0 dilations:ints=1,1,1,1 groups:int=1 "
	  "data_format:string=NCHW offset_x:int=0",
	  lower_ge_deconv, 0, TYPES, 0 },
	{ "Conv2DTransposeD", "x filter bias? offset_w?", "y",
	  "input_size:ints! strides:ints! pads:ints! dilations:ints=1,1,1,1 groups:int=1 "
	  "data_format:string=NHWC output_padding:ints=0,0,0,0 offset_x:int=0",
	  lower_ge_deconv, 1, TYPES, 0 },

	{ "onnx::ConvTranspose", "X W B?", "Y",
	  "auto_pad:string=NOTSET dilations:ints= group:int=1 kernel_shape:ints= "
	  "output_padding:ints= output_shape:ints= pads:ints= strides:ints=",
	  lower_onnx_deconv, 0, TYPES, 7 },
	{ 0 }
};
