// SPDX-License-Identifier: MIT
/* A session and its graphs. Adding a graph only copies it; the first build opens the device. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "graph/graph.h"
#include "session.h"

int ge_session_new(const struct ge_settings *settings, struct ge_session **result)
{
	struct ge_session *session = calloc(1, sizeof(*session));

	if (!session)
		return ge_error(ENOMEM, "Session: no memory");
	session->refs = 1;
	session->settings = *settings;
	pthread_mutex_init(&session->lock, NULL);
	pthread_mutex_init(&session->run, NULL);
	*result = session;
	return 0;
}

static void free_programs(struct ge_program *program)
{
	struct ge_program *next;

	for (; program; program = next) {
		next = program->next;
		ge_program_destroy(program);
	}
}

static void free_entry(struct ge_entry *entry)
{
	struct ge_lane *lane;

	while ((lane = entry->lanes)) {
		entry->lanes = lane->next;
		ge_lane_wait(lane);
		ge_lane_destroy(lane);
	}
	free_programs(entry->programs);
	free_programs(entry->retired);
	for (size_t i = 0; entry->inputs && i < entry->num_inputs; i++)
		free(entry->inputs[i].name);
	free(entry->inputs);
	free(entry->args);
	free(entry->bound);
	ge_graph_destroy(entry->graph);
	pthread_mutex_destroy(&entry->lock);
	free(entry);
}

void ge_session_put(struct ge_session *session)
{
	if (__atomic_sub_fetch(&session->refs, 1, __ATOMIC_ACQ_REL))
		return;
	if (session->queue) {
		ge_queue_wait(session->queue, 0, -1);
		ge_queue_destroy(session->queue);
	}
	if (session->pinned)
		ge_mem_free(session->dev, session->pinned);
	if (session->device)
		ge_mem_free(session->dev, session->device);
	if (session->dev)
		ge_device_put(session->dev);
	pthread_mutex_destroy(&session->run);
	pthread_mutex_destroy(&session->lock);
	free(session);
}

void ge_entry_put(struct ge_entry *entry)
{
	struct ge_session *session = entry->session;

	if (__atomic_sub_fetch(&entry->refs, 1, __ATOMIC_ACQ_REL))
		return;
	free_entry(entry);
	ge_session_put(session);
}

static bool entry_idle(struct ge_entry *entry)
{
	bool idle = true;

	pthread_mutex_lock(&entry->lock);
	for (struct ge_lane *lane = entry->lanes; lane && idle; lane = lane->next)
		idle = ge_lane_idle(lane);
	pthread_mutex_unlock(&entry->lock);
	return idle;
}

/* Graphs are looked at outside of the session's lock: theirs is taken before it. */
void ge_session_reap(struct ge_session *session)
{
	struct ge_entry *entry, *list;

	pthread_mutex_lock(&session->lock);
	list = session->dying;
	session->dying = NULL;
	pthread_mutex_unlock(&session->lock);
	while ((entry = list)) {
		list = entry->next;
		if (entry_idle(entry)) {
			ge_entry_put(entry);
			continue;
		}
		pthread_mutex_lock(&session->lock);
		entry->next = session->dying;
		session->dying = entry;
		pthread_mutex_unlock(&session->lock);
	}
}

void ge_session_shut(struct ge_session *session)
{
	struct ge_entry *lists[2], *entry;
	struct ge_async *async;

	pthread_mutex_lock(&session->lock);
	session->dead = true;
	lists[0] = session->graphs;
	lists[1] = session->dying;
	session->graphs = NULL;
	session->dying = NULL;
	async = session->async;
	session->async = NULL;
	pthread_mutex_unlock(&session->lock);

	if (async)
		ge_async_stop(async);
	for (int i = 0; i < 2; i++) {
		while ((entry = lists[i])) {
			lists[i] = entry->next;
			ge_entry_put(entry);
		}
	}
}

int ge_session_device(struct ge_session *session, struct ge_device **dev)
{
	int ret = 0;

	pthread_mutex_lock(&session->lock);
	if (!session->dev)
		ret = ge_device_get(session->settings.device, &session->dev);
	if (ret)
		session->dev = NULL;
	*dev = session->dev;
	pthread_mutex_unlock(&session->lock);
	return ret;
}

