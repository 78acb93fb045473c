// SPDX-License-Identifier: GPL-2.0-only
/*
 * BOs shared with other devices and drivers as dma-bufs, and theirs as BOs.
 *
 * Nothing that is shared ever moves: BOs stay where they are, and imports are static attachments,
 * which the exporter pins. So no job leaves a fence in a dma_resv; who shares memory orders its use
 * by syncobjs and sync files, and puts them into the dma-buf where the other side waits implicitly
 * (DMA_BUF_IOCTL_IMPORT_SYNC_FILE).
 *
 * Memory of the host is mapped for whoever attaches. Device memory is there for the CPU, but no
 * other device reaches it: the device is no peer-to-peer provider.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/iosys-map.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <drm/drm_drv.h>
#include <drm/drm_prime.h>
#include <drm/drm_print.h>

#include "genpu_bo.h"
#include "genpu_device.h"
#include "genpu_dmabuf.h"
#include "genpu_pages.h"

/* As text, which MODULE_IMPORT_NS() takes on some kernels only. */
MODULE_INFO(import_ns, "DMA_BUF");

static struct genpu_bo *genpu_dmabuf_bo(struct dma_buf *dmabuf)
{
	return to_genpu_bo(dmabuf->priv);
}

static int genpu_dmabuf_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct genpu_bo *bo = genpu_dmabuf_bo(dmabuf);

	if (bo->kind == GENPU_BO_PAGES)
		return 0;
	drm_dbg(bo->base.dev, "attach: %s cannot reach device memory\n", dev_name(attach->dev));
	return -EOPNOTSUPP;
}

static struct sg_table *genpu_dmabuf_map_dma(struct dma_buf_attachment *attach,
					     enum dma_data_direction dir)
{
	struct genpu_bo *bo = genpu_dmabuf_bo(attach->dmabuf);
	size_t segment = max_t(size_t, dma_get_max_seg_size(attach->dev), PAGE_SIZE);
	struct sg_table *sgt = kzalloc_obj(*sgt, GFP_KERNEL);
	struct page **pages = genpu_pages_array(bo);
	int ret = -ENOMEM;

	if (!sgt || !pages)
		goto err_free;
	ret = sg_alloc_table_from_pages_segment(sgt, pages, PHYS_PFN(bo->base.size), 0,
						bo->base.size, segment, GFP_KERNEL);
	if (ret)
		goto err_free;
	ret = dma_map_sgtable(attach->dev, sgt, dir, 0);
	if (ret)
		goto err_table;
	kvfree(pages);
	return sgt;

err_table:
	sg_free_table(sgt);
err_free:
	kvfree(pages);
	kfree(sgt);
	return ERR_PTR(ret);
}

static void genpu_dmabuf_unmap_dma(struct dma_buf_attachment *attach, struct sg_table *sgt,
				   enum dma_data_direction dir)
{
	dma_unmap_sgtable(attach->dev, sgt, dir, 0);
	sg_free_table(sgt);
	kfree(sgt);
}

static int genpu_dmabuf_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	return drm_gem_prime_mmap(dmabuf->priv, vma);
}

/* For drivers; what they see of device memory once the device is removed is undefined. */
static int genpu_dmabuf_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct genpu_bo *bo = genpu_dmabuf_bo(dmabuf);
	size_t size = bo->base.size;
	struct page **pages;
	void __iomem *mem;
	void *vaddr;
	int idx;

	if (bo->kind == GENPU_BO_DEVICE) {
		/* Pieces of device memory have no pages to be put side by side. */
		if (!bo->cpu_access || bo->num_extents > 1)
			return -EOPNOTSUPP;
		if (!drm_dev_enter(bo->base.dev, &idx))
			return -ENODEV;
		mem = ioremap_wc(PFN_PHYS(bo->extents[0].pfn), size);
		drm_dev_exit(idx);
		iosys_map_set_vaddr_iomem(map, mem);
		return mem ? 0 : -ENOMEM;
	}
	pages = genpu_pages_array(bo);
	vaddr = pages ? vmap(pages, PHYS_PFN(size), VM_MAP, PAGE_KERNEL) : NULL;
	kvfree(pages);
	iosys_map_set_vaddr(map, vaddr);
	return vaddr ? 0 : -ENOMEM;
}

static void genpu_dmabuf_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	if (map->is_iomem)
		iounmap(map->vaddr_iomem);
	else
		vunmap(map->vaddr);
}

static void genpu_dmabuf_release(struct dma_buf *dmabuf)
{
	struct genpu_bo *bo = genpu_dmabuf_bo(dmabuf);
	struct genpu_device *gdev = to_genpu(bo->base.dev);
	struct inode *inode;

	mutex_lock(&gdev->bos_lock);
	inode = bo->dmabuf_inode;
	bo->dmabuf_inode = NULL;
	mutex_unlock(&gdev->bos_lock);
	iput(inode);
	drm_gem_dmabuf_release(dmabuf);
}

