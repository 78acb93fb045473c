// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_ops.c - the ioctls of genpu, with arguments of which most are good.
 *
 * What is wrong on purpose is wrong for sure, whatever other threads do: pads, unknown flags,
 * values out of range. Ids and addresses are what they are.
 */
#include "fuzz.h"
#include "genpu_prog.h"

/* wrong32() - one field of a few calls in a hundred becomes what no call takes */
static bool wrong32(struct fuzz_thread *t, uint32_t *field, uint32_t known)
{
	uint32_t value = fuzz_u32(t) & ~known;

	if (!fuzz_chance(t, 3) || !value)
		return FUZZ_FINE;
	*field |= value;
	return FUZZ_WRONG;
}

static void set(struct fuzz_thread *t, uint32_t file, enum fuzz_kind kind, uint32_t slot,
		uint32_t id)
{
	__atomic_store_n(&t->process->files[file].ids[kind][slot], id, __ATOMIC_RELAXED);
}

/* forget() - what is destroyed; now and then the id stays, to be used when it is stale */
static void forget(struct fuzz_thread *t, uint32_t file, enum fuzz_kind kind, uint32_t slot)
{
	if (fuzz_chance(t, 80))
		set(t, file, kind, slot, 0);
	if (kind == FUZZ_CTX)
		memset(t->process->files[file].mapped[slot], 0,
		       sizeof(t->process->files[file].mapped[slot]));
}

/* close_slot() - mostly, so that files do not fill up with what no slot remembers */
static void close_slot(struct fuzz_thread *t, uint32_t file, enum fuzz_kind kind, uint32_t slot)
{
	uint32_t id = t->process->files[file].ids[kind][slot];
	union {
		struct drm_gem_close bo;
		struct drm_genpu_ctx_destroy ctx;
		struct drm_genpu_stream_destroy stream;
		struct drm_genpu_graph_unload graph;
	} arg = { .bo.handle = id };
	static const enum fuzz_call calls[] = {
		[FUZZ_BO] = FUZZ_GEM_CLOSE, [FUZZ_CTX] = FUZZ_CTX_DESTROY,
		[FUZZ_STREAM] = FUZZ_STREAM_DESTROY, [FUZZ_GRAPH] = FUZZ_GRAPH_UNLOAD,
	};

	if (!id)
		return;
	fuzz_ioctl(t, file, calls[kind], &arg, FUZZ_FINE);
	forget(t, file, kind, slot);
}

static void op_query(struct fuzz_thread *t)
{
	uint8_t answer[256] = { 0 };
	struct drm_genpu_query arg = { .query = 1 + fuzz_below(t, 3) };
	bool certain = true, wrong = FUZZ_FINE;

	arg.size = fuzz_chance(t, 80) ? fuzz_below(t, sizeof(answer)) : fuzz_u32(t);
	if (fuzz_chance(t, 5)) {
		arg.query = fuzz_u32(t);
		wrong = arg.query - 1 >= 3;
	}
	arg.data = fuzz_pointer(t, answer, sizeof(answer), &certain);
	fuzz_ioctl(t, fuzz_below(t, FUZZ_FILES), FUZZ_QUERY, &arg, wrong);
}

static void bo_create(struct fuzz_thread *t, uint32_t f, uint32_t slot)
{
	struct fuzz_file *file = &t->process->files[f];
	struct drm_genpu_bo_create arg = {
		.size = fuzz_size(t), .region = 1 + fuzz_below(t, 2),
	};
	bool wrong = wrong32(t, &arg.flags, DRM_GENPU_BO_NO_CPU_ACCESS) |
		     wrong32(t, &arg.pad, 0) | !arg.size;

	if (fuzz_chance(t, 10))
		arg.flags |= DRM_GENPU_BO_NO_CPU_ACCESS;
	if (fuzz_chance(t, 3)) {
		arg.region = fuzz_u32(t);
		wrong |= arg.region - 1 > 1;
	}
	close_slot(t, f, FUZZ_BO, slot);
	if (fuzz_ioctl(t, f, FUZZ_BO_CREATE, &arg, wrong))
		return;
	set(t, f, FUZZ_BO, slot, arg.handle);
	file->size[slot] = arg.size;
	file->offset[slot] = arg.mmap_offset;
}

