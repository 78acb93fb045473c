// SPDX-License-Identifier: MIT
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "tap.h"

u64 now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

static void nap(void)
{
	usleep(50);
}

static int try_connect(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, path);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Starts ge-emu (its path is in GE_EMU) with further arguments up to NULL, and connects. */
void npu_start(struct npu *npu, ...)
{
	static const char version[] = "\0\0\1\0{\"capabilities\":{\"max_msg_fds\":16}}";
	char dir[] = "/tmp/ge-emu-test-XXXXXX", path[64], control[64], *argv[32];
	const char *emu = getenv("GE_EMU");
	u64 end = now_ms() + TIMEOUT_MS;
	char reply[256];
	size_t len = sizeof(reply);
	va_list ap;
	int n = 0;

	memset(npu, 0, sizeof(*npu));
	if (!emu)
		bail("GE_EMU does not name the emulator");
	if (!mkdtemp(dir))
		bail("mkdtemp: %s", strerror(errno));
	snprintf(path, sizeof(path), "%s/npu", dir);
	snprintf(control, sizeof(control), "%s/control", dir);
	argv[n++] = (char *)emu;
	argv[n++] = "--socket";
	argv[n++] = path;
	argv[n++] = "--control";
	argv[n++] = control;
	va_start(ap, npu);
	while ((argv[n] = va_arg(ap, char *)))
		n++;
	va_end(ap);

	npu->pid = fork();
	if (npu->pid < 0)
		bail("fork: %s", strerror(errno));
	if (!npu->pid) {
		execv(emu, argv);
		perror(emu);
		_exit(127);
	}
	do {
		npu->sock = try_connect(path);
		if (npu->sock >= 0)
			break;
		nap();
	} while (now_ms() < end);
	if (npu->sock < 0)
		bail("%s does not listen", emu);
	if (npu_request(npu, VFIO_USER_VERSION, version, sizeof(version), NULL, 0, reply, &len,
			NULL))
		bail("version refused");
	npu->control = try_connect(control);
	if (npu->control < 0)
		bail("%s does not listen for faults", emu);
	unlink(path);
	/* those who are connected stay */
	unlink(control);
	rmdir(dir);
}

