// SPDX-License-Identifier: MIT
/*
 * vmath.c - unary and binary functions over rows of elements
 *
 * The float32 loops are vectorised by the compiler, which takes exp, log, sin and the like from
 * libmvec.
 */
#include <math.h>

#include "internal.h"
#include "vmath.h"

/*
 * glibc declares its vector functions only to programs that give up NaN and infinity as well. They
 * handle both, so declare them here.
 */
#if defined(__x86_64__) && defined(__GLIBC__) && __GLIBC_PREREQ(2, 35)
#define VECTOR	_Pragma("omp declare simd notinbranch")
VECTOR float expf(float x);
VECTOR float expm1f(float x);
VECTOR float logf(float x);
VECTOR float log1pf(float x);
VECTOR float powf(float x, float y);
VECTOR float erff(float x);
VECTOR float tanhf(float x);
VECTOR float sinf(float x);
VECTOR float cosf(float x);
VECTOR float tanf(float x);
VECTOR float asinf(float x);
VECTOR float acosf(float x);
VECTOR float atanf(float x);
VECTOR float sinhf(float x);
VECTOR float coshf(float x);
VECTOR float asinhf(float x);
VECTOR float acoshf(float x);
VECTOR float atanhf(float x);
#undef VECTOR
#endif

/* NaN passes through. */
#define MAX_OF(a, b)	((a) < (b) ? (b) : (a))
#define MIN_OF(a, b)	((a) > (b) ? (b) : (a))
/* NaN on either side gives NaN. */
#define MAX_NAN(a, b)	((a) < (b) || (b) != (b) ? (b) : (a))
#define MIN_NAN(a, b)	((a) > (b) || (b) != (b) ? (b) : (a))

/*
 * All unary functions for type T. FN(name) is the C function for T; LOOP(expr) stores expr, a
 * function of v, for each element.
 */
#define SIGMOID(T, FN, v)	((T)1 / ((T)1 + FN(exp)(-(v))))
#define SOFTPLUS(T, FN, v)	(FN(log1p)(FN(exp)(-FN(fabs)(v))) + MAX_OF(v, (T)0))
#define HARD(T, v)		MIN_OF(MAX_OF(a * (v) + b, (T)0), (T)1)
#define TANH_ARG(T, FN, v)	((T)0.7978845608028654 * ((v) + (T)0.044715 * (v) * (v) * (v)))