static void op_bo_create(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES);

	bo_create(t, f, fuzz_slot(t));
}

static void op_bo_info(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES), slot = fuzz_slot(t);
	struct drm_genpu_bo_info arg = { .handle = fuzz_id(t, f, FUZZ_BO, slot) };

	if (fuzz_ioctl(t, f, FUZZ_BO_INFO, &arg, FUZZ_FINE))
		return;
	t->process->files[f].size[slot] = arg.size;
	t->process->files[f].offset[slot] = arg.mmap_offset;
}

/*
 * Memory that is the process's own for this alone, since the device may write to it; memory of a
 * file, read-only, of a BO, of the program; ranges that end in nothing, and what is no address.
 */
static void op_bo_userptr(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES), slot = fuzz_slot(t);
	struct drm_genpu_bo_userptr arg = {
		.addr = npu_u64(t->process->user) + KIB(4) * fuzz_below(t, 32),
		.size = KIB(4) * (1 + fuzz_below(t, 32)), .flags = fuzz_below(t, 2),
	};
	bool wrong = wrong32(t, &arg.flags, DRM_GENPU_USERPTR_READONLY);

	switch (fuzz_below(t, 16)) {
	case 0:
		arg.addr = npu_u64(t->readonly);
		wrong |= !(arg.flags & DRM_GENPU_USERPTR_READONLY);
		break;
	case 1:
		arg.addr = npu_u64(fuzz_arena(t, arg.size));
		break;
	case 2:
		arg.addr = npu_u64(&op_bo_userptr) & ~0xfffull;
		wrong |= !(arg.flags & DRM_GENPU_USERPTR_READONLY);
		break;
	case 3:
		arg.addr += fuzz_below(t, 4096);
		break;
	case 4:
		arg.addr = fuzz_chance(t, 50) ? 0 : 0xffff888000100000ull;
		wrong = FUZZ_WRONG;
		break;
	case 5:
		arg.addr = 1ull << (47 + fuzz_below(t, 17));
		wrong = FUZZ_WRONG;
		break;
	case 6:
		arg.size = fuzz_size(t);
		break;
	case 7:
		arg.addr = npu_u64(t->process->user) + FUZZ_USER - KIB(4);
		arg.size = KIB(8);
		wrong = FUZZ_WRONG;
		break;
	}
	if ((arg.addr | arg.size) & 4095 || !arg.size)
		wrong = FUZZ_WRONG;
	close_slot(t, f, FUZZ_BO, slot);
	if (fuzz_ioctl(t, f, FUZZ_BO_USERPTR, &arg, wrong))
		return;
	set(t, f, FUZZ_BO, slot, arg.handle);
	t->process->files[f].size[slot] = arg.size;
	t->process->files[f].offset[slot] = 0;
}

static void ctx_create(struct fuzz_thread *t, uint32_t f, uint32_t slot)
{
	struct drm_genpu_ctx_create arg = { };
	bool wrong = wrong32(t, &arg.flags, 0);

	close_slot(t, f, FUZZ_CTX, slot);
	if (!fuzz_ioctl(t, f, FUZZ_CTX_CREATE, &arg, wrong))
		set(t, f, FUZZ_CTX, slot, arg.ctx_id);
}

static void op_ctx_create(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES);

	ctx_create(t, f, fuzz_slot(t));
}

