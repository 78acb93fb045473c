/* SPDX-License-Identifier: MIT */
/*
 * Operators with inputs, attributes and what is to come out, as text:
 *
 *	"f32[1,3,8,8]"	an input of the graph	"=f32[4]"	a constant of random numbers
 *	"=i64(1,-1)"	a constant list		"=f32:0.5"	a constant scalar
 *	"-"		not connected
 *
 * Attributes are "name=value", lists with commas. The result is the outputs' types and shapes, or
 * "!" and a part of the error message.
 */
#ifndef GE_TESTS_OP_CASES_H
#define GE_TESTS_OP_CASES_H

#include "build_graph.h"

struct op_case {
	const char *type, *inputs, *attrs, *result;
};

static const struct op_case op_cases[] = {
	{ "Identity", "f32[2,3]", "", "f32[2,3]" },
	{ "Cast", "f32[2,3]", "dst_type=3", "i32[2,3]" },
	{ "Cast", "f32[2,3]", "dst_type=99", "!conversion to type number 99" },
	{ "Cast", "f32[2,3]", "", "!attribute 'dst_type' is missing" },
	{ "onnx::Identity", "i64[4]", "", "i64[4]" },
	{ "onnx::Dropout", "f32[2,3]", "ratio=0.3", "f32[2,3] bool[2,3]" },
	{ "onnx::Dropout", "f32[2,3] =f32:0 =bool:1", "", "f32[2,3] bool[2,3]" },
	{ "onnx::Dropout", "f32[2,3] - =bool:1", "", "!training is supported with a ratio of 0" },
	{ "onnx::Cast", "f32[2,3]", "to=7", "i64[2,3]" },
	{ "onnx::Cast", "i64[2,3]", "to=1", "f32[2,3]" },
	{ "onnx::Cast", "f32[2,3]", "to=8", "!data type 8 of ONNX" },
	{ "onnx::CastLike", "f32[2,3] f16[1]", "", "f16[2,3]" },
	{ "onnx::Constant", "", "value_ints=1,2,3", "i64[3]" },
	{ "onnx::Constant", "", "value_float=0.5", "f32[]" },
	{ "onnx::Constant", "", "value_int=5", "i64[]" },
	{ "onnx::Constant", "", "value_floats=0.5,2", "f32[2]" },
	{ "onnx::Constant", "", "", "!expected is one of value" },

	{ "Relu", "f32[2,3]", "", "f32[2,3]" },
	{ "Relu", "bool[2,3]", "", "!this function of bool is not supported" },
	{ "Relu6", "f32[2,3]", "", "f32[2,3]" },
	{ "Sigmoid", "f32[2,3]", "", "f32[2,3]" },
	{ "Tanh", "f16[2,3]", "", "f16[2,3]" },
	{ "Sqrt", "f32[2,3]", "", "f32[2,3]" },
	{ "Sqrt", "i32[2,3]", "", "!this function of int32 is not supported" },
	{ "Rsqrt", "f32[2,3]", "", "f32[2,3]" },
	{ "Exp", "f32[2,3]", "base=2 scale=0.5", "f32[2,3]" },
	{ "Exp", "f32[2,3]", "base=-2", "!attribute 'base' is -2" },
	{ "Erf", "f32[2,3]", "", "f32[2,3]" },
	{ "Square", "f32[2,3]", "", "f32[2,3]" },
	{ "Gelu", "f32[2,3]", "", "f32[2,3]" },
	{ "GeluV2", "f32[2,3]", "approximate=tanh", "f32[2,3]" },
	{ "GeluV2", "f32[2,3]", "approximate=cubic", "!has to be \"none\" or \"tanh\"" },
	{ "Swish", "f32[2,3]", "scale=1.5", "f32[2,3]" },
	{ "LeakyRelu", "f32[2,3]", "negative_slope=0.1", "f32[2,3]" },
	{ "HardSwish", "f32[2,3]", "", "f32[2,3]" },
	{ "HardSigmoid", "f32[2,3]", "", "f32[2,3]" },
	{ "Mish", "f32[2,3]", "", "f32[2,3]" },
	{ "Elu", "f32[2,3]", "alpha=0.5 scale=2 input_scale=1.5", "f32[2,3]" },
	{ "Softplus", "f32[2,3]", "", "f32[2,3]" },
	{ "LogicalNot", "bool[2,3]", "", "bool[2,3]" },
	{ "LogicalNot", "f32[2,3]", "", "!this function of float32" },
	{ "ClipByValue", "f32[2,3] =f32:-0.5 =f32:0.5", "", "f32[2,3]" },
	{ "ClipByValue", "f32[2,3] f32[1] f32[1]", "", "f32[2,3]" },
	{ "onnx::Relu", "i32[2,3]", "", "i32[2,3]" },
	{ "onnx::Sigmoid", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Tanh", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Sqrt", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Exp", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Log", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Erf", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Abs", "i64[2,3]", "", "i64[2,3]" },
	{ "onnx::Neg", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Floor", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Ceil", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Round", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Reciprocal", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Softplus", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Mish", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Not", "bool[2,3]", "", "bool[2,3]" },
	{ "onnx::LeakyRelu", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Elu", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Selu", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::HardSigmoid", "f32[2,3]", "alpha=0.25", "f32[2,3]" },
	{ "onnx::HardSwish", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Gelu", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Sin", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Cos", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Tan", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Asin", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Acos", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Atan", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Sinh", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Cosh", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Asinh", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Acosh", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Atanh", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Sign", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Shrink", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::ThresholdedRelu", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Softsign", "f32[2,3]", "", "f32[2,3]" },
	{ "FastGelu", "f32[2,3]", "", "f32[2,3]" },
	{ "onnx::Sign", "u64[2,3]", "", "u64[2,3]" },
	{ "onnx::Shrink", "i16[2,3]", "lambd=1 bias=2", "i16[2,3]" },
	{ "onnx::Celu", "f32[2,3]", "alpha=2", "f32[2,3]" },
	{ "onnx::Celu", "f32[2,3]", "alpha=0", "!attribute 'alpha' is 0" },
	{ "onnx::IsNaN", "f16[2,3]", "", "bool[2,3]" },
	{ "onnx::IsInf", "f32[2,3]", "detect_negative=0", "bool[2,3]" },
	{ "onnx::IsInf", "f32[2,3]", "detect_negative=0 detect_positive=0", "bool[2,3]" },
	{ "onnx::Clip", "f32[2,3]", "min=-0.5 max=1", "f32[2,3]" },
	{ "onnx::Clip", "f32[2,3] =f32:0 -", "", "f32[2,3]" },
	{ "onnx::Clip", "i64[2,3] =i64:0 =i64:6", "", "i64[2,3]" },

	{ "Add", "f32[2,1,3] f32[4,1]", "", "f32[2,4,3]" },
	{ "Add", "f32[2,3] f32[2,4]", "", "!shapes [2, 3] and [2, 4] do not fit together" },
	{ "Add", "f32[2,3] i64[2,3]", "", "!the inputs are float32 and int64" },
	{ "Add", "f32[2,3] -", "", "!input 'x2' is not connected" },
	{ "Sub", "i32[2,3] i32[]", "", "i32[2,3]" },
	{ "Mul", "f32[2,3] f32[3]", "", "f32[2,3]" },
	{ "RealDiv", "f32[3] f32[2,3]", "", "f32[2,3]" },
	{ "Div", "i64[3] i64[3]", "", "i64[3]" },
	{ "Maximum", "f32[2,3] f32[3]", "", "f32[2,3]" },
	{ "Minimum", "f32[2,3] f32[3]", "", "f32[2,3]" },
	{ "Equal", "f32[2,3] f32[3]", "", "bool[2,3]" },
	{ "NotEqual", "i64[2,3] i64[3]", "", "bool[2,3]" },
	{ "Greater", "f32[2,3] f32[3]", "", "bool[2,3]" },
	{ "GreaterEqual", "f32[2,3] f32[3]", "", "bool[2,3]" },
	{ "Less", "f32[2,3] f32[3]", "", "bool[2,3]" },
	{ "LessEqual", "f32[2,3] f32[3]", "", "bool[2,3]" },
	{ "LogicalAnd", "bool[2,3] bool[3]", "", "bool[2,3]" },
	{ "LogicalOr", "bool[2,3] bool[3]", "", "bool[2,3]" },
	{ "Pow", "f32[2,3] =f32:2", "", "f32[2,3]" },
	{ "Pow", "f32[2,3] =f32:3", "", "f32[2,3]" },
	{ "SquaredDifference", "f32[2,3] f32[3]", "", "f32[2,3]" },
	{ "AddN", "f32[2,3] f32[2,3] f32[2,3]", "N=3", "f32[2,3]" },
	{ "Eltwise", "f32[2,3] f32[2,3]", "N=2 mode=2", "f32[2,3]" },
	{ "Eltwise", "f32[2,3] f32[2,3]", "N=2 mode=3", "!attribute 'mode' is 3" },
	{ "BiasAdd", "f32[2,4,4,3] f32[3]", "", "f32[2,4,4,3]" },
	{ "BiasAdd", "f32[2,3,4,4] f32[3]", "data_format=NCHW", "f32[2,3,4,4]" },
	{ "PRelu", "f32[2,3,4] f32[3]", "", "f32[2,3,4]" },
	{ "onnx::Mod", "i8[2,3] i8[3]", "", "i8[2,3]" },
	{ "onnx::Mod", "=i32(-7,7,5) =i32(3,-3,0)", "", "i32[3]" },
	{ "onnx::Mod", "f32[2,3] f32[3]", "fmod=1", "f32[2,3]" },
	{ "onnx::Mod", "f32[2,3] f32[3]", "", "!attribute 'fmod' is 0, expected is 1" },
	{ "onnx::Mod", "i8[2,3] i8[3]", "fmod=2", "!attribute 'fmod' is 2" },
	{ "onnx::BitwiseAnd", "i16[2,3] i16[3]", "", "i16[2,3]" },
	{ "onnx::BitwiseOr", "u64[2,3] u64[3]", "", "u64[2,3]" },
	{ "onnx::BitwiseOr", "f32[2,3] f32[3]", "", "!this function of float32" },
	{ "onnx::BitwiseXor", "=i32(5,6) =i32(3,3)", "", "i32[2]" },
	{ "onnx::BitwiseNot", "u8[2,3]", "", "u8[2,3]" },
	{ "onnx::BitShift", "u8[2,3] u8[3]", "direction=LEFT", "u8[2,3]" },
	{ "onnx::BitShift", "u32[2,3] =u32(40)", "direction=RIGHT", "u32[2,3]" },
	{ "onnx::BitShift", "i32[2,3] i32[3]", "direction=LEFT", "!this function of int32" },
	{ "onnx::BitShift", "u8[2,3] u8[3]", "direction=UP", "!has to be \"LEFT\"" },
	{ "onnx::Add", "f32[2,3] f32[3]", "", "f32[2,3]" },
	{ "onnx::Sub", "f32[2,3] f32[3]", "", "f32[2,3]" },
	{ "onnx::Mul", "f32[2,3] f32[3]", "", "f32[2,3]" },
	{ "onnx::Div", "f32[2,3] f32[3]", "", "f32[2,3]" },
	{ "onnx::Equal", "i64[2,3] i64[3]", "", "bool[2,3]" },
	{ "onnx::Greater", "f32[2,3] f32[3]", "", "bool[2,3]" },
	{ "onnx::GreaterOrEqual", "f32[2,3] f32[3]", "", "bool[2,3]" },
	{ "onnx::Less", "f32[2,3] f32[3]", "", "bool[2,3]" },
	{ "onnx::LessOrEqual", "f32[2,3] f32[3]", "", "bool[2,3]" },
	{ "onnx::And", "bool[2,3] bool[3]", "", "bool[2,3]" },
	{ "onnx::Or", "bool[2,3] bool[3]", "", "bool[2,3]" },
	{ "onnx::Xor", "bool[2,3] bool[3]", "", "bool[2,3]" },
	{ "onnx::Pow", "f32[2,3] =i64(3)", "", "f32[2,3]" },
	{ "onnx::Pow", "i64[2,3] =i64(2)", "", "i64[2,3]" },
	{ "onnx::PRelu", "f32[2,3,4] =f32[3,1]", "", "f32[2,3,4]" },
	{ "onnx::Sum", "f32[2,3] f32[3] f32[1]", "", "f32[2,3]" },
	{ "onnx::Max", "f32[2,3] f32[3]", "", "f32[2,3]" },
	{ "onnx::Min", "f32[2,3] f32[3]", "", "f32[2,3]" },
	{ "onnx::Mean", "f32[2,3] f32[3]", "", "f32[2,3]" },

	{ "Conv2D", "f32[1,8,8,3] =f32[3,3,3,4]", "strides=1,2,2,1 pads=1,1,1,1", "f32[1,4,4,4]" },
	{ "Conv2D", "f32[1,3,8,8] =f32[4,3,3,3] =f32[4]",
	  "strides=1,1,1,1 pads=0,1,2,0 data_format=NCHW", "f32[1,4,7,8]" },
	{ "Conv2D", "f32[1,3,8,8] =f32[4,3,3,3]",
	  "strides=1,1,2,2 pads=-1,-1,-1,-1 data_format=NCHW",
	  "f32[1,4,4,4]" },
	{ "Conv2D", "f32[1,3,8,8] =f32[4,2,3,3]", "strides=1,1,1,1 pads=0,0,0,0 data_format=NCHW",
	  "!do not fit together in 1 groups" },
	{ "Conv2D", "f32[1,3,8,8] =f32[4,3,3,3]", "strides=2,1,1,1 pads=0,0,0,0 data_format=NCHW",
	  "!has to be 1 for the batch" },
	{ "DepthwiseConv2D", "f32[1,6,8,8] =f32[6,1,3,3]",
	  "strides=1,1,1,1 pads=1,1,1,1 data_format=NCHW", "f32[1,6,8,8]" },
	{ "DepthwiseConv2D", "f32[1,8,8,6] =f32[3,3,6,2]", "strides=1,1,1,1 pads=1,1,1,1",
	  "f32[1,8,8,12]" },
	{ "onnx::Conv", "f32[2,4,9] =f32[6,2,3] =f32[6]", "group=2 dilations=2 pads=1,2",
	  "f32[2,6,8]" },
	{ "onnx::Conv", "f32[1,4,9,7] =f32[8,1,3,3]", "group=4 strides=2,1 auto_pad=SAME_UPPER",
	  "f32[1,8,5,7]" },
	{ "onnx::Conv", "f32[1,4,9,7] =f32[8,4,2,2]", "auto_pad=SAME_LOWER", "f32[1,8,9,7]" },
	{ "onnx::Conv", "f32[1,2,5,6,7] =f32[3,2,3,3,3]", "", "f32[1,3,3,4,5]" },
	{ "onnx::Conv", "f32[1,4,9,7] f32[8,4,2,2]", "kernel_shape=3,3",
	  "!attribute 'kernel_shape' is [3, 3], the filter's is [2, 2]" },
	{ "onnx::Conv", "f32[1,4,2,2] f32[8,4,3,3]", "", "!the filter spans 3 of dimension 2" },
	{ "onnx::Conv", "i32[1,4,2,2] i32[8,4,3,3]", "", "!convolution of int32 is not supported" },
	{ "onnx::Conv", "f32[1,4,9,9] f32[8,4,3,3] f32[7]", "", "!the bias has shape [7]" },
	{ "onnx::Conv", "f32[1,4,9,9] f32[8,4,3,3]", "strides=0,1", "!is out of range" },
	{ "onnx::Conv", "f32[1,4,9,9] f32[8,4,3,3]", "pads=-1,0,0,0", "!is out of range" },

	{ "MatMul", "f32[2,3] =f32[4,3] =f32[4]", "transpose_x2=true", "f32[2,4]" },
	{ "MatMulV2", "f32[3,2] f32[3,4]", "transpose_x1=true", "f32[2,4]" },
	{ "BatchMatMul", "f32[5,2,3] f32[5,4,3]", "adj_x2=true", "f32[5,2,4]" },
	{ "BatchMatMulV2", "f32[5,1,2,3] f32[6,3,4] f32[4]", "", "f32[5,6,2,4]" },
	{ "onnx::MatMul", "f32[2,3] f32[3,4]", "", "f32[2,4]" },
	{ "onnx::MatMul", "f32[3] f32[3]", "", "f32[]" },
	{ "onnx::MatMul", "f32[3] f32[5,3,4]", "", "f32[5,4]" },
	{ "onnx::MatMul", "f32[5,2,3] f32[3]", "", "f32[5,2]" },
	{ "onnx::MatMul", "i64[2,3] i64[3,4]", "", "i64[2,4]" },
	{ "onnx::MatMul", "f32[2,3] f32[4,5]", "", "!matrices [2, 3] and [4, 5] do not fit" },
	{ "onnx::MatMul", "f32[2,2,3] f32[3,3,4]", "", "!the batches of matrices" },
	{ "onnx::MatMul", "f32[2,0] f32[0,4]", "", "f32[2,4]" },
	{ "onnx::Gemm", "f32[3,2] f32[4,3] f32[4]", "transA=1 transB=1 alpha=0.5 beta=2",
	  "f32[2,4]" },
	{ "onnx::Gemm", "f32[2,3] f32[3,4]", "", "f32[2,4]" },
	{ "onnx::Gemm", "f32[2,3] f32[3,4] f32[3]", "", "!cannot be repeated to [2, 4]" },

	{ "MaxPool", "f32[1,8,8,3]", "ksize=1,2,2,1 strides=1,2,2,1 padding=VALID",
	  "f32[1,4,4,3]" },
	{ "AvgPool", "f32[1,3,7,7]", "ksize=1,1,3,3 strides=1,1,2,2 padding=SAME data_format=NCHW",
	  "f32[1,3,4,4]" },
	{ "MaxPoolV3", "f32[1,3,8,8]", "ksize=1,1,3,3 strides=1,1,2,2 pads=1,1,1,1",
	  "f32[1,3,4,4]" },
	{ "AvgPoolV2", "f32[1,3,8,8]",
	  "ksize=1,1,3,3 strides=1,1,2,2 pads=1,1,1,1 ceil_mode=true exclusive=false",
	  "f32[1,3,5,5]" },
	{ "AvgPoolV2", "f32[1,3,8,8]", "ksize=1,1,3,3 strides=1,1,2,2 global_pooling=true",
	  "f32[1,3,1,1]" },
	{ "GlobalAveragePool", "f32[2,3,4,5]", "", "f32[2,3,1,1]" },
	{ "onnx::MaxPool", "f32[1,3,8,8]", "kernel_shape=3,3 strides=2,2 pads=1,1,1,1",
	  "f32[1,3,4,4]" },
	{ "onnx::MaxPool", "f32[1,3,8,8]", "kernel_shape=3,3 strides=2,2 ceil_mode=1",
	  "f32[1,3,4,4]" },
	{ "onnx::MaxPool", "f32[1,3,8]", "kernel_shape=2 dilations=3", "f32[1,3,5]" },
	{ "onnx::MaxPool", "f32[1,3,8]", "kernel_shape=2,2", "!attribute 'kernel_shape' needs 1" },
	{ "onnx::MaxPool", "f32[1,3,8]", "kernel_shape=2 pads=2,2", "!is as large as the window" },
	{ "onnx::AveragePool", "f32[1,3,8,8]", "kernel_shape=3,3 pads=1,1,1,1 count_include_pad=1",
	  "f32[1,3,8,8]" },
	{ "onnx::AveragePool", "f32[1,3,4,5,6]", "kernel_shape=2,2,2", "f32[1,3,3,4,5]" },
	{ "onnx::GlobalAveragePool", "f32[2,3,4,5]", "", "f32[2,3,1,1]" },
	{ "onnx::GlobalMaxPool", "f32[2,3,4]", "", "f32[2,3,1]" },

	{ "BatchNorm", "f32[2,4,4,3] =f32[3] =f32[3] =f32[3] =f32[4]", "is_training=false",
	  "!the variance has shape [4]" },
	{ "BatchNorm", "f32[2,4,4,3] f32[3] f32[3] f32[3] f32[3]", "is_training=false",
	  "f32[2,4,4,3]" },
	{ "BatchNorm", "f32[2,4,4,3] f32[3] f32[3]", "", "!training is not supported" },
	{ "BNInfer", "f32[2,3,4,4] f32[3] f32[3] f32[3] f32[3]", "epsilon=0.001", "f32[2,3,4,4]" },
	{ "BNInfer", "f32[2,3,4,4] f32[3] f32[3] f32[3] f32[3]", "",
	  "!attribute 'epsilon' is missing" },
	{ "LayerNorm", "f32[2,3,8] =f32[8] =f32[8]", "begin_norm_axis=-1 begin_params_axis=-1",
	  "f32[2,3,8]" },
	{ "LayerNormV3", "f32[2,3,8] f32[3,8] f32[3,8]", "begin_norm_axis=1 begin_params_axis=1",
	  "f32[2,3,8]" },
	{ "SoftmaxV2", "f32[2,3,8]", "axes=1", "f32[2,3,8]" },
	{ "LogSoftmaxV2", "f32[2,3,8]", "", "f32[2,3,8]" },
	{ "onnx::BatchNormalization", "f32[2,3,4,4] =f32[3] =f32[3] =f32[3] =f32[3]", "epsilon=5",
	  "f32[2,3,4,4]" },
	{ "onnx::BatchNormalization", "f32[2,3,4] f32[3] f32[3] f32[3] f32[2]", "",
	  "!the variance has shape [2]" },
	{ "onnx::InstanceNormalization", "f32[2,3,4,4] =f32[3] =f32[3]", "", "f32[2,3,4,4]" },
	{ "onnx::LayerNormalization", "f32[2,3,8] =f32[8] =f32[8]", "", "f32[2,3,8]" },
	{ "onnx::LayerNormalization", "f32[2,3,8] =f32[7]", "", "![7] cannot be repeated to [8]" },
	{ "onnx::Softmax", "f32[2,3,8]", "axis=1", "f32[2,3,8]" },
	{ "onnx::Softmax", "f32[2,3,8]", "opset=11", "f32[2,3,8]" },
	{ "onnx::Softmax", "f32[2,3,8]", "axis=3", "!axis 3 is out of range" },
	{ "onnx::LogSoftmax", "f32[2,3,8]", "opset=7 axis=2", "f32[2,3,8]" },

	{ "ReduceMean", "f32[2,3,4] =i64(1)", "keep_dims=true", "f32[2,1,4]" },
	{ "ReduceMean", "f32[2,3,4] =i64()", "", "f32[2,3,4]" },
	{ "ReduceMeanD", "f32[2,3,4]", "axes=0,2", "f32[3]" },
	{ "ReduceSum", "f32[2,3,4] =i32(-1)", "", "f32[2,3]" },
	{ "ReduceSumD", "i64[2,3,4]", "axes=1", "i64[2,4]" },
	{ "ReduceMax", "f32[2,3,4] =i64(1)", "", "f32[2,4]" },
	{ "ReduceMaxD", "f32[2,3,4]", "axes=1", "f32[2,4]" },
	{ "ReduceMin", "f32[2,3,4] =i64(1)", "", "f32[2,4]" },
	{ "ReduceMinD", "f32[2,3,4]", "axes=1", "f32[2,4]" },
	{ "ReduceProd", "f32[2,3,4] =i64(1)", "", "f32[2,4]" },
	{ "ReduceProdD", "f32[2,3,4]", "axes=1 keep_dims=true", "f32[2,1,4]" },
	{ "onnx::ReduceMean", "f32[2,3,4]", "axes=-1", "f32[2,3,1]" },
	{ "onnx::ReduceMean", "f32[2,3,4] =i64(0,2)", "keepdims=0", "f32[3]" },
	{ "onnx::ReduceMean", "f32[2,3,4] =i64(0,0)", "", "!axis 0 is given twice" },
	{ "onnx::ReduceMean", "f32[2,3,4] i64[1]", "",
	  "!the list of axes has to be known when the graph is compiled" },
	{ "onnx::ReduceSum", "f32[2,3,4]", "keepdims=0", "f32[]" },
	{ "onnx::ReduceSum", "f32[2,3,4]", "noop_with_empty_axes=1", "f32[2,3,4]" },
	{ "onnx::ReduceSum", "f32[2,0,4]", "axes=1", "f32[2,1,4]" },
	{ "onnx::ReduceMax", "f32[2,3,4]", "axes=1", "f32[2,1,4]" },
	{ "onnx::ReduceMin", "i32[2,3,4]", "axes=1", "i32[2,1,4]" },
	{ "onnx::ReduceProd", "f32[2,3,4]", "axes=1", "f32[2,1,4]" },
	{ "onnx::ReduceL1", "f32[2,3,4]", "axes=1", "f32[2,1,4]" },
	{ "onnx::ReduceL2", "f32[2,3,4]", "axes=0,1", "f32[1,1,4]" },
	{ "onnx::ReduceSumSquare", "f32[2,3,4]", "axes=1", "f32[2,1,4]" },
	{ "onnx::ReduceLogSum", "f32[2,3,4]", "axes=1", "f32[2,1,4]" },
	{ "onnx::ReduceLogSumExp", "f32[2,3,4]", "axes=1 keepdims=0", "f32[2,4]" },

	{ "onnx::ReduceMax", "u64[2,3,4]", "axes=1", "u64[2,1,4]" },
	{ "onnx::ReduceMax", "bool[2,3,4]", "axes=1", "bool[2,1,4]" },
	{ "onnx::ReduceMin", "u8[2,0,4]", "axes=1 keepdims=0", "u8[2,4]" },
	{ "onnx::ReduceSum", "i8[2,3,4]", "axes=1", "i8[2,1,4]" },
	{ "onnx::ReduceMean", "f32[2,0,4]", "axes=1", "!the input [2, 0, 4] is empty" },

	{ "onnx::QuantizeLinear", "f32[2,3] =f32:0.25 =u8:3", "", "u8[2,3]" },
	{ "onnx::QuantizeLinear", "f16[2,3,4] f32[3] =i8[3]", "", "i8[2,3,4]" },
	{ "onnx::QuantizeLinear", "f32[2,7] =f32[2,3] -", "block_size=3 output_dtype=3",
	  "i8[2,7]" },
	{ "onnx::QuantizeLinear", "f32[2,7] =f32[2,2] -", "block_size=3",
	  "!is not one value for each block of 3" },
	{ "onnx::QuantizeLinear", "f32[2,3] =f32[2]", "", "!expected is one value, or 3" },
	{ "onnx::QuantizeLinear", "f32[2,3] =f32:1 =u8:3", "output_dtype=3",
	  "!says int8, the zero point is uint8" },
	{ "onnx::QuantizeLinear", "f32[2,3] =f32:1", "output_dtype=6",
	  "!the result is int32, expected is float8" },
	{ "onnx::DequantizeLinear", "i8[2,3] f32[2] i8[2]", "axis=0", "f32[2,3]" },
	{ "onnx::DequantizeLinear", "i32[2,3] =f16:0.5 =i32:7", "", "f16[2,3]" },
	{ "onnx::DequantizeLinear", "i8[2,3] =f32:0.5 =u8:7", "", "!the zero point is uint8" },
	{ "onnx::DynamicQuantizeLinear", "f32[2,3]", "", "u8[2,3] f32[] u8[]" },
	{ "onnx::MatMulInteger", "u8[2,3] =i8[3,4] =u8:7", "", "i32[2,4]" },
	{ "onnx::MatMulInteger", "i32[2,3] i8[3,4]", "", "!input 0 is int32" },
	{ "onnx::MatMulInteger", "i8[2,3] i8[3,4] u8[1]", "", "!the zero point is uint8" },
	{ "onnx::QLinearMatMul",
	  "i8[2,3] f32[] i8[] =u8[3,4] =f32[4] =u8[4] =f32:0.5 =i8:3", "", "i8[2,4]" },
	{ "onnx::ConvInteger", "u8[1,2,5,5] =i8[3,2,3,3] =u8:7 =i8[3]", "pads=1,1,1,1",
	  "i32[1,3,5,5]" },
	{ "onnx::ConvInteger", "u8[1,2,5] =i8[3,1,3]", "", "!do not fit together in 1 groups" },
	{ "onnx::QLinearConv",
	  "u8[1,2,5,5] =f32:0.5 =u8:7 =i8[3,2,3,3] =f32[3] =i8[3] =f32:2 =u8:9 =i32[3]",
	  "strides=2,2", "u8[1,3,2,2]" },

	{ "onnx::GroupNormalization", "f32[2,4,3] f32[2] f32[2]", "num_groups=2 opset=18",
	  "f32[2,4,3]" },
	{ "onnx::GroupNormalization", "f32[2,4,3] f32[4] f32[4]", "num_groups=2", "f32[2,4,3]" },
	{ "onnx::GroupNormalization", "f32[2,4,3] f32[4] f32[4]", "num_groups=3",
	  "!that make 3 groups" },
	{ "onnx::MeanVarianceNormalization", "f32[2,3,4,5]", "", "f32[2,3,4,5]" },
	{ "onnx::LayerNormalization", "f32[2,3,8] f32[3,8]", "axis=1",
	  "f32[2,3,8] f32[2,1,1] f32[2,1,1]" },
	{ "onnx::BatchNormalization", "f32[2,3,4] f32[3] f32[3] f32[3] f32[3]", "training_mode=1",
	  "f32[2,3,4] f32[3] f32[3]" },
	{ "LayerNorm", "f32[2,3,8] f32[8] f32[8]", "begin_norm_axis=2 begin_params_axis=2",
	  "f32[2,3,8] f32[2,3,1] f32[2,3,1]" },
	{ "InstanceNorm", "f32[2,4,5,3] f32[3] f32[3]", "data_format=NHWC",
	  "f32[2,4,5,3] f32[2,1,1,3] f32[2,1,1,3]" },
	{ "InstanceNorm", "f32[2,4,5,3] f32[3] f32[3]", "data_format=NWC",
	  "!attribute 'data_format' has to be" },
	{ "RmsNorm", "f32[2,3,8] f32[8]", "", "f32[2,3,8] f32[2,3,1]" },
	{ "RmsNorm", "f32[2,3,8] f32[3]", "", "!gamma has shape [3]" },

	{ "onnx::Einsum", "f32[2,3] f32[3,4]", "equation=ij,jk->ki", "f32[4,2]" },
	{ "onnx::Einsum", "f32[2,3] f32[3,4]", "equation=ij,jk", "f32[2,4]" },
	{ "onnx::Einsum", "f32[5,1,2,3] f32[4,3,2] f32[3]", "equation=...ij,...ji,i->...j",
	  "!one label of the equation is both 2 and 3" },
	{ "onnx::Einsum", "f32[5,1,2,3] f32[4,3,2] f32[2]", "equation=...ij,...ji,i->...j",
	  "f32[5,4,3]" },
	{ "onnx::Einsum", "i32[3,3]", "equation=ii->i", "i32[3]" },
	{ "onnx::Einsum", "i8[2,3] i8[4]", "equation=ij,k->kij", "i8[4,2,3]" },
	{ "onnx::Einsum", "f32[2,3]", "equation=ij->", "f32[]" },
	{ "onnx::Einsum", "f32[2,3]", "equation=ijk->i", "!term 'ijk' of the equation" },
	{ "onnx::Einsum", "f32[2,3]", "equation=ij->k", "!one that no input has" },
	{ "onnx::Einsum", "f32[2,3] f32[2]", "equation=ij->i", "!is not for 2 inputs" },
	{ "onnx::Einsum", "f32[2,3]", "equation=ii->i", "!have one label, but differ" },

	{ "onnx::RNN", "f32[4,2,3] =f32[1,5,3] =f32[1,5,5]", "hidden_size=5",
	  "f32[4,1,2,5] f32[1,2,5]" },
	{ "onnx::RNN", "f32[4,2,3] =f32[1,5,3] =f32[1,5,5]", "activations=Softsign clip=0.5",
	  "f32[4,1,2,5] f32[1,2,5]" },
	{ "onnx::RNN", "f32[4,2,3] =f32[1,5,3] =f32[1,5,5]", "activations=Cosine",
	  "!activation 'Cosine' is not known" },
	{ "onnx::RNN", "f32[4,2,3] =f32[1,5,3] =f32[1,5,5]", "hidden_size=4", "!'R' has 5" },
	{ "onnx::GRU", "f32[2,4,3] =f32[2,15,3] =f32[2,15,5] =f32[2,30] i32[2] f32[2,2,5]",
	  "direction=bidirectional layout=1", "f32[2,4,2,5] f32[2,2,5]" },
	{ "onnx::GRU", "f32[4,2,3] =f32[1,15,3] =f32[1,15,5] =f32[1,30]",
	  "direction=reverse linear_before_reset=1", "f32[4,1,2,5] f32[1,2,5]" },
	{ "onnx::LSTM", "f32[4,2,3] =f32[1,20,3] =f32[1,20,5] =f32[1,40]", "",
	  "f32[4,1,2,5] f32[1,2,5] f32[1,2,5]" },
	{ "onnx::LSTM", "f32[4,2,3] =f32[1,20,4] =f32[1,20,5]", "",
	  "!input 'W' has shape [1, 20, 4], expected is [1, 20, 3]" },
	{ "onnx::LSTM", "f32[4,2,3] =f32[1,20,3] =f32[1,20,5]", "activations=Relu",
	  "!attribute 'activations' has 1 values, expected are 3" },
	{ "onnx::LSTM", "f32[4,2,3] =f32[1,20,3] =f32[1,20,5]", "direction=up",
	  "!attribute 'direction' has to be" },

	{ "Reshape", "f32[2,3,4] =i64(3,-1)", "", "f32[3,8]" },
	{ "Reshape", "f32[2,3,4] =i64(6)", "axis=0 num_axes=2", "f32[6,4]" },
	{ "Flatten", "f32[2,3,4]", "", "f32[2,12]" },
	{ "Transpose", "f32[2,3,4] =i64(2,0,1)", "", "f32[4,2,3]" },
	{ "TransposeD", "f32[2,3,4]", "perm=2,0,1", "f32[4,2,3]" },
	{ "TransposeD", "f32[2,3,4]", "perm=2,0,0", "!is not a permutation" },
	{ "Permute", "f32[2,3]", "order=1,0", "f32[3,2]" },
	{ "Squeeze", "f32[1,3,1]", "", "f32[3]" },
	{ "SqueezeV3", "f32[1,3,1] =i64(0)", "", "f32[3,1]" },
	{ "Unsqueeze", "f32[3]", "axes=0,2", "f32[1,3,1]" },
	{ "UnsqueezeV3", "f32[3] =i64(-1)", "", "f32[3,1]" },
	{ "ExpandDims", "f32[3] =i64(0)", "", "f32[1,3]" },
	{ "Shape", "f32[3,4]", "", "i32[2]" },
	{ "onnx::Reshape", "f32[2,3,4] =i64(0,-1)", "", "f32[2,12]" },
	{ "onnx::Reshape", "f32[2,3,4] =i64(5,-1)", "", "![2, 3, 4] cannot be reshaped to [5, ?]" },
	{ "onnx::Reshape", "f32[2,3,4] =i64(-1,-1)", "", "!has a dimension -1" },
	{ "onnx::Reshape", "f32[2,3,4] =i64(4,7)", "", "!the number of elements differs" },
	{ "onnx::Reshape", "f32[2,3,4] i64[2]", "", "!the shape has to be known" },
	{ "onnx::Reshape", "f32[2,0] =i64(0,5)", "allowzero=1", "f32[0,5]" },
	{ "onnx::Flatten", "f32[2,3,4]", "axis=0", "f32[1,24]" },
	{ "onnx::Flatten", "f32[2,3,4]", "axis=4", "!axis 4 is out of range" },
	{ "onnx::Transpose", "f32[2,3,4]", "", "f32[4,3,2]" },
	{ "onnx::Squeeze", "f32[1,3,1]", "axes=0", "f32[3,1]" },
	{ "onnx::Squeeze", "f32[1,3,1] =i64(1)", "",
	  "!dimension 1 of [1, 3, 1] cannot be dropped" },
	{ "onnx::Unsqueeze", "f32[3,4] =i64(0,3)", "", "f32[1,3,4,1]" },
	{ "onnx::Unsqueeze", "f32[1,1,1,1,1,1,1,1] =i64(0)", "", "!the limit is 8" },
	{ "onnx::Shape", "f32[3,4,5]", "start=1", "i64[2]" },
	{ "onnx::Size", "f32[3,4,5]", "", "i64[]" },

	{ "Slice", "f32[4,5] =i64(1,0) =i64(2,-1)", "", "f32[2,5]" },
	{ "SliceD", "f32[4,5]", "offsets=1,2 size=2,2", "f32[2,2]" },
	{ "SliceD", "f32[4,5]", "offsets=3,2 size=2,2", "!is outside of dimension 0" },
	{ "StridedSlice", "f32[4,5,6] =i64(0,1) =i64(3,5) =i64(1,2)", "shrink_axis_mask=1",
	  "f32[2,6]" },
	{ "StridedSlice", "f32[4,5,6] =i64(0,1) =i64(0,5) =i64(1,2)", "ellipsis_mask=1",
	  "f32[4,5,2]" },
	{ "Split", "=i64:1 f32[4,6]", "num_split=3", "f32[4,2] f32[4,2] f32[4,2]" },
	{ "SplitD", "f32[4,6]", "split_dim=0 num_split=2", "f32[2,6] f32[2,6]" },
	{ "SplitD", "f32[4,6]", "split_dim=0 num_split=3", "!cannot be split into 3 equal parts" },
	{ "SplitVD", "f32[4,6]", "split_dim=1 size_splits=1,5 num_split=2", "f32[4,1] f32[4,5]" },
	{ "onnx::Slice", "f32[4,5]", "starts=1 ends=-1 axes=1", "f32[4,3]" },
	{ "onnx::Slice", "f32[4,5] =i64(-1,0) =i64(-100,100) =i64(0,1) =i64(-2,2)", "",
	  "f32[2,3]" },
	{ "onnx::Slice", "f32[4,5] =i64(3) =i64(1)", "", "f32[0,5]" },
	{ "onnx::Slice", "f32[4,5] =i64(3) =i64(1) =i64(0) =i64(0)", "", "!step 0 of dimension 0" },
	{ "onnx::Split", "f32[4,6] =i64(1,2,3)", "axis=1", "f32[4,1] f32[4,2] f32[4,3]" },
	{ "onnx::Split", "f32[4,7]", "axis=1 num_outputs=3", "f32[4,3] f32[4,3] f32[4,1]" },
	{ "onnx::Split", "f32[4,6]", "axis=1 split=4,1", "!the parts add up to 5" },

	{ "ConcatD", "f32[2,3] f32[2,4]", "concat_dim=1 N=2", "f32[2,7]" },
	{ "ConcatV2", "f32[2,3] f32[2,4] =i64:1", "N=2", "f32[2,7]" },
	{ "ConcatV2D", "f32[2,3] f32[1,3]", "concat_dim=0 N=2", "f32[3,3]" },
	{ "Pack", "f32[2,3] f32[2,3]", "axis=1 N=2", "f32[2,2,3]" },
	{ "Tile", "f32[2,3] =i64(2,2)", "", "f32[4,6]" },
	{ "BroadcastTo", "f32[2,1] =i64(3,2,4)", "", "f32[3,2,4]" },
	{ "Fill", "=i64(2,3) =f32:0.5", "", "f32[2,3]" },
	{ "onnx::Concat", "f32[2,3] f32[2,4] f32[2,0]", "axis=-1", "f32[2,7]" },
	{ "onnx::Concat", "f32[2,3] f32[3,4]", "axis=1", "!which differ beside dimension 1" },
	{ "onnx::Concat", "f32[2,3] i64[2,3]", "axis=1", "!inputs 0 and 1 are float32 and int64" },
	{ "onnx::Concat", "f32[2,3]", "axis=2", "!axis 2 is out of range" },
	{ "onnx::Expand", "f32[3,1] =i64(2,1,4)", "", "f32[2,3,4]" },
	{ "onnx::Expand", "f32[3] =i64(2)", "", "![3] cannot be repeated to [2]" },
	{ "onnx::Expand", "f32[1] =i64(1000000,1000000,1000000)", "", "!is too large" },
	{ "onnx::Tile", "f32[1,3] =i64(4,2)", "", "f32[4,6]" },
	{ "onnx::ConstantOfShape", "=i64(2,3)", "", "f32[2,3]" },
	{ "onnx::Range", "=i64:2 =i64:9 =i64:3", "", "i64[3]" },
	{ "onnx::Range", "=f32:0 =f32:1 =f32:0", "", "!is too long" },

	{ "Gather", "f32[4,5] =i64(0,2)", "", "f32[2,5]" },
	{ "GatherV2", "f32[4,5] i32[3] =i64:1", "", "f32[4,3]" },
	{ "GatherV2D", "f32[4,5] =i64:1", "axis=1", "f32[4]" },
	{ "onnx::Gather", "f32[4,5] i64[2,3]", "axis=0", "f32[2,3,5]" },
	{ "onnx::Gather", "f32[4,5] =i64(0,4)", "axis=0", "!index 4 is out of range" },
	{ "onnx::Gather", "f32[4,5] =i64:-5", "axis=0", "!index -5 is out of range" },
	{ "onnx::Gather", "f32[4,5] f32[2]", "", "!the indices are float32" },

	{ "Pad", "f32[2,3] =i64(1,0,0,2)", "", "f32[3,5]" },
	{ "PadV3", "f32[4,3] =i64(1,2) =f32:2", "mode=edge", "!the padding needs 4 values" },
	{ "PadV3", "f32[4,3] =i64(1,2,0,1) =f32:2", "", "f32[7,4]" },
	{ "PadV3", "f32[4,3] =i64(1,2,0,1)", "mode=reflect paddings_contiguous=false", "f32[5,6]" },
	{ "onnx::Pad", "f32[2,3]", "pads=0,1,0,2 value=0.5", "f32[2,6]" },
	{ "onnx::Pad", "f32[2,3] =i64(1,-1,0,2)", "mode=edge", "f32[3,4]" },
	{ "onnx::Pad", "f32[2,5] =i64(2,2) - =i64(1)", "mode=reflect", "f32[2,9]" },
	{ "onnx::Pad", "f32[2,3] =i64(0,3,0,0)", "mode=reflect", "!has to repeat" },
	{ "onnx::Pad", "f32[2,3] =i64(0,4,0,5)", "mode=wrap", "f32[2,12]" },
	{ "onnx::Pad", "f32[2,0] =i64(0,4,0,5)", "mode=wrap", "!has to repeat" },
	{ "onnx::Pad", "f32[2,3] =i64(0,3,0,0)", "mode=mirror", "!attribute 'mode' has to be" },
	{ "onnx::CenterCropPad", "f32[5,4] =i64(3,9)", "", "f32[3,9]" },
	{ "onnx::CenterCropPad", "f32[5,4] =i64(9)", "axes=-1", "f32[5,9]" },
	{ "onnx::CenterCropPad", "f32[5,4] =i64(9)", "", "!the shape has 1 values" },
	{ "onnx::CenterCropPad", "f32[5,4] =i64(9,-1)", "", "!the size of dimension 1 is -1" },

	{ "Deconvolution", "f32[1,3,4,4] =f32[3,5,3,3] =f32[5]", "strides=2,2 pads=1,1,1,1",
	  "f32[1,5,7,7]" },
	{ "Deconvolution", "f32[1,3,4,4] =f32[4,5,3,3]", "", "!do not fit together in 1 groups" },
	{ "Conv2DTransposeD", "f32[1,4,4,3] =f32[3,3,5,3]",
	  "input_size=1,8,8,5 strides=1,2,2,1 pads=-1,-1,-1,-1", "f32[1,8,8,5]" },
	{ "Conv2DTransposeD", "f32[1,3,4,4] =f32[3,5,3,3]",
	  "input_size=1,5,9,8 strides=1,1,2,2 pads=1,1,1,1 data_format=NCHW",
	  "!dimension 2 of the result is 9" },
	{ "onnx::ConvTranspose", "f32[1,4,5] =f32[4,3,3] =f32[6]", "group=2 strides=2",
	  "f32[1,6,11]" },
	{ "onnx::ConvTranspose", "f32[1,4,5,5] f32[4,3,3,3]",
	  "strides=2,2 pads=1,1,1,1 output_padding=1,1", "f32[1,3,10,10]" },
	{ "onnx::ConvTranspose", "f32[1,4,5,5] f32[4,3,3,3]", "strides=2,2 auto_pad=SAME_LOWER",
	  "f32[1,3,10,10]" },
	{ "onnx::ConvTranspose", "f32[1,4,3,4,5] f32[4,3,2,2,2]", "strides=2,2,2",
	  "f32[1,3,6,8,10]" },
	{ "onnx::ConvTranspose", "f32[1,4,5,5] f32[4,3,3,3]", "output_shape=20,20",
	  "!dimension 2 of the result is 20" },
	{ "onnx::ConvTranspose", "f32[1,4,5,5] f32[4,3,3,3]", "output_padding=1",
	  "!attribute 'output_padding' has 1 values" },
	{ "onnx::ConvTranspose", "f32[1,4,5,5] f32[4,3,3,3] f32[4]", "", "!the bias has shape" },
	{ "onnx::ConvTranspose", "f32[1,4,5,5] f16[4,3,3,3]", "", "!of the same type" },

	{ "ResizeNearestNeighborV2", "f32[1,3,4,4] =i32(8,6)", "", "f32[1,3,8,6]" },
	{ "ResizeNearestNeighborV2", "u8[1,3,4,4] =i32(2,8)", "half_pixel_centers=true",
	  "u8[1,3,2,8]" },
	{ "ResizeBilinearV2", "f32[1,3,4,4] =i32(7,6)", "align_corners=true", "f32[1,3,7,6]" },
	{ "ResizeBilinearV2", "u8[1,3,4,4] =i32(7,6)", "", "f32[1,3,7,6]" },
	{ "ResizeBilinearV2", "f32[1,3,4,4] =i32(7,6)",
	  "align_corners=true half_pixel_centers=true", "!exclude each other" },
	{ "ResizeBilinearV2", "f32[1,3,4] =i32(7,6)", "", "!expected are 4 dimensions" },
	{ "ResizeD", "f32[1,3,4,4]", "sizes=8,6 mode=cubic", "f32[1,3,8,6]" },
	{ "ResizeD", "f32[1,3,4,4]", "sizes=8", "!attribute 'sizes' has 1 values" },
	{ "onnx::Resize", "f32[1,3,4,4] - =f32(1,1,2,0.7)", "", "f32[1,3,8,2]" },
	{ "onnx::Resize", "i64[1,3,4,4] - - =i64(1,3,2,9)", "mode=linear", "i64[1,3,2,9]" },
	{ "onnx::Resize", "f32[1,3,4,8] - - =i64(8,9)",
	  "axes=2,3 keep_aspect_ratio_policy=not_larger", "f32[1,3,5,9]" },
	{ "onnx::Resize", "f32[3,4] =f32(0,0,1,2) - =i64(6,5)",
	  "coordinate_transformation_mode=tf_crop_and_resize extrapolation_value=3 mode=cubic",
	  "f32[6,5]" },
	{ "onnx::Resize", "f32[1,3,4,4] =f32(1,1,2,2)", "opset=10", "f32[1,3,8,8]" },
	{ "onnx::Resize", "f32[1,3,4,4] - - =i64(2,2)", "", "!the list of sizes has shape [2]" },
	{ "onnx::Resize", "f32[4,4] - - =i64(2,0)", "", "!cannot be resized to 0" },
	{ "onnx::Resize", "f32[4,4] - =f32(1,-2) -", "", "!the scale of dimension 1 is -2" },
	{ "onnx::Resize", "f32[4,4] - =f32(1,2) =i64(4,8)", "", "!one of the inputs 'scales'" },
	{ "onnx::Resize", "f32[4,4] - =f32(1,2)", "mode=best", "!attribute 'mode' has to be" },
	{ "onnx::Resize", "f32[4,4] - =f32(1,2)", "nearest_mode=up", "!attribute 'nearest_mode'" },
	{ "onnx::Upsample", "f32[1,3,4,4] =f32(1,1,2,2)", "mode=linear", "f32[1,3,8,8]" },

	{ "onnx::GridSample", "f32[1,3,4,5] f32[1,6,7,2]", "mode=bicubic", "f32[1,3,6,7]" },
	{ "onnx::GridSample", "f32[1,3,4,5,6] f16[1,2,3,4,3]", "mode=nearest align_corners=1",
	  "f32[1,3,2,3,4]" },
	{ "onnx::GridSample", "f32[1,3,4,5,6] f32[1,2,3,4,3]", "mode=cubic", "!cubic sampling" },
	{ "onnx::GridSample", "f32[1,3,4,5] f32[1,6,7,3]", "", "!do not fit together" },
	{ "onnx::GridSample", "f32[1,3,4,5] f32[1,6,7,2]", "padding_mode=wrap",
	  "!attribute 'padding_mode' has to be" },
	{ "onnx::RoiAlign", "f32[2,3,8,8] f32[5,4] =i64(0,1,1,0,1)",
	  "output_height=3 output_width=2",
	  "f32[5,3,3,2]" },
	{ "onnx::RoiAlign", "f32[2,3,8,8] f32[2,4] =i64(0,1)", "opset=10 mode=max",
	  "f32[2,3,1,1]" },
	{ "onnx::RoiAlign", "f32[2,3,8,8] f32[5,4] i64[4]", "", "!expected are [N, C, H, W]" },
	{ "onnx::RoiAlign", "f32[2,3,8,8] f32[5,4] i64[5]", "sampling_ratio=1000",
	  "!are out of range" },
	{ "onnx::RoiAlign", "f32[2,3,8,8] f32[5,4] i64[5]", "output_width=0", "!expected is 1" },

	{ "LRN", "f32[1,8,4,4]", "depth_radius=2", "f32[1,8,4,4]" },
	{ "LRN", "f32[1,8,4,4]", "norm_region=WITHIN_CHANNEL", "!has to be ACROSS_CHANNELS" },
	{ "onnx::LRN", "f32[1,8,4,4]", "size=5", "f32[1,8,4,4]" },
	{ "onnx::LRN", "f32[1,8,4,4]", "size=0", "!attribute 'size' is 0" },
	{ "onnx::LRN", "f32[8]", "size=3", "!expected are [N, C, ...]" },
	{ "onnx::LpNormalization", "f32[2,3]", "p=1", "f32[2,3]" },
	{ "onnx::LpNormalization", "f32[2,3]", "p=3", "!attribute 'p' is 3" },
	{ "onnx::LpPool", "f32[1,3,8,8]", "kernel_shape=3,3 pads=1,1,1,1 p=3", "f32[1,3,8,8]" },
	{ "onnx::LpPool", "f32[1,3,8,8]", "kernel_shape=3,3 p=0", "!attribute 'p' is 0" },
	{ "onnx::GlobalLpPool", "f32[1,3,8,8]", "p=1", "f32[1,3,1,1]" },
	{ "Pooling", "f32[1,3,8,8]", "mode=1 window=3,3 stride=2,2 pad=0,0,0,0", "f32[1,3,4,4]" },
	{ "Pooling", "f32[1,3,8,8]", "mode=0 global_pooling=true", "f32[1,3,1,1]" },
	{ "Pooling", "f32[1,3,8,8]", "mode=2", "!attribute 'mode' is 2" },
	{ "onnx::MaxPool", "u8[1,3,8,8]", "kernel_shape=2,2", "u8[1,3,7,7] i64[1,3,7,7]" },
	{ "onnx::MaxUnpool", "f32[1,1,2,2] i64[1,1,2,2] =i64(1,1,5,5)",
	  "kernel_shape=2,2 strides=2,2", "f32[1,1,5,5]" },
	{ "onnx::MaxUnpool", "f32[1,1,2,2] i64[1,1,2,2] =i64(1,1,3,4)",
	  "kernel_shape=2,2 strides=2,2", "!shape [1, 1, 3, 4] is smaller than" },
	{ "onnx::MaxUnpool", "f32[1,1,2,2] i64[1,1,2,1]", "kernel_shape=2,2",
	  "!expected is the same shape" },

	{ "Select", "bool[2,3] f32[2,3] f32[2,3]", "", "f32[2,3]" },
	{ "Select", "bool[2] f32[2,3] f32[2,3]", "", "f32[2,3]" },
	{ "Select", "bool[2] f32[2,3] f32[3]", "", "!the values have shapes [2, 3] and [3]" },
	{ "SelectV2", "bool[2,1] f32[3] f32[]", "", "f32[2,3]" },
	{ "MaskedFill", "f16[2,3] bool[3] =f32:-4", "", "f16[2,3]" },
	{ "Tril", "f32[2,4,5]", "diagonal=-1", "f32[2,4,5]" },
	{ "Triu", "i32[4,5]", "", "i32[4,5]" },
	{ "Triu", "f32[4]", "", "!the input has shape [4], expected are matrices" },
	{ "OneHot", "i32[2,3] =i32:5 =f32:1 f32[]", "axis=1", "f32[2,5,3]" },
	{ "onnx::Where", "bool[2,1] i64[3] i64[4,1,1]", "", "i64[4,2,3]" },
	{ "onnx::Where", "bool[2,3] f32[2,3] f32[2]", "", "!shapes [2, 3], [2, 3] and [2] do not" },
	{ "onnx::Where", "i32[2,3] f32[2,3] f32[2,3]", "", "!the condition is int32" },
	{ "onnx::Where", "bool[2,3] f32[2,3] i64[2,3]", "", "!the values are float32 and int64" },
	{ "onnx::Trilu", "f32[2,4,5] =i64:-1", "upper=0", "f32[2,4,5]" },
	{ "onnx::Trilu", "f32[0,4] i64[]", "", "f32[0,4]" },
	{ "onnx::Trilu", "f32[4,4] f32[]", "", "!the diagonal is float32" },
	{ "onnx::EyeLike", "f32[3,4]", "dtype=7 k=1", "i64[3,4]" },
	{ "onnx::EyeLike", "f32[3,4,5]", "", "!the input has shape [3, 4, 5]" },
	{ "onnx::OneHot", "i64[2,3] =i64:4 f16[2]", "", "f16[2,3,4]" },
	{ "onnx::OneHot", "f32[3] =f32:4 =i64(0,1)", "axis=0", "i64[4,3]" },
	{ "onnx::OneHot", "i64[3] =i64:4 f32[3]", "", "!the values have shape [3]" },
	{ "onnx::OneHot", "i64[3] =i64:-4 f32[2]", "", "!depth -4 is out of range" },
	{ "onnx::OneHot", "i64[3] =i64:4 f32[2]", "axis=2", "!axis 2 is out of range" },

	{ "ArgMaxV2", "f32[2,3,4] =i64:1", "", "i64[2,4]" },
	{ "ArgMaxV2", "f32[2,3,4] =i64:1", "dtype=3", "i32[2,4]" },
	{ "ArgMaxV2", "f32[2,3,4] =i64:1", "dtype=0", "!attribute 'dtype' is float32" },
	{ "ArgMaxD", "f16[2,3,4]", "dimension=-1", "i64[2,3]" },
	{ "ArgMin", "i32[2,3,4] =i32(0)", "", "i64[3,4]" },
	{ "ArgMinD", "f32[2,3,4]", "dimension=2", "i64[2,3]" },
	{ "ArgMinD", "f32[2,3,4]", "dimension=3", "!axis 3 is out of range" },
	{ "TopKV2", "f32[2,8] =i32:3", "", "f32[2,3] i32[2,3]" },
	{ "TopKV2", "f32[8,2] =i32:3", "dim=0 largest=false indices_dtype=9", "f32[3,2] i64[3,2]" },
	{ "TopKV2", "f32[8,2] =i32:3", "dim=0 indices_dtype=1", "!'indices_dtype' is float16" },
	{ "Cumsum", "f32[2,3] =i64:0", "exclusive=true", "f32[2,3]" },
	{ "onnx::ArgMax", "f32[2,3,4]", "axis=1", "i64[2,1,4]" },
	{ "onnx::ArgMax", "f32[2,3,4]", "axis=1 keepdims=0 select_last_index=1", "i64[2,4]" },
	{ "onnx::ArgMax", "f32[2,0,4]", "axis=1", "!dimension 1 of [2, 0, 4] does not have 1" },
	{ "onnx::ArgMax", "bool[2,3]", "", "!an order of bool is not supported" },
	{ "onnx::ArgMin", "i64[3]", "", "i64[1]" },
	{ "onnx::TopK", "f32[2,8] =i64(3)", "", "f32[2,3] i64[2,3]" },
	{ "onnx::TopK", "i64[2,8]", "k=8 axis=1 largest=0", "i64[2,8] i64[2,8]" },
	{ "onnx::TopK", "f32[2,8] =i64(9)", "", "!dimension 1 of [2, 8] does not have 9 elements" },
	{ "onnx::TopK", "f32[2,8]", "", "!neither input nor attribute 'k' is given" },
	{ "onnx::Hardmax", "f32[2,3,4]", "axis=1", "f32[2,3,4]" },
	{ "onnx::Hardmax", "f32[2,3,4]", "opset=11", "f32[2,3,4]" },
	{ "onnx::CumSum", "f32[2,3] =i32:-1", "reverse=1", "f32[2,3]" },
	{ "onnx::CumSum", "u32[2,3] =i32:1", "", "u32[2,3]" },
	{ "onnx::CumSum", "f32[2,3] =i32:2", "", "!axis 2 is out of range" },
	{ "onnx::CumSum", "bool[2,3] =i32:0", "", "!a sum of bool is not supported" },

	{ "GatherElements", "f32[4,5] i64[2,5]", "", "f32[2,5]" },
	{ "GatherNd", "f32[4,5,6] =i32[3,1]", "", "f32[3,5,6]" },
	{ "ScatterElements", "f32[4,5] i64[2,5] f32[2,5]", "reduction=add", "f32[4,5]" },
	{ "ScatterNd", "i64[3,1] f32[3,5] =i64(4,5)", "", "f32[4,5]" },
	{ "TensorScatterUpdate", "f32[4,5] i64[3,2] f32[3]", "", "f32[4,5]" },
	{ "TensorScatterAdd", "i32[4,5] i64[1,2] i32[1]", "", "i32[4,5]" },
	{ "TensorScatterMin", "f32[4,5] i64[2,1] f32[2,5]", "", "f32[4,5]" },
	{ "TensorScatterMax", "f32[4,5] i64[2,1] f32[2,5]", "", "f32[4,5]" },
	{ "ReverseSequence", "f32[3,4,2] i64[3]", "seq_dim=1", "f32[3,4,2]" },
	{ "onnx::GatherElements", "f32[4,5] i64[4,2]", "axis=-1", "f32[4,2]" },
	{ "onnx::GatherElements", "f32[4,5] i64[5,5]", "axis=1", "!indices [5, 5] do not fit" },
	{ "onnx::GatherElements", "f32[4,5] i64[5]", "axis=1", "!indices [5] do not fit" },
	{ "onnx::GatherElements", "f32[4] =i64(0,4)", "", "!index 4 is out of range" },
	{ "onnx::GatherElements", "f32[4] f32[2]", "", "!the indices are float32" },
	{ "onnx::GatherND", "f32[2,3,4] i64[2,2,1]", "batch_dims=1", "f32[2,2,4]" },
	{ "onnx::GatherND", "f32[3,4] =i64(2,3)", "", "f32[]" },
	{ "onnx::GatherND", "f32[4,3] =i64(2,3)", "", "!index 3 is out of range" },
	{ "onnx::GatherND", "f32[3,4] i64[2,3]", "", "!is 3, expected is 1 to 2" },
	{ "onnx::GatherND", "f32[3,4] i64[2,1]", "batch_dims=1", "!batch dimension 0 of data" },
	{ "onnx::GatherND", "f32[3,4] i64[2]", "batch_dims=1", "!1 batch dimensions do not fit" },
	{ "onnx::Scatter", "f32[3] i64[1] f32[1]", "axis=0", "f32[3]" },
	{ "onnx::ScatterElements", "i64[4,5] i64[4,2] i64[4,2]", "axis=1 reduction=max",
	  "i64[4,5]" },
	{ "onnx::ScatterElements", "f32[4] i64[2] f32[3]", "", "!the updates have shape [3]" },
	{ "onnx::ScatterElements", "f32[4] i64[2] i64[2]", "", "!the updates are int64" },
	{ "onnx::ScatterElements", "bool[4] i64[2] bool[2]", "reduction=add", "!of bool is not" },
	{ "onnx::ScatterElements", "f32[4] =i64(-5) f32[1]", "", "!index -5 is out of range" },
	{ "onnx::ScatterElements", "f32[4] i64[2] f32[2]", "reduction=sub", "!has to be none" },
	{ "onnx::ScatterND", "f32[4,5] i64[3,1] f32[3,5]", "reduction=mul", "f32[4,5]" },
	{ "onnx::ScatterND", "f32[4,5] i64[3,1] f32[3,4]", "", "!updates have shape [3, 4], exp" },
	{ "onnx::ReverseSequence", "f32[4,3,2] i64[3]", "", "f32[4,3,2]" },
	{ "onnx::ReverseSequence", "f32[4,3] i64[4]", "", "!the lengths have shape [4]" },
	{ "onnx::ReverseSequence", "f32[4,3] i64[3]", "time_axis=1", "!are both dimension 1" },
	{ "onnx::NonZero", "=i64(0,3,0,1)", "", "i64[1,2]" },
	{ "onnx::NonZero", "f32[2,3]", "", "i64[2,6]" },
	{ "onnx::NonZero", "bool[]", "", "i64[0,1]" },
	{ "onnx::Compress", "f32[3,4] =bool(0,1,1)", "axis=0", "f32[2,4]" },
	{ "onnx::Compress", "f32[3,4] =bool(0,1,1)", "", "f32[2]" },
	{ "onnx::Compress", "f32[3] =bool(0,0,0,1)", "", "!index 3 is out of range" },
	{ "onnx::Compress", "f32[3] =i64(1)", "", "!the condition is a int64 tensor" },
	{ "onnx::Compress", "f32[3] bool[3]", "", "f32[3]" },
	{ "onnx::Compress", "f32[3,4] bool[2]", "axis=1", "f32[3,2]" },
	{ "onnx::Compress", "f32[3] bool[5]", "", "!expected is bool of up to 3 elements" },
	{ "onnx::Compress", "f32[3] i64[3]", "", "!the condition is a int64 tensor" },
	{ "onnx::NonMaxSuppression", "f32[2,5,4] f32[2,3,5] =i64(2) =f32:0.5", "", "i64[12,3]" },
	{ "onnx::NegativeLogLikelihoodLoss", "f32[2,3,4] i64[2,4]", "reduction=none", "f32[2,4]" },
	{ "onnx::NegativeLogLikelihoodLoss", "f32[2,3] i32[2] f32[3]", "ignore_index=-1", "f32[]" },
	{ "onnx::NegativeLogLikelihoodLoss", "f32[2,3] i64[3]", "", "!do not fit together" },
	{ "onnx::NegativeLogLikelihoodLoss", "f32[2,3] i64[2]", "reduction=max",
	  "!attribute 'reduction' has to be" },
	{ "onnx::SoftmaxCrossEntropyLoss", "f32[2,3,4] i64[2,4]", "", "f32[] f32[2,3,4]" },
	{ "onnx::SoftmaxCrossEntropyLoss", "f32[2,3] i64[2] f32[3]", "reduction=sum",
	  "f32[] f32[2,3]" },
	{ "onnx::SoftmaxCrossEntropyLoss", "f32[3] i64[3]", "", "!expected is [N, classes, ...]" },
	{ "onnx::NonMaxSuppression", "f32[2,5,4] f32[2,3,5] =i64(9) =f32:0.5 =f32:0.1",
	  "center_point_box=1", "i64[30,3]" },
	{ "onnx::NonMaxSuppression", "f32[2,5,4] f32[2,3,5]", "", "i64[0,3]" },
	{ "onnx::NonMaxSuppression", "f32[2,5,4] f32[2,3,6]", "", "!do not fit together" },

	{ "DepthToSpace", "f32[1,2,3,8]", "block_size=2", "f32[1,4,6,2]" },
	{ "DepthToSpace", "f32[1,8,2,3]", "block_size=2 mode=CRD data_format=NCHW",
	  "f32[1,2,4,6]" },
	{ "DepthToSpace", "f32[1,2,3,8]", "block_size=2 mode=CDR", "!has to be DCR or CRD" },
	{ "SpaceToDepth", "f32[1,4,6,2]", "block_size=2", "f32[1,2,3,8]" },
	{ "SpaceToDepth", "f32[1,2,4,6]", "block_size=2 data_format=NC", "!has to be NHWC" },
	{ "onnx::DepthToSpace", "f32[1,8,2,3]", "blocksize=2 mode=CRD", "f32[1,2,4,6]" },
	{ "onnx::DepthToSpace", "f32[1,6,2,3]", "blocksize=2", "!6 channels cannot be split" },
	{ "onnx::DepthToSpace", "f32[6,2,3]", "blocksize=1", "!expected are 4 dimensions" },
	{ "onnx::DepthToSpace", "f32[1,6,2,3]", "blocksize=0", "!'blocksize' is 0, expected" },
	{ "onnx::SpaceToDepth", "f32[1,2,4,6]", "blocksize=2", "f32[1,8,2,3]" },
	{ "onnx::SpaceToDepth", "f32[1,2,4,6]", "blocksize=4", "!4 x 6 cannot be split" },
};

#define NUM_OP_CASES	(sizeof(op_cases) / sizeof(op_cases[0]))

static inline int32_t parse_type(const char **at)
{
	static const struct {
		const char *name;
		int32_t type;
	} names[] = {
		{ "f32", GE_DT_FLOAT }, { "f16", GE_DT_FLOAT16 }, { "i64", GE_DT_INT64 },
		{ "i32", GE_DT_INT32 }, { "u32", GE_DT_UINT32 }, { "bool", GE_DT_BOOL },
		{ "i8", GE_DT_INT8 }, { "u8", GE_DT_UINT8 }, { "i16", GE_DT_INT16 },
		{ "u64", GE_DT_UINT64 }, { "f64", GE_DT_DOUBLE },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strncmp(*at, names[i].name, strlen(names[i].name)))
			continue;
		*at += strlen(names[i].name);
		return names[i].type;
	}
	abort();
}

static inline int parse_numbers(const char *at, double *values)
{
	char *end;
	int n = 0;

	while (*at != ']' && *at != ')' && *at && *at != ' ') {
		values[n] = strtod(at, &end);
		if (end == at)
			break;
		n++;
		at = *end == ',' ? end + 1 : end;
	}
	return n;
}

static inline struct ge_node *parse_input(struct ge_graph *g, const char *at)
{
	bool constant = *at == '=';
	int64_t dims[GE_MAX_RANK], n = 1;
	struct ge_tensor_desc desc = { .format = GE_FORMAT_ND };
	double values[16];
	struct ge_node *node;
	unsigned char data[8192];
	int count, i;

	if (*at == '-')
		return NULL;
	at += constant;
	desc.dtype = parse_type(&at);
	count = parse_numbers(at + 1, values);
	if (*at == '[') {
		desc.rank = count;
		for (i = 0; i < count; i++)
			n *= dims[i] = (int64_t)values[i];
		memcpy(desc.dims, dims, sizeof(dims));
		for (i = 0; i < n && i < 1024; i++)
			ge_store_double(desc.dtype, data, i, rnd_range(1, 200) / 100.);
	} else {
		desc.rank = *at == '(';
		desc.dims[0] = count;
		for (i = 0; i < count; i++)
			ge_store_double(desc.dtype, data, i, values[i]);
		n = count;
	}
	if (constant ? ge_graph_add_const(g, NULL, &desc, data,
					  (size_t)n * ge_dtype_size(desc.dtype), &node) :
		       ge_graph_add_input(g, NULL, &desc, &node))
		abort();
	return node;
}

static inline void set_strings(struct ge_node *node, const char *name, char *text)
{
	const char *list[16];
	size_t n = 0;

	for (char *word = strtok(text, ","); word && n < 16; word = strtok(NULL, ","))
		list[n++] = word;
	ge_node_set_strings(node, name, list, n);
}

static inline void parse_attr(struct ge_node *node, const char *at)
{
	const char *value = strchr(at, '=') + 1;
	char name[64], text[64];
	struct ge_attr_def def;
	int64_t ints[16];
	float floats[16];
	double values[16];
	int n;

	snprintf(name, sizeof(name), "%.*s", (int)(value - at) - 1, at);
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(value, " "), value);
	if (!strcmp(name, "opset")) {
		ge_node_set_int(node, name, atoi(value));
		return;
	}
	if (!ge_attr_def_find(node->def, name, &def))
		abort();
	n = parse_numbers(value, values);
	for (int i = 0; i < n; i++) {
		ints[i] = (int64_t)values[i];
		floats[i] = (float)values[i];
	}
	if (def.kind == GE_ATTR_INT)
		ge_node_set_int(node, name, ints[0]);
	else if (def.kind == GE_ATTR_FLOAT)
		ge_node_set_float(node, name, floats[0]);
	else if (def.kind == GE_ATTR_BOOL)
		ge_node_set_bool(node, name, !strcmp(text, "true"));
	else if (def.kind == GE_ATTR_STRING)
		ge_node_set_string(node, name, text);
	else if (def.kind == GE_ATTR_STRINGS)
		set_strings(node, name, text);
	else if (def.kind == GE_ATTR_INTS)
		ge_node_set_ints(node, name, ints, (size_t)n);
	else
		ge_node_set_floats(node, name, floats, (size_t)n);
}

