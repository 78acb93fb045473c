// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of the host: allocated for a BO, or pinned by genpu_userptr.c, and mapped for DMA.
 */
#include <linux/dma-mapping.h>
#include <linux/mm.h>

#include "genpu_bo.h"
#include "genpu_device.h"

/* Largest piece of system memory that is tried: fits one 2 MiB leaf. */
#define GENPU_PAGES_MAX_ORDER	get_order(SZ_2M)

static void genpu_pages_free_list(struct list_head *pages)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru) {
		list_del(&page->lru);
		__free_pages(page, page_private(page));
	}
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
	struct scatterlist *sg;
	LIST_HEAD(pages);
	int count, ret;

	count = genpu_pages_alloc_list(bo->base.size, &pages);
	ret = count < 0 ? count : sg_alloc_table(&bo->sgt, count, GFP_KERNEL_ACCOUNT);
	if (ret) {
		genpu_pages_free_list(&pages);
		return ret;
	}
	sg = bo->sgt.sgl;
	list_for_each_entry_safe(page, next, &pages, lru) {
		list_del(&page->lru);
		sg_set_page(sg, page, PAGE_SIZE << page_private(page), 0);
		set_page_private(page, 0);
		sg = sg_next(sg);
	}
	atomic64_add(bo->base.size, &gdev->system_bytes);
	return genpu_pages_map(gdev, bo);
}

void genpu_pages_free(struct genpu_device *gdev, struct genpu_bo *bo)
{
	struct scatterlist *sg;
	int i;

	if (!bo->sgt.sgl)
		return;
	for_each_sgtable_sg(&bo->sgt, sg, i)
		__free_pages(sg_page(sg), get_order(sg->length));
	sg_free_table(&bo->sgt);
	atomic64_sub(bo->base.size, &gdev->system_bytes);
}

static enum dma_data_direction genpu_pages_direction(const struct genpu_bo *bo)
{
	return bo->readonly ? DMA_TO_DEVICE : DMA_BIDIRECTIONAL;
}

/**
 * genpu_pages_map() - map the pages of a BO for the device, and find its pieces
 * @gdev: device, between drm_dev_enter() and drm_dev_exit()
 * @bo: BO with pages
 *
 * Return: 0 or a negative errno.
 */
int genpu_pages_map(struct genpu_device *gdev, struct genpu_bo *bo)
{
	u64 cpu_left, dma_left, dma_addr, step;
	struct scatterlist *cpu, *dma;
	unsigned long pfn;
	int ret, i;

	ret = dma_map_sgtable(gdev->drm.dev, &bo->sgt, genpu_pages_direction(bo), 0);
	if (ret)
		return ret;
	bo->mapped = true;

	/* An IOMMU may have merged entries: walk pages and DMA ranges side by side. */
	ret = genpu_bo_alloc_extents(bo, bo->sgt.orig_nents + bo->sgt.nents);
	if (ret)
		return ret;
	dma = bo->sgt.sgl;
	dma_addr = sg_dma_address(dma);
	dma_left = sg_dma_len(dma);
	for_each_sgtable_sg(&bo->sgt, cpu, i) {
		pfn = page_to_pfn(sg_page(cpu));
		for (cpu_left = cpu->length; cpu_left; cpu_left -= step) {
			if (!dma_left) {
				dma = sg_next(dma);
				dma_addr = sg_dma_address(dma);
				dma_left = sg_dma_len(dma);
			}
			step = min(cpu_left, dma_left);
			genpu_bo_add_extent(bo, step, dma_addr, pfn);
			pfn += PHYS_PFN(step);
			dma_addr += step;
			dma_left -= step;
		}
	}
	return 0;
}

void genpu_pages_unmap(struct genpu_device *gdev, struct genpu_bo *bo)
{
	dma_unmap_sgtable(gdev->drm.dev, &bo->sgt, genpu_pages_direction(bo), 0);
}
