// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_core.c - what is done with a device besides its own ioctls: handles, dma-bufs, syncobjs,
 * CPU mappings, files, processes.
 */
#include <linux/udmabuf.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/time.h>

#include "fuzz.h"

#define MAX_ARRAY	4

static uint32_t *slot_of(struct fuzz_thread *t, uint32_t file, enum fuzz_kind kind)
{
	return &t->process->files[file].ids[kind][fuzz_slot(t)];
}

/* keep() - give a descriptor one of the fixed numbers, in place of what was there */
static void keep(struct fuzz_thread *t, int fd)
{
	if (fd < 0)
		return;
	dup3(fd, FUZZ_FD_OTHER + fuzz_below(t, FUZZ_FDS), O_CLOEXEC);
	close(fd);
}

static int other_fd(struct fuzz_thread *t)
{
	uint32_t which = fuzz_below(t, 100);

	if (which < 90)
		return FUZZ_FD_OTHER + fuzz_below(t, FUZZ_FDS);
	return which < 95 ? fuzz_fd(fuzz_below(t, FUZZ_FILES)) : (int)fuzz_u32(t);
}

/* --- Handles and dma-bufs ------------------------------------------------------------------- */

static void op_gem_close(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES);
	struct drm_gem_close arg = { .handle = fuzz_id(t, f, FUZZ_BO, fuzz_slot(t)) };

	fuzz_ioctl(t, f, FUZZ_GEM_CLOSE, &arg, FUZZ_FINE);
}

static void op_prime_export(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES);
	struct drm_prime_handle arg = {
		.handle = fuzz_id(t, f, FUZZ_BO, fuzz_slot(t)),
		.flags = fuzz_chance(t, 95) ? DRM_CLOEXEC | fuzz_below(t, 2) * DRM_RDWR :
					      fuzz_u32(t),
		.fd = -1,
	};

	if (!fuzz_ioctl(t, f, FUZZ_PRIME_EXPORT, &arg, FUZZ_FINE))
		keep(t, arg.fd);
}

static void op_prime_import(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES);
	struct drm_prime_handle arg = { .fd = other_fd(t) };

	if (!fuzz_ioctl(t, f, FUZZ_PRIME_IMPORT, &arg, FUZZ_FINE))
		*slot_of(t, f, FUZZ_BO) = arg.handle;
}

/* A dma-buf of somebody else. */
static void op_udmabuf(struct fuzz_thread *t)
{
	struct udmabuf_create create = { .size = KIB(4) * (1 + fuzz_below(t, 32)) };
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	int memory = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (device >= 0 && memory >= 0 && !ftruncate(memory, KIB(128)) &&
	    !fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK)) {
		create.memfd = memory;
		create.flags = UDMABUF_FLAGS_CLOEXEC;
		keep(t, ioctl(device, UDMABUF_CREATE, &create));
	}
	if (memory >= 0)
		close(memory);
	if (device >= 0)
		close(device);
}

/* --- Syncobjs ------------------------------------------------------------------------------- */

static void op_syncobj_create(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES), *slot = slot_of(t, f, FUZZ_SYNCOBJ);
	struct drm_syncobj_destroy destroy = { .handle = *slot };
	struct drm_syncobj_create arg = {
		.flags = fuzz_chance(t, 95) ? fuzz_below(t, 2) : fuzz_u32(t),
	};

	if (destroy.handle && fuzz_chance(t, 90))
		fuzz_ioctl(t, f, FUZZ_SYNCOBJ_DESTROY, &destroy, FUZZ_FINE);
	if (!fuzz_ioctl(t, f, FUZZ_SYNCOBJ_CREATE, &arg, FUZZ_FINE))
		*slot = arg.handle;
}

static void op_syncobj_destroy(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES);
	struct drm_syncobj_destroy arg = { .handle = fuzz_id(t, f, FUZZ_SYNCOBJ, fuzz_slot(t)) };

	fuzz_ioctl(t, f, FUZZ_SYNCOBJ_DESTROY, &arg, FUZZ_FINE);
}

/* Fill arrays of handles and points; returns how many. */
static uint32_t arrays(struct fuzz_thread *t, uint32_t f, uint64_t *handles, uint64_t *points)
{
	uint32_t count = 1 + fuzz_below(t, MAX_ARRAY), ids[MAX_ARRAY], i;
	uint64_t values[MAX_ARRAY];
	bool certain;

	for (i = 0; i < count; i++) {
		ids[i] = fuzz_id(t, f, FUZZ_SYNCOBJ, fuzz_slot(t));
		values[i] = fuzz_chance(t, 90) ? fuzz_below(t, 1000) : fuzz_u64(t);
	}
	*handles = fuzz_pointer(t, ids, count * sizeof(*ids), &certain);
	*points = fuzz_pointer(t, values, count * sizeof(*values), &certain);
	return fuzz_chance(t, 97) ? count : 0;
}

