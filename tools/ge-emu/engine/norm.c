// SPDX-License-Identifier: MIT
/*
 * norm.c - SOFTMAX, LAYERNORM and BATCHNORM
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "dnn.h"
#include "nd.h"

static void simple_destroy(struct op *op)
{
	free(op->priv);
}

static void stage_dense(struct op *op, unsigned int k, const uint8_t *order)
{
	struct view use = op->operands[k].mem;

	if (view_is_dense(&op->operands[k].use, order))
		return;
	use.dtype = GENPU_DT_F32;
	view_dense(&use, order);
	op_stage(op, k, &use);
}

/* Float input, and an output of its type and shape. */
static uint32_t verify_same(struct verifier *v, const struct op *op)
{
	const struct view *x = op_view(op, 0), *y = &op_out(op)->mem;

	if (!dtype_is_float(x->dtype))
		return bad_type(v, op, 0);
	if (y->dtype != x->dtype)
		return bad_type(v, op, op->num_in);
	if (y->rank != x->rank || memcmp(y->dims, x->dims, sizeof(y->dims)))
		return bad_shape(v, op, op->num_in);
	return GENPU_OK;
}

/* --- SOFTMAX --- */

struct softmax {
	struct dnn *dnn;
};

static uint32_t softmax_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_softmax *attr = op->attr;

	if (attr->axis >= op_view(op, 0)->rank)
		return bad_attr(v, op, offsetof(struct genpu_attr_softmax, axis));
	if (attr->log > 1)
		return bad_attr(v, op, offsetof(struct genpu_attr_softmax, log));
	return verify_same(v, op);
}

static uint32_t softmax_try(struct engine_program *p, const struct op *op, struct softmax *s,
			    bool any)
{
	const struct genpu_attr_softmax *attr = op->attr;
	dnnl_memory_desc_t x = dnn_md(&op->operands[0].use, NULL);
	dnnl_memory_desc_t y = dnn_md(&op->operands[1].use, NULL);
	struct dnn_arg args[] = { { DNNL_ARG_SRC, x }, { DNNL_ARG_DST, y } };
	dnnl_alg_kind_t alg = attr->log ? dnnl_softmax_log : dnnl_softmax_accurate;
	dnnl_status_t status = dnnl_invalid_arguments;
	dnnl_primitive_attr_t pa = dnn_attr();
	dnnl_primitive_desc_t pd;
	uint32_t code = GENPU_OK;

	if (x && y && pa)
		status = dnnl_softmax_forward_primitive_desc_create(&pd, dnn_engine(),
								    dnnl_forward_inference, alg, x,
								    y, attr->axis, pa);
	if (status == dnnl_success) {
		if (dnn_is_slow(pd) && !any)
			dnnl_primitive_desc_destroy(pd);
		else
			code = dnn_create(p, pd, args, 2, &s->dnn);
	}
	if (x)
		dnnl_memory_desc_destroy(x);
	if (y)
		dnnl_memory_desc_destroy(y);
	if (pa)
		dnnl_primitive_attr_destroy(pa);
	return code;
}

static uint32_t softmax_prepare(struct engine_program *p, struct op *op)
{
	const struct genpu_attr_softmax *attr = op->attr;
	struct softmax *s = calloc(1, sizeof(*s));
	uint8_t order[GENPU_MAX_RANK];
	unsigned int d, num = 0;
	uint32_t code;

	if (!s)
		return GENPU_ERR_NO_MEMORY;
	op->priv = s;
	code = softmax_try(p, op, s, false);
	if (code || s->dnn)
		return code;
	/* The order that every implementation takes: the axis innermost. */
	for (d = 0; d < op_view(op, 0)->rank; d++)
		if (d != attr->axis)
			order[num++] = d;
	order[num] = attr->axis;
	stage_dense(op, 0, order);
	stage_dense(op, 1, order);
	code = softmax_try(p, op, s, true);
	if (!code && !s->dnn)
		code = GENPU_ERR_PROG_UNSUPPORTED;
	return code;
}

static uint32_t softmax_run(const struct op *op, void *const *data, struct run *run)
{
	const struct softmax *s = op->priv;

	return dnn_run(s->dnn, data, run);
}

const struct op_class op_softmax = {
	.name = "softmax",
	.opcode = GENPU_OP_SOFTMAX,
	.min_in = 1,
	.max_in = 1,
	.attr_size = sizeof(struct genpu_attr_softmax),
	.verify = softmax_verify,
	.prepare = softmax_prepare,
	.run = softmax_run,
	.destroy = simple_destroy,
};

/* --- LAYERNORM --- */

struct layernorm {
	struct dnn *dnn;
};

