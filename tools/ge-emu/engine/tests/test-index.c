// SPDX-License-Identifier: MIT
/*
 * test-index.c - operators that read and write by index: GATHER_ELEMENTS, GATHER_ND, SCATTER_*
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ops.h"

static uint8_t index_type(void)
{
	return rnd(0, 1) ? GENPU_DT_I32 : GENPU_DT_I64;
}

static uint32_t from_front(double index, uint32_t extent)
{
	return index < 0 ? index + extent : index;
}

/* Indices into @extent, for a shape that is no larger than @dims beside the axis. */
static struct tensor *element_indices(struct harness *h, uint32_t rank, const uint32_t *dims,
				      uint32_t axis, uint32_t *shape)
{
	uint32_t d;

	for (d = 0; d < rank; d++)
		shape[d] = d == axis ? rnd(0, 6) : rnd(0, 2) ? dims[d] : rnd(1, dims[d]);
	return tensor_new(h, index_type(), rank, shape, any_layout(), in_place(),
			  -(double)dims[axis], dims[axis]);
}

static bool test_gather_elements(struct harness *h)
{
	uint32_t rank = rnd(1, 4), dims[GENPU_MAX_RANK], yd[GENPU_MAX_RANK], in[2];
	uint32_t index[GENPU_MAX_RANK] = { 0 }, at[GENPU_MAX_RANK];
	struct genpu_attr_gather attr = { .axis = rnd(0, rank - 1) };
	uint8_t t = PICK(all_types);
	struct tensor *x, *idx, *y;
	struct ref_posts posts;
	double *want;
	size_t i;

	random_dims(dims, rank, 7);
	idx = element_indices(h, rank, dims, attr.axis, yd);
	x = tensor_new(h, t, rank, dims, any_layout(), in_place(), 0, 100);
	y = tensor_new(h, t, rank, yd, any_layout(), OUTPUT, 0, 1);
	in[0] = x->index;
	in[1] = idx->index;
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_GATHER_ELEMENTS, &attr, sizeof(attr), 2, in, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		memcpy(at, index, sizeof(at));
		at[attr.axis] = from_front(idx->v[i], dims[attr.axis]);
		want[i] = ref_posts(&posts, x->v[flat_index(rank, dims, at)], rank, index);
		next_index(rank, yd, index);
	}
	return check(h, y, want, posts.num ? 2 : 0);
}

/* Tuples of @num indices for dimensions @dims, in the shape @shape and then [num]. */
static struct tensor *tuples(struct harness *h, uint32_t rank, const uint32_t *shape, uint32_t num,
			     const uint32_t *dims)
{
	uint32_t full[GENPU_MAX_RANK];
	struct tensor *t;
	size_t i;

	memcpy(full, shape, rank * sizeof(*full));
	full[rank] = num;
	t = tensor_new(h, index_type(), rank + 1, full, any_layout(), in_place(), 0, 1);
	for (i = 0; i < t->count; i++)
		tensor_set(t, i, (int)rnd(0, 2 * dims[i % num] - 1) - (int)dims[i % num]);
	return t;
}

static bool test_gather_nd(struct harness *h)
{
	uint32_t rank = rnd(1, 4), dims[GENPU_MAX_RANK], yd[GENPU_MAX_RANK], in[2], d;
	uint32_t index[GENPU_MAX_RANK] = { 0 }, at[GENPU_MAX_RANK];
	struct genpu_attr_gather_nd attr = { .batch = rnd(0, rank - 1) };
	uint32_t spots = attr.batch + rnd(0, 2), num = rnd(1, rank - attr.batch);
	uint8_t t = PICK(all_types);
	struct tensor *x, *idx, *y;
	struct ref_posts posts;
	double *want;
	size_t i, tuple;

	random_dims(dims, rank, 6);
	random_dims(yd, spots, 5);
	memcpy(yd, dims, attr.batch * sizeof(*yd));
	idx = tuples(h, spots, yd, num, dims + attr.batch);
	memcpy(yd + spots, dims + attr.batch + num, (rank - attr.batch - num) * sizeof(*yd));
	x = tensor_new(h, t, rank, dims, any_layout(), in_place(), 0, 100);
	y = tensor_new(h, t, spots + rank - attr.batch - num, yd, any_layout(), OUTPUT, 0, 1);
	in[0] = x->index;
	in[1] = idx->index;
	want = calloc(y->count + 1, sizeof(double));
	random_posts(h, &posts, y);
	add_op(&h->b, GENPU_OP_GATHER_ND, &attr, sizeof(attr), 2, in, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		tuple = flat_index(spots, yd, index) * num;
		for (d = 0; d < rank; d++) {
			if (d < attr.batch)
				at[d] = index[d];
			else if (d < attr.batch + num)
				at[d] = from_front(idx->v[tuple + d - attr.batch], dims[d]);
			else
				at[d] = index[d - attr.batch - num + spots];
		}
		want[i] = ref_posts(&posts, x->v[flat_index(rank, dims, at)], y->rank, index);
		next_index(y->rank, yd, index);
	}
	return check(h, y, want, posts.num ? 2 : 0);
}

