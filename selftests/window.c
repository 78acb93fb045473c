// SPDX-License-Identifier: GPL-2.0-only
/*
 * window.c - where device memory comes from: beyond the CPU window first if the CPU need not access
 * it, from the smallest fragments if there is nothing else, and never one page more than there is.
 *
 * Devices whose window shows all of their memory skip what is about the part beyond.
 */
#include "genpu_fixture.h"
#include "genpu_inject.h"
#include "genpu_share.h"

#define WIN_VA		0x300000000ull
#define SECRET		0x5ec2e75ec2e75ec2ull

static int bo_create(int fd, uint64_t size, uint32_t flags, struct drm_genpu_bo_create *bo)
{
	*bo = (struct drm_genpu_bo_create){
		.size = size, .region = DRM_GENPU_REGION_DEVICE, .flags = flags,
	};
	return npu_ioctl(fd, DRM_IOCTL_GENPU_BO_CREATE, bo);
}

static int memory(int fd, struct drm_genpu_memory_info *info)
{
	return npu_query(fd, DRM_GENPU_QUERY_MEMORY, info, sizeof(*info));
}

TEST_F(npu, memory_that_the_cpu_does_not_access_has_no_mapping)
{
	struct drm_genpu_bo_create bo;
	struct drm_genpu_bo_info info;
	int dmabuf;

	ASSERT_EQ(0, bo_create(self->fd, 5000, DRM_GENPU_BO_NO_CPU_ACCESS, &bo));
	EXPECT_EQ(8192, bo.size);
	EXPECT_EQ(0, bo.mmap_offset);
	info = (struct drm_genpu_bo_info){ .handle = bo.handle };
	ASSERT_EQ(0, npu_ioctl(self->fd, DRM_IOCTL_GENPU_BO_INFO, &info));
	EXPECT_EQ(0, info.mmap_offset);
	EXPECT_EQ(DRM_GENPU_REGION_DEVICE, info.region);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->fd, 0));
	/* Nor has its dma-buf, which is good for other files nevertheless. */
	dmabuf = npu_export(self->fd, bo.handle);
	ASSERT_LE(0, dmabuf);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, dmabuf, 0));
	EXPECT_EQ(EACCES, errno);
	close(dmabuf);

	bo = (struct drm_genpu_bo_create){ .size = 4096, .region = DRM_GENPU_REGION_SYSTEM,
					   .flags = DRM_GENPU_BO_NO_CPU_ACCESS };
	EXPECT_EQ(-EINVAL, npu_ioctl(self->fd, DRM_IOCTL_GENPU_BO_CREATE, &bo));
	EXPECT_EQ(-EINVAL, bo_create(self->fd, 4096, 2, &bo));
}

TEST_F(npu, the_window_is_counted)
{
	struct drm_genpu_memory_info before, after;
	struct drm_genpu_bo_create bo, hidden;
	uint64_t beyond;

	ASSERT_EQ(0, memory(self->fd, &before));
	EXPECT_GE(before.total, before.window_total);
	EXPECT_GE(before.window_total, before.window_free);
	EXPECT_GE(before.free, before.window_free);
	beyond = before.free - before.window_free;
	ASSERT_EQ(0, bo_create(self->fd, MIB(1), 0, &bo));
	EXPECT_NE(0, bo.mmap_offset);
	ASSERT_EQ(0, memory(self->fd, &after));
	EXPECT_EQ(before.free - MIB(1), after.free);
	EXPECT_EQ(before.window_free - MIB(1), after.window_free);
	ASSERT_EQ(0, bo_create(self->fd, MIB(2), DRM_GENPU_BO_NO_CPU_ACCESS, &hidden));
	ASSERT_EQ(0, memory(self->fd, &after));
	EXPECT_EQ(before.free - MIB(3), after.free);
	EXPECT_EQ(before.window_free - MIB(1) - (beyond < MIB(2) ? MIB(2) - beyond : 0),
		  after.window_free);
	ASSERT_EQ(0, npu_bo_close(self->fd, bo.handle));
	ASSERT_EQ(0, npu_bo_close(self->fd, hidden.handle));
	ASSERT_EQ(0, memory(self->fd, &after));
	EXPECT_EQ(before.free, after.free);
	EXPECT_EQ(before.window_free, after.window_free);
}

