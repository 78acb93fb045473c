// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostile.c - a device that loses, delays, doubles and forges what it has to say, answers nonsense,
 * or stops answering. Needs the emulator's control port; skipped on other devices.
 *
 * After each of these all who wait have been woken with a documented error, other contexts never
 * noticed anything, the device works, counters are exact, and nothing is left. The last two are
 * checked by the fixture: hangs, resets and objects; and the kernel's log by who runs the tests.
 *
 * Nothing is timed. Where an event gets lost the job would end anyhow at its timeout, which is as
 * long as the test itself may take: who passes has not waited for it.
 */
#include "genpu_harness.h"
#include "genpu_util.h"
#include "genpu_prog.h"
#include "genpu_inject.h"

#define SYS_VA		0x1000000000ull
#define DEV_VA		0x2000000000ull
#define GATE		SYS_VA
#define COUNT		(SYS_VA + 8)
#define NET_VA		0x4000000000ull

/**
 * struct bystander - somebody else, in a process-wide unique context: runs graphs all the time
 * @thread: where it does so
 * @stop: it is to end
 * @runs: jobs that were right
 * @ret: 0, or what went wrong
 */
struct bystander {
	pthread_t thread;
	int stop;
	uint32_t runs;
	int ret;
};

static void *stand_by(void *arg)
{
	struct bystander *b = arg;
	uint32_t ctx, stream;
	struct net net = {};
	struct genpu_task task;
	int fd = npu_open();

	b->ret = npu_opened(fd);
	b->ret = b->ret ?: npu_ctx_create(fd, &ctx);
	b->ret = b->ret ?: npu_stream_create(fd, ctx, &stream);
	b->ret = b->ret ?: net_create(fd, ctx, DRM_GENPU_REGION_DEVICE, NET_VA, &net);
	while (!b->ret && !__atomic_load_n(&b->stop, __ATOMIC_SEQ_CST)) {
		task = net_task(&net, 0, b->runs);
		b->ret = npu_run(fd, stream, &task, 1);
		if (!b->ret && !net_right(&net, 0, b->runs))
			b->ret = -EILSEQ;
		__atomic_add_fetch(&b->runs, !b->ret, __ATOMIC_SEQ_CST);
	}
	if (net.buf.map)
		munmap(net.buf.map, net.buf.size);
	if (fd >= 0)
		close(fd);
	return NULL;
}

/* Returns when it has begun to run. */
static int bystander_start(struct bystander *b)
{
	*b = (struct bystander){};
	if (pthread_create(&b->thread, NULL, stand_by, b))
		return -EAGAIN;
	while (!__atomic_load_n(&b->runs, __ATOMIC_SEQ_CST)) {
		if (__atomic_load_n(&b->ret, __ATOMIC_SEQ_CST))
			break;
		npu_sleep_ms(1);
	}
	return __atomic_load_n(&b->ret, __ATOMIC_SEQ_CST);
}

/* Lets it run once more from now, and then end; 0 if all that it did was right. */
static int bystander_end(struct bystander *b)
{
	uint32_t runs = __atomic_load_n(&b->runs, __ATOMIC_SEQ_CST);

	while (__atomic_load_n(&b->runs, __ATOMIC_SEQ_CST) < runs + 2 &&
	       !__atomic_load_n(&b->ret, __ATOMIC_SEQ_CST))
		npu_sleep_ms(1);
	__atomic_store_n(&b->stop, 1, __ATOMIC_SEQ_CST);
	pthread_join(b->thread, NULL);
	return b->ret;
}

/* The hardware queue of the only stream that there is; 0 if debugfs does not say */
static uint32_t queue_of_stream(int fd)
{
	char text[4096], *line;

	npu_debugfs(fd, "streams", text, sizeof(text));
	line = strchr(text, '\n');
	return line ? strtoul(line + 1, NULL, 10) : 0;
}

