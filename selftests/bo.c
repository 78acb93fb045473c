// SPDX-License-Identifier: GPL-2.0-only
/*
 * bo.c - buffer objects: sizes, contents, CPU mappings, exhaustion, and what closing leaves behind.
 */
#include "genpu_fixture.h"

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

TEST_F(npu, sizes_are_rounded_up_to_pages)
{
	static const uint64_t sizes[] = { 1, 4095, 4096, 4097, 65537, MIB(2), MIB(3) + 1 };
	struct drm_genpu_bo_info info;
	struct npu_buf buf;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, npu_bo_create(self->fd, variant->region, sizes[i], &buf));
		EXPECT_EQ((sizes[i] + 4095) & ~4095ull, buf.size);
		EXPECT_NE(0, buf.handle);
		info = (struct drm_genpu_bo_info){ .handle = buf.handle };
		ASSERT_EQ(0, npu_ioctl(self->fd, DRM_IOCTL_GENPU_BO_INFO, &info));
		EXPECT_EQ(variant->region, info.region);
		EXPECT_EQ(buf.size, info.size);
		EXPECT_EQ(buf.mmap_offset, info.mmap_offset);
		ASSERT_EQ(0, npu_bo_close(self->fd, buf.handle));
		EXPECT_EQ(-ENOENT, npu_ioctl(self->fd, DRM_IOCTL_GENPU_BO_INFO, &info));
	}
}

TEST_F(npu, memory_counts_what_bos_take)
{
	uint64_t before = npu_free(self->fd), taken;
	struct npu_buf buf;

	ASSERT_EQ(0, npu_bo_create(self->fd, variant->region, MIB(3) + 5, &buf));
	taken = variant->region == DRM_GENPU_REGION_DEVICE ? buf.size : 0;
	EXPECT_EQ(before - taken, npu_free(self->fd));
	ASSERT_EQ(0, npu_bo_close(self->fd, buf.handle));
	EXPECT_EQ(before, npu_free(self->fd));
}

TEST_F(npu, fdinfo_counts_what_the_file_has)
{
	const char *key = variant->region == DRM_GENPU_REGION_DEVICE ? "drm-total-device" :
								       "drm-total-system";
	struct npu_buf buf[3];
	int fd = npu_open(), i;

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, npu_fdinfo(fd, key));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, npu_bo_create(fd, variant->region, MIB(3) + 1, &buf[i]));
		EXPECT_EQ((i + 1) * buf[i].size, npu_fdinfo(fd, key));
	}
	EXPECT_EQ(FIX_SIZE, npu_fdinfo(self->fd, key));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, npu_bo_close(fd, buf[i].handle));
	EXPECT_EQ(0, npu_fdinfo(fd, key));
	close(fd);
}

TEST_F(npu, contents_start_as_zero)
{
	struct npu_buf buf;
	int i;

	/* The second round gets what the first one wrote to, if anyone does. */
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, npu_bo_create(self->fd, variant->region, MIB(3), &buf));
		ASSERT_EQ(0, npu_bo_map(self->fd, &buf));
		EXPECT_TRUE(npu_all_bytes(buf.map, 0, buf.size));
		memset(buf.map, 0x5a, buf.size);
		munmap(buf.map, buf.size);
		ASSERT_EQ(0, npu_bo_close(self->fd, buf.handle));
	}
}

TEST_F(npu, contents_of_another_process_are_gone)
{
	struct npu_buf buf;
	pid_t pid;
	int i, n = 8;

	if (npu_window_free(self->fd) < n * MIB(4))
		n = npu_window_free(self->fd) / MIB(4);
	pid = fork();
	if (!pid) {
		int fd = npu_open(), bad = fd < 0;

		for (i = 0; i < n && !bad; i++) {
			bad = npu_bo_create(fd, variant->region, MIB(4), &buf) ||
			      npu_bo_map(fd, &buf);
			if (!bad)
				memset(buf.map, 0xa5, buf.size);
		}
		_exit(bad);
	}
	ASSERT_EQ(0, npu_join(pid));
	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, npu_bo_create(self->fd, variant->region, MIB(4), &buf));
		ASSERT_EQ(0, npu_bo_map(self->fd, &buf));
		EXPECT_TRUE(npu_all_bytes(buf.map, 0, buf.size));
		munmap(buf.map, buf.size);
	}
}

