// SPDX-License-Identifier: GPL-2.0-only
/*
 * Graphs: programs that the device has verified and keeps. The kernel does not look into programs.
 */
#include <linux/slab.h>

#include "genpu_bo.h"
#include "genpu_ctx.h"
#include "genpu_device.h"
#include "genpu_graph.h"

/* Sleeps until tasks that run the program are done; jobs that use it hold references. */
static void genpu_graph_release_work(struct work_struct *work)
{
	struct genpu_graph *graph = container_of(work, struct genpu_graph, release_work);
	struct genpu_device *gdev = graph->ctx->gdev;
	struct genpu_admin_cmd cmd = {
		.task.op = GENPU_ADMIN_PROGRAM_UNLOAD,
		.task.program.program = graph->program,
	};

	genpu_object_destroy(gdev, &graph->object, &cmd);
	genpu_object_unlink(gdev, &graph->object);
	ida_free(&gdev->program_ids, graph->program);
	genpu_vm_unmap_own(&graph->ctx->vm, graph->object.create.program.va);
	genpu_ctx_put(graph->ctx);
	kfree(graph);
}

static void genpu_graph_release(struct kref *kref)
{
	struct genpu_graph *graph = container_of(kref, struct genpu_graph, handle.kref);

	genpu_graph_release_work(&graph->release_work);
}

static void genpu_graph_release_async(struct kref *kref)
{
	struct genpu_graph *graph = container_of(kref, struct genpu_graph, handle.kref);

	queue_work(genpu_cleanup_wq, &graph->release_work);
}

/**
 * genpu_graph_put() - drop a reference; may sleep
 * @graph: graph
 */
void genpu_graph_put(struct genpu_graph *graph)
{
	kref_put(&graph->handle.kref, genpu_graph_release);
}

/**
 * genpu_graph_put_async() - drop a reference where one may not sleep for long
 * @graph: graph
 */
void genpu_graph_put_async(struct genpu_graph *graph)
{
	kref_put(&graph->handle.kref, genpu_graph_release_async);
}

/**
 * genpu_graph_close_all() - unload graphs of a file
 * @gfile: file
 * @ctx: those of this context, or NULL: all
 */
void genpu_graph_close_all(struct genpu_file *gfile, struct genpu_ctx *ctx)
{
	struct genpu_graph *graph;
	unsigned long id = 0;

	while ((graph = genpu_handle_take_next(&gfile->graphs, &id, ctx)))
		genpu_graph_put(graph);
}

/* What the device says of a program, for userspace. */
static int genpu_graph_errno(u32 error)
{
	switch (error) {
	case GENPU_OK:
		return 0;
	case GENPU_ERR_PAGE_FAULT:
	case GENPU_ERR_BUS:
		return -EFAULT;
	case GENPU_ERR_NO_MEMORY:
		return -ENOMEM;
	case GENPU_ERR_ALIGN:
	case GENPU_ERR_RANGE:
	case GENPU_ERR_VALUE:
		return -EINVAL;
	case GENPU_ERR_PROG_TRUNCATED ... GENPU_ERR_PROG_UNSUPPORTED:
		return -EBADMSG;
	default:
		return -EIO;
	}
}

/* Put a copy of the program where the device can read it as often as it is reset. */
static int genpu_graph_map(struct genpu_ctx *ctx, const void *program, u64 size, u64 *va)
{
	struct genpu_bo *bo __free(genpu_bo_put) =
		genpu_bo_create(ctx->gdev, PAGE_ALIGN(size), DRM_GENPU_REGION_SYSTEM,
				DRM_GENPU_BO_NO_CPU_ACCESS);
	u32 i;

	if (IS_ERR(bo))
		return PTR_ERR(bo);
	for (i = 0; i < bo->num_extents; i++)
		memcpy(pfn_to_kaddr(bo->extents[i].pfn), program + bo->extents[i].start,
		       min(bo->extents[i].size, size - bo->extents[i].start));
	return genpu_vm_map_own(&ctx->vm, bo, va);
}

static struct genpu_graph *genpu_graph_load(struct genpu_ctx *ctx, const void *program,
					    struct drm_genpu_graph_load *args)
{
	struct genpu_device *gdev = ctx->gdev;
	struct genpu_admin_cmd cmd;
	struct genpu_graph *graph;
	int ret;

