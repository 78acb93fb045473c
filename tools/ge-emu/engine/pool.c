// SPDX-License-Identifier: MIT
/*
 * pool.c - POOL
 *
 * Rounding up is more padding at the end for oneDNN; where that would be counted, and for
 * dilations, a plain loop does it. A window without any element gives 0 for averages, minus
 * infinity for the maximum and -1 for its index.
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "dnn.h"
#include "spatial.h"

/**
 * struct pool - a prepared POOL
 * @dnn: the primitive, or NULL for the plain loop
 * @excess: how far the last window reaches beyond the padded input
 */
struct pool {
	struct dnn *dnn;
	int64_t excess[GENPU_MAX_SPATIAL];
};

/*
 * Bytes from the end of the last window to the end of the padded input; negative when it reaches
 * beyond.
 */
static __int128 room_left(const struct genpu_attr_pool *attr, const struct view *x,
			  const struct view *y, unsigned int i)
{
	__int128 reach = (__int128)(attr->kernel[i] - 1ll) * attr->dilations[i] + 1;

	return (__int128)x->dims[i + 2] + attr->pads_begin[i] + attr->pads_end[i] -
	       ((__int128)(y->dims[i + 2] - 1) * attr->strides[i] + reach);
}

static uint32_t pool_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_pool *attr = op->attr;
	const struct view *x = op_view(op, 0), *y = op_view(op, 1);
	int64_t work[GENPU_MAX_SPATIAL + 1];
	unsigned int i;
	__int128 left;

#define FIELD(name, i)	(offsetof(struct genpu_attr_pool, name) + (i) * sizeof(uint32_t))

	if (attr->kind < GENPU_POOL_MAX || attr->kind > GENPU_POOL_ARGMAX)
		return bad_attr(v, op, FIELD(kind, 0));
	if (attr->spatial < 1 || attr->spatial > GENPU_MAX_SPATIAL)
		return bad_attr(v, op, FIELD(spatial, 0));
	for (i = 0; i < GENPU_MAX_SPATIAL; i++) {
		bool in = i < attr->spatial;

		if (in != !!attr->kernel[i])
			return bad_attr(v, op, FIELD(kernel, i));
		if (in != !!attr->strides[i])
			return bad_attr(v, op, FIELD(strides, i));
		if (in != !!attr->dilations[i])
			return bad_attr(v, op, FIELD(dilations, i));
		if (!in && attr->pads_begin[i])
			return bad_attr(v, op, FIELD(pads_begin, i));
		if (!in && attr->pads_end[i])
			return bad_attr(v, op, FIELD(pads_end, i));
	}
	if (attr->reserved)
		return bad_attr(v, op, FIELD(reserved, 0));
#undef FIELD
	if (!dtype_is_float(x->dtype))
		return bad_type(v, op, 0);
	if (y->dtype != (attr->kind == GENPU_POOL_ARGMAX ? GENPU_DT_I64 : x->dtype))
		return bad_type(v, op, 1);
	if (x->rank != attr->spatial + 2)
		return bad_shape(v, op, 0);
	if (y->rank != x->rank || y->dims[0] != x->dims[0] || y->dims[1] != x->dims[1])
		return bad_shape(v, op, 1);
	work[0] = y->count;
	for (i = 0; i < attr->spatial; i++) {
		left = room_left(attr, x, y, i);
		if (!y->dims[i + 2] || left >= attr->strides[i] ||
		    left <= -(__int128)attr->strides[i])
			return bad_shape(v, op, 1);
		work[i + 1] = attr->kernel[i];
	}
	return check_work(v, op, attr->spatial + 1, work);
}

static bool suits_dnn(const struct op *op, struct pool *pool)
{
	const struct genpu_attr_pool *attr = op->attr;
	const struct view *x = op_view(op, 0), *y = op_view(op, 1);
	unsigned int i, d;

	for (d = 0; d < x->rank; d++)
		if (!x->dims[d] || x->dims[d] > MAX_EXTENT || y->dims[d] > MAX_EXTENT)
			return false;
	for (i = 0; i < attr->spatial; i++) {
		__int128 left = room_left(attr, x, y, i);

		pool->excess[i] = left < 0 ? -left : 0;
		if (attr->dilations[i] != 1 || attr->kernel[i] > MAX_EXTENT ||
		    attr->pads_begin[i] >= attr->kernel[i] ||
		    attr->pads_end[i] + pool->excess[i] >= attr->kernel[i] ||
		    attr->strides[i] > MAX_EXTENT ||
		    (attr->kind == GENPU_POOL_AVG_PAD && pool->excess[i]))
			return false;
	}
	return true;
}

