// SPDX-License-Identifier: MIT
/*
 * nd.c - walking through several strided views at once, row by row
 */
#include "nd.h"

/* Elements between two looks at the abort flag. */
#define ABORT_STEP	(1 << 20)

void nd_init(struct nd *nd, const struct view *v)
{
	unsigned int d;

	memset(nd, 0, sizeof(*nd));
	nd->rank = v->rank ? v->rank : 1;
	nd->dims[0] = 1;
	for (d = 0; d < v->rank; d++)
		nd->dims[d] = v->dims[d];
	nd_add(nd, v);
}

bool nd_add(struct nd *nd, const struct view *v)
{
	struct view to = { .rank = nd->rank };
	struct view wide = *v;
	unsigned int d;

	memcpy(to.dims, nd->dims, sizeof(to.dims));
	if (nd->num == ND_MAX_VIEWS || !view_broadcast(&wide, &to))
		return false;
	for (d = 0; d < nd->rank; d++)
		nd->strides[nd->num][d] = wide.strides[d] * dtype_size(v->dtype);
	nd->num++;
	return true;
}

static void swap_loops(struct nd *nd, unsigned int a, unsigned int b)
{
	unsigned int i;
	int64_t t;

	t = nd->dims[a];
	nd->dims[a] = nd->dims[b];
	nd->dims[b] = t;
	for (i = 0; i < nd->num; i++) {
		t = nd->strides[i][a];
		nd->strides[i][a] = nd->strides[i][b];
		nd->strides[i][b] = t;
	}
}

static void drop_loop(struct nd *nd, unsigned int d)
{
	unsigned int i, k;

	for (k = d; k + 1 < nd->rank; k++) {
		nd->dims[k] = nd->dims[k + 1];
		for (i = 0; i < nd->num; i++)
			nd->strides[i][k] = nd->strides[i][k + 1];
	}
	nd->rank--;
}

/* Whether loop @a should be inside of loop @b. */
static bool loop_inside(const struct nd *nd, unsigned int a, unsigned int b)
{
	unsigned int i;

	for (i = 0; i < nd->num; i++)
		if (nd->strides[i][a] != nd->strides[i][b])
			return nd->strides[i][a] < nd->strides[i][b];
	return false;
}

static bool loops_join(const struct nd *nd, unsigned int d)
{
	unsigned int i;

	for (i = 0; i < nd->num; i++)
		if (nd->strides[i][d] != nd->strides[i][d + 1] * nd->dims[d + 1])
			return false;
	return true;
}

void nd_optimize(struct nd *nd)
{
	unsigned int d, i, j;

	for (d = 0; d < nd->rank && nd->rank > 1;) {
		if (nd->dims[d] == 1)
			drop_loop(nd, d);
		else
			d++;
	}
	for (i = 1; i < nd->rank; i++)
		for (j = i; j > 0 && loop_inside(nd, j - 1, j); j--)
			swap_loops(nd, j - 1, j);
	for (d = 0; d + 1 < nd->rank;) {
		if (!loops_join(nd, d)) {
			d++;
			continue;
		}
		nd->dims[d + 1] *= nd->dims[d];
		drop_loop(nd, d);
		d = d ? d - 1 : 0;
	}
}

/*
 * One row in pieces. *since counts elements between looks at the abort flag; false when it is set.
 */
static bool row(const struct nd *nd, char *const *ptr, const int64_t *stride, nd_row_fn fn,
		void *priv, int64_t chunk, const struct run *run, int64_t *since)
{
	int64_t n = nd->dims[nd->rank - 1], done, m;
	char *at[ND_MAX_VIEWS];
	unsigned int i;

	for (done = 0; done < n; done += m) {
		m = chunk && n - done > chunk ? chunk : n - done;
		for (i = 0; i < nd->num; i++)
			at[i] = ptr[i] + done * stride[i];
		fn(priv, at, stride, m);
		*since += m;
		if (*since >= ABORT_STEP) {
			if (run_aborted(run))
				return false;
			*since = 0;
		}
	}
	return true;
}

bool nd_run(const struct nd *nd, void *const *base, nd_row_fn fn, void *priv, int64_t chunk,
	    const struct run *run)
{
	int64_t index[GENPU_MAX_RANK] = { 0 };
	int64_t stride[ND_MAX_VIEWS];
	int64_t since = 0;
	char *ptr[ND_MAX_VIEWS];
	unsigned int i, d;

	for (d = 0; d < nd->rank; d++)
		if (!nd->dims[d])
			return true;
	for (i = 0; i < nd->num; i++) {
		ptr[i] = base[i];
		stride[i] = nd->strides[i][nd->rank - 1];
	}
	for (;;) {
		if (!row(nd, ptr, stride, fn, priv, chunk, run, &since))
			return false;
		for (d = nd->rank - 1; d-- > 0;) {
			for (i = 0; i < nd->num; i++)
				ptr[i] += nd->strides[i][d];
			if (++index[d] < nd->dims[d])
				break;
			for (i = 0; i < nd->num; i++)
				ptr[i] -= nd->strides[i][d] * nd->dims[d];
			index[d] = 0;
		}
		if (d == UINT32_MAX)
			return true;
	}
}
