// SPDX-License-Identifier: MIT
/*
 * Device operators that work element by element or move elements: what they need, what they give.
 */
#include <math.h>
#include <string.h>
#include "base/error.h"
#include "graph/emit.h"
#include "graph/narrow.h"

struct ge_view ge_emit(struct ge_lower *l, struct ge_lop *op, int32_t dtype, int rank,
		       const int64_t *dims, bool channels_last)
{
	int64_t stored[GE_MAX_RANK], perm[GE_MAX_RANK];
	uint32_t buf;
	int ret;

	if (l->err)
		return ge_view_none();
	for (int i = 0; i < rank; i++) {
		int to = !channels_last || !i ? i : i == 1 ? rank - 1 : i - 1;

		stored[to] = dims[i];
		perm[i] = to;
	}
	l->err = ge_ir_add_buf(l->ir, GE_BUF_TEMP, dtype, rank, stored, &buf);
	if (l->err)
		return ge_view_none();
	op->origin = l->origin;
	op->out = ge_transpose(l, ge_view_all(l->ir, buf), perm);
	/* Nothing has to be done for an empty result. */
	if (!l->ir->bufs[buf].elements)
		return op->out;
	ret = channels_last ? 0 : ge_eval(l->ir, op);
	if (!ret)
		ret = ge_ir_add_op(l->ir, op);
	if (ret < 0) {
		l->err = ret;
		return ge_view_none();
	}
	return op->out;
}

void ge_type_error(struct ge_lower *l, const char *what, int32_t dtype)
{
	ge_fail(l, ENOTSUP, "%s of %s is not supported", what, ge_dtype_name(dtype));
}

bool ge_is_compute_float(int32_t dtype)
{
	return dtype == GE_DT_FLOAT || dtype == GE_DT_FLOAT16 || dtype == GE_DT_BF16;
}

struct ge_view ge_new(struct ge_lower *l, int32_t dtype, int rank, const int64_t *dims)
{
	uint32_t buf;

	if (!l->err)
		l->err = ge_ir_add_buf(l->ir, GE_BUF_TEMP, dtype, rank, dims, &buf);
	return l->err ? ge_view_none() : ge_view_all(l->ir, buf);
}

void ge_copy_to(struct ge_lower *l, struct ge_view x, struct ge_view y)
{
	struct ge_lop op = { .opcode = GENPU_OP_COPY, .num_in = 1, .in = { x }, .out = y };
	int ret;

	if (l->err || !ge_view_elements(&y))
		return;
	op.origin = l->origin;
	ret = l->ir->bufs[y.buf].kind == GE_BUF_CONST ? ge_eval(l->ir, &op) :
							ge_ir_add_op(l->ir, &op);
	if (ret < 0)
		l->err = ret;
}

static struct ge_view copy_as(struct ge_lower *l, struct ge_view x, int32_t dtype)
{
	struct ge_lop op = { .opcode = GENPU_OP_COPY, .num_in = 1, .in = { x } };

	return ge_emit(l, &op, dtype, x.rank, x.dims, false);
}

struct ge_view ge_copy(struct ge_lower *l, struct ge_view x)
{
	return copy_as(l, x, x.dtype);
}

struct ge_view ge_cast(struct ge_lower *l, struct ge_view x, int32_t dtype)
{
	if (!l->err && !ge_dtype_size(dtype))
		ge_fail(l, ENOTSUP, "conversion to type number %d is not supported", dtype);
	if (l->err || x.dtype == dtype)
		return x;
	return copy_as(l, x, dtype);
}

/* The device saturates what is finite, but leaves infinities; see ge_f8_store(). */
struct ge_view ge_cast_f8(struct ge_lower *l, struct ge_view x, int32_t dtype, bool saturate)
{
	struct ge_view limit, fits;
	double max;

	if (l->err || !ge_dtype_is_f8(dtype) || !ge_dtype_is_float(x.dtype))
		return ge_cast(l, x, dtype);
	max = ge_f8_max(dtype);
	if (saturate) {
		limit = ge_make_scalar(l, x.dtype, 0, -max);
		x = ge_binary(l, GENPU_BINARY_MAX, x, limit);
		limit = ge_make_scalar(l, x.dtype, 0, max);
		return ge_cast(l, ge_binary(l, GENPU_BINARY_MIN, x, limit), dtype);
	}
	/* Divided by whether it fits, what does not becomes an infinity and NaN stays. */
	limit = ge_make_scalar(l, x.dtype, 0, max);
	fits = ge_binary(l, GENPU_BINARY_LE, ge_unary(l, x, GENPU_UNARY_ABS, 0, 0), limit);
	x = ge_binary(l, GENPU_BINARY_DIV, x, ge_cast(l, fits, x.dtype));
	return ge_cast(l, x, dtype);
}

