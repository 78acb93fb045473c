/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_CTX_H_
#define _GENPU_CTX_H_

#include <linux/sched.h>

#include "genpu_drv.h"
#include "genpu_restore.h"
#include "genpu_vm.h"

#define GENPU_CTX_MAX_HANGS	4	/* a context with so many hung jobs is banned */

/**
 * struct genpu_ctx - a context: an address space, and the fate that its streams share
 * @handle: its number in the file; streams and graphs hold references
 * @gdev: device, holds a reference
 * @gfile: file that made it, holds a reference
 * @id: userspace's number
 * @pid: process that made it, holds a reference
 * @comm: its name at that time
 * @vm: address space
 * @streams_lock: protects @streams
 * @streams: its streams that are not destroyed
 * @hangs: jobs that took too long
 * @banned: takes no more work
 * @object: what the device has of it
 */
struct genpu_ctx {
	struct genpu_handle handle;
	struct genpu_device *gdev;
	struct genpu_file *gfile;
	u32 id;
	struct pid *pid;
	char comm[TASK_COMM_LEN];
	struct genpu_vm vm;
	struct mutex streams_lock;	/* streams */
	struct list_head streams;
	atomic_t hangs;
	bool banned;
	struct genpu_object object;
};

static inline struct genpu_ctx *genpu_ctx_get(struct genpu_ctx *ctx)
{
	kref_get(&ctx->handle.kref);
	return ctx;
}

void genpu_ctx_init_locks(struct genpu_ctx *ctx);
void genpu_ctx_put(struct genpu_ctx *ctx);
DEFINE_FREE(genpu_ctx_put, struct genpu_ctx *, genpu_ctx_put(_T))

void genpu_ctx_hung(struct genpu_ctx *ctx);
void genpu_ctx_close_all(struct genpu_file *gfile);

#endif /* _GENPU_CTX_H_ */