/* What is free can be had in one piece, and one page more cannot; both sides of the window. */
TEST_F(npu, exactly_what_is_free_can_be_had)
{
	struct drm_genpu_memory_info before, left;
	struct drm_genpu_bo_create bo, all;

	ASSERT_EQ(0, memory(self->fd, &before));
	EXPECT_EQ(-ENOSPC, bo_create(self->fd, before.window_free + 4096, 0, &all));
	ASSERT_EQ(0, bo_create(self->fd, before.window_free, 0, &all));
	ASSERT_EQ(0, memory(self->fd, &left));
	EXPECT_EQ(0, left.window_free);
	EXPECT_EQ(before.free - before.window_free, left.free);
	EXPECT_EQ(-ENOSPC, bo_create(self->fd, 4096, 0, &bo));
	ASSERT_EQ(0, npu_bo_close(self->fd, all.handle));

	EXPECT_EQ(-ENOSPC, bo_create(self->fd, before.free + 4096, DRM_GENPU_BO_NO_CPU_ACCESS,
				     &all));
	ASSERT_EQ(0, bo_create(self->fd, before.free, DRM_GENPU_BO_NO_CPU_ACCESS, &all));
	EXPECT_EQ(0, npu_free(self->fd));
	EXPECT_EQ(-ENOSPC, bo_create(self->fd, 4096, DRM_GENPU_BO_NO_CPU_ACCESS, &bo));
	ASSERT_EQ(0, npu_bo_close(self->fd, all.handle));
	ASSERT_EQ(0, memory(self->fd, &left));
	EXPECT_EQ(before.free, left.free);
	EXPECT_EQ(before.window_free, left.window_free);
}

/* One fill, or one copy to the buffer at FIX_SYS_VA after the other and a look for a word. */
static int fill(int fd, uint32_t stream, uint64_t va, uint64_t size, uint64_t word)
{
	struct genpu_task task = npu_fill(va, size, 8, word);

	return npu_run(fd, stream, &task, 1);
}

static int all_words(int fd, uint32_t stream, uint64_t va, uint64_t size, const struct npu_buf *sys,
		     uint64_t word)
{
	uint64_t at, step, i;
	int ret;

	for (at = 0; at < size; at += step) {
		struct genpu_task task;

		step = size - at < sys->size ? size - at : sys->size;
		task = npu_copy(sys->va, va + at, step);
		ret = npu_run(fd, stream, &task, 1);
		if (ret)
			return ret;
		for (i = 0; i < step / 8; i++)
			if (npu_load(sys->map, i) != word)
				return -EILSEQ;
	}
	return 0;
}

/* All memory of the device, also what no CPU can look at, is cleared before the next gets it. */
TEST_F(npu, nobody_finds_what_was_there)
{
	struct drm_genpu_bo_create bo;
	uint64_t size;
	pid_t pid;

	size = npu_free(self->fd);
	/* Filling all of it takes time where the machine is emulated: a part from each end. */
	if (size > MIB(256))
		size = MIB(256);
	pid = fork();
	if (!pid) {
		uint32_t ctx, stream;
		int fd = npu_open(), ret;

		ret = npu_opened(fd) ?: npu_ctx_create(fd, &ctx) ?:
		      npu_stream_create(fd, ctx, &stream) ?:
		      bo_create(fd, size, DRM_GENPU_BO_NO_CPU_ACCESS, &bo) ?:
		      npu_vm_map(fd, ctx, bo.handle, 0, WIN_VA, size, DRM_GENPU_VM_WRITE) ?:
		      fill(fd, stream, WIN_VA, size, SECRET);
		_exit(ret ? 1 : 0);
	}
	ASSERT_EQ(0, npu_join(pid));
	ASSERT_EQ(0, bo_create(self->fd, size, DRM_GENPU_BO_NO_CPU_ACCESS, &bo));
	ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, bo.handle, 0, WIN_VA, size,
				DRM_GENPU_VM_WRITE));
	EXPECT_EQ(0, all_words(self->fd, self->stream, WIN_VA, size, &self->sys, 0));
}

/*
 * Memory is cut to pieces of all sizes, every other one is freed, and what is left of it is one BO:
 * as large as all gaps together, mapped, written and read back.
 */
