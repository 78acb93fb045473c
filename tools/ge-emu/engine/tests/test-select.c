// SPDX-License-Identifier: MIT
/*
 * test-select.c - operators that select by value: SELECT, TOPK, NONZERO, COMPRESS; and SCAN
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ops.h"

/* A shape that broadcasts to @to, perhaps without leading dimensions. */
static struct tensor *any_operand(struct harness *h, uint8_t t, uint32_t rank, const uint32_t *to)
{
	uint32_t dims[GENPU_MAX_RANK], drop = rnd(0, 2) ? 0 : rnd(0, rank);

	broadcast_dims(dims, to, rank);
	return tensor_new(h, t, rank - drop, dims + drop, any_layout(), in_place(), 0,
			  t == GENPU_DT_BOOL ? 2 : 100);
}

static bool test_select(struct harness *h)
{
	uint32_t rank = rnd(0, 4), dims[GENPU_MAX_RANK], index[GENPU_MAX_RANK] = { 0 }, in[3], d;
	uint8_t t = PICK(all_types);
	struct tensor *c, *a, *b, *y;
	struct ref_posts posts;
	double *want;
	size_t i;

	random_dims(dims, rank, 9);
	if (rank && !rnd(0, 1))
		dims[rank - 1] = rnd(1, 100);
	c = any_operand(h, GENPU_DT_BOOL, rank, dims);
	a = any_operand(h, t, rank, dims);
	b = any_operand(h, t, rank, dims);
	for (i = 0; i < c->count; i++)
		tensor_set(c, i, rnd(0, 1));
	for (d = 0; d < rank; d++) {
		const struct tensor *list[] = { c, a, b };
		uint32_t most = 1, k;

		for (k = 0; k < 3; k++)
			if (d >= rank - list[k]->rank &&
			    list[k]->dims[d - (rank - list[k]->rank)] != 1)
				most = dims[d];
		dims[d] = most;
	}
	y = tensor_new(h, t, rank, dims, any_layout(), OUTPUT, 0, 1);
	in[0] = c->index;
	in[1] = a->index;
	in[2] = b->index;
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_SELECT, NULL, 0, 3, in, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		want[i] = broadcast_at(broadcast_at(c, rank, index) ? a : b, rank, index);
		want[i] = ref_posts(&posts, want[i], rank, index);
		next_index(rank, dims, index);
	}
	return check(h, y, want, posts.num ? 2 : 0);
}

/* The output takes the place of one of the operands. */
static bool test_select_in_place(struct harness *h)
{
	uint32_t dims[2] = { rnd(1, 5), rnd(1, 200) }, in[3];
	uint8_t t = PICK(all_types);
	struct tensor *c, *a, *y;
	double *want;
	size_t i;

	c = tensor_new(h, GENPU_DT_BOOL, 2, dims, any_layout(), INPUT, 0, 2);
	a = tensor_new(h, t, 2, dims, any_layout(), INPUT, 0, 100);
	y = tensor_new(h, t, 2, dims, any_layout(), OUTPUT, 0, 100);
	want = calloc(y->count + 1, sizeof(double));
	for (i = 0; i < y->count; i++) {
		tensor_set(c, i, rnd(0, 1));
		want[i] = c->v[i] ? a->v[i] : y->v[i];
	}
	in[0] = c->index;
	in[1] = a->index;
	in[2] = y->index;
	add_op(&h->b, GENPU_OP_SELECT, NULL, 0, 3, in, y->index);
	return check(h, y, want, 0);
}

/* Whether element @i of a line is before element @k in the order asked for. */
static bool better(const struct genpu_attr_topk *attr, double a, double b, uint32_t i, uint32_t k)
{
	a = isnan(a) ? 1e300 : a;
	b = isnan(b) ? 1e300 : b;
	if (a != b)
		return attr->smallest ? a < b : a > b;
	return attr->last ? i > k : i < k;
}

