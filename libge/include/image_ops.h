/* SPDX-License-Identifier: MIT */
/* Resizing: operators with the prototypes of CANN. */
#ifndef GE_OP_IMAGE_OPS_H
#define GE_OP_IMAGE_OPS_H

#include "graph/operator_reg.h"

namespace ge {

#ifndef OPS_PROTO_DEF_ResizeNearestNeighborV2
#define OPS_PROTO_DEF_ResizeNearestNeighborV2
REG_OP(ResizeNearestNeighborV2)
	.INPUT(x, TensorType::ALL())
	.INPUT(size, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(align_corners, Bool, false)
	.ATTR(half_pixel_centers, Bool, false)
	.ATTR(scales, ListFloat, {0.0f, 0.0f})
	.OP_END_FACTORY_REG(ResizeNearestNeighborV2)
#endif

#ifndef OPS_PROTO_DEF_ResizeBilinearV2
#define OPS_PROTO_DEF_ResizeBilinearV2
REG_OP(ResizeBilinearV2)
	.INPUT(x, TensorType::ALL())
	.INPUT(size, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(align_corners, Bool, false)
	.ATTR(half_pixel_centers, Bool, false)
	.ATTR(dtype, Type, DT_FLOAT)
	.OP_END_FACTORY_REG(ResizeBilinearV2)
#endif

#ifndef OPS_PROTO_DEF_ResizeD
#define OPS_PROTO_DEF_ResizeD
REG_OP(ResizeD)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.REQUIRED_ATTR(sizes, ListInt)
	.ATTR(scales, ListFloat, {})
	.ATTR(roi, ListInt, {})
	.ATTR(coordinate_transformation_mode, String, "half_pixel")
	.ATTR(cubic_coeff_a, Float, -0.75f)
	.ATTR(exclude_outside, Int, 0)
	.ATTR(extrapolation_value, Float, 0.0f)
	.ATTR(mode, String, "nearest")
	.ATTR(nearest_mode, String, "round_prefer_floor")
	.ATTR(data_format, String, "NCHW")
	.OP_END_FACTORY_REG(ResizeD)
#endif

} // namespace ge

#endif
