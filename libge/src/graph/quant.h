/* SPDX-License-Identifier: MIT */
/* Numbers as integers with a scale and a zero point: value = (integer - zero) * scale. */
#ifndef GE_GRAPH_QUANT_H
#define GE_GRAPH_QUANT_H

#include "graph/lower.h"

/**
 * ge_quantize - round float32 numbers that are divided by the scale already
 * @zero: broadcasts to @x, or absent
 * @dtype: of the result, saturated
 */
struct ge_view ge_quantize(struct ge_lower *l, struct ge_view x, struct ge_view zero,
			   int32_t dtype);

/**
 * ge_quant_param - a scale or zero point as it broadcasts to a tensor of @rank
 * @p: one value, a vector along dimension @axis, or a tensor of that rank
 */
struct ge_view ge_quant_param(struct ge_lower *l, struct ge_view p, int rank, int axis);

#endif
