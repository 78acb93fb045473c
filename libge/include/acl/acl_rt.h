/* SPDX-License-Identifier: MIT */
/*
 * acl_rt.h - the runtime: devices, contexts, streams, events, memory, callbacks. See acl.h for what
 * holds for every call.
 */
#ifndef ACL_ACL_RT_H
#define ACL_ACL_RT_H

#include <stddef.h>
#include <stdint.h>

#include "acl_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Flags of aclrtCreateEventWithFlag() and aclrtCreateEventExWithFlag() */
#define ACL_EVENT_SYNC				0x00000001u
#define ACL_EVENT_CAPTURE_STREAM_PROGRESS	0x00000002u
#define ACL_EVENT_TIME_LINE			0x00000008u
#define ACL_EVENT_DEVICE_USE_ONLY		0x00000010u
#define ACL_EVENT_EXTERNAL			0x00000020u
#define ACL_EVENT_IPC				0x00000040u

/* Flags of aclrtCreateStreamWithConfig() */
#define ACL_STREAM_FAST_LAUNCH			0x00000001u
#define ACL_STREAM_FAST_SYNC			0x00000002u
#define ACL_STREAM_PERSISTENT			0x00000004u
#define ACL_STREAM_HUGE				0x00000008u
#define ACL_STREAM_CPU_SCHEDULE			0x00000010u
#define ACL_STREAM_DEVICE_USE_ONLY		0x00000020u

/* Modes of aclrtSetStreamFailureMode() */
#define ACL_CONTINUE_ON_FAILURE			0x00000000u
#define ACL_STOP_ON_FAILURE			0x00000001u

typedef enum aclrtRunMode {
	ACL_DEVICE,
	ACL_HOST,
} aclrtRunMode;

typedef enum aclrtStreamStatus {
	ACL_STREAM_STATUS_COMPLETE = 0,
	ACL_STREAM_STATUS_NOT_READY = 1,
	ACL_STREAM_STATUS_RESERVED = 0xffff,
} aclrtStreamStatus;

typedef enum aclrtEventRecordedStatus {
	ACL_EVENT_RECORDED_STATUS_NOT_READY = 0,
	ACL_EVENT_RECORDED_STATUS_COMPLETE = 1,
} aclrtEventRecordedStatus;

typedef enum aclrtCallbackBlockType {
	ACL_CALLBACK_NO_BLOCK,
	ACL_CALLBACK_BLOCK,
} aclrtCallbackBlockType;

typedef enum aclrtMemcpyKind {
	ACL_MEMCPY_HOST_TO_HOST,
	ACL_MEMCPY_HOST_TO_DEVICE,
	ACL_MEMCPY_DEVICE_TO_HOST,
	ACL_MEMCPY_DEVICE_TO_DEVICE,
	ACL_MEMCPY_DEFAULT,		/* by where the pointers point to */
	ACL_MEMCPY_HOST_TO_BUF_TO_DEVICE,	/* the source may be reused on return */
	ACL_MEMCPY_INNER_DEVICE_TO_DEVICE,
	ACL_MEMCPY_INTER_DEVICE_TO_DEVICE,
} aclrtMemcpyKind;

typedef enum aclrtMemMallocPolicy {
	ACL_MEM_MALLOC_HUGE_FIRST,
	ACL_MEM_MALLOC_HUGE_ONLY,
	ACL_MEM_MALLOC_NORMAL_ONLY,
	ACL_MEM_MALLOC_HUGE_FIRST_P2P,
	ACL_MEM_MALLOC_HUGE_ONLY_P2P,
	ACL_MEM_MALLOC_NORMAL_ONLY_P2P,
	ACL_MEM_MALLOC_HUGE1G_ONLY,
	ACL_MEM_MALLOC_HUGE1G_ONLY_P2P,
	ACL_MEM_TYPE_LOW_BAND_WIDTH = 0x0100,
	ACL_MEM_TYPE_HIGH_BAND_WIDTH = 0x1000,
	ACL_MEM_ACCESS_USER_SPACE_READONLY = 0x100000,
} aclrtMemMallocPolicy;

typedef enum aclrtMemAttr {
	ACL_DDR_MEM,
	ACL_HBM_MEM,
	ACL_DDR_MEM_HUGE,
	ACL_DDR_MEM_NORMAL,
	ACL_HBM_MEM_HUGE,
	ACL_HBM_MEM_NORMAL,
	ACL_DDR_MEM_P2P_HUGE,
	ACL_DDR_MEM_P2P_NORMAL,
	ACL_HBM_MEM_P2P_HUGE,
	ACL_HBM_MEM_P2P_NORMAL,
} aclrtMemAttr;

