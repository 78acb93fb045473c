// SPDX-License-Identifier: MIT
/* Queues: order, priorities, notification, events, sleeping, faults */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "tap.h"

static struct npu npu;
static struct space sp;

static void drop_events(unsigned int vector)
{
	struct genpu_event ev;

	while (next_event(&npu, vector, &ev, 0))
		;
}

static void add_signal(struct ring *r, const u64 *w, u64 value, u32 kind)
{
	struct genpu_task *t = ring_add(r, GENPU_TASK_SIGNAL);

	t->signal.addr = ram_iova(&npu, w);
	t->signal.value = value;
	t->signal.kind = kind;
}

static void add_wait(struct ring *r, const u64 *w, u64 value)
{
	struct genpu_task *t = ring_add(r, GENPU_TASK_WAIT);

	t->wait.addr = ram_iova(&npu, w);
	t->wait.value = value;
}

/* A copy of as good as endless duration */
static void add_endless(struct ring *r, u64 *w)
{
	struct genpu_task *t = ring_add(r, GENPU_TASK_COPY);

	t->copy.dst = ram_iova(&npu, w);
	t->copy.src = ram_iova(&npu, w + 1);
	t->copy.bytes = 8;
	t->copy.rows = UINT32_MAX;
}

static void test_order(void)
{
	u64 *w = ram_alloc(&npu, 4096 * 8, 4096), i, bad = 0;
	struct ring r;

	ring_create(&r, &npu, 1, 1, 6, 0, 1);
	/* more than the ring holds, with kinds of tasks that run in different places */
	for (i = 0; i < 1000; i++) {
		if (i % 2) {
			struct genpu_task *t = ring_add(&r, GENPU_TASK_COPY);

			t->copy.dst = ram_iova(&npu, w + i);
			t->copy.src = ram_iova(&npu, w + i - 1);
			t->copy.bytes = 8;
			t->copy.rows = 1;
		} else {
			add_signal(&r, w + i, i + 1, GENPU_SIGNAL_SET);
		}
		if (i % 64 == 63 || i == 999) {
			ring_go(&r);
			if (!ring_wait(&r, r.tail))
				bail("the queue stands still");
		}
	}
	for (i = 0; i < 1000; i++)
		bad += w[i] != (i & ~1ull) + 1;
	same(bad, 0, "1000 tasks of one queue run in order, each seeing the one before");
	same(r.status->completed, 1000, "completed counts all of them");
	same(ring_destroy(&r), GENPU_OK, "QUEUE_DESTROY");
}

static void test_notify(void)
{
	struct genpu_event ev;
	struct ring r;
	u32 i, bad = 0;

	ring_create(&r, &npu, 1, 1, 10, 0, 2);
	drop_events(2);
	for (i = 0; i < 100; i++)
		ring_add(&r, GENPU_TASK_NOP);
	ring_go(&r);
	ring_wait(&r, 100);
	ok(!next_event(&npu, 2, &ev, 20), "nobody asked, so no event comes");

	r.db->notify = 150;
	for (i = 0; i < 49; i++)
		ring_add(&r, GENPU_TASK_NOP);
	ring_go(&r);
	ring_wait(&r, 149);
	ok(!next_event(&npu, 2, &ev, 20), "149 tasks are not 150");
	ring_add(&r, GENPU_TASK_NOP);
	ring_add(&r, GENPU_TASK_NOP);
	ring_go(&r);
	ok(next_event(&npu, 2, &ev, TIMEOUT_MS) && ev.type == GENPU_EVENT_COMPLETE &&
	   ev.queue == 1 && ev.value == 150 && !ev.info, "the 150th gives the event");
	ring_wait(&r, 151);
	ok(!next_event(&npu, 2, &ev, 20), "and gives it once");

	/* two laps of the event queue */
	for (i = 0; i < 2u << EQ_SHIFT; i++) {
		r.db->notify = r.tail + 1;
		ring_add(&r, GENPU_TASK_NOP);
		ring_go(&r);
		if (!next_event(&npu, 2, &ev, TIMEOUT_MS) || ev.value != r.tail) {
			bad++;
			break;
		}
	}
	same(bad, 0, "each of 8192 events arrives with the right phase");
	ring_destroy(&r);
}

