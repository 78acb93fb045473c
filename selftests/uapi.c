// SPDX-License-Identifier: GPL-2.0-only
/*
 * uapi.c - every field of every ioctl with values that it must refuse: the documented error comes
 * back and nothing on the device has changed.
 */
#include "genpu_fixture.h"
#include "genpu_prog.h"

#define NO_ID		0x7fffffffu
#define BAD_POINTER	0x10ull

/* EXPECT_BAD() - the ioctl with a copy of @good, changed by @change in which it is called a */
#define EXPECT_BAD(error, request, good, change) do {					\
	__typeof__(good) a = (good);							\
											\
	change;										\
	EXPECT_EQ(-(error), npu_ioctl(self->fd, request, &a)) {				\
		TH_LOG(#request " with " #change);					\
	}										\
} while (0)

#define EXPECT_UNCHANGED(before) do {							\
	struct npu_health now;								\
											\
	ASSERT_EQ(0, npu_health(self->fd, &now));					\
	EXPECT_EQ((before).free, now.free);						\
	EXPECT_STREQ((before).objects, now.objects);					\
} while (0)

/* A second open file with one object of each kind, for ids that are not ours. */
struct other {
	int fd;
	uint32_t ctx;
	uint32_t stream;
	struct net net;
};

static int other_open(struct other *other)
{
	other->fd = npu_open();
	return npu_ctx_create(other->fd, &other->ctx) ?:
	       npu_stream_create(other->fd, other->ctx, &other->stream) ?:
	       npu_stream_create(other->fd, other->ctx, &other->stream) ?:
	       net_create(other->fd, other->ctx, DRM_GENPU_REGION_SYSTEM, FIX_SYS_VA, &other->net);
}

static void other_close(struct other *other)
{
	munmap(other->net.buf.map, other->net.buf.size);
	close(other->fd);
}

/* A page of which the user may do nothing, behind one that is there. */
static void *edge_of_memory(void)
{
	char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mprotect(map + 4096, 4096, PROT_NONE);
	return map + 4096;
}

TEST_F(npu, query_refuses_bad_fields)
{
	struct drm_genpu_device_info info;
	struct drm_genpu_query good = {
		.query = DRM_GENPU_QUERY_DEVICE, .size = sizeof(info), .data = npu_u64(&info),
	};

	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_QUERY, good, a.query = 0);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_QUERY, good, a.query = 4);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_QUERY, good, a.query = UINT32_MAX);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_QUERY, good, a.data = 0);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_QUERY, good, a.data = BAD_POINTER);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_QUERY, good, a.data = UINT64_MAX);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_QUERY, good, a.data = 1ull << 63);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_QUERY, good, a.data = npu_u64(edge_of_memory()) - 8);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_QUERY, good, a.size = UINT32_MAX;
		   a.data = npu_u64(edge_of_memory()) - sizeof(info));
	EXPECT_EQ(-EFAULT, npu_ioctl(self->fd, DRM_IOCTL_GENPU_QUERY, NULL));
}

TEST_F(npu, query_that_fails_changes_nothing)
{
	struct drm_genpu_query query = { .query = DRM_GENPU_QUERY_DEVICE, .size = 7, .data = 1 };

	EXPECT_EQ(-EFAULT, npu_ioctl(self->fd, DRM_IOCTL_GENPU_QUERY, &query));
	EXPECT_EQ(7, query.size);
}