static void op_ctx_destroy(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES), slot = fuzz_slot(t);
	struct drm_genpu_ctx_destroy arg = { .ctx_id = fuzz_id(t, f, FUZZ_CTX, slot) };
	bool wrong = wrong32(t, &arg.pad, 0) | !arg.ctx_id;

	if (!fuzz_ioctl(t, f, FUZZ_CTX_DESTROY, &arg, wrong))
		forget(t, f, FUZZ_CTX, slot);
}

static void vm_map(struct fuzz_thread *t, uint32_t f, uint32_t slot, uint32_t ctx,
		   uint32_t window)
{
	struct fuzz_file *file = &t->process->files[f];
	struct drm_genpu_vm_bind arg = {
		.ctx_id = fuzz_id(t, f, FUZZ_CTX, ctx), .op = DRM_GENPU_VM_MAP,
		.flags = fuzz_chance(t, 85) ? DRM_GENPU_VM_WRITE : 0,
		.handle = fuzz_id(t, f, FUZZ_BO, slot), .size = file->size[slot],
		.va = FUZZ_VA + window * FUZZ_WINDOW,
	};
	bool wrong = wrong32(t, &arg.flags, DRM_GENPU_VM_WRITE);

	switch (fuzz_below(t, 20)) {
	case 0:
		arg.offset = fuzz_u64(t);
		break;
	case 1:
		arg.offset = KIB(4) * fuzz_below(t, 16);
		arg.size -= arg.offset;
		break;
	case 2:
		arg.size = fuzz_chance(t, 50) ? fuzz_u64(t) : KIB(4);
		break;
	case 3:
		arg.va = fuzz_va(t);
		break;
	case 4:
		if (fuzz_chance(t, 20))
			arg.op = fuzz_u32(t);
		break;
	}
	if ((arg.offset | arg.size | arg.va) & 4095 || !arg.size ||
	    arg.op - DRM_GENPU_VM_MAP > DRM_GENPU_VM_UNMAP - DRM_GENPU_VM_MAP)
		wrong = FUZZ_WRONG;
	if (!fuzz_ioctl(t, f, FUZZ_VM_BIND, &arg, wrong))
		file->mapped[ctx][window] = arg.size;
}

static void op_vm_map(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES), slot = fuzz_slot(t), ctx = fuzz_slot(t);

	vm_map(t, f, slot, ctx, fuzz_below(t, FUZZ_WINDOWS));
}

static void op_vm_unmap(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES), ctx = fuzz_slot(t);
	uint32_t window = fuzz_below(t, FUZZ_WINDOWS);
	struct fuzz_file *file = &t->process->files[f];
	struct drm_genpu_vm_bind arg = {
		.ctx_id = fuzz_id(t, f, FUZZ_CTX, ctx), .op = DRM_GENPU_VM_UNMAP,
		.va = FUZZ_VA + window * FUZZ_WINDOW, .size = file->mapped[ctx][window],
	};
	bool wrong = wrong32(t, &arg.flags, 0) | wrong32(t, &arg.handle, 0);

	if (fuzz_chance(t, 10))
		arg.va = fuzz_va(t);
	if (fuzz_chance(t, 10))
		arg.size = fuzz_size(t);
	if (!arg.size)
		wrong = FUZZ_WRONG;
	if (!fuzz_ioctl(t, f, FUZZ_VM_BIND, &arg, wrong))
		file->mapped[ctx][window] = 0;
}

