// SPDX-License-Identifier: MIT
/*
 * onnx_cases [--only WORD] [--known FILE] [--every N] [DIR]: the ONNX project's test cases, each a
 * model with inputs and expected outputs, through the session API. Prints TAP, and at the end how
 * many cases passed.
 *
 * An output is right by the suite's own measure: type and shape are the expected ones, and no
 * element is further from the expected one than 1e-7 plus a thousandth of it. Each case runs in a
 * process of its own, so that one that crashes or hangs is one that fails.
 *
 * FILE names the cases that are known not to pass, each with its reason; one of those that passes
 * all the same is a failure, so the list stays true.
 */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "ge/ge.h"
#include "onnx.pb-c.h"

#define DATA		"/usr/share/libonnx-testdata/data/node"
#define RTOL		1e-3
#define ATOL		1e-7
#define MAX_TENSORS	64
#define SECONDS		120	/* that a case may take */

/* Operators by how much they are used: most networks, many networks, and the rest. */
static const char *const tiers[] = {
	" Abs Add And ArgMax AveragePool BatchNormalization Cast Ceil Clip Concat Constant "
	"ConstantOfShape Conv ConvTranspose DepthToSpace Div Dropout Elu Equal Erf Exp Expand "
	"Flatten Floor Gather Gelu Gemm GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual "
	"HardSigmoid HardSwish Identity InstanceNormalization LRN LayerNormalization LeakyRelu "
	"Less LessOrEqual Log LogSoftmax MatMul Max MaxPool Min Mul Neg Not Or PRelu Pad Pow "
	"Reciprocal ReduceMax ReduceMean ReduceSum Relu Reshape Resize Shape Sigmoid Slice "
	"Softmax Softplus Split Sqrt Squeeze Sub Sum Tanh Tile Transpose Unsqueeze Upsample "
	"Where ",
	" ArgMin CastLike Celu Compress ConvInteger Cos CumSum DequantizeLinear "
	"DynamicQuantizeLinear Einsum EyeLike GRU GatherElements GatherND GridSample "
	"GroupNormalization Hardmax If IsInf IsNaN LSTM Loop LpPool MatMulInteger Mean "
	"MeanVarianceNormalization Mish Mod NonMaxSuppression NonZero OneHot QLinearConv "
	"QLinearMatMul QuantizeLinear RNN Range ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp "
	"ReduceMin ReduceProd ReduceSumSquare ReverseSequence RoiAlign Round Scatter "
	"ScatterElements ScatterND Selu Shrink Sign Sin Size Softsign SpaceToDepth Tan "
	"ThresholdedRelu TopK Trilu Xor LpNormalization GlobalLpPool ",
};

#define NUM_TIERS	(sizeof(tiers) / sizeof(tiers[0]) + 1)

/* --- In the process of a case ----------------------------------------------------------------- */

static int report = -1;		/* where the reason of a failure goes */

__attribute__((format(printf, 1, 2), noreturn))
static void give_up(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vdprintf(report, fmt, args);
	va_end(args);
	_exit(1);
}

static void *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	struct stat info;
	char *data;

	if (!file)
		return NULL;
	data = fstat(fileno(file), &info) ? NULL : malloc((size_t)info.st_size + 1);
	if (!data || fread(data, 1, (size_t)info.st_size + 1, file) != (size_t)info.st_size)
		give_up("%s: cannot be read", path);
	fclose(file);
	*size = (size_t)info.st_size;
	return data;
}

#define T(name)	ONNX__TENSOR_PROTO__DATA_TYPE__##name