TEST_F(npu, query_gives_prefixes_and_clears_tails)
{
	static const uint32_t sizes[] = {
		[DRM_GENPU_QUERY_DEVICE] = sizeof(struct drm_genpu_device_info),
		[DRM_GENPU_QUERY_MEMORY] = sizeof(struct drm_genpu_memory_info),
		[DRM_GENPU_QUERY_TIME] = sizeof(struct drm_genpu_time_info),
	};
	uint8_t whole[256], part[256];
	uint32_t id, size;

	for (id = 1; id < ARRAY_SIZE(sizes); id++) {
		struct drm_genpu_query query = { .query = id };

		ASSERT_EQ(0, npu_ioctl(self->fd, DRM_IOCTL_GENPU_QUERY, &query));
		EXPECT_LE(sizes[id], query.size);
		memset(whole, 0xaa, sizeof(whole));
		ASSERT_EQ(0, npu_query(self->fd, id, whole, sizeof(whole)));
		EXPECT_TRUE(npu_all_bytes(whole + query.size, 0, sizeof(whole) - query.size));
		for (size = 1; size <= query.size; size += 5) {
			memset(part, 0xaa, sizeof(part));
			ASSERT_EQ(0, npu_query(self->fd, id, part, size));
			EXPECT_TRUE(npu_all_bytes(part + size, 0xaa, sizeof(part) - size));
			if (id == DRM_GENPU_QUERY_DEVICE)
				EXPECT_EQ(0, memcmp(whole, part, size));
		}
	}
}

TEST_F(npu, query_describes_a_device_that_makes_sense)
{
	struct drm_genpu_memory_info memory;
	struct drm_genpu_time_info time;
	int64_t before, after;
	uint64_t last = 0;
	int i;

	EXPECT_EQ(GENPU_VERSION >> 16, self->info.isa_version >> 16);
	EXPECT_NE(0, self->info.memory_size);
	EXPECT_EQ(0, self->info.va_start % self->info.page_size);
	EXPECT_NE(0, self->info.va_start);
	EXPECT_LT(self->info.va_start, self->info.va_end);
	EXPECT_GE(1ull << GENPU_VA_BITS, self->info.va_end);
	EXPECT_LE(1023, self->info.max_streams);
	EXPECT_LE(64, self->info.max_contexts);
	EXPECT_LE(64, self->info.max_graphs);
	EXPECT_LE(1, self->info.compute_units);
	EXPECT_LE(1, self->info.copy_units);
	EXPECT_EQ(GENPU_PAGE_SIZE, self->info.page_size);
	EXPECT_LE(self->info.min_ring, self->info.max_ring);
	EXPECT_LE(self->info.default_timeout_ms, self->info.max_timeout_ms);
	ASSERT_EQ(0, npu_query(self->fd, DRM_GENPU_QUERY_MEMORY, &memory, sizeof(memory)));
	EXPECT_LE(memory.total, self->info.memory_size);
	EXPECT_LE(memory.free, memory.total);
	for (i = 0; i < 10; i++) {
		before = npu_now();
		ASSERT_EQ(0, npu_query(self->fd, DRM_GENPU_QUERY_TIME, &time, sizeof(time)));
		after = npu_now();
		EXPECT_LE(before, (int64_t)time.monotonic_ns);
		EXPECT_GE(after, (int64_t)time.monotonic_ns);
		EXPECT_LT(last, time.device_ns);
		last = time.device_ns;
	}
}

TEST_F(npu, bo_create_refuses_bad_fields)
{
	struct drm_genpu_bo_create good = { .size = 4096, .region = DRM_GENPU_REGION_SYSTEM };
	struct npu_health before;
	int ret;

	ASSERT_EQ(0, npu_health(self->fd, &before));
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_BO_CREATE, good, a.size = 0);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_BO_CREATE, good, a.size = UINT64_MAX);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_BO_CREATE, good, a.region = 0);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_BO_CREATE, good, a.region = 3);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_BO_CREATE, good, a.region = UINT32_MAX);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_BO_CREATE, good, a.flags = 1);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_BO_CREATE, good, a.flags = 1u << 31);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_BO_CREATE, good, a.pad = 1);
	EXPECT_EQ(-EFAULT, npu_ioctl(self->fd, DRM_IOCTL_GENPU_BO_CREATE, NULL));
	good.region = DRM_GENPU_REGION_DEVICE;
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_BO_CREATE, good, a.size = UINT64_MAX - 4094);
	EXPECT_BAD(ENOSPC, DRM_IOCTL_GENPU_BO_CREATE, good, a.size = self->info.memory_size + 1);
	EXPECT_BAD(ENOSPC, DRM_IOCTL_GENPU_BO_CREATE, good, a.size = 1ull << 46);
	good.region = DRM_GENPU_REGION_SYSTEM;
	good.size = 1ull << 46;
	ret = npu_ioctl(self->fd, DRM_IOCTL_GENPU_BO_CREATE, &good);
	EXPECT_TRUE(ret == -ENOMEM || ret == -EINVAL) {
		TH_LOG("64 TiB of system memory: %d", ret);
	}
	EXPECT_UNCHANGED(before);
}

