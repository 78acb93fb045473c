// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jobs. SUBMIT checks and allocates everything first; from the moment when the job is armed nothing
 * can fail. A job passes through the scheduler in any case, also when its stream has died
 * meanwhile: then its hardware fence signals with an error at once.
 */
#include <linux/slab.h>

#include "genpu_graph.h"
#include "genpu_job.h"
#include "genpu_trace.h"

static struct dma_fence *genpu_job_run(struct drm_sched_job *base)
{
	struct genpu_job *job = container_of(base, struct genpu_job, base);

	genpu_stream_push(job->stream, job);	/* this is what makes it a fence */
	return dma_fence_get(&job->fence->base);
}

/* Everything of a job but the scheduler's part. */
static void genpu_job_destroy(struct genpu_job *job)
{
	u32 i;

	for (i = 0; job->graphs && i < job->num_tasks; i++)
		if (job->graphs[i])
			genpu_graph_put_async(job->graphs[i]);
	if (job->started)
		dma_fence_put(&job->fence->base);
	else
		kfree(job->fence);
	kvfree(job->graphs);
	kvfree(job->tasks);
	kfree(job);
}

static void genpu_job_free(struct drm_sched_job *base)
{
	struct genpu_job *job = container_of(base, struct genpu_job, base);
	struct genpu_stream *stream = job->stream;

	drm_sched_job_cleanup(base);
	genpu_job_destroy(job);
	genpu_stream_jobs_put(stream);
}

/* Never called: a stream times its jobs itself, see genpu_stream_init_sched(). */
static enum drm_gpu_sched_stat genpu_job_timedout(struct drm_sched_job *base)
{
	return DRM_GPU_SCHED_STAT_ENODEV;
}

const struct drm_sched_backend_ops genpu_sched_ops = {
	.run_job = genpu_job_run,
	.timedout_job = genpu_job_timedout,
	.free_job = genpu_job_free,
};

/* Must be zero, so that they can get a meaning. The device checks all the rest. */
static const struct {
	u16 op;
	u8 offset;
	u8 size;
	const char *name;
} genpu_reserved[] = {
	{ GENPU_TASK_NOP, offsetof(struct genpu_task, raw),
	  sizeof_field(struct genpu_task, raw), "raw" },
	{ GENPU_TASK_GRAPH, offsetof(struct genpu_task, graph.reserved),
	  sizeof_field(struct genpu_task, graph.reserved), "graph.reserved" },
	{ GENPU_TASK_COPY, offsetof(struct genpu_task, copy.reserved),
	  sizeof_field(struct genpu_task, copy.reserved), "copy.reserved" },
	{ GENPU_TASK_FILL, offsetof(struct genpu_task, fill.reserved),
	  sizeof_field(struct genpu_task, fill.reserved), "fill.reserved" },
	{ GENPU_TASK_FILL, offsetof(struct genpu_task, fill.reserved2),
	  sizeof_field(struct genpu_task, fill.reserved2), "fill.reserved2" },
	{ GENPU_TASK_SIGNAL, offsetof(struct genpu_task, signal.reserved),
	  sizeof_field(struct genpu_task, signal.reserved), "signal.reserved" },
	{ GENPU_TASK_SIGNAL, offsetof(struct genpu_task, signal.reserved2),
	  sizeof_field(struct genpu_task, signal.reserved2), "signal.reserved2" },
	{ GENPU_TASK_WAIT, offsetof(struct genpu_task, wait.reserved),
	  sizeof_field(struct genpu_task, wait.reserved), "wait.reserved" },
	{ GENPU_TASK_WAIT, offsetof(struct genpu_task, wait.reserved2),
	  sizeof_field(struct genpu_task, wait.reserved2), "wait.reserved2" },
	{ GENPU_TASK_TIMESTAMP, offsetof(struct genpu_task, timestamp.reserved),
	  sizeof_field(struct genpu_task, timestamp.reserved), "timestamp.reserved" },
};

/* The first field of a task that is not what it must be, or NULL. */
static const char *genpu_task_invalid(const struct genpu_task *task)
{
	const char *invalid = "op";
	u32 i;

	if (task->flags)
		return "flags";
	if (task->reserved)
		return "reserved";
	for (i = 0; i < ARRAY_SIZE(genpu_reserved); i++) {
		if (genpu_reserved[i].op != task->op)
			continue;
		if (memchr_inv((void *)task + genpu_reserved[i].offset, 0, genpu_reserved[i].size))
			return genpu_reserved[i].name;
		invalid = NULL;
	}
	return invalid;
}

/* Check one task, and put the program in the place of the graph. */
static int genpu_job_add_task(struct genpu_job *job, struct drm_file *file, u32 index)
{
	struct drm_device *drm = &job->stream->gdev->drm;
	struct genpu_task *task = &job->tasks[index];
	const char *field = genpu_task_invalid(task);
	struct genpu_graph *graph;

	if (field) {
		drm_dbg(drm, "submit: task %u: op %u: %s is invalid\n", index, task->op, field);
		return -EINVAL;
	}
	switch (task->op) {
	case GENPU_TASK_GRAPH:
		graph = genpu_handle_lookup(&to_genpu_file(file)->graphs, task->graph.program);
		job->graphs[index] = graph;
		if (!graph || graph->ctx != job->stream->ctx) {
			drm_dbg(drm, "submit: task %u: no graph %u in this context\n", index,
				task->graph.program);
			return -ENOENT;
		}
		task->graph.program = graph->program;
		job->engine = GENPU_ENGINE_COMPUTE;
		break;
	case GENPU_TASK_COPY:
	case GENPU_TASK_FILL:
		if (job->engine == GENPU_NUM_ENGINES)
			job->engine = GENPU_ENGINE_COPY;
		break;
	}
	return 0;
}