int npu_stop(struct npu *npu)
{
	int status;

	u64 end = now_ms() + TIMEOUT_MS;

	close(npu->sock);
	close(npu->control);
	while (waitpid(npu->pid, &status, WNOHANG) == 0) {
		if (now_ms() > end) {
			kill(npu->pid, SIGKILL);
			waitpid(npu->pid, &status, 0);
			break;
		}
		nap();
	}
	if (npu->ram)
		munmap(npu->ram, RAM_SIZE);
	if (npu->doorbells)
		munmap(npu->doorbells, npu->doorbells_size);
	if (npu->memory)
		munmap(npu->memory, npu->memory_size);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void read_all(int fd, void *buf, size_t len)
{
	ssize_t n;

	for (; len; len -= n, buf = (u8 *)buf + n) {
		n = read(fd, buf, len);
		if (n <= 0)
			bail("the emulator closed the connection");
	}
}

int npu_request(struct npu *npu, u16 command, const void *body, size_t body_len, const int *fds,
		unsigned int num_fds, void *reply, size_t *len, int *reply_fd)
{
	struct vfio_user_header h = {
		.id = ++npu->msg_id,
		.command = command,
		.size = sizeof(h) + body_len,
	};
	char control[CMSG_SPACE(16 * sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct iovec iov[2] = {
		{ &h, sizeof(h) },
		{ (void *)body, body_len },
	};
	struct msghdr mh = { .msg_iov = iov, .msg_iovlen = 2 };
	struct cmsghdr *c;
	u8 drop[4096 + 64];
	size_t got;
	ssize_t n;

	if (num_fds) {
		mh.msg_control = control;
		mh.msg_controllen = CMSG_SPACE(num_fds * sizeof(int));
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(num_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, num_fds * sizeof(int));
	}
	if (sendmsg(npu->sock, &mh, MSG_NOSIGNAL) != (ssize_t)h.size)
		bail("cannot send to the emulator: %s", strerror(errno));

	memset(&mh, 0, sizeof(mh));
	mh.msg_iov = iov;
	mh.msg_iovlen = 1;
	mh.msg_control = control;
	mh.msg_controllen = sizeof(control);
	n = recvmsg(npu->sock, &mh, MSG_WAITALL | MSG_CMSG_CLOEXEC);
	if (n != sizeof(h))
		bail("no reply to command %u", command);
	c = CMSG_FIRSTHDR(&mh);
	if (c && reply_fd)
		memcpy(reply_fd, CMSG_DATA(c), sizeof(int));
	if (h.id != npu->msg_id || h.command != command || (h.flags & 0xf) != VFIO_USER_F_REPLY ||
	    h.size < sizeof(h) || h.size - sizeof(h) > sizeof(drop))
		bail("reply to command %u does not fit", command);
	got = h.size - sizeof(h);
	read_all(npu->sock, drop, got);
	if (len) {
		if (got > *len)
			bail("reply to command %u has %zu bytes, expected at most %zu", command,
			     got, *len);
		memcpy(reply, drop, got);
		*len = got;
	}
	return h.flags & VFIO_USER_F_ERROR ? (int)h.error : 0;
}

/* One request on the control socket; returns the answer. */
const char *control(struct npu *npu, const char *fmt, ...)
{
	static char answer[1024];
	char line[1024];
	size_t used = 0;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	line[n++] = '\n';
	if (write(npu->control, line, n) != n)
		bail("cannot ask for a fault: %s", strerror(errno));
	while (!used || answer[used - 1] != '\n') {
		n = read(npu->control, answer + used, sizeof(answer) - 1 - used);
		if (n <= 0)
			bail("no answer to '%.20s'", line);
		used += n;
	}
	answer[used - 1] = 0;
	return answer;
}

void inject(struct npu *npu, const char *what)
{
	const char *answer = control(npu, "inject %s", what);

	if (strncmp(answer, "ok", 2))
		bail("inject %s: %s", what, answer);
}

u64 control_status(struct npu *npu, const char *key)
{
	const char *at = control(npu, "status");
	size_t n = strlen(key);

	while ((at = strchr(at, ' ')))
		if (!strncmp(++at, key, n) && at[n] == '=')
			return strtoull(at + n + 1, NULL, 0);
	bail("status does not say %s", key);
}

u32 config_cap(struct npu *npu, u8 id)
{
	u32 cap = config_read(npu, 0x34, 1);

	while (cap && config_read(npu, cap, 1) != id)
		cap = config_read(npu, cap + 1, 1);
	if (!cap)
		bail("no capability %#x", id);
	return cap;
}

int region_access(struct npu *npu, bool write, u32 region, u64 off, void *buf, u32 len)
{
	struct {
		struct vfio_user_region_access a;
		u8 data[4096];
	} msg = { .a = { .offset = off, .region = region, .count = len } };
	size_t room = sizeof(msg);
	int ret;

	if (write)
		memcpy(msg.data, buf, len);
	ret = npu_request(npu, write ? VFIO_USER_REGION_WRITE : VFIO_USER_REGION_READ, &msg,
			  sizeof(msg.a) + (write ? len : 0), NULL, 0, &msg, &room, NULL);
	if (!ret && !write)
		memcpy(buf, msg.data, len);
	return ret;
}

static u64 get(struct npu *npu, u32 region, u32 off, u32 len)
{
	u64 v = 0;

	if (region_access(npu, false, region, off, &v, len))
		bail("read of region %u at %#x refused", region, off);
	return v;
}

static void put(struct npu *npu, u32 region, u32 off, u64 v, u32 len)
{
	if (region_access(npu, true, region, off, &v, len))
		bail("write of region %u at %#x refused", region, off);
}

u32 reg_read(struct npu *npu, u32 off)
{
	return get(npu, VFIO_PCI_BAR0_REGION_INDEX, off, 4);
}

u64 reg_read64(struct npu *npu, u32 off)
{
	return get(npu, VFIO_PCI_BAR0_REGION_INDEX, off, 8);
}

void reg_write(struct npu *npu, u32 off, u32 v)
{
	put(npu, VFIO_PCI_BAR0_REGION_INDEX, off, v, 4);
}

void reg_write64(struct npu *npu, u32 off, u64 v)
{
	put(npu, VFIO_PCI_BAR0_REGION_INDEX, off, v, 8);
}

u32 config_read(struct npu *npu, u32 off, u32 len)
{
	return get(npu, VFIO_PCI_CONFIG_REGION_INDEX, off, len);
}

void config_write(struct npu *npu, u32 off, u32 v, u32 len)
{
	put(npu, VFIO_PCI_CONFIG_REGION_INDEX, off, v, len);
}

int dma_map(struct npu *npu, u64 iova, u64 size, int fd, u64 offset, u32 flags)
{
	struct vfio_user_dma_map m = {
		.argsz = sizeof(m), .flags = flags, .offset = offset, .iova = iova, .size = size,
	};

	return npu_request(npu, VFIO_USER_DMA_MAP, &m, sizeof(m), &fd, fd >= 0, NULL, NULL, NULL);
}

int dma_unmap(struct npu *npu, u64 iova, u64 size, u64 *unmapped)
{
	struct vfio_user_dma_unmap m = { .argsz = sizeof(m), .iova = iova, .size = size };
	size_t len = sizeof(m);
	int ret;

	ret = npu_request(npu, VFIO_USER_DMA_UNMAP, &m, sizeof(m), NULL, 0, &m, &len, NULL);
	if (unmapped)
		*unmapped = m.size;
	return ret;
}

void *ram_alloc(struct npu *npu, u64 size, u64 align)
{
	u64 at = (npu->ram_used + align - 1) & ~(align - 1);

	if (at + size > RAM_SIZE)
		bail("the test needs more memory than the machine has");
	npu->ram_used = at + size;
	memset(npu->ram + at, 0, size);
	return npu->ram + at;
}

u64 ram_iova(struct npu *npu, const void *p)
{
	return RAM_IOVA + ((const u8 *)p - npu->ram);
}

static void *map_bar(struct npu *npu, u32 index, u64 *size)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };
	size_t len = sizeof(info);
	int fd = -1;
	void *p;

	if (npu_request(npu, VFIO_USER_DEVICE_GET_REGION_INFO, &info, sizeof(info), NULL, 0, &info,
			&len, &fd) || fd < 0)
		bail("BAR %u has no memory file", index);
	*size = info.size;
	p = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd,
		 info.offset);
	close(fd);
	if (p == MAP_FAILED)
		bail("mmap of BAR %u: %s", index, strerror(errno));
	return p;
}

