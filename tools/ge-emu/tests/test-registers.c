// SPDX-License-Identifier: MIT
/* Registers, bringing up, wrong configurations */
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "tap.h"

static void test_identity(struct npu *npu)
{
	same(reg_read(npu, GENPU_REG_MAGIC), GENPU_MAGIC, "MAGIC");
	same(reg_read(npu, GENPU_REG_VERSION), GENPU_VERSION, "VERSION");
	same(reg_read(npu, GENPU_REG_CAPS), GENPU_CAP_EMULATED | GENPU_CAP_FAULT_INJECTION,
	     "CAPS");
	same(reg_read(npu, GENPU_REG_NUM_QUEUES), 64, "NUM_QUEUES");
	ok(reg_read(npu, GENPU_REG_NUM_CONTEXTS) >= 64, "NUM_CONTEXTS");
	ok(reg_read(npu, GENPU_REG_NUM_PROGRAMS) >= 1024, "NUM_PROGRAMS");
	ok(reg_read(npu, GENPU_REG_NUM_VECTORS) >= 16, "NUM_VECTORS");
	same(reg_read(npu, GENPU_REG_VA_BITS), 48, "VA_BITS");
	same(reg_read(npu, GENPU_REG_COMPUTE_UNITS), 3, "COMPUTE_UNITS");
	same(reg_read(npu, GENPU_REG_COPY_UNITS), 2, "COPY_UNITS");
	same(reg_read64(npu, GENPU_REG_MEM_SIZE_LO), 48 << 20, "MEM_SIZE as one word");
	same(reg_read(npu, GENPU_REG_MEM_SIZE_HI), 0, "MEM_SIZE_HI");
}

static void test_reset_values(struct npu *npu, const char *when)
{
	u32 off, bad = 0;

	for (off = GENPU_REG_ADMIN_RING_LO; off <= GENPU_REG_ADMIN_SHIFT; off += 4)
		bad += reg_read(npu, off) != 0;
	for (off = GENPU_REG_EQ(0); off < GENPU_REG_EQ(GENPU_MAX_VECTORS); off += 4)
		bad += reg_read(npu, off) != 0;
	same(bad, 0, "%s: rings are 0", when);
	same(reg_read(npu, GENPU_REG_CTRL), 0, "%s: CTRL is 0", when);
	same(reg_read(npu, GENPU_REG_STATUS), 0, "%s: STATUS is 0", when);
	same(reg_read(npu, GENPU_REG_FATAL), 0, "%s: FATAL is 0", when);
	same(reg_read(npu, GENPU_REG_FAULTS), 0, "%s: FAULTS is 0", when);
}

static void test_access(struct npu *npu)
{
	u64 v;
	u32 w;

	reg_write64(npu, GENPU_REG_ADMIN_RING_LO, 0x123456789abcdef0ull);
	same(reg_read(npu, GENPU_REG_ADMIN_RING_HI), 0x12345678, "a pair can be written at once");
	reg_write(npu, GENPU_REG_ADMIN_RING_HI, 0xcafe);
	same(reg_read64(npu, GENPU_REG_ADMIN_RING_LO), 0xcafe9abcdef0ull, "and read at once");
	reg_write(npu, GENPU_REG_MAGIC, 0);
	same(reg_read(npu, GENPU_REG_MAGIC), GENPU_MAGIC, "read-only registers stay");
	reg_write(npu, 0x0c0, 5);
	reg_write(npu, 0x8000, 5);
	ok(!reg_read(npu, 0x0c0) && !reg_read(npu, 0x8000) && !reg_read(npu, GENPU_REG_EQ(1) + 12),
	   "unlisted registers read 0 and ignore writes");
	v = 0;
	region_access(npu, false, 0, GENPU_REG_MAGIC, &v, 2);
	same(v, 0xffff, "16-bit reads give all ones");
	v = 0;
	region_access(npu, false, 0, GENPU_REG_MAGIC + 2, &v, 4);
	same(v, 0xffffffff, "so do unaligned ones");
	same(reg_read64(npu, GENPU_REG_MAGIC), UINT64_MAX, "so do 64-bit ones that are no pair");
	w = 7;
	region_access(npu, true, 0, GENPU_REG_ADMIN_SHIFT, &w, 1);
	region_access(npu, true, 0, GENPU_REG_ADMIN_SHIFT + 2, &w, 4);
	same(reg_read(npu, GENPU_REG_ADMIN_SHIFT), 0, "such writes do nothing");
}

