// SPDX-License-Identifier: MIT
/*
 * What the passes make of common patterns: how many operators are left, and that the result stays.
 */
#include "tap.h"
#include "run_model.h"

/*
 * Output 0 of @g has to be the same with and without passes, and the program with them has @ops
 * operators, of which @of_kind have @opcode.
 */
static void check_fused(struct ge_graph *g, void *const *inputs, unsigned int ops, uint16_t opcode,
			unsigned int of_kind)
{
	struct run plain, all;

	if (!compile_and_run(g, 0, inputs, &plain) ||
	    !compile_and_run(g, GE_PASS_ALL, inputs, &all)) {
		TAP_FAIL("does not run");
	} else {
		EXPECT(close_all(all.out[0], plain.out[0], plain.model->outputs[0].size / 4, 1e-5));
		EXPECT_EQ(count_ops(all.model, 0), ops);
		EXPECT_EQ(count_ops(all.model, opcode), of_kind);
		EXPECT(count_ops(plain.model, 0) > ops);
		EXPECT_EQ(all.model->num_ops, ops);
	}
	run_free(&plain);
	run_free(&all);
	ge_graph_destroy(g);
}

/* Output 0 of @g has to be the same with and without passes. */
static void check_same(struct ge_graph *g, void *const *inputs)
{
	struct run plain, all;

	if (!compile_and_run(g, 0, inputs, &plain) ||
	    !compile_and_run(g, GE_PASS_ALL, inputs, &all))
		TAP_FAIL("does not run");
	else
		EXPECT(close_all(all.out[0], plain.out[0], plain.model->outputs[0].size / 4, 1e-5));
	run_free(&plain);
	run_free(&all);
	ge_graph_destroy(g);
}

static float image[2 * 4 * 6 * 6];
static void *const image_input[] = { image };

static struct ge_node *start(struct ge_graph **g)
{
	*g = new_graph();
	rnd_fill(image, sizeof(image) / sizeof(*image));
	return add_input(*g, "x", GE_DT_FLOAT, DIMS(2, 4, 6, 6));
}

static struct ge_node *add_conv(struct ge_graph *g, struct ge_node *x, int in, int out)
{
	struct ge_node *n = add_op(g, "onnx::Conv", x, add_random(g, DIMS(out, in, 3, 3), NULL),
				   LAST);

	ge_node_set_ints(n, "pads", (int64_t[]){ 1, 1, 1, 1 }, 4);
	return n;
}

static struct ge_node *add_norm(struct ge_graph *g, struct ge_node *x, int channels)
{
	float variance[16];

	for (int i = 0; i < channels; i++)
		variance[i] = 0.5f + (float)i;
	return add_op(g, "onnx::BatchNormalization", x, add_random(g, DIMS(channels), NULL),
		      add_random(g, DIMS(channels), NULL), add_random(g, DIMS(channels), NULL),
		      add_const(g, GE_DT_FLOAT, DIMS(channels), variance), LAST);
}

/* x * clip(x + 3, 0, 6) / 6 */
static struct ge_node *spelled_hard_swish(struct ge_graph *g, struct ge_node *x, bool divide_last)
{
	struct ge_node *n = add_op(g, "onnx::Add", x, add_scalar(g, 3), LAST);

	n = add_op(g, "onnx::Clip", n, add_scalar(g, 0), add_scalar(g, 6), LAST);
	if (!divide_last)
		n = add_op(g, "onnx::Div", n, add_scalar(g, 6), LAST);
	n = add_op(g, "onnx::Mul", x, n, LAST);
	return divide_last ? add_op(g, "onnx::Div", n, add_scalar(g, 6), LAST) : n;
}

TEST(conv_batchnorm_relu_is_one_operator)
{
	struct ge_graph *g;
	struct ge_node *x = start(&g);

	x = add_op(g, "onnx::Relu", add_norm(g, add_conv(g, x, 4, 5), 5), LAST);
	ge_graph_add_output(g, x, 0);
	check_fused(g, image_input, 1, GENPU_OP_CONV, 1);
}

TEST(spelled_hard_swish_after_conv_is_one_operator)
{
	for (int last = 0; last < 2; last++) {
		struct ge_graph *g;
		struct ge_node *x = start(&g);

		x = spelled_hard_swish(g, add_norm(g, add_conv(g, x, 4, 5), 5), last);
		ge_graph_add_output(g, x, 0);
		check_fused(g, image_input, 1, GENPU_OP_CONV, 1);
	}
}