TEST_F(npu, bo_info_refuses_bad_fields)
{
	struct drm_genpu_bo_info good = { .handle = self->sys.handle };
	struct other other;

	ASSERT_EQ(0, other_open(&other));
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_BO_INFO, good, a.handle = 0);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_BO_INFO, good, a.handle = NO_ID);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_BO_INFO, good, a.handle = UINT32_MAX);
	good.handle = self->dev.handle;
	EXPECT_EQ(-ENOENT, npu_ioctl(other.fd, DRM_IOCTL_GENPU_BO_INFO, &good));
	EXPECT_EQ(-EFAULT, npu_ioctl(self->fd, DRM_IOCTL_GENPU_BO_INFO, NULL));
	other_close(&other);
}

TEST_F(npu, ctx_ioctls_refuse_bad_fields)
{
	struct drm_genpu_ctx_create create = {};
	struct drm_genpu_ctx_destroy good = { .ctx_id = self->ctx };
	struct npu_health before;
	uint32_t ctx;

	ASSERT_EQ(0, npu_health(self->fd, &before));
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_CTX_CREATE, create, a.flags = 1);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_CTX_CREATE, create, a.flags = UINT32_MAX);
	EXPECT_EQ(-EFAULT, npu_ioctl(self->fd, DRM_IOCTL_GENPU_CTX_CREATE, NULL));
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_CTX_DESTROY, good, a.ctx_id = 0);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_CTX_DESTROY, good, a.ctx_id = NO_ID);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_CTX_DESTROY, good, a.ctx_id = UINT32_MAX);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_CTX_DESTROY, good, a.pad = 1);
	EXPECT_EQ(-EFAULT, npu_ioctl(self->fd, DRM_IOCTL_GENPU_CTX_DESTROY, NULL));
	EXPECT_UNCHANGED(before);

	ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx));
	ASSERT_EQ(0, npu_ctx_destroy(self->fd, ctx));
	EXPECT_EQ(-ENOENT, npu_ctx_destroy(self->fd, ctx));
}

TEST_F(npu, vm_bind_refuses_bad_fields)
{
	const uint64_t va = 0x300000000ull, top = self->info.va_end;
	struct drm_genpu_vm_bind map = {
		.ctx_id = self->ctx, .op = DRM_GENPU_VM_MAP, .handle = self->sys.handle,
		.va = va, .size = 8192,
	};
	struct drm_genpu_vm_bind unmap = {
		.ctx_id = self->ctx, .op = DRM_GENPU_VM_UNMAP, .va = FIX_SYS_VA, .size = FIX_SIZE,
	};
	struct npu_health before;

	ASSERT_EQ(0, npu_health(self->fd, &before));
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_VM_BIND, map, a.ctx_id = 0);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_VM_BIND, map, a.ctx_id = NO_ID);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.op = 0);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.op = 3);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.flags = 2);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.flags = 1u << 31);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_VM_BIND, map, a.handle = 0);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_VM_BIND, map, a.handle = NO_ID);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.offset = 8);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.offset = FIX_SIZE);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.offset = FIX_SIZE - 4096);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.offset = UINT64_MAX - 4095);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.va = va + 8);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.va = 0);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.va = self->info.va_start - 4096);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.va = top - 4096);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.va = top);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.va = 1ull << 63);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.va = UINT64_MAX - 4095);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.size = 0);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.size = 4095);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.size = FIX_SIZE + 4096);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.size = UINT64_MAX - 4095);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, map, a.size = -va);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_VM_BIND, unmap, a.ctx_id = NO_ID);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, unmap, a.flags = DRM_GENPU_VM_WRITE);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, unmap, a.handle = self->sys.handle);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, unmap, a.offset = 4096);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, unmap, a.va += 8);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, unmap, a.size = 0);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_VM_BIND, unmap, a.size -= 8);
	EXPECT_EQ(-EFAULT, npu_ioctl(self->fd, DRM_IOCTL_GENPU_VM_BIND, NULL));
	EXPECT_UNCHANGED(before);
	/* Nothing was half done: all of the range is still free, and the buffers are mapped. */
	EXPECT_EQ(0, npu_vm_map(self->fd, self->ctx, self->sys.handle, 0, va, FIX_SIZE, 0));
	EXPECT_EQ(0, npu_vm_unmap(self->fd, self->ctx, FIX_SYS_VA, FIX_SIZE));
}

