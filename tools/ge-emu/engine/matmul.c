// SPDX-License-Identifier: MIT
/*
 * matmul.c - MATMUL
 *
 * Floats go to oneDNN. Batch dimensions are joined where memory allows it, and become rows of one
 * product where b has none. alpha, c and beta are post-operations before those of the program.
 * Bytes have a file of their own (bytes.c). Other types, and products over nothing (K = 0), are a
 * plain loop.
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "bytes.h"
#include "dtype.h"
#include "rows.h"
#include "weights.h"

#define MAX_EXTENT	(1ll << 31)

/**
 * struct matmul - a prepared MATMUL
 * @dnn: the primitive, or NULL for the plain loop
 * @pack: b is packed
 * @weights: it, then
 * @chain: the operator with alpha, c and beta in front of its posts
 * @posts: of @chain
 * @tail: does them, if the primitive does not
 * @tensors: operands that are the tensors of fused posts, in order
 * @num_tensors: how many
 */
struct matmul {
	struct dnn *dnn;
	bool pack;
	struct weights weights;
	struct op chain;
	struct post posts[GENPU_MAX_POSTS + 3];
	struct rows *tail;
	unsigned int tensors[GENPU_MAX_POSTS + 1];
	unsigned int num_tensors;
};

enum { A, B, C };	/* operands; the output follows the inputs */

/**
 * struct problem - the operands as oneDNN gets them: of one rank, repeated dimensions being 1
 * @y: the output
 * @a: left
 * @b: right
 * @posts: tensors of the chain's posts
 */
struct problem {
	struct view y, a, b;
	struct view posts[GENPU_MAX_POSTS + 3];
};

static bool has_c(const struct op *op)
{
	const struct genpu_attr_matmul *attr = op->attr;

	return op->num_in > C && !op->operands[C].absent && attr->beta != 0;
}

static uint32_t check_types(struct verifier *v, const struct op *op)
{
	const struct view *a = op_view(op, A), *b = op_view(op, B);
	uint8_t sum = dtype_is_byte(a->dtype) ? GENPU_DT_I32 : a->dtype;
	unsigned int k;

	if (!dtype_is_float(a->dtype) && !dtype_is_byte(a->dtype) && a->dtype != GENPU_DT_F64 &&
	    a->dtype != GENPU_DT_I32 && a->dtype != GENPU_DT_I64)
		return bad_type(v, op, A);
	if (dtype_is_byte(a->dtype) ? !dtype_is_byte(b->dtype) : b->dtype != a->dtype)
		return bad_type(v, op, B);
	for (k = C; k <= op->num_in; k++)
		if (!op->operands[k].absent && op->operands[k].mem.dtype != sum)
			return bad_type(v, op, k);
	return GENPU_OK;
}

static uint32_t matmul_verify(struct verifier *v, const struct op *op)
{
	const struct view *a = op_view(op, A), *b = op_view(op, B), *y = &op_out(op)->mem;
	int64_t work[2], da, db;
	struct view wide;
	uint32_t code = check_types(v, op);
	unsigned int i;

	if (code)
		return code;
	if (a->rank < 2)
		return bad_shape(v, op, A);
	if (b->rank < 2 || b->dims[b->rank - 2] != a->dims[a->rank - 1])
		return bad_shape(v, op, B);
	if (y->rank != (a->rank > b->rank ? a->rank : b->rank) ||
	    y->dims[y->rank - 2] != a->dims[a->rank - 2] ||
	    y->dims[y->rank - 1] != b->dims[b->rank - 1])
		return bad_shape(v, op, op->num_in);
	for (i = 3; i <= y->rank; i++) {
		da = i <= a->rank ? a->dims[a->rank - i] : 1;
		db = i <= b->rank ? b->dims[b->rank - i] : 1;
		if (da != db && da != 1 && db != 1)
			return bad_shape(v, op, B);
		if (y->dims[y->rank - i] != (da == 1 ? db : da))
			return bad_shape(v, op, op->num_in);
	}
	if (op->num_in > C && !op->operands[C].absent) {
		wide = op->operands[C].mem;
		if (!view_broadcast(&wide, y))
			return bad_shape(v, op, C);
	}
	work[0] = y->count;
	work[1] = a->dims[a->rank - 1];
	return check_work(v, op, 2, work);
}

