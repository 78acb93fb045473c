/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * genpu_sleep.h - the device's own sleep, and that of the system, for real or up to where the
 * kernel's pm_test stops it.
 */
#ifndef _GENPU_SLEEP_H_
#define _GENPU_SLEEP_H_

#include "genpu_util.h"

#define SLEEP_STATE	"/sys/power/state"
#define SLEEP_TEST	"/sys/power/pm_test"

/* In guests of ge-vm: suspend to RAM, from which the host wakes them. */
#define SLEEP_COMMAND	"/run/ge-vm/suspend"

/* How long pm_test stays asleep, seconds; kernels before 7.x cannot be told for hibernation. */
static const char * const sleep_delays[] = {
	"/sys/module/suspend/parameters/pm_test_delay",
	"/sys/module/hibernate/parameters/pm_test_delay",
};

#define SLEEP_DELAYS	(sizeof(sleep_delays) / sizeof(sleep_delays[0]))

/**
 * struct sleep_test - what is put back after tests
 * @delays: of pm_test
 */
struct sleep_test {
	char delays[SLEEP_DELAYS][16];
};

/* --- The device ------------------------------------------------------------------------------ */

/* power_file() - read what sysfs says of the device's power */
static inline int power_file(int fd, const char *name, char *text, size_t size)
{
	char path[PATH_MAX + 64];
	int ret = npu_sysfs(fd, path);

	if (ret)
		return ret;
	strcat(path, name);
	ret = npu_read_file(path, text, size);
	return ret < 0 ? ret : 0;
}

static inline bool power_is_now(int fd, const char *status)
{
	char text[32];

	return !power_file(fd, "/power/runtime_status", text, sizeof(text)) &&
	       !strncmp(text, status, strlen(status));
}

/* power_is() - is its runtime status the given one; waits for that */
static inline bool power_is(int fd, const char *status)
{
	int64_t deadline = npu_now() + NPU_LONG / 3;

	while (!power_is_now(fd, status)) {
		if (npu_now() > deadline)
			return false;
		npu_sleep_ms(20);
	}
	return true;
}

/* power_is_managed() - does the device sleep when nobody needs it */
static inline bool power_is_managed(int fd)
{
	char text[16];

	return !power_file(fd, "/power/control", text, sizeof(text)) && !strncmp(text, "auto", 4);
}

/* --- The system ------------------------------------------------------------------------------ */

/**
 * sleep_now() - put the system to sleep
 * @state: a word of /sys/power/state; NULL: by SLEEP_COMMAND
 *
 * Return: 0: it has been asleep; -errno of the kernel; -ECANCELED: SLEEP_COMMAND has failed.
 */
static inline int sleep_now(const char *state)
{
	pid_t pid;

	if (state)
		return npu_write_file(SLEEP_STATE, state);
	pid = fork();
	if (!pid) {
		execl(SLEEP_COMMAND, SLEEP_COMMAND, NULL);
		_exit(127);
	}
	return npu_join(pid) ? -ECANCELED : 0;
}

static inline void sleep_test_end(struct sleep_test *test)
{
	size_t i;

	npu_write_file(SLEEP_TEST, "none");
	for (i = 0; i < SLEEP_DELAYS; i++)
		if (test->delays[i][0])
			npu_write_file(sleep_delays[i], test->delays[i]);
}

/**
 * sleep_test_begin() - have sleeps end early
 * @test: to be given to sleep_test_end()
 * @level: a word of pm_test: what a sleep goes as far as
 * @state: what will be slept
 *
 * Return: 0; -errno: the kernel cannot do that, or refuses to sleep before it has asked any driver.
 */
static inline int sleep_test_begin(struct sleep_test *test, const char *level, const char *state)
{
	int ret = npu_write_file(SLEEP_TEST, "freezer");
	size_t i;

	for (i = 0; i < SLEEP_DELAYS; i++)
		if (npu_read_file(sleep_delays[i], test->delays[i], sizeof(test->delays[i])) > 0)
			npu_write_file(sleep_delays[i], "0");
	ret = ret ?: sleep_now(state);
	ret = ret ?: npu_write_file(SLEEP_TEST, level);
	if (ret)
		sleep_test_end(test);
	return ret;
}

#endif /* _GENPU_SLEEP_H_ */
