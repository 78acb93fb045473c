// SPDX-License-Identifier: MIT
/*
 * test-run.c - running programs: memory, errors, aborts, threads
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "tap.h"

#define PAGE	4096

/* Memory in one piece, from which ranges can be taken away, and which counts who uses it. */
static uint8_t arena[16 * PAGE] __attribute__((aligned(PAGE)));
static uint64_t hole_start, hole_end;
static bool hole_for_writes;
static int in_use, acquired, writes;

static uint64_t at(size_t offset)
{
	return (uintptr_t)arena + offset;
}

static float *floats(size_t offset)
{
	return (float *)(arena + offset);
}

static uint32_t acquire(void *priv, uint64_t addr, uint64_t size, enum engine_access access,
			void **ptr, struct engine_error *err)
{
	uint64_t page;

	(void)priv;
	for (page = addr & ~(PAGE - 1ull); page < addr + size; page += PAGE) {
		if (page < hole_start || page >= hole_end ||
		    (hole_for_writes && access == ENGINE_READ))
			continue;
		err->addr = page > addr ? page : addr;
		err->access = access == ENGINE_READ ? GENPU_ACCESS_READ : GENPU_ACCESS_WRITE;
		return GENPU_ERR_PAGE_FAULT;
	}
	__atomic_fetch_add(&in_use, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&acquired, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&writes, access != ENGINE_READ, __ATOMIC_RELAXED);
	*ptr = (void *)(uintptr_t)addr;
	return GENPU_OK;
}

static void release(void *priv, uint64_t addr, uint64_t size, enum engine_access access, void *ptr)
{
	(void)priv;
	(void)size;
	(void)access;
	__atomic_fetch_sub(&in_use, ptr != (void *)(uintptr_t)addr, __ATOMIC_RELAXED);
	__atomic_fetch_sub(&in_use, 1, __ATOMIC_RELAXED);
}

static const struct engine_memory memory = { .acquire = acquire, .release = release };

static struct builder b;
static struct engine_worker *worker;
static struct engine_error err;

static uint32_t tensor(uint8_t dtype, uint8_t base, uint64_t offset, uint32_t arg, uint32_t rank,
		       const uint32_t *dims, const uint32_t *strides)
{
	return add_tensor(&b, dtype, rank, dims, strides, base, arg, offset);
}

#define DIMS(...)	((const uint32_t[]){ __VA_ARGS__ })

static struct engine_program *build(uint32_t inputs, uint32_t outputs, uint64_t workspace,
				    const void *constants, uint64_t const_size)
{
	struct engine_program *program;
	uint8_t *blob;
	size_t size;

	b.header.num_inputs = inputs;
	b.header.num_outputs = outputs;
	b.header.workspace_size = workspace;
	b.header.const_size = const_size;
	blob = finish(&b, &size);
	engine_program_create(blob, size, &memory, (uintptr_t)constants, const_size, &program,
			      &err);
	free(blob);
	if (!program)
		printf("# error %u offset %u op %d operand %d\n", err.code, err.offset, (int)err.op,
		       (int)err.operand);
	return program;
}

static uint32_t run(struct engine_program *program, uint64_t in, uint64_t out, uint64_t workspace)
{
	uint64_t args[] = { in, out };
	struct engine_run r = {
		.mem = &memory, .args = args, .num_args = 2, .workspace = workspace,
		.workspace_size = 4 * PAGE,
	};

	return engine_program_run(program, worker, &r, &err);
}

/* out[8] = relu(in[8]) + 1, in two operators through the workspace. */
static struct engine_program *two_steps(void)
{
	struct genpu_attr_unary relu = { .kind = GENPU_UNARY_RELU };
	struct genpu_attr_unary plus = { .kind = GENPU_UNARY_LINEAR, .alpha = 1, .beta = 1 };
	uint32_t in = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 0, 1, DIMS(8), NULL);
	uint32_t mid = tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, PAGE, 0, 1, DIMS(8), NULL);
	uint32_t out = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 1, 1, DIMS(8), NULL);

	add_op(&b, GENPU_OP_UNARY, &relu, sizeof(relu), 1, &in, mid);
	b.ops[0].name = 1;
	add_op(&b, GENPU_OP_UNARY, &plus, sizeof(plus), 1, &mid, out);
	return build(1, 1, 2 * PAGE, NULL, 0);
}

