/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_NOTICE_H_
#define _GENPU_NOTICE_H_

#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <drm/genpu_accel.h>
#include <drm/genpu_netlink.h>

struct genl_family;
struct genpu_ctx;
struct genpu_device;
struct genpu_stream;

#define GENPU_NOTICES	64	/* kept; a power of two */

/**
 * struct genpu_notice - something that happened to a device or a job
 * @kind: enum genpu_nl_event
 * @time: CLOCK_MONOTONIC, ns
 * @reason: RESET_BEGIN: why; a literal
 * @value: THERMAL: millidegrees; MEMORY_ERROR: address in device memory; of a job: context address
 * @client: this and below: of a job. Of the DRM core
 * @pid: who made the context, in the initial namespace
 * @context: userspace's number
 * @stream: userspace's number, 0 = all of the context
 * @failure: what happened to it
 */
struct genpu_notice {
	u32 kind;
	u64 time;
	const char *reason;
	u64 value;
	u64 client;
	u32 pid;
	u32 context;
	u32 stream;
	struct drm_genpu_stream_state failure;
};

/**
 * struct genpu_notices - the last notices of a device
 * @lock: protects @ring, @count, @closed; the innermost lock, taken by event threads
 * @ring: notice n at n % GENPU_NOTICES
 * @count: notices ever
 * @told: of these, how many netlink has been told or has lost; of @work alone
 * @closed: the device is removed: nobody is told any more
 * @work: tells netlink
 */
struct genpu_notices {
	spinlock_t lock;	/* ring, count, closed */
	struct genpu_notice ring[GENPU_NOTICES];
	u64 count;
	u64 told;
	bool closed;
	struct work_struct work;
};

void genpu_notice_work(struct work_struct *work);
void genpu_notices_close(struct genpu_device *gdev);
bool genpu_notice_read(struct genpu_device *gdev, u64 *number, struct genpu_notice *notice);

void genpu_notice_device(struct genpu_device *gdev, enum genpu_nl_event kind, const char *reason,
			 u64 value);
void genpu_notice_job(struct genpu_ctx *ctx, struct genpu_stream *stream, enum genpu_nl_event kind,
		      const struct drm_genpu_stream_state *failure);

/* The generic netlink family, which tells them. */
extern struct genl_family genpu_netlink_family;
int genpu_netlink_init(struct genpu_device *gdev);
void genpu_netlink_tell(struct genpu_device *gdev, const struct genpu_notice *notice, u64 lost);

#endif /* _GENPU_NOTICE_H_ */
