// SPDX-License-Identifier: MIT
/*
 * narrow.c - float8 in its four forms, and integers of four bits
 */
#include <math.h>

#include "internal.h"
#include "narrow.h"

/**
 * struct f8 - a form of float8
 * @digits: bits after the leading one
 * @bias: of the exponent
 * @max: bits of the largest number
 * @nan: bits of NaN, without a sign
 * @infinity: bits of infinity, or those of NaN
 * @signless: zero and NaN have no sign
 */
struct f8 {
	int digits;
	int bias;
	uint8_t max;
	uint8_t nan;
	uint8_t infinity;
	bool signless;
};

static const struct f8 e4m3fn = { 3, 7, 0x7e, 0x7f, 0x7f, false };
static const struct f8 e5m2 = { 2, 15, 0x7b, 0x7f, 0x7c, false };
static const struct f8 e4m3fnuz = { 3, 8, 0x7f, 0x80, 0x80, true };
static const struct f8 e5m2fnuz = { 2, 16, 0x7f, 0x80, 0x80, true };

static const struct f8 *form_of(uint8_t dtype)
{
	switch (dtype) {
	case GENPU_DT_F8E4M3FN:
		return &e4m3fn;
	case GENPU_DT_F8E5M2:
		return &e5m2;
	case GENPU_DT_F8E4M3FNUZ:
		return &e4m3fnuz;
	case GENPU_DT_F8E5M2FNUZ:
		return &e5m2fnuz;
	}
	return NULL;
}

bool dtype_is_f8(uint8_t dtype)
{
	return form_of(dtype);
}

bool dtype_is_narrow(uint8_t dtype)
{
	return dtype_is_f8(dtype) || dtype == GENPU_DT_I4 || dtype == GENPU_DT_U4;
}

static float magnitude(const struct f8 *f, uint8_t x)
{
	int exponent = x >> f->digits, fraction = x & ((1 << f->digits) - 1);

	if (!exponent)
		return ldexpf(fraction, 1 - f->bias - f->digits);
	return ldexpf(fraction | 1 << f->digits, exponent - f->bias - f->digits);
}

float f8_to_f32(uint8_t dtype, uint8_t x)
{
	const struct f8 *f = form_of(dtype);
	uint8_t bits = x & 0x7f;
	float y;

	if (f->signless ? x == f->nan : bits > f->infinity || bits == f->nan)
		return NAN;
	y = !f->signless && bits == f->infinity ? INFINITY : magnitude(f, bits);
	return x & 0x80 ? -y : y;
}

uint8_t f8_from_f32(uint8_t dtype, float x)
{
	const struct f8 *f = form_of(dtype);
	uint8_t sign = signbit(x) ? 0x80 : 0;
	float a = fabsf(x);
	int exponent, steps;

	if (x != x)
		return f->signless ? f->nan : sign | f->nan;
	if (isinf(x))
		return f->signless ? f->nan : sign | f->infinity;
	if (a >= magnitude(f, f->max))
		return sign | f->max;
	if (!a)
		return f->signless ? 0 : sign;
	frexpf(a, &exponent);
	exponent--;
	if (exponent < 1 - f->bias)
		exponent = 1 - f->bias;
	/* In steps of the last digit; a step beyond all digits is the next exponent's first. */
	steps = (int)rintf(ldexpf(a, f->digits - exponent));
	if (!steps && f->signless)
		return 0;
	return sign | (uint8_t)(steps + ((exponent + f->bias - 1) << f->digits));
}

int8_t i4_wrap(int64_t x)
{
	return (int8_t)((x & 15) ^ 8) - 8;
}

uint8_t u4_wrap(int64_t x)
{
	return x & 15;
}
