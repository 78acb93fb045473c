/* SPDX-License-Identifier: MIT */
/*
 * rows.h - elementwise work done row by row: a unary or binary function and then post-operations
 *
 * A row is loaded as float32, goes through all steps while it is in the cache, and is stored, so
 * that neither half-precision types nor post-operations cost another pass over memory.
 */
#ifndef GE_EMU_ENGINE_ROWS_H
#define GE_EMU_ENGINE_ROWS_H

#include "internal.h"

struct rows;

enum rows_head {
	ROWS_NONE,	/* start with what the output holds */
	ROWS_COPY,	/* start with input 0 */
	ROWS_UNARY,	/* … with a function of input 0 */
	ROWS_BINARY,	/* … of inputs 0 and 1 */
};

/* All of an operator whose inputs are float32, float16 or bfloat16, with all its posts. */
uint32_t rows_create(struct op *op, enum rows_head head, unsigned int kind, float alpha, float beta,
		     struct rows **rows);
/* The posts from op->fused on, on the output as the kernel sees it. */
uint32_t rows_create_posts(struct op *op, struct rows **rows);
void rows_destroy(struct rows *rows);
uint32_t rows_run(const struct rows *rows, void *const *data, struct run *run);

#endif /* GE_EMU_ENGINE_ROWS_H */
