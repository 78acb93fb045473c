// SPDX-License-Identifier: MIT
/*
 * Between floats and integers with a scale and a zero point.
 */
#include "graph/narrow.h"
#include "graph/quant.h"

struct ge_view ge_quantize(struct ge_lower *l, struct ge_view x, struct ge_view zero,
			   int32_t dtype)
{
	x = ge_unary(l, x, GENPU_UNARY_ROUND, 0, 0);
	if (!l->err && zero.buf != GE_NO_BUF)
		x = ge_binary(l, GENPU_BINARY_ADD, x, ge_cast(l, zero, GE_DT_FLOAT));
	return ge_cast(l, x, dtype);
}

struct ge_view ge_quant_param(struct ge_lower *l, struct ge_view p, int rank, int axis)
{
	if (l->err || p.buf == GE_NO_BUF)
		return p;
	if (ge_view_elements(&p) == 1)
		return ge_reshape(l, p, 0, NULL);
	return p.rank == 1 ? ge_along(l, p, rank, axis) : p;
}

/* One value for each block along @axis: repeated, without what exceeds the tensor. */
static struct ge_view repeat_blocks(struct ge_lower *l, struct ge_view p, const struct ge_view *x,
				    int axis, int64_t block)
{
	int64_t split[GE_MAX_RANK + 1], wide[GE_MAX_RANK + 1], joined[GE_MAX_RANK];

	if (l->err || p.buf == GE_NO_BUF)
		return p;
	if (p.rank != x->rank || p.rank == GE_MAX_RANK ||
	    p.dims[axis] != (x->dims[axis] + block - 1) / block) {
		ge_fail(l, EINVAL,
			"the scale has shape %s, which is not one value for each block of %lld in "
			"dimension %d of %s",
			ge_dims_text(p.rank, p.dims).s, (long long)block, axis,
			ge_dims_text(x->rank, x->dims).s);
		return ge_view_none();
	}
	for (int i = 0; i < p.rank; i++) {
		int to = i > axis ? i + 1 : i;

		joined[i] = p.dims[i];
		split[to] = p.dims[i];
		wide[to] = p.dims[i];
	}
	split[axis + 1] = 1;
	wide[axis + 1] = block;
	joined[axis] *= block;
	p = ge_reshape(l, p, x->rank + 1, split);
	p = ge_expand(l, p, x->rank + 1, wide);
	p = ge_reshape(l, p, x->rank, joined);
	return ge_slice(l, p, axis, 0, x->dims[axis], 1);
}

/* A scale or zero point of QuantizeLinear and DequantizeLinear, as it broadcasts to @x. */
static struct ge_view linear_param(struct ge_lower *l, size_t slot, const struct ge_view *x)
{
	struct ge_view p = ge_has_in(l, slot) ? ge_in(l, slot) : ge_view_none();
	int64_t block = ge_get_int(l, "block_size");
	int axis;

	if (l->err || p.buf == GE_NO_BUF || (ge_view_elements(&p) == 1 && !block))
		return ge_quant_param(l, p, 0, 0);
	axis = ge_axis(l, ge_get_int(l, "axis"), x->rank);
	if (block < 0)
		ge_fail(l, EINVAL, "attribute 'block_size' is %lld, expected is 0 or more",
			(long long)block);
	if (block > 0)
		return repeat_blocks(l, p, x, axis, block);
	if (!l->err && (p.rank != 1 || p.dims[0] != x->dims[axis])) {
		ge_fail(l, EINVAL,
			"the scale or zero point has shape %s, expected is one value, or %lld for "
			"dimension %d",
			ge_dims_text(p.rank, p.dims).s, (long long)x->dims[axis], axis);
		return ge_view_none();
	}
	return ge_quant_param(l, p, x->rank, axis);
}

static bool is_quantized(int32_t dtype)
{
	return dtype == GE_DT_INT8 || dtype == GE_DT_UINT8 || dtype == GE_DT_INT16 ||
	       dtype == GE_DT_UINT16 || ge_dtype_is_narrow(dtype);
}

