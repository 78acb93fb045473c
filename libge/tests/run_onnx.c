// SPDX-License-Identifier: MIT
/*
 * run_onnx MODEL IN... -- OUT...: one run. IN is TYPE:DIMS:FILE, TYPE a number of ge_dtype, DIMS
 * such as 1x3x48x320 ("" = a scalar), FILE the tensor's bytes. Each OUT receives a line with type
 * and dimensions, then the bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ge/ge.h"

#define MAX_TENSORS 64

static int fail(const char *what)
{
	fprintf(stderr, "run_onnx: %s: %s\n", what, ge_last_error());
	return 1;
}

static int read_input(char *spec, struct ge_tensor *tensor)
{
	char *dims = strchr(spec, ':'), *path = dims ? strchr(dims + 1, ':') : NULL;
	FILE *file;

	if (!path)
		return -1;
	*path++ = '\0';
	tensor->desc.dtype = atoi(spec);
	tensor->desc.format = GE_FORMAT_ND;
	tensor->size = ge_dtype_size(tensor->desc.dtype);
	for (char *at = dims + 1; *at && tensor->desc.rank < GE_MAX_RANK; at += *at == 'x') {
		tensor->desc.dims[tensor->desc.rank] = strtoll(at, &at, 10);
		tensor->size *= tensor->desc.dims[tensor->desc.rank++];
	}
	tensor->data = malloc(tensor->size + 1);
	file = fopen(path, "rb");
	if (!file || !tensor->data ||
	    fread(tensor->data, 1, tensor->size + 1, file) != tensor->size) {
		fprintf(stderr, "run_onnx: %s has not %zu bytes\n", path, tensor->size);
		return -1;
	}
	fclose(file);
	return 0;
}

static int write_output(const char *path, const struct ge_tensor *tensor)
{
	FILE *file = fopen(path, "wb");

	if (!file)
		return -1;
	fprintf(file, "%d", tensor->desc.dtype);
	for (int i = 0; i < tensor->desc.rank; i++)
		fprintf(file, " %lld", (long long)tensor->desc.dims[i]);
	fputc('\n', file);
	if (fwrite(tensor->data, 1, tensor->size, file) != tensor->size || fclose(file))
		return -1;
	return 0;
}

/* Here rather than on main()'s stack, so that they are no leaks when it fails. */
static struct ge_tensor inputs[MAX_TENSORS], outputs[MAX_TENSORS];

int main(int argc, char **argv)
{
	size_t num_inputs = 0, num_outputs = 0;
	struct ge_graph *graph;
	uint64_t session;
	int at = 2;

	for (; at < argc && strcmp(argv[at], "--") && num_inputs < MAX_TENSORS; at++)
		if (read_input(argv[at], &inputs[num_inputs++]))
			return 1;
	if (argc < 2 || ge_graph_from_onnx(argv[1], &graph))
		return fail("model");
	num_outputs = ge_graph_num_outputs(graph);
	if (num_outputs > MAX_TENSORS || ge_initialize(NULL, 0) ||
	    ge_session_create(NULL, 0, &session) ||
	    ge_session_add_graph(session, 0, graph, NULL, 0))
		return fail("session");
	ge_graph_destroy(graph);
	if (ge_session_run_graph(session, 0, inputs, num_inputs, outputs, num_outputs))
		return fail("run");
	for (size_t i = 0; i < num_outputs; i++) {
		if ((int)i + at + 1 < argc && write_output(argv[i + at + 1], &outputs[i]))
			return fail(argv[i + at + 1]);
		free(outputs[i].data);
	}
	for (size_t i = 0; i < num_inputs; i++)
		free(inputs[i].data);
	ge_finalize();
	return 0;
}
