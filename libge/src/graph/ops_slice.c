// SPDX-License-Identifier: MIT
/*
 * Parts of a value: views where strides go forwards, gathers where they go backwards.
 */
#include <stdlib.h>
#include <string.h>
#include "graph/lower.h"

/* Elements start, start + step, ... before @end of dimension @axis, limited as ONNX does it. */
static struct ge_view slice_axis(struct ge_lower *l, struct ge_view x, int axis, int64_t start,
				 int64_t end, int64_t step)
{
	int64_t n, low, high, count, *indices;

	if (l->err)
		return ge_view_none();
	if (!step || step == INT64_MIN) {
		ge_fail(l, EINVAL, "step %lld of dimension %d is out of range", (long long)step,
			axis);
		return ge_view_none();
	}
	n = x.dims[axis];
	low = step > 0 ? 0 : -1;
	high = step > 0 ? n : n - 1;
	if (start < 0)
		start = start < -n ? -1 : start + n;
	if (end < 0)
		end = end < -n ? -1 : end + n;
	start = start < (low < 0 ? 0 : low) ? 0 : start > high ? high : start;
	end = end < low ? low : end > high ? (step > 0 ? n : n - 1) : end;
	if (step > 0) {
		count = end > start ? (end - start - 1) / step + 1 : 0;
		return ge_slice(l, x, axis, start, count, step);
	}
	count = n && start > end ? (start - end - 1) / -step + 1 : 0;
	if (count <= 1)
		return ge_slice(l, x, axis, count ? start : 0, count, 1);
	indices = malloc((size_t)count * sizeof(*indices));
	if (!indices) {
		l->err = -ENOMEM;
		return ge_view_none();
	}
	for (int64_t i = 0; i < count; i++)
		indices[i] = start + i * step;
	x = ge_gather(l, x, ge_make_ints(l, GE_DT_INT64, indices, (size_t)count), axis);
	free(indices);
	return x;
}

static int lower_onnx_slice(struct ge_lower *l)
{
	int64_t start[GE_MAX_RANK], end[GE_MAX_RANK], axes[GE_MAX_RANK], steps[GE_MAX_RANK];
	struct ge_view x = ge_in(l, 0);
	size_t n, m, num_axes = 0, num_steps = 0;

	if (l->err)
		return l->err;
	if (ge_attr_given(l, "starts")) {
		n = ge_get_ints(l, "starts", start, GE_MAX_RANK);
		m = ge_get_ints(l, "ends", end, GE_MAX_RANK);
		if (ge_attr_given(l, "axes"))
			num_axes = ge_get_ints(l, "axes", axes, GE_MAX_RANK);
	} else {
		if (!ge_has_in(l, 1) || !ge_has_in(l, 2))
			return ge_fail(l, EINVAL, "inputs 'starts' and 'ends' are missing");
		n = ge_const_ints(l, ge_in(l, 1), "the list of starts", start, GE_MAX_RANK);
		m = ge_const_ints(l, ge_in(l, 2), "the list of ends", end, GE_MAX_RANK);
		if (ge_has_in(l, 3))
			num_axes = ge_const_ints(l, ge_in(l, 3), "the list of axes", axes,
						 GE_MAX_RANK);
		if (ge_has_in(l, 4))
			num_steps = ge_const_ints(l, ge_in(l, 4), "the list of steps", steps,
						  GE_MAX_RANK);
	}
	if (l->err)
		return l->err;
	for (size_t i = num_axes; i < n; i++)
		axes[i] = (int64_t)i;
	if (m != n || (num_axes && num_axes != n) || (num_steps && num_steps != n))
		return ge_fail(l, EINVAL, "starts, ends, axes and steps have different lengths");
	ge_axes(l, axes, n, x.rank);
	for (size_t i = 0; i < n && !l->err; i++)
		x = slice_axis(l, x, ge_axis(l, axes[i], x.rank), start[i], end[i],
			       num_steps ? steps[i] : 1);
	ge_out(l, 0, x);
	return l->err;
}

static int out_slice(struct ge_lower *l, const int64_t *offsets, size_t n, const int64_t *sizes,
		     size_t m)
{
	struct ge_view x = ge_in(l, 0);

	if (l->err)
		return l->err;
	if ((int)n != x.rank || (int)m != x.rank)
		return ge_fail(l, EINVAL, "offsets and sizes need %d values each", x.rank);
	for (int i = 0; i < x.rank; i++) {
		bool inside = offsets[i] >= 0 && offsets[i] <= x.dims[i];
		int64_t size = sizes[i] == -1 && inside ? x.dims[i] - offsets[i] : sizes[i];

		x = ge_slice(l, x, i, offsets[i], size, 1);
	}
	ge_out(l, 0, x);
	return l->err;
}

