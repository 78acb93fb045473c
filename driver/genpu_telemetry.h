/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_TELEMETRY_H_
#define _GENPU_TELEMETRY_H_

#include <linux/types.h>

struct genpu_device;

int genpu_telemetry_get(struct genpu_device *gdev, u32 reg, u32 *value);
int genpu_telemetry_get_all(struct genpu_device *gdev, u32 *values, u32 count);
int genpu_telemetry_get64(struct genpu_device *gdev, u32 reg, u64 *value);

#endif /* _GENPU_TELEMETRY_H_ */
