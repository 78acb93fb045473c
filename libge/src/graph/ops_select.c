// SPDX-License-Identifier: MIT
/*
 * One of two values: by a condition, or by where an element is.
 */
#include "graph/lower.h"

static int lower_where(struct ge_lower *l)
{
	ge_out(l, 0, ge_select(l, ge_in(l, 0), ge_in(l, 1), ge_in(l, 2)));
	return l->err;
}

/* The condition may be a vector that chooses along the first dimension. */
static int lower_select(struct ge_lower *l)
{
	struct ge_view c = ge_in(l, 0), x = ge_in(l, 1), y = ge_in(l, 2);

	if (l->err)
		return l->err;
	if (!ge_view_same_dims(&x, &y))
		return ge_fail(l, EINVAL, "the values have shapes %s and %s, expected is the same",
			       ge_dims_text(x.rank, x.dims).s, ge_dims_text(y.rank, y.dims).s);
	if (c.rank == 1 && x.rank > 1)
		c = ge_along(l, c, x.rank, 0);
	ge_out(l, 0, ge_select(l, c, x, y));
	return l->err;
}

static int lower_masked_fill(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), value = ge_in(l, 2);

	ge_out(l, 0, ge_select(l, ge_in(l, 1), ge_cast(l, value, x.dtype), x));
	return l->err;
}

static struct ge_view int_scalar(struct ge_lower *l, int64_t value)
{
	return ge_reshape(l, ge_make_ints(l, GE_DT_INT64, &value, 1), 0, NULL);
}

/* Bool [rows, columns]: column compared with row + @k */
static struct ge_view diagonal(struct ge_lower *l, int64_t rows, int64_t columns, struct ge_view k,
			       enum genpu_binary compare)
{
	/* No further away than matters, so that the sum does not overflow. */
	k = ge_binary(l, GENPU_BINARY_MIN, k, int_scalar(l, GE_MAX_ELEMENTS));
	k = ge_binary(l, GENPU_BINARY_MAX, k, int_scalar(l, -GE_MAX_ELEMENTS));
	k = ge_binary(l, GENPU_BINARY_ADD, ge_positions(l, rows, 2, 0), k);
	return ge_binary(l, compare, ge_positions(l, columns, 2, 1), k);
}

static int out_triangle(struct ge_lower *l, bool upper, struct ge_view k)
{
	struct ge_view x = ge_in(l, 0), keep;

	if (l->err)
		return l->err;
	if (x.rank < 2)
		return ge_fail(l, EINVAL, "the input has shape %s, expected are matrices",
			       ge_dims_text(x.rank, x.dims).s);
	keep = diagonal(l, x.dims[x.rank - 2], x.dims[x.rank - 1], k,
			upper ? GENPU_BINARY_GE : GENPU_BINARY_LE);
	ge_out(l, 0, ge_select(l, keep, x, ge_make_scalar(l, x.dtype, 0, 0)));
	return l->err;
}

static int lower_trilu(struct ge_lower *l)
{
	struct ge_view k = ge_has_in(l, 1) ? ge_in(l, 1) : int_scalar(l, 0);

	if (!l->err && !ge_dtype_is_integer(k.dtype))
		return ge_fail(l, EINVAL, "the diagonal is %s, expected is int64",
			       ge_dtype_name(k.dtype));
	k = ge_reshape(l, ge_cast(l, k, GE_DT_INT64), 0, NULL);
	return out_triangle(l, ge_get_bool(l, "upper"), k);
}

/* The variant is 1 for the upper triangle. */
static int lower_ge_triangle(struct ge_lower *l)
{
	return out_triangle(l, l->def->variant, int_scalar(l, ge_get_int(l, "diagonal")));
}

static int lower_eye_like(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int32_t dtype = ge_attr_given(l, "dtype") ? ge_onnx_type(l, ge_get_int(l, "dtype")) :
						    x.dtype;

	if (l->err)
		return l->err;
	if (x.rank != 2)
		return ge_fail(l, EINVAL, "the input has shape %s, expected is a matrix",
			       ge_dims_text(x.rank, x.dims).s);
	x = diagonal(l, x.dims[0], x.dims[1], int_scalar(l, ge_get_int(l, "k")), GENPU_BINARY_EQ);
	ge_out(l, 0, ge_cast(l, x, dtype));
	return l->err;
}

