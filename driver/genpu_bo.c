// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers. Memory is there when a BO is made, and stays where it is until the last reference is
 * dropped: handles, CPU mappings, dma-bufs, and mappings in contexts each hold one.
 */
#include <linux/dma-buf.h>
#include <linux/slab.h>

#include "genpu_bo.h"
#include "genpu_device.h"
#include "genpu_drv.h"

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

/**
 * genpu_bo_alloc_extents() - make room for pieces
 * @bo: BO
 * @max: how many there will be at most
 *
 * Return: 0 or -ENOMEM.
 */
int genpu_bo_alloc_extents(struct genpu_bo *bo, size_t max)
{
	bo->extents = kvcalloc(max, sizeof(*bo->extents), GFP_KERNEL_ACCOUNT);
	return bo->extents ? 0 : -ENOMEM;
}

/**
 * genpu_bo_add_extent() - add a piece at the end; neighbours in all views become one
 * @bo: BO
 * @size: bytes
 * @addr: for the device
 * @pfn: for the CPU
 */
void genpu_bo_add_extent(struct genpu_bo *bo, u64 size, u64 addr, unsigned long pfn)
{
	struct genpu_extent *last = bo->num_extents ? &bo->extents[bo->num_extents - 1] : NULL;

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

	ret = genpu_mem_alloc(gdev, bo->base.size, bo->cpu_access, &bo->blocks, &bo->charged);
	ret = ret ?: genpu_bo_alloc_extents(bo, list_count_nodes(&bo->blocks));
	if (ret)
		return ret;
	list_for_each_entry(block, &bo->blocks, link) {
		u64 offset = gpu_buddy_block_offset(block);

		genpu_bo_add_extent(bo, gpu_buddy_block_size(&gdev->memory.buddy, block), offset,
				    PHYS_PFN(window + offset));
	}
	return genpu_mem_clear(gdev, &bo->blocks);
}

static void genpu_bo_unmap_locked(struct genpu_device *gdev, struct genpu_bo *bo)
{
	/* That of an import, too: the device must not be unbound before it is unmapped. */
	lockdep_assert_held(&gdev->bos_lock);

	if (bo->mapped && bo->import)
		dma_buf_unmap_attachment_unlocked(bo->attach, bo->import, DMA_BIDIRECTIONAL);
	else if (bo->mapped)
		genpu_pages_unmap(gdev, bo);
	bo->mapped = false;
}

static void genpu_bo_free(struct drm_gem_object *obj)
{
	struct genpu_device *gdev = to_genpu(obj->dev);
	struct genpu_bo *bo = to_genpu_bo(obj);

	mutex_lock(&gdev->bos_lock);
	list_del(&bo->link);
	genpu_bo_unmap_locked(gdev, bo);
	mutex_unlock(&gdev->bos_lock);

	switch (bo->kind) {
	case GENPU_BO_DEVICE:
		if (!list_empty(&bo->blocks))
			genpu_mem_free(gdev, obj->size, &bo->blocks, bo->charged);
		break;
	case GENPU_BO_PAGES:
		genpu_pages_free(gdev, bo);
		break;
	case GENPU_BO_USERPTR:
		genpu_userptr_free(bo);
		break;
	case GENPU_BO_IMPORT:
		genpu_dmabuf_detach(bo);
		break;
	}
	if (bo->stand_in)
		__free_page(bo->stand_in);
	kvfree(bo->extents);
	drm_gem_object_release(obj);
	kfree(bo);
}

/**
 * genpu_bo_unmap_all() - take all memory from the device's reach, when it is removed
 * @gdev: device that does no DMA any more, and is unplugged
 */
void genpu_bo_unmap_all(struct genpu_device *gdev)
{
	struct genpu_bo *bo;

	genpu_mmap_zap(gdev);
	guard(mutex)(&gdev->bos_lock);
	list_for_each_entry(bo, &gdev->bos, link)
		genpu_bo_unmap_locked(gdev, bo);
}

static const struct drm_gem_object_funcs genpu_bo_funcs = {
	.free = genpu_bo_free,
	.export = genpu_dmabuf_export,
	.get_sg_table = genpu_dmabuf_sgt,
	.mmap = genpu_mmap_bo,
	.vm_ops = &genpu_mmap_vm_ops,
};

/**
 * genpu_bo_new() - a BO without memory
 * @gdev: device
 * @kind: what memory it will get
 * @size: bytes, a multiple of the page size
 *
 * Return: the BO, which genpu_bo_put() frees with what it has got until then, or an ERR_PTR.
 */
