// SPDX-License-Identifier: GPL-2.0-only
/*
 * Address spaces: which part of which BO is mapped where. Userspace chooses the addresses; a
 * mapping is made and removed as a whole.
 */
#include <linux/slab.h>

#include "genpu_bo.h"
#include "genpu_trace.h"
#include "genpu_vm.h"

/**
 * struct genpu_mapping - part of a BO in an address space
 * @bo: holds a reference
 * @drm: holds a reference once the mapping is removed, so that the BO may outlive all files
 * @va: address
 * @size: bytes
 * @cb: waits for the jobs that may still use the memory
 * @work: drops the references, where that may sleep
 */
struct genpu_mapping {
	struct genpu_bo *bo;
	struct drm_device *drm;
	u64 va;
	u64 size;
	struct dma_fence_cb cb;
	struct work_struct work;
};

void genpu_vm_init_locks(struct genpu_vm *vm)
{
	mutex_init(&vm->lock);
	dma_resv_init(&vm->resv);
}

int genpu_vm_init(struct genpu_vm *vm, struct genpu_device *gdev, u32 ctx_id)
{
	int ret;

	ret = genpu_pt_init(&vm->pt, gdev);
	if (ret)
		return ret;
	vm->gdev = gdev;
	vm->ctx_id = ctx_id;
	genpu_vm_init_locks(vm);
	mt_init_flags(&vm->mappings, MT_FLAGS_ALLOC_RANGE);
	return 0;
}

/**
 * genpu_vm_fini() - free an address space that the device has forgotten and no job uses
 * @vm: address space
 */
void genpu_vm_fini(struct genpu_vm *vm)
{
	struct genpu_mapping *map;
	unsigned long index = 0;

	mt_for_each(&vm->mappings, map, index, ULONG_MAX) {
		genpu_bo_put(map->bo);
		kfree(map);
		cond_resched();
	}
	mtree_destroy(&vm->mappings);
	genpu_vm_unplug(vm);
	dma_resv_fini(&vm->resv);
	mutex_destroy(&vm->lock);
}

/**
 * genpu_vm_unplug() - free what belongs to the device, which does no DMA any more
 * @vm: address space
 */
void genpu_vm_unplug(struct genpu_vm *vm)
{
	/*
	 * Below objects_lock, against the order, where the device is removed: nothing that signals
	 * its fences takes that any more.
	 */
	mutex_lock_nested(&vm->lock, SINGLE_DEPTH_NESTING);
	genpu_pt_fini(&vm->pt);
	mutex_unlock(&vm->lock);
}

/**
 * genpu_vm_print() - print what the device sees in an address space
 * @p: printer
 * @vm: address space
 */
void genpu_vm_print(struct drm_printer *p, struct genpu_vm *vm)
{
	guard(mutex)(&vm->lock);
	genpu_pt_print(&vm->pt, p);
}

static void genpu_mapping_work(struct work_struct *work)
{
	struct genpu_mapping *map = container_of(work, struct genpu_mapping, work);

	genpu_bo_put(map->bo);
	drm_dev_put(map->drm);
	kfree(map);
}

static void genpu_mapping_idle(struct dma_fence *fence, struct dma_fence_cb *cb)
{
	struct genpu_mapping *map = container_of(cb, struct genpu_mapping, cb);

	dma_fence_put(fence);
	queue_work(genpu_cleanup_wq, &map->work);
}

/*
 * Free @map when all jobs that were submitted up to now have ended. Waits only when there is no
 * memory to do it in the background.
 */
static void genpu_mapping_retire(struct genpu_vm *vm, struct genpu_mapping *map)
{
	struct dma_fence *fence = NULL;
	int ret;

	map->drm = &vm->gdev->drm;
	drm_dev_get(map->drm);
	INIT_WORK(&map->work, genpu_mapping_work);

	dma_resv_lock(&vm->resv, NULL);
	ret = dma_resv_get_singleton(&vm->resv, DMA_RESV_USAGE_BOOKKEEP, &fence);
	dma_resv_unlock(&vm->resv);
	if (ret)
		dma_resv_wait_timeout(&vm->resv, DMA_RESV_USAGE_BOOKKEEP, false,
				      MAX_SCHEDULE_TIMEOUT);

	if (!fence || dma_fence_add_callback(fence, &map->cb, genpu_mapping_idle)) {
		dma_fence_put(fence);
		genpu_mapping_work(&map->work);
	}
}

