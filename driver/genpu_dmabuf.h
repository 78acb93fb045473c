/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_DMABUF_H_
#define _GENPU_DMABUF_H_

struct dma_buf;
struct dma_buf_attachment;
struct drm_device;
struct drm_gem_object;
struct genpu_bo;
struct sg_table;

struct dma_buf *genpu_dmabuf_export(struct drm_gem_object *obj, int flags);

struct drm_gem_object *genpu_dmabuf_import(struct drm_device *drm, struct dma_buf *dmabuf);
struct drm_gem_object *genpu_dmabuf_import_sgt(struct drm_device *drm,
					       struct dma_buf_attachment *attach,
					       struct sg_table *sgt);
void genpu_dmabuf_unmap(struct genpu_bo *bo);
void genpu_dmabuf_detach(struct genpu_bo *bo);

#endif /* _GENPU_DMABUF_H_ */
