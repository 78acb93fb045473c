// SPDX-License-Identifier: MIT
/*
 * Device operators on the host, for constants. Floating types are computed in double precision and
 * rounded once, integers in 64 bits and cut off, as the device does it.
 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include "graph/dtype.h"
#include "graph/eval.h"
#include "graph/narrow.h"

/* Results up to this size are always worth it, larger ones if no larger than the inputs. */
#define SMALL_BYTES	(64 << 10)
/* What all larger results of a graph may take, a bound for graphs made to exhaust memory. */
#define TOTAL_BYTES	(UINT64_C(512) << 20)

static double unary_value(uint32_t kind, double x, double alpha, double beta)
{
	switch (kind) {
	case GENPU_UNARY_RELU:
		return x < 0 ? 0 : x;
	case GENPU_UNARY_LEAKY_RELU:
		return x < 0 ? alpha * x : x;
	case GENPU_UNARY_CLIP:
		return fmin(fmax(x, alpha), beta);
	case GENPU_UNARY_SIGMOID:
		return 1 / (1 + exp(-x));
	case GENPU_UNARY_TANH:
		return tanh(x);
	case GENPU_UNARY_HARDSIGMOID:
		return fmax(0, fmin(1, alpha * x + beta));
	case GENPU_UNARY_HARDSWISH:
		return x * fmax(0, fmin(1, alpha * x + beta));
	case GENPU_UNARY_SQRT:
		return sqrt(x);
	case GENPU_UNARY_EXP:
		return exp(x);
	case GENPU_UNARY_LOG:
		return log(x);
	case GENPU_UNARY_ERF:
		return erf(x);
	case GENPU_UNARY_ABS:
		return fabs(x);
	case GENPU_UNARY_NEG:
		return -x;
	case GENPU_UNARY_FLOOR:
		return floor(x);
	case GENPU_UNARY_CEIL:
		return ceil(x);
	case GENPU_UNARY_ROUND:
		return nearbyint(x);
	case GENPU_UNARY_RECIPROCAL:
		return 1 / x;
	case GENPU_UNARY_LINEAR:
		return alpha * x + beta;
	case GENPU_UNARY_SWISH:
		return x / (1 + exp(-alpha * x));
	case GENPU_UNARY_ELU:
		return x < 0 ? alpha * expm1(x) : x;
	case GENPU_UNARY_GELU_ERF:
		return 0.5 * x * (1 + erf(x * M_SQRT1_2));
	case GENPU_UNARY_GELU_TANH:
		return 0.5 * x * (1 + tanh(sqrt(M_2_PI) * (x + 0.044715 * x * x * x)));
	case GENPU_UNARY_SOFTPLUS:
		return x > 30 ? x : log1p(exp(x));
	case GENPU_UNARY_MISH:
		return x * tanh(x > 30 ? x : log1p(exp(x)));
	case GENPU_UNARY_POW:
		return alpha * pow(x, beta);
	case GENPU_UNARY_SIN:
		return sin(x);
	case GENPU_UNARY_COS:
		return cos(x);
	case GENPU_UNARY_TAN:
		return tan(x);
	case GENPU_UNARY_ASIN:
		return asin(x);
	case GENPU_UNARY_ACOS:
		return acos(x);
	case GENPU_UNARY_ATAN:
		return atan(x);
	case GENPU_UNARY_SINH:
		return sinh(x);
	case GENPU_UNARY_COSH:
		return cosh(x);
	case GENPU_UNARY_ASINH:
		return asinh(x);
	case GENPU_UNARY_ACOSH:
		return acosh(x);
	case GENPU_UNARY_ATANH:
		return atanh(x);
	case GENPU_UNARY_SIGN:
		return x > 0 ? 1 : x < 0 ? -1 : x;
	case GENPU_UNARY_TRUNC:
		return trunc(x);
	default:
		return NAN;
	}
}

