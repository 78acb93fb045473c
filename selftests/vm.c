// SPDX-License-Identifier: GPL-2.0-only
/*
 * vm.c - contexts and what is mapped in them: any address, any piece, exactly, and gone when it is
 * gone.
 */
#include "genpu_fixture.h"

#define VA	0x4000000000ull

static int fill_at(int fd, uint32_t stream, uint64_t va, uint64_t bytes, uint64_t pattern)
{
	struct genpu_task task = npu_fill(va, bytes, 8, pattern);

	return npu_run(fd, stream, &task, 1);
}

/* The stream has failed by a page fault at addr; forget it. */
#define EXPECT_PAGE_FAULT(at, kind) do {						\
	struct drm_genpu_stream_state state;						\
											\
	ASSERT_EQ(0, npu_stream_state(self->fd, self->stream,				\
				      DRM_GENPU_STREAM_STATE_CLEAR, &state));		\
	EXPECT_EQ(DRM_GENPU_STREAM_FAULT, state.status);				\
	EXPECT_EQ(GENPU_ERR_PAGE_FAULT, state.error);					\
	EXPECT_EQ(at, state.addr);							\
	EXPECT_EQ(kind, state.access);							\
} while (0)

TEST_F(npu, any_address_can_be_chosen)
{
	const uint64_t vas[] = {
		self->info.va_start, 0x80000000ull - 4096, 0x2fffff000ull, 0x7fffffe00000ull - 4096,
		0x8000000000ull - 4096, self->info.va_end - 8192,
	};
	struct npu_buf buf;
	size_t i;

	ASSERT_EQ(0, npu_bo_create(self->fd, DRM_GENPU_REGION_DEVICE, 8192, &buf));
	ASSERT_EQ(0, npu_bo_map(self->fd, &buf));
	for (i = 0; i < ARRAY_SIZE(vas); i++) {
		if (vas[i] + 8192 > self->info.va_end)
			continue;
		ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, buf.handle, 0, vas[i], 8192,
					DRM_GENPU_VM_WRITE));
		ASSERT_EQ(0, fill_at(self->fd, self->stream, vas[i] + 4088, 16, i + 1));
		EXPECT_EQ(i + 1, npu_load(buf.map, 511));
		EXPECT_EQ(i + 1, npu_load(buf.map, 512));
	}
	munmap(buf.map, buf.size);
}

TEST_F(npu, same_address_differs_between_contexts)
{
	uint32_t ctx[3], stream[3];
	struct npu_buf buf[3];
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx[i]));
		ASSERT_EQ(0, npu_stream_create(self->fd, ctx[i], &stream[i]));
		ASSERT_EQ(0, npu_buf_create(self->fd, ctx[i], 1 + i % 2, 4096, VA, &buf[i]));
	}
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, fill_at(self->fd, stream[i], VA, 4096, 100 + i));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(100 + i, npu_load(buf[i].map, 511));
	/* Taking one away leaves the others. */
	ASSERT_EQ(0, npu_buf_destroy(self->fd, ctx[1], &buf[1]));
	ASSERT_EQ(0, fill_at(self->fd, stream[0], VA, 4096, 200));
	ASSERT_EQ(0, fill_at(self->fd, stream[2], VA, 4096, 202));
	EXPECT_EQ(200, npu_load(buf[0].map, 0));
	EXPECT_EQ(202, npu_load(buf[2].map, 0));
	EXPECT_EQ(-EREMOTEIO, fill_at(self->fd, stream[1], VA, 4096, 201));
	munmap(buf[0].map, 4096);
	munmap(buf[2].map, 4096);
}

TEST_F(npu, part_of_a_bo_can_be_mapped)
{
	ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, self->sys.handle, 5 * 4096, VA, 2 * 4096,
				DRM_GENPU_VM_WRITE));
	ASSERT_EQ(0, fill_at(self->fd, self->stream, VA, 2 * 4096, 7));
	EXPECT_EQ(0, npu_load(self->sys.map, 5 * 512 - 1));
	EXPECT_EQ(7, npu_load(self->sys.map, 5 * 512));
	EXPECT_EQ(7, npu_load(self->sys.map, 7 * 512 - 1));
	EXPECT_EQ(0, npu_load(self->sys.map, 7 * 512));
	EXPECT_EQ(-EREMOTEIO, fill_at(self->fd, self->stream, VA + 2 * 4096, 8, 7));
	EXPECT_PAGE_FAULT(VA + 2 * 4096, GENPU_ACCESS_WRITE);
}

