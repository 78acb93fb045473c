// SPDX-License-Identifier: MIT
/*
 * Recurrent networks: RNN, GRU and LSTM, step by step as products of matrices and functions of
 * elements. What the inputs of all steps contribute is one product in front of them.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "graph/lower.h"

#define MAX_STEPS	4096
#define MAX_FUNCTIONS	3	/* of one direction: f, g, h */

enum kind { RNN, GRU, LSTM };

struct function {
	const char *name;
	float alpha, beta;
};

/* One direction. Weights and biases are of all gates, one after the other. */
struct direction {
	bool reverse;
	struct function f[MAX_FUNCTIONS];
	struct ge_view w, r;		/* [inputs, gates * hidden], [hidden, gates * hidden] */
	struct ge_view bias_w, bias_r;	/* [gates * hidden], or absent */
	struct ge_view peephole;	/* [3 * hidden], or absent */
};

struct rnn {
	struct ge_lower *l;
	enum kind kind;
	int64_t steps, batch, inputs, hidden;
	int gates;
	bool batch_first;
	float clip;			/* 0: none */
	bool flag;			/* linear_before_reset, input_forget */
	struct ge_view x;		/* [steps, batch, inputs] */
	struct ge_view lengths;		/* [batch, 1], or absent */
};

/* State between two steps: [batch, hidden] each. */
struct state {
	struct ge_view h, c;
};

/* --- Functions -------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	float alpha, beta;
	int parameters;
} functions[] = {
	{ "Relu", 0, 0, 0 },		{ "Tanh", 0, 0, 0 },
	{ "Sigmoid", 0, 0, 0 },		{ "Softsign", 0, 0, 0 },
	{ "Softplus", 0, 0, 0 },	{ "LeakyRelu", 0.01f, 0, 1 },
	{ "ThresholdedRelu", 1, 0, 1 },	{ "Elu", 1, 0, 1 },
	{ "Affine", 1, 0, 2 },		{ "ScaledTanh", 1, 1, 2 },
	{ "HardSigmoid", 0.2f, 0.5f, 2 },
};

#define NUM_FUNCTIONS	(sizeof(functions) / sizeof(functions[0]))

static struct ge_view thresholded_relu(struct ge_lower *l, struct ge_view x, float alpha)
{
	return ge_select(l, ge_binary(l, GENPU_BINARY_GT, x,
				      ge_make_scalar(l, x.dtype, 0, alpha)),
			 x, ge_make_scalar(l, x.dtype, 0, 0));
}

static struct ge_view apply(const struct rnn *n, const struct function *f, struct ge_view x)
{
	static const struct {
		const char *name;
		enum genpu_unary kind;
	} plain[] = {
		{ "Relu", GENPU_UNARY_RELU }, { "Tanh", GENPU_UNARY_TANH },
		{ "Sigmoid", GENPU_UNARY_SIGMOID }, { "Softplus", GENPU_UNARY_SOFTPLUS },
		{ "LeakyRelu", GENPU_UNARY_LEAKY_RELU }, { "Elu", GENPU_UNARY_ELU },
		{ "Affine", GENPU_UNARY_LINEAR }, { "HardSigmoid", GENPU_UNARY_HARDSIGMOID },
	};
	struct ge_lower *l = n->l;

	if (n->clip > 0)
		x = ge_unary(l, x, GENPU_UNARY_CLIP, -n->clip, n->clip);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (!strcasecmp(f->name, plain[i].name))
			return ge_unary(l, x, plain[i].kind, f->alpha, f->beta);
	if (!strcasecmp(f->name, "ThresholdedRelu"))
		return thresholded_relu(l, x, f->alpha);
	if (!strcasecmp(f->name, "ScaledTanh"))
		return ge_linear(l, ge_unary(l, ge_linear(l, x, f->beta, 0), GENPU_UNARY_TANH, 0,
					     0),
				 f->alpha, 0);
	/* Softsign */
	return ge_binary(l, GENPU_BINARY_DIV, x,
			 ge_linear(l, ge_unary(l, x, GENPU_UNARY_ABS, 0, 0), 1, 1));
}

/* The next value of a list, if it has one. */
static void take(const struct ge_attr *list, size_t *at, float *value)
{
	if (list && list->kind == GE_ATTR_FLOATS && *at < list->count)
		*value = list->floats[(*at)++];
}

