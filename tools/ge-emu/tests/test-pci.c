// SPDX-License-Identifier: MIT
/* The PCI function and the vfio-user protocol */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client.h"
#include "tap.h"

static void test_config(struct npu *npu)
{
	u32 cap, n, found = 0;

	same(config_read(npu, 0, 4), GENPU_PCI_DEVICE << 16 | GENPU_PCI_VENDOR, "ids");
	same(config_read(npu, 8, 4) >> 8, GENPU_PCI_CLASS, "class is processing accelerator");
	for (cap = config_read(npu, 0x34, 1), n = 0; cap && n < 16; n++) {
		u32 id = config_read(npu, cap, 1);

		if (id == 1 || id == 0x10 || id == 0x11)
			found |= 1u << id;
		if (id == 0x10) {
			ok(config_read(npu, cap + 4, 4) & 1u << 28, "Express: FLR is offered");
			same(config_read(npu, cap + 2, 2) >> 4 & 0xf, 0, "Express: an endpoint");
			ok(config_read(npu, cap + 0x12, 2) & 0x3f0,
			   "Express: the link has a width");
		}
		if (id == 0x11) {
			same(config_read(npu, cap + 2, 2), GENPU_MAX_VECTORS - 1, "MSI-X: vectors");
			same(config_read(npu, cap + 4, 4), GENPU_MSIX_TABLE,
			     "MSI-X: table in BAR 0");
			same(config_read(npu, cap + 8, 4), GENPU_MSIX_PBA, "MSI-X: PBA in BAR 0");
		}
		cap = config_read(npu, cap + 1, 1);
	}
	ok(found == (1u << 1 | 1u << 0x10 | 1u << 0x11), "has PM, Express and MSI-X capabilities");
}

static u64 bar_size(struct npu *npu, u32 bar, bool wide)
{
	u64 v;

	config_write(npu, 0x10 + bar * 4, 0xffffffff, 4);
	v = config_read(npu, 0x10 + bar * 4, 4) & ~0xfull;
	if (wide) {
		config_write(npu, 0x14 + bar * 4, 0xffffffff, 4);
		v |= (u64)config_read(npu, 0x14 + bar * 4, 4) << 32;
	} else {
		v |= 0xffffffff00000000ull;
	}
	return ~v + 1;
}

static void test_bars(struct npu *npu)
{
	same(config_read(npu, 0x10, 4) & 0xf, 0, "BAR 0 is 32-bit memory");
	same(config_read(npu, 0x18, 4) & 0xf, 4, "BAR 2 is 64-bit memory");
	same(config_read(npu, 0x20, 4) & 0xf, 0xc, "BAR 4 is 64-bit prefetchable memory");
	same(bar_size(npu, 0, false), GENPU_REGS_SIZE, "BAR 0 has 64 KiB");
	same(bar_size(npu, 2, true), 64 * 4096, "BAR 2 has a page for each of 64 queues");
	same(bar_size(npu, 4, true), 64 << 20, "BAR 4 is the power of two above 48 MiB");
	same(npu->doorbells_size, 64 * 4096, "region of BAR 2 has its size");
	same(npu->memory_size, 64 << 20, "region of BAR 4 has its size");
}

