// SPDX-License-Identifier: GPL-2.0-only
/*
 * lifecycle.c - the module cannot be taken from under a user, goes and comes when nobody uses it,
 * and the device can be unbound at any moment, under load too.
 *
 * Needs root, a module rather than a built-in driver, and nobody else who uses a genpu device.
 */
#include "genpu_harness.h"
#include "genpu_life.h"
#include "genpu_share.h"

#define NET_VA		0x4000000000ull
#define USERS		8

FIXTURE(life)
{
	int fd;
	char name[LIFE_NAME];
	struct npu_health before;
};

FIXTURE_SETUP(life)
{
	if (geteuid())
		SKIP(return, "needs root");
	self->fd = npu_open();
	if (self->fd < 0)
		SKIP(return, "no genpu device: %s", strerror(-self->fd));
	ASSERT_EQ(0, life_name(self->fd, self->name));
	ASSERT_EQ(0, npu_idle(self->fd, &self->before));
}

FIXTURE_TEARDOWN(life)
{
	struct npu_health after;
	int fd;

	close(self->fd);
	life_back(self->name);
	fd = life_open_soon(self->name);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, npu_idle(fd, &after)) {
		TH_LOG("left on the device: %s", after.objects);
	}
	EXPECT_EQ(self->before.free, after.free);
	EXPECT_EQ(self->before.taint, after.taint);
	close(fd);
}

static int modprobe(const char *option)
{
	pid_t pid = fork();

	if (!pid) {
		execlp("modprobe", "modprobe", option ?: "genpu", option ? "genpu" : NULL, NULL);
		_exit(127);
	}
	return npu_join(pid);
}

TEST_F(life, module_stays_while_someone_uses_it)
{
	struct genpu_task nop = npu_nop();
	uint32_t ctx, stream;

	if (access("/sys/module/genpu/initstate", F_OK))
		SKIP(return, "the driver is not a module");
	EXPECT_EQ(-1, syscall(SYS_delete_module, "genpu", O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);
	ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx));
	ASSERT_EQ(0, npu_stream_create(self->fd, ctx, &stream));
	EXPECT_EQ(0, npu_run(self->fd, stream, &nop, 1));
}

/* Even a mapping without a file, or a fence without either, keeps what it needs. */
TEST_F(life, mappings_and_fences_outlive_their_file)
{
	struct sync_file_info info = {};
	struct drm_genpu_sync out;
	struct genpu_task nop = npu_nop();
	uint32_t ctx, stream, handle;
	struct npu_buf buf;
	int fd = npu_open(), file;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, npu_ctx_create(fd, &ctx));
	ASSERT_EQ(0, npu_stream_create(fd, ctx, &stream));
	ASSERT_EQ(0, npu_buf_create(fd, ctx, DRM_GENPU_REGION_DEVICE, 4096, NET_VA, &buf));
	ASSERT_EQ(0, npu_syncobj_create(fd, 0, &handle));
	out = npu_sync_out(handle);
	ASSERT_EQ(0, npu_submit_sync(fd, stream, &nop, 1, &out, 1, NULL));
	file = npu_syncobj_export(fd, handle, true);
	ASSERT_LE(0, file);
	close(fd);
	npu_store(buf.map, 0, 1);
	EXPECT_EQ(0, npu_ioctl(file, SYNC_IOC_FILE_INFO, &info));
	EXPECT_EQ(1, npu_load(buf.map, 0));
	munmap(buf.map, 4096);
	close(file);
}

TEST_F(life, module_goes_and_comes)
{
	struct genpu_task nop = npu_nop();
	uint32_t ctx, stream;
	int i;

	if (access("/sys/module/genpu/initstate", F_OK))
		SKIP(return, "the driver is not a module");
	for (i = 0; i < 3; i++) {
		close(self->fd);
		ASSERT_EQ(0, modprobe("-r"));
		EXPECT_NE(0, access("/sys/module/genpu", F_OK));
		ASSERT_EQ(0, modprobe(NULL));
		self->fd = life_open_soon(self->name);
		ASSERT_LE(0, self->fd);
		ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx));
		ASSERT_EQ(0, npu_stream_create(self->fd, ctx, &stream));
		ASSERT_EQ(0, npu_run(self->fd, stream, &nop, 1));
	}
}

/* Runs graphs until the device goes, which must be seen as -ENODEV and nothing else. */
static int user(const char *name, uint32_t number)
{
	uint32_t ctx, stream[2];
	struct genpu_task task = npu_nop();
	struct net net;
	uint32_t job, status;
	int fd = life_open(name), ret, i;

	/* The device may be gone before this has begun. */
	if (fd < 0)
		return 0;
	ret = npu_ctx_create(fd, &ctx) ?: npu_stream_create(fd, ctx, &stream[0]) ?:
	      npu_stream_create(fd, ctx, &stream[1]) ?:
	      net_create(fd, ctx, DRM_GENPU_REGION_SYSTEM, NET_VA, &net);
	for (job = 0; !ret; job++) {
		for (i = 0; i < 2 && !ret; i++) {
			task = net_task(&net, i, number + job);
			ret = npu_submit(fd, stream[i], &task, 1, NULL);
		}
		for (i = 0; i < 2 && !ret; i++) {
			status = 0;
			ret = npu_wait(fd, stream[i], &status);
			/* Jobs that the removal took are lost; the next call says why. */
			if (!ret && status && status != DRM_GENPU_STREAM_LOST)
				return 1;
			if (!ret && !status && !net_right(&net, i, number + job))
				return 2;
		}
	}
	/* A context or stream that was lost; why is the next call to say. */
	if (ret == -ECANCELED)
		ret = npu_query(fd, DRM_GENPU_QUERY_MEMORY, NULL, 0);
	if (ret != -ENODEV)
		return 3;
	/* All else, on a file whose device is gone. */
	for (i = 0; i < 3; i++)
		if (npu_ctx_create(fd, &ctx) != -ENODEV ||
		    npu_submit(fd, stream[0], &task, 1, NULL) != -ENODEV ||
		    npu_stream_destroy(fd, stream[1]) != -ENODEV)
			return 4;
	close(fd);
	return 0;
}

