/* SPDX-License-Identifier: MIT */
/*
 * tap.h - test results in the Test Anything Protocol
 */
#ifndef GE_EMU_ENGINE_TESTS_TAP_H
#define GE_EMU_ENGINE_TESTS_TAP_H

#include <stdbool.h>
#include <stdio.h>

static int tap_count, tap_failed;

static inline void ok(bool good, const char *name)
{
	tap_failed += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", ++tap_count, name);
	fflush(stdout);
}

static inline int tap_end(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif /* GE_EMU_ENGINE_TESTS_TAP_H */
