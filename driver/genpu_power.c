// SPDX-License-Identifier: GPL-2.0-only
/*
 * Power: where it, or the bus, is taken from the device for a while.
 *
 * System sleep, resets of the bus or the function, and errors of the bus all go the same way as a
 * device reset: genpu_reset_begin() takes the device from everybody, genpu_reset_down() holds all
 * streams, and when it is back genpu_reset_up() makes everything anew. Tasks that run may end
 * first; what does not end in time is run again. Only a sleep costs the contents of device memory:
 * they are copied to pages of the host by the device, once it has nothing else to do.
 *
 * Runtime: the device sleeps when no context exists and no device memory is in use, so that nothing
 * can get lost. Its state stays GENPU_STATE_RUNNING. Looking at it (genpu_telemetry.c) does not
 * wake it.
 */
#include <linux/pm_runtime.h>

#include "genpu_bo.h"
#include "genpu_device.h"
#include "genpu_power.h"

#define GENPU_AUTOSUSPEND_MS	1000

/* A slot takes as long to come back as some commands: 80 s, and the PCI core waits for 60. */
#define GENPU_SLOT_COMMANDS	4

/* Not all kernels tell that a recovery has failed: fences do not wait for ever to be told. */
static void genpu_power_error_over(struct work_struct *work)
{
	struct genpu_device *gdev = container_of(work, struct genpu_device, power.bus_error.work);

	genpu_reset_wedge(gdev);
	genpu_mmap_unblock(gdev);
}

/**
 * genpu_power_enable() - let the device sleep when nobody needs it
 * @gdev: device, registered
 */
void genpu_power_enable(struct genpu_device *gdev)
{
	struct device *dev = gdev->drm.dev;

	INIT_DELAYED_WORK(&gdev->power.bus_error, genpu_power_error_over);
	pci_save_state(gdev->pdev);
	gdev->power.config = pci_store_saved_state(gdev->pdev);
	pm_runtime_set_autosuspend_delay(dev, GENPU_AUTOSUSPEND_MS);
	pm_runtime_use_autosuspend(dev);
	guard(mutex)(&gdev->power.lock);
	gdev->power.bound = true;
	/* Somebody may have opened it by now. Else this is the reference that probe() was given. */
	if (!gdev->power.users) {
		pm_runtime_mark_last_busy(dev);
		pm_runtime_put_autosuspend(dev);
	}
	pm_runtime_allow(dev);
}

/**
 * genpu_power_disable() - undo genpu_power_enable(), with the device awake
 * @gdev: device
 */
void genpu_power_disable(struct genpu_device *gdev)
{
	struct device *dev = gdev->drm.dev;

	pm_runtime_forbid(dev);
	mutex_lock(&gdev->power.lock);
	gdev->power.bound = false;
	if (!gdev->power.users)
		pm_runtime_get_noresume(dev);
	mutex_unlock(&gdev->power.lock);
	pm_runtime_dont_use_autosuspend(dev);
	cancel_delayed_work_sync(&gdev->power.bus_error);
	kfree(gdev->power.config);
	gdev->power.config = NULL;
}

/**
 * genpu_power_get() - keep the device awake, and wake it
 * @gdev: device, between drm_dev_enter() and drm_dev_exit()
 *
 * Return: 0; a negative errno: it does not wake up, and nothing is to be put.
 */
int genpu_power_get(struct genpu_device *gdev)
{
	int ret = 0;

	guard(mutex)(&gdev->power.lock);
	if (!gdev->power.users && gdev->power.bound)
		ret = pm_runtime_resume_and_get(gdev->drm.dev);
	if (!ret)
		gdev->power.users++;
	return ret;
}

/**
 * genpu_power_put() - undo genpu_power_get(); also after the device was removed
 * @gdev: device
 */
void genpu_power_put(struct genpu_device *gdev)
{
	guard(mutex)(&gdev->power.lock);
	if (!--gdev->power.users && gdev->power.bound) {
		pm_runtime_mark_last_busy(gdev->drm.dev);
		pm_runtime_put_autosuspend(gdev->drm.dev);
	}
}

/* From whatever state the device is in to one that runs, but knows nothing. */
static int genpu_power_start(struct genpu_device *gdev)
{
	return genpu_device_disable(gdev) ?: genpu_device_start(gdev);
}

/* --- Runtime ------------------------------------------------------------------------------- */

static int genpu_power_runtime_suspend(struct device *dev)
{
	struct genpu_device *gdev = dev_get_drvdata(dev);

	/* A wedged one does nothing any more, and shall not be looked at. */
	if (READ_ONCE(gdev->state) == GENPU_STATE_RUNNING && genpu_device_disable(gdev))
		return -EBUSY;
	return 0;
}

