// SPDX-License-Identifier: MIT
/*
 * view.c - types, shapes and storage orders of tensors
 */
#include "internal.h"

unsigned int dtype_size(uint8_t dtype)
{
	switch (dtype) {
	case GENPU_DT_I8:
	case GENPU_DT_U8:
	case GENPU_DT_BOOL:
	case GENPU_DT_I4:
	case GENPU_DT_U4:
	case GENPU_DT_F8E4M3FN:
	case GENPU_DT_F8E5M2:
	case GENPU_DT_F8E4M3FNUZ:
	case GENPU_DT_F8E5M2FNUZ:
		return 1;
	case GENPU_DT_F16:
	case GENPU_DT_BF16:
	case GENPU_DT_I16:
	case GENPU_DT_U16:
		return 2;
	case GENPU_DT_F32:
	case GENPU_DT_I32:
	case GENPU_DT_U32:
		return 4;
	case GENPU_DT_I64:
	case GENPU_DT_U64:
	case GENPU_DT_F64:
		return 8;
	}
	return 0;
}

bool dtype_is_half(uint8_t dtype)
{
	return dtype == GENPU_DT_F16 || dtype == GENPU_DT_BF16;
}

bool dtype_is_float(uint8_t dtype)
{
	return dtype == GENPU_DT_F32 || dtype_is_half(dtype);
}

void view_measure(struct view *v)
{
	unsigned int d;

	v->count = 1;
	v->span = 1;
	for (d = 0; d < v->rank; d++) {
		v->count *= v->dims[d];
		v->span += (v->dims[d] - 1) * v->strides[d];
	}
	if (!v->count)
		v->span = 0;
}

void view_dense(struct view *v, const uint8_t *order)
{
	int64_t stride = 1;
	unsigned int i, d;

	for (i = v->rank; i-- > 0;) {
		d = order ? order[i] : i;
		v->strides[d] = stride;
		stride *= v->dims[d] ? v->dims[d] : 1;
	}
	view_measure(v);
}

void view_order(const struct view *v, uint8_t *order)
{
	int64_t key[GENPU_MAX_RANK + 1] = { 0 };
	unsigned int i, j, d;

	/* A dimension of 1 has no place of its own: it stays just outside of the next one. */
	for (d = v->rank; d-- > 0;)
		key[d] = v->dims[d] == 1 ? key[d + 1] : v->strides[d];
	for (i = 0; i < v->rank; i++) {
		for (j = i; j > 0 && key[order[j - 1]] < key[i]; j--)
			order[j] = order[j - 1];
		order[j] = i;
	}
}

bool view_is_dense(const struct view *v, const uint8_t *order)
{
	struct view dense = *v;
	unsigned int d;

	view_dense(&dense, order);
	for (d = 0; d < v->rank; d++)
		if (v->dims[d] > 1 && v->strides[d] != dense.strides[d])
			return false;
	return true;
}

bool view_same(const struct view *a, const struct view *b)
{
	unsigned int d;

	if (a->dtype != b->dtype || a->rank != b->rank || a->base != b->base || a->arg != b->arg ||
	    a->offset != b->offset)
		return false;
	for (d = 0; d < a->rank; d++)
		if (a->dims[d] != b->dims[d] ||
		    (a->dims[d] > 1 && a->strides[d] != b->strides[d]))
			return false;
	return true;
}

bool view_overlaps(const struct view *a, const struct view *b)
{
	if (a->base != b->base || a->arg != b->arg || !a->span || !b->span)
		return false;
	return a->offset < b->offset + b->span * dtype_size(b->dtype) &&
	       b->offset < a->offset + a->span * dtype_size(a->dtype);
}

/*
 * With the dimensions ordered by stride, elements are distinct if each stride steps over all that
 * the smaller ones span. Interleaved strides that fail this may still be distinct: *unsure.
 */
bool view_distinct(const struct view *v, bool *unsure)
{
	uint8_t order[GENPU_MAX_RANK];
	int64_t span = 1;
	unsigned int i, d;

	*unsure = false;
	if (v->count <= 1)
		return true;
	if (v->count > v->span)
		return false;
	view_order(v, order);
	for (i = v->rank; i-- > 0;) {
		d = order[i];
		if (v->dims[d] == 1)
			continue;
		if (!v->strides[d])
			return false;
		if (v->strides[d] < span)
			*unsure = true;
		span += (v->dims[d] - 1) * v->strides[d];
	}
	return !*unsure;
}

bool view_broadcast(struct view *v, const struct view *to)
{
	unsigned int shift = to->rank - v->rank;
	unsigned int i;
	int64_t dim;

	if (v->rank > to->rank)
		return false;
	for (i = to->rank; i-- > 0;) {
		dim = i >= shift ? v->dims[i - shift] : 1;
		if (dim != to->dims[i] && dim != 1)
			return false;
		v->strides[i] = dim == 1 ? 0 : v->strides[i - shift];
		v->dims[i] = to->dims[i];
	}
	v->rank = to->rank;
	view_measure(v);
	return true;
}

/*
 * Make dimensions d and d + 1 one, of extents @outer and @inner where a dimension does not repeat.
 * Both must repeat (extent 1 or stride 0), or be walked through with one stride.
 */
bool view_merge(struct view *v, unsigned int d, int64_t outer, int64_t inner)
{
	bool rep0 = v->dims[d] == 1 || !v->strides[d];
	bool rep1 = v->dims[d + 1] == 1 || !v->strides[d + 1];

	if (outer == 1) {
		v->strides[d] = v->strides[d + 1];
		v->dims[d] = v->dims[d + 1];
	} else if (inner == 1) {
		;
	} else if (rep0 && rep1) {
		v->dims[d] *= v->dims[d + 1];
		v->strides[d] = 0;
	} else if (!rep0 && !rep1 && v->strides[d] == v->strides[d + 1] * v->dims[d + 1]) {
		v->dims[d] *= v->dims[d + 1];
		v->strides[d] = v->strides[d + 1];
	} else {
		return false;
	}
	view_drop(v, d + 1);
	return true;
}

void view_drop(struct view *v, unsigned int d)
{
	for (v->rank--; d < v->rank; d++) {
		v->dims[d] = v->dims[d + 1];
		v->strides[d] = v->strides[d + 1];
	}
	v->dims[v->rank] = 0;
	v->strides[v->rank] = 0;
}
