// SPDX-License-Identifier: MIT
/*
 * Reductions. The axes are an attribute or an input, and what none means depends on the operator.
 */
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

static struct ge_view reduce(struct ge_lower *l, struct ge_view x, int variant, uint32_t axes,
			     bool keep)
{
	if (variant & BEFORE_EXP)
		x = ge_unary(l, x, GENPU_UNARY_EXP, 0, 0);
	x = ge_reduce(l, x, (enum genpu_reduce)(variant & KIND), axes, keep);
	return variant & AFTER_LOG ? ge_unary(l, x, GENPU_UNARY_LOG, 0, 0) : x;
}

/* log(sum(exp(x))) without leaving the range of numbers: the maximum is taken out first. */
static struct ge_view log_sum_exp(struct ge_lower *l, struct ge_view x, uint32_t axes, bool keep)
{
	struct ge_view top = ge_reduce(l, x, GENPU_REDUCE_MAX, axes, true), y;
	int64_t dims[GE_MAX_RANK];
	int rank = 0;

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

#define TYPES	"float32 float16 bfloat16 float64 int32 int64"

#define GE_REDUCE(type, kind) \
	{ type, "x axes", "y", "keep_dims:bool=false noop_with_empty_axes:bool=true", lower_ge, \
	  GENPU_REDUCE_##kind, TYPES, 0 }, \
	{ type "D", "x", "y", \
	  "axes:ints! keep_dims:bool=false noop_with_empty_axes:bool=false", lower_ge, \
	  GENPU_REDUCE_##kind, TYPES, 0 }
#define ONNX_REDUCE(type, kind) \
	{ "onnx::" type, "data axes?", "reduced", \
	  "axes:ints keepdims:int=1 noop_with_empty_axes:int=0", lower_onnx, kind, TYPES, 7 }

const struct ge_op_def ge_ops_reduce[] = {
	GE_REDUCE("ReduceMean", MEAN),
	GE_REDUCE("ReduceSum", SUM),
	GE_REDUCE("ReduceMax", MAX),
	GE_REDUCE("ReduceMin", MIN),
	GE_REDUCE("ReduceProd", PROD),

	ONNX_REDUCE("ReduceMean", GENPU_REDUCE_MEAN),
	ONNX_REDUCE("ReduceSum", GENPU_REDUCE_SUM),
	ONNX_REDUCE("ReduceMax", GENPU_REDUCE_MAX),
	ONNX_REDUCE("ReduceMin", GENPU_REDUCE_MIN),
	ONNX_REDUCE("ReduceProd", GENPU_REDUCE_PROD),
	ONNX_REDUCE("ReduceL1", GENPU_REDUCE_L1),
	ONNX_REDUCE("ReduceL2", GENPU_REDUCE_L2),
	ONNX_REDUCE("ReduceSumSquare", GENPU_REDUCE_SUMSQ),
	ONNX_REDUCE("ReduceLogSum", GENPU_REDUCE_SUM | AFTER_LOG),
	ONNX_REDUCE("ReduceLogSumExp", GENPU_REDUCE_SUM | AFTER_LOG | BEFORE_EXP),
	{ 0 }
};
