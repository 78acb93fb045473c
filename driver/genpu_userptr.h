/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_USERPTR_H_
#define _GENPU_USERPTR_H_

struct drm_device;
struct drm_file;
struct genpu_bo;

void genpu_userptr_free(struct genpu_bo *bo);
int genpu_bo_userptr_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _GENPU_USERPTR_H_ */
