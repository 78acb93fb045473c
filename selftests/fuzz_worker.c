// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_worker.c - one process of the fuzzer: its files, memory, threads, and a racer, which changes
 * arguments while the kernel reads them, and interrupts threads in whatever they do.
 */
#include <linux/capability.h>
#include <sched.h>
#include <setjmp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "fuzz.h"

static __thread sigjmp_buf fault_jump;
static __thread volatile sig_atomic_t fault_expected;

static void on_fault(int number)
{
	if (!fault_expected) {
		signal(number, SIG_DFL);
		raise(number);
	}
	siglongjmp(fault_jump, 1);
}

static void on_interrupt(int number)
{
	(void)number;
}

/* fuzz_touch() - read or write a byte that may not be there */
bool fuzz_touch(volatile uint8_t *p, bool write, uint8_t value)
{
	if (sigsetjmp(fault_jump, 1)) {
		fault_expected = 0;
		return false;
	}
	fault_expected = 1;
	if (write)
		*p = value;
	else
		(void)*p;
	fault_expected = 0;
	return true;
}

/* fuzz_copy() - the same with more of it; false if some of it was not there */
bool fuzz_copy(void *to, const void *from, size_t size)
{
	if (sigsetjmp(fault_jump, 1)) {
		fault_expected = 0;
		return false;
	}
	fault_expected = 1;
	memcpy(to, from, size);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	fault_expected = 0;
	return true;
}

/* fuzz_step() - one operation */
void fuzz_step(struct fuzz_thread *t, uint64_t index)
{
	static uint32_t total;
	const struct fuzz_operation *tables[] = { fuzz_genpu_operations, fuzz_core_operations };
	const struct fuzz_operation *op;
	uint32_t sum = 0, at;
	int i;

	for (i = 0; !total && i < 2; i++)
		for (op = tables[i]; op->run; op++)
			sum += op->weight;
	total = total ?: sum;

	fuzz_seed(t, index);
	at = fuzz_below(t, total);
	for (i = 0, op = tables[0]; at >= op->weight; ) {
		at -= op->weight;
		op++;
		if (!op->run)
			op = tables[++i];
	}
	t->op = op->name;
	if (!t->child) {
		__atomic_store_n(&t->progress->op, op->name, __ATOMIC_RELAXED);
		__atomic_store_n(&t->progress->index, index, __ATOMIC_RELAXED);
	}
	op->run(t);
}

