/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_COREDUMP_H_
#define _GENPU_COREDUMP_H_

#include <linux/seq_buf.h>
#include <linux/sizes.h>
#include <linux/workqueue.h>

struct genpu_device;
struct genpu_stream;

/**
 * struct genpu_coredump - the moment of a hang, until the rest is added
 * @busy: a dump is being made: all below belongs to who set it
 * @stream: stream that hangs, a reference, or NULL; its context, too
 * @now: what recovery destroys, written to @text
 * @text: long enough for all of that
 * @work: adds what has time; holds a reference to the device
 */
struct genpu_coredump {
	unsigned long busy;
	struct genpu_stream *stream;
	struct seq_buf now;
	char text[SZ_16K];
	struct work_struct work;
};

void genpu_coredump_take(struct genpu_device *gdev, struct genpu_stream *stream,
			 const char *reason);
void genpu_coredump_work(struct work_struct *work);

#endif /* _GENPU_COREDUMP_H_ */
