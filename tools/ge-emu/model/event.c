// SPDX-License-Identifier: MIT
#include "device.h"

void event_post(struct device *dev, u32 vector, u32 type, u32 queue, u32 info, u64 value)
{
	struct event_queue *eq = &dev->events[vector];
	union {
		struct genpu_event e;
		u64 word[2];
	} ev = {
		.e = { .value = value, .info = info, .queue = queue, .type = type },
	};
	u64 *p;

	if (!eq->entries)
		return;
	p = memory_dma(dev->mem.map, eq->base + (eq->next & (eq->entries - 1)) * sizeof(ev.e),
		       sizeof(ev.e), true);
	/* a host that took its event queue away does not want to know */
	if (!p)
		return;
	ev.e.phase = !(eq->next / eq->entries & 1);
	eq->next++;
	__atomic_store_n(&p[0], ev.word[0], __ATOMIC_RELAXED);
	__atomic_store_n(&p[1], ev.word[1], __ATOMIC_RELEASE);
	dev->opt.raise(dev->opt.priv, vector);
}
