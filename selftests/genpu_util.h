/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * genpu_util.h - finding the device, its ioctls as functions, tasks, time, processes.
 *
 * Functions return 0 or -errno, as the ioctl below them did, and retry nothing: a test that gets
 * -EINTR asked for it. The harness header must be included first.
 */
#ifndef _GENPU_UTIL_H_
#define _GENPU_UTIL_H_

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/sync_file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <drm/drm.h>
#include <drm/genpu_accel.h>

#define NPU_MAX_NODES	64
#define NSEC		1000000000ll
#define MSEC		1000000ll

/* Longer than anything that works can take on a slow, busy, emulated machine. */
#define NPU_LONG	(60 * NSEC)

/* Longer than any selftest runs: a stream that is meant to wait must not time out by itself. */
#define NPU_PATIENT_MS	60000

/* Of the kernel, W, D, B, L: a warning, an oops, a bad page, a soft lockup */
#define NPU_TAINTS	(1ul << 9 | 1ul << 7 | 1ul << 5 | 1ul << 14)

#define KIB(n)		((uint64_t)(n) << 10)
#define MIB(n)		((uint64_t)(n) << 20)

static inline int npu_ioctl(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) ? -errno : 0;
}

static inline int64_t npu_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC + ts.tv_nsec;
}

static inline void npu_sleep_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, (ms % 1000) * MSEC };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* npu_rounds() - n times what the environment says: 1 where it says nothing */
static inline int npu_rounds(int n)
{
	const char *factor = getenv("GENPU_STRESS");

	return factor && atoi(factor) > 0 ? n * atoi(factor) : n;
}

static inline void *npu_ptr(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

static inline uint64_t npu_u64(const void *pointer)
{
	return (uintptr_t)pointer;
}

/* --- The node ------------------------------------------------------------------------------ */

static inline bool npu_is_genpu(int fd)
{
	char name[16] = "";
	struct drm_version version = { .name_len = sizeof(name) - 1, .name = name };

	return !npu_ioctl(fd, DRM_IOCTL_VERSION, &version) && !strcmp(name, "genpu");
}

/**
 * npu_open() - open the device under test
 *
 * GENPU_DEV names the node; without it, the first accel node driven by genpu is taken.
 *
 * Return: file descriptor or -errno.
 */
static inline int npu_open(void)
{
	const char *path = getenv("GENPU_DEV");
	char node[PATH_MAX];
	int i, fd;

	for (i = 0; i < NPU_MAX_NODES; i++) {
		if (path && *path)
			snprintf(node, sizeof(node), "%s", path);
		else
			snprintf(node, sizeof(node), "/dev/accel/accel%d", i);
		fd = open(node, O_RDWR | O_CLOEXEC);
		if (fd >= 0 && npu_is_genpu(fd))
			return fd;
		if (path && *path)
			return fd < 0 ? -errno : (close(fd), -ENODEV);
		if (fd >= 0)
			close(fd);
	}
	return -ENODEV;
}

/* npu_opened() - what npu_open() gave, as a result to chain others to */
static inline int npu_opened(int fd)
{
	return fd < 0 ? fd : 0;
}

/* npu_sysfs() - the directory of the node's device in sysfs, which ends with the device's name */
static inline int npu_sysfs(int fd, char path[PATH_MAX])
{
	char link[64];
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u/device", major(st.st_rdev),
		 minor(st.st_rdev));
	return realpath(link, path) ? 0 : -errno;
}

/* npu_read_file() - read a small text file; returns its length or -errno. */
static inline int npu_read_file(const char *path, char *text, size_t size)
{
	size_t used = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (used < size - 1 && (n = read(fd, text + used, size - 1 - used)) > 0)
		used += n;
	close(fd);
	text[used] = 0;
	return used;
}

static inline int npu_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* --- Queries ------------------------------------------------------------------------------- */

