// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory errors for the "drm-ras" netlink family: a node for those that the device corrected and
 * one for those that it could not.
 */
#include <drm/drm_managed.h>
#include <drm/drm_ras.h>

#include "genpu_device.h"
#include "genpu_ras.h"
#include "genpu_telemetry.h"

enum genpu_ras_error {
	GENPU_RAS_MEMORY = 1,
};

static int genpu_ras_query(struct drm_ras_node *node, u32 reg, u32 error_id, const char **name,
			   u32 *val)
{
	if (error_id != GENPU_RAS_MEMORY)
		return -ENOENT;
	*name = "memory";
	return genpu_telemetry_get(node->priv, reg, val);
}

static int genpu_ras_query_correctable(struct drm_ras_node *node, u32 error_id, const char **name,
				       u32 *val)
{
	return genpu_ras_query(node, GENPU_REG_MEM_CE, error_id, name, val);
}

static int genpu_ras_query_uncorrectable(struct drm_ras_node *node, u32 error_id,
					 const char **name, u32 *val)
{
	return genpu_ras_query(node, GENPU_REG_MEM_UE, error_id, name, val);
}

static void genpu_ras_unregister(void *node)
{
	drm_ras_node_unregister(node);
}

/**
 * genpu_ras_init() - show the error counters until the driver is unbound
 * @gdev: device
 *
 * Return: 0 or a negative errno.
 */
int genpu_ras_init(struct genpu_device *gdev)
{
	static const struct drm_ras_node nodes[] = {
		{
			.node_name = "correctable-errors",
			.query_error_counter = genpu_ras_query_correctable,
		}, {
			.node_name = "uncorrectable-errors",
			.query_error_counter = genpu_ras_query_uncorrectable,
		},
	};
	struct drm_ras_node *node;
	int i, ret;

	/* With the DRM device: a request that is under way may outlive the binding. */
	node = drmm_kcalloc(&gdev->drm, ARRAY_SIZE(nodes), sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(nodes); i++, node++) {
		*node = nodes[i];
		node->device_name = dev_name(gdev->drm.dev);
		node->type = DRM_RAS_NODE_TYPE_ERROR_COUNTER;
		node->error_counter_range.first = GENPU_RAS_MEMORY;
		node->error_counter_range.last = GENPU_RAS_MEMORY;
		node->priv = gdev;
		ret = drm_ras_node_register(node);
		ret = ret ?: devm_add_action_or_reset(gdev->drm.dev, genpu_ras_unregister, node);
		if (ret)
			return ret;
	}
	return 0;
}
