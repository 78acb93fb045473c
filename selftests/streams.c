// SPDX-License-Identifier: GPL-2.0-only
/*
 * streams.c - many streams at once: who is served first, that nobody gets more than a fair share,
 * that all of them work, and that those who have to wait sleep.
 *
 * What is served when is judged by the stamps of the device alone, and by what was ready at that
 * time, never by how long anything took.
 */
#include "genpu_fixture.h"

/* Words of self->sys that streams are held and counted by, then the stamps of fills. */
#define GATE		FIX_SYS_VA
#define COUNT		(FIX_SYS_VA + 8)
#define READY(n)	(FIX_SYS_VA + 64 + 8 * (n))
#define STAMP_AT	4096
#define STAMP(n)	(FIX_SYS_VA + STAMP_AT + 16 * (n))

/* Long enough that a few of them are under way at any time, and are seen to be. */
#define FILL_SIZE	KIB(256)

struct stamps {
	uint64_t start;
	uint64_t end;
};

static struct genpu_task stamped_fill(unsigned int stamp)
{
	struct genpu_task task = npu_fill(FIX_DEV_VA, FILL_SIZE, 8, 0x1234567890abcdef);

	task.fill.stamps = STAMP(stamp);
	return task;
}

static int stream_of(int fd, uint32_t ctx, uint32_t priority, uint32_t *stream)
{
	struct drm_genpu_stream_create create = {
		.ctx_id = ctx, .priority = priority, .timeout_ms = NPU_PATIENT_MS,
	};

	return npu_stream_create_with(fd, create, stream);
}

/* --- Priorities ---------------------------------------------------------------------------- */

#define CROWD		32	/* streams that are less urgent */
#define CROWD_FILLS	24	/* of each */
#define URGENT		8	/* tasks that are more urgent, one after the other */

/*
 * The crowd fills and counts. Each urgent task waits until the crowd has come some way, notes the
 * time at which it is ready, and fills. While it is ready nobody in the crowd may begin, but for
 * those to whom units were given at that very moment.
 */
static int overtake(int fd, uint32_t ctx, struct npu_buf *sys, uint32_t low, uint32_t high)
{
	const int rounds = CROWD * CROWD_FILLS;
	struct genpu_task tasks[2 * CROWD_FILLS + 1];
	uint32_t stream[CROWD], urgent;
	int ret = 0, i, j;

	memset(sys->map, 0, sys->size);
	for (i = 0; i < CROWD && !ret; i++) {
		tasks[0] = npu_hold(GATE, GENPU_WAIT_EQ, 1);
		for (j = 0; j < CROWD_FILLS; j++) {
			tasks[2 * j + 1] = stamped_fill(i * CROWD_FILLS + j);
			tasks[2 * j + 2] = npu_signal(COUNT, GENPU_SIGNAL_ADD, 1);
		}
		ret = stream_of(fd, ctx, low, &stream[i]) ?:
		      npu_submit(fd, stream[i], tasks, 2 * CROWD_FILLS + 1, NULL);
	}
	ret = ret ?: stream_of(fd, ctx, high, &urgent);
	if (ret)
		return ret;
	for (i = 0; i < URGENT; i++) {
		tasks[3 * i] = npu_hold(COUNT, GENPU_WAIT_GE, (i + 1) * rounds / (URGENT + 2));
		tasks[3 * i + 1] = npu_timestamp(READY(i));
		tasks[3 * i + 2] = stamped_fill(rounds + i);
	}
	ret = npu_submit(fd, urgent, tasks, 3 * URGENT, NULL);
	npu_store(sys->map, 0, 1);
	for (i = 0; i < CROWD && !ret; i++)
		ret = npu_wait(fd, stream[i], NULL);
	return ret ?: npu_wait(fd, urgent, NULL);
}

static void close_streams(int fd, uint32_t but)
{
	uint32_t i;

	for (i = 1; i < CROWD + 8; i++)
		if (i != but)
			npu_stream_destroy(fd, i);
}

