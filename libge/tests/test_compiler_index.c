// SPDX-License-Identifier: MIT
/*
 * What operators by index, by value and by order give: each example once with inputs, on the
 * device, and once with constants, on the host, wherever the compiler does that.
 */
#include "tap.h"
#include "run_model.h"

#define MAX_ARGS	4
#define MAX_VALUES	48

/* Numbers of a type, in a shape. */
struct values {
	int32_t dtype;
	int rank;
	int64_t dims[4];
	double v[MAX_VALUES];
};

struct example {
	const char *what;
	const char *type;
	struct values in[MAX_ARGS];
	const char *attr;		/* name and value of up to two integers */
	int64_t value;
	const char *attr2;
	int64_t value2;
	const char *string;		/* name and value of a string */
	const char *text;
	uint32_t fixed;			/* inputs that have to be constants */
	bool folds;			/* with constants only a copy is left to the device */
	struct values out[2];
};

#define F	GE_DT_FLOAT
#define I	GE_DT_INT64
#define B	GE_DT_BOOL
#define N1	NAN

static const struct example examples[] = {
	{ "a choice of two values", "onnx::Where",
	  { { B, 2, { 2, 1 }, { 1, 0 } }, { I, 1, { 3 }, { 1, 2, 3 } }, { I, 0, { 0 }, { -9 } } },
	  .folds = true, .out = { { I, 2, { 2, 3 }, { 1, 2, 3, -9, -9, -9 } } } },
	{ "a choice of rows", "Select",
	  { { B, 1, { 2 }, { 0, 1 } }, { F, 2, { 2, 2 }, { 1, 2, 3, 4 } },
	    { F, 2, { 2, 2 }, { 5, 6, 7, 8 } } },
	  .folds = true, .out = { { F, 2, { 2, 2 }, { 5, 6, 3, 4 } } } },
	{ "masked elements", "MaskedFill",
	  { { F, 1, { 3 }, { 1, 2, 3 } }, { B, 1, { 3 }, { 1, 0, 1 } }, { I, 0, { 0 }, { 7 } } },
	  .folds = true, .out = { { F, 1, { 3 }, { 7, 2, 7 } } } },
	{ "an upper triangle", "onnx::Trilu",
	  { { I, 2, { 2, 3 }, { 1, 2, 3, 4, 5, 6 } }, { I, 0, { 0 }, { 1 } } },
	  .folds = true, .out = { { I, 2, { 2, 3 }, { 0, 2, 3, 0, 0, 6 } } } },
	{ "a triangle beyond the matrix", "onnx::Trilu",
	  { { I, 2, { 2, 2 }, { 1, 2, 3, 4 } }, { I, 0, { 0 }, { -0x1p62 } } },
	  .folds = true, .out = { { I, 2, { 2, 2 }, { 1, 2, 3, 4 } } } },
	{ "a lower triangle", "Tril", { { F, 2, { 2, 3 }, { 1, 2, 3, 4, 5, 6 } } },
	  .folds = true, .out = { { F, 2, { 2, 3 }, { 1, 0, 0, 4, 5, 0 } } } },
	{ "a diagonal", "onnx::EyeLike", { { F, 2, { 2, 3 }, { 0 } } }, "k", 1, "dtype", 7,
	  .folds = true, .out = { { I, 2, { 2, 3 }, { 0, 1, 0, 0, 0, 1 } } } },
	{ "positions as vectors", "onnx::OneHot",
	  { { I, 1, { 3 }, { 1, -1, 5 } }, { I, 0, { 0 }, { 3 } }, { F, 1, { 2 }, { 2, 5 } } },
	  .fixed = 1 << 1, .folds = true,
	  .out = { { F, 2, { 3, 3 }, { 2, 5, 2, 2, 2, 5, 2, 2, 2 } } } },
	{ "positions as columns", "OneHot",
	  { { I, 1, { 2 }, { 1, -1 } }, { I, 0, { 0 }, { 3 } }, { F, 0, { 0 }, { 5 } },
	    { F, 0, { 0 }, { 2 } } }, "axis", 0,
	  .fixed = 1 << 1, .folds = true,
	  .out = { { F, 2, { 3, 2 }, { 2, 2, 5, 2, 2, 2 } } } },

	{ "the first of the largest", "onnx::ArgMax",
	  { { F, 2, { 2, 4 }, { 1, 3, 3, 2, -1, N1, 8, N1 } } }, "axis", 1,
	  .folds = true, .out = { { I, 2, { 2, 1 }, { 1, 1 } } } },
	{ "the last of the largest", "onnx::ArgMax",
	  { { F, 2, { 2, 4 }, { 1, 3, 3, 2, -1, N1, 8, N1 } } }, "axis", 1,
	  "select_last_index", 1,
	  .folds = true, .out = { { I, 2, { 2, 1 }, { 2, 3 } } } },
	{ "the smallest", "onnx::ArgMin", { { I, 2, { 2, 3 }, { 4, 2, 9, 3, 5, -9 } } },
	  "axis", 0, "keepdims", 0,
	  .folds = true, .out = { { I, 1, { 3 }, { 1, 0, 1 } } } },
	{ "the three largest", "onnx::TopK",
	  { { F, 2, { 2, 4 }, { 1, 3, 3, 2, -1, -4, 8, 0 } }, { I, 1, { 1 }, { 3 } } },
	  .fixed = 1 << 1, .folds = true,
	  .out = { { F, 2, { 2, 3 }, { 3, 3, 2, 8, 0, -1 } },
		   { I, 2, { 2, 3 }, { 1, 2, 3, 2, 3, 0 } } } },
	{ "the two smallest of columns", "TopKV2",
	  { { I, 2, { 3, 2 }, { 4, 2, 9, 3, 5, -9 } }, { I, 0, { 0 }, { 2 } } }, "dim", 0,
	  "largest", 0, .fixed = 1 << 1, .folds = true,
	  .out = { { I, 2, { 2, 2 }, { 4, -9, 5, 2 } },
		   { GE_DT_INT32, 2, { 2, 2 }, { 0, 2, 2, 0 } } } },
	{ "one for the largest", "onnx::Hardmax",
	  { { F, 2, { 2, 3 }, { 1, 3, 3, 2, -1, 0 } } },
	  .folds = true, .out = { { F, 2, { 2, 3 }, { 0, 1, 0, 1, 0, 0 } } } },
	{ "one for the largest of all that follows", "onnx::Hardmax",
	  { { F, 3, { 1, 2, 2 }, { 1, 3, 4, 2 } } }, "opset", 11,
	  .folds = true, .out = { { F, 3, { 1, 2, 2 }, { 0, 0, 1, 0 } } } },
	{ "running sums", "onnx::CumSum",
	  { { F, 2, { 2, 3 }, { 1, 2, 3, 4, 5, 6 } }, { I, 0, { 0 }, { 1 } } },
	  .fixed = 1 << 1, .folds = true,
	  .out = { { F, 2, { 2, 3 }, { 1, 3, 6, 4, 9, 15 } } } },
	{ "running sums of what follows", "Cumsum",
	  { { I, 2, { 2, 3 }, { 1, 2, 3, 4, 5, 6 } }, { I, 0, { 0 }, { -1 } } },
	  "exclusive", 1, "reverse", 1, .fixed = 1 << 1, .folds = true,
	  .out = { { I, 2, { 2, 3 }, { 5, 3, 0, 11, 6, 0 } } } },
	{ "running sums that wrap", "Cumsum",
	  { { GE_DT_UINT8, 1, { 3 }, { 200, 50, 10 } }, { I, 0, { 0 }, { 0 } } },
	  .fixed = 1 << 1, .folds = true,
	  .out = { { GE_DT_UINT8, 1, { 3 }, { 200, 250, 4 } } } },

	{ "elements of rows", "onnx::GatherElements",
	  { { F, 2, { 2, 3 }, { 1, 2, 3, 4, 5, 6 } }, { I, 2, { 2, 2 }, { 2, 0, -2, 1 } } },
	  "axis", 1, .folds = true, .out = { { F, 2, { 2, 2 }, { 3, 1, 5, 5 } } } },
	{ "slices by tuples", "onnx::GatherND",
	  { { I, 3, { 2, 2, 2 }, { 0, 1, 2, 3, 4, 5, 6, 7 } },
	    { I, 2, { 2, 2 }, { 0, 1, 1, -2 } } },
	  .folds = true, .out = { { I, 2, { 2, 2 }, { 2, 3, 4, 5 } } } },
	{ "slices in batches", "onnx::GatherND",
	  { { I, 3, { 2, 2, 2 }, { 0, 1, 2, 3, 4, 5, 6, 7 } }, { I, 2, { 2, 1 }, { 1, 0 } } },
	  "batch_dims", 1, .folds = true, .out = { { I, 2, { 2, 2 }, { 2, 3, 4, 5 } } } },
	{ "elements put into rows", "onnx::ScatterElements",
	  { { F, 2, { 1, 4 }, { 1, 2, 3, 4 } }, { I, 2, { 1, 3 }, { 1, -1, 1 } },
	    { F, 2, { 1, 3 }, { 9, 8, 7 } } }, "axis", 1,
	  .out = { { F, 2, { 1, 4 }, { 1, 7, 3, 8 } } } },
	{ "elements added to rows", "ScatterElements",
	  { { F, 2, { 1, 4 }, { 1, 2, 3, 4 } }, { I, 2, { 1, 3 }, { 1, -1, 1 } },
	    { F, 2, { 1, 3 }, { 9, 8, 7 } } }, "axis", 1, .string = "reduction", .text = "add",
	  .out = { { F, 2, { 1, 4 }, { 1, 18, 3, 12 } } } },
	{ "slices multiplied", "onnx::ScatterND",
	  { { I, 2, { 2, 2 }, { 1, 2, 3, 4 } }, { I, 2, { 2, 1 }, { 1, 1 } },
	    { I, 2, { 2, 2 }, { 2, 3, 4, 5 } } }, .string = "reduction", .text = "mul",
	  .out = { { I, 2, { 2, 2 }, { 1, 2, 24, 60 } } } },
	{ "sums in a tensor of zeros", "ScatterNd",
	  { { I, 2, { 3, 1 }, { 1, 3, 1 } }, { F, 1, { 3 }, { 9, 8, 7 } }, { I, 1, { 1 }, { 4 } } },
	  .fixed = 1 << 2, .out = { { F, 1, { 4 }, { 0, 16, 0, 8 } } } },
	{ "the larger of the two", "TensorScatterMax",
	  { { F, 1, { 3 }, { 1, 2, 3 } }, { I, 2, { 2, 1 }, { 0, 2 } },
	    { F, 1, { 2 }, { 9, -1 } } },
	  .out = { { F, 1, { 3 }, { 9, 2, 3 } } } },
	{ "sequences reversed", "onnx::ReverseSequence",
	  { { F, 2, { 3, 2 }, { 0, 1, 2, 3, 4, 5 } }, { I, 1, { 2 }, { 2, 3 } } },
	  .folds = true, .out = { { F, 2, { 3, 2 }, { 2, 5, 0, 3, 4, 1 } } } },
	{ "sequences reversed behind the batch", "ReverseSequence",
	  { { F, 3, { 2, 2, 2 }, { 0, 1, 2, 3, 4, 5, 6, 7 } }, { I, 1, { 2 }, { 1, 2 } } },
	  "seq_dim", 1, .folds = true,
	  .out = { { F, 3, { 2, 2, 2 }, { 0, 1, 2, 3, 6, 7, 4, 5 } } } },
	{ "places that are not 0", "onnx::NonZero",
	  { { F, 2, { 2, 2 }, { 0, 3, N1, 0 } } }, .fixed = 1, .folds = true,
	  .out = { { I, 2, { 2, 2 }, { 0, 1, 1, 0 } } } },
	{ "chosen columns", "onnx::Compress",
	  { { F, 2, { 2, 3 }, { 1, 2, 3, 4, 5, 6 } }, { B, 1, { 3 }, { 1, 0, 1 } } }, "axis", -1,
	  .fixed = 1 << 1, .folds = true, .out = { { F, 2, { 2, 2 }, { 1, 3, 4, 6 } } } },

	{ "channels as blocks", "onnx::DepthToSpace",
	  { { F, 4, { 1, 8, 1, 1 }, { 0, 1, 2, 3, 4, 5, 6, 7 } } }, "blocksize", 2, .folds = true,
	  .out = { { F, 4, { 1, 2, 2, 2 }, { 0, 2, 4, 6, 1, 3, 5, 7 } } } },
	{ "channels as blocks, each by itself", "onnx::DepthToSpace",
	  { { F, 4, { 1, 8, 1, 1 }, { 0, 1, 2, 3, 4, 5, 6, 7 } } }, "blocksize", 2,
	  .string = "mode", .text = "CRD", .folds = true,
	  .out = { { F, 4, { 1, 2, 2, 2 }, { 0, 1, 2, 3, 4, 5, 6, 7 } } } },
	{ "channels as blocks, channels last", "DepthToSpace",
	  { { F, 4, { 1, 1, 2, 4 }, { 0, 1, 2, 3, 4, 5, 6, 7 } } }, "block_size", 2, .folds = true,
	  .out = { { F, 4, { 1, 2, 4, 1 }, { 0, 1, 4, 5, 2, 3, 6, 7 } } } },
	{ "blocks as channels", "onnx::SpaceToDepth",
	  { { F, 4, { 1, 2, 2, 2 }, { 0, 1, 2, 3, 4, 5, 6, 7 } } }, "blocksize", 2, .folds = true,
	  .out = { { F, 4, { 1, 8, 1, 1 }, { 0, 4, 1, 5, 2, 6, 3, 7 } } } },
	{ "blocks as channels, channels last", "SpaceToDepth",
	  { { F, 4, { 1, 2, 4, 1 }, { 0, 1, 4, 5, 2, 3, 6, 7 } } }, "block_size", 2, .folds = true,
	  .out = { { F, 4, { 1, 1, 2, 4 }, { 0, 1, 2, 3, 4, 5, 6, 7 } } } },
};