static int lower_quantize(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), scale = linear_param(l, 1, &x);
	struct ge_view zero = linear_param(l, 2, &x);
	int64_t given = ge_get_int(l, "output_dtype");
	int32_t type = GE_DT_UINT8;

	if (l->err)
		return l->err;
	if (given)
		type = ge_onnx_type(l, given);
	if (zero.buf != GE_NO_BUF) {
		if (given && type != zero.dtype)
			return ge_fail(l, EINVAL,
				       "attribute 'output_dtype' says %s, the zero point is %s",
				       ge_dtype_name(type), ge_dtype_name(zero.dtype));
		type = zero.dtype;
	}
	if (!l->err && !is_quantized(type))
		return ge_fail(l, ENOTSUP,
			       "the result is %s, expected is float8 or an integer of up to 16 "
			       "bits",
			       ge_dtype_name(type));
	x = ge_binary(l, GENPU_BINARY_DIV, ge_cast(l, x, GE_DT_FLOAT),
		      ge_cast(l, scale, GE_DT_FLOAT));
	/* Zero points of float8 are 0, and its numbers lie between integers too. */
	if (ge_dtype_is_f8(type))
		x = ge_cast_f8(l, x, type, ge_get_int(l, "saturate"));
	else
		x = ge_quantize(l, x, zero, type);
	ge_out(l, 0, x);
	return l->err;
}

static int lower_dequantize(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), scale = linear_param(l, 1, &x);
	struct ge_view zero = linear_param(l, 2, &x), y = x;

	if (l->err)
		return l->err;
	if (zero.buf != GE_NO_BUF && zero.dtype != x.dtype)
		return ge_fail(l, EINVAL, "the zero point is %s and the input %s, expected is the "
			       "same type",
			       ge_dtype_name(zero.dtype), ge_dtype_name(x.dtype));
	/* Integers of 32 bits are subtracted before they are rounded to floats. */
	if (zero.buf != GE_NO_BUF && x.dtype == GE_DT_INT32)
		y = ge_binary(l, GENPU_BINARY_SUB, x, zero);
	y = ge_cast(l, y, GE_DT_FLOAT);
	if (zero.buf != GE_NO_BUF && x.dtype != GE_DT_INT32)
		y = ge_binary(l, GENPU_BINARY_SUB, y, ge_cast(l, zero, GE_DT_FLOAT));
	y = ge_binary(l, GENPU_BINARY_MUL, y, ge_cast(l, scale, GE_DT_FLOAT));
	ge_out(l, 0, ge_cast(l, y, scale.dtype));
	return l->err;
}

/* The range of the values, 0 included, becomes that of uint8. */
static int lower_dynamic_quantize(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), none = ge_view_none(), top, low, scale, zero;
	uint32_t all;

	if (l->err)
		return l->err;
	all = (1u << x.rank) - 1;
	none = ge_make_scalar(l, x.dtype, 0, 0);
	top = ge_binary(l, GENPU_BINARY_MAX, ge_reduce(l, x, GENPU_REDUCE_MAX, all, false), none);
	low = ge_binary(l, GENPU_BINARY_MIN, ge_reduce(l, x, GENPU_REDUCE_MIN, all, false), none);
	scale = ge_linear(l, ge_binary(l, GENPU_BINARY_SUB, top, low), 1.f / 255, 0);
	zero = ge_binary(l, GENPU_BINARY_DIV, ge_linear(l, low, -1, 0), scale);
	zero = ge_quantize(l, zero, ge_view_none(), GE_DT_UINT8);
	x = ge_binary(l, GENPU_BINARY_DIV, x, scale);
	ge_out(l, 0, ge_quantize(l, x, zero, GE_DT_UINT8));
	ge_out(l, 1, scale);
	ge_out(l, 2, zero);
	return l->err;
}

const struct ge_op_def ge_ops_quant[] = {
	{ "onnx::QuantizeLinear", "x y_scale y_zero_point?", "y",
	  "axis:int=1 block_size:int=0 output_dtype:int=0 saturate:int=1", lower_quantize, 0,
	  "float32 float16 bfloat16 int32", 10 },
	{ "onnx::DequantizeLinear", "x x_scale x_zero_point?", "y", "axis:int=1 block_size:int=0",
	  lower_dequantize, 0, "float8 int4 uint4 int8 uint8 int16 uint16 int32", 10 },
	{ "onnx::DynamicQuantizeLinear", "x", "y y_scale y_zero_point", "", lower_dynamic_quantize,
	  0, "float32", 11 },
	{ 0 }
};
