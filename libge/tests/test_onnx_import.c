// SPDX-License-Identifier: MIT
/* What a model becomes, and what is said about models that make no sense. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "ge/ge.h"
#include "graph/graph.h"
#include "onnx_model.h"
#include "tap.h"

static ge_status import(struct om *m, struct ge_graph **graph)
{
	size_t size;
	uint8_t *data = om_pack(m, &size);
	ge_status status = ge_graph_from_onnx_memory(data, size, "test.onnx", graph);

	free(data);
	return status;
}

/* Imports, expects failure, and that the message has all of @parts. */
static void refused(struct om *m, ge_status expected, const char *part1, const char *part2,
		    const char *part3)
{
	struct ge_graph *graph = (void *)1;

	EXPECT_EQ(import(m, &graph), expected);
	EXPECT(!graph);
	EXPECT_STR(ge_last_error(), "test.onnx");
	EXPECT_STR(ge_last_error(), part1);
	EXPECT_STR(ge_last_error(), part2);
	EXPECT_STR(ge_last_error(), part3);
	om_free(m);
}

/* x[N,3,8,8] -> Conv(w) -> Relu -> y */
static struct om *conv_model(void)
{
	struct om *m = om_new(13);
	float w[4 * 3 * 3 * 3] = { 0.5f, -1 };
	Onnx__NodeProto *conv;

	om_input(m, "x", OM_T(FLOAT), 4, OM_DIMS(-1, 3, 8, 8));
	om_raw(m, om_init(m, "w", OM_T(FLOAT), 4, OM_DIMS(4, 3, 3, 3)), w, sizeof(w));
	conv = om_node(m, "Conv", "conv1", "x w", "c");
	om_ints(m, conv, "pads", 4, OM_DIMS(1, 1, 1, 1));
	om_int(m, conv, "group", 1);
	om_node(m, "Relu", "", "c", "y");
	om_output(m, "y");
	return m;
}

TEST(operators_attributes_and_edges_arrive)
{
	struct om *m = conv_model();
	struct ge_graph *graph;
	struct ge_node *conv, *relu, *x, *w;
	const struct ge_attr *attr;

	CHECK_EQ(import(m, &graph), GE_SUCCESS);
	EXPECT_EQ(ge_graph_num_inputs(graph), 1);
	EXPECT_EQ(ge_graph_num_outputs(graph), 1);
	conv = ge_graph_find(graph, "conv1");
	relu = ge_graph_find(graph, "y");
	x = ge_graph_find(graph, "x");
	w = ge_graph_find(graph, "w");
	CHECK(conv && relu && x && w);
	EXPECT(!strcmp(ge_node_type(conv), "onnx::Conv"));
	EXPECT(!strcmp(ge_node_type(relu), "onnx::Relu"));
	EXPECT(!strcmp(ge_node_type(x), "Data"));
	EXPECT(!strcmp(ge_node_type(w), "Const"));
	attr = ge_node_attr(conv, "pads");
	CHECK(attr && attr->kind == GE_ATTR_INTS && attr->count == 4);
	EXPECT_EQ(attr->ints[3], 1);
	attr = ge_node_attr(conv, "opset");
	CHECK(attr && attr->kind == GE_ATTR_INT);
	EXPECT_EQ(attr->i, 13);
	CHECK_EQ(conv->num_inputs, 2);
	EXPECT(conv->inputs[0].from.node == x);
	EXPECT(conv->inputs[1].from.node == w);
	CHECK_EQ(relu->num_inputs, 1);
	EXPECT(relu->inputs[0].from.node == conv);
	ge_graph_destroy(graph);
	om_free(m);
}

TEST(symbolic_dimensions_are_open)
{
	struct om *m = conv_model();
	struct ge_graph *graph;
	struct ge_node *x;

	CHECK_EQ(import(m, &graph), GE_SUCCESS);
	x = ge_graph_find(graph, "x");
	CHECK(x && x->num_descs == 1);
	EXPECT_EQ(x->descs[0].dtype, GE_DT_FLOAT);
	EXPECT_EQ(x->descs[0].rank, 4);
	EXPECT_EQ(x->descs[0].dims[0], -1);
	EXPECT_EQ(x->descs[0].dims[1], 3);
	ge_graph_destroy(graph);
	om_free(m);
}

