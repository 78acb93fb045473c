/* SPDX-License-Identifier: MIT */
/*
 * narrow.h - float8 in its four forms, and integers of four bits
 *
 * Formats: Open Compute Project, "8-bit Floating Point Specification" (E4M3FN, E5M2); the FNUZ
 * forms have one NaN, in the place of minus zero, and no infinity.
 */
#ifndef GE_EMU_ENGINE_NARROW_H
#define GE_EMU_ENGINE_NARROW_H

#include <stdbool.h>
#include <stdint.h>

bool dtype_is_f8(uint8_t dtype);
bool dtype_is_narrow(uint8_t dtype);	/* float8 or four bits: to be moved and converted only */

/* One of the four forms, @dtype being one. */
float f8_to_f32(uint8_t dtype, uint8_t x);

/*
 * Rounds to nearest even; what is too large becomes the largest number, an infinity itself or,
 * where there is none, NaN.
 */
uint8_t f8_from_f32(uint8_t dtype, float x);

/* The element of a four-bit type that @x, cut off, is. */
int8_t i4_wrap(int64_t x);
uint8_t u4_wrap(int64_t x);

#endif /* GE_EMU_ENGINE_NARROW_H */
