// SPDX-License-Identifier: GPL-2.0-only
/*
 * program.c - programs that are wrong: each is refused with the code, the place in the program, the
 * operator and the operand, and nothing of it stays behind.
 */
#include <stddef.h>

#include "genpu_fixture.h"
#include "genpu_prog.h"

#define CONST_VA	(FIX_SYS_VA + PROG_MAX)

/* ANY: the specification leaves it open. */
#define ANY		0xfffffffeu

/**
 * struct verdict - what a wrong program should get
 * @error: enum genpu_error
 * @from: first byte of the program that @error_offset may name, or ANY
 * @bytes: that it may lie behind @from, 0 for exactly there
 * @op: operator
 * @operand: operand or tensor
 */
struct verdict {
	uint32_t error;
	uint32_t from;
	uint32_t bytes;
	uint32_t op;
	uint32_t operand;
};

static bool fits(uint32_t want, uint32_t seen)
{
	return want == ANY || want == seen;
}

#define EXPECT_VERDICT(v, prog_size, size_of_consts) do {				\
	struct drm_genpu_graph_load load;						\
	const struct verdict want = v;							\
											\
	EXPECT_EQ(-EBADMSG, npu_graph_load(self->fd, self->ctx, self->sys.map, prog_size, \
		(size_of_consts) ? CONST_VA : 0, size_of_consts, &load)) {		\
		TH_LOG("expected error %u", want.error);				\
	}										\
	EXPECT_EQ(0, load.graph_id);							\
	EXPECT_EQ(want.error, load.error);						\
	EXPECT_TRUE(want.from == ANY || (load.error_offset >= want.from &&		\
		    load.error_offset <= want.from + want.bytes)) {			\
		TH_LOG("error %u at %u, not in %u + %u", load.error,			\
		       load.error_offset, want.from, want.bytes);			\
	}										\
	EXPECT_TRUE(fits(want.op, load.error_op)) {					\
		TH_LOG("error %u of operator %u, not %u", load.error, load.error_op,	\
		       want.op);							\
	}										\
	EXPECT_TRUE(fits(want.operand, load.error_operand)) {				\
		TH_LOG("error %u of operand %u, not %u", load.error,			\
		       load.error_operand, want.operand);				\
	}										\
} while (0)

#define V(...)		((struct verdict){ __VA_ARGS__ })
#define HEADER(field)	offsetof(struct genpu_prog_header, field)

/* A field of the header: neither operator nor operand is meant. */
#define V_HEADER(error, field)	V(error, HEADER(field), 0, GENPU_NONE, GENPU_NONE)

static uint64_t net_build(void *out)
{
	struct prog p;

	net_prog(&p);
	net_consts(out + PROG_MAX);
	return prog_build(&p, out);
}

TEST_F(npu, truncated_programs)
{
	struct genpu_prog_header *h = self->sys.map;
	uint64_t size = net_build(h);

	EXPECT_VERDICT(V(GENPU_ERR_PROG_TRUNCATED, ANY, 0, GENPU_NONE, GENPU_NONE), 1,
		       NET_CONST_SIZE);
	EXPECT_VERDICT(V(GENPU_ERR_PROG_TRUNCATED, ANY, 0, GENPU_NONE, GENPU_NONE),
		       sizeof(*h) - 1, NET_CONST_SIZE);
	EXPECT_VERDICT(V(GENPU_ERR_PROG_TRUNCATED, ANY, 0, GENPU_NONE, GENPU_NONE), sizeof(*h),
		       NET_CONST_SIZE);
	EXPECT_VERDICT(V(GENPU_ERR_PROG_TRUNCATED, ANY, 0, GENPU_NONE, GENPU_NONE), size - 8,
		       NET_CONST_SIZE);
}

TEST_F(npu, things_that_are_not_programs)
{
	struct genpu_prog_header *h = self->sys.map;
	uint64_t size = net_build(h);

	memset(h, 0, size);
	EXPECT_VERDICT(V_HEADER(GENPU_ERR_PROG_MAGIC, magic), size, NET_CONST_SIZE);
	net_build(h);
	h->magic ^= 1ull << 63;
	prog_seal(h);
	EXPECT_VERDICT(V_HEADER(GENPU_ERR_PROG_MAGIC, magic), size, NET_CONST_SIZE);
	net_build(h);
	h->version += 0x10000;
	prog_seal(h);
	EXPECT_VERDICT(V_HEADER(GENPU_ERR_PROG_VERSION, version), size, NET_CONST_SIZE);
}

