// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recovery of one queue: a job that failed, or took too long, is thrown out by a queue reset. Other
 * queues never notice. If the queue cannot be reset the device is, which does as well: the plan
 * that was made for the queue says where it goes on when it is made anew.
 *
 * This runs in a work item of the stream. Nothing in here allocates or takes a lock that is held
 * while waiting for fences: fences wait for it.
 */

#include "genpu_graph.h"
#include "genpu_trace.h"

/* A job that was at the head of its stream at so many device resets may be why. */
#define GENPU_MAX_RESETS	2

/* A job that waits for a busy unit while others get it has its deadline put off so often. */
#define GENPU_MAX_GRACE		10

/*
 * The device serves queues in turn. Where more streams are busy than there are units, and some jobs
 * but not yet a few rounds of them have ended since this one came to the head, it waits for its
 * turn and does not hang.
 */
static bool genpu_recover_starved(struct genpu_stream *stream, struct genpu_job *job)
{
	struct genpu_device *gdev = stream->gdev;
	u64 index = stream->completed - job->start;
	u64 retired = atomic64_read(&gdev->retired) - job->retired;
	u32 busy = atomic_read(&gdev->busy_streams);
	u32 units;

	switch (index < job->num_tasks ? job->tasks[index].op : GENPU_TASK_NOP) {
	case GENPU_TASK_GRAPH:
		units = gdev->compute_units;
		break;
	case GENPU_TASK_COPY:
	case GENPU_TASK_FILL:
		units = gdev->copy_units;
		break;
	default:
		return false;
	}
	if (busy <= units || !retired || retired >= 4ull * busy || job->grace >= GENPU_MAX_GRACE)
		return false;
	job->grace++;
	return true;
}

static enum genpu_cause genpu_recover_cause_locked(struct genpu_stream *stream)
{
	struct genpu_job *job = genpu_stream_head_locked(stream);
	unsigned long look;

	if (stream->insane)
		return GENPU_CAUSE_INSANE;
	if (stream->ban && stream->failure.status <= DRM_GENPU_STREAM_FAULT)
		return GENPU_CAUSE_BAN;
	if (genpu_stream_faulted_locked(stream))
		return job ? GENPU_CAUSE_FAULT : GENPU_CAUSE_INSANE;
	if (!job)
		return GENPU_CAUSE_NONE;
	if (time_before(jiffies, job->deadline)) {
		/* Ever more rarely: a lost interrupt costs a job at most its own time again. */
		look = max(nsecs_to_jiffies(ktime_get_ns() - job->since), GENPU_STREAM_LOOK);
		genpu_stream_recover_locked(stream, min(look, job->deadline - jiffies));
		return GENPU_CAUSE_NONE;
	}
	if (genpu_recover_starved(stream, job)) {
		job->deadline = jiffies + stream->timeout;
		job->retired = atomic64_read(&stream->gdev->retired);
		genpu_stream_recover_locked(stream, stream->timeout);
		return GENPU_CAUSE_NONE;
	}
	return GENPU_CAUSE_HANG;
}

static void genpu_recover_describe(struct genpu_stream *stream, struct genpu_job *job, u64 number,
				   struct drm_genpu_stream_state *failure)
{
	u64 index = number - job->start;

	failure->failed = job->number;
	if (index >= job->num_tasks)
		return;
	failure->task = index;
	if (job->graphs[index])
		failure->graph_id = job->graphs[index]->id;
	if (job->tasks[index].op == GENPU_TASK_WAIT)
		failure->addr = job->tasks[index].wait.addr;
}

