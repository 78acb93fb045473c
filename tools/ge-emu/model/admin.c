// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "inject.h"
#include "mem_op.h"
#include "program.h"
#include "util/log.h"

/* What an admin task that is not done yet returns instead of an enum genpu_error */
#define PENDING		UINT32_MAX

struct context *context_find(struct device *dev, u32 id)
{
	return id && id <= NUM_CONTEXTS ? dev->context[id] : NULL;
}

void context_put(struct context *ctx)
{
	if (--ctx->refs)
		return;
	mmu_destroy(&ctx->mmu);
	free(ctx);
}

/* Writes the status of admin task @n and tells the host. */
void admin_status(struct device *dev, u64 n, u32 cookie, const struct genpu_admin_status *st)
{
	struct genpu_admin_status *p;
	size_t i;

	p = memory_dma(dev->mem.map,
		       dev->admin_status + (n & (dev->admin_entries - 1)) * sizeof(*p),
		       sizeof(*p), true);
	if (!p) {
		device_fatal(dev, GENPU_ERR_BUS);
		return;
	}
	*p = *st;
	p->cookie = cookie;
	switch (inject_find(dev, INJECT_ADMIN_RESULT, 0, 0).fault) {
	case INJECT_ADMIN_GARBAGE:
		for (i = 0; i < sizeof(*p) / sizeof(u64); i++)
			((u64 *)p)[i] = inject_random(dev);
		break;
	case INJECT_ADMIN_DUPLICATE:
		event_post(dev, 0, GENPU_EVENT_ADMIN, 0, st->error, n);
		break;
	default:
		break;
	}
	event_post(dev, 0, GENPU_EVENT_ADMIN, 0, st->error, n);
}

static void admin_done(struct device *dev, u64 n, u32 cookie, u32 error)
{
	struct genpu_admin_status st = {
		.error = error,
		.offset = GENPU_NONE,
		.op = GENPU_NONE,
		.operand = GENPU_NONE,
	};

	admin_status(dev, n, cookie, &st);
}

struct admin_op *admin_op_new(struct device *dev, u64 n, u32 cookie)
{
	struct admin_op *op = calloc(1, sizeof(*op));

	if (op) {
		op->epoch = dev->epoch;
		op->n = n;
		op->cookie = cookie;
		op->parts = 1;
	}
	return op;
}

void admin_op_part_done(struct device *dev, struct admin_op *op, u32 error)
{
	if (error && !op->error)
		op->error = error;
	if (--op->parts)
		return;
	if (op->epoch == dev->epoch)
		admin_done(dev, op->n, op->cookie, op->error);
	free(op);
}

static bool ctx_reserved(const struct genpu_task *t)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(t->ctx.reserved2); i++)
		if (t->ctx.reserved2[i])
			return true;
	return t->ctx.reserved;
}

static void init_shares(struct context *ctx)
{
	u32 unit, prio;

	for (unit = 0; unit < NUM_UNITS; unit++)
		for (prio = 0; prio < NUM_PRIORITIES; prio++)
			TAILQ_INIT(&ctx->share[unit][prio].queues);
}

static u32 ctx_create(struct device *dev, const struct genpu_task *t)
{
	struct context *ctx;

	if (ctx_reserved(t))
		return GENPU_ERR_RESERVED;
	if (!t->ctx.ctx || t->ctx.ctx > NUM_CONTEXTS || dev->context[t->ctx.ctx])
		return GENPU_ERR_CONTEXT;
	if (t->ctx.root % GENPU_PAGE_SIZE)
		return GENPU_ERR_ALIGN;
	/* beyond what a table entry can name, or not there */
	if ((t->ctx.root & ~GENPU_PTE_ADDR) ||
	    !memory_dma(dev->mem.map, t->ctx.root, GENPU_PAGE_SIZE, false))
		return GENPU_ERR_BUS;
	ctx = calloc(1, sizeof(*ctx));
	if (!ctx)
		return GENPU_ERR_NO_MEMORY;
	ctx->refs = 1;
	ctx->id = t->ctx.ctx;
	init_shares(ctx);
	mmu_init(&ctx->mmu, t->ctx.root);
	dev->context[ctx->id] = ctx;
	return GENPU_OK;
}

