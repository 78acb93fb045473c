// SPDX-License-Identifier: MIT
/*
 * reduce.c - REDUCE
 *
 * Two nests: one over what is kept, one over what is reduced. If the elements that are neighbours
 * in memory are reduced, each output is the sum of rows; otherwise a stretch of outputs is summed
 * at once, one row of neighbours after the other. Sums of floats are kept in double, those of
 * integers wrap at 64 bits.
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "nd.h"

#define COLUMNS		256	/* outputs summed at once */

/**
 * struct reduce - a prepared REDUCE
 * @kept: the output, and the input with all reduced dimensions at 0
 * @reduced: the reduced dimensions of the input
 * @kind: enum genpu_reduce
 * @dtype: of both
 * @columns: neighbours in memory are kept
 * @count: elements that make one
 */
struct reduce {
	struct nd kept;
	struct nd reduced;
	uint32_t kind;
	uint8_t dtype;
	bool columns;
	int64_t count;
};

static uint32_t reduce_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_reduce *attr = op->attr;
	const struct view *x = op_view(op, 0), *y = op_view(op, 1);
	int64_t work[1] = { x->count };
	unsigned int d;

	if (attr->kind < GENPU_REDUCE_SUM || attr->kind > GENPU_REDUCE_SUMSQ)
		return bad_attr(v, op, offsetof(struct genpu_attr_reduce, kind));
	if (!attr->axes || attr->axes >> x->rank)
		return bad_attr(v, op, offsetof(struct genpu_attr_reduce, axes));
	if (!dtype_is_float(x->dtype) && x->dtype != GENPU_DT_F64 && x->dtype != GENPU_DT_I32 &&
	    x->dtype != GENPU_DT_I64)
		return bad_type(v, op, 0);
	if (y->dtype != x->dtype)
		return bad_type(v, op, 1);
	if (y->rank != x->rank)
		return bad_shape(v, op, 1);
	for (d = 0; d < x->rank; d++)
		if (y->dims[d] != (attr->axes >> d & 1 ? 1 : x->dims[d]))
			return bad_shape(v, op, 1);
	return check_work(v, op, 1, work);
}

static uint32_t reduce_prepare(struct engine_program *p, struct op *op)
{
	const struct genpu_attr_reduce *attr = op->attr;
	const struct view *x = &op->operands[0].use;
	struct view kept = *x, reduced = *x;
	struct reduce *r = calloc(1, sizeof(*r));
	int64_t nearest = INT64_MAX;
	unsigned int d;

	(void)p;
	if (!r)
		return GENPU_ERR_NO_MEMORY;
	op->priv = r;
	r->kind = attr->kind;
	r->dtype = x->dtype;
	r->count = 1;
	for (d = 0; d < x->rank; d++) {
		bool gone = attr->axes >> d & 1;

		if (x->dims[d] > 1 && x->strides[d] < nearest) {
			nearest = x->strides[d];
			r->columns = !gone;
		}
		if (gone) {
			r->count *= x->dims[d];
			kept.dims[d] = 1;
		} else {
			reduced.dims[d] = 1;
		}
	}
	nd_init(&r->kept, &op->operands[1].use);
	nd_add(&r->kept, &kept);
	nd_optimize(&r->kept);
	nd_init(&r->reduced, &reduced);
	nd_optimize(&r->reduced);
	return GENPU_OK;
}

/* Sums, counted in double or, wrapping, in 64 bits. */
union total {
	double f;
	int64_t i;
};

static union total first_total(const struct reduce *r)
{
	bool floats = r->dtype == GENPU_DT_F32 || r->dtype == GENPU_DT_F64;
	union total t = { .i = 0 };

	switch (r->kind) {
	case GENPU_REDUCE_MAX:
		if (floats)
			t.f = -INFINITY;
		else
			t.i = r->dtype == GENPU_DT_I32 ? INT32_MIN : INT64_MIN;
		break;
	case GENPU_REDUCE_MIN:
		if (floats)
			t.f = INFINITY;
		else
			t.i = r->dtype == GENPU_DT_I32 ? INT32_MAX : INT64_MAX;
		break;
	case GENPU_REDUCE_PROD:
		if (floats)
			t.f = 1;
		else
			t.i = 1;
		break;
	}
	return t;
}

/* Integers are counted as unsigned so that they wrap, and compared as signed. */
#define ABS_OF(v)	((v) < 0 ? -(v) : (v))
#define FLOAT_CASES(EACH)							\
	do {									\
		switch (kind) {							\
		case GENPU_REDUCE_SUM:						\
		case GENPU_REDUCE_MEAN:						\
			EACH(+, s + v, double);					\
			break;							\
		case GENPU_REDUCE_MAX:						\
			EACH(max, s < v || v != v ? v : s, double);		\
			break;							\
		case GENPU_REDUCE_MIN:						\
			EACH(min, s > v || v != v ? v : s, double);		\
			break;							\
		case GENPU_REDUCE_PROD:						\
			EACH(*, s * v, double);					\
			break;							\
		case GENPU_REDUCE_L1:						\
			EACH(+, s + ABS_OF(v), double);				\
			break;							\
		case GENPU_REDUCE_L2:						\
		case GENPU_REDUCE_SUMSQ:					\
			EACH(+, s + v * v, double);				\
			break;							\
		}								\
	} while (0)

