// SPDX-License-Identifier: MIT
/*
 * Device operators for pictures: what they need, what they give.
 */
#include <math.h>
#include <string.h>
#include "graph/emit.h"

static bool check_float(struct ge_lower *l, const char *what, const struct ge_view *x)
{
	if (!l->err && !ge_is_compute_float(x->dtype))
		ge_type_error(l, what, x->dtype);
	return !l->err;
}

/* A transposed convolution's operands; @x has 3 to 5 dimensions. */
static void check_deconv(struct ge_lower *l, const struct ge_view *x, const struct ge_view *w,
			 const struct ge_view *bias, int64_t groups)
{
	int64_t outputs;

	if (w->dtype != x->dtype || (bias->buf != GE_NO_BUF && bias->dtype != x->dtype)) {
		ge_fail(l, EINVAL, "input, filter and bias have to be of the same type");
		return;
	}
	if (groups < 1 || w->rank != x->rank || w->dims[0] != x->dims[1] || x->dims[1] % groups) {
		ge_fail(l, EINVAL,
			"input %s and filter %s do not fit together in %lld groups, expected is a "
			"filter [%lld, O / groups, ...]",
			ge_dims_text(x->rank, x->dims).s, ge_dims_text(w->rank, w->dims).s,
			(long long)groups, (long long)x->dims[1]);
		return;
	}
	outputs = w->dims[1] * groups;
	if (bias->buf != GE_NO_BUF && (bias->rank != 1 || bias->dims[0] != outputs))
		ge_fail(l, EINVAL, "the bias has shape %s, expected is [%lld]",
			ge_dims_text(bias->rank, bias->dims).s, (long long)outputs);
	if (!x->dims[1] || !ge_view_elements(w))
		ge_fail(l, ENOTSUP, "input %s or filter %s is empty",
			ge_dims_text(x->rank, x->dims).s, ge_dims_text(w->rank, w->dims).s);
}

struct ge_view ge_deconv(struct ge_lower *l, struct ge_view x, struct ge_view w,
			 struct ge_view bias, const struct genpu_attr_conv *attr,
			 const int64_t *out_dims, bool channels_last)
{
	struct ge_lop op = { .opcode = GENPU_OP_DECONV, .num_in = 3, .in = { x, w, bias } };
	int64_t dims[GE_MAX_RANK], least;

	if (!check_float(l, "a transposed convolution", &x))
		return ge_view_none();
	if (x.rank < 3 || x.rank > 2 + GENPU_MAX_SPATIAL)
		ge_fail(l, EINVAL, "the input has shape %s, expected is [N, C, ...] of 3 to 5 "
			"dimensions", ge_dims_text(x.rank, x.dims).s);
	else
		check_deconv(l, &x, &w, &bias, attr->groups);
	if (l->err)
		return ge_view_none();
	dims[0] = x.dims[0];
	dims[1] = w.dims[1] * attr->groups;
	for (int i = 0; i < x.rank - 2; i++) {
		least = (x.dims[i + 2] - 1) * attr->strides[i] +
			(w.dims[i + 2] - 1) * (int64_t)attr->dilations[i] + 1 -
			attr->pads_begin[i] - attr->pads_end[i];
		dims[i + 2] = out_dims[i];
		if (x.dims[i + 2] < 1 || out_dims[i] < 1 || out_dims[i] < least ||
		    out_dims[i] >= least + attr->strides[i]) {
			ge_fail(l, ENOTSUP,
				"dimension %d of the result is %lld, an input of %lld can give "
				"%lld to %lld",
				i + 2, (long long)out_dims[i], (long long)x.dims[i + 2],
				(long long)least, (long long)least + attr->strides[i] - 1);
			return ge_view_none();
		}
	}
	op.conv = *attr;
	op.conv.spatial = (uint32_t)x.rank - 2;
	return ge_emit(l, &op, x.dtype, x.rank, dims, channels_last);
}

struct ge_view ge_interpolate(struct ge_lower *l, struct ge_view x, int axis, int64_t outs,
			      int64_t taps, const int32_t *indices, const float *weights)
{
	struct ge_lop op = { .opcode = GENPU_OP_INTERPOLATE, .num_in = 3 };
	int64_t dims[GE_MAX_RANK], table[2] = { outs, taps };
	size_t n = (size_t)(outs * taps);

	if (!check_float(l, "interpolation", &x))
		return ge_view_none();
	op.in[0] = x;
	op.in[1] = ge_make_const(l, GE_DT_INT32, 2, table,
				 ge_blob_create(indices, n * sizeof(*indices)));
	op.in[2] = ge_make_const(l, GE_DT_FLOAT, 2, table,
				 ge_blob_create(weights, n * sizeof(*weights)));
	memcpy(dims, x.dims, sizeof(dims));
	dims[axis] = outs;
	op.interpolate.axis = (uint32_t)axis;
	return ge_emit(l, &op, x.dtype, x.rank, dims, false);
}

struct ge_view ge_lrn(struct ge_lower *l, struct ge_view x, const struct genpu_attr_lrn *attr)
{
	struct ge_lop op = { .opcode = GENPU_OP_LRN, .num_in = 1, .in = { x } };

