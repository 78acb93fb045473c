/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_GRAPH_H_
#define _GENPU_GRAPH_H_

#include <linux/kref.h>
#include <linux/workqueue.h>

#include <drm/genpu_isa.h>

#include "genpu_restore.h"

struct drm_device;
struct drm_file;
struct genpu_ctx;
struct genpu_file;

/**
 * struct genpu_graph - a program that the device keeps; constant
 * @kref: held by the id in its file, and by jobs
 * @object: what the device has of it
 * @ctx: context, holds a reference
 * @id: userspace's number
 * @program: the device's number
 * @load: what loads it on the device; the program is copied, mapped at @load.program.va
 * @release_work: unloads it, where the last reference is dropped by a job
 */
struct genpu_graph {
	struct kref kref;
	struct genpu_object object;
	struct genpu_ctx *ctx;
	u32 id;
	u32 program;
	struct genpu_task load;
	struct work_struct release_work;
};

struct genpu_graph *genpu_graph_lookup(struct drm_file *file, u32 id);
void genpu_graph_put(struct genpu_graph *graph);
void genpu_graph_put_async(struct genpu_graph *graph);
void genpu_graph_close_all(struct genpu_file *gfile, struct genpu_ctx *ctx);

int genpu_graph_load_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int genpu_graph_unload_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _GENPU_GRAPH_H_ */
