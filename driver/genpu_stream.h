/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_STREAM_H_
#define _GENPU_STREAM_H_

#include <linux/completion.h>

#include <drm/genpu_accel.h>
#include <drm/gpu_scheduler.h>

#include "genpu_admin.h"
#include "genpu_drv.h"
#include "genpu_restore.h"

struct genpu_job;

#define GENPU_STREAM_MAX_JOBS		1024	/* not ended; SUBMIT sleeps for room */
#define GENPU_STREAM_MIN_RING		16
#define GENPU_STREAM_DEFAULT_RING	1024
#define GENPU_STREAM_MAX_RING		65536

/* After this time at the head of its stream a job is looked at, in case its interrupt got lost. */
#define GENPU_STREAM_LOOK		(HZ / 20ul)

/* What STREAM_STATE says of a failure, but for the progress of the stream. */
#define GENPU_FAILURE(what) ((struct drm_genpu_stream_state) { .status = (what), \
	.task = GENPU_NONE, .op = GENPU_NONE, .operand = GENPU_NONE })

enum genpu_cause {
	GENPU_CAUSE_NONE,
	GENPU_CAUSE_FAULT,	/* the device stopped the queue */
	GENPU_CAUSE_HANG,	/* the job at the head takes too long, or kills the device */
	GENPU_CAUSE_BAN,	/* the context is banned */
	GENPU_CAUSE_INSANE,	/* the device wrote nonsense */
	GENPU_CAUSE_ABORTED,	/* a device reset cut off a task that must not be run twice */
};

/**
 * struct genpu_recovery - what is being done about a queue
 * @cause: why; GENPU_CAUSE_NONE: nothing
 * @job: job that failed or NULL; the first in flight
 * @error: of its fence
 * @head: where the queue goes on
 */
struct genpu_recovery {
	enum genpu_cause cause;
	struct genpu_job *job;
	int error;
	u64 head;
};

/**
 * struct genpu_stream - a stream: one queue of the device, fed by a scheduler of its own
 *
 * It passes three stages. *Live*: the queue exists. *Closed*: nothing can be submitted, the queue
 * and its memory are gone, but jobs that wait for fences of others are still to be passed through
 * (they end with -ECANCELED). *Finished*: scheduler and context are let go; only those who hold
 * @handle, among them the hardware fences of older kernels, still see the structure.
 *
 * @handle: its number in the file, until closed; it holds itself until finished, and so do lookups
 * @rcu: frees it
 * @gdev: device; valid until finished
 * @ctx: context; valid until finished
 * @id: userspace's number
 * @queue: of the device
 * @object: what the device has of it
 * @flags: DRM_GENPU_STREAM_*
 * @priority: enum drm_genpu_priority
 * @entries: of the ring
 * @timeout: of a job, jiffies
 * @name: of the scheduler
 * @ring: tasks
 * @ring_dma: their address for the device
 * @status: written by the device
 * @status_dma: its address for the device
 * @sched: scheduler
 * @entity: its only entity
 * @fence_context: of the hardware fences
 *
 * @submit_lock: one SUBMIT at a time; protects @closed and the order in @entity
 * @closed: no more jobs
 * @jobs: jobs that are not freed, and one until closed; at zero the stream finishes
 * @jobs_lock: protects @submitted, @ended, @fences
 * @submitted: number of the last job
 * @ended: jobs up to this have ended; may lag behind
 * @fences: fence of job n at n % GENPU_STREAM_MAX_JOBS, for @ended < n <= @submitted
 *
 * @fence_lock: protects all below; taken by event threads
 * @live: ring, status and queue are there; cleared under genpu_device.objects_lock, too
 * @closing: being destroyed: no recovery any more
 * @lost: removal, or a reset that it did not survive, took the queue
 * @recovery: how it is being reset; until that is done @status is not to be believed
 * @held: the device does not have the queue now: it gets no doorbells, @status means nothing
 * @insane: the device wrote nonsense into @status
 * @ban: the context was banned
 * @epoch: jobs of an older one are cancelled when their turn comes
 * @tail: tasks ever put into the ring
 * @completed: tasks ever completed
 * @notify: count at which the device posts an event
 * @seqno: of the last hardware fence
 * @inflight: jobs that the device has, in order
 * @failure: what STREAM_STATE reports
 * @hangs: jobs that took too long
 *
 * @recover: looks at a queue that faulted or may hang
 * @finish_work: lets go of what a closed stream holds
 * @finished: that is done
 * @destroy: QUEUE_DESTROY command
 * @destroy_ret: of starting that; 1: the device did not have the queue any more
 * @ctx_link: in genpu_ctx.streams
 * @close_link: in a list of streams that are being closed
 */
