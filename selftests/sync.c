// SPDX-License-Identifier: GPL-2.0-only
/*
 * sync.c - jobs wait for syncobjs and signal them, binary and timeline; the WAIT ioctl and time.
 */
#include "genpu_fixture.h"

#define WORD(n)	(FIX_SYS_VA + 8 * (n))

static struct genpu_task hold(void)
{
	return npu_hold(WORD(0), GENPU_WAIT_EQ, 1);
}

static struct genpu_task mark(unsigned int n)
{
	return npu_signal(WORD(n), GENPU_SIGNAL_SET, 1);
}

TEST_F(npu, job_signals_a_binary_syncobj)
{
	struct genpu_task task = hold();
	struct drm_genpu_sync out;
	uint32_t handle;

	ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle));
	out = npu_sync_out(handle);
	ASSERT_EQ(0, npu_submit_sync(self->fd, self->stream, &task, 1, &out, 1, NULL));
	EXPECT_EQ(-ETIME, npu_syncobj_wait(self->fd, handle, npu_now() + 5 * MSEC, 0));
	EXPECT_EQ(0, npu_fence_status(self->fd, handle));
	npu_store(self->sys.map, 0, 1);
	EXPECT_EQ(0, npu_syncobj_wait(self->fd, handle, npu_now() + NPU_LONG, 0));
	EXPECT_EQ(1, npu_fence_status(self->fd, handle));
	EXPECT_EQ(0, npu_wait_until(self->fd, self->stream, 0, npu_now() + NPU_LONG, NULL));
}

TEST_F(npu, job_waits_for_a_job_of_another_stream)
{
	struct drm_genpu_sync in, out;
	struct genpu_task task;
	uint32_t handle, other;

	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &other));
	ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle));
	out = npu_sync_out(handle);
	in = npu_sync_in(handle);
	task = hold();
	ASSERT_EQ(0, npu_submit_sync(self->fd, self->stream, &task, 1, &out, 1, NULL));
	task = mark(1);
	ASSERT_EQ(0, npu_submit_sync(self->fd, other, &task, 1, &in, 1, NULL));
	EXPECT_EQ(-ETIME, npu_wait_until(self->fd, other, 0, npu_now() + 20 * MSEC, NULL));
	EXPECT_EQ(0, npu_load(self->sys.map, 1));
	npu_store(self->sys.map, 0, 1);
	ASSERT_EQ(0, npu_wait(self->fd, other, NULL));
	EXPECT_EQ(1, npu_load(self->sys.map, 1));
}

TEST_F(npu, job_waits_for_another_file)
{
	struct drm_genpu_sync in, out;
	uint32_t handle, theirs, ctx, stream;
	struct genpu_task task;
	int fd = npu_open(), file;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, npu_ctx_create(fd, &ctx));
	ASSERT_EQ(0, npu_stream_create(fd, ctx, &stream));
	ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle));
	file = npu_syncobj_export(self->fd, handle, false);
	ASSERT_LE(0, file);
	ASSERT_EQ(0, npu_syncobj_import(fd, file, &theirs));
	close(file);
	out = npu_sync_out(handle);
	task = hold();
	ASSERT_EQ(0, npu_submit_sync(self->fd, self->stream, &task, 1, &out, 1, NULL));
	in = npu_sync_in(theirs);
	task = npu_nop();
	ASSERT_EQ(0, npu_submit_sync(fd, stream, &task, 1, &in, 1, NULL));
	EXPECT_EQ(-ETIME, npu_wait_until(fd, stream, 0, npu_now() + 20 * MSEC, NULL));
	npu_store(self->sys.map, 0, 1);
	EXPECT_EQ(0, npu_wait(fd, stream, NULL));
	close(fd);
}

