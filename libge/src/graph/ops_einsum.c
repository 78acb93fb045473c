// SPDX-License-Identifier: MIT
/*
 * Einsum. Dimensions are labels: letters, and those of the ellipsis counted from the last one. The
 * operands are joined one after the other; each step is a matrix product over the labels that
 * nobody needs any more, or a product by elements where there are none.
 */
#include <ctype.h>
#include <string.h>
#include "graph/lower.h"

#define MAX_INPUTS	32
#define LETTERS		52
#define LABELS		(LETTERS + GE_MAX_RANK)

/* A tensor whose dimension i has label labels[i]. */
struct operand {
	struct ge_view x;
	int labels[GE_MAX_RANK];
};

struct einsum {
	struct ge_lower *l;
	struct operand in[MAX_INPUTS];
	size_t num;
	int labels[GE_MAX_RANK];	/* of the output */
	int rank;
	int64_t extent[LABELS];
	int uses[LABELS];		/* operands that have it */
	int dots;			/* dimensions of the widest ellipsis */
};

static int letter(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : -1;
}

static int find(const int *labels, int rank, int label)
{
	for (int i = 0; i < rank; i++)
		if (labels[i] == label)
			return i;
	return -1;
}

/* The labels of one term, with @dots dimensions for an ellipsis. False if it is not one. */
static bool parse_term(const char *term, size_t length, int dots, int *labels, int *rank)
{
	bool seen = false;

	*rank = 0;
	for (size_t i = 0; i < length; i++) {
		if (term[i] == '.') {
			if (seen || length - i < 3 || term[i + 1] != '.' || term[i + 2] != '.')
				return false;
			seen = true;
			i += 2;
			for (int k = dots; k-- > 0;) {
				if (*rank == GE_MAX_RANK)
					return false;
				labels[(*rank)++] = LETTERS + k;
			}
			continue;
		}
		if (letter(term[i]) < 0 || *rank == GE_MAX_RANK)
			return false;
		labels[(*rank)++] = letter(term[i]);
	}
	return true;
}

/* A label that is there twice is the diagonal: one dimension with both strides. */
static void take_diagonals(struct einsum *e, struct operand *o)
{
	for (int i = 0; i < o->x.rank && !e->l->err; i++) {
		int first = find(o->labels, i, o->labels[i]);

		if (first < 0)
			continue;
		if (o->x.dims[first] != o->x.dims[i]) {
			ge_fail(e->l, EINVAL,
				"dimensions %d and %d of %s have one label, but differ", first, i,
				ge_dims_text(o->x.rank, o->x.dims).s);
			return;
		}
		o->x.strides[first] += o->x.strides[i];
		o->x.rank--;
		for (int k = i; k < o->x.rank; k++) {
			o->x.dims[k] = o->x.dims[k + 1];
			o->x.strides[k] = o->x.strides[k + 1];
			o->labels[k] = o->labels[k + 1];
		}
		i--;
	}
}

static void add_operand(struct einsum *e, const char *term, size_t length)
{
	struct ge_lower *l = e->l;
	struct operand *o = &e->in[e->num];
	int letters = 0, rank;

	o->x = ge_in_at(l, 0, e->num);
	if (l->err)
		return;
	for (size_t i = 0; i < length; i++)
		letters += letter(term[i]) >= 0;
	if (memchr(term, '.', length) && o->x.rank - letters > e->dots)
		e->dots = o->x.rank - letters;
	if (!parse_term(term, length, o->x.rank > letters ? o->x.rank - letters : 0, o->labels,
			&rank) ||
	    rank != o->x.rank) {
		ge_fail(l, EINVAL,
			"term '%.*s' of the equation does not fit input %zu, which is %s",
			(int)length, term, e->num, ge_dims_text(o->x.rank, o->x.dims).s);
		return;
	}
	take_diagonals(e, o);
	for (int i = 0; i < o->x.rank && !l->err; i++) {
		int64_t *extent = &e->extent[o->labels[i]], dim = o->x.dims[i];

		if (!e->uses[o->labels[i]]++)
			*extent = dim;
		else if (*extent == 1)
			*extent = dim;
		else if (dim != *extent && dim != 1)
			ge_fail(l, EINVAL,
				"one label of the equation is both %lld and %lld, in input %zu",
				(long long)*extent, (long long)dim, e->num);
	}
	e->num++;
}

