// SPDX-License-Identifier: MIT
/*
 * Cheaper forms of element-wise operators, found in one way through the program:
 *
 *	x op c with one constant	a function of x alone
 *	linear of linear		one of them
 *	clip(a x + b, 0, h) / h		hard sigmoid
 *	x f(x)				hard swish, swish, mish, gelu, also with factors in between
 *	x ** 2, x ** 0.5, x ** -1	product, square root, reciprocal
 *	1 x + 0				nothing
 *
 * Exporters spell these functions out in small operators. Rewriting never changes a result beyond
 * rounding (relative 1e-6), and what becomes unused is removed afterwards.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "compiler/passes.h"
#include "graph/dtype.h"

#define CLOSE	1e-6	/* relative, what counts as the same factor */

struct simplify {
	struct ge_ir *ir;
	struct ge_uses uses;
	uint32_t *names;	/* buffers that stand for others */
	bool *shared;		/* buffers that got the readers of others */
};

static bool close_to(double a, double b)
{
	return fabs(a - b) <= CLOSE * fabs(b);
}

static void set_unary(struct ge_lop *op, const struct ge_view *x, enum genpu_unary kind,
		      double alpha, double beta)
{
	struct ge_view in = *x;

	op->opcode = GENPU_OP_UNARY;
	op->num_in = 1;
	op->in[0] = in;
	memset(op->raw, 0, sizeof(op->raw));
	op->unary.kind = kind;
	op->unary.alpha = (float)alpha;
	op->unary.beta = (float)beta;
}

/* The operator that makes @view if it is this function. */
static struct ge_lop *made_by(struct simplify *s, const struct ge_view *view, enum genpu_unary kind)
{
	struct ge_lop *op = ge_maker(s->ir, &s->uses, view);

	return op && op->opcode == GENPU_OP_UNARY && op->unary.kind == kind && !op->num_posts ?
	       op : NULL;
}

/* --- With a constant -------------------------------------------------------------------------- */

static void power_of_constant(struct ge_lop *op, const struct ge_view *x, double exponent)
{
	struct ge_view in = *x;

	if (exponent == 2) {
		op->binary.kind = GENPU_BINARY_MUL;
		op->in[0] = in;
		op->in[1] = in;
	} else if (exponent == 0.5) {
		set_unary(op, &in, GENPU_UNARY_SQRT, 0, 0);
	} else if (exponent == -1) {
		set_unary(op, &in, GENPU_UNARY_RECIPROCAL, 0, 0);
	} else if (exponent == 1) {
		set_unary(op, &in, GENPU_UNARY_LINEAR, 1, 0);
	} else {
		set_unary(op, &in, GENPU_UNARY_POW, 1, exponent);
	}
}

/* A quotient that is rounded to an integer must be exact: a reciprocal may miss halves. */
static bool is_rounded(const struct simplify *s, const struct ge_lop *op)
{
	for (uint32_t i = s->uses.first[op->out.buf]; i < s->uses.first[op->out.buf + 1]; i++) {
		const struct ge_lop *user = &s->ir->ops[s->uses.users[i]];

		if (user->opcode == GENPU_OP_UNARY && user->unary.kind == GENPU_UNARY_ROUND)
			return true;
	}
	return false;
}

static void with_constant(struct simplify *s, struct ge_lop *op)
{
	bool first;
	const struct ge_view *x;
	double c;

	if (op->opcode != GENPU_OP_BINARY)
		return;
	first = ge_view_scalar(s->ir, &op->in[0], &c);
	if ((!first && !ge_view_scalar(s->ir, &op->in[1], &c)) || !isfinite(c) ||
	    fabs(c) > 1e30)
		return;
	x = &op->in[first];
	if (!ge_view_same_dims(x, &op->out))
		return;
	switch (op->binary.kind) {
	case GENPU_BINARY_ADD:
		set_unary(op, x, GENPU_UNARY_LINEAR, 1, c);
		break;
	case GENPU_BINARY_SUB:
		set_unary(op, x, GENPU_UNARY_LINEAR, first ? -1 : 1, first ? c : -c);
		break;
	case GENPU_BINARY_MUL:
		set_unary(op, x, GENPU_UNARY_LINEAR, c, 0);
		break;
	case GENPU_BINARY_DIV:
		if (!first && fabs(c) > 1e-30 && !is_rounded(s, op))
			set_unary(op, x, GENPU_UNARY_LINEAR, 1 / c, 0);
		else if (first && c == 1)
			set_unary(op, x, GENPU_UNARY_RECIPROCAL, 0, 0);
		break;
	case GENPU_BINARY_POW:
		if (!first)
			power_of_constant(op, x, c);
		break;
	case GENPU_BINARY_MAX:
		if (c == 0)
			set_unary(op, x, GENPU_UNARY_RELU, 0, 0);
		break;
	default:
		break;
	}
}

