/* SPDX-License-Identifier: MIT */
/*
 * Small ONNX models for tests, built through protobuf-c. Everything lives until om_free(). Lists of
 * names are written as "a b"; "-" is an input or output that is absent.
 */
#ifndef GE_TESTS_ONNX_MODEL_H
#define GE_TESTS_ONNX_MODEL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "onnx.pb-c.h"

#define OM_MAX	64	/* of each kind */

struct om {
	Onnx__ModelProto model;
	Onnx__GraphProto graph;
	Onnx__OperatorSetIdProto opset;
	Onnx__OperatorSetIdProto *opsets[1];
	struct Onnx__NodeProto **nodes;
	struct Onnx__TensorProto **tensors;
	struct Onnx__ValueInfoProto **inputs;
	struct Onnx__ValueInfoProto **outputs;
	void *kept[4096];
	size_t num_kept;
};

static inline void *om_keep(struct om *m, size_t size)
{
	void *ptr = calloc(1, size ? size : 1);

	if (!ptr || m->num_kept == sizeof(m->kept) / sizeof(m->kept[0]))
		abort();
	m->kept[m->num_kept++] = ptr;
	return ptr;
}

static inline void *om_copy(struct om *m, const void *data, size_t size)
{
	void *ptr = om_keep(m, size);

	if (size)
		memcpy(ptr, data, size);
	return ptr;
}

static inline char *om_text(struct om *m, const char *text)
{
	return om_copy(m, text, strlen(text) + 1);
}

static inline struct om *om_new(int64_t opset)
{
	struct om *m = calloc(1, sizeof(*m));

	if (!m)
		abort();
	onnx__model_proto__init(&m->model);
	onnx__graph_proto__init(&m->graph);
	onnx__operator_set_id_proto__init(&m->opset);
	m->model.has_ir_version = true;
	m->model.ir_version = 8;
	m->model.graph = &m->graph;
	m->opset.has_version = true;
	m->opset.version = opset;
	m->opsets[0] = &m->opset;
	m->model.opset_import = m->opsets;
	m->model.n_opset_import = 1;
	m->graph.name = om_text(m, "test");
	m->nodes = om_keep(m, OM_MAX * sizeof(*m->nodes));
	m->tensors = om_keep(m, OM_MAX * sizeof(*m->tensors));
	m->inputs = om_keep(m, OM_MAX * sizeof(*m->inputs));
	m->outputs = om_keep(m, OM_MAX * sizeof(*m->outputs));
	m->graph.node = m->nodes;
	m->graph.initializer = m->tensors;
	m->graph.input = m->inputs;
	m->graph.output = m->outputs;
	return m;
}

static inline void om_free(struct om *m)
{
	for (size_t i = 0; i < m->num_kept; i++)
		free(m->kept[i]);
	free(m);
}

static inline size_t om_names(struct om *m, const char *list, char ***names)
{
	char *copy = om_text(m, list), *save, *at;
	size_t n = 0;

	*names = om_keep(m, OM_MAX * sizeof(**names));
	for (at = strtok_r(copy, " ", &save); at; at = strtok_r(NULL, " ", &save))
		(*names)[n++] = strcmp(at, "-") ? at : "";
	return n;
}

static inline Onnx__NodeProto *om_node(struct om *m, const char *type, const char *name,
				       const char *inputs, const char *outputs)
{
	Onnx__NodeProto *node = om_keep(m, sizeof(*node));

	onnx__node_proto__init(node);
	node->op_type = om_text(m, type);
	node->name = om_text(m, name);
	node->n_input = om_names(m, inputs, &node->input);
	node->n_output = om_names(m, outputs, &node->output);
	node->attribute = om_keep(m, OM_MAX * sizeof(*node->attribute));
	m->nodes[m->graph.n_node++] = node;
	return node;
}

static inline Onnx__AttributeProto *om_attr(struct om *m, Onnx__NodeProto *node, const char *name,
					    int type)
{
	Onnx__AttributeProto *attr = om_keep(m, sizeof(*attr));

	onnx__attribute_proto__init(attr);
	attr->name = om_text(m, name);
	attr->has_type = true;
	attr->type = type;
	node->attribute[node->n_attribute++] = attr;
	return attr;
}