static const struct {
	int32_t onnx, ge;
} types[] = {
	{ T(FLOAT), GE_DT_FLOAT }, { T(UINT8), GE_DT_UINT8 }, { T(INT8), GE_DT_INT8 },
	{ T(UINT16), GE_DT_UINT16 }, { T(INT16), GE_DT_INT16 }, { T(INT32), GE_DT_INT32 },
	{ T(INT64), GE_DT_INT64 }, { T(BOOL), GE_DT_BOOL }, { T(FLOAT16), GE_DT_FLOAT16 },
	{ T(DOUBLE), GE_DT_DOUBLE }, { T(UINT32), GE_DT_UINT32 }, { T(UINT64), GE_DT_UINT64 },
	{ T(BFLOAT16), GE_DT_BF16 }, { T(FLOAT8E4M3FN), GE_DT_FLOAT8_E4M3FN },
	{ T(FLOAT8E4M3FNUZ), GE_DT_FLOAT8_E4M3FNUZ }, { T(FLOAT8E5M2), GE_DT_FLOAT8_E5M2 },
	{ T(FLOAT8E5M2FNUZ), GE_DT_FLOAT8_E5M2FNUZ }, { T(UINT4), GE_DT_UINT4 },
	{ T(INT4), GE_DT_INT4 },
};

/* Elements of four bits lie in pairs, the first one in the low bits; libge has a byte for each. */
static void unpack(const Onnx__TensorProto *proto, struct ge_tensor *tensor)
{
	size_t pairs = tensor->size / 2 + tensor->size % 2;

	if (proto->raw_data.len != pairs && proto->n_int32_data != pairs)
		give_up("%s: too few elements", proto->name);
	for (size_t i = 0; i < tensor->size; i++) {
		unsigned int pair = proto->n_int32_data ? (unsigned int)proto->int32_data[i / 2] :
							  proto->raw_data.data[i / 2];
		unsigned char bits = pair >> 4 * (i % 2) & 15;

		((unsigned char *)tensor->data)[i] =
			tensor->desc.dtype == GE_DT_INT4 && bits & 8 ? bits | 0xf0 : bits;
	}
}

/* The values of a narrow type are kept in int32_data, one each. */
static void widen(const Onnx__TensorProto *proto, struct ge_tensor *tensor)
{
	size_t width = ge_dtype_size(tensor->desc.dtype), n = tensor->size / width;

	if (n > proto->n_int32_data)
		give_up("%s: too few elements", proto->name);
	for (size_t i = 0; i < n; i++)
		memcpy((char *)tensor->data + i * width, &proto->int32_data[i], width);
}

static void read_tensor(const char *path, struct ge_tensor *tensor)
{
	Onnx__TensorProto *proto;
	size_t size, n;
	void *data = read_file(path, &size), *from = NULL;

	proto = onnx__tensor_proto__unpack(NULL, size, data);
	if (!proto || !proto->data_type)
		give_up("%s: is no tensor", path);
	tensor->desc.dtype = GE_DT_UNDEFINED;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].onnx == proto->data_type)
			tensor->desc.dtype = types[i].ge;
	if (tensor->desc.dtype == GE_DT_UNDEFINED)
		give_up("tensors of ONNX's type %d", proto->data_type);
	tensor->desc.format = GE_FORMAT_ND;
	tensor->desc.rank = (int32_t)proto->n_dims;
	tensor->size = ge_dtype_size(tensor->desc.dtype);
	for (size_t i = 0; i < proto->n_dims && i < GE_MAX_RANK; i++) {
		tensor->desc.dims[i] = proto->dims[i];
		tensor->size *= (size_t)proto->dims[i];
	}
	tensor->data = calloc(1, tensor->size + 1);
	if (tensor->desc.dtype == GE_DT_INT4 || tensor->desc.dtype == GE_DT_UINT4) {
		unpack(proto, tensor);
		goto done;
	}
	n = 0;
	if (proto->has_raw_data && proto->raw_data.len == tensor->size)
		from = proto->raw_data.data, n = tensor->size;
	else if (proto->n_float_data)
		from = proto->float_data, n = proto->n_float_data * 4;
	else if (proto->n_double_data)
		from = proto->double_data, n = proto->n_double_data * 8;
	else if (proto->n_int64_data)
		from = proto->int64_data, n = proto->n_int64_data * 8;
	else if (proto->n_uint64_data && proto->data_type == T(UINT64))
		from = proto->uint64_data, n = proto->n_uint64_data * 8;
	if (!from && tensor->size)
		widen(proto, tensor);
	else if (n < tensor->size)
		give_up("%s: too few elements", path);
	else if (tensor->size)
		memcpy(tensor->data, from, tensor->size);
