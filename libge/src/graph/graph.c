// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "graph/dtype.h"
#include "graph/graph.h"

static size_t hash_name(const char *name)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3ull;
	return (size_t)(hash ^ hash >> 32);
}

static struct ge_node **name_place(const struct ge_graph *graph, const char *name)
{
	size_t at = hash_name(name) & (graph->names_size - 1);

	while (graph->names[at] && strcmp(graph->names[at]->name, name))
		at = (at + 1) & (graph->names_size - 1);
	return &graph->names[at];
}

static int grow_names(struct ge_graph *graph)
{
	struct ge_node **old = graph->names;
	size_t old_size = graph->names_size;
	size_t size = old_size ? old_size * 2 : 64;

	if (graph->num_nodes * 2 < old_size)
		return 0;
	graph->names = calloc(size, sizeof(*graph->names));
	if (!graph->names) {
		graph->names = old;
		return ge_error(ENOMEM, "graph '%s': no memory for operators", graph->name);
	}
	graph->names_size = size;
	for (size_t i = 0; i < old_size; i++)
		if (old[i])
			*name_place(graph, old[i]->name) = old[i];
	free(old);
	return 0;
}

struct ge_node *ge_graph_find(const struct ge_graph *graph, const char *name)
{
	if (!graph || !name || !graph->names_size)
		return NULL;
	return *name_place(graph, name);
}

int ge_graph_new(const char *name, struct ge_graph **graph)
{
	struct ge_graph *g = calloc(1, sizeof(*g));

	if (g)
		g->name = strdup(name && *name ? name : "graph");
	if (!g || !g->name) {
		free(g);
		return ge_error(ENOMEM, "no memory for a graph");
	}
	*graph = g;
	return 0;
}

static void free_node(struct ge_node *node)
{
	for (size_t i = 0; i < node->num_attrs; i++)
		ge_attr_clear(&node->attrs[i]);
	free(node->attrs);
	free(node->inputs);
	free(node->descs);
	free(node->name);
	free(node);
}

void ge_graph_destroy(struct ge_graph *graph)
{
	if (!graph)
		return;
	for (size_t i = 0; i < graph->num_nodes; i++)
		free_node(graph->nodes[i]);
	free(graph->nodes);
	free(graph->names);
	free(graph->outputs);
	free(graph->name);
	free(graph);
}

/* A name of the form "Relu_3" that is not taken. */
static char *make_name(struct ge_graph *graph, const char *type)
{
	char *name;

	for (;;) {
		if (asprintf(&name, "%s_%zu", type, graph->next_name++) < 0)
			return NULL;
		if (!ge_graph_find(graph, name))
			return name;
		free(name);
	}
}

int ge_graph_new_node(struct ge_graph *graph, const char *type, const char *name,
		      struct ge_node **node)
{
	const struct ge_op_def *def = ge_op_find(type);
	struct ge_node **nodes, *n;
	int ret;

	if (!def)
		return ge_error(ENOTSUP,
				"graph '%s': operator '%s' has type '%s', which is not supported",
				graph->name, name && *name ? name : "(unnamed)", type);
	if (name && *name && ge_graph_find(graph, name))
		return ge_error(EINVAL, "graph '%s' already has an operator '%s'; names are unique",
				graph->name, name);
	if (graph->num_nodes == GE_MAX_NODES)
		return ge_error(EINVAL, "graph '%s' has more than %d operators", graph->name,
				GE_MAX_NODES);
	ret = grow_names(graph);
	if (ret)
		return ret;
	nodes = realloc(graph->nodes, (graph->num_nodes + 1) * sizeof(*nodes));
	if (nodes)
		graph->nodes = nodes;
	n = nodes ? calloc(1, sizeof(*n)) : NULL;
	if (n)
		n->name = name && *name ? strdup(name) : make_name(graph, type);
	if (!n || !n->name) {
		free(n);
		return ge_error(ENOMEM, "graph '%s': no memory for operators", graph->name);
	}
	n->graph = graph;
	n->def = def;
	n->id = graph->num_nodes;
	graph->nodes[graph->num_nodes++] = n;
	*name_place(graph, n->name) = n;
	*node = n;
	return 0;
}

/* How many outputs the prototype has; GE_MAX_PORTS if any number. */
static size_t prototype_outputs(const struct ge_op_def *def)
{
	struct ge_slot slots[GE_MAX_SLOTS];
	size_t n = ge_slots_parse(def->outputs, slots);

	return n && slots[n - 1].kind == GE_SLOT_DYNAMIC ? GE_MAX_PORTS : n;
}

int ge_node_check_output(const struct ge_node *node, unsigned int output)
{
	size_t limit = prototype_outputs(node->def);

	if (output < limit)
		return 0;
	return ge_error(EINVAL, "operator '%s' (%s) has no output %u, it has %zu", node->name,
			node->def->type, output, limit);
}

