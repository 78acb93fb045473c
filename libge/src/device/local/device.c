// SPDX-License-Identifier: MIT
/*
 * device.c - opening and closing devices that are part of the process.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "device/local/state.h"

struct ge_local_config ge_local_config = {
	.devices = 2,
	.memory_size = 256ull << 20,
	.max_streams = 64,
	.timeout_ms = 5000,
};

static pthread_mutex_t devices_lock = PTHREAD_MUTEX_INITIALIZER;
static struct ge_device *devices;

uint64_t local_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

void local_deadline(int64_t timeout_ns, struct timespec *ts)
{
	clock_gettime(CLOCK_MONOTONIC, ts);
	if (timeout_ns <= 0)
		return;
	ts->tv_sec += timeout_ns / 1000000000;
	ts->tv_nsec += timeout_ns % 1000000000;
	if (ts->tv_nsec >= 1000000000) {
		ts->tv_sec++;
		ts->tv_nsec -= 1000000000;
	}
}

int local_wait(struct ge_device *dev, int64_t timeout_ns, const struct timespec *deadline)
{
	if (timeout_ns < 0) {
		pthread_cond_wait(&dev->cond, &dev->lock);
		return 0;
	}
	if (timeout_ns && !pthread_cond_timedwait(&dev->cond, &dev->lock, deadline))
		return 0;
	return ge_error(ETIME, "the wait timed out");
}

int ge_device_count(unsigned int *count)
{
	*count = ge_local_config.devices;
	return 0;
}

static int device_open(unsigned int index, struct ge_device **result)
{
	pthread_condattr_t attr;
	struct ge_device *dev;

	if (index >= ge_local_config.devices)
		return ge_error(ENODEV, "there is no device %u", index);
	dev = calloc(1, sizeof(*dev));
	if (!dev)
		return ge_error(ENOMEM, "out of memory");
	dev->index = index;
	dev->refs = 1;
	pthread_mutex_init(&dev->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&dev->cond, &attr);
	pthread_condattr_destroy(&attr);
	*result = dev;
	return 0;
}

int ge_device_get(unsigned int index, struct ge_device **result)
{
	struct ge_device *dev;
	int ret = 0;

	pthread_mutex_lock(&devices_lock);
	for (dev = devices; dev && dev->index != index; dev = dev->next)
		;
	if (dev) {
		dev->refs++;
	} else {
		ret = device_open(index, &dev);
		if (!ret) {
			dev->next = devices;
			devices = dev;
		}
	}
	pthread_mutex_unlock(&devices_lock);
	if (!ret)
		*result = dev;
	return ret;
}

static void device_free(struct ge_device *dev)
{
	/* The kernel would end them; libge is to have done so before. */
	if (dev->queues) {
		fprintf(stderr, "device %u is closed while it has queues\n", dev->index);
		abort();
	}
	while (dev->programs) {
		struct local_program *program = dev->programs;

		dev->programs = program->next;
		local_program_put(program);
	}
	local_memory_free_all(dev);
	pthread_cond_destroy(&dev->cond);
	pthread_mutex_destroy(&dev->lock);
	free(dev);
}

void ge_device_put(struct ge_device *dev)
{
	bool last;

	pthread_mutex_lock(&devices_lock);
	last = !--dev->refs;
	for (struct ge_device **p = &devices; last && *p; p = &(*p)->next) {
		if (*p == dev) {
			*p = dev->next;
			break;
		}
	}
	pthread_mutex_unlock(&devices_lock);
	if (last)
		device_free(dev);
}

unsigned int ge_device_index(const struct ge_device *dev)
{
	return dev->index;
}

int ge_device_info(struct ge_device *dev, struct ge_device_info *info)
{
	(void)dev;
	memset(info, 0, sizeof(*info));
	snprintf(info->name, sizeof(info->name), "genpu (in process)");
	info->memory_size = ge_local_config.memory_size;
	info->compute_units = 1;
	info->copy_units = 1;
	info->max_streams = ge_local_config.max_streams;
	info->emulated = true;
	return 0;
}

int ge_device_memory(struct ge_device *dev, uint64_t *free_bytes, uint64_t *total_bytes)
{
	pthread_mutex_lock(&dev->lock);
	*free_bytes = ge_local_config.memory_size - dev->memory_used;
	pthread_mutex_unlock(&dev->lock);
	*total_bytes = ge_local_config.memory_size;
	return 0;
}

int ge_device_time(struct ge_device *dev, uint64_t *device_ns, uint64_t *monotonic_ns)
{
	(void)dev;
	*device_ns = local_now();
	*monotonic_ns = *device_ns;
	return 0;
}

void ge_local_lose(unsigned int index)
{
	pthread_mutex_lock(&devices_lock);
	for (struct ge_device *dev = devices; dev; dev = dev->next) {
		if (dev->index != index)
			continue;
		pthread_mutex_lock(&dev->lock);
		dev->gone = true;
		pthread_cond_broadcast(&dev->cond);
		pthread_mutex_unlock(&dev->lock);
	}
	pthread_mutex_unlock(&devices_lock);
}

unsigned int ge_local_open_devices(void)
{
	unsigned int count = 0;

	pthread_mutex_lock(&devices_lock);
	for (struct ge_device *dev = devices; dev; dev = dev->next)
		count++;
	pthread_mutex_unlock(&devices_lock);
	return count;
}
