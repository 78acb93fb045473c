// SPDX-License-Identifier: MIT
/*
 * Functions of one value.
 */
#include <math.h>
#include "graph/lower.h"

/* The variant is the function, without parameters. */
static int lower_plain(struct ge_lower *l)
{
	ge_out(l, 0, ge_unary(l, ge_in(l, 0), (enum genpu_unary)l->def->variant, 0, 0));
	return l->err;
}

static int lower_alpha(struct ge_lower *l)
{
	ge_out(l, 0, ge_unary(l, ge_in(l, 0), (enum genpu_unary)l->def->variant,
			      ge_get_float(l, "alpha"), 0));
	return l->err;
}

static int lower_alpha_beta(struct ge_lower *l)
{
	ge_out(l, 0, ge_unary(l, ge_in(l, 0), (enum genpu_unary)l->def->variant,
			      ge_get_float(l, "alpha"), ge_get_float(l, "beta")));
	return l->err;
}

static int lower_leaky_relu(struct ge_lower *l)
{
	ge_out(l, 0, ge_unary(l, ge_in(l, 0), GENPU_UNARY_LEAKY_RELU,
			      ge_get_float(l, "negative_slope"), 0));
	return l->err;
}

static int lower_relu6(struct ge_lower *l)
{
	ge_out(l, 0, ge_unary(l, ge_in(l, 0), GENPU_UNARY_CLIP, 0, 6));
	return l->err;
}

static int lower_hard_swish(struct ge_lower *l)
{
	ge_out(l, 0, ge_unary(l, ge_in(l, 0), GENPU_UNARY_HARDSWISH, 1.f / 6, 0.5f));
	return l->err;
}

static int lower_swish(struct ge_lower *l)
{
	ge_out(l, 0, ge_unary(l, ge_in(l, 0), GENPU_UNARY_SWISH, ge_get_float(l, "scale"), 0));
	return l->err;
}

static int lower_fast_gelu(struct ge_lower *l)
{
	ge_out(l, 0, ge_unary(l, ge_in(l, 0), GENPU_UNARY_SWISH, 1.702f, 0));
	return l->err;
}

static int lower_gelu(struct ge_lower *l)
{
	bool tanh = ge_string_is(l, "approximate", "tanh");

	if (!tanh && !ge_string_is(l, "approximate", "none"))
		return ge_fail(l, EINVAL, "attribute 'approximate' has to be \"none\" or \"tanh\"");
	ge_out(l, 0, ge_unary(l, ge_in(l, 0), tanh ? GENPU_UNARY_GELU_TANH : GENPU_UNARY_GELU_ERF,
			      0, 0));
	return l->err;
}

static int lower_rsqrt(struct ge_lower *l)
{
	struct ge_view root = ge_unary(l, ge_in(l, 0), GENPU_UNARY_SQRT, 0, 0);

	ge_out(l, 0, ge_unary(l, root, GENPU_UNARY_RECIPROCAL, 0, 0));
	return l->err;
}

static int lower_square(struct ge_lower *l)
{
	ge_out(l, 0, ge_binary(l, GENPU_BINARY_MUL, ge_in(l, 0), ge_in(l, 0)));
	return l->err;
}

/* base ** (scale x + shift), base -1 being e */
static int lower_exp(struct ge_lower *l)
{
	float base = ge_get_float(l, "base");
	float factor = base == -1 ? 1 : logf(base);
	struct ge_view x;

	if (base != -1 && !(base > 0))
		return ge_fail(l, EINVAL, "attribute 'base' is %g, expected is -1 or more than 0",
			       (double)base);
	x = ge_linear(l, ge_in(l, 0), factor * ge_get_float(l, "scale"),
		      factor * ge_get_float(l, "shift"));
	ge_out(l, 0, ge_unary(l, x, GENPU_UNARY_EXP, 0, 0));
	return l->err;
}

static int lower_elu(struct ge_lower *l)
{
	struct ge_view x = ge_linear(l, ge_in(l, 0), ge_get_float(l, "input_scale"), 0);

	x = ge_unary(l, x, GENPU_UNARY_ELU, ge_get_float(l, "alpha"), 0);
	ge_out(l, 0, ge_linear(l, x, ge_get_float(l, "scale"), 0));
	return l->err;
}

/* gamma (x < 0 ? alpha (exp(x) - 1) : x) */
static int lower_selu(struct ge_lower *l)
{
	struct ge_view x = ge_unary(l, ge_in(l, 0), GENPU_UNARY_ELU, ge_get_float(l, "alpha"), 0);

	ge_out(l, 0, ge_linear(l, x, ge_get_float(l, "gamma"), 0));
	return l->err;
}