static int lower_ge_slice(struct ge_lower *l)
{
	int64_t offsets[GE_MAX_RANK], sizes[GE_MAX_RANK];
	size_t n = ge_const_ints(l, ge_in(l, 1), "the list of offsets", offsets, GE_MAX_RANK);
	size_t m = ge_const_ints(l, ge_in(l, 2), "the list of sizes", sizes, GE_MAX_RANK);

	return out_slice(l, offsets, n, sizes, m);
}

static int lower_slice_d(struct ge_lower *l)
{
	int64_t offsets[GE_MAX_RANK], sizes[GE_MAX_RANK];
	size_t n = ge_get_ints(l, "offsets", offsets, GE_MAX_RANK);
	size_t m = ge_get_ints(l, "size", sizes, GE_MAX_RANK);

	return out_slice(l, offsets, n, sizes, m);
}

/* TensorFlow's: one entry for each dimension, with masks; an ellipsis stands for several. */
static int lower_strided_slice(struct ge_lower *l)
{
	int64_t begin[2 * GE_MAX_RANK], end[2 * GE_MAX_RANK], strides[2 * GE_MAX_RANK];
	int64_t begin_mask = ge_get_int(l, "begin_mask"), end_mask = ge_get_int(l, "end_mask");
	int64_t ellipsis = ge_get_int(l, "ellipsis_mask"), added = ge_get_int(l, "new_axis_mask");
	int64_t shrink = ge_get_int(l, "shrink_axis_mask"), dims[3 * GE_MAX_RANK];
	struct ge_view x = ge_in(l, 0);
	size_t n = ge_const_ints(l, ge_in(l, 1), "the list of begins", begin, 2 * GE_MAX_RANK);
	size_t m = ge_const_ints(l, ge_in(l, 2), "the list of ends", end, 2 * GE_MAX_RANK);
	size_t k = ge_const_ints(l, ge_in(l, 3), "the list of strides", strides, 2 * GE_MAX_RANK);
	int axis = 0, rank = 0, taken = 0;

	if (l->err)
		return l->err;
	if (m != n || k != n)
		return ge_fail(l, EINVAL, "begin, end and strides have different lengths");
	for (size_t i = 0; i < n; i++)
		taken += !(ellipsis >> i & 1) && !(added >> i & 1);
	if (taken > x.rank || __builtin_popcountll((uint64_t)ellipsis) > 1)
		return ge_fail(l, EINVAL, "begin, end and strides are too long for %s",
			       ge_dims_text(x.rank, x.dims).s);
	for (size_t i = 0; i < n && !l->err; i++) {
		if (ellipsis >> i & 1) {
			for (int skip = x.rank - taken; skip > 0; skip--)
				dims[rank++] = x.dims[axis++];
			continue;
		}
		if (added >> i & 1) {
			dims[rank++] = 1;
			continue;
		}
		if (shrink >> i & 1) {
			int64_t at = begin[i] < 0 ? begin[i] + x.dims[axis] : begin[i];

			x = ge_slice(l, x, axis++, at, 1, 1);
			continue;
		}
		if (begin_mask >> i & 1)
			begin[i] = strides[i] > 0 ? 0 : INT64_MAX;
		if (end_mask >> i & 1)
			end[i] = strides[i] > 0 ? INT64_MAX : INT64_MIN;
		x = slice_axis(l, x, axis, begin[i], end[i], strides[i]);
		if (!l->err)
			dims[rank++] = x.dims[axis++];
	}
	if (l->err)
		return l->err;
	while (axis < x.rank)
		dims[rank++] = x.dims[axis++];
	ge_out(l, 0, ge_reshape(l, x, rank, dims));
	return l->err;
}

/* Outputs of the given sizes along @axis. */
static int out_split(struct ge_lower *l, struct ge_view x, int axis, const int64_t *sizes, size_t n)
{
	int64_t at = 0;

	for (size_t i = 0; i < n && !l->err; i++) {
		ge_out(l, i, ge_slice(l, x, axis, at, sizes[i], 1));
		at += l->err ? 0 : sizes[i];
	}
	if (!l->err && at != x.dims[axis])
		ge_fail(l, EINVAL, "the parts add up to %lld, dimension %d of %s does not",
			(long long)at, axis, ge_dims_text(x.rank, x.dims).s);
	return l->err;
}