/* A diamond: one job, four on streams of their own that need it, one that needs those four. */
TEST_F(npu, job_waits_for_many_and_signals_many)
{
	struct drm_genpu_sync syncs[8];
	uint32_t stream[4], first[4], last[4], all;
	struct genpu_task task = hold();
	int i;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream[i]));
		ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &first[i]));
		ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &last[i]));
		syncs[i] = npu_sync_out(first[i]);
	}
	ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &all));
	ASSERT_EQ(0, npu_submit_sync(self->fd, self->stream, &task, 1, syncs, 4, NULL));
	for (i = 0; i < 4; i++) {
		syncs[0] = npu_sync_in(first[i]);
		syncs[1] = npu_sync_out(last[i]);
		task = npu_signal(WORD(1), GENPU_SIGNAL_ADD, 1);
		ASSERT_EQ(0, npu_submit_sync(self->fd, stream[i], &task, 1, syncs, 2, NULL));
	}
	for (i = 0; i < 4; i++)
		syncs[i] = npu_sync_in(last[i]);
	syncs[4] = npu_sync_out(all);
	task = npu_copy(WORD(2), WORD(1), 8);
	ASSERT_EQ(0, npu_submit_sync(self->fd, self->stream, &task, 1, syncs, 5, NULL));
	EXPECT_EQ(0, npu_load(self->sys.map, 1));
	npu_store(self->sys.map, 0, 1);
	ASSERT_EQ(0, npu_syncobj_wait(self->fd, all, npu_now() + NPU_LONG, 0));
	EXPECT_EQ(4, npu_load(self->sys.map, 2));
}

TEST_F(npu, timeline_points_in_and_out)
{
	struct drm_genpu_sync syncs[2];
	struct genpu_task task;
	uint32_t handle, other;
	uint64_t point;
	int i;

	ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle));
	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &other));
	task = hold();
	syncs[0] = npu_point_out(handle, 1);
	ASSERT_EQ(0, npu_submit_sync(self->fd, self->stream, &task, 1, syncs, 1, NULL));
	/* Two streams take turns, one step of the timeline each. */
	for (i = 1; i <= 20; i++) {
		task = npu_copy(WORD(i + 1), WORD(i), 8);
		if (i == 1)
			task = npu_signal(WORD(2), GENPU_SIGNAL_SET, 4321);
		syncs[0] = npu_point_in(handle, i);
		syncs[1] = npu_point_out(handle, i + 1);
		ASSERT_EQ(0, npu_submit_sync(self->fd, i % 2 ? other : self->stream, &task, 1,
					     syncs, 2, NULL));
	}
	ASSERT_EQ(0, npu_timeline_query(self->fd, handle, &point));
	EXPECT_EQ(0, point);
	EXPECT_EQ(-ETIME, npu_timeline_wait(self->fd, handle, 1, npu_now() + 5 * MSEC, 0));
	npu_store(self->sys.map, 0, 1);
	ASSERT_EQ(0, npu_timeline_wait(self->fd, handle, 21, npu_now() + NPU_LONG, 0));
	ASSERT_EQ(0, npu_timeline_query(self->fd, handle, &point));
	EXPECT_EQ(21, point);
	EXPECT_EQ(4321, npu_load(self->sys.map, 21));
}

TEST_F(npu, host_signals_a_point_that_a_job_waits_for)
{
	struct genpu_task task = mark(1);
	struct drm_genpu_sync in;
	uint32_t handle;

	ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle));
	/* A wait before there is a fence is refused; afterwards the point may be in the past. */
	in = npu_point_in(handle, 5);
	EXPECT_EQ(-ENOENT, npu_submit_sync(self->fd, self->stream, &task, 1, &in, 1, NULL));
	ASSERT_EQ(0, npu_timeline_signal(self->fd, handle, 5));
	EXPECT_EQ(0, npu_submit_sync(self->fd, self->stream, &task, 1, &in, 1, NULL));
	in = npu_point_in(handle, 3);
	EXPECT_EQ(0, npu_submit_sync(self->fd, self->stream, &task, 1, &in, 1, NULL));
	in = npu_point_in(handle, 6);
	EXPECT_EQ(-ENOENT, npu_submit_sync(self->fd, self->stream, &task, 1, &in, 1, NULL));
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
	EXPECT_EQ(1, npu_load(self->sys.map, 1));
}

