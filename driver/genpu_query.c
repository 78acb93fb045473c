// SPDX-License-Identifier: GPL-2.0-only
/*
 * What userspace may ask of the device.
 */
#include <linux/uaccess.h>

#include "genpu_device.h"
#include "genpu_stream.h"
#include "genpu_vm.h"

union genpu_query_answer {
	struct drm_genpu_device_info device;
	struct drm_genpu_memory_info memory;
	struct drm_genpu_time_info time;
};

static struct drm_genpu_device_info genpu_query_device(struct genpu_device *gdev)
{
	return (struct drm_genpu_device_info) {
		.isa_version = gdev->isa_version,
		.caps = gdev->caps,
		.memory_size = gdev->memory.buddy.size,
		.va_start = GENPU_VA_START,
		.va_end = genpu_vm_end(gdev),
		.max_streams = gdev->num_queues - 1,
		.max_contexts = gdev->num_contexts,
		.max_graphs = gdev->num_programs,
		.compute_units = gdev->compute_units,
		.copy_units = gdev->copy_units,
		.page_size = PAGE_SIZE,
		.min_ring = GENPU_STREAM_MIN_RING,
		.max_ring = GENPU_STREAM_MAX_RING,
		.default_timeout_ms = genpu_default_timeout_ms(),
		.max_timeout_ms = READ_ONCE(genpu_max_timeout_ms),
	};
}

static int genpu_query_time(struct genpu_device *gdev, struct drm_genpu_time_info *time)
{
	int idx, ret = genpu_device_enter(gdev, &idx);
	u64 before;

	if (ret)
		return ret;
	ret = genpu_power_get(gdev);
	if (!ret) {
		before = ktime_get_ns();
		time->device_ns = genpu_read64(gdev, GENPU_REG_TIME_LO);
		time->monotonic_ns = before + (ktime_get_ns() - before) / 2;
		genpu_power_put(gdev);
	}
	drm_dev_exit(idx);
	return ret;
}

int genpu_query_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_genpu_query *args = data;
	void __user *user = u64_to_user_ptr(args->data);
	struct genpu_device *gdev = to_genpu(drm);
	union genpu_query_answer answer = { };
	u32 known, size = args->size;
	int ret = 0;

	switch (args->query) {
	case DRM_GENPU_QUERY_DEVICE:
		known = sizeof(answer.device);
		answer.device = genpu_query_device(gdev);
		break;
	case DRM_GENPU_QUERY_MEMORY:
		known = sizeof(answer.memory);
		genpu_mem_usage(gdev, &answer.memory);
		break;
	case DRM_GENPU_QUERY_TIME:
		known = sizeof(answer.time);
		/* Who only asks for the size wakes nothing. */
		ret = size ? genpu_query_time(gdev, &answer.time) : 0;
		break;
	default:
		drm_dbg(drm, "query: no query %u\n", args->query);
		return -EINVAL;
	}
	if (ret)
		return ret;
	if (copy_to_user(user, &answer, min(size, known)) ||
	    (size > known && clear_user(user + known, size - known)))
		return -EFAULT;
	args->size = known;
	return 0;
}
