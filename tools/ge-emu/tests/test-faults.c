// SPDX-License-Identifier: MIT
/* Injected faults of tasks and completions: the device really does them, and clear lets go */
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "tap.h"

static struct npu npu;
static struct space sp;
static struct ring a, b;

/* Adds a task that sets a word, and has the host wait for it. */
static u64 *go(struct ring *r)
{
	u64 *w = ram_alloc(&npu, 8, 8);
	struct genpu_task *t = ring_add(r, GENPU_TASK_SIGNAL);

	t->signal.addr = ram_iova(&npu, w);
	t->signal.value = 1;
	r->db->notify = r->tail;
	ring_go(r);
	return w;
}

static bool goes(struct ring *r)
{
	return *go(r) <= 1 && ring_wait(r, r->tail);
}

static void drop_events(unsigned int vector)
{
	struct genpu_event ev;

	while (next_event(&npu, vector, &ev, 0))
		;
}

static bool complete_event(unsigned int vector, u64 value)
{
	struct genpu_event ev;

	return next_event(&npu, vector, &ev, TIMEOUT_MS) && ev.type == GENPU_EVENT_COMPLETE &&
	       ev.value == value;
}

/* The entry may be written a while after the status, and no interrupt tells when it is. */
static bool entry_appears(unsigned int vector, struct genpu_event *ev)
{
	u64 end = now_ms() + TIMEOUT_MS;

	while (!next_event(&npu, vector, ev, 0)) {
		if (now_ms() > end)
			return false;
		usleep(50);
	}
	return true;
}

static bool no_event(unsigned int vector)
{
	struct genpu_event ev;

	return !next_event(&npu, vector, &ev, 20);
}

static bool stands(struct ring *r, u64 completed)
{
	usleep(20000);
	return __atomic_load_n(&r->status->completed, __ATOMIC_ACQUIRE) == completed;
}

/* Each test begins with two queues that have done nothing. */
static void begin(void)
{
	ring_create(&a, &npu, 1, 1, 4, 0, 1);
	ring_create(&b, &npu, 2, 1, 4, 0, 1);
	drop_events(0);
	drop_events(1);
}

static void end(void)
{
	control(&npu, "clear");
	if (control_status(&npu, "armed") || control_status(&npu, "held"))
		ok(false, "clear leaves nothing");
	ring_destroy(&a);
	ring_destroy(&b);
}

static void test_arming(void)
{
	u64 before = control_status(&npu, "injected");

	begin();
	inject(&npu, "hang queue=2 skip=1 count=1");
	same(control_status(&npu, "armed"), 1, "status counts what is armed");
	ok(goes(&a) && goes(&a), "a fault of one queue leaves others alone");
	ok(goes(&b), "skip lets an occasion pass");
	go(&b);
	ok(stands(&b, 1), "then it hits");
	same(control_status(&npu, "armed"), 0, "once");
	same(control_status(&npu, "held"), 1, "and holds a task");
	same(control_status(&npu, "injected"), before + 1, "injected counts it");
	control(&npu, "clear");
	ok(ring_wait(&b, 2), "clear lets it go");
	inject(&npu, "fail count=0");
	go(&a);
	go(&b);
	ok(ring_wait_fault(&a) && ring_wait_fault(&b), "count=0 hits always");
	control(&npu, "clear");
	ring_reset(&a, a.tail);
	ok(goes(&a), "until clear");
	inject(&npu, "fail op=4");
	ring_add(&a, GENPU_TASK_NOP);
	ring_go(&a);
	ok(ring_wait(&a, a.tail), "op= restricts it to a kind of task");
	go(&a);
	ok(ring_wait_fault(&a), "which it hits");
	end();
}

static void test_hang(void)
{
	struct genpu_task t = { .op = GENPU_ADMIN_QUEUE_RESET };
	u64 *w, n;

	begin();
	inject(&npu, "hang");
	w = go(&a);
	go(&a);
	ok(stands(&a, 0) && !*w, "hang: the task does nothing");
	ok(goes(&b), "hang: other queues go on");
	same(ring_reset(&a, 1), GENPU_OK, "hang: QUEUE_RESET ends it");
	ok(ring_wait(&a, 2) && !*w, "hang: the queue goes on behind it");
	inject(&npu, "hang count=2");
	w = go(&a);
	ok(stands(&a, 2), "hang: again");
	ring_reset(&a, 2);
	ok(stands(&a, 2), "hang: twice");
	same(ring_destroy(&a), GENPU_OK, "hang: QUEUE_DESTROY ends it");
	same(control_status(&npu, "held"), 0, "hang: it is gone");
	ring_create(&a, &npu, 1, 1, 4, 0, 1);

	inject(&npu, "hang-hard queue=1");
	w = go(&a);
	ok(stands(&a, 0) && !*w, "hang-hard: the task does nothing");
	t.queue.queue = 1;
	n = admin_start(&npu, &t);
	ring_admin(&npu);
	ok(no_event(0), "hang-hard: QUEUE_RESET is not answered");
	ok(goes(&b), "hang-hard: other queues go on");
	control(&npu, "clear");
	ok(admin_wait(&npu, n).error == GENPU_OK && ring_wait(&a, 1),
	   "hang-hard: clear lets the reset happen, and the task again");

	inject(&npu, "slow ms=100");
	n = now_ms();
	ok(goes(&a) && now_ms() - n >= 100, "slow: the task takes its time");
	inject(&npu, "slow ms=1000000");
	go(&a);
	ok(stands(&a, a.tail - 1), "slow: or very long");
	end();
	ok(true, "slow: clear ends it");
}