struct genpu_bo *genpu_bo_new(struct genpu_device *gdev, enum genpu_bo_kind kind, u64 size)
{
	struct genpu_bo *bo;

	bo = kzalloc_obj(*bo, GFP_KERNEL_ACCOUNT);
	if (!bo)
		return ERR_PTR(-ENOMEM);
	bo->kind = kind;
	INIT_LIST_HEAD(&bo->blocks);
	INIT_LIST_HEAD(&bo->link);
	bo->base.funcs = &genpu_bo_funcs;
	drm_gem_private_object_init(&gdev->drm, &bo->base, size);
	return bo;
}

/**
 * genpu_bo_publish() - the BO is complete
 * @bo: BO; the caller is between drm_dev_enter() and drm_dev_exit(), so that removal finds it
 */
void genpu_bo_publish(struct genpu_bo *bo)
{
	struct genpu_device *gdev = to_genpu(bo->base.dev);

	guard(mutex)(&gdev->bos_lock);
	list_add_tail(&bo->link, &gdev->bos);
}

/**
 * genpu_bo_to_handle() - give a BO, or why there is none, to userspace
 * @bo: BO, the reference is taken over; or ERR_PTR()
 * @file: file
 * @handle: out
 *
 * Return: 0 or a negative errno.
 */
int genpu_bo_to_handle(struct genpu_bo *bo, struct drm_file *file, u32 *handle)
{
	int ret;

	if (IS_ERR(bo))
		return PTR_ERR(bo);
	ret = drm_gem_handle_create(file, &bo->base, handle);
	genpu_bo_put(bo);
	return ret;
}

/**
 * genpu_bo_create() - a BO without a handle
 * @gdev: device, between drm_dev_enter() and drm_dev_exit()
 * @size: bytes, a multiple of the page size
 * @region: enum drm_genpu_region
 * @flags: DRM_GENPU_BO_*
 *
 * Return: cleared BO with a reference, or ERR_PTR().
 */
struct genpu_bo *genpu_bo_create(struct genpu_device *gdev, u64 size, u32 region, u32 flags)
{
	bool device = region == DRM_GENPU_REGION_DEVICE;
	struct genpu_bo *bo __free(genpu_bo_put) =
		genpu_bo_new(gdev, device ? GENPU_BO_DEVICE : GENPU_BO_PAGES, size);
	int ret;

	if (IS_ERR(bo))
		return bo;
	bo->cpu_access = !(flags & DRM_GENPU_BO_NO_CPU_ACCESS);
	ret = device ? genpu_bo_alloc_device(gdev, bo) : genpu_pages_alloc(gdev, bo);
	if (!ret && bo->cpu_access)
		ret = drm_gem_create_mmap_offset(&bo->base);
	if (ret)
		return ERR_PTR(ret);
	genpu_bo_publish(bo);
	return no_free_ptr(bo);
}

int genpu_bo_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_genpu_bo_create *args = data;
	bool device = args->region == DRM_GENPU_REGION_DEVICE;
	struct genpu_bo *bo;
	int ret, idx;
	u64 offset;

	if ((!device && args->region != DRM_GENPU_REGION_SYSTEM) || args->pad || !args->size ||
	    args->flags & ~(device ? DRM_GENPU_BO_NO_CPU_ACCESS : 0) ||
	    args->size > S64_MAX - PAGE_SIZE) {
		drm_dbg(drm, "bo_create: region %u, size 0x%llx, flags 0x%x or pad 0x%x is invalid\n",
			args->region, args->size, args->flags, args->pad);
		return -EINVAL;
	}
	ret = genpu_device_enter(to_genpu(drm), &idx);
	if (ret)
		return ret;
	bo = genpu_bo_create(to_genpu(drm), PAGE_ALIGN(args->size), args->region, args->flags);
	offset = IS_ERR(bo) ? 0 : drm_vma_node_offset_addr(&bo->base.vma_node);
	ret = genpu_bo_to_handle(bo, file, &args->handle);
	drm_dev_exit(idx);
	if (ret)
		return ret;
	args->size = PAGE_ALIGN(args->size);
	args->mmap_offset = offset;
	return 0;
}

int genpu_bo_info_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_genpu_bo_info *args = data;
	struct drm_gem_object *obj;

	obj = drm_gem_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;
	args->region = genpu_bo_region(to_genpu_bo(obj));
	args->size = obj->size;
	args->mmap_offset = drm_vma_node_offset_addr(&obj->vma_node);
	drm_gem_object_put(obj);
	return 0;
}
