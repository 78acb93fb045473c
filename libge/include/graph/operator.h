/* SPDX-License-Identifier: MIT */
/*
 * Operator: a value that shares one implementation, so that copies are the same operator. An edge
 * is made by SetInput() and kept by the operator that it leads to; a graph is found by walking
 * back from its outputs.
 */
#ifndef GE_GRAPH_OPERATOR_H
#define GE_GRAPH_OPERATOR_H

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "ascend_string.h"
#include "ge_error_codes.h"
#include "tensor.h"
#include "types.h"

namespace ge {
namespace detail {

struct OpImpl;

struct InPort {
	AscendString name;
	AscendString slot;	/* of a dynamic input: its name without a number */
	std::shared_ptr<OpImpl> from;
	uint32_t from_output = 0;
	TensorDesc desc;
	bool described = false;
};

struct OutPort {
	AscendString name;
	AscendString slot;
	TensorDesc desc;
	bool described = false;
};

struct Attr {
	enum Kind { kNone, kInt, kFloat, kBool, kString, kInts, kFloats, kTensor };

	AscendString name;
	Kind kind = kNone;
	bool set = false;	/* by the user, as opposed to a default of the declaration */
	int64_t i = 0;
	float f = 0;
	AscendString s;
	std::vector<int64_t> ints;
	std::vector<float> floats;
	Tensor tensor;
};

/* No std::string here: the layout must not depend on the C++ ABI. */
struct OpImpl {
	AscendString name;
	AscendString type;
	std::vector<InPort> inputs;
	std::vector<OutPort> outputs;
	std::vector<Attr> attrs;

