// SPDX-License-Identifier: MIT
/*
 * lrn.c - LRN
 *
 * Done for all channels of one place at a time, so they are wanted innermost.
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "spatial.h"

/**
 * struct lrn - a prepared LRN
 * @channels: how many
 * @places: of all images
 * @before: channels before an element that count
 * @after: and after it
 */
struct lrn {
	int64_t channels;
	int64_t places;
	int64_t before;
	int64_t after;
};

static uint32_t lrn_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_lrn *attr = op->attr;
	const struct view *x = op_view(op, 0), *y = op_view(op, 1);
	int64_t work[2];

	if (!attr->size)
		return bad_attr(v, op, offsetof(struct genpu_attr_lrn, size));
	if (!dtype_is_float(x->dtype))
		return bad_type(v, op, 0);
	if (y->dtype != x->dtype)
		return bad_type(v, op, 1);
	if (x->rank < 2)
		return bad_shape(v, op, 0);
	if (y->rank != x->rank || memcmp(y->dims, x->dims, sizeof(y->dims)))
		return bad_shape(v, op, 1);
	work[0] = x->count;
	work[1] = attr->size < x->dims[1] ? attr->size : x->dims[1];
	return check_work(v, op, 2, work);
}

static uint32_t lrn_prepare(struct engine_program *p, struct op *op)
{
	const struct genpu_attr_lrn *attr = op->attr;
	const struct view *x = op_view(op, 0);
	struct lrn *lrn = calloc(1, sizeof(*lrn));
	uint8_t order[GENPU_MAX_RANK];

	(void)p;
	if (!lrn)
		return GENPU_ERR_NO_MEMORY;
	op->priv = lrn;
	lrn->channels = x->dims[1];
	lrn->places = x->count / x->dims[1];
	lrn->before = (attr->size - 1) / 2;
	lrn->after = attr->size - 1 - lrn->before;
	if (lrn->before > lrn->channels - 1)
		lrn->before = lrn->channels - 1;
	if (lrn->after > lrn->channels - 1)
		lrn->after = lrn->channels - 1;
	spatial_order(x->rank, order);
	spatial_stage(op, 0, order);
	spatial_stage(op, 1, order);
	op->scratch = (lrn->before + 2 * lrn->channels + lrn->after) * sizeof(float);
	return GENPU_OK;
}

/* y = x / b ** beta; the usual powers are roots. */
ENGINE_SIMD
static void lrn_scale(const float *x, const float *b, float beta, float *y, int64_t n)
{
	int64_t c;

	if (beta == 0.75f)
		for (c = 0; c < n; c++)
			y[c] = x[c] / (sqrtf(b[c]) * sqrtf(sqrtf(b[c])));
	else if (beta == 0.5f)
		for (c = 0; c < n; c++)
			y[c] = x[c] / sqrtf(b[c]);
	else
		for (c = 0; c < n; c++)
			y[c] = x[c] / powf(b[c], beta);
}

/* @squares has zeros before and after the channels, @b room for one value a channel. */
ENGINE_SIMD
static void lrn_sums(const struct lrn *lrn, const struct genpu_attr_lrn *attr, const float *x,
		     float *squares, float *b)
{
	const float *from;
	float factor = attr->alpha / attr->size, *mid = squares + lrn->before;
	int64_t c, t;

	for (c = 0; c < lrn->channels; c++)
		mid[c] = x[c] * x[c];
	for (c = 0; c < lrn->channels; c++)
		b[c] = squares[c];
	for (t = 1; t <= lrn->before + lrn->after; t++) {
		from = squares + t;
		for (c = 0; c < lrn->channels; c++)
			b[c] += from[c];
	}
	for (c = 0; c < lrn->channels; c++)
		b[c] = attr->k + factor * b[c];
}

static uint32_t lrn_run(const struct op *op, void *const *data, struct run *run)
{
	const struct genpu_attr_lrn *attr = op->attr;
	const struct lrn *lrn = op->priv;
	float *squares = (float *)(run->scratch + op->scratch_offset);
	int64_t padded = lrn->before + lrn->channels + lrn->after, i;
	const float *x = data[0];
	float *y = data[1];

	memset(squares, 0, padded * sizeof(*squares));
	for (i = 0; i < lrn->places; i++) {
		if (run_aborted(run))
			return GENPU_ERR_ABORTED;
		lrn_sums(lrn, attr, x, squares, squares + padded);
		lrn_scale(x, squares + padded, attr->beta, y, lrn->channels);
		x += lrn->channels;
		y += lrn->channels;
	}
	return GENPU_OK;
}

static void lrn_destroy(struct op *op)
{
	free(op->priv);
}

const struct op_class op_lrn = {
	.name = "lrn",
	.opcode = GENPU_OP_LRN,
	.min_in = 1,
	.max_in = 1,
	.attr_size = sizeof(struct genpu_attr_lrn),
	.verify = lrn_verify,
	.prepare = lrn_prepare,
	.run = lrn_run,
	.destroy = lrn_destroy,
};