static uint64_t counter(int fd, const char *key)
{
	char text[8192];

	npu_debugfs(fd, "device", text, sizeof(text));
	return npu_value(text, key);
}

/* Events that made no sense, on all vectors */
static uint64_t bad_events(int fd)
{
	char text[8192], *at = text;
	uint64_t sum = 0;

	npu_debugfs(fd, "device", text, sizeof(text));
	while ((at = strstr(at, " bad "))) {
		at += 5;
		sum += strtoull(at, NULL, 10);
	}
	return sum;
}

static int stream_with(int fd, uint32_t ctx, uint32_t timeout_ms, uint32_t *stream)
{
	struct drm_genpu_stream_create create = {
		.ctx_id = ctx, .priority = DRM_GENPU_PRIORITY_NORMAL, .timeout_ms = timeout_ms,
	};

	return npu_stream_create_with(fd, create, stream);
}

/* --- The device, its control port, and somebody else who works ------------------------------ */

FIXTURE(hostile)
{
	int fd;
	int port;
	uint32_t ctx;
	uint32_t stream;
	uint32_t queue;		/* of stream */
	struct npu_buf sys;
	struct npu_health before;
	uint64_t faults;
	struct bystander bystander;
	uint64_t expected_hangs;
	uint64_t expected_resets;
	uint64_t expected_faults;
	char admin_timeout[16];
};

FIXTURE_SETUP(hostile)
{
	self->port = -1;
	self->fd = npu_open();
	if (self->fd < 0)
		SKIP(return, "no genpu device: %s", strerror(-self->fd));
	INJECT_OR_SKIP(return);
	ASSERT_EQ(0, npu_idle(self->fd, &self->before));
	if (!self->before.seen)
		SKIP(return, "debugfs cannot be read");
	self->faults = counter(self->fd, "faults");
	ASSERT_EQ(0, npu_ctx_create(self->fd, &self->ctx));
	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &self->stream));
	ASSERT_EQ(0, npu_buf_create(self->fd, self->ctx, DRM_GENPU_REGION_SYSTEM, 4096,
				    SYS_VA, &self->sys));
	self->queue = queue_of_stream(self->fd);
	ASSERT_LT(0, self->queue);
	ASSERT_EQ(0, bystander_start(&self->bystander));
}

FIXTURE_TEARDOWN(hostile)
{
	struct genpu_task task = npu_signal(GATE, GENPU_SIGNAL_SET, 7);
	struct npu_health after;
	uint32_t ctx, stream;
	struct npu_buf buf;
	int fd;

	if (self->port < 0 || !self->bystander.thread)
		return;
	EXPECT_EQ(0, inject_clear(self->port));
	EXPECT_EQ(0, inject_calm(self->admin_timeout));
	EXPECT_EQ(0, bystander_end(&self->bystander)) {
		TH_LOG("somebody else noticed, after %u jobs", self->bystander.runs);
	}
	npu_unmap_all(self->fd);
	close(self->fd);
	close(self->port);
	fd = npu_open();
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, npu_idle(fd, &after)) {
		TH_LOG("left on the device: %s", after.objects);
	}
	EXPECT_EQ(self->before.free, after.free);
	EXPECT_EQ(self->before.hangs + self->expected_hangs, after.hangs);
	EXPECT_EQ(self->before.resets + self->expected_resets, after.resets);
	EXPECT_EQ(self->faults + self->expected_faults, counter(fd, "faults"));
	EXPECT_EQ(self->before.taint & NPU_TAINTS, after.taint & NPU_TAINTS);
	/* It works. */
	ASSERT_EQ(0, npu_ctx_create(fd, &ctx));
	ASSERT_EQ(0, npu_stream_create(fd, ctx, &stream));
	ASSERT_EQ(0, npu_buf_create(fd, ctx, DRM_GENPU_REGION_SYSTEM, 4096, GATE, &buf));
	EXPECT_EQ(0, npu_run(fd, stream, &task, 1));
	EXPECT_EQ(7, npu_load(buf.map, 0));
	munmap(buf.map, buf.size);
	close(fd);
}

