/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_RESTORE_H_
#define _GENPU_RESTORE_H_

#include <linux/list.h>

#include <drm/genpu_isa.h>

struct genpu_admin_cmd;
struct genpu_device;

/**
 * struct genpu_object - what the device has of a context, graph or stream
 * @create: task that makes it
 * @link: in a list of genpu_device. This and below: under its objects_lock
 * @generation: in which the device got to know it; in a later one it does not, or not yet. Constant
 *              once it is gone
 * @gone: the device has forgotten it, or is being told to: a reset does not bring it back
 */
struct genpu_object {
	struct genpu_task create;
	struct list_head link;
	u32 generation;
	bool gone;
};

/**
 * enum genpu_blame - what a job has to do with it that the device lost its state
 * @GENPU_BLAME_NONE: nothing, no task was running
 * @GENPU_BLAME_CUT: nothing, but the running tasks were aborted
 * @GENPU_BLAME_RESET: the device was reset because it did not work; a running task may be why
 */
enum genpu_blame {
	GENPU_BLAME_NONE,
	GENPU_BLAME_CUT,
	GENPU_BLAME_RESET,
};

int genpu_object_create(struct genpu_device *gdev, struct genpu_object *obj,
			struct list_head *list, struct genpu_admin_cmd *cmd);
bool genpu_object_leave(struct genpu_device *gdev, struct genpu_object *obj);
void genpu_object_destroy(struct genpu_device *gdev, struct genpu_object *obj,
			  struct genpu_admin_cmd *cmd);
void genpu_object_unlink(struct genpu_device *gdev, struct genpu_object *obj);

void genpu_restore_wiped(struct genpu_device *gdev, enum genpu_blame blame);
int genpu_restore_objects(struct genpu_device *gdev);
void genpu_restore_go(struct genpu_device *gdev);

#endif /* _GENPU_RESTORE_H_ */
