// SPDX-License-Identifier: MIT
/*
 * topk.c - TOPK: where the largest or smallest elements of each line along an axis are
 *
 * Elements become unsigned keys of which the largest is the best one, so that one comparison serves
 * all types. The best k so far are a heap with the worst of them on top; what is not better than
 * that is passed over.
 */
#include <stddef.h>
#include <stdlib.h>

#include "dtype.h"
#include "narrow.h"
#include "nd.h"

struct candidate {
	uint64_t key;
	int64_t index;
};

/**
 * struct topk - a prepared TOPK
 * @lines: the output and the input at 0 of the axis
 * @dtype: of the input
 * @flip: 0, or all ones if the smallest are the best
 * @last: of equal ones the highest index is the best
 * @n: elements of a line
 * @k: of them wanted
 * @sx: bytes between neighbours of a line of the input
 * @sy: the same of the output
 */
struct topk {
	struct nd lines;
	uint8_t dtype;
	uint64_t flip;
	bool last;
	int64_t n;
	int64_t k;
	int64_t sx;
	int64_t sy;
};

struct topk_run {
	const struct topk *t;
	struct run *run;
	struct candidate *heap;
	bool aborted;
};

static uint32_t topk_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_topk *attr = op->attr;
	const struct view *x = op_view(op, 0), *y = op_view(op, 1);
	int64_t work[2] = { x->count, 1 };
	unsigned int d;

	if (attr->axis >= x->rank)
		return bad_attr(v, op, offsetof(struct genpu_attr_topk, axis));
	if (attr->smallest > 1)
		return bad_attr(v, op, offsetof(struct genpu_attr_topk, smallest));
	if (attr->last > 1)
		return bad_attr(v, op, offsetof(struct genpu_attr_topk, last));
	if (attr->reserved)
		return bad_attr(v, op, offsetof(struct genpu_attr_topk, reserved));
	if (x->dtype == GENPU_DT_BOOL || dtype_is_narrow(x->dtype))
		return bad_type(v, op, 0);
	if (y->dtype != GENPU_DT_I64)
		return bad_type(v, op, 1);
	if (y->rank != x->rank)
		return bad_shape(v, op, 1);
	for (d = 0; d < x->rank; d++)
		if (d == attr->axis ? y->dims[d] > x->dims[d] : y->dims[d] != x->dims[d])
			return bad_shape(v, op, 1);
	while (work[1] < 40 && y->dims[attr->axis] >> work[1])
		work[1]++;
	return check_work(v, op, 2, work);
}

static uint32_t topk_prepare(struct engine_program *p, struct op *op)
{
	const struct genpu_attr_topk *attr = op->attr;
	struct view x = op->operands[0].use, y = op_out(op)->use;
	struct topk *t = calloc(1, sizeof(*t));

	(void)p;
	if (!t)
		return GENPU_ERR_NO_MEMORY;
	op->priv = t;
	t->dtype = x.dtype;
	t->flip = attr->smallest ? ~0ull : 0;
	t->last = attr->last;
	t->n = x.dims[attr->axis];
	t->k = y.dims[attr->axis];
	t->sx = x.strides[attr->axis] * dtype_size(x.dtype);
	t->sy = y.strides[attr->axis] * dtype_size(y.dtype);
	op->scratch = t->k * sizeof(struct candidate);
	view_drop(&x, attr->axis);
	view_drop(&y, attr->axis);
	nd_init(&t->lines, &y);
	nd_add(&t->lines, &x);
	nd_optimize(&t->lines);
	return GENPU_OK;
}

/* --- keys --- */

/* Negative floats have all bits turned, so that larger ones have larger keys; zero has no sign. */
static inline uint64_t key_f32(float x)
{
	uint32_t bits;

	if (x != x)
		return UINT64_MAX;
	x = x == 0 ? 0 : x;
	memcpy(&bits, &x, sizeof(bits));
	return bits >> 31 ? ~bits : bits | 0x80000000u;
}

static inline uint64_t key_f64(double x)
{
	uint64_t bits;

	if (x != x)
		return UINT64_MAX;
	x = x == 0 ? 0 : x;
	memcpy(&bits, &x, sizeof(bits));
	return bits >> 63 ? ~bits : bits | 1ull << 63;
}

#define KEYS(T, expr)							\
	do {								\
		for (i = 0; i < n; i++) {				\
			const T v = *(const T *)(x + i * stride);	\
									\
			key[i] = (expr) ^ flip;				\
		}							\
	} while (0)
#define KEYS_SIGNED(T)		KEYS(T, (uint64_t)(int64_t)v ^ 1ull << 63)
#define KEYS_UNSIGNED(T)	KEYS(T, (uint64_t)v)

