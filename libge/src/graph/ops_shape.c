// SPDX-License-Identifier: MIT
/*
 * The same elements in another shape or order, and shapes as values.
 */
#include <string.h>
#include "graph/lower.h"

/* 0 copies a dimension (unless zero is meant), one -1 takes what is left. */
static void resolve(struct ge_lower *l, const struct ge_view *x, int64_t *dims, size_t n,
		    bool zero)
{
	int64_t known = 1, total = ge_view_elements(x);
	int open = -1;

	for (size_t i = 0; i < n && !l->err; i++) {
		if (dims[i] == 0 && !zero) {
			if ((int)i >= x->rank)
				ge_fail(l, EINVAL,
					"dimension %zu of shape %s is 0, the input is %s", i,
					ge_dims_text((int)n, dims).s,
					ge_dims_text(x->rank, x->dims).s);
			else
				dims[i] = x->dims[i];
		}
		if (dims[i] == -1 && open < 0)
			open = (int)i;
		else if (dims[i] < 0)
			ge_fail(l, EINVAL, "shape %s has a dimension %lld",
				ge_dims_text((int)n, dims).s, (long long)dims[i]);
		else if (__builtin_mul_overflow(known, dims[i], &known))
			ge_fail(l, EINVAL, "shape %s is too large", ge_dims_text((int)n, dims).s);
	}
	if (open < 0 || l->err)
		return;
	if (!known || total % known) {
		ge_fail(l, EINVAL, "%s cannot be reshaped to %s", ge_dims_text(x->rank, x->dims).s,
			ge_dims_text((int)n, dims).s);
		return;
	}
	dims[open] = total / known;
}

static int lower_onnx_reshape(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int64_t dims[GE_MAX_RANK];
	size_t n = ge_const_ints(l, ge_in(l, 1), "the shape", dims, GE_MAX_RANK);

	if (!l->err)
		resolve(l, &x, dims, n, ge_get_bool(l, "allowzero"));
	ge_out(l, 0, ge_reshape(l, x, (int)n, dims));
	return l->err;
}

/* The shape replaces num_axes dimensions from axis on. */
static int lower_ge_reshape(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), part = x;
	int64_t dims[3 * GE_MAX_RANK], axis = ge_get_int(l, "axis");
	int64_t num = ge_get_int(l, "num_axes");
	int rank;
	size_t n;

	if (l->err)
		return l->err;
	axis = axis < 0 ? axis + x.rank + 1 : axis;
	if (axis < 0 || axis > x.rank || num < -1 || num > x.rank - axis)
		return ge_fail(l, EINVAL, "attributes 'axis' and 'num_axes' do not fit %s",
			       ge_dims_text(x.rank, x.dims).s);
	num = num < 0 ? x.rank - axis : num;
	memcpy(dims, x.dims, (size_t)axis * sizeof(*dims));
	n = ge_const_ints(l, ge_in(l, 1), "the shape", dims + axis, GE_MAX_RANK);
	part.rank = (int)num;
	memmove(part.dims, x.dims + axis, (size_t)num * sizeof(*dims));
	if (!l->err)
		resolve(l, &part, dims + axis, n, false);
	rank = (int)axis + (int)n;
	for (int i = (int)(axis + num); i < x.rank; i++)
		dims[rank++] = x.dims[i];
	ge_out(l, 0, ge_reshape(l, x, rank, dims));
	return l->err;
}

static int lower_onnx_flatten(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int64_t axis = ge_get_int(l, "axis"), dims[2] = { 1, 1 };

	if (l->err)
		return l->err;
	if (axis < -x.rank || axis > x.rank)
		return ge_fail(l, EINVAL, "axis %lld is out of range, expected is -%d to %d",
			       (long long)axis, x.rank, x.rank);
	axis = axis < 0 ? axis + x.rank : axis;
	for (int i = 0; i < x.rank; i++)
		dims[i >= axis] *= x.dims[i];
	ge_out(l, 0, ge_reshape(l, x, 2, dims));
	return l->err;
}

static int lower_transpose(struct ge_lower *l, const int64_t *perm, size_t n)
{
	struct ge_view x = ge_in(l, 0);
	int64_t order[GE_MAX_RANK];

	if (l->err)
		return l->err;
	if ((int)n != x.rank)
		return ge_fail(l, EINVAL,
			       "the permutation has %zu entries, the input %d dimensions", n,
			       x.rank);
	for (size_t i = 0; i < n; i++)
		order[i] = perm[i] < 0 ? perm[i] + x.rank : perm[i];
	ge_out(l, 0, ge_transpose(l, x, order));
	return l->err;
}

static int lower_onnx_transpose(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int64_t perm[GE_MAX_RANK];
	size_t n = (size_t)x.rank;

	if (ge_attr_given(l, "perm"))
		n = ge_get_ints(l, "perm", perm, GE_MAX_RANK);
	else
		for (int i = 0; i < x.rank; i++)
			perm[i] = x.rank - 1 - i;
	return lower_transpose(l, perm, n);
}

static int lower_ge_transpose(struct ge_lower *l)
{
	int64_t perm[GE_MAX_RANK];

	return lower_transpose(l, perm,
			       ge_const_ints(l, ge_in(l, 1), "the permutation", perm, GE_MAX_RANK));
}

/* The variant is 0 for "perm" and 1 for "order". */
static int lower_transpose_d(struct ge_lower *l)
{
	int64_t perm[GE_MAX_RANK];
	const char *attr = l->def->variant ? "order" : "perm";

	return lower_transpose(l, perm, ge_get_ints(l, attr, perm, GE_MAX_RANK));
}