static void test_memory(void)
{
	struct engine_program *p = two_steps();
	unsigned int i;
	bool good = true;

	for (i = 0; i < 8; i++)
		floats(0)[i] = (int)i - 4;
	acquired = 0;
	writes = 0;
	good = run(p, at(0), at(PAGE), at(2 * PAGE)) == GENPU_OK;
	for (i = 0; i < 8; i++)
		good &= floats(PAGE)[i] == (i < 4 ? 1 : (int)i - 3);
	ok(good, "results pass from operator to operator through the workspace");
	ok(acquired == 3 && writes == 2 && !in_use,
	   "each argument and the workspace are acquired once, inputs to read only, and released");
	ok(!strcmp(engine_program_op_name(p, 0), "first") &&
	   !strcmp(engine_program_op_name(p, 1), "") &&
	   !strcmp(engine_program_op_name(p, 99), ""),
	   "operators have the names that the program gives them");
	engine_program_destroy(p);
}

static void test_bad_runs(void)
{
	struct engine_program *p = two_steps();
	uint64_t args[] = { at(0), at(PAGE), at(2 * PAGE) };
	struct engine_run r = {
		.mem = &memory, .args = args, .num_args = 3, .workspace = at(2 * PAGE),
		.workspace_size = 2 * PAGE,
	};

	ok(engine_program_run(p, worker, &r, &err) == GENPU_ERR_ARGS, "too many arguments");
	r.num_args = 1;
	ok(engine_program_run(p, worker, &r, &err) == GENPU_ERR_ARGS, "too few arguments");
	r.num_args = 2;
	r.workspace_size--;
	ok(engine_program_run(p, worker, &r, &err) == GENPU_ERR_WORKSPACE, "too little workspace");
	r.workspace_size++;
	r.workspace += 32;
	ok(engine_program_run(p, worker, &r, &err) == GENPU_ERR_ALIGN && err.addr == r.workspace,
	   "a workspace that is not aligned");
	r.workspace -= 32;
	args[1] += 2;
	ok(engine_program_run(p, worker, &r, &err) == GENPU_ERR_ALIGN && err.addr == args[1],
	   "an argument that is not aligned");
	args[1] = -16ull;
	ok(engine_program_run(p, worker, &r, &err) == GENPU_ERR_RANGE && err.addr == args[1],
	   "an argument that wraps around");

	hole_start = at(5 * PAGE);
	hole_end = at(6 * PAGE);
	ok(run(p, at(5 * PAGE), at(PAGE), at(2 * PAGE)) == GENPU_ERR_PAGE_FAULT &&
	   err.addr == at(5 * PAGE) && err.op == 0 && err.operand == 0 &&
	   err.access == GENPU_ACCESS_READ,
	   "an input that is not mapped is named");
	ok(run(p, at(0), at(6 * PAGE - 4), at(2 * PAGE)) == GENPU_ERR_PAGE_FAULT && err.op == 1 &&
	   err.operand == 1 && err.access == GENPU_ACCESS_WRITE &&
	   err.addr == at(6 * PAGE - 4),
	   "an output that is not mapped is named");
	ok(run(p, at(0), at(PAGE), at(4 * PAGE)) == GENPU_ERR_PAGE_FAULT && err.op == 0 &&
	   err.operand == 1 && err.addr == at(5 * PAGE),
	   "a workspace that is mapped in part is named");
	hole_for_writes = true;
	ok(run(p, at(5 * PAGE), at(PAGE), at(2 * PAGE)) == GENPU_OK,
	   "an input may be in read-only memory");
	ok(run(p, at(0), at(5 * PAGE), at(2 * PAGE)) == GENPU_ERR_PAGE_FAULT && err.op == 1,
	   "an output may not");
	hole_start = 0;
	hole_end = 0;
	hole_for_writes = false;
	ok(!in_use, "nothing stays acquired after failed runs");
	engine_program_destroy(p);
}

static void test_constants(void)
{
	struct genpu_attr_matmul attr = { 1, 1 };
	static float constants[64] __attribute__((aligned(64)));
	struct engine_program *p;
	uint32_t in[3], out;
	bool good;
	int i;

	for (i = 0; i < 64; i++)
		constants[i] = i;
	in[0] = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 0, 2, DIMS(1, 4), NULL);
	in[1] = tensor(GENPU_DT_F32, GENPU_BASE_CONST, 0, 0, 2, DIMS(4, 4), NULL);
	in[2] = tensor(GENPU_DT_F32, GENPU_BASE_CONST, 128, 0, 1, DIMS(4), NULL);
	out = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 1, 2, DIMS(1, 4), NULL);
	add_op(&b, GENPU_OP_MATMUL, &attr, sizeof(attr), 3, in, out);
	acquired = 0;
	p = build(1, 1, 0, constants, sizeof(constants));
	good = acquired == 1 && !in_use;
	memset(constants, 0, sizeof(constants));
	for (i = 0; i < 4; i++)
		floats(0)[i] = 1;
	good &= run(p, at(0), at(PAGE), 0) == GENPU_OK;
	for (i = 0; i < 4; i++)
		good &= floats(PAGE)[i] == 24 + 4 * i + 32 + i;
	ok(good, "constants are read when the program is created, not when it runs");
	engine_program_destroy(p);
}

