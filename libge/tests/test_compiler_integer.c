// SPDX-License-Identifier: MIT
/*
 * Products of integers with zero points, known and not, and quantisation with known scales.
 */
#include "tap.h"
#include "run_model.h"

static void fill(uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		data[i] = (uint8_t)rnd_range(0, 255);
}

static int value(int32_t dtype, const uint8_t *data, int64_t i)
{
	return dtype == GE_DT_INT8 ? ((const int8_t *)data)[i] : data[i];
}

/* An input of the graph, or a constant. */
static struct ge_node *add_bytes(struct ge_graph *g, bool known, const char *name, int32_t dtype,
				 int rank, const int64_t *dims, void *data, void **inputs, int *num)
{
	if (known)
		return add_const(g, dtype, rank, dims, data);
	inputs[(*num)++] = data;
	return add_input(g, name, dtype, rank, dims);
}

static void check_ints(struct ge_graph *g, void *const *inputs, const int32_t *expected, size_t n)
{
	static const uint32_t choices[] = { 0, GE_PASS_ALL };

	for (int i = 0; i < 2; i++) {
		struct run r;

		if (!compile_and_run(g, choices[i], inputs, &r))
			TAP_FAIL("does not run");
		else if (r.model->outputs[0].size != n * sizeof(*expected) ||
			 memcmp(r.out[0], expected, n * sizeof(*expected)))
			TAP_FAIL("wrong with passes %#x", choices[i]);
		run_free(&r);
	}
	ge_graph_destroy(g);
}

/* a [3, 5] and b [5, 4]; a zero point for each row or one, and for each column or one. */
static void check_product(int32_t ta, int32_t tb, bool known, bool each)
{
	uint8_t a[15], b[20], za[3], zb[4];
	int64_t na = each ? 3 : 1, nb = each ? 4 : 1;
	struct ge_node *na_node, *nb_node, *pa, *pb;
	struct ge_graph *g = new_graph();
	void *inputs[4];
	int32_t y[12];
	int num = 0;

	fill(a, sizeof(a));
	fill(b, sizeof(b));
	fill(za, sizeof(za));
	fill(zb, sizeof(zb));
	na_node = add_bytes(g, false, "a", ta, DIMS(3, 5), a, inputs, &num);
	nb_node = add_bytes(g, known, "b", tb, DIMS(5, 4), b, inputs, &num);
	pa = add_bytes(g, known, "za", ta, 1, &na, za, inputs, &num);
	pb = add_bytes(g, known, "zb", tb, 1, &nb, zb, inputs, &num);
	for (int i = 0; i < 3; i++) {
		for (int j = 0; j < 4; j++) {
			y[i * 4 + j] = 0;
			for (int k = 0; k < 5; k++)
				y[i * 4 + j] += (value(ta, a, i * 5 + k) -
						 value(ta, za, each ? i : 0)) *
						(value(tb, b, k * 4 + j) -
						 value(tb, zb, each ? j : 0));
		}
	}
	ge_graph_add_output(g, add_op(g, "onnx::MatMulInteger", na_node, nb_node, pa, pb, LAST), 0);
	check_ints(g, inputs, y, 12);
}

TEST(matrix_products_with_zero_points)
{
	for (int i = 0; i < 16; i++)
		check_product(i & 1 ? GE_DT_INT8 : GE_DT_UINT8, i & 2 ? GE_DT_INT8 : GE_DT_UINT8,
			      i & 4, i & 8);
}

/* x [2, 4, 5, 6] in two groups, w [6, 2, 3, 2], padded on three sides. */
static void check_convolution(int32_t tx, int32_t tw, bool known, bool each)
{
	uint8_t x[2 * 4 * 5 * 6], w[6 * 2 * 3 * 2], zx[1], zw[6];
	int64_t num_zw = each ? 6 : 1, out[] = { 2, 6, 3, 7 };
	struct ge_node *nx, *nw, *nzx, *nzw, *conv;
	static const int64_t strides[] = { 2, 1 }, pads[] = { 1, 2, 1, 0 };
	struct ge_graph *g = new_graph();
	int32_t y[2 * 6 * 3 * 7];
	int num = 0, at = 0;
	void *inputs[4];

	fill(x, sizeof(x));
	fill(w, sizeof(w));
	fill(zx, sizeof(zx));
	fill(zw, sizeof(zw));
	nx = add_bytes(g, false, "x", tx, DIMS(2, 4, 5, 6), x, inputs, &num);
	nw = add_bytes(g, known, "w", tw, DIMS(6, 2, 3, 2), w, inputs, &num);
	nzx = add_bytes(g, known, "zx", tx, 0, NULL, zx, inputs, &num);
	nzw = add_bytes(g, known, "zw", tw, 1, &num_zw, zw, inputs, &num);
	for (int i = 0; i < 2 * 6 * 3 * 7; i++) {
		int n = i / (6 * 3 * 7), o = i / (3 * 7) % 6, r = i / 7 % 3, c = i % 7;

		y[i] = 0;
		for (int k = 0; k < 2 * 3 * 2; k++) {
			int ch = k / 6, row = r * 2 + k / 2 % 3 - 1, col = c + k % 2 - 2;

			if (row < 0 || row >= 5 || col < 0 || col >= 6)
				continue;
			at = ((n * 4 + o / 3 * 2 + ch) * 5 + row) * 6 + col;
			y[i] += (value(tx, x, at) - value(tx, zx, 0)) *
				(value(tw, w, o * 12 + k) - value(tw, zw, each ? o : 0));
		}
	}
	conv = add_op(g, "onnx::ConvInteger", nx, nw, nzx, nzw, LAST);
	ge_node_set_ints(conv, "strides", strides, 2);
	ge_node_set_ints(conv, "pads", pads, 4);
	ge_node_set_int(conv, "group", 2);
	ge_graph_add_output(g, conv, 0);
	check_ints(g, inputs, y, (size_t)(out[0] * out[1] * out[2] * out[3]));
}

TEST(convolutions_with_zero_points_pad_with_them)
{
	for (int i = 0; i < 16; i++)
		check_convolution(i & 1 ? GE_DT_INT8 : GE_DT_UINT8,
				  i & 2 ? GE_DT_INT8 : GE_DT_UINT8, i & 4, i & 8);
}

/* A reciprocal would move some quotients that lie between two integers. */
TEST(quantisation_by_a_known_scale_is_exact)
{
	float scale = 0.012f, x[256];
	struct ge_graph *g = new_graph();
	void *inputs[] = { x };
	uint8_t want[256], zero = 3;

	for (int i = 0; i < 256; i++) {
		double q;

		x[i] = ((float)(i - 8) + 0.5f) * scale;
		q = nearbyint((double)(x[i] / scale)) + zero;
		want[i] = (uint8_t)fmin(fmax(q, 0), 255);
	}
	ge_graph_add_output(g, add_op(g, "onnx::QuantizeLinear",
				      add_input(g, "x", GE_DT_FLOAT, DIMS(256)),
				      add_scalar(g, scale),
				      add_const(g, GE_DT_UINT8, 0, NULL, &zero), LAST), 0);
	for (uint32_t all = 0; all < 2; all++) {
		struct run r;

		if (!compile_and_run(g, all ? GE_PASS_ALL : 0, inputs, &r) ||
		    memcmp(r.out[0], want, sizeof(want)))
			TAP_FAIL("wrong %s passes", all ? "with" : "without");
		run_free(&r);
	}
	ge_graph_destroy(g);
}

TEST_MAIN()