/* Axes from input 1 where connected, else from the attribute @attr. */
static size_t get_axes(struct ge_lower *l, const char *attr, int64_t *axes)
{
	if (l->first[GE_MAX_SLOTS] > 1 && ge_has_in(l, 1))
		return ge_const_ints(l, ge_in(l, 1), "the list of axes", axes, GE_MAX_RANK);
	return attr ? ge_get_ints(l, attr, axes, GE_MAX_RANK) : 0;
}

static const char *axes_attr(struct ge_lower *l)
{
	static const char *const names[] = { "axes", "axis", NULL };

	return names[l->def->variant];
}

static int lower_squeeze(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int64_t axes[GE_MAX_RANK], dims[GE_MAX_RANK];
	size_t n = get_axes(l, axes_attr(l), axes);
	uint32_t mask;
	int rank = 0;

	if (l->err)
		return l->err;
	mask = ge_axes(l, axes, n, x.rank);
	for (int i = 0; i < x.rank && !l->err; i++) {
		bool drop = n ? mask >> i & 1 : x.dims[i] == 1;

		if (drop && x.dims[i] != 1)
			ge_fail(l, EINVAL, "dimension %d of %s cannot be dropped, it is not 1", i,
				ge_dims_text(x.rank, x.dims).s);
		else if (!drop)
			dims[rank++] = x.dims[i];
	}
	ge_out(l, 0, ge_reshape(l, x, rank, dims));
	return l->err;
}

static int lower_unsqueeze(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int64_t axes[GE_MAX_RANK], dims[GE_MAX_RANK];
	size_t n = get_axes(l, axes_attr(l), axes);
	int rank = x.rank + (int)n, from = 0;
	uint32_t mask;

	if (l->err)
		return l->err;
	if (rank > GE_MAX_RANK)
		return ge_fail(l, ENOTSUP, "the result has %d dimensions, the limit is %d", rank,
			       GE_MAX_RANK);
	mask = ge_axes(l, axes, n, rank);
	for (int i = 0; i < rank && !l->err; i++)
		dims[i] = mask >> i & 1 ? 1 : x.dims[from++];
	ge_out(l, 0, ge_reshape(l, x, rank, dims));
	return l->err;
}

/* The shape from dimension @start to before @end, limited to what there is. */
static int out_shape(struct ge_lower *l, int32_t dtype, int64_t start, int64_t end)
{
	struct ge_view x = ge_in(l, 0);

	if (l->err)
		return l->err;
	if (!ge_dtype_is_integer(dtype))
		return ge_fail(l, EINVAL, "a shape is integers, not %s", ge_dtype_name(dtype));
	start = start < 0 ? start + x.rank : start;
	end = end < 0 ? end + x.rank : end;
	start = start < 0 ? 0 : start > x.rank ? x.rank : start;
	end = end < start ? start : end > x.rank ? x.rank : end;
	ge_out(l, 0, ge_make_ints(l, dtype, x.dims + start, (size_t)(end - start)));
	return l->err;
}

static int lower_onnx_shape(struct ge_lower *l)
{
	int64_t end = ge_attr_given(l, "end") ? ge_get_int(l, "end") : GE_MAX_RANK;

	return out_shape(l, GE_DT_INT64, ge_get_int(l, "start"), end);
}

static int lower_ge_shape(struct ge_lower *l)
{
	return out_shape(l, (int32_t)ge_get_int(l, "dtype"), 0, GE_MAX_RANK);
}

static int lower_size(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int64_t n = l->err ? 0 : ge_view_elements(&x);

	ge_out(l, 0, ge_reshape(l, ge_make_ints(l, GE_DT_INT64, &n, 1), 0, NULL));
	return l->err;
}

const struct ge_op_def ge_ops_shape[] = {
	{ "Reshape", "x shape", "y", "axis:int=0 num_axes:int=-1", lower_ge_reshape, 0, "all", 0 },
	{ "Flatten", "x", "y", "axis:int=1", lower_onnx_flatten, 0, "all", 0 },
	{ "Transpose", "x perm", "y", "", lower_ge_transpose, 0, "all", 0 },
	{ "TransposeD", "x", "y", "perm:ints!", lower_transpose_d, 0, "all", 0 },
	{ "Permute", "x", "y", "order:ints=0", lower_transpose_d, 1, "all", 0 },
	{ "Squeeze", "x", "y", "axis:ints=", lower_squeeze, 1, "all", 0 },
	{ "SqueezeV3", "x axes?", "y", "", lower_squeeze, 2, "all", 0 },
	{ "Unsqueeze", "x", "y", "axes:ints=", lower_unsqueeze, 0, "all", 0 },
	{ "UnsqueezeV3", "x axes", "y", "", lower_unsqueeze, 2, "all", 0 },
	{ "ExpandDims", "x axis", "y", "", lower_unsqueeze, 2, "all", 0 },
	{ "Shape", "x", "y", "dtype:int=3", lower_ge_shape, 0, "all", 0 },

	{ "onnx::Reshape", "data shape", "reshaped", "allowzero:int=0", lower_onnx_reshape, 0,
	  "all",
	  7 },
	{ "onnx::Flatten", "input", "output", "axis:int=1", lower_onnx_flatten, 0, "all", 7 },
	{ "onnx::Transpose", "data", "transposed", "perm:ints", lower_onnx_transpose, 0, "all", 7 },
	{ "onnx::Squeeze", "data axes?", "squeezed", "axes:ints=", lower_squeeze, 0, "all", 7 },
	{ "onnx::Unsqueeze", "data axes?", "expanded", "axes:ints=", lower_unsqueeze, 0, "all", 7 },
	{ "onnx::Shape", "data", "shape", "start:int=0 end:int", lower_onnx_shape, 0, "all", 7 },
	{ "onnx::Size", "data", "size", "", lower_size, 0, "all", 7 },
	{ 0 }
};