static const struct dma_buf_ops genpu_dmabuf_ops = {
	.attach = genpu_dmabuf_attach,
	.map_dma_buf = genpu_dmabuf_map_dma,
	.unmap_dma_buf = genpu_dmabuf_unmap_dma,
	.mmap = genpu_dmabuf_mmap,
	.vmap = genpu_dmabuf_vmap,
	.vunmap = genpu_dmabuf_vunmap,
	.release = genpu_dmabuf_release,
};

/**
 * genpu_dmabuf_export() - make a dma-buf of a BO
 * @obj: BO, without a dma-buf; imports are handed on by the DRM core
 * @flags: of the file
 *
 * Return: dma-buf; ERR_PTR: -EPERM the memory is that of a process; -ENOMEM.
 */
struct dma_buf *genpu_dmabuf_export(struct drm_gem_object *obj, int flags)
{
	struct genpu_device *gdev = to_genpu(obj->dev);
	struct genpu_bo *bo = to_genpu_bo(obj);
	struct dma_buf_export_info info = {
		.exp_name = KBUILD_MODNAME,
		.owner = THIS_MODULE,
		.ops = &genpu_dmabuf_ops,
		.size = obj->size,
		.flags = flags,
		.resv = obj->resv,
		.priv = obj,
	};
	struct dma_buf *dmabuf;

	if (bo->kind == GENPU_BO_USERPTR) {
		drm_dbg(&gdev->drm, "export: the memory of a process cannot be exported\n");
		return ERR_PTR(-EPERM);
	}
	dmabuf = drm_gem_dmabuf_export(obj->dev, &info);
	if (IS_ERR(dmabuf))
		return dmabuf;

	/* Its CPU mappings are not those of the device file, and must be found all the same. */
	mutex_lock(&gdev->bos_lock);
	bo->dmabuf_inode = igrab(file_inode(dmabuf->file));
	mutex_unlock(&gdev->bos_lock);
	return dmabuf;
}

/**
 * genpu_dmabuf_import() - make a BO of a dma-buf, or find the one that it was made of
 * @drm: device
 * @dmabuf: dma-buf
 *
 * Return: BO; ERR_PTR: -EOPNOTSUPP or whatever else the exporter says, because the device cannot
 * reach the memory; -EINVAL it does not consist of pages; -ENODEV; -ENOMEM.
 */
struct drm_gem_object *genpu_dmabuf_import(struct drm_device *drm, struct dma_buf *dmabuf)
{
	struct drm_gem_object *obj = dmabuf->priv;
	int idx;

	if (dmabuf->ops == &genpu_dmabuf_ops && obj->dev == drm) {
		drm_gem_object_get(obj);
		return obj;
	}
	if (!drm_dev_enter(drm, &idx))
		return ERR_PTR(-ENODEV);
	obj = drm_gem_prime_import_dev(drm, dmabuf, drm->dev);
	drm_dev_exit(idx);
	return obj;
}

/**
 * genpu_dmabuf_import_sgt() - make a BO of an attached dma-buf
 * @drm: device
 * @attach: taken over
 * @sgt: its addresses, taken over
 *
 * Return: BO; ERR_PTR, then nothing is taken over.
 */
struct drm_gem_object *genpu_dmabuf_import_sgt(struct drm_device *drm,
					       struct dma_buf_attachment *attach,
					       struct sg_table *sgt)
{
	u64 left = PAGE_ALIGN(attach->dmabuf->size);
	struct scatterlist *sg;
	struct genpu_bo *bo;
	int ret = -EINVAL, i;

	bo = genpu_bo_new(to_genpu(drm), GENPU_BO_IMPORT, left);
	if (IS_ERR(bo))
		return ERR_CAST(bo);
	ret = genpu_bo_alloc_extents(bo, sgt->nents);
	if (ret)
		goto err_put;
	for_each_sgtable_dma_sg(sgt, sg, i) {
		u64 addr = sg_dma_address(sg), size = min_t(u64, sg_dma_len(sg), left);

		if (!size || !PAGE_ALIGNED(addr | size))
			break;
		genpu_bo_add_extent(bo, size, addr, PHYS_PFN(addr));
		left -= size;
	}
	if (left) {
		drm_dbg(drm, "import: 0x%llx bytes of 0x%zx are not there in pages\n", left,
			bo->base.size);
		ret = -EINVAL;
		goto err_put;
	}
	bo->attach = attach;
	bo->import = sgt;
	bo->mapped = true;
	genpu_bo_publish(bo);
	return &bo->base;

err_put:
	genpu_bo_put(bo);
	return ERR_PTR(ret);
}

/* Below the device's bos_lock: the device must not be unbound before this has returned. */
void genpu_dmabuf_unmap(struct genpu_bo *bo)
{
	dma_buf_unmap_attachment_unlocked(bo->attach, bo->import, DMA_BIDIRECTIONAL);
}

/* Not below any lock: this may be the end of a BO of another device. */
void genpu_dmabuf_detach(struct genpu_bo *bo)
{
	struct dma_buf *dmabuf;

	if (!bo->attach)
		return;
	dmabuf = bo->attach->dmabuf;
	dma_buf_detach(dmabuf, bo->attach);
	dma_buf_put(dmabuf);
}
