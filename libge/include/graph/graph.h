/* SPDX-License-Identifier: MIT */
/*
 * Graph: inputs, outputs, and all operators that lead to the outputs; or a graph that a parser has
 * read. It becomes a graph of the C interface when it is added to a session.
 */
#ifndef GE_GRAPH_CXX_GRAPH_H
#define GE_GRAPH_CXX_GRAPH_H

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../ge/ge.h"
#include "ascend_string.h"
#include "ge_error_codes.h"
#include "operator.h"
#include "tensor.h"
#include "types.h"

namespace ge {
namespace detail {

using OpPtr = std::shared_ptr<OpImpl>;

struct GraphImpl {
	AscendString name;
	std::vector<OpPtr> inputs;
	std::vector<OpPtr> extra;	/* of AddOp() */
	std::vector<std::pair<OpPtr, std::vector<uint32_t>>> outputs;
	std::shared_ptr<ge_graph> parsed;
};

/* Builds a C graph; each step after a failure does nothing. */
class GraphBuilder {
public:
	explicit GraphBuilder(const GraphImpl &impl) : impl_(impl) {}

	ge_status Build(ge_graph **graph)
	{
		Check(ge_graph_create(impl_.name.GetString(), &graph_));
		Collect();
		for (size_t i = 0; i < ops_.size() && !status_; i++)
			AddNode(*ops_[i]);
		for (size_t i = 0; i < ops_.size() && !status_; i++)
			Connect(i);
		for (size_t i = 0; i < impl_.outputs.size() && !status_; i++)
			AddOutputs(impl_.outputs[i]);
		if (status_) {
			ge_graph_destroy(graph_);
			graph_ = nullptr;
		}
		*graph = graph_;
		return status_;
	}

private:
	void Check(ge_status status)
	{
		if (!status_)
			status_ = status;
	}

	size_t IndexOf(const OpPtr &op) const { return index_.find(op.get())->second; }

	void Visit(const OpPtr &op)
	{
		if (index_.insert(std::make_pair(op.get(), ops_.size())).second)
			ops_.push_back(op);
	}

	/* The graph's inputs first, in their order; then what leads to the outputs. */
	void Collect()
	{
		for (size_t i = 0; i < impl_.inputs.size(); i++)
			Visit(impl_.inputs[i]);
		for (size_t i = 0; i < impl_.extra.size(); i++)
			Visit(impl_.extra[i]);
		for (size_t i = 0; i < impl_.outputs.size(); i++)
			Visit(impl_.outputs[i].first);
		for (size_t i = 0; i < ops_.size(); i++) {
			OpPtr op = ops_[i];

			for (size_t k = 0; k < op->inputs.size(); k++)
				if (op->inputs[k].from)
					Visit(op->inputs[k].from);
		}
	}

	static bool IsSource(const OpImpl &op)
	{
		return op.type == "Data" || op.type == "Const" || op.type == "Constant" ||
		       op.type == "Variable";
	}

	void AddNode(OpImpl &op)
	{
		ge_node *node = nullptr;

		Check(ge_graph_add(graph_, op.type.GetString(), op.name.GetString(), &node));
		nodes_.push_back(node);
		for (size_t i = 0; i < op.attrs.size() && !status_; i++)
			SetAttr(node, op.attrs[i]);
		for (uint32_t i = 0; i < op.outputs.size() && !status_; i++)
			if (op.outputs[i].described)
				SetDesc(node, i, op.outputs[i].desc);
		/* Many programs describe a Data operator by its input. */
		if (!status_ && op.type == "Data" && !op.inputs.empty() &&
		    op.inputs[0].described && (op.outputs.empty() || !op.outputs[0].described))
			SetDesc(node, 0, op.inputs[0].desc);
	}

	void SetDesc(ge_node *node, uint32_t index, const TensorDesc &desc)
	{
		ge_tensor_desc c = ToC(desc);

		Check(ge_node_set_desc(node, index, &c));
	}

	void SetAttr(ge_node *node, const Attr &attr)
	{
		const char *name = attr.name.GetString();

		/* Defaults are libge's own; names with an underscore are a program's own. */
		if (!attr.set || name[0] == '_')
			return;
		switch (attr.kind) {
		case Attr::kInt:
			Check(ge_node_set_int(node, name, attr.i));
			break;
		case Attr::kBool:
			Check(ge_node_set_bool(node, name, attr.i != 0));
			break;
		case Attr::kFloat:
			Check(ge_node_set_float(node, name, attr.f));
			break;
		case Attr::kString:
			Check(ge_node_set_string(node, name, attr.s.GetString()));
			break;
		case Attr::kInts:
			Check(ge_node_set_ints(node, name, attr.ints.data(), attr.ints.size()));
			break;
		case Attr::kFloats:
			Check(ge_node_set_floats(node, name, attr.floats.data(),
						 attr.floats.size()));
			break;
		case Attr::kTensor: {
			ge_tensor c = ToC(attr.tensor);

			Check(ge_node_set_tensor(node, name, &c));
			break;
		}
		case Attr::kNone:
			break;
		}
	}

	void Connect(size_t index)
	{
		OpImpl &op = *ops_[index];

		if (IsSource(op))
			return;
		for (uint32_t i = 0; i < op.inputs.size() && !status_; i++) {
			const InPort &port = op.inputs[i];
			ge_node *from;

			if (!port.from)
				continue;
			from = nodes_[IndexOf(port.from)];
			/* What a filter's layout is is often said where it is used. */
			if (port.described && port.desc.GetFormat() != FORMAT_ND &&
			    IsSource(*port.from))
				TellFormat(*port.from, from, port.desc.GetFormat());
			Check(ge_node_connect_name(nodes_[index], port.name.GetString(), from,
						   port.from_output));
		}
	}

