// SPDX-License-Identifier: MIT
/*
 * drm.c - finding and opening devices. Nodes are those under /sys/class/accel whose driver is
 * genpu, in the order of their minor numbers; GENPU_DEV=/dev/accel/accelN makes that one the only
 * device.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xf86drm.h>

#include "base/error.h"
#include "device/drm/drm.h"

#define CLASS_DIR	"/sys/class/accel"
#define MAX_NODES	256

static pthread_mutex_t devices_lock = PTHREAD_MUTEX_INITIALIZER;
static struct ge_device *devices;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

int ge_drm_error(const struct ge_device *dev, int err, const char *what)
{
	switch (err) {
	case ENODEV:
		return ge_error(err, "%s: device %u (%s) is gone", what, dev->index, dev->path);
	case EIO:
		return ge_error(err, "%s: device %u (%s) has failed and waits for a rebind", what,
				dev->index, dev->path);
	default:
		return ge_error(err, "%s: device %u (%s): %s", what, dev->index, dev->path,
				strerror(err));
	}
}

int ge_drm_ioctl(struct ge_device *dev, unsigned long request, void *arg, const char *what)
{
	if (dev->fd < 0)
		return ge_error(ENODEV, "%s: device %u was opened before fork() and belongs to the "
				"parent process", what, dev->index);
	if (drmIoctl(dev->fd, request, arg))
		return ge_drm_error(dev, errno, what);
	return 0;
}

int64_t ge_drm_deadline(int64_t timeout_ns)
{
	struct timespec ts;
	int64_t now;

	if (timeout_ns < 0)
		return INT64_MAX;
	if (!timeout_ns)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = ts.tv_sec * 1000000000ll + ts.tv_nsec;
	return timeout_ns > INT64_MAX - now ? INT64_MAX : now + timeout_ns;
}

static bool driven_by_genpu(unsigned int minor)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *name;
	ssize_t len;

	snprintf(path, sizeof(path), CLASS_DIR "/accel%u/device/driver", minor);
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = '\0';
	name = strrchr(target, '/');
	return !strcmp(name ? name + 1 : target, "genpu");
}

static int compare_minors(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

	return x < y ? -1 : x > y;
}

static unsigned int find_minors(unsigned int *minors)
{
	DIR *dir = opendir(CLASS_DIR);
	unsigned int count = 0, minor;
	struct dirent *entry;
	char rest;

	if (!dir)
		return 0;
	while (count < MAX_NODES && (entry = readdir(dir)))
		if (sscanf(entry->d_name, "accel%u%c", &minor, &rest) == 1 &&
		    driven_by_genpu(minor))
			minors[count++] = minor;
	closedir(dir);
	qsort(minors, count, sizeof(*minors), compare_minors);
	return count;
}

int ge_device_count(unsigned int *count)
{
	unsigned int minors[MAX_NODES];

	if (getenv("GENPU_DEV"))
		*count = 1;
	else
		*count = find_minors(minors);
	return 0;
}

static int node_path(unsigned int index, char **path)
{
	const char *chosen = getenv("GENPU_DEV");
	unsigned int minors[MAX_NODES], count;

	if (chosen) {
		if (index)
			return ge_error(ENODEV,
					"there is no device %u: GENPU_DEV makes %s the only one",
					index, chosen);
		*path = strdup(chosen);
		return *path ? 0 : ge_error(ENOMEM, "out of memory");
	}
	count = find_minors(minors);
	if (!count)
		return ge_error(ENODEV, "there is no NPU: nothing in " CLASS_DIR
				" is driven by genpu (modprobe genpu?)");
	if (index >= count)
		return ge_error(ENODEV, "there is no device %u: devices are 0 .. %u", index,
				count - 1);
	if (asprintf(path, "/dev/accel/accel%u", minors[index]) < 0)
		return ge_error(ENOMEM, "out of memory");
	return 0;
}

/* The node of GENPU_DEV may be anything. */
static int check_driver(struct ge_device *dev)
{
	drmVersionPtr version = drmGetVersion(dev->fd);
	int ret = 0;

	if (!version)
		return ge_error(ENODEV, "%s is not a DRM device", dev->path);
	if (strcmp(version->name, "genpu"))
		ret = ge_error(ENODEV, "%s is driven by %s, not by genpu", dev->path,
			       version->name);
	else if (version->version_major != GENPU_DRIVER_MAJOR)
		ret = ge_error(ENODEV, "%s: the driver's interface is version %d, expected %d",
			       dev->path, version->version_major, GENPU_DRIVER_MAJOR);
	drmFreeVersion(version);
	return ret;
}

static void device_free(struct ge_device *dev)
{
	ge_drm_mem_unmap_all(dev);
	if (dev->fd >= 0)
		close(dev->fd);
	pthread_rwlock_destroy(&dev->lock);
	free(dev->path);
	free(dev);
}