	graph = kzalloc_obj(*graph, GFP_KERNEL_ACCOUNT);
	if (!graph)
		return ERR_PTR(-ENOMEM);
	ret = ida_alloc_range(&gdev->program_ids, 1, gdev->num_programs, GFP_KERNEL);
	if (ret < 0)
		goto err_free;
	graph->program = ret;
	graph->object.create = (struct genpu_task) {
		.op = GENPU_ADMIN_PROGRAM_LOAD,
		.program.program = graph->program,
		.program.ctx = ctx->vm.ctx_id,
		.program.size = args->size,
		.program.const_va = args->const_va,
		.program.const_size = args->const_size,
	};
	ret = genpu_graph_map(ctx, program, args->size, &graph->object.create.program.va);
	if (ret)
		goto err_id;

	ret = genpu_object_create(gdev, &graph->object, &gdev->graphs, &cmd);
	if (ret)
		goto err_map;
	args->error = cmd.status.error;
	args->error_offset = cmd.status.offset;
	args->error_op = cmd.status.op;
	args->error_operand = cmd.status.operand;
	ret = genpu_graph_errno(args->error);
	if (ret == -EIO)	/* nobody knows what exists on the device */
		genpu_reset_escalate(gdev, cmd.generation, "program load failed for no reason");
	if (ret) {
		drm_dbg(&gdev->drm, "graph_load: device error %u at byte %u, operator %u, operand %u\n",
			args->error, args->error_offset, args->error_op, args->error_operand);
		goto err_map;
	}
	args->workspace_size = cmd.status.value;

	kref_init(&graph->handle.kref);
	graph->handle.owner = ctx;
	INIT_WORK(&graph->release_work, genpu_graph_release_work);
	graph->ctx = genpu_ctx_get(ctx);
	return graph;

err_map:
	genpu_vm_unmap_own(&ctx->vm, graph->object.create.program.va);
err_id:
	ida_free(&gdev->program_ids, graph->program);
err_free:
	kfree(graph);
	return ERR_PTR(ret);
}

static int genpu_graph_load_check(struct drm_device *drm, const struct drm_genpu_graph_load *args)
{
	if (args->flags || args->pad || !args->size || args->size > GENPU_PROG_MAX_SIZE ||
	    !IS_ALIGNED(args->const_va, GENPU_PROG_ALIGN) ||
	    !args->const_va != !args->const_size) {
		drm_dbg(drm, "graph_load: flags 0x%x, pad 0x%x, program of 0x%llx bytes or constants [0x%llx + 0x%llx] is invalid\n",
			args->flags, args->pad, args->size, args->const_va, args->const_size);
		return -EINVAL;
	}
	return 0;
}

int genpu_graph_load_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct genpu_file *gfile = to_genpu_file(file);
	struct drm_genpu_graph_load *args = data;
	struct genpu_graph *graph;
	int ret, idx;

	args->error = GENPU_OK;
	args->error_offset = GENPU_NONE;
	args->error_op = GENPU_NONE;
	args->error_operand = GENPU_NONE;

	ret = genpu_graph_load_check(drm, args);
	if (ret)
		return ret;
	struct genpu_ctx *ctx __free(genpu_ctx_put) =
		genpu_handle_lookup(&gfile->ctxs, args->ctx_id);
	if (!ctx)
		return -ENOENT;
	void *program __free(kvfree) = vmemdup_user(u64_to_user_ptr(args->program), args->size);
	if (IS_ERR(program))
		return PTR_ERR(program);
	ret = genpu_device_enter(to_genpu(drm), &idx);
	if (ret)
		return ret;
	graph = genpu_graph_load(ctx, program, args);
	drm_dev_exit(idx);
	if (IS_ERR(graph))
		return PTR_ERR(graph);
	ret = genpu_handle_add(&gfile->graphs, &graph->handle, &graph->id, &args->graph_id);
	if (ret)
		genpu_graph_put(graph);
	return ret;
}

int genpu_graph_unload_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct genpu_file *gfile = to_genpu_file(file);
	struct drm_genpu_graph_unload *args = data;
	struct genpu_graph *graph;

	if (args->pad)
		return -EINVAL;
	graph = genpu_handle_take(&gfile->graphs, args->graph_id);
	if (!graph)
		return -ENOENT;
	genpu_graph_put(graph);
	return 0;
}
