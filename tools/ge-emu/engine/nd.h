/* SPDX-License-Identifier: MIT */
/*
 * nd.h - walking through several strided views at once, row by row
 */
#ifndef GE_EMU_ENGINE_ND_H
#define GE_EMU_ENGINE_ND_H

#include "internal.h"

#define ND_MAX_VIEWS	(GENPU_MAX_POSTS + 3)

/**
 * struct nd - a loop nest over views of one shape
 * @rank: loops, the innermost one included; at least 1
 * @num: views
 * @dims: extent of each loop, outermost first
 * @strides: in bytes
 */
struct nd {
	unsigned int rank;
	unsigned int num;
	int64_t dims[GENPU_MAX_RANK];
	int64_t strides[ND_MAX_VIEWS][GENPU_MAX_RANK];
};

/**
 * typedef nd_row_fn - handles one row
 * @priv: the caller's
 * @ptr: first element in each view
 * @stride: bytes between elements in each view
 * @n: elements
 */
typedef void (*nd_row_fn)(void *priv, char *const *ptr, const int64_t *stride, int64_t n);

/* Starts a nest over @v. Further views must have its shape or broadcast to it. */
void nd_init(struct nd *nd, const struct view *v);
bool nd_add(struct nd *nd, const struct view *v);

/*
 * Order the loops by the strides of the first view, then the others, largest outermost; drop loops
 * of one iteration, and make one of two where all views allow it.
 */
void nd_optimize(struct nd *nd);

/*
 * Call @fn for all rows, none longer than @chunk elements (0 = any length). False when the run was
 * aborted.
 */
bool nd_run(const struct nd *nd, void *const *base, nd_row_fn fn, void *priv, int64_t chunk,
	    const struct run *run);

#endif /* GE_EMU_ENGINE_ND_H */