static u32 ctx_destroy(struct device *dev, const struct genpu_task *t)
{
	struct context *ctx;

	if (ctx_reserved(t))
		return GENPU_ERR_RESERVED;
	ctx = context_find(dev, t->ctx.ctx);
	if (!ctx)
		return GENPU_ERR_CONTEXT;
	if (ctx->queues || ctx->programs)
		return GENPU_ERR_BUSY;
	dev->context[ctx->id] = NULL;
	context_put(ctx);
	return GENPU_OK;
}

/* Hands one part of @op to the queue. */
static u32 stop_queue(struct device *dev, struct queue *q, struct admin_op *op, bool destroy,
		      bool to_tail, u64 head)
{
	struct queue_stop *stop = calloc(1, sizeof(*stop));

	if (!stop)
		return GENPU_ERR_NO_MEMORY;
	stop->op = op;
	stop->destroy = destroy;
	stop->to_tail = to_tail;
	stop->head = head;
	op->parts++;
	queue_stop(dev, q, stop);
	return GENPU_OK;
}

static u32 ctx_reset(struct device *dev, const struct genpu_task *t, u64 n)
{
	struct admin_op *op;
	struct context *ctx;
	struct queue *q;
	u32 i, error = GENPU_OK;

	if (ctx_reserved(t))
		return GENPU_ERR_RESERVED;
	ctx = context_find(dev, t->ctx.ctx);
	if (!ctx)
		return GENPU_ERR_CONTEXT;
	op = admin_op_new(dev, n, t->cookie);
	if (!op)
		return GENPU_ERR_NO_MEMORY;
	for (i = 0; i < dev->num_existing && !error; i++) {
		q = dev->queue[dev->existing[i]];
		if (q->ctx == ctx)
			error = stop_queue(dev, q, op, false, true, 0);
	}
	admin_op_part_done(dev, op, error);
	return PENDING;
}

static u32 tlb_invalidate(struct device *dev, const struct genpu_task *t)
{
	struct context *ctx;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(t->tlb.reserved2); i++)
		if (t->tlb.reserved2[i])
			return GENPU_ERR_RESERVED;
	if (t->tlb.reserved)
		return GENPU_ERR_RESERVED;
	ctx = context_find(dev, t->tlb.ctx);
	if (!ctx)
		return GENPU_ERR_CONTEXT;
	if (t->tlb.size && !mmu_range_ok(t->tlb.va, t->tlb.size))
		return GENPU_ERR_RANGE;
	mmu_invalidate(&ctx->mmu, t->tlb.va, t->tlb.size);
	return GENPU_OK;
}

static u32 queue_stop_task(struct device *dev, const struct genpu_task *t, u64 n)
{
	bool destroy = t->op == GENPU_ADMIN_QUEUE_DESTROY;
	struct admin_op *op;
	struct queue *q;
	u64 tail;
	u32 error;

	if (t->queue.reserved || t->queue.reserved2)
		return GENPU_ERR_RESERVED;
	if (!t->queue.queue || t->queue.queue >= dev->opt.queues || !dev->queue[t->queue.queue])
		return GENPU_ERR_QUEUE;
	q = dev->queue[t->queue.queue];
	tail = __atomic_load_n(&device_doorbell(dev, q->id)->tail, __ATOMIC_ACQUIRE);
	if (!destroy && t->queue.head - q->completed > tail - q->completed)
		return GENPU_ERR_VALUE;
	op = admin_op_new(dev, n, t->cookie);
	if (!op)
		return GENPU_ERR_NO_MEMORY;
	error = stop_queue(dev, q, op, destroy, false, t->queue.head);
	admin_op_part_done(dev, op, error);
	return PENDING;
}

static u32 unload_task(struct device *dev, const struct genpu_task *t, u64 n)
{
	struct admin_op *op;
	u32 error;

	if (t->program.reserved[0] || t->program.reserved[1])
		return GENPU_ERR_RESERVED;
	op = admin_op_new(dev, n, t->cookie);
	if (!op)
		return GENPU_ERR_NO_MEMORY;
	error = program_unload(dev, t, op);
	if (error) {
		free(op);
		return error;
	}
	return PENDING;
}

static u32 mem_task(struct device *dev, const struct genpu_task *t, u64 n)
{
	struct admin_op *op;
	u32 error;

	error = mem_op_check(dev, t);
	if (error)
		return error;
	op = admin_op_new(dev, n, t->cookie);
	if (!op)
		return GENPU_ERR_NO_MEMORY;
	error = mem_op_queue(dev, t, op);
	if (error)
		free(op);
	return error ? error : PENDING;
}

