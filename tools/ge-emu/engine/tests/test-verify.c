// SPDX-License-Identifier: MIT
/*
 * test-verify.c - programs with one thing wrong are refused with the right code and place
 *
 * Each case takes a good program, changes it, makes the checksum right again and looks at the
 * error. The last ones change bytes at random: whatever they make, the engine must either refuse it
 * or run it, and no more.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "tap.h"

#define CONST_SIZE	4096
#define CONST_USED	1792	/* by the good program */
#define WORKSPACE_USED	4096

static uint8_t *blob;
static size_t blob_size;
static uint8_t constants[CONST_SIZE] __attribute__((aligned(64)));

#define HDR		((struct genpu_prog_header *)blob)
#define TENSOR(i)	((struct genpu_tensor *)(blob + HDR->tensors) + (i))
#define OP(i)		((struct genpu_op *)(blob + HDR->ops) + (i))
#define OPERAND(i, k)	((uint32_t *)(blob + HDR->operands) + OP(i)->operands + (k))
#define POST(i)		((struct genpu_post *)(blob + HDR->posts) + (i))
#define ATTR(i, type)	((struct genpu_attr_##type *)(blob + HDR->attrs + OP(i)->attrs))

/* One operator of each kind: T_* are tensors, O_* operators. */
enum {
	T_X, T_W, T_B, T_CONV, T_POOL, T_SUM, T_ROWS, T_W2, T_MM, T_SOFT, T_SCALE, T_NORM, T_BN,
	T_MEANS,
	T_TABLE, T_INDEX, T_TAKEN, T_PADDED, T_FILLED, T_HALF, T_OUT, T_EMPTY, T_TRUTH, T_OUT2,
	T_DW, T_DECONV, T_LRN, T_TAPS, T_TAP_W, T_BLEND, T_GRID, T_SAMPLES, T_BOXES, T_BATCH,
	T_ROIS, T_BOX_ROWS, T_SCORES, T_CHOSEN, T_WHERE,
};

enum {
	O_CONV, O_POOL, O_ADD, O_MM, O_SOFT, O_LN, O_BN, O_MEAN, O_GATHER, O_PAD, O_FILL, O_COPY,
	O_RELU, O_EQ, O_DECONV, O_LRN, O_BLEND, O_GRID, O_ROI, O_NMS, O_WHERE, O_COUNT,
};

static struct builder b;

static void tensor(uint8_t dtype, uint8_t base, uint64_t offset, uint32_t arg, uint32_t rank,
		   uint32_t d0, uint32_t d1, uint32_t d2, uint32_t d3)
{
	uint32_t dims[4] = { d0, d1, d2, d3 };

	add_tensor(&b, dtype, rank, dims, NULL, base, arg, offset);
}

static void op(uint16_t opcode, const void *attr, uint32_t size, uint32_t num_in, uint32_t in0,
	       uint32_t in1, uint32_t in2, uint32_t out)
{
	uint32_t in[3] = { in0, in1, in2 };

	add_op(&b, opcode, attr, size, num_in, in, out);
}

