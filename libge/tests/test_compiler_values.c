// SPDX-License-Identifier: MIT
/*
 * What operators compute, against plain loops, without passes and with all of them.
 */
#include "tap.h"
#include "run_model.h"

/* One of the nested loops of a reference computation. */
#define EACH(i, n)	for (int i = 0; i < (n); i++)

#define MAX_N	8192

/* Run @g both ways and compare output 0. */
static void check_output(struct ge_graph *g, void *const *inputs, const float *expected, size_t n,
			 double tolerance, const char *what)
{
	static const uint32_t choices[] = { 0, GE_PASS_ALL };

	for (int i = 0; i < 2; i++) {
		struct run r;

		if (!compile_and_run(g, choices[i], inputs, &r))
			TAP_FAIL("%s: does not run", what);
		else if (r.model->outputs[0].size != n * sizeof(float))
			TAP_FAIL("%s: %zu bytes, expected %zu floats", what,
				 r.model->outputs[0].size, n);
		else if (!close_all(r.out[0], expected, n, tolerance))
			TAP_FAIL("%s: wrong with passes %#x", what, choices[i]);
		run_free(&r);
	}
	ge_graph_destroy(g);
}

static void set_ints(struct ge_node *node, const char *attr, int n, const int64_t *values)
{
	ge_node_set_ints(node, attr, values, (size_t)n);
}

/* --- Functions of one value ------------------------------------------------------------------- */

static double f_relu(double x) { return x > 0 ? x : 0; }
static double f_relu6(double x) { return fmin(fmax(x, 0), 6); }
static double f_sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double f_rsqrt(double x) { return 1 / sqrt(x); }
static double f_square(double x) { return x * x; }
static double f_gelu(double x) { return x / 2 * (1 + erf(x / sqrt(2))); }
static double f_hardswish(double x) { return x * fmin(fmax(x + 3, 0), 6) / 6; }
static double f_hardsigmoid(double x) { return fmin(fmax(0.2 * x + 0.5, 0), 1); }
static double f_swish(double x) { return x * f_sigmoid(x); }
static double f_softplus(double x) { return log(1 + exp(x)); }
static double f_mish(double x) { return x * tanh(f_softplus(x)); }
static double f_leaky(double x) { return x < 0 ? 0.01 * x : x; }
static double f_elu(double x) { return x < 0 ? exp(x) - 1 : x; }
static double f_selu(double x) { return 1.050701 * (x < 0 ? 1.6732632 * (exp(x) - 1) : x); }
static double f_neg(double x) { return -x; }
static double f_reciprocal(double x) { return 1 / x; }
static double f_gelu_tanh(double x)
{
	return x / 2 * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

static const struct {
	const char *type;
	double (*f)(double x);
	bool positive;		/* defined above 0 only */
} functions[] = {
	{ "Relu", f_relu, 0 }, { "Relu6", f_relu6, 0 }, { "Sigmoid", f_sigmoid, 0 },
	{ "Tanh", tanh, 0 }, { "Sqrt", sqrt, 1 }, { "Rsqrt", f_rsqrt, 1 }, { "Exp", exp, 0 },
	{ "Erf", erf, 0 }, { "Square", f_square, 0 }, { "Gelu", f_gelu_tanh, 0 },
	{ "GeluV2", f_gelu, 0 }, { "Swish", f_swish, 0 }, { "HardSwish", f_hardswish, 0 },
	{ "Mish", f_mish, 0 }, { "Softplus", f_softplus, 0 }, { "Elu", f_elu, 0 },
	{ "onnx::Relu", f_relu, 0 }, { "onnx::Sigmoid", f_sigmoid, 0 }, { "onnx::Tanh", tanh, 0 },
	{ "onnx::Sqrt", sqrt, 1 }, { "onnx::Exp", exp, 0 }, { "onnx::Log", log, 1 },
	{ "onnx::Erf", erf, 0 }, { "onnx::Abs", fabs, 0 }, { "onnx::Neg", f_neg, 0 },
	{ "onnx::Floor", floor, 0 }, { "onnx::Ceil", ceil, 0 }, { "onnx::Round", nearbyint, 0 },
	{ "onnx::Reciprocal", f_reciprocal, 1 }, { "onnx::Softplus", f_softplus, 0 },
	{ "onnx::Mish", f_mish, 0 }, { "onnx::LeakyRelu", f_leaky, 0 }, { "onnx::Elu", f_elu, 0 },
	{ "onnx::Selu", f_selu, 0 }, { "onnx::HardSigmoid", f_hardsigmoid, 0 },
	{ "onnx::HardSwish", f_hardswish, 0 }, { "onnx::Gelu", f_gelu, 0 },
};

TEST(functions_of_one_value)
{
	float x[60], y[60];
	void *inputs[] = { x };

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		struct ge_graph *g = new_graph();
		struct ge_node *in = add_input(g, "x", GE_DT_FLOAT, DIMS(5, 12));

		for (int k = 0; k < 60; k++) {
			x[k] = functions[i].positive ? 0.1f + 0.13f * (float)k :
						       (float)(k - 30) * 0.21f;
			y[k] = (float)functions[i].f(x[k]);
		}
		ge_graph_add_output(g, add_op(g, functions[i].type, in, LAST), 0);
		check_output(g, inputs, y, 60, 1e-5, functions[i].type);
	}
}

