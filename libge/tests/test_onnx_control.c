// SPDX-License-Identifier: MIT
/* If and Loop: which branch, how many rounds, what bodies take from outside, what is refused. */
#include "ge/ge.h"
#include "onnx_model.h"
#include "tap.h"
#include "run_model.h"

/* A body under construction: a model of its own, of which only the graph is used. */
static void om_body(struct om *m, Onnx__NodeProto *node, const char *name, struct om *body)
{
	om_attr(m, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH)->g = &body->graph;
}

static ge_status import(struct om *m, struct ge_graph **graph)
{
	size_t size;
	uint8_t *data = om_pack(m, &size);
	ge_status status = ge_graph_from_onnx_memory(data, size, "test.onnx", graph);

	free(data);
	return status;
}

static void scalar_init(struct om *m, const char *name, int type, const void *data, size_t size)
{
	om_raw(m, om_init(m, name, type, 0, NULL), data, size);
}

static void float_init(struct om *m, const char *name, float value)
{
	scalar_init(m, name, OM_T(FLOAT), &value, sizeof(value));
}

/* Import, compile and run with inputs x[2] and, if it has more, @second; compare output 0. */
static void runs_to(struct om *m, const void *second, size_t n, const float *expected)
{
	float x[2] = { 1, 10 };
	void *inputs[] = { x, (void *)second };
	const void *values[] = { NULL, second };
	struct ge_graph *graph = NULL;
	struct ge_tensor_desc descs[2];
	struct ge_known_inputs known = { .num = 2, .descs = descs, .values = values };
	struct run r = { 0 };

	CHECK_EQ(import(m, &graph), GE_SUCCESS);
	descs[0] = ge_graph_find(graph, "x")->descs[0];
	if (second)
		descs[1] = ge_graph_find(graph, "second")->descs[0];
	if (ge_compile_with(graph, second ? &known : NULL, GE_PASS_ALL, &r.model)) {
		TAP_FAIL("%s", ge_error_text());
		r.model = NULL;
	} else if (run_model(&r, inputs)) {
		EXPECT_EQ(r.model->outputs[0].size, n * sizeof(float));
		for (size_t i = 0; i < n; i++)
			EXPECT_EQ(((float *)r.out[0])[i], expected[i]);
	} else {
		TAP_FAIL("does not run");
	}
	run_free(&r);
	ge_graph_destroy(graph);
}

static void refused(struct om *m, const char *part)
{
	struct ge_graph *graph = NULL;
	struct ge_model *model = NULL;

	if (!import(m, &graph))
		EXPECT(ge_compile(graph, NULL, &model));
	EXPECT_STR(ge_last_error(), part);
	ge_graph_destroy(graph);
	ge_model_free(model);
}

/* y = second ? x + 5 : x * k, where 5 belongs to the branch and k to the graph around */
static struct om *if_model(struct om *branches[2])
{
	struct om *m = om_new(13);
	Onnx__NodeProto *node;

	branches[0] = om_new(13);
	branches[1] = om_new(13);
	om_input(m, "x", OM_T(FLOAT), 1, OM_DIMS(2));
	om_input(m, "second", OM_T(BOOL), 0, NULL);
	float_init(m, "k", 3);
	float_init(branches[0], "five", 5);
	om_node(branches[0], "Add", "", "x five", "sum");
	om_output(branches[0], "sum");
	om_node(branches[1], "Mul", "", "x k", "product");
	om_output(branches[1], "product");
	node = om_node(m, "If", "choice", "second", "y");
	om_body(m, node, "else_branch", branches[1]);
	om_body(m, node, "then_branch", branches[0]);
	om_output(m, "y");
	return m;
}

TEST(the_condition_chooses_the_branch)
{
	const unsigned char yes = 1, no = 0;
	struct om *branches[2], *m = if_model(branches);

	runs_to(m, &yes, 2, (const float[]){ 6, 15 });
	runs_to(m, &no, 2, (const float[]){ 3, 30 });
	refused(m, "the condition has to be known when the graph is compiled");
	om_free(branches[0]);
	om_free(branches[1]);
	om_free(m);
}

/* sum += i * x for @rounds rounds; scan output: each round's sum */
static struct om *loop_model(struct om **body, int64_t rounds)
{
	static const unsigned char yes = 1;
	struct om *m = om_new(13);
	Onnx__NodeProto *node, *cast;

	*body = om_new(13);
	om_input(m, "x", OM_T(FLOAT), 1, OM_DIMS(2));
	scalar_init(m, "rounds", OM_T(INT64), &rounds, sizeof(rounds));
	scalar_init(m, "go", OM_T(BOOL), &yes, 1);
	float_init(m, "zero", 0);
	om_node(m, "Mul", "", "x zero", "start");
	om_input(*body, "i", OM_T(INT64), 0, NULL);
	om_input(*body, "cond", OM_T(BOOL), 0, NULL);
	om_input(*body, "sum", OM_T(FLOAT), 1, OM_DIMS(2));
	cast = om_node(*body, "Cast", "", "i", "f");
	om_int(*body, cast, "to", OM_T(FLOAT));
	om_node(*body, "Mul", "", "x f", "part");
	om_node(*body, "Add", "", "sum part", "next");
	om_node(*body, "Identity", "", "cond", "again");
	om_node(*body, "Identity", "", "next", "scan");
	om_output(*body, "again");
	om_output(*body, "next");
	om_output(*body, "scan");
	node = om_node(m, "Loop", "loop", "rounds go start", "total all");
	om_body(m, node, "body", *body);
	return m;
}

