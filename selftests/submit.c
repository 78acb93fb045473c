// SPDX-License-Identifier: GPL-2.0-only
/*
 * submit.c - every kind of task does what it says, and jobs of any size go through rings of any
 * size.
 */
#include "genpu_fixture.h"

#define WORD(n)	(FIX_SYS_VA + 8 * (n))

TEST_F(npu, nops_do_nothing_and_are_counted)
{
	struct genpu_task tasks[DRM_GENPU_MAX_TASKS] = {};
	struct drm_genpu_stream_state state;
	uint64_t seqno;

	ASSERT_EQ(0, npu_run(self->fd, self->stream, tasks, 1));
	ASSERT_EQ(0, npu_run(self->fd, self->stream, tasks, DRM_GENPU_MAX_TASKS));
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, tasks, 7, &seqno));
	EXPECT_EQ(3, seqno);
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
	ASSERT_EQ(0, npu_stream_state(self->fd, self->stream, 0, &state));
	EXPECT_EQ(DRM_GENPU_STREAM_OK, state.status);
	EXPECT_EQ(3, state.submitted);
	EXPECT_EQ(3, state.completed);
	EXPECT_EQ(0, state.failed);
	EXPECT_EQ(0, state.hangs);
	EXPECT_TRUE(npu_all_bytes(self->sys.map, 0, FIX_SIZE));
}

TEST_F(npu, copies_of_any_size_and_place)
{
	static const struct {
		uint64_t dst, src, bytes;
	} cases[] = {
		{ 0, 0, 1 }, { 1, 2, 3 }, { 4095, 1, 2 }, { 7, 4090, 4096 }, { 4096, 0, 4096 },
		{ 63, 65, 127 }, { 5, 3, 100001 }, { 0, 0, FIX_SIZE }, { 1, 0, FIX_SIZE - 1 },
	};
	struct npu_buf *bufs[2] = { &self->sys, &self->dev };
	uint8_t *want = malloc(FIX_SIZE);
	uint64_t seed = 99, i;
	struct genpu_task task;
	int way;

	ASSERT_NE(NULL, want);
	for (way = 0; way < 2; way++) {
		struct npu_buf *dst = bufs[way], *src = bufs[!way];

		for (i = 0; i < FIX_SIZE / 8; i++)
			npu_store(src->map, i, npu_random(&seed));
		for (i = 0; i < ARRAY_SIZE(cases); i++) {
			memset(dst->map, 0xee, FIX_SIZE);
			memset(want, 0xee, FIX_SIZE);
			memcpy(want + cases[i].dst, src->map + cases[i].src, cases[i].bytes);
			task = npu_copy(dst->va + cases[i].dst, src->va + cases[i].src,
					cases[i].bytes);
			ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
			ASSERT_EQ(0, memcmp(want, dst->map, FIX_SIZE)) {
				TH_LOG("case %zu", (size_t)i);
			}
		}
	}
	free(want);
}

TEST_F(npu, copies_of_rows)
{
	const uint64_t bytes = 37, dst_pitch = 64, src_pitch = 101;
	const uint32_t rows = 200;
	struct genpu_task task = npu_copy(FIX_DEV_VA + 3, FIX_SYS_VA + 5, bytes);
	uint8_t *src = self->sys.map, *dst = self->dev.map, *want = calloc(1, 65536);
	uint64_t i;

	ASSERT_NE(NULL, want);
	for (i = 0; i < 65536; i++)
		src[i] = i * 7 + i / 256;
	for (i = 0; i < rows; i++)
		memcpy(want + 3 + i * dst_pitch, src + 5 + i * src_pitch, bytes);
	task.copy.rows = rows;
	task.copy.dst_pitch = dst_pitch;
	task.copy.src_pitch = src_pitch;
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_EQ(0, memcmp(want, dst, 65536));
	free(want);
}

TEST_F(npu, fills_of_every_width)
{
	const uint64_t pattern = 0x8877665544332211ull;
	uint8_t *map = self->dev.map;
	uint32_t width, i;

	for (width = 1; width <= 8; width *= 2) {
		struct genpu_task task = npu_fill(FIX_DEV_VA + 4096 - 4 * width, 1000 * width,
						  width, pattern);

		memset(map, 0, 16384);
		ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
		EXPECT_TRUE(npu_all_bytes(map, 0, 4096 - 4 * width));
		for (i = 0; i < 1000 * width; i++)
			ASSERT_EQ(0x11 * (i % width + 1), map[4096 - 4 * width + i]);
		EXPECT_TRUE(npu_all_bytes(map + 4096 + 996 * width, 0, 100));
	}
}

