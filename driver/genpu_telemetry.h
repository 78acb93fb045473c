/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_TELEMETRY_H_
#define _GENPU_TELEMETRY_H_

#include <linux/types.h>

struct drm_printer;
struct genpu_device;
struct list_head;
struct mutex;

int genpu_telemetry_begin(struct genpu_device *gdev, int *idx);
void genpu_telemetry_end(struct genpu_device *gdev, int idx);
int genpu_telemetry_read(struct genpu_device *gdev, u32 reg, bool wide, u64 *value);
size_t genpu_telemetry_count(struct mutex *lock, struct list_head *list);

/* Those who show it, where the kernel has CONFIG_HWMON and CONFIG_DRM_RAS. */
int genpu_hwmon_init(struct genpu_device *gdev);
int genpu_ras_init(struct genpu_device *gdev);

/* Who shows it in any case. */
void genpu_debugfs_init(struct genpu_device *gdev);
void genpu_debugfs_print_regs(struct drm_printer *p, struct genpu_device *gdev);
void genpu_debugfs_print_streams(struct drm_printer *p, struct genpu_device *gdev);

#endif /* _GENPU_TELEMETRY_H_ */
