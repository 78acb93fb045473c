// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <drm/genpu_isa.h>

#include "server.h"
#include "util/log.h"

#define PAGE_SIZE	4096u

static const char our_caps[] =
	"{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":4096,\"pgsizes\":4096}}";

void server_raise(void *priv, unsigned int vector)
{
	struct server *srv = priv;

	irq_raise(&srv->irq, vector);
}

static int reply(struct server *srv, struct msg *msg, const void *body, size_t len, int send_fd)
{
	if (msg->hdr.flags & VFIO_USER_F_NO_REPLY)
		return 0;
	return socket_reply(srv->fd, msg, 0, body, len, send_fd);
}

/*
 * A handler returns 0 when it has replied, -errno to have that replied; srv->fd failing shows up at
 * the next receive.
 */

static int do_version(struct server *srv, struct msg *msg)
{
	struct vfio_user_version v;
	struct json_object *json;
	struct {
		struct vfio_user_version v;
		char caps[sizeof(our_caps)];
	} out;

	if (srv->ready || msg->len < sizeof(v))
		return -EINVAL;
	memcpy(&v, msg->body, sizeof(v));
	if (v.major != VFIO_USER_MAJOR) {
		log_error("vfio-user: client speaks version %u.%u, expected %u.x", v.major,
			  v.minor, VFIO_USER_MAJOR);
		return -ENOTSUP;
	}
	if (msg->len > sizeof(v)) {
		if (msg->body[msg->len - 1])
			return -EINVAL;
		json = json_tokener_parse((const char *)msg->body + sizeof(v));
		if (!json) {
			log_error("vfio-user: the client's capabilities are not JSON");
			return -EINVAL;
		}
		json_object_put(json);
	}
	srv->ready = true;
	out.v.major = VFIO_USER_MAJOR;
	out.v.minor = v.minor < VFIO_USER_MINOR ? v.minor : VFIO_USER_MINOR;
	memcpy(out.caps, our_caps, sizeof(our_caps));
	return reply(srv, msg, &out, sizeof(out.v) + sizeof(our_caps), -1);
}

static int do_dma_map(struct server *srv, struct msg *msg)
{
	struct vfio_user_dma_map m;
	int fd = -1, ret;

	if (msg->len != sizeof(m))
		return -EINVAL;
	memcpy(&m, msg->body, sizeof(m));
	if (m.argsz < sizeof(m) || (m.flags & ~(VFIO_USER_DMA_READ | VFIO_USER_DMA_WRITE)) ||
	    msg->num_fds > 1)
		return -EINVAL;
	if (!m.size || (m.iova | m.size | m.offset) % PAGE_SIZE || m.iova + m.size - 1 < m.iova)
		return -EINVAL;
	/* a window that may not be read is of no use to a device that reads what it changes */
	if (msg->num_fds && (m.flags & VFIO_USER_DMA_READ))
		fd = msg->fds[0];
	ret = device_dma_map(srv->device, m.iova, m.size, fd, m.offset,
			     m.flags & VFIO_USER_DMA_WRITE);
	if (ret)
		return ret;
	if (fd >= 0)
		msg->fds[0] = -1;
	return reply(srv, msg, NULL, 0, -1);
}

static int do_dma_unmap(struct server *srv, struct msg *msg)
{
	struct vfio_user_dma_unmap m;
	int ret;

	if (msg->len != sizeof(m))
		return -EINVAL;
	memcpy(&m, msg->body, sizeof(m));
	if (m.argsz < sizeof(m) || (m.flags & ~VFIO_USER_UNMAP_ALL))
		return -EINVAL;
	if (m.flags & VFIO_USER_UNMAP_ALL) {
		if (m.iova || m.size)
			return -EINVAL;
		ret = device_dma_unmap(srv->device, 0, UINT64_MAX, &m.size);
	} else {
		if (!m.size || m.iova + m.size - 1 < m.iova)
			return -EINVAL;
		ret = device_dma_unmap(srv->device, m.iova, m.size, &m.size);
	}
	if (ret)
		return ret;
	return reply(srv, msg, &m, sizeof(m), -1);
}

static int do_get_info(struct server *srv, struct msg *msg)
{
	struct vfio_user_device_info info;

	if (msg->len < sizeof(info))
		return -EINVAL;
	memcpy(&info, msg->body, sizeof(info));
	if (info.argsz < sizeof(info))
		return -EINVAL;
	info.argsz = sizeof(info);
	info.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = VFIO_PCI_NUM_REGIONS;
	info.num_irqs = VFIO_PCI_NUM_IRQS;
	return reply(srv, msg, &info, sizeof(info), -1);
}

/* Size of a region, 0 if there is none. @fd is its memory file or -1. */
static u64 region_size(const struct server *srv, u32 index, int *fd)
{
	*fd = -1;
	switch (index) {
	case VFIO_PCI_BAR0_REGION_INDEX + GENPU_BAR_REGS:
		return GENPU_REGS_SIZE;
	case VFIO_PCI_BAR0_REGION_INDEX + GENPU_BAR_DOORBELLS:
		*fd = device_doorbell_fd(srv->device);
		return device_doorbell_size(srv->device);
	case VFIO_PCI_BAR0_REGION_INDEX + GENPU_BAR_MEMORY:
		*fd = device_memory_fd(srv->device);
		return device_memory_size(srv->device);
	case VFIO_PCI_CONFIG_REGION_INDEX:
		return PCI_CONFIG_SIZE;
	}
	return 0;
}

