// SPDX-License-Identifier: MIT
#include <string.h>

#include "mmu.h"

#define LARGE_SHIFT	(GENPU_PAGE_SHIFT + GENPU_PT_SHIFT)
#define LARGE_SIZE	(1ull << LARGE_SHIFT)
#define PTE_KNOWN	(GENPU_PTE_VALID | GENPU_PTE_WRITE | GENPU_PTE_SYSTEM | GENPU_PTE_LEAF | \
			 GENPU_PTE_ADDR)

void mmu_init(struct mmu *mmu, u64 root)
{
	memset(mmu, 0, sizeof(*mmu));
	pthread_mutex_init(&mmu->lock, NULL);
	mmu->root = root;
}

void mmu_destroy(struct mmu *mmu)
{
	pthread_mutex_destroy(&mmu->lock);
}

static void invalidate(struct tlb_entry *tlb, size_t n, unsigned int shift, u64 va, u64 size)
{
	u64 first = (va >> shift) + 1, last = ((va + size - 1) >> shift) + 1;
	size_t i;

	for (i = 0; i < n; i++)
		if (!size || (tlb[i].tag >= first && tlb[i].tag <= last))
			tlb[i].tag = 0;
}

void mmu_invalidate(struct mmu *mmu, u64 va, u64 size)
{
	pthread_mutex_lock(&mmu->lock);
	invalidate(mmu->small, TLB_SMALL, GENPU_PAGE_SHIFT, va, size);
	invalidate(mmu->large, TLB_LARGE, LARGE_SHIFT, va, size);
	invalidate(mmu->tables, TLB_TABLES, LARGE_SHIFT, va, size);
	pthread_mutex_unlock(&mmu->lock);
}

static struct tlb_entry *tlb_slot(struct tlb_entry *tlb, size_t n, unsigned int shift, u64 va)
{
	return &tlb[(va >> shift) & (n - 1)];
}

static bool tlb_find(struct tlb_entry *tlb, size_t n, unsigned int shift, u64 va, u64 *pte)
{
	struct tlb_entry *e = tlb_slot(tlb, n, shift, va);

	*pte = e->pte;
	return e->tag == (va >> shift) + 1;
}

static void tlb_keep(struct tlb_entry *tlb, size_t n, unsigned int shift, u64 va, u64 pte)
{
	struct tlb_entry *e = tlb_slot(tlb, n, shift, va);

	e->tag = (va >> shift) + 1;
	e->pte = pte;
}

/* Memory that a table entry points at, @off bytes into it */
static void *pte_memory(const struct memory_map *map, u64 pte, u64 off, bool write, u64 *avail)
{
	u64 addr = (pte & GENPU_PTE_ADDR) + off;

	return pte & GENPU_PTE_SYSTEM ? memory_system(map, addr, write, avail) :
					memory_local(map, addr, avail);
}

/* Reads the entry for @va of the @level table that @table points at, and checks it. */
static u32 read_entry(const struct memory_map *map, u64 table, unsigned int level, u64 va,
		      u64 *pte)
{
	unsigned int shift = GENPU_PAGE_SHIFT + level * GENPU_PT_SHIFT;
	u64 index = (va >> shift) & (GENPU_PT_ENTRIES - 1);
	u64 avail, e;
	u64 *p;

	p = pte_memory(map, table, index * sizeof(e), false, &avail);
	if (!p || avail < sizeof(e))
		return GENPU_ERR_BUS;
	e = __atomic_load_n(p, __ATOMIC_ACQUIRE);
	if (!(e & GENPU_PTE_VALID))
		return GENPU_ERR_PAGE_FAULT;
	if (e & ~PTE_KNOWN)
		return GENPU_ERR_BUS;
	if (e & GENPU_PTE_LEAF) {
		if (level > 1 || (level == 1 && (e & GENPU_PTE_ADDR & (LARGE_SIZE - 1))))
			return GENPU_ERR_BUS;
	} else if (level == 0 || (e & GENPU_PTE_WRITE)) {
		return GENPU_ERR_BUS;
	}
	*pte = e;
	return GENPU_OK;
}

