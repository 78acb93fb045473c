// SPDX-License-Identifier: GPL-2.0-only
/*
 * abi32.c - the table of abi.c for a 32-bit process: compiled with -m32, never run.
 */
#include <stddef.h>

#include <drm/genpu_accel.h>

#include "abi_table.h"

#define STRUCT_HOLDS(s, want) _Static_assert(sizeof(struct s) == (want), #s);
#define FIELD_HOLDS(s, f, want_at, want) \
	_Static_assert(offsetof(struct s, f) == (want_at), #s "." #f); \
	_Static_assert(sizeof(((struct s *)0)->f) == (want), #s "." #f);

ABI_TABLE(STRUCT_HOLDS, FIELD_HOLDS)
