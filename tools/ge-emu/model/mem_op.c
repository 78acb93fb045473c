// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "mem_op.h"
#include "queue.h"
#include "sched.h"

#define KNOWN_FLAGS	(GENPU_MEM_DST_SYSTEM | GENPU_MEM_SRC_SYSTEM)

/* Memory at @addr, and how much of it is contiguous; NULL if it is not there. */
static u8 *resolve(const struct memory_map *map, u64 addr, bool system, bool write, u64 *avail)
{
	return system ? memory_system(map, addr, write, avail) : memory_local(map, addr, avail);
}

/* All of it can be reached; windows that follow each other count as one range. */
static bool reachable(const struct memory_map *map, u64 addr, u64 bytes, bool system, bool write)
{
	u64 avail;

	for (; bytes; bytes -= avail, addr += avail) {
		if (!resolve(map, addr, system, write, &avail))
			return false;
		avail = min_u64(avail, bytes);
	}
	return true;
}

u32 mem_op_check(struct device *dev, const struct genpu_task *task)
{
	bool copy = task->op == GENPU_ADMIN_MEM_COPY;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(task->mem.reserved2); i++)
		if (task->mem.reserved2[i])
			return GENPU_ERR_RESERVED;
	if (task->mem.reserved || (task->mem.flags & ~KNOWN_FLAGS) ||
	    (!copy && (task->mem.flags & GENPU_MEM_SRC_SYSTEM)))
		return GENPU_ERR_RESERVED;
	if ((task->mem.dst | task->mem.bytes | (copy ? task->mem.src : 0)) % sizeof(u64))
		return GENPU_ERR_ALIGN;
	if (task->mem.bytes > GENPU_MEM_MAX_BYTES)
		return GENPU_ERR_VALUE;
	if (!reachable(dev->mem.map, task->mem.dst, task->mem.bytes,
		       task->mem.flags & GENPU_MEM_DST_SYSTEM, true) ||
	    (copy && !reachable(dev->mem.map, task->mem.src, task->mem.bytes,
				task->mem.flags & GENPU_MEM_SRC_SYSTEM, false)))
		return GENPU_ERR_BUS;
	return GENPU_OK;
}

u32 mem_op_queue(struct device *dev, const struct genpu_task *task, struct admin_op *op)
{
	struct mem_op *mem = calloc(1, sizeof(*mem));

	if (!mem)
		return GENPU_ERR_NO_MEMORY;
	mem->op = op;
	mem->task = *task;
	STAILQ_INSERT_TAIL(&dev->mem_ops, mem, next);
	sched_kick(dev);
	return GENPU_OK;
}

struct mem_op *mem_op_take(struct device *dev)
{
	struct mem_op *mem = STAILQ_FIRST(&dev->mem_ops);

	if (!mem || dev->mem_busy)
		return NULL;
	STAILQ_REMOVE_HEAD(&dev->mem_ops, next);
	dev->mem_busy = true;
	return mem;
}

static void fill(u8 *p, u64 bytes, u64 word)
{
	u64 i;

	for (i = 0; i < bytes; i += sizeof(word))
		memcpy(p + i, &word, sizeof(word));
}

u32 mem_op_run(const struct mem_op *mem, const struct memory_map *map)
{
	const struct genpu_task *t = &mem->task;
	bool copy = t->op == GENPU_ADMIN_MEM_COPY;
	u64 done, run, avail;
	u8 *to, *from = NULL;

	for (done = 0; done < t->mem.bytes; done += run) {
		run = t->mem.bytes - done;
		to = resolve(map, t->mem.dst + done, t->mem.flags & GENPU_MEM_DST_SYSTEM, true,
			     &avail);
		/* the map may be a newer one than that which was checked */
		if (!to)
			return GENPU_ERR_BUS;
		run = min_u64(run, avail);
		if (copy) {
			from = resolve(map, t->mem.src + done, t->mem.flags & GENPU_MEM_SRC_SYSTEM,
				       false, &avail);
			if (!from)
				return GENPU_ERR_BUS;
			run = min_u64(run, avail);
			/* they should not overlap; if they do, no harm is done to us */
			memmove(to, from, run);
		} else {
			fill(to, run, t->mem.src);
		}
	}
	return GENPU_OK;
}

void mem_op_done(struct device *dev, struct mem_op *mem, u32 error)
{
	if (mem->op->epoch == dev->epoch)
		dev->mem_busy = false;
	admin_op_part_done(dev, mem->op, error);
	free(mem);
}

void mem_op_forget(struct device *dev)
{
	struct mem_op *mem;

	while ((mem = STAILQ_FIRST(&dev->mem_ops))) {
		STAILQ_REMOVE_HEAD(&dev->mem_ops, next);
		mem_op_done(dev, mem, GENPU_ERR_ABORTED);
	}
	/* one that runs still has lost its memory */
	dev->mem_busy = false;
}
