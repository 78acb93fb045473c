/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * genpu_share.h - dma-bufs: of a BO and as a BO, of other drivers, and a second device.
 */
#ifndef _GENPU_SHARE_H_
#define _GENPU_SHARE_H_

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <poll.h>

#include "genpu_util.h"

/* npu_open_other() - another genpu device than that of @fd; -ENODEV if there is none */
static inline int npu_open_other(int fd)
{
	struct stat mine, other;
	char node[64];
	int i, second;

	if (fstat(fd, &mine))
		return -errno;
	for (i = 0; i < NPU_MAX_NODES; i++) {
		snprintf(node, sizeof(node), "/dev/accel/accel%d", i);
		second = open(node, O_RDWR | O_CLOEXEC);
		if (second < 0)
			continue;
		if (!fstat(second, &other) && other.st_rdev != mine.st_rdev &&
		    npu_is_genpu(second))
			return second;
		close(second);
	}
	return -ENODEV;
}

/* npu_export() - a dma-buf of a BO, or -errno */
static inline int npu_export(int fd, uint32_t handle)
{
	struct drm_prime_handle prime = { .handle = handle, .flags = DRM_CLOEXEC | DRM_RDWR };
	int ret = npu_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);

	return ret ?: prime.fd;
}

/* npu_import() - a BO of a dma-buf */
static inline int npu_import(int fd, int dmabuf, uint32_t *handle)
{
	struct drm_prime_handle prime = { .fd = dmabuf };
	int ret = npu_ioctl(fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);

	*handle = ret ? 0 : prime.handle;
	return ret;
}

/* npu_udmabuf() - a dma-buf of memory that is mapped at @map; -errno, for example no such driver */
static inline int npu_udmabuf(size_t size, void **map)
{
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = size };
	int dev = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), fd = -errno;

	if (dev < 0)
		return fd;
	create.memfd = memfd_create("genpu", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	if (ftruncate(create.memfd, size) || fcntl(create.memfd, F_ADD_SEALS, F_SEAL_SHRINK))
		return -errno;
	*map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, create.memfd, 0);
	fd = ioctl(dev, UDMABUF_CREATE, &create);
	fd = fd < 0 ? -errno : fd;
	close(create.memfd);
	close(dev);
	return fd;
}

/* npu_heap() - as above, of the system's heap */
static inline int npu_heap(size_t size, void **map)
{
	struct dma_heap_allocation_data data = { .len = size, .fd_flags = O_RDWR | O_CLOEXEC };
	int heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC), ret = -errno;

	if (heap < 0)
		return ret;
	ret = npu_ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data);
	close(heap);
	if (ret)
		return ret;
	*map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, data.fd, 0);
	return data.fd;
}

/* npu_cpu_access() - begin or end it, as DMA_BUF_SYNC_* says */
static inline int npu_cpu_access(int dmabuf, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags };

	return npu_ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, &sync);
}

/*
 * npu_udmabuf_can_sync() - may the CPU's access to memory of udmabuf be announced
 *
 * For that udmabuf maps the memory for a device of its own, whose segments may have 64 KiB, in
 * segments of any size, which a kernel with DMA_API_DEBUG warns of. It is coherent anyway.
 */
static inline bool npu_udmabuf_can_sync(void)
{
	return access("/sys/kernel/debug/dma-api", F_OK);
}

/* npu_ready() - which of POLLIN and POLLOUT the fences of a dma-buf allow now */
static inline int npu_ready(int dmabuf)
{
	struct pollfd poller = { .fd = dmabuf, .events = POLLIN | POLLOUT };

	return poll(&poller, 1, 0) < 0 ? -errno : poller.revents;
}

#endif /* _GENPU_SHARE_H_ */