static void map_ram(struct npu *npu)
{
	npu->ram_fd = memfd_create("ram", MFD_CLOEXEC);
	if (npu->ram_fd < 0 || ftruncate(npu->ram_fd, RAM_SIZE))
		bail("memfd: %s", strerror(errno));
	npu->ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, npu->ram_fd, 0);
	if (npu->ram == MAP_FAILED)
		bail("mmap: %s", strerror(errno));
	/* what the read-only window shows */
	npu->ram_used = 65536;
	if (dma_map(npu, RAM_IOVA, RAM_SIZE, npu->ram_fd, 0, 3) ||
	    dma_map(npu, ROM_IOVA, 65536, npu->ram_fd, 0, 1) ||
	    dma_map(npu, HOLE_IOVA, 65536, -1, 0, 3))
		bail("DMA_MAP refused");
}

static void map_irqs(struct npu *npu)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = VFIO_PCI_MSIX_IRQ_INDEX,
		.count = VECTORS,
	};
	int i;

	for (i = 0; i < VECTORS; i++)
		npu->irq[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (npu_request(npu, VFIO_USER_DEVICE_SET_IRQS, &set, sizeof(set), npu->irq, VECTORS, NULL,
			NULL, NULL))
		bail("SET_IRQS refused");
}

void npu_map(struct npu *npu)
{
	npu->doorbells = map_bar(npu, GENPU_BAR_DOORBELLS, &npu->doorbells_size);
	npu->memory = map_bar(npu, GENPU_BAR_MEMORY, &npu->memory_size);
	map_ram(npu);
	map_irqs(npu);
	config_write(npu, 4, 6, 2);
}

void npu_setup(struct npu *npu)
{
	int v;

	npu->admin_ring = ram_alloc(npu, sizeof(struct genpu_task) << ADMIN_SHIFT,
				    sizeof(struct genpu_task) << ADMIN_SHIFT);
	npu->admin_status = ram_alloc(npu, sizeof(struct genpu_admin_status) << ADMIN_SHIFT,
				      sizeof(struct genpu_admin_status) << ADMIN_SHIFT);
	npu->admin_tail = 0;
	reg_write64(npu, GENPU_REG_ADMIN_RING_LO, ram_iova(npu, npu->admin_ring));
	reg_write64(npu, GENPU_REG_ADMIN_STATUS_LO, ram_iova(npu, npu->admin_status));
	reg_write(npu, GENPU_REG_ADMIN_SHIFT, ADMIN_SHIFT);
	for (v = 0; v < VECTORS; v++) {
		npu->events[v].ring = ram_alloc(npu, sizeof(struct genpu_event) << EQ_SHIFT,
						sizeof(struct genpu_event) << EQ_SHIFT);
		npu->events[v].next = 0;
		reg_write64(npu, GENPU_REG_EQ(v), ram_iova(npu, npu->events[v].ring));
		reg_write(npu, GENPU_REG_EQ(v) + GENPU_EQ_SHIFT, EQ_SHIFT);
	}
}