/* All directions' functions, and the parameters of those that have some, in order. */
static void read_functions(struct rnn *n, struct direction *d, int directions)
{
	static const char *const usual[][MAX_FUNCTIONS] = {
		[RNN] = { "Tanh" }, [GRU] = { "Sigmoid", "Tanh" },
		[LSTM] = { "Sigmoid", "Tanh", "Tanh" },
	};
	const struct ge_attr *alphas = ge_node_attr(n->l->node, "activation_alpha");
	const struct ge_attr *betas = ge_node_attr(n->l->node, "activation_beta");
	int each = n->kind == RNN ? 1 : n->kind == GRU ? 2 : 3;
	size_t alpha = 0, beta = 0, k;
	const char *names[2 * MAX_FUNCTIONS];
	size_t given = ge_get_strings(n->l, "activations", names, 2 * MAX_FUNCTIONS);

	if (given && given != (size_t)(each * directions)) {
		ge_fail(n->l, EINVAL, "attribute 'activations' has %zu values, expected are %d",
			given, each * directions);
		return;
	}
	for (int i = 0; i < each * directions; i++) {
		struct function *f = &d[i / each].f[i % each];

		f->name = given ? names[i] : usual[n->kind][i % each];
		for (k = 0; k < NUM_FUNCTIONS; k++)
			if (!strcasecmp(f->name, functions[k].name))
				break;
		if (k == NUM_FUNCTIONS) {
			ge_fail(n->l, ENOTSUP, "activation '%s' is not known", f->name);
			return;
		}
		f->alpha = functions[k].alpha;
		f->beta = functions[k].beta;
		if (functions[k].parameters > 0)
			take(alphas, &alpha, &f->alpha);
		if (functions[k].parameters > 1)
			take(betas, &beta, &f->beta);
	}
}

/* --- Inputs ----------------------------------------------------------------------------------- */

/* Input @slot as it has to be, or absent. */
static struct ge_view checked(struct rnn *n, size_t slot, const char *name, int rank,
			      const int64_t *dims)
{
	struct ge_view v = ge_has_in(n->l, slot) ? ge_in(n->l, slot) : ge_view_none();

	if (n->l->err || v.buf == GE_NO_BUF)
		return ge_view_none();
	if (v.rank != rank || memcmp(v.dims, dims, (size_t)rank * sizeof(*dims)))
		ge_fail(n->l, EINVAL, "input '%s' has shape %s, expected is %s", name,
			ge_dims_text(v.rank, v.dims).s, ge_dims_text(rank, dims).s);
	return v;
}

/* Element @index of dimension @axis, without that dimension. */
static struct ge_view pick(struct ge_lower *l, struct ge_view x, int axis, int64_t index)
{
	struct ge_view y = ge_slice(l, x, axis, index, 1, 1);

	for (int i = axis; i + 1 < y.rank; i++) {
		y.dims[i] = y.dims[i + 1];
		y.strides[i] = y.strides[i + 1];
	}
	y.rank--;
	return l->err ? ge_view_none() : y;
}

/* Elements of gate @gate in the last dimension. */
static struct ge_view gate(const struct rnn *n, struct ge_view x, int which, int count)
{
	if (n->l->err)
		return ge_view_none();
	return ge_slice(n->l, x, x.rank - 1, which * n->hidden, count * n->hidden, 1);
}

static void read_weights(struct rnn *n, struct direction *d, int directions)
{
	int64_t rows = n->gates * n->hidden;
	int64_t w[] = { directions, rows, n->inputs }, r[] = { directions, rows, n->hidden };
	int64_t b[] = { directions, 2 * rows }, p[] = { directions, 3 * n->hidden };
	struct ge_view weights = checked(n, 1, "W", 3, w), recurrent = checked(n, 2, "R", 3, r);
	struct ge_view bias = checked(n, 3, "B", 2, b), peephole = ge_view_none();
	struct ge_lower *l = n->l;

	if (n->kind == LSTM)
		peephole = checked(n, 7, "P", 2, p);
	for (int i = 0; i < directions && !l->err; i++) {
		d[i].w = ge_swap_last(l, pick(l, weights, 0, i));
		d[i].r = ge_swap_last(l, pick(l, recurrent, 0, i));
		d[i].bias_w = ge_view_none();
		d[i].bias_r = ge_view_none();
		d[i].peephole = ge_view_none();
		if (bias.buf != GE_NO_BUF) {
			d[i].bias_w = ge_slice(l, pick(l, bias, 0, i), 0, 0, rows, 1);
			d[i].bias_r = ge_slice(l, pick(l, bias, 0, i), 0, rows, rows, 1);
		}
		if (peephole.buf != GE_NO_BUF)
			d[i].peephole = pick(l, peephole, 0, i);
	}
}

