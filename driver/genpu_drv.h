/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_DRV_H_
#define _GENPU_DRV_H_

#include <linux/kref.h>
#include <linux/xarray.h>

#include <drm/drm_file.h>

enum genpu_engine {
	GENPU_ENGINE_COMPUTE,
	GENPU_ENGINE_COPY,
	GENPU_NUM_ENGINES,
};

/**
 * struct genpu_file - what belongs to an open file
 * @kref: held by the file and by its contexts
 * @ctxs: context id -> struct genpu_ctx
 * @streams: stream id -> struct genpu_stream
 * @graphs: graph id -> struct genpu_graph
 * @client_id: of the DRM core, as in fdinfo
 * @engine_ns: time that jobs which have ended were at the head of their streams, by enum
 *             genpu_engine
 * @engine_shown: the same with the jobs that run, as last shown
 */
struct genpu_file {
	struct kref kref;
	struct xarray ctxs;
	struct xarray streams;
	struct xarray graphs;
	u64 client_id;
	atomic64_t engine_ns[GENPU_NUM_ENGINES];
	atomic64_t engine_shown[GENPU_NUM_ENGINES];
};

static inline struct genpu_file *to_genpu_file(struct drm_file *file)
{
	return file->driver_priv;
}

void genpu_file_get(struct genpu_file *gfile);
void genpu_file_put(struct genpu_file *gfile);
void *genpu_file_take(struct xarray *ids, u32 id);

#endif /* _GENPU_DRV_H_ */
