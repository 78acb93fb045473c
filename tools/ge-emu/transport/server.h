/* SPDX-License-Identifier: MIT */
/*
 * server.h - serves the device model as a PCI function to one vfio-user client
 *
 * One thread, the caller's, handles all messages in order. Interrupts are raised by the model's
 * threads (irq.h).
 */
#ifndef GE_EMU_SERVER_H
#define GE_EMU_SERVER_H

#include "irq.h"
#include "model/model.h"
#include "pci_config.h"
#include "socket.h"

/**
 * struct server - a PCI function
 * @device: the model
 * @config: configuration space
 * @irq: interrupt vectors
 * @fd: connection
 * @ready: the version was agreed
 */
struct server {
	struct device *device;
	struct pci_config config;
	struct irq_vectors irq;
	int fd;
	bool ready;
};

/** server_raise() - raise() callback of the model; @priv is the struct server */
void server_raise(void *priv, unsigned int vector);

/**
 * server_run() - serve a connection until it ends
 * @srv: irq initialised, device set
 * @fd: connection
 * @stop_fd: becomes readable when the program should end
 *
 * Returns 0 when the client has left or a stop was asked for, -errno if the client broke the
 * protocol so badly that the rest of the stream makes no sense.
 */
int server_run(struct server *srv, int fd, int stop_fd);

/** server_die() - hang up and end the process; callable from any thread */
void server_die(struct server *srv, int status) __attribute__((noreturn));

#endif