TEST_F(npu, corrupted_programs)
{
	struct genpu_prog_header *h = self->sys.map;
	uint64_t size = net_build(h), at;

	for (at = HEADER(const_size); at < size; at += 13) {
		((uint8_t *)h)[at] ^= 0x40;
		EXPECT_VERDICT(V_HEADER(GENPU_ERR_PROG_CHECKSUM, checksum), size, NET_CONST_SIZE);
		((uint8_t *)h)[at] ^= 0x40;
	}
	h->checksum ^= 1;
	EXPECT_VERDICT(V_HEADER(GENPU_ERR_PROG_CHECKSUM, checksum), size, NET_CONST_SIZE);
}

TEST_F(npu, wrong_headers)
{
	static const struct {
		uint32_t field;
		uint32_t value;
	} cases[] = {
		{ HEADER(num_inputs), GENPU_PROG_MAX_ARGS + 1 },
		{ HEADER(num_outputs), GENPU_PROG_MAX_ARGS + 1 },
		{ HEADER(num_tensors), GENPU_PROG_MAX_TENSORS + 1 },
		{ HEADER(num_ops), GENPU_PROG_MAX_OPS + 1 },
		{ HEADER(tensors), 3 },
		{ HEADER(tensors), 0xfffffff8 },
		{ HEADER(ops), 0xfffffff8 },
		{ HEADER(operands), 0xfffffff8 },
		{ HEADER(posts), 0xfffffff8 },
		{ HEADER(attrs), 0xfffffff8 },
		{ HEADER(strings), 0xfffffff8 },
		{ HEADER(reserved[0]), 1 },
		{ HEADER(reserved[7]), 1 },
	};
	uint64_t size;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		size = net_build(self->sys.map);
		*(uint32_t *)(self->sys.map + cases[i].field) = cases[i].value;
		prog_seal(self->sys.map);
		EXPECT_VERDICT(V(GENPU_ERR_PROG_HEADER, cases[i].field, 0, GENPU_NONE,
				 GENPU_NONE), size, NET_CONST_SIZE);
	}
}

TEST_F(npu, wrong_constants)
{
	uint64_t size = net_build(self->sys.map);

	EXPECT_VERDICT(V(GENPU_ERR_PROG_CONST, ANY, 0, GENPU_NONE, ANY), size, 0);
	EXPECT_VERDICT(V(GENPU_ERR_PROG_CONST, ANY, 0, GENPU_NONE, ANY), size,
		       NET_CONST_SIZE - 64);
}

/* A tensor is damaged before the program is built; the verdict names its record, and it. */
#define EXPECT_TENSOR(code, tensor, change) do {					\
	struct prog p;									\
	struct genpu_tensor *t = &p.tensors[tensor];					\
	struct genpu_prog_header *h = self->sys.map;					\
	uint64_t size;									\
											\
	net_prog(&p);									\
	change;										\
	size = prog_build(&p, h);							\
	EXPECT_VERDICT(V(code, h->tensors + (tensor) * sizeof(*t), sizeof(*t) - 1,	\
			 GENPU_NONE, tensor), size, NET_CONST_SIZE);			\
} while (0)

TEST_F(npu, wrong_tensors)
{
	net_build(self->sys.map);
	EXPECT_TENSOR(GENPU_ERR_PROG_TENSOR, NET_TX, t->dtype = 5);
	EXPECT_TENSOR(GENPU_ERR_PROG_TENSOR, NET_TW, t->dtype = 255);
	EXPECT_TENSOR(GENPU_ERR_PROG_TENSOR, NET_TX, t->rank = GENPU_MAX_RANK + 1);
	EXPECT_TENSOR(GENPU_ERR_PROG_TENSOR, NET_TX, t->base = 3);
	EXPECT_TENSOR(GENPU_ERR_PROG_TENSOR, NET_TX, t->reserved = 1);
	EXPECT_TENSOR(GENPU_ERR_PROG_TENSOR, NET_TY, t->reserved2 = 1);
	EXPECT_TENSOR(GENPU_ERR_PROG_TENSOR, NET_TX, t->arg = 2);
	EXPECT_TENSOR(GENPU_ERR_PROG_TENSOR, NET_TW, t->arg = 1);
	EXPECT_TENSOR(GENPU_ERR_PROG_TENSOR, NET_TX, t->name = 64);
	EXPECT_TENSOR(GENPU_ERR_PROG_TENSOR, NET_TX, t->dims[4] = 1);
	EXPECT_TENSOR(GENPU_ERR_PROG_TENSOR, NET_TX, t->strides[7] = 1);
	EXPECT_TENSOR(GENPU_ERR_PROG_TENSOR, NET_TM, t->offset = 2);
	EXPECT_TENSOR(GENPU_ERR_PROG_TENSOR, NET_TM, t->offset += 64);
	EXPECT_TENSOR(GENPU_ERR_PROG_TENSOR, NET_TM, t->offset = UINT64_MAX - 3);
	EXPECT_TENSOR(GENPU_ERR_PROG_TENSOR, NET_TW, t->dims[0] = 100000);
	EXPECT_TENSOR(GENPU_ERR_PROG_TENSOR, NET_TW, t->strides[0] = UINT32_MAX);
	EXPECT_TENSOR(GENPU_ERR_PROG_TENSOR, NET_TH, t->offset = 64);
	EXPECT_TENSOR(GENPU_ERR_PROG_TENSOR, NET_TX, t->offset = UINT64_MAX - 3);
}