TEST(a_loop_carries_and_collects)
{
	struct om *body, *m = loop_model(&body, 4);

	om_output(m, "total");
	runs_to(m, NULL, 2, (const float[]){ 6, 60 });
	om_free(body);
	om_free(m);
	m = loop_model(&body, 3);
	om_output(m, "all");
	runs_to(m, NULL, 6, (const float[]){ 0, 0, 1, 10, 3, 30 });
	om_free(body);
	om_free(m);
}

TEST(a_loop_of_no_rounds_gives_back_what_it_got)
{
	struct om *body, *m = loop_model(&body, 0);

	om_output(m, "total");
	runs_to(m, NULL, 2, (const float[]){ 0, 0 });
	om_free(body);
	om_free(m);
	m = loop_model(&body, 0);
	om_output(m, "all");
	runs_to(m, NULL, 0, NULL);
	om_free(body);
	om_free(m);
}

TEST(a_loop_ends_when_its_condition_is_false)
{
	struct om *body, *m = loop_model(&body, 100);
	int64_t last = 2;

	/* again = i < 2 */
	scalar_init(body, "last", OM_T(INT64), &last, sizeof(last));
	body->nodes[3]->op_type = om_text(body, "Less");
	body->nodes[3]->n_input = om_names(body, "i last", &body->nodes[3]->input);
	om_output(m, "total");
	runs_to(m, NULL, 2, (const float[]){ 3, 30 });
	om_free(body);
	om_free(m);
}

TEST(endless_and_misshapen_loops_are_refused)
{
	struct om *body, *m = loop_model(&body, 1000000);

	om_output(m, "total");
	refused(m, "more than 10000 times");
	om_free(body);
	om_free(m);
	m = loop_model(&body, 2);
	om_output(m, "total");
	body->graph.n_input = 2;
	refused(m, "sum");
	om_free(body);
	om_free(m);
	m = loop_model(&body, 2);
	om_output(m, "total");
	body->graph.n_output = 1;
	refused(m, "the body makes 1 tensors");
	om_free(body);
	om_free(m);
	m = loop_model(&body, 2);
	om_output(m, "total");
	m->nodes[1]->n_attribute = 0;
	refused(m, "attribute 'body' is missing");
	om_free(body);
	om_free(m);
}

/* Nothing of it is left to the device, but it would go round 10^16 times. */
TEST(loops_in_loops_end)
{
	static const int64_t rounds = 10000;
	static const unsigned char yes = 1;
	struct om *levels[4], *m = om_new(13);

	om_input(m, "x", OM_T(FLOAT), 1, OM_DIMS(2));
	scalar_init(m, "rounds", OM_T(INT64), &rounds, sizeof(rounds));
	scalar_init(m, "go", OM_T(BOOL), &yes, 1);
	for (int i = 0; i < 4; i++) {
		struct om *outer = i ? levels[i - 1] : m;
		Onnx__NodeProto *node = om_node(outer, "Loop", "", i ? "rounds go v" :
						"rounds go x", i ? "w" : "y");

		levels[i] = om_new(13);
		om_input(levels[i], "i", OM_T(INT64), 0, NULL);
		om_input(levels[i], "c", OM_T(BOOL), 0, NULL);
		om_input(levels[i], "v", OM_T(FLOAT), 1, OM_DIMS(2));
		om_output(levels[i], "c");
		om_output(levels[i], i < 3 ? "w" : "v");
		om_body(outer, node, "body", levels[i]);
	}
	om_output(m, "y");
	refused(m, "with its loops unrolled");
	for (int i = 0; i < 4; i++)
		om_free(levels[i]);
	om_free(m);
}

/* Each If is the branch of the one around it, and all use x. */
TEST(bodies_nest_and_reach_all_that_is_around_them)
{
	static const unsigned char yes = 1;
	struct om *levels[20];
	size_t n;

	for (n = 1; n <= 20; n += 19) {
		for (size_t i = 0; i < n; i++)
			levels[i] = om_new(13);
		for (size_t i = 0; i + 1 < n; i++) {
			Onnx__NodeProto *node = om_node(levels[i], "If", "", "go", "y");

			om_body(levels[i], node, "then_branch", levels[i + 1]);
			om_body(levels[i], node, "else_branch", levels[i + 1]);
			om_output(levels[i], "y");
		}
		om_input(levels[0], "x", OM_T(FLOAT), 1, OM_DIMS(2));
		scalar_init(levels[0], "go", OM_T(BOOL), &yes, 1);
		om_node(levels[n - 1], "Neg", "", "x", "y");
		om_output(levels[n - 1], "y");
		if (n == 1)
			runs_to(levels[0], NULL, 2, (const float[]){ -1, -10 });
		else
			refused(levels[0], "nested deeper than 16");
		for (size_t i = 0; i < n; i++)
			om_free(levels[i]);
	}
}

TEST_MAIN()
