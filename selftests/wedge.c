// SPDX-License-Identifier: GPL-2.0-only
/*
 * wedge.c - a device that does not come back, from a reset, from a sleep or at all: all who wait
 * are let go with the documented error, calls fail with the documented one, whoever listens is
 * told, and once it can it comes back with the next bind.
 *
 * What stands in the way is a fault that the emulator is told of by its control port. Needs root
 * and nobody else who uses the device.
 */
#include "genpu_harness.h"
#include "genpu_genl.h"
#include "genpu_inject.h"
#include "genpu_life.h"
#include "genpu_prog.h"
#include "genpu_sleep.h"

#define SYS_VA		0x1000000000ull
#define DEV_VA		0x2000000000ull
#define TRY_VA		0x3000000000ull
#define NET_VA		0x4000000000ull
#define GATE		SYS_VA
#define COUNT		(SYS_VA + 8)

/* One page, so that saving it is one copy and loading it is another. */
#define DEV_SIZE	4096

/**
 * struct news - what is told of a device
 * @name: its address
 * @genl: netlink
 * @kinds: bits of enum genpu_nl_event that came
 * @uevents: socket
 */
struct news {
	char name[LIFE_NAME];
	struct genl genl;
	uint32_t kinds;
	int uevents;
};

static int news_open(struct news *news, int fd)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	struct timeval patience = { .tv_sec = NPU_LONG / NSEC };
	int ret = life_name(fd, news->name) ?: genl_open(&news->genl);

	ret = ret ?: genl_join(&news->genl, news->genl.events);
	if (ret)
		return ret;
	news->uevents = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	if (bind(news->uevents, (struct sockaddr *)&addr, sizeof(addr)) ||
	    setsockopt(news->uevents, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		return -errno;
	return 0;
}

static void take_event(const struct nlattr **attrs, void *data)
{
	struct news *news = data;

	if (!strcmp(genl_text(attrs[GENPU_A_EVENT_PCI_ADDRESS]), news->name))
		news->kinds |= 1u << genl_value(attrs[GENPU_A_EVENT_KIND]);
}

/* Has the event come, or does it come. */
static bool news_event(struct news *news, enum genpu_nl_event kind)
{
	while (!(news->kinds & 1u << kind))
		if (genl_receive(&news->genl, false, take_event, news) < 0)
			return false;
	return true;
}

/* Does a uevent of the device come that says this. */
static bool news_uevent(struct news *news, const char *text)
{
	char event[8192], *at;
	ssize_t n;

	while ((n = recv(news->uevents, event, sizeof(event) - 1, 0)) > 0) {
		event[n] = 0;
		if (!strstr(event, news->name))
			continue;
		for (at = event; at < event + n; at += strlen(at) + 1)
			if (!strcmp(at, text))
				return true;
	}
	return false;
}

FIXTURE(wedge)
{
	int fd;
	int port;
	struct npu_health before;
	struct news news;
	struct sleep_test test;
	char admin_timeout[16];
	uint32_t ctx;
	uint32_t stream;
	uint32_t jobs[2];	/* syncobjs of those that wait */
	struct npu_buf sys;
	struct npu_buf dev;
	struct net net;
};

FIXTURE_SETUP(wedge)
{
	self->port = -1;
	if (geteuid())
		SKIP(return, "needs root");
	self->fd = npu_open();
	if (self->fd < 0)
		SKIP(return, "no genpu device: %s", strerror(-self->fd));
	INJECT_OR_SKIP(return);
	ASSERT_EQ(0, npu_idle(self->fd, &self->before));
	ASSERT_EQ(0, news_open(&self->news, self->fd));
}

/* Once nothing stands in the way, a bind is all that it takes. */
FIXTURE_TEARDOWN(wedge)
{
	struct npu_health after;

	if (self->port < 0)
		return;
	EXPECT_EQ(0, inject_clear(self->port));
	EXPECT_EQ(0, inject_calm(self->admin_timeout));
	sleep_test_end(&self->test);
	if (self->fd >= 0) {
		npu_unmap_all(self->fd);
		close(self->fd);
	}
	life_unbind(self->news.name);
	EXPECT_EQ(0, life_bind(self->news.name));
	EXPECT_EQ(0, life_works(self->news.name, &after)) {
		TH_LOG("left on the device: %s", after.objects);
	}
	EXPECT_EQ(self->before.free, after.free);
	EXPECT_EQ(self->before.taint & NPU_TAINTS, after.taint & NPU_TAINTS);
	close(self->port);
}

/* A job waits for the gate, and another one behind it; there is something of everything. */
static void begin(struct __test_metadata *_metadata, FIXTURE_DATA(wedge) *self)
{
	struct genpu_task tasks[2] = { npu_signal(COUNT, GENPU_SIGNAL_SET, 1),
				       npu_hold(GATE, GENPU_WAIT_EQ, 1) };
	struct drm_genpu_sync out;
	int i;

	ASSERT_EQ(0, npu_ctx_create(self->fd, &self->ctx));
	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &self->stream));
	ASSERT_EQ(0, npu_buf_create(self->fd, self->ctx, DRM_GENPU_REGION_SYSTEM, 4096, SYS_VA,
				    &self->sys));
	ASSERT_EQ(0, npu_buf_create(self->fd, self->ctx, DRM_GENPU_REGION_DEVICE, DEV_SIZE,
				    DEV_VA, &self->dev));
	ASSERT_EQ(0, net_create(self->fd, self->ctx, DRM_GENPU_REGION_SYSTEM, NET_VA,
				&self->net));
	memset(self->dev.map, 0x5a, DEV_SIZE);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &self->jobs[i]));
		out = npu_sync_out(self->jobs[i]);
		if (i)
			tasks[0] = net_task(&self->net, 0, 3);
		ASSERT_EQ(0, npu_submit_sync(self->fd, self->stream, tasks, 2 - i, &out, 1, NULL));
	}
	ASSERT_TRUE(npu_reached(self->sys.map, 1, 1));
}

