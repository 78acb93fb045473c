/* SPDX-License-Identifier: MIT */
/* Resizing: where each element of the result comes from is known when a graph is compiled. */
#ifndef GE_GRAPH_RESIZE_H
#define GE_GRAPH_RESIZE_H

#include "graph/lower.h"

enum ge_resize_mode { GE_RESIZE_NEAREST, GE_RESIZE_LINEAR, GE_RESIZE_CUBIC };

/* How a position in the result becomes one in the input, as ONNX calls them. */
enum ge_resize_coords {
	GE_COORDS_HALF_PIXEL,
	GE_COORDS_HALF_PIXEL_SYMMETRIC,
	GE_COORDS_PYTORCH_HALF_PIXEL,
	GE_COORDS_ALIGN_CORNERS,
	GE_COORDS_ASYMMETRIC,
	GE_COORDS_TF_CROP,
};

enum ge_resize_round {
	GE_ROUND_PREFER_FLOOR,
	GE_ROUND_PREFER_CEIL,
	GE_ROUND_FLOOR,
	GE_ROUND_CEIL,
};

struct ge_resize {
	enum ge_resize_mode mode;
	enum ge_resize_coords coords;
	enum ge_resize_round round;	/* GE_RESIZE_NEAREST */
	double cubic_a;			/* GE_RESIZE_CUBIC */
	bool antialias;			/* longer filters where it gets smaller */
	bool exclude_outside;		/* beyond the edge there is nothing, else it goes on */
	double extrapolation;		/* GE_COORDS_TF_CROP: the value outside */
};

/* One dimension. */
struct ge_resize_axis {
	int64_t out;
	double scale;
	double start, end;		/* GE_COORDS_TF_CROP: the region, 0 to 1 is all of it */
};

/**
 * ge_resize - resize @x
 * @l: lowering
 * @x: any type; what is not a float is computed as float32 and converted back
 * @r: how
 * @axes: one for each dimension of @x
 *
 * Return: the result; absent after an error.
 */
struct ge_view ge_resize(struct ge_lower *l, struct ge_view x, const struct ge_resize *r,
			 const struct ge_resize_axis *axes);

#endif
