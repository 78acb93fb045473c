// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "util/log.h"

#define MAX_WINDOWS	65536

static u8 *map_file(int fd, u64 offset, u64 size, bool write)
{
	u8 *p = mmap(NULL, size, PROT_READ | (write ? PROT_WRITE : 0), MAP_SHARED | MAP_NORESERVE,
		     fd, offset);

	return p == MAP_FAILED ? NULL : p;
}

/* Consumes @fd if successful. */
static int window_create(u64 addr, u64 size, int fd, u64 offset, bool write, struct window **out)
{
	struct window *w;
	struct stat st;
	int ret;

	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->addr = addr;
	w->size = size;
	w->fd = fd;
	w->offset = offset;
	w->write = write;
	w->refs = 1;
	if (fd >= 0) {
		/* a mapping beyond the end of the file would end in SIGBUS */
		ret = -EINVAL;
		if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !range_ok(offset, size, st.st_size))
			goto err;
		w->host = map_file(fd, offset, size, write);
		ret = -errno;
		if (!w->host)
			goto err;
	}
	*out = w;
	return 0;
err:
	free(w);
	return ret;
}

static struct window *window_get(struct window *w)
{
	__atomic_add_fetch(&w->refs, 1, __ATOMIC_RELAXED);
	return w;
}

static void window_put(struct window *w)
{
	if (__atomic_sub_fetch(&w->refs, 1, __ATOMIC_ACQ_REL))
		return;
	if (w->host)
		munmap(w->host, w->size);
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}

/*
 * Drops the owner's reference, and takes the memory away from those who still hold the window. The
 * pages change under them in one step, so that no access gets through afterwards and none fails.
 */
