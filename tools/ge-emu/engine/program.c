// SPDX-License-Identifier: MIT
/*
 * program.c - preparing and running programs
 *
 * Scratch memory of a run is one piece: the primitives' common scratchpad, then the staged operands
 * and scratch of the operator that runs; operators follow each other, so they use the same bytes.
 */
#include <omp.h>
#include <stdlib.h>

#include "dnn.h"
#include "mover.h"
#include "rows.h"

/**
 * struct arg_use - what a run does with an argument
 * @used: anything at all
 * @written: some operator writes to it
 * @start: first byte touched, from the argument's address
 * @end: after the last one
 * @align: largest element size
 */
struct arg_use {
	bool used;
	bool written;
	uint64_t start;
	uint64_t end;
	uint64_t align;
};

/**
 * struct engine_worker - what one thread needs to run programs
 * @stream: of oneDNN
 * @scratch: grown as programs need it
 * @scratch_size: of @scratch
 */
struct engine_worker {
	dnnl_stream_t stream;
	uint8_t *scratch;
	size_t scratch_size;
};

static uint32_t direct_acquire(void *priv, uint64_t addr, uint64_t size, enum engine_access access,
			       void **ptr, struct engine_error *err)
{
	(void)priv;
	(void)size;
	(void)access;
	(void)err;
	*ptr = (void *)(uintptr_t)addr;
	return GENPU_OK;
}

static void direct_release(void *priv, uint64_t addr, uint64_t size, enum engine_access access,
			   void *ptr)
{
	(void)priv;
	(void)addr;
	(void)size;
	(void)access;
	(void)ptr;
}

const struct engine_memory engine_memory_direct = {
	.acquire = direct_acquire,
	.release = direct_release,
};

void error_set(struct engine_error *err, uint32_t code, uint32_t offset, uint32_t op,
	       uint32_t operand)
{
	*err = (struct engine_error){
		.code = code,
		.offset = offset,
		.op = op,
		.operand = operand,
	};
}

void *engine_alloc(size_t size)
{
	return aligned_alloc(64, (size + 64) / 64 * 64);
}

static size_t align64(size_t size)
{
	return (size + 63) & ~(size_t)63;
}

/* --- preparing --- */

void op_stage(struct op *op, unsigned int k, const struct view *use)
{
	struct operand *o = &op->operands[k];

	o->use = *use;
	o->stage = k >= op->num_in && k < op->num_in + op->num_out ? STAGE_OUT : STAGE_IN;
}

const void *op_constant(const struct engine_program *p, const struct operand *o)
{
	return p->constants + o->mem.offset;
}

/* Dense float32 in the storage order that it has. */
static void stage_float(struct op *op, unsigned int k)
{
	struct view use = op->operands[k].mem;
	uint8_t order[GENPU_MAX_RANK];

	view_order(&use, order);
	use.dtype = GENPU_DT_F32;
	view_dense(&use, order);
	op_stage(op, k, &use);
}

static void stage_defaults(struct op *op)
{
	const struct operand *out = op_out(op);
	bool floats = !op->class->rows && (!op->class->raw || op->num_posts);
	bool hazard = false;
	unsigned int k;

	for (k = 0; k < op->num_operands; k++)
		op->operands[k].use = op->operands[k].mem;
	if (op->class->rows)
		return;
	for (k = 0; k < op->num_operands; k++) {
		if (op->operands[k].absent)
			continue;
		if (floats && dtype_is_half(op->operands[k].mem.dtype))
			stage_float(op, k);
		/*
		 * A post's tensor in the output's place must not be overwritten before it is read.
		 */
		if (k >= op->num_in + op->num_out)
			hazard |= view_overlaps(&op->operands[k].mem, &out->mem);
	}
	if (hazard && out->stage == STAGE_NONE)
		stage_float(op, op->num_in);
}