static bool unary_int(uint32_t kind, int64_t *x, bool is_unsigned)
{
	switch (kind) {
	case GENPU_UNARY_RELU:
		*x = *x < 0 ? 0 : *x;
		return true;
	case GENPU_UNARY_ABS:
		*x = *x < 0 ? (int64_t)(0 - (uint64_t)*x) : *x;
		return true;
	case GENPU_UNARY_NEG:
		*x = (int64_t)(0 - (uint64_t)*x);
		return true;
	case GENPU_UNARY_NOT:
		*x = !*x;
		return true;
	case GENPU_UNARY_SIGN:
		*x = !*x ? 0 : *x < 0 && !is_unsigned ? -1 : 1;
		return true;
	case GENPU_UNARY_BITNOT:
		*x = ~*x;
		return true;
	default:
		return false;
	}
}

static double binary_value(uint32_t kind, double a, double b)
{
	switch (kind) {
	case GENPU_BINARY_ADD:
		return a + b;
	case GENPU_BINARY_SUB:
		return a - b;
	case GENPU_BINARY_MUL:
		return a * b;
	case GENPU_BINARY_DIV:
		return a / b;
	case GENPU_BINARY_POW:
		return pow(a, b);
	case GENPU_BINARY_MIN:
		return isnan(a) || isnan(b) ? NAN : fmin(a, b);
	case GENPU_BINARY_MAX:
		return isnan(a) || isnan(b) ? NAN : fmax(a, b);
	case GENPU_BINARY_MOD:
		a = fmod(a, b);
		return a != 0 && (a < 0) != (b < 0) ? a + b : a;
	case GENPU_BINARY_FMOD:
		return fmod(a, b);
	case GENPU_BINARY_EQ:
		return a == b;
	case GENPU_BINARY_NE:
		return a != b;
	case GENPU_BINARY_LT:
		return a < b;
	case GENPU_BINARY_LE:
		return a <= b;
	case GENPU_BINARY_GT:
		return a > b;
	default:
		return a >= b;
	}
}

static int64_t int_power(int64_t base, int64_t exponent)
{
	uint64_t result = 1, factor = (uint64_t)base;

	if (exponent < 0)
		return base == 1 ? 1 : base == -1 ? (exponent & 1 ? -1 : 1) : 0;
	for (; exponent; exponent >>= 1) {
		if (exponent & 1)
			result *= factor;
		factor *= factor;
	}
	return (int64_t)result;
}

/* With the sign of @a. By -1 the processor would trap where the quotient overflows. */
static int64_t int_remainder(int64_t a, int64_t b, bool is_unsigned)
{
	if (!b)
		return 0;
	if (is_unsigned)
		return (int64_t)((uint64_t)a % (uint64_t)b);
	return b == -1 ? 0 : a % b;
}

static int64_t binary_int(uint32_t kind, int64_t a, int64_t b, bool is_unsigned)
{
	uint64_t ua = (uint64_t)a, ub = (uint64_t)b;
	bool less = is_unsigned ? ua < ub : a < b;

	switch (kind) {
	case GENPU_BINARY_ADD:
		return (int64_t)(ua + ub);
	case GENPU_BINARY_SUB:
		return (int64_t)(ua - ub);
	case GENPU_BINARY_MUL:
		return (int64_t)(ua * ub);
	case GENPU_BINARY_DIV:
		if (!b)
			return 0;
		if (is_unsigned)
			return (int64_t)(ua / ub);
		return b == -1 ? (int64_t)(0 - ua) : a / b;
	case GENPU_BINARY_POW:
		return int_power(a, b);
	case GENPU_BINARY_MOD:
		a = int_remainder(a, b, is_unsigned);
		return a && !is_unsigned && (a < 0) != (b < 0) ? a + b : a;
	case GENPU_BINARY_FMOD:
		return int_remainder(a, b, is_unsigned);
	case GENPU_BINARY_BITAND:
		return a & b;
	case GENPU_BINARY_BITOR:
		return a | b;
	case GENPU_BINARY_BITXOR:
		return a ^ b;
	case GENPU_BINARY_SHL:
		return ub < 64 ? (int64_t)(ua << ub) : 0;
	case GENPU_BINARY_SHR:
		return ub < 64 ? (int64_t)(ua >> ub) : 0;
	case GENPU_BINARY_MIN:
		return less ? a : b;
	case GENPU_BINARY_MAX:
		return less ? b : a;
	case GENPU_BINARY_EQ:
		return a == b;
	case GENPU_BINARY_NE:
		return a != b;
	case GENPU_BINARY_LT:
		return less;
	case GENPU_BINARY_LE:
		return less || a == b;
	case GENPU_BINARY_GT:
		return !less && a != b;
	case GENPU_BINARY_GE:
		return !less;
	case GENPU_BINARY_AND:
		return a && b;
	case GENPU_BINARY_OR:
		return a || b;
	default:
		return !a != !b;
	}
}