static uint32_t try_dnn(struct engine_program *p, const struct op *op, struct pool *pool,
			const uint8_t *order)
{
	static const dnnl_alg_kind_t algs[] = {
		[GENPU_POOL_MAX] = dnnl_pooling_max,
		[GENPU_POOL_AVG] = dnnl_pooling_avg_exclude_padding,
		[GENPU_POOL_AVG_PAD] = dnnl_pooling_avg_include_padding,
	};
	const struct genpu_attr_pool *attr = op->attr;
	dnnl_memory_desc_t x = dnn_md(&op->operands[0].use, order);
	dnnl_memory_desc_t y = dnn_md(&op->operands[1].use, order);
	struct dnn_arg args[] = { { DNNL_ARG_SRC, x }, { DNNL_ARG_DST, y } };
	dnnl_dims_t kernel, strides, dilations, begin, end;
	dnnl_primitive_attr_t pa = dnn_attr();
	dnnl_primitive_desc_t pd;
	uint32_t code = GENPU_OK;
	unsigned int i;

	for (i = 0; i < attr->spatial; i++) {
		kernel[i] = attr->kernel[i];
		strides[i] = attr->strides[i];
		dilations[i] = 0;
		begin[i] = attr->pads_begin[i];
		end[i] = attr->pads_end[i] + pool->excess[i];
		/* What lies behind the last window only matters to the shape. */
		if (!pool->excess[i])
			end[i] -= (int64_t)room_left(attr, op_view(op, 0), op_view(op, 1), i);
	}
	if (x && y && pa &&
	    dnnl_pooling_forward_primitive_desc_create(&pd, dnn_engine(), dnnl_forward_inference,
						       algs[attr->kind], x, y, strides, kernel,
						       dilations, begin, end, pa) == dnnl_success) {
		if (dnn_is_slow(pd))
			dnnl_primitive_desc_destroy(pd);
		else
			code = dnn_create(p, pd, args, 2, &pool->dnn);
	}
	if (x)
		dnnl_memory_desc_destroy(x);
	if (y)
		dnnl_memory_desc_destroy(y);
	if (pa)
		dnnl_primitive_attr_destroy(pa);
	return code;
}

static uint32_t pool_prepare(struct engine_program *p, struct op *op)
{
	const struct genpu_attr_pool *attr = op->attr;
	struct pool *pool = calloc(1, sizeof(*pool));
	uint8_t order[GENPU_MAX_RANK];
	struct operand kept[2];
	uint32_t code;

	if (!pool)
		return GENPU_ERR_NO_MEMORY;
	op->priv = pool;
	if (attr->kind == GENPU_POOL_ARGMAX || !suits_dnn(op, pool))
		return GENPU_OK;
	code = try_dnn(p, op, pool, NULL);
	if (code || pool->dnn)
		return code;
	memcpy(kept, op->operands, sizeof(kept));
	spatial_order(op_view(op, 0)->rank, order);
	spatial_stage(op, 0, order);
	spatial_stage(op, 1, order);
	code = try_dnn(p, op, pool, order);
	if (!pool->dnn)
		memcpy(op->operands, kept, sizeof(kept));
	return code;
}

/* --- the plain loop --- */

#define CHANNELS	256

/**
 * struct plain - a pooling with three spatial dimensions, the first ones 1 if it has fewer
 * @pad: extents of the input and its padding at the end, from which on taps are not counted
 */
struct plain {
	int64_t in[3], out[3], pad[3], kernel[3], step[3], dilation[3], begin[3];
	int64_t sx[3], sy[3];
};

static void plain_setup(struct plain *pl, const struct op *op)
{
	const struct genpu_attr_pool *attr = op->attr;
	const struct view *x = &op->operands[0].use, *y = &op->operands[1].use;
	unsigned int i, at;

	memset(pl, 0, sizeof(*pl));
	for (i = 0; i < 3; i++) {
		pl->in[i] = 1;
		pl->out[i] = 1;
		pl->pad[i] = 1;
		pl->kernel[i] = 1;
		pl->step[i] = 1;
		pl->dilation[i] = 1;
	}
	for (i = 0; i < attr->spatial; i++) {
		at = 3 - attr->spatial + i;
		pl->in[at] = x->dims[i + 2];
		pl->out[at] = y->dims[i + 2];
		pl->pad[at] = x->dims[i + 2] + attr->pads_end[i];
		pl->kernel[at] = attr->kernel[i];
		pl->step[at] = attr->strides[i];
		pl->dilation[at] = attr->dilations[i];
		pl->begin[at] = attr->pads_begin[i];
		pl->sx[at] = x->strides[i + 2];
		pl->sy[at] = y->strides[i + 2];
	}
}

/*
 * Add the tap at kernel position @k of the window at @at to @num channels' accumulators, which are
 * @step elements apart in @x. *counted is raised if the tap counts for an average.
 */
static void plain_tap(const struct plain *pl, uint32_t kind, const float *x, int64_t step,
		      int64_t num, const int64_t *at, const int64_t *k, float *acc,
		      int64_t *counted)
{
	bool inside = true, padded = true;
	int64_t i, c, d;

	for (d = 0; d < 3; d++) {
		i = at[d] * pl->step[d] + k[d] * pl->dilation[d] - pl->begin[d];
		inside &= i >= 0 && i < pl->in[d];
		padded &= i < pl->pad[d];
		x += inside ? i * pl->sx[d] : 0;
	}
	if (kind == GENPU_POOL_AVG_PAD ? padded : inside)
		++*counted;
	if (!inside)
		return;
	if (kind == GENPU_POOL_MAX)
		for (c = 0; c < num; c++)
			acc[c] = x[c * step] < acc[c] ? acc[c] : x[c * step];
	else
		for (c = 0; c < num; c++)
			acc[c] += x[c * step];
}