/* Make the movers, move what is constant, and lay out the operator's scratch memory. */
static uint32_t finish_op(struct engine_program *p, struct op *op, size_t *scratch)
{
	size_t at = *scratch, bytes;
	struct operand *o;
	unsigned int k;
	uint32_t code;

	for (k = 0; k < op->num_operands; k++) {
		o = &op->operands[k];
		if (o->absent || (o->stage != STAGE_IN && o->stage != STAGE_OUT))
			continue;
		if (o->stage == STAGE_OUT)
			code = mover_create(p, &o->mem, &o->use, &o->mover);
		else
			code = mover_create(p, &o->use, &o->mem, &o->mover);
		if (code)
			return code;
		bytes = (size_t)o->use.span * dtype_size(o->use.dtype);
		if (bytes > ENGINE_MAX_SCRATCH)
			return GENPU_ERR_PROG_UNSUPPORTED;
		if (o->mem.base == GENPU_BASE_CONST) {
			o->fixed = engine_alloc(bytes);
			if (!o->fixed)
				return GENPU_ERR_NO_MEMORY;
			code = mover_run(o->mover, o->fixed, op_constant(p, o), NULL);
			if (code)
				return code;
			continue;
		}
		o->scratch = at;
		at += align64(bytes);
	}
	op->scratch_offset = at;
	at += align64(op->scratch);
	if (at > ENGINE_MAX_SCRATCH)
		return GENPU_ERR_PROG_UNSUPPORTED;
	*scratch = at;
	return GENPU_OK;
}

static uint32_t prepare_op(struct engine_program *p, struct op *op, size_t *scratch)
{
	uint32_t code;

	stage_defaults(op);
	code = op->class->prepare(p, op);
	if (code)
		return code;
	if (op->fused < op->num_posts) {
		code = rows_create_posts(op, &op->pass);
		if (code)
			return code;
	}
	return finish_op(p, op, scratch);
}

/* The scratchpad's size is known last but comes first, so all offsets move by it. */
static void shift_scratch(struct engine_program *p, size_t by)
{
	unsigned int k;
	uint32_t i;

	for (i = 0; i < p->header->num_ops; i++) {
		p->ops[i].scratch_offset += by;
		for (k = 0; k < p->ops[i].num_operands; k++)
			p->ops[i].operands[k].scratch += by;
	}
}

static uint32_t prepare(struct engine_program *p, struct engine_error *err)
{
	size_t most = 0, scratch;
	uint32_t i, code;

	for (i = 0; i < p->header->num_ops; i++) {
		if (p->ops[i].empty)
			continue;
		scratch = 0;
		code = prepare_op(p, &p->ops[i], &scratch);
		if (code) {
			error_set(err, code, p->header->ops + i * sizeof(struct genpu_op), i,
				  GENPU_NONE);
			return code;
		}
		if (scratch > most)
			most = scratch;
	}
	scratch = align64(dnn_scratchpad(p));
	shift_scratch(p, scratch);
	p->scratch = scratch + most;
	return GENPU_OK;
}

static uint32_t find_arg_uses(struct engine_program *p)
{
	uint32_t num_args = p->header->num_inputs + p->header->num_outputs, i;
	const struct operand *o;
	struct arg_use *use;
	uint64_t size, end;
	unsigned int k;

	p->args = calloc(num_args + 1, sizeof(*p->args));
	if (!p->args)
		return GENPU_ERR_NO_MEMORY;
	for (i = 0; i < p->header->num_ops; i++) {
		for (k = 0; k < p->ops[i].num_operands; k++) {
			o = &p->ops[i].operands[k];
			if (o->absent || o->mem.base != GENPU_BASE_ARG)
				continue;
			use = &p->args[o->mem.arg];
			size = dtype_size(o->mem.dtype);
			if (size > use->align)
				use->align = size;
			if (!o->mem.span)
				continue;
			end = o->mem.offset + o->mem.span * size;
			if (!use->used || o->mem.offset < use->start)
				use->start = o->mem.offset;
			if (end > use->end)
				use->end = end;
			use->used = true;
			use->written |= k >= p->ops[i].num_in &&
					k < p->ops[i].num_in + p->ops[i].num_out;
		}
	}
	return GENPU_OK;
}

