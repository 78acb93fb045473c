// SPDX-License-Identifier: MIT
/*
 * Operators for pictures against plain loops, without passes and with all of them, and what the
 * passes make of them.
 */
#include "tap.h"
#include "run_model.h"

/* One of the nested loops of a reference computation. */
#define EACH(i, n)	for (int i = 0; i < (n); i++)

/* Run @g both ways and compare output @which; with all passes it has @ops operators, 0 = any. */
static void check_output(struct ge_graph *g, void *const *inputs, int which, const float *expected,
			 size_t n, unsigned int ops, const char *what)
{
	static const uint32_t choices[] = { 0, GE_PASS_ALL };

	for (int i = 0; i < 2; i++) {
		struct run r;

		if (!compile_and_run(g, choices[i], inputs, &r))
			TAP_FAIL("%s: does not run", what);
		else if (r.model->outputs[which].size != n * sizeof(float))
			TAP_FAIL("%s: %zu bytes, expected %zu floats", what,
				 r.model->outputs[which].size, n);
		else if (!close_all(r.out[which], expected, n, 1e-5))
			TAP_FAIL("%s: wrong with passes %#x", what, choices[i]);
		else if (i && ops && count_ops(r.model, 0) != ops)
			TAP_FAIL("%s: %u operators, expected %u", what, count_ops(r.model, 0), ops);
		run_free(&r);
	}
	ge_graph_destroy(g);
}

/* Output 0 of @g has to be the same with and without passes, and have @ops operators with. */
static void check_same(struct ge_graph *g, void *const *inputs, unsigned int ops)
{
	struct run plain, all;

	if (!compile_and_run(g, 0, inputs, &plain) ||
	    !compile_and_run(g, GE_PASS_ALL, inputs, &all)) {
		TAP_FAIL("does not run");
	} else {
		EXPECT(close_all(all.out[0], plain.out[0], plain.model->outputs[0].size / 4, 1e-5));
		EXPECT_EQ(count_ops(all.model, 0), ops);
	}
	run_free(&plain);
	run_free(&all);
	ge_graph_destroy(g);
}

/* --- Transposed convolutions ------------------------------------------------------------------ */

/* In two groups, 4 channels of 3 x 4 to 6 of 7 x 9: stride 2, one row cut off at the top. */
static void deconv_loops(const float *x, const float *w, float *y)
{
	memset(y, 0, 6 * 63 * sizeof(*y));
	EACH(c, 4) EACH(o, 3) EACH(i, 3) EACH(j, 4) EACH(u, 3) EACH(v, 3) {
		int out = c / 2 * 3 + o, row = 2 * i + u - 1, column = 2 * j + v;

		if (row >= 0 && row < 7 && column < 9)
			y[(out * 7 + row) * 9 + column] +=
				x[(c * 3 + i) * 4 + j] * w[((c * 3 + o) * 3 + u) * 3 + v];
	}
}

static struct ge_node *add_deconv(struct ge_graph *g, struct ge_node *x, const float *w)
{
	struct ge_node *n = add_op(g, "onnx::ConvTranspose", x,
				   add_const(g, GE_DT_FLOAT, DIMS(4, 3, 3, 3), w), LAST);

	ge_node_set_int(n, "group", 2);
	ge_node_set_ints(n, "strides", (int64_t[]){ 2, 2 }, 2);
	ge_node_set_ints(n, "pads", (int64_t[]){ 1, 0, 0, 0 }, 4);
	ge_node_set_ints(n, "output_padding", (int64_t[]){ 1, 0 }, 2);
	return n;
}

TEST(transposed_convolution_in_groups_with_longer_output)
{
	float x[48], w[4 * 27], y[6 * 63];
	void *inputs[] = { x };
	struct ge_graph *g = new_graph();
	struct ge_node *in = add_input(g, "x", GE_DT_FLOAT, DIMS(1, 4, 3, 4));

	rnd_fill(x, 48);
	rnd_fill(w, 4 * 27);
	deconv_loops(x, w, y);
	ge_graph_add_output(g, add_deconv(g, in, w), 0);
	check_output(g, inputs, 0, y, 6 * 63, 0, "ConvTranspose");
}

/* Factors and sums of the channels go into weights in the order C O/g. */
TEST(transposed_convolution_batchnorm_relu_is_one_operator)
{
	float x[48], w[4 * 27], y[6 * 63], factor[6], sum[6];
	void *inputs[] = { x };
	struct ge_graph *g = new_graph();
	struct ge_node *n = add_input(g, "x", GE_DT_FLOAT, DIMS(1, 4, 3, 4));

	rnd_fill(x, 48);
	rnd_fill(w, 4 * 27);
	rnd_fill(factor, 6);
	rnd_fill(sum, 6);
	deconv_loops(x, w, y);
	EACH(i, 6 * 63)
		y[i] = fmaxf(0, y[i] * factor[i / 63] + sum[i / 63]);
	n = add_op(g, "onnx::Mul", add_deconv(g, n, w),
		   add_const(g, GE_DT_FLOAT, DIMS(6, 1, 1), factor), LAST);
	n = add_op(g, "onnx::Add", n, add_const(g, GE_DT_FLOAT, DIMS(6, 1, 1), sum), LAST);
	ge_graph_add_output(g, add_op(g, "onnx::Relu", n, LAST), 0);
	check_output(g, inputs, 0, y, 6 * 63, 1, "ConvTranspose with a batch normalisation");
}