static void test_regions(struct npu *npu)
{
	u64 v = 0x1122334455667788ull, w = 0;
	struct vfio_region_info info = { .argsz = sizeof(info) };
	size_t len = sizeof(info);
	int fd = -1;

	memcpy(npu->memory + 4096, &v, 8);
	ok(!region_access(npu, false, GENPU_BAR_MEMORY, 4096, &w, 8) && w == v,
	   "device memory by message is the mapped one");
	v++;
	ok(!region_access(npu, true, GENPU_BAR_MEMORY, 4096, &v, 8) &&
	   !memcmp(npu->memory + 4096, &v, 8), "so it is for writing");
	ok(!npu_request(npu, VFIO_USER_DEVICE_GET_REGION_INFO, &info, sizeof(info), NULL, 0, &info,
			&len, &fd) && fd < 0 && !(info.flags & VFIO_REGION_INFO_FLAG_MMAP) &&
	   info.size == GENPU_REGS_SIZE, "registers cannot be mapped");
	same(region_access(npu, false, GENPU_BAR_MEMORY, npu->memory_size - 4, &w, 8), EINVAL,
	     "access across the end of a region is refused");
	same(region_access(npu, false, GENPU_BAR_MEMORY, UINT64_MAX - 3, &w, 8), EINVAL,
	     "access that wraps around is refused");
	same(region_access(npu, false, 1, 0, &w, 4), EINVAL, "region without size: refused");
	same(region_access(npu, false, 99, 0, &w, 4), EINVAL, "region that is not there: refused");
	same(region_access(npu, false, 0, 0, &w, 0), EINVAL, "access of no bytes is refused");
}

static bool signalled(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	u64 n;

	return poll(&p, 1, 0) == 1 && read(fd, &n, sizeof(n)) == sizeof(n);
}

static int set_irqs(struct npu *npu, u32 index, u32 flags, u32 start, u32 count, const int *fds,
		    u32 num_fds)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set), .flags = flags, .index = index, .start = start,
		.count = count,
	};

	return npu_request(npu, VFIO_USER_DEVICE_SET_IRQS, &set, sizeof(set), fds, num_fds, NULL,
			   NULL, NULL);
}

static void test_irqs(struct npu *npu)
{
	const u32 eventfd_flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
	const u32 none_flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER;
	int fd = eventfd(0, EFD_NONBLOCK);
	u32 msix = VFIO_PCI_MSIX_IRQ_INDEX, pba = 0;

	ok(!set_irqs(npu, msix, none_flags, 1, 1, NULL, 0) && signalled(npu->irq[1]) &&
	   !signalled(npu->irq[0]), "a vector signals its eventfd");
	ok(!set_irqs(npu, msix, none_flags, 9, 1, NULL, 0),
	   "a vector without eventfd can be raised");
	region_access(npu, false, 0, GENPU_MSIX_PBA, &pba, 4);
	same(pba, 1u << 9, "it is pending");
	ok(!set_irqs(npu, msix, eventfd_flags, 9, 1, &fd, 1) && signalled(fd),
	   "and delivered when it gets one");
	region_access(npu, false, 0, GENPU_MSIX_PBA, &pba, 4);
	same(pba, 0, "after which it is not pending");
	ok(!set_irqs(npu, msix, eventfd_flags, 9, 1, NULL, 0) &&
	   !set_irqs(npu, msix, none_flags, 9, 1, NULL, 0) && !signalled(fd),
	   "an eventfd can be taken away");
	same(set_irqs(npu, msix, none_flags, 31, 2, NULL, 0), EINVAL, "vectors out of range");
	same(set_irqs(npu, msix, none_flags, UINT32_MAX, 2, NULL, 0), EINVAL,
	     "vectors that wrap around");
	same(set_irqs(npu, msix, eventfd_flags, 0, 2, &fd, 1), EINVAL,
	     "fewer eventfds than vectors");
	same(set_irqs(npu, 77, none_flags, 0, 0, NULL, 0), EINVAL, "index out of range");
	same(set_irqs(npu, msix, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_MASK, 0, 1, NULL, 0),
	     ENOTSUP, "masking is not offered");
	ok(!set_irqs(npu, msix, none_flags, 0, 0, NULL, 0) &&
	   !set_irqs(npu, msix, none_flags, 1, 1, NULL, 0) && !signalled(npu->irq[1]),
	   "all vectors can be disabled");
	close(fd);
}

