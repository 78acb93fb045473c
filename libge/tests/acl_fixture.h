/* SPDX-License-Identifier: MIT */
/*
 * What tests of acl share: each test begins with acl initialised and device 0 set, and ends with
 * everything finalised.
 */
#ifndef GE_TESTS_ACL_FIXTURE_H
#define GE_TESTS_ACL_FIXTURE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "acl/acl.h"
#include "tap.h"

#ifdef GE_TEST_LOCAL
#include "device/local/local.h"
#endif

static inline bool acl_begin(void)
{
	uint32_t count = 0;

	if (aclrtGetDeviceCount(&count) || !count)
		return false;
	aclInit(NULL);
	aclrtSetDevice(0);
	return true;
}

static inline void acl_end(void)
{
	aclFinalize();
	aclGetRecentErrMsg();
	aclrtGetLastError(ACL_RT_THREAD_LEVEL);
#ifdef GE_TEST_LOCAL
	EXPECT_EQ(ge_local_open_devices(), 0);
#endif
}

/* A test with device 0; CHECK() in the body still comes by acl_end(). */
#define ACL_TEST(name_)								\
	static void body_##name_(void);						\
	TEST(name_)								\
	{									\
		if (!acl_begin())						\
			SKIP("there is no device");				\
		body_##name_();							\
		acl_end();							\
	}									\
	static void body_##name_(void)

#define OK(call)	CHECK_EQ(call, ACL_SUCCESS)

/* A host function that holds a stream until it is told to go on. */
struct gate {
	sem_t entered;
	sem_t open;
};

static inline void gate_init(struct gate *gate)
{
	sem_init(&gate->entered, 0, 0);
	sem_init(&gate->open, 0, 0);
}

static inline void gate_fn(void *arg)
{
	struct gate *gate = arg;

	sem_post(&gate->entered);
	sem_wait(&gate->open);
}

#endif
