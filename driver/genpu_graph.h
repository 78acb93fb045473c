/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_GRAPH_H_
#define _GENPU_GRAPH_H_

#include <linux/workqueue.h>

#include <drm/genpu_isa.h>

#include "genpu_drv.h"
#include "genpu_restore.h"

/**
 * struct genpu_graph - a program that the device keeps; constant
 * @handle: its number in the file; jobs hold references
 * @object: what the device has of it; the copy of the program is mapped at create.program.va
 * @ctx: context, holds a reference
 * @id: userspace's number
 * @program: the device's number
 * @release_work: unloads it, where the last reference is dropped by a job
 */
struct genpu_graph {
	struct genpu_handle handle;
	struct genpu_object object;
	struct genpu_ctx *ctx;
	u32 id;
	u32 program;
	struct work_struct release_work;
};

void genpu_graph_put(struct genpu_graph *graph);
void genpu_graph_put_async(struct genpu_graph *graph);
void genpu_graph_close_all(struct genpu_file *gfile, struct genpu_ctx *ctx);

#endif /* _GENPU_GRAPH_H_ */
