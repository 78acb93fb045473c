// SPDX-License-Identifier: MIT
/*
 * Device operators that compute over whole dimensions: what they need, what they give.
 */
#include <string.h>
#include "graph/emit.h"

static bool check_float(struct ge_lower *l, const char *what, const struct ge_view *x)
{
	if (l->err)
		return false;
	if (!ge_is_compute_float(x->dtype)) {
		ge_type_error(l, what, x->dtype);
		return false;
	}
	return true;
}

static void check_same_type(struct ge_lower *l, const char *what, const struct ge_view *x,
			    const struct ge_view *other)
{
	if (!l->err && other->buf != GE_NO_BUF && other->dtype != x->dtype)
		ge_fail(l, EINVAL, "the %s is %s and the input %s, expected is the same type", what,
			ge_dtype_name(other->dtype), ge_dtype_name(x->dtype));
}

static void check_vector(struct ge_lower *l, const char *what, const struct ge_view *v, int64_t n)
{
	if (!l->err && v->buf != GE_NO_BUF && (v->rank != 1 || v->dims[0] != n))
		ge_fail(l, EINVAL, "the %s has shape %s, expected is [%lld]", what,
			ge_dims_text(v->rank, v->dims).s, (long long)n);
}

static bool is_byte(int32_t dtype)
{
	return dtype == GE_DT_INT8 || dtype == GE_DT_UINT8;
}

/* What products of @x and @w are summed in; sets an error if there are none of these types. */
static int32_t sum_type(struct ge_lower *l, const char *what, const struct ge_view *x,
			const struct ge_view *w)
{
	if (is_byte(x->dtype) && is_byte(w->dtype))
		return GE_DT_INT32;
	check_same_type(l, what, x, w);
	return x->dtype;
}

struct ge_view ge_conv(struct ge_lower *l, struct ge_view x, struct ge_view w, struct ge_view bias,
		       const struct genpu_attr_conv *attr, bool channels_last)
{
	struct ge_lop op = { .opcode = GENPU_OP_CONV, .num_in = 3, .in = { x, w, bias } };
	int64_t dims[GE_MAX_RANK];
	int64_t groups = attr->groups;
	int32_t type;

	if (l->err || (!is_byte(x.dtype) && !check_float(l, "convolution", &x)))
		return ge_view_none();
	type = sum_type(l, "filter", &x, &w);
	if (!is_byte(x.dtype))
		check_same_type(l, "bias", &x, &bias);
	else if (bias.buf != GE_NO_BUF && bias.dtype != type)
		ge_fail(l, EINVAL, "the bias is %s, expected is int32", ge_dtype_name(bias.dtype));
	if (x.rank < 3 || x.rank > 2 + GENPU_MAX_SPATIAL || w.rank != x.rank)
		ge_fail(l, EINVAL,
			"input %s and filter %s: expected are [N, C, ...] and [O, C / groups, "
			"...] of 3 to 5 dimensions",
			ge_dims_text(x.rank, x.dims).s, ge_dims_text(w.rank, w.dims).s);
	else if (groups < 1 || x.dims[1] % groups || w.dims[1] != x.dims[1] / groups ||
		 w.dims[0] % groups)
		ge_fail(l, EINVAL,
			"input %s and filter %s do not fit together in %lld groups, expected is a "
			"filter [O, %lld, ...]",
			ge_dims_text(x.rank, x.dims).s, ge_dims_text(w.rank, w.dims).s,
			(long long)groups, (long long)(groups < 1 ? 0 : x.dims[1] / groups));
	else
		check_vector(l, "bias", &bias, w.dims[0]);
	if (!l->err && (!x.dims[1] || !ge_view_elements(&w)))
		ge_fail(l, ENOTSUP, "input %s or filter %s is empty",
			ge_dims_text(x.rank, x.dims).s, ge_dims_text(w.rank, w.dims).s);
	if (l->err)
		return ge_view_none();
	dims[0] = x.dims[0];
	dims[1] = w.dims[0];
	for (int i = 2; i < x.rank; i++) {
		int64_t window = (w.dims[i] - 1) * (int64_t)attr->dilations[i - 2] + 1;
		int64_t room = x.dims[i] + attr->pads_begin[i - 2] + attr->pads_end[i - 2] - window;

		if (room < 0) {
			ge_fail(l, EINVAL,
				"the filter spans %lld of dimension %d, the padded input %s has "
				"%lld",
				(long long)window, i, ge_dims_text(x.rank, x.dims).s,
				(long long)(room + window));
			return ge_view_none();
		}
		dims[i] = room / attr->strides[i - 2] + 1;
	}
	op.conv = *attr;
	op.conv.spatial = (uint32_t)x.rank - 2;
	return ge_emit(l, &op, type, x.rank, dims, channels_last);
}