static void plain_window(const struct plain *pl, uint32_t kind, const float *x, int64_t step,
			 int64_t num, const int64_t *at, float *acc)
{
	int64_t k[3], c, counted = 0;

	for (c = 0; c < num; c++)
		acc[c] = kind == GENPU_POOL_MAX ? -INFINITY : 0;
	for (k[0] = 0; k[0] < pl->kernel[0]; k[0]++)
		for (k[1] = 0; k[1] < pl->kernel[1]; k[1]++)
			for (k[2] = 0; k[2] < pl->kernel[2]; k[2]++)
				plain_tap(pl, kind, x, step, num, at, k, acc, &counted);
	if (kind != GENPU_POOL_MAX && counted)
		for (c = 0; c < num; c++)
			acc[c] /= counted;
}

/* All channels of one place of the output. */
static void run_place(const struct op *op, const struct plain *pl, const float *from, float *to,
		      const int64_t *at)
{
	const struct genpu_attr_pool *attr = op->attr;
	const struct view *x = &op->operands[0].use, *y = &op->operands[1].use;
	int64_t c, i, num;
	float acc[CHANNELS];

	for (c = 0; c < y->dims[1]; c += num) {
		num = y->dims[1] - c;
		if (num > CHANNELS)
			num = CHANNELS;
		plain_window(pl, attr->kind, from + c * x->strides[1], x->strides[1], num, at, acc);
		for (i = 0; i < num; i++)
			to[(c + i) * y->strides[1]] = acc[i];
	}
}

/* Where in the spatial dimensions the window at @at has its first maximum; NaN is the largest. */
static int64_t find_max(const struct plain *pl, const float *x, const int64_t *at)
{
	int64_t k[3], i[3], best = -1, d;
	float value, most = 0;

	for (k[0] = 0; k[0] < pl->kernel[0]; k[0]++) {
		for (k[1] = 0; k[1] < pl->kernel[1]; k[1]++) {
			for (k[2] = 0; k[2] < pl->kernel[2]; k[2]++) {
				bool inside = true;

				for (d = 0; d < 3; d++) {
					i[d] = at[d] * pl->step[d] + k[d] * pl->dilation[d] -
					       pl->begin[d];
					inside &= i[d] >= 0 && i[d] < pl->in[d];
				}
				if (!inside)
					continue;
				value = x[i[0] * pl->sx[0] + i[1] * pl->sx[1] + i[2] * pl->sx[2]];
				if (best >= 0 && (value <= most || isnan(most)))
					continue;
				most = value;
				best = (i[0] * pl->in[1] + i[1]) * pl->in[2] + i[2];
			}
		}
	}
	return best;
}

static void run_place_argmax(const struct op *op, const struct plain *pl, const float *from,
			     int64_t *to, const int64_t *at)
{
	const struct view *x = &op->operands[0].use, *y = &op->operands[1].use;
	int64_t c;

	for (c = 0; c < y->dims[1]; c++)
		to[c * y->strides[1]] = find_max(pl, from + c * x->strides[1], at);
}

static uint32_t run_plain(const struct op *op, void *const *data, struct run *run)
{
	const struct genpu_attr_pool *attr = op->attr;
	const struct view *x = &op->operands[0].use, *y = &op->operands[1].use;
	int64_t at[3], n, to;
	const float *from;
	struct plain pl;

	plain_setup(&pl, op);
	for (n = 0; n < y->dims[0]; n++) {
		from = (const float *)data[0] + n * x->strides[0];
		for (at[0] = 0; at[0] < pl.out[0]; at[0]++) {
			for (at[1] = 0; at[1] < pl.out[1]; at[1]++) {
				if (run_aborted(run))
					return GENPU_ERR_ABORTED;
				to = n * y->strides[0] + at[0] * pl.sy[0] + at[1] * pl.sy[1];
				for (at[2] = 0; at[2] < pl.out[2]; at[2]++, to += pl.sy[2]) {
					if (attr->kind == GENPU_POOL_ARGMAX)
						run_place_argmax(op, &pl, from,
								 (int64_t *)data[1] + to, at);
					else
						run_place(op, &pl, from, (float *)data[1] + to, at);
				}
			}
		}
	}
	return GENPU_OK;
}

static uint32_t pool_run(const struct op *op, void *const *data, struct run *run)
{
	const struct pool *pool = op->priv;

	return pool->dnn ? dnn_run(pool->dnn, data, run) : run_plain(op, data, run);
}

static void pool_destroy(struct op *op)
{
	free(op->priv);
}

const struct op_class op_pool = {
	.name = "pool",
	.opcode = GENPU_OP_POOL,
	.min_in = 1,
	.max_in = 1,
	.attr_size = sizeof(struct genpu_attr_pool),
	.verify = pool_verify,
	.prepare = pool_prepare,
	.run = pool_run,
	.destroy = pool_destroy,
};