done:
	onnx__tensor_proto__free_unpacked(proto, NULL);
	free(data);
}

/* All files WHAT_0.pb, WHAT_1.pb, ... */
static size_t read_tensors(const char *dir, const char *what, struct ge_tensor *tensors)
{
	char path[640];
	size_t n = 0;

	for (; n < MAX_TENSORS; n++) {
		snprintf(path, sizeof(path), "%s/test_data_set_0/%s_%zu.pb", dir, what, n);
		if (access(path, R_OK))
			break;
		read_tensor(path, &tensors[n]);
	}
	return n;
}

/* The suite keeps the bits of a bfloat16 as uint16; the model knows better. */
static void retype(const char *path, struct ge_tensor *inputs, size_t num_inputs,
		   struct ge_tensor *outputs, size_t num_outputs)
{
	Onnx__ModelProto *model;
	size_t size;
	void *data = read_file(path, &size);

	model = data ? onnx__model_proto__unpack(NULL, size, data) : NULL;
	for (size_t k = 0; model && k < num_inputs + num_outputs; k++) {
		struct ge_tensor *t = k < num_inputs ? &inputs[k] : &outputs[k - num_inputs];
		const Onnx__ValueInfoProto *info = k < num_inputs ? model->graph->input[k] :
						   model->graph->output[k - num_inputs];

		if (t->desc.dtype == GE_DT_UINT16 && info->type && info->type->tensor_type &&
		    info->type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE &&
		    info->type->tensor_type->elem_type == T(BFLOAT16))
			t->desc.dtype = GE_DT_BF16;
	}
	if (model)
		onnx__model_proto__free_unpacked(model, NULL);
	free(data);
}

static double element(const struct ge_tensor *t, size_t i)
{
	const void *data = t->data;
	union {
		uint32_t bits;
		float value;
	} wide;

	switch (t->desc.dtype) {
	case GE_DT_FLOAT:
		return ((const float *)data)[i];
	case GE_DT_DOUBLE:
		return ((const double *)data)[i];
	case GE_DT_FLOAT16:
		return (double)((const _Float16 *)data)[i];
	case GE_DT_BF16:
		wide.bits = (uint32_t)((const uint16_t *)data)[i] << 16;
		return wide.value;
	case GE_DT_INT8:
		return ((const int8_t *)data)[i];
	case GE_DT_INT16:
		return ((const int16_t *)data)[i];
	case GE_DT_INT32:
		return ((const int32_t *)data)[i];
	case GE_DT_INT64:
		return (double)((const int64_t *)data)[i];
	case GE_DT_UINT16:
		return ((const uint16_t *)data)[i];
	case GE_DT_UINT32:
		return ((const uint32_t *)data)[i];
	case GE_DT_UINT64:
		return (double)((const uint64_t *)data)[i];
	default:
		return ((const uint8_t *)data)[i];
	}
}

static void dims_text(const struct ge_tensor_desc *desc, char *text, size_t size)
{
	size_t at = (size_t)snprintf(text, size, "type %d [", desc->dtype);

	for (int i = 0; i < desc->rank && at < size; i++)
		at += (size_t)snprintf(text + at, size - at, "%s%lld", i ? ", " : "",
				       (long long)desc->dims[i]);
	if (at < size)
		snprintf(text + at, size - at, "]");
}

