// SPDX-License-Identifier: MIT
/*
 * Functions of two or more values, with broadcasting.
 */
#include <string.h>
#include "graph/lower.h"

static int lower_binary(struct ge_lower *l)
{
	ge_out(l, 0, ge_binary(l, (enum genpu_binary)l->def->variant, ge_in(l, 0), ge_in(l, 1)));
	return l->err;
}

/* The exponent may have another type; the result has that of the base. */
static int lower_pow(struct ge_lower *l)
{
	struct ge_view base = ge_in(l, 0), exponent = ge_in(l, 1);

	if (l->err)
		return l->err;
	if (ge_dtype_is_integer(base.dtype) && ge_dtype_is_float(exponent.dtype)) {
		struct ge_view wide = ge_cast(l, base, GE_DT_DOUBLE);

		wide = ge_binary(l, GENPU_BINARY_POW, wide, ge_cast(l, exponent, GE_DT_DOUBLE));
		ge_out(l, 0, ge_cast(l, wide, base.dtype));
		return l->err;
	}
	exponent = ge_cast(l, exponent, base.dtype);
	ge_out(l, 0, ge_binary(l, GENPU_BINARY_POW, base, exponent));
	return l->err;
}

static int lower_mod(struct ge_lower *l)
{
	int64_t fmod = ge_get_int(l, "fmod");
	struct ge_view a = ge_in(l, 0);

	if (l->err)
		return l->err;
	if (fmod != 0 && fmod != 1)
		return ge_fail(l, EINVAL, "attribute 'fmod' is %lld, expected is 0 or 1",
			       (long long)fmod);
	if (!fmod && ge_dtype_is_float(a.dtype))
		return ge_fail(l, EINVAL, "attribute 'fmod' is 0, expected is 1 for %s",
			       ge_dtype_name(a.dtype));
	ge_out(l, 0, ge_binary(l, fmod ? GENPU_BINARY_FMOD : GENPU_BINARY_MOD, a, ge_in(l, 1)));
	return l->err;
}

static int lower_bit_shift(struct ge_lower *l)
{
	bool left = ge_string_is(l, "direction", "LEFT");

	if (!left && !ge_string_is(l, "direction", "RIGHT"))
		return ge_fail(l, EINVAL,
			       "attribute 'direction' has to be \"LEFT\" or \"RIGHT\"");
	ge_out(l, 0, ge_binary(l, left ? GENPU_BINARY_SHL : GENPU_BINARY_SHR, ge_in(l, 0),
			       ge_in(l, 1)));
	return l->err;
}

static int lower_squared_difference(struct ge_lower *l)
{
	struct ge_view d = ge_binary(l, GENPU_BINARY_SUB, ge_in(l, 0), ge_in(l, 1));

	ge_out(l, 0, ge_binary(l, GENPU_BINARY_MUL, d, d));
	return l->err;
}

/* Any number of inputs of a dynamic input, joined in order. */
static struct ge_view chain(struct ge_lower *l, enum genpu_binary kind)
{
	struct ge_view sum = ge_in(l, 0);

	for (size_t i = 1; i < ge_in_count(l, 0) && !l->err; i++)
		sum = ge_binary(l, kind, sum, ge_in_at(l, 0, i));
	return sum;
}

static int lower_chain(struct ge_lower *l)
{
	ge_out(l, 0, chain(l, (enum genpu_binary)l->def->variant));
	return l->err;
}

static int lower_mean(struct ge_lower *l)
{
	ge_out(l, 0, ge_linear(l, chain(l, GENPU_BINARY_ADD), 1 / (float)ge_in_count(l, 0), 0));
	return l->err;
}

static int lower_eltwise(struct ge_lower *l)
{
	static const enum genpu_binary kinds[] = {
		GENPU_BINARY_MUL, GENPU_BINARY_ADD, GENPU_BINARY_MAX,
	};
	const struct ge_attr *coeff = ge_node_attr(l->node, "coeff");
	int64_t mode = ge_get_int(l, "mode");

	if (mode < 0 || mode > 2)
		return ge_fail(l, EINVAL,
			       "attribute 'mode' is %lld, expected is 0 (product), 1 (sum) or 2 "
			       "(maximum)",
			       (long long)mode);
	if (coeff && coeff->count)
		return ge_fail(l, ENOTSUP, "attribute 'coeff' is not supported");
	ge_out(l, 0, chain(l, kinds[mode]));
	return l->err;
}

/* A bias along the channels, the last dimension or dimension 1. */
static int lower_bias_add(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	bool last = ge_string_is(l, "data_format", "NHWC") ||
		    ge_string_is(l, "data_format", "NDHWC");
	struct ge_view bias;

	if (l->err)
		return l->err;
	if (x.rank < 2)
		return ge_fail(l, EINVAL, "input 'x' needs two dimensions or more");
	bias = ge_along(l, ge_in(l, 1), x.rank, last ? x.rank - 1 : 1);
	ge_out(l, 0, ge_binary(l, GENPU_BINARY_ADD, x, bias));
	return l->err;
}

