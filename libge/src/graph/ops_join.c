// SPDX-License-Identifier: MIT
/*
 * Several values in one, and values repeated.
 */
#include <stdlib.h>
#include <string.h>
#include "graph/lower.h"

static int out_concat(struct ge_lower *l, int64_t axis)
{
	size_t n = ge_in_count(l, 0);
	struct ge_view x = ge_in(l, 0);

	if (l->err)
		return l->err;
	if (!x.rank)
		return ge_fail(l, EINVAL, "scalars cannot be concatenated");
	ge_out(l, 0, ge_concat(l, l->in + l->first[0], n, ge_axis(l, axis, x.rank)));
	return l->err;
}

static int lower_concat_attr(struct ge_lower *l)
{
	return out_concat(l, ge_get_int(l, l->def->variant ? "axis" : "concat_dim"));
}

static int lower_concat_v2(struct ge_lower *l)
{
	return out_concat(l, ge_const_int(l, ge_in(l, 1), "the dimension to concatenate"));
}

/* Concatenation along a new dimension. */
static int lower_pack(struct ge_lower *l)
{
	size_t n = ge_in_count(l, 0);
	struct ge_view x = ge_in(l, 0), *parts;
	int axis = l->err ? 0 : ge_axis(l, ge_get_int(l, "axis"), x.rank + 1);

	if (l->err)
		return l->err;
	if (x.rank == GE_MAX_RANK)
		return ge_fail(l, ENOTSUP, "the result has more than %d dimensions", GE_MAX_RANK);
	parts = calloc(n, sizeof(*parts));
	if (!parts)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int64_t dims[GE_MAX_RANK];

		x = ge_in_at(l, 0, i);
		if (x.rank == GE_MAX_RANK)
			ge_fail(l, EINVAL, "input %zu has %d dimensions", i, x.rank);
		for (int d = 0; d <= x.rank && !l->err; d++)
			dims[d] = d < axis ? x.dims[d] : d == axis ? 1 : x.dims[d - 1];
		parts[i] = ge_reshape(l, x, x.rank + 1, dims);
	}
	ge_out(l, 0, ge_concat(l, parts, n, axis));
	free(parts);
	return l->err;
}

/* Broadcast to a shape; with ONNX's Expand both sides may be the one that is repeated. */
static int lower_expand(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int64_t shape[GE_MAX_RANK], dims[GE_MAX_RANK];
	size_t n = ge_const_ints(l, ge_in(l, 1), "the shape", shape, GE_MAX_RANK);
	int rank = (int)n > x.rank ? (int)n : x.rank;

	if (l->err)
		return l->err;
	for (int i = 0; i < rank; i++) {
		int a = i - (rank - x.rank), b = i - (rank - (int)n);
		int64_t have = a < 0 ? 1 : x.dims[a], want = b < 0 ? 1 : shape[b];

		dims[i] = want == 1 || want == -1 ? have : want;
	}
	ge_out(l, 0, ge_expand(l, x, rank, dims));
	return l->err;
}

/* Each dimension is repeated as a whole: [d] is seen as [n, d] with n of stride 0. */
static int lower_tile(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int64_t repeats[GE_MAX_RANK], dims[GE_MAX_RANK];
	size_t n = ge_const_ints(l, ge_in(l, 1), "the list of repeats", repeats, GE_MAX_RANK);

	if (l->err)
		return l->err;
	if ((int)n != x.rank)
		return ge_fail(l, EINVAL, "%zu repeats are given for %d dimensions", n, x.rank);
	for (int i = 0; i < x.rank && !l->err; i++) {
		struct ge_view wide = x;

		if (repeats[i] < 0)
			return ge_fail(l, EINVAL, "dimension %d is to be repeated %lld times", i,
				       (long long)repeats[i]);
		memcpy(dims, x.dims, sizeof(dims));
		if (repeats[i] == 1)
			continue;
		if (x.dims[i] == 1 || !repeats[i]) {
			dims[i] = repeats[i] * x.dims[i];
			if (!repeats[i])
				x = ge_slice(l, x, i, 0, 0, 1);
			else
				x = ge_expand(l, x, x.rank, dims);
			continue;
		}
		if (x.rank == GE_MAX_RANK)
			return ge_fail(l, ENOTSUP, "tensors of %d dimensions cannot be repeated",
				       GE_MAX_RANK);
		if (__builtin_mul_overflow(dims[i], repeats[i], &dims[i]) ||
		    dims[i] > GE_MAX_ELEMENTS)
			return ge_fail(l, ENOTSUP, "the result is too large");
		memmove(wide.dims + i + 1, x.dims + i, (size_t)(x.rank - i) * sizeof(*dims));
		memmove(wide.strides + i + 1, x.strides + i, (size_t)(x.rank - i) * sizeof(*dims));
		wide.dims[i] = repeats[i];
		wide.strides[i] = 0;
		wide.rank++;
		x = ge_reshape(l, wide, x.rank, dims);
	}
	ge_out(l, 0, x);
	return l->err;
}

