/* SPDX-License-Identifier: MIT */
/* Padding: operators with the prototypes of CANN. */
#ifndef GE_OP_PAD_OPS_H
#define GE_OP_PAD_OPS_H

#include "graph/operator_reg.h"

namespace ge {

#ifndef OPS_PROTO_DEF_Pad
#define OPS_PROTO_DEF_Pad
REG_OP(Pad)
	.INPUT(x, TensorType::ALL())
	.INPUT(paddings, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(Pad)
#endif

#ifndef OPS_PROTO_DEF_PadV3
#define OPS_PROTO_DEF_PadV3
REG_OP(PadV3)
	.INPUT(x, TensorType::ALL())
	.INPUT(paddings, TensorType::ALL())
	.OPTIONAL_INPUT(constant_values, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(mode, String, "constant")
	.ATTR(paddings_contiguous, Bool, true)
	.OP_END_FACTORY_REG(PadV3)
#endif

} // namespace ge

#endif
