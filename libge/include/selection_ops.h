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

#ifndef OPS_PROTO_DEF_Select
#define OPS_PROTO_DEF_Select
REG_OP(Select)
	.INPUT(condition, TensorType::ALL())
	.INPUT(x1, TensorType::ALL())
	.INPUT(x2, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Select)
#endif

#ifndef OPS_PROTO_DEF_SelectV2
#define OPS_PROTO_DEF_SelectV2
REG_OP(SelectV2)
	.INPUT(condition, TensorType::ALL())
	.INPUT(then, TensorType::ALL())
	.INPUT(else, TensorType::ALL())
	.OUTPUT(result, TensorType::ALL())
	.OP_END_FACTORY_REG(SelectV2)
#endif

#ifndef OPS_PROTO_DEF_MaskedFill
#define OPS_PROTO_DEF_MaskedFill
REG_OP(MaskedFill)
	.INPUT(x, TensorType::ALL())
	.INPUT(mask, TensorType::ALL())
	.INPUT(value, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(MaskedFill)
#endif

#ifndef OPS_PROTO_DEF_GatherElements
#define OPS_PROTO_DEF_GatherElements
REG_OP(GatherElements)
	.INPUT(x, TensorType::ALL())
	.INPUT(index, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(dim, Int, 0)
	.OP_END_FACTORY_REG(GatherElements)
#endif

#ifndef OPS_PROTO_DEF_GatherNd
#define OPS_PROTO_DEF_GatherNd
REG_OP(GatherNd)
	.INPUT(x, TensorType::ALL())
	.INPUT(indices, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(negative_index_support, Bool, false)
	.OP_END_FACTORY_REG(GatherNd)
#endif

#ifndef OPS_PROTO_DEF_ScatterNd
#define OPS_PROTO_DEF_ScatterNd
REG_OP(ScatterNd)
	.INPUT(indices, TensorType::ALL())
	.INPUT(x, TensorType::ALL())
	.INPUT(shape, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(ScatterNd)
#endif

#ifndef OPS_PROTO_DEF_TopKV2
#define OPS_PROTO_DEF_TopKV2
REG_OP(TopKV2)
	.INPUT(x, TensorType::ALL())
	.INPUT(k, TensorType::ALL())
	.OUTPUT(values, TensorType::ALL())
	.OUTPUT(indices, TensorType::ALL())
	.ATTR(sorted, Bool, true)
	.ATTR(dim, Int, -1)
	.ATTR(largest, Bool, true)
	.ATTR(indices_dtype, Int, DT_INT32)
	.OP_END_FACTORY_REG(TopKV2)
#endif

#ifndef OPS_PROTO_DEF_Cumsum
#define OPS_PROTO_DEF_Cumsum
REG_OP(Cumsum)
	.INPUT(x, TensorType::ALL())
	.INPUT(axis, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(exclusive, Bool, false)
	.ATTR(reverse, Bool, false)
	.OP_END_FACTORY_REG(Cumsum)
#endif

#ifndef OPS_PROTO_DEF_OneHot
#define OPS_PROTO_DEF_OneHot
REG_OP(OneHot)
	.INPUT(x, TensorType::ALL())
	.INPUT(depth, TensorType::ALL())
	.INPUT(on_value, TensorType::ALL())
	.INPUT(off_value, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(axis, Int, -1)
	.OP_END_FACTORY_REG(OneHot)
#endif

} // namespace ge

#endif
