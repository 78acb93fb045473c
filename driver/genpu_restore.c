// SPDX-License-Identifier: GPL-2.0-only
/*
 * What exists on the device, and how it comes back after a reset.
 *
 * A reset makes the device forget all contexts, graphs and queues. All that makes them up lies in
 * memory of the host: page tables, copies of the programs, rings, the jobs in flight. So they are
 * made anew, each queue at the task where it was, and userspace does not notice.
 *
 * The lists of objects say what the device has to know, and genpu_device.generation counts how
 * often it has forgotten everything; both change under objects_lock. An object enters its list if
 * no reset came between the command that made it and that moment. It leaves before the command that
 * destroys it: a reset that takes this command has then done its work.
 *
 * While the device has no objects streams are held: they touch neither doorbells nor status.
 */
#include "genpu_ctx.h"
#include "genpu_device.h"
#include "genpu_graph.h"
#include "genpu_restore.h"
#include "genpu_stream.h"

/**
 * genpu_object_create() - make an object on the device, and have resets bring it back
 * @gdev: device
 * @obj: object; all that a restore of it needs is set
 * @list: where it is kept
 * @cmd: receives the answer
 *
 * Return: 0: the device has answered, see genpu_admin_result(); if it says that all is well, the
 * object is in the list. -EIO, -ENODEV: the device does not work; -ERESTARTSYS.
 */
int genpu_object_create(struct genpu_device *gdev, struct genpu_object *obj,
			struct list_head *list, struct genpu_admin_cmd *cmd)
{
	u32 tries;
	int ret;

	*cmd = (struct genpu_admin_cmd) { .task = obj->create };
	for (tries = 0; tries < GENPU_ADMIN_TRIES; tries++) {
		ret = genpu_device_usable(gdev);
		if (ret)
			return ret;
		ret = genpu_admin_run(gdev, READ_ONCE(gdev->generation), cmd);
		if (ret) {
			genpu_reset_escalate(gdev, cmd->generation, "nothing can be made");
			continue;
		}
		if (cmd->status.error != GENPU_OK)
			return 0;
		guard(mutex)(&gdev->objects_lock);
		if (cmd->generation == gdev->generation) {
			obj->generation = cmd->generation;
			list_add_tail(&obj->link, list);
			return 0;
		}
	}
	return -EIO;
}

/**
 * genpu_object_leave() - an object is about to be destroyed: resets do not bring it back any more
 * @gdev: device
 * @obj: object, stays in its list
 *
 * Return: false: the device does not know it.
 */
bool genpu_object_leave(struct genpu_device *gdev, struct genpu_object *obj)
{
	bool known;

	guard(mutex)(&gdev->objects_lock);
	known = !obj->gone && obj->generation == gdev->generation;
	obj->gone = true;
	return known;
}

/**
 * genpu_object_destroy() - have the device forget an object
 * @gdev: device
 * @obj: object; nobody else destroys it
 * @cmd: destroys it
 *
 * Afterwards the device uses nothing of it, whatever it takes to reach that.
 */
void genpu_object_destroy(struct genpu_device *gdev, struct genpu_object *obj,
			  struct genpu_admin_cmd *cmd)
{
	int ret;

	if (!genpu_object_leave(gdev, obj))
		return;
	ret = genpu_admin_run(gdev, obj->generation, cmd);
	ret = ret ?: genpu_admin_result(gdev, cmd);
	if (ret)
		genpu_reset_escalate(gdev, obj->generation, "something does not go away");
}

void genpu_object_unlink(struct genpu_device *gdev, struct genpu_object *obj)
{
	guard(mutex)(&gdev->objects_lock);
	list_del(&obj->link);
}

/**
 * genpu_restore_wiped() - the device has forgotten everything
 * @gdev: device, just reset; it does no DMA
 * @blame: what that says about jobs that were running
 *
 * Ends the jobs that were complete, and decides where each stream will go on.
 */
void genpu_restore_wiped(struct genpu_device *gdev, enum genpu_blame blame)
{
	struct genpu_stream *stream;

	mutex_lock(&gdev->objects_lock);
	spin_lock_irq(&gdev->admin.lock);
	WRITE_ONCE(gdev->generation, gdev->generation + 1);
	spin_unlock_irq(&gdev->admin.lock);
	list_for_each_entry(stream, &gdev->streams, object.link)
		if (genpu_recover_hold(stream, blame))
			genpu_ctx_hung(stream->ctx);
	mutex_unlock(&gdev->objects_lock);
	wake_up_all(&gdev->reset_wait);
}

/*
 * An object that cannot be made again is gone, and so is what depends on it. For a graph that is
 * userspace's own fault: its constants are no longer there. Fails if the device does not work.
 */
static int genpu_restore_object(struct genpu_device *gdev, struct genpu_object *obj)
{
	struct genpu_admin_cmd cmd = { .task = obj->create, .by_reset = true };
	int ret;

	if (obj->gone)
		return 0;
	ret = genpu_admin_run(gdev, READ_ONCE(gdev->generation), &cmd);
	obj->generation = gdev->generation;
	obj->gone = !ret && cmd.status.error != GENPU_OK;
	if (obj->gone)
		drm_dbg(&gdev->drm, "what command %u made is lost: device error %u\n",
			cmd.task.op, cmd.status.error);
	return ret;
}

static int genpu_restore_stream(struct genpu_device *gdev, struct genpu_stream *stream)
{
	int ret;

	if (stream->object.gone || stream->lost)
		return 0;
	memset(stream->status, 0, sizeof(*stream->status));
	stream->status->state = GENPU_QUEUE_RUNNING;
	stream->object.create.queue.head = stream->recovery.cause == GENPU_CAUSE_NONE ?
					   stream->completed : stream->recovery.head;
	ret = genpu_restore_object(gdev, &stream->object);
	if (stream->object.gone)
		genpu_stream_lost(stream, -ECANCELED);
	return ret;
}

/**
 * genpu_restore_objects() - make everything anew
 * @gdev: device that was started; nobody else uses it
 *
 * Return: 0; an error: the device does not work.
 */
int genpu_restore_objects(struct genpu_device *gdev)
{
	struct genpu_stream *stream;
	struct genpu_graph *graph;
	struct genpu_ctx *ctx;
	int ret = 0;

	guard(mutex)(&gdev->objects_lock);
	list_for_each_entry(ctx, &gdev->ctxs, object.link)
		ret = ret ?: genpu_restore_object(gdev, &ctx->object);
	list_for_each_entry(graph, &gdev->graphs, object.link)
		ret = ret ?: genpu_restore_object(gdev, &graph->object);
	list_for_each_entry(stream, &gdev->streams, object.link)
		ret = ret ?: genpu_restore_stream(gdev, stream);
	return ret;
}

/**
 * genpu_restore_go() - the streams go on
 * @gdev: device that runs and knows everything
 */
void genpu_restore_go(struct genpu_device *gdev)
{
	struct genpu_stream *stream;

	guard(mutex)(&gdev->objects_lock);
	list_for_each_entry(stream, &gdev->streams, object.link)
		genpu_recover_release(stream);
}
