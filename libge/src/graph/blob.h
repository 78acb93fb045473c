/* SPDX-License-Identifier: MIT */
/*
 * Immutable bytes shared by reference: constants are large, and graphs are cloned and compiled
 * without copying them. Counting is atomic, so clones may live in different threads.
 */
#ifndef GE_GRAPH_BLOB_H
#define GE_GRAPH_BLOB_H

#include <stddef.h>

struct ge_blob {
	size_t refs;
	size_t size;
	unsigned char data[] __attribute__((aligned(64)));
};

/** ge_blob_create - @size bytes, zeroed if @data is NULL; NULL with a message for want of memory */
struct ge_blob *ge_blob_create(const void *data, size_t size);
struct ge_blob *ge_blob_get(struct ge_blob *blob);
/** ge_blob_put - drop a reference; NULL is ignored */
void ge_blob_put(struct ge_blob *blob);

#endif
