// SPDX-License-Identifier: MIT
/*
 * test-move.c - operators that move elements: GATHER, PAD, FILL
 */
#include <stdlib.h>
#include <string.h>

#include "ops.h"

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
		.mode = rnd(GENPU_PAD_CONSTANT, GENPU_PAD_WRAP), .value = 7,
	};
	uint32_t index[GENPU_MAX_RANK] = { 0 }, at[GENPU_MAX_RANK], limit;
	uint8_t t = PICK(all_types);
	struct ref_posts posts;
	struct tensor *x, *y;
	double *want;
	size_t i;

	random_dims(dims, rank, 8);
	for (d = 0; d < rank; d++) {
		limit = attr.mode == GENPU_PAD_REFLECT ? dims[d] - 1 :
			attr.mode == GENPU_PAD_WRAP ? 11 : 4;
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
				else if (attr.mode == GENPU_PAD_WRAP)
					p = (p + 16 * (last + 1)) % (last + 1);
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

static const struct op_test tests[] = {
	{ "GATHER with negative indices along any axis", test_gather, 400, 10 },
	{ "PAD with constants, edges, reflections and repetitions", test_pad, 400, 11 },
	{ "FILL", test_fill, 200, 12 },
};

int main(int argc, char **argv)
{
	return run_op_tests(tests, NUM(tests), argc, argv);
}