static int genpu_power_runtime_resume(struct device *dev)
{
	struct genpu_device *gdev = dev_get_drvdata(dev);

	/* Userspace gets to know about a failure as after any reset. */
	if (READ_ONCE(gdev->state) == GENPU_STATE_RUNNING && genpu_power_start(gdev))
		genpu_reset_schedule(gdev, READ_ONCE(gdev->generation), "device does not wake up");
	return 0;
}

/* --- System sleep -------------------------------------------------------------------------- */

static void genpu_power_forget(struct genpu_device *gdev)
{
	struct genpu_power *power = &gdev->power;

	genpu_bo_put(power->saved);
	power->saved = NULL;
	kvfree(power->ranges);
	power->ranges = NULL;
	power->num_ranges = 0;
}

/*
 * Memory for what is to be saved. Nobody allocates any more: processes are frozen. Those who free
 * may go on to do so, and then some of this is saved for nothing.
 */
static int genpu_power_reserve(struct genpu_device *gdev)
{
	struct genpu_power *power = &gdev->power;
	u32 count = 0, i;
	struct genpu_bo *bo;
	u64 size = 0;

	mutex_lock(&gdev->bos_lock);
	list_for_each_entry(bo, &gdev->bos, link)
		count += bo->kind == GENPU_BO_DEVICE ? bo->num_extents : 0;
	power->ranges = kvcalloc(count, sizeof(*power->ranges), GFP_KERNEL);
	count = power->ranges ? count : 0;
	list_for_each_entry(bo, &gdev->bos, link) {
		for (i = 0; count && bo->kind == GENPU_BO_DEVICE && i < bo->num_extents; i++) {
			power->ranges[power->num_ranges++] = bo->extents[i];
			size += bo->extents[i].size;
		}
	}
	mutex_unlock(&gdev->bos_lock);

	if (!size)
		return power->ranges ? 0 : -ENOMEM;
	bo = genpu_bo_create(gdev, size, DRM_GENPU_REGION_SYSTEM, DRM_GENPU_BO_NO_CPU_ACCESS);
	if (IS_ERR(bo))
		return PTR_ERR(bo);
	power->saved = bo;
	return 0;
}

/* Copy all ranges to the pages of the host, or back. */
static int genpu_power_copy(struct genpu_device *gdev, bool save)
{
	struct genpu_power *power = &gdev->power;
	u64 saved = 0, done, step, device, system;
	const struct genpu_extent *range, *extent;
	struct genpu_admin_cmd cmd = { .by_reset = true };
	int ret = 0;

	for (range = power->ranges; range < power->ranges + power->num_ranges; range++) {
		for (done = 0; done < range->size && !ret; done += step, saved += step) {
			extent = genpu_bo_extent(power->saved, saved);
			step = min3(range->size - done, extent->start + extent->size - saved,
				    (u64)GENPU_MEM_MAX_BYTES);
			device = range->addr + done;
			system = extent->addr + (saved - extent->start);
			cmd.task = (struct genpu_task) {
				.op = GENPU_ADMIN_MEM_COPY,
				.mem.dst = save ? system : device,
				.mem.src = save ? device : system,
				.mem.bytes = step,
				.mem.flags = save ? GENPU_MEM_DST_SYSTEM : GENPU_MEM_SRC_SYSTEM,
			};
			ret = genpu_admin_run(gdev, READ_ONCE(gdev->generation), &cmd) ?:
			      genpu_admin_result(gdev, &cmd);
		}
	}
	return ret;
}

/* Before anything is stopped: what fails here refuses the sleep, and the device never notices. */
static int genpu_power_prepare(struct device *dev)
{
	struct genpu_device *gdev = dev_get_drvdata(dev);
	int ret, idx;

	if (READ_ONCE(gdev->state) == GENPU_STATE_WEDGED || !drm_dev_enter(&gdev->drm, &idx))
		return 0;
	ret = genpu_power_reserve(gdev);
	if (ret) {
		drm_err(&gdev->drm, "no memory to save device memory for a sleep: %d\n", ret);
		genpu_power_forget(gdev);
	}
	drm_dev_exit(idx);
	return ret;
}

static void genpu_power_complete(struct device *dev)
{
	genpu_power_forget(dev_get_drvdata(dev));
}

/* Back to where everything was. */
static void genpu_power_return(struct genpu_device *gdev, bool load)
{
	int ret = genpu_power_start(gdev);

	if (!ret && load)
		ret = genpu_power_copy(gdev, false);
	ret = ret ?: genpu_reset_up(gdev);
	if (ret)
		genpu_reset_wedge(gdev);
}