TEST_F(npu, stream_create_refuses_bad_fields)
{
	struct drm_genpu_stream_create good = {
		.ctx_id = self->ctx, .priority = DRM_GENPU_PRIORITY_NORMAL,
	};
	struct npu_health before;

	ASSERT_EQ(0, npu_health(self->fd, &before));
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_STREAM_CREATE, good, a.ctx_id = 0);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_STREAM_CREATE, good, a.ctx_id = NO_ID);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_STREAM_CREATE, good, a.priority = 3);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_STREAM_CREATE, good, a.priority = UINT32_MAX);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_STREAM_CREATE, good, a.flags = 2);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_STREAM_CREATE, good, a.flags = 1u << 31);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_STREAM_CREATE, good, a.ring_entries = 1);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_STREAM_CREATE, good,
		   a.ring_entries = self->info.min_ring / 2);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_STREAM_CREATE, good,
		   a.ring_entries = self->info.min_ring + 1);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_STREAM_CREATE, good,
		   a.ring_entries = self->info.max_ring * 2);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_STREAM_CREATE, good, a.ring_entries = 1u << 31);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_STREAM_CREATE, good, a.ring_entries = UINT32_MAX);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_STREAM_CREATE, good,
		   a.timeout_ms = self->info.max_timeout_ms + 1);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_STREAM_CREATE, good, a.timeout_ms = UINT32_MAX);
	EXPECT_EQ(-EFAULT, npu_ioctl(self->fd, DRM_IOCTL_GENPU_STREAM_CREATE, NULL));
	EXPECT_UNCHANGED(before);
}

TEST_F(npu, stream_ioctls_refuse_bad_fields)
{
	struct drm_genpu_stream_destroy destroy = { .stream_id = self->stream };
	struct drm_genpu_stream_state state = { .stream_id = self->stream };
	struct npu_health before;

	ASSERT_EQ(0, npu_health(self->fd, &before));
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_STREAM_DESTROY, destroy, a.stream_id = 0);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_STREAM_DESTROY, destroy, a.stream_id = NO_ID);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_STREAM_DESTROY, destroy, a.pad = 1);
	EXPECT_EQ(-EFAULT, npu_ioctl(self->fd, DRM_IOCTL_GENPU_STREAM_DESTROY, NULL));
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_STREAM_STATE, state, a.stream_id = 0);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_STREAM_STATE, state, a.stream_id = NO_ID);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_STREAM_STATE, state, a.flags = 2);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_STREAM_STATE, state, a.flags = 1u << 31);
	EXPECT_EQ(-EFAULT, npu_ioctl(self->fd, DRM_IOCTL_GENPU_STREAM_STATE, NULL));
	EXPECT_UNCHANGED(before);
	EXPECT_EQ(0, npu_stream_destroy(self->fd, self->stream));
	EXPECT_EQ(-ENOENT, npu_stream_destroy(self->fd, self->stream));
	EXPECT_EQ(-ENOENT, npu_ioctl(self->fd, DRM_IOCTL_GENPU_STREAM_STATE, &state));
}

