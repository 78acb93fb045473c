/* SPDX-License-Identifier: MIT */
/* task.h - what tasks do */
#ifndef GE_EMU_TASK_H
#define GE_EMU_TASK_H

#include "device.h"
#include "program.h"

/**
 * enum task_result - how a task that is done at once ended
 * @TASK_DONE: retire it
 * @TASK_HOLD: its condition does not hold yet
 * @TASK_FAILED: see the error
 */
enum task_result {
	TASK_DONE,
	TASK_HOLD,
	TASK_FAILED,
};

/**
 * struct job - a task that runs on a unit, without device.lock
 * @dev: for the time
 * @task: what to do
 * @mmu: address space
 * @map: memory; a reference
 * @program: GRAPH: a reference
 * @engine: GRAPH: the worker's
 * @abort: becomes nonzero (atomically) when the task should end soon
 * @err: result
 */
struct job {
	struct device *dev;
	const struct genpu_task *task;
	struct mmu *mmu;
	struct memory_map *map;
	struct program *program;
	struct engine_worker *engine;
	const u32 *abort;
	struct task_error err;
};

/** task_unit() - what a task needs; unknown ones need nothing to fail */
enum unit task_unit(const struct genpu_task *task);

/** task_short() - running it takes about as long as handing over to another thread */
bool task_short(const struct genpu_task *task);

/** task_now() - do a task that needs no unit, under device.lock */
enum task_result task_now(struct device *dev, struct mmu *mmu, const struct genpu_task *task,
			  struct task_error *e);

/** task_check() - fields of a task that needs a unit; returns enum genpu_error */
u32 task_check(const struct genpu_task *task);

/** task_run() - run a checked task on a unit; the result is in job->err */
void task_run(struct job *job);

/* graph.c */
void graph_run(struct job *job);

static inline bool job_aborted(const struct job *job)
{
	return __atomic_load_n(job->abort, __ATOMIC_RELAXED);
}

#endif
