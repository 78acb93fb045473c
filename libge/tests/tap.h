/* SPDX-License-Identifier: MIT */
/*
 * A test program in TAP. Each TEST() is one line of output; they run in the order of the file.
 *
 *	#include "tap.h"
 *
 *	TEST(free_of_null_is_refused)
 *	{
 *		CHECK(aclrtFree(NULL) == ACL_ERROR_INVALID_PARAM);
 *	}
 *
 *	TEST_MAIN()
 *
 * CHECK() ends the test when it fails, EXPECT() only marks it. SKIP() ends it as skipped. They may
 *be used only in TEST() itself and in functions that return nothing.
 */
#ifndef GE_TESTS_TAP_H
#define GE_TESTS_TAP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tap_test {
	const char *name;
	void (*run)(void);
	struct tap_test *next;
};

static struct tap_test *tap_first;
static struct tap_test **tap_last = &tap_first;
static int tap_failures;
static const char *tap_skipped;

#define TEST(name_)								\
	static void test_##name_(void);						\
	static struct tap_test tap_test_##name_ = { #name_, test_##name_, NULL };	\
	__attribute__((constructor)) static void tap_add_##name_(void)		\
	{									\
		*tap_last = &tap_test_##name_;					\
		tap_last = &tap_test_##name_.next;				\
	}									\
	static void test_##name_(void)

#define TAP_FAIL(...)								\
	do {									\
		__atomic_fetch_add(&tap_failures, 1, __ATOMIC_RELAXED);		\
		printf("# %s:%d: ", __FILE__, __LINE__);			\
		printf(__VA_ARGS__);						\
		printf("\n");							\
	} while (0)

#define EXPECT(cond)								\
	do {									\
		if (!(cond))							\
			TAP_FAIL("expected %s", #cond);				\
	} while (0)

#define CHECK(cond)								\
	do {									\
		if (!(cond)) {							\
			TAP_FAIL("expected %s", #cond);				\
			return;							\
		}								\
	} while (0)

/* Integers of any type; shows both values. */
#define EXPECT_EQ(a, b)								\
	do {									\
		long long a_ = (long long)(a), b_ = (long long)(b);		\
										\
		if (a_ != b_)							\
			TAP_FAIL("%s is %lld, expected %s = %lld", #a, a_, #b, b_);	\
	} while (0)

#define CHECK_EQ(a, b)								\
	do {									\
		long long a_ = (long long)(a), b_ = (long long)(b);		\
										\
		if (a_ != b_) {							\
			TAP_FAIL("%s is %lld, expected %s = %lld", #a, a_, #b, b_);	\
			return;							\
		}								\
	} while (0)

#define EXPECT_STR(text, part)							\
	do {									\
		const char *t_ = (text);					\
										\
		if (!t_ || !strstr(t_, part))					\
			TAP_FAIL("\"%s\" does not contain \"%s\"", t_ ? t_ : "(null)", part);	\
	} while (0)

#define SKIP(reason)								\
	do {									\
		tap_skipped = (reason);						\
		return;								\
	} while (0)

/* Every test or, with arguments, those whose names contain one of them. */
static inline int tap_main(int argc, char **argv)
{
	int count = 0, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (struct tap_test *t = tap_first; t; t = t->next) {
		int wanted = argc < 2;

		for (int i = 1; i < argc; i++)
			wanted |= !!strstr(t->name, argv[i]);
		if (!wanted)
			continue;
		count++;
		tap_failures = 0;
		tap_skipped = NULL;
		t->run();
		if (tap_failures) {
			failed++;
			printf("not ok %d - %s\n", count, t->name);
		} else if (tap_skipped) {
			printf("ok %d - %s # SKIP %s\n", count, t->name, tap_skipped);
		} else {
			printf("ok %d - %s\n", count, t->name);
		}
	}
	printf("1..%d\n", count);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define TEST_MAIN()								\
	int main(int argc, char **argv)						\
	{									\
		return tap_main(argc, argv);					\
	}

#endif
