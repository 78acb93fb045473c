// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device: registers, bringing it up and taking it down.
 */
#include <linux/dma-mapping.h>
#include <linux/iopoll.h>

#include <drm/drm_managed.h>

#include "genpu_bo.h"
#include "genpu_ctx.h"
#include "genpu_device.h"
#include "genpu_stream.h"

/* Times that the hardware guarantees, with room for an emulated device on a busy machine. */
#define GENPU_READY_TIME_US	(5 * USEC_PER_SEC)
#define GENPU_RESET_TIME_US	(5 * USEC_PER_SEC)

/* What may end by itself before a suspend, or a reset that someone asked for. */
#define GENPU_QUIET_TIME_US	(2 * USEC_PER_SEC)

/* An emulated device shares the processors with those who wait for it. */
#define GENPU_SCALE_EMULATED	3

/**
 * genpu_read64() - read a LO/HI pair; reading LO latches HI where that matters
 * @gdev: device
 * @reg: of LO
 *
 * Return: the value of the pair.
 */
u64 genpu_read64(struct genpu_device *gdev, u32 reg)
{
	u32 low = genpu_read(gdev, reg);

	return low | (u64)genpu_read(gdev, reg + 4) << 32;
}

/**
 * genpu_doorbell_ring() - tell the device about tasks
 * @gdev: device; between drm_dev_enter() and drm_dev_exit()
 * @queue: queue
 * @tail: tasks ever put into its ring
 */
void genpu_doorbell_ring(struct genpu_device *gdev, u32 queue, u64 tail)
{
	void __iomem *page = gdev->doorbells + queue * GENPU_DOORBELL_STRIDE;

	/* writeq() orders the ring before the tail. */
	writeq(tail, page + offsetof(struct genpu_doorbell, tail));
	/* Either we see that it sleeps, or it sees the tail before it does. */
	mb();
	if (readl(page + offsetof(struct genpu_doorbell, wake)))
		genpu_write(gdev, GENPU_REG_KICK, queue);
}

/**
 * genpu_doorbell_notify() - ask for an event
 * @gdev: device; between drm_dev_enter() and drm_dev_exit()
 * @queue: queue
 * @count: of completed tasks. The caller looks at the count afterwards: it may be there already
 */
void genpu_doorbell_notify(struct genpu_device *gdev, u32 queue, u64 count)
{
	writeq(count, gdev->doorbells + queue * GENPU_DOORBELL_STRIDE +
	       offsetof(struct genpu_doorbell, notify));
	mb();	/* before the count is read */
}

/* The bounds of what the device says about itself; everything later relies on them. */
static int genpu_device_identify(struct genpu_device *gdev)
{
	struct pci_dev *pdev = gdev->pdev;
	u64 window = pci_resource_len(pdev, GENPU_BAR_MEMORY);
	u64 doorbells = pci_resource_len(pdev, GENPU_BAR_DOORBELLS);
	u32 magic = genpu_read(gdev, GENPU_REG_MAGIC);
	struct drm_device *drm = &gdev->drm;
	u64 mem_size;

	if (magic != GENPU_MAGIC) {
		drm_err(drm, "magic is 0x%08x, expected 0x%08x\n", magic, GENPU_MAGIC);
		return -ENODEV;
	}
	gdev->isa_version = genpu_read(gdev, GENPU_REG_VERSION);
	if (gdev->isa_version >> 16 != GENPU_VERSION >> 16 || gdev->isa_version < GENPU_VERSION) {
		drm_err(drm, "interface version is %u.%u, expected %u.%u or a later %u\n",
			gdev->isa_version >> 16, gdev->isa_version & 0xffff, GENPU_VERSION >> 16,
			GENPU_VERSION & 0xffff, GENPU_VERSION >> 16);
		return -ENODEV;
	}
	gdev->caps = genpu_read(gdev, GENPU_REG_CAPS);
	gdev->num_queues = genpu_read(gdev, GENPU_REG_NUM_QUEUES);
	gdev->num_contexts = genpu_read(gdev, GENPU_REG_NUM_CONTEXTS);
	gdev->num_programs = genpu_read(gdev, GENPU_REG_NUM_PROGRAMS);
	gdev->num_eqs = genpu_read(gdev, GENPU_REG_NUM_VECTORS);
	gdev->va_bits = genpu_read(gdev, GENPU_REG_VA_BITS);
	gdev->compute_units = genpu_read(gdev, GENPU_REG_COMPUTE_UNITS);
	gdev->copy_units = genpu_read(gdev, GENPU_REG_COPY_UNITS);
	mem_size = genpu_read64(gdev, GENPU_REG_MEM_SIZE_LO);

	if (gdev->num_queues < 2 || gdev->num_queues > doorbells / GENPU_DOORBELL_STRIDE ||
	    gdev->num_queues > U16_MAX + 1 || !gdev->num_contexts || gdev->num_contexts > S32_MAX ||
	    !gdev->num_programs || gdev->num_programs > S32_MAX || !gdev->num_eqs ||
	    gdev->num_eqs > GENPU_MAX_VECTORS || gdev->va_bits < 32 ||
	    gdev->va_bits > GENPU_VA_BITS || mem_size < PAGE_SIZE || window < PAGE_SIZE) {
		drm_err(drm, "%u queues, %u contexts, %u programs, %u vectors, %u address bits or 0x%llx bytes of memory (window 0x%llx) is out of range\n",
			gdev->num_queues, gdev->num_contexts, gdev->num_programs, gdev->num_eqs,
			gdev->va_bits, mem_size, window);
		return -ENODEV;
	}
	gdev->timeout_scale = genpu_timeout_scale ?:
		gdev->caps & GENPU_CAP_EMULATED ? GENPU_SCALE_EMULATED : 1;
	return genpu_mem_init(gdev, mem_size, window);
}

