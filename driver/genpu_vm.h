/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_VM_H_
#define _GENPU_VM_H_

#include <linux/dma-resv.h>
#include <linux/maple_tree.h>
#include <linux/mutex.h>

#include "genpu_pt.h"

struct drm_printer;
struct genpu_bo;
struct genpu_device;

#define GENPU_VA_START	0x10000ull	/* so that a NULL pointer plus something faults */

/* The driver's own share of each address space, at its top: 1 / 2^GENPU_VA_OWN_SHIFT. */
#define GENPU_VA_OWN_SHIFT	8

/**
 * struct genpu_vm - address space of a context
 * @gdev: device
 * @ctx_id: of the device
 * @lock: protects the mappings, @pt, and the order of changes and TLB invalidations
 * @mappings: struct genpu_mapping by address; those from genpu_vm_end() on are the driver's
 * @pt: page tables; the root is NULL when the device was removed
 * @resv: holds the fence of every job of the context (BOOKKEEP): memory that was mapped when it was
 *        submitted stays until it has ended
 */
struct genpu_vm {
	struct genpu_device *gdev;
	u32 ctx_id;
	struct mutex lock;	/* mappings, pt */
	struct maple_tree mappings;
	struct genpu_pt pt;
	struct dma_resv resv;
};

void genpu_vm_init_locks(struct genpu_vm *vm);
int genpu_vm_init(struct genpu_vm *vm, struct genpu_device *gdev, u32 ctx_id);
void genpu_vm_fini(struct genpu_vm *vm);
void genpu_vm_unplug(struct genpu_vm *vm);

u64 genpu_vm_end(const struct genpu_device *gdev);
int genpu_vm_map_own(struct genpu_vm *vm, struct genpu_bo *bo, u64 *va);
void genpu_vm_unmap_own(struct genpu_vm *vm, u64 va);

void genpu_vm_print(struct drm_printer *p, struct genpu_vm *vm);

#endif /* _GENPU_VM_H_ */
