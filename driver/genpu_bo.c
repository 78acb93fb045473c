// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers. Memory is allocated and cleared when a BO is created and stays where it is until the
 * last reference is dropped: handles, CPU mappings, and mappings in contexts each hold one.
 */
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_print.h>

#include "genpu_bo.h"
#include "genpu_device.h"

/* Largest piece of system memory that is tried: fits one 2 MiB leaf. */
#define GENPU_BO_MAX_ORDER	get_order(SZ_2M)

/* A fault maps up to this much around the address: faults cost far more than entries. */
#define GENPU_FAULT_WINDOW	SZ_2M

/**
 * genpu_bo_extent() - find the piece that holds a byte
 * @bo: BO
 * @offset: byte, less than its size
 *
 * Return: the piece.
 */
const struct genpu_extent *genpu_bo_extent(const struct genpu_bo *bo, u64 offset)
{
	u32 low = 0, high = bo->num_extents - 1;

	while (low < high) {
		u32 mid = low + (high - low + 1) / 2;

		if (bo->extents[mid].start <= offset)
			low = mid;
		else
			high = mid - 1;
	}
	return &bo->extents[low];
}

static void genpu_bo_add_extent(struct genpu_bo *bo, u64 size, u64 addr, unsigned long pfn)
{
	struct genpu_extent *last = bo->num_extents ? &bo->extents[bo->num_extents - 1] : NULL;

	/* Neighbours in all three views are one piece. */
	if (last && last->addr + last->size == addr && last->pfn + PHYS_PFN(last->size) == pfn) {
		last->size += size;
		return;
	}
	bo->extents[bo->num_extents++] = (struct genpu_extent) {
		.start = last ? last->start + last->size : 0,
		.size = size,
		.addr = addr,
		.pfn = pfn,
	};
}

static int genpu_bo_alloc_device(struct genpu_device *gdev, struct genpu_bo *bo)
{
	phys_addr_t window = pci_resource_start(gdev->pdev, GENPU_BAR_MEMORY);
	struct gpu_buddy_block *block;
	int ret;

	ret = genpu_mem_alloc(gdev, bo->base.size, &bo->blocks);
	if (ret)
		return ret;

	bo->extents = kvcalloc(list_count_nodes(&bo->blocks), sizeof(*bo->extents),
			       GFP_KERNEL_ACCOUNT);
	if (!bo->extents)
		return -ENOMEM;
	list_for_each_entry(block, &bo->blocks, link) {
		u64 offset = gpu_buddy_block_offset(block);

		genpu_bo_add_extent(bo, gpu_buddy_block_size(&gdev->memory.buddy, block), offset,
				    PHYS_PFN(window + offset));
	}
	return genpu_mem_clear(gdev, &bo->blocks);
}

static void genpu_bo_free_pages(struct list_head *pages)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru) {
		list_del(&page->lru);
		__free_pages(page, page_private(page));
	}
}

