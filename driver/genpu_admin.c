// SPDX-License-Identifier: GPL-2.0-only
/*
 * The admin queue: commands that create, destroy and reset things on the device. A command is
 * posted, the device answers in the status array and sends an event. Answers come in any order. A
 * command that is not answered in time means that the device no longer works: it gets a reset.
 *
 * A device reset makes the device forget everything. A command says of which generation of the
 * device it speaks, and is refused with -ECANCELED when that one is over. While a reset is under
 * way only its own commands are taken, the others wait.
 */
#include <linux/dma-mapping.h>

#include "genpu_trace.h"

/* How long an answer is waited for before somebody looks whether only its event got lost. */
#define GENPU_ADMIN_LOOK	(HZ / 20ul)

/* Stands in a slot whose command timed out: the device may still answer it. */
static struct genpu_admin_cmd genpu_admin_abandoned;

int genpu_admin_init(struct genpu_device *gdev)
{
	struct genpu_admin *admin = &gdev->admin;
	struct device *dev = gdev->drm.dev;

	spin_lock_init(&admin->lock);
	init_waitqueue_head(&admin->room);
	admin->down = -EIO;

	admin->ring = dmam_alloc_coherent(dev, GENPU_ADMIN_ENTRIES * sizeof(*admin->ring),
					  &admin->ring_dma, GFP_KERNEL);
	admin->status = dmam_alloc_coherent(dev, GENPU_ADMIN_ENTRIES * sizeof(*admin->status),
					    &admin->status_dma, GFP_KERNEL);
	return admin->ring && admin->status ? 0 : -ENOMEM;
}

/**
 * genpu_admin_up() - program the queue into the device, before it is enabled
 * @gdev: device, just reset
 *
 * Commands are taken again from now on, but see genpu_admin_cmd.by_reset.
 */
void genpu_admin_up(struct genpu_device *gdev)
{
	struct genpu_admin *admin = &gdev->admin;

	genpu_write64(gdev, GENPU_REG_ADMIN_RING_LO, admin->ring_dma);
	genpu_write64(gdev, GENPU_REG_ADMIN_STATUS_LO, admin->status_dma);
	genpu_write(gdev, GENPU_REG_ADMIN_SHIFT, GENPU_ADMIN_SHIFT);

	spin_lock_irq(&admin->lock);
	memset(admin->ring, 0, GENPU_ADMIN_ENTRIES * sizeof(*admin->ring));
	memset(admin->status, 0, GENPU_ADMIN_ENTRIES * sizeof(*admin->status));
	memset(admin->slots, 0, sizeof(admin->slots));
	admin->tail = 0;
	/* Not if it was removed meanwhile. */
	if (gdev->state != GENPU_STATE_DOWN)
		WRITE_ONCE(admin->down, 0);
	spin_unlock_irq(&admin->lock);
}

/**
 * genpu_admin_down() - fail all commands from now on, and those that wait
 * @gdev: device
 * @error: with this
 */
void genpu_admin_down(struct genpu_device *gdev, int error)
{
	struct genpu_admin *admin = &gdev->admin;
	u32 i;

	spin_lock_irq(&admin->lock);
	WRITE_ONCE(admin->down, error);
	for (i = 0; i < GENPU_ADMIN_ENTRIES; i++) {
		struct genpu_admin_cmd *cmd = admin->slots[i];

		WRITE_ONCE(admin->slots[i], NULL);
		if (!cmd || cmd == &genpu_admin_abandoned)
			continue;
		cmd->ret = error;
		complete(&cmd->done);
	}
	spin_unlock_irq(&admin->lock);
	wake_up_all(&admin->room);
}

/* If the command in @slot is answered, take the answer and free the slot. */
static bool genpu_admin_take_locked(struct genpu_device *gdev, u32 slot)
{
	struct genpu_admin *admin = &gdev->admin;
	struct genpu_admin_cmd *cmd = admin->slots[slot];
	u32 cookie;

	lockdep_assert_held(&admin->lock);

	cookie = READ_ONCE(admin->status[slot].cookie);
	if (!cmd || cookie != admin->ring[slot].cookie)
		return false;
	dma_rmb();

	WRITE_ONCE(admin->slots[slot], NULL);
	trace_genpu_admin_answer(gdev, &admin->ring[slot], READ_ONCE(admin->status[slot].error));
	if (cmd != &genpu_admin_abandoned) {
		memcpy(&cmd->status, &admin->status[slot], sizeof(cmd->status));
		cmd->ret = 0;
		complete(&cmd->done);
	}
	return true;
}

