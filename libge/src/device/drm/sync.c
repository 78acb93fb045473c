// SPDX-License-Identifier: MIT
/*
 * sync.c - timelines are the kernel's syncobjs.
 */
#include <errno.h>
#include <stdlib.h>
#include <xf86drm.h>

#include "base/error.h"
#include "device/drm/drm.h"
#include "device/drm/sync.h"

int ge_sync_create(struct ge_device *dev, struct ge_sync **result)
{
	struct drm_syncobj_create create = { 0 };
	struct ge_sync *sync = calloc(1, sizeof(*sync));
	int ret;

	if (!sync)
		return ge_error(ENOMEM, "out of memory");
	ret = ge_drm_ioctl(dev, DRM_IOCTL_SYNCOBJ_CREATE, &create, "creating a timeline");
	if (ret) {
		free(sync);
		return ret;
	}
	sync->dev = dev;
	sync->handle = create.handle;
	*result = sync;
	return 0;
}

void ge_sync_destroy(struct ge_sync *sync)
{
	if (sync->dev->fd >= 0)
		drmSyncobjDestroy(sync->dev->fd, sync->handle);
	free(sync);
}

int ge_sync_wait(struct ge_sync *sync, uint64_t point, int64_t timeout_ns)
{
	struct drm_syncobj_timeline_wait wait = {
		.handles = (uintptr_t)&sync->handle,
		.points = (uintptr_t)&point,
		.timeout_nsec = ge_drm_deadline(timeout_ns),
		.count_handles = 1,
	};
	int ret = ge_drm_ioctl(sync->dev, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &wait,
			       "waiting for a timeline");

	if (ret == -EINVAL)
		return ge_error(ENOENT, "point %llu of a timeline has not been submitted",
				(unsigned long long)point);
	return ret;
}
