// SPDX-License-Identifier: MIT
/* MEM_COPY and MEM_FILL, and device memory that is larger than its window */
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "tap.h"

#define MIB		(1ull << 20)
#define WINDOW		(16 * MIB)
#define MEMORY		(48 * MIB)
#define TEXT_BYTES	4096

static struct npu npu;

static struct genpu_task mem_task(u8 op, u64 dst, u64 src, u64 bytes, u32 flags)
{
	struct genpu_task t = { .op = op };

	t.mem.dst = dst;
	t.mem.src = src;
	t.mem.bytes = bytes;
	t.mem.flags = flags;
	return t;
}

static u32 copy(u64 dst, u64 src, u64 bytes, u32 flags)
{
	struct genpu_task t = mem_task(GENPU_ADMIN_MEM_COPY, dst, src, bytes, flags);

	return admin(&npu, &t).error;
}

static u32 fill(u64 dst, u64 word, u64 bytes, u32 flags)
{
	struct genpu_task t = mem_task(GENPU_ADMIN_MEM_FILL, dst, word, bytes, flags);

	return admin(&npu, &t).error;
}

static void test_window(void)
{
	same(npu.memory_size, WINDOW, "BAR 4 is the window");
	same(reg_read64(&npu, GENPU_REG_MEM_SIZE_LO), MEMORY, "MEM_SIZE is all of it");
}

static void test_fill(void)
{
	u64 *w = (u64 *)npu.memory, i, bad = 0;

	same(fill(4096, 0x1122334455667788ull, 8192, 0), GENPU_OK, "MEM_FILL");
	for (i = 512; i < 512 + 1024; i++)
		bad += w[i] != 0x1122334455667788ull;
	same(bad, 0, "every word has the value");
	ok(w[511] != w[512] && w[512 + 1024] != w[512], "and no other one");
	same(fill(64, 1, 0, 0), GENPU_OK, "nothing is filled with nothing");
	w = ram_alloc(&npu, 4096, 4096);
	same(fill(ram_iova(&npu, w), 5, 4088, GENPU_MEM_DST_SYSTEM), GENPU_OK,
	     "MEM_FILL of the machine's memory");
	ok(w[0] == 5 && w[510] == 5 && w[511] == 0, "is exact");
}

static void test_copy(void)
{
	u64 *from = ram_alloc(&npu, TEXT_BYTES, 4096), *to = ram_alloc(&npu, TEXT_BYTES, 4096), i;
	u64 beyond = MEMORY - TEXT_BYTES;

	for (i = 0; i < TEXT_BYTES / 8; i++)
		from[i] = i * 0x9e3779b97f4a7c15ull;
	same(copy(beyond, ram_iova(&npu, from), TEXT_BYTES, GENPU_MEM_SRC_SYSTEM), GENPU_OK,
	     "MEM_COPY to the end of device memory, far beyond the window");
	same(copy(WINDOW - TEXT_BYTES, beyond, TEXT_BYTES, 0), GENPU_OK,
	     "MEM_COPY inside of device memory");
	ok(!memcmp(npu.memory + WINDOW - TEXT_BYTES, from, TEXT_BYTES), "the window shows it");
	same(copy(ram_iova(&npu, to), beyond, TEXT_BYTES, GENPU_MEM_DST_SYSTEM), GENPU_OK,
	     "MEM_COPY from there");
	ok(!memcmp(to, from, TEXT_BYTES), "brings back what was there");
	memset(to, 0, TEXT_BYTES);
	same(copy(ram_iova(&npu, to), ram_iova(&npu, from), TEXT_BYTES - 8,
		  GENPU_MEM_DST_SYSTEM | GENPU_MEM_SRC_SYSTEM), GENPU_OK,
	     "MEM_COPY inside of the machine's memory");
	ok(!memcmp(to, from, TEXT_BYTES - 8) && !to[TEXT_BYTES / 8 - 1], "is exact");
}

/* Two windows of DMA that follow each other, the second one of other memory */
static void test_pieces(void)
{
	u64 *a = ram_alloc(&npu, 8192, 8192), iova = 1ull << 40;

	dma_map(&npu, iova, 4096, npu.ram_fd, (u8 *)a - npu.ram + 4096, 3);
	dma_map(&npu, iova + 4096, 4096, npu.ram_fd, (u8 *)a - npu.ram, 3);
	same(fill(iova, 7, 8192, GENPU_MEM_DST_SYSTEM), GENPU_OK, "ranges may be in pieces");
	ok(a[0] == 7 && a[1023] == 7, "all of them are reached");
	same(fill(iova, 7, 8200, GENPU_MEM_DST_SYSTEM), GENPU_ERR_BUS,
	     "the end of a range must be there, too");
	dma_unmap(&npu, iova, 8192, NULL);
}

