/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_RESET_H_
#define _GENPU_RESET_H_

#include "genpu_device.h"

void genpu_reset_set_state(struct genpu_device *gdev, enum genpu_device_state state);
void genpu_reset_work(struct work_struct *work);
void genpu_reset_schedule(struct genpu_device *gdev, u32 generation, const char *reason);
void genpu_reset_escalate(struct genpu_device *gdev, u32 generation, const char *reason);

#endif /* _GENPU_RESET_H_ */
