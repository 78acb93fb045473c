// SPDX-License-Identifier: MIT
/*
 * Elements by index.
 */
#include "graph/lower.h"

static int out_gather(struct ge_lower *l, struct ge_view data, struct ge_view indices, int64_t axis)
{
	int at;

	if (l->err)
		return l->err;
	if (!data.rank)
		return ge_fail(l, EINVAL, "a scalar has nothing to gather from");
	at = ge_axis(l, axis, data.rank);
	/* One known index is a slice. */
	if (!l->err && !indices.rank && ge_view_const(l->ir, &indices)) {
		int64_t index = ge_const_int(l, indices, "the index"), dims[GE_MAX_RANK];
		int rank = 0;

		if (index < -data.dims[at] || index >= data.dims[at])
			return ge_fail(l, EINVAL,
				       "index %lld is out of range, expected is %lld to %lld",
				       (long long)index, (long long)-data.dims[at],
				       (long long)data.dims[at] - 1);
		data = ge_slice(l, data, at, index < 0 ? index + data.dims[at] : index, 1, 1);
		for (int i = 0; i < data.rank; i++)
			if (i != at)
				dims[rank++] = data.dims[i];
		ge_out(l, 0, ge_reshape(l, data, rank, dims));
		return l->err;
	}
	ge_out(l, 0, ge_gather(l, data, indices, at));
	return l->err;
}

static int lower_onnx_gather(struct ge_lower *l)
{
	return out_gather(l, ge_in(l, 0), ge_in(l, 1), ge_get_int(l, "axis"));
}

static int no_batch_dims(struct ge_lower *l)
{
	return ge_get_int(l, "batch_dims") ?
	       ge_fail(l, ENOTSUP, "attribute 'batch_dims' is not supported") : 0;
}

static int lower_ge_gather(struct ge_lower *l)
{
	if (no_batch_dims(l))
		return l->err;
	return out_gather(l, ge_in(l, 0), ge_in(l, 1), 0);
}

static int lower_gather_v2(struct ge_lower *l)
{
	if (no_batch_dims(l))
		return l->err;
	return out_gather(l, ge_in(l, 0), ge_in(l, 1), ge_const_int(l, ge_in(l, 2), "the axis"));
}

const struct ge_op_def ge_ops_gather[] = {
	{ "Gather", "x indices", "y",
	  "validate_indices:bool=true batch_dims:int=0 is_preprocessed:bool=false "
	  "negative_index_support:bool=false",
	  lower_ge_gather, 0, "all", 0 },
	{ "GatherV2", "x indices axis", "y",
	  "batch_dims:int=0 is_preprocessed:bool=false negative_index_support:bool=false",
	  lower_gather_v2, 0, "all", 0 },
	{ "GatherV2D", "x indices", "y", "axis:int!", lower_onnx_gather, 0, "all", 0 },

	{ "onnx::Gather", "data indices", "output", "axis:int=0", lower_onnx_gather, 0, "all", 7 },
	{ 0 }
};
