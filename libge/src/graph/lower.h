/* SPDX-License-Identifier: MIT */
/*
 * What a lowering callback works with: its node's inputs as views, attributes with defaults
 * applied, and functions that emit device operators. Each of those infers the type and shape of
 * its result, so that inference and lowering are one thing and cannot disagree.
 *
 * Errors are sticky: after the first one (ge_fail()) every function returns an absent view and
 * does nothing, so that callbacks are written without checks in between. Callbacks return l->err.
 *
 * An operator whose inputs are constants is evaluated on the spot where that is cheap, so the
 * values of shape computations are known to the nodes that come later.
 */
#ifndef GE_GRAPH_LOWER_H
#define GE_GRAPH_LOWER_H

#include <errno.h>
#include "graph/dtype.h"
#include "graph/graph.h"
#include "graph/ir.h"

struct ge_lower {
	struct ge_ir *ir;
	const struct ge_node *node;
	const struct ge_op_def *def;
	struct ge_view *in;		/* all inputs; absent where not connected */
	const struct ge_edge *edges;	/* where they come from */
	size_t first[GE_MAX_SLOTS + 1];	/* where each input of the prototype starts in @in */
	struct ge_view *out;
	struct ge_view *sizes;		/* of outputs, see ge_out_sized() */
	size_t num_out;			/* outputs that are asked for, at least one */

	uint32_t origin;
	unsigned int depth;		/* bodies of If and Loop around */
	int err;
};

