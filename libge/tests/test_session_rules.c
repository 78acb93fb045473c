// SPDX-License-Identifier: MIT
/* Sessions in C: numbers that are none, shapes, streams, faults, removal while running. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "acl/acl.h"
#include "ge/ge.h"
#include "tap.h"

#define N 1024

static struct ge_tensor_desc vector_desc(int64_t n)
{
	return (struct ge_tensor_desc){ GE_DT_FLOAT, GE_FORMAT_ND, 1, 0, { n } };
}

/* y = relu(x + 1), x of @n elements, -1 = any number */
static struct ge_graph *make_graph(const char *name, int64_t n)
{
	const struct ge_tensor_desc x_desc = vector_desc(n), one_desc = vector_desc(1);
	struct ge_node *x, *one, *add, *relu;
	struct ge_graph *graph = NULL;
	const float value = 1;

	if (ge_graph_create(name, &graph) || ge_graph_add_input(graph, "x", &x_desc, &x) ||
	    ge_graph_add_const(graph, "one", &one_desc, &value, sizeof(value), &one) ||
	    ge_graph_add(graph, "Add", "add", &add) || ge_node_connect_name(add, "x1", x, 0) ||
	    ge_node_connect_name(add, "x2", one, 0) || ge_graph_add(graph, "Relu", "relu", &relu) ||
	    ge_node_connect_name(relu, "x", add, 0) || ge_graph_add_output(graph, relu, 0))
		TAP_FAIL("making graph %s: %s", name, ge_last_error());
	return graph;
}

static uint64_t session_with(const char *name, uint32_t id, int64_t n)
{
	struct ge_graph *graph = make_graph(name, n);
	uint64_t session = 0;

	if (ge_initialize(NULL, 0) || ge_session_create(NULL, 0, &session) ||
	    ge_session_add_graph(session, id, graph, NULL, 0))
		TAP_FAIL("session: %s", ge_last_error());
	ge_graph_destroy(graph);
	return session;
}

static struct ge_tensor host_tensor(float *data, int64_t n)
{
	return (struct ge_tensor){ vector_desc(n), data, n * sizeof(float), GE_PLACEMENT_HOST, 0 };
}

static struct ge_tensor device_tensor(int64_t n)
{
	struct ge_tensor tensor = host_tensor(NULL, n);

	tensor.placement = GE_PLACEMENT_DEVICE;
	if (aclrtMalloc(&tensor.data, n * sizeof(float), ACL_MEM_MALLOC_HUGE_FIRST))
		TAP_FAIL("aclrtMalloc");
	return tensor;
}

static void put(const struct ge_tensor *tensor, int64_t n, float value)
{
	float *host = malloc(n * sizeof(*host));

	for (int64_t i = 0; i < n; i++)
		host[i] = value - i % 5;
	if (aclrtMemcpy(tensor->data, n * sizeof(*host), host, n * sizeof(*host),
			ACL_MEMCPY_HOST_TO_DEVICE))
		TAP_FAIL("aclrtMemcpy");
	free(host);
}

static int wrong(const struct ge_tensor *tensor, int64_t n, float value)
{
	float *host = calloc(n, sizeof(*host));
	int count = 0;

	if (aclrtMemcpy(host, n * sizeof(*host), tensor->data, n * sizeof(*host),
			ACL_MEMCPY_DEVICE_TO_HOST))
		TAP_FAIL("aclrtMemcpy");
	for (int64_t i = 0; i < n; i++) {
		float y = value - i % 5 + 1;

		count += host[i] != (y > 0 ? y : 0);
	}
	free(host);
	return count;
}

