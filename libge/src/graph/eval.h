/* SPDX-License-Identifier: MIT */
/* Device operators on the host that have a file of their own; see ge_eval(). */
#ifndef GE_GRAPH_EVAL_H
#define GE_GRAPH_EVAL_H

#include "graph/ir.h"

/* Whether the opcode is one of these. */
bool ge_eval_index_known(uint16_t opcode);
/* Execute @op into the dense @out; false: it is left to the device. */
bool ge_eval_index(const struct ge_ir *ir, const struct ge_lop *op, void *out);

#endif
