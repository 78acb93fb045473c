// SPDX-License-Identifier: MIT
/*
 * names.c - words for the device's error codes.
 */
#include "device/device.h"

static const char * const names[] = {
	[GENPU_OK] = "no error",
	[GENPU_ERR_OPCODE] = "unknown task",
	[GENPU_ERR_RESERVED] = "reserved field of a task is not zero",
	[GENPU_ERR_ALIGN] = "wrong alignment",
	[GENPU_ERR_PAGE_FAULT] = "page fault",
	[GENPU_ERR_BUS] = "bus error",
	[GENPU_ERR_PROGRAM] = "no such program",
	[GENPU_ERR_ARGS] = "wrong number of arguments",
	[GENPU_ERR_WORKSPACE] = "workspace too small",
	[GENPU_ERR_INDEX] = "index out of range",
	[GENPU_ERR_ENGINE] = "operator failed",
	[GENPU_ERR_ABORTED] = "aborted by a reset",
	[GENPU_ERR_MEMORY] = "uncorrected memory error",
	[GENPU_ERR_RANGE] = "address range out of bounds",
	[GENPU_ERR_CONTEXT] = "bad context id",
	[GENPU_ERR_QUEUE] = "bad queue id",
	[GENPU_ERR_BUSY] = "context is in use",
	[GENPU_ERR_NO_MEMORY] = "device is out of internal memory",
	[GENPU_ERR_VALUE] = "value out of range",
	[GENPU_ERR_PROG_TRUNCATED] = "program is truncated",
	[GENPU_ERR_PROG_MAGIC] = "not a program",
	[GENPU_ERR_PROG_VERSION] = "program is for another version of the device",
	[GENPU_ERR_PROG_CHECKSUM] = "program does not match its checksum",
	[GENPU_ERR_PROG_HEADER] = "bad program header",
	[GENPU_ERR_PROG_TENSOR] = "bad tensor in a program",
	[GENPU_ERR_PROG_OPCODE] = "unknown operator in a program",
	[GENPU_ERR_PROG_OPERAND] = "bad operand of an operator",
	[GENPU_ERR_PROG_TYPE] = "operator does not take this data type",
	[GENPU_ERR_PROG_SHAPE] = "dimensions do not fit together",
	[GENPU_ERR_PROG_ATTR] = "attribute of an operator is out of range",
	[GENPU_ERR_PROG_CONST] = "constants are missing or too small",
	[GENPU_ERR_PROG_UNSUPPORTED] = "operator is not supported by this device",
};

const char *ge_device_error_name(uint32_t error)
{
	if (error < sizeof(names) / sizeof(names[0]) && names[error])
		return names[error];
	return "unknown error";
}
