// SPDX-License-Identifier: MIT
#include <string.h>

#include "task.h"

/* How much is translated and copied between two looks at job->abort */
#define CHUNK		(4ull << 20)
#define SHORT_BYTES	(64ull << 10)
#define SHORT_ROWS	64

enum unit task_unit(const struct genpu_task *task)
{
	switch (task->op) {
	case GENPU_TASK_GRAPH:
		return UNIT_COMPUTE;
	case GENPU_TASK_COPY:
	case GENPU_TASK_FILL:
		return UNIT_COPY;
	default:
		return UNIT_NONE;
	}
}

bool task_short(const struct genpu_task *task)
{
	switch (task->op) {
	case GENPU_TASK_COPY:
		return task->copy.rows <= SHORT_ROWS && task->copy.bytes <= SHORT_BYTES &&
		       task->copy.rows * task->copy.bytes <= SHORT_BYTES;
	case GENPU_TASK_FILL:
		return task->fill.bytes <= SHORT_BYTES;
	default:
		return false;
	}
}

static bool all_zero(const __u64 *w, size_t n)
{
	while (n--)
		if (w[n])
			return false;
	return true;
}

static u32 check_word(u64 addr)
{
	if (addr % sizeof(u64))
		return GENPU_ERR_ALIGN;
	return mmu_range_ok(addr, sizeof(u64)) ? GENPU_OK : GENPU_ERR_RANGE;
}

static u32 check_now(const struct genpu_task *task)
{
	switch (task->op) {
	case GENPU_TASK_NOP:
		return all_zero(task->raw, ARRAY_SIZE(task->raw)) ? GENPU_OK : GENPU_ERR_RESERVED;
	case GENPU_TASK_SIGNAL:
		if (task->signal.reserved ||
		    !all_zero(task->signal.reserved2, ARRAY_SIZE(task->signal.reserved2)))
			return GENPU_ERR_RESERVED;
		if (task->signal.kind > GENPU_SIGNAL_ADD)
			return GENPU_ERR_VALUE;
		return check_word(task->signal.addr);
	case GENPU_TASK_WAIT:
		if (task->wait.reserved ||
		    !all_zero(task->wait.reserved2, ARRAY_SIZE(task->wait.reserved2)))
			return GENPU_ERR_RESERVED;
		if (task->wait.cond > GENPU_WAIT_AND)
			return GENPU_ERR_VALUE;
		return check_word(task->wait.addr);
	case GENPU_TASK_TIMESTAMP:
		if (!all_zero(task->timestamp.reserved, ARRAY_SIZE(task->timestamp.reserved)))
			return GENPU_ERR_RESERVED;
		return check_word(task->timestamp.addr);
	default:
		return GENPU_ERR_OPCODE;
	}
}

static bool wait_holds(u64 word, u64 value, u32 cond)
{
	switch (cond) {
	case GENPU_WAIT_GE:
		return word >= value;
	case GENPU_WAIT_EQ:
		return word == value;
	case GENPU_WAIT_NE:
		return word != value;
	default:
		return word & value;
	}
}

enum task_result task_now(struct device *dev, struct mmu *mmu, const struct genpu_task *task,
			  struct task_error *e)
{
	const struct memory_map *map = dev->mem.map;
	struct mmu_fault fault;
	u64 *word;
	u32 error;

	error = check_now(task);
	/* an unknown task is that, whatever else is wrong with it */
	if (error != GENPU_ERR_OPCODE && (task->flags || task->reserved))
		error = GENPU_ERR_RESERVED;
	task_error_set(e, error);
	if (error)
		return TASK_FAILED;
	if (task->op == GENPU_TASK_NOP)
		return TASK_DONE;

	/* the address is the first field of all three */
	word = mmu_word(mmu, map, task->raw[0], task->op != GENPU_TASK_WAIT, &fault);
	if (!word) {
		task_error_fault(e, &fault);
		return TASK_FAILED;
	}
	switch (task->op) {
	case GENPU_TASK_SIGNAL:
		if (task->signal.kind == GENPU_SIGNAL_ADD)
			__atomic_add_fetch(word, task->signal.value, __ATOMIC_SEQ_CST);
		else
			__atomic_store_n(word, task->signal.value, __ATOMIC_SEQ_CST);
		return TASK_DONE;
	case GENPU_TASK_WAIT:
		return wait_holds(__atomic_load_n(word, __ATOMIC_ACQUIRE), task->wait.value,
				  task->wait.cond) ? TASK_DONE : TASK_HOLD;
	default:
		__atomic_store_n(word, device_time(dev), __ATOMIC_RELEASE);
		return TASK_DONE;
	}
}

/* @rows rows of @bytes, the last one included, are in the address range */
static bool rows_ok(u64 addr, u64 bytes, u64 rows, u64 pitch)
{
	u64 last;

	if (!rows || !bytes)
		return true;
	if (rows == 1)
		return mmu_range_ok(addr, bytes);
	return !__builtin_mul_overflow(rows - 1, pitch, &last) &&
	       !__builtin_add_overflow(last, addr, &last) && mmu_range_ok(addr, bytes) &&
	       mmu_range_ok(last, bytes);
}

static u32 check_stamps(u64 addr)
{
	if (addr % sizeof(u64))
		return GENPU_ERR_ALIGN;
	return mmu_range_ok(addr, 2 * sizeof(u64)) ? GENPU_OK : GENPU_ERR_RANGE;
}

