/* SPDX-License-Identifier: MIT */
/*
 * internal.h - what the engine's files share.
 *
 * A program is parsed and verified (verify.c) into views and operators, then prepared (program.c):
 * each operator's class (struct op_class, one file per family, listed in ops.c) makes what it needs
 * to run. An operator sees its operands as *views*. Where a kernel cannot take an operand as it
 * lies in memory, the operand is *staged*: moved into, or out of, dense scratch memory by a mover;
 * so each class needs one good layout and type only, and the rest is the same for all.
 */
#ifndef GE_EMU_ENGINE_INTERNAL_H
#define GE_EMU_ENGINE_INTERNAL_H

#include <pthread.h>
#include <string.h>

#include "engine.h"

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define MAX_OPERANDS		(GENPU_MAX_OPERANDS + GENPU_MAX_POSTS)

/*
 * Limits of this device beyond those of the format. They keep sizes inside of what 32-bit
 * arithmetic in kernels can hold, and the time of one operator bounded.
 */
#define ENGINE_MAX_ELEMENTS	(1ll << 40)	/* of any tensor, repeated ones counted */
#define ENGINE_MAX_DENSE	(1ll << 31)	/* of a tensor that a oneDNN kernel works on */
#define ENGINE_MAX_WORK		(1ll << 40)	/* multiplications or visits of one operator */
#define ENGINE_MAX_SCRATCH	(16ull << 30)	/* bytes */
#define ENGINE_MAX_CONST	(16ull << 30)	/* bytes */

/* Functions with hot loops are compiled for several instruction sets. */
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ENGINE_SIMD __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ENGINE_SIMD
#endif

/**
 * struct view - strided elements in memory
 * @dtype: enum genpu_dtype
 * @rank: number of dimensions
 * @base: enum genpu_base
 * @arg: argument for GENPU_BASE_ARG
 * @tensor: index of the tensor record, or GENPU_NONE
 * @offset: bytes from the base to element 0
 * @dims: extents
 * @strides: in elements
 * @count: product of @dims
 * @span: elements from element 0 to the last one inclusive, gaps counted; 0 when empty
 */
struct view {
	uint8_t dtype;
	uint8_t rank;
	uint8_t base;
	uint32_t arg;
	uint32_t tensor;
	uint64_t offset;
	int64_t dims[GENPU_MAX_RANK];
	int64_t strides[GENPU_MAX_RANK];
	int64_t count;
	int64_t span;
};

/* view.c */
unsigned int dtype_size(uint8_t dtype);		/* 0 for an unknown type */
bool dtype_is_half(uint8_t dtype);		/* float16 and bfloat16 */
bool dtype_is_float(uint8_t dtype);		/* float32, float16, bfloat16 */
void view_measure(struct view *v);		/* sets count and span from dims and strides */
void view_dense(struct view *v, const uint8_t *order);	/* NULL: 0, 1, … */
void view_order(const struct view *v, uint8_t *order);	/* its storage order, outermost first */
bool view_is_dense(const struct view *v, const uint8_t *order);
bool view_same(const struct view *a, const struct view *b);
bool view_overlaps(const struct view *a, const struct view *b);
bool view_distinct(const struct view *v, bool *unsure);	/* no two elements share memory */
bool view_broadcast(struct view *v, const struct view *to);	/* aligned at the last dimension */
bool view_merge(struct view *v, unsigned int d, int64_t outer, int64_t inner);
void view_drop(struct view *v, unsigned int d);

struct dnn;
struct mover;
struct nd;

enum stage {
	STAGE_NONE,	/* used as it lies in memory */
	STAGE_IN,	/* moved to scratch before the kernel */
	STAGE_OUT,	/* moved from scratch after the kernel */
	STAGE_PACKED,	/* constant that the class has taken over: no pointer at run */
};

/**
 * struct operand - an input, an output or a post-operation's tensor
 * @absent: optional and not there
 * @stage: enum stage
 * @mem: as the program has it
 * @use: as the kernel sees it
 * @mover: between the two, when staged
 * @scratch: offset of the staged elements in the worker's scratch memory
 * @fixed: a staged constant: its elements, moved when the program was created
 */
struct operand {
	bool absent;
	enum stage stage;
	struct view mem;
	struct view use;
	struct mover *mover;
	size_t scratch;
	void *fixed;
};

/**
 * struct post - a post-operation
 * @type: enum genpu_post_type
 * @kind: enum genpu_unary or enum genpu_binary
 * @operand: the tensor's place among the operands, for GENPU_POST_BINARY
 * @alpha: of a unary
 * @beta: of a unary
 */
struct post {
	uint16_t type;
	uint16_t kind;
	uint32_t operand;
	float alpha;
	float beta;
};

/**
 * struct op - an operator
 * @class: its family
 * @rec: its record in the program
 * @attr: its attributes in the program
 * @index: in the program
 * @num_in: inputs
 * @num_out: outputs
 * @num_operands: inputs, outputs and post tensors
 * @num_posts: post-operations
 * @fused: how many of these, from the first, the class does itself
 * @empty: it has nothing to write
 * @operands: inputs, outputs, post tensors
 * @posts: post-operations
 * @pass: does the posts that are not fused, if any
 * @scratch: bytes that the class wants at run
 * @scratch_offset: where in the worker's scratch memory
 * @priv: of the class
 */
