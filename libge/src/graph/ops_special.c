// SPDX-License-Identifier: MIT
/*
 * Tests for special numbers, and activation functions that are made of several device operators.
 */
#include <math.h>
#include "graph/lower.h"

static struct ge_view scalar(struct ge_lower *l, struct ge_view like, double value)
{
	return ge_make_scalar(l, like.dtype, 0, value);
}

static int lower_is_nan(struct ge_lower *l)
{
	ge_out(l, 0, ge_binary(l, GENPU_BINARY_NE, ge_in(l, 0), ge_in(l, 0)));
	return l->err;
}

static int lower_is_inf(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	bool positive = ge_get_int(l, "detect_positive");
	bool negative = ge_get_int(l, "detect_negative");

	if (l->err)
		return l->err;
	if (!positive && !negative) {
		ge_out(l, 0, ge_fill(l, GE_DT_BOOL, x.rank, x.dims, 0));
		return l->err;
	}
	if (positive && negative)
		x = ge_unary(l, x, GENPU_UNARY_ABS, 0, 0);
	ge_out(l, 0, ge_binary(l, GENPU_BINARY_EQ, x,
			       scalar(l, x, positive ? INFINITY : -INFINITY)));
	return l->err;
}

static int lower_thresholded_relu(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), above;

	above = ge_binary(l, GENPU_BINARY_GT, x, scalar(l, x, ge_get_float(l, "alpha")));
	ge_out(l, 0, ge_select(l, above, x, scalar(l, x, 0)));
	return l->err;
}

/* Integers as double, which has room for what the parameters make of them. */
static int lower_shrink(struct ge_lower *l)
{
	float lambd = ge_get_float(l, "lambd"), bias = ge_get_float(l, "bias");
	struct ge_view x = ge_in(l, 0), above, below, y;
	int32_t type = x.dtype;

	if (l->err)
		return l->err;
	if (ge_dtype_is_integer(type))
		x = ge_cast(l, x, GE_DT_DOUBLE);
	above = ge_binary(l, GENPU_BINARY_GT, x, scalar(l, x, lambd));
	below = ge_binary(l, GENPU_BINARY_LT, x, scalar(l, x, -lambd));
	y = ge_select(l, below, ge_binary(l, GENPU_BINARY_ADD, x, scalar(l, x, bias)),
		      scalar(l, x, 0));
	y = ge_select(l, above, ge_binary(l, GENPU_BINARY_SUB, x, scalar(l, x, bias)), y);
	ge_out(l, 0, ge_cast(l, y, type));
	return l->err;
}

/* x < 0 ? alpha (exp(x / alpha) - 1) : x */
static int lower_celu(struct ge_lower *l)
{
	float alpha = ge_get_float(l, "alpha");
	struct ge_view x = ge_in(l, 0);

	if (alpha == 0)
		return ge_fail(l, EINVAL, "attribute 'alpha' is 0");
	x = ge_unary(l, ge_linear(l, x, 1 / alpha, 0), GENPU_UNARY_ELU, 1, 0);
	ge_out(l, 0, ge_linear(l, x, alpha, 0));
	return l->err;
}

static int lower_softsign(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);

	ge_out(l, 0, ge_binary(l, GENPU_BINARY_DIV, x,
			       ge_linear(l, ge_unary(l, x, GENPU_UNARY_ABS, 0, 0), 1, 1)));
	return l->err;
}

#define FLOATS	"float32 float16 bfloat16 float64"

const struct ge_op_def ge_ops_special[] = {
	{ "onnx::IsNaN", "X", "Y", "", lower_is_nan, 0, FLOATS, 9 },
	{ "onnx::IsInf", "X", "Y", "detect_negative:int=1 detect_positive:int=1", lower_is_inf, 0,
	  FLOATS, 10 },
	{ "onnx::Shrink", "input", "output", "bias:float=0.0 lambd:float=0.5", lower_shrink, 0,
	  "all but bool", 9 },
	{ "onnx::ThresholdedRelu", "X", "Y", "alpha:float=1.0", lower_thresholded_relu, 0, FLOATS,
	  10 },
	{ "onnx::Celu", "X", "Y", "alpha:float=1.0", lower_celu, 0, FLOATS, 12 },
	{ "onnx::Softsign", "input", "output", "", lower_softsign, 0, FLOATS, 7 },
	{ 0 }
};
