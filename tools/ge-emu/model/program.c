// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "program.h"
#include "util/log.h"

static void program_put(struct program *p)
{
	if (--p->refs)
		return;
	engine_program_destroy(p->engine);
	context_put(p->ctx);
	free(p);
}

/* Takes a program out of the table; the id is free again. */
static void remove_program(struct device *dev, struct program *p)
{
	dev->program[p->id] = NULL;
	p->ctx->programs--;
	p->gone = true;
	program_put(p);
}

struct program *program_use(struct device *dev, const struct context *ctx, u32 id)
{
	struct program *p;

	if (!id || id > NUM_PROGRAMS)
		return NULL;
	p = dev->program[id];
	if (!p || p->ctx != ctx || p->loading || p->unload)
		return NULL;
	p->refs++;
	p->running++;
	return p;
}

/* Does an unload that waited, if nothing uses the program any more. */
static void try_unload(struct device *dev, struct program *p)
{
	struct admin_op *op = p->unload;

	if (!op || p->gone || p->running || p->loading)
		return;
	p->unload = NULL;
	remove_program(dev, p);
	admin_op_part_done(dev, op, GENPU_OK);
}

void program_unuse(struct device *dev, struct program *p)
{
	p->running--;
	try_unload(dev, p);
	program_put(p);
}

void program_forget(struct device *dev, struct program *p)
{
	if (p->unload)
		admin_op_part_done(dev, p->unload, GENPU_ERR_ABORTED);
	p->unload = NULL;
	remove_program(dev, p);
}

u32 program_unload(struct device *dev, const struct genpu_task *task, struct admin_op *op)
{
	u32 id = task->program.program;
	struct program *p;

	if (!id || id > NUM_PROGRAMS || !dev->program[id] || dev->program[id]->unload)
		return GENPU_ERR_PROGRAM;
	p = dev->program[id];
	p->unload = op;
	try_unload(dev, p);
	return GENPU_OK;
}

u32 program_load(struct device *dev, const struct genpu_task *task, u64 n)
{
	u32 id = task->program.program;
	struct context *ctx;
	struct program *p;

	if (task->program.reserved[0] || task->program.reserved[1])
		return GENPU_ERR_RESERVED;
	if (!id || id > NUM_PROGRAMS || dev->program[id])
		return GENPU_ERR_PROGRAM;
	ctx = context_find(dev, task->program.ctx);
	if (!ctx)
		return GENPU_ERR_CONTEXT;
	if (task->program.const_va % GENPU_PROG_ALIGN)
		return GENPU_ERR_ALIGN;
	if (task->program.size > GENPU_PROG_MAX_SIZE)
		return GENPU_ERR_VALUE;
	if (!mmu_range_ok(task->program.va, task->program.size) ||
	    !mmu_range_ok(task->program.const_va, task->program.const_size))
		return GENPU_ERR_RANGE;

	p = calloc(1, sizeof(*p));
	if (!p)
		return GENPU_ERR_NO_MEMORY;
	p->op = admin_op_new(dev, n, task->cookie);
	if (!p->op) {
		free(p);
		return GENPU_ERR_NO_MEMORY;
	}
	p->refs = 2;
	p->id = id;
	p->ctx = ctx;
	ctx->refs++;
	ctx->programs++;
	p->loading = true;
	p->load = *task;
	dev->program[id] = p;
	TAILQ_INSERT_TAIL(&dev->loads, p, list);
	pthread_cond_signal(&dev->load_added);
	return GENPU_OK;
}

/* Reads the program and has the engine prepare it; without device.lock. */
static void load(struct program *p, struct memory_map *map, struct engine_error *err)
{
	const struct genpu_task *t = &p->load;
	struct context_memory *cm = context_memory_new(&p->ctx->mmu, map);
	struct mmu_fault fault;
	u8 *blob;

	memset(err, 0, sizeof(*err));
	err->offset = GENPU_NONE;
	err->op = GENPU_NONE;
	err->operand = GENPU_NONE;
	blob = malloc(t->program.size + 1);
	if (!blob || !cm) {
		err->code = GENPU_ERR_NO_MEMORY;
	} else if (!mmu_read(&p->ctx->mmu, map, t->program.va, blob, t->program.size, &fault)) {
		err->code = fault.error;
		err->addr = fault.addr;
	} else {
		engine_program_create(blob, t->program.size, context_memory_ops(cm),
				      t->program.const_va, t->program.const_size, &p->engine, err);
	}
	free(blob);
	context_memory_free(cm);
}

static void loaded(struct device *dev, struct program *p, const struct engine_error *err)
{
	struct genpu_admin_status st = {
		.error = err->code,
		.offset = err->offset,
		.op = err->op,
		.operand = err->operand,
		.value = err->code ? err->addr : engine_program_header(p->engine)->workspace_size,
	};
	struct admin_op *op = p->op;

	p->loading = false;
	if (op->epoch == dev->epoch)
		admin_status(dev, op->n, op->cookie, &st);
	free(op);
	if (p->gone)
		return;
	if (err->code) {
		log_debug("program %u of context %u: error %u at offset %d, operator %d, operand %d",
			  p->id, p->ctx->id, err->code, (int)err->offset, (int)err->op,
			  (int)err->operand);
		op = p->unload;
		p->unload = NULL;
		remove_program(dev, p);
		if (op)
			admin_op_part_done(dev, op, GENPU_ERR_PROGRAM);
	} else {
		try_unload(dev, p);
	}
}

static void *loader(void *arg)
{
	struct device *dev = arg;
	struct engine_error err;
	struct memory_map *map;
	struct program *p;

	pthread_mutex_lock(&dev->lock);
	for (;;) {
		p = TAILQ_FIRST(&dev->loads);
		if (!p) {
			if (dev->stop)
				break;
			pthread_cond_wait(&dev->load_added, &dev->lock);
			continue;
		}
		TAILQ_REMOVE(&dev->loads, p, list);
		if (p->gone) {
			free(p->op);
			program_put(p);
			continue;
		}
		map = memory_map_get(&dev->mem);
		pthread_mutex_unlock(&dev->lock);
		load(p, map, &err);
		memory_map_put(map);
		pthread_mutex_lock(&dev->lock);
		loaded(dev, p, &err);
		program_put(p);
	}
	pthread_mutex_unlock(&dev->lock);
	return NULL;
}

int program_loader_start(struct device *dev)
{
	return -pthread_create(&dev->loader, NULL, loader, dev);
}

void program_loader_join(struct device *dev)
{
	pthread_join(dev->loader, NULL);
}
