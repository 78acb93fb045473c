// SPDX-License-Identifier: MIT
/*
 * conv.c - CONV
 *
 * oneDNN's fast convolutions want channels innermost, so other layouts are staged. Where oneDNN has
 * no fast kernel for a shape, or the shape has no sensible kernel (no channels), a plain loop does
 * it.
 */
#include <stddef.h>
#include <stdlib.h>

#include "nd.h"
#include "weights.h"

/* Sizes up to which oneDNN's arithmetic on 32-bit integers is safe. */
#define MAX_EXTENT	(1 << 24)
#define MAX_STEP	(1 << 16)

/**
 * struct conv - a prepared CONV
 * @dnn: the primitive, or NULL for the plain loop
 * @weights: packed for it
 * @posts: operands that are the tensors of the fused posts, in order
 * @num_posts: how many
 */
struct conv {
	struct dnn *dnn;
	struct weights weights;
	unsigned int posts[GENPU_MAX_POSTS];
	unsigned int num_posts;
};

enum { X, W, B };	/* operands; the output follows the inputs */

static bool has_bias(const struct op *op)
{
	return op->num_in > B && !op->operands[B].absent;
}

static uint32_t conv_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_conv *attr = op->attr;
	const struct view *x = op_view(op, X), *w = op_view(op, W), *y = &op_out(op)->mem;
	int64_t work[GENPU_MAX_SPATIAL + 2];
	unsigned int i, k;

#define FIELD(name, i)	(offsetof(struct genpu_attr_conv, name) + (i) * sizeof(uint32_t))

	if (attr->spatial < 1 || attr->spatial > GENPU_MAX_SPATIAL)
		return bad_attr(v, op, FIELD(spatial, 0));
	if (!attr->groups)
		return bad_attr(v, op, FIELD(groups, 0));
	for (i = 0; i < GENPU_MAX_SPATIAL; i++) {
		bool in = i < attr->spatial;

		if (in != !!attr->strides[i])
			return bad_attr(v, op, FIELD(strides, i));
		if (in != !!attr->dilations[i])
			return bad_attr(v, op, FIELD(dilations, i));
		if (!in && attr->pads_begin[i])
			return bad_attr(v, op, FIELD(pads_begin, i));
		if (!in && attr->pads_end[i])
			return bad_attr(v, op, FIELD(pads_end, i));
	}
	if (!dtype_is_float(x->dtype))
		return bad_type(v, op, X);
	for (k = W; k < op->num_in + 1; k++)
		if (!op->operands[k].absent && op->operands[k].mem.dtype != x->dtype)
			return bad_type(v, op, k);
	if (x->rank != attr->spatial + 2)
		return bad_shape(v, op, X);
	if (w->rank != x->rank || (uint64_t)w->dims[1] * attr->groups != (uint64_t)x->dims[1] ||
	    w->dims[0] % attr->groups)
		return bad_shape(v, op, W);
	if (has_bias(op) && (op->operands[B].mem.rank != 1 ||
			     op->operands[B].mem.dims[0] != w->dims[0]))
		return bad_shape(v, op, B);
	if (y->rank != x->rank || y->dims[0] != x->dims[0] || y->dims[1] != w->dims[0])
		return bad_shape(v, op, op->num_in);
	work[0] = y->count;
	work[1] = w->dims[1];
	for (i = 0; i < attr->spatial; i++) {
		__int128 reach = (__int128)(w->dims[i + 2] - 1) * attr->dilations[i] + 1;
		__int128 room = (__int128)x->dims[i + 2] + attr->pads_begin[i] + attr->pads_end[i];

		if (!w->dims[i + 2] || room < reach)
			return bad_shape(v, op, W);
		if (y->dims[i + 2] != (room - reach) / attr->strides[i] + 1)
			return bad_shape(v, op, op->num_in);
		work[i + 2] = w->dims[i + 2];
	}
#undef FIELD
	return check_work(v, op, attr->spatial + 2, work);
}

static void nhwc_order(unsigned int rank, uint8_t *order)
{
	unsigned int d;

	order[0] = 0;
	for (d = 2; d < rank && d < GENPU_MAX_RANK; d++)
		order[d - 1] = d;
	order[d - 1] = 1;
}

static void stage_dense(struct op *op, unsigned int k, const uint8_t *order)
{
	struct view use = op->operands[k].mem;

	use.dtype = GENPU_DT_F32;
	view_dense(&use, order);
	op_stage(op, k, &use);
}

