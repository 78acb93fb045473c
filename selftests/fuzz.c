// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz.c - random use and abuse of a device, from many threads and processes at once.
 *
 *	fuzz [--seed N] [--rounds N] [--ops N] [--threads N] [--processes N] [--seconds N]
 *	     [--verbose]
 *
 * After each round, which takes one seed, must hold: every call returned what its documentation
 * allows, and returned at all; a process that did nothing wrong on the same device got right
 * results all the time; all processes have ended; nothing is left on the device; it was not reset;
 * the kernel has said nothing. With the seed of a round that failed, and the same options, every
 * thread does the same again.
 *
 * Without options a few short rounds with fixed seeds are done, GENPU_STRESS times as many if that
 * is set. This is TAP, a line a round.
 */
#include <getopt.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "fuzz.h"
#include "genpu_log.h"

#define ROUNDS		3
#define OPS		150

/* A call that has not returned after this long never will; a killed process is gone by then. */
#define STUCK		NPU_LONG

/**
 * struct round - one round
 * @checker: 0 = it has ended
 * @pids: of the processes, 0 = it has ended
 * @kill_at: operation of its first thread at which a process is killed; UINT64_MAX = it may end
 */
struct round {
	uint64_t seed;
	pid_t checker;
	pid_t pids[FUZZ_MAX_PROCESSES];
	uint64_t kill_at[FUZZ_MAX_PROCESSES];
	uint64_t seen[FUZZ_MAX_PROCESSES][FUZZ_MAX_THREADS];
	int64_t since[FUZZ_MAX_PROCESSES][FUZZ_MAX_THREADS];
};

static struct fuzz_options options = { .seed = 1, .ops = OPS, .threads = 3, .processes = 4 };
static struct fuzz_shared *shared;

static void comment(const char *line)
{
	printf("# %s\n", line);
}

/* Where in the kernel a thread is, if we may see it. */
static void print_stack(pid_t pid, uint32_t tid)
{
	char path[64], stack[4096];

	snprintf(path, sizeof(path), "/proc/%d/task/%u/stack", pid, tid);
	if (npu_read_file(path, stack, sizeof(stack)) > 0)
		printf("# stack of %u:\n%s", tid, stack);
}

static void watch_thread(struct round *r, uint32_t p, uint32_t n)
{
	struct fuzz_progress *at = &shared->progress[p][n];
	uint64_t index = __atomic_load_n(&at->index, __ATOMIC_RELAXED);
	uint32_t tid = __atomic_load_n(&at->tid, __ATOMIC_ACQUIRE);

	if (!tid || index != r->seen[p][n] || !r->since[p][n]) {
		r->seen[p][n] = index;
		r->since[p][n] = npu_now();
	} else if (npu_now() - r->since[p][n] > STUCK) {
		fuzz_fail(shared, "process %u, thread %u, operation %" PRIu64 " (%s) does not end",
			  p, n, index, at->op);
		print_stack(r->pids[p], tid);
	}
}

static void ended(struct round *r, pid_t pid, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	uint32_t p;

	if (pid == r->checker) {
		r->checker = 0;
		if (code)
			fuzz_fail(shared, "the checker ended with status %d", code);
	}
	for (p = 0; p < options.processes; p++) {
		if (pid != r->pids[p])
			continue;
		r->pids[p] = 0;
		if (code && !(code == 128 + SIGKILL && r->kill_at[p] != UINT64_MAX))
			fuzz_fail(shared, "process %u ended with status %d", p, code);
	}
}

static void reap(struct round *r)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		ended(r, pid, status);
}

static bool failed(void)
{
	return __atomic_load_n(&shared->failed, __ATOMIC_ACQUIRE);
}

static pid_t start(int (*run)(uint64_t seed, uint32_t number), uint64_t seed, uint32_t number)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		_exit(run(seed, number));
	}
	if (pid < 0)
		fuzz_fail(shared, "no process: %s", strerror(errno));
	else
		setpgid(pid, pid);
	return pid;
}

static int run_checker(uint64_t seed, uint32_t number)
{
	(void)seed;
	(void)number;
	return fuzz_checker(shared);
}

static int run_worker(uint64_t seed, uint32_t number)
{
	return fuzz_worker(&options, shared, seed, number);
}

/* Every third process is killed on its way. */
static void start_all(struct round *r)
{
	uint64_t random = r->seed + 1;
	uint32_t p;

	r->checker = start(run_checker, 0, 0);
	while (r->checker > 0 && !failed() &&
	       !__atomic_load_n(&shared->checked, __ATOMIC_ACQUIRE)) {
		reap(r);
		npu_sleep_ms(2);
	}
	for (p = 0; p < options.processes && !failed(); p++) {
		r->kill_at[p] = npu_random(&random) % 3 ? UINT64_MAX :
				npu_random(&random) % options.ops;
		r->pids[p] = start(run_worker, r->seed, p);
	}
}

static bool running(struct round *r)
{
	uint32_t p, n;

	reap(r);
	for (p = 0; p < options.processes; p++) {
		if (!r->pids[p])
			continue;
		for (n = 0; n < options.threads; n++)
			watch_thread(r, p, n);
		if (shared->progress[p][0].index >= r->kill_at[p])
			kill(r->pids[p], SIGKILL);
	}
	for (p = 0; p < options.processes; p++)
		if (r->pids[p] > 0)
			return true;
	return false;
}

