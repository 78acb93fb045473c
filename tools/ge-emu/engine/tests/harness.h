/* SPDX-License-Identifier: MIT */
/*
 * harness.h - runs one operator on random tensors of any layout
 *
 * A tensor holds its elements twice: as doubles in the order of its dimensions, for the reference,
 * and as bytes in the layout and type that the program uses. Both hold the same values.
 */
#ifndef GE_EMU_ENGINE_TESTS_HARNESS_H
#define GE_EMU_ENGINE_TESTS_HARNESS_H

#include <stdbool.h>

#include "builder.h"
#include "../engine.h"

#define MAX_TENSORS	32

enum layout {
	DENSE,		/* in the order of the dimensions */
	NHWC,		/* channels innermost */
	ANY,		/* dimensions in random order, with gaps */
};

enum place { INPUT, CONSTANT, OUTPUT };

struct tensor {
	uint8_t dtype;
	uint32_t rank;
	uint32_t dims[GENPU_MAX_RANK];
	uint32_t strides[GENPU_MAX_RANK];
	size_t count;
	double *v;
	enum place place;
	uint32_t index;
	size_t offset;	/* of element 0 in @bytes */
	uint8_t *bytes;
	uint8_t *before;
	size_t size;
};

struct harness {
	struct builder b;
	struct tensor tensors[MAX_TENSORS];
	unsigned int num;
	struct engine_error err;
};

/* Seeded random numbers: an integer in [lo, hi], a double in [lo, hi). */
void seed(uint64_t s);
uint32_t rnd(uint32_t lo, uint32_t hi);
double rndf(double lo, double hi);

/* A tensor with random values in [lo, hi). */
struct tensor *tensor_new(struct harness *h, uint8_t dtype, uint32_t rank, const uint32_t *dims,
			  enum layout layout, enum place place, double lo, double hi);
/* Change an element in both forms. */
void tensor_set(struct tensor *t, size_t i, double value);
/* Elements as they would be after a store in its type. */
double round_to(uint8_t dtype, double value);

/* Runs the program; true if it ran. Outputs are not read yet. */
bool harness_run(struct harness *h);
/* The same where an error is expected: without a line about it. */
bool harness_run_quiet(struct harness *h);
/* The elements of @t after the run against @want, and that no byte beside them changed. */
bool harness_compare(struct harness *h, struct tensor *t, const double *want, double rtol,
		     double atol);
void harness_free(struct harness *h);

/* Steps through all indices of a shape, last dimension fastest; false after the last. */
bool next_index(uint32_t rank, const uint32_t *dims, uint32_t *index);
size_t flat_index(uint32_t rank, const uint32_t *dims, const uint32_t *index);

double ref_unary(uint32_t kind, double a, double b, double x);
double ref_binary(uint32_t kind, double a, double b);

#endif /* GE_EMU_ENGINE_TESTS_HARNESS_H */
