// SPDX-License-Identifier: MIT
/*
 * data.c - data types, half floats, data buffers.
 */
#include <stdlib.h>
#include <string.h>

#include "acl/core.h"

struct aclDataBuffer {
	void *data;
	size_t size;
};

size_t aclDataTypeSize(aclDataType type)
{
	switch (type) {
	case ACL_STRING:
	case ACL_DT_UNDEFINED:
		return 0;
	case ACL_BOOL:
	case ACL_INT8:
	case ACL_UINT8:
	case ACL_INT4:
	case ACL_UINT1:
	case ACL_HIFLOAT8:
	case ACL_FLOAT8_E5M2:
	case ACL_FLOAT8_E4M3FN:
	case ACL_FLOAT8_E8M0:
	case ACL_FLOAT6_E3M2:
	case ACL_FLOAT6_E2M3:
	case ACL_FLOAT4_E2M1:
	case ACL_FLOAT4_E1M2:
		return 1;
	case ACL_FLOAT16:
	case ACL_BF16:
	case ACL_INT16:
	case ACL_UINT16:
		return 2;
	case ACL_FLOAT:
	case ACL_INT32:
	case ACL_UINT32:
	case ACL_COMPLEX32:
		return 4;
	case ACL_COMPLEX128:
		return 16;
	default:
		return 8;
	}
}

float aclFloat16ToFloat(aclFloat16 value)
{
	uint32_t sign = (uint32_t)(value & 0x8000) << 16;
	uint32_t exponent = value >> 10 & 0x1f;
	uint32_t mantissa = value & 0x3ff;
	uint32_t bits;
	float result;

	if (!exponent) {
		/* zero and subnormal: a multiple of 2^-24, exact in a float */
		result = (float)mantissa / (1 << 24);
		return sign ? -result : result;
	}
	if (exponent == 0x1f)
		bits = sign | 0x7f800000 | mantissa << 13;
	else
		bits = sign | (exponent + 112) << 23 | mantissa << 13;
	memcpy(&result, &bits, sizeof(result));
	return result;
}

aclFloat16 aclFloatToFloat16(float value)
{
	uint32_t bits, sign, magnitude, mantissa, shift, rest, half;

	memcpy(&bits, &value, sizeof(bits));
	sign = bits >> 16 & 0x8000;
	magnitude = bits & 0x7fffffff;
	if (magnitude > 0x7f800000)	/* NaN stays one, quiet */
		return sign | 0x7e00 | (magnitude >> 13 & 0x3ff);
	if (magnitude >= 0x477ff000)	/* from 65520 on rounds to infinity */
		return sign | 0x7c00;
	if (magnitude >= 0x38800000) {	/* normal: from 2^-14 on */
		rest = magnitude & 0x1fff;
		half = (magnitude - 0x38000000) >> 13;
		return sign | (half + (rest > 0x1000 || (rest == 0x1000 && (half & 1))));
	}
	if (magnitude < 0x33000000)	/* less than half of the smallest subnormal */
		return sign;
	mantissa = (magnitude & 0x7fffff) | 0x800000;
	shift = 126 - (magnitude >> 23);
	half = mantissa >> shift;
	rest = mantissa & ((1u << shift) - 1);
	return sign |
	       (half + (rest > 1u << (shift - 1) || (rest == 1u << (shift - 1) && (half & 1))));
}

aclDataBuffer *aclCreateDataBuffer(void *data, size_t size)
{
	aclDataBuffer *buffer = malloc(sizeof(*buffer));

	if (!buffer) {
		ge_error(ENOMEM, "out of memory for a data buffer");
		return NULL;
	}
	buffer->data = data;
	buffer->size = size;
	return buffer;
}

aclError aclDestroyDataBuffer(const aclDataBuffer *dataBuffer)
{
	if (!dataBuffer)
		return acl_return(acl_null("dataBuffer"));
	free((void *)dataBuffer);
	return ACL_SUCCESS;
}

aclError aclUpdateDataBuffer(aclDataBuffer *dataBuffer, void *data, size_t size)
{
	if (!dataBuffer)
		return acl_return(acl_null("dataBuffer"));
	dataBuffer->data = data;
	dataBuffer->size = size;
	return ACL_SUCCESS;
}

void *aclGetDataBufferAddr(const aclDataBuffer *dataBuffer)
{
	return dataBuffer ? dataBuffer->data : NULL;
}

size_t aclGetDataBufferSizeV2(const aclDataBuffer *dataBuffer)
{
	return dataBuffer ? dataBuffer->size : 0;
}

uint32_t aclGetDataBufferSize(const aclDataBuffer *dataBuffer)
{
	return (uint32_t)aclGetDataBufferSizeV2(dataBuffer);
}
