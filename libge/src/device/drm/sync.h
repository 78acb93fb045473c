/* SPDX-License-Identifier: MIT */
#ifndef GE_DEVICE_DRM_SYNC_H
#define GE_DEVICE_DRM_SYNC_H

#include <stdint.h>

/* A timeline syncobj. */
struct ge_sync {
	struct ge_device *dev;
	uint32_t handle;
};

#endif
