/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_HWMON_H_
#define _GENPU_HWMON_H_

#include <linux/kconfig.h>

struct genpu_device;

#if IS_REACHABLE(CONFIG_HWMON)
int genpu_hwmon_init(struct genpu_device *gdev);
#else
static inline int genpu_hwmon_init(struct genpu_device *gdev)
{
	return 0;
}
#endif

#endif /* _GENPU_HWMON_H_ */