static bool fits_float(double bound)
{
	return isfinite(bound) && (double)(float)bound == bound;
}

/* Bounds that are known make one operator, others a minimum and a maximum. */
static int lower_clip(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	double low = NAN, high = NAN;
	bool has_low = ge_has_in(l, 1), has_high = ge_has_in(l, 2), known = true;

	if (l->err)
		return l->err;
	if (ge_attr_given(l, "min"))
		low = ge_get_float(l, "min");
	if (ge_attr_given(l, "max"))
		high = ge_get_float(l, "max");
	if (has_low)
		known = ge_view_scalar(l->ir, &l->in[l->first[1]], &low);
	if (has_high)
		known = ge_view_scalar(l->ir, &l->in[l->first[2]], &high) && known;
	if (known && ge_dtype_is_float(x.dtype) && fits_float(low) && fits_float(high)) {
		ge_out(l, 0, ge_unary(l, x, GENPU_UNARY_CLIP, (float)low, (float)high));
		return l->err;
	}
	if (has_low || !isnan(low))
		x = ge_binary(l, GENPU_BINARY_MAX, x,
			      has_low ? ge_in(l, 1) : ge_make_scalar(l, x.dtype, 0, low));
	if (has_high || !isnan(high))
		x = ge_binary(l, GENPU_BINARY_MIN, x,
			      has_high ? ge_in(l, 2) : ge_make_scalar(l, x.dtype, 0, high));
	ge_out(l, 0, x);
	return l->err;
}

#define FLOATS	"float32 float16 bfloat16 float64"
#define SIGNED	FLOATS " int8 int16 int32 int64"
#define INTEGERS "int8 int16 int32 int64 uint8 uint16 uint32 uint64"

