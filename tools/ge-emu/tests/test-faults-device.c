// SPDX-License-Identifier: MIT
/* Injected faults of the device: admin tasks, registers, forgeries, death; the control socket */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "tap.h"

static struct npu npu;
static struct space sp;
static struct ring r;

static void drop_events(unsigned int vector)
{
	struct genpu_event ev;

	while (next_event(&npu, vector, &ev, 0))
		;
}

static void up(void)
{
	npu_up(&npu);
	space_init(&sp, &npu, 1);
	space_map_ram(&sp);
	ring_create(&r, &npu, 1, 1, 4, 0, 1);
}

static bool refused(const char *request)
{
	return !strncmp(control(&npu, "%s", request), "error ", 6);
}

static void test_requests(void)
{
	static const char * const bad[] = {
		"", "foo", "inject", "inject foo", "inject hang count", "inject hang count=",
		"inject hang count=-1", "inject hang count=x", "inject hang count=4294967296",
		"inject hang foo=1", "inject hang queue=64", "inject fatal skip=1",
		"inject regs-ones queue=1", "inject bad-seqno op=4", "inject forge-event vector=32",
		"inject forge-event type=256", "inject forge-event queue=65536",
		"inject interrupt-storm count=0", "set", "set foo=1",
		"set temp=", "set temp=hot", "set ce=-1",
	};
	char line[700];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!refused(bad[i]))
			ok(false, "refused: %s", bad[i]);
	same(control_status(&npu, "armed"), 0, "bad requests arm nothing");
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = 0;
	ok(refused(line), "a line that is too long is refused");
	ok(!strncmp(control(&npu, "list"), "ok hang hang-hard ", 18),
	   "the next one is understood; list names the faults");
	for (i = 0; i < 256; i++)
		control(&npu, "inject hang queue=63");
	ok(refused("inject hang"), "not more than 256 faults are armed");
	control(&npu, "clear");
}

static void test_sensors(void)
{
	same(reg_read(&npu, GENPU_REG_TEMP_MC) > 10000, 1, "a temperature");
	control(&npu, "set temp=-5000 ce=7 ue=8");
	same(reg_read(&npu, GENPU_REG_TEMP_MC), (u32)-5000, "set: temperature below zero");
	ok(reg_read(&npu, GENPU_REG_MEM_CE) == 7 && reg_read(&npu, GENPU_REG_MEM_UE) == 8,
	   "set: counters");
	control(&npu, "set temp=auto ce=0 ue=0");
	same(reg_read(&npu, GENPU_REG_TEMP_MC) > 10000, 1, "set: temperature of the load");
}

static void test_admin(void)
{
	struct genpu_task t = { .op = GENPU_ADMIN_TLB_INVALIDATE };
	struct genpu_admin_status *st;
	struct genpu_event ev;
	u64 n, m;

	t.tlb.ctx = 1;
	inject(&npu, "admin-silent");
	n = admin_start(&npu, &t);
	ring_admin(&npu);
	ok(!next_event(&npu, 0, &ev, 20), "admin-silent: no answer");
	same(admin(&npu, &t).error, GENPU_OK, "admin-silent: the next one gets one");
	control(&npu, "clear");
	same(admin_wait(&npu, n).error, GENPU_OK, "admin-silent: clear has it done");

	inject(&npu, "admin-fail value=35 op=67");
	t.op = GENPU_ADMIN_CTX_RESET;
	same(admin(&npu, &t).error, GENPU_OK, "admin-fail: op= restricts it");
	t.op = GENPU_ADMIN_TLB_INVALIDATE;
	same(admin(&npu, &t).error, 35, "admin-fail: this error");

	inject(&npu, "admin-duplicate");
	n = admin_start(&npu, &t);
	ring_admin(&npu);
	admin_wait(&npu, n);
	ok(next_event(&npu, 0, &ev, TIMEOUT_MS) && ev.type == GENPU_EVENT_ADMIN && ev.value == n,
	   "admin-duplicate: the event comes twice");

	inject(&npu, "admin-garbage");
	m = admin_start(&npu, &t);
	ring_admin(&npu);
	st = &npu.admin_status[m & ((1u << ADMIN_SHIFT) - 1)];
	ok(next_event(&npu, 0, &ev, TIMEOUT_MS) && st->cookie != 0x1000 + m && st->reserved,
	   "admin-garbage: nothing is right in the status");

	inject(&npu, "admin-silent");
	admin_start(&npu, &t);
	ring_admin(&npu);
	next_event(&npu, 0, &ev, 20);
	same(control_status(&npu, "held"), 1, "admin-silent: held");
	reg_write(&npu, GENPU_REG_CTRL, GENPU_CTRL_RESET);
	same(control_status(&npu, "held"), 0, "admin-silent: forgotten by a reset");
	up();
}

