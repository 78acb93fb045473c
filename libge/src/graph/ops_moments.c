// SPDX-License-Identifier: MIT
/*
 * Normalisation of groups, and others by mean, variance or mean square.
 */
#include <string.h>
#include "graph/moments.h"

static struct ge_view drop_ones(struct ge_lower *l, struct ge_view x, uint32_t axes)
{
	int64_t dims[GE_MAX_RANK];
	int rank = 0;

	for (int i = 0; i < x.rank; i++)
		if (!(axes & 1u << i))
			dims[rank++] = x.dims[i];
	return ge_reshape(l, x, rank, dims);
}

void ge_moments(struct ge_lower *l, struct ge_view x, uint32_t axes, bool keep,
		struct ge_view *mean, struct ge_view *var)
{
	struct ge_view d;

	x = ge_cast(l, x, GE_DT_FLOAT);
	*mean = ge_reduce(l, x, GENPU_REDUCE_MEAN, axes, true);
	d = ge_binary(l, GENPU_BINARY_SUB, x, *mean);
	d = ge_binary(l, GENPU_BINARY_MUL, d, d);
	*var = ge_reduce(l, d, GENPU_REDUCE_MEAN, axes, true);
	if (l->err || keep)
		return;
	*mean = drop_ones(l, *mean, axes);
	*var = drop_ones(l, *var, axes);
}

struct ge_view ge_inverse_deviation(struct ge_lower *l, struct ge_view var, float epsilon)
{
	var = ge_unary(l, ge_linear(l, var, 1, epsilon), GENPU_UNARY_SQRT, 0, 0);
	return ge_unary(l, var, GENPU_UNARY_RECIPROCAL, 0, 0);
}

/* scale x + bias, both along dimension 1. */
static struct ge_view scale_channels(struct ge_lower *l, struct ge_view x, struct ge_view scale,
				     struct ge_view bias)
{
	x = ge_binary(l, GENPU_BINARY_MUL, x, ge_along(l, scale, x.rank, 1));
	return ge_binary(l, GENPU_BINARY_ADD, x, ge_along(l, bias, x.rank, 1));
}

/* Scale and bias have a value for each group before operator set 21, and for each channel then. */
static int lower_groupnorm(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), none = ge_view_none(), y;
	int64_t groups = ge_get_int(l, "num_groups"), dims[3] = { 0, groups, 1 };
	bool by_group = ge_get_int(l, "opset") < 21;

	if (l->err)
		return l->err;
	if (x.rank < 2 || groups < 1 || x.dims[1] % groups)
		return ge_fail(l, EINVAL,
			       "the input %s has no channels in dimension 1 that make %lld groups",
			       ge_dims_text(x.rank, x.dims).s, (long long)groups);
	dims[0] = x.dims[0];
	dims[2] = x.dims[1] / groups;
	for (int i = 2; i < x.rank; i++)
		dims[2] *= x.dims[i];
	y = ge_layernorm(l, ge_reshape(l, x, 3, dims), 2, ge_get_float(l, "epsilon"), none, none);
	if (by_group)
		y = scale_channels(l, y, ge_in(l, 1), ge_in(l, 2));
	y = ge_reshape(l, y, x.rank, x.dims);
	if (!by_group)
		y = scale_channels(l, y, ge_in(l, 1), ge_in(l, 2));
	ge_out(l, 0, y);
	return l->err;
}

/* (x - mean) / (deviation + 1e-9) */
static int lower_mvn(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), mean, var, y;
	int64_t axes[GE_MAX_RANK];
	size_t n = ge_get_ints(l, "axes", axes, GE_MAX_RANK);
	uint32_t mask;

	if (l->err)
		return l->err;
	mask = ge_axes(l, axes, n, x.rank);
	ge_moments(l, x, mask, true, &mean, &var);
	y = ge_binary(l, GENPU_BINARY_SUB, ge_cast(l, x, GE_DT_FLOAT), mean);
	var = ge_linear(l, ge_unary(l, var, GENPU_UNARY_SQRT, 0, 0), 1, 1e-9f);
	ge_out(l, 0, ge_cast(l, ge_binary(l, GENPU_BINARY_DIV, y, var), x.dtype));
	return l->err;
}

