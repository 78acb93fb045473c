/* SPDX-License-Identifier: MIT */
/*
 * float8 in its four forms, as numbers. Formats: Open Compute Project, "8-bit Floating Point
 * Specification" (E4M3FN, E5M2); the FNUZ forms have one NaN, in the place of minus zero, and no
 * infinity.
 */
#ifndef GE_GRAPH_NARROW_H
#define GE_GRAPH_NARROW_H

#include <stdbool.h>
#include <stdint.h>

bool ge_dtype_is_f8(int32_t dtype);
/** ge_f8_max - the largest number; that after it would be twice as far from the one before */
double ge_f8_max(int32_t dtype);
double ge_f8_load(int32_t dtype, uint8_t bits);
/** ge_f8_store - to nearest even; saturates, but infinities stay or become NaN, as on the device */
uint8_t ge_f8_store(int32_t dtype, double value);

#endif
