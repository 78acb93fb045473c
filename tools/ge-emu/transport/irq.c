// SPDX-License-Identifier: MIT
#include <unistd.h>

#include "irq.h"

void irq_init(struct irq_vectors *irq)
{
	unsigned int v;

	pthread_mutex_init(&irq->lock, NULL);
	for (v = 0; v < GENPU_MAX_VECTORS; v++)
		irq->fd[v] = -1;
	irq->pending = 0;
}

/*
 * Signals the eventfd. It is non-blocking when the client made it so; a full counter means that the
 * client has not yet seen the last 2^64 interrupts, so that nothing is lost.
 */
static void irq_signal(int fd)
{
	u64 one = 1;
	ssize_t n;

	n = write(fd, &one, sizeof(one));
	(void)n;
}

void irq_set(struct irq_vectors *irq, unsigned int v, int fd)
{
	pthread_mutex_lock(&irq->lock);
	if (irq->fd[v] >= 0)
		close(irq->fd[v]);
	irq->fd[v] = fd;
	if (fd >= 0 && (irq->pending & (1u << v))) {
		irq->pending &= ~(1u << v);
		irq_signal(fd);
	}
	pthread_mutex_unlock(&irq->lock);
}

void irq_clear(struct irq_vectors *irq)
{
	unsigned int v;

	for (v = 0; v < GENPU_MAX_VECTORS; v++)
		irq_set(irq, v, -1);
	irq_forget(irq);
}

void irq_forget(struct irq_vectors *irq)
{
	pthread_mutex_lock(&irq->lock);
	irq->pending = 0;
	pthread_mutex_unlock(&irq->lock);
}

void irq_raise(struct irq_vectors *irq, unsigned int v)
{
	pthread_mutex_lock(&irq->lock);
	if (irq->fd[v] >= 0)
		irq_signal(irq->fd[v]);
	else
		irq->pending |= 1u << v;
	pthread_mutex_unlock(&irq->lock);
}

u32 irq_pending(struct irq_vectors *irq)
{
	u32 pending;

	pthread_mutex_lock(&irq->lock);
	pending = irq->pending;
	pthread_mutex_unlock(&irq->lock);
	return pending;
}