static bool present(const struct op *op, unsigned int k)
{
	return op->num_in > k && !op->operands[k].absent;
}

/* The normalised dimensions: what scale and bias broadcast to. */
static struct view inner_view(const struct op *op)
{
	const struct genpu_attr_norm *attr = op->attr;
	struct view inner = *op_view(op, 0);
	unsigned int d;

	for (d = 0; d < attr->axis; d++)
		view_drop(&inner, 0);
	inner.dtype = GENPU_DT_F32;
	view_dense(&inner, NULL);
	return inner;
}

static uint32_t layernorm_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_norm *attr = op->attr;
	struct view inner, wide;
	unsigned int k;
	uint32_t code;

	if (attr->axis >= op_view(op, 0)->rank)
		return bad_attr(v, op, offsetof(struct genpu_attr_norm, axis));
	if (!(attr->epsilon >= 0))
		return bad_attr(v, op, offsetof(struct genpu_attr_norm, epsilon));
	code = verify_same(v, op);
	if (code)
		return code;
	inner = inner_view(op);
	for (k = 1; k < op->num_in; k++) {
		if (!present(op, k))
			continue;
		wide = *op_view(op, k);
		if (wide.dtype != op_view(op, 0)->dtype)
			return bad_type(v, op, k);
		if (!view_broadcast(&wide, &inner))
			return bad_shape(v, op, k);
	}
	return GENPU_OK;
}

static uint32_t layernorm_prepare(struct engine_program *p, struct op *op)
{
	const struct genpu_attr_norm *attr = op->attr;
	struct layernorm *ln = calloc(1, sizeof(*ln));
	struct view inner = inner_view(op), flat = { .dtype = GENPU_DT_F32, .rank = 2 };
	struct view one = { .dtype = GENPU_DT_F32, .rank = 1 };
	unsigned int flags = 0, num = 2, k;
	dnnl_memory_desc_t md, coefficients;
	struct dnn_arg args[4];
	const dnnl_prop_kind_t kind = dnnl_forward_inference;
	dnnl_status_t status = dnnl_invalid_arguments;
	dnnl_primitive_attr_t pa;
	dnnl_primitive_desc_t pd;
	uint32_t code = GENPU_ERR_PROG_UNSUPPORTED;

	if (!ln)
		return GENPU_ERR_NO_MEMORY;
	op->priv = ln;
	stage_dense(op, 0, NULL);
	stage_dense(op, op->num_in, NULL);
	flat.dims[1] = inner.count;
	flat.dims[0] = op_view(op, 0)->count / inner.count;
	view_dense(&flat, NULL);
	one.dims[0] = inner.count;
	view_dense(&one, NULL);

	md = dnn_md(&flat, NULL);
	coefficients = dnn_md(&one, NULL);
	args[0] = (struct dnn_arg){ DNNL_ARG_SRC, md };
	args[1] = (struct dnn_arg){ DNNL_ARG_DST, md };
	for (k = 1; k < 3; k++) {
		const struct view *use = &op->operands[k].use;

		if (!present(op, k))
			continue;
		flags |= k == 1 ? dnnl_use_scale : dnnl_use_shift;
		args[num++] = (struct dnn_arg){ k == 1 ? DNNL_ARG_SCALE : DNNL_ARG_SHIFT,
						coefficients };
		if (use->dtype != GENPU_DT_F32 || use->count != inner.count ||
		    !view_is_dense(use, NULL))
			op_stage(op, k, &inner);
	}
	pa = dnn_attr();
	if (md && coefficients && pa)
		status = dnnl_layer_normalization_forward_primitive_desc_create(&pd, dnn_engine(),
										kind, md, md, NULL,
										attr->epsilon,
										flags, pa);
	if (status == dnnl_success)
		code = dnn_create(p, pd, args, num, &ln->dnn);
	if (md)
		dnnl_memory_desc_destroy(md);
	if (coefficients)
		dnnl_memory_desc_destroy(coefficients);
	if (pa)
		dnnl_primitive_attr_destroy(pa);
	return code;
}

static uint32_t layernorm_run(const struct op *op, void *const *data, struct run *run)
{
	const struct layernorm *ln = op->priv;
	void *ptr[4] = { data[0], data[op->num_in] };
	unsigned int num = 2, k;

	for (k = 1; k < 3; k++)
		if (present(op, k))
			ptr[num++] = data[k];
	return dnn_run(ln->dnn, ptr, run);
}

const struct op_class op_layernorm = {
	.name = "layernorm",
	.opcode = GENPU_OP_LAYERNORM,
	.min_in = 1,
	.max_in = 3,
	.attr_size = sizeof(struct genpu_attr_norm),
	.verify = layernorm_verify,
	.prepare = layernorm_prepare,
	.run = layernorm_run,
	.destroy = simple_destroy,
};

