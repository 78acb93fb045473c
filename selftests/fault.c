// SPDX-License-Identifier: GPL-2.0-only
/*
 * fault.c - a job that fails is reported with everything that is known about it, and nobody but its
 * own stream notices.
 */
#include "genpu_fixture.h"
#include "genpu_prog.h"

#define BAD_VA	0x7000000000ull		/* never mapped */
#define NET_VA	0x4000000000ull

TEST_F(npu, tasks_name_job_task_and_address)
{
	const struct {
		struct genpu_task task;
		uint64_t addr;
		uint32_t access;
	} cases[] = {
		{ npu_copy(FIX_SYS_VA, BAD_VA, 64), BAD_VA, GENPU_ACCESS_READ },
		{ npu_copy(BAD_VA + 8192, FIX_SYS_VA, 64), BAD_VA + 8192, GENPU_ACCESS_WRITE },
		{ npu_copy(FIX_SYS_VA, FIX_DEV_VA + FIX_SIZE - 4096, 8192), FIX_DEV_VA + FIX_SIZE,
		  GENPU_ACCESS_READ },
		{ npu_fill(BAD_VA + 24, 8, 8, 0), BAD_VA + 24, GENPU_ACCESS_WRITE },
		{ npu_signal(BAD_VA + 40, GENPU_SIGNAL_SET, 0), BAD_VA + 40, GENPU_ACCESS_WRITE },
		{ npu_hold(BAD_VA + 48, GENPU_WAIT_EQ, 0), BAD_VA + 48, GENPU_ACCESS_READ },
		{ npu_timestamp(BAD_VA + 56), BAD_VA + 56, GENPU_ACCESS_WRITE },
	};
	struct drm_genpu_stream_state state;
	struct genpu_task tasks[8] = {};
	uint64_t seqno;
	uint32_t status;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		tasks[i] = cases[i].task;
		ASSERT_EQ(0, npu_submit(self->fd, self->stream, tasks, 8, &seqno));
		ASSERT_EQ(0, npu_wait_until(self->fd, self->stream, seqno, npu_now() + NPU_LONG,
					    &status));
		EXPECT_EQ(DRM_GENPU_STREAM_FAULT, status);
		ASSERT_EQ(0, npu_stream_state(self->fd, self->stream,
					      DRM_GENPU_STREAM_STATE_CLEAR, &state));
		EXPECT_EQ(DRM_GENPU_STREAM_FAULT, state.status);
		EXPECT_EQ(GENPU_ERR_PAGE_FAULT, state.error);
		EXPECT_EQ(seqno, state.failed);
		EXPECT_EQ(i, state.task);
		EXPECT_EQ(GENPU_NONE, state.op);
		EXPECT_EQ(GENPU_NONE, state.operand);
		EXPECT_EQ(cases[i].access, state.access);
		EXPECT_EQ(cases[i].addr, state.addr);
		EXPECT_EQ(0, state.graph_id);
		EXPECT_EQ(0, state.hangs);
		tasks[i] = npu_nop();
	}
}