/* --- Functions of two values ------------------------------------------------------------------ */

static double g_add(double a, double b) { return a + b; }
static double g_sub(double a, double b) { return a - b; }
static double g_mul(double a, double b) { return a * b; }
static double g_div(double a, double b) { return a / b; }
static double g_difference(double a, double b) { return (a - b) * (a - b); }

TEST(functions_of_two_values_broadcast)
{
	static const struct {
		const char *type;
		double (*f)(double a, double b);
	} list[] = {
		{ "Add", g_add }, { "Sub", g_sub }, { "Mul", g_mul }, { "RealDiv", g_div },
		{ "Maximum", fmax }, { "Minimum", fmin }, { "Pow", pow },
		{ "SquaredDifference", g_difference }, { "onnx::Add", g_add },
		{ "onnx::Sub", g_sub },
		{ "onnx::Mul", g_mul }, { "onnx::Div", g_div }, { "onnx::Pow", pow },
		{ "onnx::Max", fmax }, { "onnx::Min", fmin }, { "onnx::Sum", g_add },
	};
	float a[6], b[4], y[24];
	void *inputs[] = { a, b };

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct ge_graph *g = new_graph();
		struct ge_node *x = add_input(g, "a", GE_DT_FLOAT, DIMS(2, 1, 3));
		struct ge_node *z = add_input(g, "b", GE_DT_FLOAT, DIMS(4, 1));

		for (int k = 0; k < 6; k++)
			a[k] = 0.4f + 0.7f * (float)k;
		for (int k = 0; k < 4; k++)
			b[k] = 2.3f - 0.6f * (float)k;
		for (int k = 0; k < 24; k++)
			y[k] = (float)list[i].f(a[k / 12 * 3 + k % 3], b[k / 3 % 4]);
		ge_graph_add_output(g, add_op(g, list[i].type, x, z, LAST), 0);
		check_output(g, inputs, y, 24, 1e-5, list[i].type);
	}
}

TEST(comparisons_give_truth_values)
{
	static const struct {
		const char *type;
		bool less, equal, more;
	} list[] = {
		{ "onnx::Less", 1, 0, 0 }, { "onnx::LessOrEqual", 1, 1, 0 },
		{ "onnx::Equal", 0, 1, 0 },
		{ "onnx::Greater", 0, 0, 1 }, { "onnx::GreaterOrEqual", 0, 1, 1 },
		{ "Less", 1, 0, 0 }, { "LessEqual", 1, 1, 0 }, { "Equal", 0, 1, 0 },
		{ "Greater", 0, 0, 1 }, { "GreaterEqual", 0, 1, 1 }, { "NotEqual", 1, 0, 1 },
	};
	float a[3] = { 1, 2, 3 }, b[3] = { 2, 2, 2 };
	void *inputs[] = { a, b };

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct ge_graph *g = new_graph();
		struct ge_node *x = add_input(g, "a", GE_DT_FLOAT, DIMS(3));
		struct ge_node *z = add_input(g, "b", GE_DT_FLOAT, DIMS(3)), *y;
		float expected[3] = { list[i].less, list[i].equal, list[i].more };

		y = add_op(g, list[i].type, x, z, LAST);
		y = add_op(g, "Cast", y, LAST);
		ge_node_set_int(y, "dst_type", GE_DT_FLOAT);
		ge_graph_add_output(g, y, 0);
		check_output(g, inputs, expected, 3, 0, list[i].type);
	}
}

