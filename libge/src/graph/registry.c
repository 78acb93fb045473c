// SPDX-License-Identifier: MIT
#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "graph/registry.h"

static const struct ge_op_def *const tables[] = {
	ge_ops_core, ge_ops_elementwise, ge_ops_binary, ge_ops_conv, ge_ops_matmul, ge_ops_pool,
	ge_ops_norm, ge_ops_reduce, ge_ops_shape, ge_ops_slice, ge_ops_join, ge_ops_gather,
	ge_ops_pad, ge_ops_control, ge_ops_select, ge_ops_order, ge_ops_index, ge_ops_block,
	ge_ops_deconv, ge_ops_resize, ge_ops_sample, ge_ops_lrn, ge_ops_found, ge_ops_loss,
	ge_ops_special, ge_ops_quant, ge_ops_integer, ge_ops_moments, ge_ops_einsum, ge_ops_rnn,
};

#define NUM_TABLES	(sizeof(tables) / sizeof(tables[0]))
#define MAX_OPS		512

static const struct ge_op_def *sorted[MAX_OPS];
static size_t num_sorted;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int by_type(const void *a, const void *b)
{
	return strcmp((*(const struct ge_op_def *const *)a)->type,
		      (*(const struct ge_op_def *const *)b)->type);
}

static void sort_all(void)
{
	const struct ge_op_def *def;

	while (num_sorted < MAX_OPS && (def = ge_op_list(num_sorted)))
		sorted[num_sorted++] = def;
	qsort(sorted, num_sorted, sizeof(sorted[0]), by_type);
}

const struct ge_op_def *ge_op_find(const char *type)
{
	const struct ge_op_def key = { .type = type }, *keyp = &key, *const *found;

	pthread_once(&once, sort_all);
	found = bsearch(&keyp, sorted, num_sorted, sizeof(sorted[0]), by_type);
	return found ? *found : NULL;
}

const struct ge_op_def *ge_op_list(size_t index)
{
	for (size_t t = 0; t < NUM_TABLES; t++)
		for (const struct ge_op_def *def = tables[t]; def->type; def++)
			if (!index--)
				return def;
	return NULL;
}

size_t ge_slots_parse(const char *prototype, struct ge_slot slots[GE_MAX_SLOTS])
{
	size_t n = 0;

	while (*prototype && n < GE_MAX_SLOTS) {
		struct ge_slot *slot = &slots[n++];

		slot->name = prototype;
		slot->length = strcspn(prototype, " ?*");
		prototype += slot->length;
		slot->kind = *prototype == '?' ? GE_SLOT_OPTIONAL :
			     *prototype == '*' ? GE_SLOT_DYNAMIC : GE_SLOT_REQUIRED;
		slot->may_be_none = *prototype == '*' && prototype[1] == '?';
		prototype += strspn(prototype, " ?*");
	}
	return n;
}

int ge_slot_find(const char *prototype, const char *name, unsigned int *index)
{
	struct ge_slot slots[GE_MAX_SLOTS];
	size_t n = ge_slots_parse(prototype, slots);

	*index = 0;
	for (size_t i = 0; i < n; i++)
		if (strlen(name) == slots[i].length &&
		    !strncmp(name, slots[i].name, slots[i].length))
			return (int)i;
	for (size_t i = 0; i < n; i++) {
		const char *digits = name + slots[i].length;
		unsigned long value;
		char *end;

		if (slots[i].kind != GE_SLOT_DYNAMIC ||
		    strncmp(name, slots[i].name, slots[i].length) ||
		    !isdigit((unsigned char)*digits) || strlen(digits) > 5)
			continue;
		value = strtoul(digits, &end, 10);
		if (*end)
			continue;
		*index = (unsigned int)value;
		return (int)i;
	}
	return -1;
}

static const char *const kinds[] = {
	[GE_ATTR_INT] = "int", [GE_ATTR_FLOAT] = "float", [GE_ATTR_BOOL] = "bool",
	[GE_ATTR_STRING] = "string", [GE_ATTR_INTS] = "ints", [GE_ATTR_FLOATS] = "floats",
	[GE_ATTR_STRINGS] = "strings", [GE_ATTR_TENSOR] = "tensor", [GE_ATTR_GRAPH] = "graph",
};

const char *ge_attr_kind_text(enum ge_attr_kind kind)
{
	static const char *const words[] = {
		[GE_ATTR_INT] = "an integer", [GE_ATTR_FLOAT] = "a number",
		[GE_ATTR_BOOL] = "a truth value", [GE_ATTR_STRING] = "a string",
		[GE_ATTR_INTS] = "a list of integers", [GE_ATTR_FLOATS] = "a list of numbers",
		[GE_ATTR_STRINGS] = "a list of strings", [GE_ATTR_TENSOR] = "a tensor",
		[GE_ATTR_GRAPH] = "a graph",
	};

	return words[kind];
}

const char *ge_attr_defs_next(const char *at, struct ge_attr_def *attr)
{
	size_t length;

	if (!at)
		return NULL;
	at += strspn(at, " ");
	if (!*at)
		return NULL;
	memset(attr, 0, sizeof(*attr));
	attr->name = at;
	attr->length = strcspn(at, ":");
	at += attr->length + 1;
	length = strcspn(at, "!= ");
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		if (strlen(kinds[k]) == length && !strncmp(at, kinds[k], length))
			attr->kind = (enum ge_attr_kind)k;
	at += length;
	attr->required = *at == '!';
	attr->value = *at == '=' ? at + 1 : NULL;
	return at + strcspn(at, " ");
}

bool ge_attr_def_find(const struct ge_op_def *def, const char *name, struct ge_attr_def *attr)
{
	const char *at = def->attrs;

	while ((at = ge_attr_defs_next(at, attr)))
		if (strlen(name) == attr->length && !strncmp(name, attr->name, attr->length))
			return true;
	return false;
}
