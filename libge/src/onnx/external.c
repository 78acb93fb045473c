// SPDX-License-Identifier: MIT
/*
 * Tensors in files beside the model. A model comes from anywhere, so a location may only name a
 * regular file below the model's own directory, symbolic links resolved.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/error.h"
#include "onnx.h"

/* Opens @location below @dir, -errno without a message. */
static int open_below(const char *dir, const char *location)
{
	char *base, *joined = NULL, *full = NULL;
	int fd, ret = -ENOMEM;
	size_t len;

	base = realpath(dir, NULL);
	if (!base)
		return -errno;
	if (asprintf(&joined, "%s/%s", base, location) < 0) {
		joined = NULL;
		goto out;
	}
	full = realpath(joined, NULL);
	if (!full) {
		ret = -errno;
		goto out;
	}
	len = strcmp(base, "/") ? strlen(base) : 0;
	if (strncmp(full, base, len) || full[len] != '/') {
		ret = -EXDEV;
		goto out;
	}
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	ret = fd < 0 ? -errno : fd;
out:
	free(full);
	free(joined);
	free(base);
	return ret;
}

static int read_all(int fd, void *data, size_t size, off_t offset)
{
	char *at = data;

	while (size) {
		ssize_t n = pread(fd, at, size, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENODATA;
		at += n;
		offset += n;
		size -= n;
	}
	return 0;
}

int onnx_external_read(const struct onnx_source *src, const char *location, uint64_t offset,
		       size_t size, const char *what, void **data)
{
	struct stat st;
	int fd, ret;

	if (!src->dir)
		return ge_error(EINVAL, "%s: %s: the data is in file '%s', but a model in memory "
				"has no directory; load it from its file",
				src->file, what, location);
	if (location[0] == '/')
		return ge_error(EINVAL, "%s: %s: the data file '%s' has an absolute path, expected "
				"one relative to the model",
				src->file, what, location);
	fd = open_below(src->dir, location);
	if (fd == -EXDEV)
		return ge_error(EINVAL, "%s: %s: the data file '%s' lies outside of the model's "
				"directory '%s'",
				src->file, what, location, src->dir);
	if (fd < 0)
		return ge_error(-fd, "%s: %s: cannot open the data file '%s' in '%s': %s",
				src->file, what, location, src->dir, strerror(-fd));

	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		ret = ge_error(EINVAL, "%s: %s: the data file '%s' is not a regular file",
			       src->file, what, location);
	} else if (offset > (uint64_t)st.st_size || size > (uint64_t)st.st_size - offset) {
		ret = ge_error(EBADMSG, "%s: %s: needs %zu bytes at offset %llu of the data file "
			       "'%s', which has %llu bytes",
			       src->file, what, size, (unsigned long long)offset, location,
			       (unsigned long long)st.st_size);
	} else {
		void *buf = malloc(size ? size : 1);

		ret = buf ? read_all(fd, buf, size, offset) : -ENOMEM;
		if (ret) {
			free(buf);
			ret = ge_error(-ret, "%s: %s: reading the data file '%s': %s", src->file,
				       what, location, strerror(-ret));
		} else {
			*data = buf;
		}
	}
	close(fd);
	return ret;
}
