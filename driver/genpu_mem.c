// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device memory. The allocator takes the largest naturally aligned blocks that fit, so that large
 * BOs get 2 MiB leaves in page tables, and falls back to small ones, down to pages, when memory is
 * fragmented: what is free can be had.
 *
 * The CPU sees the first part of the memory, which may be all of it, through a window. What the
 * CPU need not access goes beyond the window first. The device clears memory before it is given
 * out.
 */
#include <drm/drm_managed.h>

#include "genpu_compat.h"
#include "genpu_device.h"

/* Fills that the device has at a time: fragments are small, and an answer takes a while. */
#define GENPU_CLEAR_DEPTH	16

static void genpu_mem_fini(struct drm_device *drm, void *data)
{
	gpu_buddy_fini(&to_genpu(drm)->memory.buddy);
}

/**
 * genpu_mem_init() - all memory is free
 * @gdev: device
 * @size: bytes of memory
 * @window: bytes of the CPU window, a power of two
 *
 * Return: 0 or a negative errno.
 */
int genpu_mem_init(struct genpu_device *gdev, u64 size, u64 window)
{
	struct genpu_mem *mem = &gdev->memory;
	int ret;

	size = round_down(size, PAGE_SIZE);
	ret = drmm_mutex_init(&gdev->drm, &mem->lock);
	ret = ret ?: gpu_buddy_init(&mem->buddy, size, PAGE_SIZE);
	if (ret)
		return ret;
	mem->window = min(size, window);
	mem->window_free = mem->window;
	ret = drmm_add_action_or_reset(&gdev->drm, genpu_mem_fini, NULL);
	return ret ?: genpu_dmem_register(&gdev->drm, size, &mem->cgroup);
}

/* @size bytes between @start and @end, where as much is free. */
static int genpu_mem_take_locked(struct genpu_mem *mem, u64 start, u64 end, u64 size,
				 struct list_head *blocks)
{
	bool part = start || end != mem->buddy.size;
	int ret;

	lockdep_assert_held(&mem->lock);

	ret = gpu_buddy_alloc_blocks(&mem->buddy, start, end, size, PAGE_SIZE, blocks,
				     part ? GPU_BUDDY_RANGE_ALLOCATION : 0);
	if (!ret && !start)
		mem->window_free -= size;
	return ret;
}

static void genpu_mem_release_locked(struct genpu_mem *mem, struct list_head *blocks)
{
	struct gpu_buddy_block *block;

	lockdep_assert_held(&mem->lock);

	list_for_each_entry(block, blocks, link)
		if (gpu_buddy_block_offset(block) < mem->window)
			mem->window_free += gpu_buddy_block_size(&mem->buddy, block);
	gpu_buddy_free_list(&mem->buddy, blocks, 0);
}

/**
 * genpu_mem_alloc() - allocate device memory
 * @gdev: device
 * @size: bytes, a multiple of the page size
 * @cpu_access: all of it must lie in the window
 * @blocks: receives struct gpu_buddy_block
 * @charged: receives whom genpu_mem_free() uncharges
 *
 * Return: 0; -ENOSPC: not enough is free; -EDQUOT: the limit of a control group; -ENOMEM.
 */
int genpu_mem_alloc(struct genpu_device *gdev, u64 size, bool cpu_access,
		    struct list_head *blocks, struct dmem_cgroup_pool_state **charged)
{
	struct genpu_mem *mem = &gdev->memory;
	u64 beyond = 0;
	int ret;

	/*
	 * Userspace would take -EAGAIN for an invitation to try until someone else frees memory.
	 * The limit of the whole machine is the size of the memory: at that it is simply full.
	 */
	ret = dmem_cgroup_try_charge(mem->cgroup, size, charged, NULL);
	if (ret == -EAGAIN) {
		guard(mutex)(&mem->lock);
		return size > mem->buddy.avail ? -ENOSPC : -EDQUOT;
	}
	if (ret)
		return ret;
	/* It has to be awake as long as it remembers something. */
	ret = genpu_power_get(gdev);
	if (ret) {
		dmem_cgroup_uncharge(*charged, size);
		return ret;
	}

	mutex_lock(&mem->lock);
	if (size > (cpu_access ? mem->window_free : mem->buddy.avail))
		ret = -ENOSPC;
	else if (!cpu_access)
		beyond = min(size, mem->buddy.avail - mem->window_free);
	if (!ret && beyond)
		ret = genpu_mem_take_locked(mem, mem->window, mem->buddy.size, beyond, blocks);
	if (!ret && size > beyond)
		ret = genpu_mem_take_locked(mem, 0, mem->window, size - beyond, blocks);
	mutex_unlock(&mem->lock);

	if (ret)
		genpu_mem_free(gdev, size, blocks, *charged);
	return ret;
}