static bool test_topk(struct harness *h)
{
	uint32_t rank = rnd(1, 4), dims[GENPU_MAX_RANK], yd[GENPU_MAX_RANK], n, i, k;
	uint32_t index[GENPU_MAX_RANK] = { 0 }, at[GENPU_MAX_RANK], other[GENPU_MAX_RANK];
	struct genpu_attr_topk attr = {
		.axis = rnd(0, rank - 1), .smallest = rnd(0, 1), .last = rnd(0, 1),
	};
	uint8_t t = all_types[rnd(0, NUM(all_types) - 2)];
	struct tensor *x, *y;
	double *want;
	size_t e;

	random_dims(dims, rank, 6);
	n = rnd(0, 3) ? rnd(1, 12) : rnd(1000, 1100);
	dims[attr.axis] = n;
	if (n > 100)
		memset(dims, 0, sizeof(dims));
	for (i = 0; i < rank && n > 100; i++)
		dims[i] = i == attr.axis ? n : 1;
	memcpy(yd, dims, sizeof(yd));
	yd[attr.axis] = rnd(0, 2) ? rnd(1, n < 20 ? n : 20) : n < 20 ? n : 1;
	/* Few values, so that many are equal; negative ones where there are. */
	x = tensor_new(h, t, rank, dims, any_layout(), in_place(), 0, 1);
	for (e = 0; e < x->count; e++)
		tensor_set(x, e, rnd(0, 1) ? rnd(0, 9) :
				 is_unsigned(t) ? 100. : -(double)rnd(0, 9));
	for (e = 0; is_float(t) && e < x->count; e += rnd(5, 500))
		tensor_set(x, e, rnd(0, 1) ? NAN : rnd(0, 1) ? -0. : -INFINITY);
	y = tensor_new(h, GENPU_DT_I64, rank, yd, any_layout(), OUTPUT, 0, 1);
	want = calloc(y->count + 1, sizeof(double));
	add_op(&h->b, GENPU_OP_TOPK, &attr, sizeof(attr), 1, &x->index, y->index);
	for (e = 0; e < x->count; e++) {
		uint32_t before = 0;

		memcpy(at, index, sizeof(at));
		memcpy(other, index, sizeof(other));
		i = index[attr.axis];
		for (k = 0; k < n; k++) {
			other[attr.axis] = k;
			before += better(&attr, x->v[flat_index(rank, dims, other)], x->v[e], k, i);
		}
		at[attr.axis] = before;
		if (before < yd[attr.axis])
			want[flat_index(rank, yd, at)] = i;
		next_index(rank, dims, index);
	}
	return check(h, y, want, 0);
}

static bool test_scan(struct harness *h)
{
	static const uint8_t types[] = {
		GENPU_DT_F32, GENPU_DT_F16, GENPU_DT_BF16, GENPU_DT_F64, GENPU_DT_I32, GENPU_DT_I64,
	};
	uint32_t rank = rnd(1, 4), dims[GENPU_MAX_RANK], index[GENPU_MAX_RANK] = { 0 }, k, i;
	struct genpu_attr_scan attr = {
		.axis = rnd(0, rank - 1), .reverse = rnd(0, 1), .exclusive = rnd(0, 1),
	};
	uint8_t t = PICK(types);
	struct ref_posts posts;
	struct tensor *x, *y;
	double *want;
	size_t e;

	random_dims(dims, rank, 7);
	x = tensor_new(h, t, rank, dims, any_layout(), in_place(), -4, 4);
	y = tensor_new(h, t, rank, dims, any_layout(), OUTPUT, 0, 1);
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_SCAN, &attr, sizeof(attr), 1, &x->index, y->index);
	add_posts(h, &posts);
	for (e = 0; e < y->count; e++) {
		uint32_t at[GENPU_MAX_RANK];

		memcpy(at, index, sizeof(at));
		i = index[attr.axis];
		for (k = 0; k < dims[attr.axis]; k++) {
			at[attr.axis] = k;
			if ((k == i && !attr.exclusive) || (attr.reverse ? k > i : k < i))
				want[e] += x->v[flat_index(rank, dims, at)];
		}
		want[e] = ref_posts(&posts, want[e], rank, index);
		next_index(rank, dims, index);
	}
	return check(h, y, want, 8);
}

