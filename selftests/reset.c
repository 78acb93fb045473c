// SPDX-License-Identifier: GPL-2.0-only
/*
 * reset.c - a device reset costs nobody a job who has not caused it, and a job that causes resets
 * is thrown out. What cannot be provoked on a real device is skipped there.
 */
#include "genpu_fixture.h"
#include "genpu_victim.h"

static uint64_t resets(int fd)
{
	struct npu_health health;

	return npu_health(fd, &health) ? 0 : health.resets;
}

/* Have the device reset, and wait until that is over. */
static int reset_device(int fd, int port)
{
	uint64_t before = resets(fd);
	int64_t deadline = npu_now() + NPU_LONG;
	struct drm_genpu_device_info info;
	int ret = inject(port, "inject fatal value=%u", GENPU_ERR_ENGINE);

	while (!ret && resets(fd) == before) {
		if (npu_now() > deadline)
			return -ETIME;
		npu_sleep_ms(2);
	}
	return ret ?: npu_info(fd, &info);
}

/* Contexts, mappings, graphs, rings that have wrapped, memory of both kinds: all is as it was. */
TEST_F(npu, everything_is_there_after_a_reset)
{
	struct victim v[3];
	struct genpu_task task;
	struct net net;
	int i, k;

	INJECT_OR_SKIP(return);
	ASSERT_EQ(0, net_create(self->fd, self->ctx, DRM_GENPU_REGION_DEVICE, NET_VA, &net));
	memset(self->dev.map, 0x5a, FIX_SIZE);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, victim_create(self->fd, &v[i], 1 + i % 2));
	for (k = 0; k < 2; k++) {
		for (i = 0; i < 3; i++)
			ASSERT_EQ(0, victim_start(self->fd, &v[i]));
		ASSERT_EQ(0, reset_device(self->fd, self->port));
		/* Idle ones go on as well. */
		task = net_task(&net, 0, k);
		EXPECT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
		EXPECT_TRUE(net_right(&net, 0, k));
		for (i = 0; i < 3; i++) {
			EXPECT_EQ(0, victim_end(self->fd, &v[i]));
			npu_store(v[i].words.map, 0, 0);
			npu_store(v[i].words.map, 1, 0);
		}
	}
	EXPECT_TRUE(npu_all_bytes(self->dev.map, 0x5a, FIX_SIZE));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, npu_graph_unload(self->fd, v[i].net.graph));
		EXPECT_EQ(0, npu_stream_destroy(self->fd, v[i].stream));
		EXPECT_EQ(0, npu_ctx_destroy(self->fd, v[i].ctx));
	}
	self->expected_resets = 2;
}

/* Objects are made and destroyed, memory is mapped and unmapped, while resets come. */
TEST_F(npu, ioctls_wait_for_a_reset)
{
	struct genpu_task task;
	struct net net;
	uint32_t ctx, stream;
	int i;

	INJECT_OR_SKIP(return);
	for (i = 0; i < 8; i++) {
		if (i % 2) {
			ASSERT_EQ(0, inject(self->port, "inject fatal value=%u",
					    GENPU_ERR_ENGINE));
			self->expected_resets++;
		}
		ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx));
		ASSERT_EQ(0, npu_stream_create(self->fd, ctx, &stream));
		ASSERT_EQ(0, net_create(self->fd, ctx, 1 + i % 2, NET_VA, &net));
		task = net_task(&net, 0, i);
		ASSERT_EQ(0, npu_run(self->fd, stream, &task, 1));
		ASSERT_TRUE(net_right(&net, 0, i));
		if (i & 2)
			ASSERT_EQ(0, npu_stream_destroy(self->fd, stream));
		ASSERT_EQ(0, npu_buf_destroy(self->fd, ctx, &net.buf));
		ASSERT_EQ(0, npu_ctx_destroy(self->fd, ctx));
	}
}