static int lower_constant_of_shape(struct ge_lower *l)
{
	int64_t dims[GE_MAX_RANK];
	size_t n = ge_const_ints(l, ge_in(l, 0), "the shape", dims, GE_MAX_RANK);
	struct ge_view value = ge_get_tensor(l, "value");

	if (value.buf == GE_NO_BUF)
		value = ge_make_scalar(l, GE_DT_FLOAT, 1, 0);
	if (l->err)
		return l->err;
	if (ge_view_elements(&value) != 1)
		return ge_fail(l, EINVAL, "attribute 'value' has to be one element");
	ge_out(l, 0, ge_expand(l, ge_reshape(l, value, 0, NULL), (int)n, dims));
	return l->err;
}

static int lower_fill(struct ge_lower *l)
{
	int64_t dims[GE_MAX_RANK];
	size_t n = ge_const_ints(l, ge_in(l, 0), "the shape", dims, GE_MAX_RANK);

	ge_out(l, 0, ge_expand(l, ge_reshape(l, ge_in(l, 1), 0, NULL), (int)n, dims));
	return l->err;
}

static int lower_range(struct ge_lower *l)
{
	struct ge_view first = ge_in(l, 0);
	double start = ge_const_double(l, first, "the start");
	double limit = ge_const_double(l, ge_in(l, 1), "the limit");
	double delta = ge_const_double(l, ge_in(l, 2), "the step"), count;
	struct ge_blob *blob;
	int64_t n;

	if (l->err)
		return l->err;
	count = (limit - start) / delta;
	if (!(count <= (1 << 24)))
		return ge_fail(l, ENOTSUP, "a range from %g to %g by %g is too long", start, limit,
			       delta);
	n = count > 0 ? (int64_t)count + (count > (double)(int64_t)count) : 0;
	blob = ge_blob_create(NULL, (size_t)n * ge_dtype_size(first.dtype));
	for (int64_t i = 0; blob && i < n; i++)
		ge_store_double(first.dtype, blob->data, i, start + (double)i * delta);
	ge_out(l, 0, ge_make_const(l, first.dtype, 1, &n, blob));
	return l->err;
}

const struct ge_op_def ge_ops_join[] = {
	{ "ConcatD", "x*", "y", "concat_dim:int! N:int=1", lower_concat_attr, 0, "all", 0 },
	{ "ConcatV2", "x* concat_dim", "y", "N:int=1", lower_concat_v2, 0, "all", 0 },
	{ "ConcatV2D", "x*", "y", "concat_dim:int! N:int=1", lower_concat_attr, 0, "all", 0 },
	{ "Pack", "x*", "y", "axis:int=0 N:int=1", lower_pack, 0, "all", 0 },
	{ "Tile", "x multiples", "y", "", lower_tile, 0, "all", 0 },
	{ "BroadcastTo", "x shape", "y", "", lower_expand, 0, "all", 0 },
	{ "Fill", "dims value", "y", "", lower_fill, 0, "all", 0 },

	{ "onnx::Concat", "inputs*", "concat_result", "axis:int!", lower_concat_attr, 1, "all", 7 },
	{ "onnx::Expand", "input shape", "output", "", lower_expand, 0, "all", 8 },
	{ "onnx::Tile", "input repeats", "output", "", lower_tile, 0, "all", 7 },
	{ "onnx::ConstantOfShape", "input", "output", "value:tensor", lower_constant_of_shape, 0,
	  "all", 9 },
	{ "onnx::Range", "start limit delta", "output", "", lower_range, 0, "all numbers", 11 },
	{ 0 }
};
