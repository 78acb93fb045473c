// SPDX-License-Identifier: MIT
/* Runs on a thread of the session, made by the first one; in the order in which they were asked. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "session.h"

struct request {
	struct request *next;
	struct ge_entry *entry;
	struct ge_tensor *inputs;
	size_t num_inputs;
	ge_run_callback callback;
	void *user;
};

struct ge_async {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct request *first;
	struct request **last;
	bool stop;
	bool detached;	/* stopped from a callback: the thread frees this */
};

static void free_async(struct ge_async *async)
{
	pthread_cond_destroy(&async->wake);
	pthread_mutex_destroy(&async->lock);
	free(async);
}

static void serve(struct request *request, bool stopped)
{
	struct ge_entry *entry = request->entry;
	size_t n = entry->num_outputs;
	struct ge_tensor *outputs = calloc(n + 1, sizeof(*outputs));
	int ret;

	if (stopped) {
		ret = ge_error(ECANCELED, "graph '%s': the session ended before this run began",
			       ge_graph_name(entry->graph));
	} else if (!outputs) {
		ret = ge_error(ENOMEM, "graph '%s': no memory", ge_graph_name(entry->graph));
	} else {
		pthread_mutex_lock(&entry->session->run);
		ret = ge_run_blocking(entry, request->inputs, request->num_inputs, outputs, n);
		pthread_mutex_unlock(&entry->session->run);
	}
	request->callback(request->user, ge_status_of(ret), ret ? NULL : outputs, ret ? 0 : n);
	for (size_t i = 0; outputs && i < n; i++)
		free(outputs[i].data);
	free(outputs);
	ge_entry_put(entry);
	free(request->inputs);
	free(request);
}

static void *worker(void *data)
{
	struct ge_async *async = data;
	bool detached;

	pthread_mutex_lock(&async->lock);
	for (;;) {
		struct request *request = async->first;
		bool stopped = async->stop;

		if (!request && stopped)
			break;
		if (!request) {
			pthread_cond_wait(&async->wake, &async->lock);
			continue;
		}
		async->first = request->next;
		if (!async->first)
			async->last = &async->first;
		pthread_mutex_unlock(&async->lock);
		serve(request, stopped);
		pthread_mutex_lock(&async->lock);
	}
	detached = async->detached;
	pthread_mutex_unlock(&async->lock);
	if (detached)
		free_async(async);
	return NULL;
}

void ge_async_stop(struct ge_async *async)
{
	bool inside = pthread_equal(async->thread, pthread_self());
	pthread_t thread = async->thread;

	pthread_mutex_lock(&async->lock);
	async->stop = true;
	async->detached = inside;
	pthread_cond_signal(&async->wake);
	pthread_mutex_unlock(&async->lock);
	if (inside) {
		pthread_detach(thread);
		return;
	}
	pthread_join(thread, NULL);
	free_async(async);
}

static struct ge_async *start(void)
{
	struct ge_async *async = calloc(1, sizeof(*async));

	if (!async)
		return NULL;
	pthread_mutex_init(&async->lock, NULL);
	pthread_cond_init(&async->wake, NULL);
	async->last = &async->first;
	if (pthread_create(&async->thread, NULL, worker, async)) {
		free_async(async);
		return NULL;
	}
	return async;
}

/* Called with the session's lock, so that the thread is not stopped meanwhile. */
static int enqueue(struct ge_session *session, struct request *request)
{
	struct ge_async *async;

	if (session->dead)
		return ge_error(ENXIO, "session %llu has been destroyed",
				(unsigned long long)session->id);
	if (!session->async)
		session->async = start();
	async = session->async;
	if (!async)
		return ge_error(ENOMEM, "session %llu: cannot start a thread",
				(unsigned long long)session->id);
	pthread_mutex_lock(&async->lock);
	*async->last = request;
	async->last = &request->next;
	pthread_cond_signal(&async->wake);
	pthread_mutex_unlock(&async->lock);
	return 0;
}

ge_status ge_session_run_graph_async(uint64_t session, uint32_t id, const struct ge_tensor *inputs,
				     size_t num_inputs, ge_run_callback callback, void *user)
{
	struct request *request;
	struct ge_entry *entry;
	int ret;

	if (!callback || (num_inputs && !inputs))
		return ge_status_of(ge_error(EINVAL, "RunGraphAsync: graph %u needs a callback and "
					     "its inputs",
					     id));
	ret = ge_entry_get(session, id, &entry);
	if (ret)
		return ge_status_of(ret);
	request = calloc(1, sizeof(*request));
	if (request)
		request->inputs = calloc(num_inputs + 1, sizeof(*inputs));
	if (!request || !request->inputs) {
		free(request);
		ge_entry_put(entry);
		return ge_status_of(ge_error(ENOMEM, "RunGraphAsync: no memory"));
	}
	if (num_inputs)
		memcpy(request->inputs, inputs, num_inputs * sizeof(*inputs));
	request->entry = entry;
	request->num_inputs = num_inputs;
	request->callback = callback;
	request->user = user;

	pthread_mutex_lock(&entry->session->lock);
	ret = enqueue(entry->session, request);
	pthread_mutex_unlock(&entry->session->lock);
	if (ret) {
		free(request->inputs);
		free(request);
		ge_entry_put(entry);
	}
	return ge_status_of(ret);
}
