/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the compiler share: small graphs, and a compiled model run by the device's
 * engine in this process.
 */
#ifndef GE_TESTS_RUN_MODEL_H
#define GE_TESTS_RUN_MODEL_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../tools/ge-emu/engine/engine.h"
#include "base/error.h"
#include "compiler/passes.h"
#include "build_graph.h"

/* --- Runs ------------------------------------------------------------------------------------- */

#define MAX_IO	8

struct run {
	struct ge_model *model;
	void *out[MAX_IO];
	bool good;
};

static inline void run_free(struct run *r)
{
	for (size_t i = 0; i < MAX_IO; i++)
		free(r->out[i]);
	ge_model_free(r->model);
	memset(r, 0, sizeof(*r));
}

/* Check, prepare and run r->model on the engine. */
static inline bool run_model(struct run *r, void *const *inputs)
{
	struct ge_model *m = r->model;
	struct engine_worker *worker = engine_worker_create();
	struct engine_program *program = NULL;
	struct engine_error err = { 0 };
	uint64_t args[2 * MAX_IO];
	void *consts = aligned_alloc(64, (m->const_size + 127) / 64 * 64);
	void *workspace = aligned_alloc(64, (m->workspace_size + 127) / 64 * 64);
	uint32_t code;

	if (m->const_size)
		memcpy(consts, m->consts, m->const_size);
	memset(workspace, 0xcc, m->workspace_size);
	for (size_t i = 0; i < m->num_inputs; i++)
		args[i] = (uintptr_t)inputs[i];
	for (size_t i = 0; i < m->num_results; i++) {
		r->out[i] = malloc(m->outputs[i].size + 1);
		memset(r->out[i], 0xdd, m->outputs[i].size);
		args[m->num_inputs + i] = (uintptr_t)r->out[i];
	}
	code = engine_program_create(m->program, m->program_size, &engine_memory_direct,
				     m->const_size ? (uintptr_t)consts : 0, m->const_size, &program,
				     &err);
	if (!code) {
		struct engine_run run = {
			.mem = &engine_memory_direct, .args = args,
			.num_args = (uint32_t)(m->num_inputs + m->num_results),
			.workspace = (uintptr_t)workspace, .workspace_size = m->workspace_size,
		};

		code = engine_program_run(program, worker, &run, &err);
	}
	if (code)
		printf("# engine: error %u at byte %u, operator %u (%s), operand %u\n", code,
		       err.offset, err.op,
		       err.op < m->num_ops ? m->op_types[err.op] : "none", err.operand);
	engine_program_destroy(program);
	engine_worker_destroy(worker);
	free(consts);
	free(workspace);
	return r->good = !code;
}

static inline bool compile_and_run(const struct ge_graph *g, uint32_t passes, void *const *inputs,
				   struct run *r)
{
	memset(r, 0, sizeof(*r));
	if (ge_compile_with(g, NULL, passes, &r->model)) {
		printf("# %s\n", ge_error_text());
		r->model = NULL;
		return false;
	}
	return run_model(r, inputs);
}

/* How many operators of @opcode a model has; 0 counts all. */
static inline unsigned int count_ops(const struct ge_model *m, uint16_t opcode)
{
	const struct genpu_prog_header *h = m->program;
	const struct genpu_op *ops = (const void *)((const char *)m->program + h->ops);
	unsigned int n = 0;

	for (uint32_t i = 0; i < h->num_ops; i++)
		n += !opcode || ops[i].opcode == opcode;
	return n;
}

#endif