/* @n parts of equal size; the last one may be smaller if @uneven */
static int out_even_split(struct ge_lower *l, struct ge_view x, int axis, int64_t n, bool uneven)
{
	int64_t *sizes, part;
	int ret;

	if (l->err)
		return l->err;
	if (n < 1 || n > GE_MAX_PORTS || (x.dims[axis] % n && !uneven))
		return ge_fail(l, EINVAL,
			       "dimension %d of %s cannot be split into %lld equal parts",
			       axis, ge_dims_text(x.rank, x.dims).s, (long long)n);
	sizes = malloc((size_t)n * sizeof(*sizes));
	if (!sizes)
		return l->err = -ENOMEM;
	part = (x.dims[axis] + n - 1) / n;
	for (int64_t i = 0; i < n; i++) {
		int64_t left = x.dims[axis] - i * part;

		sizes[i] = left < 0 ? 0 : left < part ? left : part;
	}
	ret = out_split(l, x, axis, sizes, (size_t)n);
	free(sizes);
	return ret;
}

static int split_by_list(struct ge_lower *l, struct ge_view x, int axis, const char *attr)
{
	int64_t *sizes = calloc(GE_MAX_PORTS, sizeof(*sizes));
	size_t n;
	int ret;

	if (!sizes)
		return l->err = -ENOMEM;
	n = attr ? ge_get_ints(l, attr, sizes, GE_MAX_PORTS) :
		   ge_const_ints(l, ge_in(l, 1), "the list of sizes", sizes, GE_MAX_PORTS);
	ret = l->err ? l->err : out_split(l, x, axis, sizes, n);
	free(sizes);
	return ret;
}

static int lower_onnx_split(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int axis = l->err ? 0 : ge_axis(l, ge_get_int(l, "axis"), x.rank);

	if (l->err)
		return l->err;
	if (ge_attr_given(l, "split"))
		return split_by_list(l, x, axis, "split");
	if (ge_has_in(l, 1))
		return split_by_list(l, x, axis, NULL);
	if (!ge_attr_given(l, "num_outputs"))
		return ge_fail(l, EINVAL, "neither sizes nor a number of outputs are given");
	return out_even_split(l, x, axis, ge_get_int(l, "num_outputs"),
			      ge_get_int(l, "opset") >= 18);
}

static int lower_ge_split(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 1);
	int64_t axis = ge_const_int(l, ge_in(l, 0), "the dimension to split");

	return out_even_split(l, x, l->err ? 0 : ge_axis(l, axis, x.rank),
			      ge_get_int(l, "num_split"), false);
}

static int lower_split_d(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int axis = l->err ? 0 : ge_axis(l, ge_get_int(l, "split_dim"), x.rank);

	return out_even_split(l, x, axis, ge_get_int(l, "num_split"), false);
}

static int lower_split_vd(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int axis = l->err ? 0 : ge_axis(l, ge_get_int(l, "split_dim"), x.rank);

	return l->err ? l->err : split_by_list(l, x, axis, "size_splits");
}

const struct ge_op_def ge_ops_slice[] = {
	{ "Slice", "x offsets size", "y", "", lower_ge_slice, 0, "all", 0 },
	{ "SliceD", "x", "y", "offsets:ints! size:ints!", lower_slice_d, 0, "all", 0 },
	{ "StridedSlice", "x begin end strides", "y",
	  "begin_mask:int=0 end_mask:int=0 ellipsis_mask:int=0 new_axis_mask:int=0 "
	  "shrink_axis_mask:int=0",
	  lower_strided_slice, 0, "all", 0 },
	{ "Split", "split_dim x", "y*", "num_split:int!", lower_ge_split, 0, "all", 0 },
	{ "SplitD", "x", "y*", "split_dim:int! num_split:int!", lower_split_d, 0, "all", 0 },
	{ "SplitVD", "x", "y*", "size_splits:ints! split_dim:int! num_split:int!", lower_split_vd,
	  0,
	  "all", 0 },

	{ "onnx::Slice", "data starts? ends? axes? steps?", "output",
	  "starts:ints ends:ints axes:ints", lower_onnx_slice, 0, "all", 7 },
	{ "onnx::Split", "input split?", "outputs*",
	  "axis:int=0 split:ints num_outputs:int opset:int=21", lower_onnx_split, 0, "all", 7 },
	{ 0 }
};