typedef enum aclrtLastErrLevel {
	ACL_RT_THREAD_LEVEL = 0,
} aclrtLastErrLevel;

typedef struct aclrtExceptionInfo aclrtExceptionInfo;
typedef void (*aclrtCallback)(void *userData);
typedef void (*aclrtHostFunc)(void *args);
typedef void (*aclrtExceptionInfoCallback)(aclrtExceptionInfo *exceptionInfo);

/* --- Errors --------------------------------------------------------------------------------- */

/** aclrtGetLastError() - the last error code of an aclrt function in this thread; forgets it */
aclError aclrtGetLastError(aclrtLastErrLevel level);
/** aclrtPeekAtLastError() - the same without forgetting it */
aclError aclrtPeekAtLastError(aclrtLastErrLevel level);

/* --- Devices --------------------------------------------------------------------------------
 *
 * A device has one default context, shared by all threads, which exists from the first
 * aclrtSetDevice() to the last aclrtResetDevice().
 */

/** aclrtSetDevice() - make the default context of a device current; counts */
aclError aclrtSetDevice(int32_t deviceId);
/**
 * aclrtResetDevice() - undo one aclrtSetDevice(); the last one waits for the default context's work
 * and destroys it. Device memory goes with the device's last context.
 */
aclError aclrtResetDevice(int32_t deviceId);
/** aclrtResetDeviceForce() - undo all aclrtSetDevice(); does not wait for work */
aclError aclrtResetDeviceForce(int32_t deviceId);
aclError aclrtGetDevice(int32_t *deviceId);
aclError aclrtGetDeviceCount(uint32_t *count);
/** aclrtGetRunMode() - ACL_HOST: programs copy between host and device memory */
aclError aclrtGetRunMode(aclrtRunMode *runMode);
/** aclrtSynchronizeDevice() - aclrtSynchronizeStream() for all streams of the current device */
aclError aclrtSynchronizeDevice(void);
aclError aclrtSynchronizeDeviceWithTimeout(int32_t timeout);
/** aclrtGetMemInfo() - device memory; the same figures for all kinds but P2P, which there is not */
aclError aclrtGetMemInfo(aclrtMemAttr attr, size_t *free, size_t *total);
aclError aclrtGetPrimaryCtxState(int32_t deviceId, uint32_t *flags, int32_t *active);

/* --- Contexts ------------------------------------------------------------------------------- */

/** aclrtCreateContext() - make a context and make it current in this thread */
aclError aclrtCreateContext(aclrtContext *context, int32_t deviceId);
/**
 * aclrtDestroyContext() - destroy a context of aclrtCreateContext() and the streams that it still
 * has, after their work. A default context is refused: ACL_ERROR_RT_PARAM_INVALID.
 */
aclError aclrtDestroyContext(aclrtContext context);
aclError aclrtSetCurrentContext(aclrtContext context);
aclError aclrtGetCurrentContext(aclrtContext *context);
aclError aclrtCtxGetCurrentDefaultStream(aclrtStream *stream);

/* --- Streams --------------------------------------------------------------------------------
 *
 * Tasks of a stream run in order, those of different streams at the same time. A stream belongs to
 * the context that was current when it was created, and is used with that context current, else
 * ACL_ERROR_RT_STREAM_CONTEXT.
 */

aclError aclrtCreateStream(aclrtStream *stream);
/**
 * aclrtCreateStreamWithConfig() - a stream with a priority
 * @stream: result
 * @priority: 0 (highest) .. 7
 * @flag: ACL_STREAM_FAST_LAUNCH, _FAST_SYNC and _HUGE are accepted; others:
 *        ACL_ERROR_RT_FEATURE_NOT_SUPPORT
 */
aclError aclrtCreateStreamWithConfig(aclrtStream *stream, uint32_t priority, uint32_t flag);
/** aclrtDestroyStream() - wait for the stream's tasks and destroy it */
aclError aclrtDestroyStream(aclrtStream stream);
/** aclrtDestroyStreamForce() - cancel the stream's tasks and destroy it */
aclError aclrtDestroyStreamForce(aclrtStream stream);
/**
 * aclrtSynchronizeStream() - wait for all tasks of a stream
 *
 * Return: the error of the first task that failed since the last report, with a message that names
 * it. A failure is reported once, unless the stream stops on failure.
 */
