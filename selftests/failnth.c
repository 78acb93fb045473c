// SPDX-License-Identifier: GPL-2.0-only
/*
 * failnth - every allocation that a call makes fails once, the first, the second, until the call
 * gets by without: each failure is reported as documented, changes nothing, and leaves a device
 * that works. A second sweep lets the copies from and to userspace fail too. The same for binding
 * the driver.
 *
 * Where in a call the kernel lets an allocation fail is not for us to know, so /proc/self/fail-nth
 * does the counting. Needs a kernel with fault injection, and root; skipped elsewhere.
 */
#include "kselftest_harness.h"
#include "genpu_prog.h"
#include "genpu_util.h"

#define FAULTS_MAX	5000	/* injection points of one call; more is a loop */
#define NET_VA		0x3000000000ull
#define TRY_VA		0x4000000000ull
#define TRY_SIZE	MIB(4)
#define OWN_SIZE	KIB(64)
#define OBJECTS		1024

/* The kernel's settings, which hold for all tasks that write to fail-nth. */
static const char * const settings[][2] = {
	{ "failslab/verbose", "0" },
	{ "failslab/cache-filter", "N" },
	{ "failslab/ignore-gfp-wait", "N" },
	{ "fail_page_alloc/verbose", "0" },
	{ "fail_page_alloc/ignore-gfp-wait", "N" },
	{ "fail_page_alloc/ignore-gfp-highmem", "N" },
	{ "fail_page_alloc/min-order", "0" },
	{ "fail_usercopy/verbose", "0" },
};

static int faults_set(const char *file, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s", file);
	return npu_write_file(path, text);
}

/*
 * Copies fail too, or do not. They have no switch of their own: a range of callers that is empty
 * excludes them.
 */
static int faults_setup(bool copies)
{
	size_t i;
	int ret = access("/proc/self/fail-nth", W_OK) ? -errno : 0;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]) && !ret; i++)
		ret = faults_set(settings[i][0], settings[i][1]);
	ret = ret ?: faults_set("fail_usercopy/stacktrace-depth", "0");
	ret = ret ?: faults_set("fail_usercopy/require-start", copies ? "0" : "1");
	return ret ?: faults_set("fail_usercopy/require-end", copies ? "0xffffffffffffffff" : "1");
}

/* From here on the nth allocation of this task fails; 0: none. No library call between the two. */
static void fault_arm(int file, unsigned int nth)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(file, text, n, 0) != n)
		abort();
}

/* Disarm. Returns whether the fault was injected. */
static bool fault_disarm(int file)
{
	char text[16] = "";
	bool injected;

	if (pread(file, text, sizeof(text) - 1, 0) < 1)
		abort();
	injected = !strtoul(text, NULL, 0);
	fault_arm(file, 0);
	return injected;
}

/**
 * struct world - what the calls are made with
 * @fd: device
 * @peer: a second file of it
 * @ctx: context
 * @stream: idle stream
 * @bo: BO, mapped nowhere
 * @net: a loaded network
 * @syncobjs: two binary ones of which the first is signalled, and a timeline
 * @dmabuf: export of the network's BO
 * @own: memory of this process
 * @map: mapping of @bo that nobody has touched
 * @made: id, handle or file that the last call made, or the preparation of the next one
 * @seqno: of the last job
 * @load: what the last GRAPH_LOAD said
 */
struct world {
	int fd;
	int peer;
	uint32_t ctx;
	uint32_t stream;
	struct npu_buf bo;
	struct net net;
	uint32_t syncobjs[3];
	int dmabuf;
	int64_t made;
	void *own;
	void *map;
	uint64_t seqno;
	struct drm_genpu_graph_load load;
};

static int call_open(struct world *w)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", w->fd);
	w->made = open(path, O_RDWR | O_CLOEXEC);
	return w->made < 0 ? -errno : 0;
}

static int undo_close(struct world *w)
{
	return close(w->made) ? -errno : 0;
}

static int call_query_device(struct world *w)
{
	struct drm_genpu_device_info info;

	return npu_info(w->fd, &info);
}

static int call_query_memory(struct world *w)
{
	struct drm_genpu_memory_info info;

	return npu_query(w->fd, DRM_GENPU_QUERY_MEMORY, &info, sizeof(info));
}