TEST_F(npu, unmap_takes_exactly_one_mapping)
{
	int fd = self->fd;
	uint32_t ctx = self->ctx;

	ASSERT_EQ(0, npu_vm_map(fd, ctx, self->sys.handle, 0, VA, 16384, 0));
	ASSERT_EQ(0, npu_vm_map(fd, ctx, self->sys.handle, 0, VA + 16384, 16384, 0));
	EXPECT_EQ(-ENOENT, npu_vm_unmap(fd, ctx, VA, 4096));
	EXPECT_EQ(-ENOENT, npu_vm_unmap(fd, ctx, VA, 12288));
	EXPECT_EQ(-ENOENT, npu_vm_unmap(fd, ctx, VA, 32768));
	EXPECT_EQ(-ENOENT, npu_vm_unmap(fd, ctx, VA + 4096, 12288));
	EXPECT_EQ(-ENOENT, npu_vm_unmap(fd, ctx, VA - 4096, 16384));
	EXPECT_EQ(-ENOENT, npu_vm_unmap(fd, ctx, VA + 65536, 4096));
	EXPECT_EQ(0, npu_vm_unmap(fd, ctx, VA, 16384));
	EXPECT_EQ(-ENOENT, npu_vm_unmap(fd, ctx, VA, 16384));
	EXPECT_EQ(0, npu_vm_unmap(fd, ctx, VA + 16384, 16384));
}

TEST_F(npu, overlapping_mappings_are_refused)
{
	struct genpu_task task = npu_copy(FIX_DEV_VA, VA, 8192);
	int fd = self->fd;
	uint32_t ctx = self->ctx, bo = self->dev.handle;

	ASSERT_EQ(0, npu_vm_map(fd, ctx, self->sys.handle, 0, VA, 8192, 0));
	EXPECT_EQ(-EEXIST, npu_vm_map(fd, ctx, bo, 0, VA, 8192, 0));
	EXPECT_EQ(-EEXIST, npu_vm_map(fd, ctx, bo, 0, VA - 4096, 8192, 0));
	EXPECT_EQ(-EEXIST, npu_vm_map(fd, ctx, bo, 0, VA + 4096, 8192, 0));
	EXPECT_EQ(-EEXIST, npu_vm_map(fd, ctx, bo, 0, VA - 4096, 16384, 0));
	EXPECT_EQ(-EEXIST, npu_vm_map(fd, ctx, bo, 0, VA + 4096, 4096, 0));
	/* What was there is still there, and next to it is room. */
	npu_store(self->sys.map, 512, 77);
	ASSERT_EQ(0, npu_run(fd, self->stream, &task, 1));
	EXPECT_EQ(77, npu_load(self->dev.map, 512));
	EXPECT_EQ(0, npu_vm_map(fd, ctx, bo, 0, VA - 4096, 4096, 0));
	EXPECT_EQ(0, npu_vm_map(fd, ctx, bo, 0, VA + 8192, 4096, 0));
}

TEST_F(npu, read_only_mappings_are_read_only)
{
	struct genpu_task task = npu_copy(FIX_DEV_VA, VA, 4096);

	ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, self->sys.handle, 0, VA, 8192, 0));
	npu_store(self->sys.map, 3, 0xabcd);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_EQ(0xabcd, npu_load(self->dev.map, 3));
	EXPECT_EQ(-EREMOTEIO, fill_at(self->fd, self->stream, VA + 4096, 64, 1));
	EXPECT_PAGE_FAULT(VA + 4096, GENPU_ACCESS_WRITE);
	task = npu_signal(VA + 8, GENPU_SIGNAL_ADD, 1);
	EXPECT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_PAGE_FAULT(VA + 8, GENPU_ACCESS_WRITE);
	EXPECT_EQ(0, npu_load(self->sys.map, 1));
	EXPECT_EQ(0, npu_load(self->sys.map, 512));
}