	InPort *Input(const char *name_)
	{
		for (size_t i = 0; i < inputs.size(); i++)
			if (inputs[i].name == name_)
				return &inputs[i];
		return nullptr;
	}
	OutPort *Output(const char *name_)
	{
		for (size_t i = 0; i < outputs.size(); i++)
			if (outputs[i].name == name_)
				return &outputs[i];
		return nullptr;
	}
	Attr *FindAttr(const char *name_)
	{
		for (size_t i = 0; i < attrs.size(); i++)
			if (attrs[i].name == name_)
				return &attrs[i];
		return nullptr;
	}
	Attr &MakeAttr(const char *name_)
	{
		Attr *attr = FindAttr(name_);

		if (attr)
			return *attr;
		attrs.push_back(Attr());
		attrs.back().name = AscendString(name_);
		return attrs.back();
	}
};

struct Access;

/* Between an attribute's C++ type and what is stored. */
inline void Put(Attr &a, int64_t v) { a.kind = Attr::kInt, a.i = v; }
inline void Put(Attr &a, int32_t v) { a.kind = Attr::kInt, a.i = v; }
inline void Put(Attr &a, uint32_t v) { a.kind = Attr::kInt, a.i = v; }
inline void Put(Attr &a, DataType v) { a.kind = Attr::kInt, a.i = v; }
inline void Put(Attr &a, bool v) { a.kind = Attr::kBool, a.i = v; }
inline void Put(Attr &a, float v) { a.kind = Attr::kFloat, a.f = v; }
inline void Put(Attr &a, const char *v) { a.kind = Attr::kString, a.s = AscendString(v); }
inline void Put(Attr &a, const AscendString &v) { a.kind = Attr::kString, a.s = v; }
inline void Put(Attr &a, const std::string &v)
{
	a.kind = Attr::kString, a.s = AscendString(v.c_str(), v.size());
}
inline void Put(Attr &a, const Tensor &v) { a.kind = Attr::kTensor, a.tensor = v; }
inline void Put(Attr &a, const std::vector<float> &v) { a.kind = Attr::kFloats, a.floats = v; }
template <typename T> inline void PutInts(Attr &a, const std::vector<T> &v)
{
	a.kind = Attr::kInts;
	a.ints.clear();
	for (size_t i = 0; i < v.size(); i++)
		a.ints.push_back(static_cast<int64_t>(v[i]));
}
inline void Put(Attr &a, const std::vector<int64_t> &v) { PutInts(a, v); }
inline void Put(Attr &a, const std::vector<int32_t> &v) { PutInts(a, v); }
inline void Put(Attr &a, const std::vector<uint32_t> &v) { PutInts(a, v); }
inline void Put(Attr &a, const std::vector<bool> &v) { PutInts(a, v); }
inline void Put(Attr &a, const std::vector<DataType> &v) { PutInts(a, v); }
/* PadD's paddings and their like: one row after the other */
inline void Put(Attr &a, const std::vector<std::vector<int64_t>> &v)
{
	a.kind = Attr::kInts;
	a.ints.clear();
	for (size_t i = 0; i < v.size(); i++)
		a.ints.insert(a.ints.end(), v[i].begin(), v[i].end());
}

inline bool Take(const Attr &a, int64_t &v) { return a.kind == Attr::kInt && (v = a.i, true); }
inline bool Take(const Attr &a, int32_t &v)
{
	return a.kind == Attr::kInt && (v = static_cast<int32_t>(a.i), true);
}
inline bool Take(const Attr &a, uint32_t &v)
{
	return a.kind == Attr::kInt && (v = static_cast<uint32_t>(a.i), true);
}
inline bool Take(const Attr &a, DataType &v)
{
	return a.kind == Attr::kInt && (v = static_cast<DataType>(a.i), true);
}
inline bool Take(const Attr &a, bool &v) { return a.kind == Attr::kBool && (v = a.i != 0, true); }
inline bool Take(const Attr &a, float &v) { return a.kind == Attr::kFloat && (v = a.f, true); }
inline bool Take(const Attr &a, AscendString &v)
{
	return a.kind == Attr::kString && (v = a.s, true);
}
inline bool Take(const Attr &a, std::string &v)
{
	return a.kind == Attr::kString && (v = a.s.GetString(), true);
}
inline bool Take(const Attr &a, Tensor &v)
{
	return a.kind == Attr::kTensor && (v = a.tensor, true);
}
inline bool Take(const Attr &a, std::vector<float> &v)
{
	return a.kind == Attr::kFloats && (v = a.floats, true);
}
template <typename T> inline bool Take(const Attr &a, std::vector<T> &v)
{
	if (a.kind != Attr::kInts)
		return false;
	v.clear();
	for (size_t i = 0; i < a.ints.size(); i++)
		v.push_back(static_cast<T>(a.ints[i]));
	return true;
}

/* "x" and 3 make "x3" */
inline AscendString Numbered(const char *name, uint32_t index)
{
	char buf[16];
	std::vector<char> text(name, name + std::strlen(name));
	int n = std::snprintf(buf, sizeof(buf), "%u", static_cast<unsigned int>(index));

	text.insert(text.end(), buf, buf + (n > 0 ? n : 0));
	return AscendString(text.data(), text.size());
}

} // namespace detail

class Operator {
public:
	Operator() : impl_(std::make_shared<detail::OpImpl>()) {}
	explicit Operator(const char *type) : Operator() { impl_->type = AscendString(type); }
	explicit Operator(const AscendString &type) : Operator() { impl_->type = type; }
	explicit Operator(const std::string &type) : Operator(type.c_str()) {}
	Operator(const char *name, const char *type) : Operator(type)
	{
		impl_->name = AscendString(name);
	}
	Operator(const AscendString &name, const AscendString &type) : Operator(type)
	{
		impl_->name = name;
	}
	Operator(const std::string &name, const std::string &type)
		: Operator(name.c_str(), type.c_str()) {}
	virtual ~Operator() {}
	Operator(const Operator &) = default;
	Operator &operator=(const Operator &) = default;

	bool IsEmpty() const { return impl_->type.GetLength() == 0; }
	graphStatus GetName(AscendString &name) const
	{
		name = impl_->name;
		return GRAPH_SUCCESS;
	}
	std::string GetName() const { return impl_->name.GetString(); }
	graphStatus GetOpType(AscendString &type) const
	{
		type = impl_->type;
		return GRAPH_SUCCESS;
	}
	std::string GetOpType() const { return impl_->type.GetString(); }
	size_t GetInputsSize() const { return impl_->inputs.size(); }
	size_t GetOutputsSize() const { return impl_->outputs.size(); }