#define UNARY_CASES(T, FN, LOOP)							\
	do {										\
		switch (kind) {								\
		case GENPU_UNARY_RELU:							\
			LOOP(T, MAX_OF(v, (T)0));						\
			break;								\
		case GENPU_UNARY_LEAKY_RELU:						\
			LOOP(T, v < 0 ? a * v : v);					\
			break;								\
		case GENPU_UNARY_CLIP:							\
			LOOP(T, MIN_OF(MAX_OF(v, a), b));				\
			break;								\
		case GENPU_UNARY_SIGMOID:						\
			LOOP(T, SIGMOID(T, FN, v));					\
			break;								\
		case GENPU_UNARY_TANH:							\
			LOOP(T, FN(tanh)(v));						\
			break;								\
		case GENPU_UNARY_HARDSIGMOID:						\
			LOOP(T, HARD(T, v));						\
			break;								\
		case GENPU_UNARY_HARDSWISH:						\
			LOOP(T, v * HARD(T, v));					\
			break;								\
		case GENPU_UNARY_SQRT:							\
			LOOP(T, FN(sqrt)(v));						\
			break;								\
		case GENPU_UNARY_EXP:							\
			LOOP(T, FN(exp)(v));						\
			break;								\
		case GENPU_UNARY_LOG:							\
			LOOP(T, FN(log)(v));						\
			break;								\
		case GENPU_UNARY_ERF:							\
			LOOP(T, FN(erf)(v));						\
			break;								\
		case GENPU_UNARY_ABS:							\
			LOOP(T, FN(fabs)(v));						\
			break;								\
		case GENPU_UNARY_NEG:							\
			LOOP(T, -v);							\
			break;								\
		case GENPU_UNARY_FLOOR:							\
			LOOP(T, FN(floor)(v));						\
			break;								\
		case GENPU_UNARY_CEIL:							\
			LOOP(T, FN(ceil)(v));						\
			break;								\
		case GENPU_UNARY_ROUND:							\
			LOOP(T, FN(rint)(v));						\
			break;								\
		case GENPU_UNARY_RECIPROCAL:						\
			LOOP(T, (T)1 / v);						\
			break;								\
		case GENPU_UNARY_LINEAR:						\
			LOOP(T, a * v + b);						\
			break;								\
		case GENPU_UNARY_SWISH:							\
			LOOP(T, v * SIGMOID(T, FN, a * v));				\
			break;								\
		case GENPU_UNARY_ELU:							\
			LOOP(T, v < 0 ? a * FN(expm1)(v) : v);				\
			break;								\
		case GENPU_UNARY_GELU_ERF:						\
			LOOP(T, (T)0.5 * v * ((T)1 + FN(erf)(v * (T)0.7071067811865476)));	\
			break;								\
		case GENPU_UNARY_GELU_TANH:						\
			LOOP(T, (T)0.5 * v * ((T)1 + FN(tanh)(TANH_ARG(T, FN, v))));	\
			break;								\
		case GENPU_UNARY_SOFTPLUS:						\
			LOOP(T, SOFTPLUS(T, FN, v));					\
			break;								\
		case GENPU_UNARY_MISH:							\
			LOOP(T, v * FN(tanh)(SOFTPLUS(T, FN, v)));			\
			break;								\
		case GENPU_UNARY_POW:							\
			if (b == 2)							\
				LOOP(T, a * v * v);					\
			else if (b == (T)0.5)						\
				LOOP(T, a * FN(sqrt)(v));				\
			else								\
				LOOP(T, a * FN(pow)(v, b));				\
			break;								\
		case GENPU_UNARY_SIN:							\
			LOOP(T, FN(sin)(v));						\
			break;								\
		case GENPU_UNARY_COS:							\
			LOOP(T, FN(cos)(v));						\
			break;								\
		case GENPU_UNARY_TAN:							\
			LOOP(T, FN(tan)(v));						\
			break;								\
		case GENPU_UNARY_ASIN:							\
			LOOP(T, FN(asin)(v));						\
			break;								\
		case GENPU_UNARY_ACOS:							\
			LOOP(T, FN(acos)(v));						\
			break;								\
		case GENPU_UNARY_ATAN:							\
			LOOP(T, FN(atan)(v));						\
			break;								\
		case GENPU_UNARY_SINH:							\
			LOOP(T, FN(sinh)(v));						\
			break;								\
		case GENPU_UNARY_COSH:							\
			LOOP(T, FN(cosh)(v));						\
			break;								\
		case GENPU_UNARY_ASINH:							\
			LOOP(T, FN(asinh)(v));						\
			break;								\
		case GENPU_UNARY_ACOSH:							\
			LOOP(T, FN(acosh)(v));						\
			break;								\
		case GENPU_UNARY_ATANH:							\
			LOOP(T, FN(atanh)(v));						\
			break;								\
		case GENPU_UNARY_SIGN:							\
			LOOP(T, v > 0 ? 1 : v < 0 ? -1 : v);				\
			break;								\
		case GENPU_UNARY_TRUNC:							\
			LOOP(T, FN(trunc)(v));						\
			break;								\
		}									\
	} while (0)

#define F32(name)	name##f
#define F64(name)	name

#define LOOP_ROW(T, expr)						\
	do {								\
		_Pragma("omp simd")					\
		for (i = 0; i < n; i++) {				\
			T v = x[i];					\
									\
			y[i] = (expr);					\
		}							\
	} while (0)