/* Cleared pages, linked by lru, their order in private. Returns the number of allocations. */
static int genpu_bo_alloc_pages(u64 size, struct list_head *pages)
{
	unsigned int order = GENPU_BO_MAX_ORDER;
	struct page *page;
	int count = 0;

	if (PHYS_PFN(size) > totalram_pages())
		return -ENOMEM;

	while (size) {
		gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN;

		order = min_t(unsigned int, order, ilog2(size) - PAGE_SHIFT);
		/* Neither shall a large BO make the OOM killer look for someone else. */
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

static int genpu_bo_alloc_system(struct genpu_device *gdev, struct genpu_bo *bo)
{
	struct scatterlist *cpu, *dma;
	struct page *page, *next;
	u64 cpu_left, dma_left, dma_addr, step;
	unsigned long pfn;
	LIST_HEAD(pages);
	int count, ret, i;

	count = genpu_bo_alloc_pages(bo->base.size, &pages);
	ret = count < 0 ? count : sg_alloc_table(&bo->sgt, count, GFP_KERNEL_ACCOUNT);
	if (ret) {
		genpu_bo_free_pages(&pages);
		return ret;
	}
	cpu = bo->sgt.sgl;
	list_for_each_entry_safe(page, next, &pages, lru) {
		list_del(&page->lru);
		sg_set_page(cpu, page, PAGE_SIZE << page_private(page), 0);
		set_page_private(page, 0);
		cpu = sg_next(cpu);
	}
	atomic64_add(bo->base.size, &gdev->system_bytes);

	ret = dma_map_sgtable(gdev->drm.dev, &bo->sgt, DMA_BIDIRECTIONAL, 0);
	if (ret)
		return ret;
	bo->mapped = true;

	/* An IOMMU may have merged entries: walk pages and DMA ranges side by side. */
	bo->extents = kvcalloc(bo->sgt.orig_nents + bo->sgt.nents, sizeof(*bo->extents),
			       GFP_KERNEL_ACCOUNT);
	if (!bo->extents)
		return -ENOMEM;
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

static void genpu_bo_free(struct drm_gem_object *obj)
{
	struct genpu_device *gdev = to_genpu(obj->dev);
	struct genpu_bo *bo = to_genpu_bo(obj);
	struct scatterlist *sg;
	int i;

	mutex_lock(&gdev->bos_lock);
	list_del(&bo->link);
	if (bo->mapped)
		dma_unmap_sgtable(gdev->drm.dev, &bo->sgt, DMA_BIDIRECTIONAL, 0);
	mutex_unlock(&gdev->bos_lock);

	if (bo->sgt.sgl) {
		for_each_sgtable_sg(&bo->sgt, sg, i)
			__free_pages(sg_page(sg), get_order(sg->length));
		sg_free_table(&bo->sgt);
		atomic64_sub(bo->base.size, &gdev->system_bytes);
	}
	if (!list_empty(&bo->blocks))
		genpu_mem_free(gdev, &bo->blocks);
	if (bo->stand_in)
		__free_page(bo->stand_in);
	kvfree(bo->extents);
	drm_gem_object_release(obj);
	kfree(bo);
}

/**
 * genpu_bo_unmap_all() - take system pages from the device's reach, when it is removed
 * @gdev: device that does no DMA any more
 */
void genpu_bo_unmap_all(struct genpu_device *gdev)
{
	struct genpu_bo *bo;

	mutex_lock(&gdev->bos_lock);
	list_for_each_entry(bo, &gdev->bos, link) {
		if (bo->mapped)
			dma_unmap_sgtable(gdev->drm.dev, &bo->sgt, DMA_BIDIRECTIONAL, 0);
		bo->mapped = false;
	}
	mutex_unlock(&gdev->bos_lock);
}

static vm_fault_t genpu_bo_insert(struct vm_area_struct *vma, unsigned long addr)
{
	struct drm_gem_object *obj = vma->vm_private_data;
	u64 first = vma->vm_pgoff - drm_vma_node_start(&obj->vma_node);
	u64 offset = (first << PAGE_SHIFT) + (addr - vma->vm_start);
	const struct genpu_extent *extent = genpu_bo_extent(to_genpu_bo(obj), offset);

	return vmf_insert_pfn(vma, addr, extent->pfn + PHYS_PFN(offset - extent->start));
}

/*
 * The device is gone, and with it the data of all jobs, but not the process that has it mapped:
 * accesses still succeed, and what they read is undefined. System pages stay as they are; for
 * device memory one page stands in, shared by nobody but those who shared the BO.
 */
static vm_fault_t genpu_bo_fault_unplugged(struct vm_area_struct *vma, unsigned long addr)
{
	struct genpu_bo *bo = to_genpu_bo(vma->vm_private_data);
	struct page *page;

	if (bo->region == DRM_GENPU_REGION_SYSTEM)
		return genpu_bo_insert(vma, addr);
	if (!READ_ONCE(bo->stand_in)) {
		page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		if (!page)
			return VM_FAULT_OOM;
		if (cmpxchg(&bo->stand_in, NULL, page))
			__free_page(page);
	}
	return vmf_insert_pfn_prot(vma, addr, page_to_pfn(bo->stand_in),
				   vm_get_page_prot(vma->vm_flags));
}

static vm_fault_t genpu_bo_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct drm_gem_object *obj = vma->vm_private_data;
	unsigned long fault = vmf->address & PAGE_MASK;
	unsigned long window = round_down(fault, GENPU_FAULT_WINDOW);
	unsigned long start = max(vma->vm_start, window);
	unsigned long end = min(vma->vm_end, window + GENPU_FAULT_WINDOW);
	unsigned long addr;
	vm_fault_t ret;
	int idx;

	if (!drm_dev_enter(obj->dev, &idx))
		return genpu_bo_fault_unplugged(vma, fault);

	/* The page itself first: what lies around it is a favour that may fail. */
	ret = genpu_bo_insert(vma, fault);
	for (addr = start; ret == VM_FAULT_NOPAGE && addr < end; addr += PAGE_SIZE)
		if (addr != fault && genpu_bo_insert(vma, addr) != VM_FAULT_NOPAGE)
			break;

	drm_dev_exit(idx);
	return ret;
}

static int genpu_bo_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	/* A private copy of device memory makes no sense. */
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;

	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_page_prot = vm_get_page_prot(vma->vm_flags);
	if (to_genpu_bo(obj)->region == DRM_GENPU_REGION_DEVICE)
		vma->vm_page_prot = pgprot_writecombine(vma->vm_page_prot);
	return 0;
}

/**
 * genpu_bo_file_mmap() - mmap() of the device file
 * @filp: file
 * @vma: mapping of any part of a BO; GEM's own function takes only those that start with it
 *
 * Return: 0; -EACCES the file has no such BO; -EINVAL; -ENODEV the device is gone.
 */
int genpu_bo_file_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct drm_file *file = filp->private_data;
	struct drm_device *drm = file->minor->dev;
	struct drm_vma_offset_manager *mgr = drm->vma_offset_manager;
	struct drm_gem_object *obj = NULL;
	struct drm_vma_offset_node *node;
	int ret = -EACCES;

	if (drm_dev_is_unplugged(drm))
		return -ENODEV;

	drm_vma_offset_lock_lookup(mgr);
	node = drm_vma_offset_lookup_locked(mgr, vma->vm_pgoff, vma_pages(vma));
	if (node) {
		obj = container_of(node, struct drm_gem_object, vma_node);
		/* Its last reference may be on the way out. */
		if (!kref_get_unless_zero(&obj->refcount))
			obj = NULL;
	}
	drm_vma_offset_unlock_lookup(mgr);
	if (!obj)
		return -EINVAL;

	if (drm_vma_node_is_allowed(node, file))
		ret = drm_gem_mmap_obj(obj, obj->size, vma);
	drm_gem_object_put(obj);
	return ret;
}

