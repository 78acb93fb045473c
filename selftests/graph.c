// SPDX-License-Identifier: GPL-2.0-only
/*
 * graph.c - programs that are right: loaded, run, run by many at once, unloaded while they run.
 */
#include <pthread.h>

#include "genpu_fixture.h"
#include "genpu_prog.h"

#define NET_VA	0x4000000000ull
#define WORD(n)	(FIX_SYS_VA + 8 * (n))

FIXTURE_VARIANT(npu)
{
	uint32_t region;
};

FIXTURE_VARIANT_ADD(npu, device)
{
	.region = DRM_GENPU_REGION_DEVICE,
};

FIXTURE_VARIANT_ADD(npu, system)
{
	.region = DRM_GENPU_REGION_SYSTEM,
};

TEST_F(npu, network_gives_right_results)
{
	struct genpu_task task;
	struct net net;
	uint32_t pick;

	ASSERT_EQ(0, net_create(self->fd, self->ctx, variant->region, NET_VA, &net));
	for (pick = 10; pick < 20; pick++) {
		task = net_task(&net, 0, pick);
		ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
		EXPECT_TRUE(net_right(&net, 0, pick));
		EXPECT_FALSE(net_right(&net, 0, pick + 1));
	}
	ASSERT_EQ(0, npu_graph_unload(self->fd, net.graph));
	EXPECT_EQ(-ENOENT, npu_submit(self->fd, self->stream, &task, 1, NULL));
}

TEST_F(npu, loading_says_what_a_run_needs)
{
	struct drm_genpu_graph_load load;
	struct prog p;
	uint64_t size;

	net_prog(&p);
	size = prog_build(&p, self->sys.map);
	net_consts(self->sys.map + PROG_MAX);
	ASSERT_EQ(0, npu_graph_load(self->fd, self->ctx, self->sys.map, size, FIX_SYS_VA + PROG_MAX,
				    NET_CONST_SIZE, &load));
	EXPECT_NE(0, load.graph_id);
	EXPECT_EQ(GENPU_OK, load.error);
	EXPECT_EQ(GENPU_NONE, load.error_offset);
	EXPECT_EQ(GENPU_NONE, load.error_op);
	EXPECT_EQ(GENPU_NONE, load.error_operand);
	EXPECT_LE(NET_WORKSPACE, load.workspace_size);
}

/* The program is copied: net_create() has overwritten what it loaded. */
TEST_F(npu, program_memory_is_free_after_loading)
{
	struct genpu_task task;
	struct net net;

	ASSERT_EQ(0, net_create(self->fd, self->ctx, variant->region, NET_VA, &net));
	task = net_task(&net, 0, 5);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_TRUE(net_right(&net, 0, 5));
}

TEST_F(npu, program_without_constants_and_workspace)
{
	struct genpu_attr_binary add = { .kind = GENPU_BINARY_ADD };
	struct drm_genpu_graph_load load;
	uint64_t *args = self->sys.map + 16384;
	float *a = self->sys.map + 20480, *b = a + 6, *y = b + 3;
	struct genpu_task task;
	struct prog p;
	uint64_t size;
	int i;

	prog_init(&p, 2, 1);
	prog_f32(&p, GENPU_BASE_ARG, 0, 0, 2, 3);
	prog_f32(&p, GENPU_BASE_ARG, 1, 0, 1, 3);
	prog_f32(&p, GENPU_BASE_ARG, 2, 0, 2, 3);
	prog_op(&p, GENPU_OP_BINARY, &add, sizeof(add), 2, 1, PROG_OPERANDS(0, 1, 2));
	size = prog_build(&p, self->sys.map);
	ASSERT_EQ(0, npu_graph_load(self->fd, self->ctx, self->sys.map, size, 0, 0, &load)) {
		TH_LOG("error %u at %u, operator %u, operand %u", load.error, load.error_offset,
		       load.error_op, load.error_operand);
	}
	EXPECT_EQ(0, load.workspace_size);
	for (i = 0; i < 6; i++)
		a[i] = i;
	for (i = 0; i < 3; i++)
		b[i] = 100 * i;
	for (i = 0; i < 3; i++)
		args[i] = FIX_SYS_VA + 20480 + (i == 0 ? 0 : i == 1 ? 24 : 36);
	task = npu_graph(load.graph_id, FIX_SYS_VA + 16384, 3, 0, 0, 0);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	for (i = 0; i < 6; i++)
		EXPECT_EQ(i + 100 * (i % 3), (int)y[i]);
}

