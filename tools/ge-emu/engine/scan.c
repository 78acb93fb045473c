// SPDX-License-Identifier: MIT
/*
 * scan.c - SCAN: sums of all elements before each one along an axis
 *
 * As with REDUCE, floats are summed in double and integers wrap.
 */
#include <stddef.h>
#include <stdlib.h>

#include "nd.h"

#define LINE_CHUNK	(1 << 16)	/* elements between two looks at the abort flag */

/**
 * struct scan - a prepared SCAN
 * @lines: the output and the input at the first element of the axis
 * @dtype: of both
 * @exclusive: sums are without the element itself
 * @n: elements of a line
 * @sy: bytes from one element of a line of the output to the next one summed
 * @sx: the same of the input
 * @first_y: bytes to the first one summed
 * @first_x: the same of the input
 */
struct scan {
	struct nd lines;
	uint8_t dtype;
	bool exclusive;
	int64_t n;
	int64_t sy;
	int64_t sx;
	int64_t first_y;
	int64_t first_x;
};

struct scan_run {
	const struct scan *s;
	struct run *run;
	bool aborted;
};

union sum {
	double f;
	uint64_t i;
};

static uint32_t scan_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_scan *attr = op->attr;
	const struct view *x = op_view(op, 0), *y = op_view(op, 1);

	if (attr->axis >= x->rank)
		return bad_attr(v, op, offsetof(struct genpu_attr_scan, axis));
	if (attr->reverse > 1)
		return bad_attr(v, op, offsetof(struct genpu_attr_scan, reverse));
	if (attr->exclusive > 1)
		return bad_attr(v, op, offsetof(struct genpu_attr_scan, exclusive));
	if (attr->reserved)
		return bad_attr(v, op, offsetof(struct genpu_attr_scan, reserved));
	if (!dtype_is_float(x->dtype) && x->dtype != GENPU_DT_F64 && x->dtype != GENPU_DT_I32 &&
	    x->dtype != GENPU_DT_I64)
		return bad_type(v, op, 0);
	if (y->dtype != x->dtype)
		return bad_type(v, op, 1);
	if (y->rank != x->rank || memcmp(y->dims, x->dims, sizeof(y->dims)))
		return bad_shape(v, op, 1);
	return GENPU_OK;
}

static uint32_t scan_prepare(struct engine_program *p, struct op *op)
{
	const struct genpu_attr_scan *attr = op->attr;
	struct view x = op->operands[0].use, y = op_out(op)->use;
	struct scan *s = calloc(1, sizeof(*s));

	(void)p;
	if (!s)
		return GENPU_ERR_NO_MEMORY;
	op->priv = s;
	s->dtype = x.dtype;
	s->exclusive = attr->exclusive;
	s->n = x.dims[attr->axis];
	s->sx = x.strides[attr->axis] * dtype_size(x.dtype);
	s->sy = y.strides[attr->axis] * dtype_size(y.dtype);
	if (attr->reverse) {
		s->first_x = (s->n - 1) * s->sx;
		s->first_y = (s->n - 1) * s->sy;
		s->sx = -s->sx;
		s->sy = -s->sy;
	}
	view_drop(&x, attr->axis);
	view_drop(&y, attr->axis);
	nd_init(&s->lines, &y);
	nd_add(&s->lines, &x);
	nd_optimize(&s->lines);
	return GENPU_OK;
}

#define SCAN(T, W, member)							\
	do {									\
		W total = sum->member;						\
										\
		for (i = 0; i < n; i++) {					\
			const W before = total;					\
										\
			total += (W)*(const T *)(x + i * s->sx);		\
			*(T *)(y + i * s->sy) = s->exclusive ? before : total;	\
		}								\
		sum->member = total;						\
	} while (0)

static void scan_part(const struct scan *s, char *y, const char *x, int64_t n, union sum *sum)
{
	int64_t i;

	switch (s->dtype) {
	case GENPU_DT_F32:
		SCAN(float, double, f);
		break;
	case GENPU_DT_F64:
		SCAN(double, double, f);
		break;
	case GENPU_DT_I32:
		SCAN(int32_t, uint64_t, i);
		break;
	case GENPU_DT_I64:
		SCAN(int64_t, uint64_t, i);
		break;
	}
}

static bool scan_line(const struct scan_run *sr, char *y, const char *x)
{
	const struct scan *s = sr->s;
	union sum sum = { .i = 0 };
	int64_t done, m;

	for (done = 0; done < s->n; done += m) {
		if (run_aborted(sr->run))
			return false;
		m = s->n - done < LINE_CHUNK ? s->n - done : LINE_CHUNK;
		scan_part(s, y + done * s->sy, x + done * s->sx, m, &sum);
	}
	return true;
}

static void scan_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	struct scan_run *sr = priv;
	const struct scan *s = sr->s;
	int64_t i;

	for (i = 0; i < n && !sr->aborted; i++)
		sr->aborted = !scan_line(sr, ptr[0] + i * stride[0] + s->first_y,
					 ptr[1] + i * stride[1] + s->first_x);
}

static uint32_t scan_run(const struct op *op, void *const *data, struct run *run)
{
	struct scan_run sr = { .s = op->priv, .run = run };
	void *const base[] = { data[1], data[0] };

	if (!nd_run(&sr.s->lines, base, scan_row, &sr, LINE_CHUNK, run) || sr.aborted)
		return GENPU_ERR_ABORTED;
	return GENPU_OK;
}

static void scan_destroy(struct op *op)
{
	free(op->priv);
}

const struct op_class op_scan = {
	.name = "scan",
	.opcode = GENPU_OP_SCAN,
	.min_in = 1,
	.max_in = 1,
	.attr_size = sizeof(struct genpu_attr_scan),
	.verify = scan_verify,
	.prepare = scan_prepare,
	.run = scan_run,
	.destroy = scan_destroy,
};
