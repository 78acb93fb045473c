/* SPDX-License-Identifier: MIT */
/* regs.h - registers; device_read() and device_write() of model.h are the way in */
#ifndef GE_EMU_REGS_H
#define GE_EMU_REGS_H

struct device;

/** regs_reset() - values after a reset; needs device.lock */
void regs_reset(struct device *dev);

/** regs_let_go() - end what injected faults have stuck; needs device.lock */
void regs_let_go(struct device *dev);

#endif
