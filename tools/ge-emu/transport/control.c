// SPDX-License-Identifier: MIT
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"
#include "socket.h"
#include "util/log.h"

#define MAX_CLIENTS	8
#define MAX_LINE	512

/**
 * struct client - a connection
 * @fd: socket, -1 = free
 * @used: bytes in @line
 * @skip: the line is too long: what follows of it is dropped
 * @line: what has come of a request
 */
struct client {
	int fd;
	size_t used;
	bool skip;
	char line[MAX_LINE];
};

/* Writes an answer; one that does not fit is cut. */
static __attribute__((format(printf, 2, 3))) void answer(char *out, const char *fmt, ...)
{
	size_t used = strlen(out);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out + used, MAX_LINE - 1 - used, fmt, ap);
	va_end(ap);
}

static bool number(const char *s, u64 max, u64 *v)
{
	char *end;

	errno = 0;
	*v = strtoull(s, &end, 0);
	return !errno && end != s && !*end && *s != '-' && *s != '+' && *v <= max;
}

static bool number32(const char *s, u32 *v)
{
	u64 wide;

	if (!number(s, UINT32_MAX, &wide))
		return false;
	*v = wide;
	return true;
}

/* A value may be relative, with a sign. */
static bool value(const char *s, struct inject_request *req)
{
	bool minus = *s == '-';

	req->relative = minus || *s == '+';
	req->value_given = number(s + req->relative, UINT64_MAX, &req->value);
	if (minus)
		req->value = -req->value;
	return req->value_given;
}

static bool option(const char *key, const char *s, struct inject_request *req)
{
	if (!strcmp(key, "queue"))
		return number32(s, &req->queue);
	if (!strcmp(key, "op"))
		return number32(s, &req->op);
	if (!strcmp(key, "count"))
		return number32(s, &req->count);
	if (!strcmp(key, "skip"))
		return number32(s, &req->skip);
	if (!strcmp(key, "ms"))
		return number32(s, &req->ms);
	if (!strcmp(key, "info"))
		return number32(s, &req->info);
	if (!strcmp(key, "value"))
		return value(s, req);
	if (!strcmp(key, "type")) {
		req->type_given = number32(s, &req->type);
		return req->type_given && req->type <= UINT8_MAX;
	}
	if (!strcmp(key, "vector")) {
		req->vector_given = number32(s, &req->vector);
		return req->vector_given;
	}
	return false;
}

static void do_inject(struct control *ctl, char *args, char *out)
{
	struct inject_request req = { .op = INJECT_ANY_OP, .count = 1 };
	char *name = strtok_r(NULL, " ", &args), *word, *eq;
	const char *error;
	u32 queue;

	if (!name) {
		answer(out, "error inject wants a name");
		return;
	}
	while ((word = strtok_r(NULL, " ", &args))) {
		eq = strchr(word, '=');
		if (eq)
			*eq = 0;
		if (!eq || !option(word, eq + 1, &req)) {
			answer(out, "error '%.40s': expected a known key=number", word);
			return;
		}
	}
	error = device_inject(ctl->device, name, &req, &queue);
	if (error)
		answer(out, "error %s", error);
	else if (queue)
		answer(out, "ok queue=%u", queue);
	else
		answer(out, "ok");
}

static void do_status(struct control *ctl, char *out)
{
	struct inject_status st;

	device_inject_status(ctl->device, &st);
	answer(out, "ok armed=%u injected=%u held=%u resets=%u queues=%u power=%s", st.armed,
	       st.injected, st.held, st.resets, st.queues, st.on ? "D0" : "D3hot");
}

static void do_list(char *out)
{
	u32 i;

	answer(out, "ok");
	for (i = 0; device_inject_name(i); i++)
		answer(out, " %s", device_inject_name(i));
}

static bool set(struct control *ctl, const char *word)
{
	const char *s = strchr(word, '=');
	long mc;
	u32 n;
	char *end;

	if (!strcmp(word, "temp=auto")) {
		device_set_temp(ctl->device, true, 0);
		return true;
	}
	if (!strncmp(word, "temp=", 5)) {
		errno = 0;
		mc = strtol(s + 1, &end, 0);
		if (errno || end == s + 1 || *end || mc < -273150 || mc > INT32_MAX)
			return false;
		device_set_temp(ctl->device, false, mc);
		return true;
	}
	if ((strncmp(word, "ce=", 3) && strncmp(word, "ue=", 3)) || !number32(s + 1, &n))
		return false;
	device_set_memory_errors(ctl->device, word[0] == 'c', n);
	return true;
}

static void do_set(struct control *ctl, char *args, char *out)
{
	char *word = strtok_r(NULL, " ", &args);

	if (!word) {
		answer(out, "error set wants temp=, ce= or ue=");
		return;
	}
	for (; word; word = strtok_r(NULL, " ", &args)) {
		if (!set(ctl, word)) {
			answer(out, "error '%.40s': expected temp=, ce= or ue= and a number", word);
			return;
		}
	}
	answer(out, "ok");
}

