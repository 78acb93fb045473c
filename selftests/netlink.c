// SPDX-License-Identifier: GPL-2.0-only
/*
 * netlink.c - the generic netlink family tells what the ioctls tell, tells everyone of devices and
 * only administrators of jobs, and events arrive in order with what they are about.
 */
#include <sched.h>

#include "genpu_fixture.h"
#include "genpu_genl.h"
#include "genpu_inject.h"

#define GATE	FIX_SYS_VA
#define BAD_VA	0x7000000000ull
#define MANY	300

#define GENL_OR_SKIP(genl) do {								\
	if (genl_open(genl) == -ENOENT)							\
		SKIP(return, "the kernel has no generic netlink");			\
	ASSERT_NE(0, (genl)->family);							\
} while (0)

static uint32_t node_minor(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? UINT32_MAX : minor(st.st_rdev);
}

struct device {
	uint32_t wanted;
	uint32_t found;
	uint64_t value[GENL_ATTRS];
	char text[GENL_ATTRS][32];
};

static void take_device(const struct nlattr **attrs, void *data)
{
	struct device *device = data;
	int i;

	if (genl_value(attrs[GENPU_A_DEVICE_MINOR]) != device->wanted)
		return;
	device->found++;
	for (i = 0; i < GENL_ATTRS; i++) {
		device->value[i] = genl_value(attrs[i]);
		snprintf(device->text[i], sizeof(device->text[i]), "%s", genl_text(attrs[i]));
	}
}

TEST_F(npu, device_is_what_the_ioctls_say)
{
	struct device one = { .wanted = node_minor(self->fd) }, all = one;
	char sysfs[PATH_MAX], name[32];
	struct genl genl;
	uint32_t extra;

	GENL_OR_SKIP(&genl);
	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &extra));
	ASSERT_EQ(1, genl_get(&genl, GENPU_CMD_DEVICE_GET, one.wanted, take_device, &one));
	ASSERT_LE(1, genl_dump(&genl, GENPU_CMD_DEVICE_GET, UINT32_MAX, take_device, &all));
	EXPECT_EQ(1, one.found);
	EXPECT_EQ(1, all.found);
	EXPECT_EQ(0, memcmp(one.value, all.value, sizeof(one.value)));
	ASSERT_EQ(0, npu_sysfs(self->fd, sysfs));
	snprintf(name, sizeof(name), "accel%u", one.wanted);
	EXPECT_STREQ(name, one.text[GENPU_A_DEVICE_NAME]);
	EXPECT_STREQ(strrchr(sysfs, '/') + 1, one.text[GENPU_A_DEVICE_PCI_ADDRESS]);
	EXPECT_EQ(GENPU_NL_STATE_RUNNING, one.value[GENPU_A_DEVICE_STATE]);
	EXPECT_EQ(1, one.value[GENPU_A_DEVICE_AWAKE]);
	EXPECT_EQ(self->info.caps, one.value[GENPU_A_DEVICE_CAPS]);
	EXPECT_EQ(self->info.memory_size, one.value[GENPU_A_DEVICE_MEMORY_TOTAL]);
	EXPECT_EQ(npu_free(self->fd), one.value[GENPU_A_DEVICE_MEMORY_TOTAL] -
		  one.value[GENPU_A_DEVICE_MEMORY_USED]);
	EXPECT_EQ(self->info.max_streams, one.value[GENPU_A_DEVICE_MAX_STREAMS]);
	EXPECT_EQ(2, one.value[GENPU_A_DEVICE_STREAMS]);
	EXPECT_EQ(1, one.value[GENPU_A_DEVICE_CONTEXTS]);
	if (self->before.seen)
		EXPECT_EQ(self->before.hangs, one.value[GENPU_A_DEVICE_HANGS]);
}