/* Copy the constants that runs will read; the others are packed or not used. */
static uint32_t keep_constants(struct engine_program *p, const uint8_t *constants)
{
	const struct operand *o;
	uint8_t *image;
	unsigned int k;
	uint32_t i;

	image = calloc(1, p->header->const_size);
	if (!image)
		return GENPU_ERR_NO_MEMORY;
	for (i = 0; i < p->header->num_ops; i++) {
		for (k = 0; k < p->ops[i].num_operands && !p->ops[i].empty; k++) {
			o = &p->ops[i].operands[k];
			if (o->absent || o->mem.base != GENPU_BASE_CONST || o->stage != STAGE_NONE)
				continue;
			memcpy(image + o->mem.offset, constants + o->mem.offset,
			       o->mem.span * dtype_size(o->mem.dtype));
		}
	}
	p->constants = image;
	return GENPU_OK;
}

static uint32_t create(struct engine_program *p, const struct engine_memory *mem,
		       uint64_t const_addr, struct engine_error *err)
{
	uint64_t const_size = p->header->const_size;
	void *constants = NULL;
	uint32_t code;

	if (const_size) {
		if (const_addr % GENPU_PROG_ALIGN) {
			err->code = GENPU_ERR_ALIGN;
			err->addr = const_addr;
			return err->code;
		}
		if (const_addr > UINT64_MAX - const_size) {
			err->code = GENPU_ERR_RANGE;
			err->addr = const_addr;
			return err->code;
		}
		code = mem->acquire(mem->priv, const_addr, const_size, ENGINE_READ, &constants,
				    err);
		if (code) {
			err->code = code;
			return code;
		}
	}
	p->constants = constants;
	code = prepare(p, err);
	p->constants = NULL;
	if (!code)
		code = find_arg_uses(p);
	if (!code && const_size)
		code = keep_constants(p, constants);
	if (const_size)
		mem->release(mem->priv, const_addr, const_size, ENGINE_READ, constants);
	err->code = code;
	return code;
}

uint32_t engine_program_create(const void *blob, uint64_t size, const struct engine_memory *mem,
			       uint64_t const_addr, uint64_t const_size,
			       struct engine_program **program, struct engine_error *err)
{
	int threads = omp_get_max_threads();
	struct engine_program *p;
	uint32_t code;

	*program = NULL;
	error_set(err, GENPU_OK, GENPU_NONE, GENPU_NONE, GENPU_NONE);
	p = calloc(1, sizeof(*p));
	if (!p || !dnn_engine()) {
		free(p);
		err->code = GENPU_ERR_NO_MEMORY;
		return err->code;
	}
	pthread_mutex_init(&p->lock, NULL);
	code = program_parse(p, blob, size, const_size, err);
	if (!code) {
		/* Kernels are made for the number of threads that will run them. */
		omp_set_num_threads(1);
		code = create(p, mem, const_addr, err);
		omp_set_num_threads(threads);
	}
	if (code)
		engine_program_destroy(p);
	else
		*program = p;
	return code;
}

