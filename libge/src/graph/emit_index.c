// SPDX-License-Identifier: MIT
/*
 * Device operators that select elements by index, by value or by order: what they need, what they
 * give.
 */
#include <stdlib.h>
#include <string.h>
#include "graph/emit.h"

/* Types that the device computes with or compares. */
static bool is_number(int32_t dtype)
{
	return ge_dtype_is_float(dtype) || ge_dtype_is_integer(dtype);
}

/* --- Indices ---------------------------------------------------------------------------------- */

/*
 * Indices that are known are checked here, others by the device when it runs. The last dimension
 * holds tuples of @n of them, one for each of @limits.
 */
static void check_indices(struct ge_lower *l, const struct ge_view *indices, const int64_t *limits,
			  int64_t n)
{
	const struct ge_buf *buf;
	struct ge_walk walk;
	int64_t count;

	if (l->err)
		return;
	if (indices->dtype != GE_DT_INT32 && indices->dtype != GE_DT_INT64) {
		ge_fail(l, EINVAL, "the indices are %s, expected is int32 or int64",
			ge_dtype_name(indices->dtype));
		return;
	}
	buf = &l->ir->bufs[indices->buf];
	if (buf->kind != GE_BUF_CONST)
		return;
	count = ge_view_elements(indices);
	ge_walk_start(&walk, indices);
	for (int64_t i = 0; i < count; i++, ge_walk_next(&walk)) {
		int64_t index = ge_load_int(buf->dtype, buf->data->data, walk.at);
		int64_t limit = limits[i % n];

		if (index < -limit || index >= limit) {
			ge_fail(l, EINVAL, "index %lld is out of range, expected is %lld to %lld",
				(long long)index, (long long)-limit, (long long)limit - 1);
			return;
		}
	}
}

struct ge_view ge_gather(struct ge_lower *l, struct ge_view data, struct ge_view indices, int axis)
{
	struct ge_lop op = { .opcode = GENPU_OP_GATHER, .num_in = 2, .in = { data, indices } };
	int64_t dims[GE_MAX_RANK * 2];
	int rank = 0;

	check_indices(l, &indices, &data.dims[axis], 1);
	if (l->err)
		return ge_view_none();
	for (int i = 0; i < axis; i++)
		dims[rank++] = data.dims[i];
	for (int i = 0; i < indices.rank; i++)
		dims[rank++] = indices.dims[i];
	for (int i = axis + 1; i < data.rank; i++)
		dims[rank++] = data.dims[i];
	if (rank > GE_MAX_RANK) {
		ge_fail(l, ENOTSUP, "the result has %d dimensions, the limit is %d", rank,
			GE_MAX_RANK);
		return ge_view_none();
	}
	op.gather.axis = (uint32_t)axis;
	return ge_emit(l, &op, data.dtype, rank, dims, false);
}

/* Indices as wide as the data in all dimensions, and beside the axis no larger. */
static bool check_elements(struct ge_lower *l, const struct ge_view *data,
			   const struct ge_view *indices, int axis)
{
	bool fits;

	if (l->err)
		return false;
	fits = indices->rank == data->rank;
	for (int i = 0; fits && i < data->rank; i++)
		fits = i == axis || indices->dims[i] <= data->dims[i];
	if (!fits)
		ge_fail(l, EINVAL,
			"indices %s do not fit data %s: expected are as many dimensions, and none "
			"larger beside dimension %d",
			ge_dims_text(indices->rank, indices->dims).s,
			ge_dims_text(data->rank, data->dims).s, axis);
	else
		check_indices(l, indices, &data->dims[axis], 1);
	return !l->err;
}

struct ge_view ge_gather_elements(struct ge_lower *l, struct ge_view data, struct ge_view indices,
				  int axis)
{
	struct ge_lop op = {
		.opcode = GENPU_OP_GATHER_ELEMENTS, .num_in = 2, .in = { data, indices },
	};

	if (!check_elements(l, &data, &indices, axis))
		return ge_view_none();
	op.gather.axis = (uint32_t)axis;
	return ge_emit(l, &op, data.dtype, indices.rank, indices.dims, false);
}

/* Tuples for the data's dimensions from @batch on; how long they are, or 0. */
static int check_tuples(struct ge_lower *l, const struct ge_view *data,
			const struct ge_view *indices, int64_t batch)
{
	int64_t num;

	if (l->err)
		return 0;
	if (batch < 0 || batch > data->rank || batch >= indices->rank) {
		ge_fail(l, EINVAL,
			"%lld batch dimensions do not fit data %s and indices %s",
			(long long)batch, ge_dims_text(data->rank, data->dims).s,
			ge_dims_text(indices->rank, indices->dims).s);
		return 0;
	}
	num = indices->dims[indices->rank - 1];
	if (num < 1 || num > data->rank - batch) {
		ge_fail(l, EINVAL,
			"the last dimension of indices %s is %lld, expected is 1 to %lld",
			ge_dims_text(indices->rank, indices->dims).s, (long long)num,
			(long long)(data->rank - batch));
		return 0;
	}
	for (int i = 0; i < batch; i++) {
		if (indices->dims[i] == data->dims[i])
			continue;
		ge_fail(l, EINVAL, "batch dimension %d of data %s and indices %s differs", i,
			ge_dims_text(data->rank, data->dims).s,
			ge_dims_text(indices->rank, indices->dims).s);
		return 0;
	}
	check_indices(l, indices, data->dims + batch, num);
	return l->err ? 0 : (int)num;
}