TEST_F(npu, wrong_requests_are_refused)
{
	uint32_t minor = node_minor(self->fd);
	struct genl genl;

	GENL_OR_SKIP(&genl);
	EXPECT_EQ(-ENODEV, genl_get(&genl, GENPU_CMD_DEVICE_GET, 12345, NULL, NULL));
	EXPECT_EQ(-ENODEV, genl_get(&genl, GENPU_CMD_TELEMETRY_GET, 12345, NULL, NULL));
	EXPECT_EQ(-EINVAL, genl_get(&genl, GENPU_CMD_DEVICE_GET, UINT32_MAX, NULL, NULL));
	/* An attribute that a request does not have. */
	ASSERT_EQ(0, genl_send(&genl, genl.family, GENPU_CMD_DEVICE_GET, 0, GENPU_A_DEVICE_NAME,
			       "accel0", 7));
	EXPECT_EQ(-EINVAL, genl_receive(&genl, false, NULL, NULL));
	EXPECT_EQ(-EOPNOTSUPP, genl_get(&genl, GENPU_CMD_EVENT, minor, NULL, NULL));
	EXPECT_EQ(-EOPNOTSUPP, genl_get(&genl, 200, minor, NULL, NULL));
	if (!geteuid()) {
		EXPECT_EQ(-EINVAL, genl_dump(&genl, GENPU_CMD_STREAM_GET, UINT32_MAX, NULL, NULL));
		EXPECT_EQ(-ENODEV, genl_dump(&genl, GENPU_CMD_STREAM_GET, 12345, NULL, NULL));
	}
}

struct streams {
	uint32_t mine;
	uint32_t queues[MANY * 4];
	uint32_t count;
	uint32_t wanted;
	uint64_t value[GENL_ATTRS];
	char comm[32];
};

static void take_stream(const struct nlattr **attrs, void *data)
{
	struct streams *all = data;
	int i;

	if (genl_value(attrs[GENPU_A_STREAM_PID]) != (uint64_t)getpid())
		return;
	if (all->count < MANY * 4)
		all->queues[all->count++] = genl_value(attrs[GENPU_A_STREAM_QUEUE]);
	if (genl_value(attrs[GENPU_A_STREAM_STREAM]) != all->wanted)
		return;
	for (i = 0; i < GENL_ATTRS; i++)
		all->value[i] = genl_value(attrs[i]);
	snprintf(all->comm, sizeof(all->comm), "%s", genl_text(attrs[GENPU_A_STREAM_COMM]));
}

TEST_F(npu, every_stream_is_listed_once)
{
	struct genpu_task tasks[2] = { npu_hold(GATE, GENPU_WAIT_EQ, 1), npu_nop() };
	struct streams all = { .wanted = self->stream };
	uint32_t stream, i, j, twice = 0;
	char comm[32] = "";
	struct genl genl;

	if (geteuid())
		SKIP(return, "needs root");
	GENL_OR_SKIP(&genl);
	ASSERT_LT(MANY, self->info.max_streams);
	for (i = 1; i < MANY; i++)
		ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &stream));
	ASSERT_EQ(0, npu_run(self->fd, self->stream, tasks + 1, 1));
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, tasks, 2, NULL));
	ASSERT_EQ(0, npu_submit(self->fd, self->stream, tasks + 1, 1, NULL));
	ASSERT_EQ(MANY, genl_dump(&genl, GENPU_CMD_STREAM_GET, node_minor(self->fd), take_stream,
				  &all));
	npu_store(self->sys.map, 0, 1);
	EXPECT_EQ(MANY, all.count);
	for (i = 0; i < all.count; i++)
		for (j = i + 1; j < all.count; j++)
			twice += all.queues[i] == all.queues[j];
	EXPECT_EQ(0, twice);
	EXPECT_EQ(self->ctx, all.value[GENPU_A_STREAM_CONTEXT]);
	EXPECT_EQ(DRM_GENPU_PRIORITY_NORMAL, all.value[GENPU_A_STREAM_PRIORITY]);
	EXPECT_EQ(3, all.value[GENPU_A_STREAM_SUBMITTED]);
	EXPECT_EQ(1, all.value[GENPU_A_STREAM_ENDED]);
	EXPECT_EQ(DRM_GENPU_STREAM_OK, all.value[GENPU_A_STREAM_STATUS]);
	EXPECT_EQ(0, all.value[GENPU_A_STREAM_HANGS]);
	EXPECT_EQ(npu_fdinfo(self->fd, "drm-client-id"), all.value[GENPU_A_STREAM_CLIENT]);
	npu_read_file("/proc/self/comm", comm, sizeof(comm));
	comm[strcspn(comm, "\n")] = 0;
	/* That of the thread that leads the process. */
	EXPECT_STREQ(comm, all.comm);
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
}