TEST_F(npu, graphs_name_operator_and_operand)
{
	static const struct {
		uint32_t op, operand, access;
		uint64_t bytes;
	} cases[] = {
		{ NET_CONV, 0, GENPU_ACCESS_READ, NET_X * 4 },
		{ NET_MATMUL, 2, GENPU_ACCESS_WRITE, NET_Y * 4 },
		{ NET_CONV, 3, GENPU_ACCESS_WRITE, NET_WORKSPACE },
	};
	struct drm_genpu_stream_state state;
	struct genpu_task tasks[3] = {};
	struct net net;
	uint64_t *args, seqno;
	size_t i;

	ASSERT_EQ(0, net_create(self->fd, self->ctx, DRM_GENPU_REGION_SYSTEM, NET_VA, &net));
	args = net.buf.map + NET_LANE(0) + LANE_ARGS;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		tasks[2] = net_task(&net, 0, 4);
		if (i < 2)
			args[i] = BAD_VA;
		else
			tasks[2].graph.workspace = BAD_VA;
		ASSERT_EQ(0, npu_submit(self->fd, self->stream, tasks, 3, &seqno));
		ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
		ASSERT_EQ(0, npu_stream_state(self->fd, self->stream,
					      DRM_GENPU_STREAM_STATE_CLEAR, &state));
		EXPECT_EQ(DRM_GENPU_STREAM_FAULT, state.status);
		EXPECT_EQ(GENPU_ERR_PAGE_FAULT, state.error);
		EXPECT_EQ(seqno, state.failed);
		EXPECT_EQ(2, state.task);
		EXPECT_EQ(cases[i].op, state.op);
		EXPECT_EQ(cases[i].operand, state.operand);
		EXPECT_EQ(cases[i].access, state.access);
		EXPECT_LE(BAD_VA, state.addr);
		EXPECT_GT(BAD_VA + cases[i].bytes, state.addr);
		EXPECT_EQ(net.graph, state.graph_id);
	}
	tasks[2] = net_task(&net, 0, 4);
	EXPECT_EQ(0, npu_run(self->fd, self->stream, tasks, 3));
	EXPECT_TRUE(net_right(&net, 0, 4));
}

/* An operand that begins well and ends outside: the address is where it left. */
TEST_F(npu, operands_that_end_outside_are_found)
{
	struct drm_genpu_stream_state state;
	struct genpu_task task;
	struct net net;
	uint64_t *args;

	ASSERT_EQ(0, net_create(self->fd, self->ctx, DRM_GENPU_REGION_SYSTEM, NET_VA, &net));
	task = net_task(&net, 0, 4);
	args = net.buf.map + NET_LANE(0) + LANE_ARGS;
	args[0] = FIX_DEV_VA + FIX_SIZE - 64;
	EXPECT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &task, 1));
	ASSERT_EQ(0, npu_stream_state(self->fd, self->stream, 0, &state));
	EXPECT_EQ(GENPU_ERR_PAGE_FAULT, state.error);
	EXPECT_EQ(FIX_DEV_VA + FIX_SIZE, state.addr);
	EXPECT_EQ(NET_CONV, state.op);
	EXPECT_EQ(0, state.operand);
}

/* Rows of indices that point outside of what they index: an error of the data, not of addresses. */
TEST_F(npu, indices_outside_are_found)
{
	struct genpu_attr_gather gather = { .axis = 0 };
	struct drm_genpu_stream_state state;
	struct drm_genpu_graph_load load;
	uint64_t *args = self->sys.map + 16384, size;
	int32_t *index = self->sys.map + 20480;
	float *data = self->sys.map + 24576, *y = self->sys.map + 28672;
	static const int32_t wrong[] = { 5, -6, INT32_MAX, INT32_MIN };
	struct genpu_task task;
	struct prog p;
	size_t i;

	prog_init(&p, 2, 1);
	prog_f32(&p, GENPU_BASE_ARG, 0, 0, 5, 2);
	prog_tensor(&p, GENPU_DT_I32, GENPU_BASE_ARG, 1, 0, PROG_DIMS(3));
	prog_f32(&p, GENPU_BASE_ARG, 2, 0, 3, 2);
	prog_op(&p, GENPU_OP_GATHER, &gather, sizeof(gather), 2, 1, PROG_OPERANDS(0, 1, 2));
	size = prog_build(&p, self->sys.map);
	ASSERT_EQ(0, npu_graph_load(self->fd, self->ctx, self->sys.map, size, 0, 0, &load));
	args[0] = FIX_SYS_VA + 24576;
	args[1] = FIX_SYS_VA + 20480;
	args[2] = FIX_SYS_VA + 28672;
	for (i = 0; i < 10; i++)
		data[i] = i;
	index[0] = 4;
	index[1] = -5;
	index[2] = 2;
	task = npu_graph(load.graph_id, FIX_SYS_VA + 16384, 3, 0, 0, 0);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_EQ(8, (int)y[0]);
	EXPECT_EQ(9, (int)y[1]);
	EXPECT_EQ(0, (int)y[2]);
	EXPECT_EQ(4, (int)y[4]);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		index[2] = wrong[i];
		EXPECT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &task, 1));
		ASSERT_EQ(0, npu_stream_state(self->fd, self->stream,
					      DRM_GENPU_STREAM_STATE_CLEAR, &state));
		EXPECT_EQ(GENPU_ERR_INDEX, state.error);
		EXPECT_EQ(0, state.op);
		EXPECT_EQ(1, state.operand);
	}
}

