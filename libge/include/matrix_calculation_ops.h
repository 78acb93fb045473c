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

#ifndef OPS_PROTO_DEF_ScatterElements
#define OPS_PROTO_DEF_ScatterElements
REG_OP(ScatterElements)
	.INPUT(data, TensorType::ALL())
	.INPUT(indices, TensorType::ALL())
	.INPUT(updates, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(axis, Int, 0)
	.ATTR(reduction, String, "none")
	.OP_END_FACTORY_REG(ScatterElements)
#endif

#ifndef OPS_PROTO_DEF_TensorScatterUpdate
#define OPS_PROTO_DEF_TensorScatterUpdate
REG_OP(TensorScatterUpdate)
	.INPUT(x, TensorType::ALL())
	.INPUT(indices, TensorType::ALL())
	.INPUT(updates, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(TensorScatterUpdate)
#endif

#ifndef OPS_PROTO_DEF_TensorScatterAdd
#define OPS_PROTO_DEF_TensorScatterAdd
REG_OP(TensorScatterAdd)
	.INPUT(x, TensorType::ALL())
	.INPUT(indices, TensorType::ALL())
	.INPUT(updates, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(TensorScatterAdd)
#endif

#ifndef OPS_PROTO_DEF_TensorScatterMin
#define OPS_PROTO_DEF_TensorScatterMin
REG_OP(TensorScatterMin)
	.INPUT(x, TensorType::ALL())
	.INPUT(indices, TensorType::ALL())
	.INPUT(updates, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(TensorScatterMin)
#endif

#ifndef OPS_PROTO_DEF_TensorScatterMax
#define OPS_PROTO_DEF_TensorScatterMax
REG_OP(TensorScatterMax)
	.INPUT(x, TensorType::ALL())
	.INPUT(indices, TensorType::ALL())
	.INPUT(updates, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.OP_END_FACTORY_REG(TensorScatterMax)
#endif

#ifndef OPS_PROTO_DEF_Tril
#define OPS_PROTO_DEF_Tril
REG_OP(Tril)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(diagonal, Int, 0)
	.OP_END_FACTORY_REG(Tril)
#endif

#ifndef OPS_PROTO_DEF_Triu
#define OPS_PROTO_DEF_Triu
REG_OP(Triu)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(diagonal, Int, 0)
	.OP_END_FACTORY_REG(Triu)
#endif

} // namespace ge

#endif
