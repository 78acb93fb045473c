// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "device.h"
#include "inject.h"
#include "mem_op.h"
#include "program.h"
#include "queue.h"
#include "regs.h"
#include "sched.h"
#include "util/log.h"

/* What device memory is full of after power-on: nothing that anybody would expect */
#define POWER_OFF_BYTE	0xdb
#define SPOIL_MAX	(64ull << 20)	/* some ten milliseconds */

static u64 monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

u64 device_clock(const struct device *dev)
{
	return monotonic_ns() - dev->start;
}

u64 device_time(const struct device *dev)
{
	return device_clock(dev) - __atomic_load_n(&dev->power_on, __ATOMIC_RELAXED);
}

void device_fatal(struct device *dev, u32 error)
{
	if (dev->fatal)
		return;
	log_debug("fatal: error %u", error);
	dev->fatal = error;
	event_post(dev, 0, GENPU_EVENT_DEVICE, 0, GENPU_DEVICE_FATAL, error);
}

/*
 * Nothing here waits: running tasks lose their memory at once (memory_revoke()) and let go of the
 * rest when they end, which is soon as they are told to abort.
 */
void device_reset_locked(struct device *dev)
{
	u32 i;

	dev->resetting = true;
	dev->epoch++;
	while (dev->num_existing)
		queue_forget(dev, dev->queue[dev->existing[0]]);
	for (i = 1; i <= NUM_PROGRAMS; i++)
		if (dev->program[i])
			program_forget(dev, dev->program[i]);
	for (i = 1; i <= NUM_CONTEXTS; i++) {
		if (dev->context[i])
			context_put(dev->context[i]);
		dev->context[i] = NULL;
	}
	admin_forget(dev);
	mem_op_forget(dev);
	memory_revoke(&dev->mem);
	regs_reset(dev);
	sched_reset(dev);
	if (fallocate(dev->doorbell_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		      dev->doorbell_size))
		memset(dev->doorbells, 0, dev->doorbell_size);
	dev->resets++;
	dev->resetting = false;
}

void device_reset(struct device *dev)
{
	device_lock(dev);
	device_reset_locked(dev);
	device_unlock(dev);
}

/*
 * Contents of device memory after it was without power: what was used reads as something else.
 * Whoever switches power on waits for this, so only so much is written; the rest is given back and
 * reads as zero.
 */
static void spoil_memory(struct device *dev)
{
	u64 at, end, left = SPOIL_MAX;
	off_t data, hole = 0;

	for (;;) {
		data = lseek(dev->memory_fd, hole, SEEK_DATA);
		if (data < 0 || (u64)data >= dev->opt.memory)
			break;
		hole = lseek(dev->memory_fd, data, SEEK_HOLE);
		if (hole <= data)
			break;
		end = min_u64(hole, dev->opt.memory);
		at = min_u64(end, data + left);
		memset(dev->mem.local->host + data, POWER_OFF_BYTE, at - data);
		left -= at - data;
		if (at < end && fallocate(dev->memory_fd,
					  FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, end - at))
			memset(dev->mem.local->host + at, POWER_OFF_BYTE, end - at);
	}
}

void device_power(struct device *dev, bool on)
{
	device_lock(dev);
	if (dev->d3 == !on)
		goto out;
	device_reset_locked(dev);
	dev->d3 = !on;
	if (on) {
		spoil_memory(dev);
		dev->resets = 0;
		dev->mem_ce = 0;
		dev->mem_ue = 0;
		__atomic_store_n(&dev->power_on, device_clock(dev), __ATOMIC_RELAXED);
		telemetry_power_on(&dev->telemetry, device_clock(dev));
	}
out:
	device_unlock(dev);
}

void device_bus_master(struct device *dev, bool on)
{
	device_lock(dev);
	dev->bus_master = on;
	memory_set_reachable(&dev->mem, on);
	if (on)
		sched_kick(dev);
	device_unlock(dev);
}

int device_dma_map(struct device *dev, u64 iova, u64 size, int fd, u64 offset, bool write)
{
	int ret;

	device_lock(dev);
	ret = memory_add(&dev->mem, iova, size, fd, offset, write);
	device_unlock(dev);
	return ret;
}

