// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "inject.h"
#include "sched.h"
#include "task.h"
#include "util/log.h"

struct queue *queue_get(struct queue *q)
{
	q->refs++;
	return q;
}

void queue_put(struct queue *q)
{
	if (--q->refs)
		return;
	context_put(q->ctx);
	free(q);
}

static void set_ready(struct device *dev, struct queue *q)
{
	struct share *s = &q->ctx->share[q->unit][q->priority];

	q->state = QUEUE_READY;
	if (TAILQ_EMPTY(&s->queues))
		TAILQ_INSERT_TAIL(&dev->ready[q->unit][q->priority], s, list);
	TAILQ_INSERT_TAIL(&s->queues, q, list);
}

/* @turn: it was the context's turn, so that others come first now */
static void unset_ready(struct device *dev, struct queue *q, bool turn)
{
	struct share *s = &q->ctx->share[q->unit][q->priority];
	bool last;

	TAILQ_REMOVE(&s->queues, q, list);
	last = TAILQ_EMPTY(&s->queues);
	if (last || turn)
		TAILQ_REMOVE(&dev->ready[q->unit][q->priority], s, list);
	if (!last && turn)
		TAILQ_INSERT_TAIL(&dev->ready[q->unit][q->priority], s, list);
}

static void unlist(struct device *dev, struct queue *q)
{
	if (q->state == QUEUE_READY)
		unset_ready(dev, q, false);
	else if (q->state == QUEUE_WAITING)
		TAILQ_REMOVE(&dev->waiting, q, list);
	else if (q->state == QUEUE_HELD)
		TAILQ_REMOVE(&dev->inject.held, q, list);
	q->state = QUEUE_EMPTY;
}

void queue_take(struct device *dev, struct queue *q)
{
	if (q->state == QUEUE_READY)
		unset_ready(dev, q, true);
	else
		unlist(dev, q);
	q->state = QUEUE_BUSY;
}

void queue_hold(struct device *dev, struct queue *q)
{
	q->state = QUEUE_WAITING;
	TAILQ_INSERT_TAIL(&dev->waiting, q, list);
}

struct genpu_queue_status *queue_status(struct device *dev, struct queue *q)
{
	return memory_dma(dev->mem.map, q->status, sizeof(struct genpu_queue_status), true);
}

void queue_fault(struct device *dev, struct queue *q, const struct task_error *e)
{
	struct genpu_queue_status *st = queue_status(dev, q);

	q->state = QUEUE_FAULTED;
	dev->faults++;
	log_debug("queue %u of context %u: task %llu (op %u): error %u, operator %d, operand %d, %s address %#llx",
		  q->id, q->ctx->id, (unsigned long long)q->completed, q->task.op, e->code,
		  (int)e->op, (int)e->operand, e->access ? "write" : "read",
		  (unsigned long long)e->addr);
	if (st) {
		st->error = e->code;
		st->task = q->completed;
		st->addr = e->addr;
		st->op = e->op;
		st->operand = e->operand;
		st->access = e->access;
		__atomic_store_n(&st->state, GENPU_QUEUE_FAULTED, __ATOMIC_RELEASE);
	}
	event_post(dev, q->vector, GENPU_EVENT_FAULT, q->id, e->code, q->completed);
}

/* Fetches the next task of an idle queue, if there is one. */
static bool advance(struct device *dev, struct queue *q)
{
	u64 tail = __atomic_load_n(&device_doorbell(dev, q->id)->tail, __ATOMIC_ACQUIRE);
	struct task_error e;
	const void *p;

	q->state = QUEUE_EMPTY;
	if (tail == q->completed)
		return false;
	if (tail - q->completed > q->entries) {
		memset(&q->task, 0, sizeof(q->task));
		task_error_set(&e, GENPU_ERR_VALUE);
		queue_fault(dev, q, &e);
		return true;
	}
	p = memory_dma(dev->mem.map, q->ring + (q->completed & (q->entries - 1)) * sizeof(q->task),
		       sizeof(q->task), false);
	if (!p) {
		memset(&q->task, 0, sizeof(q->task));
		task_error_set(&e, GENPU_ERR_BUS);
		queue_fault(dev, q, &e);
		return true;
	}
	memcpy(&q->task, p, sizeof(q->task));
	q->unit = task_unit(&q->task);
	q->passed = false;
	set_ready(dev, q);
	return true;
}

