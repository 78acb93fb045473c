// SPDX-License-Identifier: MIT
/*
 * Blocks of space as channels, and back.
 */
#include "graph/lower.h"

static int64_t get_block(struct ge_lower *l, const char *name, const struct ge_view *x)
{
	int64_t block = ge_get_int(l, name);

	if (!l->err && x->rank != 4)
		ge_fail(l, EINVAL, "the input has shape %s, expected are 4 dimensions",
			ge_dims_text(x->rank, x->dims).s);
	else if (!l->err && (block < 1 || block > INT16_MAX))
		ge_fail(l, EINVAL, "attribute '%s' is %lld, expected is 1 to %d", name,
			(long long)block, INT16_MAX);
	return block;
}

static bool is_nhwc(struct ge_lower *l)
{
	if (ge_string_is(l, "data_format", "NHWC"))
		return true;
	if (!ge_string_is(l, "data_format", "NCHW"))
		ge_fail(l, ENOTSUP, "attribute 'data_format' has to be NHWC or NCHW");
	return false;
}

static struct ge_view to_nchw(struct ge_lower *l, struct ge_view x, bool nhwc)
{
	static const int64_t perm[] = { 0, 3, 1, 2 };

	return nhwc ? ge_transpose(l, x, perm) : x;
}

static int out_depth_to_space(struct ge_lower *l, const char *name, bool nhwc)
{
	/* Which of block row, block column and channel are outermost in the channels. */
	static const int64_t nchw_dcr[] = { 0, 3, 4, 1, 5, 2 }, nchw_crd[] = { 0, 1, 4, 2, 5, 3 };
	static const int64_t nhwc_dcr[] = { 0, 4, 1, 5, 2, 3 }, nhwc_crd[] = { 0, 4, 2, 5, 3, 1 };
	struct ge_view x = ge_in(l, 0);
	int64_t b = get_block(l, name, &x), c;
	bool crd = ge_string_is(l, "mode", "CRD");

	if (!crd && !ge_string_is(l, "mode", "DCR"))
		ge_fail(l, ENOTSUP, "attribute 'mode' has to be DCR or CRD");
	x = to_nchw(l, x, nhwc);
	if (l->err)
		return l->err;
	if (x.dims[1] % (b * b))
		return ge_fail(l, EINVAL,
			       "%lld channels cannot be split into blocks of %lld x %lld",
			       (long long)x.dims[1], (long long)b, (long long)b);
	c = x.dims[1] / (b * b);
	{
		const int64_t split[] = { x.dims[0], crd ? c : b, b, crd ? b : c, x.dims[2],
					  x.dims[3] };
		const int64_t h = x.dims[2] * b, w = x.dims[3] * b;
		const int64_t first[] = { x.dims[0], c, h, w }, last[] = { x.dims[0], h, w, c };

		x = ge_reshape(l, x, 6, split);
		if (nhwc)
			x = ge_transpose(l, x, crd ? nhwc_crd : nhwc_dcr);
		else
			x = ge_transpose(l, x, crd ? nchw_crd : nchw_dcr);
		ge_out(l, 0, ge_reshape(l, x, 4, nhwc ? last : first));
	}
	return l->err;
}

static int out_space_to_depth(struct ge_lower *l, const char *name, bool nhwc)
{
	static const int64_t nchw[] = { 0, 3, 5, 1, 2, 4 }, nhwc_perm[] = { 0, 2, 4, 3, 5, 1 };
	struct ge_view x = ge_in(l, 0);
	int64_t b = get_block(l, name, &x);

	x = to_nchw(l, x, nhwc);
	if (l->err)
		return l->err;
	if (x.dims[2] % b || x.dims[3] % b)
		return ge_fail(l, EINVAL, "%lld x %lld cannot be split into blocks of %lld x %lld",
			       (long long)x.dims[2], (long long)x.dims[3], (long long)b,
			       (long long)b);
	{
		const int64_t c = x.dims[1], h = x.dims[2] / b, w = x.dims[3] / b;
		const int64_t split[] = { x.dims[0], c, h, b, w, b };
		const int64_t first[] = { x.dims[0], b * b * c, h, w };
		const int64_t last[] = { x.dims[0], h, w, b * b * c };

		x = ge_transpose(l, ge_reshape(l, x, 6, split), nhwc ? nhwc_perm : nchw);
		ge_out(l, 0, ge_reshape(l, x, 4, nhwc ? last : first));
	}
	return l->err;
}

static int lower_onnx_depth_to_space(struct ge_lower *l)
{
	return out_depth_to_space(l, "blocksize", false);
}

static int lower_onnx_space_to_depth(struct ge_lower *l)
{
	return out_space_to_depth(l, "blocksize", false);
}

static int lower_ge_depth_to_space(struct ge_lower *l)
{
	return out_depth_to_space(l, "block_size", is_nhwc(l));
}

static int lower_ge_space_to_depth(struct ge_lower *l)
{
	return out_space_to_depth(l, "block_size", is_nhwc(l));
}

const struct ge_op_def ge_ops_block[] = {
	{ "DepthToSpace", "x", "y", "block_size:int! mode:string=DCR data_format:string=NHWC",
	  lower_ge_depth_to_space, 0, "all", 0 },
	{ "SpaceToDepth", "x", "y", "block_size:int! data_format:string=NHWC",
	  lower_ge_space_to_depth, 0, "all", 0 },

	{ "onnx::DepthToSpace", "input", "output", "blocksize:int! mode:string=DCR",
	  lower_onnx_depth_to_space, 0, "all", 7 },
	{ "onnx::SpaceToDepth", "input", "output", "blocksize:int!", lower_onnx_space_to_depth, 0,
	  "all", 7 },
	{ 0 }
};
