// SPDX-License-Identifier: MIT
/*
 * Seeded random graphs: every choice of passes gives the same results, and the memory plan never
 * gives away memory that is still to be read.
 */
#include "tap.h"
#include "run_model.h"

#define NUM_GRAPHS	150
#define MAX_VALUES	24

struct value {
	struct ge_node *node;
	unsigned int output;
	int dims[4];		/* always four */
};

struct maker {
	struct ge_graph *g;
	struct value values[MAX_VALUES];
	int num;
};

static struct value pick(const struct maker *m)
{
	return m->values[rnd_range(m->num > 6 ? m->num - 6 : 0, m->num - 1)];
}

static void keep(struct maker *m, struct ge_node *node, unsigned int output, int a, int b, int c,
		 int d)
{
	if (m->num < MAX_VALUES)
		m->values[m->num++] = (struct value){ node, output, { a, b, c, d } };
}

static struct ge_node *use(struct maker *m, const char *type, const struct value *v)
{
	struct ge_node *n;

	if (ge_graph_add(m->g, type, NULL, &n) || ge_node_connect(n, 0, v->node, v->output))
		abort();
	return n;
}

static void add_unary(struct maker *m)
{
	static const char *const types[] = {
		"onnx::Relu", "onnx::Sigmoid", "onnx::Tanh", "onnx::HardSwish", "onnx::Abs",
	};
	struct value v = pick(m);

	keep(m, use(m, types[rnd() % 5], &v), 0, v.dims[0], v.dims[1], v.dims[2], v.dims[3]);
}

static void add_scalar_op(struct maker *m)
{
	static const char *const types[] = { "onnx::Add", "onnx::Mul", "onnx::Sub", "onnx::Max" };
	struct value v = pick(m);
	struct ge_node *n = use(m, types[rnd() % 4], &v);

	ge_node_connect(n, 1, add_scalar(m->g, (float)rnd_range(-20, 20) / 10), 0);
	keep(m, n, 0, v.dims[0], v.dims[1], v.dims[2], v.dims[3]);
}

static void add_binary(struct maker *m)
{
	static const char *const types[] = { "onnx::Add", "onnx::Mul", "onnx::Sub" };
	struct value v = pick(m), w;
	struct ge_node *n;

	for (int i = 0; i < 8; i++) {
		w = pick(m);
		if (memcmp(v.dims, w.dims, sizeof(v.dims)))
			continue;
		n = use(m, types[rnd() % 3], &v);
		ge_node_connect(n, 1, w.node, w.output);
		keep(m, n, 0, v.dims[0], v.dims[1], v.dims[2], v.dims[3]);
		return;
	}
	n = use(m, types[rnd() % 3], &v);
	ge_node_connect(n, 1, add_random(m->g, DIMS(1, v.dims[1], 1, 1), NULL), 0);
	keep(m, n, 0, v.dims[0], v.dims[1], v.dims[2], v.dims[3]);
}

static void add_conv(struct maker *m)
{
	struct value v = pick(m);
	struct ge_node *n = use(m, "onnx::Conv", &v);
	int out = rnd_range(1, 6);

	ge_node_connect(n, 1, add_random(m->g, DIMS(out, v.dims[1], 1, 1), NULL), 0);
	if (rnd() % 2)
		ge_node_connect(n, 2, add_random(m->g, DIMS(out), NULL), 0);
	/* Values stay small, so that differences mean something. */
	n = add_op(m->g, "onnx::Tanh", n, LAST);
	keep(m, n, 0, v.dims[0], out, v.dims[2], v.dims[3]);
}

static void add_matmul(struct maker *m)
{
	struct value v = pick(m);
	struct ge_node *n = use(m, "onnx::MatMul", &v);
	int out = rnd_range(1, 6);

	ge_node_connect(n, 1, add_random(m->g, DIMS(v.dims[3], out), NULL), 0);
	n = add_op(m->g, "onnx::Sigmoid", n, LAST);
	keep(m, n, 0, v.dims[0], v.dims[1], v.dims[2], out);
}

static void add_transpose(struct maker *m)
{
	static const int64_t perms[][4] = { { 0, 2, 3, 1 }, { 0, 1, 3, 2 }, { 1, 0, 2, 3 } };
	struct value v = pick(m);
	struct ge_node *n = use(m, "onnx::Transpose", &v);
	const int64_t *p = perms[rnd() % 3];

	ge_node_set_ints(n, "perm", p, 4);
	keep(m, n, 0, v.dims[p[0]], v.dims[p[1]], v.dims[p[2]], v.dims[p[3]]);
}

