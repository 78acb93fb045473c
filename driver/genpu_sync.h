/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_SYNC_H_
#define _GENPU_SYNC_H_

#include <linux/types.h>

struct dma_fence;
struct dma_fence_chain;
struct drm_file;
struct drm_sched_job;
struct drm_syncobj;

/**
 * struct genpu_sync - one syncobj of a SUBMIT
 * @fence: to wait for
 * @syncobj: to signal
 * @chain: node of a timeline point to signal, allocated before nothing may fail any more
 * @point: of the timeline
 */
struct genpu_sync {
	struct dma_fence *fence;
	struct drm_syncobj *syncobj;
	struct dma_fence_chain *chain;
	u64 point;
};

struct genpu_sync *genpu_sync_parse(struct drm_file *file, u64 user, u32 num);
int genpu_sync_add_deps(struct genpu_sync *syncs, u32 num, struct drm_sched_job *job);
void genpu_sync_attach(struct genpu_sync *syncs, u32 num, struct dma_fence *fence);
void genpu_sync_free(struct genpu_sync *syncs, u32 num);

#endif /* _GENPU_SYNC_H_ */