struct ge_view ge_matmul(struct ge_lower *l, struct ge_view a, struct ge_view b, struct ge_view c,
			 float alpha, float beta)
{
	struct ge_lop op = { .opcode = GENPU_OP_MATMUL, .num_in = 3 };
	int64_t dims[GE_MAX_RANK];
	int32_t type;
	int rank;

	if (l->err)
		return ge_view_none();
	if (!ge_is_compute_float(a.dtype) && a.dtype != GE_DT_DOUBLE && a.dtype != GE_DT_INT32 &&
	    a.dtype != GE_DT_INT64 && !is_byte(a.dtype)) {
		ge_type_error(l, "a matrix product", a.dtype);
		return ge_view_none();
	}
	type = sum_type(l, "second matrix", &a, &b);
	if (!l->err && c.buf != GE_NO_BUF && c.dtype != type)
		ge_fail(l, EINVAL, "the bias is %s and the product %s, expected is the same type",
			ge_dtype_name(c.dtype), ge_dtype_name(type));
	rank = a.rank > b.rank ? a.rank : b.rank;
	if (a.rank < 2 || b.rank < 2 || a.dims[a.rank - 1] != b.dims[b.rank - 2])
		ge_fail(l, EINVAL,
			"matrices %s and %s do not fit together: expected are [..., M, K] and "
			"[..., K, N]",
			ge_dims_text(a.rank, a.dims).s, ge_dims_text(b.rank, b.dims).s);
	if (l->err)
		return ge_view_none();
	a = ge_lead(l, a, rank);
	b = ge_lead(l, b, rank);
	for (int i = 0; i < rank - 2; i++) {
		if (a.dims[i] != b.dims[i] && a.dims[i] != 1 && b.dims[i] != 1) {
			ge_fail(l, EINVAL, "the batches of matrices %s and %s do not fit together",
				ge_dims_text(rank, a.dims).s, ge_dims_text(rank, b.dims).s);
			return ge_view_none();
		}
		dims[i] = a.dims[i] == 1 ? b.dims[i] : a.dims[i];
	}
	dims[rank - 2] = a.dims[rank - 2];
	dims[rank - 1] = b.dims[rank - 1];
	if (c.buf != GE_NO_BUF) {
		if (c.rank > rank) {
			ge_fail(l, EINVAL, "the bias %s does not fit the product %s",
				ge_dims_text(c.rank, c.dims).s, ge_dims_text(rank, dims).s);
			return ge_view_none();
		}
		c = ge_lead(l, c, rank);
		ge_expand(l, c, rank, dims);
	}
	if (!l->err && !a.dims[rank - 1]) {
		struct ge_view zero = ge_fill(l, type, rank, dims, 0);

		return c.buf == GE_NO_BUF ? zero : ge_binary(l, GENPU_BINARY_ADD, zero,
							     ge_linear(l, c, beta, 0));
	}
	op.in[0] = a;
	op.in[1] = b;
	op.in[2] = c;
	op.matmul.alpha = alpha;
	op.matmul.beta = c.buf == GE_NO_BUF ? 0 : beta;
	return ge_emit(l, &op, type, rank, dims, false);
}

struct ge_view ge_pool(struct ge_lower *l, struct ge_view x, const struct genpu_attr_pool *attr,
		       const int64_t *out_dims, bool channels_last)
{
	struct ge_lop op = { .opcode = GENPU_OP_POOL, .num_in = 1, .in = { x } };
	int64_t dims[GE_MAX_RANK];

	if (!check_float(l, "pooling", &x))
		return ge_view_none();
	dims[0] = x.dims[0];
	dims[1] = x.dims[1];
	memcpy(dims + 2, out_dims, (size_t)(x.rank - 2) * sizeof(*dims));
	op.pool = *attr;
	op.pool.spatial = (uint32_t)x.rank - 2;
	return ge_emit(l, &op, attr->kind == GENPU_POOL_ARGMAX ? GE_DT_INT64 : x.dtype, x.rank,
		       dims, channels_last);
}

static struct ge_view drop_axes(struct ge_lower *l, struct ge_view x, uint32_t axes)
{
	int64_t dims[GE_MAX_RANK];
	int rank = 0;

	for (int i = 0; i < x.rank; i++)
		if (!(axes & 1u << i))
			dims[rank++] = x.dims[i];
	return ge_reshape(l, x, rank, dims);
}

