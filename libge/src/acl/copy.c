// SPDX-License-Identifier: MIT
/*
 * copy.c - copying and setting memory.
 *
 * All memory of libge is mapped into the process, so what is to happen now is done by the
 * processor. What is to happen in a stream is a task of the device, if it can reach both sides; if
 * not, the call waits until the stream has come here and then the processor does it.
 */
#include <stdio.h>
#include <string.h>

#include "acl/core.h"

static const char * const place_names[] = { "host", "host", "device" };

static const char *kind_name(aclrtMemcpyKind kind)
{
	static const char *const names[] = {
		"ACL_MEMCPY_HOST_TO_HOST",
		"ACL_MEMCPY_HOST_TO_DEVICE",
		"ACL_MEMCPY_DEVICE_TO_HOST",
		"ACL_MEMCPY_DEVICE_TO_DEVICE",
		"ACL_MEMCPY_DEFAULT",
		"ACL_MEMCPY_HOST_TO_BUF_TO_DEVICE",
		"ACL_MEMCPY_INNER_DEVICE_TO_DEVICE",
		"ACL_MEMCPY_INTER_DEVICE_TO_DEVICE",
	};

	return names[kind];
}

static bool fits_kind(aclrtMemcpyKind kind, const struct acl_location *dst,
		      const struct acl_location *src)
{
	bool to = dst->place == ACL_PLACE_DEVICE, from = src->place == ACL_PLACE_DEVICE;

	switch (kind) {
	case ACL_MEMCPY_HOST_TO_HOST:
		return !to && !from;
	case ACL_MEMCPY_HOST_TO_DEVICE:
	case ACL_MEMCPY_HOST_TO_BUF_TO_DEVICE:
		return to && !from;
	case ACL_MEMCPY_DEVICE_TO_HOST:
		return !to && from;
	case ACL_MEMCPY_DEFAULT:
		return true;
	case ACL_MEMCPY_INNER_DEVICE_TO_DEVICE:
		return to && from && dst->dev == src->dev;
	default:
		return to && from;
	}
}

static aclError check_room(const char *name, const void *ptr, size_t count,
			   const struct acl_location *loc)
{
	size_t room;

	if (loc->place == ACL_PLACE_PAGEABLE)
		return ACL_SUCCESS;
	room = loc->size - ((const char *)ptr - (const char *)loc->start);
	if (count > room)
		return acl_fail(ACL_ERROR_RT_PARAM_INVALID,
				"%s %p has %zu bytes left in its allocation of "
				"%zu, %zu are needed",
				name, ptr, room, loc->size, count);
	return ACL_SUCCESS;
}

static aclError check_copy(struct acl_context *ctx, void *dst, size_t dest_max, const void *src,
			   size_t count, aclrtMemcpyKind kind, struct acl_location *to,
			   struct acl_location *from)
{
	aclError code;

	if ((int)kind < ACL_MEMCPY_HOST_TO_HOST || kind > ACL_MEMCPY_INTER_DEVICE_TO_DEVICE)
		return acl_fail(ACL_ERROR_RT_PARAM_INVALID, "unknown kind %d of copy", (int)kind);
	if (count > dest_max)
		return acl_fail(ACL_ERROR_RT_PARAM_INVALID,
				"%zu bytes are to be copied to a destination "
				"of %zu",
				count, dest_max);
	acl_locate(ctx, dst, to);
	acl_locate(ctx, src, from);
	if (!fits_kind(kind, to, from))
		return acl_fail(ACL_ERROR_RT_PARAM_INVALID,
				"dst %p is %s memory and src %p is %s memory, "
				"which does not fit to %s",
				dst, place_names[to->place], src, place_names[from->place],
				kind_name(kind));
	code = check_room("dst", dst, count, to);
	return code ? code : check_room("src", src, count, from);
}

static aclError check_pointers(const void *dst, const void *src)
{
	if (!dst || !src)
		return acl_fail(ACL_ERROR_INVALID_PARAM, "%s of the copy is NULL",
				dst ? "src" : "dst");
	return ACL_SUCCESS;
}

static aclError copy_now(void *dst, size_t dest_max, const void *src, size_t count,
			 aclrtMemcpyKind kind)
{
	struct acl_location to, from;
	struct acl_context *ctx;
	aclError code;

	if (!count)
		return ACL_SUCCESS;
	code = check_pointers(dst, src);
	if (!code)
		code = acl_context_current(&ctx);
	if (code)
		return code;
	code = check_copy(ctx, dst, dest_max, src, count, kind, &to, &from);
	if (!code && dst != src)
		memmove(dst, src, count);
	acl_context_put(ctx);
	return code;
}

aclError aclrtMemcpy(void *dst, size_t destMax, const void *src, size_t count,
		     aclrtMemcpyKind kind)
{
	return acl_return(copy_now(dst, destMax, src, count, kind));
}

static aclError copy_by_device(struct acl_stream *stream, void *dst, const void *src, size_t count)
{
	const struct genpu_task task = {
		.op = GENPU_TASK_COPY,
		.copy = {
			.dst = (uintptr_t)dst,
			.src = (uintptr_t)src,
			.bytes = count,
			.rows = 1,
		},
	};
	char what[96];

	snprintf(what, sizeof(what), "a copy of %zu bytes from %p to %p", count, src, dst);
	return acl_stream_put_job(stream, &task, 1, ACL_JOB_COPY, what, NULL);
}

