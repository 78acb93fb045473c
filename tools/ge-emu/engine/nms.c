// SPDX-License-Identifier: MIT
/*
 * nms.c - NMS: of boxes that overlap, the one with the highest score
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "internal.h"

enum { NMS_BOXES, NMS_SCORES, NMS_Y };

/**
 * struct box - a box by its corners
 * @low: smaller y and x
 * @high: larger y and x
 */
struct box {
	float low[2];
	float high[2];
};

/**
 * struct candidate - a box that may be selected
 * @score: its score
 * @index: its number
 */
struct candidate {
	float score;
	int32_t index;
};

/**
 * struct nms_run - what one class of one image is worked on with
 * @candidates: boxes with a score, best first; in front of them those selected so far
 * @boxes: all boxes of the image
 */
struct nms_run {
	struct candidate *candidates;
	struct box *boxes;
};

static int64_t most_boxes(const struct op *op)
{
	const struct genpu_attr_nms *attr = op->attr;
	int64_t boxes = op_view(op, NMS_BOXES)->dims[1];

	return attr->max_boxes < boxes ? attr->max_boxes : boxes;
}

static uint32_t nms_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_nms *attr = op->attr;
	const struct view *boxes = op_view(op, NMS_BOXES), *scores = op_view(op, NMS_SCORES);
	const struct view *y = op_view(op, NMS_Y);
	int64_t work[4];

#define FIELD(name)	offsetof(struct genpu_attr_nms, name)
	if (attr->center > 1)
		return bad_attr(v, op, FIELD(center));
	if (!(attr->iou >= 0 && attr->iou <= 1))
		return bad_attr(v, op, FIELD(iou));
	if (isnan(attr->score))
		return bad_attr(v, op, FIELD(score));
	if (attr->use_score > 1)
		return bad_attr(v, op, FIELD(use_score));
	if (attr->reserved)
		return bad_attr(v, op, FIELD(reserved));
#undef FIELD
	if (!dtype_is_float(boxes->dtype))
		return bad_type(v, op, NMS_BOXES);
	if (!dtype_is_float(scores->dtype))
		return bad_type(v, op, NMS_SCORES);
	if (y->dtype != GENPU_DT_I64)
		return bad_type(v, op, NMS_Y);
	if (boxes->rank != 3 || boxes->dims[2] != 4 || boxes->dims[1] > INT32_MAX)
		return bad_shape(v, op, NMS_BOXES);
	if (scores->rank != 3 || scores->dims[0] != boxes->dims[0] ||
	    scores->dims[2] != boxes->dims[1])
		return bad_shape(v, op, NMS_SCORES);
	/* All that can be selected has a row. */
	if (y->rank != 2 || y->dims[1] != 3 ||
	    (__int128)scores->dims[0] * scores->dims[1] * most_boxes(op) > y->dims[0])
		return bad_shape(v, op, NMS_Y);
	work[0] = scores->dims[0];
	work[1] = scores->dims[1];
	work[2] = boxes->dims[1];
	work[3] = most_boxes(op) + 1;
	return check_work(v, op, 4, work);
}

static uint32_t nms_prepare(struct engine_program *p, struct op *op)
{
	(void)p;
	op->scratch = op_view(op, NMS_BOXES)->dims[1] *
		      (sizeof(struct box) + sizeof(struct candidate));
	return GENPU_OK;
}

/* The corners of box @b; those given may be any two that are opposite. */
static struct box load_box(const struct op *op, const float *data, int64_t image, int64_t b)
{
	const struct genpu_attr_nms *attr = op->attr;
	const struct view *v = &op->operands[NMS_BOXES].use;
	struct box box;
	float at[4];
	int d;

	for (d = 0; d < 4; d++)
		at[d] = data[image * v->strides[0] + b * v->strides[1] + d * v->strides[2]];
	for (d = 0; d < 2; d++) {
		if (attr->center) {
			box.low[d] = at[1 - d] - at[3 - d] / 2;
			box.high[d] = at[1 - d] + at[3 - d] / 2;
		} else {
			box.low[d] = fminf(at[d], at[d + 2]);
			box.high[d] = fmaxf(at[d], at[d + 2]);
		}
	}
	return box;
}

