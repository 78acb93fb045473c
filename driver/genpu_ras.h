/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_RAS_H_
#define _GENPU_RAS_H_

#include <linux/kconfig.h>

struct genpu_device;

#if IS_ENABLED(CONFIG_DRM_RAS)
int genpu_ras_init(struct genpu_device *gdev);
#else
static inline int genpu_ras_init(struct genpu_device *gdev)
{
	return 0;
}
#endif

#endif /* _GENPU_RAS_H_ */
