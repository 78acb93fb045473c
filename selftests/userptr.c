// SPDX-License-Identifier: GPL-2.0-only
/*
 * userptr.c - BOs of a process's own memory: what can be pinned, what is refused, how it counts,
 * and that nothing the process does to its address space later takes it from the device.
 */
#include <sys/resource.h>
#include <sys/syscall.h>
#include <linux/capability.h>

#include "genpu_fixture.h"
#include "genpu_share.h"

#define USER_VA		0x300000000ull
#define USER_SIZE	MIB(1)
#define PAGES		(USER_SIZE / 4096)

static int userptr(int fd, void *ptr, uint64_t size, uint32_t flags, uint32_t *handle)
{
	struct drm_genpu_bo_userptr user = { .addr = npu_u64(ptr), .size = size, .flags = flags };
	int ret = npu_ioctl(fd, DRM_IOCTL_GENPU_BO_USERPTR, &user);

	*handle = ret ? 0 : user.handle;
	return ret;
}

static void *anonymous(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Kilobytes behind a key of /proc/self/status. */
static uint64_t status_kib(const char *key)
{
	char text[8192], *line;

	npu_read_file("/proc/self/status", text, sizeof(text));
	line = strstr(text, key);
	return line ? strtoull(line + strlen(key), NULL, 10) : 0;
}

TEST_F(npu, the_device_reads_and_writes_it)
{
	struct drm_genpu_bo_info info = {};
	uint64_t *mem = anonymous(USER_SIZE), i, pinned;
	struct genpu_task tasks[2];

	ASSERT_NE(MAP_FAILED, mem);
	for (i = 0; i < USER_SIZE / 8; i++)
		mem[i] = i;
	pinned = status_kib("VmPin:");
	ASSERT_EQ(0, userptr(self->fd, mem, USER_SIZE, 0, &info.handle));
	EXPECT_EQ(pinned + USER_SIZE / 1024, status_kib("VmPin:"));
	ASSERT_EQ(0, npu_ioctl(self->fd, DRM_IOCTL_GENPU_BO_INFO, &info));
	EXPECT_EQ(DRM_GENPU_REGION_SYSTEM, info.region);
	EXPECT_EQ(USER_SIZE, info.size);
	EXPECT_EQ(0, info.mmap_offset);
	EXPECT_EQ(-EPERM, npu_export(self->fd, info.handle));

	ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, info.handle, 0, USER_VA, USER_SIZE,
				DRM_GENPU_VM_WRITE));
	ASSERT_EQ(0, npu_bo_close(self->fd, info.handle));
	EXPECT_EQ(pinned + USER_SIZE / 1024, status_kib("VmPin:"));
	tasks[0] = npu_copy(FIX_DEV_VA, USER_VA, USER_SIZE);
	tasks[1] = npu_fill(USER_VA + 4096, 4096, 8, 0x5a);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, tasks, 2));
	EXPECT_EQ(511, npu_load(mem, 511));
	EXPECT_EQ(0x5a, npu_load(mem, 512));
	EXPECT_EQ(0x5a, npu_load(mem, 1023));
	EXPECT_EQ(1024, npu_load(mem, 1024));
	EXPECT_EQ(USER_SIZE / 8 - 1, npu_load(self->dev.map, USER_SIZE / 8 - 1));
	/* The CPU's next word is what the device sees next. */
	npu_store(mem, 0, 0xabcd);
	tasks[0] = npu_copy(FIX_DEV_VA, USER_VA, 8);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, tasks, 1));
	EXPECT_EQ(0xabcd, npu_load(self->dev.map, 0));
	ASSERT_EQ(0, npu_vm_unmap(self->fd, self->ctx, USER_VA, USER_SIZE));
	EXPECT_EQ(pinned, status_kib("VmPin:"));
	munmap(mem, USER_SIZE);
}

