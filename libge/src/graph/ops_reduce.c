// SPDX-License-Identifier: MIT
/*
 * Reductions. The axes are an attribute or an input, and what none means depends on the operator.
 */
#include <math.h>
#include "graph/lower.h"

/* Square root or logarithm of the sum, over which reduction; see lower_onnx(). */
enum { AFTER_LOG = 0x100, BEFORE_EXP = 0x200, KIND = 0xff };

static uint32_t all_axes(const struct ge_view *x)
{
	return (1u << x->rank) - 1;
}

static uint32_t read_axes(struct ge_lower *l, size_t slot, bool attr, const struct ge_view *x,
			  bool *none)
{
	int64_t axes[GE_MAX_RANK];
	size_t n = 0;

	if (attr)
		n = ge_get_ints(l, "axes", axes, GE_MAX_RANK);
	else if (ge_has_in(l, slot))
		n = ge_const_ints(l, ge_in(l, slot), "the list of axes", axes, GE_MAX_RANK);
	*none = !n;
	return l->err ? 0 : ge_axes(l, axes, n, x->rank);
}

/* The type that the device reduces numbers of @dtype in. */
static int32_t wide_type(int32_t dtype)
{
	switch (dtype) {
	case GE_DT_BOOL:
	case GE_DT_INT8:
	case GE_DT_UINT8:
	case GE_DT_INT16:
	case GE_DT_UINT16:
		return GE_DT_INT32;
	case GE_DT_UINT32:
	case GE_DT_UINT64:
		return GE_DT_INT64;
	default:
		return dtype;
	}
}

/* What the largest or smallest of no numbers is. */
static struct ge_view extreme(struct ge_lower *l, int32_t dtype, bool lowest)
{
	/* Integers and truths saturate. */
	return ge_make_scalar(l, dtype, 0,
			      !lowest ? INFINITY : dtype == GE_DT_BOOL ? 0 : -INFINITY);
}

static struct ge_view reduce_any(struct ge_lower *l, struct ge_view x, enum genpu_reduce kind,
				 uint32_t axes, bool keep)
{
	bool extremum = kind == GENPU_REDUCE_MAX || kind == GENPU_REDUCE_MIN;
	bool flip = extremum && x.dtype == GE_DT_UINT64;
	int32_t type = x.dtype;
	struct ge_view top, y;
	int64_t dims[GE_MAX_RANK];
	int rank = 0;

	if (extremum && !ge_view_elements(&x)) {
		for (int i = 0; i < x.rank; i++)
			if (keep || !(axes & 1u << i))
				dims[rank++] = axes & 1u << i ? 1 : x.dims[i];
		return ge_expand(l, extreme(l, type, kind == GENPU_REDUCE_MAX), rank, dims);
	}
	/* Without its highest bit an unsigned number compares as a signed one. */
	if (flip) {
		top = ge_make_scalar(l, type, 0, 0x1p63);
		x = ge_binary(l, GENPU_BINARY_BITXOR, x, top);
	}
	y = ge_reduce(l, ge_cast(l, x, wide_type(type)), kind, axes, keep);
	y = ge_cast(l, y, type);
	return flip ? ge_binary(l, GENPU_BINARY_BITXOR, y, top) : y;
}

static struct ge_view reduce(struct ge_lower *l, struct ge_view x, int variant, uint32_t axes,
			     bool keep)
{
	if (variant & BEFORE_EXP)
		x = ge_unary(l, x, GENPU_UNARY_EXP, 0, 0);
	x = reduce_any(l, x, (enum genpu_reduce)(variant & KIND), axes, keep);
	return variant & AFTER_LOG ? ge_unary(l, x, GENPU_UNARY_LOG, 0, 0) : x;
}

/* log(sum(exp(x))) without leaving the range of numbers: the maximum is taken out first. */
static struct ge_view log_sum_exp(struct ge_lower *l, struct ge_view x, uint32_t axes, bool keep)
{
	float most = x.dtype == GE_DT_FLOAT16 ? 65504 : 3e38f;
	struct ge_view top = reduce_any(l, x, GENPU_REDUCE_MAX, axes, true), y;
	int64_t dims[GE_MAX_RANK];
	int rank = 0;

