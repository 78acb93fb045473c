// SPDX-License-Identifier: MIT
/* The C++ layer as programs for CANN use it: the documented flow, and its sloppiest forms. */
#include <atomic>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "acl.h"
#include "acl_rt.h"
#include "all_ops.h"
#include "ge_api.h"
#include "tap.h"

using namespace ge;

/* Takes the message. */
#define EXPECT_MESSAGE(part)					\
	do {							\
		AscendString message = GEGetErrorMsgV2();	\
								\
		EXPECT_STR(message.GetString(), part);		\
	} while (0)

typedef std::map<AscendString, AscendString> Options;

static const std::vector<Tensor> no_tensors;

static Tensor HostTensor(const std::vector<int64_t> &dims, const std::vector<float> &values)
{
	return Tensor(TensorDesc(Shape(dims), FORMAT_ND, DT_FLOAT),
		      reinterpret_cast<const uint8_t *>(values.data()),
		      values.size() * sizeof(float));
}

static op::Data MakeData(const char *name, const std::vector<int64_t> &dims, int64_t index)
{
	TensorDesc desc(Shape(dims), FORMAT_ND, DT_FLOAT);
	op::Data data(name);

	data.set_attr_index(index);
	data.update_input_desc_x(desc);
	data.update_output_desc_y(desc);
	return data;
}

/* a - b, then relu; both Data operators have index 0, as in many programs */
static Graph SubGraph(const char *name)
{
	op::Data a = MakeData("a", {4}, 0), b = MakeData("b", {4}, 0);
	op::Sub sub("sub");
	op::Relu relu("relu");
	Graph graph(name);

	sub.set_input_x1(a).set_input_x2(b);
	relu.set_input_x(sub);
	graph.SetInputs({a, b}).SetOutputs(std::vector<Operator>{relu});
	return graph;
}

static const std::vector<float> a_values = {5, 1, -3, 8}, b_values = {2, 4, -9, 0};
static const float sub_expected[4] = {3, 0, 6, 8};

static Tensor DeviceTensor(const std::vector<float> &values)
{
	size_t size = values.size() * sizeof(float);
	void *memory = nullptr;
	Tensor tensor(TensorDesc(Shape({static_cast<int64_t>(values.size())})));

	if (aclrtMalloc(&memory, size, ACL_MEM_MALLOC_HUGE_FIRST))
		return tensor;
	aclrtMemcpy(memory, size, values.data(), size, ACL_MEMCPY_HOST_TO_DEVICE);
	tensor.SetData(static_cast<uint8_t *>(memory), size, [](uint8_t *) {});
	tensor.SetPlacement(kPlacementDevice);
	return tensor;
}

static void ExpectOnDevice(const Tensor &tensor, const float *expected, size_t n)
{
	std::vector<float> got(n);

	EXPECT_EQ(tensor.GetPlacement(), kPlacementDevice);
	CHECK(tensor.GetSize() >= n * sizeof(float));
	CHECK_EQ(aclrtMemcpy(got.data(), n * sizeof(float), tensor.GetData(), n * sizeof(float),
			     ACL_MEMCPY_DEVICE_TO_HOST), ACL_SUCCESS);
	for (size_t i = 0; i < n; i++)
		EXPECT(got[i] == expected[i]);
}

TEST(a_session_before_initialisation_fails_politely)
{
	Session session{Options()};
	Graph graph = SubGraph("early");

	EXPECT_EQ(session.AddGraph(0, graph), FAILED);
	EXPECT_MESSAGE("GEInitialize");
	EXPECT(GEGetErrorMsg().empty());
	EXPECT_EQ(GEFinalize(), SUCCESS);
}

