// SPDX-License-Identifier: MIT
/*
 * The seam to the device, on the in-process implementation: what libge relies on.
 */
#include <drm/genpu_accel.h>
#include <errno.h>

#include "base/error.h"
#include "device/device.h"
#include "device/ranges.h"
#include "tap.h"

static struct ge_device *dev;
static struct ge_queue *queue;
static struct ge_sync *timeline;
static uint64_t *words;

static int begin(const struct ge_queue_config *config)
{
	return ge_device_get(0, &dev) || ge_queue_create(dev, config, &queue) ||
	       ge_sync_create(dev, &timeline) ||
	       ge_mem_alloc(dev, 4096, GE_MEM_HOST, (void **)&words);
}

static void end(void)
{
	ge_queue_destroy(queue);
	ge_sync_destroy(timeline);
	ge_device_put(dev);
}

static struct genpu_task signal_task(unsigned int word, uint64_t value)
{
	struct genpu_task task = { .op = GENPU_TASK_SIGNAL };

	task.signal.addr = (uintptr_t)&words[word];
	task.signal.value = value;
	return task;
}

static struct genpu_task wait_task(unsigned int word, uint64_t value)
{
	struct genpu_task task = { .op = GENPU_TASK_WAIT };

	task.wait.addr = (uintptr_t)&words[word];
	task.wait.value = value;
	return task;
}

static int submit(struct genpu_task task, uint64_t *seqno)
{
	return ge_queue_submit(queue, &task, 1, NULL, 0, NULL, 0, seqno);
}

TEST(ranges_find_what_holds_an_address)
{
	struct ge_ranges ranges = { NULL };
	const struct ge_range a = {0x1000, 0x1000, GE_MEM_DEVICE}, b = {0x3000, 0x100, GE_MEM_HOST};
	const struct ge_range bad = { 0x1fff, 2, GE_MEM_HOST };

	CHECK(!ge_ranges_add(&ranges, &a) && !ge_ranges_add(&ranges, &b));
	EXPECT_EQ(ge_ranges_add(&ranges, &bad), -EEXIST);
	EXPECT(!ge_ranges_find(&ranges, 0xfff));
	EXPECT_EQ(ge_ranges_find(&ranges, 0x1000)->start, 0x1000);
	EXPECT_EQ(ge_ranges_find(&ranges, 0x1fff)->start, 0x1000);
	EXPECT(!ge_ranges_find(&ranges, 0x2000));
	EXPECT_EQ(ge_ranges_find(&ranges, 0x30ff)->region, GE_MEM_HOST);
	EXPECT(!ge_ranges_find(&ranges, 0x3100));
	EXPECT_EQ(ge_ranges_remove(&ranges, 0x1001), -ENOENT);
	EXPECT_EQ(ge_ranges_remove(&ranges, 0x1000), 0);
	EXPECT_EQ(ge_ranges_remove(&ranges, 0x3000), 0);
	EXPECT(!ge_ranges_first(&ranges));
}

TEST(a_device_is_shared_and_closed_by_the_last)
{
	struct ge_device *a, *b;
	void *ptr;

	CHECK(!ge_device_get(1, &a) && !ge_device_get(1, &b));
	EXPECT(a == b);
	EXPECT_EQ(ge_device_index(a), 1);
	EXPECT_EQ(ge_mem_alloc(a, 10, GE_MEM_DEVICE, &ptr), 0);
	EXPECT_EQ(((char *)ptr)[9], 0);
	ge_device_put(b);
	EXPECT_EQ(ge_mem_find(a, (char *)ptr + 9, NULL, NULL, NULL), 0);
	ge_device_put(a);
	EXPECT_EQ(ge_device_get(77, &a), -ENODEV);
}

