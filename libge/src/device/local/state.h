/* SPDX-License-Identifier: MIT */
/*
 * Inside of the in-process devices. One lock and one condition per device guard everything of it;
 * tasks run without the lock.
 */
#ifndef GE_DEVICE_LOCAL_STATE_H
#define GE_DEVICE_LOCAL_STATE_H

#include <pthread.h>
#include <time.h>

#include "device/device.h"
#include "device/local/local.h"
#include "device/ranges.h"
#include "engine/engine.h"

/* Memory that was freed while tasks ran. */
struct local_block {
	struct local_block *next;
	void *ptr;
};

struct local_program {
	struct local_program *next;
	uint32_t id;
	int refs;		/* under the device's lock */
	struct engine_program *engine;
};

struct ge_device {
	struct ge_device *next;
	unsigned int index;
	unsigned int refs;
	bool gone;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	struct ge_ranges ranges;
	uint64_t memory_used;
	unsigned int running;		/* queues that are at a task */
	struct local_block *limbo;	/* to be freed when none is */
	struct local_program *programs;
	uint32_t next_program;
	uint32_t next_queue;
	struct ge_queue *queues;
	uint32_t num_queues;
};

struct ge_sync {
	struct ge_device *dev;
	int refs; /* under the device's lock: its maker's and one for each use in a job */
	uint64_t submitted;
	uint64_t reached;
};

uint64_t local_now(void);
void local_memory_begin(struct ge_device *dev);
void local_memory_end(struct ge_device *dev);
void local_memory_free_all(struct ge_device *dev);
/* Host address of a range of the device's memory; fills @err with a page fault otherwise. */
uint32_t local_memory_acquire(void *dev, uint64_t addr, uint64_t size, enum engine_access access,
			      void **ptr, struct engine_error *err);
void local_memory_release(void *dev, uint64_t addr, uint64_t size, enum engine_access access,
			  void *ptr);
/* With the device's lock. */
struct local_program *local_program_get(struct ge_device *dev, uint32_t id);
void local_program_put(struct local_program *program);
void local_sync_put(struct ge_sync *sync);
void local_deadline(int64_t timeout_ns, struct timespec *ts);
/* Waits for the device's condition until @deadline, for good if @timeout_ns < 0; 0 or -ETIME. */
int local_wait(struct ge_device *dev, int64_t timeout_ns, const struct timespec *deadline);
/* All tasks of a job; fills @err, and @task with the index of the one that failed. */
uint32_t local_run_tasks(struct ge_device *dev, struct engine_worker *worker,
			 const struct genpu_task *tasks, struct local_program *const *programs,
			 unsigned int n, uint64_t deadline, const uint32_t *abort,
			 unsigned int *task, struct engine_error *err);

#endif
