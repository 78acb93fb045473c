// SPDX-License-Identifier: MIT
/* From -errno to the codes of GE. */
#include <errno.h>
#include "session.h"

ge_status ge_status_of(int err)
{
	switch (err) {
	case 0:
		return GE_SUCCESS;
	case -EINVAL:
	case -EBADMSG:
		return GE_PARAM_INVALID;
	case -ENOMEM:
		return GE_MEMALLOC_FAILED;
	case -ENOSPC:
		return GE_OUT_OF_MEMORY;
	case -ENOTSUP:
		return GE_UNSUPPORTED;
	case -ENOENT:
		return GE_GRAPH_GRAPH_NOT_EXIST;
	case -EBUSY:
		return GE_SESS_ALREADY_RUNNING;
	case -EIO:
		return GE_GRAPH_EXECUTE_FAILED;
	case -ENODATA:
		return GE_GRAPH_NOT_BUILT;
	case -ERANGE:
		return GE_GRAPH_GET_IN_OUT_FAILED;
	default:
		return GE_FAILED;
	}
}
