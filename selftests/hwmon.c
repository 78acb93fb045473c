// SPDX-License-Identifier: GPL-2.0-only
/*
 * hwmon.c - temperature, power and energy can be read by everyone, are what the device says, and
 * are missing rather than wrong when it says nothing.
 */
#include <dirent.h>

#include "genpu_fixture.h"
#include "genpu_inject.h"

/* The hwmon directory of the device, or false. */
static bool sensors(int fd, char dir[PATH_MAX])
{
	char sysfs[PATH_MAX], class[PATH_MAX - 256];
	struct dirent *entry;
	bool found = false;
	DIR *stream;

	if (npu_sysfs(fd, sysfs))
		return false;
	snprintf(class, sizeof(class), "%.*s/hwmon", (int)sizeof(class) - 8, sysfs);
	stream = opendir(class);
	while (stream && !found && (entry = readdir(stream)))
		if (entry->d_name[0] != '.') {
			snprintf(dir, PATH_MAX, "%s/%s", class, entry->d_name);
			found = true;
		}
	if (stream)
		closedir(stream);
	return found;
}

static int text(const char *dir, const char *file, char *value, size_t size)
{
	char path[PATH_MAX + 64];
	int ret;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	ret = open(path, O_RDONLY | O_CLOEXEC);
	if (ret < 0)
		return -errno;
	memset(value, 0, size);
	if (read(ret, value, size - 1) < 0) {
		close(ret);
		return -errno;
	}
	close(ret);
	value[strcspn(value, "\n")] = 0;
	return 0;
}

static int number(const char *dir, const char *file, long long *value)
{
	char line[64];
	int ret = text(dir, file, line, sizeof(line));

	*value = ret ? 0 : strtoll(line, NULL, 10);
	return ret;
}

#define SENSORS_OR_SKIP(dir) do {							\
	if (!sensors(self->fd, dir))							\
		SKIP(return, "the kernel has no hwmon");				\
} while (0)

TEST_F(npu, sensors_are_plausible)
{
	struct genpu_task task = npu_fill(FIX_DEV_VA, FIX_SIZE, 8, 3);
	long long temp, power, energy, more;
	char dir[PATH_MAX], line[64];

	SENSORS_OR_SKIP(dir);
	ASSERT_EQ(0, text(dir, "name", line, sizeof(line)));
	EXPECT_STREQ("genpu", line);
	ASSERT_EQ(0, number(dir, "temp1_input", &temp));
	EXPECT_LT(-40000, temp);
	EXPECT_GT(150000, temp);
	ASSERT_EQ(0, number(dir, "power1_input", &power));
	EXPECT_LE(0, power);
	EXPECT_GT(2000000000, power);
	ASSERT_EQ(0, number(dir, "energy1_input", &energy));
	ASSERT_EQ(0, number(dir, "temp1_max", &more));
	EXPECT_LT(0, more);
	ASSERT_EQ(0, number(dir, "power1_max", &more));
	EXPECT_LT(0, more);
	ASSERT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
	npu_sleep_ms(50);
	ASSERT_EQ(0, number(dir, "energy1_input", &more));
	EXPECT_LE(energy, more);
}

TEST_F(npu, temperature_is_what_the_device_says)
{
	char dir[PATH_MAX];
	long long temp;

	INJECT_OR_SKIP(return);
	SENSORS_OR_SKIP(dir);
	ASSERT_EQ(0, inject(self->port, "set temp=-12345"));
	EXPECT_EQ(0, number(dir, "temp1_input", &temp));
	EXPECT_EQ(-12345, temp);
	ASSERT_EQ(0, inject(self->port, "set temp=87654"));
	EXPECT_EQ(0, number(dir, "temp1_input", &temp));
	EXPECT_EQ(87654, temp);
	EXPECT_EQ(0, inject(self->port, "set temp=auto"));
}

/* A device that is dead reads all ones: no 4.3 million kilowatts. */
TEST_F(npu, all_ones_are_no_value)
{
	char dir[PATH_MAX];
	long long value;

	INJECT_OR_SKIP(return);
	SENSORS_OR_SKIP(dir);
	ASSERT_EQ(0, inject(self->port, "inject regs-ones count=1"));
	EXPECT_EQ(-ENODATA, number(dir, "power1_input", &value));
	EXPECT_EQ(0, inject_clear(self->port));
	EXPECT_EQ(0, number(dir, "power1_input", &value));
	EXPECT_GT(2000000000, value);
}

TEST_HARNESS_MAIN