TEST_F(npu, network_runs_many_times_in_one_job)
{
	struct genpu_task tasks[NET_LANES];
	struct net net;
	int i, round;

	ASSERT_EQ(0, net_create(self->fd, self->ctx, variant->region, NET_VA, &net));
	for (round = 0; round < 5; round++) {
		for (i = 0; i < NET_LANES; i++)
			tasks[i] = net_task(&net, i, 100 * round + i);
		ASSERT_EQ(0, npu_run(self->fd, self->stream, tasks, NET_LANES));
		for (i = 0; i < NET_LANES; i++)
			EXPECT_TRUE(net_right(&net, i, 100 * round + i));
	}
}

struct runner {
	int fd;
	uint32_t ctx;
	struct net *net;
	unsigned int lane;
	int ret;
};

static void *run_network(void *arg)
{
	struct runner *runner = arg;
	struct genpu_task task;
	uint32_t stream, pick;

	runner->ret = npu_stream_create(runner->fd, runner->ctx, &stream);
	for (pick = 0; pick < 30 && !runner->ret; pick++) {
		task = net_task(runner->net, runner->lane, 31 * runner->lane + pick);
		runner->ret = npu_run(runner->fd, stream, &task, 1);
		if (!runner->ret && !net_right(runner->net, runner->lane, 31 * runner->lane + pick))
			runner->ret = -EBADE;
	}
	return NULL;
}

TEST_F(npu, one_graph_runs_in_many_threads)
{
	struct runner runners[NET_LANES];
	pthread_t threads[NET_LANES];
	struct net net;
	int i;

	ASSERT_EQ(0, net_create(self->fd, self->ctx, variant->region, NET_VA, &net));
	for (i = 0; i < NET_LANES; i++) {
		runners[i] = (struct runner){ .fd = self->fd, .ctx = self->ctx, .net = &net,
					      .lane = i };
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, run_network, &runners[i]));
	}
	for (i = 0; i < NET_LANES; i++) {
		pthread_join(threads[i], NULL);
		EXPECT_EQ(0, runners[i].ret);
	}
}

/* A chain of products of 256 x 256 matrices: long enough to be seen running. */
#define CHAIN		8
#define CHAIN_N		256
#define CHAIN_BYTES	(CHAIN_N * CHAIN_N * 4)

static uint64_t chain_build(void *out)
{
	struct genpu_attr_matmul matmul = { .alpha = 1, .beta = 0 };
	struct prog p;
	uint32_t from, to, by;
	int i;

	prog_init(&p, 2, 1);
	p.header.workspace_size = 2 * CHAIN_BYTES;
	from = prog_f32(&p, GENPU_BASE_ARG, 0, 0, CHAIN_N, CHAIN_N);
	by = prog_f32(&p, GENPU_BASE_ARG, 1, 0, CHAIN_N, CHAIN_N);
	for (i = 0; i < CHAIN; i++) {
		if (i == CHAIN - 1)
			to = prog_f32(&p, GENPU_BASE_ARG, 2, 0, CHAIN_N, CHAIN_N);
		else
			to = prog_f32(&p, GENPU_BASE_WORKSPACE, 0, i % 2 * CHAIN_BYTES,
				      CHAIN_N, CHAIN_N);
		prog_op(&p, GENPU_OP_MATMUL, &matmul, sizeof(matmul), 2, 1,
			PROG_OPERANDS(from, by, to));
		from = to;
	}
	return prog_build(&p, out);
}

/*
 * Graphs on two streams, released by one gate, overlap by the device's own clock and are both
 * right: the second operand is a permutation, so each step turns the rows of the first by one.
 */
