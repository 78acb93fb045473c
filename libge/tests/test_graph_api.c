// SPDX-License-Identifier: MIT
/*
 * Building graphs: what is refused, and that messages name what is wrong.
 */
#include "tap.h"
#include "graph/lower.h"
#include "build_graph.h"

static int lower(const struct ge_graph *g, const struct ge_tensor_desc *descs, size_t num)
{
	const struct ge_known_inputs known = { .num = num, .descs = descs };
	struct ge_lowered io;
	struct ge_ir ir;
	int ret;

	ge_ir_init(&ir);
	ret = ge_lower_graph(g, &known, &ir, &io);
	if (!ret)
		ge_lowered_free(&io);
	ge_ir_free(&ir);
	return ret;
}

TEST(null_arguments_are_refused)
{
	struct ge_graph *g = new_graph();
	struct ge_tensor_desc d = make_desc(GE_DT_FLOAT, DIMS(1));
	struct ge_node *n = add_input(g, "x", GE_DT_FLOAT, DIMS(1));

	EXPECT_EQ(ge_graph_create("g", NULL), GE_PARAM_INVALID);
	EXPECT_EQ(ge_graph_add(NULL, "Relu", NULL, NULL), GE_PARAM_INVALID);
	EXPECT_EQ(ge_graph_add(g, NULL, NULL, NULL), GE_PARAM_INVALID);
	EXPECT_EQ(ge_graph_add_input(g, NULL, NULL, NULL), GE_PARAM_INVALID);
	EXPECT_EQ(ge_graph_add_const(g, NULL, &d, NULL, 4, NULL), GE_PARAM_INVALID);
	EXPECT_EQ(ge_graph_add_output(g, NULL, 0), GE_PARAM_INVALID);
	EXPECT_EQ(ge_node_connect(n, 0, NULL, 0), GE_PARAM_INVALID);
	EXPECT_EQ(ge_node_connect_name(n, NULL, n, 0), GE_PARAM_INVALID);
	EXPECT_EQ(ge_node_set_ints(n, "a", NULL, 3), GE_PARAM_INVALID);
	EXPECT_EQ(ge_node_set_string(n, "a", NULL), GE_PARAM_INVALID);
	EXPECT_EQ(ge_graph_clone(NULL, &g), GE_PARAM_INVALID);
	EXPECT(!ge_graph_find(g, NULL));
	ge_graph_destroy(NULL);
	ge_graph_destroy(g);
}

TEST(unknown_type_is_unsupported_and_named)
{
	struct ge_graph *g = new_graph();

	EXPECT_EQ(ge_graph_add(g, "Frobnicate", "f", NULL), GE_UNSUPPORTED);
	EXPECT_STR(ge_error_text(), "operator 'f' has type 'Frobnicate'");
	ge_graph_destroy(g);
}

TEST(names_are_unique_and_made_where_missing)
{
	struct ge_graph *g = new_graph();
	struct ge_node *a, *b;
	char name[16];

	CHECK_EQ(ge_graph_add(g, "Relu", "r", &a), GE_SUCCESS);
	EXPECT_EQ(ge_graph_add(g, "Relu", "r", &b), GE_PARAM_INVALID);
	EXPECT_STR(ge_error_text(), "already has an operator 'r'");
	for (int i = 0; i < 200; i++) {
		CHECK_EQ(ge_graph_add(g, "Relu", "", &b), GE_SUCCESS);
		snprintf(name, sizeof(name), "n%d", i);
		CHECK_EQ(ge_graph_add(g, "Tanh", name, NULL), GE_SUCCESS);
	}
	EXPECT(ge_graph_find(g, ge_node_name(b)) == b);
	EXPECT(ge_graph_find(g, "r") == a);
	EXPECT_STR(ge_node_type(ge_graph_find(g, "n123")), "Tanh");
	EXPECT(!ge_graph_find(g, "n200"));
	ge_graph_destroy(g);
}

TEST(inputs_that_are_not_in_the_prototype_are_refused)
{
	struct ge_graph *g = new_graph(), *other = new_graph();
	struct ge_node *x = add_input(g, "x", GE_DT_FLOAT, DIMS(1, 3, 4, 4)), *n, *foreign;

	ge_graph_add(g, "Conv2D", "c", &n);
	foreign = add_input(other, "y", GE_DT_FLOAT, DIMS(1));
	EXPECT_EQ(ge_node_connect_name(n, "weight", x, 0), GE_PARAM_INVALID);
	EXPECT_STR(ge_error_text(), "its inputs are \"x filter bias? offset_w?\"");
	EXPECT_EQ(ge_node_connect_name(n, "filter", x, 1), GE_PARAM_INVALID);
	EXPECT_STR(ge_error_text(), "operator 'x' (Data) has no output 1");
	EXPECT_EQ(ge_node_connect_name(n, "filter", foreign, 0), GE_PARAM_INVALID);
	EXPECT_EQ(ge_graph_add_output(g, foreign, 0), GE_PARAM_INVALID);
	EXPECT_EQ(ge_graph_add_output(g, x, 1), GE_PARAM_INVALID);
	EXPECT_EQ(ge_node_connect(n, 7, x, 0), GE_SUCCESS);
	ge_graph_add_output(g, n, 0);
	EXPECT_EQ(lower(g, NULL, 0), -EINVAL);
	EXPECT_STR(ge_error_text(), "operator 'c' (Conv2D) has no input 7");
	ge_graph_destroy(g);
	ge_graph_destroy(other);
}