static bool suits_dnn(const struct op *op)
{
	const struct genpu_attr_conv *attr = op->attr;
	const struct view *x = op_view(op, X), *w = op_view(op, W);
	unsigned int i, d;

	if (!x->count || !w->count)
		return false;
	/* oneDNN 3.7 mixes up rows of one output element made from one channel. */
	if (x->dims[1] == 1 && op_out(op)->mem.dims[x->rank - 1] == 1)
		return false;
	for (d = 0; d < x->rank; d++)
		if (x->dims[d] > MAX_EXTENT || w->dims[d] > MAX_EXTENT ||
		    op_out(op)->mem.dims[d] > MAX_EXTENT)
			return false;
	for (i = 0; i < attr->spatial; i++) {
		int64_t reach = (w->dims[i + 2] - 1) * attr->dilations[i] + 1;

		if (attr->strides[i] > MAX_STEP || attr->dilations[i] > MAX_STEP ||
		    reach > MAX_EXTENT || attr->pads_begin[i] >= reach ||
		    attr->pads_end[i] >= reach)
			return false;
	}
	return true;
}

/* The weights with the dimensions that oneDNN wants: groups first, if there are any. */
static struct view weights_view(const struct op *op)
{
	const struct genpu_attr_conv *attr = op->attr;
	struct view w = *op_view(op, W), g = w;
	unsigned int d;

	if (attr->groups > 1) {
		g.rank = w.rank + 1;
		g.dims[0] = attr->groups;
		g.dims[1] = w.dims[0] / attr->groups;
		for (d = 1; d < w.rank; d++)
			g.dims[d + 1] = w.dims[d];
	}
	g.dtype = GENPU_DT_F32;
	view_dense(&g, NULL);
	return g;
}

static dnnl_primitive_desc_t make_pd(const struct op *op, const struct view *wv,
				     const uint8_t *order, dnnl_primitive_attr_t pa)
{
	const struct genpu_attr_conv *attr = op->attr;
	dnnl_memory_desc_t x = dnn_md(&op->operands[X].use, order), w = NULL, b = NULL;
	dnnl_memory_desc_t y = dnn_md(&op_out(op)->use, order);
	dnnl_dims_t strides, dilations, begin, end, wdims;
	dnnl_status_t status = dnnl_invalid_arguments;
	dnnl_primitive_desc_t pd = NULL;
	unsigned int i;
	bool ok = x && y;

	for (i = 0; i < wv->rank; i++)
		wdims[i] = wv->dims[i];
	ok = ok && dnnl_memory_desc_create_with_tag(&w, wv->rank, wdims, dnnl_f32,
						    dnnl_format_tag_any) == dnnl_success;
	if (has_bias(op)) {
		b = dnn_md(&op->operands[B].use, NULL);
		ok = ok && b;
	}
	for (i = 0; i < attr->spatial; i++) {
		strides[i] = attr->strides[i];
		dilations[i] = attr->dilations[i] - 1;
		begin[i] = attr->pads_begin[i];
		end[i] = attr->pads_end[i];
	}
	if (ok)
		status = dnnl_convolution_forward_primitive_desc_create(&pd, dnn_engine(),
									dnnl_forward_inference,
									dnnl_convolution_direct, x,
									w, b, y, strides, dilations,
									begin, end, pa);
	if (status != dnnl_success)
		pd = NULL;
	if (pd && dnn_is_slow(pd)) {
		dnnl_primitive_desc_destroy(pd);
		pd = NULL;
	}
	if (x)
		dnnl_memory_desc_destroy(x);
	if (w)
		dnnl_memory_desc_destroy(w);
	if (b)
		dnnl_memory_desc_destroy(b);
	if (y)
		dnnl_memory_desc_destroy(y);
	return pd;
}

