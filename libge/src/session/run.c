// SPDX-License-Identifier: MIT
/*
 * Run and wait, with tensors in host memory. Inputs go to pinned memory, from there in one copy to
 * the device, and outputs back the same way; both memories have the same layout, all inputs, then
 * all outputs, and are kept for the next run.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <drm/genpu_accel.h>
#include "base/error.h"
#include "session.h"

struct layout {
	size_t inputs;	/* bytes of all inputs */
	size_t total;
};

static size_t aligned(size_t size)
{
	return (size + GENPU_PROG_ALIGN - 1) / GENPU_PROG_ALIGN * GENPU_PROG_ALIGN;
}

static struct layout layout_of(const struct ge_model *model)
{
	struct layout layout = { 0 };

	for (size_t i = 0; i < model->num_inputs; i++)
		layout.inputs += aligned(model->inputs[i].size);
	layout.total = layout.inputs;
	for (size_t i = 0; i < model->num_results; i++)
		layout.total += aligned(model->outputs[i].size);
	return layout;
}

static int need_buffers(struct ge_session *session, size_t size)
{
	void *pinned, *device;
	int ret;

	if (size <= session->buffer_size)
		return 0;
	ret = ge_mem_alloc(session->dev, size, GE_MEM_HOST, &pinned);
	if (ret)
		return ret;
	ret = ge_mem_alloc(session->dev, size, GE_MEM_DEVICE, &device);
	if (ret) {
		ge_mem_free(session->dev, pinned);
		return ret;
	}
	if (session->pinned)
		ge_mem_free(session->dev, session->pinned);
	if (session->device)
		ge_mem_free(session->dev, session->device);
	session->pinned = pinned;
	session->device = device;
	session->buffer_size = size;
	return 0;
}

static struct genpu_task copy_task(const char *to, const char *from, size_t bytes)
{
	struct genpu_task task = { .op = GENPU_TASK_COPY };

	task.copy.dst = (uintptr_t)to;
	task.copy.src = (uintptr_t)from;
	task.copy.bytes = bytes;
	task.copy.rows = 1;
	return task;
}

/* Fills the argument table and the pinned inputs. */
static void put_inputs(struct ge_entry *entry, const struct ge_tensor *inputs)
{
	struct ge_session *session = entry->session;
	const struct ge_model *model = entry->current->model;
	size_t at = 0, n = 0;

	for (size_t i = 0; i < model->num_inputs; i++) {
		size_t size = model->inputs[i].size;

		if (size)
			memcpy(session->pinned + at, inputs[i].data,
			       inputs[i].size < size ? inputs[i].size : size);
		entry->args[n++] = (uintptr_t)session->device + at;
		at += aligned(size);
	}
	for (size_t i = 0; i < model->num_results; i++) {
		entry->args[n++] = (uintptr_t)session->device + at;
		at += aligned(model->outputs[i].size);
	}
}

/* The actual dimensions of an output, from the result that has them. */
static int get_sizes(struct ge_entry *entry, size_t index, size_t at, struct ge_tensor_desc *desc,
		     size_t *bytes)
{
	const struct ge_model *model = entry->current->model;
	size_t sizes = model->outputs[index].sizes;
	int64_t dim;

	for (size_t i = 0; i < sizes; i++)
		at += aligned(model->outputs[i].size);
	for (int i = 0; i < desc->rank; i++) {
		memcpy(&dim, entry->session->pinned + at + i * sizeof(dim), sizeof(dim));
		if (dim < 0 || dim > desc->dims[i])
			return ge_error(EIO, "graph '%s': the device says that dimension %d of "
					"output %zu is %lld, expected is 0 to %lld",
					ge_graph_name(entry->graph), i, index, (long long)dim,
					(long long)desc->dims[i]);
		desc->dims[i] = dim;
	}
	return ge_desc_bytes(desc, bytes);
}

static int get_outputs(struct ge_entry *entry, const size_t start, struct ge_tensor *outputs)
{
	const struct ge_model *model = entry->current->model;
	size_t at = start;
	int ret;

	for (size_t i = 0; i < model->num_outputs; i++) {
		size_t size = model->outputs[i].size;

		outputs[i].desc = model->outputs[i].desc;
		ret = model->outputs[i].sizes ?
		      get_sizes(entry, i, start, &outputs[i].desc, &size) : 0;
		if (ret)
			return ret;
		if (outputs[i].data) {
			if (outputs[i].size < size)
				size = outputs[i].size;
		} else {
			outputs[i].data = malloc(size ? size : 1);
			if (!outputs[i].data)
				return ge_error(ENOMEM, "graph '%s': no memory for %zu bytes of "
						"output %zu",
						ge_graph_name(entry->graph), size, i);
			outputs[i].size = size;
			outputs[i].placement = GE_PLACEMENT_HOST;
		}
		memcpy(outputs[i].data, entry->session->pinned + at, size);
		at += aligned(model->outputs[i].size);
	}
	return 0;
}

