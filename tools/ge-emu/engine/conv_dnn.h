/* SPDX-License-Identifier: MIT */
/*
 * conv_dnn.h - CONV and DECONV by oneDNN
 *
 * Its fast kernels want channels innermost, so other layouts are staged. Where it has none for a
 * shape, the class has a plain loop.
 */
#ifndef GE_EMU_ENGINE_CONV_DNN_H
#define GE_EMU_ENGINE_CONV_DNN_H

#include "weights.h"

/**
 * struct conv - a prepared CONV or DECONV
 * @dnn: the primitive, or NULL for the plain loop
 * @weights: packed for it
 * @posts: operands that are the tensors of the fused posts, in order
 * @num_posts: how many
 */
struct conv {
	struct dnn *dnn;
	struct weights weights;
	unsigned int posts[GENPU_MAX_POSTS];
	unsigned int num_posts;
};

enum { X, W, B };	/* operands; the output follows the inputs */

static inline bool has_bias(const struct op *op)
{
	return op->num_in > B && !op->operands[B].absent;
}

/* Makes op->priv, a struct conv. */
uint32_t conv_prepare(struct engine_program *p, struct op *op);
/* Only with a primitive. */
uint32_t conv_run_dnn(const struct op *op, void *const *data, struct run *run);
void conv_destroy(struct op *op);

#endif /* GE_EMU_ENGINE_CONV_DNN_H */