static void *thread_main(void *data)
{
	struct fuzz_thread *t = data;
	struct fuzz_process *process = t->process;
	uint32_t i;

	__atomic_store_n(&t->progress->tid, syscall(SYS_gettid), __ATOMIC_RELEASE);
	for (i = 0; i < process->options->ops; i++) {
		if (__atomic_load_n(&process->shared->failed, __ATOMIC_RELAXED))
			break;
		fuzz_step(t, i);
	}
	__atomic_store_n(&t->progress->tid, 0, __ATOMIC_RELEASE);
	__atomic_add_fetch(&process->ended, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* Sizes must not become such that the machine runs out of memory. */
static uint32_t other_word(uint32_t word, uint64_t random)
{
	switch (random % 4) {
	case 0:
		return 0;
	case 1:
		return UINT32_MAX;
	}
	return word ^ 1u << (random >> 8) % 20;
}

/* Change a word to and fro for a while; false once the race is over. */
static bool race(struct fuzz_process *process, uint32_t size, uint32_t at,
		 struct fuzz_thread *noise)
{
	bool on;
	int i;

	pthread_mutex_lock(&process->race_lock);
	on = process->race_size == size;
	if (on) {
		uint32_t *word = (uint32_t *)process->race + at, was = *word;

		for (i = 0; i < 64; i++) {
			__atomic_store_n(word, other_word(was, fuzz_random(noise)),
					 __ATOMIC_RELAXED);
			__atomic_store_n(word, was, __ATOMIC_RELAXED);
		}
		__atomic_store_n(&process->racing, 1, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&process->race_lock);
	return on;
}

static void interrupt(struct fuzz_process *process, uint32_t thread)
{
	uint32_t tid = process->shared->progress[process->number][thread].tid;

	if (tid)
		syscall(SYS_tgkill, getpid(), tid, SIGUSR1);
}

/* What it does is not a function of the seed: nobody knows when the kernel reads. */
static void *racer_main(void *data)
{
	struct fuzz_process *process = data;
	struct fuzz_thread noise = { .process = process, .number = FUZZ_MAX_THREADS };
	uint32_t size, at, rounds, threads = process->options->threads;
	uint64_t i;

	for (i = 0; __atomic_load_n(&process->ended, __ATOMIC_ACQUIRE) < threads; i++) {
		fuzz_seed(&noise, i);
		if (i % 16 == 0)
			interrupt(process, fuzz_below(&noise, threads));
		size = __atomic_load_n(&process->race_size, __ATOMIC_ACQUIRE);
		if (size < 4 || size == UINT32_MAX) {
			usleep(500);
			continue;
		}
		at = fuzz_below(&noise, size / 4);
		for (rounds = 1; race(process, size, at, &noise); rounds++) {
			if (rounds % 1024 == 0)
				interrupt(process, fuzz_below(&noise, threads));
			sched_yield();
		}
		__atomic_store_n(&process->racing, 0, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* fuzz_scratch() - memory of a file twice, the second time read-only, nothing behind either */
int fuzz_scratch(struct fuzz_thread *t)
{
	size_t span = FUZZ_SCRATCH + KIB(4);
	uint8_t *place = mmap(NULL, 2 * span, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = memfd_create("fuzz-arguments", MFD_CLOEXEC);

	if (place == MAP_FAILED || fd < 0 || ftruncate(fd, FUZZ_SCRATCH))
		return -errno;
	t->scratch = mmap(place, FUZZ_SCRATCH, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
			  0);
	t->readonly = mmap(place + span, FUZZ_SCRATCH, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
	close(fd);
	return t->scratch == MAP_FAILED || t->readonly == MAP_FAILED ? -errno : 0;
}

static int make_memory(struct fuzz_process *process)
{
	uint8_t *place = mmap(NULL, FUZZ_USER + KIB(4), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			      0);

	process->arena = mmap(NULL, FUZZ_ARENA, PROT_NONE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (place == MAP_FAILED || process->arena == MAP_FAILED)
		return -errno;
	process->user = mmap(place, FUZZ_USER, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	return process->user == MAP_FAILED ? -errno : 0;
}

static int open_files(void)
{
	uint32_t f;
	int fd;

	for (f = 0; f < FUZZ_FILES; f++) {
		fd = npu_open();
		if (fd < 0)
			return fd;
		if (dup3(fd, fuzz_fd(f), O_CLOEXEC) < 0)
			return -errno;
		close(fd);
	}
	return 0;
}

static void drop_rights(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { };

	syscall(SYS_capset, &header, none);
}

static void handle(int number, void (*function)(int))
{
	struct sigaction action = { .sa_handler = function };

	sigaction(number, &action, NULL);
}

/**
 * fuzz_worker() - be a process of the fuzzer
 * @options: number of threads and operations
 * @shared: for results
 * @seed: of the round
 * @number: of the process; those with odd numbers have no rights
 *
 * Return: exit status: 0, or 1 if it could not begin.
 */
int fuzz_worker(const struct fuzz_options *options, struct fuzz_shared *shared, uint64_t seed,
		uint32_t number)
{
	static struct fuzz_process process;
	static struct fuzz_thread threads[FUZZ_MAX_THREADS];
	pthread_t ids[FUZZ_MAX_THREADS], racer;
	uint32_t i;
	int ret;

	process = (struct fuzz_process){
		.options = options, .shared = shared, .seed = seed, .number = number,
	};
	pthread_mutex_init(&process.race_lock, NULL);
	handle(SIGSEGV, on_fault);
	handle(SIGBUS, on_fault);
	handle(SIGUSR1, on_interrupt);
	handle(SIGALRM, on_interrupt);
	handle(SIGPIPE, SIG_IGN);
	ret = open_files() ?: make_memory(&process);
	for (i = 0; i < options->threads && !ret; i++) {
		threads[i] = (struct fuzz_thread){
			.process = &process, .number = i, .progress = &shared->progress[number][i],
		};
		ret = fuzz_scratch(&threads[i]);
	}
	if (ret) {
		fuzz_fail(shared, "process %u cannot begin: %s", number, strerror(-ret));
		return 1;
	}
	if (number % 2)
		drop_rights();
	threads[0].op = "furnish";
	for (i = 0; i < FUZZ_FILES; i++) {
		fuzz_seed(&threads[0], UINT32_MAX - i);
		fuzz_furnish(&threads[0], i);
	}

	for (i = 0; i < options->threads; i++)
		pthread_create(&ids[i], NULL, thread_main, &threads[i]);
	pthread_create(&racer, NULL, racer_main, &process);
	for (i = 0; i < options->threads; i++)
		pthread_join(ids[i], NULL);
	pthread_join(racer, NULL);
	fflush(stdout);
	return 0;
}
