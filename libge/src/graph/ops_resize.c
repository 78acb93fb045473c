// SPDX-License-Identifier: MIT
/*
 * Resizing.
 */
#include <math.h>
#include <string.h>
#include "graph/resize.h"
#include "graph/window.h"

/* The values of a constant list; an error if there are not @n. */
static void get_list(struct ge_lower *l, size_t slot, const char *what, int n, double *values)
{
	struct ge_view x = ge_in(l, slot);
	struct ge_walk walk;

	if (!ge_known(l, x, what))
		return;
	if (x.rank != 1 || x.dims[0] != n) {
		ge_fail(l, EINVAL, "%s has shape %s, expected is [%d]", what,
			ge_dims_text(x.rank, x.dims).s, n);
		return;
	}
	ge_walk_start(&walk, &x);
	for (int i = 0; i < n; i++, ge_walk_next(&walk))
		values[i] = ge_load_double(x.dtype, l->ir->bufs[x.buf].data->data, walk.at);
}

/* Extents rounded down; the product is float32's, in which 10 * 0.7 is 7. */
static void set_scale(struct ge_lower *l, const struct ge_view *x, int i, double scale,
		      struct ge_resize_axis *axes)
{
	float extent = (float)scale * (float)x->dims[i];

	if (!(scale > 0) || !(extent < 0x1p40f)) {
		ge_fail(l, EINVAL, "the scale of dimension %d is %g", i, scale);
		return;
	}
	axes[i].scale = scale;
	axes[i].out = (int64_t)extent;
}

static void set_size(struct ge_lower *l, const struct ge_view *x, int i, double size,
		     struct ge_resize_axis *axes)
{
	if (!(size >= 0) || size > (double)GE_MAX_ELEMENTS) {
		ge_fail(l, EINVAL, "the size of dimension %d is %g", i, size);
		return;
	}
	axes[i].out = (int64_t)size;
	axes[i].scale = x->dims[i] ? size / (double)x->dims[i] : 1;
}

static void start_axes(const struct ge_view *x, struct ge_resize_axis *axes)
{
	for (int i = 0; i < x->rank; i++)
		axes[i] = (struct ge_resize_axis){ .out = x->dims[i], .scale = 1, .end = 1 };
}

static void get_mode(struct ge_lower *l, struct ge_resize *r)
{
	if (ge_string_is(l, "mode", "nearest"))
		r->mode = GE_RESIZE_NEAREST;
	else if (ge_string_is(l, "mode", "linear") || ge_string_is(l, "mode", "bilinear"))
		r->mode = GE_RESIZE_LINEAR;
	else if (ge_string_is(l, "mode", "cubic") || ge_string_is(l, "mode", "bicubic"))
		r->mode = GE_RESIZE_CUBIC;
	else
		ge_fail(l, EINVAL, "attribute 'mode' has to be nearest, linear or cubic");
}

static const char *const coords_names[] = {
	[GE_COORDS_HALF_PIXEL] = "half_pixel",
	[GE_COORDS_HALF_PIXEL_SYMMETRIC] = "half_pixel_symmetric",
	[GE_COORDS_PYTORCH_HALF_PIXEL] = "pytorch_half_pixel",
	[GE_COORDS_ALIGN_CORNERS] = "align_corners",
	[GE_COORDS_ASYMMETRIC] = "asymmetric",
	[GE_COORDS_TF_CROP] = "tf_crop_and_resize",
};

static const char *const round_names[] = {
	[GE_ROUND_PREFER_FLOOR] = "round_prefer_floor",
	[GE_ROUND_PREFER_CEIL] = "round_prefer_ceil",
	[GE_ROUND_FLOOR] = "floor",
	[GE_ROUND_CEIL] = "ceil",
};

/* Which of @n names a string attribute is. */
static int one_of(struct ge_lower *l, const char *attr, const char *const *names, int n)
{
	for (int i = 0; i < n; i++)
		if (ge_string_is(l, attr, names[i]))
			return i;
	ge_fail(l, EINVAL, "attribute '%s' has a value that is not known", attr);
	return 0;
}

static void get_resize(struct ge_lower *l, struct ge_resize *r)
{
	*r = (struct ge_resize){ 0 };
	get_mode(l, r);
	r->coords = (enum ge_resize_coords)one_of(l, "coordinate_transformation_mode", coords_names,
						  GE_COORDS_TF_CROP + 1);
	r->round = (enum ge_resize_round)one_of(l, "nearest_mode", round_names, GE_ROUND_CEIL + 1);
	r->cubic_a = ge_get_float(l, "cubic_coeff_a");
	r->exclude_outside = ge_get_bool(l, "exclude_outside");
	r->extrapolation = ge_get_float(l, "extrapolation_value");
}

/* One scale for all axes, so that no extent is larger, or smaller, than its size. */
static void keep_aspect(struct ge_lower *l, const struct ge_view *x, const int64_t *which, int n,
			struct ge_resize_axis *axes)
{
	bool larger = ge_string_is(l, "keep_aspect_ratio_policy", "not_smaller");
	double scale = larger ? 0 : INFINITY;