/* All goes on: nobody has lost anything. */
static void expect_all_well(struct __test_metadata *_metadata, FIXTURE_DATA(wedge) *self)
{
	uint32_t status;

	npu_store(self->sys.map, 0, 1);
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, &status));
	EXPECT_EQ(DRM_GENPU_STREAM_OK, status);
	EXPECT_TRUE(net_right(&self->net, 0, 3));
	EXPECT_TRUE(npu_all_bytes(self->dev.map, 0x5a, DEV_SIZE));
}

static void take_state(const struct nlattr **attrs, void *data)
{
	*(uint64_t *)data = genl_value(attrs[GENPU_A_DEVICE_STATE]);
}

/* It is wedged, and says so to whoever asks and to whoever listens. */
static void expect_told(struct __test_metadata *_metadata, FIXTURE_DATA(wedge) *self)
{
	struct drm_genpu_device_info info;
	uint64_t state = UINT64_MAX;
	struct genl genl;
	struct stat st;
	uint32_t ctx;

	EXPECT_EQ(-EIO, npu_ctx_create(self->fd, &ctx));
	EXPECT_EQ(0, npu_info(self->fd, &info));
	ASSERT_EQ(0, fstat(self->fd, &st));
	ASSERT_EQ(0, genl_open(&genl));
	ASSERT_EQ(1, genl_get(&genl, GENPU_CMD_DEVICE_GET, minor(st.st_rdev), take_state,
			      &state));
	EXPECT_EQ(GENPU_NL_STATE_WEDGED, state);
	EXPECT_TRUE(news_event(&self->news, GENPU_NL_EVENT_WEDGED));
	EXPECT_TRUE(news_uevent(&self->news, "WEDGED=rebind,bus-reset"));
	close(genl.fd);
}

