// SPDX-License-Identifier: MIT
/*
 * A graph on the NPU in plain C: a convolution with bias and relu, run asynchronously on a stream
 * with its data in device memory, and compared with the same computation in plain loops.
 *
 *	cc async_graph.c -lge
 */
#include <stdio.h>
#include <stdlib.h>
#include "acl/acl.h"
#include "ge/ge.h"

enum { CIN = 3, COUT = 4, SIZE = 8, KERNEL = 3, GRAPH = 1 };

static float x[CIN][SIZE][SIZE];
static float filter[COUT][CIN][KERNEL][KERNEL];
static float bias[COUT];
static float y[COUT][SIZE][SIZE];

static void ge_check(ge_status status, const char *what)
{
	if (status == GE_SUCCESS)
		return;
	fprintf(stderr, "%s: %s: %s\n", what, ge_status_text(status), ge_last_error());
	exit(1);
}

static void acl_check(aclError error, const char *what)
{
	const char *text;

	if (error == ACL_SUCCESS)
		return;
	text = aclGetRecentErrMsg();
	fprintf(stderr, "%s: error %d: %s\n", what, error, text ? text : "");
	exit(1);
}

/* Small whole numbers, so that the result is exact in whatever order they are added. */
static void make_data(void)
{
	for (int i = 0; i < CIN * SIZE * SIZE; i++)
		(&x[0][0][0])[i] = i * 7 % 11 - 5;
	for (int i = 0; i < COUT * CIN * KERNEL * KERNEL; i++)
		(&filter[0][0][0][0])[i] = i * 5 % 7 - 3;
	for (int i = 0; i < COUT; i++)
		bias[i] = 2 * i - 3;
}

static float expected(int o, int row, int col)
{
	float sum = bias[o];

	for (int c = 0; c < CIN; c++)
		for (int i = 0; i < KERNEL; i++)
			for (int j = 0; j < KERNEL; j++) {
				int r = row + i - 1, k = col + j - 1;

				if (r >= 0 && r < SIZE && k >= 0 && k < SIZE)
					sum += x[c][r][k] * filter[o][c][i][j];
			}
	return sum > 0 ? sum : 0;
}

/* x -> Conv2D -> Relu -> y, all in NCHW */
static struct ge_graph *make_graph(void)
{
	const struct ge_tensor_desc x_desc = { GE_DT_FLOAT, GE_FORMAT_NCHW, 4, 0,
					       { 1, CIN, SIZE, SIZE } };
	const struct ge_tensor_desc filter_desc = { GE_DT_FLOAT, GE_FORMAT_NCHW, 4, 0,
						    { COUT, CIN, KERNEL, KERNEL } };
	const struct ge_tensor_desc bias_desc = { GE_DT_FLOAT, GE_FORMAT_ND, 1, 0, { COUT } };
	const int64_t ones[] = { 1, 1, 1, 1 };
	struct ge_node *data, *weights, *offset, *conv, *relu;
	struct ge_graph *graph;

	ge_check(ge_graph_create("conv_relu", &graph), "graph");
	ge_check(ge_graph_add_input(graph, "x", &x_desc, &data), "x");
	ge_check(ge_graph_add_const(graph, "filter", &filter_desc, filter, sizeof(filter),
				    &weights), "filter");
	ge_check(ge_graph_add_const(graph, "bias", &bias_desc, bias, sizeof(bias), &offset),
		 "bias");

	ge_check(ge_graph_add(graph, "Conv2D", "conv", &conv), "conv");
	ge_check(ge_node_set_ints(conv, "strides", ones, 4), "strides");
	ge_check(ge_node_set_ints(conv, "pads", ones, 4), "pads");
	ge_check(ge_node_set_string(conv, "data_format", "NCHW"), "data_format");
	ge_check(ge_node_connect_name(conv, "x", data, 0), "conv.x");
	ge_check(ge_node_connect_name(conv, "filter", weights, 0), "conv.filter");
	ge_check(ge_node_connect_name(conv, "bias", offset, 0), "conv.bias");

	ge_check(ge_graph_add(graph, "Relu", "relu", &relu), "relu");
	ge_check(ge_node_connect_name(relu, "x", conv, 0), "relu.x");
	ge_check(ge_graph_add_output(graph, relu, 0), "y");
	return graph;
}

/* Runs the graph once; x and y go over pinned host memory, so that the copies are asynchronous. */
static void run(uint64_t session)
{
	struct ge_tensor in = { .size = sizeof(x), .placement = GE_PLACEMENT_DEVICE };
	struct ge_tensor out = { .size = sizeof(y), .placement = GE_PLACEMENT_DEVICE };
	aclrtStream stream;
	float *host;

	acl_check(aclrtSetDevice(0), "aclrtSetDevice");
	acl_check(aclrtCreateStream(&stream), "aclrtCreateStream");
	acl_check(aclrtMallocHost((void **)&host, sizeof(x)), "aclrtMallocHost");
	acl_check(aclrtMalloc(&in.data, sizeof(x), ACL_MEM_MALLOC_HUGE_FIRST), "aclrtMalloc");
	acl_check(aclrtMalloc(&out.data, sizeof(y), ACL_MEM_MALLOC_HUGE_FIRST), "aclrtMalloc");

	for (int i = 0; i < CIN * SIZE * SIZE; i++)
		host[i] = (&x[0][0][0])[i];
	acl_check(aclrtMemcpyAsync(in.data, sizeof(x), host, sizeof(x),
				   ACL_MEMCPY_HOST_TO_DEVICE, stream), "aclrtMemcpyAsync");
	ge_check(ge_session_run_graph_stream(session, GRAPH, stream, &in, 1, &out, 1),
		 "ge_session_run_graph_stream");
	acl_check(aclrtSynchronizeStream(stream), "aclrtSynchronizeStream");
	acl_check(aclrtMemcpy(y, sizeof(y), out.data, sizeof(y), ACL_MEMCPY_DEVICE_TO_HOST),
		  "aclrtMemcpy");

	acl_check(aclrtFree(in.data), "aclrtFree");
	acl_check(aclrtFree(out.data), "aclrtFree");
	acl_check(aclrtFreeHost(host), "aclrtFreeHost");
	acl_check(aclrtDestroyStream(stream), "aclrtDestroyStream");
}

static int compare(void)
{
	int wrong = 0;

	for (int o = 0; o < COUT; o++) {
		float sum = 0;

		for (int row = 0; row < SIZE; row++)
			for (int col = 0; col < SIZE; col++) {
				sum += y[o][row][col];
				wrong += y[o][row][col] != expected(o, row, col);
			}
		printf("channel %d: sum %g\n", o, sum);
	}
	printf("%d of %d values are right\n", COUT * SIZE * SIZE - wrong, COUT * SIZE * SIZE);
	return wrong ? 1 : 0;
}

int main(void)
{
	const struct ge_option options[] = { { "ge.exec.deviceId", "0" } };
	struct ge_graph *graph;
	uint64_t session;
	int status;

	make_data();
	graph = make_graph();
	ge_check(ge_initialize(options, 1), "ge_initialize");
	ge_check(ge_session_create(NULL, 0, &session), "ge_session_create");
	ge_check(ge_session_add_graph(session, GRAPH, graph, NULL, 0), "ge_session_add_graph");
	ge_graph_destroy(graph);
	acl_check(aclInit(NULL), "aclInit");

	run(session);
	status = compare();

	ge_check(ge_finalize(), "ge_finalize");
	acl_check(aclFinalize(), "aclFinalize");
	return status;
}
