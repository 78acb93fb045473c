// SPDX-License-Identifier: MIT
/*
 * From a parsed ModelProto to a ge_graph. Values (the edges of ONNX, known by name) are collected
 * first, from inputs, initializers and operators, so operators may come in any order; then they
 * are connected. A value without a maker, one with two, and a cycle are found on the way.
 *
 * Bodies of If and Loop are graphs too, built while their operator is connected. What they use
 * from outside becomes an input of theirs, after those that they declare, and the operator's
 * input "captures".
 *
 * ONNX operators become "onnx::<type>" with their attributes and an attribute "opset", the version
 * of ONNX's operator set that the model was written for.
 */
#include <errno.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "graph/graph.h"
#include "onnx.h"

#define NO_MAKER	SIZE_MAX
#define MAX_DEPTH	16	/* of graphs inside of graphs */

struct value {
	const char *name;
	struct ge_node *node;
	unsigned int output;
	size_t maker;		/* index of the NodeProto, NO_MAKER for inputs and constants */
};

/* A value that a body takes from outside. */
struct capture {
	struct value inside;
	struct capture *next;
};

struct import {
	const struct onnx_source *src;
	struct import *outer;	/* of a body; else NULL */
	unsigned int depth;
	struct capture *captures, **last_capture;
	const Onnx__ModelProto *model;
	const Onnx__GraphProto *proto;
	struct ge_graph *graph;
	int64_t opset;
	struct value *values;
	size_t num_values;
	void *by_name;		/* tsearch tree of values */
	void *node_names;	/* tsearch tree of names given to nodes */
	struct ge_node **nodes;	/* by NodeProto; NULL for Constant */
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct value *)a)->name, ((const struct value *)b)->name);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void keep(void *key)
{
	(void)key;
}

static const char *text(const char *s)
{
	return s ? s : "";
}

static struct value *find_value(struct import *im, const char *name)
{
	struct value key = { .name = name };
	void *found = tfind(&key, &im->by_name, by_name);

	return found ? *(struct value **)found : NULL;
}

/* "operator 'conv1' (Conv)" */
static const char *op_text(const struct import *im, size_t index, char *buf, size_t size)
{
	const Onnx__NodeProto *node = im->proto->node[index];

	if (node->name && *node->name)
		snprintf(buf, size, "operator '%.80s' (%.40s)", node->name, text(node->op_type));
	else
		snprintf(buf, size, "operator %zu (%.40s)", index, text(node->op_type));
	return buf;
}

static int capture(struct import *im, const char *name, struct value **result);

/* The value of this name, here or in a graph around, or NULL in @result. */
static int look_up(struct import *im, const char *name, struct value **result)
{
	*result = find_value(im, name);
	return *result || !im->outer ? 0 : capture(im, name, result);
}

static int add_value(struct import *im, const char *name, struct ge_node *node,
		     unsigned int output, size_t maker)
{
	struct value *value = &im->values[im->num_values];
	struct value **slot;

	*value = (struct value){ name, node, output, maker };
	slot = tsearch(value, &im->by_name, by_name);
	if (!slot)
		return ge_error(ENOMEM, "%s: no memory for tensor '%s'", im->src->file, name);
	if (*slot != value)
		return ge_error(EINVAL, "%s: tensor '%s' is made twice; every name must have one "
				"maker",
				im->src->file, name);
	im->num_values++;
	return 0;
}

static int failed(struct import *im, ge_status status, const char *what)
{
	ge_error_prefix("%s: %s", im->src->file, what);
	return status == GE_UNSUPPORTED ? -ENOTSUP :
	       status == GE_MEMALLOC_FAILED ? -ENOMEM : -EINVAL;
}

/*
 * Node names are unique in a ge_graph; those of ONNX may be absent or repeat themselves, or be
 * that of an input. @hint is used as it is if it is free, else with a number.
 */
static int new_name(struct import *im, const char *hint, const char **result)
{
	char *name = strdup(hint);
	void *slot;

	for (unsigned int n = 1; name && tfind(name, &im->node_names, by_text); n++) {
		free(name);
		if (asprintf(&name, "%s_%u", hint, n) < 0)
			name = NULL;
	}
	slot = name ? tsearch(name, &im->node_names, by_text) : NULL;
	if (!slot) {
		free(name);
		return ge_error(ENOMEM, "%s: no memory for operator '%s'", im->src->file, hint);
	}
	*result = name;
	return 0;
}

