// SPDX-License-Identifier: MIT
/*
 * The same flow as programs for CANN write it: Graph Engine in C++ and AscendCL, calls in the
 * documented order, headers by their bare names. A convolution with bias and relu, then a matrix
 * product; the result is compared with plain loops. Stream and graph are left to GEFinalize() and
 * aclFinalize(), after which deleting the session is still allowed.
 *
 *	c++ async_graph.cpp -lge
 */
#include <cstdio>
#include <cstdlib>
#include <map>
#include <vector>

#include "acl.h"
#include "acl_rt.h"
#include "all_ops.h"
#include "ge_api.h"

using namespace ge;

namespace {

const int kIn = 3, kOut = 4, kSize = 8, kKernel = 3, kFeatures = kOut * kSize * kSize, kClasses = 5;
const uint32_t kGraphId = 0;

/* Small whole numbers, so that the result is exact in whatever order they are added. */
std::vector<float> Numbers(int count, int step, int modulus)
{
	std::vector<float> numbers;

	for (int i = 0; i < count; i++)
		numbers.push_back(static_cast<float>(i * step % modulus - modulus / 2));
	return numbers;
}

const std::vector<float> image = Numbers(kIn * kSize * kSize, 7, 11);
const std::vector<float> filter = Numbers(kOut * kIn * kKernel * kKernel, 5, 7);
const std::vector<float> bias = Numbers(kOut, 2, 5);
const std::vector<float> weights = Numbers(kFeatures * kClasses, 3, 7);

op::Const Constant(const char *name, const std::vector<int64_t> &dims, Format format,
		   const std::vector<float> &values)
{
	TensorDesc desc(Shape(dims), format, DT_FLOAT);
	op::Const constant(name);

	constant.set_attr_value(Tensor(desc, reinterpret_cast<const uint8_t *>(values.data()),
				       values.size() * sizeof(float)));
	constant.update_output_desc_y(desc);
	return constant;
}

/* data -> Conv2D -> Relu -> Flatten -> MatMul */
Graph MakeGraph()
{
	TensorDesc desc(Shape({1, kIn, kSize, kSize}), FORMAT_NCHW, DT_FLOAT);
	op::Const conv_filter = Constant("filter", {kOut, kIn, kKernel, kKernel}, FORMAT_NCHW, filter);
	op::Const conv_bias = Constant("bias", {kOut}, FORMAT_ND, bias);
	op::Const matrix = Constant("weights", {kFeatures, kClasses}, FORMAT_ND, weights);
	op::Data data("data");
	Graph graph("conv_matmul");

	data.set_attr_index(0);
	data.update_input_desc_x(desc);
	data.update_output_desc_y(desc);
	op::Conv2D conv("conv");
	conv.set_input_x(data)
		.set_input_filter(conv_filter)
		.set_input_bias(conv_bias)
		.set_attr_strides({1, 1, 1, 1})
		.set_attr_pads({1, 1, 1, 1})
		.set_attr_data_format("NCHW");
	op::Relu relu("relu");
	relu.set_input_x(conv);
	op::Flatten flatten("flatten");
	flatten.set_input_x(relu);
	op::MatMul matmul("matmul");
	matmul.set_input_x1(flatten).set_input_x2(matrix);

	graph.SetInputs({data}).SetOutputs(std::vector<Operator>{matmul});
	return graph;
}

std::vector<float> Expected()
{
	std::vector<float> features, scores(kClasses);

	for (int o = 0; o < kOut; o++)
		for (int row = 0; row < kSize; row++)
			for (int col = 0; col < kSize; col++) {
				float sum = bias[o];

				for (int c = 0; c < kIn; c++)
					for (int i = 0; i < kKernel; i++)
						for (int j = 0; j < kKernel; j++) {
							int y = row + i - 1, x = col + j - 1;

							if (y >= 0 && y < kSize && x >= 0 && x < kSize)
								sum += image[(c * kSize + y) * kSize + x] *
								       filter[((o * kIn + c) * kKernel + i) * kKernel + j];
						}
				features.push_back(sum > 0 ? sum : 0);
			}
	for (int k = 0; k < kClasses; k++)
		for (int i = 0; i < kFeatures; i++)
			scores[k] += features[i] * weights[i * kClasses + k];
	return scores;
}

/* A tensor over device memory that is freed elsewhere. */
Tensor DeviceTensor(void *memory, const std::vector<int64_t> &dims, size_t size)
{
	Tensor tensor(TensorDesc(Shape(dims), FORMAT_ND, DT_FLOAT));

	tensor.SetData(static_cast<uint8_t *>(memory), size, [](uint8_t *) {});
	tensor.SetPlacement(kPlacementDevice);
	return tensor;
}

/* Clean up at any point of a program that fails. */
int Fail(const char *what, Session *session)
{
	const char *text = aclGetRecentErrMsg();

	std::fprintf(stderr, "%s failed: %s\n", what, text ? text : "");
	GEFinalize();
	delete session;
	return 1;
}

} // namespace

