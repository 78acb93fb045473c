// SPDX-License-Identifier: MIT
/*
 * error.c - one message per thread. Two buffers a thread, so that a text that was taken stays valid
 * while the next one is written.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

#define ERROR_SIZE	1024

static __thread char text[ERROR_SIZE];
static __thread char taken[ERROR_SIZE];
static __thread char scratch[ERROR_SIZE];

int ge_error(int err, const char *fmt, ...)
{
	va_list args;

	/* The arguments may point to the present message. */
	va_start(args, fmt);
	vsnprintf(scratch, sizeof(scratch), fmt, args);
	va_end(args);
	memcpy(text, scratch, sizeof(text));
	return -err;
}

void ge_error_prefix(const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(scratch, sizeof(scratch), fmt, args);
	va_end(args);
	if (n < 0)
		return;
	strlcat(scratch, ": ", sizeof(scratch));
	strlcat(scratch, text, sizeof(scratch));
	memcpy(text, scratch, sizeof(text));
}

const char *ge_error_text(void)
{
	return text;
}

const char *ge_error_take(void)
{
	if (!text[0])
		return NULL;
	memcpy(taken, text, sizeof(taken));
	text[0] = '\0';
	return taken;
}

void ge_warn(const char *fmt, ...)
{
	const char *level = getenv("GE_LOG_LEVEL");
	char line[ERROR_SIZE];
	va_list args;

	if (level && (!strcmp(level, "error") || !strcmp(level, "none")))
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	fprintf(stderr, "libge: warning: %s\n", line);
}