static void add_reshape(struct maker *m)
{
	struct value v = pick(m);
	struct ge_node *n = use(m, "onnx::Reshape", &v);
	const int64_t dims[] = { v.dims[0] * v.dims[1], v.dims[3], v.dims[2], 1 };

	ge_node_connect(n, 1, add_ints(m->g, 4, dims), 0);
	keep(m, n, 0, v.dims[0] * v.dims[1], v.dims[3], v.dims[2], 1);
}

static void add_concat(struct maker *m)
{
	struct value v = pick(m), w = pick(m);
	int axis = rnd_range(0, 3);
	struct ge_node *n;

	for (int i = 0; i < 4; i++)
		if (i != axis && v.dims[i] != w.dims[i])
			w = v;
	n = use(m, "onnx::Concat", &v);
	ge_node_connect(n, 1, w.node, w.output);
	ge_node_set_int(n, "axis", axis);
	w.dims[axis] += v.dims[axis];
	if (w.dims[0] * w.dims[1] * w.dims[2] * w.dims[3] < 4000)
		keep(m, n, 0, w.dims[0], w.dims[1], w.dims[2], w.dims[3]);
}

static void add_split(struct maker *m)
{
	struct value v = pick(m);
	int axis = rnd_range(0, 3), first;
	struct ge_node *n;

	if (v.dims[axis] < 2)
		return;
	first = rnd_range(1, v.dims[axis] - 1);
	n = use(m, "onnx::Split", &v);
	ge_node_set_int(n, "axis", axis);
	ge_node_connect(n, 1, add_ints(m->g, 2, (int64_t[]){ first, v.dims[axis] - first }), 0);
	v.dims[axis] -= first;
	keep(m, n, 1, v.dims[0], v.dims[1], v.dims[2], v.dims[3]);
	v.dims[axis] = first;
	keep(m, n, 0, v.dims[0], v.dims[1], v.dims[2], v.dims[3]);
}

static void add_reduce(struct maker *m)
{
	struct value v = pick(m);
	struct ge_node *n = use(m, "onnx::GlobalAveragePool", &v);

	if (rnd() % 2) {
		struct ge_node *product = use(m, "onnx::Mul", &v);

		ge_node_connect(product, 1, n, 0);
		keep(m, product, 0, v.dims[0], v.dims[1], v.dims[2], v.dims[3]);
	} else {
		keep(m, n, 0, v.dims[0], v.dims[1], 1, 1);
	}
}

static struct ge_graph *random_graph(void)
{
	static void (*const adders[])(struct maker *m) = {
		add_unary, add_unary, add_scalar_op, add_scalar_op, add_binary, add_binary,
		add_conv,
		add_conv, add_matmul, add_transpose, add_reshape, add_concat, add_split, add_reduce,
	};
	struct maker m = { .g = new_graph() };
	int n = rnd_range(1, 2), outputs = rnd_range(1, 3);

	keep(&m, add_input(m.g, "a", GE_DT_FLOAT, DIMS(n, 4, 3, 5)), 0, n, 4, 3, 5);
	keep(&m, add_input(m.g, "b", GE_DT_FLOAT, DIMS(n, 4, 3, 5)), 0, n, 4, 3, 5);
	for (int i = 0; i < 20; i++)
		adders[rnd() % (sizeof(adders) / sizeof(adders[0]))](&m);
	for (int i = 0; i < outputs; i++) {
		struct value v = m.values[m.num - 1 - rnd_range(0, m.num > 4 ? 4 : m.num - 1)];

		ge_graph_add_output(m.g, v.node, v.output);
	}
	return m.g;
}

TEST(any_choice_of_passes_gives_the_same_results)
{
	static const uint32_t choices[] = {
		GE_PASS_SIMPLIFY, GE_PASS_FUSE, GE_PASS_LAYOUT, GE_PASS_PLACE, GE_PASS_INPLACE,
		GE_PASS_SIMPLIFY | GE_PASS_FUSE, GE_PASS_LAYOUT | GE_PASS_PLACE, GE_PASS_ALL,
	};
	float a[120], b[120];
	void *inputs[] = { a, b };

	seed = 7;
	for (int i = 0; i < NUM_GRAPHS; i++) {
		struct ge_graph *g = random_graph();
		struct run plain, other;

		rnd_fill(a, 120);
		rnd_fill(b, 120);
		if (!compile_and_run(g, 0, inputs, &plain))
			TAP_FAIL("graph %d does not run", i);
		for (size_t c = 0; plain.good && c < sizeof(choices) / sizeof(choices[0]); c++) {
			if (!compile_and_run(g, choices[c], inputs, &other))
				TAP_FAIL("graph %d does not run with passes %#x", i, choices[c]);
			for (size_t k = 0; other.good && k < plain.model->num_outputs; k++)
				if (!close_all(other.out[k], plain.out[k],
					       plain.model->outputs[k].size / sizeof(float), 1e-4))
					TAP_FAIL("graph %d, passes %#x: output %zu differs", i,
						 choices[c], k);
			run_free(&other);
		}
		run_free(&plain);
		ge_graph_destroy(g);
	}
}

