// SPDX-License-Identifier: MIT
/*
 * stream.c - streams from creation to end, and waiting for them.
 */
#include <drm/genpu_accel.h>
#include <stdio.h>
#include <stdlib.h>

#include "acl/core.h"

#define LOWEST_PRIORITY		7
#define HUGE_RING		4096

void acl_stream_put(struct acl_stream *stream)
{
	ge_object_put(&stream->obj);
}

void acl_stream_release(struct acl_stream *stream)
{
	acl_stream_put(stream);
}

static void stream_release(struct ge_object *obj)
{
	struct acl_stream *stream = (struct acl_stream *)obj;

	pthread_cond_destroy(&stream->cond);
	pthread_mutex_destroy(&stream->lock);
	free(stream);
}

aclError acl_stream_new(struct acl_context *ctx, const struct ge_queue_config *config,
			bool is_default, struct acl_stream **result)
{
	struct acl_stream *stream = calloc(1, sizeof(*stream));
	struct ge_object *obj;
	bool dead;
	int ret;

	if (!stream)
		return acl_fail(ACL_ERROR_BAD_ALLOC, "out of memory");
	ge_object_init(&stream->obj, ACL_TYPE_STREAM, stream_release);
	pthread_mutex_init(&stream->lock, NULL);
	acl_cond_init(&stream->cond);
	stream->config = *config;
	stream->is_default = is_default;
	stream->last = &stream->first;
	stream->ctx = ctx;
	stream->dev = ctx->device->dev;
	ge_object_get(&ctx->obj);
	if (ge_handle_add(&stream->obj)) {
		acl_stream_end(stream, false);
		acl_stream_put(stream);
		return ACL_ERROR_RT_NO_STREAM_RESOURCE;
	}
	pthread_mutex_lock(&ctx->lock);
	dead = ctx->dead;
	if (!dead) {
		stream->next = ctx->streams;
		ctx->streams = stream;
		stream->listed = true;
	}
	pthread_mutex_unlock(&ctx->lock);
	if (dead) {
		ret = ge_error(ECANCELED, "the context was destroyed");
	} else if (is_default) {
		/* Often it is not used at all. */
		ret = 0;
	} else {
		pthread_mutex_lock(&stream->lock);
		ret = stream->destroyed ? ge_error(ECANCELED, "the context was destroyed")
					: acl_stream_ready(stream);
		pthread_mutex_unlock(&stream->lock);
	}
	if (ret) {
		obj = ge_handle_remove(stream->obj.handle, ACL_TYPE_STREAM);
		acl_stream_end(stream, false);
		ge_object_put(obj);
		acl_stream_put(stream);
		return ret == -ENOSPC ? ACL_ERROR_RT_NO_STREAM_RESOURCE : acl_code(ret);
	}
	*result = stream;
	return ACL_SUCCESS;
}

static void unlist(struct acl_stream *stream)
{
	struct acl_context *ctx = stream->ctx;

	pthread_mutex_lock(&ctx->lock);
	for (struct acl_stream **p = &ctx->streams; *p; p = &(*p)->next) {
		if (*p == stream) {
			*p = stream->next;
			break;
		}
	}
	stream->listed = false;
	if (ctx->default_stream == stream)
		ctx->default_stream = NULL;
	pthread_mutex_unlock(&ctx->lock);
}

void acl_stream_end(struct acl_stream *stream, bool wait)
{
	struct acl_context *ctx;

	if (wait)
		acl_stream_wait_until(stream, acl_stream_last_point(stream), INT64_MAX);
	pthread_mutex_lock(&stream->lock);
	if (stream->destroyed) {
		while (!stream->ended)
			pthread_cond_wait(&stream->cond, &stream->lock);
		pthread_mutex_unlock(&stream->lock);
		return;
	}
	stream->destroyed = true;
	/* This ends the jobs, and so those who wait for points of the timeline. */
	if (stream->queue)
		ge_queue_destroy(stream->queue);
	stream->queue = NULL;
	pthread_cond_broadcast(&stream->cond);
	pthread_mutex_unlock(&stream->lock);
	acl_reports_end(stream);

	pthread_mutex_lock(&stream->lock);
	while (stream->users)
		pthread_cond_wait(&stream->cond, &stream->lock);
	if (stream->sync)
		ge_sync_destroy(stream->sync);
	stream->sync = NULL;
	pthread_mutex_unlock(&stream->lock);
	unlist(stream);

	pthread_mutex_lock(&stream->lock);
	ctx = stream->ctx;
	stream->ctx = NULL;
	if (stream->config.stop_on_error)
		__atomic_sub_fetch(&ctx->stopping, 1, __ATOMIC_RELEASE);
	stream->ended = true;
	pthread_cond_broadcast(&stream->cond);
	pthread_mutex_unlock(&stream->lock);
	acl_context_put(ctx);
}

