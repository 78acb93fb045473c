// SPDX-License-Identifier: MIT
/* Admin tasks: what they do, and every error they can give */
#include <string.h>

#include "client.h"
#include "tap.h"

static void fails(struct npu *npu, const struct genpu_task *t, u32 error, const char *why)
{
	struct genpu_admin_status st = admin(npu, t);

	same(st.error, error, "%s", why);
	if (st.offset != GENPU_NONE || st.op != GENPU_NONE || st.operand != GENPU_NONE ||
	    st.reserved)
		ok(false, "%s: the other fields say nothing", why);
}

static struct genpu_task ctx_task(u8 op, u32 ctx, u64 root)
{
	struct genpu_task t = { .op = op };

	t.ctx.ctx = ctx;
	t.ctx.root = root;
	return t;
}

static void test_opcodes(struct npu *npu)
{
	struct genpu_task t = { 0 };
	u32 op, bad = 0;

	for (op = 0; op < 256; op++) {
		if (op >= GENPU_ADMIN_CTX_CREATE && op <= GENPU_ADMIN_MEM_FILL)
			continue;
		t.op = op;
		bad += admin(npu, &t).error != GENPU_ERR_OPCODE;
	}
	same(bad, 0, "unknown opcodes and user tasks are refused");

	for (op = GENPU_ADMIN_CTX_CREATE, bad = 0; op <= GENPU_ADMIN_MEM_FILL; op++) {
		t.op = op;
		t.flags = 1;
		bad += admin(npu, &t).error != GENPU_ERR_RESERVED;
		t.flags = 0;
		t.reserved = 1;
		bad += admin(npu, &t).error != GENPU_ERR_RESERVED;
		t.reserved = 0;
		/* the last word is reserved in all of them */
		t.raw[6] = 1;
		bad += admin(npu, &t).error != GENPU_ERR_RESERVED;
		t.raw[6] = 0;
	}
	same(bad, 0, "reserved fields are checked");
}

static void test_contexts(struct npu *npu)
{
	u64 root = ram_iova(npu, ram_alloc(npu, 4096, 4096));
	u32 max = reg_read(npu, GENPU_REG_NUM_CONTEXTS);
	struct genpu_task t;

	t = ctx_task(GENPU_ADMIN_CTX_CREATE, 0, root);
	fails(npu, &t, GENPU_ERR_CONTEXT, "CTX_CREATE 0");
	t = ctx_task(GENPU_ADMIN_CTX_CREATE, max + 1, root);
	fails(npu, &t, GENPU_ERR_CONTEXT, "CTX_CREATE beyond the last");
	t = ctx_task(GENPU_ADMIN_CTX_CREATE, UINT32_MAX, root);
	fails(npu, &t, GENPU_ERR_CONTEXT, "CTX_CREATE far beyond the last");
	t = ctx_task(GENPU_ADMIN_CTX_CREATE, max, root + 8);
	fails(npu, &t, GENPU_ERR_ALIGN, "CTX_CREATE with an unaligned table");
	t = ctx_task(GENPU_ADMIN_CTX_CREATE, max, HOLE_IOVA);
	fails(npu, &t, GENPU_ERR_BUS, "CTX_CREATE with a table that is not there");
	t = ctx_task(GENPU_ADMIN_CTX_CREATE, max, root);
	fails(npu, &t, GENPU_OK, "CTX_CREATE with the last id");
	fails(npu, &t, GENPU_ERR_CONTEXT, "CTX_CREATE of one in use");
	t = ctx_task(GENPU_ADMIN_CTX_RESET, max, 0);
	fails(npu, &t, GENPU_OK, "CTX_RESET without queues");
	t = ctx_task(GENPU_ADMIN_CTX_DESTROY, max, 0);
	fails(npu, &t, GENPU_OK, "CTX_DESTROY");
	fails(npu, &t, GENPU_ERR_CONTEXT, "CTX_DESTROY of none");
	t = ctx_task(GENPU_ADMIN_CTX_RESET, max, 0);
	fails(npu, &t, GENPU_ERR_CONTEXT, "CTX_RESET of none");
}

static void test_tlb(struct npu *npu, struct space *sp)
{
	struct genpu_task t = { .op = GENPU_ADMIN_TLB_INVALIDATE };

	fails(npu, &t, GENPU_ERR_CONTEXT, "TLB_INVALIDATE without context");
	t.tlb.ctx = sp->ctx;
	fails(npu, &t, GENPU_OK, "TLB_INVALIDATE of all");
	t.tlb.va = 1ull << 47;
	t.tlb.size = (1ull << 47) + 1;
	fails(npu, &t, GENPU_ERR_RANGE, "TLB_INVALIDATE beyond the address width");
	t.tlb.size = 1ull << 47;
	fails(npu, &t, GENPU_OK, "TLB_INVALIDATE up to it");
}

static void queue_field(struct npu *npu, const struct genpu_task *good, u32 error, const char *why,
			void (*change)(struct genpu_task *t))
{
	struct genpu_task t = *good;

	change(&t);
	fails(npu, &t, error, why);
}

