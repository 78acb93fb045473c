/* SPDX-License-Identifier: MIT */
/*
 * Graphs as the user described them: nodes with a prototype, attributes, and edges to the outputs
 * of other nodes. Nothing is inferred here; that is done once, while lowering.
 */
#ifndef GE_GRAPH_GRAPH_H
#define GE_GRAPH_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ge/ge.h"
#include "graph/blob.h"
#include "graph/registry.h"

#define GE_MAX_NODES	65536	/* operators of a graph */
#define GE_MAX_PORTS	4096	/* inputs or outputs of one node */
#define GE_MAX_GRAPH_IO	1024	/* inputs plus outputs of a graph, GENPU_PROG_MAX_ARGS */

struct ge_attr {
	char *name;
	enum ge_attr_kind kind;
	union {
		int64_t i;	/* GE_ATTR_INT, GE_ATTR_BOOL */
		float f;
		char *s;
		int64_t *ints;
		float *floats;
		char **strings;
		struct {
			struct ge_tensor_desc desc;
			struct ge_blob *blob;
		} tensor;
		struct ge_graph *graph;
	};
	size_t count;		/* of ints, floats, strings */
};

/* A use of output @index of @node; @node NULL: nothing connected. */
struct ge_edge {
	struct ge_node *node;
	unsigned int index;
};

struct ge_input {
	int slot;		/* input of the prototype; -1: by position over all inputs */
	unsigned int index;	/* of a dynamic input; position if @slot is -1 */
	struct ge_edge from;
};

struct ge_node {
	struct ge_graph *graph;
	const struct ge_op_def *def;
	char *name;
	size_t id;			/* position in the graph's nodes */
	struct ge_input *inputs;
	size_t num_inputs;
	struct ge_tensor_desc *descs;	/* rank -1, GE_DT_UNDEFINED where not set */
	size_t num_descs;
	struct ge_attr *attrs;
	size_t num_attrs;
};

struct ge_graph {
	char *name;
	struct ge_node **nodes;		/* in the order of addition */
	size_t num_nodes;
	struct ge_node **names;		/* open addressing by name */
	size_t names_size;		/* power of two, or 0 */
	struct ge_edge *outputs;
	size_t num_outputs;
	size_t next_name;		/* for names that are made */
};

/**
 * ge_graph_new, ge_graph_copy, ge_graph_new_node, ... - what the C API does, with -errno
 *
 * Return: 0; -EINVAL, -ENOTSUP, -ENOMEM.
 */
int ge_graph_new(const char *name, struct ge_graph **graph);
int ge_graph_copy(const struct ge_graph *graph, struct ge_graph **copy);
int ge_graph_new_node(struct ge_graph *graph, const char *type, const char *name,
		      struct ge_node **node);
int ge_node_wire(struct ge_node *node, int slot, unsigned int index, struct ge_node *from,
		 unsigned int output);
/** ge_node_check_output - -EINVAL if the prototype has no output @output */
int ge_node_check_output(const struct ge_node *node, unsigned int output);
int ge_node_describe(struct ge_node *node, unsigned int output, const struct ge_tensor_desc *desc);

/* The attribute of this name that was set, or NULL. */
const struct ge_attr *ge_node_attr(const struct ge_node *node, const char *name);
/** ge_node_set_attr - keep @attr, replacing one of its name; takes what it points to, always */
int ge_node_set_attr(struct ge_node *node, struct ge_attr *attr);
void ge_attr_clear(struct ge_attr *attr);
/** ge_strings_copy - a list and its strings, or NULL without memory */
char **ge_strings_copy(const char *const *values, size_t count);
int ge_attr_copy(const struct ge_attr *from, struct ge_attr *to);

/**
 * ge_graph_io - the graph's Data operators by their index, and its outputs
 *
 * Outputs are those of ge_graph_add_output(), then the inputs of NetOutput operators.
 * Both arrays are the caller's to free().
 */
int ge_graph_io(const struct ge_graph *graph, struct ge_node ***inputs, size_t *num_inputs,
		struct ge_edge **outputs, size_t *num_outputs);

/**
 * ge_node_bind - the node's connected inputs in the order of its prototype
 * @node: node
 * @edges: for each input of the prototype in order its edges, NULL nodes where nothing is
 *         connected; the caller's to free()
 * @first: index in @edges of each input's first edge, GE_MAX_SLOTS + 1 entries, the one after the
 *         last is the end
 *
 * Return: 0, -EINVAL a required input is missing or there are too many, -ENOMEM.
 */
int ge_node_bind(const struct ge_node *node, struct ge_edge **edges, size_t *first);

#endif