/**
 * genpu_admin_event() - the device says that a command is done
 * @gdev: device
 * @number: of the command, not to be trusted
 */
void genpu_admin_event(struct genpu_device *gdev, u64 number)
{
	struct genpu_admin *admin = &gdev->admin;
	unsigned long flags;
	bool taken;

	spin_lock_irqsave(&admin->lock, flags);
	taken = number < admin->tail && number + GENPU_ADMIN_ENTRIES >= admin->tail &&
		genpu_admin_take_locked(gdev, number % GENPU_ADMIN_ENTRIES);
	spin_unlock_irqrestore(&admin->lock, flags);

	if (taken)
		wake_up(&admin->room);
}

/* May the command be posted: others than those of a reset wait for its end. */
static bool genpu_admin_turn(struct genpu_device *gdev, const struct genpu_admin_cmd *cmd)
{
	return cmd->by_reset || READ_ONCE(gdev->state) != GENPU_STATE_RESETTING;
}

/* Also without the lock, by those who wait: what it reads is written with WRITE_ONCE(). */
static bool genpu_admin_room(struct genpu_admin *admin)
{
	return READ_ONCE(admin->down) ||
	       !READ_ONCE(admin->slots[READ_ONCE(admin->tail) % GENPU_ADMIN_ENTRIES]);
}

/**
 * genpu_admin_start() - post a command
 * @gdev: device
 * @generation: of the objects that the command is about
 * @cmd: command; genpu_admin_finish() must follow
 *
 * Sleeps while the ring is full, or a reset is under way.
 *
 * Return: 0; -ECANCELED: the generation is over, the device has forgotten the objects; -EIO,
 * -ENODEV: no answer will come. Then there is nothing to finish.
 */
int genpu_admin_start(struct genpu_device *gdev, u32 generation, struct genpu_admin_cmd *cmd)
{
	struct genpu_admin *admin = &gdev->admin;
	unsigned long end;
	int ret = 0, idx;
	u32 slot;

	init_completion(&cmd->done);
	cmd->ret = -EIO;
	cmd->generation = generation;

again:
	wait_event(gdev->reset_wait, genpu_admin_turn(gdev, cmd));
	if (!drm_dev_enter(&gdev->drm, &idx))
		return -ENODEV;

	end = jiffies + msecs_to_jiffies(genpu_admin_timeout_ms);
	spin_lock_irq(&admin->lock);
	while (!genpu_admin_room(admin) && time_before(jiffies, end)) {
		spin_unlock_irq(&admin->lock);
		wait_event_timeout(admin->room, genpu_admin_room(admin), GENPU_ADMIN_LOOK);
		spin_lock_irq(&admin->lock);
		genpu_admin_take_locked(gdev, admin->tail % GENPU_ADMIN_ENTRIES);
	}
	slot = admin->tail % GENPU_ADMIN_ENTRIES;
	if (!genpu_admin_turn(gdev, cmd)) {
		spin_unlock_irq(&admin->lock);
		drm_dev_exit(idx);
		goto again;
	}

	if (gdev->generation != generation) {
		ret = -ECANCELED;
	} else if (admin->down) {
		ret = admin->down;
	} else if (admin->slots[slot]) {
		ret = -ETIMEDOUT;
	} else {
		if (!++admin->cookie)
			admin->cookie = 1;
		cmd->task.cookie = admin->cookie;
		cmd->slot = slot;
		memset(&admin->status[slot], 0, sizeof(admin->status[slot]));
		memcpy(&admin->ring[slot], &cmd->task, sizeof(cmd->task));
		WRITE_ONCE(admin->slots[slot], cmd);
		WRITE_ONCE(admin->tail, admin->tail + 1);
		trace_genpu_admin_command(gdev, &cmd->task, GENPU_OK);
		genpu_doorbell_ring(gdev, 0, admin->tail);
	}
	spin_unlock_irq(&admin->lock);
	drm_dev_exit(idx);

	if (ret == -ETIMEDOUT)
		genpu_reset_schedule(gdev, generation, "admin ring stays full");
	return ret;
}