static void op_syncobj_wait(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES);
	uint64_t handles, points;
	uint32_t count = arrays(t, f, &handles, &points);
	struct drm_syncobj_timeline_wait timeline = {
		.handles = handles, .points = points, .timeout_nsec = fuzz_time(t),
		.count_handles = count, .flags = fuzz_below(t, 8),
	};
	struct drm_syncobj_wait binary = {
		.handles = handles, .timeout_nsec = timeline.timeout_nsec,
		.count_handles = count, .flags = timeline.flags & 3,
	};

	if (fuzz_chance(t, 50))
		fuzz_ioctl(t, f, FUZZ_TIMELINE_WAIT, &timeline, FUZZ_FINE);
	else
		fuzz_ioctl(t, f, FUZZ_SYNCOBJ_WAIT, &binary, FUZZ_FINE);
}

static void op_syncobj_array(struct fuzz_thread *t)
{
	static const enum fuzz_call timelines[] = { FUZZ_TIMELINE_QUERY, FUZZ_TIMELINE_SIGNAL };
	static const enum fuzz_call binaries[] = { FUZZ_SYNCOBJ_RESET, FUZZ_SYNCOBJ_SIGNAL };
	uint32_t f = fuzz_below(t, FUZZ_FILES);
	uint64_t handles, points;
	uint32_t count = arrays(t, f, &handles, &points);
	struct drm_syncobj_timeline_array timeline = {
		.handles = handles, .points = points, .count_handles = count,
		.flags = fuzz_chance(t, 5) ? fuzz_u32(t) : 0,
	};
	struct drm_syncobj_array binary = { .handles = handles, .count_handles = count };

	if (fuzz_chance(t, 50))
		fuzz_ioctl(t, f, timelines[fuzz_below(t, 2)], &timeline, FUZZ_FINE);
	else
		fuzz_ioctl(t, f, binaries[fuzz_below(t, 2)], &binary, FUZZ_FINE);
}

static void op_syncobj_transfer(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES);
	struct drm_syncobj_transfer arg = {
		.src_handle = fuzz_id(t, f, FUZZ_SYNCOBJ, fuzz_slot(t)),
		.dst_handle = fuzz_id(t, f, FUZZ_SYNCOBJ, fuzz_slot(t)),
		.src_point = fuzz_chance(t, 50) ? 0 : fuzz_below(t, 1000),
		.dst_point = fuzz_chance(t, 50) ? 0 : fuzz_below(t, 1000),
		.flags = fuzz_chance(t, 10) ? fuzz_below(t, 8) : 0,
	};

	/* It would wait, without end, for a fence that nobody attaches. */
	arg.flags &= ~DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT;
	fuzz_ioctl(t, f, FUZZ_SYNCOBJ_TRANSFER, &arg, FUZZ_FINE);
}

static void op_syncobj_export(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES);
	struct drm_syncobj_handle arg = {
		.handle = fuzz_id(t, f, FUZZ_SYNCOBJ, fuzz_slot(t)), .fd = -1,
		.flags = fuzz_chance(t, 95) ? fuzz_below(t, 2) : fuzz_u32(t),
	};

	if (!fuzz_ioctl(t, f, FUZZ_SYNCOBJ_EXPORT, &arg, FUZZ_FINE))
		keep(t, arg.fd);
}

static void op_syncobj_import(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES);
	struct drm_syncobj_handle arg = {
		.fd = other_fd(t), .flags = fuzz_below(t, 2),
		.handle = fuzz_id(t, f, FUZZ_SYNCOBJ, fuzz_slot(t)),
	};

	if (!fuzz_ioctl(t, f, FUZZ_SYNCOBJ_IMPORT, &arg, FUZZ_FINE) && !arg.flags)
		*slot_of(t, f, FUZZ_SYNCOBJ) = arg.handle;
}

static void op_syncobj_eventfd(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES);
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct drm_syncobj_eventfd arg = {
		.handle = fuzz_id(t, f, FUZZ_SYNCOBJ, fuzz_slot(t)), .fd = fd,
		.point = fuzz_below(t, 4), .flags = fuzz_below(t, 16),
	};

	fuzz_ioctl(t, f, FUZZ_SYNCOBJ_EVENTFD, &arg, FUZZ_FINE);
	keep(t, fd);
}

