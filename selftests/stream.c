// SPDX-License-Identifier: GPL-2.0-only
/*
 * stream.c - streams: how many, how large, how urgent, in which order, and how they stop.
 */
#include <grp.h>

#include "genpu_fixture.h"

#define BAD_VA	0x7000000000ull	/* never mapped */

/* Words of self->sys that tests use to hold and release streams. */
#define GATE(n)	(FIX_SYS_VA + 8 * (n))

static struct genpu_task faulting(void)
{
	return npu_fill(BAD_VA, 8, 8, 0);
}

TEST_F(npu, streams_run_out_and_recover)
{
	struct drm_genpu_stream_create create = {
		.ctx_id = self->ctx, .priority = DRM_GENPU_PRIORITY_NORMAL,
		.ring_entries = self->info.min_ring, .timeout_ms = NPU_PATIENT_MS,
	};
	uint32_t *stream = calloc(self->info.max_streams + 1, sizeof(*stream)), n, i;
	struct genpu_task tasks[2];
	int ret;

	ASSERT_NE(NULL, stream);
	for (n = 0; n <= self->info.max_streams; n++) {
		ret = npu_stream_create_with(self->fd, create, &stream[n]);
		if (ret)
			break;
	}
	EXPECT_EQ(-ENOSPC, ret);
	/* The fixture has one more. */
	EXPECT_EQ(self->info.max_streams, n + 1);
	EXPECT_LE(1022, n);
	/* All of them work at once: each adds one, then waits for all others. */
	tasks[0] = npu_signal(GATE(1), GENPU_SIGNAL_ADD, 1);
	tasks[1] = npu_hold(GATE(1), GENPU_WAIT_GE, n);
	for (i = 0; i < n; i++)
		ASSERT_EQ(0, npu_submit(self->fd, stream[i], tasks, 2, NULL));
	for (i = 0; i < n; i++)
		ASSERT_EQ(0, npu_wait(self->fd, stream[i], NULL));
	EXPECT_EQ(n, npu_load(self->sys.map, 1));
	/* One back is one that can be had. */
	ASSERT_EQ(0, npu_stream_destroy(self->fd, stream[0]));
	ASSERT_EQ(0, npu_stream_create_with(self->fd, create, &stream[0]));
	EXPECT_EQ(-ENOSPC, npu_stream_create_with(self->fd, create, &i));
	ASSERT_EQ(0, npu_run(self->fd, stream[0], tasks, 1));
	while (n)
		ASSERT_EQ(0, npu_stream_destroy(self->fd, stream[--n]));
	EXPECT_EQ(0, npu_stream_create_with(self->fd, create, &i));
	EXPECT_EQ(0, npu_run(self->fd, i, tasks, 1));
	free(stream);
}

TEST_F(npu, every_ring_size_works)
{
	struct genpu_task tasks[DRM_GENPU_MAX_TASKS];
	uint32_t entries, most, stream, i, jobs;

	for (i = 0; i < ARRAY_SIZE(tasks); i++)
		tasks[i] = npu_signal(GATE(0), GENPU_SIGNAL_ADD, 1);
	for (entries = self->info.min_ring; entries <= self->info.max_ring; entries *= 2) {
		struct drm_genpu_stream_create create = {
			.ctx_id = self->ctx, .priority = DRM_GENPU_PRIORITY_NORMAL,
			.ring_entries = entries,
		};

		npu_store(self->sys.map, 0, 0);
		ASSERT_EQ(0, npu_stream_create_with(self->fd, create, &stream));
		most = entries / 2 < DRM_GENPU_MAX_TASKS ? entries / 2 : DRM_GENPU_MAX_TASKS;
		if (most < DRM_GENPU_MAX_TASKS)
			EXPECT_EQ(-EINVAL, npu_submit(self->fd, stream, tasks, most + 1, NULL));
		for (jobs = 0; jobs < 5; jobs++)
			ASSERT_EQ(0, npu_submit(self->fd, stream, tasks, most, NULL));
		ASSERT_EQ(0, npu_wait(self->fd, stream, NULL));
		EXPECT_EQ(5 * most, npu_load(self->sys.map, 0));
		ASSERT_EQ(0, npu_stream_destroy(self->fd, stream));
	}
}