/* Decide what to do, and tell STREAM_STATE. */
static void genpu_recover_plan_locked(struct genpu_stream *stream, enum genpu_cause cause)
{
	struct genpu_recovery *rec = &stream->recovery;
	struct genpu_queue_status *status = stream->status;
	struct drm_genpu_stream_state failure = GENPU_FAILURE(DRM_GENPU_STREAM_LOST);
	u64 number = stream->completed;
	bool stop = true;

	rec->cause = cause;
	rec->job = genpu_stream_head_locked(stream);
	switch (cause) {
	case GENPU_CAUSE_FAULT:
	case GENPU_CAUSE_ABORTED:
		failure.status = DRM_GENPU_STREAM_FAULT;
		failure.error = GENPU_ERR_ABORTED;
		if (cause == GENPU_CAUSE_FAULT) {
			dma_rmb();	/* the rest of the status was written before its state */
			number = READ_ONCE(status->task);
			failure.error = READ_ONCE(status->error);
			failure.op = READ_ONCE(status->op);
			failure.operand = READ_ONCE(status->operand);
			failure.access = READ_ONCE(status->access) == GENPU_ACCESS_WRITE ?
					 GENPU_ACCESS_WRITE : GENPU_ACCESS_READ;
			failure.addr = READ_ONCE(status->addr);
		}
		rec->error = failure.error == GENPU_ERR_PAGE_FAULT ? -EFAULT : -EIO;
		stop = stream->flags & DRM_GENPU_STREAM_STOP_ON_ERROR;
		genpu_recover_describe(stream, rec->job, number, &failure);
		atomic_inc(&stream->gdev->faults);
		trace_genpu_job_fault(stream, &failure);
		genpu_notice_job(stream->ctx, stream, GENPU_NL_EVENT_FAULT, &failure);
		break;
	case GENPU_CAUSE_HANG:
		failure.status = DRM_GENPU_STREAM_TIMEDOUT;
		failure.error = GENPU_ERR_ABORTED;
		rec->error = -ETIME;
		genpu_recover_describe(stream, rec->job, number, &failure);
		stream->hangs++;
		atomic_inc(&stream->gdev->hangs);
		trace_genpu_job_timeout(stream, &failure);
		genpu_notice_job(stream->ctx, stream, GENPU_NL_EVENT_HANG, &failure);
		break;
	case GENPU_CAUSE_BAN:
		failure.status = DRM_GENPU_STREAM_BANNED;
		rec->error = -ECANCELED;
		break;
	default:
		rec->error = -EIO;
		break;
	}
	genpu_stream_fail_locked(stream, &failure);
	drm_dbg(&stream->gdev->drm,
		"context %u, stream %u: job %llu, task %u: status %u, device error %u, operator %u, operand %u, %s of 0x%llx, graph %u\n",
		stream->ctx->id, stream->id, failure.failed, failure.task, failure.status,
		failure.error, failure.op, failure.operand,
		failure.access == GENPU_ACCESS_WRITE ? "write" : "read", failure.addr,
		failure.graph_id);

	stream->epoch += stop;
	rec->head = stop ? stream->tail : rec->job->end;
}

/* The queue stands at recovery.head: end what was thrown out, go on with the rest. */
static void genpu_recover_finish_locked(struct genpu_stream *stream)
{
	struct genpu_recovery rec = stream->recovery;
	struct genpu_job *job;

	stream->completed = rec.head;
	stream->notify = 0;
	stream->insane = false;
	stream->recovery.cause = GENPU_CAUSE_NONE;
	while ((job = genpu_stream_head_locked(stream)) && job->end <= rec.head)
		genpu_stream_end_job_locked(stream, job, job == rec.job ? rec.error : -ECANCELED);
}

/* After a queue or device reset: completions that went unseen, and jobs that failed since. */
static void genpu_recover_catch_up_locked(struct genpu_stream *stream)
{
	genpu_stream_process_locked(stream);
	if (genpu_stream_faulted_locked(stream))
		genpu_stream_recover_locked(stream, 0);
}

static int genpu_recover_reset(struct genpu_stream *stream, u32 generation, u64 head)
{
	struct genpu_admin_cmd cmd = {
		.task.op = GENPU_ADMIN_QUEUE_RESET,
		.task.queue.queue = stream->queue,
		.task.queue.head = head,
	};
	int ret = genpu_admin_run(stream->gdev, generation, &cmd);

	return ret ?: genpu_admin_result(stream->gdev, &cmd);
}