static void request(struct control *ctl, char *line, char *out)
{
	char *args, *verb = strtok_r(line, " ", &args);

	if (!verb) {
		answer(out, "error empty request");
	} else if (!strcmp(verb, "inject")) {
		do_inject(ctl, args, out);
	} else if (!strcmp(verb, "clear")) {
		device_inject_clear(ctl->device);
		answer(out, "ok");
	} else if (!strcmp(verb, "status")) {
		do_status(ctl, out);
	} else if (!strcmp(verb, "list")) {
		do_list(out);
	} else if (!strcmp(verb, "set")) {
		do_set(ctl, args, out);
	} else if (!strcmp(verb, "die")) {
		server_die(ctl->server, CONTROL_DIED);
	} else {
		answer(out, "error '%.40s': expected inject, clear, status, list, set or die",
		       verb);
	}
}

/* False if the client has gone. One that does not read its answers loses them. */
static bool send_line(struct client *c, char *out)
{
	strcat(out, "\n");
	return send(c->fd, out, strlen(out), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 || errno == EAGAIN;
}

/* Answers @line; false if the client has gone */
static bool serve_line(struct control *ctl, struct client *c, char *line)
{
	char out[MAX_LINE] = "";

	log_debug("control: %s", line);
	request(ctl, line, out);
	return send_line(c, out);
}

/* Takes what has come; false if the client has gone. */
static bool receive(struct control *ctl, struct client *c)
{
	ssize_t n = recv(c->fd, c->line + c->used, sizeof(c->line) - c->used, MSG_DONTWAIT);
	char too_long[MAX_LINE] = "error the line is too long";
	char *line = c->line, *end;

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	c->used += n;
	while ((end = memchr(line, '\n', c->line + c->used - line))) {
		*end = 0;
		if (!c->skip && !serve_line(ctl, c, line))
			return false;
		c->skip = false;
		line = end + 1;
	}
	c->used -= line - c->line;
	memmove(c->line, line, c->used);
	if (c->used == sizeof(c->line)) {
		c->used = 0;
		if (!c->skip && !send_line(c, too_long))
			return false;
		c->skip = true;
	}
	return true;
}

static void add_client(struct control *ctl, struct client *clients)
{
	int fd = accept4(ctl->listen_fd, NULL, NULL, SOCK_CLOEXEC), i;

	if (fd < 0)
		return;
	for (i = 0; i < MAX_CLIENTS && clients[i].fd >= 0; i++)
		;
	if (i == MAX_CLIENTS) {
		close(fd);
		return;
	}
	clients[i] = (struct client){ .fd = fd };
}

static void *control_thread(void *arg)
{
	struct client clients[MAX_CLIENTS];
	struct control *ctl = arg;
	struct pollfd p[MAX_CLIENTS + 2];
	int i;

	for (i = 0; i < MAX_CLIENTS; i++)
		clients[i].fd = -1;
	for (;;) {
		for (i = 0; i < MAX_CLIENTS; i++)
			p[i] = (struct pollfd){ .fd = clients[i].fd, .events = POLLIN };
		p[i++] = (struct pollfd){ .fd = ctl->listen_fd, .events = POLLIN };
		p[i++] = (struct pollfd){ .fd = ctl->stop, .events = POLLIN };
		if (poll(p, i, -1) < 0)
			continue;
		if (p[MAX_CLIENTS + 1].revents)
			break;
		for (i = 0; i < MAX_CLIENTS; i++) {
			if (!p[i].revents || receive(ctl, &clients[i]))
				continue;
			close(clients[i].fd);
			clients[i].fd = -1;
		}
		if (p[MAX_CLIENTS].revents)
			add_client(ctl, clients);
	}
	for (i = 0; i < MAX_CLIENTS; i++)
		if (clients[i].fd >= 0)
			close(clients[i].fd);
	return NULL;
}

int control_start(struct control *ctl, struct server *srv, const char *path)
{
	int ret;

	ctl->server = srv;
	ctl->device = srv->device;
	ctl->path = path;
	ctl->listen_fd = socket_listen(path);
	if (ctl->listen_fd < 0)
		return ctl->listen_fd;
	ctl->stop = eventfd(0, EFD_CLOEXEC);
	ret = ctl->stop < 0 ? -errno : -pthread_create(&ctl->thread, NULL, control_thread, ctl);
	if (!ret)
		return 0;
	if (ctl->stop >= 0)
		close(ctl->stop);
	close(ctl->listen_fd);
	unlink(path);
	return ret;
}

void control_stop(struct control *ctl)
{
	eventfd_write(ctl->stop, 1);
	pthread_join(ctl->thread, NULL);
	close(ctl->stop);
	close(ctl->listen_fd);
	unlink(ctl->path);
}
