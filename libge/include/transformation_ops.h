/* SPDX-License-Identifier: MIT */
/* Order of dimensions: operators with the prototypes of CANN. */
#ifndef GE_OP_TRANSFORMATION_OPS_H
#define GE_OP_TRANSFORMATION_OPS_H

#include "graph/operator_reg.h"

namespace ge {

#ifndef OPS_PROTO_DEF_Flatten
#define OPS_PROTO_DEF_Flatten
REG_OP(Flatten)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(axis, Int, 1)
	.OP_END_FACTORY_REG(Flatten)
#endif

#ifndef OPS_PROTO_DEF_Transpose
#define OPS_PROTO_DEF_Transpose
REG_OP(Transpose)
	.INPUT(x, TensorType::ALL())
	.INPUT(perm, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Transpose)
#endif

#ifndef OPS_PROTO_DEF_TransposeD
#define OPS_PROTO_DEF_TransposeD
REG_OP(TransposeD)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(perm, ListInt)
	.OP_END_FACTORY_REG(TransposeD)
#endif

#ifndef OPS_PROTO_DEF_Permute
#define OPS_PROTO_DEF_Permute
REG_OP(Permute)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(order, ListInt, {0})
	.OP_END_FACTORY_REG(Permute)
#endif

#ifndef OPS_PROTO_DEF_DepthToSpace
#define OPS_PROTO_DEF_DepthToSpace
REG_OP(DepthToSpace)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(block_size, Int)
	.ATTR(mode, String, "DCR")
	.ATTR(data_format, String, "NHWC")
	.OP_END_FACTORY_REG(DepthToSpace)
#endif

#ifndef OPS_PROTO_DEF_SpaceToDepth
#define OPS_PROTO_DEF_SpaceToDepth
REG_OP(SpaceToDepth)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(block_size, Int)
	.ATTR(data_format, String, "NHWC")
	.OP_END_FACTORY_REG(SpaceToDepth)
#endif

} // namespace ge

#endif