/* The state before the first step, zero if it is not given. */
static struct ge_view initial(struct rnn *n, size_t slot, const char *name, int direction,
			      int directions)
{
	int64_t dims[] = { directions, n->batch, n->hidden }, state[] = { n->batch, n->hidden };
	int axis = 0;
	struct ge_view v;

	if (n->batch_first) {
		dims[0] = n->batch;
		dims[1] = directions;
		axis = 1;
	}
	v = checked(n, slot, name, 3, dims);
	if (v.buf == GE_NO_BUF)
		return ge_fill(n->l, n->x.dtype, 2, state, 0);
	return pick(n->l, v, axis, direction);
}

static void read_lengths(struct rnn *n)
{
	struct ge_view lengths = checked(n, 4, "sequence_lens", 1, &n->batch);
	double value;

	n->lengths = ge_view_none();
	if (n->l->err || lengths.buf == GE_NO_BUF)
		return;
	if (ge_view_scalar(n->l->ir, &lengths, &value) && value >= (double)n->steps)
		return;
	n->lengths = ge_along(n->l, ge_cast(n->l, lengths, GE_DT_INT32), 2, 0);
}

/* --- Steps ------------------------------------------------------------------------------------ */

static struct ge_view add(struct ge_lower *l, struct ge_view a, struct ge_view b)
{
	return ge_binary(l, GENPU_BINARY_ADD, a, b);
}

static struct ge_view mul(struct ge_lower *l, struct ge_view a, struct ge_view b)
{
	return ge_binary(l, GENPU_BINARY_MUL, a, b);
}

static void rnn_step(const struct rnn *n, const struct direction *d, struct ge_view x,
		     struct state *s)
{
	s->h = apply(n, &d->f[0], ge_matmul(n->l, s->h, d->r, x, 1, 1));
}

/* Gates: update, reset, hidden. */
static void gru_step(const struct rnn *n, const struct direction *d, struct ge_view x,
		     struct state *s)
{
	struct ge_lower *l = n->l;
	struct ge_view zr, z, r, h, none = ge_view_none();
	struct ge_view bias = d->bias_r.buf == GE_NO_BUF ? none : gate(n, d->bias_r, 2, 1);

	zr = ge_matmul(l, s->h, gate(n, d->r, 0, 2), gate(n, x, 0, 2), 1, 1);
	zr = apply(n, &d->f[0], zr);
	z = gate(n, zr, 0, 1);
	r = gate(n, zr, 1, 1);
	if (n->flag) {
		h = mul(l, r, ge_matmul(l, s->h, gate(n, d->r, 2, 1), bias, 1, 1));
		h = add(l, h, gate(n, x, 2, 1));
	} else {
		h = ge_matmul(l, mul(l, r, s->h), gate(n, d->r, 2, 1), gate(n, x, 2, 1), 1, 1);
	}
	h = apply(n, &d->f[1], h);
	/* (1 - z) h + z old */
	s->h = add(l, mul(l, ge_linear(l, z, -1, 1), h), mul(l, z, s->h));
}

/* Gates: input, output, forget, cell. */
static void lstm_step(const struct rnn *n, const struct direction *d, struct ge_view x,
		      struct state *s)
{
	struct ge_view all = ge_matmul(n->l, s->h, d->r, x, 1, 1), i, o, f, c;
	bool peep = d->peephole.buf != GE_NO_BUF;
	struct ge_lower *l = n->l;

