// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU's view of BOs: mappings made by mmap() of the device file or of a dma-buf, filled in by
 * faults. They outlive the device.
 */
#include <linux/fs.h>
#include <linux/mm.h>

#include <drm/drm_file.h>

#include "genpu_bo.h"
#include "genpu_device.h"

/* A fault maps up to this much around the address: faults cost far more than entries. */
#define GENPU_FAULT_WINDOW	SZ_2M

static vm_fault_t genpu_mmap_insert(struct vm_area_struct *vma, unsigned long addr)
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
static vm_fault_t genpu_mmap_fault_unplugged(struct vm_area_struct *vma, unsigned long addr)
{
	struct genpu_bo *bo = to_genpu_bo(vma->vm_private_data);
	struct page *page;

	if (bo->kind != GENPU_BO_DEVICE)
		return genpu_mmap_insert(vma, addr);
	if (!READ_ONCE(bo->stand_in)) {
		page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		if (!page)
			return VM_FAULT_OOM;
		if (cmpxchg(&bo->stand_in, NULL, page))
			__free_page(page);
	}
	return vmf_insert_pfn_prot(vma, addr, page_to_pfn(READ_ONCE(bo->stand_in)),
				   vm_get_page_prot(vma->vm_flags));
}

/*
 * While the bus is reset the window does not answer. Waits until it does, and keeps it from going
 * away. False: the process is being killed.
 */
static bool genpu_mmap_begin(struct genpu_device *gdev)
{
	for (;;) {
		/* Without the lock it is a hint. */
		if (wait_event_killable(gdev->reset_wait, !READ_ONCE(gdev->window_away)))
			return false;
		down_read(&gdev->window_sem);
		if (!gdev->window_away)
			return true;
		up_read(&gdev->window_sem);
	}
}

static vm_fault_t genpu_mmap_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct drm_gem_object *obj = vma->vm_private_data;
	unsigned long fault = vmf->address & PAGE_MASK;
	unsigned long window = round_down(fault, GENPU_FAULT_WINDOW);
	unsigned long start = max(vma->vm_start, window);
	unsigned long end = min(vma->vm_end, window + GENPU_FAULT_WINDOW);
	struct genpu_device *gdev = to_genpu(obj->dev);
	unsigned long addr;
	vm_fault_t ret;
	int idx;

	if (!genpu_mmap_begin(gdev))
		return VM_FAULT_SIGBUS;
	if (!drm_dev_enter(obj->dev, &idx)) {
		ret = genpu_mmap_fault_unplugged(vma, fault);
		goto out;
	}

	/* The page itself first: what lies around it is a favour that may fail. */
	ret = genpu_mmap_insert(vma, fault);
	for (addr = start; ret == VM_FAULT_NOPAGE && addr < end; addr += PAGE_SIZE)
		if (addr != fault && genpu_mmap_insert(vma, addr) != VM_FAULT_NOPAGE)
			break;

	drm_dev_exit(idx);
out:
	up_read(&gdev->window_sem);
	return ret;
}

const struct vm_operations_struct genpu_mmap_vm_ops = {
	.fault = genpu_mmap_fault,
	.open = drm_gem_vm_open,
	.close = drm_gem_vm_close,
};

/**
 * genpu_mmap_bo() - map a BO for the CPU, through the device file or its dma-buf
 * @obj: BO
 * @vma: where
 *
 * Return: 0; -EINVAL the mapping is private; -EACCES the CPU has no access.
 */
int genpu_mmap_bo(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	struct genpu_bo *bo = to_genpu_bo(obj);

	if (!bo->cpu_access)
		return -EACCES;
	/* A private copy makes no sense. VM_SHARED is gone where the file is only for readers. */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;

	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_page_prot = vm_get_page_prot(vma->vm_flags);
	if (bo->kind == GENPU_BO_DEVICE)
		vma->vm_page_prot = pgprot_writecombine(vma->vm_page_prot);
	return 0;
}

/**
 * genpu_mmap_file() - mmap() of the device file
 * @filp: file
 * @vma: mapping of any part of a BO; GEM's own function takes only those that start with it
 *
 * Return: 0; -EACCES the file has no such BO; -EINVAL; -ENODEV the device is gone.
 */
int genpu_mmap_file(struct file *filp, struct vm_area_struct *vma)
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

/**
 * genpu_mmap_zap() - take all CPU mappings of device memory away; the next access faults
 * @gdev: device
 */
void genpu_mmap_zap(struct genpu_device *gdev)
{
	struct genpu_bo *bo;

	unmap_mapping_range(gdev->drm.anon_inode->i_mapping, 0, 0, 1);
	guard(mutex)(&gdev->bos_lock);
	list_for_each_entry(bo, &gdev->bos, link)
		if (bo->kind == GENPU_BO_DEVICE && bo->dmabuf_inode)
			unmap_mapping_range(bo->dmabuf_inode->i_mapping, 0, 0, 1);
}

/**
 * genpu_mmap_block() - the window goes away: whoever accesses memory through it waits
 * @gdev: device
 */
void genpu_mmap_block(struct genpu_device *gdev)
{
	down_write(&gdev->window_sem);
	WRITE_ONCE(gdev->window_away, true);
	up_write(&gdev->window_sem);
	genpu_mmap_zap(gdev);
}

/**
 * genpu_mmap_unblock() - the window is there again, or is gone for good
 * @gdev: device
 */
void genpu_mmap_unblock(struct genpu_device *gdev)
{
	down_write(&gdev->window_sem);
	WRITE_ONCE(gdev->window_away, false);
	up_write(&gdev->window_sem);
	wake_up_all(&gdev->reset_wait);
}
