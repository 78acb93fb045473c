// SPDX-License-Identifier: MIT
/*
 * submit.c - the way of work into a stream.
 *
 * A job goes to the device at once, unless something before it waits in the process: a host
 * function, or an event that is itself behind a host function. Then all that follows queues up
 * behind it in the process, and a thread that lives as long as that takes works it off. So a host
 * function may take as long as it likes without the device's timeouts noticing.
 *
 * Every job reaches a point of the stream's timeline; points are given out in order, also to what
 * waits in the process. Everything that waits for a stream waits for a point.
 */
#include <drm/genpu_accel.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "acl/core.h"

int64_t acl_deadline(int64_t timeout_ms)
{
	struct timespec ts;

	if (timeout_ms < 0)
		return INT64_MAX;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec + timeout_ms * 1000000ll;
}

void acl_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

int acl_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t deadline)
{
	struct timespec ts = {
		.tv_sec = deadline / 1000000000,
		.tv_nsec = deadline % 1000000000,
	};

	if (deadline == INT64_MAX) {
		pthread_cond_wait(cond, lock);
		return 0;
	}
	return pthread_cond_timedwait(cond, lock, &ts) == ETIMEDOUT ? -ETIME : 0;
}

/* Time left until @deadline in ns: < 0 = for good, 0 = none. */
static int64_t time_left(int64_t deadline)
{
	int64_t now;

	if (deadline == INT64_MAX)
		return -1;
	now = acl_deadline(0);
	return deadline > now ? deadline - now : 0;
}

int acl_stream_ready(struct acl_stream *stream)
{
	int ret;

	if (!stream->sync) {
		ret = ge_sync_create(stream->dev, &stream->sync);
		if (ret)
			return ret;
	}
	if (stream->queue)
		return 0;
	memset(stream->jobs, 0, sizeof(stream->jobs));
	return ge_queue_create(stream->dev, &stream->config, &stream->queue);
}

/*
 * With the lock: a job to the device. A queue that died is replaced, so that what comes after a
 * failure runs.
 */
static int put_on_queue(struct acl_stream *stream, const struct genpu_task *tasks, unsigned int n,
			const struct ge_sync_point *wait, const struct acl_job *job, uint64_t point,
			struct aclrtExceptionInfo *info)
{
	struct ge_sync_point signal;
	struct acl_job *slot;
	uint64_t seqno;
	int ret;

	if (stream->destroyed)
		return ge_error(ECANCELED, "the stream was destroyed");
	for (int attempt = 0; ; attempt++) {
		ret = acl_stream_ready(stream);
		if (ret)
			return ret;
		signal = (struct ge_sync_point){ stream->sync, point };
		ret = ge_queue_submit(stream->queue, tasks, n, wait, wait ? 1 : 0, &signal, 1,
				      &seqno);
		if (ret != -ECANCELED || attempt)
			break;
		acl_stream_collect(stream, info);
		if (stream->queue)
			return ge_error(ECANCELED, "%s", stream->fault_text);
	}
	if (ret)
		return ret;
	stream->submitted = point;
	slot = &stream->jobs[seqno % ACL_JOBS];
	*slot = *job;
	slot->seqno = seqno;
	return 0;
}

static void op_free(struct acl_op *op)
{
	if (op->drop)
		op->drop(op->arg);
	if (op->other)
		acl_stream_put(op->other);
	free(op);
}

/* With the lock, which is given up for a while. What failed is kept for the next synchronisation.
 */
static void do_op(struct acl_stream *stream, struct acl_op *op)
{
	struct aclrtExceptionInfo info = { 0 };
	int ret;

	switch (op->kind) {
	case ACL_OP_TASKS:
		ret = put_on_queue(stream, op->tasks, op->num_tasks, NULL, &op->job, op->point,
				   &info);
		if (ret && !stream->destroyed && !stream->fault) {
			stream->fault = acl_code(ret);
			snprintf(stream->fault_text, sizeof(stream->fault_text), "%s",
				 ge_error_text());
		}
		pthread_mutex_unlock(&stream->lock);
		acl_exception_notify(&info);
		pthread_mutex_lock(&stream->lock);
		break;
	case ACL_OP_HOST:
		pthread_mutex_unlock(&stream->lock);
		acl_stream_wait_until(stream, op->point - 1, INT64_MAX);
		pthread_mutex_lock(&stream->lock);
		if (stream->destroyed)
			break;
		pthread_mutex_unlock(&stream->lock);
		op->fn(op->arg);
		pthread_mutex_lock(&stream->lock);
		break;
	case ACL_OP_WAIT:
		pthread_mutex_unlock(&stream->lock);
		acl_stream_wait_until(op->other, op->other_point, INT64_MAX);
		pthread_mutex_lock(&stream->lock);
		break;
	}
}

