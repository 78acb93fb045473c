// SPDX-License-Identifier: GPL-2.0-only
/*
 * stress.c - 64 processes with 4 streams each run graphs at once: all results are right; and when
 * processes are killed at random, everything they had comes back and the kernel has nothing to say.
 *
 * GENPU_STRESS multiplies the rounds; 1 by default.
 */
#include "genpu_fixture.h"
#include "genpu_log.h"
#include "genpu_prog.h"

#define PROCESSES	64
#define STREAMS		4
#define NET_VA		0x4000000000ull

/* One process: its own file, memory, graph and streams; a number of jobs on all of them. */
static int user(uint32_t number, int jobs)
{
	uint32_t ctx, stream[STREAMS], status;
	struct genpu_task tasks[2];
	struct net net;
	int fd = npu_open(), i, job, ret;

	if (fd < 0)
		return 10;
	ret = npu_ctx_create(fd, &ctx);
	for (i = 0; i < STREAMS && !ret; i++)
		ret = npu_stream_create(fd, ctx, &stream[i]);
	if (ret || net_create(fd, ctx, 1 + number % 2, NET_VA, &net))
		return 11;
	for (job = 0; job < jobs || jobs < 0; job++) {
		for (i = 0; i < STREAMS; i++) {
			tasks[0] = net_task(&net, i, number * 1000 + job * STREAMS + i);
			tasks[1] = npu_nop();
			if (npu_submit(fd, stream[i], tasks, 2, NULL))
				return 12;
		}
		for (i = 0; i < STREAMS; i++) {
			if (npu_wait(fd, stream[i], &status) || status)
				return 13;
			if (!net_right(&net, i, number * 1000 + job * STREAMS + i))
				return 14;
		}
	}
	/* Half of them tidy up, half leave it to the kernel. */
	if (number % 4 < 2) {
		for (i = 0; i < STREAMS; i++)
			if (npu_stream_destroy(fd, stream[i]))
				return 15;
		if (npu_graph_unload(fd, net.graph) || npu_buf_destroy(fd, ctx, &net.buf) ||
		    npu_ctx_destroy(fd, ctx))
			return 16;
		close(fd);
	}
	return 0;
}

TEST_F_TIMEOUT(npu, many_processes_get_right_results, 28800)
{
	pid_t pids[PROCESSES];
	int kmsg = log_open(), i;

	for (i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(user(i, npu_rounds(10)));
	}
	for (i = 0; i < PROCESSES; i++)
		EXPECT_EQ(0, npu_join(pids[i])) {
			TH_LOG("process %d", i);
		}
	EXPECT_EQ(0, log_count_bad(kmsg));
	close(kmsg);
}

/*
 * All run without end; one after the other is killed at a random moment and replaced, while one
 * that nobody kills goes on and must not notice.
 */
TEST_F_TIMEOUT(npu, killed_processes_leave_nothing, 28800)
{
	pid_t pids[PROCESSES], spared;
	struct genpu_task nop = npu_nop();
	uint64_t seed = 64738;
	int kmsg = log_open(), i, round;

	spared = fork();
	if (!spared)
		_exit(user(1, npu_rounds(25)));
	for (i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(user(i, -1));
	}
	for (round = 0; round < npu_rounds(25); round++) {
		i = npu_random(&seed) % PROCESSES;
		npu_sleep_ms(npu_random(&seed) % 40);
		kill(pids[i], SIGKILL);
		EXPECT_EQ(128 + SIGKILL, npu_join(pids[i]));
		pids[i] = fork();
		if (!pids[i])
			_exit(user(i, -1));
	}
	for (i = 0; i < PROCESSES; i++)
		kill(pids[i], SIGKILL);
	for (i = 0; i < PROCESSES; i++)
		EXPECT_EQ(128 + SIGKILL, npu_join(pids[i]));
	EXPECT_EQ(0, npu_join(spared));
	EXPECT_EQ(0, npu_run(self->fd, self->stream, &nop, 1));
	EXPECT_EQ(0, log_count_bad(kmsg));
	close(kmsg);
}

/* The same around every call there is: a process that only makes and unmakes things. */
static void restless(uint32_t number)
{
	uint64_t seed = number + 1;
	struct genpu_task task;
	uint32_t ctx, stream;
	struct net net;
	int fd;

	for (;;) {
		fd = npu_open();
		if (npu_ctx_create(fd, &ctx) || npu_stream_create(fd, ctx, &stream))
			_exit(1);
		if (net_create(fd, ctx, 1 + npu_random(&seed) % 2, NET_VA, &net))
			_exit(2);
		task = net_task(&net, 0, number);
		npu_submit(fd, stream, &task, 1, NULL);
		task = npu_hold(NET_VA + NET_LANE(1), GENPU_WAIT_EQ, UINT64_MAX);
		npu_submit(fd, stream, &task, 1, NULL);
		if (npu_random(&seed) % 2)
			npu_stream_destroy(fd, stream);
		if (npu_random(&seed) % 2)
			npu_graph_unload(fd, net.graph);
		if (npu_random(&seed) % 2)
			npu_buf_destroy(fd, ctx, &net.buf);
		else
			munmap(net.buf.map, net.buf.size);
		if (npu_random(&seed) % 2)
			npu_ctx_destroy(fd, ctx);
		close(fd);
	}
}

TEST_F_TIMEOUT(npu, killed_at_any_moment_of_making_and_unmaking, 28800)
{
	struct genpu_task nop = npu_nop();
	uint64_t seed = 1541;
	pid_t pids[8];
	int kmsg = log_open(), i, round;

	for (round = 0; round < npu_rounds(10); round++) {
		for (i = 0; i < 8; i++) {
			pids[i] = fork();
			if (!pids[i])
				restless(i + 8 * round);
		}
		for (i = 0; i < 8; i++) {
			npu_sleep_ms(npu_random(&seed) % 30);
			kill(pids[i], SIGKILL);
		}
		for (i = 0; i < 8; i++)
			EXPECT_EQ(128 + SIGKILL, npu_join(pids[i]));
	}
	EXPECT_EQ(0, npu_run(self->fd, self->stream, &nop, 1));
	EXPECT_EQ(0, log_count_bad(kmsg));
	close(kmsg);
}

TEST_HARNESS_MAIN