TEST(numbers_that_are_no_session_are_harmless)
{
	struct ge_graph *graph = make_graph("g", 4);
	uint64_t session;

	ge_finalize();
	EXPECT_EQ(ge_session_create(NULL, 0, &session), GE_CLI_GE_NOT_INITIALIZED);
	EXPECT_EQ(ge_session_add_graph(1, 0, graph, NULL, 0), GE_FAILED);
	EXPECT_STR(ge_last_error(), "not initialised");
	CHECK_EQ(ge_initialize(NULL, 0), GE_SUCCESS);
	EXPECT(ge_is_initialized());
	CHECK_EQ(ge_session_create(NULL, 0, &session), GE_SUCCESS);
	EXPECT_EQ(ge_session_destroy(session), GE_SUCCESS);
	EXPECT_EQ(ge_session_destroy(session), GE_SUCCESS);
	EXPECT_EQ(ge_session_destroy(0), GE_SUCCESS);
	EXPECT_EQ(ge_session_add_graph(session, 0, graph, NULL, 0), GE_FAILED);
	EXPECT_EQ(ge_session_build_graph(session, 0, NULL, 0), GE_FAILED);
	EXPECT_EQ(ge_session_run_graph_stream(~0ull, 0, NULL, NULL, 0, NULL, 0), GE_FAILED);
	EXPECT_EQ(ge_session_add_graph(session, 0, NULL, NULL, 0), GE_PARAM_INVALID);
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
	EXPECT(!ge_is_initialized());
	ge_graph_destroy(graph);
}

TEST(a_device_that_is_not_there_is_named)
{
	const struct ge_option option = { "ge.session_device_id", "77" };
	struct ge_graph *graph = make_graph("far", 4);
	uint64_t session;

	CHECK_EQ(ge_initialize(NULL, 0), GE_SUCCESS);
	CHECK_EQ(ge_session_create(&option, 1, &session), GE_SUCCESS);
	CHECK_EQ(ge_session_add_graph(session, 1, graph, NULL, 0), GE_SUCCESS);
	EXPECT(ge_session_build_graph(session, 1, NULL, 0) != GE_SUCCESS);
	EXPECT_STR(ge_last_error(), "77");
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
	ge_graph_destroy(graph);
}

TEST(fixed_shapes_compare_bytes_only)
{
	float x[32] = { -3, 2 }, y[32];
	uint64_t session = session_with("fixed", 1, 32);
	struct ge_tensor in = host_tensor(x, 32), out = host_tensor(y, 32);
	size_t count = 0;
	struct ge_tensor_desc desc;

	EXPECT_EQ(ge_session_graph_outputs(session, 1, NULL, &count), GE_SUCCESS);
	EXPECT_EQ(count, 1);
	EXPECT_EQ(ge_session_graph_outputs(session, 1, &desc, &count), GE_GRAPH_NOT_BUILT);
	CHECK_EQ(ge_session_build_graph(session, 1, NULL, 0), GE_SUCCESS);
	EXPECT_EQ(ge_session_graph_outputs(session, 1, &desc, &count), GE_SUCCESS);
	EXPECT_EQ(desc.dims[0], 32);

	in.desc.rank = 2;
	in.desc.dims[0] = 4;
	in.desc.dims[1] = 8;
	EXPECT_EQ(ge_session_run_graph(session, 1, &in, 1, &out, 1), GE_SUCCESS);
	EXPECT(y[0] == 0 && y[1] == 3 && y[31] == 1);
	in.size = sizeof(x) - 64;	/* GE takes what is so little short */
	EXPECT_EQ(ge_session_run_graph(session, 1, &in, 1, &out, 1), GE_SUCCESS);
	in.size = sizeof(x) - 65;
	EXPECT_EQ(ge_session_run_graph(session, 1, &in, 1, &out, 1), GE_PARAM_INVALID);
	EXPECT_STR(ge_last_error(), "graph 'fixed'");
	EXPECT_STR(ge_last_error(), "input 0 ('x')");
	EXPECT_STR(ge_last_error(), "E13025");
	in.size = sizeof(x);
	EXPECT_EQ(ge_session_run_graph(session, 1, &in, 0, &out, 1), GE_GRAPH_GET_IN_OUT_FAILED);
	EXPECT_EQ(ge_session_run_graph(session, 1, &in, 1, &out, 0), GE_GRAPH_GET_IN_OUT_FAILED);
	in.data = NULL;
	EXPECT_EQ(ge_session_run_graph(session, 1, &in, 1, &out, 1), GE_PARAM_INVALID);
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
}