static uint32_t use_pd(struct engine_program *p, struct op *op, struct conv *c,
		       dnnl_primitive_desc_t pd, const struct view *wv, struct dnn_arg *posts,
		       unsigned int num_posts)
{
	struct dnn_arg args[DNN_MAX_ARGS];
	unsigned int num = 0, i;
	uint32_t code;

	code = weights_prepare(p, op, W, wv,
			       dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0),
			       &c->weights);
	if (code) {
		dnnl_primitive_desc_destroy(pd);
		return code;
	}
	args[num++] = (struct dnn_arg){
		DNNL_ARG_SRC, dnnl_primitive_desc_query_md(pd, dnnl_query_src_md, 0)
	};
	args[num++] = (struct dnn_arg){
		DNNL_ARG_WEIGHTS, dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0)
	};
	args[num++] = (struct dnn_arg){
		DNNL_ARG_DST, dnnl_primitive_desc_query_md(pd, dnnl_query_dst_md, 0)
	};
	if (has_bias(op))
		args[num++] = (struct dnn_arg){
			DNNL_ARG_BIAS, dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 1)
		};
	for (i = 0; i < num_posts; i++)
		args[num++] = posts[i];
	return dnn_create(p, pd, args, num, &c->dnn);
}

static uint32_t prepare_dnn(struct engine_program *p, struct op *op, struct conv *c)
{
	struct view views[GENPU_MAX_POSTS], wv = weights_view(op);
	struct dnn_arg posts[GENPU_MAX_POSTS];
	struct operand kept[MAX_OPERANDS];
	uint8_t order[GENPU_MAX_RANK];
	dnnl_primitive_desc_t pd = NULL;
	dnnl_primitive_attr_t attr;
	unsigned int num_posts = 0, i, k;
	uint32_t code = GENPU_OK;

	memcpy(kept, op->operands, op->num_operands * sizeof(kept[0]));
	nhwc_order(op->operands[X].mem.rank, order);
	for (k = 0; k < op->num_operands; k++) {
		const struct view *use = &op->operands[k].use;

		if (k == W || op->operands[k].absent)
			continue;
		if (k == B && has_bias(op)) {
			if (!view_is_dense(use, NULL))
				stage_dense(op, k, NULL);
		} else if (!view_is_dense(use, order)) {
			stage_dense(op, k, order);
		}
	}
	for (i = 0; i < op->num_posts; i++)
		if (op->posts[i].type == GENPU_POST_BINARY)
			views[i] = op->operands[op->posts[i].operand].use;

	attr = dnn_attr();
	if (attr && dnn_attr_posts(attr, op->posts, op->num_posts, views, order, posts, &num_posts))
		pd = make_pd(op, &wv, order, attr);
	if (pd) {
		op->fused = op->num_posts;
		for (i = 0; i < op->num_posts; i++)
			if (op->posts[i].type == GENPU_POST_BINARY)
				c->posts[c->num_posts++] = op->posts[i].operand;
	}
	if (attr)
		dnnl_primitive_attr_destroy(attr);
	if (!pd) {
		dnn_free_args(posts, num_posts);
		num_posts = 0;
		attr = dnn_attr();
		if (attr) {
			pd = make_pd(op, &wv, order, attr);
			dnnl_primitive_attr_destroy(attr);
		}
	}
	if (pd)
		code = use_pd(p, op, c, pd, &wv, posts, num_posts);
	else
		memcpy(op->operands, kept, op->num_operands * sizeof(kept[0]));
	dnn_free_args(posts, num_posts);
	return code;
}

static uint32_t conv_prepare(struct engine_program *p, struct op *op)
{
	struct conv *c = calloc(1, sizeof(*c));

	if (!c)
		return GENPU_ERR_NO_MEMORY;
	op->priv = c;
	return suits_dnn(op) ? prepare_dnn(p, op, c) : GENPU_OK;
}

/* --- the plain loop --- */

/**
 * struct plain - a convolution with three spatial dimensions, the first ones 1 if it has fewer
 * @in: extents of the input
 * @out: extents of the output
 * @kernel: extents of the kernel
 * @step: strides
 * @dilation: dilations
 * @begin: padding before
 * @sx: element strides of the input; @sw, @sy likewise
 */
struct plain {
	int64_t in[3], out[3], kernel[3], step[3], dilation[3], begin[3];
	int64_t sx[3], sw[3], sy[3];
};

static void plain_setup(struct plain *pl, const struct op *op)
{
	const struct genpu_attr_conv *attr = op->attr;
	const struct view *x = &op->operands[X].use, *w = &op->operands[W].use;
	const struct view *y = &op_out(op)->use;
	unsigned int i, at;

	memset(pl, 0, sizeof(*pl));
	for (i = 0; i < 3; i++) {
		pl->in[i] = 1;
		pl->out[i] = 1;
		pl->kernel[i] = 1;
		pl->step[i] = 1;
		pl->dilation[i] = 1;
	}
	for (i = 0; i < attr->spatial; i++) {
		at = 3 - attr->spatial + i;
		pl->in[at] = x->dims[i + 2];
		pl->out[at] = y->dims[i + 2];
		pl->kernel[at] = w->dims[i + 2];
		pl->step[at] = attr->strides[i];
		pl->dilation[at] = attr->dilations[i];
		pl->begin[at] = attr->pads_begin[i];
		pl->sx[at] = x->strides[i + 2];
		pl->sw[at] = w->strides[i + 2];
		pl->sy[at] = y->strides[i + 2];
	}
}

