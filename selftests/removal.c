// SPDX-License-Identifier: GPL-2.0-only
/*
 * removal.c - the device is unbound, removed, reset by the bus, killed, and the module unloaded,
 * again and again, while four processes keep its queues busy, others sleep in WAIT and SUBMIT, and
 * one writes to its memory. All of them end in bounded time with -ENODEV or -EIO, and what comes
 * back works.
 *
 * GENPU_STRESS multiplies the rounds; 1 by default. Needs root and nobody else who uses the device.
 * A death is final: it takes a device to spare, with a control port, which is removed afterwards.
 */
#include "genpu_harness.h"
#include "genpu_life.h"
#include "genpu_inject.h"

/* So that a long run that ends early says how far it was. */
static void done(int round, const char *name)
{
	printf("# round %d: %s\n", round + 1, name);
	fflush(stdout);
}

FIXTURE(removal)
{
	char name[LIFE_NAME];
	bool ready;
	struct npu_health before;
};

FIXTURE_SETUP(removal)
{
	int fd;

	if (geteuid())
		SKIP(return, "needs root");
	fd = npu_open();
	if (fd < 0)
		SKIP(return, "no genpu device: %s", strerror(-fd));
	ASSERT_EQ(0, life_name(fd, self->name));
	ASSERT_EQ(0, npu_idle(fd, &self->before));
	close(fd);
	self->ready = true;
}

FIXTURE_TEARDOWN(removal)
{
	struct npu_health after;

	if (!self->ready)
		return;
	life_back(self->name);
	EXPECT_EQ(0, life_works(self->name, &after)) {
		TH_LOG("left on the device: %s", after.objects);
	}
	EXPECT_EQ(self->before.free, after.free);
	EXPECT_EQ(self->before.taint & NPU_TAINTS, after.taint & NPU_TAINTS);
}

TEST_F_TIMEOUT(removal, unbound_and_bound_under_load, 28800)
{
	struct npu_health health;
	struct life_load load;
	int round;

	for (round = 0; round < npu_rounds(3); round++) {
		ASSERT_EQ(0, life_load_start(self->name, &load));
		npu_sleep_ms(round % 5 * 20);
		ASSERT_EQ(0, life_unbind(self->name));
		ASSERT_EQ(0, life_load_end(&load, false));
		ASSERT_EQ(0, life_bind(self->name));
		ASSERT_EQ(0, life_works(self->name, &health));
		done(round, self->name);
	}
}

TEST_F_TIMEOUT(removal, removed_and_found_again_under_load, 28800)
{
	struct npu_health health;
	struct life_load load;
	int round;

	for (round = 0; round < npu_rounds(2); round++) {
		ASSERT_EQ(0, life_load_start(self->name, &load));
		npu_sleep_ms(round % 5 * 20);
		ASSERT_EQ(0, life_device_write(self->name, "remove", "1"));
		ASSERT_EQ(0, life_load_end(&load, false));
		ASSERT_EQ(0, life_rescan());
		ASSERT_EQ(0, life_works(self->name, &health));
		done(round, self->name);
	}
}

/* Unbound while it is being unbound, removed, or reset: whoever is second finds nothing. */
TEST_F(removal, removed_by_two_at_once)
{
	struct npu_health health;
	struct life_load load;
	pid_t pid;
	int round;

	for (round = 0; round < npu_rounds(1); round++) {
		ASSERT_EQ(0, life_load_start(self->name, &load));
		pid = fork();
		if (!pid)
			_exit(!!life_unbind(self->name));
		life_device_write(self->name, "remove", "1");
		npu_join(pid);
		ASSERT_EQ(0, life_load_end(&load, false));
		ASSERT_EQ(0, life_rescan());
		ASSERT_EQ(0, life_works(self->name, &health));
		done(round, self->name);
	}
}

/* A function level reset by the bus is a device reset that nobody has asked the driver for. */
TEST_F_TIMEOUT(removal, reset_by_the_bus_under_load, 28800)
{
	char path[PATH_MAX];
	struct life_load load;
	int round;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/reset", self->name);
	if (access(path, W_OK))
		SKIP(return, "the device has no reset");
	ASSERT_EQ(0, life_load_start(self->name, &load));
	for (round = 0; round < npu_rounds(2); round++) {
		ASSERT_EQ(0, life_device_write(self->name, "reset", "1"));
		EXPECT_TRUE(life_worked(&load));
		done(round, self->name);
	}
	EXPECT_EQ(0, life_load_end(&load, true));
}