static void test_dma(struct npu *npu)
{
	int fd = memfd_create("short", MFD_CLOEXEC);
	u64 n = 0;

	if (ftruncate(fd, 8192))
		bail("ftruncate");
	same(dma_map(npu, 1ull << 40, 12288, fd, 0, 3), EINVAL,
	     "window beyond the end of its file");
	same(dma_map(npu, 1ull << 40, 4096, fd, UINT64_MAX - 4095, 3), EINVAL,
	     "offset that wraps around");
	same(dma_map(npu, UINT64_MAX - 4095, 8192, fd, 0, 3), EINVAL, "window that wraps around");
	same(dma_map(npu, (1ull << 40) + 1, 4096, fd, 0, 3), EINVAL, "unaligned window");
	same(dma_map(npu, 1ull << 40, 0, fd, 0, 3), EINVAL, "empty window");
	same(dma_map(npu, 1ull << 40, 4096, fd, 0, 0x13), EINVAL, "unknown flags");
	same(dma_map(npu, RAM_IOVA + 4096, 4096, fd, 0, 3), EEXIST, "window inside of another");
	same(dma_map(npu, RAM_IOVA - 4096, 8192, fd, 0, 3), EEXIST,
	     "window that overlaps the next");
	same(dma_map(npu, 1ull << 40, 4096, fd, 0, 3), 0, "a good window");
	same(dma_map(npu, (1ull << 40) + 4096, 4096, fd, 4096, 3), 0, "and one beside it");
	same(dma_unmap(npu, 1ull << 41, 4096, &n), 0, "unmapping nothing is fine");
	same(n, 0, "and unmaps nothing");
	same(dma_unmap(npu, RAM_IOVA, 4096, &n), EINVAL, "part of a window cannot go");
	ok(!dma_unmap(npu, 1ull << 40, 8192, &n) && n == 8192, "two windows go at once");
	close(fd);
}

/* Messages that no client should send get an error, and the next one works. */
static void test_messages(struct npu *npu)
{
	u8 junk[64] = { 0 };
	u32 cmd;
	int bad = 0;

	for (cmd = 0; cmd < 20; cmd++) {
		if (cmd == VFIO_USER_DEVICE_RESET)
			continue;
		if (!npu_request(npu, cmd, junk, 3, NULL, 0, NULL, NULL, NULL))
			bad++;
	}
	same(bad, 0, "payloads that are too short are refused");
	same(npu_request(npu, VFIO_USER_DEVICE_RESET, junk, 8, NULL, 0, NULL, NULL, NULL), EINVAL,
	     "so are those where none belongs");
	same(npu_request(npu, VFIO_USER_VERSION, junk, 5, NULL, 0, NULL, NULL, NULL), EINVAL,
	     "so is a second version");
	same(npu_request(npu, 6, NULL, 0, NULL, 0, NULL, NULL, NULL), ENOTSUP,
	     "unknown commands are refused");
	same(config_read(npu, 0, 2), GENPU_PCI_VENDOR, "the connection works still");
}

static void test_bad_stream(void)
{
	struct vfio_user_header h = { .command = VFIO_USER_REGION_READ, .size = 1 << 30 };
	struct npu npu;

	npu_start(&npu, "--memory", "2M", "--queues", "4", NULL);
	if (write(npu.sock, &h, sizeof(h)) != sizeof(h))
		bail("write");
	same(npu_stop(&npu), 1, "a message of 1 GiB ends the connection with status 1");

	npu_start(&npu, "--memory", "2M", "--queues", "4", NULL);
	if (write(npu.sock, &h, 7) != 7)
		bail("write");
	same(npu_stop(&npu), 1, "so does a header that breaks off");
}

int main(void)
{
	struct npu npu;

	npu_start(&npu, "--memory", "48M", "--queues", "64", NULL);
	npu_map(&npu);
	test_config(&npu);
	test_regions(&npu);
	test_irqs(&npu);
	test_dma(&npu);
	test_messages(&npu);
	test_bars(&npu);
	same(npu_stop(&npu), 0, "the emulator ends with status 0 when the client leaves");
	test_bad_stream();
	return done_testing();
}
