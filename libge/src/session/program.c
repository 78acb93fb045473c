// SPDX-License-Identifier: MIT
/*
 * Compiling, loading, and the registry of what is loaded, from which the failure of a queue is
 * told in the user's terms.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "session.h"

static struct {
	pthread_mutex_t lock;
	struct ge_program *loaded;
} registry = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void registry_add(struct ge_program *program)
{
	pthread_mutex_lock(&registry.lock);
	program->next_loaded = registry.loaded;
	registry.loaded = program;
	pthread_mutex_unlock(&registry.lock);
}

static void registry_remove(struct ge_program *program)
{
	struct ge_program **at;

	pthread_mutex_lock(&registry.lock);
	for (at = &registry.loaded; *at; at = &(*at)->next_loaded) {
		if (*at == program) {
			*at = program->next_loaded;
			break;
		}
	}
	pthread_mutex_unlock(&registry.lock);
}

static int upload_consts(struct ge_program *program)
{
	const struct ge_model *model = program->model;
	int ret;

	if (!model->const_size)
		return 0;
	ret = ge_mem_alloc(program->dev, model->const_size, GE_MEM_DEVICE, &program->consts);
	if (ret) {
		ge_error_prefix("graph '%s': %zu bytes of constants", program->graph_name,
				model->const_size);
		return ret;
	}
	memcpy(program->consts, model->consts, model->const_size);
	return 0;
}

static int load(struct ge_program *program)
{
	const struct ge_model *model = program->model;
	struct ge_program_error error = { 0 };
	int ret;

	ret = ge_program_load(program->dev, model->program, model->program_size, program->consts,
			      model->const_size, &program->id, &error);
	if (ret == -EBADMSG && error.op < model->num_ops)
		ret = ge_error(ENOTSUP, "graph '%s': the device does not take operator '%s' (%s): "
			       "%s",
			       program->graph_name, model->op_names[error.op],
			       model->op_types[error.op], ge_device_error_name(error.error));
	else if (ret)
		ge_error_prefix("graph '%s': loading the program", program->graph_name);
	return ret;
}

static void free_program(struct ge_program *program)
{
	if (program->consts)
		ge_mem_free(program->dev, program->consts);
	if (program->model) {
		ge_values_free(program->values, program->model->num_inputs);
		ge_model_free(program->model);
	}
	free(program->shapes);
	free(program->what);
	free(program->graph_name);
	free(program);
}

int ge_program_create(struct ge_device *dev, const struct ge_graph *graph,
		      const struct ge_known_inputs *known, struct ge_program **result)
{
	struct ge_program *program = calloc(1, sizeof(*program));
	int ret;

	if (program) {
		program->dev = dev;
		program->graph_name = strdup(ge_graph_name(graph));
		program->shapes = calloc(known->num + 1, sizeof(*program->shapes));
		if (asprintf(&program->what, "graph '%s'", ge_graph_name(graph)) < 0)
			program->what = NULL;
	}
	if (!program || !program->graph_name || !program->shapes || !program->what) {
		ret = ge_error(ENOMEM, "graph '%s': no memory", ge_graph_name(graph));
		goto fail;
	}
	if (known->num)
		memcpy(program->shapes, known->descs, known->num * sizeof(*known->descs));
	ret = ge_compile(graph, known, &program->model);
	if (ret) {
		program->model = NULL;
		goto fail;
	}
	ret = upload_consts(program);
	if (!ret)
		ret = load(program);
	if (ret)
		goto fail;
	registry_add(program);
	*result = program;
	return 0;
fail:
	if (program)
		free_program(program);
	return ret;
}

void ge_program_destroy(struct ge_program *program)
{
	registry_remove(program);
	ge_program_unload(program->dev, program->id);
	free_program(program);
}

/* The tensor that operand @operand of operator @op is; NULL if there is none. */
static const struct genpu_tensor *operand_tensor(const struct ge_model *model, uint32_t op,
						 uint32_t operand)
{
	const struct genpu_prog_header *header = model->program;
	const char *base = model->program;
	const struct genpu_op *ops = (const void *)(base + header->ops);
	const uint32_t *operands = (const void *)(base + header->operands);
	const struct genpu_tensor *tensors = (const void *)(base + header->tensors);
	uint32_t tensor;

	if (operand >= (uint32_t)ops[op].num_in + ops[op].num_out)
		return NULL;
	tensor = operands[ops[op].operands + operand];
	return tensor < header->num_tensors ? &tensors[tensor] : NULL;
}

static void describe(const struct ge_program *program, uint32_t op, uint32_t operand, char *buf,
		     size_t size)
{
	const struct ge_model *model = program->model;
	const struct genpu_tensor *tensor;
	const struct genpu_op *ops;
	int len;

	if (op >= model->num_ops) {
		snprintf(buf, size, "graph '%s'", program->graph_name);
		return;
	}
	len = snprintf(buf, size, "graph '%s', operator '%s' (%s)", program->graph_name,
		       model->op_names[op], model->op_types[op]);
	if (len < 0 || (size_t)len >= size || operand == GENPU_NONE)
		return;
	tensor = operand_tensor(model, op, operand);
	if (!tensor)
		return;
	ops = (const void *)((const char *)model->program +
			     ((const struct genpu_prog_header *)model->program)->ops);
	if (tensor->base == GENPU_BASE_ARG && tensor->arg < model->num_inputs)
		snprintf(buf + len, size - len, ", input %u of the graph ('%s')", tensor->arg,
			 model->inputs[tensor->arg].name);
	else if (tensor->base == GENPU_BASE_ARG &&
		 tensor->arg - model->num_inputs < model->num_results)
		snprintf(buf + len, size - len, ", output %zu of the graph ('%s')",
			 tensor->arg - model->num_inputs,
			 model->outputs[tensor->arg - model->num_inputs].name);
	else if (operand < ops[op].num_in)
		snprintf(buf + len, size - len, ", its input %u", operand);
	else
		snprintf(buf + len, size - len, ", its output %u",
			 operand - ops[op].num_in);
}

bool ge_program_describe(unsigned int device, uint32_t id, uint32_t op, uint32_t operand,
			 char *text, size_t size)
{
	struct ge_program *program;

	pthread_mutex_lock(&registry.lock);
	for (program = registry.loaded; program; program = program->next_loaded)
		if (ge_device_index(program->dev) == device && program->id == id)
			break;
	if (program)
		describe(program, op, operand, text, size);
	pthread_mutex_unlock(&registry.lock);
	return program;
}
