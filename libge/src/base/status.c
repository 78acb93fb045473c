// SPDX-License-Identifier: MIT
/* What the C API says about its last failure, and words for its codes. */
#include "base/error.h"
#include "ge/ge.h"

const char *ge_last_error(void)
{
	return ge_error_text();
}

const char *ge_take_error(void)
{
	const char *text = ge_error_take();

	return text ? text : "";
}

const char *ge_status_text(ge_status status)
{
	switch (status) {
	case GE_SUCCESS:
		return "success";
	case GE_FAILED:
		return "failed";
	case GE_MEMALLOC_FAILED:
		return "no host memory";
	case GE_PARAM_INVALID:
		return "invalid parameter";
	case GE_END_OF_SEQUENCE:
		return "end of sequence";
	case GE_PATH_INVALID:
		return "invalid path";
	case GE_UNSUPPORTED:
		return "not supported";
	case GE_OUT_OF_MEMORY:
		return "no device memory";
	case GE_CLI_GE_NOT_INITIALIZED:
		return "GE is not initialised";
	case GE_SESS_ALREADY_RUNNING:
		return "the session is running";
	case GE_GRAPH_ALREADY_RUNNING:
		return "the graph is running";
	case GE_GRAPH_GRAPH_NOT_EXIST:
		return "no such graph";
	case GE_GRAPH_GRAPH_ALREADY_EXIST:
		return "the graph exists already";
	case GE_GRAPH_GET_IN_OUT_FAILED:
		return "inputs or outputs do not fit the graph";
	case GE_GRAPH_EXECUTE_FAILED:
		return "the graph failed while running";
	case GE_GRAPH_NOT_BUILT:
		return "the graph has not been built";
	default:
		return "unknown status";
	}
}
