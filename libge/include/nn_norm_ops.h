/* SPDX-License-Identifier: MIT */
/* Normalisation: operators with the prototypes of CANN. */
#ifndef GE_OP_NN_NORM_OPS_H
#define GE_OP_NN_NORM_OPS_H

#include "graph/operator_reg.h"

namespace ge {

#ifndef OPS_PROTO_DEF_SoftmaxV2
#define OPS_PROTO_DEF_SoftmaxV2
REG_OP(SoftmaxV2)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(axes, ListInt, {-1})
	.ATTR(half_to_float, Bool, false)
	.OP_END_FACTORY_REG(SoftmaxV2)
#endif

#ifndef OPS_PROTO_DEF_LogSoftmaxV2
#define OPS_PROTO_DEF_LogSoftmaxV2
REG_OP(LogSoftmaxV2)
	.INPUT(logits, TensorType::ALL())
	.OUTPUT(logsoftmax, TensorType::ALL())
	.ATTR(axes, ListInt, {-1})
	.OP_END_FACTORY_REG(LogSoftmaxV2)
#endif

#ifndef OPS_PROTO_DEF_LayerNorm
#define OPS_PROTO_DEF_LayerNorm
REG_OP(LayerNorm)
	.INPUT(x, TensorType::ALL())
	.INPUT(gamma, TensorType::ALL())
	.INPUT(beta, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OUTPUT(mean, TensorType::ALL())
	.OUTPUT(variance, TensorType::ALL())
	.ATTR(begin_norm_axis, Int, 0)
	.ATTR(begin_params_axis, Int, 0)
	.ATTR(epsilon, Float, 0.0000001f)
	.OP_END_FACTORY_REG(LayerNorm)
#endif

#ifndef OPS_PROTO_DEF_LayerNormV3
#define OPS_PROTO_DEF_LayerNormV3
REG_OP(LayerNormV3)
	.INPUT(x, TensorType::ALL())
	.INPUT(gamma, TensorType::ALL())
	.INPUT(beta, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OUTPUT(mean, TensorType::ALL())
	.OUTPUT(rstd, TensorType::ALL())
	.ATTR(begin_norm_axis, Int, 0)
	.ATTR(begin_params_axis, Int, 0)
	.ATTR(epsilon, Float, 0.00001f)
	.OP_END_FACTORY_REG(LayerNormV3)
#endif

#ifndef OPS_PROTO_DEF_LRN
#define OPS_PROTO_DEF_LRN
REG_OP(LRN)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(depth_radius, Int, 5)
	.ATTR(bias, Float, 1.0f)
	.ATTR(alpha, Float, 1.0f)
	.ATTR(beta, Float, 0.5f)
	.ATTR(norm_region, String, "ACROSS_CHANNELS")
	.OP_END_FACTORY_REG(LRN)
#endif

#ifndef OPS_PROTO_DEF_InstanceNorm
#define OPS_PROTO_DEF_InstanceNorm
REG_OP(InstanceNorm)
	.INPUT(x, TensorType::ALL())
	.INPUT(gamma, TensorType::ALL())
	.INPUT(beta, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OUTPUT(mean, TensorType::ALL())
	.OUTPUT(variance, TensorType::ALL())
	.ATTR(data_format, String, "NDHWC")
	.ATTR(epsilon, Float, 1e-6f)
	.OP_END_FACTORY_REG(InstanceNorm)
#endif

#ifndef OPS_PROTO_DEF_RmsNorm
#define OPS_PROTO_DEF_RmsNorm
REG_OP(RmsNorm)
	.INPUT(x, TensorType::ALL())
	.INPUT(gamma, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OUTPUT(rstd, TensorType::ALL())
	.ATTR(epsilon, Float, 1e-6f)
	.OP_END_FACTORY_REG(RmsNorm)
#endif

} // namespace ge

#endif
