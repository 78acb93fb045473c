// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queue of a stream, under its fence_lock: jobs go into the ring, completions come out, and
 * each job's hardware fence signals exactly once.
 */

#include "genpu_compat.h"
#include "genpu_trace.h"

static const char *genpu_fence_driver_name(struct dma_fence *fence)
{
	return "genpu";
}

static const char *genpu_fence_timeline_name(struct dma_fence *fence)
{
	return "genpu-queue";
}

static void genpu_fence_release(struct dma_fence *base)
{
	struct genpu_fence *fence = container_of(base, struct genpu_fence, base);
	struct genpu_stream *stream = fence->stream;

	dma_fence_free(base);
	genpu_stream_put(stream);
}

static const struct dma_fence_ops genpu_fence_ops = {
	.get_driver_name = genpu_fence_driver_name,
	.get_timeline_name = genpu_fence_timeline_name,
	.release = GENPU_FENCE_HOLDS_STREAM ? genpu_fence_release : NULL,
};

static void genpu_stream_start_fence_locked(struct genpu_stream *stream, struct genpu_job *job)
{
	struct genpu_fence *fence = job->fence;

	spin_lock_init(&fence->lock);
	fence->stream = stream;
	if (GENPU_FENCE_HOLDS_STREAM)
		kref_get(&stream->handle.kref);
	dma_fence_init(&fence->base, &genpu_fence_ops, &fence->lock, stream->fence_context,
		       ++stream->seqno);
	job->started = true;
}

struct genpu_job *genpu_stream_head_locked(struct genpu_stream *stream)
{
	lockdep_assert_held(&stream->fence_lock);
	return list_first_entry_or_null(&stream->inflight, struct genpu_job, link);
}

/**
 * genpu_stream_recover_locked() - look at the queue after @delay
 * @stream: stream; the caller holds fence_lock
 * @delay: jiffies
 */
void genpu_stream_recover_locked(struct genpu_stream *stream, unsigned long delay)
{
	lockdep_assert_held(&stream->fence_lock);
	if (!stream->closing)
		mod_delayed_work(genpu_recovery_wq, &stream->recover, delay);
}

/**
 * genpu_stream_new_head_locked() - the head of the stream has changed: its time begins
 * @stream: stream; the caller holds fence_lock
 */
void genpu_stream_new_head_locked(struct genpu_stream *stream)
{
	struct genpu_job *job = genpu_stream_head_locked(stream);

	if (!job) {
		atomic_dec(&stream->gdev->busy_streams);
		cancel_delayed_work(&stream->recover);
		return;
	}
	job->since = ktime_get_ns();
	job->deadline = jiffies + stream->timeout;
	job->retired = atomic64_read(&stream->gdev->retired);
	genpu_stream_recover_locked(stream, min(stream->timeout, GENPU_STREAM_LOOK));
}

/**
 * genpu_stream_end_job_locked() - the device is done with a job
 * @stream: stream; the caller holds fence_lock
 * @job: its oldest job; may be freed on return
 * @error: 0 or what its fence reports
 */
void genpu_stream_end_job_locked(struct genpu_stream *stream, struct genpu_job *job, int error)
{
	struct dma_fence *fence = &job->fence->base;

	lockdep_assert_held(&stream->fence_lock);

	if (job->engine < GENPU_NUM_ENGINES)
		atomic64_add(ktime_get_ns() - job->since,
			     &stream->ctx->gfile->engine_ns[job->engine]);
	atomic64_inc(&stream->gdev->retired);
	trace_genpu_job_end(job, error);
	list_del_init(&job->link);
	genpu_stream_new_head_locked(stream);

	dma_fence_get(fence);
	if (error)
		dma_fence_set_error(fence, error);
	dma_fence_signal(fence);
	dma_fence_put(fence);
}

/**
 * genpu_stream_engine_ns() - time of the job that runs
 * @stream: stream
 * @engine: enum genpu_engine
 *
 * Return: since when it is at the head, ns; 0: no job of @engine is.
 */
u64 genpu_stream_engine_ns(struct genpu_stream *stream, u32 engine)
{
	struct genpu_job *job;
	unsigned long flags;
	u64 ns = 0;

	spin_lock_irqsave(&stream->fence_lock, flags);
	job = genpu_stream_head_locked(stream);
	if (job && job->engine == engine)
		ns = ktime_get_ns() - job->since;
	spin_unlock_irqrestore(&stream->fence_lock, flags);
	return ns;
}

