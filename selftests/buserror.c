// SPDX-License-Identifier: GPL-2.0-only
/*
 * buserror.c - an error of the bus costs nobody a job if the slot comes back, and if it does not
 * all know soon. Machines that report errors on demand are rare: genpu_buserror.ko, which make
 * modules builds for guests, plays the part of the PCI core. Without it all is skipped.
 *
 * GENPU_STRESS multiplies the rounds. Needs root and nobody else who uses the device.
 */
#include "genpu_victim.h"
#include "genpu_inject.h"
#include "genpu_life.h"
#include "genpu_sleep.h"

#define BUS_STEP	"/sys/module/genpu_buserror/parameters/step"

/* enum pci_ers_result */
#define VOTE_NEED_RESET	3
#define VOTE_DISCONNECT	4
#define VOTE_RECOVERED	5

/* All that happens to a device whose slot comes back; words of genpu_buserror.c */
static const char * const bus_frozen[] = { "frozen", "cut", "reset", "slot_reset", "resume", NULL };
/* As it is where the core resets nothing for an error that left the bus working. */
static const char * const bus_normal[] = { "normal", "slot_reset", "resume", NULL };
/* The driver asks a device that no longer answers before it hears of that. */
static const char * const bus_sudden[] = { "cut", "frozen", "reset", "slot_reset", "resume", NULL };

static int bus_load(void)
{
	pid_t pid = fork();

	if (!pid) {
		execlp("modprobe", "modprobe", "-q", "genpu_buserror", NULL);
		_exit(127);
	}
	return npu_join(pid);
}

/* BUS_OR_SKIP(return) - have errors of the bus, or skip the test */
#define BUS_OR_SKIP(statement) do {							\
	if (access(BUS_STEP, W_OK) && (bus_load() || access(BUS_STEP, W_OK)))		\
		SKIP(statement, "no genpu_buserror.ko, or not root");			\
} while (0)

/* One step; it ends in bounded time, whatever it has to wait for. */
static int bus_step(const char *name, const char *step)
{
	char text[LIFE_NAME + 32];
	pid_t pid = fork();

	if (!pid) {
		snprintf(text, sizeof(text), "%s %s", name, step);
		_exit(-npu_write_file(BUS_STEP, text));
	}
	return -life_join(pid);
}

/* What the driver has answered to the last step that asks it. */
static unsigned long bus_vote(void)
{
	char text[32];

	return npu_read_file(BUS_STEP, text, sizeof(text)) > 0 ? strtoul(text, NULL, 10) : 0;
}

static int bus_steps(const char *name, const char * const *steps)
{
	int ret = 0;

	for (; *steps && !ret; steps++)
		ret = bus_step(name, *steps);
	return ret ?: bus_vote() == VOTE_RECOVERED ? 0 : -EREMOTEIO;
}

static uint64_t faults(int fd)
{
	char text[4096];

	npu_debugfs(fd, "device", text, sizeof(text));
	return npu_value(text, "faults");
}

/* Who needs the device while it is away sleeps: this one in a call. */
static pid_t bus_caller(int fd)
{
	uint32_t ctx;
	pid_t pid = fork();

	if (!pid)
		_exit(npu_ctx_create(fd, &ctx) || npu_ctx_destroy(fd, ctx));
	return pid;
}

/* And this one in an access to device memory, which must be what it was. */
static pid_t bus_toucher(struct npu_buf *dev, uint8_t byte)
{
	pid_t pid = fork();

	if (!pid) {
		if (!npu_all_bytes(dev->map, byte, dev->size))
			_exit(1);
		memset(dev->map, byte + 1, dev->size);
		_exit(0);
	}
	return pid;
}

static bool bus_sleeps(pid_t pid)
{
	return !waitpid(pid, NULL, WNOHANG);
}

/* --- The slot comes back ------------------------------------------------------------------- */

