/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * genpu_inject.h - makes an emulated device misbehave.
 *
 * The emulator's control socket is a virtio-serial port in the guest, named after the device's PCI
 * address. One request line, one answer line. Documentation/testing.rst lists the faults. A port
 * has room for one process: inject_open() waits a while for the one before.
 */
#ifndef _GENPU_INJECT_H_
#define _GENPU_INJECT_H_

#include <poll.h>
#include <stdarg.h>

#include "genpu_util.h"

#define INJECT_LINE	512
#define INJECT_TIME_MS	20000	/* for an answer, on a slow and busy machine */

/* The patience of the driver with the device, while a test needs it to run out. */
#define ADMIN_PARAM	"/sys/module/genpu/parameters/admin_timeout_ms"
#define ADMIN_SHORT	"1500"

/**
 * inject_open() - open the control port of a device
 * @fd: the device's node
 *
 * Return: file descriptor; -ENOENT: it has none, for example since it is real; -errno.
 */
static inline int inject_open(int fd)
{
	int64_t deadline = npu_now() + 10 * NSEC;
	char sysfs[PATH_MAX], path[PATH_MAX];
	int port, ret = npu_sysfs(fd, sysfs);

	if (ret)
		return ret;
	snprintf(path, sizeof(path), "/dev/virtio-ports/genpu.control.%.64s",
		 strrchr(sysfs, '/') + 1);
	while ((port = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK)) < 0 && errno == EBUSY &&
	       npu_now() < deadline)
		npu_sleep_ms(5);
	return port < 0 ? -errno : port;
}

/* Forget what was said to those who had the port before. */
static inline void inject_drain(int port)
{
	char old[INJECT_LINE];

	while (read(port, old, sizeof(old)) > 0)
		;
}

static inline int inject_write(int port, const char *line)
{
	size_t size = strlen(line);

	inject_drain(port);
	return write(port, line, size) == (ssize_t)size ? 0 : -EIO;
}

static inline int inject_read(int port, char *line, size_t size)
{
	int64_t deadline = npu_now() + INJECT_TIME_MS * MSEC;
	struct pollfd pfd = { .fd = port, .events = POLLIN };
	size_t used = 0;
	ssize_t n;

	while (used < size - 1 && npu_now() < deadline) {
		poll(&pfd, 1, 100);
		n = read(port, line + used, size - 1 - used);
		if (n <= 0)
			continue;
		used += n;
		if (line[used - 1] == '\n') {
			line[used - 1] = 0;
			return 0;
		}
	}
	return -ETIME;
}

/**
 * inject_ask() - send a request and read its answer
 * @port: from inject_open()
 * @request: without the newline
 * @answer: INJECT_LINE bytes, the line without the newline
 *
 * Return: 0 if it was "ok", -EPROTO if not, -ETIME if there is none.
 */
static inline int inject_ask(int port, const char *request, char answer[INJECT_LINE])
{
	char line[INJECT_LINE];
	int ret;

	answer[0] = 0;
	snprintf(line, sizeof(line), "%.*s\n", INJECT_LINE - 2, request);
	ret = inject_write(port, line);
	if (!ret)
		ret = inject_read(port, answer, INJECT_LINE);
	if (!ret && strncmp(answer, "ok", 2))
		ret = -EPROTO;
	if (ret)
		printf("# control port: '%s': %s '%s'\n", request, strerror(-ret), answer);
	return ret;
}

/* inject() - one request, written as by printf(): inject(port, "inject hang queue=%u", 3) */
static inline __attribute__((format(printf, 2, 3))) int inject(int port, const char *format, ...)
{
	char request[INJECT_LINE], answer[INJECT_LINE];
	va_list args;

	va_start(args, format);
	vsnprintf(request, sizeof(request), format, args);
	va_end(args);
	return inject_ask(port, request, answer);
}

/* inject_clear() - disarm all faults, and let go what they hold */
static inline int inject_clear(int port)
{
	return inject(port, "clear");
}

/* inject_status() - the number behind "key=" in the answer to status, UINT64_MAX if not there */
static inline uint64_t inject_status(int port, const char *key)
{
	char answer[INJECT_LINE], *at = answer;
	size_t n = strlen(key);

	if (inject_ask(port, "status", answer))
		return UINT64_MAX;
	while ((at = strchr(at, ' ')))
		if (!strncmp(++at, key, n) && at[n] == '=')
			return strtoull(at + n + 1, NULL, 0);
	return UINT64_MAX;
}

/* inject_die() - the emulator exits at once; there is no answer, and no port afterwards */
static inline int inject_die(int port)
{
	return inject_write(port, "die\n");
}

/*
 * INJECT_OR_SKIP(return) - open the port into self->port, with nothing armed, or skip the test. The
 * fixture disarms and closes it.
 */
#define INJECT_OR_SKIP(statement) do {							\
	self->port = inject_open(self->fd);						\
	if (self->port < 0)								\
		SKIP(statement, "the device has no control port: %s",			\
		     strerror(-self->port));						\
	ASSERT_EQ(0, inject_clear(self->port));						\
} while (0)

/* LOSE_PATIENCE() - make the driver impatient; what it was goes to self->admin_timeout */
#define LOSE_PATIENCE() do {								\
	ASSERT_LT(0, npu_read_file(ADMIN_PARAM, self->admin_timeout,			\
				   sizeof(self->admin_timeout)));			\
	if (npu_write_file(ADMIN_PARAM, ADMIN_SHORT)) {					\
		self->admin_timeout[0] = 0;						\
		SKIP(return, "the module's admin_timeout_ms cannot be written");	\
	}										\
} while (0)

/* inject_calm() - undo LOSE_PATIENCE(), if it was done */
static inline int inject_calm(const char *admin_timeout)
{
	return admin_timeout[0] ? npu_write_file(ADMIN_PARAM, admin_timeout) : 0;
}

#endif /* _GENPU_INJECT_H_ */