TEST(operators_may_come_in_any_order)
{
	struct om *m = om_new(13);
	struct ge_graph *graph;

	om_input(m, "x", OM_T(FLOAT), 1, OM_DIMS(4));
	om_node(m, "Relu", "last", "b", "y");
	om_node(m, "Sigmoid", "middle", "a", "b");
	om_node(m, "Tanh", "first", "x", "a");
	om_output(m, "y");
	CHECK_EQ(import(m, &graph), GE_SUCCESS);
	EXPECT(ge_graph_find(graph, "last")->inputs[0].from.node == ge_graph_find(graph, "middle"));
	ge_graph_destroy(graph);
	om_free(m);
}

TEST(an_input_with_an_initializer_is_a_constant)
{
	struct om *m = conv_model();
	struct ge_graph *graph;

	om_input(m, "w", OM_T(FLOAT), 4, OM_DIMS(4, 3, 3, 3));
	CHECK_EQ(import(m, &graph), GE_SUCCESS);
	EXPECT_EQ(ge_graph_num_inputs(graph), 1);
	ge_graph_destroy(graph);
	om_free(m);
}

TEST(absent_optional_inputs_stay_absent)
{
	struct om *m = om_new(13);
	struct ge_graph *graph;
	struct ge_node *clip;
	float max = 6;

	om_input(m, "x", OM_T(FLOAT), 1, OM_DIMS(4));
	om_raw(m, om_init(m, "max", OM_T(FLOAT), 0, NULL), &max, sizeof(max));
	om_node(m, "Clip", "clip", "x - max", "y");
	om_output(m, "y");
	CHECK_EQ(import(m, &graph), GE_SUCCESS);
	clip = ge_graph_find(graph, "clip");
	CHECK(clip && clip->num_inputs == 2);
	EXPECT_EQ(clip->inputs[1].index, 2);
	ge_graph_destroy(graph);
	om_free(m);
}

TEST(names_that_repeat_are_told_apart)
{
	struct om *m = om_new(13);
	struct ge_graph *graph;

	om_input(m, "x", OM_T(FLOAT), 1, OM_DIMS(4));
	om_node(m, "Relu", "x", "x", "a");
	om_node(m, "Relu", "same", "a", "b");
	om_node(m, "Relu", "same", "b", "y");
	om_output(m, "y");
	CHECK_EQ(import(m, &graph), GE_SUCCESS);
	EXPECT(!strcmp(ge_node_type(ge_graph_find(graph, "x")), "Data"));
	EXPECT(ge_graph_find(graph, "same") && ge_graph_find(graph, "same_1"));
	ge_graph_destroy(graph);
	om_free(m);
}

/* The bytes of constant "c" are @expected. */
static void expect_const(struct om *m, int32_t dtype, const void *expected, size_t size)
{
	const struct ge_attr *attr;
	struct ge_graph *graph;

	om_node(m, "Identity", "id", "c", "y");
	om_output(m, "y");
	if (import(m, &graph)) {
		TAP_FAIL("type %d: %s", dtype, ge_last_error());
		om_free(m);
		return;
	}
	attr = ge_node_attr(ge_graph_find(graph, "c"), "value");
	EXPECT(attr && attr->kind == GE_ATTR_TENSOR);
	EXPECT_EQ(attr->tensor.desc.dtype, dtype);
	EXPECT_EQ(attr->tensor.blob->size, size);
	EXPECT(!memcmp(attr->tensor.blob->data, expected, size));
	ge_graph_destroy(graph);
	om_free(m);
}

TEST(every_element_type_as_raw_bytes)
{
	static const struct {
		int onnx;
		int32_t ge;
	} types[] = {
		{ OM_T(FLOAT), GE_DT_FLOAT }, { OM_T(UINT8), GE_DT_UINT8 },
		{ OM_T(INT8), GE_DT_INT8 }, { OM_T(UINT16), GE_DT_UINT16 },
		{ OM_T(INT16), GE_DT_INT16 }, { OM_T(INT32), GE_DT_INT32 },
		{ OM_T(INT64), GE_DT_INT64 }, { OM_T(BOOL), GE_DT_BOOL },
		{ OM_T(FLOAT16), GE_DT_FLOAT16 }, { OM_T(DOUBLE), GE_DT_DOUBLE },
		{ OM_T(UINT32), GE_DT_UINT32 }, { OM_T(UINT64), GE_DT_UINT64 },
		{ OM_T(BFLOAT16), GE_DT_BF16 },
	};
	static const uint8_t bytes[16] = { 1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 0, 0, 1, 1 };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		size_t size = 2 * ge_dtype_size(types[i].ge);
		struct om *m = om_new(13);

		om_raw(m, om_init(m, "c", types[i].onnx, 1, OM_DIMS(2)), bytes, size);
		expect_const(m, types[i].ge, bytes, size);
	}
}

