// SPDX-License-Identifier: MIT
/* Address translation: page sizes, permissions, malformed tables, invalidation */
#include <string.h>

#include "client.h"
#include "tap.h"

#define VA	0x7f1234400000ull	/* 2 MiB-aligned */
#define RW	(GENPU_PTE_SYSTEM | GENPU_PTE_WRITE)

static struct npu npu;
static struct space sp;
static struct ring q;

/* Runs a fill of one word at @va, and gives how it ended. */
static u32 try_fill(u64 va, u64 bytes)
{
	struct genpu_task *t = ring_add(&q, GENPU_TASK_FILL);
	u32 error;

	t->fill.dst = va;
	t->fill.bytes = bytes;
	t->fill.pattern = 0x5ca1ab1e;
	t->fill.width = 4;
	ring_go(&q);
	while (__atomic_load_n(&q.status->completed, __ATOMIC_ACQUIRE) != q.tail) {
		if (__atomic_load_n(&q.status->state, __ATOMIC_ACQUIRE) == GENPU_QUEUE_FAULTED) {
			error = q.status->error;
			if (ring_reset(&q, q.tail))
				bail("QUEUE_RESET");
			return error;
		}
	}
	return GENPU_OK;
}

static u32 try_read(u64 va)
{
	struct genpu_task *t = ring_add(&q, GENPU_TASK_WAIT);
	u32 error;

	t->wait.addr = va;
	t->wait.cond = GENPU_WAIT_GE;
	ring_go(&q);
	while (__atomic_load_n(&q.status->completed, __ATOMIC_ACQUIRE) != q.tail) {
		if (__atomic_load_n(&q.status->state, __ATOMIC_ACQUIRE) == GENPU_QUEUE_FAULTED) {
			error = q.status->error;
			ring_reset(&q, q.tail);
			return error;
		}
	}
	return GENPU_OK;
}

static void test_pages(void)
{
	u32 *a = ram_alloc(&npu, 4096, 4096), *b = ram_alloc(&npu, 3 * 4096, 4096);
	u32 *mem = (u32 *)(npu.memory + 0x5000);

	/* not in order, and one of them in device memory */
	space_map(&sp, VA, ram_iova(&npu, b + 2048), 4096, RW);
	space_map(&sp, VA + 4096, ram_iova(&npu, a), 4096, RW);
	space_map(&sp, VA + 8192, 0x5000, 4096, GENPU_PTE_WRITE);
	same(try_fill(VA + 4088, 4104), GENPU_OK, "a fill across three scattered pages");
	ok(b[2048 + 1022] == 0x5ca1ab1e && b[2048 + 1023] == 0x5ca1ab1e && !b[2048 + 1021],
	   "the first page has its end");
	ok(a[0] == 0x5ca1ab1e && a[1023] == 0x5ca1ab1e, "the second is full");
	same(mem[0], 0, "the third is untouched");
	same(try_fill(VA + 8192, 8), GENPU_OK, "a fill in device memory");
	same(mem[1], 0x5ca1ab1e, "arrives there");
	same(try_fill(VA + 8192, 4100), GENPU_ERR_PAGE_FAULT, "a fill beyond the last page faults");
}

static void test_large(void)
{
	u64 *large = ram_alloc(&npu, 2 << 20, 2 << 20);
	u64 va = VA + (64ull << 20);

	*space_entry(&sp, va, 1) = ram_iova(&npu, large) | RW | GENPU_PTE_VALID | GENPU_PTE_LEAF;
	same(try_fill(va, 2 << 20), GENPU_OK, "a fill of a 2 MiB page");
	same(large[(2 << 20) / 8 - 1], 0x5ca1ab1e5ca1ab1eull, "reaches its end");
	*space_entry(&sp, va + (2 << 20), 1) = (4ull << 20) | GENPU_PTE_VALID | GENPU_PTE_LEAF |
					      GENPU_PTE_WRITE;
	same(try_fill(va + (2 << 20) + 64, 4), GENPU_OK, "a 2 MiB page of device memory");
	same(*(u32 *)(npu.memory + (4 << 20) + 64), 0x5ca1ab1e, "leads there");
	same(try_fill(va + (2 << 20) - 8, 16), GENPU_OK, "a fill across two 2 MiB pages");
}

