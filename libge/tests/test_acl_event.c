// SPDX-License-Identifier: MIT
#include "acl_fixture.h"

#define SIZE	4096

ACL_TEST(an_event_is_complete_when_the_stream_passed_it)
{
	aclrtEventRecordedStatus status;
	aclrtStream stream;
	struct gate gate;
	aclrtEvent event;

	gate_init(&gate);
	OK(aclrtCreateStream(&stream));
	OK(aclrtCreateEvent(&event));
	OK(aclrtQueryEventStatus(event, &status));
	EXPECT_EQ(status, ACL_EVENT_RECORDED_STATUS_NOT_READY);
	OK(aclrtLaunchHostFunc(stream, gate_fn, &gate));
	OK(aclrtRecordEvent(event, stream));
	OK(aclrtQueryEventStatus(event, &status));
	EXPECT_EQ(status, ACL_EVENT_RECORDED_STATUS_NOT_READY);
	EXPECT_EQ(aclrtSynchronizeEventWithTimeout(event, 20), ACL_ERROR_RT_EVENT_SYNC_TIMEOUT);
	EXPECT_EQ(aclrtSynchronizeEventWithTimeout(event, -5), ACL_ERROR_RT_PARAM_INVALID);
	sem_post(&gate.open);
	OK(aclrtSynchronizeEvent(event));
	OK(aclrtQueryEventStatus(event, &status));
	EXPECT_EQ(status, ACL_EVENT_RECORDED_STATUS_COMPLETE);
	OK(aclrtDestroyEvent(event));
}

ACL_TEST(unrecorded_events_differ_by_how_they_were_made)
{
	aclrtEventRecordedStatus status;
	aclrtEvent plain, ex;

	OK(aclrtCreateEventWithFlag(&plain, ACL_EVENT_SYNC));
	OK(aclrtCreateEventExWithFlag(&ex, ACL_EVENT_SYNC | ACL_EVENT_TIME_LINE));
	OK(aclrtQueryEventStatus(ex, &status));
	EXPECT_EQ(status, ACL_EVENT_RECORDED_STATUS_COMPLETE);
	OK(aclrtSynchronizeEvent(ex));
	EXPECT_EQ(aclrtSynchronizeEvent(plain), ACL_ERROR_RT_PARAM_INVALID);
	OK(aclrtStreamWaitEvent(NULL, plain));
	OK(aclrtStreamWaitEvent(NULL, ex));
	OK(aclrtSynchronizeStream(NULL));
	EXPECT_EQ(aclrtResetEvent(ex, NULL), ACL_ERROR_RT_FEATURE_NOT_SUPPORT);
}

ACL_TEST(flags_and_handles_are_checked)
{
	aclrtEventRecordedStatus status;
	aclrtStream stream;
	aclrtEvent event;

	EXPECT_EQ(aclrtCreateEvent(NULL), ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtCreateEventWithFlag(&event, 0), ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtCreateEventWithFlag(&event, 0x800), ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtCreateEventWithFlag(&event, ACL_EVENT_IPC),
		  ACL_ERROR_RT_FEATURE_NOT_SUPPORT);
	OK(aclrtCreateEvent(&event));
	OK(aclrtCreateStream(&stream));
	EXPECT_EQ(aclrtRecordEvent(stream, stream), ACL_ERROR_RT_INVALID_HANDLE);
	EXPECT_EQ(aclrtRecordEvent(NULL, stream), ACL_ERROR_INVALID_PARAM);
	OK(aclrtDestroyEvent(event));
	EXPECT_EQ(aclrtDestroyEvent(event), ACL_ERROR_RT_INVALID_HANDLE);
	EXPECT_EQ(aclrtRecordEvent(event, stream), ACL_ERROR_RT_INVALID_HANDLE);
	EXPECT_EQ(aclrtStreamWaitEvent(stream, event), ACL_ERROR_RT_INVALID_HANDLE);
	EXPECT_EQ(aclrtQueryEventStatus(event, &status), ACL_ERROR_RT_INVALID_HANDLE);
	EXPECT_EQ(aclrtDestroyEvent(NULL), ACL_ERROR_INVALID_PARAM);
}