static int call_query_time(struct world *w)
{
	struct drm_genpu_time_info info;

	return npu_query(w->fd, DRM_GENPU_QUERY_TIME, &info, sizeof(info));
}

static int bo_create(struct world *w, uint32_t region, uint64_t size)
{
	struct npu_buf buf;
	int ret = npu_bo_create(w->fd, region, size, &buf);

	w->made = buf.handle;
	return ret;
}

static int call_bo_device(struct world *w)
{
	return bo_create(w, DRM_GENPU_REGION_DEVICE, MIB(3));
}

static int call_bo_system(struct world *w)
{
	return bo_create(w, DRM_GENPU_REGION_SYSTEM, MIB(3));
}

static int undo_bo(struct world *w)
{
	return npu_bo_close(w->fd, w->made);
}

static int call_bo_info(struct world *w)
{
	struct drm_genpu_bo_info info = { .handle = w->bo.handle };

	return npu_ioctl(w->fd, DRM_IOCTL_GENPU_BO_INFO, &info);
}

static int call_ctx_create(struct world *w)
{
	uint32_t ctx;
	int ret = npu_ctx_create(w->fd, &ctx);

	w->made = ctx;
	return ret;
}

static int undo_ctx(struct world *w)
{
	return npu_ctx_destroy(w->fd, w->made);
}

static int call_map(struct world *w)
{
	return npu_vm_map(w->fd, w->ctx, w->bo.handle, 0, TRY_VA, w->bo.size, DRM_GENPU_VM_WRITE);
}

static int undo_map(struct world *w)
{
	return npu_vm_unmap(w->fd, w->ctx, TRY_VA, w->bo.size);
}

static int call_stream_create(struct world *w)
{
	uint32_t stream;
	int ret = npu_stream_create(w->fd, w->ctx, &stream);

	w->made = stream;
	return ret;
}

static int undo_stream(struct world *w)
{
	return npu_stream_destroy(w->fd, w->made);
}

static int call_stream_state(struct world *w)
{
	struct drm_genpu_stream_state state;

	return npu_stream_state(w->fd, w->stream, DRM_GENPU_STREAM_STATE_CLEAR, &state);
}

static int call_graph_load(struct world *w)
{
	const struct genpu_prog_header *program = w->net.buf.map;
	int ret = npu_graph_load(w->fd, w->ctx, program, program->size, NET_VA + PROG_MAX,
				 NET_CONST_SIZE, &w->load);

	w->made = w->load.graph_id;
	return ret;
}

static int undo_graph(struct world *w)
{
	return npu_graph_unload(w->fd, w->made);
}

/* A network and two small tasks that wait for a fence and a point, and signal both kinds. */
static int call_submit(struct world *w)
{
	const struct drm_genpu_sync syncs[] = {
		npu_sync_in(w->syncobjs[0]), npu_sync_out(w->syncobjs[1]),
		npu_point_out(w->syncobjs[2], w->seqno + 1),
	};
	const struct genpu_task tasks[] = {
		npu_nop(), net_task(&w->net, 0, 5), npu_nop(),
	};

	return npu_submit_sync(w->fd, w->stream, tasks, 3, syncs, 3, &w->seqno);
}

static int undo_submit(struct world *w)
{
	uint32_t status;
	int ret = npu_wait(w->fd, w->stream, &status);

	if (!ret && (status != DRM_GENPU_STREAM_OK || !net_right(&w->net, 0, 5)))
		ret = -EREMOTEIO;
	return ret;
}

static int call_wait(struct world *w)
{
	return npu_wait_until(w->fd, w->stream, 0, npu_now() + NPU_LONG, NULL);
}

static int call_mmap(struct world *w)
{
	w->map = mmap(NULL, w->bo.size, PROT_READ | PROT_WRITE, MAP_SHARED, w->fd,
		      w->bo.mmap_offset);
	return w->map == MAP_FAILED ? -errno : 0;
}

static int undo_mmap(struct world *w)
{
	return munmap(w->map, w->bo.size) ? -errno : 0;
}

/* A page fault, whose failure the process survives. */
static int call_fault(struct world *w)
{
	return madvise(w->map, KIB(64), 23 /* MADV_POPULATE_WRITE */) ? -errno : 0;
}

static int call_userptr(struct world *w)
{
	struct drm_genpu_bo_userptr arg = { .addr = npu_u64(w->own), .size = OWN_SIZE };
	int ret = npu_ioctl(w->fd, DRM_IOCTL_GENPU_BO_USERPTR, &arg);

	w->made = arg.handle;
	return ret;
}

