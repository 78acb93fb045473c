// SPDX-License-Identifier: MIT
/* Many queues of several contexts doing everything at once, with the results checked */
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "tap.h"

#define CONTEXTS	4
#define QUEUES		32
#define ROUNDS		40
#define BYTES		(48 << 10)

/**
 * struct lane - one queue and what it works on: fills @a, copies it to @b, and adds to the sum
 */
struct lane {
	struct ring ring;
	u8 *a;
	u8 *b;
	u64 *gate;
	u32 round;
};

static struct npu npu;
static struct space space[CONTEXTS];
static struct lane lane[QUEUES];
static u64 *sum;

static void submit(struct lane *l)
{
	struct ring *r = &l->ring;
	struct genpu_task *t;

	l->round++;
	t = ring_add(r, GENPU_TASK_FILL);
	t->fill.dst = ram_iova(&npu, l->a);
	t->fill.bytes = BYTES;
	t->fill.pattern = 0x100000000ull * r->id + l->round;
	t->fill.width = 8;
	t = ring_add(r, GENPU_TASK_WAIT);
	t->wait.addr = ram_iova(&npu, l->gate);
	t->wait.value = l->round;
	t = ring_add(r, GENPU_TASK_COPY);
	t->copy.dst = ram_iova(&npu, l->b);
	t->copy.src = ram_iova(&npu, l->a);
	t->copy.bytes = BYTES;
	t->copy.rows = 1;
	t = ring_add(r, GENPU_TASK_SIGNAL);
	t->signal.addr = ram_iova(&npu, sum);
	t->signal.value = 1;
	t->signal.kind = GENPU_SIGNAL_ADD;
	ring_go(r);
}

static u32 wrong(struct lane *l)
{
	u64 want = 0x100000000ull * l->ring.id + l->round, *b = (u64 *)l->b;
	u32 i, bad = 0;

	for (i = 0; i < BYTES / 8; i++)
		bad += b[i] != want;
	return bad;
}

int main(void)
{
	u32 i, n, bad = 0, stuck = 0;

	npu_start(&npu, "--memory", "16M", "--queues", "64", "--workers", "2",
		  "--copy-workers", "2", NULL);
	npu_up(&npu);
	sum = ram_alloc(&npu, 8, 8);
	for (i = 0; i < CONTEXTS; i++) {
		space_init(&space[i], &npu, 1 + i);
		space_map_ram(&space[i]);
	}
	for (i = 0; i < QUEUES; i++) {
		lane[i].a = ram_alloc(&npu, BYTES, 4096);
		lane[i].b = ram_alloc(&npu, BYTES, 4096);
		lane[i].gate = ram_alloc(&npu, 8, 64);
		if (ring_create(&lane[i].ring, &npu, 1 + i, 1 + i % CONTEXTS, 4, i % 4,
				i % VECTORS))
			bail("QUEUE_CREATE");
	}
	for (n = 0; n < ROUNDS; n++) {
		for (i = 0; i < QUEUES; i++)
			submit(&lane[i]);
		/* translations go away while they are used */
		for (i = 0; i < CONTEXTS; i++)
			bad += space_invalidate(&space[i], 0, 0) != GENPU_OK;
		for (i = 0; i < QUEUES; i++)
			__atomic_store_n(lane[i].gate, lane[i].round, __ATOMIC_RELEASE);
		/* every eighth queue is interrupted at a random place, and starts a new round */
		for (i = n % 8; i < QUEUES; i += 8) {
			struct ring *r = &lane[i].ring;

			if (ring_reset(r, r->tail)) {
				bad++;
				continue;
			}
			submit(&lane[i]);
			__atomic_store_n(lane[i].gate, lane[i].round, __ATOMIC_RELEASE);
		}
		for (i = 0; i < QUEUES; i++) {
			struct ring *r = &lane[i].ring;

			if (!ring_wait(r, r->tail))
				stuck++;
			else
				bad += wrong(&lane[i]);
		}
		if (stuck)
			break;
	}
	same(stuck, 0, "%u queues of %u contexts come to an end, %u rounds", QUEUES, CONTEXTS,
	     ROUNDS);
	same(bad, 0, "with the right results");
	ok(*sum >= QUEUES * ROUNDS && *sum <= QUEUES * ROUNDS + QUEUES / 8 * ROUNDS,
	   "every round has been counted");
	ok(reg_read64(&npu, GENPU_REG_COPY_BUSY_LO) > 0, "the copy units were busy");
	same(reg_read(&npu, GENPU_REG_FAULTS), 0, "there were no faults");
	for (i = 0; i < QUEUES; i++)
		bad += ring_destroy(&lane[i].ring) != GENPU_OK;
	same(bad, 0, "all queues can be destroyed");
	same(npu_stop(&npu), 0, "exit status");
	return done_testing();
}
