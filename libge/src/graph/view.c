// SPDX-License-Identifier: MIT
#include <string.h>
#include "graph/dtype.h"
#include "graph/ir.h"

struct ge_view ge_view_none(void)
{
	struct ge_view view = { .buf = GE_NO_BUF, .dtype = GE_DT_UNDEFINED };

	return view;
}

static void dense_strides(int rank, const int64_t *dims, int64_t *strides)
{
	int64_t stride = 1;

	for (int i = rank - 1; i >= 0; i--) {
		strides[i] = stride;
		stride *= dims[i] ? dims[i] : 1;
	}
}

struct ge_view ge_view_all(const struct ge_ir *ir, uint32_t buf)
{
	const struct ge_buf *b = &ir->bufs[buf];
	struct ge_view view = { .buf = buf, .dtype = b->dtype, .rank = b->rank };

	memcpy(view.dims, b->dims, sizeof(view.dims));
	dense_strides(view.rank, view.dims, view.strides);
	return view;
}

int64_t ge_view_elements(const struct ge_view *view)
{
	int64_t n = 1;

	for (int i = 0; i < view->rank; i++)
		n *= view->dims[i];
	return n;
}

bool ge_view_same_dims(const struct ge_view *a, const struct ge_view *b)
{
	if (a->rank != b->rank)
		return false;
	for (int i = 0; i < a->rank; i++)
		if (a->dims[i] != b->dims[i])
			return false;
	return true;
}

bool ge_view_same(const struct ge_view *a, const struct ge_view *b)
{
	if (a->buf != b->buf || a->offset != b->offset || !ge_view_same_dims(a, b))
		return false;
	for (int i = 0; i < a->rank; i++)
		if (a->dims[i] > 1 && a->strides[i] != b->strides[i])
			return false;
	return true;
}

bool ge_view_whole(const struct ge_ir *ir, const struct ge_view *view)
{
	int64_t expect = 1;

	if (view->offset || ge_view_elements(view) != ir->bufs[view->buf].elements)
		return false;
	for (int i = view->rank - 1; i >= 0; i--) {
		if (view->dims[i] > 1 && view->strides[i] != expect)
			return false;
		expect *= view->dims[i];
	}
	return true;
}

bool ge_view_covers(const struct ge_ir *ir, const struct ge_view *view)
{
	int64_t expect = 1;
	bool used[GE_MAX_RANK] = { false };

	if (view->offset || ge_view_elements(view) != ir->bufs[view->buf].elements)
		return false;
	/* Sorted by stride, each dimension has to start where the one before ends. */
	for (int done = 0; done < view->rank;) {
		int next = -1;

		for (int i = 0; i < view->rank; i++) {
			if (used[i] || view->dims[i] != 1)
				continue;
			used[i] = true;
			done++;
		}
		for (int i = 0; i < view->rank; i++)
			if (!used[i] && view->strides[i] == expect)
				next = i;
		if (next < 0)
			return done == view->rank;
		used[next] = true;
		done++;
		expect *= view->dims[next];
	}
	return true;
}

bool ge_view_reshape(const struct ge_view *view, int rank, const int64_t *dims,
		     struct ge_view *out)
{
	struct ge_view v = *view;
	int from = 0, to = 0;

	v.rank = rank;
	memset(v.dims, 0, sizeof(v.dims));
	memset(v.strides, 0, sizeof(v.strides));
	for (int i = 0; i < rank; i++)
		v.dims[i] = dims[i];
	if (!ge_view_elements(view)) {
		dense_strides(rank, dims, v.strides);
		*out = v;
		return true;
	}
	/* Groups of dimensions with equal products; each of @view has to be dense in itself. */
	while (from < view->rank || to < rank) {
		int from_end = from, to_end = to;
		int64_t a = 1, b = 1, stride;

		do {
			if (a <= b && from_end < view->rank)
				a *= view->dims[from_end++];
			else if (to_end < rank)
				b *= dims[to_end++];
			else
				a *= view->dims[from_end++];
		} while (a != b);

		stride = 0;
		for (int i = from_end - 1, inner = -1; i >= from; i--) {
			if (view->dims[i] == 1)
				continue;
			if (inner < 0)
				stride = view->strides[i];
			else if (view->strides[i] != view->strides[inner] * view->dims[inner])
				return false;
			inner = i;
		}
		for (int i = to_end - 1; i >= to; i--) {
			v.strides[i] = stride;
			stride *= dims[i];
		}
		from = from_end;
		to = to_end;
	}
	*out = v;
	return true;
}

