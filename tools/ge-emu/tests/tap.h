/* SPDX-License-Identifier: MIT */
/* tap.h - results of a test program in the Test Anything Protocol */
#ifndef GE_EMU_TAP_H
#define GE_EMU_TAP_H

#include <stdbool.h>
#include <stdint.h>

/** ok() - one result; the name says what it proves; returns @pass */
bool ok(bool pass, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** same() - ok() for two numbers; shows them if they differ */
bool same(uint64_t got, uint64_t want, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/** skip() - a result that could not be had */
void skip(const char *name, const char *reason);

/** bail() - the test cannot go on */
void bail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/** done_testing() - print the plan; returns the exit status */
int done_testing(void);

#endif
