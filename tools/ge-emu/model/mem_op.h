/* SPDX-License-Identifier: MIT */
/*
 * mem_op.h - MEM_COPY and MEM_FILL
 *
 * They have a unit of their own, so that they never wait for a context's copies: one is done at a
 * time, in order.
 */
#ifndef GE_EMU_MEM_OP_H
#define GE_EMU_MEM_OP_H

#include "device.h"

struct admin_op;

/**
 * struct mem_op - a memory task
 * @next: entry of device.mem_ops
 * @op: admin task
 * @task: what to do, checked
 */
struct mem_op {
	STAILQ_ENTRY(mem_op) next;
	struct admin_op *op;
	struct genpu_task task;
};

/* All but mem_op_run() need device.lock. */

/** mem_op_check() - fields and ranges; returns enum genpu_error */
u32 mem_op_check(struct device *dev, const struct genpu_task *task);

/** mem_op_queue() - do it later; @op is done then; returns enum genpu_error */
u32 mem_op_queue(struct device *dev, const struct genpu_task *task, struct admin_op *op);

/** mem_op_take() - the next one that can be done now, or NULL */
struct mem_op *mem_op_take(struct device *dev);

/** mem_op_run() - do it, without the lock; returns enum genpu_error */
u32 mem_op_run(const struct mem_op *mem, const struct memory_map *map);

/** mem_op_done() - tell the host; @mem is gone then */
void mem_op_done(struct device *dev, struct mem_op *mem, u32 error);

/** mem_op_forget() - the device was reset */
void mem_op_forget(struct device *dev);

#endif
