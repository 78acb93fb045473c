/* SPDX-License-Identifier: MIT */
/*
 * Shape, TensorDesc and Tensor. A Tensor is a handle: copies share data and description, Clone()
 * does not. Memory set with a deleter is used as it is, everything else is copied.
 */
#ifndef GE_GRAPH_TENSOR_H
#define GE_GRAPH_TENSOR_H

#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../ge/ge.h"
#include "ascend_string.h"
#include "ge_error_codes.h"
#include "types.h"

namespace ge {

class Shape {
public:
	Shape() {}
	explicit Shape(const std::vector<int64_t> &dims) : dims_(dims) {}

	/* 0 if the number of dimensions is not known */
	size_t GetDimNum() const
	{
		return dims_.size() == 1 && dims_[0] == UNKNOWN_DIM_NUM ? 0 : dims_.size();
	}
	int64_t GetDim(size_t index) const { return index < dims_.size() ? dims_[index] : 0; }
	graphStatus SetDim(size_t index, int64_t value)
	{
		if (index >= dims_.size())
			return GRAPH_FAILED;
		dims_[index] = value;
		return GRAPH_SUCCESS;
	}
	std::vector<int64_t> GetDims() const { return dims_; }
	/* As GE counts: 0 of no dimensions and on overflow, -1 if a dimension is not known. */
	int64_t GetShapeSize() const
	{
		int64_t size = 1;

		if (dims_.empty())
			return 0;
		for (size_t i = 0; i < dims_.size(); i++)
			if (dims_[i] == UNKNOWN_DIM || dims_[i] == UNKNOWN_DIM_NUM)
				return -1;
		for (size_t i = 0; i < dims_.size(); i++) {
			if (dims_[i] < 0 || (dims_[i] && size > INT64_MAX / dims_[i]))
				return 0;
			size *= dims_[i];
		}
		return size;
	}

private:
	std::vector<int64_t> dims_;
};

class TensorDesc {
public:
	TensorDesc() {}
	explicit TensorDesc(Shape shape, Format format = FORMAT_ND, DataType type = DT_FLOAT)
	{
		Update(shape, format, type);
	}

	void Update(const Shape &shape, Format format = FORMAT_ND, DataType type = DT_FLOAT)
	{
		shape_ = shape;
		format_ = format;
		type_ = type;
	}

	void SetShape(const Shape &shape) { shape_ = shape; }
	Shape GetShape() const { return shape_; }
	graphStatus SetUnknownDimNumShape()
	{
		shape_ = Shape(std::vector<int64_t>(1, UNKNOWN_DIM_NUM));
		return GRAPH_SUCCESS;
	}
	void SetOriginShape(const Shape &shape) { origin_shape_ = shape; }
	Shape GetOriginShape() const { return origin_shape_; }
	graphStatus SetShapeRange(const std::vector<std::pair<int64_t, int64_t>> &range)
	{
		range_ = range;
		return GRAPH_SUCCESS;
	}
	graphStatus GetShapeRange(std::vector<std::pair<int64_t, int64_t>> &range) const
	{
		range = range_;
		return GRAPH_SUCCESS;
	}

	void SetFormat(Format format) { format_ = format; }
	Format GetFormat() const { return format_; }
	void SetOriginFormat(Format format) { origin_format_ = format; }
	Format GetOriginFormat() const { return origin_format_; }
	void SetDataType(DataType type) { type_ = type; }
	DataType GetDataType() const { return type_; }
	void SetName(const char *name) { name_ = AscendString(name); }
	void SetName(const std::string &name) { name_ = AscendString(name.c_str()); }
	graphStatus GetName(AscendString &name) const
	{
		name = name_;
		return GRAPH_SUCCESS;
	}
	std::string GetName() const { return name_.GetString(); }
	void SetSize(int64_t size) { size_ = size; }
	int64_t GetSize() const { return size_; }
	void SetRealDimCnt(int64_t count) { real_dims_ = count; }
	int64_t GetRealDimCnt() const { return real_dims_; }
	void SetPlacement(Placement placement) { placement_ = placement; }
	Placement GetPlacement() const { return placement_; }

private:
	Shape shape_;
	Shape origin_shape_;
	std::vector<std::pair<int64_t, int64_t>> range_;
	AscendString name_;
	Format format_ = FORMAT_ND;
	Format origin_format_ = FORMAT_ND;
	DataType type_ = DT_FLOAT;
	Placement placement_ = kPlacementHost;
	int64_t size_ = 0;
	int64_t real_dims_ = 0;
};

class Tensor {
public:
	using DeleteFunc = std::function<void(uint8_t *)>;

	Tensor() : impl_(std::make_shared<Impl>()) {}
	explicit Tensor(const TensorDesc &desc) : Tensor() { impl_->desc = desc; }
	Tensor(const TensorDesc &desc, const std::vector<uint8_t> &data) : Tensor(desc)
	{
		SetData(data);
	}
	Tensor(const TensorDesc &desc, const uint8_t *data, size_t size) : Tensor(desc)
	{
		SetData(data, size);
	}
	Tensor(TensorDesc &&desc, std::vector<uint8_t> &&data) : Tensor()
	{
		impl_->desc = std::move(desc);
		SetData(data);
	}

	TensorDesc GetTensorDesc() const { return impl_->desc; }
	graphStatus SetTensorDesc(const TensorDesc &desc)
	{
		impl_->desc = desc;
		return GRAPH_SUCCESS;
	}

	const uint8_t *GetData() const { return impl_->data; }
	uint8_t *GetData() { return impl_->data; }
	size_t GetSize() const { return impl_->size; }

