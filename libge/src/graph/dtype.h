/* SPDX-License-Identifier: MIT */
/*
 * Element types and shapes: sizes, names for messages, checked products, elements as numbers.
 */
#ifndef GE_GRAPH_DTYPE_H
#define GE_GRAPH_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ge/ge.h"

/* Text by value, so that several fit into one message: ge_dims_text(...).s */
struct ge_text {
	char s[192];
};

/** ge_dtype_name - "float32"; never NULL */
const char *ge_dtype_name(int32_t dtype);

bool ge_dtype_is_float(int32_t dtype);
/** ge_dtype_is_narrow - float8 or an integer of four bits: to be moved and converted only */
bool ge_dtype_is_narrow(int32_t dtype);
/** ge_dtype_is_integer - signed or unsigned; not bool */
bool ge_dtype_is_integer(int32_t dtype);
bool ge_dtype_is_signed(int32_t dtype);

/** ge_dims_text - "[1, 3, 224, 224]"; "?" where a dimension is not known */
struct ge_text ge_dims_text(int rank, const int64_t *dims);

/**
 * ge_dims_elements - product of @dims
 *
 * Return: 0; -EOVERFLOW if a dimension is negative or the product does not fit.
 */
int ge_dims_elements(int rank, const int64_t *dims, int64_t *elements);

/**
 * ge_desc_bytes - bytes of a dense tensor
 *
 * Return: 0; -EINVAL unknown type, rank or dimension, -EOVERFLOW too large.
 */
int ge_desc_bytes(const struct ge_tensor_desc *desc, size_t *bytes);

/* Element @index of @data as a number, and back: truncated, saturated and rounded as the device. */
double ge_load_double(int32_t dtype, const void *data, int64_t index);
int64_t ge_load_int(int32_t dtype, const void *data, int64_t index);
void ge_store_double(int32_t dtype, void *data, int64_t index, double value);
void ge_store_int(int32_t dtype, void *data, int64_t index, int64_t value);

#endif