void npu_up(struct npu *npu)
{
	if (!npu->ram)
		npu_map(npu);
	npu_setup(npu);
	reg_write(npu, GENPU_REG_CTRL, GENPU_CTRL_ENABLE);
	if (!wait_status(npu, GENPU_STATUS_READY | GENPU_STATUS_FATAL, GENPU_STATUS_READY))
		bail("the device does not become ready: status %#x, fatal %u",
		     reg_read(npu, GENPU_REG_STATUS), reg_read(npu, GENPU_REG_FATAL));
}

bool wait_status(struct npu *npu, u32 mask, u32 value)
{
	u64 end = now_ms() + TIMEOUT_MS;

	while ((reg_read(npu, GENPU_REG_STATUS) & mask) != value)
		if (now_ms() > end)
			return false;
	return true;
}

static bool take_event(struct events *e, struct genpu_event *ev)
{
	struct genpu_event *p = &e->ring[e->next & ((1u << EQ_SHIFT) - 1)];
	u8 phase = !(e->next >> EQ_SHIFT & 1);

	if (__atomic_load_n(&p->phase, __ATOMIC_ACQUIRE) != phase)
		return false;
	*ev = *p;
	e->next++;
	return true;
}

/* The next event of a vector; waits for its interrupt as a driver would. */
bool next_event(struct npu *npu, unsigned int vector, struct genpu_event *ev, int timeout_ms)
{
	struct pollfd p = { .fd = npu->irq[vector], .events = POLLIN };
	u64 n;

	while (!take_event(&npu->events[vector], ev)) {
		if (poll(&p, 1, timeout_ms) <= 0)
			return false;
		if (read(p.fd, &n, sizeof(n)) != sizeof(n))
			return false;
	}
	return true;
}

static void publish_tail(struct npu *npu, u32 queue, u64 tail)
{
	struct genpu_doorbell *db = (void *)(npu->doorbells + queue * GENPU_DOORBELL_STRIDE);

	__atomic_store_n(&db->tail, tail, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&db->wake, __ATOMIC_RELAXED))
		reg_write(npu, GENPU_REG_KICK, queue);
}

/* Puts an admin task into the ring; ring_admin() makes it visible. */
u64 admin_start(struct npu *npu, const struct genpu_task *t)
{
	u64 n = npu->admin_tail++, i = n & ((1u << ADMIN_SHIFT) - 1);

	memset(&npu->admin_status[i], 0xee, sizeof(npu->admin_status[i]));
	npu->admin_ring[i] = *t;
	npu->admin_ring[i].cookie = 0x1000 + n;
	return n;
}

void ring_admin(struct npu *npu)
{
	publish_tail(npu, 0, npu->admin_tail);
}

/* Waits for the event of admin task @n; others that come before it are dropped. */
struct genpu_admin_status admin_wait(struct npu *npu, u64 n)
{
	struct genpu_admin_status st;
	struct genpu_event ev;

	do {
		if (!next_event(npu, 0, &ev, TIMEOUT_MS))
			bail("admin task %llu does not end", (unsigned long long)n);
	} while (ev.type != GENPU_EVENT_ADMIN || ev.value != n);
	st = npu->admin_status[n & ((1u << ADMIN_SHIFT) - 1)];
	if (st.cookie != 0x1000 + n)
		bail("admin status %llu has cookie %#x", (unsigned long long)n, st.cookie);
	return st;
}

struct genpu_admin_status admin(struct npu *npu, const struct genpu_task *t)
{
	u64 n = admin_start(npu, t);

	ring_admin(npu);
	return admin_wait(npu, n);
}

void space_init(struct space *sp, struct npu *npu, u32 ctx)
{
	struct genpu_task t = { .op = GENPU_ADMIN_CTX_CREATE };
	u32 error;

	sp->npu = npu;
	sp->ctx = ctx;
	sp->root = ram_alloc(npu, GENPU_PAGE_SIZE, GENPU_PAGE_SIZE);
	t.ctx.ctx = ctx;
	t.ctx.root = ram_iova(npu, sp->root);
	error = admin(npu, &t).error;
	if (error)
		bail("CTX_CREATE %u: error %u", ctx, error);
}

