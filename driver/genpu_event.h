/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_EVENT_H_
#define _GENPU_EVENT_H_

#include <drm/genpu_isa.h>

struct genpu_device;

/**
 * struct genpu_eq - event queue and interrupt vector of the same number
 * @gdev: device
 * @ring: entries, written by the device
 * @dma: their address for the device
 * @shift: log2 of their number
 * @irq: Linux interrupt number, 0 = not requested
 * @head: events ever taken since bring-up
 * @bad: events that made no sense
 */
struct genpu_eq {
	struct genpu_device *gdev;
	struct genpu_event *ring;
	dma_addr_t dma;
	u32 shift;
	int irq;
	u64 head;
	u64 bad;
};

int genpu_events_init(struct genpu_device *gdev);
int genpu_events_enable(struct genpu_device *gdev);
void genpu_events_disable(struct genpu_device *gdev);
void genpu_events_program(struct genpu_device *gdev);

#endif /* _GENPU_EVENT_H_ */
