/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_MEM_H_
#define _GENPU_MEM_H_

#include <linux/gpu_buddy.h>

struct dmem_cgroup_pool_state;
struct dmem_cgroup_region;
struct drm_genpu_memory_info;
struct genpu_device;

/**
 * struct genpu_mem - device memory
 * @lock: protects @buddy and @window_free
 * @buddy: allocator; blocks are powers of two, naturally aligned
 * @window: bytes from offset 0 that the CPU can access; constant. No block lies across its end
 * @window_free: bytes thereof that are not allocated
 * @cgroup: what control groups limit the use of; constant, NULL where the kernel has no such thing
 */
struct genpu_mem {
	struct mutex lock;	/* buddy, window_free */
	struct gpu_buddy buddy;
	u64 window;
	u64 window_free;
	struct dmem_cgroup_region *cgroup;
};

int genpu_mem_init(struct genpu_device *gdev, u64 size, u64 window);
int genpu_mem_alloc(struct genpu_device *gdev, u64 size, bool cpu_access,
		    struct list_head *blocks, struct dmem_cgroup_pool_state **charged);
void genpu_mem_free(struct genpu_device *gdev, u64 size, struct list_head *blocks,
		    struct dmem_cgroup_pool_state *charged);
int genpu_mem_clear(struct genpu_device *gdev, struct list_head *blocks);
void genpu_mem_usage(struct genpu_device *gdev, struct drm_genpu_memory_info *info);

#endif /* _GENPU_MEM_H_ */
