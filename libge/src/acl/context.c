// SPDX-License-Identifier: MIT
/*
 * context.c - contexts, and which one is current in a thread: its handle is kept, so that a context
 * that was destroyed meanwhile is noticed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl/core.h"

static __thread void *current;

void acl_context_make_current(void *handle)
{
	current = handle;
}

void acl_context_put(struct acl_context *ctx)
{
	ge_object_put(&ctx->obj);
}

static void context_release(struct ge_object *obj)
{
	struct acl_context *ctx = (struct acl_context *)obj;

	acl_device_drop(ctx->device);
	pthread_mutex_destroy(&ctx->lock);
	pthread_mutex_destroy(&ctx->stop_lock);
	free(ctx);
}

aclError acl_context_new(unsigned int index, bool primary, struct acl_context **result)
{
	struct acl_context *ctx = calloc(1, sizeof(*ctx));
	aclError code;

	if (!ctx)
		return acl_fail(ACL_ERROR_BAD_ALLOC, "out of memory");
	code = acl_device_hold(index, &ctx->device);
	if (code) {
		free(ctx);
		return code;
	}
	ge_object_init(&ctx->obj, ACL_TYPE_CONTEXT, context_release);
	pthread_mutex_init(&ctx->lock, NULL);
	pthread_mutex_init(&ctx->stop_lock, NULL);
	ctx->primary = primary;
	pthread_mutex_lock(&acl_lock);
	ctx->next = ctx->device->contexts;
	ctx->device->contexts = ctx;
	ctx->listed = true;
	pthread_mutex_unlock(&acl_lock);
	if (ge_handle_add(&ctx->obj)) {
		acl_context_destroy(ctx, false);
		return ACL_ERROR_RT_RESOURCE_ALLOC_FAIL;
	}
	*result = ctx;
	return ACL_SUCCESS;
}

void acl_context_destroy(struct acl_context *ctx, bool wait)
{
	struct acl_stream *stream = NULL;
	struct ge_object *obj;

	pthread_mutex_lock(&acl_lock);
	for (struct acl_context **p = &ctx->device->contexts; *p; p = &(*p)->next) {
		if (*p == ctx) {
			*p = ctx->next;
			break;
		}
	}
	ctx->listed = false;
	if (ctx->device->primary == ctx) {
		ctx->device->primary = NULL;
		ctx->device->set_count = 0;
	}
	pthread_mutex_unlock(&acl_lock);
	pthread_mutex_lock(&ctx->lock);
	ctx->dead = true;
	pthread_mutex_unlock(&ctx->lock);
	while ((stream = acl_context_next(ctx, NULL))) {
		obj = ge_handle_remove(stream->obj.handle, ACL_TYPE_STREAM);
		acl_stream_end(stream, wait);
		ge_object_put(obj);
		acl_stream_put(stream);
	}
	acl_context_put(ctx);
}

struct acl_stream *acl_context_next(struct acl_context *ctx, struct acl_stream *prev)
{
	struct acl_stream *stream;

	pthread_mutex_lock(&ctx->lock);
	/* One that left the list meanwhile has lost its place: begin anew. */
	stream = prev && prev->listed ? prev->next : ctx->streams;
	if (stream)
		ge_object_get(&stream->obj);
	pthread_mutex_unlock(&ctx->lock);
	if (prev)
		acl_stream_put(prev);
	return stream;
}

aclError acl_context_current(struct acl_context **ctx)
{
	int device = acl_default_device();
	aclError code;

	*ctx = (struct acl_context *)ge_handle_get(current, ACL_TYPE_CONTEXT);
	if (*ctx)
		return ACL_SUCCESS;
	if (current)
		return acl_fail(ACL_ERROR_RT_CONTEXT_NULL,
				"the thread's context was destroyed; call "
				"aclrtSetDevice() or aclrtSetCurrentContext()");
	if (device < 0)
		return acl_fail(ACL_ERROR_RT_CONTEXT_NULL, "the thread has no context; call "
				"aclrtSetDevice() or aclrtSetCurrentContext() first");
	code = acl_device_primary(device, true, ctx);
	if (!code)
		current = (*ctx)->obj.handle;
	return code;
}

aclError acl_context_default_stream(struct acl_context *ctx, struct acl_stream **stream)
{
	const struct ge_queue_config config = { .priority = 1 };
	struct acl_stream *new, *found;
	struct ge_object *obj;
	aclError code;
	bool ours;

	pthread_mutex_lock(&ctx->lock);
	found = ctx->default_stream;
	if (found)
		ge_object_get(&found->obj);
	pthread_mutex_unlock(&ctx->lock);
	if (found) {
		*stream = found;
		return ACL_SUCCESS;
	}
	code = acl_stream_new(ctx, &config, true, &new);
	if (code)
		return code;
	pthread_mutex_lock(&ctx->lock);
	found = ctx->default_stream;
	ours = !found && new->listed;
	if (found)
		ge_object_get(&found->obj);
	else if (ours)
		ctx->default_stream = new;
	pthread_mutex_unlock(&ctx->lock);
	*stream = ours ? new : found;
	if (!ours) {
		/* Another thread was faster: with the same, or with destroying the context. */
		obj = ge_handle_remove(new->obj.handle, ACL_TYPE_STREAM);
		acl_stream_end(new, false);
		ge_object_put(obj);
		acl_stream_put(new);
	}
	return *stream ? ACL_SUCCESS
		       : acl_fail(ACL_ERROR_RT_CONTEXT_NULL, "the thread's context was destroyed");
}

