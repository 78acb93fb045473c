// SPDX-License-Identifier: GPL-2.0-only
/*
 * prime.c - memory shared with other devices and drivers: dma-bufs of BOs, and BOs of dma-bufs.
 */
#include "genpu_fixture.h"
#include "genpu_share.h"

#define SHARE_VA	0x300000000ull
#define SHARE_SIZE	MIB(3)

FIXTURE_VARIANT(npu)
{
	uint32_t region;
};

FIXTURE_VARIANT_ADD(npu, device)
{
	.region = DRM_GENPU_REGION_DEVICE,
};

FIXTURE_VARIANT_ADD(npu, system)
{
	.region = DRM_GENPU_REGION_SYSTEM,
};

#define ONCE() do {									\
	if (variant->region != DRM_GENPU_REGION_SYSTEM)					\
		SKIP(return, "done for the other region");				\
} while (0)

TEST_F(npu, a_dma_buf_shows_the_memory_of_its_bo)
{
	struct npu_buf *buf = variant->region == DRM_GENPU_REGION_DEVICE ? &self->dev : &self->sys;
	int dmabuf = npu_export(self->fd, buf->handle);
	struct genpu_task task;
	uint64_t *map;

	ASSERT_LE(0, dmabuf);
	EXPECT_EQ(FIX_SIZE, lseek(dmabuf, 0, SEEK_END));
	map = mmap(NULL, FIX_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, npu_cpu_access(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW));
	npu_store(map, FIX_SIZE / 8 - 1, 42);
	EXPECT_EQ(42, npu_load(buf->map, FIX_SIZE / 8 - 1));
	task = npu_fill(buf->va, FIX_SIZE, 8, 0x1122334455667788);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_EQ(0x1122334455667788, npu_load(map, 0));
	EXPECT_EQ(0, memcmp(map, buf->map, FIX_SIZE));
	EXPECT_EQ(0, npu_cpu_access(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW));
	munmap(map, FIX_SIZE);
	/* A part of it, and nothing beyond its end. */
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, dmabuf, FIX_SIZE - 4096);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0x1122334455667788, npu_load(map, 511));
	munmap(map, 4096);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 8192, PROT_READ, MAP_SHARED, dmabuf, FIX_SIZE - 4096));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, dmabuf, 0));
	close(dmabuf);
}

TEST_F(npu, a_dma_buf_outlives_handle_and_file)
{
	int fd = npu_open(), dmabuf;
	struct npu_buf buf;
	uint64_t *map;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, npu_bo_create(fd, variant->region, SHARE_SIZE, &buf));
	dmabuf = npu_export(fd, buf.handle);
	ASSERT_LE(0, dmabuf);
	ASSERT_EQ(0, npu_bo_close(fd, buf.handle));
	close(fd);
	map = mmap(NULL, SHARE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	ASSERT_NE(MAP_FAILED, map);
	close(dmabuf);
	npu_store(map, 1000, 7);
	EXPECT_EQ(7, npu_load(map, 1000));
	munmap(map, SHARE_SIZE);
}

/* Neither does a mapping in a context need the handle, nor the file that it came from. */
TEST_F(npu, a_file_gets_the_bo_of_another)
{
	struct drm_genpu_bo_info info;
	uint32_t handle, again;
	struct npu_buf buf, copy;
	struct genpu_task task;
	int fd = npu_open(), dmabuf;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, npu_bo_create(fd, variant->region, SHARE_SIZE, &buf));
	ASSERT_EQ(0, npu_bo_map(fd, &buf));
	dmabuf = npu_export(fd, buf.handle);
	ASSERT_LE(0, dmabuf);
	/* In its own file it is the same handle, in another one the same object. */
	ASSERT_EQ(0, npu_import(fd, dmabuf, &again));
	EXPECT_EQ(buf.handle, again);
	ASSERT_EQ(0, npu_import(self->fd, dmabuf, &handle));
	ASSERT_EQ(0, npu_import(self->fd, dmabuf, &again));
	EXPECT_EQ(handle, again);
	close(dmabuf);
	info = (struct drm_genpu_bo_info){ .handle = handle };
	ASSERT_EQ(0, npu_ioctl(self->fd, DRM_IOCTL_GENPU_BO_INFO, &info));
	EXPECT_EQ(variant->region, info.region);
	EXPECT_EQ(SHARE_SIZE, info.size);
	EXPECT_EQ(buf.mmap_offset, info.mmap_offset);
	EXPECT_EQ(SHARE_SIZE,
		  npu_fdinfo(fd, variant->region == DRM_GENPU_REGION_DEVICE ?
			     "drm-shared-device" : "drm-shared-system"));

	ASSERT_EQ(0, npu_bo_close(fd, buf.handle));
	close(fd);
	copy = (struct npu_buf){ .size = SHARE_SIZE, .mmap_offset = info.mmap_offset };
	ASSERT_EQ(0, npu_bo_map(self->fd, &copy));
	ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, handle, 0, SHARE_VA, SHARE_SIZE,
				DRM_GENPU_VM_WRITE));
	ASSERT_EQ(0, npu_bo_close(self->fd, handle));
	task = npu_fill(SHARE_VA, SHARE_SIZE, 8, 99);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_EQ(99, npu_load(buf.map, 0));
	EXPECT_EQ(0, memcmp(buf.map, copy.map, SHARE_SIZE));
	munmap(buf.map, SHARE_SIZE);
	munmap(copy.map, SHARE_SIZE);
}

