// SPDX-License-Identifier: MIT
/*
 * test-ops.c - every operator against a plain reference in double precision
 *
 * Shapes, layouts, types and attributes are random, with fixed seeds.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "tap.h"

static const uint8_t floats[] = { GENPU_DT_F32, GENPU_DT_F32, GENPU_DT_F16, GENPU_DT_BF16 };
static const uint8_t all_types[] = {
	GENPU_DT_F32, GENPU_DT_F16, GENPU_DT_BF16, GENPU_DT_F64, GENPU_DT_I8, GENPU_DT_U8,
	GENPU_DT_I16, GENPU_DT_U16, GENPU_DT_I32, GENPU_DT_U32, GENPU_DT_I64, GENPU_DT_U64,
	GENPU_DT_BOOL,
};

#define PICK(array)	((array)[rnd(0, sizeof(array) / sizeof((array)[0]) - 1)])

static bool is_float(uint8_t dtype)
{
	return dtype == GENPU_DT_F32 || dtype == GENPU_DT_F16 || dtype == GENPU_DT_BF16 ||
	       dtype == GENPU_DT_F64;
}

static bool is_unsigned(uint8_t dtype)
{
	return dtype == GENPU_DT_U8 || dtype == GENPU_DT_U16 || dtype == GENPU_DT_U32 ||
	       dtype == GENPU_DT_U64;
}

static double tolerance(uint8_t dtype)
{
	switch (dtype) {
	case GENPU_DT_F32:
		return 2e-5;
	case GENPU_DT_F16:
		return 2e-3;
	case GENPU_DT_BF16:
		return 1.6e-2;
	case GENPU_DT_F64:
		return 1e-9;
	}
	return 0;
}

static enum layout any_layout(void)
{
	return rnd(0, 2);
}

static enum place in_place(void)
{
	return rnd(0, 3) ? INPUT : CONSTANT;
}

static void random_dims(uint32_t *dims, uint32_t rank, uint32_t max)
{
	uint32_t d;

	for (d = 0; d < rank; d++)
		dims[d] = rnd(0, 4) ? rnd(1, max) : 1;
}

/* Value of @t at the place of @index in a shape of rank @rank that it broadcasts to. */
static double broadcast_at(const struct tensor *t, uint32_t rank, const uint32_t *index)
{
	uint32_t own[GENPU_MAX_RANK], d;

	for (d = 0; d < t->rank; d++)
		own[d] = t->dims[d] == 1 ? 0 : index[rank - t->rank + d];
	return t->v[flat_index(t->rank, t->dims, own)];
}

static void broadcast_dims(uint32_t *dims, const uint32_t *to, uint32_t rank)
{
	uint32_t d;

	for (d = 0; d < rank; d++)
		dims[d] = rnd(0, 1) ? to[d] : 1;
}

/* --- post-operations --- */

struct ref_post {
	uint32_t type;
	uint32_t kind;
	double a, b;
	struct tensor *t;
};

struct ref_posts {
	struct ref_post list[3];
	unsigned int num;
};

/* Up to three random posts on an output like @y, to be added to the operator made last. */
static void random_posts(struct harness *h, struct ref_posts *p, const struct tensor *y)
{
	/* Those that keep values in a range where a tolerance means something. */
	static const uint8_t unaries[] = {
		GENPU_UNARY_RELU, GENPU_UNARY_LEAKY_RELU, GENPU_UNARY_CLIP, GENPU_UNARY_SIGMOID,
		GENPU_UNARY_TANH, GENPU_UNARY_HARDSIGMOID, GENPU_UNARY_HARDSWISH, GENPU_UNARY_ABS,
		GENPU_UNARY_NEG, GENPU_UNARY_LINEAR, GENPU_UNARY_SWISH, GENPU_UNARY_ELU,
		GENPU_UNARY_GELU_ERF, GENPU_UNARY_GELU_TANH, GENPU_UNARY_SOFTPLUS, GENPU_UNARY_MISH,
	};
	static const uint8_t binaries[] = {
		GENPU_BINARY_ADD, GENPU_BINARY_SUB, GENPU_BINARY_MUL, GENPU_BINARY_DIV,
		GENPU_BINARY_MIN, GENPU_BINARY_MAX,
	};
	uint32_t dims[GENPU_MAX_RANK];
	struct ref_post *post;
	unsigned int i;

	p->num = is_float(y->dtype) && y->dtype != GENPU_DT_F64 ? rnd(0, 3) : 0;
	for (i = 0; i < p->num; i++) {
		post = &p->list[i];
		post->t = NULL;
		post->a = (float)rndf(-0.5, 0.5);
		post->b = (float)rndf(0.5, 1.5);
		if (rnd(0, 1)) {
			post->type = GENPU_POST_UNARY;
			post->kind = PICK(unaries);
		} else {
			post->type = GENPU_POST_BINARY;
			post->kind = PICK(binaries);
			broadcast_dims(dims, y->dims, y->rank);
			post->t = tensor_new(h, rnd(0, 2) ? GENPU_DT_F32 : PICK(floats), y->rank,
					     dims, any_layout(), in_place(), 0.5, 2);
		}
	}
}

