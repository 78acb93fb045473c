// SPDX-License-Identifier: GPL-2.0-only
/*
 * The coredump of the first hang or device reset, for devcoredump. Documentation/coredump.rst has
 * its format.
 *
 * What is lost by recovery is copied before it, into memory that is always there: fences wait for
 * recovery, so nothing is allocated. A work item writes the text and adds what has time: the other
 * streams and the mappings. While there is a dump that nobody has dismissed devcoredump drops the
 * next one.
 */
#include <linux/devcoredump.h>
#include <linux/pid.h>
#include <linux/vmalloc.h>

#include "genpu_coredump.h"
#include "genpu_ctx.h"
#include "genpu_device.h"
#include "genpu_drv.h"
#include "genpu_job.h"
#include "genpu_notice.h"
#include "genpu_print.h"
#include "genpu_vm.h"

#define GENPU_COREDUMP_VERSION	1
#define GENPU_COREDUMP_SIZE	SZ_256K	/* of the text; what is longer is cut off */

/* Both callers are between drm_dev_enter() and drm_dev_exit(). */
static bool genpu_coredump_begin(struct genpu_device *gdev, const char *reason)
{
	struct genpu_coredump *dump = &gdev->coredump;
	struct genpu_admin *admin = &gdev->admin;
	u64 n;
	u32 i;

	if (test_and_set_bit_lock(0, &dump->busy))
		return false;
	dump->reason = reason;
	dump->time = ktime_get_real_ns();
	dump->uptime = ktime_get_ns();
	dump->stream = NULL;
	/* Reading from a device that does not answer takes long. */
	for (i = 0; i < GENPU_PRINT_REGS; i++)
		dump->regs[i] = i && dump->regs[0] == U32_MAX ? U32_MAX : genpu_read(gdev, 4 * i);

	spin_lock_irq(&admin->lock);
	dump->admin_tail = admin->tail;
	dump->waiting = 0;
	for (i = 0; i < GENPU_COREDUMP_ADMIN && i < admin->tail; i++) {
		n = admin->tail - 1 - i;
		dump->admin[n % GENPU_COREDUMP_ADMIN] = admin->ring[n % GENPU_ADMIN_ENTRIES];
		dump->answers[n % GENPU_COREDUMP_ADMIN] = admin->status[n % GENPU_ADMIN_ENTRIES];
		if (admin->slots[n % GENPU_ADMIN_ENTRIES])
			dump->waiting |= BIT(n % GENPU_COREDUMP_ADMIN);
	}
	spin_unlock_irq(&admin->lock);
	return true;
}

/**
 * genpu_coredump_hang() - keep what is known of a hang, before its queue is reset
 * @stream: stream whose oldest job hangs; from its recovery
 */
void genpu_coredump_hang(struct genpu_stream *stream)
{
	struct genpu_coredump *dump = &stream->gdev->coredump;
	struct genpu_job *job;
	u32 i;

	if (!genpu_coredump_begin(stream->gdev, "hang"))
		return;
	kref_get(&stream->handle.kref);
	genpu_ctx_get(stream->ctx);
	dump->stream = stream;

	spin_lock_irq(&stream->fence_lock);
	dump->failure = stream->failure;
	dump->tail = stream->tail;
	dump->completed = stream->completed;
	dump->notify = stream->notify;
	job = genpu_stream_head_locked(stream);
	dump->start = job ? job->start : 0;
	dump->num_tasks = job ? job->num_tasks : 0;
	dump->waited_ms = job ? (ktime_get_ns() - job->since) / NSEC_PER_MSEC : 0;
	spin_unlock_irq(&stream->fence_lock);

	/* The recovery that calls this keeps ring and status where they are. */
	dump->status = *stream->status;
	dump->first = dump->completed - min(dump->completed, GENPU_COREDUMP_BEFORE);
	for (i = 0; i < GENPU_COREDUMP_TASKS; i++)
		dump->tasks[i] = stream->ring[(dump->first + i) & (stream->entries - 1)];
	queue_work(genpu_cleanup_wq, &dump->work);
}

/**
 * genpu_coredump_reset() - keep what is known, before a device reset
 * @gdev: device
 * @reason: a literal
 */
void genpu_coredump_reset(struct genpu_device *gdev, const char *reason)
{
	if (genpu_coredump_begin(gdev, reason))
		queue_work(genpu_cleanup_wq, &gdev->coredump.work);
}

static void genpu_coredump_print_task(struct drm_printer *p, const char *key, u64 number,
				      const struct genpu_task *task)
{
	drm_printf(p, "%s %llu op %u bytes %64phN\n", key, number, task->op, task);
}

static void genpu_coredump_print_device(struct drm_printer *p, struct genpu_device *gdev)
{
	struct genpu_coredump *dump = &gdev->coredump;

	drm_printf(p, "[device]\ndriver genpu %d.%d\npci-address %s\nreason %s\n",
		   GENPU_DRIVER_MAJOR, GENPU_DRIVER_MINOR, dev_name(gdev->drm.dev), dump->reason);
	drm_printf(p, "time %llu\nuptime %llu\n", dump->time, dump->uptime);
	drm_printf(p, "generation %u\nresets %u\nhangs %u\nfaults %u\nretired-jobs %lld\n",
		   READ_ONCE(gdev->generation), atomic_read(&gdev->resets),
		   atomic_read(&gdev->hangs), atomic_read(&gdev->faults),
		   (s64)atomic64_read(&gdev->retired));
	drm_puts(p, "[registers]\n");
	genpu_print_regs(p, dump->regs);
}

