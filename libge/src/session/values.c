// SPDX-License-Identifier: MIT
/*
 * Inputs whose values decide about shapes (the sizes of a Resize, the axes of a ReduceSum) are
 * compiled into the program; other values need another program, as other shapes do. Which inputs
 * these are the compiler finds out: it asks for them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "graph/dtype.h"
#include "session.h"

#define MAX_BYTES	(UINT64_C(1) << 20)	/* of one such input */

int ge_values_ready(struct ge_entry *entry, struct acl_stream *stream)
{
	const struct genpu_task nothing = { .op = GENPU_TASK_NOP };
	uint64_t point;
	int ret;

	if (!entry->bound || !stream)
		return 0;
	ret = acl_stream_submit(stream, &nothing, 1, NULL, &point);
	if (!ret)
		acl_stream_wait(stream, point);
	return ret;
}

/* Memory of the device is mapped here as well; what is called so may be something else. */
static bool readable(struct ge_entry *entry, const struct ge_tensor *input, size_t bytes)
{
	char *start, *data = input->data;
	size_t size;

	if (!bytes || input->placement != GE_PLACEMENT_DEVICE)
		return true;
	return !ge_mem_find(entry->session->dev, data, (void **)&start, &size, NULL) &&
	       bytes <= size - (size_t)(data - start);
}

bool ge_values_same(struct ge_entry *entry, const struct ge_program *program,
		    const struct ge_tensor *inputs, size_t num_inputs)
{
	for (size_t i = 0; i < num_inputs; i++) {
		size_t size = program->model->inputs[i].size;

		if (!program->values[i])
			continue;
		if (inputs[i].size < size || (size && !inputs[i].data) ||
		    !readable(entry, &inputs[i], size) ||
		    (size && memcmp(program->values[i], inputs[i].data, size)))
			return false;
	}
	return true;
}

/* The values of input @i, so that a copy may be kept. */
static int take(struct ge_entry *entry, const struct ge_tensor_desc *shape,
		const struct ge_tensor *input, size_t i, void **value)
{
	const char *name = ge_graph_name(entry->graph);
	size_t bytes = 0;
	int ret = ge_desc_bytes(shape, &bytes);

	if (ret)
		return ret;
	if (bytes > MAX_BYTES)
		return ge_error(ENOTSUP, "graph '%s': shapes depend on the values of input %zu "
				"('%s'), which has %zu bytes; that is supported up to %llu",
				name, i, entry->inputs[i].name, bytes,
				(unsigned long long)MAX_BYTES);
	if (bytes && !input->data)
		return ge_error(ENODATA, "graph '%s': shapes depend on the values of input %zu "
				"('%s'), but the tensor has no data",
				name, i, entry->inputs[i].name);
	if (input->size < bytes)
		return ge_error(EINVAL, "graph '%s': shapes depend on the values of input %zu "
				"('%s'), which has %zu bytes; expected are %zu (E13025)",
				name, i, entry->inputs[i].name, input->size, bytes);
	if (!readable(entry, input, bytes))
		return ge_error(EINVAL, "graph '%s': input %zu ('%s') needs %zu bytes at %p, which "
				"is not memory of the device; allocate it with aclrtMalloc()",
				name, i, entry->inputs[i].name, bytes, input->data);
	*value = malloc(bytes + 1);
	if (!*value)
		return ge_error(ENOMEM, "graph '%s': no memory", name);
	if (bytes)
		memcpy(*value, input->data, bytes);
	return 0;
}

void ge_values_free(void **values, size_t num)
{
	for (size_t i = 0; values && i < num; i++)
		free(values[i]);
	free(values);
}

/* From the next try on the inputs that the compiler asked for are compiled in. */
static bool learn(struct ge_entry *entry, const bool *wanted)
{
	bool more = false;

	if (!entry->bound)
		entry->bound = calloc(entry->num_inputs + 1, sizeof(*entry->bound));
	for (size_t i = 0; entry->bound && i < entry->num_inputs; i++) {
		more = more || (wanted[i] && !entry->bound[i]);
		entry->bound[i] = entry->bound[i] || wanted[i];
	}
	return more;
}

static int try_build(struct ge_entry *entry, struct ge_device *dev,
		     const struct ge_tensor_desc *shapes, const struct ge_tensor *inputs,
		     bool *wanted, struct ge_program **program)
{
	void **values = calloc(entry->num_inputs + 1, sizeof(*values));
	const struct ge_known_inputs known = {
		.num = entry->num_inputs, .descs = shapes, .wanted = wanted,
		.values = (const void *const *)values,
	};
	int ret = values ? 0 : ge_error(ENOMEM, "graph '%s': no memory",
					ge_graph_name(entry->graph));

	for (size_t i = 0; !ret && inputs && entry->bound && i < entry->num_inputs; i++)
		if (entry->bound[i])
			ret = take(entry, &shapes[i], &inputs[i], i, &values[i]);
	if (!ret)
		ret = ge_program_create(dev, entry->graph, &known, program);
	if (ret)
		ge_values_free(values, entry->num_inputs);
	else
		(*program)->values = values;
	return ret;
}

int ge_values_build(struct ge_entry *entry, struct acl_stream *stream,
		    const struct ge_tensor_desc *shapes, const struct ge_tensor *inputs,
		    struct ge_program **program)
{
	bool *wanted = calloc(entry->num_inputs + 1, sizeof(*wanted));
	struct ge_device *dev;
	int ret = wanted ? 0 : ge_error(ENOMEM, "graph '%s': no memory",
					ge_graph_name(entry->graph));

	if (!ret)
		ret = ge_session_device(entry->session, &dev);
	/* Each try asks for one input more at least. */
	while (!ret) {
		ret = try_build(entry, dev, shapes, inputs, wanted, program);
		if (ret != -ENODATA || !learn(entry, wanted) || !inputs)
			break;
		ret = ge_values_ready(entry, stream);
	}
	free(wanted);
	return ret;
}