static void add_posts(struct harness *h, const struct ref_posts *p)
{
	const struct ref_post *post;
	unsigned int i;

	for (i = 0; i < p->num; i++) {
		post = &p->list[i];
		add_post(&h->b, post->type, post->kind, post->t ? post->t->index : GENPU_NONE,
			 post->a, post->b);
	}
}

static double ref_posts(const struct ref_posts *p, double v, uint32_t rank, const uint32_t *index)
{
	const struct ref_post *post;
	unsigned int i;

	for (i = 0; i < p->num; i++) {
		post = &p->list[i];
		v = post->t ? ref_binary(post->kind, v, broadcast_at(post->t, rank, index)) :
			      ref_unary(post->kind, post->a, post->b, v);
	}
	return v;
}

/* Run, compare, clean up. */
static bool check(struct harness *h, struct tensor *y, double *want, double scale)
{
	double tol = tolerance(y->dtype);
	bool good = harness_run(h) && harness_compare(h, y, want, tol, tol * scale);

	free(want);
	harness_free(h);
	return good;
}

/* --- one function an operator: one random case --- */

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

static bool test_unary(struct harness *h)
{
	uint32_t rank = rnd(0, 5), dims[GENPU_MAX_RANK], index[GENPU_MAX_RANK] = { 0 };
	struct genpu_attr_unary attr = { .kind = rnd(GENPU_UNARY_RELU, GENPU_UNARY_POW) };
	static const uint8_t ints[] = { GENPU_DT_I8, GENPU_DT_I16, GENPU_DT_I32, GENPU_DT_I64 };
	uint8_t t = rnd(0, 3) ? PICK(floats) : GENPU_DT_F64;
	double lo = -4, hi = 4;
	struct ref_posts posts;
	struct tensor *x, *y;
	double *want;
	size_t i;

	if (attr.kind == GENPU_UNARY_NOT)
		t = GENPU_DT_BOOL;
	if ((attr.kind == GENPU_UNARY_ABS || attr.kind == GENPU_UNARY_NEG ||
	     attr.kind == GENPU_UNARY_RELU) && rnd(0, 1))
		t = PICK(ints);
	if (attr.kind == GENPU_UNARY_SQRT || attr.kind == GENPU_UNARY_LOG ||
	    attr.kind == GENPU_UNARY_RECIPROCAL || attr.kind == GENPU_UNARY_POW)
		lo = 0.1;
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
	struct genpu_attr_binary attr = { .kind = rnd(GENPU_BINARY_ADD, GENPU_BINARY_XOR) };
	uint32_t rank = rnd(0, 5), dims[GENPU_MAX_RANK], index[GENPU_MAX_RANK] = { 0 }, in[2];
	uint32_t wide[2][GENPU_MAX_RANK], d, skip;
	uint8_t t = rnd(0, 1) ? PICK(floats) : PICK(all_types);
	bool compares = attr.kind >= GENPU_BINARY_EQ;
	struct tensor *x[2], *y;
	struct ref_posts posts;
	double *want, lo, hi;
	size_t i;

	if (attr.kind >= GENPU_BINARY_AND)
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

static bool test_conv(struct harness *h)
{
	struct genpu_attr_conv attr = { .spatial = rnd(1, 3), .groups = 1 };
	uint32_t rank = attr.spatial + 2, xd[5], wd[5], yd[5], index[5] = { 0 }, in[3], k[5], d, g;
	struct tensor *x, *w, *b = NULL, *y;
	uint8_t t = PICK(floats);
	uint32_t style = rnd(0, 3);
	struct ref_posts posts;
	double *want;
	size_t i;

	xd[0] = rnd(1, 3);
	wd[1] = rnd(0, 1) ? rnd(1, 6) : rnd(1, 40);
	wd[0] = rnd(0, 1) ? rnd(1, 6) : rnd(1, 40);
	if (style == 1) {	/* depthwise */
		attr.groups = rnd(2, 40);
		wd[1] = 1;
		wd[0] = attr.groups;
	} else if (style == 2) {	/* groups */
		attr.groups = rnd(2, 4);
		wd[1] = rnd(1, 9);
		wd[0] = attr.groups * rnd(1, 9);
	}
	xd[1] = wd[1] * attr.groups;
	yd[0] = xd[0];
	yd[1] = wd[0];
	for (d = 0; d < attr.spatial; d++) {
		attr.strides[d] = rnd(1, 3);
		attr.dilations[d] = rnd(0, 2) ? 1 : rnd(2, 3);
		wd[d + 2] = rnd(1, attr.spatial == 3 ? 3 : 5);
		g = (wd[d + 2] - 1) * attr.dilations[d] + 1;
		attr.pads_begin[d] = rnd(0, 1) ? rnd(0, g / 2) : rnd(0, 6) ? 0 : g + 1;
		attr.pads_end[d] = rnd(0, 1) ? attr.pads_begin[d] : rnd(0, g / 2);
		xd[d + 2] = rnd(1, attr.spatial == 3 ? 6 : 14);
		if (xd[d + 2] + attr.pads_begin[d] + attr.pads_end[d] < g)
			xd[d + 2] = g;
		yd[d + 2] = (xd[d + 2] + attr.pads_begin[d] + attr.pads_end[d] - g) /
			    attr.strides[d] + 1;
	}
	x = tensor_new(h, t, rank, xd, any_layout(), in_place(), -1, 1);
	w = tensor_new(h, t, rank, wd, any_layout(), rnd(0, 2) ? CONSTANT : INPUT, -1, 1);
	in[0] = x->index;
	in[1] = w->index;
	in[2] = GENPU_NONE;
	if (rnd(0, 1)) {
		b = tensor_new(h, t, 1, wd, any_layout(), in_place(), -1, 1);
		in[2] = b->index;
	}
	y = tensor_new(h, t, rank, yd, any_layout(), OUTPUT, 0, 1);
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_CONV, &attr, sizeof(attr), b || rnd(0, 1) ? 3 : 2, in, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		double sum = b ? b->v[index[1]] : 0;
		uint32_t group = index[1] / (wd[0] / attr.groups);

		memset(k, 0, sizeof(k));
		k[0] = index[1];
		do {
			uint32_t at[5] = { index[0], group * wd[1] + k[1] };
			bool inside = true;

			for (d = 0; d < attr.spatial; d++) {
				int64_t p = (int64_t)index[d + 2] * attr.strides[d] +
					    k[d + 2] * attr.dilations[d] - attr.pads_begin[d];

				inside &= p >= 0 && p < xd[d + 2];
				at[d + 2] = p;
			}
			if (inside)
				sum += x->v[flat_index(rank, xd, at)] *
				       w->v[flat_index(rank, wd, k)];
		} while (next_index(rank - 1, wd + 1, k + 1));
		want[i] = ref_posts(&posts, sum, rank, index);
		next_index(rank, yd, index);
	}
	return check(h, y, want, 8);
}