ACL_TEST(a_stream_waits_for_the_event_of_another)
{
	aclrtStream first, second;
	aclrtStreamStatus status;
	struct gate gate;
	aclrtEvent event;
	char *ptr;

	gate_init(&gate);
	OK(aclrtCreateStream(&first));
	OK(aclrtCreateStream(&second));
	OK(aclrtCreateEvent(&event));
	OK(aclrtMalloc((void **)&ptr, 2 * SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	OK(aclrtLaunchHostFunc(first, gate_fn, &gate));
	OK(aclrtMemsetAsync(ptr, SIZE, 7, SIZE, first));
	OK(aclrtRecordEvent(event, first));
	OK(aclrtStreamWaitEvent(second, event));
	OK(aclrtMemcpyAsync(ptr + SIZE, SIZE, ptr, SIZE, ACL_MEMCPY_DEVICE_TO_DEVICE, second));
	OK(aclrtStreamQuery(second, &status));
	EXPECT_EQ(status, ACL_STREAM_STATUS_NOT_READY);
	/* A new record or the event's end does not change what was waited for. */
	OK(aclrtResetEvent(event, first));
	OK(aclrtDestroyEvent(event));
	sem_post(&gate.open);
	OK(aclrtSynchronizeStream(second));
	EXPECT_EQ(ptr[2 * SIZE - 1], 7);
}

ACL_TEST(chains_of_events_keep_the_order_on_the_device)
{
	enum { STREAMS = 4, ROUNDS = 50 };
	aclrtStream streams[STREAMS];
	aclrtEvent events[STREAMS];
	char *ptr;

	OK(aclrtMalloc((void **)&ptr, STREAMS * SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	for (int i = 0; i < STREAMS; i++) {
		OK(aclrtCreateStream(&streams[i]));
		OK(aclrtCreateEvent(&events[i]));
	}
	for (int round = 1; round <= ROUNDS; round++) {
		OK(aclrtMemsetAsync(ptr, SIZE, round, SIZE, streams[0]));
		OK(aclrtRecordEvent(events[0], streams[0]));
		for (int i = 1; i < STREAMS; i++) {
			OK(aclrtStreamWaitEvent(streams[i], events[i - 1]));
			OK(aclrtMemcpyAsync(ptr + i * SIZE, SIZE, ptr + (i - 1) * SIZE, SIZE,
					    ACL_MEMCPY_DEVICE_TO_DEVICE, streams[i]));
			OK(aclrtRecordEvent(events[i], streams[i]));
		}
		OK(aclrtStreamWaitEvent(streams[0], events[STREAMS - 1]));
	}
	OK(aclrtSynchronizeStream(streams[0]));
	EXPECT_EQ(ptr[STREAMS * SIZE - 1], ROUNDS);
}

ACL_TEST(elapsed_time_is_that_of_the_device)
{
	aclrtEvent start, end, never;
	aclrtStream stream;
	uint64_t stamp;
	struct gate gate;
	float ms = -1;

	gate_init(&gate);
	OK(aclrtCreateStream(&stream));
	OK(aclrtCreateEvent(&start));
	OK(aclrtCreateEvent(&end));
	OK(aclrtCreateEvent(&never));
	OK(aclrtRecordEvent(start, stream));
	OK(aclrtLaunchHostFunc(stream, gate_fn, &gate));
	OK(aclrtRecordEvent(end, stream));
	EXPECT_EQ(aclrtEventElapsedTime(&ms, start, end), ACL_ERROR_RT_EVENT_TIMESTAMP_INVALID);
	sem_wait(&gate.entered);
	usleep(20000);
	sem_post(&gate.open);
	OK(aclrtSynchronizeStream(stream));
	OK(aclrtEventElapsedTime(&ms, start, end));
	EXPECT(ms >= 19.0f);
	EXPECT_EQ(aclrtEventElapsedTime(&ms, end, start), ACL_ERROR_RT_EVENT_TIMESTAMP_REVERSAL);
	EXPECT_EQ(aclrtEventElapsedTime(&ms, start, never), ACL_ERROR_RT_EVENT_TIMESTAMP_INVALID);
	EXPECT_EQ(aclrtEventElapsedTime(NULL, start, end), ACL_ERROR_INVALID_PARAM);
	OK(aclrtEventGetTimestamp(end, &stamp));
	EXPECT(stamp > 0);
}

ACL_TEST(events_are_recorded_again_and_again)
{
	aclrtStream stream;
	aclrtEvent event;
	uint64_t last = 0, now;

	OK(aclrtCreateStream(&stream));
	OK(aclrtCreateEvent(&event));
	/* More often than a page of timestamps has words. */
	for (int i = 0; i < 1500; i++) {
		OK(aclrtRecordEvent(event, stream));
		if (i % 100)
			continue;
		OK(aclrtSynchronizeEvent(event));
		OK(aclrtEventGetTimestamp(event, &now));
		CHECK(now >= last);
		last = now;
	}
	OK(aclrtSynchronizeStream(stream));
}

ACL_TEST(a_late_record_does_not_write_over_the_time_of_another)
{
	enum { COUNT = 1200 };
	static aclrtEvent events[COUNT];
	static uint64_t times[COUNT];
	aclrtStream held, stream;
	struct gate gate;
	aclrtEvent late;
	uint64_t now;

	gate_init(&gate);
	OK(aclrtCreateStream(&held));
	OK(aclrtCreateStream(&stream));
	OK(aclrtCreateEvent(&late));
	OK(aclrtLaunchHostFunc(held, gate_fn, &gate));
	OK(aclrtRecordEvent(late, held));
	OK(aclrtDestroyEvent(late));
	for (int i = 0; i < COUNT; i++) {
		OK(aclrtCreateEvent(&events[i]));
		OK(aclrtRecordEvent(events[i], stream));
	}
	OK(aclrtSynchronizeStream(stream));
	for (int i = 0; i < COUNT; i++)
		OK(aclrtEventGetTimestamp(events[i], &times[i]));
	sem_wait(&gate.entered);
	usleep(2000);
	sem_post(&gate.open);
	OK(aclrtSynchronizeStream(held));
	for (int i = 0; i < COUNT; i++) {
		OK(aclrtEventGetTimestamp(events[i], &now));
		CHECK_EQ(now, times[i]);
	}
}

ACL_TEST(events_outlive_their_streams)
{
	aclrtEventRecordedStatus status;
	aclrtEvent start, end;
	aclrtStream stream;
	float ms;

	OK(aclrtCreateStream(&stream));
	OK(aclrtCreateEvent(&start));
	OK(aclrtCreateEvent(&end));
	OK(aclrtRecordEvent(start, stream));
	OK(aclrtRecordEvent(end, stream));
	OK(aclrtDestroyStream(stream));
	OK(aclrtSynchronizeEvent(end));
	OK(aclrtQueryEventStatus(end, &status));
	EXPECT_EQ(status, ACL_EVENT_RECORDED_STATUS_COMPLETE);
	OK(aclrtEventElapsedTime(&ms, start, end));
	OK(aclrtStreamWaitEvent(NULL, end));
	OK(aclrtResetDevice(0));
	EXPECT_EQ(aclrtEventElapsedTime(&ms, start, end), ACL_ERROR_RT_EVENT_TIMESTAMP_INVALID);
	OK(aclrtDestroyEvent(start));
}

TEST_MAIN()
