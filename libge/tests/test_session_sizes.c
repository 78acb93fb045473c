// SPDX-License-Identifier: MIT
/* Outputs of a size that the run decides: what a run returns, and what such an output can be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "acl/acl.h"
#include "ge/ge.h"
#include "tap.h"

#define GRAPH	1

/* y = where x[2, 3] is not 0 */
static struct ge_graph *nonzero_graph(struct ge_node **nonzero)
{
	const struct ge_tensor_desc desc = { GE_DT_FLOAT, GE_FORMAT_ND, 2, 0, { 2, 3 } };
	struct ge_graph *graph = NULL;
	struct ge_node *x;

	if (ge_graph_create("find", &graph) || ge_graph_add_input(graph, "x", &desc, &x) ||
	    ge_graph_add(graph, "onnx::NonZero", "nonzero", nonzero) ||
	    ge_node_connect(*nonzero, 0, x, 0))
		TAP_FAIL("making the graph: %s", ge_last_error());
	return graph;
}

static uint64_t open_session(struct ge_graph *graph)
{
	uint64_t session = 0;

	if (ge_initialize(NULL, 0) || ge_session_create(NULL, 0, &session) ||
	    ge_session_add_graph(session, GRAPH, graph, NULL, 0))
		TAP_FAIL("session: %s", ge_last_error());
	ge_graph_destroy(graph);
	return session;
}

static struct ge_tensor tensor_of(float *x)
{
	return (struct ge_tensor){ { GE_DT_FLOAT, GE_FORMAT_ND, 2, 0, { 2, 3 } }, x,
				   6 * sizeof(*x), GE_PLACEMENT_HOST, 0 };
}

/* @n places in @where, rows first. */
static void finds(uint64_t session, float *x, int64_t n, const int64_t *where)
{
	struct ge_tensor input = tensor_of(x), y = { 0 };

	CHECK_EQ(ge_session_run_graph(session, GRAPH, &input, 1, &y, 1), GE_SUCCESS);
	EXPECT_EQ(y.desc.rank, 2);
	EXPECT_EQ(y.desc.dims[0], 2);
	EXPECT_EQ(y.desc.dims[1], n);
	EXPECT_EQ(y.size, 2 * n * sizeof(int64_t));
	EXPECT(!n || !memcmp(y.data, where, 2 * n * sizeof(int64_t)));
	free(y.data);
}

TEST(each_run_returns_the_shape_that_it_found)
{
	struct ge_graph *graph;
	struct ge_node *nonzero;
	uint64_t session;

	graph = nonzero_graph(&nonzero);
	CHECK_EQ(ge_graph_add_output(graph, nonzero, 0), GE_SUCCESS);
	session = open_session(graph);
	finds(session, (float[]){ 0, 2, 0, 0, 0, 3 }, 2, (const int64_t[]){ 0, 1, 1, 2 });
	finds(session, (float[]){ 0, 0, 0, 0, 0, 0 }, 0, NULL);
	finds(session, (float[]){ 1, 1, 1, 1, 1, 1 }, 6,
	      (const int64_t[]){ 0, 0, 0, 1, 1, 1, 0, 1, 2, 0, 1, 2 });
	finds(session, (float[]){ 0, 0, 0, 9, 0, 0 }, 1, (const int64_t[]){ 1, 0 });
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
}

TEST(memory_of_the_caller_has_room_for_the_largest)
{
	struct ge_tensor input = tensor_of((float[]){ 0, 0, 0, 0, 0, 7 });
	int64_t where[12] = { 0 };
	struct ge_tensor y = { .data = where, .size = sizeof(where) };
	struct ge_graph *graph;
	struct ge_node *nonzero;
	uint64_t session;

	graph = nonzero_graph(&nonzero);
	CHECK_EQ(ge_graph_add_output(graph, nonzero, 0), GE_SUCCESS);
	session = open_session(graph);
	CHECK_EQ(ge_session_run_graph(session, GRAPH, &input, 1, &y, 1), GE_SUCCESS);
	EXPECT_EQ(y.desc.dims[1], 1);
	EXPECT_EQ(where[0], 1);
	EXPECT_EQ(where[1], 2);
	EXPECT_EQ(where[2], 0);
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
}

TEST(a_stream_gets_the_largest_shape_and_what_is_not_used_is_marked)
{
	float x[] = { 0, 5, 0, 0, 0, 0 };
	struct ge_tensor input = tensor_of(NULL), y = { 0 };
	int64_t where[12] = { 0 };
	struct ge_graph *graph;
	struct ge_node *nonzero;
	aclrtStream stream;
	uint64_t session;

	graph = nonzero_graph(&nonzero);
	CHECK_EQ(ge_graph_add_output(graph, nonzero, 0), GE_SUCCESS);
	session = open_session(graph);
	CHECK_EQ(aclInit(NULL), ACL_SUCCESS);
	CHECK_EQ(aclrtSetDevice(0), ACL_SUCCESS);
	CHECK_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
	CHECK_EQ(aclrtMalloc(&input.data, sizeof(x), ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
	input.placement = GE_PLACEMENT_DEVICE;
	EXPECT_EQ(aclrtMemcpy(input.data, sizeof(x), x, sizeof(x), ACL_MEMCPY_HOST_TO_DEVICE), 0);
	CHECK_EQ(ge_session_run_graph_stream(session, GRAPH, stream, &input, 1, &y, 1),
		 GE_SUCCESS);
	EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
	EXPECT_EQ(y.desc.dims[1], 6);
	EXPECT_EQ(y.size, sizeof(where));
	EXPECT_EQ(aclrtMemcpy(where, sizeof(where), y.data, sizeof(where),
			      ACL_MEMCPY_DEVICE_TO_HOST), ACL_SUCCESS);
	EXPECT_EQ(where[0], 0);
	EXPECT_EQ(where[1], 1);
	for (int i = 2; i < 12; i++)
		EXPECT_EQ(where[i], -1);
	EXPECT_EQ(aclrtFree(input.data), ACL_SUCCESS);
	EXPECT_EQ(ge_session_destroy(session), GE_SUCCESS);
	EXPECT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
	EXPECT_EQ(aclrtResetDevice(0), ACL_SUCCESS);
	EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
}

TEST(no_operator_takes_such_an_output)
{
	struct ge_tensor input = tensor_of((float[]){ 1, 0, 0, 0, 0, 0 }), y = { 0 };
	struct ge_node *nonzero, *abs;
	struct ge_graph *graph;
	uint64_t session;

	graph = nonzero_graph(&nonzero);
	CHECK_EQ(ge_graph_add(graph, "onnx::Abs", "abs", &abs), GE_SUCCESS);
	CHECK_EQ(ge_node_connect(abs, 0, nonzero, 0), GE_SUCCESS);
	CHECK_EQ(ge_graph_add_output(graph, abs, 0), GE_SUCCESS);
	session = open_session(graph);
	EXPECT(ge_session_run_graph(session, GRAPH, &input, 1, &y, 1) != GE_SUCCESS);
	EXPECT_STR(ge_last_error(), "'abs'");
	EXPECT_STR(ge_last_error(), "known after a run only");
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
}

TEST_MAIN()
