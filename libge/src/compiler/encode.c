// SPDX-License-Identifier: MIT
/*
 * The program as the device reads it (genpu_isa.h), its constants, and names for messages.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "base/error.h"
#include "compiler/passes.h"
#include "graph/dtype.h"

#define MAX_NAMES	12	/* of the nodes that went into one operator */

/* A growing array of bytes. */
struct bytes {
	unsigned char *data;
	size_t size, max;
};

static int append(struct bytes *b, const void *data, size_t size)
{
	size_t max = b->max ? b->max : 1024;
	unsigned char *grown;

	while (max - b->size < size)
		max *= 2;
	if (max != b->max) {
		grown = realloc(b->data, max);
		if (!grown)
			return ge_error(ENOMEM, "no memory for the program");
		b->data = grown;
		b->max = max;
	}
	memcpy(b->data + b->size, data, size);
	b->size += size;
	return 0;
}

struct encoder {
	const struct ge_ir *ir;
	const struct ge_graph *graph;
	struct ge_model *model;
	struct bytes tensors, ops, operands, posts, attrs, strings, consts;
	uint32_t *table;		/* tensors by hash */
	size_t table_size;
	uint32_t num_tensors, num_operands, num_posts;
	struct ge_buf *bufs;		/* the program's, with the places of constants */
	uint32_t *placed;		/* constants that have a place */
	size_t num_placed;
	bool *has_place;
};

static uint64_t hash_bytes(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint64_t hash = 0xcbf29ce484222325ull, word;

	for (; size >= sizeof(word); size -= sizeof(word), bytes += sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
		hash ^= hash >> 29;
	}
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3ull;
	return hash ^ hash >> 32;
}

/* --- Constants -------------------------------------------------------------------------------- */

/* Constants with the same bytes share a place. */
static int place_const(struct encoder *e, uint32_t index)
{
	static const unsigned char zeros[GENPU_PROG_ALIGN];
	struct ge_buf *buf = &e->bufs[index];
	size_t size = buf->data->size, pad;
	int ret;

	if (e->has_place[index])
		return 0;
	e->has_place[index] = true;
	/* The hash is kept in arg, which constants do not use. */
	buf->arg = (uint32_t)hash_bytes(buf->data->data, size);
	for (size_t i = 0; i < e->num_placed; i++) {
		const struct ge_buf *other = &e->bufs[e->placed[i]];

		if (other->arg != buf->arg || other->data->size != size ||
		    memcmp(other->data->data, buf->data->data, size))
			continue;
		buf->offset = other->offset;
		return 0;
	}
	e->placed[e->num_placed++] = index;
	buf->offset = e->consts.size;
	ret = append(&e->consts, buf->data->data, size);
	pad = (GENPU_PROG_ALIGN - size % GENPU_PROG_ALIGN) % GENPU_PROG_ALIGN;
	return ret ? ret : append(&e->consts, zeros, pad);
}

/* --- Tensors ---------------------------------------------------------------------------------- */

static int fill_tensor(struct encoder *e, const struct ge_view *view, struct genpu_tensor *t)
{
	struct ge_buf *buf = &e->bufs[view->buf];
	struct ge_view v;
	int ret;

	if (!ge_view_physical(e->ir, view, &v))
		return ge_error(ENOTSUP, "a view %s of a tensor %s cannot be expressed",
				ge_dims_text(view->rank, view->dims).s,
				ge_dims_text(buf->rank, buf->dims).s);
	memset(t, 0, sizeof(*t));
	t->dtype = (uint8_t)v.dtype;
	t->rank = (uint8_t)v.rank;
	t->offset = (uint64_t)v.offset * ge_dtype_size(v.dtype);
	switch (buf->kind) {
	case GE_BUF_CONST:
		t->base = GENPU_BASE_CONST;
		ret = place_const(e, view->buf);
		if (ret)
			return ret;
		t->offset += buf->offset;
		break;
	case GE_BUF_TEMP:
		t->base = GENPU_BASE_WORKSPACE;
		t->offset += buf->offset;
		break;
	default:
		t->base = GENPU_BASE_ARG;
		t->arg = buf->arg;
	}
	for (int i = 0; i < v.rank; i++) {
		if (v.dims[i] > UINT32_MAX || v.strides[i] > UINT32_MAX || v.strides[i] < 0)
			return ge_error(ENOTSUP,
					"a tensor %s is larger than the device can address",
					ge_dims_text(v.rank, v.dims).s);
		t->dims[i] = (uint32_t)v.dims[i];
		t->strides[i] = (uint32_t)v.strides[i];
	}
	/* Where nobody steps, the stride is that of a dense tensor, the easiest to meet. */
	for (int i = v.rank - 1; i >= 0; i--)
		if (v.dims[i] == 1 && i < v.rank - 1 &&
		    (uint64_t)t->dims[i + 1] * t->strides[i + 1] <= UINT32_MAX)
			t->strides[i] = t->dims[i + 1] * t->strides[i + 1];
		else if (v.dims[i] == 1)
			t->strides[i] = 1;
	return 0;
}

