// SPDX-License-Identifier: MIT
/* Resets of three sizes, and memory that goes away, all while work is running */
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "tap.h"

static struct npu npu;
static struct space sp;

/* A copy of as good as endless duration, over and over from w[1] to w[0] */
static void add_endless(struct ring *r, u64 *w)
{
	struct genpu_task *t = ring_add(r, GENPU_TASK_COPY);

	t->copy.dst = ram_iova(&npu, w);
	t->copy.src = ram_iova(&npu, w + 1);
	t->copy.bytes = 8;
	t->copy.rows = UINT32_MAX;
}

/* The endless copy is at work. */
static bool copies(u64 *w)
{
	static u64 mark = 0x1234;
	u64 end = now_ms() + TIMEOUT_MS;

	__atomic_store_n(&w[1], ++mark, __ATOMIC_RELEASE);
	while (__atomic_load_n(&w[0], __ATOMIC_ACQUIRE) != mark)
		if (now_ms() > end)
			return false;
	return true;
}

/* It is not. */
static bool still(u64 *w)
{
	__atomic_store_n(&w[1], w[0] + 1, __ATOMIC_RELEASE);
	usleep(5000);
	return __atomic_load_n(&w[0], __ATOMIC_ACQUIRE) != w[1];
}

static void test_queue(void)
{
	u64 *w = ram_alloc(&npu, 64, 64);
	struct genpu_task t = { .op = GENPU_ADMIN_QUEUE_RESET };
	struct ring a, b;
	u64 n1, n2;

	ring_create(&a, &npu, 1, 1, 4, 0, 1);
	ring_create(&b, &npu, 2, 1, 4, 0, 1);
	add_endless(&a, w);
	ring_add(&a, GENPU_TASK_NOP);
	ring_go(&a);
	ok(copies(w), "a copy runs");
	ring_add(&b, GENPU_TASK_NOP);
	ring_go(&b);
	ok(ring_wait(&b, 1), "another queue works meanwhile");
	same(ring_reset(&a, 1), GENPU_OK, "QUEUE_RESET of a busy queue");
	ok(still(w), "it has let go of memory when that is done");
	ok(ring_wait(&a, 2) && a.status->state == GENPU_QUEUE_RUNNING,
	   "it goes on behind the copy");

	add_endless(&a, w);
	ring_go(&a);
	copies(w);
	t.queue.queue = 1;
	t.queue.head = 3;
	n1 = admin_start(&npu, &t);
	t.op = GENPU_ADMIN_QUEUE_DESTROY;
	n2 = admin_start(&npu, &t);
	ring_admin(&npu);
	ok(admin_wait(&npu, n1).error == GENPU_OK && admin_wait(&npu, n2).error == GENPU_OK,
	   "QUEUE_RESET and QUEUE_DESTROY at once");
	ok(still(w), "nothing runs afterwards");
	same(ring_reset(&a, 3), GENPU_ERR_QUEUE, "the queue is gone");
	ring_destroy(&b);

	ring_create(&a, &npu, 1, 1, 4, 0, 1);
	ring_add(&a, GENPU_TASK_WAIT)->wait.addr = ram_iova(&npu, w + 4);
	a.tasks[0].wait.value = 1;
	ring_go(&a);
	usleep(2000);
	same(ring_reset(&a, 0), GENPU_OK, "QUEUE_RESET of a waiting queue");
	usleep(2000);
	w[4] = 1;
	ok(ring_wait(&a, 1), "it does its task again");
	ring_destroy(&a);
}

static void test_context(void)
{
	u64 *w = ram_alloc(&npu, 64, 64), *v = ram_alloc(&npu, 64, 64);
	struct genpu_task t = { .op = GENPU_ADMIN_CTX_RESET };
	struct ring a, b, c, other;
	struct space sp2;

	space_init(&sp2, &npu, 2);
	space_map_ram(&sp2);
	ring_create(&a, &npu, 1, 1, 4, 0, 1);
	ring_create(&b, &npu, 2, 1, 4, 0, 1);
	ring_create(&c, &npu, 3, 1, 4, 0, 1);
	ring_create(&other, &npu, 4, 2, 4, 0, 1);
	add_endless(&a, w);
	ring_add(&a, GENPU_TASK_NOP);
	ring_go(&a);
	ring_add(&b, 200);
	ring_go(&b);
	ring_wait_fault(&b);
	ring_add(&c, GENPU_TASK_WAIT)->wait.addr = ram_iova(&npu, w + 5);
	c.tasks[0].wait.value = 1;
	ring_go(&c);
	add_endless(&other, v);
	ring_go(&other);
	ok(copies(w) && copies(v), "two contexts are busy");
	t.ctx.ctx = 1;
	same(admin(&npu, &t).error, GENPU_OK, "CTX_RESET of one");
	ok(still(w), "stops its work");
	ok(a.status->completed == 2 && b.status->completed == 1 && c.status->completed == 1 &&
	   b.status->state == GENPU_QUEUE_RUNNING, "its queues have nothing left to do");
	ok(copies(v), "the other one goes on");
	ring_add(&b, GENPU_TASK_NOP);
	ring_go(&b);
	ok(ring_wait(&b, 2), "the context can be used on");
	ring_destroy(&a);
	ring_destroy(&b);
	ring_destroy(&c);
	ring_destroy(&other);
	t.op = GENPU_ADMIN_CTX_DESTROY;
	t.ctx.ctx = 2;
	same(admin(&npu, &t).error, GENPU_OK, "CTX_DESTROY");
}