/* At most ROW_CHUNK keys. */
static ENGINE_SIMD void load_keys(uint64_t *key, uint8_t dtype, uint64_t flip, const char *x,
				  int64_t stride, int64_t n)
{
	float row[ROW_CHUNK];
	int64_t i;

	switch (dtype) {
	case GENPU_DT_F16:
	case GENPU_DT_BF16:
		row_load_f32(row, dtype, x, stride, n);
		x = (const char *)row;
		stride = sizeof(float);
		/* fall through */
	case GENPU_DT_F32:
		KEYS(float, key_f32(v));
		break;
	case GENPU_DT_F64:
		KEYS(double, key_f64(v));
		break;
	case GENPU_DT_I8:
		KEYS_SIGNED(int8_t);
		break;
	case GENPU_DT_U8:
		KEYS_UNSIGNED(uint8_t);
		break;
	case GENPU_DT_I16:
		KEYS_SIGNED(int16_t);
		break;
	case GENPU_DT_U16:
		KEYS_UNSIGNED(uint16_t);
		break;
	case GENPU_DT_I32:
		KEYS_SIGNED(int32_t);
		break;
	case GENPU_DT_U32:
		KEYS_UNSIGNED(uint32_t);
		break;
	case GENPU_DT_I64:
		KEYS_SIGNED(int64_t);
		break;
	case GENPU_DT_U64:
		KEYS_UNSIGNED(uint64_t);
		break;
	}
}

/* --- the heap --- */

static bool worse(const struct topk *t, const struct candidate *a, const struct candidate *b)
{
	if (a->key != b->key)
		return a->key < b->key;
	return t->last ? a->index < b->index : a->index > b->index;
}

/* Put @c in the place of @heap[0] of @n and let it sink below all that are worse. */
static void sink(const struct topk *t, struct candidate *heap, int64_t n, struct candidate c)
{
	int64_t at = 0, child;

	for (; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && worse(t, &heap[child + 1], &heap[child]))
			child++;
		if (!worse(t, &heap[child], &c))
			break;
		heap[at] = heap[child];
	}
	heap[at] = c;
}

static void rise(const struct topk *t, struct candidate *heap, int64_t at, struct candidate c)
{
	int64_t parent;

	for (; at; at = parent) {
		parent = (at - 1) / 2;
		if (!worse(t, &c, &heap[parent]))
			break;
		heap[at] = heap[parent];
	}
	heap[at] = c;
}

static bool select_line(const struct topk_run *tr, const char *x)
{
	const struct topk *t = tr->t;
	struct candidate *heap = tr->heap;
	uint64_t keys[ROW_CHUNK];
	int64_t done, i, m;

	for (done = 0; done < t->n; done += m) {
		if (run_aborted(tr->run))
			return false;
		m = t->n - done < ROW_CHUNK ? t->n - done : ROW_CHUNK;
		load_keys(keys, t->dtype, t->flip, x + done * t->sx, t->sx, m);
		for (i = 0; i < m; i++) {
			struct candidate c = { keys[i], done + i };

			if (c.index < t->k)
				rise(t, heap, c.index, c);
			else if (worse(t, &heap[0], &c))
				sink(t, heap, t->k, c);
		}
	}
	return true;
}

/* The worst of what is left comes off the heap, again and again. */
static bool store_line(const struct topk_run *tr, char *y)
{
	const struct topk *t = tr->t;
	int64_t left;

	for (left = t->k; left-- > 0;) {
		if (run_aborted(tr->run))
			return false;
		*(int64_t *)(y + left * t->sy) = tr->heap[0].index;
		sink(t, tr->heap, left, tr->heap[left]);
	}
	return true;
}

static void topk_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	struct topk_run *tr = priv;
	int64_t i;

	for (i = 0; i < n && !tr->aborted; i++)
		tr->aborted = !select_line(tr, ptr[1] + i * stride[1]) ||
			      !store_line(tr, ptr[0] + i * stride[0]);
}

static uint32_t topk_run(const struct op *op, void *const *data, struct run *run)
{
	struct topk_run tr = {
		.t = op->priv, .run = run, .heap = (void *)(run->scratch + op->scratch_offset),
	};
	void *const base[] = { data[1], data[0] };

	if (!nd_run(&tr.t->lines, base, topk_row, &tr, ROW_CHUNK, run) || tr.aborted)
		return GENPU_ERR_ABORTED;
	return GENPU_OK;
}

static void topk_destroy(struct op *op)
{
	free(op->priv);
}

const struct op_class op_topk = {
	.name = "topk",
	.opcode = GENPU_OP_TOPK,
	.min_in = 1,
	.max_in = 1,
	.attr_size = sizeof(struct genpu_attr_topk),
	.raw = true,
	.verify = topk_verify,
	.prepare = topk_prepare,
	.run = topk_run,
	.destroy = topk_destroy,
};