/* Ask for an event when the job at the head is done. Returns false if that is asked already. */
static bool genpu_stream_arm_locked(struct genpu_stream *stream)
{
	struct genpu_job *job = genpu_stream_head_locked(stream);

	if (!job || stream->notify == job->end)
		return false;
	stream->notify = job->end;
	genpu_doorbell_notify(stream->gdev, stream->queue, job->end);
	return true;
}

/* A dead stream without jobs: nothing that the device writes about it matters any more. */
static bool genpu_stream_over_locked(struct genpu_stream *stream)
{
	return stream->failure.status > DRM_GENPU_STREAM_FAULT && !genpu_stream_head_locked(stream);
}

/**
 * genpu_stream_faulted_locked() - has the device stopped the queue
 * @stream: stream; the caller holds fence_lock
 *
 * Return: true if recovery has to set it going again.
 */
bool genpu_stream_faulted_locked(struct genpu_stream *stream)
{
	lockdep_assert_held(&stream->fence_lock);
	return !genpu_stream_over_locked(stream) &&
	       READ_ONCE(stream->status->state) == GENPU_QUEUE_FAULTED;
}

/**
 * genpu_stream_current_locked() - is what the device writes about the queue to be looked at
 * @stream: stream; the caller holds fence_lock
 *
 * Return: false: it does not have the queue, or is resetting it, or nothing matters any more.
 */
bool genpu_stream_current_locked(struct genpu_stream *stream)
{
	lockdep_assert_held(&stream->fence_lock);
	return stream->live && !stream->lost && !stream->held && !stream->insane &&
	       stream->recovery.cause == GENPU_CAUSE_NONE && !genpu_stream_over_locked(stream);
}

/**
 * genpu_stream_retire_locked() - end the jobs that are complete by the queue's status
 * @stream: stream; the caller holds fence_lock
 */
void genpu_stream_retire_locked(struct genpu_stream *stream)
{
	u64 completed = READ_ONCE(stream->status->completed);
	struct genpu_job *job;

	lockdep_assert_held(&stream->fence_lock);

	if (completed - stream->completed > stream->tail - stream->completed) {
		drm_err_ratelimited(&stream->gdev->drm,
				    "queue %u: completed went from %llu to %llu of %llu\n",
				    stream->queue, stream->completed, completed, stream->tail);
		stream->insane = true;
		genpu_stream_recover_locked(stream, 0);
		return;
	}
	dma_rmb();	/* results of a task are read after the count */
	stream->completed = completed;
	while ((job = genpu_stream_head_locked(stream)) && job->end <= completed)
		genpu_stream_end_job_locked(stream, job, 0);
}

/**
 * genpu_stream_process_locked() - end the jobs that the device has completed
 * @stream: stream; the caller holds fence_lock and is between drm_dev_enter() and drm_dev_exit()
 */
void genpu_stream_process_locked(struct genpu_stream *stream)
{
	lockdep_assert_held(&stream->fence_lock);

	if (!genpu_stream_current_locked(stream))
		return;
	do {
		genpu_stream_retire_locked(stream);
	} while (!stream->insane && genpu_stream_arm_locked(stream));
}

/**
 * genpu_stream_event() - the device posted an event about the queue
 * @stream: stream
 *
 * From an event thread.
 */
void genpu_stream_event(struct genpu_stream *stream)
{
	unsigned long flags;

	spin_lock_irqsave(&stream->fence_lock, flags);
	genpu_stream_process_locked(stream);
	if (genpu_stream_current_locked(stream) && genpu_stream_faulted_locked(stream))
		genpu_stream_recover_locked(stream, 0);
	spin_unlock_irqrestore(&stream->fence_lock, flags);
}

/**
 * genpu_stream_push() - put a job into the ring
 * @stream: stream; its scheduler guarantees that there is room
 * @job: job; its hardware fence is initialised in any case
 */
