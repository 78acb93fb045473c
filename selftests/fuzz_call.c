// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_call.c - one ioctl, and whether its result is one that its documentation allows.
 *
 * Of the ioctls of genpu this is judged: an error that the header does not name; success with an
 * argument that was wrong on purpose; a failure that changed the arguments. The ioctls of DRM's
 * core are not ours to judge but for errors that would be the driver's.
 */
#include <stdarg.h>

#include "fuzz.h"

/**
 * struct fuzz_rule - what is known of an ioctl
 * @reports: it fills in results also when it fails
 * @errors: that the header names; those of all ioctls need not be repeated
 */
struct fuzz_rule {
	const char *name;
	unsigned long request;
	bool reports;
	uint8_t errors[12];
};

#define GENPU(name, ...) \
	{ #name, DRM_IOCTL_GENPU_##name, false, { __VA_ARGS__ } }
#define CORE(name) \
	{ #name, DRM_IOCTL_##name, false, { } }

static const struct fuzz_rule rules[FUZZ_NUM_CALLS] = {
	[FUZZ_QUERY] = GENPU(QUERY, EINVAL, EFAULT),
	[FUZZ_BO_CREATE] = GENPU(BO_CREATE, EINVAL, ENOSPC, EDQUOT),
	[FUZZ_BO_INFO] = GENPU(BO_INFO, ENOENT),
	[FUZZ_BO_USERPTR] = GENPU(BO_USERPTR, EINVAL, EFAULT),
	[FUZZ_CTX_CREATE] = GENPU(CTX_CREATE, EINVAL, ENOSPC),
	[FUZZ_CTX_DESTROY] = GENPU(CTX_DESTROY, EINVAL, ENOENT),
	[FUZZ_VM_BIND] = GENPU(VM_BIND, EINVAL, ENOENT, EEXIST, EACCES),
	[FUZZ_STREAM_CREATE] = GENPU(STREAM_CREATE, EINVAL, ENOENT, EPERM, ENOSPC, ECANCELED),
	[FUZZ_STREAM_DESTROY] = GENPU(STREAM_DESTROY, EINVAL, ENOENT),
	[FUZZ_STREAM_STATE] = GENPU(STREAM_STATE, EINVAL, ENOENT),
	[FUZZ_GRAPH_LOAD] = { "GRAPH_LOAD", DRM_IOCTL_GENPU_GRAPH_LOAD, true,
			      { EINVAL, ENOENT, EBADMSG, EFAULT, ENOSPC } },
	[FUZZ_GRAPH_UNLOAD] = GENPU(GRAPH_UNLOAD, EINVAL, ENOENT),
	[FUZZ_SUBMIT] = GENPU(SUBMIT, EINVAL, ENOENT, EFAULT, ECANCELED),
	[FUZZ_WAIT] = GENPU(WAIT, EINVAL, ENOENT, ETIME),
	[FUZZ_GEM_CLOSE] = CORE(GEM_CLOSE),
	[FUZZ_PRIME_EXPORT] = CORE(PRIME_HANDLE_TO_FD),
	[FUZZ_PRIME_IMPORT] = CORE(PRIME_FD_TO_HANDLE),
	[FUZZ_SYNCOBJ_CREATE] = CORE(SYNCOBJ_CREATE),
	[FUZZ_SYNCOBJ_DESTROY] = CORE(SYNCOBJ_DESTROY),
	[FUZZ_SYNCOBJ_EXPORT] = CORE(SYNCOBJ_HANDLE_TO_FD),
	[FUZZ_SYNCOBJ_IMPORT] = CORE(SYNCOBJ_FD_TO_HANDLE),
	[FUZZ_SYNCOBJ_WAIT] = CORE(SYNCOBJ_WAIT),
	[FUZZ_SYNCOBJ_RESET] = CORE(SYNCOBJ_RESET),
	[FUZZ_SYNCOBJ_SIGNAL] = CORE(SYNCOBJ_SIGNAL),
	[FUZZ_TIMELINE_WAIT] = CORE(SYNCOBJ_TIMELINE_WAIT),
	[FUZZ_TIMELINE_QUERY] = CORE(SYNCOBJ_QUERY),
	[FUZZ_TIMELINE_SIGNAL] = CORE(SYNCOBJ_TIMELINE_SIGNAL),
	[FUZZ_SYNCOBJ_TRANSFER] = CORE(SYNCOBJ_TRANSFER),
	[FUZZ_SYNCOBJ_EVENTFD] = CORE(SYNCOBJ_EVENTFD),
	[FUZZ_GET_CAP] = CORE(GET_CAP),
	[FUZZ_VERSION] = CORE(VERSION),
};

/* Largest structure, and largest size that a request is encoded with on purpose. */
#define MAX_ARG		256

/* fuzz_fail() - the first one counts */
void fuzz_fail(struct fuzz_shared *shared, const char *format, ...)
{
	va_list ap;

	if (__atomic_exchange_n(&shared->failing, 1, __ATOMIC_ACQ_REL))
		return;
	va_start(ap, format);
	vsnprintf(shared->text, sizeof(shared->text), format, ap);
	va_end(ap);
	__atomic_store_n(&shared->failed, 1, __ATOMIC_RELEASE);
}

void fuzz_thread_fail(struct fuzz_thread *t, const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fuzz_fail(t->process->shared, "process %u, thread %u%s, operation %" PRIu64 " (%s): %s",
		  t->process->number, t->number, t->child ? " (child)" : "", t->index, t->op,
		  text);
}

/* An argument as words, for people who want to see what was asked. */
static const char *dump(const void *arg, uint32_t size, char *text, size_t max)
{
	size_t used = 0;
	uint32_t i, word;

	text[0] = 0;
	for (i = 0; i + 4 <= size && used + 12 < max; i += 4) {
		memcpy(&word, (const uint8_t *)arg + i, 4);
		used += snprintf(text + used, max - used, " %x", word);
	}
	return text;
}

static bool named(const struct fuzz_rule *rule, int error)
{
	size_t i;

	if (error == EINTR || error == ENOMEM)
		return true;
	for (i = 0; i < sizeof(rule->errors) && rule->errors[i]; i++)
		if (rule->errors[i] == error)
			return true;
	return false;
}

static void judge(struct fuzz_thread *t, enum fuzz_call call, const void *before,
		  const void *after, int ret, bool certain, bool wrong)
{
	const struct fuzz_rule *rule = &rules[call];
	uint32_t size = _IOC_SIZE(rule->request);
	char text[600];

	if (ret <= -FUZZ_ERRORS) {
		fuzz_thread_fail(t, "%s%s: error %d is none of user space", rule->name,
				 dump(before, size, text, sizeof(text)), -ret);
	} else if (call > FUZZ_WAIT) {
		if (ret == -EIO || ret == -ENODEV)
			fuzz_thread_fail(t, "%s%s: %s", rule->name,
					 dump(before, size, text, sizeof(text)), strerror(-ret));
	} else if (ret && !named(rule, -ret) && !(ret == -EFAULT && !certain)) {
		fuzz_thread_fail(t, "%s%s: %s, which is not documented", rule->name,
				 dump(before, size, text, sizeof(text)), strerror(-ret));
	} else if (!ret && certain && wrong) {
		fuzz_thread_fail(t, "%s%s: succeeds but is wrong", rule->name,
				 dump(before, size, text, sizeof(text)));
	} else if (ret && certain && !rule->reports && memcmp(before, after, size)) {
		fuzz_thread_fail(t, "%s%s: fails with %s and changes its argument", rule->name,
				 dump(before, size, text, sizeof(text)), strerror(-ret));
	}
}

/*
 * The DRM core allocates room for as many syncobjs as it is told of, and the kernel's allocator
 * warns where that is absurd. So these calls get their argument as it is meant.
 */
static bool counts_syncobjs(enum fuzz_call call)
{
	return call >= FUZZ_SYNCOBJ_WAIT && call <= FUZZ_TIMELINE_SIGNAL;
}

/**
 * fuzz_ioctl() - an ioctl on a file, judged
 * @t: thread
 * @file: slot of the file
 * @call: which
 * @arg: its structure; results are copied back, as far as they can be read
 * @wrong: FUZZ_WRONG if it must not succeed
 *
 * Return: 0 or -errno.
 */
int fuzz_ioctl(struct fuzz_thread *t, uint32_t file, enum fuzz_call call, void *arg, bool wrong)
{
	struct fuzz_shared *shared = t->process->shared;
	unsigned long request = rules[call].request;
	uint32_t size = _IOC_SIZE(request);
	uint8_t copy[MAX_ARG] = { 0 }, after[MAX_ARG] = { 0 };
	bool certain = true;
	char text[600];
	uint64_t place;
	int ret;

	memcpy(copy, arg, size);
	if (fuzz_chance(t, 2)) {
		/* A program that was built with an older or newer header. */
		request = _IOC(_IOC_READ | _IOC_WRITE, DRM_IOCTL_BASE, _IOC_NR(request),
			       fuzz_below(t, MAX_ARG));
		certain = false;
		if (_IOC_SIZE(request) > size)
			memset(copy + size, fuzz_u32(t), _IOC_SIZE(request) - size);
	}
	if (counts_syncobjs(call))
		place = fuzz_place(t, copy, certain ? size : MAX_ARG);
	else
		place = fuzz_pointer(t, copy, certain ? size : MAX_ARG, &certain);
	ret = npu_ioctl(fuzz_fd(file), request, npu_ptr(place));
	fuzz_race_end(t);
	if (fuzz_copy(after, npu_ptr(place), size))
		memcpy(arg, after, size);
	if (ret > -FUZZ_ERRORS)
		__atomic_add_fetch(&shared->results[call][-ret], 1, __ATOMIC_RELAXED);
	if (t->process->options->verbose)
		printf("# %u.%u%s #%" PRIu64 " %s: file %u, %s%s: %s\n", t->process->number,
		       t->number, t->child ? "c" : "", t->index, t->op, file, rules[call].name,
		       dump(copy, size, text, sizeof(text)), ret ? strerror(-ret) : "ok");
	judge(t, call, copy, after, ret, certain, wrong);
	return ret;
}

/* fuzz_count() - say which calls were made, and what they returned */
void fuzz_count(struct fuzz_shared *shared, void (*print)(const char *line))
{
	char line[512];
	int i, error, used;
	uint64_t n;

	for (i = 0; i < FUZZ_NUM_CALLS; i++) {
		used = snprintf(line, sizeof(line), "%-22s %" PRIu64 " ok", rules[i].name,
				shared->results[i][0]);
		for (error = 1; error < FUZZ_ERRORS; error++) {
			n = shared->results[i][error];
			if (n && used < (int)sizeof(line) - 40)
				used += snprintf(line + used, sizeof(line) - used, ", %" PRIu64
						 " %s", n, strerrorname_np(error));
		}
		print(line);
	}
}