static void test_aliases(void)
{
	struct genpu_attr_unary relu = { .kind = GENPU_UNARY_RELU };
	struct genpu_attr_unary triple = { .kind = GENPU_UNARY_LINEAR, .alpha = 3 };
	struct genpu_attr_binary add = { .kind = GENPU_BINARY_ADD };
	struct genpu_attr_reduce sum = { .kind = GENPU_REDUCE_SUM, .axes = 1 << 0 };
	struct genpu_attr_conv conv = {
		.spatial = 2, .groups = 1, .strides = { 1, 1 }, .dilations = { 1, 1 },
	};
	static float constants[32 * 32] __attribute__((aligned(64)));
	struct engine_program *p;
	uint32_t in[2], half[2], out, ws;
	bool good;
	int i, j;

	/* y = relu(x); y = y + y; y = 3 y + y, all in one place. */
	in[0] = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 0, 1, DIMS(3000), NULL);
	out = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 1, 1, DIMS(3000), NULL);
	add_op(&b, GENPU_OP_UNARY, &relu, sizeof(relu), 1, in, out);
	in[0] = out;
	in[1] = out;
	add_op(&b, GENPU_OP_BINARY, &add, sizeof(add), 2, in, out);
	add_op(&b, GENPU_OP_UNARY, &triple, sizeof(triple), 1, &out, out);
	add_post(&b, GENPU_POST_BINARY, GENPU_BINARY_ADD, out, 0, 0);
	p = build(1, 1, 0, NULL, 0);
	for (i = 0; i < 3000; i++)
		floats(0)[i] = i - 1500;
	good = run(p, at(0), at(4 * PAGE), 0) == GENPU_OK;
	for (i = 0; i < 3000; i++)
		good &= floats(4 * PAGE)[i] == (i < 1500 ? 0 : 8 * (i - 1500));
	ok(good, "elementwise operators may work in place");
	engine_program_destroy(p);

	/* A 1x1 convolution with unit weights, plus what was in the output's place. */
	for (i = 0; i < 32; i++)
		for (j = 0; j < 32; j++)
			constants[i * 32 + j] = i == j;
	in[0] = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 0, 4, DIMS(1, 32, 4, 4),
		       DIMS(512, 1, 128, 32));
	in[1] = tensor(GENPU_DT_F32, GENPU_BASE_CONST, 0, 0, 4, DIMS(32, 32, 1, 1), NULL);
	ws = tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 0, 0, 4, DIMS(1, 32, 4, 4),
		    DIMS(512, 1, 128, 32));
	out = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 1, 4, DIMS(1, 32, 4, 4),
		     DIMS(512, 1, 128, 32));
	add_op(&b, GENPU_OP_BINARY, &add, sizeof(add), 2, (uint32_t[]){ in[0], in[0] }, ws);
	add_op(&b, GENPU_OP_CONV, &conv, sizeof(conv), 2, in, ws);
	add_post(&b, GENPU_POST_BINARY, GENPU_BINARY_ADD, ws, 0, 0);
	/* The sum over one element is that element; its post is a step of its own. */
	add_op(&b, GENPU_OP_REDUCE, &sum, sizeof(sum), 1, in, ws);
	add_post(&b, GENPU_POST_BINARY, GENPU_BINARY_ADD, ws, 0, 0);
	add_op(&b, GENPU_OP_COPY, NULL, 0, 1, &ws, out);
	p = build(1, 1, 2048, constants, sizeof(constants));
	for (i = 0; i < 512; i++)
		floats(0)[i] = i;
	good = run(p, at(0), at(4 * PAGE), at(8 * PAGE)) == GENPU_OK;
	for (i = 0; i < 512; i++)
		good &= floats(4 * PAGE)[i] == 4 * i;
	ok(good, "a post-operation may read what is in the output's place");
	engine_program_destroy(p);

	/* Two halves of one tensor written by two operators: a concatenation. */
	in[0] = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 0, 2, DIMS(4, 3), NULL);
	half[0] = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 1, 2, DIMS(4, 3), DIMS(6, 1));
	half[1] = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 12, 1, 2, DIMS(4, 3), DIMS(6, 1));
	add_op(&b, GENPU_OP_COPY, NULL, 0, 1, in, half[0]);
	add_op(&b, GENPU_OP_BINARY, &add, sizeof(add), 2, (uint32_t[]){ in[0], in[0] }, half[1]);
	p = build(1, 1, 0, NULL, 0);
	good = run(p, at(0), at(4 * PAGE), 0) == GENPU_OK;
	for (i = 0; i < 24; i++)
		good &= floats(4 * PAGE)[i] == (i / 6 * 3 + i % 3) * (i % 6 < 3 ? 1 : 2);
	ok(good, "operators may write parts of one tensor");
	engine_program_destroy(p);
}

