// SPDX-License-Identifier: GPL-2.0-only
/*
 * hang.c - a job that never ends is ended at its stream's timeout; who does it again and again is
 * banned; the others go on.
 */
#include "genpu_fixture.h"
#include "genpu_prog.h"

#define GATE	FIX_SYS_VA
#define NET_VA	0x4000000000ull

/* More hangs than anyone may have. */
#define MOST_HANGS	32

static struct genpu_task never(void)
{
	return npu_hold(GATE, GENPU_WAIT_EQ, UINT64_MAX);
}

static int short_stream(int fd, uint32_t ctx, uint32_t timeout_ms, uint32_t *stream)
{
	struct drm_genpu_stream_create create = {
		.ctx_id = ctx, .priority = DRM_GENPU_PRIORITY_NORMAL, .timeout_ms = timeout_ms,
	};

	return npu_stream_create_with(fd, create, stream);
}

TEST_F(npu, wait_that_is_never_signalled_times_out)
{
	struct drm_genpu_stream_state state;
	struct drm_genpu_sync out[2];
	struct genpu_task tasks[2] = { npu_nop(), never() };
	uint32_t stream, status, handle[2];
	int64_t start;
	int i;

	ASSERT_EQ(0, short_stream(self->fd, self->ctx, 300, &stream));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle[i]));
		out[i] = npu_sync_out(handle[i]);
	}
	start = npu_now();
	ASSERT_EQ(0, npu_submit_sync(self->fd, stream, tasks, 2, &out[0], 1, NULL));
	tasks[0] = npu_signal(GATE + 8, GENPU_SIGNAL_SET, 1);
	ASSERT_EQ(0, npu_submit_sync(self->fd, stream, tasks, 1, &out[1], 1, NULL));
	ASSERT_EQ(0, npu_wait(self->fd, stream, &status));
	EXPECT_LE(300 * MSEC, npu_now() - start);
	EXPECT_EQ(DRM_GENPU_STREAM_TIMEDOUT, status);
	ASSERT_EQ(0, npu_stream_state(self->fd, stream, 0, &state));
	EXPECT_EQ(DRM_GENPU_STREAM_TIMEDOUT, state.status);
	EXPECT_EQ(1, state.failed);
	EXPECT_EQ(1, state.task);
	EXPECT_EQ(1, state.hangs);
	EXPECT_EQ(2, state.completed);
	/* Both fences have ended with an error, and what was behind the job has not run. */
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, npu_syncobj_wait(self->fd, handle[i], npu_now() + NPU_LONG, 0));
		EXPECT_GT(0, npu_fence_status(self->fd, handle[i]));
	}
	EXPECT_EQ(-ECANCELED, npu_fence_status(self->fd, handle[1]));
	EXPECT_EQ(0, npu_load(self->sys.map, 1));
	/* The stream is dead, for CLEAR too; the context is not. */
	EXPECT_EQ(-ECANCELED, npu_submit(self->fd, stream, tasks, 1, NULL));
	ASSERT_EQ(0, npu_stream_state(self->fd, stream, DRM_GENPU_STREAM_STATE_CLEAR, &state));
	ASSERT_EQ(0, npu_stream_state(self->fd, stream, 0, &state));
	EXPECT_EQ(DRM_GENPU_STREAM_TIMEDOUT, state.status);
	EXPECT_EQ(-ECANCELED, npu_submit(self->fd, stream, tasks, 1, NULL));
	EXPECT_EQ(0, npu_stream_destroy(self->fd, stream));
	EXPECT_EQ(0, npu_run(self->fd, self->stream, tasks, 1));
	self->expected_hangs = 1;
}

TEST_F(npu, others_go_on_during_a_hang)
{
	struct genpu_task task = never();
	uint32_t stream, status, runs = 0;
	struct net net;

	ASSERT_EQ(0, net_create(self->fd, self->ctx, DRM_GENPU_REGION_DEVICE, NET_VA, &net));
	ASSERT_EQ(0, short_stream(self->fd, self->ctx, 500, &stream));
	ASSERT_EQ(0, npu_submit(self->fd, stream, &task, 1, NULL));
	do {
		task = net_task(&net, 0, runs);
		ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
		ASSERT_TRUE(net_right(&net, 0, runs));
		runs++;
	} while (npu_wait_until(self->fd, stream, 0, 0, &status));
	EXPECT_EQ(DRM_GENPU_STREAM_TIMEDOUT, status);
	EXPECT_LT(1, runs);
	task = net_task(&net, 0, 1);
	EXPECT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	self->expected_hangs = 1;
}

/* Each job has the time for itself: many that take most of it each are no hang. */
TEST_F(npu, time_counts_from_the_head_of_the_stream)
{
	uint32_t stream, status, i;
	struct genpu_task task;

	ASSERT_EQ(0, short_stream(self->fd, self->ctx, 3000, &stream));
	for (i = 1; i <= 4; i++) {
		task = npu_hold(GATE, GENPU_WAIT_GE, i);
		ASSERT_EQ(0, npu_submit(self->fd, stream, &task, 1, NULL));
	}
	for (i = 1; i <= 4; i++) {
		npu_sleep_ms(1000);
		npu_store(self->sys.map, 0, i);
	}
	ASSERT_EQ(0, npu_wait(self->fd, stream, &status));
	EXPECT_EQ(DRM_GENPU_STREAM_OK, status);
}

