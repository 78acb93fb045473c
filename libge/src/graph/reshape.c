// SPDX-License-Identifier: MIT
/*
 * Other views of a value. Only a reshape that strides cannot express emits an operator, a copy.
 */
#include <string.h>
#include "graph/lower.h"

struct ge_view ge_transpose(struct ge_lower *l, struct ge_view x, const int64_t *perm)
{
	struct ge_view y = x;
	uint32_t seen = 0;

	if (l->err)
		return ge_view_none();
	for (int i = 0; i < x.rank; i++) {
		if (perm[i] < 0 || perm[i] >= x.rank || seen & 1u << perm[i]) {
			ge_fail(l, EINVAL, "%s is not a permutation of %d dimensions",
				ge_dims_text(x.rank, perm).s, x.rank);
			return ge_view_none();
		}
		seen |= 1u << perm[i];
		y.dims[i] = x.dims[perm[i]];
		y.strides[i] = x.strides[perm[i]];
	}
	return y;
}

struct ge_view ge_swap_last(struct ge_lower *l, struct ge_view x)
{
	int64_t perm[GE_MAX_RANK];

	if (l->err)
		return ge_view_none();
	for (int i = 0; i < x.rank; i++)
		perm[i] = i;
	perm[x.rank - 2] = x.rank - 1;
	perm[x.rank - 1] = x.rank - 2;
	return ge_transpose(l, x, perm);
}

struct ge_view ge_slice(struct ge_lower *l, struct ge_view x, int axis, int64_t start,
			int64_t count, int64_t step)
{
	if (l->err)
		return ge_view_none();
	if (start < 0 || count < 0 || step < 1 ||
	    (count && (start >= x.dims[axis] || (count - 1) > (x.dims[axis] - 1 - start) / step))) {
		ge_fail(l, EINVAL, "a slice of %lld from %lld is outside of dimension %d of %s",
			(long long)count, (long long)start, axis, ge_dims_text(x.rank, x.dims).s);
		return ge_view_none();
	}
	x.dims[axis] = count;
	if (count)
		x.offset += start * x.strides[axis];
	if (count > 1)
		x.strides[axis] *= step;
	return x;
}

struct ge_view ge_reshape(struct ge_lower *l, struct ge_view x, int rank, const int64_t *dims)
{
	struct ge_view y;
	int64_t n;

	if (l->err)
		return ge_view_none();
	if (rank > GE_MAX_RANK) {
		ge_fail(l, ENOTSUP, "the result has %d dimensions, the limit is %d", rank,
			GE_MAX_RANK);
		return ge_view_none();
	}
	if (ge_dims_elements(rank, dims, &n) || n != ge_view_elements(&x)) {
		ge_fail(l, EINVAL, "%s cannot be reshaped to %s: the number of elements differs",
			ge_dims_text(x.rank, x.dims).s, ge_dims_text(rank, dims).s);
		return ge_view_none();
	}
	if (ge_view_reshape(&x, rank, dims, &y))
		return y;
	x = ge_copy(l, x);
	if (l->err || !ge_view_reshape(&x, rank, dims, &y))
		return ge_view_none();
	return y;
}

struct ge_view ge_lead(struct ge_lower *l, struct ge_view x, int rank)
{
	struct ge_view y = x;

	if (l->err)
		return ge_view_none();
	for (int i = 0; i < rank; i++) {
		int from = i - (rank - x.rank);

		y.dims[i] = from < 0 ? 1 : x.dims[from];
		y.strides[i] = from < 0 ? 0 : x.strides[from];
	}
	y.rank = rank;
	return y;
}

struct ge_view ge_expand(struct ge_lower *l, struct ge_view x, int rank, const int64_t *dims)
{
	struct ge_view y;
	int64_t n;

	if (l->err)
		return ge_view_none();
	if (rank < x.rank || rank > GE_MAX_RANK)
		goto fail;
	y = ge_lead(l, x, rank);
	for (int i = 0; i < rank; i++) {
		if (y.dims[i] == dims[i])
			continue;
		if (y.dims[i] != 1)
			goto fail;
		y.dims[i] = dims[i];
		y.strides[i] = 0;
	}
	if (ge_dims_elements(rank, dims, &n) || n > GE_MAX_ELEMENTS) {
		ge_fail(l, ENOTSUP, "a tensor of shape %s is too large",
			ge_dims_text(rank, dims).s);
		return ge_view_none();
	}
	return y;

fail:
	ge_fail(l, EINVAL, "%s cannot be repeated to %s", ge_dims_text(x.rank, x.dims).s,
		ge_dims_text(rank, dims).s);
	return ge_view_none();
}

struct ge_view ge_along(struct ge_lower *l, struct ge_view x, int rank, int axis)
{
	struct ge_view y = x;

	if (l->err)
		return ge_view_none();
	if (x.rank != 1) {
		ge_fail(l, EINVAL, "a tensor has shape %s, expected is one dimension",
			ge_dims_text(x.rank, x.dims).s);
		return ge_view_none();
	}
	for (int i = 0; i < rank; i++) {
		y.dims[i] = i == axis ? x.dims[0] : 1;
		y.strides[i] = i == axis ? x.strides[0] : 0;
	}
	y.rank = rank;
	return y;
}
