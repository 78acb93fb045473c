// SPDX-License-Identifier: MIT
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tap.h"

static unsigned int count, failed;

static bool result(bool pass, const char *fmt, va_list ap)
{
	printf("%sok %u - ", pass ? "" : "not ", ++count);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
	failed += !pass;
	return pass;
}

bool ok(bool pass, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result(pass, fmt, ap);
	va_end(ap);
	return pass;
}

bool same(uint64_t got, uint64_t want, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result(got == want, fmt, ap);
	va_end(ap);
	if (got != want)
		printf("# got %llu (%#llx), expected %llu (%#llx)\n", (unsigned long long)got,
		       (unsigned long long)got, (unsigned long long)want,
		       (unsigned long long)want);
	return got == want;
}

void skip(const char *name, const char *reason)
{
	printf("ok %u - %s # SKIP %s\n", ++count, name, reason);
}

void bail(const char *fmt, ...)
{
	va_list ap;

	fputs("Bail out! ", stdout);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	exit(1);
}

int done_testing(void)
{
	printf("1..%u\n", count);
	return failed ? 1 : 0;
}