TEST(the_documented_flow_in_its_order)
{
	Options options = {{"ge.exec.deviceId", "0"}, {"ge.graphRunMode", "1"}};
	aclrtStream stream;
	Session *session;

	CHECK_EQ(GEInitialize(options), SUCCESS);
	session = new Session(Options());
	Graph graph = SubGraph("flow");
	CHECK_EQ(session->AddGraph(7, graph), SUCCESS);
	CHECK_EQ(aclInit(nullptr), ACL_ERROR_NONE);
	if (session->BuildGraph(7, no_tensors) != SUCCESS)
		TAP_FAIL("BuildGraph: %s", ge_last_error());
	CHECK_EQ(aclrtSetDevice(0), ACL_ERROR_NONE);
	CHECK_EQ(aclrtCreateStream(&stream), ACL_ERROR_NONE);

	std::vector<Tensor> inputs = {DeviceTensor(a_values), DeviceTensor(b_values)};
	std::vector<Tensor> outputs = {DeviceTensor({0, 0, 0, 0})};
	CHECK_EQ(session->RunGraphWithStreamAsync(7, stream, inputs, outputs), SUCCESS);
	CHECK_EQ(aclrtSynchronizeStream(stream), ACL_ERROR_NONE);
	ExpectOnDevice(outputs[0], sub_expected, 4);

	EXPECT_EQ(aclrtFree(inputs[0].GetData()), ACL_ERROR_NONE);
	EXPECT_EQ(aclrtFree(inputs[1].GetData()), ACL_ERROR_NONE);
	EXPECT_EQ(aclrtFree(outputs[0].GetData()), ACL_ERROR_NONE);
	EXPECT_EQ(GEFinalize(), SUCCESS);
	delete session;
	EXPECT_EQ(aclFinalize(), ACL_ERROR_NONE);
}

TEST(the_flow_without_build_without_outputs_and_nothing_destroyed)
{
	aclrtStream stream;

	CHECK_EQ(GEInitialize(Options()), SUCCESS);
	Session *session = new Session(Options());
	CHECK_EQ(session->AddGraph(1, SubGraph("sloppy")), SUCCESS);
	CHECK_EQ(aclInit(""), ACL_ERROR_NONE);
	CHECK_EQ(aclrtSetDevice(0), ACL_ERROR_NONE);
	CHECK_EQ(aclrtCreateStream(&stream), ACL_ERROR_NONE);

	std::vector<Tensor> inputs = {DeviceTensor(a_values), DeviceTensor(b_values)}, outputs;
	EXPECT_EQ(session->RunGraphWithStreamAsync(2, stream, inputs, outputs), FAILED);
	EXPECT_MESSAGE("no graph 2");
	if (session->RunGraphWithStreamAsync(1, stream, inputs, outputs) != SUCCESS)
		TAP_FAIL("%s", ge_last_error());
	CHECK_EQ(outputs.size(), 1);
	EXPECT_EQ(outputs[0].GetShapeDimNum(), 1);
	EXPECT_EQ(outputs[0].GetShapeDim(0), 4);
	CHECK_EQ(aclrtSynchronizeStream(stream), ACL_ERROR_NONE);
	ExpectOnDevice(outputs[0], sub_expected, 4);

	/* Neither stream nor memory is destroyed, and one run is still on its way. */
	EXPECT_EQ(session->RunGraphWithStreamAsync(1, stream, inputs, outputs), SUCCESS);
	EXPECT_EQ(GEFinalize(), SUCCESS);
	EXPECT_EQ(GEFinalize(), SUCCESS);
	delete session;
	EXPECT_EQ(aclFinalize(), ACL_ERROR_NONE);
}

TEST(acl_may_be_finalised_first)
{
	aclrtStream stream;

	CHECK_EQ(GEInitialize(Options()), SUCCESS);
	Session *session = new Session(Options());
	CHECK_EQ(session->AddGraph(1, SubGraph("reversed")), SUCCESS);
	CHECK_EQ(aclInit(nullptr), ACL_ERROR_NONE);
	CHECK_EQ(aclrtSetDevice(0), ACL_ERROR_NONE);
	CHECK_EQ(aclrtCreateStream(&stream), ACL_ERROR_NONE);
	std::vector<Tensor> inputs = {DeviceTensor(a_values), DeviceTensor(b_values)}, outputs;
	EXPECT_EQ(session->RunGraphWithStreamAsync(1, stream, inputs, outputs), SUCCESS);
	EXPECT_EQ(aclFinalize(), ACL_ERROR_NONE);
	delete session;
	EXPECT_EQ(GEFinalize(), SUCCESS);
}

TEST(statuses_are_those_of_ge)
{
	CHECK_EQ(GEInitialize(Options()), SUCCESS);
	Session session{Options()};

	EXPECT_EQ(session.BuildGraph(9, no_tensors), 1343242242);
	EXPECT_EQ(session.BuildGraph(9, std::vector<InputTensorInfo>()), 1343242242);
	EXPECT_EQ(session.RemoveGraph(9), FAILED);
	std::vector<Tensor> outputs;
	EXPECT_EQ(session.RunGraph(9, no_tensors, outputs), 1343242242);

	EXPECT_EQ(session.AddGraph(1, SubGraph("first")), SUCCESS);
	Graph other("second");
	EXPECT_EQ(session.AddGraph(1, SubGraph("second")), SUCCESS);
	EXPECT_EQ(session.RunGraph(1, {HostTensor({4}, a_values)}, outputs), FAILED);
	EXPECT_MESSAGE("'first'");
	EXPECT_EQ(session.RemoveGraph(1), SUCCESS);
	EXPECT_EQ(session.AddGraph(1, SubGraph("second")), SUCCESS);
	EXPECT_EQ(GEInitialize(Options{{"", "x"}}), FAILED);
	EXPECT_MESSAGE("E10059");
	EXPECT_EQ(GEInitialize(Options{{"ge.exec.deviceId", "many"}}), FAILED);
	EXPECT_MESSAGE("'many'");
	EXPECT_EQ(GEFinalize(), SUCCESS);
}