/* --- Functions of functions ------------------------------------------------------------------- */

/*
 * The gate of a hard sigmoid: height * clamp(alpha x + beta, 0, 1). Also found without the inner
 * linear part, for @alpha 1 and @beta 0 before scaling.
 */
static bool find_gate(struct simplify *s, const struct ge_view *view, struct ge_view *x,
		      double *height, double *alpha, double *beta)
{
	struct ge_lop *clip = made_by(s, view, GENPU_UNARY_CLIP), *linear;
	struct ge_lop *hard = made_by(s, view, GENPU_UNARY_HARDSIGMOID);

	if (hard) {
		*x = hard->in[0];
		*height = 1;
		*alpha = hard->unary.alpha;
		*beta = hard->unary.beta;
		return true;
	}
	if (!clip || clip->unary.alpha != 0 || !(clip->unary.beta > 0) || clip->unary.beta > 1e6f)
		return false;
	linear = made_by(s, &clip->in[0], GENPU_UNARY_LINEAR);
	if (!linear)
		return false;
	*x = linear->in[0];
	*height = clip->unary.beta;
	*alpha = linear->unary.alpha / *height;
	*beta = linear->unary.beta / *height;
	return true;
}

static void linear_of(struct simplify *s, struct ge_lop *op)
{
	double a = op->unary.alpha, b = op->unary.beta, height, alpha, beta;
	struct ge_lop *inner = made_by(s, &op->in[0], GENPU_UNARY_LINEAR);
	struct ge_view x;

	/* A value that others use too may be what a product below is looking for. */
	if (inner && ge_num_readers(&s->uses, inner->out.buf) == 1 && !s->shared[inner->out.buf]) {
		x = inner->in[0];
		set_unary(op, &x, GENPU_UNARY_LINEAR, a * inner->unary.alpha,
			  a * inner->unary.beta + b);
		return;
	}
	if (b == 0 && find_gate(s, &op->in[0], &x, &height, &alpha, &beta) &&
	    close_to(a * height, 1))
		set_unary(op, &x, GENPU_UNARY_HARDSIGMOID, alpha, beta);
}

/* f of x f(x), for view @f: the function of @x that the product is, up to @factor. */
static bool find_factor(struct simplify *s, const struct ge_view *f, struct ge_view *x,
			enum genpu_unary *kind, double *alpha, double *beta, double *factor)
{
	struct ge_lop *op, *inner;

	*alpha = *beta = 0;
	*factor = 1;
	if (find_gate(s, f, x, factor, alpha, beta)) {
		*kind = GENPU_UNARY_HARDSWISH;
		return true;
	}
	op = made_by(s, f, GENPU_UNARY_SIGMOID);
	if (op) {
		inner = made_by(s, &op->in[0], GENPU_UNARY_LINEAR);
		*kind = GENPU_UNARY_SWISH;
		*alpha = inner && !inner->unary.beta ? inner->unary.alpha : 1;
		*x = inner && !inner->unary.beta ? inner->in[0] : op->in[0];
		return true;
	}
	op = made_by(s, f, GENPU_UNARY_TANH);
	inner = op ? made_by(s, &op->in[0], GENPU_UNARY_SOFTPLUS) : NULL;
	if (inner) {
		*kind = GENPU_UNARY_MISH;
		*x = inner->in[0];
		return true;
	}
	/* k (1 + erf(x / sqrt 2)) is 2 k times what gelu multiplies with. */
	op = made_by(s, f, GENPU_UNARY_LINEAR);
	if (!op || !close_to(op->unary.alpha, op->unary.beta))
		return false;
	*factor = 2 * op->unary.alpha;
	op = made_by(s, &op->in[0], GENPU_UNARY_ERF);
	inner = op ? made_by(s, &op->in[0], GENPU_UNARY_LINEAR) : NULL;
	if (!inner || inner->unary.beta || !close_to(inner->unary.alpha, M_SQRT1_2))
		return false;
	*kind = GENPU_UNARY_GELU_ERF;
	*x = inner->in[0];
	return true;
}