static enum drm_gem_object_status genpu_bo_status(struct drm_gem_object *obj)
{
	return DRM_GEM_OBJECT_RESIDENT;
}

static const struct vm_operations_struct genpu_bo_vm_ops = {
	.fault = genpu_bo_fault,
	.open = drm_gem_vm_open,
	.close = drm_gem_vm_close,
};

static const struct drm_gem_object_funcs genpu_bo_funcs = {
	.free = genpu_bo_free,
	.mmap = genpu_bo_mmap,
	.status = genpu_bo_status,
	.vm_ops = &genpu_bo_vm_ops,
};

/**
 * genpu_bo_create() - a BO without a handle
 * @gdev: device, between drm_dev_enter() and drm_dev_exit()
 * @size: bytes, a multiple of the page size
 * @region: enum drm_genpu_region
 *
 * Return: cleared BO with a reference, or ERR_PTR().
 */
struct genpu_bo *genpu_bo_create(struct genpu_device *gdev, u64 size, u32 region)
{
	struct genpu_bo *bo;
	int ret;

	bo = kzalloc_obj(*bo, GFP_KERNEL_ACCOUNT);
	if (!bo)
		return ERR_PTR(-ENOMEM);
	bo->region = region;
	INIT_LIST_HEAD(&bo->blocks);
	bo->base.funcs = &genpu_bo_funcs;
	drm_gem_private_object_init(&gdev->drm, &bo->base, size);
	mutex_lock(&gdev->bos_lock);
	list_add_tail(&bo->link, &gdev->bos);
	mutex_unlock(&gdev->bos_lock);

	if (region == DRM_GENPU_REGION_DEVICE)
		ret = genpu_bo_alloc_device(gdev, bo);
	else
		ret = genpu_bo_alloc_system(gdev, bo);
	if (!ret)
		ret = drm_gem_create_mmap_offset(&bo->base);
	if (ret) {
		genpu_bo_put(bo);
		return ERR_PTR(ret);
	}
	return bo;
}

int genpu_bo_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct genpu_device *gdev = to_genpu(drm);
	struct drm_genpu_bo_create *args = data;
	struct genpu_bo *bo;
	u64 size;
	int ret, idx;

	if (args->flags || args->pad || !args->size || args->size > S64_MAX - PAGE_SIZE) {
		drm_dbg(drm, "bo: size 0x%llx, flags 0x%x or pad 0x%x is invalid\n", args->size,
			args->flags, args->pad);
		return -EINVAL;
	}
	if (args->region != DRM_GENPU_REGION_DEVICE && args->region != DRM_GENPU_REGION_SYSTEM) {
		drm_dbg(drm, "bo: no region %u\n", args->region);
		return -EINVAL;
	}
	ret = genpu_device_usable(gdev);
	if (ret)
		return ret;
	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;

	size = PAGE_ALIGN(args->size);
	bo = genpu_bo_create(gdev, size, args->region);
	if (IS_ERR(bo)) {
		ret = PTR_ERR(bo);
		goto out;
	}
	ret = drm_gem_handle_create(file, &bo->base, &args->handle);
	if (!ret) {
		args->size = size;
		args->mmap_offset = drm_vma_node_offset_addr(&bo->base.vma_node);
	}
	genpu_bo_put(bo);
out:
	drm_dev_exit(idx);
	return ret;
}

int genpu_bo_info_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_genpu_bo_info *args = data;
	struct drm_gem_object *obj;

	obj = drm_gem_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;
	args->region = to_genpu_bo(obj)->region;
	args->size = obj->size;
	args->mmap_offset = drm_vma_node_offset_addr(&obj->vma_node);
	drm_gem_object_put(obj);
	return 0;
}