TEST_F(npu, graph_load_refuses_bad_fields)
{
	struct drm_genpu_graph_load good = {
		.ctx_id = self->ctx, .program = npu_u64(self->sys.map),
		.const_va = FIX_SYS_VA + PROG_MAX, .const_size = NET_CONST_SIZE,
	};
	struct npu_health before;
	struct prog p;

	net_prog(&p);
	good.size = prog_build(&p, self->sys.map);
	ASSERT_EQ(0, npu_health(self->fd, &before));
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_GRAPH_LOAD, good, a.ctx_id = 0);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_GRAPH_LOAD, good, a.ctx_id = NO_ID);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_GRAPH_LOAD, good, a.flags = 1);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_GRAPH_LOAD, good, a.pad = 1);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_GRAPH_LOAD, good, a.size = 0);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_GRAPH_LOAD, good, a.size = GENPU_PROG_MAX_SIZE + 1ull);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_GRAPH_LOAD, good, a.size = UINT64_MAX);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_GRAPH_LOAD, good, a.const_va += 8);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_GRAPH_LOAD, good, a.const_va = 0);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_GRAPH_LOAD, good, a.const_size = UINT64_MAX);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_GRAPH_LOAD, good, a.program = 0);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_GRAPH_LOAD, good, a.program = BAD_POINTER);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_GRAPH_LOAD, good, a.program = UINT64_MAX - 7);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_GRAPH_LOAD, good, a.program = 1ull << 63);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_GRAPH_LOAD, good,
		   a.program = npu_u64(edge_of_memory()) - 8);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_GRAPH_LOAD, good, a.const_va = 0x700000000ull);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_GRAPH_LOAD, good,
		   a.const_va = FIX_SYS_VA + FIX_SIZE - 64);
	EXPECT_EQ(-EFAULT, npu_ioctl(self->fd, DRM_IOCTL_GENPU_GRAPH_LOAD, NULL));
	EXPECT_UNCHANGED(before);
}

TEST_F(npu, graph_unload_refuses_bad_fields)
{
	struct drm_genpu_graph_unload good;
	struct npu_health before;
	struct net net;

	ASSERT_EQ(0, net_create(self->fd, self->ctx, DRM_GENPU_REGION_SYSTEM, 0x300000000, &net));
	good = (struct drm_genpu_graph_unload){ .graph_id = net.graph };
	ASSERT_EQ(0, npu_health(self->fd, &before));
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_GRAPH_UNLOAD, good, a.graph_id = 0);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_GRAPH_UNLOAD, good, a.graph_id = NO_ID);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_GRAPH_UNLOAD, good, a.pad = 1);
	EXPECT_EQ(-EFAULT, npu_ioctl(self->fd, DRM_IOCTL_GENPU_GRAPH_UNLOAD, NULL));
	EXPECT_UNCHANGED(before);
	EXPECT_EQ(0, npu_graph_unload(self->fd, net.graph));
	EXPECT_EQ(-ENOENT, npu_graph_unload(self->fd, net.graph));
}