int device_dma_unmap(struct device *dev, u64 iova, u64 size, u64 *unmapped)
{
	int ret;

	device_lock(dev);
	ret = memory_remove(&dev->mem, iova, size, unmapped);
	device_unlock(dev);
	return ret;
}

int device_doorbell_fd(const struct device *dev)
{
	return dev->doorbell_fd;
}

u64 device_doorbell_size(const struct device *dev)
{
	return dev->doorbell_size;
}

int device_memory_fd(const struct device *dev)
{
	return dev->memory_fd;
}

u64 device_memory_size(const struct device *dev)
{
	return dev->opt.window;
}

/* Memory that a client may map: of fixed size, so that no access to it can fail. */
static int shared_file(const char *name, u64 size)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, size) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return fd;
}

static int init_doorbells(struct device *dev)
{
	dev->doorbell_size = roundup_pow2((u64)dev->opt.queues * GENPU_DOORBELL_STRIDE);
	dev->doorbell_fd = shared_file("genpu-doorbells", dev->doorbell_size);
	if (dev->doorbell_fd < 0)
		return dev->doorbell_fd;
	dev->doorbells = mmap(NULL, dev->doorbell_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			      dev->doorbell_fd, 0);
	if (dev->doorbells == MAP_FAILED) {
		dev->doorbells = NULL;
		return -errno;
	}
	return 0;
}

static int init_memory(struct device *dev)
{
	u64 size = dev->opt.memory > dev->opt.window ? dev->opt.memory : dev->opt.window;
	int fd, ret;

	dev->memory_fd = shared_file("genpu-memory", size);
	if (dev->memory_fd < 0)
		return dev->memory_fd;
	fd = fcntl(dev->memory_fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	ret = memory_init(&dev->mem, fd, dev->opt.memory);
	if (ret)
		close(fd);
	return ret;
}

static void init_locks(struct device *dev)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&dev->lock, NULL);
	pthread_cond_init(&dev->idle, &attr);
	pthread_cond_init(&dev->load_added, &attr);
	pthread_cond_init(&dev->inject.changed, &attr);
	pthread_condattr_destroy(&attr);
}

static void free_device(struct device *dev)
{
	if (dev->mem.map)
		memory_destroy(&dev->mem);
	if (dev->doorbells)
		munmap(dev->doorbells, dev->doorbell_size);
	if (dev->doorbell_fd >= 0)
		close(dev->doorbell_fd);
	if (dev->memory_fd >= 0)
		close(dev->memory_fd);
	free(dev->queue);
	free(dev->existing);
	free(dev);
}

int device_create(const struct device_options *opt, struct device **out)
{
	struct device *dev;
	int ret;

	dev = calloc(1, sizeof(*dev));
	if (!dev)
		return -ENOMEM;
	dev->opt = *opt;
	dev->doorbell_fd = -1;
	dev->memory_fd = -1;
	dev->start = monotonic_ns();
	telemetry_init(&dev->telemetry, opt->compute_units);
	init_locks(dev);
	TAILQ_INIT(&dev->loads);
	inject_init(dev);

	ret = -ENOMEM;
	dev->queue = calloc(opt->queues, sizeof(*dev->queue));
	dev->existing = calloc(opt->queues, sizeof(*dev->existing));
	if (!dev->queue || !dev->existing)
		goto err;
	ret = init_doorbells(dev);
	if (ret)
		goto err;
	ret = init_memory(dev);
	if (ret)
		goto err;
	ret = sched_start(dev);
	if (ret)
		goto err;
	ret = program_loader_start(dev);
	if (ret)
		goto err_sched;
	ret = inject_start(dev);
	if (ret)
		goto err_loader;
	*out = dev;
	return 0;
err_loader:
	sched_stop(dev);
	program_loader_join(dev);
	goto err;
err_sched:
	sched_stop(dev);
err:
	free_device(dev);
	return ret;
}

void device_destroy(struct device *dev)
{
	device_reset(dev);
	sched_stop(dev);
	program_loader_join(dev);
	inject_join(dev);
	inject_destroy(dev);
	free_device(dev);
}