static aclError not_a_stream(void *handle)
{
	return acl_fail(ACL_ERROR_RT_INVALID_HANDLE, "%p is not a stream, or was destroyed",
			handle);
}

aclError acl_stream_get(aclrtStream handle, struct acl_stream **result)
{
	struct acl_stream *stream;
	struct acl_context *ctx;
	aclError code;
	bool ours;

	code = acl_context_current(&ctx);
	if (code)
		return code;
	if (!handle) {
		code = acl_context_default_stream(ctx, result);
		acl_context_put(ctx);
		return code;
	}
	stream = (struct acl_stream *)ge_handle_get(handle, ACL_TYPE_STREAM);
	if (!stream) {
		acl_context_put(ctx);
		return not_a_stream(handle);
	}
	pthread_mutex_lock(&stream->lock);
	ours = stream->ctx == ctx || !stream->ctx;
	pthread_mutex_unlock(&stream->lock);
	acl_context_put(ctx);
	if (!ours) {
		acl_stream_put(stream);
		return acl_fail(ACL_ERROR_RT_STREAM_CONTEXT,
				"stream %p belongs to another context than "
				"the thread's current one",
				handle);
	}
	*result = stream;
	return ACL_SUCCESS;
}

int acl_stream_acquire(void *handle, unsigned int device, struct acl_stream **result)
{
	struct acl_context *ctx;
	aclError code;

	if (handle) {
		*result = (struct acl_stream *)ge_handle_get(handle, ACL_TYPE_STREAM);
		if (!*result) {
			not_a_stream(handle);
			return -EINVAL;
		}
	} else {
		code = acl_context_current(&ctx);
		if (code)
			code = acl_device_primary(device, false, &ctx);
		if (code)
			return -ENODEV;
		code = acl_context_default_stream(ctx, result);
		acl_context_put(ctx);
		if (code)
			return -ENOMEM;
	}
	if (ge_device_index((*result)->dev) != device) {
		acl_stream_put(*result);
		return ge_error(EINVAL,
				"the stream is on another device than %u, where the graph is",
				device);
	}
	return 0;
}

static aclError create_stream(aclrtStream *stream, uint32_t priority, uint32_t flag)
{
	const uint32_t known = ACL_STREAM_FAST_LAUNCH | ACL_STREAM_FAST_SYNC | ACL_STREAM_HUGE;
	struct ge_queue_config config = {
		/* The highest of acl is what every process may have. */
		.priority = priority ? DRM_GENPU_PRIORITY_LOW : DRM_GENPU_PRIORITY_NORMAL,
		.ring_entries = flag & ACL_STREAM_HUGE ? HUGE_RING : 0,
	};
	struct acl_context *ctx;
	struct acl_stream *s;
	aclError code;

	if (!stream)
		return acl_null("stream");
	if (priority > LOWEST_PRIORITY)
		return acl_fail(ACL_ERROR_RT_PARAM_INVALID, "priority is %u, expected 0 .. %d",
				priority, LOWEST_PRIORITY);
	if (flag & ~known)
		return acl_fail(ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
				"stream flags %#x are not supported", flag & ~known);
	code = acl_context_current(&ctx);
	if (code)
		return code;
	code = acl_context_check(ctx);
	if (!code)
		code = acl_stream_new(ctx, &config, false, &s);
	acl_context_put(ctx);
	if (code)
		return code;
	*stream = s->obj.handle;
	acl_stream_put(s);
	return ACL_SUCCESS;
}

aclError aclrtCreateStream(aclrtStream *stream)
{
	return acl_return(create_stream(stream, 0, 0));
}

aclError aclrtCreateStreamWithConfig(aclrtStream *stream, uint32_t priority, uint32_t flag)
{
	return acl_return(create_stream(stream, priority, flag));
}

static aclError destroy_stream(aclrtStream handle, bool wait)
{
	struct acl_stream *stream;
	struct ge_object *obj = NULL;
	aclError code;

	if (!handle)
		return acl_null("stream");
	code = acl_stream_get(handle, &stream);
	if (code)
		return code;
	if (stream->is_default)
		code = acl_fail(ACL_ERROR_RT_PARAM_INVALID,
				"the default stream ends with its context, it "
				"cannot be destroyed");
	else
		obj = ge_handle_remove(handle, ACL_TYPE_STREAM);
	if (obj) {
		acl_stream_end(stream, wait);
		ge_object_put(obj);
	}
	acl_stream_put(stream);
	return code;
}

aclError aclrtDestroyStream(aclrtStream stream)
{
	return acl_return(destroy_stream(stream, true));
}

aclError aclrtDestroyStreamForce(aclrtStream stream)
{
	return acl_return(destroy_stream(stream, false));
}

