/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_DEVICE_H_
#define _GENPU_DEVICE_H_

#include <linux/idr.h>
#include <linux/pci.h>
#include <linux/rwsem.h>
#include <linux/xarray.h>

#include <drm/drm_drv.h>
#include <drm/drm_print.h>
#include <drm/genpu_accel.h>

#include "genpu_admin.h"
#include "genpu_coredump.h"
#include "genpu_event.h"
#include "genpu_mem.h"
#include "genpu_power.h"
#include "genpu_notice.h"
#include "genpu_restore.h"

/*
 * Lock order, outermost first; tests/genpu_lockdep.c teaches it to lockdep. Who holds one of the
 * first group may allocate memory and wait for fences:
 *
 *	genpu_netlink_lock		devices that netlink sees
 *	genpu_stream.submit_lock	one SUBMIT at a time
 *	genpu_vm.lock			mappings and page tables
 *	genpu_device.bos_lock		(inside of mmap_lock) list of all BOs, their DMA mappings
 *	genpu_vm.resv, dma_buf.resv	fences of a context; what the exporters of imports do
 *	genpu_device.window_sem		(inside of mmap_lock) the CPU window can be accessed
 *	genpu_mem.lock			allocator of device memory
 *	genpu_power.lock		who needs the device awake
 *
 * Those of the second are taken by what signals fences, so who holds one of them does neither:
 *
 *	genpu_device.objects_lock	lists of contexts, graphs and streams; ends of queues
 *	genpu_ctx.streams_lock		streams of a context
 *	genpu_stream.jobs_lock		numbers and fences of jobs
 *	genpu_stream.fence_lock		(irq) jobs that the device has, failure state
 *	genpu_admin.lock		(irq) admin ring
 *	genpu_notices.lock		(irq) what happened lately
 *
 * Admin commands sleep until the device answers, with any of the mutexes held; the path that
 * completes them (event thread) takes only spinlocks. So do run_job and the event threads; recovery
 * and resets also take the mutexes of the second group, and run admin commands.
 */

/**
 * enum genpu_device_state - what the driver may expect of the device, as netlink tells it
 * @GENPU_STATE_DOWN: removed
 * @GENPU_STATE_RUNNING: takes commands
 * @GENPU_STATE_RESETTING: being brought up, reset, or suspended
 * @GENPU_STATE_WEDGED: not even a reset helped; only a rebind does
 */
enum genpu_device_state {
	GENPU_STATE_DOWN = GENPU_NL_STATE_DOWN,
	GENPU_STATE_RUNNING = GENPU_NL_STATE_RUNNING,
	GENPU_STATE_RESETTING = GENPU_NL_STATE_RESETTING,
	GENPU_STATE_WEDGED = GENPU_NL_STATE_WEDGED,
};

/**
 * struct genpu_device - one NPU
 * @drm: base
 * @pdev: PCI function
 * @regs: BAR 0. This and the one below: only between drm_dev_enter() and drm_dev_exit()
 * @doorbells: BAR 2
 * @isa_version: GENPU_REG_VERSION
 * @caps: GENPU_CAP_*
 * @num_queues: queues, the admin queue included
 * @num_contexts: highest context id
 * @num_programs: highest program id
 * @va_bits: width of context addresses
 * @compute_units: graphs that can run at once
 * @copy_units: copies that can run at once
 * @timeout_scale: what all timeouts of jobs are multiplied by
 * @num_eqs: event queues in use
 * @eqs: event queues; each is touched by its interrupt thread alone, and by reset and removal when
 *       the device is quiet
 * @admin: admin queue
 * @memory: device memory
 * @power: power management
 * @queue_ids: queue ids in use
 * @ctx_ids: context ids in use
 * @program_ids: program ids in use
 * @queues: queue id -> struct genpu_stream, entered under RCU
 * @busy_streams: streams that have jobs on the device
 * @retired: jobs that the device has ended since it was bound
 * @bos_lock: protects @bos, their links, DMA mappings and dma-bufs
 * @bos: all struct genpu_bo
 * @objects_lock: protects @ctxs, @graphs, @streams, their struct genpu_object, and @generation
 * @ctxs: struct genpu_object of all struct genpu_ctx
 * @graphs: of all struct genpu_graph
 * @streams: of all struct genpu_stream
 * @num_tables: pages that hold page tables
 * @system_bytes: bytes of system memory in BOs
 * @state: enum genpu_device_state; written under @admin.lock
 * @generation: counts how often the device has forgotten everything; written under @objects_lock
 *              and @admin.lock
 * @reset_work: resets the device
 * @reset_reason: why; a literal; written under @admin.lock
 * @reset_wait: woken when @state, @generation or @window_away changes
 * @window_sem: protects @window_away; held for reading while a fault maps memory
 * @window_away: the bus is being reset, BAR 4 cannot be accessed
 * @resets: device resets done by the driver
 * @hangs: jobs that took too long
 * @faults: jobs that failed
 * @notices: what happened lately
 * @coredump: of the first hang
 */
