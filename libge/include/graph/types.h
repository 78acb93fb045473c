/* SPDX-License-Identifier: MIT */
#ifndef GE_GRAPH_TYPES_H
#define GE_GRAPH_TYPES_H

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "ascend_string.h"

namespace ge {

const int64_t UNKNOWN_DIM = -1;
const int64_t UNKNOWN_DIM_NUM = -2;
const size_t UNKNOWN_DIM_SIZE = static_cast<size_t>(-1);

enum DataType {
	DT_FLOAT = 0, DT_FLOAT16 = 1, DT_INT8 = 2, DT_INT32 = 3, DT_UINT8 = 4, DT_INT16 = 6,
	DT_UINT16 = 7, DT_UINT32 = 8, DT_INT64 = 9, DT_UINT64 = 10, DT_DOUBLE = 11, DT_BOOL = 12,
	DT_STRING = 13, DT_DUAL_SUB_INT8 = 14, DT_DUAL_SUB_UINT8 = 15, DT_COMPLEX64 = 16,
	DT_COMPLEX128 = 17, DT_QINT8 = 18, DT_QINT16 = 19, DT_QINT32 = 20, DT_QUINT8 = 21,
	DT_QUINT16 = 22, DT_RESOURCE = 23, DT_STRING_REF = 24, DT_DUAL = 25, DT_VARIANT = 26,
	DT_BF16 = 27, DT_UNDEFINED = 28, DT_INT4 = 29, DT_UINT1 = 30, DT_INT2 = 31, DT_UINT2 = 32,
	DT_COMPLEX32 = 33, DT_HIFLOAT8 = 34, DT_FLOAT8_E5M2 = 35, DT_FLOAT8_E4M3FN = 36,
	DT_FLOAT8_E8M0 = 37, DT_FLOAT6_E3M2 = 38, DT_FLOAT6_E2M3 = 39, DT_FLOAT4_E2M1 = 40,
	DT_FLOAT4_E1M2 = 41, DT_HIFLOAT4 = 42, DT_MAX = 43
};

enum Format {
	FORMAT_NCHW = 0, FORMAT_NHWC = 1, FORMAT_ND = 2, FORMAT_NC1HWC0 = 3, FORMAT_FRACTAL_Z = 4,
	FORMAT_NC1C0HWPAD = 5, FORMAT_NHWC1C0 = 6, FORMAT_FSR_NCHW = 7, FORMAT_FRACTAL_DECONV = 8,
	FORMAT_C1HWNC0 = 9, FORMAT_NC1HWC0_C04 = 12, FORMAT_FRACTAL_Z_C04 = 13, FORMAT_CHWN = 14,
	FORMAT_HWCN = 16, FORMAT_NC1KHKWHWC0 = 17, FORMAT_MD = 26, FORMAT_NDHWC = 27,
	FORMAT_FRACTAL_ZZ = 28, FORMAT_FRACTAL_NZ = 29, FORMAT_NCDHW = 30, FORMAT_DHWCN = 31,
	FORMAT_NDC1HWC0 = 32, FORMAT_FRACTAL_Z_3D = 33, FORMAT_CN = 34, FORMAT_NC = 35,
	FORMAT_DHWNC = 36, FORMAT_RESERVED = 40, FORMAT_ALL = 41, FORMAT_NULL = 42,
	FORMAT_ND_RNN_BIAS = 43, FORMAT_FRACTAL_ZN_RNN = 44, FORMAT_NYUV = 45, FORMAT_NYUV_A = 46,
	FORMAT_NCL = 47, FORMAT_FRACTAL_Z_WINO = 48, FORMAT_C1HWC0 = 49, FORMAT_END = 55,
	FORMAT_MAX = 255
};

enum Placement {
	kPlacementHost = 0,
	kPlacementDevice = 1,
	kPlacementEnd = 2
};

/* Bytes of an element; 0 for those that libge cannot hold, -1 for what is no type. */
inline int GetSizeByDataType(DataType type)
{
	switch (type) {
	case DT_INT8: case DT_UINT8: case DT_BOOL:
		return 1;
	case DT_FLOAT16: case DT_BF16: case DT_INT16: case DT_UINT16:
		return 2;
	case DT_FLOAT: case DT_INT32: case DT_UINT32:
		return 4;
	case DT_DOUBLE: case DT_INT64: case DT_UINT64:
		return 8;
	default:
		return type >= DT_FLOAT && type < DT_MAX ? 0 : -1;
	}
}

/* The types that an input or output takes, in operator declarations. For readers: libge checks. */
struct TensorType {
	TensorType(DataType) {}
	TensorType(const std::initializer_list<DataType> &) {}

	static TensorType ALL() { return TensorType(DT_FLOAT); }
	static TensorType BasicType() { return TensorType(DT_FLOAT); }
	static TensorType NumberType() { return TensorType(DT_FLOAT); }
	static TensorType RealNumberType() { return TensorType(DT_FLOAT); }
	static TensorType FloatingDataType() { return TensorType(DT_FLOAT); }
	static TensorType UnaryDataType() { return TensorType(DT_FLOAT); }
	static TensorType IndexNumberType() { return TensorType(DT_INT32); }
	static TensorType IntegerDataType() { return TensorType(DT_INT32); }
};

} // namespace ge

#endif
