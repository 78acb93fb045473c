// SPDX-License-Identifier: MIT
/*
 * weights.c - weights in the layout that a primitive wants
 */
#include <stdlib.h>

#include "mover.h"
#include "weights.h"

static uint32_t make_reorder(struct engine_program *p, const struct view *dense,
			     const_dnnl_memory_desc_t want, struct dnn **reorder)
{
	dnnl_memory_desc_t from = dnn_md(dense, NULL);
	dnnl_primitive_attr_t attr = dnn_attr();
	struct dnn_arg args[] = { { DNNL_ARG_FROM, from }, { DNNL_ARG_TO, want } };
	uint32_t code = GENPU_ERR_PROG_UNSUPPORTED;
	dnnl_primitive_desc_t pd;

	if (from && attr &&
	    dnnl_reorder_primitive_desc_create(&pd, from, dnn_engine(), want, dnn_engine(), attr) ==
		    dnnl_success)
		code = dnn_create(p, pd, args, 2, reorder);
	if (from)
		dnnl_memory_desc_destroy(from);
	if (attr)
		dnnl_primitive_attr_destroy(attr);
	return code;
}

static uint32_t pack_constant(struct engine_program *p, struct op *op, unsigned int k,
			      const_dnnl_memory_desc_t want, struct weights *w)
{
	struct operand *o = &op->operands[k];
	struct view dense = o->mem;
	struct mover *mover;
	uint32_t code;
	void *temp;

	dense.dtype = GENPU_DT_F32;
	view_dense(&dense, NULL);
	code = mover_create(p, &dense, &o->mem, &mover);
	if (code)
		return code;
	temp = engine_alloc(dense.span * sizeof(float));
	w->packed = engine_alloc(dnnl_memory_desc_get_size(want));
	code = GENPU_ERR_NO_MEMORY;
	if (temp && w->packed)
		code = mover_run(mover, temp, op_constant(p, o), NULL);
	if (!code) {
		void *const ptr[] = { temp, w->packed };

		code = dnn_run(w->reorder, ptr, NULL);
	}
	free(temp);
	mover_destroy(mover);
	o->stage = STAGE_PACKED;
	return code;
}

uint32_t weights_prepare(struct engine_program *p, struct op *op, unsigned int k,
			 const struct view *dense, const_dnnl_memory_desc_t want,
			 struct weights *w)
{
	struct operand *o = &op->operands[k];
	struct view use = o->mem;
	uint32_t code;

	code = make_reorder(p, dense, want, &w->reorder);
	if (code)
		return code;
	if (o->mem.base == GENPU_BASE_CONST)
		return pack_constant(p, op, k, want, w);
	use.dtype = GENPU_DT_F32;
	view_dense(&use, NULL);
	if (o->mem.dtype != GENPU_DT_F32 || !view_is_dense(&o->mem, NULL))
		op_stage(op, k, &use);
	op->scratch = dnnl_memory_desc_get_size(want);
	return GENPU_OK;
}

uint32_t weights_get(const struct weights *w, const struct op *op, void *data, struct run *run,
		     void **ptr)
{
	void *const args[] = { data, run->scratch + op->scratch_offset };

	if (w->packed) {
		*ptr = w->packed;
		return GENPU_OK;
	}
	*ptr = args[1];
	return dnn_run(w->reorder, args, run);
}

void weights_destroy(struct weights *w)
{
	free(w->packed);
}
