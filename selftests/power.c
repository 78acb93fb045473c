// SPDX-License-Identifier: GPL-2.0-only
/*
 * power.c - the device sleeps when nobody needs it, is not woken by a look, and a system sleep with
 * work on the device loses nothing. GENPU_STRESS=N sleeps N times as often.
 */
#include "genpu_harness.h"
#include "genpu_inject.h"
#include "genpu_util.h"
#include "genpu_prog.h"
#include "genpu_sleep.h"

#define SYS_VA		0x1000000000ull
#define DEV_VA		0x2000000000ull
#define GATE		SYS_VA
#define COUNT		(SYS_VA + 8)
#define NET_VA		0x4000000000ull

/* The node is open, and nothing else: no test but this can begin with the fixture's objects. */
FIXTURE(idle)
{
	int fd;
};

FIXTURE_SETUP(idle)
{
	self->fd = npu_open();
	if (self->fd < 0)
		SKIP(return, "no genpu device: %s", strerror(-self->fd));
	if (!power_is_managed(self->fd))
		SKIP(return, "runtime power management is off");
}

FIXTURE_TEARDOWN(idle)
{
	if (self->fd >= 0)
		close(self->fd);
}

TEST_F(idle, sleeps_when_nobody_needs_it)
{
	struct drm_genpu_time_info when[2];
	struct npu_buf dev, sys;
	uint32_t ctx, stream;
	struct net net;
	struct genpu_task task;

	ASSERT_TRUE(power_is(self->fd, "suspended"));
	/* Memory of the host needs no device. */
	ASSERT_EQ(0, npu_bo_create(self->fd, DRM_GENPU_REGION_SYSTEM, 4096, &sys));
	EXPECT_TRUE(power_is_now(self->fd, "suspended"));
	ASSERT_EQ(0, npu_bo_create(self->fd, DRM_GENPU_REGION_DEVICE, 4096, &dev));
	EXPECT_TRUE(power_is_now(self->fd, "active"));
	/* It keeps its contents however long nobody does anything. */
	ASSERT_EQ(0, npu_bo_map(self->fd, &dev));
	memset(dev.map, 0x5a, dev.size);
	npu_sleep_ms(2500);
	EXPECT_TRUE(power_is_now(self->fd, "active"));
	EXPECT_TRUE(npu_all_bytes(dev.map, 0x5a, dev.size));
	munmap(dev.map, dev.size);
	ASSERT_EQ(0, npu_bo_close(self->fd, dev.handle));
	ASSERT_TRUE(power_is(self->fd, "suspended"));
	/* Its clock can be asked. */
	ASSERT_EQ(0, npu_query(self->fd, DRM_GENPU_QUERY_TIME, &when[0], sizeof(when[0])));
	ASSERT_EQ(0, npu_query(self->fd, DRM_GENPU_QUERY_TIME, &when[1], sizeof(when[1])));
	EXPECT_LT(when[0].device_ns, when[1].device_ns);
	/* A context keeps it awake, and all works. */
	ASSERT_TRUE(power_is(self->fd, "suspended"));
	ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx));
	ASSERT_EQ(0, npu_stream_create(self->fd, ctx, &stream));
	ASSERT_EQ(0, net_create(self->fd, ctx, DRM_GENPU_REGION_DEVICE, NET_VA, &net));
	npu_sleep_ms(1500);
	EXPECT_TRUE(power_is_now(self->fd, "active"));
	task = net_task(&net, 0, 4);
	EXPECT_EQ(0, npu_run(self->fd, stream, &task, 1));
	EXPECT_TRUE(net_right(&net, 0, 4));
	ASSERT_EQ(0, npu_buf_destroy(self->fd, ctx, &net.buf));
	ASSERT_EQ(0, npu_ctx_destroy(self->fd, ctx));
	EXPECT_TRUE(power_is(self->fd, "suspended"));
}

TEST_F(idle, is_not_woken_by_a_look)
{
	struct drm_genpu_device_info info;
	struct npu_health health;
	char text[8192];
	int i;

	ASSERT_TRUE(power_is(self->fd, "suspended"));
	for (i = 0; i < 5; i++) {
		EXPECT_EQ(0, npu_info(self->fd, &info));
		EXPECT_LT(0, npu_free(self->fd));
		EXPECT_NE(UINT64_MAX, npu_fdinfo(self->fd, "drm-total-device"));
		EXPECT_EQ(0, npu_health(self->fd, &health));
		npu_debugfs(self->fd, "device", text, sizeof(text));
		EXPECT_TRUE(power_is_now(self->fd, "suspended"));
	}
}

FIXTURE(sleep)
{
	int fd;
	uint32_t ctx;
	uint32_t stream[2];
	struct npu_buf sys;
	struct npu_buf dev;
	struct net net;
	struct npu_health before;
	struct sleep_test test;
	int port;
};

/**
 * struct a kind of sleep
 * @state: word of /sys/power/state; NULL: suspend to RAM, for real
 * @level: what pm_test stops it at
 * @powered: the device keeps its power, and its memory with it: only the emulator knows whether the
 *           driver has been asked
 */
FIXTURE_VARIANT(sleep)
{
	const char *state;
	const char *level;
	bool powered;
};

