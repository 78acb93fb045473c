/* SPDX-License-Identifier: MIT */
/*
 * The implementation of device.h for native tests: devices that are part of the process. Queues are
 * threads, programs run on the emulator's engine, and what the device would find wrong is found
 * wrong here in the same way: an address that no allocation holds is a page fault.
 *
 * This is what tests can do to these devices beyond device.h.
 */
#ifndef GE_DEVICE_LOCAL_LOCAL_H
#define GE_DEVICE_LOCAL_LOCAL_H

#include <stdint.h>

/**
 * struct ge_local_config - what devices there are; to be set before one is opened
 * @devices: how many
 * @memory_size: bytes of device memory of each
 * @max_streams: of each
 * @timeout_ms: of queues that do not set their own
 */
struct ge_local_config {
	unsigned int devices;
	uint64_t memory_size;
	uint32_t max_streams;
	uint32_t timeout_ms;
};

extern struct ge_local_config ge_local_config;

/** ge_local_lose - the open device @index vanishes: calls fail with -ENODEV, jobs are lost */
void ge_local_lose(unsigned int index);

/** ge_local_open_devices - how many devices are open, to see that nothing holds one */
unsigned int ge_local_open_devices(void);

#endif
