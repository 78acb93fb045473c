// SPDX-License-Identifier: MIT
/*
 * Convolutions.
 */
#include <string.h>
#include "graph/window.h"

static void to_attr(const struct ge_window *w, int64_t groups, struct genpu_attr_conv *attr)
{
	memset(attr, 0, sizeof(*attr));
	attr->groups = (uint32_t)groups;
	for (int i = 0; i < w->spatial; i++) {
		attr->strides[i] = (uint32_t)w->strides[i];
		attr->dilations[i] = (uint32_t)w->dilations[i];
		attr->pads_begin[i] = (uint32_t)w->begin[i];
		attr->pads_end[i] = (uint32_t)w->end[i];
	}
}

static int64_t get_groups(struct ge_lower *l, const char *name)
{
	int64_t groups = ge_get_int(l, name);

	if (groups < 1 || groups > INT32_MAX)
		ge_fail(l, EINVAL, "attribute '%s' is %lld, expected is 1 or more", name,
			(long long)groups);
	return groups;
}

static struct ge_view optional(struct ge_lower *l, size_t slot)
{
	return ge_has_in(l, slot) ? ge_in(l, slot) : ge_view_none();
}

static int lower_onnx_conv(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), filter = ge_in(l, 1);
	struct ge_window w = { 0 };
	struct genpu_attr_conv attr;
	int64_t shape[GENPU_MAX_SPATIAL];

	if (l->err)
		return l->err;
	if (filter.rank != x.rank || x.rank < 3 || x.rank > 2 + GENPU_MAX_SPATIAL)
		return ge_fail(l, EINVAL,
			       "input and filter have %d and %d dimensions, expected are as many, "
			       "3 to 5",
			       x.rank, filter.rank);
	memcpy(w.kernel, filter.dims + 2, (size_t)(x.rank - 2) * sizeof(*w.kernel));
	if (ge_attr_given(l, "kernel_shape")) {
		size_t n = ge_get_ints(l, "kernel_shape", shape, GENPU_MAX_SPATIAL);

		if ((int)n != x.rank - 2 || memcmp(shape, w.kernel, n * sizeof(*shape)))
			return ge_fail(l, EINVAL,
				       "attribute 'kernel_shape' is %s, the filter's is %s",
				       ge_dims_text((int)n, shape).s,
				       ge_dims_text(x.rank - 2, w.kernel).s);
	}
	ge_window_onnx(l, &x, &w);
	to_attr(&w, get_groups(l, "group"), &attr);
	ge_out(l, 0, ge_conv(l, x, filter, optional(l, 2), &attr, false));
	return l->err;
}

/* Filters are O C H W, or with the channels last H W C O if their description says so. */
static struct ge_view filter_view(struct ge_lower *l, size_t slot, bool channels_last)
{
	static const int64_t hwcn[] = { 3, 2, 0, 1 }, nhwc[] = { 0, 3, 1, 2 };
	struct ge_view filter = ge_in(l, slot);
	const struct ge_edge *edges = l->edges;
	const struct ge_node *from = edges[l->first[slot]].node;
	const struct ge_attr *value = ge_node_attr(from, "value");
	int32_t format = channels_last ? GE_FORMAT_HWCN : GE_FORMAT_NCHW;
	unsigned int index = edges[l->first[slot]].index;

	if (l->err)
		return filter;
	if (filter.rank != 4) {
		ge_fail(l, EINVAL, "the filter has shape %s, expected are 4 dimensions",
			ge_dims_text(filter.rank, filter.dims).s);
		return filter;
	}
	if (index < from->num_descs && from->descs[index].format != GE_FORMAT_ND)
		format = from->descs[index].format;
	else if (value && value->kind == GE_ATTR_TENSOR &&
		 value->tensor.desc.format != GE_FORMAT_ND)
		format = value->tensor.desc.format;
	if (format == GE_FORMAT_HWCN)
		return ge_transpose(l, filter, hwcn);
	return format == GE_FORMAT_NHWC ? ge_transpose(l, filter, nhwc) : filter;
}

static int lower_conv2d(struct ge_lower *l)
{
	bool depthwise = l->def->variant, last = ge_channels_last(l);
	struct ge_view x = ge_in(l, 0), filter = filter_view(l, 1, last), y;
	struct ge_window w = { .spatial = 2 };
	struct genpu_attr_conv attr;
	int64_t pads[4] = { 0 }, groups;

	if (ge_has_in(l, 3))
		return ge_fail(l, ENOTSUP, "input 'offset_w' is not supported");
	if (last)
		x = ge_to_channels_first(l, x);
	ge_spatial_pair(l, "strides", last, w.strides);
	ge_spatial_pair(l, "dilations", last, w.dilations);
	if (ge_get_ints(l, "pads", pads, 4) != 4)
		ge_fail(l, EINVAL, "attribute 'pads' has to be {top, bottom, left, right}");
	if (l->err)
		return l->err;
	w.begin[0] = pads[0];
	w.end[0] = pads[1];
	w.begin[1] = pads[2];
	w.end[1] = pads[3];
	w.kernel[0] = filter.dims[2];
	w.kernel[1] = filter.dims[3];
	if (x.rank != 4)
		return ge_fail(l, EINVAL, "the input has shape %s, expected are 4 dimensions",
			       ge_dims_text(x.rank, x.dims).s);
	if (pads[0] == -1 && pads[1] == -1 && pads[2] == -1 && pads[3] == -1) {
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
		groups = get_groups(l, "groups");
	}
	to_attr(&w, groups, &attr);
	y = ge_conv(l, x, filter, optional(l, 2), &attr, last);
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
