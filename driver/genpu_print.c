// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers and streams as text, for debugfs and the coredump.
 */

#include "genpu_ctx.h"
#include "genpu_device.h"
#include "genpu_print.h"
#include "genpu_stream.h"

#define REG(name)	{ #name, GENPU_REG_##name }

static const struct {
	const char *name;
	u32 reg;
} genpu_regs[] = {
	REG(MAGIC),
	REG(VERSION),
	REG(CAPS),
	REG(NUM_QUEUES),
	REG(NUM_CONTEXTS),
	REG(NUM_PROGRAMS),
	REG(NUM_VECTORS),
	REG(VA_BITS),
	REG(COMPUTE_UNITS),
	REG(COPY_UNITS),
	REG(MEM_SIZE_LO),
	REG(MEM_SIZE_HI),
	REG(CTRL),
	REG(STATUS),
	REG(FATAL),
	REG(RESETS),
	REG(ADMIN_RING_LO),
	REG(ADMIN_RING_HI),
	REG(ADMIN_STATUS_LO),
	REG(ADMIN_STATUS_HI),
	REG(ADMIN_SHIFT),
	REG(TIME_LO),
	REG(TIME_HI),
	REG(COMPUTE_BUSY_LO),
	REG(COMPUTE_BUSY_HI),
	REG(COPY_BUSY_LO),
	REG(COPY_BUSY_HI),
	REG(CLOCK_MHZ),
	REG(TEMP_MC),
	REG(POWER_MW),
	REG(MEM_CE),
	REG(MEM_UE),
	REG(FAULTS),
	REG(TEMP_MAX_MC),
	REG(POWER_MAX_MW),
	REG(ENERGY_LO),
	REG(ENERGY_HI),
};

/**
 * genpu_print_regs() - print registers, "NAME = value" each
 * @p: printer
 * @regs: their values, GENPU_PRINT_REGS of them
 */
void genpu_print_regs(struct drm_printer *p, const u32 *regs)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(genpu_regs); i++)
		drm_printf(p, "%s = 0x%08x\n", genpu_regs[i].name, regs[genpu_regs[i].reg / 4]);
}

/**
 * genpu_print_streams() - print all streams, a line each after one that names the columns
 * @p: printer that does not allocate: recovery waits for this
 * @gdev: device
 */
void genpu_print_streams(struct drm_printer *p, struct genpu_device *gdev)
{
	struct genpu_stream *stream;

	drm_puts(p, "queue context id live status submitted ended tail completed notify hangs\n");
	mutex_lock(&gdev->objects_lock);
	list_for_each_entry(stream, &gdev->streams, object.link) {
		u64 submitted, ended = genpu_stream_ended(stream, &submitted);

		spin_lock_irq(&stream->fence_lock);
		drm_printf(p, "%u %u %u %d %u %llu %llu %llu %llu %llu %u\n", stream->queue,
			   stream->ctx->id, stream->id, stream->live, stream->failure.status,
			   submitted, ended, stream->tail, stream->completed, stream->notify,
			   stream->hangs);
		spin_unlock_irq(&stream->fence_lock);
	}
	mutex_unlock(&gdev->objects_lock);
}
