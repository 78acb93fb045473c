// SPDX-License-Identifier: MIT
/*
 * Which program a run uses. The first build takes the shapes of the tensors that it is given, as GE
 * does. After that a graph whose Data operators have fixed shapes keeps its program, and tensors
 * only have to have the right number of bytes; a graph with open dimensions, or with inputs whose
 * values decide about shapes, gets a program per shape and value, of which the last
 * GE_MAX_PROGRAMS are kept.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "graph/dtype.h"
#include "session.h"

/* GE takes what is this much too small. */
#define SLACK	64

static bool is_complete(const struct ge_tensor_desc *desc)
{
	if (desc->rank < 0 || desc->rank > GE_MAX_RANK || !ge_dtype_size(desc->dtype))
		return false;
	for (int i = 0; i < desc->rank; i++)
		if (desc->dims[i] < 0)
			return false;
	return true;
}

static bool is_fixed(const struct ge_entry *entry)
{
	for (size_t i = 0; i < entry->num_inputs; i++)
		if (!is_complete(&entry->inputs[i].desc))
			return false;
	return true;
}

static bool same_desc(const struct ge_tensor_desc *a, const struct ge_tensor_desc *b)
{
	return a->dtype == b->dtype && a->rank == b->rank && a->rank >= 0 &&
	       !memcmp(a->dims, b->dims, a->rank * sizeof(a->dims[0]));
}

/* The usual case of a run: nothing to look up. */
static bool fits_current(const struct ge_entry *entry, const struct ge_tensor *inputs)
{
	const struct ge_program *program = entry->current;

	for (size_t i = 0; i < entry->num_inputs; i++)
		if (!same_desc(&program->shapes[i], &inputs[i].desc))
			return false;
	return true;
}

static bool same_shapes(const struct ge_entry *entry, const struct ge_program *program,
			const struct ge_tensor_desc *shapes)
{
	for (size_t i = 0; i < entry->num_inputs; i++)
		if (!same_desc(&program->shapes[i], &shapes[i]))
			return false;
	return true;
}

/*
 * A description that was left as it was made is that of a scalar; for an input that is known to be
 * more it says nothing.
 */
static bool says_something(const struct ge_tensor_desc *given, const struct ge_tensor_desc *base)
{
	return is_complete(given) && (given->rank || base->rank <= 0);
}

static int wanted_shapes(struct ge_entry *entry, const struct ge_tensor *inputs,
			 struct ge_tensor_desc *shapes)
{
	for (size_t i = 0; i < entry->num_inputs; i++) {
		const struct ge_model_io *input = &entry->inputs[i];

		if (inputs && says_something(&inputs[i].desc, &input->desc)) {
			shapes[i] = inputs[i].desc;
			if (input->desc.format != GE_FORMAT_ND)
				shapes[i].format = input->desc.format;
		} else if (is_complete(&input->desc)) {
			shapes[i] = input->desc;
		} else {
			return ge_error(ENODATA, "graph '%s': input %zu ('%s') is %s %s, and no "
					"tensor says what the open dimensions are",
					ge_graph_name(entry->graph), i, input->name,
					ge_dtype_name(input->desc.dtype),
					input->desc.rank < 0 ? "of any shape" :
					ge_dims_text(input->desc.rank, input->desc.dims).s);
		}
	}
	return 0;
}

static void wait_for_lanes(struct ge_entry *entry)
{
	for (struct ge_lane *lane = entry->lanes; lane; lane = lane->next)
		ge_lane_wait(lane);
}

static bool lanes_idle(struct ge_entry *entry)
{
	for (struct ge_lane *lane = entry->lanes; lane; lane = lane->next)
		if (!ge_lane_idle(lane))
			return false;
	return true;
}

/* Takes the program that was not used for the longest time off the device. */
static void evict(struct ge_entry *entry)
{
	struct ge_program **at, **oldest = NULL, *program;
	size_t n = 0;

	for (at = &entry->programs; *at; at = &(*at)->next) {
		n++;
		if (!oldest || (*at)->last_use < (*oldest)->last_use)
			oldest = at;
	}
	if (n < GE_MAX_PROGRAMS)
		return;
	program = *oldest;
	*oldest = program->next;
	program->next = entry->retired;
	entry->retired = program;

	for (n = 0, program = entry->retired; program; program = program->next)
		n++;
	if (n >= GE_MAX_PROGRAMS)
		wait_for_lanes(entry);
	if (!lanes_idle(entry))
		return;
	while ((program = entry->retired)) {
		entry->retired = program->next;
		ge_program_destroy(program);
	}
}

