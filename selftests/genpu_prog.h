/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * genpu_prog.h - assembles programs, and the one that most tests run.
 *
 * A struct prog collects records; prog_build() lays them out behind a header and sums them up. What
 * it builds can then be damaged on purpose: prog_seal() makes the checksum right again, so that the
 * device gets to see the damage itself.
 */
#ifndef _GENPU_PROG_H_
#define _GENPU_PROG_H_

#include "genpu_util.h"

#define PROG_TENSORS	32
#define PROG_OPS	16
#define PROG_INDICES	64
#define PROG_POSTS	8
#define PROG_ATTRS	512
#define PROG_STRINGS	64
#define PROG_MAX	8192	/* bytes that a program of these limits can take */

/**
 * struct prog - a program in the making
 * @header: the caller sets num_inputs, num_outputs, const_size and workspace_size
 */
struct prog {
	struct genpu_prog_header header;
	struct genpu_tensor tensors[PROG_TENSORS];
	struct genpu_op ops[PROG_OPS];
	uint32_t operands[PROG_INDICES];
	struct genpu_post posts[PROG_POSTS];
	uint8_t attrs[PROG_ATTRS];
	char strings[PROG_STRINGS];
};

static inline void prog_init(struct prog *p, uint32_t inputs, uint32_t outputs)
{
	*p = (struct prog){ .header = { .magic = GENPU_PROG_MAGIC, .version = GENPU_PROG_VERSION,
					.num_inputs = inputs, .num_outputs = outputs,
					.strings_size = 8 } };
}

