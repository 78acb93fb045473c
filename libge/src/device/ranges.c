// SPDX-License-Identifier: MIT
/*
 * ranges.c - ranges on the C library's search tree. Ranges that overlap compare as equal, so that a
 * range of one byte finds the one around it.
 */
#include <errno.h>
#include <search.h>
#include <stdlib.h>

#include "device/ranges.h"

static int compare(const void *a, const void *b)
{
	const struct ge_range *x = a, *y = b;

	if (x->start + (x->size - 1) < y->start)
		return -1;
	return x->start > y->start + (y->size - 1);
}

int ge_ranges_add(struct ge_ranges *ranges, const struct ge_range *range)
{
	struct ge_range *copy = malloc(sizeof(*copy));
	struct ge_range **found;

	if (!copy)
		return -ENOMEM;
	*copy = *range;
	found = tsearch(copy, &ranges->root, compare);
	if (found && *found == copy)
		return 0;
	free(copy);
	return found ? -EEXIST : -ENOMEM;
}

const struct ge_range *ge_ranges_find(const struct ge_ranges *ranges, uint64_t addr)
{
	const struct ge_range key = { .start = addr, .size = 1 };
	struct ge_range **found = tfind(&key, &ranges->root, compare);

	return found ? *found : NULL;
}

int ge_ranges_remove(struct ge_ranges *ranges, uint64_t start)
{
	const struct ge_range *range = ge_ranges_find(ranges, start);

	if (!range || range->start != start)
		return -ENOENT;
	tdelete(range, &ranges->root, compare);
	free((void *)range);
	return 0;
}

const struct ge_range *ge_ranges_first(const struct ge_ranges *ranges)
{
	return ranges->root ? *(struct ge_range **)ranges->root : NULL;
}
