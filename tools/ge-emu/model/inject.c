// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "inject.h"
#include "regs.h"
#include "sched.h"
#include "util/log.h"

/* A slow task or a delayed completion without ms= */
#define DEFAULT_MS	1000
#define MAX_ARMED	256

/**
 * struct armed_fault - a fault that waits for its occasion
 * @list: entry of inject.armed
 * @hit: what it does
 * @queue: only this one, 0 = any
 * @op: only such tasks, INJECT_ANY_OP = any
 * @skip: occasions that pass first
 * @left: how often it is to hit still, 0 = until it is disarmed
 */
struct armed_fault {
	TAILQ_ENTRY(armed_fault) list;
	struct inject_hit hit;
	u32 queue;
	u32 op;
	u32 skip;
	u32 left;
};

static const struct {
	const char *name;
	enum inject_place place;
} faults[NUM_INJECT_FAULTS] = {
	[INJECT_HANG]			= { "hang", INJECT_TASK },
	[INJECT_HANG_HARD]		= { "hang-hard", INJECT_TASK },
	[INJECT_SLOW]			= { "slow", INJECT_TASK },
	[INJECT_FAIL]			= { "fail", INJECT_TASK },
	[INJECT_MEMORY_UE]		= { "memory-ue", INJECT_TASK },
	[INJECT_DMA_FAIL]		= { "dma-fail", INJECT_TASK },
	[INJECT_LOSE_COMPLETION]	= { "lose-completion", INJECT_COMPLETION },
	[INJECT_DELAY_COMPLETION]	= { "delay-completion", INJECT_COMPLETION },
	[INJECT_BAD_SEQNO]		= { "bad-seqno", INJECT_COMPLETION },
	[INJECT_LOSE_EVENT]		= { "lose-event", INJECT_EVENT },
	[INJECT_DUPLICATE_EVENT]	= { "duplicate-event", INJECT_EVENT },
	[INJECT_REORDER_EVENTS]		= { "reorder-events", INJECT_EVENT },
	[INJECT_STALE_PHASE]		= { "stale-phase", INJECT_EVENT },
	[INJECT_LOSE_INTERRUPT]		= { "lose-interrupt", INJECT_EVENT },
	[INJECT_ADMIN_SILENT]		= { "admin-silent", INJECT_ADMIN },
	[INJECT_ADMIN_GARBAGE]		= { "admin-garbage", INJECT_ADMIN_RESULT },
	[INJECT_ADMIN_DUPLICATE]	= { "admin-duplicate", INJECT_ADMIN_RESULT },
	[INJECT_ADMIN_FAIL]		= { "admin-fail", INJECT_ADMIN },
	[INJECT_REGS_ONES]		= { "regs-ones", INJECT_READ },
	[INJECT_REGS_GARBAGE]		= { "regs-garbage", INJECT_READ },
	[INJECT_RESET_STUCK]		= { "reset-stuck", INJECT_RESET },
	[INJECT_START_STUCK]		= { "start-stuck", INJECT_START },
	[INJECT_FORGE_EVENT]		= { "forge-event", INJECT_NOW },
	[INJECT_FORGE_COMPLETION]	= { "forge-completion", INJECT_NOW },
	[INJECT_FORGE_FAULT]		= { "forge-fault", INJECT_NOW },
	[INJECT_EVENT_OVERFLOW]		= { "event-overflow", INJECT_NOW },
	[INJECT_INTERRUPT_STORM]	= { "interrupt-storm", INJECT_NOW },
	[INJECT_FATAL]			= { "fatal", INJECT_NOW },
	[INJECT_THERMAL]		= { "thermal", INJECT_NOW },
	[INJECT_MEMORY_CE]		= { "memory-ce", INJECT_NOW },
};

static enum inject_fault find_name(const char *name)
{
	u32 i;

	for (i = 0; i < NUM_INJECT_FAULTS; i++)
		if (!strcmp(faults[i].name, name))
			return i;
	return INJECT_NONE;
}

const char *device_inject_name(u32 i)
{
	return i < NUM_INJECT_FAULTS ? faults[i].name : NULL;
}

static void disarm(struct device *dev, struct armed_fault *a)
{
	TAILQ_REMOVE(&dev->inject.armed, a, list);
	dev->inject.count--;
	free(a);
}

struct inject_hit inject_find(struct device *dev, enum inject_place place, u32 queue, u32 op)
{
	struct inject_hit hit = { .fault = INJECT_NONE };
	struct armed_fault *a, *next;

