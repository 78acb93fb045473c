// SPDX-License-Identifier: MIT
/* Programs: loading, running in device and in scattered memory, errors, unloading while they run */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "client.h"
#include "tap.h"

#define N		5000	/* elements: several pages */
#define BYTES		(N * sizeof(float))
#define SCATTERED	(1ull << 45)
#define LOCAL		(1ull << 46)
#define RW		(GENPU_PTE_SYSTEM | GENPU_PTE_WRITE)

static struct npu npu;
static struct space sp;
static struct ring q;
static float *constants;

/**
 * struct add_program - y = (x + c) * c, by way of the workspace
 */
struct add_program {
	struct genpu_prog_header hdr;
	struct genpu_tensor tensor[4];	/* x, y, c, t */
	struct genpu_op op[2];
	u32 operand[6];
	struct genpu_attr_binary attr[2];
	char string[8];
};

static void seal(struct add_program *p)
{
	p->hdr.checksum = 0;
	p->hdr.checksum = crc32(0, (void *)p, sizeof(*p));
}

static void make_program(struct add_program *p)
{
	static const u32 operand[6] = { 0, 2, 3, 3, 2, 1 };
	int i;

	memset(p, 0, sizeof(*p));
	p->hdr = (struct genpu_prog_header) {
		.magic = GENPU_PROG_MAGIC,
		.version = GENPU_PROG_VERSION,
		.size = sizeof(*p),
		.const_size = (BYTES + 63) & ~63ull,
		.workspace_size = (BYTES + 63) & ~63ull,
		.num_inputs = 1,
		.num_outputs = 1,
		.num_tensors = 4,
		.num_ops = 2,
		.num_operands = 6,
		.tensors = offsetof(struct add_program, tensor),
		.ops = offsetof(struct add_program, op),
		.operands = offsetof(struct add_program, operand),
		.posts = offsetof(struct add_program, attr),
		.attrs = offsetof(struct add_program, attr),
		.attrs_size = sizeof(p->attr),
		.strings = offsetof(struct add_program, string),
		.strings_size = sizeof(p->string),
	};
	for (i = 0; i < 4; i++) {
		p->tensor[i].dtype = GENPU_DT_F32;
		p->tensor[i].rank = 1;
		p->tensor[i].dims[0] = N;
		p->tensor[i].strides[0] = 1;
	}
	p->tensor[0].base = GENPU_BASE_ARG;
	p->tensor[1].base = GENPU_BASE_ARG;
	p->tensor[1].arg = 1;
	p->tensor[2].base = GENPU_BASE_CONST;
	p->tensor[3].base = GENPU_BASE_WORKSPACE;
	for (i = 0; i < 2; i++) {
		p->op[i].opcode = GENPU_OP_BINARY;
		p->op[i].num_in = 2;
		p->op[i].num_out = 1;
		p->op[i].operands = 3 * i;
		p->op[i].attrs = i * sizeof(p->attr[0]);
		p->op[i].attrs_size = sizeof(p->attr[0]);
	}
	memcpy(p->operand, operand, sizeof(operand));
	p->attr[0].kind = GENPU_BINARY_ADD;
	p->attr[1].kind = GENPU_BINARY_MUL;
	seal(p);
}

static struct genpu_task load_task(u32 id, const void *prog, u64 size)
{
	struct genpu_task t = { .op = GENPU_ADMIN_PROGRAM_LOAD };

	t.program.program = id;
	t.program.ctx = 1;
	t.program.va = ram_iova(&npu, prog);
	t.program.size = size;
	t.program.const_va = ram_iova(&npu, constants);
	t.program.const_size = (BYTES + 63) & ~63ull;
	return t;
}

static u32 unload(u32 id)
{
	struct genpu_task t = { .op = GENPU_ADMIN_PROGRAM_UNLOAD };

	t.program.program = id;
	return admin(&npu, &t).error;
}

static void add_graph(struct ring *r, u32 id, const u64 *args, u64 workspace, u64 stamps)
{
	struct genpu_task *t = ring_add(r, GENPU_TASK_GRAPH);

	t->graph.program = id;
	t->graph.num_args = 2;
	t->graph.args = ram_iova(&npu, args);
	t->graph.workspace = workspace;
	t->graph.workspace_size = (BYTES + 63) & ~63ull;
	t->graph.stamps = stamps;
}

static float x_at(u32 i, u32 seed)
{
	return (float)((i * 31 + seed * 17) % 1000) / 8 - 50;
}

static u32 wrong(const float *y, u32 seed)
{
	u32 i, bad = 0;

	for (i = 0; i < N; i++) {
		float want = (x_at(i, seed) + constants[i]) * constants[i];

		bad += !(fabsf(y[i] - want) <= 1e-5f * (1 + fabsf(want)));
	}
	return bad;
}