TEST_F(npu, wait_for_submit_sees_later_points)
{
	struct genpu_task task = npu_nop();
	struct drm_genpu_sync out;
	uint32_t handle;
	pid_t pid;

	ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle));
	pid = fork();
	if (!pid)
		_exit(npu_timeline_wait(self->fd, handle, 2, npu_now() + NPU_LONG,
					DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT) ? 1 : 0);
	npu_sleep_ms(20);
	out = npu_point_out(handle, 2);
	EXPECT_EQ(0, npu_submit_sync(self->fd, self->stream, &task, 1, &out, 1, NULL));
	EXPECT_EQ(0, npu_join(pid));
}

/* A job may wait for and signal one and the same syncobj; the wait is for what was there before. */
TEST_F(npu, one_syncobj_in_and_out)
{
	struct genpu_task task = npu_signal(WORD(1), GENPU_SIGNAL_ADD, 1);
	struct drm_genpu_sync syncs[2];
	uint32_t handle;
	int i;

	ASSERT_EQ(0, npu_syncobj_create(self->fd, DRM_SYNCOBJ_CREATE_SIGNALED, &handle));
	syncs[0] = npu_sync_in(handle);
	syncs[1] = npu_sync_out(handle);
	for (i = 0; i < 10; i++)
		ASSERT_EQ(0, npu_submit_sync(self->fd, self->stream, &task, 1, syncs, 2, NULL));
	ASSERT_EQ(0, npu_syncobj_wait(self->fd, handle, npu_now() + NPU_LONG, 0));
	EXPECT_EQ(10, npu_load(self->sys.map, 1));
}

TEST_F(npu, most_syncs_that_a_job_takes)
{
	struct drm_genpu_sync syncs[DRM_GENPU_MAX_SYNCS];
	uint32_t handles[DRM_GENPU_MAX_SYNCS];
	struct genpu_task task = npu_nop();
	int i;

	for (i = 0; i < DRM_GENPU_MAX_SYNCS; i++) {
		ASSERT_EQ(0, npu_syncobj_create(self->fd, i % 2 ? DRM_SYNCOBJ_CREATE_SIGNALED : 0,
						&handles[i]));
		syncs[i] = i % 2 ? npu_sync_in(handles[i]) : npu_sync_out(handles[i]);
	}
	ASSERT_EQ(0, npu_submit_sync(self->fd, self->stream, &task, 1, syncs,
				     DRM_GENPU_MAX_SYNCS, NULL));
	for (i = 0; i < DRM_GENPU_MAX_SYNCS; i++)
		EXPECT_EQ(0, npu_syncobj_wait(self->fd, handles[i], npu_now() + NPU_LONG, 0));
}

TEST_F(npu, failed_jobs_leave_an_error_in_their_fence)
{
	struct genpu_task task = npu_fill(0x7000000000ull, 8, 8, 0);
	struct drm_genpu_sync out;
	uint32_t handle;

	ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle));
	out = npu_sync_out(handle);
	ASSERT_EQ(0, npu_submit_sync(self->fd, self->stream, &task, 1, &out, 1, NULL));
	ASSERT_EQ(0, npu_syncobj_wait(self->fd, handle, npu_now() + NPU_LONG, 0));
	EXPECT_GT(0, npu_fence_status(self->fd, handle));
}

TEST_F(npu, wait_times_are_absolute)
{
	struct genpu_task task = hold();
	int64_t start, end;
	uint64_t seqno;

	ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, &seqno));
	EXPECT_EQ(-ETIME, npu_wait_until(self->fd, self->stream, seqno, 0, NULL));
	EXPECT_EQ(-ETIME, npu_wait_until(self->fd, self->stream, seqno, -1, NULL));
	EXPECT_EQ(-ETIME, npu_wait_until(self->fd, self->stream, seqno, INT64_MIN, NULL));
	EXPECT_EQ(-ETIME, npu_wait_until(self->fd, self->stream, seqno, npu_now() - NSEC, NULL));
	start = npu_now();
	end = start + 100 * MSEC;
	EXPECT_EQ(-ETIME, npu_wait_until(self->fd, self->stream, seqno, end, NULL));
	EXPECT_LE(end, npu_now());
	npu_store(self->sys.map, 0, 1);
	EXPECT_EQ(0, npu_wait_until(self->fd, self->stream, seqno, INT64_MAX, NULL));
	/* What has ended has ended, whatever the time is. */
	EXPECT_EQ(0, npu_wait_until(self->fd, self->stream, seqno, 0, NULL));
	EXPECT_EQ(0, npu_wait_until(self->fd, self->stream, 0, INT64_MIN, NULL));
}