/* Has @cmd ended, with or without an event. If not, and this is the last look, it is given up. */
static bool genpu_admin_look(struct genpu_device *gdev, struct genpu_admin_cmd *cmd, bool last)
{
	struct genpu_admin *admin = &gdev->admin;
	bool ended;

	spin_lock_irq(&admin->lock);
	ended = completion_done(&cmd->done) || genpu_admin_take_locked(gdev, cmd->slot);
	if (!ended && last) {
		WRITE_ONCE(admin->slots[cmd->slot], &genpu_admin_abandoned);
		cmd->ret = -ETIMEDOUT;
	}
	spin_unlock_irq(&admin->lock);
	if (ended)
		wake_up(&admin->room);
	return ended;
}

/**
 * genpu_admin_finish() - wait for the answer of a command
 * @gdev: device
 * @cmd: command that genpu_admin_start() took
 *
 * Sleeps for a bounded time, also when the device is dead.
 *
 * Return: 0: see @cmd->status; -ETIMEDOUT: there is no answer and a device reset is on its way,
 * which genpu_reset_escalate() waits for; -EIO, -ENODEV: a reset or removal took the command.
 */
int genpu_admin_finish(struct genpu_device *gdev, struct genpu_admin_cmd *cmd)
{
	unsigned long left = msecs_to_jiffies(genpu_admin_timeout_ms), look = GENPU_ADMIN_LOOK;

	do {
		look = min(look, left);
		if (wait_for_completion_timeout(&cmd->done, look) ||
		    genpu_admin_look(gdev, cmd, false))
			return cmd->ret;
		left -= look;
		look *= 2;
	} while (left && pci_device_is_present(gdev->pdev));

	if (!genpu_admin_look(gdev, cmd, true))
		genpu_reset_schedule(gdev, cmd->generation, "admin command timed out");
	return cmd->ret;
}

int genpu_admin_run(struct genpu_device *gdev, u32 generation, struct genpu_admin_cmd *cmd)
{
	int ret = genpu_admin_start(gdev, generation, cmd);

	return ret ?: genpu_admin_finish(gdev, cmd);
}

/**
 * genpu_admin_result() - the answer of a command that can only fail by a defect
 * @gdev: device
 * @cmd: answered command
 *
 * Return: 0; -ENOMEM: the device is out of memory; -EIO.
 */
int genpu_admin_result(struct genpu_device *gdev, const struct genpu_admin_cmd *cmd)
{
	if (cmd->status.error == GENPU_OK)
		return 0;
	if (cmd->status.error == GENPU_ERR_NO_MEMORY)
		return -ENOMEM;
	drm_err_ratelimited(&gdev->drm, "admin command %u failed with device error %u\n",
			    cmd->task.op, cmd->status.error);
	return -EIO;
}

/**
 * genpu_admin_verdict() - the answer of a command after which memory may be freed
 * @gdev: device
 * @cmd: answered command
 *
 * An answer that makes no sense says nothing about what the device has done. Then this returns when
 * the device was reset, removed or cut off.
 *
 * Return: as genpu_admin_result().
 */
int genpu_admin_verdict(struct genpu_device *gdev, const struct genpu_admin_cmd *cmd)
{
	int ret = genpu_admin_result(gdev, cmd);

	if (ret && ret != -ENOMEM)
		genpu_reset_escalate(gdev, cmd->generation, "admin command got no sane answer");
	return ret;
}

/**
 * genpu_admin_exec() - run a command that can only fail by a defect
 * @gdev: device
 * @cmd: command; run again if a reset takes it
 *
 * Where no sane answer comes this returns when the device was reset, removed or cut off, so that it
 * does not touch what the command was about any more.
 */
void genpu_admin_exec(struct genpu_device *gdev, struct genpu_admin_cmd *cmd)
{
	u32 tries;

	for (tries = 0; tries < GENPU_ADMIN_TRIES; tries++) {
		if (!genpu_admin_run(gdev, READ_ONCE(gdev->generation), cmd)) {
			genpu_admin_verdict(gdev, cmd);
			return;
		}
		genpu_reset_escalate(gdev, cmd->generation, "admin command got no answer");
	}
}