	void TellFormat(OpImpl &source, ge_node *node, Format format)
	{
		TensorDesc desc;
		Attr *value = source.FindAttr("value");

		if (!source.outputs.empty() && source.outputs[0].described)
			desc = source.outputs[0].desc;
		else if (value && value->kind == Attr::kTensor)
			desc = value->tensor.GetTensorDesc();
		else if (!source.inputs.empty() && source.inputs[0].described)
			desc = source.inputs[0].desc;
		else
			return;
		if (desc.GetFormat() != FORMAT_ND)
			return;
		desc.SetFormat(format);
		SetDesc(node, 0, desc);
	}

	void AddOutputs(const std::pair<OpPtr, std::vector<uint32_t>> &output)
	{
		ge_node *node = nodes_[IndexOf(output.first)];

		for (size_t i = 0; i < output.second.size(); i++)
			Check(ge_graph_add_output(graph_, node, output.second[i]));
	}

	const GraphImpl &impl_;
	ge_graph *graph_ = nullptr;
	ge_status status_ = GE_SUCCESS;
	std::vector<OpPtr> ops_;
	std::map<const OpImpl *, size_t> index_;
	std::vector<ge_node *> nodes_;
};

} // namespace detail

class Graph {
public:
	Graph() : Graph("graph") {}
	explicit Graph(const char *name) : impl_(std::make_shared<detail::GraphImpl>())
	{
		impl_->name = AscendString(name);
	}
	explicit Graph(const AscendString &name) : Graph(name.GetString()) {}
	explicit Graph(const std::string &name) : Graph(name.c_str()) {}

	Graph &SetInputs(const std::vector<Operator> &inputs)
	{
		impl_->inputs.clear();
		for (size_t i = 0; i < inputs.size(); i++)
			impl_->inputs.push_back(detail::Access::Impl(inputs[i]));
		return *this;
	}
	/* All outputs of each operator */
	Graph &SetOutputs(const std::vector<Operator> &outputs)
	{
		impl_->outputs.clear();
		for (size_t i = 0; i < outputs.size(); i++)
			AddOutput(outputs[i], std::vector<size_t>());
		return *this;
	}
	/* These outputs of each operator; none means all */
	Graph &SetOutputs(const std::vector<std::pair<Operator, std::vector<size_t>>> &outputs)
	{
		impl_->outputs.clear();
		for (size_t i = 0; i < outputs.size(); i++)
			AddOutput(outputs[i].first, outputs[i].second);
		return *this;
	}
	Graph &SetOutputs(const std::vector<std::pair<Operator, AscendString>> &outputs)
	{
		impl_->outputs.clear();
		for (size_t i = 0; i < outputs.size(); i++)
			AddOutputByName(outputs[i].first, outputs[i].second.GetString());
		return *this;
	}
	Graph &SetOutputs(const std::vector<std::pair<Operator, std::string>> &outputs)
	{
		impl_->outputs.clear();
		for (size_t i = 0; i < outputs.size(); i++)
			AddOutputByName(outputs[i].first, outputs[i].second.c_str());
		return *this;
	}
	graphStatus AddOp(const Operator &op)
	{
		impl_->extra.push_back(detail::Access::Impl(op));
		return GRAPH_SUCCESS;
	}

	graphStatus GetName(AscendString &name) const
	{
		name = impl_->name;
		return GRAPH_SUCCESS;
	}
	std::string GetName() const { return impl_->name.GetString(); }
	bool IsValid() const { return impl_->parsed || !impl_->outputs.empty(); }

private:
	void AddOutput(const Operator &op, const std::vector<size_t> &indices)
	{
		const detail::OpPtr &impl = detail::Access::Impl(op);
		std::vector<uint32_t> list;

		for (size_t i = 0; i < indices.size(); i++)
			list.push_back(static_cast<uint32_t>(indices[i]));
		if (list.empty())
			for (uint32_t i = 0; i < impl->outputs.size(); i++)
				list.push_back(i);
		if (list.empty())	/* of an operator made by its type alone */
			list.push_back(0);
		impl_->outputs.push_back(std::make_pair(impl, list));
	}
	void AddOutputByName(const Operator &op, const char *name)
	{
		const detail::OpPtr &impl = detail::Access::Impl(op);

		for (uint32_t i = 0; i < impl->outputs.size(); i++)
			if (impl->outputs[i].name == name)
				impl_->outputs.push_back(std::make_pair(
					impl, std::vector<uint32_t>(1, i)));
	}

	friend struct GraphAccess;
	std::shared_ptr<detail::GraphImpl> impl_;
};

/* For sessions and parsers. */
struct GraphAccess {
	/* A graph of the C interface, the caller's to destroy. */
	static ge_status Build(const Graph &graph, ge_graph **result)
	{
		if (graph.impl_->parsed)
			return ge_graph_clone(graph.impl_->parsed.get(), result);
		return detail::GraphBuilder(*graph.impl_).Build(result);
	}
	/* Takes over @parsed. */
	static void Adopt(Graph &graph, ge_graph *parsed)
	{
		graph.impl_ = std::make_shared<detail::GraphImpl>();
		graph.impl_->name = AscendString(ge_graph_name(parsed));
		graph.impl_->parsed = std::shared_ptr<ge_graph>(parsed, ge_graph_destroy);
	}
};

} // namespace ge

#endif