int main()
{
	const size_t in_size = image.size() * sizeof(float), out_size = kClasses * sizeof(float);
	std::map<AscendString, AscendString> options = {{"ge.exec.deviceId", "0"},
							{"ge.graphRunMode", "0"}};
	float *host, scores[kClasses];
	void *dev_in, *dev_out;
	aclrtStream stream;

	if (GEInitialize(options) != SUCCESS)
		return Fail("GEInitialize", nullptr);
	Session *session = new Session(std::map<AscendString, AscendString>());
	Graph graph = MakeGraph();

	if (session->AddGraph(kGraphId, graph) != SUCCESS)
		return Fail("AddGraph", session);
	if (aclInit("") != ACL_ERROR_NONE)
		return Fail("aclInit", session);
	if (session->BuildGraph(kGraphId, std::vector<Tensor>()) != SUCCESS)
		return Fail("BuildGraph", session);

	if (aclrtSetDevice(0) != ACL_ERROR_NONE)
		return Fail("aclrtSetDevice", session);
	if (aclrtCreateStream(&stream) != ACL_ERROR_NONE)
		return Fail("aclrtCreateStream", session);
	if (aclrtMallocHost(reinterpret_cast<void **>(&host), in_size) != ACL_ERROR_NONE)
		return Fail("aclrtMallocHost", session);
	if (aclrtMalloc(&dev_in, in_size, ACL_MEM_MALLOC_HUGE_FIRST) != ACL_ERROR_NONE ||
	    aclrtMalloc(&dev_out, out_size, ACL_MEM_MALLOC_HUGE_FIRST) != ACL_ERROR_NONE)
		return Fail("aclrtMalloc", session);
	for (size_t i = 0; i < image.size(); i++)
		host[i] = image[i];
	if (aclrtMemcpy(dev_in, in_size, host, in_size, ACL_MEMCPY_HOST_TO_DEVICE) != ACL_ERROR_NONE)
		return Fail("aclrtMemcpy to the device", session);

	std::vector<Tensor> inputs = {DeviceTensor(dev_in, {1, kIn, kSize, kSize}, in_size)};
	std::vector<Tensor> outputs = {DeviceTensor(dev_out, {1, kClasses}, out_size)};

	if (session->RunGraphWithStreamAsync(kGraphId, stream, inputs, outputs) != SUCCESS)
		return Fail("RunGraphWithStreamAsync", session);
	if (aclrtSynchronizeStream(stream) != ACL_ERROR_NONE)
		return Fail("aclrtSynchronizeStream", session);
	if (aclrtMemcpy(scores, out_size, dev_out, out_size, ACL_MEMCPY_DEVICE_TO_HOST) !=
	    ACL_ERROR_NONE)
		return Fail("aclrtMemcpy from the device", session);

	std::vector<float> expected = Expected();
	int wrong = 0;

	for (int k = 0; k < kClasses; k++) {
		std::printf("score %d: %g\n", k, scores[k]);
		wrong += scores[k] != expected[k];
	}
	std::printf("%d of %d scores are right\n", kClasses - wrong, kClasses);

	aclrtFree(dev_in);
	aclrtFree(dev_out);
	aclrtFreeHost(host);
	GEFinalize();
	aclFinalize();
	delete session;
	return wrong ? 1 : 0;
}
