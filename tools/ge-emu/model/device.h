/* SPDX-License-Identifier: MIT */
/* device.h - the inside of the model; model.h has the layout, the locks and the lifetimes */
#ifndef GE_EMU_DEVICE_H
#define GE_EMU_DEVICE_H

#include <pthread.h>
#include <sys/queue.h>

#include <drm/genpu_isa.h>

#include "engine/engine.h"
#include "memory.h"
#include "mmu.h"
#include "model.h"
#include "telemetry.h"

#define NUM_CONTEXTS	1024
#define NUM_PROGRAMS	65536
#define NUM_PRIORITIES	4

struct admin_held;
struct mem_op;
struct armed_fault;
struct queue;
struct program;
struct worker;

/* What a task needs to run */
enum unit {
	UNIT_NONE,		/* done at once, by whoever looks at the queue */
	UNIT_COMPUTE,
	UNIT_COPY,
	NUM_UNITS,
};

/**
 * struct task_error - how a task ended
 * @code: enum genpu_error
 * @op: operator or GENPU_NONE
 * @operand: operand or GENPU_NONE
 * @access: enum genpu_access
 * @addr: context address
 */
struct task_error {
	u32 code;
	u32 op;
	u32 operand;
	u32 access;
	u64 addr;
};

TAILQ_HEAD(queue_list, queue);
TAILQ_HEAD(share_list, share);
TAILQ_HEAD(armed_list, armed_fault);
STAILQ_HEAD(mem_op_list, mem_op);
STAILQ_HEAD(admin_list, admin_held);
TAILQ_HEAD(program_list, program);

/**
 * struct share - a context's queues whose tasks need the same unit and have the same priority
 * @list: entry of the device's list for these, if there are any queues
 * @queues: in the order of their turns
 */
struct share {
	TAILQ_ENTRY(share) list;
	struct queue_list queues;
};

/**
 * struct context - an address space
 * @refs: the table of contexts, queues, programs being loaded
 * @id: its number
 * @queues: queues that it has
 * @programs: programs that it has
 * @share: its queues that can start
 * @mmu: translations
 */
struct context {
	u32 refs;
	u32 id;
	u32 queues;
	u32 programs;
	struct share share[NUM_UNITS][NUM_PRIORITIES];
	struct mmu mmu;
};

/**
 * struct event_queue - where events go
 * @base: DMA address
 * @entries: 0 = not in use
 * @next: free-running number of the next event
 * @held: event that an injected fault holds back until the next one
 * @holding: there is one
 * @stale: entries may have the wrong phase, by an injected fault
 */
struct event_queue {
	u64 base;
	u32 entries;
	u64 next;
	struct genpu_event held;
	bool holding;
	bool stale;
};

/* How an event is to be written: injected faults want it wrong. */
enum event_way {
	EVENT_GOOD,
	EVENT_STALE,		/* phase bit of the lap before */
	EVENT_SILENT,		/* no interrupt */
};

/**
 * struct injector - misbehaviour on demand (inject.h)
 * @armed: faults that wait for their occasion
 * @count: how many
 * @held: queues whose task is held back
 * @admin: admin tasks that are held back
 * @num_admin: how many
 * @injected: times that a fault has hit
 * @random: state of inject_random()
 * @reset_stuck: STATUS.RESETTING stays
 * @start_stuck: ENABLE has no effect
 * @changed: the thread waits here
 * @thread: lets go of what is held for a time
 * @started: there is a thread
 */
struct injector {
	struct armed_list armed;
	u32 count;
	struct queue_list held;
	struct admin_list admin;
	u32 num_admin;
	u32 injected;
	u64 random;
	bool reset_stuck;
	bool start_stuck;
	pthread_cond_t changed;
	pthread_t thread;
	bool started;
};