TEST_F(npu, wait_is_for_one_job_and_those_before_it)
{
	struct genpu_task tasks[2] = { npu_hold(WORD(0), GENPU_WAIT_GE, 1), mark(1) };
	uint64_t first, second;
	uint32_t status;

	/* Nothing was ever submitted: then the last job has ended. */
	EXPECT_EQ(0, npu_wait_until(self->fd, self->stream, 0, 0, &status));
	EXPECT_EQ(DRM_GENPU_STREAM_OK, status);
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, tasks, 2, &first));
	tasks[0].wait.value = 2;
	tasks[1] = mark(2);
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, tasks, 2, &second));
	npu_store(self->sys.map, 0, 1);
	EXPECT_EQ(0, npu_wait_until(self->fd, self->stream, first, npu_now() + NPU_LONG, NULL));
	EXPECT_EQ(1, npu_load(self->sys.map, 1));
	EXPECT_EQ(-ETIME, npu_wait_until(self->fd, self->stream, second, 0, NULL));
	EXPECT_EQ(-ETIME, npu_wait_until(self->fd, self->stream, 0, 0, NULL));
	npu_store(self->sys.map, 0, 2);
	EXPECT_EQ(0, npu_wait_until(self->fd, self->stream, second, npu_now() + NPU_LONG, NULL));
	EXPECT_EQ(1, npu_load(self->sys.map, 2));
}

struct sleeper {
	int fd;
	uint32_t stream;
	int ret;
};

static void *sleep_in_wait(void *arg)
{
	struct sleeper *sleeper = arg;

	sleeper->ret = npu_wait_until(sleeper->fd, sleeper->stream, 0, INT64_MAX, NULL);
	return NULL;
}

static void ignore_signal(int signal)
{
	(void)signal;
}

TEST_F(npu, wait_can_be_interrupted)
{
	struct sigaction action = { .sa_handler = ignore_signal };
	struct sleeper sleeper = { .fd = self->fd, .stream = self->stream, .ret = 1 };
	struct genpu_task task = hold();
	pthread_t thread;
	int i;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, NULL));
	ASSERT_EQ(0, pthread_create(&thread, NULL, sleep_in_wait, &sleeper));
	/* A signal that comes before the call sleeps is lost, so it is sent until one counts. */
	for (i = 0; i < 200 && __atomic_load_n(&sleeper.ret, __ATOMIC_SEQ_CST) == 1; i++) {
		npu_sleep_ms(20);
		pthread_kill(thread, SIGUSR1);
	}
	npu_store(self->sys.map, 0, 1);
	pthread_join(thread, NULL);
	EXPECT_EQ(-EINTR, sleeper.ret);
	EXPECT_EQ(0, npu_wait(self->fd, self->stream, NULL));
}

TEST_F(npu, many_threads_wait_for_one_job)
{
	struct sleeper sleepers[16];
	struct genpu_task task = hold();
	pthread_t threads[16];
	int i;

	ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, NULL));
	for (i = 0; i < 16; i++) {
		sleepers[i] = (struct sleeper){ .fd = self->fd, .stream = self->stream };
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, sleep_in_wait, &sleepers[i]));
	}
	npu_sleep_ms(20);
	npu_store(self->sys.map, 0, 1);
	for (i = 0; i < 16; i++) {
		pthread_join(threads[i], NULL);
		EXPECT_EQ(0, sleepers[i].ret);
	}
}

TEST_HARNESS_MAIN