/* A counter that was cut off may have counted or not: its job fails, those behind it run. */
TEST_F(npu, what_must_not_run_twice_fails)
{
	struct drm_genpu_stream_state state;
	struct genpu_task tasks[2] = { npu_nop(), npu_signal(COUNT, GENPU_SIGNAL_ADD, 1) };
	struct drm_genpu_sync out;
	uint32_t handle;

	INJECT_OR_SKIP(return);
	ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle));
	out = npu_sync_out(handle);
	ASSERT_EQ(0, inject(self->port, "inject hang skip=1"));
	ASSERT_EQ(0, npu_submit_sync(self->fd, self->stream, tasks, 2, &out, 1, NULL));
	tasks[0] = npu_signal(COUNT + 8, GENPU_SIGNAL_SET, 7);
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, tasks, 1, NULL));
	while (inject_status(self->port, "injected") == 0)
		npu_sleep_ms(2);
	ASSERT_EQ(0, reset_device(self->fd, self->port));
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
	ASSERT_EQ(0, npu_stream_state(self->fd, self->stream, DRM_GENPU_STREAM_STATE_CLEAR,
				      &state));
	EXPECT_EQ(DRM_GENPU_STREAM_FAULT, state.status);
	EXPECT_EQ(GENPU_ERR_ABORTED, state.error);
	EXPECT_EQ(1, state.failed);
	EXPECT_EQ(1, state.task);
	EXPECT_EQ(-EIO, npu_fence_status(self->fd, handle));
	EXPECT_EQ(7, npu_load(self->sys.map, 2));
	tasks[0] = npu_nop();
	EXPECT_EQ(0, npu_run(self->fd, self->stream, tasks, 1));
	self->expected_resets = 1;
}

/* Who was running at two resets may be why: it ends, with all behind it; others go on. */
TEST_F(npu, job_at_the_head_at_two_resets_is_thrown_out)
{
	struct drm_genpu_stream_state state;
	struct genpu_task tasks[2] = { npu_nop(), npu_signal(GATE, GENPU_SIGNAL_SET, 7) };
	struct drm_genpu_sync out[2];
	uint32_t handle[2], stream;
	struct victim v;
	int i;

	INJECT_OR_SKIP(return);
	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle[i]));
		out[i] = npu_sync_out(handle[i]);
	}
	ASSERT_EQ(0, inject(self->port, "inject hang count=2"));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, npu_submit_sync(self->fd, stream, &tasks[i], 1, &out[i], 1, NULL));
	for (i = 0; i < 2; i++) {
		while (inject_status(self->port, "injected") < i + 1u)
			npu_sleep_ms(2);
		if (i) {
			ASSERT_EQ(0, victim_create(self->fd, &v, DRM_GENPU_REGION_DEVICE));
			ASSERT_EQ(0, victim_start(self->fd, &v));
		}
		ASSERT_EQ(0, reset_device(self->fd, self->port));
	}
	ASSERT_EQ(0, npu_wait(self->fd, stream, NULL));
	ASSERT_EQ(0, npu_stream_state(self->fd, stream, 0, &state));
	EXPECT_EQ(DRM_GENPU_STREAM_TIMEDOUT, state.status);
	EXPECT_EQ(1, state.failed);
	EXPECT_EQ(1, state.hangs);
	EXPECT_EQ(-ETIME, npu_fence_status(self->fd, handle[0]));
	EXPECT_EQ(-ECANCELED, npu_fence_status(self->fd, handle[1]));
	EXPECT_EQ(0, npu_load(self->sys.map, 0));
	EXPECT_EQ(-ECANCELED, npu_submit(self->fd, stream, tasks, 1, NULL));
	EXPECT_EQ(0, victim_end(self->fd, &v));
	EXPECT_EQ(0, npu_run(self->fd, self->stream, tasks, 1));
	self->expected_resets = 2;
	self->expected_hangs = 1;
}

