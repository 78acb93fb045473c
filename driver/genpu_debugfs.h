/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_DEBUGFS_H_
#define _GENPU_DEBUGFS_H_

struct drm_printer;
struct genpu_device;

void genpu_debugfs_init(struct genpu_device *gdev);
void genpu_debugfs_print_regs(struct drm_printer *p, struct genpu_device *gdev);
void genpu_debugfs_print_streams(struct drm_printer *p, struct genpu_device *gdev);

#endif /* _GENPU_DEBUGFS_H_ */
