// SPDX-License-Identifier: MIT
/*
 * Operators whose result nobody needs, and operators that compute what another one has computed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "compiler/passes.h"

static void mark(void *arg, struct ge_view *view)
{
	bool *needed = arg;

	needed[view->buf] = true;
}

int ge_pass_dead(struct ge_ir *ir)
{
	bool *needed = calloc(ir->num_bufs + 1, sizeof(*needed));

	if (!needed)
		return ge_error(ENOMEM, "no memory for the compiler");
	for (size_t i = 0; i < ir->num_bufs; i++)
		needed[i] = ir->bufs[i].kind == GE_BUF_OUTPUT;
	/* Users come after what they use, so one way back sees all. */
	for (size_t i = ir->num_ops; i-- > 0;) {
		struct ge_lop *op = &ir->ops[i];

		if (!op->opcode)
			continue;
		if (needed[op->out.buf])
			ge_each_operand(op, mark, needed);
		else
			ge_ir_remove(op);
	}
	free(needed);
	ge_ir_pack(ir);
	return 0;
}

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3ull;
	return hash;
}

static uint64_t hash_op(const struct ge_lop *op)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	hash = hash_bytes(hash, &op->opcode, sizeof(op->opcode));
	for (int i = 0; i < op->num_in; i++) {
		hash = hash_bytes(hash, &op->in[i].buf, sizeof(op->in[i].buf));
		hash = hash_bytes(hash, &op->in[i].offset, sizeof(op->in[i].offset));
	}
	return hash_bytes(hash, op->raw, sizeof(op->raw));
}

static bool same_op(const struct ge_lop *a, const struct ge_lop *b)
{
	if (a->opcode != b->opcode || a->num_in != b->num_in || a->num_posts || b->num_posts ||
	    a->out.dtype != b->out.dtype || !ge_view_same_dims(&a->out, &b->out) ||
	    memcmp(a->raw, b->raw, sizeof(a->raw)))
		return false;
	for (int i = 0; i < a->num_in; i++)
		if (!ge_view_same(&a->in[i], &b->in[i]))
			return false;
	/* The results have to be stored alike, as views of one are to become views of the other. */
	for (int i = 0; i < a->out.rank; i++)
		if (a->out.strides[i] != b->out.strides[i])
			return false;
	return a->out.offset == b->out.offset;
}

static void rename_buf(void *arg, struct ge_view *view)
{
	const uint32_t *names = arg;

	view->buf = names[view->buf];
}

int ge_pass_common(struct ge_ir *ir)
{
	size_t size = 64;
	uint32_t *table, *names = malloc((ir->num_bufs + 1) * sizeof(*names));
	struct ge_uses uses;

	while (size < ir->num_ops * 2)
		size *= 2;
	table = malloc(size * sizeof(*table));
	if (!table || !names || ge_uses_find(ir, &uses)) {
		free(table);
		free(names);
		return ge_error(ENOMEM, "no memory for the compiler");
	}
	for (size_t i = 0; i < size; i++)
		table[i] = GE_NO_BUF;
	for (size_t i = 0; i < ir->num_bufs; i++)
		names[i] = (uint32_t)i;
	for (size_t i = 0; i < ir->num_ops; i++) {
		struct ge_lop *op = &ir->ops[i];
		size_t at;

		if (!op->opcode)
			continue;
		ge_each_operand(op, rename_buf, names);
		if (ir->bufs[op->out.buf].kind != GE_BUF_TEMP ||
		    uses.num_writers[op->out.buf] != 1)
			continue;
		at = hash_op(op) & (size - 1);
		while (table[at] != GE_NO_BUF && !same_op(&ir->ops[table[at]], op))
			at = (at + 1) & (size - 1);
		if (table[at] == GE_NO_BUF) {
			table[at] = (uint32_t)i;
			continue;
		}
		names[op->out.buf] = ir->ops[table[at]].out.buf;
		ge_ir_remove(op);
	}
	ge_uses_free(&uses);
	free(table);
	free(names);
	ge_ir_pack(ir);
	return 0;
}