void acl_context_stop(struct acl_context *ctx, aclError code, const char *text)
{
	pthread_mutex_lock(&ctx->stop_lock);
	if (!ctx->stopped) {
		snprintf(ctx->stop_text, sizeof(ctx->stop_text), "%s", text);
		__atomic_store_n(&ctx->stopped, code, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&ctx->stop_lock);
}

aclError acl_context_check(struct acl_context *ctx)
{
	struct aclrtExceptionInfo info;

	if (__atomic_load_n(&ctx->stopping, __ATOMIC_ACQUIRE) &&
	    !__atomic_load_n(&ctx->stopped, __ATOMIC_ACQUIRE)) {
		for (struct acl_stream *s = NULL; (s = acl_context_next(ctx, s));) {
			info.error_code = 0;
			pthread_mutex_lock(&s->lock);
			if (s->config.stop_on_error)
				acl_stream_collect(s, &info);
			pthread_mutex_unlock(&s->lock);
			acl_exception_notify(&info);
		}
	}
	if (__atomic_load_n(&ctx->stopped, __ATOMIC_ACQUIRE))
		return acl_fail(ctx->stopped, "the context stopped after a failure: %s",
				ctx->stop_text);
	return ACL_SUCCESS;
}

static aclError create_context(aclrtContext *context, int32_t index)
{
	struct acl_context *ctx;
	aclError code;

	if (!context)
		return acl_null("context");
	code = acl_device_check_index(index);
	if (!code)
		code = acl_context_new(index, false, &ctx);
	if (code)
		return code;
	*context = ctx->obj.handle;
	current = *context;
	acl_context_put(ctx);
	return ACL_SUCCESS;
}

aclError aclrtCreateContext(aclrtContext *context, int32_t deviceId)
{
	return acl_return(create_context(context, deviceId));
}

static aclError find_context(aclrtContext handle, struct acl_context **ctx)
{
	if (!handle)
		return acl_null("context");
	*ctx = (struct acl_context *)ge_handle_get(handle, ACL_TYPE_CONTEXT);
	if (!*ctx)
		return acl_fail(ACL_ERROR_RT_INVALID_HANDLE,
				"%p is not a context, or was destroyed", handle);
	return ACL_SUCCESS;
}

static aclError destroy_context(aclrtContext context)
{
	struct acl_context *ctx;
	struct ge_object *obj = NULL;
	aclError code;

	code = find_context(context, &ctx);
	if (code)
		return code;
	if (ctx->primary)
		code = acl_fail(ACL_ERROR_RT_PARAM_INVALID,
				"the default context of device %u ends with "
				"aclrtResetDevice(), it cannot be destroyed",
				ctx->device->index);
	else
		obj = ge_handle_remove(context, ACL_TYPE_CONTEXT);
	if (obj)
		acl_context_destroy(ctx, true);
	if (current == context && !code)
		current = NULL;
	acl_context_put(ctx);
	return code;
}

aclError aclrtDestroyContext(aclrtContext context)
{
	return acl_return(destroy_context(context));
}

aclError aclrtSetCurrentContext(aclrtContext context)
{
	struct acl_context *ctx;
	aclError code = find_context(context, &ctx);

	if (code)
		return acl_return(code);
	current = context;
	acl_context_put(ctx);
	return ACL_SUCCESS;
}

aclError aclrtGetCurrentContext(aclrtContext *context)
{
	struct acl_context *ctx;
	aclError code;

	if (!context)
		return acl_return(acl_null("context"));
	code = acl_context_current(&ctx);
	if (code)
		return acl_return(code);
	*context = ctx->obj.handle;
	acl_context_put(ctx);
	return ACL_SUCCESS;
}

aclError aclrtCtxGetCurrentDefaultStream(aclrtStream *stream)
{
	struct acl_context *ctx;
	struct acl_stream *s;
	aclError code;

	if (!stream)
		return acl_return(acl_null("stream"));
	code = acl_context_current(&ctx);
	if (code)
		return acl_return(code);
	code = acl_context_default_stream(ctx, &s);
	acl_context_put(ctx);
	if (code)
		return acl_return(code);
	*stream = s->obj.handle;
	acl_stream_put(s);
	return ACL_SUCCESS;
}