/* Contexts, jobs that run, wait and are queued, memory of both kinds: all is as it was. */
static void bus_loses_nothing(struct __test_metadata *_metadata, FIXTURE_DATA(npu) *self,
			      const char * const *steps)
{
	struct drm_genpu_sync out;
	struct genpu_task task;
	char name[LIFE_NAME];
	uint32_t fence, ctx;
	struct victim v[2];
	pid_t pid[2];
	uint64_t failed;
	int i, k, last;

	ASSERT_EQ(0, life_name(self->fd, name));
	failed = faults(self->fd);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, victim_create(self->fd, &v[i], 1 + i));
	memset(self->sys.map, 0x77, FIX_SIZE);
	memset(self->dev.map, 0x50, FIX_SIZE);
	for (last = 0; steps[last + 1];)
		last++;
	for (k = 0; k < npu_rounds(2); k++) {
		ASSERT_EQ(0, npu_syncobj_create(self->fd, 0, &fence));
		for (i = 0; i < 2; i++)
			ASSERT_EQ(0, victim_start(self->fd, &v[i]));
		/* Cut off in the middle, and run again on what it has done. */
		for (i = 0; i < 64; i++) {
			task = npu_copy(FIX_SYS_VA, FIX_DEV_VA, FIX_SIZE);
			out = npu_sync_out(fence);
			ASSERT_EQ(0, npu_submit_sync(self->fd, self->stream, &task, 1, &out,
						     i == 63, NULL));
		}
		for (i = 0; i < last; i++)
			ASSERT_EQ(0, bus_step(name, steps[i]));
		EXPECT_EQ(VOTE_RECOVERED, bus_vote());
		pid[0] = bus_caller(self->fd);
		pid[1] = bus_toucher(&self->dev, 0x50 + k % 64);
		npu_sleep_ms(300);
		EXPECT_TRUE(bus_sleeps(pid[0]));
		EXPECT_TRUE(bus_sleeps(pid[1]));
		ASSERT_EQ(0, bus_step(name, steps[last]));
		EXPECT_EQ(0, npu_syncobj_wait(self->fd, fence, npu_now() + NPU_LONG, 0));
		for (i = 0; i < 2; i++)
			EXPECT_EQ(0, life_join(pid[i]));
		EXPECT_EQ(1, npu_fence_status(self->fd, fence));
		for (i = 0; i < 2; i++) {
			EXPECT_EQ(0, victim_end(self->fd, &v[i]));
			npu_store(v[i].words.map, 0, 0);
			npu_store(v[i].words.map, 1, 0);
		}
		task = npu_copy(FIX_SYS_VA, FIX_DEV_VA, FIX_SIZE);
		EXPECT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
		EXPECT_TRUE(npu_all_bytes(self->sys.map, 0x51 + k % 64, FIX_SIZE));
		EXPECT_TRUE(npu_all_bytes(self->dev.map, 0x51 + k % 64, FIX_SIZE));
		EXPECT_EQ(0, npu_ctx_create(self->fd, &ctx));
		EXPECT_EQ(0, npu_ctx_destroy(self->fd, ctx));
		if (k % 64 == 63)
			memset(self->dev.map, 0x50, FIX_SIZE);
	}
	EXPECT_EQ(failed, faults(self->fd));
}

TEST_F(npu, frozen_slot_loses_nothing)
{
	BUS_OR_SKIP(return);
	bus_loses_nothing(_metadata, self, bus_frozen);
}

TEST_F(npu, error_that_stops_nothing_loses_nothing)
{
	BUS_OR_SKIP(return);
	bus_loses_nothing(_metadata, self, bus_normal);
}

TEST_F(npu, slot_that_died_before_it_was_said_loses_nothing)
{
	BUS_OR_SKIP(return);
	bus_loses_nothing(_metadata, self, bus_sudden);
}

/* The slot is reset by the administrator, the system wants to sleep, another error comes. */
TEST_F(npu, others_come_in_between)
{
	char name[LIFE_NAME];
	struct victim v;
	pid_t pid;

	BUS_OR_SKIP(return);
	ASSERT_EQ(0, life_name(self->fd, name));
	ASSERT_EQ(0, victim_create(self->fd, &v, DRM_GENPU_REGION_DEVICE));
	ASSERT_EQ(0, victim_start(self->fd, &v));
	ASSERT_EQ(0, bus_step(name, "frozen"));
	ASSERT_EQ(0, bus_step(name, "cut"));
	pid = fork();
	if (!pid)
		_exit(!!life_device_write(name, "reset", "1"));
	EXPECT_EQ(0, life_join(pid));
	if (!npu_write_file("/sys/power/pm_test", "devices")) {
		pid = fork();
		if (!pid)
			_exit(-npu_write_file("/sys/power/state", "freeze"));
		EXPECT_EQ(EBUSY, life_join(pid));
		npu_write_file("/sys/power/pm_test", "none");
	}
	EXPECT_EQ(0, bus_step(name, "normal"));
	EXPECT_EQ(VOTE_NEED_RESET, bus_vote());
	EXPECT_EQ(0, bus_steps(name, bus_frozen + 1));
	EXPECT_EQ(0, victim_end(self->fd, &v));
}

