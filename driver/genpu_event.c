// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event queues: one for each interrupt vector, drained by that vector's thread. Events are hints:
 * what really happened is in the status structures, and everything in an event is checked.
 */
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>

#include "genpu_trace.h"

/* Room for rare events (device, faults of queues that are gone) beside what is accounted. */
#define GENPU_EQ_SLACK	64

static u32 genpu_eq_size(const struct genpu_eq *eq)
{
	return 1u << eq->shift;
}

int genpu_events_init(struct genpu_device *gdev)
{
	u32 queues, entries, i;

	/*
	 * A queue has at most one completion and one fault pending. Another completion may follow
	 * when the thread looked at the status before it got to the event: room for two.
	 */
	queues = DIV_ROUND_UP(gdev->num_queues, gdev->num_eqs);
	for (i = 0; i < gdev->num_eqs; i++) {
		struct genpu_eq *eq = &gdev->eqs[i];

		entries = 3 * queues + GENPU_EQ_SLACK + (i ? 0 : GENPU_ADMIN_ENTRIES);
		eq->gdev = gdev;
		eq->shift = clamp(order_base_2(entries), 6, 16);
		eq->ring = dmam_alloc_coherent(gdev->drm.dev,
					       genpu_eq_size(eq) * sizeof(*eq->ring), &eq->dma,
					       GFP_KERNEL);
		if (!eq->ring)
			return -ENOMEM;
	}
	return 0;
}

/**
 * genpu_events_program() - empty the event queues and write them into the device
 * @gdev: device, just reset, that is not enabled yet
 */
void genpu_events_program(struct genpu_device *gdev)
{
	u32 i;

	for (i = 0; i < gdev->num_eqs; i++) {
		struct genpu_eq *eq = &gdev->eqs[i];

		if (eq->irq)
			synchronize_irq(eq->irq);
		memset(eq->ring, 0, genpu_eq_size(eq) * sizeof(*eq->ring));
		eq->head = 0;
		genpu_write64(gdev, GENPU_REG_EQ(i) + GENPU_EQ_BASE_LO, eq->dma);
		genpu_write(gdev, GENPU_REG_EQ(i) + GENPU_EQ_SHIFT, eq->shift);
	}
}

static bool genpu_event_device(struct genpu_device *gdev, u32 info, u64 value)
{
	switch (info) {
	case GENPU_DEVICE_FATAL:
		if (!(genpu_read(gdev, GENPU_REG_STATUS) & GENPU_STATUS_FATAL))
			return false;
		genpu_reset_schedule(gdev, READ_ONCE(gdev->generation), "fatal device state");
		return true;
	case GENPU_DEVICE_THERMAL:
		genpu_notice_device(gdev, GENPU_NL_EVENT_THERMAL, NULL, value);
		return true;
	case GENPU_DEVICE_MEMORY:
		genpu_notice_device(gdev, GENPU_NL_EVENT_MEMORY_ERROR, NULL, value);
		return true;
	}
	return false;
}

static bool genpu_event_handle(struct genpu_eq *eq, u64 value, u64 word)
{
	struct genpu_device *gdev = eq->gdev;
	u32 info = lower_32_bits(word);
	u16 queue = word >> 32;
	struct genpu_stream *stream;

	switch ((u8)(word >> 48)) {
	case GENPU_EVENT_COMPLETE:
	case GENPU_EVENT_FAULT:
		stream = genpu_stream_by_queue(gdev, queue);
		if (!stream)	/* destroyed since */
			return queue && queue < gdev->num_queues;
		genpu_stream_event(stream);
		genpu_stream_put(stream);
		return true;
	case GENPU_EVENT_ADMIN:
		genpu_admin_event(gdev, value);
		return eq == gdev->eqs;
	case GENPU_EVENT_DEVICE:
		return eq == gdev->eqs && genpu_event_device(gdev, info, value);
	}
	return false;
}

/* Is event @n there; @word is its second half. */
static bool genpu_eq_read(const struct genpu_eq *eq, u64 n, u64 *word)
{
	*word = READ_ONCE(*(u64 *)&eq->ring[n & (genpu_eq_size(eq) - 1)].info);
	return ((*word >> 56) & 1) != ((n >> eq->shift) & 1);
}

/*
 * The device has interrupted, but the next entry is not new. If one further on is, the device has
 * overrun the ring or written a wrong phase: go on there. The events in between are lost, which
 * costs time but no jobs.
 */
static void genpu_eq_resync(struct genpu_eq *eq)
{
	u64 n, word;

	for (n = eq->head + 1; n < eq->head + genpu_eq_size(eq); n++) {
		if (!genpu_eq_read(eq, n, &word))
			continue;
		dma_rmb();	/* events are written in order: by now the next one is there */
		if (!genpu_eq_read(eq, eq->head, &word)) {
			eq->bad += n - eq->head;
			eq->head = n;
		}
		return;
	}
}

static irqreturn_t genpu_event_thread(int irq, void *data)
{
	struct genpu_eq *eq = data;
	struct genpu_device *gdev = eq->gdev;
	u32 budget = genpu_eq_size(eq);
	u64 word, value;
	bool cookie;
	int idx;

	if (!drm_dev_enter(&gdev->drm, &idx))
		return IRQ_HANDLED;
	cookie = dma_fence_begin_signalling();

	if (!genpu_eq_read(eq, eq->head, &word))
		genpu_eq_resync(eq);
	/* A device that floods us gets no more than one lap for one interrupt. */
	while (budget-- && genpu_eq_read(eq, eq->head, &word)) {
		dma_rmb();
		value = READ_ONCE(eq->ring[eq->head & (genpu_eq_size(eq) - 1)].value);
		eq->head++;
		if (!genpu_event_handle(eq, value, word))
			eq->bad++;
	}

	if (budget == U32_MAX)
		trace_genpu_event_overflow(gdev, eq - gdev->eqs, eq->head);
	dma_fence_end_signalling(cookie);
	drm_dev_exit(idx);
	/*
	 * The vector is ours alone. That nothing was left by the thread of an earlier interrupt, or
	 * that the device interrupts for nothing, is no reason to switch it off.
	 */
	return IRQ_HANDLED;
}

int genpu_events_enable(struct genpu_device *gdev)
{
	u32 i;
	int ret, irq;

	for (i = 0; i < gdev->num_eqs; i++) {
		irq = pci_irq_vector(gdev->pdev, i);
		if (irq < 0)
			return irq;
		ret = request_threaded_irq(irq, NULL, genpu_event_thread, IRQF_ONESHOT,
					   dev_name(gdev->drm.dev), &gdev->eqs[i]);
		if (ret)
			return ret;
		gdev->eqs[i].irq = irq;
	}
	return 0;
}

void genpu_events_disable(struct genpu_device *gdev)
{
	u32 i;

	for (i = 0; i < gdev->num_eqs; i++) {
		if (gdev->eqs[i].irq)
			free_irq(gdev->eqs[i].irq, &gdev->eqs[i]);
		gdev->eqs[i].irq = 0;
	}
}
