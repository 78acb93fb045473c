/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz.h - what the parts of the fuzzer share.
 *
 * A round is a number of processes with a number of threads each, which do random things to the
 * device for a number of operations. What a thread decides is a function of the seed, its process,
 * its number and the number of the operation alone: results are kept in slots, and operations pick
 * slots, never results. So a seed does the same again, but for the order in which threads meet.
 *
 *	fuzz.c		options, rounds, what must hold after each
 *	fuzz_worker.c	one process with its threads: files, signals, the racer
 *	fuzz_ops.c	operations: the ioctls of genpu
 *	fuzz_core.c	operations: ioctls of DRM's core, memory, files, processes
 *	fuzz_call.c	one ioctl: where its structure lies, what it may return
 *	fuzz_value.c	random numbers, sizes, ids, addresses, pointers
 *	fuzz_check.c	the process that nobody may disturb
 */
#ifndef _FUZZ_H_
#define _FUZZ_H_

#include "genpu_util.h"

#define FUZZ_MAX_PROCESSES	16
#define FUZZ_MAX_THREADS	16
#define FUZZ_FILES		3	/* open files of a process */
#define FUZZ_SLOTS		4	/* ids of one kind that a file remembers */
#define FUZZ_WINDOWS		24	/* places in a context where memory is mapped */
#define FUZZ_FDS		8	/* dma-bufs, syncobjs, sync files, ... of a process */
#define FUZZ_CALLS		64	/* kinds of calls that are counted */
#define FUZZ_ERRORS		(EHWPOISON + 1)

/* File descriptors have fixed numbers, so that a closed one is never mistaken for another. */
#define FUZZ_FD_FILE		200
#define FUZZ_FD_OTHER		220

#define FUZZ_VA			0x100000000ull
#define FUZZ_WINDOW		MIB(16)

/* CPU mappings of BOs go to fixed places in here, where nothing else ever is. */
#define FUZZ_ARENA_SLOTS	8
#define FUZZ_ARENA_SLOT		MIB(1)
#define FUZZ_ARENA		(FUZZ_ARENA_SLOTS * FUZZ_ARENA_SLOT)

/* Memory for USERPTR, with nothing behind it. */
#define FUZZ_USER		KIB(256)

/* Arguments of a thread: mapped twice, the second time read-only, with nothing behind either. */
#define FUZZ_SCRATCH		KIB(64)

enum fuzz_kind {
	FUZZ_BO, FUZZ_CTX, FUZZ_STREAM, FUZZ_GRAPH, FUZZ_SYNCOBJ, FUZZ_KINDS,
};

/**
 * struct fuzz_options - the command line
 * @seed: of the first round
 * @rounds: each with the next seed
 * @ops: of each thread in a round
 * @seconds: if not 0: rounds go on until then
 */
struct fuzz_options {
	uint64_t seed;
	uint32_t rounds;
	uint32_t ops;
	uint32_t threads;
	uint32_t processes;
	uint32_t seconds;
	bool verbose;
};

/**
 * struct fuzz_progress - where a thread is
 * @tid: of the kernel, 0 = it has ended
 * @op: name of the operation
 * @index: number of the operation
 */
struct fuzz_progress {
	uint32_t tid;
	const char *op;
	uint64_t index;
};

/**
 * struct fuzz_shared - memory that all processes of a run share
 * @failing: who sets it owns @text
 * @failed: @text is complete
 * @stop: the checker shall end
 * @checked: rounds that the checker has done; 0 = it is not yet ready
 * @results: how often a call returned an error, or 0
 */
struct fuzz_shared {
	uint32_t failing;
	uint32_t failed;
	char text[2048];
	uint32_t stop;
	uint64_t checked;
	uint64_t results[FUZZ_CALLS][FUZZ_ERRORS];
	struct fuzz_progress progress[FUZZ_MAX_PROCESSES][FUZZ_MAX_THREADS];
};

/**
 * struct fuzz_file - what a process remembers of an open file
 * @ids: by kind and slot, 0 = none yet; what is in a slot may be stale
 * @size: of the BO in a slot
 * @offset: of the BO in a slot, for mmap()
 * @program: window of the graph in a slot
 * @mapped: size of what is mapped in a window of the context in a slot, 0 = nothing
 */
struct fuzz_file {
	uint32_t ids[FUZZ_KINDS][FUZZ_SLOTS];
	uint64_t size[FUZZ_SLOTS];
	uint64_t offset[FUZZ_SLOTS];
	uint32_t program[FUZZ_SLOTS];
	uint64_t mapped[FUZZ_SLOTS][FUZZ_WINDOWS];
};

/**
 * struct fuzz_process - one process, used by all of its threads without locks
 * @arena: CPU mappings of BOs
 * @user: memory for USERPTR
 * @race_lock: held by the racer while it changes @race
 * @race: memory that the racer shall change now; who makes @race_size something else sets it
 * @race_size: its size; 0 = nothing to do; made 0 under @race_lock
 * @racing: the racer is at it
 */
