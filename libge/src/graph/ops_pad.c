// SPDX-License-Identifier: MIT
/*
 * Padding.
 */
#include <stdlib.h>
#include <string.h>
#include "graph/lower.h"

static enum genpu_pad get_mode(struct ge_lower *l)
{
	if (ge_string_is(l, "mode", "reflect"))
		return GENPU_PAD_REFLECT;
	if (ge_string_is(l, "mode", "edge"))
		return GENPU_PAD_EDGE;
	if (ge_string_is(l, "mode", "wrap"))
		return GENPU_PAD_WRAP;
	if (!ge_string_is(l, "mode", "constant"))
		ge_fail(l, ENOTSUP, "attribute 'mode' has to be constant, reflect, edge or wrap");
	return GENPU_PAD_CONSTANT;
}

/* Before operator set 11 pads and value are attributes; since 18 there may be axes. */
static int lower_onnx_pad(struct ge_lower *l)
{
	int64_t pads[2 * GE_MAX_RANK], axes[GE_MAX_RANK];
	int64_t begin[GE_MAX_RANK] = { 0 }, end[GE_MAX_RANK] = { 0 };
	struct ge_view x = ge_in(l, 0);
	enum genpu_pad mode = get_mode(l);
	double value = 0;
	size_t n, m;

	if (l->err)
		return l->err;
	for (int i = 0; i < x.rank; i++)
		axes[i] = i;
	m = (size_t)x.rank;
	if (ge_attr_given(l, "pads")) {
		n = ge_get_ints(l, "pads", pads, 2 * GE_MAX_RANK);
		value = ge_get_float(l, "value");
	} else {
		if (!ge_has_in(l, 1))
			return ge_fail(l, EINVAL, "input 'pads' is not connected");
		n = ge_const_ints(l, ge_in(l, 1), "the padding", pads, 2 * GE_MAX_RANK);
		if (ge_has_in(l, 2))
			value = ge_const_double(l, ge_in(l, 2), "the value");
		if (ge_has_in(l, 3))
			m = ge_const_ints(l, ge_in(l, 3), "the list of axes", axes, GE_MAX_RANK);
	}
	if (l->err)
		return l->err;
	if (n != 2 * m)
		return ge_fail(l, EINVAL, "the padding has %zu values, expected are %zu", n, 2 * m);
	ge_axes(l, axes, m, x.rank);
	for (size_t i = 0; i < m && !l->err; i++) {
		int axis = ge_axis(l, axes[i], x.rank);

		begin[axis] = pads[i];
		end[axis] = pads[m + i];
	}
	ge_out(l, 0, ge_pad(l, x, mode, value, begin, end));
	return l->err;
}

/* The middle of the input, or the input in the middle of zeros; what is odd is at the end. */
static int lower_center_crop_pad(struct ge_lower *l)
{
	int64_t sizes[GE_MAX_RANK], axes[GE_MAX_RANK];
	int64_t begin[GE_MAX_RANK] = { 0 }, end[GE_MAX_RANK] = { 0 }, more, front;
	struct ge_view x = ge_in(l, 0);
	size_t n = ge_const_ints(l, ge_in(l, 1), "the shape", sizes, GE_MAX_RANK), m;

	if (l->err)
		return l->err;
	m = (size_t)x.rank;
	for (int i = 0; i < x.rank; i++)
		axes[i] = i;
	if (ge_attr_given(l, "axes"))
		m = ge_get_ints(l, "axes", axes, GE_MAX_RANK);
	ge_axes(l, axes, m, x.rank);
	if (!l->err && n != m)
		ge_fail(l, EINVAL, "the shape has %zu values, expected are %zu", n, m);
	for (size_t i = 0; i < n && !l->err; i++) {
		int axis = ge_axis(l, axes[i], x.rank);

		if (sizes[i] < 0 || sizes[i] > GE_MAX_ELEMENTS)
			return ge_fail(l, EINVAL, "the size of dimension %d is %lld", axis,
				       (long long)sizes[i]);
		more = sizes[i] - x.dims[axis];
		front = more < 0 ? -(-more / 2) : more / 2;
		begin[axis] = front;
		end[axis] = more - front;
	}
	ge_out(l, 0, ge_pad(l, x, GENPU_PAD_CONSTANT, 0, begin, end));
	return l->err;
}

/* GE: paddings are pairs [[begin, end], ...], or all begins, then all ends. */
static int lower_ge_pad(struct ge_lower *l)
{
	bool v3 = l->def->variant, pairs = !v3 || ge_get_bool(l, "paddings_contiguous");
	struct ge_view x = ge_in(l, 0), list = ge_in(l, 1);
	enum genpu_pad mode = v3 ? get_mode(l) : GENPU_PAD_CONSTANT;
	int64_t pads[2 * GE_MAX_RANK], begin[GE_MAX_RANK], end[GE_MAX_RANK], n;
	double value = 0;

	if (l->err)
		return l->err;
	n = ge_view_elements(&list);
	list = ge_reshape(l, list, 1, &n);
	if (ge_const_ints(l, list, "the padding", pads, 2 * GE_MAX_RANK) != 2 * (size_t)x.rank)
		ge_fail(l, EINVAL, "the padding needs %d values", 2 * x.rank);
	if (v3 && ge_has_in(l, 2))
		value = ge_const_double(l, ge_in(l, 2), "the value");
	if (l->err)
		return l->err;
	for (int i = 0; i < x.rank; i++) {
		begin[i] = pads[pairs ? 2 * i : i];
		end[i] = pads[pairs ? 2 * i + 1 : x.rank + i];
	}
	ge_out(l, 0, ge_pad(l, x, mode, value, begin, end));
	return l->err;
}

const struct ge_op_def ge_ops_pad[] = {
	{ "Pad", "x paddings", "y", "", lower_ge_pad, 0, "all", 0 },
	{ "PadV3", "x paddings constant_values?", "y",
	  "mode:string=constant paddings_contiguous:bool=true", lower_ge_pad, 1, "all", 0 },

	{ "onnx::Pad", "data pads? constant_value? axes?", "output",
	  "mode:string=constant pads:ints value:float=0.0", lower_onnx_pad, 0, "all", 7 },
	{ "onnx::CenterCropPad", "input_data shape", "output_data", "axes:ints",
	  lower_center_crop_pad, 0, "all", 18 },
	{ 0 }
};
