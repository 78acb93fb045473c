// SPDX-License-Identifier: MIT
/*
 * Walk the operators that the outputs need, each after its inputs, and lower them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "graph/lower.h"

/* What is known about a node while the graph is walked. */
struct state {
	struct ge_edge *edges;		/* bound inputs */
	size_t first[GE_MAX_SLOTS + 1];
	struct ge_view *out;
	size_t num_out;			/* outputs that somebody uses */
	size_t next;			/* input to visit next */
	int phase;			/* 0 new, 1 on the path, 2 in the order */
};

struct walk {
	const struct ge_graph *graph;
	struct state *states;
	uint32_t *order;		/* nodes, each after its inputs */
	size_t num_order;
	uint32_t *path;			/* from an output to the node at hand */
};

static int visit(struct walk *w, const struct ge_node *node)
{
	struct state *s = &w->states[node->id];
	int ret = ge_node_bind(node, &s->edges, s->first);

	if (ret)
		return ret;
	s->phase = 1;
	return 0;
}

/* Depth first with an explicit stack: graphs may be as deep as they are large. */
static int order_from(struct walk *w, const struct ge_node *node)
{
	size_t depth = 0;
	int ret;

	if (w->states[node->id].phase)
		return 0;
	ret = visit(w, node);
	if (ret)
		return ret;
	w->path[depth++] = (uint32_t)node->id;
	while (depth) {
		struct state *s = &w->states[w->path[depth - 1]];
		const struct ge_edge *edge;
		struct state *from;

		if (s->next == s->first[GE_MAX_SLOTS]) {
			s->phase = 2;
			w->order[w->num_order++] = w->path[--depth];
			continue;
		}
		edge = &s->edges[s->next++];
		if (!edge->node)
			continue;
		from = &w->states[edge->node->id];
		if (edge->index >= from->num_out)
			from->num_out = edge->index + 1;
		if (from->phase == 1)
			return ge_error(EINVAL, "operators '%s' and '%s' are part of a cycle",
					edge->node->name,
					w->graph->nodes[w->path[depth - 1]]->name);
		if (from->phase)
			continue;
		ret = visit(w, edge->node);
		if (ret)
			return ret;
		w->path[depth++] = (uint32_t)edge->node->id;
	}
	return 0;
}

static int walk_graph(struct walk *w, const struct ge_graph *graph, const struct ge_lowered *io)
{
	int ret = 0;

	w->graph = graph;
	w->states = calloc(graph->num_nodes + 1, sizeof(*w->states));
	w->order = calloc(graph->num_nodes + 1, sizeof(*w->order));
	w->path = calloc(graph->num_nodes + 1, sizeof(*w->path));
	if (!w->states || !w->order || !w->path)
		return ge_error(ENOMEM, "no memory for %zu operators", graph->num_nodes);
	for (size_t i = 0; !ret && i < io->num_outputs; i++) {
		struct state *s = &w->states[io->outputs[i].node->id];

		if (io->outputs[i].index >= s->num_out)
			s->num_out = io->outputs[i].index + 1;
		ret = order_from(w, io->outputs[i].node);
	}
	return ret;
}

static void walk_free(struct walk *w)
{
	for (size_t i = 0; w->states && i < w->graph->num_nodes; i++) {
		free(w->states[i].edges);
		free(w->states[i].out);
	}
	free(w->states);
	free(w->order);
	free(w->path);
}

static int input_desc(const struct ge_node *node, const struct ge_tensor_desc *given,
		      struct ge_tensor_desc *desc)
{
	const struct ge_tensor_desc *own = node->num_descs ? &node->descs[0] : NULL;
	size_t bytes;