static bool unary_takes(enum genpu_unary kind, int32_t dtype)
{
	switch (kind) {
	case GENPU_UNARY_NOT:
		return dtype == GE_DT_BOOL;
	case GENPU_UNARY_BITNOT:
		return ge_dtype_is_integer(dtype);
	case GENPU_UNARY_SIGN:
		return ge_dtype_is_integer(dtype) || ge_dtype_is_float(dtype);
	case GENPU_UNARY_ABS:
	case GENPU_UNARY_NEG:
	case GENPU_UNARY_RELU:
		return ge_dtype_is_signed(dtype);
	default:
		return ge_dtype_is_float(dtype);
	}
}

static bool binary_takes(enum genpu_binary kind, int32_t dtype)
{
	switch (kind) {
	case GENPU_BINARY_AND:
	case GENPU_BINARY_OR:
	case GENPU_BINARY_XOR:
		return dtype == GE_DT_BOOL;
	case GENPU_BINARY_BITAND:
	case GENPU_BINARY_BITOR:
	case GENPU_BINARY_BITXOR:
		return ge_dtype_is_integer(dtype);
	case GENPU_BINARY_SHL:
	case GENPU_BINARY_SHR:
		return ge_dtype_is_integer(dtype) && !ge_dtype_is_signed(dtype);
	default:
		return dtype != GE_DT_BOOL || ge_binary_is_truth(kind);
	}
}

struct ge_view ge_unary(struct ge_lower *l, struct ge_view x, enum genpu_unary kind, float alpha,
			float beta)
{
	struct ge_lop op = { .opcode = GENPU_OP_UNARY, .num_in = 1, .in = { x } };

	if (l->err)
		return ge_view_none();
	if (!unary_takes(kind, x.dtype)) {
		ge_type_error(l, "this function", x.dtype);
		return ge_view_none();
	}
	op.unary.kind = kind;
	op.unary.alpha = alpha;
	op.unary.beta = beta;
	return ge_emit(l, &op, x.dtype, x.rank, x.dims, false);
}

struct ge_view ge_linear(struct ge_lower *l, struct ge_view x, float alpha, float beta)
{
	if (alpha == 1 && beta == 0)
		return x;
	return ge_unary(l, x, GENPU_UNARY_LINEAR, alpha, beta);
}

struct ge_view ge_binary(struct ge_lower *l, enum genpu_binary kind, struct ge_view a,
			 struct ge_view b)
{
	struct ge_lop op = { .opcode = GENPU_OP_BINARY, .num_in = 2 };
	int64_t dims[GE_MAX_RANK];
	int rank;

	if (l->err)
		return ge_view_none();
	if (a.dtype != b.dtype) {
		ge_fail(l, EINVAL, "the inputs are %s and %s, expected is the same type",
			ge_dtype_name(a.dtype), ge_dtype_name(b.dtype));
		return ge_view_none();
	}
	if (ge_dtype_is_narrow(a.dtype) || !binary_takes(kind, a.dtype)) {
		ge_type_error(l, "this function", a.dtype);
		return ge_view_none();
	}
	rank = a.rank > b.rank ? a.rank : b.rank;
	op.in[0] = ge_lead(l, a, rank);
	op.in[1] = ge_lead(l, b, rank);
	for (int i = 0; i < rank; i++) {
		int64_t x = op.in[0].dims[i], y = op.in[1].dims[i];

		if (x != y && x != 1 && y != 1) {
			ge_fail(l, EINVAL,
				"shapes %s and %s do not fit together: dimensions have to be "
				"equal or 1",
				ge_dims_text(a.rank, a.dims).s, ge_dims_text(b.rank, b.dims).s);
			return ge_view_none();
		}
		dims[i] = x == 1 ? y : x;
	}
	op.binary.kind = kind;
	return ge_emit(l, &op, ge_binary_is_truth(kind) ? GE_DT_BOOL : a.dtype, rank, dims,
		       false);
}

/* Join blocks of @value in front and behind, where a float cannot hold the value. */
static struct ge_view pad_exact(struct ge_lower *l, struct ge_view x, double value,
				const int64_t *begin, const int64_t *dims)
{
	uint64_t bits = 0;

	ge_store_double(x.dtype, &bits, 0, value);
	for (int i = 0; i < x.rank && !l->err; i++) {
		struct ge_view parts[3] = { x, x, x };

		parts[0].dims[i] = begin[i];
		parts[2].dims[i] = dims[i] - begin[i] - x.dims[i];
		if (dims[i] == x.dims[i])
			continue;
		parts[0] = ge_fill(l, x.dtype, x.rank, parts[0].dims, bits);
		parts[2] = ge_fill(l, x.dtype, x.rank, parts[2].dims, bits);
		x = ge_concat(l, parts, 3, i);
	}
	return x;
}

