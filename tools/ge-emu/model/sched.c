// SPDX-License-Identifier: MIT
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "inject.h"
#include "mem_op.h"
#include "program.h"
#include "queue.h"
#include "sched.h"
#include "task.h"
#include "util/log.h"

/*
 * How long the poller looks without finding anything: longer than an interrupt's way to a guest and
 * its next doorbell back, which takes some 250 us, and short enough to cost nothing.
 */
#define SPIN_NS		300000ull
/* Pauses between looks at words that WAIT tasks are held by, while there is nothing else to do */
#define WAIT_PAUSE_MIN	50000ull
#define WAIT_PAUSE_MAX	1000000ull
/* Tasks that are started or done between two looks at the doorbells */
#define POLL_EVERY	16
/* Admin tasks that are done in one go */
#define ADMIN_BATCH	16
/* Turns that a worker waits for visitors of the lock */
#define VISITOR_TURNS	1000

void device_lock(struct device *dev)
{
	__atomic_add_fetch(&dev->visitors, 1, __ATOMIC_RELAXED);
	pthread_mutex_lock(&dev->lock);
	__atomic_sub_fetch(&dev->visitors, 1, __ATOMIC_RELAXED);
}

void device_unlock(struct device *dev)
{
	pthread_mutex_unlock(&dev->lock);
}

/* Lets others have the lock. */
static void breathe(struct device *dev, bool always)
{
	u32 i;

	if (!always && !__atomic_load_n(&dev->visitors, __ATOMIC_RELAXED))
		return;
	pthread_mutex_unlock(&dev->lock);
	sched_yield();
	for (i = 0; i < VISITOR_TURNS && __atomic_load_n(&dev->visitors, __ATOMIC_RELAXED); i++)
		sched_yield();
	pthread_mutex_lock(&dev->lock);
}

