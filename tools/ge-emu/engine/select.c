// SPDX-License-Identifier: MIT
/*
 * select.c - SELECT: one of two values, element by element
 */
#include <stdlib.h>

#include "nd.h"

struct select {
	struct nd nd;
	unsigned int size;
};

static uint32_t select_verify(struct verifier *v, const struct op *op)
{
	const struct view *c = op_view(op, 0), *a = op_view(op, 1), *y = op_view(op, 3);
	unsigned int i, k;

	if (c->dtype != GENPU_DT_BOOL)
		return bad_type(v, op, 0);
	if (op_view(op, 2)->dtype != a->dtype)
		return bad_type(v, op, 2);
	if (y->dtype != a->dtype)
		return bad_type(v, op, 3);
	for (k = 0; k < 3; k++) {
		struct view wide = *op_view(op, k);

		if (!view_broadcast(&wide, y))
			return bad_shape(v, op, k);
	}
	/* An extent of y comes from one of the inputs. */
	for (i = 1; i <= y->rank; i++) {
		int64_t dim = 1;

		for (k = 0; k < 3; k++) {
			const struct view *x = op_view(op, k);

			if (i <= x->rank && x->dims[x->rank - i] != 1)
				dim = x->dims[x->rank - i];
		}
		if (y->dims[y->rank - i] != dim)
			return bad_shape(v, op, 3);
	}
	return GENPU_OK;
}

static uint32_t select_prepare(struct engine_program *p, struct op *op)
{
	struct select *s = calloc(1, sizeof(*s));
	unsigned int k;

	(void)p;
	if (!s)
		return GENPU_ERR_NO_MEMORY;
	op->priv = s;
	s->size = dtype_size(op_out(op)->use.dtype);
	nd_init(&s->nd, &op_out(op)->use);
	for (k = 0; k < 3; k++)
		nd_add(&s->nd, &op->operands[k].use);
	nd_optimize(&s->nd);
	return GENPU_OK;
}

#define SELECT_LOOP(A, B)						\
	do {								\
		for (i = 0; i < n; i++)					\
			y[i] = c[i] ? (A) : (B);			\
	} while (0)

/*
 * Dense rows, each operand dense or one value. The loops keep working when y is a or b, since each
 * element is read before it is written.
 */
#define DENSE_ROW(T)							\
static ENGINE_SIMD void dense_##T(T *y, const uint8_t *c, const T *a, int64_t sa, const T *b,	\
				  int64_t sb, int64_t n)		\
{									\
	int64_t i;							\
									\
	if (sa && sb)							\
		SELECT_LOOP(a[i], b[i]);				\
	else if (sa)							\
		SELECT_LOOP(a[i], *b);					\
	else if (sb)							\
		SELECT_LOOP(*a, b[i]);					\
	else								\
		SELECT_LOOP(*a, *b);					\
}

DENSE_ROW(uint8_t)
DENSE_ROW(uint16_t)
DENSE_ROW(uint32_t)
DENSE_ROW(uint64_t)

#define SELECT_ROW(T)							\
	do {								\
		if (dense) {						\
			dense_##T((T *)ptr[0], (const uint8_t *)ptr[1], (const T *)ptr[2],	\
				  stride[2], (const T *)ptr[3], stride[3], n);		\
			break;						\
		}							\
		for (i = 0; i < n; i++)					\
			*(T *)(ptr[0] + i * stride[0]) = ptr[1][i * stride[1]] ?		\
				*(const T *)(ptr[2] + i * stride[2]) :	\
				*(const T *)(ptr[3] + i * stride[3]);	\
	} while (0)

static void select_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	const struct select *s = priv;
	int64_t size = s->size, i;
	bool dense = stride[0] == size && stride[1] == 1 &&
		     (stride[2] == size || !stride[2]) && (stride[3] == size || !stride[3]);

	switch (size) {
	case 1:
		SELECT_ROW(uint8_t);
		break;
	case 2:
		SELECT_ROW(uint16_t);
		break;
	case 4:
		SELECT_ROW(uint32_t);
		break;
	case 8:
		SELECT_ROW(uint64_t);
		break;
	}
}

static uint32_t select_run(const struct op *op, void *const *data, struct run *run)
{
	struct select *s = op->priv;
	void *const base[] = { data[3], data[0], data[1], data[2] };

	if (!nd_run(&s->nd, base, select_row, s, 1 << 20, run))
		return GENPU_ERR_ABORTED;
	return GENPU_OK;
}

static void select_destroy(struct op *op)
{
	free(op->priv);
}

const struct op_class op_select = {
	.name = "select",
	.opcode = GENPU_OP_SELECT,
	.min_in = 3,
	.max_in = 3,
	.raw = true,
	.verify = select_verify,
	.prepare = select_prepare,
	.run = select_run,
	.destroy = select_destroy,
};