TEST(jobs_are_numbered_and_waited_for)
{
	uint64_t first, second;

	CHECK(!begin(&(struct ge_queue_config){ 0 }));
	CHECK(!submit(wait_task(0, 1), &first));
	CHECK(!submit(signal_task(1, 5), &second));
	EXPECT_EQ(first, 1);
	EXPECT_EQ(second, 2);
	EXPECT_EQ(ge_queue_wait(queue, first, 0), -ETIME);
	EXPECT_EQ(ge_queue_wait(queue, 0, 1000000), -ETIME);
	EXPECT_EQ(ge_queue_wait(queue, 3, 0), -EINVAL);
	__atomic_store_n(&words[0], 1, __ATOMIC_SEQ_CST);
	EXPECT_EQ(ge_queue_wait(queue, 0, -1), 0);
	EXPECT_EQ(__atomic_load_n(&words[1], __ATOMIC_SEQ_CST), 5);
	end();
}

TEST(points_order_queues_and_must_be_submitted)
{
	struct genpu_task task;
	struct ge_sync_point point;
	struct ge_queue *other;

	CHECK(!begin(&(struct ge_queue_config){ 0 }));
	CHECK(!ge_queue_create(dev, &(struct ge_queue_config){ 0 }, &other));
	point = (struct ge_sync_point){ timeline, 1 };
	task = signal_task(2, 1);
	EXPECT_EQ(ge_queue_submit(other, &task, 1, &point, 1, NULL, 0, NULL), -ENOENT);
	EXPECT_EQ(ge_sync_wait(timeline, 1, 0), -ENOENT);
	task = wait_task(0, 1);
	CHECK(!ge_queue_submit(queue, &task, 1, NULL, 0, &point, 1, NULL));
	task = signal_task(2, 1);
	CHECK(!ge_queue_submit(other, &task, 1, &point, 1, NULL, 0, NULL));
	EXPECT_EQ(ge_sync_wait(timeline, 1, 1000000), -ETIME);
	EXPECT_EQ(__atomic_load_n(&words[2], __ATOMIC_SEQ_CST), 0);
	__atomic_store_n(&words[0], 1, __ATOMIC_SEQ_CST);
	EXPECT_EQ(ge_sync_wait(timeline, 1, -1), 0);
	EXPECT_EQ(ge_queue_wait(other, 0, -1), 0);
	EXPECT_EQ(__atomic_load_n(&words[2], __ATOMIC_SEQ_CST), 1);
	ge_queue_destroy(other);
	end();
}

TEST(a_bad_address_is_a_page_fault_of_its_queue)
{
	struct genpu_task tasks[2] = { { .op = GENPU_TASK_NOP }, { .op = GENPU_TASK_COPY } };
	struct ge_queue_state state;

	CHECK(!begin(&(struct ge_queue_config){ 0 }));
	tasks[1].copy.dst = (uintptr_t)words;
	tasks[1].copy.src = 0x123000;
	tasks[1].copy.bytes = 8;
	tasks[1].copy.rows = 1;
	CHECK(!ge_queue_submit(queue, tasks, 2, NULL, 0, NULL, 0, NULL));
	CHECK(!submit(signal_task(1, 6), NULL));
	EXPECT_EQ(ge_queue_wait(queue, 0, -1), 0);
	EXPECT_EQ(words[1], 6);
	CHECK(!ge_queue_state(queue, true, &state));
	EXPECT_EQ(state.status, DRM_GENPU_STREAM_FAULT);
	EXPECT_EQ(state.error, GENPU_ERR_PAGE_FAULT);
	EXPECT_EQ(state.failed, 1);
	EXPECT_EQ(state.task, 1);
	EXPECT_EQ(state.addr, 0x123000);
	EXPECT_EQ(state.access, GENPU_ACCESS_READ);
	CHECK(!ge_queue_state(queue, false, &state));
	EXPECT_EQ(state.status, DRM_GENPU_STREAM_OK);
	end();
}