struct ge_view ge_gather_nd(struct ge_lower *l, struct ge_view data, struct ge_view indices,
			    int64_t batch)
{
	struct ge_lop op = { .opcode = GENPU_OP_GATHER_ND, .num_in = 2, .in = { data, indices } };
	int num = check_tuples(l, &data, &indices, batch), rank = 0;
	int64_t dims[GE_MAX_RANK * 2];

	if (!num)
		return ge_view_none();
	for (int i = 0; i < indices.rank - 1; i++)
		dims[rank++] = indices.dims[i];
	for (int i = (int)batch + num; i < data.rank; i++)
		dims[rank++] = data.dims[i];
	if (rank > GE_MAX_RANK) {
		ge_fail(l, ENOTSUP, "the result has %d dimensions, the limit is %d", rank,
			GE_MAX_RANK);
		return ge_view_none();
	}
	op.gather_nd.batch = (uint32_t)batch;
	return ge_emit(l, &op, data.dtype, rank, dims, false);
}

static bool check_updates(struct ge_lower *l, const struct ge_view *data,
			  const struct ge_view *updates, int rank, const int64_t *dims,
			  enum genpu_scatter kind)
{
	if (l->err)
		return false;
	if (updates->dtype != data->dtype)
		ge_fail(l, EINVAL, "the updates are %s and the data %s, expected is the same type",
			ge_dtype_name(updates->dtype), ge_dtype_name(data->dtype));
	else if (updates->rank != rank || memcmp(updates->dims, dims, (size_t)rank * sizeof(*dims)))
		ge_fail(l, EINVAL, "the updates have shape %s, expected is %s",
			ge_dims_text(updates->rank, updates->dims).s, ge_dims_text(rank, dims).s);
	else if (kind != GENPU_SCATTER_SET && !is_number(data->dtype))
		ge_type_error(l, "a reduction", data->dtype);
	return !l->err;
}

struct ge_view ge_scatter_elements(struct ge_lower *l, struct ge_view data, struct ge_view indices,
				   struct ge_view updates, int axis, enum genpu_scatter kind)
{
	struct ge_lop op = {
		.opcode = GENPU_OP_SCATTER_ELEMENTS, .num_in = 3,
		.in = { data, indices, updates },
	};

	if (!check_elements(l, &data, &indices, axis) ||
	    !check_updates(l, &data, &updates, indices.rank, indices.dims, kind))
		return ge_view_none();
	op.scatter.kind = kind;
	op.scatter.axis = (uint32_t)axis;
	return ge_emit(l, &op, data.dtype, data.rank, data.dims, false);
}

struct ge_view ge_scatter_nd(struct ge_lower *l, struct ge_view data, struct ge_view indices,
			     struct ge_view updates, enum genpu_scatter kind)
{
	struct ge_lop op = {
		.opcode = GENPU_OP_SCATTER_ND, .num_in = 3, .in = { data, indices, updates },
	};
	int num = check_tuples(l, &data, &indices, 0), rank = 0;
	int64_t dims[GE_MAX_RANK * 2];

	if (!num)
		return ge_view_none();
	for (int i = 0; i < indices.rank - 1; i++)
		dims[rank++] = indices.dims[i];
	for (int i = num; i < data.rank; i++)
		dims[rank++] = data.dims[i];
	if (!check_updates(l, &data, &updates, rank, dims, kind))
		return ge_view_none();
	op.scatter.kind = kind;
	return ge_emit(l, &op, data.dtype, data.rank, data.dims, false);
}

struct ge_view ge_positions(struct ge_lower *l, int64_t n, int rank, int axis)
{
	struct ge_blob *blob;

	if (l->err)
		return ge_view_none();
	blob = ge_blob_create(NULL, (size_t)n * sizeof(int64_t));
	for (int64_t i = 0; blob && i < n; i++)
		ge_store_int(GE_DT_INT64, blob->data, i, i);
	return ge_along(l, ge_make_const(l, GE_DT_INT64, 1, &n, blob), rank, axis);
}

/* --- Values ----------------------------------------------------------------------------------- */

struct ge_view ge_select(struct ge_lower *l, struct ge_view c, struct ge_view a, struct ge_view b)
{
	struct ge_lop op = { .opcode = GENPU_OP_SELECT, .num_in = 3 };
	const struct ge_view *in[3] = { &c, &a, &b };
	int64_t dims[GE_MAX_RANK];
	int rank = 0;

