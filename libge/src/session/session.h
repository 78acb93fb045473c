/* SPDX-License-Identifier: MIT */
/*
 * Sessions: graphs by number, the programs that they were compiled to, and their runs.
 *
 *	engine.c	initialise, finalise, sessions by number
 *	options.c	option lists
 *	session.c	a session and its graphs
 *	shapes.c	which program fits the inputs of a run; builds it if there is none
 *	values.c	inputs whose values are compiled into a program
 *	program.c	a compiled graph on the device; names for faults
 *	lane.c		what runs of one graph on one queue share: workspace, argument tables
 *	run.c		run and wait, with data on the host
 *	stream.c	run on a stream of acl, with data on the device
 *	async.c		run on a thread, then call back
 *	status.c	codes and text at the C API's edge
 *
 * Lifetime: a session is in the table and has a reference for each call that uses it, a graph
 * likewise in its session. What the device may still use is freed when its jobs have ended.
 *
 * Locks, outermost first: session->run (one blocking run at a time), graph->lock, then one of
 * engine lock, session->lock, program registry; those three are leaves.
 */
#ifndef GE_SESSION_SESSION_H
#define GE_SESSION_SESSION_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "acl/acl_internal.h"
#include "compiler/compiler.h"
#include "device/device.h"
#include "ge/ge.h"

#define GE_MAX_PROGRAMS		8	/* shapes of one graph that are kept on the device */
#define GE_MAX_IDLE_LANES	64	/* of one graph; streams come and go */

/* --- Options --------------------------------------------------------------------------------- */

struct ge_settings {
	unsigned int device;
};

/**
 * ge_options_read - take over what @options say
 * @where: for messages, e.g. "GEInitialize"
 * @options: @count of them
 * @settings: changed where an option says so
 *
 * Return: 0 or -EINVAL.
 */
int ge_options_read(const char *where, const struct ge_option *options, size_t count,
		    struct ge_settings *settings);

/* --- Programs -------------------------------------------------------------------------------- */

/**
 * struct ge_program - a graph compiled for certain shapes and loaded to a device
 * @dev: not referenced, the session does
 * @what: "graph 'g'", for messages
 * @model: names, shapes and sizes; what went to the device as well
 * @graph_name: for messages
 * @id: of ge_program_load()
 * @consts: device memory, or NULL
 * @shapes: types and shapes of the inputs that it was asked for with, one per graph input
 * @values: of the inputs that are compiled in; NULL for all others
 * @last_use: for eviction
 * @next: in its graph's list
 * @next_loaded: in the registry of all loaded programs
 */
struct ge_program {
	struct ge_device *dev;
	struct ge_model *model;
	char *graph_name;
	char *what;
	uint32_t id;
	void *consts;
	struct ge_tensor_desc *shapes;
	void **values;
	uint64_t last_use;
	struct ge_program *next;
	struct ge_program *next_loaded;
};

/** ge_program_create - compile @graph for inputs as @known says and load it */
int ge_program_create(struct ge_device *dev, const struct ge_graph *graph,
		      const struct ge_known_inputs *known, struct ge_program **program);
/** ge_program_destroy - unload; no job may use it any more */
void ge_program_destroy(struct ge_program *program);

/**
 * ge_program_describe - which graph and operator a failure is about, as acl_describe_fn
 * @device: index
 * @program: as from ge_program_load()
 * @op: operator, or GENPU_NONE
 * @operand: its operand, or GENPU_NONE
 * @text: receives "graph 'g', operator 'conv1' (Conv2D), input 0 of the graph ('x')"
 * @size: bytes at @text
 */
bool ge_program_describe(unsigned int device, uint32_t program, uint32_t op, uint32_t operand,
			 char *text, size_t size);

/* --- Lanes ----------------------------------------------------------------------------------- */

struct ge_retired;

