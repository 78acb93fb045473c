/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_QUERY_H_
#define _GENPU_QUERY_H_

struct drm_device;
struct drm_file;

int genpu_query_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _GENPU_QUERY_H_ */