static void good_program(void)
{
	struct genpu_attr_conv conv = {
		.spatial = 2, .groups = 1, .strides = { 1, 1 }, .dilations = { 1, 1 },
		.pads_begin = { 1, 1 }, .pads_end = { 1, 1 },
	};
	struct genpu_attr_pool pool = {
		.kind = GENPU_POOL_MAX, .spatial = 2, .kernel = { 2, 2 }, .strides = { 2, 2 },
		.dilations = { 1, 1 },
	};
	struct genpu_attr_binary add = { .kind = GENPU_BINARY_ADD };
	struct genpu_attr_binary eq = { .kind = GENPU_BINARY_EQ };
	struct genpu_attr_matmul mm = { 1, 1 };
	struct genpu_attr_softmax soft = { .axis = 1 };
	struct genpu_attr_norm norm = { .axis = 1, .epsilon = 1e-5f };
	struct genpu_attr_norm bn = { .epsilon = 1e-5f };
	struct genpu_attr_reduce mean = { .kind = GENPU_REDUCE_MEAN, .axes = 2 };
	struct genpu_attr_gather gather = { .axis = 0 };
	struct genpu_attr_pad pad = { .mode = GENPU_PAD_REFLECT, .begin = { 1, 1 } };
	struct genpu_attr_fill fill = { .bits = 0x3f800000 };
	struct genpu_attr_unary relu = { .kind = GENPU_UNARY_RELU };
	struct genpu_attr_conv deconv = {
		.spatial = 2, .groups = 1, .strides = { 2, 2 }, .dilations = { 1, 1 },
	};
	struct genpu_attr_lrn lrn = { .size = 3, .alpha = 0.1f, .beta = 0.75f, .k = 1 };
	struct genpu_attr_interpolate blend = { .axis = 2 };
	struct genpu_attr_grid grid = {
		.mode = GENPU_SAMPLE_LINEAR, .border = GENPU_BORDER_ZEROS,
	};
	struct genpu_attr_roi roi = { .samples = 2, .scale = 1, .offset = 0.5f };
	struct genpu_attr_nms nms = { .max_boxes = 2, .iou = 0.5f, .use_score = 1 };
	struct genpu_attr_pool where = pool;
	uint32_t bn_in[5] = { T_SOFT, T_SCALE, T_SCALE, T_SCALE, T_SCALE };

	tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 0, 4, 1, 3, 8, 8);		/* T_X */
	tensor(GENPU_DT_F32, GENPU_BASE_CONST, 0, 0, 4, 4, 3, 3, 3);		/* T_W */
	tensor(GENPU_DT_F32, GENPU_BASE_CONST, 448, 0, 1, 4, 0, 0, 0);		/* T_B */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 0, 0, 4, 1, 4, 8, 8);	/* T_CONV */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 1024, 0, 4, 1, 4, 4, 4);	/* T_POOL */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 1280, 0, 4, 1, 4, 4, 4);	/* T_SUM */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 1280, 0, 2, 4, 16, 0, 0);	/* T_ROWS */
	tensor(GENPU_DT_F32, GENPU_BASE_CONST, 512, 0, 2, 16, 5, 0, 0);		/* T_W2 */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 1536, 0, 2, 4, 5, 0, 0);	/* T_MM */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 1664, 0, 2, 4, 5, 0, 0);	/* T_SOFT */
	tensor(GENPU_DT_F32, GENPU_BASE_CONST, 896, 0, 1, 5, 0, 0, 0);		/* T_SCALE */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 1792, 0, 2, 4, 5, 0, 0);	/* T_NORM */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 1920, 0, 2, 4, 5, 0, 0);	/* T_BN */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 2048, 0, 2, 4, 1, 0, 0);	/* T_MEANS */
	tensor(GENPU_DT_F32, GENPU_BASE_CONST, 1024, 0, 2, 6, 5, 0, 0);		/* T_TABLE */
	tensor(GENPU_DT_I32, GENPU_BASE_ARG, 0, 1, 1, 4, 0, 0, 0);		/* T_INDEX */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 2112, 0, 2, 4, 5, 0, 0);	/* T_TAKEN */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 2240, 0, 2, 6, 7, 0, 0);	/* T_PADDED */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 2432, 0, 2, 6, 7, 0, 0);	/* T_FILLED */
	tensor(GENPU_DT_F16, GENPU_BASE_WORKSPACE, 2624, 0, 2, 6, 7, 0, 0);	/* T_HALF */
	tensor(GENPU_DT_F16, GENPU_BASE_ARG, 0, 2, 2, 6, 7, 0, 0);		/* T_OUT */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 0, 0, 1, 0, 0, 0, 0);	/* T_EMPTY */
	tensor(GENPU_DT_BOOL, GENPU_BASE_ARG, 0, 3, 2, 6, 7, 0, 0);		/* T_TRUTH */
	tensor(GENPU_DT_F32, GENPU_BASE_ARG, 64, 3, 1, 4, 0, 0, 0);		/* T_OUT2 */
	tensor(GENPU_DT_F32, GENPU_BASE_CONST, 1216, 0, 4, 4, 3, 2, 2);		/* T_DW */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 2752, 0, 4, 1, 3, 8, 8);	/* T_DECONV */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 3520, 0, 4, 1, 4, 4, 4);	/* T_LRN */
	tensor(GENPU_DT_I32, GENPU_BASE_CONST, 1408, 0, 2, 3, 2, 0, 0);		/* T_TAPS */
	tensor(GENPU_DT_F32, GENPU_BASE_CONST, 1472, 0, 2, 3, 2, 0, 0);		/* T_TAP_W */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 3776, 0, 4, 1, 4, 3, 4);	/* T_BLEND */
	tensor(GENPU_DT_F32, GENPU_BASE_CONST, 1536, 0, 4, 1, 2, 2, 2);		/* T_GRID */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 3968, 0, 4, 1, 4, 2, 2);	/* T_SAMPLES */
	tensor(GENPU_DT_F32, GENPU_BASE_CONST, 1600, 0, 2, 2, 4, 0, 0);		/* T_BOXES */
	tensor(GENPU_DT_I64, GENPU_BASE_CONST, 1664, 0, 1, 2, 0, 0, 0);		/* T_BATCH */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 4032, 0, 4, 2, 4, 1, 1);	/* T_ROIS */
	tensor(GENPU_DT_F32, GENPU_BASE_CONST, 1600, 0, 3, 1, 2, 4, 0);		/* T_BOX_ROWS */
	tensor(GENPU_DT_F32, GENPU_BASE_CONST, 1728, 0, 3, 1, 4, 2, 0);		/* T_SCORES */
	tensor(GENPU_DT_I64, GENPU_BASE_ARG, 128, 3, 2, 8, 3, 0, 0);		/* T_CHOSEN */
	tensor(GENPU_DT_I64, GENPU_BASE_ARG, 512, 3, 4, 1, 4, 4, 4);		/* T_WHERE */
	op(GENPU_OP_CONV, &conv, sizeof(conv), 3, T_X, T_W, T_B, T_CONV);
	add_post(&b, GENPU_POST_UNARY, GENPU_UNARY_RELU, GENPU_NONE, 0, 0);
	op(GENPU_OP_POOL, &pool, sizeof(pool), 1, T_CONV, 0, 0, T_POOL);
	op(GENPU_OP_BINARY, &add, sizeof(add), 2, T_POOL, T_POOL, 0, T_SUM);
	op(GENPU_OP_MATMUL, &mm, sizeof(mm), 3, T_ROWS, T_W2, T_SCALE, T_MM);
	add_post(&b, GENPU_POST_BINARY, GENPU_BINARY_ADD, T_MM, 0, 0);
	op(GENPU_OP_SOFTMAX, &soft, sizeof(soft), 1, T_MM, 0, 0, T_SOFT);
	op(GENPU_OP_LAYERNORM, &norm, sizeof(norm), 3, T_SOFT, T_SCALE, GENPU_NONE, T_NORM);
	add_op(&b, GENPU_OP_BATCHNORM, &bn, sizeof(bn), 5, bn_in, T_BN);
	op(GENPU_OP_REDUCE, &mean, sizeof(mean), 1, T_BN, 0, 0, T_MEANS);
	op(GENPU_OP_GATHER, &gather, sizeof(gather), 2, T_TABLE, T_INDEX, 0, T_TAKEN);
	op(GENPU_OP_PAD, &pad, sizeof(pad), 1, T_TAKEN, 0, 0, T_PADDED);
	op(GENPU_OP_FILL, &fill, sizeof(fill), 0, 0, 0, 0, T_FILLED);
	op(GENPU_OP_COPY, NULL, 0, 1, T_PADDED, 0, 0, T_HALF);
	op(GENPU_OP_UNARY, &relu, sizeof(relu), 1, T_HALF, 0, 0, T_OUT);
	op(GENPU_OP_BINARY, &eq, sizeof(eq), 2, T_PADDED, T_FILLED, 0, T_TRUTH);
	op(GENPU_OP_DECONV, &deconv, sizeof(deconv), 2, T_POOL, T_DW, 0, T_DECONV);
	op(GENPU_OP_LRN, &lrn, sizeof(lrn), 1, T_POOL, 0, 0, T_LRN);
	op(GENPU_OP_INTERPOLATE, &blend, sizeof(blend), 3, T_POOL, T_TAPS, T_TAP_W, T_BLEND);
	op(GENPU_OP_GRID_SAMPLE, &grid, sizeof(grid), 2, T_POOL, T_GRID, 0, T_SAMPLES);
	op(GENPU_OP_ROI_ALIGN, &roi, sizeof(roi), 3, T_POOL, T_BOXES, T_BATCH, T_ROIS);
	op(GENPU_OP_NMS, &nms, sizeof(nms), 2, T_BOX_ROWS, T_SCORES, 0, T_CHOSEN);
	where.kind = GENPU_POOL_ARGMAX;
	op(GENPU_OP_POOL, &where, sizeof(where), 1, T_CONV, 0, 0, T_WHERE);
	b.header.num_inputs = 2;
	b.header.num_outputs = 2;
	b.header.const_size = CONST_USED;
	b.header.workspace_size = WORKSPACE_USED;
	free(blob);
	blob = finish(&b, &blob_size);
}

/* The arguments are a little longer than any view of them in a good program. */
static uint8_t args[4][4096] __attribute__((aligned(64)));
static uint8_t workspace[4096] __attribute__((aligned(64)));

/*
 * Only these ranges exist: what a broken program asks for beside them is a fault, as on the device.
 */
