// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contexts. A context lives on the device until its last stream and graph are gone: those hold
 * references, so the order of destruction that the device wants comes by itself.
 */
#include <linux/slab.h>

#include "genpu_ctx.h"
#include "genpu_graph.h"
#include "genpu_trace.h"

static void genpu_ctx_release(struct kref *kref)
{
	struct genpu_ctx *ctx = container_of(kref, struct genpu_ctx, handle.kref);
	struct genpu_device *gdev = ctx->gdev;
	struct genpu_admin_cmd cmd = {
		.task.op = GENPU_ADMIN_CTX_DESTROY,
		.task.ctx.ctx = ctx->vm.ctx_id,
	};

	/* The device must not walk page tables that are freed. */
	genpu_object_destroy(gdev, &ctx->object, &cmd);
	/* In this order: a removal looks for page tables in the list. */
	genpu_vm_unplug(&ctx->vm);
	genpu_object_unlink(gdev, &ctx->object);
	genpu_vm_fini(&ctx->vm);
	ida_free(&gdev->ctx_ids, ctx->vm.ctx_id);
	genpu_power_put(gdev);
	genpu_file_put(ctx->gfile);
	put_pid(ctx->pid);
	mutex_destroy(&ctx->streams_lock);
	kfree(ctx);
	drm_dev_put(&gdev->drm);
}

/**
 * genpu_ctx_put() - drop a reference; may sleep
 * @ctx: context or NULL
 */
void genpu_ctx_put(struct genpu_ctx *ctx)
{
	if (ctx)
		kref_put(&ctx->handle.kref, genpu_ctx_release);
}

/**
 * genpu_ctx_hung() - one more job of a context took too long
 * @ctx: context; banned if that was too much
 */
void genpu_ctx_hung(struct genpu_ctx *ctx)
{
	struct genpu_stream *stream;

	if (atomic_inc_return(&ctx->hangs) != GENPU_CTX_MAX_HANGS)
		return;

	drm_dbg(&ctx->gdev->drm, "context %u is banned after %d hung jobs\n", ctx->id,
		GENPU_CTX_MAX_HANGS);
	trace_genpu_context_ban(ctx);
	genpu_notice_job(ctx, NULL, GENPU_NL_EVENT_BAN, &(struct drm_genpu_stream_state) { });
	guard(mutex)(&ctx->streams_lock);
	WRITE_ONCE(ctx->banned, true);
	list_for_each_entry(stream, &ctx->streams, ctx_link)
		genpu_stream_ban(stream);
}

void genpu_ctx_init_locks(struct genpu_ctx *ctx)
{
	mutex_init(&ctx->streams_lock);
}

static struct genpu_ctx *genpu_ctx_create(struct genpu_device *gdev, struct genpu_file *gfile)
{
	struct genpu_admin_cmd cmd;
	struct genpu_ctx *ctx;
	int ret, id;

	ctx = kzalloc_obj(*ctx, GFP_KERNEL_ACCOUNT);
	if (!ctx)
		return ERR_PTR(-ENOMEM);

	id = ida_alloc_range(&gdev->ctx_ids, 1, gdev->num_contexts, GFP_KERNEL);
	if (id < 0) {
		ret = id;
		goto err_free;
	}
	ret = genpu_power_get(gdev);
	if (ret)
		goto err_id;
	ret = genpu_vm_init(&ctx->vm, gdev, id);
	if (ret)
		goto err_power;

	kref_init(&ctx->handle.kref);
	ctx->gdev = gdev;
	genpu_ctx_init_locks(ctx);
	INIT_LIST_HEAD(&ctx->streams);

	ctx->gfile = gfile;
	ctx->pid = get_pid(task_tgid(current));
	get_task_comm(ctx->comm, current->group_leader);
	ctx->object.create = (struct genpu_task) {
		.op = GENPU_ADMIN_CTX_CREATE,
		.ctx.ctx = id,
		.ctx.root = genpu_pt_address(&ctx->vm.pt),
	};
	ret = genpu_object_create(gdev, &ctx->object, &gdev->ctxs, &cmd);
	ret = ret ?: genpu_admin_verdict(gdev, &cmd);
	if (ret)
		goto err_vm;

	drm_dev_get(&gdev->drm);
	kref_get(&gfile->kref);
	return ctx;

err_vm:
	put_pid(ctx->pid);
	genpu_vm_fini(&ctx->vm);
err_power:
	genpu_power_put(gdev);
err_id:
	ida_free(&gdev->ctx_ids, id);
err_free:
	kfree(ctx);
	return ERR_PTR(ret);
}

int genpu_ctx_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct genpu_device *gdev = to_genpu(drm);
	struct genpu_file *gfile = to_genpu_file(file);
	struct drm_genpu_ctx_create *args = data;
	struct genpu_ctx *ctx;
	int ret, idx;

	if (args->flags) {
		drm_dbg(drm, "ctx_create: flags 0x%x are invalid\n", args->flags);
		return -EINVAL;
	}
	ret = genpu_device_enter(gdev, &idx);
	if (ret)
		return ret;
	ctx = genpu_ctx_create(gdev, gfile);
	drm_dev_exit(idx);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);

	ret = genpu_handle_add(&gfile->ctxs, &ctx->handle, &ctx->id, &args->ctx_id);
	if (ret)
		genpu_ctx_put(ctx);
	return ret;
}

int genpu_ctx_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct genpu_file *gfile = to_genpu_file(file);
	struct drm_genpu_ctx_destroy *args = data;
	struct genpu_ctx *ctx;

	if (args->pad)
		return -EINVAL;
	ctx = genpu_handle_take(&gfile->ctxs, args->ctx_id);
	if (!ctx)
		return -ENOENT;
	genpu_stream_close_all(gfile, ctx);
	genpu_graph_close_all(gfile, ctx);
	genpu_ctx_put(ctx);
	return 0;
}

/**
 * genpu_ctx_close_all() - the file is closed: destroy its contexts and all that is in them
 * @gfile: file, which nobody uses any more
 */
void genpu_ctx_close_all(struct genpu_file *gfile)
{
	struct genpu_ctx *ctx;
	unsigned long id = 0;

	/*
	 * All streams of the file at once: each waits for the operator that it is running. All, for
	 * one that was made while its context was destroyed is in no context of the file.
	 */
	genpu_stream_close_all(gfile, NULL);
	genpu_graph_close_all(gfile, NULL);
	while ((ctx = genpu_handle_take_next(&gfile->ctxs, &id, NULL)))
		genpu_ctx_put(ctx);
}
