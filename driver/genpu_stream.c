// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams: making and destroying them, and how far their jobs are. What happens on the queue of a
 * stream is in genpu_queue.c, what is done when that fails in genpu_recover.c.
 */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/drm_print.h>
#include <drm/drm_utils.h>

#include "genpu_ctx.h"
#include "genpu_device.h"
#include "genpu_drv.h"
#include "genpu_job.h"
#include "genpu_recover.h"
#include "genpu_reset.h"
#include "genpu_stream.h"

/* Time for jobs that wait for nobody to be passed through the scheduler of a closed stream. */
#define GENPU_STREAM_DRAIN_TIME		HZ

static void genpu_stream_release(struct kref *kref)
{
	struct genpu_stream *stream = container_of(kref, struct genpu_stream, kref);

	/* Names of fences are read under RCU. */
	kfree_rcu(stream, rcu);
	module_put(THIS_MODULE);
}

/**
 * genpu_stream_put() - drop a reference; from any context
 * @stream: stream
 */
void genpu_stream_put(struct genpu_stream *stream)
{
	kref_put(&stream->kref, genpu_stream_release);
}

struct genpu_stream *genpu_stream_lookup(struct drm_file *file, u32 id)
{
	struct genpu_file *gfile = to_genpu_file(file);
	struct genpu_stream *stream;

	xa_lock(&gfile->streams);
	stream = xa_load(&gfile->streams, id);
	if (stream)
		kref_get(&stream->kref);
	xa_unlock(&gfile->streams);
	return stream;
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

	rcu_read_lock();
	stream = xa_load(&gdev->queues, queue);
	if (stream && !kref_get_unless_zero(&stream->kref))
		stream = NULL;
	rcu_read_unlock();
	return stream;
}

