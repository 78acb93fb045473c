// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telemetry for those who only look: hwmon, netlink, RAS, debugfs. A look never wakes a device that
 * sleeps and never touches one that is gone or being reset.
 */
#include <linux/pm_runtime.h>

#include "genpu_device.h"
#include "genpu_telemetry.h"

#define GENPU_TELEMETRY_1_1	0x00010001	/* has TEMP_MAX and what follows it */

static int genpu_telemetry_enter(struct genpu_device *gdev, u32 reg, int *idx, bool *held)
{
	int ret;

	if (reg >= GENPU_REG_TEMP_MAX_MC && gdev->isa_version < GENPU_TELEMETRY_1_1)
		return -ENODATA;
	if (!drm_dev_enter(&gdev->drm, idx))
		return -ENODEV;
	/* Negative where runtime PM is off: then it is awake. */
	ret = pm_runtime_get_if_active(gdev->drm.dev);
	*held = ret > 0;
	if (ret && READ_ONCE(gdev->state) == GENPU_STATE_RUNNING)
		return 0;
	if (*held)
		pm_runtime_put(gdev->drm.dev);
	drm_dev_exit(*idx);
	return -ENODATA;
}

static void genpu_telemetry_exit(struct genpu_device *gdev, int idx, bool held)
{
	if (held)
		pm_runtime_put(gdev->drm.dev);
	drm_dev_exit(idx);
}

/**
 * genpu_telemetry_get() - read a register
 * @gdev: device
 * @reg: 32-bit register
 * @value: out
 *
 * Return: 0; -ENODATA: it sleeps, is being reset, or does not answer; -ENODEV: it is gone.
 */
int genpu_telemetry_get(struct genpu_device *gdev, u32 reg, u32 *value)
{
	bool held;
	int ret, idx;

	ret = genpu_telemetry_enter(gdev, reg, &idx, &held);
	if (ret)
		return ret;
	*value = genpu_read(gdev, reg);
	genpu_telemetry_exit(gdev, idx, held);
	return *value == U32_MAX ? -ENODATA : 0;
}

/**
 * genpu_telemetry_get64() - read a LO/HI pair
 * @gdev: device
 * @reg: of LO
 * @value: out
 *
 * Return: as genpu_telemetry_get().
 */
int genpu_telemetry_get64(struct genpu_device *gdev, u32 reg, u64 *value)
{
	bool held;
	int ret, idx;

	ret = genpu_telemetry_enter(gdev, reg, &idx, &held);
	if (ret)
		return ret;
	*value = genpu_read64(gdev, reg);
	genpu_telemetry_exit(gdev, idx, held);
	return *value == U64_MAX ? -ENODATA : 0;
}

/**
 * genpu_telemetry_get_all() - read registers from the first one on
 * @gdev: device
 * @values: out
 * @count: how many
 *
 * Return: as genpu_telemetry_get(); registers that read all ones are taken as they are.
 */
int genpu_telemetry_get_all(struct genpu_device *gdev, u32 *values, u32 count)
{
	bool held;
	int ret, idx;
	u32 i;

	ret = genpu_telemetry_enter(gdev, 0, &idx, &held);
	if (ret)
		return ret;
	for (i = 0; i < count; i++)
		values[i] = genpu_read(gdev, i * sizeof(u32));
	genpu_telemetry_exit(gdev, idx, held);
	return 0;
}