static const void *data_of(const struct ge_ir *ir, const struct ge_view *view)
{
	return ir->bufs[view->buf].data->data;
}

/* @view read with the dimensions of @shape: where it has 1 it repeats. */
static struct ge_view repeated(const struct ge_view *view, const struct ge_view *shape)
{
	struct ge_view v = *view;

	for (int i = 0; i < v.rank; i++) {
		if (v.dims[i] == 1)
			v.strides[i] = 0;
		v.dims[i] = shape->dims[i];
	}
	return v;
}

static void eval_copy(const struct ge_ir *ir, const struct ge_lop *op, void *out)
{
	const struct ge_view *x = &op->in[0], *y = &op->out;
	const void *in = data_of(ir, x);
	size_t size = ge_dtype_size(y->dtype);
	struct ge_walk from, to;

	ge_walk_start(&from, x);
	ge_walk_start(&to, y);
	for (int64_t n = ge_view_elements(y); n; n--, ge_walk_next(&from), ge_walk_next(&to)) {
		if (x->dtype == y->dtype)
			memcpy((char *)out + (size_t)to.at * size,
			       (const char *)in + (size_t)from.at * size, size);
		else if (ge_dtype_is_float(x->dtype) || ge_dtype_is_f8(x->dtype))
			ge_store_double(y->dtype, out, to.at,
					ge_load_double(x->dtype, in, from.at));
		else if (x->dtype == GE_DT_UINT64 && ge_dtype_is_float(y->dtype))
			ge_store_double(y->dtype, out, to.at,
					ge_load_double(x->dtype, in, from.at));
		else
			ge_store_int(y->dtype, out, to.at, ge_load_int(x->dtype, in, from.at));
	}
}

static bool eval_unary(const struct ge_ir *ir, const struct ge_lop *op, void *out)
{
	const struct ge_view *x = &op->in[0];
	const void *in = data_of(ir, x);
	struct ge_walk from;
	int64_t i = 0, n = ge_view_elements(x), value;

	ge_walk_start(&from, x);
	for (; i < n; i++, ge_walk_next(&from)) {
		if (ge_dtype_is_float(x->dtype)) {
			ge_store_double(x->dtype, out, i,
					unary_value(op->unary.kind,
						    ge_load_double(x->dtype, in, from.at),
						    op->unary.alpha, op->unary.beta));
			continue;
		}
		value = ge_load_int(x->dtype, in, from.at);
		if (!unary_int(op->unary.kind, &value, !ge_dtype_is_signed(x->dtype)))
			return false;
		ge_store_int(x->dtype, out, i, value);
	}
	return true;
}

static void eval_binary(const struct ge_ir *ir, const struct ge_lop *op, void *out)
{
	const struct ge_view *y = &op->out;
	const struct ge_view a = repeated(&op->in[0], y), b = repeated(&op->in[1], y);
	const void *pa = data_of(ir, &a), *pb = data_of(ir, &b);
	struct ge_walk wa, wb;
	int64_t i = 0, n = ge_view_elements(y);

	ge_walk_start(&wa, &a);
	ge_walk_start(&wb, &b);
	for (; i < n; i++, ge_walk_next(&wa), ge_walk_next(&wb)) {
		if (ge_dtype_is_float(a.dtype))
			ge_store_double(y->dtype, out, i,
					binary_value(op->binary.kind,
						     ge_load_double(a.dtype, pa, wa.at),
						     ge_load_double(b.dtype, pb, wb.at)));
		else
			ge_store_int(y->dtype, out, i,
				     binary_int(op->binary.kind, ge_load_int(a.dtype, pa, wa.at),
						ge_load_int(b.dtype, pb, wb.at),
						a.dtype == GE_DT_UINT64));
	}
}

