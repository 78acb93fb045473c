/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_DEBUGFS_H_
#define _GENPU_DEBUGFS_H_

struct genpu_device;

void genpu_debugfs_init(struct genpu_device *gdev);

#endif /* _GENPU_DEBUGFS_H_ */