TEST_F(npu, streams_that_fail_at_once_keep_apart)
{
	struct drm_genpu_stream_state state;
	uint32_t stream[16];
	struct genpu_task task;
	int i, round;

	for (i = 0; i < 16; i++)
		ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream[i]));
	for (round = 0; round < 5; round++) {
		for (i = 0; i < 16; i++) {
			task = npu_fill(BAD_VA + (16 * round + i) * 4096, 8, 8, 0);
			ASSERT_EQ(0, npu_submit(self->fd, stream[i], &task, 1, NULL));
		}
		for (i = 0; i < 16; i++) {
			ASSERT_EQ(0, npu_wait(self->fd, stream[i], NULL));
			ASSERT_EQ(0, npu_stream_state(self->fd, stream[i],
						      DRM_GENPU_STREAM_STATE_CLEAR, &state));
			EXPECT_EQ(GENPU_ERR_PAGE_FAULT, state.error);
			EXPECT_EQ(BAD_VA + (16 * round + i) * 4096, state.addr);
			EXPECT_EQ(round + 1, state.failed);
		}
	}
}

struct innocent {
	int fd;
	uint32_t ctx;
	struct net *net;
	unsigned int lane;
	bool *stop;
	uint32_t runs;
	int ret;
};

static void *go_on(void *arg)
{
	struct innocent *self = arg;
	struct drm_genpu_stream_state state;
	struct genpu_task task;
	uint32_t stream;

	self->ret = npu_stream_create(self->fd, self->ctx, &stream);
	while (!self->ret && (!__atomic_load_n(self->stop, __ATOMIC_RELAXED) || !self->runs)) {
		task = net_task(self->net, self->lane, self->runs);
		self->ret = npu_run(self->fd, stream, &task, 1);
		if (!self->ret && !net_right(self->net, self->lane, self->runs))
			self->ret = -EBADE;
		self->runs++;
	}
	if (!self->ret)
		self->ret = npu_stream_state(self->fd, stream, 0, &state);
	if (!self->ret && (state.status != DRM_GENPU_STREAM_OK || state.failed || state.hangs))
		self->ret = -EPROTO;
	return NULL;
}

TEST_F(npu, others_never_notice)
{
	struct drm_genpu_stream_state state;
	struct innocent innocents[4];
	pthread_t threads[4];
	struct genpu_task task;
	bool stop = false;
	struct net net;
	int i;

	ASSERT_EQ(0, net_create(self->fd, self->ctx, DRM_GENPU_REGION_DEVICE, NET_VA, &net));
	for (i = 0; i < 4; i++) {
		innocents[i] = (struct innocent){ .fd = self->fd, .ctx = self->ctx, .net = &net,
						  .lane = i, .stop = &stop };
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, go_on, &innocents[i]));
	}
	for (i = 0; i < 50; i++) {
		task = net_task(&net, 8, 1);
		if (i % 2)
			task.graph.workspace = BAD_VA;
		else
			task = npu_copy(FIX_SYS_VA, BAD_VA, 4096);
		EXPECT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &task, 1));
		ASSERT_EQ(0, npu_stream_state(self->fd, self->stream,
					      DRM_GENPU_STREAM_STATE_CLEAR, &state));
		EXPECT_EQ(i + 1, state.failed);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		EXPECT_EQ(0, innocents[i].ret);
		EXPECT_LT(0, innocents[i].runs);
	}
}

TEST_HARNESS_MAIN
