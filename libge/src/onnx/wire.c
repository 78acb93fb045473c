// SPDX-License-Identifier: MIT
/*
 * Walks the protobuf encoding along the message descriptors that protoc-c made, with a stack of
 * its own of bounded depth. A length that runs over the end of the file is followed to where the
 * file ends, so that the message can name the field in which a truncated file stops.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "onnx.h"

/* Model, graph, node, attribute, graph, ...: 20 nested subgraphs. */
#define MAX_DEPTH	64
#define MAX_FIELDS	32

struct level {
	const ProtobufCMessageDescriptor *desc;
	const ProtobufCFieldDescriptor *field;	/* the one being read */
	size_t end;
	uint32_t count[MAX_FIELDS];		/* elements seen, by field */
};

struct walk {
	const char *file;
	const uint8_t *data;
	size_t size;
	size_t pos;
	uint64_t missing;	/* bytes that lengths promise beyond the end of the file */
	unsigned int depth;
	struct level level[MAX_DEPTH];
};

/* "graph.node[3].attribute[0]", as far as the walk got */
static const char *trail(const struct walk *walk, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i <= walk->depth; i++) {
		const struct level *level = &walk->level[i];
		const ProtobufCFieldDescriptor *field = level->field;
		int n;

		if (!field)
			break;
		if (field->label == PROTOBUF_C_LABEL_REPEATED)
			n = snprintf(buf + len, size - len, "%s%s[%u]", i ? "." : "", field->name,
				     level->count[field - level->desc->fields] - 1);
		else
			n = snprintf(buf + len, size - len, "%s%s", i ? "." : "", field->name);
		if (n < 0 || (size_t)n >= size - len)
			break;
		len += n;
	}
	return len ? buf : "the model";
}

static int truncated(const struct walk *walk)
{
	char where[256];

	return ge_error(EBADMSG, "%s: truncated: the file has %zu bytes and ends in %s%s",
			walk->file, walk->size, trail(walk, where, sizeof(where)),
			walk->missing ? ", which goes on" : "");
}

static int damaged(const struct walk *walk, size_t at, const char *why)
{
	char where[256];

	return ge_error(EBADMSG, "%s: not an ONNX model, or damaged: byte %zu of %zu, in %s: %s",
			walk->file, at, walk->size, trail(walk, where, sizeof(where)), why);
}

static int read_varint(struct walk *walk, uint64_t *value)
{
	size_t start = walk->pos, end = walk->level[walk->depth].end;
	unsigned int shift = 0;

	*value = 0;
	while (walk->pos < end && shift < 64) {
		uint8_t byte = walk->data[walk->pos++];

		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return 0;
		shift += 7;
	}
	if (shift >= 64)
		return damaged(walk, start, "a number has more than 10 bytes");
	if (end == walk->size)
		return truncated(walk);
	return damaged(walk, start, "a number runs over the end of its message");
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *desc,
						  uint32_t id)
{
	return protobuf_c_message_descriptor_get_field(desc, id);
}

static unsigned int wire_type_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return PROTOBUF_C_WIRE_TYPE_32BIT;
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return PROTOBUF_C_WIRE_TYPE_64BIT;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
	default:
		return PROTOBUF_C_WIRE_TYPE_VARINT;
	}
}

static bool wire_type_fits(const ProtobufCFieldDescriptor *field, unsigned int type)
{
	unsigned int expected = wire_type_of(field->type);

	if (type == expected)
		return true;
	/* packed */
	return field->label == PROTOBUF_C_LABEL_REPEATED &&
	       expected != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED &&
	       type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
}

static int skip(struct walk *walk, uint64_t bytes)
{
	struct level *level = &walk->level[walk->depth];

	if (bytes <= level->end - walk->pos) {
		walk->pos += bytes;
		return 0;
	}
	if (level->end == walk->size) {
		walk->missing += bytes - (level->end - walk->pos);
		return truncated(walk);
	}
	return damaged(walk, walk->pos, "its length runs over the end of the message around it");
}

static int enter(struct walk *walk, const ProtobufCFieldDescriptor *field, uint64_t bytes)
{
	struct level *level = &walk->level[walk->depth], *inner;
	size_t left = level->end - walk->pos;

	if (bytes > left) {
		if (level->end != walk->size)
			return damaged(walk, walk->pos,
				       "its length runs over the end of the message around it");
		walk->missing += bytes - left;
		bytes = left;
	}
	if (walk->depth + 1 == MAX_DEPTH)
		return damaged(walk, walk->pos, "messages are nested too deeply");
	inner = &walk->level[++walk->depth];
	memset(inner, 0, sizeof(*inner));
	inner->desc = field->descriptor;
	inner->end = walk->pos + bytes;
	return 0;
}

static int step(struct walk *walk)
{
	struct level *level = &walk->level[walk->depth];
	const ProtobufCFieldDescriptor *field;
	size_t start = walk->pos;
	uint64_t tag, length;
	int ret;

	level->field = NULL;
	ret = read_varint(walk, &tag);
	if (ret)
		return ret;
	if (tag >> 3 == 0 || tag >> 32)
		return damaged(walk, start, "no such field number");

	field = find_field(level->desc, tag >> 3);
	if (field) {
		unsigned int index = field - level->desc->fields;

		if (index < MAX_FIELDS)
			level->count[index]++;
		level->field = field;
		if (!wire_type_fits(field, tag & 7))
			return damaged(walk, start, "the field has another type");
	}

	switch (tag & 7) {
	case PROTOBUF_C_WIRE_TYPE_VARINT:
		return read_varint(walk, &length);
	case PROTOBUF_C_WIRE_TYPE_64BIT:
		return skip(walk, 8);
	case PROTOBUF_C_WIRE_TYPE_32BIT:
		return skip(walk, 4);
	case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
		ret = read_varint(walk, &length);
		if (ret)
			return ret;
		if (field && field->type == PROTOBUF_C_TYPE_MESSAGE)
			return enter(walk, field, length);
		return skip(walk, length);
	default:
		return damaged(walk, start, "no such wire type");
	}
}

int onnx_wire_check(const char *file, const void *data, size_t size)
{
	struct walk walk = { .file = file, .data = data, .size = size };

	if (!size)
		return ge_error(EBADMSG, "%s: the file is empty, expected an ONNX model", file);
	walk.level[0].desc = &onnx__model_proto__descriptor;
	walk.level[0].end = size;
	for (;;) {
		int ret;

		while (walk.depth && walk.pos == walk.level[walk.depth].end && walk.pos != size)
			walk.depth--;
		if (walk.pos == size)
			return walk.missing ? truncated(&walk) : 0;
		ret = step(&walk);
		if (ret)
			return ret;
	}
}
