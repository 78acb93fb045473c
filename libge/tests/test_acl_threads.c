// SPDX-License-Identifier: MIT
/*
 * Threads that use, share and take away everything at the same time.
 */
#include "acl_fixture.h"

#define THREADS	6
#define ROUNDS	40
#define SIZE	4096

static void run_threads(void *(*fn)(void *))
{
	pthread_t threads[THREADS];

	for (intptr_t i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, fn, (void *)i));
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void add_one(void *arg)
{
	__atomic_add_fetch((int *)arg, 1, __ATOMIC_SEQ_CST);
}

static void own_objects(int self)
{
	aclrtStream stream, other;
	aclrtEvent event;
	int calls = 0;
	char *ptr;

	OK(aclrtSetDevice(0));
	for (int round = 0; round < ROUNDS; round++) {
		int value = (self * ROUNDS + round) % 100 + 1;

		OK(aclrtCreateStream(&stream));
		OK(aclrtCreateStream(&other));
		OK(aclrtCreateEvent(&event));
		OK(aclrtMalloc((void **)&ptr, 2 * SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
		OK(aclrtMemsetAsync(ptr, SIZE, value, SIZE, stream));
		OK(aclrtLaunchHostFunc(stream, add_one, &calls));
		OK(aclrtRecordEvent(event, stream));
		OK(aclrtStreamWaitEvent(other, event));
		OK(aclrtMemcpyAsync(ptr + SIZE, SIZE, ptr, SIZE, ACL_MEMCPY_DEVICE_TO_DEVICE,
				    other));
		OK(aclrtSynchronizeStream(other));
		CHECK_EQ(ptr[2 * SIZE - 1], value);
		CHECK_EQ(__atomic_load_n(&calls, __ATOMIC_SEQ_CST), round + 1);
		OK(aclrtFree(ptr));
		OK(aclrtDestroyEvent(event));
		OK(aclrtDestroyStream(stream));
		OK(aclrtDestroyStream(other));
	}
	OK(aclrtResetDevice(0));
}

static void *own_objects_thread(void *arg)
{
	own_objects((intptr_t)arg);
	return NULL;
}

ACL_TEST(each_thread_with_its_own_streams)
{
	run_threads(own_objects_thread);
}

static aclrtStream shared;
static char *memory;

static void share_stream(int self)
{
	OK(aclrtSetDevice(0));
	for (int round = 0; round < ROUNDS; round++) {
		OK(aclrtMemsetAsync(memory + self * SIZE, SIZE, round + 1, SIZE, shared));
		if (round % 3 == self % 3)
			OK(aclrtSynchronizeStream(shared));
	}
	OK(aclrtSynchronizeStream(shared));
	CHECK_EQ(memory[self * SIZE], ROUNDS);
	OK(aclrtResetDevice(0));
}

static void *share_stream_thread(void *arg)
{
	share_stream((intptr_t)arg);
	return NULL;
}

ACL_TEST(one_stream_for_all_threads)
{
	OK(aclrtCreateStream(&shared));
	OK(aclrtMalloc((void **)&memory, THREADS * SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	run_threads(share_stream_thread);
}

/* Every call must give success or one of the codes for what was taken away. */
static int plausible(aclError code)
{
	return code == ACL_SUCCESS || code == ACL_ERROR_RT_INVALID_HANDLE ||
	       code == ACL_ERROR_RT_STREAM_ABORT || code == ACL_ERROR_RT_CONTEXT_NULL ||
	       code == ACL_ERROR_RT_STREAM_CONTEXT;
}

static void use_and_destroy(int self)
{
	aclrtEventRecordedStatus event_status;
	aclrtStreamStatus status;
	static aclrtEvent event;
	aclrtStream stream, mine;

	EXPECT(plausible(aclrtSetDevice(0)));
	for (int round = 0; round < ROUNDS; round++) {
		stream = __atomic_load_n(&shared, __ATOMIC_SEQ_CST);
		EXPECT(plausible(aclrtMemsetAsync(memory, SIZE, round, SIZE, stream)));
		if (self == 0 && !aclrtCreateEvent(&mine)) {
			aclrtEvent old = __atomic_exchange_n(&event, mine, __ATOMIC_SEQ_CST);

			if (old)
				EXPECT(plausible(aclrtDestroyEvent(old)));
		}
		mine = __atomic_load_n(&event, __ATOMIC_SEQ_CST);
		if (mine) {
			EXPECT(plausible(aclrtRecordEvent(mine, stream)));
			EXPECT(plausible(aclrtStreamWaitEvent(stream, mine)));
			EXPECT(plausible(aclrtQueryEventStatus(mine, &event_status)));
		}
		EXPECT(plausible(aclrtStreamQuery(stream, &status)));
		EXPECT(plausible(aclrtSynchronizeStream(stream)));
		if (self % 2 && round % 4 == 0 && !aclrtCreateStream(&mine)) {
			stream = __atomic_exchange_n(&shared, mine, __ATOMIC_SEQ_CST);
			EXPECT(plausible(round % 8 ? aclrtDestroyStream(stream)
						   : aclrtDestroyStreamForce(stream)));
		}
	}
	EXPECT(plausible(aclrtResetDevice(0)));
}

static void *use_and_destroy_thread(void *arg)
{
	use_and_destroy((intptr_t)arg);
	return NULL;
}

ACL_TEST(objects_may_vanish_while_others_use_them)
{
	OK(aclrtCreateStream(&shared));
	OK(aclrtMalloc((void **)&memory, SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	run_threads(use_and_destroy_thread);
}

static void *set_and_reset_thread(void *arg)
{
	for (int round = 0; round < ROUNDS; round++) {
		aclrtContext ctx;
		void *ptr;

		EXPECT_EQ(aclrtSetDevice(0), ACL_SUCCESS);
		EXPECT_EQ(aclrtMalloc(&ptr, SIZE, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
		EXPECT_EQ(aclrtMemsetAsync(ptr, SIZE, 1, SIZE, NULL), ACL_SUCCESS);
		EXPECT_EQ(aclrtSynchronizeDevice(), ACL_SUCCESS);
		EXPECT_EQ(aclrtFree(ptr), ACL_SUCCESS);
		EXPECT_EQ(aclrtCreateContext(&ctx, 0), ACL_SUCCESS);
		EXPECT_EQ(aclrtSynchronizeStream(NULL), ACL_SUCCESS);
		EXPECT_EQ(aclrtDestroyContext(ctx), ACL_SUCCESS);
		EXPECT_EQ(aclrtResetDevice(0), ACL_SUCCESS);
	}
	return arg;
}

ACL_TEST(the_device_comes_and_goes)
{
	OK(aclrtResetDevice(0));
	run_threads(set_and_reset_thread);
}

static void *finalize_thread(void *arg)
{
	for (int round = 0; round < ROUNDS; round++) {
		aclrtStream stream;
		void *ptr = NULL;

		aclInit(NULL);
		if (!aclrtSetDevice(0) && !aclrtCreateStream(&stream)) {
			EXPECT(plausible(aclrtSynchronizeStream(NULL)));
			EXPECT(plausible(aclrtSynchronizeStream(stream)));
		}
		if (!aclrtMallocHost(&ptr, SIZE)) {
			memset(ptr, 1, SIZE);
			EXPECT_EQ(aclrtFreeHost(ptr), ACL_SUCCESS);
		}
		if (round % 5 == (intptr_t)arg % 5)
			aclFinalize();
	}
	return NULL;
}

ACL_TEST(finalizing_under_the_feet_of_others_is_survived)
{
	run_threads(finalize_thread);
	aclInit(NULL);
}

TEST_MAIN()