static float area(const struct box *b)
{
	return (b->high[0] - b->low[0]) * (b->high[1] - b->low[1]);
}

static bool overlap(const struct box *a, const struct box *b, float limit)
{
	float both = 1, side;
	int d;

	for (d = 0; d < 2; d++) {
		side = fminf(a->high[d], b->high[d]) - fmaxf(a->low[d], b->low[d]);
		if (!(side > 0))
			return false;
		both *= side;
	}
	return both / (area(a) + area(b) - both) > limit;
}

static int by_score(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return x->index < y->index ? -1 : 1;
}

static int64_t find_candidates(const struct op *op, const float *data, int64_t image, int64_t class,
			       struct nms_run *nr)
{
	const struct genpu_attr_nms *attr = op->attr;
	const struct view *v = &op->operands[NMS_SCORES].use;
	int64_t num = 0, b;
	float score;

	for (b = 0; b < v->dims[2]; b++) {
		score = data[image * v->strides[0] + class * v->strides[1] + b * v->strides[2]];
		if (isnan(score) || (attr->use_score && !(score > attr->score)))
			continue;
		nr->candidates[num++] = (struct candidate){ score, b };
	}
	qsort(nr->candidates, num, sizeof(*nr->candidates), by_score);
	return num;
}

/* Returns how many are selected: the first candidates; -1 if stopped. */
static int64_t select_boxes(const struct op *op, const float *scores, int64_t image, int64_t class,
			    struct nms_run *nr, struct run *run)
{
	const struct genpu_attr_nms *attr = op->attr;
	int64_t num = find_candidates(op, scores, image, class, nr), selected = 0, i, k;
	const struct box *box;

	for (i = 0; i < num && selected < attr->max_boxes; i++) {
		if (run_aborted(run))
			return -1;
		box = &nr->boxes[nr->candidates[i].index];
		for (k = 0; k < selected; k++)
			if (overlap(box, &nr->boxes[nr->candidates[k].index], attr->iou))
				break;
		if (k == selected)
			nr->candidates[selected++] = nr->candidates[i];
	}
	return selected;
}

static void store_row(const struct op *op, int64_t *data, int64_t row, int64_t image, int64_t class,
		      int64_t box)
{
	const struct view *y = &op->operands[NMS_Y].use;

	data[row * y->strides[0]] = image;
	data[row * y->strides[0] + y->strides[1]] = class;
	data[row * y->strides[0] + 2 * y->strides[1]] = box;
}

static uint32_t nms_run(const struct op *op, void *const *data, struct run *run)
{
	const struct view *scores = &op->operands[NMS_SCORES].use;
	int64_t row = 0, image, class, num, i;
	struct nms_run nr;

	nr.boxes = (struct box *)(run->scratch + op->scratch_offset);
	nr.candidates = (struct candidate *)(nr.boxes + scores->dims[2]);
	for (image = 0; image < scores->dims[0]; image++) {
		for (i = 0; i < scores->dims[2]; i++)
			nr.boxes[i] = load_box(op, data[NMS_BOXES], image, i);
		for (class = 0; class < scores->dims[1]; class++) {
			num = select_boxes(op, data[NMS_SCORES], image, class, &nr, run);
			if (num < 0)
				return GENPU_ERR_ABORTED;
			for (i = 0; i < num; i++)
				store_row(op, data[NMS_Y], row++, image, class,
					  nr.candidates[i].index);
		}
	}
	for (; row < op->operands[NMS_Y].use.dims[0]; row++) {
		if (run_aborted(run))
			return GENPU_ERR_ABORTED;
		store_row(op, data[NMS_Y], row, -1, -1, -1);
	}
	return GENPU_OK;
}

const struct op_class op_nms = {
	.name = "nms",
	.opcode = GENPU_OP_NMS,
	.min_in = 2,
	.max_in = 2,
	.attr_size = sizeof(struct genpu_attr_nms),
	.verify = nms_verify,
	.prepare = nms_prepare,
	.run = nms_run,
};
