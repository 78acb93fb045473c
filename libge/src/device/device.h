/* SPDX-License-Identifier: MIT */
/*
 * The seam to the device. Two implementations: drm.c speaks to the kernel driver, local.c runs
 * tasks in-process on the emulator's engine (tests only). Nothing above knows which one it has.
 *
 * A device is opened once per process and shared by acl and GE: one file, one address space, so
 * that a pointer from ge_mem_alloc() is valid on the host and in every task and graph.
 *
 * All functions return 0 or -errno with ge_error() text, and are thread safe.
 */
#ifndef GE_DEVICE_DEVICE_H
#define GE_DEVICE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <drm/genpu_isa.h>

struct ge_device;	/* reference counted */
struct ge_queue;	/* a stream of the device */
struct ge_sync;		/* a timeline that queues and the host signal and wait for */

struct ge_device_info {
	char name[64];
	uint64_t memory_size;
	uint32_t compute_units;
	uint32_t copy_units;
	uint32_t max_streams;
	bool emulated;
};

enum ge_mem_region {
	GE_MEM_DEVICE,
	GE_MEM_HOST,	/* pinned pages of the host */
};

/* A reference to a point on a timeline, for ge_queue_submit(). */
struct ge_sync_point {
	struct ge_sync *sync;
	uint64_t point;
};

/* Why a queue's job failed; see struct drm_genpu_stream_state for the fields. */
struct ge_queue_state {
	uint32_t status;	/* enum drm_genpu_stream_status */
	uint32_t error;		/* enum genpu_error */
	uint64_t submitted;
	uint64_t completed;
	uint64_t failed;
	uint32_t task;
	uint32_t op;
	uint32_t operand;
	uint32_t access;
	uint64_t addr;
	uint32_t graph;		/* as from ge_program_load() */
	uint32_t ctx;		/* kernel's context and stream ids, for messages */
	uint32_t stream;
};

/* Where a program was rejected, see struct drm_genpu_graph_load. */
struct ge_program_error {
	uint32_t error;
	uint32_t offset;
	uint32_t op;
	uint32_t operand;
};

int ge_device_count(unsigned int *count);
/* Opens device @index or takes another reference to it. -ENODEV: there is none. */
int ge_device_get(unsigned int index, struct ge_device **dev);
/* The last reference closes the file and so frees everything on the device. */
void ge_device_put(struct ge_device *dev);
unsigned int ge_device_index(const struct ge_device *dev);
int ge_device_info(struct ge_device *dev, struct ge_device_info *info);
int ge_device_memory(struct ge_device *dev, uint64_t *free_bytes, uint64_t *total_bytes);
int ge_device_time(struct ge_device *dev, uint64_t *device_ns, uint64_t *monotonic_ns);

/*
 * Cleared memory at an address that is valid on host and device, page aligned. -ENOSPC: device
 * memory is full.
 */
int ge_mem_alloc(struct ge_device *dev, size_t size, enum ge_mem_region region, void **ptr);
/* @ptr as returned by ge_mem_alloc(). Never waits; work in flight with it fails or finishes. */
int ge_mem_free(struct ge_device *dev, void *ptr);
/* The allocation that holds @ptr, or -ENOENT: its start, size and region (each may be NULL). */
int ge_mem_find(struct ge_device *dev, const void *ptr, void **start, size_t *size,
		enum ge_mem_region *region);

struct ge_queue_config {
	unsigned int priority;	/* enum drm_genpu_priority */
	bool stop_on_error;
	uint32_t timeout_ms;	/* 0 = default */
	uint32_t ring_entries;	/* 0 = default */
};

int ge_queue_create(struct ge_device *dev, const struct ge_queue_config *config,
		    struct ge_queue **queue);
/* Cancels what is unfinished. */
void ge_queue_destroy(struct ge_queue *queue);
/*
 * One job of @n tasks; graph tasks hold the id from ge_program_load(). It starts when all @waits
 * have been signalled and signals @signals when it ends. @seqno (may be NULL) counts from 1.
 * A point to wait for must have been submitted already, else -ENOENT.
 */
int ge_queue_submit(struct ge_queue *queue, const struct genpu_task *tasks, unsigned int n,
		    const struct ge_sync_point *waits, unsigned int num_waits,
		    const struct ge_sync_point *signals, unsigned int num_signals,
		    uint64_t *seqno);
/*
 * Waits for job @seqno (0 = last submitted) and all before. @timeout_ns is relative, < 0 = for
 * good, 0 = look. -ETIME. 0 says that they ended, not that they succeeded.
 */
int ge_queue_wait(struct ge_queue *queue, uint64_t seqno, int64_t timeout_ns);
/* @clear forgets a fault, so that the next one is reported again. */
int ge_queue_state(struct ge_queue *queue, bool clear, struct ge_queue_state *state);

int ge_sync_create(struct ge_device *dev, struct ge_sync **sync);
void ge_sync_destroy(struct ge_sync *sync);
/* As ge_queue_wait(), for a point that has been submitted or -ENOENT. */
int ge_sync_wait(struct ge_sync *sync, uint64_t point, int64_t timeout_ns);

/*
 * @program lies anywhere and is copied; the constants lie in memory from ge_mem_alloc(), which must
 * not be freed before the program is unloaded. -EBADMSG fills @error.
 */
int ge_program_load(struct ge_device *dev, const void *program, size_t size, const void *consts,
		    size_t const_size, uint32_t *id, struct ge_program_error *error);
/* Jobs in flight that use it finish first. */
int ge_program_unload(struct ge_device *dev, uint32_t id);

/** ge_device_error_name - "page fault", "workspace too small", ... for an enum genpu_error */
const char *ge_device_error_name(uint32_t error);

#endif