/* The last job of a closed stream is freed: nothing refers to scheduler and context any more. */
static void genpu_stream_finish_work(struct work_struct *work)
{
	struct genpu_stream *stream = container_of(work, struct genpu_stream, finish_work);
	struct genpu_device *gdev = stream->gdev;

	drm_sched_entity_fini(&stream->entity);
	drm_sched_fini(&stream->sched);
	/* All jobs have ended: nobody looks at the array any more. */
	genpu_stream_ended(stream, NULL);
	kvfree(stream->fences);

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

static void genpu_stream_free_hw_locked(struct genpu_stream *stream)
{
	struct genpu_device *gdev = stream->gdev;

	lockdep_assert_held(&stream->hw_lock);

	xa_erase(&gdev->queues, stream->queue);
	genpu_stream_lost(stream, -ECANCELED);
	spin_lock_irq(&stream->fence_lock);
	stream->live = false;
	spin_unlock_irq(&stream->fence_lock);

	dma_free_coherent(gdev->drm.dev, stream->entries * sizeof(*stream->ring), stream->ring,
			  stream->ring_dma);
	dma_free_coherent(gdev->drm.dev, sizeof(*stream->status), stream->status,
			  stream->status_dma);
	ida_free(&gdev->queue_ids, stream->queue);
}

/**
 * genpu_stream_unplug() - the device is gone: end all jobs, free what belongs to the device
 * @stream: stream of a device that does no DMA any more
 */
void genpu_stream_unplug(struct genpu_stream *stream)
{
	mutex_lock(&stream->hw_lock);
	genpu_stream_lost(stream, -ENODEV);
	if (stream->live)
		genpu_stream_free_hw_locked(stream);
	mutex_unlock(&stream->hw_lock);
}

/**
 * genpu_stream_task() - what makes the queue of a stream, where its jobs are
 * @stream: stream that is new, or held and owned by a reset
 *
 * Return: QUEUE_CREATE task.
 */
struct genpu_task genpu_stream_task(const struct genpu_stream *stream)
{
	return (struct genpu_task) {
		.op = GENPU_ADMIN_QUEUE_CREATE,
		.queue.queue = stream->queue,
		.queue.ctx = stream->ctx->vm.ctx_id,
		.queue.ring = stream->ring_dma,
		.queue.status = stream->status_dma,
		.queue.ring_shift = ilog2(stream->entries),
		.queue.priority = stream->priority,
		.queue.vector = stream->queue % stream->gdev->num_eqs,
		.queue.head = stream->recovery.cause == GENPU_CAUSE_NONE ?
			      stream->completed : stream->recovery.head,
	};
}

/* First half: nothing is run or recovered any more, the device begins to destroy the queue. */
static void genpu_stream_close_begin(struct genpu_stream *stream)
{
	struct genpu_device *gdev = stream->gdev;

	spin_lock_irq(&stream->fence_lock);
	stream->closing = true;
	stream->epoch++;
	spin_unlock_irq(&stream->fence_lock);
	cancel_delayed_work_sync(&stream->recover);

	mutex_lock(&stream->ctx->streams_lock);
	list_del(&stream->ctx_link);
	mutex_unlock(&stream->ctx->streams_lock);

	stream->destroy.task = (struct genpu_task) {
		.op = GENPU_ADMIN_QUEUE_DESTROY,
		.queue.queue = stream->queue,
	};
	stream->known = genpu_object_leave(gdev, &stream->object, &stream->generation);
	if (stream->known)
		stream->destroy_ret = genpu_admin_start(gdev, stream->generation,
							&stream->destroy);
}

/* Second half: the queue is gone, its memory is freed, all jobs that the device had have ended. */
static void genpu_stream_close_end(struct genpu_stream *stream)
{
	struct genpu_device *gdev = stream->gdev;
	int ret = stream->known ? stream->destroy_ret : 0;

	if (stream->known && !ret)
		ret = genpu_admin_finish(gdev, &stream->destroy) ?:
		      genpu_admin_result(gdev, &stream->destroy);
	if (ret && !READ_ONCE(stream->lost))
		genpu_reset_escalate(gdev, stream->generation, "queue does not go away");

	mutex_lock(&stream->hw_lock);
	if (stream->live)
		genpu_stream_free_hw_locked(stream);
	mutex_unlock(&stream->hw_lock);

	/* Those who are in SUBMIT have passed their job, or will see this. */
	mutex_lock(&stream->submit_lock);
	stream->closed = true;
	mutex_unlock(&stream->submit_lock);
	genpu_stream_jobs_put(stream);
}

/*
 * Jobs that wait for fences of others hold up the end of the stream. They go on in the background:
 * nobody has to wait for others here. @deadline is in jiffies.
 */
static void genpu_stream_close_wait(struct genpu_stream *stream, unsigned long deadline)
{
	long left = deadline - jiffies;

	wait_for_completion_timeout(&stream->finished, max(left, 0));
	genpu_stream_put(stream);
}

static void genpu_stream_close(struct genpu_stream *stream)
{
	genpu_stream_close_begin(stream);
	genpu_stream_close_end(stream);
	genpu_stream_close_wait(stream, jiffies + GENPU_STREAM_DRAIN_TIME);
}

/**
 * genpu_stream_close_all() - destroy streams of a file
 * @gfile: file
 * @ctx: those of this context, or NULL: all
 *
 * The device destroys the queues side by side, so this takes as long as the longest operator.
 */
void genpu_stream_close_all(struct genpu_file *gfile, struct genpu_ctx *ctx)
{
	struct genpu_stream *stream, *next;
	unsigned long id, deadline;
	LIST_HEAD(list);

	xa_for_each(&gfile->streams, id, stream) {
		/* The entry may be destroyed under us; who erases it owns the reference. */
		xa_lock(&gfile->streams);
		stream = xa_load(&gfile->streams, id);
		if (stream && (!ctx || stream->ctx == ctx)) {
			__xa_erase(&gfile->streams, id);
			list_add_tail(&stream->close_link, &list);
		}
		xa_unlock(&gfile->streams);
	}
	list_for_each_entry(stream, &list, close_link)
		genpu_stream_close_begin(stream);
	list_for_each_entry(stream, &list, close_link)
		genpu_stream_close_end(stream);
	deadline = jiffies + GENPU_STREAM_DRAIN_TIME;
	list_for_each_entry_safe(stream, next, &list, close_link)
		genpu_stream_close_wait(stream, deadline);
}

/* A queue id and the memory that the queue uses. */
static int genpu_stream_alloc_hw(struct genpu_stream *stream)
{
	struct genpu_device *gdev = stream->gdev;
	struct device *dev = gdev->drm.dev;
	int ret, id;

	id = ida_alloc_range(&gdev->queue_ids, 1, gdev->num_queues - 1, GFP_KERNEL);
	if (id < 0)
		return id;
	stream->queue = id;

	ret = -ENOMEM;
	stream->ring = dma_alloc_coherent(dev, stream->entries * sizeof(*stream->ring),
					  &stream->ring_dma, GFP_KERNEL_ACCOUNT);
	if (!stream->ring)
		goto err_id;
	stream->status = dma_alloc_coherent(dev, sizeof(*stream->status), &stream->status_dma,
					    GFP_KERNEL_ACCOUNT);
	if (!stream->status)
		goto err_ring;
	stream->status->state = GENPU_QUEUE_RUNNING;
	ret = xa_err(xa_store(&gdev->queues, id, stream, GFP_KERNEL));
	if (ret)
		goto err_status;
	stream->live = true;
	return 0;

err_status:
	dma_free_coherent(dev, sizeof(*stream->status), stream->status, stream->status_dma);
err_ring:
	dma_free_coherent(dev, stream->entries * sizeof(*stream->ring), stream->ring,
			  stream->ring_dma);
err_id:
	ida_free(&gdev->queue_ids, id);
	return ret;
}

/* From here on the queue exists, and resets bring it back. */
static int genpu_stream_start_hw(struct genpu_stream *stream)
{
	struct genpu_device *gdev = stream->gdev;
	struct genpu_admin_cmd cmd = { .task = genpu_stream_task(stream) };
	int ret;

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
	stream->fences = kvcalloc(GENPU_STREAM_MAX_JOBS, sizeof(*stream->fences),
				  GFP_KERNEL_ACCOUNT);
	if (!stream->fences) {
		kfree(stream);
		return ERR_PTR(-ENOMEM);
	}

	kref_init(&stream->kref);
	stream->gdev = gdev;
	stream->ctx = ctx;
	stream->flags = args->flags;
	stream->priority = args->priority;
	stream->entries = args->ring_entries ?: GENPU_STREAM_DEFAULT_RING;
	timeout_ms = args->timeout_ms ?: genpu_default_timeout_ms();
	stream->timeout = msecs_to_jiffies(min(timeout_ms * gdev->timeout_scale, INT_MAX));
	stream->fence_context = dma_fence_context_alloc(1);
	refcount_set(&stream->jobs, 1);
	mutex_init(&stream->submit_lock);
	mutex_init(&stream->hw_lock);
	spin_lock_init(&stream->jobs_lock);
	spin_lock_init(&stream->fence_lock);
	INIT_LIST_HEAD(&stream->object.link);
	INIT_LIST_HEAD(&stream->inflight);
	INIT_DELAYED_WORK(&stream->recover, genpu_recover_work);
	INIT_WORK(&stream->finish_work, genpu_stream_finish_work);
	init_completion(&stream->finished);

	__module_get(THIS_MODULE);
	ret = genpu_stream_alloc_hw(stream);
	if (ret)
		goto err_free;
	snprintf(stream->name, sizeof(stream->name), "genpu-queue%u", stream->queue);
	ret = genpu_stream_init_sched(stream);
	if (ret)
		goto err_hw;
	genpu_ctx_get(ctx);
	kref_get(&stream->kref);
	ret = genpu_stream_start_hw(stream);
	if (ret)
		goto err_sched;

	/* Not before it is complete: a ban reaches all streams in this list, or none is added. */
	mutex_lock(&ctx->streams_lock);
	list_add_tail(&stream->ctx_link, &ctx->streams);
	if (ctx->banned)
		genpu_stream_ban(stream);
	mutex_unlock(&ctx->streams_lock);
	return stream;

err_sched:
	genpu_stream_put(stream);
	genpu_ctx_put(ctx);
	drm_sched_entity_fini(&stream->entity);
	drm_sched_fini(&stream->sched);
err_hw:
	mutex_lock(&stream->hw_lock);
	genpu_stream_free_hw_locked(stream);
	mutex_unlock(&stream->hw_lock);
err_free:
	kvfree(stream->fences);
	genpu_stream_put(stream);
	return ERR_PTR(ret);
}

static int genpu_stream_create_check(struct drm_device *drm,
				     const struct drm_genpu_stream_create *args)
{
	u32 entries = args->ring_entries, max_timeout_ms = READ_ONCE(genpu_max_timeout_ms);

	if (args->priority > DRM_GENPU_PRIORITY_HIGH) {
		drm_dbg(drm, "stream_create: no priority %u\n", args->priority);
		return -EINVAL;
	}
	if (args->flags & ~DRM_GENPU_STREAM_STOP_ON_ERROR) {
		drm_dbg(drm, "stream_create: flags 0x%x are invalid\n", args->flags);
		return -EINVAL;
	}
	if (entries && (!is_power_of_2(entries) || entries < GENPU_STREAM_MIN_RING ||
			entries > GENPU_STREAM_MAX_RING)) {
		drm_dbg(drm, "stream_create: no ring of %u entries\n", entries);
		return -EINVAL;
	}
	if (args->timeout_ms > max_timeout_ms) {
		drm_dbg(drm, "stream_create: timeout of %u ms, at most %u\n", args->timeout_ms,
			max_timeout_ms);
		return -EINVAL;
	}
	if (args->priority == DRM_GENPU_PRIORITY_HIGH && !capable(CAP_SYS_NICE))
		return -EPERM;
	return 0;
}

int genpu_stream_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct genpu_device *gdev = to_genpu(drm);
	struct genpu_file *gfile = to_genpu_file(file);
	struct drm_genpu_stream_create *args = data;
	struct genpu_stream *stream;
	struct genpu_ctx *ctx;
	int ret, idx;

	ret = genpu_stream_create_check(drm, args);
	ret = ret ?: genpu_device_usable(gdev);
	if (ret)
		return ret;
	ctx = genpu_ctx_lookup(file, args->ctx_id);
	if (!ctx)
		return -ENOENT;
	if (READ_ONCE(ctx->banned)) {
		ret = -ECANCELED;
		goto out_ctx;
	}
	if (!drm_dev_enter(drm, &idx)) {
		ret = -ENODEV;
		goto out_ctx;
	}
	stream = genpu_stream_create(ctx, args);
	drm_dev_exit(idx);
	if (IS_ERR(stream)) {
		ret = genpu_admin_errno(PTR_ERR(stream));
		goto out_ctx;
	}

	ret = xa_alloc(&gfile->streams, &stream->id, NULL, xa_limit_31b, GFP_KERNEL_ACCOUNT);
	if (ret) {
		genpu_stream_close(stream);
		goto out_ctx;
	}
	/* From the store on the id may be guessed and destroyed. */
	args->stream_id = stream->id;
	xa_store(&gfile->streams, args->stream_id, stream, GFP_KERNEL);
out_ctx:
	genpu_ctx_put(ctx);
	return ret;
}

int genpu_stream_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct genpu_file *gfile = to_genpu_file(file);
	struct drm_genpu_stream_destroy *args = data;
	struct genpu_stream *stream;

	if (args->pad)
		return -EINVAL;
	stream = genpu_file_take(&gfile->streams, args->stream_id);
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
 * genpu_stream_wait_room() - wait until one more job may be submitted
 * @stream: stream; the caller holds submit_lock
 *
 * Return: 0 or -ERESTARTSYS.
 */
int genpu_stream_wait_room(struct genpu_stream *stream)
{
	struct dma_fence *fence;
	long ret = 0;

	lockdep_assert_held(&stream->submit_lock);

	if (stream->submitted < GENPU_STREAM_MAX_JOBS)
		return 0;
	while (!ret) {
		fence = genpu_stream_get_fence(stream,
					       stream->submitted + 1 - GENPU_STREAM_MAX_JOBS);
		if (!fence)
			break;
		ret = dma_fence_wait(fence, true);
		dma_fence_put(fence);
	}
	return ret;
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
