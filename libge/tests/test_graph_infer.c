// SPDX-License-Identifier: MIT
/*
 * Types and shapes that operators give, and messages where they cannot.
 */
#include "tap.h"
#include "graph/lower.h"
#include "op_cases.h"

static void check_case(const struct op_case *c)
{
	struct ge_graph *g = case_graph(c);
	struct ge_lowered io;
	struct ge_ir ir;
	int ret;

	ge_ir_init(&ir);
	ret = ge_lower_graph(g, NULL, &ir, &io);
	if (*c->result == '!') {
		if (!ret)
			TAP_FAIL("%s(%s) %s: expected an error", c->type, c->inputs, c->attrs);
		else if (!strstr(ge_error_text(), c->result + 1) ||
			 !strstr(ge_error_text(), "'it'"))
			TAP_FAIL("%s(%s) %s: message is %s", c->type, c->inputs, c->attrs,
				 ge_error_text());
	} else if (ret) {
		TAP_FAIL("%s(%s) %s: %s", c->type, c->inputs, c->attrs, ge_error_text());
	} else if (!case_outputs(c, io.output_descs, io.num_outputs)) {
		TAP_FAIL("%s(%s) %s: output 0 is %s %s, expected %s", c->type, c->inputs, c->attrs,
			 ge_dtype_name(io.output_descs[0].dtype),
			 ge_dims_text(io.output_descs[0].rank, io.output_descs[0].dims).s,
			 c->result);
	}
	if (!ret)
		ge_lowered_free(&io);
	ge_ir_free(&ir);
	ge_graph_destroy(g);
}

TEST(types_and_shapes_and_errors_of_each_case)
{
	for (size_t i = 0; i < NUM_OP_CASES; i++)
		check_case(&op_cases[i]);
}

TEST(every_operator_has_a_case)
{
	const struct ge_op_def *def;

	for (size_t i = 0; (def = ge_op_list(i)); i++) {
		bool found = !strcmp(def->type, "Data") || !strcmp(def->type, "Const") ||
			     !strcmp(def->type, "Constant") || !strcmp(def->type, "NetOutput");
		struct ge_attr_def attr;

		/* What has bodies is tested with ONNX models: test_onnx_control. */
		if (ge_attr_defs_next(def->attrs, &attr) && attr.kind == GE_ATTR_GRAPH)
			continue;

		for (size_t k = 0; k < NUM_OP_CASES; k++)
			found = found || (!strcmp(op_cases[k].type, def->type) &&
					  *op_cases[k].result != '!');
		if (!found)
			TAP_FAIL("%s has no case", def->type);
	}
}

TEST(prototypes_are_well_formed)
{
	const struct ge_op_def *def;

	for (size_t i = 0; (def = ge_op_list(i)); i++) {
		struct ge_slot slots[GE_MAX_SLOTS];
		struct ge_attr_def attr;
		const char *at = def->attrs;

		if (ge_op_find(def->type) != def)
			TAP_FAIL("%s is there twice", def->type);
		EXPECT(ge_slots_parse(def->inputs, slots) < GE_MAX_SLOTS);
		EXPECT(ge_slots_parse(def->outputs, slots) < GE_MAX_SLOTS);
		while ((at = ge_attr_defs_next(at, &attr))) {
			char name[64];
			struct ge_attr_def found;

			snprintf(name, sizeof(name), "%.*s", (int)attr.length, attr.name);
			if (!ge_attr_def_find(def, name, &found) || found.name != attr.name)
				TAP_FAIL("%s: attribute %s", def->type, name);
			if (attr.name[attr.length] != ':')
				TAP_FAIL("%s: attribute %s has no kind", def->type, name);
		}
		EXPECT(!strncmp(def->type, "onnx::", 6) ==
		       (def->since >= GE_MIN_OPSET && def->since <= GE_MAX_OPSET));
	}
}

TEST_MAIN()
