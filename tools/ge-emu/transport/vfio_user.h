/* SPDX-License-Identifier: MIT */
/*
 * vfio_user.h - messages of the vfio-user protocol, version 0.1
 *
 * Only what QEMU sends to a server without migration. Payloads that mirror a VFIO ioctl use the
 * structures of linux/vfio.h.
 */
#ifndef GE_EMU_VFIO_USER_H
#define GE_EMU_VFIO_USER_H

#include <linux/vfio.h>

#include "util/types.h"

#define VFIO_USER_MAJOR		0
#define VFIO_USER_MINOR		1

enum vfio_user_command {
	VFIO_USER_VERSION		= 1,
	VFIO_USER_DMA_MAP		= 2,
	VFIO_USER_DMA_UNMAP		= 3,
	VFIO_USER_DEVICE_GET_INFO	= 4,
	VFIO_USER_DEVICE_GET_REGION_INFO = 5,
	VFIO_USER_DEVICE_GET_IRQ_INFO	= 7,
	VFIO_USER_DEVICE_SET_IRQS	= 8,
	VFIO_USER_REGION_READ		= 9,
	VFIO_USER_REGION_WRITE		= 10,
	VFIO_USER_DEVICE_RESET		= 13,
};

#define VFIO_USER_F_TYPE	0xfu
#define VFIO_USER_F_REQUEST	0u
#define VFIO_USER_F_REPLY	1u
#define VFIO_USER_F_NO_REPLY	(1u << 4)
#define VFIO_USER_F_ERROR	(1u << 5)

struct vfio_user_header {
	u16 id;
	u16 command;
	u32 size;		/* of the message, this header included */
	u32 flags;
	u32 error;		/* errno, in a reply with VFIO_USER_F_ERROR */
};

struct vfio_user_version {
	u16 major;
	u16 minor;
	/* NUL-terminated JSON follows */
};

#define VFIO_USER_DMA_READ	(1u << 0)
#define VFIO_USER_DMA_WRITE	(1u << 1)

struct vfio_user_dma_map {
	u32 argsz;
	u32 flags;
	u64 offset;
	u64 iova;
	u64 size;
};

#define VFIO_USER_UNMAP_ALL	(1u << 1)

struct vfio_user_dma_unmap {
	u32 argsz;
	u32 flags;
	u64 iova;
	u64 size;
};

struct vfio_user_region_access {
	u64 offset;
	u32 region;
	u32 count;
	/* data follows in write requests and read replies */
};

/* The front of struct vfio_device_info: what is defined for this protocol. */
struct vfio_user_device_info {
	u32 argsz;
	u32 flags;
	u32 num_regions;
	u32 num_irqs;
};

#endif