/* Every fifth time behind processes that used it, else as fast as it goes. */
TEST_F_TIMEOUT(removal, module_unloaded_and_loaded, 28800)
{
	struct npu_health health;
	struct life_load load;
	int round;

	if (!life_is_module())
		SKIP(return, "the driver is not a module");
	for (round = 0; round < npu_rounds(5); round++) {
		/* Those who use it cannot lose it, so they are killed in whatever they do. */
		if (round % 5 == 0) {
			ASSERT_EQ(0, life_load_start(self->name, &load));
			ASSERT_EQ(0, life_load_end(&load, true));
		}
		ASSERT_EQ(0, life_unload());
		ASSERT_EQ(0, life_load(NULL));
		ASSERT_EQ(0, life_works(self->name, &health));
		done(round, self->name);
	}
}

/* What the administrator says about timeouts holds for everybody. */
TEST_F(removal, administrator_limits_timeouts)
{
	struct drm_genpu_stream_create create = { .priority = DRM_GENPU_PRIORITY_NORMAL };
	struct drm_genpu_device_info info;
	uint32_t stream;
	int fd;

	if (!life_is_module())
		SKIP(return, "the driver is not a module");
	ASSERT_EQ(0, life_unload());
	ASSERT_EQ(0, life_load("max_timeout_ms=1234"));
	fd = life_open_soon(self->name);
	EXPECT_LE(0, fd);
	EXPECT_EQ(0, npu_info(fd, &info));
	EXPECT_EQ(1234, info.max_timeout_ms);
	EXPECT_GE(1234, info.default_timeout_ms);
	EXPECT_EQ(0, npu_ctx_create(fd, &create.ctx_id));
	create.timeout_ms = 1235;
	EXPECT_EQ(-EINVAL, npu_stream_create_with(fd, create, &stream));
	create.timeout_ms = 1234;
	EXPECT_EQ(0, npu_stream_create_with(fd, create, &stream));
	close(fd);
	ASSERT_EQ(0, life_unload());
	ASSERT_EQ(0, life_load(NULL));
}

/*
 * It does not say goodbye: registers read all ones, nothing is answered. As many devices die as
 * there are rounds, and devices to spare.
 */
TEST_F_TIMEOUT(removal, sudden_death_under_load, 28800)
{
	struct life_load load;
	char name[LIFE_NAME];
	int round, fd, port;

	for (round = 0; round < npu_rounds(1); round++) {
		if (life_spare(self->name, name))
			break;
		fd = life_open(name);
		ASSERT_LE(0, fd);
		port = inject_open(fd);
		ASSERT_LE(0, port);
		ASSERT_EQ(0, life_load_start(name, &load));
		npu_sleep_ms(round % 5 * 20);
		ASSERT_EQ(0, inject_die(port));
		EXPECT_EQ(0, life_load_end(&load, false)) {
			TH_LOG("death %d, of %s", round + 1, name);
		}
		ASSERT_EQ(0, life_device_write(name, "remove", "1"));
		EXPECT_EQ(-ENODEV, npu_query(fd, DRM_GENPU_QUERY_MEMORY, NULL, 0));
		close(fd);
		close(port);
		done(round, name);
	}
	if (!round)
		SKIP(return, "no device to spare");
}

/* Nobody is there when it dies; the removal has to find out. */
TEST_F(removal, idle_device_dies_and_is_removed)
{
	char name[LIFE_NAME];
	uint32_t ctx;
	int fd, port;

	if (life_spare(self->name, name))
		SKIP(return, "no device to spare");
	fd = life_open(name);
	ASSERT_LE(0, fd);
	port = inject_open(fd);
	ASSERT_LE(0, port);
	ASSERT_EQ(0, npu_ctx_create(fd, &ctx));
	ASSERT_EQ(0, inject_die(port));
	close(port);
	ASSERT_EQ(0, life_device_write(name, "remove", "1"));
	EXPECT_EQ(-ENODEV, npu_ctx_create(fd, &ctx));
	close(fd);
}

TEST_HARNESS_MAIN