static inline int npu_query(int fd, uint32_t id, void *data, uint32_t size)
{
	struct drm_genpu_query query = { .query = id, .size = size, .data = npu_u64(data) };

	return npu_ioctl(fd, DRM_IOCTL_GENPU_QUERY, &query);
}

static inline int npu_info(int fd, struct drm_genpu_device_info *info)
{
	return npu_query(fd, DRM_GENPU_QUERY_DEVICE, info, sizeof(*info));
}

/* npu_free() - free bytes of device memory at this moment, or 0 */
static inline uint64_t npu_free(int fd)
{
	struct drm_genpu_memory_info memory;

	return npu_query(fd, DRM_GENPU_QUERY_MEMORY, &memory, sizeof(memory)) ? 0 : memory.free;
}

/* npu_window_free() - thereof what BOs for the CPU can have */
static inline uint64_t npu_window_free(int fd)
{
	struct drm_genpu_memory_info memory;

	return npu_query(fd, DRM_GENPU_QUERY_MEMORY, &memory, sizeof(memory)) ?
	       0 : memory.window_free;
}

/* --- Health -------------------------------------------------------------------------------- */

/**
 * struct npu_health - what exists on the device, and what has happened to it
 * @seen: debugfs could be read
 * @free: bytes of device memory
 * @graphs: loaded
 * @used: sum of all counts that are zero while nobody uses the device
 * @hangs: jobs that took too long since the driver was bound
 * @resets: of the whole device
 * @taint: of the kernel
 * @objects: the counts as text
 *
 * Without debugfs, or the right to read it, all but @free and @taint is zero: the tests see less.
 */
struct npu_health {
	bool seen;
	uint64_t free;
	uint64_t graphs;
	uint64_t used;
	uint64_t hangs;
	uint64_t resets;
	uint64_t taint;
	char objects[256];
};

/* npu_debugfs() - read a file of the device in debugfs; an empty text if there is none */
static inline void npu_debugfs(int fd, const char *file, char *text, size_t size)
{
	char sysfs[PATH_MAX], path[PATH_MAX + 64];

	text[0] = 0;
	if (npu_sysfs(fd, sysfs))
		return;
	snprintf(path, sizeof(path), "/sys/kernel/debug/accel%s/%s", strrchr(sysfs, '/'), file);
	npu_read_file(path, text, size);
}

/* npu_value() - the number behind a key in "key number" lines, or 0 */
static inline uint64_t npu_value(const char *text, const char *key)
{
	size_t n = strlen(key);

	while (text && *text) {
		if (!strncmp(text, key, n) && text[n] == ' ')
			return strtoull(text + n, NULL, 0);
		text = strchr(text, '\n');
		text += !!text;
	}
	return 0;
}

static inline int npu_health(int fd, struct npu_health *health)
{
	static const char * const counts[] = {
		"device-used", "system-used", "page-tables", "bos", "contexts", "streams", "graphs",
	};
	struct drm_genpu_memory_info memory;
	char text[4096];
	size_t i, used = 0;
	uint64_t value;
	int ret;

	/* In this order: where nothing is in use any more, all that is free is free. */
	npu_debugfs(fd, "memory", text, sizeof(text));
	ret = npu_query(fd, DRM_GENPU_QUERY_MEMORY, &memory, sizeof(memory));
	if (ret)
		return ret;
	*health = (struct npu_health){ .free = memory.free, .seen = text[0] };
	health->graphs = npu_value(text, "graphs");
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		value = npu_value(text, counts[i]);
		health->used += value;
		used += snprintf(health->objects + used, sizeof(health->objects) - used,
				 "%s %" PRIu64 " ", counts[i], value);
	}
	npu_debugfs(fd, "device", text, sizeof(text));
	health->hangs = npu_value(text, "hangs");
	health->resets = npu_value(text, "resets");
	if (npu_read_file("/proc/sys/kernel/tainted", text, sizeof(text)) > 0)
		health->taint = strtoull(text, NULL, 10);
	return 0;
}