/* The same for an operator; @which is the operand that the verdict names. */
#define EXPECT_OP(code, index, which, change) do {					\
	struct genpu_attr_conv *conv;							\
	struct prog p;									\
	struct genpu_op *op = &p.ops[index];						\
	uint64_t size;									\
											\
	net_prog(&p);									\
	conv = (void *)p.attrs;								\
	change;										\
	(void)conv;									\
	(void)op;									\
	size = prog_build(&p, self->sys.map);						\
	EXPECT_VERDICT(V(code, 0, size, index, which), size, NET_CONST_SIZE);		\
} while (0)

TEST_F(npu, wrong_operators)
{
	net_build(self->sys.map);
	EXPECT_OP(GENPU_ERR_PROG_OPCODE, NET_CONV, ANY, op->opcode = 0);
	EXPECT_OP(GENPU_ERR_PROG_OPCODE, NET_MATMUL, ANY, op->opcode = 99);
	EXPECT_OP(GENPU_ERR_PROG_OPCODE, NET_MATMUL, ANY, op->opcode = UINT16_MAX);
	EXPECT_OP(GENPU_ERR_PROG_OPERAND, NET_CONV, 1, p.operands[1] = 7);
	EXPECT_OP(GENPU_ERR_PROG_OPERAND, NET_CONV, 0, p.operands[0] = GENPU_NONE);
	EXPECT_OP(GENPU_ERR_PROG_OPERAND, NET_CONV, 3, p.operands[3] = GENPU_NONE);
	EXPECT_OP(GENPU_ERR_PROG_OPERAND, NET_CONV, 3, p.operands[3] = UINT32_MAX - 1);
	EXPECT_OP(GENPU_ERR_PROG_OPERAND, NET_MATMUL, ANY, op->num_in = 1; op->num_out = 2);
	EXPECT_OP(GENPU_ERR_PROG_OPERAND, NET_MATMUL, ANY, op->num_in = UINT16_MAX);
	EXPECT_OP(GENPU_ERR_PROG_OPERAND, NET_MATMUL, ANY, op->operands = UINT32_MAX);
	EXPECT_OP(GENPU_ERR_PROG_ATTR, NET_CONV, ANY, op->attrs_size = 4);
	EXPECT_OP(GENPU_ERR_PROG_ATTR, NET_CONV, ANY, op->attrs = 0xfffffff8);
	EXPECT_OP(GENPU_ERR_PROG_ATTR, NET_CONV, ANY, conv->groups = 0);
	EXPECT_OP(GENPU_ERR_PROG_ATTR, NET_CONV, ANY, conv->strides[1] = 0);
	EXPECT_OP(GENPU_ERR_PROG_ATTR, NET_CONV, ANY, conv->dilations[0] = 0);
	EXPECT_OP(GENPU_ERR_PROG_ATTR, NET_CONV, ANY, conv->strides[2] = 1);
}

