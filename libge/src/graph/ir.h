/* SPDX-License-Identifier: MIT */
/*
 * The compiler's own form of a graph: a list of device operators (genpu_isa.h) in order of
 * execution that read and write views of buffers.
 *
 * A buffer has a type and a canonical shape, and a view addresses it by strides and an offset in
 * elements over its dense row-major order. So transposing, slicing, splitting, repeating and most
 * reshaping cost nothing. How a buffer is really stored is decided late (compiler/layout.c) and
 * changes no view: ge_view_physical() translates.
 *
 * Each element of a buffer is written once, by one operator. A buffer may be written in parts by
 * several operators (concatenation).
 */
#ifndef GE_GRAPH_IR_H
#define GE_GRAPH_IR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <drm/genpu_isa.h>
#include "ge/ge.h"
#include "graph/blob.h"

#define GE_NO_BUF	UINT32_MAX
#define GE_MAX_IN	5		/* inputs of a device operator */
#define GE_MAX_ELEMENTS	(INT64_C(1) << 40)	/* of a tensor */

struct ge_view {
	uint32_t buf;			/* GE_NO_BUF: absent */
	int32_t dtype;
	int32_t rank;
	int64_t dims[GE_MAX_RANK];
	int64_t strides[GE_MAX_RANK];	/* elements; 0 repeats */
	int64_t offset;			/* elements */
};

enum ge_buf_kind {
	GE_BUF_CONST,
	GE_BUF_TEMP,
	GE_BUF_INPUT,	/* of the graph */
	GE_BUF_OUTPUT,	/* of the graph */
};

struct ge_buf {
	enum ge_buf_kind kind;
	int32_t dtype;
	int32_t rank;
	int64_t dims[GE_MAX_RANK];
	int64_t elements;
	uint32_t arg;			/* argument number of inputs and outputs */
	bool wanted;			/* GE_BUF_INPUT: compiling needs to know its values */
	struct ge_blob *data;		/* GE_BUF_CONST: canonical order */
	int64_t strides[GE_MAX_RANK];	/* as stored, elements; canonical until layout */
	uint64_t offset;		/* as placed, bytes; for constants and temporaries */
};

struct ge_lpost {
	uint16_t type;			/* enum genpu_post_type */
	uint16_t kind;
	float alpha, beta;
	struct ge_view with;		/* of a binary */
};

struct ge_lop {
	uint16_t opcode;		/* enum genpu_opcode; 0: removed */
	uint16_t num_in;
	uint16_t num_posts;
	uint32_t origin;		/* see struct ge_origin */
	struct ge_view in[GE_MAX_IN];
	struct ge_view out;
	struct ge_lpost *posts;
	union {
		uint64_t raw[9];	/* all of it, zero beyond the opcode's attributes */
		struct genpu_attr_unary unary;
		struct genpu_attr_binary binary;
		struct genpu_attr_conv conv;
		struct genpu_attr_matmul matmul;
		struct genpu_attr_pool pool;
		struct genpu_attr_reduce reduce;
		struct genpu_attr_softmax softmax;
		struct genpu_attr_norm norm;
		struct genpu_attr_gather gather;
		struct genpu_attr_pad pad;
		struct genpu_attr_fill fill;
		struct genpu_attr_gather_nd gather_nd;
		struct genpu_attr_scatter scatter;
		struct genpu_attr_topk topk;
		struct genpu_attr_scan scan;
		struct genpu_attr_interpolate interpolate;
		struct genpu_attr_lrn lrn;
		struct genpu_attr_grid grid;
		struct genpu_attr_roi roi;
		struct genpu_attr_nms nms;
		struct genpu_attr_compress compress;
	};
};

/* Which nodes an operator came from: a node, and those that were fused before it. */
struct ge_origin {
	uint32_t node;
	uint32_t before;		/* origin, or GE_NO_BUF */
};

struct ge_ir {
	struct ge_buf *bufs;
	size_t num_bufs, max_bufs;
	struct ge_lop *ops;
	size_t num_ops, max_ops;
	struct ge_origin *origins;
	size_t num_origins, max_origins;
	uint64_t const_bytes;		/* of constants made so far, to bound folding */
	size_t num_lowered;		/* nodes and bodies so far, to bound loops in loops */
};

void ge_ir_init(struct ge_ir *ir);
void ge_ir_free(struct ge_ir *ir);

