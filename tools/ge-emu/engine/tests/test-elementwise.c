// SPDX-License-Identifier: MIT
/*
 * test-elementwise.c - copies, functions and arithmetic, one element at a time
 */
#include <math.h>
#include <stdlib.h>

#include "ops.h"

static bool test_copy(struct harness *h)
{
	uint32_t rank = rnd(0, 5), dims[GENPU_MAX_RANK], index[GENPU_MAX_RANK] = { 0 };
	uint8_t tx = PICK(all_types), ty = rnd(0, 1) ? tx : PICK(all_types);
	struct ref_posts posts;
	struct tensor *x, *y;
	double *want;
	size_t i;

	random_dims(dims, rank, rnd(0, 3) ? 6 : 40);
	if (rank > 3)
		random_dims(dims, rank, 6);
	/* Values that every type can hold. */
	x = tensor_new(h, tx, rank, dims, any_layout(), in_place(), 0, 100);
	y = tensor_new(h, ty, rank, dims, any_layout(), OUTPUT, 0, 100);
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_COPY, NULL, 0, 1, &x->index, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		want[i] = round_to(ty, x->v[i]);
		if (posts.num)
			want[i] = ref_posts(&posts, x->v[i], rank, index);
		next_index(rank, dims, index);
	}
	return check(h, y, want, posts.num ? 2 : 0);
}

/* Where a function is defined and not steep. */
static void unary_range(uint32_t kind, double *lo, double *hi)
{
	*lo = -4;
	*hi = 4;
	switch (kind) {
	case GENPU_UNARY_SQRT:
	case GENPU_UNARY_LOG:
	case GENPU_UNARY_RECIPROCAL:
	case GENPU_UNARY_POW:
		*lo = 0.1;
		break;
	case GENPU_UNARY_TAN:
		*lo = -1.2;
		*hi = 1.2;
		break;
	case GENPU_UNARY_ASIN:
	case GENPU_UNARY_ACOS:
	case GENPU_UNARY_ATANH:
		*lo = -0.9;
		*hi = 0.9;
		break;
	case GENPU_UNARY_ACOSH:
		*lo = 1.1;
		break;
	}
}

static bool test_unary(struct harness *h)
{
	uint32_t rank = rnd(0, 5), dims[GENPU_MAX_RANK], index[GENPU_MAX_RANK] = { 0 };
	struct genpu_attr_unary attr = { .kind = rnd(GENPU_UNARY_RELU, GENPU_UNARY_BITNOT) };
	static const uint8_t ints[] = { GENPU_DT_I8, GENPU_DT_I16, GENPU_DT_I32, GENPU_DT_I64 };
	uint8_t t = rnd(0, 3) ? PICK(floats) : GENPU_DT_F64;
	struct ref_posts posts;
	double lo, hi;
	struct tensor *x, *y;
	double *want;
	size_t i;

	if (attr.kind == GENPU_UNARY_NOT)
		t = GENPU_DT_BOOL;
	if ((attr.kind == GENPU_UNARY_ABS || attr.kind == GENPU_UNARY_NEG ||
	     attr.kind == GENPU_UNARY_RELU || attr.kind == GENPU_UNARY_SIGN ||
	     attr.kind == GENPU_UNARY_BITNOT) && (rnd(0, 1) || attr.kind == GENPU_UNARY_BITNOT))
		t = PICK(ints);
	unary_range(attr.kind, &lo, &hi);
	attr.alpha = rndf(-1, 1);
	attr.beta = rnd(0, 3) ? rndf(1, 2) : rnd(0, 1) ? 2 : 0.5;
	random_dims(dims, rank, rank > 3 ? 6 : 20);
	x = tensor_new(h, t, rank, dims, any_layout(), in_place(), lo, hi);
	y = tensor_new(h, t, rank, dims, any_layout(), OUTPUT, lo, hi);
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_UNARY, &attr, sizeof(attr), 1, &x->index, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		want[i] = ref_unary(attr.kind, attr.alpha, attr.beta, x->v[i]);
		want[i] = ref_posts(&posts, want[i], rank, index);
		next_index(rank, dims, index);
	}
	return check(h, y, want, 1);
}