static int call_export(struct world *w)
{
	struct drm_prime_handle prime = { .handle = w->bo.handle, .flags = DRM_CLOEXEC | DRM_RDWR };
	int ret = npu_ioctl(w->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);

	w->made = prime.fd;
	return ret;
}

/* The same device's export comes back as the BO that it is; that of others is mapped. */
static int call_import(struct world *w)
{
	struct drm_prime_handle prime = { .fd = w->dmabuf };
	int ret = npu_ioctl(w->peer, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);

	w->made = prime.handle;
	return ret;
}

static int undo_import(struct world *w)
{
	return npu_bo_close(w->peer, w->made);
}

/**
 * struct call - a call that is swept
 * @name: for messages
 * @prepare: makes what @call needs or takes away, or NULL
 * @call: with valid arguments
 * @undo: takes away what it made, or NULL
 * @unprepare: takes away what @prepare made when @call failed, or NULL
 * @expected: an error beside -ENOMEM, and -EFAULT where copies fail; or 0
 * @optional: not all devices can do it
 */
struct call {
	const char *name;
	int (*prepare)(struct world *w);
	int (*call)(struct world *w);
	int (*undo)(struct world *w);
	int (*unprepare)(struct world *w);
	int expected;
	bool optional;
};

static const struct call calls[] = {
	{ .name = "open", .call = call_open, .undo = undo_close },
	{ .name = "QUERY device", .call = call_query_device },
	{ .name = "QUERY memory", .call = call_query_memory },
	{ .name = "QUERY time", .call = call_query_time },
	{ .name = "BO_CREATE device", .call = call_bo_device, .undo = undo_bo },
	{ .name = "BO_CREATE system", .call = call_bo_system, .undo = undo_bo },
	{ .name = "BO_USERPTR", .call = call_userptr, .undo = undo_bo, .optional = true },
	{ .name = "BO_INFO", .call = call_bo_info },
	{ .name = "GEM_CLOSE", .prepare = call_bo_device, .call = undo_bo, .unprepare = undo_bo },
	{ .name = "CTX_CREATE", .call = call_ctx_create, .undo = undo_ctx },
	{ .name = "CTX_DESTROY", .prepare = call_ctx_create, .call = undo_ctx,
	  .unprepare = undo_ctx },
	{ .name = "VM_BIND map", .call = call_map, .undo = undo_map },
	{ .name = "VM_BIND unmap", .prepare = call_map, .call = undo_map, .unprepare = undo_map },
	{ .name = "STREAM_CREATE", .call = call_stream_create, .undo = undo_stream },
	{ .name = "STREAM_DESTROY", .prepare = call_stream_create, .call = undo_stream,
	  .unprepare = undo_stream },
	{ .name = "STREAM_STATE", .call = call_stream_state },
	{ .name = "GRAPH_LOAD", .call = call_graph_load, .undo = undo_graph },
	{ .name = "GRAPH_UNLOAD", .prepare = call_graph_load, .call = undo_graph,
	  .unprepare = undo_graph },
	{ .name = "SUBMIT", .call = call_submit, .undo = undo_submit },
	{ .name = "WAIT", .call = call_wait },
	{ .name = "mmap", .call = call_mmap, .undo = undo_mmap },
	/* What madvise() says of a fault that did not work */
	{ .name = "fault", .prepare = call_mmap, .call = call_fault, .undo = undo_mmap,
	  .unprepare = undo_mmap, .expected = -EFAULT },
	{ .name = "PRIME export", .call = call_export, .undo = undo_close, .optional = true },
	{ .name = "PRIME import", .call = call_import, .undo = undo_import, .optional = true },
};

#define NUM_CALLS	(sizeof(calls) / sizeof(calls[0]))

