// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables. The device walks them at any time, so each entry is written once, with its final
 * value, after what it points to is ready. A range gets a 2 MiB leaf where address, target and size
 * allow it and no table is in the way.
 */
#include <linux/dma-mapping.h>
#include <linux/slab.h>

#include "genpu_device.h"
#include "genpu_vm.h"

#define GENPU_PT_TOP		(GENPU_PT_LEVELS - 1)
#define GENPU_PT_LEAF_LEVEL	1	/* highest level that may hold leaves */

/**
 * struct genpu_pt_table - one page of entries
 * @entries: for the device
 * @dma: their address
 * @children: table of each entry that has one; NULL at level 0
 * @parent: table that points here, NULL for the root
 * @index: entry of @parent
 * @level: 0 = its entries are pages
 * @used: valid entries
 * @link: in a list of tables to free
 */
struct genpu_pt_table {
	u64 *entries;
	dma_addr_t dma;
	struct genpu_pt_table **children;
	struct genpu_pt_table *parent;
	u32 index;
	u32 level;
	u32 used;
	struct list_head link;
};

static u32 genpu_pt_shift(u32 level)
{
	return GENPU_PAGE_SHIFT + level * GENPU_PT_SHIFT;
}

static u32 genpu_pt_index(u64 va, u32 level)
{
	return (va >> genpu_pt_shift(level)) % GENPU_PT_ENTRIES;
}

static void genpu_pt_write(struct genpu_pt_table *table, u32 index, u64 entry)
{
	table->used += !!entry - !!table->entries[index];
	WRITE_ONCE(table->entries[index], entry);
}

static struct genpu_pt_table *genpu_pt_table_new(struct genpu_device *gdev, u32 level)
{
	struct genpu_pt_table *table;

	table = kzalloc_obj(*table, GFP_KERNEL_ACCOUNT);
	if (!table)
		return NULL;
	table->level = level;
	if (level)
		table->children = kcalloc(GENPU_PT_ENTRIES, sizeof(table->children[0]),
					  GFP_KERNEL_ACCOUNT);
	if (!level || table->children)
		table->entries = dma_alloc_coherent(gdev->drm.dev, GENPU_PAGE_SIZE, &table->dma,
						    GFP_KERNEL_ACCOUNT);
	if (!table->entries) {
		kfree(table->children);
		kfree(table);
		return NULL;
	}
	atomic_inc(&gdev->num_tables);
	return table;
}

static void genpu_pt_table_free(struct genpu_device *gdev, struct genpu_pt_table *table)
{
	dma_free_coherent(gdev->drm.dev, GENPU_PAGE_SIZE, table->entries, table->dma);
	atomic_dec(&gdev->num_tables);
	kfree(table->children);
	kfree(table);
}

int genpu_pt_init(struct genpu_pt *pt, struct genpu_device *gdev)
{
	pt->gdev = gdev;
	pt->root = genpu_pt_table_new(gdev, GENPU_PT_TOP);
	return pt->root ? 0 : -ENOMEM;
}

static void genpu_pt_free_all(struct genpu_device *gdev, struct genpu_pt_table *table)
{
	u32 i;

	for (i = 0; table->level && i < GENPU_PT_ENTRIES; i++)
		if (table->children[i])
			genpu_pt_free_all(gdev, table->children[i]);
	genpu_pt_table_free(gdev, table);
	cond_resched();
}

/**
 * genpu_pt_fini() - free all tables; the device must have forgotten the context
 * @pt: page tables
 */
void genpu_pt_fini(struct genpu_pt *pt)
{
	if (pt->root)
		genpu_pt_free_all(pt->gdev, pt->root);
	pt->root = NULL;
}

dma_addr_t genpu_pt_address(const struct genpu_pt *pt)
{
	return pt->root->dma;
}

/* The table of @level that maps @va; made if need be. NULL if there is no memory. */
static struct genpu_pt_table *genpu_pt_make(struct genpu_pt *pt, u64 va, u32 level)
{
	struct genpu_pt_table *table = pt->root, *child;
	u32 index;

	for (; table->level > level; table = child) {
		index = genpu_pt_index(va, table->level);
		child = table->children[index];
		if (child)
			continue;
		child = genpu_pt_table_new(pt->gdev, table->level - 1);
		if (!child)
			return NULL;
		child->parent = table;
		child->index = index;
		table->children[index] = child;
		dma_wmb();	/* the device sees an empty table, not what was there before */
		genpu_pt_write(table, index, child->dma | GENPU_PTE_SYSTEM | GENPU_PTE_VALID);
	}
	return table;
}

/**
 * genpu_pt_map() - map a contiguous range
 * @pt: page tables
 * @va: where, in the context; nothing is mapped there
 * @addr: what; DMA address or offset in device memory
 * @size: bytes
 * @bits: GENPU_PTE_WRITE, GENPU_PTE_SYSTEM
 *
 * Return: 0; -ENOMEM, then a first part of the range may be mapped.
 */
