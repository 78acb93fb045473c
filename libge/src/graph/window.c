// SPDX-License-Identifier: MIT
#include <string.h>
#include "graph/window.h"

static void defaults(struct ge_lower *l, const char *attr, int n, int64_t *values)
{
	size_t have = ge_attr_given(l, attr) ? ge_get_ints(l, attr, values, GENPU_MAX_SPATIAL) : 0;

	if (have && (int)have != n)
		ge_fail(l, EINVAL, "attribute '%s' has %zu values, expected is %d", attr, have, n);
	for (int i = (int)have; i < n; i++)
		values[i] = 1;
}

void ge_window_same(const struct ge_view *x, struct ge_window *w, bool lower)
{
	for (int i = 0; i < w->spatial; i++) {
		int64_t in = x->dims[i + 2], stride = w->strides[i];
		int64_t out = (in + stride - 1) / stride;
		int64_t pad = (out - 1) * stride + (w->kernel[i] - 1) * w->dilations[i] + 1 - in;

		pad = pad < 0 ? 0 : pad;
		w->begin[i] = lower ? pad - pad / 2 : pad / 2;
		w->end[i] = pad - w->begin[i];
	}
}

void ge_window_check(struct ge_lower *l, const struct ge_window *w)
{
	for (int i = 0; i < w->spatial && !l->err; i++)
		if (w->kernel[i] < 1 || w->kernel[i] > INT32_MAX || w->strides[i] < 1 ||
		    w->strides[i] > INT32_MAX || w->dilations[i] < 1 ||
		    w->dilations[i] > INT32_MAX || w->begin[i] < 0 || w->begin[i] > INT32_MAX ||
		    w->end[i] < 0 || w->end[i] > INT32_MAX)
			ge_fail(l, EINVAL,
				"kernel %lld, stride %lld, dilation %lld or padding %lld and %lld "
				"is out of range",
				(long long)w->kernel[i], (long long)w->strides[i],
				(long long)w->dilations[i], (long long)w->begin[i],
				(long long)w->end[i]);
}

void ge_window_onnx(struct ge_lower *l, const struct ge_view *x, struct ge_window *w)
{
	int64_t pads[2 * GENPU_MAX_SPATIAL];
	size_t n;

	if (l->err)
		return;
	if (x->rank < 3 || x->rank > 2 + GENPU_MAX_SPATIAL) {
		ge_fail(l, ENOTSUP, "the input has %d dimensions, expected are 3 to 5", x->rank);
		return;
	}
	w->spatial = x->rank - 2;
	defaults(l, "strides", w->spatial, w->strides);
	defaults(l, "dilations", w->spatial, w->dilations);
	memset(w->begin, 0, sizeof(w->begin));
	memset(w->end, 0, sizeof(w->end));
	ge_window_check(l, w);
	if (l->err)
		return;
	if (ge_string_is(l, "auto_pad", "SAME_UPPER")) {
		ge_window_same(x, w, false);
	} else if (ge_string_is(l, "auto_pad", "SAME_LOWER")) {
		ge_window_same(x, w, true);
	} else if (ge_string_is(l, "auto_pad", "NOTSET")) {
		n = ge_get_ints(l, "pads", pads, 2 * GENPU_MAX_SPATIAL);
		if (n && n != 2 * (size_t)w->spatial)
			ge_fail(l, EINVAL, "attribute 'pads' has %zu values, expected are %d", n,
				2 * w->spatial);
		for (int i = 0; n && i < w->spatial && !l->err; i++) {
			w->begin[i] = pads[i];
			w->end[i] = pads[w->spatial + i];
		}
	} else if (!ge_string_is(l, "auto_pad", "VALID")) {
		ge_fail(l, EINVAL,
			"attribute 'auto_pad' has to be NOTSET, SAME_UPPER, SAME_LOWER or VALID");
	}
	ge_window_check(l, w);
}

void ge_window_out(struct ge_lower *l, const struct ge_view *x, const struct ge_window *w,
		   bool ceil, int64_t *dims)
{
	for (int i = 0; i < w->spatial && !l->err; i++) {
		int64_t in = x->dims[i + 2], span = (w->kernel[i] - 1) * w->dilations[i] + 1;
		int64_t room = in + w->begin[i] + w->end[i] - span;

		if (room < 0) {
			ge_fail(l, EINVAL,
				"the window spans %lld of dimension %d, the padded input has %lld",
				(long long)span, i + 2, (long long)(room + span));
			return;
		}
		dims[i] = room / w->strides[i] + 1;
		if (ceil && room % w->strides[i] && dims[i] * w->strides[i] < in + w->begin[i])
			dims[i]++;
	}
}