static void stream_create(struct fuzz_thread *t, uint32_t f, uint32_t slot, uint32_t ctx)
{
	struct drm_genpu_stream_create arg = {
		.ctx_id = fuzz_id(t, f, FUZZ_CTX, ctx),
		.priority = fuzz_below(t, fuzz_chance(t, 90) ? 2 : 3),
		.flags = fuzz_below(t, 2) * DRM_GENPU_STREAM_STOP_ON_ERROR,
		.ring_entries = fuzz_chance(t, 50) ? 0 : 16u << fuzz_below(t, 8),
		.timeout_ms = fuzz_chance(t, 80) ? 20 + fuzz_below(t, 300) : 0,
	};
	bool wrong = wrong32(t, &arg.flags, DRM_GENPU_STREAM_STOP_ON_ERROR);

	if (fuzz_chance(t, 3)) {
		arg.priority = fuzz_u32(t);
		wrong |= arg.priority > DRM_GENPU_PRIORITY_HIGH;
	}
	if (fuzz_chance(t, 3))
		arg.timeout_ms = fuzz_u32(t);
	if (fuzz_chance(t, 3)) {
		arg.ring_entries = fuzz_u32(t);
		wrong |= arg.ring_entries & (arg.ring_entries - 1);
	}
	close_slot(t, f, FUZZ_STREAM, slot);
	if (!fuzz_ioctl(t, f, FUZZ_STREAM_CREATE, &arg, wrong))
		set(t, f, FUZZ_STREAM, slot, arg.stream_id);
}

static void op_stream_create(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES), slot = fuzz_slot(t);

	stream_create(t, f, slot, fuzz_slot(t));
}

static void op_stream_destroy(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES), slot = fuzz_slot(t);
	struct drm_genpu_stream_destroy arg = { .stream_id = fuzz_id(t, f, FUZZ_STREAM, slot) };
	bool wrong = wrong32(t, &arg.pad, 0) | !arg.stream_id;

	if (!fuzz_ioctl(t, f, FUZZ_STREAM_DESTROY, &arg, wrong))
		forget(t, f, FUZZ_STREAM, slot);
}

static void op_stream_state(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES), slot = fuzz_slot(t);
	struct drm_genpu_stream_state arg = {
		.stream_id = fuzz_id(t, f, FUZZ_STREAM, slot), .flags = fuzz_below(t, 2),
	};
	bool wrong = wrong32(t, &arg.flags, DRM_GENPU_STREAM_STATE_CLEAR) | !arg.stream_id;

	fuzz_ioctl(t, f, FUZZ_STREAM_STATE, &arg, wrong);
}

/* The constants of the small network and arguments for all lanes, where it has its BO. */
static void write_net(struct fuzz_thread *t, uint32_t f, uint32_t slot, uint64_t va)
{
	struct fuzz_file *file = &t->process->files[f];
	uint8_t consts[NET_CONST_SIZE], *map;
	uint64_t args[2];
	int i;

	if (!file->offset[slot] || file->size[slot] < NET_SIZE)
		return;
	map = mmap(fuzz_arena(t, NET_SIZE), NET_SIZE, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_FIXED, fuzz_fd(f), file->offset[slot]);
	if (map == MAP_FAILED)
		return;
	net_consts(consts);
	fuzz_copy(map, consts, NET_CONST_SIZE);
	for (i = 0; i < NET_LANES; i++) {
		args[0] = va + NET_LANE(i) + LANE_X;
		args[1] = va + NET_LANE(i) + LANE_Y;
		fuzz_copy(map + NET_LANE(i) + LANE_ARGS, args, sizeof(args));
	}
}

/* The small network as a program, sometimes a damaged one; returns its address. */
static uint64_t write_program(struct fuzz_thread *t, __u64 *size)
{
	union {
		struct genpu_prog_header header;
		uint8_t bytes[PROG_MAX];
	} image;
	bool certain;
	struct prog p;
	int i;

	net_prog(&p);
	*size = prog_build(&p, &image);
	for (i = fuzz_chance(t, 30) ? 1 + fuzz_below(t, 3) : 0; i; i--)
		image.bytes[fuzz_below(t, *size)] = fuzz_u32(t);
	if (fuzz_chance(t, 70) && image.header.size == *size)
		prog_seal(&image);
	return fuzz_pointer(t, &image, *size, &certain);
}