/* One word in each page of a big mapping, wherever large pages begin and end in it. */
TEST_F(npu, large_and_crooked_mappings)
{
	static const struct {
		uint64_t va, offset, size;
	} cases[] = {
		{ 0x4000000000, 0, MIB(6) },
		{ 0x4000200000, MIB(2), MIB(4) },
		{ 0x4000000000 - 4096, 0, MIB(6) },
		{ 0x4000000000 + 4096, 4096, MIB(5) },
		{ 0x8000000000 - MIB(3), 0, MIB(6) },
		{ 0x40000000 - 8192, MIB(1), MIB(4) + 8192 },
	};
	uint64_t i, page, pages;
	uint32_t region;
	struct npu_buf buf;
	struct genpu_task task;

	for (region = DRM_GENPU_REGION_DEVICE; region <= DRM_GENPU_REGION_SYSTEM; region++) {
		ASSERT_EQ(0, npu_bo_create(self->fd, region, MIB(6), &buf));
		ASSERT_EQ(0, npu_bo_map(self->fd, &buf));
		for (page = 0; page < MIB(6) / 4096; page++)
			npu_store(buf.map + page * 4096, 1, page + 1);
		for (i = 0; i < ARRAY_SIZE(cases); i++) {
			ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, buf.handle, cases[i].offset,
						cases[i].va, cases[i].size, DRM_GENPU_VM_WRITE));
			pages = cases[i].size / 4096;
			task = npu_copy(FIX_SYS_VA, cases[i].va + 8, 8);
			task.copy.rows = pages;
			task.copy.src_pitch = 4096;
			task.copy.dst_pitch = 8;
			ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
			for (page = 0; page < pages; page++)
				ASSERT_EQ(cases[i].offset / 4096 + page + 1,
					  npu_load(self->sys.map, page));
			ASSERT_EQ(0, npu_vm_unmap(self->fd, self->ctx, cases[i].va,
						  cases[i].size));
		}
		munmap(buf.map, buf.size);
		ASSERT_EQ(0, npu_bo_close(self->fd, buf.handle));
	}
}

TEST_F(npu, scattered_pages_read_in_a_row)
{
	struct genpu_task task = npu_copy(FIX_DEV_VA, VA, 128 * 4096);
	uint64_t i;

	/* Page i of the range is page 127 - i of the BO. */
	for (i = 0; i < 128; i++) {
		npu_store(self->sys.map + i * 4096, 0, i);
		npu_store(self->sys.map + i * 4096, 511, ~i);
		ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, self->sys.handle, (127 - i) * 4096,
					VA + i * 4096, 4096, 0));
	}
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	for (i = 0; i < 128; i++) {
		ASSERT_EQ(127 - i, npu_load(self->dev.map + i * 4096, 0));
		ASSERT_EQ(~(127 - i), npu_load(self->dev.map + i * 4096, 511));
	}
	for (i = 0; i < 128; i += 2)
		ASSERT_EQ(0, npu_vm_unmap(self->fd, self->ctx, VA + i * 4096, 4096));
	EXPECT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_PAGE_FAULT(VA, GENPU_ACCESS_READ);
}

TEST_F(npu, unmapped_memory_faults_at_once)
{
	int i;

	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, self->dev.handle, 0, VA, 4096,
					DRM_GENPU_VM_WRITE));
		ASSERT_EQ(0, fill_at(self->fd, self->stream, VA, 4096, i + 1));
		ASSERT_EQ(i + 1, npu_load(self->dev.map, 0));
		ASSERT_EQ(0, npu_vm_unmap(self->fd, self->ctx, VA, 4096));
		ASSERT_EQ(-EREMOTEIO, fill_at(self->fd, self->stream, VA, 4096, 99));
		EXPECT_PAGE_FAULT(VA, GENPU_ACCESS_WRITE);
		ASSERT_EQ(i + 1, npu_load(self->dev.map, 0));
	}
}

/* The device may remember where an address led; after a change it must not. */
TEST_F(npu, remapped_addresses_lead_to_the_new_memory)
{
	struct npu_buf *bufs[2] = { &self->sys, &self->dev };
	int i;

	for (i = 0; i < 20; i++) {
		uint64_t size = i % 3 ? 4096 : FIX_SIZE;

		ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, bufs[i % 2]->handle, 0, VA, size,
					DRM_GENPU_VM_WRITE));
		ASSERT_EQ(0, fill_at(self->fd, self->stream, VA, 4096, 1000 + i));
		ASSERT_EQ(1000 + i, npu_load(bufs[i % 2]->map, 511));
		ASSERT_NE(1000 + i, npu_load(bufs[(i + 1) % 2]->map, 511));
		ASSERT_EQ(0, npu_vm_unmap(self->fd, self->ctx, VA, size));
	}
}

TEST_F(npu, mapping_keeps_its_bo)
{
	struct npu_buf buf;
	struct genpu_task tasks[2];

	ASSERT_EQ(0, npu_bo_create(self->fd, DRM_GENPU_REGION_DEVICE, 8192, &buf));
	ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, buf.handle, 0, VA, 8192,
				DRM_GENPU_VM_WRITE));
	ASSERT_EQ(0, npu_bo_close(self->fd, buf.handle));
	tasks[0] = npu_fill(VA, 8192, 8, 0x77);
	tasks[1] = npu_copy(FIX_SYS_VA, VA, 8192);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, tasks, 2));
	EXPECT_EQ(0x77, npu_load(self->sys.map, 1023));
	ASSERT_EQ(0, npu_vm_unmap(self->fd, self->ctx, VA, 8192));
}