#define NUM_EXAMPLES	(sizeof(examples) / sizeof(examples[0]))

static size_t count(const struct values *v)
{
	size_t n = 1;

	for (int i = 0; i < v->rank; i++)
		n *= (size_t)v->dims[i];
	return n;
}

/* The scalar float 0 stands for none. */
static bool is_used(const struct values *v)
{
	return v->dtype || v->rank || v->v[0] != 0;
}

static void set_int(struct ge_node *node, const char *name, int64_t value)
{
	struct ge_attr_def def = { .kind = GE_ATTR_INT };

	if (!name)
		return;
	ge_attr_def_find(node->def, name, &def);
	if (def.kind == GE_ATTR_BOOL)
		ge_node_set_bool(node, name, value);
	else
		ge_node_set_int(node, name, value);
}

/* The graph of @e; inputs in @constants are constants, of the others the data is in @data. */
static struct ge_graph *example_graph(const struct example *e, uint32_t constants,
				      unsigned char (*data)[MAX_VALUES * 8], void **inputs)
{
	struct ge_graph *g = new_graph();
	struct ge_node *node, *in;
	size_t n = 0;

	if (ge_graph_add(g, e->type, "it", &node))
		abort();
	for (unsigned int i = 0; i < MAX_ARGS && is_used(&e->in[i]); i++) {
		const struct values *v = &e->in[i];

		for (size_t k = 0; k < count(v); k++)
			ge_store_double(v->dtype, data[i], (int64_t)k, v->v[k]);
		if (constants >> i & 1) {
			in = add_const(g, v->dtype, v->rank, v->dims, data[i]);
		} else {
			in = add_input(g, NULL, v->dtype, v->rank, v->dims);
			inputs[n++] = data[i];
		}
		if (ge_node_connect(node, i, in, 0))
			abort();
	}
	set_int(node, e->attr, e->value);
	set_int(node, e->attr2, e->value2);
	if (e->string)
		ge_node_set_string(node, e->string, e->text);
	for (unsigned int i = 0; i < 2 && is_used(&e->out[i]); i++)
		ge_graph_add_output(g, node, i);
	return g;
}

