// SPDX-License-Identifier: MIT
/*
 * mover.c - copies elements from one view to another of the same shape, converting their type
 *
 * Changes of storage order of 32-bit elements are left to oneDNN's reorder, which has a kernel for
 * each order. All else goes row by row.
 */
#include <stdlib.h>

#include "dnn.h"
#include "dtype.h"
#include "mover.h"
#include "nd.h"

/**
 * struct mover - a prepared copy
 * @nd: rows of the destination and the source
 * @to: type of the destination
 * @from: type of the source
 * @reorder: does it all, if not NULL
 */
struct mover {
	struct nd nd;
	uint8_t to;
	uint8_t from;
	struct dnn *reorder;
};

/* Below this a reorder's fixed cost is more than it saves. */
#define REORDER_MIN	1024

static bool rows_are_slow(const struct nd *nd)
{
	unsigned int inner = nd->rank - 1;

	return nd->strides[1][inner] != nd->strides[0][inner] && nd->strides[1][inner];
}

/* oneDNN's reorder (3.7) leaves elements out where neighbours are 4 or 8 elements apart. */
static bool has_neighbours(const struct view *v)
{
	unsigned int d;

	for (d = 0; d < v->rank; d++)
		if (v->dims[d] > 1 && v->strides[d] == 1)
			return true;
	return false;
}

static void try_reorder(struct engine_program *p, struct mover *m, const struct view *to,
			const struct view *from)
{
	struct view a = *from, b = *to;
	dnnl_memory_desc_t ma, mb;
	dnnl_primitive_attr_t attr;
	dnnl_primitive_desc_t pd;
	struct dnn_arg args[2];

	/* Elements are only moved, so every 32-bit type is as good as float. */
	a.dtype = GENPU_DT_F32;
	b.dtype = GENPU_DT_F32;
	ma = dnn_md(&a, NULL);
	mb = dnn_md(&b, NULL);
	attr = dnn_attr();
	args[0] = (struct dnn_arg){ DNNL_ARG_FROM, ma };
	args[1] = (struct dnn_arg){ DNNL_ARG_TO, mb };
	if (ma && mb && attr &&
	    dnnl_reorder_primitive_desc_create(&pd, ma, dnn_engine(), mb, dnn_engine(), attr) ==
		    dnnl_success) {
		if (dnn_is_slow(pd))
			dnnl_primitive_desc_destroy(pd);
		else
			dnn_create(p, pd, args, 2, &m->reorder);
	}
	if (attr)
		dnnl_primitive_attr_destroy(attr);
	if (ma)
		dnnl_memory_desc_destroy(ma);
	if (mb)
		dnnl_memory_desc_destroy(mb);
}

uint32_t mover_create(struct engine_program *p, const struct view *to, const struct view *from,
		      struct mover **out)
{
	struct view wide = *from;
	struct mover *m;

	if (!view_broadcast(&wide, to))
		return GENPU_ERR_ENGINE;
	m = calloc(1, sizeof(*m));
	if (!m)
		return GENPU_ERR_NO_MEMORY;
	m->to = to->dtype;
	m->from = from->dtype;
	nd_init(&m->nd, to);
	nd_add(&m->nd, &wide);
	nd_optimize(&m->nd);
	if (to->dtype == from->dtype && dtype_size(to->dtype) == 4 && to->count >= REORDER_MIN &&
	    rows_are_slow(&m->nd) && has_neighbours(to) && has_neighbours(&wide))
		try_reorder(p, m, to, &wide);
	*out = m;
	return GENPU_OK;
}

void mover_destroy(struct mover *mover)
{
	free(mover);
}

static void move_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	const struct mover *m = priv;

	if (m->to == m->from)
		row_copy(ptr[0], stride[0], ptr[1], stride[1], dtype_size(m->to), n);
	else
		row_convert(ptr[0], stride[0], m->to, ptr[1], stride[1], m->from, n);
}

uint32_t mover_run(const struct mover *mover, void *to, const void *from, struct run *run)
{
	void *const ptr[] = { to, (void *)from };

	if (mover->reorder) {
		void *const args[] = { (void *)from, to };

		return dnn_run(mover->reorder, args, run);
	}
	if (!nd_run(&mover->nd, ptr, move_row, (void *)mover, 1 << 20, run))
		return GENPU_ERR_ABORTED;
	return GENPU_OK;
}