static uint32_t checked_acquire(void *priv, uint64_t addr, uint64_t size, enum engine_access access,
				void **ptr, struct engine_error *err)
{
	const struct {
		uint8_t *start;
		size_t size;
	} ranges[] = {
		{ args[0], sizeof(args[0]) }, { args[1], sizeof(args[1]) },
		{ args[2], sizeof(args[2]) }, { args[3], sizeof(args[3]) },
		{ workspace, sizeof(workspace) }, { constants, sizeof(constants) },
	};
	unsigned int i;

	(void)priv;
	for (i = 0; i < 6; i++) {
		if (addr < (uintptr_t)ranges[i].start ||
		    addr - (uintptr_t)ranges[i].start > ranges[i].size ||
		    size > ranges[i].size - (addr - (uintptr_t)ranges[i].start))
			continue;
		*ptr = (void *)(uintptr_t)addr;
		return GENPU_OK;
	}
	err->addr = addr;
	err->access = access == ENGINE_READ ? GENPU_ACCESS_READ : GENPU_ACCESS_WRITE;
	return GENPU_ERR_PAGE_FAULT;
}

static void checked_release(void *priv, uint64_t addr, uint64_t size, enum engine_access access,
			    void *ptr)
{
	(void)priv;
	(void)addr;
	(void)size;
	(void)access;
	(void)ptr;
}

static const struct engine_memory memory = {
	.acquire = checked_acquire,
	.release = checked_release,
};

static void create_and_run(const uint8_t *bytes, size_t size, struct engine_worker *worker,
			   struct engine_error *err)
{
	uint64_t addresses[4] = { (uintptr_t)args[0], (uintptr_t)args[1], (uintptr_t)args[2],
				  (uintptr_t)args[3] };
	struct engine_run run = {
		.mem = &memory, .args = addresses, .num_args = 4,
		.workspace = (uintptr_t)workspace, .workspace_size = sizeof(workspace),
	};
	struct engine_program *program;

	engine_program_create(bytes, size, &memory, (uintptr_t)constants, sizeof(constants),
			      &program, err);
	if (!program)
		return;
	engine_program_run(program, worker, &run, err);
	engine_program_destroy(program);
}

static bool expect(uint32_t code, const void *field, uint32_t op_index, uint32_t operand)
{
	uint32_t offset = field ? (uint32_t)((const uint8_t *)field - blob) : GENPU_NONE;
	struct engine_error err;
	bool good;

	reseal(blob, blob_size);
	engine_program_verify(blob, blob_size, CONST_SIZE, &err);
	good = err.code == code && (!field || err.offset == offset) && err.op == op_index &&
	       err.operand == operand;
	if (!good)
		printf("# got code %u offset %d op %d operand %d, want %u %d %d %d\n", err.code,
		       (int)err.offset, (int)err.op, (int)err.operand, code, (int)offset,
		       (int)op_index, (int)operand);
	good_program();
	return good;
}

#define NONE		GENPU_NONE

/* Set a field, expect an error there. */
#define BREAK(lvalue, value, code, op, operand)					\
	(good_program(), (lvalue) = (value), expect(code, &(lvalue), op, operand))
/* The same where the error is seen in another field. */
#define BREAK_AT(lvalue, value, code, where, op, operand)			\
	(good_program(), (lvalue) = (value), expect(code, &(where), op, operand))

static void test_header(void)
{
	const uint64_t far = 1ull << 60;
	struct engine_error err;
	bool good = true;
	size_t size;

	good_program();
	engine_program_verify(blob, blob_size, CONST_SIZE, &err);
	ok(err.code == GENPU_OK, "a good program verifies");

	for (size = 0; size < blob_size; size++) {
		engine_program_verify(blob, size, CONST_SIZE, &err);
		good &= err.code == GENPU_ERR_PROG_TRUNCATED && err.offset == size;
	}
	ok(good, "every shorter piece of it is truncated");

	ok(BREAK(HDR->magic, 1, GENPU_ERR_PROG_MAGIC, NONE, NONE), "another magic");
	ok(BREAK(HDR->version, 0x20000, GENPU_ERR_PROG_VERSION, NONE, NONE), "another version");
	good_program();
	HDR->checksum++;
	engine_program_verify(blob, blob_size, CONST_SIZE, &err);
	ok(err.code == GENPU_ERR_PROG_CHECKSUM, "a wrong checksum");
	good_program();
	blob[blob_size - 1] ^= 1;
	engine_program_verify(blob, blob_size, CONST_SIZE, &err);
	ok(err.code == GENPU_ERR_PROG_CHECKSUM, "one bit flipped in the last byte");

	good = BREAK(HDR->size, 8, GENPU_ERR_PROG_HEADER, NONE, NONE);
	good &= BREAK(HDR->size, far, GENPU_ERR_PROG_HEADER, NONE, NONE);
	good &= BREAK(HDR->workspace_size, far, GENPU_ERR_PROG_HEADER, NONE, NONE);
	good &= BREAK(HDR->num_inputs, 1025, GENPU_ERR_PROG_HEADER, NONE, NONE);
	good &= BREAK(HDR->num_outputs, 1023, GENPU_ERR_PROG_HEADER, NONE, NONE);
	good &= BREAK(HDR->num_tensors, 65537, GENPU_ERR_PROG_HEADER, NONE, NONE);
	good &= BREAK(HDR->num_ops, 65537, GENPU_ERR_PROG_HEADER, NONE, NONE);
	good &= BREAK(HDR->reserved[7], 1, GENPU_ERR_PROG_HEADER, NONE, NONE);
	ok(good, "header fields out of range");

	good = BREAK(HDR->tensors, HDR->tensors + 4, GENPU_ERR_PROG_HEADER, NONE, NONE);
	good &= BREAK(HDR->ops, blob_size, GENPU_ERR_PROG_HEADER, NONE, NONE);
	good &= BREAK(HDR->operands, 0xfffffff8, GENPU_ERR_PROG_HEADER, NONE, NONE);
	good &= BREAK(HDR->posts, 0, GENPU_ERR_PROG_HEADER, NONE, NONE);
	good &= BREAK_AT(HDR->attrs_size, 0xffffffff, GENPU_ERR_PROG_HEADER, HDR->attrs, NONE,
			 NONE);
	good &= BREAK_AT(HDR->num_operands, 0xffffffff, GENPU_ERR_PROG_HEADER, HDR->operands, NONE,
			 NONE);
	good &= BREAK_AT(HDR->strings_size, 2, GENPU_ERR_PROG_HEADER, blob[HDR->strings], NONE,
			 NONE);
	ok(good, "sections out of place");

	ok(BREAK(HDR->const_size, CONST_SIZE + 1, GENPU_ERR_PROG_CONST, NONE, NONE),
	   "constants that are not there");
	ok(BREAK(HDR->const_size, far, GENPU_ERR_PROG_CONST, NONE, NONE),
	   "absurdly many constants");
}

