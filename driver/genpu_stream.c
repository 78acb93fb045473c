// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams: making and destroying them, and how far their jobs are. What happens on the queue of a
 * stream is in genpu_queue.c, what is done when that fails in genpu_recover.c.
 */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <drm/drm_utils.h>

#include "genpu_ctx.h"
#include "genpu_device.h"
#include "genpu_job.h"
#include "genpu_stream.h"

/* Time for jobs that wait for nobody to be passed through the scheduler of a closed stream. */
#define GENPU_STREAM_DRAIN_TIME		HZ

static void genpu_stream_release(struct kref *kref)
{
	struct genpu_stream *stream = container_of(kref, struct genpu_stream, handle.kref);

	/* Names of fences are read under RCU. */
	kfree_rcu(stream, rcu);
	module_put(THIS_MODULE);
}

/**
 * genpu_stream_put() - drop a reference; from any context
 * @stream: stream or NULL
 */
void genpu_stream_put(struct genpu_stream *stream)
{
	if (stream)
		kref_put(&stream->handle.kref, genpu_stream_release);
}

/**
 * genpu_stream_by_queue() - the stream of a queue
 * @gdev: device
 * @queue: number, need not exist
 *
 * Return: stream with a reference, or NULL.
 */
struct genpu_stream *genpu_stream_by_queue(struct genpu_device *gdev, u32 queue)
{
	struct genpu_stream *stream;

	guard(rcu)();
	stream = xa_load(&gdev->queues, queue);
	return stream && kref_get_unless_zero(&stream->handle.kref) ? stream : NULL;
}

/* The last job of a closed stream is freed: nothing refers to scheduler and context any more. */
static void genpu_stream_finish_work(struct work_struct *work)
{
	struct genpu_stream *stream = container_of(work, struct genpu_stream, finish_work);
	struct genpu_device *gdev = stream->gdev;

	drm_sched_entity_fini(&stream->entity);
	drm_sched_fini(&stream->sched);
	genpu_stream_ended(stream, NULL);	/* lets go of the fences */
	genpu_object_unlink(gdev, &stream->object);
	genpu_ctx_put(stream->ctx);
	complete_all(&stream->finished);
	genpu_stream_put(stream);
}

/**
 * genpu_stream_jobs_put() - a job is freed
 * @stream: its stream
 */
void genpu_stream_jobs_put(struct genpu_stream *stream)
{
	if (refcount_dec_and_test(&stream->jobs))
		queue_work(genpu_cleanup_wq, &stream->finish_work);
}

/**
 * genpu_stream_unplug() - end the jobs that the device has, free what belongs to the device
 * @stream: stream whose queue the device does not use any more; the caller holds objects_lock
 * @error: of the jobs
 */
void genpu_stream_unplug(struct genpu_stream *stream, int error)
{
	struct genpu_device *gdev = stream->gdev;
	struct device *dev = gdev->drm.dev;

	lockdep_assert_held(&gdev->objects_lock);

	genpu_stream_lost(stream, error);
	if (!stream->live)
		return;
	xa_erase(&gdev->queues, stream->queue);
	spin_lock_irq(&stream->fence_lock);
	stream->live = false;
	spin_unlock_irq(&stream->fence_lock);
	dma_free_coherent(dev, stream->entries * sizeof(*stream->ring), stream->ring,
			  stream->ring_dma);
	dma_free_coherent(dev, sizeof(*stream->status), stream->status, stream->status_dma);
	ida_free(&gdev->queue_ids, stream->queue);
}

/* Nothing is run or recovered any more, whatever the device says of the queue. */
static void genpu_stream_stop(struct genpu_stream *stream)
{
	spin_lock_irq(&stream->fence_lock);
	stream->closing = true;
	stream->epoch++;
	spin_unlock_irq(&stream->fence_lock);
	cancel_delayed_work_sync(&stream->recover);
}

static void genpu_stream_free_hw(struct genpu_stream *stream)
{
	genpu_stream_stop(stream);
	guard(mutex)(&stream->gdev->objects_lock);
	genpu_stream_unplug(stream, -ECANCELED);
}

/* First half: the stream stops, the device begins to destroy the queue. */
static void genpu_stream_close_begin(struct genpu_stream *stream)
{
	struct genpu_device *gdev = stream->gdev;

	genpu_stream_stop(stream);
	mutex_lock(&stream->ctx->streams_lock);
	list_del(&stream->ctx_link);
	mutex_unlock(&stream->ctx->streams_lock);

	stream->destroy.task = (struct genpu_task) {
		.op = GENPU_ADMIN_QUEUE_DESTROY,
		.queue.queue = stream->queue,
	};
	stream->destroy_ret = 1;
	if (genpu_object_leave(gdev, &stream->object))
		stream->destroy_ret = genpu_admin_start(gdev, stream->object.generation,
							&stream->destroy);
}

