// SPDX-License-Identifier: MIT
/*
 * bytes.c - MATMUL and CONV of int8 and uint8, summed in int32
 *
 * Both are products of rows (of a, or of the input under the window) with columns (of b, or the
 * weights of an output channel). These are widened to int16 and laid out along the sum, which
 * compilers turn into the processors' multiply-and-add of pairs.
 */
#include "bytes.h"
#include "dtype.h"

#define ROWS		8		/* that are multiplied with a column while it is cached */
#define MAX_BLOCK	(1 << 14)	/* products of two bytes that int32 holds the sum of */

enum { X, W, B };	/* operands: left, right, added */

static ENGINE_SIMD int32_t dot_block(const int16_t *a, const int16_t *b, int64_t n)
{
	int32_t sum = 0;
	int64_t i;

	for (i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

static uint32_t dot(const int16_t *a, const int16_t *b, int64_t n)
{
	uint32_t sum = 0;
	int64_t i;

	for (i = 0; i < n; i += MAX_BLOCK)
		sum += (uint32_t)dot_block(a + i, b + i, n - i < MAX_BLOCK ? n - i : MAX_BLOCK);
	return sum;
}

static ENGINE_SIMD void widen(int16_t *y, const char *x, int64_t stride, uint8_t dtype, int64_t n)
{
	const uint8_t *u = (const uint8_t *)x;
	const int8_t *s = (const int8_t *)x;
	int64_t i;

	if (stride == 1 && dtype == GENPU_DT_I8) {
		for (i = 0; i < n; i++)
			y[i] = s[i];
	} else if (dtype == GENPU_DT_I8) {
		for (i = 0; i < n; i++)
			y[i] = s[i * stride];
	} else if (stride == 1) {
		for (i = 0; i < n; i++)
			y[i] = u[i];
	} else {
		for (i = 0; i < n; i++)
			y[i] = u[i * stride];
	}
}

/* --- MATMUL --- */

static uint32_t scaled(uint32_t v, float factor)
{
	double wide = (double)factor * (int32_t)v;
	int32_t out;

	if (factor == 1)
		return v;
	row_convert((char *)&out, 4, GENPU_DT_I32, (const char *)&wide, 8, GENPU_DT_F64, 1);
	return (uint32_t)out;
}

size_t bytes_matmul_scratch(const struct op *op)
{
	const struct view *y = &op_out(op)->mem, *a = op_view(op, X);

	return (size_t)a->dims[a->rank - 1] * (y->dims[y->rank - 1] + ROWS) * sizeof(int16_t);
}

/* One matrix of the batch; the views are those of their last two dimensions. */
static bool multiply(const struct op *op, const char *a, const char *b, const int32_t *c,
		     const struct view *cv, int32_t *y, struct run *run)
{
	const struct view *av = &op->operands[X].use, *bv = &op->operands[W].use;
	const struct genpu_attr_matmul *attr = op->attr;
	const struct view *yv = &op_out(op)->use;
	int64_t m = yv->dims[yv->rank - 2], n = yv->dims[yv->rank - 1];
	int64_t k = av->dims[av->rank - 1], i, j, r, num;
	int16_t *rows = (int16_t *)(run->scratch + op->scratch_offset);
	int16_t *columns = rows + k * ROWS;
	unsigned int last = yv->rank - 1;

	for (j = 0; j < n; j++)
		widen(columns + j * k, b + j * bv->strides[bv->rank - 1],
		      bv->strides[bv->rank - 2], bv->dtype, k);
	for (i = 0; i < m; i += num) {
		num = m - i < ROWS ? m - i : ROWS;
		for (r = 0; r < num; r++)
			widen(rows + r * k, a + (i + r) * av->strides[av->rank - 2],
			      av->strides[av->rank - 1], av->dtype, k);
		for (j = 0; j < n; j++) {
			if (run_aborted(run))
				return false;
			for (r = 0; r < num; r++) {
				uint32_t sum = dot(rows + r * k, columns + j * k, k);

				sum = scaled(sum, attr->alpha);
				if (c)
					sum += scaled((uint32_t)c[(i + r) * cv->strides[last - 1] +
								  j * cv->strides[last]],
						      attr->beta);
				y[(i + r) * yv->strides[last - 1] + j * yv->strides[last]] =
					(int32_t)sum;
			}
		}
	}
	return true;
}

/* Elements from the first matrix of the batch to the one that goes with @index in y. */
static int64_t batch_offset(const struct view *v, unsigned int rank, const int64_t *index)
{
	unsigned int shift = rank - v->rank, d;
	int64_t at = 0;

	for (d = 0; d + 2 < v->rank; d++)
		if (v->dims[d] > 1)
			at += index[d + shift] * v->strides[d];
	return at;
}

uint32_t bytes_matmul_run(const struct op *op, void *const *data, bool with_c, struct run *run)
{
	const struct view *y = &op_out(op)->use;
	int64_t index[GENPU_MAX_RANK] = { 0 };
	unsigned int d, batch = y->rank - 2;
	struct view c = { 0 };

	if (with_c) {
		c = op->operands[B].use;
		view_broadcast(&c, y);
	}
	do {
		const char *pa = data[X], *pb = data[W];
		const int32_t *pc = data[B];
		int32_t *py = data[op->num_in];

		if (!multiply(op, pa + batch_offset(&op->operands[X].use, y->rank, index),
			      pb + batch_offset(&op->operands[W].use, y->rank, index),
			      with_c ? pc + batch_offset(&c, y->rank, index) : NULL, &c,
			      py + batch_offset(y, y->rank, index), run))
			return GENPU_ERR_ABORTED;
		for (d = batch; d-- > 0;) {
			if (++index[d] < y->dims[d])
				break;
			index[d] = 0;
		}
	} while (d != UINT32_MAX);
	return GENPU_OK;
}

/* --- CONV --- */

/**
 * struct window - a convolution with three spatial dimensions, the first ones 1 if it has fewer
 * @in: extents of the input
 * @out: extents of the output
 * @kernel: extents of the kernel
 * @step: strides
 * @dilation: dilations
 * @begin: padding before
 * @sx: element strides of the input; @sw, @sy likewise
 * @channels: of one group
 * @taps: positions in the kernel
 */
struct window {
	int64_t in[3], out[3], kernel[3], step[3], dilation[3], begin[3];
	int64_t sx[3], sw[3], sy[3];
	int64_t channels, taps;
};

size_t bytes_conv_scratch(const struct op *op)
{
	const struct view *w = op_view(op, W);

	return ((size_t)w->count + (w->dims[0] ? w->count / w->dims[0] : 0)) * sizeof(int16_t);
}

static void window_setup(struct window *wd, const struct op *op)
{
	const struct genpu_attr_conv *attr = op->attr;
	const struct view *x = &op->operands[X].use, *w = &op->operands[W].use;
	const struct view *y = &op_out(op)->use;
	unsigned int i, d, skip = 3 - attr->spatial;

	memset(wd, 0, sizeof(*wd));
	wd->channels = w->dims[1];
	wd->taps = 1;
	for (i = 0; i < 3; i++) {
		bool there = i >= skip;

		d = i - skip;
		wd->in[i] = there ? x->dims[d + 2] : 1;
		wd->out[i] = there ? y->dims[d + 2] : 1;
		wd->kernel[i] = there ? w->dims[d + 2] : 1;
		wd->taps *= wd->kernel[i];
		if (!there)
			continue;
		wd->step[i] = attr->strides[d];
		wd->dilation[i] = attr->dilations[d];
		wd->begin[i] = attr->pads_begin[d];
		wd->sx[i] = x->strides[d + 2];
		wd->sw[i] = w->strides[d + 2];
		wd->sy[i] = y->strides[d + 2];
	}
}

/* Position @t of the kernel as three indices. */
static void tap_index(const struct window *wd, int64_t t, int64_t *k)
{
	k[2] = t % wd->kernel[2];
	k[1] = t / wd->kernel[2] % wd->kernel[1];
	k[0] = t / wd->kernel[2] / wd->kernel[1];
}

/* The weights of one output channel along the sum: position by position, all channels of each. */
static void pack_weights(const struct window *wd, const struct view *w, const char *data,
			 int16_t *column)
{
	int64_t t, k[3];

	for (t = 0; t < wd->taps; t++) {
		tap_index(wd, t, k);
		widen(column + t * wd->channels,
		      data + k[0] * wd->sw[0] + k[1] * wd->sw[1] + k[2] * wd->sw[2],
		      w->strides[1], w->dtype, wd->channels);
	}
}

/* The same of the input under the window of output element @at. */
static void pack_input(const struct window *wd, const struct view *x, const char *data,
		       const int64_t *at, int16_t *row)
{
	int64_t t, k[3], offset, i;
	unsigned int d;
	bool inside;

	for (t = 0; t < wd->taps; t++) {
		tap_index(wd, t, k);
		offset = 0;
		inside = true;
		for (d = 0; d < 3; d++) {
			i = at[d] * wd->step[d] + k[d] * wd->dilation[d] - wd->begin[d];
			inside &= i >= 0 && i < wd->in[d];
			offset += i * wd->sx[d];
		}
		if (inside)
			widen(row + t * wd->channels, data + offset, x->strides[1], x->dtype,
			      wd->channels);
		else
			memset(row + t * wd->channels, 0, wd->channels * sizeof(*row));
	}
}

/**
 * struct group - one group of channels of one image
 * @x: its first element of the input; @y likewise
 * @bias: of its first output channel, or NULL
 * @bias_step: elements to the next
 * @row: room for what is under the window
 * @columns: packed weights
 * @num: output channels
 */
struct group {
	const char *x;
	int32_t *y;
	const int32_t *bias;
	int64_t bias_step;
	int16_t *row;
	const int16_t *columns;
	int64_t num;
};

static bool run_group(const struct window *wd, const struct view *x, const struct view *y,
		      const struct group *g, const struct run *run)
{
	int64_t length = wd->taps * wd->channels, pixels = wd->out[0] * wd->out[1] * wd->out[2];
	int64_t p, o, at[3];

	for (p = 0; p < pixels; p++) {
		int32_t *out = g->y;

		if (run_aborted(run))
			return false;
		at[2] = p % wd->out[2];
		at[1] = p / wd->out[2] % wd->out[1];
		at[0] = p / wd->out[2] / wd->out[1];
		out += at[0] * wd->sy[0] + at[1] * wd->sy[1] + at[2] * wd->sy[2];
		pack_input(wd, x, g->x, at, g->row);
		for (o = 0; o < g->num; o++) {
			uint32_t sum = dot(g->row, g->columns + o * length, length);

			if (g->bias)
				sum += (uint32_t)g->bias[o * g->bias_step];
			out[o * y->strides[1]] = (int32_t)sum;
		}
	}
	return true;
}

uint32_t bytes_conv_run(const struct op *op, void *const *data, bool with_bias, struct run *run)
{
	const struct genpu_attr_conv *attr = op->attr;
	const struct view *x = &op->operands[X].use, *w = &op->operands[W].use;
	const struct view *y = &op_out(op)->use;
	const int32_t *bias = with_bias ? data[B] : NULL;
	int64_t bias_step = with_bias ? op->operands[B].use.strides[0] : 0;
	int16_t *row = (int16_t *)(run->scratch + op->scratch_offset), *columns;
	int64_t per_group = w->dims[0] / attr->groups, length, n, g, o;
	struct window wd;

	window_setup(&wd, op);
	length = wd.taps * wd.channels;
	columns = row + length;
	for (o = 0; o < w->dims[0]; o++)
		pack_weights(&wd, w, (const char *)data[W] + o * w->strides[0],
			     columns + o * length);
	for (n = 0; n < y->dims[0]; n++) {
		for (g = 0; g < attr->groups; g++) {
			struct group group = {
				.x = (const char *)data[X] + n * x->strides[0] +
				     g * wd.channels * x->strides[1],
				.y = (int32_t *)data[op->num_in] + n * y->strides[0] +
				     g * per_group * y->strides[1],
				.bias = bias ? bias + g * per_group * bias_step : NULL,
				.bias_step = bias_step,
				.row = row,
				.columns = columns + g * per_group * length,
				.num = per_group,
			};

			if (!run_group(&wd, x, y, &group, run))
				return GENPU_ERR_ABORTED;
		}
	}
	return GENPU_OK;
}
