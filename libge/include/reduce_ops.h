/* SPDX-License-Identifier: MIT */
/* Reductions: operators with the prototypes of CANN. */
#ifndef GE_OP_REDUCE_OPS_H
#define GE_OP_REDUCE_OPS_H

#include "graph/operator_reg.h"

namespace ge {

#ifndef OPS_PROTO_DEF_ReduceMean
#define OPS_PROTO_DEF_ReduceMean
REG_OP(ReduceMean)
	.INPUT(x, TensorType::ALL())
	.INPUT(axes, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(keep_dims, Bool, false)
	.ATTR(noop_with_empty_axes, Bool, true)
	.OP_END_FACTORY_REG(ReduceMean)
#endif

#ifndef OPS_PROTO_DEF_ReduceMeanD
#define OPS_PROTO_DEF_ReduceMeanD
REG_OP(ReduceMeanD)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(axes, ListInt)
	.ATTR(keep_dims, Bool, false)
	.ATTR(noop_with_empty_axes, Bool, false)
	.OP_END_FACTORY_REG(ReduceMeanD)
#endif

#ifndef OPS_PROTO_DEF_ReduceSum
#define OPS_PROTO_DEF_ReduceSum
REG_OP(ReduceSum)
	.INPUT(x, TensorType::ALL())
	.INPUT(axes, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(keep_dims, Bool, false)
	.ATTR(noop_with_empty_axes, Bool, true)
	.OP_END_FACTORY_REG(ReduceSum)
#endif

#ifndef OPS_PROTO_DEF_ReduceSumD
#define OPS_PROTO_DEF_ReduceSumD
REG_OP(ReduceSumD)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(axes, ListInt)
	.ATTR(keep_dims, Bool, false)
	.OP_END_FACTORY_REG(ReduceSumD)
#endif

#ifndef OPS_PROTO_DEF_ReduceMax
#define OPS_PROTO_DEF_ReduceMax
REG_OP(ReduceMax)
	.INPUT(x, TensorType::ALL())
	.INPUT(axes, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(keep_dims, Bool, false)
	.ATTR(noop_with_empty_axes, Bool, true)
	.OP_END_FACTORY_REG(ReduceMax)
#endif

} // namespace ge

#endif