/* --- It does not, or nobody is there --------------------------------------------------------- */

FIXTURE(bus)
{
	char name[LIFE_NAME];
	char admin_timeout[16];
	bool ready;
	struct npu_health before;
};

FIXTURE_SETUP(bus)
{
	int fd;

	BUS_OR_SKIP(return);
	fd = npu_open();
	if (fd < 0)
		SKIP(return, "no genpu device: %s", strerror(-fd));
	ASSERT_EQ(0, life_name(fd, self->name));
	ASSERT_EQ(0, npu_idle(fd, &self->before));
	close(fd);
	self->ready = true;
}

FIXTURE_TEARDOWN(bus)
{
	struct npu_health after;

	if (!self->ready)
		return;
	EXPECT_EQ(0, inject_calm(self->admin_timeout));
	life_back(self->name);
	EXPECT_EQ(0, life_works(self->name, &after)) {
		TH_LOG("left on the device: %s", after.objects);
	}
	EXPECT_EQ(self->before.free, after.free);
	EXPECT_EQ(self->before.taint & NPU_TAINTS, after.taint & NPU_TAINTS);
}

TEST_F_TIMEOUT(bus, errors_under_load, 28800)
{
	struct npu_health health;
	struct life_load load;
	int round;

	ASSERT_EQ(0, life_load_start(self->name, &load));
	for (round = 0; round < npu_rounds(6); round++) {
		EXPECT_EQ(0, bus_steps(self->name, round % 2 ? bus_normal : bus_frozen));
		EXPECT_TRUE(life_worked(&load));
		printf("# round %d\n", round + 1);
		fflush(stdout);
	}
	EXPECT_EQ(0, life_load_end(&load, true));
	EXPECT_EQ(0, life_works(self->name, &health));
	EXPECT_EQ(self->before.hangs, health.hangs);
	EXPECT_EQ(self->before.resets, health.resets);
}

/* A stream with a job that nothing ends any more, and the memory of the device. */
struct bus_loser {
	int fd;
	uint32_t stream;
	uint32_t fence;
	struct npu_buf buf;
};

static int bus_lose(const char *name, struct bus_loser *l)
{
	struct genpu_task task = npu_hold(LIFE_BUF_VA, GENPU_WAIT_EQ, 1);
	struct drm_genpu_sync out;
	uint32_t ctx;
	int ret;

	l->fd = life_open(name);
	ret = npu_opened(l->fd) ?: npu_ctx_create(l->fd, &ctx) ?:
	      npu_stream_create(l->fd, ctx, &l->stream) ?:
	      npu_buf_create(l->fd, ctx, DRM_GENPU_REGION_DEVICE, 4096, LIFE_BUF_VA, &l->buf) ?:
	      npu_syncobj_create(l->fd, 0, &l->fence);
	out = npu_sync_out(l->fence);
	return ret ?: npu_submit_sync(l->fd, l->stream, &task, 1, &out, 1, NULL);
}

/* Its fence signals with @error, the device is wedged, its memory can be touched. */
static int bus_lost(struct bus_loser *l, int error)
{
	struct drm_genpu_stream_state state;
	uint32_t ctx;
	pid_t pid;
	int ret = npu_syncobj_wait(l->fd, l->fence, npu_now() + NPU_LONG, 0);

	ret = ret ?: npu_stream_state(l->fd, l->stream, 0, &state);
	if (!ret && (npu_fence_status(l->fd, l->fence) != error ||
		     state.status != DRM_GENPU_STREAM_LOST || npu_ctx_create(l->fd, &ctx) != -EIO))
		ret = -EREMOTEIO;
	if (ret)
		return ret;
	pid = fork();
	if (!pid) {
		npu_store(l->buf.map, 0, npu_load(l->buf.map, 1));
		_exit(0);
	}
	return life_join(pid);
}