/* Second half: the queue is gone, its memory is freed, all jobs that the device had have ended. */
static void genpu_stream_close_end(struct genpu_stream *stream)
{
	struct genpu_device *gdev = stream->gdev;
	int ret = stream->destroy_ret;

	if (!ret)
		ret = genpu_admin_finish(gdev, &stream->destroy) ?:
		      genpu_admin_result(gdev, &stream->destroy);
	if (ret < 0 && !READ_ONCE(stream->lost))
		genpu_reset_escalate(gdev, stream->object.generation, "queue does not go away");
	genpu_stream_free_hw(stream);

	/* Those who are in SUBMIT have passed their job, or will see this. */
	mutex_lock(&stream->submit_lock);
	stream->closed = true;
	mutex_unlock(&stream->submit_lock);
	genpu_stream_jobs_put(stream);
}

/*
 * The device destroys the queues side by side, so this takes as long as the longest operator. Jobs
 * that wait for fences of others hold up the end of a stream: they go on in the background, nobody
 * has to wait for others here.
 */
static void genpu_stream_close_list(struct list_head *list)
{
	struct genpu_stream *stream, *next;
	unsigned long deadline;

	list_for_each_entry(stream, list, close_link)
		genpu_stream_close_begin(stream);
	list_for_each_entry(stream, list, close_link)
		genpu_stream_close_end(stream);
	deadline = jiffies + GENPU_STREAM_DRAIN_TIME;
	list_for_each_entry_safe(stream, next, list, close_link) {
		long left = deadline - jiffies;

		wait_for_completion_timeout(&stream->finished, max(left, 0));
		genpu_stream_put(stream);
	}
}

static void genpu_stream_close(struct genpu_stream *stream)
{
	LIST_HEAD(list);

	list_add(&stream->close_link, &list);
	genpu_stream_close_list(&list);
}

/**
 * genpu_stream_close_all() - destroy streams of a file
 * @gfile: file
 * @ctx: those of this context, or NULL: all
 */
void genpu_stream_close_all(struct genpu_file *gfile, struct genpu_ctx *ctx)
{
	struct genpu_stream *stream;
	unsigned long id = 0;
	LIST_HEAD(list);

	while ((stream = genpu_handle_take_next(&gfile->streams, &id, ctx)))
		list_add_tail(&stream->close_link, &list);
	genpu_stream_close_list(&list);
}

/* A queue id and the memory that the queue uses; genpu_stream_free_hw() frees what is there. */
static int genpu_stream_alloc_hw(struct genpu_stream *stream)
{
	struct genpu_device *gdev = stream->gdev;
	struct device *dev = gdev->drm.dev;
	int id;

	id = ida_alloc_range(&gdev->queue_ids, 1, gdev->num_queues - 1, GFP_KERNEL);
	if (id < 0)
		return id;
	stream->queue = id;
	stream->live = true;
	snprintf(stream->name, sizeof(stream->name), "genpu-queue%d", id);
	stream->ring = dma_alloc_coherent(dev, stream->entries * sizeof(*stream->ring),
					  &stream->ring_dma, GFP_KERNEL_ACCOUNT);
	stream->status = dma_alloc_coherent(dev, sizeof(*stream->status), &stream->status_dma,
					    GFP_KERNEL_ACCOUNT);
	if (!stream->ring || !stream->status)
		return -ENOMEM;
	stream->status->state = GENPU_QUEUE_RUNNING;
	return xa_err(xa_store(&gdev->queues, id, stream, GFP_KERNEL));
}

/* From here on the queue exists, and resets bring it back. */
static int genpu_stream_start_hw(struct genpu_stream *stream)
{
	struct genpu_device *gdev = stream->gdev;
	struct genpu_admin_cmd cmd;
	int ret;

	stream->object.create = (struct genpu_task) {
		.op = GENPU_ADMIN_QUEUE_CREATE,
		.queue.queue = stream->queue,
		.queue.ctx = stream->ctx->vm.ctx_id,
		.queue.ring = stream->ring_dma,
		.queue.status = stream->status_dma,
		.queue.ring_shift = ilog2(stream->entries),
		.queue.priority = stream->priority,
		.queue.vector = stream->queue % gdev->num_eqs,
	};
	ret = genpu_object_create(gdev, &stream->object, &gdev->streams, &cmd);
	return ret ?: genpu_admin_verdict(gdev, &cmd);
}