/* As integers of a type wrap. */
static double wrap(uint8_t dtype, double v)
{
	switch (dtype) {
	case GENPU_DT_I8:
		return (int8_t)(int64_t)v;
	case GENPU_DT_U8:
		return (uint8_t)(int64_t)v;
	case GENPU_DT_I16:
		return (int16_t)(int64_t)v;
	case GENPU_DT_U16:
		return (uint16_t)(int64_t)v;
	case GENPU_DT_I32:
		return (int32_t)(int64_t)v;
	case GENPU_DT_U32:
		return (uint32_t)(int64_t)v;
	}
	return v;
}

static double join(uint32_t kind, uint8_t dtype, double a, double b)
{
	switch (kind) {
	case GENPU_SCATTER_ADD:
		return wrap(dtype, a + b);
	case GENPU_SCATTER_MUL:
		return wrap(dtype, a * b);
	case GENPU_SCATTER_MIN:
		return ref_binary(GENPU_BINARY_MIN, a, b);
	case GENPU_SCATTER_MAX:
		return ref_binary(GENPU_BINARY_MAX, a, b);
	}
	return b;
}

static struct genpu_attr_scatter scatter_attr(uint8_t t)
{
	return (struct genpu_attr_scatter){
		.kind = t == GENPU_DT_BOOL ? GENPU_SCATTER_SET : rnd(0, GENPU_SCATTER_MAX),
	};
}

/* Posts come after all updates. */
static bool check_scatter(struct harness *h, const struct genpu_attr_scatter *attr, uint16_t opcode,
			  struct tensor *x, struct tensor *idx, struct tensor *u, struct tensor *y,
			  double *want)
{
	uint32_t index[GENPU_MAX_RANK] = { 0 };
	uint32_t in[3] = { x->index, idx->index, u->index };
	struct ref_posts posts;
	size_t i;

	random_posts(h, &posts, y);
	add_op(&h->b, opcode, attr, sizeof(*attr), 3, in, y->index);
	add_posts(h, &posts);
	for (i = 0; i < y->count; i++) {
		want[i] = round_to(y->dtype, want[i]);
		want[i] = ref_posts(&posts, want[i], y->rank, index);
		next_index(y->rank, y->dims, index);
	}
	return check(h, y, want, posts.num || is_float(y->dtype) ? 4 : 0);
}

static bool test_scatter_elements(struct harness *h)
{
	uint32_t rank = rnd(1, 4), dims[GENPU_MAX_RANK], shape[GENPU_MAX_RANK];
	uint32_t index[GENPU_MAX_RANK] = { 0 }, at[GENPU_MAX_RANK];
	uint8_t t = PICK(all_types);
	struct genpu_attr_scatter attr = scatter_attr(t);
	struct tensor *x, *idx, *u, *y;
	double *want;
	size_t i, k;

	attr.axis = rnd(0, rank - 1);
	random_dims(dims, rank, 6);
	idx = element_indices(h, rank, dims, attr.axis, shape);
	x = tensor_new(h, t, rank, dims, any_layout(), in_place(), 0, 4);
	u = tensor_new(h, t, rank, shape, any_layout(), in_place(), 0, 4);
	y = tensor_new(h, t, rank, dims, any_layout(), OUTPUT, 0, 1);
	if (is_float(t) && u->count && !rnd(0, 3))
		tensor_set(u, 0, NAN);
	want = calloc(y->count + 1, sizeof(double));
	memcpy(want, x->v, y->count * sizeof(double));
	for (i = 0; i < u->count; i++) {
		memcpy(at, index, sizeof(at));
		at[attr.axis] = from_front(idx->v[i], dims[attr.axis]);
		k = flat_index(rank, dims, at);
		want[k] = join(attr.kind, t, want[k], u->v[i]);
		next_index(rank, shape, index);
	}
	return check_scatter(h, &attr, GENPU_OP_SCATTER_ELEMENTS, x, idx, u, y, want);
}

