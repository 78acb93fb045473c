// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be tested without a device: page tables, which are read here as the device reads them,
 * and the pieces of BOs.
 */
#include <linux/dma-direct.h>
#include <linux/dma-mapping.h>
#include <linux/prandom.h>

#include <kunit/device.h>
#include <kunit/test.h>
#include <kunit/visibility.h>

#include "genpu_bo.h"
#include "genpu_device.h"
#include "genpu_vm.h"

#define LARGE		SZ_2M
#define BASE		0x7f0000000000ull	/* of what is mapped, far from the first entries */
#define PAGES		2048			/* of the window that is mapped at random */

/* A device with an empty page table. */
static struct genpu_pt *pt_new(struct kunit *test)
{
	struct genpu_device *gdev = kunit_kzalloc(test, sizeof(*gdev), GFP_KERNEL);
	struct genpu_pt *pt = kunit_kzalloc(test, sizeof(*pt), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, gdev);
	KUNIT_ASSERT_NOT_NULL(test, pt);
	gdev->drm.dev = kunit_device_register(test, "genpu");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, gdev->drm.dev);
	KUNIT_ASSERT_EQ(test, dma_coerce_mask_and_coherent(gdev->drm.dev, DMA_BIT_MASK(64)), 0);
	KUNIT_ASSERT_EQ(test, genpu_pt_init(pt, gdev), 0);
	return pt;
}

/* No table is left but the root, and none after that. */
static void pt_end(struct kunit *test, struct genpu_pt *pt)
{
	KUNIT_EXPECT_EQ(test, atomic_read(&pt->gdev->num_tables), 1);
	genpu_pt_fini(pt);
	KUNIT_EXPECT_EQ(test, atomic_read(&pt->gdev->num_tables), 0);
}

static void pt_unmap(struct genpu_pt *pt, u64 va, u64 size)
{
	LIST_HEAD(unused);

	genpu_pt_unmap(pt, va, size, &unused);
	genpu_pt_free_unused(pt, &unused);
}

/* The walk that the device does: the leaf that maps @va, or 0; @level: where it was found. */
static u64 pt_leaf(struct genpu_pt *pt, u64 va, u32 *level)
{
	u64 entry = genpu_pt_address(pt) | GENPU_PTE_VALID;
	struct device *dev = pt->gdev->drm.dev;
	u32 shift;

	for (*level = GENPU_PT_LEVELS; entry & GENPU_PTE_VALID && !(entry & GENPU_PTE_LEAF);) {
		u64 *table = phys_to_virt(dma_to_phys(dev, entry & GENPU_PTE_ADDR));

		if (!*level)
			return 0;
		shift = GENPU_PAGE_SHIFT + --*level * GENPU_PT_SHIFT;
		entry = table[(va >> shift) % GENPU_PT_ENTRIES];
	}
	return entry & GENPU_PTE_VALID ? entry : 0;
}

static void pt_expect(struct kunit *test, struct genpu_pt *pt, u64 va, u64 addr, u64 bits, u32 want)
{
	u32 level;
	u64 leaf = pt_leaf(pt, va, &level);

	KUNIT_EXPECT_EQ(test, leaf, addr | bits | GENPU_PTE_VALID | GENPU_PTE_LEAF);
	KUNIT_EXPECT_EQ(test, level, want);
}

static void pt_expect_nothing(struct kunit *test, struct genpu_pt *pt, u64 va)
{
	u32 level;

	KUNIT_EXPECT_EQ(test, pt_leaf(pt, va, &level), 0);
}

static void pt_maps_exactly_what_it_is_told(struct kunit *test)
{
	struct genpu_pt *pt = pt_new(test);

	pt_expect_nothing(test, pt, BASE);
	KUNIT_ASSERT_EQ(test, genpu_pt_map(pt, BASE, 0x5000, 2 * PAGE_SIZE, GENPU_PTE_SYSTEM), 0);
	pt_expect(test, pt, BASE, 0x5000, GENPU_PTE_SYSTEM, 0);
	pt_expect(test, pt, BASE + PAGE_SIZE, 0x6000, GENPU_PTE_SYSTEM, 0);
	pt_expect_nothing(test, pt, BASE - PAGE_SIZE);
	pt_expect_nothing(test, pt, BASE + 2 * PAGE_SIZE);
	pt_unmap(pt, BASE, 2 * PAGE_SIZE);
	pt_expect_nothing(test, pt, BASE);
	pt_end(test, pt);
}