aclError aclrtSynchronizeStream(aclrtStream stream);
/**
 * aclrtSynchronizeStreamWithTimeout() - the same for a limited time
 * @stream: stream
 * @timeout: ms; -1 = no limit, 0 = look
 *
 * Return: ACL_ERROR_RT_STREAM_SYNC_TIMEOUT, the tasks go on.
 */
aclError aclrtSynchronizeStreamWithTimeout(aclrtStream stream, int32_t timeout);
aclError aclrtStreamQuery(aclrtStream stream, aclrtStreamStatus *status);
/**
 * aclrtSetStreamFailureMode() - what happens behind a task that fails
 * @stream: not a default stream; once for each stream
 * @mode: ACL_CONTINUE_ON_FAILURE: the next tasks run. ACL_STOP_ON_FAILURE: the whole context stops,
 *        and all its streams refuse work with the error.
 *
 * Waits for the tasks that the stream has, so it is best called right after creation.
 */
aclError aclrtSetStreamFailureMode(aclrtStream stream, uint64_t mode);
/** aclrtStreamWaitEvent() - later tasks of @stream wait for the last record of @event */
aclError aclrtStreamWaitEvent(aclrtStream stream, aclrtEvent event);
/** aclrtStreamGetId() - the number of the stream in error messages */
aclError aclrtStreamGetId(aclrtStream stream, int32_t *streamId);

/* --- Events --------------------------------------------------------------------------------- */

/** aclrtCreateEvent() - an event that is not complete before it was recorded */
aclError aclrtCreateEvent(aclrtEvent *event);
/** aclrtCreateEventWithFlag() - the same; ACL_EVENT_IPC: ACL_ERROR_RT_FEATURE_NOT_SUPPORT */
aclError aclrtCreateEventWithFlag(aclrtEvent *event, uint32_t flag);
/** aclrtCreateEventExWithFlag() - an event that counts as complete before it was recorded */
aclError aclrtCreateEventExWithFlag(aclrtEvent *event, uint32_t flag);
/** aclrtDestroyEvent() - never waits; records and waits in flight go on */
aclError aclrtDestroyEvent(aclrtEvent event);
/** aclrtRecordEvent() - complete @event, with the device time, when @stream gets here */
aclError aclrtRecordEvent(aclrtEvent event, aclrtStream stream);
/** aclrtResetEvent() - back to never recorded; not for aclrtCreateEventExWithFlag() events */
aclError aclrtResetEvent(aclrtEvent event, aclrtStream stream);
aclError aclrtQueryEventStatus(aclrtEvent event, aclrtEventRecordedStatus *status);
aclError aclrtSynchronizeEvent(aclrtEvent event);
/** aclrtSynchronizeEventWithTimeout() - ACL_ERROR_RT_EVENT_SYNC_TIMEOUT after @timeout ms */
aclError aclrtSynchronizeEventWithTimeout(aclrtEvent event, int32_t timeout);
/**
 * aclrtEventElapsedTime() - device time between two completed events
 *
 * Return: ACL_ERROR_RT_EVENT_TIMESTAMP_INVALID: one has no time (yet);
 * ACL_ERROR_RT_EVENT_TIMESTAMP_REVERSAL: the end was before the start.
 */
aclError aclrtEventElapsedTime(float *ms, aclrtEvent startEvent, aclrtEvent endEvent);
/** aclrtEventGetTimestamp() - device time in microseconds */
aclError aclrtEventGetTimestamp(aclrtEvent event, uint64_t *timestamp);

/* --- Memory ---------------------------------------------------------------------------------
 *
 * Pointers are valid on the host and on the device, whichever memory they point to.
 */

/**
 * aclrtMalloc() - device memory
 * @devPtr: result, page aligned
 * @size: > 0, else ACL_ERROR_INVALID_PARAM; rounded up to a page
 * @policy: checked; pages are chosen by size
 *
 * Return: ACL_ERROR_RT_MEMORY_ALLOCATION: the device's memory is full.
 */