TEST(a_queue_that_stops_refuses_until_it_is_cleared)
{
	struct genpu_task bad = { .op = 77 };
	struct ge_queue_state state;

	CHECK(!begin(&(struct ge_queue_config){ .stop_on_error = true }));
	CHECK(!submit(bad, NULL));
	EXPECT_EQ(ge_queue_wait(queue, 0, -1), 0);
	EXPECT_EQ(submit(signal_task(1, 6), NULL), -ECANCELED);
	CHECK(!ge_queue_state(queue, true, &state));
	EXPECT_EQ(state.error, GENPU_ERR_OPCODE);
	EXPECT_EQ(submit(signal_task(1, 7), NULL), 0);
	EXPECT_EQ(ge_queue_wait(queue, 0, -1), 0);
	EXPECT_EQ(words[1], 7);
	end();
}

TEST(a_job_that_takes_too_long_kills_its_queue)
{
	struct ge_queue_state state;

	CHECK(!begin(&(struct ge_queue_config){ .timeout_ms = 20 }));
	CHECK(!submit(wait_task(0, 1), NULL));
	CHECK(!submit(signal_task(1, 6), NULL));
	EXPECT_EQ(ge_queue_wait(queue, 0, -1), 0);
	EXPECT_EQ(words[1], 0);
	CHECK(!ge_queue_state(queue, true, &state));
	EXPECT_EQ(state.status, DRM_GENPU_STREAM_TIMEDOUT);
	EXPECT_EQ(submit(signal_task(1, 6), NULL), -ECANCELED);
	end();
}

TEST(memory_is_found_limited_and_freed_while_in_use)
{
	uint64_t free_before, free_after, total;
	enum ge_mem_region region;
	void *ptr, *start;
	size_t size;

	CHECK(!begin(&(struct ge_queue_config){ 0 }));
	CHECK(!ge_device_memory(dev, &free_before, &total));
	EXPECT_EQ(ge_mem_alloc(dev, total + 1, GE_MEM_DEVICE, &ptr), -ENOSPC);
	EXPECT_EQ(ge_mem_alloc(dev, 0, GE_MEM_DEVICE, &ptr), -EINVAL);
	CHECK(!ge_mem_alloc(dev, 5000, GE_MEM_DEVICE, &ptr));
	EXPECT_EQ(ge_mem_find(dev, (char *)ptr + 4999, &start, &size, &region), 0);
	EXPECT(start == ptr && size >= 5000 && region == GE_MEM_DEVICE);
	/* A wait that runs, and memory of other work. */
	CHECK(!submit(wait_task(0, 1), NULL));
	EXPECT_EQ(ge_mem_free(dev, ptr), 0);
	EXPECT_EQ(ge_mem_free(dev, ptr), -ENOENT);
	EXPECT_EQ(ge_mem_find(dev, ptr, NULL, NULL, NULL), -ENOENT);
	CHECK(!ge_device_memory(dev, &free_after, &total));
	EXPECT_EQ(free_after, free_before);
	/* The word it looks at goes: that ends the wait with a fault. */
	EXPECT_EQ(ge_mem_free(dev, words), 0);
	EXPECT_EQ(ge_queue_wait(queue, 0, -1), 0);
	end();
}

TEST(programs_are_verified)
{
	struct ge_program_error error = { 0 };
	uint64_t zeros[512] = { 0 };
	uint32_t id;

	CHECK(!begin(&(struct ge_queue_config){ 0 }));
	EXPECT_EQ(ge_program_load(dev, zeros, sizeof(zeros), NULL, 0, &id, &error), -EBADMSG);
	EXPECT_EQ(error.error, GENPU_ERR_PROG_MAGIC);
	EXPECT_STR(ge_error_text(), "not a program");
	EXPECT_EQ(ge_program_unload(dev, 55), -ENOENT);
	EXPECT(!strcmp(ge_device_error_name(9999), "unknown error"));
	end();
}

TEST_MAIN()