TEST_F(npu, graphs_of_two_streams_overlap)
{
	const uint64_t lane = 8 * CHAIN_BYTES;
	struct drm_genpu_graph_load load;
	struct genpu_task tasks[2];
	uint32_t stream[2] = { self->stream };
	uint64_t *stamps = self->sys.map + 64, size;
	struct npu_buf buf;
	bool overlap = false;
	int i, k, round;

	if (self->info.compute_units < 2)
		SKIP(return, "the device computes one thing at a time");
	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream[1]));
	ASSERT_EQ(0, npu_buf_create(self->fd, self->ctx, variant->region, 2 * lane, NET_VA, &buf));
	size = chain_build(self->sys.map + 65536);
	ASSERT_EQ(0, npu_graph_load(self->fd, self->ctx, self->sys.map + 65536, size, 0, 0,
				    &load));
	for (i = 0; i < 2; i++) {
		float *a = buf.map + i * lane, *b = (void *)a + CHAIN_BYTES;
		uint64_t *args = self->sys.map + 4096 + i * 64;

		for (k = 0; k < CHAIN_N * CHAIN_N; k++)
			a[k] = k + 1000000 * i;
		for (k = 0; k < CHAIN_N; k++)
			b[k * CHAIN_N + (k + 1) % CHAIN_N] = 1;
		for (k = 0; k < 3; k++)
			args[k] = NET_VA + i * lane + k * CHAIN_BYTES;
	}
	for (round = 0; round < 50 && !overlap; round++) {
		npu_store(self->sys.map, 0, 0);
		for (i = 0; i < 2; i++) {
			tasks[0] = npu_hold(WORD(0), GENPU_WAIT_EQ, 1);
			tasks[1] = npu_graph(load.graph_id, FIX_SYS_VA + 4096 + i * 64, 3,
					     NET_VA + i * lane + 4 * CHAIN_BYTES,
					     2 * CHAIN_BYTES, FIX_SYS_VA + 64 + i * 16);
			ASSERT_EQ(0, npu_submit(self->fd, stream[i], tasks, 2, NULL));
		}
		npu_store(self->sys.map, 0, 1);
		ASSERT_EQ(0, npu_wait(self->fd, stream[0], NULL));
		ASSERT_EQ(0, npu_wait(self->fd, stream[1], NULL));
		ASSERT_LT(stamps[0], stamps[1]);
		ASSERT_LT(stamps[2], stamps[3]);
		overlap = stamps[0] < stamps[3] && stamps[2] < stamps[1];
		for (i = 0; i < 2; i++) {
			float *a = buf.map + i * lane, *y = (void *)a + 2 * CHAIN_BYTES;

			for (k = 0; k < CHAIN_N * CHAIN_N; k++)
				if (y[k / CHAIN_N * CHAIN_N + (k + CHAIN) % CHAIN_N] != a[k])
					break;
			ASSERT_EQ(CHAIN_N * CHAIN_N, k);
		}
	}
	EXPECT_TRUE(overlap);
	munmap(buf.map, buf.size);
}

TEST_F(npu, unloading_waits_for_what_runs)
{
	struct genpu_task tasks[2];
	uint32_t status;
	struct net net;
	int i;

	for (i = 0; i < 10; i++) {
		npu_store(self->sys.map, 0, 0);
		ASSERT_EQ(0, net_create(self->fd, self->ctx, variant->region, NET_VA, &net));
		tasks[0] = npu_hold(WORD(0), GENPU_WAIT_EQ, 1);
		tasks[1] = net_task(&net, 0, i);
		ASSERT_EQ(0, npu_submit(self->fd, self->stream, tasks, 2, NULL));
		if (i % 2)
			npu_store(self->sys.map, 0, 1);
		ASSERT_EQ(0, npu_graph_unload(self->fd, net.graph));
		EXPECT_EQ(-ENOENT, npu_submit(self->fd, self->stream, tasks, 2, NULL));
		npu_store(self->sys.map, 0, 1);
		ASSERT_EQ(0, npu_wait(self->fd, self->stream, &status));
		EXPECT_EQ(DRM_GENPU_STREAM_OK, status);
		EXPECT_TRUE(net_right(&net, 0, i));
		ASSERT_EQ(0, npu_buf_destroy(self->fd, self->ctx, &net.buf));
	}
}

TEST_F(npu, graphs_of_one_context_are_not_for_another)
{
	uint32_t ctx, stream;
	struct genpu_task task;
	struct net net;

	ASSERT_EQ(0, net_create(self->fd, self->ctx, variant->region, NET_VA, &net));
	ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx));
	ASSERT_EQ(0, npu_stream_create(self->fd, ctx, &stream));
	task = net_task(&net, 0, 1);
	EXPECT_EQ(-ENOENT, npu_submit(self->fd, stream, &task, 1, NULL));
	EXPECT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
}

/* The smallest program there is, so that it takes no longer than it must. */
static uint64_t tiny_build(void *out)
{
	struct genpu_attr_fill fill = {};
	struct prog p;

	prog_init(&p, 0, 1);
	prog_f32(&p, GENPU_BASE_ARG, 0, 0, 1);
	prog_op(&p, GENPU_OP_FILL, &fill, sizeof(fill), 0, 1, PROG_OPERANDS(0));
	return prog_build(&p, out);
}

/* Where a device takes more than this, filling it up would take too long. */
#define MANY_GRAPHS	500

TEST_F(npu, many_graphs_at_once)
{
	uint32_t graphs[MANY_GRAPHS + 1], n;
	struct drm_genpu_graph_load load;
	struct npu_health health;
	uint64_t size;
	int ret;

	if (variant->region != DRM_GENPU_REGION_SYSTEM)
		SKIP(return, "the region does not matter here");
	size = tiny_build(self->sys.map);
	for (n = 0; n <= MANY_GRAPHS; n++) {
		ret = npu_graph_load(self->fd, self->ctx, self->sys.map, size, 0, 0, &load);
		if (ret)
			break;
		graphs[n] = load.graph_id;
	}
	if (self->info.max_graphs <= MANY_GRAPHS) {
		EXPECT_EQ(-ENOSPC, ret);
		EXPECT_EQ(self->info.max_graphs, n);
	} else {
		EXPECT_EQ(0, ret);
	}
	ASSERT_EQ(0, npu_health(self->fd, &health));
	if (health.seen)
		EXPECT_EQ(n, health.graphs);
	while (n)
		ASSERT_EQ(0, npu_graph_unload(self->fd, graphs[--n]));
	/* Unloading goes on in the background. */
	for (n = 0; n < 2000; n++) {
		ASSERT_EQ(0, npu_health(self->fd, &health));
		if (!health.graphs)
			break;
		npu_sleep_ms(10);
	}
	EXPECT_EQ(0, health.graphs);
	EXPECT_EQ(0, npu_graph_load(self->fd, self->ctx, self->sys.map, size, 0, 0, &load));
}