/* A BO, the constants in it, a mapping, then the call. */
static void graph_load(struct fuzz_thread *t, uint32_t f, uint32_t slot, uint32_t ctx, uint32_t bo,
		       uint32_t window)
{
	struct fuzz_file *file = &t->process->files[f];
	uint64_t va = FUZZ_VA + window * FUZZ_WINDOW;
	struct drm_genpu_vm_bind bind = {
		.ctx_id = fuzz_id(t, f, FUZZ_CTX, ctx), .op = DRM_GENPU_VM_MAP,
		.flags = DRM_GENPU_VM_WRITE, .va = va,
	};
	struct drm_genpu_graph_load arg = {
		.const_va = va, .const_size = NET_CONST_SIZE,
	};
	struct drm_genpu_bo_create create = { .size = KIB(128), .region = 1 + window % 2 };
	bool wrong = wrong32(t, &arg.flags, 0) | wrong32(t, &arg.pad, 0);

	if (file->size[bo] < NET_SIZE || !file->offset[bo]) {
		close_slot(t, f, FUZZ_BO, bo);
		if (!fuzz_ioctl(t, f, FUZZ_BO_CREATE, &create, FUZZ_FINE)) {
			set(t, f, FUZZ_BO, bo, create.handle);
			file->size[bo] = create.size;
			file->offset[bo] = create.mmap_offset;
		}
	}
	write_net(t, f, bo, va);
	bind.handle = fuzz_id(t, f, FUZZ_BO, bo);
	bind.size = file->size[bo];
	if (!fuzz_ioctl(t, f, FUZZ_VM_BIND, &bind, FUZZ_FINE))
		file->mapped[ctx][window] = bind.size;

	arg.ctx_id = bind.ctx_id;
	arg.program = write_program(t, &arg.size);
	switch (fuzz_below(t, 20)) {
	case 0:
		arg.program = fuzz_u64(t);
		break;
	case 1:
		arg.size = fuzz_u64(t);
		break;
	case 2:
		arg.const_va = fuzz_u64(t);
		break;
	case 3:
		arg.const_size = fuzz_u64(t);
		break;
	}
	close_slot(t, f, FUZZ_GRAPH, slot);
	if (fuzz_ioctl(t, f, FUZZ_GRAPH_LOAD, &arg, wrong))
		return;
	set(t, f, FUZZ_GRAPH, slot, arg.graph_id);
	file->program[slot] = window;
}

static void op_graph_load(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES), slot = fuzz_slot(t), ctx = fuzz_slot(t);
	uint32_t bo = fuzz_slot(t);

	graph_load(t, f, slot, ctx, bo, fuzz_below(t, FUZZ_WINDOWS));
}

static void op_graph_unload(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES), slot = fuzz_slot(t);
	struct drm_genpu_graph_unload arg = { .graph_id = fuzz_id(t, f, FUZZ_GRAPH, slot) };
	bool wrong = wrong32(t, &arg.pad, 0) | !arg.graph_id;

	if (!fuzz_ioctl(t, f, FUZZ_GRAPH_UNLOAD, &arg, wrong))
		forget(t, f, FUZZ_GRAPH, slot);
}

static struct genpu_task graph_task(struct fuzz_thread *t, uint32_t f, uint32_t stream)
{
	uint32_t slot = fuzz_chance(t, 80) ? stream : fuzz_slot(t);
	uint32_t lane = fuzz_below(t, NET_LANES);
	uint64_t va = FUZZ_VA + t->process->files[f].program[slot] * FUZZ_WINDOW + NET_LANE(lane);
	struct genpu_task task = npu_graph(fuzz_id(t, f, FUZZ_GRAPH, slot), va + LANE_ARGS, 2,
					   va + LANE_WORKSPACE, 1024, va + LANE_STAMPS);

	switch (fuzz_below(t, 16)) {
	case 0:
		task.graph.args = fuzz_va(t);
		break;
	case 1:
		task.graph.num_args = fuzz_u32(t);
		break;
	case 2:
		task.graph.workspace = fuzz_va(t);
		break;
	case 3:
		task.graph.stamps = fuzz_va(t);
		break;
	}
	return task;
}