struct fuzz_process {
	const struct fuzz_options *options;
	struct fuzz_shared *shared;
	uint64_t seed;
	uint32_t number;
	uint8_t *arena;
	uint8_t *user;
	struct fuzz_file files[FUZZ_FILES];
	pthread_mutex_t race_lock;
	void *race;
	uint32_t race_size;
	uint32_t racing;
	uint32_t ended;
};

/**
 * struct fuzz_thread - one thread
 * @index: number of the operation
 * @random: state, a function of seed, process, thread and operation at its begin
 * @child: it is the only thread of a forked process
 * @scratch: its arguments
 * @readonly: the same memory
 * @used: bytes of it that the operation uses
 * @raced: the racer changes an argument
 */
struct fuzz_thread {
	struct fuzz_process *process;
	struct fuzz_progress *progress;
	uint32_t number;
	uint64_t index;
	uint64_t random;
	bool child;
	const char *op;
	uint8_t *scratch;
	uint8_t *readonly;
	uint32_t used;
	bool raced;
};

/**
 * struct fuzz_operation - something that a thread does
 * @weight: how often, in proportion to the others
 */
struct fuzz_operation {
	const char *name;
	uint32_t weight;
	void (*run)(struct fuzz_thread *t);
};

extern const struct fuzz_operation fuzz_genpu_operations[];
extern const struct fuzz_operation fuzz_core_operations[];
void fuzz_furnish(struct fuzz_thread *t, uint32_t file);

/* fuzz_value.c */
void fuzz_seed(struct fuzz_thread *t, uint64_t index);
uint64_t fuzz_random(struct fuzz_thread *t);
uint32_t fuzz_below(struct fuzz_thread *t, uint32_t n);
bool fuzz_chance(struct fuzz_thread *t, uint32_t percent);
uint32_t fuzz_u32(struct fuzz_thread *t);
uint64_t fuzz_u64(struct fuzz_thread *t);
uint64_t fuzz_size(struct fuzz_thread *t);
uint32_t fuzz_slot(struct fuzz_thread *t);
uint32_t fuzz_id(struct fuzz_thread *t, uint32_t file, enum fuzz_kind kind, uint32_t slot);
uint64_t fuzz_va(struct fuzz_thread *t);
int64_t fuzz_time(struct fuzz_thread *t);
uint64_t fuzz_place(struct fuzz_thread *t, const void *data, uint32_t size);
uint64_t fuzz_pointer(struct fuzz_thread *t, const void *data, uint32_t size, bool *certain);
void fuzz_race_end(struct fuzz_thread *t);
void *fuzz_arena(struct fuzz_thread *t, uint64_t size);

static inline int fuzz_fd(uint32_t file)
{
	return FUZZ_FD_FILE + file;
}

/* fuzz_call.c */
enum fuzz_call {
	FUZZ_QUERY, FUZZ_BO_CREATE, FUZZ_BO_INFO, FUZZ_BO_USERPTR, FUZZ_CTX_CREATE,
	FUZZ_CTX_DESTROY, FUZZ_VM_BIND, FUZZ_STREAM_CREATE, FUZZ_STREAM_DESTROY,
	FUZZ_STREAM_STATE, FUZZ_GRAPH_LOAD, FUZZ_GRAPH_UNLOAD, FUZZ_SUBMIT, FUZZ_WAIT,
	FUZZ_GEM_CLOSE, FUZZ_PRIME_EXPORT, FUZZ_PRIME_IMPORT, FUZZ_SYNCOBJ_CREATE,
	FUZZ_SYNCOBJ_DESTROY, FUZZ_SYNCOBJ_EXPORT, FUZZ_SYNCOBJ_IMPORT, FUZZ_SYNCOBJ_WAIT,
	FUZZ_SYNCOBJ_RESET, FUZZ_SYNCOBJ_SIGNAL, FUZZ_TIMELINE_WAIT, FUZZ_TIMELINE_QUERY,
	FUZZ_TIMELINE_SIGNAL, FUZZ_SYNCOBJ_TRANSFER, FUZZ_SYNCOBJ_EVENTFD, FUZZ_GET_CAP,
	FUZZ_VERSION, FUZZ_NUM_CALLS,
};

/* What is wrong with an argument on purpose: nothing, or so that the call must not succeed. */
#define FUZZ_FINE	false
#define FUZZ_WRONG	true

int fuzz_ioctl(struct fuzz_thread *t, uint32_t file, enum fuzz_call call, void *arg, bool wrong);
void fuzz_count(struct fuzz_shared *shared, void (*print)(const char *line));
void fuzz_fail(struct fuzz_shared *shared, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void fuzz_thread_fail(struct fuzz_thread *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* fuzz_worker.c */
int fuzz_worker(const struct fuzz_options *options, struct fuzz_shared *shared, uint64_t seed,
		uint32_t number);
int fuzz_scratch(struct fuzz_thread *t);
void fuzz_step(struct fuzz_thread *t, uint64_t index);
bool fuzz_touch(volatile uint8_t *p, bool write, uint8_t value);
bool fuzz_copy(void *to, const void *from, size_t size);

/* fuzz_check.c */
int fuzz_checker(struct fuzz_shared *shared);

#endif /* _FUZZ_H_ */
