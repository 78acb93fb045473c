/* SPDX-License-Identifier: MIT */
/*
 * Which allocation does an address belong to: disjoint ranges in a balanced tree. Not locked.
 */
#ifndef GE_DEVICE_RANGES_H
#define GE_DEVICE_RANGES_H

#include <stddef.h>
#include <stdint.h>
#include "device/device.h"

struct ge_range {
	uint64_t start;
	uint64_t size;
	enum ge_mem_region region;
};

struct ge_ranges {
	void *root;
};

/** ge_ranges_add - 0, -ENOMEM, or -EEXIST where the range meets another */
int ge_ranges_add(struct ge_ranges *ranges, const struct ge_range *range);
/** ge_ranges_find - the range that holds @addr, or NULL; valid until it is removed */
const struct ge_range *ge_ranges_find(const struct ge_ranges *ranges, uint64_t addr);
/** ge_ranges_remove - remove the range that starts at @start; 0 or -ENOENT */
int ge_ranges_remove(struct ge_ranges *ranges, uint64_t start);
/** ge_ranges_first - any range, NULL if there is none; for emptying */
const struct ge_range *ge_ranges_first(const struct ge_ranges *ranges);

#endif