ENGINE_SIMD void unary_f32(unsigned int kind, float a, float b, const float *x, float *y, int64_t n)
{
	int64_t i;

	UNARY_CASES(float, F32, LOOP_ROW);
}

#define LOOP_STRIDED(T, expr)						\
	do {								\
		for (i = 0; i < n; i++) {				\
			T v = *(const T *)(x + i * sx);			\
									\
			*(T *)(y + i * sy) = (expr);			\
		}							\
	} while (0)

static void unary_f64(unsigned int kind, double a, double b, const char *x, int64_t sx, char *y,
		      int64_t sy, int64_t n)
{
	int64_t i;

	UNARY_CASES(double, F64, LOOP_STRIDED);
}

#define UNARY_INT(T, U)								\
	do {									\
		switch (kind) {							\
		case GENPU_UNARY_RELU:						\
			LOOP_STRIDED(T, v < 0 ? 0 : v);				\
			break;							\
		case GENPU_UNARY_ABS:						\
			LOOP_STRIDED(T, (T)(v < 0 ? (U)0 - (U)v : (U)v));	\
			break;							\
		case GENPU_UNARY_NEG:						\
			LOOP_STRIDED(T, (T)((U)0 - (U)v));			\
			break;							\
		case GENPU_UNARY_SIGN:						\
			LOOP_STRIDED(T, (v > 0) - (v < 0));			\
			break;							\
		case GENPU_UNARY_BITNOT:					\
			LOOP_STRIDED(T, (T)~v);					\
			break;							\
		}								\
	} while (0)

#define UNARY_UNSIGNED(T)							\
	do {									\
		switch (kind) {							\
		case GENPU_UNARY_SIGN:						\
			LOOP_STRIDED(T, v != 0);				\
			break;							\
		case GENPU_UNARY_BITNOT:					\
			LOOP_STRIDED(T, (T)~v);					\
			break;							\
		}								\
	} while (0)

void unary_any(uint8_t dtype, unsigned int kind, float alpha, float beta, const char *x, int64_t sx,
	       char *y, int64_t sy, int64_t n)
{
	int64_t i;

	switch (dtype) {
	case GENPU_DT_F64:
		unary_f64(kind, alpha, beta, x, sx, y, sy, n);
		break;
	case GENPU_DT_I8:
		UNARY_INT(int8_t, uint8_t);
		break;
	case GENPU_DT_I16:
		UNARY_INT(int16_t, uint16_t);
		break;
	case GENPU_DT_I32:
		UNARY_INT(int32_t, uint32_t);
		break;
	case GENPU_DT_I64:
		UNARY_INT(int64_t, uint64_t);
		break;
	case GENPU_DT_U8:
		UNARY_UNSIGNED(uint8_t);
		break;
	case GENPU_DT_U16:
		UNARY_UNSIGNED(uint16_t);
		break;
	case GENPU_DT_U32:
		UNARY_UNSIGNED(uint32_t);
		break;
	case GENPU_DT_U64:
		UNARY_UNSIGNED(uint64_t);
		break;
	case GENPU_DT_BOOL:
		LOOP_STRIDED(uint8_t, !v);
		break;
	}
}

/* The remainder with the sign of the divisor, from that with the sign of the dividend. */
#define FLOOR_MOD(r, v)	((r) != 0 && ((r) < 0) != ((v) < 0) ? (r) + (v) : (r))

static float mod_f32(float u, float v)
{
	float r = fmodf(u, v);

	return FLOOR_MOD(r, v);
}

static double mod_f64(double u, double v)
{
	double r = fmod(u, v);

	return FLOOR_MOD(r, v);
}