TEST_F(npu, large_ones_fit_into_fragments)
{
	struct drm_genpu_memory_info before, left;
	struct drm_genpu_bo_create bo, rest;
	uint32_t handles[400], n = 0, i;
	uint64_t size = MIB(32), used = 0, seed = 1;

	ASSERT_EQ(0, memory(self->fd, &before));
	if (before.free < MIB(48))
		size = before.free / 2 & ~4095ull;
	/* Nothing but @size bytes is free. */
	ASSERT_EQ(0, bo_create(self->fd, before.free - size, DRM_GENPU_BO_NO_CPU_ACCESS, &rest));
	while (used < size && n < ARRAY_SIZE(handles)) {
		uint64_t want = 4096 * (1 + npu_random(&seed) % 64);

		if (want > size - used)
			want = size - used;
		ASSERT_EQ(0, bo_create(self->fd, want, DRM_GENPU_BO_NO_CPU_ACCESS, &bo));
		used += bo.size;
		handles[n++] = bo.handle;
	}
	for (i = 0; i < n; i += 2)
		ASSERT_EQ(0, npu_bo_close(self->fd, handles[i]));
	ASSERT_EQ(0, memory(self->fd, &left));
	EXPECT_EQ(-ENOSPC, bo_create(self->fd, left.free + 4096, DRM_GENPU_BO_NO_CPU_ACCESS, &bo));
	ASSERT_EQ(0, bo_create(self->fd, left.free, DRM_GENPU_BO_NO_CPU_ACCESS, &bo));
	EXPECT_EQ(0, npu_free(self->fd));
	ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, bo.handle, 0, WIN_VA, bo.size,
				DRM_GENPU_VM_WRITE));
	EXPECT_EQ(0, all_words(self->fd, self->stream, WIN_VA, bo.size, &self->sys, 0));
	EXPECT_EQ(0, fill(self->fd, self->stream, WIN_VA, bo.size, SECRET));
	EXPECT_EQ(0, all_words(self->fd, self->stream, WIN_VA, bo.size, &self->sys, SECRET));
	ASSERT_EQ(0, npu_vm_unmap(self->fd, self->ctx, WIN_VA, bo.size));
	ASSERT_EQ(0, npu_bo_close(self->fd, bo.handle));
	for (i = 1; i < n; i += 2)
		ASSERT_EQ(0, npu_bo_close(self->fd, handles[i]));
	ASSERT_EQ(0, npu_bo_close(self->fd, rest.handle));
	ASSERT_EQ(0, memory(self->fd, &left));
	EXPECT_EQ(before.free, left.free);
	EXPECT_EQ(before.window_free, left.window_free);
}

/* While memory beyond the window is free, the window is for those who need it. */
TEST_F(npu, the_window_is_kept_for_the_cpu)
{
	struct drm_genpu_memory_info before, after;
	struct drm_genpu_bo_create hidden, seen;
	struct npu_buf buf;

	ASSERT_EQ(0, memory(self->fd, &before));
	if (before.window_total == before.total)
		SKIP(return, "the window shows all of the memory");
	ASSERT_EQ(0, bo_create(self->fd, before.free - before.window_free,
			       DRM_GENPU_BO_NO_CPU_ACCESS, &hidden));
	ASSERT_EQ(0, memory(self->fd, &after));
	EXPECT_EQ(before.window_free, after.window_free);
	EXPECT_EQ(after.window_free, after.free);
	/* The window is still good for what the CPU does with it. */
	ASSERT_EQ(0, bo_create(self->fd, before.window_free, 0, &seen));
	buf = (struct npu_buf){ .size = seen.size, .mmap_offset = seen.mmap_offset };
	ASSERT_EQ(0, npu_bo_map(self->fd, &buf));
	EXPECT_TRUE(npu_all_bytes(buf.map, 0, buf.size));
	munmap(buf.map, buf.size);
}

/* A device that fails to clear memory gives out none, and keeps none. */
TEST_F(npu, what_cannot_be_cleared_is_not_given_out)
{
	struct drm_genpu_memory_info before, after;
	struct drm_genpu_bo_create bo;
	int port = inject_open(self->fd), i;

	if (port < 0)
		SKIP(return, "the device has no control port: %s", strerror(-port));
	ASSERT_EQ(0, memory(self->fd, &before));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, inject(port, "inject admin-fail"));
		EXPECT_EQ(-ENOMEM, bo_create(self->fd, MIB(3) + 4096,
					     DRM_GENPU_BO_NO_CPU_ACCESS, &bo));
		ASSERT_EQ(0, memory(self->fd, &after));
		EXPECT_EQ(before.free, after.free);
		EXPECT_EQ(before.window_free, after.window_free);
	}
	ASSERT_EQ(0, inject_clear(port));
	close(port);
	ASSERT_EQ(0, bo_create(self->fd, MIB(3), DRM_GENPU_BO_NO_CPU_ACCESS, &bo));
}

TEST_HARNESS_MAIN
