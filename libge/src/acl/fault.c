// SPDX-License-Identifier: MIT
/*
 * fault.c - what became of a stream whose job failed: code, sentence, exception callback.
 */
#include <drm/genpu_accel.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "acl/core.h"

static aclrtExceptionInfoCallback exception_callback;	/* atomic */
static acl_describe_fn describe_fn;			/* atomic */

void acl_set_describe(acl_describe_fn describe)
{
	__atomic_store_n(&describe_fn, describe, __ATOMIC_RELEASE);
}

void acl_exception_forget(void)
{
	__atomic_store_n(&exception_callback, NULL, __ATOMIC_RELEASE);
}

void acl_exception_notify(struct aclrtExceptionInfo *info)
{
	aclrtExceptionInfoCallback callback =
		__atomic_load_n(&exception_callback, __ATOMIC_ACQUIRE);

	if (info->error_code && callback)
		callback(info);
}

static bool is_fault(uint32_t status)
{
	return status == DRM_GENPU_STREAM_FAULT;
}

static aclError graph_code(uint32_t error)
{
	switch (error) {
	case GENPU_ERR_MEMORY:
		return ACL_ERROR_RT_DEVICE_MEM_ERROR;
	case GENPU_ERR_OPCODE:
	case GENPU_ERR_RESERVED:
	case GENPU_ERR_PROGRAM:
	case GENPU_ERR_ARGS:
	case GENPU_ERR_WORKSPACE:
		return ACL_ERROR_RT_TS_ERROR;
	default:
		return ACL_ERROR_RT_AICORE_EXCEPTION;
	}
}

static aclError fault_code(const struct ge_queue_state *state, const struct acl_job *job)
{
	bool graph = state->graph || (job && job->kind == ACL_JOB_GRAPH);

	switch (state->status) {
	case DRM_GENPU_STREAM_FAULT:
		if (graph || state->error == GENPU_ERR_MEMORY)
			return graph_code(state->error);
		if (job && (job->kind == ACL_JOB_COPY || job->kind == ACL_JOB_FILL))
			return ACL_ERROR_RT_SYS_DMA;
		return ACL_ERROR_RT_TS_ERROR;
	case DRM_GENPU_STREAM_TIMEDOUT:
		return graph ? ACL_ERROR_RT_AICORE_TIMEOUT : ACL_ERROR_RT_TASK_TIMEOUT;
	case DRM_GENPU_STREAM_BANNED:
		return ACL_ERROR_RT_DEVICE_TASK_ABORT;
	default:
		return ACL_ERROR_RT_LOST_HEARTBEAT;
	}
}

/* Is the address that of an access? */
static bool has_address(const struct ge_queue_state *state)
{
	switch (state->error) {
	case GENPU_ERR_PAGE_FAULT:
	case GENPU_ERR_BUS:
	case GENPU_ERR_MEMORY:
		return true;
	case GENPU_ERR_ALIGN:
	case GENPU_ERR_RANGE:
		return state->addr;
	default:
		return false;
	}
}

/* snprintf() behind what is there; @used stays within @size. */
__attribute__((format(printf, 4, 5)))
static void append(char *text, size_t size, size_t *used, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text + *used, size - *used, fmt, args);
	va_end(args);
	if (n > 0)
		*used = *used + n < size ? *used + n : size - 1;
}

void acl_fault_text(unsigned int device, const struct ge_queue_state *state, char *text,
		    size_t size)
{
	acl_describe_fn describe = __atomic_load_n(&describe_fn, __ATOMIC_ACQUIRE);
	char words[384];
	size_t used = 0;

	append(text, size, &used, "device %u, context %u, stream %u", device, state->ctx,
	       state->stream);
	if (state->failed)
		append(text, size, &used, ", job %llu", (unsigned long long)state->failed);
	if (state->failed && state->task != GENPU_NONE)
		append(text, size, &used, ", task %u", state->task);
	switch (state->status) {
	case DRM_GENPU_STREAM_FAULT:
		append(text, size, &used, ": %s", ge_device_error_name(state->error));
		break;
	case DRM_GENPU_STREAM_TIMEDOUT:
		append(text, size, &used,
		       ": took longer than the stream's timeout; the jobs behind it "
		       "were cancelled");
		break;
	case DRM_GENPU_STREAM_BANNED:
		append(text, size, &used, ": the context was banned after repeated failures");
		break;
	default:
		append(text, size, &used, ": a reset of the device took its jobs");
		break;
	}
	if (is_fault(state->status) && has_address(state))
		append(text, size, &used, " %s address %#llx",
		       state->access == GENPU_ACCESS_WRITE ? "writing" : "reading",
		       (unsigned long long)state->addr);
	if (state->graph && describe &&
	    describe(device, state->graph, state->op, state->operand, words, sizeof(words)))
		append(text, size, &used, " in %s", words);
	else if (state->graph && state->op != GENPU_NONE)
		append(text, size, &used, " in operator %u of graph %u", state->op, state->graph);
}

