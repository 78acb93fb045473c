// SPDX-License-Identifier: MIT
/*
 * deconv.c - DECONV
 *
 * oneDNN does it, or where it has no fast kernel for a shape a plain loop, which looks for the
 * inputs that reach an output element.
 */
#include "conv_dnn.h"
#include "spatial.h"

static uint32_t deconv_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_conv *attr = op->attr;
	const struct view *x = op_view(op, X), *w = op_view(op, W), *y = &op_out(op)->mem;
	int64_t work[GENPU_MAX_SPATIAL + 2];
	unsigned int i;
	__int128 least;
	uint32_t code;

	code = spatial_verify_conv(v, op);
	/* Fits 64 bits; beyond 63 it is negative, which no extent is. */
	if (!code)
		code = spatial_verify_operands(v, op, (uint64_t)w->dims[1] * attr->groups, false);
	if (code)
		return code;
	if (w->dims[0] != x->dims[1] || w->dims[0] % attr->groups)
		return bad_shape(v, op, W);
	work[0] = y->count;
	work[1] = w->dims[0] / attr->groups;
	for (i = 0; i < attr->spatial; i++) {
		if (!x->dims[i + 2])
			return bad_shape(v, op, X);
		if (!w->dims[i + 2])
			return bad_shape(v, op, W);
		least = (__int128)(x->dims[i + 2] - 1) * attr->strides[i] +
			(__int128)(w->dims[i + 2] - 1) * attr->dilations[i] + 1 -
			attr->pads_begin[i] - attr->pads_end[i];
		if (y->dims[i + 2] < least || y->dims[i + 2] >= least + attr->strides[i])
			return bad_shape(v, op, op->num_in);
		work[i + 2] = w->dims[i + 2];
	}
	return check_work(v, op, attr->spatial + 2, work);
}

/* The input that position @k of the kernel takes to @at, as an offset; false if there is none. */
static bool plain_source(const struct spatial_plain *pl, const int64_t *at, const int64_t *k,
			 int64_t *offset)
{
	int64_t i;
	int d;

	*offset = 0;
	for (d = 0; d < 3; d++) {
		i = at[d] + pl->begin[d] - k[d] * pl->dilation[d];
		if (i < 0 || i % pl->step[d] || i / pl->step[d] >= pl->in[d])
			return false;
		*offset += i / pl->step[d] * pl->sx[d];
	}
	return true;
}

/* The sum at one output element, all @channels of its group. */
static float plain_sum(const struct spatial_plain *pl, const float *x, const float *w,
		       int64_t channels, int64_t xc, int64_t wc, const int64_t *at)
{
	int64_t k[3], offset, c;
	float sum = 0;

	for (k[0] = 0; k[0] < pl->kernel[0]; k[0]++) {
		for (k[1] = 0; k[1] < pl->kernel[1]; k[1]++) {
			for (k[2] = 0; k[2] < pl->kernel[2]; k[2]++) {
				const float *pw = w + k[0] * pl->sw[0] + k[1] * pl->sw[1] +
						  k[2] * pl->sw[2];

				if (!plain_source(pl, at, k, &offset))
					continue;
				for (c = 0; c < channels; c++)
					sum += x[offset + c * xc] * pw[c * wc];
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
	int64_t channels = w->dims[0] / attr->groups, n, o, at[3];
	struct spatial_plain pl;

	spatial_plain_setup(&pl, op);
	for (n = 0; n < y->dims[0]; n++) {
		for (o = 0; o < y->dims[1]; o++) {
			int64_t group = o / w->dims[1];
			const float *px = (float *)data[X] + n * x->strides[0] +
					  group * channels * x->strides[1];
			const float *pw = (float *)data[W] + group * channels * w->strides[0] +
					  o % w->dims[1] * w->strides[1];
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
							start + plain_sum(&pl, px, pw, channels,
									  x->strides[1],
									  w->strides[0], at);
				}
			}
		}
	}
	return GENPU_OK;
}

static uint32_t deconv_run(const struct op *op, void *const *data, struct run *run)
{
	const struct conv *c = op->priv;

	return c->dnn ? conv_run_dnn(op, data, run) : run_plain(op, data, run);
}

const struct op_class op_deconv = {
	.name = "deconv",
	.opcode = GENPU_OP_DECONV,
	.min_in = 2,
	.max_in = 3,
	.attr_size = sizeof(struct genpu_attr_conv),
	.verify = deconv_verify,
	.prepare = conv_prepare,
	.run = deconv_run,
	.destroy = conv_destroy,
};