static int build(struct ge_entry *entry, struct acl_stream *stream,
		 const struct ge_tensor_desc *shapes, const struct ge_tensor *inputs)
{
	/* Each output may have one with its dimensions. */
	size_t num_args = entry->num_inputs + 2 * entry->num_outputs;
	struct ge_program *program;
	int ret;

	ret = ge_values_build(entry, stream, shapes, inputs, &program);
	if (ret)
		return ret;
	if (program->model->num_inputs != entry->num_inputs ||
	    program->model->num_outputs != entry->num_outputs) {
		ret = ge_error(EINVAL, "graph '%s': compiled to %zu inputs and %zu outputs, "
			       "expected %zu and %zu",
			       ge_graph_name(entry->graph), program->model->num_inputs,
			       program->model->num_outputs, entry->num_inputs,
			       entry->num_outputs);
	} else if (!entry->args) {
		entry->args = calloc(num_args + 1, sizeof(*entry->args));
		if (!entry->args)
			ret = ge_error(ENOMEM, "graph '%s': no memory",
				       ge_graph_name(entry->graph));
	}
	if (ret) {
		ge_program_destroy(program);
		return ret;
	}
	evict(entry);
	program->next = entry->programs;
	entry->programs = program;
	entry->current = program;
	return 0;
}

/* The first tensors decide: where a Data operator says something else, it is corrected. */
static int retarget(struct ge_entry *entry, const struct ge_tensor_desc *shapes)
{
	for (size_t i = 0; i < entry->num_inputs; i++) {
		struct ge_model_io *input = &entry->inputs[i];
		struct ge_node *node;

		if (!is_complete(&input->desc) || same_desc(&input->desc, &shapes[i]))
			continue;
		node = ge_graph_find(entry->graph, input->name);
		if (ge_node_set_desc(node, 0, &shapes[i])) {
			ge_error_prefix("graph '%s'", ge_graph_name(entry->graph));
			return -EINVAL;
		}
		input->desc = shapes[i];
	}
	return 0;
}

int ge_entry_select(struct ge_entry *entry, struct acl_stream *stream,
		    const struct ge_tensor *inputs, size_t num_inputs)
{
	struct ge_tensor_desc *shapes;
	struct ge_program *program;
	int ret;

	if (num_inputs && num_inputs != entry->num_inputs)
		return ge_error(ERANGE, "graph '%s' has %zu inputs, %zu tensors were given",
				ge_graph_name(entry->graph), entry->num_inputs, num_inputs);
	ret = ge_values_ready(entry, stream);
	if (ret)
		return ret;
	if (entry->current &&
	    (!num_inputs || ((fits_current(entry, inputs) || is_fixed(entry)) &&
			     ge_values_same(entry, entry->current, inputs, num_inputs)))) {
		entry->current->last_use = ++entry->clock;
		return 0;
	}

	shapes = calloc(entry->num_inputs + 1, sizeof(*shapes));
	if (!shapes)
		return ge_error(ENOMEM, "graph '%s': no memory", ge_graph_name(entry->graph));
	ret = wanted_shapes(entry, num_inputs ? inputs : NULL, shapes);
	if (!ret && !entry->current)
		ret = retarget(entry, shapes);
	if (!ret) {
		for (program = entry->programs; program; program = program->next)
			if (same_shapes(entry, program, shapes) &&
			    ge_values_same(entry, program, inputs, num_inputs))
				break;
		if (program)
			entry->current = program;
		else
			ret = build(entry, stream, shapes, num_inputs ? inputs : NULL);
	}
	if (!ret)
		entry->current->last_use = ++entry->clock;
	free(shapes);
	return ret;
}

static int check_tensor(struct ge_entry *entry, const char *kind, size_t i,
			const struct ge_model_io *io, const struct ge_tensor *tensor)
{
	if (tensor->size > SIZE_MAX - SLACK || tensor->size + SLACK < io->size ||
	    (!tensor->size && io->size))
		return ge_error(EINVAL, "graph '%s': %s %zu ('%s') has %zu bytes, but it is %s %s, "
				"which takes %zu (E13025)",
				ge_graph_name(entry->graph), kind, i, io->name, tensor->size,
				ge_dtype_name(io->desc.dtype),
				ge_dims_text(io->desc.rank, io->desc.dims).s, io->size);
	if (!tensor->data && io->size)
		return ge_error(EINVAL, "graph '%s': %s %zu ('%s') has no data",
				ge_graph_name(entry->graph), kind, i, io->name);
	return 0;
}

int ge_entry_check_io(struct ge_entry *entry, const struct ge_tensor *inputs, size_t num_inputs,
		      const struct ge_tensor *outputs, size_t num_outputs)
{
	const struct ge_model *model = entry->current->model;
	int ret = 0;

	if (num_inputs != model->num_inputs)
		return ge_error(ERANGE, "graph '%s' has %zu inputs, %zu tensors were given",
				ge_graph_name(entry->graph), model->num_inputs, num_inputs);
	if (num_outputs != model->num_outputs)
		return ge_error(ERANGE, "graph '%s' has %zu outputs, %zu tensors were given",
				ge_graph_name(entry->graph), model->num_outputs, num_outputs);
	for (size_t i = 0; !ret && i < num_inputs; i++)
		ret = check_tensor(entry, "input", i, &model->inputs[i], &inputs[i]);
	for (size_t i = 0; !ret && i < num_outputs; i++)
		if (outputs[i].data)
			ret = check_tensor(entry, "output", i, &model->outputs[i], &outputs[i]);
	return ret;
}
