/* SPDX-License-Identifier: MIT */
/*
 * irq.h - MSI-X vectors, each an eventfd of the client
 *
 * The client emulates the MSI-X table and its masking. A vector that is raised while it has no
 * eventfd becomes pending, and is delivered when it gets one. Any thread may raise.
 */
#ifndef GE_EMU_IRQ_H
#define GE_EMU_IRQ_H

#include <pthread.h>

#include <drm/genpu_isa.h>

#include "util/types.h"

/**
 * struct irq_vectors - all vectors
 * @lock: guards the rest; leaf, nothing is called under it but write()
 * @fd: eventfds, -1 = none
 * @pending: bit per vector, what the pending bit array shows
 */
struct irq_vectors {
	pthread_mutex_t lock;
	int fd[GENPU_MAX_VECTORS];
	u32 pending;
};

void irq_init(struct irq_vectors *irq);

/** irq_set() - give vector @v the eventfd @fd, which this owns from now on, or -1 for none */
void irq_set(struct irq_vectors *irq, unsigned int v, int fd);

/** irq_clear() - no vector has an eventfd, none is pending */
void irq_clear(struct irq_vectors *irq);

/** irq_forget() - no vector is pending (device reset) */
void irq_forget(struct irq_vectors *irq);

void irq_raise(struct irq_vectors *irq, unsigned int v);

u32 irq_pending(struct irq_vectors *irq);

#endif