static void genpu_coredump_print_guilty(struct drm_printer *p, struct genpu_coredump *dump)
{
	const struct genpu_queue_status *status = &dump->status;
	const struct genpu_failure *failure = &dump->failure;
	const struct genpu_stream *stream = dump->stream;
	const struct genpu_ctx *ctx = stream->ctx;
	u64 number = dump->start + failure->task;
	u32 i;

	drm_printf(p, "[guilty]\nclient %llu\npid %d\ncomm %s\ncontext %u\ndevice-context %u\n",
		   ctx->gfile->client_id, pid_nr(ctx->pid), ctx->comm, ctx->id, ctx->vm.ctx_id);
	drm_printf(p, "stream %u\nqueue %u\njob %llu\nfirst-task %llu\ntasks %u\nwaited-ms %llu\n",
		   stream->id, stream->queue, failure->job, dump->start, dump->num_tasks,
		   dump->waited_ms);
	if (failure->task != GENPU_NONE) {
		drm_printf(p, "task %u\ngraph %u\naddress 0x%llx\n", failure->task,
			   failure->graph_id, failure->addr);
		if (number - dump->first < GENPU_COREDUMP_TASKS)
			genpu_coredump_print_task(p, "hanging", number,
						  &dump->tasks[number - dump->first]);
	}
	drm_printf(p, "[queue]\nentries %u\ntail %llu\ncompleted %llu\nnotify %llu\n",
		   stream->entries, dump->tail, dump->completed, dump->notify);
	drm_printf(p, "status-completed %llu\nstatus-time %llu\nstatus-state %u\n",
		   status->completed, status->time, status->state);
	drm_printf(p, "status-error %u\nstatus-task %llu\nstatus-address 0x%llx\n", status->error,
		   status->task, status->addr);
	drm_puts(p, "[ring]\n");
	for (i = 0; i < GENPU_COREDUMP_TASKS && dump->first + i < dump->tail; i++)
		genpu_coredump_print_task(p, "task", dump->first + i, &dump->tasks[i]);
}

static void genpu_coredump_print_admin(struct drm_printer *p, struct genpu_coredump *dump)
{
	u64 n = dump->admin_tail - min(dump->admin_tail, GENPU_COREDUMP_ADMIN);

	drm_puts(p, "[admin]\n");
	for (; n < dump->admin_tail; n++) {
		u32 i = n % GENPU_COREDUMP_ADMIN;

		genpu_coredump_print_task(p, "command", n, &dump->admin[i]);
		if (dump->waiting & BIT(i))
			drm_printf(p, "answer %llu none\n", n);
		else
			drm_printf(p, "answer %llu error %u value 0x%llx\n", n,
				   dump->answers[i].error, dump->answers[i].value);
	}
}

static void genpu_coredump_print_events(struct drm_printer *p, struct genpu_device *gdev)
{
	struct genpu_notice notice;
	u64 n = 0;

	drm_puts(p, "[events]\n");
	for (; genpu_notice_read(gdev, &n, &notice); n++)
		drm_printf(p, "event %llu at %llu kind %u value %llx job %u:%u:%llu error %u %s\n",
			   n, notice.time, notice.kind, notice.value, notice.context,
			   notice.stream, notice.job, notice.error, notice.reason ?: "");
}

/* The printer writes whole lines as long as there is room. It allocates nothing. */
struct genpu_coredump_text {
	char *data;
	size_t used;
	bool full;
};

static void genpu_coredump_printfn(struct drm_printer *p, struct va_format *vaf)
{
	struct genpu_coredump_text *text = p->arg;
	size_t room = GENPU_COREDUMP_SIZE - text->used;
	size_t len = snprintf(text->data + text->used, room, "%pV", vaf);

	if (len >= room)
		text->full = true;
	if (!text->full)
		text->used += len;
}

static void genpu_coredump_work(struct work_struct *work)
{
	struct genpu_coredump *dump = container_of(work, struct genpu_coredump, work);
	struct genpu_device *gdev = container_of(dump, struct genpu_device, coredump);
	struct genpu_coredump_text text = { .data = vmalloc(GENPU_COREDUMP_SIZE) };
	struct drm_printer p = { .printfn = genpu_coredump_printfn, .arg = &text };

	if (text.data) {
		drm_printf(&p, "genpu coredump %u\n", GENPU_COREDUMP_VERSION);
		genpu_coredump_print_device(&p, gdev);
		if (dump->stream)
			genpu_coredump_print_guilty(&p, dump);
		genpu_coredump_print_admin(&p, dump);
		genpu_coredump_print_events(&p, gdev);
		drm_puts(&p, "[streams]\n");
		genpu_print_streams(&p, gdev);
		if (dump->stream) {
			drm_puts(&p, "[mappings]\n");
			genpu_vm_print(&p, &dump->stream->ctx->vm);
		}
		drm_puts(&p, "[end]\n");
		/* Takes over the text, and frees it if the last one is still there. */
		dev_coredumpv(gdev->drm.dev, text.data, text.used, GFP_KERNEL);
	}
	if (dump->stream) {
		genpu_ctx_put(dump->stream->ctx);
		genpu_stream_put(dump->stream);
	}
	clear_bit_unlock(0, &dump->busy);
}

static void genpu_coredump_fini(void *data)
{
	struct genpu_device *gdev = data;

	flush_work(&gdev->coredump.work);
}

/**
 * genpu_coredump_init() - be ready for a hang
 * @gdev: device
 *
 * Return: 0 or a negative errno.
 */
int genpu_coredump_init(struct genpu_device *gdev)
{
	INIT_WORK(&gdev->coredump.work, genpu_coredump_work);
	return devm_add_action_or_reset(gdev->drm.dev, genpu_coredump_fini, gdev);
}