TEST_F(npu, read_only_memory_is_only_read)
{
	uint64_t *mem = anonymous(USER_SIZE), *twin;
	struct drm_genpu_stream_state state;
	struct genpu_task task;
	uint32_t handle;

	/* Never touched: reading must not show the device a page of zeros that is everyone's. */
	ASSERT_EQ(0, mprotect(mem, USER_SIZE, PROT_READ));
	EXPECT_EQ(-EFAULT, userptr(self->fd, mem, USER_SIZE, 0, &handle));
	ASSERT_EQ(0, userptr(self->fd, mem, USER_SIZE, DRM_GENPU_USERPTR_READONLY, &handle));
	EXPECT_EQ(-EACCES, npu_vm_map(self->fd, self->ctx, handle, 0, USER_VA, USER_SIZE,
				      DRM_GENPU_VM_WRITE));
	ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, handle, 0, USER_VA, USER_SIZE, 0));
	memset(self->dev.map, 0x11, USER_SIZE);
	task = npu_copy(FIX_DEV_VA, USER_VA, USER_SIZE);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_TRUE(npu_all_bytes(self->dev.map, 0, USER_SIZE));
	/* The CPU may write later, and the device must see that, not a copy of before. */
	ASSERT_EQ(0, mprotect(mem, USER_SIZE, PROT_READ | PROT_WRITE));
	npu_store(mem, 512, 77);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_EQ(77, npu_load(self->dev.map, 512));
	task = npu_fill(USER_VA, 8, 8, 1);
	EXPECT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &task, 1));
	ASSERT_EQ(0, npu_stream_state(self->fd, self->stream, DRM_GENPU_STREAM_STATE_CLEAR,
				      &state));
	EXPECT_EQ(GENPU_ERR_PAGE_FAULT, state.error);
	EXPECT_EQ(0, npu_load(mem, 0));
	/* The same pages twice, once for writing. */
	ASSERT_EQ(0, userptr(self->fd, mem, USER_SIZE, 0, &handle));
	ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, handle, 0, USER_VA + USER_SIZE, USER_SIZE,
				DRM_GENPU_VM_WRITE));
	task = npu_fill(USER_VA + USER_SIZE, USER_SIZE, 8, 5);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	task = npu_copy(FIX_DEV_VA, USER_VA, USER_SIZE);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	twin = self->dev.map;
	EXPECT_EQ(5, npu_load(twin, PAGES));
	EXPECT_EQ(0, memcmp(mem, twin, USER_SIZE));
	munmap(mem, USER_SIZE);
}

TEST_F(npu, ranges_that_are_none_are_refused)
{
	char *mem = anonymous(USER_SIZE + 4096);
	uint32_t handle;

	EXPECT_EQ(-EINVAL, userptr(self->fd, mem, 0, 0, &handle));
	EXPECT_EQ(-EINVAL, userptr(self->fd, mem, 4095, 0, &handle));
	EXPECT_EQ(-EINVAL, userptr(self->fd, mem + 8, 4096, 0, &handle));
	EXPECT_EQ(-EINVAL, userptr(self->fd, mem, 4096, 2, &handle));
	EXPECT_EQ(-EINVAL, userptr(self->fd, mem, -npu_u64(mem), 0, &handle));
	EXPECT_EQ(-EINVAL, userptr(self->fd, npu_ptr(-4096), 8192, 0, &handle));
	EXPECT_EQ(-EFAULT, userptr(self->fd, NULL, 4096, 0, &handle));
	EXPECT_EQ(-EFAULT, userptr(self->fd, npu_ptr(1ull << 63), 4096, 0, &handle));
	EXPECT_EQ(-EFAULT, userptr(self->fd, npu_ptr(0xffff888000000000), 4096, 0, &handle));
	/* Good but for its last page. */
	munmap(mem + USER_SIZE, 4096);
	EXPECT_EQ(-EFAULT, userptr(self->fd, mem, USER_SIZE + 4096, 0, &handle));
	ASSERT_EQ(0, userptr(self->fd, mem, USER_SIZE, 0, &handle));
	munmap(mem, USER_SIZE);
}