/* Right sizes and counts of arguments are checked each time that a graph runs. */
TEST_F(npu, wrong_arguments_fail_the_job)
{
	struct drm_genpu_stream_state state;
	struct genpu_task good, task;
	struct net net;

	ASSERT_EQ(0, net_create(self->fd, self->ctx, variant->region, NET_VA, &net));
	good = net_task(&net, 0, 3);
#define EXPECT_ERROR(want, change) do {							\
	task = good;									\
	change;										\
	ASSERT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &task, 1));		\
	ASSERT_EQ(0, npu_stream_state(self->fd, self->stream,				\
				      DRM_GENPU_STREAM_STATE_CLEAR, &state));		\
	EXPECT_EQ(want, state.error) {							\
		TH_LOG(#change);							\
	}										\
	EXPECT_EQ(net.graph, state.graph_id);						\
} while (0)
	EXPECT_ERROR(GENPU_ERR_ARGS, task.graph.num_args = 1);
	EXPECT_ERROR(GENPU_ERR_ARGS, task.graph.num_args = 3);
	EXPECT_ERROR(GENPU_ERR_WORKSPACE, task.graph.workspace_size = 64);
	EXPECT_ERROR(GENPU_ERR_ALIGN, task.graph.workspace += 8);
	EXPECT_ERROR(GENPU_ERR_ALIGN, task.graph.args += 4);
	EXPECT_ERROR(GENPU_ERR_PAGE_FAULT, task.graph.args = 0x7000000000);
	EXPECT_ERROR(GENPU_ERR_PAGE_FAULT, task.graph.workspace = 0x7000000000);
#undef EXPECT_ERROR
	EXPECT_EQ(0, npu_run(self->fd, self->stream, &good, 1));
	EXPECT_TRUE(net_right(&net, 0, 3));
}

struct destroyer {
	int fd;
	uint32_t ctx;		/* to be destroyed; 0 = not yet */
	bool stop;
};

static void *destroy_what_appears(void *arg)
{
	struct destroyer *d = arg;
	uint32_t ctx, delay, round = 0;

	while (!__atomic_load_n(&d->stop, __ATOMIC_SEQ_CST)) {
		ctx = __atomic_exchange_n(&d->ctx, 0, __ATOMIC_SEQ_CST);
		if (!ctx)
			continue;
		/* At ever other moments of what the other thread does. */
		for (delay = 500 * (++round % 40); delay; delay--)
			__atomic_signal_fence(__ATOMIC_SEQ_CST);
		npu_ctx_destroy(d->fd, ctx);
	}
	return NULL;
}

/* Whether it gets its number before or after the end of its context, closing the file ends it. */
TEST_F(npu, loaded_while_its_context_is_destroyed)
{
	struct genpu_attr_binary add = { .kind = GENPU_BINARY_ADD };
	struct destroyer destroyer = { .fd = self->fd };
	struct drm_genpu_graph_load load;
	pthread_t thread;
	uint32_t ctx;
	struct prog p;
	uint64_t size;
	int i, ret;

	prog_init(&p, 2, 1);
	for (i = 0; i < 3; i++)
		prog_f32(&p, GENPU_BASE_ARG, i, 0, 1, 3);
	prog_op(&p, GENPU_OP_BINARY, &add, sizeof(add), 2, 1, PROG_OPERANDS(0, 1, 2));
	size = prog_build(&p, self->sys.map);
	ASSERT_EQ(0, pthread_create(&thread, NULL, destroy_what_appears, &destroyer));
	for (i = 0; i < 200; i++) {
		ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx));
		__atomic_store_n(&destroyer.ctx, ctx, __ATOMIC_SEQ_CST);
		ret = npu_graph_load(self->fd, ctx, self->sys.map, size, 0, 0, &load);
		EXPECT_TRUE(ret == 0 || ret == -ENOENT);
		while (__atomic_load_n(&destroyer.ctx, __ATOMIC_SEQ_CST))
			sched_yield();
	}
	__atomic_store_n(&destroyer.stop, true, __ATOMIC_SEQ_CST);
	pthread_join(thread, NULL);
}

TEST_HARNESS_MAIN
