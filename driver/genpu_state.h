/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_STATE_H_
#define _GENPU_STATE_H_

struct drm_device;
struct drm_file;

int genpu_stream_state_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int genpu_wait_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _GENPU_STATE_H_ */