static void test_empty(void)
{
	struct genpu_attr_conv conv = {
		.spatial = 2, .groups = 1, .strides = { 1, 1 }, .dilations = { 1, 1 },
	};
	struct engine_program *p;
	uint32_t in[2], out;
	bool good;

	in[0] = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 0, 4, DIMS(0, 3, 4, 4), NULL);
	in[1] = tensor(GENPU_DT_F32, GENPU_BASE_CONST, 0, 0, 4, DIMS(2, 3, 1, 1), NULL);
	out = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 1, 4, DIMS(0, 2, 4, 4), NULL);
	add_op(&b, GENPU_OP_CONV, &conv, sizeof(conv), 2, in, out);
	p = build(1, 1, 0, arena, 64);
	acquired = 0;
	good = p && run(p, 0, 0, 0) == GENPU_OK;
	ok(good && !acquired, "empty tensors compute nothing and need no memory");
	engine_program_destroy(p);
	p = build(0, 0, 0, NULL, 0);
	{
		struct engine_run r = { .mem = &memory };

		good = p && engine_program_run(p, worker, &r, &err) == GENPU_OK;
	}
	ok(good, "a program without operators runs");
	engine_program_destroy(p);
}

static void test_index(void)
{
	struct genpu_attr_gather attr = { .axis = 0 };
	struct engine_program *p;
	static const int64_t wrong[] = { 5, -6, INT64_MAX, INT64_MIN };
	uint32_t in[2], out;
	int64_t *indices = (int64_t *)(arena + 64);
	unsigned int i;
	bool good;

	in[0] = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 0, 1, DIMS(5), NULL);
	in[1] = tensor(GENPU_DT_I64, GENPU_BASE_ARG, 64, 0, 1, DIMS(3), NULL);
	out = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 1, 1, DIMS(3), NULL);
	add_op(&b, GENPU_OP_GATHER, &attr, sizeof(attr), 2, in, out);
	p = build(1, 1, 0, NULL, 0);
	for (i = 0; i < 5; i++)
		floats(0)[i] = i;
	indices[0] = 4;
	indices[1] = -5;
	indices[2] = 2;
	good = run(p, at(0), at(PAGE), 0) == GENPU_OK && floats(PAGE)[0] == 4 &&
	       floats(PAGE)[1] == 0 && floats(PAGE)[2] == 2;
	for (i = 0; i < 4; i++) {
		indices[1] = wrong[i];
		good &= run(p, at(0), at(PAGE), 0) == GENPU_ERR_INDEX && err.op == 0 &&
			err.operand == 1;
	}
	ok(good, "an index outside of its data is refused, and named");
	engine_program_destroy(p);
}

static uint32_t stop;

static void *stopper(void *unused)
{
	(void)unused;
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void test_abort(void)
{
	struct genpu_attr_reduce attr = { .kind = GENPU_REDUCE_SUM, .axes = 3 };
	uint64_t args[] = { at(0), at(PAGE) };
	struct engine_run r = { .mem = &memory, .args = args, .num_args = 2, .abort = &stop };
	struct engine_program *p = two_steps();
	pthread_t thread;
	uint32_t in, out;
	bool good;

	stop = 1;
	r.workspace = at(2 * PAGE);
	r.workspace_size = 2 * PAGE;
	ok(engine_program_run(p, worker, &r, &err) == GENPU_ERR_ABORTED && err.op == 0,
	   "a run that is aborted before it starts does nothing");
	engine_program_destroy(p);

	/* The sum of one element a trillion times: far more than a test would wait for. */
	in = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 0, 2, DIMS(1 << 20, 1 << 20), DIMS(0, 0));
	out = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 1, 2, DIMS(1, 1), NULL);
	add_op(&b, GENPU_OP_REDUCE, &attr, sizeof(attr), 1, &in, out);
	p = build(1, 1, 0, NULL, 0);
	stop = 0;
	pthread_create(&thread, NULL, stopper, NULL);
	good = engine_program_run(p, worker, &r, &err) == GENPU_ERR_ABORTED;
	pthread_join(thread, NULL);
	ok(good && !in_use, "an operator of the engine's own is aborted while it runs");
	engine_program_destroy(p);
}