static int genpu_device_map(struct genpu_device *gdev)
{
	struct pci_dev *pdev = gdev->pdev;
	int ret;

	if (pci_resource_len(pdev, GENPU_BAR_REGS) < GENPU_REGS_SIZE) {
		drm_err(&gdev->drm, "BAR %d is too small\n", GENPU_BAR_REGS);
		return -ENODEV;
	}
	ret = pcim_request_all_regions(pdev, "genpu");
	if (ret)
		return ret;
	gdev->regs = pcim_iomap(pdev, GENPU_BAR_REGS, 0);
	gdev->doorbells = pcim_iomap(pdev, GENPU_BAR_DOORBELLS, 0);
	return gdev->regs && gdev->doorbells ? 0 : -ENOMEM;
}

static int genpu_device_init_objects(struct genpu_device *gdev)
{
	int ret;

	ida_init(&gdev->queue_ids);
	ida_init(&gdev->ctx_ids);
	ida_init(&gdev->program_ids);
	xa_init(&gdev->queues);
	INIT_LIST_HEAD(&gdev->bos);
	INIT_LIST_HEAD(&gdev->ctxs);
	INIT_LIST_HEAD(&gdev->graphs);
	INIT_LIST_HEAD(&gdev->streams);
	gdev->state = GENPU_STATE_RESETTING;
	INIT_WORK(&gdev->reset_work, genpu_reset_work);
	init_waitqueue_head(&gdev->reset_wait);
	init_rwsem(&gdev->window_sem);
	spin_lock_init(&gdev->notices.lock);
	INIT_WORK(&gdev->notices.work, genpu_notice_work);
	INIT_WORK(&gdev->coredump.work, genpu_coredump_work);
	ret = drmm_mutex_init(&gdev->drm, &gdev->power.lock);
	ret = ret ?: drmm_mutex_init(&gdev->drm, &gdev->bos_lock);
	return ret ?: drmm_mutex_init(&gdev->drm, &gdev->objects_lock);
}

/**
 * genpu_device_init() - from an unknown PCI function to a device that runs
 * @gdev: device
 *
 * What it takes is given back when the driver is unbound, but for the interrupts and the state of
 * the device: genpu_device_fini(), also after an error.
 *
 * Return: 0 or a negative errno.
 */
int genpu_device_init(struct genpu_device *gdev)
{
	struct pci_dev *pdev = gdev->pdev;
	int ret;

	dma_set_max_seg_size(&pdev->dev, UINT_MAX);
	ret = genpu_device_init_objects(gdev);
	ret = ret ?: pcim_enable_device(pdev);
	ret = ret ?: dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(52));
	ret = ret ?: genpu_device_map(gdev);
	ret = ret ?: genpu_device_identify(gdev);
	if (ret)
		return ret;

	/* All that the processors can serve at once; they have not many for all devices. */
	gdev->num_eqs = min(gdev->num_eqs, num_online_cpus() + 1);
	ret = pci_alloc_irq_vectors(pdev, 1, gdev->num_eqs, PCI_IRQ_MSIX);
	if (ret < 0)
		return ret;
	gdev->num_eqs = ret;
	ret = genpu_admin_init(gdev);
	ret = ret ?: genpu_events_init(gdev);
	if (ret)
		return ret;
	if (IS_ENABLED(CONFIG_PROVE_LOCKING))
		genpu_lockdep_prime(gdev);

	pci_set_master(pdev);
	ret = genpu_device_disable(gdev);	/* whatever it did before, perhaps under a kexec */
	ret = ret ?: genpu_events_enable(gdev);
	ret = ret ?: genpu_device_start(gdev);
	if (!ret)
		genpu_reset_set_state(gdev, GENPU_STATE_RUNNING);
	return ret;
}

/*
 * Wait until any of @bits is set, or all are clear. A removal, or a device that is not there and
 * reads all ones, ends it at once.
 */