/* The three shapes of a row are loops of their own, so that each vectorises. */
#define BINARY_LOOP(T, expr)						\
	do {								\
		if (!sa) {						\
			const T u = a[0];				\
									\
			_Pragma("omp simd")				\
			for (i = 0; i < n; i++) {			\
				const T v = b[i * sb];			\
									\
				y[i] = (expr);				\
			}						\
		} else if (!sb) {					\
			const T v = b[0];				\
									\
			_Pragma("omp simd")				\
			for (i = 0; i < n; i++) {			\
				const T u = a[i];			\
									\
				y[i] = (expr);				\
			}						\
		} else {						\
			_Pragma("omp simd")				\
			for (i = 0; i < n; i++) {			\
				const T u = a[i];			\
				const T v = b[i];			\
									\
				y[i] = (expr);				\
			}						\
		}							\
	} while (0)

ENGINE_SIMD void binary_f32(unsigned int kind, const float *a, int sa, const float *b, int sb,
			    float *y, int64_t n)
{
	int64_t i;

	switch (kind) {
	case GENPU_BINARY_ADD:
		BINARY_LOOP(float, u + v);
		break;
	case GENPU_BINARY_SUB:
		BINARY_LOOP(float, u - v);
		break;
	case GENPU_BINARY_MUL:
		BINARY_LOOP(float, u * v);
		break;
	case GENPU_BINARY_DIV:
		BINARY_LOOP(float, u / v);
		break;
	case GENPU_BINARY_POW:
		if (!sb && b[0] == 2)
			BINARY_LOOP(float, ((void)v, u * u));
		else
			BINARY_LOOP(float, powf(u, v));
		break;
	case GENPU_BINARY_MIN:
		BINARY_LOOP(float, MIN_NAN(u, v));
		break;
	case GENPU_BINARY_MAX:
		BINARY_LOOP(float, MAX_NAN(u, v));
		break;
	case GENPU_BINARY_MOD:
		BINARY_LOOP(float, mod_f32(u, v));
		break;
	case GENPU_BINARY_FMOD:
		BINARY_LOOP(float, fmodf(u, v));
		break;
	}
}

ENGINE_SIMD void compare_f32(unsigned int kind, const float *a, int sa, const float *b, int sb,
			     uint8_t *y, int64_t n)
{
	int64_t i;

	switch (kind) {
	case GENPU_BINARY_EQ:
		BINARY_LOOP(float, u == v);
		break;
	case GENPU_BINARY_NE:
		BINARY_LOOP(float, u != v);
		break;
	case GENPU_BINARY_LT:
		BINARY_LOOP(float, u < v);
		break;
	case GENPU_BINARY_LE:
		BINARY_LOOP(float, u <= v);
		break;
	case GENPU_BINARY_GT:
		BINARY_LOOP(float, u > v);
		break;
	case GENPU_BINARY_GE:
		BINARY_LOOP(float, u >= v);
		break;
	}
}

static uint64_t pow_u64(uint64_t base, uint64_t exponent)
{
	uint64_t result = 1;

	for (; exponent; exponent >>= 1) {
		if (exponent & 1)
			result *= base;
		base *= base;
	}
	return result;
}

/* Of the exact result, without a fraction: only 1 and -1 have one to a negative power. */
static int64_t pow_i64(int64_t base, int64_t exponent)
{
	if (exponent >= 0)
		return pow_u64(base, exponent);
	if (base == 1)
		return 1;
	if (base == -1)
		return exponent % 2 ? -1 : 1;
	return 0;
}

static uint64_t fmod_u64(uint64_t u, uint64_t v)
{
	return v ? u % v : 0;
}

/* By -1 the processor would trap where the quotient overflows. */
static int64_t fmod_i64(int64_t u, int64_t v)
{
	return v && v != -1 ? u % v : 0;
}

static int64_t mod_i64(int64_t u, int64_t v)
{
	int64_t r = fmod_i64(u, v);

	return FLOOR_MOD(r, v);
}

