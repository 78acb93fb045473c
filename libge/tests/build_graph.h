/* SPDX-License-Identifier: MIT */
/*
 * Small graphs and reproducible numbers for tests.
 */
#ifndef GE_TESTS_BUILD_GRAPH_H
#define GE_TESTS_BUILD_GRAPH_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "graph/dtype.h"
#include "graph/graph.h"

/* --- Numbers ---------------------------------------------------------------------------------- */

static uint64_t seed = 1;

static inline uint32_t rnd(void)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(seed >> 33);
}

static inline int rnd_range(int low, int high)
{
	return low + (int)(rnd() % (uint32_t)(high - low + 1));
}

static inline void rnd_fill(float *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		data[i] = (float)((int)(rnd() % 4001) - 2000) / 1000.f;
}

static inline bool close_all(const float *a, const float *b, size_t n, double tolerance)
{
	for (size_t i = 0; i < n; i++) {
		double d = fabs((double)a[i] - b[i]);

		if (isnan(a[i]) && isnan(b[i]))
			continue;
		if (!(d <= tolerance * (1 + fabs((double)b[i])))) {
			printf("# element %zu is %.9g, expected is %.9g\n", i, (double)a[i],
			       (double)b[i]);
			return false;
		}
	}
	return true;
}

/* --- Graphs ----------------------------------------------------------------------------------- */

#define DIMS(...) \
	(int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)), \
	(const int64_t[]){ __VA_ARGS__ }

static inline struct ge_tensor_desc make_desc(int32_t dtype, int rank, const int64_t *dims)
{
	struct ge_tensor_desc d = { .dtype = dtype, .format = GE_FORMAT_ND, .rank = rank };

	for (int i = 0; i < rank; i++)
		d.dims[i] = dims[i];
	return d;
}

static inline struct ge_graph *new_graph(void)
{
	struct ge_graph *g;

	if (ge_graph_create("test", &g))
		abort();
	return g;
}

static inline struct ge_node *add_input(struct ge_graph *g, const char *name, int32_t dtype,
					int rank, const int64_t *dims)
{
	struct ge_tensor_desc d = make_desc(dtype, rank, dims);
	struct ge_node *n;

	if (ge_graph_add_input(g, name, &d, &n))
		abort();
	return n;
}

static inline struct ge_node *add_const(struct ge_graph *g, int32_t dtype, int rank,
					const int64_t *dims, const void *data)
{
	struct ge_tensor_desc d = make_desc(dtype, rank, dims);
	struct ge_node *n;
	size_t bytes;

	if (ge_desc_bytes(&d, &bytes) || ge_graph_add_const(g, NULL, &d, data, bytes, &n))
		abort();
	return n;
}

static inline struct ge_node *add_ints(struct ge_graph *g, int count, const int64_t *values)
{
	int64_t n = count;

	return add_const(g, GE_DT_INT64, 1, &n, values);
}

static inline struct ge_node *add_random(struct ge_graph *g, int rank, const int64_t *dims,
					 float **data)
{
	struct ge_node *n;
	int64_t elements;
	float *values;

	if (ge_dims_elements(rank, dims, &elements))
		abort();
	values = malloc((size_t)elements * sizeof(*values) + 1);
	rnd_fill(values, (size_t)elements);
	n = add_const(g, GE_DT_FLOAT, rank, dims, values);
	if (data)
		*data = values;
	else
		free(values);
	return n;
}

static inline struct ge_node *add_scalar(struct ge_graph *g, float value)
{
	return add_const(g, GE_DT_FLOAT, 0, NULL, &value);
}

/* An operator with its inputs in order; NULL leaves one out. Ends with (struct ge_node *)-1. */
#define LAST	((struct ge_node *)-1)

static inline struct ge_node *add_op(struct ge_graph *g, const char *type, ...)
{
	struct ge_node *n, *from;
	unsigned int i = 0;
	va_list args;

	if (ge_graph_add(g, type, NULL, &n)) {
		printf("# %s\n", ge_error_text());
		abort();
	}
	va_start(args, type);
	while ((from = va_arg(args, struct ge_node *)) != LAST) {
		if (from && ge_node_connect(n, i, from, 0))
			abort();
		i++;
	}
	va_end(args);
	return n;
}

#endif