static void test_load(struct add_program *p)
{
	struct genpu_task t = load_task(7, p, sizeof(*p));
	struct genpu_admin_status st = admin(&npu, &t);

	same(st.error, GENPU_OK, "PROGRAM_LOAD");
	same(st.value, p->hdr.workspace_size, "gives the size of the workspace");
	same(admin(&npu, &t).error, GENPU_ERR_PROGRAM, "PROGRAM_LOAD of a number in use");
	memset(&t, 0, sizeof(t));
	t.op = GENPU_ADMIN_CTX_DESTROY;
	t.ctx.ctx = 1;
	same(admin(&npu, &t).error, GENPU_ERR_BUSY, "CTX_DESTROY with a program");
}

static void test_run(void)
{
	float *x = ram_alloc(&npu, BYTES, 4096), *y = ram_alloc(&npu, BYTES, 4096);
	float *ws = ram_alloc(&npu, 8 * 4096, 4096), *local = (float *)(npu.memory + 65536);
	u64 *args = ram_alloc(&npu, 16, 8), *stamp = ram_alloc(&npu, 16, 8), busy;
	u8 *pages = ram_alloc(&npu, 64 * 4096, 4096);
	u32 i;

	for (i = 0; i < N; i++)
		x[i] = x_at(i, 1);
	args[0] = ram_iova(&npu, x);
	args[1] = ram_iova(&npu, y);
	busy = reg_read64(&npu, GENPU_REG_COMPUTE_BUSY_LO);
	add_graph(&q, 7, args, ram_iova(&npu, ws), ram_iova(&npu, stamp));
	ring_go(&q);
	ok(ring_wait(&q, q.tail) && !wrong(y, 1), "GRAPH computes");
	ok(stamp[0] && stamp[0] < stamp[1], "its stamps are start and end");
	ok(reg_read64(&npu, GENPU_REG_COMPUTE_BUSY_LO) > busy, "COMPUTE_BUSY counts it");

	for (i = 0; i < 16; i++)
		space_map(&sp, SCATTERED + i * 4096ull, ram_iova(&npu, pages + (15 - i) * 8192),
			  4096, RW);
	for (i = 0; i < N; i++) {
		u32 at = i * 4 + 64;

		*(float *)(pages + (15 - at / 4096) * 8192 + at % 4096) = x_at(i, 2);
	}
	space_map(&sp, LOCAL, 65536, 65536, GENPU_PTE_WRITE);
	args[0] = SCATTERED + 64;
	args[1] = LOCAL;
	add_graph(&q, 7, args, SCATTERED + 8 * 4096, 0);
	ring_go(&q);
	ok(ring_wait(&q, q.tail) && !wrong(local, 2),
	   "input and workspace in scattered pages, output in device memory");
	args[0] = LOCAL;
	args[1] = SCATTERED + 8 * 4096 + 64;
	for (i = 0; i < N; i++)
		local[i] = x_at(i, 3);
	add_graph(&q, 7, args, LOCAL + 32768, 0);
	ring_go(&q);
	ring_wait(&q, q.tail);
	for (i = 0; i < N; i++)
		y[i] = *(float *)(pages + (7 - (i * 4 + 64) / 4096) * 8192 + (i * 4 + 64) % 4096);
	same(wrong(y, 3), 0, "output in scattered pages");
}

/* A graph that fails with @error, and what it says about it */
static void fails(u32 id, const u64 *args, u32 num_args, u64 workspace, u64 ws_size, u32 error,
		  u64 addr, const char *why)
{
	struct genpu_task *t;

	add_graph(&q, id, args, workspace, 0);
	t = &q.tasks[(q.tail - 1) & 15];
	t->graph.num_args = num_args;
	t->graph.workspace_size = ws_size;
	ring_go(&q);
	ok(ring_wait_fault(&q) && q.status->error == error && (!addr || q.status->addr == addr),
	   "%s", why);
	if (q.status->error != error || (addr && q.status->addr != addr))
		ok(false, "error %u at %#llx", q.status->error, (unsigned long long)q.status->addr);
	ring_reset(&q, q.tail);
}

