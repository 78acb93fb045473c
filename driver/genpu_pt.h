/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_PT_H_
#define _GENPU_PT_H_

#include <linux/list.h>
#include <linux/types.h>

struct drm_printer;
struct genpu_device;
struct genpu_pt_table;

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

#endif /* _GENPU_PT_H_ */