aclError aclrtMalloc(void **devPtr, size_t size, aclrtMemMallocPolicy policy);
aclError aclrtMallocAlign32(void **devPtr, size_t size, aclrtMemMallocPolicy policy);
aclError aclrtMallocCached(void **devPtr, size_t size, aclrtMemMallocPolicy policy);
/** aclrtFree() - at once; tasks in flight that use it may fail */
aclError aclrtFree(void *devPtr);
/** aclrtFreeWithDevSync() - after aclrtSynchronizeDevice() */
aclError aclrtFreeWithDevSync(void *devPtr);
/** aclrtMallocHost() - pinned host memory, page aligned */
aclError aclrtMallocHost(void **hostPtr, size_t size);
aclError aclrtFreeHost(void *hostPtr);

/**
 * aclrtMemcpy() - copy, now
 * @dst: destination
 * @destMax: bytes there; less than @count: ACL_ERROR_RT_PARAM_INVALID
 * @src: source
 * @count: bytes; 0 does nothing
 * @kind: must fit to where the pointers point, else ACL_ERROR_RT_PARAM_INVALID
 *
 * Does not wait for any stream.
 */
aclError aclrtMemcpy(void *dst, size_t destMax, const void *src, size_t count,
		     aclrtMemcpyKind kind);
/**
 * aclrtMemcpyAsync() - copy when @stream gets here
 *
 * Memory from aclrtMalloc() and aclrtMallocHost() must stay until then and not overlap. With other
 * host memory the call returns after the copy. From host to host: ACL_ERROR_RT_FEATURE_NOT_SUPPORT.
 */
aclError aclrtMemcpyAsync(void *dst, size_t destMax, const void *src, size_t count,
			  aclrtMemcpyKind kind, aclrtStream stream);
/** aclrtMemset() - set @count bytes of acl's memory to the low byte of @value, now */
aclError aclrtMemset(void *devPtr, size_t maxCount, int32_t value, size_t count);
/** aclrtMemsetAsync() - the same when @stream gets here */
aclError aclrtMemsetAsync(void *devPtr, size_t maxCount, int32_t value, size_t count,
			  aclrtStream stream);

/* --- Functions on the host ------------------------------------------------------------------
 *
 * Inside of these functions acl must not be called.
 */

/** aclrtLaunchHostFunc() - call @fn in a thread of libge; later tasks of @stream wait for it */
aclError aclrtLaunchHostFunc(aclrtStream stream, aclrtHostFunc fn, void *args);
/**
 * aclrtSubscribeReport() - let a thread execute the callbacks of a stream
 * @threadId: its pthread_t
 * @stream: not subscribed yet, else ACL_ERROR_RT_STREAM_SUBSCRIBE
 */
aclError aclrtSubscribeReport(uint64_t threadId, aclrtStream stream);
aclError aclrtUnSubscribeReport(uint64_t threadId, aclrtStream stream);
/**
 * aclrtLaunchCallback() - call @fn in the thread that subscribed to @stream
 * @fn: function
 * @userData: its argument
 * @blockType: ACL_CALLBACK_BLOCK: later tasks of the stream wait for it
 * @stream: subscribed, else ACL_ERROR_RT_STREAM_NO_CB_REG
 */
aclError aclrtLaunchCallback(aclrtCallback fn, void *userData, aclrtCallbackBlockType blockType,
			     aclrtStream stream);
/**
 * aclrtProcessReport() - wait for callbacks and execute those that are due
 * @timeout: ms, -1 = no limit
 *
 * Return: ACL_ERROR_RT_REPORT_TIMEOUT; ACL_ERROR_RT_THREAD_SUBSCRIBE: the thread has no
 * subscription.
 */
aclError aclrtProcessReport(int32_t timeout);

/**
 * aclrtSetExceptionInfoCallback() - a function to call for each failed task, NULL = none
 *
 * It is called by the thread that notices the failure (synchronising, submitting), before that call
 * returns.
 */
aclError aclrtSetExceptionInfoCallback(aclrtExceptionInfoCallback callback);
/* 0xffffffff for NULL */
uint32_t aclrtGetTaskIdFromExceptionInfo(const aclrtExceptionInfo *info);
uint32_t aclrtGetStreamIdFromExceptionInfo(const aclrtExceptionInfo *info);
uint32_t aclrtGetThreadIdFromExceptionInfo(const aclrtExceptionInfo *info);
uint32_t aclrtGetDeviceIdFromExceptionInfo(const aclrtExceptionInfo *info);
uint32_t aclrtGetErrorCodeFromExceptionInfo(const aclrtExceptionInfo *info);

#ifdef __cplusplus
}
#endif

#endif
