// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_value.c - random values, most of them such that a call gets far.
 */
#include "fuzz.h"

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/* fuzz_seed() - begin an operation */
void fuzz_seed(struct fuzz_thread *t, uint64_t index)
{
	uint64_t who = t->process->number << 8 | t->number << 1 | t->child;

	t->index = index;
	t->random = mix(mix(mix(t->process->seed) ^ who) ^ index);
	t->used = 0;
}

uint64_t fuzz_random(struct fuzz_thread *t)
{
	return mix(t->random++);
}

/* fuzz_below() - 0 .. n - 1 */
uint32_t fuzz_below(struct fuzz_thread *t, uint32_t n)
{
	return (fuzz_random(t) >> 32) * n >> 32;
}

bool fuzz_chance(struct fuzz_thread *t, uint32_t percent)
{
	return fuzz_below(t, 100) < percent;
}

/* fuzz_u64() - a number at a boundary of something, or any */
uint64_t fuzz_u64(struct fuzz_thread *t)
{
	uint64_t bit = 1ull << fuzz_below(t, 64);

	switch (fuzz_below(t, 8)) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX;
	case 2:
		return bit - 1;
	case 3:
		return bit + 1;
	case 4:
		return ~bit;
	case 5:
		return fuzz_below(t, 16);
	case 6:
		return fuzz_random(t);
	}
	return bit;
}

uint32_t fuzz_u32(struct fuzz_thread *t)
{
	uint64_t value = fuzz_u64(t);

	return value >> 32 ?: value;
}

/*
 * fuzz_size() - of memory: little enough that a machine of 1 GiB bears it from all threads, or far
 * more than any machine has
 */
uint64_t fuzz_size(struct fuzz_thread *t)
{
	uint32_t kind = fuzz_below(t, 100);

	if (kind < 50)
		return KIB(4) * (1 + fuzz_below(t, 16));
	if (kind < 80)
		return KIB(128);
	if (kind < 90)
		return KIB(4) * (1 + fuzz_below(t, 256));
	if (kind < 92)
		return MIB(4);
	if (kind < 95)
		return 1 + fuzz_below(t, 100000);
	if (kind < 97)
		return 0;
	return 1ull << (44 + fuzz_below(t, 20)) | (fuzz_random(t) & 0xfff);
}

uint32_t fuzz_slot(struct fuzz_thread *t)
{
	return fuzz_below(t, FUZZ_SLOTS);
}

/*
 * fuzz_id() - mostly what is in the slot of the file, or in the next one that is not empty;
 * sometimes something else's id, or none
 */
uint32_t fuzz_id(struct fuzz_thread *t, uint32_t file, enum fuzz_kind kind, uint32_t slot)
{
	uint32_t which = fuzz_below(t, 100), id, i;

	if (which >= 96)
		return fuzz_u32(t);
	if (which >= 93)
		kind = fuzz_below(t, FUZZ_KINDS);
	else if (which >= 90)
		file = fuzz_below(t, FUZZ_FILES);
	for (i = 0; i < FUZZ_SLOTS; i++) {
		id = __atomic_load_n(&t->process->files[file].ids[kind][(slot + i) % FUZZ_SLOTS],
				     __ATOMIC_RELAXED);
		if (id)
			return id;
	}
	return 0;
}

/* fuzz_va() - an address in a context */
uint64_t fuzz_va(struct fuzz_thread *t)
{
	uint64_t window = FUZZ_VA + fuzz_below(t, FUZZ_WINDOWS) * FUZZ_WINDOW;
	uint32_t which = fuzz_below(t, 100);

	if (which < 85)
		return window;
	if (which < 93)
		return window + KIB(4) * fuzz_below(t, 64);
	if (which < 95)
		return (1ull << GENPU_VA_BITS) - KIB(4) * fuzz_below(t, 40);
	return fuzz_u64(t);
}