/*
 * The device uses memory of @dmabuf, which the CPU sees at @map, and announces its accesses if
 * @sync.
 */
static void use_foreign(struct __test_metadata *_metadata, FIXTURE_DATA(npu) *self, int dmabuf,
			uint64_t *map, bool sync)
{
	struct drm_genpu_bo_info info = {};
	struct stat original, again;
	struct genpu_task tasks[2];
	int other;
	uint64_t i;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, npu_import(self->fd, dmabuf, &info.handle));
	ASSERT_EQ(0, npu_ioctl(self->fd, DRM_IOCTL_GENPU_BO_INFO, &info));
	EXPECT_EQ(DRM_GENPU_REGION_SYSTEM, info.region);
	EXPECT_EQ(SHARE_SIZE, info.size);
	EXPECT_EQ(0, info.mmap_offset);
	/* Handed on, it is still the dma-buf that it came as. */
	other = npu_export(self->fd, info.handle);
	ASSERT_LE(0, other);
	ASSERT_EQ(0, fstat(dmabuf, &original));
	ASSERT_EQ(0, fstat(other, &again));
	EXPECT_EQ(original.st_ino, again.st_ino);
	close(other);

	EXPECT_EQ(-EINVAL, npu_vm_map(self->fd, self->ctx, info.handle, 0, SHARE_VA,
				      SHARE_SIZE + 4096, 0));
	/* All but the first page. */
	ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, info.handle, 4096, SHARE_VA,
				SHARE_SIZE - 4096, DRM_GENPU_VM_WRITE));
	ASSERT_EQ(0, npu_bo_close(self->fd, info.handle));
	if (sync)
		npu_cpu_access(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW);
	for (i = 0; i < SHARE_SIZE / 8; i++)
		map[i] = i;
	if (sync)
		npu_cpu_access(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
	tasks[0] = npu_copy(FIX_DEV_VA, SHARE_VA + MIB(1) + 8, 65536);
	tasks[1] = npu_fill(SHARE_VA + SHARE_SIZE - 8192, 4096, 8, 0x77);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, tasks, 2));
	EXPECT_EQ(0, memcmp(self->dev.map, map + (4096 + MIB(1)) / 8 + 1, 65536));
	if (sync)
		npu_cpu_access(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW);
	EXPECT_EQ((SHARE_SIZE - 4096) / 8 - 1, map[(SHARE_SIZE - 4096) / 8 - 1]);
	EXPECT_EQ(0x77, map[(SHARE_SIZE - 4096) / 8]);
	EXPECT_EQ(0x77, map[SHARE_SIZE / 8 - 1]);
	if (sync)
		npu_cpu_access(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
	munmap(map, SHARE_SIZE);
	close(dmabuf);
}

TEST_F(npu, memory_of_udmabuf_can_be_used)
{
	void *map = NULL;
	int dmabuf;

	ONCE();
	dmabuf = npu_udmabuf(SHARE_SIZE, &map);
	if (dmabuf < 0)
		SKIP(return, "no udmabuf: %s", strerror(-dmabuf));
	use_foreign(_metadata, self, dmabuf, map, npu_udmabuf_can_sync());
}

TEST_F(npu, memory_of_a_dma_heap_can_be_used)
{
	void *map = NULL;
	int dmabuf;

	ONCE();
	dmabuf = npu_heap(SHARE_SIZE, &map);
	if (dmabuf < 0)
		SKIP(return, "no system heap: %s", strerror(-dmabuf));
	use_foreign(_metadata, self, dmabuf, map, true);
}

