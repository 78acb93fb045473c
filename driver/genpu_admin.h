/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_ADMIN_H_
#define _GENPU_ADMIN_H_

#include <linux/completion.h>
#include <linux/wait.h>

#include <drm/genpu_isa.h>

struct genpu_device;

#define GENPU_ADMIN_SHIFT	8
#define GENPU_ADMIN_ENTRIES	BIT(GENPU_ADMIN_SHIFT)

/* Device resets that may get in the way of a command before that is given up. */
#define GENPU_ADMIN_TRIES	3

/**
 * struct genpu_admin_cmd - one admin command; may live on the stack
 * @task: what to do; the cookie is filled in
 * @status: the device's answer, valid when genpu_admin_finish() returned 0
 * @done: the answer is there, or there will be none
 * @ret: 0 or why there is none
 * @slot: ring entry
 * @generation: of the device, when it was posted
 * @by_reset: part of a reset, which all others wait for
 */
struct genpu_admin_cmd {
	struct genpu_task task;
	struct genpu_admin_status status;
	struct completion done;
	int ret;
	u32 slot;
	u32 generation;
	bool by_reset;
};

/**
 * struct genpu_admin - the admin queue
 * @lock: protects all below; taken by event threads
 * @ring: tasks
 * @ring_dma: their address for the device
 * @status: answers, written by the device
 * @status_dma: their address for the device
 * @tail: tasks ever posted since bring-up
 * @cookie: last one used; never 0, so that a cleared answer belongs to no command
 * @slots: command in each ring entry, NULL = free, genpu_admin_abandoned = nobody waits any more
 * @room: woken when an entry becomes free, or the queue goes down
 * @down: 0, or the error that commands fail with
 */
struct genpu_admin {
	spinlock_t lock;	/* all below */
	struct genpu_task *ring;
	dma_addr_t ring_dma;
	struct genpu_admin_status *status;
	dma_addr_t status_dma;
	u64 tail;
	u32 cookie;
	struct genpu_admin_cmd *slots[GENPU_ADMIN_ENTRIES];
	wait_queue_head_t room;
	int down;
};

int genpu_admin_init(struct genpu_device *gdev);
void genpu_admin_up(struct genpu_device *gdev);
void genpu_admin_down(struct genpu_device *gdev, int error);
void genpu_admin_event(struct genpu_device *gdev, u64 number);

int genpu_admin_start(struct genpu_device *gdev, u32 generation, struct genpu_admin_cmd *cmd);
int genpu_admin_finish(struct genpu_device *gdev, struct genpu_admin_cmd *cmd);
int genpu_admin_run(struct genpu_device *gdev, u32 generation, struct genpu_admin_cmd *cmd);
int genpu_admin_result(struct genpu_device *gdev, const struct genpu_admin_cmd *cmd);
int genpu_admin_verdict(struct genpu_device *gdev, const struct genpu_admin_cmd *cmd);
void genpu_admin_exec(struct genpu_device *gdev, struct genpu_admin_cmd *cmd);

#endif /* _GENPU_ADMIN_H_ */
