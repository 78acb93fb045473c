// SPDX-License-Identifier: MIT
/*
 * Operators by index, by value and by order on the host. Indices were checked when the operator was
 * emitted.
 */
#include <math.h>
#include <string.h>
#include "graph/dtype.h"
#include "graph/eval.h"

/* Comparisons that sorting on the host may take. */
#define MAX_WORK	(1 << 22)

static const void *data_of(const struct ge_ir *ir, const struct ge_view *view)
{
	return ir->bufs[view->buf].data->data;
}

/* Where element @index of an operand is that repeats in dimensions of 1. */
static int64_t place(const struct ge_view *view, const int64_t *index)
{
	int64_t at = view->offset;

	for (int d = 0; d < view->rank; d++)
		at += view->dims[d] == 1 ? 0 : index[d] * view->strides[d];
	return at;
}

static int64_t index_at(const struct ge_ir *ir, const struct ge_view *indices, int64_t at,
			int64_t extent)
{
	int64_t index = ge_load_int(indices->dtype, data_of(ir, indices), at);

	return index < 0 ? index + extent : index;
}

static void eval_select(const struct ge_ir *ir, const struct ge_lop *op, void *out)
{
	const unsigned char *cond = data_of(ir, &op->in[0]);
	size_t size = ge_dtype_size(op->out.dtype);
	int64_t i = 0, n = ge_view_elements(&op->out);
	struct ge_walk y;

	ge_walk_start(&y, &op->out);
	for (; i < n; i++, ge_walk_next(&y)) {
		const struct ge_view *from = &op->in[cond[place(&op->in[0], y.index)] ? 1 : 2];

		memcpy((char *)out + (size_t)i * size,
		       (const char *)data_of(ir, from) + (size_t)place(from, y.index) * size, size);
	}
}

static void eval_gather_elements(const struct ge_ir *ir, const struct ge_lop *op, void *out)
{
	const struct ge_view *data = &op->in[0], *indices = &op->in[1];
	size_t size = ge_dtype_size(data->dtype);
	int64_t i = 0, n = ge_view_elements(&op->out);
	int axis = (int)op->gather.axis;
	struct ge_walk y;

	ge_walk_start(&y, &op->out);
	for (; i < n; i++, ge_walk_next(&y)) {
		int64_t at[GE_MAX_RANK];

		memcpy(at, y.index, sizeof(at));
		at[axis] = index_at(ir, indices, place(indices, y.index), data->dims[axis]);
		memcpy((char *)out + (size_t)i * size,
		       (const char *)data_of(ir, data) + (size_t)place(data, at) * size, size);
	}
}

static void eval_gather_nd(const struct ge_ir *ir, const struct ge_lop *op, void *out)
{
	const struct ge_view *data = &op->in[0], *indices = &op->in[1];
	int batch = (int)op->gather_nd.batch, last = indices->rank - 1;
	int num = (int)indices->dims[last];
	size_t size = ge_dtype_size(data->dtype);
	int64_t i = 0, n = ge_view_elements(&op->out);
	struct ge_walk y;

	ge_walk_start(&y, &op->out);
	for (; i < n; i++, ge_walk_next(&y)) {
		int64_t at[GE_MAX_RANK], tuple[GE_MAX_RANK];

		memcpy(tuple, y.index, sizeof(tuple));
		for (int d = 0; d < data->rank; d++) {
			if (d < batch) {
				at[d] = y.index[d];
				continue;
			}
			if (d >= batch + num) {
				at[d] = y.index[last + d - batch - num];
				continue;
			}
			tuple[last] = d - batch;
			at[d] = index_at(ir, indices, place(indices, tuple), data->dims[d]);
		}
		memcpy((char *)out + (size_t)i * size,
		       (const char *)data_of(ir, data) + (size_t)place(data, at) * size, size);
	}
}

/* Below, equal or above 0, as elements @a and @b are ordered; NaN is larger than any number. */
static int order(int32_t dtype, const void *data, int64_t a, int64_t b)
{
	if (ge_dtype_is_float(dtype)) {
		double x = ge_load_double(dtype, data, a), y = ge_load_double(dtype, data, b);

		if (isnan(x) || isnan(y))
			return isnan(x) - isnan(y);
		return (x > y) - (x < y);
	} else {
		int64_t x = ge_load_int(dtype, data, a), y = ge_load_int(dtype, data, b);

		if (dtype == GE_DT_UINT64)
			return ((uint64_t)x > (uint64_t)y) - ((uint64_t)x < (uint64_t)y);
		return (x > y) - (x < y);
	}
}