static inline void om_int(struct om *m, Onnx__NodeProto *node, const char *name, int64_t value)
{
	Onnx__AttributeProto *attr = om_attr(m, node, name,
					     ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);

	attr->has_i = true;
	attr->i = value;
}

static inline void om_ints(struct om *m, Onnx__NodeProto *node, const char *name, size_t n,
			   const int64_t *values)
{
	Onnx__AttributeProto *attr = om_attr(m, node, name,
					     ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);

	attr->n_ints = n;
	attr->ints = om_copy(m, values, n * sizeof(*values));
}

static inline void om_float(struct om *m, Onnx__NodeProto *node, const char *name, float value)
{
	Onnx__AttributeProto *attr = om_attr(m, node, name,
					     ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);

	attr->has_f = true;
	attr->f = value;
}

/* A tensor without data. */
static inline Onnx__TensorProto *om_tensor_proto(struct om *m, const char *name, int type, int rank,
						 const int64_t *dims)
{
	Onnx__TensorProto *tensor = om_keep(m, sizeof(*tensor));

	onnx__tensor_proto__init(tensor);
	tensor->name = om_text(m, name);
	tensor->has_data_type = true;
	tensor->data_type = type;
	tensor->n_dims = rank;
	tensor->dims = om_copy(m, dims, rank * sizeof(*dims));
	return tensor;
}

static inline Onnx__TensorProto *om_init(struct om *m, const char *name, int type, int rank,
					 const int64_t *dims)
{
	Onnx__TensorProto *tensor = om_tensor_proto(m, name, type, rank, dims);

	m->tensors[m->graph.n_initializer++] = tensor;
	return tensor;
}

static inline void om_raw(struct om *m, Onnx__TensorProto *tensor, const void *data, size_t size)
{
	tensor->has_raw_data = true;
	tensor->raw_data.data = om_copy(m, data, size);
	tensor->raw_data.len = size;
}

/* Dimensions below 0 have a name instead of a number. */
static inline Onnx__ValueInfoProto *om_value(struct om *m, const char *name, int type, int rank,
					     const int64_t *dims)
{
	Onnx__ValueInfoProto *value = om_keep(m, sizeof(*value));
	Onnx__TypeProto *proto = om_keep(m, sizeof(*proto));
	Onnx__TypeProto__Tensor *tensor = om_keep(m, sizeof(*tensor));
	Onnx__TensorShapeProto *shape = om_keep(m, sizeof(*shape));

	onnx__value_info_proto__init(value);
	onnx__type_proto__init(proto);
	onnx__type_proto__tensor__init(tensor);
	onnx__tensor_shape_proto__init(shape);
	value->name = om_text(m, name);
	value->type = proto;
	proto->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
	proto->tensor_type = tensor;
	tensor->has_elem_type = true;
	tensor->elem_type = type;
	tensor->shape = shape;
	shape->n_dim = rank;
	shape->dim = om_keep(m, rank * sizeof(*shape->dim));
	for (int i = 0; i < rank; i++) {
		shape->dim[i] = om_keep(m, sizeof(*shape->dim[i]));
		onnx__tensor_shape_proto__dimension__init(shape->dim[i]);
		if (dims[i] < 0) {
			shape->dim[i]->value_case =
				ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
			shape->dim[i]->dim_param = om_text(m, "N");
		} else {
			shape->dim[i]->value_case =
				ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
			shape->dim[i]->dim_value = dims[i];
		}
	}
	return value;
}

static inline void om_input(struct om *m, const char *name, int type, int rank, const int64_t *dims)
{
	m->inputs[m->graph.n_input++] = om_value(m, name, type, rank, dims);
}

static inline void om_output(struct om *m, const char *name)
{
	m->outputs[m->graph.n_output++] = om_value(m, name, 1, 0, NULL);
}

/* The serialised model, to be freed. */
static inline uint8_t *om_pack(struct om *m, size_t *size)
{
	uint8_t *data;

	*size = onnx__model_proto__get_packed_size(&m->model);
	data = malloc(*size ? *size : 1);
	if (!data)
		abort();
	onnx__model_proto__pack(&m->model, data);
	return data;
}

#define OM_DIMS(...)	((const int64_t[]){ __VA_ARGS__ })
#define OM_T(name)	ONNX__TENSOR_PROTO__DATA_TYPE__##name

#endif
