// SPDX-License-Identifier: MIT
/*
 * dnn.c - oneDNN primitives as parts of a program
 */
#include <pthread.h>
#include <stdlib.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif

#include "dnn.h"

/**
 * struct instance - memory objects of one run
 * @next: in the program's list
 * @args: for each primitive its arguments, as dnnl_primitive_execute() wants them
 */
struct instance {
	struct instance *next;
	dnnl_exec_arg_t *args[];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static dnnl_engine_t cpu;

/*
 * oneDNN cuts its loops to the caches that the processor describes. An AMD processor whose
 * hypervisor hides them (no type of cache in leaf 0x8000001d) has caches of one byte for it: its
 * convolutions for AVX and more then leave out parts, or divide by zero while they are made. Those
 * for SSE4.1 do not ask.
 */
static bool caches_are_hidden(void)
{
#ifdef __x86_64__
	unsigned int eax, ebx, ecx, edx;

	if (__get_cpuid(0, &eax, &ebx, &ecx, &edx) && ebx == signature_AMD_ebx)
		return !__get_cpuid_count(0x8000001d, 0, &eax, &ebx, &ecx, &edx) || !(eax & 0x1f);
#endif
	return false;
}

static void make_engine(void)
{
	/* Whoever names one knows better. */
	if (caches_are_hidden() && !getenv("ONEDNN_MAX_CPU_ISA"))
		dnnl_set_max_cpu_isa(dnnl_cpu_isa_sse41);
	if (dnnl_engine_create(&cpu, dnnl_cpu, 0) != dnnl_success)
		cpu = NULL;
}

dnnl_engine_t dnn_engine(void)
{
	/* Streams and primitives must share an engine, and programs may run on any worker. */
	pthread_once(&once, make_engine);
	return cpu;
}

dnnl_memory_desc_t dnn_md(const struct view *v, const uint8_t *order)
{
	dnnl_dims_t dims = { 1 }, strides = { 1 };
	dnnl_memory_desc_t md;
	uint8_t own[GENPU_MAX_RANK];
	int64_t next = 1;
	unsigned int i, d;

	if (v->dtype != GENPU_DT_F32 || v->span >= ENGINE_MAX_DENSE || v->count >= ENGINE_MAX_DENSE)
		return NULL;
	/* If more than one order would do, the plain one. */
	if (!order && !view_is_dense(v, NULL)) {
		view_order(v, own);
		order = own;
	}
	for (i = v->rank; i-- > 0;) {
		d = order ? order[i] : i;
		dims[d] = v->dims[d];
		strides[d] = v->dims[d] == 1 ? next : v->strides[d];
		next = strides[d] * dims[d];
	}
	if (dnnl_memory_desc_create_with_strides(&md, v->rank ? v->rank : 1, dims, dnnl_f32,
						 strides) != dnnl_success)
		return NULL;
	return md;
}

dnnl_primitive_attr_t dnn_attr(void)
{
	dnnl_primitive_attr_t attr;

	if (dnnl_primitive_attr_create(&attr) != dnnl_success)
		return NULL;
	dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
	return attr;
}

static bool append_unary(dnnl_post_ops_t ops, const struct post *post)
{
	float alpha = post->alpha, beta = post->beta;
	dnnl_alg_kind_t alg;

	switch (post->kind) {
	case GENPU_UNARY_RELU:
		alg = dnnl_eltwise_relu;
		alpha = 0;
		break;
	case GENPU_UNARY_LEAKY_RELU:
		alg = dnnl_eltwise_relu;
		break;
	case GENPU_UNARY_CLIP:
		alg = dnnl_eltwise_clip;
		break;
	case GENPU_UNARY_SIGMOID:
		alg = dnnl_eltwise_logistic;
		break;
	case GENPU_UNARY_TANH:
		alg = dnnl_eltwise_tanh;
		break;
	case GENPU_UNARY_HARDSIGMOID:
		alg = dnnl_eltwise_hardsigmoid;
		break;
	case GENPU_UNARY_HARDSWISH:
		alg = dnnl_eltwise_hardswish;
		break;
	case GENPU_UNARY_SQRT:
		alg = dnnl_eltwise_sqrt;
		break;
	case GENPU_UNARY_EXP:
		alg = dnnl_eltwise_exp;
		break;
	case GENPU_UNARY_LOG:
		alg = dnnl_eltwise_log;
		break;
	case GENPU_UNARY_ABS:
		alg = dnnl_eltwise_abs;
		break;
	case GENPU_UNARY_NEG:
		alg = dnnl_eltwise_linear;
		alpha = -1;
		beta = 0;
		break;
	case GENPU_UNARY_LINEAR:
		alg = dnnl_eltwise_linear;
		break;
	case GENPU_UNARY_SWISH:
		alg = dnnl_eltwise_swish;
		break;
	case GENPU_UNARY_ELU:
		alg = dnnl_eltwise_elu;
		break;
	case GENPU_UNARY_GELU_ERF:
		alg = dnnl_eltwise_gelu_erf;
		break;
	case GENPU_UNARY_GELU_TANH:
		alg = dnnl_eltwise_gelu_tanh;
		break;
	case GENPU_UNARY_MISH:
		alg = dnnl_eltwise_mish;
		break;
	default:
		return false;
	}
	return dnnl_post_ops_append_eltwise(ops, alg, alpha, beta) == dnnl_success;
}

static bool append_binary(dnnl_post_ops_t ops, const struct post *post, const struct view *view,
			  const uint8_t *order, struct dnn_arg *args, unsigned int *num, int at)
{
	static const dnnl_alg_kind_t algs[] = {
		[GENPU_BINARY_ADD] = dnnl_binary_add,
		[GENPU_BINARY_SUB] = dnnl_binary_sub,
		[GENPU_BINARY_MUL] = dnnl_binary_mul,
		[GENPU_BINARY_DIV] = dnnl_binary_div,
		[GENPU_BINARY_MIN] = dnnl_binary_min,
		[GENPU_BINARY_MAX] = dnnl_binary_max,
	};
	dnnl_memory_desc_t md;

	if (post->kind >= ARRAY_SIZE(algs) || !algs[post->kind])
		return false;
	md = dnn_md(view, order);
	if (!md)
		return false;
	args[*num].arg = DNNL_ARG_ATTR_MULTIPLE_POST_OP(at) | DNNL_ARG_SRC_1;
	args[(*num)++].md = md;
	return dnnl_post_ops_append_binary(ops, algs[post->kind], md) == dnnl_success;
}

bool dnn_attr_posts(dnnl_primitive_attr_t attr, const struct post *posts, unsigned int num_posts,
		    const struct view *views, const uint8_t *order, struct dnn_arg *args,
		    unsigned int *num)
{
	dnnl_post_ops_t ops;
	unsigned int i;
	bool ok = true;

	*num = 0;
	if (dnnl_post_ops_create(&ops) != dnnl_success)
		return false;
	for (i = 0; i < num_posts && ok; i++) {
		if (posts[i].type == GENPU_POST_UNARY)
			ok = append_unary(ops, &posts[i]);
		else
			ok = append_binary(ops, &posts[i], &views[i], order, args, num, i);
	}
	if (ok)
		ok = dnnl_primitive_attr_set_post_ops(attr, ops) == dnnl_success;
	dnnl_post_ops_destroy(ops);
	if (!ok) {
		dnn_free_args(args, *num);
		*num = 0;
	}
	return ok;
}

void dnn_free_args(struct dnn_arg *args, unsigned int num)
{
	while (num-- > 0)
		dnnl_memory_desc_destroy((dnnl_memory_desc_t)args[num].md);
}

bool dnn_is_slow(const_dnnl_primitive_desc_t pd)
{
	const char *name = "";

	dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &name);
	return strstr(name, "ref") || strstr(name, "simple");
}