static void test_tail(void)
{
	struct ring r;

	ring_create(&r, &npu, 1, 1, 4, 0, 1);
	r.tail = 17;
	ring_go(&r);
	ok(ring_wait_fault(&r) && r.status->error == GENPU_ERR_VALUE && !r.status->completed,
	   "a tail too far ahead stops the queue");
	r.tail = 0;
	r.db->tail = 0;
	same(ring_reset(&r, 0), GENPU_OK, "QUEUE_RESET");
	r.tail = 16;
	ring_go(&r);
	ok(ring_wait(&r, 16), "a full ring is fine");
	ring_destroy(&r);
}

static void test_fault_isolation(void)
{
	u64 *w = ram_alloc(&npu, 16, 8);
	struct genpu_event ev;
	struct ring a, b;
	u32 faults = reg_read(&npu, GENPU_REG_FAULTS);

	ring_create(&a, &npu, 1, 1, 4, 0, 1);
	ring_create(&b, &npu, 2, 1, 4, 0, 1);
	drop_events(1);
	add_signal(&a, w, 1, GENPU_SIGNAL_ADD);
	ring_add(&a, GENPU_TASK_TIMESTAMP)->timestamp.addr = 0x1000;
	add_signal(&a, w, 1, GENPU_SIGNAL_ADD);
	ring_go(&a);
	ok(next_event(&npu, 1, &ev, TIMEOUT_MS) && ev.type == GENPU_EVENT_FAULT && ev.queue == 1 &&
	   ev.info == GENPU_ERR_PAGE_FAULT && ev.value == 1, "a fault gives an event");
	ok(a.status->state == GENPU_QUEUE_FAULTED && a.status->task == 1 &&
	   a.status->addr == 0x1000 && a.status->completed == 1,
	   "completed does not count the failed task");
	same(reg_read(&npu, GENPU_REG_FAULTS), faults + 1, "FAULTS counts it");
	add_signal(&b, w + 1, 1, GENPU_SIGNAL_ADD);
	ring_go(&b);
	ok(ring_wait(&b, 1) && w[1] == 1, "another queue of the context goes on");
	ring_add(&a, GENPU_TASK_NOP);
	ring_go(&a);
	usleep(5000);
	ok(w[0] == 1 && a.status->completed == 1, "the stopped one does not");
	same(ring_reset(&a, 2), GENPU_OK, "QUEUE_RESET behind the failed task");
	ok(ring_wait(&a, 4) && w[0] == 2, "it goes on there");
	ok(a.status->state == GENPU_QUEUE_RUNNING && !a.status->error && !a.status->addr,
	   "its error is forgotten");
	ring_destroy(&a);
	ring_destroy(&b);
}

/* One copy unit: while it is busy, copies of all priorities gather, and then go by priority. */
static void test_priority(void)
{
	u64 *w = ram_alloc(&npu, 4096, 4096), *gate = ram_alloc(&npu, 16, 8);
	u64 *stamp[8], *data = ram_alloc(&npu, 1 << 20, 4096);
	struct ring hog, r[8];
	u32 i, bad = 0;

	ring_create(&hog, &npu, 20, 1, 4, 3, 1);
	add_endless(&hog, w);
	ring_go(&hog);
	usleep(20000);
	for (i = 0; i < 8; i++) {
		struct genpu_task *t;

		stamp[i] = ram_alloc(&npu, 16, 8);
		ring_create(&r[i], &npu, 21 + i, 1, 4, i / 2, 1);
		t = ring_add(&r[i], GENPU_TASK_COPY);
		t->copy.dst = ram_iova(&npu, data + i * 4096);
		t->copy.src = ram_iova(&npu, w);
		t->copy.bytes = 4096;
		t->copy.rows = 1;
		t->copy.stamps = ram_iova(&npu, stamp[i]);
		ring_go(&r[i]);
	}
	/* a queue that needs no unit is served meanwhile */
	ring_create(&r[0], &npu, 29, 1, 4, 0, 1);
	add_signal(&r[0], gate, 1, GENPU_SIGNAL_SET);
	ring_go(&r[0]);
	ok(ring_wait(&r[0], 1), "a busy copy unit does not hold up other tasks");
	usleep(20000);
	same(ring_reset(&hog, 1), GENPU_OK, "the unit becomes free");
	for (i = 1; i < 8; i++)
		if (!ring_wait(&r[i], 1))
			bail("copies do not end");
	for (i = 2; i < 8; i++)
		bad += stamp[i][0] > stamp[i - 2][0] || !stamp[i][0];
	same(bad, 0, "copies start by priority");
	ok(stamp[6][0] < stamp[7][0] && stamp[4][0] < stamp[5][0], "and in turn within one");
	for (i = 20; i < 30; i++) {
		struct ring x = { .npu = &npu, .id = i };

		if (ring_destroy(&x))
			ok(false, "QUEUE_DESTROY %u", i);
	}
}

