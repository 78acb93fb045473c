// SPDX-License-Identifier: MIT
/*
 * Normalisation and softmax.
 */
#include "graph/moments.h"
#include "graph/window.h"

/* @old and @now, weighted. */
static struct ge_view running(struct ge_lower *l, struct ge_view old, struct ge_view now,
			      float momentum)
{
	old = ge_linear(l, old, momentum, 0);
	now = ge_linear(l, ge_cast(l, now, old.dtype), 1 - momentum, 0);
	return ge_binary(l, GENPU_BINARY_ADD, old, now);
}

/* By the statistics of the input itself, which also go into the running ones. */
static int batchnorm_training(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), mean, var;
	float momentum = ge_get_float(l, "momentum");

	if (l->err)
		return l->err;
	if (x.rank < 2)
		return ge_fail(l, EINVAL, "the input has shape %s, expected is [N, C, ...]",
			       ge_dims_text(x.rank, x.dims).s);
	ge_moments(l, x, ((1u << x.rank) - 1) & ~2u, false, &mean, &var);
	ge_out(l, 0, ge_batchnorm(l, x, ge_in(l, 1), ge_in(l, 2), mean, var,
				  ge_get_float(l, "epsilon")));
	ge_out(l, 1, running(l, ge_in(l, 3), mean, momentum));
	ge_out(l, 2, running(l, ge_in(l, 4), var, momentum));
	return l->err;
}

static int lower_onnx_batchnorm(struct ge_lower *l)
{
	if (!ge_get_int(l, "spatial"))
		return ge_fail(l, ENOTSUP, "only one statistic a channel is supported");
	if (ge_get_int(l, "training_mode"))
		return batchnorm_training(l);
	ge_out(l, 0,
	       ge_batchnorm(l, ge_in(l, 0), ge_in(l, 1), ge_in(l, 2), ge_in(l, 3), ge_in(l, 4),
			    ge_get_float(l, "epsilon")));
	return l->err;
}

/* BatchNorm (variant 0) has channels where data_format says, BNInfer in dimension 1. */
static int lower_ge_batchnorm(struct ge_lower *l)
{
	bool last = !l->def->variant && ge_channels_last(l);
	struct ge_view x = ge_in(l, 0), y;

	if (!l->def->variant && ge_get_bool(l, "is_training"))
		return ge_fail(l, ENOTSUP, "training is not supported, set 'is_training' to false");
	if (!l->def->variant && (!ge_has_in(l, 3) || !ge_has_in(l, 4)))
		return ge_fail(l, EINVAL, "inference needs the inputs 'mean' and 'variance'");
	if (last)
		x = ge_to_channels_first(l, x);
	y = ge_batchnorm(l, x, ge_in(l, 1), ge_in(l, 2), ge_in(l, 3), ge_in(l, 4),
			 ge_get_float(l, "epsilon"));
	ge_out(l, 0, last ? ge_to_channels_last(l, y) : y);
	return l->err;
}

/* Outputs 1 and 2: the means, and the variances or the reciprocals of the deviations. */
static void layernorm_moments(struct ge_lower *l, struct ge_view x, int axis, bool reciprocal)
{
	struct ge_view mean, var;

	if (l->err)
		return;
	ge_moments(l, x, ((1u << x.rank) - 1) & ~((1u << axis) - 1), true, &mean, &var);
	if (reciprocal)
		var = ge_inverse_deviation(l, var, ge_get_float(l, "epsilon"));
	ge_out(l, 1, mean);
	ge_out(l, 2, var);
}

static int lower_onnx_layernorm(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int axis;

	if (l->err)
		return l->err;
	axis = ge_axis(l, ge_get_int(l, "axis"), x.rank);
	ge_out(l, 0, ge_layernorm(l, x, axis, ge_get_float(l, "epsilon"), ge_in(l, 1),
				  ge_in(l, 2)));
	if (l->num_out > 1)
		layernorm_moments(l, x, axis, true);
	return l->err;
}

static int lower_ge_layernorm(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int axis, params;

	if (l->err)
		return l->err;
	axis = ge_axis(l, ge_get_int(l, "begin_norm_axis"), x.rank);
	params = ge_axis(l, ge_get_int(l, "begin_params_axis"), x.rank);
	if (params != axis)
		return ge_fail(l, ENOTSUP,
			       "attributes 'begin_norm_axis' and 'begin_params_axis' have to be "
			       "equal");
	ge_out(l, 0,
	       ge_layernorm(l, x, axis, ge_get_float(l, "epsilon"), ge_in(l, 1), ge_in(l, 2)));
	if (l->num_out > 1)
		layernorm_moments(l, x, axis, l->def->variant);
	return l->err;
}