TEST(the_first_run_takes_the_shapes_of_its_tensors)
{
	float x[8] = { 1 }, y[8];
	uint64_t session = session_with("retarget", 1, 32);
	struct ge_tensor in = host_tensor(x, 8), out = host_tensor(y, 8);

	if (ge_session_run_graph(session, 1, &in, 1, &out, 1))
		TAP_FAIL("%s", ge_last_error());
	EXPECT_EQ(out.desc.dims[0], 8);
	EXPECT(y[0] == 2);
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
}

TEST(open_shapes_get_a_program_each_within_bounds)
{
	uint64_t session = session_with("open", 1, -1);
	size_t before, after, total;
	float x[64], y[64];

	for (int i = 0; i < 64; i++)
		x[i] = i;
	CHECK_EQ(aclInit(NULL), ACL_SUCCESS);
	CHECK_EQ(aclrtSetDevice(0), ACL_SUCCESS);
	EXPECT_EQ(ge_session_build_graph(session, 1, NULL, 0), GE_SUCCESS);
	for (int round = 0; round < 3; round++) {
		for (int n = 1; n <= 40; n++) {
			struct ge_tensor in = host_tensor(x, n), out = host_tensor(y, n);

			memset(y, 0, sizeof(y));
			CHECK_EQ(ge_session_run_graph(session, 1, &in, 1, &out, 1), GE_SUCCESS);
			EXPECT_EQ(out.desc.dims[0], n);
			EXPECT(y[n - 1] == n && y[n] == 0);
		}
		if (!round)
			EXPECT_EQ(aclrtGetMemInfo(ACL_HBM_MEM, &before, &total), ACL_SUCCESS);
	}
	EXPECT_EQ(aclrtGetMemInfo(ACL_HBM_MEM, &after, &total), ACL_SUCCESS);
	EXPECT_EQ(after, before);
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
	EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
}

TEST(runs_on_a_stream_are_in_order_and_leak_nothing)
{
	uint64_t session = session_with("stream", 1, N);
	size_t before = 0, after, total;
	struct ge_tensor in[3], out[3];
	aclrtStream stream;
	aclrtContext context, now;

	CHECK_EQ(aclInit(NULL), ACL_SUCCESS);
	CHECK_EQ(aclrtSetDevice(0), ACL_SUCCESS);
	CHECK_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
	CHECK_EQ(aclrtGetCurrentContext(&context), ACL_SUCCESS);
	for (int i = 0; i < 3; i++) {
		in[i] = device_tensor(N);
		out[i] = device_tensor(N);
		put(&in[i], N, i);
	}
	for (int i = 0; i < 300; i++) {
		/* Each takes what the one before made. */
		if (ge_session_run_graph_stream(session, 1, stream, &in[0], 1, &out[0], 1) ||
		    ge_session_run_graph_stream(session, 1, stream, &in[1], 1, &out[1], 1) ||
		    ge_session_run_graph_stream(session, 1, stream, &out[1], 1, &out[2], 1)) {
			TAP_FAIL("run %d: %s", i, ge_last_error());
			break;
		}
		if (i == 100) {
			EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
			EXPECT_EQ(aclrtGetMemInfo(ACL_HBM_MEM, &before, &total), ACL_SUCCESS);
		}
	}
	EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
	EXPECT_EQ(aclrtGetMemInfo(ACL_HBM_MEM, &after, &total), ACL_SUCCESS);
	EXPECT_EQ(after, before);
	EXPECT_EQ(wrong(&out[0], N, 0), 0);
	EXPECT_EQ(wrong(&out[1], N, 1), 0);
	EXPECT_EQ(aclrtGetCurrentContext(&now), ACL_SUCCESS);
	EXPECT(now == context);
	EXPECT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
	EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
}