/**
 * genpu_mem_free() - give device memory back; the device no longer uses it
 * @gdev: device
 * @size: bytes
 * @blocks: of genpu_mem_alloc()
 * @charged: of genpu_mem_alloc()
 */
void genpu_mem_free(struct genpu_device *gdev, u64 size, struct list_head *blocks,
		    struct dmem_cgroup_pool_state *charged)
{
	mutex_lock(&gdev->memory.lock);
	genpu_mem_release_locked(&gdev->memory, blocks);
	mutex_unlock(&gdev->memory.lock);
	genpu_power_put(gdev);
	dmem_cgroup_uncharge(charged, size);
}

/**
 * struct genpu_clear - fills under way
 * @cmds: commands
 * @count: thereof posted and not answered yet
 * @generation: of the device
 * @lost: a reset took a fill
 * @ret: the first error
 */
struct genpu_clear {
	struct genpu_admin_cmd cmds[GENPU_CLEAR_DEPTH];
	u32 count;
	u32 generation;
	bool lost;
	int ret;
};

static void genpu_clear_finish(struct genpu_device *gdev, struct genpu_clear *clear)
{
	int ret;

	while (clear->count) {
		ret = genpu_admin_finish(gdev, &clear->cmds[--clear->count]);
		if (ret)
			clear->lost = true;
		else
			ret = genpu_admin_result(gdev, &clear->cmds[clear->count]);
		clear->ret = clear->ret ?: ret;
	}
}

static void genpu_clear_start(struct genpu_device *gdev, struct genpu_clear *clear, u64 offset,
			      u64 size)
{
	struct genpu_admin_cmd *cmd;
	u64 step;

	for (; size && !clear->ret; offset += step, size -= step) {
		step = min(size, GENPU_MEM_MAX_BYTES);
		if (fatal_signal_pending(current)) {
			clear->ret = -EINTR;
			return;
		}
		cmd = &clear->cmds[clear->count];
		*cmd = (struct genpu_admin_cmd) {
			.task.op = GENPU_ADMIN_MEM_FILL,
			.task.mem.dst = offset,
			.task.mem.bytes = step,
		};
		clear->ret = genpu_admin_start(gdev, clear->generation, cmd);
		if (clear->ret)
			clear->lost = true;
		else if (++clear->count == GENPU_CLEAR_DEPTH)
			genpu_clear_finish(gdev, clear);
	}
}

/* Neighbours are one range. */
static void genpu_clear_blocks(struct genpu_device *gdev, struct genpu_clear *clear,
			       struct list_head *blocks)
{
	struct gpu_buddy_block *block;
	u64 offset = 0, end = 0;

	*clear = (struct genpu_clear) { .generation = READ_ONCE(gdev->generation) };
	list_for_each_entry(block, blocks, link) {
		if (gpu_buddy_block_offset(block) != end) {
			genpu_clear_start(gdev, clear, offset, end - offset);
			offset = gpu_buddy_block_offset(block);
			end = offset;
		}
		end += gpu_buddy_block_size(&gdev->memory.buddy, block);
	}
	genpu_clear_start(gdev, clear, offset, end - offset);
	genpu_clear_finish(gdev, clear);
}

/**
 * genpu_mem_clear() - have the device fill blocks with zeros
 * @gdev: device, between drm_dev_enter() and drm_dev_exit()
 * @blocks: what to clear
 *
 * Begins anew after a device reset. When this returns the device no longer writes to the memory.
 *
 * Return: 0: all of it is zero; -EINTR: the process is being killed; -EIO, -ENODEV: the device does
 * not work; -ENOMEM; -ERESTARTSYS.
 */
int genpu_mem_clear(struct genpu_device *gdev, struct list_head *blocks)
{
	struct genpu_clear *clear __free(kfree) = kmalloc_obj(*clear, GFP_KERNEL);
	int ret, tries;

	if (!clear)
		return -ENOMEM;
	for (tries = 0; tries < GENPU_ADMIN_TRIES; tries++) {
		genpu_clear_blocks(gdev, clear, blocks);
		if (!clear->lost)
			return clear->ret;
		genpu_reset_escalate(gdev, clear->generation, "memory cannot be cleared");
		ret = genpu_device_usable(gdev);
		if (ret)
			return ret;
	}
	return -EIO;
}

/**
 * genpu_mem_usage() - device memory at this moment
 * @gdev: device
 * @info: receives it
 */
void genpu_mem_usage(struct genpu_device *gdev, struct drm_genpu_memory_info *info)
{
	struct genpu_mem *mem = &gdev->memory;

	guard(mutex)(&mem->lock);
	info->total = mem->buddy.size;
	info->free = mem->buddy.avail;
	info->window_total = mem->window;
	info->window_free = mem->window_free;
}