void genpu_stream_push(struct genpu_stream *stream, struct genpu_job *job)
{
	struct genpu_device *gdev = stream->gdev;
	unsigned long flags;
	int ret = 0, idx;
	bool entered;
	u32 i;

	entered = drm_dev_enter(&gdev->drm, &idx);
	spin_lock_irqsave(&stream->fence_lock, flags);
	genpu_stream_start_fence_locked(stream, job);
	if (!entered)
		ret = -ENODEV;
	else if (!stream->live || stream->lost || stream->closing || stream->epoch != job->epoch)
		ret = -ECANCELED;
	if (ret) {
		if (ret == -ENODEV)
			genpu_stream_fail_locked(stream, &GENPU_FAILURE(DRM_GENPU_STREAM_LOST));
		trace_genpu_job_end(job, ret);
		dma_fence_set_error(&job->fence->base, ret);
		dma_fence_signal(&job->fence->base);
		goto out;
	}

	job->start = stream->tail;
	for (i = 0; i < job->num_tasks; i++, stream->tail++)
		memcpy(&stream->ring[stream->tail & (stream->entries - 1)], &job->tasks[i],
		       sizeof(job->tasks[i]));
	job->end = stream->tail;
	trace_genpu_job_run(job, 0);
	list_add_tail(&job->link, &stream->inflight);
	if (genpu_stream_head_locked(stream) == job) {
		atomic_inc(&gdev->busy_streams);
		genpu_stream_new_head_locked(stream);
		if (!stream->held && stream->recovery.cause == GENPU_CAUSE_NONE)
			genpu_stream_arm_locked(stream);
	}
	if (!stream->held)
		genpu_doorbell_ring(gdev, stream->queue, stream->tail);
out:
	spin_unlock_irqrestore(&stream->fence_lock, flags);
	if (entered)
		drm_dev_exit(idx);
}

/**
 * genpu_stream_refuses_locked() - does the stream take no jobs
 * @stream: stream; the caller holds fence_lock
 *
 * Return: true if SUBMIT fails with -ECANCELED.
 */
bool genpu_stream_refuses_locked(const struct genpu_stream *stream)
{
	lockdep_assert_held(&stream->fence_lock);
	return stream->closing || stream->lost || stream->ban ||
	       stream->failure.status > DRM_GENPU_STREAM_FAULT ||
	       (stream->failure.status == DRM_GENPU_STREAM_FAULT &&
		stream->flags & DRM_GENPU_STREAM_STOP_ON_ERROR);
}

/**
 * genpu_stream_fail_locked() - remember a failure for STREAM_STATE
 * @stream: stream; the caller holds fence_lock
 * @failure: kept if it is the first, or the first that kills the stream
 */
void genpu_stream_fail_locked(struct genpu_stream *stream,
			      const struct drm_genpu_stream_state *failure)
{
	u32 old = stream->failure.status;

	lockdep_assert_held(&stream->fence_lock);
	if (old == DRM_GENPU_STREAM_OK ||
	    (old == DRM_GENPU_STREAM_FAULT && failure->status > DRM_GENPU_STREAM_FAULT))
		stream->failure = *failure;
}

/**
 * genpu_stream_ban() - the context of a stream is banned
 * @stream: stream; the caller holds the context's streams_lock
 */
void genpu_stream_ban(struct genpu_stream *stream)
{
	spin_lock_irq(&stream->fence_lock);
	stream->ban = true;
	genpu_stream_recover_locked(stream, 0);
	spin_unlock_irq(&stream->fence_lock);
}

/**
 * genpu_stream_lost() - the device has forgotten the queue and uses nothing of it any more
 * @stream: stream
 * @error: of the jobs that it had, but for one that recovery has found guilty already
 */
void genpu_stream_lost(struct genpu_stream *stream, int error)
{
	struct genpu_recovery rec;
	struct genpu_job *job;

	spin_lock_irq(&stream->fence_lock);
	WRITE_ONCE(stream->lost, true);	/* closing a stream reads it without the lock */
	stream->epoch++;
	if (!stream->closing)
		genpu_stream_fail_locked(stream, &GENPU_FAILURE(DRM_GENPU_STREAM_LOST));
	rec = stream->recovery;
	stream->recovery.cause = GENPU_CAUSE_NONE;
	while ((job = genpu_stream_head_locked(stream)))
		genpu_stream_end_job_locked(stream, job, rec.cause != GENPU_CAUSE_NONE &&
					    job == rec.job ? rec.error : error);
	spin_unlock_irq(&stream->fence_lock);
}