/*
 * Memory that a running copy may still touch must not be given to anyone else before the copy has
 * ended. The copy is held by a gate until its memory is unmapped and free, and others want some.
 */
TEST_F(npu, unmapping_in_flight_never_hits_others)
{
	struct drm_genpu_stream_state state;
	struct genpu_task tasks[2];
	struct npu_buf victim, fresh;
	int i;

	for (i = 0; i < 10; i++) {
		npu_store(self->sys.map, 0, 0);
		ASSERT_EQ(0, npu_bo_create(self->fd, DRM_GENPU_REGION_DEVICE, MIB(4), &victim));
		ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, victim.handle, 0, VA, MIB(4),
					DRM_GENPU_VM_WRITE));
		tasks[0] = npu_hold(FIX_SYS_VA, GENPU_WAIT_GE, 1);
		tasks[1] = npu_fill(VA, MIB(4), 8, 0xbad0bad0bad0bad0ull);
		ASSERT_EQ(0, npu_submit(self->fd, self->stream, tasks, 2, NULL));
		if (i % 2)
			npu_store(self->sys.map, 0, 1);
		ASSERT_EQ(0, npu_vm_unmap(self->fd, self->ctx, VA, MIB(4)));
		ASSERT_EQ(0, npu_bo_close(self->fd, victim.handle));
		ASSERT_EQ(0, npu_bo_create(self->fd, DRM_GENPU_REGION_DEVICE, MIB(4), &fresh));
		ASSERT_EQ(0, npu_bo_map(self->fd, &fresh));
		npu_store(self->sys.map, 0, 1);
		ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
		EXPECT_TRUE(npu_all_bytes(fresh.map, 0, fresh.size));
		munmap(fresh.map, fresh.size);
		ASSERT_EQ(0, npu_bo_close(self->fd, fresh.handle));
		ASSERT_EQ(0, npu_stream_state(self->fd, self->stream,
					      DRM_GENPU_STREAM_STATE_CLEAR, &state));
		if (i % 2 == 0)
			EXPECT_EQ(GENPU_ERR_PAGE_FAULT, state.error);
	}
}

/* Page tables all over the space come and go; the fixture sees whether they stay. */
TEST_F(npu, sparse_address_space)
{
	uint64_t seed = 4711, vas[200], top = self->info.va_end;
	uint32_t ctx;
	size_t i;

	ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx));
	for (i = 0; i < ARRAY_SIZE(vas); i++) {
		vas[i] = self->info.va_start +
			 npu_random(&seed) % (top - self->info.va_start - 4096) / 4096 * 4096;
		ASSERT_EQ(0, npu_vm_map(self->fd, ctx, self->dev.handle, 4096 * (i % 256), vas[i],
					4096, DRM_GENPU_VM_WRITE));
	}
	for (i = 0; i < ARRAY_SIZE(vas) / 2; i++)
		ASSERT_EQ(0, npu_vm_unmap(self->fd, ctx, vas[i], 4096));
	ASSERT_EQ(0, npu_ctx_destroy(self->fd, ctx));
}

TEST_F(npu, contexts_run_out_and_recover)
{
	uint32_t *ctx = calloc(self->info.max_contexts + 1, sizeof(*ctx)), n, round;
	int ret;

	ASSERT_NE(NULL, ctx);
	for (round = 0; round < 2; round++) {
		for (n = 0; n <= self->info.max_contexts; n++) {
			ret = npu_ctx_create(self->fd, &ctx[n]);
			if (ret)
				break;
		}
		EXPECT_EQ(-ENOSPC, ret);
		/* The fixture has one more. */
		EXPECT_EQ(self->info.max_contexts, n + 1);
		while (n)
			ASSERT_EQ(0, npu_ctx_destroy(self->fd, ctx[--n]));
	}
	free(ctx);
}

TEST_F(npu, destroying_a_context_takes_all_in_it)
{
	uint32_t ctx, stream;
	struct npu_buf buf;

	ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx));
	ASSERT_EQ(0, npu_stream_create(self->fd, ctx, &stream));
	ASSERT_EQ(0, npu_buf_create(self->fd, ctx, DRM_GENPU_REGION_DEVICE, 4096, VA, &buf));
	ASSERT_EQ(0, fill_at(self->fd, stream, VA, 4096, 5));
	ASSERT_EQ(0, npu_ctx_destroy(self->fd, ctx));
	EXPECT_EQ(-ENOENT, npu_stream_destroy(self->fd, stream));
	EXPECT_EQ(-ENOENT, npu_vm_unmap(self->fd, ctx, VA, 4096));
	EXPECT_EQ(5, npu_load(buf.map, 0));
	munmap(buf.map, 4096);
}

TEST_HARNESS_MAIN
