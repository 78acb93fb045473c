// SPDX-License-Identifier: MIT
/*
 * A place in the workspace for each temporary. A temporary lives from the operator that writes it
 * first to the one that reads it last; temporaries whose lives overlap get places that do not.
 *
 * Large ones are placed first, each in the smallest gap that it fits in between those placed before
 * that live at the same time.
 *
 * A result may take over the place of an operand that is not needed afterwards, if the operator
 * goes through both in the same order: the two then count as one temporary with one life.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "compiler/passes.h"
#include "graph/dtype.h"

struct life {
	uint32_t buf;
	uint32_t first, last;	/* operators */
	uint64_t size;
	uint64_t offset;
};

static int by_size(const void *a, const void *b)
{
	const struct life *x = a, *y = b;

	if (x->size != y->size)
		return x->size < y->size ? 1 : -1;
	return x->buf < y->buf ? -1 : x->buf > y->buf;
}

static int by_offset(const void *a, const void *b)
{
	const struct life *x = *(struct life *const *)a, *y = *(struct life *const *)b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

struct span {
	uint32_t *first, *last;
	uint32_t op;
};

static void extend(void *arg, struct ge_view *view)
{
	struct span *s = arg;

	s->last[view->buf] = s->op;
}

static uint32_t find(uint32_t *leader, uint32_t buf)
{
	while (leader[buf] != buf) {
		leader[buf] = leader[leader[buf]];
		buf = leader[buf];
	}
	return buf;
}

/* The operand that @op may overwrite as it goes, or NULL. */
static const struct ge_view *replaceable(const struct ge_ir *ir, const struct ge_lop *op,
					 const struct ge_uses *uses)
{
	const struct ge_view *out = &op->out;

	if ((op->opcode != GENPU_OP_UNARY && op->opcode != GENPU_OP_BINARY &&
	     op->opcode != GENPU_OP_SELECT) ||
	    ir->bufs[out->buf].kind != GE_BUF_TEMP || uses->num_writers[out->buf] != 1 ||
	    !ge_view_covers(ir, out))
		return NULL;
	for (int i = 0; i < op->num_in; i++) {
		const struct ge_view *in = &op->in[i];
		struct ge_view a, b;

		if (ir->bufs[in->buf].kind != GE_BUF_TEMP || in->dtype != out->dtype ||
		    ir->bufs[in->buf].elements != ir->bufs[out->buf].elements ||
		    ge_num_readers(uses, in->buf) != 1 || !ge_view_same_dims(in, out))
			continue;
		if (!ge_view_physical(ir, in, &a) || !ge_view_physical(ir, out, &b))
			continue;
		b.buf = a.buf;
		if (ge_view_same(&a, &b))
			return in;
	}
	return NULL;
}

/* The lowest offset of the tightest gap of @size between @live, sorted by offset. */
static uint64_t best_gap(struct life **live, size_t n, uint64_t size)
{
	uint64_t end = 0, best = 0, best_size = UINT64_MAX;

	for (size_t i = 0; i < n; i++) {
		if (live[i]->offset > end && live[i]->offset - end >= size &&
		    live[i]->offset - end < best_size) {
			best = end;
			best_size = live[i]->offset - end;
		}
		if (live[i]->offset + live[i]->size > end)
			end = live[i]->offset + live[i]->size;
	}
	return best_size == UINT64_MAX ? end : best;
}

static int place_all(struct life *lives, size_t n, uint64_t *total)
{
	struct life **live = malloc((n + 1) * sizeof(*live));

	if (!live)
		return ge_error(ENOMEM, "no memory for the compiler");
	*total = 0;
	qsort(lives, n, sizeof(*lives), by_size);
	for (size_t i = 0; i < n; i++) {
		size_t num = 0;

		for (size_t k = 0; k < i; k++)
			if (lives[k].first <= lives[i].last && lives[i].first <= lives[k].last)
				live[num++] = &lives[k];
		qsort(live, num, sizeof(*live), by_offset);
		lives[i].offset = best_gap(live, num, lives[i].size);
		if (lives[i].offset + lives[i].size > *total)
			*total = lives[i].offset + lives[i].size;
	}
	free(live);
	return 0;
}

static void find_lives(const struct ge_ir *ir, struct span *s, uint32_t *leader,
		       const struct ge_uses *uses, bool in_place)
{
	for (size_t i = 0; i < ir->num_bufs; i++) {
		s->first[i] = GE_NO_BUF;
		leader[i] = (uint32_t)i;
	}
	for (size_t i = 0; i < ir->num_ops; i++) {
		struct ge_lop *op = &ir->ops[i];
		const struct ge_view *in;

		s->op = (uint32_t)i;
		ge_each_operand(op, extend, s);
		if (s->first[op->out.buf] == GE_NO_BUF)
			s->first[op->out.buf] = s->op;
		s->last[op->out.buf] = s->op;
		in = in_place ? replaceable(ir, op, uses) : NULL;
		if (in)
			leader[op->out.buf] = find(leader, in->buf);
	}
}

int ge_plan_memory(struct ge_ir *ir, bool in_place, uint64_t *size)
{
	size_t n = ir->num_bufs + 1, num = 0;
	uint32_t *leader = calloc(n, sizeof(*leader));
	struct span s = { .first = calloc(n, sizeof(*s.first)),
			 .last = calloc(n, sizeof(*s.last)) };
	struct life *lives = calloc(n, sizeof(*lives));
	uint32_t *slot = calloc(n, sizeof(*slot));
	struct ge_uses uses;
	int ret = ge_uses_find(ir, &uses);

	if (!leader || !s.first || !s.last || !lives || !slot)
		ret = ge_error(ENOMEM, "no memory for the compiler");
	if (!ret)
		find_lives(ir, &s, leader, &uses, in_place);
	for (size_t i = 0; !ret && i < ir->num_bufs; i++) {
		const struct ge_buf *buf = &ir->bufs[i];

		if (buf->kind != GE_BUF_TEMP || s.first[i] == GE_NO_BUF || !buf->elements ||
		    leader[i] != i)
			continue;
		slot[i] = (uint32_t)num;
		lives[num].buf = (uint32_t)i;
		lives[num].first = s.first[i];
		lives[num].last = s.last[i];
		lives[num].size = ((uint64_t)buf->elements * ge_dtype_size(buf->dtype) +
				   GENPU_PROG_ALIGN - 1) & ~(uint64_t)(GENPU_PROG_ALIGN - 1);
		num++;
	}
	for (size_t i = 0; !ret && i < ir->num_bufs; i++) {
		struct life *life = &lives[slot[find(leader, (uint32_t)i)]];

		if (leader[i] != i && s.last[i] > life->last)
			life->last = s.last[i];
	}
	if (!ret)
		ret = place_all(lives, num, size);
	for (size_t i = 0; !ret && i < num; i++)
		ir->bufs[lives[i].buf].offset = lives[i].offset;
	for (size_t i = 0; !ret && i < ir->num_bufs; i++)
		ir->bufs[i].offset = ir->bufs[find(leader, (uint32_t)i)].offset;
	ge_uses_free(&uses);
	free(leader);
	free(s.first);
	free(s.last);
	free(lives);
	free(slot);
	return ret;
}
