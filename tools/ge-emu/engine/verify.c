// SPDX-License-Identifier: MIT
/*
 * verify.c - from untrusted bytes to views and operators
 *
 * The bytes were copied by the caller, so they do not change any more. Nothing in them is used
 * before it is checked: header, sections, tensors, then each operator in order, first what all
 * operators have in common, then what its class asks for.
 */
#include <stddef.h>
#include <stdlib.h>
#include <zlib.h>

#include "internal.h"

typedef unsigned __int128 u128;

struct verifier {
	struct engine_program *p;
	const struct genpu_prog_header *h;
	const struct genpu_tensor *tensors;
	const struct genpu_op *ops;
	const uint32_t *operands;
	const struct genpu_post *posts;
	struct engine_error *err;
};

#define HEADER_FIELD(field)	offsetof(struct genpu_prog_header, field)

static uint32_t bad(struct verifier *v, uint32_t code, uint64_t offset, uint32_t op,
		    uint32_t operand)
{
	error_set(v->err, code, offset, op, operand);
	return code;
}

static uint32_t bad_header(struct verifier *v, uint32_t code, uint64_t offset)
{
	return bad(v, code, offset, GENPU_NONE, GENPU_NONE);
}

/* A field of the operator's record. */
static uint32_t bad_op(struct verifier *v, uint32_t code, uint32_t index, size_t field)
{
	return bad(v, code, v->h->ops + (uint64_t)index * sizeof(struct genpu_op) + field, index,
		   GENPU_NONE);
}

/* Where operand @k, post tensors included, is named in the program. */
static uint64_t operand_offset(struct verifier *v, const struct op *op, unsigned int k)
{
	unsigned int i;

	if (k < op->num_in + op->num_out)
		return v->h->operands + ((uint64_t)op->rec->operands + k) * sizeof(uint32_t);
	for (i = 0; i < op->num_posts; i++)
		if (op->posts[i].type == GENPU_POST_BINARY && op->posts[i].operand == k)
			break;
	return v->h->posts + ((uint64_t)op->rec->posts + i) * sizeof(struct genpu_post) +
	       offsetof(struct genpu_post, tensor);
}

static uint64_t tensor_offset(struct verifier *v, const struct op *op, unsigned int k, size_t field)
{
	const struct operand *o = &op->operands[k];

	if (o->absent)
		return operand_offset(v, op, k);
	return v->h->tensors + (uint64_t)o->mem.tensor * sizeof(struct genpu_tensor) + field;
}

uint32_t bad_operand(struct verifier *v, const struct op *op, unsigned int k)
{
	return bad(v, GENPU_ERR_PROG_OPERAND, operand_offset(v, op, k), op->index, k);
}

uint32_t bad_type(struct verifier *v, const struct op *op, unsigned int k)
{
	return bad(v, GENPU_ERR_PROG_TYPE,
		   tensor_offset(v, op, k, offsetof(struct genpu_tensor, dtype)), op->index, k);
}

uint32_t bad_shape(struct verifier *v, const struct op *op, unsigned int k)
{
	return bad(v, GENPU_ERR_PROG_SHAPE,
		   tensor_offset(v, op, k, offsetof(struct genpu_tensor, dims)), op->index, k);
}

uint32_t bad_attr(struct verifier *v, const struct op *op, size_t field)
{
	return bad(v, GENPU_ERR_PROG_ATTR, (uint64_t)v->h->attrs + op->rec->attrs + field,
		   op->index, GENPU_NONE);
}

uint32_t unsupported(struct verifier *v, const struct op *op, unsigned int k)
{
	return bad(v, GENPU_ERR_PROG_UNSUPPORTED, operand_offset(v, op, k), op->index, k);
}

uint32_t check_work(struct verifier *v, const struct op *op, unsigned int n,
		    const int64_t *factors)
{
	u128 work = 1;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (!factors[i])
			return GENPU_OK;
		if (work <= ENGINE_MAX_WORK)
			work *= factors[i];
	}
	return work > ENGINE_MAX_WORK ? unsupported(v, op, op->num_in) : GENPU_OK;
}

/* --- header --- */

static uint32_t section(struct verifier *v, uint64_t offset, uint64_t bytes, size_t field)
{
	if (offset % 8 || offset > v->h->size || bytes > v->h->size - offset ||
	    (bytes && offset < sizeof(*v->h)))
		return bad_header(v, GENPU_ERR_PROG_HEADER, field);
	return GENPU_OK;
}