#define THREADS	4
#define WIDTH	96

static struct engine_program *shared;
static float inputs[THREADS][WIDTH * WIDTH], wanted[THREADS][WIDTH * WIDTH];

static void *runner(void *priv)
{
	int id = (int)(intptr_t)priv, i;
	struct engine_worker *own = engine_worker_create();
	float *out = aligned_alloc(64, sizeof(inputs[0]));
	uint8_t *ws = aligned_alloc(64, sizeof(inputs[0]));
	uint64_t args[] = { (uintptr_t)inputs[id], (uintptr_t)out };
	struct engine_run r = {
		.mem = &memory, .args = args, .num_args = 2, .workspace = (uintptr_t)ws,
		.workspace_size = sizeof(inputs[0]),
	};
	struct engine_error e;
	bool good = true;

	for (i = 0; i < 50; i++) {
		memset(out, 0, sizeof(inputs[0]));
		good &= engine_program_run(shared, own, &r, &e) == GENPU_OK;
		good &= !memcmp(out, wanted[id], sizeof(wanted[0]));
	}
	engine_worker_destroy(own);
	free(out);
	free(ws);
	return (void *)(intptr_t)good;
}

static void test_threads(void)
{
	struct genpu_attr_matmul attr = { 1, 1 };
	struct genpu_attr_softmax soft = { .axis = 1 };
	static float weights[WIDTH * WIDTH] __attribute__((aligned(64)));
	uint32_t in[2], mid, out;
	pthread_t threads[THREADS];
	bool good = true;
	void *result;
	int i, j;

	seed(1);
	for (i = 0; i < WIDTH * WIDTH; i++) {
		weights[i] = rndf(-1, 1);
		for (j = 0; j < THREADS; j++)
			inputs[j][i] = rndf(-1, 1);
	}
	/* Rows of x W; transposed input so that scratch memory is used, too. */
	in[0] = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 0, 2, DIMS(WIDTH, WIDTH), DIMS(1, WIDTH));
	in[1] = tensor(GENPU_DT_F32, GENPU_BASE_CONST, 0, 0, 2, DIMS(WIDTH, WIDTH), NULL);
	mid = tensor(GENPU_DT_F32, GENPU_BASE_WORKSPACE, 0, 0, 2, DIMS(WIDTH, WIDTH),
		     DIMS(1, WIDTH));
	out = tensor(GENPU_DT_F32, GENPU_BASE_ARG, 0, 1, 2, DIMS(WIDTH, WIDTH), NULL);
	add_op(&b, GENPU_OP_MATMUL, &attr, sizeof(attr), 2, in, mid);
	add_op(&b, GENPU_OP_SOFTMAX, &soft, sizeof(soft), 1, &mid, out);
	shared = build(1, 1, sizeof(inputs[0]), weights, sizeof(weights));
	for (j = 0; j < THREADS; j++) {
		uint64_t args[] = { (uintptr_t)inputs[j], (uintptr_t)wanted[j] };
		struct engine_run r = {
			.mem = &memory, .args = args, .num_args = 2, .workspace = at(0),
			.workspace_size = sizeof(inputs[0]),
		};

		good &= engine_program_run(shared, worker, &r, &err) == GENPU_OK;
	}
	for (j = 0; j < THREADS; j++)
		pthread_create(&threads[j], NULL, runner, (void *)(intptr_t)j);
	for (j = 0; j < THREADS; j++) {
		pthread_join(threads[j], &result);
		good &= (intptr_t)result;
	}
	ok(good, "threads run one program at once, each on its own data");
	engine_program_destroy(shared);
}

int main(void)
{
	worker = engine_worker_create();
	test_memory();
	test_bad_runs();
	test_constants();
	test_aliases();
	test_empty();
	test_index();
	test_abort();
	test_threads();
	ok(!in_use, "nothing stays acquired");
	engine_worker_destroy(worker);
	return tap_end();
}
