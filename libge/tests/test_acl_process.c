// SPDX-License-Identifier: MIT
/*
 * Processes that fork, and processes that end in the middle of everything.
 */
#include <sys/wait.h>

#include "acl_fixture.h"

#define SIZE	4096

/* Runs @fn in a child, which ends with exit(); gives its exit status, or -1 if a signal ended it.
 */
static int in_child(int (*fn)(void))
{
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (!child)
		exit(fn());
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static struct gate gate;

static int leave_everything(void)
{
	aclrtStream stream, other;
	aclrtContext ctx;
	aclrtEvent event;
	void *dev, *host;

	gate_init(&gate);
	if (aclInit(NULL) || aclrtSetDevice(0) || aclrtCreateContext(&ctx, 0) ||
	    aclrtCreateStream(&stream) || aclrtCreateStream(&other) || aclrtCreateEvent(&event) ||
	    aclrtMalloc(&dev, SIZE, ACL_MEM_MALLOC_HUGE_FIRST) || aclrtMallocHost(&host, SIZE) ||
	    aclrtMemsetAsync(dev, SIZE, 1, SIZE, other) ||
	    aclrtLaunchHostFunc(stream, gate_fn, &gate) || aclrtRecordEvent(event, stream) ||
	    aclrtMemcpyAsync(host, SIZE, dev, SIZE, ACL_MEMCPY_DEVICE_TO_HOST, stream) ||
	    aclrtStreamWaitEvent(other, event))
		return 1;
	return 0;
}

static int leave_and_finalize(void)
{
	return leave_everything() || aclFinalize();
}

/* First: before the parent has used a device. */
TEST(a_process_may_exit_with_everything_in_use)
{
	uint32_t count;

	if (aclrtGetDeviceCount(&count) || !count)
		SKIP("there is no device");
	EXPECT_EQ(in_child(leave_everything), 0);
	EXPECT_EQ(in_child(leave_and_finalize), 0);
}

#ifndef GE_TEST_LOCAL
static aclrtStream parents_stream;
static char *parents_memory;

static int begin_anew(void)
{
	aclrtStream stream;
	char *ptr;

	if (aclrtSynchronizeStream(parents_stream) != ACL_ERROR_RT_CONTEXT_NULL)
		return 1;
	if (aclrtFree(parents_memory) != ACL_ERROR_RT_PARAM_INVALID)
		return 2;
	if (aclrtSetDevice(0) || aclrtCreateStream(&stream))
		return 3;
	if (aclrtSynchronizeStream(parents_stream) != ACL_ERROR_RT_INVALID_HANDLE)
		return 4;
	if (aclrtMalloc((void **)&ptr, SIZE, ACL_MEM_MALLOC_HUGE_FIRST) ||
	    aclrtMemsetAsync(ptr, SIZE, 3, SIZE, stream) || aclrtSynchronizeStream(stream) ||
	    ptr[SIZE - 1] != 3)
		return 5;
	return aclrtResetDevice(0) ? 6 : 0;
}

ACL_TEST(a_forked_child_shares_nothing_and_begins_anew)
{
	OK(aclrtCreateStream(&parents_stream));
	OK(aclrtMalloc((void **)&parents_memory, SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	OK(aclrtMemsetAsync(parents_memory, SIZE, 1, SIZE, parents_stream));
	EXPECT_EQ(in_child(begin_anew), 0);
	OK(aclrtMemsetAsync(parents_memory, SIZE, 2, SIZE, parents_stream));
	OK(aclrtSynchronizeStream(parents_stream));
	EXPECT_EQ(parents_memory[SIZE - 1], 2);
}
#endif

TEST_MAIN()