static uint32_t check_sections(struct verifier *v)
{
	const struct genpu_prog_header *h = v->h;
	const struct {
		uint64_t offset, count, size;
		size_t field;
	} sections[] = {
		{ h->tensors, h->num_tensors, sizeof(struct genpu_tensor), HEADER_FIELD(tensors) },
		{ h->ops, h->num_ops, sizeof(struct genpu_op), HEADER_FIELD(ops) },
		{ h->operands, h->num_operands, sizeof(uint32_t), HEADER_FIELD(operands) },
		{ h->posts, h->num_posts, sizeof(struct genpu_post), HEADER_FIELD(posts) },
		{ h->attrs, h->attrs_size, 1, HEADER_FIELD(attrs) },
		{ h->strings, h->strings_size, 1, HEADER_FIELD(strings) },
	};
	const char *strings;
	unsigned int i;
	uint32_t code;

	for (i = 0; i < ARRAY_SIZE(sections); i++) {
		code = section(v, sections[i].offset, sections[i].count * sections[i].size,
			       sections[i].field);
		if (code)
			return code;
	}
	strings = (const char *)v->p->blob + h->strings;
	if (h->strings_size && (strings[0] || strings[h->strings_size - 1]))
		return bad_header(v, GENPU_ERR_PROG_HEADER, h->strings);
	return GENPU_OK;
}

static uint32_t check_header(struct verifier *v, uint64_t size, uint64_t const_size)
{
	const struct genpu_prog_header *h = v->h;
	struct genpu_prog_header zeroed;
	unsigned int i;
	uint32_t crc;

	if (h->magic != GENPU_PROG_MAGIC)
		return bad_header(v, GENPU_ERR_PROG_MAGIC, HEADER_FIELD(magic));
	if (h->version >> 16 != GENPU_PROG_VERSION >> 16 || h->version > GENPU_PROG_VERSION)
		return bad_header(v, GENPU_ERR_PROG_VERSION, HEADER_FIELD(version));
	if (h->size > GENPU_PROG_MAX_SIZE || h->size < sizeof(*h))
		return bad_header(v, GENPU_ERR_PROG_HEADER, HEADER_FIELD(size));
	if (h->size > size)
		return bad_header(v, GENPU_ERR_PROG_TRUNCATED, size);
	zeroed = *h;
	zeroed.checksum = 0;
	crc = crc32(0, (const void *)&zeroed, sizeof(zeroed));
	crc = crc32(crc, v->p->blob + sizeof(zeroed), h->size - sizeof(zeroed));
	if (crc != h->checksum)
		return bad_header(v, GENPU_ERR_PROG_CHECKSUM, HEADER_FIELD(checksum));
	if (h->workspace_size >= 1ull << GENPU_VA_BITS)
		return bad_header(v, GENPU_ERR_PROG_HEADER, HEADER_FIELD(workspace_size));
	if (h->num_inputs > GENPU_PROG_MAX_ARGS)
		return bad_header(v, GENPU_ERR_PROG_HEADER, HEADER_FIELD(num_inputs));
	if (h->num_outputs > GENPU_PROG_MAX_ARGS - h->num_inputs)
		return bad_header(v, GENPU_ERR_PROG_HEADER, HEADER_FIELD(num_outputs));
	if (h->num_tensors > GENPU_PROG_MAX_TENSORS)
		return bad_header(v, GENPU_ERR_PROG_HEADER, HEADER_FIELD(num_tensors));
	if (h->num_ops > GENPU_PROG_MAX_OPS)
		return bad_header(v, GENPU_ERR_PROG_HEADER, HEADER_FIELD(num_ops));
	for (i = 0; i < ARRAY_SIZE(h->reserved); i++)
		if (h->reserved[i])
			return bad_header(v, GENPU_ERR_PROG_HEADER,
					  HEADER_FIELD(reserved) + i * sizeof(uint32_t));
	if (h->const_size > const_size)
		return bad_header(v, GENPU_ERR_PROG_CONST, HEADER_FIELD(const_size));
	if (h->const_size > ENGINE_MAX_CONST)
		return bad_header(v, GENPU_ERR_PROG_UNSUPPORTED, HEADER_FIELD(const_size));
	return check_sections(v);
}

