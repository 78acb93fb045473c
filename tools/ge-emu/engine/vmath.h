/* SPDX-License-Identifier: MIT */
/*
 * vmath.h - unary and binary functions over contiguous elements
 *
 * The result may be where an input is. Inputs of a binary with a step of 0 are one value.
 */
#ifndef GE_EMU_ENGINE_VMATH_H
#define GE_EMU_ENGINE_VMATH_H

#include <stdbool.h>
#include <stdint.h>
#include <drm/genpu_isa.h>

/* The kinds of enum genpu_binary whose result is bool. */
static inline bool binary_is_truth(unsigned int kind)
{
	return kind >= GENPU_BINARY_EQ && kind <= GENPU_BINARY_XOR;
}

void unary_f32(unsigned int kind, float alpha, float beta, const float *x, float *y, int64_t n);
void binary_f32(unsigned int kind, const float *a, int sa, const float *b, int sb, float *y,
		int64_t n);
void compare_f32(unsigned int kind, const float *a, int sa, const float *b, int sb, uint8_t *y,
		 int64_t n);

/* Strides in bytes, any type that UNARY takes besides float32 and its halves. */
void unary_any(uint8_t dtype, unsigned int kind, float alpha, float beta, const char *x, int64_t sx,
	       char *y, int64_t sy, int64_t n);
/* Strides in bytes, any type but float16 and bfloat16. */
void binary_any(uint8_t dtype, unsigned int kind, const char *a, int64_t sa, const char *b,
		int64_t sb, char *y, int64_t sy, int64_t n);

#endif /* GE_EMU_ENGINE_VMATH_H */
