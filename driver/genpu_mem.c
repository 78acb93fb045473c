// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device memory. The allocator takes the largest naturally aligned blocks that fit, so that large
 * BOs get 2 MiB leaves in page tables, and falls back to small ones when memory is fragmented.
 */
#include <drm/drm_drv.h>
#include <drm/drm_managed.h>

#include "genpu_device.h"

#define GENPU_CLEAR_CHUNK	SZ_1M

static void genpu_mem_fini(struct drm_device *drm, void *data)
{
	struct genpu_device *gdev = to_genpu(drm);

	if (gdev->memory.ready)
		gpu_buddy_fini(&gdev->memory.buddy);
}

int genpu_mem_init(struct genpu_device *gdev, u64 size)
{
	int ret;

	ret = drmm_mutex_init(&gdev->drm, &gdev->memory.lock);
	if (ret)
		return ret;

	ret = gpu_buddy_init(&gdev->memory.buddy, round_down(size, PAGE_SIZE), PAGE_SIZE);
	if (ret)
		return ret;
	gdev->memory.ready = true;
	return drmm_add_action_or_reset(&gdev->drm, genpu_mem_fini, NULL);
}

/**
 * genpu_mem_alloc() - allocate device memory
 * @gdev: device
 * @size: bytes, a multiple of the page size
 * @blocks: receives struct gpu_buddy_block
 *
 * Return: 0; -ENOSPC: not enough is free; -ENOMEM.
 */
int genpu_mem_alloc(struct genpu_device *gdev, u64 size, struct list_head *blocks)
{
	struct gpu_buddy *buddy = &gdev->memory.buddy;
	int ret = -ENOSPC;

	mutex_lock(&gdev->memory.lock);
	if (size <= buddy->avail)
		ret = gpu_buddy_alloc_blocks(buddy, 0, buddy->size, size, PAGE_SIZE, blocks, 0);
	mutex_unlock(&gdev->memory.lock);
	return ret;
}

void genpu_mem_free(struct genpu_device *gdev, struct list_head *blocks)
{
	mutex_lock(&gdev->memory.lock);
	gpu_buddy_free_list(&gdev->memory.buddy, blocks, 0);
	mutex_unlock(&gdev->memory.lock);
}

/**
 * genpu_mem_clear() - fill blocks with zeros through the CPU window
 * @gdev: device, between drm_dev_enter() and drm_dev_exit()
 * @blocks: what to clear
 *
 * Return: 0; -EINTR: the process is being killed.
 */
int genpu_mem_clear(struct genpu_device *gdev, struct list_head *blocks)
{
	struct gpu_buddy_block *block;

	list_for_each_entry(block, blocks, link) {
		u64 offset = gpu_buddy_block_offset(block);
		u64 end = offset + gpu_buddy_block_size(&gdev->memory.buddy, block);

		for (; offset < end; offset += GENPU_CLEAR_CHUNK) {
			memset_io(gdev->mem + offset, 0,
				  min_t(u64, end - offset, GENPU_CLEAR_CHUNK));
			if (fatal_signal_pending(current))
				return -EINTR;
			cond_resched();
		}
	}
	return 0;
}

void genpu_mem_usage(struct genpu_device *gdev, u64 *total, u64 *free)
{
	mutex_lock(&gdev->memory.lock);
	*total = gdev->memory.buddy.size;
	*free = gdev->memory.buddy.avail;
	mutex_unlock(&gdev->memory.lock);
}