/* Finds the leaf for @va and keeps it. */
static u32 walk(struct mmu *mmu, const struct memory_map *map, u64 va, u64 *pte, u64 *size)
{
	u64 table = mmu->root | GENPU_PTE_SYSTEM;
	int level = GENPU_PT_LEVELS - 1;
	u32 error;

	if (tlb_find(mmu->tables, TLB_TABLES, LARGE_SHIFT, va, pte)) {
		table = *pte;
		level = 0;
	}
	for (; ; level--) {
		error = read_entry(map, table, level, va, pte);
		if (error)
			return error;
		if (*pte & GENPU_PTE_LEAF)
			break;
		table = *pte;
		if (level == 1)
			tlb_keep(mmu->tables, TLB_TABLES, LARGE_SHIFT, va, table);
	}
	if (level == 1) {
		tlb_keep(mmu->large, TLB_LARGE, LARGE_SHIFT, va, *pte);
		*size = LARGE_SIZE;
	} else {
		tlb_keep(mmu->small, TLB_SMALL, GENPU_PAGE_SHIFT, va, *pte);
		*size = GENPU_PAGE_SIZE;
	}
	return GENPU_OK;
}

/* Host pointer of @va, and the bytes that are contiguous there because of one table entry */
static u32 translate(struct mmu *mmu, const struct memory_map *map, u64 va, bool write, void **ptr,
		     u64 *run)
{
	u64 pte, size, avail, off;
	u32 error;

	if (tlb_find(mmu->small, TLB_SMALL, GENPU_PAGE_SHIFT, va, &pte)) {
		size = GENPU_PAGE_SIZE;
	} else if (tlb_find(mmu->large, TLB_LARGE, LARGE_SHIFT, va, &pte)) {
		size = LARGE_SIZE;
	} else {
		error = walk(mmu, map, va, &pte, &size);
		if (error)
			return error;
	}
	if (write && !(pte & GENPU_PTE_WRITE))
		return GENPU_ERR_PAGE_FAULT;
	off = va & (size - 1);
	*ptr = pte_memory(map, pte, off, write, &avail);
	if (!*ptr)
		return GENPU_ERR_BUS;
	*run = min_u64(size - off, avail);
	return GENPU_OK;
}

void *mmu_run(struct mmu *mmu, const struct memory_map *map, u64 va, u64 len, bool write,
	      u64 *run, struct mmu_fault *fault)
{
	u8 *base = NULL;
	void *next;
	u64 more;
	u32 error;

	*run = 0;
	pthread_mutex_lock(&mmu->lock);
	do {
		error = translate(mmu, map, va + *run, write, &next, &more);
		if (error || (base && next != base + *run))
			break;
		if (!base)
			base = next;
		*run += more;
	} while (*run < len);
	pthread_mutex_unlock(&mmu->lock);

	if (!base) {
		fault->error = error;
		fault->access = write ? GENPU_ACCESS_WRITE : GENPU_ACCESS_READ;
		fault->addr = va;
		return NULL;
	}
	*run = min_u64(*run, len);
	return base;
}

u64 *mmu_word(struct mmu *mmu, const struct memory_map *map, u64 va, bool write,
	      struct mmu_fault *fault)
{
	u64 run;

	return mmu_run(mmu, map, va, sizeof(u64), write, &run, fault);
}

bool mmu_read(struct mmu *mmu, const struct memory_map *map, u64 va, void *buf, u64 len,
	      struct mmu_fault *fault)
{
	u64 done, run;
	void *p;

	for (done = 0; done < len; done += run) {
		p = mmu_run(mmu, map, va + done, len - done, false, &run, fault);
		if (!p)
			return false;
		memcpy((u8 *)buf + done, p, run);
	}
	return true;
}