#define SHARE_QUEUES	8
#define SHARE_TASKS	40

static void add_stamped_copy(struct ring *r, u64 *data, u64 *stamp)
{
	struct genpu_task *t = ring_add(r, GENPU_TASK_COPY);

	t->copy.dst = ram_iova(&npu, data);
	t->copy.src = ram_iova(&npu, data + 8);
	t->copy.bytes = 64;
	t->copy.rows = 1;
	t->copy.stamps = ram_iova(&npu, stamp);
}

/* A context with one queue, and one with eight: both get every other turn. */
static void test_fairness(void)
{
	u64 *w = ram_alloc(&npu, 4096, 4096), *stamp = ram_alloc(&npu, 65536, 4096), before = 0;
	struct ring hog, r[1 + SHARE_QUEUES];
	struct genpu_task t = { .op = GENPU_ADMIN_CTX_DESTROY };
	struct space other;
	u32 i, j;

	space_init(&other, &npu, 2);
	space_map_ram(&other);
	ring_create(&hog, &npu, 20, 1, 4, 3, 1);
	add_endless(&hog, w);
	ring_go(&hog);
	usleep(20000);
	for (i = 0; i <= SHARE_QUEUES; i++) {
		ring_create(&r[i], &npu, 30 + i, i ? 2 : 1, 6, 1, 1);
		for (j = 0; j < SHARE_TASKS; j++)
			add_stamped_copy(&r[i], w + 256, stamp + 2 * (i * SHARE_TASKS + j));
	}
	/* the many come first */
	for (i = SHARE_QUEUES + 1; i--; )
		ring_go(&r[i]);
	usleep(20000);
	ring_reset(&hog, 1);
	for (i = 0; i <= SHARE_QUEUES; i++)
		if (!ring_wait(&r[i], SHARE_TASKS))
			bail("queue %u stands still", 30 + i);
	for (i = SHARE_TASKS; i < (1 + SHARE_QUEUES) * SHARE_TASKS; i++)
		before += stamp[2 * i] < stamp[2 * (SHARE_TASKS - 1)];
	ok(before >= SHARE_TASKS - 2 && before <= SHARE_TASKS + 2,
	   "a context with 8 queues gets no more turns than one with a single queue");
	if (before > SHARE_TASKS + 2)
		printf("# %llu turns for %u\n", (unsigned long long)before, SHARE_TASKS);
	ring_destroy(&hog);
	for (i = 0; i <= SHARE_QUEUES; i++)
		ring_destroy(&r[i]);
	t.ctx.ctx = 2;
	same(admin(&npu, &t).error, GENPU_OK, "CTX_DESTROY");
}

static void test_head(void)
{
	u64 *w = ram_alloc(&npu, 64, 8), head = (1ull << 40) + 6;
	struct ring r;

	same(ring_create_at(&r, &npu, 1, 1, 2, 0, 1, head), GENPU_OK, "QUEUE_CREATE with a head");
	ok(r.db->tail == head && r.status->completed == head, "tail and completed are there");
	add_signal(&r, w, 1, GENPU_SIGNAL_ADD);
	add_signal(&r, w, 10, GENPU_SIGNAL_ADD);
	add_signal(&r, w, 100, GENPU_SIGNAL_ADD);
	r.db->notify = head + 3;
	ring_go(&r);
	ok(ring_wait(&r, head + 3) && *w == 111, "its tasks are done from there on");
	ring_destroy(&r);
}

