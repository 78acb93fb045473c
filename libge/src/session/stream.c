// SPDX-License-Identifier: MIT
/*
 * Run on a stream of acl with tensors in device memory. Cost of a warm run: one lookup per tensor,
 * one comparison of the argument table, one submission. The calling thread's context stays as it
 * is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "graph/dtype.h"
#include "session.h"

/* The device must be able to reach all that it will touch of @tensor. */
static int check_memory(struct ge_entry *entry, const char *kind, size_t i,
			const struct ge_model_io *io, const struct ge_tensor *tensor)
{
	const char *name = ge_graph_name(entry->graph);
	char *start, *data = tensor->data;
	size_t size;

	if (!io->size)
		return 0;
	if (ge_mem_find(entry->session->dev, data, (void **)&start, &size, NULL))
		return ge_error(EINVAL, "graph '%s': %s %zu ('%s') is at %p, which is not memory "
				"of the device; allocate it with aclrtMalloc()",
				name, kind, i, io->name, tensor->data);
	if ((size_t)(data - start) > size || io->size > size - (data - start))
		return ge_error(EINVAL, "graph '%s': %s %zu ('%s') needs %zu bytes at %p, but the "
				"allocation at %p ends after %zu of them (E13025)",
				name, kind, i, io->name, io->size, tensor->data, (void *)start,
				size - (data - start));
	if ((uintptr_t)data % ge_dtype_size(io->desc.dtype))
		return ge_error(EINVAL, "graph '%s': %s %zu ('%s') is at %p, %s needs a multiple "
				"of %zu",
				name, kind, i, io->name, tensor->data,
				ge_dtype_name(io->desc.dtype), ge_dtype_size(io->desc.dtype));
	return 0;
}

static int fill_args(struct ge_entry *entry, struct ge_lane *lane, const struct ge_tensor *inputs,
		     struct ge_tensor *outputs)
{
	const struct ge_model *model = entry->current->model;
	size_t n = 0;
	int ret = 0;

	for (size_t i = 0; !ret && i < model->num_inputs; i++) {
		/* The program has the values, and does not look at the memory. */
		if (entry->current->values[i]) {
			entry->args[n++] = 0;
			continue;
		}
		ret = check_memory(entry, "input", i, &model->inputs[i], &inputs[i]);
		entry->args[n++] = model->inputs[i].size ? (uintptr_t)inputs[i].data : 0;
	}
	for (size_t i = 0; !ret && i < model->num_results; i++) {
		const struct ge_model_io *io = &model->outputs[i];
		void *data = i < model->num_outputs ? outputs[i].data : NULL;

		if (data)
			ret = check_memory(entry, "output", i, io, &outputs[i]);
		else
			ret = ge_lane_output(lane, 2 * model->num_outputs, i, io->size, &data);
		entry->args[n++] = io->size ? (uintptr_t)data : 0;
	}
	return ret;
}

/* Tells the caller what the outputs are, after the submission has succeeded. */
static void describe_outputs(struct ge_entry *entry, struct ge_tensor *outputs)
{
	const struct ge_model *model = entry->current->model;

	for (size_t i = 0; i < model->num_outputs; i++) {
		outputs[i].desc = model->outputs[i].desc;
		if (outputs[i].data)
			continue;
		outputs[i].data = (void *)(uintptr_t)entry->args[model->num_inputs + i];
		outputs[i].size = model->outputs[i].size;
		outputs[i].placement = GE_PLACEMENT_DEVICE;
	}
}

static int run(struct ge_entry *entry, void *handle, const struct ge_tensor *inputs,
	       size_t num_inputs, struct ge_tensor *outputs, size_t num_outputs)
{
	struct acl_stream *stream = NULL;
	struct ge_lane *lane;
	int ret;

	ret = acl_stream_acquire(handle, entry->session->settings.device, &stream);
	if (ret)
		return ret;
	ret = ge_entry_select(entry, stream, inputs, num_inputs);
	if (!ret)
		ret = ge_entry_check_io(entry, inputs, num_inputs, outputs, num_outputs);
	if (ret) {
		acl_stream_release(stream);
		return ret;
	}
	ret = ge_entry_lane(entry, stream, NULL, &lane);
	if (ret)
		return ret;
	ret = fill_args(entry, lane, inputs, outputs);
	if (!ret)
		ret = ge_lane_submit(lane, entry->current, entry->args, NULL, NULL);
	if (!ret)
		describe_outputs(entry, outputs);
	return ret;
}

ge_status ge_session_run_graph_stream(uint64_t session, uint32_t id, void *stream,
				      const struct ge_tensor *inputs, size_t num_inputs,
				      struct ge_tensor *outputs, size_t num_outputs)
{
	struct ge_entry *entry;
	int ret;

	if ((num_inputs && !inputs) || (num_outputs && !outputs))
		return ge_status_of(ge_error(EINVAL, "RunGraphWithStreamAsync: tensors of graph %u "
					     "are at NULL",
					     id));
	ret = ge_entry_get(session, id, &entry);
	if (ret)
		return ge_status_of(ret);
	pthread_mutex_lock(&entry->lock);
	ret = run(entry, stream, inputs, num_inputs, outputs, num_outputs);
	pthread_mutex_unlock(&entry->lock);
	ge_entry_put(entry);
	return ge_status_of(ret);
}