void engine_program_destroy(struct engine_program *p)
{
	struct op *op;
	unsigned int k;
	uint32_t i;

	if (!p)
		return;
	instances_free(p);
	for (i = 0; p->ops && i < p->header->num_ops; i++) {
		op = &p->ops[i];
		if (op->priv)
			op->class->destroy(op);
		rows_destroy(op->pass);
		for (k = 0; k < op->num_operands; k++) {
			mover_destroy(op->operands[k].mover);
			free(op->operands[k].fixed);
		}
	}
	for (i = 0; i < p->num_dnns; i++)
		dnn_destroy(p->dnns[i]);
	free(p->dnns);
	free(p->args);
	free(p->constants);
	program_free_parsed(p);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

const struct genpu_prog_header *engine_program_header(const struct engine_program *program)
{
	return program->header;
}

const char *engine_program_op_name(const struct engine_program *program, uint32_t op)
{
	if (op >= program->header->num_ops || !program->ops[op].rec->name)
		return "";
	return (const char *)program->blob + program->header->strings + program->ops[op].rec->name;
}

/* --- workers --- */

struct engine_worker *engine_worker_create(void)
{
	struct engine_worker *worker = calloc(1, sizeof(*worker));

	if (!worker)
		return NULL;
	if (!dnn_engine() || dnnl_stream_create(&worker->stream, dnn_engine(),
						dnnl_stream_default_flags) != dnnl_success) {
		free(worker);
		return NULL;
	}
	return worker;
}

void engine_worker_destroy(struct engine_worker *worker)
{
	if (!worker)
		return;
	dnnl_stream_destroy(worker->stream);
	free(worker->scratch);
	free(worker);
}

static bool worker_grow(struct engine_worker *worker, size_t size)
{
	if (size <= worker->scratch_size)
		return true;
	free(worker->scratch);
	worker->scratch = engine_alloc(size);
	worker->scratch_size = worker->scratch ? size : 0;
	return worker->scratch;
}

/* --- running --- */

/**
 * struct bases - where the host finds the memory of a run
 * @workspace: the workspace
 * @args: byte 0 of each argument, even where only a later part of it was acquired
 */
struct bases {
	uint8_t *workspace;
	uintptr_t args[GENPU_PROG_MAX_ARGS];
};

/* Name the first operand that touches the page of a failed access. */
static void blame(const struct engine_program *p, uint32_t base, uint32_t arg, uint64_t at,
		  struct engine_error *err)
{
	/* Its start as an offset from the base, negative when the base is inside of it. */
	int64_t page = (err->addr & ~(uint64_t)(GENPU_PAGE_SIZE - 1)) - at, start, end;
	const struct operand *o;
	unsigned int k;
	uint32_t i;

	for (i = 0; i < p->header->num_ops; i++) {
		for (k = 0; k < p->ops[i].num_operands; k++) {
			o = &p->ops[i].operands[k];
			if (o->absent || o->mem.base != base || o->mem.arg != arg || !o->mem.span)
				continue;
			start = o->mem.offset;
			end = start + o->mem.span * dtype_size(o->mem.dtype);
			if (end <= page || start >= page + GENPU_PAGE_SIZE)
				continue;
			if (err->access == GENPU_ACCESS_WRITE &&
			    (k < p->ops[i].num_in || k >= p->ops[i].num_in + p->ops[i].num_out))
				continue;
			err->op = i;
			err->operand = k;
			return;
		}
	}
}

static uint32_t fail_addr(struct engine_error *err, uint32_t code, uint64_t addr)
{
	err->code = code;
	err->addr = addr;
	return code;
}

static uint32_t check_run(const struct engine_program *p, const struct engine_run *run,
			  struct engine_error *err)
{
	uint32_t num_args = p->header->num_inputs + p->header->num_outputs, i;
	const struct arg_use *use;

	if (run->num_args != num_args)
		return err->code = GENPU_ERR_ARGS;
	if (run->workspace_size < p->header->workspace_size)
		return err->code = GENPU_ERR_WORKSPACE;
	if (p->header->workspace_size) {
		if (run->workspace % GENPU_PROG_ALIGN)
			return fail_addr(err, GENPU_ERR_ALIGN, run->workspace);
		if (run->workspace > UINT64_MAX - p->header->workspace_size)
			return fail_addr(err, GENPU_ERR_RANGE, run->workspace);
	}
	for (i = 0; i < num_args; i++) {
		use = &p->args[i];
		if (use->align && run->args[i] % use->align)
			return fail_addr(err, GENPU_ERR_ALIGN, run->args[i]);
		if (use->used && run->args[i] > UINT64_MAX - use->end)
			return fail_addr(err, GENPU_ERR_RANGE, run->args[i]);
	}
	return GENPU_OK;
}

static enum engine_access arg_access(const struct arg_use *use)
{
	return use->written ? ENGINE_WRITE : ENGINE_READ;
}

static void release_args(const struct engine_program *p, const struct engine_run *run,
			 const struct bases *bases, uint32_t num)
{
	const struct engine_memory *mem = run->mem;
	const struct arg_use *use;

	while (num-- > 0) {
		use = &p->args[num];
		if (use->used)
			mem->release(mem->priv, run->args[num] + use->start, use->end - use->start,
				     arg_access(use), (void *)(bases->args[num] + use->start));
	}
}

static uint32_t acquire_args(const struct engine_program *p, const struct engine_run *run,
			     struct bases *bases, struct engine_error *err)
{
	const struct engine_memory *mem = run->mem;
	const struct arg_use *use;
	uint32_t i, code;
	void *ptr;

	for (i = 0; i < run->num_args; i++) {
		use = &p->args[i];
		bases->args[i] = 0;
		if (!use->used)
			continue;
		code = mem->acquire(mem->priv, run->args[i] + use->start, use->end - use->start,
				    arg_access(use), &ptr, err);
		if (code) {
			err->code = code;
			blame(p, GENPU_BASE_ARG, i, run->args[i], err);
			release_args(p, run, bases, i);
			return code;
		}
		bases->args[i] = (uintptr_t)ptr - use->start;
	}
	return GENPU_OK;
}

static void *locate(const struct engine_program *p, const struct bases *bases, const struct view *v)
{
	switch (v->base) {
	case GENPU_BASE_CONST:
		return p->constants + v->offset;
	case GENPU_BASE_WORKSPACE:
		return bases->workspace + v->offset;
	}
	return (void *)(bases->args[v->arg] + v->offset);
}

static uint32_t run_op(const struct engine_program *p, const struct op *op,
		       const struct bases *bases, struct run *run)
{
	void *mem[MAX_OPERANDS], *data[MAX_OPERANDS];
	const struct operand *o;
	unsigned int k;
	uint32_t code;

	for (k = 0; k < op->num_operands; k++) {
		o = &op->operands[k];
		mem[k] = NULL;
		data[k] = NULL;
		if (o->absent || o->stage == STAGE_PACKED)
			continue;
		if (o->fixed) {
			data[k] = o->fixed;
			continue;
		}
		mem[k] = locate(p, bases, &o->mem);
		data[k] = o->stage == STAGE_NONE ? mem[k] : run->scratch + o->scratch;
		if (o->stage == STAGE_IN) {
			code = mover_run(o->mover, data[k], mem[k], run);
			if (code)
				return code;
		}
	}
	code = op->class->run(op, data, run);
	if (!code && op->pass)
		code = rows_run(op->pass, data, run);
	for (k = op->num_in; !code && k < op->num_in + op->num_out; k++)
		if (op->operands[k].stage == STAGE_OUT)
			code = mover_run(op->operands[k].mover, mem[k], data[k], run);
	return code;
}

static uint32_t run_ops(const struct engine_program *p, const struct bases *bases, struct run *run)
{
	uint32_t i, code;

	for (i = 0; i < p->header->num_ops; i++) {
		if (run_aborted(run))
			code = GENPU_ERR_ABORTED;
		else if (p->ops[i].empty)
			continue;
		else
			code = run_op(p, &p->ops[i], bases, run);
		if (code) {
			run->err->code = code;
			run->err->op = i;
			return code;
		}
	}
	return GENPU_OK;
}

uint32_t engine_program_run(struct engine_program *p, struct engine_worker *worker,
			    const struct engine_run *er, struct engine_error *err)
{
	const struct engine_memory *mem = er->mem;
	uint64_t size = p->header->workspace_size;
	struct run run = { .stream = worker->stream, .abort = er->abort, .err = err };
	int threads = omp_get_max_threads();
	struct bases bases;
	void *ptr = NULL;
	uint32_t code;

	error_set(err, GENPU_OK, GENPU_NONE, GENPU_NONE, GENPU_NONE);
	code = check_run(p, er, err);
	if (code)
		return code;
	if (!worker_grow(worker, p->scratch))
		return err->code = GENPU_ERR_NO_MEMORY;
	run.scratch = worker->scratch;
	run.instance = instance_take(p);
	if (!run.instance)
		return err->code = GENPU_ERR_NO_MEMORY;

	code = acquire_args(p, er, &bases, err);
	if (code)
		goto give;
	if (size) {
		code = mem->acquire(mem->priv, er->workspace, size, ENGINE_SCRATCH, &ptr, err);
		if (code) {
			err->code = code;
			blame(p, GENPU_BASE_WORKSPACE, 0, er->workspace, err);
			goto release;
		}
	}
	bases.workspace = ptr;
	omp_set_num_threads(1);
	code = run_ops(p, &bases, &run);
	omp_set_num_threads(threads);
	if (size)
		mem->release(mem->priv, er->workspace, size, ENGINE_SCRATCH, ptr);
release:
	release_args(p, er, &bases, er->num_args);
give:
	instance_give(p, run.instance);
	return code;
}
