// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "graph/dtype.h"
#include "graph/narrow.h"

static const struct {
	const char *name;
	uint8_t size;
	char kind;	/* f float, i signed, u unsigned, b bool, s string, n narrow */
} types[] = {
	[GE_DT_FLOAT]	= { "float32", 4, 'f' },
	[GE_DT_FLOAT16]	= { "float16", 2, 'f' },
	[GE_DT_INT8]	= { "int8", 1, 'i' },
	[GE_DT_INT32]	= { "int32", 4, 'i' },
	[GE_DT_UINT8]	= { "uint8", 1, 'u' },
	[GE_DT_INT16]	= { "int16", 2, 'i' },
	[GE_DT_UINT16]	= { "uint16", 2, 'u' },
	[GE_DT_UINT32]	= { "uint32", 4, 'u' },
	[GE_DT_INT64]	= { "int64", 8, 'i' },
	[GE_DT_UINT64]	= { "uint64", 8, 'u' },
	[GE_DT_DOUBLE]	= { "float64", 8, 'f' },
	[GE_DT_BOOL]	= { "bool", 1, 'b' },
	[GE_DT_STRING]	= { "string", 0, 's' },
	[GE_DT_BF16]	= { "bfloat16", 2, 'f' },
	[GE_DT_INT4]	= { "int4", 1, 'n' },
	[GE_DT_UINT4]	= { "uint4", 1, 'n' },
	[GE_DT_FLOAT8_E5M2]	= { "float8e5m2", 1, 'n' },
	[GE_DT_FLOAT8_E4M3FN]	= { "float8e4m3fn", 1, 'n' },
	[GE_DT_FLOAT8_E5M2FNUZ]	= { "float8e5m2fnuz", 1, 'n' },
	[GE_DT_FLOAT8_E4M3FNUZ]	= { "float8e4m3fnuz", 1, 'n' },
};

#define NUM_TYPES	((int32_t)(sizeof(types) / sizeof(types[0])))

static char type_kind(int32_t dtype)
{
	return dtype >= 0 && dtype < NUM_TYPES ? types[dtype].kind : 0;
}

size_t ge_dtype_size(int32_t dtype)
{
	return type_kind(dtype) ? types[dtype].size : 0;
}

const char *ge_dtype_name(int32_t dtype)
{
	return type_kind(dtype) ? types[dtype].name : "undefined type";
}

bool ge_dtype_is_float(int32_t dtype)
{
	return type_kind(dtype) == 'f';
}

bool ge_dtype_is_narrow(int32_t dtype)
{
	return type_kind(dtype) == 'n';
}

bool ge_dtype_is_integer(int32_t dtype)
{
	return type_kind(dtype) == 'i' || type_kind(dtype) == 'u';
}

bool ge_dtype_is_signed(int32_t dtype)
{
	return type_kind(dtype) == 'i' || type_kind(dtype) == 'f';
}

struct ge_text ge_dims_text(int rank, const int64_t *dims)
{
	struct ge_text text = { "[" };
	size_t at = 1;

	if (rank < 0) {
		strcpy(text.s, "[...]");
		return text;
	}
	for (int i = 0; i < rank && at < sizeof(text.s) - 32; i++) {
		const char *comma = i ? ", " : "";

		if (dims[i] < 0)
			at += (size_t)sprintf(text.s + at, "%s?", comma);
		else
			at += (size_t)sprintf(text.s + at, "%s%" PRId64, comma, dims[i]);
	}
	strcpy(text.s + at, "]");
	return text;
}

int ge_dims_elements(int rank, const int64_t *dims, int64_t *elements)
{
	int64_t n = 1;
	bool empty = false;

	/* The product of those that are not zero has to fit too: strides are made of it. */
	for (int i = 0; i < rank; i++) {
		if (dims[i] < 0)
			return -EOVERFLOW;
		if (!dims[i])
			empty = true;
		else if (__builtin_mul_overflow(n, dims[i], &n))
			return -EOVERFLOW;
	}
	*elements = empty ? 0 : n;
	return 0;
}