	/* An infinite one must not be taken from itself. */
	top = ge_unary(l, top, GENPU_UNARY_CLIP, -most, most);
	y = ge_binary(l, GENPU_BINARY_SUB, x, top);
	y = reduce(l, y, GENPU_REDUCE_SUM | BEFORE_EXP | AFTER_LOG, axes, true);
	y = ge_binary(l, GENPU_BINARY_ADD, y, top);
	if (keep || l->err)
		return y;
	for (int i = 0; i < x.rank; i++)
		if (!(axes & 1u << i))
			dims[rank++] = x.dims[i];
	return ge_reshape(l, y, rank, dims);
}

static int lower_onnx(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int variant = l->def->variant;
	bool keep = ge_get_bool(l, "keepdims"), none;
	uint32_t axes;

	if (l->err)
		return l->err;
	axes = read_axes(l, 1, ge_attr_given(l, "axes"), &x, &none);
	if (none && ge_get_bool(l, "noop_with_empty_axes")) {
		ge_out(l, 0, x);
		return l->err;
	}
	if (none)
		axes = all_axes(&x);
	if (variant == (GENPU_REDUCE_SUM | AFTER_LOG | BEFORE_EXP) && axes)
		ge_out(l, 0, log_sum_exp(l, x, axes, keep));
	else
		ge_out(l, 0, reduce(l, x, variant, axes, keep));
	return l->err;
}

/* GE: the axes are an input, or with "D" an attribute; none is nothing to do, unless told so. */
static int lower_ge(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	bool attr = ge_in_count(l, 1) == 0, none;
	uint32_t axes;

	if (l->err)
		return l->err;
	axes = read_axes(l, 1, attr, &x, &none);
	if (none && !ge_get_bool(l, "noop_with_empty_axes"))
		axes = all_axes(&x);
	ge_out(l, 0, reduce(l, x, l->def->variant, axes, ge_get_bool(l, "keep_dims")));
	return l->err;
}

#define FLOATS	"float32 float16 bfloat16 float64"
#define NUMBERS	"all but bool"

#define GE_REDUCE(type, kind) \
	{ type, "x axes", "y", "keep_dims:bool=false noop_with_empty_axes:bool=true", lower_ge, \
	  GENPU_REDUCE_##kind, NUMBERS, 0 }, \
	{ type "D", "x", "y", \
	  "axes:ints! keep_dims:bool=false noop_with_empty_axes:bool=false", lower_ge, \
	  GENPU_REDUCE_##kind, NUMBERS, 0 }
#define ONNX_REDUCE(type, kind, types) \
	{ "onnx::" type, "data axes?", "reduced", \
	  "axes:ints keepdims:int=1 noop_with_empty_axes:int=0", lower_onnx, kind, types, 7 }

const struct ge_op_def ge_ops_reduce[] = {
	GE_REDUCE("ReduceMean", MEAN),
	GE_REDUCE("ReduceSum", SUM),
	GE_REDUCE("ReduceMax", MAX),
	GE_REDUCE("ReduceMin", MIN),
	GE_REDUCE("ReduceProd", PROD),

	ONNX_REDUCE("ReduceMean", GENPU_REDUCE_MEAN, NUMBERS),
	ONNX_REDUCE("ReduceSum", GENPU_REDUCE_SUM, NUMBERS),
	ONNX_REDUCE("ReduceMax", GENPU_REDUCE_MAX, "all"),
	ONNX_REDUCE("ReduceMin", GENPU_REDUCE_MIN, "all"),
	ONNX_REDUCE("ReduceProd", GENPU_REDUCE_PROD, NUMBERS),
	ONNX_REDUCE("ReduceL1", GENPU_REDUCE_L1, NUMBERS),
	ONNX_REDUCE("ReduceL2", GENPU_REDUCE_L2, NUMBERS),
	ONNX_REDUCE("ReduceSumSquare", GENPU_REDUCE_SUMSQ, NUMBERS),
	ONNX_REDUCE("ReduceLogSum", GENPU_REDUCE_SUM | AFTER_LOG, FLOATS),
	ONNX_REDUCE("ReduceLogSumExp", GENPU_REDUCE_SUM | AFTER_LOG | BEFORE_EXP, FLOATS),
	{ 0 }
};