/* --- Resizing --------------------------------------------------------------------------------- */

static struct ge_node *add_resize(struct ge_graph *g, struct ge_node *x, const char *mode,
				  int64_t height, int64_t width)
{
	struct ge_node *n = add_op(g, "onnx::Resize", x, NULL, NULL,
				   add_ints(g, 4, (int64_t[]){ 1, 4, height, width }), LAST);

	ge_node_set_string(n, "mode", mode);
	return n;
}

TEST(nearest_by_whole_factors_is_one_copy)
{
	float x[4 * 6], y[4 * 54];
	void *inputs[] = { x };
	struct ge_graph *g = new_graph();
	struct ge_node *in = add_input(g, "x", GE_DT_FLOAT, DIMS(1, 4, 2, 3));

	rnd_fill(x, 24);
	EACH(c, 4) EACH(i, 6) EACH(j, 9)
		y[(c * 6 + i) * 9 + j] = x[(c * 2 + i / 3) * 3 + j / 3];
	ge_graph_add_output(g, add_resize(g, in, "nearest", 6, 9), 0);
	check_output(g, inputs, 0, y, 4 * 54, 1, "Resize by 3");
}

TEST(nearest_by_other_factors)
{
	float x[4 * 6], y[4 * 25];
	void *inputs[] = { x };
	struct ge_graph *g = new_graph();
	struct ge_node *in = add_input(g, "x", GE_DT_FLOAT, DIMS(1, 4, 2, 3));

	rnd_fill(x, 24);
	EACH(c, 4) EACH(i, 5) EACH(j, 5) {
		double row = (i + 0.5) * 2 / 5 - 0.5, column = (j + 0.5) * 3 / 5 - 0.5;

		y[(c * 5 + i) * 5 + j] = x[(c * 2 + (int)fmax(0, ceil(row - 0.5))) * 3 +
					   (int)fmax(0, ceil(column - 0.5))];
	}
	ge_graph_add_output(g, add_resize(g, in, "nearest", 5, 5), 0);
	check_output(g, inputs, 0, y, 4 * 25, 0, "Resize to 5");
}

static float linear_at(const float *x, int n, int step, double at)
{
	int low = (int)floor(at), high = low + 1;
	double t = at - low;

	low = low < 0 ? 0 : low;
	high = high > n - 1 ? n - 1 : high;
	return (float)((1 - t) * x[low * step] + t * x[high * step]);
}

TEST(linear_in_both_dimensions)
{
	float x[4 * 12], rows[4 * 20], y[4 * 30];
	void *inputs[] = { x };
	struct ge_graph *g = new_graph();
	struct ge_node *in = add_input(g, "x", GE_DT_FLOAT, DIMS(1, 4, 3, 4));

	rnd_fill(x, 48);
	EACH(c, 4) EACH(i, 5) EACH(j, 4)
		rows[(c * 5 + i) * 4 + j] =
			linear_at(x + c * 12 + j, 3, 4, (i + 0.5) * 3 / 5 - 0.5);
	EACH(c, 4) EACH(i, 5) EACH(j, 6)
		y[(c * 5 + i) * 6 + j] =
			linear_at(rows + (c * 5 + i) * 4, 4, 1, (j + 0.5) * 4 / 6 - 0.5);
	ge_graph_add_output(g, add_resize(g, in, "linear", 5, 6), 0);
	check_output(g, inputs, 0, y, 4 * 30, 0, "linear Resize");
}

/* Convolution, resizing, convolution: everything with the channels innermost. */
TEST(resizing_between_convolutions)
{
	static const struct {
		const char *mode;
		int64_t height, width;
		unsigned int ops;
	} list[] = {
		{ "nearest", 12, 18, 3 }, { "nearest", 5, 18, 4 }, { "linear", 9, 12, 4 },
		{ "cubic", 4, 6, 3 },
	};
	float x[4 * 36];
	void *inputs[] = { x };

	rnd_fill(x, 4 * 36);
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct ge_graph *g = new_graph();
		struct ge_node *n = add_input(g, "x", GE_DT_FLOAT, DIMS(1, 4, 6, 6));

		n = add_op(g, "onnx::Conv", n, add_random(g, DIMS(4, 4, 3, 3), NULL), LAST);
		ge_node_set_ints(n, "pads", (int64_t[]){ 1, 1, 1, 1 }, 4);
		n = add_resize(g, n, list[i].mode, list[i].height, list[i].width);
		n = add_op(g, "onnx::Conv", n, add_random(g, DIMS(5, 4, 2, 2), NULL), LAST);
		ge_graph_add_output(g, n, 0);
		check_same(g, inputs, list[i].ops);
	}
}

