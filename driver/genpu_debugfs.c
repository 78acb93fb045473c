// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs, for people and tests: one line an object, and in "memory" what exists in total. All
 * counts in there but those of the device itself are zero when nothing has the device open.
 */
#include <linux/seq_file.h>

#include <drm/drm_debugfs.h>
#include <drm/drm_drv.h>

#include "genpu_bo.h"
#include "genpu_ctx.h"
#include "genpu_debugfs.h"
#include "genpu_device.h"
#include "genpu_stream.h"

static struct genpu_device *genpu_debugfs_device(struct seq_file *m)
{
	struct drm_debugfs_entry *entry = m->private;

	return to_genpu(entry->dev);
}

static int genpu_debugfs_bos(struct seq_file *m, void *data)
{
	struct genpu_device *gdev = genpu_debugfs_device(m);
	struct genpu_bo *bo;

	seq_puts(m, "region size pieces handles references\n");
	mutex_lock(&gdev->bos_lock);
	list_for_each_entry(bo, &gdev->bos, link)
		seq_printf(m, "%s %zu %u %u %u\n",
			   bo->region == DRM_GENPU_REGION_DEVICE ? "device" : "system",
			   bo->base.size, bo->num_extents, bo->base.handle_count,
			   kref_read(&bo->base.refcount));
	mutex_unlock(&gdev->bos_lock);
	return 0;
}

static int genpu_debugfs_contexts(struct seq_file *m, void *data)
{
	struct genpu_device *gdev = genpu_debugfs_device(m);
	struct genpu_ctx *ctx;

	seq_puts(m, "device-id id hangs banned lost references\n");
	mutex_lock(&gdev->objects_lock);
	list_for_each_entry(ctx, &gdev->ctxs, link)
		seq_printf(m, "%u %u %d %d %d %u\n", ctx->vm.ctx_id, ctx->id,
			   atomic_read(&ctx->hangs), ctx->banned, genpu_ctx_lost(ctx),
			   kref_read(&ctx->kref));
	mutex_unlock(&gdev->objects_lock);
	return 0;
}

static int genpu_debugfs_streams(struct seq_file *m, void *data)
{
	struct genpu_device *gdev = genpu_debugfs_device(m);
	struct genpu_stream *stream;

	seq_puts(m, "queue context id live status submitted ended tail completed notify hangs\n");
	mutex_lock(&gdev->objects_lock);
	list_for_each_entry(stream, &gdev->streams, link) {
		u64 submitted, ended = genpu_stream_ended(stream, &submitted);

		spin_lock_irq(&stream->fence_lock);
		seq_printf(m, "%u %u %u %d %u %llu %llu %llu %llu %llu %u\n", stream->queue,
			   stream->ctx->id, stream->id, stream->live, stream->failure.status,
			   submitted, ended, stream->tail, stream->completed, stream->notify,
			   stream->hangs);
		spin_unlock_irq(&stream->fence_lock);
	}
	mutex_unlock(&gdev->objects_lock);
	return 0;
}

static int genpu_debugfs_memory(struct seq_file *m, void *data)
{
	struct genpu_device *gdev = genpu_debugfs_device(m);
	size_t bos, ctxs, streams;
	u64 total, free;

	genpu_mem_usage(gdev, &total, &free);
	mutex_lock(&gdev->bos_lock);
	bos = list_count_nodes(&gdev->bos);
	mutex_unlock(&gdev->bos_lock);
	mutex_lock(&gdev->objects_lock);
	ctxs = list_count_nodes(&gdev->ctxs);
	streams = list_count_nodes(&gdev->streams);
	mutex_unlock(&gdev->objects_lock);

	seq_printf(m, "device-total %llu\n", total);
	seq_printf(m, "device-used %llu\n", total - free);
	seq_printf(m, "system-used %lld\n", (s64)atomic64_read(&gdev->system_bytes));
	seq_printf(m, "page-tables %u\n", atomic_read(&gdev->num_tables));
	seq_printf(m, "bos %zu\n", bos);
	seq_printf(m, "contexts %zu\n", ctxs);
	seq_printf(m, "streams %zu\n", streams);
	seq_printf(m, "graphs %u\n", atomic_read(&gdev->num_graphs));
	return 0;
}

static int genpu_debugfs_device_show(struct seq_file *m, void *data)
{
	struct genpu_device *gdev = genpu_debugfs_device(m);
	u32 i;
	int idx;

	seq_printf(m, "state %u\n", READ_ONCE(gdev->state));
	seq_printf(m, "generation %u\n", READ_ONCE(gdev->generation));
	seq_printf(m, "resets %u\n", atomic_read(&gdev->resets));
	seq_printf(m, "hangs %u\n", atomic_read(&gdev->hangs));
	seq_printf(m, "faults %u\n", atomic_read(&gdev->faults));
	seq_printf(m, "busy-streams %u\n", atomic_read(&gdev->busy_streams));
	seq_printf(m, "retired-jobs %lld\n", (s64)atomic64_read(&gdev->retired));
	for (i = 0; i < gdev->num_eqs; i++)
		seq_printf(m, "events%u %llu bad %llu\n", i, gdev->eqs[i].head, gdev->eqs[i].bad);
	if (!drm_dev_enter(&gdev->drm, &idx))
		return 0;
	seq_printf(m, "status 0x%x\n", genpu_read(gdev, GENPU_REG_STATUS));
	seq_printf(m, "device-resets %u\n", genpu_read(gdev, GENPU_REG_RESETS));
	seq_printf(m, "device-faults %u\n", genpu_read(gdev, GENPU_REG_FAULTS));
	drm_dev_exit(idx);
	return 0;
}

static const struct drm_debugfs_info genpu_debugfs_files[] = {
	{ "bos", genpu_debugfs_bos, 0, NULL },
	{ "contexts", genpu_debugfs_contexts, 0, NULL },
	{ "streams", genpu_debugfs_streams, 0, NULL },
	{ "memory", genpu_debugfs_memory, 0, NULL },
	{ "device", genpu_debugfs_device_show, 0, NULL },
};

void genpu_debugfs_init(struct genpu_device *gdev)
{
	drm_debugfs_add_files(&gdev->drm, genpu_debugfs_files, ARRAY_SIZE(genpu_debugfs_files));
}