	graphStatus SetData(std::vector<uint8_t> &&data) { return SetData(data.data(), data.size()); }
	graphStatus SetData(const std::vector<uint8_t> &data)
	{
		return SetData(data.data(), data.size());
	}
	/* Copies. */
	graphStatus SetData(const uint8_t *data, size_t size)
	{
		uint8_t *copy = nullptr;

		if (size && !data)
			return GRAPH_FAILED;
		if (size) {
			copy = static_cast<uint8_t *>(std::malloc(size));
			if (!copy)
				return GRAPH_FAILED;
			std::memcpy(copy, data, size);
		}
		return ResetData(copy, size, [](uint8_t *old) { std::free(old); });
	}
	/* Does not copy; @deleter frees @data when no Tensor uses it any more. */
	graphStatus SetData(uint8_t *data, size_t size, const DeleteFunc &deleter)
	{
		return ResetData(data, size, deleter);
	}
	/* Gives the data away. */
	std::unique_ptr<uint8_t[], DeleteFunc> ResetData()
	{
		DeleteFunc deleter = impl_->deleter ? impl_->deleter : [](uint8_t *) {};
		std::unique_ptr<uint8_t[], DeleteFunc> data(impl_->data, deleter);

		impl_->data = nullptr;
		impl_->size = 0;
		impl_->deleter = nullptr;
		return data;
	}
	graphStatus ResetData(uint8_t *data, size_t size, const DeleteFunc &deleter)
	{
		impl_->Free();
		impl_->data = data;
		impl_->size = size;
		impl_->deleter = deleter;
		return GRAPH_SUCCESS;
	}

	/* Whether the data has the size that shape and type ask for. */
	graphStatus IsValid() const
	{
		int64_t elements = impl_->desc.GetShape().GetShapeSize();
		int width = GetSizeByDataType(impl_->desc.GetDataType());

		if (impl_->desc.GetShape().GetDims().empty())
			elements = 1;
		if (width <= 0 || elements < 0)
			return GRAPH_FAILED;
		return impl_->size == static_cast<size_t>(elements) * static_cast<size_t>(width) ?
		       GRAPH_SUCCESS : GRAPH_FAILED;
	}
	Tensor Clone() const
	{
		Tensor copy(impl_->desc);

		copy.SetData(static_cast<const uint8_t *>(impl_->data), impl_->size);
		return copy;
	}

	graphStatus SetDataType(DataType type)
	{
		impl_->desc.SetDataType(type);
		return GRAPH_SUCCESS;
	}
	DataType GetDataType() const { return impl_->desc.GetDataType(); }
	graphStatus SetFormat(const Format &format)
	{
		impl_->desc.SetFormat(format);
		return GRAPH_SUCCESS;
	}
	Format GetFormat() const { return impl_->desc.GetFormat(); }
	graphStatus SetPlacement(const Placement &placement)
	{
		impl_->desc.SetPlacement(placement);
		return GRAPH_SUCCESS;
	}
	Placement GetPlacement() const { return impl_->desc.GetPlacement(); }
	size_t GetShapeDimNum() const { return impl_->desc.GetShape().GetDims().size(); }
	int64_t GetShapeDim(size_t index) const { return impl_->desc.GetShape().GetDim(index); }
	graphStatus SetShapeDimNum(size_t count)
	{
		std::vector<int64_t> dims = impl_->desc.GetShape().GetDims();

		dims.resize(count);
		impl_->desc.SetShape(Shape(dims));
		return GRAPH_SUCCESS;
	}
	graphStatus SetShapeDim(size_t index, int64_t value)
	{
		Shape shape = impl_->desc.GetShape();
		graphStatus status = shape.SetDim(index, value);

		impl_->desc.SetShape(shape);
		return status;
	}

private:
	struct Impl {
		Impl() {}
		Impl(const Impl &) = delete;
		Impl &operator=(const Impl &) = delete;
		~Impl() { Free(); }
		void Free()
		{
			if (data && deleter)
				deleter(data);
			data = nullptr;
			deleter = nullptr;
		}

		TensorDesc desc;
		uint8_t *data = nullptr;
		size_t size = 0;
		DeleteFunc deleter;
	};

	std::shared_ptr<Impl> impl_;
};

namespace detail {

/* What the C interface takes. -2 as the only dimension means that not even the rank is known. */
inline ge_tensor_desc ToC(const TensorDesc &desc)
{
	std::vector<int64_t> dims = desc.GetShape().GetDims();
	ge_tensor_desc c;

	std::memset(&c, 0, sizeof(c));
	c.dtype = desc.GetDataType();
	c.format = desc.GetFormat();
	c.rank = static_cast<int32_t>(dims.size());
	if (dims.size() > GE_MAX_RANK || (dims.size() == 1 && dims[0] == UNKNOWN_DIM_NUM))
		c.rank = -1;
	for (int32_t i = 0; i < c.rank; i++)
		c.dims[i] = dims[static_cast<size_t>(i)] < 0 ? -1 : dims[static_cast<size_t>(i)];
	return c;
}

inline ge_tensor ToC(const Tensor &tensor)
{
	ge_tensor c;

	std::memset(&c, 0, sizeof(c));
	c.desc = ToC(tensor.GetTensorDesc());
	c.data = const_cast<uint8_t *>(tensor.GetData());
	c.size = tensor.GetSize();
	c.placement = tensor.GetPlacement() == kPlacementDevice ? GE_PLACEMENT_DEVICE :
								   GE_PLACEMENT_HOST;
	return c;
}

inline TensorDesc FromC(const ge_tensor_desc &c)
{
	std::vector<int64_t> dims(c.dims, c.dims + (c.rank > 0 ? c.rank : 0));

	return TensorDesc(Shape(dims), static_cast<Format>(c.format), static_cast<DataType>(c.dtype));
}

} // namespace detail
} // namespace ge

#endif