int ge_desc_bytes(const struct ge_tensor_desc *desc, size_t *bytes)
{
	size_t size = ge_dtype_size(desc->dtype);
	int64_t n;

	if (!size || desc->rank < 0 || desc->rank > GE_MAX_RANK)
		return -EINVAL;
	for (int i = 0; i < desc->rank; i++)
		if (desc->dims[i] < 0)
			return -EINVAL;
	if (ge_dims_elements(desc->rank, desc->dims, &n) ||
	    __builtin_mul_overflow((size_t)n, size, bytes) || *bytes > INT64_MAX)
		return -EOVERFLOW;
	return 0;
}

static float half_to_float(uint16_t h)
{
	uint32_t sign = (uint32_t)(h >> 15) << 31;
	int exponent = (h >> 10) & 31;
	uint32_t fraction = h & 0x3ff;
	float f;
	uint32_t bits;

	if (exponent == 31) {
		bits = sign | 0x7f800000 | fraction << 13;
	} else if (exponent) {
		bits = sign | (uint32_t)(exponent + 112) << 23 | fraction << 13;
	} else {
		f = ldexpf((float)fraction, -24);
		return sign ? -f : f;
	}
	memcpy(&f, &bits, sizeof(f));
	return f;
}

/* Round @value to @digits significant bits, half to even, with @least the smallest exponent. */
static double round_digits(double value, int digits, int least)
{
	int exponent;

	if (value == 0 || !isfinite(value))
		return value;
	frexp(value, &exponent);
	exponent -= digits;
	if (exponent < least)
		exponent = least;
	return ldexp(nearbyint(ldexp(value, -exponent)), exponent);
}

static uint16_t double_to_half(double value)
{
	uint16_t sign = signbit(value) ? 0x8000 : 0;
	double a = fabs(round_digits(value, 11, -24));
	int exponent;

	if (isnan(value))
		return sign | 0x7e00;
	if (a >= 65536)
		return sign | 0x7c00;
	if (a < 0x1p-14)
		return sign | (uint16_t)ldexp(a, 24);
	frexp(a, &exponent);
	return sign | (uint16_t)((exponent + 14) << 10) |
	       ((uint16_t)ldexp(a, 11 - exponent) & 0x3ff);
}

static uint16_t double_to_bf16(double value)
{
	float f = (float)round_digits(value, 8, -133);
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	if (isnan(value))
		return (uint16_t)(bits >> 16) | 0x40;
	return (uint16_t)(bits >> 16);
}

#define LOAD(type)	(((const type *)data)[index])

double ge_load_double(int32_t dtype, const void *data, int64_t index)
{
	uint32_t bits;
	float f;

	switch (dtype) {
	case GE_DT_FLOAT:
		return LOAD(float);
	case GE_DT_DOUBLE:
		return LOAD(double);
	case GE_DT_FLOAT16:
		return half_to_float(LOAD(uint16_t));
	case GE_DT_BF16:
		bits = (uint32_t)LOAD(uint16_t) << 16;
		memcpy(&f, &bits, sizeof(f));
		return f;
	case GE_DT_UINT64:
		return (double)LOAD(uint64_t);
	case GE_DT_FLOAT8_E5M2:
	case GE_DT_FLOAT8_E4M3FN:
	case GE_DT_FLOAT8_E5M2FNUZ:
	case GE_DT_FLOAT8_E4M3FNUZ:
		return ge_f8_load(dtype, LOAD(uint8_t));
	default:
		return (double)ge_load_int(dtype, data, index);
	}
}

static int64_t saturate(double value, double low, double high)
{
	if (isnan(value))
		return 0;
	if (value <= low)
		return low <= -0x1p63 ? INT64_MIN : (int64_t)low;
	if (value >= high)
		return high >= 0x1p63 ? INT64_MAX : (int64_t)high;
	return (int64_t)value;
}

