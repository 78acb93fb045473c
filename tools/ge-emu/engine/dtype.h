/* SPDX-License-Identifier: MIT */
/*
 * dtype.h - rows of elements of any type
 *
 * Strides are in bytes. Rows must not overlap unless they are the same.
 */
#ifndef GE_EMU_ENGINE_DTYPE_H
#define GE_EMU_ENGINE_DTYPE_H

#include <stdint.h>

#define ROW_CHUNK	1024	/* elements that buffers on the stack hold */

/* float32, float16 and bfloat16 */
void row_load_f32(float *y, uint8_t dtype, const char *x, int64_t stride, int64_t n);
void row_store_f32(char *y, int64_t stride, uint8_t dtype, const float *x, int64_t n);

/* Any type to any other, as COPY converts. */
void row_convert(char *y, int64_t sy, uint8_t ty, const char *x, int64_t sx, uint8_t tx, int64_t n);

/* Elements of @size bytes as they are. */
void row_copy(char *y, int64_t sy, const char *x, int64_t sx, unsigned int size, int64_t n);

/* One float value as an element of a type; returns its size. */
unsigned int element_from_f32(void *y, uint8_t dtype, float value);

#endif /* GE_EMU_ENGINE_DTYPE_H */
