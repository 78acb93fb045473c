// SPDX-License-Identifier: GPL-2.0-only
/*
 * failnth - every allocation that a call makes fails once, the first, the second, until the call
 * gets by without: each failure is reported as documented, changes nothing, and leaves a device
 * that works. A second sweep lets the copies from and to userspace fail too. The same for binding
 * the driver.
 *
 * Where in a call the kernel lets an allocation fail is not for us to know, so /proc/self/fail-nth
 * does the counting. Each call is a variant, and says how many faults it had. The same for a sleep
 * of the system, which the driver wants memory for. Needs a kernel with fault injection, and root;
 * skipped elsewhere.
 */
#include "genpu_harness.h"
#include "genpu_life.h"
#include "genpu_prog.h"
#include "genpu_share.h"
#include "genpu_sleep.h"
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

static int faults_set_number(const char *kind, const char *file, uint64_t number)
{
	char path[64], text[32];

	snprintf(path, sizeof(path), "%s/%s", kind, file);
	snprintf(text, sizeof(text), "0x%" PRIx64, number);
	return faults_set(path, text);
}

/* Faults of a kind happen or not. There is no switch: what no caller may is off. */
static int faults_enable(const char *kind, bool on)
{
	return faults_set_number(kind, "require-start", on ? 0 : 1) ?:
	       faults_set_number(kind, "require-end", on ? UINT64_MAX : 1);
}

/* No allocation fails below callers from @start on and before @end; 0 and 0: no exception. */
static int faults_reject(const char *kind, uint64_t start, uint64_t end)
{
	/* How many callers are looked at: the most that there can be, which takes its time */
	return faults_set_number(kind, "stacktrace-depth", end ? 32 : 0) ?:
	       faults_set_number(kind, "reject-start", start) ?:
	       faults_set_number(kind, "reject-end", end);
}

/* Either copies from and to userspace fail, or allocations. */
static int faults_setup(bool copies)
{
	size_t i;
	int ret = access("/proc/self/fail-nth", W_OK) ? -errno : 0;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]) && !ret; i++)
		ret = faults_set(settings[i][0], settings[i][1]);
	ret = ret ?: faults_reject("failslab", 0, 0);
	ret = ret ?: faults_reject("fail_page_alloc", 0, 0);
	ret = ret ?: faults_reject("fail_usercopy", 0, 0);
	ret = ret ?: faults_enable("failslab", !copies);
	ret = ret ?: faults_enable("fail_page_alloc", !copies);
	return ret ?: faults_enable("fail_usercopy", copies);
}

/* Only those allocations fail that are below callers from @start on and before @end. */
static int faults_require(const char *kind, uint64_t start, uint64_t end)
{
	return faults_set_number(kind, "stacktrace-depth", 32) ?:
	       faults_set_number(kind, "require-start", start) ?:
	       faults_set_number(kind, "require-end", end);
}

/* Where a function of the kernel begins, and the next one after it. */
static int kernel_function(const char *name, uint64_t *start, uint64_t *end)
{
	FILE *symbols = fopen("/proc/kallsyms", "re");
	char line[512], symbol[256];
	uint64_t address;

	*start = 0;
	*end = UINT64_MAX;
	while (symbols && fgets(line, sizeof(line), symbols))
		if (sscanf(line, "%" SCNx64 " %*c %255s", &address, symbol) == 2 &&
		    !strcmp(symbol, name))
			*start = address;
	if (symbols)
		rewind(symbols);
	while (symbols && fgets(line, sizeof(line), symbols))
		if (sscanf(line, "%" SCNx64, &address) == 1 && address > *start && address < *end)
			*end = address;
	if (symbols)
		fclose(symbols);
	return *start ? 0 : -ENOENT;
}

static bool fault_write(int file, unsigned int nth)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", nth);

	return pwrite(file, text, n, 0) == n;
}

/* From here on the nth fault of this task happens. No library call between this and the end. */
static void fault_arm(int file, unsigned int nth)
{
	if (!fault_write(file, nth))
		abort();
}

/*
 * Disarm. Returns whether the fault was injected; not if it hits the copies of looking and of
 * disarming, which are too late.
 */