static bool test_matmul(struct harness *h)
{
	static const uint8_t types[] = {
		GENPU_DT_F32, GENPU_DT_F32, GENPU_DT_F32, GENPU_DT_F16, GENPU_DT_BF16, GENPU_DT_F64,
		GENPU_DT_I32, GENPU_DT_I64,
	};
	uint32_t rank = rnd(2, 5), ad[5], bd[5], cd[5], yd[5], index[5] = { 0 }, in[3], d, k, skip;
	struct genpu_attr_matmul attr = { 1, 1 };
	struct tensor *a, *b, *c = NULL, *y;
	uint8_t t = PICK(types);
	struct ref_posts posts;
	double *want;
	size_t i;

	for (d = 0; d + 2 < rank; d++) {
		yd[d] = rnd(1, 4);
		ad[d] = rnd(0, 2) ? yd[d] : 1;
		bd[d] = ad[d] == yd[d] && rnd(0, 1) ? 1 : yd[d];
	}
	ad[rank - 2] = rnd(0, 3) ? rnd(1, 40) : 1;
	yd[rank - 2] = ad[rank - 2];
	bd[rank - 2] = rnd(0, 3) ? rnd(1, 50) : rnd(0, 1);
	ad[rank - 1] = bd[rank - 2];
	bd[rank - 1] = rnd(0, 3) ? rnd(1, 70) : 1;
	yd[rank - 1] = bd[rank - 1];
	if (is_float(t) && rnd(0, 1)) {
		attr.alpha = rndf(0.2, 2);
		attr.beta = rnd(0, 3) ? rndf(0.2, 2) : rnd(0, 1);
	} else if (!is_float(t) && rnd(0, 1)) {
		attr.alpha = 2;
		attr.beta = 3;
	}
	a = tensor_new(h, t, rank, ad, any_layout(), in_place(), -2, 2);
	for (skip = 0; skip + 2 < rank && bd[skip] == 1 && rnd(0, 1); skip++)
		;
	b = tensor_new(h, t, rank - skip, bd + skip, any_layout(), in_place(), -2, 2);
	in[0] = a->index;
	in[1] = b->index;
	in[2] = GENPU_NONE;
	if (rnd(0, 1)) {
		broadcast_dims(cd, yd, rank);
		skip = rnd(0, 2) ? 0 : rank - 1;
		c = tensor_new(h, t, rank - skip, cd + skip, any_layout(), in_place(), -2, 2);
		in[2] = c->index;
	}
	y = tensor_new(h, t, rank, yd, any_layout(), OUTPUT, 0, 1);
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_MATMUL, &attr, sizeof(attr), c ? 3 : 2, in, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		uint32_t ia[5], ib[5];
		double sum = 0;

		memcpy(ia, index, sizeof(ia));
		memcpy(ib, index, sizeof(ib));
		for (k = 0; k < ad[rank - 1]; k++) {
			ia[rank - 1] = k;
			ib[rank - 2] = k;
			sum += broadcast_at(a, rank, ia) * broadcast_at(b, rank, ib);
		}
		sum *= attr.alpha;
		if (c && attr.beta)
			sum += attr.beta * broadcast_at(c, rank, index);
		want[i] = ref_posts(&posts, sum, rank, index);
		next_index(rank, yd, index);
	}
	return check(h, y, want, 16);
}