/* --- Any ioctl ------------------------------------------------------------------------------ */

static void op_any_ioctl(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES), i;
	uint32_t direction = fuzz_below(t, 4), size = fuzz_below(t, 300);
	uint64_t arg[64];
	bool certain;
	struct drm_get_cap cap = { .capability = fuzz_below(t, 32) };
	struct drm_version version = { 0 };

	switch (fuzz_below(t, 4)) {
	case 0:
		fuzz_ioctl(t, f, FUZZ_GET_CAP, &cap, FUZZ_FINE);
		return;
	case 1:
		fuzz_ioctl(t, f, FUZZ_VERSION, &version, FUZZ_FINE);
		return;
	}
	for (i = 0; i < sizeof(arg) / sizeof(arg[0]); i++)
		arg[i] = fuzz_chance(t, 50) ? fuzz_u64(t) : fuzz_below(t, 8);
	npu_ioctl(fuzz_fd(f), _IOC(direction, fuzz_chance(t, 95) ? DRM_IOCTL_BASE : fuzz_u32(t),
				   DRM_COMMAND_BASE + fuzz_below(t, 64), size),
		  npu_ptr(fuzz_pointer(t, arg, sizeof(arg), &certain)));
	fuzz_race_end(t);
}

/* --- Memory --------------------------------------------------------------------------------- */

static void op_mmap(struct fuzz_thread *t)
{
	static const int protections[] = {
		PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ, PROT_WRITE, PROT_NONE,
		PROT_READ | PROT_EXEC,
	};
	uint32_t f = fuzz_below(t, FUZZ_FILES), slot = fuzz_slot(t);
	struct fuzz_file *file = &t->process->files[f];
	uint64_t size = file->size[slot], offset = file->offset[slot];
	int fd = fuzz_chance(t, 85) ? fuzz_fd(f) : other_fd(t);

	if (fuzz_chance(t, 30)) {
		offset += KIB(4) * fuzz_below(t, 32);
		size = KIB(4) * (1 + fuzz_below(t, 64));
	}
	if (fd >= FUZZ_FD_OTHER)
		offset = KIB(4) * fuzz_below(t, 4);
	if (fuzz_chance(t, 3))
		offset = fuzz_u64(t) & ~4095ull;
	if (!size || size > FUZZ_ARENA)
		size = KIB(4) * (1 + fuzz_below(t, 64));
	mmap(fuzz_arena(t, size), size, protections[fuzz_below(t, 6)],
	     MAP_FIXED | (fuzz_chance(t, 95) ? MAP_SHARED : MAP_PRIVATE), fd, offset);
}

static void op_munmap(struct fuzz_thread *t)
{
	uint64_t size = KIB(4) * (1 + fuzz_below(t, fuzz_chance(t, 50) ? 16 : 256));

	munmap(fuzz_arena(t, size), size);
}

static void op_remap(struct fuzz_thread *t)
{
	static const int advice[] = {
		MADV_DONTNEED, MADV_WILLNEED, MADV_DONTFORK, MADV_DOFORK, MADV_DODUMP,
		MADV_HUGEPAGE, MADV_COLD,
	};
	uint64_t size = KIB(4) * (1 + fuzz_below(t, 64));
	void *place = fuzz_arena(t, MIB(1));

	switch (fuzz_below(t, 5)) {
	case 0:
		mprotect(place, size, fuzz_below(t, 4));
		break;
	case 1:
		madvise(place, size, advice[fuzz_below(t, 7)]);
		break;
	case 2:
		mremap(place, size, KIB(4) * (1 + fuzz_below(t, 64)), MREMAP_MAYMOVE | MREMAP_FIXED,
		       fuzz_arena(t, MIB(1)));
		break;
	case 3:
		msync(place, size, fuzz_chance(t, 50) ? MS_SYNC : MS_ASYNC);
		break;
	default:
		if (mlock(place, size) == 0)
			munlock(place, size);
	}
}

static void op_touch(struct fuzz_thread *t)
{
	uint8_t *p = fuzz_arena(t, MIB(1));
	int i;

	for (i = 0; i < 8; i++)
		if (!fuzz_touch(p + fuzz_below(t, KIB(128)), fuzz_chance(t, 50), fuzz_u32(t)))
			break;
}

static void op_touch_user(struct fuzz_thread *t)
{
	uint8_t *p = t->process->user + KIB(4) * fuzz_below(t, FUZZ_USER / KIB(4));

	fuzz_touch(p, fuzz_chance(t, 50), fuzz_u32(t));
	if (fuzz_chance(t, 20))
		madvise(p, KIB(4), MADV_DONTNEED);
	if (fuzz_chance(t, 20))
		mmap(p, KIB(4), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		     -1, 0);
}