static void q_zero(struct genpu_task *t)
{
	t->queue.queue = 0;
}

static void q_high(struct genpu_task *t) { t->queue.queue = 64; }
static void q_huge(struct genpu_task *t) { t->queue.queue = UINT32_MAX; }
static void q_ctx(struct genpu_task *t) { t->queue.ctx = 9; }
static void q_shift1(struct genpu_task *t) { t->queue.ring_shift = 1; }
static void q_shift17(struct genpu_task *t) { t->queue.ring_shift = 17; }
static void q_shift99(struct genpu_task *t) { t->queue.ring_shift = UINT32_MAX; }
static void q_prio(struct genpu_task *t) { t->queue.priority = 4; }
static void q_vector(struct genpu_task *t) { t->queue.vector = VECTORS; }
static void q_vector_high(struct genpu_task *t) { t->queue.vector = GENPU_MAX_VECTORS; }
static void q_ring(struct genpu_task *t) { t->queue.ring += 32; }
static void q_status(struct genpu_task *t) { t->queue.status += 8; }
static void q_ring_gone(struct genpu_task *t) { t->queue.ring = HOLE_IOVA; }
static void q_ring_end(struct genpu_task *t) { t->queue.ring = RAM_IOVA + RAM_SIZE - 64; }
static void q_ring_wrap(struct genpu_task *t) { t->queue.ring = UINT64_MAX - 63; }
static void q_status_rom(struct genpu_task *t) { t->queue.status = ROM_IOVA; }
static void q_reserved(struct genpu_task *t) { t->queue.reserved = 1; }

static void test_queues(struct npu *npu, struct space *sp)
{
	struct genpu_task t = { .op = GENPU_ADMIN_QUEUE_CREATE };
	struct genpu_queue_status *st = ram_alloc(npu, sizeof(*st), 64);
	struct genpu_doorbell *db = (void *)(npu->doorbells + 5 * GENPU_DOORBELL_STRIDE);

	t.queue.queue = 5;
	t.queue.ctx = sp->ctx;
	t.queue.ring = ram_iova(npu, ram_alloc(npu, 256, 64));
	t.queue.status = ram_iova(npu, st);
	t.queue.ring_shift = 2;
	queue_field(npu, &t, GENPU_ERR_QUEUE, "QUEUE_CREATE 0", q_zero);
	queue_field(npu, &t, GENPU_ERR_QUEUE, "QUEUE_CREATE beyond the last", q_high);
	queue_field(npu, &t, GENPU_ERR_QUEUE, "QUEUE_CREATE far beyond the last", q_huge);
	queue_field(npu, &t, GENPU_ERR_CONTEXT, "QUEUE_CREATE without context", q_ctx);
	queue_field(npu, &t, GENPU_ERR_VALUE, "QUEUE_CREATE: ring of 2", q_shift1);
	queue_field(npu, &t, GENPU_ERR_VALUE, "QUEUE_CREATE: ring of 128 Ki", q_shift17);
	queue_field(npu, &t, GENPU_ERR_VALUE, "QUEUE_CREATE: huge ring", q_shift99);
	queue_field(npu, &t, GENPU_ERR_VALUE, "QUEUE_CREATE: priority 4", q_prio);
	queue_field(npu, &t, GENPU_ERR_VALUE, "QUEUE_CREATE: unused vector", q_vector);
	queue_field(npu, &t, GENPU_ERR_VALUE, "QUEUE_CREATE: no such vector", q_vector_high);
	queue_field(npu, &t, GENPU_ERR_ALIGN, "QUEUE_CREATE: unaligned ring", q_ring);
	queue_field(npu, &t, GENPU_ERR_ALIGN, "QUEUE_CREATE: unaligned status", q_status);
	queue_field(npu, &t, GENPU_ERR_BUS, "QUEUE_CREATE: ring without memory", q_ring_gone);
	queue_field(npu, &t, GENPU_ERR_BUS, "QUEUE_CREATE: ring that leaves memory", q_ring_end);
	queue_field(npu, &t, GENPU_ERR_BUS, "QUEUE_CREATE: ring that wraps around", q_ring_wrap);
	queue_field(npu, &t, GENPU_ERR_BUS, "QUEUE_CREATE: read-only status", q_status_rom);
	queue_field(npu, &t, GENPU_ERR_RESERVED, "QUEUE_CREATE: reserved field", q_reserved);

	db->tail = 77;
	db->notify = 78;
	fails(npu, &t, GENPU_OK, "QUEUE_CREATE");
	ok(!db->tail && !db->notify, "it clears the doorbell page");
	same(st->state, GENPU_QUEUE_RUNNING, "the status says that it runs");
	fails(npu, &t, GENPU_ERR_QUEUE, "QUEUE_CREATE of one in use");
	t = ctx_task(GENPU_ADMIN_CTX_DESTROY, sp->ctx, 0);
	fails(npu, &t, GENPU_ERR_BUSY, "CTX_DESTROY with a queue");

	memset(&t, 0, sizeof(t));
	t.op = GENPU_ADMIN_QUEUE_RESET;
	t.queue.queue = 5;
	t.queue.head = 1;
	fails(npu, &t, GENPU_ERR_VALUE, "QUEUE_RESET beyond the tail");
	t.queue.head = UINT64_MAX;
	fails(npu, &t, GENPU_ERR_VALUE, "QUEUE_RESET before completed");
	t.queue.head = 0;
	fails(npu, &t, GENPU_OK, "QUEUE_RESET");
	t.queue.queue = 6;
	fails(npu, &t, GENPU_ERR_QUEUE, "QUEUE_RESET of none");
	t.op = GENPU_ADMIN_QUEUE_DESTROY;
	fails(npu, &t, GENPU_ERR_QUEUE, "QUEUE_DESTROY of none");
	t.queue.queue = 0;
	fails(npu, &t, GENPU_ERR_QUEUE, "QUEUE_DESTROY of the admin queue");
	t.queue.queue = 5;
	fails(npu, &t, GENPU_OK, "QUEUE_DESTROY");
	fails(npu, &t, GENPU_ERR_QUEUE, "QUEUE_DESTROY again");
}

