// SPDX-License-Identifier: MIT
/*
 * ops.c - random operands and post-operations, and the loop over the cases
 */
#include <stdlib.h>

#include "ops.h"
#include "tap.h"

const uint8_t floats[] = { GENPU_DT_F32, GENPU_DT_F32, GENPU_DT_F16, GENPU_DT_BF16 };
const uint8_t all_types[] = {
	GENPU_DT_F32, GENPU_DT_F16, GENPU_DT_BF16, GENPU_DT_F64, GENPU_DT_I8, GENPU_DT_U8,
	GENPU_DT_I16, GENPU_DT_U16, GENPU_DT_I32, GENPU_DT_U32, GENPU_DT_I64, GENPU_DT_U64,
	GENPU_DT_BOOL,
};

bool is_float(uint8_t dtype)
{
	return dtype == GENPU_DT_F32 || dtype == GENPU_DT_F16 || dtype == GENPU_DT_BF16 ||
	       dtype == GENPU_DT_F64;
}

bool is_unsigned(uint8_t dtype)
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

enum layout any_layout(void)
{
	return rnd(0, 2);
}

enum place in_place(void)
{
	return rnd(0, 3) ? INPUT : CONSTANT;
}

void random_dims(uint32_t *dims, uint32_t rank, uint32_t max)
{
	uint32_t d;

	for (d = 0; d < rank; d++)
		dims[d] = rnd(0, 4) ? rnd(1, max) : 1;
}

double broadcast_at(const struct tensor *t, uint32_t rank, const uint32_t *index)
{
	uint32_t own[GENPU_MAX_RANK], d;

	for (d = 0; d < t->rank; d++)
		own[d] = t->dims[d] == 1 ? 0 : index[rank - t->rank + d];
	return t->v[flat_index(t->rank, t->dims, own)];
}

void broadcast_dims(uint32_t *dims, const uint32_t *to, uint32_t rank)
{
	uint32_t d;

	for (d = 0; d < rank; d++)
		dims[d] = rnd(0, 1) ? to[d] : 1;
}

void random_posts(struct harness *h, struct ref_posts *p, const struct tensor *y)
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

void add_posts(struct harness *h, const struct ref_posts *p)
{
	const struct ref_post *post;
	unsigned int i;

	for (i = 0; i < p->num; i++) {
		post = &p->list[i];
		add_post(&h->b, post->type, post->kind, post->t ? post->t->index : GENPU_NONE,
			 post->a, post->b);
	}
}

double ref_posts(const struct ref_posts *p, double v, uint32_t rank, const uint32_t *index)
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

bool check(struct harness *h, struct tensor *y, double *want, double scale)
{
	double tol = tolerance(y->dtype);
	bool good = harness_run(h) && harness_compare(h, y, want, tol, tol * scale);

	free(want);
	harness_free(h);
	return good;
}

static bool run_round(const struct op_test *t, int round)
{
	struct harness h = { 0 };
	bool good;

	seed(t->series * 100003 + round);
	good = t->test(&h);
	harness_free(&h);
	return good;
}

int run_op_tests(const struct op_test *tests, unsigned int num, int argc, char **argv)
{
	const struct op_test *t;
	int round;

	for (t = tests; t < tests + num; t++) {
		int first = 0, last = t->rounds - 1, failed = 0;

		if (argc == 4) {
			if (t->series != (unsigned int)atoi(argv[1]))
				continue;
			first = atoi(argv[2]);
			last = atoi(argv[3]);
		}
		for (round = first; round <= last; round++) {
			if (run_round(t, round))
				continue;
			if (!failed++ || argc == 4)
				printf("# series %u, round %d\n", t->series, round);
		}
		if (failed)
			printf("# %d of %d rounds failed\n", failed, last - first + 1);
		ok(!failed, t->name);
	}
	return tap_end();
}