TEST(residual_sum_and_relu_join_the_second_conv)
{
	struct ge_graph *g;
	struct ge_node *x = start(&g), *a;

	a = add_op(g, "onnx::Relu", add_norm(g, add_conv(g, x, 4, 4), 4), LAST);
	a = add_norm(g, add_conv(g, a, 4, 4), 4);
	ge_graph_add_output(g, add_op(g, "onnx::Relu", add_op(g, "onnx::Add", a, x, LAST), LAST),
			    0);
	check_fused(g, image_input, 2, GENPU_OP_CONV, 2);
}

TEST(difference_with_the_conv_on_the_right_keeps_its_sign)
{
	struct ge_graph *g;
	struct ge_node *x = start(&g);

	ge_graph_add_output(g, add_op(g, "onnx::Sub", x, add_conv(g, x, 4, 4), LAST), 0);
	check_fused(g, image_input, 1, GENPU_OP_CONV, 1);
}

TEST(value_with_two_users_is_not_fused_away)
{
	struct ge_graph *g;
	struct ge_node *x = start(&g), *c;

	c = add_conv(g, x, 4, 4);
	ge_graph_add_output(g, add_op(g, "onnx::Add", add_op(g, "onnx::Relu", c, LAST),
				      add_op(g, "onnx::Sigmoid", c, LAST), LAST), 0);
	check_fused(g, image_input, 3, GENPU_OP_CONV, 1);
}

TEST(scalar_chains_become_one_linear_function)
{
	struct ge_graph *g;
	struct ge_node *x = start(&g);

	x = add_op(g, "onnx::Mul", add_scalar(g, 3), x, LAST);
	x = add_op(g, "onnx::Add", x, add_scalar(g, 2), LAST);
	x = add_op(g, "onnx::Sub", add_scalar(g, 1), x, LAST);
	x = add_op(g, "onnx::Div", x, add_scalar(g, 4), LAST);
	ge_graph_add_output(g, x, 0);
	check_fused(g, image_input, 1, GENPU_OP_UNARY, 1);
}

TEST(spelled_gelu_after_matmul_is_one_operator)
{
	for (int order = 0; order < 2; order++) {
		struct ge_graph *g = new_graph();
		struct ge_node *x = add_input(g, "x", GE_DT_FLOAT, DIMS(2, 6, 24)), *e;

		x = add_op(g, "onnx::MatMul", x, add_random(g, DIMS(24, 10), NULL), LAST);
		x = add_op(g, "onnx::Add", x, add_random(g, DIMS(10), NULL), LAST);
		e = add_op(g, "onnx::Div", x, add_scalar(g, (float)M_SQRT2), LAST);
		e = add_op(g, "onnx::Add", add_op(g, "onnx::Erf", e, LAST), add_scalar(g, 1), LAST);
		if (order) {
			e = add_op(g, "onnx::Mul", x, e, LAST);
			e = add_op(g, "onnx::Mul", e, add_scalar(g, 0.5f), LAST);
		} else {
			x = add_op(g, "onnx::Mul", x, add_scalar(g, 0.5f), LAST);
			e = add_op(g, "onnx::Mul", x, e, LAST);
		}
		ge_graph_add_output(g, e, 0);
		rnd_fill(image, 288);
		check_fused(g, image_input, 1, GENPU_OP_MATMUL, 1);
	}
}

TEST(sigmoid_times_itself_is_swish)
{
	struct ge_graph *g;
	struct ge_node *x = start(&g), *c;

	c = add_conv(g, x, 4, 4);
	ge_graph_add_output(g, add_op(g, "onnx::Mul", c, add_op(g, "onnx::Sigmoid", c, LAST), LAST),
			    0);
	check_fused(g, image_input, 1, GENPU_OP_CONV, 1);
}