/* What the device cannot make anew is lost, and so is what depends on it; others go on. */
static void lost_alone(struct __test_metadata *_metadata, FIXTURE_DATA(npu) *self,
		       enum genpu_task_op op)
{
	struct genpu_task tasks[2] = { npu_signal(COUNT, GENPU_SIGNAL_SET, 1),
				       npu_hold(GATE, GENPU_WAIT_EQ, 1) };
	struct drm_genpu_sync out;
	uint32_t handle, status;
	struct victim v;

	ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle));
	out = npu_sync_out(handle);
	ASSERT_EQ(0, npu_submit_sync(self->fd, self->stream, tasks, 2, &out, 1, NULL));
	ASSERT_TRUE(npu_reached(self->sys.map, 1, 1));
	ASSERT_EQ(0, victim_create(self->fd, &v, DRM_GENPU_REGION_DEVICE));
	ASSERT_EQ(0, victim_start(self->fd, &v));
	/* In the order in which they were made. */
	ASSERT_EQ(0, inject(self->port, "inject admin-fail op=%u", op));
	ASSERT_EQ(0, reset_device(self->fd, self->port));
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, &status));
	EXPECT_EQ(DRM_GENPU_STREAM_LOST, status);
	EXPECT_EQ(-ECANCELED, npu_fence_status(self->fd, handle));
	EXPECT_EQ(-ECANCELED, npu_submit(self->fd, self->stream, tasks, 1, NULL));
	EXPECT_EQ(0, victim_end(self->fd, &v));
	EXPECT_EQ(0, npu_stream_destroy(self->fd, self->stream));
	self->expected_resets = 1;
}

TEST_F(npu, stream_that_cannot_be_made_anew_is_lost)
{
	uint32_t stream;

	INJECT_OR_SKIP(return);
	lost_alone(_metadata, self, GENPU_ADMIN_QUEUE_CREATE);
	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream));
}

TEST_F(npu, context_that_cannot_be_made_anew_is_lost)
{
	INJECT_OR_SKIP(return);
	lost_alone(_metadata, self, GENPU_ADMIN_CTX_CREATE);
	EXPECT_EQ(0, npu_ctx_destroy(self->fd, self->ctx));
}

/* Constants that are gone cost the jobs of their graph, and nothing else. */
TEST_F(npu, graph_without_constants_fails_after_a_reset)
{
	struct drm_genpu_stream_state state;
	struct genpu_task tasks[2];
	struct net net[2];
	int i;

	INJECT_OR_SKIP(return);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, net_create(self->fd, self->ctx, DRM_GENPU_REGION_SYSTEM,
					NET_VA + i * MIB(1), &net[i]));
	tasks[0] = net_task(&net[0], 0, 1);
	tasks[1] = net_task(&net[1], 0, 2);
	ASSERT_EQ(0, npu_buf_destroy(self->fd, self->ctx, &net[0].buf));
	ASSERT_EQ(0, reset_device(self->fd, self->port));
	EXPECT_EQ(0, npu_run(self->fd, self->stream, &tasks[1], 1));
	EXPECT_TRUE(net_right(&net[1], 0, 2));
	EXPECT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &tasks[0], 1));
	ASSERT_EQ(0, npu_stream_state(self->fd, self->stream, DRM_GENPU_STREAM_STATE_CLEAR,
				      &state));
	EXPECT_EQ(GENPU_ERR_PROGRAM, state.error);
	EXPECT_EQ(0, npu_graph_unload(self->fd, net[0].graph));
	EXPECT_EQ(0, npu_run(self->fd, self->stream, &tasks[1], 1));
	self->expected_resets = 1;
}

/* A reset that the administrator asks for, through sysfs, loses nothing and is no recovery. */
TEST_F(npu, function_level_reset_loses_nothing)
{
	char path[PATH_MAX + 16];
	struct victim v[2];
	int i, k;

	ASSERT_EQ(0, npu_sysfs(self->fd, path));
	strcat(path, "/reset");
	if (access(path, W_OK))
		SKIP(return, "the device cannot be reset through sysfs: %s", strerror(errno));
	memset(self->dev.map, 0x5a, FIX_SIZE);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, victim_create(self->fd, &v[i], 1 + i));
	for (k = 0; k < 3; k++) {
		for (i = 0; i < 2; i++)
			ASSERT_EQ(0, victim_start(self->fd, &v[i]));
		ASSERT_EQ(0, npu_write_file(path, "1"));
		for (i = 0; i < 2; i++) {
			EXPECT_EQ(0, victim_end(self->fd, &v[i]));
			npu_store(v[i].words.map, 0, 0);
			npu_store(v[i].words.map, 1, 0);
		}
	}
	EXPECT_TRUE(npu_all_bytes(self->dev.map, 0x5a, FIX_SIZE));
}

TEST_HARNESS_MAIN