/**
 * struct ge_lane - what the runs of one graph on one stream share
 * @stream: a stream of acl, referenced, or NULL: the session's own
 * @queue: for blocking runs
 * @workspace: of the largest program that ran here; a stream runs its jobs in order, so they
 *             share it
 * @tables: rings of argument tables in host memory that the device reads. A table does not change
 *          while a job may read it; a run with the same arguments as one before uses its table.
 * @table_jobs: for each table the last job that reads it, 0 = never used
 * @table_args: entries of a table
 * @num_tables: tables
 * @current: the table used last
 * @outputs: memory for outputs that callers leave to libge, one per output
 * @last: job submitted last (seqno or point), 0 = none
 * @done: a job known to have ended, and so all before it
 * @retired: memory that was replaced while jobs may use it
 */
struct ge_lane {
	struct ge_lane *next;
	struct ge_device *dev;
	struct acl_stream *stream;
	struct ge_queue *queue;
	void *workspace;
	size_t workspace_size;
	uint64_t *tables;
	uint64_t *table_jobs;
	size_t table_args;
	size_t num_tables;
	size_t current;
	void **outputs;
	size_t *output_sizes;
	size_t num_outputs;
	uint64_t last;
	uint64_t done;
	struct ge_retired *retired;
};

int ge_lane_create(struct ge_device *dev, struct acl_stream *stream, struct ge_queue *queue,
		   struct ge_lane **lane);
/** ge_lane_idle - all its jobs have ended; does not wait */
bool ge_lane_idle(struct ge_lane *lane);
/** ge_lane_wait - until they have; the queue's job timeout bounds it */
void ge_lane_wait(struct ge_lane *lane);
/** ge_lane_destroy - free everything; no job of it may be running */
void ge_lane_destroy(struct ge_lane *lane);
/** ge_lane_output - memory of at least @size bytes for output @index, kept with the lane */
int ge_lane_output(struct ge_lane *lane, size_t num_outputs, size_t index, size_t size,
		   void **data);
/**
 * ge_lane_submit - run @program
 * @lane: lane
 * @program: what to run
 * @args: addresses of inputs, then outputs
 * @before: a task to run first, or NULL
 * @after: a task to run last, or NULL
 */
int ge_lane_submit(struct ge_lane *lane, const struct ge_program *program, const uint64_t *args,
		   const struct genpu_task *before, const struct genpu_task *after);

/* --- Graphs and sessions --------------------------------------------------------------------- */

/**
 * struct ge_entry - a graph of a session
 * @refs: atomic; the session's, and one per call
 * @lock: everything from @programs on
 * @graph: the session's copy
 * @inputs: Data operators' names and descriptions, by index
 * @programs: compiled for different shapes, at most GE_MAX_PROGRAMS
 * @current: of the last build or run; NULL = not built
 * @retired: evicted programs that jobs may still use
 * @bound: the inputs whose values are compiled into programs, as far as known; NULL = none
 * @clock: for eviction
 */
struct ge_entry {
	struct ge_entry *next;
	struct ge_session *session;
	uint32_t id;
	int refs;
	struct ge_graph *graph;
	struct ge_model_io *inputs;
	size_t num_inputs;
	size_t num_outputs;
	pthread_mutex_t lock;
	struct ge_program *programs;
	struct ge_program *current;
	struct ge_program *retired;
	bool *bound;
	struct ge_lane *lanes;
	uint64_t clock;
	uint64_t *args;		/* scratch for one submission */
	size_t max_args;
};

struct ge_async;

/**
 * struct ge_session
 * @refs: atomic; the table's, and one per call
 * @lock: @dev, @graphs, @dying, @async
 * @dead: destroyed; only calls that began earlier still hold it
 * @graphs: by number
 * @dying: removed while running
 * @run: held by a blocking run; guards @queue and the buffers
 * @queue: of blocking runs, made by the first one
 * @pinned: host memory of the device for inputs and outputs
 * @device: device memory of the same layout
 * @buffer_size: bytes of each
 */
