// SPDX-License-Identifier: GPL-2.0-only
/*
 * cgroup.c - the limits of control groups hold for BOs: system memory for the memory controller,
 * device memory for the dmem controller. Who runs into one gets an error, and nobody is killed.
 *
 * Needs root, and the controllers in the second version of cgroups.
 */
#include <sys/mount.h>

#include "genpu_fixture.h"

#define LIMIT	MIB(48)

/* A group below a mount of its own, which may show groups that others have made. */
struct group {
	char mount[64];
	char path[128];
};

static int group_write(const struct group *group, const char *file, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", group->path, file);
	return npu_write_file(path, text);
}

static int group_read(const struct group *group, const char *file, char *text, size_t size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", group->path, file);
	return npu_read_file(path, text, size);
}

static void group_remove(struct group *group)
{
	int64_t deadline = npu_now() + NPU_LONG / 6;

	/* Those who were in it may not be quite gone. */
	while (group->path[0] && rmdir(group->path) && errno == EBUSY && npu_now() < deadline)
		npu_sleep_ms(10);
	umount(group->mount);
	rmdir(group->mount);
}

/* Make a group with a controller; -errno if the kernel has not got it, or not here. */
static int group_make(const char *controller, struct group *group)
{
	char control[128], enable[64];
	int ret;

	*group = (struct group){ .mount = "/tmp/genpu-cgroup-XXXXXX" };
	if (!mkdtemp(group->mount))
		return -errno;
	if (mount("none", group->mount, "cgroup2", 0, NULL)) {
		ret = -errno;
		rmdir(group->mount);
		return ret;
	}
	snprintf(control, sizeof(control), "%s/cgroup.subtree_control", group->mount);
	snprintf(enable, sizeof(enable), "+%s", controller);
	ret = npu_write_file(control, enable);
	if (!ret) {
		snprintf(group->path, sizeof(group->path), "%s/genpu-test", group->mount);
		ret = mkdir(group->path, 0700) ? -errno : 0;
	}
	if (ret) {
		group->path[0] = 0;
		group_remove(group);
	}
	return ret;
}

/* A child in the group, which must get half the limit but not the limit and a half. */
static int child(const struct group *group, uint32_t region, int error)
{
	struct npu_buf buf, second;
	int fd, ret, i;

	if (group_write(group, "cgroup.procs", "0"))
		return 1;
	fd = npu_open();
	if (fd < 0)
		return 2;
	for (i = 0; i < 3; i++) {
		ret = npu_bo_create(fd, region, LIMIT + LIMIT / 2, &buf);
		if (ret != error)
			return 3;
		ret = npu_bo_create(fd, region, LIMIT / 2, &buf);
		if (ret)
			return 4;
		ret = npu_bo_create(fd, region, LIMIT * 3 / 4, &second);
		if (ret != error)
			return 5;
		if (npu_bo_close(fd, buf.handle))
			return 6;
	}
	return 0;
}

TEST_F(npu, system_memory_counts_for_the_memory_controller)
{
	struct group group;
	char text[4096];
	int ret;
	pid_t pid;

	ret = group_make("memory", &group);
	if (ret)
		SKIP(return, "no memory controller here: %s", strerror(-ret));
	snprintf(text, sizeof(text), "%" PRIu64, LIMIT);
	EXPECT_EQ(0, group_write(&group, "memory.max", text));
	pid = fork();
	if (!pid)
		_exit(child(&group, DRM_GENPU_REGION_SYSTEM, -ENOMEM));
	EXPECT_EQ(0, npu_join(pid));
	EXPECT_LT(0, group_read(&group, "memory.events", text, sizeof(text)));
	EXPECT_EQ(0, npu_value(text, "oom_kill"));
	group_remove(&group);
}

TEST_F(npu, device_memory_counts_for_the_dmem_controller)
{
	char text[4096], sysfs[PATH_MAX];
	struct group group;
	int ret;
	pid_t pid;

	if (self->before.free < 2 * LIMIT)
		SKIP(return, "the device has too little memory");
	ret = group_make("dmem", &group);
	if (ret)
		SKIP(return, "no dmem controller here: %s", strerror(-ret));
	ASSERT_EQ(0, npu_sysfs(self->fd, sysfs));
	snprintf(text, sizeof(text), "drm/%s/device %" PRIu64, strrchr(sysfs, '/') + 1, LIMIT);
	EXPECT_EQ(0, group_write(&group, "dmem.max", text));
	pid = fork();
	if (!pid)
		_exit(child(&group, DRM_GENPU_REGION_DEVICE, -EDQUOT));
	EXPECT_EQ(0, npu_join(pid));
	group_remove(&group);
}

TEST_HARNESS_MAIN
