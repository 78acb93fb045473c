// SPDX-License-Identifier: MIT
/* Graphs with inputs that decide about shapes: a program per value, found again, and errors. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "acl/acl.h"
#include "ge/ge.h"
#include "tap.h"

#define SESSION_GRAPH	1

/* y = x[6] in the shape of the second input, -1 */
static struct ge_graph *reshape_graph(void)
{
	const struct ge_tensor_desc x_desc = { GE_DT_FLOAT, GE_FORMAT_ND, 1, 0, { 6 } };
	const struct ge_tensor_desc to_desc = { GE_DT_INT64, GE_FORMAT_ND, 1, 0, { 2 } };
	struct ge_node *x, *to, *reshape, *neg;
	struct ge_graph *graph = NULL;

	if (ge_graph_create("reshape", &graph) ||
	    ge_graph_add_input(graph, "x", &x_desc, &x) ||
	    ge_graph_add_input(graph, "to", &to_desc, &to) ||
	    ge_graph_add(graph, "onnx::Reshape", "reshape", &reshape) ||
	    ge_node_connect(reshape, 0, x, 0) || ge_node_connect(reshape, 1, to, 0) ||
	    ge_graph_add(graph, "onnx::Neg", "neg", &neg) ||
	    ge_node_connect(neg, 0, reshape, 0) || ge_graph_add_output(graph, neg, 0))
		TAP_FAIL("making the graph: %s", ge_last_error());
	return graph;
}

static uint64_t open_session(struct ge_graph *graph)
{
	uint64_t session = 0;

	if (ge_initialize(NULL, 0) || ge_session_create(NULL, 0, &session) ||
	    ge_session_add_graph(session, SESSION_GRAPH, graph, NULL, 0))
		TAP_FAIL("session: %s", ge_last_error());
	ge_graph_destroy(graph);
	return session;
}

static float numbers[6] = { 1, 2, 3, 4, 5, 6 };

static struct ge_tensor x_tensor(void)
{
	return (struct ge_tensor){ { GE_DT_FLOAT, GE_FORMAT_ND, 1, 0, { 6 } }, numbers,
				   sizeof(numbers), GE_PLACEMENT_HOST, 0 };
}

static struct ge_tensor to_tensor(int64_t *to)
{
	return (struct ge_tensor){ { GE_DT_INT64, GE_FORMAT_ND, 1, 0, { 2 } }, to,
				   2 * sizeof(*to), GE_PLACEMENT_HOST, 0 };
}

static void run_as(uint64_t session, int64_t rows, int64_t columns)
{
	int64_t to[] = { rows, columns };
	struct ge_tensor inputs[] = { x_tensor(), to_tensor(to) }, y = { 0 };

	CHECK_EQ(ge_session_run_graph(session, SESSION_GRAPH, inputs, 2, &y, 1), GE_SUCCESS);
	EXPECT_EQ(y.desc.rank, 2);
	EXPECT_EQ(y.desc.dims[0], rows);
	EXPECT_EQ(y.desc.dims[1], columns);
	for (int i = 0; i < 6; i++)
		EXPECT_EQ(((float *)y.data)[i], -numbers[i]);
	free(y.data);
}

TEST(each_value_of_a_shape_input_has_its_program)
{
	uint64_t session = open_session(reshape_graph());

	for (int round = 0; round < 3; round++) {
		run_as(session, 2, 3);
		run_as(session, 3, 2);
		run_as(session, 6, 1);
		run_as(session, 1, 6);
	}
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
}

TEST(more_values_than_programs_are_kept)
{
	const struct ge_tensor_desc desc = { GE_DT_INT64, GE_FORMAT_ND, 1, 0, { 1 } };
	struct ge_node *size, *fill;
	struct ge_graph *graph;
	uint64_t session;

	CHECK_EQ(ge_graph_create("fill", &graph), GE_SUCCESS);
	CHECK_EQ(ge_graph_add_input(graph, "size", &desc, &size), GE_SUCCESS);
	CHECK_EQ(ge_graph_add(graph, "onnx::ConstantOfShape", "fill", &fill), GE_SUCCESS);
	CHECK_EQ(ge_node_connect(fill, 0, size, 0), GE_SUCCESS);
	CHECK_EQ(ge_graph_add_output(graph, fill, 0), GE_SUCCESS);
	session = open_session(graph);
	for (int64_t n = 0; n < 60; n++) {
		int64_t value = n % 20;
		struct ge_tensor input = { desc, &value, sizeof(value), GE_PLACEMENT_HOST, 0 };
		struct ge_tensor y = { 0 };

		CHECK_EQ(ge_session_run_graph(session, SESSION_GRAPH, &input, 1, &y, 1),
			 GE_SUCCESS);
		EXPECT_EQ(y.desc.dims[0], value);
		free(y.data);
	}
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
}