	Operator &SetInput(const char *dst, const Operator &src) { return SetInput(dst, src, 0u); }
	Operator &SetInput(const char *dst, const Operator &src, const char *src_output)
	{
		for (uint32_t i = 0; i < src.impl_->outputs.size(); i++)
			if (src.impl_->outputs[i].name == src_output)
				return SetInput(dst, src, i);
		Complain("SetInput", dst, "the source has no output", src_output);
		return *this;
	}
	Operator &SetInput(const char *dst, const Operator &src, uint32_t src_index)
	{
		detail::InPort *port = impl_->Input(dst);

		/* An operator made by its type alone gets its inputs as they are named. */
		if (!port && !declared_) {
			impl_->inputs.push_back(detail::InPort());
			port = &impl_->inputs.back();
			port->name = AscendString(dst);
		}
		if (!port) {
			Complain("SetInput", dst, "there is no such input", "");
			return *this;
		}
		port->from = src.impl_;
		port->from_output = src_index;
		return *this;
	}
	Operator &SetInput(uint32_t dst_index, const Operator &src, uint32_t src_index)
	{
		if (dst_index >= impl_->inputs.size()) {
			Complain("SetInput", "", "its index is too large", "");
			return *this;
		}
		impl_->inputs[dst_index].from = src.impl_;
		impl_->inputs[dst_index].from_output = src_index;
		return *this;
	}
	Operator &SetInput(const std::string &dst, const Operator &src)
	{
		return SetInput(dst.c_str(), src, 0u);
	}
	Operator &SetInput(const std::string &dst, const Operator &src, const std::string &name)
	{
		return SetInput(dst.c_str(), src, name.c_str());
	}
	Operator &SetInput(const std::string &dst, const Operator &src, uint32_t src_index)
	{
		return SetInput(dst.c_str(), src, src_index);
	}

	TensorDesc GetInputDesc(uint32_t index) const
	{
		return index < impl_->inputs.size() ? impl_->inputs[index].desc : TensorDesc();
	}
	TensorDesc GetInputDescByName(const char *name) const
	{
		const detail::InPort *port = impl_->Input(name);

		return port ? port->desc : TensorDesc();
	}
	TensorDesc GetInputDesc(const std::string &name) const
	{
		return GetInputDescByName(name.c_str());
	}
	TensorDesc GetOutputDesc(uint32_t index) const
	{
		return index < impl_->outputs.size() ? impl_->outputs[index].desc : TensorDesc();
	}
	TensorDesc GetOutputDescByName(const char *name) const
	{
		const detail::OutPort *port = impl_->Output(name);

		return port ? port->desc : TensorDesc();
	}
	TensorDesc GetOutputDesc(const std::string &name) const
	{
		return GetOutputDescByName(name.c_str());
	}
	graphStatus UpdateInputDesc(const char *name, const TensorDesc &desc)
	{
		return Describe(impl_->Input(name), desc);
	}
	graphStatus UpdateInputDesc(const std::string &name, const TensorDesc &desc)
	{
		return Describe(impl_->Input(name.c_str()), desc);
	}
	graphStatus UpdateInputDesc(uint32_t index, const TensorDesc &desc)
	{
		return Describe(index < impl_->inputs.size() ? &impl_->inputs[index] : nullptr, desc);
	}
	graphStatus UpdateOutputDesc(const char *name, const TensorDesc &desc)
	{
		return Describe(impl_->Output(name), desc);
	}
	graphStatus UpdateOutputDesc(const std::string &name, const TensorDesc &desc)
	{
		return Describe(impl_->Output(name.c_str()), desc);
	}
	graphStatus UpdateOutputDesc(uint32_t index, const TensorDesc &desc)
	{
		return Describe(index < impl_->outputs.size() ? &impl_->outputs[index] : nullptr,
				desc);
	}

