// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of the host: allocated for a BO, or pinned by genpu_userptr.c, and mapped for DMA. A piece
 * of such a BO is one DMA mapping.
 */
#include <linux/dma-mapping.h>
#include <linux/mm.h>

#include "genpu_bo.h"
#include "genpu_device.h"

/* Largest piece of system memory that is tried: fits one 2 MiB leaf. */
#define GENPU_PAGES_MAX_ORDER	get_order(SZ_2M)

static enum dma_data_direction genpu_pages_direction(const struct genpu_bo *bo)
{
	return bo->readonly ? DMA_TO_DEVICE : DMA_BIDIRECTIONAL;
}

/**
 * genpu_pages_map() - map contiguous pages for the device, as the next piece of a BO
 * @gdev: device, between drm_dev_enter() and drm_dev_exit()
 * @bo: BO that has room for it
 * @page: the first one; belongs to the BO if this succeeds
 * @size: bytes
 *
 * Return: 0 or -ENOMEM.
 */
int genpu_pages_map(struct genpu_device *gdev, struct genpu_bo *bo, struct page *page, u64 size)
{
	dma_addr_t addr = dma_map_page(gdev->drm.dev, page, 0, size, genpu_pages_direction(bo));
	struct genpu_extent *last = &bo->extents[bo->num_extents];

	if (dma_mapping_error(gdev->drm.dev, addr))
		return -ENOMEM;
	*last = (struct genpu_extent) {
		.start = bo->num_extents++ ? last[-1].start + last[-1].size : 0,
		.size = size,
		.addr = addr,
		.pfn = page_to_pfn(page),
	};
	bo->mapped = true;
	return 0;
}

void genpu_pages_unmap(struct genpu_device *gdev, struct genpu_bo *bo)
{
	const struct genpu_extent *extent;

	for (extent = bo->extents; extent < bo->extents + bo->num_extents; extent++)
		dma_unmap_page(gdev->drm.dev, extent->addr, extent->size,
			       genpu_pages_direction(bo));
}

/* Cleared pages, linked by lru, their order in private. Returns the number of allocations. */
static int genpu_pages_alloc_list(u64 size, struct list_head *pages)
{
	unsigned int order = GENPU_PAGES_MAX_ORDER;
	struct page *page;
	int count = 0;

	/* What cannot be had shall not take everything from everyone first. */
	if (PHYS_PFN(size) > max(si_mem_available(), 0l))
		return -ENOMEM;

	while (size) {
		gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN;

		order = min_t(unsigned int, order, ilog2(size) - PAGE_SHIFT);
		/*
		 * Neither shall a large BO make the OOM killer look for someone else, in the
		 * system or in the memory cgroup.
		 */
		gfp |= order ? __GFP_NORETRY : __GFP_RETRY_MAYFAIL;
		page = alloc_pages(gfp, order);
		if (!page) {
			if (!order)
				return -ENOMEM;
			order--;
			continue;
		}
		set_page_private(page, order);
		list_add_tail(&page->lru, pages);
		size -= PAGE_SIZE << order;
		count++;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return count;
}

/**
 * genpu_pages_alloc() - give a BO cleared pages of its own
 * @gdev: device, between drm_dev_enter() and drm_dev_exit()
 * @bo: BO; what it got until an error genpu_pages_free() frees
 *
 * Return: 0; -ENOMEM: of the system, or of the process's memory cgroup; -EINTR: it is being killed.
 */
int genpu_pages_alloc(struct genpu_device *gdev, struct genpu_bo *bo)
{
	struct page *page, *next;
	unsigned int order;
	LIST_HEAD(pages);
	int ret;

	atomic64_add(bo->base.size, &gdev->system_bytes);
	ret = genpu_pages_alloc_list(bo->base.size, &pages);
	if (ret > 0)
		ret = genpu_bo_alloc_extents(bo, ret);
	list_for_each_entry_safe(page, next, &pages, lru) {
		list_del(&page->lru);
		order = page_private(page);
		set_page_private(page, 0);
		ret = ret ?: genpu_pages_map(gdev, bo, page, PAGE_SIZE << order);
		if (ret)
			__free_pages(page, order);
	}
	return ret;
}

void genpu_pages_free(struct genpu_device *gdev, struct genpu_bo *bo)
{
	const struct genpu_extent *extent;

	for (extent = bo->extents; extent < bo->extents + bo->num_extents; extent++)
		__free_pages(pfn_to_page(extent->pfn), get_order(extent->size));
	atomic64_sub(bo->base.size, &gdev->system_bytes);
}
