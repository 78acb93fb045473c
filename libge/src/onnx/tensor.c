// SPDX-License-Identifier: MIT
/* TensorProto: dimensions, types, and the four places in which its contents may be. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "onnx.h"

#define T(name) ONNX__TENSOR_PROTO__DATA_TYPE__##name

static const struct {
	int32_t onnx;
	int32_t ge;
	const char *name;
} dtypes[] = {
	{ T(FLOAT), GE_DT_FLOAT, "FLOAT" }, { T(UINT8), GE_DT_UINT8, "UINT8" },
	{ T(INT8), GE_DT_INT8, "INT8" }, { T(UINT16), GE_DT_UINT16, "UINT16" },
	{ T(INT16), GE_DT_INT16, "INT16" }, { T(INT32), GE_DT_INT32, "INT32" },
	{ T(INT64), GE_DT_INT64, "INT64" }, { T(BOOL), GE_DT_BOOL, "BOOL" },
	{ T(FLOAT16), GE_DT_FLOAT16, "FLOAT16" }, { T(DOUBLE), GE_DT_DOUBLE, "DOUBLE" },
	{ T(UINT32), GE_DT_UINT32, "UINT32" }, { T(UINT64), GE_DT_UINT64, "UINT64" },
	{ T(BFLOAT16), GE_DT_BF16, "BFLOAT16" },
	{ T(FLOAT8E4M3FN), GE_DT_FLOAT8_E4M3FN, "FLOAT8E4M3FN" },
	{ T(FLOAT8E4M3FNUZ), GE_DT_FLOAT8_E4M3FNUZ, "FLOAT8E4M3FNUZ" },
	{ T(FLOAT8E5M2), GE_DT_FLOAT8_E5M2, "FLOAT8E5M2" },
	{ T(FLOAT8E5M2FNUZ), GE_DT_FLOAT8_E5M2FNUZ, "FLOAT8E5M2FNUZ" },
	{ T(UINT4), GE_DT_UINT4, "UINT4" },
	{ T(INT4), GE_DT_INT4, "INT4" },
	{ T(STRING), GE_DT_UNDEFINED, "STRING" },
	{ T(COMPLEX64), GE_DT_UNDEFINED, "COMPLEX64" },
	{ T(COMPLEX128), GE_DT_UNDEFINED, "COMPLEX128" },
};

int32_t onnx_dtype(int32_t elem_type)
{
	for (size_t i = 0; i < sizeof(dtypes) / sizeof(dtypes[0]); i++)
		if (dtypes[i].onnx == elem_type)
			return dtypes[i].ge;
	return GE_DT_UNDEFINED;
}

const char *onnx_dtype_name(int32_t elem_type, char *buf, size_t size)
{
	for (size_t i = 0; i < sizeof(dtypes) / sizeof(dtypes[0]); i++)
		if (dtypes[i].onnx == elem_type)
			return dtypes[i].name;
	snprintf(buf, size, "type %d", elem_type);
	return buf;
}

static int read_dims(const struct onnx_source *src, const Onnx__TensorProto *proto,
		     const char *what, struct ge_tensor_desc *desc, size_t *elements)
{
	size_t n = 1;

	if (proto->n_dims > GE_MAX_RANK)
		return ge_error(ENOTSUP, "%s: %s: has %zu dimensions, libge takes up to %d",
				src->file, what, proto->n_dims, GE_MAX_RANK);
	desc->rank = proto->n_dims;
	for (size_t i = 0; i < proto->n_dims; i++) {
		if (proto->dims[i] < 0 || proto->dims[i] > INT32_MAX)
			return ge_error(EINVAL, "%s: %s: dimension %zu is %lld, expected 0 to %d",
					src->file, what, i, (long long)proto->dims[i], INT32_MAX);
		if (__builtin_mul_overflow(n, (size_t)proto->dims[i], &n))
			return ge_error(EINVAL, "%s: %s: its dimensions multiply to more than "
					"memory can hold",
					src->file, what);
		desc->dims[i] = proto->dims[i];
	}
	*elements = n;
	return 0;
}

/* The values of int32_data must fit the narrower type that they stand for. */
static bool narrow(int32_t type, int32_t value, void *to)
{
	uint16_t half = value;
	uint8_t byte = value;

	switch (type) {
	case T(INT8):
		memcpy(to, &byte, 1);
		return value == (int8_t)value;
	case T(UINT8):
	case T(FLOAT8E4M3FN):
	case T(FLOAT8E4M3FNUZ):
	case T(FLOAT8E5M2):
	case T(FLOAT8E5M2FNUZ):
	case T(UINT4):		/* two each */
	case T(INT4):
		memcpy(to, &byte, 1);
		return value == (uint8_t)value;
	case T(BOOL):
		byte = value != 0;
		memcpy(to, &byte, 1);
		return true;
	case T(INT16):
		memcpy(to, &half, 2);
		return value == (int16_t)value;
	default:	/* UINT16, and the bits of FLOAT16 and BFLOAT16 */
		memcpy(to, &half, 2);
		return value == (uint16_t)value;
	}
}

