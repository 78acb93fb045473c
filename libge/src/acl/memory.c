// SPDX-License-Identifier: MIT
/*
 * memory.c - allocations of acl, and where pointers point to.
 *
 * Device memory belongs to the device: it ends with aclrtFree() or with the device's last context.
 * Pinned host memory belongs to the program: it ends with aclrtFreeHost() and keeps the device open
 * as long as it exists, so that a program may read its results after it has reset the device.
 */
#include <search.h>
#include <stdlib.h>

#include "acl/core.h"

struct allocation {
	void *ptr;
	enum ge_mem_region region;
	struct ge_device *dev;		/* GE_MEM_HOST: a reference */
	struct acl_device *owner;	/* GE_MEM_DEVICE: with which it ends */
	struct allocation *next;	/* of device memory, for freeing all */
	struct allocation **prev;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *tree;			/* of struct allocation, by @ptr */
static struct allocation *on_devices;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork_in_parent(void)
{
	pthread_mutex_unlock(&lock);
}

static void after_fork_in_child(void)
{
	tree = NULL;
	on_devices = NULL;
	pthread_mutex_unlock(&lock);
}

static void watch_forks(void)
{
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

static int compare(const void *a, const void *b)
{
	const struct allocation *x = a, *y = b;

	return x->ptr < y->ptr ? -1 : x->ptr > y->ptr;
}

static aclError no_memory(int ret)
{
	return ret == -ENODEV || ret == -EIO ? acl_code(ret) : ACL_ERROR_RT_MEMORY_ALLOCATION;
}

static aclError allocate(void **result, size_t size, enum ge_mem_region region)
{
	struct allocation *new, **found;
	struct acl_context *ctx;
	aclError code;
	int ret;

	pthread_once(&fork_once, watch_forks);
	if (!result)
		return acl_fail(ACL_ERROR_INVALID_PARAM, "the place for the pointer is NULL");
	if (!size)
		return acl_fail(ACL_ERROR_INVALID_PARAM, "an allocation of 0 bytes");
	code = acl_context_current(&ctx);
	if (code)
		return code;
	new = calloc(1, sizeof(*new));
	if (!new) {
		code = acl_fail(ACL_ERROR_BAD_ALLOC, "out of memory");
		goto put;
	}
	new->region = region;
	new->owner = ctx->device;
	ret = ge_device_get(ctx->device->index, &new->dev);
	if (ret) {
		code = acl_code(ret);
		goto free_new;
	}
	ret = ge_mem_alloc(new->dev, size, region, &new->ptr);
	if (ret) {
		code = no_memory(ret);
		goto put_device;
	}
	pthread_mutex_lock(&lock);
	found = tsearch(new, &tree, compare);
	if (found && region == GE_MEM_DEVICE) {
		new->next = on_devices;
		new->prev = &on_devices;
		if (on_devices)
			on_devices->prev = &new->next;
		on_devices = new;
	}
	pthread_mutex_unlock(&lock);
	if (!found) {
		code = acl_fail(ACL_ERROR_BAD_ALLOC, "out of memory");
		ge_mem_free(new->dev, new->ptr);
		goto put_device;
	}
	*result = new->ptr;
	/* The context has the device open as long as device memory lives. */
	if (region == GE_MEM_DEVICE)
		ge_device_put(new->dev);
	goto put;
put_device:
	ge_device_put(new->dev);
free_new:
	free(new);
put:
	acl_context_put(ctx);
	return code;
}

/* With the lock. */
static void forget(struct allocation *allocation)
{
	tdelete(allocation, &tree, compare);
	if (allocation->region == GE_MEM_HOST)
		return;
	*allocation->prev = allocation->next;
	if (allocation->next)
		allocation->next->prev = allocation->prev;
}

static aclError release(void *ptr, enum ge_mem_region region)
{
	const struct allocation key = { .ptr = ptr };
	struct allocation **found, *allocation = NULL;
	aclError code = ACL_SUCCESS;
	int ret;

	if (!ptr)
		return acl_fail(ACL_ERROR_INVALID_PARAM, "the pointer to free is NULL");
	pthread_mutex_lock(&lock);
	found = tfind(&key, &tree, compare);
	if (!found) {
		code = acl_fail(ACL_ERROR_RT_PARAM_INVALID,
				"%p is not an allocation of acl, or was freed already", ptr);
	} else if ((*found)->region != region) {
		code = acl_fail(ACL_ERROR_RT_PARAM_INVALID, "%p is %s", ptr,
				region == GE_MEM_DEVICE
					? "host memory, to be freed with aclrtFreeHost()"
					: "device memory, to be freed with aclrtFree()");
	} else {
		allocation = *found;
		forget(allocation);
	}
	if (allocation) {
		/* Under the lock, which keeps the device's end from freeing it, too. */
		ret = ge_mem_free(allocation->dev, ptr);
		if (ret)
			code = ACL_ERROR_RT_MEMORY_FREE;
	}
	pthread_mutex_unlock(&lock);
	if (allocation && region == GE_MEM_HOST)
		ge_device_put(allocation->dev);
	free(allocation);
	return code;
}

void acl_memory_free_device(struct acl_device *device)
{
	struct allocation *next;

	pthread_mutex_lock(&lock);
	for (struct allocation *a = on_devices; a; a = next) {
		next = a->next;
		if (a->owner != device)
			continue;
		forget(a);
		ge_mem_free(a->dev, a->ptr);
		free(a);
	}
	pthread_mutex_unlock(&lock);
}

static bool known_policy(aclrtMemMallocPolicy policy)
{
	switch ((int)policy) {
	case ACL_MEM_MALLOC_HUGE_FIRST ... ACL_MEM_MALLOC_HUGE1G_ONLY_P2P:
	case ACL_MEM_TYPE_LOW_BAND_WIDTH:
	case ACL_MEM_TYPE_HIGH_BAND_WIDTH:
	case ACL_MEM_ACCESS_USER_SPACE_READONLY:
		return true;
	default:
		return false;
	}
}

aclError aclrtMalloc(void **devPtr, size_t size, aclrtMemMallocPolicy policy)
{
	if (!known_policy(policy))
		return acl_return(acl_fail(ACL_ERROR_INVALID_PARAM, "unknown policy %#x",
					   (int)policy));
	return acl_return(allocate(devPtr, size, GE_MEM_DEVICE));
}

aclError aclrtMallocAlign32(void **devPtr, size_t size, aclrtMemMallocPolicy policy)
{
	return aclrtMalloc(devPtr, size, policy);
}

aclError aclrtMallocCached(void **devPtr, size_t size, aclrtMemMallocPolicy policy)
{
	return aclrtMalloc(devPtr, size, policy);
}

aclError aclrtFree(void *devPtr)
{
	return acl_return(release(devPtr, GE_MEM_DEVICE));
}

aclError aclrtFreeWithDevSync(void *devPtr)
{
	aclError code = aclrtSynchronizeDevice(), freed;

	freed = aclrtFree(devPtr);
	return code ? code : freed;
}

aclError aclrtMallocHost(void **hostPtr, size_t size)
{
	return acl_return(allocate(hostPtr, size, GE_MEM_HOST));
}

aclError aclrtFreeHost(void *hostPtr)
{
	return acl_return(release(hostPtr, GE_MEM_HOST));
}

static bool locate_on(struct ge_device *dev, const void *ptr, struct acl_location *loc)
{
	enum ge_mem_region region;

	if (ge_mem_find(dev, ptr, &loc->start, &loc->size, &region))
		return false;
	loc->place = region == GE_MEM_DEVICE ? ACL_PLACE_DEVICE : ACL_PLACE_PINNED;
	loc->dev = dev;
	return true;
}

void acl_locate(struct acl_context *ctx, const void *ptr, struct acl_location *loc)
{
	*loc = (struct acl_location){ .place = ACL_PLACE_PAGEABLE };
	if (locate_on(ctx->device->dev, ptr, loc))
		return;
	pthread_mutex_lock(&acl_lock);
	for (struct acl_device *dev = acl_devices; dev; dev = dev->next)
		if (locate_on(dev->dev, ptr, loc))
			break;
	pthread_mutex_unlock(&acl_lock);
}