/* @on where the index is the position in a new dimension @axis of @depth, else @off */
static int out_one_hot(struct ge_lower *l, struct ge_view indices, double depth, int64_t axis,
		       struct ge_view on, struct ge_view off)
{
	int64_t dims[GE_MAX_RANK];
	struct ge_view places;
	int at;

	if (l->err)
		return l->err;
	if (!(depth >= 0 && depth <= INT32_MAX))
		return ge_fail(l, EINVAL, "depth %g is out of range, expected is 0 to %d", depth,
			       INT32_MAX);
	if (indices.rank == GE_MAX_RANK)
		return ge_fail(l, ENOTSUP, "the result has more than %d dimensions", GE_MAX_RANK);
	at = ge_axis(l, axis, indices.rank + 1);
	for (int i = 0; i <= indices.rank && !l->err; i++)
		dims[i] = i < at ? indices.dims[i] : i == at ? 1 : indices.dims[i - 1];
	indices = ge_reshape(l, ge_cast(l, indices, GE_DT_INT64), indices.rank + 1, dims);
	places = ge_positions(l, (int64_t)depth, indices.rank, at);
	ge_out(l, 0, ge_select(l, ge_binary(l, GENPU_BINARY_EQ, indices, places), on, off));
	return l->err;
}

static int lower_onnx_one_hot(struct ge_lower *l)
{
	struct ge_view indices = ge_cast(l, ge_in(l, 0), GE_DT_INT64), values = ge_in(l, 2);
	double depth = ge_const_double(l, ge_in(l, 1), "the depth");
	struct ge_view zero, wrapped;

	if (l->err)
		return l->err;
	if (values.rank != 1 || values.dims[0] != 2)
		return ge_fail(l, EINVAL, "the values have shape %s, expected is [2]",
			       ge_dims_text(values.rank, values.dims).s);
	/* Negative indices count from the end. */
	zero = ge_make_scalar(l, GE_DT_INT64, 0, 0);
	wrapped = ge_binary(l, GENPU_BINARY_ADD, indices,
			    ge_make_scalar(l, GE_DT_INT64, 0, depth));
	indices = ge_select(l, ge_binary(l, GENPU_BINARY_LT, indices, zero), wrapped, indices);
	return out_one_hot(l, indices, depth, ge_get_int(l, "axis"),
			   ge_reshape(l, ge_slice(l, values, 0, 1, 1, 1), 0, NULL),
			   ge_reshape(l, ge_slice(l, values, 0, 0, 1, 1), 0, NULL));
}

static int lower_ge_one_hot(struct ge_lower *l)
{
	struct ge_view on = ge_reshape(l, ge_in(l, 2), 0, NULL);
	struct ge_view off = ge_reshape(l, ge_in(l, 3), 0, NULL);

	return out_one_hot(l, ge_in(l, 0), ge_const_double(l, ge_in(l, 1), "the depth"),
			   ge_get_int(l, "axis"), on, off);
}

const struct ge_op_def ge_ops_select[] = {
	{ "Select", "condition x1 x2", "y", "", lower_select, 0, "all", 0 },
	{ "SelectV2", "condition then else", "result", "", lower_where, 0, "all", 0 },
	{ "MaskedFill", "x mask value", "y", "", lower_masked_fill, 0, "all", 0 },
	{ "Tril", "x", "y", "diagonal:int=0", lower_ge_triangle, 0, "all", 0 },
	{ "Triu", "x", "y", "diagonal:int=0", lower_ge_triangle, 1, "all", 0 },
	{ "OneHot", "x depth on_value off_value", "y", "axis:int=-1", lower_ge_one_hot, 0, "all",
	  0 },

	{ "onnx::Where", "condition X Y", "output", "", lower_where, 0, "all", 9 },
	{ "onnx::Trilu", "input k?", "output", "upper:int=1", lower_trilu, 0, "all", 14 },
	{ "onnx::EyeLike", "input", "output", "dtype:int k:int=0", lower_eye_like, 0, "all", 9 },
	{ "onnx::OneHot", "indices depth values", "output", "axis:int=-1", lower_onnx_one_hot, 0,
	  "all", 9 },
	{ 0 }
};