TEST(bilinear_of_channels_last_as_tensorflow)
{
	float x[6 * 2], y[15 * 2];
	void *inputs[] = { x };
	struct ge_graph *g = new_graph();
	struct ge_tensor_desc desc = make_desc(GE_DT_FLOAT, 4, (int64_t[]){ 1, 2, 3, 2 });
	struct ge_node *in = add_input(g, "x", GE_DT_FLOAT, DIMS(1, 2, 3, 2)), *n;

	desc.format = GE_FORMAT_NHWC;
	ge_node_set_desc(in, 0, &desc);
	rnd_fill(x, 12);
	EACH(i, 3) EACH(j, 5) EACH(c, 2) {
		double row = i * 2 / 3.0;
		float upper = linear_at(x + c, 3, 2, j * 3 / 5.0);
		float lower = linear_at(x + 6 + c, 3, 2, j * 3 / 5.0);

		y[(i * 5 + j) * 2 + c] = (float)(row < 1 ? (1 - row) * upper + row * lower : lower);
	}
	n = add_op(g, "ResizeBilinearV2", in, add_ints(g, 2, (int64_t[]){ 3, 5 }), LAST);
	ge_graph_add_output(g, n, 0);
	check_output(g, inputs, 0, y, 30, 0, "ResizeBilinearV2");
}

/* --- Others ----------------------------------------------------------------------------------- */

TEST(local_response_normalisation_in_both_orders)
{
	float x[7 * 6], y[7 * 6];
	void *inputs[] = { x };

	rnd_fill(x, 42);
	for (int last = 0; last < 2; last++) {
		const int64_t dims[2][4] = { { 1, 7, 2, 3 }, { 1, 2, 3, 7 } };
		struct ge_tensor_desc desc = make_desc(GE_DT_FLOAT, 4, dims[last]);
		struct ge_graph *g = new_graph();
		struct ge_node *in = add_input(g, "x", GE_DT_FLOAT, 4, dims[last]), *n;
		int step = last ? 1 : 6, places = last ? 7 : 1;

		desc.format = last ? GE_FORMAT_NHWC : GE_FORMAT_NCHW;
		ge_node_set_desc(in, 0, &desc);
		EACH(p, 6) EACH(c, 7) {
			double sum = 0;

			for (int k = c < 2 ? 0 : c - 2; k <= c + 2 && k < 7; k++)
				sum += pow(x[p * places + k * step], 2);
			y[p * places + c * step] =
				(float)(x[p * places + c * step] / pow(2 + 0.3 * sum, 0.75));
		}
		n = add_op(g, "LRN", in, LAST);
		ge_node_set_int(n, "depth_radius", 2);
		ge_node_set_float(n, "bias", 2);
		ge_node_set_float(n, "alpha", 0.3f);
		ge_node_set_float(n, "beta", 0.75f);
		ge_graph_add_output(g, n, 0);
		check_output(g, inputs, 0, y, 42, 0, "LRN");
	}
}

TEST(places_of_maxima_in_both_orders)
{
	float x[2 * 3 * 4 * 4], y[2 * 3 * 4];
	void *inputs[] = { x };

	rnd_fill(x, 96);
	for (int column = 0; column < 2; column++) {
		struct ge_graph *g = new_graph();
		struct ge_node *in = add_input(g, "x", GE_DT_FLOAT, DIMS(2, 3, 4, 4)), *n;

		EACH(c, 6) EACH(i, 2) EACH(j, 2) {
			int best = -1;

			EACH(u, 2) EACH(v, 2) {
				int at = (2 * i + u) * 4 + 2 * j + v;

				if (best < 0 || x[c * 16 + at] > x[c * 16 + best])
					best = at;
			}
			y[(c * 2 + i) * 2 + j] =
				(float)(c * 16 + (column ? best % 4 * 4 + best / 4 : best));
		}
		n = add_op(g, "onnx::MaxPool", in, LAST);
		ge_node_set_ints(n, "kernel_shape", (int64_t[]){ 2, 2 }, 2);
		ge_node_set_ints(n, "strides", (int64_t[]){ 2, 2 }, 2);
		ge_node_set_int(n, "storage_order", column);
		ge_graph_add_output(g, n, 0);
		in = add_op(g, "Cast", LAST);
		ge_node_set_int(in, "dst_type", GE_DT_FLOAT);
		ge_node_connect(in, 0, n, 1);
		ge_graph_add_output(g, in, 0);
		check_output(g, inputs, 1, y, 24, 0, "MaxPool with indices");
	}
}

TEST_MAIN()
