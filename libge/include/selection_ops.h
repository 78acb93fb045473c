/* SPDX-License-Identifier: MIT */
/* Parts of tensors: operators with the prototypes of CANN. */
#ifndef GE_OP_SELECTION_OPS_H
#define GE_OP_SELECTION_OPS_H

#include "graph/operator_reg.h"

namespace ge {

#ifndef OPS_PROTO_DEF_Slice
#define OPS_PROTO_DEF_Slice
REG_OP(Slice)
	.INPUT(x, TensorType::ALL())
	.INPUT(offsets, TensorType::ALL())
	.INPUT(size, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Slice)
#endif

#ifndef OPS_PROTO_DEF_SliceD
#define OPS_PROTO_DEF_SliceD
REG_OP(SliceD)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(offsets, ListInt)
	.REQUIRED_ATTR(size, ListInt)
	.OP_END_FACTORY_REG(SliceD)
#endif

#ifndef OPS_PROTO_DEF_StridedSlice
#define OPS_PROTO_DEF_StridedSlice
REG_OP(StridedSlice)
	.INPUT(x, TensorType::ALL())
	.INPUT(begin, TensorType::ALL())
	.INPUT(end, TensorType::ALL())
	.INPUT(strides, TensorType::ALL())
	.ATTR(begin_mask, Int, 0)
	.ATTR(end_mask, Int, 0)
	.ATTR(ellipsis_mask, Int, 0)
	.ATTR(new_axis_mask, Int, 0)
	.ATTR(shrink_axis_mask, Int, 0)
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(StridedSlice)
#endif

#ifndef OPS_PROTO_DEF_Gather
#define OPS_PROTO_DEF_Gather
REG_OP(Gather)
	.INPUT(x, TensorType::ALL())
	.INPUT(indices, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(validate_indices, Bool, true)
	.ATTR(batch_dims, Int, 0)
	.ATTR(is_preprocessed, Bool, false)
	.ATTR(negative_index_support, Bool, false)
	.OP_END_FACTORY_REG(Gather)
#endif

#ifndef OPS_PROTO_DEF_GatherV2
#define OPS_PROTO_DEF_GatherV2
REG_OP(GatherV2)
	.INPUT(x, TensorType::ALL())
	.INPUT(indices, TensorType::ALL())
	.INPUT(axis, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(batch_dims, Int, 0)
	.ATTR(negative_index_support, Bool, false)
	.OP_END_FACTORY_REG(GatherV2)
#endif

#ifndef OPS_PROTO_DEF_GatherV2D
#define OPS_PROTO_DEF_GatherV2D
REG_OP(GatherV2D)
	.INPUT(x, TensorType::ALL())
	.INPUT(indices, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(axis, Int)
	.OP_END_FACTORY_REG(GatherV2D)
#endif

#ifndef OPS_PROTO_DEF_Tile
#define OPS_PROTO_DEF_Tile
REG_OP(Tile)
	.INPUT(x, TensorType::ALL())
	.INPUT(multiples, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Tile)
#endif

} // namespace ge

#endif