int genpu_pt_map(struct genpu_pt *pt, u64 va, u64 addr, u64 size, u64 bits)
{
	u64 large = 1ull << genpu_pt_shift(GENPU_PT_LEAF_LEVEL);

	bits |= GENPU_PTE_VALID | GENPU_PTE_LEAF;
	while (size) {
		bool fits = IS_ALIGNED(va | addr, large) && size >= large;
		u32 level = fits ? GENPU_PT_LEAF_LEVEL : 0;
		struct genpu_pt_table *table = genpu_pt_make(pt, va, level);
		u64 step;

		if (level && table && table->children[genpu_pt_index(va, level)]) {
			level = 0;
			table = genpu_pt_make(pt, va, level);
		}
		if (!table)
			return -ENOMEM;

		step = 1ull << genpu_pt_shift(level);
		/* As many entries as lie in this table and are of this size. */
		do {
			genpu_pt_write(table, genpu_pt_index(va, level), addr | bits);
			va += step;
			addr += step;
			size -= step;
		} while (!level && size && genpu_pt_index(va, 0));
		cond_resched();
	}
	return 0;
}

/* Unlink @table and those above it that have no valid entries; the device may still read them. */
static void genpu_pt_collect(struct genpu_pt_table *table, struct list_head *unused)
{
	while (table->parent && !table->used) {
		struct genpu_pt_table *parent = table->parent;

		genpu_pt_write(parent, table->index, 0);
		parent->children[table->index] = NULL;
		list_add(&table->link, unused);
		table = parent;
	}
}

/**
 * genpu_pt_unmap() - remove mappings; the caller invalidates the device's TLB afterwards
 * @pt: page tables
 * @va: start of a range that was mapped by genpu_pt_map(), perhaps in part
 * @size: bytes
 * @unused: receives tables to free when that is done
 */
void genpu_pt_unmap(struct genpu_pt *pt, u64 va, u64 size, struct list_head *unused)
{
	u64 large = 1ull << genpu_pt_shift(GENPU_PT_LEAF_LEVEL);
	u64 end = va + size;

	while (va < end) {
		struct genpu_pt_table *table = pt->root;
		u64 next = min(end, round_down(va, large) + large);
		u32 index = genpu_pt_index(va, GENPU_PT_LEAF_LEVEL);

		while (table && table->level > GENPU_PT_LEAF_LEVEL)
			table = table->children[genpu_pt_index(va, table->level)];
		if (table && table->children[index]) {
			table = table->children[index];
			for (; va < next; va += GENPU_PAGE_SIZE)
				genpu_pt_write(table, genpu_pt_index(va, 0), 0);
		} else if (table) {
			genpu_pt_write(table, index, 0);
		}
		if (table)
			genpu_pt_collect(table, unused);
		va = next;
		cond_resched();
	}
}

/**
 * genpu_pt_free_unused() - free tables that genpu_pt_unmap() has unlinked
 * @pt: page tables
 * @unused: the tables
 */
void genpu_pt_free_unused(struct genpu_pt *pt, struct list_head *unused)
{
	struct genpu_pt_table *table, *next;

	list_for_each_entry_safe(table, next, unused, link)
		genpu_pt_table_free(pt->gdev, table);
	INIT_LIST_HEAD(unused);
}

/**
 * struct genpu_pt_run - a range that one line will tell of
 * @p: where to
 * @va: where it begins
 * @size: bytes; 0 = none yet
 * @entry: its first leaf
 */
struct genpu_pt_run {
	struct drm_printer *p;
	u64 va;
	u64 size;
	u64 entry;
};

static void genpu_pt_print_run(const struct genpu_pt_run *run)
{
	if (run->size)
		drm_printf(run->p, "0x%012llx-0x%012llx %s 0x%llx %s\n", run->va,
			   run->va + run->size,
			   run->entry & GENPU_PTE_SYSTEM ? "system" : "device",
			   run->entry & GENPU_PTE_ADDR,
			   run->entry & GENPU_PTE_WRITE ? "write" : "read");
}

static void genpu_pt_print_table(struct genpu_pt_run *run, const struct genpu_pt_table *table,
				 u64 va)
{
	u64 step = 1ull << genpu_pt_shift(table->level), entry;
	u32 i;

	for (i = 0; i < GENPU_PT_ENTRIES; i++, va += step) {
		entry = table->entries[i];
		if (!(entry & GENPU_PTE_VALID))
			continue;
		if (table->level && table->children[i]) {
			genpu_pt_print_table(run, table->children[i], va);
			continue;
		}
		if (run->size && va == run->va + run->size && entry == run->entry + run->size) {
			run->size += step;
			continue;
		}
		genpu_pt_print_run(run);
		run->va = va;
		run->size = step;
		run->entry = entry;
	}
	cond_resched();
}

/**
 * genpu_pt_print() - print what is mapped, a contiguous range a line
 * @pt: page tables
 * @p: printer
 */
void genpu_pt_print(const struct genpu_pt *pt, struct drm_printer *p)
{
	struct genpu_pt_run run = { .p = p };

	if (pt->root)
		genpu_pt_print_table(&run, pt->root, 0);
	genpu_pt_print_run(&run);
}