static void compare(size_t index, const struct ge_tensor *got, const struct ge_tensor *want)
{
	char is[128], should[128];

	if (got->desc.dtype != want->desc.dtype || got->desc.rank != want->desc.rank ||
	    memcmp(got->desc.dims, want->desc.dims,
		   (size_t)want->desc.rank * sizeof(want->desc.dims[0]))) {
		dims_text(&got->desc, is, sizeof(is));
		dims_text(&want->desc, should, sizeof(should));
		give_up("output %zu is %s, expected %s", index, is, should);
	}
	for (size_t i = 0; i < want->size / ge_dtype_size(want->desc.dtype); i++) {
		double x = element(got, i), y = element(want, i);

		if (x == y || (isnan(x) && isnan(y)) || fabs(x - y) <= ATOL + RTOL * fabs(y))
			continue;
		give_up("output %zu: element %zu is %.9g, expected %.9g", index, i, x, y);
	}
}

static void run_case(const char *dir)
{
	static struct ge_tensor inputs[MAX_TENSORS], got[MAX_TENSORS], want[MAX_TENSORS];
	size_t num_inputs, num_outputs;
	struct ge_graph *graph;
	uint64_t session;
	char path[640];

	snprintf(path, sizeof(path), "%s/model.onnx", dir);
	if (ge_graph_from_onnx(path, &graph))
		give_up("%s", ge_last_error() + (strstr(ge_last_error(), path) ?
						 strlen(path) + 2 : 0));
	num_inputs = read_tensors(dir, "input", inputs);
	num_outputs = read_tensors(dir, "output", want);
	if (num_outputs != ge_graph_num_outputs(graph))
		give_up("%zu outputs, expected %zu", ge_graph_num_outputs(graph), num_outputs);
	retype(path, inputs, num_inputs, want, num_outputs);
	if (ge_initialize(NULL, 0) || ge_session_create(NULL, 0, &session) ||
	    ge_session_add_graph(session, 0, graph, NULL, 0) ||
	    ge_session_run_graph(session, 0, inputs, num_inputs, got, num_outputs))
		give_up("%s", ge_last_error());
	for (size_t i = 0; i < num_outputs; i++)
		compare(i, &got[i], &want[i]);
	ge_graph_destroy(graph);
	for (size_t i = 0; i < num_outputs; i++)
		free(got[i].data);
	for (size_t i = 0; i < num_outputs; i++)
		free(want[i].data);
	for (size_t i = 0; i < num_inputs; i++)
		free(inputs[i].data);
	if (ge_finalize())
		give_up("%s", ge_last_error());
	exit(0);	/* not _exit(): leaks are to be found */
}

/* --- The cases -------------------------------------------------------------------------------- */

/* Why the case did not pass; empty if it did. */
static void try_case(const char *dir, char *reason, size_t size)
{
	int ends[2], status;
	size_t at = 0;
	ssize_t n;
	pid_t pid;

	fflush(stdout);
	pid = pipe(ends) ? -1 : fork();
	if (pid < 0) {
		perror("onnx_cases");
		exit(2);
	}
	if (!pid) {
		close(ends[0]);
		report = ends[1];
		alarm(SECONDS);
		run_case(dir);
	}
	close(ends[1]);
	while (at < size - 1 && (n = read(ends[0], reason + at, size - 1 - at)) > 0)
		at += (size_t)n;
	close(ends[0]);
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		at = (size_t)snprintf(reason, size, "ended by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) && !at)
		at = (size_t)snprintf(reason, size, "ended with status %d", WEXITSTATUS(status));
	reason[at < size ? at : size - 1] = '\0';
	for (char *c = reason; *c; c++)
		*c = *c == '\n' ? ' ' : *c;
}

static size_t tier_of_node(const Onnx__NodeProto *node)
{
	bool foreign = node->domain && *node->domain;
	char word[64];
	size_t t = 0;

	snprintf(word, sizeof(word), " %s ", node->op_type ? node->op_type : "");
	while (t < NUM_TIERS - 1 && (foreign || !strstr(tiers[t], word)))
		t++;
	return t;
}

/* The tier of the rarest operator, also in what If and Loop run. */
static size_t tier_of_graph(const Onnx__GraphProto *graph)
{
	size_t tier = 0, t;

	for (size_t i = 0; i < graph->n_node; i++) {
		const Onnx__NodeProto *node = graph->node[i];

		t = tier_of_node(node);
		tier = t > tier ? t : tier;
		for (size_t k = 0; k < node->n_attribute; k++) {
			t = node->attribute[k]->g ? tier_of_graph(node->attribute[k]->g) : 0;
			tier = t > tier ? t : tier;
		}
	}
	return tier;
}

static size_t tier_of(const char *dir)
{
	Onnx__ModelProto *model;
	size_t tier = 0, size;
	char path[640];
	void *data;

	snprintf(path, sizeof(path), "%s/model.onnx", dir);
	data = read_file(path, &size);
	model = data ? onnx__model_proto__unpack(NULL, size, data) : NULL;
	if (model) {
		tier = tier_of_graph(model->graph);
		onnx__model_proto__free_unpacked(model, NULL);
	}
	free(data);
	return tier;
}

/* The reason why a case is known not to pass, or NULL. */
static const char *known_reason(const char *known, const char *name, char *line, size_t size)
{
	FILE *file = known ? fopen(known, "r") : NULL;
	const char *reason = NULL;
	size_t length = strlen(name);

	if (known && !file) {
		perror(known);
		exit(2);
	}
	while (file && !reason && fgets(line, (int)size, file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, name, length) && line[length] == ' ')
			reason = line + length + strspn(line + length, " ");
	}
	if (file)
		fclose(file);
	return reason;
}