/* Count up, one job after the other; each is seen to have ended, and to have run once. */
static int count_up(int fd, uint32_t stream, const struct npu_buf *sys, int jobs)
{
	struct genpu_task task = npu_signal(COUNT, GENPU_SIGNAL_ADD, 1);
	uint64_t before = npu_load(sys->map, 1);
	int i, ret = 0;

	for (i = 1; i <= jobs && !ret; i++) {
		ret = npu_run(fd, stream, &task, 1);
		if (!ret && npu_load(sys->map, 1) != before + i)
			ret = -EILSEQ;
	}
	return ret;
}

/* --- What costs time and nothing else ------------------------------------------------------- */

#define NUISANCES	6

/* All jobs end well although the fault, which is armed for one queue, has hit each of them. */
static void be_a_nuisance(struct __test_metadata *_metadata, FIXTURE_DATA(hostile) *self,
			  const char *fault, const char *more)
{
	uint64_t hits = inject_status(self->port, "injected");

	ASSERT_EQ(0, inject(self->port, "inject %s queue=%u count=%u%s", fault, self->queue,
			    NUISANCES, more));
	EXPECT_EQ(0, count_up(self->fd, self->stream, &self->sys, 2 * NUISANCES));
	EXPECT_EQ(hits + NUISANCES, inject_status(self->port, "injected"));
	/* What was held back comes late, when nobody waits for it any more. */
	EXPECT_EQ(0, inject_clear(self->port));
	EXPECT_EQ(0, count_up(self->fd, self->stream, &self->sys, 4));
}

TEST_F(hostile, lost_events_cost_only_time)
{
	be_a_nuisance(_metadata, self, "lose-event", "");
}

TEST_F(hostile, lost_interrupts_cost_only_time)
{
	be_a_nuisance(_metadata, self, "lose-interrupt", "");
}

TEST_F(hostile, events_may_come_twice)
{
	be_a_nuisance(_metadata, self, "duplicate-event", "");
}

TEST_F(hostile, events_may_come_in_any_order)
{
	be_a_nuisance(_metadata, self, "reorder-events", "");
}

TEST_F(hostile, completions_may_come_late)
{
	be_a_nuisance(_metadata, self, "delay-completion", " ms=120");
}

TEST_F(hostile, tasks_may_be_slow)
{
	be_a_nuisance(_metadata, self, "slow", " ms=120");
}

/* The entry is never seen; those behind it are. */
TEST_F(hostile, stale_phase_is_skipped)
{
	uint64_t bad = bad_events(self->fd);

	be_a_nuisance(_metadata, self, "stale-phase", "");
	EXPECT_LT(bad, bad_events(self->fd));
}

/* What is lost is made good by the completion behind it. */
TEST_F(hostile, lost_completion_is_made_good)
{
	struct genpu_task tasks[2] = {
		npu_hold(GATE, GENPU_WAIT_EQ, 1), npu_signal(COUNT, GENPU_SIGNAL_ADD, 1),
	};
	struct drm_genpu_stream_state state;
	int i;

	ASSERT_EQ(0, inject(self->port, "inject lose-completion queue=%u", self->queue));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, npu_submit(self->fd, self->stream, tasks, 2, NULL));
	npu_store(self->sys.map, 0, 1);
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
	ASSERT_EQ(0, npu_stream_state(self->fd, self->stream, 0, &state));
	EXPECT_EQ(DRM_GENPU_STREAM_OK, state.status);
	EXPECT_EQ(3, npu_load(self->sys.map, 1));
}

TEST_F(hostile, interrupts_for_nothing_are_harmless)
{
	uint64_t bad = bad_events(self->fd);

	/* Many more in a row than the kernel suffers from a vector that nobody feels called by. */
	ASSERT_EQ(0, inject(self->port, "inject interrupt-storm count=3000"));
	EXPECT_EQ(0, count_up(self->fd, self->stream, &self->sys, 20));
	EXPECT_EQ(bad, bad_events(self->fd));
}

