// SPDX-License-Identifier: MIT
/*
 * harness.c - runs one operator on random tensors of any layout
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static uint64_t state;

void seed(uint64_t s)
{
	state = s * 0x9e3779b97f4a7c15ull + 1;
}

static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1dull;
}

uint32_t rnd(uint32_t lo, uint32_t hi)
{
	return lo + (next() >> 33) % (hi - lo + 1);
}

double rndf(double lo, double hi)
{
	return lo + (hi - lo) * ((next() >> 11) * 0x1p-53);
}

static unsigned int size_of(uint8_t dtype)
{
	switch (dtype) {
	case GENPU_DT_I8:
	case GENPU_DT_U8:
	case GENPU_DT_BOOL:
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
	}
	return 8;
}

static void put_element(uint8_t *p, uint8_t dtype, double v)
{
	uint32_t bits;
	float f = v;

#define PUT(T)	do { T t = (T)v; memcpy(p, &t, sizeof(t)); } while (0)
	switch (dtype) {
	case GENPU_DT_F32:
		PUT(float);
		break;
	case GENPU_DT_F16: {
		_Float16 t = f;

		memcpy(p, &t, sizeof(t));
		break;
	}
	case GENPU_DT_BF16: {
		uint16_t t;

		memcpy(&bits, &f, sizeof(bits));
		t = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
		memcpy(p, &t, sizeof(t));
		break;
	}
	case GENPU_DT_F64:
		PUT(double);
		break;
	case GENPU_DT_I8:
		PUT(int8_t);
		break;
	case GENPU_DT_U8:
		PUT(uint8_t);
		break;
	case GENPU_DT_I16:
		PUT(int16_t);
		break;
	case GENPU_DT_U16:
		PUT(uint16_t);
		break;
	case GENPU_DT_I32:
		PUT(int32_t);
		break;
	case GENPU_DT_U32:
		PUT(uint32_t);
		break;
	case GENPU_DT_I64:
		PUT(int64_t);
		break;
	case GENPU_DT_U64:
		PUT(uint64_t);
		break;
	case GENPU_DT_BOOL:
		*p = v != 0;
		break;
	}
#undef PUT
}

static double get_element(const uint8_t *p, uint8_t dtype)
{
	uint32_t bits;
	uint16_t half;
	float f;

#define GET(T)	do { T t; memcpy(&t, p, sizeof(t)); return t; } while (0)
	switch (dtype) {
	case GENPU_DT_F32:
		GET(float);
	case GENPU_DT_F16:
		GET(_Float16);
	case GENPU_DT_BF16:
		memcpy(&half, p, sizeof(half));
		bits = (uint32_t)half << 16;
		memcpy(&f, &bits, sizeof(f));
		return f;
	case GENPU_DT_F64:
		GET(double);
	case GENPU_DT_I8:
		GET(int8_t);
	case GENPU_DT_U8:
	case GENPU_DT_BOOL:
		GET(uint8_t);
	case GENPU_DT_I16:
		GET(int16_t);
	case GENPU_DT_U16:
		GET(uint16_t);
	case GENPU_DT_I32:
		GET(int32_t);
	case GENPU_DT_U32:
		GET(uint32_t);
	case GENPU_DT_I64:
		GET(int64_t);
	}
	GET(uint64_t);
#undef GET
}

double round_to(uint8_t dtype, double value)
{
	uint8_t bytes[8];

	put_element(bytes, dtype, value);
	return get_element(bytes, dtype);
}

bool next_index(uint32_t rank, const uint32_t *dims, uint32_t *index)
{
	uint32_t d;

	for (d = rank; d-- > 0;) {
		if (++index[d] < dims[d])
			return true;
		index[d] = 0;
	}
	return false;
}

size_t flat_index(uint32_t rank, const uint32_t *dims, const uint32_t *index)
{
	size_t at = 0;
	uint32_t d;

	for (d = 0; d < rank; d++)
		at = at * dims[d] + index[d];
	return at;
}

static size_t byte_at(const struct tensor *t, size_t i)
{
	size_t at = 0;
	uint32_t d;

	for (d = t->rank; d-- > 0;) {
		at += i % t->dims[d] * t->strides[d];
		i /= t->dims[d];
	}
	return t->offset + at * size_of(t->dtype);
}

void tensor_set(struct tensor *t, size_t i, double value)
{
	put_element(t->bytes + byte_at(t, i), t->dtype, value);
	t->v[i] = get_element(t->bytes + byte_at(t, i), t->dtype);
}

static void choose_strides(struct tensor *t, enum layout layout)
{
	uint32_t order[GENPU_MAX_RANK], stride = 1, d, i, j, swap;

	for (d = 0; d < t->rank; d++)
		order[d] = d;
	if (layout == NHWC && t->rank > 2) {
		for (d = 2; d < t->rank; d++)
			order[d - 1] = d;
		order[t->rank - 1] = 1;
	}
	if (layout == ANY) {
		for (i = t->rank; i > 1; i--) {
			j = rnd(0, i - 1);
			swap = order[i - 1];
			order[i - 1] = order[j];
			order[j] = swap;
		}
		stride = rnd(1, 2);
	}
	for (i = t->rank; i-- > 0;) {
		d = order[i];
		t->strides[d] = stride;
		stride *= t->dims[d] ? t->dims[d] : 1;
		if (layout == ANY && rnd(0, 2) == 0)
			stride += rnd(1, 3);
	}
}

struct tensor *tensor_new(struct harness *h, uint8_t dtype, uint32_t rank, const uint32_t *dims,
			  enum layout layout, enum place place, double lo, double hi)
{
	struct tensor *t = &h->tensors[h->num];
	size_t span = 1, i;
	uint32_t d;

	memset(t, 0, sizeof(*t));
	t->dtype = dtype;
	t->rank = rank;
	t->place = place;
	t->count = 1;
	for (d = 0; d < rank; d++) {
		t->dims[d] = dims[d];
		t->count *= dims[d];
	}
	choose_strides(t, layout);
	for (d = 0; d < rank && t->count; d++)
		span += (size_t)(dims[d] - 1) * t->strides[d];
	if (layout == ANY)
		t->offset = rnd(0, 5) * size_of(dtype);
	/* Exactly as long as the view, so that a sanitizer sees any byte too many. */
	t->size = t->offset + (t->count ? span * size_of(dtype) : 0);
	if (posix_memalign((void **)&t->bytes, 64, t->size ? t->size : 1))
		abort();
	t->before = malloc(t->size + 1);
	t->v = calloc(t->count + 1, sizeof(double));
	for (i = 0; i < t->size; i++)
		t->bytes[i] = rnd(0, 255);
	for (i = 0; i < t->count; i++)
		tensor_set(t, i, rndf(lo, hi));
	for (i = 0; i < t->count; i++)
		t->v[i] = get_element(t->bytes + byte_at(t, i), dtype);
	t->index = h->num++;
	return t;
}