uint32_t dnn_create(struct engine_program *p, dnnl_primitive_desc_t pd, const struct dnn_arg *args,
		    unsigned int num, struct dnn **out)
{
	const_dnnl_memory_desc_t scratchpad;
	struct dnn **grown, *dnn;
	unsigned int i;

	grown = realloc(p->dnns, (p->num_dnns + 1) * sizeof(*grown));
	if (grown)
		p->dnns = grown;
	dnn = calloc(1, sizeof(*dnn));
	if (!grown || !dnn || num > DNN_MAX_ARGS)
		goto fail;
	if (dnnl_primitive_create(&dnn->prim, pd) != dnnl_success)
		goto fail;
	for (i = 0; i < num; i++) {
		dnn->args[i].arg = args[i].arg;
		if (dnnl_memory_desc_clone(&dnn->args[i].md, args[i].md) != dnnl_success)
			goto fail;
		dnn->num++;
	}
	scratchpad = dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
	dnn->scratchpad = dnnl_memory_desc_get_size(scratchpad);
	dnn->args[num].arg = DNNL_ARG_SCRATCHPAD;
	if (dnnl_memory_desc_clone(&dnn->args[num].md, scratchpad) != dnnl_success)
		goto fail;
	dnnl_primitive_desc_destroy(pd);
	dnn->index = p->num_dnns;
	p->dnns[p->num_dnns++] = dnn;
	*out = dnn;
	return GENPU_OK;
fail:
	dnnl_primitive_desc_destroy(pd);
	dnn_destroy(dnn);
	return GENPU_ERR_NO_MEMORY;
}

