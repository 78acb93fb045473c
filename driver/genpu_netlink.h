/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_NETLINK_H_
#define _GENPU_NETLINK_H_

#include <linux/kconfig.h>
#include <linux/types.h>

struct genpu_device;
struct genpu_notice;

#if IS_ENABLED(CONFIG_NET)
int genpu_netlink_register(void);
void genpu_netlink_unregister(void);
int genpu_netlink_init(struct genpu_device *gdev);
void genpu_netlink_tell(struct genpu_device *gdev, const struct genpu_notice *notice, u64 lost);
#else
static inline int genpu_netlink_register(void)
{
	return 0;
}

static inline void genpu_netlink_unregister(void)
{
}

static inline int genpu_netlink_init(struct genpu_device *gdev)
{
	return 0;
}

static inline void genpu_netlink_tell(struct genpu_device *gdev, const struct genpu_notice *notice,
				      u64 lost)
{
}
#endif

#endif /* _GENPU_NETLINK_H_ */