int ge_entry_get(uint64_t session_id, uint32_t id, struct ge_entry **result)
{
	struct ge_session *session;
	struct ge_entry *entry;
	int ret;

	ret = ge_session_get(session_id, &session);
	if (ret)
		return ret;
	pthread_mutex_lock(&session->lock);
	for (entry = session->graphs; entry && entry->id != id; entry = entry->next)
		;
	if (entry)
		__atomic_add_fetch(&entry->refs, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&session->lock);
	if (!entry)
		ret = ge_error(ENOENT, "session %llu has no graph %u; add it with AddGraph() first",
			       (unsigned long long)session_id, id);
	ge_session_put(session);
	*result = entry;
	return ret;
}

static int read_inputs(struct ge_entry *entry)
{
	struct ge_node **nodes = NULL;
	struct ge_edge *outputs = NULL;
	size_t n;
	int ret;

	ret = ge_graph_io(entry->graph, &nodes, &n, &outputs, &entry->num_outputs);
	if (ret)
		return ret;
	entry->inputs = calloc(n + 1, sizeof(*entry->inputs));
	for (size_t i = 0; entry->inputs && i < n; i++) {
		struct ge_model_io *input = &entry->inputs[i];

		input->name = strdup(ge_node_name(nodes[i]));
		if (!input->name)
			ret = -ENOMEM;
		input->desc.dtype = GE_DT_UNDEFINED;
		input->desc.rank = -1;
		if (nodes[i]->num_descs)
			input->desc = nodes[i]->descs[0];
		entry->num_inputs = i + 1;
	}
	if (!entry->inputs)
		ret = -ENOMEM;
	free(nodes);
	free(outputs);
	return ret ? ge_error(ENOMEM, "no memory for a graph of %zu inputs", n) : 0;
}

static int entry_new(struct ge_session *session, uint32_t id, const struct ge_graph *graph,
		     struct ge_entry **result)
{
	struct ge_entry *entry = calloc(1, sizeof(*entry));
	int ret;

	if (!entry)
		return ge_error(ENOMEM, "AddGraph: no memory");
	pthread_mutex_init(&entry->lock, NULL);
	entry->refs = 1;
	entry->id = id;
	ret = ge_graph_copy(graph, &entry->graph);
	if (!ret)
		ret = read_inputs(entry);
	if (!ret && !entry->num_outputs)
		ret = ge_error(EINVAL, "it has no outputs");
	if (ret) {
		ge_error_prefix("AddGraph: graph '%s'", ge_graph_name(graph));
		free_entry(entry);
		return ret;
	}
	entry->session = session;
	__atomic_add_fetch(&session->refs, 1, __ATOMIC_RELAXED);
	*result = entry;
	return 0;
}

static struct ge_entry *find_graph(struct ge_session *session, uint32_t id)
{
	struct ge_entry *entry;

	for (entry = session->graphs; entry && entry->id != id; entry = entry->next)
		;
	return entry;
}

ge_status ge_session_add_graph(uint64_t session_id, uint32_t id, const struct ge_graph *graph,
			       const struct ge_option *options, size_t count)
{
	struct ge_settings ignored = { 0 };
	struct ge_session *session;
	struct ge_entry *entry = NULL;
	bool there;
	int ret;

	if (!graph)
		return ge_status_of(ge_error(EINVAL, "AddGraph: graph %u is NULL", id));
	ret = ge_options_read("AddGraph", options, count, &ignored);
	if (!ret)
		ret = ge_session_get(session_id, &session);
	if (ret)
		return ge_status_of(ret);
	ge_session_reap(session);

	ret = entry_new(session, id, graph, &entry);
	if (!ret) {
		pthread_mutex_lock(&session->lock);
		there = session->dead || find_graph(session, id);
		if (!there) {
			entry->next = session->graphs;
			session->graphs = entry;
		}
		pthread_mutex_unlock(&session->lock);
		if (there) {
			ge_warn("AddGraph: session %llu has a graph %u already and keeps it",
				(unsigned long long)session_id, id);
			ge_entry_put(entry);
		}
	}
	ge_session_put(session);
	return ge_status_of(ret);
}