static void test_tensors(void)
{
	bool good;

#define BAD_TENSOR(field, value, at)						\
	BREAK_AT(TENSOR(T_W)->field, value, GENPU_ERR_PROG_TENSOR, TENSOR(T_W)->at, NONE, T_W)
	good = BAD_TENSOR(dtype, 5, dtype);
	good &= BAD_TENSOR(dtype, 255, dtype);
	good &= BAD_TENSOR(rank, 9, rank);
	good &= BAD_TENSOR(base, 3, base);
	good &= BAD_TENSOR(reserved, 1, reserved);
	good &= BAD_TENSOR(arg, 1, arg);
	good &= BREAK(TENSOR(T_X)->arg, 4, GENPU_ERR_PROG_TENSOR, NONE, T_X);
	good &= BAD_TENSOR(name, HDR->strings_size, name);
	good &= BAD_TENSOR(reserved2, 1, reserved2);
	good &= BAD_TENSOR(offset, 2, offset);
	good &= BAD_TENSOR(dims[4], 1, dims);
	good &= BAD_TENSOR(strides[7], 1, strides);
	ok(good, "tensor fields out of range");

	good = BAD_TENSOR(offset, CONST_USED - 4 * 27 * 4 + 4, dims);
	good &= BAD_TENSOR(offset, 1ull << 63, offset);
	good &= BAD_TENSOR(offset, -4ull, offset);
	good &= BAD_TENSOR(dims[0], 0xffffffff, dims);
	good &= BAD_TENSOR(strides[0], 0xffffffff, dims);
	good &= BREAK_AT(TENSOR(T_POOL)->offset, WORKSPACE_USED, GENPU_ERR_PROG_TENSOR,
			 TENSOR(T_POOL)->dims, NONE, T_POOL);
	ok(good, "tensors that leave their constants or workspace");

	good_program();
	memset(TENSOR(T_X)->strides, 0xff, 16);
	memset(TENSOR(T_X)->dims, 0xff, 16);
	ok(expect(GENPU_ERR_PROG_TENSOR, TENSOR(T_X)->dims, NONE, T_X),
	   "a span that does not fit in 63 bits");
	good_program();
	memset(TENSOR(T_X)->strides, 0, 16);
	memset(TENSOR(T_X)->dims, 0xff, 16);
	ok(expect(GENPU_ERR_PROG_UNSUPPORTED, TENSOR(T_X)->dims, NONE, T_X),
	   "more elements than the device handles");
}

static void test_operators(void)
{
	bool good;

	good = BREAK(OP(O_MM)->opcode, 0, GENPU_ERR_PROG_OPCODE, O_MM, NONE);
	good &= BREAK(OP(O_MM)->opcode, 29, GENPU_ERR_PROG_OPCODE, O_MM, NONE);
	good &= BREAK(OP(O_MM)->opcode, 0xffff, GENPU_ERR_PROG_OPCODE, O_MM, NONE);
	ok(good, "unknown operators");

	good = BREAK(OP(O_CONV)->num_in, 1, GENPU_ERR_PROG_OPERAND, O_CONV, NONE);
	good &= BREAK(OP(O_CONV)->num_in, 256, GENPU_ERR_PROG_OPERAND, O_CONV, NONE);
	good &= BREAK(OP(O_CONV)->num_out, 0, GENPU_ERR_PROG_OPERAND, O_CONV, NONE);
	good &= BREAK(OP(O_CONV)->num_out, 2, GENPU_ERR_PROG_OPERAND, O_CONV, NONE);
	good &= BREAK(OP(O_CONV)->num_posts, 17, GENPU_ERR_PROG_OPERAND, O_CONV, NONE);
	good &= BREAK(OP(O_CONV)->operands, HDR->num_operands - 3, GENPU_ERR_PROG_OPERAND, O_CONV,
		      NONE);
	good &= BREAK(OP(O_CONV)->operands, 0xffffffff, GENPU_ERR_PROG_OPERAND, O_CONV, NONE);
	good &= BREAK(OP(O_CONV)->posts, 2, GENPU_ERR_PROG_OPERAND, O_CONV, NONE);
	good &= BREAK(OP(O_CONV)->name, 1000, GENPU_ERR_PROG_OPERAND, O_CONV, NONE);
	good &= BREAK(*OPERAND(O_CONV, 0), 1000, GENPU_ERR_PROG_OPERAND, O_CONV, 0);
	good &= BREAK(*OPERAND(O_CONV, 1), GENPU_NONE, GENPU_ERR_PROG_OPERAND, O_CONV, 1);
	good &= BREAK(*OPERAND(O_CONV, 3), GENPU_NONE, GENPU_ERR_PROG_OPERAND, O_CONV, 3);
	ok(good, "operands missing or out of range");

	good = BREAK(*OPERAND(O_POOL, 1), T_W, GENPU_ERR_PROG_OPERAND, O_POOL, 1);
	good &= BREAK(*OPERAND(O_POOL, 1), T_X, GENPU_ERR_PROG_OPERAND, O_POOL, 1);
	ok(good, "outputs in constants and inputs");

	good = BREAK_AT(TENSOR(T_CONV)->strides[2], 0, GENPU_ERR_PROG_OPERAND, *OPERAND(O_CONV, 3),
			O_CONV, 3);
	good &= BREAK_AT(TENSOR(T_CONV)->strides[1], 32, GENPU_ERR_PROG_OPERAND,
			 *OPERAND(O_CONV, 3), O_CONV, 3);
	good_program();
	TENSOR(T_MM)->strides[0] = 100;
	TENSOR(T_MM)->strides[1] = 0;
	good &= expect(GENPU_ERR_PROG_OPERAND, OPERAND(O_MM, 3), O_MM, 3);
	good_program();
	TENSOR(T_MM)->strides[0] = 3;
	TENSOR(T_MM)->strides[1] = 4;
	good &= expect(GENPU_ERR_PROG_UNSUPPORTED, OPERAND(O_MM, 3), O_MM, 3);
	ok(good, "outputs whose elements share memory");

	good = BREAK(OP(O_CONV)->attrs_size, 48, GENPU_ERR_PROG_ATTR, O_CONV, NONE);
	good &= BREAK(OP(O_CONV)->attrs, 4, GENPU_ERR_PROG_ATTR, O_CONV, NONE);
	good &= BREAK(OP(O_CONV)->attrs, 0xfffffff8, GENPU_ERR_PROG_ATTR, O_CONV, NONE);
	good &= BREAK(OP(O_CONV)->reserved, 1, GENPU_ERR_PROG_ATTR, O_CONV, NONE);
	ok(good, "attributes out of place");

	good = BREAK(POST(0)->type, 3, GENPU_ERR_PROG_ATTR, O_CONV, NONE);
	good &= BREAK(POST(0)->kind, GENPU_UNARY_BITNOT, GENPU_ERR_PROG_ATTR, O_CONV, NONE);
	good &= BREAK(POST(0)->kind, GENPU_UNARY_NOT, GENPU_ERR_PROG_ATTR, O_CONV, NONE);
	good &= BREAK(POST(0)->tensor, T_X, GENPU_ERR_PROG_OPERAND, O_CONV, NONE);
	good &= BREAK(POST(1)->kind, GENPU_BINARY_EQ, GENPU_ERR_PROG_ATTR, O_MM, NONE);
	good &= BREAK(POST(1)->kind, GENPU_BINARY_MOD, GENPU_ERR_PROG_ATTR, O_MM, NONE);
	good &= BREAK(POST(1)->tensor, 1000, GENPU_ERR_PROG_OPERAND, O_MM, NONE);
	good &= BREAK_AT(POST(1)->tensor, T_ROWS, GENPU_ERR_PROG_SHAPE, TENSOR(T_ROWS)->dims,
			 O_MM, 4);
	good &= BREAK_AT(POST(1)->tensor, T_INDEX, GENPU_ERR_PROG_TYPE, TENSOR(T_INDEX)->dtype,
			 O_MM, 4);
	ok(good, "post-operations");
}