static void test_telemetry(struct npu *npu)
{
	u64 a = reg_read64(npu, GENPU_REG_TIME_LO), b, c;
	u32 mc;

	b = reg_read(npu, GENPU_REG_TIME_LO);
	b |= (u64)reg_read(npu, GENPU_REG_TIME_HI) << 32;
	c = reg_read64(npu, GENPU_REG_TIME_LO);
	ok(a && a < b && b < c, "TIME goes on, however it is read");
	ok(reg_read(npu, GENPU_REG_CLOCK_MHZ) >= 100, "CLOCK_MHZ");
	mc = reg_read(npu, GENPU_REG_TEMP_MC);
	ok(mc > 10000 && mc < 120000, "TEMP_MC");
	ok(reg_read(npu, GENPU_REG_POWER_MW) >= 1000, "POWER_MW");
	ok(reg_read(npu, GENPU_REG_TEMP_MAX_MC) > mc &&
	   reg_read(npu, GENPU_REG_TEMP_MAX_MC) < 120000, "TEMP_MAX_MC is above TEMP_MC");
	ok(reg_read(npu, GENPU_REG_POWER_MAX_MW) > reg_read(npu, GENPU_REG_POWER_MW),
	   "POWER_MAX_MW is above POWER_MW");
	a = reg_read64(npu, GENPU_REG_ENERGY_LO);
	usleep(50000);
	b = reg_read64(npu, GENPU_REG_ENERGY_LO);
	/* 50 ms of at least 1 W, at most 10 s of the most */
	ok(b - a >= 50000 && b - a <= 10ull * 1000 * reg_read(npu, GENPU_REG_POWER_MAX_MW),
	   "ENERGY sums power over time");
	ok(!reg_read(npu, GENPU_REG_MEM_CE) && !reg_read(npu, GENPU_REG_MEM_UE),
	   "no memory errors");
}

/* Sets everything up, changes one register, and enables: FATAL with GENPU_ERR_VALUE. */
static void refused(struct npu *npu, u32 off, u64 v, bool wide, const char *why)
{
	u64 used = npu->ram_used;
	u32 resets;

	npu_setup(npu);
	if (wide)
		reg_write64(npu, off, v);
	else
		reg_write(npu, off, v);
	reg_write(npu, GENPU_REG_CTRL, GENPU_CTRL_ENABLE);
	ok(wait_status(npu, GENPU_STATUS_READY | GENPU_STATUS_FATAL, GENPU_STATUS_FATAL) &&
	   reg_read(npu, GENPU_REG_FATAL) == GENPU_ERR_VALUE, "%s is fatal", why);
	resets = reg_read(npu, GENPU_REG_RESETS);
	reg_write(npu, GENPU_REG_CTRL, GENPU_CTRL_RESET);
	wait_status(npu, GENPU_STATUS_RESETTING, 0);
	if (reg_read(npu, GENPU_REG_RESETS) != resets + 1 || reg_read(npu, GENPU_REG_STATUS))
		ok(false, "a reset helps");
	npu->ram_used = used;
}

