// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lock order of genpu_device.h, told to lockdep before any of it is used: the first acquisition
 * against it is reported, whatever this machine has seen until then.
 */
#include <linux/dma-fence.h>
#include <linux/sched/mm.h>

#include "genpu_ctx.h"
#include "genpu_device.h"
#include "genpu_stream.h"

/**
 * genpu_lockdep_prime() - pretend to take all locks once, in order, but the one of netlink
 * @gdev: device that has initialised its own
 */
void genpu_lockdep_prime(struct genpu_device *gdev)
{
	/* Lockdep takes what is initialised at one place for one lock: these stand for all. */
	static struct genpu_stream stream;
	static struct genpu_ctx ctx;
	/* Held where memory is allocated, which waits for fences, or where these are waited for. */
	struct lockdep_map *waiting[] = {
		&stream.submit_lock.dep_map, &ctx.vm.lock.dep_map, &gdev->bos_lock.dep_map,
		&ctx.vm.resv.lock.base.dep_map, &gdev->window_sem.dep_map,
		&gdev->memory.lock.dep_map, &gdev->power.lock.dep_map,
	};
	/* Taken by what signals fences: who holds these waits for no fence and no memory. */
	struct lockdep_map *signalling[] = {
		&gdev->objects_lock.dep_map, &ctx.streams_lock.dep_map, &stream.jobs_lock.dep_map,
		&stream.fence_lock.dep_map, &gdev->admin.lock.dep_map, &gdev->notices.lock.dep_map,
	};
	bool cookie;
	int i;

	genpu_stream_init_locks(&stream);
	genpu_ctx_init_locks(&ctx);
	genpu_vm_init_locks(&ctx.vm);

	for (i = 0; i < ARRAY_SIZE(waiting); i++)
		lock_map_acquire(waiting[i]);
	might_alloc(GFP_KERNEL);
	while (i--)
		lock_map_release(waiting[i]);

	cookie = dma_fence_begin_signalling();
	local_irq_disable();
	for (i = 0; i < ARRAY_SIZE(signalling); i++)
		lock_map_acquire(signalling[i]);
	while (i--)
		lock_map_release(signalling[i]);
	local_irq_enable();
	dma_fence_end_signalling(cookie);
}