static void eval_gather(const struct ge_ir *ir, const struct ge_lop *op, void *out)
{
	const struct ge_view *data = &op->in[0], *index = &op->in[1];
	int axis = (int)op->gather.axis;
	const char *in = data_of(ir, data);
	const void *indices = data_of(ir, index);
	size_t size = ge_dtype_size(data->dtype);
	struct ge_walk y;
	int64_t i = 0, n = ge_view_elements(&op->out);

	ge_walk_start(&y, &op->out);
	for (; i < n; i++, ge_walk_next(&y)) {
		int64_t from = data->offset, at = index->offset, which;

		for (int d = 0; d < index->rank; d++)
			at += y.index[axis + d] * index->strides[d];
		which = ge_load_int(index->dtype, indices, at);
		if (which < 0)
			which += data->dims[axis];
		for (int d = 0; d < data->rank; d++) {
			int64_t k = d < axis ? y.index[d] : d == axis ? which :
				    y.index[d + index->rank - 1];

			from += k * data->strides[d];
		}
		memcpy((char *)out + (size_t)i * size, in + (size_t)from * size, size);
	}
}

static void eval_pad(const struct ge_ir *ir, const struct ge_lop *op, void *out)
{
	const struct ge_view *x = &op->in[0];
	const char *in = data_of(ir, x);
	size_t size = ge_dtype_size(x->dtype);
	struct ge_walk y;
	int64_t i = 0, n = ge_view_elements(&op->out);

	ge_walk_start(&y, &op->out);
	for (; i < n; i++, ge_walk_next(&y)) {
		int64_t from = x->offset;
		bool outside = false;

		for (int d = 0; d < x->rank; d++) {
			int64_t k = y.index[d] - op->pad.begin[d], last = x->dims[d] - 1;

			if (op->pad.mode == GENPU_PAD_CONSTANT)
				outside = outside || k < 0 || k > last;
			else if (op->pad.mode == GENPU_PAD_EDGE)
				k = k < 0 ? 0 : k > last ? last : k;
			else if (op->pad.mode == GENPU_PAD_WRAP)
				k = (k % (last + 1) + last + 1) % (last + 1);
			else
				k = k < 0 ? -k : k > last ? 2 * last - k : k;
			from += k * x->strides[d];
		}
		if (outside)
			ge_store_double(x->dtype, out, i, op->pad.value);
		else
			memcpy((char *)out + (size_t)i * size, in + (size_t)from * size, size);
	}
}

static double reduce_step(uint32_t kind, double sum, double x)
{
	switch (kind) {
	case GENPU_REDUCE_MAX:
		return fmax(sum, x);
	case GENPU_REDUCE_MIN:
		return fmin(sum, x);
	case GENPU_REDUCE_PROD:
		return sum * x;
	case GENPU_REDUCE_L1:
		return sum + fabs(x);
	case GENPU_REDUCE_L2:
	case GENPU_REDUCE_SUMSQ:
		return sum + x * x;
	default:
		return sum + x;
	}
}

