/* SPDX-License-Identifier: MIT */
/* What the files that emit operators share. */
#ifndef GE_GRAPH_EMIT_H
#define GE_GRAPH_EMIT_H

#include "graph/lower.h"

/*
 * Append @op with a new buffer of the given type and shape as its output, or evaluate it. With
 * @channels_last the buffer is N spatial C and the result a view of it in the order N C spatial.
 */
struct ge_view ge_emit(struct ge_lower *l, struct ge_lop *op, int32_t dtype, int rank,
		       const int64_t *dims, bool channels_last);

/* Message where an operator cannot work on a type. */
void ge_type_error(struct ge_lower *l, const char *what, int32_t dtype);

/* The types of convolutions, norms and the like. */
bool ge_is_compute_float(int32_t dtype);

#endif
