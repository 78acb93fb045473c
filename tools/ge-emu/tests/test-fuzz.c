// SPDX-License-Identifier: MIT
/*
 * Garbage from both sides: messages of a client, and tasks, page tables, doorbells and registers
 * of a guest. Whatever comes, the emulator neither ends nor hangs, and after a reset the device
 * works. FUZZ_SEED=N reproduces a run, FUZZ_ROUNDS=N makes it longer.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "tap.h"

static u64 state;

static u64 rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Values that are more often near a limit than chance would have them */
static u64 odd_value(void)
{
	static const u64 near[] = {
		0, 8, 64, 4096, RAM_IOVA, RAM_IOVA + RAM_SIZE, ROM_IOVA, HOLE_IOVA, 1ull << 48,
		1ull << 31, 1ull << 32, 1ull << 52, 16ull << 20, UINT64_MAX, 1ull << 63,
	};
	u64 v = near[rnd() % (sizeof(near) / sizeof(near[0]))];

	switch (rnd() % 6) {
	case 0:
		return rnd();
	case 1:
		return rnd() % 16;
	case 2:
		return RAM_IOVA + rnd() % RAM_SIZE;
	case 3:
		return RAM_IOVA + (rnd() % RAM_SIZE & ~4095ull);
	default:
		return v + (rnd() % 3 - 1) * (1ull << rnd() % 13);
	}
}

static void fuzz_messages(u32 rounds)
{
	u8 body[256], reply[4096 + 64];
	struct npu npu;
	size_t len;
	u32 i, j, n;

	npu_start(&npu, "--memory", "16M", "--queues", "64", NULL);
	npu_map(&npu);
	for (i = 0; i < rounds; i++) {
		n = rnd() % 4 ? rnd() % 7 * 8 : rnd() % sizeof(body);
		for (j = 0; j < sizeof(body); j += 4) {
			u32 v = rnd() % 3 ? rnd() % 40 : odd_value();

			memcpy(body + j, &v, 4);
		}
		len = sizeof(reply);
		npu_request(&npu, rnd() % 16, body, n, npu.irq, rnd() % 5, reply, &len, NULL);
	}
	ok(config_read(&npu, 0, 2) == GENPU_PCI_VENDOR, "%u messages of garbage", rounds);
	same(npu_stop(&npu), 0, "exit status");
}

static void random_task(struct genpu_task *t, bool admin_task)
{
	u32 i;

	for (i = 0; i < 8; i++)
		((u64 *)t)[i] = rnd() % 3 ? odd_value() : rnd() % 8;
	if (rnd() % 8) {
		t->op = admin_task ? GENPU_ADMIN_CTX_CREATE + rnd() % 9 : rnd() % 7;
		t->flags = 0;
		t->reserved = 0;
	}
	/* fields that often have to be good to get anywhere */
	if (admin_task && rnd() % 4) {
		t->raw[0] = rnd() % 5 | (rnd() % 4) << 32;
		t->raw[5] = rnd() % 6 ? t->raw[5] : 0;
		t->raw[6] = 0;
		if (t->op == GENPU_ADMIN_QUEUE_CREATE) {
			t->raw[1] = RAM_IOVA + (rnd() % RAM_SIZE & ~63ull);
			t->raw[2] = RAM_IOVA + (rnd() % RAM_SIZE & ~63ull);
			t->raw[3] = 0;
			t->raw[4] = (2 + rnd() % 8) | (rnd() % 4) << 32;
			t->raw[5] = rnd() % VECTORS;
		}
	}
	if (!admin_task && t->op == GENPU_TASK_FILL)
		t->raw[3] = 1 << rnd() % 4;
	/* what runs for hours is for the tests of resets */
	if (!admin_task && t->op == GENPU_TASK_COPY)
		t->copy.rows %= 64;
}

/* Fills RAM with tasks, and with table entries that lead to one another and to everything else. */
static void random_memory(struct npu *npu, u64 from)
{
	u64 off, e;

	for (off = from; off < RAM_SIZE; off += 64) {
		if (rnd() % 64)
			continue;
		random_task((struct genpu_task *)(npu->ram + off), false);
	}
	for (off = from; off < RAM_SIZE; off += 8) {
		if (rnd() % 64)
			continue;
		e = (RAM_IOVA + rnd() % RAM_SIZE) & GENPU_PTE_ADDR;
		if (!(rnd() % 8))
			e = rnd() % (16 << 20) & GENPU_PTE_ADDR;
		if (!(rnd() % 4))
			e &= ~0x1fffffull;
		e |= GENPU_PTE_VALID | (rnd() % 8 ? GENPU_PTE_SYSTEM : 0);
		if (rnd() % 2)
			e |= GENPU_PTE_LEAF | GENPU_PTE_WRITE;
		if (!(rnd() % 16))
			e |= odd_value();
		memcpy(npu->ram + off, &e, 8);
	}
}

static void fuzz_round(struct npu *npu)
{
	struct genpu_task t;
	u32 i, q;

	npu->ram_used = 65536;
	npu_up(npu);
	random_memory(npu, npu->ram_used);
	for (i = 0; i < 60; i++) {
		random_task(&t, true);
		admin_start(npu, &t);
	}
	ring_admin(npu);
	for (i = 0; i < 200; i++) {
		struct genpu_doorbell *db;

		q = rnd() % 6;
		db = (void *)(npu->doorbells + q * GENPU_DOORBELL_STRIDE);
		if (q)
			db->tail += rnd() % 16 ? rnd() % 4 : odd_value();
		db->notify = rnd() % 2 ? db->tail : odd_value();
		reg_write(npu, rnd() % 4 ? GENPU_REG_KICK : rnd() % 0x100 & ~3u & ~0x40u, q);
		if (!(rnd() % 40)) {
			random_task(&t, true);
			admin_start(npu, &t);
			db = (void *)npu->doorbells;
			db->tail++;
			reg_write(npu, GENPU_REG_KICK, 0);
		}
	}
	reg_write(npu, GENPU_REG_CTRL, GENPU_CTRL_RESET);
}

static bool works(struct npu *npu)
{
	struct space sp;
	struct ring r;
	u64 *w;

	npu->ram_used = 65536;
	npu_up(npu);
	space_init(&sp, npu, 1);
	space_map_ram(&sp);
	if (ring_create(&r, npu, 1, 1, 4, 0, 1))
		return false;
	w = ram_alloc(npu, 8, 8);
	ring_add(&r, GENPU_TASK_TIMESTAMP)->timestamp.addr = ram_iova(npu, w);
	ring_go(&r);
	return ring_wait(&r, 1) && *w;
}

int main(void)
{
	const char *seed = getenv("FUZZ_SEED"), *rounds_env = getenv("FUZZ_ROUNDS");
	u32 rounds = rounds_env ? atoi(rounds_env) : 20, i;
	struct npu npu;

	state = seed ? strtoull(seed, NULL, 0) : 20260101;
	state |= 1;
	fuzz_messages(rounds * 200);
	npu_start(&npu, "--memory", "16M", "--queues", "64", NULL);
	npu_map(&npu);
	for (i = 0; i < rounds; i++)
		fuzz_round(&npu);
	ok(works(&npu), "%u lives of a mad guest, after which the device works", rounds);
	same(npu_stop(&npu), 0, "exit status");
	return done_testing();
}
