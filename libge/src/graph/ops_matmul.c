// SPDX-License-Identifier: MIT
/*
 * Products of matrices.
 */
#include "graph/lower.h"

static bool check_rank(struct ge_lower *l, const struct ge_view *a, const struct ge_view *b,
		       int least)
{
	if (!l->err && (a->rank < least || b->rank < least))
		ge_fail(l, EINVAL, "matrices %s and %s need %d dimensions or more",
			ge_dims_text(a->rank, a->dims).s, ge_dims_text(b->rank, b->dims).s, least);
	return !l->err;
}

/* Vectors count as a row on the left and a column on the right, and the result loses that. */
static int lower_onnx_matmul(struct ge_lower *l)
{
	struct ge_view a = ge_in(l, 0), b = ge_in(l, 1), y;
	int64_t dims[GE_MAX_RANK];
	bool row, column;
	int rank = 0;

	if (!check_rank(l, &a, &b, 1))
		return l->err;
	row = a.rank == 1;
	column = b.rank == 1;
	if (row)
		a = ge_lead(l, a, 2);
	if (column)
		b = ge_along(l, b, 2, 0);
	y = ge_matmul(l, a, b, ge_view_none(), 1, 0);
	if ((row || column) && !l->err) {
		for (int i = 0; i < y.rank; i++)
			if (!(row && i == y.rank - 2) && !(column && i == y.rank - 1))
				dims[rank++] = y.dims[i];
		y = ge_reshape(l, y, rank, dims);
	}
	ge_out(l, 0, y);
	return l->err;
}

static int lower_gemm(struct ge_lower *l)
{
	struct ge_view a = ge_in(l, 0), b = ge_in(l, 1);

	if (!check_rank(l, &a, &b, 2))
		return l->err;
	if (a.rank != 2 || b.rank != 2)
		return ge_fail(l, EINVAL, "matrices %s and %s have to have two dimensions",
			       ge_dims_text(a.rank, a.dims).s, ge_dims_text(b.rank, b.dims).s);
	if (ge_get_bool(l, "transA"))
		a = ge_swap_last(l, a);
	if (ge_get_bool(l, "transB"))
		b = ge_swap_last(l, b);
	ge_out(l, 0, ge_matmul(l, a, b, ge_in(l, 2), ge_get_float(l, "alpha"),
			       ge_get_float(l, "beta")));
	return l->err;
}

/* The variant says which attributes transpose. */
static int lower_ge_matmul(struct ge_lower *l)
{
	bool adj = l->def->variant == 1;
	struct ge_view a = ge_in(l, 0), b = ge_in(l, 1);

	if (!check_rank(l, &a, &b, 2))
		return l->err;
	if (l->def->variant != 2 && ge_has_in(l, 3))
		return ge_fail(l, ENOTSUP, "input 'offset_w' is not supported");
	if (ge_get_bool(l, adj ? "adj_x1" : "transpose_x1"))
		a = ge_swap_last(l, a);
	if (ge_get_bool(l, adj ? "adj_x2" : "transpose_x2"))
		b = ge_swap_last(l, b);
	ge_out(l, 0, ge_matmul(l, a, b, ge_in(l, 2), 1, 1));
	return l->err;
}

#define TYPES	"float32 float16 bfloat16 float64 int32 int64"

const struct ge_op_def ge_ops_matmul[] = {
	{ "MatMul", "x1 x2 bias?", "y", "transpose_x1:bool=false transpose_x2:bool=false",
	  lower_ge_matmul, 2, TYPES, 0 },
	{ "MatMulV2", "x1 x2 bias? offset_w?", "y",
	  "transpose_x1:bool=false transpose_x2:bool=false offset_x:int=0", lower_ge_matmul, 0,
	  TYPES, 0 },
	{ "BatchMatMul", "x1 x2", "y", "adj_x1:bool=false adj_x2:bool=false", lower_ge_matmul, 1,
	  TYPES, 0 },
	{ "BatchMatMulV2", "x1 x2 bias? offset_w?", "y",
	  "adj_x1:bool=false adj_x2:bool=false offset_x:int=0", lower_ge_matmul, 1, TYPES, 0 },

	{ "onnx::MatMul", "A B", "Y", "", lower_onnx_matmul, 0, TYPES, 7 },
	{ "onnx::Gemm", "A B C?", "Y", "alpha:float=1.0 beta:float=1.0 transA:int=0 transB:int=0",
	  lower_gemm, 0, TYPES, 7 },
	{ 0 }
};
