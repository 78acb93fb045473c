/* SPDX-License-Identifier: MIT */
/*
 * model.h - the NPU as Documentation/hardware.rst specifies it, without a bus
 *
 * The layer above (transport/) brings memory windows and register accesses, and delivers
 * interrupts; the layer below (engine/) computes. What is in here:
 *
 *	device.c	the whole: power-on, resets, bus mastering, DMA windows, end
 *	regs.c		registers and enabling
 *	telemetry.c	busy time, clock, temperature, power
 *	memory.c	DMA windows, device memory, and how they are taken away from running work
 *	mmu.c		page tables of contexts
 *	event.c		event queues
 *	admin.c		admin queue: contexts, queues, programs
 *	program.c	loading and unloading of programs
 *	mem_op.c	memory tasks of the admin queue
 *	queue.c		rings, status, faults, stopping and restarting
 *	sched.c		worker threads: polling of doorbells, priorities, sleeping
 *	task.c		what the tasks do;  graph.c: running programs
 *	inject.c	misbehaviour on demand;  forge.c: the part of it that happens at once
 *
 * Threads: workers + copy workers + 2 equal worker threads (sched.c), one loader thread that
 * prepares programs (program.c), one for injected delays (inject.c) if that is asked for, and the
 * caller's threads. Compute and copy units are permits that
 * a worker thread holds while it runs such a task, so that there is always a thread left which
 * looks at the doorbells.
 *
 * Locks, in this order:
 *
 *	device.lock	everything of the device, its queues, contexts and programs, and which
 *			memory map is current; never held while a copy or a program runs or
 *			anybody waits
 *	mmu.lock	translations of one context
 *	(the transport's locks, inside of the raise() callback)
 *
 * Lifetime: queues, contexts and programs are reference-counted under device.lock: the table of
 * ids holds one reference, a running task another. A memory map holds its windows, a running task
 * holds the map that was current when it started; memory.h says what happens when a window goes
 * away meanwhile. A reset of the device starts a new epoch: tasks of an older one let go of what
 * they hold, and touch nothing else.
 */
#ifndef GE_EMU_MODEL_H
#define GE_EMU_MODEL_H

#include "util/types.h"

struct device;

/**
 * struct device_options - what the device is like
 * @memory: bytes of device memory, a multiple of 2 MiB
 * @window: bytes of BAR 4, a power of two; may be less than @memory
 * @queues: hardware queues, the admin queue included; 2 .. 65536
 * @vectors: event queues; 1 .. GENPU_MAX_VECTORS
 * @compute_units: programs that run at once, > 0
 * @copy_units: copies and fills that run at once, > 0
 * @inject: faults can be injected; the device says so
 * @raise: signals an interrupt vector; must not block nor call back
 * @priv: handed to @raise
 */
struct device_options {
	u64 memory;
	u64 window;
	u32 queues;
	u32 vectors;
	u32 compute_units;
	u32 copy_units;
	bool inject;
	void (*raise)(void *priv, unsigned int vector);
	void *priv;
};

/** device_create() - power on; 0 or -errno */
int device_create(const struct device_options *opt, struct device **dev);

/** device_destroy() - power off: waits for operators that run */
void device_destroy(struct device *dev);

/** device_reset() - reset as by FLR; returns when it is done, without waiting for running work */
void device_reset(struct device *dev);

/**
 * device_power() - power state D0 or, if not @on, D3hot
 *
 * On the way back to D0 all is as after power-on; device memory holds garbage.
 */
void device_power(struct device *dev, bool on);

/** device_bus_master() - whether the device may use DMA windows; a new device may not */
void device_bus_master(struct device *dev, bool on);

/**
 * device_dma_map() - make host memory reachable by DMA
 * @dev: the device
 * @iova: DMA address, page-aligned
 * @size: bytes, page-aligned
 * @fd: file to map, consumed if successful; -1 = the range is known but not reachable
 * @offset: where in the file, page-aligned
 * @write: the device may write
 *
 * Returns 0 or -errno; -EEXIST for an overlap with another window.
 */
int device_dma_map(struct device *dev, u64 iova, u64 size, int fd, u64 offset, bool write);

/**
 * device_dma_unmap() - take windows away; when it returns, nobody uses their memory
 * @dev: the device
 * @iova: first address
 * @size: bytes; windows must lie inside as a whole
 * @unmapped: bytes of the windows that there were
 *
 * Returns 0, or -EINVAL for a range that cuts a window.
 */
int device_dma_unmap(struct device *dev, u64 iova, u64 size, u64 *unmapped);

/** device_read() - read registers; @len bytes at @off of BAR 0 */
void device_read(struct device *dev, u32 off, void *buf, u32 len);

/** device_write() - write registers; @len bytes at @off of BAR 0 */
void device_write(struct device *dev, u32 off, const void *buf, u32 len);

/* No task, real or admin, has this op. */
#define INJECT_ANY_OP	UINT32_MAX

/**
 * struct inject_request - a fault, as ge-emu(1) describes them
 * @queue: user queue, 0 = any
 * @op: only tasks of this op, or INJECT_ANY_OP
 * @count: how many times, 0 = until device_inject_clear()
 * @skip: occasions that pass first
 * @ms: for how long
 * @value: what it depends on
 * @value_given: @value was given
 * @relative: @value is an offset
 * @type: of a forged event
 * @type_given: @type was given
 * @info: of a forged event
 * @vector: event queue
 * @vector_given: @vector was given
 */
struct inject_request {
	u32 queue;
	u32 op;
	u32 count;
	u32 skip;
	u32 ms;
	u64 value;
	bool value_given;
	bool relative;
	u32 type;
	bool type_given;
	u32 info;
	u32 vector;
	bool vector_given;
};

/**
 * struct inject_status - what injection is doing
 * @armed: faults that wait for their occasion
 * @injected: times that one has hit, since power-on of the emulator
 * @held: tasks, completions, events and admin tasks that are held back
 * @resets: device resets
 * @queues: user queues that there are
 * @on: power state is D0
 */
struct inject_status {
	u32 armed;
	u32 injected;
	u32 held;
	u32 resets;
	u32 queues;
	bool on;
};

/**
 * device_inject() - arm a fault, or do it now
 * @dev: the device
 * @name: of the fault
 * @req: details
 * @queue: set to the queue that was chosen
 *
 * Returns NULL or what is wrong.
 */
const char *device_inject(struct device *dev, const char *name, const struct inject_request *req,
			  u32 *queue);

/** device_inject_clear() - disarm all faults and let go what they hold */
void device_inject_clear(struct device *dev);
void device_inject_status(struct device *dev, struct inject_status *st);

/** device_inject_name() - name of fault @i, NULL behind the last */
const char *device_inject_name(u32 i);

/** device_set_temp() - have the sensor show @mc millidegrees, or what the load makes of it */
void device_set_temp(struct device *dev, bool automatic, s32 mc);

/** device_set_memory_errors() - set the counter of corrected, or of uncorrected errors */
void device_set_memory_errors(struct device *dev, bool corrected, u32 count);

/* Memory files of BAR 2 and BAR 4; they live as long as the device. Sizes are powers of two. */
int device_doorbell_fd(const struct device *dev);
u64 device_doorbell_size(const struct device *dev);
int device_memory_fd(const struct device *dev);
u64 device_memory_size(const struct device *dev);

#endif