/* --- Convolutions ----------------------------------------------------------------------------- */

struct conv {
	int n, c, h, w, o, kh, kw, groups, sh, sw, dh, dw, top, left, bottom, right;
};

static int conv_out(int in, int k, int s, int d, int before, int after)
{
	return (in + before + after - d * (k - 1) - 1) / s + 1;
}

static void conv_loops(const struct conv *p, const float *x, const float *w, const float *b,
		       float *y)
{
	int oh = conv_out(p->h, p->kh, p->sh, p->dh, p->top, p->bottom);
	int ow = conv_out(p->w, p->kw, p->sw, p->dw, p->left, p->right);
	int cg = p->c / p->groups, og = p->o / p->groups;

	EACH(n, p->n) EACH(o, p->o) EACH(i, oh) EACH(j, ow) {
		double sum = b ? b[o] : 0;

		EACH(c, cg) EACH(u, p->kh) EACH(v, p->kw) {
			int r = i * p->sh - p->top + u * p->dh, s = j * p->sw - p->left + v * p->dw;

			if (r < 0 || r >= p->h || s < 0 || s >= p->w)
				continue;
			sum += (double)x[((n * p->c + o / og * cg + c) * p->h + r) * p->w + s] *
			       w[((o * cg + c) * p->kh + u) * p->kw + v];
		}
		y[((n * p->o + o) * oh + i) * ow + j] = (float)sum;
	}
}

TEST(convolutions_of_random_shapes)
{
	float *x = malloc(MAX_N * sizeof(*x)), *y = malloc(8 * MAX_N * sizeof(*y));
	void *inputs[] = { x };

	seed = 42;
	for (int i = 0; i < 40; i++) {
		struct conv p = { .n = rnd_range(1, 2), .groups = rnd_range(1, 3),
				  .h = rnd_range(5, 9), .w = rnd_range(5, 9),
				  .kh = rnd_range(1, 3), .kw = rnd_range(1, 3),
				  .sh = rnd_range(1, 2), .sw = rnd_range(1, 3),
				  .dh = rnd_range(1, 2), .dw = rnd_range(1, 2),
				  .top = rnd_range(0, 2), .left = rnd_range(0, 2),
				  .bottom = rnd_range(0, 2), .right = rnd_range(0, 2) };
		struct ge_graph *g = new_graph();
		struct ge_node *in, *conv;
		float *w, *b;
		int oh, ow;

		p.c = p.groups * rnd_range(1, 4);
		p.o = p.groups * rnd_range(1, 5);
		in = add_input(g, "x", GE_DT_FLOAT, DIMS(p.n, p.c, p.h, p.w));
		conv = add_op(g, "onnx::Conv", in,
			      add_random(g, DIMS(p.o, p.c / p.groups, p.kh, p.kw), &w),
			      add_random(g, DIMS(p.o), &b), LAST);
		ge_node_set_int(conv, "group", p.groups);
		set_ints(conv, "strides", DIMS(p.sh, p.sw));
		set_ints(conv, "dilations", DIMS(p.dh, p.dw));
		set_ints(conv, "pads", DIMS(p.top, p.left, p.bottom, p.right));
		rnd_fill(x, (size_t)(p.n * p.c * p.h * p.w));
		conv_loops(&p, x, w, b, y);
		oh = conv_out(p.h, p.kh, p.sh, p.dh, p.top, p.bottom);
		ow = conv_out(p.w, p.kw, p.sw, p.dw, p.left, p.right);
		ge_graph_add_output(g, conv, 0);
		check_output(g, inputs, y, (size_t)(p.n * p.o * oh * ow), 1e-5, "convolution");
		free(w);
		free(b);
	}
	free(x);
	free(y);
}