TEST(building_without_values_waits_for_the_first_run)
{
	uint64_t session = open_session(reshape_graph());
	struct ge_tensor empty[] = { x_tensor(), to_tensor(NULL) };

	EXPECT_EQ(ge_session_build_graph(session, SESSION_GRAPH, NULL, 0), GE_SUCCESS);
	empty[0].data = NULL;
	EXPECT_EQ(ge_session_build_graph(session, SESSION_GRAPH, empty, 2), GE_SUCCESS);
	run_as(session, 3, 2);
	EXPECT_EQ(ge_session_build_graph(session, SESSION_GRAPH, NULL, 0), GE_SUCCESS);
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
}

TEST(values_that_make_no_sense_are_named)
{
	uint64_t session = open_session(reshape_graph());
	int64_t wrong[] = { 4, 5 };
	struct ge_tensor inputs[] = { x_tensor(), to_tensor(wrong) }, y = { 0 };

	EXPECT(ge_session_run_graph(session, SESSION_GRAPH, inputs, 2, &y, 1) != GE_SUCCESS);
	EXPECT_STR(ge_last_error(), "'reshape'");
	EXPECT_STR(ge_last_error(), "[4, 5]");
	inputs[1].size = 8;
	EXPECT(ge_session_run_graph(session, SESSION_GRAPH, inputs, 2, &y, 1) != GE_SUCCESS);
	EXPECT_STR(ge_last_error(), "input 1 ('to')");
	EXPECT_STR(ge_last_error(), "E13025");
	inputs[1].size = 16;
	inputs[1].data = NULL;
	EXPECT(ge_session_run_graph(session, SESSION_GRAPH, inputs, 2, &y, 1) != GE_SUCCESS);
	EXPECT_STR(ge_last_error(), "input 1 ('to')");
	EXPECT(!y.data);
	run_as(session, 2, 3);
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
}

/* Each is refused, also after a run that has a program; host memory will do for the shape. */
TEST(values_of_a_stream_in_memory_of_others_are_refused)
{
	uint64_t session = open_session(reshape_graph());
	struct ge_tensor inputs[2] = { x_tensor(), to_tensor(NULL) }, y = { 0 };
	int64_t to[] = { 2, 3 };
	aclrtStream stream;
	void *memory;

	CHECK_EQ(aclInit(NULL), ACL_SUCCESS);
	CHECK_EQ(aclrtSetDevice(0), ACL_SUCCESS);
	CHECK_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
	CHECK_EQ(aclrtMalloc(&memory, 4096, ACL_MEM_MALLOC_HUGE_FIRST), 0);
	inputs[0].data = memory;
	inputs[0].placement = GE_PLACEMENT_DEVICE;
	for (int round = 0; round < 2; round++) {
		inputs[1].placement = GE_PLACEMENT_DEVICE;
		inputs[1].data = (void *)64;
		EXPECT(ge_session_run_graph_stream(session, SESSION_GRAPH, stream, inputs, 2, &y,
						   1) != GE_SUCCESS);
		EXPECT_STR(ge_last_error(), "input 1 ('to') needs 16 bytes");
		inputs[1].data = (char *)memory + 4088;
		EXPECT(ge_session_run_graph_stream(session, SESSION_GRAPH, stream, inputs, 2, &y,
						   1) != GE_SUCCESS);
		EXPECT_STR(ge_last_error(), "input 1 ('to') needs 16 bytes");
		inputs[1].placement = GE_PLACEMENT_HOST;
		inputs[1].data = to;
		EXPECT_EQ(ge_session_run_graph_stream(session, SESSION_GRAPH, stream, inputs, 2,
						      &y, 1), GE_SUCCESS);
		EXPECT_EQ(y.desc.dims[0], 2);
		EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
	}
	EXPECT_EQ(aclrtFree(memory), 0);
	EXPECT_EQ(ge_session_destroy(session), GE_SUCCESS);
	EXPECT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
	EXPECT_EQ(aclrtResetDevice(0), ACL_SUCCESS);
	EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
}