/* Each channel of each sample by its own mean and variance. */
static int lower_instancenorm(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), none = ge_view_none(), y;

	if (l->err)
		return l->err;
	if (x.rank < 3)
		return ge_fail(l, EINVAL, "the input has shape %s, expected is [N, C, ...]",
			       ge_dims_text(x.rank, x.dims).s);
	y = ge_layernorm(l, x, 2, ge_get_float(l, "epsilon"), none, none);
	y = ge_binary(l, GENPU_BINARY_MUL, y, ge_along(l, ge_in(l, 1), x.rank, 1));
	ge_out(l, 0, ge_binary(l, GENPU_BINARY_ADD, y, ge_along(l, ge_in(l, 2), x.rank, 1)));
	return l->err;
}

/* Before operator set 13 all dimensions from the axis on count as one. */
static int lower_onnx_softmax(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), y;
	bool log = l->def->variant;
	int64_t dims[2] = { 1, 1 };
	int axis;

	if (l->err)
		return l->err;
	if (ge_get_int(l, "opset") >= 13) {
		axis = ge_axis(l, ge_get_int(l, "axis"), x.rank);
		ge_out(l, 0, ge_softmax(l, x, axis, log));
		return l->err;
	}
	axis = ge_axis(l, ge_attr_given(l, "axis") ? ge_get_int(l, "axis") : 1, x.rank);
	if (l->err)
		return l->err;
	if (axis == x.rank - 1) {
		ge_out(l, 0, ge_softmax(l, x, axis, log));
		return l->err;
	}
	for (int i = 0; i < x.rank; i++)
		dims[i >= axis] *= x.dims[i];
	y = ge_softmax(l, ge_reshape(l, x, 2, dims), 1, log);
	ge_out(l, 0, ge_reshape(l, y, x.rank, x.dims));
	return l->err;
}

static int lower_ge_softmax(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int64_t axes[GE_MAX_RANK];
	size_t n = ge_get_ints(l, "axes", axes, GE_MAX_RANK);

	if (l->err)
		return l->err;
	if (n != 1)
		return ge_fail(l, ENOTSUP, "attribute 'axes' has %zu values, expected is one", n);
	ge_out(l, 0, ge_softmax(l, x, ge_axis(l, axes[0], x.rank), l->def->variant));
	return l->err;
}

#define TYPES	"float32 float16 bfloat16"

const struct ge_op_def ge_ops_norm[] = {
	{ "BatchNorm", "x scale offset mean? variance?",
	  "y batch_mean batch_variance reserve_space_1 reserve_space_2 reserve_space_3",
	  "epsilon:float=1e-4 data_format:string=NHWC is_training:bool=true "
	  "exponential_avg_factor:float=1.0",
	  lower_ge_batchnorm, 0, TYPES, 0 },
	{ "BNInfer", "x scale offset mean variance", "y", "epsilon:float!", lower_ge_batchnorm, 1,
	  TYPES, 0 },
	{ "LayerNorm", "x gamma beta", "y mean variance",
	  "begin_norm_axis:int=0 begin_params_axis:int=0 epsilon:float=0.0000001",
	  lower_ge_layernorm, 0, TYPES, 0 },
	{ "LayerNormV3", "x gamma beta", "y mean rstd",
	  "begin_norm_axis:int=0 begin_params_axis:int=0 epsilon:float=0.00001",
	  lower_ge_layernorm, 1, TYPES, 0 },
	{ "SoftmaxV2", "x", "y", "axes:ints=-1 half_to_float:bool=false", lower_ge_softmax, 0,
	  TYPES,
	  0 },
	{ "LogSoftmaxV2", "logits", "logsoftmax", "axes:ints=-1", lower_ge_softmax, 1, TYPES, 0 },

	{ "onnx::BatchNormalization", "X scale B input_mean input_var",
	  "Y running_mean running_var",
	  "epsilon:float=1e-5 momentum:float=0.9 training_mode:int=0 spatial:int=1",
	  lower_onnx_batchnorm, 0, TYPES, 7 },
	{ "onnx::InstanceNormalization", "input scale B", "output", "epsilon:float=1e-5",
	  lower_instancenorm, 0, TYPES, 7 },
	{ "onnx::LayerNormalization", "X Scale B?", "Y Mean InvStdDev",
	  "axis:int=-1 epsilon:float=1e-5 stash_type:int=1", lower_onnx_layernorm, 0, TYPES, 17 },
	{ "onnx::Softmax", "input", "output", "axis:int=-1 opset:int=21", lower_onnx_softmax, 0,
	  TYPES, 7 },
	{ "onnx::LogSoftmax", "input", "output", "axis:int=-1 opset:int=21", lower_onnx_softmax, 1,
	  TYPES, 7 },
	{ 0 }
};
