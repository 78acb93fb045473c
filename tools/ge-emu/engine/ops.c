// SPDX-License-Identifier: MIT
/*
 * ops.c - the operators that the device knows
 */
#include "internal.h"

static const struct op_class *const classes[] = {
	[GENPU_OP_COPY]		= &op_copy,
	[GENPU_OP_UNARY]	= &op_unary,
	[GENPU_OP_BINARY]	= &op_binary,
	[GENPU_OP_CONV]		= &op_conv,
	[GENPU_OP_MATMUL]	= &op_matmul,
	[GENPU_OP_POOL]		= &op_pool,
	[GENPU_OP_REDUCE]	= &op_reduce,
	[GENPU_OP_SOFTMAX]	= &op_softmax,
	[GENPU_OP_LAYERNORM]	= &op_layernorm,
	[GENPU_OP_BATCHNORM]	= &op_batchnorm,
	[GENPU_OP_GATHER]	= &op_gather,
	[GENPU_OP_PAD]		= &op_pad,
	[GENPU_OP_FILL]		= &op_fill,
	[GENPU_OP_SELECT]	= &op_select,
	[GENPU_OP_GATHER_ELEMENTS] = &op_gather_elements,
	[GENPU_OP_GATHER_ND]	= &op_gather_nd,
	[GENPU_OP_SCATTER_ELEMENTS] = &op_scatter_elements,
	[GENPU_OP_SCATTER_ND]	= &op_scatter_nd,
	[GENPU_OP_TOPK]		= &op_topk,
	[GENPU_OP_SCAN]		= &op_scan,
	[GENPU_OP_INTERPOLATE]	= &op_interpolate,
	[GENPU_OP_DECONV]	= &op_deconv,
	[GENPU_OP_LRN]		= &op_lrn,
	[GENPU_OP_GRID_SAMPLE]	= &op_grid_sample,
	[GENPU_OP_ROI_ALIGN]	= &op_roi_align,
	[GENPU_OP_NMS]		= &op_nms,
	[GENPU_OP_NONZERO]	= &op_nonzero,
	[GENPU_OP_COMPRESS]	= &op_compress,
};

const struct op_class *op_class_find(uint16_t opcode)
{
	return opcode < ARRAY_SIZE(classes) ? classes[opcode] : NULL;
}
