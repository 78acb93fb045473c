// SPDX-License-Identifier: MIT
#include "acl_fixture.h"

#define SIZE	10000

static void *device, *pinned;
static char pageable[SIZE], pattern[SIZE];

static void make_memory(void)
{
	for (int i = 0; i < SIZE; i++)
		pattern[i] = i * 7;
	memset(pageable, 0, SIZE);
	OK(aclrtMalloc(&device, SIZE, ACL_MEM_MALLOC_HUGE_FIRST));
	OK(aclrtMallocHost(&pinned, SIZE));
}

static void free_memory(void)
{
	OK(aclrtFree(device));
	OK(aclrtFreeHost(pinned));
}

ACL_TEST(bad_sizes_and_pointers_are_refused)
{
	void *ptr = NULL;

	EXPECT_EQ(aclrtMalloc(&ptr, 0, ACL_MEM_MALLOC_HUGE_FIRST), ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtMalloc(NULL, 64, ACL_MEM_MALLOC_HUGE_FIRST), ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtMalloc(&ptr, 64, (aclrtMemMallocPolicy)99), ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtMallocHost(&ptr, 0), ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtMallocHost(NULL, 1), ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtFree(NULL), ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtFreeHost(NULL), ACL_ERROR_INVALID_PARAM);
	EXPECT(!ptr);
}

ACL_TEST(allocations_are_aligned_and_both_sides_see_them)
{
	for (size_t size = 1; size <= 8 << 20; size = size * 3 + 1) {
		char *ptr;

		OK(aclrtMalloc((void **)&ptr, size, ACL_MEM_MALLOC_HUGE_FIRST));
		EXPECT_EQ((uintptr_t)ptr % 64, 0);
		ptr[0] = 1;
		ptr[size - 1] = 2;
		OK(aclrtFree(ptr));
	}
}

ACL_TEST(freeing_twice_or_in_the_wrong_way_is_refused)
{
	void *dev, *host;

	OK(aclrtMalloc(&dev, 64, ACL_MEM_MALLOC_NORMAL_ONLY));
	OK(aclrtMallocHost(&host, 64));
	EXPECT_EQ(aclrtFreeHost(dev), ACL_ERROR_RT_PARAM_INVALID);
	EXPECT_STR(aclGetRecentErrMsg(), "aclrtFree()");
	EXPECT_EQ(aclrtFree(host), ACL_ERROR_RT_PARAM_INVALID);
	EXPECT_EQ(aclrtFree((char *)dev + 16), ACL_ERROR_RT_PARAM_INVALID);
	OK(aclrtFree(dev));
	EXPECT_EQ(aclrtFree(dev), ACL_ERROR_RT_PARAM_INVALID);
	OK(aclrtFreeHost(host));
}

ACL_TEST(more_than_there_is_gives_out_of_memory)
{
	size_t free, total;
	void *ptr;

	OK(aclrtGetMemInfo(ACL_HBM_MEM, &free, &total));
	EXPECT_EQ(aclrtMalloc(&ptr, total + 1, ACL_MEM_MALLOC_HUGE_FIRST),
		  ACL_ERROR_RT_MEMORY_ALLOCATION);
	EXPECT_STR(aclGetRecentErrMsg(), "no room");
	OK(aclrtMalloc(&ptr, 64, ACL_MEM_MALLOC_HUGE_FIRST));
}

ACL_TEST(copies_of_every_kind_arrive)
{
	char back[SIZE] = { 0 };

	make_memory();
	OK(aclrtMemcpy(device, SIZE, pattern, SIZE, ACL_MEMCPY_HOST_TO_DEVICE));
	OK(aclrtMemcpy(pinned, SIZE, device, SIZE, ACL_MEMCPY_DEVICE_TO_HOST));
	OK(aclrtMemcpy(back, SIZE, pinned, SIZE, ACL_MEMCPY_HOST_TO_HOST));
	EXPECT(!memcmp(back, pattern, SIZE));
	memset(device, 0, SIZE);
	OK(aclrtMemcpy(device, SIZE, pinned, SIZE, ACL_MEMCPY_DEFAULT));
	OK(aclrtMemcpy(back, SIZE, device, SIZE, ACL_MEMCPY_DEVICE_TO_HOST));
	EXPECT(!memcmp(back, pattern, SIZE));
	free_memory();
}

ACL_TEST(a_kind_that_does_not_fit_the_pointers_is_refused)
{
	make_memory();
	EXPECT_EQ(aclrtMemcpy(device, SIZE, pattern, SIZE, ACL_MEMCPY_DEVICE_TO_HOST),
		  ACL_ERROR_RT_PARAM_INVALID);
	EXPECT_STR(aclGetRecentErrMsg(), "ACL_MEMCPY_DEVICE_TO_HOST");
	EXPECT_EQ(aclrtMemcpy(device, SIZE, pinned, SIZE, ACL_MEMCPY_DEVICE_TO_DEVICE),
		  ACL_ERROR_RT_PARAM_INVALID);
	EXPECT_EQ(aclrtMemcpy(pageable, SIZE, pinned, SIZE, ACL_MEMCPY_HOST_TO_DEVICE),
		  ACL_ERROR_RT_PARAM_INVALID);
	EXPECT_EQ(aclrtMemcpy(pageable, SIZE, pinned, SIZE, (aclrtMemcpyKind)42),
		  ACL_ERROR_RT_PARAM_INVALID);
	EXPECT_EQ(aclrtMemcpyAsync(device, SIZE, pinned, SIZE, ACL_MEMCPY_DEVICE_TO_HOST, NULL),
		  ACL_ERROR_RT_PARAM_INVALID);
	free_memory();
}

