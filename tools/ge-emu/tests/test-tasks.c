// SPDX-License-Identifier: MIT
/* What each kind of task does, and every error that it can give */
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "tap.h"

#define BAD	0xbad000000000ull	/* where nothing is mapped */

static struct npu npu;
static struct space sp;
static struct ring q;

static u32 finish(void)
{
	u64 end = now_ms() + TIMEOUT_MS;
	u32 error;

	ring_go(&q);
	while (__atomic_load_n(&q.status->completed, __ATOMIC_ACQUIRE) != q.tail) {
		if (__atomic_load_n(&q.status->state, __ATOMIC_ACQUIRE) == GENPU_QUEUE_FAULTED) {
			error = q.status->error;
			if (ring_reset(&q, q.tail))
				bail("QUEUE_RESET");
			return error;
		}
		if (now_ms() > end)
			bail("a task does not end");
	}
	return GENPU_OK;
}

static u32 run(const struct genpu_task *t)
{
	*ring_add(&q, 0) = *t;
	return finish();
}

static struct genpu_task copy_task(u64 dst, u64 src, u64 bytes)
{
	struct genpu_task t = { .op = GENPU_TASK_COPY };

	t.copy.dst = dst;
	t.copy.src = src;
	t.copy.bytes = bytes;
	t.copy.rows = 1;
	return t;
}

static struct genpu_task fill_task(u64 dst, u64 bytes, u64 pattern, u32 width)
{
	struct genpu_task t = { .op = GENPU_TASK_FILL };

	t.fill.dst = dst;
	t.fill.bytes = bytes;
	t.fill.pattern = pattern;
	t.fill.width = width;
	return t;
}

static struct genpu_task word_task(u8 op, u64 addr, u64 value, u32 kind)
{
	struct genpu_task t = { .op = op };

	t.signal.addr = addr;
	t.signal.value = value;
	t.signal.kind = kind;
	return t;
}

static void test_common(void)
{
	struct genpu_task t = { 0 };
	u32 op, bad = 0;

	for (op = GENPU_TASK_TIMESTAMP + 1; op < 256; op++) {
		t.op = op;
		bad += run(&t) != GENPU_ERR_OPCODE;
	}
	same(bad, 0, "unknown opcodes and admin tasks are refused");
	for (op = 0, bad = 0; op <= GENPU_TASK_TIMESTAMP; op++) {
		t = fill_task(0, 0, 0, op == GENPU_TASK_FILL);
		t.op = op;
		t.flags = 0x80;
		bad += run(&t) != GENPU_ERR_RESERVED;
		t.flags = 0;
		t.reserved = 0x8000;
		bad += run(&t) != GENPU_ERR_RESERVED;
		t.reserved = 0;
		if (op == GENPU_TASK_COPY)
			continue;
		t.raw[6] = 1;
		bad += run(&t) != GENPU_ERR_RESERVED;
	}
	same(bad, 0, "reserved fields are checked");
	memset(&t, 0, sizeof(t));
	same(run(&t), GENPU_OK, "NOP");
	t.cookie = 0xffffffff;
	same(run(&t), GENPU_OK, "the cookie is the submitter's");
}

