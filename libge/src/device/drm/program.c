// SPDX-License-Identifier: MIT
/*
 * program.c - loading programs.
 */
#include <errno.h>

#include "base/error.h"
#include "device/drm/drm.h"

int ge_program_load(struct ge_device *dev, const void *program, size_t size, const void *consts,
		    size_t const_size, uint32_t *id, struct ge_program_error *error)
{
	struct drm_genpu_graph_load load = {
		.ctx_id = dev->ctx,
		.program = (uintptr_t)program,
		.size = size,
		.const_va = (uintptr_t)consts,
		.const_size = const_size,
	};
	int ret = ge_drm_ioctl(dev, DRM_IOCTL_GENPU_GRAPH_LOAD, &load, "loading a program");

	if (ret == -EBADMSG) {
		if (error)
			*error = (struct ge_program_error) {
				.error = load.error,
				.offset = load.error_offset,
				.op = load.error_op,
				.operand = load.error_operand,
			};
		return ge_error(EBADMSG, "device %u rejects the program: %s", dev->index,
				ge_device_error_name(load.error));
	}
	if (ret == -EFAULT)
		return ge_error(EFAULT, "the constants are not in memory of device %u", dev->index);
	if (ret == -ENOSPC)
		return ge_error(ENOSPC, "device %u has no room for another graph, it holds %u",
				dev->index, dev->info.max_graphs);
	if (ret)
		return ret;
	*id = load.graph_id;
	return 0;
}

int ge_program_unload(struct ge_device *dev, uint32_t id)
{
	struct drm_genpu_graph_unload unload = { .graph_id = id };

	return ge_drm_ioctl(dev, DRM_IOCTL_GENPU_GRAPH_UNLOAD, &unload, "unloading a program");
}