static bool fault_disarm(int file)
{
	char text[16] = "1";
	bool injected;

	injected = pread(file, text, sizeof(text) - 1, 0) > 0 && !strtoul(text, NULL, 0);
	if (!fault_write(file, 0) && !fault_write(file, 0))
		abort();
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
 * @foreign: memory of a heap, or -errno
 * @foreign_map: its mapping
 * @zeros: file that is read
 * @own: memory of this process
 * @map: mapping of @bo that nobody has touched
 * @shared: a BO that was never exported
 * @made: id, handle or file that the last call made, or the preparation of the next one
 * @seqno: of the last job
 * @program: that of @net
 * @program_size: its length
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
	int foreign;
	void *foreign_map;
	int zeros;
	uint32_t shared;
	int64_t made;
	void *own;
	void *map;
	uint64_t seqno;
	uint8_t program[PROG_MAX];
	uint64_t program_size;
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
	int ret = npu_graph_load(w->fd, w->ctx, w->program, w->program_size, NET_VA,
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

/* Page faults in the kernel, which it reports where those of a process are tried again. */
static int call_fault(struct world *w)
{
	ssize_t n = read(w->zeros, w->map, KIB(64));

	return n == KIB(64) ? 0 : n < 0 ? -errno : -EFAULT;
}

static int call_userptr(struct world *w)
{
	struct drm_genpu_bo_userptr arg = { .addr = npu_u64(w->own), .size = OWN_SIZE };
	int ret = npu_ioctl(w->fd, DRM_IOCTL_GENPU_BO_USERPTR, &arg);

	w->made = arg.handle;
	return ret;
}

/* The first export of a BO makes the dma-buf. */
static int prepare_export(struct world *w)
{
	int ret = call_bo_system(w);

	w->shared = w->made;
	return ret;
}

static int unprepare_export(struct world *w)
{
	return npu_bo_close(w->fd, w->shared);
}

static int call_export(struct world *w)
{
	w->made = npu_export(w->fd, w->shared);
	return w->made < 0 ? (int)w->made : 0;
}

static int undo_export(struct world *w)
{
	return undo_close(w) ?: unprepare_export(w);
}

static int import(struct world *w, int dmabuf)
{
	uint32_t handle;
	int ret = npu_import(w->peer, dmabuf, &handle);

	w->made = handle;
	return ret;
}

/* The same device's export comes back as the BO that it is; that of others is mapped. */
static int call_import_own(struct world *w)
{
	return import(w, w->dmabuf);
}

static int call_import_foreign(struct world *w)
{
	return w->foreign < 0 ? w->foreign : import(w, w->foreign);
}

static int undo_import(struct world *w)
{
	return npu_bo_close(w->peer, w->made);
}

static int world_init(struct world *w)
{
	struct prog program;
	int ret;

	*w = (struct world){ .fd = npu_open(), .peer = npu_open() };
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
	net_prog(&program);
	w->program_size = prog_build(&program, w->program);
	w->dmabuf = npu_export(w->fd, w->net.buf.handle);
	w->foreign = npu_heap(TRY_SIZE, &w->foreign_map);
	w->zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	w->own = mmap(NULL, OWN_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	return w->own == MAP_FAILED ? -errno : 0;
}

static void world_fini(struct world *w)
{
	npu_unmap_all(w->fd);
	munmap(w->own, OWN_SIZE);
	close(w->zeros);
	if (w->dmabuf >= 0)
		close(w->dmabuf);
	if (w->foreign >= 0) {
		munmap(w->foreign_map, TRY_SIZE);
		close(w->foreign);
	}
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

FIXTURE(call)
{
	int fd;
	int file;
	struct world world;
	struct npu_health before;
};

/**
 * struct a call that is swept
 * @prepare: makes what @call needs or takes away, or NULL
 * @call: with valid arguments
 * @undo: takes away what it made, or NULL
 * @unprepare: takes away what @prepare made when @call failed, or NULL
 * @expected: an error beside -ENOMEM, and -EFAULT where copies fail; or 0
 * @optional: not all devices and kernels can do it
 */
FIXTURE_VARIANT(call)
{
	int (*prepare)(struct world *w);
	int (*call)(struct world *w);
	int (*undo)(struct world *w);
	int (*unprepare)(struct world *w);
	int expected;
	bool optional;
};

/* A call that changes nothing, one that makes something, and one that takes it away. */
#define LOOKS(name, what)								\
	FIXTURE_VARIANT_ADD(call, name) { .call = what }
#define MAKES(name, what, back)								\
	FIXTURE_VARIANT_ADD(call, name) { .call = what, .undo = back }
#define MAKES_IF_IT_CAN(name, what, back)						\
	FIXTURE_VARIANT_ADD(call, name) { .call = what, .undo = back, .optional = true }
#define TAKES(name, what, first)							\
	FIXTURE_VARIANT_ADD(call, name) { .prepare = first, .call = what, .unprepare = what }
MAKES(open, call_open, undo_close);
LOOKS(query_device, call_query_device);
LOOKS(query_memory, call_query_memory);
LOOKS(query_time, call_query_time);
MAKES(bo_create_device, call_bo_device, undo_bo);
MAKES(bo_create_system, call_bo_system, undo_bo);
MAKES_IF_IT_CAN(bo_userptr, call_userptr, undo_bo);
LOOKS(bo_info, call_bo_info);
TAKES(gem_close, undo_bo, call_bo_device);
MAKES(ctx_create, call_ctx_create, undo_ctx);
TAKES(ctx_destroy, undo_ctx, call_ctx_create);
MAKES(vm_bind_map, call_map, undo_map);
TAKES(vm_bind_unmap, undo_map, call_map);
MAKES(stream_create, call_stream_create, undo_stream);
TAKES(stream_destroy, undo_stream, call_stream_create);
LOOKS(stream_state, call_stream_state);
MAKES(graph_load, call_graph_load, undo_graph);
TAKES(graph_unload, undo_graph, call_graph_load);
MAKES(submit, call_submit, undo_submit);
LOOKS(wait, call_wait);
MAKES(mmap, call_mmap, undo_mmap);

/* -EFAULT: what read() says of a fault that did not work */
FIXTURE_VARIANT_ADD(call, fault) {
	.prepare = call_mmap, .call = call_fault, .undo = undo_mmap, .unprepare = undo_mmap,
	.expected = -EFAULT,
};

FIXTURE_VARIANT_ADD(call, prime_export) {
	.prepare = prepare_export, .call = call_export, .undo = undo_export,
	.unprepare = unprepare_export,
};

MAKES(prime_import_own, call_import_own, undo_import);
MAKES_IF_IT_CAN(prime_import_foreign, call_import_foreign, undo_import);

FIXTURE_SETUP(call)
{
	self->fd = npu_open();
	if (self->fd < 0)
		SKIP(return, "no genpu device: %s", strerror(-self->fd));
	ASSERT_EQ(0, faults_setup(false));
	self->file = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->file);
	ASSERT_EQ(0, npu_idle(self->fd, &self->before));
	ASSERT_EQ(0, world_init(&self->world));
}

FIXTURE_TEARDOWN(call)
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
 * @copies: copies fail, not allocations
 *
 * Return: faults injected, or -1 and a message.
 */
static int sweep(struct world *w, int file, const FIXTURE_VARIANT(call) *c, bool copies)
{
	char idle[OBJECTS], ready[OBJECTS];
	int nth, ret, next, injected = 0;
	const char *what;
	bool hit;

	objects(w, idle);
	for (nth = 1; nth < FAULTS_MAX; nth++) {
		ret = c->prepare ? c->prepare(w) : 0;
		what = "cannot be prepared";
		if (ret)
			break;
		objects(w, ready);
		next = dup(file);
		close(next);

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
			/* Also a file that nobody was told of */
			close(next);
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
	printf("# fault %d: %s (%d)\n", nth, what, ret);
	return -1;
}

static void sweep_both(struct __test_metadata *_metadata, FIXTURE_DATA(call) *self,
		       const FIXTURE_VARIANT(call) *c, bool copies)
{
	struct world *w = &self->world;
	int ret, injected;

	/* Once without: things that are made once, and what the device cannot do. */
	ASSERT_EQ(0, c->prepare ? c->prepare(w) : 0);
	ret = c->call(w);
	if (ret && c->optional)
		SKIP(return, "the device or the kernel cannot do it: %s", strerror(-ret));
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, c->undo ? c->undo(w) : 0);

	ASSERT_EQ(0, faults_setup(copies));
	injected = sweep(w, self->file, c, copies);
	EXPECT_LE(0, injected);
	EXPECT_TRUE(works(w));
	printf("# %s: %d faults\n", _metadata->name, injected);
}

TEST_F_TIMEOUT(call, that_gets_no_memory_changes_nothing, 3600)
{
	sweep_both(_metadata, self, variant, false);
}

TEST_F_TIMEOUT(call, that_cannot_copy_leaves_nothing, 3600)
{
	sweep_both(_metadata, self, variant, true);
}

FIXTURE(sleep)
{
	int fd;
	int file;
	struct npu_health before;
	struct sleep_test test;
	struct world world;
	struct npu_buf dev[3];
};

FIXTURE_SETUP(sleep)
{
	int i, ret;

	self->fd = npu_open();
	if (self->fd < 0)
		SKIP(return, "no genpu device: %s", strerror(-self->fd));
	ASSERT_EQ(0, faults_setup(false));
	ret = sleep_test_begin(&self->test, "devices", "freeze");
	if (ret)
		SKIP(return, "the kernel cannot test its sleep: %s", strerror(-ret));
	self->file = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->file);
	ASSERT_EQ(0, npu_idle(self->fd, &self->before));
	ASSERT_EQ(0, world_init(&self->world));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, npu_bo_create(self->world.fd, DRM_GENPU_REGION_DEVICE, MIB(2) << i,
					   &self->dev[i]));
		ASSERT_EQ(0, npu_bo_map(self->world.fd, &self->dev[i]));
		memset(self->dev[i].map, 0x11 * (i + 1), self->dev[i].size);
	}
}