/* The index of a record for @view, made if there is none yet. */
static int add_tensor(struct encoder *e, const struct ge_view *view, uint32_t *index)
{
	const struct genpu_tensor *all;
	struct genpu_tensor t;
	size_t at;
	int ret;

	if (view->buf == GE_NO_BUF) {
		*index = GENPU_NONE;
		return 0;
	}
	ret = fill_tensor(e, view, &t);
	if (ret)
		return ret;
	all = (const struct genpu_tensor *)e->tensors.data;
	at = hash_bytes(&t, sizeof(t)) & (e->table_size - 1);
	while (e->table[at] != GENPU_NONE) {
		if (!memcmp(&all[e->table[at]], &t, sizeof(t))) {
			*index = e->table[at];
			return 0;
		}
		at = (at + 1) & (e->table_size - 1);
	}
	if (e->num_tensors == GENPU_PROG_MAX_TENSORS)
		return ge_error(ENOTSUP, "the program has more than %d tensors",
				GENPU_PROG_MAX_TENSORS);
	e->table[at] = *index = e->num_tensors++;
	return append(&e->tensors, &t, sizeof(t));
}

/* --- Operators -------------------------------------------------------------------------------- */

static size_t attr_size(uint16_t opcode)
{
	static const size_t sizes[] = {
		[GENPU_OP_COPY] = 0,
		[GENPU_OP_UNARY] = sizeof(struct genpu_attr_unary),
		[GENPU_OP_BINARY] = sizeof(struct genpu_attr_binary),
		[GENPU_OP_CONV] = sizeof(struct genpu_attr_conv),
		[GENPU_OP_MATMUL] = sizeof(struct genpu_attr_matmul),
		[GENPU_OP_POOL] = sizeof(struct genpu_attr_pool),
		[GENPU_OP_REDUCE] = sizeof(struct genpu_attr_reduce),
		[GENPU_OP_SOFTMAX] = sizeof(struct genpu_attr_softmax),
		[GENPU_OP_LAYERNORM] = sizeof(struct genpu_attr_norm),
		[GENPU_OP_BATCHNORM] = sizeof(struct genpu_attr_norm),
		[GENPU_OP_GATHER] = sizeof(struct genpu_attr_gather),
		[GENPU_OP_PAD] = sizeof(struct genpu_attr_pad),
		[GENPU_OP_FILL] = sizeof(struct genpu_attr_fill),
		[GENPU_OP_SELECT] = 0,
		[GENPU_OP_GATHER_ELEMENTS] = sizeof(struct genpu_attr_gather),
		[GENPU_OP_GATHER_ND] = sizeof(struct genpu_attr_gather_nd),
		[GENPU_OP_SCATTER_ELEMENTS] = sizeof(struct genpu_attr_scatter),
		[GENPU_OP_SCATTER_ND] = sizeof(struct genpu_attr_scatter),
		[GENPU_OP_TOPK] = sizeof(struct genpu_attr_topk),
		[GENPU_OP_SCAN] = sizeof(struct genpu_attr_scan),
		[GENPU_OP_INTERPOLATE] = sizeof(struct genpu_attr_interpolate),
		[GENPU_OP_DECONV] = sizeof(struct genpu_attr_conv),
		[GENPU_OP_LRN] = sizeof(struct genpu_attr_lrn),
		[GENPU_OP_GRID_SAMPLE] = sizeof(struct genpu_attr_grid),
		[GENPU_OP_ROI_ALIGN] = sizeof(struct genpu_attr_roi),
		[GENPU_OP_NMS] = sizeof(struct genpu_attr_nms),
		[GENPU_OP_NONZERO] = 0,
		[GENPU_OP_COMPRESS] = sizeof(struct genpu_attr_compress),
	};

	return sizes[opcode];
}