/* npu_fdinfo() - bytes behind a memory key of the file, UINT64_MAX if it is not there */
static inline uint64_t npu_fdinfo(int fd, const char *key)
{
	char path[64], text[8192], unit[8] = "", *line;
	uint64_t value;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (npu_read_file(path, text, sizeof(text)) < 0)
		return UINT64_MAX;
	line = strstr(text, key);
	if (!line || sscanf(line + strlen(key), ": %" SCNu64 " %7s", &value, unit) < 1)
		return UINT64_MAX;
	return !strcmp(unit, "KiB") ? value << 10 : !strcmp(unit, "MiB") ? value << 20 : value;
}

/* npu_idle() - wait until nothing is left of those who used the device; -EBUSY if it stays */
static inline int npu_idle(int fd, struct npu_health *health)
{
	int64_t deadline = npu_now() + NPU_LONG / 3;
	int ret;

	while (!(ret = npu_health(fd, health)) && health->used) {
		if (npu_now() > deadline)
			return -EBUSY;
		npu_sleep_ms(2);
	}
	return ret;
}

/* --- Memory -------------------------------------------------------------------------------- */

/**
 * struct npu_buf - a BO, mapped for the CPU and, where va is not 0, into a context
 */
struct npu_buf {
	uint32_t handle;
	uint32_t region;
	uint64_t size;
	uint64_t mmap_offset;
	uint64_t va;
	void *map;
};

static inline int npu_bo_create(int fd, uint32_t region, uint64_t size, struct npu_buf *buf)
{
	struct drm_genpu_bo_create create = { .size = size, .region = region };
	int ret = npu_ioctl(fd, DRM_IOCTL_GENPU_BO_CREATE, &create);

	*buf = (struct npu_buf){ .region = region };
	if (!ret) {
		buf->handle = create.handle;
		buf->size = create.size;
		buf->mmap_offset = create.mmap_offset;
	}
	return ret;
}

static inline int npu_bo_close(int fd, uint32_t handle)
{
	struct drm_gem_close arg = { .handle = handle };

	return npu_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &arg);
}

static inline int npu_bo_map(int fd, struct npu_buf *buf)
{
	void *map = mmap(NULL, buf->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			 buf->mmap_offset);

	if (map == MAP_FAILED)
		return -errno;
	buf->map = map;
	return 0;
}

static inline int npu_ctx_create(int fd, uint32_t *ctx)
{
	struct drm_genpu_ctx_create create = {};
	int ret = npu_ioctl(fd, DRM_IOCTL_GENPU_CTX_CREATE, &create);

	*ctx = ret ? 0 : create.ctx_id;
	return ret;
}

static inline int npu_ctx_destroy(int fd, uint32_t ctx)
{
	struct drm_genpu_ctx_destroy destroy = { .ctx_id = ctx };

	return npu_ioctl(fd, DRM_IOCTL_GENPU_CTX_DESTROY, &destroy);
}

static inline int npu_vm_map(int fd, uint32_t ctx, uint32_t handle, uint64_t offset, uint64_t va,
			     uint64_t size, uint32_t flags)
{
	struct drm_genpu_vm_bind bind = {
		.ctx_id = ctx, .op = DRM_GENPU_VM_MAP, .flags = flags, .handle = handle,
		.offset = offset, .va = va, .size = size,
	};

	return npu_ioctl(fd, DRM_IOCTL_GENPU_VM_BIND, &bind);
}

static inline int npu_vm_unmap(int fd, uint32_t ctx, uint64_t va, uint64_t size)
{
	struct drm_genpu_vm_bind bind = {
		.ctx_id = ctx, .op = DRM_GENPU_VM_UNMAP, .va = va, .size = size,
	};

	return npu_ioctl(fd, DRM_IOCTL_GENPU_VM_BIND, &bind);
}

