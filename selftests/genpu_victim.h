/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * genpu_victim.h - a context with a network, a stream, and words to wait for and to count in: one
 * of those to whom a reset must not matter.
 */
#ifndef _GENPU_VICTIM_H_
#define _GENPU_VICTIM_H_

#include "genpu_fixture.h"
#include "genpu_prog.h"

#define GATE		FIX_SYS_VA
#define COUNT		(FIX_SYS_VA + 8)
#define NET_VA		0x4000000000ull

struct victim {
	uint32_t ctx;
	uint32_t stream;
	struct npu_buf words;
	struct net net;
};

static inline int victim_create(int fd, struct victim *v, uint32_t region)
{
	return npu_ctx_create(fd, &v->ctx) ?: npu_stream_create(fd, v->ctx, &v->stream) ?:
	       npu_buf_create(fd, v->ctx, DRM_GENPU_REGION_SYSTEM, 4096, GATE, &v->words) ?:
	       net_create(fd, v->ctx, region, NET_VA, &v->net);
}

/* victim_start() - say that it has begun, wait for the gate, run the network on all lanes */
static inline int victim_start(int fd, struct victim *v)
{
	struct genpu_task tasks[2] = { npu_signal(COUNT, GENPU_SIGNAL_SET, 1),
				       npu_hold(GATE, GENPU_WAIT_EQ, 1) };
	unsigned int lane;
	int ret = npu_submit(fd, v->stream, tasks, 2, NULL);

	for (lane = 0; lane < NET_LANES && !ret; lane++) {
		tasks[0] = net_task(&v->net, lane, lane);
		ret = npu_submit(fd, v->stream, tasks, 1, NULL);
	}
	return !ret && !npu_reached(v->words.map, 1, 1) ? -ETIME : ret;
}

/* victim_end() - open the gate, and see that all has gone well */
static inline int victim_end(int fd, struct victim *v)
{
	unsigned int lane;
	uint32_t status;
	int ret;

	npu_store(v->words.map, 0, 1);
	ret = npu_wait(fd, v->stream, &status);
	for (lane = 0; lane < NET_LANES && !ret; lane++)
		if (!net_right(&v->net, lane, lane))
			ret = -EILSEQ;
	return ret ?: status == DRM_GENPU_STREAM_OK ? 0 : -EREMOTEIO;
}

#endif /* _GENPU_VICTIM_H_ */