int ge_node_describe(struct ge_node *node, unsigned int output, const struct ge_tensor_desc *desc)
{
	struct ge_tensor_desc *descs;
	int ret = ge_node_check_output(node, output);

	if (ret)
		return ret;
	if (desc->rank < -1 || desc->rank > GE_MAX_RANK)
		return ge_error(EINVAL, "operator '%s': a tensor has 0 to %d dimensions, not %d",
				node->name, GE_MAX_RANK, desc->rank);
	if (output >= node->num_descs) {
		descs = realloc(node->descs, (output + 1) * sizeof(*descs));
		if (!descs)
			return ge_error(ENOMEM, "operator '%s': no memory", node->name);
		node->descs = descs;
		for (size_t i = node->num_descs; i < output; i++) {
			memset(&descs[i], 0, sizeof(descs[i]));
			descs[i].dtype = GE_DT_UNDEFINED;
			descs[i].rank = -1;
		}
		node->num_descs = output + 1;
	}
	node->descs[output] = *desc;
	return 0;
}

int ge_node_wire(struct ge_node *node, int slot, unsigned int index, struct ge_node *from,
		 unsigned int output)
{
	struct ge_input *inputs;
	int ret;

	if (node->graph != from->graph)
		return ge_error(EINVAL, "operators '%s' and '%s' are of different graphs",
				node->name, from->name);
	if (index >= GE_MAX_PORTS)
		return ge_error(EINVAL, "operator '%s': input %u is beyond the limit of %d",
				node->name, index, GE_MAX_PORTS);
	ret = ge_node_check_output(from, output);
	if (ret)
		return ret;
	for (size_t i = 0; i < node->num_inputs; i++) {
		if (node->inputs[i].slot != slot || node->inputs[i].index != index)
			continue;
		node->inputs[i].from = (struct ge_edge){ from, output };
		return 0;
	}
	inputs = realloc(node->inputs, (node->num_inputs + 1) * sizeof(*inputs));
	if (!inputs)
		return ge_error(ENOMEM, "operator '%s': no memory", node->name);
	node->inputs = inputs;
	inputs[node->num_inputs++] = (struct ge_input){ slot, index, { from, output } };
	return 0;
}

int ge_graph_copy(const struct ge_graph *graph, struct ge_graph **copy)
{
	struct ge_graph *g;
	int ret = ge_graph_new(graph->name, &g);

	if (ret)
		return ret;
	for (size_t i = 0; !ret && i < graph->num_nodes; i++) {
		const struct ge_node *from = graph->nodes[i];
		struct ge_node *to;

		ret = ge_graph_new_node(g, from->def->type, from->name, &to);
		for (size_t k = 0; !ret && k < from->num_attrs; k++) {
			struct ge_attr attr;

			ret = ge_attr_copy(&from->attrs[k], &attr);
			if (!ret)
				ret = ge_node_set_attr(to, &attr);
		}
		for (size_t k = 0; !ret && k < from->num_descs; k++)
			ret = ge_node_describe(to, (unsigned int)k, &from->descs[k]);
	}
	for (size_t i = 0; !ret && i < graph->num_nodes; i++)
		for (size_t k = 0; !ret && k < graph->nodes[i]->num_inputs; k++) {
			const struct ge_input *in = &graph->nodes[i]->inputs[k];

			ret = ge_node_wire(g->nodes[i], in->slot, in->index,
					   g->nodes[in->from.node->id], in->from.index);
		}
	for (size_t i = 0; !ret && i < graph->num_outputs; i++)
		if (ge_graph_add_output(g, g->nodes[graph->outputs[i].node->id],
					graph->outputs[i].index))
			ret = -ENOMEM;
	if (ret) {
		ge_graph_destroy(g);
		return ret;
	}
	g->next_name = graph->next_name;
	*copy = g;
	return 0;
}

static int64_t data_index(const struct ge_node *node)
{
	const struct ge_attr *attr = ge_node_attr(node, "index");

	return attr && attr->kind == GE_ATTR_INT ? attr->i : 0;
}

static int by_index(const void *a, const void *b)
{
	const struct ge_node *x = *(struct ge_node *const *)a, *y = *(struct ge_node *const *)b;
	int64_t i = data_index(x), j = data_index(y);

	if (i != j)
		return i < j ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

int ge_graph_io(const struct ge_graph *graph, struct ge_node ***inputs, size_t *num_inputs,
		struct ge_edge **outputs, size_t *num_outputs)
{
	size_t in = 0, out = graph->num_outputs;

	for (size_t i = 0; i < graph->num_nodes; i++) {
		if (!strcmp(graph->nodes[i]->def->type, "Data"))
			in++;
		else if (!strcmp(graph->nodes[i]->def->type, "NetOutput"))
			out += graph->nodes[i]->num_inputs;
	}
	*num_inputs = in;
	*num_outputs = out;
	*inputs = calloc(in + 1, sizeof(**inputs));
	*outputs = calloc(out + 1, sizeof(**outputs));
	if (!*inputs || !*outputs) {
		free(*inputs);
		free(*outputs);
		return ge_error(ENOMEM, "graph '%s': no memory", graph->name);
	}
	in = 0;
	out = graph->num_outputs;
	if (out)
		memcpy(*outputs, graph->outputs, out * sizeof(**outputs));
	for (size_t i = 0; i < graph->num_nodes; i++) {
		struct ge_node *node = graph->nodes[i];

		if (!strcmp(node->def->type, "Data"))
			(*inputs)[in++] = node;
		else if (!strcmp(node->def->type, "NetOutput"))
			for (size_t k = 0; k < node->num_inputs; k++)
				(*outputs)[out++] = node->inputs[k].from;
	}
	qsort(*inputs, in, sizeof(**inputs), by_index);
	return 0;
}
