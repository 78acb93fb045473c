/* SPDX-License-Identifier: MIT */
/*
 * control.h - the control socket: misbehaviour on demand, one request line, one answer line
 *
 * One thread serves a few clients at once. ge-emu(1) describes the requests.
 */
#ifndef GE_EMU_CONTROL_H
#define GE_EMU_CONTROL_H

#include <pthread.h>

#include "server.h"

/* How the process ends on the request to die */
#define CONTROL_DIED	3

/**
 * struct control - the control socket
 * @server: ends with the process
 * @device: the model
 * @path: where the socket is
 * @listen_fd: socket
 * @stop: eventfd that ends the thread
 * @thread: serves
 */
struct control {
	struct server *server;
	struct device *device;
	const char *path;
	int listen_fd;
	int stop;
	pthread_t thread;
};

/** control_start() - listen on @path and serve it; 0 or -errno */
int control_start(struct control *ctl, struct server *srv, const char *path);

/** control_stop() - end the thread and remove the socket */
void control_stop(struct control *ctl);

#endif