static int genpu_power_suspend(struct device *dev)
{
	struct genpu_device *gdev = dev_get_drvdata(dev);
	int ret;

	/* Those who recover it need the lock that is held here. */
	if (delayed_work_pending(&gdev->power.bus_error))
		return -EBUSY;
	/* One that is wedged sleeps as well as any. */
	if (!genpu_reset_begin(gdev))
		return 0;
	if (genpu_reset_down(gdev, GENPU_BLAME_NONE)) {
		genpu_reset_wedge(gdev);
		return 0;
	}
	if (!gdev->power.num_ranges)
		return 0;
	ret = genpu_device_start(gdev);
	ret = ret ?: genpu_power_copy(gdev, true);
	ret = genpu_device_disable(gdev) ?: ret;
	if (ret) {
		drm_err(&gdev->drm, "device memory cannot be saved: %d\n", ret);
		genpu_power_return(gdev, false);
	}
	return ret;
}

static int genpu_power_resume(struct device *dev)
{
	struct genpu_device *gdev = dev_get_drvdata(dev);

	if (READ_ONCE(gdev->state) == GENPU_STATE_RESETTING)
		genpu_power_return(gdev, true);
	return 0;
}

const struct dev_pm_ops genpu_power_ops = {
	.prepare = pm_sleep_ptr(genpu_power_prepare),
	.complete = pm_sleep_ptr(genpu_power_complete),
	SYSTEM_SLEEP_PM_OPS(genpu_power_suspend, genpu_power_resume)
	RUNTIME_PM_OPS(genpu_power_runtime_suspend, genpu_power_runtime_resume, NULL)
};

/* --- Resets and errors of the bus ---------------------------------------------------------- */

/* Device memory keeps its contents in all of these. A reset amid an error adds nothing to that. */
static void genpu_power_reset_prepare(struct pci_dev *pdev)
{
	struct genpu_device *gdev = pci_get_drvdata(pdev);

	if (delayed_work_pending(&gdev->power.bus_error))
		return;
	genpu_mmap_block(gdev);
	if (genpu_reset_begin(gdev) && genpu_reset_down(gdev, GENPU_BLAME_NONE))
		genpu_reset_wedge(gdev);
}

static void genpu_power_reset_done(struct pci_dev *pdev)
{
	struct genpu_device *gdev = pci_get_drvdata(pdev);

	if (delayed_work_pending(&gdev->power.bus_error))
		return;
	genpu_mmap_unblock(gdev);
	if (READ_ONCE(gdev->state) == GENPU_STATE_RESETTING)
		genpu_power_return(gdev, false);
}

/* Whether the bus was stopped or still works, what the device did last is not to be trusted. */
static pci_ers_result_t genpu_power_error_detected(struct pci_dev *pdev, pci_channel_state_t error)
{
	struct genpu_device *gdev = pci_get_drvdata(pdev);
	bool gone = error == pci_channel_io_perm_failure;

	if (!gone && delayed_work_pending(&gdev->power.bus_error))
		return PCI_ERS_RESULT_NEED_RESET;
	/* Also the end of a recovery that has failed. */
	if (!cancel_delayed_work(&gdev->power.bus_error) && !genpu_reset_begin(gdev))
		return PCI_ERS_RESULT_DISCONNECT;
	if (gone) {
		genpu_power_error_over(&gdev->power.bus_error.work);
		return PCI_ERS_RESULT_DISCONNECT;
	}
	genpu_mmap_block(gdev);
	pci_clear_master(pdev);
	genpu_admin_down(gdev, -EIO);
	genpu_restore_wiped(gdev, GENPU_BLAME_CUT);
	queue_delayed_work(genpu_recovery_wq, &gdev->power.bus_error,
			   GENPU_SLOT_COMMANDS * msecs_to_jiffies(genpu_admin_timeout_ms));
	return PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t genpu_power_slot_reset(struct pci_dev *pdev)
{
	struct genpu_device *gdev = pci_get_drvdata(pdev);

	pci_load_saved_state(pdev, gdev->power.config);
	pci_restore_state(pdev);
	pci_set_master(pdev);
	return PCI_ERS_RESULT_RECOVERED;
}

static void genpu_power_error_resume(struct pci_dev *pdev)
{
	struct genpu_device *gdev = pci_get_drvdata(pdev);

	if (cancel_delayed_work(&gdev->power.bus_error))
		genpu_power_reset_done(pdev);
}

const struct pci_error_handlers genpu_power_errors = {
	.error_detected = genpu_power_error_detected,
	.slot_reset = genpu_power_slot_reset,
	.resume = genpu_power_error_resume,
	.reset_prepare = genpu_power_reset_prepare,
	.reset_done = genpu_power_reset_done,
};