	if (!own && !given)
		return ge_error(EINVAL, "input '%s' has no type and shape", node->name);
	*desc = given ? *given : *own;
	if (given && own) {
		bool fits = given->dtype == own->dtype || own->dtype == GE_DT_UNDEFINED;

		if (own->rank >= 0)
			fits = fits && given->rank == own->rank;
		for (int i = 0; fits && i < own->rank; i++)
			fits = own->dims[i] < 0 || own->dims[i] == given->dims[i];
		if (!fits)
			return ge_error(EINVAL,
					"input '%s' is given as %s %s, the graph says %s %s",
					node->name, ge_dtype_name(given->dtype),
					given->rank > GE_MAX_RANK ? "[?]" :
					ge_dims_text(given->rank, given->dims).s,
					ge_dtype_name(own->dtype),
					ge_dims_text(own->rank, own->dims).s);
	}
	if (ge_desc_bytes(desc, &bytes))
		return ge_error(EINVAL,
				"input '%s' is %s %s; to compile, its type and all dimensions "
				"have to be known",
				node->name, ge_dtype_name(desc->dtype),
				desc->rank > GE_MAX_RANK ? "[?]" :
				ge_dims_text(desc->rank, desc->dims).s);
	return 0;
}

static int lower_inputs(struct walk *w, const struct ge_tensor_desc *descs, size_t num,
			struct ge_ir *ir, struct ge_lowered *io)
{
	int ret;

	if (num && num != io->num_inputs)
		return ge_error(EINVAL, "%zu inputs are given, the graph has %zu", num,
				io->num_inputs);
	for (size_t i = 0; i < io->num_inputs; i++) {
		struct state *s = &w->states[io->inputs[i]->id];
		struct ge_tensor_desc *desc = &io->input_descs[i];
		uint32_t buf;

		ret = input_desc(io->inputs[i], num ? &descs[i] : NULL, desc);
		if (!ret)
			ret = ge_ir_add_buf(ir, GE_BUF_INPUT, desc->dtype, desc->rank, desc->dims,
					    &buf);
		if (ret)
			return ret;
		ir->bufs[buf].arg = (uint32_t)i;
		s->num_out = 1;
		s->out = malloc(sizeof(*s->out));
		if (!s->out)
			return ge_error(ENOMEM, "no memory for inputs");
		s->out[0] = ge_view_all(ir, buf);
	}
	return 0;
}

/* Types and shapes of the inputs, so that a message can be understood without the model. */
static void add_inputs_to_message(const struct ge_lower *l)
{
	char text[400];
	size_t at = 0, n = l->first[GE_MAX_SLOTS];

	for (size_t i = 0; i < n && at < sizeof(text) - 80; i++) {
		const struct ge_view *v = &l->in[i];

		if (v->buf == GE_NO_BUF)
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%sabsent",
					       i ? ", " : "");
		else
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s %.60s",
					       i ? ", " : "", ge_dtype_name(v->dtype),
					       ge_dims_text(v->rank, v->dims).s);
	}
	if (n)
		ge_error_prefix("operator '%s' (%s) of inputs %s", l->node->name, l->def->type,
				text);
	else
		ge_error_prefix("operator '%s' (%s)", l->node->name, l->def->type);
}

static int lower_node(struct walk *w, const struct ge_node *node, struct ge_ir *ir)
{
	struct state *s = &w->states[node->id];
	size_t n = s->first[GE_MAX_SLOTS];
	struct ge_lower l = { .ir = ir, .node = node, .def = node->def };
	int ret;

	if (s->out)
		return 0;
	if (!s->num_out)
		s->num_out = 1;
	l.in = calloc(n + 1, sizeof(*l.in));
	s->out = calloc(s->num_out, sizeof(*s->out));
	if (!l.in || !s->out) {
		free(l.in);
		return ge_error(ENOMEM, "operator '%s': no memory", node->name);
	}
	l.edges = s->edges;
	memcpy(l.first, s->first, sizeof(l.first));
	for (size_t i = 0; i < n; i++) {
		const struct ge_edge *edge = &s->edges[i];

		l.in[i] = edge->node ? w->states[edge->node->id].out[edge->index] :
				       ge_view_none();
	}
	for (size_t i = 0; i < s->num_out; i++)
		s->out[i] = ge_view_none();
	l.out = s->out;
	l.num_out = s->num_out;
	ret = ge_ir_add_origin(ir, (uint32_t)node->id, GE_NO_BUF, &l.origin);
	if (!ret)
		ret = node->def->lower(&l);
	for (size_t i = 0; !ret && i < s->num_out; i++)
		if (s->out[i].buf == GE_NO_BUF)
			ret = ge_fail(&l, ENOTSUP, "output %zu is used, but not supported", i);
	if (ret)
		add_inputs_to_message(&l);
	free(l.in);
	return ret;
}