/* Tensor indices are those of the harness; arguments and offsets are given here. */
static void place_tensors(struct harness *h, uint64_t *args, uint8_t **constants)
{
	uint32_t num_args = 0, pass;
	struct genpu_tensor *rec;
	struct tensor *t;
	size_t size = 0;
	unsigned int i;

	for (i = 0; i < h->num; i++) {
		t = &h->tensors[i];
		add_tensor(&h->b, t->dtype, t->rank, t->dims, t->strides, GENPU_BASE_ARG, 0,
			   t->offset);
		if (t->place == CONSTANT)
			size = (size + t->size + 63) & ~(size_t)63;
	}
	*constants = aligned_alloc(64, size + 64);
	h->b.header.const_size = size;
	size = 0;
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < h->num; i++) {
			t = &h->tensors[i];
			rec = &h->b.tensors[i];
			if (t->place == CONSTANT) {
				rec->base = GENPU_BASE_CONST;
				if (pass)
					continue;
				rec->offset += size;
				memcpy(*constants + size, t->bytes, t->size);
				size = (size + t->size + 63) & ~(size_t)63;
			} else if ((t->place == OUTPUT) == pass) {
				rec->arg = num_args;
				args[num_args++] = (uintptr_t)t->bytes;
				if (pass)
					h->b.header.num_outputs++;
				else
					h->b.header.num_inputs++;
			}
		}
	}
}

bool harness_run_quiet(struct harness *h)
{
	struct engine_worker *worker = engine_worker_create();
	struct engine_program *program = NULL;
	uint64_t args[MAX_TENSORS];
	struct engine_run run = { .mem = &engine_memory_direct, .args = args };
	uint8_t *blob, *constants;
	unsigned int i;
	size_t size;

	place_tensors(h, args, &constants);
	run.num_args = h->b.header.num_inputs + h->b.header.num_outputs;
	for (i = 0; i < h->num; i++)
		memcpy(h->tensors[i].before, h->tensors[i].bytes, h->tensors[i].size);
	size = h->b.header.const_size;
	{
		uint64_t const_size = size;

		blob = finish(&h->b, &size);
		engine_program_create(blob, size, &engine_memory_direct, (uintptr_t)constants,
				      const_size, &program, &h->err);
	}
	free(blob);
	free(constants);
	if (program)
		engine_program_run(program, worker, &run, &h->err);
	engine_program_destroy(program);
	engine_worker_destroy(worker);
	return !h->err.code;
}