static int genpu_device_poll(struct genpu_device *gdev, u32 reg, u32 bits, bool set, u64 time_us)
{
	u32 value;
	int ret;

	ret = read_poll_timeout(genpu_read, value, !!(value & bits) == set ||
				value == U32_MAX ||
				READ_ONCE(gdev->state) == GENPU_STATE_DOWN, 100, time_us, false,
				gdev, reg);
	return ret || value == U32_MAX || !!(value & bits) != set ? -EIO : 0;
}

/**
 * genpu_device_start() - enable a device that was just reset
 * @gdev: device
 *
 * Return: 0; -EIO: it does not become ready.
 */
int genpu_device_start(struct genpu_device *gdev)
{
	u32 status;
	int ret;

	genpu_admin_up(gdev);
	genpu_events_program(gdev);
	genpu_write(gdev, GENPU_REG_CTRL, GENPU_CTRL_ENABLE);
	ret = genpu_device_poll(gdev, GENPU_REG_STATUS, GENPU_STATUS_READY | GENPU_STATUS_FATAL,
				true, GENPU_READY_TIME_US);
	status = genpu_read(gdev, GENPU_REG_STATUS);
	if (!ret && !(status & GENPU_STATUS_FATAL))
		return 0;
	drm_err(&gdev->drm, "device does not start: status 0x%x, fatal error %u\n", status,
		genpu_read(gdev, GENPU_REG_FATAL));
	return -EIO;
}

/**
 * genpu_device_quiesce() - have the device begin nothing any more
 * @gdev: device
 *
 * Return: 0: no task runs; -EIO: one still does, or the device does not answer.
 */
int genpu_device_quiesce(struct genpu_device *gdev)
{
	genpu_write(gdev, GENPU_REG_CTRL, 0);
	return genpu_device_poll(gdev, GENPU_REG_STATUS, GENPU_STATUS_READY, false,
				 GENPU_QUIET_TIME_US);
}

/**
 * genpu_device_disable() - reset the device
 * @gdev: device
 *
 * Return: 0: it does neither DMA nor interrupts; -EIO: it does not answer.
 */
int genpu_device_disable(struct genpu_device *gdev)
{
	genpu_write(gdev, GENPU_REG_CTRL, GENPU_CTRL_RESET);
	return genpu_device_poll(gdev, GENPU_REG_CTRL, GENPU_CTRL_RESET, false,
				 GENPU_RESET_TIME_US) ?:
	       genpu_device_poll(gdev, GENPU_REG_STATUS, GENPU_STATUS_RESETTING, false,
				 GENPU_RESET_TIME_US);
}

/**
 * genpu_device_fini() - end of a device that is already unplugged or was never registered
 * @gdev: device, may be initialised in part
 *
 * Afterwards it uses no memory, and nothing of the driver uses it.
 */
void genpu_device_fini(struct genpu_device *gdev)
{
	struct genpu_stream *stream;
	struct genpu_ctx *ctx;

	/* Before that there is nothing, perhaps not even locks. */
	if (!gdev->regs)
		return;
	if (genpu_read(gdev, GENPU_REG_CTRL) != U32_MAX)
		genpu_device_disable(gdev);
	genpu_events_disable(gdev);

	mutex_lock(&gdev->objects_lock);
	list_for_each_entry(stream, &gdev->streams, object.link)
		genpu_stream_unplug(stream, -ENODEV);
	list_for_each_entry(ctx, &gdev->ctxs, object.link)
		genpu_vm_unplug(&ctx->vm);
	mutex_unlock(&gdev->objects_lock);
	genpu_bo_unmap_all(gdev);
}

/**
 * genpu_device_usable() - may userspace ask for work
 * @gdev: device
 *
 * Waits for a reset that is under way.
 *
 * Return: 0, -EIO, -ENODEV or -ERESTARTSYS.
 */
int genpu_device_usable(struct genpu_device *gdev)
{
	enum genpu_device_state state;
	int ret;

	/* Looks once: the next reset, which may begin at any moment, is no removal. */
	ret = wait_event_interruptible(gdev->reset_wait, (state = READ_ONCE(gdev->state)) !=
				       GENPU_STATE_RESETTING);
	if (ret)
		return ret;
	return state == GENPU_STATE_RUNNING ? 0 : state == GENPU_STATE_WEDGED ? -EIO : -ENODEV;
}

/**
 * genpu_device_enter() - begin something that userspace has asked for
 * @gdev: device
 * @idx: out: for drm_dev_exit(), up to which a removal waits
 *
 * Return: as genpu_device_usable().
 */
int genpu_device_enter(struct genpu_device *gdev, int *idx)
{
	int ret = genpu_device_usable(gdev);

	if (!ret && !drm_dev_enter(&gdev->drm, idx))
		ret = -ENODEV;
	return ret;
}