/* --- as a oneDNN primitive --- */

static struct view align_rank(const struct view *v, unsigned int rank)
{
	unsigned int shift = rank - v->rank, d;
	struct view out = *v;

	for (d = 0; d < rank; d++) {
		out.dims[d] = d < shift ? 1 : v->dims[d - shift];
		out.strides[d] = d < shift ? 0 : v->strides[d - shift];
	}
	out.rank = rank;
	return out;
}

/*
 * Apply to all views of the problem but b: merge dimensions d and d + 1. Nothing changes if one
 * cannot.
 */
static bool merge_all(struct problem *pr, const struct op *chain, unsigned int d, bool with_b)
{
	int64_t outer = pr->y.dims[d], inner = pr->y.dims[d + 1];
	struct problem try = *pr;
	unsigned int i;

	if (!view_merge(&try.y, d, outer, inner) || !view_merge(&try.a, d, outer, inner))
		return false;
	if (with_b && !view_merge(&try.b, d, outer, inner))
		return false;
	for (i = 0; i < chain->num_posts; i++)
		if (chain->posts[i].type == GENPU_POST_BINARY &&
		    !view_merge(&try.posts[i], d, outer, inner))
			return false;
	*pr = try;
	return true;
}

static void setup_problem(struct problem *pr, const struct op *op, const struct op *chain)
{
	unsigned int rank = op_out(op)->use.rank, d, i;

	pr->y = op_out(op)->use;
	pr->a = align_rank(&op->operands[A].use, rank);
	pr->b = align_rank(&op->operands[B].use, rank);
	for (i = 0; i < chain->num_posts; i++)
		if (chain->posts[i].type == GENPU_POST_BINARY)
			pr->posts[i] = align_rank(&op->operands[chain->posts[i].operand].use, rank);
	for (d = 0; d + 3 < pr->y.rank;)
		if (!merge_all(pr, chain, d, true))
			d++;
	if (pr->y.rank == 3 && pr->b.dims[0] == 1 && merge_all(pr, chain, 0, false))
		view_drop(&pr->b, 0);
	view_measure(&pr->y);
	view_measure(&pr->a);
	view_measure(&pr->b);
	for (i = 0; i < chain->num_posts; i++)
		view_measure(&pr->posts[i]);
}

/*
 * Which layouts are handed to oneDNN. Its kernels accept more than this, but compute wrong results
 * (3.7) for single rows or columns with gaps, repeated transposed matrices, and posts' tensors that
 * are not laid out like the output.
 */
static bool matrix_fits(const struct view *v, bool repeated)
{
	unsigned int r = v->rank - 2, c = v->rank - 1;

	if (view_is_dense(v, NULL))
		return true;
	if (v->dims[r] == 1 || v->dims[c] == 1)
		return false;
	if (v->strides[c] == 1 && v->strides[r] >= v->dims[c])
		return true;
	return !repeated && v->strides[r] == 1 && v->strides[c] >= v->dims[r];
}

static bool problem_fits(const struct problem *pr, bool pack)
{
	unsigned int last = pr->y.rank - 1;
	bool repeats_a = false, repeats_b = false;
	unsigned int d;

	for (d = 0; d + 1 < last; d++) {
		repeats_a |= pr->a.dims[d] != pr->y.dims[d];
		repeats_b |= pr->b.rank == pr->y.rank && pr->b.dims[d] != pr->y.dims[d];
	}
	return matrix_fits(&pr->a, repeats_a) && (pack || matrix_fits(&pr->b, repeats_b)) &&
	       matrix_fits(&pr->y, false) && (pr->y.strides[last] == 1 || pr->y.dims[last] == 1);
}

