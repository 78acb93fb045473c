/* SPDX-License-Identifier: MIT */
/*
 * ops.h - tests of operators against a plain reference in double precision
 *
 * Shapes, layouts, types, attributes and post-operations are random, with fixed seeds.
 */
#ifndef GE_EMU_ENGINE_TESTS_OPS_H
#define GE_EMU_ENGINE_TESTS_OPS_H

#include "harness.h"

#define NUM(array)	(sizeof(array) / sizeof((array)[0]))
#define PICK(array)	((array)[rnd(0, NUM(array) - 1)])

/* Those that every operator which computes takes; the usual one comes more often. */
extern const uint8_t floats[4];
extern const uint8_t all_types[13];

bool is_float(uint8_t dtype);
bool is_unsigned(uint8_t dtype);

enum layout any_layout(void);
enum place in_place(void);
/* @rank dimensions of at most @max, many of them 1. */
void random_dims(uint32_t *dims, uint32_t rank, uint32_t max);
/* Dimensions that broadcast to @to. */
void broadcast_dims(uint32_t *dims, const uint32_t *to, uint32_t rank);
/* Value of @t at the place of @index in a shape of rank @rank that it broadcasts to. */
double broadcast_at(const struct tensor *t, uint32_t rank, const uint32_t *index);

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
void random_posts(struct harness *h, struct ref_posts *p, const struct tensor *y);
void add_posts(struct harness *h, const struct ref_posts *p);
double ref_posts(const struct ref_posts *p, double v, uint32_t rank, const uint32_t *index);

/* Runs, compares with @want, which it frees, and cleans up. */
bool check(struct harness *h, struct tensor *y, double *want, double scale);

/**
 * struct op_test - random cases of one operator
 * @name: what they prove
 * @test: makes, runs and checks one case
 * @rounds: how many of them
 * @series: which random numbers it gets: its own
 */
struct op_test {
	const char *name;
	bool (*test)(struct harness *h);
	int rounds;
	unsigned int series;
};

/* All of them, or with "SERIES FIRST LAST" as arguments these rounds of one. */
int run_op_tests(const struct op_test *tests, unsigned int num, int argc, char **argv);

#endif /* GE_EMU_ENGINE_TESTS_OPS_H */
