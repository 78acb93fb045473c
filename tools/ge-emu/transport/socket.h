/* SPDX-License-Identifier: MIT */
/* socket.h - vfio-user messages over a UNIX stream socket, with file descriptors */
#ifndef GE_EMU_SOCKET_H
#define GE_EMU_SOCKET_H

#include "vfio_user.h"

#define MSG_MAX_FDS	16
/* Data of one register access; QEMU never sends more than 8 bytes for our regions. */
#define MSG_MAX_DATA	4096
#define MSG_MAX_SIZE	(sizeof(struct vfio_user_header) + 64 + MSG_MAX_DATA)

/**
 * struct msg - a received request
 * @hdr: header, size already checked to be the header's plus @len
 * @len: bytes in @body
 * @body: payload, 8-byte aligned
 * @fds: descriptors that came with it; a handler that keeps one sets the slot to -1
 * @num_fds: slots in @fds
 */
struct msg {
	struct vfio_user_header hdr;
	size_t len;
	u8 body[MSG_MAX_SIZE] __attribute__((aligned(8)));
	int fds[MSG_MAX_FDS];
	unsigned int num_fds;
};

/**
 * socket_listen() - make a listening socket
 * @path: where; must not exist
 *
 * Returns the descriptor or -errno.
 */
int socket_listen(const char *path);

/**
 * socket_accept() - wait for the one client
 * @listen_fd: from socket_listen()
 * @stop_fd: becomes readable when the program should end
 *
 * Returns the connection, -ECANCELED when stopped, or -errno.
 */
int socket_accept(int listen_fd, int stop_fd);

/**
 * socket_receive() - wait for a request
 * @fd: connection
 * @stop_fd: becomes readable when the program should end
 * @msg: filled
 *
 * Returns 1 for a message, 0 when the client has gone, -ECANCELED when stopped, or -errno when
 * the stream cannot be trusted any more.
 */
int socket_receive(int fd, int stop_fd, struct msg *msg);

/**
 * socket_reply() - answer a request
 * @fd: connection
 * @msg: the request
 * @error: 0 or an errno value
 * @body: payload, NULL for none
 * @len: its size
 * @send_fd: descriptor to pass, or -1
 */
int socket_reply(int fd, const struct msg *msg, int error, const void *body, size_t len,
		 int send_fd);

/** msg_close_fds() - close the descriptors that no handler kept */
void msg_close_fds(struct msg *msg);

#endif