TEST_F(npu, wrong_widths_and_alignments_fail)
{
	const struct {
		struct genpu_task task;
		const char *what;
	} cases[] = {
		{ npu_fill(FIX_DEV_VA, 64, 3, 0), "fill of width 3" },
		{ npu_fill(FIX_DEV_VA, 64, 0, 0), "fill of width 0" },
		{ npu_fill(FIX_DEV_VA, 64, 16, 0), "fill of width 16" },
		{ npu_signal(FIX_DEV_VA + 4, GENPU_SIGNAL_SET, 1), "signal of half a word" },
		{ npu_signal(FIX_DEV_VA, 2, 1), "signal of an unknown kind" },
		{ npu_hold(FIX_DEV_VA + 1, GENPU_WAIT_EQ, 0), "wait for a crooked word" },
		{ npu_hold(FIX_DEV_VA, 4, 0), "wait of an unknown kind" },
		{ npu_timestamp(FIX_DEV_VA + 2), "timestamp to a crooked word" },
	};
	struct drm_genpu_stream_state state;
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ret = npu_run(self->fd, self->stream, &cases[i].task, 1);
		EXPECT_TRUE(ret == -EINVAL || ret == -EREMOTEIO) {
			TH_LOG("%s: %d", cases[i].what, ret);
		}
		ASSERT_EQ(0, npu_stream_state(self->fd, self->stream,
					      DRM_GENPU_STREAM_STATE_CLEAR, &state));
		EXPECT_EQ(ret == -EINVAL ? DRM_GENPU_STREAM_OK : DRM_GENPU_STREAM_FAULT,
			  state.status);
	}
	EXPECT_TRUE(npu_all_bytes(self->dev.map, 0, 4096));
}

TEST_F(npu, signals_set_and_add)
{
	struct genpu_task tasks[4] = {
		npu_signal(WORD(0), GENPU_SIGNAL_SET, 5),
		npu_signal(WORD(0), GENPU_SIGNAL_ADD, UINT64_MAX),
		npu_signal(FIX_DEV_VA, GENPU_SIGNAL_ADD, 1ull << 40),
		npu_signal(FIX_DEV_VA, GENPU_SIGNAL_ADD, 1),
	};

	ASSERT_EQ(0, npu_run(self->fd, self->stream, tasks, 4));
	EXPECT_EQ(4, npu_load(self->sys.map, 0));
	EXPECT_EQ((1ull << 40) + 1, npu_load(self->dev.map, 0));
}

TEST_F(npu, adding_is_atomic_between_streams)
{
	struct genpu_task tasks[100];
	uint32_t stream[8];
	int i, job;

	for (i = 0; i < 100; i++)
		tasks[i] = npu_signal(WORD(0), GENPU_SIGNAL_ADD, 1);
	for (i = 0; i < 8; i++)
		ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream[i]));
	for (job = 0; job < 4; job++)
		for (i = 0; i < 8; i++)
			ASSERT_EQ(0, npu_submit(self->fd, stream[i], tasks, 100, NULL));
	for (i = 0; i < 8; i++)
		ASSERT_EQ(0, npu_wait(self->fd, stream[i], NULL));
	EXPECT_EQ(3200, npu_load(self->sys.map, 0));
}