static bool is_admin_op(u32 op)
{
	return op >= GENPU_ADMIN_CTX_CREATE && op <= GENPU_ADMIN_MEM_FILL;
}

static u32 execute(struct device *dev, const struct genpu_task *t, u64 n)
{
	u32 error;

	if (!is_admin_op(t->op))
		return GENPU_ERR_OPCODE;
	if (t->flags || t->reserved)
		return GENPU_ERR_RESERVED;

	switch (t->op) {
	case GENPU_ADMIN_CTX_CREATE:
		return ctx_create(dev, t);
	case GENPU_ADMIN_CTX_DESTROY:
		return ctx_destroy(dev, t);
	case GENPU_ADMIN_CTX_RESET:
		return ctx_reset(dev, t, n);
	case GENPU_ADMIN_TLB_INVALIDATE:
		return tlb_invalidate(dev, t);
	case GENPU_ADMIN_QUEUE_CREATE:
		return queue_create(dev, t);
	case GENPU_ADMIN_QUEUE_DESTROY:
	case GENPU_ADMIN_QUEUE_RESET:
		return queue_stop_task(dev, t, n);
	case GENPU_ADMIN_PROGRAM_LOAD:
		error = program_load(dev, t, n);
		return error ? error : PENDING;
	case GENPU_ADMIN_PROGRAM_UNLOAD:
		return unload_task(dev, t, n);
	default:
		return mem_task(dev, t, n);
	}
}

static void perform(struct device *dev, const struct genpu_task *task, u64 n)
{
	u32 error = execute(dev, task, n);

	if (error == PENDING)
		return;
	if (error)
		log_debug("admin task %llu (op %u): error %u", (unsigned long long)n, task->op,
			  error);
	admin_done(dev, n, task->cookie, error);
}

/**
 * struct admin_held - an admin task that an injected fault holds back
 * @next: entry of injector.admin
 * @task: the task
 * @n: its free-running number
 */
struct admin_held {
	STAILQ_ENTRY(admin_held) next;
	struct genpu_task task;
	u64 n;
};

static void hold(struct device *dev, const struct genpu_task *task, u64 n)
{
	struct admin_held *h = malloc(sizeof(*h));

	/* without memory it is lost for good: the host sees no difference */
	if (!h)
		return;
	h->task = *task;
	h->n = n;
	STAILQ_INSERT_TAIL(&dev->inject.admin, h, next);
	dev->inject.num_admin++;
}

static struct admin_held *take_held(struct device *dev)
{
	struct admin_held *h = STAILQ_FIRST(&dev->inject.admin);

	if (h) {
		STAILQ_REMOVE_HEAD(&dev->inject.admin, next);
		dev->inject.num_admin--;
	}
	return h;
}

void admin_let_go(struct device *dev)
{
	struct admin_held *h;

	while ((h = take_held(dev))) {
		perform(dev, &h->task, h->n);
		free(h);
	}
}

void admin_forget(struct device *dev)
{
	struct admin_held *h;

	while ((h = take_held(dev)))
		free(h);
}

static void begin(struct device *dev, const struct genpu_task *task, u64 n)
{
	struct inject_hit hit = inject_find(dev, INJECT_ADMIN, 0, task->op);

	switch (hit.fault) {
	case INJECT_ADMIN_SILENT:
		hold(dev, task, n);
		break;
	case INJECT_ADMIN_FAIL:
		admin_done(dev, n, task->cookie, hit.given ? hit.value : GENPU_ERR_NO_MEMORY);
		break;
	default:
		perform(dev, task, n);
		break;
	}
}

bool admin_poll(struct device *dev, u32 max)
{
	u64 tail = __atomic_load_n(&device_doorbell(dev, 0)->tail, __ATOMIC_ACQUIRE);
	struct genpu_task task;
	const void *p;
	u64 n;

	if (tail == dev->admin_next)
		return false;
	if (tail - dev->admin_next > dev->admin_entries) {
		device_fatal(dev, GENPU_ERR_VALUE);
		return true;
	}
	while (max-- && dev->admin_next != tail && !dev->fatal) {
		n = dev->admin_next++;
		p = memory_dma(dev->mem.map,
			       dev->admin_ring + (n & (dev->admin_entries - 1)) * sizeof(task),
			       sizeof(task), false);
		if (!p) {
			device_fatal(dev, GENPU_ERR_BUS);
			break;
		}
		memcpy(&task, p, sizeof(task));
		begin(dev, &task, n);
	}
	return true;
}