/* N H W C input and H W C O filter give what N C H W gives. */
TEST(convolution_with_channels_last)
{
	struct conv p = { 2, 3, 6, 7, 4, 3, 3, 1, 2, 1, 1, 1, 1, 0, 1, 2 };
	float x[2 * 3 * 6 * 7], w[4 * 3 * 3 * 3], xl[2 * 3 * 6 * 7], wl[4 * 3 * 3 * 3];
	float y[2 * 4 * 3 * 7], yl[2 * 4 * 3 * 7];
	struct ge_graph *g = new_graph();
	struct ge_node *in = add_input(g, "x", GE_DT_FLOAT, DIMS(2, 6, 7, 3)), *conv;
	void *inputs[] = { xl };

	rnd_fill(x, sizeof(x) / sizeof(*x));
	rnd_fill(w, sizeof(w) / sizeof(*w));
	conv_loops(&p, x, w, NULL, y);
	for (int n = 0; n < 2; n++)
		for (int c = 0; c < 3; c++)
			for (int i = 0; i < 42; i++)
				xl[(n * 42 + i) * 3 + c] = x[(n * 3 + c) * 42 + i];
	for (int o = 0; o < 4; o++)
		for (int c = 0; c < 3; c++)
			for (int i = 0; i < 9; i++)
				wl[(i * 3 + c) * 4 + o] = w[(o * 3 + c) * 9 + i];
	for (int n = 0; n < 2; n++)
		for (int o = 0; o < 4; o++)
			for (int i = 0; i < 21; i++)
				yl[(n * 21 + i) * 4 + o] = y[(n * 4 + o) * 21 + i];
	conv = add_op(g, "Conv2D", in, add_const(g, GE_DT_FLOAT, DIMS(3, 3, 3, 4), wl), LAST);
	set_ints(conv, "strides", DIMS(1, 2, 1, 1));
	set_ints(conv, "pads", DIMS(1, 1, 0, 2));
	ge_graph_add_output(g, conv, 0);
	check_output(g, inputs, yl, 2 * 21 * 4, 1e-5, "Conv2D");
}

/* --- Products of matrices --------------------------------------------------------------------- */

TEST(matrix_products_with_batches_and_transposition)
{
	float a[2 * 3 * 4], b[5 * 4], c[5], y[2 * 3 * 5];
	void *inputs[] = { a };
	struct ge_graph *g = new_graph();
	struct ge_node *in = add_input(g, "a", GE_DT_FLOAT, DIMS(2, 3, 4)), *mm;

	rnd_fill(a, 24);
	rnd_fill(b, 20);
	rnd_fill(c, 5);
	for (int n = 0; n < 2; n++)
		for (int i = 0; i < 3; i++)
			for (int j = 0; j < 5; j++) {
				double sum = c[j];

				for (int k = 0; k < 4; k++)
					sum += (double)a[(n * 3 + i) * 4 + k] * b[j * 4 + k];
				y[(n * 3 + i) * 5 + j] = (float)sum;
			}
	mm = add_op(g, "BatchMatMulV2", in, add_const(g, GE_DT_FLOAT, DIMS(5, 4), b),
		    add_const(g, GE_DT_FLOAT, DIMS(5), c), LAST);
	ge_node_set_bool(mm, "adj_x2", true);
	ge_graph_add_output(g, mm, 0);
	check_output(g, inputs, y, 30, 1e-5, "BatchMatMulV2");
}

TEST(gemm_scales_and_adds)
{
	float a[6], b[12], c[3], y[8];
	void *inputs[] = { a, b };
	struct ge_graph *g = new_graph();
	struct ge_node *x = add_input(g, "a", GE_DT_FLOAT, DIMS(3, 2));
	struct ge_node *z = add_input(g, "b", GE_DT_FLOAT, DIMS(3, 4)), *gemm;

	rnd_fill(a, 6);
	rnd_fill(b, 12);
	rnd_fill(c, 2);
	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 4; j++) {
			double sum = 0;

			for (int k = 0; k < 3; k++)
				sum += (double)a[k * 2 + i] * b[k * 4 + j];
			y[i * 4 + j] = (float)(0.5 * sum + 3 * c[i]);
		}
	gemm = add_op(g, "onnx::Gemm", x, z, add_const(g, GE_DT_FLOAT, DIMS(2, 1), c), LAST);
	ge_node_set_int(gemm, "transA", 1);
	ge_node_set_float(gemm, "alpha", 0.5f);
	ge_node_set_float(gemm, "beta", 3);
	ge_graph_add_output(g, gemm, 0);
	check_output(g, inputs, y, 8, 1e-5, "Gemm");
}