static bool test_nonzero(struct harness *h)
{
	uint32_t rank = rnd(0, 4), dims[GENPU_MAX_RANK], index[GENPU_MAX_RANK] = { 0 }, yd[2], d;
	uint8_t t = PICK(all_types);
	struct tensor *x, *y;
	size_t i, n = 0, at = 0;
	double *want;

	random_dims(dims, rank, 6);
	x = tensor_new(h, t, rank, dims, any_layout(), in_place(), 1, 100);
	for (i = 0; i < x->count; i++) {
		if (rnd(0, 1))
			tensor_set(x, i, rnd(0, 1) && is_float(t) ? -0. : 0);
		else if (is_float(t) && rnd(0, 1))
			tensor_set(x, i, rnd(0, 1) ? NAN : -1);
		n += x->v[i] != 0;
	}
	yd[0] = rank;
	yd[1] = x->count;
	y = tensor_new(h, GENPU_DT_I64, 2, yd, any_layout(), OUTPUT, 0, 1);
	want = calloc(y->count + 1, sizeof(double));
	for (i = 0; i < y->count; i++)
		want[i] = -1;
	for (i = 0; i < x->count; i++) {
		for (d = 0; x->v[i] != 0 && d < rank; d++)
			want[d * n + at] = index[d];
		at += x->v[i] != 0;
		next_index(rank, dims, index);
	}
	add_op(&h->b, GENPU_OP_NONZERO, NULL, 0, 1, &x->index, y->index);
	return check(h, y, want, 0);
}

static bool test_compress(struct harness *h)
{
	uint32_t rank = rnd(0, 4), dims[GENPU_MAX_RANK], yd[GENPU_MAX_RANK], in[2], length;
	uint32_t index[GENPU_MAX_RANK] = { 0 }, out[GENPU_MAX_RANK] = { 0 };
	struct genpu_attr_compress attr = { .axis = rnd(0, rank) };
	uint8_t t = PICK(all_types);
	struct tensor *x, *c, *y;
	struct ref_posts posts;
	size_t i, at = 0;
	double *want;

	random_dims(dims, rank, 6);
	x = tensor_new(h, t, rank, dims, any_layout(), in_place(), 1, 100);
	memcpy(yd, dims, sizeof(yd));
	if (attr.axis == rank) {
		attr.axis = GENPU_NONE;
		yd[0] = x->count;
		length = rnd(0, 1) ? x->count : rnd(0, x->count);
		y = tensor_new(h, t, 1, yd, any_layout(), OUTPUT, 0, 1);
	} else {
		length = rnd(0, 1) ? dims[attr.axis] : rnd(0, dims[attr.axis]);
		yd[attr.axis] = length;
		y = tensor_new(h, t, rank, yd, any_layout(), OUTPUT, 0, 1);
	}
	c = tensor_new(h, GENPU_DT_BOOL, 1, &length, any_layout(), in_place(), 0, 2);
	for (i = 0; i < c->count; i++)
		tensor_set(c, i, rnd(0, 1));
	in[0] = x->index;
	in[1] = c->index;
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_COMPRESS, &attr, sizeof(attr), 2, in, y->index);
	add_posts(h, &posts);
	for (i = 0; i < x->count; i++) {
		size_t k = attr.axis == GENPU_NONE ? i : index[attr.axis];

		if (k < length && c->v[k])
			want[at++] = x->v[i];
		next_index(rank, dims, index);
	}
	for (i = 0; i < y->count; i++) {
		want[i] = ref_posts(&posts, want[i], y->rank, out);
		next_index(y->rank, yd, out);
	}
	return check(h, y, want, posts.num ? 2 : 0);
}

static const struct op_test tests[] = {
	{ "SELECT with broadcasting of all three", test_select, 500, 30 },
	{ "SELECT in place", test_select_in_place, 100, 31 },
	{ "TOPK in either order, with equal ones and NaN", test_topk, 500, 32 },
	{ "SCAN forwards and backwards", test_scan, 400, 33 },
	{ "NONZERO", test_nonzero, 300, 34 },
	{ "COMPRESS along an axis and of all elements", test_compress, 400, 35 },
};

int main(int argc, char **argv)
{
	return run_op_tests(tests, NUM(tests), argc, argv);
}