/* The sum over one output element's window, all channels of its group. */
static float plain_window(const struct plain *pl, const float *x, const float *w, int64_t channels,
			  int64_t xc, int64_t wc, const int64_t *at)
{
	int64_t k[3], i[3], c, d;
	float sum = 0;

	for (k[0] = 0; k[0] < pl->kernel[0]; k[0]++) {
		for (k[1] = 0; k[1] < pl->kernel[1]; k[1]++) {
			for (k[2] = 0; k[2] < pl->kernel[2]; k[2]++) {
				const float *px = x, *pw = w;
				bool inside = true;

				for (d = 0; d < 3; d++) {
					i[d] = at[d] * pl->step[d] + k[d] * pl->dilation[d] -
					       pl->begin[d];
					inside &= i[d] >= 0 && i[d] < pl->in[d];
					px += inside ? i[d] * pl->sx[d] : 0;
					pw += k[d] * pl->sw[d];
				}
				for (c = 0; inside && c < channels; c++)
					sum += px[c * xc] * pw[c * wc];
			}
		}
	}
	return sum;
}

static uint32_t run_plain(const struct op *op, void *const *data, struct run *run)
{
	const struct genpu_attr_conv *attr = op->attr;
	const struct view *x = &op->operands[X].use, *w = &op->operands[W].use;
	const struct view *y = &op_out(op)->use;
	const float *bias = has_bias(op) ? data[B] : NULL;
	int64_t channels = w->dims[1], per_group = w->dims[0] / attr->groups, n, o, at[3];
	struct plain pl;

	plain_setup(&pl, op);
	for (n = 0; n < y->dims[0]; n++) {
		for (o = 0; o < y->dims[1]; o++) {
			const float *px = (float *)data[X] + n * x->strides[0] +
					  o / per_group * channels * x->strides[1];
			const float *pw = (float *)data[W] + o * w->strides[0];
			float *py = (float *)data[op->num_in] + n * y->strides[0] +
				    o * y->strides[1];
			float start = bias ? bias[o * op->operands[B].use.strides[0]] : 0;

			for (at[0] = 0; at[0] < pl.out[0]; at[0]++) {
				for (at[1] = 0; at[1] < pl.out[1]; at[1]++) {
					if (run_aborted(run))
						return GENPU_ERR_ABORTED;
					for (at[2] = 0; at[2] < pl.out[2]; at[2]++)
						py[at[0] * pl.sy[0] + at[1] * pl.sy[1] +
						   at[2] * pl.sy[2]] =
							start + plain_window(&pl, px, pw, channels,
									     x->strides[1],
									     w->strides[1], at);
				}
			}
		}
	}
	return GENPU_OK;
}

static uint32_t conv_run(const struct op *op, void *const *data, struct run *run)
{
	const struct conv *c = op->priv;
	void *ptr[DNN_MAX_ARGS];
	unsigned int num = 0, i;
	uint32_t code;

	if (!c->dnn)
		return run_plain(op, data, run);
	ptr[num++] = data[X];
	code = weights_get(&c->weights, op, data[W], run, &ptr[num++]);
	if (code)
		return code;
	ptr[num++] = data[op->num_in];
	if (has_bias(op))
		ptr[num++] = data[B];
	for (i = 0; i < c->num_posts; i++)
		ptr[num++] = data[c->posts[i]];
	return dnn_run(c->dnn, ptr, run);
}

static void conv_destroy(struct op *op)
{
	struct conv *c = op->priv;

	weights_destroy(&c->weights);
	free(c);
}

const struct op_class op_conv = {
	.name = "conv",
	.opcode = GENPU_OP_CONV,
	.min_in = 2,
	.max_in = 3,
	.attr_size = sizeof(struct genpu_attr_conv),
	.verify = conv_verify,
	.prepare = conv_prepare,
	.run = conv_run,
	.destroy = conv_destroy,
};