	/* int64_t, int32_t, uint32_t, float, bool, text, Tensor, DataType, vectors of numbers */
	template <typename T> Operator &SetAttr(const char *name, const T &value)
	{
		detail::Attr &attr = impl_->MakeAttr(name);

		detail::Put(attr, value);
		attr.set = true;
		return *this;
	}
	template <typename T> Operator &SetAttr(const AscendString &name, const T &value)
	{
		return SetAttr(name.GetString(), value);
	}
	template <typename T> Operator &SetAttr(const std::string &name, const T &value)
	{
		return SetAttr(name.c_str(), value);
	}
	template <typename T> graphStatus GetAttr(const char *name, T &value) const
	{
		const detail::Attr *attr = impl_->FindAttr(name);

		return attr && detail::Take(*attr, value) ? GRAPH_SUCCESS : GRAPH_FAILED;
	}
	template <typename T> graphStatus GetAttr(const AscendString &name, T &value) const
	{
		return GetAttr(name.GetString(), value);
	}
	template <typename T> graphStatus GetAttr(const std::string &name, T &value) const
	{
		return GetAttr(name.c_str(), value);
	}

protected:
	void InputRegister(const char *name)
	{
		declared_ = true;
		impl_->inputs.push_back(detail::InPort());
		impl_->inputs.back().name = AscendString(name);
	}
	void OutputRegister(const char *name)
	{
		declared_ = true;
		impl_->outputs.push_back(detail::OutPort());
		impl_->outputs.back().name = AscendString(name);
	}
	/* Dynamic inputs lie where they are declared: @before is how many inputs precede them. */
	void DynamicInputRegister(const char *name, uint32_t count, size_t before)
	{
		size_t at = before, n = 0;

		while (at + n < impl_->inputs.size() && impl_->inputs[at + n].slot == name)
			n++;
		for (uint32_t i = 0; i < count; i++, n++) {
			detail::InPort port;

			port.name = detail::Numbered(name, static_cast<uint32_t>(n));
			port.slot = AscendString(name);
			impl_->inputs.insert(impl_->inputs.begin() +
					     static_cast<std::ptrdiff_t>(at + n), port);
		}
	}
	void DynamicOutputRegister(const char *name, uint32_t count)
	{
		uint32_t n = 0;

		for (size_t i = 0; i < impl_->outputs.size(); i++)
			n += impl_->outputs[i].slot == name;
		for (uint32_t i = 0; i < count; i++, n++) {
			impl_->outputs.push_back(detail::OutPort());
			impl_->outputs.back().name = detail::Numbered(name, n);
			impl_->outputs.back().slot = AscendString(name);
		}
	}
	void DynamicDeclared() { declared_ = true; }
	size_t InputCount() const { return impl_->inputs.size(); }
	template <typename T> void AttrRegister(const char *name, const T &value)
	{
		detail::Put(impl_->MakeAttr(name), value);
	}
	void RequiredAttrRegister(const char *name) { impl_->MakeAttr(name); }

private:
	template <typename Port> static graphStatus Describe(Port *port, const TensorDesc &desc)
	{
		if (!port)
			return GRAPH_FAILED;
		port->desc = desc;
		port->described = true;
		return GRAPH_SUCCESS;
	}
	void Complain(const char *call, const char *input, const char *why, const char *what) const
	{
		std::fprintf(stderr, "libge: warning: %s: operator '%s' (%s), input '%s': %s %s\n",
			     call, impl_->name.GetString(), impl_->type.GetString(), input, why,
			     what);
	}

	friend struct detail::Access;
	std::shared_ptr<detail::OpImpl> impl_;
	bool declared_ = false;	/* by REG_OP(): other inputs do not exist */
};

namespace detail {
struct Access {
	static const std::shared_ptr<OpImpl> &Impl(const Operator &op) { return op.impl_; }
};
} // namespace detail
} // namespace ge

#endif
