// SPDX-License-Identifier: MIT
/*
 * device.c - devices in use, and their default contexts.
 */
#include <stdlib.h>

#include "acl/core.h"

pthread_mutex_t acl_lock = PTHREAD_MUTEX_INITIALIZER;
struct acl_device *acl_devices;

static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

static void before_fork(void)
{
	pthread_mutex_lock(&acl_lock);
}

static void after_fork_in_parent(void)
{
	pthread_mutex_unlock(&acl_lock);
}

/* The parent's objects are none of the child's business: it begins without any. */
static void after_fork_in_child(void)
{
	acl_devices = NULL;
	pthread_mutex_unlock(&acl_lock);
}

static void watch_forks(void)
{
	ge_handle_watch_forks();
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

aclError acl_device_check_index(int32_t index)
{
	unsigned int count;
	int ret = ge_device_count(&count);

	if (ret)
		return acl_code(ret);
	if (index < 0 || (unsigned int)index >= count)
		return acl_fail(ACL_ERROR_RT_INVALID_DEVICEID,
				count ? "there is no device %d: devices "
					"are 0 .. %d"
				      : "there is no device %d: no NPU was found (is the genpu "
					"module loaded?)",
				index, (int)count - 1);
	return ACL_SUCCESS;
}

/* With acl_lock. */
static struct acl_device *find_device(unsigned int index)
{
	struct acl_device *device = acl_devices;

	while (device && device->index != index)
		device = device->next;
	return device;
}

aclError acl_device_hold(unsigned int index, struct acl_device **result)
{
	struct acl_device *new = calloc(1, sizeof(*new)), *device;
	int ret;

	pthread_once(&fork_once, watch_forks);
	if (!new)
		return acl_fail(ACL_ERROR_BAD_ALLOC, "out of memory");
	ret = ge_device_get(index, &new->dev);
	if (ret) {
		free(new);
		return acl_code(ret);
	}
	new->index = index;
	new->refs = 1;
	new->slots = acl_slots_new(new->dev);
	pthread_mutex_lock(&acl_lock);
	device = find_device(index);
	if (device) {
		device->refs++;
	} else if (new->slots) {
		device = new;
		new->next = acl_devices;
		acl_devices = new;
		new = NULL;
	}
	pthread_mutex_unlock(&acl_lock);
	if (new) {
		if (new->slots)
			acl_slots_close(new->slots);
		ge_device_put(new->dev);
		free(new);
	}
	*result = device;
	return device ? ACL_SUCCESS : acl_fail(ACL_ERROR_BAD_ALLOC, "out of memory");
}

void acl_device_drop(struct acl_device *device)
{
	bool last;

	pthread_mutex_lock(&acl_lock);
	last = !--device->refs;
	for (struct acl_device **p = &acl_devices; last && *p; p = &(*p)->next) {
		if (*p == device) {
			*p = device->next;
			break;
		}
	}
	pthread_mutex_unlock(&acl_lock);
	if (!last)
		return;
	acl_slots_close(device->slots);
	acl_memory_free_device(device);
	ge_device_put(device->dev);
	free(device);
}

/* The existing default context of @index with a reference. */
static struct acl_context *find_primary(unsigned int index, bool set)
{
	struct acl_context *ctx = NULL;
	struct acl_device *device;

	pthread_mutex_lock(&acl_lock);
	device = find_device(index);
	if (device && device->primary) {
		ctx = device->primary;
		ge_object_get(&ctx->obj);
		if (set)
			device->set_count++;
	}
	pthread_mutex_unlock(&acl_lock);
	return ctx;
}

aclError acl_device_primary(unsigned int index, bool set, struct acl_context **result)
{
	struct acl_context *ctx, *new;
	struct ge_object *obj;
	aclError code;
	bool ours;

	for (;;) {
		ctx = find_primary(index, set);
		if (ctx) {
			*result = ctx;
			return ACL_SUCCESS;
		}
		code = acl_context_new(index, true, &new);
		if (code)
			return code;
		pthread_mutex_lock(&acl_lock);
		ours = !new->device->primary && new->listed;
		if (ours) {
			new->device->primary = new;
			if (set)
				new->device->set_count++;
		}
		pthread_mutex_unlock(&acl_lock);
		if (ours) {
			*result = new;
			return ACL_SUCCESS;
		}
		/* Another thread was faster: with the same, or with aclFinalize(). */
		obj = ge_handle_remove(new->obj.handle, ACL_TYPE_CONTEXT);
		if (obj)
			acl_context_destroy(new, false);
		acl_context_put(new);
	}
}

static aclError set_device(int32_t index)
{
	aclError code = acl_device_check_index(index);
	struct acl_context *ctx;

	if (code)
		return code;
	code = acl_device_primary(index, true, &ctx);
	if (code)
		return code;
	acl_context_make_current(ctx->obj.handle);
	acl_context_put(ctx);
	return ACL_SUCCESS;
}

aclError aclrtSetDevice(int32_t deviceId)
{
	return acl_return(set_device(deviceId));
}

static aclError reset_device(int32_t index, bool force)
{
	struct acl_context *ctx = NULL;
	struct acl_device *device;
	struct ge_object *obj;
	aclError code;

	code = acl_device_check_index(index);
	if (code)
		return code;
	pthread_mutex_lock(&acl_lock);
	device = find_device(index);
	if (!device || !device->set_count) {
		code = acl_fail(ACL_ERROR_RT_CONTEXT_NULL,
				"device %d is not set: there were as many "
				"aclrtResetDevice() as aclrtSetDevice()",
				index);
	} else {
		device->set_count = force ? 0 : device->set_count - 1;
		if (!device->set_count) {
			ctx = device->primary;
			device->primary = NULL;
			ge_object_get(&ctx->obj);
		}
	}
	pthread_mutex_unlock(&acl_lock);
	if (!ctx)
		return code;
	/* aclFinalize() may have been faster. */
	obj = ge_handle_remove(ctx->obj.handle, ACL_TYPE_CONTEXT);
	if (obj)
		acl_context_destroy(ctx, !force);
	acl_context_put(ctx);
	return ACL_SUCCESS;
}

aclError aclrtResetDevice(int32_t deviceId)
{
	return acl_return(reset_device(deviceId, false));
}

aclError aclrtResetDeviceForce(int32_t deviceId)
{
	return acl_return(reset_device(deviceId, true));
}

void acl_drop_on_demand(void)
{
	struct acl_context *ctx;
	struct ge_object *obj;

	for (;;) {
		ctx = NULL;
		pthread_mutex_lock(&acl_lock);
		for (struct acl_device *dev = acl_devices; dev && !ctx; dev = dev->next) {
			if (dev->primary && !dev->set_count) {
				ctx = dev->primary;
				dev->primary = NULL;
				ge_object_get(&ctx->obj);
			}
		}
		pthread_mutex_unlock(&acl_lock);
		if (!ctx)
			break;
		obj = ge_handle_remove(ctx->obj.handle, ACL_TYPE_CONTEXT);
		if (obj)
			acl_context_destroy(ctx, true);
		acl_context_put(ctx);
	}
}

static aclError get_device(int32_t *index)
{
	struct acl_context *ctx;
	aclError code;

	if (!index)
		return acl_null("deviceId");
	code = acl_context_current(&ctx);
	if (code)
		return code;
	*index = ctx->device->index;
	acl_context_put(ctx);
	return ACL_SUCCESS;
}

aclError aclrtGetDevice(int32_t *deviceId)
{
	return acl_return(get_device(deviceId));
}

aclError aclrtGetDeviceCount(uint32_t *count)
{
	if (!count)
		return acl_return(acl_null("count"));
	return acl_return(acl_code(ge_device_count(count)));
}

aclError aclrtGetRunMode(aclrtRunMode *runMode)
{
	if (!runMode)
		return acl_return(acl_null("runMode"));
	*runMode = ACL_HOST;
	return ACL_SUCCESS;
}

aclError aclrtGetPrimaryCtxState(int32_t deviceId, uint32_t *flags, int32_t *active)
{
	struct acl_device *device;
	aclError code;

	if (!active)
		return acl_return(acl_null("active"));
	code = acl_device_check_index(deviceId);
	if (code)
		return acl_return(code);
	if (flags)
		*flags = 0;
	pthread_mutex_lock(&acl_lock);
	device = find_device(deviceId);
	*active = device && device->primary;
	pthread_mutex_unlock(&acl_lock);
	return ACL_SUCCESS;
}

static aclError get_mem_info(aclrtMemAttr attr, size_t *free, size_t *total)
{
	uint64_t free_bytes = 0, total_bytes = 0;
	struct acl_context *ctx;
	aclError code;

	if (!free || !total)
		return acl_null(free ? "total" : "free");
	if ((int)attr < ACL_DDR_MEM || attr > ACL_HBM_MEM_P2P_NORMAL)
		return acl_fail(ACL_ERROR_INVALID_PARAM, "aclrtGetMemInfo: unknown attr %d",
				(int)attr);
	code = acl_context_current(&ctx);
	if (code)
		return code;
	if (attr < ACL_DDR_MEM_P2P_HUGE)
		code = acl_code(ge_device_memory(ctx->device->dev, &free_bytes, &total_bytes));
	acl_context_put(ctx);
	if (!code) {
		*free = free_bytes;
		*total = total_bytes;
	}
	return code;
}

aclError aclrtGetMemInfo(aclrtMemAttr attr, size_t *free, size_t *total)
{
	return acl_return(get_mem_info(attr, free, total));
}

struct acl_context *acl_device_next_context(struct acl_device *device, struct acl_context *prev)
{
	struct acl_context *ctx;

	pthread_mutex_lock(&acl_lock);
	/* One that left the list meanwhile has lost its place: begin anew. */
	ctx = prev && prev->listed ? prev->next : device->contexts;
	if (ctx)
		ge_object_get(&ctx->obj);
	pthread_mutex_unlock(&acl_lock);
	if (prev)
		acl_context_put(prev);
	return ctx;
}

/* All streams of all contexts; the first failure is taken, later ones are left to be reported. */
static aclError synchronize_device(int32_t timeout)
{
	int64_t deadline = acl_deadline(timeout);
	struct acl_context *current, *ctx = NULL;
	aclError code;

	if (timeout < -1)
		return acl_fail(ACL_ERROR_RT_PARAM_INVALID, "timeout is %d, expected -1 or ms",
				timeout);
	code = acl_context_current(&current);
	if (code)
		return code;
	while ((ctx = acl_device_next_context(current->device, ctx))) {
		for (struct acl_stream *s = NULL; (s = acl_context_next(ctx, s));) {
			if (!code) {
				code = acl_stream_sync(s, deadline);
				/* One that was destroyed meanwhile has no work. */
				if (code == ACL_ERROR_RT_STREAM_ABORT)
					code = ACL_SUCCESS;
			} else {
				acl_stream_wait_until(s, acl_stream_last_point(s), deadline);
			}
		}
	}
	acl_context_put(current);
	return code;
}

aclError aclrtSynchronizeDeviceWithTimeout(int32_t timeout)
{
	return acl_return(synchronize_device(timeout));
}

aclError aclrtSynchronizeDevice(void)
{
	return aclrtSynchronizeDeviceWithTimeout(-1);
}