static int read_narrow(const struct onnx_source *src, const Onnx__TensorProto *proto,
		       const char *what, size_t elements, struct ge_tensor *tensor, void **owned)
{
	size_t width = ge_dtype_size(tensor->desc.dtype);
	char *out = malloc(elements ? elements * width : 1);
	char buf[16];

	if (!out)
		return ge_error(ENOMEM, "%s: %s: no memory for %zu elements", src->file, what,
				elements);
	for (size_t i = 0; i < elements; i++)
		if (!narrow(proto->data_type, proto->int32_data[i], out + i * width)) {
			free(out);
			return ge_error(EINVAL, "%s: %s: element %zu is %d, which is no %s",
					src->file, what, i, proto->int32_data[i],
					onnx_dtype_name(proto->data_type, buf, sizeof(buf)));
		}
	*owned = out;
	tensor->data = out;
	return 0;
}

/* uint64_data holds UINT32 as well */
static int read_uint32(const struct onnx_source *src, const Onnx__TensorProto *proto,
		       const char *what, size_t elements, struct ge_tensor *tensor, void **owned)
{
	uint32_t *out = malloc(elements ? elements * sizeof(*out) : 1);

	if (!out)
		return ge_error(ENOMEM, "%s: %s: no memory for %zu elements", src->file, what,
				elements);
	for (size_t i = 0; i < elements; i++) {
		if (proto->uint64_data[i] > UINT32_MAX) {
			free(out);
			return ge_error(EINVAL, "%s: %s: element %zu is %llu, which is no UINT32",
					src->file, what, i,
					(unsigned long long)proto->uint64_data[i]);
		}
		out[i] = proto->uint64_data[i];
	}
	*owned = out;
	tensor->data = out;
	return 0;
}

static int read_typed(const struct onnx_source *src, const Onnx__TensorProto *proto,
		      const char *what, size_t elements, struct ge_tensor *tensor, void **owned)
{
	const char *field;
	void *data;
	size_t n;

	switch (proto->data_type) {
	case T(FLOAT):
		n = proto->n_float_data, data = proto->float_data, field = "float_data";
		break;
	case T(DOUBLE):
		n = proto->n_double_data, data = proto->double_data, field = "double_data";
		break;
	case T(INT64):
		n = proto->n_int64_data, data = proto->int64_data, field = "int64_data";
		break;
	case T(UINT64):
	case T(UINT32):
		n = proto->n_uint64_data, data = proto->uint64_data, field = "uint64_data";
		break;
	default:
		n = proto->n_int32_data, data = proto->int32_data, field = "int32_data";
		break;
	}
	if (n != elements)
		return ge_error(EBADMSG, "%s: %s: %s has %zu elements, its dimensions ask for %zu",
				src->file, what, field, n, elements);
	if (proto->data_type == T(UINT32))
		return read_uint32(src, proto, what, elements, tensor, owned);
	if (data == proto->int32_data && proto->data_type != T(INT32))
		return read_narrow(src, proto, what, elements, tensor, owned);
	tensor->data = data ? data : (void *)"";
	return 0;
}

/* Elements of four bits lie in pairs, the first one in the low bits. */
static bool is_packed(const struct ge_tensor *tensor)
{
	return tensor->desc.dtype == GE_DT_INT4 || tensor->desc.dtype == GE_DT_UINT4;
}

static size_t stored_size(const struct ge_tensor *tensor)
{
	return is_packed(tensor) ? tensor->size / 2 + tensor->size % 2 : tensor->size;
}