/* The same, and what begin() has made is lost; it can be taken away, and nothing is left of it. */
static void expect_lost(struct __test_metadata *_metadata, FIXTURE_DATA(wedge) *self)
{
	struct drm_genpu_stream_state state;
	struct drm_genpu_time_info when;
	struct genpu_task nop = npu_nop();
	struct npu_health health;
	uint32_t stream, status;
	struct npu_buf buf;
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, npu_syncobj_wait(self->fd, self->jobs[i], npu_now() + NPU_LONG, 0));
		EXPECT_EQ(-ECANCELED, npu_fence_status(self->fd, self->jobs[i]));
	}
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, &status));
	EXPECT_EQ(DRM_GENPU_STREAM_LOST, status);
	ASSERT_EQ(0, npu_stream_state(self->fd, self->stream, 0, &state));
	EXPECT_EQ(DRM_GENPU_STREAM_LOST, state.status);
	EXPECT_EQ(2, state.submitted);
	EXPECT_EQ(2, state.completed);
	expect_told(_metadata, self);
	EXPECT_EQ(-EIO, npu_submit(self->fd, self->stream, &nop, 1, NULL));
	EXPECT_EQ(-EIO, npu_stream_create(self->fd, self->ctx, &stream));
	EXPECT_EQ(-EIO, npu_bo_create(self->fd, DRM_GENPU_REGION_DEVICE, 4096, &buf));
	EXPECT_EQ(-EIO, npu_vm_map(self->fd, self->ctx, self->sys.handle, 0, TRY_VA, 4096, 0));
	EXPECT_EQ(-EIO, npu_query(self->fd, DRM_GENPU_QUERY_TIME, &when, sizeof(when)));
	/* Memory of the host is what it was, that of the device can be touched. */
	npu_load(self->dev.map, 0);
	EXPECT_EQ(1, npu_load(self->sys.map, 1));
	npu_unmap_all(self->fd);
	EXPECT_EQ(0, npu_graph_unload(self->fd, self->net.graph));
	EXPECT_EQ(0, npu_stream_destroy(self->fd, self->stream));
	EXPECT_EQ(0, npu_ctx_destroy(self->fd, self->ctx));
	EXPECT_EQ(0, npu_bo_close(self->fd, self->net.buf.handle));
	EXPECT_EQ(0, npu_bo_close(self->fd, self->sys.handle));
	EXPECT_EQ(0, npu_bo_close(self->fd, self->dev.handle));
	EXPECT_EQ(0, npu_idle(self->fd, &health)) {
		TH_LOG("left on the device: %s", health.objects);
	}
	EXPECT_EQ(self->before.free, health.free);
}

/* Arm a fault that does not go away, of commands if @op is one. */
static int stand_in_the_way(int port, const char *fault, enum genpu_task_op op)
{
	return op ? inject(port, "inject %s op=%u count=0", fault, op) :
		    inject(port, "inject %s count=0", fault);
}

/* --- Resets ---------------------------------------------------------------------------------- */

static void lost_at_a_reset(struct __test_metadata *_metadata, FIXTURE_DATA(wedge) *self,
			    const char *fault, enum genpu_task_op op)
{
	begin(_metadata, self);
	ASSERT_EQ(0, stand_in_the_way(self->port, fault, op));
	ASSERT_EQ(0, inject(self->port, "inject fatal value=%u", GENPU_ERR_ENGINE));
	expect_lost(_metadata, self);
	EXPECT_TRUE(news_event(&self->news, GENPU_NL_EVENT_RESET_BEGIN));
	EXPECT_FALSE(self->news.kinds & 1u << GENPU_NL_EVENT_RESET_END);
}

TEST_F(wedge, reset_never_ends)
{
	lost_at_a_reset(_metadata, self, "reset-stuck", 0);
}

TEST_F(wedge, does_not_start_after_a_reset)
{
	lost_at_a_reset(_metadata, self, "start-stuck", 0);
}

/* It has been reset and has started; that is all. */
static void lost_at_making_anew(struct __test_metadata *_metadata, FIXTURE_DATA(wedge) *self,
				enum genpu_task_op op)
{
	LOSE_PATIENCE();
	lost_at_a_reset(_metadata, self, "admin-silent", op);
}

TEST_F(wedge, contexts_cannot_be_made_anew)
{
	lost_at_making_anew(_metadata, self, GENPU_ADMIN_CTX_CREATE);
}

TEST_F(wedge, graphs_cannot_be_made_anew)
{
	lost_at_making_anew(_metadata, self, GENPU_ADMIN_PROGRAM_LOAD);
}

TEST_F(wedge, streams_cannot_be_made_anew)
{
	lost_at_making_anew(_metadata, self, GENPU_ADMIN_QUEUE_CREATE);
}

/* Whoever computes, waits for a job, for room in a stream, or touches memory. */
TEST_F(wedge, all_who_use_it_are_let_go)
{
	struct life_load load;

	ASSERT_EQ(0, life_load_start(self->news.name, &load));
	ASSERT_EQ(0, inject(self->port, "inject reset-stuck count=0"));
	ASSERT_EQ(0, inject(self->port, "inject fatal value=%u", GENPU_ERR_ENGINE));
	EXPECT_EQ(0, life_load_end(&load, false));
	expect_told(_metadata, self);
}

