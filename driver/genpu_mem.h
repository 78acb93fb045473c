/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_MEM_H_
#define _GENPU_MEM_H_

#include <linux/gpu_buddy.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

struct genpu_device;

/**
 * struct genpu_mem - device memory
 * @lock: protects the rest
 * @buddy: allocator; blocks are powers of two, naturally aligned
 * @ready: @buddy is set up
 */
struct genpu_mem {
	struct mutex lock;	/* buddy */
	struct gpu_buddy buddy;
	bool ready;
};

int genpu_mem_init(struct genpu_device *gdev, u64 size);
int genpu_mem_alloc(struct genpu_device *gdev, u64 size, struct list_head *blocks);
void genpu_mem_free(struct genpu_device *gdev, struct list_head *blocks);
int genpu_mem_clear(struct genpu_device *gdev, struct list_head *blocks);
void genpu_mem_usage(struct genpu_device *gdev, u64 *total, u64 *free);

#endif /* _GENPU_MEM_H_ */