	i = gate(n, all, 0, 1);
	o = gate(n, all, 1, 1);
	f = gate(n, all, 2, 1);
	c = gate(n, all, 3, 1);
	if (peep) {
		i = add(l, i, mul(l, gate(n, d->peephole, 0, 1), s->c));
		f = add(l, f, mul(l, gate(n, d->peephole, 2, 1), s->c));
	}
	i = apply(n, &d->f[0], i);
	f = n->flag ? ge_linear(l, i, -1, 1) : apply(n, &d->f[0], f);
	c = apply(n, &d->f[1], c);
	s->c = add(l, mul(l, f, s->c), mul(l, i, c));
	if (peep)
		o = add(l, o, mul(l, gate(n, d->peephole, 1, 1), s->c));
	o = apply(n, &d->f[0], o);
	c = s->c;
	/* Clipping is for sums of inputs, not for the cell. */
	s->h = mul(l, o, apply(&(struct rnn){ .l = l }, &d->f[2], c));
}

static struct ge_view one_step(const struct rnn *n, const struct direction *d, struct ge_view x,
			       int64_t t, struct state *s)
{
	struct state before = *s;
	struct ge_lower *l = n->l;
	struct ge_view mask;

	if (n->kind == RNN)
		rnn_step(n, d, x, s);
	else if (n->kind == GRU)
		gru_step(n, d, x, s);
	else
		lstm_step(n, d, x, s);
	if (n->lengths.buf == GE_NO_BUF || l->err)
		return s->h;
	/* A sequence that is over, or has not begun from behind, keeps its state. */
	mask = ge_binary(l, GENPU_BINARY_GT, n->lengths,
			 ge_make_scalar(l, GE_DT_INT32, 0, (double)t));
	s->h = ge_select(l, mask, s->h, before.h);
	if (n->kind == LSTM)
		s->c = ge_select(l, mask, s->c, before.c);
	return ge_select(l, mask, s->h, ge_make_scalar(l, n->x.dtype, 0, 0));
}

/* What the inputs of all steps contribute, with the biases: [steps, batch, gates * hidden]. */
static struct ge_view project(const struct rnn *n, const struct direction *d)
{
	int64_t rows = n->gates * n->hidden;
	int64_t flat[] = { n->steps * n->batch, n->inputs };
	int64_t dims[] = { n->steps, n->batch, rows };
	struct ge_view bias = d->bias_w, parts[2];
	struct ge_lower *l = n->l;

	if (bias.buf != GE_NO_BUF && n->kind == GRU && n->flag) {
		/* The hidden gate's own bias is inside of what the reset gate scales. */
		parts[0] = add(l, gate(n, bias, 0, 2), gate(n, d->bias_r, 0, 2));
		parts[1] = gate(n, bias, 2, 1);
		bias = ge_concat(l, parts, 2, 0);
	} else if (bias.buf != GE_NO_BUF) {
		bias = add(l, bias, d->bias_r);
	}
	return ge_reshape(l, ge_matmul(l, ge_reshape(l, n->x, 2, flat), d->w, bias, 1, 1), 3, dims);
}

/* All steps of one direction: the outputs [steps, 1, batch, hidden] and the last state. */
static struct ge_view run_direction(const struct rnn *n, const struct direction *d,
				    struct state *s)
{
	int64_t dims[] = { 1, 1, n->batch, n->hidden };
	struct ge_view *y = calloc((size_t)n->steps, sizeof(*y)), x = project(n, d), all;
	struct ge_lower *l = n->l;

	if (!y) {
		ge_fail(l, ENOMEM, "no memory for the steps");
		return ge_view_none();
	}
	for (int64_t i = 0; i < n->steps && !l->err; i++) {
		int64_t t = d->reverse ? n->steps - 1 - i : i;

		y[t] = ge_reshape(l, one_step(n, d, pick(l, x, 0, t), t, s), 4, dims);
	}
	all = l->err ? ge_view_none() : ge_concat(l, y, (size_t)n->steps, 0);
	free(y);
	return all;
}

/* --- The operators ---------------------------------------------------------------------------- */