int64_t ge_load_int(int32_t dtype, const void *data, int64_t index)
{
	switch (dtype) {
	case GE_DT_INT8:
		return LOAD(int8_t);
	case GE_DT_UINT8:
		return LOAD(uint8_t);
	case GE_DT_BOOL:
		return LOAD(uint8_t) != 0;
	case GE_DT_INT16:
		return LOAD(int16_t);
	case GE_DT_UINT16:
		return LOAD(uint16_t);
	case GE_DT_INT32:
		return LOAD(int32_t);
	case GE_DT_UINT32:
		return LOAD(uint32_t);
	case GE_DT_INT64:
	case GE_DT_UINT64:
		return LOAD(int64_t);
	case GE_DT_INT4:
		return ((LOAD(uint8_t) & 15) ^ 8) - 8;
	case GE_DT_UINT4:
		return LOAD(uint8_t) & 15;
	default:
		return saturate(ge_load_double(dtype, data, index), -0x1p63, 0x1p63);
	}
}

#define STORE(type, value)	(((type *)data)[index] = (type)(value))

void ge_store_double(int32_t dtype, void *data, int64_t index, double value)
{
	switch (dtype) {
	case GE_DT_FLOAT:
		STORE(float, value);
		break;
	case GE_DT_DOUBLE:
		STORE(double, value);
		break;
	case GE_DT_FLOAT16:
		STORE(uint16_t, double_to_half(value));
		break;
	case GE_DT_BF16:
		STORE(uint16_t, double_to_bf16(value));
		break;
	case GE_DT_BOOL:
		STORE(uint8_t, value != 0);
		break;
	case GE_DT_INT8:
		STORE(int8_t, saturate(value, INT8_MIN, INT8_MAX));
		break;
	case GE_DT_UINT8:
		STORE(uint8_t, saturate(value, 0, UINT8_MAX));
		break;
	case GE_DT_INT16:
		STORE(int16_t, saturate(value, INT16_MIN, INT16_MAX));
		break;
	case GE_DT_UINT16:
		STORE(uint16_t, saturate(value, 0, UINT16_MAX));
		break;
	case GE_DT_INT32:
		STORE(int32_t, saturate(value, INT32_MIN, INT32_MAX));
		break;
	case GE_DT_UINT32:
		STORE(uint32_t, saturate(value, 0, UINT32_MAX));
		break;
	case GE_DT_INT4:
		STORE(int8_t, saturate(value, -8, 7));
		break;
	case GE_DT_UINT4:
		STORE(uint8_t, saturate(value, 0, 15));
		break;
	case GE_DT_FLOAT8_E5M2:
	case GE_DT_FLOAT8_E4M3FN:
	case GE_DT_FLOAT8_E5M2FNUZ:
	case GE_DT_FLOAT8_E4M3FNUZ:
		STORE(uint8_t, ge_f8_store(dtype, value));
		break;
	case GE_DT_UINT64:
		if (value >= 0x1p64)
			STORE(uint64_t, UINT64_MAX);
		else
			STORE(uint64_t, value > 0 ? (uint64_t)value : 0);
		break;
	default:
		STORE(int64_t, saturate(value, -0x1p63, 0x1p63));
	}
}

void ge_store_int(int32_t dtype, void *data, int64_t index, int64_t value)
{
	switch (dtype) {
	case GE_DT_BOOL:
		STORE(uint8_t, value != 0);
		break;
	case GE_DT_INT8:
	case GE_DT_UINT8:
		STORE(uint8_t, value);
		break;
	case GE_DT_INT16:
	case GE_DT_UINT16:
		STORE(uint16_t, value);
		break;
	case GE_DT_INT32:
	case GE_DT_UINT32:
		STORE(uint32_t, value);
		break;
	case GE_DT_INT64:
	case GE_DT_UINT64:
		STORE(int64_t, value);
		break;
	case GE_DT_INT4:
		STORE(int8_t, ((value & 15) ^ 8) - 8);
		break;
	case GE_DT_UINT4:
		STORE(uint8_t, value & 15);
		break;
	default:
		ge_store_double(dtype, data, index, (double)value);
	}
}