bool queue_poll(struct device *dev, struct queue *q)
{
	return q->state == QUEUE_EMPTY && advance(dev, q);
}

void queue_tell(struct device *dev, struct queue *q, u64 offset)
{
	struct genpu_queue_status *st = queue_status(dev, q);
	u64 notify, before = q->told;

	q->told = q->completed;
	q->untold = false;
	if (st) {
		st->time = device_time(dev);
		__atomic_store_n(&st->completed, q->completed + offset, __ATOMIC_RELEASE);
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	notify = __atomic_load_n(&device_doorbell(dev, q->id)->notify, __ATOMIC_RELAXED);
	if (before < notify && notify <= q->completed)
		event_post(dev, q->vector, GENPU_EVENT_COMPLETE, q->id, 0, q->completed + offset);
}

/* Faults hit only where the host waits for the completion: it would not notice them elsewhere. */
static struct inject_hit completion_fault(struct device *dev, struct queue *q)
{
	u64 notify = __atomic_load_n(&device_doorbell(dev, q->id)->notify, __ATOMIC_RELAXED);

	if (q->told < notify && notify <= q->completed)
		return inject_find(dev, INJECT_COMPLETION, q->id, 0);
	return (struct inject_hit){ .fault = INJECT_NONE };
}

void queue_retire(struct device *dev, struct queue *q)
{
	struct inject_hit hit = { .fault = INJECT_NONE };

	q->completed++;
	if (inject_armed(dev))
		hit = completion_fault(dev, q);
	switch (hit.fault) {
	case INJECT_LOSE_COMPLETION:
	case INJECT_DELAY_COMPLETION:
		q->untold = true;
		q->tell_at = 0;
		if (hit.fault == INJECT_DELAY_COMPLETION)
			q->tell_at = device_clock(dev) + hit.ms * 1000000ull;
		inject_kick(dev);
		break;
	case INJECT_BAD_SEQNO:
		queue_tell(dev, q, hit.given ? hit.value : 1);
		break;
	default:
		queue_tell(dev, q, 0);
		break;
	}
	advance(dev, q);
}

void queue_suspend(struct device *dev, struct queue *q, u64 due, bool hard)
{
	q->state = QUEUE_HELD;
	q->due = due;
	q->hard = hard;
	TAILQ_INSERT_TAIL(&dev->inject.held, q, list);
	inject_kick(dev);
}

void queue_resume(struct device *dev, struct queue *q)
{
	unlist(dev, q);
	if (STAILQ_EMPTY(&q->stops)) {
		q->passed = true;
		set_ready(dev, q);
	} else {
		queue_get(q);
		queue_released(dev, q);
		queue_put(q);
	}
	sched_kick(dev);
}

static void clear_status(struct device *dev, struct queue *q)
{
	struct genpu_queue_status *st = queue_status(dev, q);

	q->told = q->completed;
	q->untold = false;
	if (!st)
		return;
	st->error = GENPU_OK;
	st->task = 0;
	st->addr = 0;
	st->op = 0;
	st->operand = 0;
	st->access = 0;
	st->time = device_time(dev);
	__atomic_store_n(&st->completed, q->completed, __ATOMIC_RELEASE);
	__atomic_store_n(&st->state, GENPU_QUEUE_RUNNING, __ATOMIC_RELEASE);
}

/* Removes a queue from all tables; it is on no list. */
static void destroy(struct device *dev, struct queue *q)
{
	u32 moved = dev->existing[--dev->num_existing];

	dev->existing[q->slot] = moved;
	dev->queue[moved]->slot = q->slot;
	dev->queue[q->id] = NULL;
	q->ctx->queues--;
	q->dead = true;
	queue_put(q);
}

static void do_stop(struct device *dev, struct queue *q, struct queue_stop *stop)
{
	u64 tail = __atomic_load_n(&device_doorbell(dev, q->id)->tail, __ATOMIC_ACQUIRE);
	u32 error = GENPU_OK;

	if (q->dead) {
		error = GENPU_ERR_QUEUE;
	} else if (stop->destroy) {
		destroy(dev, q);
	} else if (!stop->to_tail && stop->head - q->completed > tail - q->completed) {
		error = GENPU_ERR_VALUE;
	} else {
		q->completed = stop->to_tail ? tail : stop->head;
		clear_status(dev, q);
		q->state = QUEUE_EMPTY;
	}
	admin_op_part_done(dev, stop->op, error);
	free(stop);
}

void queue_released(struct device *dev, struct queue *q)
{
	struct queue_stop *stop;

	__atomic_store_n(&q->abort, 0, __ATOMIC_RELAXED);
	q->state = QUEUE_FAULTED;
	while ((stop = STAILQ_FIRST(&q->stops))) {
		STAILQ_REMOVE_HEAD(&q->stops, next);
		do_stop(dev, q, stop);
	}
	if (!q->dead && q->state == QUEUE_EMPTY)
		advance(dev, q);
}

void queue_stop(struct device *dev, struct queue *q, struct queue_stop *stop)
{
	STAILQ_INSERT_TAIL(&q->stops, stop, next);
	if (q->state == QUEUE_BUSY) {
		__atomic_store_n(&q->abort, 1, __ATOMIC_RELAXED);
		return;
	}
	if (q->state == QUEUE_HELD && q->hard)
		return;
	unlist(dev, q);
	queue_get(q);
	queue_released(dev, q);
	queue_put(q);
}

void queue_forget(struct device *dev, struct queue *q)
{
	struct queue_stop *stop;

	while ((stop = STAILQ_FIRST(&q->stops))) {
		STAILQ_REMOVE_HEAD(&q->stops, next);
		admin_op_part_done(dev, stop->op, GENPU_ERR_ABORTED);
		free(stop);
	}
	if (q->state == QUEUE_BUSY)
		__atomic_store_n(&q->abort, 1, __ATOMIC_RELAXED);
	else
		unlist(dev, q);
	destroy(dev, q);
}

u32 queue_create(struct device *dev, const struct genpu_task *task)
{
	u32 id = task->queue.queue;
	struct context *ctx;
	struct queue *q;
	u64 bytes;

	if (task->queue.reserved || task->queue.reserved2)
		return GENPU_ERR_RESERVED;
	if (!id || id >= dev->opt.queues || dev->queue[id])
		return GENPU_ERR_QUEUE;
	ctx = context_find(dev, task->queue.ctx);
	if (!ctx)
		return GENPU_ERR_CONTEXT;
	if (task->queue.ring_shift < 2 || task->queue.ring_shift > 16 ||
	    task->queue.priority >= NUM_PRIORITIES || task->queue.vector >= dev->opt.vectors ||
	    !dev->events[task->queue.vector].entries)
		return GENPU_ERR_VALUE;
	if ((task->queue.ring | task->queue.status) % GENPU_TASK_SIZE)
		return GENPU_ERR_ALIGN;
	bytes = (u64)GENPU_TASK_SIZE << task->queue.ring_shift;
	if (!memory_dma(dev->mem.map, task->queue.ring, GENPU_TASK_SIZE, false) ||
	    !memory_dma(dev->mem.map, task->queue.ring + bytes - GENPU_TASK_SIZE,
			GENPU_TASK_SIZE, false) ||
	    !memory_dma(dev->mem.map, task->queue.status, sizeof(struct genpu_queue_status), true))
		return GENPU_ERR_BUS;

	q = calloc(1, sizeof(*q));
	if (!q)
		return GENPU_ERR_NO_MEMORY;
	q->refs = 1;
	q->id = id;
	q->ctx = ctx;
	ctx->refs++;
	ctx->queues++;
	q->ring = task->queue.ring;
	q->status = task->queue.status;
	q->entries = 1u << task->queue.ring_shift;
	q->priority = task->queue.priority;
	q->vector = task->queue.vector;
	STAILQ_INIT(&q->stops);
	q->slot = dev->num_existing;
	dev->existing[dev->num_existing++] = id;
	dev->queue[id] = q;
	memset(device_doorbell(dev, id), 0, GENPU_DOORBELL_STRIDE);
	q->completed = task->queue.head;
	device_doorbell(dev, id)->tail = q->completed;
	clear_status(dev, q);
	return GENPU_OK;
}