struct ge_session {
	struct ge_session *next;
	uint64_t id;
	int refs;
	struct ge_settings settings;
	pthread_mutex_t lock;
	bool dead;
	struct ge_device *dev;
	struct ge_entry *graphs;
	struct ge_entry *dying;
	struct ge_async *async;
	pthread_mutex_t run;
	struct ge_queue *queue;
	char *pinned;
	char *device;
	size_t buffer_size;
};

/* A reference to session @id, or -ENXIO with a message. */
int ge_session_get(uint64_t id, struct ge_session **session);
void ge_session_put(struct ge_session *session);
/* Takes it apart; runs that go on finish. The table's reference is the caller's to put. */
void ge_session_shut(struct ge_session *session);
int ge_session_new(const struct ge_settings *settings, struct ge_session **session);

/* A reference to graph @id of session @session, and to the session; -ENXIO, -ENOENT. */
int ge_entry_get(uint64_t session, uint32_t id, struct ge_entry **entry);
void ge_entry_put(struct ge_entry *entry);
/* The session's device, opened by the first who asks. */
int ge_session_device(struct ge_session *session, struct ge_device **dev);
/* Frees removed graphs whose jobs have ended. */
void ge_session_reap(struct ge_session *session);

/**
 * ge_entry_select - the program for these inputs, compiled if need be; becomes @entry->current
 *
 * A graph whose inputs have fixed shapes keeps the program that it was built with: then only the
 * number of bytes counts. One with open shapes has a program per shape, and per value of inputs
 * that decide about shapes.
 * Called with @entry->lock.
 * @stream: that makes the inputs: where values are looked at, its work is waited for; NULL: they
 *          are there
 */
int ge_entry_select(struct ge_entry *entry, struct acl_stream *stream,
		    const struct ge_tensor *inputs, size_t num_inputs);

/** ge_values_ready - wait for the work of @stream if values of inputs will be looked at */
int ge_values_ready(struct ge_entry *entry, struct acl_stream *stream);
/** ge_values_same - the inputs that are compiled into @program have these values again */
bool ge_values_same(struct ge_entry *entry, const struct ge_program *program,
		    const struct ge_tensor *inputs, size_t num_inputs);
/**
 * ge_values_build - a new program for @shapes, with the values of the inputs that need it
 * @inputs: NULL = no values are known, then -ENODATA if they are needed
 */
int ge_values_build(struct ge_entry *entry, struct acl_stream *stream,
		    const struct ge_tensor_desc *shapes, const struct ge_tensor *inputs,
		    struct ge_program **program);
void ge_values_free(void **values, size_t num);

/** ge_entry_check_io - number and size of inputs and outputs against @entry->current */
int ge_entry_check_io(struct ge_entry *entry, const struct ge_tensor *inputs, size_t num_inputs,
		      const struct ge_tensor *outputs, size_t num_outputs);

/**
 * ge_entry_lane - the lane of a stream or queue, made if need be; called with @entry->lock
 *
 * Takes over the caller's reference to @stream, also on failure.
 */
int ge_entry_lane(struct ge_entry *entry, struct acl_stream *stream, struct ge_queue *queue,
		  struct ge_lane **lane);

/**
 * ge_run_blocking - run with data on the host and wait; called with @session->run
 * @entry: graph
 * @inputs: @num_inputs tensors in host memory
 * @outputs: data NULL: allocated with malloc()
 */
int ge_run_blocking(struct ge_entry *entry, const struct ge_tensor *inputs, size_t num_inputs,
		    struct ge_tensor *outputs, size_t num_outputs);

/* Ends the thread of asynchronous runs; what waits is called back with GE_FAILED. */
void ge_async_stop(struct ge_async *async);

/** ge_status_of - GE's code for 0 or -errno */
ge_status ge_status_of(int err);

#endif