static int add_node(struct import *im, const char *type, const char *hint, struct ge_node **node)
{
	const char *name;
	ge_status status;
	int ret = new_name(im, hint, &name);

	if (ret)
		return ret;
	status = ge_graph_add(im->graph, type, name, node);
	return status ? failed(im, status, name) : 0;
}

/* An input of this graph for a value of one around it. */
static int capture(struct import *im, const char *name, struct value **result)
{
	const struct ge_tensor_desc unknown = { .dtype = GE_DT_UNDEFINED, .rank = -1,
						.format = GE_FORMAT_ND };
	const char *node_name;
	struct value *outside;
	struct capture *c;
	ge_status status;
	int ret;

	ret = look_up(im->outer, name, &outside);
	if (ret || !outside)
		return ret;
	c = calloc(1, sizeof(*c));
	if (!c)
		return ge_error(ENOMEM, "%s: no memory for tensor '%s'", im->src->file, name);
	*im->last_capture = c;
	im->last_capture = &c->next;
	c->inside = (struct value){ .name = name, .maker = NO_MAKER };
	ret = new_name(im, name, &node_name);
	if (ret)
		return ret;
	status = ge_graph_add_input(im->graph, node_name, &unknown, &c->inside.node);
	if (status)
		return failed(im, status, name);
	if (!tsearch(&c->inside, &im->by_name, by_name))
		return ge_error(ENOMEM, "%s: no memory for tensor '%s'", im->src->file, name);
	*result = &c->inside;
	return 0;
}

static int read_type(struct import *im, const Onnx__ValueInfoProto *info, const char *what,
		     struct ge_tensor_desc *desc)
{
	const Onnx__TypeProto__Tensor *tensor;
	char buf[16];

