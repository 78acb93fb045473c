// SPDX-License-Identifier: MIT
/*
 * A lane costs nothing per run once it is warm: the workspace is shared, because jobs of a stream
 * run one after the other, and argument tables are reused. A run with arguments that a table has
 * already writes nothing; else it takes the oldest table if the job that used it has ended, and
 * only if not doubles their number.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "session.h"

#define FIRST_TABLES	16

/* Memory that was replaced, and the last job that may use it. */
struct ge_retired {
	struct ge_retired *next;
	void *mem;
	uint64_t job;
};

int ge_lane_create(struct ge_device *dev, struct acl_stream *stream, struct ge_queue *queue,
		   struct ge_lane **lane)
{
	*lane = calloc(1, sizeof(**lane));
	if (!*lane)
		return ge_error(ENOMEM, "no memory to run a graph");
	(*lane)->dev = dev;
	(*lane)->stream = stream;
	(*lane)->queue = queue;
	return 0;
}

/* Whether @job has ended; asks only if that is not known yet. */
static bool job_ended(struct ge_lane *lane, uint64_t job)
{
	bool ended;

	if (job <= lane->done)
		return true;
	if (lane->stream)
		ended = acl_stream_reached(lane->stream, job);
	else
		ended = !ge_queue_wait(lane->queue, job, 0);
	if (ended)
		lane->done = job;
	return ended;
}

bool ge_lane_idle(struct ge_lane *lane)
{
	return job_ended(lane, lane->last);
}

void ge_lane_wait(struct ge_lane *lane)
{
	if (lane->last <= lane->done)
		return;
	if (lane->stream)
		acl_stream_wait(lane->stream, lane->last);
	else
		ge_queue_wait(lane->queue, lane->last, -1);
	lane->done = lane->last;
}

void ge_lane_destroy(struct ge_lane *lane)
{
	struct ge_retired *retired;

	while ((retired = lane->retired)) {
		lane->retired = retired->next;
		ge_mem_free(lane->dev, retired->mem);
		free(retired);
	}
	for (size_t i = 0; i < lane->num_outputs; i++)
		if (lane->outputs[i])
			ge_mem_free(lane->dev, lane->outputs[i]);
	if (lane->workspace)
		ge_mem_free(lane->dev, lane->workspace);
	if (lane->tables)
		ge_mem_free(lane->dev, lane->tables);
	if (lane->stream)
		acl_stream_release(lane->stream);
	free(lane->table_jobs);
	free(lane->outputs);
	free(lane->output_sizes);
	free(lane);
}

static void free_retired(struct ge_lane *lane)
{
	struct ge_retired **at = &lane->retired, *retired;

	while ((retired = *at)) {
		if (job_ended(lane, retired->job)) {
			*at = retired->next;
			ge_mem_free(lane->dev, retired->mem);
			free(retired);
		} else {
			at = &retired->next;
		}
	}
}

/* Frees @mem when the jobs submitted so far have ended. */
static int retire(struct ge_lane *lane, void *mem)
{
	struct ge_retired *retired;

	if (!mem)
		return 0;
	if (ge_lane_idle(lane)) {
		ge_mem_free(lane->dev, mem);
		return 0;
	}
	retired = malloc(sizeof(*retired));
	if (!retired)
		return ge_error(ENOMEM, "no memory to run a graph");
	*retired = (struct ge_retired){ lane->retired, mem, lane->last };
	lane->retired = retired;
	return 0;
}

static int replace(struct ge_lane *lane, size_t size, enum ge_mem_region region, void **mem)
{
	void *fresh;
	int ret;

	ret = ge_mem_alloc(lane->dev, size, region, &fresh);
	if (ret)
		return ret;
	ret = retire(lane, *mem);
	if (ret) {
		ge_mem_free(lane->dev, fresh);
		return ret;
	}
	*mem = fresh;
	return 0;
}

static int need_workspace(struct ge_lane *lane, size_t size)
{
	int ret;

	if (size <= lane->workspace_size)
		return 0;
	ret = replace(lane, size, GE_MEM_DEVICE, &lane->workspace);
	if (ret)
		ge_error_prefix("%zu bytes of workspace", size);
	else
		lane->workspace_size = size;
	return ret;
}