/* --- Pooling ---------------------------------------------------------------------------------- */

static void pool_loops(const struct conv *p, int oh, int ow, int kind, const float *x, float *y)
{
	EACH(c, p->n * p->c) EACH(i, oh) EACH(j, ow) {
		double sum = 0, top = -INFINITY;
		int in = 0, padded = 0;

		EACH(u, p->kh) EACH(v, p->kw) {
			int r = i * p->sh - p->top + u, s = j * p->sw - p->left + v;

			padded += r < p->h + p->bottom && s < p->w + p->right;
			if (r < 0 || r >= p->h || s < 0 || s >= p->w)
				continue;
			in++;
			sum += x[(c * p->h + r) * p->w + s];
			top = fmax(top, x[(c * p->h + r) * p->w + s]);
		}
		y[(c * oh + i) * ow + j] = (float)(kind == 0 ? top : kind == 1 ? sum / in :
						   sum / padded);
	}
}

TEST(pooling_with_padding_and_rounding_up)
{
	struct conv p = { .n = 1, .c = 3, .h = 7, .w = 8, .kh = 3, .kw = 2, .sh = 2, .sw = 3,
			  .top = 1, .left = 0, .bottom = 1, .right = 1 };
	float x[3 * 56], y[3 * 56];
	void *inputs[] = { x };

	rnd_fill(x, 3 * 56);
	for (int kind = 0; kind < 3; kind++)
		for (int up = 0; up < 2; up++) {
			struct ge_graph *g = new_graph();
			struct ge_node *in = add_input(g, "x", GE_DT_FLOAT, DIMS(1, 3, 7, 8)), *n;
			int oh = 4, ow = up ? 4 : 3;

			/* Rounded up, the last window would start at 9, the input ends at 8. */
			ow = 3;
			n = add_op(g, kind ? "onnx::AveragePool" : "onnx::MaxPool", in, LAST);
			set_ints(n, "kernel_shape", DIMS(3, 2));
			set_ints(n, "strides", DIMS(2, 3));
			set_ints(n, "pads", DIMS(1, 0, 1, 1));
			ge_node_set_int(n, "ceil_mode", up);
			if (kind == 2)
				ge_node_set_int(n, "count_include_pad", 1);
			pool_loops(&p, oh, ow, kind, x, y);
			ge_graph_add_output(g, n, 0);
			check_output(g, inputs, y, (size_t)(3 * oh * ow), 1e-5, "pooling");
		}
}

/* --- Normalisation, softmax, reductions ------------------------------------------------------- */

TEST(batch_normalisation_of_constants_and_of_inputs)
{
	float x[2 * 3 * 4], y[2 * 3 * 4], p[4][3];
	void *inputs[] = { x, p[0], p[1], p[2], p[3] };

	rnd_fill(x, 24);
	for (int i = 0; i < 3; i++) {
		p[0][i] = 1 + (float)i;
		p[1][i] = 0.5f - (float)i;
		p[2][i] = 0.1f * (float)i;
		p[3][i] = 0.3f + (float)i;
	}
	for (int i = 0; i < 24; i++) {
		int c = i / 4 % 3;

		y[i] = (float)((x[i] - p[2][c]) / sqrt(p[3][c] + 0.01) * p[0][c] + p[1][c]);
	}
	for (int constant = 0; constant < 2; constant++) {
		struct ge_graph *g = new_graph();
		struct ge_node *in = add_input(g, "x", GE_DT_FLOAT, DIMS(2, 3, 4)), *s[4], *n;

		for (int i = 0; i < 4; i++)
			s[i] = constant ? add_const(g, GE_DT_FLOAT, DIMS(3), p[i]) :
					  add_input(g, NULL, GE_DT_FLOAT, DIMS(3));
		n = add_op(g, "onnx::BatchNormalization", in, s[0], s[1], s[2], s[3], LAST);
		ge_node_set_float(n, "epsilon", 0.01f);
		ge_graph_add_output(g, n, 0);
		check_output(g, inputs, y, 24, 1e-5, "BatchNormalization");
	}
}

