// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device reset, the step after a queue reset that failed. Device memory keeps its contents, and
 * genpu_restore.c makes everything else anew.
 *
 * While the state is GENPU_STATE_RESETTING the device belongs to whoever set it: to the reset work,
 * or to genpu_power.c where power or the bus is taken from the device for a while.
 *
 * If the device does not come back it is wedged: its DMA is cut off, everything fails with -EIO,
 * and userspace is told that only a rebind or a reset of the bus may help.
 */
#include <linux/kobject.h>

#include "genpu_trace.h"

/**
 * genpu_reset_set_state() - change what is expected of the device
 * @gdev: device
 * @state: new state; GENPU_STATE_DOWN is for good
 */
void genpu_reset_set_state(struct genpu_device *gdev, enum genpu_device_state state)
{
	spin_lock_irq(&gdev->admin.lock);
	if (gdev->state != GENPU_STATE_DOWN)
		WRITE_ONCE(gdev->state, state);
	spin_unlock_irq(&gdev->admin.lock);
	wake_up_all(&gdev->reset_wait);
}

/**
 * genpu_reset_begin() - take the device from everybody else
 * @gdev: device
 *
 * Waits for a reset that is under way.
 *
 * Return: true: the state is now GENPU_STATE_RESETTING, and the caller has to end that; false: the
 * device is wedged or removed.
 */
bool genpu_reset_begin(struct genpu_device *gdev)
{
	enum genpu_device_state old;

	do {
		wait_event(gdev->reset_wait, READ_ONCE(gdev->state) != GENPU_STATE_RESETTING);
		spin_lock_irq(&gdev->admin.lock);
		old = gdev->state;
		if (old == GENPU_STATE_RUNNING)
			WRITE_ONCE(gdev->state, GENPU_STATE_RESETTING);
		spin_unlock_irq(&gdev->admin.lock);
	} while (old == GENPU_STATE_RESETTING);
	return old == GENPU_STATE_RUNNING;
}

/**
 * genpu_reset_down() - reset the device and hold all streams
 * @gdev: device in GENPU_STATE_RESETTING
 * @blame: GENPU_BLAME_NONE: tries to let running tasks end first
 *
 * Return: 0: it does no DMA any more; -EIO: it does not answer.
 */
int genpu_reset_down(struct genpu_device *gdev, enum genpu_blame blame)
{
	int ret;

	genpu_admin_down(gdev, -EIO);
	if (blame == GENPU_BLAME_NONE && genpu_device_quiesce(gdev))
		blame = GENPU_BLAME_CUT;
	ret = genpu_device_disable(gdev);
	if (!ret)
		genpu_restore_wiped(gdev, blame);
	return ret;
}

/**
 * genpu_reset_up() - give the device back
 * @gdev: device that was started after genpu_reset_down()
 *
 * Return: 0: it runs as before; else it does not work.
 */
int genpu_reset_up(struct genpu_device *gdev)
{
	int ret = genpu_restore_objects(gdev);

	if (ret)
		return ret;
	genpu_reset_set_state(gdev, GENPU_STATE_RUNNING);
	genpu_restore_go(gdev);
	return 0;
}

/**
 * genpu_reset_wedge() - give the device up
 * @gdev: device in GENPU_STATE_RESETTING
 */
void genpu_reset_wedge(struct genpu_device *gdev)
{
	int error = pci_device_is_present(gdev->pdev) ? -ECANCELED : -ENODEV;
	char method[] = "WEDGED=rebind,bus-reset";
	char *envp[2] = { method };
	struct genpu_stream *stream;

	drm_err(&gdev->drm, "device does not come back from reset, it is wedged until a rebind\n");
	genpu_admin_down(gdev, -EIO);
	pci_clear_master(gdev->pdev);
	mutex_lock(&gdev->objects_lock);
	list_for_each_entry(stream, &gdev->streams, object.link)
		genpu_stream_lost(stream, error);
	mutex_unlock(&gdev->objects_lock);
	genpu_reset_set_state(gdev, GENPU_STATE_WEDGED);
	trace_genpu_reset_end(gdev, -EIO);
	genpu_notice_device(gdev, GENPU_NL_EVENT_WEDGED, NULL, 0);
	/* As drm_dev_wedged_event(), which not all kernels have and which knows no accel minors. */
	kobject_uevent_env(&gdev->drm.accel->kdev->kobj, KOBJ_CHANGE, envp);
}

void genpu_reset_work(struct work_struct *work)
{
	struct genpu_device *gdev = container_of(work, struct genpu_device, reset_work);
	bool cookie;
	int ret, idx;

	if (!drm_dev_enter(&gdev->drm, &idx))
		return;

	cookie = dma_fence_begin_signalling();
	genpu_coredump_take(gdev, NULL, gdev->reset_reason);
	ret = genpu_reset_down(gdev, GENPU_BLAME_RESET);
	if (!ret) {
		atomic_inc(&gdev->resets);
		ret = genpu_device_start(gdev);
		ret = ret ?: genpu_reset_up(gdev);
	}
	dma_fence_end_signalling(cookie);
	if (ret) {
		genpu_reset_wedge(gdev);
	} else {
		trace_genpu_reset_end(gdev, 0);
		genpu_notice_device(gdev, GENPU_NL_EVENT_RESET_END, NULL, 0);
		drm_info(&gdev->drm, "device was reset and goes on\n");
	}
	drm_dev_exit(idx);
}

/**
 * genpu_reset_schedule() - the device no longer does what it should: reset it
 * @gdev: device
 * @generation: in which that was seen; if a reset has been done since, this does nothing
 * @reason: for the log
 */
void genpu_reset_schedule(struct genpu_device *gdev, u32 generation, const char *reason)
{
	unsigned long flags;
	bool now;

	spin_lock_irqsave(&gdev->admin.lock, flags);
	now = gdev->state == GENPU_STATE_RUNNING && gdev->generation == generation;
	if (now) {
		WRITE_ONCE(gdev->state, GENPU_STATE_RESETTING);
		gdev->reset_reason = reason;
	}
	spin_unlock_irqrestore(&gdev->admin.lock, flags);
	if (!now)
		return;

	trace_genpu_reset_begin(gdev, reason);
	genpu_notice_device(gdev, GENPU_NL_EVENT_RESET_BEGIN, reason, 0);
	drm_err(&gdev->drm, "%s: device reset\n", reason);
	queue_work(genpu_recovery_wq, &gdev->reset_work);
}

/**
 * genpu_reset_escalate() - make sure that the device uses nothing of a generation any more
 * @gdev: device
 * @generation: to be ended
 * @reason: for the log
 *
 * Sleeps until a reset is done, or is found not to be needed. Afterwards memory that the device
 * might have used may be freed: it was reset, removed, or cut off.
 */
void genpu_reset_escalate(struct genpu_device *gdev, u32 generation, const char *reason)
{
	genpu_reset_schedule(gdev, generation, reason);
	wait_event(gdev->reset_wait, READ_ONCE(gdev->generation) != generation ||
		   READ_ONCE(gdev->state) == GENPU_STATE_WEDGED ||
		   READ_ONCE(gdev->state) == GENPU_STATE_DOWN);
}