TEST_F(npu, waits_for_every_condition)
{
	static const struct {
		uint32_t cond;
		uint64_t value, wrong, right;
	} cases[] = {
		{ GENPU_WAIT_GE, 10, 9, 10 },
		{ GENPU_WAIT_GE, 10, 0, UINT64_MAX },
		{ GENPU_WAIT_GE, 1ull << 63, 1, (1ull << 63) + 1 },
		{ GENPU_WAIT_EQ, 10, 11, 10 },
		{ GENPU_WAIT_NE, 10, 10, 11 },
		{ GENPU_WAIT_NE, 0, 0, 1ull << 63 },
		{ GENPU_WAIT_AND, 6, 9, 4 },
	};
	struct npu_buf *bufs[2] = { &self->sys, &self->dev };
	struct genpu_task tasks[2];
	size_t i, b;

	for (b = 0; b < 2; b++)
		for (i = 0; i < ARRAY_SIZE(cases); i++) {
			npu_store(bufs[b]->map, 0, cases[i].wrong);
			tasks[0] = npu_hold(bufs[b]->va, cases[i].cond, cases[i].value);
			tasks[1] = npu_signal(WORD(1), GENPU_SIGNAL_SET, i + 1);
			npu_store(self->sys.map, 1, 0);
			ASSERT_EQ(0, npu_submit(self->fd, self->stream, tasks, 2, NULL));
			EXPECT_EQ(-ETIME, npu_wait_until(self->fd, self->stream, 0,
							 npu_now() + 5 * MSEC, NULL));
			EXPECT_EQ(0, npu_load(self->sys.map, 1));
			npu_store(bufs[b]->map, 0, cases[i].right);
			ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
			EXPECT_EQ(i + 1, npu_load(self->sys.map, 1));
		}
}

TEST_F(npu, timestamps_are_device_time)
{
	struct drm_genpu_time_info before, after;
	uint64_t *words = self->sys.map;
	struct genpu_task tasks[4] = {
		npu_timestamp(WORD(0)),
		npu_copy(FIX_DEV_VA, FIX_SYS_VA + 4096, 65536),
		npu_fill(FIX_DEV_VA, 65536, 1, 0),
		npu_timestamp(WORD(5)),
	};
	int i;

	tasks[1].copy.stamps = WORD(1);
	tasks[2].fill.stamps = WORD(3);
	ASSERT_EQ(0, npu_query(self->fd, DRM_GENPU_QUERY_TIME, &before, sizeof(before)));
	ASSERT_EQ(0, npu_run(self->fd, self->stream, tasks, 4));
	ASSERT_EQ(0, npu_query(self->fd, DRM_GENPU_QUERY_TIME, &after, sizeof(after)));
	EXPECT_LE(before.device_ns, words[0]);
	for (i = 0; i < 5; i++)
		EXPECT_LE(words[i], words[i + 1]) {
			TH_LOG("stamp %d", i);
		}
	EXPECT_LT(words[1], words[2]);
	EXPECT_LE(words[5], after.device_ns);
	EXPECT_EQ(0, words[6]);
}

/* A ring of the smallest size, many times round, with jobs of all sizes that it can take. */
TEST_F(npu, rings_wrap)
{
	struct drm_genpu_stream_create create = {
		.ctx_id = self->ctx, .priority = DRM_GENPU_PRIORITY_NORMAL,
		.ring_entries = self->info.min_ring,
	};
	uint32_t most = self->info.min_ring / 2, stream, i, j, n;
	struct genpu_task tasks[DRM_GENPU_MAX_TASKS];
	uint64_t sum = 0, seed = 7;

	if (most > DRM_GENPU_MAX_TASKS)
		most = DRM_GENPU_MAX_TASKS;
	ASSERT_EQ(0, npu_stream_create_with(self->fd, create, &stream));
	for (i = 0; i < 500; i++) {
		n = npu_random(&seed) % most + 1;
		for (j = 0; j < n; j++)
			tasks[j] = npu_signal(WORD(j % 4), GENPU_SIGNAL_ADD, i);
		sum += (uint64_t)n * i;
		ASSERT_EQ(0, npu_submit(self->fd, stream, tasks, n, NULL));
	}
	ASSERT_EQ(0, npu_wait(self->fd, stream, NULL));
	EXPECT_EQ(sum, npu_load(self->sys.map, 0) + npu_load(self->sys.map, 1) +
		       npu_load(self->sys.map, 2) + npu_load(self->sys.map, 3));
}

struct pusher {
	int fd;
	uint32_t stream;
	uint64_t gate;
	uint32_t jobs;		/* submitted so far */
	uint32_t want;
	int ret;
};

