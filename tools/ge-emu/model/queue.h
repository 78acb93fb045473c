/* SPDX-License-Identifier: MIT */
/* queue.h - user queues: rings of tasks */
#ifndef GE_EMU_QUEUE_H
#define GE_EMU_QUEUE_H

#include "device.h"

/**
 * enum queue_state - where a queue is
 * @QUEUE_EMPTY: all its tasks are done; on no list
 * @QUEUE_READY: its task is fetched; on a ready list
 * @QUEUE_WAITING: held by its WAIT task; on the waiting list
 * @QUEUE_BUSY: a worker runs its task
 * @QUEUE_FAULTED: until it is reset
 * @QUEUE_HELD: an injected fault holds its task back; on the injector's list
 */
enum queue_state {
	QUEUE_EMPTY,
	QUEUE_READY,
	QUEUE_WAITING,
	QUEUE_BUSY,
	QUEUE_FAULTED,
	QUEUE_HELD,
};

/**
 * struct admin_op - an admin task that is not done at once
 * @epoch: when it was taken
 * @n: its free-running number
 * @cookie: its cookie
 * @error: enum genpu_error so far
 * @parts: what it still waits for; done at 0
 */
struct admin_op {
	u64 epoch;
	u64 n;
	u32 cookie;
	u32 error;
	u32 parts;
};

/**
 * struct queue_stop - what is to happen once a queue's running task has let go
 * @next: further ones, in order
 * @op: admin task that asked; one part of it
 * @destroy: destroy the queue
 * @to_tail: go on after all tasks there are
 * @head: else, go on with this one
 */
struct queue_stop {
	STAILQ_ENTRY(queue_stop) next;
	struct admin_op *op;
	bool destroy;
	bool to_tail;
	u64 head;
};

/**
 * struct queue - a ring of tasks
 * @list: entry of the list that @state names
 * @stops: what to do when the running task has ended
 * @refs: the table of queues; a worker that runs its task
 * @id: its number
 * @ctx: address space
 * @ring: DMA address
 * @status: DMA address
 * @entries: of the ring
 * @priority: 0 .. 3
 * @vector: event queue
 * @state: where it is
 * @dead: destroyed, or from before a reset
 * @completed: tasks retired
 * @told: tasks that the host was told have retired
 * @task: the one to do or being done, the only copy that is ever looked at
 * @unit: what it needs
 * @slot: index in device.existing
 * @abort: tells the running task to end soon; atomic
 *
 * Injected faults (inject.h):
 *
 * @passed: the task was held back once and goes ahead now
 * @hard: only a device reset ends what holds it back
 * @due: when the task is let go, 0 = never
 * @untold: the host was not told of the last completion
 * @tell_at: when it will be, 0 = with the next
 */
struct queue {
	TAILQ_ENTRY(queue) list;
	STAILQ_HEAD(, queue_stop) stops;
	u32 refs;
	u32 id;
	struct context *ctx;
	u64 ring;
	u64 status;
	u32 entries;
	u32 priority;
	u32 vector;
	enum queue_state state;
	bool dead;
	u64 completed;
	u64 told;
	struct genpu_task task;
	enum unit unit;
	u32 slot;
	u32 abort;
	bool passed;
	bool hard;
	u64 due;
	bool untold;
	u64 tell_at;
};

/** queue_create() - QUEUE_CREATE; returns enum genpu_error */
u32 queue_create(struct device *dev, const struct genpu_task *task);

/**
 * queue_stop() - QUEUE_RESET or QUEUE_DESTROY, now or when the running task has let go
 * @dev: device
 * @q: queue
 * @stop: allocated; consumed. One part of stop->op is done when it has taken effect.
 */
void queue_stop(struct device *dev, struct queue *q, struct queue_stop *stop);

/** queue_poll() - look at the doorbell of an empty queue; true if there is something to do */
bool queue_poll(struct device *dev, struct queue *q);

/** queue_retire() - the task is done: count it, tell the host, fetch the next */
void queue_retire(struct device *dev, struct queue *q);

/** queue_fault() - the task failed: stop the queue and tell the host */
void queue_fault(struct device *dev, struct queue *q, const struct task_error *e);

/** queue_hold() - the task must wait for a word in memory */
void queue_hold(struct device *dev, struct queue *q);

/**
 * queue_suspend() - an injected fault holds the task back, which nobody runs now
 * @dev: device
 * @q: queue
 * @due: until when, 0 = without end
 * @hard: against all resets but the device's
 */
void queue_suspend(struct device *dev, struct queue *q, u64 due, bool hard);

/** queue_resume() - it goes on, with what should have happened meanwhile */
void queue_resume(struct device *dev, struct queue *q);

/** queue_tell() - tell the host how much is completed, which is @offset more than is true */
void queue_tell(struct device *dev, struct queue *q, u64 offset);

/** queue_status() - the status in host memory, or NULL */
struct genpu_queue_status *queue_status(struct device *dev, struct queue *q);

/** queue_take() - take a queue off its list to do its task */
void queue_take(struct device *dev, struct queue *q);

/** queue_released() - the worker that ran an aborted task has let go: do what waits for that */
void queue_released(struct device *dev, struct queue *q);

/** queue_forget() - the device was reset: drop the queue without touching host memory */
void queue_forget(struct device *dev, struct queue *q);

struct queue *queue_get(struct queue *q);
void queue_put(struct queue *q);

/* admin.c */
struct admin_op *admin_op_new(struct device *dev, u64 n, u32 cookie);
void admin_op_part_done(struct device *dev, struct admin_op *op, u32 error);

#endif