u32 task_check(const struct genpu_task *task)
{
	if (task->flags || task->reserved)
		return GENPU_ERR_RESERVED;
	switch (task->op) {
	case GENPU_TASK_GRAPH:
		if (!all_zero(task->graph.reserved, ARRAY_SIZE(task->graph.reserved)))
			return GENPU_ERR_RESERVED;
		if (task->graph.args % sizeof(u64) || task->graph.workspace % GENPU_PROG_ALIGN)
			return GENPU_ERR_ALIGN;
		if (!mmu_range_ok(task->graph.args, (u64)task->graph.num_args * sizeof(u64)) ||
		    !mmu_range_ok(task->graph.workspace, task->graph.workspace_size))
			return GENPU_ERR_RANGE;
		return check_stamps(task->graph.stamps);
	case GENPU_TASK_COPY:
		if (task->copy.reserved)
			return GENPU_ERR_RESERVED;
		if (!rows_ok(task->copy.dst, task->copy.bytes, task->copy.rows,
			     task->copy.dst_pitch) ||
		    !rows_ok(task->copy.src, task->copy.bytes, task->copy.rows,
			     task->copy.src_pitch))
			return GENPU_ERR_RANGE;
		return check_stamps(task->copy.stamps);
	default:
		if (task->fill.reserved ||
		    !all_zero(task->fill.reserved2, ARRAY_SIZE(task->fill.reserved2)))
			return GENPU_ERR_RESERVED;
		if (task->fill.width != 1 && task->fill.width != 2 && task->fill.width != 4 &&
		    task->fill.width != 8)
			return GENPU_ERR_VALUE;
		if (task->fill.dst % task->fill.width || task->fill.bytes % task->fill.width)
			return GENPU_ERR_ALIGN;
		if (!mmu_range_ok(task->fill.dst, task->fill.bytes))
			return GENPU_ERR_RANGE;
		return check_stamps(task->fill.stamps);
	}
}

static bool copy_row(struct job *job, u64 dst, u64 src, u64 bytes)
{
	u64 from_run, to_run, n;
	struct mmu_fault fault;
	void *from, *to;

	for (; bytes; bytes -= n, src += n, dst += n) {
		if (job_aborted(job)) {
			task_error_set(&job->err, GENPU_ERR_ABORTED);
			return false;
		}
		n = min_u64(bytes, CHUNK);
		from = mmu_run(job->mmu, job->map, src, n, false, &from_run, &fault);
		to = from ? mmu_run(job->mmu, job->map, dst, n, true, &to_run, &fault) : NULL;
		if (!to) {
			task_error_fault(&job->err, &fault);
			return false;
		}
		n = min_u64(from_run, to_run);
		/* they should not overlap; if they do, no harm is done to us */
		memmove(to, from, n);
	}
	return true;
}

static void run_copy(struct job *job)
{
	const struct genpu_task *t = job->task;
	u64 row;

	for (row = 0; row < t->copy.rows && t->copy.bytes; row++)
		if (!copy_row(job, t->copy.dst + row * t->copy.dst_pitch,
			      t->copy.src + row * t->copy.src_pitch, t->copy.bytes))
			return;
}

/* Fills @n bytes whose first one is number @phase of the 8-byte pattern. */
static void fill_piece(u8 *p, u64 n, u64 pattern, unsigned int phase)
{
	u8 bytes[8];

	memcpy(bytes, &pattern, sizeof(bytes));
	for (; n && phase % 8; n--)
		*p++ = bytes[phase++ % 8];
	for (; n >= 8; n -= 8, p += 8)
		memcpy(p, bytes, 8);
	for (phase = 0; n; n--)
		*p++ = bytes[phase++];
}

static u64 repeat_pattern(u64 v, u32 width)
{
	switch (width) {
	case 1:
		return (v & 0xff) * 0x0101010101010101ull;
	case 2:
		return (v & 0xffff) * 0x0001000100010001ull;
	case 4:
		return (v & 0xffffffff) * 0x0000000100000001ull;
	default:
		return v;
	}
}

static void run_fill(struct job *job)
{
	const struct genpu_task *t = job->task;
	u64 pattern = repeat_pattern(t->fill.pattern, t->fill.width);
	u64 at = t->fill.dst, left, run;
	struct mmu_fault fault;
	void *p;

	for (left = t->fill.bytes; left; left -= run, at += run) {
		if (job_aborted(job)) {
			task_error_set(&job->err, GENPU_ERR_ABORTED);
			return;
		}
		p = mmu_run(job->mmu, job->map, at, min_u64(left, CHUNK), true, &run, &fault);
		if (!p) {
			task_error_fault(&job->err, &fault);
			return;
		}
		/* @dst is a multiple of the width, so that the address gives the phase */
		if (t->fill.width == 1)
			memset(p, (int)(pattern & 0xff), run);
		else
			fill_piece(p, run, pattern, at % 8);
	}
}

static void write_stamps(struct job *job, u64 addr, u64 start)
{
	u64 stamp[2] = { start, device_time(job->dev) };
	struct mmu_fault fault;
	u64 *word;
	int i;

	for (i = 0; i < 2; i++) {
		word = mmu_word(job->mmu, job->map, addr + i * sizeof(u64), true, &fault);
		if (!word) {
			task_error_fault(&job->err, &fault);
			return;
		}
		__atomic_store_n(word, stamp[i], __ATOMIC_RELEASE);
	}
}

void task_run(struct job *job)
{
	const struct genpu_task *t = job->task;
	u64 start = device_time(job->dev), stamps;

	task_error_set(&job->err, GENPU_OK);
	switch (t->op) {
	case GENPU_TASK_GRAPH:
		graph_run(job);
		stamps = t->graph.stamps;
		break;
	case GENPU_TASK_COPY:
		run_copy(job);
		stamps = t->copy.stamps;
		break;
	default:
		run_fill(job);
		stamps = t->fill.stamps;
		break;
	}
	if (!job->err.code && stamps)
		write_stamps(job, stamps, start);
}
