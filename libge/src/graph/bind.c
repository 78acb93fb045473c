// SPDX-License-Identifier: MIT
/*
 * Which edge belongs to which input of the prototype. Inputs are connected by name or by position;
 * a position counts all inputs, so what it means depends on how many a dynamic input has.
 */
#include <errno.h>
#include <stdlib.h>
#include "base/error.h"
#include "graph/graph.h"

static int too_many(const struct ge_node *node, unsigned int position)
{
	return ge_error(EINVAL, "operator '%s' (%s) has no input %u; its inputs are \"%s\"",
			node->name, node->def->type, position, node->def->inputs);
}

int ge_node_bind(const struct ge_node *node, struct ge_edge **edges, size_t *first)
{
	struct ge_edge *all;
	struct ge_slot slots[GE_MAX_SLOTS];
	size_t num = ge_slots_parse(node->def->inputs, slots);
	size_t count[GE_MAX_SLOTS], positions = 0, total = 0, after = 0;
	size_t named[GE_MAX_SLOTS] = { 0 };
	size_t dynamic = num;

	for (size_t i = 0; i < node->num_inputs; i++) {
		const struct ge_input *in = &node->inputs[i];

		if (in->slot < 0 && in->index >= positions)
			positions = in->index + 1;
		else if (in->slot >= 0 && in->index >= named[in->slot])
			named[in->slot] = in->index + 1;
	}
	for (size_t s = 0; s < num; s++) {
		count[s] = 1;
		if (slots[s].kind == GE_SLOT_DYNAMIC && dynamic < num)
			count[s] = named[s];
		else if (slots[s].kind == GE_SLOT_DYNAMIC)
			dynamic = s;
		else if (s > dynamic && !named[s])
			after++;
	}
	if (dynamic < num) {
		size_t around = dynamic + after;

		count[dynamic] = positions > around ? positions - around : 0;
		if (named[dynamic] > count[dynamic])
			count[dynamic] = named[dynamic];
	}
	for (size_t s = 0; s < num; s++) {
		first[s] = total;
		total += count[s];
	}
	for (size_t s = num; s <= GE_MAX_SLOTS; s++)
		first[s] = total;
	if (positions > total)
		return too_many(node, (unsigned int)positions - 1);
	all = calloc(total + 1, sizeof(*all));
	if (!all)
		return ge_error(ENOMEM, "operator '%s': no memory", node->name);
	for (size_t i = 0; i < node->num_inputs; i++) {
		const struct ge_input *in = &node->inputs[i];
		size_t at = in->slot < 0 ? in->index : first[in->slot] + in->index;

		all[at] = in->from;
	}
	for (size_t s = 0; s < num; s++) {
		if (slots[s].kind == GE_SLOT_OPTIONAL)
			continue;
		for (size_t i = first[s]; i < first[s + 1]; i++) {
			if (all[i].node)
				continue;
			free(all);
			return ge_error(EINVAL, "operator '%s' (%s): input '%.*s' is not connected",
					node->name, node->def->type, (int)slots[s].length,
					slots[s].name);
		}
		if (first[s] == first[s + 1] && !slots[s].may_be_none) {
			free(all);
			return ge_error(EINVAL, "operator '%s' (%s): no input '%.*s0' is connected",
					node->name, node->def->type, (int)slots[s].length,
					slots[s].name);
		}
	}
	*edges = all;
	return 0;
}