static int do_get_region_info(struct server *srv, struct msg *msg)
{
	struct vfio_region_info info;
	int fd;

	if (msg->len < sizeof(info))
		return -EINVAL;
	memcpy(&info, msg->body, sizeof(info));
	if (info.argsz < sizeof(info) || info.index >= VFIO_PCI_NUM_REGIONS)
		return -EINVAL;
	info.argsz = sizeof(info);
	info.flags = 0;
	info.cap_offset = 0;
	info.offset = 0;
	info.size = region_size(srv, info.index, &fd);
	if (info.size)
		info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	if (fd >= 0)
		info.flags |= VFIO_REGION_INFO_FLAG_MMAP;
	return reply(srv, msg, &info, sizeof(info), fd);
}

/* Vectors of an index. QEMU warns about devices that cannot report errors; this one has none. */
static u32 num_irqs(u32 index)
{
	switch (index) {
	case VFIO_PCI_MSIX_IRQ_INDEX:
		return GENPU_MAX_VECTORS;
	case VFIO_PCI_ERR_IRQ_INDEX:
		return 1;
	default:
		return 0;
	}
}

static int do_get_irq_info(struct server *srv, struct msg *msg)
{
	struct vfio_irq_info info;

	if (msg->len < sizeof(info))
		return -EINVAL;
	memcpy(&info, msg->body, sizeof(info));
	if (info.argsz < sizeof(info) || info.index >= VFIO_PCI_NUM_IRQS)
		return -EINVAL;
	info.argsz = sizeof(info);
	info.flags = 0;
	info.count = num_irqs(info.index);
	if (info.count)
		info.flags = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE;
	return reply(srv, msg, &info, sizeof(info), -1);
}

static int do_set_irqs(struct server *srv, struct msg *msg)
{
	struct vfio_irq_set set;
	bool disable;
	u32 i;

	if (msg->len < sizeof(set))
		return -EINVAL;
	memcpy(&set, msg->body, sizeof(set));
	if (set.argsz < sizeof(set) || set.index >= VFIO_PCI_NUM_IRQS)
		return -EINVAL;
	if ((set.flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) != VFIO_IRQ_SET_ACTION_TRIGGER)
		return -ENOTSUP;
	if (!range_ok(set.start, set.count, num_irqs(set.index)))
		return -EINVAL;
	/* the descriptors of what is never signalled are closed with the message */
	if (set.index != VFIO_PCI_MSIX_IRQ_INDEX)
		return reply(srv, msg, NULL, 0, -1);

	switch (set.flags & VFIO_IRQ_SET_DATA_TYPE_MASK) {
	case VFIO_IRQ_SET_DATA_NONE:
		disable = !set.count;
		if (disable)
			irq_clear(&srv->irq);
		for (i = 0; i < set.count; i++)
			irq_raise(&srv->irq, set.start + i);
		break;
	case VFIO_IRQ_SET_DATA_EVENTFD:
		/* all of them, or none: the vectors lose theirs */
		if (msg->num_fds && msg->num_fds != set.count)
			return -EINVAL;
		for (i = 0; i < set.count; i++) {
			int fd = msg->num_fds ? msg->fds[i] : -1;

			if (fd >= 0) {
				fcntl(fd, F_SETFL, O_NONBLOCK);
				msg->fds[i] = -1;
			}
			irq_set(&srv->irq, set.start + i, fd);
		}
		break;
	default:
		return -ENOTSUP;
	}
	return reply(srv, msg, NULL, 0, -1);
}

/* Neither state keeps anything of the one before. */
static void power(struct server *srv)
{
	bool on = pci_config_powered(&srv->config);

	log_debug("power state %s", on ? "D0" : "D3hot");
	device_power(srv->device, on);
	irq_forget(&srv->irq);
	if (on)
		pci_config_reset(&srv->config);
}

/* FLR, or a reset of the bus: both end in D0. */
static void reset(struct server *srv)
{
	log_debug("reset of the PCI function");
	device_reset(srv->device);
	pci_config_reset(&srv->config);
	power(srv);
}

static void config_write(struct server *srv, u32 off, const u8 *buf, u32 len)
{
	u32 did = pci_config_write(&srv->config, off, buf, len);

	if (did & PCI_CONFIG_POWER)
		power(srv);
	if (did & PCI_CONFIG_FLR)
		reset(srv);
	if (did)
		device_bus_master(srv->device, pci_config_bus_master(&srv->config));
}

/* Registers, with the pending bits, which belong to the bus interface, laid over them. */
static void regs_read(struct server *srv, u64 off, u8 *buf, u32 len)
{
	u64 pba = irq_pending(&srv->irq);

	if (off >= GENPU_MSIX_PBA && range_ok(off - GENPU_MSIX_PBA, len, sizeof(pba)))
		memcpy(buf, (u8 *)&pba + (off - GENPU_MSIX_PBA), len);
	else
		device_read(srv->device, off, buf, len);
}