TEST_F(life, device_can_be_unbound_under_load)
{
	struct genpu_task nop = npu_nop();
	uint32_t ctx, stream;
	pid_t pids[USERS];
	int i, round;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < USERS; i++) {
			pids[i] = fork();
			if (!pids[i])
				_exit(user(self->name, 100 * i));
		}
		npu_sleep_ms(round * 300);
		EXPECT_EQ(0, life_unbind(self->name));
		EXPECT_EQ(-ENODEV, npu_ctx_create(self->fd, &ctx));
		close(self->fd);
		for (i = 0; i < USERS; i++)
			EXPECT_EQ(0, npu_join(pids[i])) {
				TH_LOG("user %d", i);
			}
		EXPECT_EQ(0, life_bind(self->name));
		self->fd = life_open_soon(self->name);
		ASSERT_LE(0, self->fd);
		ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx));
		ASSERT_EQ(0, npu_stream_create(self->fd, ctx, &stream));
		ASSERT_EQ(0, npu_run(self->fd, stream, &nop, 1));
	}
}

/* A file, a mapping and a fence that are older than the device's present life. */
TEST_F(life, leftovers_of_an_unbound_device_are_harmless)
{
	struct genpu_task task = npu_hold(NET_VA, GENPU_WAIT_EQ, 1);
	struct drm_genpu_sync out;
	uint32_t ctx, stream, handle;
	struct sync_file_info info = {};
	struct npu_buf buf, dev;
	int file;

	ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx));
	ASSERT_EQ(0, npu_stream_create(self->fd, ctx, &stream));
	ASSERT_EQ(0, npu_buf_create(self->fd, ctx, DRM_GENPU_REGION_SYSTEM, 4096, NET_VA, &buf));
	ASSERT_EQ(0, npu_buf_create(self->fd, ctx, DRM_GENPU_REGION_DEVICE, 65536, NET_VA + 4096,
				    &dev));
	ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle));
	out = npu_sync_out(handle);
	ASSERT_EQ(0, npu_submit_sync(self->fd, stream, &task, 1, &out, 1, NULL));
	file = npu_syncobj_export(self->fd, handle, true);
	ASSERT_LE(0, file);
	ASSERT_EQ(0, life_unbind(self->name));
	/* The job that waited forever ended with the device. */
	EXPECT_EQ(0, npu_ioctl(file, SYNC_IOC_FILE_INFO, &info));
	EXPECT_GT(0, info.status);
	/* Accesses go on; what they find is only defined for the host's own memory. */
	npu_store(buf.map, 0, 5);
	EXPECT_EQ(5, npu_load(buf.map, 0));
	memset(dev.map, 0x77, dev.size);
	npu_load(dev.map, 8000);
	EXPECT_EQ(0, life_bind(self->name));
	close(self->fd);
	close(file);
	munmap(buf.map, 4096);
	munmap(dev.map, dev.size);
	self->fd = life_open_soon(self->name);
	ASSERT_LE(0, self->fd);
}

/* Memory that others hold, and the memory of others: neither minds that the device goes. */
TEST_F(life, shared_memory_outlives_the_device)
{
	struct npu_buf bufs[2], buf;
	uint64_t *maps[2];
	uint32_t handle, second;
	int dmabufs[2], foreign, i, ret, other = npu_open_other(self->fd);
	void *map = NULL;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, npu_bo_create(self->fd, 1 + i, 65536, &bufs[i]));
		dmabufs[i] = npu_export(self->fd, bufs[i].handle);
		ASSERT_LE(0, dmabufs[i]);
		maps[i] = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, dmabufs[i], 0);
		ASSERT_NE(MAP_FAILED, maps[i]);
		npu_store(maps[i], 0, 5);
	}
	foreign = npu_udmabuf(65536, &map);
	if (foreign >= 0) {
		ASSERT_EQ(0, npu_import(self->fd, foreign, &handle));
		close(foreign);
	}
	ret = other < 0 ? 0 : npu_import(other, dmabufs[1], &second);
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, life_unbind(self->name));
	/* What was mapped before and what is mapped now; the host's memory is what it was. */
	npu_load(maps[0], 0);
	memset(maps[0], 0x77, 65536);
	EXPECT_EQ(5, npu_load(maps[1], 0));
	for (i = 0; i < 2; i++) {
		buf.map = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, dmabufs[i], 0);
		ASSERT_NE(MAP_FAILED, buf.map);
		npu_store(buf.map, 100, 6);
		munmap(buf.map, 65536);
	}
	EXPECT_EQ(6, npu_load(maps[1], 100));
	EXPECT_EQ(-ENODEV, npu_import(self->fd, dmabufs[0], &handle));
	close(self->fd);
	EXPECT_EQ(0, life_bind(self->name));
	self->fd = life_open_soon(self->name);
	ASSERT_LE(0, self->fd);
	/* To the device's present life its former one is a stranger. */
	EXPECT_EQ(-EOPNOTSUPP, npu_import(self->fd, dmabufs[0], &handle));
	EXPECT_EQ(0, npu_import(self->fd, dmabufs[1], &handle));
	for (i = 0; i < 2; i++) {
		munmap(maps[i], 65536);
		close(dmabufs[i]);
	}
	if (map)
		munmap(map, 65536);
	if (other >= 0)
		close(other);
}

TEST_HARNESS_MAIN
