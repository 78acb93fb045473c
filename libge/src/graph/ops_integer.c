// SPDX-License-Identifier: MIT
/*
 * Matrix products and convolutions of int8 and uint8.
 *
 * The device multiplies integers as they are. What zero points add to that are sums of one side
 * alone: with a - a0 and b - b0 for a and b the sum over K products is
 *
 *	sum(a b) - b0 sum(a) - a0 (sum(b) - K b0)
 */
#include <string.h>
#include "graph/quant.h"
#include "graph/window.h"

/* A zero point as int32, absent if it is known to be 0. */
static struct ge_view zero_point(struct ge_lower *l, size_t slot, const struct ge_view *of,
				 int rank, int axis)
{
	struct ge_view zero = ge_in(l, slot);
	double value;

	if (l->err || zero.buf == GE_NO_BUF)
		return ge_view_none();
	if (zero.dtype != of->dtype) {
		ge_fail(l, EINVAL, "the zero point is %s, expected is %s",
			ge_dtype_name(zero.dtype), ge_dtype_name(of->dtype));
		return ge_view_none();
	}
	if (ge_view_scalar(l->ir, &zero, &value) && value == 0)
		return ge_view_none();
	return ge_cast(l, ge_quant_param(l, zero, rank, axis), GE_DT_INT32);
}

/* sum - zero other */
static struct ge_view without(struct ge_lower *l, struct ge_view sum, struct ge_view zero,
			      struct ge_view other)
{
	return ge_binary(l, GENPU_BINARY_SUB, sum, ge_binary(l, GENPU_BINARY_MUL, zero, other));
}

/* sum(b) - K b0 */
static struct ge_view right_sum(struct ge_lower *l, struct ge_view b, uint32_t axes, int64_t k,
				struct ge_view zero)
{
	struct ge_view sum = ge_reduce(l, ge_cast(l, b, GE_DT_INT32), GENPU_REDUCE_SUM, axes, true);

	if (zero.buf == GE_NO_BUF)
		return sum;
	return without(l, sum, zero, ge_make_scalar(l, GE_DT_INT32, 0, (double)k));
}

static bool check_bytes(struct ge_lower *l, const struct ge_view *a, const struct ge_view *b)
{
	const struct ge_view *both[] = { a, b };

	for (int i = 0; !l->err && i < 2; i++)
		if (both[i]->dtype != GE_DT_INT8 && both[i]->dtype != GE_DT_UINT8)
			ge_fail(l, EINVAL, "input %d is %s, expected is int8 or uint8", i,
				ge_dtype_name(both[i]->dtype));
	return !l->err;
}

static struct ge_view product(struct ge_lower *l, struct ge_view a, struct ge_view b,
			      size_t slot_a, size_t slot_b)
{
	struct ge_view y, zero_a, zero_b;

	if (!check_bytes(l, &a, &b))
		return ge_view_none();
	y = ge_matmul(l, a, b, ge_view_none(), 1, 0);
	if (l->err)
		return y;
	zero_a = zero_point(l, slot_a, &a, y.rank, y.rank - 2);
	zero_b = zero_point(l, slot_b, &b, y.rank, y.rank - 1);
	if (!l->err && zero_b.buf != GE_NO_BUF)
		y = without(l, y, zero_b,
			    ge_reduce(l, ge_cast(l, a, GE_DT_INT32), GENPU_REDUCE_SUM,
				      1u << (a.rank - 1), true));
	if (!l->err && zero_a.buf != GE_NO_BUF)
		y = without(l, y, zero_a,
			    right_sum(l, b, 1u << (b.rank - 2), b.dims[b.rank - 2], zero_b));
	return y;
}

/* Padding stands for the number 0, which is @zero as an integer. */
static struct ge_view pad_with_zero(struct ge_lower *l, struct ge_view x, struct ge_view zero,
				    struct genpu_attr_conv *attr)
{
	struct ge_view parts[3];

	zero = ge_cast(l, zero, x.dtype);
	for (int i = 2; i < x.rank && !l->err; i++) {
		int64_t dims[GE_MAX_RANK];

		memcpy(dims, x.dims, sizeof(dims));
		parts[1] = x;
		dims[i] = attr->pads_begin[i - 2];
		parts[0] = ge_expand(l, zero, x.rank, dims);
		dims[i] = attr->pads_end[i - 2];
		parts[2] = ge_expand(l, zero, x.rank, dims);
		if (attr->pads_begin[i - 2] || attr->pads_end[i - 2])
			x = ge_concat(l, parts, 3, i);
		attr->pads_begin[i - 2] = 0;
		attr->pads_end[i - 2] = 0;
	}
	return x;
}