static bool test_pool(struct harness *h)
{
	struct genpu_attr_pool attr = {
		.kind = rnd(GENPU_POOL_MAX, GENPU_POOL_AVG_PAD), .spatial = rnd(1, 3),
	};
	uint32_t rank = attr.spatial + 2, xd[5], yd[5], index[5] = { 0 }, k[5], d;
	uint8_t t = PICK(floats);
	struct ref_posts posts;
	struct tensor *x, *y;
	double *want;
	size_t i;

	yd[0] = rnd(1, 3);
	xd[0] = yd[0];
	yd[1] = rnd(0, 1) ? rnd(1, 6) : rnd(1, 40);
	xd[1] = yd[1];
	for (d = 0; d < attr.spatial; d++) {
		uint32_t reach, room, rest;

		attr.kernel[d] = rnd(1, 4);
		attr.strides[d] = rnd(1, 3);
		attr.dilations[d] = rnd(0, 3) ? 1 : 2;
		attr.pads_begin[d] = rnd(0, attr.kernel[d] - 1);
		attr.pads_end[d] = rnd(0, attr.kernel[d] - 1);
		reach = (attr.kernel[d] - 1) * attr.dilations[d] + 1;
		xd[d + 2] = rnd(1, attr.spatial == 3 ? 6 : 14);
		if (xd[d + 2] + attr.pads_begin[d] + attr.pads_end[d] < reach)
			xd[d + 2] = reach;
		if (!rnd(0, 5)) {	/* global */
			attr.kernel[d] = xd[d + 2];
			attr.dilations[d] = 1;
			attr.pads_begin[d] = 0;
			attr.pads_end[d] = 0;
			reach = xd[d + 2];
		}
		room = xd[d + 2] + attr.pads_begin[d] + attr.pads_end[d] - reach;
		rest = room % attr.strides[d];
		yd[d + 2] = room / attr.strides[d] + 1 + (rest && rnd(0, 1));
	}
	x = tensor_new(h, t, rank, xd, any_layout(), in_place(), -1, 1);
	y = tensor_new(h, t, rank, yd, any_layout(), OUTPUT, 0, 1);
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_POOL, &attr, sizeof(attr), 1, &x->index, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		double sum = 0, most = -INFINITY, counted = 0;

		memset(k, 0, sizeof(k));
		do {
			uint32_t at[5] = { index[0], index[1] };
			bool inside = true, padded = true;

			for (d = 0; d < attr.spatial; d++) {
				int64_t p = (int64_t)index[d + 2] * attr.strides[d] +
					    k[d] * attr.dilations[d] - attr.pads_begin[d];

				inside &= p >= 0 && p < xd[d + 2];
				padded &= p < xd[d + 2] + (int64_t)attr.pads_end[d];
				at[d + 2] = p;
			}
			counted += attr.kind == GENPU_POOL_AVG_PAD ? padded : inside;
			if (inside) {
				sum += x->v[flat_index(rank, xd, at)];
				most = fmax(most, x->v[flat_index(rank, xd, at)]);
			}
		} while (next_index(attr.spatial, attr.kernel, k));
		want[i] = attr.kind == GENPU_POOL_MAX ? most : counted ? sum / counted : 0;
		want[i] = ref_posts(&posts, want[i], rank, index);
		next_index(rank, yd, index);
	}
	return check(h, y, want, 2);
}