static void window_retire(struct window *w)
{
	if (w->host && __atomic_load_n(&w->refs, __ATOMIC_ACQUIRE) > 1 &&
	    mmap(w->host, w->size, PROT_READ | PROT_WRITE,
		 MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED) {
		log_error("cannot take %#llx bytes at DMA address %#llx from running tasks: %s",
			  (unsigned long long)w->size, (unsigned long long)w->addr,
			  strerror(errno));
		abort();
	}
	window_put(w);
}

static int publish(struct memory *mem)
{
	size_t n = mem->reachable ? mem->count : 0;
	struct memory_map *map, *old = mem->map;
	size_t i;

	map = malloc(sizeof(*map) + n * sizeof(map->win[0]));
	if (!map)
		return -ENOMEM;
	map->refs = 1;
	map->local = window_get(mem->local);
	map->count = n;
	for (i = 0; i < n; i++)
		map->win[i] = window_get(mem->win[i]);
	mem->map = map;
	if (old)
		memory_map_put(old);
	return 0;
}

/* For changes that must not fail: there is nobody to tell. */
static void must_publish(struct memory *mem)
{
	if (publish(mem)) {
		log_error("out of memory for a list of %zu windows", mem->count);
		abort();
	}
}

int memory_init(struct memory *mem, int fd, u64 size)
{
	int ret;

	memset(mem, 0, sizeof(*mem));
	ret = window_create(0, size, fd, 0, true, &mem->local);
	if (ret)
		return ret;
	ret = publish(mem);
	if (ret)
		window_put(mem->local);
	return ret;
}

void memory_destroy(struct memory *mem)
{
	size_t i;

	memory_map_put(mem->map);
	for (i = 0; i < mem->count; i++)
		window_put(mem->win[i]);
	window_put(mem->local);
	free(mem->win);
}

int memory_add(struct memory *mem, u64 addr, u64 size, int fd, u64 offset, bool write)
{
	struct window *w;
	size_t i;
	int ret;

	for (i = 0; i < mem->count && mem->win[i]->addr < addr; i++)
		;
	if ((i > 0 && addr - mem->win[i - 1]->addr < mem->win[i - 1]->size) ||
	    (i < mem->count && mem->win[i]->addr - addr < size))
		return -EEXIST;
	if (mem->count == mem->room) {
		size_t room = mem->room ? 2 * mem->room : 32;
		struct window **win;

		if (room > MAX_WINDOWS)
			return -ENOSPC;
		win = realloc(mem->win, room * sizeof(*win));
		if (!win)
			return -ENOMEM;
		mem->win = win;
		mem->room = room;
	}
	ret = window_create(addr, size, fd, offset, write, &w);
	if (ret)
		return ret;
	memmove(mem->win + i + 1, mem->win + i, (mem->count - i) * sizeof(*mem->win));
	mem->win[i] = w;
	mem->count++;
	must_publish(mem);
	return 0;
}

int memory_remove(struct memory *mem, u64 addr, u64 size, u64 *removed)
{
	size_t first, last, i, n;
	struct window **gone;

	*removed = 0;
	for (first = 0; first < mem->count && mem->win[first]->addr < addr; first++)
		;
	if (first > 0 && addr - mem->win[first - 1]->addr < mem->win[first - 1]->size)
		return -EINVAL;
	for (last = first; last < mem->count && mem->win[last]->addr - addr < size; last++)
		if (!range_ok(mem->win[last]->addr - addr, mem->win[last]->size, size))
			return -EINVAL;
	n = last - first;
	if (!n)
		return 0;

	gone = malloc(n * sizeof(*gone));
	if (!gone)
		return -ENOMEM;
	memcpy(gone, mem->win + first, n * sizeof(*gone));
	memmove(mem->win + first, mem->win + last, (mem->count - last) * sizeof(*mem->win));
	mem->count -= n;
	must_publish(mem);
	for (i = 0; i < n; i++) {
		*removed += gone[i]->size;
		window_retire(gone[i]);
	}
	free(gone);
	return 0;
}

/* A window of the same memory that only the caller holds; NULL if @w itself is that. */
static struct window *window_renew(struct window *w, u32 own_refs)
{
	struct window *fresh;
	int fd, ret;

	if (!w->host || __atomic_load_n(&w->refs, __ATOMIC_ACQUIRE) == own_refs)
		return NULL;
	fd = fcntl(w->fd, F_DUPFD_CLOEXEC, 0);
	ret = fd < 0 ? -errno : window_create(w->addr, w->size, fd, w->offset, w->write, &fresh);
	if (ret) {
		log_error("cannot map memory again for a reset: %s", strerror(-ret));
		abort();
	}
	return fresh;
}

void memory_revoke(struct memory *mem)
{
	struct window *fresh;
	size_t i;

	/* with the current map gone, whatever has a reference is running work */
	memory_map_put(mem->map);
	mem->map = NULL;
	for (i = 0; i < mem->count; i++) {
		fresh = window_renew(mem->win[i], 1);
		if (fresh) {
			window_retire(mem->win[i]);
			mem->win[i] = fresh;
		}
	}
	fresh = window_renew(mem->local, 1);
	if (fresh) {
		window_retire(mem->local);
		mem->local = fresh;
	}
	must_publish(mem);
}

void memory_set_reachable(struct memory *mem, bool reachable)
{
	if (mem->reachable == reachable)
		return;
	mem->reachable = reachable;
	if (reachable)
		must_publish(mem);
	else
		memory_revoke(mem);
}

struct memory_map *memory_map_get(struct memory *mem)
{
	__atomic_add_fetch(&mem->map->refs, 1, __ATOMIC_RELAXED);
	return mem->map;
}

void memory_map_put(struct memory_map *map)
{
	size_t i;

	if (__atomic_sub_fetch(&map->refs, 1, __ATOMIC_ACQ_REL))
		return;
	for (i = 0; i < map->count; i++)
		window_put(map->win[i]);
	window_put(map->local);
	free(map);
}

void *memory_system(const struct memory_map *map, u64 addr, bool write, u64 *avail)
{
	size_t lo = 0, hi = map->count;
	const struct window *w;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (map->win[mid]->addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return NULL;
	w = map->win[lo - 1];
	if (addr - w->addr >= w->size || !w->host || (write && !w->write))
		return NULL;
	*avail = w->size - (addr - w->addr);
	return w->host + (addr - w->addr);
}

void *memory_local(const struct memory_map *map, u64 offset, u64 *avail)
{
	if (offset >= map->local->size)
		return NULL;
	*avail = map->local->size - offset;
	return map->local->host + offset;
}

void *memory_dma(const struct memory_map *map, u64 addr, u64 len, bool write)
{
	u64 avail;
	void *p;

	p = memory_system(map, addr, write, &avail);
	return p && avail >= len ? p : NULL;
}