/* A number, a row, or elements exactly like the output's. */
static bool posts_fit(const struct problem *pr, const struct op *chain)
{
	unsigned int i, d;

	for (i = 0; i < chain->num_posts; i++) {
		const struct view *v = &pr->posts[i];
		bool row = true;

		if (chain->posts[i].type != GENPU_POST_BINARY)
			continue;
		for (d = 0; d + 1 < v->rank; d++)
			row &= v->dims[d] == 1;
		if (!view_is_dense(v, NULL) ||
		    (!row && (v->count != pr->y.count || !view_is_dense(&pr->y, NULL))))
			return false;
	}
	return true;
}

static dnnl_primitive_desc_t make_pd(const struct problem *pr, bool pack, dnnl_primitive_attr_t pa)
{
	dnnl_memory_desc_t a = dnn_md(&pr->a, NULL), b = NULL, y = dnn_md(&pr->y, NULL);
	dnnl_primitive_desc_t pd = NULL;
	dnnl_dims_t dims;
	unsigned int d;
	bool ok = a && y;

	if (pack) {
		for (d = 0; d < pr->b.rank; d++)
			dims[d] = pr->b.dims[d];
		ok = ok && dnnl_memory_desc_create_with_tag(&b, pr->b.rank, dims, dnnl_f32,
							    dnnl_format_tag_any) == dnnl_success;
	} else {
		b = dnn_md(&pr->b, NULL);
		ok = ok && b;
	}
	if (!ok || dnnl_matmul_primitive_desc_create(&pd, dnn_engine(), a, b, NULL, y, pa) !=
			   dnnl_success)
		pd = NULL;
	if (pd && dnn_is_slow(pd)) {
		dnnl_primitive_desc_destroy(pd);
		pd = NULL;
	}
	if (a)
		dnnl_memory_desc_destroy(a);
	if (b)
		dnnl_memory_desc_destroy(b);
	if (y)
		dnnl_memory_desc_destroy(y);
	return pd;
}

static uint32_t use_pd(struct engine_program *p, struct op *op, struct matmul *m,
		       const struct problem *pr, dnnl_primitive_desc_t pd, struct dnn_arg *posts,
		       unsigned int num_posts)
{
	struct dnn_arg args[DNN_MAX_ARGS];
	unsigned int num = 0, i;
	struct view dense = pr->b;
	uint32_t code;

	if (m->pack) {
		dense.dtype = GENPU_DT_F32;
		view_dense(&dense, NULL);
		code = weights_prepare(p, op, B, &dense,
				       dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0),
				       &m->weights);
		if (code) {
			dnnl_primitive_desc_destroy(pd);
			return code;
		}
	}
	args[num++] = (struct dnn_arg){
		DNNL_ARG_SRC, dnnl_primitive_desc_query_md(pd, dnnl_query_src_md, 0)
	};
	args[num++] = (struct dnn_arg){
		DNNL_ARG_WEIGHTS, dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0)
	};
	args[num++] = (struct dnn_arg){
		DNNL_ARG_DST, dnnl_primitive_desc_query_md(pd, dnnl_query_dst_md, 0)
	};
	for (i = 0; i < num_posts; i++)
		args[num++] = posts[i];
	return dnn_create(p, pd, args, num, &m->dnn);
}