/* Where is the address, seen from the program's allocations? */
static void append_place(struct ge_device *dev, const struct ge_queue_state *state, char *text,
			 size_t size)
{
	size_t used = strlen(text), len;
	void *start;

	if (!is_fault(state->status) || state->error != GENPU_ERR_PAGE_FAULT || !state->addr)
		return;
	if (!ge_mem_find(dev, (void *)(uintptr_t)(state->addr - 1), &start, &len, NULL))
		append(text, size, &used, " (right behind the allocation of %zu bytes at %p)", len,
		       start);
	else if (ge_mem_find(dev, (void *)(uintptr_t)state->addr, NULL, NULL, NULL))
		append(text, size, &used, " (in no allocation; was it freed?)");
}

static const struct acl_job *find_job(const struct acl_stream *stream, uint64_t seqno)
{
	const struct acl_job *job = &stream->jobs[seqno % ACL_JOBS];

	return seqno && job->seqno == seqno ? job : NULL;
}

/* With the stream's lock. */
static void keep(struct acl_stream *stream, aclError code, const char *text,
		 const struct ge_queue_state *state, struct aclrtExceptionInfo *info)
{
	if (!stream->fault) {
		stream->fault = code;
		snprintf(stream->fault_text, sizeof(stream->fault_text), "%s", text);
	}
	*info = (struct aclrtExceptionInfo) {
		.task_id = state->failed,
		.stream_id = state->stream,
		.thread_id = gettid(),
		.device_id = ge_device_index(stream->dev),
		.error_code = code,
	};
	if (stream->config.stop_on_error)
		acl_context_stop(stream->ctx, code, text);
}

void acl_stream_collect(struct acl_stream *stream, struct aclrtExceptionInfo *info)
{
	struct ge_queue_state state;
	const struct acl_job *job;
	char text[768];
	size_t used;
	int ret;

	info->error_code = 0;
	if (!stream->queue)
		return;
	ret = ge_queue_state(stream->queue, !stream->config.stop_on_error, &state);
	if (ret) {
		state = (struct ge_queue_state){ .status = DRM_GENPU_STREAM_LOST };
		keep(stream, acl_code(ret), ge_error_text(), &state, info);
		goto give_up;
	}
	if (state.status == DRM_GENPU_STREAM_OK)
		return;
	if (stream->config.stop_on_error && stream->fault)
		return;
	job = find_job(stream, state.failed);
	acl_fault_text(ge_device_index(stream->dev), &state, text, sizeof(text));
	append_place(stream->dev, &state, text, sizeof(text));
	used = strlen(text);
	if (job && job->what[0])
		append(text, sizeof(text), &used, "; it was %s", job->what);
	keep(stream, fault_code(&state, job), text, &state, info);
	if (is_fault(state.status) || stream->config.stop_on_error)
		return;
give_up:
	ge_queue_destroy(stream->queue);
	stream->queue = NULL;
}

aclError aclrtSetExceptionInfoCallback(aclrtExceptionInfoCallback callback)
{
	__atomic_store_n(&exception_callback, callback, __ATOMIC_RELEASE);
	return ACL_SUCCESS;
}

uint32_t aclrtGetTaskIdFromExceptionInfo(const aclrtExceptionInfo *info)
{
	return info ? info->task_id : UINT32_MAX;
}

uint32_t aclrtGetStreamIdFromExceptionInfo(const aclrtExceptionInfo *info)
{
	return info ? info->stream_id : UINT32_MAX;
}

uint32_t aclrtGetThreadIdFromExceptionInfo(const aclrtExceptionInfo *info)
{
	return info ? info->thread_id : UINT32_MAX;
}

uint32_t aclrtGetDeviceIdFromExceptionInfo(const aclrtExceptionInfo *info)
{
	return info ? info->device_id : UINT32_MAX;
}

uint32_t aclrtGetErrorCodeFromExceptionInfo(const aclrtExceptionInfo *info)
{
	return info ? info->error_code : UINT32_MAX;
}