TEST(many_argument_sets_in_flight_stay_apart)
{
	enum { SETS = 100 };
	uint64_t session = session_with("sets", 1, 16);
	struct ge_tensor in[SETS], out[SETS];
	aclrtStream stream;

	CHECK_EQ(aclInit(NULL), ACL_SUCCESS);
	CHECK_EQ(aclrtSetDevice(0), ACL_SUCCESS);
	CHECK_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
	for (int i = 0; i < SETS; i++) {
		in[i] = device_tensor(16);
		out[i] = device_tensor(16);
		put(&in[i], 16, i);
	}
	for (int i = 0; i < SETS; i++)
		CHECK_EQ(ge_session_run_graph_stream(session, 1, stream, &in[i], 1, &out[i], 1),
			 GE_SUCCESS);
	EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
	for (int i = 0; i < SETS; i++)
		EXPECT_EQ(wrong(&out[i], 16, i), 0);
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
	EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
}

TEST(outputs_left_to_libge_and_the_default_stream)
{
	uint64_t session = session_with("outputs", 1, N);
	struct ge_tensor in, out = { 0 };

	CHECK_EQ(aclInit(NULL), ACL_SUCCESS);
	CHECK_EQ(aclrtSetDevice(0), ACL_SUCCESS);
	in = device_tensor(N);
	put(&in, N, 3);
	CHECK_EQ(ge_session_run_graph_stream(session, 1, NULL, &in, 1, &out, 1), GE_SUCCESS);
	EXPECT(out.data);
	EXPECT_EQ(out.size, N * sizeof(float));
	EXPECT_EQ(out.placement, GE_PLACEMENT_DEVICE);
	EXPECT_EQ(aclrtSynchronizeStream(NULL), ACL_SUCCESS);
	EXPECT_EQ(wrong(&out, N, 3), 0);
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
	EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
}

TEST(memory_that_is_not_the_devices_is_refused_by_name)
{
	uint64_t session = session_with("memory", 1, N);
	struct ge_tensor in, out, bad;
	aclrtStream stream;
	float host[N];

	CHECK_EQ(aclInit(NULL), ACL_SUCCESS);
	CHECK_EQ(aclrtSetDevice(0), ACL_SUCCESS);
	CHECK_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
	in = device_tensor(N);
	out = device_tensor(N);
	bad = host_tensor(host, N);
	EXPECT_EQ(ge_session_run_graph_stream(session, 1, stream, &bad, 1, &out, 1),
		  GE_PARAM_INVALID);
	EXPECT_STR(ge_last_error(), "graph 'memory'");
	EXPECT_STR(ge_last_error(), "input 0 ('x')");
	EXPECT_STR(ge_last_error(), "aclrtMalloc");
	bad = out;
	bad.data = (char *)out.data + 2;
	EXPECT_EQ(ge_session_run_graph_stream(session, 1, stream, &in, 1, &bad, 1),
		  GE_PARAM_INVALID);
	EXPECT_STR(ge_last_error(), "output 0");
	EXPECT(ge_session_run_graph_stream(session, 1, (void *)0x1234, &in, 1, &out, 1) !=
	       GE_SUCCESS);
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
	EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
}

static void hold(void *user)
{
	int *wait = user;

	while (__atomic_load_n(wait, __ATOMIC_ACQUIRE))
		usleep(1000);
}

TEST(a_fault_names_graph_and_operator)
{
	uint64_t session = session_with("faulty", 1, N);
	const char *text;
	struct ge_tensor in, out;
	aclrtStream stream;
	int wait = 1;

	CHECK_EQ(aclInit(NULL), ACL_SUCCESS);
	CHECK_EQ(aclrtSetDevice(0), ACL_SUCCESS);
	CHECK_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
	in = device_tensor(N);
	out = device_tensor(N);
	/* The memory goes away between submission and execution. */
	CHECK_EQ(aclrtLaunchHostFunc(stream, hold, &wait), ACL_SUCCESS);
	CHECK_EQ(ge_session_run_graph_stream(session, 1, stream, &in, 1, &out, 1), GE_SUCCESS);
	EXPECT_EQ(aclrtFree(in.data), ACL_SUCCESS);
	__atomic_store_n(&wait, 0, __ATOMIC_RELEASE);
	EXPECT(aclrtSynchronizeStream(stream) != ACL_SUCCESS);
	text = aclGetRecentErrMsg();
	EXPECT_STR(text, "faulty");
	EXPECT_STR(text, "add");
	EXPECT_STR(text, "'x'");

	/* The stream goes on with what is right. */
	in = device_tensor(N);
	put(&in, N, 1);
	CHECK_EQ(ge_session_run_graph_stream(session, 1, stream, &in, 1, &out, 1), GE_SUCCESS);
	EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
	EXPECT_EQ(wrong(&out, N, 1), 0);
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
	EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
}

