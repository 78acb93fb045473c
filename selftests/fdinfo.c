// SPDX-License-Identifier: GPL-2.0-only
/*
 * fdinfo.c - the numbers of drm-usage-stats: the time of engines grows with work, while it runs and
 * not only when it has ended, and never falls; memory is counted by region, to the byte.
 */
#include "genpu_fixture.h"
#include "genpu_prog.h"

#define GATE	FIX_SYS_VA
#define NET_VA	0x4000000000ull
#define COPY	"drm-engine-copy"
#define COMPUTE	"drm-engine-compute"

TEST_F(npu, tools_find_what_they_look_for)
{
	char path[64], text[8192], sysfs[PATH_MAX];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->fd);
	ASSERT_LT(0, npu_read_file(path, text, sizeof(text)));
	ASSERT_EQ(0, npu_sysfs(self->fd, sysfs));
	EXPECT_NE(NULL, strstr(text, "drm-driver:\tgenpu\n"));
	EXPECT_NE(NULL, strstr(text, "drm-client-id:\t"));
	EXPECT_NE(NULL, strstr(text, strrchr(sysfs, '/') + 1));
	EXPECT_EQ(self->info.compute_units, npu_fdinfo(self->fd, "drm-engine-capacity-compute"));
	EXPECT_EQ(self->info.copy_units, npu_fdinfo(self->fd, "drm-engine-capacity-copy"));
}

TEST_F(npu, time_grows_while_a_job_runs)
{
	struct genpu_task tasks[2] = {
		npu_hold(GATE, GENPU_WAIT_EQ, 1), npu_fill(FIX_DEV_VA, 64, 8, 1),
	};
	uint64_t start = npu_fdinfo(self->fd, COPY), before, after, ended;
	int64_t from, to;

	ASSERT_NE(UINT64_MAX, start);
	EXPECT_EQ(0, start);
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, tasks, 2, NULL));
	while (npu_fdinfo(self->fd, COPY) == start)
		npu_sleep_ms(1);
	from = npu_now();
	before = npu_fdinfo(self->fd, COPY);
	npu_sleep_ms(100);
	after = npu_fdinfo(self->fd, COPY);
	to = npu_now();
	EXPECT_LE(100 * MSEC, after - before);
	EXPECT_GE((uint64_t)(to - from), after - before);
	npu_store(self->sys.map, 0, 1);
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
	ended = npu_fdinfo(self->fd, COPY);
	EXPECT_LE(after, ended);
	npu_sleep_ms(20);
	EXPECT_EQ(ended, npu_fdinfo(self->fd, COPY));
	EXPECT_EQ(0, npu_fdinfo(self->fd, COMPUTE));
}

struct reader {
	int fd;
	bool stop;
	uint32_t fell;
	uint32_t reads;
};

static void *keep_reading(void *arg)
{
	struct reader *reader = arg;
	uint64_t copy = 0, compute = 0, now;

	while (!__atomic_load_n(&reader->stop, __ATOMIC_SEQ_CST)) {
		now = npu_fdinfo(reader->fd, COPY);
		reader->fell += now < copy;
		copy = now;
		now = npu_fdinfo(reader->fd, COMPUTE);
		reader->fell += now < compute;
		compute = now;
		reader->reads++;
	}
	return NULL;
}

TEST_F(npu, time_never_falls)
{
	struct reader readers[2] = { { .fd = self->fd }, { .fd = self->fd } };
	struct genpu_task task;
	pthread_t threads[2];
	uint32_t stream, i;
	struct net net;

	ASSERT_EQ(0, net_create(self->fd, self->ctx, DRM_GENPU_REGION_DEVICE, NET_VA, &net));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, keep_reading, &readers[i]));
	for (i = 0; i < 60; i++) {
		task = npu_fill(FIX_DEV_VA, FIX_SIZE, 8, i);
		ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, NULL));
		ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream));
		task = net_task(&net, 0, i);
		ASSERT_EQ(0, npu_run(self->fd, stream, &task, 1));
		/* A stream that goes takes no time with it. */
		ASSERT_EQ(0, npu_stream_destroy(self->fd, stream));
	}
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
	for (i = 0; i < 2; i++) {
		__atomic_store_n(&readers[i].stop, true, __ATOMIC_SEQ_CST);
		pthread_join(threads[i], NULL);
		EXPECT_EQ(0, readers[i].fell);
		EXPECT_LT(0, readers[i].reads);
	}
	EXPECT_LT(0, npu_fdinfo(self->fd, COPY));
	EXPECT_LT(0, npu_fdinfo(self->fd, COMPUTE));
}

TEST_F(npu, memory_is_counted_by_region_to_the_byte)
{
	static const struct {
		uint32_t region;
		const char *total, *resident, *shared;
	} regions[] = {
		{ DRM_GENPU_REGION_DEVICE, "drm-total-device", "drm-resident-device",
		  "drm-shared-device" },
		{ DRM_GENPU_REGION_SYSTEM, "drm-total-system", "drm-resident-system",
		  "drm-shared-system" },
	};
	struct npu_buf buf;
	uint32_t i;

	for (i = 0; i < ARRAY_SIZE(regions); i++) {
		EXPECT_EQ(FIX_SIZE, npu_fdinfo(self->fd, regions[i].total));
		ASSERT_EQ(0, npu_bo_create(self->fd, regions[i].region, 12345, &buf));
		EXPECT_EQ(FIX_SIZE + 16384, npu_fdinfo(self->fd, regions[i].total));
		EXPECT_EQ(FIX_SIZE + 16384, npu_fdinfo(self->fd, regions[i].resident));
		EXPECT_EQ(0, npu_fdinfo(self->fd, regions[i].shared));
		ASSERT_EQ(0, npu_bo_close(self->fd, buf.handle));
		EXPECT_EQ(FIX_SIZE, npu_fdinfo(self->fd, regions[i].total));
	}
}

TEST_HARNESS_MAIN