static void genpu_vm_invalidate(struct genpu_vm *vm, u64 va, u64 size)
{
	struct genpu_admin_cmd cmd = {
		.task.op = GENPU_ADMIN_TLB_INVALIDATE,
		.task.tlb.ctx = vm->ctx_id,
		.task.tlb.va = va,
		.task.tlb.size = size,
	};

	genpu_admin_exec(vm->gdev, &cmd);
}

/* Undo genpu_vm_map_locked(), whether it was completed or not; consumes @map. */
static void genpu_vm_remove_locked(struct genpu_vm *vm, struct genpu_mapping *map)
{
	LIST_HEAD(unused);

	lockdep_assert_held(&vm->lock);

	mtree_erase(&vm->mappings, map->va);
	genpu_pt_unmap(&vm->pt, map->va, map->size, &unused);
	genpu_vm_invalidate(vm, map->va, map->size);
	genpu_pt_free_unused(&vm->pt, &unused);
	genpu_mapping_retire(vm, map);
}

/* Write the entries of a mapping that has its place in @vm->mappings; consumes @map on failure. */
static int genpu_vm_fill_locked(struct genpu_vm *vm, struct genpu_mapping *map, u64 offset,
				u64 bits)
{
	struct genpu_bo *bo = map->bo;
	const struct genpu_extent *extent;
	u64 va = map->va, size = map->size, done, step;
	int ret = 0;

	drm_gem_object_get(&bo->base);

	if (bo->kind != GENPU_BO_DEVICE)
		bits |= GENPU_PTE_SYSTEM;
	extent = genpu_bo_extent(bo, offset);
	for (done = 0; done < size && !ret; done += step, extent++) {
		u64 within = offset + done - extent->start;

		step = min(extent->size - within, size - done);
		ret = genpu_pt_map(&vm->pt, va + done, extent->addr + within, step, bits);
	}
	if (ret)
		genpu_vm_remove_locked(vm, map);
	else
		dma_wmb();	/* entries before a doorbell that follows */
	return ret;
}

/**
 * genpu_vm_end() - where the part of an address space ends that userspace maps to
 * @gdev: device
 *
 * Return: the first address above it. The driver maps its own things from there on.
 */
u64 genpu_vm_end(const struct genpu_device *gdev)
{
	u64 top = 1ull << gdev->va_bits;

	return top - (top >> GENPU_VA_OWN_SHIFT);
}

/* Finds a place among the driver's own mappings if *@va is 0. */
static int genpu_vm_map(struct genpu_vm *vm, struct genpu_bo *bo, u64 offset, u64 size, u64 bits,
			u64 *va)
{
	unsigned long start = *va;
	struct genpu_mapping *map;
	int ret;

	map = kzalloc_obj(*map, GFP_KERNEL_ACCOUNT);
	if (!map)
		return -ENOMEM;
	map->bo = bo;
	map->size = size;

	guard(mutex)(&vm->lock);
	if (start)
		ret = mtree_insert_range(&vm->mappings, start, start + size - 1, map, GFP_KERNEL);
	else
		ret = mtree_alloc_range(&vm->mappings, &start, map, size, genpu_vm_end(vm->gdev),
					(1ull << vm->gdev->va_bits) - 1, GFP_KERNEL);
	if (ret) {
		kfree(map);
	} else {
		map->va = start;
		*va = start;
		ret = genpu_vm_fill_locked(vm, map, offset, bits);
	}
	return ret;
}

/**
 * genpu_vm_map_own() - map a whole BO, for the device to read, where userspace cannot unmap it
 * @vm: address space
 * @bo: BO
 * @va: out: where
 *
 * Return: 0; -ENOSPC: no such range is free; -ENOMEM.
 */
