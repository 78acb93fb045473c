/* SPDX-License-Identifier: MIT */
/* Matrix products: operators with the prototypes of CANN. */
#ifndef GE_OP_MATRIX_CALCULATION_OPS_H
#define GE_OP_MATRIX_CALCULATION_OPS_H

#include "graph/operator_reg.h"

namespace ge {

#ifndef OPS_PROTO_DEF_MatMul
#define OPS_PROTO_DEF_MatMul
REG_OP(MatMul)
	.INPUT(x1, TensorType::ALL())
	.INPUT(x2, TensorType::ALL())
	.OPTIONAL_INPUT(bias, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(transpose_x1, Bool, false)
	.ATTR(transpose_x2, Bool, false)
	.OP_END_FACTORY_REG(MatMul)
#endif

#ifndef OPS_PROTO_DEF_MatMulV2
#define OPS_PROTO_DEF_MatMulV2
REG_OP(MatMulV2)
	.INPUT(x1, TensorType::ALL())
	.INPUT(x2, TensorType::ALL())
	.OPTIONAL_INPUT(bias, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OPTIONAL_INPUT(offset_w, TensorType::ALL())
	.ATTR(transpose_x1, Bool, false)
	.ATTR(transpose_x2, Bool, false)
	.ATTR(offset_x, Int, 0)
	.OP_END_FACTORY_REG(MatMulV2)
#endif

#ifndef OPS_PROTO_DEF_BatchMatMul
#define OPS_PROTO_DEF_BatchMatMul
REG_OP(BatchMatMul)
	.INPUT(x1, TensorType::ALL())
	.INPUT(x2, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(adj_x1, Bool, false)
	.ATTR(adj_x2, Bool, false)
	.OP_END_FACTORY_REG(BatchMatMul)
#endif

#ifndef OPS_PROTO_DEF_BatchMatMulV2
#define OPS_PROTO_DEF_BatchMatMulV2
REG_OP(BatchMatMulV2)
	.INPUT(x1, TensorType::ALL())
	.INPUT(x2, TensorType::ALL())
	.OPTIONAL_INPUT(bias, TensorType::ALL())
	.OPTIONAL_INPUT(offset_w, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(adj_x1, Bool, false)
	.ATTR(adj_x2, Bool, false)
	.ATTR(offset_x, Int, 0)
	.OP_END_FACTORY_REG(BatchMatMulV2)
#endif

} // namespace ge

#endif