/* npu_buf_create() - a BO for CPU and device, writable, at va in ctx */
static inline int npu_buf_create(int fd, uint32_t ctx, uint32_t region, uint64_t size,
				 uint64_t va, struct npu_buf *buf)
{
	int ret = npu_bo_create(fd, region, size, buf);

	if (ret)
		return ret;
	ret = npu_bo_map(fd, buf);
	if (!ret)
		ret = npu_vm_map(fd, ctx, buf->handle, 0, va, buf->size, DRM_GENPU_VM_WRITE);
	buf->va = va;
	return ret;
}

static inline int npu_buf_destroy(int fd, uint32_t ctx, struct npu_buf *buf)
{
	int ret = npu_vm_unmap(fd, ctx, buf->va, buf->size);

	munmap(buf->map, buf->size);
	return npu_bo_close(fd, buf->handle) ?: ret;
}

/* npu_unmap_all() - forget all mappings of a file, as far as /proc shows them */
static inline void npu_unmap_all(int fd)
{
	char link[64], node[PATH_MAX] = "", line[PATH_MAX + 128];
	unsigned long from, to;
	FILE *maps = fopen("/proc/self/maps", "re");

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (!maps || readlink(link, node, sizeof(node) - 1) < 0)
		return;
	while (fgets(line, sizeof(line), maps))
		if (strstr(line, node) && sscanf(line, "%lx-%lx", &from, &to) == 2)
			munmap((void *)from, to - from);
	fclose(maps);
}

/* --- Streams and jobs ---------------------------------------------------------------------- */

static inline int npu_stream_create_with(int fd, struct drm_genpu_stream_create create,
					 uint32_t *stream)
{
	int ret = npu_ioctl(fd, DRM_IOCTL_GENPU_STREAM_CREATE, &create);

	*stream = ret ? 0 : create.stream_id;
	return ret;
}

static inline int npu_stream_create(int fd, uint32_t ctx, uint32_t *stream)
{
	struct drm_genpu_stream_create create = {
		.ctx_id = ctx, .priority = DRM_GENPU_PRIORITY_NORMAL,
		.timeout_ms = NPU_PATIENT_MS,
	};

	return npu_stream_create_with(fd, create, stream);
}

static inline int npu_stream_destroy(int fd, uint32_t stream)
{
	struct drm_genpu_stream_destroy destroy = { .stream_id = stream };

	return npu_ioctl(fd, DRM_IOCTL_GENPU_STREAM_DESTROY, &destroy);
}

static inline int npu_stream_state(int fd, uint32_t stream, uint32_t flags,
				   struct drm_genpu_stream_state *state)
{
	*state = (struct drm_genpu_stream_state){ .stream_id = stream, .flags = flags };
	return npu_ioctl(fd, DRM_IOCTL_GENPU_STREAM_STATE, state);
}

static inline int npu_submit_sync(int fd, uint32_t stream, const struct genpu_task *tasks,
				  uint32_t num_tasks, const struct drm_genpu_sync *syncs,
				  uint32_t num_syncs, uint64_t *seqno)
{
	struct drm_genpu_submit submit = {
		.stream_id = stream, .tasks = npu_u64(tasks), .num_tasks = num_tasks,
		.syncs = npu_u64(syncs), .num_syncs = num_syncs,
	};
	int ret = npu_ioctl(fd, DRM_IOCTL_GENPU_SUBMIT, &submit);

	if (!ret && seqno)
		*seqno = submit.seqno;
	return ret;
}

static inline int npu_submit(int fd, uint32_t stream, const struct genpu_task *tasks,
			     uint32_t num_tasks, uint64_t *seqno)
{
	return npu_submit_sync(fd, stream, tasks, num_tasks, NULL, 0, seqno);
}

static inline int npu_wait_until(int fd, uint32_t stream, uint64_t seqno, int64_t deadline,
				 uint32_t *status)
{
	struct drm_genpu_wait wait = {
		.stream_id = stream, .seqno = seqno, .timeout_ns = deadline,
	};
	int ret = npu_ioctl(fd, DRM_IOCTL_GENPU_WAIT, &wait);

	if (status)
		*status = ret ? UINT32_MAX : wait.status;
	return ret;
}

