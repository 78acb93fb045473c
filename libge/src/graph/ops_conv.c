// SPDX-License-Identifier: MIT
/*
 * Convolutions.
 */
#include <string.h>
#include "graph/window.h"

static int lower_onnx_conv(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), filter = ge_in(l, 1);
	struct ge_window w = { 0 };
	struct genpu_attr_conv attr;

	ge_window_filter(l, &x, &filter, &w);
	ge_window_onnx(l, &x, &w);
	ge_window_conv(&w, ge_get_groups(l, "group"), &attr);
	ge_out(l, 0, ge_conv(l, x, filter, ge_in(l, 2), &attr, false));
	return l->err;
}

static int lower_conv2d(struct ge_lower *l)
{
	bool depthwise = l->def->variant, last = ge_channels_last(l);
	struct ge_view x = ge_in(l, 0), filter = ge_filter_view(l, 1, last), y;
	struct ge_window w = { .spatial = 2 };
	struct genpu_attr_conv attr;
	int64_t groups;

	if (ge_has_in(l, 3))
		return ge_fail(l, ENOTSUP, "input 'offset_w' is not supported");
	if (last)
		x = ge_to_channels_first(l, x);
	ge_spatial_pair(l, "strides", last, w.strides);
	ge_spatial_pair(l, "dilations", last, w.dilations);
	ge_window_pads(l, "pads", &w);
	if (l->err)
		return l->err;
	w.kernel[0] = filter.dims[2];
	w.kernel[1] = filter.dims[3];
	if (x.rank != 4)
		return ge_fail(l, EINVAL, "the input has shape %s, expected are 4 dimensions",
			       ge_dims_text(x.rank, x.dims).s);
	if (w.begin[0] == -1 && w.end[0] == -1 && w.begin[1] == -1 && w.end[1] == -1) {
		memset(w.begin, 0, sizeof(w.begin));
		memset(w.end, 0, sizeof(w.end));
		ge_window_check(l, &w);
		if (!l->err)
			ge_window_same(&x, &w, false);
	}
	ge_window_check(l, &w);
	if (depthwise) {
		/* The filter is 1 or C times a multiplier, C groups of one channel each. */
		int64_t multiple[4] = { filter.dims[0] * filter.dims[1], 1, filter.dims[2],
					filter.dims[3] };

		groups = x.dims[1];
		if (filter.dims[1] != 1) {
			static const int64_t swap[] = { 1, 0, 2, 3 };

			filter = ge_reshape(l, ge_transpose(l, filter, swap), 4, multiple);
		}
	} else {
		groups = ge_get_groups(l, "groups");
	}
	ge_window_conv(&w, groups, &attr);
	y = ge_conv(l, x, filter, ge_in(l, 2), &attr, last);
	ge_out(l, 0, last ? ge_to_channels_last(l, y) : y);
	return l->err;
}

#define TYPES	"float32 float16 bfloat16"

const struct ge_op_def ge_ops_conv[] = {
	{ "Conv2D", "x filter bias? offset_w?", "y",
	  "strides:ints! pads:ints! dilations:ints=1,1,1,1 groups:int=1 "
	  "data_format:string=NHWC offset_x:int=0",
	  lower_conv2d, 0, TYPES, 0 },
	{ "DepthwiseConv2D", "x filter bias? offset_w?", "y",
	  "strides:ints! dilations:ints=1,1,1,1 pads:ints! data_format:string=NHWC "
	  "offset_x:int=0",
	  lower_conv2d, 1, TYPES, 0 },

	{ "onnx::Conv", "X W B?", "Y",
	  "auto_pad:string=NOTSET dilations:ints= group:int=1 kernel_shape:ints= pads:ints= "
	  "strides:ints=",
	  lower_onnx_conv, 0, TYPES, 7 },
	{ 0 }
};