static int world_init(struct world *w)
{
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC | DRM_RDWR };
	int ret;

	*w = (struct world){ .fd = npu_open(), .peer = npu_open(), .dmabuf = -1 };
	ret = npu_opened(w->fd) ?: npu_opened(w->peer);
	ret = ret ?: npu_ctx_create(w->fd, &w->ctx);
	ret = ret ?: npu_stream_create(w->fd, w->ctx, &w->stream);
	ret = ret ?: npu_bo_create(w->fd, DRM_GENPU_REGION_SYSTEM, TRY_SIZE, &w->bo);
	ret = ret ?: net_create(w->fd, w->ctx, DRM_GENPU_REGION_SYSTEM, NET_VA, &w->net);
	ret = ret ?: npu_syncobj_create(w->fd, DRM_SYNCOBJ_CREATE_SIGNALED, &w->syncobjs[0]);
	ret = ret ?: npu_syncobj_create(w->fd, 0, &w->syncobjs[1]);
	ret = ret ?: npu_syncobj_create(w->fd, 0, &w->syncobjs[2]);
	if (ret)
		return ret;
	prime.handle = w->net.buf.handle;
	if (!npu_ioctl(w->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime))
		w->dmabuf = prime.fd;
	w->own = mmap(NULL, OWN_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	return w->own == MAP_FAILED ? -errno : 0;
}

static void world_fini(struct world *w)
{
	npu_unmap_all(w->fd);
	munmap(w->own, OWN_SIZE);
	if (w->dmabuf >= 0)
		close(w->dmabuf);
	close(w->fd);
	close(w->peer);
}

/* What exists on the device, as text. */
static void objects(struct world *w, char text[OBJECTS])
{
	npu_debugfs(w->fd, "memory", text, OBJECTS);
}

/* Much is freed in the background: the objects become those of @text, or they do not. */
static bool objects_return(struct world *w, const char *text)
{
	int64_t deadline = npu_now() + NPU_LONG / 3;
	char now[OBJECTS];

	do {
		objects(w, now);
		if (!strcmp(now, text))
			return true;
		npu_sleep_ms(5);
	} while (npu_now() < deadline);
	printf("# there was\n%s# there is\n%s", text, now);
	return false;
}

static bool works(struct world *w)
{
	struct genpu_task task = net_task(&w->net, 1, 7);

	return !npu_run(w->fd, w->stream, &task, 1) && net_right(&w->net, 1, 7);
}

FIXTURE(failnth)
{
	int fd;
	int file;
	struct world world;
	struct npu_health before;
};

/* Each sweep is two: allocations fail, and copies. */
FIXTURE_VARIANT(failnth)
{
	bool copies;
};

FIXTURE_VARIANT_ADD(failnth, memory) { .copies = false };
FIXTURE_VARIANT_ADD(failnth, copies) { .copies = true };

FIXTURE_SETUP(failnth)
{
	self->fd = npu_open();
	if (self->fd < 0)
		SKIP(return, "no genpu device: %s", strerror(-self->fd));
	if (faults_setup(variant->copies))
		SKIP(return, "needs a kernel with fault injection, debugfs and root");
	self->file = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->file);
	ASSERT_EQ(0, npu_idle(self->fd, &self->before));
	ASSERT_EQ(0, world_init(&self->world));
}

FIXTURE_TEARDOWN(failnth)
{
	struct npu_health after;

	if (self->fd < 0)
		return;
	if (self->world.fd > 0)
		world_fini(&self->world);
	EXPECT_EQ(0, npu_idle(self->fd, &after)) {
		TH_LOG("left on the device: %s", after.objects);
	}
	EXPECT_EQ(self->before.free, after.free);
	EXPECT_EQ(self->before.hangs, after.hangs);
	EXPECT_EQ(self->before.resets, after.resets);
	EXPECT_EQ(self->before.taint, after.taint);
	close(self->fd);
}

/**
 * sweep() - one call, with each of its faults
 * @w: world; made anew where a failing copy may have hidden what the call made
 * @file: fail-nth
 * @c: call
 * @copies: copies fail rather than allocations
 *
 * Return: faults injected, or -1 and a message.
 */
