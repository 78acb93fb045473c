/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_RESET_H_
#define _GENPU_RESET_H_

#include "genpu_device.h"
#include "genpu_restore.h"

void genpu_reset_set_state(struct genpu_device *gdev, enum genpu_device_state state);
bool genpu_reset_begin(struct genpu_device *gdev);
int genpu_reset_down(struct genpu_device *gdev, enum genpu_blame blame);
int genpu_reset_up(struct genpu_device *gdev);
void genpu_reset_wedge(struct genpu_device *gdev);
void genpu_reset_work(struct work_struct *work);
void genpu_reset_schedule(struct genpu_device *gdev, u32 generation, const char *reason);
void genpu_reset_escalate(struct genpu_device *gdev, u32 generation, const char *reason);

#endif /* _GENPU_RESET_H_ */