/* What somebody without rights gets: 0 if that is what it should be, else the line. */
static int unprivileged(uint32_t minor)
{
	struct device device = { .wanted = minor };
	struct genl genl;

	if (genl_open(&genl))
		return __LINE__;
	if (genl_get(&genl, GENPU_CMD_DEVICE_GET, minor, take_device, &device) != 1 ||
	    device.found != 1)
		return __LINE__;
	if (genl_get(&genl, GENPU_CMD_TELEMETRY_GET, minor, NULL, NULL) != 1)
		return __LINE__;
	if (genl_dump(&genl, GENPU_CMD_STREAM_GET, minor, NULL, NULL) != -EPERM)
		return __LINE__;
	if (genl_join(&genl, genl.events))
		return __LINE__;
	return 0;
}

static int as_nobody(uint32_t minor)
{
	struct genl genl;
	int ret;

	if (setresuid(65534, 65534, 65534))
		return __LINE__;
	ret = unprivileged(minor);
	if (!ret && (genl_open(&genl) || genl_join(&genl, genl.jobs) != -EPERM))
		ret = __LINE__;
	return ret;
}

/* Root of a user namespace with a network of its own: it may join, but nothing is sent there. */
static int as_namespace_root(uint32_t minor)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) ? -1 : unprivileged(minor);
}

static int in_child(int (*fn)(uint32_t), uint32_t minor)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(fn(minor));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? (int8_t)WEXITSTATUS(status) : -EIO;
}

TEST_F(npu, jobs_are_for_administrators)
{
	struct genl genl;
	int ret;

	if (geteuid())
		SKIP(return, "needs root, to give it up");
	GENL_OR_SKIP(&genl);
	EXPECT_EQ(0, in_child(as_nobody, node_minor(self->fd)));
	ret = in_child(as_namespace_root, node_minor(self->fd));
	if (ret == -1)
		TH_LOG("the kernel has no user or network namespaces");
	else
		EXPECT_EQ(0, ret);
}

TEST_F(npu, telemetry_moves)
{
	struct device before = { .wanted = node_minor(self->fd) }, after = before;
	struct genpu_task task = npu_fill(FIX_DEV_VA, FIX_SIZE, 8, 7);
	struct genl genl;

	GENL_OR_SKIP(&genl);
	ASSERT_EQ(1, genl_get(&genl, GENPU_CMD_TELEMETRY_GET, before.wanted, take_device,
			      &before));
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	ASSERT_EQ(1, genl_get(&genl, GENPU_CMD_TELEMETRY_GET, after.wanted, take_device, &after));
	EXPECT_LT(before.value[GENPU_A_TELEMETRY_TIME], after.value[GENPU_A_TELEMETRY_TIME]);
	EXPECT_LT(before.value[GENPU_A_TELEMETRY_COPY_BUSY],
		  after.value[GENPU_A_TELEMETRY_COPY_BUSY]);
	EXPECT_EQ(before.value[GENPU_A_TELEMETRY_COMPUTE_BUSY],
		  after.value[GENPU_A_TELEMETRY_COMPUTE_BUSY]);
	EXPECT_EQ(self->info.compute_units, after.value[GENPU_A_TELEMETRY_COMPUTE_UNITS]);
	EXPECT_EQ(self->info.copy_units, after.value[GENPU_A_TELEMETRY_COPY_UNITS]);
	EXPECT_NE(UINT64_MAX, after.value[GENPU_A_TELEMETRY_TEMPERATURE]);
	EXPECT_NE(UINT64_MAX, after.value[GENPU_A_TELEMETRY_POWER]);
	EXPECT_NE(UINT64_MAX, after.value[GENPU_A_TELEMETRY_CLOCK]);
	EXPECT_NE(UINT64_MAX, after.value[GENPU_A_TELEMETRY_UNCORRECTED_ERRORS]);
}

/* The next event about the device. */
static int next_event(struct genl *genl, struct device *event)
{
	int ret = 1;

	event->found = 0;
	while (ret > 0 && !event->found)
		ret = genl_receive(genl, false, take_device, event);
	return ret;
}

