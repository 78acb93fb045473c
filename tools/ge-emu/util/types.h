/* SPDX-License-Identifier: MIT */
/* types.h - short names for fixed-width types, and a few helpers that every layer uses */
#ifndef GE_EMU_TYPES_H
#define GE_EMU_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "device memory and wire formats are little-endian: this host would need swaps everywhere"
#endif

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static inline u64 min_u64(u64 a, u64 b)
{
	return a < b ? a : b;
}

/* Smallest power of two >= @v; @v is 1 .. 2^63. */
static inline u64 roundup_pow2(u64 v)
{
	return v <= 1 ? 1 : 1ull << (64 - __builtin_clzll(v - 1));
}

/* [@off, @off + @len) lies in [0, @size), without wrapping */
static inline bool range_ok(u64 off, u64 len, u64 size)
{
	return off <= size && len <= size - off;
}

#endif
