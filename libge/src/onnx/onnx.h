/* SPDX-License-Identifier: MIT */
/*
 * The ONNX importer, in three steps: wire.c checks that the bytes are a whole protobuf message
 * before protobuf-c sees them, tensor.c turns TensorProtos into bytes, import.c builds the graph.
 */
#ifndef GE_ONNX_ONNX_H
#define GE_ONNX_ONNX_H

#include <stddef.h>
#include <stdint.h>
#include "ge/ge.h"
#include "onnx.pb-c.h"

/**
 * struct onnx_source - where a model comes from
 * @file: name for messages
 * @dir: directory that external data lies in, NULL = there is none
 */
struct onnx_source {
	const char *file;
	const char *dir;
};

/**
 * onnx_wire_check - check lengths, nesting and wire types of a serialised ModelProto
 * @file: name for messages
 * @data: the bytes
 * @size: their number
 *
 * protobuf-c only says "no" to a damaged file, and recurses without limit; this says where.
 *
 * Return: 0 or -EBADMSG.
 */
int onnx_wire_check(const char *file, const void *data, size_t size);

/**
 * onnx_dtype - ge_dtype of an ONNX element type
 *
 * Return: enum ge_dtype or GE_DT_UNDEFINED.
 */
int32_t onnx_dtype(int32_t elem_type);

/** onnx_dtype_name - "FLOAT", ..., or the number's meaning "type 99" in @buf */
const char *onnx_dtype_name(int32_t elem_type, char *buf, size_t size);

/**
 * onnx_tensor_read - the contents of a TensorProto
 * @src: for messages and external data
 * @proto: the tensor
 * @what: how messages call it, e.g. "initializer 'w'"
 * @tensor: result; @tensor->data points into @proto or at *@owned
 * @owned: to be freed by the caller, NULL if nothing was allocated
 *
 * Return: 0 or -errno.
 */
int onnx_tensor_read(const struct onnx_source *src, const Onnx__TensorProto *proto,
		     const char *what, struct ge_tensor *tensor, void **owned);

/**
 * onnx_external_read - @size bytes of a file beside the model
 * @src: has the directory
 * @location: relative path, must stay inside of the directory
 * @offset: first byte
 * @size: number of bytes
 * @what: how messages call the tensor
 * @data: result, to be freed by the caller
 *
 * Return: 0 or -errno.
 */
int onnx_external_read(const struct onnx_source *src, const char *location, uint64_t offset,
		       size_t size, const char *what, void **data);

/** onnx_import - build the graph of a parsed model */
int onnx_import(const struct onnx_source *src, const Onnx__ModelProto *model,
		struct ge_graph **graph);

#endif