/* Two @values in the field for @type arrive as the bytes of @expected. */
static void typed(int type, const void *values, int32_t ge, const void *expected)
{
	struct om *m = om_new(13);
	Onnx__TensorProto *t = om_init(m, "c", type, 1, OM_DIMS(2));

	switch (type) {
	case OM_T(FLOAT):
		t->n_float_data = 2;
		t->float_data = om_copy(m, values, 2 * sizeof(*t->float_data));
		break;
	case OM_T(DOUBLE):
		t->n_double_data = 2;
		t->double_data = om_copy(m, values, 2 * sizeof(*t->double_data));
		break;
	case OM_T(INT64):
		t->n_int64_data = 2;
		t->int64_data = om_copy(m, values, 2 * sizeof(*t->int64_data));
		break;
	case OM_T(UINT32):
	case OM_T(UINT64):
		t->n_uint64_data = 2;
		t->uint64_data = om_copy(m, values, 2 * sizeof(*t->uint64_data));
		break;
	default:
		t->n_int32_data = 2;
		t->int32_data = om_copy(m, values, 2 * sizeof(*t->int32_data));
		break;
	}
	expect_const(m, ge, expected, 2 * ge_dtype_size(ge));
}

TEST(element_types_in_typed_fields)
{
	static const int32_t small[2] = { -3, 7 }, bits[2] = { 0x3c00, 0xc000 };
	static const int8_t small8[2] = { -3, 7 };
	static const int16_t small16[2] = { -3, 7 };
	static const uint16_t bits16[2] = { 0x3c00, 0xc000 };
	static const uint8_t truths[2] = { 1, 1 };
	static const int64_t large[2] = { -1, 1ll << 40 };
	static const uint64_t unsigneds[2] = { 5, 4000000000u };
	static const uint32_t unsigneds32[2] = { 5, 4000000000u };
	static const float floats[2] = { 0.5f, -2 };
	static const double doubles[2] = { 0.25, 1e300 };

	typed(OM_T(FLOAT), floats, GE_DT_FLOAT, floats);
	typed(OM_T(DOUBLE), doubles, GE_DT_DOUBLE, doubles);
	typed(OM_T(INT64), large, GE_DT_INT64, large);
	typed(OM_T(INT32), small, GE_DT_INT32, small);
	typed(OM_T(INT8), small, GE_DT_INT8, small8);
	typed(OM_T(INT16), small, GE_DT_INT16, small16);
	typed(OM_T(FLOAT16), bits, GE_DT_FLOAT16, bits16);
	typed(OM_T(BFLOAT16), bits, GE_DT_BF16, bits16);
	typed(OM_T(BOOL), small, GE_DT_BOOL, truths);
	typed(OM_T(UINT32), unsigneds, GE_DT_UINT32, unsigneds32);
	typed(OM_T(UINT64), unsigneds, GE_DT_UINT64, unsigneds);
}

TEST(a_value_that_its_type_cannot_hold_is_refused)
{
	struct om *m = om_new(13);
	Onnx__TensorProto *t = om_init(m, "c", OM_T(UINT8), 1, OM_DIMS(2));

	t->n_int32_data = 2;
	t->int32_data = om_copy(m, (const int32_t[]){ 3, 256 }, 8);
	refused(m, GE_PARAM_INVALID, "initializer 'c'", "element 1 is 256", "UINT8");
}

TEST(constant_operators_become_constants)
{
	static const int64_t list[2] = { 4, -1 };
	struct om *m = om_new(13);
	Onnx__NodeProto *node = om_node(m, "Constant", "", "", "c");

	om_ints(m, node, "value_ints", 2, list);
	expect_const(m, GE_DT_INT64, list, sizeof(list));

	m = om_new(13);
	node = om_node(m, "Constant", "", "", "c");
	om_float(m, node, "value_float", 1.5f);
	expect_const(m, GE_DT_FLOAT, (const float[]){ 1.5f }, sizeof(float));
}

TEST(a_tensor_that_nobody_makes_is_named)
{
	struct om *m = om_new(13);

	om_input(m, "x", OM_T(FLOAT), 1, OM_DIMS(4));
	om_node(m, "Add", "sum", "x bias", "y");
	om_output(m, "y");
	refused(m, GE_PARAM_INVALID, "operator 'sum' (Add)", "input 1", "'bias'");
}