static void product_of(struct simplify *s, struct ge_lop *op)
{
	for (int which = 0; which < 2; which++) {
		const struct ge_view *f = &op->in[which];
		struct ge_view other = op->in[!which], x;
		struct ge_lop *maker, *scale;
		double alpha, beta, factor;
		enum genpu_unary kind;

		if (!find_factor(s, f, &x, &kind, &alpha, &beta, &factor))
			continue;
		scale = made_by(s, &other, GENPU_UNARY_LINEAR);
		if (!ge_view_same(&other, &x) && scale && !scale->unary.beta) {
			factor *= scale->unary.alpha;
			other = scale->in[0];
		}
		if (!ge_view_same(&other, &x) || !ge_view_same_dims(&x, &op->out))
			continue;
		if (close_to(factor, 1)) {
			set_unary(op, &x, kind, alpha, beta);
			return;
		}
		/* The factor stays behind, and may meet another one; f's operator is free. */
		maker = ge_maker(s->ir, &s->uses, f);
		if (ge_num_readers(&s->uses, maker->out.buf) != 1 || s->shared[maker->out.buf])
			continue;
		set_unary(maker, &x, kind, alpha, beta);
		set_unary(op, &maker->out, GENPU_UNARY_LINEAR, factor, 0);
		return;
	}
}

/* --- Nothing ---------------------------------------------------------------------------------- */

static bool is_nothing(const struct ge_ir *ir, const struct ge_lop *op)
{
	return op->opcode == GENPU_OP_UNARY && op->unary.kind == GENPU_UNARY_LINEAR &&
	       !op->num_posts && op->unary.beta == 0 && close_to(op->unary.alpha, 1) &&
	       ir->bufs[op->out.buf].kind == GE_BUF_TEMP && ge_view_whole(ir, &op->in[0]) &&
	       ge_view_whole(ir, &op->out);
}

static void rename_buf(void *arg, struct ge_view *view)
{
	const uint32_t *names = arg;

	view->buf = names[view->buf];
}

int ge_pass_simplify(struct ge_ir *ir)
{
	struct simplify s = { .ir = ir };
	int ret = ge_uses_find(ir, &s.uses);

	s.names = malloc((ir->num_bufs + 1) * sizeof(*s.names));
	s.shared = calloc(ir->num_bufs + 1, sizeof(*s.shared));
	if (!s.names || !s.shared)
		ret = ge_error(ENOMEM, "no memory for the compiler");
	for (size_t i = 0; !ret && i < ir->num_bufs; i++)
		s.names[i] = (uint32_t)i;
	for (size_t i = 0; !ret && i < ir->num_ops; i++) {
		struct ge_lop *op = &ir->ops[i];

		if (!op->opcode)
			continue;
		ge_each_operand(op, rename_buf, s.names);
		if (!ge_plain_float(&op->out) || op->num_posts)
			continue;
		if (op->opcode == GENPU_OP_BINARY)
			with_constant(&s, op);
		if (op->opcode == GENPU_OP_UNARY && op->unary.kind == GENPU_UNARY_LINEAR)
			linear_of(&s, op);
		else if (op->opcode == GENPU_OP_BINARY && op->binary.kind == GENPU_BINARY_MUL)
			product_of(&s, op);
		if (is_nothing(ir, op)) {
			s.names[op->out.buf] = op->in[0].buf;
			s.shared[op->in[0].buf] = true;
			ge_ir_remove(op);
		}
	}
	ge_uses_free(&s.uses);
	free(s.names);
	free(s.shared);
	ge_ir_pack(ir);
	return ret ? ret : ge_pass_dead(ir);
}