	if (ge_string_is(l, "keep_aspect_ratio_policy", "stretch"))
		return;
	if (!larger && !ge_string_is(l, "keep_aspect_ratio_policy", "not_larger"))
		ge_fail(l, EINVAL, "attribute 'keep_aspect_ratio_policy' has to be stretch, "
			"not_larger or not_smaller");
	for (int k = 0; k < n; k++)
		scale = larger ? fmax(scale, axes[which[k]].scale) :
				 fmin(scale, axes[which[k]].scale);
	for (int k = 0; k < n; k++) {
		axes[which[k]].scale = scale;
		axes[which[k]].out = (int64_t)(scale * (double)x->dims[which[k]] + 0.5);
	}
}

/* The axes that sizes, scales and regions are about; returns how many. */
static int get_axes(struct ge_lower *l, const struct ge_view *x, int64_t *which)
{
	int n = x->rank;

	for (int i = 0; i < n; i++)
		which[i] = i;
	if (l->err || !ge_attr_given(l, "axes"))
		return n;
	n = (int)ge_get_ints(l, "axes", which, GE_MAX_RANK);
	ge_axes(l, which, (size_t)n, x->rank);
	for (int i = 0; i < n && !l->err; i++)
		which[i] = ge_axis(l, which[i], x->rank);
	return n;
}

static bool is_empty(struct ge_lower *l, size_t slot)
{
	struct ge_view x;

	if (!ge_has_in(l, slot))
		return true;
	x = ge_in(l, slot);
	return !l->err && !ge_view_elements(&x);
}

/* Since operator set 11; before, input 1 is the scales. */
static int lower_onnx_resize(struct ge_lower *l)
{
	struct ge_resize_axis axes[GE_MAX_RANK];
	double values[2 * GE_MAX_RANK];
	int64_t which[GE_MAX_RANK];
	struct ge_view x = ge_in(l, 0);
	struct ge_resize r;
	int n;

	get_resize(l, &r);
	if (l->err)
		return l->err;
	r.antialias = ge_get_bool(l, "antialias") && r.mode != GE_RESIZE_NEAREST;
	start_axes(&x, axes);
	n = get_axes(l, &x, which);
	if (l->err)
		return l->err;
	if (r.coords == GE_COORDS_TF_CROP) {
		if (!ge_has_in(l, 1))
			return ge_fail(l, EINVAL, "input 'roi' is not connected");
		get_list(l, 1, "the region", 2 * n, values);
		for (int k = 0; k < n && !l->err; k++) {
			axes[which[k]].start = values[k];
			axes[which[k]].end = values[n + k];
		}
	}
	if (is_empty(l, 2) == is_empty(l, 3))
		return ge_fail(l, EINVAL, "expected is one of the inputs 'scales' and 'sizes'");
	if (!is_empty(l, 2)) {
		get_list(l, 2, "the list of scales", n, values);
		for (int k = 0; k < n && !l->err; k++)
			set_scale(l, &x, (int)which[k], values[k], axes);
	} else {
		get_list(l, 3, "the list of sizes", n, values);
		for (int k = 0; k < n && !l->err; k++)
			set_size(l, &x, (int)which[k], values[k], axes);
		if (!l->err)
			keep_aspect(l, &x, which, n, axes);
	}
	ge_out(l, 0, ge_resize(l, x, &r, axes));
	return l->err;
}

/* Upsample, and Resize before operator set 11: scales, as an attribute or input 1. */
static int lower_scales(struct ge_lower *l)
{
	struct ge_resize r = { .coords = GE_COORDS_ASYMMETRIC, .round = GE_ROUND_FLOOR };
	const struct ge_attr *attr = ge_node_attr(l->node, "scales");
	struct ge_resize_axis axes[GE_MAX_RANK];
	struct ge_view x = ge_in(l, 0);
	double values[GE_MAX_RANK];

	get_mode(l, &r);
	if (l->err)
		return l->err;
	start_axes(&x, axes);
	if (attr) {
		if (attr->kind != GE_ATTR_FLOATS || (int)attr->count != x.rank)
			return ge_fail(l, EINVAL, "attribute 'scales' has to be %d numbers",
				       x.rank);
		for (int i = 0; i < x.rank; i++)
			values[i] = attr->floats[i];
	} else {
		if (!ge_has_in(l, 1))
			return ge_fail(l, EINVAL, "input 'scales' is not connected");
		get_list(l, 1, "the list of scales", x.rank, values);
	}
	for (int i = 0; i < x.rank && !l->err; i++)
		set_scale(l, &x, i, values[i], axes);
	ge_out(l, 0, ge_resize(l, x, &r, axes));
	return l->err;
}

static int lower_resize(struct ge_lower *l)
{
	return ge_get_int(l, "opset") < 11 ? lower_scales(l) : lower_onnx_resize(l);
}

/* --- GE --------------------------------------------------------------------------------------- */

