/* SPDX-License-Identifier: MIT */
/*
 * spatial.h - what operators over spatial dimensions, [N, C, ...], share
 */
#ifndef GE_EMU_ENGINE_SPATIAL_H
#define GE_EMU_ENGINE_SPATIAL_H

#include "internal.h"

/* Sizes up to which oneDNN's arithmetic on 32-bit integers is safe. */
#define MAX_EXTENT	(1 << 24)
#define MAX_STEP	(1 << 16)

/* Storage order with the channels innermost. */
void spatial_order(unsigned int rank, uint8_t *order);

/* Stage operand @k as dense float32 in the given order, unless it is so already. */
void spatial_stage(struct op *op, unsigned int k, const uint8_t *order);

/* The fields of struct genpu_attr_conv that do not depend on shapes. */
uint32_t spatial_verify_conv(struct verifier *v, const struct op *op);

/*
 * Types and ranks of a convolution's operands: floats of one type, spatial + 2 dimensions, one
 * bias for each of @channels. With @bytes the input and the weights may also be int8 and uint8,
 * then the bias and the output are int32.
 */
uint32_t spatial_verify_operands(struct verifier *v, const struct op *op, int64_t channels,
				 bool bytes);

/**
 * struct spatial_plain - CONV or DECONV with three spatial dimensions, the first 1 if it has fewer
 * @in: extents of the input
 * @out: extents of the output
 * @kernel: extents of the kernel
 * @step: strides
 * @dilation: dilations
 * @begin: padding before
 * @sx: element strides of the input; @sw, @sy likewise
 */
struct spatial_plain {
	int64_t in[3], out[3], kernel[3], step[3], dilation[3], begin[3];
	int64_t sx[3], sw[3], sy[3];
};

/* Of the operands as they are used: input, weights, output. */
void spatial_plain_setup(struct spatial_plain *pl, const struct op *op);

#endif /* GE_EMU_ENGINE_SPATIAL_H */