	if (!check_float(l, "local response normalisation", &x))
		return ge_view_none();
	if (x.rank < 2 || !attr->size) {
		ge_fail(l, EINVAL, "input %s and size %u: expected are [N, C, ...] and 1 or more",
			ge_dims_text(x.rank, x.dims).s, attr->size);
		return ge_view_none();
	}
	op.lrn = *attr;
	return ge_emit(l, &op, x.dtype, x.rank, x.dims, false);
}

struct ge_view ge_grid_sample(struct ge_lower *l, struct ge_view x, struct ge_view grid,
			      const struct genpu_attr_grid *attr)
{
	struct ge_lop op = { .opcode = GENPU_OP_GRID_SAMPLE, .num_in = 2, .in = { x, grid } };
	int64_t dims[GE_MAX_RANK];

	if (!check_float(l, "sampling", &x) || !check_float(l, "a grid", &grid))
		return ge_view_none();
	if (x.rank < 4 || x.rank > 5 || grid.rank != x.rank || grid.dims[0] != x.dims[0] ||
	    grid.dims[x.rank - 1] != x.rank - 2) {
		ge_fail(l, EINVAL,
			"input %s and grid %s do not fit together, expected are [N, C, H, W] and "
			"[N, H', W', 2], or three spatial dimensions and 3",
			ge_dims_text(x.rank, x.dims).s, ge_dims_text(grid.rank, grid.dims).s);
		return ge_view_none();
	}
	if (attr->mode == GENPU_SAMPLE_CUBIC && x.rank != 4) {
		ge_fail(l, ENOTSUP, "cubic sampling of %s: expected are two spatial dimensions",
			ge_dims_text(x.rank, x.dims).s);
		return ge_view_none();
	}
	dims[0] = x.dims[0];
	dims[1] = x.dims[1];
	for (int i = 2; i < x.rank; i++) {
		dims[i] = grid.dims[i - 1];
		if (!x.dims[i])
			ge_fail(l, EINVAL, "the input %s is empty",
				ge_dims_text(x.rank, x.dims).s);
	}
	op.grid = *attr;
	return ge_emit(l, &op, x.dtype, x.rank, dims, false);
}

struct ge_view ge_roi_align(struct ge_lower *l, struct ge_view x, struct ge_view rois,
			    struct ge_view batch, const struct genpu_attr_roi *attr, int64_t height,
			    int64_t width)
{
	struct ge_lop op = { .opcode = GENPU_OP_ROI_ALIGN, .num_in = 3, .in = { x, rois, batch } };
	int64_t dims[4];

	if (!check_float(l, "pooling of regions", &x) || !check_float(l, "a region", &rois))
		return ge_view_none();
	if (batch.dtype != GE_DT_INT64)
		ge_fail(l, EINVAL, "the batch indices are %s, expected is int64",
			ge_dtype_name(batch.dtype));
	else if (x.rank != 4 || !x.dims[2] || !x.dims[3] || rois.rank != 2 || rois.dims[1] != 4 ||
		 batch.rank != 1 || batch.dims[0] != rois.dims[0])
		ge_fail(l, EINVAL,
			"input %s, regions %s and batch indices %s: expected are [N, C, H, W], "
			"[R, 4] and [R]",
			ge_dims_text(x.rank, x.dims).s, ge_dims_text(rois.rank, rois.dims).s,
			ge_dims_text(batch.rank, batch.dims).s);
	else if (height < 1 || width < 1)
		ge_fail(l, EINVAL, "the result is %lld x %lld, expected is 1 or more",
			(long long)height, (long long)width);
	if (l->err)
		return ge_view_none();
	dims[0] = rois.dims[0];
	dims[1] = x.dims[1];
	dims[2] = height;
	dims[3] = width;
	op.roi = *attr;
	return ge_emit(l, &op, x.dtype, 4, dims, false);
}

struct ge_view ge_nms(struct ge_lower *l, struct ge_view boxes, struct ge_view scores,
		      const struct genpu_attr_nms *attr)
{
	struct ge_lop op = { .opcode = GENPU_OP_NMS, .num_in = 2, .in = { boxes, scores } };
	int64_t dims[2] = { 0, 3 }, most;

	if (!check_float(l, "selection of boxes", &boxes) || !check_float(l, "a score", &scores))
		return ge_view_none();
	if (boxes.rank != 3 || boxes.dims[2] != 4 || scores.rank != 3 ||
	    scores.dims[0] != boxes.dims[0] || scores.dims[2] != boxes.dims[1])
		ge_fail(l, EINVAL,
			"boxes %s and scores %s do not fit together, expected are [N, B, 4] and "
			"[N, C, B]",
			ge_dims_text(boxes.rank, boxes.dims).s,
			ge_dims_text(scores.rank, scores.dims).s);
	else if (!(attr->iou >= 0 && attr->iou <= 1) || isnan(attr->score))
		ge_fail(l, EINVAL,
			"overlap %g or score %g is out of range, expected are 0 to 1 and a number",
			(double)attr->iou, (double)attr->score);
	if (l->err)
		return ge_view_none();
	most = boxes.dims[1] < attr->max_boxes ? boxes.dims[1] : attr->max_boxes;
	dims[0] = scores.dims[0] * scores.dims[1] * most;
	op.nms = *attr;
	return ge_emit(l, &op, GE_DT_INT64, 2, dims, false);
}
