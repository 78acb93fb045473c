// SPDX-License-Identifier: GPL-2.0-only
/*
 * The coredump of the first hang or device reset, for devcoredump. Documentation/coredump.rst has
 * its format.
 *
 * What is lost by recovery is written before it, into memory that is always there: fences wait for
 * recovery, so nothing is allocated. A work item adds what has time: events, the other streams and
 * the mappings. While there is a dump that nobody has dismissed devcoredump drops the next one.
 */
#include <linux/devcoredump.h>
#include <linux/pid.h>
#include <linux/vmalloc.h>

#include "genpu_ctx.h"
#include "genpu_device.h"
#include "genpu_job.h"
#include "genpu_stream.h"
#include "genpu_telemetry.h"

#define GENPU_COREDUMP_VERSION	1
#define GENPU_COREDUMP_SIZE	SZ_256K	/* of the text; what is longer is cut off */
#define GENPU_COREDUMP_TASKS	16	/* of the ring, around the one that hangs */
#define GENPU_COREDUMP_BEFORE	4	/* of these, tasks before it */
#define GENPU_COREDUMP_COMMANDS	16	/* to the device, the last ones */

/* Allocates nothing. What does not fit is cut off. */
static void genpu_coredump_printfn(struct drm_printer *p, struct va_format *vaf)
{
	seq_buf_printf(p->arg, "%pV", vaf);
}

static void genpu_coredump_print_task(struct drm_printer *p, const char *key, u64 number,
				      const struct genpu_task *task)
{
	drm_printf(p, "%s %llu op %u bytes %64phN\n", key, number, task->op, task);
}

static void genpu_coredump_print_device(struct drm_printer *p, struct genpu_device *gdev,
					const char *reason)
{
	drm_printf(p, "genpu coredump %u\n[device]\ndriver genpu %d.%d\n", GENPU_COREDUMP_VERSION,
		   GENPU_DRIVER_MAJOR, GENPU_DRIVER_MINOR);
	drm_printf(p, "pci-address %s\nreason %s\n", dev_name(gdev->drm.dev), reason);
	drm_printf(p, "time %llu\nuptime %llu\n", ktime_get_real_ns(), ktime_get_ns());
	drm_printf(p, "generation %u\nresets %u\nhangs %u\nfaults %u\nretired-jobs %lld\n",
		   READ_ONCE(gdev->generation), atomic_read(&gdev->resets),
		   atomic_read(&gdev->hangs), atomic_read(&gdev->faults),
		   (s64)atomic64_read(&gdev->retired));
	drm_puts(p, "[registers]\n");
	genpu_debugfs_print_regs(p, gdev);
}

/* The recovery that calls this keeps ring and status where they are. */
static void genpu_coredump_print_guilty(struct drm_printer *p, struct genpu_stream *stream)
{
	const struct genpu_queue_status *status = stream->status;
	const struct drm_genpu_stream_state *failure = &stream->failure;
	const struct genpu_ctx *ctx = stream->ctx;
	u64 n, first, waited = 0;
	struct genpu_job *job;

	drm_printf(p, "[guilty]\nclient %llu\npid %d\ncomm %s\ncontext %u\ndevice-context %u\n",
		   ctx->gfile->client_id, pid_nr(ctx->pid), ctx->comm, ctx->id, ctx->vm.ctx_id);
	drm_printf(p, "stream %u\nqueue %u\n", stream->id, stream->queue);

	spin_lock_irq(&stream->fence_lock);
	job = genpu_stream_head_locked(stream);
	if (job)
		waited = (ktime_get_ns() - job->since) / NSEC_PER_MSEC;
	drm_printf(p, "job %llu\nfirst-task %llu\ntasks %u\nwaited-ms %llu\n", failure->failed,
		   job ? job->start : 0, job ? job->num_tasks : 0, waited);
	if (job && failure->task != GENPU_NONE) {
		drm_printf(p, "task %u\ngraph %u\naddress 0x%llx\n", failure->task,
			   failure->graph_id, failure->addr);
		n = job->start + failure->task;
		genpu_coredump_print_task(p, "hanging", n,
					  &stream->ring[n & (stream->entries - 1)]);
	}

	drm_printf(p, "[queue]\nentries %u\ntail %llu\ncompleted %llu\nnotify %llu\n",
		   stream->entries, stream->tail, stream->completed, stream->notify);
	drm_printf(p, "status-completed %llu\nstatus-time %llu\nstatus-state %u\n",
		   status->completed, status->time, status->state);
	drm_printf(p, "status-error %u\nstatus-task %llu\nstatus-address 0x%llx\n", status->error,
		   status->task, status->addr);

	drm_puts(p, "[ring]\n");
	first = stream->completed - min(stream->completed, GENPU_COREDUMP_BEFORE);
	for (n = first; n < first + GENPU_COREDUMP_TASKS && n < stream->tail; n++)
		genpu_coredump_print_task(p, "task", n, &stream->ring[n & (stream->entries - 1)]);
	spin_unlock_irq(&stream->fence_lock);
}

