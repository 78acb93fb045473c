// SPDX-License-Identifier: MIT
/*
 * error.c - codes at the edge of acl, and the last error of each thread.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl/core.h"

static __thread aclError last_error;

aclError acl_return(aclError code)
{
	if (code)
		last_error = code;
	return code;
}

aclError acl_code(int ret)
{
	switch (-ret) {
	case 0:
		return ACL_SUCCESS;
	case EINVAL:
	case ENOENT:
		return ACL_ERROR_RT_PARAM_INVALID;
	case ENOMEM:
	case ENOSPC:
		return ACL_ERROR_RT_MEMORY_ALLOCATION;
	case ENODEV:
		return ACL_ERROR_RT_LOST_HEARTBEAT;
	case EACCES:
	case EPERM:
		return ACL_ERROR_RT_NO_PERMISSION;
	case ECANCELED:
		return ACL_ERROR_RT_STREAM_ABORT;
	case ETIME:
		return ACL_ERROR_RT_WAIT_TIMEOUT;
	case EIO:
		return ACL_ERROR_RT_DRV_INTERNAL_ERROR;
	default:
		return ACL_ERROR_RT_INTERNAL_ERROR;
	}
}

aclError aclrtPeekAtLastError(aclrtLastErrLevel level)
{
	if (level != ACL_RT_THREAD_LEVEL)
		return acl_fail(ACL_ERROR_INVALID_PARAM, "aclrtPeekAtLastError: level %d, expected "
				"ACL_RT_THREAD_LEVEL", (int)level);
	return last_error;
}

aclError aclrtGetLastError(aclrtLastErrLevel level)
{
	aclError code = aclrtPeekAtLastError(level);

	if (level == ACL_RT_THREAD_LEVEL)
		last_error = ACL_SUCCESS;
	return code;
}

const char *aclGetRecentErrMsg(void)
{
	return ge_error_take();
}

static int level_from_environment(void)
{
	static const char * const names[] = { "debug", "info", "warning", "error", "none" };
	const char *level = getenv("GE_LOG_LEVEL");

	for (int i = 0; level && i < 5; i++)
		if (!strcmp(level, names[i]))
			return i;
	return ACL_WARNING;
}

void aclAppLog(aclLogLevel level, const char *func, const char *file, uint32_t line,
	       const char *fmt, ...)
{
	static const char * const names[] = { "debug", "info", "warning", "error" };
	char text[1024];
	va_list args;

	if ((int)level < ACL_DEBUG || (int)level > ACL_ERROR || !fmt ||
	    (int)level < level_from_environment())
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fprintf(stderr, "%s: %s:%u: %s: %s\n", names[level], file ? file : "?", line,
		func ? func : "?", text);
}