static struct genpu_task any_task(struct fuzz_thread *t, uint32_t f, uint32_t stream)
{
	uint64_t bytes = fuzz_chance(t, 90) ? 1 + fuzz_below(t, KIB(16)) : fuzz_u64(t);
	struct genpu_task task;

	switch (fuzz_below(t, 12)) {
	case 0 ... 1:
		return npu_nop();
	case 2 ... 3:
		return graph_task(t, f, stream);
	case 4 ... 6:
		task = npu_copy(fuzz_va(t), fuzz_va(t) + KIB(16), bytes);
		if (fuzz_chance(t, 30)) {
			task.copy.rows = fuzz_chance(t, 80) ? fuzz_below(t, 16) : fuzz_u32(t);
			task.copy.dst_pitch = fuzz_chance(t, 70) ? bytes : fuzz_u64(t);
			task.copy.src_pitch = fuzz_chance(t, 70) ? bytes : fuzz_u64(t);
		}
		break;
	case 7:
		task = npu_fill(fuzz_va(t), bytes & (fuzz_chance(t, 90) ? ~7ull : ~0ull),
				1u << fuzz_below(t, 4), fuzz_random(t));
		break;
	case 8:
		return npu_signal(fuzz_va(t), fuzz_below(t, 2), fuzz_below(t, 4));
	case 9:
		/* What another task may signal, what is so already, and what will never be. */
		return npu_hold(fuzz_va(t), fuzz_chance(t, 80) ? GENPU_WAIT_GE : fuzz_u32(t),
				fuzz_chance(t, 90) ? 0 : fuzz_u64(t));
	case 10:
		return npu_timestamp(fuzz_va(t));
	default:
		task = npu_nop();
		if (fuzz_chance(t, 20))
			task = (struct genpu_task){ .op = fuzz_u32(t), .flags = fuzz_u32(t) };
		else if (fuzz_chance(t, 20))
			task.raw[fuzz_below(t, sizeof(task.raw) / sizeof(task.raw[0]))] =
				fuzz_u64(t);
	}
	return task;
}

static struct drm_genpu_sync any_sync(struct fuzz_thread *t, uint32_t f)
{
	struct drm_genpu_sync sync = {
		.handle = fuzz_id(t, f, FUZZ_SYNCOBJ, fuzz_slot(t)),
		.flags = fuzz_chance(t, 75) ? DRM_GENPU_SYNC_SIGNAL : 0,
	};

	if (fuzz_chance(t, 40))
		sync.flags |= DRM_GENPU_SYNC_TIMELINE;
	if (sync.flags & DRM_GENPU_SYNC_TIMELINE)
		sync.point = 1 + fuzz_below(t, 1000);
	if (fuzz_chance(t, 3))
		sync.flags = fuzz_u32(t);
	if (fuzz_chance(t, 3))
		sync.point = fuzz_u64(t);
	return sync;
}