/* Names, or types, of the nodes that @origin stands for, in their order, joined by "+". */
static char *join_names(const struct encoder *e, uint32_t origin, bool types)
{
	uint32_t nodes[MAX_NAMES];
	size_t n = 0, size = 8;
	char *text, *at;

	for (; origin != GE_NO_BUF && n < MAX_NAMES; origin = e->ir->origins[origin].before) {
		const struct ge_node *node = e->graph->nodes[e->ir->origins[origin].node];

		if (n && nodes[n - 1] == e->ir->origins[origin].node)
			continue;
		nodes[n++] = e->ir->origins[origin].node;
		size += strlen(types ? node->def->type : node->name) + 1;
	}
	text = malloc(size);
	at = text;
	if (!text)
		return NULL;
	*text = '\0';
	if (origin != GE_NO_BUF)
		at = stpcpy(at, "...+");
	while (n--) {
		const struct ge_node *node = e->graph->nodes[nodes[n]];

		at = stpcpy(at, types ? node->def->type : node->name);
		if (n)
			at = stpcpy(at, "+");
	}
	return text;
}

static int add_posts(struct encoder *e, const struct ge_lop *op)
{
	int ret = 0;

	for (int i = 0; !ret && i < op->num_posts; i++) {
		const struct ge_lpost *p = &op->posts[i];
		struct genpu_post rec = { .type = p->type, .kind = p->kind, .alpha = p->alpha,
					  .beta = p->beta, .tensor = GENPU_NONE };

		if (p->type == GENPU_POST_BINARY)
			ret = add_tensor(e, &p->with, &rec.tensor);
		if (!ret)
			ret = append(&e->posts, &rec, sizeof(rec));
		e->num_posts++;
	}
	return ret;
}

static int add_op(struct encoder *e, const struct ge_lop *op)
{
	struct ge_model *m = e->model;
	struct genpu_op rec = { .opcode = op->opcode, .num_in = op->num_in, .num_out = 1,
				.num_posts = op->num_posts, .operands = e->num_operands,
				.posts = op->num_posts ? e->num_posts : 0 };
	char *name, *type;
	uint32_t index;
	int ret = 0;

	name = join_names(e, op->origin, false);
	type = join_names(e, op->origin, true);
	m->op_names[m->num_ops] = name;
	m->op_types[m->num_ops] = type;
	m->num_ops++;
	if (!name || !type)
		return ge_error(ENOMEM, "no memory for the program");
	/* Optional inputs at the end that are absent are left out. */
	while (rec.num_in && op->in[rec.num_in - 1].buf == GE_NO_BUF)
		rec.num_in--;
	for (int i = 0; !ret && i <= rec.num_in; i++) {
		ret = add_tensor(e, i < rec.num_in ? &op->in[i] : &op->out, &index);
		if (!ret)
			ret = append(&e->operands, &index, sizeof(index));
		e->num_operands++;
	}
	if (!ret)
		ret = add_posts(e, op);
	rec.attrs_size = (uint32_t)attr_size(op->opcode);
	rec.attrs = rec.attrs_size ? (uint32_t)e->attrs.size : 0;
	rec.name = (uint32_t)e->strings.size;
	if (!ret)
		ret = append(&e->attrs, op->raw, rec.attrs_size);
	if (!ret && e->attrs.size % 8)
		ret = append(&e->attrs, "\0\0\0\0\0\0\0", 8 - e->attrs.size % 8);
	if (!ret)
		ret = append(&e->strings, name, strlen(name) + 1);
	return ret ? ret : append(&e->ops, &rec, sizeof(rec));
}