FIXTURE_TEARDOWN(sleep)
{
	struct npu_health after;

	if (self->fd < 0)
		return;
	sleep_test_end(&self->test);
	EXPECT_EQ(0, faults_setup(false));
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

/*
 * A sleep that the driver gets no memory for is refused before anything was stopped. Where it can
 * do with smaller pieces the sleep goes on. Drivers are prepared by the task that asks for the
 * sleep, so faults of this one are found there; those of all other code are not looked for.
 */
TEST_F_TIMEOUT(sleep, that_gets_no_memory_is_refused, 7200)
{
	int nth, i, ret, refused = 0;
	char idle[OBJECTS];
	uint64_t start, end;
	bool hit = true;

	ASSERT_EQ(0, kernel_function("genpu_power_prepare", &start, &end));
	ASSERT_EQ(0, faults_require("failslab", start, end));
	ASSERT_EQ(0, faults_require("fail_page_alloc", start, end));
	objects(&self->world, idle);
	for (nth = 1; nth < FAULTS_MAX && hit; nth++) {
		fault_arm(self->file, nth);
		ret = sleep_now("freeze");
		hit = fault_disarm(self->file);
		ASSERT_TRUE(!ret || (hit && ret == -ENOMEM)) {
			TH_LOG("fault %d: %s", nth, strerror(-ret));
		}
		refused += !!ret;
		ASSERT_TRUE(works(&self->world));
		ASSERT_TRUE(objects_return(&self->world, idle));
		for (i = 0; i < 3; i++)
			ASSERT_TRUE(npu_all_bytes(self->dev[i].map, 0x11 * (i + 1),
						  self->dev[i].size));
	}
	EXPECT_FALSE(hit);
	EXPECT_LT(0, refused);
	printf("# %s: %d faults, of which %d refused it\n", _metadata->name, nth - 2, refused);
}

FIXTURE(bind)
{
	int fd;
	int file;
	char name[LIFE_NAME];
};

FIXTURE_SETUP(bind)
{
	self->fd = npu_open();
	if (self->fd < 0)
		SKIP(return, "no genpu device: %s", strerror(-self->fd));
	ASSERT_EQ(0, faults_setup(false));
	self->file = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->file);
	ASSERT_EQ(0, life_name(self->fd, self->name));
}