static double reduce_step(uint32_t kind, double s, double v)
{
	switch (kind) {
	case GENPU_REDUCE_MAX:
		return fmax(s, v);
	case GENPU_REDUCE_MIN:
		return fmin(s, v);
	case GENPU_REDUCE_PROD:
		return s * v;
	case GENPU_REDUCE_L1:
		return s + fabs(v);
	case GENPU_REDUCE_L2:
	case GENPU_REDUCE_SUMSQ:
		return s + v * v;
	}
	return s + v;
}

static bool test_reduce(struct harness *h)
{
	static const uint8_t types[] = {
		GENPU_DT_F32, GENPU_DT_F32, GENPU_DT_F16, GENPU_DT_BF16, GENPU_DT_F64, GENPU_DT_I32,
		GENPU_DT_I64,
	};
	uint32_t rank = rnd(1, 5), dims[GENPU_MAX_RANK], yd[GENPU_MAX_RANK], d;
	struct genpu_attr_reduce attr = {
		.kind = rnd(GENPU_REDUCE_SUM, GENPU_REDUCE_SUMSQ), .axes = rnd(1, (1 << rank) - 1),
	};
	uint32_t index[GENPU_MAX_RANK] = { 0 }, at[GENPU_MAX_RANK];
	uint8_t t = PICK(types);
	double *want, lo = -2, hi = 2, n = 1, start = 0;
	struct ref_posts posts;
	struct tensor *x, *y;
	size_t i;

	random_dims(dims, rank, rank > 3 ? 6 : 20);
	if (!rnd(0, 20))
		dims[rnd(0, rank - 1)] = 0;
	if (attr.kind == GENPU_REDUCE_PROD) {
		lo = 0.9;
		hi = 1.1;
	}
	if (!is_float(t)) {
		lo = -9;
		hi = 9;
	}
	for (d = 0; d < rank; d++) {
		yd[d] = attr.axes >> d & 1 ? 1 : dims[d];
		n *= attr.axes >> d & 1 ? dims[d] : 1;
	}
	if (!n && (attr.kind == GENPU_REDUCE_MAX || attr.kind == GENPU_REDUCE_MIN))
		attr.kind = GENPU_REDUCE_SUM;
	if (!n && !is_float(t))
		t = GENPU_DT_F32;
	x = tensor_new(h, t, rank, dims, any_layout(), in_place(), lo, hi);
	y = tensor_new(h, t, rank, yd, any_layout(), OUTPUT, 0, 1);
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_REDUCE, &attr, sizeof(attr), 1, &x->index, y->index);
	add_posts(h, &posts);
	if (attr.kind == GENPU_REDUCE_PROD)
		start = 1;
	if (attr.kind == GENPU_REDUCE_MAX)
		start = -INFINITY;
	if (attr.kind == GENPU_REDUCE_MIN)
		start = INFINITY;
	for (i = 0; i < y->count; i++)
		want[i] = start;
	for (i = 0; i < x->count; i++) {
		for (d = 0; d < rank; d++)
			at[d] = attr.axes >> d & 1 ? 0 : index[d];
		want[flat_index(rank, yd, at)] =
			reduce_step(attr.kind, want[flat_index(rank, yd, at)], x->v[i]);
		next_index(rank, dims, index);
	}
	memset(index, 0, sizeof(index));
	for (i = 0; i < y->count; i++) {
		if (attr.kind == GENPU_REDUCE_MEAN)
			want[i] /= n;
		if (attr.kind == GENPU_REDUCE_L2)
			want[i] = sqrt(want[i]);
		if (t == GENPU_DT_I32)
			want[i] = (int32_t)(int64_t)want[i];
		if (t == GENPU_DT_I64)
			want[i] = (int64_t)want[i];
		want[i] = ref_posts(&posts, want[i], rank, index);
		next_index(rank, yd, index);
	}
	return check(h, y, want, 8);
}