/* Nobody waits until it is found out that the reset does not end. */
TEST_F(wedge, removed_while_a_reset_does_not_end)
{
	struct sync_file_info info;
	struct pollfd jobs[2];
	uint32_t ctx;
	int i;

	begin(_metadata, self);
	for (i = 0; i < 2; i++) {
		jobs[i].fd = npu_syncobj_export(self->fd, self->jobs[i], true);
		jobs[i].events = POLLIN;
		ASSERT_LE(0, jobs[i].fd);
	}
	ASSERT_EQ(0, inject(self->port, "inject reset-stuck count=0"));
	ASSERT_EQ(0, inject(self->port, "inject fatal value=%u", GENPU_ERR_ENGINE));
	ASSERT_TRUE(news_event(&self->news, GENPU_NL_EVENT_RESET_BEGIN));
	ASSERT_EQ(0, life_unbind(self->news.name));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(1, poll(&jobs[i], 1, NPU_LONG / MSEC));
		info = (struct sync_file_info){};
		ASSERT_EQ(0, npu_ioctl(jobs[i].fd, SYNC_IOC_FILE_INFO, &info));
		EXPECT_TRUE(info.status == -ENODEV || info.status == -ECANCELED);
		close(jobs[i].fd);
	}
	EXPECT_EQ(-ENODEV, npu_ctx_create(self->fd, &ctx));
}

/* A reset by the bus is half of what the uevent asks for; the other half is a bind. */
TEST_F(wedge, comes_back_with_a_reset_and_a_bind)
{
	struct npu_health health;
	uint32_t ctx;

	begin(_metadata, self);
	ASSERT_EQ(0, inject(self->port, "inject reset-stuck"));
	ASSERT_EQ(0, inject(self->port, "inject fatal value=%u", GENPU_ERR_ENGINE));
	expect_lost(_metadata, self);
	close(self->fd);
	self->fd = -1;
	ASSERT_EQ(0, life_unbind(self->news.name));
	/* Its registers say nothing in this state. */
	EXPECT_EQ(-ENODEV, life_bind(self->news.name));
	if (life_device_write(self->news.name, "reset", "1"))
		SKIP(return, "the device cannot be reset through sysfs");
	EXPECT_EQ(0, life_bind(self->news.name));
	EXPECT_EQ(0, life_works(self->news.name, &health));
	/* Only a bind does. */
	self->fd = life_open_soon(self->news.name);
	ASSERT_LE(0, self->fd);
	begin(_metadata, self);
	ASSERT_EQ(0, inject(self->port, "inject reset-stuck"));
	ASSERT_EQ(0, inject(self->port, "inject fatal value=%u", GENPU_ERR_ENGINE));
	expect_lost(_metadata, self);
	EXPECT_EQ(0, life_device_write(self->news.name, "reset", "1"));
	EXPECT_EQ(-EIO, npu_ctx_create(self->fd, &ctx));
}

/* The administrator asks for a reset, and that is the one that it does not come back from. */
TEST_F(wedge, does_not_start_after_a_function_level_reset)
{
	begin(_metadata, self);
	ASSERT_EQ(0, inject(self->port, "inject start-stuck count=0"));
	if (life_device_write(self->news.name, "reset", "1"))
		SKIP(return, "the device cannot be reset through sysfs");
	expect_lost(_metadata, self);
}

/* --- Sleep of the system --------------------------------------------------------------------- */

#define TEST_SLEEP_OR_SKIP(statement) do {						\
	int _ret = sleep_test_begin(&self->test, "devices", "freeze");			\
											\
	if (_ret)									\
		SKIP(statement, "the kernel cannot test its sleep: %s", strerror(-_ret));\
} while (0)

/* A sleep that drivers have agreed to is not stopped any more by a device that has gone wrong. */
static void lost_in_a_sleep(struct __test_metadata *_metadata, FIXTURE_DATA(wedge) *self,
			    const char *fault, enum genpu_task_op op)
{
	uint32_t ctx;

	TEST_SLEEP_OR_SKIP(return);
	begin(_metadata, self);
	ASSERT_EQ(0, stand_in_the_way(self->port, fault, op));
	EXPECT_EQ(0, sleep_now("freeze"));
	expect_lost(_metadata, self);
	/* One that is wedged already sleeps as well as any. */
	EXPECT_EQ(0, sleep_now("freeze"));
	EXPECT_EQ(-EIO, npu_ctx_create(self->fd, &ctx));
}