TEST_F(hostile, overrun_event_queues_are_picked_up_again)
{
	uint32_t vector;

	for (vector = 0; vector < 4; vector++) {
		ASSERT_EQ(0, inject(self->port, "inject event-overflow vector=%u", vector));
		EXPECT_EQ(0, count_up(self->fd, self->stream, &self->sys, 5));
		ASSERT_EQ(0, inject(self->port, "inject event-overflow queue=%u", self->queue));
		EXPECT_EQ(0, count_up(self->fd, self->stream, &self->sys, 5));
	}
}

/* Events of every type about queues that are there, are not, or cannot be. */
TEST_F(hostile, forged_events_are_not_believed)
{
	uint64_t bad = bad_events(self->fd), seed = 1;
	int i;

	for (i = 0; i < 256; i++)
		ASSERT_EQ(0, inject(self->port,
				    "inject forge-event type=%u queue=%u value=%" PRIu64 " info=%u",
				    i < 64 ? i % 8 : i, (uint32_t)(npu_random(&seed) % 2048),
				    npu_random(&seed), (uint32_t)npu_random(&seed)));
	EXPECT_EQ(0, count_up(self->fd, self->stream, &self->sys, 10));
	EXPECT_LT(bad, bad_events(self->fd));
}

/* The status register knows better. */
TEST_F(hostile, forged_fatal_event_resets_nothing)
{
	uint64_t bad = bad_events(self->fd);

	ASSERT_EQ(0, inject(self->port, "inject forge-event type=%u info=%u value=1 count=20",
			    GENPU_EVENT_DEVICE, GENPU_DEVICE_FATAL));
	EXPECT_EQ(0, count_up(self->fd, self->stream, &self->sys, 10));
	EXPECT_LT(bad, bad_events(self->fd));
}

TEST_F(hostile, heat_and_corrected_errors_disturb_nobody)
{
	ASSERT_EQ(0, inject(self->port, "inject thermal value=105000"));
	ASSERT_EQ(0, inject(self->port, "inject memory-ce"));
	EXPECT_EQ(0, count_up(self->fd, self->stream, &self->sys, 10));
}

/* --- What costs a job or a stream ------------------------------------------------------------ */

/* A job of the stream is under way: it waits until the gate is at @step. */
static int begin_waiting(int fd, uint32_t stream, uint64_t step, uint32_t out)
{
	struct genpu_task tasks[2] = {
		npu_signal(COUNT, GENPU_SIGNAL_ADD, 1), npu_hold(GATE, GENPU_WAIT_GE, step),
	};
	struct drm_genpu_sync sync = npu_sync_out(out);
	int first = step > 1;	/* a later job says nothing: it would make good what is wrong */

	return npu_submit_sync(fd, stream, tasks + first, 2 - first, &sync, 1, NULL);
}

/*
 * The status of a queue makes no sense: its stream is dead, with all its jobs, but nobody else. In
 * the end the very queue is used again.
 */
static void be_insane(struct __test_metadata *_metadata, FIXTURE_DATA(hostile) *self,
		      const char *request)
{
	struct drm_genpu_stream_state state;
	struct genpu_task nop = npu_nop();
	uint32_t handle[2], stream;
	int i, error;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle[i]));
		ASSERT_EQ(0, begin_waiting(self->fd, self->stream, i + 1, handle[i]));
	}
	ASSERT_TRUE(npu_reached(self->sys.map, 1, 1));
	ASSERT_EQ(0, inject(self->port, "inject %s queue=%u", request, self->queue));
	npu_store(self->sys.map, 0, 1);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, npu_syncobj_wait(self->fd, handle[i], npu_now() + NPU_LONG, 0));
		error = npu_fence_status(self->fd, handle[i]);
		EXPECT_TRUE(error == 1 || error == -EIO || error == -ECANCELED) {
			TH_LOG("job %d ended with %d", i, error);
		}
	}
	ASSERT_EQ(0, npu_stream_state(self->fd, self->stream, 0, &state));
	EXPECT_EQ(DRM_GENPU_STREAM_LOST, state.status);
	EXPECT_EQ(state.submitted, state.completed);
	EXPECT_EQ(-ECANCELED, npu_submit(self->fd, self->stream, &nop, 1, NULL));
	ASSERT_EQ(0, inject_clear(self->port));
	ASSERT_EQ(0, npu_stream_destroy(self->fd, self->stream));
	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream));
	EXPECT_EQ(0, count_up(self->fd, stream, &self->sys, 5));
}

