// SPDX-License-Identifier: GPL-2.0-only
/*
 * isolation.c - the memory of another context or process can be neither read nor written, whatever
 * a task names, and nothing of those who are gone can be found.
 */
#include "genpu_fixture.h"
#include "genpu_prog.h"

#define SECRET		0x5ec2e75ec2e75ec2ull
#define SECRET_VA	0x5000000000ull
#define SECRET_SIZE	MIB(2)

/* Forget the failure of a job that had to fail by a page fault. */
#define EXPECT_FAULTED(what) do {							\
	struct drm_genpu_stream_state state;						\
											\
	ASSERT_EQ(0, npu_stream_state(self->fd, self->stream,				\
				      DRM_GENPU_STREAM_STATE_CLEAR, &state));		\
	EXPECT_EQ(GENPU_ERR_PAGE_FAULT, state.error) {					\
		TH_LOG("%s", what);							\
	}										\
} while (0)

static bool holds_secret(const uint64_t *words, uint64_t size)
{
	uint64_t i;

	for (i = 0; i < size / 8; i++)
		if (words[i] == SECRET)
			return true;
	return false;
}

/* A child that has a secret at SECRET_VA, on the device and off it, tells when, and stays. */
static pid_t keeper_start(int *told, int *go)
{
	int ready[2], end[2];
	pid_t pid;

	if (pipe(ready) || pipe(end))
		return -1;
	pid = fork();
	if (!pid) {
		struct npu_buf buf[2];
		uint32_t ctx, stream;
		struct genpu_task task;
		char byte = 0;
		int fd = npu_open(), i, ret;

		close(end[1]);
		ret = npu_opened(fd) ?: npu_ctx_create(fd, &ctx) ?:
		      npu_stream_create(fd, ctx, &stream);
		for (i = 0; i < 2 && !ret; i++) {
			uint64_t va = SECRET_VA + i * SECRET_SIZE;

			task = npu_fill(va, SECRET_SIZE, 8, SECRET);
			ret = npu_buf_create(fd, ctx, i + 1, SECRET_SIZE, va, &buf[i]) ?:
			      npu_run(fd, stream, &task, 1);
		}
		if (ret || write(ready[1], &byte, 1) != 1 || read(end[0], &byte, 1) < 0)
			_exit(1);
		for (i = 0; i < 2; i++)
			if (memcmp(buf[i].map, buf[i].map + 8, SECRET_SIZE - 8) ||
			    npu_load(buf[i].map, 0) != SECRET)
				_exit(2);
		_exit(0);
	}
	close(ready[1]);
	close(end[0]);
	*told = ready[0];
	*go = end[1];
	return pid;
}

TEST_F(npu, addresses_of_another_process_lead_nowhere)
{
	struct genpu_task task;
	int told, go;
	uint64_t at;
	char byte;
	pid_t pid = keeper_start(&told, &go);

	ASSERT_LT(0, pid);
	ASSERT_EQ(1, read(told, &byte, 1));
	for (at = 0; at < 2 * SECRET_SIZE; at += SECRET_SIZE / 2) {
		task = npu_copy(FIX_SYS_VA, SECRET_VA + at, 4096);
		EXPECT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &task, 1));
		EXPECT_FAULTED("read");
		task = npu_fill(SECRET_VA + at, 4096, 8, 0);
		EXPECT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &task, 1));
		EXPECT_FAULTED("write");
		task = npu_signal(SECRET_VA + at, GENPU_SIGNAL_ADD, 1);
		EXPECT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &task, 1));
		EXPECT_FAULTED("signal");
		task = npu_timestamp(SECRET_VA + at);
		EXPECT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &task, 1));
		EXPECT_FAULTED("timestamp");
	}
	EXPECT_FALSE(holds_secret(self->sys.map, FIX_SIZE));
	close(go);
	EXPECT_EQ(0, npu_join(pid));
}

/* Addresses that mean something to someone: to the CPU, the device, its registers, its memory. */
TEST_F(npu, only_what_is_mapped_can_be_reached)
{
	const uint64_t vas[] = {
		0, 8, 4096, 0x10000, 0xc000, 0x100000, 0xfee00000, 0xfec00000, 0xe0000000,
		FIX_SYS_VA - 4096, FIX_SYS_VA + FIX_SIZE, FIX_DEV_VA - 4096,
		FIX_DEV_VA + FIX_SIZE, npu_u64(self->sys.map) & ~7ull, npu_u64(self->dev.map),
		self->sys.mmap_offset, 0x7ffffffff000, 0xfffffffff000,
	};
	struct genpu_task task;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vas); i++) {
		task = npu_copy(FIX_DEV_VA, vas[i], 8);
		EXPECT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &task, 1));
		EXPECT_FAULTED("read");
		task = npu_fill(vas[i], 8, 8, SECRET);
		EXPECT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &task, 1));
		EXPECT_FAULTED("write");
	}
	EXPECT_TRUE(npu_all_bytes(self->dev.map, 0, 4096));
}