TEST(run_graph_allocates_its_outputs)
{
	CHECK_EQ(GEInitialize(Options()), SUCCESS);
	Session session{Options()};
	std::vector<Tensor> outputs(3);

	CHECK_EQ(session.AddGraph(1, SubGraph("blocking")), SUCCESS);
	for (int i = 0; i < 3; i++) {
		if (session.RunGraph(1, {HostTensor({4}, a_values), HostTensor({4}, b_values)},
				     outputs) != SUCCESS)
			TAP_FAIL("%s", ge_last_error());
		CHECK_EQ(outputs.size(), 1);
		EXPECT_EQ(outputs[0].GetPlacement(), kPlacementHost);
		CHECK_EQ(outputs[0].GetSize(), sizeof(sub_expected));
		EXPECT(!memcmp(outputs[0].GetData(), sub_expected, sizeof(sub_expected)));
	}
	EXPECT_EQ(GEFinalize(), SUCCESS);
}

TEST(run_graph_async_calls_back)
{
	CHECK_EQ(GEInitialize(Options()), SUCCESS);
	std::atomic<int> good(0), bad(0);
	{
		Session session{Options()};

		CHECK_EQ(session.AddGraph(1, SubGraph("async")), SUCCESS);
		for (int i = 0; i < 4; i++)
			EXPECT_EQ(session.RunGraphAsync(
					  1, {HostTensor({4}, a_values), HostTensor({4}, b_values)},
					  [&](Status status, std::vector<Tensor> &outputs) {
				bool right = status == SUCCESS && outputs.size() == 1 &&
					     !memcmp(outputs[0].GetData(), sub_expected,
						     sizeof(sub_expected));

				(right ? good : bad)++;
			}), SUCCESS);
		while (good + bad < 4)
			sched_yield();
		EXPECT_EQ(session.RunGraphAsync(2, no_tensors,
						[](Status, std::vector<Tensor> &) {}), FAILED);
	}
	EXPECT_EQ(good, 4);
	EXPECT_EQ(GEFinalize(), SUCCESS);
}

TEST(operators_with_dynamic_inputs_and_constants)
{
	op::Data a = MakeData("a", {1, 2}, 0);
	op::Const c("c");
	op::ConcatD concat("concat");
	Graph graph("concat");
	std::vector<Tensor> outputs;

	c.set_attr_value(HostTensor({1, 2}, {7, 9}));
	concat.create_dynamic_input_x(3)
		.set_dynamic_input_x(0, c).set_dynamic_input_x(1, a).set_dynamic_input_x(2, c)
		.set_attr_concat_dim(1).set_attr_N(3);
	EXPECT_EQ(concat.GetInputsSize(), 3);
	graph.SetInputs({a}).SetOutputs(std::vector<Operator>{concat});
	CHECK_EQ(GEInitialize(Options()), SUCCESS);
	Session session{Options()};
	CHECK_EQ(session.AddGraph(1, graph), SUCCESS);
	if (session.RunGraph(1, {HostTensor({1, 2}, {1, 2})}, outputs) != SUCCESS)
		TAP_FAIL("%s", ge_last_error());
	CHECK_EQ(outputs.size(), 1);
	const float expected[6] = {7, 9, 1, 2, 7, 9};
	CHECK_EQ(outputs[0].GetSize(), sizeof(expected));
	EXPECT(!memcmp(outputs[0].GetData(), expected, sizeof(expected)));
	EXPECT_EQ(GEFinalize(), SUCCESS);
}

