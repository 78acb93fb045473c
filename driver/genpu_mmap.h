/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_MMAP_H_
#define _GENPU_MMAP_H_

struct drm_gem_object;
struct file;
struct genpu_device;
struct vm_area_struct;
struct vm_operations_struct;

extern const struct vm_operations_struct genpu_mmap_vm_ops;

int genpu_mmap_bo(struct drm_gem_object *obj, struct vm_area_struct *vma);
int genpu_mmap_file(struct file *filp, struct vm_area_struct *vma);
void genpu_mmap_zap(struct genpu_device *gdev);
void genpu_mmap_block(struct genpu_device *gdev);
void genpu_mmap_unblock(struct genpu_device *gdev);

#endif /* _GENPU_MMAP_H_ */
