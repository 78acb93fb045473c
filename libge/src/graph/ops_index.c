// SPDX-License-Identifier: MIT
/*
 * Elements and slices by index, read and written.
 */
#include <stdlib.h>
#include <string.h>
#include "graph/lower.h"

static int out_gather_elements(struct ge_lower *l, int64_t axis)
{
	struct ge_view x = ge_in(l, 0);

	if (l->err)
		return l->err;
	ge_out(l, 0, ge_gather_elements(l, x, ge_in(l, 1), ge_axis(l, axis, x.rank)));
	return l->err;
}

static int lower_onnx_gather_elements(struct ge_lower *l)
{
	return out_gather_elements(l, ge_get_int(l, "axis"));
}

static int lower_ge_gather_elements(struct ge_lower *l)
{
	return out_gather_elements(l, ge_get_int(l, "dim"));
}

static int lower_onnx_gather_nd(struct ge_lower *l)
{
	ge_out(l, 0, ge_gather_nd(l, ge_in(l, 0), ge_in(l, 1), ge_get_int(l, "batch_dims")));
	return l->err;
}

static int lower_ge_gather_nd(struct ge_lower *l)
{
	ge_out(l, 0, ge_gather_nd(l, ge_in(l, 0), ge_in(l, 1), 0));
	return l->err;
}

static enum genpu_scatter get_reduction(struct ge_lower *l)
{
	static const char *const names[] = {
		[GENPU_SCATTER_SET] = "none", [GENPU_SCATTER_ADD] = "add",
		[GENPU_SCATTER_MUL] = "mul", [GENPU_SCATTER_MIN] = "min",
		[GENPU_SCATTER_MAX] = "max",
	};

	for (int i = 0; i <= GENPU_SCATTER_MAX; i++)
		if (ge_string_is(l, "reduction", names[i]))
			return (enum genpu_scatter)i;
	ge_fail(l, ENOTSUP, "attribute 'reduction' has to be none, add, mul, min or max");
	return GENPU_SCATTER_SET;
}

static int out_scatter_elements(struct ge_lower *l, enum genpu_scatter kind)
{
	struct ge_view data = ge_in(l, 0);

	if (l->err)
		return l->err;
	ge_out(l, 0, ge_scatter_elements(l, data, ge_in(l, 1), ge_in(l, 2),
					 ge_axis(l, ge_get_int(l, "axis"), data.rank), kind));
	return l->err;
}

static int lower_scatter_elements(struct ge_lower *l)
{
	return out_scatter_elements(l, get_reduction(l));
}

static int lower_scatter(struct ge_lower *l)
{
	return out_scatter_elements(l, GENPU_SCATTER_SET);
}

static int lower_onnx_scatter_nd(struct ge_lower *l)
{
	ge_out(l, 0, ge_scatter_nd(l, ge_in(l, 0), ge_in(l, 1), ge_in(l, 2), get_reduction(l)));
	return l->err;
}

/* The variant is an enum genpu_scatter. */
static int lower_tensor_scatter(struct ge_lower *l)
{
	ge_out(l, 0, ge_scatter_nd(l, ge_in(l, 0), ge_in(l, 1), ge_in(l, 2),
				   (enum genpu_scatter)l->def->variant));
	return l->err;
}

/* Sums of the updates in a tensor of zeros. */
static int lower_ge_scatter_nd(struct ge_lower *l)
{
	struct ge_view updates = ge_in(l, 1);
	int64_t dims[GE_MAX_RANK];
	size_t n = ge_const_ints(l, ge_in(l, 2), "the shape", dims, GE_MAX_RANK);
	struct ge_view zero = ge_fill(l, updates.dtype, (int)n, dims, 0);

	ge_out(l, 0, ge_scatter_nd(l, zero, ge_in(l, 0), updates, GENPU_SCATTER_ADD));
	return l->err;
}