/* For one that is wedged errors come too late, whether or not those around it recover. */
TEST_F_TIMEOUT(bus, recovery_that_fails_is_told_to_all, 28800)
{
	struct life_load load;
	struct bus_loser loser;
	int round;

	for (round = 0; round < npu_rounds(2); round++) {
		ASSERT_EQ(0, life_load_start(self->name, &load));
		ASSERT_EQ(0, bus_lose(self->name, &loser));
		EXPECT_EQ(0, bus_step(self->name, round % 2 ? "normal" : "frozen"));
		EXPECT_EQ(VOTE_NEED_RESET, bus_vote());
		EXPECT_EQ(0, bus_step(self->name, "cut"));
		EXPECT_EQ(0, bus_step(self->name, "failed"));
		EXPECT_EQ(VOTE_DISCONNECT, bus_vote());
		EXPECT_EQ(0, bus_lost(&loser, -ECANCELED));
		EXPECT_EQ(0, life_load_end(&load, false));

		EXPECT_EQ(0, bus_step(self->name, round % 2 ? "frozen" : "normal"));
		EXPECT_EQ(VOTE_DISCONNECT, bus_vote());
		EXPECT_EQ(0, bus_step(self->name, "slot_reset"));
		EXPECT_EQ(0, bus_step(self->name, "resume"));
		EXPECT_EQ(0, bus_lost(&loser, -ECANCELED));
		npu_unmap_all(loser.fd);
		close(loser.fd);

		ASSERT_EQ(0, life_unbind(self->name));
		ASSERT_EQ(0, life_bind(self->name));
	}
}

/* Nor is it told on all kernels: then the driver gives up by itself. */
TEST_F(bus, recovery_that_nobody_ends_is_given_up)
{
	struct bus_loser loser;

	LOSE_PATIENCE();
	ASSERT_EQ(0, bus_lose(self->name, &loser));
	EXPECT_EQ(0, bus_step(self->name, "frozen"));
	EXPECT_EQ(VOTE_NEED_RESET, bus_vote());
	EXPECT_EQ(0, bus_lost(&loser, -ECANCELED));
	/* The core comes at last. */
	EXPECT_EQ(0, bus_step(self->name, "reset"));
	EXPECT_EQ(0, bus_step(self->name, "slot_reset"));
	EXPECT_EQ(0, bus_step(self->name, "resume"));
	EXPECT_EQ(0, bus_lost(&loser, -ECANCELED));
	npu_unmap_all(loser.fd);
	close(loser.fd);
	ASSERT_EQ(0, life_unbind(self->name));
	ASSERT_EQ(0, life_bind(self->name));
}

TEST_F_TIMEOUT(bus, permanent_failure_is_told_to_all, 28800)
{
	struct life_load load;
	struct bus_loser loser;
	int round;

	for (round = 0; round < npu_rounds(2); round++) {
		ASSERT_EQ(0, life_load_start(self->name, &load));
		ASSERT_EQ(0, bus_lose(self->name, &loser));
		EXPECT_EQ(0, bus_step(self->name, "permanent"));
		EXPECT_EQ(VOTE_DISCONNECT, bus_vote());
		EXPECT_EQ(0, bus_lost(&loser, -ENODEV));
		EXPECT_EQ(0, life_load_end(&load, false));
		npu_unmap_all(loser.fd);
		close(loser.fd);

		ASSERT_EQ(0, life_device_write(self->name, "remove", "1"));
		ASSERT_EQ(0, life_rescan());
	}
}

/* The driver that the core speaks to in the end has never heard of the error. */
TEST_F(bus, unbound_and_bound_in_between)
{
	struct npu_health health;

	EXPECT_EQ(0, bus_step(self->name, "frozen"));
	EXPECT_EQ(0, bus_step(self->name, "cut"));
	ASSERT_EQ(0, life_unbind(self->name));
	ASSERT_EQ(0, life_bind(self->name));
	EXPECT_EQ(0, bus_steps(self->name, bus_normal + 1));
	EXPECT_EQ(0, life_works(self->name, &health));
	EXPECT_EQ(0, health.resets);
}

/* It is woken for the recovery, and sleeps again after it. */
TEST_F(bus, error_while_it_sleeps)
{
	const char * const *steps[] = { bus_frozen, bus_normal };
	struct npu_health health;
	int fd, i;

	fd = life_open(self->name);
	ASSERT_LE(0, fd);
	if (!power_is_managed(fd))
		SKIP(return, "runtime power management is off");
	for (i = 0; i < 2; i++) {
		EXPECT_TRUE(power_is(fd, "suspended"));
		EXPECT_EQ(0, bus_steps(self->name, steps[i]));
		EXPECT_TRUE(power_is(fd, "suspended"));
		EXPECT_EQ(0, life_works(self->name, &health));
		EXPECT_EQ(self->before.resets, health.resets);
	}
	close(fd);
}

TEST_HARNESS_MAIN