/**
 * struct device - the NPU
 *
 * All fields are guarded by @lock but those that never change after creation.
 *
 * @opt: what it is like
 * @doorbell_fd: BAR 2
 * @memory_fd: BAR 4
 * @doorbells: mapping of BAR 2
 * @doorbell_size: its bytes
 * @start: when it was made, CLOCK_MONOTONIC ns
 * @power_on: device_clock() at power-on; atomic
 * @telemetry: load; has a lock of its own
 * @lock: see model.h
 * @visitors: threads that want @lock and are not workers; atomic
 * @mem: memory
 * @epoch: number of resets; work of an older epoch is to be forgotten
 *
 * @reg: written registers, by offset / 4
 * @time_hi: latched by reads of a LO register
 * @enabled: CTRL.ENABLE
 * @configured: rings are known (first ENABLE after a reset)
 * @bus_master: DMA is allowed
 * @d3: power state D3hot: nothing works
 * @resetting: STATUS.RESETTING
 * @fatal: enum genpu_error
 * @resets: counter
 * @faults: counter
 * @mem_ce: counter of corrected memory errors
 * @mem_ue: counter of uncorrected memory errors
 * @running: tasks of this epoch that hold units
 *
 * @events: event queues
 * @admin_ring: DMA address
 * @admin_status: DMA address
 * @admin_entries: of both
 * @admin_next: free-running number of the next admin task
 *
 * @context: by id
 * @queue: by number; [0] is NULL
 * @existing: numbers of the queues that there are
 * @num_existing: how many
 * @program: by id
 *
 * @ready: contexts with queues whose task can start, by what it needs and by priority; in the order
 *         of their turns
 * @mem_ops: MEM_COPY and MEM_FILL tasks to be done, in order
 * @mem_busy: one is being done
 * @waiting: queues held by a WAIT task
 * @free_units: permits
 * @worker: threads
 * @num_workers: how many
 * @poller: worker that looks at the doorbells, NULL = nobody
 * @asleep: nobody looks; the doorbell pages say so
 * @kicked: somebody wrote KICK
 * @last_work: when there was work last
 * @wait_pause: ns between looks at @waiting while asleep
 * @idle: workers without work wait here
 * @stop: power is going off
 *
 * @loads: programs to be loaded
 * @load_added: the loader waits here
 * @loader: thread
 *
 * @inject: misbehaviour on demand
 */
struct device {
	struct device_options opt;
	int doorbell_fd;
	int memory_fd;
	u8 *doorbells;
	u64 doorbell_size;
	u64 start;
	u64 power_on;
	struct telemetry telemetry;

	pthread_mutex_t lock;
	u32 visitors;
	struct memory mem;
	u64 epoch;

	u32 reg[GENPU_REG_EQ(GENPU_MAX_VECTORS) / 4];
	u32 time_hi;
	bool enabled;
	bool configured;
	bool bus_master;
	bool d3;
	bool resetting;
	u32 fatal;
	u32 resets;
	u32 faults;
	u32 mem_ce;
	u32 mem_ue;
	u32 running;

	struct event_queue events[GENPU_MAX_VECTORS];
	u64 admin_ring;
	u64 admin_status;
	u32 admin_entries;
	u64 admin_next;

	struct context *context[NUM_CONTEXTS + 1];
	struct queue **queue;
	u32 *existing;
	u32 num_existing;
	struct program *program[NUM_PROGRAMS + 1];

	struct share_list ready[NUM_UNITS][NUM_PRIORITIES];
	struct mem_op_list mem_ops;
	bool mem_busy;
	struct queue_list waiting;
	u32 free_units[NUM_UNITS];
	struct worker *worker;
	u32 num_workers;
	struct worker *poller;
	bool asleep;
	bool kicked;
	u64 last_work;
	u64 wait_pause;
	pthread_cond_t idle;
	bool stop;

	struct program_list loads;
	pthread_cond_t load_added;
	pthread_t loader;

	struct injector inject;
};

static inline void task_error_set(struct task_error *e, u32 code)
{
	e->code = code;
	e->op = GENPU_NONE;
	e->operand = GENPU_NONE;
	e->access = GENPU_ACCESS_READ;
	e->addr = 0;
}

static inline void task_error_fault(struct task_error *e, const struct mmu_fault *f)
{
	task_error_set(e, f->error);
	e->access = f->access;
	e->addr = f->addr;
}

static inline struct genpu_doorbell *device_doorbell(struct device *dev, u32 queue)
{
	return (void *)(dev->doorbells + (u64)queue * GENPU_DOORBELL_STRIDE);
}

/** device_clock() - ns since the device was made: goes on whatever happens to it */
u64 device_clock(const struct device *dev);

/** device_time() - ns since power-on, what the host sees */
u64 device_time(const struct device *dev);

/** device_fatal() - stop the device until it is reset, and say so */
void device_fatal(struct device *dev, u32 error);

/** device_reset_locked() - device_reset() under the lock */
void device_reset_locked(struct device *dev);

/** device_active() - queues may be processed */
static inline bool device_active(const struct device *dev)
{
	return dev->enabled && dev->bus_master && !dev->fatal && !dev->d3;
}

/* Contexts, reference-counted under device.lock */
struct context *context_find(struct device *dev, u32 id);
void context_put(struct context *ctx);

/* event.c */
void event_post(struct device *dev, u32 vector, u32 type, u32 queue, u32 info, u64 value);

/** event_write() - write an event, no matter what is injected; the phase in @ev does not count */
void event_write(struct device *dev, u32 vector, const struct genpu_event *ev, enum event_way way);
void event_interrupt(struct device *dev, u32 vector);

/** event_let_go() - undo what injected faults hold back */
void event_let_go(struct device *dev, u32 vector);

/* admin.c: takes up to @max tasks off the admin ring; true if there were any */
bool admin_poll(struct device *dev, u32 max);

/** admin_let_go() - do the tasks that an injected fault holds back */
void admin_let_go(struct device *dev);

/** admin_forget() - the device was reset: drop them */
void admin_forget(struct device *dev);

#endif