static bool test_softmax(struct harness *h)
{
	uint32_t rank = rnd(1, 5), dims[GENPU_MAX_RANK], index[GENPU_MAX_RANK] = { 0 }, d;
	struct genpu_attr_softmax attr = { .axis = rnd(0, rank - 1), .log = rnd(0, 1) };
	uint8_t t = PICK(floats);
	struct ref_posts posts;
	struct tensor *x, *y;
	double *want;
	size_t i;

	random_dims(dims, rank, rank > 3 ? 6 : 20);
	x = tensor_new(h, t, rank, dims, any_layout(), in_place(), -5, 5);
	y = tensor_new(h, t, rank, dims, any_layout(), OUTPUT, 0, 1);
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_SOFTMAX, &attr, sizeof(attr), 1, &x->index, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		uint32_t at[GENPU_MAX_RANK];
		double sum = 0;

		memcpy(at, index, sizeof(at));
		for (d = 0; d < dims[attr.axis]; d++) {
			at[attr.axis] = d;
			sum += exp(x->v[flat_index(rank, dims, at)]);
		}
		want[i] = attr.log ? x->v[i] - log(sum) : exp(x->v[i]) / sum;
		want[i] = ref_posts(&posts, want[i], rank, index);
		next_index(rank, dims, index);
	}
	return check(h, y, want, 2);
}

static bool test_layernorm(struct harness *h)
{
	uint32_t rank = rnd(1, 4), dims[GENPU_MAX_RANK], index[GENPU_MAX_RANK] = { 0 }, in[3], d;
	struct genpu_attr_norm attr = { .axis = rnd(0, rank - 1), .epsilon = rndf(1e-5, 0.1) };
	uint32_t inner = 1, cd[GENPU_MAX_RANK], skip, k;
	struct tensor *x, *y, *c[2] = { NULL, NULL };
	uint8_t t = PICK(floats);
	struct ref_posts posts;
	double *want;
	size_t i;

	random_dims(dims, rank, rank > 3 ? 6 : 20);
	for (d = attr.axis; d < rank; d++)
		inner *= dims[d];
	x = tensor_new(h, t, rank, dims, any_layout(), in_place(), -3, 3);
	y = tensor_new(h, t, rank, dims, any_layout(), OUTPUT, 0, 1);
	in[0] = x->index;
	for (k = 0; k < 2; k++) {
		in[k + 1] = GENPU_NONE;
		if (!rnd(0, 2))
			continue;
		memcpy(cd, dims, sizeof(cd));
		if (!rnd(0, 3))
			broadcast_dims(cd, dims, rank);
		skip = attr.axis;
		c[k] = tensor_new(h, t, rank - skip, cd + skip, any_layout(), in_place(), -2, 2);
		in[k + 1] = c[k]->index;
	}
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_LAYERNORM, &attr, sizeof(attr), c[1] ? 3 : c[0] ? 2 : rnd(1, 3), in,
	       y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		const double *row = x->v + i / inner * inner;
		double mean = 0, var = 0;

		for (k = 0; k < inner; k++)
			mean += row[k] / inner;
		for (k = 0; k < inner; k++)
			var += (row[k] - mean) * (row[k] - mean) / inner;
		want[i] = (x->v[i] - mean) / sqrt(var + attr.epsilon);
		if (c[0])
			want[i] *= broadcast_at(c[0], rank, index);
		if (c[1])
			want[i] += broadcast_at(c[1], rank, index);
		want[i] = ref_posts(&posts, want[i], rank, index);
		next_index(rank, dims, index);
	}
	return check(h, y, want, 8);
}

static bool test_batchnorm(struct harness *h)
{
	uint32_t rank = rnd(2, 5), dims[GENPU_MAX_RANK], index[GENPU_MAX_RANK] = { 0 }, in[5], k;
	struct genpu_attr_norm attr = { .epsilon = rndf(1e-5, 0.1) };
	uint8_t t = PICK(floats);
	struct tensor *c[5], *y;
	struct ref_posts posts;
	double *want;
	size_t i;

	random_dims(dims, rank, rank > 3 ? 6 : 20);
	y = tensor_new(h, t, rank, dims, any_layout(), OUTPUT, 0, 1);
	for (k = 0; k < 5; k++) {
		c[k] = tensor_new(h, t, k ? 1 : rank, k ? dims + 1 : dims, any_layout(), in_place(),
				  k == 4 ? 0.1 : -2, 2);
		in[k] = c[k]->index;
	}
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_BATCHNORM, &attr, sizeof(attr), 5, in, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		k = index[1];
		want[i] = (c[0]->v[i] - c[3]->v[k]) / sqrt(c[4]->v[k] + attr.epsilon) * c[1]->v[k] +
			  c[2]->v[k];
		want[i] = ref_posts(&posts, want[i], rank, index);
		next_index(rank, dims, index);
	}
	return check(h, y, want, 16);
}

