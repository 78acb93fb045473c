/* SPDX-License-Identifier: MIT */
/*
 * Handles: numbers that name reference counted objects, so that a handle of a destroyed object is
 * recognised instead of dereferenced. A handle looks like a pointer but is an index, a type and a
 * generation; it is never NULL, and not reused before 2^24 others had its place.
 */
#ifndef GE_BASE_HANDLE_H
#define GE_BASE_HANDLE_H

#include <stdint.h>

/**
 * struct ge_object - first member of what handles name
 * @refs: number of references; the object starts with one, its maker's
 * @type: 1 .. 255
 * @handle: set by ge_handle_add()
 * @release: frees the object when the last reference goes
 */
struct ge_object {
	int refs;
	uint8_t type;
	void *handle;
	void (*release)(struct ge_object *obj);
};

void ge_object_init(struct ge_object *obj, uint8_t type, void (*release)(struct ge_object *obj));
void ge_object_get(struct ge_object *obj);
/** ge_object_put - drop a reference; NULL is fine */
void ge_object_put(struct ge_object *obj);

/** ge_handle_add - name @obj; the table takes a reference of its own. 0 or -ENOMEM */
int ge_handle_add(struct ge_object *obj);
/** ge_handle_get - the object of @type named @handle with a new reference, or NULL */
struct ge_object *ge_handle_get(void *handle, uint8_t type);
/**
 * ge_handle_remove - forget the name; returns the table's reference, or NULL if @handle names no
 * object of @type. Of several threads that remove one handle, one gets the object.
 */
struct ge_object *ge_handle_remove(void *handle, uint8_t type);
/** ge_handle_take - as ge_handle_remove(), for any object of @type; NULL if there is none */
struct ge_object *ge_handle_take(uint8_t type);
/**
 * ge_handle_watch_forks - let the names end in children of this process (the objects are left
 * alone)
 *
 * To be called before locks are registered under which this file's functions are called.
 */
void ge_handle_watch_forks(void);

#endif
