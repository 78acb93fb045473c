// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs, for people and tests: one line an object, and in "memory" what exists in total. All
 * counts in there but those of the device itself are zero when nothing has the device open.
 * Registers and streams look the same in the coredump.
 */
#include <linux/seq_file.h>

#include <drm/drm_debugfs.h>

#include "genpu_bo.h"
#include "genpu_ctx.h"
#include "genpu_device.h"
#include "genpu_stream.h"
#include "genpu_telemetry.h"

#define REG(name)	{ #name, GENPU_REG_##name }

/* All below the event queues. */
static const struct {
	const char *name;
	u32 reg;
} genpu_debugfs_regs[] = {
	REG(MAGIC), REG(VERSION), REG(CAPS), REG(NUM_QUEUES), REG(NUM_CONTEXTS),
	REG(NUM_PROGRAMS), REG(NUM_VECTORS), REG(VA_BITS), REG(COMPUTE_UNITS), REG(COPY_UNITS),
	REG(MEM_SIZE_LO), REG(MEM_SIZE_HI), REG(CTRL), REG(STATUS), REG(FATAL), REG(RESETS),
	REG(ADMIN_RING_LO), REG(ADMIN_RING_HI), REG(ADMIN_STATUS_LO), REG(ADMIN_STATUS_HI),
	REG(ADMIN_SHIFT), REG(TIME_LO), REG(TIME_HI), REG(COMPUTE_BUSY_LO), REG(COMPUTE_BUSY_HI),
	REG(COPY_BUSY_LO), REG(COPY_BUSY_HI), REG(CLOCK_MHZ), REG(TEMP_MC), REG(POWER_MW),
	REG(MEM_CE), REG(MEM_UE), REG(FAULTS), REG(TEMP_MAX_MC), REG(POWER_MAX_MW),
	REG(ENERGY_LO), REG(ENERGY_HI),
};

/**
 * genpu_debugfs_print_regs() - print the registers, "NAME = value" each
 * @p: printer
 * @gdev: device; between drm_dev_enter() and drm_dev_exit()
 */
void genpu_debugfs_print_regs(struct drm_printer *p, struct genpu_device *gdev)
{
	/* Reading from a device that does not answer takes long. */
	bool silent = genpu_read(gdev, GENPU_REG_MAGIC) == U32_MAX;
	int i;

	for (i = 0; i < ARRAY_SIZE(genpu_debugfs_regs); i++)
		drm_printf(p, "%s = 0x%08x\n", genpu_debugfs_regs[i].name,
			   silent ? U32_MAX : genpu_read(gdev, genpu_debugfs_regs[i].reg));
}

/**
 * genpu_debugfs_print_streams() - print all streams, a line each after one that names the columns
 * @p: printer that does not allocate: recovery waits for this
 * @gdev: device
 */
void genpu_debugfs_print_streams(struct drm_printer *p, struct genpu_device *gdev)
{
	struct genpu_stream *stream;

	drm_puts(p, "queue context id live status submitted ended tail completed notify hangs\n");
	guard(mutex)(&gdev->objects_lock);
	list_for_each_entry(stream, &gdev->streams, object.link) {
		u64 submitted, ended = genpu_stream_ended(stream, &submitted);

		spin_lock_irq(&stream->fence_lock);
		drm_printf(p, "%u %u %u %d %u %llu %llu %llu %llu %llu %u\n", stream->queue,
			   stream->ctx->id, stream->id, stream->live, stream->failure.status,
			   submitted, ended, stream->tail, stream->completed, stream->notify,
			   stream->hangs);
		spin_unlock_irq(&stream->fence_lock);
	}
}

static const char * const genpu_debugfs_kinds[] = {
	[GENPU_BO_DEVICE] = "device",
	[GENPU_BO_PAGES] = "system",
	[GENPU_BO_USERPTR] = "user",
	[GENPU_BO_IMPORT] = "import",
};

static void genpu_debugfs_print_bos(struct drm_printer *p, struct genpu_device *gdev)
{
	struct genpu_bo *bo;

	drm_puts(p, "region size pieces handles references\n");
	guard(mutex)(&gdev->bos_lock);
	list_for_each_entry(bo, &gdev->bos, link)
		drm_printf(p, "%s %zu %u %u %u\n", genpu_debugfs_kinds[bo->kind], bo->base.size,
			   bo->num_extents, bo->base.handle_count, kref_read(&bo->base.refcount));
}

static void genpu_debugfs_print_ctxs(struct drm_printer *p, struct genpu_device *gdev)
{
	struct genpu_ctx *ctx;

	drm_puts(p, "device-id id hangs banned references\n");
	guard(mutex)(&gdev->objects_lock);
	list_for_each_entry(ctx, &gdev->ctxs, object.link)
		drm_printf(p, "%u %u %d %d %u\n", ctx->vm.ctx_id, ctx->id,
			   atomic_read(&ctx->hangs), READ_ONCE(ctx->banned),
			   kref_read(&ctx->handle.kref));
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
	genpu_ctx_put(ctx);
	return next;
}

