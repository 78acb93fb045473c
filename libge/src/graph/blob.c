// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "graph/blob.h"

struct ge_blob *ge_blob_create(const void *data, size_t size)
{
	struct ge_blob *blob = NULL;
	size_t bytes;

	if (size <= SIZE_MAX / 2) {
		bytes = (sizeof(*blob) + size + 63) & ~(size_t)63;
		blob = aligned_alloc(64, bytes);
	}
	if (!blob) {
		ge_error(ENOMEM, "no memory for a constant of %zu bytes", size);
		return NULL;
	}
	blob->refs = 1;
	blob->size = size;
	if (data)
		memcpy(blob->data, data, size);
	else
		memset(blob->data, 0, size);
	return blob;
}

struct ge_blob *ge_blob_get(struct ge_blob *blob)
{
	__atomic_add_fetch(&blob->refs, 1, __ATOMIC_RELAXED);
	return blob;
}

void ge_blob_put(struct ge_blob *blob)
{
	if (blob && !__atomic_sub_fetch(&blob->refs, 1, __ATOMIC_ACQ_REL))
		free(blob);
}