TEST(dynamic_inputs_by_name_and_by_position)
{
	for (int by_name = 0; by_name < 3; by_name++) {
		struct ge_graph *g = new_graph();
		struct ge_node *x = add_input(g, "x", GE_DT_FLOAT, DIMS(2, 3)), *n, *axis;
		struct ge_edge *edges;
		size_t first[GE_MAX_SLOTS + 1];
		int64_t one = 1;

		axis = add_const(g, GE_DT_INT64, 0, NULL, &one);
		ge_graph_add(g, "ConcatV2", "c", &n);
		if (by_name) {
			ge_node_connect_name(n, "concat_dim", axis, 0);
			ge_node_connect_name(n, "x1", x, 0);
		} else {
			ge_node_connect(n, 2, axis, 0);
			ge_node_connect(n, 1, x, 0);
		}
		if (by_name == 1)
			ge_node_connect_name(n, "x0", x, 0);
		else
			ge_node_connect(n, 0, x, 0);
		CHECK_EQ(ge_node_bind(n, &edges, first), 0);
		EXPECT_EQ(first[1], 2);
		EXPECT_EQ(first[2], 3);
		EXPECT(edges[0].node == x && edges[1].node == x && edges[2].node == axis);
		free(edges);
		ge_graph_destroy(g);
	}
}

TEST(constants_need_their_exact_size)
{
	struct ge_graph *g = new_graph();
	struct ge_tensor_desc d = make_desc(GE_DT_FLOAT, DIMS(2, 2));
	float data[4] = { 0 };

	EXPECT_EQ(ge_graph_add_const(g, "c", &d, data, 12, NULL), GE_PARAM_INVALID);
	EXPECT_STR(ge_error_text(), "float32 tensor [2, 2] of 16 bytes, given are 12 bytes");
	d.dims[0] = -1;
	EXPECT_EQ(ge_graph_add_const(g, "d", &d, data, 16, NULL), GE_PARAM_INVALID);
	d.dims[0] = INT64_MAX;
	EXPECT_EQ(ge_graph_add_const(g, "e", &d, data, 16, NULL), GE_PARAM_INVALID);
	d.dtype = GE_DT_STRING;
	EXPECT_EQ(ge_graph_add_const(g, "f", &d, data, 16, NULL), GE_PARAM_INVALID);
	ge_graph_destroy(g);
}

TEST(attributes_of_the_wrong_kind_are_named)
{
	struct ge_graph *g = new_graph();
	struct ge_node *x = add_input(g, "x", GE_DT_FLOAT, DIMS(2, 3)), *n;

	n = add_op(g, "onnx::Concat", x, LAST);
	ge_node_set_string(n, "axis", "one");
	ge_graph_add_output(g, n, 0);
	EXPECT_EQ(lower(g, NULL, 0), -EINVAL);
	EXPECT_STR(ge_error_text(), "attribute 'axis' is a string, expected is an integer");
	ge_node_set_int(n, "axis", 1);
	EXPECT_EQ(lower(g, NULL, 0), 0);
	ge_graph_destroy(g);
}

TEST(cycles_are_found)
{
	struct ge_graph *g = new_graph();
	struct ge_node *a, *b;

	ge_graph_add(g, "Relu", "a", &a);
	ge_graph_add(g, "Relu", "b", &b);
	ge_node_connect(a, 0, b, 0);
	ge_node_connect(b, 0, a, 0);
	ge_graph_add_output(g, b, 0);
	EXPECT_EQ(lower(g, NULL, 0), -EINVAL);
	EXPECT_STR(ge_error_text(), "graph 'test': operators");
	EXPECT_STR(ge_error_text(), "are part of a cycle");
	ge_graph_destroy(g);
}

TEST(deep_graphs_do_not_need_a_deep_stack)
{
	struct ge_graph *g = new_graph();
	struct ge_node *n = add_input(g, "x", GE_DT_FLOAT, DIMS(2));

	for (int i = 0; i < 30000; i++)
		n = add_op(g, "Identity", n, LAST);
	ge_graph_add_output(g, n, 0);
	EXPECT_EQ(lower(g, NULL, 0), 0);
	ge_graph_destroy(g);
}