static void test_registers(void)
{
	u32 a, b;

	inject(&npu, "regs-ones count=2 skip=1");
	same(reg_read(&npu, GENPU_REG_MAGIC), GENPU_MAGIC, "regs-ones: after one read");
	same(reg_read(&npu, GENPU_REG_MAGIC), UINT32_MAX, "regs-ones: 32 bits");
	same(reg_read64(&npu, GENPU_REG_MEM_SIZE_LO), UINT64_MAX, "regs-ones: 64 bits");
	same(reg_read(&npu, GENPU_REG_MAGIC), GENPU_MAGIC, "regs-ones: over");
	inject(&npu, "regs-garbage count=0");
	a = reg_read(&npu, GENPU_REG_STATUS);
	b = reg_read(&npu, GENPU_REG_STATUS);
	ok(a != b && a != GENPU_STATUS_READY, "regs-garbage: never the same");
	control(&npu, "clear");
	same(reg_read(&npu, GENPU_REG_STATUS), GENPU_STATUS_READY, "regs-garbage: over");
}

static void test_stuck(void)
{
	inject(&npu, "reset-stuck");
	reg_write(&npu, GENPU_REG_CTRL, GENPU_CTRL_RESET);
	usleep(150000);
	same(reg_read(&npu, GENPU_REG_STATUS), GENPU_STATUS_RESETTING, "reset-stuck: no end");
	reg_write(&npu, GENPU_REG_CTRL, GENPU_CTRL_RESET);
	reg_write(&npu, GENPU_REG_ADMIN_SHIFT, 5);
	same(reg_read(&npu, GENPU_REG_STATUS), GENPU_STATUS_RESETTING,
	     "reset-stuck: another one does not help");
	config_write(&npu, config_cap(&npu, 0x10) + 8, 1 << 15, 2);
	ok(!reg_read(&npu, GENPU_REG_STATUS) && !reg_read(&npu, GENPU_REG_ADMIN_SHIFT),
	   "reset-stuck: FLR does");
	inject(&npu, "reset-stuck");
	reg_write(&npu, GENPU_REG_CTRL, GENPU_CTRL_RESET);
	control(&npu, "clear");
	same(reg_read(&npu, GENPU_REG_STATUS), 0, "reset-stuck: clear does");

	config_write(&npu, 4, 6, 2);
	npu_setup(&npu);
	inject(&npu, "start-stuck");
	reg_write(&npu, GENPU_REG_CTRL, GENPU_CTRL_ENABLE);
	usleep(20000);
	same(reg_read(&npu, GENPU_REG_STATUS), 0, "start-stuck: never READY");
	control(&npu, "clear");
	ok(wait_status(&npu, GENPU_STATUS_READY, GENPU_STATUS_READY), "start-stuck: until clear");
	reg_write(&npu, GENPU_REG_CTRL, GENPU_CTRL_RESET);
	up();
}

static u32 count_events(unsigned int vector, u32 max)
{
	struct genpu_event ev;
	u32 n = 0;

	while (n < max && next_event(&npu, vector, &ev, 20))
		n++;
	return n;
}