TEST_F(npu, urgent_work_overtakes_what_waits)
{
	static const uint32_t pairs[][2] = {
		{ DRM_GENPU_PRIORITY_LOW, DRM_GENPU_PRIORITY_HIGH },
		{ DRM_GENPU_PRIORITY_LOW, DRM_GENPU_PRIORITY_NORMAL },
		{ DRM_GENPU_PRIORITY_NORMAL, DRM_GENPU_PRIORITY_HIGH },
	};
	const struct stamps *stamps = self->sys.map + STAMP_AT, *mine;
	unsigned int i, j, pair, began, behind, tested = 0;
	uint64_t ready;

	for (pair = 0; pair < ARRAY_SIZE(pairs); pair++) {
		if (pairs[pair][1] == DRM_GENPU_PRIORITY_HIGH && geteuid())
			continue;
		ASSERT_EQ(0, overtake(self->fd, self->ctx, &self->sys, pairs[pair][0],
				      pairs[pair][1]));
		for (i = 0; i < URGENT; i++) {
			ready = npu_load(self->sys.map, 8 + i);
			mine = &stamps[CROWD * CROWD_FILLS + i];
			ASSERT_LE(ready, mine->start);
			for (j = began = behind = 0; j < CROWD * CROWD_FILLS; j++) {
				began += stamps[j].start > ready && stamps[j].start < mine->start;
				behind += stamps[j].start >= mine->start;
			}
			/* Nothing can be said where nobody was left to be overtaken. */
			if (behind <= CROWD)
				continue;
			tested++;
			EXPECT_GE(self->info.copy_units, began) {
				TH_LOG("pair %u, task %u: %u began before it", pair, i, began);
			}
		}
		close_streams(self->fd, self->stream);
	}
	EXPECT_LT(0, tested);
}

/* --- Fairness ------------------------------------------------------------------------------ */

#define LONE_FILLS	48	/* of the context with one stream */
#define MANY		32	/* streams of the other one */
#define MANY_FILLS	48	/* of each */

/* By the time that the lone stream is done the other context has had its share, not 32 of them. */
TEST_F(npu, many_streams_get_no_more_than_one)
{
	const struct stamps *stamps = self->sys.map + STAMP_AT, *other = stamps + LONE_FILLS;
	struct genpu_task tasks[MANY_FILLS + 1];
	uint32_t ctx, stream[MANY];
	unsigned int i, j, share = 0;

	ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx));
	ASSERT_EQ(0, npu_vm_map(self->fd, ctx, self->sys.handle, 0, FIX_SYS_VA, FIX_SIZE,
				DRM_GENPU_VM_WRITE));
	ASSERT_EQ(0, npu_vm_map(self->fd, ctx, self->dev.handle, 0, FIX_DEV_VA, FIX_SIZE,
				DRM_GENPU_VM_WRITE));
	tasks[0] = npu_hold(GATE, GENPU_WAIT_EQ, 1);
	for (i = 0; i < MANY; i++) {
		for (j = 0; j < MANY_FILLS; j++)
			tasks[j + 1] = stamped_fill(LONE_FILLS + i * MANY_FILLS + j);
		ASSERT_EQ(0, npu_stream_create(self->fd, ctx, &stream[i]));
		ASSERT_EQ(0, npu_submit(self->fd, stream[i], tasks, MANY_FILLS + 1, NULL));
	}
	for (j = 0; j < LONE_FILLS; j++)
		tasks[j + 1] = stamped_fill(j);
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, tasks, LONE_FILLS + 1, NULL));
	npu_store(self->sys.map, 0, 1);
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
	for (i = 0; i < MANY; i++)
		ASSERT_EQ(0, npu_wait(self->fd, stream[i], NULL));

	for (i = 0; i < MANY * MANY_FILLS; i++)
		share += other[i].start > stamps[0].start &&
			 other[i].start < stamps[LONE_FILLS - 1].end;
	/* A stream has one task at a time: the other units are for those who have more to do. */
	EXPECT_GE(2 * self->info.copy_units * LONE_FILLS, share) {
		TH_LOG("one stream did %u fills, %u others %u", LONE_FILLS, MANY, share);
	}
	/* Neither may starve. */
	EXPECT_LT(0, share);
}

/* --- All streams there are ----------------------------------------------------------------- */

#define PROCESSES	8
#define JOBS		3

struct crowd {
	int made[2];	/* pipe: a byte from each process whose streams exist */
	int go[2];	/* pipe: closed when all do */
};

static struct genpu_task slot_fill(uint64_t va, uint32_t number, int job)
{
	return npu_fill(va, 64, 8, 0x0101010101010101 * (number % 251 + job + 1));
}