/* All of a sleep but the last step: the device is in D3hot. */
FIXTURE_VARIANT_ADD(sleep, platform)
{
	.state = "freeze",
	.level = "platform",
};

/* Nothing but drivers. */
FIXTURE_VARIANT_ADD(sleep, devices)
{
	.state = "freeze",
	.level = "devices",
	.powered = true,
};

/* All of a hibernation but the image, for which it needs no swap. */
FIXTURE_VARIANT_ADD(sleep, hibernation)
{
	.state = "disk",
	.level = "core",
	.powered = true,
};

/* The device loses its state: an emulated one is reset. */
FIXTURE_VARIANT_ADD(sleep, ram)
{
	.state = NULL,
};

FIXTURE_SETUP(sleep)
{
	int i, ret;

	self->fd = npu_open();
	if (self->fd < 0)
		SKIP(return, "no genpu device: %s", strerror(-self->fd));
	if (!variant->state && access(SLEEP_COMMAND, X_OK))
		SKIP(return, "nobody would wake this machine");
	ret = variant->state ? sleep_test_begin(&self->test, variant->level, variant->state) : 0;
	if (ret)
		SKIP(return, "the kernel cannot test such a sleep: %s", strerror(-ret));
	self->port = variant->powered ? inject_open(self->fd) : -1;
	ASSERT_EQ(0, npu_idle(self->fd, &self->before));
	ASSERT_EQ(0, npu_ctx_create(self->fd, &self->ctx));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &self->stream[i]));
	ASSERT_EQ(0, npu_buf_create(self->fd, self->ctx, DRM_GENPU_REGION_SYSTEM, MIB(1),
				    SYS_VA, &self->sys));
	ASSERT_EQ(0, npu_buf_create(self->fd, self->ctx, DRM_GENPU_REGION_DEVICE, MIB(4),
				    DEV_VA, &self->dev));
	ASSERT_EQ(0, net_create(self->fd, self->ctx, DRM_GENPU_REGION_DEVICE, NET_VA,
				&self->net));
}

FIXTURE_TEARDOWN(sleep)
{
	struct npu_health after;
	int fd;

	sleep_test_end(&self->test);
	if (self->fd < 0)
		return;
	if (self->port >= 0)
		close(self->port);
	npu_unmap_all(self->fd);
	close(self->fd);
	fd = npu_open();
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, npu_idle(fd, &after)) {
		TH_LOG("left on the device: %s", after.objects);
	}
	EXPECT_EQ(self->before.free, after.free);
	EXPECT_EQ(self->before.hangs, after.hangs);
	EXPECT_EQ(self->before.resets, after.resets);
	EXPECT_EQ(self->before.taint & NPU_TAINTS, after.taint & NPU_TAINTS);
	close(fd);
}

/* Device memory, what waits, what is queued behind it, and counters: all goes on. */
TEST_F_TIMEOUT(sleep, work_goes_on_behind_it, 28800)
{
	uint64_t seed = 99, *words = self->dev.map, value, resets = 0;
	unsigned int round, lane, rounds = npu_rounds(2);
	struct genpu_task tasks[2];
	uint32_t status;
	size_t i;

	for (i = 0; i < self->dev.size / 8; i++)
		words[i] = npu_random(&seed);
	for (round = 1; round <= rounds; round++) {
		tasks[0] = npu_signal(COUNT, GENPU_SIGNAL_ADD, 1);
		tasks[1] = npu_hold(GATE, GENPU_WAIT_GE, round);
		ASSERT_EQ(0, npu_submit(self->fd, self->stream[0], tasks, 2, NULL));
		ASSERT_TRUE(npu_reached(self->sys.map, 1, round));
		for (lane = 0; lane < NET_LANES; lane++) {
			tasks[0] = net_task(&self->net, lane, lane + round);
			ASSERT_EQ(0, npu_submit(self->fd, self->stream[0], tasks, 1, NULL));
		}
		if (self->port >= 0)
			resets = inject_status(self->port, "resets");
		ASSERT_EQ(0, sleep_now(variant->state));
		if (self->port >= 0)
			EXPECT_LT(resets, inject_status(self->port, "resets"));
		/* Another one may be before and after. */
		tasks[0] = npu_signal(COUNT + 8, GENPU_SIGNAL_ADD, 1);
		ASSERT_EQ(0, npu_run(self->fd, self->stream[1], tasks, 1));
		npu_store(self->sys.map, 0, round);
		ASSERT_EQ(0, npu_wait(self->fd, self->stream[0], &status));
		ASSERT_EQ(DRM_GENPU_STREAM_OK, status);
		for (lane = 0; lane < NET_LANES; lane++)
			EXPECT_TRUE(net_right(&self->net, lane, lane + round));
		EXPECT_EQ(round, npu_load(self->sys.map, 1));
		EXPECT_EQ(round, npu_load(self->sys.map, 2));
		printf("# round %u\n", round);
		fflush(stdout);
	}
	for (i = 0, seed = 99; i < self->dev.size / 8; i++) {
		value = npu_random(&seed);
		ASSERT_EQ(value, words[i]) {
			TH_LOG("word %zu of device memory is another one", i);
		}
	}
}

TEST_HARNESS_MAIN
