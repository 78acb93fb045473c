/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_POWER_H_
#define _GENPU_POWER_H_

#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/workqueue.h>

struct genpu_bo;
struct genpu_device;
struct genpu_extent;

/**
 * struct genpu_power - power of a device
 * @lock: protects @users and @bound; held while the device wakes up
 * @users: contexts, allocations of device memory, and callers that need it awake for a moment
 * @bound: runtime power management is on
 * @saved: during a system sleep: what lies in @ranges, one after the other. This and below: only
 *         the callbacks of the sleep touch it, one at a time
 * @ranges: device memory in use
 * @num_ranges: how many
 * @bus_error: gives the device up; pending while the bus has it, from error_detected() to resume().
 *             Who takes it back, or runs it, goes on with the device
 * @config: of the PCI function that works: for after an error. Resets, sleeps, and whoever else
 *          saves it come and go; NULL: no memory for it
 */
struct genpu_power {
	struct mutex lock;	/* users, bound */
	u32 users;
	bool bound;
	struct genpu_bo *saved;
	struct genpu_extent *ranges;
	u32 num_ranges;
	struct delayed_work bus_error;
	struct pci_saved_state *config;
};

void genpu_power_enable(struct genpu_device *gdev);
void genpu_power_disable(struct genpu_device *gdev);

int genpu_power_get(struct genpu_device *gdev);
void genpu_power_put(struct genpu_device *gdev);

extern const struct dev_pm_ops genpu_power_ops;
extern const struct pci_error_handlers genpu_power_errors;

#endif /* _GENPU_POWER_H_ */
