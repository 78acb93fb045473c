// SPDX-License-Identifier: MIT
/*
 * A program of its own: the configuration of a process cannot be changed.
 */
#include "acl_fixture.h"

TEST(the_configured_device_is_current_without_setting_it)
{
	static const char text[] = "{\"defaultDevice\": {\"default_device\": \"0\"}}";
	char path[] = "/tmp/genpu-acl-XXXXXX";
	int fd = mkstemp(path);
	int32_t device = -1;
	aclrtStream stream;
	uint32_t count;

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	if (aclrtGetDeviceCount(&count) || !count) {
		unlink(path);
		SKIP("there is no device");
	}
	EXPECT_EQ(aclInit(path), ACL_SUCCESS);
	unlink(path);
	EXPECT_EQ(aclrtGetDevice(&device), ACL_SUCCESS);
	EXPECT_EQ(device, 0);
	OK(aclrtCreateStream(&stream));
	OK(aclrtSynchronizeStream(stream));
	acl_end();
}

TEST_MAIN()