static bool test_gather(struct harness *h)
{
	uint32_t rank = rnd(1, 4), dims[GENPU_MAX_RANK], yd[GENPU_MAX_RANK], in[2], d;
	uint32_t irank = rnd(0, 3), index[GENPU_MAX_RANK] = { 0 }, at[GENPU_MAX_RANK];
	struct genpu_attr_gather attr = { .axis = rnd(0, rank - 1) };
	uint8_t t = PICK(all_types);
	struct tensor *x, *idx, *y;
	struct ref_posts posts;
	double *want;
	size_t i;

	random_dims(dims, rank, 9);
	random_dims(yd + attr.axis, irank, 5);
	idx = tensor_new(h, rnd(0, 1) ? GENPU_DT_I32 : GENPU_DT_I64, irank, yd + attr.axis,
			 any_layout(), in_place(), -(double)dims[attr.axis], dims[attr.axis]);
	for (d = 0; d < attr.axis; d++)
		yd[d] = dims[d];
	for (d = attr.axis + 1; d < rank; d++)
		yd[d - 1 + irank] = dims[d];
	x = tensor_new(h, t, rank, dims, any_layout(), in_place(), 0, 100);
	y = tensor_new(h, t, rank + irank - 1, yd, any_layout(), OUTPUT, 0, 1);
	in[0] = x->index;
	in[1] = idx->index;
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_GATHER, &attr, sizeof(attr), 2, in, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		int64_t n = idx->v[flat_index(irank, yd + attr.axis, index + attr.axis)];

		for (d = 0; d < rank; d++)
			at[d] = d < attr.axis ? index[d] :
				d > attr.axis ? index[d - 1 + irank] : n < 0 ? n + dims[d] : n;
		want[i] = ref_posts(&posts, x->v[flat_index(rank, dims, at)], y->rank, index);
		next_index(y->rank, yd, index);
	}
	return check(h, y, want, posts.num ? 2 : 0);
}

static bool test_pad(struct harness *h)
{
	uint32_t rank = rnd(0, 4), dims[GENPU_MAX_RANK], yd[GENPU_MAX_RANK], d;
	struct genpu_attr_pad attr = {
		.mode = rnd(GENPU_PAD_CONSTANT, GENPU_PAD_EDGE), .value = 7,
	};
	uint32_t index[GENPU_MAX_RANK] = { 0 }, at[GENPU_MAX_RANK], limit;
	uint8_t t = PICK(all_types);
	struct ref_posts posts;
	struct tensor *x, *y;
	double *want;
	size_t i;

	random_dims(dims, rank, 8);
	for (d = 0; d < rank; d++) {
		limit = attr.mode == GENPU_PAD_REFLECT ? dims[d] - 1 : 4;
		attr.begin[d] = rnd(0, 1) ? rnd(0, limit) : 0;
		yd[d] = dims[d] + attr.begin[d] + (rnd(0, 1) ? rnd(0, limit) : 0);
	}
	if (attr.mode == GENPU_PAD_CONSTANT && rank && !rnd(0, 9)) {
		d = rnd(0, rank - 1);
		dims[d] = 0;
	}
	x = tensor_new(h, t, rank, dims, any_layout(), in_place(), 0, 100);
	y = tensor_new(h, t, rank, yd, any_layout(), OUTPUT, 0, 1);
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_PAD, &attr, sizeof(attr), 1, &x->index, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		bool inside = true;

		for (d = 0; d < rank; d++) {
			int64_t p = (int64_t)index[d] - attr.begin[d], last = (int64_t)dims[d] - 1;

			if (p < 0 || p > last) {
				inside = attr.mode != GENPU_PAD_CONSTANT && inside;
				if (attr.mode == GENPU_PAD_EDGE)
					p = p < 0 ? 0 : last;
				else
					p = p < 0 ? -p : 2 * last - p;
			}
			at[d] = p;
		}
		want[i] = inside ? x->v[flat_index(rank, dims, at)] : round_to(t, 7);
		want[i] = ref_posts(&posts, want[i], rank, index);
		next_index(rank, yd, index);
	}
	return check(h, y, want, posts.num ? 2 : 0);
}

