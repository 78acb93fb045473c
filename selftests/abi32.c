// SPDX-License-Identifier: GPL-2.0-only
/*
 * abi32.c - the table of abi.c for a 32-bit process: compiled with -m32, never run. A line of the
 * table that does not hold is an array of negative size.
 */
#include <stddef.h>

#include <drm/genpu_accel.h>

#define STRUCT(s, want)	sizeof(char[sizeof(struct s) == (want) ? 1 : -1]),
#define FIELD(s, f, want_at, want) \
	sizeof(char[offsetof(struct s, f) == (want_at) && \
		    sizeof(((struct s *)NULL)->f) == (want) ? 1 : -1]),

const char abi_holds[] = {
#include "abi_table.h"
};