static int genpu_stream_init_sched(struct genpu_stream *stream)
{
	struct drm_gpu_scheduler *sched = &stream->sched;
	struct drm_sched_init_args args = {
		.ops = &genpu_sched_ops,
		.submit_wq = genpu_sched_wq,
		.num_rqs = 1,
		.credit_limit = stream->entries,
		/*
		 * The scheduler's own timer starts anew with each job that it passes, so a stream
		 * that is fed would never time out, and what its handler may do differs between
		 * kernels. stream->recover measures the job at the head instead.
		 */
		.timeout = MAX_SCHEDULE_TIMEOUT,
		.timeout_wq = genpu_recovery_wq,
		.name = stream->name,
		.dev = stream->gdev->drm.dev,
	};
	int ret;

	ret = drm_sched_init(sched, &args);
	if (ret)
		return ret;
	ret = drm_sched_entity_init(&stream->entity, 0, &sched, 1, NULL);
	if (ret)
		drm_sched_fini(sched);
	return ret;
}

void genpu_stream_init_locks(struct genpu_stream *stream)
{
	mutex_init(&stream->submit_lock);
	spin_lock_init(&stream->jobs_lock);
	spin_lock_init(&stream->fence_lock);
}

static struct genpu_stream *genpu_stream_create(struct genpu_ctx *ctx,
						const struct drm_genpu_stream_create *args)
{
	struct genpu_device *gdev = ctx->gdev;
	struct genpu_stream *stream;
	u64 timeout_ms;
	int ret;

	stream = kzalloc_obj(*stream, GFP_KERNEL_ACCOUNT);
	if (!stream)
		return ERR_PTR(-ENOMEM);

	kref_init(&stream->handle.kref);
	stream->handle.owner = ctx;
	stream->gdev = gdev;
	stream->ctx = ctx;
	stream->flags = args->flags;
	stream->priority = args->priority;
	stream->entries = args->ring_entries ?: GENPU_STREAM_DEFAULT_RING;
	timeout_ms = args->timeout_ms ?: genpu_default_timeout_ms();
	stream->timeout = msecs_to_jiffies(min(timeout_ms * gdev->timeout_scale, INT_MAX));
	stream->fence_context = dma_fence_context_alloc(1);
	refcount_set(&stream->jobs, 1);
	genpu_stream_init_locks(stream);
	INIT_LIST_HEAD(&stream->object.link);
	INIT_LIST_HEAD(&stream->inflight);
	INIT_DELAYED_WORK(&stream->recover, genpu_recover_work);
	INIT_WORK(&stream->finish_work, genpu_stream_finish_work);
	init_completion(&stream->finished);

	__module_get(THIS_MODULE);
	ret = genpu_stream_init_sched(stream);
	if (ret) {
		genpu_stream_put(stream);
		return ERR_PTR(ret);
	}
	/* From here on it ends as any other stream that has no jobs. */
	genpu_ctx_get(ctx);
	kref_get(&stream->handle.kref);
	ret = genpu_stream_alloc_hw(stream);
	ret = ret ?: genpu_stream_start_hw(stream);
	if (ret) {
		genpu_stream_free_hw(stream);
		genpu_stream_jobs_put(stream);
		wait_for_completion(&stream->finished);
		genpu_stream_put(stream);
		return ERR_PTR(ret);
	}

	/* Not before it is complete: a ban reaches all streams in this list, or none is added. */
	guard(mutex)(&ctx->streams_lock);
	list_add_tail(&stream->ctx_link, &ctx->streams);
	if (ctx->banned)
		genpu_stream_ban(stream);
	return stream;
}

static int genpu_stream_create_check(struct drm_device *drm,
				     const struct drm_genpu_stream_create *args)
{
	u32 entries = args->ring_entries, max_timeout_ms = READ_ONCE(genpu_max_timeout_ms);

	if (args->priority > DRM_GENPU_PRIORITY_HIGH ||
	    args->flags & ~DRM_GENPU_STREAM_STOP_ON_ERROR || args->timeout_ms > max_timeout_ms ||
	    (entries && (!is_power_of_2(entries) || entries < GENPU_STREAM_MIN_RING ||
			 entries > GENPU_STREAM_MAX_RING))) {
		drm_dbg(drm, "stream_create: priority %u, flags 0x%x, timeout of %u ms (at most %u) or ring of %u entries is invalid\n",
			args->priority, args->flags, args->timeout_ms, max_timeout_ms, entries);
		return -EINVAL;
	}
	if (args->priority == DRM_GENPU_PRIORITY_HIGH && !capable(CAP_SYS_NICE))
		return -EPERM;
	return 0;
}