ACL_TEST(copies_out_of_bounds_are_refused)
{
	make_memory();
	EXPECT_EQ(aclrtMemcpy(device, SIZE - 1, pattern, SIZE, ACL_MEMCPY_HOST_TO_DEVICE),
		  ACL_ERROR_RT_PARAM_INVALID);
	EXPECT_EQ(aclrtMemcpy((char *)device + 16384, SIZE, pattern, SIZE,
			      ACL_MEMCPY_HOST_TO_DEVICE), ACL_ERROR_RT_PARAM_INVALID);
	EXPECT_EQ(aclrtMemcpyAsync((char *)device + 8192, SIZE, pinned, SIZE,
				   ACL_MEMCPY_HOST_TO_DEVICE, NULL), ACL_ERROR_RT_PARAM_INVALID);
	EXPECT_STR(aclGetRecentErrMsg(), "left in its allocation");
	EXPECT_EQ(aclrtMemcpy(NULL, SIZE, pattern, SIZE, ACL_MEMCPY_HOST_TO_DEVICE),
		  ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtMemcpy(device, SIZE, NULL, SIZE, ACL_MEMCPY_HOST_TO_DEVICE),
		  ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtMemcpy(device, 0, pattern, 0, ACL_MEMCPY_HOST_TO_DEVICE), ACL_SUCCESS);
	EXPECT_EQ(aclrtMemcpy(device, SIZE, device, SIZE, ACL_MEMCPY_DEVICE_TO_DEVICE),
		  ACL_SUCCESS);
	free_memory();
}

ACL_TEST(copies_in_a_stream_arrive_whatever_memory_it_is)
{
	aclrtStream stream;
	char back[SIZE] = { 0 };

	make_memory();
	OK(aclrtCreateStream(&stream));
	OK(aclrtMemcpyAsync(device, SIZE, pattern, SIZE, ACL_MEMCPY_HOST_TO_DEVICE, stream));
	OK(aclrtMemcpyAsync(pinned, SIZE, device, SIZE, ACL_MEMCPY_DEVICE_TO_HOST, stream));
	OK(aclrtMemsetAsync(device, SIZE, 0x5a, SIZE, stream));
	/* Pageable: back when it returns. */
	OK(aclrtMemcpyAsync(back, SIZE, device, SIZE, ACL_MEMCPY_DEVICE_TO_HOST, stream));
	for (int i = 0; i < SIZE; i++)
		CHECK_EQ(back[i], 0x5a);
	EXPECT(!memcmp(pinned, pattern, SIZE));
	OK(aclrtMemcpyAsync(device, SIZE, pinned, SIZE, ACL_MEMCPY_HOST_TO_BUF_TO_DEVICE, stream));
	memset(pinned, 0, SIZE);
	OK(aclrtSynchronizeStream(stream));
	EXPECT(!memcmp(device, pattern, SIZE));
	EXPECT_EQ(aclrtMemcpyAsync(pinned, SIZE, pattern, SIZE, ACL_MEMCPY_HOST_TO_HOST, stream),
		  ACL_ERROR_RT_FEATURE_NOT_SUPPORT);
	EXPECT_EQ(aclrtMemcpyAsync(device, SIZE, (char *)device + 8, 64,
				   ACL_MEMCPY_DEVICE_TO_DEVICE, stream),
		  ACL_ERROR_RT_PARAM_INVALID);
	free_memory();
}

ACL_TEST(setting_memory_checks_its_bounds)
{
	void *other;

	make_memory();
	OK(aclrtMemset(device, SIZE, 0x1ff, SIZE));
	EXPECT_EQ(((unsigned char *)device)[SIZE - 1], 0xff);
	OK(aclrtMemset(pinned, SIZE, 3, 1));
	EXPECT_EQ(aclrtMemset(device, 4, 0, 5), ACL_ERROR_RT_PARAM_INVALID);
	EXPECT_EQ(aclrtMemset(pageable, SIZE, 0, SIZE), ACL_ERROR_RT_PARAM_INVALID);
	EXPECT_EQ(aclrtMemset(NULL, SIZE, 0, SIZE), ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtMemsetAsync((char *)device + 8192, SIZE, 0, SIZE, NULL),
		  ACL_ERROR_RT_PARAM_INVALID);
	OK(aclrtMemsetAsync(device, SIZE, 9, SIZE, NULL));
	OK(aclrtMalloc(&other, 64, ACL_MEM_MALLOC_HUGE_FIRST));
	OK(aclrtFreeWithDevSync(other));
	EXPECT_EQ(((char *)device)[SIZE - 1], 9);
	free_memory();
}

ACL_TEST(many_allocations_are_told_apart)
{
	enum { COUNT = 500 };
	static void *ptrs[COUNT];

	for (int i = 0; i < COUNT; i++) {
		OK(aclrtMalloc(&ptrs[i], 32, ACL_MEM_MALLOC_HUGE_FIRST));
		*(int *)ptrs[i] = i;
	}
	for (int i = 0; i < COUNT; i += 2)
		OK(aclrtFree(ptrs[i]));
	for (int i = 1; i < COUNT; i += 2) {
		int value = 0;

		OK(aclrtMemcpy(&value, 4, ptrs[i], 4, ACL_MEMCPY_DEVICE_TO_HOST));
		CHECK_EQ(value, i);
	}
}

TEST_MAIN()