TEST(a_graph_may_be_removed_while_it_runs)
{
	uint64_t session = session_with("removed", 1, N);
	struct ge_tensor in, out;
	struct ge_graph *graph;
	aclrtStream stream;
	int wait = 1;

	CHECK_EQ(aclInit(NULL), ACL_SUCCESS);
	CHECK_EQ(aclrtSetDevice(0), ACL_SUCCESS);
	CHECK_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
	in = device_tensor(N);
	out = device_tensor(N);
	put(&in, N, 2);
	CHECK_EQ(aclrtLaunchHostFunc(stream, hold, &wait), ACL_SUCCESS);
	CHECK_EQ(ge_session_run_graph_stream(session, 1, stream, &in, 1, &out, 1), GE_SUCCESS);
	EXPECT_EQ(ge_session_remove_graph(session, 1), GE_SUCCESS);
	EXPECT_EQ(ge_session_remove_graph(session, 1), GE_GRAPH_GRAPH_NOT_EXIST);
	graph = make_graph("anew", N);
	EXPECT_EQ(ge_session_add_graph(session, 1, graph, NULL, 0), GE_SUCCESS);
	ge_graph_destroy(graph);
	__atomic_store_n(&wait, 0, __ATOMIC_RELEASE);
	EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
	EXPECT_EQ(wrong(&out, N, 2), 0);
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
	EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
}

struct worker {
	uint64_t session;
	int errors;
};

static void *work(void *data)
{
	struct worker *w = data;
	struct ge_tensor in, out;
	aclrtStream stream;

	if (aclrtSetDevice(0) || aclrtCreateStream(&stream)) {
		w->errors++;
		return NULL;
	}
	in = device_tensor(N);
	out = device_tensor(N);
	for (int i = 0; i < 50; i++) {
		put(&in, N, i);
		w->errors += !!ge_session_run_graph_stream(w->session, 1, stream, &in, 1, &out, 1);
		w->errors += aclrtSynchronizeStream(stream) != 0;
		w->errors += wrong(&out, N, i) != 0;
	}
	aclrtDestroyStream(stream);
	return NULL;
}

TEST(threads_share_a_graph_on_streams_of_their_own)
{
	struct worker workers[4];
	pthread_t threads[4];

	CHECK_EQ(aclInit(NULL), ACL_SUCCESS);
	workers[0].session = session_with("shared", 1, N);
	for (int i = 0; i < 4; i++) {
		workers[i] = (struct worker){ workers[0].session, 0 };
		pthread_create(&threads[i], NULL, work, &workers[i]);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		EXPECT_EQ(workers[i].errors, 0);
	}
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
	EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
}

struct destroyer {
	uint64_t session;
	int calls;
	ge_status last;
};

static void destroy_session(void *user, ge_status status, struct ge_tensor *outputs, size_t n)
{
	struct destroyer *d = user;

	(void)outputs;
	(void)n;
	d->last = status;
	if (__atomic_add_fetch(&d->calls, 1, __ATOMIC_ACQ_REL) == 1)
		ge_session_destroy(d->session);
}

TEST(a_callback_may_destroy_its_session)
{
	struct destroyer d = { session_with("callback", 1, 16), 0, 0 };
	float x[16] = { 0 };
	struct ge_tensor in = host_tensor(x, 16);

	for (int i = 0; i < 3; i++)
		ge_session_run_graph_async(d.session, 1, &in, 1, destroy_session, &d);
	while (__atomic_load_n(&d.calls, __ATOMIC_ACQUIRE) < 1)
		usleep(1000);
	EXPECT_EQ(ge_finalize(), GE_SUCCESS);
	/* Those that were accepted are called back. */
	usleep(50000);
	EXPECT(d.calls >= 1 && d.calls <= 3);
}

TEST_MAIN()
