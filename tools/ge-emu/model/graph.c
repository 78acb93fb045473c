// SPDX-License-Identifier: MIT
/*
 * Running programs: the engine gets pieces of a context's memory as contiguous host memory. Where
 * the pages are contiguous (device memory mostly is) that is the memory itself, otherwise a bounce
 * buffer that is filled from the pages before and written back to them afterwards. The pages are
 * looked up once, when a run begins to use them.
 */
#include <stdlib.h>
#include <string.h>

#include "task.h"

/* Of one run: bounds what a guest can make us allocate. */
#define MAX_BOUNCE	(1ull << 30)
#define ALIGN		64

/**
 * struct piece - contiguous part of a bounced range
 * @host: its memory
 * @len: its bytes
 */
struct piece {
	u8 *host;
	u64 len;
};

/**
 * struct bounce - a range that is not contiguous
 * @next: of the same run
 * @ptr: what the engine uses
 * @buffer: allocation that @ptr is in
 * @count: pieces
 * @piece: in order
 */
struct bounce {
	struct bounce *next;
	u8 *ptr;
	void *buffer;
	size_t count;
	struct piece *piece;
};

/**
 * struct context_memory - memory of one run
 * @ops: for the engine
 * @mmu: address space
 * @map: memory
 * @bounces: bounced ranges in use
 * @bounced: their bytes
 */
struct context_memory {
	struct engine_memory ops;
	struct mmu *mmu;
	struct memory_map *map;
	struct bounce *bounces;
	u64 bounced;
};

static void bounce_free(struct bounce *b)
{
	free(b->piece);
	free(b->buffer);
	free(b);
}

/* Adds what starts at @va to the pieces; gives its length or 0. */
static u64 add_piece(struct context_memory *cm, struct bounce *b, u64 va, u64 left, bool write,
		     struct mmu_fault *fault)
{
	struct piece *p;
	u64 run;
	u8 *host;

	host = mmu_run(cm->mmu, cm->map, va, left, write, &run, fault);
	if (!host)
		return 0;
	/* grow by doubling: at powers of two there is no room left */
	if (!(b->count & (b->count - 1))) {
		p = realloc(b->piece, (b->count ? 2 * b->count : 1) * sizeof(*p));
		if (!p) {
			fault->error = GENPU_ERR_NO_MEMORY;
			fault->addr = va;
			fault->access = write;
			return 0;
		}
		b->piece = p;
	}
	b->piece[b->count].host = host;
	b->piece[b->count++].len = run;
	return run;
}

static u32 bounce_new(struct context_memory *cm, u64 addr, u64 size, enum engine_access access,
		      struct bounce **out, struct mmu_fault *fault)
{
	struct bounce *b;
	u64 done, run;
	size_t i;

	fault->error = GENPU_ERR_NO_MEMORY;
	fault->access = access != ENGINE_READ;
	fault->addr = addr;
	if (size > MAX_BOUNCE - cm->bounced)
		return GENPU_ERR_NO_MEMORY;
	b = calloc(1, sizeof(*b));
	if (!b)
		return GENPU_ERR_NO_MEMORY;
	for (done = 0; done < size; done += run) {
		run = add_piece(cm, b, addr + done, size - done, access != ENGINE_READ, fault);
		if (!run)
			goto err;
	}
	fault->error = GENPU_ERR_NO_MEMORY;
	if (posix_memalign(&b->buffer, ALIGN, size + ALIGN))
		goto err;
	b->ptr = (u8 *)b->buffer + addr % ALIGN;
	if (access == ENGINE_SCRATCH) {
		/* not what another context has left behind */
		memset(b->ptr, 0, size);
	} else {
		for (i = 0, done = 0; i < b->count; done += b->piece[i++].len)
			memcpy(b->ptr + done, b->piece[i].host, b->piece[i].len);
	}
	*out = b;
	return GENPU_OK;
err:
	bounce_free(b);
	return fault->error;
}