/* Memory without pages, or whose pages someone else moves or writes back. */
TEST_F(npu, memory_that_cannot_be_pinned_is_refused)
{
	char name[] = "/tmp/genpu-userptr-XXXXXX";
	uint32_t handle;
	int dmabuf, file;
	void *map;

	EXPECT_EQ(-EFAULT, userptr(self->fd, self->sys.map, FIX_SIZE, 0, &handle));
	EXPECT_EQ(-EFAULT, userptr(self->fd, self->dev.map, FIX_SIZE, 0, &handle));
	EXPECT_EQ(-EFAULT, userptr(self->fd, self->dev.map, 4096, DRM_GENPU_USERPTR_READONLY,
				   &handle));
	dmabuf = npu_export(self->fd, self->sys.handle);
	ASSERT_LE(0, dmabuf);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-EFAULT, userptr(self->fd, map, 4096, 0, &handle));
	munmap(map, 4096);
	close(dmabuf);
	/* A file in memory is all right, and so is reading a file's private copy. */
	file = memfd_create("genpu", MFD_CLOEXEC);
	ASSERT_LE(0, file);
	ASSERT_EQ(0, ftruncate(file, 8192));
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, userptr(self->fd, map, 8192, 0, &handle));
	munmap(map, 8192);
	close(file);
	file = mkstemp(name);
	ASSERT_LE(0, file);
	unlink(name);
	ASSERT_EQ(0, ftruncate(file, 8192));
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, userptr(self->fd, map, 8192, DRM_GENPU_USERPTR_READONLY, &handle));
	munmap(map, 8192);
	close(file);
}

/* Run a child without privileges, which may lock @limit bytes of memory. */
static pid_t fork_limited(rlim_t limit)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = {};
	struct rlimit rlimit = { limit, limit };
	pid_t pid = fork();

	if (!pid && (setrlimit(RLIMIT_MEMLOCK, &rlimit) || syscall(SYS_capset, &header, none)))
		_exit(99);
	return pid;
}

TEST_F(npu, pins_count_against_the_limit)
{
	pid_t pid = fork_limited(USER_SIZE);

	ASSERT_LE(0, pid);
	if (!pid) {
		char *mem = anonymous(2 * USER_SIZE);
		uint32_t handle, second;
		int fd = npu_open();

		if (fd < 0 || userptr(fd, mem, USER_SIZE + 4096, 0, &handle) != -ENOMEM)
			_exit(1);
		if (userptr(fd, mem, USER_SIZE - 4096, 0, &handle) ||
		    userptr(fd, mem, 8192, 0, &second) != -ENOMEM ||
		    userptr(fd, mem, 4096, 0, &second))
			_exit(2);
		if (userptr(fd, mem, 4096, 0, &second) != -ENOMEM)
			_exit(3);
		/* What failed or was closed counts no longer. */
		if (npu_bo_close(fd, handle) ||
		    userptr(fd, npu_ptr(4096), USER_SIZE - 4096, 0, &handle) != -EFAULT ||
		    userptr(fd, mem + USER_SIZE, USER_SIZE - 4096, 0, &handle))
			_exit(4);
		_exit(0);
	}
	EXPECT_EQ(0, npu_join(pid));
}

/* After fork() each process has its own memory, and the device that of the one that asked. */
TEST_F(npu, fork_leaves_the_pages_with_their_owner)
{
	uint64_t *mem = anonymous(USER_SIZE);
	struct genpu_task task;
	uint32_t handle;
	int pipes[2];
	char byte;
	pid_t pid;

	memset(mem, 1, USER_SIZE);
	ASSERT_EQ(0, userptr(self->fd, mem, USER_SIZE, 0, &handle));
	ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, handle, 0, USER_VA, USER_SIZE,
				DRM_GENPU_VM_WRITE));
	ASSERT_EQ(0, pipe(pipes));
	pid = fork();
	if (!pid) {
		close(pipes[1]);
		memset(mem, 2, USER_SIZE / 2);
		if (read(pipes[0], &byte, 1) < 0)
			_exit(1);
		/* Neither what the parent nor what the device has written. */
		_exit(npu_all_bytes(mem, 2, USER_SIZE / 2) &&
		      npu_all_bytes(mem + USER_SIZE / 16, 1, USER_SIZE / 2) ? 0 : 2);
	}
	/* The parent writes first: without care it would get the copy, and the device not. */
	memset(mem, 3, USER_SIZE);
	task = npu_copy(FIX_DEV_VA, USER_VA, USER_SIZE);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_TRUE(npu_all_bytes(self->dev.map, 3, USER_SIZE));
	task = npu_fill(USER_VA, USER_SIZE, 1, 4);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_TRUE(npu_all_bytes(mem, 4, USER_SIZE));
	close(pipes[1]);
	EXPECT_EQ(0, npu_join(pid));
	munmap(mem, USER_SIZE);
}