static int device_open(unsigned int index, struct ge_device **result)
{
	struct ge_device *dev = calloc(1, sizeof(*dev));
	struct drm_genpu_query query = { 0 };
	struct drm_genpu_ctx_create create = { 0 };
	int ret;

	if (!dev)
		return ge_error(ENOMEM, "out of memory");
	dev->fd = -1;
	dev->index = index;
	dev->refs = 1;
	pthread_rwlock_init(&dev->lock, NULL);
	ret = node_path(index, &dev->path);
	if (ret)
		goto fail;
	dev->fd = open(dev->path, O_RDWR | O_CLOEXEC);
	if (dev->fd < 0) {
		ret = ge_error(errno, "cannot open %s: %s", dev->path, strerror(errno));
		goto fail;
	}
	ret = check_driver(dev);
	if (ret)
		goto fail;
	query.query = DRM_GENPU_QUERY_DEVICE;
	query.size = sizeof(dev->info);
	query.data = (uintptr_t)&dev->info;
	ret = ge_drm_ioctl(dev, DRM_IOCTL_GENPU_QUERY, &query, "asking what the device is");
	if (ret)
		goto fail;
	ret = ge_drm_ioctl(dev, DRM_IOCTL_GENPU_CTX_CREATE, &create, "creating a context");
	if (ret)
		goto fail;
	dev->ctx = create.ctx_id;
	*result = dev;
	return 0;
fail:
	device_free(dev);
	return ret;
}

/*
 * A child shares nothing with its parent: its copies of the files are closed, memory was not
 * inherited (MADV_DONTFORK), and what it opens is new.
 */
static void forget_in_child(void)
{
	for (struct ge_device *dev = devices; dev; dev = dev->next) {
		close(dev->fd);
		dev->fd = -1;
		pthread_rwlock_init(&dev->lock, NULL);
	}
	devices = NULL;
	pthread_mutex_unlock(&devices_lock);
}

static void lock_before_fork(void)
{
	pthread_mutex_lock(&devices_lock);
}

static void unlock_in_parent(void)
{
	pthread_mutex_unlock(&devices_lock);
}

static void watch_forks(void)
{
	pthread_atfork(lock_before_fork, unlock_in_parent, forget_in_child);
}

int ge_device_get(unsigned int index, struct ge_device **result)
{
	struct ge_device *dev;
	int ret = 0;

	pthread_once(&fork_once, watch_forks);
	pthread_mutex_lock(&devices_lock);
	for (dev = devices; dev && dev->index != index; dev = dev->next)
		;
	if (dev) {
		dev->refs++;
	} else {
		ret = device_open(index, &dev);
		if (!ret) {
			dev->next = devices;
			devices = dev;
		}
	}
	pthread_mutex_unlock(&devices_lock);
	if (!ret)
		*result = dev;
	return ret;
}

void ge_device_put(struct ge_device *dev)
{
	bool last;

	pthread_mutex_lock(&devices_lock);
	last = !--dev->refs;
	for (struct ge_device **p = &devices; last && *p; p = &(*p)->next) {
		if (*p == dev) {
			*p = dev->next;
			break;
		}
	}
	/* Under the lock, so that a new open of it finds the old one gone. */
	if (last)
		device_free(dev);
	pthread_mutex_unlock(&devices_lock);
}

unsigned int ge_device_index(const struct ge_device *dev)
{
	return dev->index;
}

int ge_device_info(struct ge_device *dev, struct ge_device_info *info)
{
	memset(info, 0, sizeof(*info));
	info->emulated = dev->info.caps & GENPU_CAP_EMULATED;
	snprintf(info->name, sizeof(info->name), "genpu%s", info->emulated ? " (emulated)" : "");
	info->memory_size = dev->info.memory_size;
	info->compute_units = dev->info.compute_units;
	info->copy_units = dev->info.copy_units;
	info->max_streams = dev->info.max_streams;
	return 0;
}

int ge_device_memory(struct ge_device *dev, uint64_t *free_bytes, uint64_t *total_bytes)
{
	struct drm_genpu_memory_info memory = { 0 };
	struct drm_genpu_query query = {
		.query = DRM_GENPU_QUERY_MEMORY,
		.size = sizeof(memory),
		.data = (uintptr_t)&memory,
	};
	int ret = ge_drm_ioctl(dev, DRM_IOCTL_GENPU_QUERY, &query, "asking for free memory");

	if (ret)
		return ret;
	*free_bytes = memory.free;
	*total_bytes = memory.total;
	return 0;
}

int ge_device_time(struct ge_device *dev, uint64_t *device_ns, uint64_t *monotonic_ns)
{
	struct drm_genpu_time_info time = { 0 };
	struct drm_genpu_query query = {
		.query = DRM_GENPU_QUERY_TIME,
		.size = sizeof(time),
		.data = (uintptr_t)&time,
	};
	int ret = ge_drm_ioctl(dev, DRM_IOCTL_GENPU_QUERY, &query, "asking for the time");

	if (ret)
		return ret;
	*device_ns = time.device_ns;
	*monotonic_ns = time.monotonic_ns;
	return 0;
}
