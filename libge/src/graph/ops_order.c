// SPDX-License-Identifier: MIT
/*
 * The largest, the smallest, and running sums.
 */
#include "graph/lower.h"

/* Where the best element along @axis is, in int64; the dimension stays as 1 if @keep. */
static struct ge_view arg_best(struct ge_lower *l, struct ge_view x, int64_t axis, bool smallest,
			       bool last, bool keep)
{
	int64_t dims[GE_MAX_RANK];
	int at, rank = 0;

	if (l->err)
		return ge_view_none();
	at = ge_axis(l, axis, x.rank);
	x = ge_topk(l, x, at, 1, smallest, last);
	if (keep || l->err)
		return x;
	for (int i = 0; i < x.rank; i++)
		if (i != at)
			dims[rank++] = x.dims[i];
	return ge_reshape(l, x, rank, dims);
}

/* The variant is 1 for the smallest. */
static int lower_onnx_arg(struct ge_lower *l)
{
	ge_out(l, 0, arg_best(l, ge_in(l, 0), ge_get_int(l, "axis"), l->def->variant,
			      ge_get_bool(l, "select_last_index"), ge_get_bool(l, "keepdims")));
	return l->err;
}

/* The dimension is an input, or with "D" an attribute. */
static int lower_ge_arg(struct ge_lower *l)
{
	bool input = ge_in_count(l, 1);
	int64_t axis = input ? ge_const_int(l, ge_in(l, 1), "the dimension") :
			       ge_get_int(l, "dimension");
	int32_t dtype = (int32_t)ge_get_int(l, "dtype");

	if (!l->err && dtype != GE_DT_INT32 && dtype != GE_DT_INT64)
		ge_fail(l, EINVAL, "attribute 'dtype' is %s, expected is int32 or int64",
			ge_dtype_name(dtype));
	ge_out(l, 0, ge_cast(l, arg_best(l, ge_in(l, 0), axis, l->def->variant, false, false),
			     dtype));
	return l->err;
}

static int out_topk(struct ge_lower *l, int64_t k, int64_t axis, bool largest, int32_t dtype)
{
	struct ge_view x = ge_in(l, 0), indices;
	int at;

	if (l->err)
		return l->err;
	at = ge_axis(l, axis, x.rank);
	indices = ge_topk(l, x, at, k, !largest, false);
	ge_out(l, 0, ge_gather_elements(l, x, indices, at));
	ge_out(l, 1, ge_cast(l, indices, dtype));
	return l->err;
}

/* Sorted is one of the orders that may be asked for, so it always is. */
static int lower_onnx_topk(struct ge_lower *l)
{
	int64_t k;

	if (ge_has_in(l, 1))
		k = ge_const_int(l, ge_in(l, 1), "the number of elements");
	else if (ge_attr_given(l, "k"))
		k = ge_get_int(l, "k");
	else
		return ge_fail(l, EINVAL, "neither input nor attribute 'k' is given");
	return out_topk(l, k, ge_get_int(l, "axis"), ge_get_bool(l, "largest"), GE_DT_INT64);
}

static int lower_ge_topk(struct ge_lower *l)
{
	int32_t dtype = (int32_t)ge_get_int(l, "indices_dtype");

	if (!l->err && dtype != GE_DT_INT32 && dtype != GE_DT_INT64)
		return ge_fail(l, EINVAL,
			       "attribute 'indices_dtype' is %s, expected is int32 or int64",
			       ge_dtype_name(dtype));
	return out_topk(l, ge_const_int(l, ge_in(l, 1), "the number of elements"),
			ge_get_int(l, "dim"), ge_get_bool(l, "largest"), dtype);
}

/* 1 for the first of the largest elements, 0 for all others. */
static struct ge_view hardmax(struct ge_lower *l, struct ge_view x, int axis)
{
	struct ge_view top = arg_best(l, x, axis, false, false, true);

	if (l->err)
		return ge_view_none();
	top = ge_binary(l, GENPU_BINARY_EQ, ge_positions(l, x.dims[axis], x.rank, axis), top);
	return ge_cast(l, top, x.dtype);
}

/* Before operator set 13 all dimensions from the axis on count as one. */
static int lower_hardmax(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int64_t dims[2] = { 1, 1 };
	int axis;

	if (l->err)
		return l->err;
	if (ge_get_int(l, "opset") >= 13) {
		ge_out(l, 0, hardmax(l, x, ge_axis(l, ge_get_int(l, "axis"), x.rank)));
		return l->err;
	}
	axis = ge_axis(l, ge_attr_given(l, "axis") ? ge_get_int(l, "axis") : 1, x.rank);
	for (int i = 0; i < x.rank; i++)
		dims[i >= axis] *= x.dims[i];
	ge_out(l, 0, ge_reshape(l, hardmax(l, ge_reshape(l, x, 2, dims), 1), x.rank, x.dims));
	return l->err;
}

static int lower_cumsum(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int64_t axis = ge_const_int(l, ge_in(l, 1), "the axis");

	if (l->err)
		return l->err;
	ge_out(l, 0, ge_scan(l, x, ge_axis(l, axis, x.rank), ge_get_bool(l, "reverse"),
			     ge_get_bool(l, "exclusive")));
	return l->err;
}

#define NUMBERS		"all but bool"
#define ONNX_ARG(type, smallest) \
	{ "onnx::" type, "data", "reduced", "axis:int=0 keepdims:int=1 select_last_index:int=0", \
	  lower_onnx_arg, smallest, NUMBERS, 7 }

const struct ge_op_def ge_ops_order[] = {
	{ "ArgMaxV2", "x dimension", "y", "dtype:int=9", lower_ge_arg, 0, NUMBERS, 0 },
	{ "ArgMaxD", "x", "y", "dimension:int! dtype:int=9", lower_ge_arg, 0, NUMBERS, 0 },
	{ "ArgMin", "x dimension", "y", "dtype:int=9", lower_ge_arg, 1, NUMBERS, 0 },
	{ "ArgMinD", "x", "y", "dimension:int! dtype:int=9", lower_ge_arg, 1, NUMBERS, 0 },
	{ "TopKV2", "x k", "values indices",
	  "sorted:bool=true dim:int=-1 largest:bool=true indices_dtype:int=3", lower_ge_topk, 0,
	  NUMBERS, 0 },
	{ "Cumsum", "x axis", "y", "exclusive:bool=false reverse:bool=false", lower_cumsum, 0,
	  NUMBERS, 0 },

	ONNX_ARG("ArgMax", 0),
	ONNX_ARG("ArgMin", 1),
	{ "onnx::TopK", "X K?", "Values Indices",
	  "k:int axis:int=-1 largest:int=1 sorted:int=1", lower_onnx_topk, 0, NUMBERS, 7 },
	{ "onnx::Hardmax", "input", "output", "axis:int=-1 opset:int=21", lower_hardmax, 0,
	  NUMBERS, 7 },
	{ "onnx::CumSum", "x axis", "y", "exclusive:int=0 reverse:int=0", lower_cumsum, 0,
	  NUMBERS, 11 },
	{ 0 }
};