TEST(shapes_given_to_the_compiler_have_to_fit)
{
	struct ge_graph *g = new_graph();
	struct ge_tensor_desc open = make_desc(GE_DT_FLOAT, DIMS(-1, 3)), d;
	struct ge_node *x;

	ge_graph_add_input(g, "x", &open, &x);
	ge_graph_add_output(g, add_op(g, "Relu", x, LAST), 0);
	EXPECT_EQ(lower(g, NULL, 0), -EINVAL);
	EXPECT_STR(ge_error_text(), "input 'x' is float32 [?, 3]");
	d = make_desc(GE_DT_FLOAT, DIMS(5, 3));
	EXPECT_EQ(lower(g, &d, 1), 0);
	EXPECT_EQ(lower(g, &d, 2), -EINVAL);
	d = make_desc(GE_DT_FLOAT, DIMS(5, 4));
	EXPECT_EQ(lower(g, &d, 1), -EINVAL);
	EXPECT_STR(ge_error_text(), "is given as float32 [5, 4], the graph says float32 [?, 3]");
	d = make_desc(GE_DT_INT32, DIMS(5, 3));
	EXPECT_EQ(lower(g, &d, 1), -EINVAL);
	d = make_desc(GE_DT_FLOAT, DIMS(5));
	EXPECT_EQ(lower(g, &d, 1), -EINVAL);
	d.rank = 99;
	EXPECT_EQ(lower(g, &d, 1), -EINVAL);
	ge_graph_destroy(g);
}

TEST(graphs_without_outputs_are_refused)
{
	struct ge_graph *g = new_graph();

	add_input(g, "x", GE_DT_FLOAT, DIMS(2));
	EXPECT_EQ(lower(g, NULL, 0), -EINVAL);
	EXPECT_STR(ge_error_text(), "graph 'test': it has no outputs");
	ge_graph_destroy(g);
}

TEST(inputs_are_in_the_order_of_their_index)
{
	struct ge_graph *g = new_graph();
	struct ge_tensor_desc d = make_desc(GE_DT_FLOAT, DIMS(1));
	struct ge_node *b, *a, *c, **in;
	struct ge_edge *out;
	size_t n, m;

	ge_graph_add(g, "Data", "b", &b);
	ge_node_set_desc(b, 0, &d);
	ge_node_set_int(b, "index", 1);
	ge_graph_add(g, "Data", "a", &a);
	ge_node_set_desc(a, 0, &d);
	ge_node_set_int(a, "index", 0);
	ge_graph_add_input(g, "c", &d, &c);
	ge_graph_add(g, "NetOutput", "out", &b);
	ge_node_connect(b, 0, a, 0);
	ge_node_connect(b, 1, c, 0);
	EXPECT_EQ(ge_graph_num_inputs(g), 3);
	EXPECT_EQ(ge_graph_num_outputs(g), 2);
	CHECK_EQ(ge_graph_io(g, &in, &n, &out, &m), 0);
	EXPECT(in[0] == a && in[2] == c && m == 2 && out[1].node == c);
	free(in);
	free(out);
	EXPECT_EQ(lower(g, NULL, 0), 0);
	ge_graph_destroy(g);
}

TEST(clone_is_independent)
{
	struct ge_graph *g = new_graph(), *copy;
	struct ge_node *x = add_input(g, "x", GE_DT_FLOAT, DIMS(2, 3)), *n;
	float data[3] = { 1, 2, 3 };

	n = add_op(g, "onnx::Concat", x, LAST);
	ge_node_set_int(n, "axis", 1);
	n = add_op(g, "Add", n, add_const(g, GE_DT_FLOAT, DIMS(3), data), LAST);
	ge_graph_add_output(g, n, 0);
	CHECK_EQ(ge_graph_clone(g, &copy), GE_SUCCESS);
	ge_node_set_string(ge_graph_find(g, "onnx::Concat_0"), "axis", "broken");
	EXPECT_EQ(lower(g, NULL, 0), -EINVAL);
	ge_graph_destroy(g);
	EXPECT_EQ(lower(copy, NULL, 0), 0);
	EXPECT_EQ(ge_graph_num_inputs(copy), 1);
	EXPECT_EQ(ge_graph_num_outputs(copy), 1);
	EXPECT_STR(ge_graph_name(copy), "test");
	ge_graph_destroy(copy);
}

TEST(sizes_that_overflow_are_refused)
{
	static const int64_t huge[] = { INT32_MAX, INT32_MAX, INT32_MAX };
	struct ge_graph *g = new_graph();
	struct ge_node *x = add_input(g, "x", GE_DT_FLOAT, DIMS(1, 1, 1)), *n;

	n = add_op(g, "onnx::Expand", x, add_ints(g, 3, huge), LAST);
	ge_graph_add_output(g, n, 0);
	EXPECT_EQ(lower(g, NULL, 0), -ENOTSUP);
	EXPECT_STR(ge_error_text(), "is too large");
	ge_graph_destroy(g);

	g = new_graph();
	x = add_input(g, "x", GE_DT_FLOAT, DIMS(1, 1, 2, 2));
	n = add_op(g, "onnx::Conv", x, add_random(g, DIMS(1, 1, 2, 2), NULL), LAST);
	ge_node_set_ints(n, "pads", (int64_t[]){ INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX }, 4);
	ge_graph_add_output(g, n, 0);
	EXPECT_EQ(lower(g, NULL, 0), -ENOTSUP);
	ge_node_set_ints(n, "pads", (int64_t[]){ INT64_MAX, 0, 0, 0 }, 4);
	EXPECT_EQ(lower(g, NULL, 0), -EINVAL);
	ge_graph_destroy(g);
}

TEST_MAIN()