TEST(a_graph_output_that_nobody_makes_is_named)
{
	struct om *m = conv_model();

	om_output(m, "z");
	refused(m, GE_PARAM_INVALID, "graph output 1", "'z'", "");
}

TEST(a_tensor_that_is_made_twice_is_named)
{
	struct om *m = conv_model();

	om_node(m, "Relu", "again", "x", "c");
	refused(m, GE_PARAM_INVALID, "tensor 'c' is made twice", "", "");

	m = conv_model();
	om_node(m, "Relu", "again", "c", "w");
	refused(m, GE_PARAM_INVALID, "tensor 'w' is made twice", "", "");

	m = conv_model();
	om_input(m, "x", OM_T(FLOAT), 1, OM_DIMS(4));
	refused(m, GE_PARAM_INVALID, "'x' is there twice", "", "");
}

TEST(a_cycle_is_named)
{
	struct om *m = om_new(13);

	om_input(m, "x", OM_T(FLOAT), 1, OM_DIMS(4));
	om_node(m, "Relu", "outside", "b", "y");
	om_node(m, "Add", "one", "x b", "a");
	om_node(m, "Relu", "two", "a", "b");
	om_output(m, "y");
	refused(m, GE_PARAM_INVALID, "cycle", "'one' (Add)", "'two' (Relu)");

	m = om_new(13);
	om_node(m, "Relu", "self", "a", "a");
	om_output(m, "a");
	refused(m, GE_PARAM_INVALID, "cycle", "'self'", "");
}

TEST(sizes_must_fit_dimensions)
{
	struct om *m = om_new(13);
	Onnx__TensorProto *t;

	om_raw(m, om_init(m, "c", OM_T(FLOAT), 2, OM_DIMS(2, 3)), "12345678", 8);
	refused(m, GE_PARAM_INVALID, "initializer 'c'", "8 bytes", "ask for 24");

	m = om_new(13);
	t = om_init(m, "c", OM_T(INT64), 1, OM_DIMS(3));
	t->n_int64_data = 1;
	t->int64_data = om_copy(m, OM_DIMS(1), 8);
	refused(m, GE_PARAM_INVALID, "int64_data has 1", "ask for 3", "");

	m = om_new(13);
	om_init(m, "c", OM_T(FLOAT), 1, OM_DIMS(-4));
	refused(m, GE_PARAM_INVALID, "dimension 0 is -4", "", "");

	m = om_new(13);
	om_init(m, "c", OM_T(FLOAT), 4, OM_DIMS(INT32_MAX, INT32_MAX, INT32_MAX, 16));
	refused(m, GE_PARAM_INVALID, "initializer 'c'", "memory", "");

	m = om_new(13);
	om_init(m, "c", OM_T(FLOAT), 9, OM_DIMS(1, 1, 1, 1, 1, 1, 1, 1, 1));
	refused(m, GE_UNSUPPORTED, "9 dimensions", "", "");
}

TEST(what_libge_lacks_is_named)
{
	struct om *m = om_new(13);

	om_init(m, "c", OM_T(COMPLEX64), 0, NULL);
	refused(m, GE_UNSUPPORTED, "initializer 'c'", "COMPLEX64", "");

	m = om_new(13);
	om_input(m, "s", OM_T(STRING), 1, OM_DIMS(1));
	refused(m, GE_UNSUPPORTED, "graph input 's'", "STRING", "");

	m = om_new(13);
	om_node(m, "Relu", "r", "", "y")->domain = "com.example";
	refused(m, GE_UNSUPPORTED, "'r' (Relu)", "com.example", "");

	m = om_new(13);
	om_input(m, "x", OM_T(FLOAT), 1, OM_DIMS(1));
	om_node(m, "FlyToTheMoon", "f", "x", "y");
	om_output(m, "y");
	refused(m, GE_UNSUPPORTED, "FlyToTheMoon", "", "");
}

TEST(a_model_needs_graph_opset_and_outputs)
{
	struct om *m = om_new(13);

	m->model.graph = NULL;
	refused(m, GE_PARAM_INVALID, "no graph", "", "");
	m = om_new(13);
	m->model.n_opset_import = 0;
	refused(m, GE_PARAM_INVALID, "opset_import", "", "");
	m = om_new(13);
	refused(m, GE_PARAM_INVALID, "no outputs", "", "");
}

/* --- External data --- */

static struct om *external_model(const char *location, const char *offset, const char *length)
{
	struct om *m = om_new(13);
	Onnx__TensorProto *t = om_init(m, "c", OM_T(FLOAT), 1, OM_DIMS(2));
	const char *entries[][2] = { { "location", location }, { "offset", offset },
				     { "length", length } };