/* A job that waits for a fence of someone else is not at the head of anything yet. */
TEST_F(npu, time_does_not_count_before_the_fences)
{
	struct drm_genpu_sync sync;
	struct genpu_task task = npu_hold(GATE, GENPU_WAIT_EQ, 1);
	uint32_t stream, handle, status;

	ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle));
	sync = npu_sync_out(handle);
	ASSERT_EQ(0, npu_submit_sync(self->fd, self->stream, &task, 1, &sync, 1, NULL));
	ASSERT_EQ(0, short_stream(self->fd, self->ctx, 500, &stream));
	sync = npu_sync_in(handle);
	task = npu_nop();
	ASSERT_EQ(0, npu_submit_sync(self->fd, stream, &task, 1, &sync, 1, NULL));
	npu_sleep_ms(1500);
	npu_store(self->sys.map, 0, 1);
	ASSERT_EQ(0, npu_wait(self->fd, stream, &status));
	EXPECT_EQ(DRM_GENPU_STREAM_OK, status);
}

TEST_F(npu, context_that_hangs_again_and_again_is_banned)
{
	struct drm_genpu_stream_state state;
	struct genpu_task task;
	uint32_t ctx, stream, bystander;
	struct npu_buf buf;
	int hangs, ret;

	ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx));
	ASSERT_EQ(0, npu_buf_create(self->fd, ctx, DRM_GENPU_REGION_SYSTEM, 4096, GATE, &buf));
	ASSERT_EQ(0, npu_stream_create(self->fd, ctx, &bystander));
	/* It runs when the ban comes, so it is taken down with its context. */
	task = never();
	ASSERT_EQ(0, npu_submit(self->fd, bystander, &task, 1, NULL));
	for (hangs = 0; hangs < MOST_HANGS; hangs++) {
		ret = short_stream(self->fd, ctx, 50, &stream);
		if (ret)
			break;
		task = never();
		ASSERT_EQ(0, npu_submit(self->fd, stream, &task, 1, NULL));
		ASSERT_EQ(0, npu_wait(self->fd, stream, NULL));
		npu_sleep_ms(20);
	}
	EXPECT_EQ(-ECANCELED, ret);
	EXPECT_LT(1, hangs);
	ASSERT_EQ(0, npu_wait(self->fd, bystander, NULL));
	ASSERT_EQ(0, npu_stream_state(self->fd, bystander, 0, &state));
	EXPECT_EQ(DRM_GENPU_STREAM_BANNED, state.status);
	EXPECT_EQ(0, state.hangs);
	task = npu_nop();
	EXPECT_EQ(-ECANCELED, npu_submit(self->fd, bystander, &task, 1, NULL));
	/* Another context of the same file, and a new one, are welcome. */
	EXPECT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	ASSERT_EQ(0, npu_ctx_destroy(self->fd, ctx));
	ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx));
	ASSERT_EQ(0, npu_stream_create(self->fd, ctx, &stream));
	EXPECT_EQ(0, npu_run(self->fd, stream, &task, 1));
	munmap(buf.map, buf.size);
	self->expected_hangs = hangs;
}

TEST_F(npu, many_hangs_at_once)
{
	struct genpu_task task = never();
	uint32_t ctx[16], stream[16], status;
	struct npu_buf buf[16];
	int i;

	/* A context each, so that nobody is banned. */
	for (i = 0; i < 16; i++) {
		ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx[i]));
		ASSERT_EQ(0, npu_buf_create(self->fd, ctx[i], DRM_GENPU_REGION_SYSTEM, 4096, GATE,
					    &buf[i]));
		ASSERT_EQ(0, short_stream(self->fd, ctx[i], 200, &stream[i]));
		ASSERT_EQ(0, npu_submit(self->fd, stream[i], &task, 1, NULL));
	}
	for (i = 0; i < 16; i++) {
		ASSERT_EQ(0, npu_wait(self->fd, stream[i], &status));
		EXPECT_EQ(DRM_GENPU_STREAM_TIMEDOUT, status);
		munmap(buf[i].map, buf[i].size);
	}
	task = npu_nop();
	EXPECT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	self->expected_hangs = 16;
}

/* Destroying, at any moment around its timeout, a stream that hangs. */
TEST_F(npu, destroying_a_stream_that_hangs)
{
	struct genpu_task task = never();
	uint32_t stream, ctx;
	struct npu_buf buf;
	struct npu_health now;
	int i;

	for (i = 0; i < 12; i++) {
		ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx));
		ASSERT_EQ(0, npu_buf_create(self->fd, ctx, DRM_GENPU_REGION_SYSTEM, 4096, GATE,
					    &buf));
		ASSERT_EQ(0, short_stream(self->fd, ctx, 50, &stream));
		ASSERT_EQ(0, npu_submit(self->fd, stream, &task, 1, NULL));
		npu_sleep_ms(40 + 2 * i);
		ASSERT_EQ(0, npu_stream_destroy(self->fd, stream));
		ASSERT_EQ(0, npu_buf_destroy(self->fd, ctx, &buf));
		ASSERT_EQ(0, npu_ctx_destroy(self->fd, ctx));
	}
	/* Whether the timeout or the call came first is open. */
	ASSERT_EQ(0, npu_health(self->fd, &now));
	EXPECT_GE(12, now.hangs - self->before.hangs);
	self->expected_hangs = now.hangs - self->before.hangs;
	task = npu_nop();
	EXPECT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
}

TEST_HARNESS_MAIN