TEST(layer_normalisation)
{
	float x[4 * 6], y[4 * 6], scale[6], bias[6];
	void *inputs[] = { x };
	struct ge_graph *g = new_graph();
	struct ge_node *in = add_input(g, "x", GE_DT_FLOAT, DIMS(4, 6)), *n;

	rnd_fill(x, 24);
	rnd_fill(scale, 6);
	rnd_fill(bias, 6);
	for (int i = 0; i < 4; i++) {
		double mean = 0, var = 0;

		for (int k = 0; k < 6; k++)
			mean += x[i * 6 + k] / 6.;
		for (int k = 0; k < 6; k++)
			var += pow(x[i * 6 + k] - mean, 2) / 6;
		for (int k = 0; k < 6; k++)
			y[i * 6 + k] = (float)((x[i * 6 + k] - mean) / sqrt(var + 1e-5) * scale[k] +
					       bias[k]);
	}
	n = add_op(g, "onnx::LayerNormalization", in, add_const(g, GE_DT_FLOAT, DIMS(6), scale),
		   add_const(g, GE_DT_FLOAT, DIMS(6), bias), LAST);
	ge_graph_add_output(g, n, 0);
	check_output(g, inputs, y, 24, 1e-5, "LayerNormalization");
}

TEST(softmax_before_and_since_operator_set_13)
{
	float x[24], y[24];
	void *inputs[] = { x };

	rnd_fill(x, 24);
	for (int old = 0; old < 2; old++) {
		struct ge_graph *g = new_graph();
		struct ge_node *in = add_input(g, "x", GE_DT_FLOAT, DIMS(2, 3, 4)), *n;

		/* Over dimension 1 alone, or over all from dimension 1 on. */
		for (int i = 0; i < 24; i++) {
			double sum = 0;

			for (int k = 0; k < (old ? 12 : 3); k++)
				sum += exp(x[i / 12 * 12 + (old ? k : k * 4 + i % 4)]);
			y[i] = (float)(exp(x[i]) / sum);
		}
		n = add_op(g, "onnx::Softmax", in, LAST);
		ge_node_set_int(n, "opset", old ? 11 : 13);
		ge_node_set_int(n, "axis", 1);
		ge_graph_add_output(g, n, 0);
		check_output(g, inputs, y, 24, 1e-5, "Softmax");
	}
}

TEST(reductions)
{
	static const char *const types[] = {
		"onnx::ReduceSum", "onnx::ReduceMean", "onnx::ReduceMax", "onnx::ReduceMin",
		"onnx::ReduceProd", "onnx::ReduceL1", "onnx::ReduceL2", "onnx::ReduceSumSquare",
		"onnx::ReduceLogSumExp",
	};
	float x[24], y[8];
	void *inputs[] = { x };

	rnd_fill(x, 24);
	for (int t = 0; t < 9; t++) {
		struct ge_graph *g = new_graph();
		struct ge_node *in = add_input(g, "x", GE_DT_FLOAT, DIMS(2, 3, 4)), *n;

		for (int i = 0; i < 8; i++) {
			double v[9] = { 0, 0, -INFINITY, INFINITY, 1 };

			for (int k = 0; k < 3; k++) {
				double e = x[i / 4 * 12 + k * 4 + i % 4];

				v[0] += e;
				v[1] += e / 3;
				v[2] = fmax(v[2], e);
				v[3] = fmin(v[3], e);
				v[4] *= e;
				v[5] += fabs(e);
				v[7] += e * e;
				v[8] += exp(e);
			}
			v[6] = sqrt(v[7]);
			v[8] = log(v[8]);
			y[i] = (float)v[t];
		}
		n = add_op(g, types[t], in, add_ints(g, 1, (int64_t[]){ -2 }), LAST);
		ge_node_set_int(n, "keepdims", 0);
		ge_graph_add_output(g, n, 0);
		check_output(g, inputs, y, 8, 1e-5, types[t]);
	}
}

/* --- Moving elements -------------------------------------------------------------------------- */

