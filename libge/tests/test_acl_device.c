// SPDX-License-Identifier: MIT
#include "acl_fixture.h"

ACL_TEST(numbers_of_devices_are_checked)
{
	uint32_t count;

	OK(aclrtGetDeviceCount(&count));
	EXPECT_EQ(aclrtSetDevice(-1), ACL_ERROR_RT_INVALID_DEVICEID);
	EXPECT_EQ(aclrtSetDevice(count), ACL_ERROR_RT_INVALID_DEVICEID);
	EXPECT_STR(aclGetRecentErrMsg(), "there is no device");
	EXPECT_EQ(aclrtResetDevice(count), ACL_ERROR_RT_INVALID_DEVICEID);
	EXPECT_EQ(aclrtGetDeviceCount(NULL), ACL_ERROR_INVALID_PARAM);
}

ACL_TEST(a_device_is_reset_as_often_as_it_was_set)
{
	int32_t active, device;

	OK(aclrtSetDevice(0));
	OK(aclrtResetDevice(0));
	OK(aclrtGetPrimaryCtxState(0, NULL, &active));
	EXPECT_EQ(active, 1);
	OK(aclrtGetDevice(&device));
	EXPECT_EQ(device, 0);
	OK(aclrtResetDevice(0));
	OK(aclrtGetPrimaryCtxState(0, NULL, &active));
	EXPECT_EQ(active, 0);
	EXPECT_EQ(aclrtResetDevice(0), ACL_ERROR_RT_CONTEXT_NULL);
	EXPECT_EQ(aclrtGetDevice(&device), ACL_ERROR_RT_CONTEXT_NULL);
	EXPECT_STR(aclGetRecentErrMsg(), "destroyed");
}

ACL_TEST(one_forced_reset_undoes_all)
{
	OK(aclrtSetDevice(0));
	OK(aclrtSetDevice(0));
	OK(aclrtResetDeviceForce(0));
	EXPECT_EQ(aclrtResetDeviceForce(0), ACL_ERROR_RT_CONTEXT_NULL);
	OK(aclrtSetDevice(0));
}

static void *context_of_thread(void *arg)
{
	aclrtContext *ctx = arg;

	EXPECT_EQ(aclrtGetCurrentContext(&ctx[1]), ACL_ERROR_RT_CONTEXT_NULL);
	EXPECT_EQ(aclrtSetDevice(0), ACL_SUCCESS);
	EXPECT_EQ(aclrtGetCurrentContext(&ctx[1]), ACL_SUCCESS);
	return NULL;
}

ACL_TEST(threads_share_the_default_context_and_begin_without)
{
	aclrtContext ctx[2] = { NULL, NULL };
	pthread_t thread;

	OK(aclrtGetCurrentContext(&ctx[0]));
	CHECK(!pthread_create(&thread, NULL, context_of_thread, ctx));
	pthread_join(thread, NULL);
	EXPECT(ctx[0] && ctx[0] == ctx[1]);
}

ACL_TEST(a_new_context_becomes_current_and_has_its_own_streams)
{
	aclrtContext first, second, now;
	aclrtStream stream, other;

	OK(aclrtGetCurrentContext(&first));
	OK(aclrtCreateStream(&stream));
	OK(aclrtCreateContext(&second, 0));
	OK(aclrtGetCurrentContext(&now));
	EXPECT(now == second && now != first);
	EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_ERROR_RT_STREAM_CONTEXT);
	EXPECT_EQ(aclrtDestroyStream(stream), ACL_ERROR_RT_STREAM_CONTEXT);
	OK(aclrtCreateStream(&other));
	OK(aclrtSetCurrentContext(first));
	EXPECT_EQ(aclrtSynchronizeStream(other), ACL_ERROR_RT_STREAM_CONTEXT);
	OK(aclrtSynchronizeStream(stream));
	OK(aclrtDestroyContext(second));
	EXPECT_EQ(aclrtSynchronizeStream(other), ACL_ERROR_RT_INVALID_HANDLE);
}

ACL_TEST(the_default_context_cannot_be_destroyed)
{
	aclrtContext ctx;
	int32_t device;

	OK(aclrtGetCurrentContext(&ctx));
	EXPECT_EQ(aclrtDestroyContext(ctx), ACL_ERROR_RT_PARAM_INVALID);
	EXPECT_STR(aclGetRecentErrMsg(), "aclrtResetDevice");
	OK(aclrtGetDevice(&device));
}

ACL_TEST(stale_contexts_are_recognised)
{
	aclrtContext ctx, again;

	OK(aclrtCreateContext(&ctx, 0));
	OK(aclrtDestroyContext(ctx));
	EXPECT_EQ(aclrtDestroyContext(ctx), ACL_ERROR_RT_INVALID_HANDLE);
	EXPECT_EQ(aclrtSetCurrentContext(ctx), ACL_ERROR_RT_INVALID_HANDLE);
	OK(aclrtCreateContext(&again, 0));
	EXPECT(again != ctx);
	EXPECT_EQ(aclrtDestroyContext(ctx), ACL_ERROR_RT_INVALID_HANDLE);
	EXPECT_EQ(aclrtDestroyContext(NULL), ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtSetCurrentContext((void *)0x1234567), ACL_ERROR_RT_INVALID_HANDLE);
}

