// SPDX-License-Identifier: MIT
/*
 * test-window.c - operators that sum or compare over a window: CONV, MATMUL, POOL
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ops.h"

static const uint8_t byte_types[] = { GENPU_DT_I8, GENPU_DT_U8 };

static bool test_conv(struct harness *h)
{
	struct genpu_attr_conv attr = { .spatial = rnd(1, 3), .groups = 1 };
	uint32_t rank = attr.spatial + 2, xd[5], wd[5], yd[5], index[5] = { 0 }, in[3], k[5], d, g;
	struct tensor *x, *w, *b = NULL, *y;
	bool bytes = !rnd(0, 3);
	uint8_t t = bytes ? PICK(byte_types) : PICK(floats);
	uint8_t tw = bytes ? PICK(byte_types) : t, sum_type = bytes ? GENPU_DT_I32 : t;
	double lo = bytes ? -128 : -1, hi = bytes ? 127 : 1;
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
	x = tensor_new(h, t, rank, xd, any_layout(), in_place(), is_unsigned(t) ? 0 : lo,
		       is_unsigned(t) ? 255 : hi);
	w = tensor_new(h, tw, rank, wd, any_layout(), rnd(0, 2) ? CONSTANT : INPUT,
		       is_unsigned(tw) ? 0 : lo, is_unsigned(tw) ? 255 : hi);
	in[0] = x->index;
	in[1] = w->index;
	in[2] = GENPU_NONE;
	if (rnd(0, 1)) {
		b = tensor_new(h, sum_type, 1, wd, any_layout(), in_place(), lo, hi);
		in[2] = b->index;
	}
	y = tensor_new(h, sum_type, rank, yd, any_layout(), OUTPUT, 0, 1);
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
		GENPU_DT_I32, GENPU_DT_I64, GENPU_DT_I8, GENPU_DT_U8,
	};
	uint32_t rank = rnd(2, 5), ad[5], bd[5], cd[5], yd[5], index[5] = { 0 }, in[3], d, k, skip;
	struct genpu_attr_matmul attr = { 1, 1 };
	struct tensor *a, *b, *c = NULL, *y;
	uint8_t t = PICK(types);
	bool bytes = t == GENPU_DT_I8 || t == GENPU_DT_U8;
	uint8_t tb = bytes ? PICK(byte_types) : t, sum_type = bytes ? GENPU_DT_I32 : t;
	double lo = bytes ? -128 : -2, hi = bytes ? 127 : 2;
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
	a = tensor_new(h, t, rank, ad, any_layout(), in_place(), is_unsigned(t) ? 0 : lo,
		       is_unsigned(t) ? 255 : hi);
	for (skip = 0; skip + 2 < rank && bd[skip] == 1 && rnd(0, 1); skip++)
		;
	b = tensor_new(h, tb, rank - skip, bd + skip, any_layout(), in_place(),
		       is_unsigned(tb) ? 0 : lo, is_unsigned(tb) ? 255 : hi);
	in[0] = a->index;
	in[1] = b->index;
	in[2] = GENPU_NONE;
	if (rnd(0, 1)) {
		broadcast_dims(cd, yd, rank);
		skip = rnd(0, 2) ? 0 : rank - 1;
		c = tensor_new(h, sum_type, rank - skip, cd + skip, any_layout(), in_place(), -2,
			       2);
		in[2] = c->index;
	}
	y = tensor_new(h, sum_type, rank, yd, any_layout(), OUTPUT, 0, 1);
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

static const struct op_test tests[] = {
	{ "CONV with groups, dilations and uneven padding, 1 to 3 dimensions", test_conv, 500, 3 },
	{ "MATMUL with batches, alpha, beta and c", test_matmul, 600, 4 },
	{ "POOL with padding, dilation and rounding up", test_pool, 400, 5 },
};

int main(int argc, char **argv)
{
	return run_op_tests(tests, NUM(tests), argc, argv);
}