static void test_refusals(void)
{
	struct genpu_task t;
	u64 ram = ram_iova(&npu, ram_alloc(&npu, 4096, 4096));
	u32 i, bad = 0;

	same(fill(4, 0, 8, 0), GENPU_ERR_ALIGN, "unaligned destination");
	same(fill(0, 0, 12, 0), GENPU_ERR_ALIGN, "unaligned size");
	same(copy(0, 4, 8, 0), GENPU_ERR_ALIGN, "unaligned source");
	same(fill(8, 1, 8, 0), GENPU_OK, "the word of a fill is not aligned");
	same(fill(0, 0, GENPU_MEM_MAX_BYTES + 8, 0), GENPU_ERR_VALUE, "too many bytes");
	same(fill(MEMORY, 0, 8, 0), GENPU_ERR_BUS, "beyond device memory");
	same(fill(MEMORY - 8, 0, 16, 0), GENPU_ERR_BUS, "across its end");
	same(fill(UINT64_MAX - 7, 0, 16, 0), GENPU_ERR_BUS, "around the end of the world");
	same(fill(HOLE_IOVA, 0, 8, GENPU_MEM_DST_SYSTEM), GENPU_ERR_BUS,
	     "memory that is not there");
	same(fill(ROM_IOVA, 0, 8, GENPU_MEM_DST_SYSTEM), GENPU_ERR_BUS, "read-only memory");
	same(copy(ram, ROM_IOVA, 8, GENPU_MEM_DST_SYSTEM | GENPU_MEM_SRC_SYSTEM), GENPU_OK,
	     "which can be read");
	same(copy(0, HOLE_IOVA, 8, GENPU_MEM_SRC_SYSTEM), GENPU_ERR_BUS,
	     "a source that is not there");
	same(fill(0, 0, 8, 4), GENPU_ERR_RESERVED, "unknown flag");
	same(fill(0, 0, 8, GENPU_MEM_SRC_SYSTEM), GENPU_ERR_RESERVED, "a fill has no source");
	for (i = 0; i < 4; i++) {
		t = mem_task(GENPU_ADMIN_MEM_FILL, 0, 0, 8, 0);
		if (i)
			t.raw[3 + i] = 1;
		else
			t.mem.reserved = 1;
		bad += admin(&npu, &t).error != GENPU_ERR_RESERVED;
	}
	same(bad, 0, "each reserved field is checked");
}

/* The only copy unit is taken for long: memory tasks are done all the same, many at a time. */
static void test_bounded(void)
{
	u64 *w = ram_alloc(&npu, 64, 64), n[32];
	struct genpu_task t;
	struct space sp;
	struct ring r;
	u32 i, bad = 0;

	space_init(&sp, &npu, 1);
	space_map_ram(&sp);
	ring_create(&r, &npu, 1, 1, 4, 3, 1);
	t = mem_task(GENPU_ADMIN_MEM_FILL, 0, 0, MIB, 0);
	ring_add(&r, GENPU_TASK_COPY)->copy.dst = ram_iova(&npu, w);
	r.tasks[0].copy.src = ram_iova(&npu, w + 1);
	r.tasks[0].copy.bytes = 8;
	r.tasks[0].copy.rows = UINT32_MAX;
	ring_go(&r);
	for (i = 0; i < 32; i++) {
		t.mem.dst = i % 16 * MIB;
		t.mem.src = i;
		n[i] = admin_start(&npu, &t);
	}
	ring_admin(&npu);
	for (i = 0; i < 32; i++)
		bad += admin_wait(&npu, n[i]).error != GENPU_OK;
	same(bad, 0, "memory tasks do not wait for a context's copy");
	ok(*(u64 *)npu.memory == 16 && *(u64 *)(npu.memory + 15 * MIB) == 31,
	   "and are done in order");
	same(ring_reset(&r, 1), GENPU_OK, "the copy was still at it");
	ring_destroy(&r);
}

/* After a reset in the middle of it, memory stays as it is. */
static void test_reset(void)
{
	struct genpu_task t = mem_task(GENPU_ADMIN_MEM_FILL, 0, 0, WINDOW, 0);
	u64 i, *w = (u64 *)npu.memory, bad = 0;

	for (i = 0; i < 8; i++) {
		t.mem.src = 100 + i;
		admin_start(&npu, &t);
	}
	ring_admin(&npu);
	reg_write(&npu, GENPU_REG_CTRL, GENPU_CTRL_RESET);
	memset(w, 0x55, WINDOW);
	usleep(20000);
	for (i = 0; i < WINDOW / 8; i++)
		bad += w[i] != 0x5555555555555555ull;
	same(bad, 0, "nothing is written after a reset");
	npu_up(&npu);
	same(fill(0, 1, 8, 0), GENPU_OK, "it works again");
}

int main(void)
{
	npu_start(&npu, "--memory", "48M", "--window", "16M", "--queues", "64", NULL);
	npu_up(&npu);
	test_window();
	test_fill();
	test_copy();
	test_pieces();
	test_refusals();
	test_bounded();
	test_reset();
	same(npu_stop(&npu), 0, "exit status");
	return done_testing();
}
