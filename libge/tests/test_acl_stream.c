// SPDX-License-Identifier: MIT
#include "acl_fixture.h"

#ifdef GE_TEST_LOCAL
#include <errno.h>
#include "acl/acl_internal.h"
#endif

#define SIZE	4096

ACL_TEST(tasks_of_a_stream_run_in_order)
{
	aclrtStream stream;
	char *ptr;

	OK(aclrtCreateStream(&stream));
	OK(aclrtMalloc((void **)&ptr, 2 * SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	for (int i = 1; i <= 100; i++) {
		OK(aclrtMemsetAsync(ptr, SIZE, i, SIZE, stream));
		OK(aclrtMemcpyAsync(ptr + SIZE, SIZE, ptr, SIZE, ACL_MEMCPY_DEVICE_TO_DEVICE,
				    stream));
	}
	OK(aclrtSynchronizeStream(stream));
	EXPECT_EQ(ptr[SIZE], 100);
	EXPECT_EQ(ptr[2 * SIZE - 1], 100);
	OK(aclrtDestroyStream(stream));
}

ACL_TEST(a_stream_that_waits_does_not_hold_others)
{
	aclrtStream first, second;
	struct gate gate;
	char *ptr;

	gate_init(&gate);
	OK(aclrtCreateStream(&first));
	OK(aclrtCreateStream(&second));
	OK(aclrtMalloc((void **)&ptr, SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	OK(aclrtLaunchHostFunc(first, gate_fn, &gate));
	OK(aclrtMemsetAsync(ptr, SIZE, 1, 1, first));
	OK(aclrtMemsetAsync(ptr + 1, SIZE - 1, 2, 1, second));
	OK(aclrtSynchronizeStream(second));
	EXPECT_EQ(ptr[0], 0);
	EXPECT_EQ(ptr[1], 2);
	sem_post(&gate.open);
	OK(aclrtSynchronizeStream(first));
	EXPECT_EQ(ptr[0], 1);
}

ACL_TEST(query_and_timeouts_tell_whether_work_is_left)
{
	aclrtStreamStatus status;
	aclrtStream stream;
	struct gate gate;

	gate_init(&gate);
	OK(aclrtCreateStream(&stream));
	OK(aclrtStreamQuery(stream, &status));
	EXPECT_EQ(status, ACL_STREAM_STATUS_COMPLETE);
	OK(aclrtLaunchHostFunc(stream, gate_fn, &gate));
	OK(aclrtStreamQuery(stream, &status));
	EXPECT_EQ(status, ACL_STREAM_STATUS_NOT_READY);
	EXPECT_EQ(aclrtSynchronizeStreamWithTimeout(stream, 0), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);
	EXPECT_EQ(aclrtSynchronizeStreamWithTimeout(stream, 20), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);
	EXPECT_EQ(aclrtSynchronizeDeviceWithTimeout(20), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);
	EXPECT_EQ(aclrtSynchronizeStreamWithTimeout(stream, -2), ACL_ERROR_RT_PARAM_INVALID);
	sem_post(&gate.open);
	OK(aclrtSynchronizeStreamWithTimeout(stream, -1));
	OK(aclrtStreamQuery(stream, &status));
	EXPECT_EQ(status, ACL_STREAM_STATUS_COMPLETE);
	OK(aclrtSynchronizeDevice());
	EXPECT_EQ(aclrtStreamQuery(stream, NULL), ACL_ERROR_INVALID_PARAM);
}

ACL_TEST(null_is_the_default_stream_but_cannot_be_destroyed)
{
	aclrtStream stream;
	char *ptr;

	OK(aclrtMalloc((void **)&ptr, SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	OK(aclrtMemsetAsync(ptr, SIZE, 5, SIZE, NULL));
	OK(aclrtSynchronizeStream(NULL));
	EXPECT_EQ(ptr[SIZE - 1], 5);
	EXPECT_EQ(aclrtDestroyStream(NULL), ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtDestroyStreamForce(NULL), ACL_ERROR_INVALID_PARAM);
	OK(aclrtCtxGetCurrentDefaultStream(&stream));
	EXPECT_EQ(aclrtDestroyStream(stream), ACL_ERROR_RT_PARAM_INVALID);
	OK(aclrtSynchronizeStream(stream));
}

ACL_TEST(stale_and_foreign_handles_are_recognised)
{
	aclrtStream stream, again;
	aclrtEvent event;
	int32_t id;

	OK(aclrtCreateStream(&stream));
	OK(aclrtStreamGetId(stream, &id));
	EXPECT(id > 0);
	OK(aclrtDestroyStream(stream));
	EXPECT_EQ(aclrtDestroyStream(stream), ACL_ERROR_RT_INVALID_HANDLE);
	EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_ERROR_RT_INVALID_HANDLE);
	OK(aclrtCreateStream(&again));
	EXPECT(again != stream);
	EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_ERROR_RT_INVALID_HANDLE);
	OK(aclrtCreateEvent(&event));
	EXPECT_EQ(aclrtSynchronizeStream(event), ACL_ERROR_RT_INVALID_HANDLE);
	EXPECT_EQ(aclrtSynchronizeStream((void *)-1), ACL_ERROR_RT_INVALID_HANDLE);
	EXPECT_STR(aclGetRecentErrMsg(), "not a stream");
}

ACL_TEST(priorities_and_flags_are_checked)
{
	aclrtStream stream;

	OK(aclrtCreateStreamWithConfig(&stream, 0, ACL_STREAM_FAST_LAUNCH | ACL_STREAM_FAST_SYNC));
	OK(aclrtCreateStreamWithConfig(&stream, 7, ACL_STREAM_HUGE));
	EXPECT_EQ(aclrtCreateStreamWithConfig(&stream, 8, 0), ACL_ERROR_RT_PARAM_INVALID);
	EXPECT_EQ(aclrtCreateStreamWithConfig(&stream, 0, ACL_STREAM_PERSISTENT),
		  ACL_ERROR_RT_FEATURE_NOT_SUPPORT);
	EXPECT_EQ(aclrtCreateStream(NULL), ACL_ERROR_INVALID_PARAM);
}

ACL_TEST(destroying_waits_for_the_work)
{
	aclrtStream stream;
	struct gate gate;
	char *ptr;

	gate_init(&gate);
	sem_post(&gate.open);
	OK(aclrtCreateStream(&stream));
	OK(aclrtMalloc((void **)&ptr, SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	OK(aclrtLaunchHostFunc(stream, gate_fn, &gate));
	OK(aclrtMemsetAsync(ptr, SIZE, 9, SIZE, stream));
	OK(aclrtDestroyStream(stream));
	EXPECT_EQ(ptr[SIZE - 1], 9);
}

ACL_TEST(a_forced_destroy_drops_the_work)
{
	aclrtStream stream;
	struct gate gate;
	char *ptr;

	gate_init(&gate);
	OK(aclrtCreateStream(&stream));
	OK(aclrtMalloc((void **)&ptr, SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	OK(aclrtLaunchHostFunc(stream, gate_fn, &gate));
	OK(aclrtMemsetAsync(ptr, SIZE, 9, SIZE, stream));
	sem_wait(&gate.entered);
	OK(aclrtDestroyStreamForce(stream));
	sem_post(&gate.open);
	EXPECT_EQ(ptr[SIZE - 1], 0);
}

static struct gate failing;

/* Puts a copy into the stream whose source is gone when fail_now() lets it run. */
static void put_failing_copy(aclrtStream stream, void *dst, void **freed)
{
	void *src;

	gate_init(&failing);
	OK(aclrtMalloc(&src, SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	OK(aclrtLaunchHostFunc(stream, gate_fn, &failing));
	OK(aclrtMemcpyAsync(dst, SIZE, src, SIZE, ACL_MEMCPY_DEVICE_TO_DEVICE, stream));
	sem_wait(&failing.entered);
	OK(aclrtFree(src));
	*freed = src;
}

static void fail_now(void)
{
	sem_post(&failing.open);
}

ACL_TEST(a_failure_is_reported_once_and_the_next_tasks_run)
{
	aclrtStream stream, other;
	const char *message;
	char *ptr, words[64];
	void *freed;
	int32_t id;

	OK(aclrtCreateStream(&stream));
	OK(aclrtCreateStream(&other));
	OK(aclrtMalloc((void **)&ptr, 2 * SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	put_failing_copy(stream, ptr, &freed);
	OK(aclrtMemsetAsync(ptr + SIZE, SIZE, 4, SIZE, stream));
	fail_now();
	EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_ERROR_RT_SYS_DMA);
	message = aclGetRecentErrMsg();
	OK(aclrtStreamGetId(stream, &id));
	snprintf(words, sizeof(words), "stream %d", id);
	EXPECT_STR(message, words);
	EXPECT_STR(message, "device 0, context ");
	EXPECT_STR(message, "task 0: page fault reading address");
	snprintf(words, sizeof(words), "address %#lx", (unsigned long)freed);
	EXPECT_STR(message, words);
	EXPECT_STR(message, "a copy of 4096 bytes");
	EXPECT_EQ(ptr[2 * SIZE - 1], 4);
	OK(aclrtSynchronizeStream(stream));
	OK(aclrtMemsetAsync(ptr, SIZE, 6, SIZE, other));
	OK(aclrtSynchronizeStream(other));
	OK(aclrtMemsetAsync(ptr, SIZE, 7, SIZE, stream));
	OK(aclrtSynchronizeStream(stream));
	EXPECT_EQ(ptr[0], 7);
	put_failing_copy(stream, ptr, &freed);
	fail_now();
	EXPECT_EQ(aclrtSynchronizeDevice(), ACL_ERROR_RT_SYS_DMA);
	EXPECT_EQ(aclrtSynchronizeDevice(), ACL_SUCCESS);
}

ACL_TEST(a_stream_that_stops_takes_its_context_with_it)
{
	aclrtStream stream, other, late;
	aclrtContext ctx;
	void *freed;
	char *ptr;

	OK(aclrtCreateContext(&ctx, 0));
	OK(aclrtCreateStream(&stream));
	OK(aclrtCreateStream(&other));
	OK(aclrtSetStreamFailureMode(stream, ACL_STOP_ON_FAILURE));
	EXPECT_EQ(aclrtSetStreamFailureMode(stream, ACL_STOP_ON_FAILURE),
		  ACL_ERROR_RT_PARAM_INVALID);
	EXPECT_EQ(aclrtSetStreamFailureMode(other, 2), ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtSetStreamFailureMode(NULL, 0), ACL_ERROR_INVALID_PARAM);
	OK(aclrtMalloc((void **)&ptr, 2 * SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	put_failing_copy(stream, ptr, &freed);
	OK(aclrtMemsetAsync(ptr + SIZE, SIZE, 4, SIZE, stream));
	fail_now();
	EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_ERROR_RT_SYS_DMA);
	EXPECT_EQ(ptr[SIZE], 0);
	EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_ERROR_RT_SYS_DMA);
	EXPECT_EQ(aclrtMemsetAsync(ptr, SIZE, 4, SIZE, stream), ACL_ERROR_RT_SYS_DMA);
	EXPECT_EQ(aclrtMemsetAsync(ptr, SIZE, 4, SIZE, other), ACL_ERROR_RT_SYS_DMA);
	EXPECT_STR(aclGetRecentErrMsg(), "stopped");
	EXPECT_EQ(aclrtSynchronizeStream(other), ACL_ERROR_RT_SYS_DMA);
	EXPECT_EQ(aclrtCreateStream(&late), ACL_ERROR_RT_SYS_DMA);
	OK(aclrtDestroyContext(ctx));
	/* Another context goes on. */
	OK(aclrtSetDevice(0));
	OK(aclrtMemsetAsync(ptr, SIZE, 4, SIZE, NULL));
	OK(aclrtSynchronizeStream(NULL));
}

static uint32_t seen_code, seen_device, seen_stream, seen_task, seen_count;

static void on_exception(aclrtExceptionInfo *info)
{
	seen_count++;
	seen_code = aclrtGetErrorCodeFromExceptionInfo(info);
	seen_device = aclrtGetDeviceIdFromExceptionInfo(info);
	seen_stream = aclrtGetStreamIdFromExceptionInfo(info);
	seen_task = aclrtGetTaskIdFromExceptionInfo(info);
	EXPECT(aclrtGetThreadIdFromExceptionInfo(info) == (uint32_t)gettid());
}

ACL_TEST(the_exception_callback_sees_each_failure)
{
	aclrtStream stream;
	void *freed, *ptr;
	int32_t id;

	seen_count = 0;
	OK(aclrtSetExceptionInfoCallback(on_exception));
	OK(aclrtCreateStream(&stream));
	OK(aclrtStreamGetId(stream, &id));
	OK(aclrtMalloc(&ptr, SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	put_failing_copy(stream, ptr, &freed);
	fail_now();
	EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_ERROR_RT_SYS_DMA);
	EXPECT_EQ(seen_count, 1);
	EXPECT_EQ(seen_code, ACL_ERROR_RT_SYS_DMA);
	EXPECT_EQ(seen_device, 0);
	EXPECT_EQ(seen_stream, id);
	EXPECT(seen_task > 0);
	OK(aclrtSetExceptionInfoCallback(NULL));
	put_failing_copy(stream, ptr, &freed);
	fail_now();
	EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_ERROR_RT_SYS_DMA);
	EXPECT_EQ(seen_count, 1);
	EXPECT_EQ(aclrtGetTaskIdFromExceptionInfo(NULL), UINT32_MAX);
	EXPECT_EQ(aclrtGetErrorCodeFromExceptionInfo(NULL), UINT32_MAX);
}

ACL_TEST(as_many_streams_as_the_device_has_then_an_error)
{
	static aclrtStream streams[4096];
	aclError code = ACL_SUCCESS;
	int n = 0;

	while (n < 4096 && (code = aclrtCreateStream(&streams[n])) == ACL_SUCCESS)
		n++;
	EXPECT(n >= 32 && n < 4096);
	EXPECT_EQ(code, ACL_ERROR_RT_NO_STREAM_RESOURCE);
	EXPECT_STR(aclGetRecentErrMsg(), "no stream left");
	OK(aclrtDestroyStream(streams[0]));
	OK(aclrtCreateStream(&streams[0]));
	for (int i = 0; i < n; i++)
		OK(aclrtDestroyStreamForce(streams[i]));
}

#ifdef GE_TEST_LOCAL
static uint64_t *word;

static void put_wait(aclrtStream handle, uint64_t *point)
{
	struct genpu_task task = { .op = GENPU_TASK_WAIT };
	struct acl_stream *stream;

	task.wait.addr = (uintptr_t)word;
	task.wait.value = 1;
	CHECK_EQ(acl_stream_acquire(handle, 0, &stream), 0);
	EXPECT_EQ(acl_stream_submit(stream, &task, 1, "a wait", point), 0);
	acl_stream_release(stream);
}

ACL_TEST(a_wait_that_is_never_signalled_ends_at_the_timeout_and_the_stream_lives_on)
{
	aclrtStream stream, other;
	char *ptr;

	ge_local_config.timeout_ms = 50;
	OK(aclrtCreateStream(&stream));
	OK(aclrtCreateStream(&other));
	OK(aclrtMallocHost((void **)&word, SIZE));
	OK(aclrtMalloc((void **)&ptr, SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	put_wait(stream, NULL);
	OK(aclrtMemsetAsync(ptr, SIZE, 1, SIZE, stream));
	OK(aclrtMemsetAsync(ptr, SIZE, 2, SIZE, other));
	OK(aclrtSynchronizeStream(other));
	EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_ERROR_RT_AICORE_TIMEOUT);
	EXPECT_STR(aclGetRecentErrMsg(), "timeout");
	EXPECT_EQ(ptr[0], 2);
	OK(aclrtSynchronizeStream(stream));
	OK(aclrtMemsetAsync(ptr, SIZE, 3, SIZE, stream));
	OK(aclrtSynchronizeStream(stream));
	EXPECT_EQ(ptr[0], 3);
	OK(aclrtFreeHost(word));
	ge_local_config.timeout_ms = 5000;
}

ACL_TEST(work_is_put_on_a_stream_that_died_unnoticed)
{
	aclrtStream stream;
	uint64_t point;
	char *ptr;

	ge_local_config.timeout_ms = 50;
	OK(aclrtCreateStream(&stream));
	OK(aclrtMallocHost((void **)&word, SIZE));
	OK(aclrtMalloc((void **)&ptr, SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	put_wait(stream, &point);
	for (aclrtStreamStatus status = ACL_STREAM_STATUS_NOT_READY;
	     status == ACL_STREAM_STATUS_NOT_READY; usleep(1000))
		OK(aclrtStreamQuery(stream, &status));
	OK(aclrtMemsetAsync(ptr, SIZE, 3, SIZE, stream));
	EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_ERROR_RT_AICORE_TIMEOUT);
	EXPECT_EQ(ptr[0], 3);
	OK(aclrtSynchronizeStream(stream));
	OK(aclrtFreeHost(word));
	ge_local_config.timeout_ms = 5000;
}

static aclrtStream waited_for;

static void *synchronize(void *code)
{
	aclrtSetDevice(0);
	*(aclError *)code = aclrtSynchronizeStream(waited_for);
	aclrtResetDevice(0);
	return NULL;
}

ACL_TEST(a_forced_destroy_releases_those_who_wait)
{
	aclError codes[4] = { 0 };
	pthread_t threads[4];

	OK(aclrtCreateStream(&waited_for));
	OK(aclrtMallocHost((void **)&word, SIZE));
	put_wait(waited_for, NULL);
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_create(&threads[i], NULL, synchronize, &codes[i]));
	usleep(50000);
	EXPECT_EQ(aclrtDestroyStreamForce(waited_for), ACL_SUCCESS);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		EXPECT(codes[i] == ACL_ERROR_RT_STREAM_ABORT ||
		       codes[i] == ACL_ERROR_RT_INVALID_HANDLE);
	}
	OK(aclrtFreeHost(word));
}

ACL_TEST(the_session_layer_gets_streams_without_a_current_context)
{
	struct genpu_task task = { .op = GENPU_TASK_NOP };
	struct acl_stream *stream;
	uint64_t point = 0;
	int32_t device;

	OK(aclrtResetDevice(0));
	CHECK_EQ(acl_stream_acquire(NULL, 0, &stream), 0);
	EXPECT_EQ(acl_stream_submit(stream, &task, 1, NULL, &point), 0);
	EXPECT(point > 0);
	acl_stream_wait(stream, point);
	EXPECT(acl_stream_reached(stream, point));
	EXPECT_EQ(aclrtGetDevice(&device), ACL_ERROR_RT_CONTEXT_NULL);
	acl_drop_on_demand();
	EXPECT_EQ(acl_stream_submit(stream, &task, 1, NULL, &point), -ECANCELED);
	EXPECT(acl_stream_reached(stream, 1000));
	acl_stream_release(stream);
	EXPECT_EQ(ge_local_open_devices(), 0);
	CHECK_EQ(acl_stream_acquire(NULL, 0, &stream), 0);
	OK(aclrtSetDevice(0));
	acl_drop_on_demand();
	EXPECT_EQ(acl_stream_submit(stream, &task, 1, NULL, &point), 0);
	acl_stream_release(stream);
	EXPECT_EQ(acl_stream_acquire((void *)123, 0, &stream), -EINVAL);
}

static bool describe(unsigned int device, uint32_t graph, uint32_t op, uint32_t operand, char *text,
		     size_t size)
{
	snprintf(text, size, "graph \"g%u\", operator %u, operand %u of device %u", graph, op,
		 operand, device);
	return true;
}

TEST(a_fault_names_device_context_stream_task_operator_and_address)
{
	const struct ge_queue_state state = {
		.status = 1, .error = GENPU_ERR_PAGE_FAULT, .failed = 7, .task = 2, .op = 3,
		.operand = 1, .access = GENPU_ACCESS_WRITE, .addr = 0xabc000, .graph = 9, .ctx = 4,
		.stream = 5,
	};
	char text[512];

	acl_fault_text(6, &state, text, sizeof(text));
	EXPECT_STR(text, "device 6, context 4, stream 5, job 7, task 2: page fault writing address "
		   "0xabc000 in operator 3 of graph 9");
	acl_set_describe(describe);
	acl_fault_text(6, &state, text, sizeof(text));
	EXPECT_STR(text, "in graph \"g9\", operator 3, operand 1 of device 6");
	acl_set_describe(NULL);
	/* A small buffer is filled and no more. */
	acl_fault_text(6, &state, text, 16);
	EXPECT_EQ(strlen(text), 15);
}
#endif

TEST_MAIN()