static void test_types(void)
{
	static const struct {
		uint32_t op, operand, tensor, dtype;
	} cases[] = {
		{ O_CONV, 0, T_X, GENPU_DT_I32 }, { O_CONV, 1, T_W, GENPU_DT_I32 },
		{ O_CONV, 2, T_B, GENPU_DT_F16 }, { O_CONV, 3, T_CONV, GENPU_DT_BF16 },
		{ O_POOL, 1, T_POOL, GENPU_DT_F16 }, { O_MM, 1, T_W2, GENPU_DT_I32 },
		{ O_MM, 3, T_MM, GENPU_DT_F16 }, { O_SOFT, 1, T_SOFT, GENPU_DT_BF16 },
		{ O_LN, 1, T_SCALE, GENPU_DT_F16 }, { O_MEAN, 1, T_MEANS, GENPU_DT_I32 },
		{ O_GATHER, 1, T_INDEX, GENPU_DT_F32 }, { O_GATHER, 2, T_TAKEN, GENPU_DT_I32 },
		{ O_PAD, 1, T_PADDED, GENPU_DT_I32 }, { O_RELU, 0, T_HALF, GENPU_DT_U16 },
		{ O_RELU, 1, T_OUT, GENPU_DT_I16 }, { O_EQ, 1, T_FILLED, GENPU_DT_I32 },
		{ O_EQ, 2, T_TRUTH, GENPU_DT_U8 },
		{ O_DECONV, 0, T_POOL, GENPU_DT_I32 }, { O_DECONV, 1, T_DW, GENPU_DT_F16 },
		{ O_DECONV, 2, T_DECONV, GENPU_DT_F16 }, { O_LRN, 0, T_POOL, GENPU_DT_I32 },
		{ O_LRN, 1, T_LRN, GENPU_DT_F16 }, { O_BLEND, 0, T_POOL, GENPU_DT_I32 },
		{ O_BLEND, 1, T_TAPS, GENPU_DT_U32 }, { O_BLEND, 2, T_TAP_W, GENPU_DT_F16 },
		{ O_BLEND, 3, T_BLEND, GENPU_DT_F16 }, { O_GRID, 0, T_POOL, GENPU_DT_I32 },
		{ O_GRID, 1, T_GRID, GENPU_DT_I32 }, { O_GRID, 2, T_SAMPLES, GENPU_DT_F16 },
		{ O_ROI, 0, T_POOL, GENPU_DT_I32 }, { O_ROI, 1, T_BOXES, GENPU_DT_I32 },
		{ O_ROI, 2, T_BATCH, GENPU_DT_I32 }, { O_ROI, 3, T_ROIS, GENPU_DT_F16 },
		{ O_NMS, 0, T_BOX_ROWS, GENPU_DT_I32 }, { O_NMS, 1, T_SCORES, GENPU_DT_I32 },
		{ O_NMS, 2, T_CHOSEN, GENPU_DT_I32 }, { O_WHERE, 1, T_WHERE, GENPU_DT_F32 },
	};
	bool good = true;
	unsigned int i;

	/* Functions of integers or truths on floats. */
	for (i = GENPU_BINARY_AND; i <= GENPU_BINARY_SHR; i++)
		if (i != GENPU_BINARY_MOD && i != GENPU_BINARY_FMOD)
			good &= BREAK_AT(ATTR(O_ADD, binary)->kind, i, GENPU_ERR_PROG_TYPE,
					 TENSOR(T_POOL)->dtype, O_ADD, 0);
	good &= BREAK_AT(ATTR(O_RELU, unary)->kind, GENPU_UNARY_BITNOT, GENPU_ERR_PROG_TYPE,
			 TENSOR(T_HALF)->dtype, O_RELU, 0);
	good &= BREAK_AT(ATTR(O_EQ, binary)->kind, GENPU_BINARY_MOD, GENPU_ERR_PROG_TYPE,
			 TENSOR(T_TRUTH)->dtype, O_EQ, 2);
	ok(good, "types that a function does not take");

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		good_program();
		/* Operators before it may see the tensor too: give the operator one of its own. */
		*TENSOR(T_EMPTY) = *TENSOR(cases[i].tensor);
		TENSOR(T_EMPTY)->dtype = cases[i].dtype;
		*OPERAND(cases[i].op, cases[i].operand) = T_EMPTY;
		if (!expect(GENPU_ERR_PROG_TYPE, &TENSOR(T_EMPTY)->dtype, cases[i].op,
			    cases[i].operand)) {
			printf("# case %u\n", i);
			good = false;
		}
	}
	ok(good, "data types that an operator does not take");
}

