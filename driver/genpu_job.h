/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_JOB_H_
#define _GENPU_JOB_H_

#include <linux/dma-fence.h>
#include <linux/ktime.h>
#include <linux/list.h>

#include <drm/genpu_isa.h>
#include <drm/gpu_scheduler.h>

struct drm_device;
struct drm_file;
struct genpu_graph;
struct genpu_stream;

/**
 * struct genpu_fence - signals when the device is done with a job; never leaves the driver
 * @base: base
 * @lock: of @base
 * @stream: where fences do not detach from drivers: a reference, since @base may outlive the stream
 */
struct genpu_fence {
	struct dma_fence base;
	spinlock_t lock;	/* of base */
	struct genpu_stream *stream;
};

/**
 * struct genpu_job - what one SUBMIT brought
 * @base: base
 * @stream: stream; a job counts in its jobs
 * @fence: hardware fence, holds a reference; initialised when the job is run
 * @started: @fence is initialised
 * @tasks: as the device takes them, with programs instead of graphs
 * @graphs: graph of each task that runs one, holds a reference
 * @num_tasks: how many
 * @number: of the job in its stream, from 1
 * @epoch: of the stream, when it was submitted
 * @engine: enum genpu_engine that does most of it, GENPU_NUM_ENGINES = none
 * @start: number of its first task in the ring. This and below: under the stream's fence_lock
 * @end: number of the first task behind it
 * @since: when it came to the head of the stream, ns
 * @deadline: when it will have taken too long, jiffies
 * @retired: jobs that the device had ended when @deadline was set
 * @grace: how often @deadline was put off
 * @resets: device resets that found it at the head of its stream
 * @link: in the stream's inflight
 */
struct genpu_job {
	struct drm_sched_job base;
	struct genpu_stream *stream;
	struct genpu_fence *fence;
	bool started;
	struct genpu_task *tasks;
	struct genpu_graph **graphs;
	u32 num_tasks;
	u64 number;
	u32 epoch;
	u32 engine;
	u64 start;
	u64 end;
	u64 since;
	unsigned long deadline;
	u64 retired;
	u32 grace;
	u32 resets;
	struct list_head link;
};

extern const struct drm_sched_backend_ops genpu_sched_ops;

int genpu_submit_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _GENPU_JOB_H_ */
