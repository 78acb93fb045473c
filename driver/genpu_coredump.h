/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_COREDUMP_H_
#define _GENPU_COREDUMP_H_

#include <linux/types.h>
#include <linux/workqueue.h>

#include <drm/genpu_isa.h>

#include "genpu_print.h"
#include "genpu_stream.h"

struct genpu_device;

#define GENPU_COREDUMP_TASKS	16	/* of the ring, around the one that hangs */
#define GENPU_COREDUMP_BEFORE	4	/* of these, tasks before it */
#define GENPU_COREDUMP_ADMIN	16	/* commands */

/**
 * struct genpu_coredump - what is kept of the moment of a hang, until it is written as text
 * @busy: a snapshot is taken or being written: all but @work belongs to who set it
 * @reason: a literal
 * @time: CLOCK_REALTIME, ns
 * @uptime: CLOCK_MONOTONIC, ns
 * @regs: registers
 * @admin_tail: commands ever
 * @admin: the last ones; command n at n % GENPU_COREDUMP_ADMIN
 * @answers: to them
 * @waiting: bit n: nobody has seen an answer to @admin[n]
 * @stream: stream that hangs, a reference, or NULL; its context, too
 * @failure: of it
 * @tail: tasks put into its ring
 * @completed: tasks completed
 * @notify: count at which the device posts an event
 * @start: number of the first task of the job that hangs
 * @num_tasks: of it
 * @waited_ms: time of the job at the head of the stream
 * @status: of the queue, as the device wrote it
 * @first: number of @tasks[0]
 * @tasks: of the ring
 * @work: writes it
 */
struct genpu_coredump {
	unsigned long busy;
	const char *reason;
	u64 time;
	u64 uptime;
	u32 regs[GENPU_PRINT_REGS];
	u64 admin_tail;
	struct genpu_task admin[GENPU_COREDUMP_ADMIN];
	struct genpu_admin_status answers[GENPU_COREDUMP_ADMIN];
	unsigned long waiting;
	struct genpu_stream *stream;
	struct genpu_failure failure;
	u64 tail;
	u64 completed;
	u64 notify;
	u64 start;
	u32 num_tasks;
	u64 waited_ms;
	struct genpu_queue_status status;
	u64 first;
	struct genpu_task tasks[GENPU_COREDUMP_TASKS];
	struct work_struct work;
};

int genpu_coredump_init(struct genpu_device *gdev);
void genpu_coredump_hang(struct genpu_stream *stream);
void genpu_coredump_reset(struct genpu_device *gdev, const char *reason);

#endif /* _GENPU_COREDUMP_H_ */
