/* SPDX-License-Identifier: MIT */
/*
 * Inside of the implementation on the kernel driver. One open file and one context of the device
 * per process: everything that libge has on a device lies in one address space.
 */
#ifndef GE_DEVICE_DRM_DRM_H
#define GE_DEVICE_DRM_DRM_H

#include <pthread.h>
#include <drm/genpu_accel.h>

#include "device/device.h"
#include "device/ranges.h"

/**
 * struct ge_device - an open device
 * @next: in the list of open devices
 * @refs: under the list's lock
 * @index: as in ge_device_get()
 * @fd: -1 in a child after fork(): the device belongs to the parent
 * @path: of the node
 * @ctx: the kernel's context id
 * @info: what the device is
 * @lock: of @ranges
 * @ranges: memory that is mapped, on host and device at the same addresses
 */
struct ge_device {
	struct ge_device *next;
	unsigned int refs;
	unsigned int index;
	int fd;
	char *path;
	uint32_t ctx;
	struct drm_genpu_device_info info;
	pthread_rwlock_t lock;
	struct ge_ranges ranges;
};

/**
 * ge_drm_ioctl - call the driver; 0 or -errno with a message that begins with @what
 *
 * Restarts when interrupted, so timeouts must be absolute.
 */
int ge_drm_ioctl(struct ge_device *dev, unsigned long request, void *arg, const char *what);

/** ge_drm_error - the message for @err, a positive errno, of @what on @dev; returns -@err */
int ge_drm_error(const struct ge_device *dev, int err, const char *what);

/** ge_drm_deadline - @timeout_ns from now on CLOCK_MONOTONIC; < 0 is for good */
int64_t ge_drm_deadline(int64_t timeout_ns);

/** ge_drm_mem_unmap_all - when the device is closed */
void ge_drm_mem_unmap_all(struct ge_device *dev);

#endif