/* One process: a number of streams that all work in slots of their own, all at once. */
static int member(const struct crowd *crowd, uint32_t first, uint32_t count)
{
	struct drm_genpu_stream_create create = {
		.priority = DRM_GENPU_PRIORITY_NORMAL, .timeout_ms = NPU_PATIENT_MS,
	};
	uint32_t *stream = calloc(count, sizeof(*stream)), status, i;
	int fd = npu_open(), ret, job;
	struct genpu_task tasks[3];
	struct npu_buf sys, dev;
	uint64_t expected;
	char byte = 0;

	if (fd < 0 || !stream)
		return 10;
	ret = npu_ctx_create(fd, &create.ctx_id) ?:
	      npu_buf_create(fd, create.ctx_id, DRM_GENPU_REGION_SYSTEM, 4096 + count * 64,
			     FIX_SYS_VA, &sys) ?:
	      npu_buf_create(fd, create.ctx_id, DRM_GENPU_REGION_DEVICE, count * 64, FIX_DEV_VA,
			     &dev);
	for (i = 0; i < count && !ret; i++)
		ret = npu_stream_create_with(fd, create, &stream[i]);
	if (ret)
		return 11;
	close(crowd->go[1]);
	if (write(crowd->made[1], &byte, 1) != 1 || read(crowd->go[0], &byte, 1))
		return 12;
	for (job = 0; job < JOBS; job++)
		for (i = 0; i < count; i++) {
			tasks[0] = slot_fill(FIX_DEV_VA + i * 64, first + i, job);
			tasks[1] = npu_copy(FIX_SYS_VA + 4096 + i * 64, FIX_DEV_VA + i * 64, 64);
			tasks[2] = npu_signal(FIX_SYS_VA, GENPU_SIGNAL_ADD, 1);
			if (npu_submit(fd, stream[i], tasks, 3, NULL))
				return 13;
		}
	for (i = 0; i < count; i++) {
		if (npu_wait(fd, stream[i], &status) || status)
			return 14;
		expected = slot_fill(0, first + i, JOBS - 1).fill.pattern;
		for (job = 0; job < 8; job++)
			if (npu_load(sys.map + 4096 + i * 64, job) != expected)
				return 15;
	}
	return npu_load(sys.map, 0) == (uint64_t)JOBS * count ? 0 : 16;
}

TEST_F(npu, all_streams_of_the_device_work_at_once)
{
	/* The fixture has one of them. */
	uint32_t each = (self->info.max_streams - 1) / PROCESSES, i;
	uint32_t last = self->info.max_streams - 1 - (PROCESSES - 1) * each, stream;
	struct crowd crowd;
	pid_t pids[PROCESSES];
	char byte;

	ASSERT_EQ(0, pipe(crowd.made));
	ASSERT_EQ(0, pipe(crowd.go));
	for (i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(member(&crowd, i * each, i == PROCESSES - 1 ? last : each));
	}
	close(crowd.made[1]);
	for (i = 0; i < PROCESSES && read(crowd.made[0], &byte, 1) == 1; i++)
		;
	EXPECT_EQ(PROCESSES, i);
	/* Not one more. */
	EXPECT_EQ(-ENOSPC, npu_stream_create(self->fd, self->ctx, &stream));
	close(crowd.go[1]);
	for (i = 0; i < PROCESSES; i++)
		EXPECT_EQ(0, npu_join(pids[i])) {
			TH_LOG("process %u", i);
		}
}

/* --- Waiting ------------------------------------------------------------------------------- */

/* State and processor time (ticks) of a process, from /proc; 0 if they cannot be read */
static char process_state(pid_t pid, uint64_t *ticks)
{
	unsigned long user = 0, system = 0;
	char path[64], text[1024], *at;
	char state = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	*ticks = 0;
	if (npu_read_file(path, text, sizeof(text)) <= 0)
		return 0;
	at = strrchr(text, ')');
	if (!at || sscanf(at + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &state,
			  &user, &system) != 3)
		return 0;
	*ticks = user + system;
	return state;
}

/* Wait until a process has gone to sleep for good, and see that it does not even turn around. */
static bool sleeps_soundly(pid_t pid)
{
	int64_t deadline = npu_now() + NPU_LONG;
	uint64_t ticks, before = UINT64_MAX;
	int quiet = 0;

	while (quiet < 20 && npu_now() < deadline) {
		quiet = process_state(pid, &ticks) == 'S' && ticks == before ? quiet + 1 : 0;
		before = ticks;
		npu_sleep_ms(20);
	}
	return quiet == 20;
}

static void submit_for_ever(int fd, uint32_t stream)
{
	struct genpu_task task = npu_signal(COUNT, GENPU_SIGNAL_ADD, 1);

	while (!npu_submit(fd, stream, &task, 1, NULL))
		;
	_exit(1);
}

static void wait_for_ever(int fd, uint32_t stream)
{
	npu_wait_until(fd, stream, 0, INT64_MAX, NULL);
	_exit(1);
}