TEST_F(npu, submit_refuses_bad_fields)
{
	struct genpu_task tasks[DRM_GENPU_MAX_TASKS + 1] = {};
	struct drm_genpu_sync syncs[DRM_GENPU_MAX_SYNCS + 1] = {};
	struct drm_genpu_submit good = {
		.stream_id = self->stream, .tasks = npu_u64(tasks), .num_tasks = 1,
	};
	struct drm_genpu_stream_state state;
	uint64_t edge = npu_u64(edge_of_memory());

	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_SUBMIT, good, a.stream_id = 0);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_SUBMIT, good, a.stream_id = NO_ID);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_SUBMIT, good, a.flags = 1);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_SUBMIT, good, a.num_tasks = 0);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_SUBMIT, good, a.num_tasks = DRM_GENPU_MAX_TASKS + 1);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_SUBMIT, good, a.num_tasks = UINT32_MAX);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_SUBMIT, good, a.num_tasks = 1u << 26);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_SUBMIT, good,
		   a.syncs = npu_u64(syncs); a.num_syncs = DRM_GENPU_MAX_SYNCS + 1);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_SUBMIT, good,
		   a.syncs = npu_u64(syncs); a.num_syncs = UINT32_MAX);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_SUBMIT, good, a.tasks = 0);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_SUBMIT, good, a.tasks = BAD_POINTER);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_SUBMIT, good, a.tasks = UINT64_MAX - 63);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_SUBMIT, good, a.tasks = edge - 32);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_SUBMIT, good, a.tasks = edge - 64; a.num_tasks = 2);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_SUBMIT, good, a.num_syncs = 1);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_SUBMIT, good, a.num_syncs = 1; a.syncs = BAD_POINTER);
	EXPECT_BAD(EFAULT, DRM_IOCTL_GENPU_SUBMIT, good, a.num_syncs = 1; a.syncs = edge - 8);
	EXPECT_EQ(-EFAULT, npu_ioctl(self->fd, DRM_IOCTL_GENPU_SUBMIT, NULL));
	ASSERT_EQ(0, npu_stream_state(self->fd, self->stream, 0, &state));
	EXPECT_EQ(0, state.submitted);
}

TEST_F(npu, submit_refuses_bad_syncs)
{
	struct genpu_task nop = npu_nop();
	struct drm_genpu_stream_state state;
	struct drm_genpu_sync sync[2] = {};
	struct drm_genpu_submit good = {
		.stream_id = self->stream, .tasks = npu_u64(&nop), .num_tasks = 1,
		.syncs = npu_u64(sync), .num_syncs = 1,
	};
	uint32_t handle, done;

	ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &handle));
	ASSERT_EQ(0, npu_syncobj_create(self->fd, DRM_SYNCOBJ_CREATE_SIGNALED, &done));
	sync[0] = npu_sync_out(0);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_SUBMIT, good, (void)"signal handle 0");
	sync[0] = npu_sync_out(NO_ID);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_SUBMIT, good, (void)"signal an unknown handle");
	sync[0] = npu_sync_in(NO_ID);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_SUBMIT, good, (void)"wait for an unknown handle");
	sync[0] = npu_sync_in(handle);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_SUBMIT, good, (void)"wait for one without fence");
	sync[0] = npu_point_in(handle, 1);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_SUBMIT, good, (void)"wait for a point not there");
	sync[0] = npu_sync_in(done);
	sync[0].flags = 4;
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_SUBMIT, good, (void)"an unknown flag");
	sync[0] = npu_sync_out(handle);
	sync[0].point = 1;
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_SUBMIT, good, (void)"binary with a point, out");
	sync[0] = npu_sync_in(done);
	sync[0].point = 1;
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_SUBMIT, good, (void)"binary with a point, in");
	sync[0] = npu_point_out(handle, 0);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_SUBMIT, good, (void)"timeline without a point");
	/* The first one is good, and yet must not be touched. */
	sync[0] = npu_sync_out(handle);
	sync[1] = npu_sync_out(NO_ID);
	good.num_syncs = 2;
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_SUBMIT, good, (void)"good and bad");
	EXPECT_EQ(-EINVAL, npu_syncobj_wait(self->fd, handle, 0, 0));
	ASSERT_EQ(0, npu_stream_state(self->fd, self->stream, 0, &state));
	EXPECT_EQ(0, state.submitted);
}

/*
 * What a task holds is refused by the driver or stops the stream; it may never run, and nothing
 * that only the driver may put into a ring gets there.
 */