/* --- tensors --- */

static bool bad_name(struct verifier *v, uint32_t name)
{
	return name && name >= v->h->strings_size;
}

static uint32_t check_tensor(struct verifier *v, uint32_t index)
{
	const struct genpu_tensor *t = &v->tensors[index];
	struct view *view = &v->p->tensors[index];
	u128 last = 0, count = 1, end;
	unsigned int size = dtype_size(t->dtype), d;
	uint64_t limit;

#define BAD_TENSOR(field)							\
	bad(v, GENPU_ERR_PROG_TENSOR, v->h->tensors + (uint64_t)index * sizeof(*t) +	\
	    offsetof(struct genpu_tensor, field), GENPU_NONE, index)

	if (!size)
		return BAD_TENSOR(dtype);
	if (t->rank > GENPU_MAX_RANK)
		return BAD_TENSOR(rank);
	if (t->base > GENPU_BASE_ARG)
		return BAD_TENSOR(base);
	if (t->reserved)
		return BAD_TENSOR(reserved);
	if (t->base == GENPU_BASE_ARG ? t->arg >= v->h->num_inputs + v->h->num_outputs : t->arg)
		return BAD_TENSOR(arg);
	if (bad_name(v, t->name))
		return BAD_TENSOR(name);
	if (t->reserved2)
		return BAD_TENSOR(reserved2);
	if (t->offset % size)
		return BAD_TENSOR(offset);
	for (d = 0; d < GENPU_MAX_RANK; d++) {
		if (d >= t->rank) {
			if (t->dims[d])
				return BAD_TENSOR(dims);
			if (t->strides[d])
				return BAD_TENSOR(strides);
			continue;
		}
		if (t->dims[d])
			last += (u128)(t->dims[d] - 1) * t->strides[d];
		/* Beyond the limit only zero still matters. */
		count = count > ENGINE_MAX_ELEMENTS && t->dims[d] ? count : count * t->dims[d];
	}
	limit = t->base == GENPU_BASE_CONST ? v->h->const_size :
		t->base == GENPU_BASE_WORKSPACE ? v->h->workspace_size : INT64_MAX;
	if (t->offset > limit)
		return BAD_TENSOR(offset);
	end = t->offset + (count ? (last + 1) * size : 0);
	if (end > limit)
		return BAD_TENSOR(dims);
	if (count > ENGINE_MAX_ELEMENTS)
		return bad(v, GENPU_ERR_PROG_UNSUPPORTED,
			   v->h->tensors + (uint64_t)index * sizeof(*t) +
			   offsetof(struct genpu_tensor, dims), GENPU_NONE, index);

	view->dtype = t->dtype;
	view->rank = t->rank;
	view->base = t->base;
	view->arg = t->arg;
	view->tensor = index;
	view->offset = t->offset;
	for (d = 0; d < t->rank; d++) {
		view->dims[d] = t->dims[d];
		view->strides[d] = t->strides[d];
	}
	if (!count) {
		/* No element, so no stride matters. */
		memset(view->strides, 0, sizeof(view->strides));
	}
	view->count = count;
	view->span = count ? (int64_t)last + 1 : 0;
	return GENPU_OK;
#undef BAD_TENSOR
}

/* --- operators --- */

static bool post_unary_known(uint16_t kind)
{
	return kind >= GENPU_UNARY_RELU && kind <= GENPU_UNARY_TRUNC && kind != GENPU_UNARY_NOT;
}