/* Integers beyond 2^53 are left to the device. */
static bool eval_reduce(const struct ge_ir *ir, const struct ge_lop *op, void *out)
{
	const struct ge_view *x = &op->in[0];
	uint32_t kind = op->reduce.kind;
	const void *in = data_of(ir, x);
	struct ge_view inner = *x;
	struct ge_walk outer, walk;
	int64_t i = 0, n = ge_view_elements(&op->out), count = 1;
	struct ge_view out_walk = op->out;

	for (int d = 0; d < x->rank; d++) {
		if (op->reduce.axes & 1u << d)
			count *= x->dims[d];
		else
			inner.dims[d] = 1;
		out_walk.strides[d] = x->strides[d];
	}
	out_walk.offset = x->offset;
	ge_walk_start(&outer, &out_walk);
	for (; i < n; i++, ge_walk_next(&outer)) {
		double value = kind == GENPU_REDUCE_MAX ? -INFINITY :
			       kind == GENPU_REDUCE_MIN ? INFINITY : kind == GENPU_REDUCE_PROD;

		inner.offset = outer.at;
		ge_walk_start(&walk, &inner);
		for (int64_t k = 0; k < count; k++, ge_walk_next(&walk))
			value = reduce_step(kind, value, ge_load_double(x->dtype, in, walk.at));
		if (kind == GENPU_REDUCE_MEAN)
			value /= (double)count;
		else if (kind == GENPU_REDUCE_L2)
			value = sqrt(value);
		if (!ge_dtype_is_float(x->dtype) && fabs(value) > 0x1p53)
			return false;
		ge_store_double(x->dtype, out, i, value);
	}
	return true;
}

static void eval_fill(const struct ge_lop *op, void *out)
{
	size_t size = ge_dtype_size(op->out.dtype);
	int64_t n = ge_view_elements(&op->out);

	for (int64_t i = 0; i < n; i++)
		memcpy((char *)out + (size_t)i * size, &op->fill.bits, size);
}

static bool known(uint16_t opcode)
{
	return opcode == GENPU_OP_COPY || opcode == GENPU_OP_UNARY || opcode == GENPU_OP_BINARY ||
	       opcode == GENPU_OP_GATHER || opcode == GENPU_OP_PAD || opcode == GENPU_OP_FILL ||
	       opcode == GENPU_OP_REDUCE;
}

int ge_eval(struct ge_ir *ir, const struct ge_lop *op)
{
	struct ge_buf *buf = &ir->bufs[op->out.buf];
	size_t bytes = (size_t)buf->elements * ge_dtype_size(buf->dtype), input = 0;
	bool fresh = buf->kind == GE_BUF_TEMP, done = true;
	struct ge_blob *blob;

	if ((!known(op->opcode) && !ge_eval_index_known(op->opcode)) || op->num_posts)
		return 0;
	for (int i = 0; i < op->num_in; i++) {
		if (!ge_view_const(ir, &op->in[i]))
			return 0;
		input += ir->bufs[op->in[i].buf].data->size;
		if (op->opcode == GENPU_OP_REDUCE && ge_view_elements(&op->in[i]) > (1 << 20))
			return 0;
	}
	if (fresh && bytes > SMALL_BYTES) {
		if (bytes > input || ir->const_bytes + bytes > TOTAL_BYTES)
			return 0;
		ir->const_bytes += bytes;
	}
	blob = fresh ? ge_blob_create(NULL, bytes) : buf->data;
	if (!blob)
		return -ENOMEM;
	switch (op->opcode) {
	case GENPU_OP_COPY:
		eval_copy(ir, op, blob->data);
		break;
	case GENPU_OP_UNARY:
		done = eval_unary(ir, op, blob->data);
		break;
	case GENPU_OP_BINARY:
		eval_binary(ir, op, blob->data);
		break;
	case GENPU_OP_GATHER:
		eval_gather(ir, op, blob->data);
		break;
	case GENPU_OP_PAD:
		eval_pad(ir, op, blob->data);
		break;
	case GENPU_OP_REDUCE:
		done = eval_reduce(ir, op, blob->data);
		break;
	case GENPU_OP_FILL:
		eval_fill(op, blob->data);
		break;
	default:
		done = ge_eval_index(ir, op, blob->data);
	}
	if (!done) {
		ge_blob_put(blob);
		return 0;
	}
	buf->kind = GE_BUF_CONST;
	buf->data = blob;
	return 1;
}