void dnn_destroy(struct dnn *dnn)
{
	unsigned int i;

	if (!dnn)
		return;
	for (i = 0; i <= DNN_MAX_ARGS; i++)
		if (dnn->args[i].md)
			dnnl_memory_desc_destroy(dnn->args[i].md);
	if (dnn->prim)
		dnnl_primitive_destroy(dnn->prim);
	free(dnn);
}

static void free_exec_args(const struct dnn *dnn, dnnl_exec_arg_t *args)
{
	unsigned int i;

	if (!args)
		return;
	for (i = 0; i <= dnn->num; i++)
		if (args[i].memory)
			dnnl_memory_destroy(args[i].memory);
	free(args);
}

static dnnl_exec_arg_t *make_exec_args(const struct dnn *dnn)
{
	dnnl_exec_arg_t *args = calloc(dnn->num + 1, sizeof(*args));
	unsigned int i;

	if (!args)
		return NULL;
	for (i = 0; i <= dnn->num; i++) {
		args[i].arg = dnn->args[i].arg;
		if (dnnl_memory_create(&args[i].memory, dnn->args[i].md, dnn_engine(),
				       DNNL_MEMORY_NONE) != dnnl_success) {
			args[i].memory = NULL;
			free_exec_args(dnn, args);
			return NULL;
		}
	}
	return args;
}

static uint32_t execute(const struct dnn *dnn, dnnl_exec_arg_t *args, void *const *ptr,
			void *scratchpad, dnnl_stream_t stream)
{
	unsigned int i;

	for (i = 0; i < dnn->num; i++)
		dnnl_memory_set_data_handle(args[i].memory, ptr[i]);
	dnnl_memory_set_data_handle(args[i].memory, scratchpad);
	if (dnnl_primitive_execute(dnn->prim, stream, dnn->num + 1, args) != dnnl_success)
		return GENPU_ERR_ENGINE;
	return dnnl_stream_wait(stream) == dnnl_success ? GENPU_OK : GENPU_ERR_ENGINE;
}

static uint32_t execute_once(const struct dnn *dnn, void *const *ptr)
{
	dnnl_exec_arg_t *args = make_exec_args(dnn);
	void *scratchpad = engine_alloc(dnn->scratchpad);
	dnnl_stream_t stream;
	uint32_t code = GENPU_ERR_NO_MEMORY;

	if (args && scratchpad &&
	    dnnl_stream_create(&stream, dnn_engine(), dnnl_stream_default_flags) == dnnl_success) {
		code = execute(dnn, args, ptr, scratchpad, stream);
		dnnl_stream_destroy(stream);
	}
	free(scratchpad);
	free_exec_args(dnn, args);
	return code;
}

uint32_t dnn_run(const struct dnn *dnn, void *const *ptr, struct run *run)
{
	if (!run)
		return execute_once(dnn, ptr);
	/* The scratchpad is at the start of the scratch memory. */
	return execute(dnn, run->instance->args[dnn->index], ptr, run->scratch, run->stream);
}

size_t dnn_scratchpad(const struct engine_program *p)
{
	size_t most = 0;
	unsigned int i;

	for (i = 0; i < p->num_dnns; i++)
		if (p->dnns[i]->scratchpad > most)
			most = p->dnns[i]->scratchpad;
	return most;
}

static void instance_destroy(const struct engine_program *p, struct instance *instance)
{
	unsigned int i;

	if (!instance)
		return;
	for (i = 0; i < p->num_dnns; i++)
		free_exec_args(p->dnns[i], instance->args[i]);
	free(instance);
}

static struct instance *instance_create(const struct engine_program *p)
{
	struct instance *instance;
	unsigned int i;

	instance = calloc(1, sizeof(*instance) + p->num_dnns * sizeof(instance->args[0]));
	if (!instance)
		return NULL;
	for (i = 0; i < p->num_dnns; i++) {
		instance->args[i] = make_exec_args(p->dnns[i]);
		if (!instance->args[i]) {
			instance_destroy(p, instance);
			return NULL;
		}
	}
	return instance;
}

struct instance *instance_take(struct engine_program *p)
{
	struct instance *instance;

	pthread_mutex_lock(&p->lock);
	instance = p->instances;
	if (instance)
		p->instances = instance->next;
	pthread_mutex_unlock(&p->lock);
	return instance ? instance : instance_create(p);
}

void instance_give(struct engine_program *p, struct instance *instance)
{
	pthread_mutex_lock(&p->lock);
	instance->next = p->instances;
	p->instances = instance;
	pthread_mutex_unlock(&p->lock);
}

void instances_free(struct engine_program *p)
{
	struct instance *instance;

	while (p->instances) {
		instance = p->instances;
		p->instances = instance->next;
		instance_destroy(p, instance);
	}
}