static void genpu_coredump_print_admin(struct drm_printer *p, struct genpu_admin *admin)
{
	u64 n;

	drm_puts(p, "[admin]\n");
	spin_lock_irq(&admin->lock);
	n = admin->tail - min(admin->tail, GENPU_COREDUMP_COMMANDS);
	for (; n < admin->tail; n++) {
		u32 slot = n % GENPU_ADMIN_ENTRIES;

		genpu_coredump_print_task(p, "command", n, &admin->ring[slot]);
		if (admin->slots[slot])
			drm_printf(p, "answer %llu none\n", n);
		else
			drm_printf(p, "answer %llu error %u value 0x%llx\n", n,
				   admin->status[slot].error, admin->status[slot].value);
	}
	spin_unlock_irq(&admin->lock);
}

static void genpu_coredump_print_events(struct drm_printer *p, struct genpu_device *gdev)
{
	struct genpu_notice notice;
	u64 n = 0;

	drm_puts(p, "[events]\n");
	for (; genpu_notice_read(gdev, &n, &notice); n++)
		drm_printf(p, "event %llu at %llu kind %u value %llx job %u:%u:%llu error %u %s\n",
			   n, notice.time, notice.kind, notice.value, notice.context,
			   notice.stream, notice.failure.failed, notice.failure.error,
			   notice.reason ?: "");
}

/**
 * genpu_coredump_take() - keep what is known of a hang or a failure of the device
 * @gdev: device; between drm_dev_enter() and drm_dev_exit()
 * @stream: stream whose oldest job hangs, from its recovery before the queue is reset; or NULL
 * @reason: why
 */
void genpu_coredump_take(struct genpu_device *gdev, struct genpu_stream *stream,
			 const char *reason)
{
	struct genpu_coredump *dump = &gdev->coredump;
	struct drm_printer p = { .printfn = genpu_coredump_printfn, .arg = &dump->now };

	if (test_and_set_bit_lock(0, &dump->busy))
		return;
	seq_buf_init(&dump->now, dump->text, sizeof(dump->text));
	genpu_coredump_print_device(&p, gdev, reason);
	if (stream) {
		kref_get(&stream->handle.kref);
		genpu_ctx_get(stream->ctx);
		genpu_coredump_print_guilty(&p, stream);
	}
	genpu_coredump_print_admin(&p, &gdev->admin);
	dump->stream = stream;
	drm_dev_get(&gdev->drm);
	queue_work(genpu_cleanup_wq, &dump->work);
}

void genpu_coredump_work(struct work_struct *work)
{
	struct genpu_coredump *dump = container_of(work, struct genpu_coredump, work);
	struct genpu_device *gdev = container_of(dump, struct genpu_device, coredump);
	struct genpu_stream *stream = dump->stream;
	size_t used = seq_buf_used(&dump->now);
	char *data = vmalloc(GENPU_COREDUMP_SIZE);
	struct seq_buf text;
	struct drm_printer p = { .printfn = genpu_coredump_printfn, .arg = &text };

	if (data) {
		memcpy(data, dump->text, used);
		seq_buf_init(&text, data + used, GENPU_COREDUMP_SIZE - used);
		genpu_coredump_print_events(&p, gdev);
		drm_puts(&p, "[streams]\n");
		genpu_debugfs_print_streams(&p, gdev);
		if (stream) {
			drm_puts(&p, "[mappings]\n");
			genpu_vm_print(&p, &stream->ctx->vm);
		}
		drm_puts(&p, "[end]\n");
		/* Up to its last whole line. Takes over the text, also to throw it away. */
		dev_coredumpv(gdev->drm.dev, data, strrchr(data, '\n') + 1 - data, GFP_KERNEL);
	}
	if (stream) {
		genpu_ctx_put(stream->ctx);
		genpu_stream_put(stream);
	}
	clear_bit_unlock(0, &dump->busy);
	drm_dev_put(&gdev->drm);
}
