// SPDX-License-Identifier: MIT
/*
 * slots.c - words in host memory to which the device writes the times of events. A slot that is
 * given back while its job is still to come waits in line until the stream has passed it.
 */
#include <stdlib.h>

#include "acl/core.h"

#define PAGE_WORDS	(GENPU_PAGE_SIZE / sizeof(uint64_t))

struct page {
	struct page *next;
	uint64_t *memory;
	struct acl_slot slots[PAGE_WORDS];
};

struct acl_slots {
	int refs;		/* atomic: the device's, and one for each slot that is out */
	pthread_mutex_t lock;
	struct ge_device *dev;	/* NULL = closed, the words are gone */
	struct page *pages;
	struct acl_slot *first;	/* given back, oldest first */
	struct acl_slot **last;
};

struct acl_slots *acl_slots_new(struct ge_device *dev)
{
	struct acl_slots *slots = calloc(1, sizeof(*slots));

	if (!slots)
		return NULL;
	slots->refs = 1;
	slots->dev = dev;
	slots->last = &slots->first;
	pthread_mutex_init(&slots->lock, NULL);
	return slots;
}

void acl_slots_hold(struct acl_slots *slots)
{
	__atomic_add_fetch(&slots->refs, 1, __ATOMIC_RELAXED);
}

void acl_slots_drop(struct acl_slots *slots)
{
	struct page *page;

	if (__atomic_sub_fetch(&slots->refs, 1, __ATOMIC_ACQ_REL))
		return;
	/* With the last slot back, only those in line refer to streams. */
	for (struct acl_slot *slot = slots->first; slot; slot = slot->next)
		if (slot->stream)
			acl_stream_put(slot->stream);
	while ((page = slots->pages)) {
		slots->pages = page->next;
		free(page);
	}
	pthread_mutex_destroy(&slots->lock);
	free(slots);
}

void acl_slots_close(struct acl_slots *slots)
{
	pthread_mutex_lock(&slots->lock);
	for (struct page *page = slots->pages; page; page = page->next)
		ge_mem_free(slots->dev, page->memory);
	slots->dev = NULL;
	pthread_mutex_unlock(&slots->lock);
	acl_slots_drop(slots);
}

/* With the lock. */
static void append(struct acl_slots *slots, struct acl_slot *slot)
{
	slot->next = NULL;
	*slots->last = slot;
	slots->last = &slot->next;
}

/* With the lock. */
static aclError add_page(struct acl_slots *slots)
{
	struct page *page;
	void *memory;
	int ret;

	if (!slots->dev)
		return acl_fail(ACL_ERROR_RT_CONTEXT_NULL, "the device was reset");
	page = calloc(1, sizeof(*page));
	if (!page)
		return acl_fail(ACL_ERROR_BAD_ALLOC, "out of memory");
	ret = ge_mem_alloc(slots->dev, GENPU_PAGE_SIZE, GE_MEM_HOST, &memory);
	if (ret) {
		free(page);
		return ACL_ERROR_RT_NO_EVENT_RESOURCE;
	}
	page->memory = memory;
	page->next = slots->pages;
	slots->pages = page;
	for (unsigned int i = 0; i < PAGE_WORDS; i++) {
		page->slots[i].word = &page->memory[i];
		append(slots, &page->slots[i]);
	}
	return ACL_SUCCESS;
}

aclError acl_slots_get(struct acl_slots *slots, struct acl_slot **result)
{
	struct acl_stream *stream = NULL;
	struct acl_slot *slot;
	aclError code = ACL_SUCCESS;

	pthread_mutex_lock(&slots->lock);
	slot = slots->first;
	/* The longest in line is still to be written: so are, most likely, those behind it. */
	if (!slot || (slot->stream && !acl_stream_reached(slot->stream, slot->point))) {
		struct acl_slot *line = slots->first, **end = slots->last;

		slots->first = NULL;
		slots->last = &slots->first;
		code = add_page(slots);
		if (line) {
			*slots->last = line;
			slots->last = end;
		}
	}
	if (!code) {
		slot = slots->first;
		slots->first = slot->next;
		if (!slots->first)
			slots->last = &slots->first;
		stream = slot->stream;
		slot->stream = NULL;
		__atomic_store_n(slot->word, 0, __ATOMIC_RELAXED);
		acl_slots_hold(slots);
	}
	pthread_mutex_unlock(&slots->lock);
	if (stream)
		acl_stream_put(stream);
	*result = slot;
	return code;
}

void acl_slots_put(struct acl_slots *slots, struct acl_slot *slot)
{
	pthread_mutex_lock(&slots->lock);
	append(slots, slot);
	pthread_mutex_unlock(&slots->lock);
	acl_slots_drop(slots);
}

uint64_t acl_slots_read(struct acl_slots *slots, const struct acl_slot *slot)
{
	uint64_t time = 0;

	pthread_mutex_lock(&slots->lock);
	if (slots->dev)
		time = __atomic_load_n(slot->word, __ATOMIC_ACQUIRE);
	pthread_mutex_unlock(&slots->lock);
	return time;
}
