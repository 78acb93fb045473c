// SPDX-License-Identifier: MIT
#include <math.h>
#include <string.h>

#include "telemetry.h"

/* The chip that is imitated: idle and full-load values, and how fast they follow the load. */
#define IDLE_MHZ	400
#define BUSY_MHZ	1500
#define IDLE_MW		9000
#define BUSY_MW		72000
#define IDLE_MC		36000
#define BUSY_MC		81000
#define SETTLE_NS	250e6
#define SAMPLE_NS	10000000ull

void telemetry_init(struct telemetry *t, u32 compute_units)
{
	memset(t, 0, sizeof(*t));
	pthread_mutex_init(&t->lock, NULL);
	t->units = compute_units;
}

void telemetry_begin(struct telemetry *t, struct busy_time *b, u64 now)
{
	pthread_mutex_lock(&t->lock);
	b->running++;
	b->since += now;
	pthread_mutex_unlock(&t->lock);
}

void telemetry_end(struct telemetry *t, struct busy_time *b, u64 start, u64 now)
{
	pthread_mutex_lock(&t->lock);
	b->running--;
	b->since -= start;
	b->done += now - start;
	pthread_mutex_unlock(&t->lock);
}

/* Tasks may have begun after the reader took @now: what was shown before is the least. */
static u64 busy(struct busy_time *b, u64 now)
{
	u64 v = b->done + b->running * now - b->since;

	if ((int64_t)(v - b->shown) > 0)
		b->shown = v;
	return b->shown;
}

u64 telemetry_busy(struct telemetry *t, struct busy_time *b, u64 now)
{
	u64 v;

	pthread_mutex_lock(&t->lock);
	v = busy(b, now) - b->base;
	pthread_mutex_unlock(&t->lock);
	return v;
}

void telemetry_power_on(struct telemetry *t, u64 now)
{
	pthread_mutex_lock(&t->lock);
	t->compute.base = busy(&t->compute, now);
	t->copy.base = busy(&t->copy, now);
	t->power_on = now;
	pthread_mutex_unlock(&t->lock);
}

u64 telemetry_energy_uj(struct telemetry *t, u64 now)
{
	unsigned __int128 pj;

	pthread_mutex_lock(&t->lock);
	/* mW times ns are pJ */
	pj = (unsigned __int128)IDLE_MW * (now - t->power_on) +
	     (unsigned __int128)(BUSY_MW - IDLE_MW) * (busy(&t->compute, now) - t->compute.base) /
	     t->units;
	pthread_mutex_unlock(&t->lock);
	return pj / 1000000;
}

static double load(struct telemetry *t, u64 now)
{
	double l, keep;
	u64 b, dt;

	pthread_mutex_lock(&t->lock);
	dt = now - t->sampled;
	if (now > t->sampled && dt >= SAMPLE_NS) {
		b = busy(&t->compute, now);
		keep = exp(-(double)dt / SETTLE_NS);
		l = (double)(b - t->sampled_busy) / ((double)dt * t->units);
		t->load = keep * t->load + (1 - keep) * fmin(l, 1);
		t->sampled = now;
		t->sampled_busy = b;
	}
	l = t->load;
	pthread_mutex_unlock(&t->lock);
	return l;
}

static u32 between(double idle, double full, double l)
{
	return idle + (full - idle) * l;
}

u32 telemetry_clock_mhz(struct telemetry *t, u64 now)
{
	return between(IDLE_MHZ, BUSY_MHZ, load(t, now));
}

void telemetry_set_temp(struct telemetry *t, bool fixed, s32 mc)
{
	pthread_mutex_lock(&t->lock);
	t->fixed = fixed;
	t->temp = mc;
	pthread_mutex_unlock(&t->lock);
}

s32 telemetry_temp_mc(struct telemetry *t, u64 now)
{
	s32 mc = between(IDLE_MC, BUSY_MC, load(t, now));

	pthread_mutex_lock(&t->lock);
	if (t->fixed)
		mc = t->temp;
	pthread_mutex_unlock(&t->lock);
	return mc;
}

u32 telemetry_power_mw(struct telemetry *t, u64 now)
{
	return between(IDLE_MW, BUSY_MW, load(t, now));
}