TEST(a_graph_that_is_wrong_names_its_operator)
{
	op::Data a = MakeData("a", {2, 3}, 0), b = MakeData("b", {4, 5}, 1);
	op::MatMul product("product");
	Graph graph("mismatch");
	std::vector<Tensor> outputs;

	product.set_input_x1(a).set_input_x2(b);
	graph.SetInputs({a, b}).SetOutputs(std::vector<Operator>{product});
	CHECK_EQ(GEInitialize(Options()), SUCCESS);
	Session session{Options()};
	CHECK_EQ(session.AddGraph(1, graph), SUCCESS);
	EXPECT_EQ(session.BuildGraph(1, no_tensors), FAILED);
	std::string text = GEGetErrorMsg();
	EXPECT_STR(text.c_str(), "mismatch");
	EXPECT_STR(text.c_str(), "product");

	Graph empty("empty");
	EXPECT_EQ(session.AddGraph(2, empty), FAILED);
	EXPECT_MESSAGE("empty");
	Operator strange("strange", "NoSuchOperator");
	Graph unknown("unknown");
	unknown.SetOutputs(std::vector<Operator>{strange});
	EXPECT_EQ(session.AddGraph(3, unknown), FAILED);
	EXPECT_MESSAGE("NoSuchOperator");
	EXPECT_EQ(GEFinalize(), SUCCESS);
}

TEST(shape_sizes_are_counted_as_in_ge)
{
	EXPECT_EQ(Shape().GetShapeSize(), 0);
	EXPECT_EQ(Shape(std::vector<int64_t>()).GetShapeSize(), 0);
	EXPECT_EQ(Shape({2, 3, 4}).GetShapeSize(), 24);
	EXPECT_EQ(Shape({2, -1}).GetShapeSize(), -1);
	EXPECT_EQ(Shape({-2}).GetShapeSize(), -1);
	EXPECT_EQ(Shape({-2}).GetDimNum(), 0);
	EXPECT_EQ(Shape({2, 0}).GetShapeSize(), 0);
	EXPECT_EQ(Shape({1ll << 40, 1ll << 40}).GetShapeSize(), 0);
	EXPECT_EQ(Shape({2, 3}).GetDim(5), 0);
}

TEST(strings_are_values_and_never_null)
{
	AscendString empty, null(nullptr), text("text"), copy = text;
	std::map<AscendString, int> map = {{"b", 2}, {"a", 1}};

	EXPECT(empty.GetString() && null.GetString());
	EXPECT_EQ(empty.GetLength(), 0);
	EXPECT(copy == text && copy == "text" && copy != "other" && empty < text);
	EXPECT_EQ(map["a"], 1);
	EXPECT_EQ(text.Find("x"), 2);
	EXPECT_EQ(AscendString("abc", 2).GetLength(), 2);
	EXPECT_EQ(text.Hash(), copy.Hash());
	copy = empty;
	EXPECT_EQ(copy.GetLength(), 0);
}

TEST(tensors_share_their_data_until_cloned)
{
	int freed = 0;
	uint8_t memory[4] = {1, 2, 3, 4};
	{
		Tensor tensor(TensorDesc(Shape({4}), FORMAT_ND, DT_UINT8)), alias = tensor, clone;

		EXPECT_EQ(tensor.SetData(memory, 4, [&](uint8_t *) { freed++; }), GRAPH_SUCCESS);
		EXPECT(tensor.GetData() == memory && alias.GetData() == memory);
		EXPECT_EQ(alias.IsValid(), GRAPH_SUCCESS);
		clone = alias.Clone();
		EXPECT(clone.GetData() != memory && clone.GetData()[3] == 4);
		alias.SetData(std::vector<uint8_t>{9});
		EXPECT_EQ(freed, 1);
		EXPECT_EQ(tensor.GetSize(), 1);
		EXPECT_EQ(tensor.IsValid(), GRAPH_FAILED);
		auto owned = tensor.ResetData();
		EXPECT(owned[0] == 9 && !alias.GetData());
	}
	EXPECT_EQ(freed, 1);
}

TEST(attributes_have_the_declared_defaults)
{
	op::Conv2D conv("conv");
	std::vector<int64_t> list;
	Operator copy = conv;

	EXPECT(conv.get_attr_data_format() == "NHWC");
	EXPECT_EQ(conv.get_attr_dilations().size(), 4);
	EXPECT(conv.get_attr_strides().empty());
	conv.set_attr_strides({1, 2, 2, 1});
	EXPECT_EQ(copy.GetAttr("strides", list), GRAPH_SUCCESS);
	EXPECT_EQ(list[2], 2);
	EXPECT_EQ(copy.GetAttr("nothing", list), GRAPH_FAILED);
	EXPECT(op::Conv2D::name_in_filter() == "filter");
	AscendString type;
	copy.GetOpType(type);
	EXPECT(type == "Conv2D");
}

TEST_MAIN()