/* Nor does the device see old contents, which may be elsewhere than where the CPU looks. */
TEST_F(npu, contents_start_as_zero_for_the_device)
{
	const uint64_t va = 0x300000000ull;
	struct genpu_task task;
	struct npu_buf buf;
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, npu_bo_create(self->fd, variant->region, FIX_SIZE, &buf));
		ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, buf.handle, 0, va, FIX_SIZE,
					DRM_GENPU_VM_WRITE));
		memset(self->sys.map, 0x11, FIX_SIZE);
		task = npu_copy(FIX_SYS_VA, va, FIX_SIZE);
		ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
		EXPECT_TRUE(npu_all_bytes(self->sys.map, 0, FIX_SIZE));
		task = npu_fill(va, FIX_SIZE, 4, 0xdeadbeef);
		ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
		ASSERT_EQ(0, npu_vm_unmap(self->fd, self->ctx, va, FIX_SIZE));
		ASSERT_EQ(0, npu_bo_close(self->fd, buf.handle));
	}
}

TEST_F(npu, mappings_show_the_same_memory)
{
	struct npu_buf buf;
	uint32_t *whole, *again, *part;
	size_t i;

	ASSERT_EQ(0, npu_bo_create(self->fd, variant->region, MIB(1), &buf));
	ASSERT_EQ(0, npu_bo_map(self->fd, &buf));
	whole = buf.map;
	for (i = 0; i < buf.size / 4; i++)
		whole[i] = i * 2654435761u;
	again = mmap(NULL, buf.size, PROT_READ, MAP_SHARED, self->fd, buf.mmap_offset);
	ASSERT_NE(MAP_FAILED, again);
	EXPECT_EQ(0, memcmp(whole, again, buf.size));
	/* A window of two pages in the middle, and the last page alone. */
	part = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd,
		    buf.mmap_offset + 5 * 4096);
	ASSERT_NE(MAP_FAILED, part);
	EXPECT_EQ(0, memcmp(whole + 5 * 1024, part, 8192));
	part[1024] = 0x12345678;
	EXPECT_EQ(0x12345678, whole[6 * 1024]);
	EXPECT_EQ(0x12345678, again[6 * 1024]);
	munmap(part, 8192);
	part = mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->fd,
		    buf.mmap_offset + buf.size - 4096);
	ASSERT_NE(MAP_FAILED, part);
	EXPECT_EQ(0, memcmp(whole + buf.size / 4 - 1024, part, 4096));
	munmap(part, 4096);
	munmap(again, buf.size);
	munmap(whole, buf.size);
}

TEST_F(npu, mappings_beyond_the_end_are_refused)
{
	struct npu_buf buf;
	int fd = npu_open();

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, npu_bo_create(self->fd, variant->region, 8192, &buf));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 12288, PROT_READ, MAP_SHARED, self->fd,
				   buf.mmap_offset));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 8192, PROT_READ, MAP_SHARED, self->fd,
				   buf.mmap_offset + 4096));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->fd, 0));
	/* An offset is good for the file that has the handle, and for no other. */
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, buf.mmap_offset));
	close(fd);
}

TEST_F(npu, mappings_outlive_handle_and_file)
{
	struct npu_buf buf;
	int fd = npu_open();

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, npu_bo_create(fd, variant->region, 8192, &buf));
	ASSERT_EQ(0, npu_bo_map(fd, &buf));
	strcpy(buf.map, "still here");
	ASSERT_EQ(0, npu_bo_close(fd, buf.handle));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, buf.mmap_offset));
	EXPECT_STREQ("still here", buf.map);
	close(fd);
	EXPECT_STREQ("still here", buf.map);
	strcpy((char *)buf.map + 4096, "and writable");
	EXPECT_STREQ("and writable", (char *)buf.map + 4096);
	munmap(buf.map, buf.size);
}