static void test_hard_reset(void)
{
	begin();
	inject(&npu, "hang-hard");
	go(&a);
	stands(&a, 0);
	reg_write(&npu, GENPU_REG_CTRL, GENPU_CTRL_RESET);
	same(control_status(&npu, "held"), 0, "hang-hard: a device reset ends it");
	npu_up(&npu);
	space_init(&sp, &npu, 1);
	space_map_ram(&sp);
}

static void test_failures(void)
{
	struct genpu_event ev;
	u32 ue = reg_read(&npu, GENPU_REG_MEM_UE);

	begin();
	inject(&npu, "fail value=9 queue=1");
	go(&a);
	ok(ring_wait_fault(&a) && a.status->error == 9 && !a.status->completed,
	   "fail: the queue stops with this error");
	ring_reset(&a, 1);
	inject(&npu, "dma-fail");
	go(&a);
	ok(ring_wait_fault(&a) && a.status->error == GENPU_ERR_BUS, "dma-fail: a bus error");
	ring_reset(&a, 2);
	drop_events(0);
	inject(&npu, "memory-ue");
	go(&a);
	ok(ring_wait_fault(&a) && a.status->error == GENPU_ERR_MEMORY,
	   "memory-ue: an uncorrected error");
	ok(next_event(&npu, 0, &ev, TIMEOUT_MS) && ev.type == GENPU_EVENT_DEVICE &&
	   ev.info == GENPU_DEVICE_MEMORY, "memory-ue: the device tells");
	same(reg_read(&npu, GENPU_REG_MEM_UE), ue + 1, "memory-ue: the counter moves");
	end();
}

static void test_completions(void)
{
	u64 *w, n;

	begin();
	inject(&npu, "lose-completion");
	w = go(&a);
	ok(stands(&a, 0) && *w == 1 && no_event(1), "lose-completion: done, but nobody is told");
	go(&a);
	ok(ring_wait(&a, 2) && complete_event(1, 2), "lose-completion: the next one makes it good");
	inject(&npu, "lose-completion");
	go(&a);
	stands(&a, 2);
	control(&npu, "clear");
	ok(a.status->completed == 3 && complete_event(1, 3), "lose-completion: so does clear");
	inject(&npu, "lose-completion");
	go(&a);
	stands(&a, 3);
	same(ring_reset(&a, 4), GENPU_OK, "lose-completion: the queue can be reset behind it");
	ok(a.status->completed == 4, "lose-completion: which tells");

	ring_add(&b, GENPU_TASK_NOP);
	inject(&npu, "lose-completion queue=2");
	ring_go(&b);
	ok(ring_wait(&b, 1), "completions that nobody waits for are not lost");
	same(control_status(&npu, "armed"), 1, "the fault waits for a better one");
	control(&npu, "clear");
	drop_events(1);

	inject(&npu, "delay-completion ms=100");
	n = now_ms();
	go(&a);
	ok(ring_wait(&a, 5) && now_ms() - n >= 100 && complete_event(1, 5),
	   "delay-completion: it comes later");

	inject(&npu, "bad-seqno value=1000");
	go(&a);
	ok(ring_wait(&a, 1006) && complete_event(1, 1006), "bad-seqno: more than is true");
	go(&a);
	ok(complete_event(1, 7) && a.status->completed == 7, "bad-seqno: the next one is right");
	inject(&npu, "bad-seqno value=-3");
	go(&a);
	ok(complete_event(1, 5) && a.status->completed == 5, "bad-seqno: less than was true");
	end();
}

static void test_events(void)
{
	struct genpu_event ev;
	struct events *e = &npu.events[1];

	begin();
	inject(&npu, "lose-event");
	ok(goes(&a) && no_event(1), "lose-event: status, but no event");
	inject(&npu, "duplicate-event");
	go(&a);
	ok(complete_event(1, 2) && complete_event(1, 2) && no_event(1),
	   "duplicate-event: two of one");
	inject(&npu, "reorder-events queue=1");
	go(&a);
	ok(ring_wait(&a, 3) && no_event(1), "reorder-events: the event is held back");
	go(&b);
	ok(next_event(&npu, 1, &ev, TIMEOUT_MS) && ev.queue == 2 &&
	   next_event(&npu, 1, &ev, TIMEOUT_MS) && ev.queue == 1 && ev.value == 3,
	   "reorder-events: until another one has come");
	inject(&npu, "reorder-events queue=1");
	go(&a);
	ring_wait(&a, 4);
	control(&npu, "clear");
	ok(complete_event(1, 4), "reorder-events: clear lets it go");

	inject(&npu, "lose-interrupt");
	ok(goes(&a) && entry_appears(1, &ev) && ev.value == 5 && no_event(1),
	   "lose-interrupt: the entry is there");

	drop_events(1);
	inject(&npu, "stale-phase");
	ok(goes(&a) && no_event(1), "stale-phase: the entry cannot be seen");
	same(e->ring[e->next & ((1u << EQ_SHIFT) - 1)].value, 6, "stale-phase: but it is there");
	ok(goes(&b) && no_event(1), "stale-phase: nor can those behind it");
	control(&npu, "clear");
	ok(complete_event(1, 6) && complete_event(1, 2), "stale-phase: clear mends it");
	end();
}

int main(void)
{
	npu_start(&npu, "--memory", "16M", "--queues", "64", NULL);
	npu_up(&npu);
	space_init(&sp, &npu, 1);
	space_map_ram(&sp);
	test_arming();
	test_hang();
	test_hard_reset();
	test_failures();
	test_completions();
	test_events();
	same(npu_stop(&npu), 0, "exit status");
	return done_testing();
}