ACL_TEST(run_mode_is_that_of_a_host)
{
	aclrtRunMode mode = ACL_DEVICE;

	OK(aclrtGetRunMode(&mode));
	EXPECT_EQ(mode, ACL_HOST);
	EXPECT(aclrtGetSocName() && aclrtGetSocName()[0]);
}

ACL_TEST(memory_info_counts_allocations)
{
	size_t free_before, free_after, total;
	void *ptr;

	OK(aclrtGetMemInfo(ACL_HBM_MEM, &free_before, &total));
	EXPECT(total > 0 && free_before <= total);
	OK(aclrtMalloc(&ptr, 1 << 20, ACL_MEM_MALLOC_HUGE_FIRST));
	OK(aclrtGetMemInfo(ACL_DDR_MEM, &free_after, &total));
	EXPECT(free_after <= free_before - (1 << 20));
	OK(aclrtFree(ptr));
	OK(aclrtGetMemInfo(ACL_HBM_MEM, &free_after, &total));
	EXPECT_EQ(free_after, free_before);
	EXPECT_EQ(aclrtGetMemInfo((aclrtMemAttr)77, &free_after, &total), ACL_ERROR_INVALID_PARAM);
}

ACL_TEST(device_memory_ends_with_the_devices_last_context)
{
	aclrtContext ctx;
	void *dev, *host;

	OK(aclrtMalloc(&dev, 4096, ACL_MEM_MALLOC_HUGE_FIRST));
	OK(aclrtMallocHost(&host, 4096));
	OK(aclrtCreateContext(&ctx, 0));
	OK(aclrtResetDevice(0));
	/* The other context keeps the device. */
	memset(dev, 1, 4096);
	OK(aclrtDestroyContext(ctx));
	EXPECT_EQ(aclrtFree(dev), ACL_ERROR_RT_PARAM_INVALID);
	/* Host memory is the program's, whatever became of the device. */
	memset(host, 2, 4096);
	OK(aclrtFreeHost(host));
}

ACL_TEST(finalize_ends_whatever_is_left)
{
	aclrtStream stream;
	aclrtEvent event;
	void *dev, *host;

	OK(aclrtCreateStream(&stream));
	OK(aclrtCreateEvent(&event));
	OK(aclrtRecordEvent(event, stream));
	OK(aclrtMalloc(&dev, 100, ACL_MEM_MALLOC_HUGE_FIRST));
	OK(aclrtMallocHost(&host, 100));
	OK(aclFinalize());
	EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_ERROR_RT_CONTEXT_NULL);
	EXPECT_EQ(aclrtDestroyEvent(event), ACL_ERROR_RT_INVALID_HANDLE);
	EXPECT_EQ(aclrtFree(dev), ACL_ERROR_RT_PARAM_INVALID);
	memset(host, 3, 100);
	OK(aclrtFreeHost(host));
	EXPECT_EQ(aclrtFreeHost(host), ACL_ERROR_RT_PARAM_INVALID);
	OK(aclrtSetDevice(0));
	EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_ERROR_RT_INVALID_HANDLE);
	OK(aclrtResetDevice(0));
	OK(aclInit(NULL));
}

ACL_TEST(two_devices_are_apart)
{
	int32_t device;
	uint32_t count;
	void *a, *b;

	OK(aclrtGetDeviceCount(&count));
	if (count < 2)
		SKIP("there is one device only");
	OK(aclrtMalloc(&a, 4096, ACL_MEM_MALLOC_HUGE_FIRST));
	OK(aclrtSetDevice(1));
	OK(aclrtGetDevice(&device));
	EXPECT_EQ(device, 1);
	OK(aclrtMalloc(&b, 4096, ACL_MEM_MALLOC_HUGE_FIRST));
	memset(a, 7, 4096);
	OK(aclrtMemcpy(b, 4096, a, 4096, ACL_MEMCPY_INTER_DEVICE_TO_DEVICE));
	EXPECT(!memcmp(a, b, 4096));
	memset(a, 8, 4096);
	OK(aclrtMemcpyAsync(b, 4096, a, 4096, ACL_MEMCPY_DEVICE_TO_DEVICE, NULL));
	OK(aclrtSynchronizeStream(NULL));
	EXPECT(!memcmp(a, b, 4096));
	EXPECT_EQ(aclrtMemcpy(b, 4096, a, 4096, ACL_MEMCPY_INNER_DEVICE_TO_DEVICE),
		  ACL_ERROR_RT_PARAM_INVALID);
	OK(aclrtResetDevice(1));
}

#ifdef GE_TEST_LOCAL
ACL_TEST(a_device_that_vanishes_gives_errors_and_still_ends)
{
	aclrtStream stream;
	void *ptr;

	OK(aclrtCreateStream(&stream));
	OK(aclrtMalloc(&ptr, 4096, ACL_MEM_MALLOC_HUGE_FIRST));
	ge_local_lose(0);
	EXPECT_EQ(aclrtMemsetAsync(ptr, 4096, 1, 4096, stream), ACL_ERROR_RT_LOST_HEARTBEAT);
	EXPECT_STR(aclGetRecentErrMsg(), "gone");
	EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
	EXPECT_EQ(aclrtCreateStream(&stream), ACL_ERROR_RT_LOST_HEARTBEAT);
	OK(aclrtFree(ptr));
}
#endif

TEST_MAIN()