void ge_window_conv(const struct ge_window *w, int64_t groups, struct genpu_attr_conv *attr)
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

int64_t ge_get_groups(struct ge_lower *l, const char *name)
{
	int64_t groups = ge_get_int(l, name);

	if (groups < 1 || groups > INT32_MAX)
		ge_fail(l, EINVAL, "attribute '%s' is %lld, expected is 1 or more", name,
			(long long)groups);
	return groups;
}

void ge_window_filter(struct ge_lower *l, const struct ge_view *x, const struct ge_view *filter,
		      struct ge_window *w)
{
	int64_t shape[GENPU_MAX_SPATIAL];
	size_t n;

	if (l->err)
		return;
	if (filter->rank != x->rank || x->rank < 3 || x->rank > 2 + GENPU_MAX_SPATIAL) {
		ge_fail(l, EINVAL,
			"input and filter have %d and %d dimensions, expected are as many, 3 to 5",
			x->rank, filter->rank);
		return;
	}
	memcpy(w->kernel, filter->dims + 2, (size_t)(x->rank - 2) * sizeof(*w->kernel));
	if (!ge_attr_given(l, "kernel_shape"))
		return;
	n = ge_get_ints(l, "kernel_shape", shape, GENPU_MAX_SPATIAL);
	if ((int)n != x->rank - 2 || memcmp(shape, w->kernel, n * sizeof(*shape)))
		ge_fail(l, EINVAL, "attribute 'kernel_shape' is %s, the filter's is %s",
			ge_dims_text((int)n, shape).s, ge_dims_text(x->rank - 2, w->kernel).s);
}

struct ge_view ge_filter_view(struct ge_lower *l, size_t slot, bool channels_last)
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

void ge_window_pads(struct ge_lower *l, const char *attr, struct ge_window *w)
{
	int64_t pads[4] = { 0 };

	if (ge_get_ints(l, attr, pads, 4) != 4)
		ge_fail(l, EINVAL, "attribute '%s' has to be {top, bottom, left, right}", attr);
	w->begin[0] = pads[0];
	w->end[0] = pads[1];
	w->begin[1] = pads[2];
	w->end[1] = pads[3];
}

bool ge_input_channels_last(const struct ge_lower *l, size_t slot)
{
	struct ge_edge at = l->edges[l->first[slot]];

	/* Graphs have no cycles once they are lowered. */
	while (at.node) {
		const struct ge_attr *format = ge_node_attr(at.node, "data_format");

		if (format && format->kind == GE_ATTR_STRING)
			return !strcmp(format->s, "NHWC");
		if (at.index < at.node->num_descs &&
		    at.node->descs[at.index].format != GE_FORMAT_ND)
			return at.node->descs[at.index].format == GE_FORMAT_NHWC;
		if (!at.node->num_inputs)
			break;
		at = at.node->inputs[0].from;
	}
	return false;
}

bool ge_channels_last(struct ge_lower *l)
{
	if (ge_string_is(l, "data_format", "NHWC"))
		return true;
	if (!ge_string_is(l, "data_format", "NCHW"))
		ge_fail(l, EINVAL, "attribute 'data_format' has to be NCHW or NHWC");
	return false;
}

static const int64_t first[] = { 0, 3, 1, 2 }, last[] = { 0, 2, 3, 1 };

struct ge_view ge_to_channels_first(struct ge_lower *l, struct ge_view x)
{
	if (!l->err && x.rank != 4)
		ge_fail(l, EINVAL, "the input has shape %s, expected are 4 dimensions",
			ge_dims_text(x.rank, x.dims).s);
	return ge_transpose(l, x, first);
}

struct ge_view ge_to_channels_last(struct ge_lower *l, struct ge_view x)
{
	return ge_transpose(l, x, last);
}

void ge_spatial_pair(struct ge_lower *l, const char *attr, bool channels_last, int64_t *pair)
{
	int64_t values[4] = { 0 };
	size_t n = ge_get_ints(l, attr, values, 4);

	if (n == 4) {
		pair[0] = values[channels_last ? 1 : 2];
		pair[1] = values[channels_last ? 2 : 3];
		if (values[0] != 1 || values[channels_last ? 3 : 1] != 1)
			ge_fail(l, ENOTSUP,
				"attribute '%s' has to be 1 for the batch and the channels", attr);
	} else if (n == 2) {
		pair[0] = values[0];
		pair[1] = values[1];
	} else if (n == 1) {
		pair[0] = values[0];
		pair[1] = values[0];
	} else {
		ge_fail(l, EINVAL, "attribute '%s' has %zu values, expected are 4", attr, n);
	}
}
