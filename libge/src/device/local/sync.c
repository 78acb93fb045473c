// SPDX-License-Identifier: MIT
/*
 * sync.c - timelines of the in-process device.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "device/local/state.h"

int ge_sync_create(struct ge_device *dev, struct ge_sync **result)
{
	struct ge_sync *sync = calloc(1, sizeof(*sync));

	if (!sync)
		return ge_error(ENOMEM, "out of memory");
	sync->dev = dev;
	sync->refs = 1;
	*result = sync;
	return 0;
}

void local_sync_put(struct ge_sync *sync)
{
	if (!--sync->refs)
		free(sync);
}

void ge_sync_destroy(struct ge_sync *sync)
{
	struct ge_device *dev = sync->dev;

	pthread_mutex_lock(&dev->lock);
	local_sync_put(sync);
	pthread_mutex_unlock(&dev->lock);
}

int ge_sync_wait(struct ge_sync *sync, uint64_t point, int64_t timeout_ns)
{
	struct ge_device *dev = sync->dev;
	struct timespec deadline;
	int ret = 0;

	local_deadline(timeout_ns, &deadline);
	pthread_mutex_lock(&dev->lock);
	if (dev->gone)
		ret = ge_error(ENODEV, "device %u is gone", dev->index);
	else if (sync->submitted < point)
		ret = ge_error(ENOENT, "point %llu of a timeline has not been submitted",
			       (unsigned long long)point);
	while (!ret && sync->reached < point)
		ret = local_wait(dev, timeout_ns, &deadline);
	pthread_mutex_unlock(&dev->lock);
	return ret;
}