static bool read_shapes(struct rnn *n)
{
	static const int64_t swap[] = { 1, 0, 2 };
	static const int gates[] = { [RNN] = 1, [GRU] = 3, [LSTM] = 4 };
	struct ge_lower *l = n->l;
	struct ge_view r = ge_in(l, 2);

	n->kind = (enum kind)l->def->variant;
	n->gates = gates[n->kind];
	n->x = ge_in(l, 0);
	n->batch_first = ge_get_int(l, "layout");
	n->clip = ge_attr_given(l, "clip") ? ge_get_float(l, "clip") : 0;
	if (n->kind != RNN)
		n->flag = ge_get_int(l, n->kind == GRU ? "linear_before_reset" : "input_forget");
	if (l->err)
		return false;
	if (n->x.rank != 3 || r.rank != 3) {
		ge_fail(l, EINVAL, "inputs 'X' %s and 'R' %s have to have three dimensions",
			ge_dims_text(n->x.rank, n->x.dims).s, ge_dims_text(r.rank, r.dims).s);
		return false;
	}
	if (n->batch_first)
		n->x = ge_transpose(l, n->x, swap);
	n->steps = n->x.dims[0];
	n->batch = n->x.dims[1];
	n->inputs = n->x.dims[2];
	n->hidden = r.dims[2];
	if (ge_attr_given(l, "hidden_size") && ge_get_int(l, "hidden_size") != n->hidden)
		ge_fail(l, EINVAL, "attribute 'hidden_size' is %lld, input 'R' has %lld",
			(long long)ge_get_int(l, "hidden_size"), (long long)n->hidden);
	else if (n->steps < 1 || n->steps > MAX_STEPS)
		ge_fail(l, ENOTSUP, "the sequence has %lld steps, supported are 1 to %d",
			(long long)n->steps, MAX_STEPS);
	return !l->err;
}

/* A state of all directions, [directions, batch, hidden] or with the batch first. */
static struct ge_view join_states(struct rnn *n, struct ge_view *states, int directions)
{
	int64_t dims[] = { 1, n->batch, n->hidden };
	int axis = n->batch_first;

	if (n->batch_first) {
		dims[0] = n->batch;
		dims[1] = 1;
	}
	for (int i = 0; i < directions; i++)
		states[i] = ge_reshape(n->l, states[i], 3, dims);
	return ge_concat(n->l, states, (size_t)directions, axis);
}

static int lower_recurrent(struct ge_lower *l)
{
	static const int64_t batch_first[] = { 2, 0, 1, 3 };
	struct ge_view y[2], h[2], c[2], all;
	bool both = ge_string_is(l, "direction", "bidirectional");
	bool reverse = ge_string_is(l, "direction", "reverse");
	struct direction d[2] = { { .reverse = reverse }, { .reverse = true } };
	int directions = both ? 2 : 1;
	struct rnn n = { .l = l };

	if (!both && !reverse && !ge_string_is(l, "direction", "forward"))
		return ge_fail(l, EINVAL, "attribute 'direction' has to be forward, reverse or "
			       "bidirectional");
	if (!read_shapes(&n))
		return l->err;
	read_functions(&n, d, directions);
	read_weights(&n, d, directions);
	read_lengths(&n);
	for (int i = 0; i < directions && !l->err; i++) {
		struct state s = { .c = ge_view_none() };

		s.h = initial(&n, 5, "initial_h", i, directions);
		if (n.kind == LSTM)
			s.c = initial(&n, 6, "initial_c", i, directions);
		y[i] = run_direction(&n, &d[i], &s);
		h[i] = s.h;
		c[i] = s.c;
	}
	if (l->err)
		return l->err;
	all = ge_concat(l, y, (size_t)directions, 1);
	ge_out(l, 0, n.batch_first ? ge_transpose(l, all, batch_first) : all);
	ge_out(l, 1, join_states(&n, h, directions));
	if (n.kind == LSTM)
		ge_out(l, 2, join_states(&n, c, directions));
	return l->err;
}

#define TYPES	"float32 float16 bfloat16 float64"
#define ATTRS	"activation_alpha:floats= activation_beta:floats= activations:strings clip:float " \
		"direction:string=forward hidden_size:int layout:int=0"

const struct ge_op_def ge_ops_rnn[] = {
	{ "onnx::RNN", "X W R B? sequence_lens? initial_h?", "Y Y_h", ATTRS, lower_recurrent, RNN,
	  TYPES, 7 },
	{ "onnx::GRU", "X W R B? sequence_lens? initial_h?", "Y Y_h",
	  ATTRS " linear_before_reset:int=0", lower_recurrent, GRU, TYPES, 7 },
	{ "onnx::LSTM", "X W R B? sequence_lens? initial_h? initial_c? P?", "Y Y_h Y_c",
	  ATTRS " input_forget:int=0", lower_recurrent, LSTM, TYPES, 7 },
	{ 0 }
};