static bool test_scatter_nd(struct harness *h)
{
	uint32_t rank = rnd(1, 4), dims[GENPU_MAX_RANK], shape[GENPU_MAX_RANK];
	uint32_t index[GENPU_MAX_RANK] = { 0 }, at[GENPU_MAX_RANK], d;
	uint32_t spots = rnd(0, 2), num = rnd(1, rank);
	uint8_t t = PICK(all_types);
	struct genpu_attr_scatter attr = scatter_attr(t);
	struct tensor *x, *idx, *u, *y;
	size_t i, k, tuple;
	double *want;

	random_dims(dims, rank, 5);
	random_dims(shape, spots, 4);
	if (spots && !rnd(0, 9))
		shape[0] = 0;
	idx = tuples(h, spots, shape, num, dims);
	memcpy(shape + spots, dims + num, (rank - num) * sizeof(*shape));
	x = tensor_new(h, t, rank, dims, any_layout(), in_place(), 0, 4);
	u = tensor_new(h, t, spots + rank - num, shape, any_layout(), in_place(), 0, 4);
	y = tensor_new(h, t, rank, dims, any_layout(), OUTPUT, 0, 1);
	want = calloc(y->count + 1, sizeof(double));
	memcpy(want, x->v, y->count * sizeof(double));
	for (i = 0; i < u->count; i++) {
		tuple = flat_index(spots, shape, index) * num;
		for (d = 0; d < rank; d++)
			at[d] = d < num ? from_front(idx->v[tuple + d], dims[d]) :
					  index[d - num + spots];
		k = flat_index(rank, dims, at);
		want[k] = join(attr.kind, t, want[k], u->v[i]);
		next_index(u->rank, shape, index);
	}
	return check_scatter(h, &attr, GENPU_OP_SCATTER_ND, x, idx, u, y, want);
}

/* One index of many is outside, by one or by far. */
static bool test_outside(struct harness *h)
{
	static const double far[] = { 5, -6, 1e9, -1e9 };
	static const uint16_t opcodes[] = {
		GENPU_OP_GATHER, GENPU_OP_GATHER_ELEMENTS, GENPU_OP_GATHER_ND,
		GENPU_OP_SCATTER_ELEMENTS, GENPU_OP_SCATTER_ND,
	};
	uint32_t dims[3] = { 5, 5, 5 }, shape[3] = { 4, 5, 5 }, in[3];
	uint16_t opcode = PICK(opcodes);
	bool nd = opcode == GENPU_OP_GATHER_ND || opcode == GENPU_OP_SCATTER_ND;
	bool scatter = opcode >= GENPU_OP_SCATTER_ELEMENTS;
	struct tensor *idx;
	uint64_t attr = 0;

	in[0] = tensor_new(h, GENPU_DT_F32, 3, dims, any_layout(), in_place(), 0, 1)->index;
	if (nd)
		shape[1] = 1;
	idx = tensor_new(h, index_type(), nd ? 2 : opcode == GENPU_OP_GATHER ? 1 : 3, shape,
			 any_layout(), in_place(), -5, 5);
	in[1] = idx->index;
	tensor_set(idx, rnd(0, idx->count - 1), PICK(far));
	shape[1] = 5;
	in[2] = tensor_new(h, GENPU_DT_F32, 3, shape, any_layout(), in_place(), 0, 1)->index;
	add_op(&h->b, opcode, &attr, sizeof(attr), scatter ? 3 : 2, in,
	       tensor_new(h, GENPU_DT_F32, 3, scatter ? dims : shape, any_layout(), OUTPUT, 0,
			  1)->index);
	return !harness_run_quiet(h) && h->err.code == GENPU_ERR_INDEX && h->err.op == 0 &&
	       h->err.operand == 1;
}

static const struct op_test tests[] = {
	{ "GATHER_ELEMENTS along any axis", test_gather_elements, 400, 20 },
	{ "GATHER_ND of elements and slices, in batches", test_gather_nd, 400, 21 },
	{ "SCATTER_ELEMENTS, all kinds of joining", test_scatter_elements, 500, 22 },
	{ "SCATTER_ND of elements and slices", test_scatter_nd, 500, 23 },
	{ "an index outside is reported", test_outside, 100, 24 },
};

int main(int argc, char **argv)
{
	return run_op_tests(tests, NUM(tests), argc, argv);
}