/* Beyond all addresses, or around their end. */
TEST_F(npu, addresses_do_not_wrap_around)
{
	static const struct {
		uint64_t va, bytes;
	} cases[] = {
		{ UINT64_MAX - 7, 8 }, { UINT64_MAX - 7, 64 }, { 1ull << 48, 8 },
		{ FIX_SYS_VA | 1ull << 48, 8 }, { FIX_SYS_VA | 1ull << 63, 8 },
		{ (1ull << 48) - 8, 64 }, { FIX_SYS_VA, -FIX_SYS_VA }, { FIX_SYS_VA, UINT64_MAX },
		{ FIX_SYS_VA, 1ull << 48 },
	};
	struct drm_genpu_stream_state state;
	struct genpu_task task;
	size_t i;
	int kind;

	npu_store(self->sys.map, 0, 42);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		for (kind = 0; kind < 2; kind++) {
			task = npu_copy(FIX_DEV_VA, cases[i].va, cases[i].bytes);
			if (kind)
				task = npu_fill(cases[i].va, cases[i].bytes & ~7ull, 8, SECRET);
			/* Sizes up to here may be refused before they run. */
			if (npu_run(self->fd, self->stream, &task, 1) == -EINVAL)
				continue;
			ASSERT_EQ(0, npu_stream_state(self->fd, self->stream,
						      DRM_GENPU_STREAM_STATE_CLEAR, &state));
			EXPECT_TRUE(state.error == GENPU_ERR_PAGE_FAULT ||
				    state.error == GENPU_ERR_RANGE) {
				TH_LOG("0x%" PRIx64 " + 0x%" PRIx64 ": %u", cases[i].va,
				       cases[i].bytes, state.error);
			}
		}
}

TEST_F(npu, rows_and_pitches_stay_inside)
{
	struct genpu_task task;

	task = npu_copy(FIX_DEV_VA, FIX_SYS_VA, 64);
	task.copy.rows = 3;
	task.copy.src_pitch = FIX_SIZE - 128;
	task.copy.dst_pitch = 64;
	EXPECT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_FAULTED("source row outside");
	task.copy.src_pitch = 64;
	task.copy.dst_pitch = FIX_SIZE - 128;
	EXPECT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_FAULTED("destination row outside");
}

TEST_F(npu, graphs_reach_only_what_is_mapped)
{
	struct genpu_task task;
	int told, go, i;
	struct net net;
	char byte;
	pid_t pid = keeper_start(&told, &go);

	ASSERT_LT(0, pid);
	ASSERT_EQ(1, read(told, &byte, 1));
	ASSERT_EQ(0, net_create(self->fd, self->ctx, DRM_GENPU_REGION_SYSTEM, 0x300000000, &net));
	for (i = 0; i < 4; i++) {
		uint64_t *args = net.buf.map + NET_LANE(0) + LANE_ARGS;

		task = net_task(&net, 0, 1);
		if (i < 2)
			args[i] = SECRET_VA;
		else if (i == 2)
			task.graph.workspace = SECRET_VA;
		else
			task.graph.stamps = SECRET_VA;
		EXPECT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &task, 1));
		EXPECT_FAULTED("graph");
	}
	close(go);
	EXPECT_EQ(0, npu_join(pid));
}

TEST_F(npu, graphs_cannot_have_constants_of_another_process)
{
	struct drm_genpu_graph_load load;
	struct prog p;
	uint64_t size;
	int told, go;
	char byte;
	pid_t pid = keeper_start(&told, &go);

	ASSERT_LT(0, pid);
	ASSERT_EQ(1, read(told, &byte, 1));
	net_prog(&p);
	size = prog_build(&p, self->sys.map);
	EXPECT_EQ(-EFAULT, npu_graph_load(self->fd, self->ctx, self->sys.map, size, SECRET_VA,
					  NET_CONST_SIZE, &load));
	close(go);
	EXPECT_EQ(0, npu_join(pid));
}