static void test_bad_config(struct npu *npu)
{
	refused(npu, GENPU_REG_ADMIN_SHIFT, 3, false, "ADMIN_SHIFT 3");
	refused(npu, GENPU_REG_ADMIN_SHIFT, 13, false, "ADMIN_SHIFT 13");
	refused(npu, GENPU_REG_ADMIN_SHIFT, 0xffffffff, false, "a huge ADMIN_SHIFT");
	refused(npu, GENPU_REG_ADMIN_RING_LO, RAM_IOVA + 64, true, "an unaligned admin ring");
	refused(npu, GENPU_REG_ADMIN_RING_LO, 0, true, "an admin ring that is not there");
	refused(npu, GENPU_REG_ADMIN_STATUS_LO, UINT64_MAX & ~0xfffull, true,
		"an admin status at the end of the world");
	refused(npu, GENPU_REG_ADMIN_STATUS_LO, ROM_IOVA, true, "a read-only admin status");
	refused(npu, GENPU_REG_EQ(0) + GENPU_EQ_SHIFT, 0, false, "no event queue 0");
	refused(npu, GENPU_REG_EQ(1) + GENPU_EQ_SHIFT, 5, false, "an event queue of 32 entries");
	refused(npu, GENPU_REG_EQ(1) + GENPU_EQ_SHIFT, 17, false,
		"an event queue of 128 Ki entries");
	refused(npu, GENPU_REG_EQ(2), HOLE_IOVA, true, "an event queue without memory");

	config_write(npu, 4, 2, 2);
	refused(npu, GENPU_REG_EQ(3), 0, false, "ENABLE without bus mastering");
	config_write(npu, 4, 6, 2);
}

static void test_enable(struct npu *npu)
{
	struct genpu_task t = { .op = GENPU_ADMIN_TLB_INVALIDATE };
	struct genpu_event ev;
	u64 n;

	npu_up(npu);
	same(reg_read(npu, GENPU_REG_CTRL), GENPU_CTRL_ENABLE, "CTRL shows ENABLE");
	same(admin(npu, &t).error, GENPU_ERR_CONTEXT, "an admin task is done");
	reg_write(npu, GENPU_REG_CTRL, 0);
	ok(wait_status(npu, GENPU_STATUS_READY, 0), "READY falls without ENABLE");
	n = admin_start(npu, &t);
	ring_admin(npu);
	reg_write(npu, GENPU_REG_KICK, 0);
	ok(!next_event(npu, 0, &ev, 50), "no task is fetched then");
	reg_write(npu, GENPU_REG_ADMIN_SHIFT, 99);
	reg_write(npu, GENPU_REG_CTRL, GENPU_CTRL_ENABLE);
	ok(wait_status(npu, GENPU_STATUS_READY, GENPU_STATUS_READY), "ENABLE again: READY");
	same(admin_wait(npu, n).error, GENPU_ERR_CONTEXT, "it goes on with the ring that it knew");

	npu->admin_tail += (1u << ADMIN_SHIFT) + 1;
	ring_admin(npu);
	ok(wait_status(npu, GENPU_STATUS_FATAL, GENPU_STATUS_FATAL) &&
	   reg_read(npu, GENPU_REG_FATAL) == GENPU_ERR_VALUE,
	   "an admin tail too far ahead is fatal");
	ok(next_event(npu, 0, &ev, TIMEOUT_MS) && ev.type == GENPU_EVENT_DEVICE &&
	   ev.info == GENPU_DEVICE_FATAL && ev.value == GENPU_ERR_VALUE, "and reported");
}

int main(void)
{
	struct npu npu;

	npu_start(&npu, "--memory", "48M", "--queues", "64", "--workers", "3",
		  "--copy-workers", "2", NULL);
	npu_map(&npu);
	test_identity(&npu);
	test_reset_values(&npu, "power-on");
	test_access(&npu);
	test_telemetry(&npu);
	reg_write(&npu, GENPU_REG_CTRL, GENPU_CTRL_RESET);
	test_reset_values(&npu, "reset");
	test_bad_config(&npu);
	test_enable(&npu);
	same(npu_stop(&npu), 0, "exit status");
	return done_testing();
}