static int wait_for_run(struct ge_entry *entry, struct ge_lane *lane)
{
	struct ge_queue_state state;
	char text[512];
	int ret;

	ret = ge_queue_wait(lane->queue, lane->last, -1);
	if (ret)
		return ret;
	lane->done = lane->last;
	ret = ge_queue_state(lane->queue, true, &state);
	if (ret)
		return ret;
	if (!state.error && !state.status)
		return 0;
	acl_fault_text(ge_device_index(lane->dev), &state, text, sizeof(text));
	return ge_error(EIO, "graph '%s': %s", ge_graph_name(entry->graph), text);
}

static int submit_and_wait(struct ge_entry *entry, const struct layout *layout)
{
	struct ge_session *session = entry->session;
	struct genpu_task before, after;
	struct ge_lane *lane;
	int ret;

	ret = ge_entry_lane(entry, NULL, session->queue, &lane);
	if (ret)
		return ret;
	before = copy_task(session->device, session->pinned, layout->inputs);
	after = copy_task(session->pinned + layout->inputs, session->device + layout->inputs,
			  layout->total - layout->inputs);
	ret = ge_lane_submit(lane, entry->current, entry->args, layout->inputs ? &before : NULL,
			     layout->total > layout->inputs ? &after : NULL);
	return ret ? ret : wait_for_run(entry, lane);
}

int ge_run_blocking(struct ge_entry *entry, const struct ge_tensor *inputs, size_t num_inputs,
		    struct ge_tensor *outputs, size_t num_outputs)
{
	const struct ge_queue_config config = { .priority = DRM_GENPU_PRIORITY_NORMAL };
	struct ge_session *session = entry->session;
	struct layout layout;
	int ret;

	for (size_t i = 0; i < num_inputs; i++)
		if (inputs[i].placement != GE_PLACEMENT_HOST)
			return ge_error(EINVAL, "graph '%s': input %zu is in device memory, "
					"RunGraph() takes inputs in host memory",
					ge_graph_name(entry->graph), i);
	pthread_mutex_lock(&entry->lock);
	ret = ge_entry_select(entry, NULL, inputs, num_inputs);
	if (!ret)
		ret = ge_entry_check_io(entry, inputs, num_inputs, outputs, num_outputs);
	if (!ret && !session->queue)
		ret = ge_queue_create(session->dev, &config, &session->queue);
	if (!ret) {
		layout = layout_of(entry->current->model);
		/* An empty tensor has an address all the same. */
		ret = need_buffers(session, layout.total + GENPU_PROG_ALIGN);
	}
	if (!ret) {
		put_inputs(entry, inputs);
		ret = submit_and_wait(entry, &layout);
	}
	if (!ret)
		ret = get_outputs(entry, layout.inputs, outputs);
	pthread_mutex_unlock(&entry->lock);
	return ret;
}

/* What was allocated before something failed. */
static void free_new_outputs(const struct ge_tensor *before, struct ge_tensor *outputs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!before[i].data) {
			free(outputs[i].data);
			outputs[i] = before[i];
		}
	}
}

ge_status ge_session_run_graph(uint64_t session, uint32_t id, const struct ge_tensor *inputs,
			       size_t num_inputs, struct ge_tensor *outputs, size_t num_outputs)
{
	struct ge_tensor *before;
	struct ge_entry *entry;
	int ret;

	if ((num_inputs && !inputs) || (num_outputs && !outputs))
		return ge_status_of(ge_error(EINVAL, "RunGraph: tensors of graph %u are at NULL",
					     id));
	ret = ge_entry_get(session, id, &entry);
	if (ret)
		return ge_status_of(ret);
	before = calloc(num_outputs + 1, sizeof(*before));
	if (!before) {
		ret = ge_error(ENOMEM, "RunGraph: no memory");
	} else if (pthread_mutex_trylock(&entry->session->run)) {
		ret = ge_error(EBUSY, "session %llu is running a graph already; a session runs one "
			       "at a time",
			       (unsigned long long)session);
	} else {
		if (num_outputs)
			memcpy(before, outputs, num_outputs * sizeof(*outputs));
		ret = ge_run_blocking(entry, inputs, num_inputs, outputs, num_outputs);
		pthread_mutex_unlock(&entry->session->run);
		if (ret)
			free_new_outputs(before, outputs, num_outputs);
	}
	free(before);
	ge_entry_put(entry);
	return ge_status_of(ret);
}
