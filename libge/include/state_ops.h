/* SPDX-License-Identifier: MIT */
/* Variables: operators with the prototypes of CANN. */
#ifndef GE_OP_STATE_OPS_H
#define GE_OP_STATE_OPS_H

#include "graph/operator_reg.h"

namespace ge {

#ifndef OPS_PROTO_DEF_Variable
#define OPS_PROTO_DEF_Variable
REG_OP(Variable)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(index, Int, 0)
	.ATTR(value, Tensor, Tensor())
	.ATTR(container, String, "")
	.ATTR(shared_name, String, "")
	.OP_END_FACTORY_REG(Variable)
#endif

} // namespace ge

#endif