/* Resets the device by @how while it is busy with everything. */
static void device_reset(const char *how, void (*reset)(void))
{
	u64 *w = ram_alloc(&npu, 64, 64), *local = (u64 *)npu.memory;
	struct genpu_event ev;
	u32 resets = reg_read(&npu, GENPU_REG_RESETS);
	u64 time = reg_read64(&npu, GENPU_REG_TIME_LO), used;
	struct ring a, b;

	ring_create(&a, &npu, 1, 1, 4, 0, 1);
	ring_create(&b, &npu, 2, 1, 4, 0, 1);
	add_endless(&a, w);
	ring_go(&a);
	ring_add(&b, GENPU_TASK_WAIT)->wait.addr = ram_iova(&npu, w + 5);
	b.tasks[0].wait.value = 1;
	b.db->notify = 1;
	ring_go(&b);
	ok(copies(w), "%s: the device is busy", how);
	*local = 0x1122334455667788ull;

	reset();
	ok(still(w), "%s: no DMA afterwards", how);
	ok(wait_status(&npu, GENPU_STATUS_RESETTING, 0), "%s: it ends", how);
	w[5] = 1;
	while (next_event(&npu, 1, &ev, 10))
		if (ev.type == GENPU_EVENT_COMPLETE)
			ok(false, "%s: no event afterwards", how);
	same(b.status->completed, 0, "%s: waiting tasks are gone", how);
	ok(!reg_read(&npu, GENPU_REG_CTRL) && !reg_read(&npu, GENPU_REG_STATUS) &&
	   !reg_read(&npu, GENPU_REG_ADMIN_SHIFT), "%s: registers have their reset values", how);
	same(reg_read(&npu, GENPU_REG_RESETS), resets + 1, "%s: RESETS counts it", how);
	ok(reg_read64(&npu, GENPU_REG_TIME_LO) > time, "%s: TIME goes on", how);
	same(*local, 0x1122334455667788ull, "%s: device memory keeps its contents", how);
	ok(!a.db->tail && !b.db->notify && !a.db->wake, "%s: doorbell pages are zero", how);

	used = npu.ram_used;
	config_write(&npu, 4, 6, 2);
	npu_up(&npu);
	space_init(&sp, &npu, 1);
	space_map_ram(&sp);
	ring_create(&a, &npu, 1, 1, 4, 0, 1);
	add_endless(&a, w);
	ring_go(&a);
	ok(copies(w), "%s: the device works again", how);
	ring_destroy(&a);
	if (npu.ram_used > RAM_SIZE / 2)
		npu.ram_used = used;
}

static void by_ctrl(void)
{
	reg_write(&npu, GENPU_REG_CTRL, GENPU_CTRL_RESET);
}

static void by_flr(void)
{
	config_write(&npu, config_cap(&npu, 0x10) + 8, 1 << 15, 2);
}

static void by_message(void)
{
	npu_request(&npu, VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0, NULL, NULL, NULL);
}

static void test_bus_master(void)
{
	u64 *w = ram_alloc(&npu, 64, 64);
	struct ring a;

	ring_create(&a, &npu, 1, 1, 4, 0, 1);
	add_endless(&a, w);
	ring_go(&a);
	ok(copies(w), "a copy runs");
	config_write(&npu, 4, 2, 2);
	ok(still(w), "bus mastering off: it reaches nothing any more");
	config_write(&npu, 4, 6, 2);
	same(ring_reset(&a, 1), GENPU_OK, "on again: the device takes orders");
	ring_destroy(&a);
}

static void test_unmap(void)
{
	u64 *w = ram_alloc(&npu, 4096, 4096), n, va = 1ull << 44, iova = 1ull << 41;
	struct genpu_task *t;
	struct ring a;

	dma_map(&npu, iova, 4096, npu.ram_fd, (u8 *)w - npu.ram, 3);
	space_map(&sp, va, iova, 4096, GENPU_PTE_SYSTEM | GENPU_PTE_WRITE);
	ring_create(&a, &npu, 1, 1, 4, 0, 1);
	add_endless(&a, w);
	t = &a.tasks[0];
	t->copy.dst = va;
	t->copy.src = va + 8;
	ring_go(&a);
	ok(copies(w), "a copy runs in a window");
	same(dma_unmap(&npu, iova, 4096, &n), 0, "the window goes away");
	ok(still(w), "from that moment nothing reaches it");
	same(ring_reset(&a, 1), GENPU_OK, "the queue can be reset");
	ring_destroy(&a);
}

int main(void)
{
	u32 i;

	npu_start(&npu, "--memory", "16M", "--queues", "64", "--copy-workers", "2", NULL);
	npu_up(&npu);
	space_init(&sp, &npu, 1);
	space_map_ram(&sp);
	test_queue();
	test_context();
	for (i = 0; i < 2; i++) {
		device_reset("CTRL.RESET", by_ctrl);
		device_reset("FLR", by_flr);
		device_reset("bus reset", by_message);
	}
	test_bus_master();
	test_unmap();
	same(npu_stop(&npu), 0, "exit status");
	return done_testing();
}
