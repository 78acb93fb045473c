// SPDX-License-Identifier: GPL-2.0-only
/*
 * coredump.c - the first hang leaves one dump that names stream, job and task, and no more until it
 * was dismissed.
 */
#include <dirent.h>

#include "genpu_fixture.h"

#define GATE	FIX_SYS_VA
#define SECRET	0x5ec2e75ec2e75ec2ull
#define CLASS	"/sys/class/devcoredump"
#define TEXT	(1 << 19)

static int hang(int fd, uint32_t ctx, uint32_t *stream)
{
	struct drm_genpu_stream_create create = {
		.ctx_id = ctx, .priority = DRM_GENPU_PRIORITY_NORMAL, .timeout_ms = 200,
	};
	struct genpu_task tasks[3] = {
		npu_nop(), npu_nop(), npu_hold(GATE, GENPU_WAIT_EQ, UINT64_MAX),
	};
	int ret = npu_stream_create_with(fd, create, stream);

	/* The second job is the one that hangs. */
	ret = ret ?: npu_run(fd, *stream, tasks, 1);
	ret = ret ?: npu_submit(fd, *stream, tasks, 3, NULL);
	return ret ?: npu_wait(fd, *stream, NULL);
}

/* How many dumps of the device there are; @data becomes the path of the last one. */
static int dumps(int fd, char data[PATH_MAX])
{
	char sysfs[PATH_MAX], link[PATH_MAX], failing[PATH_MAX];
	DIR *stream = opendir(CLASS);
	struct dirent *entry;
	int count = 0;

	if (npu_sysfs(fd, sysfs))
		return -1;
	while (stream && (entry = readdir(stream))) {
		snprintf(link, sizeof(link), CLASS "/%s/failing_device", entry->d_name);
		if (entry->d_name[0] == '.' || !realpath(link, failing) || strcmp(failing, sysfs))
			continue;
		count++;
		snprintf(data, PATH_MAX, CLASS "/%s/data", entry->d_name);
	}
	if (stream)
		closedir(stream);
	return count;
}

/* It is written in the background: wait for it. */
static int dumps_soon(int fd, char data[PATH_MAX])
{
	int64_t deadline = npu_now() + NPU_LONG / 4;
	int count;

	while (!(count = dumps(fd, data)) && npu_now() < deadline)
		npu_sleep_ms(10);
	return count;
}

static bool dismiss(int fd)
{
	int64_t deadline = npu_now() + NPU_LONG / 4;
	char data[PATH_MAX];

	while (dumps(fd, data)) {
		if (npu_now() > deadline)
			return false;
		npu_write_file(data, "1");
		npu_sleep_ms(10);
	}
	return true;
}

#define DUMPS_OR_SKIP() do {								\
	struct stat _st;								\
											\
	if (geteuid())									\
		SKIP(return, "needs root");						\
	if (stat(CLASS, &_st))								\
		SKIP(return, "the kernel has no devcoredump");				\
	/* Of an earlier test; it may still be on its way. */				\
	npu_sleep_ms(100);								\
	ASSERT_TRUE(dismiss(self->fd));							\
} while (0)

/* The number behind "key " at the begin of a line behind "[section]", UINT64_MAX if not there */
static uint64_t value(const char *text, const char *section, const char *key)
{
	const char *at = strstr(text, section), *end;
	size_t n = strlen(key);

	at = at ? strchr(at, '\n') : NULL;
	end = at ? strstr(at, "\n[") : NULL;
	for (; at && at != end; at = strchr(at + 1, '\n'))
		if (!strncmp(at + 1, key, n) && at[1 + n] == ' ')
			return strtoull(at + 2 + n, NULL, 0);
	return UINT64_MAX;
}

