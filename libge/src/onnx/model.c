// SPDX-License-Identifier: MIT
/* Entry points of the importer: files and memory, and what protobuf-c may allocate for them. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/error.h"
#include "onnx.h"

/*
 * A message of two bytes can ask for a structure of 200. Real models need little more than their
 * own size, so what is beyond this is an attack.
 */
#define BUDGET_BASE	(16u << 20)
#define BUDGET_FACTOR	16

struct budget {
	size_t left;
};

static void *budget_alloc(void *data, size_t size)
{
	struct budget *budget = data;
	void *ptr;

	if (size > budget->left)
		return NULL;
	ptr = malloc(size ? size : 1);
	if (ptr)
		budget->left -= size;
	return ptr;
}

static void budget_free(void *data, void *ptr)
{
	(void)data;
	free(ptr);
}

static ge_status status_of(int err)
{
	switch (err) {
	case 0:
		return GE_SUCCESS;
	case -ENOMEM:
		return GE_MEMALLOC_FAILED;
	case -ENOTSUP:
		return GE_UNSUPPORTED;
	case -ENOENT:
	case -EACCES:
	case -EISDIR:
		return GE_PATH_INVALID;
	default:
		return GE_PARAM_INVALID;
	}
}

static int import_bytes(const struct onnx_source *src, const void *data, size_t size,
			struct ge_graph **graph)
{
	struct budget budget = { .left = BUDGET_BASE };
	ProtobufCAllocator allocator = { budget_alloc, budget_free, &budget };
	Onnx__ModelProto *model;
	size_t more;
	int ret;

	ret = onnx_wire_check(src->file, data, size);
	if (ret)
		return ret;
	if (!__builtin_mul_overflow(size, (size_t)BUDGET_FACTOR, &more))
		__builtin_add_overflow(budget.left, more, &budget.left);
	model = onnx__model_proto__unpack(&allocator, size, data);
	if (!model)
		return ge_error(EBADMSG, "%s: not an ONNX model, or damaged: its %zu bytes hold "
				"too many small messages, or lack required fields",
				src->file, size);
	ret = onnx_import(src, model, graph);
	onnx__model_proto__free_unpacked(model, &allocator);
	return ret;
}

static int import_file(const char *path, struct ge_graph **graph)
{
	struct onnx_source src = { .file = path };
	char *copy = NULL;
	struct stat st;
	void *data;
	int fd, ret;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return ge_error(errno, "%s: cannot open the ONNX model: %s", path, strerror(errno));
	if (fstat(fd, &st)) {
		ret = ge_error(errno, "%s: %s", path, strerror(errno));
		goto out_close;
	}
	if (!S_ISREG(st.st_mode)) {
		ret = ge_error(EISDIR, "%s: not a regular file, expected an ONNX model", path);
		goto out_close;
	}
	if (!st.st_size) {
		ret = onnx_wire_check(path, "", 0);
		goto out_close;
	}
	data = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED) {
		ret = ge_error(errno, "%s: cannot map %lld bytes: %s", path,
			       (long long)st.st_size, strerror(errno));
		goto out_close;
	}
	copy = strdup(path);
	if (copy) {
		src.dir = dirname(copy);
		ret = import_bytes(&src, data, st.st_size, graph);
	} else {
		ret = ge_error(ENOMEM, "%s: no memory", path);
	}
	free(copy);
	munmap(data, st.st_size);
out_close:
	close(fd);
	return ret;
}

ge_status ge_graph_from_onnx(const char *path, struct ge_graph **graph)
{
	if (!path || !graph)
		return status_of(ge_error(EINVAL, "ge_graph_from_onnx: path and graph must not be "
					  "NULL"));
	*graph = NULL;
	return status_of(import_file(path, graph));
}

ge_status ge_graph_from_onnx_memory(const void *data, size_t size, const char *name,
				    struct ge_graph **graph)
{
	struct onnx_source src = { .file = name && *name ? name : "ONNX model in memory" };

	if (!data || !graph)
		return status_of(ge_error(EINVAL, "ge_graph_from_onnx_memory: data and graph must "
					  "not be NULL"));
	*graph = NULL;
	return status_of(import_bytes(&src, data, size, graph));
}
