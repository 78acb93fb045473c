// SPDX-License-Identifier: MIT
/*
 * tasks.c - what the device does with a task.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "device/local/state.h"

struct run {
	struct ge_device *dev;
	struct engine_worker *worker;
	uint64_t deadline;
	const uint32_t *abort;
	struct engine_error *err;
};

static uint32_t fail(struct run *run, uint32_t code)
{
	run->err->code = code;
	return code;
}

static uint32_t access_range(struct run *run, uint64_t addr, uint64_t size,
			     enum engine_access access, void **ptr)
{
	if (addr + size < addr || addr + size > 1ull << GENPU_VA_BITS) {
		run->err->addr = addr;
		return fail(run, GENPU_ERR_RANGE);
	}
	return local_memory_acquire(run->dev, addr, size, access, ptr, run->err);
}

static uint32_t access_words(struct run *run, uint64_t addr, unsigned int n,
			     enum engine_access access, uint64_t **ptr)
{
	if (addr % sizeof(uint64_t)) {
		run->err->addr = addr;
		return fail(run, GENPU_ERR_ALIGN);
	}
	return access_range(run, addr, n * sizeof(uint64_t), access, (void **)ptr);
}

static uint32_t run_graph(struct run *run, const struct genpu_task *task,
			  struct local_program *program)
{
	const struct engine_memory mem = {
		.priv = run->dev,
		.acquire = local_memory_acquire,
		.release = local_memory_release,
	};
	uint64_t *args = NULL;
	struct engine_run er = {
		.mem = &mem,
		.num_args = task->graph.num_args,
		.workspace = task->graph.workspace,
		.workspace_size = task->graph.workspace_size,
		.abort = run->abort,
	};

	if (task->graph.num_args &&
	    access_words(run, task->graph.args, task->graph.num_args, ENGINE_READ, &args))
		return run->err->code;
	er.args = args;
	return engine_program_run(program->engine, run->worker, &er, run->err);
}

static uint32_t run_copy(struct run *run, const struct genpu_task *task)
{
	void *dst, *src;

	if (task->copy.reserved)
		return fail(run, GENPU_ERR_RESERVED);
	for (uint32_t row = 0; row < task->copy.rows && task->copy.bytes; row++) {
		if (access_range(run, task->copy.src + row * task->copy.src_pitch, task->copy.bytes,
				 ENGINE_READ, &src) ||
		    access_range(run, task->copy.dst + row * task->copy.dst_pitch, task->copy.bytes,
				 ENGINE_WRITE, &dst))
			return run->err->code;
		memmove(dst, src, task->copy.bytes);
	}
	return GENPU_OK;
}

static uint32_t run_fill(struct run *run, const struct genpu_task *task)
{
	uint32_t width = task->fill.width;
	void *dst;

	if (task->fill.reserved || task->fill.reserved2[0] || task->fill.reserved2[1])
		return fail(run, GENPU_ERR_RESERVED);
	if ((width != 1 && width != 2 && width != 4 && width != 8) || task->fill.bytes % width)
		return fail(run, GENPU_ERR_ALIGN);
	if (!task->fill.bytes)
		return GENPU_OK;
	if (access_range(run, task->fill.dst, task->fill.bytes, ENGINE_WRITE, &dst))
		return run->err->code;
	for (uint64_t i = 0; i < task->fill.bytes; i += width)
		memcpy((char *)dst + i, &task->fill.pattern, width);
	return GENPU_OK;
}

static uint32_t run_signal(struct run *run, const struct genpu_task *task)
{
	uint64_t *word;

	if (access_words(run, task->signal.addr, 1, ENGINE_WRITE, &word))
		return run->err->code;
	if (task->signal.kind == GENPU_SIGNAL_ADD)
		__atomic_add_fetch(word, task->signal.value, __ATOMIC_SEQ_CST);
	else
		__atomic_store_n(word, task->signal.value, __ATOMIC_SEQ_CST);
	return GENPU_OK;
}

static bool condition_holds(uint64_t word, uint64_t value, uint32_t cond)
{
	switch (cond) {
	case GENPU_WAIT_GE:
		return word >= value;
	case GENPU_WAIT_EQ:
		return word == value;
	case GENPU_WAIT_NE:
		return word != value;
	default:
		return word & value;
	}
}

static uint32_t run_wait(struct run *run, const struct genpu_task *task)
{
	const struct timespec pause = { .tv_nsec = 100000 };
	uint64_t *word;

	for (;;) {
		/* Each time anew: the memory may be freed. */
		if (access_words(run, task->wait.addr, 1, ENGINE_READ, &word))
			return run->err->code;
		if (condition_holds(__atomic_load_n(word, __ATOMIC_SEQ_CST), task->wait.value,
				    task->wait.cond))
			return GENPU_OK;
		if (__atomic_load_n(run->abort, __ATOMIC_RELAXED) || local_now() > run->deadline)
			return fail(run, GENPU_ERR_ABORTED);
		nanosleep(&pause, NULL);
	}
}

static uint32_t run_timestamp(struct run *run, const struct genpu_task *task)
{
	uint64_t *word;

	if (access_words(run, task->timestamp.addr, 1, ENGINE_WRITE, &word))
		return run->err->code;
	__atomic_store_n(word, local_now(), __ATOMIC_RELEASE);
	return GENPU_OK;
}

static uint64_t stamps_of(const struct genpu_task *task)
{
	switch (task->op) {
	case GENPU_TASK_GRAPH:
		return task->graph.stamps;
	case GENPU_TASK_COPY:
		return task->copy.stamps;
	case GENPU_TASK_FILL:
		return task->fill.stamps;
	default:
		return 0;
	}
}

static uint32_t run_task(struct run *run, const struct genpu_task *task,
			 struct local_program *program)
{
	uint64_t *stamps = NULL, begin = local_now();
	uint32_t code;

	if (task->flags || task->reserved)
		return fail(run, GENPU_ERR_RESERVED);
	if (stamps_of(task) && access_words(run, stamps_of(task), 2, ENGINE_WRITE, &stamps))
		return run->err->code;
	switch (task->op) {
	case GENPU_TASK_NOP:
		code = GENPU_OK;
		break;
	case GENPU_TASK_GRAPH:
		code = run_graph(run, task, program);
		break;
	case GENPU_TASK_COPY:
		code = run_copy(run, task);
		break;
	case GENPU_TASK_FILL:
		code = run_fill(run, task);
		break;
	case GENPU_TASK_SIGNAL:
		code = run_signal(run, task);
		break;
	case GENPU_TASK_WAIT:
		code = run_wait(run, task);
		break;
	case GENPU_TASK_TIMESTAMP:
		code = run_timestamp(run, task);
		break;
	default:
		code = fail(run, GENPU_ERR_OPCODE);
	}
	if (!code && stamps) {
		stamps[0] = begin;
		stamps[1] = local_now();
	}
	return code;
}

uint32_t local_run_tasks(struct ge_device *dev, struct engine_worker *worker,
			 const struct genpu_task *tasks, struct local_program *const *programs,
			 unsigned int n, uint64_t deadline, const uint32_t *abort,
			 unsigned int *task, struct engine_error *err)
{
	struct run run = { dev, worker, deadline, abort, err };
	uint32_t code = GENPU_OK;

	for (*task = 0; *task < n; ++*task) {
		*err = (struct engine_error) {
			.offset = GENPU_NONE, .op = GENPU_NONE, .operand = GENPU_NONE,
		};
		local_memory_begin(dev);
		code = run_task(&run, &tasks[*task], programs[*task]);
		local_memory_end(dev);
		if (code)
			break;
	}
	return code;
}
