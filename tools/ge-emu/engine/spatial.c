// SPDX-License-Identifier: MIT
/*
 * spatial.c - what operators over spatial dimensions, [N, C, ...], share
 */
#include <stddef.h>

#include "bytes.h"
#include "spatial.h"

void spatial_order(unsigned int rank, uint8_t *order)
{
	unsigned int d;

	order[0] = 0;
	for (d = 2; d < rank && d < GENPU_MAX_RANK; d++)
		order[d - 1] = d;
	order[d - 1] = 1;
}

void spatial_stage(struct op *op, unsigned int k, const uint8_t *order)
{
	struct view use = op->operands[k].mem;

	if (view_is_dense(&op->operands[k].use, order))
		return;
	use.dtype = GENPU_DT_F32;
	view_dense(&use, order);
	op_stage(op, k, &use);
}

uint32_t spatial_verify_conv(struct verifier *v, const struct op *op)
{
	const struct genpu_attr_conv *attr = op->attr;
	unsigned int i;

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
#undef FIELD
	return GENPU_OK;
}

static uint32_t verify_types(struct verifier *v, const struct op *op, bool bytes)
{
	const struct view *x = op_view(op, 0), *w = op_view(op, 1);
	uint8_t sum = x->dtype;
	unsigned int k;

	if (bytes && dtype_is_byte(x->dtype)) {
		if (!dtype_is_byte(w->dtype))
			return bad_type(v, op, 1);
		sum = GENPU_DT_I32;
	} else if (!dtype_is_float(x->dtype)) {
		return bad_type(v, op, 0);
	} else if (w->dtype != x->dtype) {
		return bad_type(v, op, 1);
	}
	for (k = 2; k < op->num_in + 1; k++)
		if (!op->operands[k].absent && op->operands[k].mem.dtype != sum)
			return bad_type(v, op, k);
	return GENPU_OK;
}

uint32_t spatial_verify_operands(struct verifier *v, const struct op *op, int64_t channels,
				 bool bytes)
{
	const struct genpu_attr_conv *attr = op->attr;
	const struct view *x = op_view(op, 0), *w = op_view(op, 1), *b = NULL;
	uint32_t code = verify_types(v, op, bytes);

	if (code)
		return code;
	if (op->num_in > 2)
		b = op_view(op, 2);
	if (x->rank != attr->spatial + 2)
		return bad_shape(v, op, 0);
	if (w->rank != x->rank)
		return bad_shape(v, op, 1);
	if (b && (b->rank != 1 || b->dims[0] != channels))
		return bad_shape(v, op, 2);
	if (op_out(op)->mem.rank != x->rank || op_out(op)->mem.dims[0] != x->dims[0] ||
	    op_out(op)->mem.dims[1] != channels)
		return bad_shape(v, op, op->num_in);
	return GENPU_OK;
}

void spatial_plain_setup(struct spatial_plain *pl, const struct op *op)
{
	const struct genpu_attr_conv *attr = op->attr;
	const struct view *x = &op->operands[0].use, *w = &op->operands[1].use;
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
