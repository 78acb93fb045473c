// SPDX-License-Identifier: MIT
/*
 * Inputs, outputs and attributes of the node that is being lowered.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "graph/lower.h"

int ge_fail(struct ge_lower *l, int err, const char *fmt, ...)
{
	char text[512];
	va_list args;

	if (l->err)
		return l->err;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	l->err = ge_error(err, "%s", text);
	return l->err;
}

struct ge_view ge_in_at(struct ge_lower *l, size_t slot, size_t index)
{
	return l->err ? ge_view_none() : l->in[l->first[slot] + index];
}

bool ge_has_in(const struct ge_lower *l, size_t slot)
{
	return l->first[slot + 1] > l->first[slot] && l->in[l->first[slot]].buf != GE_NO_BUF;
}

struct ge_view ge_in(struct ge_lower *l, size_t slot)
{
	return ge_has_in(l, slot) ? ge_in_at(l, slot, 0) : ge_view_none();
}

size_t ge_in_count(const struct ge_lower *l, size_t slot)
{
	return l->first[slot + 1] - l->first[slot];
}

void ge_out(struct ge_lower *l, size_t index, struct ge_view view)
{
	if (index < l->num_out)
		l->out[index] = view;
}

void ge_out_sized(struct ge_lower *l, size_t index, struct ge_view view, struct ge_view sizes)
{
	if (index >= l->num_out)
		return;
	l->out[index] = view;
	l->sizes[index] = sizes;
}

bool ge_attr_given(const struct ge_lower *l, const char *name)
{
	return ge_node_attr(l->node, name);
}

static void wrong_kind(struct ge_lower *l, const struct ge_attr *attr, enum ge_attr_kind expected)
{
	ge_fail(l, EINVAL, "attribute '%s' is %s, expected is %s", attr->name,
		ge_attr_kind_text(attr->kind), ge_attr_kind_text(expected));
}

/* The declaration of an attribute that was not set. */
static struct ge_attr_def declared(struct ge_lower *l, const char *name)
{
	struct ge_attr_def def = { 0 };

	if (!ge_attr_def_find(l->def, name, &def))
		ge_fail(l, EINVAL, "attribute '%s' is not part of the prototype", name);
	else if (def.required)
		ge_fail(l, EINVAL, "attribute '%s' is missing, expected is %s", name,
			ge_attr_kind_text(def.kind));
	return def;
}

int64_t ge_get_int(struct ge_lower *l, const char *name)
{
	const struct ge_attr *attr = ge_node_attr(l->node, name);
	struct ge_attr_def def;

	if (attr && (attr->kind == GE_ATTR_INT || attr->kind == GE_ATTR_BOOL))
		return attr->i;
	if (attr && attr->kind == GE_ATTR_INTS && attr->count == 1)
		return attr->ints[0];
	if (attr) {
		wrong_kind(l, attr, GE_ATTR_INT);
		return 0;
	}
	def = declared(l, name);
	return def.value ? strtoll(def.value, NULL, 10) : 0;
}

float ge_get_float(struct ge_lower *l, const char *name)
{
	const struct ge_attr *attr = ge_node_attr(l->node, name);
	struct ge_attr_def def;

	if (attr && attr->kind == GE_ATTR_FLOAT)
		return attr->f;
	if (attr && attr->kind == GE_ATTR_INT)
		return (float)attr->i;
	if (attr) {
		wrong_kind(l, attr, GE_ATTR_FLOAT);
		return 0;
	}
	def = declared(l, name);
	return def.value ? strtof(def.value, NULL) : 0;
}

bool ge_get_bool(struct ge_lower *l, const char *name)
{
	const struct ge_attr *attr = ge_node_attr(l->node, name);
	struct ge_attr_def def;

	if (attr && (attr->kind == GE_ATTR_BOOL || attr->kind == GE_ATTR_INT))
		return attr->i;
	if (attr) {
		wrong_kind(l, attr, GE_ATTR_BOOL);
		return false;
	}
	def = declared(l, name);
	return def.value && (!strncmp(def.value, "true", 4) || strtoll(def.value, NULL, 10));
}