struct op {
	const struct op_class *class;
	const struct genpu_op *rec;
	const void *attr;
	uint32_t index;
	unsigned int num_in;
	unsigned int num_out;
	unsigned int num_operands;
	unsigned int num_posts;
	unsigned int fused;
	bool empty;
	struct operand *operands;
	struct post *posts;
	struct rows *pass;
	size_t scratch;
	size_t scratch_offset;
	void *priv;
};

static inline struct operand *op_out(const struct op *op)
{
	return &op->operands[op->num_in];
}

/* The memory view of a present operand, else NULL. */
static inline const struct view *op_view(const struct op *op, unsigned int k)
{
	return op->operands[k].absent ? NULL : &op->operands[k].mem;
}

/**
 * struct engine_program - a verified program
 * @blob: private copy of its bytes
 * @size: of @blob
 * @header: start of @blob
 * @tensors: views of all tensor records
 * @ops: operators
 * @operands: storage of all op.operands
 * @posts: storage of all op.posts
 * @constants: copy of the constants that runs read; pages that hold none are never touched
 * @const_size: of @constants
 * @dnns: all primitives, so that an instance can have memory objects for each
 * @num_dnns: how many
 * @scratch: bytes of scratch memory that a run needs
 * @args: what a run does with each argument
 * @lock: of @instances
 * @instances: per-run state that no run uses now
 */
struct engine_program {
	uint8_t *blob;
	uint64_t size;
	const struct genpu_prog_header *header;
	struct view *tensors;
	struct op *ops;
	struct operand *operands;
	struct post *posts;
	uint8_t *constants;
	uint64_t const_size;
	struct dnn **dnns;
	unsigned int num_dnns;
	size_t scratch;
	struct arg_use *args;
	pthread_mutex_t lock;
	struct instance *instances;
};

/**
 * struct run - a run in progress
 * @scratch: the worker's scratch memory
 * @instance: memory objects of the primitives
 * @stream: the worker's
 * @abort: see struct engine_run
 * @err: where to report
 */
struct run {
	uint8_t *scratch;
	struct instance *instance;
	void *stream;
	const uint32_t *abort;
	struct engine_error *err;
};

static inline bool run_aborted(const struct run *run)
{
	return run && run->abort && __atomic_load_n(run->abort, __ATOMIC_RELAXED);
}

struct verifier;

/**
 * struct op_class - a family of operators
 * @name: for messages
 * @opcode: enum genpu_opcode
 * @min_in: inputs that must be there
 * @max_in: inputs that may be there
 * @attr_size: size of the attributes
 * @raw: moves elements without looking at them: half-precision ones need no conversion
 * @rows: handles half-precision operands, strides and post-operations by itself
 * @verify: checks views, types and attributes of one operator; the counts are right already
 * @prepare: makes @priv, may stage operands; GENPU_OK or an error. Not called without output
 *           elements
 * @run: computes; @data has a host pointer for each operand
 * @destroy: frees @priv
 */
struct op_class {
	const char *name;
	uint16_t opcode;
	uint8_t min_in;
	uint8_t max_in;
	uint32_t attr_size;
	bool raw;
	bool rows;
	uint32_t (*verify)(struct verifier *v, const struct op *op);
	uint32_t (*prepare)(struct engine_program *p, struct op *op);
	uint32_t (*run)(const struct op *op, void *const *data, struct run *run);
	void (*destroy)(struct op *op);
};

const struct op_class *op_class_find(uint16_t opcode);

extern const struct op_class op_copy, op_unary, op_binary, op_conv, op_matmul, op_pool, op_reduce,
			     op_softmax, op_layernorm, op_batchnorm, op_gather, op_pad, op_fill,
			     op_select, op_gather_elements, op_gather_nd, op_scatter_elements,
			     op_scatter_nd, op_topk, op_scan, op_nonzero, op_compress,
			     op_interpolate, op_deconv, op_lrn, op_grid_sample, op_roi_align,
			     op_nms;

/* verify.c: reports of class->verify; each returns the code, for "return bad_…()" */
uint32_t bad_operand(struct verifier *v, const struct op *op, unsigned int k);
uint32_t bad_type(struct verifier *v, const struct op *op, unsigned int k);
uint32_t bad_shape(struct verifier *v, const struct op *op, unsigned int k);
uint32_t bad_attr(struct verifier *v, const struct op *op, size_t field);
uint32_t unsupported(struct verifier *v, const struct op *op, unsigned int k);
/* @factors multiplied must stay within the limit of one operator's work */
uint32_t check_work(struct verifier *v, const struct op *op, unsigned int n,
		    const int64_t *factors);

uint32_t program_parse(struct engine_program *p, const void *blob, uint64_t size,
		       uint64_t const_size, struct engine_error *err);
void program_free_parsed(struct engine_program *p);

/* program.c */
void error_set(struct engine_error *err, uint32_t code, uint32_t offset, uint32_t op,
	       uint32_t operand);
/* Let operand @k be moved so that the kernel sees it as @use (same shape, base ignored). */
void op_stage(struct op *op, unsigned int k, const struct view *use);
/* Elements of a constant operand as they lie in the constants. */
const void *op_constant(const struct engine_program *p, const struct operand *o);
void *engine_alloc(size_t size);	/* 64-byte aligned; free() */

#endif /* GE_EMU_ENGINE_INTERNAL_H */