/* A job that is complete but for the scheduler's part. */
static struct genpu_job *genpu_job_create(struct genpu_stream *stream, struct drm_file *file,
					  const struct drm_genpu_submit *args)
{
	struct genpu_job *job;
	int ret = -ENOMEM;
	void *tasks;
	u32 i;

	job = kzalloc_obj(*job, GFP_KERNEL_ACCOUNT);
	if (!job)
		return ERR_PTR(-ENOMEM);
	job->stream = stream;
	job->engine = GENPU_NUM_ENGINES;
	job->num_tasks = args->num_tasks;
	INIT_LIST_HEAD(&job->link);
	job->fence = kzalloc_obj(*job->fence, GFP_KERNEL_ACCOUNT);
	job->graphs = kvcalloc(job->num_tasks, sizeof(*job->graphs), GFP_KERNEL_ACCOUNT);
	if (!job->fence || !job->graphs)
		goto err_free;

	tasks = vmemdup_array_user(u64_to_user_ptr(args->tasks), job->num_tasks,
				   sizeof(*job->tasks));
	if (IS_ERR(tasks)) {
		ret = PTR_ERR(tasks);
		goto err_free;
	}
	job->tasks = tasks;
	for (i = 0; i < job->num_tasks; i++) {
		ret = genpu_job_add_task(job, file, i);
		if (ret)
			goto err_free;
	}
	return job;

err_free:
	genpu_job_destroy(job);
	return ERR_PTR(ret);
}

static int genpu_job_begin(struct genpu_stream *stream, struct genpu_job *job)
{
	bool refuses;

	spin_lock_irq(&stream->fence_lock);
	refuses = genpu_stream_refuses_locked(stream);
	job->epoch = stream->epoch;
	spin_unlock_irq(&stream->fence_lock);
	return refuses || stream->closed ? -ECANCELED : 0;
}

/* Takes over @job, also when it fails. */
static int genpu_job_submit(struct genpu_stream *stream, struct genpu_job *job,
			    struct drm_file *file, struct genpu_sync *syncs, u32 num_syncs,
			    u64 *number)
{
	struct dma_resv *resv = &stream->ctx->vm.resv;
	struct dma_fence *fence;
	int ret;

	lockdep_assert_held(&stream->submit_lock);

	ret = genpu_job_begin(stream, job);
	ret = ret ?: genpu_stream_wait_room(stream);
	/* Once more: this has slept. From here on the epoch says whether the job will be run. */
	ret = ret ?: genpu_job_begin(stream, job);
	ret = ret ?: drm_sched_job_init(&job->base, &stream->entity, job->num_tasks, file,
					file->client_id);
	if (ret)
		goto err_job;
	ret = genpu_sync_add_deps(syncs, num_syncs, &job->base);
	ret = ret ?: dma_resv_lock_interruptible(resv, NULL);
	if (ret)
		goto err_sched;
	ret = dma_resv_reserve_fences(resv, 1);
	if (ret)
		goto err_resv;

	/* Nothing can fail from here on. */
	drm_sched_job_arm(&job->base);
	fence = dma_fence_get(&job->base.s_fence->finished);
	refcount_inc(&stream->jobs);
	job->number = genpu_stream_add_fence(stream, fence);
	*number = job->number;
	dma_resv_add_fence(resv, fence, DMA_RESV_USAGE_BOOKKEEP);
	genpu_sync_attach(syncs, num_syncs, fence);
	trace_genpu_job_submit(job, 0);
	drm_sched_entity_push_job(&job->base);
	dma_resv_unlock(resv);
	dma_fence_put(fence);
	return 0;

err_resv:
	dma_resv_unlock(resv);
err_sched:
	drm_sched_job_cleanup(&job->base);
err_job:
	genpu_job_destroy(job);
	return ret;
}

int genpu_submit_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_genpu_submit *args = data;
	struct genpu_sync *syncs;
	struct genpu_job *job;
	int ret;

	if (args->flags || !args->num_tasks || args->num_tasks > DRM_GENPU_MAX_TASKS ||
	    args->num_syncs > DRM_GENPU_MAX_SYNCS) {
		drm_dbg(drm, "submit: flags 0x%x, %u tasks or %u syncs are invalid\n", args->flags,
			args->num_tasks, args->num_syncs);
		return -EINVAL;
	}
	ret = genpu_device_usable(to_genpu(drm));
	if (ret)
		return ret;
	struct genpu_stream *stream __free(genpu_stream_put) =
		genpu_handle_lookup(&to_genpu_file(file)->streams, args->stream_id);
	if (!stream)
		return -ENOENT;
	if (args->num_tasks > stream->entries / 2) {
		drm_dbg(drm, "submit: %u tasks, more than half of the ring\n", args->num_tasks);
		return -EINVAL;
	}
	syncs = genpu_sync_parse(file, args->syncs, args->num_syncs);
	if (IS_ERR(syncs))
		return PTR_ERR(syncs);
	job = genpu_job_create(stream, file, args);
	ret = IS_ERR(job) ? PTR_ERR(job) : mutex_lock_interruptible(&stream->submit_lock);
	if (!ret) {
		ret = genpu_job_submit(stream, job, file, syncs, args->num_syncs, &args->seqno);
		mutex_unlock(&stream->submit_lock);
	} else if (!IS_ERR(job)) {
		genpu_job_destroy(job);
	}
	genpu_sync_free(syncs, args->num_syncs);
	return ret;
}