TEST_F(hostile, count_beyond_the_tail_ends_a_stream)
{
	be_insane(_metadata, self, "bad-seqno value=1000");
}

TEST_F(hostile, count_that_wraps_ends_a_stream)
{
	be_insane(_metadata, self, "bad-seqno value=9223372036854775808");
}

TEST_F(hostile, count_that_goes_back_ends_a_stream)
{
	be_insane(_metadata, self, "bad-seqno value=-3");
}

TEST_F(hostile, forged_completion_ends_a_stream)
{
	be_insane(_metadata, self, "forge-completion value=1000");
}

TEST_F(hostile, forged_completion_of_the_past_ends_a_stream)
{
	ASSERT_EQ(0, count_up(self->fd, self->stream, &self->sys, 5));
	npu_store(self->sys.map, 1, 0);
	be_insane(_metadata, self, "forge-completion value=2");
}

/* Too early, but possible: nobody can tell. It must end, and the device must go on. */
TEST_F(hostile, completion_that_comes_early)
{
	uint32_t handle[2], stream;
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle[i]));
		ASSERT_EQ(0, begin_waiting(self->fd, self->stream, 1, handle[i]));
	}
	ASSERT_TRUE(npu_reached(self->sys.map, 1, 1));
	ASSERT_EQ(0, inject(self->port, "inject forge-completion queue=%u value=+2", self->queue));
	ASSERT_EQ(0, npu_syncobj_wait(self->fd, handle[0], npu_now() + NPU_LONG, 0));
	npu_store(self->sys.map, 0, 1);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, npu_syncobj_wait(self->fd, handle[i], npu_now() + NPU_LONG, 0));
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
	ASSERT_EQ(0, npu_stream_destroy(self->fd, self->stream));
	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream));
	EXPECT_EQ(0, count_up(self->fd, stream, &self->sys, 5));
}

/* The job that is under way is taken for the one that failed; details are given as they are. */
TEST_F(hostile, forged_fault_costs_one_job)
{
	struct drm_genpu_stream_state state;
	uint32_t handle, status;
	int error;

	ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle));
	ASSERT_EQ(0, begin_waiting(self->fd, self->stream, 1, handle));
	ASSERT_TRUE(npu_reached(self->sys.map, 1, 1));
	ASSERT_EQ(0, inject(self->port, "inject forge-fault queue=%u", self->queue));
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, &status));
	EXPECT_EQ(DRM_GENPU_STREAM_FAULT, status);
	error = npu_fence_status(self->fd, handle);
	EXPECT_TRUE(error == -EIO || error == -EFAULT);
	ASSERT_EQ(0, npu_stream_state(self->fd, self->stream, DRM_GENPU_STREAM_STATE_CLEAR,
				      &state));
	EXPECT_EQ(1, state.failed);
	EXPECT_TRUE(state.task < 2 || state.task == GENPU_NONE);
	EXPECT_GE(GENPU_ACCESS_WRITE, state.access);
	EXPECT_EQ(0, count_up(self->fd, self->stream, &self->sys, 5));
	self->expected_faults = 1;
}

