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

/* A graph input or output of a compiled model. */
struct ge_model_io {
	char *name;
	struct ge_tensor_desc desc;	/* all dims known */
	size_t size;			/* bytes */
};

/**
 * struct ge_model - a compiled graph, in host memory
 * @program: see genpu_isa.h; @program_size bytes
 * @consts: constants; @const_size bytes, each tensor at a multiple of GENPU_PROG_ALIGN
 * @workspace_size: bytes
 * @inputs: in the order of the program's arguments
 * @outputs: the same, after the inputs
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
	char **op_names;
	char **op_types;
	size_t num_ops;
};

/**
 * ge_compile - compile @graph
 * @graph: not changed
 * @inputs: descriptions that replace those of the Data operators, by index; may be NULL
 * @num_inputs: 0 or the graph's number of inputs
 * @model: result
 *
 * Return: 0; -EINVAL the graph is wrong (message names operator and input); -ENOTSUP an operator,
 * type or shape is beyond libge; -ENOMEM.
 */
int ge_compile(const struct ge_graph *graph, const struct ge_tensor_desc *inputs, size_t num_inputs,
	       struct ge_model **model);
void ge_model_free(struct ge_model *model);

#endif
