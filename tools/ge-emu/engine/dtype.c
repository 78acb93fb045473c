// SPDX-License-Identifier: MIT
/*
 * dtype.c - rows of elements of any type
 *
 * A conversion goes through a buffer of one of four wide types that holds the source exactly:
 * float, double, int64_t, uint64_t.
 */
#include "dtype.h"
#include "internal.h"
#include "narrow.h"

typedef _Float16 f16;

static inline float bf16_to_f32(uint16_t x)
{
	uint32_t bits = (uint32_t)x << 16;
	float y;

	memcpy(&y, &bits, sizeof(y));
	return y;
}

static inline uint16_t bf16_from_f32(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	if (x != x)
		return (bits >> 16) | 0x40;
	return (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
}

static ENGINE_SIMD void load_bf16(float *restrict y, const uint16_t *restrict x, int64_t n)
{
	int64_t i;

	for (i = 0; i < n; i++)
		y[i] = bf16_to_f32(x[i]);
}

static ENGINE_SIMD void store_bf16(uint16_t *restrict y, const float *restrict x, int64_t n)
{
	int64_t i;

	for (i = 0; i < n; i++)
		y[i] = bf16_from_f32(x[i]);
}

static ENGINE_SIMD void load_f16(float *restrict y, const f16 *restrict x, int64_t n)
{
	int64_t i;

	for (i = 0; i < n; i++)
		y[i] = x[i];
}

static ENGINE_SIMD void store_f16(f16 *restrict y, const float *restrict x, int64_t n)
{
	int64_t i;

	for (i = 0; i < n; i++)
		y[i] = x[i];
}

#define FOR_ROW(expr)					\
	do {						\
		for (i = 0; i < n; i++) {		\
			expr;				\
		}					\
	} while (0)

void row_load_f32(float *y, uint8_t dtype, const char *x, int64_t stride, int64_t n)
{
	int64_t i;

	switch (dtype) {
	case GENPU_DT_F32:
		if (stride == sizeof(float))
			memmove(y, x, n * sizeof(float));
		else
			FOR_ROW(y[i] = *(const float *)(x + i * stride));
		break;
	case GENPU_DT_F16:
		if (stride == sizeof(f16))
			load_f16(y, (const f16 *)x, n);
		else
			FOR_ROW(y[i] = *(const f16 *)(x + i * stride));
		break;
	case GENPU_DT_BF16:
		if (stride == sizeof(uint16_t))
			load_bf16(y, (const uint16_t *)x, n);
		else
			FOR_ROW(y[i] = bf16_to_f32(*(const uint16_t *)(x + i * stride)));
		break;
	}
}

void row_store_f32(char *y, int64_t stride, uint8_t dtype, const float *x, int64_t n)
{
	int64_t i;

	switch (dtype) {
	case GENPU_DT_F32:
		if (stride == sizeof(float))
			memmove(y, x, n * sizeof(float));
		else
			FOR_ROW(*(float *)(y + i * stride) = x[i]);
		break;
	case GENPU_DT_F16:
		if (stride == sizeof(f16))
			store_f16((f16 *)y, x, n);
		else
			FOR_ROW(*(f16 *)(y + i * stride) = x[i]);
		break;
	case GENPU_DT_BF16:
		if (stride == sizeof(uint16_t))
			store_bf16((uint16_t *)y, x, n);
		else
			FOR_ROW(*(uint16_t *)(y + i * stride) = bf16_from_f32(x[i]));
		break;
	}
}

enum wide { WIDE_F32, WIDE_F64, WIDE_I64, WIDE_U64 };

union wide_row {
	float f32[ROW_CHUNK];
	double f64[ROW_CHUNK];
	int64_t i64[ROW_CHUNK];
	uint64_t u64[ROW_CHUNK];
};

#define LOAD(type, member)						\
	FOR_ROW(w->member[i] = *(const type *)(x + i * stride))

static enum wide load_wide(union wide_row *w, uint8_t dtype, const char *x, int64_t stride,
			   int64_t n)
{
	int64_t i;

	switch (dtype) {
	case GENPU_DT_F64:
		LOAD(double, f64);
		return WIDE_F64;
	case GENPU_DT_I8:
		LOAD(int8_t, i64);
		return WIDE_I64;
	case GENPU_DT_I16:
		LOAD(int16_t, i64);
		return WIDE_I64;
	case GENPU_DT_I32:
		LOAD(int32_t, i64);
		return WIDE_I64;
	case GENPU_DT_I64:
		LOAD(int64_t, i64);
		return WIDE_I64;
	case GENPU_DT_U8:
		LOAD(uint8_t, i64);
		return WIDE_I64;
	case GENPU_DT_U16:
		LOAD(uint16_t, i64);
		return WIDE_I64;
	case GENPU_DT_U32:
		LOAD(uint32_t, i64);
		return WIDE_I64;
	case GENPU_DT_U64:
		LOAD(uint64_t, u64);
		return WIDE_U64;
	case GENPU_DT_BOOL:
		FOR_ROW(w->i64[i] = *(const uint8_t *)(x + i * stride) != 0);
		return WIDE_I64;
	case GENPU_DT_I4:
		FOR_ROW(w->i64[i] = i4_wrap(*(const int8_t *)(x + i * stride)));
		return WIDE_I64;
	case GENPU_DT_U4:
		FOR_ROW(w->i64[i] = u4_wrap(*(const uint8_t *)(x + i * stride)));
		return WIDE_I64;
	}
	if (dtype_is_f8(dtype)) {
		FOR_ROW(w->f32[i] = f8_to_f32(dtype, *(const uint8_t *)(x + i * stride)));
		return WIDE_F32;
	}
	row_load_f32(w->f32, dtype, x, stride, n);
	return WIDE_F32;
}

/* Truncates and saturates; NaN gives 0. @top is the first power of two that is too large. */
#define SATURATE(v, type, min, max, top)				\
	((v) != (v) ? (type)0 : (v) >= (top) ? (type)(max) :		\
	 (v) <= (min) ? (type)(min) : (type)(v))

#define STORE(type, expr)						\
	FOR_ROW(*(type *)(y + i * stride) = (expr))

#define STORE_FROM_FLOAT(member)					\
	do {								\
		switch (dtype) {					\
		case GENPU_DT_F64:					\
			STORE(double, w->member[i]);			\
			break;						\
		case GENPU_DT_I8:					\
			STORE(int8_t, SATURATE(w->member[i], int8_t, INT8_MIN, INT8_MAX, 128));	\
			break;						\
		case GENPU_DT_U8:					\
			STORE(uint8_t, SATURATE(w->member[i], uint8_t, 0, UINT8_MAX, 256));	\
			break;						\
		case GENPU_DT_I16:					\
			STORE(int16_t, SATURATE(w->member[i], int16_t, INT16_MIN, INT16_MAX,	\
						32768));		\
			break;						\
		case GENPU_DT_U16:					\
			STORE(uint16_t, SATURATE(w->member[i], uint16_t, 0, UINT16_MAX, 65536)); \
			break;						\
		case GENPU_DT_I32:					\
			STORE(int32_t, SATURATE(w->member[i], int32_t, (double)INT32_MIN,	\
						INT32_MAX, 0x1p31));	\
			break;						\
		case GENPU_DT_U32:					\
			STORE(uint32_t, SATURATE(w->member[i], uint32_t, 0, UINT32_MAX,		\
						 0x1p32));		\
			break;						\
		case GENPU_DT_I64:					\
			STORE(int64_t, SATURATE(w->member[i], int64_t, (double)INT64_MIN,	\
						INT64_MAX, 0x1p63));	\
			break;						\
		case GENPU_DT_U64:					\
			STORE(uint64_t, SATURATE(w->member[i], uint64_t, 0, UINT64_MAX,		\
						 0x1p64));		\
			break;						\
		case GENPU_DT_BOOL:					\
			STORE(uint8_t, w->member[i] != 0);		\
			break;						\
		case GENPU_DT_I4:					\
			STORE(int8_t, SATURATE(w->member[i], int8_t, -8, 7, 8));	\
			break;						\
		case GENPU_DT_U4:					\
			STORE(uint8_t, SATURATE(w->member[i], uint8_t, 0, 15, 16));	\
			break;						\
		}							\
	} while (0)

#define STORE_FROM_INT(member)						\
	do {								\
		switch (dtype) {					\
		case GENPU_DT_F64:					\
			STORE(double, w->member[i]);			\
			break;						\
		case GENPU_DT_I8:					\
		case GENPU_DT_U8:					\
			STORE(uint8_t, w->member[i]);			\
			break;						\
		case GENPU_DT_I16:					\
		case GENPU_DT_U16:					\
			STORE(uint16_t, w->member[i]);			\
			break;						\
		case GENPU_DT_I32:					\
		case GENPU_DT_U32:					\
			STORE(uint32_t, w->member[i]);			\
			break;						\
		case GENPU_DT_I64:					\
		case GENPU_DT_U64:					\
			STORE(uint64_t, w->member[i]);			\
			break;						\
		case GENPU_DT_BOOL:					\
			STORE(uint8_t, w->member[i] != 0);		\
			break;						\
		case GENPU_DT_I4:					\
			STORE(int8_t, i4_wrap(w->member[i]));		\
			break;						\
		case GENPU_DT_U4:					\
			STORE(uint8_t, u4_wrap(w->member[i]));		\
			break;						\
		}							\
	} while (0)

static void store_float(char *y, int64_t stride, uint8_t dtype, const float *x, int64_t n)
{
	int64_t i;

	if (dtype_is_f8(dtype))
		STORE(uint8_t, f8_from_f32(dtype, x[i]));
	else
		row_store_f32(y, stride, dtype, x, n);
}

static void store_wide(char *y, int64_t stride, uint8_t dtype, union wide_row *w, enum wide wide,
		       int64_t n)
{
	float f32[ROW_CHUNK];
	int64_t i;

	if (dtype_is_float(dtype) || dtype_is_f8(dtype)) {
		switch (wide) {
		case WIDE_F32:
			store_float(y, stride, dtype, w->f32, n);
			return;
		case WIDE_F64:
			FOR_ROW(f32[i] = w->f64[i]);
			break;
		case WIDE_I64:
			FOR_ROW(f32[i] = w->i64[i]);
			break;
		case WIDE_U64:
			FOR_ROW(f32[i] = w->u64[i]);
			break;
		}
		store_float(y, stride, dtype, f32, n);
		return;
	}
	switch (wide) {
	case WIDE_F32:
		STORE_FROM_FLOAT(f32);
		break;
	case WIDE_F64:
		STORE_FROM_FLOAT(f64);
		break;
	case WIDE_I64:
		STORE_FROM_INT(i64);
		break;
	case WIDE_U64:
		STORE_FROM_INT(u64);
		break;
	}
}

void row_convert(char *y, int64_t sy, uint8_t ty, const char *x, int64_t sx, uint8_t tx, int64_t n)
{
	union wide_row w;
	int64_t m;

	for (; n > 0; n -= m, x += m * sx, y += m * sy) {
		m = n < ROW_CHUNK ? n : ROW_CHUNK;
		store_wide(y, sy, ty, &w, load_wide(&w, tx, x, sx, m), m);
	}
}

#define COPY(type)							\
	FOR_ROW(*(type *)(y + i * sy) = *(const type *)(x + i * sx))

void row_copy(char *y, int64_t sy, const char *x, int64_t sx, unsigned int size, int64_t n)
{
	int64_t i;

	if (sx == size && sy == size) {
		memmove(y, x, n * size);
		return;
	}
	switch (size) {
	case 1:
		COPY(uint8_t);
		break;
	case 2:
		COPY(uint16_t);
		break;
	case 4:
		COPY(uint32_t);
		break;
	case 8:
		COPY(uint64_t);
		break;
	}
}

unsigned int element_from_f32(void *y, uint8_t dtype, float value)
{
	unsigned int size = dtype_size(dtype);

	row_convert(y, size, dtype, (const char *)&value, sizeof(value), GENPU_DT_F32, 1);
	return size;
}
