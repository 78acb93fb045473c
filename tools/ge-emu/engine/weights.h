/* SPDX-License-Identifier: MIT */
/*
 * weights.h - weights in the layout that a primitive wants
 *
 * Constant weights are packed when the program is created, others by each run.
 */
#ifndef GE_EMU_ENGINE_WEIGHTS_H
#define GE_EMU_ENGINE_WEIGHTS_H

#include "dnn.h"

/**
 * struct weights - packed weights, or how to pack them
 * @packed: constant ones
 * @reorder: for others
 */
struct weights {
	void *packed;
	struct dnn *reorder;
};

/*
 * Prepare operand @k of @op for a primitive that wants @want. @dense is the operand as float32,
 * dense, with the primitive's dimensions. Sets op->scratch for weights that are not constant.
 */
uint32_t weights_prepare(struct engine_program *p, struct op *op, unsigned int k,
			 const struct view *dense, const_dnnl_memory_desc_t want,
			 struct weights *w);

/* Where the packed weights are in this run. */
uint32_t weights_get(const struct weights *w, const struct op *op, void *data, struct run *run,
		     void **ptr);
void weights_destroy(struct weights *w);

#endif /* GE_EMU_ENGINE_WEIGHTS_H */
