// SPDX-License-Identifier: MIT
#include <string.h>

#include "inject.h"
#include "regs.h"
#include "sched.h"
#include "util/log.h"

#define EQ_SHIFT_MIN	6
#define EQ_SHIFT_MAX	16
#define ADMIN_SHIFT_MIN	4
#define ADMIN_SHIFT_MAX	12

static u64 reg64(const struct device *dev, u32 off)
{
	return dev->reg[off / 4] | (u64)dev->reg[off / 4 + 1] << 32;
}

/* A ring of 1 << @shift entries at @base that DMA can reach */
static bool ring_ok(struct device *dev, u64 base, u32 shift, u32 min, u32 max, u64 entry)
{
	u64 size;

	if (shift < min || shift > max)
		return false;
	size = entry << shift;
	return base % size == 0 && memory_dma(dev->mem.map, base, size, true);
}

/* Reads the configuration of the admin ring and the event queues, at the first ENABLE. */
static bool configure(struct device *dev)
{
	u32 shift = dev->reg[GENPU_REG_ADMIN_SHIFT / 4], v;
	u64 base;

	dev->admin_ring = reg64(dev, GENPU_REG_ADMIN_RING_LO);
	dev->admin_status = reg64(dev, GENPU_REG_ADMIN_STATUS_LO);
	if (!ring_ok(dev, dev->admin_ring, shift, ADMIN_SHIFT_MIN, ADMIN_SHIFT_MAX,
		     sizeof(struct genpu_task)) ||
	    !ring_ok(dev, dev->admin_status, shift, ADMIN_SHIFT_MIN, ADMIN_SHIFT_MAX,
		     sizeof(struct genpu_admin_status))) {
		log_debug("admin ring at %#llx, status at %#llx, shift %u: not aligned or not reachable",
			  (unsigned long long)dev->admin_ring,
			  (unsigned long long)dev->admin_status, shift);
		return false;
	}
	dev->admin_entries = 1u << shift;

	for (v = 0; v < dev->opt.vectors; v++) {
		shift = dev->reg[(GENPU_REG_EQ(v) + GENPU_EQ_SHIFT) / 4];
		base = reg64(dev, GENPU_REG_EQ(v) + GENPU_EQ_BASE_LO);
		if (!shift && v)
			continue;
		if (!ring_ok(dev, base, shift, EQ_SHIFT_MIN, EQ_SHIFT_MAX,
			     sizeof(struct genpu_event))) {
			log_debug("event queue %u at %#llx, shift %u: not aligned or not reachable",
				  v, (unsigned long long)base, shift);
			memset(dev->events, 0, sizeof(dev->events));
			return false;
		}
		dev->events[v].base = base;
		dev->events[v].entries = 1u << shift;
	}
	return true;
}

static void enable(struct device *dev)
{
	if (dev->enabled || dev->fatal)
		return;
	if (!dev->configured) {
		if (!configure(dev)) {
			device_fatal(dev, GENPU_ERR_VALUE);
			return;
		}
		dev->configured = true;
	}
	if (inject_find(dev, INJECT_START, 0, 0).fault != INJECT_NONE) {
		dev->inject.start_stuck = true;
		return;
	}
	dev->enabled = true;
	sched_kick(dev);
}

static void write_ctrl(struct device *dev, u32 v)
{
	if (v & GENPU_CTRL_RESET) {
		device_reset_locked(dev);
		dev->inject.reset_stuck = inject_find(dev, INJECT_RESET, 0, 0).fault != INJECT_NONE;
		return;
	}
	dev->inject.start_stuck = false;
	dev->reg[GENPU_REG_CTRL / 4] = v & GENPU_CTRL_ENABLE;
	if (v & GENPU_CTRL_ENABLE)
		enable(dev);
	else
		dev->enabled = false;
}

void regs_let_go(struct device *dev)
{
	dev->inject.reset_stuck = false;
	if (!dev->inject.start_stuck)
		return;
	dev->inject.start_stuck = false;
	enable(dev);
}

static bool is_eq(const struct device *dev, u32 off)
{
	return off >= GENPU_REG_EQ(0) && off < GENPU_REG_EQ(dev->opt.vectors) && off % 16 < 12;
}

static bool is_stored(const struct device *dev, u32 off)
{
	return (off >= GENPU_REG_ADMIN_RING_LO && off <= GENPU_REG_ADMIN_SHIFT) ||
	       is_eq(dev, off);
}

static void write32(struct device *dev, u32 off, u32 v)
{
	if (dev->inject.reset_stuck || dev->d3)
		return;
	if (off == GENPU_REG_CTRL)
		write_ctrl(dev, v);
	else if (off == GENPU_REG_KICK)
		sched_kick(dev);
	else if (is_stored(dev, off))
		dev->reg[off / 4] = v;
}

static u32 status(const struct device *dev)
{
	u32 v = 0;

	if (dev->resetting || dev->inject.reset_stuck)
		v |= GENPU_STATUS_RESETTING;
	if (dev->fatal)
		v |= GENPU_STATUS_FATAL;
	else if (dev->enabled || dev->running)
		v |= GENPU_STATUS_READY;
	return v;
}

/* Registers of 64 bits that move: reading LO latches HI. */
static u32 latch(struct device *dev, u64 v)
{
	dev->time_hi = v >> 32;
	return v;
}

