/* SPDX-License-Identifier: MIT */
/*
 * bytes.h - MATMUL and CONV of int8 and uint8, summed in int32
 *
 * oneDNN's kernels are not used: those for processors without VNNI saturate between two products.
 */
#ifndef GE_EMU_ENGINE_BYTES_H
#define GE_EMU_ENGINE_BYTES_H

#include "internal.h"

static inline bool dtype_is_byte(uint8_t dtype)
{
	return dtype == GENPU_DT_I8 || dtype == GENPU_DT_U8;
}

/* Scratch bytes that a run needs, for op->scratch. */
size_t bytes_matmul_scratch(const struct op *op);
size_t bytes_conv_scratch(const struct op *op);

/* @c is whether operand 2 takes part. */
uint32_t bytes_matmul_run(const struct op *op, void *const *data, bool c, struct run *run);
uint32_t bytes_conv_run(const struct op *op, void *const *data, bool bias, struct run *run);

#endif /* GE_EMU_ENGINE_BYTES_H */