static int check_access(struct server *srv, struct msg *msg,
			struct vfio_user_region_access *a, int *fd)
{
	if (msg->len < sizeof(*a))
		return -EINVAL;
	memcpy(a, msg->body, sizeof(*a));
	if (!a->count || a->count > MSG_MAX_DATA)
		return -EINVAL;
	if (!range_ok(a->offset, a->count, region_size(srv, a->region, fd)))
		return -EINVAL;
	return 0;
}

static int do_region_read(struct server *srv, struct msg *msg)
{
	struct {
		struct vfio_user_region_access a;
		u8 data[MSG_MAX_DATA];
	} out;
	int fd, ret;

	ret = check_access(srv, msg, &out.a, &fd);
	if (ret)
		return ret;
	if (msg->len != sizeof(out.a))
		return -EINVAL;
	if (fd >= 0) {
		if (pread(fd, out.data, out.a.count, out.a.offset) != (ssize_t)out.a.count)
			return -EIO;
	} else if (out.a.region == VFIO_PCI_CONFIG_REGION_INDEX) {
		memcpy(out.data, srv->config.data + out.a.offset, out.a.count);
	} else {
		regs_read(srv, out.a.offset, out.data, out.a.count);
	}
	return reply(srv, msg, &out, sizeof(out.a) + out.a.count, -1);
}

static int do_region_write(struct server *srv, struct msg *msg)
{
	const u8 *data = msg->body + sizeof(struct vfio_user_region_access);
	struct vfio_user_region_access a;
	int fd, ret;

	ret = check_access(srv, msg, &a, &fd);
	if (ret)
		return ret;
	if (msg->len != sizeof(a) + a.count)
		return -EINVAL;
	if (fd >= 0) {
		if (pwrite(fd, data, a.count, a.offset) != (ssize_t)a.count)
			return -EIO;
	} else if (a.region == VFIO_PCI_CONFIG_REGION_INDEX) {
		config_write(srv, a.offset, data, a.count);
	} else {
		device_write(srv->device, a.offset, data, a.count);
	}
	return reply(srv, msg, &a, sizeof(a), -1);
}

static int do_reset(struct server *srv, struct msg *msg)
{
	if (msg->len)
		return -EINVAL;
	reset(srv);
	device_bus_master(srv->device, false);
	return reply(srv, msg, NULL, 0, -1);
}

static int dispatch(struct server *srv, struct msg *msg)
{
	if ((msg->hdr.flags & VFIO_USER_F_TYPE) != VFIO_USER_F_REQUEST)
		return -EINVAL;
	if (!srv->ready && msg->hdr.command != VFIO_USER_VERSION)
		return -EINVAL;

	switch (msg->hdr.command) {
	case VFIO_USER_VERSION:
		return do_version(srv, msg);
	case VFIO_USER_DMA_MAP:
		return do_dma_map(srv, msg);
	case VFIO_USER_DMA_UNMAP:
		return do_dma_unmap(srv, msg);
	case VFIO_USER_DEVICE_GET_INFO:
		return do_get_info(srv, msg);
	case VFIO_USER_DEVICE_GET_REGION_INFO:
		return do_get_region_info(srv, msg);
	case VFIO_USER_DEVICE_GET_IRQ_INFO:
		return do_get_irq_info(srv, msg);
	case VFIO_USER_DEVICE_SET_IRQS:
		return do_set_irqs(srv, msg);
	case VFIO_USER_REGION_READ:
		return do_region_read(srv, msg);
	case VFIO_USER_REGION_WRITE:
		return do_region_write(srv, msg);
	case VFIO_USER_DEVICE_RESET:
		return do_reset(srv, msg);
	}
	return -ENOTSUP;
}

/*
 * A client that has sent something which is never read would see the connection reset, which QEMU
 * does not survive; the end of the stream it does. So hear it out for a moment.
 */
void server_die(struct server *srv, int status)
{
	static const struct timespec moment = { .tv_nsec = 100000000 };

	shutdown(srv->fd, SHUT_WR);
	nanosleep(&moment, NULL);
	_exit(status);
}

int server_run(struct server *srv, int fd, int stop_fd)
{
	struct msg msg;
	int ret;

	srv->fd = fd;
	srv->ready = false;
	for (;;) {
		ret = socket_receive(fd, stop_fd, &msg);
		if (ret <= 0)
			break;
		ret = dispatch(srv, &msg);
		if (ret) {
			log_debug("vfio-user: command %u, %zu bytes: %s", msg.hdr.command, msg.len,
				  strerror(-ret));
			if (!(msg.hdr.flags & VFIO_USER_F_NO_REPLY))
				socket_reply(fd, &msg, -ret, NULL, 0, -1);
		}
		msg_close_fds(&msg);
	}
	irq_clear(&srv->irq);
	return ret == -ECANCELED ? 0 : ret;
}