int genpu_stream_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct genpu_file *gfile = to_genpu_file(file);
	struct drm_genpu_stream_create *args = data;
	struct genpu_stream *stream;
	int ret, idx;

	ret = genpu_stream_create_check(drm, args);
	if (ret)
		return ret;
	struct genpu_ctx *ctx __free(genpu_ctx_put) =
		genpu_handle_lookup(&gfile->ctxs, args->ctx_id);
	if (!ctx)
		return -ENOENT;
	if (READ_ONCE(ctx->banned))
		return -ECANCELED;
	ret = genpu_device_enter(to_genpu(drm), &idx);
	if (ret)
		return ret;
	stream = genpu_stream_create(ctx, args);
	drm_dev_exit(idx);
	if (IS_ERR(stream))
		return PTR_ERR(stream);
	ret = genpu_handle_add(&gfile->streams, &stream->handle, &stream->id, &args->stream_id);
	if (ret)
		genpu_stream_close(stream);
	return ret;
}

int genpu_stream_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct genpu_file *gfile = to_genpu_file(file);
	struct drm_genpu_stream_destroy *args = data;
	struct genpu_stream *stream;

	if (args->pad)
		return -EINVAL;
	stream = genpu_handle_take(&gfile->streams, args->stream_id);
	if (!stream)
		return -ENOENT;
	genpu_stream_close(stream);
	return 0;
}

static struct dma_fence **genpu_stream_fence(struct genpu_stream *stream, u64 number)
{
	return &stream->fences[number % GENPU_STREAM_MAX_JOBS];
}

static void genpu_stream_update_ended_locked(struct genpu_stream *stream)
{
	struct dma_fence **fence;

	lockdep_assert_held(&stream->jobs_lock);

	while (stream->ended < stream->submitted) {
		fence = genpu_stream_fence(stream, stream->ended + 1);
		if (!dma_fence_is_signaled(*fence))
			break;
		dma_fence_put(*fence);
		*fence = NULL;
		stream->ended++;
	}
}

/**
 * genpu_stream_ended() - number of the last job that has ended, all before it included
 * @stream: stream
 * @submitted: out: number of the last job; may be NULL
 *
 * Return: that number, 0 = none has ended.
 */
u64 genpu_stream_ended(struct genpu_stream *stream, u64 *submitted)
{
	u64 ended;

	spin_lock(&stream->jobs_lock);
	genpu_stream_update_ended_locked(stream);
	ended = stream->ended;
	if (submitted)
		*submitted = stream->submitted;
	spin_unlock(&stream->jobs_lock);
	return ended;
}

/*
 * A fence, with a reference, that has to signal before job @number and all before it have ended;
 * NULL if they have. Most often that of the job itself, but cancelled jobs may overtake others.
 */
static struct dma_fence *genpu_stream_get_fence(struct genpu_stream *stream, u64 number)
{
	struct dma_fence *fence = NULL;

	spin_lock(&stream->jobs_lock);
	genpu_stream_update_ended_locked(stream);
	if (number > stream->ended) {
		fence = *genpu_stream_fence(stream, number);
		if (dma_fence_is_signaled(fence))
			fence = *genpu_stream_fence(stream, stream->ended + 1);
		dma_fence_get(fence);
	}
	spin_unlock(&stream->jobs_lock);
	return fence;
}

/**
 * genpu_stream_add_fence() - number a job
 * @stream: stream with room; the caller holds submit_lock
 * @fence: signals when the job has ended
 *
 * Return: its number, from 1.
 */
u64 genpu_stream_add_fence(struct genpu_stream *stream, struct dma_fence *fence)
{
	u64 number;

	spin_lock(&stream->jobs_lock);
	number = ++stream->submitted;
	*genpu_stream_fence(stream, number) = dma_fence_get(fence);
	spin_unlock(&stream->jobs_lock);
	return number;
}

/**
 * genpu_stream_wait() - wait for a job and those before it
 * @stream: stream
 * @number: of the job; it was submitted
 * @timeout_ns: absolute CLOCK_MONOTONIC
 *
 * Return: 0, -ETIME or -ERESTARTSYS.
 */
int genpu_stream_wait(struct genpu_stream *stream, u64 number, s64 timeout_ns)
{
	struct dma_fence *fence;
	long ret = 1;

	while (ret > 0) {
		fence = genpu_stream_get_fence(stream, number);
		if (!fence)
			return 0;
		ret = dma_fence_wait_timeout(fence, true, drm_timeout_abs_to_jiffies(timeout_ns));
		dma_fence_put(fence);
		/* Jiffies lag behind the clock. */
		if (!ret && ktime_get() < timeout_ns)
			ret = 1;
	}
	return ret ?: -ETIME;
}

/**
 * genpu_stream_wait_room() - wait until one more job may be submitted
 * @stream: stream; the caller holds submit_lock
 *
 * Return: 0 or -ERESTARTSYS.
 */
int genpu_stream_wait_room(struct genpu_stream *stream)
{
	lockdep_assert_held(&stream->submit_lock);

	if (stream->submitted < GENPU_STREAM_MAX_JOBS)
		return 0;
	return genpu_stream_wait(stream, stream->submitted + 1 - GENPU_STREAM_MAX_JOBS, KTIME_MAX);
}