/* What is left of the processes and of those that they forked must go, and does. */
static void end_all(struct round *r, const pid_t *groups)
{
	int64_t deadline = npu_now() + STUCK;
	uint32_t p;

	__atomic_store_n(&shared->stop, 1, __ATOMIC_RELEASE);
	for (p = 0; p < options.processes; p++)
		if (groups[p] > 0)
			kill(-groups[p], SIGKILL);
	while (r->checker > 0 && npu_now() < deadline) {
		reap(r);
		npu_sleep_ms(1);
	}
	if (r->checker > 0) {
		fuzz_fail(shared, "the checker does not end");
		print_stack(r->checker, r->checker);
		kill(r->checker, SIGKILL);
	}
	while (waitpid(-1, NULL, WNOHANG) >= 0 && npu_now() < deadline)
		npu_sleep_ms(1);
	if (waitpid(-1, NULL, WNOHANG) >= 0)
		fuzz_fail(shared, "killed processes do not end");
}

static void run_round(struct round *r)
{
	pid_t groups[FUZZ_MAX_PROCESSES] = { 0 };

	start_all(r);
	memcpy(groups, r->pids, sizeof(groups));
	while (!failed() && running(r))
		npu_sleep_ms(2);
	end_all(r, groups);
}

static void judge_device(int fd, const struct npu_health *before, int kmsg)
{
	struct npu_health after;
	int ret = npu_idle(fd, &after);

	if (ret)
		fuzz_fail(shared, "left on the device: %s", ret == -EBUSY ? after.objects :
			  strerror(-ret));
	else if (after.free != before->free)
		fuzz_fail(shared, "%" PRIu64 " bytes free before, %" PRIu64 " after", before->free,
			  after.free);
	else if (after.resets != before->resets)
		fuzz_fail(shared, "the device was reset");
	else if (after.taint != before->taint)
		fuzz_fail(shared, "the kernel is tainted: 0x%" PRIx64, after.taint);
	if (log_count_bad(kmsg))
		fuzz_fail(shared, "the kernel has said something");
}

static bool do_round(uint64_t seed, uint32_t number)
{
	struct round r = { .seed = seed };
	struct npu_health before;
	int fd = npu_open(), kmsg = log_open();
	int64_t begin = npu_now();
	int ret;

	memset(shared, 0, offsetof(struct fuzz_shared, results));
	memset(shared->progress, 0, sizeof(shared->progress));
	printf("# seed %" PRIu64 ": %u processes, %u threads, %u operations each\n", seed,
	       options.processes, options.threads, options.ops);
	ret = npu_opened(fd) ?: npu_idle(fd, &before);
	if (ret) {
		fuzz_fail(shared, "the device is not idle: %s", strerror(-ret));
	} else {
		run_round(&r);
		judge_device(fd, &before, kmsg);
	}
	if (fd >= 0)
		close(fd);
	close(kmsg);
	if (failed())
		printf("# %s\n", shared->text);
	printf("%sok %u - seed %" PRIu64 " # %" PRIu64 " rounds of the checker, %.1f s\n",
	       failed() ? "not " : "", number, seed, shared->checked,
	       (double)(npu_now() - begin) / NSEC);
	if (failed())
		printf("# again: fuzz --seed %" PRIu64
		       " --rounds 1 --ops %u --threads %u --processes %u --verbose\n", seed,
		       options.ops, options.threads, options.processes);
	fflush(stdout);
	return !failed();
}

static int usage(void)
{
	fprintf(stderr, "usage: fuzz [--seed N] [--rounds N] [--ops N] [--threads 1..%d] "
		"[--processes 1..%d] [--seconds N] [--verbose]\n", FUZZ_MAX_THREADS,
		FUZZ_MAX_PROCESSES);
	return 2;
}

static bool parse(int argc, char **argv)
{
	static const struct option known[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "ops", required_argument, NULL, 'o' },
		{ "threads", required_argument, NULL, 't' },
		{ "processes", required_argument, NULL, 'p' },
		{ "seconds", required_argument, NULL, 'd' },
		{ "verbose", no_argument, NULL, 'v' },
		{ }
	};
	uint64_t value = 0;
	char *end;
	int c;

	options.rounds = npu_rounds(ROUNDS);
	while ((c = getopt_long(argc, argv, "", known, NULL)) >= 0) {
		if (optarg) {
			value = strtoull(optarg, &end, 0);
			if (!*optarg || *end)
				return false;
		}
		switch (c) {
		case 's':
			options.seed = value;
			break;
		case 'r':
			options.rounds = value;
			break;
		case 'o':
			options.ops = value;
			break;
		case 't':
			options.threads = value;
			break;
		case 'p':
			options.processes = value;
			break;
		case 'd':
			options.seconds = value;
			break;
		case 'v':
			options.verbose = true;
			break;
		default:
			return false;
		}
	}
	return optind == argc && options.ops && options.threads &&
	       options.threads <= FUZZ_MAX_THREADS && options.processes &&
	       options.processes <= FUZZ_MAX_PROCESSES;
}

int main(int argc, char **argv)
{
	int64_t until;
	uint32_t number, bad = 0;
	int fd;

	if (!parse(argc, argv))
		return usage();
	printf("TAP version 13\n");
	fd = npu_open();
	if (fd < 0) {
		printf("ok 1 - fuzz # SKIP no genpu device: %s\n1..1\n", strerror(-fd));
		return 4;
	}
	close(fd);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED || prctl(PR_SET_CHILD_SUBREAPER, 1)) {
		perror("fuzz");
		return 1;
	}
	until = npu_now() + options.seconds * NSEC;
	for (number = 0; options.seconds ? npu_now() < until : number < options.rounds; number++) {
		if (!do_round(options.seed + number, number + 1)) {
			bad++;
			break;
		}
	}
	printf("1..%u\n", number + !!bad);
	fuzz_count(shared, comment);
	return bad ? 1 : 0;
}