/* The range may be unmapped and used anew: the device keeps the pages that it was given. */
TEST_F(npu, pages_stay_when_the_range_goes)
{
	struct genpu_task task;
	uint64_t *mem = anonymous(USER_SIZE), *fresh;
	uint32_t handle;

	memset(mem, 0x21, USER_SIZE);
	ASSERT_EQ(0, userptr(self->fd, mem, USER_SIZE, 0, &handle));
	ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, handle, 0, USER_VA, USER_SIZE,
				DRM_GENPU_VM_WRITE));
	munmap(mem, USER_SIZE);
	fresh = mmap(mem, USER_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	ASSERT_EQ(mem, fresh);
	memset(fresh, 0x22, USER_SIZE);
	task = npu_copy(FIX_DEV_VA, USER_VA, USER_SIZE);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_TRUE(npu_all_bytes(self->dev.map, 0x21, USER_SIZE));
	task = npu_fill(USER_VA, USER_SIZE, 1, 0x23);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_TRUE(npu_all_bytes(fresh, 0x22, USER_SIZE));
	munmap(fresh, USER_SIZE);
}

/* What the device wrote to a file in memory is in the file. */
TEST_F(npu, what_the_device_wrote_is_dirty)
{
	int file = memfd_create("genpu", MFD_CLOEXEC);
	char *map, *again = anonymous(USER_SIZE);
	struct genpu_task task;
	uint32_t handle;

	ASSERT_LE(0, file);
	ASSERT_EQ(0, ftruncate(file, USER_SIZE));
	map = mmap(NULL, USER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, userptr(self->fd, map, USER_SIZE, 0, &handle));
	ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, handle, 0, USER_VA, USER_SIZE,
				DRM_GENPU_VM_WRITE));
	task = npu_fill(USER_VA, USER_SIZE, 1, 0x61);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	munmap(map, USER_SIZE);
	ASSERT_EQ(0, npu_vm_unmap(self->fd, self->ctx, USER_VA, USER_SIZE));
	ASSERT_EQ(0, npu_bo_close(self->fd, handle));
	EXPECT_EQ(USER_SIZE, pread(file, again, USER_SIZE, 0));
	EXPECT_TRUE(npu_all_bytes(again, 0x61, USER_SIZE));
	munmap(again, USER_SIZE);
	close(file);
}

/* The last user of a BO may live longer than the process whose memory it is. */
TEST_F(npu, pages_outlive_their_process)
{
	struct genpu_task task = npu_copy(FIX_DEV_VA, USER_VA, USER_SIZE);
	pid_t pid;

	pid = fork();
	if (!pid) {
		void *mem = anonymous(USER_SIZE);
		uint32_t handle;

		memset(mem, 0x44, USER_SIZE);
		/* In the parent's file, which stays open. */
		if (userptr(self->fd, mem, USER_SIZE, 0, &handle) ||
		    npu_vm_map(self->fd, self->ctx, handle, 0, USER_VA, USER_SIZE,
			       DRM_GENPU_VM_WRITE) ||
		    npu_bo_close(self->fd, handle))
			_exit(1);
		_exit(0);
	}
	ASSERT_EQ(0, npu_join(pid));
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_TRUE(npu_all_bytes(self->dev.map, 0x44, USER_SIZE));
	ASSERT_EQ(0, npu_vm_unmap(self->fd, self->ctx, USER_VA, USER_SIZE));
}

TEST_HARNESS_MAIN
