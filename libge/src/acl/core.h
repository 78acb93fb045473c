/* SPDX-License-Identifier: MIT */
/*
 * Inside of acl: what its files share. Functions here return an aclError with ge_error() text,
 * unless they say otherwise.
 *
 * Objects. A device exists as long as it has contexts; a context holds its device, a stream its
 * context. Streams, contexts and events are named by handles; the table of handles holds the
 * reference that destroying drops. A destroyed stream gives up its queue, timeline and context at
 * once and is from then on only a place that says "all was reached", for those who still refer to
 * it.
 *
 * Locks, outer first: acl_lock (devices, their contexts and counts); a context's lock (its list of
 * streams); a pool of timestamps; a stream's lock; an event's; memory, reporters, handles.
 * No lock is held while waiting for the device or calling user functions, but a stream's lock
 * while submitting, which sleeps when the ring is full. Two streams are never locked together.
 * Opening and closing devices happens outside of acl_lock.
 */
#ifndef GE_ACL_CORE_H
#define GE_ACL_CORE_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "acl/acl.h"
#include "acl/acl_internal.h"
#include "base/error.h"
#include "base/handle.h"
#include "device/device.h"

enum acl_type {
	ACL_TYPE_CONTEXT = 1,
	ACL_TYPE_STREAM = 2,
	ACL_TYPE_EVENT = 3,
};

/* --- Errors: error.c ------------------------------------------------------------------------ */

#define acl_fail(code, ...) ((void)ge_error(EINVAL, __VA_ARGS__), (code))
#define acl_null(name) acl_fail(ACL_ERROR_INVALID_PARAM, "%s: %s is NULL", __func__, name)

/** acl_return - note @code as the thread's last error if it is one, and return it */
aclError acl_return(aclError code);
/** acl_code - the code for 0 or -errno of the device layer */
aclError acl_code(int ret);

/* --- Devices and contexts: device.c, context.c ------------------------------------------------ */

/**
 * struct acl_device - a device in use
 * @next: in acl_devices
 * @refs: its contexts; under acl_lock
 * @dev: the seam
 * @index: as the user knows it
 * @set_count: aclrtSetDevice() less aclrtResetDevice()
 * @primary: the default context, NULL = none
 * @contexts: all of it
 * @slots: of timestamps
 */
struct acl_device {
	struct acl_device *next;
	unsigned int refs;
	struct ge_device *dev;
	unsigned int index;
	unsigned int set_count;
	struct acl_context *primary;
	struct acl_context *contexts;
	struct acl_slots *slots;
};

extern pthread_mutex_t acl_lock;
extern struct acl_device *acl_devices;

/**
 * struct acl_context - a set of streams
 * @obj: named by an aclrtContext
 * @next: of the device's contexts, under acl_lock
 * @listed: is in that list
 * @device: constant
 * @primary: the device's default context
 * @lock: of the following
 * @dead: no more streams
 * @streams: all of it
 * @default_stream: NULL until it is needed; one of @streams
 * @stopping: streams with ACL_STOP_ON_FAILURE; atomic
 * @stop_lock: for setting the following; innermost
 * @stopped: the error that stopped it, 0 = none; atomic, set once
 * @stop_text: for it, valid when @stopped is set
 */
struct acl_context {
	struct ge_object obj;
	struct acl_context *next;
	bool listed;
	struct acl_device *device;
	bool primary;
	pthread_mutex_t lock;
	bool dead;
	struct acl_stream *streams;
	struct acl_stream *default_stream;
	unsigned int stopping;
	pthread_mutex_t stop_lock;
	aclError stopped;
	char stop_text[768];
};

/** acl_context_new - a context with a handle; the reference is the caller's */
aclError acl_context_new(unsigned int index, bool primary, struct acl_context **ctx);
/** acl_context_destroy - end a context whose handle is removed, and drop the handle's reference */
void acl_context_destroy(struct acl_context *ctx, bool wait);
/** acl_context_current - the thread's, with a reference */
aclError acl_context_current(struct acl_context **ctx);
/** acl_context_make_current - @handle NULL = none */
void acl_context_make_current(void *handle);
void acl_context_put(struct acl_context *ctx);
/** acl_context_default_stream - with a reference */
aclError acl_context_default_stream(struct acl_context *ctx, struct acl_stream **stream);
/** acl_context_check - the error that stopped it, after a look at its streams that may stop it */
aclError acl_context_check(struct acl_context *ctx);
/** acl_context_stop - note what stopped it; the first one counts */
void acl_context_stop(struct acl_context *ctx, aclError code, const char *text);
/** acl_context_next - a reference to the stream after @prev (NULL = first); drops @prev */
struct acl_stream *acl_context_next(struct acl_context *ctx, struct acl_stream *prev);
/** acl_device_primary - the default context with a reference, made if need be; @set: count it */
aclError acl_device_primary(unsigned int index, bool set, struct acl_context **ctx);
/** acl_device_hold - a reference for a context */
aclError acl_device_hold(unsigned int index, struct acl_device **device);
void acl_device_drop(struct acl_device *device);
/** acl_device_next_context - the context after @prev (NULL = first), as acl_context_next() */
struct acl_context *acl_device_next_context(struct acl_device *device, struct acl_context *prev);
/** acl_default_device - of the configuration, -1 = none */
int acl_default_device(void);
aclError acl_device_check_index(int32_t index);

