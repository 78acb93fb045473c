/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * genpu_life.h - taking the device away and bringing it back, and processes that use it meanwhile.
 *
 * A device is known by its address on the bus: its node may have another number after each return,
 * and there may be other devices.
 */
#ifndef _GENPU_LIFE_H_
#define _GENPU_LIFE_H_

#include <glob.h>
#include <sys/syscall.h>

#include "genpu_util.h"
#include "genpu_prog.h"

#define LIFE_DRIVER	"/sys/bus/pci/drivers/genpu"
#define LIFE_NET_VA	0x4000000000ull
#define LIFE_BUF_VA	0x5000000000ull
#define LIFE_NAME	64

/* life_name() - the address of a node's device */
static inline int life_name(int fd, char name[LIFE_NAME])
{
	char sysfs[PATH_MAX];
	int ret = npu_sysfs(fd, sysfs);

	if (!ret)
		snprintf(name, LIFE_NAME, "%s", strrchr(sysfs, '/') + 1);
	return ret;
}

/* life_open() - open the node of a device; -ENODEV if it has none at this moment */
static inline int life_open(const char *name)
{
	char pattern[PATH_MAX], node[PATH_MAX];
	int fd = -ENODEV;
	glob_t found;

	snprintf(pattern, sizeof(pattern), "/sys/bus/pci/devices/%s/accel/accel*", name);
	if (glob(pattern, 0, NULL, &found))
		return -ENODEV;
	snprintf(node, sizeof(node), "/dev/accel/%.64s", strrchr(found.gl_pathv[0], '/') + 1);
	globfree(&found);
	fd = open(node, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* life_open_soon() - the same, as soon as there is one */
static inline int life_open_soon(const char *name)
{
	int64_t deadline = npu_now() + NPU_LONG;
	int fd;

	while ((fd = life_open(name)) < 0 && npu_now() < deadline)
		npu_sleep_ms(20);
	return fd;
}

/* life_spare() - address of the last genpu device that has a control port and is not @but */
static inline int life_spare(const char *but, char name[LIFE_NAME])
{
	char port[PATH_MAX], *at;
	int ret = -ENODEV;
	glob_t found;
	size_t i;

	if (glob(LIFE_DRIVER "/*:*:*.*", 0, NULL, &found))
		return -ENODEV;
	for (i = 0; i < found.gl_pathc; i++) {
		at = strrchr(found.gl_pathv[i], '/') + 1;
		snprintf(port, sizeof(port), "/dev/virtio-ports/genpu.control.%.64s", at);
		if (!strcmp(at, but) || access(port, F_OK))
			continue;
		snprintf(name, LIFE_NAME, "%s", at);
		ret = 0;
	}
	globfree(&found);
	return ret;
}

static inline int life_unbind(const char *name)
{
	return npu_write_file(LIFE_DRIVER "/unbind", name);
}

static inline int life_bind(const char *name)
{
	return npu_write_file(LIFE_DRIVER "/bind", name);
}

/* life_device_write() - write to an attribute of the device, such as remove or reset */
static inline int life_device_write(const char *name, const char *attribute, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", name, attribute);
	return npu_write_file(path, text);
}

static inline int life_rescan(void)
{
	return npu_write_file("/sys/bus/pci/rescan", "1");
}

static inline bool life_is_module(void)
{
	return !access("/sys/module/genpu/initstate", F_OK);
}

/* life_load() - load the module, with parameters or NULL */
static inline int life_load(const char *parameter)
{
	pid_t pid = fork();

	if (!pid) {
		execlp("modprobe", "modprobe", "genpu", parameter, NULL);
		_exit(127);
	}
	return npu_join(pid);
}

/* life_unload() - unload the module as soon as nobody uses it; it is not long in the background */
static inline int life_unload(void)
{
	int64_t deadline = npu_now() + NPU_LONG;

	while (syscall(SYS_delete_module, "genpu", O_NONBLOCK)) {
		if ((errno != EWOULDBLOCK && errno != EBUSY) || npu_now() > deadline)
			return -errno;
		npu_sleep_ms(5);
	}
	return 0;
}

/* life_back() - bring a device back that a test has left behind, whatever it lacks */
static inline void life_back(const char *name)
{
	int fd = life_open(name);

	if (fd >= 0) {
		close(fd);
		return;
	}
	if (access(LIFE_DRIVER, F_OK))
		life_load(NULL);
	life_rescan();
	life_bind(name);
}

/* life_works() - 0: a device that came back works, and nothing is left on it */
static inline int life_works(const char *name, struct npu_health *health)
{
	struct genpu_task nop = npu_nop();
	int fd = life_open_soon(name), ret;
	uint32_t ctx, stream;

	ret = npu_opened(fd) ?: npu_idle(fd, health) ?: npu_ctx_create(fd, &ctx) ?:
	      npu_stream_create(fd, ctx, &stream) ?: npu_run(fd, stream, &nop, 1);
	if (fd >= 0)
		close(fd);
	return ret;
}

/* --- Users ----------------------------------------------------------------------------------- */

#define LIFE_WORKERS	4	/* who run graphs in two streams each, and look at the results */
#define LIFE_USERS	(LIFE_WORKERS + 3)

/**
 * struct life_load - processes that use a device in all the ways there are
 * @name: its address
 * @shared: their page
 * @pids: they
 */
struct life_load {
	char name[LIFE_NAME];
	struct {
		uint32_t ready;		/* who is at it */
		uint32_t stop;		/* end now, all is well */
		uint64_t rounds;	/* of the workers */
	} *shared;
	pid_t pids[LIFE_USERS];
};

static inline bool life_stopped(struct life_load *load)
{
	return __atomic_load_n(&load->shared->stop, __ATOMIC_SEQ_CST);
}

static inline void life_ready(struct life_load *load)
{
	__atomic_add_fetch(&load->shared->ready, 1, __ATOMIC_SEQ_CST);
}

/* Is this how calls fail on a device that is gone, or dead. */
static inline bool life_gone(int ret)
{
	return ret == -ENODEV || ret == -EIO;
}

/* 0 if from now on all calls on the file say that the device is gone. */
static inline int life_expect_gone(int fd, uint32_t stream)
{
	struct genpu_task nop = npu_nop();
	uint32_t ctx;
	int i;

	for (i = 0; i < 3; i++)
		if (!life_gone(npu_ctx_create(fd, &ctx)) ||
		    !life_gone(npu_submit(fd, stream, &nop, 1, NULL)))
			return 20;
	close(fd);
	return 0;
}

static inline int life_worker(struct life_load *load, int fd, uint32_t number)
{
	struct genpu_task nop = npu_nop(), task;
	uint32_t ctx, stream[2] = {}, job, status;
	struct net net;
	int ret, i;

	ret = npu_ctx_create(fd, &ctx) ?: npu_stream_create(fd, ctx, &stream[0]) ?:
	      npu_stream_create(fd, ctx, &stream[1]) ?:
	      net_create(fd, ctx, 1 + number / 100 % 2, LIFE_NET_VA, &net);
	life_ready(load);
	for (job = 0; !ret && !life_stopped(load); job++) {
		for (i = 0; i < 2 && !ret; i++) {
			task = net_task(&net, i, number + job);
			ret = npu_submit(fd, stream[i], &task, 1, NULL);
		}
		for (i = 0; i < 2 && !ret; i++) {
			status = 0;
			ret = npu_wait(fd, stream[i], &status);
			/* Jobs that the end of the device took are lost; the next call says why. */
			if (!ret && status && status != DRM_GENPU_STREAM_LOST)
				return 1;
			if (!ret && status)
				ret = -ECANCELED;
			/* Wrong, unless the memory has gone with its device since the job ended. */
			if (!ret && !net_right(&net, i, number + job)) {
				ret = npu_run(fd, stream[i], &nop, 1);
				if (!ret)
					return 2;
				if (ret == -EREMOTEIO)
					ret = -ECANCELED;
			}
		}
		__atomic_add_fetch(&load->shared->rounds, !ret, __ATOMIC_SEQ_CST);
	}
	if (!ret)
		return 0;
	if (ret != -ECANCELED && !life_gone(ret))
		return 3;
	return life_expect_gone(fd, stream[0]);
}

/* Waits for a job, or for room in a stream, that only the end of the device brings. */
static inline int life_sleeper(struct life_load *load, int fd, bool submits)
{
	struct genpu_task task = npu_hold(LIFE_BUF_VA, GENPU_WAIT_EQ, 1);
	uint32_t ctx, stream = 0;
	struct npu_buf buf;
	int ret;

	ret = npu_ctx_create(fd, &ctx) ?: npu_stream_create(fd, ctx, &stream) ?:
	      npu_buf_create(fd, ctx, DRM_GENPU_REGION_SYSTEM, 4096, LIFE_BUF_VA, &buf);
	life_ready(load);
	if (!ret)
		ret = npu_submit(fd, stream, &task, 1, NULL);
	while (submits && !ret)
		ret = npu_submit(fd, stream, &task, 1, NULL);
	if (!ret)
		ret = npu_wait_until(fd, stream, 0, INT64_MAX, NULL);
	if (ret && ret != -ECANCELED && !life_gone(ret))
		return 4;
	return life_expect_gone(fd, stream);
}

/* Memory of both kinds stays accessible, whatever happens to the device. */
static inline int life_toucher(struct life_load *load, int fd)
{
	struct npu_buf buf[2] = {};
	uint32_t ctx;
	uint64_t i;
	int ret;

	ret = npu_ctx_create(fd, &ctx);
	for (i = 0; i < 2 && !ret; i++)
		ret = npu_buf_create(fd, ctx, i ? DRM_GENPU_REGION_DEVICE :
				     DRM_GENPU_REGION_SYSTEM, 65536, LIFE_BUF_VA + i * 65536,
				     &buf[i]);
	life_ready(load);
	for (i = 0; !ret && !life_stopped(load); i++) {
		npu_store(buf[0].map, i % 8192, i);
		npu_store(buf[1].map, i % 8192, i);
		if (npu_load(buf[0].map, i % 8192) != i)
			return 5;
		npu_load(buf[1].map, i % 8192);
		if (i % 1024 == 0)
			npu_sleep_ms(1);
	}
	return ret && !life_gone(ret) ? 6 : 0;
}

static inline int life_user(struct life_load *load, int i)
{
	int fd = life_open(load->name);

	if (fd < 0)
		return 30;
	if (i < LIFE_WORKERS)
		return life_worker(load, fd, 100 * i);
	return i == LIFE_USERS - 1 ? life_toucher(load, fd) :
				     life_sleeper(load, fd, i == LIFE_WORKERS);
}

/* life_load_start() - start all users; they are at it when this returns */
static inline int life_load_start(const char *name, struct life_load *load)
{
	int64_t deadline = npu_now() + NPU_LONG;
	int i;

	snprintf(load->name, sizeof(load->name), "%s", name);
	load->shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (load->shared == MAP_FAILED)
		return -errno;
	for (i = 0; i < LIFE_USERS; i++) {
		load->pids[i] = fork();
		if (!load->pids[i])
			_exit(life_user(load, i));
	}
	while (__atomic_load_n(&load->shared->ready, __ATOMIC_SEQ_CST) < LIFE_USERS ||
	       !__atomic_load_n(&load->shared->rounds, __ATOMIC_SEQ_CST)) {
		if (npu_now() > deadline)
			return -ETIME;
		npu_sleep_ms(2);
	}
	return 0;
}

/* life_worked() - wait until the workers have done as much again as each of them in a few rounds */
static inline bool life_worked(struct life_load *load)
{
	uint64_t before = __atomic_load_n(&load->shared->rounds, __ATOMIC_SEQ_CST);
	int64_t deadline = npu_now() + NPU_LONG;

	while (__atomic_load_n(&load->shared->rounds, __ATOMIC_SEQ_CST) < before + 8) {
		if (npu_now() > deadline)
			return false;
		npu_sleep_ms(2);
	}
	return true;
}

/* Ends soon, with this status; one that does not is killed. */
static inline int life_join(pid_t pid)
{
	int64_t deadline = npu_now() + NPU_LONG;
	int status;

	while (!waitpid(pid, &status, WNOHANG)) {
		if (npu_now() > deadline) {
			kill(pid, SIGKILL);
			npu_join(pid);
			return -ETIME;
		}
		npu_sleep_ms(2);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/**
 * life_load_end() - see all users end
 * @load: users
 * @killed: end them by force, in whatever they do; otherwise the device has gone, and they must
 *          have noticed themselves
 *
 * Return: 0 if all have ended as they should.
 */
static inline int life_load_end(struct life_load *load, bool killed)
{
	int i, ret, bad = 0;

	for (i = 0; i < LIFE_USERS && killed; i++)
		kill(load->pids[i], SIGKILL);
	for (i = 0; i < LIFE_USERS; i++) {
		if (i == LIFE_USERS - 1)
			__atomic_store_n(&load->shared->stop, 1, __ATOMIC_SEQ_CST);
		ret = life_join(load->pids[i]);
		if (ret && !(killed && ret == 128 + SIGKILL)) {
			printf("# user %d ended with %d\n", i, ret);
			bad++;
		}
	}
	munmap(load->shared, 4096);
	return bad;
}

#endif /* _GENPU_LIFE_H_ */
