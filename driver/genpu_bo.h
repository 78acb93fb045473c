/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_BO_H_
#define _GENPU_BO_H_

#include <linux/scatterlist.h>

#include <drm/drm_gem.h>

struct genpu_device;

/**
 * struct genpu_extent - contiguous piece of a BO
 * @start: byte in the BO
 * @size: bytes
 * @addr: for the device: DMA address, or offset in device memory
 * @pfn: for the CPU
 */
struct genpu_extent {
	u64 start;
	u64 size;
	u64 addr;
	unsigned long pfn;
};

/**
 * struct genpu_bo - buffer; all but @sgt, @link and @stand_in is constant after creation
 * @base: base
 * @region: enum drm_genpu_region
 * @extents: its pieces in order
 * @num_extents: how many
 * @blocks: device memory
 * @sgt: system pages; an entry is one allocation
 * @mapped: @sgt is mapped for DMA; cleared when the device is removed. Protected by
 *          genpu_device.bos_lock once @link is in its list
 * @link: in genpu_device.bos
 * @stand_in: what mappings of device memory show once the device is removed; set once
 */
struct genpu_bo {
	struct drm_gem_object base;
	u32 region;
	struct genpu_extent *extents;
	u32 num_extents;
	struct list_head blocks;
	struct sg_table sgt;
	bool mapped;
	struct list_head link;
	struct page *stand_in;
};

static inline struct genpu_bo *to_genpu_bo(struct drm_gem_object *obj)
{
	return container_of(obj, struct genpu_bo, base);
}

static inline struct genpu_bo *genpu_bo_get(struct genpu_bo *bo)
{
	drm_gem_object_get(&bo->base);
	return bo;
}

static inline void genpu_bo_put(struct genpu_bo *bo)
{
	drm_gem_object_put(&bo->base);
}

struct genpu_bo *genpu_bo_create(struct genpu_device *gdev, u64 size, u32 region);
const struct genpu_extent *genpu_bo_extent(const struct genpu_bo *bo, u64 offset);
void genpu_bo_unmap_all(struct genpu_device *gdev);

int genpu_bo_file_mmap(struct file *filp, struct vm_area_struct *vma);

int genpu_bo_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int genpu_bo_info_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _GENPU_BO_H_ */