static void pt_reaches_both_ends_of_the_address_space(struct kunit *test)
{
	u64 last = (1ull << GENPU_VA_BITS) - PAGE_SIZE;
	struct genpu_pt *pt = pt_new(test);

	KUNIT_ASSERT_EQ(test, genpu_pt_map(pt, 0, 0x1000, PAGE_SIZE, 0), 0);
	KUNIT_ASSERT_EQ(test, genpu_pt_map(pt, last, 0x2000, PAGE_SIZE, GENPU_PTE_WRITE), 0);
	pt_expect(test, pt, 0, 0x1000, 0, 0);
	pt_expect(test, pt, last, 0x2000, GENPU_PTE_WRITE, 0);
	pt_unmap(pt, 0, PAGE_SIZE);
	pt_expect_nothing(test, pt, 0);
	pt_expect(test, pt, last, 0x2000, GENPU_PTE_WRITE, 0);
	pt_unmap(pt, last, PAGE_SIZE);
	pt_end(test, pt);
}

static void pt_large_leaves_where_all_is_aligned(struct kunit *test)
{
	struct genpu_pt *pt = pt_new(test);

	/* A page, a large leaf, a page */
	KUNIT_ASSERT_EQ(test, genpu_pt_map(pt, BASE - PAGE_SIZE, LARGE - PAGE_SIZE,
					   LARGE + 2 * PAGE_SIZE, 0), 0);
	pt_expect(test, pt, BASE - PAGE_SIZE, LARGE - PAGE_SIZE, 0, 0);
	pt_expect(test, pt, BASE, LARGE, 0, 1);
	pt_expect(test, pt, BASE + LARGE, 2 * LARGE, 0, 0);
	pt_expect_nothing(test, pt, BASE + LARGE + PAGE_SIZE);
	pt_unmap(pt, BASE - PAGE_SIZE, LARGE + 2 * PAGE_SIZE);
	pt_expect_nothing(test, pt, BASE);

	/* The target is not aligned: pages only */
	KUNIT_ASSERT_EQ(test, genpu_pt_map(pt, BASE, LARGE + PAGE_SIZE, LARGE, 0), 0);
	pt_expect(test, pt, BASE, LARGE + PAGE_SIZE, 0, 0);
	pt_expect(test, pt, BASE + LARGE - PAGE_SIZE, 2 * LARGE, 0, 0);
	pt_unmap(pt, BASE, LARGE);
	pt_end(test, pt);
}