TEST_F(npu, first_hang_leaves_a_dump_that_names_the_job)
{
	char data[PATH_MAX], want[192];
	struct drm_genpu_stream_state state;
	uint32_t stream;
	char *text;
	int i;

	DUMPS_OR_SKIP();
	text = calloc(1, TEXT);
	for (i = 2; i < 512; i++)
		npu_store(self->sys.map, i, SECRET);
	ASSERT_EQ(0, hang(self->fd, self->ctx, &stream));
	self->expected_hangs = 1;
	ASSERT_EQ(0, npu_stream_state(self->fd, stream, 0, &state));
	ASSERT_EQ(1, dumps_soon(self->fd, data));
	ASSERT_LT(0, npu_read_file(data, text, TEXT));

	EXPECT_EQ(0, strncmp(text, "genpu coredump 1\n", 17));
	EXPECT_NE(NULL, strstr(text, "\nreason hang\n"));
	EXPECT_EQ((uint64_t)getpid(), value(text, "[guilty]", "pid"));
	EXPECT_EQ(self->ctx, value(text, "[guilty]", "context"));
	EXPECT_EQ(stream, value(text, "[guilty]", "stream"));
	EXPECT_EQ(2, value(text, "[guilty]", "job"));
	EXPECT_EQ(state.failed, value(text, "[guilty]", "job"));
	EXPECT_EQ(1, value(text, "[guilty]", "first-task"));
	EXPECT_EQ(3, value(text, "[guilty]", "tasks"));
	EXPECT_EQ(2, value(text, "[guilty]", "task"));
	EXPECT_EQ(GATE, value(text, "[guilty]", "address"));
	EXPECT_LE(200, value(text, "[guilty]", "waited-ms"));
	EXPECT_EQ(4, value(text, "[queue]", "tail"));
	EXPECT_EQ(3, value(text, "[queue]", "completed"));
	EXPECT_EQ(GENPU_QUEUE_RUNNING, value(text, "[queue]", "status-state"));
	/* The task itself, as it was in the ring before the reset. */
	snprintf(want, sizeof(want), "\nhanging 3 op %u bytes %02x", GENPU_TASK_WAIT,
		 GENPU_TASK_WAIT);
	EXPECT_NE(NULL, strstr(text, want));
	EXPECT_NE(NULL, strstr(text, "MAGIC = 0x55504e47\n"));
	/* Creation of the queue is among the last commands, the hang among the events. */
	snprintf(want, sizeof(want), " op %u bytes", GENPU_ADMIN_QUEUE_CREATE);
	EXPECT_NE(NULL, strstr(text, want));
	snprintf(want, sizeof(want), " job %u:%u:2 ", self->ctx, stream);
	EXPECT_NE(NULL, strstr(text, want));
	snprintf(want, sizeof(want), "\n0x%012llx-0x%012llx system ", (unsigned long long)GATE,
		 (unsigned long long)GATE + 4096);
	want[20] = 0;	/* where it ends depends on how the pages lie */
	EXPECT_NE(NULL, strstr(text, want));
	EXPECT_NE(NULL, strstr(text, "\n[end]\n"));
	/* Nothing of what the process had in memory. */
	EXPECT_EQ(NULL, strstr(text, "5ec2e75ec2e7"));
	EXPECT_EQ(NULL, strstr(text, "c25e7e2cec"));
	EXPECT_TRUE(dismiss(self->fd));
	free(text);
}

TEST_F(npu, second_hang_leaves_none_until_the_first_is_dismissed)
{
	char first[PATH_MAX], second[PATH_MAX] = "";
	uint32_t stream, ctx;
	struct npu_buf buf;

	DUMPS_OR_SKIP();
	ASSERT_EQ(0, hang(self->fd, self->ctx, &stream));
	ASSERT_EQ(1, dumps_soon(self->fd, first));
	ASSERT_EQ(0, npu_ctx_create(self->fd, &ctx));
	ASSERT_EQ(0, npu_buf_create(self->fd, ctx, DRM_GENPU_REGION_SYSTEM, 4096, GATE, &buf));
	ASSERT_EQ(0, hang(self->fd, ctx, &stream));
	npu_sleep_ms(300);
	EXPECT_EQ(1, dumps(self->fd, second));
	EXPECT_STREQ(first, second);
	ASSERT_TRUE(dismiss(self->fd));
	ASSERT_EQ(0, hang(self->fd, ctx, &stream));
	EXPECT_EQ(1, dumps_soon(self->fd, second));
	EXPECT_STRNE(first, second);
	EXPECT_TRUE(dismiss(self->fd));
	munmap(buf.map, buf.size);
	self->expected_hangs = 3;
}

TEST_HARNESS_MAIN