TEST_F(npu, submit_refuses_bad_tasks)
{
	struct drm_genpu_stream_state state;
	struct genpu_task task;
	unsigned int op, word, accepted = 0;

	for (op = GENPU_TASK_TIMESTAMP + 1; op < 256; op++) {
		task = (struct genpu_task){ .op = op };
		EXPECT_EQ(-EINVAL, npu_submit(self->fd, self->stream, &task, 1, NULL)) {
			TH_LOG("opcode %u", op);
		}
	}
	task = npu_nop();
	task.flags = 1;
	EXPECT_EQ(-EINVAL, npu_submit(self->fd, self->stream, &task, 1, NULL));
	task = npu_nop();
	task.reserved = 1;
	EXPECT_EQ(-EINVAL, npu_submit(self->fd, self->stream, &task, 1, NULL));
	ASSERT_EQ(0, npu_stream_state(self->fd, self->stream, 0, &state));
	EXPECT_EQ(0, state.submitted);

	/* A word of a no-op that is not zero may get as far as the device, and no further. */
	for (word = 0; word < ARRAY_SIZE(task.raw); word++) {
		task = npu_nop();
		task.raw[word] = 1;
		if (npu_submit(self->fd, self->stream, &task, 1, NULL) == -EINVAL)
			continue;
		accepted++;
		ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
		ASSERT_EQ(0, npu_stream_state(self->fd, self->stream,
					      DRM_GENPU_STREAM_STATE_CLEAR, &state));
		EXPECT_EQ(DRM_GENPU_STREAM_FAULT, state.status);
		EXPECT_EQ(GENPU_ERR_RESERVED, state.error);
	}
	EXPECT_EQ(state.submitted, accepted);
	task = npu_nop();
	EXPECT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
}

TEST_F(npu, submit_refuses_graphs_that_are_not_there)
{
	struct genpu_task task = npu_graph(0, FIX_SYS_VA, 2, FIX_SYS_VA, 1024, 0);
	struct other other;

	ASSERT_EQ(0, other_open(&other));
	EXPECT_EQ(-ENOENT, npu_submit(self->fd, self->stream, &task, 1, NULL));
	task.graph.program = NO_ID;
	EXPECT_EQ(-ENOENT, npu_submit(self->fd, self->stream, &task, 1, NULL));
	task.graph.program = other.net.graph;
	EXPECT_EQ(-ENOENT, npu_submit(self->fd, self->stream, &task, 1, NULL));
	other_close(&other);
}

TEST_F(npu, wait_refuses_bad_fields)
{
	struct drm_genpu_wait good = { .stream_id = self->stream, .timeout_ns = npu_now() + NSEC };
	struct genpu_task nop = npu_nop();

	ASSERT_EQ(0, npu_run(self->fd, self->stream, &nop, 1));
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_WAIT, good, a.stream_id = 0);
	EXPECT_BAD(ENOENT, DRM_IOCTL_GENPU_WAIT, good, a.stream_id = NO_ID);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_WAIT, good, a.flags = 1);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_WAIT, good, a.pad = 1);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_WAIT, good, a.seqno = 2);
	EXPECT_BAD(EINVAL, DRM_IOCTL_GENPU_WAIT, good, a.seqno = UINT64_MAX);
	EXPECT_EQ(-EFAULT, npu_ioctl(self->fd, DRM_IOCTL_GENPU_WAIT, NULL));
}

TEST_F(npu, ids_of_another_file_are_unknown)
{
	struct drm_genpu_graph_unload unload;
	struct genpu_task nop = npu_nop();
	struct drm_genpu_stream_state state;
	struct other other;

	ASSERT_EQ(0, other_open(&other));
	/* Ids are small numbers by file: of two streams the second has one that we do not. */
	EXPECT_EQ(-ENOENT, npu_stream_destroy(self->fd, other.stream));
	EXPECT_EQ(-ENOENT, npu_stream_state(self->fd, other.stream, 0, &state));
	EXPECT_EQ(-ENOENT, npu_submit(self->fd, other.stream, &nop, 1, NULL));
	EXPECT_EQ(-ENOENT, npu_wait_until(self->fd, other.stream, 0, 0, NULL));
	unload = (struct drm_genpu_graph_unload){ .graph_id = other.net.graph };
	EXPECT_EQ(-ENOENT, npu_ioctl(self->fd, DRM_IOCTL_GENPU_GRAPH_UNLOAD, &unload));
	ASSERT_EQ(0, npu_run(other.fd, other.stream, &nop, 1));
	other_close(&other);
}