static int unpack(const struct onnx_source *src, const char *what, struct ge_tensor *tensor,
		  void **owned)
{
	const unsigned char *from = tensor->data;
	bool is_signed = tensor->desc.dtype == GE_DT_INT4;
	unsigned char *out = malloc(tensor->size + 1);

	if (!out)
		return ge_error(ENOMEM, "%s: %s: no memory for %zu elements", src->file, what,
				tensor->size);
	for (size_t i = 0; i < tensor->size; i++) {
		unsigned char bits = from[i / 2] >> 4 * (i % 2) & 15;

		out[i] = is_signed && bits & 8 ? bits | 0xf0 : bits;
	}
	free(*owned);
	*owned = out;
	tensor->data = out;
	return 0;
}

static int read_external(const struct onnx_source *src, const Onnx__TensorProto *proto,
			 const char *what, struct ge_tensor *tensor, void **owned)
{
	unsigned long long offset = 0, length = stored_size(tensor);
	const char *location = NULL;
	int ret;

	for (size_t i = 0; i < proto->n_external_data; i++) {
		const Onnx__StringStringEntryProto *entry = proto->external_data[i];
		unsigned long long *number;
		char *end;

		if (!entry->key || !entry->value)
			continue;
		if (!strcmp(entry->key, "location")) {
			location = entry->value;
			continue;
		}
		if (!strcmp(entry->key, "offset"))
			number = &offset;
		else if (!strcmp(entry->key, "length"))
			number = &length;
		else
			continue;
		errno = 0;
		*number = strtoull(entry->value, &end, 10);
		if (errno || *end || end == entry->value || entry->value[0] == '-')
			return ge_error(EBADMSG, "%s: %s: external_data has %s '%s', expected a "
					"number of bytes",
					src->file, what, entry->key, entry->value);
	}
	if (!location || !*location)
		return ge_error(EBADMSG, "%s: %s: external_data names no location", src->file,
				what);
	if (length != stored_size(tensor))
		return ge_error(EBADMSG, "%s: %s: external_data has a length of %llu bytes, type "
				"and dimensions ask for %zu",
				src->file, what, length, stored_size(tensor));
	ret = onnx_external_read(src, location, offset, stored_size(tensor), what, owned);
	tensor->data = *owned;
	return ret;
}

int onnx_tensor_read(const struct onnx_source *src, const Onnx__TensorProto *proto,
		     const char *what, struct ge_tensor *tensor, void **owned)
{
	size_t elements = 0;
	char buf[16];
	int ret;

	*owned = NULL;
	memset(tensor, 0, sizeof(*tensor));
	tensor->desc.format = GE_FORMAT_ND;
	tensor->desc.dtype = onnx_dtype(proto->data_type);
	if (tensor->desc.dtype == GE_DT_UNDEFINED)
		return ge_error(ENOTSUP, "%s: %s: has element type %s, which libge does not "
				"support",
				src->file, what,
				onnx_dtype_name(proto->data_type, buf, sizeof(buf)));
	if (proto->segment)
		return ge_error(ENOTSUP, "%s: %s: is cut into segments, which libge does not "
				"support",
				src->file, what);
	ret = read_dims(src, proto, what, &tensor->desc, &elements);
	if (ret)
		return ret;
	if (__builtin_mul_overflow(elements, ge_dtype_size(tensor->desc.dtype), &tensor->size))
		return ge_error(EINVAL, "%s: %s: its dimensions multiply to more than memory can "
				"hold",
				src->file, what);

	if (proto->has_data_location &&
	    proto->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL) {
		ret = read_external(src, proto, what, tensor, owned);
	} else if (!proto->has_raw_data) {
		ret = read_typed(src, proto, what,
				 is_packed(tensor) ? stored_size(tensor) : elements, tensor, owned);
	} else {
		if (proto->raw_data.len != stored_size(tensor))
			return ge_error(EBADMSG, "%s: %s: raw_data has %zu bytes, type and "
					"dimensions ask for %zu",
					src->file, what, proto->raw_data.len, stored_size(tensor));
		tensor->data = proto->raw_data.data ? proto->raw_data.data : (uint8_t *)"";
	}
	return ret || !is_packed(tensor) ? ret : unpack(src, what, tensor, owned);
}
