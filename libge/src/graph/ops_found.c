// SPDX-License-Identifier: MIT
/*
 * Operators that find something: how much there is, is known after a run only, unless it was found
 * in constants. See ge_out_sized().
 */
#include <stdlib.h>
#include "graph/lower.h"

/* How many elements of a bool tensor are true, as an int64 vector of one. */
static struct ge_view count_true(struct ge_lower *l, struct ge_view x)
{
	static const int64_t one = 1;

	x = ge_cast(l, x, GE_DT_INT64);
	if (x.rank)
		x = ge_reduce(l, x, GENPU_REDUCE_SUM, (1u << x.rank) - 1, false);
	return ge_reshape(l, x, 1, &one);
}

/* The dimensions of @x, but for @axis as many as elements of @cond are true. */
static struct ge_view sizes_of(struct ge_lower *l, const struct ge_view *x, int axis,
			       struct ge_view cond)
{
	struct ge_view parts[GE_MAX_RANK];

	if (l->err)
		return ge_view_none();
	for (int i = 0; i < x->rank; i++)
		parts[i] = i == axis ? count_true(l, cond) :
				       ge_make_ints(l, GE_DT_INT64, &x->dims[i], 1);
	return ge_concat(l, parts, (size_t)x->rank, 0);
}

static struct ge_view sizes_of_nonzero(struct ge_lower *l, struct ge_view x)
{
	const int64_t rank = x.rank;
	struct ge_view parts[2];

	parts[0] = ge_make_ints(l, GE_DT_INT64, &rank, 1);
	parts[1] = count_true(l, ge_binary(l, GENPU_BINARY_NE, x,
					   ge_make_scalar(l, x.dtype, x.rank, 0)));
	return ge_concat(l, parts, 2, 0);
}

/* Positions of the elements of a constant that are not 0, in row-major order; to be freed. */
static int64_t *find_nonzero(struct ge_lower *l, const struct ge_view *x, int64_t *found)
{
	const void *data = l->ir->bufs[x->buf].data->data;
	int64_t n = ge_view_elements(x), *list = malloc((size_t)(n + 1) * sizeof(*list));
	struct ge_walk walk;

	*found = 0;
	if (!list) {
		l->err = -ENOMEM;
		return NULL;
	}
	ge_walk_start(&walk, x);
	for (int64_t i = 0; i < n; i++, ge_walk_next(&walk))
		if (ge_load_double(x->dtype, data, walk.at) != 0)
			list[(*found)++] = i;
	return list;
}

static int lower_nonzero(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);
	int64_t *list, dims[2], n;
	struct ge_blob *blob;

	if (l->err)
		return l->err;
	if (!ge_view_const(l->ir, &x)) {
		ge_out_sized(l, 0, ge_nonzero(l, x), sizes_of_nonzero(l, x));
		return l->err;
	}
	list = find_nonzero(l, &x, &n);
	if (!list)
		return l->err;
	dims[0] = x.rank;
	dims[1] = n;
	blob = ge_blob_create(NULL, (size_t)(x.rank * n) * sizeof(int64_t));
	for (int64_t i = 0; blob && i < n; i++) {
		int64_t rest = list[i];

		for (int d = x.rank - 1; d >= 0; d--) {
			ge_store_int(GE_DT_INT64, blob->data, d * n + i, rest % x.dims[d]);
			rest /= x.dims[d];
		}
	}
	free(list);
	ge_out(l, 0, ge_make_const(l, GE_DT_INT64, 2, dims, blob));
	return l->err;
}

static int lower_compress(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), cond = ge_in(l, 1);
	int64_t *list, n, all;
	int axis = 0;

	if (l->err)
		return l->err;
	if (cond.dtype != GE_DT_BOOL || cond.rank != 1)
		return ge_fail(l, EINVAL,
			       "the condition is a %s tensor %s, expected is a list of bool",
			       ge_dtype_name(cond.dtype), ge_dims_text(cond.rank, cond.dims).s);
	if (ge_attr_given(l, "axis")) {
		axis = ge_axis(l, ge_get_int(l, "axis"), x.rank);
	} else {
		all = ge_view_elements(&x);
		x = ge_reshape(l, x, 1, &all);
	}
	if (l->err)
		return l->err;
	if (!ge_view_const(l->ir, &cond)) {
		ge_out_sized(l, 0, ge_compress(l, x, cond, axis), sizes_of(l, &x, axis, cond));
		return l->err;
	}
	list = find_nonzero(l, &cond, &n);
	if (list)
		ge_out(l, 0, ge_gather(l, x, ge_make_ints(l, GE_DT_INT64, list, (size_t)n), axis));
	free(list);
	return l->err;
}

/* Boxes that no better one of their class overlaps too much. */
static int lower_nms(struct ge_lower *l)
{
	struct ge_view rows, parts[2];
	struct genpu_attr_nms attr = { .center = ge_get_int(l, "center_point_box") != 0 };
	const int64_t columns = 3;
	int64_t most = 0;

	if (ge_has_in(l, 2))
		most = ge_const_int(l, ge_in(l, 2), "the number of boxes of a class");
	if (ge_has_in(l, 3))
		attr.iou = (float)ge_const_double(l, ge_in(l, 3), "the IOU threshold");
	attr.use_score = ge_has_in(l, 4);
	if (attr.use_score)
		attr.score = (float)ge_const_double(l, ge_in(l, 4), "the score threshold");
	attr.max_boxes = most < 0 ? 0 : most > UINT32_MAX ? UINT32_MAX : (uint32_t)most;
	rows = ge_nms(l, ge_in(l, 0), ge_in(l, 1), &attr);
	if (l->err)
		return l->err;
	parts[0] = ge_slice(l, rows, 1, 0, 1, 1);
	parts[0] = count_true(l, ge_binary(l, GENPU_BINARY_GE, parts[0],
					   ge_make_scalar(l, GE_DT_INT64, 2, 0)));
	parts[1] = ge_make_ints(l, GE_DT_INT64, &columns, 1);
	ge_out_sized(l, 0, rows, ge_concat(l, parts, 2, 0));
	return l->err;
}

const struct ge_op_def ge_ops_found[] = {
	{ "onnx::NonZero", "X", "Y", "", lower_nonzero, 0, "all", 9 },
	{ "onnx::Compress", "input condition", "output", "axis:int", lower_compress, 0, "all", 9 },
	{ "onnx::NonMaxSuppression",
	  "boxes scores max_output_boxes_per_class? iou_threshold? score_threshold?",
	  "selected_indices", "center_point_box:int=0", lower_nms, 0, "float32", 10 },
	{ 0 }
};
