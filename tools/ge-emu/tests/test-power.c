// SPDX-License-Identifier: MIT
/* Power states: nothing works in D3hot, and D0 begins with nothing */
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "tap.h"

#define D0	0
#define D3HOT	3

static struct npu npu;
static struct space sp;

static void set_power(u32 state)
{
	config_write(&npu, config_cap(&npu, 1) + 4, state, 2);
}

static u32 get_power(void)
{
	return config_read(&npu, config_cap(&npu, 1) + 4, 2) & 3;
}

static void test_capability(void)
{
	u32 pmc = config_read(&npu, config_cap(&npu, 1) + 2, 2);

	ok(!(pmc & 0xfe00), "no PME, no D1, no D2");
	ok(!(config_read(&npu, config_cap(&npu, 1) + 4, 2) & 8),
	   "it says that a way back from D3hot is a reset");
	set_power(1);
	same(get_power(), D0, "there is no D1");
	set_power(2);
	same(get_power(), D0, "there is no D2");
}

/* A copy of as good as endless duration, from w[1] to w[0] */
static void start_endless(struct ring *r, u64 *w)
{
	struct genpu_task *t;

	ring_create(r, &npu, 1, 1, 4, 0, 1);
	t = ring_add(r, GENPU_TASK_COPY);
	t->copy.dst = ram_iova(&npu, w);
	t->copy.src = ram_iova(&npu, w + 1);
	t->copy.bytes = 8;
	t->copy.rows = UINT32_MAX;
	ring_go(r);
	__atomic_store_n(&w[1], 7, __ATOMIC_RELEASE);
	while (__atomic_load_n(&w[0], __ATOMIC_ACQUIRE) != 7)
		;
}

static void test_d3hot(struct ring *r, u64 *w)
{
	struct genpu_event ev;
	u32 off, bad = 0;

	set_power(D3HOT);
	same(get_power(), D3HOT, "D3hot");
	ok(strstr(control(&npu, "status"), "power=D3hot"), "the control socket says so");
	for (off = 0; off < 0x200; off += 4)
		bad += reg_read(&npu, off) != UINT32_MAX;
	same(bad, 0, "registers read all ones");
	same(config_read(&npu, 0, 2), GENPU_PCI_VENDOR, "configuration space does not");
	w[1] = 8;
	usleep(10000);
	ok(w[0] == 7, "work has stopped");
	ring_add(r, GENPU_TASK_NOP);
	reg_write(&npu, GENPU_REG_KICK, 1);
	reg_write(&npu, GENPU_REG_CTRL, GENPU_CTRL_ENABLE);
	control(&npu, "inject interrupt-storm vector=1");
	control(&npu, "inject fatal");
	ok(!next_event(&npu, 1, &ev, 20) && !next_event(&npu, 0, &ev, 0),
	   "there are no interrupts");
	config_write(&npu, 4, 6, 2);
	usleep(5000);
	same(r->status->completed, 0, "and no DMA");
}

static void test_d0(struct ring *r)
{
	u64 *local = (u64 *)npu.memory, i, kept = 0;

	set_power(D0);
	same(get_power(), D0, "D0");
	for (i = 0; i < 8 * 512; i++)
		kept += local[i] == 0x1122334455667788ull || !local[i];
	same(kept, 0, "device memory is neither as it was nor zero");
	ok(!r->db->tail && !r->db->notify && !r->db->wake, "doorbell pages are zero");
	same(config_read(&npu, 4, 2) & 6, 0, "the function is off: no memory space, no DMA");
	ok(!reg_read(&npu, GENPU_REG_CTRL) && !reg_read(&npu, GENPU_REG_STATUS) &&
	   !reg_read(&npu, GENPU_REG_FATAL) && !reg_read(&npu, GENPU_REG_ADMIN_SHIFT),
	   "registers are as after power-on");
	ok(!reg_read(&npu, GENPU_REG_RESETS) && !reg_read(&npu, GENPU_REG_MEM_CE) &&
	   !reg_read64(&npu, GENPU_REG_COPY_BUSY_LO), "counters, too");
	ok(reg_read64(&npu, GENPU_REG_TIME_LO) < 5000000000ull &&
	   reg_read64(&npu, GENPU_REG_ENERGY_LO) < 5000000, "TIME and ENERGY begin anew");
}

static void round_trip(void)
{
	u64 *w = ram_alloc(&npu, 64, 64), i;
	struct ring r;

	space_init(&sp, &npu, 1);
	space_map_ram(&sp);
	reg_write(&npu, GENPU_REG_CTRL, GENPU_CTRL_ENABLE);
	control(&npu, "set ce=5");
	for (i = 0; i < 8 * 512; i++)
		((u64 *)npu.memory)[i] = 0x1122334455667788ull;
	start_endless(&r, w);
	test_d3hot(&r, w);
	test_d0(&r);
	config_write(&npu, 4, 6, 2);
	npu_up(&npu);
}

static void test_resets_in_d3(void)
{
	u64 *local = (u64 *)npu.memory;

	*local = 5;
	set_power(D3HOT);
	npu_request(&npu, VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0, NULL, NULL, NULL);
	same(get_power(), D0, "a bus reset in D3hot ends in D0");
	ok(*local != 5 && !reg_read(&npu, GENPU_REG_STATUS), "with nothing kept");
	*local = 5;
	set_power(D3HOT);
	config_write(&npu, config_cap(&npu, 0x10) + 8, 1 << 15, 2);
	same(get_power(), D0, "so does FLR");
	ok(*local != 5, "with nothing kept");
	*local = 5;
	npu_request(&npu, VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0, NULL, NULL, NULL);
	same(*local, 5, "a bus reset in D0 keeps device memory");
	config_write(&npu, 4, 6, 2);
	npu_up(&npu);
	same(reg_read(&npu, GENPU_REG_STATUS), GENPU_STATUS_READY, "it can be brought up again");
}

/* Power-on is answered at once: of much memory that was in use most is just given back. */
static void test_much_memory(void)
{
	u64 page, kept = 0, zero = 0, all;

	npu_start(&npu, "--memory", "96M", "--queues", "64", NULL);
	npu_up(&npu);
	all = (96 << 20) / 4096;
	memset(npu.memory, 5, 96 << 20);
	set_power(D3HOT);
	set_power(D0);
	for (page = 0; page < all; page++) {
		kept += npu.memory[page * 4096] == 5;
		zero += !npu.memory[page * 4096];
	}
	same(kept, 0, "nothing of 96 MiB is kept");
	same(zero, all / 3, "a third of them was given back");
	same(npu_stop(&npu), 0, "exit status");
}

int main(void)
{
	u32 i;

	npu_start(&npu, "--memory", "16M", "--queues", "64", NULL);
	npu_up(&npu);
	usleep(100000);
	test_capability();
	for (i = 0; i < 2; i++)
		round_trip();
	test_resets_in_d3();
	same(npu_stop(&npu), 0, "exit status");
	test_much_memory();
	return done_testing();
}
