// SPDX-License-Identifier: MIT
#include <math.h>

#include "acl_fixture.h"

static char *write_config(char *path, const char *text)
{
	int fd;

	strcpy(path, "/tmp/genpu-acl-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return NULL;
	close(fd);
	return path;
}

TEST(init_counts_and_says_so)
{
	uint64_t left = 99;

	CHECK_EQ(aclInit(NULL), ACL_SUCCESS);
	EXPECT_EQ(aclInit(""), ACL_ERROR_REPEAT_INITIALIZE);
	EXPECT_EQ(aclInit(NULL), ACL_ERROR_REPEAT_INITIALIZE);
	EXPECT_EQ(aclFinalizeReference(&left), ACL_SUCCESS);
	EXPECT_EQ(left, 2);
	EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
	EXPECT_EQ(aclFinalizeReference(&left), ACL_ERROR_REPEAT_FINALIZE);
	EXPECT_EQ(left, 0);
}

TEST(second_finalize_is_refused_and_init_works_again)
{
	CHECK_EQ(aclInit(NULL), ACL_SUCCESS);
	EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
	EXPECT_EQ(aclFinalize(), ACL_ERROR_REPEAT_FINALIZE);
	EXPECT_EQ(aclInit(NULL), ACL_SUCCESS);
	EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
}

TEST(bad_configurations_are_refused_with_their_reason)
{
	char path[64];

	EXPECT_EQ(aclInit("/nonexistent/acl.json"), ACL_ERROR_INVALID_FILE);
	EXPECT_STR(aclGetRecentErrMsg(), "/nonexistent/acl.json");
	CHECK(write_config(path, "{ \"defaultDevice\": "));
	EXPECT_EQ(aclInit(path), ACL_ERROR_PARSE_FILE);
	EXPECT_STR(aclGetRecentErrMsg(), path);
	unlink(path);
	CHECK(write_config(path, "[1, 2]"));
	EXPECT_EQ(aclInit(path), ACL_ERROR_PARSE_FILE);
	unlink(path);
	CHECK(write_config(path, "{\"defaultDevice\": {\"default_device\": \"x\"}}"));
	EXPECT_EQ(aclInit(path), ACL_ERROR_INVALID_PARAM);
	unlink(path);
	EXPECT_EQ(aclFinalize(), ACL_ERROR_REPEAT_FINALIZE);
}

TEST(a_configuration_must_stay_the_same_after_finalize)
{
	char path[64];

	CHECK_EQ(aclInit(NULL), ACL_SUCCESS);
	CHECK_EQ(aclFinalize(), ACL_SUCCESS);
	CHECK(write_config(path, "{\"dump\": {}}"));
	EXPECT_EQ(aclInit(path), ACL_ERROR_INVALID_PARAM);
	unlink(path);
	EXPECT_EQ(aclInit(NULL), ACL_SUCCESS);
	EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
}

TEST(without_a_device_calls_say_that_a_context_is_missing)
{
	aclrtStream stream;
	int32_t device;
	void *ptr;

	CHECK_EQ(aclInit(NULL), ACL_SUCCESS);
	EXPECT_EQ(aclrtGetDevice(&device), ACL_ERROR_RT_CONTEXT_NULL);
	EXPECT_EQ(aclrtCreateStream(&stream), ACL_ERROR_RT_CONTEXT_NULL);
	EXPECT_EQ(aclrtMalloc(&ptr, 64, ACL_MEM_MALLOC_HUGE_FIRST), ACL_ERROR_RT_CONTEXT_NULL);
	EXPECT_EQ(aclrtSynchronizeStream(NULL), ACL_ERROR_RT_CONTEXT_NULL);
	EXPECT_EQ(aclrtSynchronizeDevice(), ACL_ERROR_RT_CONTEXT_NULL);
	EXPECT_STR(aclGetRecentErrMsg(), "aclrtSetDevice");
	aclFinalize();
}

TEST(message_is_taken_and_last_error_is_per_thread)
{
	EXPECT_EQ(aclrtFree(NULL), ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtPeekAtLastError(ACL_RT_THREAD_LEVEL), ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtGetLastError(ACL_RT_THREAD_LEVEL), ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclrtGetLastError(ACL_RT_THREAD_LEVEL), ACL_SUCCESS);
	EXPECT_STR(aclGetRecentErrMsg(), "NULL");
	EXPECT(!aclGetRecentErrMsg());
}

TEST(sizes_of_data_types)
{
	EXPECT_EQ(aclDataTypeSize(ACL_FLOAT), 4);
	EXPECT_EQ(aclDataTypeSize(ACL_FLOAT16), 2);
	EXPECT_EQ(aclDataTypeSize(ACL_BF16), 2);
	EXPECT_EQ(aclDataTypeSize(ACL_INT8), 1);
	EXPECT_EQ(aclDataTypeSize(ACL_INT64), 8);
	EXPECT_EQ(aclDataTypeSize(ACL_BOOL), 1);
	EXPECT_EQ(aclDataTypeSize(ACL_DOUBLE), 8);
	EXPECT_EQ(aclDataTypeSize(ACL_INT4), 1);
	EXPECT_EQ(aclDataTypeSize(ACL_COMPLEX32), 4);
	EXPECT_EQ(aclDataTypeSize(ACL_COMPLEX64), 8);
	EXPECT_EQ(aclDataTypeSize(ACL_COMPLEX128), 16);
	EXPECT_EQ(aclDataTypeSize(ACL_STRING), 0);
	EXPECT_EQ(aclDataTypeSize(ACL_DT_UNDEFINED), 0);
}

TEST(every_half_float_survives_the_way_there_and_back)
{
	for (unsigned int h = 0; h < 0x10000; h++) {
		float value = aclFloat16ToFloat(h);

		if (isnan(value))
			CHECK((aclFloatToFloat16(value) & 0x7e00) == 0x7e00);
		else
			CHECK_EQ(aclFloatToFloat16(value), h);
	}
}

#define TWO_11	2048.0f
#define TWO_25	33554432.0f

TEST(half_floats_round_to_nearest_even)
{
	EXPECT_EQ(aclFloatToFloat16(1.0f), 0x3c00);
	EXPECT_EQ(aclFloatToFloat16(-2.0f), 0xc000);
	EXPECT_EQ(aclFloatToFloat16(1.0f + 1 / TWO_11), 0x3c00);
	EXPECT_EQ(aclFloatToFloat16(1.0f + 3 / TWO_11), 0x3c02);
	EXPECT_EQ(aclFloatToFloat16(65504.0f), 0x7bff);
	EXPECT_EQ(aclFloatToFloat16(65519.0f), 0x7bff);
	EXPECT_EQ(aclFloatToFloat16(65520.0f), 0x7c00);
	EXPECT_EQ(aclFloatToFloat16(2 / TWO_25), 0x0001);
	EXPECT_EQ(aclFloatToFloat16(1 / TWO_25), 0x0000);
	EXPECT_EQ(aclFloatToFloat16(3 / TWO_25), 0x0002);
	EXPECT(aclFloat16ToFloat(0x3555) == 1365 / 4096.0f);
}

TEST(data_buffers_keep_what_they_are_given)
{
	char memory[16];
	aclDataBuffer *buffer = aclCreateDataBuffer(memory, sizeof(memory));

	CHECK(buffer);
	EXPECT(aclGetDataBufferAddr(buffer) == memory);
	EXPECT_EQ(aclGetDataBufferSizeV2(buffer), 16);
	EXPECT_EQ(aclUpdateDataBuffer(buffer, memory + 4, 8), ACL_SUCCESS);
	EXPECT(aclGetDataBufferAddr(buffer) == memory + 4);
	EXPECT_EQ(aclGetDataBufferSize(buffer), 8);
	EXPECT_EQ(aclDestroyDataBuffer(buffer), ACL_SUCCESS);
	EXPECT_EQ(aclDestroyDataBuffer(NULL), ACL_ERROR_INVALID_PARAM);
	EXPECT_EQ(aclUpdateDataBuffer(NULL, memory, 1), ACL_ERROR_INVALID_PARAM);
	EXPECT(!aclGetDataBufferAddr(NULL));
	EXPECT_EQ(aclGetDataBufferSizeV2(NULL), 0);
	buffer = aclCreateDataBuffer(NULL, 0);
	EXPECT(buffer && !aclGetDataBufferAddr(buffer));
	aclDestroyDataBuffer(buffer);
}

TEST_MAIN()
