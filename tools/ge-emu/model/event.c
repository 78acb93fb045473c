// SPDX-License-Identifier: MIT
#include "inject.h"

static void store(struct genpu_event *to, const struct genpu_event *ev)
{
	union {
		struct genpu_event e;
		u64 word[2];
	} from = { .e = *ev };
	u64 *p = (u64 *)to;

	__atomic_store_n(&p[0], from.word[0], __ATOMIC_RELAXED);
	__atomic_store_n(&p[1], from.word[1], __ATOMIC_RELEASE);
}

static struct genpu_event *entry(struct device *dev, const struct event_queue *eq, u64 n)
{
	return memory_dma(dev->mem.map,
			  eq->base + (n & (eq->entries - 1)) * sizeof(struct genpu_event),
			  sizeof(struct genpu_event), true);
}

static u8 phase(const struct event_queue *eq, u64 n)
{
	return !(n / eq->entries & 1);
}

void event_interrupt(struct device *dev, u32 vector)
{
	if (!dev->d3)
		dev->opt.raise(dev->opt.priv, vector);
}

void event_write(struct device *dev, u32 vector, const struct genpu_event *ev, enum event_way way)
{
	struct event_queue *eq = &dev->events[vector];
	struct genpu_event e = *ev, *p;

	if (!eq->entries)
		return;
	p = entry(dev, eq, eq->next);
	/* a host that took its event queue away does not want to know */
	if (!p)
		return;
	e.phase = phase(eq, eq->next);
	if (way == EVENT_STALE) {
		e.phase = !e.phase;
		eq->stale = true;
	}
	eq->next++;
	store(p, &e);
	if (way != EVENT_SILENT)
		event_interrupt(dev, vector);
}

static void write_held(struct device *dev, u32 vector)
{
	struct event_queue *eq = &dev->events[vector];

	if (!eq->holding)
		return;
	eq->holding = false;
	event_write(dev, vector, &eq->held, EVENT_GOOD);
}

void event_post(struct device *dev, u32 vector, u32 type, u32 queue, u32 info, u64 value)
{
	struct event_queue *eq = &dev->events[vector];
	struct inject_hit hit = { .fault = INJECT_NONE };
	struct genpu_event ev = { .value = value, .info = info, .queue = queue, .type = type };

	if (type == GENPU_EVENT_COMPLETE && inject_armed(dev))
		hit = inject_find(dev, INJECT_EVENT, queue, 0);
	switch (hit.fault) {
	case INJECT_LOSE_EVENT:
		return;
	case INJECT_REORDER_EVENTS:
		if (!eq->holding) {
			eq->held = ev;
			eq->holding = true;
			return;
		}
		break;
	case INJECT_STALE_PHASE:
		event_write(dev, vector, &ev, EVENT_STALE);
		return;
	case INJECT_LOSE_INTERRUPT:
		event_write(dev, vector, &ev, EVENT_SILENT);
		return;
	case INJECT_DUPLICATE_EVENT:
		event_write(dev, vector, &ev, EVENT_GOOD);
		break;
	default:
		break;
	}
	event_write(dev, vector, &ev, EVENT_GOOD);
	write_held(dev, vector);
}

/* Gives the entries of the last lap the phase that they should have. */
static void mend_phases(struct device *dev, struct event_queue *eq)
{
	u64 n = eq->next > eq->entries ? eq->next - eq->entries : 0;
	struct genpu_event *p, e;

	for (; n < eq->next; n++) {
		p = entry(dev, eq, n);
		if (!p)
			return;
		e = *p;
		e.phase = phase(eq, n);
		store(p, &e);
	}
}

void event_let_go(struct device *dev, u32 vector)
{
	struct event_queue *eq = &dev->events[vector];

	if (eq->stale) {
		eq->stale = false;
		mend_phases(dev, eq);
		event_interrupt(dev, vector);
	}
	write_held(dev, vector);
}
