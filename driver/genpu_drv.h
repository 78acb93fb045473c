/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_DRV_H_
#define _GENPU_DRV_H_

#include <linux/xarray.h>

#include <drm/drm_file.h>

struct genpu_ctx;

enum genpu_engine {
	GENPU_ENGINE_COMPUTE,
	GENPU_ENGINE_COPY,
	GENPU_NUM_ENGINES,
};

/**
 * struct genpu_handle - what a file knows by a number: the first member of a context, stream, graph
 * @kref: references to the object; the number holds one
 * @owner: context without which it cannot be, or NULL
 */
struct genpu_handle {
	struct kref kref;
	const struct genpu_ctx *owner;
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

void genpu_file_put(struct genpu_file *gfile);

int genpu_handle_add(struct xarray *ids, struct genpu_handle *handle, u32 *id, u32 *told);
void *genpu_handle_lookup(struct xarray *ids, u32 id);
void *genpu_handle_take(struct xarray *ids, u32 id);
void *genpu_handle_take_next(struct xarray *ids, unsigned long *id, const struct genpu_ctx *owner);

int genpu_query_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int genpu_bo_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int genpu_bo_info_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int genpu_bo_userptr_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int genpu_ctx_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int genpu_ctx_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int genpu_vm_bind_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int genpu_stream_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int genpu_stream_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int genpu_stream_state_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int genpu_graph_load_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int genpu_graph_unload_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int genpu_submit_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int genpu_wait_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _GENPU_DRV_H_ */
