// SPDX-License-Identifier: GPL-2.0-only
/*
 * Syncobjs of a SUBMIT: parse (all that can fail), add_deps, attach (cannot fail), free.
 */
#include <linux/dma-fence-chain.h>
#include <linux/slab.h>

#include <drm/drm_device.h>
#include <drm/drm_file.h>
#include <drm/drm_print.h>
#include <drm/drm_syncobj.h>
#include <drm/genpu_accel.h>

#include "genpu_job.h"

static int genpu_sync_parse_one(struct drm_file *file, const struct drm_genpu_sync *arg,
				struct genpu_sync *sync)
{
	bool timeline = arg->flags & DRM_GENPU_SYNC_TIMELINE;
	int ret;

	if (arg->flags & ~(DRM_GENPU_SYNC_SIGNAL | DRM_GENPU_SYNC_TIMELINE) ||
	    timeline != !!arg->point)
		return -EINVAL;
	sync->point = arg->point;

	if (!(arg->flags & DRM_GENPU_SYNC_SIGNAL)) {
		ret = drm_syncobj_find_fence(file, arg->handle, arg->point, 0, &sync->fence);
		/* There is a syncobj, but no fence in it or not this point. */
		if (ret)
			sync->fence = NULL;
		return ret == -EINVAL ? -ENOENT : ret;
	}

	sync->syncobj = drm_syncobj_find(file, arg->handle);
	if (!sync->syncobj)
		return -ENOENT;
	if (timeline) {
		sync->chain = dma_fence_chain_alloc();
		if (!sync->chain)
			return -ENOMEM;
	}
	return 0;
}

/**
 * genpu_sync_parse() - copy, check and look up
 * @file: file
 * @user: pointer to @num struct drm_genpu_sync
 * @num: at most DRM_GENPU_MAX_SYNCS
 *
 * Return: array, NULL if @num is 0, or an error pointer.
 */
struct genpu_sync *genpu_sync_parse(struct drm_file *file, u64 user, u32 num)
{
	const struct drm_genpu_sync __user *args = u64_to_user_ptr(user);
	struct drm_genpu_sync arg;
	struct genpu_sync *syncs;
	int ret = 0;
	u32 i;

	if (!num)
		return NULL;
	syncs = kvcalloc(num, sizeof(*syncs), GFP_KERNEL_ACCOUNT);
	if (!syncs)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < num && !ret; i++) {
		if (copy_from_user(&arg, &args[i], sizeof(arg)))
			ret = -EFAULT;
		ret = ret ?: genpu_sync_parse_one(file, &arg, &syncs[i]);
		if (ret && ret != -EFAULT)
			drm_dbg(file->minor->dev,
				"submit: sync %u: handle %u, flags 0x%x, point %llu: error %d\n",
				i, arg.handle, arg.flags, arg.point, ret);
	}
	if (!ret)
		return syncs;
	genpu_sync_free(syncs, num);
	return ERR_PTR(ret);
}

int genpu_sync_add_deps(struct genpu_sync *syncs, u32 num, struct drm_sched_job *job)
{
	int ret = 0;
	u32 i;

	for (i = 0; i < num && !ret; i++)
		ret = drm_sched_job_add_dependency(job, dma_fence_get(syncs[i].fence));
	return ret;
}

/**
 * genpu_sync_attach() - let syncobjs signal with a fence
 * @syncs: array
 * @num: its size
 * @fence: fence of an armed job
 */
void genpu_sync_attach(struct genpu_sync *syncs, u32 num, struct dma_fence *fence)
{
	u32 i;

	for (i = 0; i < num; i++) {
		if (syncs[i].chain)
			drm_syncobj_add_point(syncs[i].syncobj, syncs[i].chain, fence,
					      syncs[i].point);
		else if (syncs[i].syncobj)
			drm_syncobj_replace_fence(syncs[i].syncobj, fence);
		syncs[i].chain = NULL;
	}
}

void genpu_sync_free(struct genpu_sync *syncs, u32 num)
{
	u32 i;

	for (i = 0; syncs && i < num; i++) {
		dma_fence_put(syncs[i].fence);
		dma_fence_chain_free(syncs[i].chain);
		if (syncs[i].syncobj)
			drm_syncobj_put(syncs[i].syncobj);
	}
	kvfree(syncs);
}