TEST_F(wedge, reset_for_a_sleep_never_ends)
{
	lost_in_a_sleep(_metadata, self, "reset-stuck", 0);
}

/* Each sleep resets it before and after it copies its memory, and when it is over. */
TEST_F(wedge, reset_after_a_sleep_never_ends)
{
	lost_in_a_sleep(_metadata, self, "reset-stuck skip=2", 0);
}

/* It starts to copy its memory, and when the sleep is over. */
TEST_F(wedge, does_not_start_after_a_sleep)
{
	lost_in_a_sleep(_metadata, self, "start-stuck skip=1", 0);
}

TEST_F(wedge, memory_cannot_be_loaded_after_a_sleep)
{
	lost_in_a_sleep(_metadata, self, "admin-fail skip=1", GENPU_ADMIN_MEM_COPY);
}

TEST_F(wedge, contexts_cannot_be_made_anew_after_a_sleep)
{
	LOSE_PATIENCE();
	lost_in_a_sleep(_metadata, self, "admin-silent", GENPU_ADMIN_CTX_CREATE);
}

/* Nothing is lost by a sleep that memory cannot be saved for: it is refused. */
static void refuses_to_sleep(struct __test_metadata *_metadata, FIXTURE_DATA(wedge) *self,
			     const char *fault)
{
	TEST_SLEEP_OR_SKIP(return);
	begin(_metadata, self);
	ASSERT_EQ(0, inject(self->port, "inject %s", fault));
	EXPECT_EQ(-EIO, sleep_now("freeze"));
	EXPECT_EQ(0, inject_status(self->port, "armed"));
	EXPECT_EQ(0, sleep_now("freeze"));
	expect_all_well(_metadata, self);
}

TEST_F(wedge, memory_that_cannot_be_saved_refuses_a_sleep)
{
	refuses_to_sleep(_metadata, self, "admin-fail value=1234");
}

TEST_F(wedge, device_that_does_not_start_to_save_refuses_a_sleep)
{
	refuses_to_sleep(_metadata, self, "start-stuck");
}

/* --- Sleep of the device, and probing -------------------------------------------------------- */

/* Whoever wakes it waits for a reset, as if it had gone wrong awake. */
TEST_F(wedge, reset_helps_where_it_does_not_wake_up)
{
	struct npu_health health;

	if (!power_is_managed(self->fd))
		SKIP(return, "runtime power management is off");
	ASSERT_TRUE(power_is(self->fd, "suspended"));
	ASSERT_EQ(0, inject(self->port, "inject start-stuck"));
	begin(_metadata, self);
	EXPECT_EQ(0, inject_status(self->port, "armed"));
	EXPECT_TRUE(news_event(&self->news, GENPU_NL_EVENT_RESET_END));
	ASSERT_EQ(0, npu_health(self->fd, &health));
	EXPECT_EQ(self->before.resets + self->before.seen, health.resets);
	expect_all_well(_metadata, self);
}

TEST_F(wedge, does_not_wake_up)
{
	uint32_t ctx;

	if (!power_is_managed(self->fd))
		SKIP(return, "runtime power management is off");
	ASSERT_TRUE(power_is(self->fd, "suspended"));
	ASSERT_EQ(0, inject(self->port, "inject start-stuck count=0"));
	EXPECT_EQ(-EIO, npu_ctx_create(self->fd, &ctx));
	expect_told(_metadata, self);
	/* It sleeps again, and is left alone. */
	EXPECT_TRUE(power_is(self->fd, "suspended"));
	EXPECT_EQ(-EIO, npu_ctx_create(self->fd, &ctx));
}

/* The bind fails, takes nothing with it, and the next one works: see the end of each test. */
static void cannot_be_bound(struct __test_metadata *_metadata, FIXTURE_DATA(wedge) *self,
			    const char *fault)
{
	close(self->fd);
	self->fd = -1;
	ASSERT_EQ(0, life_unbind(self->news.name));
	ASSERT_EQ(0, inject(self->port, "inject %s count=0", fault));
	EXPECT_EQ(-EIO, life_bind(self->news.name));
	EXPECT_EQ(-ENODEV, life_open(self->news.name));
}

TEST_F(wedge, reset_of_a_bind_never_ends)
{
	cannot_be_bound(_metadata, self, "reset-stuck");
}

TEST_F(wedge, does_not_start_at_a_bind)
{
	cannot_be_bound(_metadata, self, "start-stuck");
}

TEST_HARNESS_MAIN