/* The same address in two processes, used by both at the same time, never mixes. */
static int use_own_memory(uint64_t pattern)
{
	struct genpu_task tasks[2];
	uint32_t ctx, stream;
	struct npu_buf buf;
	uint64_t i;
	int fd = npu_open(), ret;

	if (fd < 0)
		return 1;
	ret = npu_ctx_create(fd, &ctx) ?: npu_stream_create(fd, ctx, &stream) ?:
	      npu_buf_create(fd, ctx, 1 + pattern % 2, 65536, SECRET_VA, &buf);
	for (i = 0; i < 100 && !ret; i++) {
		uint64_t word = pattern << 32 | i;

		tasks[0] = npu_fill(SECRET_VA, 32768, 8, word);
		tasks[1] = npu_copy(SECRET_VA + 32768, SECRET_VA, 32768);
		ret = npu_run(fd, stream, tasks, 2);
		if (npu_load(buf.map, 0) != word ||
		    memcmp(buf.map, buf.map + 8, 65536 - 8))
			return 2;
	}
	return ret ? 3 : 0;
}

TEST_F(npu, one_address_in_many_processes)
{
	pid_t pids[6];
	int i;

	for (i = 0; i < 6; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(use_own_memory(i + 1));
	}
	for (i = 0; i < 6; i++)
		EXPECT_EQ(0, npu_join(pids[i]));
}

/* Killed while its jobs write, and its memory is given to the next: not one word is left. */
TEST_F(npu, memory_of_the_killed_is_clean)
{
	int round, i, ready[2];
	char byte;
	pid_t pid;

	for (round = 0; round < 5; round++) {
		ASSERT_EQ(0, pipe(ready));
		pid = fork();
		if (!pid) {
			uint64_t size = MIB(8);
			struct genpu_task tasks[8];
			uint32_t ctx, stream = 0;
			struct npu_buf buf;
			int fd = npu_open(), ret;

			ret = npu_opened(fd) ?: npu_ctx_create(fd, &ctx) ?:
			      npu_stream_create(fd, ctx, &stream) ?:
			      npu_buf_create(fd, ctx, DRM_GENPU_REGION_DEVICE, size, SECRET_VA,
					     &buf);
			for (i = 0; i < 8; i++)
				tasks[i] = npu_fill(SECRET_VA, size, 8, SECRET);
			while (!ret) {
				ret = npu_submit(fd, stream, tasks, 8, NULL);
				if (ready[1] >= 0 && write(ready[1], &byte, 1) == 1) {
					close(ready[1]);
					ready[1] = -1;
				}
			}
			_exit(1);
		}
		ASSERT_EQ(1, read(ready[0], &byte, 1));
		npu_sleep_ms(3 * round);
		kill(pid, SIGKILL);
		/* Not waited for: its memory comes back while we look for it. */
		for (i = 0; i < 16; i++) {
			struct npu_buf buf;

			ASSERT_EQ(0, npu_bo_create(self->fd, DRM_GENPU_REGION_DEVICE, MIB(2),
						   &buf));
			ASSERT_EQ(0, npu_bo_map(self->fd, &buf));
			ASSERT_TRUE(npu_all_bytes(buf.map, 0, buf.size));
			npu_sleep_ms(1);
			ASSERT_FALSE(holds_secret(buf.map, buf.size));
			munmap(buf.map, buf.size);
			ASSERT_EQ(0, npu_bo_close(self->fd, buf.handle));
		}
		EXPECT_EQ(128 + SIGKILL, npu_join(pid));
		close(ready[0]);
		close(ready[1]);
	}
}

/* What a context has unmapped, and someone else has now, it can no longer see. */
TEST_F(npu, memory_that_moved_on_is_out_of_reach)
{
	uint32_t ctx, stream;
	struct genpu_task task;
	struct npu_buf buf;
	int i;

	ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx));
	ASSERT_EQ(0, npu_stream_create(self->fd, ctx, &stream));
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, npu_buf_create(self->fd, self->ctx, DRM_GENPU_REGION_DEVICE, MIB(2),
					    SECRET_VA, &buf));
		/* Make the device remember the way. */
		task = npu_fill(SECRET_VA, MIB(2), 8, 1);
		ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
		ASSERT_EQ(0, npu_buf_destroy(self->fd, self->ctx, &buf));
		ASSERT_EQ(0, npu_buf_create(self->fd, ctx, DRM_GENPU_REGION_DEVICE, MIB(2),
					    SECRET_VA, &buf));
		task = npu_fill(SECRET_VA, MIB(2), 8, SECRET);
		ASSERT_EQ(0, npu_run(self->fd, stream, &task, 1));
		task = npu_copy(FIX_SYS_VA, SECRET_VA, FIX_SIZE);
		ASSERT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &task, 1));
		EXPECT_FAULTED("read");
		task = npu_fill(SECRET_VA, MIB(2), 8, 2);
		ASSERT_EQ(-EREMOTEIO, npu_run(self->fd, self->stream, &task, 1));
		EXPECT_FAULTED("write");
		EXPECT_FALSE(holds_secret(self->sys.map, FIX_SIZE));
		EXPECT_EQ(SECRET, npu_load(buf.map, 0));
		ASSERT_EQ(0, npu_buf_destroy(self->fd, ctx, &buf));
	}
}