static void test_copy(void)
{
	u64 size = 6 << 20, i, bad = 0;
	u8 *src = ram_alloc(&npu, size + 4096, 4096), *dst = ram_alloc(&npu, size + 4096, 4096);
	u64 s = ram_iova(&npu, src), d = ram_iova(&npu, dst), *stamp = ram_alloc(&npu, 16, 8);
	struct genpu_task t;

	for (i = 0; i < size; i++)
		src[i] = i * 7 + (i >> 11);
	t = copy_task(d + 3, s + 5, size - 100);
	t.copy.stamps = ram_iova(&npu, stamp);
	same(run(&t), GENPU_OK, "COPY of almost 6 MiB, odd addresses");
	ok(!memcmp(dst + 3, src + 5, size - 100) && !dst[2] && !dst[size - 97], "is exact");
	ok(stamp[0] && stamp[0] < stamp[1] && stamp[1] <= q.status->time,
	   "its stamps are start and end");

	/* every other page of a scattered mapping */
	for (i = 0; i < 64; i++)
		space_map(&sp, (1ull << 45) + i * 4096, d + (63 - i) * 8192, 4096,
			  GENPU_PTE_SYSTEM | GENPU_PTE_WRITE);
	t = copy_task((1ull << 45) + 100, s, 63 * 4096);
	same(run(&t), GENPU_OK, "COPY to scattered pages");
	for (i = 100; i < 63 * 4096; i++)
		bad += dst[(63 - i / 4096) * 8192 + i % 4096] != src[i - 100];
	same(bad, 0, "is exact, too");

	memset(dst, 0, size);
	t = copy_task(d, s, 10);
	t.copy.rows = 100;
	t.copy.dst_pitch = 16;
	t.copy.src_pitch = 1000;
	same(run(&t), GENPU_OK, "COPY of 100 rows");
	for (i = 0, bad = 0; i < 1600; i++)
		bad += dst[i] != (i % 16 < 10 ? src[i / 16 * 1000 + i % 16] : 0);
	same(bad, 0, "is exact, and leaves the gaps alone");

	t = copy_task(BAD, BAD, 0);
	same(run(&t), GENPU_OK, "COPY of no bytes");
	t = copy_task(BAD, BAD, 1 << 30);
	t.copy.rows = 0;
	same(run(&t), GENPU_OK, "COPY of no rows");
	t = copy_task(d, BAD + 5, 4);
	same(run(&t), GENPU_ERR_PAGE_FAULT, "COPY from nowhere");
	t = copy_task(BAD, s, 4);
	same(run(&t), GENPU_ERR_PAGE_FAULT, "COPY to nowhere");
	t = copy_task(d, (1ull << 48) - 2, 4);
	same(run(&t), GENPU_ERR_RANGE, "COPY from beyond the address width");
	t = copy_task(UINT64_MAX - 1, s, 4);
	same(run(&t), GENPU_ERR_RANGE, "COPY to where addresses wrap around");
	t = copy_task(d, s, UINT64_MAX);
	same(run(&t), GENPU_ERR_RANGE, "COPY of everything");
	t = copy_task(d, s, 4);
	t.copy.rows = 3;
	t.copy.dst_pitch = 1ull << 63;
	same(run(&t), GENPU_ERR_RANGE, "COPY with a pitch that wraps around");
	t = copy_task(d, s, 4);
	t.copy.dst_pitch = UINT64_MAX;
	same(run(&t), GENPU_OK, "the pitch of a single row does not matter");
	t.copy.reserved = 1;
	same(run(&t), GENPU_ERR_RESERVED, "COPY with a reserved field");
	t = copy_task(d, s, 4);
	t.copy.stamps = ram_iova(&npu, stamp) + 4;
	same(run(&t), GENPU_ERR_ALIGN, "COPY with unaligned stamps");
	t.copy.stamps = BAD;
	same(run(&t), GENPU_ERR_PAGE_FAULT, "COPY with stamps nowhere");
	t.copy.stamps = (1ull << 48) - 8;
	same(run(&t), GENPU_ERR_RANGE, "COPY with stamps beyond the address width");
}

static void test_fill(void)
{
	u8 *p = ram_alloc(&npu, 3 * 4096, 4096), want[8];
	u64 a = ram_iova(&npu, p), v = 0x8877665544332211ull, i, bad;
	struct genpu_task t;
	u32 w;

	memcpy(want, &v, 8);
	for (w = 1; w <= 8; w *= 2) {
		memset(p, 0xee, 3 * 4096);
		t = fill_task(a + 8 + w, 5000 * 8 / 8 / 8 * 8, v, w);
		same(run(&t), GENPU_OK, "FILL of %u-byte words", w);
		for (i = 0, bad = 0; i < 3 * 4096; i++)
			bad += p[i] != (i >= 8 + w && i < 8 + w + 5000 ? want[(i - 8 - w) % w] :
									 0xee);
		same(bad, 0, "is exact");
	}
	t = fill_task(a, 4, 0, 3);
	same(run(&t), GENPU_ERR_VALUE, "FILL of 3-byte words");
	t = fill_task(a, 4, 0, 0);
	same(run(&t), GENPU_ERR_VALUE, "FILL of 0-byte words");
	t = fill_task(a + 2, 4, 0, 4);
	same(run(&t), GENPU_ERR_ALIGN, "FILL at an unaligned address");
	t = fill_task(a, 6, 0, 4);
	same(run(&t), GENPU_ERR_ALIGN, "FILL of one and a half words");
	t = fill_task(a, 1ull << 48, 0, 1);
	same(run(&t), GENPU_ERR_RANGE, "FILL beyond the address width");
	t = fill_task(BAD, 0, 0, 1);
	same(run(&t), GENPU_OK, "FILL of no bytes");
	t = fill_task(BAD, 1, 0, 1);
	same(run(&t), GENPU_ERR_PAGE_FAULT, "FILL of nowhere");
	t = fill_task(a, 4, 0, 4);
	t.fill.reserved = 1;
	same(run(&t), GENPU_ERR_RESERVED, "FILL with a reserved field");
}