/* --- BATCHNORM --- */

enum { X, SCALE, BIAS, MEAN, VAR, Y };

/* y = x * factor[c] + term[c]: rows of y, x, the factors and the terms. */
struct batchnorm {
	struct nd nd;
};

static uint32_t batchnorm_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_norm *attr = op->attr;
	const struct view *x = op_view(op, X);
	unsigned int k;

	if (attr->axis)
		return bad_attr(v, op, offsetof(struct genpu_attr_norm, axis));
	if (!(attr->epsilon >= 0))
		return bad_attr(v, op, offsetof(struct genpu_attr_norm, epsilon));
	if (x->rank < 2)
		return bad_shape(v, op, X);
	for (k = SCALE; k <= VAR; k++) {
		if (op_view(op, k)->dtype != x->dtype)
			return bad_type(v, op, k);
		if (op_view(op, k)->rank != 1 || op_view(op, k)->dims[0] != x->dims[1])
			return bad_shape(v, op, k);
	}
	return verify_same(v, op);
}

static uint32_t batchnorm_prepare(struct engine_program *p, struct op *op)
{
	struct batchnorm *bn = calloc(1, sizeof(*bn));
	struct view channel = { .dtype = GENPU_DT_F32, .rank = op_view(op, X)->rank };
	unsigned int d;

	(void)p;
	if (!bn)
		return GENPU_ERR_NO_MEMORY;
	op->priv = bn;
	for (d = 0; d < channel.rank; d++)
		channel.dims[d] = d == 1 ? op_view(op, X)->dims[1] : 1;
	view_dense(&channel, NULL);
	nd_init(&bn->nd, &op->operands[Y].use);
	nd_add(&bn->nd, &op->operands[X].use);
	nd_add(&bn->nd, &channel);
	nd_add(&bn->nd, &channel);
	nd_optimize(&bn->nd);
	op->scratch = 2 * channel.count * sizeof(float);
	return GENPU_OK;
}

static ENGINE_SIMD void scale_channels(float *y, const float *x, const float *factor,
				       const float *term, int64_t n)
{
	int64_t i;

#pragma omp simd
	for (i = 0; i < n; i++)
		y[i] = x[i] * factor[i] + term[i];
}

static ENGINE_SIMD void scale_one(float *y, const float *x, float factor, float term, int64_t n)
{
	int64_t i;

#pragma omp simd
	for (i = 0; i < n; i++)
		y[i] = x[i] * factor + term;
}

static void batchnorm_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	bool dense = stride[0] == sizeof(float) && stride[1] == sizeof(float);
	const float *factor = (float *)ptr[2], *term = (float *)ptr[3];
	int64_t i, step = stride[2] / (int64_t)sizeof(float);

	(void)priv;
	if (dense && step == 1)
		scale_channels((float *)ptr[0], (float *)ptr[1], factor, term, n);
	else if (dense && !step)
		scale_one((float *)ptr[0], (float *)ptr[1], *factor, *term, n);
	else
		for (i = 0; i < n; i++)
			*(float *)(ptr[0] + i * stride[0]) =
				*(float *)(ptr[1] + i * stride[1]) * factor[i * step] +
				term[i * step];
}

static uint32_t batchnorm_run(const struct op *op, void *const *data, struct run *run)
{
	const struct genpu_attr_norm *attr = op->attr;
	const struct batchnorm *bn = op->priv;
	float *factor = (float *)(run->scratch + op->scratch_offset);
	int64_t channels = op_view(op, X)->dims[1], c;
	float *term = factor + channels;
	void *const base[] = { data[Y], data[X], factor, term };

#define PARAM(k)	((float *)data[k])[c * op->operands[k].use.strides[0]]
	for (c = 0; c < channels; c++) {
		factor[c] = PARAM(SCALE) / sqrtf(PARAM(VAR) + attr->epsilon);
		term[c] = PARAM(BIAS) - PARAM(MEAN) * factor[c];
	}
#undef PARAM
	if (!nd_run(&bn->nd, base, batchnorm_row, NULL, 1 << 20, run))
		return GENPU_ERR_ABORTED;
	return GENPU_OK;
}

const struct op_class op_batchnorm = {
	.name = "batchnorm",
	.opcode = GENPU_OP_BATCHNORM,
	.min_in = 5,
	.max_in = 5,
	.attr_size = sizeof(struct genpu_attr_norm),
	.verify = batchnorm_verify,
	.prepare = batchnorm_prepare,
	.run = batchnorm_run,
	.destroy = simple_destroy,
};