static inline uint32_t prog_crc32(const void *data, size_t size)
{
	const uint8_t *p = data;
	uint32_t crc = 0xffffffff;
	int bit;

	while (size--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* prog_tensor() - a dense tensor; dims ends with 0. Returns its index. */
static inline uint32_t prog_tensor(struct prog *p, uint8_t dtype, uint8_t base, uint32_t arg,
				   uint64_t offset, const uint32_t *dims)
{
	uint32_t index = p->header.num_tensors++;
	struct genpu_tensor *t = &p->tensors[index];
	uint32_t stride = 1;
	int i;

	*t = (struct genpu_tensor){ .dtype = dtype, .base = base, .arg = arg, .offset = offset };
	while (dims[t->rank]) {
		t->dims[t->rank] = dims[t->rank];
		t->rank++;
	}
	for (i = t->rank - 1; i >= 0; i--) {
		t->strides[i] = stride;
		stride *= t->dims[i];
	}
	return index;
}

#define PROG_DIMS(...)		((const uint32_t[]){ __VA_ARGS__, 0 })
#define prog_f32(p, base, arg, offset, ...) \
	prog_tensor(p, GENPU_DT_F32, base, arg, offset, PROG_DIMS(__VA_ARGS__))

/* prog_op() - an operator with its attributes and operands; returns its index */
static inline uint32_t prog_op(struct prog *p, uint16_t opcode, const void *attrs,
			       uint32_t attrs_size, uint16_t num_in, uint16_t num_out,
			       const uint32_t *operands)
{
	struct genpu_prog_header *h = &p->header;
	uint32_t index = h->num_ops++;

	p->ops[index] = (struct genpu_op){
		.opcode = opcode, .num_in = num_in, .num_out = num_out,
		.operands = h->num_operands, .posts = h->num_posts,
		.attrs = h->attrs_size, .attrs_size = attrs_size,
	};
	memcpy(p->operands + h->num_operands, operands, (num_in + num_out) * sizeof(*operands));
	h->num_operands += num_in + num_out;
	memcpy(p->attrs + h->attrs_size, attrs, attrs_size);
	h->attrs_size += (attrs_size + 7) & ~7u;
	return index;
}

#define PROG_OPERANDS(...)	((const uint32_t[]){ __VA_ARGS__ })

/* prog_post() - a step behind the operator that was added last */
static inline void prog_post(struct prog *p, struct genpu_post post)
{
	p->posts[p->header.num_posts++] = post;
	p->ops[p->header.num_ops - 1].num_posts++;
}

static inline uint32_t prog_section(uint8_t *out, uint64_t *used, const void *data, size_t size)
{
	uint32_t at = *used;

	memcpy(out + at, data, size);
	*used = (at + size + 7) & ~7ull;
	return at;
}

static inline void prog_seal(void *program)
{
	struct genpu_prog_header *h = program;

	h->checksum = 0;
	h->checksum = prog_crc32(program, h->size);
}

/* prog_build() - write the program to out, PROG_MAX bytes; returns its size */
static inline uint64_t prog_build(const struct prog *p, void *out)
{
	struct genpu_prog_header h = p->header;
	uint8_t *image = calloc(1, PROG_MAX);
	uint64_t used = sizeof(h);

	h.tensors = prog_section(image, &used, p->tensors, h.num_tensors * sizeof(*p->tensors));
	h.ops = prog_section(image, &used, p->ops, h.num_ops * sizeof(*p->ops));
	h.operands = prog_section(image, &used, p->operands, h.num_operands * 4);
	h.posts = prog_section(image, &used, p->posts, h.num_posts * sizeof(*p->posts));
	h.attrs = prog_section(image, &used, p->attrs, h.attrs_size);
	h.strings = prog_section(image, &used, p->strings, h.strings_size);
	h.size = used;
	memcpy(image, &h, sizeof(h));
	prog_seal(image);
	memcpy(out, image, used);
	free(image);
	return used;
}

/* --- Loading and running -------------------------------------------------------------------- */

/* npu_graph_load() - @load holds all results, whatever is returned */
static inline int npu_graph_load(int fd, uint32_t ctx, const void *program, uint64_t size,
				 uint64_t const_va, uint64_t const_size,
				 struct drm_genpu_graph_load *load)
{
	*load = (struct drm_genpu_graph_load){
		.ctx_id = ctx, .program = npu_u64(program), .size = size, .const_va = const_va,
		.const_size = const_size,
	};
	return npu_ioctl(fd, DRM_IOCTL_GENPU_GRAPH_LOAD, load);
}

static inline int npu_graph_unload(int fd, uint32_t graph)
{
	struct drm_genpu_graph_unload unload = { .graph_id = graph };

	return npu_ioctl(fd, DRM_IOCTL_GENPU_GRAPH_UNLOAD, &unload);
}

static inline struct genpu_task npu_graph(uint32_t graph, uint64_t args, uint32_t num_args,
					  uint64_t workspace, uint64_t workspace_size,
					  uint64_t stamps)
{
	return (struct genpu_task){ .op = GENPU_TASK_GRAPH,
		.graph = { .program = graph, .args = args, .num_args = num_args,
			   .workspace = workspace, .workspace_size = workspace_size,
			   .stamps = stamps } };
}

/*
 * --- The small network: y[3,4] = reshape(relu(conv(x[1,2,6,6], w[3,2,3,3], b[3])))[3,36] * m[36,4]
 *
 * with a padding of 1. All values are small integers, so float32 holds every sum exactly and a
 * result is right or wrong, whatever the order of summation was.
 */

#define NET_X		(2 * 6 * 6)
#define NET_W		(3 * 2 * 3 * 3)
#define NET_B		3
#define NET_M		(36 * 4)
#define NET_Y		(3 * 4)

#define NET_W_AT	0
#define NET_B_AT	256
#define NET_M_AT	320
#define NET_CONST_SIZE	(NET_M_AT + NET_M * 4)
#define NET_WORKSPACE	(3 * 36 * 4)

enum net_operator { NET_CONV, NET_MATMUL };

/* The tensors in the order of their records. */
enum net_tensor { NET_TX, NET_TW, NET_TB, NET_TH, NET_TH2, NET_TM, NET_TY };

static inline void net_prog(struct prog *p)
{
	struct genpu_attr_conv conv = {
		.spatial = 2, .groups = 1, .strides = { 1, 1 }, .dilations = { 1, 1 },
		.pads_begin = { 1, 1 }, .pads_end = { 1, 1 },
	};
	struct genpu_attr_matmul matmul = { .alpha = 1, .beta = 0 };
	struct genpu_post relu = {
		.type = GENPU_POST_UNARY, .kind = GENPU_UNARY_RELU, .tensor = GENPU_NONE,
	};

	prog_init(p, 1, 1);
	p->header.const_size = NET_CONST_SIZE;
	p->header.workspace_size = 448;		/* NET_WORKSPACE, rounded up to GENPU_PROG_ALIGN */
	prog_f32(p, GENPU_BASE_ARG, 0, 0, 1, 2, 6, 6);
	prog_f32(p, GENPU_BASE_CONST, 0, NET_W_AT, 3, 2, 3, 3);
	prog_f32(p, GENPU_BASE_CONST, 0, NET_B_AT, 3);
	prog_f32(p, GENPU_BASE_WORKSPACE, 0, 0, 1, 3, 6, 6);
	prog_f32(p, GENPU_BASE_WORKSPACE, 0, 0, 3, 36);
	prog_f32(p, GENPU_BASE_CONST, 0, NET_M_AT, 36, 4);
	prog_f32(p, GENPU_BASE_ARG, 1, 0, 3, 4);
	prog_op(p, GENPU_OP_CONV, &conv, sizeof(conv), 3, 1,
		PROG_OPERANDS(NET_TX, NET_TW, NET_TB, NET_TH));
	prog_post(p, relu);
	prog_op(p, GENPU_OP_MATMUL, &matmul, sizeof(matmul), 2, 1,
		PROG_OPERANDS(NET_TH2, NET_TM, NET_TY));
}

/* Integers of -3 .. 3 that depend on the place and on a number that a test picks. */
static inline float net_value(uint32_t place, uint32_t pick)
{
	return (int)((place * 2654435761u + pick * 40503u) >> 16) % 7 - 3;
}

static inline void net_consts(void *consts)
{
	float *w = consts + NET_W_AT, *b = consts + NET_B_AT, *m = consts + NET_M_AT;
	int i;

	for (i = 0; i < NET_W; i++)
		w[i] = net_value(i, 1);
	for (i = 0; i < NET_B; i++)
		b[i] = net_value(i, 2);
	for (i = 0; i < NET_M; i++)
		m[i] = net_value(i, 3);
}

static inline void net_input(float *x, uint32_t pick)
{
	int i;

	for (i = 0; i < NET_X; i++)
		x[i] = net_value(i, pick);
}

static inline float net_conv_at(const float *x, const float *w, int row, int col)
{
	float sum = 0;
	int c, i, j;

	for (c = 0; c < 2; c++)
		for (i = 0; i < 3; i++)
			for (j = 0; j < 3; j++) {
				int r = row + i - 1, s = col + j - 1;

				if (r >= 0 && r < 6 && s >= 0 && s < 6)
					sum += x[(c * 6 + r) * 6 + s] * w[(c * 3 + i) * 3 + j];
			}
	return sum;
}

/* net_expect() - what the network makes of net_input(pick), computed plainly */
static inline void net_expect(float *y, uint32_t pick)
{
	uint8_t consts[NET_CONST_SIZE] __attribute__((aligned(8)));
	float *w = (void *)(consts + NET_W_AT), *b = (void *)(consts + NET_B_AT);
	float *m = (void *)(consts + NET_M_AT);
	float x[NET_X], h;
	int o, n, k;

	net_consts(consts);
	net_input(x, pick);
	memset(y, 0, NET_Y * sizeof(*y));
	for (o = 0; o < 3; o++)
		for (k = 0; k < 36; k++) {
			h = b[o] + net_conv_at(x, w + o * 18, k / 6, k % 6);
			for (n = 0; h > 0 && n < 4; n++)
				y[o * 4 + n] += h * m[k * 4 + n];
		}
}

/**
 * struct net - the small network in a context
 *
 * One BO holds all of it, in pages: the constants, then NET_LANES lanes that each have arguments,
 * input, output, stamps and workspace of their own and can run at the same time.
 */
struct net {
	struct npu_buf buf;
	uint32_t graph;
};

#define NET_LANES	16
#define NET_LANE(n)	(4096 + (n) * 4096)
#define NET_SIZE	NET_LANE(NET_LANES)
#define LANE_ARGS	0
#define LANE_STAMPS	64
#define LANE_X		128
#define LANE_Y		1024
#define LANE_WORKSPACE	2048

static inline int net_create(int fd, uint32_t ctx, uint32_t region, uint64_t va, struct net *net)
{
	struct drm_genpu_graph_load load;
	uint8_t image[PROG_MAX];
	struct prog p;
	uint64_t size;
	int ret;

	ret = npu_buf_create(fd, ctx, region, NET_SIZE, va, &net->buf);
	if (ret)
		return ret;
	net_prog(&p);
	size = prog_build(&p, image);
	net_consts(net->buf.map);
	ret = npu_graph_load(fd, ctx, image, size, va, NET_CONST_SIZE, &load);
	memset(image, 0xff, sizeof(image));
	if (ret == -EBADMSG)
		printf("# the network is refused: error %u at byte %u, operator %u, operand %u\n",
		       load.error, load.error_offset, load.error_op, load.error_operand);
	net->graph = load.graph_id;
	return ret;
}

/* net_task() - fill in a lane for net_input(pick), clear its output, and say how to run it */
static inline struct genpu_task net_task(struct net *net, unsigned int lane, uint32_t pick)
{
	uint64_t va = net->buf.va + NET_LANE(lane);
	void *map = net->buf.map + NET_LANE(lane);

	npu_store(map + LANE_ARGS, 0, va + LANE_X);
	npu_store(map + LANE_ARGS, 1, va + LANE_Y);
	net_input(map + LANE_X, pick);
	memset(map + LANE_Y, 0xff, NET_Y * 4);
	return npu_graph(net->graph, va + LANE_ARGS, 2, va + LANE_WORKSPACE, 1024,
			 va + LANE_STAMPS);
}

static inline bool net_right(const struct net *net, unsigned int lane, uint32_t pick)
{
	float y[NET_Y];

	net_expect(y, pick);
	return !memcmp(y, net->buf.map + NET_LANE(lane) + LANE_Y, sizeof(y));
}

#endif /* _GENPU_PROG_H_ */