	for (a = TAILQ_FIRST(&dev->inject.armed); a; a = next) {
		next = TAILQ_NEXT(a, list);
		if (faults[a->hit.fault].place != place || (a->queue && a->queue != queue) ||
		    (a->op != INJECT_ANY_OP && a->op != op))
			continue;
		/* each counts the occasions for itself; one hits */
		if (a->skip) {
			a->skip--;
		} else if (hit.fault == INJECT_NONE) {
			hit = a->hit;
			dev->inject.injected++;
			if (a->left && !--a->left)
				disarm(dev, a);
		}
	}
	if (hit.fault != INJECT_NONE)
		log_debug("injected: %s, queue %u, op %u", faults[hit.fault].name, queue, op);
	return hit;
}

u64 inject_random(struct device *dev)
{
	/* xorshift64* */
	dev->inject.random ^= dev->inject.random >> 12;
	dev->inject.random ^= dev->inject.random << 25;
	dev->inject.random ^= dev->inject.random >> 27;
	return dev->inject.random * 0x2545f4914f6cdd1dull;
}

void inject_memory_error(struct device *dev, bool corrected, u64 addr)
{
	if (corrected)
		dev->mem_ce++;
	else
		dev->mem_ue++;
	event_post(dev, 0, GENPU_EVENT_DEVICE, 0, GENPU_DEVICE_MEMORY, addr);
}

bool inject_task(struct device *dev, struct queue *q)
{
	struct inject_hit hit;
	struct task_error e;

	if (q->passed || !inject_armed(dev))
		return false;
	hit = inject_find(dev, INJECT_TASK, q->id, q->task.op);
	switch (hit.fault) {
	case INJECT_HANG:
		queue_suspend(dev, q, 0, false);
		return true;
	case INJECT_HANG_HARD:
		queue_suspend(dev, q, 0, true);
		return true;
	case INJECT_SLOW:
		queue_suspend(dev, q, device_clock(dev) + hit.ms * 1000000ull, false);
		return true;
	case INJECT_FAIL:
		task_error_set(&e, hit.given ? (u32)hit.value : GENPU_ERR_ENGINE);
		break;
	case INJECT_MEMORY_UE:
		task_error_set(&e, GENPU_ERR_MEMORY);
		e.addr = q->task.raw[0];
		inject_memory_error(dev, false, inject_random(dev) % dev->opt.memory & ~63ull);
		break;
	case INJECT_DMA_FAIL:
		task_error_set(&e, GENPU_ERR_BUS);
		e.addr = q->task.raw[0];
		break;
	default:
		return false;
	}
	queue_fault(dev, q, &e);
	return true;
}

/* Lets go of what was to be held no longer than until @now; returns when the next is due, or 0. */
static u64 let_go(struct device *dev, u64 now)
{
	struct queue *q, *next;
	u64 due = UINT64_MAX;
	u32 i;

	for (q = TAILQ_FIRST(&dev->inject.held); q; q = next) {
		next = TAILQ_NEXT(q, list);
		if (q->due && q->due <= now)
			queue_resume(dev, q);
		else if (q->due)
			due = min_u64(due, q->due);
	}
	for (i = 0; i < dev->num_existing; i++) {
		q = dev->queue[dev->existing[i]];
		if (!q->untold || !q->tell_at)
			continue;
		if (q->tell_at <= now)
			queue_tell(dev, q, 0);
		else
			due = min_u64(due, q->tell_at);
	}
	return due == UINT64_MAX ? 0 : due;
}

static void *inject_thread(void *arg)
{
	struct device *dev = arg;
	struct timespec t;
	u64 due;

	pthread_mutex_lock(&dev->lock);
	while (!dev->stop) {
		due = let_go(dev, device_clock(dev));
		if (!due) {
			pthread_cond_wait(&dev->inject.changed, &dev->lock);
			continue;
		}
		due += dev->start;
		t.tv_sec = due / 1000000000;
		t.tv_nsec = due % 1000000000;
		pthread_cond_timedwait(&dev->inject.changed, &dev->lock, &t);
	}
	pthread_mutex_unlock(&dev->lock);
	return NULL;
}

static void clear(struct device *dev)
{
	struct queue *q;
	u32 i;

	while (!TAILQ_EMPTY(&dev->inject.armed))
		disarm(dev, TAILQ_FIRST(&dev->inject.armed));
	while ((q = TAILQ_FIRST(&dev->inject.held)))
		queue_resume(dev, q);
	for (i = 0; i < dev->num_existing; i++) {
		q = dev->queue[dev->existing[i]];
		if (q->untold)
			queue_tell(dev, q, 0);
	}
	for (i = 0; i < dev->opt.vectors; i++)
		event_let_go(dev, i);
	regs_let_go(dev);
	admin_let_go(dev);
}