static void op_submit(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES), stream = fuzz_slot(t), i;
	struct genpu_task tasks[DRM_GENPU_MAX_TASKS];
	struct drm_genpu_sync syncs[DRM_GENPU_MAX_SYNCS];
	uint32_t num_tasks = 1 + fuzz_below(t, fuzz_chance(t, 90) ? 4 : DRM_GENPU_MAX_TASKS);
	uint32_t num_syncs = fuzz_chance(t, 60) ? 0 :
			     fuzz_below(t, fuzz_chance(t, 95) ? 3 : DRM_GENPU_MAX_SYNCS);
	struct drm_genpu_submit arg = {
		.stream_id = fuzz_id(t, f, FUZZ_STREAM, stream),
		.num_tasks = num_tasks, .num_syncs = num_syncs,
	};
	bool wrong = wrong32(t, &arg.flags, 0), certain = true;

	for (i = 0; i < num_tasks; i++)
		tasks[i] = num_tasks > 4 && fuzz_chance(t, 98) ? npu_nop() : any_task(t, f, stream);
	for (i = 0; i < num_syncs; i++)
		syncs[i] = any_sync(t, f);
	arg.tasks = fuzz_pointer(t, tasks, num_tasks * sizeof(*tasks), &certain);
	if (num_syncs)
		arg.syncs = fuzz_pointer(t, syncs, num_syncs * sizeof(*syncs), &certain);
	if (fuzz_chance(t, 2)) {
		arg.num_tasks = fuzz_u32(t);
		wrong |= !arg.num_tasks || arg.num_tasks > DRM_GENPU_MAX_TASKS;
	}
	if (fuzz_chance(t, 2)) {
		arg.num_syncs = fuzz_u32(t);
		wrong |= arg.num_syncs > DRM_GENPU_MAX_SYNCS;
	}
	fuzz_ioctl(t, f, FUZZ_SUBMIT, &arg, wrong);
}

static void op_wait(struct fuzz_thread *t)
{
	uint32_t f = fuzz_below(t, FUZZ_FILES);
	struct drm_genpu_wait arg = {
		.stream_id = fuzz_id(t, f, FUZZ_STREAM, fuzz_slot(t)),
		.seqno = fuzz_chance(t, 70) ? fuzz_below(t, 6) : fuzz_u64(t),
		.timeout_ns = fuzz_time(t),
	};
	bool wrong = wrong32(t, &arg.flags, 0) | wrong32(t, &arg.pad, 0) | !arg.stream_id;

	fuzz_ioctl(t, f, FUZZ_WAIT, &arg, wrong);
}

/* fuzz_furnish() - give a file of all kinds something to which the rest can be done */
void fuzz_furnish(struct fuzz_thread *t, uint32_t f)
{
	struct drm_syncobj_create sync = { };
	uint32_t (*ids)[FUZZ_SLOTS] = t->process->files[f].ids;
	uint32_t i;

	for (i = 0; i < FUZZ_SLOTS; i++) {
		if (!ids[FUZZ_CTX][i])
			ctx_create(t, f, i);
		if (!ids[FUZZ_BO][i])
			bo_create(t, f, i);
		if (!ids[FUZZ_STREAM][i])
			stream_create(t, f, i, i / 2);
		vm_map(t, f, i, i / 2, i);
		if (!ids[FUZZ_GRAPH][i])
			graph_load(t, f, i, i / 2, i, FUZZ_SLOTS + i);
		if (!ids[FUZZ_SYNCOBJ][i] &&
		    !fuzz_ioctl(t, f, FUZZ_SYNCOBJ_CREATE, &sync, FUZZ_FINE))
			set(t, f, FUZZ_SYNCOBJ, i, sync.handle);
	}
}

static void op_furnish(struct fuzz_thread *t)
{
	fuzz_furnish(t, fuzz_below(t, FUZZ_FILES));
}

const struct fuzz_operation fuzz_genpu_operations[] = {
	{ "furnish", 2, op_furnish },
	{ "query", 3, op_query },
	{ "bo_create", 12, op_bo_create },
	{ "bo_info", 3, op_bo_info },
	{ "bo_userptr", 4, op_bo_userptr },
	{ "ctx_create", 2, op_ctx_create },
	{ "ctx_destroy", 1, op_ctx_destroy },
	{ "vm_map", 12, op_vm_map },
	{ "vm_unmap", 6, op_vm_unmap },
	{ "stream_create", 5, op_stream_create },
	{ "stream_destroy", 3, op_stream_destroy },
	{ "stream_state", 4, op_stream_state },
	{ "graph_load", 8, op_graph_load },
	{ "graph_unload", 2, op_graph_unload },
	{ "submit", 36, op_submit },
	{ "wait", 8, op_wait },
	{ }
};