TEST_F(npu, priorities_work_and_high_needs_a_right)
{
	struct drm_genpu_stream_create create = { .ctx_id = self->ctx };
	struct genpu_task task = npu_signal(GATE(0), GENPU_SIGNAL_ADD, 1);
	uint32_t stream, n = 0;
	pid_t pid;

	for (create.priority = DRM_GENPU_PRIORITY_LOW;
	     create.priority <= DRM_GENPU_PRIORITY_HIGH; create.priority++) {
		int ret = npu_stream_create_with(self->fd, create, &stream);

		if (ret == -EPERM && create.priority == DRM_GENPU_PRIORITY_HIGH && geteuid())
			continue;
		ASSERT_EQ(0, ret);
		ASSERT_EQ(0, npu_run(self->fd, stream, &task, 1));
		EXPECT_EQ(++n, npu_load(self->sys.map, 0));
	}
	if (geteuid())
		SKIP(return, "not root: cannot give up a right");
	pid = fork();
	if (!pid) {
		if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
		    setresuid(65534, 65534, 65534))
			_exit(1);
		create.priority = DRM_GENPU_PRIORITY_HIGH;
		if (npu_stream_create_with(self->fd, create, &stream) != -EPERM)
			_exit(2);
		create.priority = DRM_GENPU_PRIORITY_NORMAL;
		_exit(npu_stream_create_with(self->fd, create, &stream) ? 3 : 0);
	}
	EXPECT_EQ(0, npu_join(pid));
}

TEST_F(npu, tasks_of_a_stream_run_in_order)
{
	struct genpu_task tasks[64];
	uint64_t last = 0;
	int i, round;

	/* A word travels along 60 places, back and forth between both memories. */
	for (round = 0; round < 5; round++) {
		tasks[0] = npu_signal(FIX_SYS_VA + 4096, GENPU_SIGNAL_SET, 1000 + round);
		for (i = 1; i < 62; i++) {
			uint64_t from = i % 2 ? FIX_SYS_VA : FIX_DEV_VA;
			uint64_t to = i % 2 ? FIX_DEV_VA : FIX_SYS_VA;

			tasks[i] = npu_copy(to + (i + 1) * 4096, from + i * 4096, 8);
		}
		tasks[62] = npu_timestamp(GATE(2));
		tasks[63] = npu_timestamp(GATE(3));
		ASSERT_EQ(0, npu_run(self->fd, self->stream, tasks, 64));
		EXPECT_EQ(1000 + round, npu_load(self->dev.map + 62 * 4096, 0));
		EXPECT_LE(last, npu_load(self->sys.map, 2));
		EXPECT_LE(npu_load(self->sys.map, 2), npu_load(self->sys.map, 3));
		last = npu_load(self->sys.map, 3);
	}
}

TEST_F(npu, jobs_of_a_stream_run_in_order)
{
	struct genpu_task task;
	uint64_t seqno, i;

	/* Each job copies what the one before it has written; all wait until the last is there. */
	task = npu_hold(GATE(0), GENPU_WAIT_EQ, 1);
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, &seqno));
	EXPECT_EQ(1, seqno);
	task = npu_signal(FIX_DEV_VA, GENPU_SIGNAL_SET, 0x1234);
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, &seqno));
	for (i = 0; i < 50; i++) {
		task = npu_copy(FIX_DEV_VA + (i + 1) * 4096, FIX_DEV_VA + i * 4096, 8);
		ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, &seqno));
		EXPECT_EQ(i + 3, seqno);
	}
	EXPECT_EQ(0, npu_load(self->dev.map, 0));
	npu_store(self->sys.map, 0, 1);
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
	EXPECT_EQ(0x1234, npu_load(self->dev.map + 50 * 4096, 0));
}