const struct ge_op_def ge_ops_elementwise[] = {
	{ "Relu", "x", "y", "", lower_plain, GENPU_UNARY_RELU, SIGNED, 0 },
	{ "Relu6", "x", "y", "", lower_relu6, 0, FLOATS, 0 },
	{ "Sigmoid", "x", "y", "", lower_plain, GENPU_UNARY_SIGMOID, FLOATS, 0 },
	{ "Tanh", "x", "y", "", lower_plain, GENPU_UNARY_TANH, FLOATS, 0 },
	{ "Sqrt", "x", "y", "", lower_plain, GENPU_UNARY_SQRT, FLOATS, 0 },
	{ "Rsqrt", "x", "y", "", lower_rsqrt, 0, FLOATS, 0 },
	{ "Exp", "x", "y", "base:float=-1.0 scale:float=1.0 shift:float=0.0", lower_exp, 0, FLOATS,
	  0 },
	{ "Erf", "x", "y", "", lower_plain, GENPU_UNARY_ERF, FLOATS, 0 },
	{ "Square", "x", "y", "", lower_square, 0, "all but bool", 0 },
	{ "Gelu", "x", "y", "", lower_plain, GENPU_UNARY_GELU_TANH, FLOATS, 0 },
	{ "FastGelu", "x", "y", "", lower_fast_gelu, 0, FLOATS, 0 },
	{ "GeluV2", "x", "y", "approximate:string=none", lower_gelu, 0, FLOATS, 0 },
	{ "Swish", "x", "y", "scale:float=1.0", lower_swish, 0, FLOATS, 0 },
	{ "LeakyRelu", "x", "y", "negative_slope:float=0.0", lower_leaky_relu, 0, FLOATS, 0 },
	{ "HardSwish", "x", "y", "", lower_hard_swish, 0, FLOATS, 0 },
	{ "HardSigmoid", "input_x", "output_y", "alpha:float=0.16666666 beta:float=0.5",
	  lower_alpha_beta, GENPU_UNARY_HARDSIGMOID, FLOATS, 0 },
	{ "Mish", "x", "y", "", lower_plain, GENPU_UNARY_MISH, FLOATS, 0 },
	{ "Elu", "x", "y", "alpha:float=1.0 scale:float=1.0 input_scale:float=1.0", lower_elu, 0,
	  FLOATS, 0 },
	{ "Softplus", "x", "y", "", lower_plain, GENPU_UNARY_SOFTPLUS, FLOATS, 0 },
	{ "LogicalNot", "x", "y", "", lower_plain, GENPU_UNARY_NOT, "bool", 0 },
	{ "ClipByValue", "x clip_value_min clip_value_max", "y", "min:float max:float", lower_clip,
	  0, "all but bool", 0 },

	{ "onnx::Relu", "X", "Y", "", lower_plain, GENPU_UNARY_RELU, SIGNED, 7 },
	{ "onnx::Sigmoid", "X", "Y", "", lower_plain, GENPU_UNARY_SIGMOID, FLOATS, 7 },
	{ "onnx::Tanh", "X", "Y", "", lower_plain, GENPU_UNARY_TANH, FLOATS, 7 },
	{ "onnx::Sqrt", "X", "Y", "", lower_plain, GENPU_UNARY_SQRT, FLOATS, 7 },
	{ "onnx::Exp", "X", "Y", "", lower_plain, GENPU_UNARY_EXP, FLOATS, 7 },
	{ "onnx::Log", "X", "Y", "", lower_plain, GENPU_UNARY_LOG, FLOATS, 7 },
	{ "onnx::Erf", "X", "Y", "", lower_plain, GENPU_UNARY_ERF, FLOATS, 9 },
	{ "onnx::Abs", "X", "Y", "", lower_plain, GENPU_UNARY_ABS, SIGNED, 7 },
	{ "onnx::Neg", "X", "Y", "", lower_plain, GENPU_UNARY_NEG, SIGNED, 7 },
	{ "onnx::Floor", "X", "Y", "", lower_plain, GENPU_UNARY_FLOOR, FLOATS, 7 },
	{ "onnx::Ceil", "X", "Y", "", lower_plain, GENPU_UNARY_CEIL, FLOATS, 7 },
	{ "onnx::Round", "X", "Y", "", lower_plain, GENPU_UNARY_ROUND, FLOATS, 11 },
	{ "onnx::Reciprocal", "X", "Y", "", lower_plain, GENPU_UNARY_RECIPROCAL, FLOATS, 7 },
	{ "onnx::Softplus", "X", "Y", "", lower_plain, GENPU_UNARY_SOFTPLUS, FLOATS, 7 },
	{ "onnx::Mish", "X", "Y", "", lower_plain, GENPU_UNARY_MISH, FLOATS, 18 },
	{ "onnx::Not", "X", "Y", "", lower_plain, GENPU_UNARY_NOT, "bool", 7 },
	{ "onnx::LeakyRelu", "X", "Y", "alpha:float=0.01", lower_alpha, GENPU_UNARY_LEAKY_RELU,
	  FLOATS, 7 },
	{ "onnx::Elu", "X", "Y", "alpha:float=1.0", lower_alpha, GENPU_UNARY_ELU, FLOATS, 7 },
	{ "onnx::Selu", "X", "Y", "alpha:float=1.6732632 gamma:float=1.050701", lower_selu, 0,
	  FLOATS, 7 },
	{ "onnx::HardSigmoid", "X", "Y", "alpha:float=0.2 beta:float=0.5", lower_alpha_beta,
	  GENPU_UNARY_HARDSIGMOID, FLOATS, 7 },
	{ "onnx::HardSwish", "X", "Y", "", lower_hard_swish, 0, FLOATS, 14 },
	{ "onnx::Gelu", "X", "Y", "approximate:string=none", lower_gelu, 0, FLOATS, 20 },
	{ "onnx::Sin", "input", "output", "", lower_plain, GENPU_UNARY_SIN, FLOATS, 7 },
	{ "onnx::Cos", "input", "output", "", lower_plain, GENPU_UNARY_COS, FLOATS, 7 },
	{ "onnx::Tan", "input", "output", "", lower_plain, GENPU_UNARY_TAN, FLOATS, 7 },
	{ "onnx::Asin", "input", "output", "", lower_plain, GENPU_UNARY_ASIN, FLOATS, 7 },
	{ "onnx::Acos", "input", "output", "", lower_plain, GENPU_UNARY_ACOS, FLOATS, 7 },
	{ "onnx::Atan", "input", "output", "", lower_plain, GENPU_UNARY_ATAN, FLOATS, 7 },
	{ "onnx::Sinh", "input", "output", "", lower_plain, GENPU_UNARY_SINH, FLOATS, 9 },
	{ "onnx::Cosh", "input", "output", "", lower_plain, GENPU_UNARY_COSH, FLOATS, 9 },
	{ "onnx::Asinh", "input", "output", "", lower_plain, GENPU_UNARY_ASINH, FLOATS, 9 },
	{ "onnx::Acosh", "input", "output", "", lower_plain, GENPU_UNARY_ACOSH, FLOATS, 9 },
	{ "onnx::Atanh", "input", "output", "", lower_plain, GENPU_UNARY_ATANH, FLOATS, 9 },
	{ "onnx::Sign", "input", "output", "", lower_plain, GENPU_UNARY_SIGN, "all but bool", 9 },
	{ "onnx::BitwiseNot", "X", "Y", "", lower_plain, GENPU_UNARY_BITNOT, INTEGERS, 18 },
	{ "onnx::Clip", "input min? max?", "output", "min:float max:float", lower_clip, 0,
	  "all but bool", 7 },
	{ 0 }
};
