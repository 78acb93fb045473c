// SPDX-License-Identifier: MIT
/* Damaged and hostile files: a message that says where, no crash, no memory beyond the file's. */
#include <dirent.h>
#include <stdio.h>
#include "ge/ge.h"
#include "onnx_model.h"
#include "tap.h"

#define TESTDATA "/usr/share/libonnx-testdata/data/node"

/* Always the same numbers. */
static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 33;
}

static uint8_t *small_model(size_t *size)
{
	struct om *m = om_new(13);
	float w[2 * 3 * 3 * 3] = { 1, 2, 3 };
	int64_t shape[2] = { 1, -1 };
	Onnx__NodeProto *node;
	uint8_t *data;

	om_input(m, "x", OM_T(FLOAT), 4, OM_DIMS(1, 3, 8, 8));
	om_raw(m, om_init(m, "w", OM_T(FLOAT), 4, OM_DIMS(2, 3, 3, 3)), w, sizeof(w));
	om_raw(m, om_init(m, "shape", OM_T(INT64), 1, OM_DIMS(2)), shape, sizeof(shape));
	node = om_node(m, "Conv", "conv1", "x w", "c");
	om_ints(m, node, "pads", 4, OM_DIMS(1, 1, 1, 1));
	om_float(m, om_node(m, "LeakyRelu", "leaky", "c", "l"), "alpha", 0.25f);
	om_node(m, "Reshape", "flat", "l shape", "y");
	om_output(m, "y");
	data = om_pack(m, size);
	om_free(m);
	return data;
}

/* In memory of exactly this size, so that the sanitizer sees what reads beyond it. */
static ge_status import_copy(const uint8_t *data, size_t size, struct ge_graph **graph)
{
	uint8_t *copy = malloc(size ? size : 1);
	ge_status status;

	memcpy(copy, data, size);
	status = ge_graph_from_onnx_memory(copy, size, "damaged.onnx", graph);
	free(copy);
	return status;
}

TEST(every_truncation_is_refused_with_size_and_place)
{
	struct ge_graph *graph;
	uint8_t *data;
	size_t size, placed = 0;
	char length[32];

	data = small_model(&size);
	EXPECT_EQ(import_copy(data, size, &graph), GE_SUCCESS);
	ge_graph_destroy(graph);
	for (size_t n = 1; n < size; n++) {
		if (import_copy(data, n, &graph) == GE_SUCCESS) {
			/* The graph is all there, only what follows it is not. */
			ge_graph_destroy(graph);
			TAP_FAIL("%zu of %zu bytes are taken for the model", n, size);
			continue;
		}
		EXPECT_STR(ge_last_error(), "damaged.onnx");
		snprintf(length, sizeof(length), "%zu bytes", n);
		placed += strstr(ge_last_error(), "truncated") && strstr(ge_last_error(), length) &&
			  strstr(ge_last_error(), " in ");
	}
	/* All but those that end between two fields of the model. */
	EXPECT(placed + 8 > size);
	free(data);
}

TEST(a_truncated_tensor_is_named_by_its_path)
{
	struct ge_graph *graph;
	uint8_t *data;
	size_t size;
	float w = 2;

	data = small_model(&size);
	/* Into the bytes of initializer w, that begin with 1, 2, 3. */
	for (size_t i = 0; i + 8 < size; i++) {
		if (!memcmp(data + i, &w, sizeof(w))) {
			EXPECT(import_copy(data, i + 4, &graph));
			EXPECT_STR(ge_last_error(), "graph.initializer[0].raw_data");
			break;
		}
	}
	free(data);
}

static void mutate(uint8_t *data, size_t *size, uint64_t *state)
{
	unsigned int changes = 1 + next_random(state) % 4;

	while (changes--) {
		size_t at = next_random(state) % *size;
		size_t n = next_random(state) % 8;

		switch (next_random(state) % 5) {
		case 0:
			data[at] ^= 1u << next_random(state) % 8;
			break;
		case 1:
			data[at] = next_random(state);
			break;
		case 2:
			data[at] = 0xff;
			break;
		case 3:		/* cut out */
			n = n < *size - at ? n : *size - at - 1;
			memmove(data + at, data + at + n, *size - at - n);
			*size -= n;
			break;
		default:	/* repeat a piece over its neighbour */
			n = n < (*size - at) / 2 ? n : (*size - at) / 2;
			memcpy(data + at + n, data + at, n);
			break;
		}
	}
}

