// SPDX-License-Identifier: MIT
/*
 * mem.c - memory of the in-process device comes from the heap, so that the address sanitizer sees
 * it. What is freed while tasks run ends for new accesses at once and returns to the heap when no
 * task runs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "device/local/state.h"

static size_t round_to_page(size_t size)
{
	return (size + GENPU_PAGE_SIZE - 1) & ~((size_t)GENPU_PAGE_SIZE - 1);
}

int ge_mem_alloc(struct ge_device *dev, size_t size, enum ge_mem_region region, void **result)
{
	size_t rounded = round_to_page(size);
	struct ge_range range;
	void *ptr;
	int ret = 0;

	if (!size)
		return ge_error(EINVAL, "an allocation of 0 bytes");
	if (rounded < size)
		return ge_error(ENOMEM, "an allocation of %zu bytes", size);
	pthread_mutex_lock(&dev->lock);
	if (dev->gone)
		ret = ge_error(ENODEV, "device %u is gone", dev->index);
	else if (region == GE_MEM_DEVICE &&
		 rounded > ge_local_config.memory_size - dev->memory_used)
		ret = ge_error(ENOSPC, "device %u has no room for %zu bytes", dev->index, size);
	else if (region == GE_MEM_DEVICE)
		dev->memory_used += rounded;
	pthread_mutex_unlock(&dev->lock);
	if (ret)
		return ret;

	ptr = aligned_alloc(GENPU_PAGE_SIZE, rounded);
	pthread_mutex_lock(&dev->lock);
	if (ptr) {
		memset(ptr, 0, rounded);
		range = (struct ge_range){ (uintptr_t)ptr, rounded, region };
		ret = ge_ranges_add(&dev->ranges, &range);
	} else {
		ret = -ENOMEM;
	}
	if (ret && region == GE_MEM_DEVICE)
		dev->memory_used -= rounded;
	pthread_mutex_unlock(&dev->lock);
	if (ret) {
		free(ptr);
		return ge_error(-ret, "out of memory");
	}
	*result = ptr;
	return 0;
}

int ge_mem_free(struct ge_device *dev, void *ptr)
{
	struct local_block *block = malloc(sizeof(*block));
	const struct ge_range *range;
	int ret = 0;

	if (!block)
		return ge_error(ENOMEM, "out of memory");
	pthread_mutex_lock(&dev->lock);
	range = ge_ranges_find(&dev->ranges, (uintptr_t)ptr);
	if (!range || range->start != (uintptr_t)ptr) {
		ret = ge_error(ENOENT, "%p is not the start of an allocation on device %u", ptr,
			       dev->index);
		goto unlock;
	}
	if (range->region == GE_MEM_DEVICE)
		dev->memory_used -= range->size;
	ge_ranges_remove(&dev->ranges, (uintptr_t)ptr);
	if (dev->running) {
		block->ptr = ptr;
		block->next = dev->limbo;
		dev->limbo = block;
		block = NULL;
	} else {
		free(ptr);
	}
unlock:
	pthread_mutex_unlock(&dev->lock);
	free(block);
	return ret;
}

int ge_mem_find(struct ge_device *dev, const void *ptr, void **start, size_t *size,
		enum ge_mem_region *region)
{
	const struct ge_range *range;
	int ret = -ENOENT;

	pthread_mutex_lock(&dev->lock);
	range = ge_ranges_find(&dev->ranges, (uintptr_t)ptr);
	if (range) {
		if (start)
			*start = (void *)(uintptr_t)range->start;
		if (size)
			*size = range->size;
		if (region)
			*region = range->region;
		ret = 0;
	}
	pthread_mutex_unlock(&dev->lock);
	return ret;
}

static void empty_limbo(struct ge_device *dev)
{
	while (dev->limbo) {
		struct local_block *block = dev->limbo;

		dev->limbo = block->next;
		free(block->ptr);
		free(block);
	}
}

void local_memory_begin(struct ge_device *dev)
{
	pthread_mutex_lock(&dev->lock);
	dev->running++;
	pthread_mutex_unlock(&dev->lock);
}

void local_memory_end(struct ge_device *dev)
{
	pthread_mutex_lock(&dev->lock);
	if (!--dev->running)
		empty_limbo(dev);
	pthread_mutex_unlock(&dev->lock);
}

void local_memory_free_all(struct ge_device *dev)
{
	const struct ge_range *range;

	empty_limbo(dev);
	while ((range = ge_ranges_first(&dev->ranges))) {
		free((void *)(uintptr_t)range->start);
		ge_ranges_remove(&dev->ranges, range->start);
	}
}

uint32_t local_memory_acquire(void *priv, uint64_t addr, uint64_t size, enum engine_access access,
			      void **ptr, struct engine_error *err)
{
	struct ge_device *dev = priv;
	const struct ge_range *range;
	uint64_t end, bad = 0;
	bool found = false;

	pthread_mutex_lock(&dev->lock);
	range = ge_ranges_find(&dev->ranges, addr);
	if (!range) {
		bad = addr;
	} else {
		end = range->start + range->size;
		found = size <= end - addr;
		bad = end;
	}
	pthread_mutex_unlock(&dev->lock);
	if (!found) {
		err->code = GENPU_ERR_PAGE_FAULT;
		err->addr = bad;
		err->access = access == ENGINE_READ ? GENPU_ACCESS_READ : GENPU_ACCESS_WRITE;
		return err->code;
	}
	*ptr = (void *)(uintptr_t)addr;
	return GENPU_OK;
}

void local_memory_release(void *priv, uint64_t addr, uint64_t size, enum engine_access access,
			  void *ptr)
{
	(void)priv;
	(void)addr;
	(void)size;
	(void)access;
	(void)ptr;
}