static int sweep(struct world *w, int file, const struct call *c, bool copies)
{
	char idle[OBJECTS], ready[OBJECTS];
	int nth, ret, injected = 0;
	const char *what;
	bool hit;

	objects(w, idle);
	for (nth = 1; nth < FAULTS_MAX; nth++) {
		ret = c->prepare ? c->prepare(w) : 0;
		what = "cannot be prepared";
		if (ret)
			break;
		objects(w, ready);

		fault_arm(file, nth);
		ret = c->call(w);
		hit = fault_disarm(file);
		injected += hit;

		what = "fails without a fault";
		if (ret && !hit)
			break;
		what = "fails with an error that is not documented for it";
		if (ret && ret != c->expected && ret != (copies ? -EFAULT : -ENOMEM))
			break;
		if (ret && copies) {
			world_fini(w);
			ret = world_init(w);
			what = "leaves a device that cannot be used";
			if (ret)
				break;
			objects(w, idle);
			continue;
		}
		if (ret) {
			what = "has failed and changed something";
			if (!objects_return(w, ready))
				break;
			ret = c->unprepare ? c->unprepare(w) : 0;
			what = "has failed and cannot be done then";
		} else {
			ret = c->undo ? c->undo(w) : 0;
			what = "cannot be undone";
		}
		if (ret)
			break;
		what = "leaves something";
		if (!objects_return(w, idle))
			break;
		if (!hit)
			return injected;
		what = "has more faults than it can have";
	}
	printf("# %s with fault %d: %s (%d)\n", c->name, nth, what, ret);
	return -1;
}

TEST_F_TIMEOUT(failnth, failing_calls_change_nothing, 900)
{
	struct world *w = &self->world;
	int injected, total = 0;
	size_t i;

	for (i = 0; i < NUM_CALLS; i++) {
		const struct call *c = &calls[i];

		/* Once without: things that are made once, and what the device cannot do. */
		if (c->prepare)
			ASSERT_EQ(0, c->prepare(w));
		if (c->call(w)) {
			ASSERT_TRUE(c->optional) {
				TH_LOG("%s fails", c->name);
			}
			printf("# %s: the device cannot do it\n", c->name);
			continue;
		}
		ASSERT_EQ(0, c->undo ? c->undo(w) : 0) {
			TH_LOG("%s cannot be undone", c->name);
		}

		injected = sweep(w, self->file, c, variant->copies);
		EXPECT_LE(0, injected);
		EXPECT_TRUE(works(w)) {
			TH_LOG("after %s", c->name);
		}
		printf("# %s: %d faults\n", c->name, injected);
		total += injected;
	}
	EXPECT_LT(0, total);
}

/*
 * Binding the driver: it fails cleanly at every allocation, and works at last. Probing is done by
 * the task that writes to bind, so its faults are found there.
 */
TEST_F_TIMEOUT(failnth, failing_to_bind_leaves_nothing, 1800)
{
	char device[PATH_MAX], driver[PATH_MAX], path[PATH_MAX + 16];
	int nth, bind, ret, failed = 0;
	const char *name;
	bool hit = true;

	if (variant->copies)
		SKIP(return, "copies nothing");
	ASSERT_EQ(0, npu_sysfs(self->fd, device));
	name = strrchr(device, '/') + 1;
	snprintf(path, sizeof(path), "%s/driver", device);
	ASSERT_NE(NULL, realpath(path, driver));
	world_fini(&self->world);
	self->world.fd = 0;
	close(self->fd);
	snprintf(path, sizeof(path), "%s/unbind", driver);
	ASSERT_EQ(0, npu_write_file(path, name));
	snprintf(path, sizeof(path), "%s/bind", driver);
	bind = open(path, O_WRONLY | O_CLOEXEC);
	ASSERT_LE(0, bind);

	for (nth = 1; nth < FAULTS_MAX && hit; nth++) {
		fault_arm(self->file, nth);
		ret = write(bind, name, strlen(name)) < 0 ? -errno : 0;
		hit = fault_disarm(self->file);
		snprintf(path, sizeof(path), "%s/driver", device);
		ASSERT_EQ(!ret, !access(path, F_OK));
		if (ret) {
			/* ENOSPC: interrupts that cannot be had */
			ASSERT_TRUE(hit && (ret == -ENOMEM || ret == -ENOSPC)) {
				TH_LOG("fault %d: %s", nth, strerror(-ret));
			}
			failed++;
			continue;
		}
		if (!hit)
			break;
		snprintf(path, sizeof(path), "%s/unbind", driver);
		ASSERT_EQ(0, npu_write_file(path, name));
	}
	EXPECT_FALSE(hit);
	EXPECT_LT(0, failed);
	printf("# bind: %d faults, of which %d made it fail\n", nth - 1, failed);
	close(bind);
	self->fd = npu_open();
	ASSERT_LE(0, self->fd);
	self->before.hangs = 0;
	self->before.resets = 0;
	ASSERT_EQ(0, world_init(&self->world));
	EXPECT_TRUE(works(&self->world));
}

TEST_HARNESS_MAIN