static const char *get_string(struct ge_lower *l, const char *name)
{
	const struct ge_attr *attr = ge_node_attr(l->node, name);
	struct ge_attr_def def;

	if (attr && attr->kind == GE_ATTR_STRING)
		return attr->s;
	if (attr) {
		wrong_kind(l, attr, GE_ATTR_STRING);
		return "";
	}
	def = declared(l, name);
	return def.value ? def.value : "";
}

const char *ge_get_string(struct ge_lower *l, const char *name)
{
	return ge_attr_given(l, name) ? get_string(l, name) : "";
}

bool ge_string_is(struct ge_lower *l, const char *name, const char *value)
{
	const char *have = get_string(l, name);
	size_t length = strlen(value);

	/* A default ends at the space before the next declaration. */
	if (ge_node_attr(l->node, name))
		return !strcmp(have, value);
	return !strncmp(have, value, length) && (!have[length] || have[length] == ' ');
}

size_t ge_get_ints(struct ge_lower *l, const char *name, int64_t *values, size_t max)
{
	const struct ge_attr *attr = ge_node_attr(l->node, name);
	struct ge_attr_def def;
	size_t n = 0;
	char *end;

	if (attr && attr->kind == GE_ATTR_INT) {
		values[0] = attr->i;
		return 1;
	}
	if (attr && attr->kind != GE_ATTR_INTS) {
		wrong_kind(l, attr, GE_ATTR_INTS);
		return 0;
	}
	if (attr) {
		if (attr->count > max) {
			ge_fail(l, EINVAL,
				"attribute '%s' has %zu values, expected are at most %zu",
				name, attr->count, max);
			return 0;
		}
		memcpy(values, attr->ints, attr->count * sizeof(*values));
		return attr->count;
	}
	def = declared(l, name);
	for (const char *at = def.value; at && *at && *at != ' ' && n < max; at = end + 1) {
		values[n++] = strtoll(at, &end, 10);
		if (*end != ',')
			break;
	}
	return n;
}

size_t ge_get_strings(struct ge_lower *l, const char *name, const char **values, size_t max)
{
	const struct ge_attr *attr = ge_node_attr(l->node, name);

	if (!attr)
		return 0;
	if (attr->kind != GE_ATTR_STRINGS && attr->count) {
		wrong_kind(l, attr, GE_ATTR_STRINGS);
		return 0;
	}
	if (attr->count > max) {
		ge_fail(l, EINVAL, "attribute '%s' has %zu values, expected are at most %zu", name,
			attr->count, max);
		return 0;
	}
	for (size_t i = 0; i < attr->count; i++)
		values[i] = attr->strings[i];
	return attr->count;
}

struct ge_view ge_get_tensor(struct ge_lower *l, const char *name)
{
	const struct ge_attr *attr = ge_node_attr(l->node, name);

	if (!attr || l->err)
		return ge_view_none();
	if (attr->kind != GE_ATTR_TENSOR) {
		wrong_kind(l, attr, GE_ATTR_TENSOR);
		return ge_view_none();
	}
	return ge_make_const(l, attr->tensor.desc.dtype, attr->tensor.desc.rank,
			     attr->tensor.desc.dims, ge_blob_get(attr->tensor.blob));
}

const struct ge_graph *ge_get_graph(struct ge_lower *l, const char *name)
{
	const struct ge_attr *attr = ge_node_attr(l->node, name);

	if (attr && attr->kind == GE_ATTR_GRAPH)
		return attr->graph;
	if (attr)
		wrong_kind(l, attr, GE_ATTR_GRAPH);
	else
		declared(l, name);
	return NULL;
}

bool ge_known(struct ge_lower *l, struct ge_view x, const char *what)
{
	if (l->err)
		return false;
	if (ge_view_const(l->ir, &x))
		return true;
	if (ge_ir_want(l->ir, x.buf))
		ge_fail(l, ENODATA, "%s has to be known when the graph is compiled, and the values "
			"of the inputs that it is made from were not given",
			what);
	else
		ge_fail(l, ENOTSUP, "%s has to be known when the graph is compiled", what);
	return false;
}

