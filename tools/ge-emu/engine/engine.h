/* SPDX-License-Identifier: MIT */
/*
 * engine.h - the compute engine of the emulated NPU: verifies, prepares and runs programs.
 *
 * A program (drm/genpu_isa.h) is created once from untrusted bytes. Creating verifies all of it,
 * makes one kernel per operator and packs the constants, so that a run only has to find its memory.
 * A program does not change afterwards: any number of threads may run it at the same time, each
 * with a worker of its own. The engine knows nothing of queues or page tables: it reaches memory
 * through struct engine_memory.
 *
 * Functions return enum genpu_error, GENPU_OK being 0; details are in struct engine_error.
 */
#ifndef GE_EMU_ENGINE_H
#define GE_EMU_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <drm/genpu_isa.h>

#ifdef __cplusplus
extern "C" {
#endif

struct engine_program;
struct engine_worker;

/**
 * struct engine_error - what went wrong and where
 * @code: enum genpu_error
 * @offset: byte offset in the program of the offending field, or GENPU_NONE
 * @op: index of the operator, or GENPU_NONE
 * @operand: index into the operator's operands (inputs, outputs, then the tensors of its
 *           post-operations in order) or, where @op is GENPU_NONE, of the tensor; or GENPU_NONE
 * @access: enum genpu_access of a failing access
 * @addr: context address of a failing access
 */
struct engine_error {
	uint32_t code;
	uint32_t offset;
	uint32_t op;
	uint32_t operand;
	uint32_t access;
	uint64_t addr;
};

/**
 * enum engine_access - what a run does with a range of memory
 * @ENGINE_READ: reads it
 * @ENGINE_WRITE: writes parts of it and may read all of it
 * @ENGINE_SCRATCH: reads and writes it, and nobody looks at it afterwards: what it holds before
 *                  may be anything that the context may see, and need not be kept after. It must
 *                  be writable.
 */
enum engine_access {
	ENGINE_READ,
	ENGINE_WRITE,
	ENGINE_SCRATCH,
};

/**
 * struct engine_memory - how the engine reaches a context's memory
 * @priv: handed to the callbacks
 * @acquire: makes [@addr, @addr + @size), @size > 0, accessible as one piece and gives its host
 *           address, which must be aligned as @addr is, up to 64 bytes. It stays valid until
 *           @release. Returns GENPU_OK, or the error with err->addr and err->access filled in;
 *           the engine fills in the rest.
 * @release: undoes @acquire; gets the same values. What was written through the pointer must be
 *           in memory when it returns.
 *
 * A run acquires each argument once, and the workspace; creating a program acquires its constants.
 * The engine never asks for ranges that wrap around. The bytes may change under the engine at any
 * time: it is right only if they do not, but safe in any case.
 */
struct engine_memory {
	void *priv;
	uint32_t (*acquire)(void *priv, uint64_t addr, uint64_t size, enum engine_access access,
			    void **ptr, struct engine_error *err);
	void (*release)(void *priv, uint64_t addr, uint64_t size, enum engine_access access,
			void *ptr);
};

/** engine_memory_direct: context addresses are host addresses (for use without a device) */
extern const struct engine_memory engine_memory_direct;

/**
 * engine_program_verify() - check a program without preparing it
 * @blob: its bytes, of any alignment
 * @size: how many there are
 * @const_size: bytes of constants that are there
 * @err: filled on return, with code GENPU_OK on success
 *
 * What passes here may still be refused by engine_program_create() with GENPU_ERR_PROG_UNSUPPORTED
 * or GENPU_ERR_NO_MEMORY.
 */
uint32_t engine_program_verify(const void *blob, uint64_t size, uint64_t const_size,
			       struct engine_error *err);

/**
 * engine_program_create() - verify and prepare a program
 * @blob: its bytes, of any alignment; not used after return, and must not change during the call
 * @size: how many there are
 * @mem: where the constants are; not used after return
 * @const_addr: address of the constants, 64-byte aligned; 0 if there are none
 * @const_size: bytes of constants that are there
 * @program: the result, freed with engine_program_destroy()
 * @err: filled on return, with code GENPU_OK on success
 *
 * Constants are read now and never again.
 */
uint32_t engine_program_create(const void *blob, uint64_t size, const struct engine_memory *mem,
			       uint64_t const_addr, uint64_t const_size,
			       struct engine_program **program, struct engine_error *err);

/**
 * engine_program_destroy() - free a program that no thread runs; NULL is fine
 * @program: from engine_program_create()
 */
void engine_program_destroy(struct engine_program *program);

/**
 * engine_program_header() - counts and sizes of a program; valid as long as the program
 * @program: from engine_program_create()
 */
const struct genpu_prog_header *engine_program_header(const struct engine_program *program);

/**
 * engine_program_op_name() - name of an operator for messages; never NULL, may be empty
 * @program: from engine_program_create()
 * @op: index of the operator; out of range gives the empty string
 */
const char *engine_program_op_name(const struct engine_program *program, uint32_t op);

/**
 * engine_worker_create() - what one thread needs to run programs: scratch memory and a stream
 *
 * A worker computes with one thread, that of the caller. It may move between threads but not be
 * used by two at once. Returns NULL without memory.
 */
struct engine_worker *engine_worker_create(void);

/**
 * engine_worker_destroy() - free a worker; NULL is fine
 * @worker: from engine_worker_create()
 */
void engine_worker_destroy(struct engine_worker *worker);

/**
 * struct engine_run - one run of a program
 * @mem: the memory that the addresses are in
 * @args: addresses of the inputs, then the outputs
 * @num_args: how many
 * @workspace: address of the workspace, 64-byte aligned; ignored if the program needs none
 * @workspace_size: its size
 * @abort: if not NULL: set to nonzero (atomically) by another thread to end the run with
 *         GENPU_ERR_ABORTED after the operator, or part of one, that it is at
 */
struct engine_run {
	const struct engine_memory *mem;
	const uint64_t *args;
	uint32_t num_args;
	uint64_t workspace;
	uint64_t workspace_size;
	const uint32_t *abort;
};

/**
 * engine_program_run() - run a program
 * @program: from engine_program_create()
 * @worker: the calling thread's
 * @run: addresses
 * @err: filled on return, with code GENPU_OK on success
 */
uint32_t engine_program_run(struct engine_program *program, struct engine_worker *worker,
			    const struct engine_run *run, struct engine_error *err);

#ifdef __cplusplus
}
#endif

#endif /* GE_EMU_ENGINE_H */
