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
#include <linux/fs.h>
#include <linux/module.h>

#include <drm/drm_prime.h>

#include "genpu_bo.h"
#include "genpu_device.h"

/* As text, which MODULE_IMPORT_NS() takes on some kernels only. */
MODULE_INFO(import_ns, "DMA_BUF");

static int genpu_dmabuf_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct genpu_bo *bo = to_genpu_bo(dmabuf->priv);

	if (bo->kind == GENPU_BO_PAGES)
		return 0;
	drm_dbg(bo->base.dev, "attach: %s cannot reach device memory\n", dev_name(attach->dev));
	return -EOPNOTSUPP;
}

/**
 * genpu_dmabuf_sgt() - the pages of a BO for another device
 * @obj: BO with pages
 *
 * Return: table that is not mapped; ERR_PTR(-ENOMEM).
 */
struct sg_table *genpu_dmabuf_sgt(struct drm_gem_object *obj)
{
	struct genpu_bo *bo = to_genpu_bo(obj);
	u32 count = PHYS_PFN(obj->size), i, n = 0;
	struct page **pages __free(kvfree) = kvmalloc_array(count, sizeof(*pages), GFP_KERNEL);
	const struct genpu_extent *extent;

	if (!pages)
		return ERR_PTR(-ENOMEM);
	for (extent = bo->extents; extent < bo->extents + bo->num_extents; extent++)
		for (i = 0; i < PHYS_PFN(extent->size); i++)
			pages[n++] = pfn_to_page(extent->pfn + i);
	return drm_prime_pages_to_sg(obj->dev, pages, count);
}

static void genpu_dmabuf_release(struct dma_buf *dmabuf)
{
	struct genpu_bo *bo = to_genpu_bo(dmabuf->priv);
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
	.map_dma_buf = drm_gem_map_dma_buf,
	.unmap_dma_buf = drm_gem_unmap_dma_buf,
	.mmap = drm_gem_dmabuf_mmap,
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
	guard(mutex)(&gdev->bos_lock);
	bo->dmabuf_inode = igrab(file_inode(dmabuf->file));
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
	struct genpu_bo *bo __free(genpu_bo_put) =
		genpu_bo_new(to_genpu(drm), GENPU_BO_IMPORT, left);
	struct scatterlist *sg;
	int ret, i;

	if (IS_ERR(bo))
		return ERR_CAST(bo);
	ret = genpu_bo_alloc_extents(bo, sgt->nents);
	if (ret)
		return ERR_PTR(ret);
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
		return ERR_PTR(-EINVAL);
	}
	bo->attach = attach;
	bo->import = sgt;
	bo->mapped = true;
	genpu_bo_publish(bo);
	return &no_free_ptr(bo)->base;
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
