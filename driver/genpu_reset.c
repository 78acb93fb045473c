// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device reset, the step after a queue reset that failed. It takes all contexts, streams and
 * graphs; device memory keeps its contents.
 *
 * If the device does not come back it is wedged: its DMA is cut off, everything fails with -EIO,
 * and userspace is told that only a rebind may help.
 */
#include <drm/drm_drv.h>
#include <drm/drm_print.h>

#include "genpu_compat.h"
#include "genpu_device.h"
#include "genpu_notice.h"
#include "genpu_reset.h"
#include "genpu_stream.h"
#include "genpu_trace.h"

/**
 * genpu_reset_set_state() - change what is expected of the device
 * @gdev: device
 * @state: GENPU_STATE_RUNNING also begins a generation and lets admin commands in
 */
void genpu_reset_set_state(struct genpu_device *gdev, enum genpu_device_state state)
{
	spin_lock_irq(&gdev->admin.lock);
	WRITE_ONCE(gdev->state, state);
	if (state == GENPU_STATE_RUNNING) {
		WRITE_ONCE(gdev->generation, gdev->generation + 1);
		gdev->admin.down = 0;
	}
	spin_unlock_irq(&gdev->admin.lock);
	wake_up_all(&gdev->reset_wait);
}

static void genpu_reset_lose_streams(struct genpu_device *gdev)
{
	struct genpu_stream *stream;

	mutex_lock(&gdev->objects_lock);
	list_for_each_entry(stream, &gdev->streams, link)
		genpu_stream_lost(stream, -ECANCELED);
	mutex_unlock(&gdev->objects_lock);
}

static void genpu_reset_wedge(struct genpu_device *gdev)
{
	drm_err(&gdev->drm, "device does not come back from reset, it is wedged until a rebind\n");
	pci_clear_master(gdev->pdev);
	genpu_reset_lose_streams(gdev);
	genpu_reset_set_state(gdev, GENPU_STATE_WEDGED);
	trace_genpu_reset_end(gdev, -EIO);
	genpu_notice_device(gdev, GENPU_NL_EVENT_WEDGED, NULL, 0);
	drm_dev_wedged_event(&gdev->drm, DRM_WEDGE_RECOVERY_REBIND | DRM_WEDGE_RECOVERY_BUS_RESET,
			     NULL);
}

void genpu_reset_work(struct work_struct *work)
{
	struct genpu_device *gdev = container_of(work, struct genpu_device, reset_work);
	int idx;

	if (!drm_dev_enter(&gdev->drm, &idx))
		return;

	genpu_coredump_reset(gdev, gdev->reset_reason);
	genpu_admin_down(gdev, -EIO);
	if (genpu_device_disable(gdev)) {
		genpu_reset_wedge(gdev);
		goto out;
	}
	/* No DMA from here: fences may signal, and memory may be freed once the state changes. */
	genpu_reset_lose_streams(gdev);
	atomic_inc(&gdev->resets);
	if (genpu_device_start(gdev)) {
		genpu_reset_wedge(gdev);
		goto out;
	}
	genpu_reset_set_state(gdev, GENPU_STATE_RUNNING);
	trace_genpu_reset_end(gdev, 0);
	genpu_notice_device(gdev, GENPU_NL_EVENT_RESET_END, NULL, 0);
	drm_info(&gdev->drm, "device was reset; its contexts are lost\n");
out:
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