struct genpu_stream {
	struct genpu_handle handle;
	struct rcu_head rcu;
	struct genpu_device *gdev;
	struct genpu_ctx *ctx;
	u32 id;
	u32 queue;
	struct genpu_object object;
	u32 flags;
	u32 priority;
	u32 entries;
	unsigned long timeout;
	char name[24];
	struct genpu_task *ring;
	dma_addr_t ring_dma;
	struct genpu_queue_status *status;
	dma_addr_t status_dma;
	struct drm_gpu_scheduler sched;
	struct drm_sched_entity entity;
	u64 fence_context;

	struct mutex submit_lock;	/* closed, order in entity */
	bool closed;
	refcount_t jobs;
	spinlock_t jobs_lock;	/* submitted, ended, fences */
	u64 submitted;
	u64 ended;
	struct dma_fence *fences[GENPU_STREAM_MAX_JOBS];

	spinlock_t fence_lock;	/* from live to hangs */
	bool live;
	bool closing;
	bool lost;
	struct genpu_recovery recovery;
	bool held;
	bool insane;
	bool ban;
	u32 epoch;
	u64 tail;
	u64 completed;
	u64 notify;
	u64 seqno;
	struct list_head inflight;
	struct drm_genpu_stream_state failure;
	u32 hangs;

	struct delayed_work recover;
	struct work_struct finish_work;
	struct completion finished;
	struct genpu_admin_cmd destroy;
	int destroy_ret;
	struct list_head ctx_link;
	struct list_head close_link;
};

void genpu_stream_init_locks(struct genpu_stream *stream);
struct genpu_stream *genpu_stream_by_queue(struct genpu_device *gdev, u32 queue);
void genpu_stream_put(struct genpu_stream *stream);
DEFINE_FREE(genpu_stream_put, struct genpu_stream *, genpu_stream_put(_T))

void genpu_stream_jobs_put(struct genpu_stream *stream);
void genpu_stream_close_all(struct genpu_file *gfile, struct genpu_ctx *ctx);

/* What happens to a queue: events, jobs, failures. */
void genpu_stream_event(struct genpu_stream *stream);
void genpu_stream_push(struct genpu_stream *stream, struct genpu_job *job);
bool genpu_stream_current_locked(struct genpu_stream *stream);
void genpu_stream_retire_locked(struct genpu_stream *stream);
void genpu_stream_process_locked(struct genpu_stream *stream);
void genpu_stream_end_job_locked(struct genpu_stream *stream, struct genpu_job *job, int error);
struct genpu_job *genpu_stream_head_locked(struct genpu_stream *stream);
bool genpu_stream_faulted_locked(struct genpu_stream *stream);
void genpu_stream_recover_locked(struct genpu_stream *stream, unsigned long delay);
void genpu_stream_new_head_locked(struct genpu_stream *stream);
bool genpu_stream_refuses_locked(const struct genpu_stream *stream);
void genpu_stream_fail_locked(struct genpu_stream *stream,
			      const struct drm_genpu_stream_state *failure);
void genpu_stream_ban(struct genpu_stream *stream);
void genpu_stream_lost(struct genpu_stream *stream, int error);
void genpu_stream_unplug(struct genpu_stream *stream, int error);

/* How far its jobs are. */
u64 genpu_stream_ended(struct genpu_stream *stream, u64 *submitted);
u64 genpu_stream_engine_ns(struct genpu_stream *stream, u32 engine);
int genpu_stream_wait_room(struct genpu_stream *stream);
int genpu_stream_wait(struct genpu_stream *stream, u64 number, s64 timeout_ns);
u64 genpu_stream_add_fence(struct genpu_stream *stream, struct dma_fence *fence);

/* What is done about it when it fails. */
bool genpu_recover_hold(struct genpu_stream *stream, enum genpu_blame blame);
void genpu_recover_release(struct genpu_stream *stream);
void genpu_recover_work(struct work_struct *work);

#endif /* _GENPU_STREAM_H_ */