/* The entry for @va in its table of @level; tables above it are made as needed. */
u64 *space_entry(struct space *sp, u64 va, unsigned int level)
{
	u64 *table = sp->root, *e;
	unsigned int l;

	for (l = GENPU_PT_LEVELS - 1; ; l--) {
		e = &table[(va >> (12 + 9 * l)) & 511];
		if (l == level)
			return e;
		if (!(*e & GENPU_PTE_VALID))
			*e = ram_iova(sp->npu, ram_alloc(sp->npu, 4096, 4096)) | GENPU_PTE_VALID |
			     GENPU_PTE_SYSTEM;
		table = (u64 *)(sp->npu->ram + ((*e & GENPU_PTE_ADDR) - RAM_IOVA));
	}
}

void space_map(struct space *sp, u64 va, u64 addr, u64 size, u64 flags)
{
	u64 off;

	for (off = 0; off < size; off += 4096)
		__atomic_store_n(space_entry(sp, va + off, 0), (addr + off) | GENPU_PTE_VALID |
				 GENPU_PTE_LEAF | flags, __ATOMIC_RELEASE);
}

void space_map_ram(struct space *sp)
{
	space_map(sp, RAM_IOVA, RAM_IOVA, RAM_SIZE, GENPU_PTE_SYSTEM | GENPU_PTE_WRITE);
}

u32 space_invalidate(struct space *sp, u64 va, u64 size)
{
	struct genpu_task t = { .op = GENPU_ADMIN_TLB_INVALIDATE };

	t.tlb.ctx = sp->ctx;
	t.tlb.va = va;
	t.tlb.size = size;
	return admin(sp->npu, &t).error;
}

u32 ring_create_at(struct ring *r, struct npu *npu, u32 id, u32 ctx, u32 shift, u32 priority,
		   u32 vector, u64 head)
{
	struct genpu_task t = { .op = GENPU_ADMIN_QUEUE_CREATE };

	memset(r, 0, sizeof(*r));
	r->npu = npu;
	r->id = id;
	r->shift = shift;
	r->tasks = ram_alloc(npu, (u64)GENPU_TASK_SIZE << shift, 64);
	r->status = ram_alloc(npu, sizeof(*r->status), 64);
	r->db = (void *)(npu->doorbells + id * GENPU_DOORBELL_STRIDE);
	t.queue.queue = id;
	t.queue.ctx = ctx;
	t.queue.ring = ram_iova(npu, r->tasks);
	t.queue.status = ram_iova(npu, r->status);
	t.queue.ring_shift = shift;
	t.queue.priority = priority;
	t.queue.vector = vector;
	t.queue.head = head;
	r->tail = head;
	return admin(npu, &t).error;
}

u32 ring_create(struct ring *r, struct npu *npu, u32 id, u32 ctx, u32 shift, u32 priority,
		u32 vector)
{
	return ring_create_at(r, npu, id, ctx, shift, priority, vector, 0);
}

u32 ring_destroy(struct ring *r)
{
	struct genpu_task t = { .op = GENPU_ADMIN_QUEUE_DESTROY };

	t.queue.queue = r->id;
	return admin(r->npu, &t).error;
}

u32 ring_reset(struct ring *r, u64 head)
{
	struct genpu_task t = { .op = GENPU_ADMIN_QUEUE_RESET };

	t.queue.queue = r->id;
	t.queue.head = head;
	return admin(r->npu, &t).error;
}

struct genpu_task *ring_add(struct ring *r, u8 op)
{
	struct genpu_task *t = &r->tasks[r->tail++ & ((1u << r->shift) - 1)];

	memset(t, 0, sizeof(*t));
	t->op = op;
	return t;
}

void ring_go(struct ring *r)
{
	publish_tail(r->npu, r->id, r->tail);
}

bool ring_wait(struct ring *r, u64 completed)
{
	u64 end = now_ms() + TIMEOUT_MS;

	while (__atomic_load_n(&r->status->completed, __ATOMIC_ACQUIRE) < completed) {
		if (now_ms() > end)
			return false;
		nap();
	}
	return true;
}

bool ring_wait_fault(struct ring *r)
{
	u64 end = now_ms() + TIMEOUT_MS;

	while (__atomic_load_n(&r->status->state, __ATOMIC_ACQUIRE) != GENPU_QUEUE_FAULTED) {
		if (now_ms() > end)
			return false;
		nap();
	}
	return true;
}
