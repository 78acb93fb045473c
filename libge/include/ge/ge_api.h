/* SPDX-License-Identifier: MIT */
/*
 * The Graph Engine: GEInitialize(), Session, GEFinalize(). Everything here is inline code over
 * ge.h, so it does not matter with which C++ ABI a program is compiled.
 */
#ifndef GE_GE_API_H
#define GE_GE_API_H

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "../graph/ascend_string.h"
#include "../graph/graph.h"
#include "../graph/tensor.h"
#include "ge.h"
#include "ge_api_types.h"
#include "ge_error_codes.h"

namespace ge {
namespace detail {

inline const char *Chars(const AscendString &text) { return text.GetString(); }
inline const char *Chars(const std::string &text) { return text.c_str(); }

template <typename Text> inline std::vector<ge_option> Options(const std::map<Text, Text> &options)
{
	std::vector<ge_option> list;

	for (typename std::map<Text, Text>::const_iterator i = options.begin(); i != options.end();
	     ++i) {
		ge_option option = { Chars(i->first), Chars(i->second) };

		list.push_back(option);
	}
	return list;
}

inline std::vector<ge_tensor> ToC(const std::vector<Tensor> &tensors)
{
	std::vector<ge_tensor> list;

	for (size_t i = 0; i < tensors.size(); i++)
		list.push_back(ToC(tensors[i]));
	return list;
}

inline Tensor Owned(const ge_tensor &c)
{
	Tensor tensor(FromC(c.desc));

	tensor.SetData(static_cast<uint8_t *>(c.data), c.size,
		       [](uint8_t *data) { std::free(data); });
	return tensor;
}

inline Status Failed(ge_status status) { return status == GE_SUCCESS ? SUCCESS : FAILED; }

struct AsyncRun {
	RunAsyncCallback callback;
	std::vector<Tensor> inputs;	/* alive until the run has ended */
};

inline void AsyncDone(void *user, ge_status status, ge_tensor *outputs, size_t count)
{
	AsyncRun *run = static_cast<AsyncRun *>(user);
	std::vector<Tensor> tensors;

	for (size_t i = 0; i < count; i++) {
		tensors.push_back(Owned(outputs[i]));
		outputs[i].data = nullptr;
	}
	run->callback(Failed(status), tensors);
	delete run;
}

} // namespace detail

inline Status GEInitialize(const std::map<AscendString, AscendString> &options)
{
	std::vector<ge_option> list = detail::Options(options);

	return detail::Failed(ge_initialize(list.data(), list.size()));
}

inline Status GEInitialize(const std::map<std::string, std::string> &options)
{
	std::vector<ge_option> list = detail::Options(options);

	return detail::Failed(ge_initialize(list.data(), list.size()));
}

inline Status GEFinalize() { return detail::Failed(ge_finalize()); }

/* The thread's last message, which is forgotten; empty if there is none. */
inline std::string GEGetErrorMsg() { return ge_take_error(); }
inline AscendString GEGetErrorMsgV2() { return AscendString(ge_take_error()); }
inline AscendString GEGetErrorMsgV3() { return AscendString(ge_take_error()); }
inline std::string GEGetWarningMsg() { return std::string(); }
inline AscendString GEGetWarningMsgV2() { return AscendString(); }

class Session {
public:
	explicit Session(const std::map<AscendString, AscendString> &options)
	{
		std::vector<ge_option> list = detail::Options(options);

		(void)ge_session_create(list.data(), list.size(), &id_);
	}
	explicit Session(const std::map<std::string, std::string> &options)
	{
		std::vector<ge_option> list = detail::Options(options);

		(void)ge_session_create(list.data(), list.size(), &id_);
	}
	/* Also after GEFinalize(), which has destroyed the session then. */
	~Session() { (void)ge_session_destroy(id_); }
	Session(const Session &) = delete;
	Session &operator=(const Session &) = delete;

	uint64_t GetSessionId() const { return id_; }

	Status AddGraph(uint32_t id, const Graph &graph)
	{
		return Add(id, graph, std::vector<ge_option>());
	}
	Status AddGraph(uint32_t id, const Graph &graph,
			const std::map<AscendString, AscendString> &options)
	{
		return Add(id, graph, detail::Options(options));
	}
	Status AddGraph(uint32_t id, const Graph &graph,
			const std::map<std::string, std::string> &options)
	{
		return Add(id, graph, detail::Options(options));
	}
	Status AddGraphWithCopy(uint32_t id, const Graph &graph)
	{
		return Add(id, graph, std::vector<ge_option>());
	}
	Status AddGraphWithCopy(uint32_t id, const Graph &graph,
				const std::map<AscendString, AscendString> &options)
	{
		return Add(id, graph, detail::Options(options));
	}
	Status RemoveGraph(uint32_t id)
	{
		return detail::Failed(ge_session_remove_graph(id_, id));
	}

