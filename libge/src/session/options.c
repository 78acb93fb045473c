// SPDX-License-Identifier: MIT
/*
 * Options: programs for CANN pass many; those that change something here are few, the others are
 * known and have no effect, and one that nobody knows gets a warning.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "session.h"

static const char *const without_effect[] = {
	"ge.graphRunMode", "ge.socVersion", "ge.inputShape", "ge.dynamicDims",
	"ge.dynamicNodeType", "ge.exec.precision_mode", "ge.exec.precision_mode_v2",
	"ge.exec.hostInputIndexes", "ge.exec.frozenInputIndexes", "ge.featureBaseRefreshable",
	"ge.outputDatatype", "ge.externalWeight", "ge.deterministic",
	"ge.exec.staticMemoryPolicy", "ge.graph_compiler_cache_dir", "stream_sync_timeout",
	"event_sync_timeout", "ge.exec.enableDump", "ge.exec.dumpPath", "ge.exec.dumpMode",
	"ge.exec.dumpStep", "ge.exec.profilingMode", "ge.exec.profilingOptions",
	"ge.exec.rankId", "ge.exec.rankTableFile", "ge.exec.isUseHcom", "ge.exec.jobId",
	"ge.exec.dataInputsShapeRange", "ge.exec.reuseZeroCopyMemory",
	"ge.exec.atomicCleanPolicy", "ge.exec.variable_acc", "ge.exec.disableReuseMemory",
	"ge.graphMemoryMaxSize", "ge.variableMemoryMaxSize", "ge.streamNum",
	"ge.aicoreNum", "ge.opSelectImplmode", "ge.optypelistForImplmode",
	"ge.enableSmallChannel", "ge.fusionSwitchFile", "ge.opDebugLevel", "ge.debugDir",
	"ge.bufferOptimize", "ge.hcomParallel", "ge.jobType", "ge.autoTuneMode",
	"ge.runFlag", "ge.enableSingleStream", "ge.shape_generalized", "input_format",
	"input_shape", "precision_mode", "soc_version", "log_level", "log",
};

static bool is_known(const char *key)
{
	for (size_t i = 0; i < sizeof(without_effect) / sizeof(without_effect[0]); i++)
		if (!strcmp(without_effect[i], key))
			return true;
	return false;
}

static int read_device(const char *where, const struct ge_option *option, unsigned int *device)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(option->value, &end, 10);
	if (errno || end == option->value || *end || option->value[0] == '-' || value > 65535)
		return ge_error(EINVAL, "%s: option %s is '%s', expected the number of a device, "
				"0, 1, ...",
				where, option->key, option->value);
	*device = value;
	return 0;
}

int ge_options_read(const char *where, const struct ge_option *options, size_t count,
		    struct ge_settings *settings)
{
	if (count && !options)
		return ge_error(EINVAL, "%s: %zu options at NULL", where, count);
	for (size_t i = 0; i < count; i++) {
		const struct ge_option *option = &options[i];
		int ret = 0;

		if (!option->key || !*option->key)
			return ge_error(EINVAL, "%s: option %zu has an empty key (E10059)", where,
					i);
		if (!option->value)
			return ge_error(EINVAL, "%s: option %s has no value", where, option->key);
		if (!strcmp(option->key, "ge.exec.deviceId") ||
		    !strcmp(option->key, "ge.session_device_id"))
			ret = read_device(where, option, &settings->device);
		else if (!is_known(option->key))
			ge_warn("%s: unknown option %s is ignored", where, option->key);
		if (ret)
			return ret;
	}
	return 0;
}