static u32 read_telemetry(struct device *dev, u32 off)
{
	u64 now = device_clock(dev);

	switch (off) {
	case GENPU_REG_TIME_LO:
		return latch(dev, device_time(dev));
	case GENPU_REG_COMPUTE_BUSY_LO:
		return latch(dev, telemetry_busy(&dev->telemetry, &dev->telemetry.compute, now));
	case GENPU_REG_COPY_BUSY_LO:
		return latch(dev, telemetry_busy(&dev->telemetry, &dev->telemetry.copy, now));
	case GENPU_REG_ENERGY_LO:
		return latch(dev, telemetry_energy_uj(&dev->telemetry, now));
	case GENPU_REG_TIME_HI:
	case GENPU_REG_ENERGY_HI:
	case GENPU_REG_COMPUTE_BUSY_HI:
	case GENPU_REG_COPY_BUSY_HI:
		return dev->time_hi;
	case GENPU_REG_CLOCK_MHZ:
		return telemetry_clock_mhz(&dev->telemetry, now);
	case GENPU_REG_TEMP_MC:
		return telemetry_temp_mc(&dev->telemetry, now);
	case GENPU_REG_POWER_MW:
		return telemetry_power_mw(&dev->telemetry, now);
	case GENPU_REG_TEMP_MAX_MC:
		return TELEMETRY_MAX_MC;
	case GENPU_REG_POWER_MAX_MW:
		return TELEMETRY_MAX_MW;
	case GENPU_REG_MEM_CE:
		return dev->mem_ce;
	case GENPU_REG_MEM_UE:
		return dev->mem_ue;
	case GENPU_REG_FAULTS:
		return dev->faults;
	}
	return 0;
}

static u32 read32(struct device *dev, u32 off)
{
	if (dev->d3)
		return UINT32_MAX;
	if (dev->inject.reset_stuck && off != GENPU_REG_STATUS)
		return 0;
	switch (off) {
	case GENPU_REG_MAGIC:
		return GENPU_MAGIC;
	case GENPU_REG_VERSION:
		return GENPU_VERSION;
	case GENPU_REG_CAPS:
		return GENPU_CAP_EMULATED |
		       (dev->opt.inject ? GENPU_CAP_FAULT_INJECTION : 0);
	case GENPU_REG_NUM_QUEUES:
		return dev->opt.queues;
	case GENPU_REG_NUM_CONTEXTS:
		return NUM_CONTEXTS;
	case GENPU_REG_NUM_PROGRAMS:
		return NUM_PROGRAMS;
	case GENPU_REG_NUM_VECTORS:
		return dev->opt.vectors;
	case GENPU_REG_VA_BITS:
		return GENPU_VA_BITS;
	case GENPU_REG_COMPUTE_UNITS:
		return dev->opt.compute_units;
	case GENPU_REG_COPY_UNITS:
		return dev->opt.copy_units;
	case GENPU_REG_MEM_SIZE_LO:
		return dev->opt.memory;
	case GENPU_REG_MEM_SIZE_HI:
		return dev->opt.memory >> 32;
	case GENPU_REG_CTRL:
		return dev->reg[off / 4];
	case GENPU_REG_STATUS:
		return status(dev);
	case GENPU_REG_FATAL:
		return dev->fatal;
	case GENPU_REG_RESETS:
		return dev->resets;
	}
	if (off >= GENPU_REG_TIME_LO && off <= GENPU_REG_ENERGY_HI)
		return read_telemetry(dev, off);
	return is_stored(dev, off) ? dev->reg[off / 4] : 0;
}

/* @off is the low half of a register of 64 bits */
static bool is_pair(const struct device *dev, u32 off)
{
	switch (off) {
	case GENPU_REG_MEM_SIZE_LO:
	case GENPU_REG_ADMIN_RING_LO:
	case GENPU_REG_ADMIN_STATUS_LO:
	case GENPU_REG_TIME_LO:
	case GENPU_REG_COMPUTE_BUSY_LO:
	case GENPU_REG_COPY_BUSY_LO:
	case GENPU_REG_ENERGY_LO:
		return true;
	}
	return is_eq(dev, off) && off % 16 == GENPU_EQ_BASE_LO;
}

static bool access_ok(const struct device *dev, u32 off, u32 len)
{
	return (len == 4 && off % 4 == 0) || (len == 8 && is_pair(dev, off));
}

/* What an injected fault makes of what was read */
static void falsify(struct device *dev, u32 v[2])
{
	u64 r;

	switch (inject_find(dev, INJECT_READ, 0, 0).fault) {
	case INJECT_REGS_ONES:
		v[0] = UINT32_MAX;
		v[1] = UINT32_MAX;
		break;
	case INJECT_REGS_GARBAGE:
		r = inject_random(dev);
		v[0] = r;
		v[1] = r >> 32;
		break;
	default:
		break;
	}
}

void device_read(struct device *dev, u32 off, void *buf, u32 len)
{
	u32 v[2];

	if (!access_ok(dev, off, len)) {
		memset(buf, 0xff, len);
		return;
	}
	device_lock(dev);
	v[0] = read32(dev, off);
	v[1] = len == 8 ? read32(dev, off + 4) : 0;
	falsify(dev, v);
	device_unlock(dev);
	memcpy(buf, v, len);
}

void device_write(struct device *dev, u32 off, const void *buf, u32 len)
{
	u32 v[2];

	if (!access_ok(dev, off, len))
		return;
	memcpy(v, buf, len);
	device_lock(dev);
	write32(dev, off, v[0]);
	if (len == 8)
		write32(dev, off + 4, v[1]);
	device_unlock(dev);
}

void regs_reset(struct device *dev)
{
	memset(dev->reg, 0, sizeof(dev->reg));
	memset(dev->events, 0, sizeof(dev->events));
	dev->admin_ring = 0;
	dev->admin_status = 0;
	dev->admin_entries = 0;
	dev->admin_next = 0;
	dev->enabled = false;
	dev->configured = false;
	dev->fatal = 0;
	dev->faults = 0;
	dev->running = 0;
	dev->inject.reset_stuck = false;
	dev->inject.start_stuck = false;
}
