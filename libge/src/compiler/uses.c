// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "compiler/passes.h"

void ge_each_operand(struct ge_lop *op, ge_operand_fn fn, void *arg)
{
	for (int i = 0; i < op->num_in; i++)
		if (op->in[i].buf != GE_NO_BUF)
			fn(arg, &op->in[i]);
	for (int i = 0; i < op->num_posts; i++)
		if (op->posts[i].type == GENPU_POST_BINARY)
			fn(arg, &op->posts[i].with);
}

struct counter {
	uint32_t *count;
	uint32_t *users;	/* NULL while counting */
	uint32_t op;
};

static void count_use(void *arg, struct ge_view *view)
{
	struct counter *c = arg;

	if (c->users)
		c->users[--c->count[view->buf]] = c->op;
	else
		c->count[view->buf]++;
}

int ge_uses_find(const struct ge_ir *ir, struct ge_uses *uses)
{
	size_t n = ir->num_bufs + 1;
	struct counter c = { 0 };
	uint32_t total = 0;

	memset(uses, 0, sizeof(*uses));
	uses->first = calloc(n + 1, sizeof(*uses->first));
	uses->writer = calloc(n, sizeof(*uses->writer));
	uses->num_writers = calloc(n, sizeof(*uses->num_writers));
	uses->before = calloc(ir->num_ops + 1, sizeof(*uses->before));
	if (!uses->before || !uses->first || !uses->writer || !uses->num_writers)
		goto no_memory;
	c.count = uses->first;
	for (size_t i = 0; i < ir->num_ops; i++) {
		struct ge_lop *op = &ir->ops[i];

		if (!op->opcode)
			continue;
		ge_each_operand(op, count_use, &c);
		uses->before[i] = uses->num_writers[op->out.buf] ? uses->writer[op->out.buf] :
								   GE_NO_BUF;
		uses->writer[op->out.buf] = (uint32_t)i;
		uses->num_writers[op->out.buf]++;
	}
	/* Each entry becomes the end of its buffer's part, which filling moves to its start. */
	for (size_t i = 0; i < n; i++) {
		total += uses->first[i];
		uses->first[i] = total;
	}
	uses->first[n] = total;
	uses->users = calloc((size_t)total + 1, sizeof(*uses->users));
	if (!uses->users)
		goto no_memory;
	c.users = uses->users;
	for (size_t i = ir->num_ops; i-- > 0;) {
		c.op = (uint32_t)i;
		if (ir->ops[i].opcode)
			ge_each_operand(&ir->ops[i], count_use, &c);
	}
	return 0;

no_memory:
	ge_uses_free(uses);
	return ge_error(ENOMEM, "no memory for the compiler");
}

void ge_uses_free(struct ge_uses *uses)
{
	free(uses->first);
	free(uses->users);
	free(uses->writer);
	free(uses->before);
	free(uses->num_writers);
	memset(uses, 0, sizeof(*uses));
}

bool ge_plain_float(const struct ge_view *view)
{
	return view->dtype == GE_DT_FLOAT || view->dtype == GE_DT_FLOAT16 ||
	       view->dtype == GE_DT_BF16;
}

struct ge_lop *ge_maker(const struct ge_ir *ir, const struct ge_uses *uses,
			const struct ge_view *view)
{
	struct ge_lop *op;

	if (view->buf == GE_NO_BUF || ir->bufs[view->buf].kind != GE_BUF_TEMP ||
	    uses->num_writers[view->buf] != 1)
		return NULL;
	op = &ir->ops[uses->writer[view->buf]];
	return op->opcode && ge_view_same(&op->out, view) ? op : NULL;
}
