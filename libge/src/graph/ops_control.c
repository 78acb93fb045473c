// SPDX-License-Identifier: MIT
/*
 * If and Loop of ONNX. A device's program has no branches: the condition of If, and how often a
 * Loop goes round, are known when the graph is compiled, and the bodies become part of it.
 *
 * A body is a graph. Its inputs are those that ONNX gives it, then the tensors from outside that
 * it uses ("captures"), which are inputs of the operator too.
 */
#include <stdlib.h>
#include <string.h>
#include "graph/lower.h"

#define MAX_ROUNDS	10000	/* of a Loop */

static bool is_true(struct ge_lower *l, struct ge_view x, const char *what)
{
	return ge_const_double(l, x, what) != 0;
}

/* All captures of both branches, those of the first one first. */
static int lower_if(struct ge_lower *l)
{
	const struct ge_graph *branch, *first = ge_get_graph(l, "then_branch");
	const struct ge_graph *second = ge_get_graph(l, "else_branch");
	size_t captures = ge_in_count(l, 1), of_first, of_second;
	const struct ge_view *in = l->in + l->first[1];
	bool yes;

	if (l->err)
		return l->err;
	of_first = ge_body_inputs(l, first);
	of_second = ge_body_inputs(l, second);
	if (!l->err && of_first + of_second != captures)
		return ge_fail(l, EINVAL, "the branches take %zu and %zu tensors from outside, but "
			       "%zu are connected", of_first, of_second, captures);
	yes = is_true(l, ge_in(l, 0), "the condition");
	branch = yes ? first : second;
	ge_lower_body(l, branch, yes ? in : in + of_first, l->out, l->num_out);
	return l->err;
}

struct loop {
	const struct ge_graph *body;
	struct ge_view *in;	/* of the body: round, condition, carried tensors, captures */
	struct ge_view *out;	/* of the body: condition, carried tensors, a slice of each scan */
	struct ge_view *scans;	/* all slices: round by round */
	size_t carried, scanned, rounds, max_rounds;
};

/* What a round made becomes what the next one takes. */
static void go_round(struct ge_lower *l, struct loop *loop)
{
	int64_t round = (int64_t)loop->rounds;

	loop->in[0] = ge_reshape(l, ge_make_ints(l, GE_DT_INT64, &round, 1), 0, NULL);
	ge_lower_body(l, loop->body, loop->in, loop->out, 1 + loop->carried + loop->scanned);
}

static void keep_round(struct ge_lower *l, struct loop *loop)
{
	if (loop->scanned && loop->rounds == loop->max_rounds) {
		size_t max = loop->max_rounds ? 2 * loop->max_rounds : 16;
		struct ge_view *more = realloc(loop->scans,
					       max * loop->scanned * sizeof(*more));

		if (!more) {
			ge_fail(l, ENOMEM, "no memory for %zu rounds", max);
			return;
		}
		loop->scans = more;
		loop->max_rounds = max;
	}
	for (size_t i = 0; i < loop->scanned; i++)
		loop->scans[loop->rounds * loop->scanned + i] = loop->out[1 + loop->carried + i];
	memcpy(loop->in + 1, loop->out, (1 + loop->carried) * sizeof(*loop->in));
	loop->rounds++;
}

/* All slices of a scan output in a new first dimension. */
static struct ge_view join_scan(struct ge_lower *l, const struct loop *loop, size_t index)
{
	int64_t dims[GE_MAX_RANK];
	struct ge_view *slices, y;
	const struct ge_view *one;