/* Two streams that each wait for the other, in turns, can only end if both are under way. */
TEST_F(npu, streams_run_concurrently)
{
	struct genpu_task tasks[2][64];
	uint32_t other;
	int i;

	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &other));
	for (i = 0; i < 32; i++) {
		tasks[0][2 * i] = npu_signal(GATE(0), GENPU_SIGNAL_SET, i + 1);
		tasks[0][2 * i + 1] = npu_hold(GATE(1), GENPU_WAIT_GE, i + 1);
		tasks[1][2 * i] = npu_hold(GATE(0), GENPU_WAIT_GE, i + 1);
		tasks[1][2 * i + 1] = npu_signal(GATE(1), GENPU_SIGNAL_SET, i + 1);
	}
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, tasks[0], 64, NULL));
	ASSERT_EQ(0, npu_submit(self->fd, other, tasks[1], 64, NULL));
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
	ASSERT_EQ(0, npu_wait(self->fd, other, NULL));
	EXPECT_EQ(32, npu_load(self->sys.map, 1));
}

/*
 * Two long copies that a gate releases together overlap by the device's own clock. Which of them is
 * served first is open, and so is by how much; that none of many overlaps is not.
 */
TEST_F(npu, copies_of_two_streams_overlap)
{
	const uint64_t size = FIX_SIZE / 2;
	uint64_t *stamps = self->sys.map + 64;
	struct genpu_task tasks[2];
	uint32_t stream[2] = { self->stream };
	bool overlap = false;
	int i, round;

	if (self->info.copy_units < 2)
		SKIP(return, "the device copies one thing at a time");
	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream[1]));
	for (round = 0; round < 50 && !overlap; round++) {
		npu_store(self->sys.map, 0, 0);
		for (i = 0; i < 2; i++) {
			tasks[0] = npu_hold(GATE(0), GENPU_WAIT_EQ, 1);
			/* One byte a row makes it long in time and short in memory. */
			tasks[1] = npu_copy(FIX_DEV_VA + i * size, FIX_SYS_VA + i * size, 1);
			tasks[1].copy.rows = size / 2;
			tasks[1].copy.dst_pitch = 2;
			tasks[1].copy.src_pitch = 2;
			tasks[1].copy.stamps = FIX_SYS_VA + 64 + i * 16;
			ASSERT_EQ(0, npu_submit(self->fd, stream[i], tasks, 2, NULL));
		}
		npu_store(self->sys.map, 0, 1);
		ASSERT_EQ(0, npu_wait(self->fd, stream[0], NULL));
		ASSERT_EQ(0, npu_wait(self->fd, stream[1], NULL));
		ASSERT_LT(stamps[0], stamps[1]);
		ASSERT_LT(stamps[2], stamps[3]);
		overlap = stamps[0] < stamps[3] && stamps[2] < stamps[1];
	}
	EXPECT_TRUE(overlap);
}

TEST_F(npu, failed_job_stops_a_stream_that_asked_for_it)
{
	struct drm_genpu_stream_create create = {
		.ctx_id = self->ctx, .priority = DRM_GENPU_PRIORITY_NORMAL,
		.flags = DRM_GENPU_STREAM_STOP_ON_ERROR, .timeout_ms = NPU_PATIENT_MS,
	};
	struct drm_genpu_stream_state state;
	struct genpu_task task;
	uint32_t stream, status;

	ASSERT_EQ(0, npu_stream_create_with(self->fd, create, &stream));
	task = npu_hold(GATE(0), GENPU_WAIT_EQ, 1);
	ASSERT_EQ(0, npu_submit(self->fd, stream, &task, 1, NULL));
	task = faulting();
	ASSERT_EQ(0, npu_submit(self->fd, stream, &task, 1, NULL));
	task = npu_signal(GATE(1), GENPU_SIGNAL_SET, 1);
	ASSERT_EQ(0, npu_submit(self->fd, stream, &task, 1, NULL));
	ASSERT_EQ(0, npu_submit(self->fd, stream, &task, 1, NULL));
	npu_store(self->sys.map, 0, 1);
	ASSERT_EQ(0, npu_wait(self->fd, stream, &status));
	EXPECT_EQ(DRM_GENPU_STREAM_FAULT, status);
	EXPECT_EQ(0, npu_load(self->sys.map, 1));
	EXPECT_EQ(-ECANCELED, npu_submit(self->fd, stream, &task, 1, NULL));
	ASSERT_EQ(0, npu_stream_state(self->fd, stream, 0, &state));
	EXPECT_EQ(DRM_GENPU_STREAM_FAULT, state.status);
	EXPECT_EQ(2, state.failed);
	EXPECT_EQ(4, state.submitted);
	EXPECT_EQ(4, state.completed);
	/* Reporting and forgetting are one step; then it takes jobs again. */
	ASSERT_EQ(0, npu_stream_state(self->fd, stream, DRM_GENPU_STREAM_STATE_CLEAR, &state));
	EXPECT_EQ(DRM_GENPU_STREAM_FAULT, state.status);
	EXPECT_EQ(2, state.failed);
	ASSERT_EQ(0, npu_stream_state(self->fd, stream, 0, &state));
	EXPECT_EQ(DRM_GENPU_STREAM_OK, state.status);
	EXPECT_EQ(0, state.failed);
	EXPECT_EQ(GENPU_OK, state.error);
	EXPECT_EQ(0, npu_run(self->fd, stream, &task, 1));
	EXPECT_EQ(1, npu_load(self->sys.map, 1));
}