static void test_permission(void)
{
	u64 *p = ram_alloc(&npu, 4096, 4096);
	struct genpu_task *t;

	space_map(&sp, VA + 0x10000, ram_iova(&npu, p), 4096, GENPU_PTE_SYSTEM);
	same(try_read(VA + 0x10000), GENPU_OK, "a read-only page can be read");
	same(try_fill(VA + 0x10000, 4), GENPU_ERR_PAGE_FAULT, "but not written");

	t = ring_add(&q, GENPU_TASK_FILL);
	t->fill.dst = VA + 0x10010;
	t->fill.bytes = 4;
	t->fill.width = 4;
	ring_go(&q);
	ok(ring_wait_fault(&q) && q.status->error == GENPU_ERR_PAGE_FAULT &&
	   q.status->addr == VA + 0x10010 && q.status->access == GENPU_ACCESS_WRITE &&
	   q.status->task == q.tail - 1 && q.status->op == GENPU_NONE &&
	   q.status->operand == GENPU_NONE, "the status tells task, address and access");
	ring_reset(&q, q.tail);
}

/* Puts @e at @level for an address of its own, and expects @error from a write there. */
static void bad_entry(unsigned int level, u64 e, u32 error, const char *why)
{
	static u64 va = 1ull << 40;

	va += 1ull << 39;
	*space_entry(&sp, va, level) = e;
	same(try_fill(va, 4), error, "%s", why);
}

static void test_malformed(void)
{
	u64 page = ram_iova(&npu, ram_alloc(&npu, 4096, 4096));
	u64 leaf = GENPU_PTE_VALID | GENPU_PTE_LEAF | GENPU_PTE_WRITE;
	unsigned int bit, bad = 0;

	bad_entry(0, leaf | GENPU_PTE_SYSTEM | page, GENPU_OK, "a good page");
	bad_entry(0, ~GENPU_PTE_VALID, GENPU_ERR_PAGE_FAULT, "an entry that is not valid");
	bad_entry(0, (leaf & ~GENPU_PTE_LEAF) | GENPU_PTE_SYSTEM | page, GENPU_ERR_BUS,
		  "a table where a page belongs");
	bad_entry(2, leaf, GENPU_ERR_BUS, "a page of 1 GiB");
	bad_entry(3, leaf, GENPU_ERR_BUS, "a page of 512 GiB");
	bad_entry(1, leaf | 4096, GENPU_ERR_BUS, "an unaligned page of 2 MiB");
	bad_entry(2, GENPU_PTE_VALID | GENPU_PTE_WRITE | GENPU_PTE_SYSTEM | page, GENPU_ERR_BUS,
		  "a table with WRITE");
	bad_entry(0, leaf | (16ull << 20), GENPU_ERR_BUS, "a page beyond device memory");
	bad_entry(1, leaf | (1ull << 50), GENPU_ERR_BUS, "a page far beyond device memory");
	bad_entry(0, leaf | GENPU_PTE_SYSTEM | HOLE_IOVA, GENPU_ERR_BUS,
		  "a page where DMA leads nowhere");
	bad_entry(0, leaf | GENPU_PTE_SYSTEM | ROM_IOVA, GENPU_ERR_BUS,
		  "writing where the bus only reads");
	bad_entry(1, GENPU_PTE_VALID | GENPU_PTE_SYSTEM | (RAM_IOVA + RAM_SIZE), GENPU_ERR_BUS,
		  "a table where there is no memory");
	bad_entry(3, GENPU_PTE_VALID | (GENPU_PTE_ADDR & ~0xfffull), GENPU_ERR_BUS,
		  "a table beyond device memory");
	for (bit = 4; bit < 64; bit++) {
		if (1ull << bit & GENPU_PTE_ADDR)
			continue;
		*space_entry(&sp, 1ull << 40, 0) = leaf | GENPU_PTE_SYSTEM | page | 1ull << bit;
		bad += try_fill(1ull << 40, 4) != GENPU_ERR_BUS;
	}
	same(bad, 0, "each reserved bit makes an entry malformed");
}