static uint32_t check_post(struct verifier *v, struct op *op, unsigned int i, unsigned int *next)
{
	const struct genpu_post *rec = &v->posts[op->rec->posts + i];
	uint64_t at = v->h->posts + ((uint64_t)op->rec->posts + i) * sizeof(*rec);
	struct post *post = &op->posts[i];
	struct view wide;

#define BAD_POST(code, field) \
	bad(v, code, at + offsetof(struct genpu_post, field), op->index, GENPU_NONE)

	post->type = rec->type;
	post->kind = rec->kind;
	post->alpha = rec->alpha;
	post->beta = rec->beta;
	switch (rec->type) {
	case GENPU_POST_UNARY:
		if (!post_unary_known(rec->kind))
			return BAD_POST(GENPU_ERR_PROG_ATTR, kind);
		if (rec->tensor != GENPU_NONE)
			return BAD_POST(GENPU_ERR_PROG_OPERAND, tensor);
		return GENPU_OK;
	case GENPU_POST_BINARY:
		if (rec->kind < GENPU_BINARY_ADD || rec->kind > GENPU_BINARY_MAX)
			return BAD_POST(GENPU_ERR_PROG_ATTR, kind);
		if (rec->tensor >= v->h->num_tensors)
			return BAD_POST(GENPU_ERR_PROG_OPERAND, tensor);
		break;
	default:
		return BAD_POST(GENPU_ERR_PROG_ATTR, type);
	}
#undef BAD_POST

	post->operand = (*next)++;
	op->num_operands = *next;
	op->operands[post->operand].mem = v->p->tensors[rec->tensor];
	wide = op->operands[post->operand].mem;
	if (!dtype_is_float(wide.dtype))
		return bad_type(v, op, post->operand);
	if (wide.rank != op_out(op)->mem.rank || !view_broadcast(&wide, &op_out(op)->mem))
		return bad_shape(v, op, post->operand);
	return GENPU_OK;
}

static uint32_t check_output(struct verifier *v, const struct op *op, unsigned int k)
{
	const struct view *y = &op->operands[k].mem;
	bool unsure;

	if (y->base == GENPU_BASE_CONST ||
	    (y->base == GENPU_BASE_ARG && y->arg < v->h->num_inputs))
		return bad_operand(v, op, k);
	if (view_distinct(y, &unsure))
		return GENPU_OK;
	return unsure ? unsupported(v, op, k) : bad_operand(v, op, k);
}

#define BAD_OP(code, field) bad_op(v, code, index, offsetof(struct genpu_op, field))

static uint32_t check_counts(struct verifier *v, uint32_t index)
{
	const struct genpu_op *rec = &v->ops[index];
	const struct op_class *class = op_class_find(rec->opcode);

	if (!class)
		return BAD_OP(GENPU_ERR_PROG_OPCODE, opcode);
	if (rec->num_in < class->min_in || rec->num_in > class->max_in)
		return BAD_OP(GENPU_ERR_PROG_OPERAND, num_in);
	if (rec->num_out != 1)
		return BAD_OP(GENPU_ERR_PROG_OPERAND, num_out);
	if (rec->num_posts > GENPU_MAX_POSTS)
		return BAD_OP(GENPU_ERR_PROG_OPERAND, num_posts);
	return GENPU_OK;
}

/* Everything about operator @index but its counts and what its class asks for. */
static uint32_t check_op(struct verifier *v, uint32_t index, struct operand *operands,
			 struct post *posts)
{
	const struct genpu_op *rec = &v->ops[index];
	struct op *op = &v->p->ops[index];
	const struct op_class *class = op_class_find(rec->opcode);
	unsigned int k, next;
	uint32_t t, code;

	op->rec = rec;
	op->class = class;
	op->index = index;
	op->operands = operands;
	op->posts = posts;
	if (rec->operands > v->h->num_operands ||
	    (uint32_t)rec->num_in + rec->num_out > v->h->num_operands - rec->operands)
		return BAD_OP(GENPU_ERR_PROG_OPERAND, operands);
	if (rec->num_posts && (rec->posts > v->h->num_posts ||
			       rec->num_posts > v->h->num_posts - rec->posts))
		return BAD_OP(GENPU_ERR_PROG_OPERAND, posts);
	if (rec->attrs_size != class->attr_size)
		return BAD_OP(GENPU_ERR_PROG_ATTR, attrs_size);
	if (rec->attrs_size && (rec->attrs % 8 || rec->attrs > v->h->attrs_size ||
				rec->attrs_size > v->h->attrs_size - rec->attrs))
		return BAD_OP(GENPU_ERR_PROG_ATTR, attrs);
	if (bad_name(v, rec->name))
		return BAD_OP(GENPU_ERR_PROG_OPERAND, name);
	if (rec->reserved)
		return BAD_OP(GENPU_ERR_PROG_ATTR, reserved);
#undef BAD_OP