static bool test_fill(struct harness *h)
{
	uint32_t rank = rnd(0, 5), dims[GENPU_MAX_RANK], index[GENPU_MAX_RANK] = { 0 };
	struct genpu_attr_fill attr = { 0 };
	uint8_t t = PICK(all_types);
	struct tensor *y, *sample;
	struct ref_posts posts;
	double *want;
	size_t i;

	random_dims(dims, rank, 6);
	y = tensor_new(h, t, rank, dims, any_layout(), OUTPUT, 0, 1);
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	sample = tensor_new(h, t, 0, dims, DENSE, INPUT, 0, 100);
	memcpy(&attr.bits, sample->bytes, sample->size);
	add_op(&h->b, GENPU_OP_FILL, &attr, sizeof(attr), 0, NULL, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		want[i] = ref_posts(&posts, sample->v[0], rank, index);
		next_index(rank, dims, index);
	}
	return check(h, y, want, posts.num ? 2 : 0);
}

static bool test_special(struct harness *h)
{
	static const double values[] = {
		INFINITY, -INFINITY, NAN, 0, -0.0, 1, -1, 100, -100, 0x1p-140, 0x1p-100, 0x1p100,
		-0x1p100, 0.5, 1.5, 2.5, -2.5,
	};
	uint32_t dims[1] = { 17 + rnd(0, 40) }, kind = rnd(GENPU_UNARY_RELU, GENPU_UNARY_MISH);
	struct genpu_attr_unary attr = { .kind = kind, .alpha = 0.25, .beta = 0.5 };
	struct tensor *x = tensor_new(h, GENPU_DT_F32, 1, dims, any_layout(), INPUT, -3, 3);
	struct tensor *y = tensor_new(h, GENPU_DT_F32, 1, dims, any_layout(), OUTPUT, 0, 1);
	double *want = calloc(y->count, sizeof(double));
	size_t i;

	for (i = 0; i < 17; i++)
		tensor_set(x, i, values[i]);
	add_op(&h->b, GENPU_OP_UNARY, &attr, sizeof(attr), 1, &x->index, y->index);
	for (i = 0; i < y->count; i++)
		want[i] = round_to(GENPU_DT_F32, ref_unary(kind, attr.alpha, attr.beta, x->v[i]));
	return check(h, y, want, 1);
}

static const struct {
	const char *name;
	bool (*test)(struct harness *h);
	int rounds;
} tests[] = {
	{ "COPY moves and converts elements between any two layouts and types", test_copy, 600 },
	{ "UNARY computes each function in each type and layout", test_unary, 600 },
	{ "BINARY computes and compares with broadcasting", test_binary, 800 },
	{ "CONV with groups, dilations and uneven padding, 1 to 3 dimensions", test_conv, 500 },
	{ "MATMUL with batches, alpha, beta and c", test_matmul, 600 },
	{ "POOL with padding, dilation and rounding up", test_pool, 400 },
	{ "REDUCE over any axes", test_reduce, 600 },
	{ "SOFTMAX and log-softmax along any axis", test_softmax, 300 },
	{ "LAYERNORM with and without scale and bias", test_layernorm, 300 },
	{ "BATCHNORM", test_batchnorm, 200 },
	{ "GATHER with negative indices along any axis", test_gather, 400 },
	{ "PAD with constants, edges and reflections", test_pad, 400 },
	{ "FILL", test_fill, 200 },
	{ "UNARY of infinities, NaN, zeros and denormals", test_special, 200 },
};

int main(int argc, char **argv)
{
	struct harness h = { 0 };
	unsigned int i;
	int round;

	/* "test-ops OPERATOR FIRST LAST" runs these rounds of one operator. */
	if (argc == 4) {
		i = atoi(argv[1]);
		for (round = atoi(argv[2]); round <= atoi(argv[3]); round++) {
			seed(i * 100003 + round);
			if (!tests[i].test(&h))
				printf("# operator %u, round %d\n", i, round);
			harness_free(&h);
		}
		return 0;
	}
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		int failed = 0;

		for (round = 0; round < tests[i].rounds; round++) {
			seed(i * 100003 + round);
			if (!tests[i].test(&h) && !failed++)
				printf("# operator %u, round %d\n", i, round);
			harness_free(&h);
		}
		if (failed)
			printf("# %d of %d rounds failed\n", failed, tests[i].rounds);
		ok(!failed, tests[i].name);
	}
	return tap_end();
}
