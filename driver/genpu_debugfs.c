// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs, for people and tests: one line an object, and in "memory" what exists in total. All
 * counts in there but those of the device itself are zero when nothing has the device open.
 */
#include <linux/seq_file.h>

#include <drm/drm_debugfs.h>

#include "genpu_bo.h"
#include "genpu_ctx.h"
#include "genpu_debugfs.h"
#include "genpu_device.h"
#include "genpu_print.h"
#include "genpu_stream.h"
#include "genpu_telemetry.h"

static struct genpu_device *genpu_debugfs_device(struct seq_file *m)
{
	struct drm_debugfs_entry *entry = m->private;

	return to_genpu(entry->dev);
}

static const char * const genpu_debugfs_kinds[] = {
	[GENPU_BO_DEVICE] = "device",
	[GENPU_BO_PAGES] = "system",
	[GENPU_BO_USERPTR] = "user",
	[GENPU_BO_IMPORT] = "import",
};

static int genpu_debugfs_bos(struct seq_file *m, void *data)
{
	struct genpu_device *gdev = genpu_debugfs_device(m);
	struct genpu_bo *bo;

	seq_puts(m, "region size pieces handles references\n");
	mutex_lock(&gdev->bos_lock);
	list_for_each_entry(bo, &gdev->bos, link)
		seq_printf(m, "%s %zu %u %u %u\n",
			   genpu_debugfs_kinds[bo->kind],
			   bo->base.size, bo->num_extents, bo->base.handle_count,
			   kref_read(&bo->base.refcount));
	mutex_unlock(&gdev->bos_lock);
	return 0;
}

static int genpu_debugfs_contexts(struct seq_file *m, void *data)
{
	struct genpu_device *gdev = genpu_debugfs_device(m);
	struct genpu_ctx *ctx;

	seq_puts(m, "device-id id hangs banned references\n");
	mutex_lock(&gdev->objects_lock);
	list_for_each_entry(ctx, &gdev->ctxs, object.link)
		seq_printf(m, "%u %u %d %d %u\n", ctx->vm.ctx_id, ctx->id,
			   atomic_read(&ctx->hangs), ctx->banned,
			   kref_read(&ctx->handle.kref));
	mutex_unlock(&gdev->objects_lock);
	return 0;
}

static int genpu_debugfs_streams(struct seq_file *m, void *data)
{
	struct drm_printer p = drm_seq_file_printer(m);

	genpu_print_streams(&p, genpu_debugfs_device(m));
	return 0;
}

/* The context behind @ctx, or the first one, with a reference; lets @ctx go. */
static struct genpu_ctx *genpu_debugfs_next_ctx(struct genpu_device *gdev, struct genpu_ctx *ctx)
{
	struct genpu_ctx *next;

	mutex_lock(&gdev->objects_lock);
	next = list_prepare_entry(ctx, &gdev->ctxs, object.link);
	list_for_each_entry_continue(next, &gdev->ctxs, object.link)
		if (kref_get_unless_zero(&next->handle.kref))
			break;
	if (list_entry_is_head(next, &gdev->ctxs, object.link))
		next = NULL;
	mutex_unlock(&gdev->objects_lock);
	if (ctx)
		genpu_ctx_put(ctx);
	return next;
}

static int genpu_debugfs_page_tables(struct seq_file *m, void *data)
{
	struct genpu_device *gdev = genpu_debugfs_device(m);
	struct drm_printer p = drm_seq_file_printer(m);
	struct genpu_ctx *ctx = NULL;

	/* Not under objects_lock: recovery takes it, and the lock of an address space waits. */
	while ((ctx = genpu_debugfs_next_ctx(gdev, ctx))) {
		seq_printf(m, "context %u id %u\n", ctx->vm.ctx_id, ctx->id);
		genpu_vm_print(&p, &ctx->vm);
	}
	return 0;
}

static int genpu_debugfs_registers(struct seq_file *m, void *data)
{
	struct genpu_device *gdev = genpu_debugfs_device(m);
	struct drm_printer p = drm_seq_file_printer(m);
	u32 regs[GENPU_PRINT_REGS];
	int ret;

	ret = genpu_telemetry_get_all(gdev, regs, ARRAY_SIZE(regs));
	if (!ret)
		genpu_print_regs(&p, regs);
	return ret;
}

static int genpu_debugfs_memory(struct seq_file *m, void *data)
{
	struct genpu_device *gdev = genpu_debugfs_device(m);
	size_t bos, ctxs, streams;
	struct drm_genpu_memory_info info;

	genpu_mem_usage(gdev, &info);
	mutex_lock(&gdev->bos_lock);
	bos = list_count_nodes(&gdev->bos);
	mutex_unlock(&gdev->bos_lock);
	mutex_lock(&gdev->objects_lock);
	ctxs = list_count_nodes(&gdev->ctxs);
	streams = list_count_nodes(&gdev->streams);
	mutex_unlock(&gdev->objects_lock);

	seq_printf(m, "device-total %llu\n", info.total);
	seq_printf(m, "device-used %llu\n", info.total - info.free);
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
	u32 i, value;

	seq_printf(m, "state %u\n", READ_ONCE(gdev->state));
	seq_printf(m, "generation %u\n", READ_ONCE(gdev->generation));
	seq_printf(m, "resets %u\n", atomic_read(&gdev->resets));
	seq_printf(m, "hangs %u\n", atomic_read(&gdev->hangs));
	seq_printf(m, "faults %u\n", atomic_read(&gdev->faults));
	seq_printf(m, "busy-streams %u\n", atomic_read(&gdev->busy_streams));
	seq_printf(m, "retired-jobs %lld\n", (s64)atomic64_read(&gdev->retired));
	for (i = 0; i < gdev->num_eqs; i++)
		seq_printf(m, "events%u %llu bad %llu\n", i, gdev->eqs[i].head, gdev->eqs[i].bad);
	if (!genpu_telemetry_get(gdev, GENPU_REG_STATUS, &value))
		seq_printf(m, "status 0x%x\n", value);
	if (!genpu_telemetry_get(gdev, GENPU_REG_RESETS, &value))
		seq_printf(m, "device-resets %u\n", value);
	if (!genpu_telemetry_get(gdev, GENPU_REG_FAULTS, &value))
		seq_printf(m, "device-faults %u\n", value);
	return 0;
}

static const struct drm_debugfs_info genpu_debugfs_files[] = {
	{ "bos", genpu_debugfs_bos, 0, NULL },
	{ "contexts", genpu_debugfs_contexts, 0, NULL },
	{ "streams", genpu_debugfs_streams, 0, NULL },
	{ "page-tables", genpu_debugfs_page_tables, 0, NULL },
	{ "registers", genpu_debugfs_registers, 0, NULL },
	{ "memory", genpu_debugfs_memory, 0, NULL },
	{ "device", genpu_debugfs_device_show, 0, NULL },
};

void genpu_debugfs_init(struct genpu_device *gdev)
{
	drm_debugfs_add_files(&gdev->drm, genpu_debugfs_files, ARRAY_SIZE(genpu_debugfs_files));
}
