/* SPDX-License-Identifier: MIT */
/*
 * What operators there are. An operator is one entry in the table of one ops_*.c file:
 *
 *	{ "Conv2D", "x filter bias? offset_w?", "y",
 *	  "strides:ints! pads:ints! dilations:ints=1,1,1,1 groups:int=1 data_format:string=NHWC",
 *	  lower_conv2d, 0, "float32 float16 bfloat16", 0 },
 *
 * Inputs and outputs: "x" required, "x?" optional, "x*" any number (x0, x1, ... in
 * ge_node_connect_name()) but at least one, "x*?" also none. Of several of these the first one
 * takes what is connected by position. Attributes: "name:kind" without a default, "name:kind!"
 * required, "name:kind=default"; lists are comma separated, "=" alone is an empty list or string.
 */
#ifndef GE_GRAPH_REGISTRY_H
#define GE_GRAPH_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GE_MAX_OPSET	22	/* of ONNX; the first one is 7 */
#define GE_MIN_OPSET	7

#define GE_MAX_SLOTS	10	/* inputs, and outputs, of a prototype */
#define GE_MAX_ATTRS	16	/* of a prototype */

enum ge_attr_kind {
	GE_ATTR_INT,
	GE_ATTR_FLOAT,
	GE_ATTR_BOOL,
	GE_ATTR_STRING,
	GE_ATTR_INTS,
	GE_ATTR_FLOATS,
	GE_ATTR_STRINGS,
	GE_ATTR_TENSOR,
	GE_ATTR_GRAPH,
};

struct ge_lower;

/**
 * struct ge_op_def - an operator
 * @type: name; "onnx::X" for ONNX's
 * @inputs: prototype
 * @outputs: prototype
 * @attrs: prototype
 * @lower: infer the outputs' types and shapes and emit the operator as device operators
 * @variant: for @lower, where entries share one
 * @types: element types of the main input
 * @since: ONNX: first operator set that has it; 0 for GE's
 */
struct ge_op_def {
	const char *type;
	const char *inputs;
	const char *outputs;
	const char *attrs;
	int (*lower)(struct ge_lower *l);
	int variant;
	const char *types;
	int since;
};

enum ge_slot_kind { GE_SLOT_REQUIRED, GE_SLOT_OPTIONAL, GE_SLOT_DYNAMIC };

/* One name of a prototype, parsed. */
struct ge_slot {
	const char *name;	/* not terminated */
	size_t length;
	enum ge_slot_kind kind;
	bool may_be_none;	/* GE_SLOT_DYNAMIC */
};

struct ge_attr_def {
	const char *name;	/* not terminated */
	size_t length;
	enum ge_attr_kind kind;
	bool required;
	const char *value;	/* default, ends at a space or the end; NULL = none */
};

/** ge_op_find - entry of @type, or NULL */
const struct ge_op_def *ge_op_find(const char *type);

/** ge_op_list - entry @index in the order of the tables, NULL at the end */
const struct ge_op_def *ge_op_list(size_t index);

/** ge_slots_parse - the names of a prototype's inputs or outputs; returns their number */
size_t ge_slots_parse(const char *prototype, struct ge_slot slots[GE_MAX_SLOTS]);

/** ge_slot_find - number of the input or output called @name, with its index if dynamic; or -1 */
int ge_slot_find(const char *prototype, const char *name, unsigned int *index);

/** ge_attr_def_find - declaration of an attribute; false if the prototype has none of this name */
bool ge_attr_def_find(const struct ge_op_def *def, const char *name, struct ge_attr_def *attr);

/** ge_attr_defs_next - the next declaration after @at (the prototype's string first), or NULL */
const char *ge_attr_defs_next(const char *at, struct ge_attr_def *attr);

const char *ge_attr_kind_text(enum ge_attr_kind kind);

/* The tables, each ends with an entry without a type. */
extern const struct ge_op_def ge_ops_core[];
extern const struct ge_op_def ge_ops_elementwise[];
extern const struct ge_op_def ge_ops_binary[];
extern const struct ge_op_def ge_ops_conv[];
extern const struct ge_op_def ge_ops_matmul[];
extern const struct ge_op_def ge_ops_pool[];
extern const struct ge_op_def ge_ops_norm[];
extern const struct ge_op_def ge_ops_reduce[];
extern const struct ge_op_def ge_ops_shape[];
extern const struct ge_op_def ge_ops_slice[];
extern const struct ge_op_def ge_ops_join[];
extern const struct ge_op_def ge_ops_gather[];
extern const struct ge_op_def ge_ops_pad[];
extern const struct ge_op_def ge_ops_control[];
extern const struct ge_op_def ge_ops_found[];
extern const struct ge_op_def ge_ops_loss[];
extern const struct ge_op_def ge_ops_select[];
extern const struct ge_op_def ge_ops_order[];
extern const struct ge_op_def ge_ops_index[];
extern const struct ge_op_def ge_ops_block[];
extern const struct ge_op_def ge_ops_deconv[];
extern const struct ge_op_def ge_ops_resize[];
extern const struct ge_op_def ge_ops_sample[];
extern const struct ge_op_def ge_ops_lrn[];
extern const struct ge_op_def ge_ops_special[];
extern const struct ge_op_def ge_ops_quant[];
extern const struct ge_op_def ge_ops_integer[];
extern const struct ge_op_def ge_ops_moments[];
extern const struct ge_op_def ge_ops_einsum[];
extern const struct ge_op_def ge_ops_rnn[];

#endif