/* --- The program ------------------------------------------------------------------------------ */

static int finish(struct encoder *e, const struct ge_lowered *io, uint64_t workspace_size)
{
	struct genpu_prog_header h = {
		.magic = GENPU_PROG_MAGIC, .version = GENPU_PROG_VERSION,
		.const_size = e->consts.size, .workspace_size = workspace_size,
		.num_inputs = (uint32_t)io->num_inputs, .num_outputs = (uint32_t)io->num_results,
		.num_tensors = e->num_tensors, .num_ops = (uint32_t)e->model->num_ops,
		.num_operands = e->num_operands, .num_posts = e->num_posts,
		.attrs_size = (uint32_t)e->attrs.size, .strings_size = (uint32_t)e->strings.size,
	};
	const struct {
		const struct bytes *bytes;
		uint32_t *offset;
	} parts[] = {
		{ &e->tensors, &h.tensors }, { &e->ops, &h.ops }, { &e->operands, &h.operands },
		{ &e->posts, &h.posts }, { &e->attrs, &h.attrs }, { &e->strings, &h.strings },
	};
	unsigned char *program;
	size_t size = sizeof(h);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].bytes->size > GENPU_PROG_MAX_SIZE - size)
			return ge_error(ENOTSUP, "the program is larger than %u bytes",
					GENPU_PROG_MAX_SIZE);
		*parts[i].offset = (uint32_t)size;
		size = (size + parts[i].bytes->size + 7) & ~(size_t)7;
	}
	if (size > GENPU_PROG_MAX_SIZE)
		return ge_error(ENOTSUP, "the program is larger than %u bytes",
				GENPU_PROG_MAX_SIZE);
	program = calloc(1, size);
	if (!program)
		return ge_error(ENOMEM, "no memory for the program");
	h.size = size;
	memcpy(program, &h, sizeof(h));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].bytes->size)
			memcpy(program + *parts[i].offset, parts[i].bytes->data,
			       parts[i].bytes->size);
	h.checksum = (uint32_t)crc32_z(0, program, size);
	memcpy(program, &h, sizeof(h));
	e->model->program = program;
	e->model->program_size = size;
	e->model->consts = e->consts.data;
	e->model->const_size = e->consts.size;
	e->model->workspace_size = workspace_size;
	e->consts.data = NULL;
	return 0;
}

int ge_encode(struct ge_ir *ir, const struct ge_graph *graph, const struct ge_lowered *io,
	      uint64_t workspace_size, struct ge_model *model)
{
	struct encoder e = { .ir = ir, .graph = graph, .model = model, .bufs = ir->bufs,
			     .table_size = 2 * GENPU_PROG_MAX_TENSORS };
	int ret = 0;

	e.table = malloc(e.table_size * sizeof(*e.table));
	e.placed = calloc(ir->num_bufs + 1, sizeof(*e.placed));
	e.has_place = calloc(ir->num_bufs + 1, sizeof(*e.has_place));
	model->op_names = calloc(ir->num_ops + 1, sizeof(*model->op_names));
	model->op_types = calloc(ir->num_ops + 1, sizeof(*model->op_types));
	if (!e.table || !e.placed || !e.has_place || !model->op_names || !model->op_types)
		ret = ge_error(ENOMEM, "no memory for the program");
	else
		memset(e.table, 0xff, e.table_size * sizeof(*e.table));
	if (!ret)
		ret = append(&e.strings, "", 1);
	for (size_t i = 0; !ret && i < ir->num_ops; i++)
		if (ir->ops[i].opcode)
			ret = add_op(&e, &ir->ops[i]);
	if (!ret)
		ret = finish(&e, io, workspace_size);
	free(e.table);
	free(e.placed);
	free(e.has_place);
	free(e.tensors.data);
	free(e.ops.data);
	free(e.operands.data);
	free(e.posts.data);
	free(e.attrs.data);
	free(e.strings.data);
	free(e.consts.data);
	return ret;
}