void genpu_recover_work(struct work_struct *work)
{
	struct genpu_stream *stream = container_of(work, struct genpu_stream, recover.work);
	struct genpu_device *gdev = stream->gdev;
	enum genpu_cause cause = GENPU_CAUSE_NONE;
	u32 generation;
	u64 head;
	bool busy = false;
	bool cookie;
	int ret, idx;

	if (!drm_dev_enter(&gdev->drm, &idx))
		return;
	cookie = dma_fence_begin_signalling();

	spin_lock_irq(&stream->fence_lock);
	generation = READ_ONCE(gdev->generation);
	if (stream->live && !stream->lost && !stream->closing && !stream->held &&
	    stream->recovery.cause == GENPU_CAUSE_NONE) {
		/* The interrupt may have got lost. */
		genpu_stream_process_locked(stream);
		cause = genpu_recover_cause_locked(stream);
		busy = genpu_stream_head_locked(stream);
	}
	if (cause != GENPU_CAUSE_NONE)
		genpu_recover_plan_locked(stream, cause);
	head = stream->recovery.head;
	spin_unlock_irq(&stream->fence_lock);
	if (busy && !pci_device_is_present(gdev->pdev)) {
		/* As below. Nobody else would notice before all timeouts are over. */
		genpu_reset_schedule(gdev, generation, "device is gone");
		goto out;
	}
	if (cause == GENPU_CAUSE_NONE)
		goto out;

	if (cause == GENPU_CAUSE_HANG)
		genpu_coredump_take(gdev, stream, "hang");
	ret = genpu_recover_reset(stream, generation, head);
	if (ret) {
		/* The device reset that this leads to, or came first, does what is planned here. */
		genpu_reset_schedule(gdev, generation, "queue cannot be reset");
	} else {
		spin_lock_irq(&stream->fence_lock);
		if (!stream->held && generation == READ_ONCE(gdev->generation) &&
		    stream->recovery.cause != GENPU_CAUSE_NONE) {
			genpu_recover_finish_locked(stream);
			genpu_recover_catch_up_locked(stream);
		}
		spin_unlock_irq(&stream->fence_lock);
	}
	if (cause == GENPU_CAUSE_HANG)
		genpu_ctx_hung(stream->ctx);
out:
	dma_fence_end_signalling(cookie);
	drm_dev_exit(idx);
}

/* What has to be done about a queue that the device has just forgotten. */
static enum genpu_cause genpu_recover_blame_locked(struct genpu_stream *stream,
						   enum genpu_blame blame)
{
	struct genpu_job *job = genpu_stream_head_locked(stream);
	struct genpu_task *task;

	if (stream->insane)
		return GENPU_CAUSE_INSANE;
	if (genpu_stream_faulted_locked(stream))
		return job ? GENPU_CAUSE_FAULT : GENPU_CAUSE_INSANE;
	if (!job || blame == GENPU_BLAME_NONE || stream->closing)
		return GENPU_CAUSE_NONE;
	if (blame == GENPU_BLAME_RESET && ++job->resets == GENPU_MAX_RESETS)
		return GENPU_CAUSE_HANG;
	/* It may have been done or not: the word says nothing about that. */
	task = &job->tasks[stream->completed - job->start];
	if (task->op == GENPU_TASK_SIGNAL && task->signal.kind == GENPU_SIGNAL_ADD)
		return GENPU_CAUSE_ABORTED;
	return GENPU_CAUSE_NONE;
}

/**
 * genpu_recover_hold() - the device has forgotten the queue of a stream
 * @stream: stream; the caller holds objects_lock
 * @blame: what that says about its job
 *
 * Takes the last completions, and plans where the queue goes on: with the task that was running,
 * from its start, or behind the job if that is thrown out.
 *
 * Return: true: the job has hung, which the caller tells the context.
 */
bool genpu_recover_hold(struct genpu_stream *stream, enum genpu_blame blame)
{
	enum genpu_cause cause = GENPU_CAUSE_NONE;

	spin_lock_irq(&stream->fence_lock);
	if (stream->live && !stream->lost && !stream->held &&
	    stream->recovery.cause == GENPU_CAUSE_NONE) {
		if (genpu_stream_current_locked(stream))
			genpu_stream_retire_locked(stream);
		cause = genpu_recover_blame_locked(stream, blame);
		if (cause != GENPU_CAUSE_NONE)
			genpu_recover_plan_locked(stream, cause);
	}
	stream->held = true;
	spin_unlock_irq(&stream->fence_lock);
	return cause == GENPU_CAUSE_HANG;
}

/**
 * genpu_recover_release() - the device has the queue of a stream again
 * @stream: stream; the caller holds objects_lock
 */
void genpu_recover_release(struct genpu_stream *stream)
{
	struct genpu_device *gdev = stream->gdev;
	int idx;

	if (!drm_dev_enter(&gdev->drm, &idx))
		return;
	spin_lock_irq(&stream->fence_lock);
	if (stream->held && stream->live && !stream->lost && !stream->object.gone) {
		if (stream->recovery.cause != GENPU_CAUSE_NONE)
			genpu_recover_finish_locked(stream);
		stream->held = false;
		stream->notify = 0;
		genpu_doorbell_ring(gdev, stream->queue, stream->tail);
		if (genpu_stream_head_locked(stream))
			genpu_stream_new_head_locked(stream);
		genpu_recover_catch_up_locked(stream);
		/* What came up meanwhile was put off: a ban, say. */
		genpu_stream_recover_locked(stream, 0);
	}
	spin_unlock_irq(&stream->fence_lock);
	drm_dev_exit(idx);
}
