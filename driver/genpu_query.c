// SPDX-License-Identifier: GPL-2.0-only
/*
 * What userspace may ask of the device.
 */
#include <linux/nospec.h>
#include <linux/uaccess.h>

#include "genpu_device.h"
#include "genpu_query.h"
#include "genpu_stream.h"
#include "genpu_vm.h"

union genpu_query_answer {
	struct drm_genpu_device_info device;
	struct drm_genpu_memory_info memory;
	struct drm_genpu_time_info time;
};

static int genpu_query_device(struct genpu_device *gdev, union genpu_query_answer *answer)
{
	answer->device = (struct drm_genpu_device_info) {
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
	return 0;
}

static int genpu_query_memory(struct genpu_device *gdev, union genpu_query_answer *answer)
{
	genpu_mem_usage(gdev, &answer->memory);
	return 0;
}

static int genpu_query_time(struct genpu_device *gdev, union genpu_query_answer *answer)
{
	int ret, idx;
	u64 before;

	ret = genpu_device_usable(gdev);
	if (ret)
		return ret;
	if (!drm_dev_enter(&gdev->drm, &idx))
		return -ENODEV;
	ret = genpu_power_get(gdev);
	if (!ret) {
		before = ktime_get_ns();
		answer->time.device_ns = genpu_read64(gdev, GENPU_REG_TIME_LO);
		answer->time.monotonic_ns = before + (ktime_get_ns() - before) / 2;
		genpu_power_put(gdev);
	}
	drm_dev_exit(idx);
	return ret;
}

static const struct {
	u32 size;
	int (*ask)(struct genpu_device *gdev, union genpu_query_answer *answer);
} genpu_queries[] = {
	[DRM_GENPU_QUERY_DEVICE] = { sizeof(struct drm_genpu_device_info), genpu_query_device },
	[DRM_GENPU_QUERY_MEMORY] = { sizeof(struct drm_genpu_memory_info), genpu_query_memory },
	[DRM_GENPU_QUERY_TIME] = { sizeof(struct drm_genpu_time_info), genpu_query_time },
};

int genpu_query_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_genpu_query *args = data;
	void __user *user = u64_to_user_ptr(args->data);
	union genpu_query_answer answer = { };
	u32 query, known, size = args->size;
	int ret;

	if (args->query >= ARRAY_SIZE(genpu_queries) || !genpu_queries[args->query].ask) {
		drm_dbg(drm, "query: no query %u\n", args->query);
		return -EINVAL;
	}
	query = array_index_nospec(args->query, ARRAY_SIZE(genpu_queries));
	known = genpu_queries[query].size;
	if (!size)
		goto out;

	ret = genpu_queries[query].ask(to_genpu(drm), &answer);
	if (ret)
		return ret;
	if (copy_to_user(user, &answer, min(size, known)))
		return -EFAULT;
	if (size > known && clear_user(user + known, size - known))
		return -EFAULT;
out:
	args->size = known;
	return 0;
}