static int new_tables(struct ge_lane *lane, size_t num_tables, size_t num_args)
{
	uint64_t *jobs = calloc(num_tables, sizeof(*jobs));
	void *tables = lane->tables;
	int ret;

	if (!jobs)
		return ge_error(ENOMEM, "no memory to run a graph");
	ret = replace(lane, num_tables * num_args * sizeof(uint64_t), GE_MEM_HOST, &tables);
	if (ret) {
		free(jobs);
		return ret;
	}
	free(lane->table_jobs);
	lane->table_jobs = jobs;
	lane->tables = tables;
	lane->num_tables = num_tables;
	lane->table_args = num_args;
	lane->current = 0;
	return 0;
}

/* A table that has @args, from before or written now; its number is @lane->current. */
static int find_table(struct ge_lane *lane, const uint64_t *args, size_t num_args)
{
	size_t bytes = num_args * sizeof(*args);
	size_t next;
	int ret;

	if (!lane->tables || num_args != lane->table_args) {
		ret = new_tables(lane, FIRST_TABLES, num_args);
		if (ret)
			return ret;
	}
	for (size_t i = 0; i < FIRST_TABLES; i++) {
		size_t at = (lane->current + lane->num_tables - i) % lane->num_tables;

		if (lane->table_jobs[at] && !memcmp(&lane->tables[at * num_args], args, bytes)) {
			lane->current = at;
			return 0;
		}
	}
	next = (lane->current + 1) % lane->num_tables;
	if (!job_ended(lane, lane->table_jobs[next])) {
		ret = new_tables(lane, lane->num_tables * 2, num_args);
		if (ret)
			return ret;
		next = 0;
	}
	memcpy(&lane->tables[next * num_args], args, bytes);
	lane->current = next;
	return 0;
}

int ge_lane_output(struct ge_lane *lane, size_t num_outputs, size_t index, size_t size,
		   void **data)
{
	int ret;

	if (lane->num_outputs != num_outputs) {
		lane->outputs = calloc(num_outputs, sizeof(*lane->outputs));
		lane->output_sizes = calloc(num_outputs, sizeof(*lane->output_sizes));
		if (!lane->outputs || !lane->output_sizes) {
			free(lane->outputs);
			free(lane->output_sizes);
			lane->outputs = NULL;
			lane->output_sizes = NULL;
			return ge_error(ENOMEM, "no memory to run a graph");
		}
		lane->num_outputs = num_outputs;
	}
	if (!lane->outputs[index] || lane->output_sizes[index] < size) {
		ret = replace(lane, size ? size : 1, GE_MEM_DEVICE, &lane->outputs[index]);
		if (ret) {
			ge_error_prefix("%zu bytes for output %zu", size, index);
			return ret;
		}
		lane->output_sizes[index] = size;
	}
	*data = lane->outputs[index];
	return 0;
}

int ge_lane_submit(struct ge_lane *lane, const struct ge_program *program, const uint64_t *args,
		   const struct genpu_task *before, const struct genpu_task *after)
{
	const struct ge_model *model = program->model;
	size_t num_args = model->num_inputs + model->num_results;
	struct genpu_task tasks[3], *task;
	unsigned int n = 0;
	int ret;

	if (lane->retired)
		free_retired(lane);
	ret = need_workspace(lane, model->workspace_size);
	if (!ret)
		ret = find_table(lane, args, num_args);
	if (ret)
		return ret;

	if (before)
		tasks[n++] = *before;
	task = &tasks[n++];
	memset(task, 0, sizeof(*task));
	task->op = GENPU_TASK_GRAPH;
	task->graph.program = program->id;
	task->graph.num_args = num_args;
	task->graph.args = (uintptr_t)&lane->tables[lane->current * num_args];
	task->graph.workspace = (uintptr_t)lane->workspace;
	task->graph.workspace_size = lane->workspace_size;
	if (after)
		tasks[n++] = *after;
	if (lane->stream)
		ret = acl_stream_submit(lane->stream, tasks, n, program->what, &lane->last);
	else
		ret = ge_queue_submit(lane->queue, tasks, n, NULL, 0, NULL, 0, &lane->last);
	if (!ret)
		lane->table_jobs[lane->current] = lane->last;
	return ret;
}