/* Without "->": the ellipsis, then all labels that are there once, in alphabetic order. */
static void implicit_output(struct einsum *e, const char *terms, size_t length)
{
	int counts[LETTERS] = { 0 };

	for (size_t i = 0; i < length; i++)
		if (letter(terms[i]) >= 0)
			counts[letter(terms[i])]++;
	for (int k = e->dots; k-- > 0;)
		e->labels[e->rank++] = LETTERS + k;
	for (int i = 0; i < LETTERS; i++) {
		if (counts[i] != 1)
			continue;
		if (e->rank == GE_MAX_RANK) {
			ge_fail(e->l, ENOTSUP, "the result has more than %d dimensions",
				GE_MAX_RANK);
			return;
		}
		e->labels[e->rank++] = i;
	}
}

static void parse(struct einsum *e, const char *equation)
{
	char text[512];
	size_t n = 0, length, inputs = ge_in_count(e->l, 0);
	char *arrow, *at = text;

	for (; *equation && n < sizeof(text) - 1; equation++)
		if (!isspace((unsigned char)*equation))
			text[n++] = *equation;
	text[n] = '\0';
	arrow = strstr(text, "->");
	if (*equation || inputs > MAX_INPUTS) {
		ge_fail(e->l, ENOTSUP, "the equation or the list of inputs is too long");
		return;
	}
	length = arrow ? (size_t)(arrow - text) : n;
	while (e->num < inputs && !e->l->err) {
		size_t term = strcspn(at, ",");
		bool last, complete;

		if ((size_t)(at - text) + term > length)
			term = length - (size_t)(at - text);
		add_operand(e, at, term);
		at += term;
		last = at == text + length;
		complete = e->num == inputs;
		if (last != complete) {
			ge_fail(e->l, EINVAL, "the equation '%s' is not for %zu inputs", text,
				inputs);
			return;
		}
		at++;
	}
	if (e->l->err)
		return;
	if (!arrow) {
		implicit_output(e, text, length);
		return;
	}
	if (!parse_term(arrow + 2, strlen(arrow + 2), e->dots, e->labels, &e->rank))
		ge_fail(e->l, EINVAL, "'%s' is no list of labels", arrow + 2);
	for (int i = 0; i < e->rank && !e->l->err; i++)
		if (!e->uses[e->labels[i]] || find(e->labels, i, e->labels[i]) >= 0)
			ge_fail(e->l, EINVAL,
				"'%s' has a label twice, or one that no input has", arrow + 2);
}

/* Whether the output, or an operand from @from on, has @label. */
static bool needed(const struct einsum *e, int label, size_t from)
{
	for (size_t i = from; i < e->num; i++)
		if (find(e->in[i].labels, e->in[i].x.rank, label) >= 0)
			return true;
	return find(e->labels, e->rank, label) >= 0;
}

/* Sum over the labels that neither @other nor anybody later needs. */
static void sum_alone(struct einsum *e, struct operand *o, const struct operand *other,
		      size_t later)
{
	uint32_t axes = 0;
	int rank = 0;

	for (int i = 0; i < o->x.rank; i++) {
		if (needed(e, o->labels[i], later) ||
		    (other && find(other->labels, other->x.rank, o->labels[i]) >= 0))
			o->labels[rank++] = o->labels[i];
		else
			axes |= 1u << i;
	}
	if (axes)
		o->x = ge_reduce(e->l, o->x, GENPU_REDUCE_SUM, axes, false);
}

/* @o with its dimensions in the order of @labels; those that it does not have are 1. */
static struct ge_view arrange(struct einsum *e, const struct operand *o, const int *labels,
			      int rank)
{
	struct ge_view y = o->x;

	y.rank = rank;
	for (int i = 0; i < rank; i++) {
		int from = find(o->labels, o->x.rank, labels[i]);

		y.dims[i] = from < 0 ? 1 : o->x.dims[from];
		y.strides[i] = from < 0 ? 0 : o->x.strides[from];
	}
	return e->l->err ? ge_view_none() : y;
}

/* The labels of a product: in both and needed, left alone, right alone, in both and summed. */
struct split {
	int labels[4][GE_MAX_RANK];
	int num[4];
};

enum { BATCH, LEFT, RIGHT, SUMMED };

