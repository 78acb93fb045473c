// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace.c - the tracepoints: a job has one submit, one run and one end, in this order and with the
 * same names everywhere; what fails, is cancelled, mapped or unmapped is seen, too.
 */
#include "genpu_fixture.h"

#define BAD_VA	0x7000000000ull
#define TEXT	(1 << 20)

/**
 * struct trace - an instance of the tracer of its own
 * @dir: its directory
 * @text: what it has recorded
 */
struct trace {
	char dir[128];
	char *text;
};

static int trace_set(struct trace *trace, const char *file, const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", trace->dir, file);
	return npu_write_file(path, value);
}

/* trace_begin() - record all events of the driver; a negative errno where that cannot be */
static int trace_begin(struct trace *trace)
{
	static const char * const roots[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	struct stat st;
	size_t i;
	char path[128];

	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/events/genpu", roots[i]);
		if (!stat(path, &st))
			break;
	}
	if (i == 2)
		return -ENOENT;
	snprintf(trace->dir, sizeof(trace->dir), "%s/instances/genpu-selftest", roots[i]);
	trace->text = calloc(1, TEXT);
	if (mkdir(trace->dir, 0700) && errno != EEXIST)
		return -errno;
	return trace_set(trace, "events/genpu/enable", "1");
}

static void trace_read(struct trace *trace)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/trace", trace->dir);
	npu_read_file(path, trace->text, TEXT);
}

static void trace_end(struct trace *trace)
{
	trace_set(trace, "events/genpu/enable", "0");
	rmdir(trace->dir);
	free(trace->text);
}

#define TRACE_OR_SKIP(trace) do {							\
	int _ret = trace_begin(trace);							\
											\
	if (_ret == -ENOENT || _ret == -EACCES || _ret == -EPERM)			\
		SKIP(return, "no tracefs, or no right to use it");			\
	ASSERT_EQ(0, _ret);								\
} while (0)

/* The n-th line, from 0, with the event and a field, or NULL. */
static const char *find(const struct trace *trace, const char *event, const char *field, int n)
{
	static char line[1024];
	const char *at = trace->text, *next;
	char name[64];

	snprintf(name, sizeof(name), " %s: ", event);
	for (; *at; at = next) {
		next = strchrnul(at, '\n');
		snprintf(line, sizeof(line), "%.*s ", (int)(next - at), at);
		next += !!*next;
		if (strstr(line, name) && strstr(line, field) && !n--)
			return line;
	}
	return NULL;
}

static int count(const struct trace *trace, const char *event, const char *field)
{
	int n = 0;

	while (find(trace, event, field, n))
		n++;
	return n;
}

static double when(const struct trace *trace, const char *event, const char *field)
{
	const char *line = find(trace, event, field, 0), *colon;

	if (!line)
		return -1;
	/* "task-pid [cpu] flags seconds: event: fields" */
	colon = strstr(line, ": genpu_");
	while (colon > line && colon[-1] != ' ')
		colon--;
	return strtod(colon, NULL);
}

TEST_F(npu, a_job_has_one_submit_one_run_and_one_end)
{
	struct genpu_task tasks[2] = { npu_nop(), npu_nop() };
	struct trace trace;
	char field[128];
	int i;

	TRACE_OR_SKIP(&trace);
	for (i = 0; i < 5; i++)
		EXPECT_EQ(0, npu_run(self->fd, self->stream, tasks, 2));
	trace_read(&trace);
	for (i = 1; i <= 5; i++) {
		snprintf(field, sizeof(field), "client=%" PRIu64 " context=%u stream=%u ",
			 npu_fdinfo(self->fd, "drm-client-id"), self->ctx, self->stream);
		EXPECT_EQ(5, count(&trace, "genpu_job_submit", field));
		snprintf(field, sizeof(field), " job=%d ", i);
		EXPECT_EQ(1, count(&trace, "genpu_job_submit", field));
		EXPECT_EQ(1, count(&trace, "genpu_job_run", field));
		EXPECT_EQ(1, count(&trace, "genpu_job_end", field));
		EXPECT_LE(when(&trace, "genpu_job_submit", field),
			  when(&trace, "genpu_job_run", field));
		EXPECT_LE(when(&trace, "genpu_job_run", field),
			  when(&trace, "genpu_job_end", field));
		snprintf(field, sizeof(field), " job=%d error=0 tasks=2 start=%d tail=%d ", i,
			 2 * i - 2, 2 * i);
		EXPECT_EQ(1, count(&trace, "genpu_job_run", field));
		snprintf(field, sizeof(field), " job=%d error=0 ", i);
		EXPECT_EQ(1, count(&trace, "genpu_job_end", field));
	}
	trace_end(&trace);
}