/* One attempt with the operands as they are staged now. *done tells whether there is a kernel. */
static uint32_t try_dnn(struct engine_program *p, struct op *op, struct matmul *m, bool *done)
{
	struct dnn_arg posts[GENPU_MAX_POSTS + 3];
	dnnl_primitive_desc_t pd = NULL;
	unsigned int num_posts = 0, i;
	dnnl_primitive_attr_t attr;
	struct problem pr;
	uint32_t code;

	memset(&pr, 0, sizeof(pr));
	setup_problem(&pr, op, &m->chain);
	*done = false;
	if (!problem_fits(&pr, m->pack))
		return GENPU_OK;
	attr = dnn_attr();
	if (attr && posts_fit(&pr, &m->chain) &&
	    dnn_attr_posts(attr, m->chain.posts, m->chain.num_posts, pr.posts, NULL, posts,
			   &num_posts))
		pd = make_pd(&pr, m->pack, attr);
	if (pd)
		m->chain.fused = m->chain.num_posts;
	if (attr)
		dnnl_primitive_attr_destroy(attr);
	if (!pd) {
		dnn_free_args(posts, num_posts);
		num_posts = 0;
		attr = dnn_attr();
		if (attr) {
			pd = make_pd(&pr, m->pack, attr);
			dnnl_primitive_attr_destroy(attr);
		}
	}
	*done = pd;
	if (!pd)
		return GENPU_OK;
	for (i = 0; i < m->chain.fused; i++)
		if (m->posts[i].type == GENPU_POST_BINARY)
			m->tensors[m->num_tensors++] = m->posts[i].operand;
	code = use_pd(p, op, m, &pr, pd, posts, num_posts);
	dnn_free_args(posts, num_posts);
	return code;
}

static void stage_dense(struct op *op, unsigned int k)
{
	struct view use = op->operands[k].mem;

	if (view_is_dense(&op->operands[k].use, NULL))
		return;
	use.dtype = GENPU_DT_F32;
	view_dense(&use, NULL);
	op_stage(op, k, &use);
}

/* alpha a b + beta c, then the program's posts. False if c cannot be scaled that way. */
static bool make_chain(struct matmul *m, const struct op *op)
{
	const struct genpu_attr_matmul *attr = op->attr;
	float scale = attr->alpha;
	unsigned int num = 0;

	if (has_c(op) && attr->beta != 1) {
		scale = attr->alpha / attr->beta;
		if (!isnormal(scale) || !isnormal(attr->beta) || fabsf(scale) > 1e6f ||
		    fabsf(scale) < 1e-6f)
			return false;
	}
	if (scale != 1)
		m->posts[num++] = (struct post){
			.type = GENPU_POST_UNARY, .kind = GENPU_UNARY_LINEAR, .alpha = scale
		};
	if (has_c(op)) {
		m->posts[num++] = (struct post){
			.type = GENPU_POST_BINARY, .kind = GENPU_BINARY_ADD, .operand = C
		};
		if (attr->beta != 1)
			m->posts[num++] = (struct post){
				.type = GENPU_POST_UNARY, .kind = GENPU_UNARY_LINEAR,
				.alpha = attr->beta
			};
	}
	if (num + op->num_posts > GENPU_MAX_POSTS)
		return false;
	memcpy(m->posts + num, op->posts, op->num_posts * sizeof(m->posts[0]));
	m->chain = *op;
	m->chain.posts = m->posts;
	m->chain.num_posts = num + op->num_posts;
	m->chain.fused = 0;
	return true;
}

static bool suits_dnn(const struct op *op)
{
	const struct view *a = &op->operands[A].use, *b = &op->operands[B].use;

	return a->dtype == GENPU_DT_F32 && a->count && b->count && a->count < MAX_EXTENT &&
	       b->count < MAX_EXTENT && op_out(op)->use.count < MAX_EXTENT;
}

