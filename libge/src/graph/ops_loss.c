// SPDX-License-Identifier: MIT
/*
 * Losses: how far scores [N, classes, ..] are from labels [N, ..].
 */
#include "graph/lower.h"

/* What each sample counts: the weight of its class, nothing if it is ignored; absent: all alike. */
static struct ge_view sample_weights(struct ge_lower *l, struct ge_view like, struct ge_view labels,
				     struct ge_view ignored)
{
	struct ge_view zero, one, weights = ge_view_none();

	if (ge_has_in(l, 2))
		weights = ge_gather(l, ge_in(l, 2), labels, 0);
	if (l->err || ignored.buf == GE_NO_BUF)
		return weights;
	zero = ge_make_scalar(l, like.dtype, 0, 0);
	one = ge_make_scalar(l, like.dtype, 0, 1);
	return ge_select(l, ignored, zero, weights.buf == GE_NO_BUF ? one : weights);
}

static bool fits(struct ge_lower *l, const struct ge_view *x, const struct ge_view *labels)
{
	bool good = x->rank >= 2 && labels->rank == x->rank - 1 && x->dims[0] == labels->dims[0];

	for (int i = 2; good && i < x->rank; i++)
		good = x->dims[i] == labels->dims[i - 1];
	if (!good)
		ge_fail(l, EINVAL, "scores %s and labels %s do not fit together, expected are "
			"[N, classes, ...] and [N, ...]",
			ge_dims_text(x->rank, x->dims).s,
			ge_dims_text(labels->rank, labels->dims).s);
	return good;
}

static struct ge_view reduced(struct ge_lower *l, struct ge_view loss, struct ge_view weights)
{
	uint32_t all = (1u << loss.rank) - 1;

	if (l->err || ge_string_is(l, "reduction", "none"))
		return loss;
	if (ge_string_is(l, "reduction", "sum"))
		return ge_reduce(l, loss, GENPU_REDUCE_SUM, all, false);
	if (!ge_string_is(l, "reduction", "mean")) {
		ge_fail(l, EINVAL, "attribute 'reduction' has to be \"none\", \"sum\" or \"mean\"");
		return ge_view_none();
	}
	if (weights.buf == GE_NO_BUF)
		return ge_reduce(l, loss, GENPU_REDUCE_MEAN, all, false);
	return ge_binary(l, GENPU_BINARY_DIV, ge_reduce(l, loss, GENPU_REDUCE_SUM, all, false),
			 ge_reduce(l, weights, GENPU_REDUCE_SUM, all, false));
}

/* @x: logarithms of probabilities */
static struct ge_view negative_log_likelihood(struct ge_lower *l, struct ge_view x)
{
	struct ge_view labels = ge_in(l, 1), ignored = ge_view_none(), weights, loss;
	int64_t dims[GE_MAX_RANK];

	if (l->err || !fits(l, &x, &labels))
		return ge_view_none();
	if (ge_attr_given(l, "ignore_index")) {
		struct ge_view index = ge_make_scalar(l, labels.dtype, 0,
						      (double)ge_get_int(l, "ignore_index"));

		ignored = ge_binary(l, GENPU_BINARY_EQ, labels, index);
		/* Any class will do for one that does not count. */
		labels = ge_select(l, ignored, ge_make_scalar(l, labels.dtype, 0, 0), labels);
	}
	weights = sample_weights(l, x, labels, ignored);
	for (int i = 0; i < x.rank; i++)
		dims[i] = i == 1 ? 1 : x.dims[i];
	loss = ge_gather_elements(l, x, ge_reshape(l, labels, x.rank, dims), 1);
	loss = ge_unary(l, ge_reshape(l, loss, labels.rank, labels.dims), GENPU_UNARY_NEG, 0, 0);
	if (!l->err && weights.buf != GE_NO_BUF)
		loss = ge_binary(l, GENPU_BINARY_MUL, loss, weights);
	return reduced(l, loss, weights);
}

static int lower_nll(struct ge_lower *l)
{
	ge_out(l, 0, negative_log_likelihood(l, ge_in(l, 0)));
	return l->err;
}

static int lower_cross_entropy(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);

	if (!l->err && x.rank < 2)
		return ge_fail(l, EINVAL, "the scores have shape %s, expected is [N, classes, ...]",
			       ge_dims_text(x.rank, x.dims).s);
	x = ge_softmax(l, x, 1, true);
	ge_out(l, 0, negative_log_likelihood(l, x));
	ge_out(l, 1, x);
	return l->err;
}

#define FLOATS	"float32 float16 bfloat16"

const struct ge_op_def ge_ops_loss[] = {
	{ "onnx::NegativeLogLikelihoodLoss", "input target weight?", "loss",
	  "ignore_index:int reduction:string=mean", lower_nll, 0, FLOATS, 12 },
	{ "onnx::SoftmaxCrossEntropyLoss", "scores labels weights?", "output log_prob",
	  "ignore_index:int reduction:string=mean", lower_cross_entropy, 0, FLOATS, 12 },
	{ 0 }
};