/** ge_fail - keep the first error, message without the operator's name; returns -@err */
int ge_fail(struct ge_lower *l, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* --- Inputs, outputs, attributes ------------------------------------------------------------- */

/** ge_in - input @slot of the prototype; absent (buf GE_NO_BUF) where optional */
struct ge_view ge_in(struct ge_lower *l, size_t slot);
bool ge_has_in(const struct ge_lower *l, size_t slot);
/** ge_in_count, ge_in_at - of a dynamic input */
size_t ge_in_count(const struct ge_lower *l, size_t slot);
struct ge_view ge_in_at(struct ge_lower *l, size_t slot, size_t index);
/** ge_out - set output @index, ignored where nobody asked for it */
void ge_out(struct ge_lower *l, size_t index, struct ge_view view);
/**
 * ge_out_sized - set output @index, whose size is known after a run only
 * @view: with the largest dimensions that it may have; the elements are dense in the actual ones,
 *        and what is left of the memory is behind them
 * @sizes: int64 vector, the actual dimensions
 *
 * Such an output can be one of the graph, but not the input of another operator.
 */
void ge_out_sized(struct ge_lower *l, size_t index, struct ge_view view, struct ge_view sizes);

bool ge_attr_given(const struct ge_lower *l, const char *name);
int64_t ge_get_int(struct ge_lower *l, const char *name);
float ge_get_float(struct ge_lower *l, const char *name);
bool ge_get_bool(struct ge_lower *l, const char *name);
/** ge_string_is - compare a string attribute */
bool ge_string_is(struct ge_lower *l, const char *name, const char *value);
/** ge_get_ints - at most @max values; returns how many */
size_t ge_get_ints(struct ge_lower *l, const char *name, int64_t *values, size_t max);
/** ge_get_string - a string of the node, "" if not given */
const char *ge_get_string(struct ge_lower *l, const char *name);
/** ge_get_strings - at most @max strings of the node; returns how many, 0 if not given */
size_t ge_get_strings(struct ge_lower *l, const char *name, const char **values, size_t max);
/** ge_get_tensor - a tensor attribute as a constant; absent if not given */
struct ge_view ge_get_tensor(struct ge_lower *l, const char *name);
/** ge_get_graph - a graph attribute; NULL, with an error, if it is not given */
const struct ge_graph *ge_get_graph(struct ge_lower *l, const char *name);

/**
 * ge_known - are the values of @x known now? If not, it is an error
 *
 * Where they depend on inputs of the graph, that is -ENODATA and the inputs are marked, so that
 * the caller may try again with their values.
 */
bool ge_known(struct ge_lower *l, struct ge_view x, const char *what);
/** ge_const_ints - the values of a constant integer tensor; an error if it is not constant */
size_t ge_const_ints(struct ge_lower *l, struct ge_view x, const char *what, int64_t *values,
		     size_t max);
int64_t ge_const_int(struct ge_lower *l, struct ge_view x, const char *what);
double ge_const_double(struct ge_lower *l, struct ge_view x, const char *what);
/** ge_axis - @axis counted from the front, checked against 0 .. @rank - 1 */
int ge_axis(struct ge_lower *l, int64_t axis, int rank);
/** ge_axes - bit mask of @n axes, each once */
uint32_t ge_axes(struct ge_lower *l, const int64_t *axes, size_t n, int rank);
/** ge_onnx_type - TensorProto.DataType as ge::DataType */
int32_t ge_onnx_type(struct ge_lower *l, int64_t type);

/* --- Constants ------------------------------------------------------------------------------- */

struct ge_view ge_make_const(struct ge_lower *l, int32_t dtype, int rank, const int64_t *dims,
			     struct ge_blob *blob);
struct ge_view ge_make_ints(struct ge_lower *l, int32_t dtype, const int64_t *values, size_t n);
/** ge_make_scalar - one value in the shape [1, 1, ...] of @rank */
struct ge_view ge_make_scalar(struct ge_lower *l, int32_t dtype, int rank, double value);

/* --- Views: no operator unless said otherwise ------------------------------------------------ */

struct ge_view ge_transpose(struct ge_lower *l, struct ge_view x, const int64_t *perm);
/** ge_swap_last - exchange the last two dimensions */
struct ge_view ge_swap_last(struct ge_lower *l, struct ge_view x);
/** ge_slice - @count elements of dimension @axis from @start, each @step-th */
struct ge_view ge_slice(struct ge_lower *l, struct ge_view x, int axis, int64_t start,
			int64_t count, int64_t step);
/** ge_reshape - copies first where strides cannot express it */
struct ge_view ge_reshape(struct ge_lower *l, struct ge_view x, int rank, const int64_t *dims);
/** ge_expand - repeat dimensions of 1, and new ones in front */
struct ge_view ge_expand(struct ge_lower *l, struct ge_view x, int rank, const int64_t *dims);
/** ge_lead - dimensions of 1 in front, up to @rank */
struct ge_view ge_lead(struct ge_lower *l, struct ge_view x, int rank);
/** ge_along - a vector as dimension @axis of a tensor of @rank */
struct ge_view ge_along(struct ge_lower *l, struct ge_view x, int rank, int axis);

/* --- Operators ------------------------------------------------------------------------------- */

/** ge_new - a temporary to be written by ge_copy_to() */
struct ge_view ge_new(struct ge_lower *l, int32_t dtype, int rank, const int64_t *dims);
void ge_copy_to(struct ge_lower *l, struct ge_view x, struct ge_view y);
/** ge_cast - @x itself if it has the type */
struct ge_view ge_cast(struct ge_lower *l, struct ge_view x, int32_t dtype);
/**
 * ge_cast_f8 - a conversion that, to float8, gives the largest number for what is larger
 * @saturate: false: gives an infinity or NaN instead
 */
struct ge_view ge_cast_f8(struct ge_lower *l, struct ge_view x, int32_t dtype, bool saturate);
/** ge_copy - a dense copy in row-major order of @x's dimensions */
struct ge_view ge_copy(struct ge_lower *l, struct ge_view x);
struct ge_view ge_unary(struct ge_lower *l, struct ge_view x, enum genpu_unary kind, float alpha,
			float beta);
/** ge_linear - alpha x + beta, @x itself if that changes nothing */
struct ge_view ge_linear(struct ge_lower *l, struct ge_view x, float alpha, float beta);
/** ge_binary - with ONNX's broadcasting of both sides */
struct ge_view ge_binary(struct ge_lower *l, enum genpu_binary kind, struct ge_view a,
			 struct ge_view b);
/*
 * Convolution, N C spatial; with @channels_last the result is stored N spatial C. Of int8 and uint8
 * the result, and the bias, are int32; so it is with ge_matmul().
 */
struct ge_view ge_conv(struct ge_lower *l, struct ge_view x, struct ge_view w, struct ge_view bias,
		       const struct genpu_attr_conv *attr, bool channels_last);
/* ge_deconv - transposed convolution: filter C, O / groups, spatial; result of @out_dims */
struct ge_view ge_deconv(struct ge_lower *l, struct ge_view x, struct ge_view w,
			 struct ge_view bias, const struct genpu_attr_conv *attr,
			 const int64_t *out_dims, bool channels_last);
struct ge_view ge_matmul(struct ge_lower *l, struct ge_view a, struct ge_view b, struct ge_view c,
			 float alpha, float beta);
struct ge_view ge_pool(struct ge_lower *l, struct ge_view x, const struct genpu_attr_pool *attr,
		       const int64_t *out_dims, bool channels_last);
/** ge_reduce - over the dimensions in @axes; they stay as 1 if @keep */
struct ge_view ge_reduce(struct ge_lower *l, struct ge_view x, enum genpu_reduce kind,
			 uint32_t axes, bool keep);
struct ge_view ge_softmax(struct ge_lower *l, struct ge_view x, int axis, bool log);
/** ge_layernorm - over the dimensions from @axis on; scale and bias broadcast to them, or absent */
struct ge_view ge_layernorm(struct ge_lower *l, struct ge_view x, int axis, float epsilon,
			    struct ge_view scale, struct ge_view bias);
/** ge_batchnorm - of dimension 1, folded into a product and a sum where the statistics are known */
struct ge_view ge_batchnorm(struct ge_lower *l, struct ge_view x, struct ge_view scale,
			    struct ge_view bias, struct ge_view mean, struct ge_view var,
			    float epsilon);
/** ge_select - c ? a : b with broadcasting of all three; @c is bool */
struct ge_view ge_select(struct ge_lower *l, struct ge_view c, struct ge_view a, struct ge_view b);
/* Indices are int32 or int64, negative ones count from the end; known ones are checked. */
struct ge_view ge_gather(struct ge_lower *l, struct ge_view data, struct ge_view indices, int axis);
/** ge_gather_elements - data[.., indices[i, .., k], ..]; the result has the shape of @indices */
struct ge_view ge_gather_elements(struct ge_lower *l, struct ge_view data, struct ge_view indices,
				  int axis);
/** ge_gather_nd - slices that tuples in the last dimension of @indices name; @batch dims first */
struct ge_view ge_gather_nd(struct ge_lower *l, struct ge_view data, struct ge_view indices,
			    int64_t batch);
/** ge_scatter_elements - @data with elements replaced by or joined with @updates */
struct ge_view ge_scatter_elements(struct ge_lower *l, struct ge_view data, struct ge_view indices,
				   struct ge_view updates, int axis, enum genpu_scatter kind);
/** ge_scatter_nd - the same with slices that tuples in the last dimension of @indices name */
struct ge_view ge_scatter_nd(struct ge_lower *l, struct ge_view data, struct ge_view indices,
			     struct ge_view updates, enum genpu_scatter kind);
/** ge_topk - int64 indices of the @k largest or smallest elements along @axis, best first */
struct ge_view ge_topk(struct ge_lower *l, struct ge_view x, int axis, int64_t k, bool smallest,
		       bool last);
/** ge_scan - running sums along @axis, of all numbers */
struct ge_view ge_scan(struct ge_lower *l, struct ge_view x, int axis, bool reverse,
		       bool exclusive);
/**
 * ge_nonzero - int64 [rank, elements]: where @x is not 0, densely at the front as [rank, n]; the
 * rest is -1
 */
struct ge_view ge_nonzero(struct ge_lower *l, struct ge_view x);
/**
 * ge_compress - the elements along @axis (-1: of all of @x as a vector) for which the bool vector
 * @cond is true, densely at the front of a result with room for all; the rest is 0
 */
struct ge_view ge_compress(struct ge_lower *l, struct ge_view x, struct ge_view cond, int axis);
/** ge_positions - int64 0 .. @n - 1 as dimension @axis of a tensor of @rank */
struct ge_view ge_positions(struct ge_lower *l, int64_t n, int rank, int axis);
struct ge_view ge_pad(struct ge_lower *l, struct ge_view x, enum genpu_pad mode, double value,
		      const int64_t *begin, const int64_t *end);
struct ge_view ge_fill(struct ge_lower *l, int32_t dtype, int rank, const int64_t *dims,
		       uint64_t bits);
/**
 * ge_interpolate - each element of dimension @axis a sum of @taps weighted others
 * @indices: [@outs, @taps], elements of @x
 * @weights: theirs
 */
struct ge_view ge_interpolate(struct ge_lower *l, struct ge_view x, int axis, int64_t outs,
			      int64_t taps, const int32_t *indices, const float *weights);
struct ge_view ge_lrn(struct ge_lower *l, struct ge_view x, const struct genpu_attr_lrn *attr);
struct ge_view ge_grid_sample(struct ge_lower *l, struct ge_view x, struct ge_view grid,
			      const struct genpu_attr_grid *attr);
/** ge_roi_align - regions [R, 4] of images [R] of x [N, C, H, W]; [R, C, @height, @width] */
struct ge_view ge_roi_align(struct ge_lower *l, struct ge_view x, struct ge_view rois,
			    struct ge_view batch, const struct genpu_attr_roi *attr, int64_t height,
			    int64_t width);
/**
 * ge_nms - boxes [N, B, 4] selected by scores [N, C, B]
 *
 * Return: int64 [N C min(B, attr->max_boxes), 3] of image, class, box; rows beyond those selected
 * are -1.
 */
struct ge_view ge_nms(struct ge_lower *l, struct ge_view boxes, struct ge_view scores,
		      const struct genpu_attr_nms *attr);
struct ge_view ge_concat(struct ge_lower *l, const struct ge_view *x, size_t n, int axis);

/**
 * ge_body_inputs - number of inputs of @body
 * ge_lower_body - lower @body, the attribute of the node at hand, with @in as its inputs
 * @in: as many as it has inputs
 * @out: receives its outputs
 * @num_out: how many of these; it may have more
 */
size_t ge_body_inputs(struct ge_lower *l, const struct ge_graph *body);
void ge_lower_body(struct ge_lower *l, const struct ge_graph *body, const struct ge_view *in,
		   struct ge_view *out, size_t num_out);

/**
 * struct ge_lowered - what the arguments of the program are
 * @inputs: Data operators by index
 * @input_descs: all dimensions known
 * @num_inputs: number of these
 * @outputs: of the graph
 * @output_descs: all dimensions known, the largest where that depends on the run; after those of
 *                @outputs the vectors with actual dimensions
 * @sizes: for each output the index in @output_descs of its actual dimensions, 0 = known
 * @num_outputs: number of @outputs
 * @num_results: number of @output_descs
 */
struct ge_lowered {
	struct ge_node **inputs;
	struct ge_tensor_desc *input_descs;
	size_t num_inputs;
	struct ge_edge *outputs;
	struct ge_tensor_desc *output_descs;
	size_t *sizes;
	size_t num_outputs;
	size_t num_results;
};

/**
 * struct ge_known_inputs - what is known of a graph's inputs when it is compiled
 * @num: number of inputs, 0 = nothing is known but what the Data operators say
 * @descs: types and shapes instead of those of the Data operators
 * @values: for each input its elements, or NULL where they are not known; or NULL
 * @wanted: result of -ENODATA: set to true for each input whose values are missing; or NULL
 */
struct ge_known_inputs {
	size_t num;
	const struct ge_tensor_desc *descs;
	const void *const *values;
	bool *wanted;
};

/**
 * ge_lower_graph - lower all operators that the outputs need
 * @graph: graph
 * @known: inputs whose values are known become constants
 * @ir: empty; result, with a copy into a buffer of kind GE_BUF_OUTPUT for each output at the end
 * @result: inputs and outputs; to be freed with ge_lowered_free()
 *
 * Return: 0, -EINVAL, -ENOTSUP, -ENODATA, -ENOMEM, with a message that names graph and operator.
 */
int ge_lower_graph(const struct ge_graph *graph, const struct ge_known_inputs *known,
		   struct ge_ir *ir, struct ge_lowered *result);
void ge_lowered_free(struct ge_lowered *result);

#endif
