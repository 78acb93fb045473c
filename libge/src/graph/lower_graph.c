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
	struct ge_view *sizes;		/* see ge_out_sized() */
	size_t num_out;			/* outputs that somebody uses */
	size_t next;			/* input to visit next */
	int phase;			/* 0 new, 1 on the path, 2 in the order */
};

struct walk {
	const struct ge_graph *graph;
	const struct ge_lower *outer;	/* the node whose body it is, or NULL */
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

static int walk_graph(struct walk *w, const struct ge_lowered *io)
{
	const struct ge_graph *graph = w->graph;
	int ret = 0;

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
		free(w->states[i].sizes);
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

/* The outputs of a node, all absent yet. */
static int make_outputs(struct state *s, const struct ge_node *node)
{
	if (!s->num_out)
		s->num_out = 1;
	s->out = calloc(s->num_out, sizeof(*s->out));
	s->sizes = calloc(s->num_out, sizeof(*s->sizes));
	if (!s->out || !s->sizes)
		return ge_error(ENOMEM, "operator '%s': no memory", node->name);
	for (size_t i = 0; i < s->num_out; i++) {
		s->out[i] = ge_view_none();
		s->sizes[i] = ge_view_none();
	}
	return 0;
}

/* An input of the graph; with known values it is a constant. */
static int lower_input(struct ge_ir *ir, size_t index, const struct ge_tensor_desc *desc,
		       const void *values, struct ge_view *view)
{
	uint32_t buf;
	size_t bytes;
	int ret;

	ret = ge_ir_add_buf(ir, values ? GE_BUF_CONST : GE_BUF_INPUT, desc->dtype, desc->rank,
			    desc->dims, &buf);
	if (ret)
		return ret;
	if (values) {
		ret = ge_desc_bytes(desc, &bytes);
		ir->bufs[buf].data = ret ? NULL : ge_blob_create(values, bytes);
		if (!ir->bufs[buf].data)
			return ret ? ret : -ENOMEM;
	} else {
		ir->bufs[buf].arg = (uint32_t)index;
	}
	*view = ge_view_all(ir, buf);
	return 0;
}

static int lower_inputs(struct walk *w, const struct ge_known_inputs *known, struct ge_ir *ir,
			struct ge_lowered *io)
{
	int ret;

	if (known->num && known->num != io->num_inputs)
		return ge_error(EINVAL, "%zu inputs are given, the graph has %zu", known->num,
				io->num_inputs);
	for (size_t i = 0; i < io->num_inputs; i++) {
		const struct ge_node *node = io->inputs[i];
		struct state *s = &w->states[node->id];

		ret = input_desc(node, known->num ? &known->descs[i] : NULL, &io->input_descs[i]);
		if (!ret)
			ret = make_outputs(s, node);
		if (!ret)
			ret = lower_input(ir, i, &io->input_descs[i],
					  known->num && known->values ? known->values[i] : NULL,
					  &s->out[0]);
		if (ret)
			return ret;
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

/* Loops in loops whose bodies are folded away would take for ever and leave no operator. */
#define MAX_LOWERED	(4 * GE_MAX_NODES)

static int count_lowered(struct ge_ir *ir)
{
	if (++ir->num_lowered <= MAX_LOWERED)
		return 0;
	return ge_error(ENOTSUP, "with its loops unrolled it has more than %d operators",
			MAX_LOWERED);
}

static int lower_node(struct walk *w, const struct ge_node *node, struct ge_ir *ir)
{
	struct state *s = &w->states[node->id];
	size_t n = s->first[GE_MAX_SLOTS];
	struct ge_lower l = { .ir = ir, .node = node, .def = node->def };
	int ret;

	if (s->out)
		return 0;
	ret = count_lowered(ir);
	if (!ret)
		ret = make_outputs(s, node);
	l.in = calloc(n + 1, sizeof(*l.in));
	if (!ret && !l.in)
		ret = ge_error(ENOMEM, "operator '%s': no memory", node->name);
	if (ret)
		goto out;
	l.edges = s->edges;
	memcpy(l.first, s->first, sizeof(l.first));
	l.out = s->out;
	l.sizes = s->sizes;
	l.num_out = s->num_out;
	for (size_t i = 0; i < n; i++) {
		const struct ge_edge *edge = &s->edges[i];

		l.in[i] = ge_view_none();
		if (!edge->node)
			continue;
		l.in[i] = w->states[edge->node->id].out[edge->index];
		if (w->states[edge->node->id].sizes[edge->index].buf != GE_NO_BUF)
			ret = ge_fail(&l, ENOTSUP, "input %zu has a shape that is known after a "
				      "run only; it can be an output of the graph, but not an "
				      "input of an operator", i);
	}
	if (w->outer) {
		l.origin = w->outer->origin;
		l.depth = w->outer->depth + 1;
	} else if (!ret) {
		ret = ge_ir_add_origin(ir, (uint32_t)node->id, GE_NO_BUF, &l.origin);
	}
	if (!ret)
		ret = node->def->lower(&l);
	for (size_t i = 0; !ret && i < s->num_out; i++)
		if (s->out[i].buf == GE_NO_BUF)
			ret = ge_fail(&l, ENOTSUP, "output %zu is used, but not supported", i);
	if (ret)
		add_inputs_to_message(&l);
out:
	free(l.in);
	return ret;
}

/* A copy of @x, which @node made, to result @index of the program. */
static int lower_result(struct ge_ir *ir, struct ge_lowered *io, size_t index,
			const struct ge_node *node, const struct ge_view *x)
{
	struct ge_lop op = { .opcode = GENPU_OP_COPY, .num_in = 1, .in = { *x } };
	struct ge_tensor_desc *desc = &io->output_descs[index];
	uint32_t buf;
	int ret;

	desc->dtype = x->dtype;
	desc->rank = x->rank;
	memcpy(desc->dims, x->dims, (size_t)x->rank * sizeof(*x->dims));
	ret = ge_ir_add_buf(ir, GE_BUF_OUTPUT, x->dtype, x->rank, x->dims, &buf);
	if (ret)
		return ret;
	ir->bufs[buf].arg = (uint32_t)(io->num_inputs + index);
	op.out = ge_view_all(ir, buf);
	if (!ge_view_elements(x))
		return 0;
	ret = ge_ir_add_origin(ir, (uint32_t)node->id, GE_NO_BUF, &op.origin);
	return ret ? ret : ge_ir_add_op(ir, &op);
}

static int lower_outputs(struct walk *w, struct ge_ir *ir, struct ge_lowered *io)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < io->num_outputs; i++) {
		const struct ge_node *node = io->outputs[i].node;
		const struct state *s = &w->states[node->id];
		unsigned int index = io->outputs[i].index;

		io->output_descs[i].format = index < node->num_descs ? node->descs[index].format :
								       GE_FORMAT_ND;
		ret = lower_result(ir, io, i, node, &s->out[index]);
		if (ret || s->sizes[index].buf == GE_NO_BUF)
			continue;
		io->sizes[i] = io->num_results++;
		io->output_descs[io->sizes[i]].format = GE_FORMAT_ND;
		ret = lower_result(ir, io, io->sizes[i], node, &s->sizes[index]);
	}
	return ret;
}

/* --- Bodies of If and Loop -------------------------------------------------------------------- */

#define MAX_DEPTH	16

size_t ge_body_inputs(struct ge_lower *l, const struct ge_graph *body)
{
	struct ge_node **inputs = NULL;
	struct ge_edge *outputs = NULL;
	size_t num_inputs = 0, num_outputs;

	if (!l->err && ge_graph_io(body, &inputs, &num_inputs, &outputs, &num_outputs))
		l->err = -EINVAL;
	free(inputs);
	free(outputs);
	return num_inputs;
}

static int lower_body(struct walk *w, struct ge_lowered *io, const struct ge_view *in,
		      struct ge_view *out, size_t num_out)
{
	struct ge_ir *ir = w->outer->ir;
	int ret;

	ret = ge_graph_io(w->graph, &io->inputs, &io->num_inputs, &io->outputs, &io->num_outputs);
	if (!ret && io->num_outputs < num_out)
		ret = ge_error(EINVAL, "graph '%s' has %zu outputs, expected are %zu",
			       w->graph->name, io->num_outputs, num_out);
	if (!ret)
		ret = count_lowered(ir);
	if (!ret && w->outer->depth >= MAX_DEPTH)
		ret = ge_error(ENOTSUP, "graphs are nested deeper than %d", MAX_DEPTH);
	if (!ret)
		ret = walk_graph(w, io);
	for (size_t i = 0; !ret && i < io->num_inputs; i++) {
		struct state *s = &w->states[io->inputs[i]->id];

		ret = make_outputs(s, io->inputs[i]);
		if (!ret)
			s->out[0] = in[i];
	}
	for (size_t i = 0; !ret && i < w->num_order; i++)
		ret = lower_node(w, w->graph->nodes[w->order[i]], ir);
	for (size_t i = 0; !ret && i < num_out; i++) {
		const struct state *s = &w->states[io->outputs[i].node->id];

		out[i] = s->out[io->outputs[i].index];
		if (s->sizes[io->outputs[i].index].buf != GE_NO_BUF)
			ret = ge_error(ENOTSUP, "output %zu of graph '%s' has a shape that is "
				       "known after a run only", i, w->graph->name);
	}
	return ret;
}

void ge_lower_body(struct ge_lower *l, const struct ge_graph *body, const struct ge_view *in,
		   struct ge_view *out, size_t num_out)
{
	struct walk w = { .graph = body, .outer = l };
	struct ge_lowered io = { 0 };

	for (size_t i = 0; i < num_out; i++)
		out[i] = ge_view_none();
	if (l->err)
		return;
	l->err = lower_body(&w, &io, in, out, num_out);
	walk_free(&w);
	ge_lowered_free(&io);
}

/* --- The whole graph -------------------------------------------------------------------------- */

void ge_lowered_free(struct ge_lowered *result)
{
	free(result->inputs);
	free(result->sizes);
	free(result->outputs);
	free(result->input_descs);
	free(result->output_descs);
	memset(result, 0, sizeof(*result));
}

/* Tells the caller whose values would help. */
static void report_wanted(const struct ge_ir *ir, const struct ge_known_inputs *known)
{
	for (size_t i = 0; known->wanted && i < ir->num_bufs; i++)
		if (ir->bufs[i].wanted)
			known->wanted[ir->bufs[i].arg] = true;
}

int ge_lower_graph(const struct ge_graph *graph, const struct ge_known_inputs *known,
		   struct ge_ir *ir, struct ge_lowered *result)
{
	static const struct ge_known_inputs nothing;
	struct walk w = { .graph = graph };
	int ret;

	if (!known)
		known = &nothing;

	memset(result, 0, sizeof(*result));
	ret = ge_graph_io(graph, &result->inputs, &result->num_inputs, &result->outputs,
			  &result->num_outputs);
	if (ret)
		return ret;
	result->input_descs = calloc(result->num_inputs + 1, sizeof(*result->input_descs));
	result->num_results = result->num_outputs;
	result->output_descs = calloc(2 * result->num_outputs + 1, sizeof(*result->output_descs));
	result->sizes = calloc(result->num_outputs + 1, sizeof(*result->sizes));
	if (!result->input_descs || !result->output_descs || !result->sizes)
		ret = ge_error(ENOMEM, "no memory for inputs and outputs");
	else if (!result->num_outputs)
		ret = ge_error(EINVAL, "it has no outputs");
	else if (result->num_inputs + result->num_outputs > GE_MAX_GRAPH_IO)
		ret = ge_error(ENOTSUP, "it has %zu inputs and outputs, the limit is %d",
			       result->num_inputs + result->num_outputs, GE_MAX_GRAPH_IO);
	if (!ret)
		ret = walk_graph(&w, result);
	if (!ret)
		ret = lower_inputs(&w, known, ir, result);
	for (size_t i = 0; !ret && i < w.num_order; i++)
		ret = lower_node(&w, graph->nodes[w.order[i]], ir);
	if (!ret)
		ret = lower_outputs(&w, ir, result);
	walk_free(&w);
	if (ret == -ENODATA)
		report_wanted(ir, known);
	if (ret) {
		ge_error_prefix("graph '%s'", graph->name);
		ge_lowered_free(result);
	}
	return ret;
}
