/* SPDX-License-Identifier: MIT */
/* Activations: operators with the prototypes of CANN. */
#ifndef GE_OP_NONLINEAR_FUC_OPS_H
#define GE_OP_NONLINEAR_FUC_OPS_H

#include "graph/operator_reg.h"

namespace ge {

#ifndef OPS_PROTO_DEF_Relu
#define OPS_PROTO_DEF_Relu
REG_OP(Relu)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Relu)
#endif

#ifndef OPS_PROTO_DEF_Relu6
#define OPS_PROTO_DEF_Relu6
REG_OP(Relu6)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Relu6)
#endif

#ifndef OPS_PROTO_DEF_Sigmoid
#define OPS_PROTO_DEF_Sigmoid
REG_OP(Sigmoid)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Sigmoid)
#endif

#ifndef OPS_PROTO_DEF_Tanh
#define OPS_PROTO_DEF_Tanh
REG_OP(Tanh)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Tanh)
#endif

#ifndef OPS_PROTO_DEF_Gelu
#define OPS_PROTO_DEF_Gelu
REG_OP(Gelu)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Gelu)
#endif

#ifndef OPS_PROTO_DEF_FastGelu
#define OPS_PROTO_DEF_FastGelu
REG_OP(FastGelu)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(FastGelu)
#endif

#ifndef OPS_PROTO_DEF_Swish
#define OPS_PROTO_DEF_Swish
REG_OP(Swish)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(scale, Float, 1.0f)
	.OP_END_FACTORY_REG(Swish)
#endif

#ifndef OPS_PROTO_DEF_LeakyRelu
#define OPS_PROTO_DEF_LeakyRelu
REG_OP(LeakyRelu)
	.INPUT(x, TensorType::ALL())
	.ATTR(negative_slope, Float, 0.0f)
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(LeakyRelu)
#endif

#ifndef OPS_PROTO_DEF_HardSwish
#define OPS_PROTO_DEF_HardSwish
REG_OP(HardSwish)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(HardSwish)
#endif

#ifndef OPS_PROTO_DEF_HardSigmoid
#define OPS_PROTO_DEF_HardSigmoid
REG_OP(HardSigmoid)
	.INPUT(input_x, TensorType::ALL())
	.OUTPUT(output_y, TensorType::ALL())
	.ATTR(alpha, Float, 0.16666666f)
	.ATTR(beta, Float, 0.5f)
	.OP_END_FACTORY_REG(HardSigmoid)
#endif

#ifndef OPS_PROTO_DEF_Mish
#define OPS_PROTO_DEF_Mish
REG_OP(Mish)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Mish)
#endif

#ifndef OPS_PROTO_DEF_Elu
#define OPS_PROTO_DEF_Elu
REG_OP(Elu)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(alpha, Float, 1.0f)
	.ATTR(scale, Float, 1.0f)
	.ATTR(input_scale, Float, 1.0f)
	.OP_END_FACTORY_REG(Elu)
#endif

#ifndef OPS_PROTO_DEF_Softplus
#define OPS_PROTO_DEF_Softplus
REG_OP(Softplus)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Softplus)
#endif

#ifndef OPS_PROTO_DEF_GeluV2
#define OPS_PROTO_DEF_GeluV2
REG_OP(GeluV2)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(approximate, String, "none")
	.OP_END_FACTORY_REG(GeluV2)
#endif

#ifndef OPS_PROTO_DEF_PRelu
#define OPS_PROTO_DEF_PRelu
REG_OP(PRelu)
	.INPUT(x, TensorType::ALL())
	.INPUT(weight, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(PRelu)
#endif

} // namespace ge

#endif
