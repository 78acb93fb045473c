// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notices: what happened to a device and its jobs lately, for netlink and the coredump. They are
 * taken where fences wait, by event threads and recovery, so taking one copies a few words into a
 * ring and allocates nothing; a work item tells those who listen. If it falls behind the oldest are
 * lost, and it tells how many.
 */
#include <linux/pid.h>

#include "genpu_ctx.h"
#include "genpu_device.h"
#include "genpu_stream.h"

void genpu_notice_work(struct work_struct *work)
{
	struct genpu_device *gdev = container_of(work, struct genpu_device, notices.work);
	struct genpu_notices *notices = &gdev->notices;
	struct genpu_notice notice;
	u64 number = notices->told;

	for (; genpu_notice_read(gdev, &number, &notice); notices->told = ++number)
		genpu_netlink_tell(gdev, &notice, number - notices->told);
}

/**
 * genpu_notices_close() - tell what there is to tell, for the last time
 * @gdev: device that is being removed
 */
void genpu_notices_close(struct genpu_device *gdev)
{
	spin_lock_irq(&gdev->notices.lock);
	gdev->notices.closed = true;
	spin_unlock_irq(&gdev->notices.lock);
	flush_work(&gdev->notices.work);
}

/**
 * genpu_notice_read() - copy a notice
 * @gdev: device
 * @number: of the notice, from 0; moved on to the oldest one that is kept
 * @notice: out
 *
 * Return: false if there is none yet.
 */
bool genpu_notice_read(struct genpu_device *gdev, u64 *number, struct genpu_notice *notice)
{
	struct genpu_notices *notices = &gdev->notices;
	bool there;

	spin_lock_irq(&notices->lock);
	if (*number + GENPU_NOTICES < notices->count)
		*number = notices->count - GENPU_NOTICES;
	there = *number < notices->count;
	if (there)
		*notice = notices->ring[*number % GENPU_NOTICES];
	spin_unlock_irq(&notices->lock);
	return there;
}

static void genpu_notice_take(struct genpu_device *gdev, struct genpu_notice *notice)
{
	struct genpu_notices *notices = &gdev->notices;
	unsigned long flags;

	notice->time = ktime_get_ns();
	spin_lock_irqsave(&notices->lock, flags);
	notices->ring[notices->count++ % GENPU_NOTICES] = *notice;
	if (!notices->closed)
		queue_work(genpu_cleanup_wq, &notices->work);
	spin_unlock_irqrestore(&notices->lock, flags);
}

/**
 * genpu_notice_device() - something happened to the device; from any context
 * @gdev: device
 * @kind: what
 * @reason: a literal or NULL
 * @value: see struct genpu_notice
 */
void genpu_notice_device(struct genpu_device *gdev, enum genpu_nl_event kind, const char *reason,
			 u64 value)
{
	struct genpu_notice notice = { .kind = kind, .reason = reason, .value = value };

	genpu_notice_take(gdev, &notice);
}

/**
 * genpu_notice_job() - a job failed or took too long, or a context is banned; from any context
 * @ctx: its context
 * @stream: its stream, or NULL: all of the context
 * @kind: which of these
 * @failure: details
 */
void genpu_notice_job(struct genpu_ctx *ctx, struct genpu_stream *stream, enum genpu_nl_event kind,
		      const struct drm_genpu_stream_state *failure)
{
	struct genpu_notice notice = {
		.kind = kind,
		.value = failure->addr,
		.client = ctx->gfile->client_id,
		.pid = pid_nr(ctx->pid),
		.context = ctx->id,
		.stream = stream ? stream->id : 0,
		.failure = *failure,
	};

	genpu_notice_take(ctx->gdev, &notice);
}