/* --- Files ---------------------------------------------------------------------------------- */

static void op_reopen(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES);
	int fd = fuzz_chance(t, 70) ? npu_open() : dup(fuzz_fd(fuzz_below(t, FUZZ_FILES)));

	if (fd < 0)
		return;
	/* The one that had the number is closed, whoever uses it; its ids are stale now. */
	dup3(fd, fuzz_fd(f), O_CLOEXEC);
	close(fd);
	memset(&t->process->files[f], 0, sizeof(t->process->files[f]));
	fuzz_furnish(t, f);
}

static void op_close_other(struct fuzz_thread *t)
{
	close(FUZZ_FD_OTHER + fuzz_below(t, FUZZ_FDS));
}

static void op_read(struct fuzz_thread *t)
{
	static const char * const files[] = { "memory", "bos", "contexts", "streams", "device" };
	int fd = fuzz_chance(t, 80) ? fuzz_fd(fuzz_below(t, FUZZ_FILES)) :
		 FUZZ_FD_OTHER + fuzz_below(t, FUZZ_FDS);
	struct pollfd poller = { .fd = fd, .events = POLLIN | POLLOUT };
	char path[64], text[4096];
	struct stat st;

	switch (fuzz_below(t, 5)) {
	case 0:
		npu_debugfs(fuzz_fd(0), files[fuzz_below(t, 5)], text, sizeof(text));
		break;
	case 1:
		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
		npu_read_file(path, text, sizeof(text));
		break;
	case 2:
		poll(&poller, 1, fuzz_below(t, 3));
		break;
	case 3:
		fcntl(fd, F_SETFL, O_NONBLOCK);
		if (read(fd, text, fuzz_below(t, sizeof(text))) > 0)
			lseek(fd, fuzz_u64(t), SEEK_SET);
		break;
	default:
		fstat(fd, &st);
	}
}

/* --- Processes ------------------------------------------------------------------------------ */

/*
 * The child has the files and mappings of its parent and goes on with both for a while; it ends in
 * one of the ways in which processes do.
 */
static void op_fork(struct fuzz_thread *t)
{
	static const struct itimerval tick = {
		.it_interval.tv_usec = 20000,
		.it_value.tv_usec = 20000,
	};
	uint64_t index = t->index << 8, end = index + 1 + fuzz_below(t, 8);
	uint32_t way = fuzz_below(t, 3);
	pid_t pid;

	if (t->child)
		return;
	fflush(stdout);
	pid = fork();
	if (pid > 0 && fuzz_chance(t, 70))
		npu_join(pid);
	if (pid)
		return;
	t->child = true;
	if (fuzz_scratch(t))
		_exit(1);
	/* What interrupts its parent is a thread, and stays there. */
	setitimer(ITIMER_REAL, &tick, NULL);
	for (; index < end; index++)
		fuzz_step(t, index);
	fflush(stdout);
	if (way == 0)
		kill(getpid(), SIGKILL);
	if (way == 1)
		execl("/bin/true", "true", NULL);
	_exit(0);
}

static void op_rest(struct fuzz_thread *t)
{
	if (fuzz_chance(t, 50))
		sched_yield();
	else
		usleep(fuzz_below(t, 2000));
}

const struct fuzz_operation fuzz_core_operations[] = {
	{ "gem_close", 3, op_gem_close },
	{ "prime_export", 4, op_prime_export },
	{ "prime_import", 4, op_prime_import },
	{ "udmabuf", 1, op_udmabuf },
	{ "syncobj_create", 6, op_syncobj_create },
	{ "syncobj_destroy", 1, op_syncobj_destroy },
	{ "syncobj_wait", 4, op_syncobj_wait },
	{ "syncobj_array", 4, op_syncobj_array },
	{ "syncobj_transfer", 2, op_syncobj_transfer },
	{ "syncobj_export", 3, op_syncobj_export },
	{ "syncobj_import", 3, op_syncobj_import },
	{ "syncobj_eventfd", 1, op_syncobj_eventfd },
	{ "any_ioctl", 3, op_any_ioctl },
	{ "mmap", 8, op_mmap },
	{ "munmap", 4, op_munmap },
	{ "remap", 3, op_remap },
	{ "touch", 10, op_touch },
	{ "touch_user", 2, op_touch_user },
	{ "reopen", 1, op_reopen },
	{ "close_other", 1, op_close_other },
	{ "read", 3, op_read },
	{ "fork", 1, op_fork },
	{ "rest", 2, op_rest },
	{ }
};
