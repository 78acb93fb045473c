// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory.c - threads create, map, use, export, import and close the same few BOs in two files, each
 * without looking what the others do. Every call ends with what it did or with an error that says
 * what was in its way; in the end the device works and nothing is left.
 */
#include "genpu_fixture.h"
#include "genpu_share.h"

#define WORKERS		4
#define ROUNDS		250	/* of each worker */
#define HANDLES		12	/* that they play with, in each file */
#define RACE_VA		0x300000000ull
#define RACE_STEP	MIB(4)
#define RACE_SLOTS	8

struct race {
	int fd[2];
	uint32_t ctx[2];
	uint32_t stream[2];
};

/**
 * struct worker - one of the threads
 * @race: what they share
 * @seed: of what it does
 * @user: memory of its own, which it lends to the device
 * @done: calls that did something
 * @name: of a call that went wrong, NULL = none
 * @ret: what it gave
 */
struct worker {
	struct race *race;
	uint64_t seed;
	void *user;
	uint64_t done;
	const char *name;
	int ret;
	pthread_t thread;
};

static uint32_t pick(struct worker *w, uint32_t n)
{
	return (npu_random(&w->seed) >> 33) % n;
}

/* A handle that may be anyone's, or no one's. The first two are those of the fixture. */
static uint32_t any_handle(struct worker *w)
{
	return 3 + pick(w, HANDLES);
}

static int create(struct worker *w, int f)
{
	struct drm_genpu_bo_create bo = {
		.size = 4096 * (1 + pick(w, 600)),
		.region = 1 + pick(w, 2),
	};

	if (bo.region == DRM_GENPU_REGION_DEVICE)
		bo.flags = pick(w, 2);
	return npu_ioctl(w->race->fd[f], DRM_IOCTL_GENPU_BO_CREATE, &bo);
}

static int lend(struct worker *w, int f)
{
	struct drm_genpu_bo_userptr bo = {
		.addr = npu_u64(w->user), .size = 65536, .flags = pick(w, 2),
	};

	return npu_ioctl(w->race->fd[f], DRM_IOCTL_GENPU_BO_USERPTR, &bo);
}

static int close_any(struct worker *w, int f)
{
	return npu_bo_close(w->race->fd[f], any_handle(w));
}

static int info_any(struct worker *w, int f)
{
	struct drm_genpu_bo_info info = { .handle = any_handle(w) };

	return npu_ioctl(w->race->fd[f], DRM_IOCTL_GENPU_BO_INFO, &info);
}

static int touch_any(struct worker *w, int f)
{
	struct drm_genpu_bo_info info = { .handle = any_handle(w) };
	int ret = npu_ioctl(w->race->fd[f], DRM_IOCTL_GENPU_BO_INFO, &info);
	struct npu_buf buf = { .size = info.size, .mmap_offset = info.mmap_offset };

	if (ret || !info.mmap_offset || npu_bo_map(w->race->fd[f], &buf))
		return ret;
	npu_store(buf.map, buf.size / 8 - 1, w->seed);
	npu_load(buf.map, 0);
	munmap(buf.map, buf.size);
	return 0;
}

static int map_any(struct worker *w, int f)
{
	uint64_t size = 4096 * (1 + pick(w, 600));

	return npu_vm_map(w->race->fd[f], w->race->ctx[f], any_handle(w), 0,
			  RACE_VA + RACE_STEP * pick(w, RACE_SLOTS), size, pick(w, 2));
}

/* The size is part of what must fit: few find it. */
static int unmap_any(struct worker *w, int f)
{
	uint64_t va = RACE_VA + RACE_STEP * pick(w, RACE_SLOTS), size;
	int ret = -ENOENT;

	for (size = 4096; ret == -ENOENT && size <= 600 * 4096; size += 4096)
		ret = npu_vm_unmap(w->race->fd[f], w->race->ctx[f], va, size);
	return ret;
}

static int use_any(struct worker *w, int f)
{
	struct genpu_task tasks[2] = {
		npu_fill(RACE_VA + RACE_STEP * pick(w, RACE_SLOTS), 4096, 8, w->seed),
		npu_copy(RACE_VA + RACE_STEP * pick(w, RACE_SLOTS),
			 RACE_VA + RACE_STEP * pick(w, RACE_SLOTS) + 8192, 4096),
	};

	return npu_submit(w->race->fd[f], w->race->stream[f], tasks, 2, NULL);
}

static int wait_all(struct worker *w, int f)
{
	return npu_wait(w->race->fd[f], w->race->stream[f], NULL);
}

/* Out of one file and into the other, or back into the same. */
static int pass_on(struct worker *w, int f)
{
	int dmabuf = npu_export(w->race->fd[f], any_handle(w)), ret;
	uint32_t handle;
	void *map;

	if (dmabuf < 0)
		return dmabuf;
	ret = npu_import(w->race->fd[pick(w, 2)], dmabuf, &handle);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	close(dmabuf);
	if (map != MAP_FAILED) {
		npu_store(map, 1, w->seed);
		munmap(map, 4096);
	}
	return ret;
}

static int take_in(struct worker *w, int f)
{
	void *map = NULL;
	int dmabuf = npu_udmabuf(65536, &map), ret;
	uint32_t handle;

	if (map)
		munmap(map, 65536);
	if (dmabuf < 0)
		return -ENOENT;
	ret = npu_import(w->race->fd[f], dmabuf, &handle);
	close(dmabuf);
	return ret;
}

