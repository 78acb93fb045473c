/* SPDX-License-Identifier: MIT */
/*
 * telemetry.h - busy time, and what a chip with that load would show
 *
 * Its lock is held for a few instructions at a time, so that a reader never delays work.
 */
#ifndef GE_EMU_TELEMETRY_H
#define GE_EMU_TELEMETRY_H

#include <pthread.h>

#include "util/types.h"

/**
 * struct busy_time - ns that units of one kind were busy
 * @done: by tasks that have ended
 * @since: sum of the starting times of those that run
 * @running: how many run
 * @shown: highest value ever shown, so that it never goes back
 * @base: value at power-on
 */
struct busy_time {
	u64 done;
	u64 since;
	u64 running;
	u64 shown;
	u64 base;
};

/**
 * struct telemetry - load and its sensors
 * @lock: guards all of it; leaf
 * @compute: compute units
 * @copy: copy units
 * @units: compute units that there are
 * @power_on: time of power-on
 * @sampled: time of the last sample
 * @sampled_busy: compute busy time then
 * @fixed: the temperature shown is @temp
 * @temp: millidegrees
 * @load: smoothed load of the compute units, 0 .. 1
 */
struct telemetry {
	pthread_mutex_t lock;
	struct busy_time compute;
	struct busy_time copy;
	u32 units;
	u64 power_on;
	u64 sampled;
	u64 sampled_busy;
	bool fixed;
	s32 temp;
	double load;
};

/* What the chip is built for */
#define TELEMETRY_MAX_MC	95000
#define TELEMETRY_MAX_MW	75000

void telemetry_init(struct telemetry *t, u32 compute_units);
void telemetry_begin(struct telemetry *t, struct busy_time *b, u64 now);
void telemetry_end(struct telemetry *t, struct busy_time *b, u64 start, u64 now);
u64 telemetry_busy(struct telemetry *t, struct busy_time *b, u64 now);

/** telemetry_power_on() - counters begin anew; tasks that run count from now on */
void telemetry_power_on(struct telemetry *t, u64 now);

u32 telemetry_clock_mhz(struct telemetry *t, u64 now);
/** telemetry_set_temp() - have the sensor show @mc, if @fixed */
void telemetry_set_temp(struct telemetry *t, bool fixed, s32 mc);

s32 telemetry_temp_mc(struct telemetry *t, u64 now);
u32 telemetry_power_mw(struct telemetry *t, u64 now);

/** telemetry_energy_uj() - microjoules since power-on: what idling takes, and the work on top */
u64 telemetry_energy_uj(struct telemetry *t, u64 now);

#endif
