// SPDX-License-Identifier: MIT
/*
 * queue.c - queues of the in-process device: a thread each, which takes jobs in order.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <drm/genpu_accel.h>

#include "base/error.h"
#include "device/local/state.h"

struct job {
	struct job *next;
	uint64_t seqno;
	unsigned int num_tasks, num_waits, num_signals;
	struct genpu_task *tasks;
	struct local_program **programs;	/* of the graph tasks, NULL for others */
	struct ge_sync_point *points;		/* waits, then signals */
};

struct ge_queue {
	struct ge_device *dev;
	struct ge_queue *next;		/* of the device */
	struct ge_queue_config config;
	struct ge_queue_state state;
	pthread_t thread;
	struct job *first, **last;
	bool dying;
	bool stopped;		/* on an error, until it is cleared */
	uint32_t abort;		/* atomic */
};

static bool dead(const struct ge_queue *queue)
{
	return queue->dying || queue->dev->gone ||
	       (queue->state.status != DRM_GENPU_STREAM_OK &&
		queue->state.status != DRM_GENPU_STREAM_FAULT);
}

static void job_free(struct job *job)
{
	for (unsigned int i = 0; i < job->num_waits + job->num_signals; i++)
		local_sync_put(job->points[i].sync);
	for (unsigned int i = 0; i < job->num_tasks; i++)
		if (job->programs[i])
			local_program_put(job->programs[i]);
	free(job->tasks);
	free(job->programs);
	free(job->points);
	free(job);
}

static void job_end(struct ge_queue *queue, struct job *job)
{
	for (unsigned int i = 0; i < job->num_signals; i++) {
		struct ge_sync_point *signal = &job->points[job->num_waits + i];

		if (signal->sync->reached < signal->point)
			signal->sync->reached = signal->point;
	}
	queue->state.completed = job->seqno;
	job_free(job);
	pthread_cond_broadcast(&queue->dev->cond);
}

static bool may_start(const struct ge_queue *queue, const struct job *job)
{
	if (dead(queue) || queue->stopped)
		return true;
	for (unsigned int i = 0; i < job->num_waits; i++)
		if (job->points[i].sync->reached < job->points[i].point)
			return false;
	return true;
}

static void note_failure(struct ge_queue *queue, const struct job *job, unsigned int task,
			 const struct engine_error *err, bool timed_out)
{
	struct ge_queue_state *state = &queue->state;

	if (state->status != DRM_GENPU_STREAM_OK && !timed_out)
		return;
	state->status = timed_out ? DRM_GENPU_STREAM_TIMEDOUT : DRM_GENPU_STREAM_FAULT;
	state->error = err->code;
	state->failed = job->seqno;
	state->task = task;
	state->op = err->op;
	state->operand = err->operand;
	state->access = err->access;
	state->addr = err->addr;
	state->graph = job->tasks[task].op == GENPU_TASK_GRAPH ? job->tasks[task].graph.program : 0;
	queue->stopped = queue->config.stop_on_error;
}

static void *serve(void *arg)
{
	struct ge_queue *queue = arg;
	struct ge_device *dev = queue->dev;
	struct engine_worker *worker = engine_worker_create();
	struct engine_error err;
	uint64_t deadline;
	unsigned int task;
	struct job *job;
	uint32_t code;

	pthread_mutex_lock(&dev->lock);
	for (;;) {
		while (!queue->dying && (!queue->first || !may_start(queue, queue->first)))
			pthread_cond_wait(&dev->cond, &dev->lock);
		job = queue->first;
		if (!job)
			break;
		queue->first = job->next;
		if (!queue->first)
			queue->last = &queue->first;
		if (!dead(queue) && !queue->stopped) {
			deadline = local_now() + queue->config.timeout_ms * 1000000ull;
			pthread_mutex_unlock(&dev->lock);
			code = local_run_tasks(dev, worker, job->tasks, job->programs,
					       job->num_tasks, deadline, &queue->abort, &task,
					       &err);
			pthread_mutex_lock(&dev->lock);
			if (code && !queue->dying)
				note_failure(queue, job, task, &err, code == GENPU_ERR_ABORTED);
		}
		if (dev->gone)
			queue->state.status = DRM_GENPU_STREAM_LOST;
		job_end(queue, job);
	}
	pthread_mutex_unlock(&dev->lock);
	engine_worker_destroy(worker);
	return NULL;
}

int ge_queue_create(struct ge_device *dev, const struct ge_queue_config *config,
		    struct ge_queue **result)
{
	struct ge_queue *queue = calloc(1, sizeof(*queue));
	int ret = 0;

	if (!queue)
		return ge_error(ENOMEM, "out of memory");
	queue->dev = dev;
	queue->config = *config;
	if (!config->timeout_ms)
		queue->config.timeout_ms = ge_local_config.timeout_ms;
	queue->last = &queue->first;
	pthread_mutex_lock(&dev->lock);
	if (dev->gone)
		ret = ge_error(ENODEV, "device %u is gone", dev->index);
	else if (dev->num_queues >= ge_local_config.max_streams)
		ret = ge_error(ENOSPC, "device %u has no stream left of %u", dev->index,
			       ge_local_config.max_streams);
	else if (pthread_create(&queue->thread, NULL, serve, queue))
		ret = ge_error(ENOMEM, "cannot start a thread");
	if (!ret) {
		queue->state.ctx = 1;
		queue->state.stream = ++dev->next_queue;
		queue->next = dev->queues;
		dev->queues = queue;
		dev->num_queues++;
	}
	pthread_mutex_unlock(&dev->lock);
	if (ret)
		free(queue);
	else
		*result = queue;
	return ret;
}