TEST_F(npu, wrong_types_and_shapes)
{
	net_build(self->sys.map);
	EXPECT_OP(GENPU_ERR_PROG_TYPE, NET_CONV, ANY, p.tensors[NET_TX].dtype = GENPU_DT_I32);
	EXPECT_OP(GENPU_ERR_PROG_TYPE, NET_MATMUL, ANY, p.tensors[NET_TM].dtype = GENPU_DT_U32);
	EXPECT_OP(GENPU_ERR_PROG_SHAPE, NET_CONV, ANY, p.tensors[NET_TX].dims[1] = 3);
	EXPECT_OP(GENPU_ERR_PROG_SHAPE, NET_CONV, ANY, p.tensors[NET_TB].dims[0] = 2);
	EXPECT_OP(GENPU_ERR_PROG_SHAPE, NET_CONV, ANY, conv->pads_end[0] = 0);
	EXPECT_OP(GENPU_ERR_PROG_SHAPE, NET_MATMUL, ANY, p.tensors[NET_TM].dims[0] = 35);
	EXPECT_OP(GENPU_ERR_PROG_SHAPE, NET_MATMUL, ANY, p.tensors[NET_TY].dims[1] = 3);
}

/* What must never be written: constants, inputs, and one element of an output twice. */
TEST_F(npu, wrong_outputs)
{
	net_build(self->sys.map);
	EXPECT_OP(GENPU_ERR_PROG_OPERAND, NET_MATMUL, 2, p.tensors[NET_TY].arg = 0);
	EXPECT_OP(GENPU_ERR_PROG_OPERAND, NET_MATMUL, 2,
		  p.tensors[NET_TY].base = GENPU_BASE_CONST; p.tensors[NET_TY].arg = 0);
	EXPECT_OP(GENPU_ERR_PROG_OPERAND, NET_MATMUL, 2, p.tensors[NET_TY].strides[0] = 0);
	EXPECT_OP(GENPU_ERR_PROG_OPERAND, NET_MATMUL, 2, p.tensors[NET_TY].strides[0] = 2);
}

/*
 * Random damage under a right checksum. Whatever is loaded is also run: it may do what it likes to
 * its arguments, but the device, its stream and the guard behind the arguments are unharmed.
 */
TEST_F(npu, random_programs_do_no_harm)
{
	const uint32_t guard = 0xfeedf00d;
	struct drm_genpu_stream_state state;
	struct drm_genpu_graph_load load;
	uint8_t *image = self->sys.map;
	uint64_t seed = 31415, size, *args = self->sys.map + 65536, *guards;
	uint32_t loaded = 0, refused = 0;
	struct genpu_task task;
	struct npu_buf other;
	int i, j, ret;

	/* A neighbour whose contents must stay. */
	ASSERT_EQ(0, npu_bo_create(self->fd, DRM_GENPU_REGION_DEVICE, FIX_SIZE, &other));
	ASSERT_EQ(0, npu_bo_map(self->fd, &other));
	guards = other.map;
	for (i = 0; i < (int)(FIX_SIZE / 8); i++)
		guards[i] = guard;
	for (i = 0; i < 600; i++) {
		size = net_build(image);
		for (j = npu_random(&seed) % 3; j >= 0; j--) {
			uint64_t dice = npu_random(&seed);
			uint64_t at = 32 + (dice >> 16) % (size - 32);

			if (dice & 1)
				image[at] ^= 1 << (dice >> 8 & 7);
			else
				image[at] = dice >> 8;
		}
		prog_seal(image);
		ret = npu_graph_load(self->fd, self->ctx, image, size, CONST_VA, NET_CONST_SIZE,
				     &load);
		ASSERT_TRUE(!ret || ret == -EBADMSG) {
			TH_LOG("round %d: %d", i, ret);
		}
		if (ret) {
			ASSERT_NE(GENPU_OK, load.error);
			refused++;
			continue;
		}
		loaded++;
		for (j = 0; j < 8; j++)
			args[j] = FIX_DEV_VA + j * 65536;
		task = npu_graph(load.graph_id, FIX_SYS_VA + 65536, 2, FIX_DEV_VA + 4 * 65536,
				 8 * 65536, 0);
		ASSERT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, NULL));
		ASSERT_EQ(0, npu_wait(self->fd, self->stream, NULL));
		ASSERT_EQ(0, npu_stream_state(self->fd, self->stream,
					      DRM_GENPU_STREAM_STATE_CLEAR, &state));
		ASSERT_GE(DRM_GENPU_STREAM_FAULT, state.status);
		ASSERT_EQ(0, npu_graph_unload(self->fd, load.graph_id));
	}
	EXPECT_LT(0, loaded);
	EXPECT_LT(0, refused);
	for (i = 0; i < (int)(FIX_SIZE / 8); i++)
		ASSERT_EQ(guard, guards[i]);
	munmap(other.map, other.size);
	task = npu_nop();
	EXPECT_EQ(0, npu_run(self->fd, self->stream, &task, 1));
}

TEST_HARNESS_MAIN
