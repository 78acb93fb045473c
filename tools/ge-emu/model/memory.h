/* SPDX-License-Identifier: MIT */
/*
 * memory.h - what the device can reach: device memory, and windows of host memory by DMA address
 *
 * A struct memory_map is an unchanging list of windows. A task takes a reference to the current
 * map when it starts and uses pointers from it until it drops the reference. When a window goes
 * away while maps still hold it, its host mapping is replaced, atomically, by anonymous memory:
 * those tasks go on with pointers that are good to use but no longer lead anywhere. So taking
 * memory away never waits for work.
 *
 * All functions but memory_map_put() and the look-ups need device.lock.
 */
#ifndef GE_EMU_MEMORY_H
#define GE_EMU_MEMORY_H

#include "util/types.h"

/**
 * struct window - a piece of host memory
 * @addr: DMA address of its first byte; 0 for device memory
 * @size: bytes
 * @host: mapping, NULL for a window that is not reachable
 * @fd: file, -1 without
 * @offset: where in the file
 * @write: may be written
 * @refs: maps, and the list of windows
 */
struct window {
	u64 addr;
	u64 size;
	u8 *host;
	int fd;
	u64 offset;
	bool write;
	u32 refs;
};

/**
 * struct memory_map - windows at one moment
 * @refs: who uses it
 * @local: device memory
 * @count: number of @win
 * @win: host memory, by ascending address
 */
struct memory_map {
	u32 refs;
	struct window *local;
	size_t count;
	struct window *win[];
};

/**
 * struct memory - all memory
 * @local: device memory
 * @win: windows of host memory, by ascending address
 * @count: number of them
 * @room: allocated entries of @win
 * @reachable: the current map has them (bus mastering is on)
 * @map: current map, never NULL
 */
struct memory {
	struct window *local;
	struct window **win;
	size_t count;
	size_t room;
	bool reachable;
	struct memory_map *map;
};

/** memory_init() - make device memory of @size bytes from @fd, which this owns then; 0 or -errno */
int memory_init(struct memory *mem, int fd, u64 size);
void memory_destroy(struct memory *mem);

/** memory_add() - see device_dma_map() */
int memory_add(struct memory *mem, u64 addr, u64 size, int fd, u64 offset, bool write);

/** memory_remove() - see device_dma_unmap() */
int memory_remove(struct memory *mem, u64 addr, u64 size, u64 *removed);

/** memory_set_reachable() - put windows into the map, or take them away from all users */
void memory_set_reachable(struct memory *mem, bool reachable);

/** memory_revoke() - take all memory away from those who use it now, but keep it in the map */
void memory_revoke(struct memory *mem);

struct memory_map *memory_map_get(struct memory *mem);

/** memory_map_put() - drop a reference; from any thread */
void memory_map_put(struct memory_map *map);

/**
 * memory_system() - host pointer for a DMA address
 * @map: map
 * @addr: DMA address
 * @write: for writing
 * @avail: bytes that are contiguous from there
 *
 * Returns NULL if it is not reachable.
 */
void *memory_system(const struct memory_map *map, u64 addr, bool write, u64 *avail);

/** memory_local() - the same for an offset in device memory */
void *memory_local(const struct memory_map *map, u64 offset, u64 *avail);

/** memory_dma() - host pointer for @len bytes at a DMA address, or NULL */
void *memory_dma(const struct memory_map *map, u64 addr, u64 len, bool write);

#endif