static void test_shapes(void)
{
	static const struct {
		uint32_t op, operand, tensor, dim, extent, blamed;
	} cases[] = {
		{ O_CONV, 0, T_X, 1, 2, 1 }, { O_CONV, 1, T_W, 2, 2, 3 },
		{ O_CONV, 2, T_B, 0, 3, 2 }, { O_CONV, 3, T_CONV, 2, 7, 3 },
		{ O_CONV, 1, T_W, 2, 0, 1 }, { O_POOL, 1, T_POOL, 3, 3, 1 },
		{ O_POOL, 1, T_POOL, 1, 3, 1 }, { O_ADD, 1, T_POOL, 1, 2, 1 },
		{ O_ADD, 2, T_SUM, 2, 3, 0 }, { O_MM, 0, T_ROWS, 1, 15, 1 },
		{ O_MM, 1, T_W2, 1, 4, 3 }, { O_MM, 2, T_SCALE, 0, 4, 2 },
		{ O_SOFT, 1, T_SOFT, 0, 3, 1 }, { O_LN, 1, T_SCALE, 0, 4, 1 },
		{ O_BN, 4, T_SCALE, 0, 4, 4 }, { O_MEAN, 1, T_MEANS, 0, 3, 1 },
		{ O_GATHER, 2, T_TAKEN, 0, 3, 2 }, { O_PAD, 1, T_PADDED, 0, 4, 1 },
		{ O_COPY, 1, T_HALF, 1, 6, 1 }, { O_RELU, 1, T_OUT, 1, 6, 1 },
		{ O_DECONV, 1, T_DW, 0, 3, 1 }, { O_DECONV, 1, T_DW, 1, 2, 2 },
		{ O_DECONV, 1, T_DW, 2, 0, 1 }, { O_DECONV, 2, T_DECONV, 2, 7, 2 },
		{ O_DECONV, 0, T_POOL, 2, 0, 0 }, { O_LRN, 1, T_LRN, 1, 3, 1 },
		{ O_BLEND, 1, T_TAPS, 0, 2, 2 }, { O_BLEND, 2, T_TAP_W, 1, 1, 2 },
		{ O_BLEND, 3, T_BLEND, 2, 2, 3 }, { O_BLEND, 3, T_BLEND, 1, 3, 3 },
		{ O_GRID, 0, T_POOL, 3, 0, 0 }, { O_GRID, 1, T_GRID, 3, 1, 1 },
		{ O_GRID, 1, T_GRID, 1, 1, 2 }, { O_GRID, 2, T_SAMPLES, 1, 3, 2 },
		{ O_ROI, 0, T_POOL, 2, 0, 0 }, { O_ROI, 1, T_BOXES, 1, 3, 1 },
		{ O_ROI, 2, T_BATCH, 0, 1, 2 }, { O_ROI, 3, T_ROIS, 1, 3, 3 },
		{ O_NMS, 0, T_BOX_ROWS, 2, 3, 0 }, { O_NMS, 1, T_SCORES, 2, 1, 1 },
		{ O_NMS, 2, T_CHOSEN, 0, 7, 2 }, { O_NMS, 2, T_CHOSEN, 1, 2, 2 },
	};
	bool good = true;
	unsigned int i;

	/* Functions of integers or truths on floats. */
	for (i = GENPU_BINARY_AND; i <= GENPU_BINARY_SHR; i++)
		if (i != GENPU_BINARY_MOD && i != GENPU_BINARY_FMOD)
			good &= BREAK_AT(ATTR(O_ADD, binary)->kind, i, GENPU_ERR_PROG_TYPE,
					 TENSOR(T_POOL)->dtype, O_ADD, 0);
	good &= BREAK_AT(ATTR(O_RELU, unary)->kind, GENPU_UNARY_BITNOT, GENPU_ERR_PROG_TYPE,
			 TENSOR(T_HALF)->dtype, O_RELU, 0);
	good &= BREAK_AT(ATTR(O_EQ, binary)->kind, GENPU_BINARY_MOD, GENPU_ERR_PROG_TYPE,
			 TENSOR(T_TRUTH)->dtype, O_EQ, 2);
	ok(good, "types that a function does not take");

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t blamed;

		good_program();
		*TENSOR(T_EMPTY) = *TENSOR(cases[i].tensor);
		TENSOR(T_EMPTY)->dims[cases[i].dim] = cases[i].extent;
		*OPERAND(cases[i].op, cases[i].operand) = T_EMPTY;
		blamed = *OPERAND(cases[i].op, cases[i].blamed);
		if (!expect(GENPU_ERR_PROG_SHAPE, TENSOR(blamed)->dims, cases[i].op,
			    cases[i].blamed)) {
			printf("# case %u\n", i);
			good = false;
		}
	}
	ok(good, "shapes that do not fit together");
}

static void test_attributes(void)
{
	bool good;

#define BAD_ATTR(op, type, field, value)					\
	BREAK(ATTR(op, type)->field, value, GENPU_ERR_PROG_ATTR, op, NONE)
	good = BAD_ATTR(O_CONV, conv, spatial, 4);
	good &= BAD_ATTR(O_CONV, conv, spatial, 0);
	good &= BAD_ATTR(O_CONV, conv, groups, 0);
	good &= BAD_ATTR(O_CONV, conv, strides[1], 0);
	good &= BAD_ATTR(O_CONV, conv, dilations[0], 0);
	good &= BAD_ATTR(O_CONV, conv, strides[2], 1);
	good &= BAD_ATTR(O_CONV, conv, pads_begin[2], 1);
	good &= BAD_ATTR(O_CONV, conv, pads_end[2], 1);
	ok(good, "attributes of CONV");
	good = BAD_ATTR(O_POOL, pool, kind, 5);
	good &= BAD_ATTR(O_POOL, pool, spatial, 0);
	good &= BAD_ATTR(O_POOL, pool, kernel[0], 0);
	good &= BAD_ATTR(O_POOL, pool, strides[0], 0);
	good &= BAD_ATTR(O_POOL, pool, dilations[2], 1);
	good &= BAD_ATTR(O_POOL, pool, pads_end[2], 1);
	good &= BAD_ATTR(O_POOL, pool, reserved, 1);
	ok(good, "attributes of POOL");
	good = BAD_ATTR(O_ADD, binary, kind, 0);
	good &= BAD_ATTR(O_ADD, binary, kind, GENPU_BINARY_SHR + 1);
	good &= BAD_ATTR(O_ADD, binary, reserved, 1);
	good &= BAD_ATTR(O_RELU, unary, kind, GENPU_UNARY_BITNOT + 1);
	good &= BAD_ATTR(O_RELU, unary, reserved, 1);
	good &= BAD_ATTR(O_SOFT, softmax, axis, 2);
	good &= BAD_ATTR(O_SOFT, softmax, log, 2);
	good &= BAD_ATTR(O_LN, norm, axis, 2);
	good &= BAD_ATTR(O_LN, norm, epsilon, -1);
	good &= BAD_ATTR(O_BN, norm, axis, 1);
	good &= BAD_ATTR(O_MEAN, reduce, kind, 9);
	good &= BAD_ATTR(O_MEAN, reduce, axes, 0);
	good &= BAD_ATTR(O_MEAN, reduce, axes, 4);
	good &= BAD_ATTR(O_GATHER, gather, axis, 2);
	good &= BAD_ATTR(O_GATHER, gather, reserved, 1);
	good &= BAD_ATTR(O_PAD, pad, mode, 0);
	good &= BAD_ATTR(O_PAD, pad, mode, 5);
	good &= BAD_ATTR(O_PAD, pad, begin[2], 1);
	good_program();
	*OPERAND(O_FILL, 0) = T_OUT;
	good &= expect(GENPU_ERR_PROG_ATTR, &ATTR(O_FILL, fill)->bits, O_FILL, NONE);
	ok(good, "attributes of all others");

	good = BAD_ATTR(O_DECONV, conv, spatial, 4);
	good &= BAD_ATTR(O_DECONV, conv, groups, 0);
	good &= BAD_ATTR(O_DECONV, conv, strides[0], 0);
	good &= BAD_ATTR(O_DECONV, conv, pads_end[2], 1);
	good &= BAD_ATTR(O_LRN, lrn, size, 0);
	good &= BAD_ATTR(O_BLEND, interpolate, axis, 4);
	good &= BAD_ATTR(O_BLEND, interpolate, reserved, 1);
	good &= BAD_ATTR(O_GRID, grid, mode, 4);
	good &= BAD_ATTR(O_GRID, grid, border, 0);
	good &= BAD_ATTR(O_GRID, grid, align_corners, 2);
	good &= BAD_ATTR(O_GRID, grid, reserved, 1);
	good &= BAD_ATTR(O_ROI, roi, max, 2);
	good &= BAD_ATTR(O_ROI, roi, samples, 0x80000000);
	good &= BAD_ATTR(O_ROI, roi, scale, INFINITY);
	good &= BAD_ATTR(O_ROI, roi, offset, NAN);
	good &= BAD_ATTR(O_NMS, nms, center, 2);
	good &= BAD_ATTR(O_NMS, nms, iou, 1.5f);
	good &= BAD_ATTR(O_NMS, nms, score, NAN);
	good &= BAD_ATTR(O_NMS, nms, use_score, 2);
	good &= BAD_ATTR(O_NMS, nms, reserved, 1);
	ok(good, "attributes of operators for pictures");

	good_program();
	TENSOR(T_X)->dims[0] = TENSOR(T_CONV)->dims[0] = 1;
	memset(ATTR(O_CONV, conv)->pads_begin, 0x7f, 8);
	ok(expect(GENPU_ERR_PROG_SHAPE, NULL, O_CONV, 3), "padding near the limit of 32 bits");
}