static bool output_is(const struct run *r, size_t i, const struct values *want)
{
	const struct ge_tensor_desc *desc = &r->model->outputs[i].desc;

	if (desc->dtype != want->dtype || desc->rank != want->rank ||
	    memcmp(desc->dims, want->dims, (size_t)want->rank * sizeof(*desc->dims)))
		return false;
	for (size_t k = 0; k < count(want); k++) {
		double got = ge_load_double(want->dtype, r->out[i], (int64_t)k);

		if (got != want->v[k]) {
			printf("# element %zu is %g, expected is %g\n", k, got, want->v[k]);
			return false;
		}
	}
	return true;
}

static void check_example(const struct example *e, uint32_t constants, uint32_t passes)
{
	unsigned char data[MAX_ARGS][MAX_VALUES * 8];
	void *inputs[MAX_IO] = { 0 };
	struct ge_graph *g = example_graph(e, constants, data, inputs);
	struct run r;

	if (!compile_and_run(g, passes, inputs, &r)) {
		TAP_FAIL("%s: does not run", e->what);
	} else {
		for (size_t i = 0; i < r.model->num_outputs; i++)
			if (!output_is(&r, i, &e->out[i]))
				TAP_FAIL("%s: output %zu is wrong, constants %#x passes %#x",
					 e->what, i, constants, passes);
		if (constants == UINT32_MAX && e->folds &&
		    count_ops(r.model, 0) != count_ops(r.model, GENPU_OP_COPY))
			TAP_FAIL("%s: is not folded", e->what);
	}
	run_free(&r);
	ge_graph_destroy(g);
}