static bool test_binary(struct harness *h)
{
	struct genpu_attr_binary attr = { .kind = rnd(GENPU_BINARY_ADD, GENPU_BINARY_FMOD) };
	uint32_t rank = rnd(0, 5), dims[GENPU_MAX_RANK], index[GENPU_MAX_RANK] = { 0 }, in[2];
	uint32_t wide[2][GENPU_MAX_RANK], d, skip;
	uint8_t t = rnd(0, 1) ? PICK(floats) : PICK(all_types);
	bool compares = attr.kind >= GENPU_BINARY_EQ;
	struct tensor *x[2], *y;
	struct ref_posts posts;
	double *want, lo, hi;
	size_t i;

	if (attr.kind >= GENPU_BINARY_MOD) {
		t = rnd(0, 3) ? PICK(floats) : GENPU_DT_F64;
		compares = false;
	}
	if (attr.kind >= GENPU_BINARY_AND && compares)
		t = GENPU_DT_BOOL;
	else if (t == GENPU_DT_BOOL && attr.kind < GENPU_BINARY_MIN)
		attr.kind = GENPU_BINARY_MIN;
	/* Integers: small ones, so that no result leaves the type or is a fraction of one. */
	lo = is_float(t) ? 0.2 : 1;
	hi = is_float(t) ? 3 : 3.99;
	random_dims(dims, rank, rank > 3 ? 6 : 20);
	broadcast_dims(wide[0], dims, rank);
	for (d = 0; d < rank; d++)
		wide[1][d] = wide[0][d] == dims[d] && rnd(0, 1) ? 1 : dims[d];
	d = rnd(0, 1);
	for (i = 0; i < 2; i++) {
		/* Leading ones may be left out. */
		for (skip = 0; i == d && skip < rank && wide[i][skip] == 1; skip++)
			;
		x[i] = tensor_new(h, t, rank - skip, wide[i] + skip, any_layout(), in_place(),
				  lo, hi);
		in[i] = x[i]->index;
	}
	if (t == GENPU_DT_I8 && x[0]->count)
		tensor_set(x[0], 0, -3);
	y = tensor_new(h, compares ? GENPU_DT_BOOL : t, rank, dims, any_layout(), OUTPUT, 0, 1);
	/* Ranks must agree with the larger one. */
	if (x[0]->rank < rank && x[1]->rank < rank) {
		harness_free(h);
		return true;
	}
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_BINARY, &attr, sizeof(attr), 2, in, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		want[i] = ref_binary(attr.kind, broadcast_at(x[0], rank, index),
				     broadcast_at(x[1], rank, index));
		if (!is_float(t))
			want[i] = trunc(want[i]);
		want[i] = ref_posts(&posts, want[i], rank, index);
		if (t == GENPU_DT_I8 && !compares)
			want[i] = (int8_t)(int64_t)want[i];
		if (want[i] < 0 && is_unsigned(t))
			want[i] += t == GENPU_DT_U8 ? 0x1p8 : t == GENPU_DT_U16 ? 0x1p16 :
				   t == GENPU_DT_U32 ? 0x1p32 : 0x1p64;
		next_index(rank, dims, index);
	}
	return check(h, y, want, 1);
}