static int cases_only(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "test_", 5);
}

static const char usage[] =
	"usage: onnx_cases [--only WORD] [--known FILE] [--every N] [DIR]\n"
	"Runs the ONNX project's test cases below DIR (" DATA ").\n"
	"  --only WORD   those with WORD in their names\n"
	"  --known FILE  lists the cases that do not pass, \"NAME REASON\"\n"
	"  --every N     each N-th case\n";

int main(int argc, char **argv)
{
	const char *dir = DATA, *only = "", *known = NULL;
	size_t passed[NUM_TIERS] = { 0 }, all[NUM_TIERS] = { 0 }, failures = 0, count = 0;
	long every = 1;
	struct dirent **entries;
	int n;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--only") && i + 1 < argc)
			only = argv[++i];
		else if (!strcmp(argv[i], "--known") && i + 1 < argc)
			known = argv[++i];
		else if (!strcmp(argv[i], "--every") && i + 1 < argc)
			every = atol(argv[++i]);
		else if (!strcmp(argv[i], "--help"))
			return fputs(usage, stdout) < 0;
		else if (*argv[i] == '-' || every < 1)
			return fputs(usage, stderr), 2;
		else
			dir = argv[i];
	}
	n = scandir(dir, &entries, cases_only, alphasort);
	if (n <= 0 || every < 1) {
		fprintf(stderr, "onnx_cases: %s: %s\n", dir, n ? strerror(errno) : "no cases");
		return 2;
	}
	for (int i = 0; i < n; i++) {
		char path[512], reason[600], line[600];
		const char *name = entries[i]->d_name, *expected;
		size_t tier;

		if (!strstr(name, only) || i % every)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, name);
		tier = tier_of(path);
		expected = known_reason(known, name, line, sizeof(line));
		try_case(path, reason, sizeof(reason));
		all[tier]++;
		passed[tier] += !*reason;
		count++;
		if (!*reason == !expected) {
			printf("ok %zu - %s%s%s\n", count, name, expected ? " # SKIP " : "",
			       expected ? expected : "");
		} else {
			failures++;
			printf("not ok %zu - %s\n# tier %zu: %s\n", count, name, tier + 1,
			       *reason ? reason : "passes, but is listed as one that does not");
		}
	}
	printf("1..%zu\n", count);
	for (size_t t = 0; t < NUM_TIERS; t++)
		printf("# tier %zu: %zu of %zu\n", t + 1, passed[t], all[t]);
	printf("# passed: %zu of %zu\n", passed[0] + passed[1] + passed[2], count);
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	return failures || !count;
}