/* Whether element @a of the line at @start comes before element @b. */
static bool before(const struct ge_lop *op, const void *data, int64_t start, int64_t a, int64_t b)
{
	int64_t stride = op->in[0].strides[op->topk.axis];
	int sign = order(op->in[0].dtype, data, start + a * stride, start + b * stride);

	if (sign)
		return op->topk.smallest ? sign < 0 : sign > 0;
	return op->topk.last ? a > b : a < b;
}

static bool eval_topk(const struct ge_ir *ir, const struct ge_lop *op, void *out)
{
	const struct ge_view *x = &op->in[0];
	const void *data = data_of(ir, x);
	int axis = (int)op->topk.axis;
	struct ge_view from = *x, to = op->out;
	int64_t n = x->dims[axis], k = to.dims[axis], lines;
	struct ge_walk in, y;

	if (n > MAX_WORK || ge_view_elements(&op->out) > MAX_WORK / n)
		return false;
	from.dims[axis] = 1;
	to.dims[axis] = 1;
	lines = ge_view_elements(&to);
	ge_walk_start(&in, &from);
	ge_walk_start(&y, &to);
	for (; lines; lines--, ge_walk_next(&in), ge_walk_next(&y)) {
		int64_t last = -1;

		/* The best of those that come after the last one. */
		for (int64_t i = 0; i < k; i++) {
			int64_t best = -1;

			for (int64_t m = 0; m < n; m++)
				if ((last < 0 || before(op, data, in.at, last, m)) &&
				    (best < 0 || before(op, data, in.at, m, best)))
					best = m;
			ge_store_int(GE_DT_INT64, out, y.at + i * op->out.strides[axis], best);
			last = best;
		}
	}
	return true;
}

static void eval_scan(const struct ge_ir *ir, const struct ge_lop *op, void *out)
{
	const struct ge_view *x = &op->in[0];
	const void *data = data_of(ir, x);
	int axis = (int)op->scan.axis;
	struct ge_view firsts = *x, dense = op->out;
	int64_t n = x->dims[axis], lines;
	struct ge_walk from, to;

	/* The output is written in the order of its dimensions. */
	firsts.dims[axis] = 1;
	dense.dims[axis] = 1;
	lines = ge_view_elements(&firsts);
	ge_walk_start(&from, &firsts);
	ge_walk_start(&to, &dense);
	for (int64_t i = 0; i < lines; i++, ge_walk_next(&from), ge_walk_next(&to)) {
		uint64_t sum = 0;
		double total = 0;

		for (int64_t k = 0; k < n; k++) {
			int64_t at = op->scan.reverse ? n - 1 - k : k;
			int64_t in = from.at + at * x->strides[axis];
			int64_t y = to.at + at * op->out.strides[axis];

			if (ge_dtype_is_float(x->dtype)) {
				double next = total + ge_load_double(x->dtype, data, in);

				ge_store_double(x->dtype, out, y,
						op->scan.exclusive ? total : next);
				total = next;
			} else {
				uint64_t next = sum + (uint64_t)ge_load_int(x->dtype, data, in);

				ge_store_int(x->dtype, out, y,
					     (int64_t)(op->scan.exclusive ? sum : next));
				sum = next;
			}
		}
	}
}

bool ge_eval_index_known(uint16_t opcode)
{
	return opcode == GENPU_OP_SELECT || opcode == GENPU_OP_GATHER_ELEMENTS ||
	       opcode == GENPU_OP_GATHER_ND || opcode == GENPU_OP_TOPK || opcode == GENPU_OP_SCAN;
}

bool ge_eval_index(const struct ge_ir *ir, const struct ge_lop *op, void *out)
{
	switch (op->opcode) {
	case GENPU_OP_SELECT:
		eval_select(ir, op, out);
		return true;
	case GENPU_OP_GATHER_ELEMENTS:
		eval_gather_elements(ir, op, out);
		return true;
	case GENPU_OP_GATHER_ND:
		eval_gather_nd(ir, op, out);
		return true;
	case GENPU_OP_TOPK:
		return eval_topk(ir, op, out);
	case GENPU_OP_SCAN:
		eval_scan(ir, op, out);
		return true;
	default:
		return false;
	}
}