	if (!loop->rounds) {
		one = &loop->out[1 + loop->carried + index];
		dims[0] = 0;
		memcpy(dims + 1, one->dims, sizeof(dims) - sizeof(dims[0]));
		if (one->rank < GE_MAX_RANK)
			return ge_new(l, one->dtype, one->rank + 1, dims);
	}
	slices = calloc(loop->rounds + 1, sizeof(*slices));
	if (!slices) {
		ge_fail(l, ENOMEM, "no memory for %zu rounds", loop->rounds);
		return ge_view_none();
	}
	for (size_t r = 0; r < loop->rounds && !l->err; r++) {
		one = &loop->scans[r * loop->scanned + index];
		if (one->rank == GE_MAX_RANK) {
			ge_fail(l, ENOTSUP, "an output of %d dimensions and one for the rounds is "
				"more than libge takes", GE_MAX_RANK);
			break;
		}
		dims[0] = 1;
		memcpy(dims + 1, one->dims, sizeof(dims) - sizeof(dims[0]));
		slices[r] = ge_reshape(l, *one, one->rank + 1, dims);
	}
	y = l->err ? ge_view_none() : ge_concat(l, slices, loop->rounds, 0);
	free(slices);
	return y;
}

static void run_loop(struct ge_lower *l, struct loop *loop)
{
	int64_t most = MAX_ROUNDS + 1;
	bool go_on = true;

	if (ge_has_in(l, 0))
		most = ge_const_int(l, ge_in(l, 0), "the number of rounds");
	if (ge_has_in(l, 1))
		go_on = is_true(l, ge_in(l, 1), "the condition");
	if (l->err)
		return;
	loop->in[1] = ge_make_scalar(l, GE_DT_BOOL, 0, go_on);
	memcpy(loop->in + 2, l->in + l->first[2],
	       (loop->carried + ge_in_count(l, 3)) * sizeof(*loop->in));
	while (!l->err && go_on && (int64_t)loop->rounds < most) {
		if (loop->rounds == MAX_ROUNDS) {
			ge_fail(l, ENOTSUP, "it goes round more than %d times", MAX_ROUNDS);
			return;
		}
		go_round(l, loop);
		keep_round(l, loop);
		go_on = is_true(l, loop->in[1], "the condition after a round");
	}
	/* Only the shapes matter of a round that is not done. */
	if (!loop->rounds && loop->scanned)
		go_round(l, loop);
}

static int lower_loop(struct ge_lower *l)
{
	struct loop loop = { .body = ge_get_graph(l, "body"), .carried = ge_in_count(l, 2) };
	size_t inputs = 2 + loop.carried + ge_in_count(l, 3);

	if (l->err)
		return l->err;
	if (ge_body_inputs(l, loop.body) != inputs)
		return ge_fail(l, EINVAL, "the body takes %zu tensors, expected are %zu: round, "
			       "condition, %zu that are carried and what it uses from outside",
			       ge_body_inputs(l, loop.body), inputs, loop.carried);
	if (loop.body->num_outputs <= loop.carried)
		return ge_fail(l, EINVAL, "the body makes %zu tensors, expected are a condition "
			       "and %zu that are carried", loop.body->num_outputs, loop.carried);
	loop.scanned = loop.body->num_outputs - 1 - loop.carried;
	loop.in = calloc(inputs, sizeof(*loop.in));
	loop.out = calloc(loop.body->num_outputs, sizeof(*loop.out));
	if (!loop.in || !loop.out)
		ge_fail(l, ENOMEM, "no memory");
	else
		run_loop(l, &loop);
	for (size_t i = 0; i < loop.carried && !l->err; i++)
		ge_out(l, i, loop.in[2 + i]);
	for (size_t i = 0; i < loop.scanned && !l->err; i++)
		ge_out(l, loop.carried + i, join_scan(l, &loop, i));
	free(loop.in);
	free(loop.out);
	free(loop.scans);
	return l->err;
}

const struct ge_op_def ge_ops_control[] = {
	{ "onnx::If", "cond captures*?", "outputs*", "then_branch:graph! else_branch:graph!",
	  lower_if, 0, "all", 7 },
	{ "onnx::Loop", "M? cond? v_initial*? captures*?", "v_final_and_scan_outputs*",
	  "body:graph!", lower_loop, 0, "all", 7 },
	{ 0 }
};