TEST_F(npu, cpu_and_device_agree)
{
	struct npu_buf *buf = variant->region == DRM_GENPU_REGION_DEVICE ? &self->dev : &self->sys;
	struct genpu_task tasks[2];
	uint64_t i;

	for (i = 0; i < 4096 / 8; i++)
		npu_store(buf->map, i, i * 0x9e3779b97f4a7c15ull);
	tasks[0] = npu_copy(buf->va + 8192, buf->va, 4096);
	tasks[1] = npu_fill(buf->va, 4096, 8, 0x0123456789abcdefull);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, tasks, 2));
	for (i = 0; i < 4096 / 8; i++) {
		ASSERT_EQ(i * 0x9e3779b97f4a7c15ull, npu_load(buf->map + 8192, i));
		ASSERT_EQ(0x0123456789abcdefull, npu_load(buf->map, i));
	}
}

TEST_F(npu, many_small_ones)
{
	struct npu_buf bufs[500];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bufs); i++)
		ASSERT_EQ(0, npu_bo_create(self->fd, variant->region, 4096, &bufs[i]));
	for (i = 0; i < ARRAY_SIZE(bufs); i += 2)
		ASSERT_EQ(0, npu_bo_close(self->fd, bufs[i].handle));
	/* The others go when the file is closed. */
}

struct closer {
	int fd;
	bool stop;
	uint64_t closed;
};

static void *close_what_appears(void *arg)
{
	struct closer *closer = arg;

	while (!__atomic_load_n(&closer->stop, __ATOMIC_RELAXED)) {
		uint32_t handle;

		for (handle = 3; handle < 8; handle++)
			closer->closed += !npu_bo_close(closer->fd, handle);
	}
	return NULL;
}

/* A handle can be guessed and closed before the call that makes it has returned. */
TEST_F(npu, closing_while_creating_is_harmless)
{
	struct closer closer = { .fd = self->fd };
	struct npu_buf buf;
	pthread_t thread;
	int i;

	ASSERT_EQ(0, pthread_create(&thread, NULL, close_what_appears, &closer));
	for (i = 0; i < 1000; i++) {
		struct drm_genpu_bo_info info;

		ASSERT_EQ(0, npu_bo_create(self->fd, variant->region, 4096, &buf));
		info.handle = buf.handle;
		npu_ioctl(self->fd, DRM_IOCTL_GENPU_BO_INFO, &info);
		npu_bo_close(self->fd, buf.handle);
	}
	__atomic_store_n(&closer.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

/*
 * Device memory is taken in ever smaller pieces until not one page is left. The pieces are not
 * touched by the CPU, so this does not depend on how much there is.
 */
TEST_F(npu, device_memory_runs_out_exactly)
{
	uint64_t before, left, size, used = 0;
	uint32_t *handles = calloc(65536, sizeof(*handles)), n = 0;
	struct npu_buf buf;
	int ret;

	if (variant->region != DRM_GENPU_REGION_DEVICE)
		SKIP(return, "system memory is the host's to run out of");
	ASSERT_NE(NULL, handles);
	before = npu_window_free(self->fd);
	for (size = 1ull << 63; size > before; size >>= 1)
		;
	for (; size >= 4096; size >>= 1) {
		while (!(ret = npu_bo_create(self->fd, variant->region, size, &buf))) {
			ASSERT_GT(65536, n);
			handles[n++] = buf.handle;
			used += buf.size;
			ASSERT_EQ(before - used, npu_window_free(self->fd));
		}
		ASSERT_EQ(-ENOSPC, ret);
	}
	left = npu_window_free(self->fd);
	EXPECT_EQ(0, left);
	EXPECT_EQ(before, used);
	/* System memory is another matter. */
	EXPECT_EQ(0, npu_bo_create(self->fd, DRM_GENPU_REGION_SYSTEM, 4096, &buf));
	/* One page back is one page that can be had. */
	ASSERT_EQ(0, npu_bo_close(self->fd, handles[--n]));
	EXPECT_EQ(0, npu_bo_create(self->fd, variant->region, 4096, &buf));
	handles[n++] = buf.handle;
	while (n)
		ASSERT_EQ(0, npu_bo_close(self->fd, handles[--n]));
	EXPECT_EQ(before, npu_window_free(self->fd));
	free(handles);
}

TEST_HARNESS_MAIN
