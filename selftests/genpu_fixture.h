/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * genpu_fixture.h - the fixture of nearly all tests, and what it checks after each of them.
 *
 * A test starts with an open device, a context, a stream, and a page-aligned buffer in each region.
 * It ends well only if, once its file is closed, the device holds no object and all its memory is
 * free, the kernel was not tainted, and exactly as many jobs took too long, and device resets were
 * done, as the test announced in expected_hangs and expected_resets; so no test can pass by
 * silently causing a recovery. A test that makes the device misbehave begins with
 * INJECT_OR_SKIP(return).
 */
#ifndef _GENPU_FIXTURE_H_
#define _GENPU_FIXTURE_H_

#include "genpu_harness.h"
#include "genpu_inject.h"
#include "genpu_util.h"

#define FIX_SIZE	MIB(1)
#define FIX_SYS_VA	0x1000000000ull
#define FIX_DEV_VA	0x2000000000ull

FIXTURE(npu)
{
	int fd;
	uint32_t ctx;
	uint32_t stream;
	struct npu_buf sys;
	struct npu_buf dev;
	struct drm_genpu_device_info info;
	struct npu_health before;
	uint64_t expected_hangs;
	uint64_t expected_resets;
	int port;
};

FIXTURE_SETUP(npu)
{
	self->port = -1;
	self->fd = npu_open();
	if (self->fd < 0)
		SKIP(return, "no genpu device: %s", strerror(-self->fd));
	ASSERT_EQ(0, npu_idle(self->fd, &self->before)) {
		TH_LOG("someone else uses the device; it must be idle");
	}
	ASSERT_EQ(0, npu_info(self->fd, &self->info));
	ASSERT_EQ(0, npu_ctx_create(self->fd, &self->ctx));
	ASSERT_EQ(0, npu_stream_create(self->fd, self->ctx, &self->stream));
	ASSERT_EQ(0, npu_buf_create(self->fd, self->ctx, DRM_GENPU_REGION_SYSTEM, FIX_SIZE,
				    FIX_SYS_VA, &self->sys));
	ASSERT_EQ(0, npu_buf_create(self->fd, self->ctx, DRM_GENPU_REGION_DEVICE, FIX_SIZE,
				    FIX_DEV_VA, &self->dev));
}

FIXTURE_TEARDOWN(npu)
{
	struct npu_health after;
	int fd;

	if (self->fd < 0)
		return;
	if (self->port >= 0) {
		EXPECT_EQ(0, inject_clear(self->port));
		close(self->port);
	}
	npu_unmap_all(self->fd);
	close(self->fd);
	fd = npu_open();
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, npu_idle(fd, &after)) {
		TH_LOG("left on the device: %s", after.objects);
	}
	EXPECT_EQ(self->before.free, after.free);
	EXPECT_EQ(self->before.hangs + (after.seen ? self->expected_hangs : 0), after.hangs);
	EXPECT_EQ(self->before.resets + (after.seen ? self->expected_resets : 0), after.resets);
	EXPECT_EQ(self->before.taint & NPU_TAINTS, after.taint & NPU_TAINTS);
	close(fd);
}

#endif /* _GENPU_FIXTURE_H_ */