/* Input 0 as N C H W. */
static struct ge_view picture(struct ge_lower *l, bool last)
{
	struct ge_view x = ge_in(l, 0);

	if (!l->err && x.rank != 4)
		ge_fail(l, EINVAL, "the input has shape %s, expected are 4 dimensions",
			ge_dims_text(x.rank, x.dims).s);
	return last ? ge_to_channels_first(l, x) : x;
}

/*
 * ResizeNearestNeighborV2 and, with the variant, ResizeBilinearV2: input 1 is height and width.
 * The nearest element to a corner or half is the upper one, else the lower.
 */
static int lower_resize_v2(struct ge_lower *l)
{
	bool linear = l->def->variant, last = ge_input_channels_last(l, 0);
	bool corners = ge_get_bool(l, "align_corners");
	bool half = ge_get_bool(l, "half_pixel_centers");
	struct ge_resize r = {
		.mode = linear ? GE_RESIZE_LINEAR : GE_RESIZE_NEAREST,
		.coords = corners ? GE_COORDS_ALIGN_CORNERS :
			  half ? GE_COORDS_HALF_PIXEL : GE_COORDS_ASYMMETRIC,
		.round = corners || half ? GE_ROUND_PREFER_CEIL : GE_ROUND_FLOOR,
	};
	struct ge_view x = picture(l, last);
	struct ge_resize_axis axes[GE_MAX_RANK];
	double size[2];

	if (corners && half)
		ge_fail(l, EINVAL,
			"attributes 'align_corners' and 'half_pixel_centers' exclude each other");
	get_list(l, 1, "the size", 2, size);
	if (l->err)
		return l->err;
	start_axes(&x, axes);
	set_size(l, &x, 2, size[0], axes);
	set_size(l, &x, 3, size[1], axes);
	if (linear)
		x = ge_cast(l, x, (int32_t)ge_get_int(l, "dtype"));
	x = ge_resize(l, x, &r, axes);
	ge_out(l, 0, last ? ge_to_channels_last(l, x) : x);
	return l->err;
}

/* The sizes are those of the spatial dimensions; scales, where given, only place the samples. */
static int lower_resize_d(struct ge_lower *l)
{
	const struct ge_attr *scales = ge_node_attr(l->node, "scales");
	struct ge_resize_axis axes[GE_MAX_RANK];
	int64_t sizes[GE_MAX_RANK];
	bool last = ge_channels_last(l);
	struct ge_view x = picture(l, last);
	struct ge_resize r;
	int n;

	get_resize(l, &r);
	if (!l->err && r.coords == GE_COORDS_TF_CROP)
		ge_fail(l, ENOTSUP,
			"attribute 'coordinate_transformation_mode' tf_crop_and_resize is not "
			"supported");
	n = (int)ge_get_ints(l, "sizes", sizes, GE_MAX_RANK);
	if (!l->err && n != 2)
		ge_fail(l, EINVAL, "attribute 'sizes' has %d values, expected are 2", n);
	if (l->err)
		return l->err;
	start_axes(&x, axes);
	for (int i = 0; i < 2; i++) {
		set_size(l, &x, 2 + i, (double)sizes[i], axes);
		if (scales && scales->kind == GE_ATTR_FLOATS && scales->count == 2 &&
		    scales->floats[i] > 0)
			axes[2 + i].scale = (double)scales->floats[i];
	}
	x = ge_resize(l, x, &r, axes);
	ge_out(l, 0, last ? ge_to_channels_last(l, x) : x);
	return l->err;
}

const struct ge_op_def ge_ops_resize[] = {
	{ "ResizeNearestNeighborV2", "x size", "y",
	  "align_corners:bool=false half_pixel_centers:bool=false scales:floats=0.0,0.0",
	  lower_resize_v2, 0, "all", 0 },
	{ "ResizeBilinearV2", "x size", "y",
	  "align_corners:bool=false half_pixel_centers:bool=false dtype:int=0",
	  lower_resize_v2, 1, "all", 0 },
	{ "ResizeD", "x", "y",
	  "sizes:ints! scales:floats= roi:ints= coordinate_transformation_mode:string=half_pixel "
	  "cubic_coeff_a:float=-0.75 exclude_outside:int=0 extrapolation_value:float=0.0 "
	  "mode:string=nearest nearest_mode:string=round_prefer_floor data_format:string=NCHW",
	  lower_resize_d, 0, "all", 0 },

	{ "onnx::Resize", "X roi? scales? sizes?", "Y",
	  "antialias:int=0 axes:ints= coordinate_transformation_mode:string=half_pixel "
	  "cubic_coeff_a:float=-0.75 exclude_outside:int=0 extrapolation_value:float=0.0 "
	  "keep_aspect_ratio_policy:string=stretch mode:string=nearest "
	  "nearest_mode:string=round_prefer_floor opset:int=21",
	  lower_resize, 0, "all", 10 },
	{ "onnx::Upsample", "X scales?", "Y", "mode:string=nearest scales:floats", lower_scales, 0,
	  "all", 7 },
	{ 0 }
};