/* The shape is the sum of an input that is a number too large. */
TEST(values_of_more_than_a_mebibyte_are_refused)
{
	const struct ge_tensor_desc desc = { GE_DT_INT64, GE_FORMAT_ND, 1, 0, { (1 << 17) + 1 } };
	struct ge_node *size, *sum, *fill;
	struct ge_tensor input = { .desc = desc }, y = { 0 };
	struct ge_graph *graph;
	uint64_t session;

	input.size = (size_t)desc.dims[0] * sizeof(int64_t);
	input.data = calloc(1, input.size);
	CHECK_EQ(ge_graph_create("large", &graph), GE_SUCCESS);
	CHECK_EQ(ge_graph_add_input(graph, "size", &desc, &size), GE_SUCCESS);
	CHECK_EQ(ge_graph_add(graph, "onnx::ReduceSum", "sum", &sum), GE_SUCCESS);
	CHECK_EQ(ge_node_connect(sum, 0, size, 0), GE_SUCCESS);
	CHECK_EQ(ge_graph_add(graph, "onnx::ConstantOfShape", "fill", &fill), GE_SUCCESS);
	CHECK_EQ(ge_node_connect(fill, 0, sum, 0), GE_SUCCESS);
	CHECK_EQ(ge_graph_add_output(graph, fill, 0), GE_SUCCESS);
	session = open_session(graph);
	EXPECT(ge_session_run_graph(session, SESSION_GRAPH, &input, 1, &y, 1) != GE_SUCCESS);
	EXPECT_STR(ge_last_error(), "input 0 ('size'), which has 1048584 bytes");
	free(input.data);
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
}

/* The shape is made by work on the same stream that has not ended when the graph is submitted. */
TEST(values_that_a_stream_makes_are_waited_for)
{
	uint64_t session = open_session(reshape_graph());
	struct ge_tensor inputs[2] = { x_tensor(), to_tensor(NULL) }, y = { 0 };
	int64_t to[] = { 3, 2 };
	float result[6] = { 0 };
	aclrtStream stream;
	void *host;

	CHECK_EQ(aclInit(NULL), ACL_SUCCESS);
	CHECK_EQ(aclrtSetDevice(0), ACL_SUCCESS);
	CHECK_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
	CHECK_EQ(aclrtMalloc(&inputs[0].data, sizeof(numbers), ACL_MEM_MALLOC_HUGE_FIRST), 0);
	CHECK_EQ(aclrtMalloc(&inputs[1].data, sizeof(to), ACL_MEM_MALLOC_HUGE_FIRST), 0);
	CHECK_EQ(aclrtMallocHost(&host, sizeof(to)), 0);
	inputs[0].placement = GE_PLACEMENT_DEVICE;
	inputs[1].placement = GE_PLACEMENT_DEVICE;
	for (int round = 0; round < 4; round++) {
		to[0] = round % 2 ? 2 : 3;
		to[1] = 6 / to[0];
		memcpy(host, to, sizeof(to));
		EXPECT_EQ(aclrtMemcpyAsync(inputs[0].data, sizeof(numbers), numbers,
					   sizeof(numbers), ACL_MEMCPY_HOST_TO_DEVICE, stream), 0);
		EXPECT_EQ(aclrtMemcpyAsync(inputs[1].data, sizeof(to), host, sizeof(to),
					   ACL_MEMCPY_HOST_TO_DEVICE, stream), 0);
		y.data = NULL;
		CHECK_EQ(ge_session_run_graph_stream(session, SESSION_GRAPH, stream, inputs, 2, &y,
						     1), GE_SUCCESS);
		EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
		EXPECT_EQ(y.desc.dims[0], to[0]);
		EXPECT_EQ(aclrtMemcpy(result, sizeof(result), y.data, sizeof(result),
				      ACL_MEMCPY_DEVICE_TO_HOST), ACL_SUCCESS);
		EXPECT_EQ(result[5], -6);
	}
	EXPECT_EQ(aclrtFree(inputs[0].data), 0);
	EXPECT_EQ(aclrtFree(inputs[1].data), 0);
	EXPECT_EQ(aclrtFreeHost(host), 0);
	EXPECT_EQ(ge_session_destroy(session), GE_SUCCESS);
	EXPECT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
	EXPECT_EQ(aclrtResetDevice(0), ACL_SUCCESS);
	EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
}

TEST_MAIN()