static bool overlap(const void *a, const void *b, size_t count)
{
	uintptr_t x = (uintptr_t)a, y = (uintptr_t)b;

	return x < y ? y - x < count : x - y < count;
}

static aclError copy_in_stream(struct acl_stream *stream, struct acl_context *ctx, void *dst,
			       size_t dest_max, const void *src, size_t count, aclrtMemcpyKind kind)
{
	struct acl_location to, from;
	aclError code;

	code = check_copy(ctx, dst, dest_max, src, count, kind, &to, &from);
	if (code)
		return code;
	if (to.place != ACL_PLACE_DEVICE && from.place != ACL_PLACE_DEVICE)
		return acl_fail(ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
				"copies from host to host cannot be put "
				"into a stream");
	if (dst == src)
		return ACL_SUCCESS;
	if (overlap(dst, src, count))
		return acl_fail(ACL_ERROR_RT_PARAM_INVALID, "%zu bytes at %p and at %p overlap",
				count, dst, src);
	/* The source of this kind is free on return, as that of pageable memory is. */
	if (to.dev == from.dev && to.dev == acl_stream_device(stream) &&
	    kind != ACL_MEMCPY_HOST_TO_BUF_TO_DEVICE)
		return copy_by_device(stream, dst, src, count);
	code = acl_stream_check(stream);
	if (code)
		return code;
	acl_stream_wait(stream, acl_stream_last_point(stream));
	memmove(dst, src, count);
	return ACL_SUCCESS;
}

static aclError copy_async(void *dst, size_t dest_max, const void *src, size_t count,
			   aclrtMemcpyKind kind, aclrtStream handle)
{
	struct acl_stream *stream;
	struct acl_context *ctx;
	aclError code;

	code = acl_stream_get(handle, &stream);
	if (code)
		return code;
	if (count)
		code = check_pointers(dst, src);
	if (count && !code)
		code = acl_context_current(&ctx);
	if (count && !code) {
		code = copy_in_stream(stream, ctx, dst, dest_max, src, count, kind);
		acl_context_put(ctx);
	}
	acl_stream_put(stream);
	return code;
}

aclError aclrtMemcpyAsync(void *dst, size_t destMax, const void *src, size_t count,
			  aclrtMemcpyKind kind, aclrtStream stream)
{
	return acl_return(copy_async(dst, destMax, src, count, kind, stream));
}

static aclError check_set(struct acl_context *ctx, void *ptr, size_t max, size_t count,
			  struct acl_location *loc)
{
	if (!ptr)
		return acl_fail(ACL_ERROR_INVALID_PARAM, "the memory to set is NULL");
	if (count > max)
		return acl_fail(ACL_ERROR_RT_PARAM_INVALID,
				"%zu bytes are to be set in memory of %zu", count, max);
	acl_locate(ctx, ptr, loc);
	if (loc->place == ACL_PLACE_PAGEABLE)
		return acl_fail(ACL_ERROR_RT_PARAM_INVALID, "%p is not memory of acl", ptr);
	return check_room("the memory at", ptr, count, loc);
}

aclError aclrtMemset(void *devPtr, size_t maxCount, int32_t value, size_t count)
{
	struct acl_location loc;
	struct acl_context *ctx;
	aclError code = acl_context_current(&ctx);

	if (code)
		return acl_return(code);
	code = check_set(ctx, devPtr, maxCount, count, &loc);
	if (!code)
		memset(devPtr, value, count);
	acl_context_put(ctx);
	return acl_return(code);
}

static aclError set_in_stream(struct acl_stream *stream, struct acl_context *ctx, void *ptr,
			      size_t max, int32_t value, size_t count)
{
	const struct genpu_task task = {
		.op = GENPU_TASK_FILL,
		.fill = {
			.dst = (uintptr_t)ptr,
			.bytes = count,
			.pattern = (uint8_t)value,
			.width = 1,
		},
	};
	struct acl_location loc;
	aclError code = check_set(ctx, ptr, max, count, &loc);
	char what[96];

	if (code || !count)
		return code;
	if (loc.dev != acl_stream_device(stream))
		return acl_fail(ACL_ERROR_RT_PARAM_INVALID,
				"%p is memory of device %u, the stream is on "
				"device %u",
				ptr, ge_device_index(loc.dev),
				ge_device_index(acl_stream_device(stream)));
	snprintf(what, sizeof(what), "setting %zu bytes at %p", count, ptr);
	return acl_stream_put_job(stream, &task, 1, ACL_JOB_FILL, what, NULL);
}

aclError aclrtMemsetAsync(void *devPtr, size_t maxCount, int32_t value, size_t count,
			  aclrtStream stream)
{
	struct acl_stream *s;
	struct acl_context *ctx;
	aclError code = acl_stream_get(stream, &s);

	if (code)
		return acl_return(code);
	code = acl_context_current(&ctx);
	if (!code) {
		code = set_in_stream(s, ctx, devPtr, maxCount, value, count);
		acl_context_put(ctx);
	}
	acl_stream_put(s);
	return acl_return(code);
}
