/* SPDX-License-Identifier: MIT */
/*
 * mmu.h - address space of a context
 *
 * Valid translations are kept until they are invalidated, as hardware would: a host that forgets
 * TLB_INVALIDATE finds out. What is kept are table entries, never host pointers.
 */
#ifndef GE_EMU_MMU_H
#define GE_EMU_MMU_H

#include <pthread.h>

#include <drm/genpu_isa.h>

#include "memory.h"

#define TLB_SMALL	2048
#define TLB_LARGE	64
#define TLB_TABLES	64

/**
 * struct tlb_entry - a translation
 * @tag: address shifted by the size of what it covers, plus 1; 0 = unused
 * @pte: table entry
 */
struct tlb_entry {
	u64 tag;
	u64 pte;
};

/**
 * struct mmu - address space
 * @lock: guards the entries
 * @root: DMA address of the top table
 * @small: 4 KiB pages
 * @large: 2 MiB pages
 * @tables: last-level tables, by the 2 MiB that they cover
 */
struct mmu {
	pthread_mutex_t lock;
	u64 root;
	struct tlb_entry small[TLB_SMALL];
	struct tlb_entry large[TLB_LARGE];
	struct tlb_entry tables[TLB_TABLES];
};

/**
 * struct mmu_fault - why an access failed
 * @error: enum genpu_error
 * @access: enum genpu_access
 * @addr: context address
 */
struct mmu_fault {
	u32 error;
	u32 access;
	u64 addr;
};

void mmu_init(struct mmu *mmu, u64 root);
void mmu_destroy(struct mmu *mmu);

/** mmu_invalidate() - forget translations of @size bytes at @va; @size 0 = all */
void mmu_invalidate(struct mmu *mmu, u64 va, u64 size);

/** mmu_range_ok() - an address range neither wraps around nor exceeds the address width */
static inline bool mmu_range_ok(u64 va, u64 len)
{
	return range_ok(va, len, 1ull << GENPU_VA_BITS);
}

/**
 * mmu_run() - the longest run of contiguous host memory at an address
 * @mmu: address space
 * @map: memory
 * @va: context address
 * @len: how much is wanted, > 0; [@va, @va + @len) is in range
 * @write: for writing
 * @run: bytes of the run, 1 .. @len
 * @fault: filled if the first byte is not accessible
 *
 * Returns its host pointer, or NULL.
 */
void *mmu_run(struct mmu *mmu, const struct memory_map *map, u64 va, u64 len, bool write,
	      u64 *run, struct mmu_fault *fault);

/** mmu_word() - host pointer of an aligned 64-bit word, or NULL */
u64 *mmu_word(struct mmu *mmu, const struct memory_map *map, u64 va, bool write,
	      struct mmu_fault *fault);

/** mmu_read() - copy @len bytes at @va out of the context; false on a fault */
bool mmu_read(struct mmu *mmu, const struct memory_map *map, u64 va, void *buf, u64 len,
	      struct mmu_fault *fault);

#endif
