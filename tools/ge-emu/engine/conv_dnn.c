// SPDX-License-Identifier: MIT
/*
 * conv_dnn.c - CONV and DECONV by oneDNN
 */
#include <stdlib.h>

#include "conv_dnn.h"
#include "spatial.h"

#define make_conv	dnnl_convolution_forward_primitive_desc_create
#define make_deconv	dnnl_deconvolution_forward_primitive_desc_create

static bool transposed(const struct op *op)
{
	return op->rec->opcode == GENPU_OP_DECONV;
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

/*
 * The weights with the dimensions that oneDNN wants: groups first, if there are any, then outputs,
 * then inputs.
 */
static struct view weights_view(const struct op *op)
{
	const struct genpu_attr_conv *attr = op->attr;
	struct view w = *op_view(op, W), g = w;
	unsigned int d, first = attr->groups > 1;
	int64_t temp;

	if (first) {
		g.rank = w.rank + 1;
		g.dims[0] = attr->groups;
		g.dims[1] = w.dims[0] / attr->groups;
		for (d = 1; d < w.rank; d++)
			g.dims[d + 1] = w.dims[d];
	}
	g.dtype = GENPU_DT_F32;
	view_dense(&g, NULL);
	if (transposed(op)) {
		temp = g.dims[first];
		g.dims[first] = g.dims[first + 1];
		g.dims[first + 1] = temp;
		temp = g.strides[first];
		g.strides[first] = g.strides[first + 1];
		g.strides[first + 1] = temp;
	}
	return g;
}

/* What cuts off a transposed convolution at the end; negative where it is made longer. */
static int64_t cut_end(const struct op *op, unsigned int i)
{
	const struct genpu_attr_conv *attr = op->attr;
	const struct view *x = op_view(op, X), *w = op_view(op, W);

	return (x->dims[i + 2] - 1) * attr->strides[i] +
	       (w->dims[i + 2] - 1) * attr->dilations[i] + 1 - attr->pads_begin[i] -
	       op_out(op)->mem.dims[i + 2];
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
		end[i] = transposed(op) ? cut_end(op, i) : attr->pads_end[i];
	}
	if (ok && transposed(op))
		status = make_deconv(&pd, dnn_engine(), dnnl_forward_inference,
				     dnnl_deconvolution_direct, x, w, b, y, strides, dilations,
				     begin, end, pa);
	else if (ok)
		status = make_conv(&pd, dnn_engine(), dnnl_forward_inference,
				   dnnl_convolution_direct, x, w, b, y, strides, dilations, begin,
				   end, pa);
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
	spatial_order(op->operands[X].mem.rank, order);
	for (k = 0; k < op->num_operands; k++) {
		if (k == W || op->operands[k].absent)
			continue;
		spatial_stage(op, k, k == B && has_bias(op) ? NULL : order);
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

uint32_t conv_prepare(struct engine_program *p, struct op *op)
{
	struct conv *c = calloc(1, sizeof(*c));

	if (!c)
		return GENPU_ERR_NO_MEMORY;
	op->priv = c;
	return suits_dnn(op) ? prepare_dnn(p, op, c) : GENPU_OK;
}

uint32_t conv_run_dnn(const struct op *op, void *const *data, struct run *run)
{
	const struct conv *c = op->priv;
	void *ptr[DNN_MAX_ARGS];
	unsigned int num = 0, i;
	uint32_t code;

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

void conv_destroy(struct op *op)
{
	struct conv *c = op->priv;

	weights_destroy(&c->weights);
	free(c);
}
