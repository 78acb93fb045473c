// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telemetry for those who only look: hwmon, netlink, RAS, debugfs. A look never wakes a device that
 * sleeps and never touches one that is gone or being reset.
 */
#include <linux/pm_runtime.h>

#include "genpu_device.h"
#include "genpu_telemetry.h"

/**
 * genpu_telemetry_begin() - keep the device as it is for a look at its registers
 * @gdev: device
 * @idx: out: for genpu_telemetry_end(), which must follow if this succeeds
 *
 * Return: 0; -ENODATA: it sleeps or is being reset; -ENODEV: it is gone.
 */
int genpu_telemetry_begin(struct genpu_device *gdev, int *idx)
{
	struct device *dev = gdev->drm.dev;
	int active;

	if (!drm_dev_enter(&gdev->drm, idx))
		return -ENODEV;
	active = pm_runtime_get_if_active(dev);
	/* Where runtime PM is off it is awake. */
	if (active < 0)
		pm_runtime_get_noresume(dev);
	if (active && READ_ONCE(gdev->state) == GENPU_STATE_RUNNING)
		return 0;
	if (active)
		pm_runtime_put(dev);
	drm_dev_exit(*idx);
	return -ENODATA;
}

void genpu_telemetry_end(struct genpu_device *gdev, int idx)
{
	pm_runtime_put(gdev->drm.dev);
	drm_dev_exit(idx);
}

/**
 * genpu_telemetry_read() - read a register
 * @gdev: device
 * @reg: register
 * @wide: it is the LO of a LO/HI pair: read both
 * @value: out: 0 if it cannot be read
 *
 * Return: as genpu_telemetry_begin(); -ENODATA also if the device does not tell it.
 */
int genpu_telemetry_read(struct genpu_device *gdev, u32 reg, bool wide, u64 *value)
{
	u64 read;
	int ret, idx;

	*value = 0;
	ret = genpu_telemetry_begin(gdev, &idx);
	if (ret)
		return ret;
	read = wide ? genpu_read64(gdev, reg) : genpu_read(gdev, reg);
	genpu_telemetry_end(gdev, idx);
	if (read == (wide ? U64_MAX : U32_MAX))
		return -ENODATA;
	*value = read;
	return 0;
}

/* How many objects there are in a list of the device, which @lock protects. */
size_t genpu_telemetry_count(struct mutex *lock, struct list_head *list)
{
	guard(mutex)(lock);
	return list_count_nodes(list);
}
