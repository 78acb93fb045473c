// SPDX-License-Identifier: GPL-2.0-only
/*
 * BOs of a process's own memory. The pages are pinned for as long as the BO lives and count as
 * pinned memory of the process (VmPin) against its RLIMIT_MEMLOCK.
 *
 * Long-term pins do what makes this safe: they refuse memory that has no pages or belongs to a file
 * system that must know of writes, leave movable memory alone, and give the process its own copy
 * of pages that it shares copy-on-write, also where the device only reads; fork() then copies such
 * pages for the child at once.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "genpu_bo.h"
#include "genpu_device.h"
#include "genpu_drv.h"

static int genpu_userptr_account(struct genpu_bo *bo)
{
	struct mm_struct *mm = current->mm;
	unsigned long pages = PHYS_PFN(bo->base.size);

	if (pages > totalram_pages())
		return -ENOMEM;
	if (atomic64_add_return(pages, &mm->pinned_vm) > PHYS_PFN(rlimit(RLIMIT_MEMLOCK)) &&
	    !capable(CAP_IPC_LOCK)) {
		atomic64_sub(pages, &mm->pinned_vm);
		return -ENOMEM;
	}
	mmgrab(mm);
	bo->mm = mm;
	return 0;
}

/* How many pages from the first one on lie side by side. */
static unsigned long genpu_userptr_run(struct page **pages, unsigned long count)
{
	unsigned long run = 1;

	while (run < count && page_to_pfn(pages[run]) == page_to_pfn(pages[0]) + run)
		run++;
	return run;
}

/* Runs of pinned pages become pieces of the BO. Returns how many pages have. */
static unsigned long genpu_userptr_map(struct genpu_device *gdev, struct genpu_bo *bo,
				       struct page **pages, unsigned long count)
{
	unsigned long done, run;
	size_t runs = 0;

	for (done = 0; done < count; done += genpu_userptr_run(&pages[done], count - done))
		runs++;
	if (genpu_bo_alloc_extents(bo, runs))
		return 0;
	for (done = 0; done < count; done += run) {
		run = genpu_userptr_run(&pages[done], count - done);
		if (genpu_pages_map(gdev, bo, pages[done], PFN_PHYS(run)))
			break;
	}
	return done;
}

static int genpu_userptr_pin(struct genpu_device *gdev, struct genpu_bo *bo, u64 addr)
{
	unsigned int flags = FOLL_LONGTERM | (bo->readonly ? 0 : FOLL_WRITE);
	unsigned long count = PHYS_PFN(bo->base.size), mapped = 0;
	struct page **pages __free(kvfree) =
		kvmalloc_array(count, sizeof(*pages), GFP_KERNEL_ACCOUNT);
	long pinned, ret = 0;

	if (!pages)
		return -ENOMEM;
	pinned = pin_user_pages_unlocked(addr, count, pages, flags);
	if (pinned == count) {
		mapped = genpu_userptr_map(gdev, bo, pages, count);
		ret = mapped == count ? 0 : -ENOMEM;
	} else {
		/* Whatever the reason, the range is not what the caller said. */
		ret = pinned == -ENOMEM || pinned == -EINTR ? pinned : -EFAULT;
	}
	if (ret && pinned > 0)
		unpin_user_pages(&pages[mapped], pinned - mapped);
	return ret;
}

/**
 * genpu_userptr_free() - let the pages of a BO go
 * @bo: BO, perhaps incomplete
 */
void genpu_userptr_free(struct genpu_bo *bo)
{
	const struct genpu_extent *extent;

	for (extent = bo->extents; extent < bo->extents + bo->num_extents; extent++)
		unpin_user_page_range_dirty_lock(pfn_to_page(extent->pfn), PHYS_PFN(extent->size),
						 !bo->readonly);
	if (bo->mm) {
		atomic64_sub(PHYS_PFN(bo->base.size), &bo->mm->pinned_vm);
		mmdrop(bo->mm);
	}
}

static struct genpu_bo *genpu_userptr_create(struct genpu_device *gdev,
					     const struct drm_genpu_bo_userptr *args)
{
	struct genpu_bo *bo __free(genpu_bo_put) =
		genpu_bo_new(gdev, GENPU_BO_USERPTR, args->size);
	int ret;

	if (IS_ERR(bo))
		return bo;
	bo->readonly = args->flags & DRM_GENPU_USERPTR_READONLY;
	ret = genpu_userptr_account(bo);
	ret = ret ?: genpu_userptr_pin(gdev, bo, args->addr);
	if (ret) {
		drm_dbg(&gdev->drm, "userptr: [0x%llx + 0x%llx]: error %d\n", args->addr,
			args->size, ret);
		return ERR_PTR(ret);
	}
	genpu_bo_publish(bo);
	return no_free_ptr(bo);
}

int genpu_bo_userptr_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct genpu_device *gdev = to_genpu(drm);
	struct drm_genpu_bo_userptr *args = data;
	int ret, idx;
	u64 end;

	if (args->flags & ~DRM_GENPU_USERPTR_READONLY || !args->size ||
	    !PAGE_ALIGNED(args->addr | args->size) ||
	    check_add_overflow(args->addr, args->size, &end)) {
		drm_dbg(drm, "userptr: [0x%llx + 0x%llx] or flags 0x%x is invalid\n", args->addr,
			args->size, args->flags);
		return -EINVAL;
	}
	if (end > TASK_SIZE_MAX)
		return -EFAULT;
	ret = genpu_device_enter(gdev, &idx);
	if (ret)
		return ret;
	ret = genpu_bo_to_handle(genpu_userptr_create(gdev, args), file, &args->handle);
	drm_dev_exit(idx);
	return ret;
}