static void *work(void *arg)
{
	struct acl_stream *stream = arg;
	struct acl_op *op;

	pthread_mutex_lock(&stream->lock);
	while ((op = stream->first)) {
		if (!stream->destroyed)
			do_op(stream, op);
		stream->first = op->next;
		if (!stream->first)
			stream->last = &stream->first;
		pthread_cond_broadcast(&stream->cond);
		pthread_mutex_unlock(&stream->lock);
		op_free(op);
		pthread_mutex_lock(&stream->lock);
	}
	stream->working = false;
	pthread_mutex_unlock(&stream->lock);
	acl_stream_put(stream);
	return NULL;
}

static int start_worker(struct acl_stream *stream)
{
	pthread_attr_t attr;
	sigset_t all, old;
	pthread_t thread;
	int ret;

	ge_object_get(&stream->obj);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	/* Signals are the program's affair. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = pthread_create(&thread, &attr, work, stream);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (ret) {
		ge_object_put(&stream->obj);
		return ge_error(ENOMEM, "cannot start a thread: %s", strerror(ret));
	}
	stream->working = true;
	return 0;
}

/* With the lock: takes @op, also on failure when it is left to the caller to free. */
static int put_in_process(struct acl_stream *stream, struct acl_op *op)
{
	int ret;

	if (stream->destroyed)
		return ge_error(ECANCELED, "the stream was destroyed");
	if (!stream->working) {
		ret = start_worker(stream);
		if (ret)
			return ret;
	}
	op->point = ++stream->point;
	*stream->last = op;
	stream->last = &op->next;
	return 0;
}

static void fill_job(struct acl_job *job, enum acl_job_kind kind, const char *what)
{
	job->seqno = 0;
	job->kind = kind;
	snprintf(job->what, sizeof(job->what), "%s", what ? what : "");
}

static int put_job(struct acl_stream *stream, const struct genpu_task *tasks, unsigned int n,
		   enum acl_job_kind kind, const char *what, uint64_t *point,
		   struct aclrtExceptionInfo *info)
{
	struct acl_job job;
	struct acl_op *op;
	int ret;

	if (!n || n > DRM_GENPU_MAX_TASKS)
		return ge_error(EINVAL, "a job has %u tasks, expected 1 .. %u", n,
				DRM_GENPU_MAX_TASKS);
	fill_job(&job, kind, what);
	pthread_mutex_lock(&stream->lock);
	if (stream->first) {
		op = calloc(1, sizeof(*op) + n * sizeof(*tasks));
		if (!op) {
			ret = ge_error(ENOMEM, "out of memory");
		} else {
			op->kind = ACL_OP_TASKS;
			op->job = job;
			op->num_tasks = n;
			memcpy(op->tasks, tasks, n * sizeof(*tasks));
			ret = put_in_process(stream, op);
			if (ret)
				free(op);
		}
	} else {
		ret = put_on_queue(stream, tasks, n, NULL, &job, stream->point + 1, info);
		if (!ret)
			stream->point++;
	}
	if (!ret && point)
		*point = stream->point;
	pthread_mutex_unlock(&stream->lock);
	return ret;
}

aclError acl_stream_check(struct acl_stream *stream)
{
	struct acl_context *ctx;
	aclError code;

	pthread_mutex_lock(&stream->lock);
	ctx = stream->destroyed ? NULL : stream->ctx;
	if (ctx)
		ge_object_get(&ctx->obj);
	pthread_mutex_unlock(&stream->lock);
	if (!ctx)
		return acl_fail(ACL_ERROR_RT_STREAM_ABORT, "the stream was destroyed");
	code = acl_context_check(ctx);
	acl_context_put(ctx);
	return code;
}

aclError acl_stream_put_job(struct acl_stream *stream, const struct genpu_task *tasks,
			    unsigned int n, enum acl_job_kind kind, const char *what,
			    uint64_t *point)
{
	struct aclrtExceptionInfo info = { 0 };
	aclError code = acl_stream_check(stream);
	int ret;

	if (code)
		return code;
	ret = put_job(stream, tasks, n, kind, what, point, &info);
	acl_exception_notify(&info);
	/* It may have stopped between the check and here. */
	if (ret == -ECANCELED)
		code = acl_stream_check(stream);
	return code ? code : acl_code(ret);
}

int acl_stream_submit(struct acl_stream *stream, const struct genpu_task *tasks, unsigned int n,
		      const char *what, uint64_t *point)
{
	struct aclrtExceptionInfo info = { 0 };
	int ret;

	if (acl_stream_check(stream))
		return -ECANCELED;
	ret = put_job(stream, tasks, n, ACL_JOB_GRAPH, what, point, &info);
	acl_exception_notify(&info);
	if (ret == -ECANCELED)
		acl_stream_check(stream);
	return ret;
}

aclError acl_stream_put_host(struct acl_stream *stream, void (*fn)(void *), void (*drop)(void *),
			     void *arg)
{
	struct acl_op *op = calloc(1, sizeof(*op));
	aclError code;

	if (!op) {
		code = acl_fail(ACL_ERROR_BAD_ALLOC, "out of memory");
	} else {
		op->kind = ACL_OP_HOST;
		op->fn = fn;
		op->arg = arg;
		code = acl_stream_check(stream);
	}
	if (!code) {
		pthread_mutex_lock(&stream->lock);
		op->drop = drop;
		code = acl_code(put_in_process(stream, op));
		pthread_mutex_unlock(&stream->lock);
	}
	if (code) {
		free(op);
		if (drop)
			drop(arg);
	}
	return code;
}

/* A reference to the last point up to @point that the device will reach, 0 = all was reached. */
static uint64_t pin(struct acl_stream *stream, uint64_t point, bool *in_process)
{
	uint64_t last = 0;

	pthread_mutex_lock(&stream->lock);
	*in_process = !stream->destroyed && stream->first && stream->first->point <= point;
	if (!stream->destroyed && !*in_process)
		last = point < stream->submitted ? point : stream->submitted;
	if (last)
		stream->users++;
	pthread_mutex_unlock(&stream->lock);
	return last;
}

static void unpin(struct acl_stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	if (!--stream->users)
		pthread_cond_broadcast(&stream->cond);
	pthread_mutex_unlock(&stream->lock);
}

aclError acl_stream_put_wait(struct acl_stream *stream, struct acl_stream *other, uint64_t point)
{
	const struct genpu_task nop = { .op = GENPU_TASK_NOP };
	struct aclrtExceptionInfo info = { 0 };
	aclError code = acl_stream_check(stream);
	bool in_process, done = false;
	struct ge_sync_point wait;
	struct acl_op *op;
	struct acl_job job;
	uint64_t last;
	int ret = 0;

	if (code || stream == other)
		return code;
	last = pin(other, point, &in_process);
	if (!last && !in_process)
		return ACL_SUCCESS;
	fill_job(&job, ACL_JOB_WAIT, "a wait for an event");
	pthread_mutex_lock(&stream->lock);
	/* Timelines of another device mean nothing to this one. */
	if (last && !stream->first && stream->dev == other->dev) {
		wait = (struct ge_sync_point){ other->sync, last };
		ret = put_on_queue(stream, &nop, 1, &wait, &job, stream->point + 1, &info);
		if (!ret)
			stream->point++;
		done = true;
	}
	pthread_mutex_unlock(&stream->lock);
	if (last)
		unpin(other);
	acl_exception_notify(&info);
	if (done)
		return acl_code(ret);

	op = calloc(1, sizeof(*op));
	if (!op)
		return acl_fail(ACL_ERROR_BAD_ALLOC, "out of memory");
	op->kind = ACL_OP_WAIT;
	op->other = other;
	op->other_point = point;
	ge_object_get(&other->obj);
	pthread_mutex_lock(&stream->lock);
	ret = put_in_process(stream, op);
	pthread_mutex_unlock(&stream->lock);
	if (ret)
		op_free(op);
	return acl_code(ret);
}

int acl_stream_wait_until(struct acl_stream *stream, uint64_t point, int64_t deadline)
{
	bool in_process;
	uint64_t last;
	int ret = 0;

	pthread_mutex_lock(&stream->lock);
	while (!ret && !stream->destroyed && stream->first && stream->first->point <= point)
		ret = acl_cond_wait(&stream->cond, &stream->lock, deadline);
	pthread_mutex_unlock(&stream->lock);
	if (ret)
		return ret;
	last = pin(stream, point, &in_process);
	if (!last)
		return 0;
	ret = ge_sync_wait(stream->sync, last, time_left(deadline));
	unpin(stream);
	return ret;
}

uint64_t acl_stream_last_point(struct acl_stream *stream)
{
	uint64_t point;

	pthread_mutex_lock(&stream->lock);
	point = stream->point;
	pthread_mutex_unlock(&stream->lock);
	return point;
}

bool acl_stream_reached(struct acl_stream *stream, uint64_t point)
{
	bool in_process;
	uint64_t last = pin(stream, point, &in_process);
	int ret;

	if (!last)
		return !in_process;
	ret = ge_sync_wait(stream->sync, last, 0);
	unpin(stream);
	return ret != -ETIME;
}

void acl_stream_wait(struct acl_stream *stream, uint64_t point)
{
	acl_stream_wait_until(stream, point, INT64_MAX);
}

struct ge_device *acl_stream_device(const struct acl_stream *stream)
{
	return stream->dev;
}
