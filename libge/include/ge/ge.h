/* SPDX-License-Identifier: MIT */
/*
 * ge.h - graphs and sessions in C. The C++ classes of ge_api.h and graph/ are thin layers over it.
 *
 * Functions return a ge_status: GE_SUCCESS or a GE code; ge_last_error() then has a sentence that
 * says what was wrong and what was expected. All functions are thread safe unless they say
 * otherwise; objects are not to be destroyed while in use by another thread.
 */
#ifndef GE_GE_H
#define GE_GE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t ge_status;

#define GE_SUCCESS			0u
#define GE_FAILED			0xffffffffu
#define GE_MEMALLOC_FAILED		1343225856u
#define GE_PARAM_INVALID		1343225857u
#define GE_END_OF_SEQUENCE		1343225863u
#define GE_PATH_INVALID			1343225864u
#define GE_UNSUPPORTED			1343225956u
#define GE_OUT_OF_MEMORY		1343225957u
#define GE_CLI_GE_NOT_INITIALIZED	1343229963u
#define GE_SESS_ALREADY_RUNNING		1343238145u
#define GE_GRAPH_ALREADY_RUNNING	1343242241u
#define GE_GRAPH_GRAPH_NOT_EXIST	1343242242u
#define GE_GRAPH_GRAPH_ALREADY_EXIST	1343242243u
#define GE_GRAPH_GET_IN_OUT_FAILED	1343242259u
#define GE_GRAPH_EXECUTE_FAILED		1343242261u
#define GE_GRAPH_NOT_BUILT		1343242295u

/* Numbers of ge::DataType, ge::Format and ge::Placement. */
enum ge_dtype {
	GE_DT_FLOAT = 0, GE_DT_FLOAT16 = 1, GE_DT_INT8 = 2, GE_DT_INT32 = 3, GE_DT_UINT8 = 4,
	GE_DT_INT16 = 6, GE_DT_UINT16 = 7, GE_DT_UINT32 = 8, GE_DT_INT64 = 9, GE_DT_UINT64 = 10,
	GE_DT_DOUBLE = 11, GE_DT_BOOL = 12, GE_DT_STRING = 13, GE_DT_BF16 = 27,
	GE_DT_UNDEFINED = 28, GE_DT_INT4 = 29, GE_DT_FLOAT8_E5M2 = 35, GE_DT_FLOAT8_E4M3FN = 36,
	/* Of our own; ge::DataType does not have them. */
	GE_DT_UINT4 = 64, GE_DT_FLOAT8_E4M3FNUZ = 65, GE_DT_FLOAT8_E5M2FNUZ = 66,
};

enum ge_format {
	GE_FORMAT_NCHW = 0, GE_FORMAT_NHWC = 1, GE_FORMAT_ND = 2, GE_FORMAT_HWCN = 16,
};

enum ge_placement { GE_PLACEMENT_HOST = 0, GE_PLACEMENT_DEVICE = 1 };

#define GE_MAX_RANK	8

/**
 * struct ge_tensor_desc - type and shape
 * @dtype: enum ge_dtype
 * @format: enum ge_format
 * @rank: 0 (scalar) .. GE_MAX_RANK; -1 = not known
 * @dims: extents, -1 = not known before compilation
 */
struct ge_tensor_desc {
	int32_t dtype;
	int32_t format;
	int32_t rank;
	int32_t reserved;
	int64_t dims[GE_MAX_RANK];
};

/**
 * struct ge_tensor - description and memory; the memory belongs to the caller unless said otherwise
 * @desc: type and shape
 * @data: memory, host or device
 * @size: bytes at @data
 * @placement: enum ge_placement
 */
struct ge_tensor {
	struct ge_tensor_desc desc;
	void *data;
	size_t size;
	int32_t placement;
	int32_t reserved;
};

/** struct ge_option - key and value, as in the option maps of GE ("ge.exec.deviceId", "0") */
struct ge_option {
	const char *key;
	const char *value;
};

/** ge_last_error() - last message of this thread, never NULL */
const char *ge_last_error(void);
/** ge_take_error() - the same, and forget it; "" if there is none */
const char *ge_take_error(void);
/** ge_status_text() - words for a code, never NULL */
const char *ge_status_text(ge_status status);
/** ge_dtype_size() - bytes of an element, 0 for strings and unknown types */
size_t ge_dtype_size(int32_t dtype);

/* --- Graphs ---------------------------------------------------------------------------------
 *
 * Not thread safe for one graph. Operators have a type ("Conv2D", with GE's prototypes; or
 * "onnx::Conv" with ONNX's) and a unique name. Data operators are the graph's inputs, ordered by
 * their attribute "index".
 */
struct ge_graph;
struct ge_node;

ge_status ge_graph_create(const char *name, struct ge_graph **graph);
void ge_graph_destroy(struct ge_graph *graph);
ge_status ge_graph_clone(const struct ge_graph *graph, struct ge_graph **copy);
const char *ge_graph_name(const struct ge_graph *graph);

/** ge_graph_add() - a new operator; @name NULL or "" makes one. The graph owns the node. */
ge_status ge_graph_add(struct ge_graph *graph, const char *type, const char *name,
		       struct ge_node **node);
/** ge_graph_add_input() - a Data operator with the next free index */
ge_status ge_graph_add_input(struct ge_graph *graph, const char *name,
			     const struct ge_tensor_desc *desc, struct ge_node **node);
/** ge_graph_add_const() - a Const operator; copies @data of exactly the size of @desc */
ge_status ge_graph_add_const(struct ge_graph *graph, const char *name,
			     const struct ge_tensor_desc *desc, const void *data, size_t size,
			     struct ge_node **node);
