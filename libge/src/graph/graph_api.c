// SPDX-License-Identifier: MIT
/*
 * The C API of graphs: checks of arguments, and -errno turned into GE's codes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "graph/dtype.h"
#include "graph/graph.h"

static ge_status to_status(int ret)
{
	switch (ret) {
	case 0:
		return GE_SUCCESS;
	case -EINVAL:
		return GE_PARAM_INVALID;
	case -ENOMEM:
		return GE_MEMALLOC_FAILED;
	case -ENOTSUP:
		return GE_UNSUPPORTED;
	default:
		return GE_FAILED;
	}
}

static ge_status null_argument(const char *function, const char *argument)
{
	ge_error(EINVAL, "%s: %s is NULL", function, argument);
	return GE_PARAM_INVALID;
}

#define REQUIRE(pointer) \
	do { \
		if (!(pointer)) \
			return null_argument(__func__, #pointer); \
	} while (0)

ge_status ge_graph_create(const char *name, struct ge_graph **graph)
{
	REQUIRE(graph);
	return to_status(ge_graph_new(name, graph));
}

ge_status ge_graph_clone(const struct ge_graph *graph, struct ge_graph **copy)
{
	REQUIRE(graph);
	REQUIRE(copy);
	return to_status(ge_graph_copy(graph, copy));
}

const char *ge_graph_name(const struct ge_graph *graph)
{
	return graph ? graph->name : "";
}

const char *ge_node_name(const struct ge_node *node)
{
	return node ? node->name : "";
}

const char *ge_node_type(const struct ge_node *node)
{
	return node ? node->def->type : "";
}

ge_status ge_graph_add(struct ge_graph *graph, const char *type, const char *name,
		       struct ge_node **node)
{
	struct ge_node *n;
	int ret;

	REQUIRE(graph);
	REQUIRE(type);
	ret = ge_graph_new_node(graph, type, name, &n);
	if (!ret && node)
		*node = n;
	return to_status(ret);
}

ge_status ge_graph_add_input(struct ge_graph *graph, const char *name,
			     const struct ge_tensor_desc *desc, struct ge_node **node)
{
	struct ge_node *n;
	int64_t next = 0;
	int ret;

	REQUIRE(graph);
	REQUIRE(desc);
	for (size_t i = 0; i < graph->num_nodes; i++) {
		const struct ge_attr *attr = ge_node_attr(graph->nodes[i], "index");

		if (!strcmp(graph->nodes[i]->def->type, "Data") && attr &&
		    attr->kind == GE_ATTR_INT && attr->i >= next && attr->i < INT64_MAX)
			next = attr->i + 1;
	}
	ret = ge_graph_new_node(graph, "Data", name, &n);
	if (!ret)
		ret = ge_node_describe(n, 0, desc);
	if (ret)
		return to_status(ret);
	if (node)
		*node = n;
	return ge_node_set_int(n, "index", next);
}

ge_status ge_graph_add_const(struct ge_graph *graph, const char *name,
			     const struct ge_tensor_desc *desc, const void *data, size_t size,
			     struct ge_node **node)
{
	struct ge_tensor tensor = { .data = (void *)data, .size = size };
	struct ge_node *n;
	ge_status status;

	REQUIRE(graph);
	REQUIRE(desc);
	tensor.desc = *desc;
	status = to_status(ge_graph_new_node(graph, "Const", name, &n));
	if (!status)
		status = ge_node_set_tensor(n, "value", &tensor);
	if (!status && node)
		*node = n;
	return status;
}

ge_status ge_graph_add_output(struct ge_graph *graph, struct ge_node *node, unsigned int index)
{
	struct ge_edge *outputs;

	REQUIRE(graph);
	REQUIRE(node);
	if (node->graph != graph) {
		ge_error(EINVAL, "operator '%s' is not of graph '%s'", node->name, graph->name);
		return GE_PARAM_INVALID;
	}
	if (graph->num_outputs == GE_MAX_GRAPH_IO) {
		ge_error(EINVAL, "graph '%s' has more than %d outputs", graph->name,
			 GE_MAX_GRAPH_IO);
		return GE_PARAM_INVALID;
	}
	if (ge_node_check_output(node, index))
		return GE_PARAM_INVALID;
	outputs = realloc(graph->outputs, (graph->num_outputs + 1) * sizeof(*outputs));
	if (!outputs) {
		ge_error(ENOMEM, "graph '%s': no memory", graph->name);
		return GE_MEMALLOC_FAILED;
	}
	graph->outputs = outputs;
	outputs[graph->num_outputs++] = (struct ge_edge){ node, index };
	return GE_SUCCESS;
}

size_t ge_graph_num_inputs(const struct ge_graph *graph)
{
	size_t n = 0;

	for (size_t i = 0; graph && i < graph->num_nodes; i++)
		n += !strcmp(graph->nodes[i]->def->type, "Data");
	return n;
}

size_t ge_graph_num_outputs(const struct ge_graph *graph)
{
	size_t n = graph ? graph->num_outputs : 0;

	for (size_t i = 0; graph && i < graph->num_nodes; i++)
		if (!strcmp(graph->nodes[i]->def->type, "NetOutput"))
			n += graph->nodes[i]->num_inputs;
	return n;
}

ge_status ge_node_connect(struct ge_node *node, unsigned int input, struct ge_node *from,
			  unsigned int output)
{
	REQUIRE(node);
	REQUIRE(from);
	return to_status(ge_node_wire(node, -1, input, from, output));
}

ge_status ge_node_connect_name(struct ge_node *node, const char *input, struct ge_node *from,
			       unsigned int output)
{
	unsigned int index;
	int slot;

	REQUIRE(node);
	REQUIRE(input);
	REQUIRE(from);
	slot = ge_slot_find(node->def->inputs, input, &index);
	if (slot < 0) {
		ge_error(EINVAL, "operator '%s' (%s) has no input '%s'; its inputs are \"%s\"",
			 node->name, node->def->type, input, node->def->inputs);
		return GE_PARAM_INVALID;
	}
	return to_status(ge_node_wire(node, slot, index, from, output));
}

ge_status ge_node_set_desc(struct ge_node *node, unsigned int output,
			   const struct ge_tensor_desc *desc)
{
	REQUIRE(node);
	REQUIRE(desc);
	return to_status(ge_node_describe(node, output, desc));
}

/* Takes over what @attr points to; a NULL copy means that there was no memory. */
static ge_status set_attr(struct ge_node *node, const char *name, struct ge_attr attr,
			  bool copied)
{
	attr.name = strdup(name);
	if (!attr.name || !copied) {
		ge_attr_clear(&attr);
		return to_status(ge_error(ENOMEM, "operator '%s': no memory for attribute '%s'",
					  node->name, name));
	}
	return to_status(ge_node_set_attr(node, &attr));
}

