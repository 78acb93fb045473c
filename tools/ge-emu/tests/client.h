/* SPDX-License-Identifier: MIT */
/*
 * client.h - plays the virtual machine and its driver: starts ge-emu, speaks vfio-user to it, and
 * brings the device up with rings and page tables in memory of its own
 */
#ifndef GE_EMU_CLIENT_H
#define GE_EMU_CLIENT_H

#include <sys/types.h>

#include <drm/genpu_isa.h>

#include "transport/vfio_user.h"

#define RAM_IOVA	0x100000000ull
#define RAM_SIZE	(96ull << 20)
#define ROM_IOVA	0xe0000000ull	/* may only be read; 64 KiB, the start of RAM's file */
#define HOLE_IOVA	0xf0000000ull	/* a window without memory; 64 KiB */
#define ADMIN_SHIFT	6
#define EQ_SHIFT	12
#define VECTORS		4		/* event queues in use */
#define TIMEOUT_MS	20000

/**
 * struct events - reader of an event queue
 * @ring: its entries
 * @next: free-running number of the next one
 */
struct events {
	struct genpu_event *ring;
	u64 next;
};

/**
 * struct npu - the device and what a driver has for it
 */
struct npu {
	pid_t pid;
	int sock;
	int control;
	u16 msg_id;
	u8 *ram;
	int ram_fd;
	u64 ram_used;
	u8 *doorbells;
	u64 doorbells_size;
	u8 *memory;
	u64 memory_size;
	int irq[VECTORS];
	struct events events[VECTORS];
	struct genpu_task *admin_ring;
	struct genpu_admin_status *admin_status;
	u64 admin_tail;
};

/* Process and protocol */
void npu_start(struct npu *npu, ...) __attribute__((sentinel));
int npu_stop(struct npu *npu);		/* exit status, or 128 + signal */

/*
 * One request; returns the reply's errno. *len is room for, and then size of, the reply's payload.
 */
int npu_request(struct npu *npu, u16 command, const void *body, size_t body_len, const int *fds,
		unsigned int num_fds, void *reply, size_t *len, int *reply_fd);

u32 reg_read(struct npu *npu, u32 off);
u64 reg_read64(struct npu *npu, u32 off);
void reg_write(struct npu *npu, u32 off, u32 v);
void reg_write64(struct npu *npu, u32 off, u64 v);
u32 config_read(struct npu *npu, u32 off, u32 len);
void config_write(struct npu *npu, u32 off, u32 v, u32 len);
int region_access(struct npu *npu, bool write, u32 region, u64 off, void *buf, u32 len);
int dma_map(struct npu *npu, u64 iova, u64 size, int fd, u64 offset, u32 flags);
int dma_unmap(struct npu *npu, u64 iova, u64 size, u64 *unmapped);

u32 config_cap(struct npu *npu, u8 id);

/* Faults */
const char *control(struct npu *npu, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void inject(struct npu *npu, const char *what);		/* must be accepted */
u64 control_status(struct npu *npu, const char *key);

/* Memory of the machine: zeroed; @align a power of two */
void *ram_alloc(struct npu *npu, u64 size, u64 align);
u64 ram_iova(struct npu *npu, const void *p);

/* The driver */
void npu_map(struct npu *npu);		/* connect memory, BARs and interrupts */
void npu_setup(struct npu *npu);	/* rings and event queues into the registers */
void npu_up(struct npu *npu);		/* all of the above, and ENABLE */
bool wait_status(struct npu *npu, u32 mask, u32 value);
bool next_event(struct npu *npu, unsigned int vector, struct genpu_event *ev, int timeout_ms);
u64 admin_start(struct npu *npu, const struct genpu_task *t);
void ring_admin(struct npu *npu);
struct genpu_admin_status admin_wait(struct npu *npu, u64 n);
struct genpu_admin_status admin(struct npu *npu, const struct genpu_task *t);

/**
 * struct space - address space of a context
 */
struct space {
	struct npu *npu;
	u32 ctx;
	u64 *root;
};

void space_init(struct space *sp, struct npu *npu, u32 ctx);
u64 *space_entry(struct space *sp, u64 va, unsigned int level);
void space_map(struct space *sp, u64 va, u64 addr, u64 size, u64 flags);
/* Maps RAM one to one at its iova, for reading and writing. */
void space_map_ram(struct space *sp);
u32 space_invalidate(struct space *sp, u64 va, u64 size);

/**
 * struct ring - a user queue
 */
struct ring {
	struct npu *npu;
	u32 id;
	u32 shift;
	struct genpu_task *tasks;
	struct genpu_queue_status *status;
	struct genpu_doorbell *db;
	u64 tail;
};

u32 ring_create(struct ring *r, struct npu *npu, u32 id, u32 ctx, u32 shift, u32 priority,
		u32 vector);
/* The same for a queue that begins with task @head */
u32 ring_create_at(struct ring *r, struct npu *npu, u32 id, u32 ctx, u32 shift, u32 priority,
		   u32 vector, u64 head);
u32 ring_destroy(struct ring *r);
u32 ring_reset(struct ring *r, u64 head);
struct genpu_task *ring_add(struct ring *r, u8 op);	/* zeroed but for the op */
void ring_go(struct ring *r);
bool ring_wait(struct ring *r, u64 completed);
bool ring_wait_fault(struct ring *r);

u64 now_ms(void);

#endif