/* --- The memory plan -------------------------------------------------------------------------- */

/* Who wrote each block of 64 bytes last, as the program goes on. */
struct blocks {
	const struct ge_ir *ir;
	uint32_t *owner;
	uint64_t num;
	bool bad;
};

static uint64_t first_block(const struct ge_buf *buf)
{
	return buf->offset / GENPU_PROG_ALIGN;
}

static uint64_t end_block(const struct ge_buf *buf)
{
	return (buf->offset + (uint64_t)buf->elements * ge_dtype_size(buf->dtype) +
		GENPU_PROG_ALIGN - 1) / GENPU_PROG_ALIGN;
}

static void check_read(void *arg, struct ge_view *view)
{
	struct blocks *b = arg;
	const struct ge_buf *buf = &b->ir->bufs[view->buf];

	if (buf->kind != GE_BUF_TEMP || !buf->elements)
		return;
	for (uint64_t i = first_block(buf); i < end_block(buf); i++)
		b->bad = b->bad || i >= b->num || b->owner[i] != view->buf;
}

struct overlap {
	const struct ge_ir *ir;
	const struct ge_buf *out;
	bool found;
};

static void look_for_overlap(void *arg, struct ge_view *view)
{
	struct overlap *o = arg;
	const struct ge_buf *buf = &o->ir->bufs[view->buf];

	if (buf->kind == GE_BUF_TEMP && buf != o->out && first_block(buf) < end_block(o->out) &&
	    first_block(o->out) < end_block(buf))
		o->found = true;
}

static void check_plan(struct ge_ir *ir, uint64_t size, bool in_place)
{
	struct blocks b = { .ir = ir, .num = size / GENPU_PROG_ALIGN };

	b.owner = malloc((b.num + 1) * sizeof(*b.owner));
	for (uint64_t i = 0; i < b.num; i++)
		b.owner[i] = GE_NO_BUF;
	for (size_t i = 0; i < ir->num_ops; i++) {
		struct ge_lop *op = &ir->ops[i];
		const struct ge_buf *out = &ir->bufs[op->out.buf];
		struct overlap o = { ir, out, false };

		ge_each_operand(op, check_read, &b);
		if (out->kind != GE_BUF_TEMP)
			continue;
		ge_each_operand(op, look_for_overlap, &o);
		if (o.found && !(in_place && (op->opcode == GENPU_OP_UNARY ||
					      op->opcode == GENPU_OP_BINARY)))
			TAP_FAIL("operator %zu writes over its own operand", i);
		if (out->offset % GENPU_PROG_ALIGN || end_block(out) > b.num)
			TAP_FAIL("operator %zu writes outside of the workspace", i);
		else
			for (uint64_t k = first_block(out); k < end_block(out); k++)
				b.owner[k] = op->out.buf;
	}
	if (b.bad)
		TAP_FAIL("an operator reads memory that was given to something else");
	free(b.owner);
}

TEST(memory_plan_keeps_what_is_still_to_be_read)
{
	seed = 99;
	for (int i = 0; i < 2 * NUM_GRAPHS; i++) {
		struct ge_graph *g = random_graph();
		struct ge_lowered io;
		struct ge_ir ir;
		uint64_t size;

		ge_ir_init(&ir);
		CHECK_EQ(ge_lower_graph(g, NULL, &ir, &io), 0);
		CHECK_EQ(ge_pass_dead(&ir), 0);
		if (i % 2)
			CHECK(!ge_pass_layout(&ir) && !ge_pass_place(&ir));
		CHECK_EQ(ge_plan_memory(&ir, i % 3 > 0, &size), 0);
		check_plan(&ir, size, i % 3 > 0);
		ge_lowered_free(&io);
		ge_ir_free(&ir);
		ge_graph_destroy(g);
	}
}

/* A chain of equal operators needs two places, and only one if results replace operands. */
TEST(memory_plan_of_a_chain_is_tight)
{
	for (int in_place = 0; in_place < 2; in_place++) {
		struct ge_graph *g = new_graph();
		struct ge_node *n = add_input(g, "x", GE_DT_FLOAT, DIMS(1000));
		struct ge_model *m;

		for (int i = 0; i < 6; i++)
			n = add_op(g, "Tanh", n, LAST);
		ge_graph_add_output(g, n, 0);
		CHECK_EQ(ge_compile_with(g, NULL, in_place ? GE_PASS_INPLACE : 0, &m), 0);
		EXPECT_EQ(m->workspace_size, (in_place ? 1 : 2) * 4032);
		ge_model_free(m);
		ge_graph_destroy(g);
	}
}

TEST_MAIN()
