/* SPDX-License-Identifier: MIT */
/*
 * builder.h - assembles programs for tests
 */
#ifndef GE_EMU_ENGINE_TESTS_BUILDER_H
#define GE_EMU_ENGINE_TESTS_BUILDER_H

#include <stddef.h>
#include <stdint.h>

#include <drm/genpu_isa.h>

/**
 * struct builder - a program in parts
 * @tensors, @ops, @operands, @posts, @attrs, @strings: its sections, grown as needed
 */
struct builder {
	struct genpu_prog_header header;
	struct genpu_tensor *tensors;
	struct genpu_op *ops;
	uint32_t *operands;
	struct genpu_post *posts;
	uint8_t *attrs;
	char *strings;
};

/* Each returns the index of what it added. Without strides a tensor is dense. */
uint32_t add_tensor(struct builder *b, uint8_t dtype, uint32_t rank, const uint32_t *dims,
		    const uint32_t *strides, uint8_t base, uint32_t arg, uint64_t offset);
uint32_t add_op(struct builder *b, uint16_t opcode, const void *attr, uint32_t attr_size,
		uint32_t num_in, const uint32_t *in, uint32_t out);
/* A post-operation of the operator added last. */
void add_post(struct builder *b, uint16_t type, uint16_t kind, uint32_t tensor, float alpha,
	      float beta);

/* The program's bytes, to be freed; the builder is empty afterwards. */
uint8_t *finish(struct builder *b, size_t *size);
/* Make the checksum right again after bytes were changed. */
void reseal(uint8_t *blob, size_t size);

#endif /* GE_EMU_ENGINE_TESTS_BUILDER_H */