	t->has_data_location = true;
	t->data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
	t->external_data = om_keep(m, 3 * sizeof(*t->external_data));
	for (int i = 0; i < 3; i++) {
		if (!entries[i][1])
			continue;
		t->external_data[t->n_external_data] = om_keep(m, sizeof(**t->external_data));
		onnx__string_string_entry_proto__init(t->external_data[t->n_external_data]);
		t->external_data[t->n_external_data]->key = om_text(m, entries[i][0]);
		t->external_data[t->n_external_data++]->value = om_text(m, entries[i][1]);
	}
	om_node(m, "Identity", "id", "c", "y");
	om_output(m, "y");
	return m;
}

static void write_file(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "wb");

	if (!file || fwrite(data, 1, size, file) != size)
		TAP_FAIL("cannot write %s", path);
	if (file)
		fclose(file);
}

static ge_status import_external(const char *dir, struct om *m, struct ge_graph **graph)
{
	char path[300];
	ge_status status;
	uint8_t *data;
	size_t size;

	snprintf(path, sizeof(path), "%s/model/m.onnx", dir);
	data = om_pack(m, &size);
	write_file(path, data, size);
	free(data);
	om_free(m);
	status = ge_graph_from_onnx(path, graph);
	unlink(path);
	return status;
}

static void external_refused(const char *dir, const char *location, const char *offset,
			     const char *length, const char *why)
{
	struct ge_graph *graph;

	EXPECT(import_external(dir, external_model(location, offset, length), &graph) !=
	       GE_SUCCESS);
	EXPECT_STR(ge_last_error(), "initializer 'c'");
	EXPECT_STR(ge_last_error(), why);
}

TEST(external_data_stays_beside_the_model)
{
	static const float values[4] = { 1, 2, 3, 4 };
	char dir[] = "/tmp/ge-onnx-XXXXXX", path[300], link[300];
	struct ge_graph *graph = NULL;

	CHECK(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/model", dir);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/secret", dir);
	write_file(path, values, sizeof(values));
	snprintf(link, sizeof(link), "%s/model/link", dir);
	EXPECT(!symlink("../secret", link));
	snprintf(path, sizeof(path), "%s/model/data", dir);
	write_file(path, values, sizeof(values));

	EXPECT_EQ(import_external(dir, external_model("data", "4", "8"), &graph), GE_SUCCESS);
	if (graph) {
		const struct ge_attr *attr = ge_node_attr(ge_graph_find(graph, "c"), "value");

		EXPECT(!memcmp(attr->tensor.blob->data, values + 1, 8));
		ge_graph_destroy(graph);
	}
	external_refused(dir, "../secret", NULL, NULL, "outside");
	external_refused(dir, "link", NULL, NULL, "outside");
	external_refused(dir, "/etc/passwd", NULL, NULL, "absolute");
	external_refused(dir, "nothing", NULL, NULL, "No such file");
	external_refused(dir, ".", NULL, NULL, "outside");
	external_refused(dir, "data", "12", NULL, "which has 16 bytes");
	external_refused(dir, "data", "-4", NULL, "number of bytes");
	external_refused(dir, "data", "0", "4", "ask for 8");
	external_refused(dir, NULL, NULL, NULL, "no location");

	unlink(link);
	unlink(path);
	snprintf(path, sizeof(path), "%s/secret", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/model", dir);
	rmdir(path);
	rmdir(dir);
}

TEST(external_data_of_a_model_in_memory_is_refused)
{
	refused(external_model("data", NULL, NULL), GE_PARAM_INVALID, "initializer 'c'",
		"in memory", "");
}

TEST(files_that_are_none_are_refused)
{
	struct ge_graph *graph = (void *)1;

	EXPECT_EQ(ge_graph_from_onnx("/nonexistent/model.onnx", &graph), GE_PATH_INVALID);
	EXPECT(!graph);
	EXPECT_STR(ge_last_error(), "/nonexistent/model.onnx");
	EXPECT_EQ(ge_graph_from_onnx("/", &graph), GE_PATH_INVALID);
	EXPECT_STR(ge_last_error(), "not a regular file");
	EXPECT_EQ(ge_graph_from_onnx(NULL, &graph), GE_PARAM_INVALID);
	EXPECT_EQ(ge_graph_from_onnx_memory("", 0, "empty", &graph), GE_PARAM_INVALID);
	EXPECT_STR(ge_last_error(), "empty");
}

TEST_MAIN()