TEST(spelled_layer_normalisation_is_one_operator)
{
	struct ge_graph *g = new_graph();
	struct ge_node *x = add_input(g, "x", GE_DT_FLOAT, DIMS(2, 6, 24)), *d, *v;

	d = add_op(g, "onnx::Sub", x, add_op(g, "onnx::ReduceMean", x,
					     add_ints(g, 1, (int64_t[]){ -1 }), LAST), LAST);
	v = add_op(g, "onnx::Pow", d, add_scalar(g, 2), LAST);
	v = add_op(g, "onnx::ReduceMean", v, add_ints(g, 1, (int64_t[]){ -1 }), LAST);
	v = add_op(g, "onnx::Sqrt", add_op(g, "onnx::Add", v, add_scalar(g, 1e-5f), LAST), LAST);
	v = add_op(g, "onnx::Div", d, v, LAST);
	v = add_op(g, "onnx::Mul", v, add_random(g, DIMS(24), NULL), LAST);
	v = add_op(g, "onnx::Add", v, add_random(g, DIMS(24), NULL), LAST);
	ge_graph_add_output(g, v, 0);
	rnd_fill(image, 288);
	check_fused(g, image_input, 1, GENPU_OP_LAYERNORM, 1);
}

TEST(attention_scale_joins_the_product)
{
	struct ge_graph *g = new_graph();
	struct ge_node *x = add_input(g, "x", GE_DT_FLOAT, DIMS(2, 12, 12)), *n;

	n = add_op(g, "onnx::Mul", x, add_scalar(g, 0.25f), LAST);
	ge_graph_add_output(g, add_op(g, "onnx::MatMul", n, x, LAST), 0);
	rnd_fill(image, 288);
	check_fused(g, image_input, 1, GENPU_OP_MATMUL, 1);
}

TEST(concatenation_of_the_outermost_dimension_needs_no_copies)
{
	struct ge_graph *g;
	struct ge_node *x = start(&g), *n;

	n = add_op(g, "onnx::Concat", add_conv(g, x, 4, 4), add_op(g, "onnx::Tanh", x, LAST), LAST);
	ge_node_set_int(n, "axis", 0);
	ge_graph_add_output(g, n, 0);
	check_fused(g, image_input, 2, GENPU_OP_COPY, 0);
}

TEST(equal_operators_are_computed_once)
{
	struct ge_graph *g;
	struct ge_node *x = start(&g), *a, *b;

	a = add_op(g, "onnx::Tanh", x, LAST);
	b = add_op(g, "onnx::Tanh", x, LAST);
	ge_graph_add_output(g, add_op(g, "onnx::Pow", a, b, LAST), 0);
	for (int i = 0; i < 288; i++)
		image[i] = fabsf(image[i]) + 0.1f;
	check_fused(g, image_input, 2, GENPU_OP_UNARY, 1);
}

TEST(equal_operators_on_other_views_are_not)
{
	struct ge_graph *g = new_graph();
	struct ge_node *x = add_input(g, "x", GE_DT_FLOAT, DIMS(17, 17)), *a, *b;

	a = add_op(g, "onnx::Tanh", x, LAST);
	b = add_op(g, "onnx::Tanh", add_op(g, "onnx::Transpose", x, LAST), LAST);
	ge_graph_add_output(g, add_op(g, "onnx::Sub", a, b, LAST), 0);
	rnd_fill(image, 288);
	check_same(g, (void *const[]){ image });
}

/* Each function of a channel's constant after a convolution with a bias. */
TEST(every_affine_function_folds_into_weights)
{
	static const char *const types[] = { "onnx::Mul", "onnx::Div", "onnx::Add", "onnx::Sub" };

	for (int first = 0; first < 2; first++)
		for (int t = 0; t < 4; t++) {
			struct ge_graph *g;
			struct ge_node *x = start(&g), *c, *f, *two[2];
			float data[5] = { 0.5f, -1.5f, 2, 0.25f, 3 };

			c = add_op(g, "onnx::Conv", x, add_random(g, DIMS(5, 4, 3, 3), NULL),
				   add_random(g, DIMS(5), NULL), LAST);
			f = add_const(g, GE_DT_FLOAT, DIMS(5, 1, 1), data);
			two[first] = c;
			two[!first] = f;
			c = add_op(g, types[t], two[0], two[1], LAST);
			ge_graph_add_output(g, c, 0);
			if (first && t % 2)
				check_same(g, image_input);
			else
				check_fused(g, image_input, 1, GENPU_OP_CONV, 1);
		}
}

