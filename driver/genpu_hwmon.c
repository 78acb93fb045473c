// SPDX-License-Identifier: GPL-2.0-only
/*
 * Temperature, power and energy for hwmon.
 */
#include <linux/hwmon.h>

#include "genpu_device.h"
#include "genpu_telemetry.h"

static umode_t genpu_hwmon_is_visible(const void *data, enum hwmon_sensor_types type, u32 attr,
				      int channel)
{
	return 0444;
}

static int genpu_hwmon_read(struct device *dev, enum hwmon_sensor_types type, u32 attr,
			    int channel, long *val)
{
	struct genpu_device *gdev = dev_get_drvdata(dev);
	u64 value;
	int ret;

	switch (type) {
	case hwmon_temp:
		ret = genpu_telemetry_read(gdev, attr == hwmon_temp_max ? GENPU_REG_TEMP_MAX_MC :
					   GENPU_REG_TEMP_MC, false, &value);
		*val = (s32)value;
		return ret;
	case hwmon_power:
		ret = genpu_telemetry_read(gdev, attr == hwmon_power_max ? GENPU_REG_POWER_MAX_MW :
					   GENPU_REG_POWER_MW, false, &value);
		*val = 1000 * value;
		return ret;
	default:
		ret = genpu_telemetry_read(gdev, GENPU_REG_ENERGY_LO, true, &value);
		*val = min_t(u64, value, LONG_MAX);
		return ret;
	}
}

static const struct hwmon_ops genpu_hwmon_ops = {
	.is_visible = genpu_hwmon_is_visible,
	.read = genpu_hwmon_read,
};

static const struct hwmon_channel_info * const genpu_hwmon_channels[] = {
	HWMON_CHANNEL_INFO(temp, HWMON_T_INPUT | HWMON_T_MAX),
	HWMON_CHANNEL_INFO(power, HWMON_P_INPUT | HWMON_P_MAX),
	HWMON_CHANNEL_INFO(energy, HWMON_E_INPUT),
	NULL
};

static const struct hwmon_chip_info genpu_hwmon_chip = {
	.ops = &genpu_hwmon_ops,
	.info = genpu_hwmon_channels,
};

/**
 * genpu_hwmon_init() - show the sensors until the driver is unbound
 * @gdev: device
 *
 * Return: 0 or a negative errno.
 */
int genpu_hwmon_init(struct genpu_device *gdev)
{
	struct device *dev = gdev->drm.dev;

	return PTR_ERR_OR_ZERO(devm_hwmon_device_register_with_info(dev, "genpu", gdev,
								    &genpu_hwmon_chip, NULL));
}
