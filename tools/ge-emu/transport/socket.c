// SPDX-License-Identifier: MIT
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "socket.h"
#include "util/log.h"

int socket_listen(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, ret;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 1)) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

/* Waits until @fd is readable. */
static int wait_readable(int fd, int stop_fd)
{
	struct pollfd p[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN },
	};

	for (;;) {
		if (poll(p, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (p[1].revents)
			return -ECANCELED;
		if (p[0].revents)
			return 0;
	}
}

int socket_accept(int listen_fd, int stop_fd)
{
	int fd, ret;

	ret = wait_readable(listen_fd, stop_fd);
	if (ret)
		return ret;
	fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Takes the descriptors out of a received control message; those beyond MSG_MAX_FDS are closed. */
static void take_fds(struct msg *msg, struct msghdr *mh)
{
	struct cmsghdr *c;
	size_t i, n;
	int fd;

	for (c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (msg->num_fds < MSG_MAX_FDS)
				msg->fds[msg->num_fds++] = fd;
			else
				close(fd);
		}
	}
}

/*
 * Reads exactly @len bytes. Descriptors travel with the first byte of a message but may be seen
 * with any read of it. Returns 1, 0 at the end of the stream before the first byte, or -errno.
 */
static int read_exact(int fd, int stop_fd, struct msg *msg, void *buf, size_t len)
{
	char control[CMSG_SPACE(sizeof(int) * MSG_MAX_FDS)] __attribute__((aligned(8)));
	struct iovec iov;
	struct msghdr mh;
	size_t done = 0;
	ssize_t n;
	int ret;

	while (done < len) {
		ret = wait_readable(fd, stop_fd);
		if (ret)
			return ret;
		iov.iov_base = (u8 *)buf + done;
		iov.iov_len = len - done;
		memset(&mh, 0, sizeof(mh));
		mh.msg_iov = &iov;
		mh.msg_iovlen = 1;
		mh.msg_control = control;
		mh.msg_controllen = sizeof(control);
		n = recvmsg(fd, &mh, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
		if (n < 0) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			return errno == ECONNRESET ? 0 : -errno;
		}
		if (n == 0)
			return done ? -EPROTO : 0;
		take_fds(msg, &mh);
		done += n;
	}
	return 1;
}

int socket_receive(int fd, int stop_fd, struct msg *msg)
{
	int ret;

	msg->num_fds = 0;
	msg->len = 0;
	ret = read_exact(fd, stop_fd, msg, &msg->hdr, sizeof(msg->hdr));
	if (ret <= 0)
		goto out;
	if (msg->hdr.size < sizeof(msg->hdr) || msg->hdr.size - sizeof(msg->hdr) > MSG_MAX_SIZE) {
		log_error("vfio-user: command %u with %u bytes: expected %zu .. %zu",
			  msg->hdr.command, msg->hdr.size, sizeof(msg->hdr),
			  sizeof(msg->hdr) + MSG_MAX_SIZE);
		ret = -EMSGSIZE;
		goto out;
	}
	msg->len = msg->hdr.size - sizeof(msg->hdr);
	if (msg->len) {
		ret = read_exact(fd, stop_fd, msg, msg->body, msg->len);
		if (ret == 0)
			ret = -EPROTO;
	}
out:
	if (ret <= 0)
		msg_close_fds(msg);
	return ret;
}

int socket_reply(int fd, const struct msg *msg, int error, const void *body, size_t len,
		 int send_fd)
{
	struct vfio_user_header hdr = {
		.id = msg->hdr.id,
		.command = msg->hdr.command,
		.size = sizeof(hdr) + (error ? 0 : len),
		.flags = VFIO_USER_F_REPLY | (error ? VFIO_USER_F_ERROR : 0),
		.error = error,
	};
	struct iovec iov[2] = {
		{ .iov_base = &hdr, .iov_len = sizeof(hdr) },
		{ .iov_base = (void *)body, .iov_len = error ? 0 : len },
	};
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct msghdr mh = { .msg_iov = iov, .msg_iovlen = 2 };
	size_t left = hdr.size;
	struct cmsghdr *c;
	ssize_t n;

	if (send_fd >= 0 && !error) {
		mh.msg_control = control;
		mh.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &send_fd, sizeof(int));
	}
	while (left) {
		n = sendmsg(fd, &mh, MSG_NOSIGNAL);
		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		left -= n;
		mh.msg_control = NULL;
		mh.msg_controllen = 0;
		while (n) {
			size_t step = min_u64(n, mh.msg_iov->iov_len);

			mh.msg_iov->iov_base = (u8 *)mh.msg_iov->iov_base + step;
			mh.msg_iov->iov_len -= step;
			n -= step;
			if (!mh.msg_iov->iov_len && mh.msg_iovlen > 1) {
				mh.msg_iov++;
				mh.msg_iovlen--;
			}
		}
	}
	return 0;
}

void msg_close_fds(struct msg *msg)
{
	unsigned int i;

	for (i = 0; i < msg->num_fds; i++)
		if (msg->fds[i] >= 0)
			close(msg->fds[i]);
	msg->num_fds = 0;
}
