// SPDX-License-Identifier: GPL-2.0-only
/*
 * What userspace may ask of a stream: how far it is, whether it failed, and to wait.
 */
#include "genpu_stream.h"

/* A stream that is banned but has not failed before is not told yet by recovery. */
static u32 genpu_stream_status_locked(const struct genpu_stream *stream)
{
	lockdep_assert_held(&stream->fence_lock);
	if (stream->ban && stream->failure.status <= DRM_GENPU_STREAM_FAULT)
		return DRM_GENPU_STREAM_BANNED;
	return stream->failure.status;
}

int genpu_stream_state_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_genpu_stream_state *args = data, state;
	u64 submitted, completed;
	u32 status;

	if (args->flags & ~DRM_GENPU_STREAM_STATE_CLEAR)
		return -EINVAL;
	struct genpu_stream *stream __free(genpu_stream_put) =
		genpu_handle_lookup(&to_genpu_file(file)->streams, args->stream_id);
	if (!stream)
		return -ENOENT;

	/* First the progress: a job that is reported as ended has its failure reported too. */
	completed = genpu_stream_ended(stream, &submitted);
	spin_lock_irq(&stream->fence_lock);
	status = genpu_stream_status_locked(stream);
	state = stream->failure.status == DRM_GENPU_STREAM_OK ? GENPU_FAILURE(status) :
								stream->failure;
	state.status = status;
	state.hangs = stream->hangs;
	if (args->flags & DRM_GENPU_STREAM_STATE_CLEAR &&
	    stream->failure.status == DRM_GENPU_STREAM_FAULT)
		stream->failure.status = DRM_GENPU_STREAM_OK;
	spin_unlock_irq(&stream->fence_lock);

	state.stream_id = args->stream_id;
	state.flags = args->flags;
	state.submitted = submitted;
	state.completed = completed;
	*args = state;
	return 0;
}

int genpu_wait_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_genpu_wait *args = data;
	u64 submitted;
	int ret;

	if (args->flags || args->pad)
		return -EINVAL;
	struct genpu_stream *stream __free(genpu_stream_put) =
		genpu_handle_lookup(&to_genpu_file(file)->streams, args->stream_id);
	if (!stream)
		return -ENOENT;

	genpu_stream_ended(stream, &submitted);
	if (args->seqno > submitted)
		return -EINVAL;
	ret = genpu_stream_wait(stream, args->seqno ?: submitted, args->timeout_ns);
	if (ret)
		return ret;
	spin_lock_irq(&stream->fence_lock);
	args->status = genpu_stream_status_locked(stream);
	spin_unlock_irq(&stream->fence_lock);
	return 0;
}
