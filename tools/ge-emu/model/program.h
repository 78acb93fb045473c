/* SPDX-License-Identifier: MIT */
/*
 * program.h - programs that a context has
 *
 * Loading takes long, as kernels are made for the program: a thread of its own does it, so that
 * other admin tasks pass by.
 */
#ifndef GE_EMU_PROGRAM_H
#define GE_EMU_PROGRAM_H

#include "device.h"
#include "queue.h"

/**
 * struct program - a program, being loaded, there, or being unloaded
 * @list: entry of device.loads
 * @refs: the table of programs, the loader, tasks that run it
 * @id: its number
 * @ctx: whose it is; a reference
 * @engine: the prepared program, NULL while it is loaded
 * @running: tasks that run it
 * @loading: in the hands of the loader
 * @gone: unloaded, or from before a reset
 * @load: PROGRAM_LOAD task
 * @op: PROGRAM_LOAD task
 * @unload: PROGRAM_UNLOAD task that waits, or NULL
 */
struct program {
	TAILQ_ENTRY(program) list;
	u32 refs;
	u32 id;
	struct context *ctx;
	struct engine_program *engine;
	u32 running;
	bool loading;
	bool gone;
	struct genpu_task load;
	struct admin_op *op;
	struct admin_op *unload;
};

/* All but the loader need device.lock. */

/** program_load() - PROGRAM_LOAD; the status of @n follows later unless an error is returned */
u32 program_load(struct device *dev, const struct genpu_task *task, u64 n);

/** program_unload() - PROGRAM_UNLOAD; op's only part is done when the program is no longer used */
u32 program_unload(struct device *dev, const struct genpu_task *task, struct admin_op *op);

/** program_use() - reference for a task in @ctx, or NULL if there is no such program */
struct program *program_use(struct device *dev, const struct context *ctx, u32 id);

/** program_unuse() - the task has ended */
void program_unuse(struct device *dev, struct program *p);

/** program_forget() - the device was reset */
void program_forget(struct device *dev, struct program *p);

int program_loader_start(struct device *dev);
void program_loader_join(struct device *dev);

/* graph.c: memory of a context for the engine */
struct context_memory;
struct context_memory *context_memory_new(struct mmu *mmu, struct memory_map *map);
void context_memory_free(struct context_memory *cm);
const struct engine_memory *context_memory_ops(const struct context_memory *cm);

/* admin.c */
void admin_status(struct device *dev, u64 n, u32 cookie, const struct genpu_admin_status *st);

#endif