TEST(weights_stay_where_others_see_the_value)
{
	struct ge_graph *g;
	struct ge_node *x = start(&g), *c, *m;

	c = add_conv(g, x, 4, 5);
	m = add_op(g, "onnx::Mul", c, add_random(g, DIMS(5, 1, 1), NULL), LAST);
	ge_graph_add_output(g, add_op(g, "onnx::Max", add_op(g, "onnx::Tanh", c, LAST), m, LAST),
			    0);
	check_same(g, image_input);
}

TEST(half_of_a_clip_is_no_hard_sigmoid)
{
	struct ge_graph *g;
	struct ge_node *x = start(&g);

	x = add_op(g, "onnx::Add", x, add_scalar(g, 3), LAST);
	x = add_op(g, "onnx::Clip", x, add_scalar(g, 0), add_scalar(g, 6), LAST);
	x = add_op(g, "onnx::Mul", x, add_scalar(g, 0.5f), LAST);
	ge_graph_add_output(g, x, 0);
	check_same(g, image_input);
}

/* 1 f stands for f, so f has more users than the program says at first. */
TEST(gate_with_users_behind_a_factor_of_one_stays)
{
	struct ge_graph *g;
	struct ge_node *x = start(&g), *f, *p;

	f = add_op(g, "onnx::Mul", add_op(g, "onnx::Sigmoid", x, LAST), add_scalar(g, 1), LAST);
	p = add_op(g, "onnx::Mul", add_op(g, "onnx::Mul", x, add_scalar(g, 2), LAST), f, LAST);
	ge_graph_add_output(g, add_op(g, "onnx::Sub", add_op(g, "onnx::Tanh", f, LAST), p, LAST),
			    0);
	check_same(g, image_input);
}

TEST(normalisation_over_other_axes_or_with_more_factors)
{
	for (int kind = 0; kind < 3; kind++) {
		struct ge_graph *g = new_graph();
		struct ge_node *x = add_input(g, "x", GE_DT_FLOAT, DIMS(2, 6, 24)), *d, *v;
		int64_t axes[] = { -1, -2 };

		d = add_op(g, "onnx::Sub", x, add_op(g, "onnx::ReduceMean", x,
						     add_ints(g, 1, axes), LAST), LAST);
		v = add_op(g, "onnx::Mul", d, d, LAST);
		v = add_op(g, "onnx::ReduceMean", v, add_ints(g, kind ? 1 : 2, axes), LAST);
		v = add_op(g, "onnx::Add", v, add_scalar(g, 1e-5f), LAST);
		v = add_op(g, "onnx::Div", d, add_op(g, "onnx::Sqrt", v, LAST), LAST);
		v = add_op(g, kind == 1 ? "onnx::Mul" : "onnx::Add", v,
			   add_random(g, DIMS(24), NULL), LAST);
		v = add_op(g, "onnx::Mul", v, add_random(g, DIMS(24), NULL), LAST);
		v = add_op(g, "onnx::Add", v, add_random(g, DIMS(24), NULL), LAST);
		ge_graph_add_output(g, v, 0);
		rnd_fill(image, 288);
		check_same(g, image_input);
	}
}

TEST(repeated_value_is_written_to_every_place)
{
	struct ge_graph *g = new_graph();
	struct ge_node *x = add_input(g, "x", GE_DT_FLOAT, DIMS(3)), *n;

	n = add_op(g, "onnx::Expand", add_op(g, "onnx::Tanh", x, LAST),
		   add_ints(g, 2, (int64_t[]){ 4, 3 }), LAST);
	ge_graph_add_output(g, n, 0);
	check_same(g, image_input);
}

TEST(names_tell_which_operators_were_fused)
{
	struct ge_graph *g;
	struct ge_node *x = start(&g), *c, *r;
	struct ge_model *m;

	c = add_conv(g, x, 4, 4);
	ge_graph_add(g, "onnx::Relu", "act", &r);
	ge_node_connect(r, 0, c, 0);
	ge_graph_add_output(g, r, 0);
	CHECK_EQ(ge_compile(g, NULL, &m), 0);
	EXPECT_EQ(m->num_ops, 1);
	EXPECT_STR(m->op_names[0], "onnx::Conv_1+act");
	EXPECT_STR(m->op_types[0], "onnx::Conv+onnx::Relu");
	EXPECT_STR(m->outputs[0].name, "act");
	ge_model_free(m);
	ge_graph_destroy(g);
}

TEST_MAIN()