	Status BuildGraph(uint32_t id, const std::vector<InputTensorInfo> &inputs)
	{
		std::vector<Tensor> tensors;

		for (size_t i = 0; i < inputs.size(); i++) {
			TensorDesc desc(Shape(inputs[i].dims), FORMAT_ND,
					static_cast<DataType>(inputs[i].data_type));

			tensors.push_back(Tensor(desc));
		}
		return BuildGraph(id, tensors);
	}
	Status BuildGraph(uint32_t id, const std::vector<Tensor> &inputs)
	{
		std::vector<ge_tensor> list = detail::ToC(inputs);
		ge_status status = ge_session_build_graph(id_, id, list.data(), list.size());

		if (status == GE_GRAPH_GRAPH_NOT_EXIST || status == GE_UNSUPPORTED)
			return status;
		return detail::Failed(status);
	}

	/* Inputs in host memory; @outputs is filled anew, in host memory. */
	Status RunGraph(uint32_t id, const std::vector<Tensor> &inputs,
			std::vector<Tensor> &outputs)
	{
		std::vector<ge_tensor> in = detail::ToC(inputs);
		std::vector<ge_tensor> out;
		ge_status status = Outputs(id, out);

		if (!status)
			status = ge_session_run_graph(id_, id, in.data(), in.size(), out.data(),
						      out.size());
		if (status == GE_GRAPH_GRAPH_NOT_EXIST)
			return status;
		if (status)
			return FAILED;
		outputs.clear();
		for (size_t i = 0; i < out.size(); i++)
			outputs.push_back(detail::Owned(out[i]));
		return SUCCESS;
	}

	Status RunGraphAsync(uint32_t id, const std::vector<Tensor> &inputs,
			     RunAsyncCallback callback)
	{
		std::vector<ge_tensor> in = detail::ToC(inputs);
		detail::AsyncRun *run = new detail::AsyncRun;
		ge_status status;

		run->callback = callback;
		run->inputs = inputs;
		status = ge_session_run_graph_async(id_, id, in.data(), in.size(),
						    detail::AsyncDone, run);
		if (status)
			delete run;
		return detail::Failed(status);
	}

	/*
	 * Inputs and outputs in device memory, to stay valid until @stream is synchronised. For
	 * outputs that are left out or have no data, memory of the graph is put into @outputs.
	 */
	Status RunGraphWithStreamAsync(uint32_t id, void *stream,
				       const std::vector<Tensor> &inputs,
				       std::vector<Tensor> &outputs)
	{
		std::vector<ge_tensor> in = detail::ToC(inputs);
		std::vector<ge_tensor> out = detail::ToC(outputs);
		bool none = outputs.empty();
		ge_status status = none ? Outputs(id, out) : GE_SUCCESS;

		if (!status)
			status = ge_session_run_graph_stream(id_, id, stream, in.data(), in.size(),
							     out.data(), out.size());
		if (status)
			return FAILED;
		for (size_t i = 0; i < out.size(); i++) {
			if (none)
				outputs.push_back(Tensor());
			if (!outputs[i].GetData())
				Borrow(outputs[i], out[i]);
		}
		return SUCCESS;
	}

private:
	Status Add(uint32_t id, const Graph &graph, const std::vector<ge_option> &options)
	{
		ge_graph *c = nullptr;
		ge_status status = GraphAccess::Build(graph, &c);

		if (!status)
			status = ge_session_add_graph(id_, id, c, options.data(), options.size());
		ge_graph_destroy(c);
		return detail::Failed(status);
	}
	/* As many tensors without memory as the graph has outputs. */
	ge_status Outputs(uint32_t id, std::vector<ge_tensor> &out)
	{
		size_t count = 0;
		ge_status status = ge_session_graph_outputs(id_, id, nullptr, &count);

		out.assign(status ? 0 : count, ge_tensor());
		return status;
	}
	static void Borrow(Tensor &tensor, const ge_tensor &c)
	{
		TensorDesc desc = detail::FromC(c.desc);

		desc.SetPlacement(kPlacementDevice);
		tensor.SetTensorDesc(desc);
		tensor.SetData(static_cast<uint8_t *>(c.data), c.size, [](uint8_t *) {});
	}

	uint64_t id_ = 0;
};

} // namespace ge

#endif