static u32 acquire(void *priv, u64 addr, u64 size, enum engine_access access, void **ptr,
		   struct engine_error *err)
{
	struct context_memory *cm = priv;
	struct mmu_fault fault = {
		.error = GENPU_ERR_RANGE,
		.access = access != ENGINE_READ,
		.addr = addr,
	};
	struct bounce *b = NULL;
	u64 run;

	if (!mmu_range_ok(addr, size))
		goto err;
	*ptr = mmu_run(cm->mmu, cm->map, addr, size, access != ENGINE_READ, &run, &fault);
	if (!*ptr)
		goto err;
	if (run == size)
		return GENPU_OK;
	if (bounce_new(cm, addr, size, access, &b, &fault))
		goto err;
	b->next = cm->bounces;
	cm->bounces = b;
	cm->bounced += size;
	*ptr = b->ptr;
	return GENPU_OK;
err:
	err->code = fault.error;
	err->access = fault.access;
	err->addr = fault.addr;
	return fault.error;
}

static void release(void *priv, u64 addr, u64 size, enum engine_access access, void *ptr)
{
	struct context_memory *cm = priv;
	struct bounce **link, *b;
	u64 done;
	size_t i;

	(void)addr;
	for (link = &cm->bounces; (b = *link) && b->ptr != ptr; link = &b->next)
		;
	if (!b)
		return;
	*link = b->next;
	cm->bounced -= size;
	if (access == ENGINE_WRITE)
		for (i = 0, done = 0; i < b->count; done += b->piece[i++].len)
			memcpy(b->piece[i].host, b->ptr + done, b->piece[i].len);
	bounce_free(b);
}

struct context_memory *context_memory_new(struct mmu *mmu, struct memory_map *map)
{
	struct context_memory *cm = calloc(1, sizeof(*cm));

	if (!cm)
		return NULL;
	cm->ops.priv = cm;
	cm->ops.acquire = acquire;
	cm->ops.release = release;
	cm->mmu = mmu;
	cm->map = map;
	return cm;
}

void context_memory_free(struct context_memory *cm)
{
	free(cm);
}

const struct engine_memory *context_memory_ops(const struct context_memory *cm)
{
	return &cm->ops;
}

/* The engine's error, with what only a device can know left as it was reported by acquire() */
static void set_error(struct job *job, const struct engine_error *err)
{
	task_error_set(&job->err, err->code);
	job->err.op = err->op;
	job->err.operand = err->operand;
	job->err.access = err->access;
	job->err.addr = err->addr;
}

void graph_run(struct job *job)
{
	const struct genpu_task *t = job->task;
	struct engine_program *prog = job->program->engine;
	const struct genpu_prog_header *hdr = engine_program_header(prog);
	struct engine_run run = {
		.num_args = t->graph.num_args,
		.workspace = t->graph.workspace,
		.workspace_size = t->graph.workspace_size,
		.abort = job->abort,
	};
	struct engine_error err = { .op = GENPU_NONE, .operand = GENPU_NONE };
	u64 args[GENPU_PROG_MAX_ARGS];
	struct context_memory *cm;
	struct mmu_fault fault;

	/* the header's counts are bounded by the verification */
	if (run.num_args != hdr->num_inputs + hdr->num_outputs ||
	    run.num_args > GENPU_PROG_MAX_ARGS) {
		task_error_set(&job->err, GENPU_ERR_ARGS);
		return;
	}
	if (run.workspace_size < hdr->workspace_size) {
		task_error_set(&job->err, GENPU_ERR_WORKSPACE);
		return;
	}
	if (!mmu_read(job->mmu, job->map, t->graph.args, args, run.num_args * sizeof(u64),
		      &fault)) {
		task_error_fault(&job->err, &fault);
		return;
	}
	cm = context_memory_new(job->mmu, job->map);
	if (!cm) {
		task_error_set(&job->err, GENPU_ERR_NO_MEMORY);
		return;
	}
	run.mem = context_memory_ops(cm);
	run.args = args;
	if (engine_program_run(prog, job->engine, &run, &err))
		set_error(job, &err);
	context_memory_free(cm);
}