TEST_F(npu, failed_job_does_not_stop_other_streams_jobs)
{
	struct drm_genpu_stream_state state;
	struct genpu_task task;
	uint32_t status;

	task = npu_hold(GATE(0), GENPU_WAIT_EQ, 1);
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, NULL));
	task = faulting();
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, NULL));
	task = npu_signal(GATE(1), GENPU_SIGNAL_ADD, 1);
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, NULL));
	task = faulting();
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, NULL));
	task = npu_signal(GATE(1), GENPU_SIGNAL_ADD, 1);
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, NULL));
	npu_store(self->sys.map, 0, 1);
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, &status));
	EXPECT_EQ(DRM_GENPU_STREAM_FAULT, status);
	EXPECT_EQ(2, npu_load(self->sys.map, 1));
	/* The first failure is kept until it is cleared. */
	ASSERT_EQ(0, npu_stream_state(self->fd, self->stream, DRM_GENPU_STREAM_STATE_CLEAR,
				      &state));
	EXPECT_EQ(2, state.failed);
	EXPECT_EQ(5, state.completed);
	EXPECT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_EQ(3, npu_load(self->sys.map, 1));
}

/* Each failure comes while the one before it is still being dealt with. */
TEST_F(npu, failed_jobs_in_a_row_all_end)
{
	struct drm_genpu_stream_state state;
	struct genpu_task task;
	uint64_t seqno;
	int i, round;

	for (round = 0; round < 5; round++) {
		npu_store(self->sys.map, 0, 0);
		task = npu_hold(GATE(0), GENPU_WAIT_EQ, 1);
		ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, NULL));
		task = faulting();
		for (i = 0; i < 40; i++)
			ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, NULL));
		task = npu_signal(GATE(1), GENPU_SIGNAL_ADD, 1);
		ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, &seqno));
		npu_store(self->sys.map, 0, 1);
		ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
		EXPECT_EQ(round + 1, npu_load(self->sys.map, 1));
		ASSERT_EQ(0, npu_stream_state(self->fd, self->stream,
					      DRM_GENPU_STREAM_STATE_CLEAR, &state));
		EXPECT_EQ(seqno - 40, state.failed);
		EXPECT_EQ(seqno, state.completed);
	}
}

TEST_F(npu, destroying_a_stream_cancels_its_jobs)
{
	struct drm_genpu_sync out[2];
	struct genpu_task task;
	uint32_t stream, handle[2];
	int i;

	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle[i]));
		out[i] = npu_sync_out(handle[i]);
		task = i ? npu_signal(GATE(1), GENPU_SIGNAL_SET, 1) :
			   npu_hold(GATE(0), GENPU_WAIT_EQ, 1);
		ASSERT_EQ(0, npu_submit_sync(self->fd, stream, &task, 1, &out[i], 1, NULL));
	}
	EXPECT_EQ(0, npu_fence_status(self->fd, handle[0]));
	ASSERT_EQ(0, npu_stream_destroy(self->fd, stream));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, npu_syncobj_wait(self->fd, handle[i], npu_now() + NPU_LONG, 0));
		EXPECT_EQ(-ECANCELED, npu_fence_status(self->fd, handle[i]));
	}
	EXPECT_EQ(0, npu_load(self->sys.map, 1));
	task = npu_nop();
	EXPECT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
}

