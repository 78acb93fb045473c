/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_JOB_H_
#define _GENPU_JOB_H_

#include <linux/dma-fence.h>

#include <drm/genpu_isa.h>
#include <drm/gpu_scheduler.h>

struct drm_file;
struct drm_syncobj;
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

/**
 * struct genpu_sync - one syncobj of a SUBMIT
 * @fence: to wait for
 * @syncobj: to signal
 * @chain: node of a timeline point to signal, allocated before nothing may fail any more
 * @point: of the timeline
 */
struct genpu_sync {
	struct dma_fence *fence;
	struct drm_syncobj *syncobj;
	struct dma_fence_chain *chain;
	u64 point;
};

extern const struct drm_sched_backend_ops genpu_sched_ops;

struct genpu_sync *genpu_sync_parse(struct drm_file *file, u64 user, u32 num);
int genpu_sync_add_deps(struct genpu_sync *syncs, u32 num, struct drm_sched_job *job);
void genpu_sync_attach(struct genpu_sync *syncs, u32 num, struct dma_fence *fence);
void genpu_sync_free(struct genpu_sync *syncs, u32 num);

#endif /* _GENPU_JOB_H_ */