/* A fault of a queue that has nothing to do ends its stream: nobody knows what it means. */
TEST_F(hostile, forged_fault_of_an_idle_queue)
{
	int64_t deadline = npu_now() + NPU_LONG;
	struct drm_genpu_stream_state state;
	struct genpu_task nop = npu_nop();
	uint32_t stream;

	ASSERT_EQ(0, npu_run(self->fd, self->stream, &nop, 1));
	ASSERT_EQ(0, inject(self->port, "inject forge-fault queue=%u", self->queue));
	do {
		ASSERT_EQ(0, npu_stream_state(self->fd, self->stream, 0, &state));
		npu_sleep_ms(5);
	} while (state.status == DRM_GENPU_STREAM_OK && npu_now() < deadline);
	EXPECT_EQ(DRM_GENPU_STREAM_LOST, state.status);
	EXPECT_EQ(-ECANCELED, npu_submit(self->fd, self->stream, &nop, 1, NULL));
	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream));
	EXPECT_EQ(0, count_up(self->fd, stream, &self->sys, 5));
}

/* The first of two jobs fails, is reported as what it was, and the second runs. */
static void fail_once(struct __test_metadata *_metadata, FIXTURE_DATA(hostile) *self,
		      const char *request, uint32_t error)
{
	struct genpu_task task = npu_signal(COUNT, GENPU_SIGNAL_ADD, 1);
	struct drm_genpu_stream_state state;
	struct drm_genpu_sync out;
	uint32_t handle;

	ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle));
	out = npu_sync_out(handle);
	ASSERT_EQ(0, inject(self->port, "inject %s queue=%u", request, self->queue));
	ASSERT_EQ(0, npu_submit_sync(self->fd, self->stream, &task, 1, &out, 1, NULL));
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, NULL));
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
	EXPECT_EQ(-EIO, npu_fence_status(self->fd, handle));
	ASSERT_EQ(0, npu_stream_state(self->fd, self->stream, DRM_GENPU_STREAM_STATE_CLEAR,
				      &state));
	EXPECT_EQ(DRM_GENPU_STREAM_FAULT, state.status);
	EXPECT_EQ(1, state.failed);
	EXPECT_EQ(0, state.task);
	EXPECT_EQ(error, state.error);
	EXPECT_EQ(1, npu_load(self->sys.map, 1));
	EXPECT_EQ(0, count_up(self->fd, self->stream, &self->sys, 3));
	self->expected_faults = 1;
}

TEST_F(hostile, memory_error_costs_one_job)
{
	fail_once(_metadata, self, "memory-ue", GENPU_ERR_MEMORY);
}

TEST_F(hostile, bus_error_costs_one_job)
{
	fail_once(_metadata, self, "dma-fail", GENPU_ERR_BUS);
}

TEST_F(hostile, engine_error_costs_one_job)
{
	fail_once(_metadata, self, "fail", GENPU_ERR_ENGINE);
}

/* A stream of a short timeout hangs; the hardware queue is not that of self->stream. */
static void hang_once(struct __test_metadata *_metadata, FIXTURE_DATA(hostile) *self,
		      const char *request)
{
	struct genpu_task task = npu_signal(COUNT, GENPU_SIGNAL_ADD, 1);
	struct drm_genpu_stream_state state;
	uint32_t stream, status;

	/* This queue is free now, and the lowest one that is. */
	ASSERT_EQ(0, npu_stream_destroy(self->fd, self->stream));
	ASSERT_EQ(0, stream_with(self->fd, self->ctx, 300, &stream));
	ASSERT_EQ(0, inject(self->port, "inject %s queue=%u", request, self->queue));
	ASSERT_EQ(0, npu_submit(self->fd, stream, &task, 1, NULL));
	ASSERT_EQ(0, npu_wait(self->fd, stream, &status));
	EXPECT_EQ(DRM_GENPU_STREAM_TIMEDOUT, status);
	ASSERT_EQ(0, npu_stream_state(self->fd, stream, 0, &state));
	EXPECT_EQ(1, state.hangs);
	EXPECT_EQ(1, state.failed);
	ASSERT_EQ(0, inject_clear(self->port));
	ASSERT_EQ(0, npu_stream_destroy(self->fd, stream));
	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream));
	EXPECT_EQ(0, count_up(self->fd, stream, &self->sys, 5));
	self->expected_hangs = 1;
}