ge_status ge_node_set_int(struct ge_node *node, const char *attr, int64_t value)
{
	REQUIRE(node);
	REQUIRE(attr);
	return set_attr(node, attr, (struct ge_attr){ .kind = GE_ATTR_INT, .i = value }, true);
}

ge_status ge_node_set_float(struct ge_node *node, const char *attr, float value)
{
	REQUIRE(node);
	REQUIRE(attr);
	return set_attr(node, attr, (struct ge_attr){ .kind = GE_ATTR_FLOAT, .f = value }, true);
}

ge_status ge_node_set_bool(struct ge_node *node, const char *attr, bool value)
{
	REQUIRE(node);
	REQUIRE(attr);
	return set_attr(node, attr, (struct ge_attr){ .kind = GE_ATTR_BOOL, .i = value }, true);
}

ge_status ge_node_set_string(struct ge_node *node, const char *attr, const char *value)
{
	struct ge_attr a = { .kind = GE_ATTR_STRING };

	REQUIRE(node);
	REQUIRE(attr);
	REQUIRE(value);
	a.s = strdup(value);
	return set_attr(node, attr, a, a.s);
}

static void *copy_list(const void *values, size_t count, size_t size)
{
	void *copy = calloc(count + 1, size);

	if (copy && count)
		memcpy(copy, values, count * size);
	return copy;
}

#define MAX_LIST	(1u << 20)

static ge_status check_list(const struct ge_node *node, const char *attr, const void *values,
			    size_t count)
{
	if ((values || !count) && count <= MAX_LIST)
		return GE_SUCCESS;
	ge_error(EINVAL, "operator '%s': the list of attribute '%s' is NULL or too long",
		 node->name, attr);
	return GE_PARAM_INVALID;
}

ge_status ge_node_set_ints(struct ge_node *node, const char *attr, const int64_t *values,
			   size_t count)
{
	struct ge_attr a = { .kind = GE_ATTR_INTS, .count = count };
	ge_status status;

	REQUIRE(node);
	REQUIRE(attr);
	status = check_list(node, attr, values, count);
	if (status)
		return status;
	a.ints = copy_list(values, count, sizeof(*values));
	return set_attr(node, attr, a, a.ints);
}

ge_status ge_node_set_floats(struct ge_node *node, const char *attr, const float *values,
			     size_t count)
{
	struct ge_attr a = { .kind = GE_ATTR_FLOATS, .count = count };
	ge_status status;

	REQUIRE(node);
	REQUIRE(attr);
	status = check_list(node, attr, values, count);
	if (status)
		return status;
	a.floats = copy_list(values, count, sizeof(*values));
	return set_attr(node, attr, a, a.floats);
}

ge_status ge_node_set_strings(struct ge_node *node, const char *attr, const char *const *values,
			      size_t count)
{
	struct ge_attr a = { .kind = GE_ATTR_STRINGS, .count = count };
	ge_status status;

	REQUIRE(node);
	REQUIRE(attr);
	status = check_list(node, attr, values, count);
	if (status)
		return status;
	for (size_t i = 0; i < count; i++)
		REQUIRE(values[i]);
	a.strings = ge_strings_copy(values, count);
	return set_attr(node, attr, a, a.strings);
}

ge_status ge_node_set_tensor(struct ge_node *node, const char *attr, const struct ge_tensor *value)
{
	struct ge_attr a = { .kind = GE_ATTR_TENSOR };
	size_t bytes;

	REQUIRE(node);
	REQUIRE(attr);
	REQUIRE(value);
	if (ge_desc_bytes(&value->desc, &bytes)) {
		ge_error(EINVAL,
			 "operator '%s': attribute '%s' is a %s tensor %s, which has no size",
			 node->name, attr, ge_dtype_name(value->desc.dtype),
			 ge_dims_text(value->desc.rank > GE_MAX_RANK ? -1 : value->desc.rank,
				      value->desc.dims).s);
		return GE_PARAM_INVALID;
	}
	if (bytes != value->size || (bytes && !value->data) ||
	    value->placement != GE_PLACEMENT_HOST) {
		ge_error(EINVAL,
			 "operator '%s': attribute '%s' is a %s tensor %s of %zu bytes, given are "
			 "%zu bytes%s",
			 node->name, attr, ge_dtype_name(value->desc.dtype),
			 ge_dims_text(value->desc.rank, value->desc.dims).s, bytes, value->size,
			 value->placement == GE_PLACEMENT_HOST ? "" :
			 " that are not in host memory");
		return GE_PARAM_INVALID;
	}
	a.tensor.desc = value->desc;
	a.tensor.blob = ge_blob_create(value->data, bytes);
	return set_attr(node, attr, a, a.tensor.blob);
}