void device_inject_clear(struct device *dev)
{
	device_lock(dev);
	clear(dev);
	device_unlock(dev);
}

static const char *arm(struct device *dev, enum inject_fault fault,
		       const struct inject_request *req)
{
	enum inject_place place = faults[fault].place;
	struct armed_fault *a;

	if (req->queue && place != INJECT_TASK && place != INJECT_COMPLETION &&
	    place != INJECT_EVENT)
		return "this fault is not of a queue";
	if (req->op != INJECT_ANY_OP && place != INJECT_TASK && place != INJECT_ADMIN)
		return "this fault is not of a task";
	if (dev->inject.count >= MAX_ARMED)
		return "too many faults are armed";
	a = calloc(1, sizeof(*a));
	if (!a)
		return "out of memory";
	a->hit.fault = fault;
	a->hit.value = req->value;
	a->hit.given = req->value_given;
	a->hit.ms = req->ms ? req->ms : DEFAULT_MS;
	a->queue = req->queue;
	a->op = req->op;
	a->skip = req->skip;
	a->left = req->count;
	TAILQ_INSERT_TAIL(&dev->inject.armed, a, list);
	dev->inject.count++;
	return NULL;
}

const char *device_inject(struct device *dev, const char *name, const struct inject_request *req,
			  u32 *queue)
{
	enum inject_fault fault = find_name(name);
	const char *error;

	*queue = req->queue;
	if (fault == INJECT_NONE)
		return "no such fault; 'list' names them";
	device_lock(dev);
	/* an event may speak of any queue that its field has room for */
	if (req->queue >= (fault == INJECT_FORGE_EVENT ? 65536 : dev->opt.queues))
		error = "no such queue";
	else if (faults[fault].place != INJECT_NOW)
		error = arm(dev, fault, req);
	else
		error = inject_now(dev, fault, req, queue);
	if (!error && faults[fault].place == INJECT_NOW)
		dev->inject.injected++;
	device_unlock(dev);
	return error;
}

void device_inject_status(struct device *dev, struct inject_status *st)
{
	struct queue *q;
	u32 i;

	device_lock(dev);
	*st = (struct inject_status) {
		.armed = dev->inject.count,
		.injected = dev->inject.injected,
		.resets = dev->resets,
		.queues = dev->num_existing,
		.on = !dev->d3,
	};
	TAILQ_FOREACH(q, &dev->inject.held, list)
		st->held++;
	for (i = 0; i < dev->num_existing; i++)
		st->held += dev->queue[dev->existing[i]]->untold;
	for (i = 0; i < dev->opt.vectors; i++)
		st->held += dev->events[i].holding;
	st->held += dev->inject.num_admin;
	device_unlock(dev);
}

void device_set_temp(struct device *dev, bool automatic, s32 mc)
{
	telemetry_set_temp(&dev->telemetry, !automatic, mc);
}

void device_set_memory_errors(struct device *dev, bool corrected, u32 count)
{
	device_lock(dev);
	if (corrected)
		dev->mem_ce = count;
	else
		dev->mem_ue = count;
	device_unlock(dev);
}

void inject_pause(struct device *dev)
{
	static const struct timespec moment = { .tv_nsec = 20000 };

	device_unlock(dev);
	nanosleep(&moment, NULL);
	device_lock(dev);
}

void inject_kick(struct device *dev)
{
	pthread_cond_signal(&dev->inject.changed);
}

void inject_init(struct device *dev)
{
	TAILQ_INIT(&dev->inject.armed);
	TAILQ_INIT(&dev->inject.held);
	STAILQ_INIT(&dev->inject.admin);
	dev->inject.random = 0x9e3779b97f4a7c15ull;
}

int inject_start(struct device *dev)
{
	int ret;

	if (!dev->opt.inject)
		return 0;
	ret = -pthread_create(&dev->inject.thread, NULL, inject_thread, dev);
	dev->inject.started = !ret;
	return ret;
}

void inject_join(struct device *dev)
{
	if (dev->inject.started)
		pthread_join(dev->inject.thread, NULL);
}

void inject_destroy(struct device *dev)
{
	while (!TAILQ_EMPTY(&dev->inject.armed))
		disarm(dev, TAILQ_FIRST(&dev->inject.armed));
}
