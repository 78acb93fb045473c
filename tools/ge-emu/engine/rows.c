// SPDX-License-Identifier: MIT
/*
 * rows.c - elementwise work done row by row: a unary or binary function and then post-operations
 */
#include <stdlib.h>

#include "dtype.h"
#include "nd.h"
#include "rows.h"
#include "vmath.h"

/**
 * struct rows - a prepared chain
 * @nd: the output, the inputs, the posts' tensors
 * @head: how it starts
 * @inputs: inputs of the head
 * @kind: its function
 * @alpha: of a unary
 * @beta: of a unary
 * @operand: which of the operator's operands each view of @nd is
 * @dtype: of each view
 * @posts: steps after the head
 * @num_posts: how many
 * @hazard: a post reads what is where the output goes
 */
struct rows {
	struct nd nd;
	enum rows_head head;
	unsigned int inputs;
	unsigned int kind;
	float alpha;
	float beta;
	unsigned int operand[ND_MAX_VIEWS];
	uint8_t dtype[ND_MAX_VIEWS];
	const struct post *posts;
	unsigned int num_posts;
	bool hazard;
};

static bool add_operand(struct rows *r, const struct op *op, unsigned int k)
{
	const struct view *v = &op->operands[k].use;
	unsigned int i = r->nd.num;

	if (!i)
		nd_init(&r->nd, v);
	else if (!nd_add(&r->nd, v))
		return false;
	r->operand[i] = k;
	r->dtype[i] = v->dtype;
	return true;
}

static uint32_t create(struct op *op, enum rows_head head, unsigned int first, struct rows **out)
{
	struct rows *r = calloc(1, sizeof(*r));
	unsigned int i;
	bool ok;

	if (!r)
		return GENPU_ERR_NO_MEMORY;
	r->head = head;
	r->inputs = head == ROWS_NONE ? 0 : head == ROWS_BINARY ? 2 : 1;
	r->posts = op->posts + first;
	r->num_posts = op->num_posts - first;
	ok = add_operand(r, op, op->num_in);
	for (i = 0; i < r->inputs; i++)
		ok = ok && add_operand(r, op, i);
	for (i = 0; i < r->num_posts; i++) {
		if (r->posts[i].type != GENPU_POST_BINARY)
			continue;
		ok = ok && add_operand(r, op, r->posts[i].operand);
		r->hazard |= view_overlaps(&op->operands[r->posts[i].operand].use,
					   &op_out(op)->use);
	}
	if (!ok) {
		free(r);
		return GENPU_ERR_ENGINE;
	}
	nd_optimize(&r->nd);
	*out = r;
	return GENPU_OK;
}

uint32_t rows_create(struct op *op, enum rows_head head, unsigned int kind, float alpha, float beta,
		     struct rows **rows)
{
	uint32_t code = create(op, head, 0, rows);

	if (code)
		return code;
	(*rows)->kind = kind;
	(*rows)->alpha = alpha;
	(*rows)->beta = beta;
	op->fused = op->num_posts;
	return GENPU_OK;
}

uint32_t rows_create_posts(struct op *op, struct rows **rows)
{
	return create(op, ROWS_NONE, op->fused, rows);
}

void rows_destroy(struct rows *rows)
{
	free(rows);
}

/*
 * A row as contiguous floats, or as one if it is the same all along; in place if it is that
 * already.
 */
static const float *fetch(const struct rows *r, unsigned int i, char *const *ptr,
			  const int64_t *stride, int64_t n, float *buffer, int *step)
{
	*step = stride[i] != 0;
	if (r->dtype[i] == GENPU_DT_F32 && (!stride[i] || stride[i] == sizeof(float)))
		return (const float *)ptr[i];
	row_load_f32(buffer, r->dtype[i], ptr[i], stride[i], stride[i] ? n : 1);
	return buffer;
}

static void do_row(void *priv, char *const *ptr, const int64_t *stride, int64_t n)
{
	const struct rows *r = priv;
	float chain[ROW_CHUNK], first[ROW_CHUNK], second[ROW_CHUNK];
	uint8_t truth[ROW_CHUNK];
	bool in_place = r->dtype[0] == GENPU_DT_F32 && stride[0] == sizeof(float) && !r->hazard;
	float *y = in_place ? (float *)ptr[0] : chain;
	const float *a = NULL, *b = NULL;
	unsigned int i, next = 1;
	int sa = 0, sb = 0;

	if (r->inputs > 0)
		a = fetch(r, next++, ptr, stride, n, first, &sa);
	if (r->inputs > 1)
		b = fetch(r, next++, ptr, stride, n, second, &sb);
	switch (r->head) {
	case ROWS_NONE:
		if (!in_place)
			row_load_f32(y, r->dtype[0], ptr[0], stride[0], n);
		break;
	case ROWS_COPY:
		row_load_f32(y, GENPU_DT_F32, (const char *)a, sa * (int64_t)sizeof(float), n);
		break;
	case ROWS_UNARY:
		unary_f32(r->kind, r->alpha, r->beta, a, y, sa ? n : 1);
		for (i = 1; !sa && i < n; i++)
			y[i] = y[0];
		break;
	case ROWS_BINARY:
		if (binary_is_truth(r->kind)) {
			compare_f32(r->kind, a, sa, b, sb, truth, n);
			row_copy(ptr[0], stride[0], (const char *)truth, 1, 1, n);
			return;
		}
		binary_f32(r->kind, a, sa, b, sb, y, n);
		break;
	}
	for (i = 0; i < r->num_posts; i++) {
		if (r->posts[i].type == GENPU_POST_UNARY) {
			unary_f32(r->posts[i].kind, r->posts[i].alpha, r->posts[i].beta, y, y, n);
			continue;
		}
		b = fetch(r, next++, ptr, stride, n, second, &sb);
		binary_f32(r->posts[i].kind, y, 1, b, sb, y, n);
	}
	if (!in_place)
		row_store_f32(ptr[0], stride[0], r->dtype[0], y, n);
}

uint32_t rows_run(const struct rows *r, void *const *data, struct run *run)
{
	void *base[ND_MAX_VIEWS];
	unsigned int i;

	for (i = 0; i < r->nd.num; i++)
		base[i] = data[r->operand[i]];
	if (!nd_run(&r->nd, base, do_row, (void *)r, ROW_CHUNK, run))
		return GENPU_ERR_ABORTED;
	return GENPU_OK;
}
