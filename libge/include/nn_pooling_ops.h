/* SPDX-License-Identifier: MIT */
/* Pooling: operators with the prototypes of CANN. */
#ifndef GE_OP_NN_POOLING_OPS_H
#define GE_OP_NN_POOLING_OPS_H

#include "graph/operator_reg.h"

namespace ge {

#ifndef OPS_PROTO_DEF_MaxPool
#define OPS_PROTO_DEF_MaxPool
REG_OP(MaxPool)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(ksize, ListInt)
	.REQUIRED_ATTR(strides, ListInt)
	.REQUIRED_ATTR(padding, String)
	.ATTR(data_format, String, "NHWC")
	.OP_END_FACTORY_REG(MaxPool)
#endif

#ifndef OPS_PROTO_DEF_MaxPoolV3
#define OPS_PROTO_DEF_MaxPoolV3
REG_OP(MaxPoolV3)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(ksize, ListInt)
	.REQUIRED_ATTR(strides, ListInt)
	.ATTR(pads, ListInt, {0, 0, 0, 0})
	.ATTR(ceil_mode, Bool, false)
	.OP_END_FACTORY_REG(MaxPoolV3)
#endif

#ifndef OPS_PROTO_DEF_AvgPool
#define OPS_PROTO_DEF_AvgPool
REG_OP(AvgPool)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(ksize, ListInt)
	.REQUIRED_ATTR(strides, ListInt)
	.REQUIRED_ATTR(padding, String)
	.ATTR(data_format, String, "NHWC")
	.OP_END_FACTORY_REG(AvgPool)
#endif

#ifndef OPS_PROTO_DEF_AvgPoolV2
#define OPS_PROTO_DEF_AvgPoolV2
REG_OP(AvgPoolV2)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(ksize, ListInt)
	.REQUIRED_ATTR(strides, ListInt)
	.ATTR(padding_mode, String, "CALCULATED")
	.ATTR(pads, ListInt, {0, 0, 0, 0})
	.ATTR(data_format, String, "NCHW")
	.ATTR(global_pooling, Bool, false)
	.ATTR(ceil_mode, Bool, false)
	.ATTR(exclusive, Bool, true)
	.ATTR(divisor_override, Int, 0)
	.OP_END_FACTORY_REG(AvgPoolV2)
#endif

#ifndef OPS_PROTO_DEF_Pooling
#define OPS_PROTO_DEF_Pooling
REG_OP(Pooling)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(mode, Int, 0)
	.ATTR(global_pooling, Bool, false)
	.ATTR(window, ListInt, {1, 1})
	.ATTR(stride, ListInt, {1, 1})
	.ATTR(pad, ListInt, {0, 0, 0, 0})
	.ATTR(dilation, ListInt, {1, 1, 1, 1})
	.ATTR(ceil_mode, Int, 0)
	.ATTR(data_format, String, "NCHW")
	.OP_END_FACTORY_REG(Pooling)
#endif

#ifndef OPS_PROTO_DEF_GlobalAveragePool
#define OPS_PROTO_DEF_GlobalAveragePool
REG_OP(GlobalAveragePool)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(GlobalAveragePool)
#endif

} // namespace ge

#endif