/* Many more waiting queues than workers, and a chain through all of them */
static void test_waits(void)
{
	u64 *w = ram_alloc(&npu, 64 * 8, 8);
	struct ring r[50];
	u32 i;

	for (i = 0; i < 50; i++) {
		ring_create(&r[i], &npu, 1 + i, 1, 2, i % 4, 1);
		add_wait(&r[i], w + i, 1);
		add_signal(&r[i], w + i + 1, 1, GENPU_SIGNAL_SET);
		ring_go(&r[i]);
	}
	usleep(10000);
	same(r[0].status->completed + r[49].status->completed, 0, "50 queues wait");
	__atomic_store_n(w, 1, __ATOMIC_RELEASE);
	ok(ring_wait(&r[49], 2) && w[50] == 1, "a word of the host sets off the chain");
	for (i = 0; i < 50; i++)
		ring_destroy(&r[i]);
}

static bool sleeps(struct ring *r)
{
	u64 end = now_ms() + TIMEOUT_MS;

	while (!__atomic_load_n(&r->db->wake, __ATOMIC_ACQUIRE))
		if (now_ms() > end)
			return false;
	return true;
}

static void test_wake(void)
{
	struct genpu_doorbell *admin_db = (void *)npu.doorbells;
	struct ring a, b;
	u32 i, bad = 0;

	ring_create(&a, &npu, 1, 1, 4, 0, 1);
	ring_create(&b, &npu, 2, 1, 4, 0, 1);
	ok(sleeps(&a) && sleeps(&b) && admin_db->wake == 1,
	   "without work the device says in each doorbell page that it sleeps");
	ring_add(&a, GENPU_TASK_NOP);
	__atomic_store_n(&a.db->tail, a.tail, __ATOMIC_RELEASE);
	usleep(20000);
	same(a.status->completed, 0, "a new tail alone does not wake it");
	reg_write(&npu, GENPU_REG_KICK, 1);
	ok(ring_wait(&a, 1), "KICK does");
	reg_write(&npu, GENPU_REG_KICK, 0xffffffff);
	reg_write(&npu, GENPU_REG_KICK, 0);
	ok(sleeps(&a), "a KICK that was not needed is harmless");
	for (i = 0; i < 300; i++) {
		ring_add(&b, GENPU_TASK_NOP);
		ring_go(&b);
		if (!ring_wait(&b, b.tail)) {
			bad++;
			break;
		}
		usleep(i * 7 % 600);
	}
	same(bad, 0, "no ring is lost around falling asleep");
	ring_destroy(&a);
	ring_destroy(&b);
}

static void test_many(void)
{
	static struct ring r[1024];
	u64 *w = ram_alloc(&npu, 8, 8);
	u32 i, n = 1024;

	for (i = 0; i < n; i++)
		if (ring_create(&r[i], &npu, 1 + i, 1, 3, i % 4, i % VECTORS))
			bail("QUEUE_CREATE %u", i + 1);
	for (i = 0; i < n; i++) {
		add_signal(&r[i], w, 1, GENPU_SIGNAL_ADD);
		add_signal(&r[i], w, 1, GENPU_SIGNAL_ADD);
		ring_go(&r[i]);
	}
	for (i = 0; i < n; i++)
		if (!ring_wait(&r[i], 2))
			bail("queue %u stands still", i + 1);
	same(*w, 2 * n, "1024 queues at once");
	for (i = 0; i < n; i++)
		if (ring_destroy(&r[i]))
			bail("QUEUE_DESTROY %u", i + 1);
}

static void test_destroyed(void)
{
	struct ring r;
	u64 completed;

	ring_create(&r, &npu, 1, 1, 4, 0, 1);
	ring_add(&r, GENPU_TASK_NOP);
	ring_go(&r);
	ring_wait(&r, 1);
	ring_destroy(&r);
	memset(r.status, 0x77, sizeof(*r.status));
	completed = r.status->completed;
	r.db->tail = 3;
	reg_write(&npu, GENPU_REG_KICK, 1);
	usleep(5000);
	same(r.status->completed, completed, "nothing of a destroyed queue is touched");
}

int main(void)
{
	npu_start(&npu, "--memory", "16M", "--queues", "2048", "--copy-workers", "1", NULL);
	npu_up(&npu);
	space_init(&sp, &npu, 1);
	space_map_ram(&sp);
	test_order();
	test_notify();
	test_tail();
	test_fault_isolation();
	test_priority();
	test_fairness();
	test_head();
	test_waits();
	test_wake();
	test_many();
	test_destroyed();
	same(npu_stop(&npu), 0, "exit status");
	return done_testing();
}