#define PAIR_LOOP(T, R, expr)						\
	do {								\
		for (i = 0; i < n; i++) {				\
			const T u = *(const T *)(a + i * sa);		\
			const T v = *(const T *)(b + i * sb);		\
									\
			*(R *)(y + i * sy) = (expr);			\
		}							\
	} while (0)

#define COMPARE_CASES(T)						\
	case GENPU_BINARY_EQ:						\
		PAIR_LOOP(T, uint8_t, u == v);				\
		break;							\
	case GENPU_BINARY_NE:						\
		PAIR_LOOP(T, uint8_t, u != v);				\
		break;							\
	case GENPU_BINARY_LT:						\
		PAIR_LOOP(T, uint8_t, u < v);				\
		break;							\
	case GENPU_BINARY_LE:						\
		PAIR_LOOP(T, uint8_t, u <= v);				\
		break;							\
	case GENPU_BINARY_GT:						\
		PAIR_LOOP(T, uint8_t, u > v);				\
		break;							\
	case GENPU_BINARY_GE:						\
		PAIR_LOOP(T, uint8_t, u >= v);				\
		break

/*
 * W is an unsigned type that holds T and is not promoted to a signed one, so that all results wrap.
 * DIV, POW, MOD and FMOD are by type, MORE are the cases that not every type has.
 */
#define BINARY_CASES(T, W, DIV, POW, MOD, FMOD, MORE)			\
	do {								\
		switch (kind) {						\
		case GENPU_BINARY_ADD:					\
			PAIR_LOOP(T, T, (T)((W)u + (W)v));		\
			break;						\
		case GENPU_BINARY_SUB:					\
			PAIR_LOOP(T, T, (T)((W)u - (W)v));		\
			break;						\
		case GENPU_BINARY_MUL:					\
			PAIR_LOOP(T, T, (T)((W)u * (W)v));		\
			break;						\
		case GENPU_BINARY_DIV:					\
			PAIR_LOOP(T, T, DIV(T, W));			\
			break;						\
		case GENPU_BINARY_POW:					\
			PAIR_LOOP(T, T, (T)POW(u, v));			\
			break;						\
		case GENPU_BINARY_MIN:					\
			PAIR_LOOP(T, T, MIN_NAN(u, v));			\
			break;						\
		case GENPU_BINARY_MAX:					\
			PAIR_LOOP(T, T, MAX_NAN(u, v));			\
			break;						\
		case GENPU_BINARY_MOD:					\
			PAIR_LOOP(T, T, (T)MOD(u, v));			\
			break;						\
		case GENPU_BINARY_FMOD:					\
			PAIR_LOOP(T, T, (T)FMOD(u, v));			\
			break;						\
		MORE(T, W);						\
		COMPARE_CASES(T);					\
		}							\
	} while (0)

#define NO_CASES(T, W)

#define BIT_CASES(T, W)							\
	case GENPU_BINARY_BITAND:					\
		PAIR_LOOP(T, T, u & v);					\
		break;							\
	case GENPU_BINARY_BITOR:					\
		PAIR_LOOP(T, T, u | v);					\
		break;							\
	case GENPU_BINARY_BITXOR:					\
		PAIR_LOOP(T, T, u ^ v);					\
		break

#define BIT_SHIFT_CASES(T, W)						\
	BIT_CASES(T, W);						\
	case GENPU_BINARY_SHL:						\
		PAIR_LOOP(T, T, v < sizeof(T) * 8 ? (T)((W)u << v) : 0);	\
		break;							\
	case GENPU_BINARY_SHR:						\
		PAIR_LOOP(T, T, v < sizeof(T) * 8 ? u >> v : 0);	\
		break

/* The one overflow of a division wraps. */
#define DIV_SIGNED(T, W)	((T)(!v ? 0 : v == -1 ? (T)((W)0 - (W)u) : u / v))
#define DIV_UNSIGNED(T, W)	((T)(!v ? 0 : u / v))
#define DIV_FLOAT(T, W)		(u / v)