void ge_queue_destroy(struct ge_queue *queue)
{
	struct ge_device *dev = queue->dev;

	pthread_mutex_lock(&dev->lock);
	queue->dying = true;
	__atomic_store_n(&queue->abort, 1, __ATOMIC_RELAXED);
	pthread_cond_broadcast(&dev->cond);
	pthread_mutex_unlock(&dev->lock);
	pthread_join(queue->thread, NULL);

	pthread_mutex_lock(&dev->lock);
	for (struct ge_queue **p = &dev->queues; *p; p = &(*p)->next) {
		if (*p == queue) {
			*p = queue->next;
			break;
		}
	}
	dev->num_queues--;
	pthread_mutex_unlock(&dev->lock);
	free(queue);
}

static struct job *job_new(const struct genpu_task *tasks, unsigned int n, unsigned int num_points)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->tasks = malloc(n * sizeof(*tasks));
	job->programs = calloc(n, sizeof(*job->programs));
	job->points = calloc(num_points + 1, sizeof(*job->points));
	if (!job->tasks || !job->programs || !job->points) {
		job_free(job);
		return NULL;
	}
	memcpy(job->tasks, tasks, n * sizeof(*tasks));
	job->num_tasks = n;
	return job;
}

/* With the lock: references to everything that the job names. */
static int job_resolve(struct ge_device *dev, struct job *job, const struct ge_sync_point *waits,
		       unsigned int num_waits, const struct ge_sync_point *signals,
		       unsigned int num_signals)
{
	for (unsigned int i = 0; i < job->num_tasks; i++) {
		if (job->tasks[i].op != GENPU_TASK_GRAPH)
			continue;
		job->programs[i] = local_program_get(dev, job->tasks[i].graph.program);
		if (!job->programs[i])
			return ge_error(ENOENT, "device %u has no program %u", dev->index,
					job->tasks[i].graph.program);
	}
	for (unsigned int i = 0; i < num_waits; i++, job->num_waits++) {
		if (waits[i].sync->submitted < waits[i].point)
			return ge_error(ENOENT, "a point to wait for has not been submitted");
		waits[i].sync->refs++;
		job->points[i] = waits[i];
	}
	for (unsigned int i = 0; i < num_signals; i++, job->num_signals++) {
		signals[i].sync->refs++;
		job->points[num_waits + i] = signals[i];
	}
	return 0;
}

int ge_queue_submit(struct ge_queue *queue, const struct genpu_task *tasks, unsigned int n,
		    const struct ge_sync_point *waits, unsigned int num_waits,
		    const struct ge_sync_point *signals, unsigned int num_signals,
		    uint64_t *seqno)
{
	struct ge_device *dev = queue->dev;
	struct job *job;
	int ret;

	if (!n || n > DRM_GENPU_MAX_TASKS)
		return ge_error(EINVAL, "a job has %u tasks, expected 1 .. %u", n,
				DRM_GENPU_MAX_TASKS);
	job = job_new(tasks, n, num_waits + num_signals);
	if (!job)
		return ge_error(ENOMEM, "out of memory");
	pthread_mutex_lock(&dev->lock);
	if (dev->gone)
		ret = ge_error(ENODEV, "device %u is gone", dev->index);
	else if (dead(queue) || queue->stopped)
		ret = ge_error(ECANCELED, "the stream is dead or stopped");
	else
		ret = job_resolve(dev, job, waits, num_waits, signals, num_signals);
	if (ret) {
		job_free(job);
		goto unlock;
	}
	for (unsigned int i = 0; i < num_signals; i++)
		if (signals[i].sync->submitted < signals[i].point)
			signals[i].sync->submitted = signals[i].point;
	job->seqno = ++queue->state.submitted;
	if (seqno)
		*seqno = job->seqno;
	*queue->last = job;
	queue->last = &job->next;
	pthread_cond_broadcast(&dev->cond);
unlock:
	pthread_mutex_unlock(&dev->lock);
	return ret;
}

int ge_queue_wait(struct ge_queue *queue, uint64_t seqno, int64_t timeout_ns)
{
	struct ge_device *dev = queue->dev;
	struct timespec deadline;
	int ret = 0;

	local_deadline(timeout_ns, &deadline);
	pthread_mutex_lock(&dev->lock);
	if (!seqno)
		seqno = queue->state.submitted;
	if (dev->gone)
		ret = ge_error(ENODEV, "device %u is gone", dev->index);
	else if (seqno > queue->state.submitted)
		ret = ge_error(EINVAL, "job %llu was never submitted", (unsigned long long)seqno);
	while (!ret && queue->state.completed < seqno)
		ret = local_wait(dev, timeout_ns, &deadline);
	pthread_mutex_unlock(&dev->lock);
	return ret;
}

int ge_queue_state(struct ge_queue *queue, bool clear, struct ge_queue_state *state)
{
	struct ge_device *dev = queue->dev;

	pthread_mutex_lock(&dev->lock);
	*state = queue->state;
	if (clear && queue->state.status == DRM_GENPU_STREAM_FAULT) {
		queue->state.status = DRM_GENPU_STREAM_OK;
		queue->state.error = 0;
		queue->state.failed = 0;
		queue->stopped = false;
	}
	pthread_mutex_unlock(&dev->lock);
	return 0;
}