static void genpu_debugfs_print_tables(struct drm_printer *p, struct genpu_device *gdev)
{
	struct genpu_ctx *ctx = NULL;

	/* Not under objects_lock: recovery takes it, and the lock of an address space waits. */
	while ((ctx = genpu_debugfs_next_ctx(gdev, ctx))) {
		drm_printf(p, "context %u id %u\n", ctx->vm.ctx_id, ctx->id);
		genpu_vm_print(p, &ctx->vm);
	}
}

static void genpu_debugfs_print_memory(struct drm_printer *p, struct genpu_device *gdev)
{
	struct drm_genpu_memory_info info;

	genpu_mem_usage(gdev, &info);
	drm_printf(p, "device-total %llu\ndevice-used %llu\n", info.total, info.total - info.free);
	drm_printf(p, "system-used %lld\n", (s64)atomic64_read(&gdev->system_bytes));
	drm_printf(p, "page-tables %u\n", atomic_read(&gdev->num_tables));
	drm_printf(p, "bos %zu\n", genpu_telemetry_count(&gdev->bos_lock, &gdev->bos));
	drm_printf(p, "contexts %zu\n", genpu_telemetry_count(&gdev->objects_lock, &gdev->ctxs));
	drm_printf(p, "streams %zu\n", genpu_telemetry_count(&gdev->objects_lock, &gdev->streams));
	drm_printf(p, "graphs %zu\n", genpu_telemetry_count(&gdev->objects_lock, &gdev->graphs));
}

static void genpu_debugfs_print_device(struct drm_printer *p, struct genpu_device *gdev)
{
	u64 value;
	u32 i;

	drm_printf(p, "state %u\ngeneration %u\n", READ_ONCE(gdev->state),
		   READ_ONCE(gdev->generation));
	drm_printf(p, "resets %u\nhangs %u\nfaults %u\n", atomic_read(&gdev->resets),
		   atomic_read(&gdev->hangs), atomic_read(&gdev->faults));
	drm_printf(p, "busy-streams %u\n", atomic_read(&gdev->busy_streams));
	drm_printf(p, "retired-jobs %lld\n", (s64)atomic64_read(&gdev->retired));
	for (i = 0; i < gdev->num_eqs; i++)
		drm_printf(p, "events%u %llu bad %llu\n", i, gdev->eqs[i].head, gdev->eqs[i].bad);
	if (!genpu_telemetry_read(gdev, GENPU_REG_STATUS, false, &value))
		drm_printf(p, "status 0x%llx\n", value);
	if (!genpu_telemetry_read(gdev, GENPU_REG_RESETS, false, &value))
		drm_printf(p, "device-resets %llu\n", value);
	if (!genpu_telemetry_read(gdev, GENPU_REG_FAULTS, false, &value))
		drm_printf(p, "device-faults %llu\n", value);
}

static int genpu_debugfs_show(struct seq_file *m, void *unused)
{
	struct drm_debugfs_entry *entry = m->private;
	void (*print)(struct drm_printer *p, struct genpu_device *gdev) = entry->file.data;
	struct drm_printer p = drm_seq_file_printer(m);

	print(&p, to_genpu(entry->dev));
	return 0;
}

static int genpu_debugfs_show_awake(struct seq_file *m, void *unused)
{
	struct drm_debugfs_entry *entry = m->private;
	struct genpu_device *gdev = to_genpu(entry->dev);
	int idx, ret = genpu_telemetry_begin(gdev, &idx);

	if (ret)
		return ret;
	genpu_debugfs_show(m, unused);
	genpu_telemetry_end(gdev, idx);
	return 0;
}

static const struct drm_debugfs_info genpu_debugfs_files[] = {
	{ "bos", genpu_debugfs_show, 0, genpu_debugfs_print_bos },
	{ "contexts", genpu_debugfs_show, 0, genpu_debugfs_print_ctxs },
	{ "streams", genpu_debugfs_show, 0, genpu_debugfs_print_streams },
	{ "page-tables", genpu_debugfs_show, 0, genpu_debugfs_print_tables },
	{ "registers", genpu_debugfs_show_awake, 0, genpu_debugfs_print_regs },
	{ "memory", genpu_debugfs_show, 0, genpu_debugfs_print_memory },
	{ "device", genpu_debugfs_show, 0, genpu_debugfs_print_device },
};

void genpu_debugfs_init(struct genpu_device *gdev)
{
	drm_debugfs_add_files(&gdev->drm, genpu_debugfs_files, ARRAY_SIZE(genpu_debugfs_files));
}