static void binary_bool(unsigned int kind, const char *a, int64_t sa, const char *b, int64_t sb,
			char *y, int64_t sy, int64_t n)
{
	int64_t i;

#define BOOL_LOOP(expr)							\
	do {								\
		for (i = 0; i < n; i++) {				\
			const int u = *(const uint8_t *)(a + i * sa) != 0;	\
			const int v = *(const uint8_t *)(b + i * sb) != 0;	\
									\
			*(uint8_t *)(y + i * sy) = (expr) != 0;		\
		}							\
	} while (0)

	switch (kind) {
	case GENPU_BINARY_ADD:
	case GENPU_BINARY_OR:
	case GENPU_BINARY_MAX:
		BOOL_LOOP(u | v);
		break;
	case GENPU_BINARY_MUL:
	case GENPU_BINARY_AND:
	case GENPU_BINARY_DIV:
	case GENPU_BINARY_MIN:
		BOOL_LOOP(u & v);
		break;
	case GENPU_BINARY_SUB:
	case GENPU_BINARY_XOR:
	case GENPU_BINARY_NE:
		BOOL_LOOP(u ^ v);
		break;
	case GENPU_BINARY_POW:
	case GENPU_BINARY_GE:
		BOOL_LOOP(u >= v);
		break;
	case GENPU_BINARY_EQ:
		BOOL_LOOP(u == v);
		break;
	case GENPU_BINARY_LT:
		BOOL_LOOP(u < v);
		break;
	case GENPU_BINARY_LE:
		BOOL_LOOP(u <= v);
		break;
	case GENPU_BINARY_GT:
		BOOL_LOOP(u > v);
		break;
	}
#undef BOOL_LOOP
}

void binary_any(uint8_t dtype, unsigned int kind, const char *a, int64_t sa, const char *b,
		int64_t sb, char *y, int64_t sy, int64_t n)
{
	int64_t i;

	switch (dtype) {
	case GENPU_DT_F64:
		BINARY_CASES(double, double, DIV_FLOAT, pow, mod_f64, fmod, NO_CASES);
		break;
	case GENPU_DT_I8:
		BINARY_CASES(int8_t, uint32_t, DIV_SIGNED, pow_i64, mod_i64, fmod_i64,
			     BIT_CASES);
		break;
	case GENPU_DT_U8:
		BINARY_CASES(uint8_t, uint32_t, DIV_UNSIGNED, pow_u64, fmod_u64, fmod_u64,
			     BIT_SHIFT_CASES);
		break;
	case GENPU_DT_I16:
		BINARY_CASES(int16_t, uint32_t, DIV_SIGNED, pow_i64, mod_i64, fmod_i64,
			     BIT_CASES);
		break;
	case GENPU_DT_U16:
		BINARY_CASES(uint16_t, uint32_t, DIV_UNSIGNED, pow_u64, fmod_u64, fmod_u64,
			     BIT_SHIFT_CASES);
		break;
	case GENPU_DT_I32:
		BINARY_CASES(int32_t, uint32_t, DIV_SIGNED, pow_i64, mod_i64, fmod_i64,
			     BIT_CASES);
		break;
	case GENPU_DT_U32:
		BINARY_CASES(uint32_t, uint32_t, DIV_UNSIGNED, pow_u64, fmod_u64, fmod_u64,
			     BIT_SHIFT_CASES);
		break;
	case GENPU_DT_I64:
		BINARY_CASES(int64_t, uint64_t, DIV_SIGNED, pow_i64, mod_i64, fmod_i64,
			     BIT_CASES);
		break;
	case GENPU_DT_U64:
		BINARY_CASES(uint64_t, uint64_t, DIV_UNSIGNED, pow_u64, fmod_u64, fmod_u64,
			     BIT_SHIFT_CASES);
		break;
	case GENPU_DT_BOOL:
		binary_bool(kind, a, sa, b, sb, y, sy, n);
		break;
	}
}
