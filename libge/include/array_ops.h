/* SPDX-License-Identifier: MIT */
/* Inputs, constants and shapes: operators with the prototypes of CANN. */
#ifndef GE_OP_ARRAY_OPS_H
#define GE_OP_ARRAY_OPS_H

#include "graph/operator_reg.h"

namespace ge {

#ifndef OPS_PROTO_DEF_Data
#define OPS_PROTO_DEF_Data
REG_OP(Data)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(index, Int, 0)
	.OP_END_FACTORY_REG(Data)
#endif

#ifndef OPS_PROTO_DEF_Const
#define OPS_PROTO_DEF_Const
REG_OP(Const)
	.OUTPUT(y, TensorType::ALL())
	.ATTR(value, Tensor, Tensor())
	.OP_END_FACTORY_REG(Const)
#endif

#ifndef OPS_PROTO_DEF_Constant
#define OPS_PROTO_DEF_Constant
REG_OP(Constant)
	.OUTPUT(y, TensorType::ALL())
	.ATTR(value, Tensor, Tensor())
	.OP_END_FACTORY_REG(Constant)
#endif

#ifndef OPS_PROTO_DEF_Shape
#define OPS_PROTO_DEF_Shape
REG_OP(Shape)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(dtype, Int, DT_INT32)
	.OP_END_FACTORY_REG(Shape)
#endif

#ifndef OPS_PROTO_DEF_Reshape
#define OPS_PROTO_DEF_Reshape
REG_OP(Reshape)
	.INPUT(x, TensorType::ALL())
	.INPUT(shape, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(axis, Int, 0)
	.ATTR(num_axes, Int, -1)
	.OP_END_FACTORY_REG(Reshape)
#endif

#ifndef OPS_PROTO_DEF_Squeeze
#define OPS_PROTO_DEF_Squeeze
REG_OP(Squeeze)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(axis, ListInt, {})
	.OP_END_FACTORY_REG(Squeeze)
#endif

#ifndef OPS_PROTO_DEF_SqueezeV3
#define OPS_PROTO_DEF_SqueezeV3
REG_OP(SqueezeV3)
	.INPUT(x, TensorType::ALL())
	.OPTIONAL_INPUT(axes, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(SqueezeV3)
#endif

#ifndef OPS_PROTO_DEF_Unsqueeze
#define OPS_PROTO_DEF_Unsqueeze
REG_OP(Unsqueeze)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(axes, ListInt, {})
	.OP_END_FACTORY_REG(Unsqueeze)
#endif

#ifndef OPS_PROTO_DEF_UnsqueezeV3
#define OPS_PROTO_DEF_UnsqueezeV3
REG_OP(UnsqueezeV3)
	.INPUT(x, TensorType::ALL())
	.INPUT(axes, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(UnsqueezeV3)
#endif

#ifndef OPS_PROTO_DEF_ExpandDims
#define OPS_PROTO_DEF_ExpandDims
REG_OP(ExpandDims)
	.INPUT(x, TensorType::ALL())
	.INPUT(axis, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(ExpandDims)
#endif

#ifndef OPS_PROTO_DEF_Identity
#define OPS_PROTO_DEF_Identity
REG_OP(Identity)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Identity)
#endif

#ifndef OPS_PROTO_DEF_BroadcastTo
#define OPS_PROTO_DEF_BroadcastTo
REG_OP(BroadcastTo)
	.INPUT(x, TensorType::ALL())
	.INPUT(shape, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(BroadcastTo)
#endif

#ifndef OPS_PROTO_DEF_Fill
#define OPS_PROTO_DEF_Fill
REG_OP(Fill)
	.INPUT(dims, TensorType::ALL())
	.INPUT(value, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Fill)
#endif

#ifndef OPS_PROTO_DEF_ReverseSequence
#define OPS_PROTO_DEF_ReverseSequence
REG_OP(ReverseSequence)
	.INPUT(x, TensorType::ALL())
	.INPUT(seq_lengths, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(seq_dim, Int)
	.ATTR(batch_dim, Int, 0)
	.OP_END_FACTORY_REG(ReverseSequence)
#endif

} // namespace ge

#endif