/* npu_wait() - wait for all of a stream; what should end has a long time to do so */
static inline int npu_wait(int fd, uint32_t stream, uint32_t *status)
{
	return npu_wait_until(fd, stream, 0, npu_now() + NPU_LONG, status);
}

/* npu_run() - submit, wait, and turn a failure of the stream into -EREMOTEIO */
static inline int npu_run(int fd, uint32_t stream, const struct genpu_task *tasks,
			  uint32_t num_tasks)
{
	uint32_t status;
	uint64_t seqno;
	int ret = npu_submit(fd, stream, tasks, num_tasks, &seqno);

	if (!ret)
		ret = npu_wait_until(fd, stream, seqno, npu_now() + NPU_LONG, &status);
	if (!ret && status != DRM_GENPU_STREAM_OK)
		ret = -EREMOTEIO;
	return ret;
}

/* --- Tasks --------------------------------------------------------------------------------- */

static inline struct genpu_task npu_nop(void)
{
	return (struct genpu_task){ .op = GENPU_TASK_NOP };
}

static inline struct genpu_task npu_copy(uint64_t dst, uint64_t src, uint64_t bytes)
{
	return (struct genpu_task){ .op = GENPU_TASK_COPY,
		.copy = { .dst = dst, .src = src, .bytes = bytes, .rows = 1 } };
}

static inline struct genpu_task npu_fill(uint64_t dst, uint64_t bytes, uint32_t width,
					 uint64_t pattern)
{
	return (struct genpu_task){ .op = GENPU_TASK_FILL,
		.fill = { .dst = dst, .bytes = bytes, .width = width, .pattern = pattern } };
}

static inline struct genpu_task npu_signal(uint64_t addr, uint32_t kind, uint64_t value)
{
	return (struct genpu_task){ .op = GENPU_TASK_SIGNAL,
		.signal = { .addr = addr, .kind = kind, .value = value } };
}

static inline struct genpu_task npu_hold(uint64_t addr, uint32_t cond, uint64_t value)
{
	return (struct genpu_task){ .op = GENPU_TASK_WAIT,
		.wait = { .addr = addr, .cond = cond, .value = value } };
}

static inline struct genpu_task npu_timestamp(uint64_t addr)
{
	return (struct genpu_task){ .op = GENPU_TASK_TIMESTAMP, .timestamp = { .addr = addr } };
}

/* A word that the device and the CPU share. */
static inline void npu_store(void *map, size_t index, uint64_t value)
{
	__atomic_store_n((uint64_t *)map + index, value, __ATOMIC_SEQ_CST);
}

static inline uint64_t npu_load(const void *map, size_t index)
{
	return __atomic_load_n((const uint64_t *)map + index, __ATOMIC_SEQ_CST);
}

/* npu_reached() - wait until a word that the device writes is at least value */
static inline bool npu_reached(const void *map, size_t index, uint64_t value)
{
	int64_t deadline = npu_now() + NPU_LONG;

	while (npu_load(map, index) < value) {
		if (npu_now() > deadline)
			return false;
		npu_sleep_ms(1);
	}
	return true;
}

/* --- Syncobjs ------------------------------------------------------------------------------ */

static inline int npu_syncobj_create(int fd, uint32_t flags, uint32_t *handle)
{
	struct drm_syncobj_create create = { .flags = flags };
	int ret = npu_ioctl(fd, DRM_IOCTL_SYNCOBJ_CREATE, &create);

	*handle = ret ? 0 : create.handle;
	return ret;
}

static inline int npu_syncobj_destroy(int fd, uint32_t handle)
{
	struct drm_syncobj_destroy destroy = { .handle = handle };

	return npu_ioctl(fd, DRM_IOCTL_SYNCOBJ_DESTROY, &destroy);
}

