/* SPDX-License-Identifier: MIT */
/* Batch normalisation: operators with the prototypes of CANN. */
#ifndef GE_OP_NN_BATCH_NORM_OPS_H
#define GE_OP_NN_BATCH_NORM_OPS_H

#include "graph/operator_reg.h"

namespace ge {

#ifndef OPS_PROTO_DEF_BatchNorm
#define OPS_PROTO_DEF_BatchNorm
REG_OP(BatchNorm)
	.INPUT(x, TensorType::ALL())
	.INPUT(scale, TensorType::ALL())
	.INPUT(offset, TensorType::ALL())
	.OPTIONAL_INPUT(mean, TensorType::ALL())
	.OPTIONAL_INPUT(variance, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OUTPUT(batch_mean, TensorType::ALL())
	.OUTPUT(batch_variance, TensorType::ALL())
	.OUTPUT(reserve_space_1, TensorType::ALL())
	.OUTPUT(reserve_space_2, TensorType::ALL())
	.OUTPUT(reserve_space_3, TensorType::ALL())
	.ATTR(epsilon, Float, 1e-4f)
	.ATTR(data_format, String, "NHWC")
	.ATTR(is_training, Bool, true)
	.ATTR(exponential_avg_factor, Float, 1.0f)
	.OP_END_FACTORY_REG(BatchNorm)
#endif

#ifndef OPS_PROTO_DEF_BNInfer
#define OPS_PROTO_DEF_BNInfer
REG_OP(BNInfer)
	.INPUT(x, TensorType::ALL())
	.INPUT(scale, TensorType::ALL())
	.INPUT(offset, TensorType::ALL())
	.INPUT(mean, TensorType::ALL())
	.INPUT(variance, TensorType::ALL())
	.REQUIRED_ATTR(epsilon, Float)
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(BNInfer)
#endif

} // namespace ge

#endif
