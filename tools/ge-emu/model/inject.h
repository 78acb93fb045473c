/* SPDX-License-Identifier: MIT */
/*
 * inject.h - misbehaviour on demand; Documentation/man/ge-emu.1 has the list
 *
 * A fault is armed by the host of the emulator (model.h) and hits at a place in the model that asks
 * for it: inject_*() below. Where nothing is armed, that costs a look at an empty list.
 *
 * What a fault holds back (a task that hangs, a completion that is not told) is kept where it
 * belongs, in its queue, event queue or admin list, marked as held. One thread (inject.c) lets go
 * of it when its time has come, device_inject_clear() at once, and a device reset forgets it. Only
 * then, and never twice, it goes the way that it would have gone.
 *
 * All of it needs device.lock.
 */
#ifndef GE_EMU_INJECT_H
#define GE_EMU_INJECT_H

#include "device.h"
#include "queue.h"

/**
 * enum inject_place - where in the model faults hit
 * @INJECT_TASK: a task of a user queue is to be started
 * @INJECT_COMPLETION: a task that the host wants to hear of has retired
 * @INJECT_EVENT: its event is to be posted
 * @INJECT_ADMIN: an admin task was taken
 * @INJECT_ADMIN_RESULT: its result is to be written
 * @INJECT_READ: a register is read
 * @INJECT_RESET: the device was reset
 * @INJECT_START: the device was enabled
 * @INJECT_NOW: none: they happen when they are asked for
 */
enum inject_place {
	INJECT_TASK,
	INJECT_COMPLETION,
	INJECT_EVENT,
	INJECT_ADMIN,
	INJECT_ADMIN_RESULT,
	INJECT_READ,
	INJECT_RESET,
	INJECT_START,
	INJECT_NOW,
};

/** enum inject_fault - all of them, in the order of the table in inject.c */
enum inject_fault {
	INJECT_HANG,
	INJECT_HANG_HARD,
	INJECT_SLOW,
	INJECT_FAIL,
	INJECT_MEMORY_UE,
	INJECT_DMA_FAIL,
	INJECT_LOSE_COMPLETION,
	INJECT_DELAY_COMPLETION,
	INJECT_BAD_SEQNO,
	INJECT_LOSE_EVENT,
	INJECT_DUPLICATE_EVENT,
	INJECT_REORDER_EVENTS,
	INJECT_STALE_PHASE,
	INJECT_LOSE_INTERRUPT,
	INJECT_ADMIN_SILENT,
	INJECT_ADMIN_GARBAGE,
	INJECT_ADMIN_DUPLICATE,
	INJECT_ADMIN_FAIL,
	INJECT_REGS_ONES,
	INJECT_REGS_GARBAGE,
	INJECT_RESET_STUCK,
	INJECT_START_STUCK,
	INJECT_FORGE_EVENT,
	INJECT_FORGE_COMPLETION,
	INJECT_FORGE_FAULT,
	INJECT_EVENT_OVERFLOW,
	INJECT_INTERRUPT_STORM,
	INJECT_FATAL,
	INJECT_THERMAL,
	INJECT_MEMORY_CE,
	NUM_INJECT_FAULTS,
	INJECT_NONE = NUM_INJECT_FAULTS,
};

/**
 * struct inject_hit - a fault that hits
 * @fault: which, INJECT_NONE = none
 * @value: its value
 * @given: @value was given
 * @ms: its time
 */
struct inject_hit {
	enum inject_fault fault;
	u64 value;
	bool given;
	u32 ms;
};

/** inject_armed() - whether any fault is armed: places may skip all of this if not */
static inline bool inject_armed(const struct device *dev)
{
	return !TAILQ_EMPTY(&dev->inject.armed);
}

/**
 * inject_find() - whether a fault hits here and now; counts the occasion
 * @dev: device
 * @place: where
 * @queue: user queue, or 0
 * @op: of the task, or 0
 */
struct inject_hit inject_find(struct device *dev, enum inject_place place, u32 queue, u32 op);

/** inject_task() - before a task is started; true if it is held now, or has failed */
bool inject_task(struct device *dev, struct queue *q);

/** inject_memory_error() - count a memory error and tell the host */
void inject_memory_error(struct device *dev, bool corrected, u64 addr);

/** inject_random() - pseudo-random, the same in every run */
u64 inject_random(struct device *dev);

/** inject_now() - forge.c: do a fault that needs no occasion; NULL or what is wrong */
const char *inject_now(struct device *dev, enum inject_fault fault,
		       const struct inject_request *req, u32 *queue);

/** inject_pause() - let others have the lock for a moment */
void inject_pause(struct device *dev);

/** inject_kick() - the thread must look for when to let go of what */
void inject_kick(struct device *dev);

void inject_init(struct device *dev);
int inject_start(struct device *dev);

/** inject_join() - wait for the thread's end; device.stop is set */
void inject_join(struct device *dev);
void inject_destroy(struct device *dev);

#endif
