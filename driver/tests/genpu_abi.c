// SPDX-License-Identifier: GPL-2.0-only
/*
 * The layout of everything that crosses a border is fixed: userspace of 32 and 64 bits and the
 * device see the same bytes. This file holds no code, it fails to compile when a layout moves.
 */
#include <linux/build_bug.h>
#include <linux/stddef.h>

#include <drm/genpu_accel.h>

#ifndef __LITTLE_ENDIAN
#error "structures shared with the device are accessed as they are, little-endian"
#endif

static_assert(sizeof(struct drm_genpu_device_info) == 72);
static_assert(sizeof(struct drm_genpu_memory_info) == 32);
static_assert(sizeof(struct drm_genpu_time_info) == 16);
static_assert(sizeof(struct drm_genpu_query) == 16);
static_assert(sizeof(struct drm_genpu_bo_create) == 32);
static_assert(sizeof(struct drm_genpu_bo_userptr) == 24);
static_assert(sizeof(struct drm_genpu_bo_info) == 24);
static_assert(sizeof(struct drm_genpu_ctx_create) == 8);
static_assert(sizeof(struct drm_genpu_ctx_destroy) == 8);
static_assert(sizeof(struct drm_genpu_vm_bind) == 40);
static_assert(sizeof(struct drm_genpu_stream_create) == 24);
static_assert(sizeof(struct drm_genpu_stream_destroy) == 8);
static_assert(sizeof(struct drm_genpu_stream_state) == 72);
static_assert(sizeof(struct drm_genpu_graph_load) == 72);
static_assert(sizeof(struct drm_genpu_graph_unload) == 8);
static_assert(sizeof(struct drm_genpu_sync) == 16);
static_assert(sizeof(struct drm_genpu_submit) == 40);
static_assert(sizeof(struct drm_genpu_wait) == 32);

static_assert(sizeof(struct genpu_doorbell) == 24);
static_assert(sizeof(struct genpu_event) == 16);
static_assert(offsetof(struct genpu_event, info) == 8);
static_assert(sizeof(struct genpu_queue_status) == 64);
static_assert(sizeof(struct genpu_task) == GENPU_TASK_SIZE);
static_assert(offsetof(struct genpu_task, raw) == 8);
static_assert(sizeof(struct genpu_admin_status) == 32);
