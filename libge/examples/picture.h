/* SPDX-License-Identifier: MIT */
/*
 * Pictures for read_text: PNG by libpng, binary PGM and PPM by hand. In memory they are rows of
 * blue, green, red, as OpenCV has them, because that is how the models were trained.
 */
#ifndef PICTURE_H
#define PICTURE_H

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <png.h>

#define PICTURE_MAX_PIXELS	(64u << 20)

struct picture {
	int width;
	int height;
	unsigned char *bgr;
};

static int picture_alloc(struct picture *picture, const char *path, unsigned long width,
			 unsigned long height)
{
	if (!width || !height || width > PICTURE_MAX_PIXELS ||
	    height > PICTURE_MAX_PIXELS / width) {
		fprintf(stderr, "%s: the picture is %lu x %lu, expected up to %u pixels\n", path,
			width, height, PICTURE_MAX_PIXELS);
		return -1;
	}
	picture->width = width;
	picture->height = height;
	picture->bgr = malloc(width * height * 3);
	if (!picture->bgr)
		fprintf(stderr, "%s: no memory for %lu x %lu pixels\n", path, width, height);
	return picture->bgr ? 0 : -1;
}

static int picture_load_png(struct picture *picture, const char *path, FILE *file)
{
	static const png_color white = { 255, 255, 255 };
	png_image image = { .version = PNG_IMAGE_VERSION };

	if (!png_image_begin_read_from_stdio(&image, file)) {
		fprintf(stderr, "%s: damaged PNG: %s, at byte %ld\n", path, image.message,
			ftell(file));
		return -1;
	}
	image.format = PNG_FORMAT_BGR;
	if (picture_alloc(picture, path, image.width, image.height)) {
		png_image_free(&image);
		return -1;
	}
	if (!png_image_finish_read(&image, &white, picture->bgr, 0, NULL)) {
		fprintf(stderr, "%s: damaged PNG: %s, at byte %ld, in the data of %u x %u pixels\n",
			path, image.message, ftell(file), image.width, image.height);
		free(picture->bgr);
		return -1;
	}
	return 0;
}

/* A number of a PGM or PPM header, or -1; skips white space and comments before it. */
static long picture_pnm_number(FILE *file)
{
	long value = 0;
	int c;

	for (c = getc(file); isspace(c) || c == '#'; c = getc(file)) {
		if (c != '#')
			continue;
		while (c != EOF && c != '\n')
			c = getc(file);
	}
	if (!isdigit(c))
		return -1;
	for (; isdigit(c); c = getc(file))
		if (value < 100000000)
			value = value * 10 + c - '0';
	return value;
}

static int picture_load_pnm(struct picture *picture, const char *path, FILE *file, int channels)
{
	long width = picture_pnm_number(file), height = picture_pnm_number(file);
	long max = picture_pnm_number(file);
	size_t pixels;

	if (width < 1 || height < 1 || max != 255) {
		fprintf(stderr, "%s: damaged P%c: expected width, height and 255 in the first %ld "
			"bytes\n",
			path, channels == 1 ? '5' : '6', ftell(file));
		return -1;
	}
	if (picture_alloc(picture, path, width, height))
		return -1;
	pixels = (size_t)width * height;
	for (size_t i = 0; i < pixels; i++) {
		unsigned char rgb[3];

		if (fread(rgb, channels, 1, file) != 1) {
			fprintf(stderr, "%s: truncated: ends at byte %ld, in row %zu of %ld\n",
				path, ftell(file), i / width, height);
			free(picture->bgr);
			return -1;
		}
		picture->bgr[3 * i] = rgb[channels == 1 ? 0 : 2];
		picture->bgr[3 * i + 1] = rgb[channels == 1 ? 0 : 1];
		picture->bgr[3 * i + 2] = rgb[0];
	}
	return 0;
}

/* Returns 0, or -1 after a message on stderr. */
static int picture_load(struct picture *picture, const char *path)
{
	unsigned char magic[8] = { 0 };
	FILE *file = fopen(path, "rb");
	size_t n;
	int ret;

	if (!file) {
		fprintf(stderr, "%s: cannot open: %s\n", path, strerror(errno));
		return -1;
	}
	n = fread(magic, 1, sizeof(magic), file);
	if (ferror(file)) {
		fprintf(stderr, "%s: cannot read: %s\n", path, strerror(errno));
		ret = -1;
	} else if (magic[0] == 'P' && (magic[1] == '5' || magic[1] == '6')) {
		fseek(file, 2, SEEK_SET);
		ret = picture_load_pnm(picture, path, file, magic[1] == '5' ? 1 : 3);
	} else if (n == sizeof(magic) && !png_sig_cmp(magic, 0, sizeof(magic))) {
		rewind(file);
		ret = picture_load_png(picture, path, file);
	} else {
		fprintf(stderr, "%s: not a PNG, PGM (P5) or PPM (P6): it begins with", path);
		for (size_t i = 0; i < n; i++)
			fprintf(stderr, " %02x", magic[i]);
		fprintf(stderr, "%s\n", n ? "" : " nothing, the file is empty");
		ret = -1;
	}
	fclose(file);
	return ret;
}

static void picture_turn(struct picture *picture)
{
	size_t n = (size_t)picture->width * picture->height;

	for (size_t i = 0; i < n / 2; i++)
		for (int c = 0; c < 3; c++) {
			unsigned char *a = &picture->bgr[3 * i + c];
			unsigned char *b = &picture->bgr[3 * (n - 1 - i) + c];
			unsigned char value = *a;

			*a = *b;
			*b = value;
		}
}

/* Where output pixel @i of @out lies among @in pixels: two neighbours and the second's share. */
static void picture_between(int i, int out, int in, int *low, int *high, float *share)
{
	float at = (i + 0.5f) * in / out - 0.5f;

	at = at < 0 ? 0 : at;
	*low = (int)at < in - 1 ? (int)at : in - 1;
	*high = *low + 1 < in ? *low + 1 : *low;
	*share = at - *low < 1 ? at - *low : 1;
}

/*
 * The picture as a network wants it: @height rows and @width columns by bilinear interpolation, as
 * three planes of floats from -1 to 1 with rows of @stride values; what is right of @width stays 0.
 */
static void picture_to_planes(const struct picture *picture, float *planes, int width, int height,
			      int stride)
{
	memset(planes, 0, 3ul * height * stride * sizeof(*planes));
	for (int y = 0; y < height; y++) {
		const unsigned char *row_up, *row_down;
		int top, bottom;
		float down;

		picture_between(y, height, picture->height, &top, &bottom, &down);
		row_up = picture->bgr + 3ul * top * picture->width;
		row_down = picture->bgr + 3ul * bottom * picture->width;
		for (int x = 0; x < width; x++) {
			int left, right;
			float along;

			picture_between(x, width, picture->width, &left, &right, &along);
			for (int c = 0; c < 3; c++) {
				const unsigned char *upper = row_up + c, *lower = row_down + c;
				float a = upper[3 * left] * (1 - along) + upper[3 * right] * along;
				float b = lower[3 * left] * (1 - along) + lower[3 * right] * along;
				float value = roundf(a * (1 - down) + b * down);

				planes[((size_t)c * height + y) * stride + x] = value / 127.5f - 1;
			}
		}
	}
}

#endif
