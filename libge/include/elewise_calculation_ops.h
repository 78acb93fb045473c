/* SPDX-License-Identifier: MIT */
/* Element by element: operators with the prototypes of CANN. */
#ifndef GE_OP_ELEWISE_CALCULATION_OPS_H
#define GE_OP_ELEWISE_CALCULATION_OPS_H

#include "graph/operator_reg.h"

namespace ge {

#ifndef OPS_PROTO_DEF_BiasAdd
#define OPS_PROTO_DEF_BiasAdd
REG_OP(BiasAdd)
	.INPUT(x, TensorType::ALL())
	.INPUT(bias, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(data_format, String, "NHWC")
	.OP_END_FACTORY_REG(BiasAdd)
#endif

#ifndef OPS_PROTO_DEF_Add
#define OPS_PROTO_DEF_Add
REG_OP(Add)
	.INPUT(x1, TensorType::ALL())
	.INPUT(x2, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Add)
#endif

#ifndef OPS_PROTO_DEF_Sub
#define OPS_PROTO_DEF_Sub
REG_OP(Sub)
	.INPUT(x1, TensorType::ALL())
	.INPUT(x2, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Sub)
#endif

#ifndef OPS_PROTO_DEF_Mul
#define OPS_PROTO_DEF_Mul
REG_OP(Mul)
	.INPUT(x1, TensorType::ALL())
	.INPUT(x2, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Mul)
#endif

#ifndef OPS_PROTO_DEF_RealDiv
#define OPS_PROTO_DEF_RealDiv
REG_OP(RealDiv)
	.INPUT(x1, TensorType::ALL())
	.INPUT(x2, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(RealDiv)
#endif

#ifndef OPS_PROTO_DEF_Maximum
#define OPS_PROTO_DEF_Maximum
REG_OP(Maximum)
	.INPUT(x1, TensorType::ALL())
	.INPUT(x2, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Maximum)
#endif

#ifndef OPS_PROTO_DEF_Minimum
#define OPS_PROTO_DEF_Minimum
REG_OP(Minimum)
	.INPUT(x1, TensorType::ALL())
	.INPUT(x2, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Minimum)
#endif

#ifndef OPS_PROTO_DEF_Pow
#define OPS_PROTO_DEF_Pow
REG_OP(Pow)
	.INPUT(x, TensorType::ALL())
	.INPUT(exponent, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Pow)
#endif

#ifndef OPS_PROTO_DEF_Sqrt
#define OPS_PROTO_DEF_Sqrt
REG_OP(Sqrt)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Sqrt)
#endif

#ifndef OPS_PROTO_DEF_Rsqrt
#define OPS_PROTO_DEF_Rsqrt
REG_OP(Rsqrt)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Rsqrt)
#endif

#ifndef OPS_PROTO_DEF_Exp
#define OPS_PROTO_DEF_Exp
REG_OP(Exp)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(base, Float, -1.0f)
	.ATTR(scale, Float, 1.0f)
	.ATTR(shift, Float, 0.0f)
	.OP_END_FACTORY_REG(Exp)
#endif

#ifndef OPS_PROTO_DEF_Erf
#define OPS_PROTO_DEF_Erf
REG_OP(Erf)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Erf)
#endif

#ifndef OPS_PROTO_DEF_Square
#define OPS_PROTO_DEF_Square
REG_OP(Square)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Square)
#endif

#ifndef OPS_PROTO_DEF_SquaredDifference
#define OPS_PROTO_DEF_SquaredDifference
REG_OP(SquaredDifference)
	.INPUT(x1, TensorType::ALL())
	.INPUT(x2, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(SquaredDifference)
#endif

#ifndef OPS_PROTO_DEF_AddN
#define OPS_PROTO_DEF_AddN
REG_OP(AddN)
	.DYNAMIC_INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(N, Int)
	.OP_END_FACTORY_REG(AddN)
#endif

#ifndef OPS_PROTO_DEF_Eltwise
#define OPS_PROTO_DEF_Eltwise
REG_OP(Eltwise)
	.DYNAMIC_INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(N, Int)
	.ATTR(mode, Int, 1)
	.ATTR(coeff, ListFloat, {})
	.OP_END_FACTORY_REG(Eltwise)
#endif

#ifndef OPS_PROTO_DEF_Equal
#define OPS_PROTO_DEF_Equal
REG_OP(Equal)
	.INPUT(x1, TensorType::ALL())
	.INPUT(x2, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Equal)
#endif

#ifndef OPS_PROTO_DEF_Greater
#define OPS_PROTO_DEF_Greater
REG_OP(Greater)
	.INPUT(x1, TensorType::ALL())
	.INPUT(x2, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Greater)
#endif

#ifndef OPS_PROTO_DEF_LogicalNot
#define OPS_PROTO_DEF_LogicalNot
REG_OP(LogicalNot)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(LogicalNot)
#endif

#ifndef OPS_PROTO_DEF_Cast
#define OPS_PROTO_DEF_Cast
REG_OP(Cast)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(dst_type, Int)
	.OP_END_FACTORY_REG(Cast)
#endif

#ifndef OPS_PROTO_DEF_ClipByValue
#define OPS_PROTO_DEF_ClipByValue
REG_OP(ClipByValue)
	.INPUT(x, TensorType::ALL())
	.INPUT(clip_value_min, TensorType::ALL())
	.INPUT(clip_value_max, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(ClipByValue)
#endif

#ifndef OPS_PROTO_DEF_ArgMaxV2
#define OPS_PROTO_DEF_ArgMaxV2
REG_OP(ArgMaxV2)
	.INPUT(x, TensorType::ALL())
	.INPUT(dimension, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(dtype, Type, DT_INT64)
	.OP_END_FACTORY_REG(ArgMaxV2)
#endif

#ifndef OPS_PROTO_DEF_ArgMaxD
#define OPS_PROTO_DEF_ArgMaxD
REG_OP(ArgMaxD)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(dimension, Int)
	.ATTR(dtype, Type, DT_INT64)
	.OP_END_FACTORY_REG(ArgMaxD)
#endif

#ifndef OPS_PROTO_DEF_ArgMin
#define OPS_PROTO_DEF_ArgMin
REG_OP(ArgMin)
	.INPUT(x, TensorType::ALL())
	.INPUT(dimension, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(dtype, Type, DT_INT64)
	.OP_END_FACTORY_REG(ArgMin)
#endif

#ifndef OPS_PROTO_DEF_ArgMinD
#define OPS_PROTO_DEF_ArgMinD
REG_OP(ArgMinD)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(dimension, Int)
	.ATTR(dtype, Type, DT_INT64)
	.OP_END_FACTORY_REG(ArgMinD)
#endif

} // namespace ge

#endif
