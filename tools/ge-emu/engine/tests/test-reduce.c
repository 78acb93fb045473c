// SPDX-License-Identifier: MIT
/*
 * test-reduce.c - reductions and what is normalised by one
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ops.h"

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

static const struct op_test tests[] = {
	{ "REDUCE over any axes", test_reduce, 600, 6 },
	{ "SOFTMAX and log-softmax along any axis", test_softmax, 300, 7 },
	{ "LAYERNORM with and without scale and bias", test_layernorm, 300, 8 },
	{ "BATCHNORM", test_batchnorm, 200, 9 },
};

int main(int argc, char **argv)
{
	return run_op_tests(tests, NUM(tests), argc, argv);
}