TEST_F(npu, failures_and_cancellations_are_ends)
{
	struct drm_genpu_stream_create create = {
		.ctx_id = self->ctx, .priority = DRM_GENPU_PRIORITY_NORMAL, .timeout_ms = 200,
	};
	struct genpu_task task = npu_fill(BAD_VA, 8, 8, 0);
	struct trace trace;
	char field[128];
	uint32_t stream;

	TRACE_OR_SKIP(&trace);
	EXPECT_EQ(0, npu_submit(self->fd, self->stream, &task, 1, NULL));
	EXPECT_EQ(0, npu_wait(self->fd, self->stream, NULL));
	EXPECT_EQ(0, npu_stream_create_with(self->fd, create, &stream));
	task = npu_hold(FIX_SYS_VA, GENPU_WAIT_EQ, UINT64_MAX);
	EXPECT_EQ(0, npu_submit(self->fd, stream, &task, 1, NULL));
	EXPECT_EQ(0, npu_submit(self->fd, stream, &task, 1, NULL));
	EXPECT_EQ(0, npu_wait(self->fd, stream, NULL));
	self->expected_hangs = 1;
	trace_read(&trace);
	snprintf(field, sizeof(field), " task=0 error=%u op=-1 operand=-1 access=%u addr=0x%llx ",
		 GENPU_ERR_PAGE_FAULT, GENPU_ACCESS_WRITE, BAD_VA);
	EXPECT_EQ(1, count(&trace, "genpu_job_fault", field));
	snprintf(field, sizeof(field), " job=1 error=%d ", -EFAULT);
	EXPECT_EQ(1, count(&trace, "genpu_job_end", field));
	snprintf(field, sizeof(field), " stream=%u ", stream);
	EXPECT_EQ(1, count(&trace, "genpu_job_timeout", field));
	EXPECT_EQ(2, count(&trace, "genpu_job_end", field));
	snprintf(field, sizeof(field), " job=1 error=%d ", -ETIME);
	EXPECT_EQ(1, count(&trace, "genpu_job_end", field));
	snprintf(field, sizeof(field), " job=2 error=%d ", -ECANCELED);
	EXPECT_EQ(1, count(&trace, "genpu_job_end", field));
	/* The queue reset is a command with an answer. */
	snprintf(field, sizeof(field), " op=%u ", GENPU_ADMIN_QUEUE_RESET);
	EXPECT_LE(2, count(&trace, "genpu_admin_command", field));
	EXPECT_EQ(count(&trace, "genpu_admin_command", field),
		  count(&trace, "genpu_admin_answer", field));
	trace_end(&trace);
}

TEST_F(npu, mappings_are_seen)
{
	struct trace trace;
	struct npu_buf buf;
	char field[64];

	TRACE_OR_SKIP(&trace);
	EXPECT_EQ(0, npu_buf_create(self->fd, self->ctx, DRM_GENPU_REGION_SYSTEM, 8192, BAD_VA,
				    &buf));
	EXPECT_EQ(0, npu_buf_destroy(self->fd, self->ctx, &buf));
	EXPECT_EQ(-ENOENT, npu_vm_unmap(self->fd, self->ctx, BAD_VA, 8192));
	trace_read(&trace);
	snprintf(field, sizeof(field), " va=0x%llx size=0x2000 ", BAD_VA);
	EXPECT_EQ(1, count(&trace, "genpu_vm_map", field));
	EXPECT_EQ(1, count(&trace, "genpu_vm_unmap", field));
	trace_end(&trace);
}

TEST_HARNESS_MAIN
