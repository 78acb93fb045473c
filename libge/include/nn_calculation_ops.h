/* SPDX-License-Identifier: MIT */
/* Convolutions: operators with the prototypes of CANN. */
#ifndef GE_OP_NN_CALCULATION_OPS_H
#define GE_OP_NN_CALCULATION_OPS_H

#include "graph/operator_reg.h"

namespace ge {

#ifndef OPS_PROTO_DEF_Conv2D
#define OPS_PROTO_DEF_Conv2D
REG_OP(Conv2D)
	.INPUT(x, TensorType::ALL())
	.INPUT(filter, TensorType::ALL())
	.OPTIONAL_INPUT(bias, TensorType::ALL())
	.OPTIONAL_INPUT(offset_w, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(strides, ListInt)
	.REQUIRED_ATTR(pads, ListInt)
	.ATTR(dilations, ListInt, {1, 1, 1, 1})
	.ATTR(groups, Int, 1)
	.ATTR(data_format, String, "NHWC")
	.ATTR(offset_x, Int, 0)
	.OP_END_FACTORY_REG(Conv2D)
#endif

#ifndef OPS_PROTO_DEF_DepthwiseConv2D
#define OPS_PROTO_DEF_DepthwiseConv2D
REG_OP(DepthwiseConv2D)
	.INPUT(x, TensorType::ALL())
	.INPUT(filter, TensorType::ALL())
	.OPTIONAL_INPUT(bias, TensorType::ALL())
	.OPTIONAL_INPUT(offset_w, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(strides, ListInt)
	.ATTR(dilations, ListInt, {1, 1, 1, 1})
	.REQUIRED_ATTR(pads, ListInt)
	.ATTR(data_format, String, "NHWC")
	.ATTR(offset_x, Int, 0)
	.OP_END_FACTORY_REG(DepthwiseConv2D)
#endif

#ifndef OPS_PROTO_DEF_Deconvolution
#define OPS_PROTO_DEF_Deconvolution
REG_OP(Deconvolution)
	.INPUT(x, TensorType::ALL())
	.INPUT(filter, TensorType::ALL())
	.OPTIONAL_INPUT(bias, TensorType::ALL())
	.OPTIONAL_INPUT(offset_w, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(strides, ListInt, {1, 1})
	.ATTR(pads, ListInt, {0, 0, 0, 0})
	.ATTR(dilations, ListInt, {1, 1, 1, 1})
	.ATTR(groups, Int, 1)
	.ATTR(data_format, String, "NCHW")
	.ATTR(offset_x, Int, 0)
	.OP_END_FACTORY_REG(Deconvolution)
#endif

#ifndef OPS_PROTO_DEF_Conv2DTransposeD
#define OPS_PROTO_DEF_Conv2DTransposeD
REG_OP(Conv2DTransposeD)
	.INPUT(x, TensorType::ALL())
	.INPUT(filter, TensorType::ALL())
	.OPTIONAL_INPUT(bias, TensorType::ALL())
	.OPTIONAL_INPUT(offset_w, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(input_size, ListInt)
	.REQUIRED_ATTR(strides, ListInt)
	.REQUIRED_ATTR(pads, ListInt)
	.ATTR(dilations, ListInt, {1, 1, 1, 1})
	.ATTR(groups, Int, 1)
	.ATTR(data_format, String, "NHWC")
	.ATTR(output_padding, ListInt, {0, 0, 0, 0})
	.ATTR(offset_x, Int, 0)
	.OP_END_FACTORY_REG(Conv2DTransposeD)
#endif

} // namespace ge

#endif
