/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that differs between the kernels that genpu builds on, and nothing else. Kbuild probes
 * the headers and defines HAVE_*.
 */
#ifndef _GENPU_COMPAT_H_
#define _GENPU_COMPAT_H_

#include <linux/bits.h>
#include <linux/err.h>
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

/* The controller of device memory; stubs in the kernel's own headers where it is only off. */
#ifdef HAVE_CGROUP_DMEM
#include <linux/cgroup_dmem.h>

#include <drm/drm_drv.h>

static inline int genpu_dmem_register(struct drm_device *drm, u64 size,
				      struct dmem_cgroup_region **region)
{
	struct dmem_cgroup_init init = { .size = size };

	*region = drmm_cgroup_register_region(drm, "device", &init);
	return PTR_ERR_OR_ZERO(*region);
}
#else
struct dmem_cgroup_pool_state;
struct dmem_cgroup_region;
struct drm_device;

static inline int genpu_dmem_register(struct drm_device *drm, u64 size,
				      struct dmem_cgroup_region **region)
{
	return 0;
}

static inline int dmem_cgroup_try_charge(struct dmem_cgroup_region *region, u64 size,
					 struct dmem_cgroup_pool_state **charged,
					 struct dmem_cgroup_pool_state **limit)
{
	return 0;
}

static inline void dmem_cgroup_uncharge(struct dmem_cgroup_pool_state *charged, u64 size)
{
}
#endif

#endif /* _GENPU_COMPAT_H_ */
