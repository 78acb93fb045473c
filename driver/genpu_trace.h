/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of the life of a job and of what happens to the device. A job has one submit, at most
 * one run, and one end. Documentation/observability.rst promises the fields: they may become more.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM genpu

#if !defined(_GENPU_TRACE_H_) || defined(TRACE_HEADER_MULTI_READ)
#define _GENPU_TRACE_H_

#include <linux/tracepoint.h>

#include "genpu_admin.h"
#include "genpu_ctx.h"
#include "genpu_device.h"
#include "genpu_drv.h"
#include "genpu_job.h"
#include "genpu_stream.h"

DECLARE_EVENT_CLASS(genpu_job,
		    TP_PROTO(struct genpu_job *job, int error), TP_ARGS(job, error),
		    TP_STRUCT__entry(__string(dev, dev_name(job->stream->gdev->drm.dev))
				     __field(u64, client) __field(u32, context) __field(u32, stream)
				     __field(u32, queue) __field(u64, job) __field(int, error)
				     __field(u32, tasks) __field(u64, start) __field(u64, tail)
				     __field(u64, fence_context) __field(u64, fence_seqno)),
		    TP_fast_assign(__assign_str(dev);
				   __entry->client = job->stream->ctx->gfile->client_id;
				   __entry->context = job->stream->ctx->id;
				   __entry->stream = job->stream->id;
				   __entry->queue = job->stream->queue;
				   __entry->job = job->number;
				   __entry->error = error;
				   __entry->tasks = job->num_tasks;
				   __entry->start = job->start;
				   __entry->tail = job->end;
				   __entry->fence_context = job->base.s_fence->finished.context;
				   __entry->fence_seqno = job->base.s_fence->finished.seqno;),
		    TP_printk("dev=%s client=%llu context=%u stream=%u queue=%u job=%llu error=%d tasks=%u start=%llu tail=%llu fence=%llu:%llu",
			      __get_str(dev), __entry->client, __entry->context, __entry->stream,
			      __entry->queue, __entry->job, __entry->error, __entry->tasks,
			      __entry->start, __entry->tail, __entry->fence_context,
			      __entry->fence_seqno));

DEFINE_EVENT(genpu_job, genpu_job_submit,
	     TP_PROTO(struct genpu_job *job, int error), TP_ARGS(job, error));

DEFINE_EVENT(genpu_job, genpu_job_run,
	     TP_PROTO(struct genpu_job *job, int error), TP_ARGS(job, error));

DEFINE_EVENT(genpu_job, genpu_job_end,
	     TP_PROTO(struct genpu_job *job, int error), TP_ARGS(job, error));

DECLARE_EVENT_CLASS(genpu_failure,
		    TP_PROTO(struct genpu_stream *stream,
			     const struct drm_genpu_stream_state *failure),
		    TP_ARGS(stream, failure),
		    TP_STRUCT__entry(__string(dev, dev_name(stream->gdev->drm.dev))
				     __field(u64, client) __field(u32, context) __field(u32, stream)
				     __field(u32, queue) __field(u64, job) __field(u32, task)
				     __field(u32, error) __field(u32, op) __field(u32, operand)
				     __field(u32, access) __field(u64, addr)),
		    TP_fast_assign(__assign_str(dev);
				   __entry->client = stream->ctx->gfile->client_id;
				   __entry->context = stream->ctx->id;
				   __entry->stream = stream->id;
				   __entry->queue = stream->queue;
				   __entry->job = failure->failed;
				   __entry->task = failure->task;
				   __entry->error = failure->error;
				   __entry->op = failure->op;
				   __entry->operand = failure->operand;
				   __entry->access = failure->access;
				   __entry->addr = failure->addr;),
		    TP_printk("dev=%s client=%llu context=%u stream=%u queue=%u job=%llu task=%u error=%u op=%d operand=%d access=%u addr=0x%llx",
			      __get_str(dev), __entry->client, __entry->context, __entry->stream,
			      __entry->queue, __entry->job, __entry->task, __entry->error,
			      (int)__entry->op, (int)__entry->operand, __entry->access,
			      __entry->addr));

DEFINE_EVENT(genpu_failure, genpu_job_fault,
	     TP_PROTO(struct genpu_stream *stream, const struct drm_genpu_stream_state *failure),
	     TP_ARGS(stream, failure));

DEFINE_EVENT(genpu_failure, genpu_job_timeout,
	     TP_PROTO(struct genpu_stream *stream, const struct drm_genpu_stream_state *failure),
	     TP_ARGS(stream, failure));

TRACE_EVENT(genpu_context_ban,
	    TP_PROTO(struct genpu_ctx *ctx), TP_ARGS(ctx),
	    TP_STRUCT__entry(__string(dev, dev_name(ctx->gdev->drm.dev))
			     __field(u64, client) __field(u32, context) __field(u32, hangs)),
	    TP_fast_assign(__assign_str(dev);
			   __entry->client = ctx->gfile->client_id;
			   __entry->context = ctx->id;
			   __entry->hangs = atomic_read(&ctx->hangs);),
	    TP_printk("dev=%s client=%llu context=%u hangs=%u", __get_str(dev), __entry->client,
		      __entry->context, __entry->hangs));

