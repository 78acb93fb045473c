// SPDX-License-Identifier: MIT
/*
 * conv.c - CONV
 *
 * oneDNN does it, or where it has no fast kernel for a shape, or the shape has no sensible kernel
 * (no channels), a plain loop. Bytes have a file of their own (bytes.c).
 */
#include "bytes.h"
#include "conv_dnn.h"
#include "spatial.h"

static uint32_t conv_verify(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_conv *attr = op->attr;
	const struct view *x = op_view(op, X), *w = op_view(op, W), *y = &op_out(op)->mem;
	int64_t work[GENPU_MAX_SPATIAL + 2];
	unsigned int i;
	uint32_t code;

	code = spatial_verify_conv(v, op);
	if (!code)
		code = spatial_verify_operands(v, op, w->dims[0], true);
	if (code)
		return code;
	if ((uint64_t)w->dims[1] * attr->groups != (uint64_t)x->dims[1] ||
	    w->dims[0] % attr->groups)
		return bad_shape(v, op, W);
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
	return check_work(v, op, attr->spatial + 2, work);
}

/* --- the plain loop --- */

/* The sum over one output element's window, all channels of its group. */
static float plain_window(const struct spatial_plain *pl, const float *x, const float *w,
			  int64_t channels, int64_t xc, int64_t wc, const int64_t *at)
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
	struct spatial_plain pl;

	spatial_plain_setup(&pl, op);
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

static bool of_bytes(const struct op *op)
{
	return dtype_is_byte(op->operands[X].mem.dtype);
}

static uint32_t prepare(struct engine_program *p, struct op *op)
{
	if (!of_bytes(op))
		return conv_prepare(p, op);
	op->scratch = bytes_conv_scratch(op);
	return GENPU_OK;
}

static void destroy(struct op *op)
{
	if (!of_bytes(op))
		conv_destroy(op);
}

static uint32_t conv_run(const struct op *op, void *const *data, struct run *run)
{
	const struct conv *c = op->priv;

	if (of_bytes(op))
		return bytes_conv_run(op, data, has_bias(op), run);
	return c->dnn ? conv_run_dnn(op, data, run) : run_plain(op, data, run);
}

const struct op_class op_conv = {
	.name = "conv",
	.opcode = GENPU_OP_CONV,
	.min_in = 2,
	.max_in = 3,
	.attr_size = sizeof(struct genpu_attr_conv),
	.verify = conv_verify,
	.prepare = prepare,
	.run = conv_run,
	.destroy = destroy,
};
