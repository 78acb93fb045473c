// SPDX-License-Identifier: MIT
/*
 * event.c - events. A record is a job in a stream that writes the device's time; the event refers
 * to the last one by the point that the stream reaches with it.
 */
#include <stdlib.h>

#include "acl/core.h"

/* One record of an event. */
struct record {
	int refs;		/* atomic */
	struct acl_stream *stream;
	uint64_t point;
	struct acl_slots *slots;
	struct acl_slot *slot;
};

struct event {
	struct ge_object obj;
	bool ex;		/* complete when never recorded */
	pthread_mutex_t lock;
	struct record *record;	/* the last, NULL = none */
};

static void record_put(struct record *record)
{
	if (!record || __atomic_sub_fetch(&record->refs, 1, __ATOMIC_ACQ_REL))
		return;
	/* The slot keeps the reference to the stream until it is used again. */
	acl_slots_put(record->slots, record->slot);
	free(record);
}

static struct record *record_get(struct event *event)
{
	struct record *record;

	pthread_mutex_lock(&event->lock);
	record = event->record;
	if (record)
		__atomic_add_fetch(&record->refs, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&event->lock);
	return record;
}

/* Takes the reference to @record. */
static void set_record(struct event *event, struct record *record)
{
	struct record *old;

	pthread_mutex_lock(&event->lock);
	old = event->record;
	event->record = record;
	pthread_mutex_unlock(&event->lock);
	record_put(old);
}

static void event_release(struct ge_object *obj)
{
	struct event *event = (struct event *)obj;

	record_put(event->record);
	pthread_mutex_destroy(&event->lock);
	free(event);
}

static aclError event_get(aclrtEvent handle, struct event **event)
{
	if (!handle)
		return acl_fail(ACL_ERROR_INVALID_PARAM, "the event is NULL");
	*event = (struct event *)ge_handle_get(handle, ACL_TYPE_EVENT);
	if (!*event)
		return acl_fail(ACL_ERROR_RT_INVALID_HANDLE, "%p is not an event, or was destroyed",
				handle);
	return ACL_SUCCESS;
}

static aclError create_event(aclrtEvent *handle, uint32_t flag, bool ex)
{
	const uint32_t known = ACL_EVENT_SYNC | ACL_EVENT_CAPTURE_STREAM_PROGRESS |
			       ACL_EVENT_TIME_LINE | ACL_EVENT_DEVICE_USE_ONLY | ACL_EVENT_EXTERNAL;
	struct acl_context *ctx;
	struct event *event;
	aclError code;

	if (!handle)
		return acl_null("event");
	if (flag & ACL_EVENT_IPC)
		return acl_fail(ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
				"events between processes are not "
				"supported");
	if (!flag || (flag & ~known))
		return acl_fail(ACL_ERROR_INVALID_PARAM,
				"event flags are %#x, expected ACL_EVENT_*", flag);
	code = acl_context_current(&ctx);
	if (code)
		return code;
	acl_context_put(ctx);
	event = calloc(1, sizeof(*event));
	if (!event)
		return acl_fail(ACL_ERROR_BAD_ALLOC, "out of memory");
	ge_object_init(&event->obj, ACL_TYPE_EVENT, event_release);
	pthread_mutex_init(&event->lock, NULL);
	event->ex = ex;
	if (ge_handle_add(&event->obj))
		code = ACL_ERROR_RT_NO_EVENT_RESOURCE;
	else
		*handle = event->obj.handle;
	ge_object_put(&event->obj);
	return code;
}

aclError aclrtCreateEvent(aclrtEvent *event)
{
	return acl_return(create_event(event, ACL_EVENT_TIME_LINE, false));
}

aclError aclrtCreateEventWithFlag(aclrtEvent *event, uint32_t flag)
{
	return acl_return(create_event(event, flag, false));
}

aclError aclrtCreateEventExWithFlag(aclrtEvent *event, uint32_t flag)
{
	return acl_return(create_event(event, flag, true));
}

aclError aclrtDestroyEvent(aclrtEvent event)
{
	struct ge_object *obj;
	struct event *e;
	aclError code = event_get(event, &e);

	if (code)
		return acl_return(code);
	obj = ge_handle_remove(event, ACL_TYPE_EVENT);
	ge_object_put(obj);
	ge_object_put(&e->obj);
	return ACL_SUCCESS;
}

static aclError record_in(struct event *event, struct acl_stream *stream)
{
	struct genpu_task task = { .op = GENPU_TASK_TIMESTAMP };
	struct record *record = calloc(1, sizeof(*record));
	struct acl_context *ctx;
	aclError code;

	if (!record)
		return acl_fail(ACL_ERROR_BAD_ALLOC, "out of memory");
	code = acl_context_current(&ctx);
	if (code)
		goto free_record;
	record->refs = 1;
	record->slots = ctx->device->slots;
	code = acl_slots_get(record->slots, &record->slot);
	acl_context_put(ctx);
	if (code)
		goto free_record;
	task.timestamp.addr = (uintptr_t)record->slot->word;
	code = acl_stream_put_job(stream, &task, 1, ACL_JOB_EVENT, "the record of an event",
				  &record->point);
	if (code) {
		acl_slots_put(record->slots, record->slot);
		goto free_record;
	}
	record->stream = stream;
	ge_object_get(&stream->obj);
	record->slot->stream = stream;
	record->slot->point = record->point;
	set_record(event, record);
	return ACL_SUCCESS;
free_record:
	free(record);
	return code;
}

