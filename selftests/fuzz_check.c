// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_check.c - the process that nobody may disturb: it computes and copies with a context of its
 * own on the device that the others abuse, and every result must be right.
 */
#include "fuzz.h"
#include "genpu_prog.h"

#define SYS_VA		0x1000000000ull
#define DEV_VA		0x2000000000ull
#define NET_VA		0x4000000000ull
#define SIZE		KIB(256)
#define PART		KIB(64)

struct checker {
	struct fuzz_shared *shared;
	int fd;
	uint32_t ctx;
	uint32_t streams[2];
	uint32_t sync;
	struct npu_buf sys;
	struct npu_buf dev;
	struct net nets[2];
};

#define must(c, what) \
	((what) ? true : (fuzz_fail((c)->shared, "the checker: not: %s", #what), false))

static int begin(struct checker *c)
{
	int ret;

	c->fd = npu_open();
	ret = npu_opened(c->fd) ?: npu_ctx_create(c->fd, &c->ctx);
	ret = ret ?: npu_stream_create(c->fd, c->ctx, &c->streams[0]);
	ret = ret ?: npu_stream_create(c->fd, c->ctx, &c->streams[1]);
	ret = ret ?: npu_syncobj_create(c->fd, 0, &c->sync);
	ret = ret ?: npu_buf_create(c->fd, c->ctx, DRM_GENPU_REGION_SYSTEM, SIZE, SYS_VA, &c->sys);
	ret = ret ?: npu_buf_create(c->fd, c->ctx, DRM_GENPU_REGION_DEVICE, SIZE, DEV_VA, &c->dev);
	ret = ret ?: net_create(c->fd, c->ctx, 1, NET_VA, &c->nets[0]);
	return ret ?: net_create(c->fd, c->ctx, 2, NET_VA + MIB(1), &c->nets[1]);
}

static bool streams_are_well(struct checker *c)
{
	struct drm_genpu_stream_state state;
	int i;

	for (i = 0; i < 2; i++) {
		if (!must(c, !npu_wait(c->fd, c->streams[i], NULL)) ||
		    !must(c, !npu_stream_state(c->fd, c->streams[i], 0, &state)))
			return false;
		if (state.status || state.completed != state.submitted) {
			fuzz_fail(c->shared,
				  "the checker: status %u, error %u, job %llu of %llu, address 0x%llx",
				  state.status, state.error, state.failed, state.submitted,
				  state.addr);
			return false;
		}
	}
	return true;
}

/* The first stream fills device memory, the second waits for it and brings it back. */
static bool copies(struct checker *c, uint64_t round)
{
	struct drm_genpu_sync out = npu_point_out(c->sync, round);
	struct drm_genpu_sync in = npu_point_in(c->sync, round);
	uint64_t at = round % 3 * PART;
	struct genpu_task tasks[3] = {
		npu_copy(DEV_VA + at, SYS_VA, PART),
		npu_fill(DEV_VA + at + PART / 2, PART / 4, 8, round * 0x0101010101010101ull),
		npu_copy(SYS_VA + PART + at, DEV_VA + at, PART),
	};
	uint64_t *sys = c->sys.map, *copy = c->sys.map + PART + at, i, want;

	for (i = 0; i < PART / 8; i++)
		sys[i] = round * PART + i;
	memset(copy, 0xa5, PART);
	if (!must(c, !npu_submit_sync(c->fd, c->streams[0], tasks, 2, &out, 1, NULL)) ||
	    !must(c, !npu_submit_sync(c->fd, c->streams[1], tasks + 2, 1, &in, 1, NULL)) ||
	    !streams_are_well(c))
		return false;
	for (i = 0; i < PART / 8; i++) {
		want = i - PART / 16 < PART / 32 ? round * 0x0101010101010101ull : sys[i];
		if (copy[i] != want) {
			fuzz_fail(c->shared, "the checker: word %" PRIu64 " is 0x%" PRIx64
				  ", not 0x%" PRIx64, i, copy[i], want);
			return false;
		}
	}
	return true;
}

static bool graphs(struct checker *c, uint64_t round)
{
	struct genpu_task tasks[2];
	int i;

	for (i = 0; i < 2; i++) {
		tasks[0] = net_task(&c->nets[i], round % NET_LANES, round);
		tasks[1] = net_task(&c->nets[i], (round + 1) % NET_LANES, round + 1);
		if (!must(c, !npu_submit(c->fd, c->streams[i], tasks, 2, NULL)))
			return false;
	}
	if (!streams_are_well(c))
		return false;
	for (i = 0; i < 2; i++)
		if (!must(c, net_right(&c->nets[i], round % NET_LANES, round)) ||
		    !must(c, net_right(&c->nets[i], (round + 1) % NET_LANES, round + 1)))
			return false;
	return true;
}

/**
 * fuzz_checker() - be that process, until it is told to end
 * @shared: for results
 *
 * Return: exit status, 0 if all was right.
 */
int fuzz_checker(struct fuzz_shared *shared)
{
	struct checker c = { .shared = shared };
	uint64_t round = 0;
	int ret = begin(&c);

	if (ret) {
		fuzz_fail(shared, "the checker cannot begin: %s", strerror(-ret));
		return 1;
	}
	do {
		if (!copies(&c, round + 1) || !graphs(&c, round))
			return 1;
		__atomic_store_n(&shared->checked, ++round, __ATOMIC_RELEASE);
	} while (!__atomic_load_n(&shared->stop, __ATOMIC_ACQUIRE));
	return 0;
}