/* Also not after somebody has tried to destroy it. */
TEST_F(npu, no_object_gets_the_id_0)
{
	uint32_t ctx, streams[2];
	int fd = npu_open();

	ASSERT_LE(0, fd);
	EXPECT_EQ(-ENOENT, npu_ctx_destroy(fd, 0));
	EXPECT_EQ(-ENOENT, npu_stream_destroy(fd, 0));
	ASSERT_EQ(0, npu_ctx_create(fd, &ctx));
	EXPECT_NE(0, ctx);
	ASSERT_EQ(0, npu_stream_create(fd, ctx, &streams[0]));
	EXPECT_NE(0, streams[0]);
	EXPECT_EQ(-ENOENT, npu_stream_destroy(fd, 0));
	ASSERT_EQ(0, npu_stream_create(fd, ctx, &streams[1]));
	EXPECT_NE(0, streams[1]);
	EXPECT_EQ(-ENOENT, npu_stream_destroy(fd, 0));
	EXPECT_EQ(-ENOENT, npu_ctx_destroy(fd, 0));
	close(fd);
}

TEST_F(npu, unknown_ioctls_are_refused)
{
	uint8_t arg[256] = {};
	unsigned long request;
	unsigned int nr;

	for (nr = 0; nr < 0x60; nr++) {
		request = _IOC(_IOC_READ | _IOC_WRITE, 'd', DRM_COMMAND_BASE + nr, 32);
		if (nr > DRM_GENPU_WAIT || nr == 0x03)
			EXPECT_EQ(-EINVAL, npu_ioctl(self->fd, request, arg)) {
				TH_LOG("ioctl 0x%02x", nr);
			}
	}
}

/* Any bytes at all: the calls may do what they like, but the device goes on and all is freed. */
TEST_F(npu, random_arguments_do_no_harm)
{
	static const unsigned long requests[] = {
		DRM_IOCTL_GENPU_QUERY, DRM_IOCTL_GENPU_BO_INFO, DRM_IOCTL_GENPU_CTX_CREATE,
		DRM_IOCTL_GENPU_CTX_DESTROY, DRM_IOCTL_GENPU_VM_BIND,
		DRM_IOCTL_GENPU_STREAM_CREATE, DRM_IOCTL_GENPU_STREAM_DESTROY,
		DRM_IOCTL_GENPU_STREAM_STATE, DRM_IOCTL_GENPU_GRAPH_LOAD,
		DRM_IOCTL_GENPU_GRAPH_UNLOAD, DRM_IOCTL_GENPU_SUBMIT,
	};
	static const uint64_t likely[] = {
		0, 1, 2, 3, 4, 64, 4096, 8192, FIX_SIZE, FIX_SYS_VA, FIX_DEV_VA, UINT32_MAX,
		UINT64_MAX, 1ull << 32, 1ull << 63, (1ull << 32) + 1,
	};
	struct genpu_task tasks[4] = { npu_nop(), npu_nop(), npu_nop(), npu_nop() };
	struct genpu_task nop = npu_nop();
	int fd = npu_open(), i, j;
	uint64_t seed = 20261, arg[16];
	uint32_t ctx, stream;
	struct npu_buf buf;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, npu_ctx_create(fd, &ctx));
	ASSERT_EQ(0, npu_stream_create(fd, ctx, &stream));
	ASSERT_EQ(0, npu_bo_create(fd, DRM_GENPU_REGION_SYSTEM, FIX_SIZE, &buf));
	for (i = 0; i < 4000; i++) {
		for (j = 0; j < 16; j++) {
			uint64_t dice = npu_random(&seed);

			arg[j] = dice % 8 ? likely[dice / 8 % ARRAY_SIZE(likely)] : dice;
			if (dice >> 60 == 1)
				arg[j] = npu_u64(tasks);
		}
		npu_ioctl(fd, requests[npu_random(&seed) % ARRAY_SIZE(requests)], arg);
	}
	close(fd);
	EXPECT_EQ(0, npu_run(self->fd, self->stream, &nop, 1));
}

TEST_HARNESS_MAIN