/* Full streams make who submits sleep, and who is killed there goes at once. */
TEST_F(npu, who_has_to_wait_sleeps_and_can_be_killed)
{
	static void (* const kinds[])(int fd, uint32_t stream) = {
		submit_for_ever, wait_for_ever,
	};
	struct genpu_task task = npu_hold(GATE, GENPU_WAIT_EQ, 1);
	struct drm_genpu_stream_state state;
	unsigned int i;
	pid_t pid;

	ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, NULL));
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		pid = fork();
		if (!pid)
			kinds[i](self->fd, self->stream);
		EXPECT_TRUE(sleeps_soundly(pid)) {
			TH_LOG("waiter of kind %u is not asleep", i);
		}
		kill(pid, SIGKILL);
		EXPECT_EQ(128 + SIGKILL, npu_join(pid));
	}
	/* Nothing that was accepted is lost, nothing else has happened. */
	ASSERT_EQ(0, npu_stream_state(self->fd, self->stream, 0, &state));
	EXPECT_EQ(0, state.completed);
	npu_store(self->sys.map, 0, 1);
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
	EXPECT_EQ(state.submitted - 1, npu_load(self->sys.map, 1));
}

/* Room in one stream is no business of the others. */
TEST_F(npu, full_stream_holds_up_nobody_else)
{
	struct genpu_task task = npu_hold(GATE, GENPU_WAIT_EQ, 1);
	uint32_t other;
	pid_t pid;
	int i;

	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &other));
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, NULL));
	pid = fork();
	if (!pid)
		submit_for_ever(self->fd, self->stream);
	EXPECT_TRUE(sleeps_soundly(pid));
	task = npu_signal(COUNT + 8, GENPU_SIGNAL_ADD, 1);
	for (i = 0; i < 100; i++)
		EXPECT_EQ(0, npu_run(self->fd, other, &task, 1));
	EXPECT_EQ(100, npu_load(self->sys.map, 2));
	kill(pid, SIGKILL);
	EXPECT_EQ(128 + SIGKILL, npu_join(pid));
	npu_store(self->sys.map, 0, 1);
	EXPECT_EQ(0, npu_wait(self->fd, self->stream, NULL));
}

/* --- Timeouts ------------------------------------------------------------------------------ */

TEST_F(npu, timeouts_end_at_the_limit)
{
	struct drm_genpu_stream_create create = {
		.ctx_id = self->ctx, .priority = DRM_GENPU_PRIORITY_NORMAL,
	};
	struct genpu_task task = npu_nop();
	uint32_t stream;

	EXPECT_GE(self->info.max_timeout_ms, self->info.default_timeout_ms);
	create.timeout_ms = self->info.max_timeout_ms;
	ASSERT_EQ(0, npu_stream_create_with(self->fd, create, &stream));
	EXPECT_EQ(0, npu_run(self->fd, stream, &task, 1));
	if (self->info.max_timeout_ms == UINT32_MAX)
		SKIP(return, "no limit is set");
	create.timeout_ms++;
	EXPECT_EQ(-EINVAL, npu_stream_create_with(self->fd, create, &stream));
	create.timeout_ms = UINT32_MAX;
	EXPECT_EQ(-EINVAL, npu_stream_create_with(self->fd, create, &stream));
}

/* Streams of one context that hang end each at its own time, in the order of their timeouts. */
TEST_F(npu, every_stream_has_its_own_timeout)
{
	struct drm_genpu_stream_create create = {
		.ctx_id = self->ctx, .priority = DRM_GENPU_PRIORITY_NORMAL,
	};
	struct genpu_task task = npu_hold(GATE, GENPU_WAIT_EQ, 1);
	uint32_t stream[2], status;
	int i;

	for (i = 0; i < 2; i++) {
		create.timeout_ms = i ? 100 : NPU_PATIENT_MS;
		ASSERT_EQ(0, npu_stream_create_with(self->fd, create, &stream[i]));
		ASSERT_EQ(0, npu_submit(self->fd, stream[i], &task, 1, NULL));
	}
	ASSERT_EQ(0, npu_wait(self->fd, stream[1], &status));
	EXPECT_EQ(DRM_GENPU_STREAM_TIMEDOUT, status);
	EXPECT_EQ(-ETIME, npu_wait_until(self->fd, stream[0], 0, 0, &status));
	npu_store(self->sys.map, 0, 1);
	ASSERT_EQ(0, npu_wait(self->fd, stream[0], &status));
	EXPECT_EQ(DRM_GENPU_STREAM_OK, status);
	self->expected_hangs = 1;
}

TEST_HARNESS_MAIN
