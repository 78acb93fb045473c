// SPDX-License-Identifier: MIT
/*
 * Normalisation by what is around an element, or by the length of a vector.
 */
#include <float.h>
#include <math.h>
#include "graph/window.h"

static int lower_onnx_lrn(struct ge_lower *l)
{
	int64_t size = ge_get_int(l, "size");
	struct genpu_attr_lrn attr = {
		.size = (uint32_t)size, .alpha = ge_get_float(l, "alpha"),
		.beta = ge_get_float(l, "beta"), .k = ge_get_float(l, "bias"),
	};

	if (!l->err && (size < 1 || size > INT32_MAX))
		ge_fail(l, EINVAL, "attribute 'size' is %lld, expected is 1 or more",
			(long long)size);
	ge_out(l, 0, ge_lrn(l, ge_in(l, 0), &attr));
	return l->err;
}

/* GE: the radius instead of the size, and alpha is not divided by it. */
static int lower_ge_lrn(struct ge_lower *l)
{
	int64_t radius = ge_get_int(l, "depth_radius");
	bool last = ge_input_channels_last(l, 0);
	struct ge_view x = ge_in(l, 0);
	struct genpu_attr_lrn attr;

	if (!ge_string_is(l, "norm_region", "ACROSS_CHANNELS"))
		ge_fail(l, ENOTSUP, "attribute 'norm_region' has to be ACROSS_CHANNELS");
	if (!l->err && (radius < 0 || radius > 1 << 20))
		ge_fail(l, EINVAL, "attribute 'depth_radius' is %lld, expected is 0 to %d",
			(long long)radius, 1 << 20);
	if (l->err)
		return l->err;
	attr.size = (uint32_t)(2 * radius + 1);
	attr.alpha = ge_get_float(l, "alpha") * (float)attr.size;
	attr.beta = ge_get_float(l, "beta");
	attr.k = ge_get_float(l, "bias");
	x = ge_lrn(l, last ? ge_to_channels_first(l, x) : x, &attr);
	ge_out(l, 0, last ? ge_to_channels_last(l, x) : x);
	return l->err;
}

/* A vector of length 0 stays as it is. */
static int lower_lp_norm(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), norm;
	int64_t p = ge_get_int(l, "p");
	int axis;

	if (l->err)
		return l->err;
	axis = ge_axis(l, ge_get_int(l, "axis"), x.rank);
	if (p != 1 && p != 2)
		ge_fail(l, EINVAL, "attribute 'p' is %lld, expected is 1 or 2", (long long)p);
	if (l->err)
		return l->err;
	norm = ge_reduce(l, x, p == 1 ? GENPU_REDUCE_L1 : GENPU_REDUCE_L2, 1u << axis, true);
	norm = ge_unary(l, norm, GENPU_UNARY_CLIP, FLT_MIN, INFINITY);
	ge_out(l, 0, ge_binary(l, GENPU_BINARY_DIV, x, norm));
	return l->err;
}

#define TYPES	"float32 float16 bfloat16"

const struct ge_op_def ge_ops_lrn[] = {
	{ "LRN", "x", "y",
	  "depth_radius:int=5 bias:float=1.0 alpha:float=1.0 beta:float=0.5 "
	  "norm_region:string=ACROSS_CHANNELS",
	  lower_ge_lrn, 0, TYPES, 0 },

	{ "onnx::LRN", "X", "Y",
	  "alpha:float=0.0001 beta:float=0.75 bias:float=1.0 size:int!",
	  lower_onnx_lrn, 0, TYPES, 7 },
	{ "onnx::LpNormalization", "input", "output", "axis:int=-1 p:int=2", lower_lp_norm, 0,
	  TYPES, 7 },
	{ 0 }
};