struct ge_view ge_pad(struct ge_lower *l, struct ge_view x, enum genpu_pad mode, double value,
		      const int64_t *begin, const int64_t *end)
{
	struct ge_lop op = { .opcode = GENPU_OP_PAD, .num_in = 1 };
	int64_t dims[GE_MAX_RANK], front[GE_MAX_RANK], back;
	bool changes = false;

	if (l->err)
		return ge_view_none();
	for (int i = 0; i < x.rank && !l->err; i++) {
		bool small = begin[i] <= INT32_MAX && end[i] <= INT32_MAX &&
			     begin[i] >= -INT32_MAX && end[i] >= -INT32_MAX;
		int64_t cut_front = small && begin[i] < 0 ? -begin[i] : 0;
		int64_t cut_back = small && end[i] < 0 ? -end[i] : 0;

		if (!small || cut_front + cut_back > x.dims[i]) {
			ge_fail(l, EINVAL, "padding %lld and %lld of dimension %d does not fit %s",
				(long long)begin[i], (long long)end[i], i,
				ge_dims_text(x.rank, x.dims).s);
			return ge_view_none();
		}
		x = ge_slice(l, x, i, cut_front, x.dims[i] - cut_front - cut_back, 1);
		front[i] = begin[i] > 0 ? begin[i] : 0;
		back = end[i] > 0 ? end[i] : 0;
		if ((mode == GENPU_PAD_REFLECT && (front[i] >= x.dims[i] || back >= x.dims[i]) &&
		     front[i] + back) ||
		    ((mode == GENPU_PAD_EDGE || mode == GENPU_PAD_WRAP) && !x.dims[i] &&
		     front[i] + back)) {
			ge_fail(l, ENOTSUP,
				"padding %lld and %lld of dimension %d is more than %s has to "
				"repeat",
				(long long)front[i], (long long)back, i,
				ge_dims_text(x.rank, x.dims).s);
			return ge_view_none();
		}
		dims[i] = x.dims[i] + front[i] + back;
		op.pad.begin[i] = (uint32_t)front[i];
		changes = changes || front[i] + back;
	}
	if (!changes)
		return x;
	if (mode == GENPU_PAD_CONSTANT && (double)(float)value != value && !isnan(value) &&
	    x.dtype != GE_DT_FLOAT && x.dtype != GE_DT_FLOAT16 && x.dtype != GE_DT_BF16)
		return pad_exact(l, x, value, front, dims);
	op.in[0] = x;
	op.pad.mode = mode;
	op.pad.value = (float)value;
	return ge_emit(l, &op, x.dtype, x.rank, dims, false);
}

struct ge_view ge_fill(struct ge_lower *l, int32_t dtype, int rank, const int64_t *dims,
		       uint64_t bits)
{
	struct ge_lop op = { .opcode = GENPU_OP_FILL };

	if (!l->err && !ge_dtype_size(dtype))
		ge_type_error(l, "a tensor", dtype);
	op.fill.bits = bits;
	return ge_emit(l, &op, dtype, rank, dims, false);
}

struct ge_view ge_concat(struct ge_lower *l, const struct ge_view *x, size_t n, int axis)
{
	bool constant = true;
	int64_t dims[GE_MAX_RANK], at = 0, elements;
	struct ge_view y;

	if (l->err)
		return ge_view_none();
	memcpy(dims, x[0].dims, sizeof(dims));
	dims[axis] = 0;
	for (size_t i = 0; i < n; i++) {
		constant = constant && ge_view_const(l->ir, &x[i]);
		for (int d = 0; d < x[0].rank; d++) {
			if (x[i].rank == x[0].rank && (d == axis || x[i].dims[d] == x[0].dims[d]))
				continue;
			ge_fail(l, EINVAL,
				"inputs 0 and %zu have shapes %s and %s, which differ beside "
				"dimension %d",
				i, ge_dims_text(x[0].rank, x[0].dims).s,
				ge_dims_text(x[i].rank, x[i].dims).s, axis);
			return ge_view_none();
		}
		if (x[i].dtype != x[0].dtype) {
			ge_fail(l, EINVAL,
				"inputs 0 and %zu are %s and %s, expected is the same type",
				i, ge_dtype_name(x[0].dtype), ge_dtype_name(x[i].dtype));
			return ge_view_none();
		}
		if (__builtin_add_overflow(dims[axis], x[i].dims[axis], &dims[axis])) {
			ge_fail(l, ENOTSUP, "the result is too large");
			return ge_view_none();
		}
	}
	if (n == 1)
		return x[0];
	if (constant && !ge_dims_elements(x[0].rank, dims, &elements) && elements < (1 << 20))
		y = ge_make_const(l, x[0].dtype, x[0].rank, dims,
				  ge_blob_create(NULL, (size_t)elements *
						 ge_dtype_size(x[0].dtype)));
	else
		y = ge_new(l, x[0].dtype, x[0].rank, dims);
	for (size_t i = 0; i < n && !l->err; i++) {
		ge_copy_to(l, x[i], ge_slice(l, y, axis, at, x[i].dims[axis], 1));
		at += x[i].dims[axis];
	}
	return y;
}