/* Whatever happened, there is a device again, and it works. */
FIXTURE_TEARDOWN(bind)
{
	struct world w;
	int fd;

	if (self->fd < 0)
		return;
	EXPECT_EQ(0, faults_setup(false));
	fd = life_open(self->name);
	EXPECT_EQ(0, fd < 0 ? life_bind(self->name) : close(fd));
	ASSERT_EQ(0, world_init(&w));
	EXPECT_TRUE(works(&w));
	world_fini(&w);
}

/*
 * PCI says -EBUSY of regions, -ENODEV of interrupts' domains, -ENOSPC of interrupts, and the core
 * of drivers says -EINVAL of devices that have got no name.
 */
static bool is_lack_of_memory(int ret)
{
	return ret == -ENOMEM || ret == -EBUSY || ret == -ENODEV || ret == -ENOSPC ||
	       ret == -EINVAL;
}

/* Allocations from all slab caches fail but from this one. */
static int faults_spare_cache(const char *name)
{
	glob_t found;
	size_t i;
	int ret = 0;

	if (glob("/sys/kernel/slab/*/failslab", 0, NULL, &found))
		return -ENOENT;
	for (i = 0; i < found.gl_pathc && !ret; i++)
		ret = npu_write_file(found.gl_pathv[i],
				     strstr(found.gl_pathv[i], name) ? "0" : "1");
	globfree(&found);
	return ret ?: faults_set("failslab/cache-filter", "Y");
}