static void write_wake(struct device *dev, u32 value)
{
	u32 i;

	__atomic_store_n(&device_doorbell(dev, 0)->wake, value, __ATOMIC_RELAXED);
	for (i = 0; i < dev->num_existing; i++)
		__atomic_store_n(&device_doorbell(dev, dev->existing[i])->wake, value,
				 __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static bool poll_doorbells(struct device *dev)
{
	bool found = admin_poll(dev, ADMIN_BATCH);
	u32 i;

	for (i = 0; i < dev->num_existing; i++)
		found |= queue_poll(dev, dev->queue[dev->existing[i]]);
	return found;
}

/* Acts on a task that was done at once; the queue is on no list. */
static void finish(struct device *dev, struct queue *q, enum task_result result,
		   const struct task_error *e)
{
	switch (result) {
	case TASK_DONE:
		queue_retire(dev, q);
		break;
	case TASK_HOLD:
		queue_hold(dev, q);
		break;
	case TASK_FAILED:
		queue_fault(dev, q, e);
		break;
	}
}

/* Looks at all words that tasks wait for; true if one of them goes on. */
static bool poll_waiting(struct device *dev)
{
	struct queue *q, *next, *last = TAILQ_LAST(&dev->waiting, queue_list);
	enum task_result result;
	struct task_error e;
	bool found = false;

	for (q = TAILQ_FIRST(&dev->waiting); q; q = next) {
		/* a queue whose next task waits, too, comes back behind the last one */
		next = q == last ? NULL : TAILQ_NEXT(q, list);
		result = task_now(dev, &q->ctx->mmu, &q->task, &e);
		if (result == TASK_HOLD)
			continue;
		queue_take(dev, q);
		finish(dev, q, result, &e);
		found = true;
	}
	return found;
}

static bool poll(struct device *dev)
{
	bool found = poll_doorbells(dev);

	return poll_waiting(dev) || found;
}

/* The next queue to serve: by priority, and by turns among units, contexts and their queues. */
static struct queue *pick(struct device *dev, u32 turn)
{
	struct share *share;
	int prio;
	u32 i, unit;

	for (prio = NUM_PRIORITIES - 1; prio >= 0; prio--) {
		for (i = 0; i < NUM_UNITS; i++) {
			unit = (turn + i) % NUM_UNITS;
			if (unit != UNIT_NONE && !dev->free_units[unit])
				continue;
			share = TAILQ_FIRST(&dev->ready[unit][prio]);
			if (share)
				return TAILQ_FIRST(&share->queues);
		}
	}
	return NULL;
}

/* Checks the task and takes what it needs; false if it has failed already. */
static bool job_begin(struct worker *self, struct queue *q, struct job *job)
{
	struct device *dev = self->dev;
	u32 error = task_check(&q->task);

	*job = (struct job) {
		.dev = dev,
		.task = &q->task,
		.mmu = &q->ctx->mmu,
		.engine = self->engine,
		.abort = &q->abort,
	};
	if (!error && q->unit == UNIT_COMPUTE) {
		job->program = program_use(dev, q->ctx, q->task.graph.program);
		if (!job->program)
			error = GENPU_ERR_PROGRAM;
	}
	if (error) {
		task_error_set(&job->err, error);
		return false;
	}
	job->map = memory_map_get(&dev->mem);
	return true;
}

/* Before something that takes long: somebody else must look for work. */
static void leave_polling(struct worker *self)
{
	struct device *dev = self->dev;

	if (dev->poller == self)
		dev->poller = NULL;
	if (!dev->poller)
		pthread_cond_signal(&dev->idle);
}

/* Runs a task that needs a unit; the lock is not held meanwhile. */
static void run(struct worker *self, struct queue *q)
{
	struct device *dev = self->dev;
	struct busy_time *busy = q->unit == UNIT_COMPUTE ? &dev->telemetry.compute :
							   &dev->telemetry.copy;
	u64 epoch = dev->epoch, start;
	enum unit unit = q->unit;
	struct job job;

	if (!job_begin(self, q, &job)) {
		queue_fault(dev, q, &job.err);
		return;
	}
	queue_get(q);
	dev->free_units[unit]--;
	dev->running++;
	if (!task_short(&q->task))
		leave_polling(self);
	pthread_mutex_unlock(&dev->lock);

	start = device_clock(dev);
	telemetry_begin(&dev->telemetry, busy, start);
	task_run(&job);
	telemetry_end(&dev->telemetry, busy, start, device_clock(dev));
	memory_map_put(job.map);

	pthread_mutex_lock(&dev->lock);
	dev->free_units[unit]++;
	if (job.program)
		program_unuse(dev, job.program);
	if (dev->epoch == epoch) {
		dev->running--;
		if (!STAILQ_EMPTY(&q->stops))
			queue_released(dev, q);
		else if (job.err.code)
			queue_fault(dev, q, &job.err);
		else
			queue_retire(dev, q);
	}
	queue_put(q);
	dev->last_work = device_clock(dev);
}

static void run_mem_op(struct worker *self, struct mem_op *mem)
{
	struct device *dev = self->dev;
	struct busy_time *busy = &dev->telemetry.copy;
	struct memory_map *map = memory_map_get(&dev->mem);
	u64 start;
	u32 error;

	leave_polling(self);
	pthread_mutex_unlock(&dev->lock);

	start = device_clock(dev);
	telemetry_begin(&dev->telemetry, busy, start);
	error = mem_op_run(mem, map);
	telemetry_end(&dev->telemetry, busy, start, device_clock(dev));
	memory_map_put(map);

	pthread_mutex_lock(&dev->lock);
	mem_op_done(dev, mem, error);
	dev->last_work = device_clock(dev);
}

static void serve(struct worker *self, struct queue *q)
{
	struct device *dev = self->dev;
	enum task_result result;
	struct task_error e;

	queue_take(dev, q);
	if (inject_task(dev, q))
		return;
	if (q->unit == UNIT_NONE) {
		result = task_now(dev, &q->ctx->mmu, &q->task, &e);
		finish(dev, q, result, &e);
		dev->last_work = device_clock(dev);
	} else {
		run(self, q);
	}
}

/* Waits until somebody calls, or it is time to look at the words that tasks wait for. */
static void wait_idle(struct worker *self)
{
	struct device *dev = self->dev;
	struct timespec t;
	u64 until;

	if (dev->stop)
		return;
	if (dev->poller != self || TAILQ_EMPTY(&dev->waiting) || !device_active(dev)) {
		pthread_cond_wait(&dev->idle, &dev->lock);
		return;
	}
	until = dev->start + device_clock(dev) + dev->wait_pause;
	t.tv_sec = until / 1000000000;
	t.tv_nsec = until % 1000000000;
	if (pthread_cond_timedwait(&dev->idle, &dev->lock, &t) == ETIMEDOUT)
		dev->wait_pause = min_u64(2 * dev->wait_pause, WAIT_PAUSE_MAX);
}

static void fall_asleep(struct device *dev)
{
	write_wake(dev, 1);
	if (poll_doorbells(dev)) {
		write_wake(dev, 0);
		dev->last_work = device_clock(dev);
		return;
	}
	dev->asleep = true;
	dev->wait_pause = WAIT_PAUSE_MIN;
}

static void wake_up(struct device *dev)
{
	if (dev->asleep)
		write_wake(dev, 0);
	if (dev->kicked)
		dev->last_work = device_clock(dev);
	dev->asleep = false;
	dev->kicked = false;
}

/* One step of a worker without a task to do */
static void look_for_work(struct worker *self)
{
	struct device *dev = self->dev;
	bool lately;

	if (!device_active(dev)) {
		dev->poller = NULL;
		wait_idle(self);
		return;
	}
	if (dev->poller && dev->poller != self && !dev->asleep) {
		wait_idle(self);
		return;
	}
	lately = dev->kicked || device_clock(dev) - dev->last_work < SPIN_NS;
	if (dev->asleep && !lately) {
		if (dev->poller != self || !poll_waiting(dev))
			wait_idle(self);
		return;
	}
	dev->poller = self;
	wake_up(dev);
	if (poll(dev))
		dev->last_work = device_clock(dev);
	else if (lately)
		breathe(dev, true);
	else
		fall_asleep(dev);
}

/* Whether a worker that has much to do must look at the doorbells in between */
static bool look_again(struct worker *self)
{
	struct device *dev = self->dev;

	return ++self->turn % POLL_EVERY == 0 && !dev->asleep &&
	       (!dev->poller || dev->poller == self);
}

static void *worker_main(void *arg)
{
	struct worker *self = arg;
	struct device *dev = self->dev;
	struct mem_op *mem;
	struct queue *q;

	pthread_mutex_lock(&dev->lock);
	while (!dev->stop) {
		mem = device_active(dev) ? mem_op_take(dev) : NULL;
		q = device_active(dev) && !mem ? pick(dev, self->turn) : NULL;
		if (mem)
			run_mem_op(self, mem);
		else if (q)
			serve(self, q);
		if ((!q && !mem) || look_again(self))
			look_for_work(self);
		breathe(dev, false);
	}
	pthread_mutex_unlock(&dev->lock);
	return NULL;
}

void sched_kick(struct device *dev)
{
	dev->kicked = true;
	pthread_cond_signal(&dev->idle);
}

void sched_reset(struct device *dev)
{
	dev->asleep = false;
	dev->kicked = false;
	dev->poller = NULL;
}

static void init_lists(struct device *dev)
{
	u32 unit, prio;

	TAILQ_INIT(&dev->waiting);
	STAILQ_INIT(&dev->mem_ops);
	for (unit = 0; unit < NUM_UNITS; unit++)
		for (prio = 0; prio < NUM_PRIORITIES; prio++)
			TAILQ_INIT(&dev->ready[unit][prio]);
	dev->free_units[UNIT_COMPUTE] = dev->opt.compute_units;
	dev->free_units[UNIT_COPY] = dev->opt.copy_units;
}

int sched_start(struct device *dev)
{
	/* one more looks at the doorbells, and one does memory tasks */
	u32 i, n = dev->opt.compute_units + dev->opt.copy_units + 2;
	struct worker *w;
	int ret;

	init_lists(dev);
	dev->worker = calloc(n, sizeof(*dev->worker));
	if (!dev->worker)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		w = &dev->worker[i];
		w->dev = dev;
		w->engine = engine_worker_create();
		ret = w->engine ? -pthread_create(&w->thread, NULL, worker_main, w) : -ENOMEM;
		if (ret) {
			engine_worker_destroy(w->engine);
			sched_stop(dev);
			return ret;
		}
		dev->num_workers++;
	}
	return 0;
}

void sched_stop(struct device *dev)
{
	u32 i;

	pthread_mutex_lock(&dev->lock);
	dev->stop = true;
	pthread_cond_broadcast(&dev->idle);
	pthread_cond_broadcast(&dev->load_added);
	pthread_cond_broadcast(&dev->inject.changed);
	pthread_mutex_unlock(&dev->lock);
	for (i = 0; i < dev->num_workers; i++) {
		pthread_join(dev->worker[i].thread, NULL);
		engine_worker_destroy(dev->worker[i].engine);
	}
	free(dev->worker);
	dev->worker = NULL;
	dev->num_workers = 0;
}