TEST_F(npu, faults_and_hangs_are_told_with_their_job)
{
	struct device event = { .wanted = node_minor(self->fd) };
	struct drm_genpu_stream_create create = {
		.ctx_id = self->ctx, .priority = DRM_GENPU_PRIORITY_NORMAL, .timeout_ms = 200,
	};
	struct genpu_task tasks[2] = { npu_nop(), npu_fill(BAD_VA, 8, 8, 0) };
	struct genl jobs, events;
	uint64_t job;
	uint32_t stream;
	int64_t start = npu_now();

	if (geteuid())
		SKIP(return, "needs root");
	GENL_OR_SKIP(&jobs);
	ASSERT_EQ(0, genl_join(&jobs, jobs.jobs));
	ASSERT_EQ(0, genl_open(&events));
	ASSERT_EQ(0, genl_join(&events, events.events));

	ASSERT_EQ(0, npu_submit(self->fd, self->stream, tasks, 2, &job));
	ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
	ASSERT_EQ(1, next_event(&jobs, &event));
	EXPECT_EQ(GENPU_NL_EVENT_FAULT, event.value[GENPU_A_EVENT_KIND]);
	EXPECT_LE((uint64_t)start, event.value[GENPU_A_EVENT_TIME]);
	EXPECT_GE((uint64_t)npu_now(), event.value[GENPU_A_EVENT_TIME]);
	EXPECT_EQ(self->ctx, event.value[GENPU_A_EVENT_CONTEXT]);
	EXPECT_EQ(self->stream, event.value[GENPU_A_EVENT_STREAM]);
	EXPECT_EQ((uint64_t)getpid(), event.value[GENPU_A_EVENT_PID]);
	EXPECT_EQ(npu_fdinfo(self->fd, "drm-client-id"), event.value[GENPU_A_EVENT_CLIENT]);
	EXPECT_EQ(job, event.value[GENPU_A_EVENT_JOB]);
	EXPECT_EQ(1, event.value[GENPU_A_EVENT_TASK]);
	EXPECT_EQ(GENPU_ERR_PAGE_FAULT, event.value[GENPU_A_EVENT_ERROR]);
	EXPECT_EQ(BAD_VA, event.value[GENPU_A_EVENT_ADDRESS]);

	ASSERT_EQ(0, npu_stream_create_with(self->fd, create, &stream));
	tasks[1] = npu_hold(GATE, GENPU_WAIT_EQ, UINT64_MAX);
	ASSERT_EQ(0, npu_submit(self->fd, stream, tasks, 2, &job));
	ASSERT_EQ(0, npu_wait(self->fd, stream, NULL));
	ASSERT_EQ(1, next_event(&jobs, &event));
	EXPECT_EQ(GENPU_NL_EVENT_HANG, event.value[GENPU_A_EVENT_KIND]);
	EXPECT_EQ(stream, event.value[GENPU_A_EVENT_STREAM]);
	EXPECT_EQ(job, event.value[GENPU_A_EVENT_JOB]);
	EXPECT_EQ(1, event.value[GENPU_A_EVENT_TASK]);
	self->expected_hangs = 1;

	/* All of this was nobody else's business. */
	EXPECT_GT(0, recv(events.fd, events.buffer, sizeof(events.buffer), MSG_DONTWAIT));
}

TEST_F(npu, memory_errors_and_heat_are_told)
{
	struct device event = { .wanted = node_minor(self->fd) };
	struct genl genl;

	INJECT_OR_SKIP(return);
	GENL_OR_SKIP(&genl);
	ASSERT_EQ(0, genl_join(&genl, genl.events));
	ASSERT_EQ(0, inject(self->port, "inject memory-ce"));
	ASSERT_EQ(1, next_event(&genl, &event));
	EXPECT_EQ(GENPU_NL_EVENT_MEMORY_ERROR, event.value[GENPU_A_EVENT_KIND]);
	EXPECT_NE(UINT64_MAX, event.value[GENPU_A_EVENT_ADDRESS]);
	ASSERT_EQ(0, inject(self->port, "inject thermal value=101000"));
	ASSERT_EQ(1, next_event(&genl, &event));
	EXPECT_EQ(GENPU_NL_EVENT_THERMAL, event.value[GENPU_A_EVENT_KIND]);
	EXPECT_EQ(101000, event.value[GENPU_A_EVENT_TEMPERATURE]);
}

/*
 * The family "drm-ras" of kernels that have it: nodes with the names of their device and of their
 * own, and the counters of a node. Its header is younger than some that this is built with.
 */
enum { RAS_LIST_NODES = 1, RAS_GET_COUNTER };
enum { RAS_NODE_ID = 1, RAS_DEVICE_NAME, RAS_NODE_NAME };
enum { RAS_ERROR_ID = 2, RAS_ERROR_NAME, RAS_ERROR_VALUE };