/* --- Streams: stream.c, submit.c, fault.c ----------------------------------------------------- */

enum acl_job_kind {
	ACL_JOB_GRAPH,
	ACL_JOB_COPY,
	ACL_JOB_FILL,
	ACL_JOB_EVENT,
	ACL_JOB_WAIT,
};

/* What a job of the queue was, for messages. */
struct acl_job {
	uint64_t seqno;
	enum acl_job_kind kind;
	char what[112];
};

#define ACL_JOBS	64	/* remembered per stream */

enum acl_op_kind {
	ACL_OP_TASKS,		/* a job for the queue */
	ACL_OP_HOST,		/* a function to call when all before is done */
	ACL_OP_WAIT,		/* wait for a point of another stream */
};

/**
 * struct acl_op - something that waits in the process until a host function before it has returned
 * @next: in the stream
 * @kind: enum acl_op_kind
 * @point: of the stream that is reached with it
 * @job: TASKS: what it is
 * @num_tasks: TASKS: of @tasks
 * @fn: HOST
 * @drop: HOST: frees @arg when it is done or not called; may be NULL
 * @arg: HOST
 * @other: WAIT: a reference
 * @other_point: WAIT
 * @tasks: TASKS
 */
struct acl_op {
	struct acl_op *next;
	enum acl_op_kind kind;
	uint64_t point;
	struct acl_job job;
	unsigned int num_tasks;
	void (*fn)(void *arg);
	void (*drop)(void *arg);
	void *arg;
	struct acl_stream *other;
	uint64_t other_point;
	struct genpu_task tasks[];
};

/**
 * struct acl_stream - a queue of the device and what waits in front of it
 * @obj: named by an aclrtStream
 * @next: in the context, under its lock
 * @listed: is in that list
 * @is_default: constant
 * @config: of the queue
 * @lock: of the following
 * @cond: @first, @users or @destroyed changed
 * @ctx: a reference; NULL after destruction
 * @dev: constant; the reference is the context's, so not to be used after destruction
 * @queue: NULL until it is needed, and after it died
 * @sync: its timeline: each job reaches a point
 * @point: the last one given out
 * @submitted: the last one that the device will reach
 * @first: operations that wait in the process
 * @last: where the next one goes
 * @working: a thread is at them
 * @users: threads that use @sync without the lock
 * @destroyed: no more work
 * @ended: everything is given up
 * @mode_set: aclrtSetStreamFailureMode() was called
 * @fault: a failure that was not reported yet, 0 = none
 * @fault_text: for it
 * @jobs: the last ones, by number in the present queue
 */
struct acl_stream {
	struct ge_object obj;
	struct acl_stream *next;
	bool listed;
	bool is_default;
	struct ge_queue_config config;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	struct acl_context *ctx;
	struct ge_device *dev;
	struct ge_queue *queue;
	struct ge_sync *sync;
	uint64_t point;
	uint64_t submitted;
	struct acl_op *first;
	struct acl_op **last;
	bool working;
	unsigned int users;
	bool destroyed;
	bool ended;
	bool mode_set;
	aclError fault;
	char fault_text[768];
	struct acl_job jobs[ACL_JOBS];
};

/* What aclrtExceptionInfo is; a failure whose callback is still to be called has an error code. */
struct aclrtExceptionInfo {
	uint32_t task_id;
	uint32_t stream_id;
	uint32_t thread_id;
	uint32_t device_id;
	uint32_t error_code;
};

/** acl_stream_new - a stream with a handle, in @ctx; the reference is the caller's. */
aclError acl_stream_new(struct acl_context *ctx, const struct ge_queue_config *config,
			bool is_default, struct acl_stream **stream);
