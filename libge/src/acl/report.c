// SPDX-License-Identifier: MIT
/*
 * report.c - functions on the host: those that libge's own thread calls, and those that a thread of
 * the program executes with aclrtProcessReport().
 */
#include <stdlib.h>

#include "acl/core.h"

/* A call that is due, owned by who puts it there. */
struct report {
	struct report *next;
	struct acl_stream *stream;	/* no reference: only compared */
	aclrtCallback fn;
	void *arg;
	bool *done;			/* of who waits for it; NULL = nobody does */
};

struct subscription {
	struct subscription *next;
	struct acl_stream *stream;	/* no reference: ends before the stream does */
	uint64_t thread;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct subscription *subscriptions;
static struct report *first_report, **last_report = &first_report;

static void set_up(void)
{
	acl_cond_init(&changed);
}

/* All with the lock. */
static struct subscription **find_stream(const struct acl_stream *stream)
{
	struct subscription **s = &subscriptions;

	while (*s && (*s)->stream != stream)
		s = &(*s)->next;
	return s;
}

static bool thread_subscribed(uint64_t thread)
{
	for (struct subscription *s = subscriptions; s; s = s->next)
		if (s->thread == thread)
			return true;
	return false;
}

static struct report *take_report(uint64_t thread)
{
	for (struct report **p = &first_report; *p; p = &(*p)->next) {
		struct report *report = *p;
		struct subscription *s = *find_stream(report->stream);

		if (!s || s->thread != thread)
			continue;
		*p = report->next;
		if (!*p)
			last_report = p;
		return report;
	}
	return NULL;
}

/* Reports of @stream that nobody has taken are dropped, who waits for them goes on. */
static void drop_reports(struct acl_stream *stream)
{
	for (struct report **p = &first_report; *p;) {
		struct report *report = *p;

		if (report->stream != stream) {
			p = &report->next;
			continue;
		}
		*p = report->next;
		if (report->done)
			*report->done = true;
		free(report);
	}
	last_report = &first_report;
	while (*last_report)
		last_report = &(*last_report)->next;
}

void acl_reports_end(struct acl_stream *stream)
{
	struct subscription **s, *old;

	pthread_once(&once, set_up);
	pthread_mutex_lock(&lock);
	s = find_stream(stream);
	old = *s;
	if (old)
		*s = old->next;
	drop_reports(stream);
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	free(old);
}

aclError aclrtSubscribeReport(uint64_t threadId, aclrtStream stream)
{
	struct subscription *new = calloc(1, sizeof(*new));
	aclError code = ACL_SUCCESS;
	struct acl_stream *s;

	pthread_once(&once, set_up);
	if (!new)
		return acl_return(acl_fail(ACL_ERROR_BAD_ALLOC, "out of memory"));
	code = acl_stream_get(stream, &s);
	if (code)
		goto free_new;
	new->thread = threadId;
	new->stream = s;
	/* The stream's lock keeps it from ending between the look and the subscription. */
	pthread_mutex_lock(&s->lock);
	pthread_mutex_lock(&lock);
	if (s->destroyed) {
		code = acl_fail(ACL_ERROR_RT_STREAM_ABORT, "the stream was destroyed");
	} else if (*find_stream(s)) {
		code = acl_fail(ACL_ERROR_RT_STREAM_SUBSCRIBE,
				"the stream has a thread for its callbacks "
				"already");
	} else {
		new->next = subscriptions;
		subscriptions = new;
		new = NULL;
	}
	pthread_mutex_unlock(&lock);
	pthread_mutex_unlock(&s->lock);
	acl_stream_put(s);
free_new:
	free(new);
	return acl_return(code);
}

aclError aclrtUnSubscribeReport(uint64_t threadId, aclrtStream stream)
{
	struct subscription **p, *old = NULL;
	aclError code;
	struct acl_stream *s;

	pthread_once(&once, set_up);
	code = acl_stream_get(stream, &s);
	if (code)
		return acl_return(code);
	pthread_mutex_lock(&lock);
	p = find_stream(s);
	if (!thread_subscribed(threadId)) {
		code = acl_fail(ACL_ERROR_RT_THREAD_SUBSCRIBE, "thread %llu has no subscription",
				(unsigned long long)threadId);
	} else if (!*p || (*p)->thread != threadId) {
		code = acl_fail(ACL_ERROR_RT_STREAM_SUBSCRIBE,
				"thread %llu is not subscribed to the stream",
				(unsigned long long)threadId);
	} else {
		old = *p;
		*p = old->next;
		drop_reports(s);
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&lock);
	acl_stream_put(s);
	free(old);
	return acl_return(code);
}

/* What a stream carries to the place where the callback is due. */
struct launch {
	struct acl_stream *stream;	/* no reference: the stream holds this */
	aclrtCallback fn;
	void *arg;
	bool block;
};

/* In the stream's thread: hand it to the subscribed thread and, if it blocks, wait for that. */
static void deliver(void *arg)
{
	struct launch *launch = arg;
	struct report *report = calloc(1, sizeof(*report));
	bool done = false;

	if (!report)
		return;
	report->stream = launch->stream;
	report->fn = launch->fn;
	report->arg = launch->arg;
	report->done = launch->block ? &done : NULL;
	pthread_mutex_lock(&lock);
	if (*find_stream(launch->stream)) {
		*last_report = report;
		last_report = &report->next;
		report = NULL;
		pthread_cond_broadcast(&changed);
		while (launch->block && !done)
			pthread_cond_wait(&changed, &lock);
	}
	pthread_mutex_unlock(&lock);
	free(report);
}

aclError aclrtLaunchCallback(aclrtCallback fn, void *userData, aclrtCallbackBlockType blockType,
			     aclrtStream stream)
{
	struct launch *launch;
	struct acl_stream *s;
	bool subscribed;
	aclError code;

	if (!fn)
		return acl_return(acl_null("fn"));
	if (blockType != ACL_CALLBACK_NO_BLOCK && blockType != ACL_CALLBACK_BLOCK)
		return acl_return(acl_fail(ACL_ERROR_INVALID_PARAM,
					   "blockType is %d, expected "
					   "ACL_CALLBACK_NO_BLOCK or ACL_CALLBACK_BLOCK",
					   (int)blockType));
	pthread_once(&once, set_up);
	code = acl_stream_get(stream, &s);
	if (code)
		return acl_return(code);
	pthread_mutex_lock(&lock);
	subscribed = *find_stream(s);
	pthread_mutex_unlock(&lock);
	launch = malloc(sizeof(*launch));
	if (!subscribed) {
		free(launch);
		code = acl_fail(ACL_ERROR_RT_STREAM_NO_CB_REG,
				"no thread executes the stream's callbacks; "
				"call aclrtSubscribeReport() first");
	} else if (!launch) {
		code = acl_fail(ACL_ERROR_BAD_ALLOC, "out of memory");
	} else {
		*launch = (struct launch){ s, fn, userData, blockType == ACL_CALLBACK_BLOCK };
		code = acl_stream_put_host(s, deliver, free, launch);
	}
	acl_stream_put(s);
	return acl_return(code);
}

aclError aclrtLaunchHostFunc(aclrtStream stream, aclrtHostFunc fn, void *args)
{
	struct acl_stream *s;
	aclError code;

	if (!fn)
		return acl_return(acl_null("fn"));
	code = acl_stream_get(stream, &s);
	if (code)
		return acl_return(code);
	code = acl_stream_put_host(s, fn, NULL, args);
	acl_stream_put(s);
	return acl_return(code);
}

static aclError process_report(int32_t timeout)
{
	int64_t deadline = acl_deadline(timeout);
	uint64_t self = (uint64_t)pthread_self();
	struct report *report;
	unsigned int count = 0;
	int ret = 0;

	if (!timeout || timeout < -1)
		return acl_fail(ACL_ERROR_INVALID_PARAM, "timeout is %d, expected -1 or ms",
				timeout);
	pthread_once(&once, set_up);
	pthread_mutex_lock(&lock);
	while (!ret && thread_subscribed(self)) {
		report = take_report(self);
		if (!report) {
			if (count)
				break;
			ret = acl_cond_wait(&changed, &lock, deadline);
			continue;
		}
		count++;
		pthread_mutex_unlock(&lock);
		report->fn(report->arg);
		pthread_mutex_lock(&lock);
		if (report->done)
			*report->done = true;
		free(report);
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&lock);
	if (count)
		return ACL_SUCCESS;
	if (ret)
		return acl_fail(ACL_ERROR_RT_REPORT_TIMEOUT, "no callback was due within %d ms",
				timeout);
	return acl_fail(ACL_ERROR_RT_THREAD_SUBSCRIBE,
			"the thread is not subscribed to any stream");
}

aclError aclrtProcessReport(int32_t timeout)
{
	return acl_return(process_report(timeout));
}