/* Dimension @from as dimension @to, the others in their order. */
static struct ge_view move_dim(struct ge_lower *l, struct ge_view x, int from, int to)
{
	int64_t perm[GE_MAX_RANK];

	for (int i = 0, next = 0; i < x.rank; i++) {
		if (next == from)
			next++;
		perm[i] = i == to ? from : next++;
	}
	return ge_transpose(l, x, perm);
}

/* GE: channels where data_format says; also gives the mean and variance of each channel. */
static int lower_ge_instancenorm(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), none = ge_view_none(), mean, var, y;
	bool last = ge_string_is(l, "data_format", "NDHWC") ||
		    ge_string_is(l, "data_format", "NHWC");
	int end = x.rank - 1;

	if (!last && !ge_string_is(l, "data_format", "NCDHW") &&
	    !ge_string_is(l, "data_format", "NCHW"))
		ge_fail(l, EINVAL,
			"attribute 'data_format' has to be NCDHW, NDHWC, NCHW or NHWC");
	if (l->err)
		return l->err;
	if (x.rank < 3)
		return ge_fail(l, EINVAL,
			       "the input has shape %s, expected are 3 dimensions or more",
			       ge_dims_text(x.rank, x.dims).s);
	if (last)
		x = move_dim(l, x, end, 1);
	y = ge_layernorm(l, x, 2, ge_get_float(l, "epsilon"), none, none);
	y = scale_channels(l, y, ge_in(l, 1), ge_in(l, 2));
	ge_out(l, 0, last ? move_dim(l, y, 1, end) : y);
	if (l->num_out > 1) {
		ge_moments(l, x, ((1u << x.rank) - 1) & ~3u, true, &mean, &var);
		ge_out(l, 1, last ? move_dim(l, mean, 1, end) : mean);
		ge_out(l, 2, last ? move_dim(l, var, 1, end) : var);
	}
	return l->err;
}

/* gamma x / sqrt(mean(x^2) + epsilon) over the dimensions that gamma has. */
static int lower_rmsnorm(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), gamma = ge_in(l, 1), wide, y;
	uint32_t axes;

	if (l->err)
		return l->err;
	if (gamma.rank < 1 || gamma.rank > x.rank ||
	    memcmp(gamma.dims, x.dims + x.rank - gamma.rank,
		   (size_t)gamma.rank * sizeof(*gamma.dims)))
		return ge_fail(l, EINVAL, "gamma has shape %s, expected are the last dimensions of "
			       "%s",
			       ge_dims_text(gamma.rank, gamma.dims).s,
			       ge_dims_text(x.rank, x.dims).s);
	axes = ((1u << x.rank) - 1) & ~((1u << (x.rank - gamma.rank)) - 1);
	wide = ge_cast(l, x, GE_DT_FLOAT);
	y = ge_reduce(l, ge_binary(l, GENPU_BINARY_MUL, wide, wide), GENPU_REDUCE_MEAN, axes, true);
	y = ge_inverse_deviation(l, y, ge_get_float(l, "epsilon"));
	ge_out(l, 1, y);
	y = ge_cast(l, ge_binary(l, GENPU_BINARY_MUL, wide, y), x.dtype);
	ge_out(l, 0, ge_binary(l, GENPU_BINARY_MUL, y, ge_cast(l, gamma, x.dtype)));
	return l->err;
}

#define TYPES	"float32 float16 bfloat16"

const struct ge_op_def ge_ops_moments[] = {
	{ "InstanceNorm", "x gamma beta", "y mean variance",
	  "data_format:string=NDHWC epsilon:float=1e-6", lower_ge_instancenorm, 0, TYPES, 0 },
	{ "RmsNorm", "x gamma", "y rstd", "epsilon:float=1e-6", lower_rmsnorm, 0, TYPES, 0 },

	{ "onnx::GroupNormalization", "X scale bias", "Y",
	  "epsilon:float=1e-5 num_groups:int! stash_type:int=1 opset:int=21", lower_groupnorm, 0,
	  TYPES, 18 },
	{ "onnx::MeanVarianceNormalization", "X", "Y", "axes:ints=0,2,3", lower_mvn, 0, TYPES, 9 },
	{ 0 }
};