/* fuzz_time() - CLOCK_MONOTONIC: now, in some milliseconds, or for good */
int64_t fuzz_time(struct fuzz_thread *t)
{
	uint32_t which = fuzz_below(t, 100);

	if (which < 50)
		return npu_now() + fuzz_below(t, 8) * MSEC;
	if (which < 70)
		return 0;
	if (which < 75)
		return npu_now() + 40 * MSEC;
	if (which < 80)
		return INT64_MAX;	/* until the next signal */
	return (int64_t)fuzz_u64(t);
}

/* fuzz_arena() - a place for, or in, a CPU mapping of a BO */
void *fuzz_arena(struct fuzz_thread *t, uint64_t size)
{
	uint64_t at = fuzz_below(t, FUZZ_ARENA_SLOTS) * FUZZ_ARENA_SLOT;

	if (fuzz_chance(t, 30))
		at += KIB(4) * fuzz_below(t, 32);
	if (size > FUZZ_ARENA - at)
		at = 0;
	return t->process->arena + at;
}

static bool race_begin(struct fuzz_thread *t, void *data, uint32_t size)
{
	struct fuzz_process *process = t->process;
	uint32_t none = 0;
	int i;

	if (t->child || !__atomic_compare_exchange_n(&process->race_size, &none, UINT32_MAX, false,
						     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return false;
	__atomic_store_n(&process->race, data, __ATOMIC_RELAXED);
	__atomic_store_n(&process->race_size, size, __ATOMIC_RELEASE);
	for (i = 0; i < 20 && !__atomic_load_n(&process->racing, __ATOMIC_ACQUIRE); i++)
		usleep(100);
	return true;
}

/* fuzz_race_end() - the kernel has read the arguments: their memory is ours again */
void fuzz_race_end(struct fuzz_thread *t)
{
	struct fuzz_process *process = t->process;

	if (!t->raced)
		return;
	pthread_mutex_lock(&process->race_lock);
	__atomic_store_n(&process->race_size, 0, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&process->race_lock);
	t->raced = false;
}

/**
 * fuzz_place() - give data a place that the kernel can read
 * @t: thread
 * @data: contents
 * @size: bytes
 *
 * Return: address, valid as long as the operation lasts.
 */
uint64_t fuzz_place(struct fuzz_thread *t, const void *data, uint32_t size)
{
	uint8_t *place = t->scratch + t->used;

	t->used += (size + 63) & ~63u;
	if (t->used > FUZZ_SCRATCH)
		abort();
	return npu_u64(memcpy(place, data, size));
}

/**
 * fuzz_pointer() - give data a place in user memory
 * @t: thread
 * @data: contents
 * @size: bytes
 * @certain: cleared if the kernel may see something else, or nothing
 *
 * Return: address, most often one that is valid as long as the operation lasts.
 */
uint64_t fuzz_pointer(struct fuzz_thread *t, const void *data, uint32_t size, bool *certain)
{
	uint32_t which = fuzz_below(t, 100);
	uint32_t at = t->used;
	uint8_t *place = npu_ptr(fuzz_place(t, data, size));

	if (which < 4) {
		/* The same, but not aligned. */
		t->used += 64;
		return npu_u64(memmove(place + which, place, size));
	}
	if (which < 86 || !size)
		return npu_u64(place);
	*certain = false;
	switch (which) {
	case 86 ... 89:
		t->raced = race_begin(t, place, size) || t->raced;
		return npu_u64(place);
	case 90 ... 91:
		return npu_u64(t->readonly + at);
	case 92 ... 93:
		place = t->scratch + FUZZ_SCRATCH - size / 2;
		memcpy(place, data, size / 2);
		return npu_u64(place);
	case 94 ... 96:
		return npu_u64(fuzz_arena(t, size)) + fuzz_below(t, 4096);
	case 97:
		return 0;
	case 98:
		return 0xffff888000100000ull;
	}
	return fuzz_u64(t);
}