/*
 * It fails cleanly at every allocation, and works at last. Probing is done by the task that writes
 * to bind, so its faults are found there.
 *
 * One function of DRM's core is left out, and what it calls: where drm_sysfs_minor_alloc() fails,
 * drm_minor_alloc_release() puts the error as if it were a device, and that is the end of the
 * kernel, whatever the driver. Its caller's other allocations do fail. So are entries of /proc/irq:
 * register_irq_proc() makes them without a look, and there is a warning when they are to be
 * removed.
 */
TEST_F_TIMEOUT(bind, that_gets_no_memory_leaves_nothing, 7200)
{
	int nth, bind, fd, ret, failed = 0;
	uint64_t start, end;
	bool hit = true;

	ASSERT_EQ(0, kernel_function("drm_sysfs_minor_alloc", &start, &end));
	ASSERT_EQ(0, faults_reject("failslab", start, end));
	ASSERT_EQ(0, faults_reject("fail_page_alloc", start, end));
	ASSERT_EQ(0, faults_spare_cache("/proc_dir_entry/"));
	close(self->fd);
	ASSERT_EQ(0, life_unbind(self->name));
	bind = open(LIFE_DRIVER "/bind", O_WRONLY | O_CLOEXEC);
	ASSERT_LE(0, bind);

	for (nth = 1; nth < FAULTS_MAX && hit; nth++) {
		fault_arm(self->file, nth);
		ret = write(bind, self->name, strlen(self->name)) < 0 ? -errno : 0;
		hit = fault_disarm(self->file);
		fd = life_open(self->name);
		/* The core of drivers does not look whether there is a node in /dev. */
		ASSERT_TRUE(fd >= 0 ? !ret : hit) {
			TH_LOG("fault %d: bound with %d, opened with %d", nth, ret, fd);
		}
		if (ret) {
			ASSERT_TRUE(hit && is_lack_of_memory(ret)) {
				TH_LOG("fault %d: %s", nth, strerror(-ret));
			}
			failed++;
			continue;
		}
		if (fd >= 0)
			close(fd);
		if (hit)
			ASSERT_EQ(0, life_unbind(self->name));
	}
	EXPECT_FALSE(hit);
	EXPECT_LT(0, failed);
	printf("# %s: %d faults, of which %d made it fail\n", _metadata->name, nth - 2, failed);
	close(bind);
}

int main(int argc, char **argv)
{
	if (argc == 1 && faults_setup(false)) {
		printf("1..1\nok 1 # SKIP needs a kernel with fault injection, debugfs and root\n");
		return KSFT_SKIP;
	}
	return test_harness_run(argc, argv);
}