/* Operators by index and by value: I_* are tensors, P_* operators. */
enum {
	I_COND, I_X, I_ROW, I_CHOSEN, I_INDEX, I_TAKEN, I_PAIRS, I_FOUND, I_ADDED, I_ROWS, I_PUT,
	I_BEST, I_SUMS, I_PLACES, I_WHICH, I_LEFT, I_SPARE,
};

enum {
	P_SELECT, P_TAKE, P_FIND, P_ADD, P_PUT, P_BEST, P_SUM, P_PLACES, P_LEFT,
};

static void index_program(void)
{
	struct genpu_attr_gather take = { .axis = 0 };
	struct genpu_attr_gather_nd find = { .batch = 0 };
	struct genpu_attr_scatter add = { .kind = GENPU_SCATTER_ADD }, put = { 0 };
	struct genpu_attr_topk best = { .axis = 1 };
	struct genpu_attr_scan sum = { .axis = 0, .exclusive = 1 };
	struct genpu_attr_compress left = { .axis = 0 };

	tensor(GENPU_DT_BOOL, GENPU_BASE_CONST, 0, 0, 2, 4, 1, 0, 0);		/* I_COND */
	tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 0, 2, 4, 5, 0, 0);		/* I_X */
	tensor(GENPU_DT_F32, GENPU_BASE_CONST, 64, 0, 1, 5, 0, 0, 0);		/* I_ROW */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 0, 0, 2, 4, 5, 0, 0);	/* I_CHOSEN */
	tensor(GENPU_DT_I64, GENPU_BASE_ARG, 0, 1, 2, 2, 5, 0, 0);		/* I_INDEX */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 128, 0, 2, 2, 5, 0, 0);	/* I_TAKEN */
	tensor(GENPU_DT_I32, GENPU_BASE_CONST, 128, 0, 2, 3, 2, 0, 0);		/* I_PAIRS */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 192, 0, 1, 3, 0, 0, 0);	/* I_FOUND */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 256, 0, 2, 4, 5, 0, 0);	/* I_ADDED */
	tensor(GENPU_DT_I32, GENPU_BASE_CONST, 192, 0, 2, 2, 1, 0, 0);		/* I_ROWS */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 384, 0, 2, 4, 5, 0, 0);	/* I_PUT */
	tensor(GENPU_DT_I64, GENPU_BASE_WORKSPACE, 512, 0, 2, 4, 3, 0, 0);	/* I_BEST */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 640, 0, 2, 4, 5, 0, 0);	/* I_SUMS */
	tensor(GENPU_DT_I64, GENPU_BASE_ARG, 0, 2, 2, 2, 20, 0, 0);		/* I_PLACES */
	tensor(GENPU_DT_BOOL, GENPU_BASE_CONST, 256, 0, 1, 3, 0, 0, 0);		/* I_WHICH */
	tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 3, 2, 3, 5, 0, 0);		/* I_LEFT */
	tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 0, 0, 1, 0, 0, 0, 0);	/* I_SPARE */
	op(GENPU_OP_SELECT, NULL, 0, 3, I_COND, I_X, I_ROW, I_CHOSEN);
	op(GENPU_OP_GATHER_ELEMENTS, &take, sizeof(take), 2, I_CHOSEN, I_INDEX, 0, I_TAKEN);
	op(GENPU_OP_GATHER_ND, &find, sizeof(find), 2, I_CHOSEN, I_PAIRS, 0, I_FOUND);
	op(GENPU_OP_SCATTER_ELEMENTS, &add, sizeof(add), 3, I_CHOSEN, I_INDEX, I_TAKEN, I_ADDED);
	op(GENPU_OP_SCATTER_ND, &put, sizeof(put), 3, I_ADDED, I_ROWS, I_TAKEN, I_PUT);
	op(GENPU_OP_TOPK, &best, sizeof(best), 1, I_PUT, 0, 0, I_BEST);
	op(GENPU_OP_SCAN, &sum, sizeof(sum), 1, I_PUT, 0, 0, I_SUMS);
	op(GENPU_OP_NONZERO, NULL, 0, 1, I_SUMS, 0, 0, I_PLACES);
	op(GENPU_OP_COMPRESS, &left, sizeof(left), 2, I_SUMS, I_WHICH, 0, I_LEFT);
	b.header.num_inputs = 2;
	b.header.num_outputs = 2;
	b.header.const_size = 320;
	b.header.workspace_size = 768;
	free(blob);
	blob = finish(&b, &blob_size);
}

/* A record of the operator's own with one field changed: other operators see the old one. */
#define BREAK_OPERAND(what, op, operand, field, value, code, blamed)		\
	(index_program(), *TENSOR(I_SPARE) = *TENSOR(*OPERAND(op, operand)),	\
	 TENSOR(I_SPARE)->field = (value), *OPERAND(op, operand) = I_SPARE,	\
	 expect(code, TENSOR(*OPERAND(op, blamed))->what, op, blamed))