static void test_errors(struct add_program *p)
{
	u64 *args = ram_alloc(&npu, 16, 8), ws = ram_iova(&npu, ram_alloc(&npu, 8 * 4096, 64));
	u64 good = ram_iova(&npu, ram_alloc(&npu, BYTES, 64)), size = p->hdr.workspace_size;
	struct add_program *bad = ram_alloc(&npu, sizeof(*bad), 64);
	struct genpu_admin_status st;
	struct genpu_task t;

	args[0] = good;
	args[1] = good;
	fails(8, args, 2, ws, size, GENPU_ERR_PROGRAM, 0, "GRAPH: program that is not there");
	fails(7, args, 1, ws, size, GENPU_ERR_ARGS, 0, "GRAPH: too few arguments");
	fails(7, args, 3, ws, size, GENPU_ERR_ARGS, 0, "GRAPH: too many arguments");
	fails(7, args, 2, ws, size - 64, GENPU_ERR_WORKSPACE, 0, "GRAPH: workspace too small");
	fails(7, args, 2, 1ull << 40, size, GENPU_ERR_PAGE_FAULT, 0, "GRAPH: workspace nowhere");
	args[0] = 0x5000;
	fails(7, args, 2, ws, size, GENPU_ERR_PAGE_FAULT, 0x5000, "GRAPH: input nowhere");
	args[0] = good;
	args[1] = (1ull << 48) - 4096;
	fails(7, args, 2, ws, size, GENPU_ERR_RANGE, 0, "GRAPH: output beyond the address width");
	args[1] = good + 2;
	fails(7, args, 2, ws, size, GENPU_ERR_ALIGN, 0, "GRAPH: unaligned output");

	*bad = *p;
	bad->hdr.num_ops++;
	t = load_task(9, bad, sizeof(*bad));
	same(admin(&npu, &t).error, GENPU_ERR_PROG_CHECKSUM, "PROGRAM_LOAD of a changed program");
	*bad = *p;
	bad->op[1].opcode = 999;
	seal(bad);
	st = admin(&npu, &t);
	ok(st.error == GENPU_ERR_PROG_OPCODE && st.op == 1 &&
	   st.offset == offsetof(struct add_program, op) + sizeof(bad->op[0]),
	   "PROGRAM_LOAD of an unknown operator tells which and where");
	t = load_task(9, p, sizeof(*p));
	t.program.const_size -= 64;
	same(admin(&npu, &t).error, GENPU_ERR_PROG_CONST, "PROGRAM_LOAD without all constants");
	t.program.const_size += 64;
	t.program.const_va = 1ull << 40;
	st = admin(&npu, &t);
	ok(st.error == GENPU_ERR_PAGE_FAULT && st.value == 1ull << 40,
	   "PROGRAM_LOAD with constants that are not mapped");
}

/* Programs of one context are not there in another. */
static void test_context(void)
{
	struct space other;
	struct ring r;

	space_init(&other, &npu, 2);
	ring_create(&r, &npu, 2, 2, 4, 0, 1);
	ring_add(&r, GENPU_TASK_GRAPH)->graph.program = 7;
	ring_go(&r);
	ok(ring_wait_fault(&r) && r.status->error == GENPU_ERR_PROGRAM,
	   "GRAPH: program of another context");
	ring_destroy(&r);
}

static void test_concurrent(struct add_program *p)
{
	struct genpu_task t = load_task(11, p, sizeof(*p));
	struct genpu_task un = { .op = GENPU_ADMIN_PROGRAM_UNLOAD };
	u64 *args, n1, n2;
	float *x, *y[8];
	struct ring r[8];
	u32 i, j, bad = 0;

	for (i = 0; i < 8; i++) {
		ring_create(&r[i], &npu, 10 + i, 1, 6, i % 4, 1);
		x = ram_alloc(&npu, BYTES, 64);
		y[i] = ram_alloc(&npu, BYTES, 64);
		args = ram_alloc(&npu, 16, 8);
		args[0] = ram_iova(&npu, x);
		args[1] = ram_iova(&npu, y[i]);
		for (j = 0; j < N; j++)
			x[j] = x_at(j, i);
		for (j = 0; j < 40; j++)
			add_graph(&r[i], 7, args, ram_iova(&npu, ram_alloc(&npu, 20480, 64)), 0);
	}
	for (i = 0; i < 8; i++)
		ring_go(&r[i]);
	n1 = admin_start(&npu, &t);
	un.program.program = 11;
	n2 = admin_start(&npu, &un);
	ring_admin(&npu);
	same(admin_wait(&npu, n1).error, GENPU_OK, "PROGRAM_LOAD while others run");
	same(admin_wait(&npu, n2).error, GENPU_OK, "and PROGRAM_UNLOAD right behind it");
	for (i = 0; i < 8; i++)
		bad += !ring_wait(&r[i], 40) || wrong(y[i], i);
	same(bad, 0, "one program in 8 queues at once gives 8 right results");

	for (i = 0; i < 8; i++) {
		for (j = 0; j < 40; j++)
			ring_add(&r[i], GENPU_TASK_NOP)[0] = r[i].tasks[0];
		ring_go(&r[i]);
	}
	same(unload(7), GENPU_OK, "PROGRAM_UNLOAD while it runs");
	bad = 0;
	for (i = 0; i < 8; i++)
		bad += r[i].status->completed != 80 &&
		       (!ring_wait_fault(&r[i]) || r[i].status->error != GENPU_ERR_PROGRAM);
	same(bad, 0, "queues that still want it are told that it is gone");
	for (i = 0; i < 8; i++)
		ring_destroy(&r[i]);
	same(unload(7), GENPU_ERR_PROGRAM, "PROGRAM_UNLOAD again");
}

int main(void)
{
	struct add_program *p;
	u32 i;

	npu_start(&npu, "--memory", "16M", "--queues", "64", "--workers", "2", NULL);
	npu_up(&npu);
	space_init(&sp, &npu, 1);
	space_map_ram(&sp);
	ring_create(&q, &npu, 1, 1, 4, 0, 1);
	constants = ram_alloc(&npu, BYTES + 64, 4096);
	for (i = 0; i < N; i++)
		constants[i] = (float)(i % 77) / 4 + 1;
	p = ram_alloc(&npu, sizeof(*p), 64);
	make_program(p);
	test_load(p);
	test_run();
	test_errors(p);
	test_context();
	test_concurrent(p);
	same(npu_stop(&npu), 0, "exit status");
	return done_testing();
}