/* slope x below zero; the slope has one value a channel, or broadcasts */
static int lower_prelu(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), slope = ge_in(l, 1), zero, positive, negative;

	if (l->err)
		return l->err;
	if (l->def->variant && slope.rank == 1 && x.rank > 1 && slope.dims[0] == x.dims[1])
		slope = ge_along(l, slope, x.rank, 1);
	zero = ge_make_scalar(l, x.dtype, x.rank, 0);
	positive = ge_binary(l, GENPU_BINARY_MAX, x, zero);
	negative = ge_binary(l, GENPU_BINARY_MIN, x, zero);
	negative = ge_binary(l, GENPU_BINARY_MUL, negative, slope);
	ge_out(l, 0, ge_binary(l, GENPU_BINARY_ADD, positive, negative));
	return l->err;
}

#define NUMBERS	"all but bool"
#define INTEGERS "int8 int16 int32 int64 uint8 uint16 uint32 uint64"

#define GE_BINARY(type, kind, types) \
	{ type, "x1 x2", "y", "", lower_binary, GENPU_BINARY_##kind, types, 0 }
#define ONNX_BINARY(type, kind, types, since) \
	{ "onnx::" type, "A B", "C", "", lower_binary, GENPU_BINARY_##kind, types, since }

const struct ge_op_def ge_ops_binary[] = {
	GE_BINARY("Add", ADD, NUMBERS),
	GE_BINARY("Sub", SUB, NUMBERS),
	GE_BINARY("Mul", MUL, NUMBERS),
	GE_BINARY("RealDiv", DIV, NUMBERS),
	GE_BINARY("Div", DIV, NUMBERS),
	GE_BINARY("Maximum", MAX, NUMBERS),
	GE_BINARY("Minimum", MIN, NUMBERS),
	GE_BINARY("Equal", EQ, "all"),
	GE_BINARY("NotEqual", NE, "all"),
	GE_BINARY("Greater", GT, "all"),
	GE_BINARY("GreaterEqual", GE, "all"),
	GE_BINARY("Less", LT, "all"),
	GE_BINARY("LessEqual", LE, "all"),
	GE_BINARY("LogicalAnd", AND, "bool"),
	GE_BINARY("LogicalOr", OR, "bool"),
	{ "Pow", "x exponent", "y", "", lower_pow, 0, NUMBERS, 0 },
	{ "SquaredDifference", "x1 x2", "y", "", lower_squared_difference, 0, NUMBERS, 0 },
	{ "AddN", "x*", "y", "N:int=1", lower_chain, GENPU_BINARY_ADD, NUMBERS, 0 },
	{ "Eltwise", "x*", "y", "N:int=1 mode:int=1 coeff:floats=", lower_eltwise, 0, NUMBERS, 0 },
	{ "BiasAdd", "x bias", "y", "data_format:string=NHWC", lower_bias_add, 0, NUMBERS, 0 },
	{ "PRelu", "x weight", "y", "", lower_prelu, 1, NUMBERS, 0 },

	ONNX_BINARY("Add", ADD, NUMBERS, 7),
	ONNX_BINARY("Sub", SUB, NUMBERS, 7),
	ONNX_BINARY("Mul", MUL, NUMBERS, 7),
	ONNX_BINARY("Div", DIV, NUMBERS, 7),
	ONNX_BINARY("Equal", EQ, "all", 7),
	ONNX_BINARY("Greater", GT, "all", 7),
	ONNX_BINARY("GreaterOrEqual", GE, "all", 12),
	ONNX_BINARY("Less", LT, "all", 7),
	ONNX_BINARY("LessOrEqual", LE, "all", 12),
	ONNX_BINARY("And", AND, "bool", 7),
	ONNX_BINARY("Or", OR, "bool", 7),
	ONNX_BINARY("Xor", XOR, "bool", 7),
	ONNX_BINARY("BitwiseAnd", BITAND, INTEGERS, 18),
	ONNX_BINARY("BitwiseOr", BITOR, INTEGERS, 18),
	ONNX_BINARY("BitwiseXor", BITXOR, INTEGERS, 18),
	{ "onnx::BitShift", "X Y", "Z", "direction:string!", lower_bit_shift, 0,
	  "uint8 uint16 uint32 uint64", 11 },
	{ "onnx::Mod", "A B", "C", "fmod:int=0", lower_mod, 0, NUMBERS, 10 },
	{ "onnx::Pow", "X Y", "Z", "", lower_pow, 0, NUMBERS, 7 },
	{ "onnx::PRelu", "X slope", "Y", "", lower_prelu, 0, NUMBERS, 7 },
	{ "onnx::Sum", "data*", "sum", "", lower_chain, GENPU_BINARY_ADD, NUMBERS, 7 },
	{ "onnx::Max", "data*", "max", "", lower_chain, GENPU_BINARY_MAX, NUMBERS, 7 },
	{ "onnx::Min", "data*", "min", "", lower_chain, GENPU_BINARY_MIN, NUMBERS, 7 },
	{ "onnx::Mean", "data*", "mean", "", lower_mean, 0, "float32 float16 bfloat16 float64", 7 },
	{ 0 }
};