/* An event and a stream of the current context. */
static aclError get_both(aclrtEvent handle, aclrtStream stream, struct event **event,
			 struct acl_stream **s)
{
	aclError code = event_get(handle, event);

	if (code)
		return code;
	code = acl_stream_get(stream, s);
	if (code)
		ge_object_put(&(*event)->obj);
	return code;
}

aclError aclrtRecordEvent(aclrtEvent event, aclrtStream stream)
{
	struct acl_stream *s;
	struct event *e;
	aclError code = get_both(event, stream, &e, &s);

	if (code)
		return acl_return(code);
	code = record_in(e, s);
	acl_stream_put(s);
	ge_object_put(&e->obj);
	return acl_return(code);
}

aclError aclrtResetEvent(aclrtEvent event, aclrtStream stream)
{
	struct acl_stream *s;
	struct event *e;
	aclError code = get_both(event, stream, &e, &s);

	if (code)
		return acl_return(code);
	if (e->ex)
		code = acl_fail(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "events of "
				"aclrtCreateEventExWithFlag() are recorded again, not reset");
	else
		/* Waits that were put into streams before know their point already. */
		set_record(e, NULL);
	acl_stream_put(s);
	ge_object_put(&e->obj);
	return acl_return(code);
}

aclError aclrtStreamWaitEvent(aclrtStream stream, aclrtEvent event)
{
	struct record *record;
	struct acl_stream *s;
	struct event *e;
	aclError code = get_both(event, stream, &e, &s);

	if (code)
		return acl_return(code);
	record = record_get(e);
	if (record)
		code = acl_stream_put_wait(s, record->stream, record->point);
	record_put(record);
	acl_stream_put(s);
	ge_object_put(&e->obj);
	return acl_return(code);
}

aclError aclrtQueryEventStatus(aclrtEvent event, aclrtEventRecordedStatus *status)
{
	struct record *record;
	struct event *e;
	aclError code;
	bool complete;

	if (!status)
		return acl_return(acl_null("status"));
	code = event_get(event, &e);
	if (code)
		return acl_return(code);
	record = record_get(e);
	complete = record ? acl_stream_reached(record->stream, record->point) : e->ex;
	*status =
		complete ? ACL_EVENT_RECORDED_STATUS_COMPLETE : ACL_EVENT_RECORDED_STATUS_NOT_READY;
	record_put(record);
	ge_object_put(&e->obj);
	return ACL_SUCCESS;
}

static aclError synchronize_event(aclrtEvent handle, int32_t timeout)
{
	struct record *record;
	struct event *event;
	aclError code;
	int ret;

	if (timeout < -1)
		return acl_fail(ACL_ERROR_RT_PARAM_INVALID, "timeout is %d, expected -1 or ms",
				timeout);
	code = event_get(handle, &event);
	if (code)
		return code;
	record = record_get(event);
	if (record) {
		ret = acl_stream_wait_until(record->stream, record->point, acl_deadline(timeout));
		if (ret == -ETIME)
			code = acl_fail(ACL_ERROR_RT_EVENT_SYNC_TIMEOUT,
					"the event was not reached within "
					"%d ms",
					timeout);
		else
			code = acl_code(ret);
	} else if (!event->ex) {
		code = acl_fail(ACL_ERROR_RT_PARAM_INVALID, "the event was never recorded");
	}
	record_put(record);
	ge_object_put(&event->obj);
	return code;
}

aclError aclrtSynchronizeEvent(aclrtEvent event)
{
	return acl_return(synchronize_event(event, -1));
}

aclError aclrtSynchronizeEventWithTimeout(aclrtEvent event, int32_t timeout)
{
	return acl_return(synchronize_event(event, timeout));
}

static aclError event_time(aclrtEvent handle, const char *name, uint64_t *ns)
{
	struct record *record;
	struct event *event;
	aclError code = event_get(handle, &event);

	if (code)
		return code;
	*ns = 0;
	record = record_get(event);
	if (record && acl_stream_reached(record->stream, record->point))
		*ns = acl_slots_read(record->slots, record->slot);
	if (!*ns)
		code = acl_fail(ACL_ERROR_RT_EVENT_TIMESTAMP_INVALID, "the %s has no time: %s",
				name,
				record ? "its record did not run (yet)" : "it was never recorded");
	record_put(record);
	ge_object_put(&event->obj);
	return code;
}

aclError aclrtEventElapsedTime(float *ms, aclrtEvent startEvent, aclrtEvent endEvent)
{
	uint64_t start, end;
	aclError code;

	if (!ms)
		return acl_return(acl_null("ms"));
	code = event_time(startEvent, "start event", &start);
	if (!code)
		code = event_time(endEvent, "end event", &end);
	if (!code && end < start)
		code = acl_fail(ACL_ERROR_RT_EVENT_TIMESTAMP_REVERSAL,
				"the end event is %llu ns before the "
				"start event",
				(unsigned long long)(start - end));
	if (!code)
		*ms = (end - start) / 1e6;
	return acl_return(code);
}

aclError aclrtEventGetTimestamp(aclrtEvent event, uint64_t *timestamp)
{
	uint64_t ns;
	aclError code;

	if (!timestamp)
		return acl_return(acl_null("timestamp"));
	code = event_time(event, "event", &ns);
	if (!code)
		*timestamp = ns / 1000;
	return acl_return(code);
}
