/* SPDX-License-Identifier: MIT */
/*
 * REG_OP(Name).INPUT(...)...OP_END_FACTORY_REG(Name), inside of namespace ge, declares the class
 * ge::op::Name with a setter for each input and attribute. The chain works by ending and beginning
 * member functions: every element calls the next one's registration.
 */
#ifndef GE_GRAPH_OPERATOR_REG_H
#define GE_GRAPH_OPERATOR_REG_H

#include <cstdint>
#include <string>
#include <vector>

#include "operator.h"
#include "tensor.h"
#include "types.h"

namespace ge {

/* What the elements of a declaration hang on. */
struct OpReg {
	void N() const {}
};

using OpInt = int64_t;
using OpFloat = float;
using OpBool = bool;
using OpString = std::string;
using OpTensor = Tensor;
using OpType = DataType;
using OpListInt = std::vector<int64_t>;
using OpListFloat = std::vector<float>;
using OpListBool = std::vector<bool>;
using OpListType = std::vector<DataType>;
using OpListListInt = std::vector<std::vector<int64_t>>;

} // namespace ge

#define REG_OP(x)								\
	namespace op {								\
	class x : public Operator {						\
	public:									\
		typedef x _THIS_TYPE;						\
		x() : Operator(#x) { __##x(); }					\
		explicit x(const char *name) : Operator(name, #x) { __##x(); }	\
		explicit x(const AscendString &name)				\
			: Operator(name, AscendString(#x)) { __##x(); }		\
		explicit x(const std::string &name)				\
			: Operator(name.c_str(), #x) { __##x(); }		\
										\
	private:								\
		void __##x()							\
		{								\
			OpReg()

#define INPUT(x, t)								\
	GE_OP_NEXT(__in_##x)							\
	static const std::string name_in_##x() { return #x; }			\
	TensorDesc get_input_desc_##x() const { return GetInputDescByName(#x); }	\
	graphStatus update_input_desc_##x(const TensorDesc &desc)		\
	{									\
		return UpdateInputDesc(#x, desc);				\
	}									\
	_THIS_TYPE &set_input_##x(Operator &v, const std::string &output)	\
	{									\
		SetInput(#x, v, output.c_str());				\
		return *this;							\
	}									\
	_THIS_TYPE &set_input_##x(Operator &v, uint32_t index)			\
	{									\
		SetInput(#x, v, index);						\
		return *this;							\
	}									\
	_THIS_TYPE &set_input_##x(Operator &v)					\
	{									\
		SetInput(#x, v);						\
		return *this;							\
	}									\
										\
private:									\
	void __in_##x()								\
	{									\
		InputRegister(#x);						\
		(void)OpReg()

#define OPTIONAL_INPUT(x, t) INPUT(x, t)

#define DYNAMIC_INPUT(x, t)							\
	GE_OP_NEXT(__din_##x)							\
	_THIS_TYPE &create_dynamic_input_##x(uint32_t num, bool is_push_back = true)	\
	{									\
		(void)is_push_back;						\
		DynamicInputRegister(#x, num, __before_##x);			\
		return *this;							\
	}									\
	_THIS_TYPE &set_dynamic_input_##x(uint32_t index, Operator &v)		\
	{									\
		SetInput(detail::Numbered(#x, index).GetString(), v);		\
		return *this;							\
	}									\
	_THIS_TYPE &set_dynamic_input_##x(uint32_t index, Operator &v, const std::string &output) \
	{									\
		SetInput(detail::Numbered(#x, index).GetString(), v, output.c_str());	\
		return *this;							\
	}									\
	TensorDesc get_dynamic_input_desc_##x(uint32_t index) const		\
	{									\
		return GetInputDescByName(detail::Numbered(#x, index).GetString());	\
	}									\
	graphStatus update_dynamic_input_desc_##x(uint32_t index, const TensorDesc &desc) \
	{									\
		return UpdateInputDesc(detail::Numbered(#x, index).GetString(), desc);	\
	}									\
										\
private:									\
	size_t __before_##x = 0;						\
	void __din_##x()							\
	{									\
		DynamicDeclared();						\
		__before_##x = InputCount();					\
		(void)OpReg()

#define OUTPUT(x, t)								\
	GE_OP_NEXT(__out_##x)							\
	static const std::string name_out_##x() { return #x; }			\
	TensorDesc get_output_desc_##x() const { return GetOutputDescByName(#x); }	\
	graphStatus update_output_desc_##x(const TensorDesc &desc)		\
	{									\
		return UpdateOutputDesc(#x, desc);				\
	}									\
										\
private:									\
	void __out_##x()							\
	{									\
		OutputRegister(#x);						\
		(void)OpReg()

#define DYNAMIC_OUTPUT(x, t)							\
	GE_OP_NEXT(__dout_##x)							\
	_THIS_TYPE &create_dynamic_output_##x(uint32_t num, bool is_push_back = true)	\
	{									\
		(void)is_push_back;						\
		DynamicOutputRegister(#x, num);					\
		return *this;							\
	}									\
	TensorDesc get_dynamic_output_desc_##x(uint32_t index) const		\
	{									\
		return GetOutputDescByName(detail::Numbered(#x, index).GetString());	\
	}									\
	graphStatus update_dynamic_output_desc_##x(uint32_t index, const TensorDesc &desc) \
	{									\
		return UpdateOutputDesc(detail::Numbered(#x, index).GetString(), desc);	\
	}									\
										\
private:									\
	void __dout_##x()							\
	{									\
		DynamicDeclared();						\
		(void)OpReg()

#define ATTR(x, Type, ...)							\
	GE_OP_NEXT(__attr_##x)							\
	static const std::string name_attr_##x() { return #x; }			\
	Op##Type get_attr_##x() const						\
	{									\
		Op##Type value = __VA_ARGS__;					\
										\
		(void)GetAttr(#x, value);					\
		return value;							\
	}									\
	_THIS_TYPE &set_attr_##x(const Op##Type &v)				\
	{									\
		SetAttr(#x, v);							\
		return *this;							\
	}									\
										\
private:									\
	void __attr_##x()							\
	{									\
		AttrRegister(#x, Op##Type(__VA_ARGS__));			\
		(void)OpReg()

#define REQUIRED_ATTR(x, Type)							\
	GE_OP_NEXT(__required_attr_##x)						\
	static const std::string name_attr_##x() { return #x; }			\
	Op##Type get_attr_##x() const						\
	{									\
		Op##Type value{};						\
										\
		(void)GetAttr(#x, value);					\
		return value;							\
	}									\
	_THIS_TYPE &set_attr_##x(const Op##Type &v)				\
	{									\
		SetAttr(#x, v);							\
		return *this;							\
	}									\
										\
private:									\
	void __required_attr_##x()						\
	{									\
		RequiredAttrRegister(#x);					\
		(void)OpReg()

/* Ends the function of the element before, which calls the next one's. */
#define GE_OP_NEXT(next)							\
	N();									\
		next();								\
	}									\
										\
public:

#define DATATYPE(x, t) N(); OpReg()

#define OP_END() N(); } }; }
#define OP_END_FACTORY_REG(x) N(); } }; }

#endif