TEST_F(npu, destroying_a_context_cancels_its_jobs)
{
	uint32_t ctx, stream, handle;
	struct drm_genpu_sync out;
	struct genpu_task task;
	struct npu_buf buf;

	ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx));
	ASSERT_EQ(0, npu_stream_create(self->fd, ctx, &stream));
	ASSERT_EQ(0, npu_buf_create(self->fd, ctx, DRM_GENPU_REGION_SYSTEM, 4096, FIX_SYS_VA,
				    &buf));
	ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle));
	out = npu_sync_out(handle);
	task = npu_hold(FIX_SYS_VA, GENPU_WAIT_EQ, 1);
	ASSERT_EQ(0, npu_submit_sync(self->fd, stream, &task, 1, &out, 1, NULL));
	ASSERT_EQ(0, npu_ctx_destroy(self->fd, ctx));
	ASSERT_EQ(0, npu_syncobj_wait(self->fd, handle, npu_now() + NPU_LONG, 0));
	EXPECT_EQ(-ECANCELED, npu_fence_status(self->fd, handle));
	munmap(buf.map, buf.size);
}

TEST_F(npu, closing_the_file_ends_everything)
{
	struct genpu_task tasks[2];
	uint32_t ctx, stream;
	struct npu_buf buf;
	int fd, i;

	for (i = 0; i < 10; i++) {
		fd = npu_open();
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, npu_ctx_create(fd, &ctx));
		ASSERT_EQ(0, npu_stream_create(fd, ctx, &stream));
		ASSERT_EQ(0, npu_buf_create(fd, ctx, DRM_GENPU_REGION_DEVICE, MIB(1), FIX_SYS_VA,
					    &buf));
		tasks[0] = npu_fill(FIX_SYS_VA + 8, MIB(1) - 8, 8, 1);
		tasks[1] = npu_hold(FIX_SYS_VA, GENPU_WAIT_EQ, 1);
		ASSERT_EQ(0, npu_submit(fd, stream, tasks, 2, NULL));
		ASSERT_EQ(0, npu_submit(fd, stream, tasks, 2, NULL));
		close(fd);
		munmap(buf.map, buf.size);
	}
}

/* Someone waits in WAIT while the stream is taken away under them. */
struct waiter {
	int fd;
	uint32_t stream;
	int ret;
};

static void *wait_for_stream(void *arg)
{
	struct waiter *waiter = arg;

	waiter->ret = npu_wait(waiter->fd, waiter->stream, NULL);
	return NULL;
}

TEST_F(npu, destroying_a_stream_wakes_its_waiters)
{
	struct genpu_task task = npu_hold(GATE(0), GENPU_WAIT_EQ, 1);
	struct waiter waiter = { .fd = self->fd };
	pthread_t thread;

	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &waiter.stream));
	ASSERT_EQ(0, npu_submit(self->fd, waiter.stream, &task, 1, NULL));
	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_for_stream, &waiter));
	npu_sleep_ms(50);
	ASSERT_EQ(0, npu_stream_destroy(self->fd, waiter.stream));
	pthread_join(thread, NULL);
	EXPECT_TRUE(waiter.ret == 0 || waiter.ret == -ENOENT) {
		TH_LOG("WAIT gave %d", waiter.ret);
	}
}

struct maker {
	int fd;
	uint32_t ctx;
	int ret;
};

static void *make_and_break(void *arg)
{
	struct maker *maker = arg;
	struct genpu_task task = npu_nop();
	uint32_t stream;
	int i;

	for (i = 0; i < 50 && !maker->ret; i++)
		maker->ret = npu_stream_create(maker->fd, maker->ctx, &stream) ?:
			     npu_submit(maker->fd, stream, &task, 1, NULL) ?:
			     npu_stream_destroy(maker->fd, stream);
	return NULL;
}

TEST_F(npu, streams_come_and_go_in_many_threads)
{
	struct maker makers[8];
	pthread_t threads[8];
	int i;

	for (i = 0; i < 8; i++) {
		makers[i] = (struct maker){ .fd = self->fd, .ctx = self->ctx };
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, make_and_break, &makers[i]));
	}
	for (i = 0; i < 8; i++) {
		pthread_join(threads[i], NULL);
		EXPECT_EQ(0, makers[i].ret);
	}
}

TEST_HARNESS_MAIN