static void test_forgeries(void)
{
	struct genpu_event ev;
	u64 n;

	drop_events(0);
	drop_events(1);
	inject(&npu, "forge-event vector=1 type=200 queue=60000 value=0x123456789a info=77");
	ok(next_event(&npu, 1, &ev, TIMEOUT_MS) && ev.type == 200 && ev.queue == 60000 &&
	   ev.value == 0x123456789aull && ev.info == 77, "forge-event: of anything");
	inject(&npu, "forge-event queue=1 type=2 info=5 value=9 count=3");
	ok(next_event(&npu, 1, &ev, TIMEOUT_MS) && ev.type == 2 && ev.queue == 1 && ev.info == 5 &&
	   ev.value == 9, "forge-event: in the queue's event queue");
	same(count_events(1, 10), 2, "forge-event: three times");

	ok(strstr(control(&npu, "inject forge-completion value=55"), "queue=1"),
	   "forge-completion: it says which queue it took");
	ok(r.status->completed == 55 && next_event(&npu, 1, &ev, TIMEOUT_MS) && ev.value == 55,
	   "forge-completion: of tasks that do not exist");
	inject(&npu, "forge-completion value=-1 queue=1");
	ok(r.status->completed == UINT64_MAX, "forge-completion: relative to the truth");
	ring_add(&r, GENPU_TASK_NOP);
	ring_go(&r);
	while (__atomic_load_n(&r.status->completed, __ATOMIC_ACQUIRE) != 1)
		;
	ok(true, "forge-completion: the next one is true");

	drop_events(1);
	inject(&npu, "forge-fault queue=1");
	ok(r.status->state == GENPU_QUEUE_FAULTED && next_event(&npu, 1, &ev, TIMEOUT_MS) &&
	   ev.type == GENPU_EVENT_FAULT, "forge-fault");
	ring_add(&r, GENPU_TASK_NOP);
	ring_go(&r);
	ok(ring_wait(&r, 2), "forge-fault: it was a lie");

	n = npu.events[1].next;
	inject(&npu, "event-overflow vector=1");
	ok(npu.events[1].ring[n & ((1u << EQ_SHIFT) - 1)].phase != !(n >> EQ_SHIFT & 1),
	   "event-overflow: what was not read is overwritten");
	reg_write(&npu, GENPU_REG_CTRL, GENPU_CTRL_RESET);
	up();
}

static void test_device_events(void)
{
	struct genpu_event ev;
	struct pollfd p = { .fd = npu.irq[2], .events = POLLIN };
	u64 n = 0;

	drop_events(0);
	inject(&npu, "thermal value=99000");
	ok(next_event(&npu, 0, &ev, TIMEOUT_MS) && ev.type == GENPU_EVENT_DEVICE &&
	   ev.info == GENPU_DEVICE_THERMAL && ev.value == 99000, "thermal");
	inject(&npu, "memory-ce");
	ok(next_event(&npu, 0, &ev, TIMEOUT_MS) && ev.info == GENPU_DEVICE_MEMORY &&
	   reg_read(&npu, GENPU_REG_MEM_CE) == 1, "memory-ce");
	ok(read(p.fd, &n, sizeof(n)) < 0, "vector 2 is silent");
	inject(&npu, "interrupt-storm vector=2 count=1000");
	ok(poll(&p, 1, 0) == 1 && read(p.fd, &n, sizeof(n)) == sizeof(n) && n == 1000,
	   "interrupt-storm: 1000 interrupts for nothing");
	inject(&npu, "fatal value=10");
	ok(reg_read(&npu, GENPU_REG_STATUS) == GENPU_STATUS_FATAL &&
	   reg_read(&npu, GENPU_REG_FATAL) == 10, "fatal");
	ok(next_event(&npu, 0, &ev, TIMEOUT_MS) && ev.info == GENPU_DEVICE_FATAL &&
	   ev.value == 10, "fatal: the device tells");
}

static void test_death(void)
{
	struct npu victim;
	char c;
	int status;

	npu_start(&victim, "--memory", "2M", "--queues", "4", NULL);
	ok(write(victim.control, "die\n", 4) == 4 && read(victim.control, &c, 1) <= 0,
	   "die: no answer");
	same(waitpid(victim.pid, &status, 0), victim.pid, "die: it is dead");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 3, "die: with status 3");
	close(victim.sock);
	close(victim.control);
}

int main(void)
{
	npu_start(&npu, "--memory", "16M", "--queues", "64", NULL);
	up();
	test_requests();
	test_sensors();
	test_admin();
	test_registers();
	test_stuck();
	test_forgeries();
	test_device_events();
	test_death();
	same(npu_stop(&npu), 0, "exit status");
	return done_testing();
}
