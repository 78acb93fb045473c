/* SPDX-License-Identifier: MIT */
/*
 * index.h - elements of index tensors, which are int32 or int64
 */
#ifndef GE_EMU_ENGINE_INDEX_H
#define GE_EMU_ENGINE_INDEX_H

#include "internal.h"

static inline bool dtype_is_index(uint8_t dtype)
{
	return dtype == GENPU_DT_I32 || dtype == GENPU_DT_I64;
}

/*
 * The index at @p, counted from the front of @extent, or -1 if it is outside. Others may write to
 * the indices meanwhile: it is read once, then checked.
 */
static inline int64_t index_at(const char *p, bool wide, int64_t extent)
{
	int64_t index = wide ? *(const volatile int64_t *)p : *(const volatile int32_t *)p;

	if (index < 0)
		index += extent;
	return index < 0 || index >= extent ? -1 : index;
}

/* What indices name, one in each of the dimensions of @v from @first on. */
struct index_tuple {
	unsigned int num;
	bool wide;
	int64_t stride;			/* bytes between the indices of one tuple */
	int64_t extent[GENPU_MAX_RANK];
	int64_t step[GENPU_MAX_RANK];	/* bytes between neighbours */
};

/* index.c: the last dimension of @indices holds the tuples. */
void index_tuple_init(struct index_tuple *t, const struct view *indices, const struct view *v,
		      unsigned int first);
/* Bytes from the first element to the one that the tuple at @p names, or -1. */
int64_t index_tuple_at(const struct index_tuple *t, const char *p);

#endif /* GE_EMU_ENGINE_INDEX_H */