static uint32_t matmul_prepare(struct engine_program *p, struct op *op)
{
	struct matmul *m = calloc(1, sizeof(*m));
	struct operand kept[MAX_OPERANDS];
	bool done = false;
	unsigned int i;
	uint32_t code;

	if (!m)
		return GENPU_ERR_NO_MEMORY;
	op->priv = m;
	if (dtype_is_byte(op->operands[A].mem.dtype))
		op->scratch = bytes_matmul_scratch(op);
	if (!suits_dnn(op) || !make_chain(m, op))
		return GENPU_OK;
	memcpy(kept, op->operands, op->num_operands * sizeof(kept[0]));
	/* c must not be overwritten before it is added. */
	if (has_c(op) && view_overlaps(&op->operands[C].mem, &op_out(op)->mem)) {
		struct view use = op->operands[C].mem;

		use.dtype = GENPU_DT_F32;
		view_dense(&use, NULL);
		op_stage(op, C, &use);
	}
	for (i = 0; i < m->chain.num_posts; i++)
		if (m->posts[i].type == GENPU_POST_BINARY)
			stage_dense(op, m->posts[i].operand);
	m->pack = op->operands[B].mem.base == GENPU_BASE_CONST;
	code = try_dnn(p, op, m, &done);
	if (!code && !done) {
		stage_dense(op, A);
		stage_dense(op, B);
		stage_dense(op, op->num_in);
		code = try_dnn(p, op, m, &done);
	}
	if (code)
		return code;
	if (!done) {
		memcpy(op->operands, kept, op->num_operands * sizeof(kept[0]));
		return GENPU_OK;
	}
	op->fused = op->num_posts;
	if (m->chain.fused < m->chain.num_posts)
		return rows_create_posts(&m->chain, &m->tail);
	return GENPU_OK;
}

/* --- the plain loop --- */

#define PLAIN_CHUNK	256

/**
 * struct plain - strides of a product in elements
 * @m: rows; @n: columns; @k: length of the sums
 * @am: of a along M; the others likewise
 */
struct plain {
	int64_t m, n, k, am, ak, bk, bn, cm, cn, ym, yn;
	double alpha, beta;
	const struct run *run;
};

static double cast_f64(double v)
{
	return v;
}

static int32_t cast_i32(double v)
{
	int32_t out;

	row_convert((char *)&out, 4, GENPU_DT_I32, (const char *)&v, 8, GENPU_DT_F64, 1);
	return out;
}

static int64_t cast_i64(double v)
{
	int64_t out;

	row_convert((char *)&out, 8, GENPU_DT_I64, (const char *)&v, 8, GENPU_DT_F64, 1);
	return out;
}

/* Scaling by one is exact in every type; other factors go through double. */
#define SCALE(T, CAST, factor, v)	((factor) == 1 ? (T)(v) : (T)CAST((factor) * (double)(v)))

#define PLAIN(name, T, W, CAST)								\
static bool plain_##name(const struct plain *s, const T *a, const T *b, const T *c, T *y)	\
{											\
	W acc[PLAIN_CHUNK];								\
	int64_t i, j, l, first, num;							\
											\
	for (i = 0; i < s->m; i++) {							\
		for (first = 0; first < s->n; first += num) {				\
			if (run_aborted(s->run))					\
				return false;						\
			num = s->n - first < PLAIN_CHUNK ? s->n - first : PLAIN_CHUNK;	\
			memset(acc, 0, sizeof(acc));					\
			for (l = 0; l < s->k; l++) {					\
				const W u = (W)a[i * s->am + l * s->ak];		\
				const T *row = b + l * s->bk + first * s->bn;		\
											\
				for (j = 0; j < num; j++)				\
					acc[j] += u * (W)row[j * s->bn];		\
			}								\
			for (j = 0; j < num; j++) {					\
				W sum = (W)SCALE(T, CAST, s->alpha, (T)acc[j]);		\
											\
				if (c)							\
					sum += (W)SCALE(T, CAST, s->beta,			\
							c[i * s->cm + (first + j) * s->cn]);	\
				y[i * s->ym + (first + j) * s->yn] = (T)sum;		\
			}								\
		}									\
	}										\
	return true;									\
}

PLAIN(f32, float, float, cast_f64)
PLAIN(f64, double, double, cast_f64)
PLAIN(i32, int32_t, uint32_t, cast_i32)
PLAIN(i64, int64_t, uint64_t, cast_i64)

