// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "compiler/passes.h"
#include "graph/dtype.h"

static int run_passes(struct ge_ir *ir, uint32_t passes)
{
	int ret = ge_pass_dead(ir);

	if (!ret && passes & GE_PASS_SIMPLIFY) {
		ret = ge_pass_common(ir);
		if (!ret)
			ret = ge_pass_simplify(ir);
		if (!ret)
			ret = ge_pass_norm(ir);
	}
	if (!ret && passes & GE_PASS_FUSE) {
		ret = ge_pass_weights(ir);
		if (!ret)
			ret = ge_pass_posts(ir);
	}
	if (!ret && passes & GE_PASS_LAYOUT)
		ret = ge_pass_layout(ir);
	if (!ret && passes & GE_PASS_PLACE)
		ret = ge_pass_place(ir);
	return ret ? ret : ge_pass_dead(ir);
}

static int set_io(struct ge_model_io *io, const char *name, const struct ge_tensor_desc *desc)
{
	io->name = strdup(name);
	io->desc = *desc;
	if (!io->name)
		return ge_error(ENOMEM, "no memory for the model");
	return ge_desc_bytes(desc, &io->size);
}

static int describe(const struct ge_lowered *io, struct ge_model *model)
{
	int ret = 0;

	model->inputs = calloc(io->num_inputs + 1, sizeof(*model->inputs));
	model->outputs = calloc(io->num_results + 1, sizeof(*model->outputs));
	if (!model->inputs || !model->outputs)
		return ge_error(ENOMEM, "no memory for the model");
	model->num_inputs = io->num_inputs;
	model->num_outputs = io->num_outputs;
	model->num_results = io->num_results;
	for (size_t i = 0; !ret && i < io->num_inputs; i++)
		ret = set_io(&model->inputs[i], io->inputs[i]->name, &io->input_descs[i]);
	for (size_t i = 0; !ret && i < io->num_outputs; i++) {
		ret = set_io(&model->outputs[i], io->outputs[i].node->name, &io->output_descs[i]);
		model->outputs[i].sizes = io->sizes[i];
	}
	for (size_t i = io->num_outputs; !ret && i < io->num_results; i++)
		ret = set_io(&model->outputs[i], "sizes", &io->output_descs[i]);
	return ret;
}

int ge_compile_with(const struct ge_graph *graph, const struct ge_known_inputs *known,
		    uint32_t passes, struct ge_model **model)
{
	struct ge_model *m = calloc(1, sizeof(*m));
	struct ge_lowered io;
	uint64_t workspace;
	struct ge_ir ir;
	int ret;

	if (!m)
		return ge_error(ENOMEM, "graph '%s': no memory for the model", graph->name);
	ge_ir_init(&ir);
	ret = ge_lower_graph(graph, known, &ir, &io);
	if (ret)
		goto out;
	ret = run_passes(&ir, passes);
	if (!ret)
		ret = ge_plan_memory(&ir, passes & GE_PASS_INPLACE, &workspace);
	if (!ret)
		ret = ge_encode(&ir, graph, &io, workspace, m);
	if (!ret)
		ret = describe(&io, m);
	ge_lowered_free(&io);
	if (ret)
		ge_error_prefix("graph '%s'", graph->name);
out:
	ge_ir_free(&ir);
	if (ret)
		ge_model_free(m);
	else
		*model = m;
	return ret;
}

int ge_compile(const struct ge_graph *graph, const struct ge_known_inputs *known,
	       struct ge_model **model)
{
	return ge_compile_with(graph, known, GE_PASS_ALL, model);
}

void ge_model_free(struct ge_model *model)
{
	if (!model)
		return;
	for (size_t i = 0; i < model->num_inputs; i++)
		free(model->inputs[i].name);
	for (size_t i = 0; i < model->num_results; i++)
		free(model->outputs[i].name);
	for (size_t i = 0; i < model->num_ops; i++) {
		free(model->op_names[i]);
		free(model->op_types[i]);
	}
	free(model->inputs);
	free(model->outputs);
	free(model->op_names);
	free(model->op_types);
	free(model->program);
	free(model->consts);
	free(model);
}