TEST_F(hostile, task_that_hangs_costs_its_stream)
{
	hang_once(_metadata, self, "hang");
}

TEST_F(hostile, completion_that_never_comes_is_a_hang)
{
	hang_once(_metadata, self, "lose-completion");
}

TEST_F(hostile, completion_that_comes_too_late_is_a_hang)
{
	hang_once(_metadata, self, "delay-completion ms=100000");
}

/* --- Registers ------------------------------------------------------------------------------- */

static void read_everything(int fd)
{
	struct drm_genpu_time_info time;
	struct drm_genpu_memory_info memory;
	struct drm_genpu_device_info info;
	char text[8192];

	npu_query(fd, DRM_GENPU_QUERY_TIME, &time, sizeof(time));
	npu_query(fd, DRM_GENPU_QUERY_MEMORY, &memory, sizeof(memory));
	npu_info(fd, &info);
	npu_debugfs(fd, "device", text, sizeof(text));
}

/* Reads of status change nothing, whatever they give. */
static void misread(struct __test_metadata *_metadata, FIXTURE_DATA(hostile) *self,
		    const char *fault)
{
	uint64_t hits = inject_status(self->port, "injected");
	int i;

	ASSERT_EQ(0, inject(self->port, "inject %s count=0", fault));
	for (i = 0; i < 20; i++) {
		read_everything(self->fd);
		EXPECT_EQ(0, count_up(self->fd, self->stream, &self->sys, 2));
	}
	ASSERT_EQ(0, inject_clear(self->port));
	EXPECT_LT(hits, inject_status(self->port, "injected"));
}

TEST_F(hostile, registers_of_garbage_are_only_shown)
{
	misread(_metadata, self, "regs-garbage");
}

TEST_F(hostile, registers_of_ones_are_only_shown)
{
	misread(_metadata, self, "regs-ones");
}

/* --- Commands -------------------------------------------------------------------------------- */

TEST_F(hostile, answers_may_come_twice)
{
	uint32_t stream;
	int i;

	ASSERT_EQ(0, inject(self->port, "inject admin-duplicate count=0"));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream));
		EXPECT_EQ(0, count_up(self->fd, stream, &self->sys, 1));
		ASSERT_EQ(0, npu_stream_destroy(self->fd, stream));
	}
}

/* The device is out of something: that is an answer, and no reason for anything. */
TEST_F(hostile, device_without_memory_is_no_defect)
{
	uint32_t stream, ctx;

	ASSERT_EQ(0, inject(self->port, "inject admin-fail op=%u", GENPU_ADMIN_QUEUE_CREATE));
	EXPECT_EQ(-ENOMEM, npu_stream_create(self->fd, self->ctx, &stream));
	ASSERT_EQ(0, inject(self->port, "inject admin-fail op=%u", GENPU_ADMIN_CTX_CREATE));
	EXPECT_EQ(-ENOMEM, npu_ctx_create(self->fd, &ctx));
	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream));
	EXPECT_EQ(0, count_up(self->fd, stream, &self->sys, 5));
}

/*
 * A command fails for no reason, or the answer is nonsense, or there is none: what exists on the
 * device is not known any more. It is reset, and who did nothing wrong goes on. A command without
 * an answer is given once more.
 */
static void misanswer(struct __test_metadata *_metadata, FIXTURE_DATA(hostile) *self,
		      const char *request, int want)
{
	uint32_t stream;

	ASSERT_EQ(0, inject(self->port, "inject %s", request));
	EXPECT_EQ(want, npu_stream_create(self->fd, self->ctx, &stream));
	ASSERT_EQ(0, inject_clear(self->port));
	EXPECT_EQ(0, count_up(self->fd, self->stream, &self->sys, 5));
	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream));
	EXPECT_EQ(0, count_up(self->fd, stream, &self->sys, 5));
	self->expected_resets = 1;
}

