/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_PRINT_H_
#define _GENPU_PRINT_H_

#include <linux/types.h>

#include <drm/genpu_isa.h>

struct drm_printer;
struct genpu_device;

#define GENPU_PRINT_REGS	(GENPU_REG_EQ(0) / 4)	/* all below the event queues */

void genpu_print_regs(struct drm_printer *p, const u32 *regs);
void genpu_print_streams(struct drm_printer *p, struct genpu_device *gdev);

#endif /* _GENPU_PRINT_H_ */
