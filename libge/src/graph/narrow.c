// SPDX-License-Identifier: MIT
#include <math.h>
#include <stddef.h>
#include "ge/ge.h"
#include "graph/narrow.h"

static const struct f8 {
	int32_t dtype;
	int digits;		/* after the leading one */
	int bias;
	uint8_t max, nan, infinity;
	bool signless;		/* zero and NaN */
} forms[] = {
	{ GE_DT_FLOAT8_E4M3FN, 3, 7, 0x7e, 0x7f, 0x7f, false },
	{ GE_DT_FLOAT8_E5M2, 2, 15, 0x7b, 0x7f, 0x7c, false },
	{ GE_DT_FLOAT8_E4M3FNUZ, 3, 8, 0x7f, 0x80, 0x80, true },
	{ GE_DT_FLOAT8_E5M2FNUZ, 2, 16, 0x7f, 0x80, 0x80, true },
};

static const struct f8 *form_of(int32_t dtype)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (forms[i].dtype == dtype)
			return &forms[i];
	return NULL;
}

bool ge_dtype_is_f8(int32_t dtype)
{
	return form_of(dtype);
}

static double magnitude(const struct f8 *f, uint8_t bits)
{
	int exponent = bits >> f->digits, fraction = bits & ((1 << f->digits) - 1);

	if (!exponent)
		return ldexp(fraction, 1 - f->bias - f->digits);
	return ldexp(fraction | 1 << f->digits, exponent - f->bias - f->digits);
}

double ge_f8_max(int32_t dtype)
{
	const struct f8 *f = form_of(dtype);

	return magnitude(f, f->max);
}

double ge_f8_load(int32_t dtype, uint8_t bits)
{
	const struct f8 *f = form_of(dtype);
	uint8_t without_sign = bits & 0x7f;
	double value;

	if (f->signless ? bits == f->nan : without_sign > f->infinity || without_sign == f->nan)
		return NAN;
	value = !f->signless && without_sign == f->infinity ? INFINITY :
		magnitude(f, without_sign);
	return bits & 0x80 ? -value : value;
}

uint8_t ge_f8_store(int32_t dtype, double value)
{
	const struct f8 *f = form_of(dtype);
	uint8_t sign = signbit(value) ? 0x80 : 0;
	double a = fabs(value);
	int exponent, steps;

	if (isnan(value))
		return f->signless ? f->nan : sign | f->nan;
	if (isinf(value))
		return f->signless ? f->nan : sign | f->infinity;
	if (a >= magnitude(f, f->max))
		return sign | f->max;
	if (!a)
		return f->signless ? 0 : sign;
	frexp(a, &exponent);
	exponent--;
	if (exponent < 1 - f->bias)
		exponent = 1 - f->bias;
	/* In steps of the last digit; a step beyond all digits is the next exponent's first. */
	steps = (int)nearbyint(ldexp(a, f->digits - exponent));
	if (!steps && f->signless)
		return 0;
	return (uint8_t)(sign | (steps + ((exponent + f->bias - 1) << f->digits)));
}