/** ge_graph_add_output() - append output @index of @node to the graph's outputs */
ge_status ge_graph_add_output(struct ge_graph *graph, struct ge_node *node, unsigned int index);
struct ge_node *ge_graph_find(const struct ge_graph *graph, const char *name);
size_t ge_graph_num_inputs(const struct ge_graph *graph);
size_t ge_graph_num_outputs(const struct ge_graph *graph);

/** ge_node_connect() - input @input of @node takes output @output of @from, of the same graph */
ge_status ge_node_connect(struct ge_node *node, unsigned int input, struct ge_node *from,
			  unsigned int output);
/** ge_node_connect_name() - the same by the input's name in its prototype ("x", "filter") */
ge_status ge_node_connect_name(struct ge_node *node, const char *input, struct ge_node *from,
			       unsigned int output);
/** ge_node_set_desc() - description of output @output (Data, Const), or a hint for others */
ge_status ge_node_set_desc(struct ge_node *node, unsigned int output,
			   const struct ge_tensor_desc *desc);
const char *ge_node_name(const struct ge_node *node);
const char *ge_node_type(const struct ge_node *node);

ge_status ge_node_set_int(struct ge_node *node, const char *attr, int64_t value);
ge_status ge_node_set_float(struct ge_node *node, const char *attr, float value);
ge_status ge_node_set_bool(struct ge_node *node, const char *attr, bool value);
ge_status ge_node_set_string(struct ge_node *node, const char *attr, const char *value);
ge_status ge_node_set_ints(struct ge_node *node, const char *attr, const int64_t *values,
			   size_t count);
ge_status ge_node_set_floats(struct ge_node *node, const char *attr, const float *values,
			     size_t count);
ge_status ge_node_set_strings(struct ge_node *node, const char *attr, const char *const *values,
			      size_t count);
ge_status ge_node_set_tensor(struct ge_node *node, const char *attr, const struct ge_tensor *value);

/** ge_graph_from_onnx() - import an ONNX model from a file, or from memory */
ge_status ge_graph_from_onnx(const char *path, struct ge_graph **graph);
ge_status ge_graph_from_onnx_memory(const void *data, size_t size, const char *name,
				    struct ge_graph **graph);

/* --- The engine and its sessions ------------------------------------------------------------
 *
 * A session is known by a number, so that using one after ge_finalize() is harmless: calls with a
 * number that is not (any longer) a session fail with GE_FAILED, ge_session_destroy() does nothing.
 */
ge_status ge_initialize(const struct ge_option *options, size_t count);
/** ge_finalize() - destroys all sessions; GE_SUCCESS also when not initialised */
ge_status ge_finalize(void);
bool ge_is_initialized(void);

ge_status ge_session_create(const struct ge_option *options, size_t count, uint64_t *session);
ge_status ge_session_destroy(uint64_t session);

/**
 * ge_session_add_graph() - keep a copy of @graph as @id
 *
 * An @id that exists keeps its first graph; that is GE_SUCCESS.
 */
ge_status ge_session_add_graph(uint64_t session, uint32_t id, const struct ge_graph *graph,
			       const struct ge_option *options, size_t count);
ge_status ge_session_remove_graph(uint64_t session, uint32_t id);
/**
 * ge_session_build_graph() - compile and load; @inputs (may be none) give the shapes of the Data
 * operators, their data is not used
 */
ge_status ge_session_build_graph(uint64_t session, uint32_t id, const struct ge_tensor *inputs,
				 size_t num_inputs);
/**
 * ge_session_graph_outputs() - descriptions of the outputs of a built graph; *@count in/out
 *
 * With @descs NULL only *@count is set; the graph need not be built for that.
 */
ge_status ge_session_graph_outputs(uint64_t session, uint32_t id, struct ge_tensor_desc *descs,
				   size_t *count);
/**
 * ge_session_run_graph() - run and wait. Inputs in host memory; each output either has memory
 * (data, size) or data NULL: then it is allocated with malloc() and belongs to the caller.
 */
ge_status ge_session_run_graph(uint64_t session, uint32_t id, const struct ge_tensor *inputs,
			       size_t num_inputs, struct ge_tensor *outputs, size_t num_outputs);
/**
 * ge_session_run_graph_stream() - enqueue on an acl stream (NULL: the default stream) and return
 *
 * Inputs and outputs in device memory, to stay valid until the stream is synchronised. An output
 * with data NULL receives memory that belongs to the graph and lives until it is removed; the next
 * run of the graph on the same stream that leaves its outputs to libge uses it again. Failures
 * while running are reported by the stream's synchronisation.
 */
ge_status ge_session_run_graph_stream(uint64_t session, uint32_t id, void *stream,
				      const struct ge_tensor *inputs, size_t num_inputs,
				      struct ge_tensor *outputs, size_t num_outputs);

typedef void (*ge_run_callback)(void *user, ge_status status, struct ge_tensor *outputs,
				size_t num_outputs);
/**
 * ge_session_run_graph_async() - run, then call @callback from a thread of libge; inputs in host
 * memory, to stay valid until then; the outputs' memory belongs to libge and ends with the
 * callback, unless that takes it by setting data to NULL, to free() it later
 */
ge_status ge_session_run_graph_async(uint64_t session, uint32_t id, const struct ge_tensor *inputs,
				     size_t num_inputs, ge_run_callback callback, void *user);

#ifdef __cplusplus
}
#endif

#endif
