// SPDX-License-Identifier: MIT
/*
 * test-narrow.c - float8 and integers of four bits: every value there and back, and what is between
 */
#include <math.h>
#include <string.h>

#include "dtype.h"
#include "engine.h"
#include "narrow.h"
#include "tap.h"

static const struct {
	uint8_t dtype;
	float max, least;	/* largest and smallest positive number */
	int nans, infinities;
} forms[] = {
	{ GENPU_DT_F8E4M3FN, 448, 0x1p-9f, 2, 0 },
	{ GENPU_DT_F8E5M2, 57344, 0x1p-16f, 6, 2 },
	{ GENPU_DT_F8E4M3FNUZ, 240, 0x1p-10f, 1, 0 },
	{ GENPU_DT_F8E5M2FNUZ, 57344, 0x1p-17f, 1, 0 },
};

#define NUM_FORMS	(sizeof(forms) / sizeof(forms[0]))

static float load(uint8_t dtype, uint8_t bits)
{
	float value;

	row_convert((char *)&value, 4, GENPU_DT_F32, (const char *)&bits, 1, dtype, 1);
	return value;
}

static uint8_t store(uint8_t dtype, float value)
{
	uint8_t bits;

	row_convert((char *)&bits, 1, dtype, (const char *)&value, 4, GENPU_DT_F32, 1);
	return bits;
}

static bool there_and_back(void)
{
	bool good = true;

	for (size_t f = 0; f < NUM_FORMS; f++) {
		int nans = 0, infinities = 0;
		float max = 0, least = INFINITY;

		for (int bits = 0; bits < 256; bits++) {
			float value = load(forms[f].dtype, bits);

			nans += isnan(value);
			infinities += !!isinf(value);
			if (isnan(value)) {
				good &= isnan(load(forms[f].dtype, store(forms[f].dtype, value)));
				continue;
			}
			good &= store(forms[f].dtype, value) == bits;
			if (isfinite(value) && value > max)
				max = value;
			if (value > 0 && value < least)
				least = value;
		}
		good &= nans == forms[f].nans && infinities == forms[f].infinities &&
			max == forms[f].max && least == forms[f].least;
	}
	return good;
}

/* Positive numbers are in the order of their bits, so neighbours are easily found. */
static bool between(void)
{
	bool good = true;

	for (size_t f = 0; f < NUM_FORMS; f++) {
		uint8_t dtype = forms[f].dtype;

		for (int bits = 0; load(dtype, bits) < forms[f].max; bits++) {
			float low = load(dtype, bits), high = load(dtype, bits + 1);
			float middle = low / 2 + high / 2;
			uint8_t even = bits & 1 ? bits + 1 : bits;

			good &= store(dtype, middle) == even;
			good &= store(dtype, nextafterf(middle, 0)) == bits;
			good &= store(dtype, nextafterf(middle, INFINITY)) == bits + 1;
			if (even || bits)
				good &= store(dtype, -middle) == (even ? even | 0x80 :
					store(dtype, -0.0f));
		}
	}
	return good;
}

static bool beyond(void)
{
	bool good = true;

	for (size_t f = 0; f < NUM_FORMS; f++) {
		uint8_t dtype = forms[f].dtype;
		float infinity = load(dtype, store(dtype, INFINITY));

		good &= load(dtype, store(dtype, 1e30f)) == forms[f].max;
		good &= load(dtype, store(dtype, -1e30f)) == -forms[f].max;
		good &= forms[f].infinities ? isinf(infinity) && infinity > 0 : isnan(infinity);
	}
	return good;
}

static bool four_bits(void)
{
	bool good = true;

	for (int value = -8; value < 16; value++) {
		good &= load(GENPU_DT_I4, store(GENPU_DT_I4, value)) == (value > 7 ? 7 : value);
		good &= load(GENPU_DT_U4, store(GENPU_DT_U4, value)) == (value < 0 ? 0 : value);
	}
	good &= load(GENPU_DT_I4, store(GENPU_DT_I4, -100)) == -8;
	good &= load(GENPU_DT_U4, store(GENPU_DT_U4, 100)) == 15;
	good &= load(GENPU_DT_I4, store(GENPU_DT_I4, NAN)) == 0;
	/* What is in the upper half of the byte does not matter. */
	for (int bits = 0; bits < 256; bits++) {
		good &= load(GENPU_DT_U4, bits) == bits % 16;
		good &= load(GENPU_DT_I4, bits) == (bits % 16 < 8 ? bits % 16 : bits % 16 - 16);
	}
	return good;
}

static bool four_bits_wrap(void)
{
	bool good = true;

	for (int64_t value = -40; value < 40; value++) {
		int8_t i4;
		uint8_t u4;

		row_convert((char *)&i4, 1, GENPU_DT_I4, (const char *)&value, 8, GENPU_DT_I64, 1);
		row_convert((char *)&u4, 1, GENPU_DT_U4, (const char *)&value, 8, GENPU_DT_I64, 1);
		good &= u4 == (value & 15);
		good &= i4 == (int8_t)(((value & 15) ^ 8) - 8);
	}
	return good;
}

int main(void)
{
	ok(there_and_back(), "each float8 becomes float32 and itself again");
	ok(between(), "what is between two of them becomes the nearer one, or the even one");
	ok(beyond(), "what is too large becomes the largest, infinities infinity or NaN");
	ok(four_bits(), "integers of four bits saturate when they are made of floats");
	ok(four_bits_wrap(), "and wrap when they are made of integers");
	return tap_end();
}
