// SPDX-License-Identifier: MIT
/*
 * Recurrent networks against loops: both directions, sequences of several lengths, peepholes,
 * clipping, coupled gates and other functions.
 */
#include "tap.h"
#include "run_model.h"

enum { T = 4, N = 3, I = 2, H = 3, DIRECTIONS = 2, GATES = 4 };

struct lstm {
	float x[T][N][I], w[DIRECTIONS][GATES][H][I], r[DIRECTIONS][GATES][H][H];
	float b[DIRECTIONS][2][GATES][H], h[DIRECTIONS][N][H], c[DIRECTIONS][N][H];
	float p[DIRECTIONS][3][H];
	int32_t lengths[N];
	double clip;
	bool coupled;
	/* results */
	float y[T][DIRECTIONS][N][H];
};

static double sigmoid(double v)
{
	return 1 / (1 + exp(-v));
}

static double clipped(const struct lstm *l, double v)
{
	return l->clip ? fmin(fmax(v, -l->clip), l->clip) : v;
}

/* The sum that goes into gate @g of unit @k before its function. */
static double gate(const struct lstm *l, int d, int t, int n, int g, int k, const double *h)
{
	double sum = l->b[d][0][g][k] + l->b[d][1][g][k];

	for (int i = 0; i < I; i++)
		sum += l->x[t][n][i] * (double)l->w[d][g][k][i];
	for (int i = 0; i < H; i++)
		sum += h[i] * l->r[d][g][k][i];
	return sum;
}

/* The cell's input goes through Affine(0.5, 0.25), the others through the usual functions. */
static void reference(struct lstm *l, int d, int n, float *last_h, float *last_c)
{
	double h[H], c[H], next[H];

	for (int k = 0; k < H; k++) {
		h[k] = l->h[d][n][k];
		c[k] = l->c[d][n][k];
	}
	for (int s = 0; s < T; s++) {
		int t = d ? T - 1 - s : s;

		for (int k = 0; k < H && t < l->lengths[n]; k++) {
			double in = gate(l, d, t, n, 0, k, h) + l->p[d][0][k] * c[k];
			double forget = gate(l, d, t, n, 2, k, h) + l->p[d][2][k] * c[k];
			double cell = clipped(l, gate(l, d, t, n, 3, k, h)) * 0.5 + 0.25, out;

			in = sigmoid(clipped(l, in));
			forget = l->coupled ? 1 - in : sigmoid(clipped(l, forget));
			c[k] = forget * c[k] + in * cell;
			out = gate(l, d, t, n, 1, k, h) + l->p[d][1][k] * c[k];
			next[k] = sigmoid(clipped(l, out)) * tanh(c[k]);
		}
		for (int k = 0; k < H; k++) {
			if (t < l->lengths[n])
				h[k] = next[k];
			l->y[t][d][n][k] = t < l->lengths[n] ? (float)h[k] : 0;
		}
	}
	for (int k = 0; k < H; k++) {
		last_h[(d * N + n) * H + k] = (float)h[k];
		last_c[(d * N + n) * H + k] = (float)c[k];
	}
}

static void check_lstm(bool known_lengths, double clip, bool coupled)
{
	static const char *const names[] = {
		"Sigmoid", "affine", "Tanh", "Sigmoid", "Affine", "Tanh",
	};
	static const float alpha[] = { 0.5f, 0.5f }, beta[] = { 0.25f, 0.25f };
	float last_h[DIRECTIONS * N * H], last_c[DIRECTIONS * N * H];
	struct lstm l = { .clip = clip, .coupled = coupled, .lengths = { 4, 1, 3 } };
	struct ge_graph *g = new_graph();
	void *inputs[] = { l.x, l.lengths };
	struct ge_node *n, *lengths;

	rnd_fill((float *)l.x, sizeof(l.x) / 4);
	rnd_fill((float *)l.w, sizeof(l.w) / 4);
	rnd_fill((float *)l.r, sizeof(l.r) / 4);
	rnd_fill((float *)l.b, sizeof(l.b) / 4);
	rnd_fill((float *)l.h, sizeof(l.h) / 4);
	rnd_fill((float *)l.c, sizeof(l.c) / 4);
	rnd_fill((float *)l.p, sizeof(l.p) / 4);
	n = add_input(g, "x", GE_DT_FLOAT, DIMS(T, N, I));
	lengths = known_lengths ? add_const(g, GE_DT_INT32, DIMS(N), l.lengths) :
				  add_input(g, "lengths", GE_DT_INT32, DIMS(N));
	n = add_op(g, "onnx::LSTM", n,
		   add_const(g, GE_DT_FLOAT, DIMS(DIRECTIONS, GATES * H, I), l.w),
		   add_const(g, GE_DT_FLOAT, DIMS(DIRECTIONS, GATES * H, H), l.r),
		   add_const(g, GE_DT_FLOAT, DIMS(DIRECTIONS, 2 * GATES * H), l.b), lengths,
		   add_const(g, GE_DT_FLOAT, DIMS(DIRECTIONS, N, H), l.h),
		   add_const(g, GE_DT_FLOAT, DIMS(DIRECTIONS, N, H), l.c),
		   add_const(g, GE_DT_FLOAT, DIMS(DIRECTIONS, 3 * H), l.p), LAST);
	ge_node_set_string(n, "direction", "bidirectional");
	ge_node_set_strings(n, "activations", names, 6);
	ge_node_set_floats(n, "activation_alpha", alpha, 2);
	ge_node_set_floats(n, "activation_beta", beta, 2);
	ge_node_set_int(n, "hidden_size", H);
	ge_node_set_int(n, "input_forget", coupled);
	if (clip)
		ge_node_set_float(n, "clip", (float)clip);
	for (unsigned int i = 0; i < 3; i++)
		ge_graph_add_output(g, n, i);
	for (int d = 0; d < DIRECTIONS; d++)
		for (int k = 0; k < N; k++)
			reference(&l, d, k, last_h, last_c);
	for (int all = 0; all < 2; all++) {
		struct run r;

		if (!compile_and_run(g, all ? GE_PASS_ALL : 0, inputs, &r))
			TAP_FAIL("does not run");
		else if (!close_all(r.out[0], (float *)l.y, sizeof(l.y) / 4, 1e-5) ||
			 !close_all(r.out[1], last_h, DIRECTIONS * N * H, 1e-5) ||
			 !close_all(r.out[2], last_c, DIRECTIONS * N * H, 1e-5))
			TAP_FAIL("wrong %s passes", all ? "with" : "without");
		run_free(&r);
	}
	ge_graph_destroy(g);
}

TEST(lstm_with_everything)
{
	check_lstm(true, 0, false);
	check_lstm(false, 0.75, false);
	check_lstm(false, 0, true);
}

TEST_MAIN()
