/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * genpu_log.h - whether the kernel has something to say: lines of level warning or worse.
 */
#ifndef _GENPU_LOG_H_
#define _GENPU_LOG_H_

#include "genpu_util.h"

/* The kernel's log from now on: lines of level warning or worse. */
static inline int log_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

/* What the kernel says of a machine that is slow or busy is not about the driver. */
static inline bool about_time(const char *line)
{
	return strstr(line, "hrtimer: interrupt took") || strstr(line, "clocksource:") ||
	       strstr(line, "perf: interrupt took too long");
}

/*
 * Races of the kernel with itself are not ours, on a kernel that reports them: what follows the
 * line that names the functions is about them until a line of "=".
 */
static inline bool about_foreign_race(const char *line)
{
	static bool inside;
	bool frame = strstr(line, "====================");

	if (strstr(line, "BUG: KCSAN:"))
		inside = !strstr(line, "[genpu]");
	else if (frame)
		inside = false;
	return inside || frame;
}

static inline int log_count_bad(int fd)
{
	char line[8192];
	int bad = 0;
	ssize_t n;

	while (fd >= 0 && ((n = read(fd, line, sizeof(line) - 1)) > 0 || errno == EPIPE)) {
		if (n <= 0)
			continue;
		line[n] = 0;
		if ((atoi(line) & 7) <= 4 && !about_time(line) && !about_foreign_race(line)) {
			printf("# kernel: %s", strchr(line, ';') ?: line);
			bad++;
		}
	}
	return bad;
}

#endif /* _GENPU_LOG_H_ */
