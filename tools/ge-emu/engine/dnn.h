/* SPDX-License-Identifier: MIT */
/*
 * dnn.h - oneDNN primitives as parts of a program
 *
 * A primitive is made once, when the program is created. Memory objects carry the pointers of one
 * run, so each run borrows an instance: one set of memory objects for all primitives of the
 * program.
 */
#ifndef GE_EMU_ENGINE_DNN_H
#define GE_EMU_ENGINE_DNN_H

#include <oneapi/dnnl/dnnl.h>

#include "internal.h"

#define DNN_MAX_ARGS	(GENPU_MAX_POSTS + 6)

/**
 * struct dnn_arg - an argument of a primitive
 * @arg: DNNL_ARG_*
 * @md: its descriptor, borrowed
 */
struct dnn_arg {
	int arg;
	const_dnnl_memory_desc_t md;
};

/**
 * struct dnn - a primitive
 * @prim: the primitive
 * @index: among the program's, for the instance
 * @num: arguments, the scratchpad not counted
 * @args: what they are, descriptors owned; the scratchpad last
 * @scratchpad: bytes
 */
struct dnn {
	dnnl_primitive_t prim;
	unsigned int index;
	unsigned int num;
	struct {
		int arg;
		dnnl_memory_desc_t md;
	} args[DNN_MAX_ARGS + 1];
	size_t scratchpad;
};

/* The CPU engine of the process. NULL if there is none. */
dnnl_engine_t dnn_engine(void);

/*
 * Descriptor of a view; NULL if oneDNN cannot describe it. The stride of an extent of 1, which
 * means nothing, is what it would be in the storage order @order (NULL = the view's own).
 */
dnnl_memory_desc_t dnn_md(const struct view *v, const uint8_t *order);

/* Attributes that every primitive has: scratchpad from the caller. */
dnnl_primitive_attr_t dnn_attr(void);

/*
 * Append posts to @attr; a binary's tensor is views[i], in @order as in dnn_md(). @args gets the
 * arguments that the tensors are. False if a post has no counterpart.
 */
bool dnn_attr_posts(dnnl_primitive_attr_t attr, const struct post *posts, unsigned int num_posts,
		    const struct view *views, const uint8_t *order, struct dnn_arg *args,
		    unsigned int *num);
/* Frees the descriptors that dnn_attr_posts() made. */
void dnn_free_args(struct dnn_arg *args, unsigned int num);

/* Whether the implementation is one that oneDNN offers for reference only. */
bool dnn_is_slow(const_dnnl_primitive_desc_t pd);

/* Make the primitive and add it to the program. Takes over @pd also when it fails. */
uint32_t dnn_create(struct engine_program *p, dnnl_primitive_desc_t pd, const struct dnn_arg *args,
		    unsigned int num, struct dnn **dnn);
void dnn_destroy(struct dnn *dnn);

/*
 * Run with one pointer per argument. Without a run (when creating), everything needed is made for
 * it.
 */
uint32_t dnn_run(const struct dnn *dnn, void *const *ptr, struct run *run);

/* Largest scratchpad of the program's primitives. */
size_t dnn_scratchpad(const struct engine_program *p);

/* Borrow and return memory objects for one run; NULL without memory. */
struct instance *instance_take(struct engine_program *p);
void instance_give(struct engine_program *p, struct instance *instance);
void instances_free(struct engine_program *p);

#endif /* GE_EMU_ENGINE_DNN_H */