static struct ge_view convolution(struct ge_lower *l, struct ge_view x, struct ge_view w,
				  size_t slot_x, size_t slot_w, struct ge_view bias)
{
	struct ge_view y, zero_x, zero_w, ones;
	struct ge_window window = { 0 };
	struct genpu_attr_conv attr;
	int64_t k;

	if (!check_bytes(l, &x, &w))
		return ge_view_none();
	ge_window_filter(l, &x, &w, &window);
	ge_window_onnx(l, &x, &window);
	ge_window_conv(&window, ge_get_groups(l, "group"), &attr);
	zero_x = zero_point(l, slot_x, &x, 0, 0);
	zero_w = zero_point(l, slot_w, &w, x.rank, 1);
	if (!l->err && zero_x.buf != GE_NO_BUF)
		x = pad_with_zero(l, x, zero_x, &attr);
	y = ge_conv(l, x, w, bias, &attr, false);
	if (!l->err && zero_w.buf != GE_NO_BUF) {
		ones = ge_expand(l, ge_make_scalar(l, w.dtype, 0, 1), w.rank, w.dims);
		y = without(l, y, zero_w, ge_conv(l, x, ones, ge_view_none(), &attr, false));
	}
	if (!l->err && zero_x.buf != GE_NO_BUF) {
		/* Output channels are dimension 0 of the filter and 1 of the output. */
		struct ge_view sums = ge_reduce(l, ge_cast(l, w, GE_DT_INT32), GENPU_REDUCE_SUM,
						((1u << w.rank) - 1) & ~1u, false);

		k = w.dims[0] ? ge_view_elements(&w) / w.dims[0] : 0;
		sums = ge_along(l, sums, x.rank, 1);
		if (zero_w.buf != GE_NO_BUF)
			sums = without(l, sums, zero_w,
				       ge_make_scalar(l, GE_DT_INT32, 0, (double)k));
		y = without(l, y, zero_x, sums);
	}
	return y;
}

static int lower_matmul_integer(struct ge_lower *l)
{
	ge_out(l, 0, product(l, ge_in(l, 0), ge_in(l, 1), 2, 3));
	return l->err;
}

static int lower_conv_integer(struct ge_lower *l)
{
	ge_out(l, 0, convolution(l, ge_in(l, 0), ge_in(l, 1), 2, 3, ge_view_none()));
	return l->err;
}

/* Sums of products with the scales of both sides as integers with another scale. */
static struct ge_view rescale(struct ge_lower *l, struct ge_view sum, struct ge_view left,
			      struct ge_view right, struct ge_view scale, struct ge_view zero)
{
	struct ge_view factor = ge_binary(l, GENPU_BINARY_MUL, ge_cast(l, left, GE_DT_FLOAT),
					  ge_cast(l, right, GE_DT_FLOAT));

	factor = ge_binary(l, GENPU_BINARY_DIV, factor, ge_cast(l, scale, GE_DT_FLOAT));
	sum = ge_binary(l, GENPU_BINARY_MUL, ge_cast(l, sum, GE_DT_FLOAT), factor);
	return ge_quantize(l, sum, zero, zero.dtype);
}

static int lower_qlinear_matmul(struct ge_lower *l)
{
	struct ge_view y = product(l, ge_in(l, 0), ge_in(l, 3), 2, 5);

	if (l->err)
		return l->err;
	ge_out(l, 0, rescale(l, y, ge_quant_param(l, ge_in(l, 1), y.rank, y.rank - 2),
			     ge_quant_param(l, ge_in(l, 4), y.rank, y.rank - 1),
			     ge_quant_param(l, ge_in(l, 6), y.rank, y.rank - 2),
			     ge_quant_param(l, ge_in(l, 7), y.rank, y.rank - 2)));
	return l->err;
}

static int lower_qlinear_conv(struct ge_lower *l)
{
	struct ge_view y = convolution(l, ge_in(l, 0), ge_in(l, 3), 2, 5, ge_in(l, 8));

	if (l->err)
		return l->err;
	ge_out(l, 0, rescale(l, y, ge_quant_param(l, ge_in(l, 1), 0, 0),
			     ge_quant_param(l, ge_in(l, 4), y.rank, 1),
			     ge_quant_param(l, ge_in(l, 6), 0, 0),
			     ge_quant_param(l, ge_in(l, 7), 0, 0)));
	return l->err;
}

#define TYPES	"int8 uint8"
#define WINDOW	"auto_pad:string=NOTSET dilations:ints= group:int=1 kernel_shape:ints= " \
		"pads:ints= strides:ints="

const struct ge_op_def ge_ops_integer[] = {
	{ "onnx::MatMulInteger", "A B a_zero_point? b_zero_point?", "Y", "", lower_matmul_integer,
	  0, TYPES, 10 },
	{ "onnx::ConvInteger", "x w x_zero_point? w_zero_point?", "y", WINDOW, lower_conv_integer,
	  0, TYPES, 10 },
	{ "onnx::QLinearMatMul",
	  "a a_scale a_zero_point b b_scale b_zero_point y_scale y_zero_point", "y", "",
	  lower_qlinear_matmul, 0, TYPES, 10 },
	{ "onnx::QLinearConv",
	  "x x_scale x_zero_point w w_scale w_zero_point y_scale y_zero_point B?", "y", WINDOW,
	  lower_qlinear_conv, 0, TYPES, 10 },
	{ 0 }
};