static inline const char *next_word(const char *at)
{
	at += strcspn(at, " ");
	return at + strspn(at, " ");
}

/* The graph of a case, with as many outputs as are expected. */
static inline struct ge_graph *case_graph(const struct op_case *c)
{
	struct ge_graph *g = new_graph();
	struct ge_node *node, *from;
	unsigned int i = 0;

	if (ge_graph_add(g, c->type, "it", &node)) {
		printf("# %s\n", ge_error_text());
		abort();
	}
	for (const char *at = c->inputs; *at; at = next_word(at), i++) {
		from = parse_input(g, at);
		if (from && ge_node_connect(node, i, from, 0))
			abort();
	}
	for (const char *at = c->attrs; *at; at = next_word(at))
		parse_attr(node, at);
	i = 0;
	for (const char *at = c->result; *at; at = next_word(at)) {
		if (ge_graph_add_output(g, node, i++))
			abort();
		if (*c->result == '!')
			break;
	}
	return g;
}

/* Whether the outputs are as the case says. */
static inline bool case_outputs(const struct op_case *c, const struct ge_tensor_desc *descs,
				size_t n)
{
	size_t i = 0;

	for (const char *at = c->result; *at; at = next_word(at), i++) {
		double values[16];
		int32_t type = parse_type(&at);
		int rank = parse_numbers(at + 1, values);

		if (i >= n || descs[i].dtype != type || descs[i].rank != rank)
			return false;
		for (int d = 0; d < rank; d++)
			if (descs[i].dims[d] != (int64_t)values[d])
				return false;
	}
	return i == n;
}

#endif