/** acl_stream_get - the stream of the current context that @handle names, with a reference */
aclError acl_stream_get(aclrtStream handle, struct acl_stream **stream);
void acl_stream_put(struct acl_stream *stream);
/** acl_stream_end - wait for the work or cancel it, and give up what the stream holds; once */
void acl_stream_end(struct acl_stream *stream, bool wait);

/** acl_deadline - @timeout_ms from now on CLOCK_MONOTONIC in ns, INT64_MAX for < 0 */
int64_t acl_deadline(int64_t timeout_ms);
/** acl_cond_init - a condition for acl_cond_wait() */
void acl_cond_init(pthread_cond_t *cond);
/** acl_cond_wait - 0 or -ETIME */
int acl_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t deadline);

/** acl_stream_ready - with the stream's lock: make what the first job needs; 0 or -errno */
int acl_stream_ready(struct acl_stream *stream);
/** acl_stream_put_job - a job at the end of the stream, whose lock is not held */
aclError acl_stream_put_job(struct acl_stream *stream, const struct genpu_task *tasks,
			    unsigned int n, enum acl_job_kind kind, const char *what,
			    uint64_t *point);
/** acl_stream_put_host - call @fn when the stream gets there; @drop is called also on failure */
aclError acl_stream_put_host(struct acl_stream *stream, void (*fn)(void *), void (*drop)(void *),
			     void *arg);
/** acl_stream_put_wait - let the stream wait for @point of @other */
aclError acl_stream_put_wait(struct acl_stream *stream, struct acl_stream *other, uint64_t point);
/** acl_stream_wait_until - until @point was reached in whatever way; 0, -ETIME or -errno */
int acl_stream_wait_until(struct acl_stream *stream, uint64_t point, int64_t deadline);
/** acl_stream_last_point - for waiting for everything */
uint64_t acl_stream_last_point(struct acl_stream *stream);
/** acl_stream_check - the error that stopped the stream's context */
aclError acl_stream_check(struct acl_stream *stream);
/** acl_stream_sync - wait for everything and take the failure */
aclError acl_stream_sync(struct acl_stream *stream, int64_t deadline);

/**
 * acl_stream_collect - look for a failure of the queue; with the stream's lock
 *
 * Keeps the first that is not reported yet, gives up a queue that is dead, stops the context if
 * the stream is set so. @info is for acl_exception_notify() without the lock.
 */
void acl_stream_collect(struct acl_stream *stream, struct aclrtExceptionInfo *info);
void acl_exception_notify(struct aclrtExceptionInfo *info);
void acl_exception_forget(void);

/* --- Timestamps: slots.c ---------------------------------------------------------------------- */

/* A 64-bit word for the device to write the time to. */
struct acl_slot {
	struct acl_slot *next;
	uint64_t *word;
	struct acl_stream *stream;	/* whose @point writes it; a reference */
	uint64_t point;
};

struct acl_slots *acl_slots_new(struct ge_device *dev);
/** acl_slots_close - the device goes; slots that are out have no time from then on */
void acl_slots_close(struct acl_slots *slots);
void acl_slots_hold(struct acl_slots *slots);
void acl_slots_drop(struct acl_slots *slots);
/** acl_slots_get - a slot; its word is 0. Takes a reference to the pool. */
aclError acl_slots_get(struct acl_slots *slots, struct acl_slot **slot);
/** acl_slots_put - give back; it is used again when its stream has passed it */
void acl_slots_put(struct acl_slots *slots, struct acl_slot *slot);
/** acl_slots_read - the time, 0 = none */
uint64_t acl_slots_read(struct acl_slots *slots, const struct acl_slot *slot);

/* --- Memory: memory.c ------------------------------------------------------------------------- */

/** acl_memory_free_device - all device memory that was allocated with contexts of @device */
void acl_memory_free_device(struct acl_device *device);

enum acl_place { ACL_PLACE_PAGEABLE, ACL_PLACE_PINNED, ACL_PLACE_DEVICE };

/* Where a pointer points to: @size bytes from @start on @dev, or none of libge's. */
struct acl_location {
	enum acl_place place;
	struct ge_device *dev;
	void *start;
	size_t size;
};

void acl_locate(struct acl_context *ctx, const void *ptr, struct acl_location *loc);

/* --- Callbacks: report.c ---------------------------------------------------------------------- */

/** acl_reports_end - the stream goes: forget its subscription, release who waits */
void acl_reports_end(struct acl_stream *stream);

#endif