TEST(examples_on_the_device)
{
	for (size_t i = 0; i < NUM_EXAMPLES; i++) {
		check_example(&examples[i], examples[i].fixed, 0);
		check_example(&examples[i], examples[i].fixed, GE_PASS_ALL);
	}
}

TEST(examples_with_constants)
{
	for (size_t i = 0; i < NUM_EXAMPLES; i++)
		check_example(&examples[i], UINT32_MAX, GE_PASS_ALL);
}

/* What is chosen may take the place of what it was chosen from. */
TEST(a_choice_takes_over_the_place_of_an_operand)
{
	struct ge_graph *g = new_graph();
	struct ge_node *x = add_input(g, "x", GE_DT_FLOAT, DIMS(4, 64)), *c, *y;
	float in[256], want[256];
	void *inputs[] = { in };
	struct run r;

	c = add_op(g, "Greater", x, add_scalar(g, 0), LAST);
	y = add_op(g, "SelectV2", c, add_op(g, "Exp", x, LAST), add_op(g, "Sigmoid", x, LAST),
		   LAST);
	ge_graph_add_output(g, add_op(g, "SoftmaxV2", y, LAST), 0);
	rnd_fill(in, 256);
	for (int i = 0; i < 4; i++) {
		double sum = 0;

		for (int k = 64 * i; k < 64 * i + 64; k++) {
			want[k] = in[k] > 0 ? expf(in[k]) : 1 / (1 + expf(-in[k]));
			sum += exp((double)want[k]);
		}
		for (int k = 64 * i; k < 64 * i + 64; k++)
			want[k] = (float)(exp((double)want[k]) / sum);
	}
	CHECK(compile_and_run(g, GE_PASS_ALL, inputs, &r));
	EXPECT(close_all(r.out[0], want, 256, 1e-4));
	/* Two floats and the condition, not three. */
	EXPECT(r.model->workspace_size <= 2 * sizeof(in) + 256);
	run_free(&r);
	ge_graph_destroy(g);
}

TEST_MAIN()