struct genpu_device {
	struct drm_device drm;
	struct pci_dev *pdev;
	void __iomem *regs;
	void __iomem *doorbells;

	u32 isa_version;
	u32 caps;
	u32 num_queues;
	u32 num_contexts;
	u32 num_programs;
	u32 va_bits;
	u32 compute_units;
	u32 copy_units;
	u32 timeout_scale;

	u32 num_eqs;
	struct genpu_eq eqs[GENPU_MAX_VECTORS];
	struct genpu_admin admin;
	struct genpu_mem memory;
	struct genpu_power power;

	struct ida queue_ids;
	struct ida ctx_ids;
	struct ida program_ids;
	struct xarray queues;
	atomic_t busy_streams;
	atomic64_t retired;

	struct mutex bos_lock;	/* bos, their DMA mappings and dma-bufs */
	struct list_head bos;
	struct mutex objects_lock;	/* ctxs, graphs, streams, generation */
	struct list_head ctxs;
	struct list_head graphs;
	struct list_head streams;
	atomic_t num_tables;
	atomic64_t system_bytes;

	enum genpu_device_state state;
	u32 generation;
	struct work_struct reset_work;
	const char *reset_reason;
	wait_queue_head_t reset_wait;
	struct rw_semaphore window_sem;	/* window_away */
	bool window_away;
	atomic_t resets;
	atomic_t hangs;
	atomic_t faults;

	struct genpu_notices notices;
	struct genpu_coredump coredump;
};

static inline struct genpu_device *to_genpu(struct drm_device *drm)
{
	return container_of(drm, struct genpu_device, drm);
}

static inline u32 genpu_read(struct genpu_device *gdev, u32 reg)
{
	return readl(gdev->regs + reg);
}

static inline void genpu_write(struct genpu_device *gdev, u32 reg, u32 value)
{
	writel(value, gdev->regs + reg);
}

static inline void genpu_write64(struct genpu_device *gdev, u32 reg, u64 value)
{
	genpu_write(gdev, reg, lower_32_bits(value));
	genpu_write(gdev, reg + 4, upper_32_bits(value));
}

u64 genpu_read64(struct genpu_device *gdev, u32 reg);

/* Queue @queue has tasks up to @tail. Inside of drm_dev_enter(); the ring is written already. */
void genpu_doorbell_ring(struct genpu_device *gdev, u32 queue, u64 tail);
void genpu_doorbell_notify(struct genpu_device *gdev, u32 queue, u64 count);

/* Where the kernel has CONFIG_PROVE_LOCKING. */
void genpu_lockdep_prime(struct genpu_device *gdev);

int genpu_device_init(struct genpu_device *gdev);
int genpu_device_start(struct genpu_device *gdev);
int genpu_device_quiesce(struct genpu_device *gdev);
int genpu_device_disable(struct genpu_device *gdev);
void genpu_device_fini(struct genpu_device *gdev);
int genpu_device_usable(struct genpu_device *gdev);
int genpu_device_enter(struct genpu_device *gdev, int *idx);

void genpu_reset_set_state(struct genpu_device *gdev, enum genpu_device_state state);
bool genpu_reset_begin(struct genpu_device *gdev);
int genpu_reset_down(struct genpu_device *gdev, enum genpu_blame blame);
int genpu_reset_up(struct genpu_device *gdev);
void genpu_reset_wedge(struct genpu_device *gdev);
void genpu_reset_work(struct work_struct *work);
void genpu_reset_schedule(struct genpu_device *gdev, u32 generation, const char *reason);
void genpu_reset_escalate(struct genpu_device *gdev, u32 generation, const char *reason);

/* One for all devices, so that the last reference to a device may be dropped on them. */
extern struct workqueue_struct *genpu_sched_wq;		/* feeds rings: never sleeps long */
extern struct workqueue_struct *genpu_recovery_wq;	/* resets: fences wait for it */
extern struct workqueue_struct *genpu_cleanup_wq;	/* frees what cannot be freed at once */

/* What a stream that sets no timeout gets, ms, before genpu_device.timeout_scale. */
unsigned int genpu_default_timeout_ms(void);

extern unsigned int genpu_timeout_scale;
extern unsigned int genpu_max_timeout_ms;
extern unsigned int genpu_admin_timeout_ms;

#endif /* _GENPU_DEVICE_H_ */
