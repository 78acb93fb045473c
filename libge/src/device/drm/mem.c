// SPDX-License-Identifier: MIT
/*
 * mem.c - memory at one address on host and device: the mapping of a buffer object into the process
 * is given the same place in the device's context. Each allocation is one object; big ones are
 * aligned to 2 MiB, so that the device can map them with large pages.
 *
 * The mappings keep the object alive, so that no handle has to be kept.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xf86drm.h>

#include "base/error.h"
#include "device/drm/drm.h"

#define LARGE_PAGE	(2ul << 20)

/* Address space of @size bytes, with nothing in it. */
static void *reserve(size_t size)
{
	size_t extra = size >= LARGE_PAGE ? LARGE_PAGE : 0;
	uintptr_t start, aligned;
	void *ptr;

	if (size + extra < size)
		return NULL;
	ptr = mmap(NULL, size + extra, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		   0);
	if (ptr == MAP_FAILED)
		return NULL;
	if (!extra)
		return ptr;
	start = (uintptr_t)ptr;
	aligned = (start + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1);
	if (aligned > start)
		munmap(ptr, aligned - start);
	if (aligned + size < start + size + extra)
		munmap((void *)(aligned + size), start + extra - aligned);
	return (void *)aligned;
}

static int vm_bind(struct ge_device *dev, uint32_t op, uint32_t handle, void *ptr, uint64_t size)
{
	struct drm_genpu_vm_bind bind = {
		.ctx_id = dev->ctx,
		.op = op,
		.flags = op == DRM_GENPU_VM_MAP ? DRM_GENPU_VM_WRITE : 0,
		.handle = handle,
		.va = (uintptr_t)ptr,
		.size = size,
	};

	return ge_drm_ioctl(dev, DRM_IOCTL_GENPU_VM_BIND, &bind,
			    op == DRM_GENPU_VM_MAP ? "mapping memory" : "unmapping memory");
}

static int map_object(struct ge_device *dev, const struct drm_genpu_bo_create *bo, void **result)
{
	void *ptr = reserve(bo->size);
	int ret;

	if (!ptr)
		return ge_error(ENOMEM, "the process has no address space for %llu bytes",
				(unsigned long long)bo->size);
	if ((uintptr_t)ptr < dev->info.va_start || (uintptr_t)ptr + bo->size > dev->info.va_end) {
		ret = ge_error(ENOMEM, "address %p is outside of the device's %#llx .. %#llx", ptr,
			       (unsigned long long)dev->info.va_start,
			       (unsigned long long)dev->info.va_end);
		goto unmap;
	}
	if (mmap(ptr, bo->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, dev->fd,
		 bo->mmap_offset) == MAP_FAILED || madvise(ptr, bo->size, MADV_DONTFORK)) {
		ret = ge_drm_error(dev, errno, "mapping memory into the process");
		goto unmap;
	}
	ret = vm_bind(dev, DRM_GENPU_VM_MAP, bo->handle, ptr, bo->size);
	if (ret)
		goto unmap;
	*result = ptr;
	return 0;
unmap:
	munmap(ptr, bo->size);
	return ret;
}

int ge_mem_alloc(struct ge_device *dev, size_t size, enum ge_mem_region region, void **result)
{
	struct drm_genpu_bo_create bo = {
		.size = size,
		.region =
			region == GE_MEM_DEVICE ? DRM_GENPU_REGION_DEVICE : DRM_GENPU_REGION_SYSTEM,
	};
	struct ge_range range;
	void *ptr = NULL;
	int ret;

	if (!size)
		return ge_error(EINVAL, "an allocation of 0 bytes");
	ret = ge_drm_ioctl(dev, DRM_IOCTL_GENPU_BO_CREATE, &bo, "allocating memory");
	if (ret == -ENOSPC)
		return ge_error(ENOSPC, "device %u has no room for %zu bytes", dev->index, size);
	if (ret == -EDQUOT)
		return ge_error(ENOSPC, "%zu bytes more exceed the limit of this process's control "
				"group on device %u", size, dev->index);
	if (ret == -ENOMEM)
		return ge_error(ENOMEM, "the host has no memory for %zu bytes", size);
	if (ret)
		return ret;
	ret = map_object(dev, &bo, &ptr);
	drmCloseBufferHandle(dev->fd, bo.handle);
	if (ret)
		return ret;

	range = (struct ge_range){ .start = (uintptr_t)ptr, .size = bo.size, .region = region };
	pthread_rwlock_wrlock(&dev->lock);
	ret = ge_ranges_add(&dev->ranges, &range);
	pthread_rwlock_unlock(&dev->lock);
	if (ret) {
		vm_bind(dev, DRM_GENPU_VM_UNMAP, 0, ptr, bo.size);
		munmap(ptr, bo.size);
		return ge_error(-ret, "out of memory for the table of allocations");
	}
	*result = ptr;
	return 0;
}

int ge_mem_free(struct ge_device *dev, void *ptr)
{
	const struct ge_range *range;
	uint64_t size = 0;
	int ret;

	pthread_rwlock_wrlock(&dev->lock);
	range = ge_ranges_find(&dev->ranges, (uintptr_t)ptr);
	if (range && range->start == (uintptr_t)ptr) {
		size = range->size;
		ge_ranges_remove(&dev->ranges, (uintptr_t)ptr);
	}
	pthread_rwlock_unlock(&dev->lock);
	if (!size)
		return ge_error(ENOENT, "%p is not the start of an allocation on device %u", ptr,
				dev->index);
	if (dev->fd < 0)
		return ge_error(ENODEV,
				"%p was allocated before fork() and belongs to the parent process",
				ptr);
	/* First the device: once the host's side is gone, the address may be given out again. */
	ret = vm_bind(dev, DRM_GENPU_VM_UNMAP, 0, ptr, size);
	munmap(ptr, size);
	return ret == -ENODEV || ret == -EIO ? 0 : ret;
}

int ge_mem_find(struct ge_device *dev, const void *ptr, void **start, size_t *size,
		enum ge_mem_region *region)
{
	const struct ge_range *range;
	int ret = -ENOENT;

	pthread_rwlock_rdlock(&dev->lock);
	range = ge_ranges_find(&dev->ranges, (uintptr_t)ptr);
	if (range) {
		if (start)
			*start = (void *)(uintptr_t)range->start;
		if (size)
			*size = range->size;
		if (region)
			*region = range->region;
		ret = 0;
	}
	pthread_rwlock_unlock(&dev->lock);
	return ret;
}

void ge_drm_mem_unmap_all(struct ge_device *dev)
{
	const struct ge_range *range;

	while ((range = ge_ranges_first(&dev->ranges))) {
		if (dev->fd >= 0)
			munmap((void *)(uintptr_t)range->start, range->size);
		ge_ranges_remove(&dev->ranges, range->start);
	}
}
