/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_VM_H_
#define _GENPU_VM_H_

#include <linux/dma-resv.h>
#include <linux/maple_tree.h>

struct drm_printer;
struct genpu_bo;
struct genpu_device;
struct genpu_pt_table;

#define GENPU_VA_START	0x10000ull	/* so that a NULL pointer plus something faults */

/* The driver's own share of each address space, at its top: 1 / 2^GENPU_VA_OWN_SHIFT. */
#define GENPU_VA_OWN_SHIFT	8

/**
 * struct genpu_pt - page tables of a context, in system memory; the caller locks
 * @gdev: device
 * @root: table of the top level
 */
struct genpu_pt {
	struct genpu_device *gdev;
	struct genpu_pt_table *root;
};

int genpu_pt_init(struct genpu_pt *pt, struct genpu_device *gdev);
void genpu_pt_fini(struct genpu_pt *pt);
dma_addr_t genpu_pt_address(const struct genpu_pt *pt);

int genpu_pt_map(struct genpu_pt *pt, u64 va, u64 addr, u64 size, u64 bits);
void genpu_pt_unmap(struct genpu_pt *pt, u64 va, u64 size, struct list_head *unused);
void genpu_pt_print(const struct genpu_pt *pt, struct drm_printer *p);
void genpu_pt_free_unused(struct genpu_pt *pt, struct list_head *unused);

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
