/* SPDX-License-Identifier: MIT */
/*
 * From a graph to a program of the device: inference and lowering node by node with constants
 * evaluated on the way, fusion, storage order, memory plan, encoding.
 */
#ifndef GE_COMPILER_COMPILER_H
#define GE_COMPILER_COMPILER_H

#include <stddef.h>
#include <stdint.h>
#include "ge/ge.h"
#include "graph/lower.h"

/* A graph input or output of a compiled model. */
struct ge_model_io {
	char *name;
	struct ge_tensor_desc desc;	/* all dims known, the largest where a run decides */
	size_t size;			/* bytes */
	size_t sizes;			/* result with the actual dims; 0: they are @desc's */
};

/**
 * struct ge_model - a compiled graph, in host memory
 * @program: see genpu_isa.h; @program_size bytes
 * @consts: constants; @const_size bytes, each tensor at a multiple of GENPU_PROG_ALIGN
 * @workspace_size: bytes
 * @inputs: in the order of the program's arguments
 * @outputs: the same, after the inputs; @num_outputs of the graph, then up to @num_results those
 *           that hold the actual dimensions of outputs
 * @op_names: name of the node that each of the program's operators came from (fused ones joined
 *            with "+"), for error messages; @num_ops entries
 * @op_types: its type
 */
struct ge_model {
	void *program;
	size_t program_size;
	void *consts;
	size_t const_size;
	uint64_t workspace_size;
	struct ge_model_io *inputs;
	size_t num_inputs;
	struct ge_model_io *outputs;
	size_t num_outputs;
	size_t num_results;
	char **op_names;
	char **op_types;
	size_t num_ops;
};

/**
 * ge_compile - compile @graph
 * @graph: not changed
 * @known: what is known of the inputs, or NULL
 * @model: result
 *
 * Return: 0; -EINVAL the graph is wrong (message names operator and input); -ENOTSUP an operator,
 * type or shape is beyond libge; -ENODATA values of inputs are wanted; -ENOMEM.
 */
int ge_compile(const struct ge_graph *graph, const struct ge_known_inputs *known,
	       struct ge_model **model);
void ge_model_free(struct ge_model *model);

#endif