int genpu_vm_map_own(struct genpu_vm *vm, struct genpu_bo *bo, u64 *va)
{
	int ret;

	*va = 0;
	ret = genpu_vm_map(vm, bo, 0, bo->base.size, 0, va);
	return ret == -EBUSY ? -ENOSPC : ret;
}

/**
 * genpu_vm_unmap_own() - undo genpu_vm_map_own()
 * @vm: address space
 * @va: what that gave
 */
void genpu_vm_unmap_own(struct genpu_vm *vm, u64 va)
{
	guard(mutex)(&vm->lock);
	genpu_vm_remove_locked(vm, mtree_load(&vm->mappings, va));
}

static bool genpu_vm_bind_valid(struct genpu_device *gdev, const struct drm_genpu_vm_bind *args)
{
	bool map = args->op == DRM_GENPU_VM_MAP;
	u64 end;

	if (!map && (args->op != DRM_GENPU_VM_UNMAP || args->handle || args->offset))
		return false;
	return !(args->flags & ~(map ? DRM_GENPU_VM_WRITE : 0)) && args->size &&
	       PAGE_ALIGNED(args->size | args->va | args->offset) && args->va >= GENPU_VA_START &&
	       !check_add_overflow(args->va, args->size, &end) && end <= genpu_vm_end(gdev);
}

static int genpu_vm_bind_map(struct genpu_vm *vm, struct drm_file *file,
			     const struct drm_genpu_vm_bind *args)
{
	struct drm_device *drm = &vm->gdev->drm;
	bool write = args->flags & DRM_GENPU_VM_WRITE;
	struct drm_gem_object *obj;
	u64 va = args->va;

	obj = drm_gem_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;
	struct genpu_bo *bo __free(genpu_bo_put) = to_genpu_bo(obj);
	if (args->offset > obj->size || args->size > obj->size - args->offset) {
		drm_dbg(drm, "vm_bind: [0x%llx + 0x%llx] exceeds BO of 0x%zx bytes\n",
			args->offset, args->size, obj->size);
		return -EINVAL;
	}
	if (write && bo->readonly) {
		drm_dbg(drm, "vm_bind: BO %u is read-only\n", args->handle);
		return -EACCES;
	}
	return genpu_vm_map(vm, bo, args->offset, args->size, write ? GENPU_PTE_WRITE : 0, &va);
}

static int genpu_vm_bind_unmap(struct genpu_vm *vm, u64 va, u64 size)
{
	struct genpu_mapping *map;

	guard(mutex)(&vm->lock);
	map = mtree_load(&vm->mappings, va);
	if (!map || map->va != va || map->size != size)
		return -ENOENT;
	genpu_vm_remove_locked(vm, map);
	return 0;
}

int genpu_vm_bind_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct genpu_device *gdev = to_genpu(drm);
	struct drm_genpu_vm_bind *args = data;
	bool map = args->op == DRM_GENPU_VM_MAP;
	int ret, idx;

	if (!genpu_vm_bind_valid(gdev, args)) {
		drm_dbg(drm, "vm_bind: op %u, flags 0x%x, [0x%llx + 0x%llx] of %u at 0x%llx is invalid\n",
			args->op, args->flags, args->offset, args->size, args->handle, args->va);
		return -EINVAL;
	}
	struct genpu_ctx *ctx __free(genpu_ctx_put) =
		genpu_handle_lookup(&to_genpu_file(file)->ctxs, args->ctx_id);
	if (!ctx)
		return -ENOENT;
	ret = genpu_device_enter(gdev, &idx);
	if (ret)
		return ret;
	ret = map ? genpu_vm_bind_map(&ctx->vm, file, args) :
		    genpu_vm_bind_unmap(&ctx->vm, args->va, args->size);
	if (!ret && map)
		trace_genpu_vm_map(ctx, args);
	else if (!ret)
		trace_genpu_vm_unmap(ctx, args);
	drm_dev_exit(idx);
	return ret;
}