/* Mappings of random place and length against an array of what each page should show. */
static void pt_agrees_with_a_model(struct kunit *test)
{
	u64 *model = kunit_kcalloc(test, PAGES, sizeof(*model), GFP_KERNEL);
	u32 *lengths = kunit_kcalloc(test, PAGES, sizeof(*lengths), GFP_KERNEL);
	struct genpu_pt *pt = pt_new(test);
	struct rnd_state random;
	u32 round, at, n, i, level;
	u64 addr, leaf;

	KUNIT_ASSERT_NOT_NULL(test, model);
	KUNIT_ASSERT_NOT_NULL(test, lengths);
	prandom_seed_state(&random, 1);
	for (round = 0; round < 400; round++) {
		at = prandom_u32_state(&random) % PAGES;
		if (round & 1)
			at = round_down(at, LARGE / PAGE_SIZE);
		if (lengths[at]) {
			pt_unmap(pt, BASE + at * PAGE_SIZE, lengths[at] * PAGE_SIZE);
			memset(model + at, 0, lengths[at] * sizeof(*model));
			lengths[at] = 0;
		}
		n = 1 + prandom_u32_state(&random) % (3 * LARGE / PAGE_SIZE / 2);
		for (i = 0; i < n && at + i < PAGES && !model[at + i]; i++)
			;
		n = i;
		if (!n)
			continue;
		addr = 1 + prandom_u32_state(&random) % 1000;
		addr *= round & 2 ? LARGE : PAGE_SIZE;
		KUNIT_ASSERT_EQ(test, genpu_pt_map(pt, BASE + at * PAGE_SIZE, addr,
						   n * PAGE_SIZE, 0), 0);
		lengths[at] = n;
		for (i = 0; i < n; i++)
			model[at + i] = addr + i * PAGE_SIZE;
	}
	for (i = 0; i < PAGES; i++) {
		leaf = pt_leaf(pt, BASE + i * PAGE_SIZE, &level);
		addr = leaf & GENPU_PTE_ADDR;
		if (leaf && level)
			addr += (i * PAGE_SIZE) % LARGE;
		KUNIT_ASSERT_EQ_MSG(test, addr, model[i], "page %u at level %u", i, level);
	}
	for (i = 0; i < PAGES; i++)
		if (lengths[i])
			pt_unmap(pt, BASE + i * PAGE_SIZE, lengths[i] * PAGE_SIZE);
	pt_end(test, pt);
}

static void extents_of_neighbours_are_one(struct kunit *test)
{
	struct genpu_extent extents[4] = { };
	struct genpu_bo bo = { .extents = extents };

	genpu_bo_add_extent(&bo, SZ_8K, 0x10000, 16);
	genpu_bo_add_extent(&bo, SZ_4K, 0x12000, 18);	/* goes on in both views */
	genpu_bo_add_extent(&bo, SZ_4K, 0x13000, 40);	/* for the device only */
	genpu_bo_add_extent(&bo, SZ_4K, 0x30000, 41);	/* for the CPU only */
	KUNIT_ASSERT_EQ(test, bo.num_extents, 3);
	KUNIT_EXPECT_EQ(test, extents[0].size, SZ_8K + SZ_4K);
	KUNIT_EXPECT_EQ(test, extents[1].start, SZ_8K + SZ_4K);
	KUNIT_EXPECT_EQ(test, extents[2].start, SZ_16K);
	KUNIT_EXPECT_EQ(test, extents[2].addr, 0x30000);
}

static void extents_are_found_by_every_byte(struct kunit *test)
{
	struct genpu_extent extents[17] = { };
	struct genpu_bo bo = { .extents = extents };
	u64 start = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(extents); i++) {
		/* Sizes of 1 .. 5 pages, none next to another */
		genpu_bo_add_extent(&bo, (1 + i % 5) * SZ_4K, i * SZ_1M, i * 256);
		KUNIT_ASSERT_EQ(test, bo.num_extents, i + 1);
	}
	for (i = 0; i < ARRAY_SIZE(extents); i++) {
		KUNIT_EXPECT_EQ(test, extents[i].start, start);
		KUNIT_EXPECT_PTR_EQ(test, genpu_bo_extent(&bo, start), &extents[i]);
		start += extents[i].size;
		KUNIT_EXPECT_PTR_EQ(test, genpu_bo_extent(&bo, start - 1), &extents[i]);
	}
}

static struct kunit_case genpu_cases[] = {
	KUNIT_CASE(pt_maps_exactly_what_it_is_told),
	KUNIT_CASE(pt_reaches_both_ends_of_the_address_space),
	KUNIT_CASE(pt_large_leaves_where_all_is_aligned),
	KUNIT_CASE(pt_agrees_with_a_model),
	KUNIT_CASE(extents_of_neighbours_are_one),
	KUNIT_CASE(extents_are_found_by_every_byte),
	{ }
};

static struct kunit_suite genpu_suite = {
	.name = "genpu",
	.test_cases = genpu_cases,
};

kunit_test_suite(genpu_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("KUnit tests of genpu");
MODULE_AUTHOR("genpu maintainers");
MODULE_LICENSE("GPL");
