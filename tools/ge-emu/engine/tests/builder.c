// SPDX-License-Identifier: MIT
/*
 * builder.c - assembles programs for tests
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "builder.h"

static void *grow(void *array, size_t count, size_t more, size_t size)
{
	char *grown = realloc(array, (count + more) * size + 1);

	if (!grown)
		abort();
	memset(grown + count * size, 0, more * size);
	return grown;
}

uint32_t add_tensor(struct builder *b, uint8_t dtype, uint32_t rank, const uint32_t *dims,
		    const uint32_t *strides, uint8_t base, uint32_t arg, uint64_t offset)
{
	struct genpu_tensor *t;
	uint32_t stride = 1, d;

	b->tensors = grow(b->tensors, b->header.num_tensors, 1, sizeof(*t));
	t = &b->tensors[b->header.num_tensors];
	t->dtype = dtype;
	t->rank = rank;
	t->base = base;
	t->arg = arg;
	t->offset = offset;
	for (d = rank; d-- > 0;) {
		t->dims[d] = dims[d];
		t->strides[d] = strides ? strides[d] : stride;
		stride *= dims[d] ? dims[d] : 1;
	}
	return b->header.num_tensors++;
}

uint32_t add_op(struct builder *b, uint16_t opcode, const void *attr, uint32_t attr_size,
		uint32_t num_in, const uint32_t *in, uint32_t out)
{
	uint32_t padded = (attr_size + 7) & ~7u, i;
	struct genpu_op *op;

	b->ops = grow(b->ops, b->header.num_ops, 1, sizeof(*op));
	op = &b->ops[b->header.num_ops];
	op->opcode = opcode;
	op->num_in = num_in;
	op->num_out = 1;
	op->operands = b->header.num_operands;
	op->posts = b->header.num_posts;
	op->attrs = b->header.attrs_size;
	op->attrs_size = attr_size;
	b->operands = grow(b->operands, b->header.num_operands, num_in + 1, sizeof(uint32_t));
	for (i = 0; i < num_in; i++)
		b->operands[b->header.num_operands++] = in[i];
	b->operands[b->header.num_operands++] = out;
	b->attrs = grow(b->attrs, b->header.attrs_size, padded, 1);
	if (attr_size)
		memcpy(b->attrs + b->header.attrs_size, attr, attr_size);
	b->header.attrs_size += padded;
	return b->header.num_ops++;
}

void add_post(struct builder *b, uint16_t type, uint16_t kind, uint32_t tensor, float alpha,
	      float beta)
{
	b->posts = grow(b->posts, b->header.num_posts, 1, sizeof(*b->posts));
	b->posts[b->header.num_posts++] = (struct genpu_post){
		.type = type, .kind = kind, .tensor = tensor, .alpha = alpha, .beta = beta
	};
	b->ops[b->header.num_ops - 1].num_posts++;
}

static uint32_t put(uint8_t **blob, size_t *size, void *data, size_t bytes)
{
	uint32_t at = *size;
	size_t padded = (bytes + 7) & ~(size_t)7;

	*blob = grow(*blob, *size, padded, 1);
	if (bytes)
		memcpy(*blob + at, data, bytes);
	*size += padded;
	free(data);
	return at;
}

uint8_t *finish(struct builder *b, size_t *size)
{
	struct genpu_prog_header *h = &b->header;
	static const char strings[] = "\0first\0second";
	uint8_t *blob = NULL;

	if (!b->strings) {
		b->strings = grow(NULL, 0, sizeof(strings), 1);
		memcpy(b->strings, strings, sizeof(strings));
		h->strings_size = sizeof(strings);
	}
	*size = 0;
	blob = grow(NULL, 0, sizeof(*h), 1);
	*size = sizeof(*h);
	h->magic = GENPU_PROG_MAGIC;
	h->version = GENPU_PROG_VERSION;
	h->tensors = put(&blob, size, b->tensors, h->num_tensors * sizeof(*b->tensors));
	h->ops = put(&blob, size, b->ops, h->num_ops * sizeof(*b->ops));
	h->operands = put(&blob, size, b->operands, h->num_operands * sizeof(*b->operands));
	h->posts = put(&blob, size, b->posts, h->num_posts * sizeof(*b->posts));
	h->attrs = put(&blob, size, b->attrs, h->attrs_size);
	h->strings = put(&blob, size, b->strings, h->strings_size);
	h->size = *size;
	memcpy(blob, h, sizeof(*h));
	reseal(blob, *size);
	memset(b, 0, sizeof(*b));
	return blob;
}

void reseal(uint8_t *blob, size_t size)
{
	struct genpu_prog_header h;

	if (size < sizeof(h))
		return;
	memcpy(&h, blob, sizeof(h));
	if (h.size < size && h.size >= sizeof(h))
		size = h.size;
	h.checksum = 0;
	memcpy(blob, &h, sizeof(h));
	h.checksum = crc32(0, blob, size);
	memcpy(blob, &h, sizeof(h));
}