size_t ge_const_ints(struct ge_lower *l, struct ge_view x, const char *what, int64_t *values,
		     size_t max)
{
	struct ge_walk walk;
	int64_t n;

	if (l->err)
		return 0;
	if (!ge_known(l, x, what))
		return 0;
	n = ge_view_elements(&x);
	if (!ge_dtype_is_integer(x.dtype) || x.rank > 1 || n > (int64_t)max) {
		ge_fail(l, EINVAL, "%s is a %s tensor %s, expected is a list of up to %zu integers",
			what, ge_dtype_name(x.dtype), ge_dims_text(x.rank, x.dims).s, max);
		return 0;
	}
	ge_walk_start(&walk, &x);
	for (int64_t i = 0; i < n; i++, ge_walk_next(&walk))
		values[i] = ge_load_int(x.dtype, l->ir->bufs[x.buf].data->data, walk.at);
	return (size_t)n;
}

int64_t ge_const_int(struct ge_lower *l, struct ge_view x, const char *what)
{
	int64_t value = 0;

	if (ge_const_ints(l, x, what, &value, 1) != 1)
		ge_fail(l, EINVAL, "%s is empty, expected is one integer", what);
	return value;
}

double ge_const_double(struct ge_lower *l, struct ge_view x, const char *what)
{
	if (l->err)
		return 0;
	if (!ge_known(l, x, what))
		return 0;
	if (ge_view_elements(&x) != 1) {
		ge_fail(l, EINVAL, "%s has shape %s, expected is one number", what,
			ge_dims_text(x.rank, x.dims).s);
		return 0;
	}
	return ge_load_double(x.dtype, l->ir->bufs[x.buf].data->data, x.offset);
}

int ge_axis(struct ge_lower *l, int64_t axis, int rank)
{
	if (axis >= -rank && axis < rank)
		return (int)(axis < 0 ? axis + rank : axis);
	ge_fail(l, EINVAL, "axis %lld is out of range, expected is -%d to %d", (long long)axis,
		rank,
		rank - 1);
	return 0;
}

uint32_t ge_axes(struct ge_lower *l, const int64_t *axes, size_t n, int rank)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < n && !l->err; i++) {
		uint32_t bit = 1u << ge_axis(l, axes[i], rank);

		if (!l->err && mask & bit)
			ge_fail(l, EINVAL, "axis %lld is given twice", (long long)axes[i]);
		mask |= bit;
	}
	return mask;
}

struct ge_view ge_make_const(struct ge_lower *l, int32_t dtype, int rank, const int64_t *dims,
			     struct ge_blob *blob)
{
	uint32_t buf;

	if (!l->err && !ge_dtype_size(dtype))
		ge_fail(l, ENOTSUP, "constants of %s are not supported", ge_dtype_name(dtype));
	if (!l->err && !blob)
		l->err = -ENOMEM;
	if (!l->err)
		l->err = ge_ir_add_buf(l->ir, GE_BUF_CONST, dtype, rank, dims, &buf);
	if (l->err) {
		ge_blob_put(blob);
		return ge_view_none();
	}
	l->ir->bufs[buf].data = blob;
	return ge_view_all(l->ir, buf);
}

struct ge_view ge_make_ints(struct ge_lower *l, int32_t dtype, const int64_t *values, size_t n)
{
	int64_t dim = (int64_t)n;
	struct ge_blob *blob;

	if (l->err)
		return ge_view_none();
	blob = ge_blob_create(NULL, n * ge_dtype_size(dtype));
	for (size_t i = 0; blob && i < n; i++)
		ge_store_int(dtype, blob->data, (int64_t)i, values[i]);
	return ge_make_const(l, dtype, 1, &dim, blob);
}

struct ge_view ge_make_scalar(struct ge_lower *l, int32_t dtype, int rank, double value)
{
	static const int64_t ones[GE_MAX_RANK] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	struct ge_blob *blob;

	if (l->err)
		return ge_view_none();
	blob = ge_blob_create(NULL, ge_dtype_size(dtype));
	if (blob)
		ge_store_double(dtype, blob->data, 0, value);
	return ge_make_const(l, dtype, rank, ones, blob);
}