	memset(desc, 0, sizeof(*desc));
	desc->format = GE_FORMAT_ND;
	desc->dtype = GE_DT_UNDEFINED;
	desc->rank = -1;
	/* What a body's inputs are is known from outside. */
	if (im->outer && (!info->type ||
			  (info->type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE &&
			   !info->type->tensor_type->elem_type)))
		return 0;
	if (!info->type || info->type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
		return ge_error(ENOTSUP, "%s: %s: is %s, expected a tensor", im->src->file, what,
				info->type ? "a sequence, map, optional or sparse tensor" :
					     "without a type");
	tensor = info->type->tensor_type;
	desc->dtype = onnx_dtype(tensor->elem_type);
	if (desc->dtype == GE_DT_UNDEFINED)
		return ge_error(ENOTSUP, "%s: %s: has element type %s, which libge does not "
				"support",
				im->src->file, what,
				onnx_dtype_name(tensor->elem_type, buf, sizeof(buf)));
	if (!tensor->shape)
		return 0;
	if (tensor->shape->n_dim > GE_MAX_RANK)
		return ge_error(ENOTSUP, "%s: %s: has %zu dimensions, libge takes up to %d",
				im->src->file, what, tensor->shape->n_dim, GE_MAX_RANK);
	desc->rank = tensor->shape->n_dim;
	for (size_t i = 0; i < tensor->shape->n_dim; i++) {
		const Onnx__TensorShapeProto__Dimension *dim = tensor->shape->dim[i];

		desc->dims[i] = -1;
		if (dim->value_case != ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE)
			continue;
		if (dim->dim_value > INT32_MAX)
			return ge_error(EINVAL, "%s: %s: dimension %zu is %lld, expected up to %d",
					im->src->file, what, i, (long long)dim->dim_value,
					INT32_MAX);
		/* Exporters write negative numbers for what is not known. */
		if (dim->dim_value >= 0)
			desc->dims[i] = dim->dim_value;
	}
	return 0;
}

static int add_const(struct import *im, const char *name, const struct ge_tensor *tensor,
		     size_t maker)
{
	char *taken = strdup(name);
	struct ge_node *node;
	ge_status status;

	if (!taken || !tsearch(taken, &im->node_names, by_text)) {
		free(taken);
		return ge_error(ENOMEM, "%s: no memory for tensor '%s'", im->src->file, name);
	}
	status = ge_graph_add_const(im->graph, name, &tensor->desc, tensor->data, tensor->size,
				    &node);
	if (status)
		return failed(im, status, "constants");
	return add_value(im, name, node, 0, maker);
}

static int add_const_proto(struct import *im, const char *name, const Onnx__TensorProto *proto,
			   const char *what, size_t maker)
{
	struct ge_tensor tensor;
	void *owned;
	int ret;

	ret = onnx_tensor_read(im->src, proto, what, &tensor, &owned);
	if (ret)
		return ret;
	/* Checked before the node's name can clash, for a message that speaks of tensors. */
	if (find_value(im, name))
		ret = ge_error(EINVAL, "%s: tensor '%s' is made twice; every name must have one "
			       "maker",
			       im->src->file, name);
	else
		ret = add_const(im, name, &tensor, maker);
	free(owned);
	return ret;
}

static int add_initializers(struct import *im)
{
	char what[128];

	if (im->proto->n_sparse_initializer)
		return ge_error(ENOTSUP, "%s: the graph has sparse initializers, which libge does "
				"not support",
				im->src->file);
	for (size_t i = 0; i < im->proto->n_initializer; i++) {
		const Onnx__TensorProto *proto = im->proto->initializer[i];
		int ret;

		if (!proto->name || !*proto->name)
			return ge_error(EINVAL, "%s: initializer %zu has no name", im->src->file,
					i);
		snprintf(what, sizeof(what), "initializer '%.100s'", proto->name);
		ret = add_const_proto(im, proto->name, proto, what, NO_MAKER);
		if (ret)
			return ret;
	}
	return 0;
}

/* Inputs that have an initializer are constants: before IR version 4 all initializers had one. */
static int add_inputs(struct import *im)
{
	char what[128];

	for (size_t i = 0; i < im->proto->n_input; i++) {
		const Onnx__ValueInfoProto *info = im->proto->input[i];
		const struct value *value;
		struct ge_tensor_desc desc;
		struct ge_node *node;
		ge_status status;
		char *name;
		int ret;

		if (!info->name || !*info->name)
			return ge_error(EINVAL, "%s: graph input %zu has no name", im->src->file,
					i);
		value = find_value(im, info->name);
		if (value && !strcmp(ge_node_type(value->node), "Const"))
			continue;
		if (value)
			return ge_error(EINVAL, "%s: graph input '%s' is there twice",
					im->src->file, info->name);
		snprintf(what, sizeof(what), "graph input '%.100s'", info->name);
		ret = read_type(im, info, what, &desc);
		if (ret)
			return ret;
		name = strdup(info->name);
		if (!name || !tsearch(name, &im->node_names, by_text)) {
			free(name);
			return ge_error(ENOMEM, "%s: no memory for %s", im->src->file, what);
		}
		status = ge_graph_add_input(im->graph, info->name, &desc, &node);
		if (status)
			return failed(im, status, what);
		ret = add_value(im, info->name, node, 0, NO_MAKER);
		if (ret)
			return ret;
	}
	return 0;
}

static ge_status set_strings(struct ge_node *node, const Onnx__AttributeProto *attr)
{
	char **list = calloc(attr->n_strings + 1, sizeof(*list));
	ge_status status = GE_MEMALLOC_FAILED;
	size_t n = 0;

	for (; list && n < attr->n_strings; n++) {
		const ProtobufCBinaryData *value = &attr->strings[n];

		list[n] = strndup(value->data ? (const char *)value->data : "", value->len);
		if (!list[n])
			break;
	}
	if (list && n == attr->n_strings)
		status = ge_node_set_strings(node, attr->name, (const char *const *)list, n);
	else
		ge_error(ENOMEM, "no memory for attribute '%s'", attr->name);
	while (n)
		free(list[--n]);
	free(list);
	return status;
}

static int set_tensor(struct import *im, struct ge_node *node, const char *op, const char *name,
		      const Onnx__TensorProto *proto)
{
	struct ge_tensor tensor;
	ge_status status;
	char what[256];
	void *owned;
	int ret;

	if (!proto)
		return ge_error(EINVAL, "%s: %s: attribute '%s' has no tensor", im->src->file, op,
				name);
	snprintf(what, sizeof(what), "%s: attribute '%.60s'", op, name);
	ret = onnx_tensor_read(im->src, proto, what, &tensor, &owned);
	if (ret)
		return ret;
	status = ge_node_set_tensor(node, name, &tensor);
	if (status)
		ret = failed(im, status, op);
	free(owned);
	return ret;
}

static ge_status set_string(struct ge_node *node, const char *name,
			    const ProtobufCBinaryData *value)
{
	char *copy = strndup(value->data ? (const char *)value->data : "", value->len);
	ge_status status;

	if (!copy) {
		ge_error(ENOMEM, "no memory for attribute '%s'", name);
		return GE_MEMALLOC_FAILED;
	}
	status = ge_node_set_string(node, name, copy);
	free(copy);
	return status;
}

/* Before IR version 4 the type was not written: it is that of the field that is used. */
static int attr_type(const Onnx__AttributeProto *attr)
{
	if (attr->has_type && attr->type)
		return attr->type;
	if (attr->has_f)
		return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT;
	if (attr->has_i)
		return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
	if (attr->has_s)
		return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING;
	if (attr->t)
		return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR;
	if (attr->g)
		return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH;
	if (attr->n_floats)
		return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS;
	if (attr->n_strings)
		return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRINGS;
	return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS;
}

static int set_attr(struct import *im, struct ge_node *node, const char *op,
		    const Onnx__AttributeProto *attr)
{
	ge_status status;

	if (!attr->name || !*attr->name)
		return ge_error(EINVAL, "%s: %s: has an attribute without a name", im->src->file,
				op);
	if (attr->ref_attr_name && *attr->ref_attr_name)
		return ge_error(EINVAL, "%s: %s: attribute '%s' refers to one of a function, but "
				"this is no function",
				im->src->file, op, attr->name);
	switch (attr_type(attr)) {
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT:
		status = ge_node_set_float(node, attr->name, attr->f);
		break;
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT:
		status = ge_node_set_int(node, attr->name, attr->i);
		break;
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING:
		status = set_string(node, attr->name, &attr->s);
		break;
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS:
		status = ge_node_set_floats(node, attr->name, attr->floats, attr->n_floats);
		break;
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS:
		status = ge_node_set_ints(node, attr->name, attr->ints, attr->n_ints);
		break;
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRINGS:
		status = set_strings(node, attr);
		break;
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR:
		return set_tensor(im, node, op, attr->name, attr->t);
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH:
		return 0;	/* when all values around it are there, see add_bodies() */
	default:
		return ge_error(ENOTSUP, "%s: %s: attribute '%s' has type %d, which libge does not "
				"support",
				im->src->file, op, attr->name, attr_type(attr));
	}
	return status ? failed(im, status, op) : 0;
}

/* Constant: the one of its attributes that has the value. */
static int add_constant_op(struct import *im, size_t index, const char *op)
{
	const Onnx__NodeProto *node = im->proto->node[index];
	struct ge_tensor tensor = { .desc = { .format = GE_FORMAT_ND } };
	const Onnx__AttributeProto *attr;

	if (node->n_attribute != 1 || !node->attribute[0]->name || node->n_input)
		return ge_error(EINVAL, "%s: %s: expected one attribute that has the value",
				im->src->file, op);
	if (node->n_output != 1 || !*node->output[0])
		return ge_error(EINVAL, "%s: %s: expected one output", im->src->file, op);
	attr = node->attribute[0];
	if (!strcmp(attr->name, "value") && attr->t)
		return add_const_proto(im, node->output[0], attr->t, op, index);

	tensor.desc.rank = 1;
	if (!strcmp(attr->name, "value_float") && attr->has_f) {
		tensor.desc.dtype = GE_DT_FLOAT;
		tensor.desc.rank = 0;
		tensor.data = (void *)&attr->f;
		tensor.size = sizeof(attr->f);
	} else if (!strcmp(attr->name, "value_int") && attr->has_i) {
		tensor.desc.dtype = GE_DT_INT64;
		tensor.desc.rank = 0;
		tensor.data = (void *)&attr->i;
		tensor.size = sizeof(attr->i);
	} else if (!strcmp(attr->name, "value_floats")) {
		tensor.desc.dtype = GE_DT_FLOAT;
		tensor.desc.dims[0] = attr->n_floats;
		tensor.data = attr->n_floats ? (void *)attr->floats : (void *)"";
		tensor.size = attr->n_floats * sizeof(*attr->floats);
	} else if (!strcmp(attr->name, "value_ints")) {
		tensor.desc.dtype = GE_DT_INT64;
		tensor.desc.dims[0] = attr->n_ints;
		tensor.data = attr->n_ints ? (void *)attr->ints : (void *)"";
		tensor.size = attr->n_ints * sizeof(*attr->ints);
	} else {
		return ge_error(ENOTSUP, "%s: %s: attribute '%s' is not supported, expected value, "
				"value_float(s) or value_int(s)",
				im->src->file, op, attr->name);
	}
	if (find_value(im, node->output[0]))
		return ge_error(EINVAL, "%s: tensor '%s' is made twice; every name must have one "
				"maker",
				im->src->file, node->output[0]);
	return add_const(im, node->output[0], &tensor, index);
}

static bool is_onnx_domain(const char *domain)
{
	return !domain || !*domain || !strcmp(domain, "ai.onnx");
}

static int add_op(struct import *im, size_t index)
{
	const Onnx__NodeProto *node = im->proto->node[index];
	const char *hint = node->name;
	char op[160], type[80];
	ge_status status;
	int ret;

	op_text(im, index, op, sizeof(op));
	if (!node->op_type || !*node->op_type || strlen(node->op_type) > 64)
		return ge_error(EINVAL, "%s: %s: has no operator type, or one that is too long",
				im->src->file, op);
	if (!is_onnx_domain(node->domain))
		return ge_error(ENOTSUP, "%s: %s: is of domain '%s', libge has operators of ONNX's "
				"own domain only",
				im->src->file, op, node->domain);
	if (!strcmp(node->op_type, "Constant"))
		return add_constant_op(im, index, op);

	for (size_t i = 0; i < node->n_output && (!hint || !*hint); i++)
		hint = node->output[i];
	snprintf(type, sizeof(type), "onnx::%s", node->op_type);
	ret = add_node(im, type, hint && *hint ? hint : node->op_type, &im->nodes[index]);
	if (ret)
		return ret;
	status = ge_node_set_int(im->nodes[index], "opset", im->opset);
	/* How many parts there are is not told otherwise before operator set 18. */
	if (!status && !strcmp(node->op_type, "Split"))
		status = ge_node_set_int(im->nodes[index], "num_outputs", (int64_t)node->n_output);
	if (status)
		return failed(im, status, op);
	for (size_t i = 0; i < node->n_attribute; i++) {
		ret = set_attr(im, im->nodes[index], op, node->attribute[i]);
		if (ret)
			return ret;
	}
	for (size_t i = 0; i < node->n_output; i++) {
		if (!*node->output[i])
			continue;
		ret = add_value(im, node->output[i], im->nodes[index], i, index);
		if (ret)
			return ret;
	}
	return 0;
}

static int build(struct import *im);

static void free_import(struct import *im)
{
	struct capture *c;

	tdestroy(im->by_name, keep);
	tdestroy(im->node_names, free);
	free(im->nodes);
	free(im->values);
	while ((c = im->captures)) {
		im->captures = c->next;
		free(c);
	}
}

/* What a body takes from outside is connected to @node, after the @count inputs of such already. */
static int connect_captures(struct import *im, struct ge_node *node, const char *op,
			    const struct capture *captures, size_t *count)
{
	for (; captures; captures = captures->next) {
		struct value *value;
		ge_status status;
		char name[32];
		int ret = look_up(im, captures->inside.name, &value);

		if (ret || !value)
			return ret ? ret : -EINVAL;
		snprintf(name, sizeof(name), "captures%zu", (*count)++);
		status = ge_node_connect_name(node, name, value->node, value->output);
		if (status)
			return failed(im, status, op);
	}
	return 0;
}

static int add_body(struct import *im, struct ge_node *node, const char *op,
		    const Onnx__AttributeProto *attr, size_t *count)
{
	struct import body = { .src = im->src, .model = im->model, .proto = attr->g, .outer = im,
			       .depth = im->depth + 1 };
	struct ge_attr a = { .kind = GE_ATTR_GRAPH, .name = strdup(attr->name) };
	int ret = 0;

	body.last_capture = &body.captures;
	if (!attr->g)
		ret = ge_error(EINVAL, "%s: %s: attribute '%s' has no graph", im->src->file, op,
			       attr->name);
	else if (body.depth > MAX_DEPTH)
		ret = ge_error(ENOTSUP, "%s: %s: graphs are nested deeper than %d", im->src->file,
			       op, MAX_DEPTH);
	else if (!a.name || ge_graph_create(attr->name, &body.graph))
		ret = -ENOMEM;
	if (!ret)
		ret = build(&body);
	if (!ret)
		ret = connect_captures(im, node, op, body.captures, count);
	free_import(&body);
	if (ret) {
		ge_graph_destroy(body.graph);
		free(a.name);
		return ret;
	}
	a.graph = body.graph;
	return ge_node_set_attr(node, &a);
}

/* In the order of the prototype's attributes, whatever order the file has. */
static int add_bodies(struct import *im, size_t index, const char *op)
{
	static const char *const names[] = { "then_branch", "else_branch", "body" };
	const Onnx__NodeProto *node = im->proto->node[index];
	size_t count = 0;
	int ret = 0;

	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
		for (size_t i = 0; !ret && i < node->n_attribute; i++)
			if (attr_type(node->attribute[i]) ==
			    ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH &&
			    !strcmp(node->attribute[i]->name, names[n]))
				ret = add_body(im, im->nodes[index], op, node->attribute[i],
					       &count);
	return ret;
}

static int connect_op(struct import *im, size_t index)
{
	const Onnx__NodeProto *node = im->proto->node[index];
	char op[160];

	if (!im->nodes[index])
		return 0;
	op_text(im, index, op, sizeof(op));
	for (size_t i = 0; i < node->n_input; i++) {
		struct value *value;
		ge_status status;
		int ret;

		if (!*node->input[i])	/* an optional input that is absent */
			continue;
		ret = look_up(im, node->input[i], &value);
		if (ret)
			return ret;
		if (!value)
			return ge_error(EINVAL, "%s: %s: input %zu is tensor '%s', but no graph "
					"input, initializer or operator makes one of this name",
					im->src->file, op, i, node->input[i]);
		status = ge_node_connect(im->nodes[index], i, value->node, value->output);
		if (status)
			return failed(im, status, op);
	}
	return add_bodies(im, index, op);
}

/* Index of an operator that makes an input of @index and that is not @done, or NO_MAKER. */
static size_t unmade_input(struct import *im, size_t index, const bool *done)
{
	const Onnx__NodeProto *node = im->proto->node[index];

	for (size_t i = 0; i < node->n_input; i++) {
		const struct value *value = find_value(im, node->input[i]);

		if (value && value->maker != NO_MAKER && !done[value->maker])
			return value->maker;
	}
	return NO_MAKER;
}

static int report_cycle(struct import *im, size_t start, const bool *done)
{
	char first[160], next[160];
	size_t at = start;

	/* Going backwards as often as there are operators ends inside of the cycle. */
	for (size_t i = 0; i < im->proto->n_node; i++)
		at = unmade_input(im, at, done);
	return ge_error(EINVAL, "%s: the operators form a cycle: %s needs what %s makes, which "
			"needs it in turn",
			im->src->file, op_text(im, at, first, sizeof(first)),
			op_text(im, unmade_input(im, at, done), next, sizeof(next)));
}

/*
 * Depth first along the inputs with an explicit stack; every operator is pushed once, and each
 * visit goes on at the input where the last one stopped.
 */
static int check_cycles(struct import *im)
{
	size_t n = im->proto->n_node, depth = 0;
	bool *done = calloc(n + 1, sizeof(*done));
	bool *open = calloc(n + 1, sizeof(*open));
	size_t *stack = calloc(n + 1, sizeof(*stack));
	size_t *next = calloc(n + 1, sizeof(*next));
	int ret = 0;

	if (!done || !open || !stack || !next)
		ret = ge_error(ENOMEM, "%s: no memory to check %zu operators", im->src->file, n);
	for (size_t i = 0; !ret && i < n; i++) {
		if (done[i])
			continue;
		stack[depth++] = i;
		open[i] = true;
		while (depth && !ret) {
			size_t at = stack[depth - 1];
			const Onnx__NodeProto *node = im->proto->node[at];
			const struct value *value;

			if (next[at] == node->n_input) {
				done[at] = true;
				depth--;
				continue;
			}
			value = find_value(im, node->input[next[at]++]);
			if (!value || value->maker == NO_MAKER || done[value->maker])
				continue;
			if (open[value->maker]) {
				ret = report_cycle(im, at, done);
			} else {
				open[value->maker] = true;
				stack[depth++] = value->maker;
			}
		}
	}
	free(next);
	free(stack);
	free(open);
	free(done);
	return ret;
}

static int add_outputs(struct import *im)
{
	if (!im->proto->n_output)
		return ge_error(EINVAL, "%s: the graph has no outputs", im->src->file);
	for (size_t i = 0; i < im->proto->n_output; i++) {
		const char *name = text(im->proto->output[i]->name);
		struct value *value;
		ge_status status;
		int ret = look_up(im, name, &value);

		if (ret)
			return ret;
		if (!value)
			return ge_error(EINVAL, "%s: graph output %zu is tensor '%s', but no graph "
					"input, initializer or operator makes one of this name",
					im->src->file, i, name);
		status = ge_graph_add_output(im->graph, value->node, value->output);
		if (status)
			return failed(im, status, "graph outputs");
	}
	return 0;
}

static int read_opset(struct import *im)
{
	for (size_t i = 0; i < im->model->n_opset_import; i++) {
		const Onnx__OperatorSetIdProto *set = im->model->opset_import[i];

		if (is_onnx_domain(set->domain) && set->has_version && set->version > 0) {
			im->opset = set->version;
			return 0;
		}
	}
	/* IR versions 1 and 2 have no opset_import, which means operator set 1. */
	if (!im->model->n_opset_import && im->model->ir_version < 3) {
		im->opset = 1;
		return 0;
	}
	return ge_error(EINVAL, "%s: opset_import has no version of ONNX's own operators",
			im->src->file);
}

static int count_values(struct import *im)
{
	size_t n = im->proto->n_input + im->proto->n_initializer;

	for (size_t i = 0; i < im->proto->n_node; i++)
		n += im->proto->node[i]->n_output;
	/* One more: a name that turns out to be there already is written before it is dropped. */
	im->values = calloc(n + 1, sizeof(*im->values));
	im->nodes = calloc(im->proto->n_node + 1, sizeof(*im->nodes));
	if (!im->values || !im->nodes)
		return ge_error(ENOMEM, "%s: no memory for a graph of %zu tensors", im->src->file,
				n);
	return 0;
}

static int build(struct import *im)
{
	int ret = read_opset(im);

	if (!ret)
		ret = count_values(im);
	if (!ret)
		ret = add_initializers(im);
	if (!ret)
		ret = add_inputs(im);
	for (size_t i = 0; !ret && i < im->proto->n_node; i++)
		ret = add_op(im, i);
	for (size_t i = 0; !ret && i < im->proto->n_node; i++)
		ret = connect_op(im, i);
	if (!ret)
		ret = check_cycles(im);
	if (!ret)
		ret = add_outputs(im);
	return ret;
}

int onnx_import(const struct onnx_source *src, const Onnx__ModelProto *model,
		struct ge_graph **graph)
{
	struct import im = { .src = src, .model = model, .proto = model->graph };
	const char *name;
	int ret;

	if (!model->graph)
		return ge_error(EBADMSG, "%s: not an ONNX model: it has no graph", src->file);
	name = model->graph->name && *model->graph->name ? model->graph->name : src->file;
	if (ge_graph_create(name, &im.graph))
		return -ENOMEM;
	ret = build(&im);
	if (ret)
		ge_graph_destroy(im.graph);
	else
		*graph = im.graph;
	free_import(&im);
	return ret;
}