static struct ge_graph *moved(struct ge_node **in)
{
	struct ge_graph *g = new_graph();

	*in = add_input(g, "x", GE_DT_FLOAT, DIMS(2, 3, 4));
	return g;
}

static float numbers[24];

static void *const number_input[] = { numbers };

static void check_moved(struct ge_graph *g, struct ge_node *n, const float *y, size_t count,
			const char *what)
{
	for (int i = 0; i < 24; i++)
		numbers[i] = (float)i;
	ge_graph_add_output(g, n, 0);
	check_output(g, number_input, y, count, 0, what);
}

TEST(transpose_then_reshape_copies_in_the_new_order)
{
	struct ge_node *x, *n;
	struct ge_graph *g = moved(&x);
	float y[24];

	for (int i = 0; i < 24; i++)
		y[i] = (float)(i % 2 * 12 + i / 2 % 3 * 4 + i / 6);
	n = add_op(g, "onnx::Transpose", x, LAST);
	n = add_op(g, "onnx::Reshape", n, add_ints(g, 1, (int64_t[]){ -1 }), LAST);
	check_moved(g, n, y, 24, "transpose and reshape");
}

TEST(slices_go_forwards_and_backwards)
{
	struct ge_node *x, *n;
	struct ge_graph *g = moved(&x);
	float y[8];

	/* x[1, ::-2, 1:3] as [1, 2, 2] */
	for (int i = 0; i < 4; i++)
		y[i] = (float)(12 + (i / 2 ? 0 : 8) + 1 + i % 2);
	n = add_op(g, "onnx::Slice", x, add_ints(g, 3, (int64_t[]){ 1, -1, 1 }),
		   add_ints(g, 3, (int64_t[]){ 2, INT64_MIN, 3 }),
		   add_ints(g, 3, (int64_t[]){ 0, 1, 2 }), add_ints(g, 3, (int64_t[]){ 1, -2, 1 }),
		   LAST);
	check_moved(g, n, y, 4, "slice");
}

TEST(split_parts_concatenate_again_in_another_order)
{
	struct ge_node *x, *split, *n;
	struct ge_graph *g = moved(&x);
	float y[24];

	for (int i = 0; i < 24; i++)
		y[i] = (float)(i / 4 * 4 + (i % 4 + 1) % 4);
	split = add_op(g, "onnx::Split", x, add_ints(g, 2, (int64_t[]){ 1, 3 }), LAST);
	ge_node_set_int(split, "axis", 2);
	ge_graph_add(g, "onnx::Concat", "join", &n);
	ge_node_set_int(n, "axis", 2);
	ge_node_connect(n, 0, split, 1);
	ge_node_connect(n, 1, split, 0);
	check_moved(g, n, y, 24, "split and concatenate");
}

TEST(gather_takes_negative_indices)
{
	struct ge_node *x, *n;
	struct ge_graph *g = moved(&x);
	float y[16];

	for (int i = 0; i < 16; i++)
		y[i] = (float)(i / 8 * 12 + (i / 4 % 2 ? 0 : 2) * 4 + i % 4);
	n = add_op(g, "onnx::Gather", x, add_ints(g, 2, (int64_t[]){ -1, 0 }), LAST);
	ge_node_set_int(n, "axis", 1);
	check_moved(g, n, y, 16, "gather");
}

TEST(padding_by_value_edge_and_reflection)
{
	static const char *const modes[] = { "constant", "edge", "reflect" };

	for (int m = 0; m < 3; m++) {
		struct ge_node *x, *n;
		struct ge_graph *g = moved(&x);
		float y[2 * 3 * 7];

		for (int i = 0; i < 42; i++) {
			int k = i % 7 - 1;
			int from = m == 1 ? (k < 0 ? 0 : k > 3 ? 3 : k) :
				   k < 0 ? -k : k > 3 ? 6 - k : k;

			y[i] = m == 0 && (k < 0 || k > 3) ? 0.5f : (float)(i / 7 * 4 + from);
		}
		n = add_op(g, "onnx::Pad", x, add_ints(g, 6, (int64_t[]){ 0, 0, 1, 0, 0, 2 }),
			   add_scalar(g, 0.5f), LAST);
		ge_node_set_string(n, "mode", modes[m]);
		check_moved(g, n, y, 42, modes[m]);
	}
}