/* Neighbouring dimensions that stay one piece under @strides, as one; returns how many are left. */
static int merge_dims(int rank, const int64_t *dims, const int64_t *strides, int64_t *merged,
		      int64_t *merged_strides)
{
	int n = 0;

	for (int k = 0; k < rank; k++) {
		if (dims[k] == 1)
			continue;
		if (n && merged_strides[n - 1] == strides[k] * dims[k]) {
			merged[n - 1] *= dims[k];
			merged_strides[n - 1] = strides[k];
			continue;
		}
		merged[n] = dims[k];
		merged_strides[n++] = strides[k];
	}
	return n;
}

bool ge_view_restride(int rank, const int64_t *dims, const int64_t *strides,
		      const struct ge_view *view, struct ge_view *out)
{
	int64_t merged[GE_MAX_RANK], target[GE_MAX_RANK], canonical[GE_MAX_RANK];
	int64_t high[GE_MAX_RANK], rest = view->offset;
	struct ge_view v = *view;
	int n;

	v.offset = 0;
	if (!ge_view_elements(view)) {
		*out = v;
		return true;
	}
	n = merge_dims(rank, dims, strides, merged, target);
	dense_strides(n, merged, canonical);
	/* @high: the largest index in each dimension that the view reaches so far. */
	for (int k = 0; k < n; k++) {
		high[k] = rest / canonical[k];
		rest -= high[k] * canonical[k];
		v.offset += high[k] * target[k];
	}
	if (rest)
		return false;
	for (int i = 0; i < view->rank; i++) {
		int64_t step;
		int k = n - 1;

		v.strides[i] = 0;
		if (view->dims[i] == 1 || !view->strides[i])
			continue;
		while (k >= 0 && view->strides[i] >= canonical[k] * merged[k])
			k--;
		if (k < 0 || view->strides[i] % canonical[k])
			return false;
		/* As long as no index overflows into the next dimension, each counts by itself. */
		step = view->strides[i] / canonical[k];
		high[k] += (view->dims[i] - 1) * step;
		if (high[k] >= merged[k])
			return false;
		v.strides[i] = step * target[k];
	}
	*out = v;
	return true;
}

bool ge_view_physical(const struct ge_ir *ir, const struct ge_view *view, struct ge_view *out)
{
	const struct ge_buf *buf = &ir->bufs[view->buf];

	return ge_view_restride(buf->rank, buf->dims, buf->strides, view, out);
}

void ge_walk_start(struct ge_walk *walk, const struct ge_view *view)
{
	memset(walk, 0, sizeof(*walk));
	walk->view = view;
	walk->at = view->offset;
}

void ge_walk_next(struct ge_walk *walk)
{
	const struct ge_view *view = walk->view;

	for (int i = view->rank - 1; i >= 0; i--) {
		walk->at += view->strides[i];
		if (++walk->index[i] < view->dims[i])
			return;
		walk->at -= view->strides[i] * view->dims[i];
		walk->index[i] = 0;
	}
}

bool ge_view_scalar(const struct ge_ir *ir, const struct ge_view *view, double *value)
{
	const struct ge_buf *buf;
	struct ge_walk walk;
	int64_t n = ge_view_elements(view);

	if (!ge_view_const(ir, view) || !n)
		return false;
	buf = &ir->bufs[view->buf];
	ge_walk_start(&walk, view);
	*value = ge_load_double(buf->dtype, buf->data->data, walk.at);
	for (int64_t i = 1; i < n; i++) {
		ge_walk_next(&walk);
		if (ge_load_double(buf->dtype, buf->data->data, walk.at) != *value)
			return false;
	}
	return true;
}
