// SPDX-License-Identifier: MIT
/*
 * init.c - initialising and finalising acl, and its configuration file.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl/core.h"

#define MAX_CONFIG	(10u << 20)

static pthread_mutex_t init_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t init_count;
static char *config_text;	/* of the first aclInit(), kept for the next ones */
static int default_device = -1;	/* atomic */

int acl_default_device(void)
{
	return __atomic_load_n(&default_device, __ATOMIC_RELAXED);
}

static aclError read_config(const char *path, char **text)
{
	FILE *file = fopen(path, "rbe");
	size_t len;

	if (!file)
		return acl_fail(ACL_ERROR_INVALID_FILE, "aclInit: cannot open \"%s\": %s", path,
				strerror(errno));
	*text = malloc(MAX_CONFIG + 1);
	if (!*text) {
		fclose(file);
		return acl_fail(ACL_ERROR_BAD_ALLOC, "aclInit: out of memory");
	}
	len = fread(*text, 1, MAX_CONFIG + 1, file);
	if (ferror(file) || len > MAX_CONFIG) {
		aclError code = len > MAX_CONFIG ? ACL_ERROR_INVALID_FILE_SIZE
						 : ACL_ERROR_INVALID_FILE;

		ge_error(EINVAL, "aclInit: \"%s\" %s", path,
			 len > MAX_CONFIG ? "is larger than 10 MiB" : "cannot be read");
		fclose(file);
		free(*text);
		return code;
	}
	fclose(file);
	(*text)[len] = '\0';
	return ACL_SUCCESS;
}

static aclError parse_config(const char *path, const char *text, int *device)
{
	enum json_tokener_error error;
	struct json_object *root, *group, *value;
	aclError code = ACL_SUCCESS;
	const char *words;
	char *end;
	long number;

	*device = -1;
	if (!text[strspn(text, " \t\r\n")])
		return ACL_SUCCESS;
	root = json_tokener_parse_verbose(text, &error);
	if (error != json_tokener_success || !json_object_is_type(root, json_type_object)) {
		code = acl_fail(ACL_ERROR_PARSE_FILE, "aclInit: \"%s\" is not a JSON object%s%s",
				path, error == json_tokener_success ? "" : ": ",
				error == json_tokener_success ? ""
							      : json_tokener_error_desc(error));
		goto out;
	}
	if (!json_object_object_get_ex(root, "defaultDevice", &group) ||
	    !json_object_object_get_ex(group, "default_device", &value))
		goto out;
	words = json_object_get_string(value);
	number = words ? strtol(words, &end, 10) : -1;
	if (number < 0 || number > INT32_MAX || end == words || *end)
		code = acl_fail(ACL_ERROR_INVALID_PARAM,
				"aclInit: \"%s\": default_device is \"%s\", "
				"expected the number of a device",
				path, words ? words : "null");
	else
		*device = number;
out:
	json_object_put(root);
	return code;
}

/* Needs init_lock. */
static aclError initialise(const char *path)
{
	char *text = NULL;
	aclError code;
	int device;

	if (path && *path)
		code = read_config(path, &text);
	else
		code = (text = strdup(""))
			       ? ACL_SUCCESS
			       : acl_fail(ACL_ERROR_BAD_ALLOC, "aclInit: out of memory");
	if (code)
		return code;
	code = parse_config(path, text, &device);
	if (!code && config_text && strcmp(config_text, text))
		code = acl_fail(ACL_ERROR_INVALID_PARAM,
				"aclInit: the configuration differs from the "
				"one before aclFinalize()");
	if (!code && device >= 0)
		code = acl_device_check_index(device);
	if (code || config_text)
		free(text);
	else
		config_text = text;
	if (!code) {
		__atomic_store_n(&default_device, device, __ATOMIC_RELAXED);
		init_count = 1;
	}
	return code;
}

aclError aclInit(const char *configPath)
{
	aclError code;

	pthread_mutex_lock(&init_lock);
	if (init_count) {
		init_count++;
		code = acl_fail(ACL_ERROR_REPEAT_INITIALIZE, "acl is initialised already");
	} else {
		code = initialise(configPath);
	}
	pthread_mutex_unlock(&init_lock);
	return acl_return(code);
}

/*
 * Whatever still exists ends here; handles that programs keep turn stale, the order in which
 * others finalise does not matter.
 */
static void destroy_everything(void)
{
	struct ge_object *obj;

	pthread_mutex_lock(&acl_lock);
	for (struct acl_device *dev = acl_devices; dev; dev = dev->next) {
		dev->primary = NULL;
		dev->set_count = 0;
	}
	pthread_mutex_unlock(&acl_lock);
	acl_exception_forget();
	while ((obj = ge_handle_take(ACL_TYPE_EVENT)))
		ge_object_put(obj);
	while ((obj = ge_handle_take(ACL_TYPE_CONTEXT)))
		acl_context_destroy((struct acl_context *)obj, false);
}

static aclError finalise(bool all, uint64_t *left)
{
	aclError code = ACL_SUCCESS;
	bool last = false;

	pthread_mutex_lock(&init_lock);
	if (!init_count) {
		code = acl_fail(ACL_ERROR_REPEAT_FINALIZE,
				"acl is not initialised, or finalised already");
	} else {
		init_count = all ? 0 : init_count - 1;
		last = !init_count;
	}
	if (left)
		*left = init_count;
	if (last)
		__atomic_store_n(&default_device, -1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&init_lock);
	if (last)
		destroy_everything();
	return code;
}

aclError aclFinalize(void)
{
	return acl_return(finalise(true, NULL));
}

aclError aclFinalizeReference(uint64_t *refCount)
{
	return acl_return(finalise(false, refCount));
}

aclError aclrtGetVersion(int32_t *majorVersion, int32_t *minorVersion, int32_t *patchVersion)
{
	if (!majorVersion || !minorVersion || !patchVersion)
		return acl_return(acl_null("a version's place"));
	*majorVersion = 1;
	*minorVersion = 17;
	*patchVersion = 0;
	return ACL_SUCCESS;
}

const char *aclrtGetSocName(void)
{
	return "genpu";
}