/* The memory of the host on two devices; that of a device stays where it is. */
TEST_F(npu, memory_of_another_npu_can_be_used)
{
	int other = npu_open_other(self->fd), dmabuf;
	struct npu_health before, after;
	struct npu_buf buf;
	uint32_t handle;

	if (other < 0)
		SKIP(return, "no second genpu device");
	ASSERT_EQ(0, npu_health(other, &before));
	ASSERT_EQ(0, npu_bo_create(other, variant->region, SHARE_SIZE, &buf));
	ASSERT_EQ(0, npu_bo_map(other, &buf));
	dmabuf = npu_export(other, buf.handle);
	ASSERT_LE(0, dmabuf);
	ASSERT_EQ(0, npu_bo_close(other, buf.handle));
	if (variant->region == DRM_GENPU_REGION_DEVICE) {
		EXPECT_EQ(-EOPNOTSUPP, npu_import(self->fd, dmabuf, &handle));
		close(dmabuf);
		munmap(buf.map, buf.size);
	} else {
		use_foreign(_metadata, self, dmabuf, buf.map, true);
		/* The mapping in our context is the last that has it. */
		ASSERT_EQ(0, npu_vm_unmap(self->fd, self->ctx, SHARE_VA, SHARE_SIZE - 4096));
	}
	close(other);
	other = npu_open_other(self->fd);
	ASSERT_LE(0, other);
	EXPECT_EQ(0, npu_idle(other, &after)) {
		TH_LOG("left on the other device: %s", after.objects);
	}
	EXPECT_EQ(before.free, after.free);
	close(other);
}

/* Jobs order themselves by syncobjs alone; a dma-buf waits for what it was told to wait for. */
TEST_F(npu, jobs_leave_no_fences_unless_asked)
{
	struct npu_buf *buf = variant->region == DRM_GENPU_REGION_DEVICE ? &self->dev : &self->sys;
	struct dma_buf_import_sync_file import = { .flags = DMA_BUF_SYNC_WRITE };
	struct genpu_task hold = npu_hold(FIX_SYS_VA, GENPU_WAIT_GE, 1);
	int dmabuf = npu_export(self->fd, buf->handle);
	struct drm_genpu_sync out;
	uint32_t handle, status;
	int64_t deadline;

	ASSERT_LE(0, dmabuf);
	ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle));
	out = npu_sync_out(handle);
	ASSERT_EQ(0, npu_submit_sync(self->fd, self->stream, &hold, 1, &out, 1, NULL));
	EXPECT_EQ(POLLIN | POLLOUT, npu_ready(dmabuf));
	import.fd = npu_syncobj_export(self->fd, handle, true);
	ASSERT_LE(0, import.fd);
	ASSERT_EQ(0, npu_ioctl(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import));
	close(import.fd);
	EXPECT_EQ(0, npu_ready(dmabuf));
	npu_store(self->sys.map, 0, 1);
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, &status));
	EXPECT_EQ(DRM_GENPU_STREAM_OK, status);
	deadline = npu_now() + NPU_LONG;
	while (npu_ready(dmabuf) != (POLLIN | POLLOUT) && npu_now() < deadline)
		npu_sleep_ms(1);
	EXPECT_EQ(POLLIN | POLLOUT, npu_ready(dmabuf));
	close(dmabuf);
}

TEST_F(npu, what_is_no_dma_buf_is_refused)
{
	struct drm_prime_handle prime = { .handle = 12345 };
	uint32_t handle;

	ONCE();
	EXPECT_EQ(-EBADF, npu_import(self->fd, -1, &handle));
	EXPECT_EQ(-EINVAL, npu_import(self->fd, self->fd, &handle));
	EXPECT_EQ(-ENOENT, npu_ioctl(self->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime));
	prime = (struct drm_prime_handle){ .handle = self->sys.handle, .flags = 1u << 30 };
	EXPECT_EQ(-EINVAL, npu_ioctl(self->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime));
}

/* Who may only read gets no mapping to write to. */
TEST_F(npu, a_dma_buf_for_readers_stays_that)
{
	struct npu_buf *buf = variant->region == DRM_GENPU_REGION_DEVICE ? &self->dev : &self->sys;
	struct drm_prime_handle prime = { .handle = buf->handle, .flags = DRM_CLOEXEC };
	void *map;

	ASSERT_EQ(0, npu_ioctl(self->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, prime.fd, 0));
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, prime.fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-1, mprotect(map, 4096, PROT_READ | PROT_WRITE));
	munmap(map, 4096);
	close(prime.fd);
}

TEST_HARNESS_MAIN
