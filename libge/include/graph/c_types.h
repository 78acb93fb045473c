/* SPDX-License-Identifier: MIT */
/* Numbers of types and formats for C; those of ge::DataType and ge::Format. */
#ifndef GE_GRAPH_C_TYPES_H
#define GE_GRAPH_C_TYPES_H

typedef enum {
	C_DT_FLOAT = 0, C_DT_FLOAT16 = 1, C_DT_INT8 = 2, C_DT_INT32 = 3, C_DT_UINT8 = 4,
	C_DT_INT16 = 6, C_DT_UINT16 = 7, C_DT_UINT32 = 8, C_DT_INT64 = 9, C_DT_UINT64 = 10,
	C_DT_DOUBLE = 11, C_DT_BOOL = 12, C_DT_STRING = 13, C_DT_BF16 = 27, C_DT_UNDEFINED = 28
} C_DataType;

typedef enum {
	C_FORMAT_NCHW = 0, C_FORMAT_NHWC = 1, C_FORMAT_ND = 2, C_FORMAT_HWCN = 16
} C_Format;

#endif
