/* SPDX-License-Identifier: MIT */
/* Means and variances. */
#ifndef GE_GRAPH_MOMENTS_H
#define GE_GRAPH_MOMENTS_H

#include "graph/lower.h"

/**
 * ge_moments - mean and variance over the dimensions in @axes, as float32
 * @keep: they stay as 1
 */
void ge_moments(struct ge_lower *l, struct ge_view x, uint32_t axes, bool keep,
		struct ge_view *mean, struct ge_view *var);

/** ge_inverse_deviation - 1 / sqrt(var + epsilon) */
struct ge_view ge_inverse_deviation(struct ge_lower *l, struct ge_view var, float epsilon);

#endif