TEST(tile_and_expand_repeat)
{
	struct ge_node *x, *n;
	struct ge_graph *g = moved(&x);
	float y[96];

	for (int i = 0; i < 96; i++)
		y[i] = (float)(i / 8 % 6 * 4 + i % 4);
	n = add_op(g, "onnx::Tile", x, add_ints(g, 3, (int64_t[]){ 2, 1, 2 }), LAST);
	check_moved(g, n, y, 96, "tile");
}

/* --- Edges of graphs -------------------------------------------------------------------------- */

TEST(outputs_that_are_inputs_or_constants)
{
	struct ge_graph *g = new_graph();
	struct ge_node *x = add_input(g, "x", GE_DT_FLOAT, DIMS(3));
	float in[3] = { 1, 2, 3 }, c[2] = { 4, 5 };
	void *inputs[] = { in };
	struct run r;

	ge_graph_add_output(g, x, 0);
	ge_graph_add_output(g, add_const(g, GE_DT_FLOAT, DIMS(2), c), 0);
	ge_graph_add_output(g, x, 0);
	CHECK(compile_and_run(g, GE_PASS_ALL, inputs, &r));
	EXPECT(!memcmp(r.out[0], in, sizeof(in)));
	EXPECT(!memcmp(r.out[1], c, sizeof(c)));
	EXPECT(!memcmp(r.out[2], in, sizeof(in)));
	run_free(&r);
	ge_graph_destroy(g);
}

TEST(one_value_may_be_several_outputs_and_used_inside)
{
	struct ge_graph *g = new_graph();
	struct ge_node *x = add_input(g, "x", GE_DT_FLOAT, DIMS(3)), *a, *b;
	float in[3] = { 1, -2, 3 };
	void *inputs[] = { in };
	struct run r;

	a = add_op(g, "Relu", x, LAST);
	b = add_op(g, "Add", a, x, LAST);
	ge_graph_add_output(g, a, 0);
	ge_graph_add_output(g, b, 0);
	ge_graph_add_output(g, a, 0);
	CHECK(compile_and_run(g, GE_PASS_ALL, inputs, &r));
	EXPECT(close_all(r.out[0], (float[]){ 1, 0, 3 }, 3, 0));
	EXPECT(close_all(r.out[1], (float[]){ 2, -2, 6 }, 3, 0));
	EXPECT(close_all(r.out[2], (float[]){ 1, 0, 3 }, 3, 0));
	run_free(&r);
	ge_graph_destroy(g);
}

TEST(shape_computations_are_folded)
{
	struct ge_graph *g = new_graph();
	struct ge_node *x = add_input(g, "x", GE_DT_FLOAT, DIMS(2, 3, 4)), *shape, *first, *all, *y;
	float in[24];
	void *inputs[] = { in };
	struct run r;

	/* Reshape to [shape[0] * 3, -1] */
	shape = add_op(g, "onnx::Shape", x, LAST);
	first = add_op(g, "onnx::Slice", shape, add_ints(g, 1, (int64_t[]){ 0 }),
		       add_ints(g, 1, (int64_t[]){ 1 }), LAST);
	first = add_op(g, "onnx::Mul", first, add_ints(g, 1, (int64_t[]){ 3 }), LAST);
	all = add_op(g, "onnx::Concat", first, add_ints(g, 1, (int64_t[]){ -1 }), LAST);
	ge_node_set_int(all, "axis", 0);
	y = add_op(g, "onnx::Relu", add_op(g, "onnx::Reshape", x, all, LAST), LAST);
	ge_graph_add_output(g, y, 0);
	rnd_fill(in, 24);
	CHECK(compile_and_run(g, 0, inputs, &r));
	EXPECT_EQ(r.model->outputs[0].desc.rank, 2);
	EXPECT_EQ(r.model->outputs[0].desc.dims[0], 6);
	EXPECT_EQ(r.model->outputs[0].desc.dims[1], 4);
	/* The activation, and the copy to the output. */
	EXPECT_EQ(count_ops(r.model, 0), 2);
	run_free(&r);
	ge_graph_destroy(g);
}

TEST_MAIN()
