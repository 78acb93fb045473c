/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that differs between the kernels that genpu builds on, and nothing else. Kbuild probes
 * the headers and defines HAVE_*.
 */
#ifndef _GENPU_COMPAT_H_
#define _GENPU_COMPAT_H_

#include <linux/bits.h>
#include <linux/types.h>

#ifndef HAVE_GPU_BUDDY
#error "genpu needs linux/gpu_buddy.h (Linux 6.12.101 or newer)"
#endif
#ifndef HAVE_SCHED_INIT_ARGS
#error "genpu needs struct drm_sched_init_args (Linux 6.12.114 or newer)"
#endif

/*
 * Where dma_fence does not detach from its driver when it signals, a scheduler fence that userspace
 * keeps in a sync_file still refers to its scheduler, and its parent to our code. There each
 * hardware fence holds its stream, and a stream holds the module.
 */
#ifdef HAVE_FENCE_DETACH
#define GENPU_FENCE_HOLDS_STREAM	0
#else
#define GENPU_FENCE_HOLDS_STREAM	1
#endif

#ifndef HAVE_WEDGED_EVENT
#define DRM_WEDGE_RECOVERY_REBIND	BIT(1)
#define DRM_WEDGE_RECOVERY_BUS_RESET	BIT(2)

struct drm_device;
struct drm_wedge_task_info;

static inline int drm_dev_wedged_event(struct drm_device *dev, unsigned long method,
				       struct drm_wedge_task_info *info)
{
	return 0;
}
#endif

#endif /* _GENPU_COMPAT_H_ */