/**
 * ge_ir_add_buf - a new buffer, stored in canonical order; returns its number in @buf
 *
 * Return: 0, -ENOTSUP if it is too large, -ENOMEM.
 */
int ge_ir_add_buf(struct ge_ir *ir, enum ge_buf_kind kind, int32_t dtype, int rank,
		  const int64_t *dims, uint32_t *buf);
/** ge_ir_add_op - append @op (copied with its posts, which it takes over) */
int ge_ir_add_op(struct ge_ir *ir, const struct ge_lop *op);
int ge_ir_add_origin(struct ge_ir *ir, uint32_t node, uint32_t before, uint32_t *origin);
/** ge_ir_add_post - append a post-operation */
int ge_ir_add_post(struct ge_lop *op, const struct ge_lpost *post);
/** ge_ir_remove - @op does nothing from now on and is skipped */
void ge_ir_remove(struct ge_lop *op);
/**
 * ge_ir_want - note that @buf has to be known to compile, so all inputs that it is made from
 *
 * Return: false if it is made from no input, so knowing them would not help.
 */
bool ge_ir_want(struct ge_ir *ir, uint32_t buf);
/** ge_ir_pack - forget removed operators */
void ge_ir_pack(struct ge_ir *ir);

/* --- Views ----------------------------------------------------------------------------------- */

/** ge_view_all - the whole of a buffer in its canonical shape */
struct ge_view ge_view_all(const struct ge_ir *ir, uint32_t buf);
struct ge_view ge_view_none(void);
int64_t ge_view_elements(const struct ge_view *view);
/** ge_view_same - the same elements in the same shape */
bool ge_view_same(const struct ge_view *a, const struct ge_view *b);
bool ge_view_same_dims(const struct ge_view *a, const struct ge_view *b);
/** ge_view_whole - @view has each element of its buffer exactly once, in canonical order */
bool ge_view_whole(const struct ge_ir *ir, const struct ge_view *view);
/** ge_view_covers - @view has each element of its buffer exactly once, in any order */
bool ge_view_covers(const struct ge_ir *ir, const struct ge_view *view);

/**
 * ge_view_reshape - view the elements of @view in another shape of as many elements
 *
 * Return: false if strides cannot express it.
 */
bool ge_view_reshape(const struct ge_view *view, int rank, const int64_t *dims,
		     struct ge_view *out);

/**
 * ge_view_restride - translate a view when the buffer's canonical dimensions get other strides
 * @rank: of the canonical shape
 * @dims: canonical shape
 * @strides: new distance of neighbours in each canonical dimension
 * @view: view over the row-major order of @dims
 * @out: the same elements with strides and offset in terms of @strides
 *
 * Return: false if strides cannot express it.
 */
bool ge_view_restride(int rank, const int64_t *dims, const int64_t *strides,
		      const struct ge_view *view, struct ge_view *out);

/** ge_view_physical - @view in terms of how its buffer is stored; false if that cannot be */
bool ge_view_physical(const struct ge_ir *ir, const struct ge_view *view, struct ge_view *out);

/** ge_view_const - @view is of a constant */
static inline bool ge_view_const(const struct ge_ir *ir, const struct ge_view *view)
{
	return view->buf != GE_NO_BUF && ir->bufs[view->buf].kind == GE_BUF_CONST;
}

/* --- Elements of constants -------------------------------------------------------------------- */

/** ge_binary_is_truth - kinds whose result is bool */
static inline bool ge_binary_is_truth(uint32_t kind)
{
	return kind >= GENPU_BINARY_EQ && kind <= GENPU_BINARY_XOR;
}

/* A walk over the elements of a view in row-major order of its dimensions. */
struct ge_walk {
	const struct ge_view *view;
	int64_t index[GE_MAX_RANK];
	int64_t at;			/* element in the buffer's canonical order */
};

void ge_walk_start(struct ge_walk *walk, const struct ge_view *view);
void ge_walk_next(struct ge_walk *walk);

/** ge_view_scalar - the one value that all elements of a constant view have; false if not so */
bool ge_view_scalar(const struct ge_ir *ir, const struct ge_view *view, double *value);

/**
 * ge_eval - execute @op on the host if its inputs are constants
 *
 * The output's buffer becomes a constant.
 *
 * Return: 1 done, 0 not possible, -ENOMEM.
 */
int ge_eval(struct ge_ir *ir, const struct ge_lop *op);

#endif