#define LONG_N		1024
#define LONG_BYTES	(LONG_N * LONG_N * 4)

/* One product of matrices that takes a while; inputs, output and arguments one after the other. */
static int long_load(int fd, uint32_t ctx, uint32_t *graph)
{
	struct genpu_attr_matmul matmul = { .alpha = 1, .beta = 0 };
	struct drm_genpu_graph_load load;
	uint8_t image[PROG_MAX];
	struct prog p;
	uint64_t size;
	int ret;

	prog_init(&p, 2, 1);
	prog_f32(&p, GENPU_BASE_ARG, 0, 0, LONG_N, LONG_N);
	prog_f32(&p, GENPU_BASE_ARG, 1, 0, LONG_N, LONG_N);
	prog_f32(&p, GENPU_BASE_ARG, 2, 0, LONG_N, LONG_N);
	prog_op(&p, GENPU_OP_MATMUL, &matmul, sizeof(matmul), 2, 1, PROG_OPERANDS(0, 1, 2));
	size = prog_build(&p, image);
	ret = npu_graph_load(fd, ctx, image, size, 0, 0, &load);
	*graph = load.graph_id;
	return ret;
}

/*
 * An operator that runs goes on to write to memory that it has looked up, also when that is
 * unmapped and closed meanwhile: so nobody may get this memory before it has ended.
 */
TEST_F(npu, running_operators_keep_their_memory)
{
	struct npu_buf in, out, fresh;
	struct genpu_task tasks[3];
	uint64_t *args = self->sys.map + 4096;
	uint32_t graph, round, status;

	if (npu_window_free(self->fd) < 4 * LONG_BYTES)
		SKIP(return, "the CPU window is too small");
	ASSERT_EQ(0, long_load(self->fd, self->ctx, &graph));
	ASSERT_EQ(0, npu_buf_create(self->fd, self->ctx, DRM_GENPU_REGION_DEVICE, 2 * LONG_BYTES,
				    SECRET_VA, &in));
	tasks[0] = npu_fill(SECRET_VA, 2 * LONG_BYTES, 4, 0x3f800000);	/* 1.0f */
	ASSERT_EQ(0, npu_run(self->fd, self->stream, tasks, 1));
	for (round = 0; round < 5; round++) {
		args[0] = SECRET_VA;
		args[1] = SECRET_VA + LONG_BYTES;
		args[2] = SECRET_VA + 2 * LONG_BYTES;
		ASSERT_EQ(0, npu_bo_create(self->fd, DRM_GENPU_REGION_DEVICE, LONG_BYTES, &out));
		ASSERT_EQ(0, npu_vm_map(self->fd, self->ctx, out.handle, 0, args[2], LONG_BYTES,
					DRM_GENPU_VM_WRITE));
		tasks[0] = npu_signal(FIX_SYS_VA, GENPU_SIGNAL_SET, round + 1);
		tasks[1] = npu_graph(graph, FIX_SYS_VA + 4096, 3, 0, 0, 0);
		ASSERT_EQ(0, npu_submit(self->fd, self->stream, tasks, 2, NULL));
		ASSERT_TRUE(npu_reached(self->sys.map, 0, round + 1));
		npu_sleep_ms(2 * round);
		ASSERT_EQ(0, npu_vm_unmap(self->fd, self->ctx, args[2], LONG_BYTES));
		ASSERT_EQ(0, npu_bo_close(self->fd, out.handle));
		ASSERT_EQ(0, npu_bo_create(self->fd, DRM_GENPU_REGION_DEVICE, LONG_BYTES, &fresh));
		ASSERT_EQ(0, npu_wait(self->fd, self->stream, &status));
		ASSERT_EQ(0, npu_bo_map(self->fd, &fresh));
		EXPECT_TRUE(npu_all_bytes(fresh.map, 0, LONG_BYTES)) {
			TH_LOG("round %u, status %u", round, status);
		}
		munmap(fresh.map, fresh.size);
		ASSERT_EQ(0, npu_bo_close(self->fd, fresh.handle));
		if (status)
			EXPECT_FAULTED("output");
	}
}

TEST_HARNESS_MAIN
