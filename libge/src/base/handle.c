// SPDX-License-Identifier: MIT
/*
 * handle.c - table of handles. A handle is generation << 32 | type << 24 | index. Free places are
 * used first come first served, so that a stale handle stays recognisable for long.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "error.h"
#include "handle.h"

#define INDEX_BITS	24
#define MAX_SLOTS	(1u << INDEX_BITS)
#define GENERATION_MASK	0xffffffu
#define NO_SLOT		UINT32_MAX

_Static_assert(sizeof(void *) == 8, "handles need 64-bit pointers");

struct slot {
	struct ge_object *obj;
	uint32_t generation;
	uint32_t next_free;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct slot *slots;
static uint32_t num_slots;
static uint32_t first_free = NO_SLOT, last_free = NO_SLOT;

void ge_object_init(struct ge_object *obj, uint8_t type, void (*release)(struct ge_object *obj))
{
	obj->refs = 1;
	obj->type = type;
	obj->handle = NULL;
	obj->release = release;
}

void ge_object_get(struct ge_object *obj)
{
	__atomic_add_fetch(&obj->refs, 1, __ATOMIC_RELAXED);
}

void ge_object_put(struct ge_object *obj)
{
	if (obj && !__atomic_sub_fetch(&obj->refs, 1, __ATOMIC_ACQ_REL))
		obj->release(obj);
}

static void append_free(uint32_t index)
{
	slots[index].next_free = NO_SLOT;
	if (last_free == NO_SLOT)
		first_free = index;
	else
		slots[last_free].next_free = index;
	last_free = index;
}

static int grow(void)
{
	uint32_t count = num_slots ? num_slots * 2 : 64;
	struct slot *new;

	if (num_slots >= MAX_SLOTS)
		return ge_error(ENOMEM, "there are %u handles already, which is the limit",
				num_slots);
	new = realloc(slots, count * sizeof(*new));
	if (!new)
		return ge_error(ENOMEM, "out of memory for a table of %u handles", count);
	slots = new;
	for (uint32_t i = num_slots; i < count; i++) {
		slots[i].obj = NULL;
		slots[i].generation = 1;
		append_free(i);
	}
	num_slots = count;
	return 0;
}

int ge_handle_add(struct ge_object *obj)
{
	uint32_t index;
	int ret = 0;

	pthread_mutex_lock(&lock);
	if (first_free == NO_SLOT)
		ret = grow();
	if (!ret) {
		index = first_free;
		first_free = slots[index].next_free;
		if (first_free == NO_SLOT)
			last_free = NO_SLOT;
		ge_object_get(obj);
		slots[index].obj = obj;
		obj->handle = (void *)((uint64_t)slots[index].generation << 32 |
				       (uint64_t)obj->type << INDEX_BITS | index);
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

/* Needs the lock. */
static struct slot *find(void *handle, uint8_t type)
{
	uint64_t value = (uintptr_t)handle;
	uint32_t index = value & (MAX_SLOTS - 1);

	if (index >= num_slots || ((value >> INDEX_BITS) & 0xff) != type ||
	    value >> 32 != slots[index].generation || !slots[index].obj ||
	    slots[index].obj->type != type)
		return NULL;
	return &slots[index];
}

struct ge_object *ge_handle_get(void *handle, uint8_t type)
{
	struct ge_object *obj = NULL;
	struct slot *slot;

	pthread_mutex_lock(&lock);
	slot = find(handle, type);
	if (slot) {
		obj = slot->obj;
		ge_object_get(obj);
	}
	pthread_mutex_unlock(&lock);
	return obj;
}

/* Needs the lock. */
static struct ge_object *empty(struct slot *slot)
{
	struct ge_object *obj = slot->obj;

	slot->obj = NULL;
	slot->generation = (slot->generation & GENERATION_MASK) + 1;
	append_free(slot - slots);
	return obj;
}

struct ge_object *ge_handle_remove(void *handle, uint8_t type)
{
	struct ge_object *obj = NULL;
	struct slot *slot;

	pthread_mutex_lock(&lock);
	slot = find(handle, type);
	if (slot)
		obj = empty(slot);
	pthread_mutex_unlock(&lock);
	return obj;
}

struct ge_object *ge_handle_take(uint8_t type)
{
	struct ge_object *obj = NULL;

	pthread_mutex_lock(&lock);
	for (uint32_t i = 0; i < num_slots && !obj; i++)
		if (slots[i].obj && slots[i].obj->type == type)
			obj = empty(&slots[i]);
	pthread_mutex_unlock(&lock);
	return obj;
}

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork_in_parent(void)
{
	pthread_mutex_unlock(&lock);
}

static void after_fork_in_child(void)
{
	for (uint32_t i = 0; i < num_slots; i++)
		if (slots[i].obj)
			empty(&slots[i]);
	pthread_mutex_unlock(&lock);
}

void ge_handle_watch_forks(void)
{
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}