static void *push(void *arg)
{
	struct pusher *pusher = arg;
	struct genpu_task tasks[8];
	int i;

	for (i = 0; i < 8; i++)
		tasks[i] = npu_signal(pusher->gate + 8, GENPU_SIGNAL_ADD, 1);
	while (!pusher->ret && pusher->jobs < pusher->want) {
		pusher->ret = npu_submit(pusher->fd, pusher->stream, tasks, 8, NULL);
		if (!pusher->ret)
			__atomic_add_fetch(&pusher->jobs, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static uint32_t settled(struct pusher *pusher)
{
	uint32_t last, now = 0;

	do {
		last = now;
		npu_sleep_ms(100);
		now = __atomic_load_n(&pusher->jobs, __ATOMIC_SEQ_CST);
	} while (now != last || !now);
	return now;
}

/* SUBMIT on a stream that cannot go on sleeps until it can, whatever its ring holds. */
TEST_F(npu, submit_sleeps_when_the_ring_is_full)
{
	struct drm_genpu_stream_create create = {
		.ctx_id = self->ctx, .priority = DRM_GENPU_PRIORITY_NORMAL, .ring_entries = 64,
		.timeout_ms = NPU_PATIENT_MS,
	};
	struct pusher pusher = { .fd = self->fd, .gate = WORD(0), .want = 20000 };
	struct genpu_task task = npu_hold(WORD(0), GENPU_WAIT_EQ, 1);
	pthread_t thread;

	ASSERT_EQ(0, npu_stream_create_with(self->fd, create, &pusher.stream));
	ASSERT_EQ(0, npu_submit(self->fd, pusher.stream, &task, 1, NULL));
	ASSERT_EQ(0, pthread_create(&thread, NULL, push, &pusher));
	pusher.want = settled(&pusher) + 100;
	ASSERT_GT(20000, pusher.want);
	npu_store(self->sys.map, 0, 1);
	pthread_join(thread, NULL);
	ASSERT_EQ(0, pusher.ret);
	ASSERT_EQ(0, npu_wait(self->fd, pusher.stream, NULL));
	EXPECT_EQ(8 * pusher.jobs, npu_load(self->sys.map, 1));
}

static void ignore_signal(int signal)
{
	(void)signal;
}

TEST_F(npu, sleeping_submit_can_be_interrupted)
{
	struct drm_genpu_stream_create create = {
		.ctx_id = self->ctx, .priority = DRM_GENPU_PRIORITY_NORMAL, .ring_entries = 64,
		.timeout_ms = NPU_PATIENT_MS,
	};
	struct pusher pusher = { .fd = self->fd, .gate = WORD(0), .want = 20000 };
	struct genpu_task task = npu_hold(WORD(0), GENPU_WAIT_EQ, 1);
	struct sigaction action = { .sa_handler = ignore_signal };
	struct drm_genpu_stream_state state;
	pthread_t thread;
	uint32_t jobs;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, npu_stream_create_with(self->fd, create, &pusher.stream));
	ASSERT_EQ(0, npu_submit(self->fd, pusher.stream, &task, 1, NULL));
	ASSERT_EQ(0, pthread_create(&thread, NULL, push, &pusher));
	jobs = settled(&pusher);
	ASSERT_EQ(0, pthread_kill(thread, SIGUSR1));
	pthread_join(thread, NULL);
	EXPECT_EQ(-EINTR, pusher.ret);
	/* The one that was interrupted never happened. */
	ASSERT_EQ(0, npu_stream_state(self->fd, pusher.stream, 0, &state));
	EXPECT_EQ(jobs + 1, state.submitted);
	npu_store(self->sys.map, 0, 1);
	ASSERT_EQ(0, npu_wait(self->fd, pusher.stream, NULL));
	EXPECT_EQ(8 * jobs, npu_load(self->sys.map, 1));
}

TEST_F(npu, many_threads_submit_to_one_stream)
{
	struct pusher pushers[8];
	pthread_t threads[8];
	int i;

	for (i = 0; i < 8; i++) {
		pushers[i] = (struct pusher){ .fd = self->fd, .stream = self->stream,
					      .gate = WORD(0), .want = 50 };
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, push, &pushers[i]));
	}
	for (i = 0; i < 8; i++) {
		pthread_join(threads[i], NULL);
		EXPECT_EQ(0, pushers[i].ret);
	}
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
	EXPECT_EQ(8 * 8 * 50, npu_load(self->sys.map, 1));
}

TEST_HARNESS_MAIN