	op->num_in = rec->num_in;
	op->num_out = rec->num_out;
	op->num_operands = rec->num_in + rec->num_out;
	op->attr = rec->attrs_size ? v->p->blob + v->h->attrs + rec->attrs : NULL;
	for (k = 0; k < op->num_operands; k++) {
		t = v->operands[rec->operands + k];
		op->operands[k].absent = t == GENPU_NONE;
		if (t == GENPU_NONE && k >= class->min_in && k < op->num_in)
			continue;
		if (t >= v->h->num_tensors)
			return bad(v, GENPU_ERR_PROG_OPERAND, operand_offset(v, op, k), index, k);
		op->operands[k].mem = v->p->tensors[t];
	}
	for (k = op->num_in; k < op->num_operands; k++) {
		code = check_output(v, op, k);
		if (code)
			return code;
	}
	if (rec->num_posts && !dtype_is_float(op_out(op)->mem.dtype))
		return bad_type(v, op, op->num_in);
	next = op->num_operands;
	for (k = 0; k < rec->num_posts; k++) {
		op->num_posts = k + 1;
		code = check_post(v, op, k, &next);
		if (code)
			return code;
	}
	op->empty = !op_out(op)->mem.count;
	return class->verify(v, op);
}

static uint32_t check_ops(struct verifier *v)
{
	struct engine_program *p = v->p;
	struct operand *operands;
	struct post *posts;
	size_t num_operands = 0, num_posts = 0;
	uint32_t i, code;

	/* Operators may share operand and post entries, so count for each. */
	for (i = 0; i < v->h->num_ops; i++) {
		code = check_counts(v, i);
		if (code)
			return code;
		num_posts += v->ops[i].num_posts;
		num_operands += v->ops[i].num_in + v->ops[i].num_out + v->ops[i].num_posts;
	}
	p->operands = calloc(num_operands + 1, sizeof(*p->operands));
	p->posts = calloc(num_posts + 1, sizeof(*p->posts));
	if (!p->operands || !p->posts)
		return bad_header(v, GENPU_ERR_NO_MEMORY, GENPU_NONE);
	operands = p->operands;
	posts = p->posts;
	for (i = 0; i < v->h->num_ops; i++) {
		code = check_op(v, i, operands, posts);
		if (code)
			return code;
		operands += v->ops[i].num_in + v->ops[i].num_out + v->ops[i].num_posts;
		posts += v->ops[i].num_posts;
	}
	return GENPU_OK;
}

uint32_t program_parse(struct engine_program *p, const void *blob, uint64_t size,
		       uint64_t const_size, struct engine_error *err)
{
	struct verifier v = { .p = p, .err = err };
	uint32_t i, code;

	if (size < sizeof(struct genpu_prog_header))
		return bad_header(&v, GENPU_ERR_PROG_TRUNCATED, size);
	if (size > GENPU_PROG_MAX_SIZE)
		size = GENPU_PROG_MAX_SIZE;
	p->blob = engine_alloc(size);
	if (!p->blob)
		return bad_header(&v, GENPU_ERR_NO_MEMORY, GENPU_NONE);
	memcpy(p->blob, blob, size);
	p->size = size;
	p->header = (const struct genpu_prog_header *)p->blob;
	v.h = p->header;
	code = check_header(&v, size, const_size);
	if (code)
		return code;
	v.tensors = (const void *)(p->blob + v.h->tensors);
	v.ops = (const void *)(p->blob + v.h->ops);
	v.operands = (const void *)(p->blob + v.h->operands);
	v.posts = (const void *)(p->blob + v.h->posts);
	p->tensors = calloc(v.h->num_tensors + 1, sizeof(*p->tensors));
	p->ops = calloc(v.h->num_ops + 1, sizeof(*p->ops));
	if (!p->tensors || !p->ops)
		return bad_header(&v, GENPU_ERR_NO_MEMORY, GENPU_NONE);
	for (i = 0; i < v.h->num_tensors; i++) {
		code = check_tensor(&v, i);
		if (code)
			return code;
	}
	return check_ops(&v);
}

void program_free_parsed(struct engine_program *p)
{
	free(p->tensors);
	free(p->ops);
	free(p->operands);
	free(p->posts);
	free(p->blob);
}

uint32_t engine_program_verify(const void *blob, uint64_t size, uint64_t const_size,
			       struct engine_error *err)
{
	struct engine_program p = { 0 };
	uint32_t code;

	error_set(err, GENPU_OK, GENPU_NONE, GENPU_NONE, GENPU_NONE);
	code = program_parse(&p, blob, size, const_size, err);
	program_free_parsed(&p);
	return code;
}