/* Every bit of the type, both signs, divisors of 0 and shifts by too much. */
static bool test_integers(struct harness *h)
{
	static const uint8_t types[] = {
		GENPU_DT_I8, GENPU_DT_U8, GENPU_DT_I16, GENPU_DT_U16, GENPU_DT_I32, GENPU_DT_U32,
		GENPU_DT_I64, GENPU_DT_U64,
	};
	struct genpu_attr_binary attr = { .kind = rnd(GENPU_BINARY_MOD, GENPU_BINARY_SHR) };
	uint32_t dims[2] = { rnd(1, 4), rnd(1, 30) }, in[2], bits;
	bool shift = attr.kind >= GENPU_BINARY_SHL;
	uint8_t t = types[shift ? rnd(0, 3) * 2 + 1 : rnd(0, 7)];
	struct tensor *a, *b, *y;
	double *want, top;
	size_t i;

	bits = t == GENPU_DT_I8 || t == GENPU_DT_U8 ? 8 :
	       t == GENPU_DT_I16 || t == GENPU_DT_U16 ? 16 :
	       t == GENPU_DT_I32 || t == GENPU_DT_U32 ? 32 : 64;
	top = ldexp(1, bits == 64 ? 50 : bits - 1) - 1;
	a = tensor_new(h, t, 2, dims, any_layout(), INPUT, is_unsigned(t) ? 0 : -top, top);
	b = tensor_new(h, t, 2, dims, any_layout(), INPUT, is_unsigned(t) ? 0 : -top, top);
	for (i = 0; i < b->count; i++) {
		if (shift)
			tensor_set(b, i, rnd(0, bits + 2));
		else if (!rnd(0, 3))
			tensor_set(b, i, is_unsigned(t) ? rnd(0, 2) : rnd(0, 4) - 2.);
	}
	y = tensor_new(h, t, 2, dims, any_layout(), OUTPUT, 0, 1);
	want = calloc(y->count + 1, sizeof(double));
	in[0] = a->index;
	in[1] = b->index;
	add_op(&h->b, GENPU_OP_BINARY, &attr, sizeof(attr), 2, in, y->index);
	for (i = 0; i < y->count; i++) {
		int64_t u = (int64_t)a->v[i], v = (int64_t)b->v[i];

		if (attr.kind == GENPU_BINARY_MOD)
			want[i] = v ? (double)(((u % v) + v) % v) : 0;
		else if (attr.kind == GENPU_BINARY_FMOD)
			want[i] = v ? (double)(u % v) : 0;
		else if (attr.kind == GENPU_BINARY_SHL)
			want[i] = fmod(ldexp((double)u, (int)v), ldexp(1, bits));
		else
			want[i] = ref_binary(attr.kind, (double)u, (double)v);
	}
	return check(h, y, want, 0);
}

static bool test_special(struct harness *h)
{
	static const double values[] = {
		INFINITY, -INFINITY, NAN, 0, -0.0, 1, -1, 100, -100, 0x1p-140, 0x1p-100, 0x1p100,
		-0x1p100, 0.5, 1.5, 2.5, -2.5,
	};
	uint32_t dims[1] = { 17 + rnd(0, 40) }, kind;
	struct genpu_attr_unary attr = { .alpha = 0.25, .beta = 0.5 };
	struct tensor *x = tensor_new(h, GENPU_DT_F32, 1, dims, any_layout(), INPUT, -3, 3);
	struct tensor *y = tensor_new(h, GENPU_DT_F32, 1, dims, any_layout(), OUTPUT, 0, 1);
	double *want = calloc(y->count, sizeof(double));
	size_t i;

	kind = rnd(0, 1) ? rnd(GENPU_UNARY_RELU, GENPU_UNARY_MISH) :
	       rnd(GENPU_UNARY_SIN, GENPU_UNARY_TRUNC);
	attr.kind = kind;
	for (i = 0; i < 17; i++)
		tensor_set(x, i, values[i]);
	add_op(&h->b, GENPU_OP_UNARY, &attr, sizeof(attr), 1, &x->index, y->index);
	for (i = 0; i < y->count; i++)
		want[i] = round_to(GENPU_DT_F32, ref_unary(kind, attr.alpha, attr.beta, x->v[i]));
	return check(h, y, want, 1);
}

static const struct op_test tests[] = {
	{ "COPY moves and converts elements between any two layouts and types", test_copy, 600, 0 },
	{ "UNARY computes each function in each type and layout", test_unary, 600, 1 },
	{ "BINARY computes and compares with broadcasting", test_binary, 800, 2 },
	{ "BINARY of integers: remainders, bits and shifts", test_integers, 400, 31 },
	{ "UNARY of infinities, NaN, zeros and denormals", test_special, 400, 13 },
};

int main(int argc, char **argv)
{
	return run_op_tests(tests, NUM(tests), argc, argv);
}