static void split_labels(const struct einsum *e, const struct operand *a, const struct operand *b,
			 size_t later, struct split *s)
{
	memset(s, 0, sizeof(*s));
	for (int i = 0; i < a->x.rank; i++) {
		bool both = find(b->labels, b->x.rank, a->labels[i]) >= 0;
		int kind = !both ? LEFT : needed(e, a->labels[i], later) ? BATCH : SUMMED;

		s->labels[kind][s->num[kind]++] = a->labels[i];
	}
	for (int i = 0; i < b->x.rank; i++)
		if (find(a->labels, a->x.rank, b->labels[i]) < 0)
			s->labels[RIGHT][s->num[RIGHT]++] = b->labels[i];
}

/* @o as one matrix, or several, of the labels of these kinds: [batch, first, second]. */
static struct ge_view as_matrix(struct einsum *e, const struct operand *o, const struct split *s,
				int first, int second)
{
	const int order[] = { BATCH, first, second };
	int labels[GE_MAX_RANK], rank = 0;
	int64_t dims[3] = { 1, 1, 1 }, wide[GE_MAX_RANK];

	for (int k = 0; k < 3; k++) {
		for (int i = 0; i < s->num[order[k]]; i++) {
			labels[rank] = s->labels[order[k]][i];
			wide[rank] = e->extent[labels[rank]];
			dims[k] *= wide[rank++];
		}
	}
	return ge_reshape(e->l, ge_expand(e->l, arrange(e, o, labels, rank), rank, wide), 3, dims);
}

/* @a and @b joined into @a. */
static void join(struct einsum *e, struct operand *a, struct operand *b, size_t later)
{
	struct ge_lower *l = e->l;
	int labels[GE_MAX_RANK], rank = 0;
	int64_t dims[GE_MAX_RANK];
	struct split s;

	sum_alone(e, a, b, later);
	sum_alone(e, b, a, later);
	if (l->err)
		return;
	split_labels(e, a, b, later, &s);
	if (s.num[BATCH] + s.num[LEFT] + s.num[RIGHT] > GE_MAX_RANK) {
		ge_fail(l, ENOTSUP, "a product of the equation has more than %d dimensions",
			GE_MAX_RANK);
		return;
	}
	for (int k = BATCH; k <= RIGHT; k++) {
		for (int i = 0; i < s.num[k]; i++) {
			labels[rank] = s.labels[k][i];
			dims[rank] = e->extent[labels[rank]];
			rank++;
		}
	}
	if (s.num[SUMMED])
		a->x = ge_reshape(l, ge_matmul(l, as_matrix(e, a, &s, LEFT, SUMMED),
					       as_matrix(e, b, &s, SUMMED, RIGHT), ge_view_none(),
					       1, 0),
				  rank, dims);
	else
		a->x = ge_binary(l, GENPU_BINARY_MUL, arrange(e, a, labels, rank),
				 arrange(e, b, labels, rank));
	memcpy(a->labels, labels, sizeof(labels));
}

static int lower_einsum(struct ge_lower *l)
{
	struct ge_view first = ge_in(l, 0), y;
	struct einsum e = { .l = l };
	int32_t type = first.dtype, work = type;
	int64_t dims[GE_MAX_RANK];

	if (!ge_attr_given(l, "equation"))
		return ge_fail(l, EINVAL, "attribute 'equation' is missing");
	parse(&e, ge_get_string(l, "equation"));
	if (l->err)
		return l->err;
	if (ge_dtype_is_integer(type))
		work = ge_dtype_size(type) > 4 || type == GE_DT_UINT32 ? GE_DT_INT64 : GE_DT_INT32;
	for (size_t i = 0; i < e.num && !l->err; i++) {
		if (e.in[i].x.dtype != type)
			return ge_fail(l, EINVAL, "inputs 0 and %zu are %s and %s, expected is the "
				       "same type",
				       i, ge_dtype_name(type), ge_dtype_name(e.in[i].x.dtype));
		e.in[i].x = ge_cast(l, e.in[i].x, work);
	}
	for (size_t i = 1; i < e.num && !l->err; i++)
		join(&e, &e.in[0], &e.in[i], i + 1);
	if (l->err)
		return l->err;
	sum_alone(&e, &e.in[0], NULL, e.num);
	y = arrange(&e, &e.in[0], e.labels, e.rank);
	for (int i = 0; i < e.rank; i++)
		dims[i] = e.extent[e.labels[i]];
	ge_out(l, 0, ge_cast(l, ge_expand(l, y, e.rank, dims), type));
	return l->err;
}

const struct ge_op_def ge_ops_einsum[] = {
	{ "onnx::Einsum", "Inputs*", "Output", "equation:string!", lower_einsum, 0,
	  "all but bool", 12 },
	{ 0 }
};