/* The first elements of @time, as many as @lengths says for each of @batch, in reverse order. */
static int out_reverse_sequence(struct ge_lower *l, int64_t time, int64_t batch)
{
	struct ge_view x = ge_in(l, 0), lengths = ge_in(l, 1), steps, one, back, y;
	int64_t perm[GE_MAX_RANK], inverse[GE_MAX_RANK], dims[3];
	int rank = 2;

	if (l->err)
		return l->err;
	perm[0] = ge_axis(l, batch, x.rank);
	perm[1] = ge_axis(l, time, x.rank);
	if (l->err)
		return l->err;
	if (perm[0] == perm[1])
		return ge_fail(l, EINVAL, "time and batch are both dimension %lld",
			       (long long)perm[0]);
	dims[0] = x.dims[perm[0]];
	dims[1] = x.dims[perm[1]];
	dims[2] = 1;
	if (lengths.rank != 1 || lengths.dims[0] != dims[0])
		return ge_fail(l, EINVAL, "the lengths have shape %s, expected is [%lld]",
			       ge_dims_text(lengths.rank, lengths.dims).s, (long long)dims[0]);
	for (int i = 0; i < x.rank; i++)
		if (i != perm[0] && i != perm[1])
			perm[rank++] = i;
	for (int i = 0; i < x.rank; i++)
		inverse[perm[i]] = i;

	/* Step t < n comes from n - 1 - t. */
	lengths = ge_along(l, ge_cast(l, lengths, GE_DT_INT64), 2, 0);
	steps = ge_positions(l, dims[1], 2, 1);
	one = ge_make_scalar(l, GE_DT_INT64, 0, 1);
	back = ge_binary(l, GENPU_BINARY_SUB, ge_binary(l, GENPU_BINARY_SUB, lengths, one), steps);
	steps = ge_select(l, ge_binary(l, GENPU_BINARY_LT, steps, lengths), back, steps);
	y = ge_gather_nd(l, ge_transpose(l, x, perm), ge_reshape(l, steps, 3, dims), 1);
	ge_out(l, 0, ge_transpose(l, y, inverse));
	return l->err;
}

static int lower_onnx_reverse_sequence(struct ge_lower *l)
{
	return out_reverse_sequence(l, ge_get_int(l, "time_axis"), ge_get_int(l, "batch_axis"));
}

static int lower_ge_reverse_sequence(struct ge_lower *l)
{
	return out_reverse_sequence(l, ge_get_int(l, "seq_dim"), ge_get_int(l, "batch_dim"));
}

#define TENSOR_SCATTER(type, kind) \
	{ "TensorScatter" type, "x indices updates", "y", "", lower_tensor_scatter, \
	  GENPU_SCATTER_##kind, "all", 0 }

const struct ge_op_def ge_ops_index[] = {
	{ "GatherElements", "x index", "y", "dim:int=0", lower_ge_gather_elements, 0, "all", 0 },
	{ "GatherNd", "x indices", "y", "negative_index_support:bool=false", lower_ge_gather_nd, 0,
	  "all", 0 },
	{ "ScatterElements", "data indices updates", "y", "axis:int=0 reduction:string=none",
	  lower_scatter_elements, 0, "all", 0 },
	{ "ScatterNd", "indices x shape", "y", "", lower_ge_scatter_nd, 0, "all but bool", 0 },
	TENSOR_SCATTER("Update", SET),
	TENSOR_SCATTER("Add", ADD),
	TENSOR_SCATTER("Min", MIN),
	TENSOR_SCATTER("Max", MAX),
	{ "ReverseSequence", "x seq_lengths", "y", "seq_dim:int! batch_dim:int=0",
	  lower_ge_reverse_sequence, 0, "all", 0 },

	{ "onnx::GatherElements", "data indices", "output", "axis:int=0",
	  lower_onnx_gather_elements, 0, "all", 11 },
	{ "onnx::GatherND", "data indices", "output", "batch_dims:int=0", lower_onnx_gather_nd, 0,
	  "all", 11 },
	{ "onnx::Scatter", "data indices updates", "output", "axis:int=0", lower_scatter, 0, "all",
	  9 },
	{ "onnx::ScatterElements", "data indices updates", "output",
	  "axis:int=0 reduction:string=none", lower_scatter_elements, 0, "all", 11 },
	{ "onnx::ScatterND", "data indices updates", "output", "reduction:string=none",
	  lower_onnx_scatter_nd, 0, "all", 11 },
	{ "onnx::ReverseSequence", "input sequence_lens", "Y", "time_axis:int=0 batch_axis:int=1",
	  lower_onnx_reverse_sequence, 0, "all", 10 },
	{ 0 }
};
