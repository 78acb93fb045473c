// SPDX-License-Identifier: MIT
/*
 * queue.c - streams of the driver.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "device/drm/drm.h"
#include "device/drm/sync.h"

struct ge_queue {
	struct ge_device *dev;
	uint32_t id;
};

int ge_queue_create(struct ge_device *dev, const struct ge_queue_config *config,
		    struct ge_queue **result)
{
	struct drm_genpu_stream_create create = {
		.ctx_id = dev->ctx,
		.priority = config->priority,
		.flags = config->stop_on_error ? DRM_GENPU_STREAM_STOP_ON_ERROR : 0,
		.ring_entries = config->ring_entries,
		.timeout_ms = config->timeout_ms,
	};
	struct ge_queue *queue = calloc(1, sizeof(*queue));
	int ret;

	if (!queue)
		return ge_error(ENOMEM, "out of memory");
	ret = ge_drm_ioctl(dev, DRM_IOCTL_GENPU_STREAM_CREATE, &create, "creating a stream");
	if (ret == -ENOSPC)
		ge_error(ENOSPC, "device %u has no stream left of %u", dev->index,
			 dev->info.max_streams);
	else if (ret == -ECANCELED)
		ge_error(ECANCELED, "device %u: context %u is banned after repeated failures",
			 dev->index, dev->ctx);
	if (ret) {
		free(queue);
		return ret;
	}
	queue->dev = dev;
	queue->id = create.stream_id;
	*result = queue;
	return 0;
}

void ge_queue_destroy(struct ge_queue *queue)
{
	struct drm_genpu_stream_destroy destroy = { .stream_id = queue->id };

	/* Fails only where the stream is gone anyhow: with the device, or in a forked child. */
	ge_drm_ioctl(queue->dev, DRM_IOCTL_GENPU_STREAM_DESTROY, &destroy, "destroying a stream");
	free(queue);
}

static void put_syncs(struct drm_genpu_sync *syncs, const struct ge_sync_point *points,
		      unsigned int n, uint32_t flags)
{
	for (unsigned int i = 0; i < n; i++)
		syncs[i] = (struct drm_genpu_sync) {
			.handle = points[i].sync->handle,
			.flags = flags | DRM_GENPU_SYNC_TIMELINE,
			.point = points[i].point,
		};
}

int ge_queue_submit(struct ge_queue *queue, const struct genpu_task *tasks, unsigned int n,
		    const struct ge_sync_point *waits, unsigned int num_waits,
		    const struct ge_sync_point *signals, unsigned int num_signals,
		    uint64_t *seqno)
{
	struct drm_genpu_sync syncs[DRM_GENPU_MAX_SYNCS];
	struct drm_genpu_submit submit = {
		.stream_id = queue->id,
		.tasks = (uintptr_t)tasks,
		.syncs = (uintptr_t)syncs,
		.num_tasks = n,
		.num_syncs = num_waits + num_signals,
	};
	int ret;

	if (num_waits > DRM_GENPU_MAX_SYNCS || num_signals > DRM_GENPU_MAX_SYNCS - num_waits)
		return ge_error(EINVAL, "a job waits for and signals %u points, the limit is %u",
				num_waits + num_signals, DRM_GENPU_MAX_SYNCS);
	put_syncs(syncs, waits, num_waits, 0);
	put_syncs(syncs + num_waits, signals, num_signals, DRM_GENPU_SYNC_SIGNAL);
	ret = ge_drm_ioctl(queue->dev, DRM_IOCTL_GENPU_SUBMIT, &submit, "submitting a job");
	if (!ret && seqno)
		*seqno = submit.seqno;
	return ret;
}

int ge_queue_wait(struct ge_queue *queue, uint64_t seqno, int64_t timeout_ns)
{
	struct drm_genpu_wait wait = {
		.stream_id = queue->id,
		.seqno = seqno,
		.timeout_ns = ge_drm_deadline(timeout_ns),
	};

	return ge_drm_ioctl(queue->dev, DRM_IOCTL_GENPU_WAIT, &wait, "waiting for a stream");
}

int ge_queue_state(struct ge_queue *queue, bool clear, struct ge_queue_state *state)
{
	struct drm_genpu_stream_state get = {
		.stream_id = queue->id,
		.flags = clear ? DRM_GENPU_STREAM_STATE_CLEAR : 0,
	};
	int ret = ge_drm_ioctl(queue->dev, DRM_IOCTL_GENPU_STREAM_STATE, &get,
			       "asking for the state of a stream");

	if (ret)
		return ret;
	*state = (struct ge_queue_state) {
		.status = get.status,
		.error = get.error,
		.submitted = get.submitted,
		.completed = get.completed,
		.failed = get.failed,
		.task = get.task,
		.op = get.op,
		.operand = get.operand,
		.access = get.access,
		.addr = get.addr,
		.graph = get.graph_id,
		.ctx = queue->dev->ctx,
		.stream = queue->id,
	};
	return 0;
}