	if (l->err)
		return ge_view_none();
	if (c.dtype != GE_DT_BOOL)
		ge_fail(l, EINVAL, "the condition is %s, expected is bool",
			ge_dtype_name(c.dtype));
	else if (a.dtype != b.dtype)
		ge_fail(l, EINVAL, "the values are %s and %s, expected is the same type",
			ge_dtype_name(a.dtype), ge_dtype_name(b.dtype));
	for (int k = 0; k < 3; k++)
		rank = in[k]->rank > rank ? in[k]->rank : rank;
	for (int k = 0; k < 3; k++)
		op.in[k] = ge_lead(l, *in[k], rank);
	for (int i = 0; i < rank && !l->err; i++) {
		dims[i] = 1;
		for (int k = 0; k < 3; k++) {
			int64_t dim = op.in[k].dims[i];

			if (dim != 1 && dims[i] != 1 && dim != dims[i])
				ge_fail(l, EINVAL,
					"shapes %s, %s and %s do not fit together: dimensions have "
					"to be equal or 1",
					ge_dims_text(c.rank, c.dims).s,
					ge_dims_text(a.rank, a.dims).s,
					ge_dims_text(b.rank, b.dims).s);
			dims[i] = dim == 1 ? dims[i] : dim;
		}
	}
	return ge_emit(l, &op, a.dtype, rank, dims, false);
}

struct ge_view ge_nonzero(struct ge_lower *l, struct ge_view x)
{
	struct ge_lop op = { .opcode = GENPU_OP_NONZERO, .num_in = 1, .in = { x } };
	int64_t dims[2];

	if (l->err)
		return ge_view_none();
	if (!is_number(x.dtype) && x.dtype != GE_DT_BOOL) {
		ge_type_error(l, "a comparison with 0", x.dtype);
		return ge_view_none();
	}
	dims[0] = x.rank;
	dims[1] = ge_view_elements(&x);
	return ge_emit(l, &op, GE_DT_INT64, 2, dims, false);
}

struct ge_view ge_compress(struct ge_lower *l, struct ge_view x, struct ge_view cond, int axis)
{
	struct ge_lop op = { .opcode = GENPU_OP_COMPRESS, .num_in = 2, .in = { x, cond } };
	int64_t n;

	if (l->err)
		return ge_view_none();
	n = axis < 0 ? ge_view_elements(&x) : x.dims[axis];
	if (cond.dtype != GE_DT_BOOL || cond.rank != 1 || cond.dims[0] > n) {
		ge_fail(l, EINVAL,
			"the condition is a %s tensor %s, expected is bool of up to %lld elements",
			ge_dtype_name(cond.dtype), ge_dims_text(cond.rank, cond.dims).s,
			(long long)n);
		return ge_view_none();
	}
	op.compress.axis = axis < 0 ? GENPU_NONE : (uint32_t)axis;
	if (axis < 0)
		return ge_emit(l, &op, x.dtype, 1, &n, false);
	x.dims[axis] = cond.dims[0];
	return ge_emit(l, &op, x.dtype, x.rank, x.dims, false);
}

/* --- Order ------------------------------------------------------------------------------------ */

struct ge_view ge_topk(struct ge_lower *l, struct ge_view x, int axis, int64_t k, bool smallest,
		       bool last)
{
	struct ge_lop op = { .opcode = GENPU_OP_TOPK, .num_in = 1, .in = { x } };

	if (l->err)
		return ge_view_none();
	if (!is_number(x.dtype)) {
		ge_type_error(l, "an order", x.dtype);
		return ge_view_none();
	}
	if (k < 0 || k > x.dims[axis]) {
		ge_fail(l, EINVAL, "dimension %d of %s does not have %lld elements", axis,
			ge_dims_text(x.rank, x.dims).s, (long long)k);
		return ge_view_none();
	}
	op.topk.axis = (uint32_t)axis;
	op.topk.smallest = smallest;
	op.topk.last = last;
	x.dims[axis] = k;
	return ge_emit(l, &op, GE_DT_INT64, x.rank, x.dims, false);
}

struct ge_view ge_scan(struct ge_lower *l, struct ge_view x, int axis, bool reverse,
		       bool exclusive)
{
	struct ge_lop op = { .opcode = GENPU_OP_SCAN, .num_in = 1 };
	int32_t dtype = x.dtype;

	if (l->err)
		return ge_view_none();
	if (!is_number(dtype)) {
		ge_type_error(l, "a sum", dtype);
		return ge_view_none();
	}
	/* Sums of integers are the same in more bits, cut off at the end. */
	if (!ge_dtype_is_float(dtype) && dtype != GE_DT_INT32)
		x = ge_cast(l, x, GE_DT_INT64);
	op.in[0] = x;
	op.scan.axis = (uint32_t)axis;
	op.scan.reverse = reverse;
	op.scan.exclusive = exclusive;
	return ge_cast(l, ge_emit(l, &op, x.dtype, x.rank, x.dims, false), dtype);
}