bool harness_run(struct harness *h)
{
	if (!harness_run_quiet(h))
		printf("# error %u offset %u op %d operand %d\n", h->err.code, h->err.offset,
		       (int)h->err.op, (int)h->err.operand);
	return !h->err.code;
}

bool harness_compare(struct harness *h, struct tensor *t, const double *want, double rtol,
		     double atol)
{
	double got, diff;
	unsigned int k;
	size_t i, at;

	for (i = 0; i < t->count; i++) {
		at = byte_at(t, i);
		got = get_element(t->bytes + at, t->dtype);
		diff = fabs(got - want[i]);
		if (!(got == want[i] || diff <= atol + rtol * fabs(want[i]) ||
		      (isnan(got) && isnan(want[i])))) {
			printf("# element %zu of %zu: got %.9g, want %.9g\n", i, t->count, got,
			       want[i]);
			return false;
		}
		/* Give it back its old bytes: then nothing may differ any more. */
		memcpy(t->bytes + at, t->before + at, size_of(t->dtype));
	}
	for (k = 0; k < h->num; k++) {
		if (memcmp(h->tensors[k].bytes, h->tensors[k].before, h->tensors[k].size)) {
			printf("# tensor %u changed beside its elements\n", k);
			return false;
		}
	}
	return true;
}

void harness_free(struct harness *h)
{
	unsigned int i;

	for (i = 0; i < h->num; i++) {
		free(h->tensors[i].v);
		free(h->tensors[i].bytes);
		free(h->tensors[i].before);
	}
	memset(h, 0, sizeof(*h));
}

static double hard(double v)
{
	return v < 0 ? 0 : v > 1 ? 1 : v;
}

static double sigmoid(double v)
{
	return 1 / (1 + exp(-v));
}

static double softplus(double v)
{
	return v > 30 ? v : log1p(exp(v));
}

double ref_unary(uint32_t kind, double a, double b, double x)
{
	switch (kind) {
	case GENPU_UNARY_RELU:
		return x < 0 ? 0 : x;
	case GENPU_UNARY_LEAKY_RELU:
		return x < 0 ? a * x : x;
	case GENPU_UNARY_CLIP:
		x = x < a ? a : x;
		return x > b ? b : x;
	case GENPU_UNARY_SIGMOID:
		return sigmoid(x);
	case GENPU_UNARY_TANH:
		return tanh(x);
	case GENPU_UNARY_HARDSIGMOID:
		return hard(a * x + b);
	case GENPU_UNARY_HARDSWISH:
		return x * hard(a * x + b);
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
		return a * x + b;
	case GENPU_UNARY_SWISH:
		return x * sigmoid(a * x);
	case GENPU_UNARY_ELU:
		return x < 0 ? a * (exp(x) - 1) : x;
	case GENPU_UNARY_GELU_ERF:
		return x / 2 * (1 + erf(x / sqrt(2)));
	case GENPU_UNARY_GELU_TANH:
		return x / 2 * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
	case GENPU_UNARY_SOFTPLUS:
		return softplus(x);
	case GENPU_UNARY_MISH:
		return x * tanh(softplus(x));
	case GENPU_UNARY_NOT:
		return x == 0;
	case GENPU_UNARY_POW:
		return a * pow(x, b);
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
		return isnan(x) ? x : (x > 0) - (x < 0);
	case GENPU_UNARY_TRUNC:
		return trunc(x);
	case GENPU_UNARY_BITNOT:
		return -1 - x;
	}
	return NAN;
}

double ref_binary(uint32_t kind, double a, double b)
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
		return a < b || isnan(a) ? a : b;
	case GENPU_BINARY_MAX:
		return a > b || isnan(a) ? a : b;
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
	case GENPU_BINARY_GE:
		return a >= b;
	case GENPU_BINARY_AND:
		return a && b;
	case GENPU_BINARY_OR:
		return a || b;
	case GENPU_BINARY_XOR:
		return !a != !b;
	case GENPU_BINARY_MOD:
		return a - b * floor(a / b);
	case GENPU_BINARY_FMOD:
		return a - b * trunc(a / b);
	case GENPU_BINARY_BITAND:
		return (int64_t)a & (int64_t)b;
	case GENPU_BINARY_BITOR:
		return (int64_t)a | (int64_t)b;
	case GENPU_BINARY_BITXOR:
		return (int64_t)a ^ (int64_t)b;
	case GENPU_BINARY_SHL:
		return ldexp(a, (int)b);
	case GENPU_BINARY_SHR:
		return floor(ldexp(a, -(int)b));
	}
	return NAN;
}
