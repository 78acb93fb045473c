// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "graph/dtype.h"
#include "graph/ir.h"

void ge_ir_init(struct ge_ir *ir)
{
	memset(ir, 0, sizeof(*ir));
}

void ge_ir_free(struct ge_ir *ir)
{
	for (size_t i = 0; i < ir->num_ops; i++)
		free(ir->ops[i].posts);
	for (size_t i = 0; i < ir->num_bufs; i++)
		ge_blob_put(ir->bufs[i].data);
	free(ir->ops);
	free(ir->bufs);
	free(ir->origins);
	memset(ir, 0, sizeof(*ir));
}

/* Room for one more element in a growing array. */
static int reserve(void **array, size_t size, size_t num, size_t *max)
{
	size_t more = *max ? *max * 2 : 64;
	void *grown;

	if (num < *max)
		return 0;
	grown = realloc(*array, more * size);
	if (!grown)
		return ge_error(ENOMEM, "no memory for the compiler's operators");
	*array = grown;
	*max = more;
	return 0;
}

int ge_ir_add_buf(struct ge_ir *ir, enum ge_buf_kind kind, int32_t dtype, int rank,
		  const int64_t *dims, uint32_t *buf)
{
	struct ge_buf *b;
	int64_t stride = 1;
	int ret = reserve((void **)&ir->bufs, sizeof(*ir->bufs), ir->num_bufs, &ir->max_bufs);

	if (ret)
		return ret;
	b = &ir->bufs[ir->num_bufs];
	memset(b, 0, sizeof(*b));
	b->kind = kind;
	b->dtype = dtype;
	b->rank = rank;
	for (int i = 0; i < rank; i++)
		b->dims[i] = dims[i];
	if (ge_dims_elements(rank, dims, &b->elements) || b->elements > GE_MAX_ELEMENTS)
		return ge_error(ENOTSUP, "a tensor of shape %s is too large",
				ge_dims_text(rank, dims).s);
	for (int i = rank - 1; i >= 0; i--) {
		b->strides[i] = stride;
		stride *= dims[i] ? dims[i] : 1;
	}
	*buf = (uint32_t)ir->num_bufs++;
	return 0;
}

bool ge_ir_want(struct ge_ir *ir, uint32_t buf)
{
	bool *part = calloc(ir->num_bufs, sizeof(*part)), any = false;

	if (!part)
		return false;
	part[buf] = true;
	for (size_t i = ir->num_ops; i-- > 0;) {
		const struct ge_lop *op = &ir->ops[i];

		for (int k = 0; part[op->out.buf] && k < op->num_in; k++)
			if (op->in[k].buf != GE_NO_BUF)
				part[op->in[k].buf] = true;
	}
	for (size_t i = 0; i < ir->num_bufs; i++) {
		if (!part[i] || ir->bufs[i].kind != GE_BUF_INPUT)
			continue;
		ir->bufs[i].wanted = true;
		any = true;
	}
	free(part);
	return any;
}

int ge_ir_add_op(struct ge_ir *ir, const struct ge_lop *op)
{
	int ret;

	if (ir->num_ops >= GENPU_PROG_MAX_OPS)
		return ge_error(ENOTSUP, "the program has more than %d operators",
				GENPU_PROG_MAX_OPS);
	ret = reserve((void **)&ir->ops, sizeof(*ir->ops), ir->num_ops, &ir->max_ops);
	if (!ret)
		ir->ops[ir->num_ops++] = *op;
	return ret;
}

int ge_ir_add_origin(struct ge_ir *ir, uint32_t node, uint32_t before, uint32_t *origin)
{
	int ret = reserve((void **)&ir->origins, sizeof(*ir->origins), ir->num_origins,
			  &ir->max_origins);

	if (ret)
		return ret;
	*origin = (uint32_t)ir->num_origins++;
	ir->origins[*origin] = (struct ge_origin){ node, before };
	return 0;
}

int ge_ir_add_post(struct ge_lop *op, const struct ge_lpost *post)
{
	struct ge_lpost *posts = realloc(op->posts, (op->num_posts + 1u) * sizeof(*posts));

	if (!posts)
		return ge_error(ENOMEM, "no memory for the compiler's operators");
	op->posts = posts;
	posts[op->num_posts++] = *post;
	return 0;
}

void ge_ir_remove(struct ge_lop *op)
{
	free(op->posts);
	op->posts = NULL;
	op->num_posts = 0;
	op->opcode = 0;
}

void ge_ir_pack(struct ge_ir *ir)
{
	size_t n = 0;

	for (size_t i = 0; i < ir->num_ops; i++)
		if (ir->ops[i].opcode)
			ir->ops[n++] = ir->ops[i];
	ir->num_ops = n;
}