static void test_invalidate(void)
{
	u32 *a = ram_alloc(&npu, 4096, 4096), *b = ram_alloc(&npu, 4096, 4096);
	u64 va = VA + (256ull << 20);

	same(try_fill(va, 4), GENPU_ERR_PAGE_FAULT, "nothing is mapped");
	space_map(&sp, va, ram_iova(&npu, a), 4096, RW);
	ok(try_fill(va, 4) == GENPU_OK && a[0] == 0x5ca1ab1e,
	   "a page that becomes valid needs no invalidation");
	space_map(&sp, va, ram_iova(&npu, b), 4096, RW);
	same(space_invalidate(&sp, va, 4096), GENPU_OK, "TLB_INVALIDATE of one page");
	ok(try_fill(va, 4) == GENPU_OK && b[0] == 0x5ca1ab1e, "the new page is used then");
	*space_entry(&sp, va, 0) = 0;
	same(space_invalidate(&sp, 0, 0), GENPU_OK, "TLB_INVALIDATE of all");
	same(try_fill(va, 4), GENPU_ERR_PAGE_FAULT, "the old page is not used any more");

	space_map(&sp, va, ram_iova(&npu, a), 4096, RW);
	a[0] = 0;
	try_fill(va, 4);
	*space_entry(&sp, va, 1) = 0;
	space_invalidate(&sp, va, 4096);
	same(try_fill(va, 4), GENPU_ERR_PAGE_FAULT, "nor is its table");
}

static void test_isolation(void)
{
	struct space other;
	struct ring r;

	space_init(&other, &npu, 2);
	space_map(&other, VA, ram_iova(&npu, ram_alloc(&npu, 4096, 4096)), 4096, RW);
	ring_create(&r, &npu, 2, 2, 4, 0, 1);
	try_fill(VA, 4);
	ring_add(&r, GENPU_TASK_TIMESTAMP)->timestamp.addr = VA + 4096;
	ring_go(&r);
	ok(ring_wait_fault(&r) && r.status->addr == VA + 4096,
	   "a page of one context is not there in another");
}

static void test_unmap(void)
{
	u64 *p = ram_alloc(&npu, 4096, 4096), n;
	u64 va = VA + (512ull << 20), iova = 3ull << 40;

	same(dma_map(&npu, iova, 1 << 20, npu.ram_fd, (u8 *)p - npu.ram, 3), 0, "a window");
	space_map(&sp, va, iova, 4096, RW);
	ok(try_fill(va, 8) == GENPU_OK && *p == 0x5ca1ab1e5ca1ab1eull, "is reached");
	same(dma_unmap(&npu, iova, 1 << 20, &n), 0, "it goes away");
	*p = 0;
	ok(try_fill(va, 8) == GENPU_ERR_BUS && !*p, "and is not reached any more");
	ok(dma_map(&npu, iova, 1 << 20, npu.ram_fd, (u8 *)p - npu.ram, 3) == 0 &&
	   try_fill(va, 8) == GENPU_OK && *p, "until it comes back");
}

int main(void)
{
	npu_start(&npu, "--memory", "16M", "--queues", "64", NULL);
	npu_up(&npu);
	space_init(&sp, &npu, 1);
	ring_create(&q, &npu, 1, 1, 4, 0, 1);
	test_pages();
	test_large();
	test_permission();
	test_malformed();
	test_invalidate();
	test_isolation();
	test_unmap();
	same(npu_stop(&npu), 0, "exit status");
	return done_testing();
}