aclError acl_stream_sync(struct acl_stream *stream, int64_t deadline)
{
	struct aclrtExceptionInfo info = { 0 };
	aclError code = ACL_SUCCESS;
	int ret;

	ret = acl_stream_wait_until(stream, acl_stream_last_point(stream), deadline);
	if (ret == -ETIME)
		return acl_fail(ACL_ERROR_RT_STREAM_SYNC_TIMEOUT,
				"the stream's tasks did not end within "
				"the given time");
	pthread_mutex_lock(&stream->lock);
	acl_stream_collect(stream, &info);
	if (stream->fault) {
		code = acl_fail(stream->fault, "%s", stream->fault_text);
		if (!stream->config.stop_on_error)
			stream->fault = 0;
	} else if (ret && !stream->destroyed) {
		code = acl_code(ret);
	}
	pthread_mutex_unlock(&stream->lock);
	acl_exception_notify(&info);
	return code ? code : acl_stream_check(stream);
}

static aclError synchronize(aclrtStream handle, int32_t timeout)
{
	struct acl_stream *stream;
	aclError code;

	if (timeout < -1)
		return acl_fail(ACL_ERROR_RT_PARAM_INVALID, "timeout is %d, expected -1 or ms",
				timeout);
	code = acl_stream_get(handle, &stream);
	if (code)
		return code;
	code = acl_stream_sync(stream, acl_deadline(timeout));
	acl_stream_put(stream);
	return code;
}

aclError aclrtSynchronizeStream(aclrtStream stream)
{
	return acl_return(synchronize(stream, -1));
}

aclError aclrtSynchronizeStreamWithTimeout(aclrtStream stream, int32_t timeout)
{
	return acl_return(synchronize(stream, timeout));
}

aclError aclrtStreamQuery(aclrtStream stream, aclrtStreamStatus *status)
{
	struct acl_stream *s;
	aclError code;

	if (!status)
		return acl_return(acl_null("status"));
	code = acl_stream_get(stream, &s);
	if (code)
		return acl_return(code);
	*status = acl_stream_reached(s, acl_stream_last_point(s)) ? ACL_STREAM_STATUS_COMPLETE
								  : ACL_STREAM_STATUS_NOT_READY;
	acl_stream_put(s);
	return ACL_SUCCESS;
}

/* With the lock: the present queue, which has no work, makes place for one with the new mode. */
static aclError stop_on_failure(struct acl_stream *stream, struct aclrtExceptionInfo *info)
{
	int ret;

	if (stream->destroyed)
		return acl_fail(ACL_ERROR_RT_STREAM_ABORT, "the stream was destroyed");
	acl_stream_collect(stream, info);
	if (stream->queue)
		ge_queue_destroy(stream->queue);
	stream->queue = NULL;
	stream->config.stop_on_error = true;
	__atomic_add_fetch(&stream->ctx->stopping, 1, __ATOMIC_RELEASE);
	ret = acl_stream_ready(stream);
	return acl_code(ret);
}

static aclError set_failure_mode(aclrtStream handle, uint64_t mode)
{
	struct aclrtExceptionInfo info = { 0 };
	struct acl_stream *stream;
	aclError code;

	if (!handle)
		return acl_fail(ACL_ERROR_INVALID_PARAM, "the default stream has no failure mode");
	if (mode != ACL_CONTINUE_ON_FAILURE && mode != ACL_STOP_ON_FAILURE)
		return acl_fail(ACL_ERROR_INVALID_PARAM,
				"mode is %llu, expected ACL_CONTINUE_ON_FAILURE "
				"or ACL_STOP_ON_FAILURE",
				(unsigned long long)mode);
	code = acl_stream_get(handle, &stream);
	if (code)
		return code;
	acl_stream_wait(stream, acl_stream_last_point(stream));
	pthread_mutex_lock(&stream->lock);
	if (stream->mode_set)
		code = acl_fail(ACL_ERROR_RT_PARAM_INVALID,
				"the stream's failure mode was set already");
	else if (mode == ACL_STOP_ON_FAILURE)
		code = stop_on_failure(stream, &info);
	stream->mode_set = true;
	pthread_mutex_unlock(&stream->lock);
	acl_exception_notify(&info);
	acl_stream_put(stream);
	return code;
}

aclError aclrtSetStreamFailureMode(aclrtStream stream, uint64_t mode)
{
	return acl_return(set_failure_mode(stream, mode));
}

aclError aclrtStreamGetId(aclrtStream stream, int32_t *streamId)
{
	struct ge_queue_state state;
	struct acl_stream *s;
	aclError code;
	int ret;

	if (!streamId)
		return acl_return(acl_null("streamId"));
	code = acl_stream_get(stream, &s);
	if (code)
		return acl_return(code);
	pthread_mutex_lock(&s->lock);
	ret = s->destroyed ? ge_error(ECANCELED, "the stream was destroyed") : acl_stream_ready(s);
	if (!ret)
		ret = ge_queue_state(s->queue, false, &state);
	pthread_mutex_unlock(&s->lock);
	if (!ret)
		*streamId = state.stream;
	acl_stream_put(s);
	return acl_return(acl_code(ret));
}