static int lower_outputs(struct walk *w, struct ge_ir *ir, struct ge_lowered *io)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < io->num_outputs; i++) {
		const struct ge_node *node = io->outputs[i].node;
		struct ge_view x = w->states[node->id].out[io->outputs[i].index];
		struct ge_tensor_desc *desc = &io->output_descs[i];
		struct ge_lop op = { .opcode = GENPU_OP_COPY, .num_in = 1, .in = { x } };
		uint32_t buf;

		desc->dtype = x.dtype;
		desc->format = io->outputs[i].index < node->num_descs ?
			       node->descs[io->outputs[i].index].format : GE_FORMAT_ND;
		desc->rank = x.rank;
		memcpy(desc->dims, x.dims, (size_t)x.rank * sizeof(*x.dims));
		ret = ge_ir_add_buf(ir, GE_BUF_OUTPUT, x.dtype, x.rank, x.dims, &buf);
		if (ret)
			break;
		ir->bufs[buf].arg = (uint32_t)(io->num_inputs + i);
		op.out = ge_view_all(ir, buf);
		if (!ge_view_elements(&x))
			continue;
		ret = ge_ir_add_origin(ir, (uint32_t)node->id, GE_NO_BUF, &op.origin);
		if (!ret)
			ret = ge_ir_add_op(ir, &op);
	}
	return ret;
}

void ge_lowered_free(struct ge_lowered *result)
{
	free(result->inputs);
	free(result->outputs);
	free(result->input_descs);
	free(result->output_descs);
	memset(result, 0, sizeof(*result));
}

int ge_lower_graph(const struct ge_graph *graph, const struct ge_tensor_desc *descs, size_t num,
		   struct ge_ir *ir, struct ge_lowered *result)
{
	struct walk w = { .graph = graph };
	int ret;

	memset(result, 0, sizeof(*result));
	ret = ge_graph_io(graph, &result->inputs, &result->num_inputs, &result->outputs,
			  &result->num_outputs);
	if (ret)
		return ret;
	result->input_descs = calloc(result->num_inputs + 1, sizeof(*result->input_descs));
	result->output_descs = calloc(result->num_outputs + 1, sizeof(*result->output_descs));
	if (!result->input_descs || !result->output_descs)
		ret = ge_error(ENOMEM, "no memory for inputs and outputs");
	else if (!result->num_outputs)
		ret = ge_error(EINVAL, "it has no outputs");
	else if (result->num_inputs + result->num_outputs > GE_MAX_GRAPH_IO)
		ret = ge_error(ENOTSUP, "it has %zu inputs and outputs, the limit is %d",
			       result->num_inputs + result->num_outputs, GE_MAX_GRAPH_IO);
	if (!ret)
		ret = walk_graph(&w, graph, result);
	if (!ret)
		ret = lower_inputs(&w, descs, num, ir, result);
	for (size_t i = 0; !ret && i < w.num_order; i++)
		ret = lower_node(&w, graph->nodes[w.order[i]], ir);
	if (!ret)
		ret = lower_outputs(&w, ir, result);
	walk_free(&w);
	if (ret) {
		ge_error_prefix("graph '%s'", graph->name);
		ge_lowered_free(result);
	}
	return ret;
}
