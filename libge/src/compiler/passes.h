/* SPDX-License-Identifier: MIT */
/*
 * The passes over the compiler's operators, in order of use. Each leaves a correct program, so any
 * may be left out. They return 0 or -errno with a message.
 */
#ifndef GE_COMPILER_PASSES_H
#define GE_COMPILER_PASSES_H

#include "compiler/compiler.h"
#include "graph/ir.h"
#include "graph/lower.h"

#define GE_PASS_SIMPLIFY	(1u << 0)
#define GE_PASS_FUSE		(1u << 1)
#define GE_PASS_LAYOUT		(1u << 2)
#define GE_PASS_PLACE		(1u << 3)
#define GE_PASS_INPLACE		(1u << 4)
#define GE_PASS_ALL		0x1fu

/** ge_pass_dead - remove operators whose results nobody uses */
int ge_pass_dead(struct ge_ir *ir);
/** ge_pass_common - one operator for several that compute the same */
int ge_pass_common(struct ge_ir *ir);
/** ge_pass_simplify - cheaper forms, also of functions spelled out in small operators */
int ge_pass_simplify(struct ge_ir *ir);
/** ge_pass_norm - layer normalisation spelled out in small operators */
int ge_pass_norm(struct ge_ir *ir);
/** ge_pass_weights - factors and sums with constants into the weights of convolutions */
int ge_pass_weights(struct ge_ir *ir);
/** ge_pass_posts - element-wise operators as post-operations of what makes their input */
int ge_pass_posts(struct ge_ir *ir);
/** ge_pass_layout - choose how the buffers are stored */
int ge_pass_layout(struct ge_ir *ir);
/** ge_pass_place - write straight into the place that a copy would fill */
int ge_pass_place(struct ge_ir *ir);

/**
 * ge_plan_memory - a place for each temporary
 * @ir: program
 * @in_place: results may take the place of operands that die
 * @size: bytes of workspace
 */
int ge_plan_memory(struct ge_ir *ir, bool in_place, uint64_t *size);

/** ge_encode - program, constants and names into @model */
int ge_encode(struct ge_ir *ir, const struct ge_graph *graph, const struct ge_lowered *io,
	      uint64_t workspace_size, struct ge_model *model);

/** ge_compile_with - ge_compile() with a choice of passes (GE_PASS_*) */
int ge_compile_with(const struct ge_graph *graph, const struct ge_known_inputs *known,
		    uint32_t passes, struct ge_model **model);

/* --- What the passes ask about a program ------------------------------------------------------ */

/* Who uses a buffer. Valid until operators are added, removed or changed. */
struct ge_uses {
	uint32_t *first;	/* per buffer: index in @users of its first entry */
	uint32_t *users;	/* operators that read it, once for each operand */
	uint32_t *writer;	/* per buffer: the operator that writes it; the last of several */
	uint32_t *before;	/* per operator: the writer of the same buffer before it */
	uint32_t *num_writers;
};

int ge_uses_find(const struct ge_ir *ir, struct ge_uses *uses);
void ge_uses_free(struct ge_uses *uses);

static inline uint32_t ge_num_readers(const struct ge_uses *uses, uint32_t buf)
{
	return uses->first[buf + 1] - uses->first[buf];
}

/**
 * ge_maker - the operator that makes all of @view's buffer, with @view just as it is written
 *
 * Return: NULL if there is none: constants, inputs, other views, several writers.
 */
struct ge_lop *ge_maker(const struct ge_ir *ir, const struct ge_uses *uses,
			const struct ge_view *view);

/** ge_plain_float - @view is a float32, float16 or bfloat16 tensor, what most rewriting is for */
bool ge_plain_float(const struct ge_view *view);

/* A call for each operand that is read, post-operations' included. */
typedef void (*ge_operand_fn)(void *arg, struct ge_view *view);
void ge_each_operand(struct ge_lop *op, ge_operand_fn fn, void *arg);

#endif