static void mutations(const uint8_t *data, size_t size, unsigned int rounds, uint64_t seed)
{
	uint8_t *copy = malloc(size);

	for (unsigned int i = 0; i < rounds; i++) {
		uint64_t state = seed + i;
		struct ge_graph *graph = NULL;
		size_t now = size;
		ge_status status;

		memcpy(copy, data, size);
		mutate(copy, &now, &state);
		status = import_copy(copy, now, &graph);
		if (!status) {
			ge_graph_destroy(graph);
		} else {
			if (graph || !*ge_last_error())
				TAP_FAIL("seed %llu: a graph or no message on failure",
					 (unsigned long long)seed + i);
		}
	}
	free(copy);
}

TEST(mutations_of_a_small_model_are_survived)
{
	uint8_t *data;
	size_t size;

	data = small_model(&size);
	mutations(data, size, 30000, 1);
	free(data);
}

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	long end;

	if (!file)
		return NULL;
	fseek(file, 0, SEEK_END);
	end = ftell(file);
	if (end > 0) {
		rewind(file);
		data = malloc(end);
		*size = fread(data, 1, end, file);
	}
	fclose(file);
	return data;
}

TEST(mutations_of_the_onnx_test_models_are_survived)
{
	DIR *dir = opendir(TESTDATA);
	struct dirent *entry;
	unsigned int models = 0;

	if (!dir)
		SKIP("libonnx-testdata is not installed");
	while ((entry = readdir(dir))) {
		char path[600];
		uint8_t *data;
		size_t size;

		snprintf(path, sizeof(path), TESTDATA "/%s/model.onnx", entry->d_name);
		data = read_file(path, &size);
		if (!data)
			continue;
		models++;
		if (size < 8192)
			mutations(data, size, 20, models);
		free(data);
	}
	closedir(dir);
	EXPECT(models > 500);
}

/* @depth messages, each the only field of the one around it. */
static void nested(unsigned int depth, const char *expected)
{
	/* node, attribute, g: graph in graph */
	static const uint8_t tags[3] = { 0x0a, 0x2a, 0x32 };
	size_t size = 0, room = 11ul * (depth + 1);
	uint8_t *data = malloc(room), *at = data + room;
	struct ge_graph *graph;

	for (unsigned int i = depth; i-- > 0;) {
		uint64_t value = size;
		uint8_t length[10];
		size_t n = 0;

		do
			length[n++] = (value & 0x7f) | (value > 0x7f ? 0x80 : 0);
		while (value >>= 7);
		at -= n;
		memcpy(at, length, n);
		*--at = i ? tags[(i - 1) % 3] : 0x3a;
		size = data + room - at;
	}
	EXPECT(import_copy(at, size, &graph));
	EXPECT_STR(ge_last_error(), expected);
	free(data);
}

TEST(deep_nesting_is_refused)
{
	nested(20, "damaged.onnx");
	nested(200000, "nested too deeply");
}

TEST(many_tiny_messages_do_not_eat_memory)
{
	/* A graph of 8 million empty operators: 16 MB of file, more than 1 GB of structures. */
	const size_t count = 8u << 20, size = 2 * count + 5;
	uint8_t *data = calloc(1, size);
	struct ge_graph *graph;

	data[0] = 0x3a;
	for (int i = 0; i < 4; i++)
		data[1 + i] = ((2 * count) >> (7 * i) & 0x7f) | (i < 3 ? 0x80 : 0);
	for (size_t i = 0; i < count; i++)
		data[5 + 2 * i] = 0x0a;
	EXPECT(ge_graph_from_onnx_memory(data, size, "bomb.onnx", &graph));
	EXPECT_STR(ge_last_error(), "too many small messages");
	free(data);
}

TEST(other_files_are_no_models)
{
	static const char *const files[] = {
		"\x89PNG\r\n\x1a\n----------------", "#!/bin/sh\necho hello\n",
		"\177ELF\x02\x01\x01-----------", "PK\x03\x04------------------",
	};
	struct ge_graph *graph;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		EXPECT(import_copy((const uint8_t *)files[i], strlen(files[i]), &graph));
		EXPECT_STR(ge_last_error(), "damaged.onnx");
	}
}

TEST_MAIN()
