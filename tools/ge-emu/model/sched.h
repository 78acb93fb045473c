/* SPDX-License-Identifier: MIT */
/*
 * sched.h - worker threads: who looks at the doorbells, and who runs what
 *
 * At any time at most one worker is the poller: it looks at the doorbells and at the words of WAIT
 * tasks, and does itself what it finds. Before it runs something long it gives the role up and
 * wakes another worker to take it. After a while without work the poller announces in the doorbell
 * pages that nobody looks any more, and sleeps (device.asleep); a KICK or a task that ends makes a
 * worker the poller again.
 */
#ifndef GE_EMU_SCHED_H
#define GE_EMU_SCHED_H

#include "device.h"

/**
 * struct worker - a thread
 * @dev: device
 * @thread: thread
 * @engine: for running programs
 * @turn: free-running, for taking turns
 */
struct worker {
	struct device *dev;
	pthread_t thread;
	struct engine_worker *engine;
	u32 turn;
};

int sched_start(struct device *dev);

/** sched_stop() - end the threads; waits for operators that run */
void sched_stop(struct device *dev);

/** sched_kick() - there may be work: somebody must look */
void sched_kick(struct device *dev);

/** sched_reset() - nobody waits for anything any more */
void sched_reset(struct device *dev);

/*
 * device.lock for those who are not workers. Workers take the lock again right after they let it
 * go, which would keep others out for long: this makes them wait a moment.
 */
void device_lock(struct device *dev);
void device_unlock(struct device *dev);

#endif
