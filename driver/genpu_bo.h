/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_BO_H_
#define _GENPU_BO_H_

#include <linux/scatterlist.h>

#include <drm/drm_gem.h>
#include <drm/genpu_accel.h>

struct dmem_cgroup_pool_state;
struct genpu_device;

/**
 * enum genpu_bo_kind - where the memory of a BO comes from
 * @GENPU_BO_DEVICE: device memory
 * @GENPU_BO_PAGES: pages of the host that the BO owns
 * @GENPU_BO_USERPTR: pages of a process, pinned
 * @GENPU_BO_IMPORT: a dma-buf of someone else
 */
enum genpu_bo_kind {
	GENPU_BO_DEVICE,
	GENPU_BO_PAGES,
	GENPU_BO_USERPTR,
	GENPU_BO_IMPORT,
};

/**
 * struct genpu_extent - contiguous piece of a BO
 * @start: byte in the BO
 * @size: bytes
 * @addr: for the device: DMA address, or offset in device memory
 * @pfn: for the CPU, where it has access
 */
struct genpu_extent {
	u64 start;
	u64 size;
	u64 addr;
	unsigned long pfn;
};

/**
 * struct genpu_bo - buffer; once it is in the list of all BOs everything is constant but what says
 *                   otherwise
 * @base: base
 * @kind: what it is made of
 * @cpu_access: the CPU may access it through the file or a dma-buf
 * @readonly: the device must not write to it
 * @extents: its pieces in order
 * @num_extents: how many
 * @blocks: GENPU_BO_DEVICE: memory, struct gpu_buddy_block
 * @charged: GENPU_BO_DEVICE: the control group that it counts for
 * @mm: GENPU_BO_USERPTR: the pins count for it
 * @attach: GENPU_BO_IMPORT: to the dma-buf, which it holds
 * @import: GENPU_BO_IMPORT: its addresses
 * @mapped: the device can reach the memory of the host; cleared when it is removed. Protected by
 *          genpu_device.bos_lock
 * @dmabuf_inode: of its dma-buf while it has one; protected by genpu_device.bos_lock
 * @link: in genpu_device.bos
 * @stand_in: what mappings of device memory show once the device is removed; set once
 */
struct genpu_bo {
	struct drm_gem_object base;
	enum genpu_bo_kind kind;
	bool cpu_access;
	bool readonly;
	struct genpu_extent *extents;
	u32 num_extents;
	struct list_head blocks;
	struct dmem_cgroup_pool_state *charged;
	struct mm_struct *mm;
	struct dma_buf_attachment *attach;
	struct sg_table *import;
	bool mapped;
	struct inode *dmabuf_inode;
	struct list_head link;
	struct page *stand_in;
};

static inline struct genpu_bo *to_genpu_bo(struct drm_gem_object *obj)
{
	return container_of(obj, struct genpu_bo, base);
}

/* Of none, or of why there is none, there is nothing to put. */
static inline void genpu_bo_put(struct genpu_bo *bo)
{
	if (!IS_ERR_OR_NULL(bo))
		drm_gem_object_put(&bo->base);
}

DEFINE_FREE(genpu_bo_put, struct genpu_bo *, genpu_bo_put(_T))

static inline u32 genpu_bo_region(const struct genpu_bo *bo)
{
	return bo->kind == GENPU_BO_DEVICE ? DRM_GENPU_REGION_DEVICE : DRM_GENPU_REGION_SYSTEM;
}

struct genpu_bo *genpu_bo_new(struct genpu_device *gdev, enum genpu_bo_kind kind, u64 size);
struct genpu_bo *genpu_bo_create(struct genpu_device *gdev, u64 size, u32 region, u32 flags);
void genpu_bo_publish(struct genpu_bo *bo);
int genpu_bo_to_handle(struct genpu_bo *bo, struct drm_file *file, u32 *handle);
int genpu_bo_alloc_extents(struct genpu_bo *bo, size_t max);
void genpu_bo_add_extent(struct genpu_bo *bo, u64 size, u64 addr, unsigned long pfn);
const struct genpu_extent *genpu_bo_extent(const struct genpu_bo *bo, u64 offset);
void genpu_bo_unmap_all(struct genpu_device *gdev);

/* Pages of the host: its own ones, or pinned. */
int genpu_pages_alloc(struct genpu_device *gdev, struct genpu_bo *bo);
void genpu_pages_free(struct genpu_device *gdev, struct genpu_bo *bo);
int genpu_pages_map(struct genpu_device *gdev, struct genpu_bo *bo, struct page *page, u64 size);
void genpu_pages_unmap(struct genpu_device *gdev, struct genpu_bo *bo);
void genpu_userptr_free(struct genpu_bo *bo);

/* What is shared with others. */
struct sg_table *genpu_dmabuf_sgt(struct drm_gem_object *obj);
struct dma_buf *genpu_dmabuf_export(struct drm_gem_object *obj, int flags);
struct drm_gem_object *genpu_dmabuf_import(struct drm_device *drm, struct dma_buf *dmabuf);
struct drm_gem_object *genpu_dmabuf_import_sgt(struct drm_device *drm,
					       struct dma_buf_attachment *attach,
					       struct sg_table *sgt);
void genpu_dmabuf_detach(struct genpu_bo *bo);

/* The CPU's view. */
extern const struct vm_operations_struct genpu_mmap_vm_ops;
int genpu_mmap_bo(struct drm_gem_object *obj, struct vm_area_struct *vma);
int genpu_mmap_file(struct file *filp, struct vm_area_struct *vma);
void genpu_mmap_zap(struct genpu_device *gdev);
void genpu_mmap_block(struct genpu_device *gdev);
void genpu_mmap_unblock(struct genpu_device *gdev);

#endif /* _GENPU_BO_H_ */