static void test_index_operators(void)
{
	static const struct {
		uint32_t op, operand, dtype;
	} types[] = {
		{ P_SELECT, 0, GENPU_DT_U8 }, { P_SELECT, 2, GENPU_DT_I32 },
		{ P_SELECT, 3, GENPU_DT_F16 }, { P_TAKE, 1, GENPU_DT_U64 },
		{ P_TAKE, 2, GENPU_DT_I32 }, { P_FIND, 1, GENPU_DT_F32 },
		{ P_FIND, 2, GENPU_DT_I32 }, { P_ADD, 0, GENPU_DT_BOOL }, { P_ADD, 0, GENPU_DT_I4 },
		{ P_ADD, 1, GENPU_DT_U32 }, { P_ADD, 2, GENPU_DT_I32 },
		{ P_ADD, 3, GENPU_DT_I32 }, { P_PUT, 1, GENPU_DT_I16 },
		{ P_PUT, 2, GENPU_DT_U32 }, { P_PUT, 3, GENPU_DT_U32 },
		{ P_BEST, 0, GENPU_DT_BOOL }, { P_BEST, 0, GENPU_DT_F8E5M2 },
		{ P_BEST, 1, GENPU_DT_U64 },
		{ P_SUM, 0, GENPU_DT_U32 }, { P_SUM, 1, GENPU_DT_I32 },
		{ P_PLACES, 0, GENPU_DT_F8E4M3FN }, { P_PLACES, 1, GENPU_DT_F64 },
		{ P_LEFT, 1, GENPU_DT_U8 },
		{ P_LEFT, 2, GENPU_DT_U32 },
	};
	static const struct {
		uint32_t op, operand, dim, extent, blamed;
	} shapes[] = {
		{ P_SELECT, 0, 0, 3, 0 }, { P_SELECT, 1, 1, 4, 1 }, { P_SELECT, 2, 0, 4, 2 },
		{ P_TAKE, 0, 1, 4, 1 }, { P_TAKE, 2, 0, 1, 2 }, { P_TAKE, 2, 1, 4, 2 },
		{ P_FIND, 1, 1, 0, 1 }, { P_FIND, 1, 1, 3, 1 }, { P_FIND, 2, 0, 2, 2 },
		{ P_ADD, 0, 1, 4, 1 }, { P_ADD, 2, 0, 1, 2 }, { P_ADD, 3, 0, 3, 3 },
		{ P_PUT, 1, 1, 0, 1 }, { P_PUT, 1, 1, 3, 1 }, { P_PUT, 2, 0, 1, 2 },
		{ P_PUT, 2, 1, 4, 2 }, { P_PUT, 3, 0, 3, 3 }, { P_BEST, 0, 1, 2, 1 },
		{ P_BEST, 1, 0, 3, 1 }, { P_SUM, 1, 0, 3, 1 }, { P_PLACES, 1, 0, 1, 1 },
		{ P_PLACES, 1, 1, 19, 1 }, { P_LEFT, 0, 0, 2, 1 }, { P_LEFT, 2, 0, 2, 2 },
		{ P_LEFT, 2, 1, 4, 2 },
	};
	bool good = true;
	unsigned int i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		index_program();
		*TENSOR(I_SPARE) = *TENSOR(*OPERAND(types[i].op, types[i].operand));
		TENSOR(I_SPARE)->dtype = types[i].dtype;
		*OPERAND(types[i].op, types[i].operand) = I_SPARE;
		if (!expect(GENPU_ERR_PROG_TYPE, &TENSOR(I_SPARE)->dtype, types[i].op,
			    types[i].operand)) {
			printf("# case %u\n", i);
			good = false;
		}
	}
	ok(good, "types that operators by index and by value do not take");

	good = true;
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (!BREAK_OPERAND(dims, shapes[i].op, shapes[i].operand, dims[shapes[i].dim],
				   shapes[i].extent, GENPU_ERR_PROG_SHAPE, shapes[i].blamed)) {
			printf("# case %u\n", i);
			good = false;
		}
	}
	index_program();
	TENSOR(I_WHICH)->rank = 0;
	TENSOR(I_WHICH)->dims[0] = TENSOR(I_WHICH)->strides[0] = 0;
	good &= expect(GENPU_ERR_PROG_SHAPE, TENSOR(I_WHICH)->dims, P_LEFT, 1);
	index_program();
	ATTR(P_LEFT, compress)->axis = GENPU_NONE;
	good &= expect(GENPU_ERR_PROG_SHAPE, TENSOR(I_LEFT)->dims, P_LEFT, 2);
	ok(good, "shapes of them that do not fit together");

#define BAD_INDEX_ATTR(op, type, field, value)					\
	(index_program(), ATTR(op, type)->field = (value),			\
	 expect(GENPU_ERR_PROG_ATTR, &ATTR(op, type)->field, op, NONE))
	good = BAD_INDEX_ATTR(P_TAKE, gather, axis, 2);
	good &= BAD_INDEX_ATTR(P_TAKE, gather, reserved, 1);
	good &= BAD_INDEX_ATTR(P_FIND, gather_nd, batch, 2);
	good &= BAD_INDEX_ATTR(P_FIND, gather_nd, reserved, 1);
	good &= BAD_INDEX_ATTR(P_ADD, scatter, kind, 5);
	good &= BAD_INDEX_ATTR(P_ADD, scatter, axis, 2);
	good &= BAD_INDEX_ATTR(P_PUT, scatter, kind, 5);
	good &= BAD_INDEX_ATTR(P_PUT, scatter, axis, 1);
	good &= BAD_INDEX_ATTR(P_BEST, topk, axis, 2);
	good &= BAD_INDEX_ATTR(P_BEST, topk, smallest, 2);
	good &= BAD_INDEX_ATTR(P_BEST, topk, last, 2);
	good &= BAD_INDEX_ATTR(P_BEST, topk, reserved, 1);
	good &= BAD_INDEX_ATTR(P_SUM, scan, axis, 2);
	good &= BAD_INDEX_ATTR(P_SUM, scan, reverse, 2);
	good &= BAD_INDEX_ATTR(P_SUM, scan, exclusive, 2);
	good &= BAD_INDEX_ATTR(P_SUM, scan, reserved, 1);
	good &= BAD_INDEX_ATTR(P_LEFT, compress, axis, 2);
	good &= BAD_INDEX_ATTR(P_LEFT, compress, reserved, 1);
	ok(good, "attributes of them");
}

static void test_random(void (*program)(void))
{
	struct engine_worker *worker = engine_worker_create();
	struct engine_error err;
	unsigned int ran = 0, refused = 0, i, k;
	uint8_t *copy;
	size_t size;

	program();
	copy = malloc(blob_size);
	create_and_run(blob, blob_size, worker, &err);
	ok(err.code == GENPU_OK, "the good program runs");

	for (i = 0; i < 20000; i++) {
		seed(i);
		memcpy(copy, blob, blob_size);
		for (k = rnd(1, 4); k > 0; k--) {
			size = rnd(8, blob_size - 1);
			switch (rnd(0, 3)) {
			case 0:
				copy[size] ^= 1 << rnd(0, 7);
				break;
			case 1:
				copy[size] = rnd(0, 255);
				break;
			case 2:
				copy[size] = rnd(0, 1) ? 0xff : 0;
				break;
			case 3:
				copy[size & ~3ul] += rnd(0, 2) - 1;
				break;
			}
		}
		reseal(copy, blob_size);
		create_and_run(copy, blob_size, worker, &err);
		if (err.code == GENPU_OK)
			ran++;
		else
			refused++;
	}
	printf("# %u ran, %u refused\n", ran, refused);
	ok(ran > 100 && refused > 1000, "changed at random, a program is refused or runs");

	for (i = 0; i < 2000; i++) {
		seed(i);
		memcpy(copy, blob, blob_size);
		/* What rounds the last section up may be missing. */
		size = rnd(0, blob_size - 8);
		((struct genpu_prog_header *)copy)->size = size;
		reseal(copy, size);
		create_and_run(copy, size, worker, &err);
		if (err.code == GENPU_OK)
			break;
	}
	ok(i == 2000, "cut off, it is refused");
	free(copy);
	engine_worker_destroy(worker);
}

int main(void)
{
	test_header();
	test_tensors();
	test_operators();
	test_types();
	test_shapes();
	test_attributes();
	test_index_operators();
	test_random(good_program);
	test_random(index_program);
	free(blob);
	return tap_end();
}