/* What each call may say: not found, place is taken, read-only, too large, not for others. */
static const struct {
	const char *name;
	int (*call)(struct worker *w, int f);
	int weight;
	int allowed[4];
} calls[] = {
	{ "create", create, 6, { -ENOSPC } },
	{ "userptr", lend, 2, { 0 } },
	{ "close", close_any, 6, { -EINVAL } },
	{ "info", info_any, 2, { -ENOENT } },
	{ "mmap", touch_any, 3, { -ENOENT } },
	{ "map", map_any, 6, { -ENOENT, -EEXIST, -EACCES, -EINVAL } },
	{ "unmap", unmap_any, 1, { -ENOENT } },
	{ "submit", use_any, 4, { 0 } },
	{ "wait", wait_all, 1, { 0 } },
	{ "pass on", pass_on, 4, { -ENOENT, -EPERM } },
	{ "import", take_in, 1, { -ENOENT } },
};

static void *work(void *arg)
{
	struct worker *w = arg;
	uint32_t round, rounds = npu_rounds(ROUNDS), total = 0, i, n;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		total += calls[i].weight;
	for (round = 0; round < rounds && !w->name; round++) {
		uint32_t at = pick(w, total);
		bool good = false;
		int ret;

		for (i = 0; at >= (uint32_t)calls[i].weight; i++)
			at -= calls[i].weight;
		ret = calls[i].call(w, pick(w, 2));
		for (n = 0; n < ARRAY_SIZE(calls[i].allowed); n++)
			good |= ret == calls[i].allowed[n];
		w->done += !ret;
		if (ret && !good) {
			w->ret = ret;
			w->name = calls[i].name;
		}
	}
	return NULL;
}

TEST_F_TIMEOUT(npu, everyone_does_everything_at_once, 3600)
{
	struct race race = { .fd = { self->fd, npu_open() },
			     .ctx = { self->ctx }, .stream = { self->stream } };
	struct worker workers[WORKERS] = {};
	struct drm_genpu_stream_state state;
	struct genpu_task task;
	int i;

	ASSERT_LE(0, race.fd[1]);
	ASSERT_EQ(0, npu_ctx_create(race.fd[1], &race.ctx[1]));
	ASSERT_EQ(0, npu_stream_create(race.fd[1], race.ctx[1], &race.stream[1]));
	for (i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){ .race = &race, .seed = 0x9e3779b9 + i };
		workers[i].user = mmap(NULL, 65536, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		ASSERT_EQ(0, pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	}
	for (i = 0; i < WORKERS; i++) {
		pthread_join(workers[i].thread, NULL);
		EXPECT_EQ(NULL, workers[i].name) {
			TH_LOG("worker %d: %s: %s", i, workers[i].name ?: "",
			       strerror(-workers[i].ret));
		}
		EXPECT_LT(0, workers[i].done);
		munmap(workers[i].user, 65536);
	}
	/* All of it was between those who took part: a third one notices nothing. */
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, npu_wait(race.fd[i], race.stream[i], NULL));
		ASSERT_EQ(0, npu_stream_state(race.fd[i], race.stream[i],
					      DRM_GENPU_STREAM_STATE_CLEAR, &state));
	}
	task = npu_fill(FIX_DEV_VA, FIX_SIZE, 8, 0x1234);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	EXPECT_EQ(0x1234, npu_load(self->dev.map, FIX_SIZE / 8 - 1));
	close(race.fd[1]);
}

/* A handle is closed, and closed again by another thread, while imports of its BO bring it back. */
struct importer {
	int fd;
	int dmabuf;
	bool stop;
	uint64_t imports;
	int bad;
	pthread_t thread;
};

static void *import_and_close(void *arg)
{
	struct importer *im = arg;
	uint32_t handle;
	int ret;

	while (!__atomic_load_n(&im->stop, __ATOMIC_RELAXED)) {
		ret = npu_import(im->fd, im->dmabuf, &handle);
		/* Another importer's close may hit the moment between the handle and its use. */
		if (ret && ret != -ENOENT)
			im->bad = ret;
		im->imports += !ret;
		npu_bo_close(im->fd, handle);
	}
	return NULL;
}

TEST_F(npu, imports_race_with_closes)
{
	struct importer importers[3];
	struct npu_buf buf;
	int i, fd = npu_open(), dmabuf;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, npu_bo_create(self->fd, DRM_GENPU_REGION_DEVICE, 65536, &buf));
	dmabuf = npu_export(self->fd, buf.handle);
	ASSERT_LE(0, dmabuf);
	for (i = 0; i < 3; i++) {
		importers[i] = (struct importer){ .fd = i == 2 ? self->fd : fd, .dmabuf = dmabuf };
		ASSERT_EQ(0, pthread_create(&importers[i].thread, NULL, import_and_close,
					    &importers[i]));
	}
	npu_sleep_ms(500);
	for (i = 0; i < 3; i++)
		__atomic_store_n(&importers[i].stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < 3; i++) {
		pthread_join(importers[i].thread, NULL);
		EXPECT_EQ(0, importers[i].bad);
		EXPECT_LT(0, importers[i].imports);
	}
	close(dmabuf);
	close(fd);
}

TEST_HARNESS_MAIN
