// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "graph/graph.h"

#define MAX_NODE_ATTRS	64

const struct ge_attr *ge_node_attr(const struct ge_node *node, const char *name)
{
	for (size_t i = 0; i < node->num_attrs; i++)
		if (!strcmp(node->attrs[i].name, name))
			return &node->attrs[i];
	return NULL;
}

void ge_attr_clear(struct ge_attr *attr)
{
	switch (attr->kind) {
	case GE_ATTR_STRING:
		free(attr->s);
		break;
	case GE_ATTR_INTS:
		free(attr->ints);
		break;
	case GE_ATTR_FLOATS:
		free(attr->floats);
		break;
	case GE_ATTR_STRINGS:
		for (size_t i = 0; attr->strings && i < attr->count; i++)
			free(attr->strings[i]);
		free(attr->strings);
		break;
	case GE_ATTR_TENSOR:
		ge_blob_put(attr->tensor.blob);
		break;
	case GE_ATTR_GRAPH:
		ge_graph_destroy(attr->graph);
		break;
	default:
		break;
	}
	free(attr->name);
	memset(attr, 0, sizeof(*attr));
}

static void *copy_bytes(const void *data, size_t size)
{
	void *copy = malloc(size ? size : 1);

	if (copy && size)
		memcpy(copy, data, size);
	return copy;
}

char **ge_strings_copy(const char *const *values, size_t count)
{
	char **copy = calloc(count ? count : 1, sizeof(*copy));

	for (size_t i = 0; copy && i < count; i++) {
		copy[i] = strdup(values[i]);
		if (copy[i])
			continue;
		while (i)
			free(copy[--i]);
		free(copy);
		copy = NULL;
	}
	return copy;
}

int ge_attr_copy(const struct ge_attr *from, struct ge_attr *to)
{
	*to = *from;
	to->name = strdup(from->name);
	switch (from->kind) {
	case GE_ATTR_STRING:
		to->s = strdup(from->s);
		break;
	case GE_ATTR_INTS:
		to->ints = copy_bytes(from->ints, from->count * sizeof(*from->ints));
		break;
	case GE_ATTR_FLOATS:
		to->floats = copy_bytes(from->floats, from->count * sizeof(*from->floats));
		break;
	case GE_ATTR_STRINGS:
		to->strings = ge_strings_copy((const char *const *)from->strings, from->count);
		break;
	case GE_ATTR_TENSOR:
		ge_blob_get(to->tensor.blob);
		break;
	case GE_ATTR_GRAPH:
		if (ge_graph_copy(from->graph, &to->graph))
			to->graph = NULL;
		break;
	default:
		break;
	}
	if (to->name && (from->kind != GE_ATTR_STRING || to->s) &&
	    (from->kind != GE_ATTR_INTS || to->ints) &&
	    (from->kind != GE_ATTR_FLOATS || to->floats) &&
	    (from->kind != GE_ATTR_STRINGS || to->strings) &&
	    (from->kind != GE_ATTR_GRAPH || to->graph))
		return 0;
	ge_attr_clear(to);
	return ge_error(ENOMEM, "no memory for attribute '%s'", from->name);
}

int ge_node_set_attr(struct ge_node *node, struct ge_attr *attr)
{
	struct ge_attr *attrs;
	int ret;

	for (size_t i = 0; i < node->num_attrs; i++) {
		if (strcmp(node->attrs[i].name, attr->name))
			continue;
		ge_attr_clear(&node->attrs[i]);
		node->attrs[i] = *attr;
		return 0;
	}
	if (node->num_attrs == MAX_NODE_ATTRS) {
		ret = ge_error(EINVAL, "operator '%s' has more than %d attributes", node->name,
			       MAX_NODE_ATTRS);
		goto fail;
	}
	attrs = realloc(node->attrs, (node->num_attrs + 1) * sizeof(*attrs));
	if (!attrs) {
		ret = ge_error(ENOMEM, "no memory for attribute '%s'", attr->name);
		goto fail;
	}
	node->attrs = attrs;
	node->attrs[node->num_attrs++] = *attr;
	return 0;

fail:
	ge_attr_clear(attr);
	return ret;
}
