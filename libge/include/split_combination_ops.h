/* SPDX-License-Identifier: MIT */
/* Joining and splitting: operators with the prototypes of CANN. */
#ifndef GE_OP_SPLIT_COMBINATION_OPS_H
#define GE_OP_SPLIT_COMBINATION_OPS_H

#include "graph/operator_reg.h"

namespace ge {

#ifndef OPS_PROTO_DEF_ConcatD
#define OPS_PROTO_DEF_ConcatD
REG_OP(ConcatD)
	.DYNAMIC_INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(concat_dim, Int)
	.ATTR(N, Int, 1)
	.OP_END_FACTORY_REG(ConcatD)
#endif

#ifndef OPS_PROTO_DEF_ConcatV2
#define OPS_PROTO_DEF_ConcatV2
REG_OP(ConcatV2)
	.DYNAMIC_INPUT(x, TensorType::ALL())
	.INPUT(concat_dim, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(N, Int, 1)
	.OP_END_FACTORY_REG(ConcatV2)
#endif

#ifndef OPS_PROTO_DEF_ConcatV2D
#define OPS_PROTO_DEF_ConcatV2D
REG_OP(ConcatV2D)
	.DYNAMIC_INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(concat_dim, Int)
	.ATTR(N, Int, 1)
	.OP_END_FACTORY_REG(ConcatV2D)
#endif

#ifndef OPS_PROTO_DEF_SplitD
#define OPS_PROTO_DEF_SplitD
REG_OP(SplitD)
	.INPUT(x, TensorType::ALL())
	.DYNAMIC_OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(split_dim, Int)
	.REQUIRED_ATTR(num_split, Int)
	.OP_END_FACTORY_REG(SplitD)
#endif

#ifndef OPS_PROTO_DEF_Split
#define OPS_PROTO_DEF_Split
REG_OP(Split)
	.INPUT(split_dim, TensorType::ALL())
	.INPUT(x, TensorType::ALL())
	.DYNAMIC_OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(num_split, Int)
	.OP_END_FACTORY_REG(Split)
#endif

#ifndef OPS_PROTO_DEF_SplitVD
#define OPS_PROTO_DEF_SplitVD
REG_OP(SplitVD)
	.INPUT(x, TensorType::ALL())
	.DYNAMIC_OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(size_splits, ListInt)
	.REQUIRED_ATTR(split_dim, Int)
	.REQUIRED_ATTR(num_split, Int)
	.OP_END_FACTORY_REG(SplitVD)
#endif

#ifndef OPS_PROTO_DEF_Pack
#define OPS_PROTO_DEF_Pack
REG_OP(Pack)
	.DYNAMIC_INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(axis, Int, 0)
	.ATTR(N, Int, 1)
	.OP_END_FACTORY_REG(Pack)
#endif

} // namespace ge

#endif