struct ras {
	const char *device;
	uint32_t corrected;
	uint32_t uncorrected;
	uint64_t value;
};

static void take_ras_node(const struct nlattr **attrs, void *data)
{
	struct ras *ras = data;

	if (strcmp(genl_text(attrs[RAS_DEVICE_NAME]), ras->device))
		return;
	if (!strcmp(genl_text(attrs[RAS_NODE_NAME]), "correctable-errors"))
		ras->corrected = genl_value(attrs[RAS_NODE_ID]);
	if (!strcmp(genl_text(attrs[RAS_NODE_NAME]), "uncorrectable-errors"))
		ras->uncorrected = genl_value(attrs[RAS_NODE_ID]);
}

static void take_ras_counter(const struct nlattr **attrs, void *data)
{
	struct ras *ras = data;

	if (!strcmp(genl_text(attrs[RAS_ERROR_NAME]), "memory"))
		ras->value = genl_value(attrs[RAS_ERROR_VALUE]);
}

static uint64_t ras_counter(struct genl *genl, struct ras *ras, uint32_t node)
{
	ras->value = UINT64_MAX;
	genl_dump(genl, RAS_GET_COUNTER, node, take_ras_counter, ras);
	return ras->value;
}

TEST_F(npu, memory_errors_are_counted_by_drm_ras)
{
	struct ras ras = { .corrected = UINT32_MAX, .uncorrected = UINT32_MAX };
	uint64_t corrected, uncorrected;
	char sysfs[PATH_MAX];
	struct genl genl;

	if (geteuid() || genl_open_family(&genl, "drm-ras"))
		SKIP(return, "not root, or the kernel has no drm-ras");
	ASSERT_EQ(0, npu_sysfs(self->fd, sysfs));
	ras.device = strrchr(sysfs, '/') + 1;
	ASSERT_LE(2, genl_dump(&genl, RAS_LIST_NODES, UINT32_MAX, take_ras_node, &ras));
	ASSERT_NE(UINT32_MAX, ras.corrected);
	ASSERT_NE(UINT32_MAX, ras.uncorrected);
	corrected = ras_counter(&genl, &ras, ras.corrected);
	uncorrected = ras_counter(&genl, &ras, ras.uncorrected);
	ASSERT_NE(UINT64_MAX, corrected);
	ASSERT_NE(UINT64_MAX, uncorrected);
	INJECT_OR_SKIP(return);
	ASSERT_EQ(0, inject(self->port, "inject memory-ce"));
	EXPECT_EQ(corrected + 1, ras_counter(&genl, &ras, ras.corrected));
	EXPECT_EQ(uncorrected, ras_counter(&genl, &ras, ras.uncorrected));
}

static int driver_write(const char *sysfs, const char *file)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/genpu/%s", file);
	return npu_write_file(path, strrchr(sysfs, '/') + 1);
}

TEST_F(npu, removal_is_told_and_ends_the_device)
{
	struct device event = { .wanted = node_minor(self->fd) };
	char sysfs[PATH_MAX];
	struct genl genl;
	int fd;

	if (geteuid())
		SKIP(return, "needs root");
	GENL_OR_SKIP(&genl);
	ASSERT_EQ(0, genl_join(&genl, genl.events));
	ASSERT_EQ(0, npu_sysfs(self->fd, sysfs));
	ASSERT_EQ(0, driver_write(sysfs, "unbind"));
	ASSERT_EQ(1, next_event(&genl, &event));
	EXPECT_EQ(GENPU_NL_EVENT_REMOVAL, event.value[GENPU_A_EVENT_KIND]);
	EXPECT_STREQ(strrchr(sysfs, '/') + 1, event.text[GENPU_A_EVENT_PCI_ADDRESS]);
	EXPECT_EQ(-ENODEV, genl_get(&genl, GENPU_CMD_DEVICE_GET, event.wanted, NULL, NULL));
	EXPECT_EQ(0, driver_write(sysfs, "bind"));
	while ((fd = npu_open()) < 0)
		npu_sleep_ms(20);
	close(fd);
	/* Counters begin anew with each binding. */
	self->before.hangs = 0;
	self->before.resets = 0;
}

TEST_HARNESS_MAIN