static void test_programs(struct npu *npu, struct space *sp)
{
	struct genpu_task t = { .op = GENPU_ADMIN_PROGRAM_UNLOAD };
	struct genpu_admin_status st;
	u8 *junk = ram_alloc(npu, 4096, 4096);

	fails(npu, &t, GENPU_ERR_PROGRAM, "PROGRAM_UNLOAD 0");
	t.program.program = 1;
	fails(npu, &t, GENPU_ERR_PROGRAM, "PROGRAM_UNLOAD of none");
	t.program.program = UINT32_MAX;
	fails(npu, &t, GENPU_ERR_PROGRAM, "PROGRAM_UNLOAD out of range");

	t.op = GENPU_ADMIN_PROGRAM_LOAD;
	fails(npu, &t, GENPU_ERR_PROGRAM, "PROGRAM_LOAD out of range");
	t.program.program = 1;
	fails(npu, &t, GENPU_ERR_CONTEXT, "PROGRAM_LOAD without context");
	t.program.ctx = sp->ctx;
	t.program.size = GENPU_PROG_MAX_SIZE + 1ull;
	fails(npu, &t, GENPU_ERR_VALUE, "PROGRAM_LOAD of more than the maximum");
	t.program.size = 4096;
	t.program.va = (1ull << 48) - 4095;
	fails(npu, &t, GENPU_ERR_RANGE, "PROGRAM_LOAD beyond the address width");
	t.program.va = ram_iova(npu, junk);
	t.program.const_va = 32;
	fails(npu, &t, GENPU_ERR_ALIGN, "PROGRAM_LOAD with unaligned constants");
	t.program.const_va = 64;
	t.program.const_size = UINT64_MAX;
	fails(npu, &t, GENPU_ERR_RANGE, "PROGRAM_LOAD with constants that wrap around");
	t.program.const_va = 0;
	t.program.const_size = 0;
	memset(junk, 0x5a, 4096);
	same(admin(npu, &t).error, GENPU_ERR_PROG_MAGIC, "PROGRAM_LOAD of junk");
	t.program.size = 8;
	same(admin(npu, &t).error, GENPU_ERR_PROG_TRUNCATED, "PROGRAM_LOAD of 8 bytes");
	t.program.size = 4096;
	t.program.va = 0x123000;
	st = admin(npu, &t);
	same(st.error, GENPU_ERR_PAGE_FAULT, "PROGRAM_LOAD from where nothing is mapped");
	same(st.value, 0x123000, "gives the address");
}

/* More tasks than the ring has entries, several at a time: each gets its own status. */
static void test_ring(struct npu *npu)
{
	struct genpu_task t = { .op = GENPU_ADMIN_TLB_INVALIDATE };
	u32 round, i, bad = 0;
	u64 first = 0;

	for (round = 0; round < 10; round++) {
		for (i = 0; i < 1u << ADMIN_SHIFT; i++) {
			t.op = i % 2 ? GENPU_ADMIN_TLB_INVALIDATE : GENPU_TASK_NOP;
			if (!i)
				first = admin_start(npu, &t);
			else
				admin_start(npu, &t);
		}
		ring_admin(npu);
		for (i = 0; i < 1u << ADMIN_SHIFT; i++)
			bad += admin_wait(npu, first + i).error !=
			       (i % 2 ? GENPU_ERR_CONTEXT : GENPU_ERR_OPCODE);
	}
	same(bad, 0, "a full admin ring is done, each task with its own status");
}

int main(void)
{
	struct space sp;
	struct npu npu;

	npu_start(&npu, "--memory", "16M", "--queues", "64", NULL);
	npu_up(&npu);
	space_init(&sp, &npu, 1);
	space_map_ram(&sp);
	test_opcodes(&npu);
	test_contexts(&npu);
	test_tlb(&npu, &sp);
	test_queues(&npu, &sp);
	test_programs(&npu, &sp);
	test_ring(&npu);
	same(npu_stop(&npu), 0, "exit status");
	return done_testing();
}