#define INT_CASES(EACH)								\
	do {									\
		switch (kind) {							\
		case GENPU_REDUCE_SUM:						\
		case GENPU_REDUCE_MEAN:						\
			EACH(+, s + v, uint64_t);				\
			break;							\
		case GENPU_REDUCE_MAX:						\
			EACH(max, s < v ? v : s, int64_t);			\
			break;							\
		case GENPU_REDUCE_MIN:						\
			EACH(min, s > v ? v : s, int64_t);			\
			break;							\
		case GENPU_REDUCE_PROD:						\
			EACH(*, s * v, uint64_t);				\
			break;							\
		case GENPU_REDUCE_L1:						\
			EACH(+, s + ((int64_t)v < 0 ? -v : v), uint64_t);	\
			break;							\
		case GENPU_REDUCE_L2:						\
		case GENPU_REDUCE_SUMSQ:					\
			EACH(+, s + v * v, uint64_t);				\
			break;							\
		}								\
	} while (0)

/* One total over a row. */
#define ROW(name, T, CASES, member)						\
static ENGINE_SIMD void row_##name(uint32_t kind, union total *total, const char *x,	\
				   int64_t stride, int64_t n)			\
{										\
	int64_t i;								\
										\
	if (stride == sizeof(T))						\
		CASES(ROW_DENSE_##name);					\
	else									\
		CASES(ROW_STRIDED_##name);					\
}

#define ROW_LOOP(T, W, member, load, expr)					\
	{									\
		W s = (W)total->member;						\
										\
		for (i = 0; i < n; i++) {					\
			const W v = (W)(load);					\
										\
			s = (expr);						\
		}								\
		total->member = s;						\
	}
/* Floating-point sums vectorise only when the order is given up explicitly. */
#define ROW_SUM(T, W, load, expr)						\
	{									\
		W s = total->f;							\
										\
		_Pragma("omp simd reduction(+:s)")				\
		for (i = 0; i < n; i++) {					\
			const W v = (W)(load);					\
										\
			s = (expr);						\
		}								\
		total->f = s;							\
	}
#define DENSE(T)	(((const T *)x)[i])
#define STRIDED(T)	(*(const T *)(x + i * stride))
#define IS_SUM(op)	(#op[0] == '+')

#define ROW_DENSE_f32(op, expr, W)						\
	do {									\
		if (IS_SUM(op))							\
			ROW_SUM(float, W, DENSE(float), expr)			\
		else								\
			ROW_LOOP(float, W, f, DENSE(float), expr)		\
	} while (0)
#define ROW_STRIDED_f32(op, expr, W)	ROW_LOOP(float, W, f, STRIDED(float), expr)
#define ROW_DENSE_f64(op, expr, W)						\
	do {									\
		if (IS_SUM(op))							\
			ROW_SUM(double, W, DENSE(double), expr)			\
		else								\
			ROW_LOOP(double, W, f, DENSE(double), expr)		\
	} while (0)
#define ROW_STRIDED_f64(op, expr, W)	ROW_LOOP(double, W, f, STRIDED(double), expr)
#define ROW_DENSE_i32(op, expr, W)	ROW_LOOP(int32_t, W, i, DENSE(int32_t), expr)
#define ROW_STRIDED_i32(op, expr, W)	ROW_LOOP(int32_t, W, i, STRIDED(int32_t), expr)
#define ROW_DENSE_i64(op, expr, W)	ROW_LOOP(int64_t, W, i, DENSE(int64_t), expr)
#define ROW_STRIDED_i64(op, expr, W)	ROW_LOOP(int64_t, W, i, STRIDED(int64_t), expr)

ROW(f32, float, FLOAT_CASES, f)
ROW(f64, double, FLOAT_CASES, f)
ROW(i32, int32_t, INT_CASES, i)
ROW(i64, int64_t, INT_CASES, i)

/* One element each to @n totals. */
#define COLUMN(name, T, CASES)							\
static ENGINE_SIMD void column_##name(uint32_t kind, union total *totals, const char *x,	\
				      int64_t stride, int64_t n)		\
{										\
	int64_t i;								\
										\
	if (stride == sizeof(T))						\
		CASES(COLUMN_DENSE_##name);					\
	else									\
		CASES(COLUMN_STRIDED_##name);					\
}

#define COLUMN_LOOP(W, member, load, expr)					\
	do {									\
		for (i = 0; i < n; i++) {					\
			const W v = (W)(load);					\
			const W s = (W)totals[i].member;			\
										\
			totals[i].member = (expr);				\
		}								\
	} while (0)

#define COLUMN_DENSE_f32(op, expr, W)	COLUMN_LOOP(W, f, DENSE(float), expr)
#define COLUMN_STRIDED_f32(op, expr, W)	COLUMN_LOOP(W, f, STRIDED(float), expr)
#define COLUMN_DENSE_f64(op, expr, W)	COLUMN_LOOP(W, f, DENSE(double), expr)
#define COLUMN_STRIDED_f64(op, expr, W)	COLUMN_LOOP(W, f, STRIDED(double), expr)
#define COLUMN_DENSE_i32(op, expr, W)	COLUMN_LOOP(W, i, DENSE(int32_t), expr)
#define COLUMN_STRIDED_i32(op, expr, W)	COLUMN_LOOP(W, i, STRIDED(int32_t), expr)
#define COLUMN_DENSE_i64(op, expr, W)	COLUMN_LOOP(W, i, DENSE(int64_t), expr)
#define COLUMN_STRIDED_i64(op, expr, W)	COLUMN_LOOP(W, i, STRIDED(int64_t), expr)

COLUMN(f32, float, FLOAT_CASES)
COLUMN(f64, double, FLOAT_CASES)
COLUMN(i32, int32_t, INT_CASES)
COLUMN(i64, int64_t, INT_CASES)

#define BY_TYPE(dtype, function, ...)						\
	do {									\
		switch (dtype) {						\
		case GENPU_DT_F32:						\
			function##_f32(__VA_ARGS__);				\
			break;							\
		case GENPU_DT_F64:						\
			function##_f64(__VA_ARGS__);				\
			break;							\
		case GENPU_DT_I32:						\
			function##_i32(__VA_ARGS__);				\
			break;							\
		case GENPU_DT_I64:						\
			function##_i64(__VA_ARGS__);				\
			break;							\
		}								\
	} while (0)

static void store_total(const struct reduce *r, union total t, char *y)
{
	bool floats = r->dtype == GENPU_DT_F32 || r->dtype == GENPU_DT_F64;

	if (r->kind == GENPU_REDUCE_MEAN) {
		if (floats)
			t.f /= r->count;
		else
			t.i = r->count ? t.i / r->count : 0;
	}
	if (r->kind == GENPU_REDUCE_L2) {
		if (floats)
			t.f = sqrt(t.f);
		else
			t.i = sqrt((double)(uint64_t)t.i);
	}
	switch (r->dtype) {
	case GENPU_DT_F32:
		*(float *)y = t.f;
		break;
	case GENPU_DT_F64:
		*(double *)y = t.f;
		break;
	case GENPU_DT_I32:
		*(int32_t *)y = t.i;
		break;
	case GENPU_DT_I64:
		*(int64_t *)y = t.i;
		break;
	}
}

struct reduce_run {
	const struct reduce *r;
	struct run *run;
	bool aborted;
	union total totals[COLUMNS];
	int64_t num;
	int64_t stride;
};

static void add_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	struct reduce_run *rr = priv;

	BY_TYPE(rr->r->dtype, row, rr->r->kind, rr->totals, ptr[0], stride[0], n);
}

static void add_columns(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	struct reduce_run *rr = priv;
	int64_t i;

	for (i = 0; i < n; i++)
		BY_TYPE(rr->r->dtype, column, rr->r->kind, rr->totals, ptr[0] + i * stride[0],
			rr->stride, rr->num);
}

/* A row of outputs, no longer than COLUMNS. */
static void reduce_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	struct reduce_run *rr = priv;
	const struct reduce *r = rr->r;
	void *base[1];
	int64_t i;

	if (r->columns) {
		for (i = 0; i < n; i++)
			rr->totals[i] = first_total(r);
		rr->num = n;
		rr->stride = stride[1];
		base[0] = ptr[1];
		rr->aborted |= !nd_run(&r->reduced, base, add_columns, rr, COLUMNS, rr->run);
		for (i = 0; i < n; i++)
			store_total(r, rr->totals[i], ptr[0] + i * stride[0]);
		return;
	}
	for (i = 0; i < n && !rr->aborted; i++) {
		rr->totals[0] = first_total(r);
		base[0] = ptr[1] + i * stride[1];
		rr->aborted |= !nd_run(&r->reduced, base, add_row, rr, 1 << 20, rr->run);
		store_total(r, rr->totals[0], ptr[0] + i * stride[0]);
	}
}

static uint32_t reduce_run(const struct op *op, void *const *data, struct run *run)
{
	const struct reduce *r = op->priv;
	struct reduce_run rr = { .r = r, .run = run };
	void *const base[] = { data[1], data[0] };

	if (!nd_run(&r->kept, base, reduce_row, &rr, COLUMNS, run) || rr.aborted)
		return GENPU_ERR_ABORTED;
	return GENPU_OK;
}

static void reduce_destroy(struct op *op)
{
	free(op->priv);
}

const struct op_class op_reduce = {
	.name = "reduce",
	.opcode = GENPU_OP_REDUCE,
	.min_in = 1,
	.max_in = 1,
	.attr_size = sizeof(struct genpu_attr_reduce),
	.verify = reduce_verify,
	.prepare = reduce_prepare,
	.run = reduce_run,
	.destroy = reduce_destroy,
};