static void word_errors(u8 op, const char *name)
{
	u64 a = ram_iova(&npu, ram_alloc(&npu, 8, 8));
	struct genpu_task t = word_task(op, a + 4, 0, 0);

	same(run(&t), GENPU_ERR_ALIGN, "%s at an unaligned address", name);
	t = word_task(op, BAD, 0, 0);
	same(run(&t), GENPU_ERR_PAGE_FAULT, "%s nowhere", name);
	t = word_task(op, 1ull << 48, 0, 0);
	same(run(&t), GENPU_ERR_RANGE, "%s beyond the address width", name);
	t = word_task(op, UINT64_MAX - 7, 0, 0);
	same(run(&t), GENPU_ERR_RANGE, "%s where addresses end", name);
	if (op == GENPU_TASK_TIMESTAMP)
		return;
	t = word_task(op, a, 0, op == GENPU_TASK_SIGNAL ? 2 : 4);
	same(run(&t), GENPU_ERR_VALUE, "%s of an unknown kind", name);
	t = word_task(op, a, 0, 0);
	t.signal.reserved = 1;
	same(run(&t), GENPU_ERR_RESERVED, "%s with a reserved field", name);
}

static void test_words(void)
{
	u64 *w = ram_alloc(&npu, 64, 8), a = ram_iova(&npu, w), before, after;
	struct genpu_task t = word_task(GENPU_TASK_SIGNAL, a, 5, GENPU_SIGNAL_SET);

	same(run(&t), GENPU_OK, "SIGNAL sets");
	same(w[0], 5, "the word");
	t = word_task(GENPU_TASK_SIGNAL, a, UINT64_MAX, GENPU_SIGNAL_ADD);
	same(run(&t), GENPU_OK, "SIGNAL adds");
	same(w[0], 4, "modulo 2^64");
	t = word_task(GENPU_TASK_TIMESTAMP, a + 8, 0, 0);
	before = reg_read64(&npu, GENPU_REG_TIME_LO);
	same(run(&t), GENPU_OK, "TIMESTAMP");
	after = reg_read64(&npu, GENPU_REG_TIME_LO);
	ok(w[1] > before && w[1] < after, "is the device time");
	word_errors(GENPU_TASK_SIGNAL, "SIGNAL");
	word_errors(GENPU_TASK_WAIT, "WAIT");
	word_errors(GENPU_TASK_TIMESTAMP, "TIMESTAMP");
}

/* A WAIT goes on with @good but not with @bad. */
static void wait_cond(u32 cond, u64 value, u64 bad, u64 good, const char *name)
{
	u64 *w = ram_alloc(&npu, 8, 8);
	struct genpu_event ev;
	u64 n;

	*w = bad;
	*ring_add(&q, 0) = word_task(GENPU_TASK_WAIT, ram_iova(&npu, w), value, cond);
	n = q.status->completed;
	q.db->notify = q.tail;
	ring_go(&q);
	ok(!next_event(&npu, 1, &ev, 20) && q.status->completed == n, "WAIT %s holds the queue",
	   name);
	__atomic_store_n(w, good, __ATOMIC_RELEASE);
	ok(next_event(&npu, 1, &ev, TIMEOUT_MS) && ev.value == q.tail,
	   "until the host writes the word");
}

static void test_wait(void)
{
	struct genpu_event ev;

	/* the faults of earlier tests */
	while (next_event(&npu, 1, &ev, 0))
		;
	wait_cond(GENPU_WAIT_GE, 10, 9, UINT64_MAX, "GE");
	wait_cond(GENPU_WAIT_EQ, 10, 11, 10, "EQ");
	wait_cond(GENPU_WAIT_NE, 10, 10, 9, "NE");
	wait_cond(GENPU_WAIT_AND, 0x18, 0xe7, 0x10, "AND");
}

static void test_graph_errors(void)
{
	struct genpu_task t = { .op = GENPU_TASK_GRAPH };

	same(run(&t), GENPU_ERR_PROGRAM, "GRAPH without program");
	t.graph.program = UINT32_MAX;
	same(run(&t), GENPU_ERR_PROGRAM, "GRAPH with a number out of range");
	t.graph.args = 4;
	same(run(&t), GENPU_ERR_ALIGN, "GRAPH with unaligned arguments");
	t.graph.args = 0;
	t.graph.workspace = 32;
	same(run(&t), GENPU_ERR_ALIGN, "GRAPH with an unaligned workspace");
	t.graph.workspace = 64;
	t.graph.workspace_size = UINT64_MAX;
	same(run(&t), GENPU_ERR_RANGE, "GRAPH with a workspace that wraps around");
	t.graph.workspace_size = 0;
	t.graph.args = (1ull << 48) - 8;
	t.graph.num_args = 2;
	same(run(&t), GENPU_ERR_RANGE, "GRAPH with arguments beyond the address width");
}

int main(void)
{
	npu_start(&npu, "--memory", "16M", "--queues", "64", NULL);
	npu_up(&npu);
	space_init(&sp, &npu, 1);
	space_map_ram(&sp);
	ring_create(&q, &npu, 1, 1, 4, 0, 1);
	test_common();
	test_copy();
	test_fill();
	test_words();
	test_wait();
	test_graph_errors();
	same(npu_stop(&npu), 0, "exit status");
	return done_testing();
}
