// SPDX-License-Identifier: MIT
/*
 * One engine per process: the table of sessions, by numbers that are never used twice, so that a
 * session object that outlives ge_finalize() does no harm.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "acl/acl_internal.h"
#include "base/error.h"
#include "session.h"

static struct {
	pthread_mutex_t lock;
	bool initialized;
	struct ge_settings settings;
	struct ge_session *sessions;
	uint64_t last_id;
} engine = { .lock = PTHREAD_MUTEX_INITIALIZER };

ge_status ge_initialize(const struct ge_option *options, size_t count)
{
	struct ge_settings settings = { 0 };
	int ret;

	ret = ge_options_read("GEInitialize", options, count, &settings);
	if (ret)
		return GE_FAILED;
	pthread_mutex_lock(&engine.lock);
	if (!engine.initialized)
		engine.settings = settings;
	else if (memcmp(&engine.settings, &settings, sizeof(settings)))
		ge_warn("GEInitialize: already initialised with device %u, other options are "
			"ignored",
			engine.settings.device);
	engine.initialized = true;
	acl_set_describe(ge_program_describe);
	pthread_mutex_unlock(&engine.lock);
	return GE_SUCCESS;
}

ge_status ge_finalize(void)
{
	struct ge_session *session, *next;

	pthread_mutex_lock(&engine.lock);
	session = engine.sessions;
	engine.sessions = NULL;
	engine.initialized = false;
	memset(&engine.settings, 0, sizeof(engine.settings));
	pthread_mutex_unlock(&engine.lock);

	for (; session; session = next) {
		next = session->next;
		ge_session_shut(session);
		ge_session_put(session);
	}
	acl_drop_on_demand();
	return GE_SUCCESS;
}

bool ge_is_initialized(void)
{
	bool initialized;

	pthread_mutex_lock(&engine.lock);
	initialized = engine.initialized;
	pthread_mutex_unlock(&engine.lock);
	return initialized;
}

ge_status ge_session_create(const struct ge_option *options, size_t count, uint64_t *id)
{
	struct ge_settings settings;
	struct ge_session *session;
	bool initialized;
	int ret;

	if (!id) {
		ge_error(EINVAL, "Session: nowhere to put its number");
		return GE_PARAM_INVALID;
	}
	*id = 0;
	pthread_mutex_lock(&engine.lock);
	initialized = engine.initialized;
	settings = engine.settings;
	pthread_mutex_unlock(&engine.lock);
	if (!initialized) {
		ge_error(EINVAL, "Session: GEInitialize() has to be called first (E10062)");
		return GE_CLI_GE_NOT_INITIALIZED;
	}
	ret = ge_options_read("Session", options, count, &settings);
	if (!ret)
		ret = ge_session_new(&settings, &session);
	if (ret)
		return ge_status_of(ret);

	pthread_mutex_lock(&engine.lock);
	session->id = ++engine.last_id;
	session->next = engine.sessions;
	engine.sessions = session;
	*id = session->id;
	pthread_mutex_unlock(&engine.lock);
	return GE_SUCCESS;
}

ge_status ge_session_destroy(uint64_t id)
{
	struct ge_session **at, *session = NULL;

	pthread_mutex_lock(&engine.lock);
	for (at = &engine.sessions; *at; at = &(*at)->next) {
		if ((*at)->id == id) {
			session = *at;
			*at = session->next;
			break;
		}
	}
	pthread_mutex_unlock(&engine.lock);
	if (session) {
		ge_session_shut(session);
		ge_session_put(session);
	}
	return GE_SUCCESS;
}

int ge_session_get(uint64_t id, struct ge_session **session)
{
	struct ge_session *at;
	bool initialized;

	pthread_mutex_lock(&engine.lock);
	for (at = engine.sessions; at && at->id != id; at = at->next)
		;
	if (at)
		__atomic_add_fetch(&at->refs, 1, __ATOMIC_RELAXED);
	initialized = engine.initialized;
	pthread_mutex_unlock(&engine.lock);
	*session = at;
	if (at)
		return 0;
	if (!initialized)
		return ge_error(ENXIO, "session %llu: GE is not initialised; call GEInitialize() "
				"and create a session first (E10062)",
				(unsigned long long)id);
	return ge_error(ENXIO, "session %llu: there is none with this number%s",
			(unsigned long long)id,
			id ? ", or not any longer" : "; was it created before GEInitialize()?");
}