TEST_F(hostile, command_that_fails_for_no_reason)
{
	misanswer(_metadata, self, "admin-fail value=12345", -EIO);
}

TEST_F(hostile, answers_that_are_garbage)
{
	LOSE_PATIENCE();
	misanswer(_metadata, self, "admin-garbage", 0);
}

TEST_F(hostile, answers_that_never_come)
{
	LOSE_PATIENCE();
	misanswer(_metadata, self, "admin-silent", 0);
}

TEST_F(hostile, destruction_that_is_never_answered)
{
	uint32_t stream;

	LOSE_PATIENCE();
	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream));
	ASSERT_EQ(0, inject(self->port, "inject admin-silent op=%u", GENPU_ADMIN_QUEUE_DESTROY));
	EXPECT_EQ(0, npu_stream_destroy(self->fd, stream));
	EXPECT_EQ(0, count_up(self->fd, self->stream, &self->sys, 5));
	self->expected_resets = 1;
}

TEST_F(hostile, unmapping_that_is_never_answered)
{
	struct npu_buf buf;

	LOSE_PATIENCE();
	ASSERT_EQ(0, npu_buf_create(self->fd, self->ctx, DRM_GENPU_REGION_DEVICE, 65536,
				    DEV_VA, &buf));
	ASSERT_EQ(0, inject(self->port, "inject admin-silent op=%u", GENPU_ADMIN_TLB_INVALIDATE));
	EXPECT_EQ(0, npu_buf_destroy(self->fd, self->ctx, &buf));
	EXPECT_EQ(0, count_up(self->fd, self->stream, &self->sys, 5));
	self->expected_resets = 1;
}

/* --- The device as a whole ------------------------------------------------------------------- */

/* Only a device reset helps against such a task; it costs nobody else anything. */
TEST_F(hostile, task_that_cannot_be_aborted)
{
	LOSE_PATIENCE();
	hang_once(_metadata, self, "hang-hard");
	self->expected_resets = 1;
}

/* Has everything that is armed hit. */
static bool has_hit(int port)
{
	int64_t deadline = npu_now() + NPU_LONG;

	while (inject_status(port, "armed")) {
		if (npu_now() > deadline)
			return false;
		npu_sleep_ms(2);
	}
	return true;
}

TEST_F(hostile, stream_with_a_task_that_cannot_be_aborted_is_destroyed)
{
	struct genpu_task task = npu_signal(COUNT, GENPU_SIGNAL_ADD, 1);
	uint32_t stream;

	LOSE_PATIENCE();
	ASSERT_EQ(0, inject(self->port, "inject hang-hard queue=%u", self->queue));
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, NULL));
	/* Else it hits the next stream, which gets the same queue. */
	ASSERT_TRUE(has_hit(self->port));
	ASSERT_EQ(0, npu_stream_destroy(self->fd, self->stream));
	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream));
	EXPECT_EQ(0, count_up(self->fd, stream, &self->sys, 5));
	self->expected_resets = 1;
}

/* Jobs that were under way, and those behind them, run again and end well. */
TEST_F(hostile, fatal_state_costs_nobody_a_job)
{
	uint32_t handle[3];
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle[i]));
		ASSERT_EQ(0, begin_waiting(self->fd, self->stream, 1, handle[i]));
	}
	ASSERT_TRUE(npu_reached(self->sys.map, 1, 1));
	ASSERT_EQ(0, inject(self->port, "inject fatal value=%u", GENPU_ERR_ENGINE));
	npu_store(self->sys.map, 0, 1);
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(1, npu_fence_status(self->fd, handle[i]));
	EXPECT_EQ(0, count_up(self->fd, self->stream, &self->sys, 5));
	self->expected_resets = 1;
}

TEST_HARNESS_MAIN