static inline int npu_syncobj_wait(int fd, uint32_t handle, int64_t deadline, uint32_t flags)
{
	struct drm_syncobj_wait wait = {
		.handles = npu_u64(&handle), .count_handles = 1, .timeout_nsec = deadline,
		.flags = flags,
	};

	return npu_ioctl(fd, DRM_IOCTL_SYNCOBJ_WAIT, &wait);
}

static inline int npu_timeline_wait(int fd, uint32_t handle, uint64_t point, int64_t deadline,
				    uint32_t flags)
{
	struct drm_syncobj_timeline_wait wait = {
		.handles = npu_u64(&handle), .points = npu_u64(&point), .count_handles = 1,
		.timeout_nsec = deadline, .flags = flags,
	};

	return npu_ioctl(fd, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &wait);
}

static inline int npu_timeline_query(int fd, uint32_t handle, uint64_t *point)
{
	struct drm_syncobj_timeline_array array = {
		.handles = npu_u64(&handle), .points = npu_u64(point), .count_handles = 1,
	};

	return npu_ioctl(fd, DRM_IOCTL_SYNCOBJ_QUERY, &array);
}

static inline int npu_timeline_signal(int fd, uint32_t handle, uint64_t point)
{
	struct drm_syncobj_timeline_array array = {
		.handles = npu_u64(&handle), .points = npu_u64(&point), .count_handles = 1,
	};

	return npu_ioctl(fd, DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, &array);
}

/* npu_syncobj_export() - a file of the syncobj itself, or with sync_file of its fence */
static inline int npu_syncobj_export(int fd, uint32_t handle, bool sync_file)
{
	struct drm_syncobj_handle arg = {
		.handle = handle, .fd = -1,
		.flags = sync_file ? DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE : 0,
	};
	int ret = npu_ioctl(fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &arg);

	return ret ?: arg.fd;
}

static inline int npu_syncobj_import(int fd, int file, uint32_t *handle)
{
	struct drm_syncobj_handle arg = { .fd = file };
	int ret = npu_ioctl(fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &arg);

	*handle = ret ? 0 : arg.handle;
	return ret;
}

/* npu_fence_status() - of a binary syncobj's fence: 0 pending, 1 signalled, or its error */
static inline int npu_fence_status(int fd, uint32_t handle)
{
	struct sync_file_info info = {};
	int file = npu_syncobj_export(fd, handle, true);
	int ret;

	if (file < 0)
		return file;
	ret = npu_ioctl(file, SYNC_IOC_FILE_INFO, &info);
	close(file);
	return ret ?: info.status;
}

static inline struct drm_genpu_sync npu_sync_in(uint32_t handle)
{
	return (struct drm_genpu_sync){ .handle = handle };
}

static inline struct drm_genpu_sync npu_sync_out(uint32_t handle)
{
	return (struct drm_genpu_sync){ .handle = handle, .flags = DRM_GENPU_SYNC_SIGNAL };
}

static inline struct drm_genpu_sync npu_point_in(uint32_t handle, uint64_t point)
{
	return (struct drm_genpu_sync){ .handle = handle, .flags = DRM_GENPU_SYNC_TIMELINE,
					.point = point };
}

static inline struct drm_genpu_sync npu_point_out(uint32_t handle, uint64_t point)
{
	return (struct drm_genpu_sync){ .handle = handle, .point = point,
		.flags = DRM_GENPU_SYNC_TIMELINE | DRM_GENPU_SYNC_SIGNAL };
}

/* --- Other things -------------------------------------------------------------------------- */

/* A small generator, so that every run does the same; xorshift64*. */
static inline uint64_t npu_random(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 0x2545f4914f6cdd1dull;
}

/* npu_all_bytes() - is every byte of the memory the given one */
static inline bool npu_all_bytes(const void *map, uint8_t byte, size_t size)
{
	const uint8_t *p = map;

	return !size || (p[0] == byte && !memcmp(p, p + 1, size - 1));
}

/* npu_join() - wait for a child; its exit status, or 128 + the signal that ended it */
static inline int npu_join(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif /* _GENPU_UTIL_H_ */
