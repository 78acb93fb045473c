// SPDX-License-Identifier: MIT
#include "acl_fixture.h"

#define SIZE	4096

static int order[256];
static int count;	/* atomic: callbacks run one at a time, but threads change */

static void note(void *arg)
{
	order[__atomic_fetch_add(&count, 1, __ATOMIC_SEQ_CST) % 256] = (int)(intptr_t)arg;
}

struct check {
	volatile char *ptr;
	int seen;
};

static void look(void *arg)
{
	struct check *check = arg;

	check->seen = check->ptr[0];
}

ACL_TEST(host_functions_run_in_their_place)
{
	struct check before, after;
	aclrtStream stream;
	char *ptr;

	OK(aclrtCreateStream(&stream));
	OK(aclrtMalloc((void **)&ptr, SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	before = (struct check){ ptr, -1 };
	after = before;
	for (int round = 0; round < 20; round++) {
		OK(aclrtMemsetAsync(ptr, SIZE, 2 * round + 1, SIZE, stream));
		OK(aclrtLaunchHostFunc(stream, look, &before));
		OK(aclrtMemsetAsync(ptr, SIZE, 2 * round + 2, SIZE, stream));
		OK(aclrtLaunchHostFunc(stream, look, &after));
		OK(aclrtSynchronizeStream(stream));
		CHECK_EQ(before.seen, 2 * round + 1);
		CHECK_EQ(after.seen, 2 * round + 2);
	}
	EXPECT_EQ(aclrtLaunchHostFunc(stream, NULL, NULL), ACL_ERROR_INVALID_PARAM);
}

ACL_TEST(host_functions_of_a_stream_keep_their_order)
{
	aclrtStream stream;

	count = 0;
	OK(aclrtCreateStream(&stream));
	for (intptr_t i = 0; i < 100; i++)
		OK(aclrtLaunchHostFunc(stream, note, (void *)i));
	OK(aclrtSynchronizeStream(stream));
	EXPECT_EQ(count, 100);
	for (int i = 0; i < 100; i++)
		CHECK_EQ(order[i], i);
}

struct reporter {
	pthread_t thread;
	int stop;	/* atomic */
};

static void *process(void *arg)
{
	struct reporter *reporter = arg;

	while (!__atomic_load_n(&reporter->stop, __ATOMIC_ACQUIRE))
		if (aclrtProcessReport(10) == ACL_ERROR_RT_THREAD_SUBSCRIBE)
			usleep(1000);
	return NULL;
}

static void reporter_stop(struct reporter *reporter)
{
	__atomic_store_n(&reporter->stop, 1, __ATOMIC_RELEASE);
	pthread_join(reporter->thread, NULL);
}

ACL_TEST(callbacks_run_in_the_subscribed_thread)
{
	struct reporter reporter = { 0 };
	struct check check;
	aclrtStream stream;
	char *ptr;

	OK(aclrtCreateStream(&stream));
	OK(aclrtMalloc((void **)&ptr, SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	CHECK(!pthread_create(&reporter.thread, NULL, process, &reporter));
	EXPECT_EQ(aclrtSubscribeReport(reporter.thread, stream), ACL_SUCCESS);
	check = (struct check){ ptr, -1 };
	for (int i = 1; i <= 20; i++) {
		EXPECT_EQ(aclrtMemsetAsync(ptr, SIZE, i, SIZE, stream), ACL_SUCCESS);
		EXPECT_EQ(aclrtLaunchCallback(look, &check, ACL_CALLBACK_BLOCK, stream),
			  ACL_SUCCESS);
		EXPECT_EQ(aclrtMemsetAsync(ptr, SIZE, 0, SIZE, stream), ACL_SUCCESS);
		EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
		EXPECT_EQ(check.seen, i);
	}
	EXPECT_EQ(aclrtUnSubscribeReport(reporter.thread, stream), ACL_SUCCESS);
	reporter_stop(&reporter);
}

ACL_TEST(a_callback_that_does_not_block_lets_the_stream_go_on)
{
	aclrtStream stream;
	pthread_t self = pthread_self();

	count = 0;
	OK(aclrtCreateStream(&stream));
	OK(aclrtSubscribeReport(self, stream));
	for (intptr_t i = 0; i < 10; i++)
		OK(aclrtLaunchCallback(note, (void *)i, ACL_CALLBACK_NO_BLOCK, stream));
	OK(aclrtSynchronizeStream(stream));
	EXPECT_EQ(count, 0);
	OK(aclrtProcessReport(-1));
	EXPECT_EQ(count, 10);
	for (int i = 0; i < 10; i++)
		CHECK_EQ(order[i], i);
	EXPECT_EQ(aclrtProcessReport(10), ACL_ERROR_RT_REPORT_TIMEOUT);
	OK(aclrtUnSubscribeReport(self, stream));
	EXPECT_EQ(aclrtProcessReport(10), ACL_ERROR_RT_THREAD_SUBSCRIBE);
}

ACL_TEST(a_blocking_callback_holds_the_stream)
{
	aclrtStream stream;
	char *ptr;

	count = 0;
	OK(aclrtCreateStream(&stream));
	OK(aclrtMalloc((void **)&ptr, SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	OK(aclrtSubscribeReport(pthread_self(), stream));
	OK(aclrtLaunchCallback(note, NULL, ACL_CALLBACK_BLOCK, stream));
	OK(aclrtMemsetAsync(ptr, SIZE, 1, SIZE, stream));
	EXPECT_EQ(aclrtSynchronizeStreamWithTimeout(stream, 20), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);
	EXPECT_EQ(ptr[0], 0);
	OK(aclrtProcessReport(-1));
	OK(aclrtSynchronizeStream(stream));
	EXPECT_EQ(ptr[0], 1);
	/* Without its thread the stream goes on. */
	OK(aclrtLaunchCallback(note, NULL, ACL_CALLBACK_BLOCK, stream));
	OK(aclrtUnSubscribeReport(pthread_self(), stream));
	OK(aclrtSynchronizeStream(stream));
	EXPECT_EQ(count, 1);
}

ACL_TEST(subscriptions_are_checked)
{
	aclrtStream stream, other;
	uint64_t self = pthread_self();

	OK(aclrtCreateStream(&stream));
	OK(aclrtCreateStream(&other));
	EXPECT_EQ(aclrtLaunchCallback(note, NULL, ACL_CALLBACK_BLOCK, stream),
		  ACL_ERROR_RT_STREAM_NO_CB_REG);
	EXPECT_EQ(aclrtUnSubscribeReport(self, stream), ACL_ERROR_RT_THREAD_SUBSCRIBE);
	OK(aclrtSubscribeReport(self, stream));
	EXPECT_EQ(aclrtSubscribeReport(self, stream), ACL_ERROR_RT_STREAM_SUBSCRIBE);
	EXPECT_EQ(aclrtUnSubscribeReport(self, other), ACL_ERROR_RT_STREAM_SUBSCRIBE);
	EXPECT_EQ(aclrtLaunchCallback(NULL, NULL, ACL_CALLBACK_BLOCK, stream),
		  ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtLaunchCallback(note, NULL, (aclrtCallbackBlockType)7, stream),
		  ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtProcessReport(0), ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtProcessReport(-2), ACL_ERROR_INVALID_PARAM);
	OK(aclrtDestroyStream(stream));
	/* The subscription ended with the stream. */
	EXPECT_EQ(aclrtProcessReport(10), ACL_ERROR_RT_THREAD_SUBSCRIBE);
}

ACL_TEST(a_stream_is_destroyed_by_force_while_a_callback_is_due)
{
	aclrtStream stream;

	count = 0;
	OK(aclrtCreateStream(&stream));
	OK(aclrtSubscribeReport(pthread_self(), stream));
	OK(aclrtLaunchCallback(note, NULL, ACL_CALLBACK_BLOCK, stream));
	OK(aclrtLaunchCallback(note, NULL, ACL_CALLBACK_BLOCK, stream));
	OK(aclrtDestroyStreamForce(stream));
	EXPECT_EQ(count, 0);
}

TEST_MAIN()