static uint32_t run_plain(const struct op *op, void *const *data, struct run *run)
{
	const struct genpu_attr_matmul *attr = op->attr;
	const struct view *y = &op_out(op)->use;
	struct view a = align_rank(&op->operands[A].use, y->rank);
	struct view b = align_rank(&op->operands[B].use, y->rank), c = { 0 };
	int64_t index[GENPU_MAX_RANK] = { 0 }, oa, ob, oc, oy;
	const char *pa = data[A], *pb = data[B], *pc = NULL;
	unsigned int size = dtype_size(y->dtype), d, r = y->rank - 2;
	char *py = data[op->num_in];
	bool ok = true;
	struct plain s = {
		.m = y->dims[r], .n = y->dims[r + 1], .k = a.dims[r + 1],
		.am = a.strides[r], .ak = a.strides[r + 1],
		.bk = b.strides[r], .bn = b.strides[r + 1],
		.ym = y->strides[r], .yn = y->strides[r + 1],
		.alpha = attr->alpha, .beta = attr->beta, .run = run,
	};

	if (has_c(op)) {
		c = op->operands[C].use;
		view_broadcast(&c, y);
		s.cm = c.strides[r];
		s.cn = c.strides[r + 1];
		pc = data[C];
	}
	do {
		oa = 0;
		ob = 0;
		oc = 0;
		oy = 0;
		for (d = 0; d < r; d++) {
			oa += a.dims[d] == 1 ? 0 : index[d] * a.strides[d];
			ob += b.dims[d] == 1 ? 0 : index[d] * b.strides[d];
			oc += index[d] * c.strides[d];
			oy += index[d] * y->strides[d];
		}
#define CALL(name) plain_##name(&s, (void *)(pa + oa * size), (void *)(pb + ob * size),	\
				pc ? (void *)(pc + oc * size) : NULL, (void *)(py + oy * size))
		switch (y->dtype) {
		case GENPU_DT_F32:
			ok = CALL(f32);
			break;
		case GENPU_DT_F64:
			ok = CALL(f64);
			break;
		case GENPU_DT_I32:
			ok = CALL(i32);
			break;
		case GENPU_DT_I64:
			ok = CALL(i64);
			break;
		}
#undef CALL
		for (d = r; d-- > 0;) {
			if (++index[d] < y->dims[d])
				break;
			index[d] = 0;
		}
	} while (ok && d != UINT32_MAX);
	return ok ? GENPU_OK : GENPU_ERR_ABORTED;
}

static uint32_t matmul_run(const struct op *op, void *const *data, struct run *run)
{
	const struct matmul *m = op->priv;
	void *ptr[DNN_MAX_ARGS];
	unsigned int num = 0, i;
	uint32_t code = GENPU_OK;

	if (dtype_is_byte(op->operands[A].mem.dtype))
		return bytes_matmul_run(op, data, has_c(op), run);
	if (!m->dnn)
		return run_plain(op, data, run);
	ptr[num++] = data[A];
	ptr[num] = data[B];
	if (m->pack)
		code = weights_get(&m->weights, op, data[B], run, &ptr[num]);
	num++;
	ptr[num++] = data[op->num_in];
	for (i = 0; i < m->num_tensors; i++)
		ptr[num++] = data[m->tensors[i]];
	if (!code)
		code = dnn_run(m->dnn, ptr, run);
	if (!code && m->tail)
		code = rows_run(m->tail, data, run);
	return code;
}

static void matmul_destroy(struct op *op)
{
	struct matmul *m = op->priv;

	rows_destroy(m->tail);
	weights_destroy(&m->weights);
	free(m);
}

const struct op_class op_matmul = {
	.name = "matmul",
	.opcode = GENPU_OP_MATMUL,
	.min_in = 2,
	.max_in = 3,
	.attr_size = sizeof(struct genpu_attr_matmul),
	.verify = matmul_verify,
	.prepare = matmul_prepare,
	.run = matmul_run,
	.destroy = matmul_destroy,
};
