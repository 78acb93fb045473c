// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory errors for the "drm-ras" netlink family: a node for those that the device corrected and
 * one for those that it could not.
 */
#include <drm/drm_managed.h>
#include <drm/drm_ras.h>

#include "genpu_device.h"
#include "genpu_telemetry.h"

#define GENPU_RAS_MEMORY	1	/* the only kind of error */

/**
 * struct genpu_ras_node - a counter
 * @base: base
 * @gdev: device
 * @reg: register that counts
 */
struct genpu_ras_node {
	struct drm_ras_node base;
	struct genpu_device *gdev;
	u32 reg;
};

static int genpu_ras_query(struct drm_ras_node *base, u32 error_id, const char **name, u32 *val)
{
	struct genpu_ras_node *node = container_of(base, struct genpu_ras_node, base);
	u64 value;
	int ret;

	if (error_id != GENPU_RAS_MEMORY)
		return -ENOENT;
	*name = "memory";
	ret = genpu_telemetry_read(node->gdev, node->reg, false, &value);
	*val = value;
	return ret;
}

static void genpu_ras_unregister(void *node)
{
	drm_ras_node_unregister(node);
}

static int genpu_ras_register(struct genpu_device *gdev, const char *name, u32 reg)
{
	struct genpu_ras_node *node;
	int ret;

	/* With the DRM device: a request that is under way may outlive the binding. */
	node = drmm_kzalloc(&gdev->drm, sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;
	*node = (struct genpu_ras_node) {
		.base.type = DRM_RAS_NODE_TYPE_ERROR_COUNTER,
		.base.device_name = dev_name(gdev->drm.dev),
		.base.node_name = name,
		.base.error_counter_range = { GENPU_RAS_MEMORY, GENPU_RAS_MEMORY },
		.base.query_error_counter = genpu_ras_query,
		.gdev = gdev,
		.reg = reg,
	};
	ret = drm_ras_node_register(&node->base);
	return ret ?: devm_add_action_or_reset(gdev->drm.dev, genpu_ras_unregister, &node->base);
}

/**
 * genpu_ras_init() - show the error counters until the driver is unbound
 * @gdev: device
 *
 * Return: 0 or a negative errno.
 */
int genpu_ras_init(struct genpu_device *gdev)
{
	return genpu_ras_register(gdev, "correctable-errors", GENPU_REG_MEM_CE) ?:
	       genpu_ras_register(gdev, "uncorrectable-errors", GENPU_REG_MEM_UE);
}
