// SPDX-License-Identifier: MIT
/* Faults that happen at once: what a broken device might tell a host without any reason */
#include "inject.h"
#include "telemetry.h"

#define DEFAULT_THERMAL	105000
/* Times that one request makes something happen */
#define MAX_COUNT	1000000

/* The queue that is asked for; without one, a queue that has work, or else any. */
static struct queue *choose_queue(struct device *dev, u32 id)
{
	struct queue *q, *any = NULL;
	u32 i;

	if (id)
		return dev->queue[id];
	for (i = 0; i < dev->num_existing; i++) {
		q = dev->queue[dev->existing[i]];
		if (!any)
			any = q;
		if (q->state != QUEUE_EMPTY && q->state != QUEUE_FAULTED)
			return q;
	}
	return any;
}

/* The event queue that is asked for, or that of the queue, or else 0 */
static u32 choose_vector(struct device *dev, const struct inject_request *req)
{
	if (req->vector_given)
		return req->vector;
	if (!req->queue || req->queue >= dev->opt.queues || !dev->queue[req->queue])
		return 0;
	return dev->queue[req->queue]->vector;
}

static const char *forge_event(struct device *dev, u32 vector, const struct inject_request *req)
{
	struct genpu_event ev = {
		.value = req->value,
		.info = req->info,
		.queue = req->queue,
		.type = req->type_given ? req->type : GENPU_EVENT_COMPLETE,
	};

	u32 i;

	for (i = 0; i < req->count; i++)
		event_write(dev, vector, &ev, EVENT_GOOD);
	return NULL;
}

static const char *event_overflow(struct device *dev, u32 vector, const struct inject_request *req)
{
	struct genpu_event ev = {
		.value = req->value,
		.queue = req->queue,
		.type = GENPU_EVENT_COMPLETE,
	};
	u32 i, n = dev->events[vector].entries;

	for (i = 0; i < n + n / 2 + 1; i++)
		event_write(dev, vector, &ev, EVENT_GOOD);
	return NULL;
}

static const char *forge_completion(struct device *dev, struct queue *q,
				    const struct inject_request *req)
{
	struct genpu_queue_status *st = queue_status(dev, q);
	u64 value = req->relative ? q->completed + req->value : req->value;
	struct genpu_event ev = {
		.value = value,
		.queue = q->id,
		.type = GENPU_EVENT_COMPLETE,
	};

	if (st)
		__atomic_store_n(&st->completed, value, __ATOMIC_RELEASE);
	event_write(dev, q->vector, &ev, EVENT_GOOD);
	return NULL;
}

static const char *forge_fault(struct device *dev, struct queue *q,
			       const struct inject_request *req)
{
	struct genpu_queue_status *st = queue_status(dev, q);
	struct genpu_event ev = {
		.value = inject_random(dev),
		.info = req->value_given ? (u32)req->value : (u32)inject_random(dev),
		.queue = q->id,
		.type = GENPU_EVENT_FAULT,
	};

	if (st) {
		st->error = ev.info;
		st->task = inject_random(dev);
		st->addr = inject_random(dev);
		st->op = inject_random(dev);
		st->operand = inject_random(dev);
		st->access = inject_random(dev);
		__atomic_store_n(&st->state, GENPU_QUEUE_FAULTED, __ATOMIC_RELEASE);
	}
	event_write(dev, q->vector, &ev, EVENT_GOOD);
	return NULL;
}

/* Interrupts that stand for nothing; the lock is let go now and then, as they take a while. */
static const char *storm(struct device *dev, u32 vector, const struct inject_request *req)
{
	u32 i;

	for (i = 0; i < req->count; i++) {
		event_interrupt(dev, vector);
		inject_pause(dev);
	}
	return NULL;
}

static const char *thermal(struct device *dev, const struct inject_request *req)
{
	event_post(dev, 0, GENPU_EVENT_DEVICE, 0, GENPU_DEVICE_THERMAL,
		   req->value_given ? req->value : DEFAULT_THERMAL);
	return NULL;
}

const char *inject_now(struct device *dev, enum inject_fault fault,
		       const struct inject_request *req, u32 *queue)
{
	u32 vector = choose_vector(dev, req);
	struct queue *q;

	if (req->skip)
		return "this fault happens at once: skip= makes no sense";
	if (vector >= dev->opt.vectors)
		return "no such vector";
	if (!req->count || req->count > MAX_COUNT)
		return "count is 1 .. 1000000";
	switch (fault) {
	case INJECT_FORGE_EVENT:
		return forge_event(dev, vector, req);
	case INJECT_EVENT_OVERFLOW:
		return event_overflow(dev, vector, req);
	case INJECT_INTERRUPT_STORM:
		return storm(dev, vector, req);
	case INJECT_FATAL:
		device_fatal(dev, req->value_given ? req->value : GENPU_ERR_ENGINE);
		return NULL;
	case INJECT_THERMAL:
		return thermal(dev, req);
	case INJECT_MEMORY_CE:
		inject_memory_error(dev, true, inject_random(dev) % dev->opt.memory & ~63ull);
		return NULL;
	default:
		break;
	}
	q = choose_queue(dev, req->queue);
	if (!q)
		return "there is no such queue now";
	*queue = q->id;
	return fault == INJECT_FORGE_FAULT ? forge_fault(dev, q, req) :
					     forge_completion(dev, q, req);
}