TRACE_EVENT(genpu_reset_begin,
	    TP_PROTO(struct genpu_device *gdev, const char *reason), TP_ARGS(gdev, reason),
	    TP_STRUCT__entry(__string(dev, dev_name(gdev->drm.dev))
			     __string(reason, reason)
			     __field(u32, generation)),
	    TP_fast_assign(__assign_str(dev);
			   __assign_str(reason);
			   __entry->generation = gdev->generation;),
	    TP_printk("dev=%s generation=%u reason=\"%s\"", __get_str(dev), __entry->generation,
		      __get_str(reason)));

TRACE_EVENT(genpu_reset_end,
	    TP_PROTO(struct genpu_device *gdev, int error), TP_ARGS(gdev, error),
	    TP_STRUCT__entry(__string(dev, dev_name(gdev->drm.dev))
			     __field(u32, generation) __field(int, error)),
	    TP_fast_assign(__assign_str(dev);
			   __entry->generation = gdev->generation;
			   __entry->error = error;),
	    TP_printk("dev=%s generation=%u error=%d", __get_str(dev), __entry->generation,
		      __entry->error));

DECLARE_EVENT_CLASS(genpu_admin,
		    TP_PROTO(struct genpu_device *gdev, const struct genpu_task *task, u32 error),
		    TP_ARGS(gdev, task, error),
		    TP_STRUCT__entry(__string(dev, dev_name(gdev->drm.dev))
				     __field(u32, cookie) __field(u32, op) __field(u32, object)
				     __field(u32, error)),
		    TP_fast_assign(__assign_str(dev);
				   __entry->cookie = task->cookie;
				   __entry->op = task->op;
				   __entry->object = task->raw[0];
				   __entry->error = error;),
		    TP_printk("dev=%s cookie=%u op=%u object=%u error=%u", __get_str(dev),
			      __entry->cookie, __entry->op, __entry->object, __entry->error));

DEFINE_EVENT(genpu_admin, genpu_admin_command,
	     TP_PROTO(struct genpu_device *gdev, const struct genpu_task *task, u32 error),
	     TP_ARGS(gdev, task, error));

DEFINE_EVENT(genpu_admin, genpu_admin_answer,
	     TP_PROTO(struct genpu_device *gdev, const struct genpu_task *task, u32 error),
	     TP_ARGS(gdev, task, error));

TRACE_EVENT(genpu_event_overflow,
	    TP_PROTO(struct genpu_device *gdev, u32 vector, u64 taken),
	    TP_ARGS(gdev, vector, taken),
	    TP_STRUCT__entry(__string(dev, dev_name(gdev->drm.dev))
			     __field(u32, vector) __field(u64, taken)),
	    TP_fast_assign(__assign_str(dev);
			   __entry->vector = vector;
			   __entry->taken = taken;),
	    TP_printk("dev=%s vector=%u taken=%llu", __get_str(dev), __entry->vector,
		      __entry->taken));

DECLARE_EVENT_CLASS(genpu_vm,
		    TP_PROTO(struct genpu_ctx *ctx, const struct drm_genpu_vm_bind *bind),
		    TP_ARGS(ctx, bind),
		    TP_STRUCT__entry(__string(dev, dev_name(ctx->gdev->drm.dev))
				     __field(u64, client) __field(u32, context) __field(u32, flags)
				     __field(u32, handle) __field(u64, offset) __field(u64, va)
				     __field(u64, size)),
		    TP_fast_assign(__assign_str(dev);
				   __entry->client = ctx->gfile->client_id;
				   __entry->context = ctx->id;
				   __entry->flags = bind->flags;
				   __entry->handle = bind->handle;
				   __entry->offset = bind->offset;
				   __entry->va = bind->va;
				   __entry->size = bind->size;),
		    TP_printk("dev=%s client=%llu context=%u va=0x%llx size=0x%llx handle=%u offset=0x%llx flags=0x%x",
			      __get_str(dev), __entry->client, __entry->context, __entry->va,
			      __entry->size, __entry->handle, __entry->offset, __entry->flags));

DEFINE_EVENT(genpu_vm, genpu_vm_map,
	     TP_PROTO(struct genpu_ctx *ctx, const struct drm_genpu_vm_bind *bind),
	     TP_ARGS(ctx, bind));

DEFINE_EVENT(genpu_vm, genpu_vm_unmap,
	     TP_PROTO(struct genpu_ctx *ctx, const struct drm_genpu_vm_bind *bind),
	     TP_ARGS(ctx, bind));

#endif /* _GENPU_TRACE_H_ */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE genpu_trace
#include <trace/define_trace.h>