struct ge_view ge_reduce(struct ge_lower *l, struct ge_view x, enum genpu_reduce kind,
			 uint32_t axes, bool keep)
{
	struct ge_lop op = { .opcode = GENPU_OP_REDUCE, .num_in = 1, .in = { x } };
	int64_t dims[GE_MAX_RANK];
	uint64_t one = 0;
	struct ge_view y;

	if (l->err)
		return ge_view_none();
	if (!ge_is_compute_float(x.dtype) && x.dtype != GE_DT_INT32 && x.dtype != GE_DT_INT64 &&
	    x.dtype != GE_DT_DOUBLE) {
		ge_type_error(l, "a reduction", x.dtype);
		return ge_view_none();
	}
	if (!axes)
		return x;
	for (int i = 0; i < x.rank; i++)
		dims[i] = axes & 1u << i ? 1 : x.dims[i];
	if (!ge_view_elements(&x)) {
		if (kind == GENPU_REDUCE_MAX || kind == GENPU_REDUCE_MIN ||
		    kind == GENPU_REDUCE_MEAN) {
			ge_fail(l, ENOTSUP, "the input %s is empty",
				ge_dims_text(x.rank, x.dims).s);
			return ge_view_none();
		}
		ge_store_double(x.dtype, &one, 0, kind == GENPU_REDUCE_PROD);
		y = ge_fill(l, x.dtype, x.rank, dims, one);
	} else {
		op.reduce.kind = kind;
		op.reduce.axes = axes;
		y = ge_emit(l, &op, x.dtype, x.rank, dims, false);
	}
	return keep ? y : drop_axes(l, y, axes);
}

struct ge_view ge_softmax(struct ge_lower *l, struct ge_view x, int axis, bool log)
{
	struct ge_lop op = { .opcode = GENPU_OP_SOFTMAX, .num_in = 1, .in = { x } };

	if (!check_float(l, "softmax", &x))
		return ge_view_none();
	op.softmax.axis = (uint32_t)axis;
	op.softmax.log = log;
	return ge_emit(l, &op, x.dtype, x.rank, x.dims, false);
}

/* A parameter of a normalisation in exactly the shape of @x from @axis on. */
static struct ge_view norm_param(struct ge_lower *l, const char *what, struct ge_view p,
				 const struct ge_view *x, int axis)
{
	if (l->err || p.buf == GE_NO_BUF)
		return p;
	if (p.rank > x->rank - axis) {
		ge_fail(l, EINVAL, "the %s %s does not fit the normalised %s", what,
			ge_dims_text(p.rank, p.dims).s,
			ge_dims_text(x->rank - axis, x->dims + axis).s);
		return ge_view_none();
	}
	return ge_expand(l, p, x->rank - axis, x->dims + axis);
}

struct ge_view ge_layernorm(struct ge_lower *l, struct ge_view x, int axis, float epsilon,
			    struct ge_view scale, struct ge_view bias)
{
	struct ge_lop op = { .opcode = GENPU_OP_LAYERNORM, .num_in = 3 };

	if (!check_float(l, "layer normalisation", &x))
		return ge_view_none();
	check_same_type(l, "scale", &x, &scale);
	check_same_type(l, "bias", &x, &bias);
	op.in[0] = x;
	op.in[1] = norm_param(l, "scale", scale, &x, axis);
	op.in[2] = norm_param(l, "bias", bias, &x, axis);
	op.norm.axis = (uint32_t)axis;
	op.norm.epsilon = epsilon;
	return ge_emit(l, &op, x.dtype, x.rank, x.dims, false);
}

struct ge_view ge_batchnorm(struct ge_lower *l, struct ge_view x, struct ge_view scale,
			    struct ge_view bias, struct ge_view mean, struct ge_view var,
			    float epsilon)
{
	struct ge_view params[4] = { scale, bias, mean, var };
	static const char *const names[4] = { "scale", "bias", "mean", "variance" };
	struct ge_lop op = { .opcode = GENPU_OP_BATCHNORM, .num_in = 5 };
	bool constant = true;

	if (!check_float(l, "batch normalisation", &x))
		return ge_view_none();
	if (x.rank < 2) {
		ge_fail(l, EINVAL, "the input has shape %s, expected is [N, C, ...]",
			ge_dims_text(x.rank, x.dims).s);
		return ge_view_none();
	}
	for (int i = 0; i < 4; i++) {
		check_vector(l, names[i], &params[i], x.dims[1]);
		params[i] = ge_cast(l, params[i], x.dtype);
		constant = constant && !l->err && ge_view_const(l->ir, &params[i]);
		op.in[i + 1] = params[i];
	}
	if (l->err)
		return ge_view_none();
	if (constant) {
		struct ge_view factor, rest;

		for (int i = 0; i < 4; i++)
			params[i] = ge_along(l, params[i], x.rank, 1);
		factor = ge_unary(l, ge_linear(l, params[3], 1, epsilon), GENPU_UNARY_SQRT, 0, 0);
		factor = ge_binary(l, GENPU_BINARY_DIV, params[0], factor);
		rest = ge_binary(l, GENPU_BINARY_MUL, params[2], factor);
		rest = ge_binary(l, GENPU_BINARY_SUB, params[1], rest);
		x = ge_binary(l, GENPU_BINARY_MUL, x, factor);
		return ge_binary(l, GENPU_BINARY_ADD, x, rest);
	}
	op.in[0] = x;
	op.norm.epsilon = epsilon;
	return ge_emit(l, &op, x.dtype, x.rank, x.dims, false);
}