ge_status ge_session_remove_graph(uint64_t session_id, uint32_t id)
{
	struct ge_entry **at, *entry = NULL;
	struct ge_session *session;
	int ret;

	ret = ge_session_get(session_id, &session);
	if (ret)
		return ge_status_of(ret);
	pthread_mutex_lock(&session->lock);
	for (at = &session->graphs; *at; at = &(*at)->next) {
		if ((*at)->id == id) {
			entry = *at;
			*at = entry->next;
			entry->next = session->dying;
			session->dying = entry;
			break;
		}
	}
	pthread_mutex_unlock(&session->lock);
	if (!entry)
		ret = ge_error(ENOENT, "RemoveGraph: session %llu has no graph %u",
			       (unsigned long long)session_id, id);
	ge_session_reap(session);
	ge_session_put(session);
	return ge_status_of(ret);
}

/* Streams that are gone leave idle lanes behind; those that gave out memory stay. */
static void drop_idle_lanes(struct ge_entry *entry)
{
	struct ge_lane **at, *lane;
	size_t n = 0;

	for (lane = entry->lanes; lane; lane = lane->next)
		n++;
	if (n < GE_MAX_IDLE_LANES)
		return;
	for (at = &entry->lanes; (lane = *at);) {
		if (!lane->outputs && ge_lane_idle(lane)) {
			*at = lane->next;
			ge_lane_destroy(lane);
		} else {
			at = &lane->next;
		}
	}
}

int ge_entry_lane(struct ge_entry *entry, struct acl_stream *stream, struct ge_queue *queue,
		  struct ge_lane **result)
{
	struct ge_lane *lane;
	int ret;

	for (lane = entry->lanes; lane; lane = lane->next) {
		if (lane->stream == stream && lane->queue == queue) {
			if (stream)
				acl_stream_release(stream);
			*result = lane;
			return 0;
		}
	}
	drop_idle_lanes(entry);
	ret = ge_lane_create(entry->session->dev, stream, queue, &lane);
	if (ret) {
		if (stream)
			acl_stream_release(stream);
		return ret;
	}
	lane->next = entry->lanes;
	entry->lanes = lane;
	*result = lane;
	return 0;
}

static bool has_data(const struct ge_tensor *inputs, size_t num_inputs)
{
	for (size_t i = 0; i < num_inputs; i++)
		if (inputs[i].data)
			return true;
	return false;
}

ge_status ge_session_build_graph(uint64_t session, uint32_t id, const struct ge_tensor *inputs,
				 size_t num_inputs)
{
	struct ge_entry *entry;
	int ret;

	ret = ge_entry_get(session, id, &entry);
	if (ret)
		return ge_status_of(ret);
	pthread_mutex_lock(&entry->lock);
	ret = ge_entry_select(entry, NULL, inputs, num_inputs);
	/* Open shapes, or values that decide about some, and none given: the first run has them. */
	if (ret == -ENODATA && !has_data(inputs, num_inputs))
		ret = 0;
	pthread_mutex_unlock(&entry->lock);
	ge_entry_put(entry);
	return ge_status_of(ret);
}

ge_status ge_session_graph_outputs(uint64_t session, uint32_t id, struct ge_tensor_desc *descs,
				   size_t *count)
{
	struct ge_entry *entry;
	size_t room;
	int ret;

	if (!count)
		return ge_status_of(ge_error(EINVAL, "outputs of graph %u: count is NULL", id));
	ret = ge_entry_get(session, id, &entry);
	if (ret)
		return ge_status_of(ret);
	room = *count;
	*count = entry->num_outputs;
	pthread_mutex_lock(&entry->lock);
	if (descs && !entry->current)
		ret = ge_error(ENODATA, "graph '%s' has not been built, so the shapes of its "
			       "outputs are not known",
			       ge_graph_name(entry->graph));
	else if (descs && room < entry->num_outputs)
		ret = ge_error(ERANGE, "graph '%s' has %zu outputs, there is room for %zu",
			       ge_graph_name(entry->graph), entry->num_outputs, room);
	for (size_t i = 0; !ret && descs && i < entry->num_outputs; i++)
		descs[i] = entry->current->model->outputs[i].desc;
	pthread_mutex_unlock(&entry->lock);
	ge_entry_put(entry);
	return ge_status_of(ret);
}
