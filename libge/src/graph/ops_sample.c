// SPDX-License-Identifier: MIT
/*
 * Samples of a picture: at the places of a grid, and of regions.
 */
#include <math.h>
#include "graph/lower.h"

#define MAX_SAMPLES	256	/* the device's limit */

/* Before operator set 20 the modes are called bilinear and bicubic. */
static int lower_grid_sample(struct ge_lower *l)
{
	struct genpu_attr_grid attr = { .align_corners = ge_get_bool(l, "align_corners") };
	struct ge_view x = ge_in(l, 0), grid = ge_in(l, 1);

	if (ge_string_is(l, "mode", "nearest"))
		attr.mode = GENPU_SAMPLE_NEAREST;
	else if (ge_string_is(l, "mode", "linear") || ge_string_is(l, "mode", "bilinear"))
		attr.mode = GENPU_SAMPLE_LINEAR;
	else if (ge_string_is(l, "mode", "cubic") || ge_string_is(l, "mode", "bicubic"))
		attr.mode = GENPU_SAMPLE_CUBIC;
	else
		ge_fail(l, EINVAL, "attribute 'mode' has to be nearest, linear or cubic");
	if (ge_string_is(l, "padding_mode", "zeros"))
		attr.border = GENPU_BORDER_ZEROS;
	else if (ge_string_is(l, "padding_mode", "border"))
		attr.border = GENPU_BORDER_EDGE;
	else if (ge_string_is(l, "padding_mode", "reflection"))
		attr.border = GENPU_BORDER_REFLECT;
	else
		ge_fail(l, EINVAL,
			"attribute 'padding_mode' has to be zeros, border or reflection");
	ge_out(l, 0, ge_grid_sample(l, x, grid, &attr));
	return l->err;
}

/* Before operator set 16 regions are always in whole elements. */
static int lower_roi_align(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0), rois = ge_in(l, 1), batch = ge_in(l, 2);
	bool half = ge_get_int(l, "opset") >= 16 &&
		    ge_string_is(l, "coordinate_transformation_mode", "half_pixel");
	int64_t samples = ge_get_int(l, "sampling_ratio");
	struct genpu_attr_roi attr = { .scale = ge_get_float(l, "spatial_scale") };

	if (!half && ge_attr_given(l, "coordinate_transformation_mode") &&
	    !ge_string_is(l, "coordinate_transformation_mode", "output_half_pixel"))
		ge_fail(l, EINVAL, "attribute 'coordinate_transformation_mode' has to be "
			"half_pixel or output_half_pixel");
	if (!ge_string_is(l, "mode", "avg") && !ge_string_is(l, "mode", "max"))
		ge_fail(l, EINVAL, "attribute 'mode' has to be avg or max");
	if (samples < 0 || samples > MAX_SAMPLES || !isfinite(attr.scale))
		ge_fail(l, EINVAL,
			"attributes 'sampling_ratio' %lld and 'spatial_scale' %g are out of range",
			(long long)samples, (double)attr.scale);
	attr.max = ge_string_is(l, "mode", "max");
	attr.samples = (uint32_t)samples;
	attr.offset = half ? 0.5f : 0;
	ge_out(l, 0, ge_roi_align(l, x, rois, batch, &attr, ge_get_int(l, "output_height"),
				  ge_get_int(l, "output_width")));
	return l->err;
}

#define TYPES	"float32 float16 bfloat16"

const struct ge_op_def ge_ops_sample[] = {
	{ "onnx::GridSample", "X grid", "Y",
	  "align_corners:int=0 mode:string=linear padding_mode:string=zeros",
	  lower_grid_sample, 0, TYPES, 16 },
	{ "onnx::RoiAlign", "X rois batch_indices", "Y",
	  "coordinate_transformation_mode:string=half_pixel mode:string=avg output_height:int=1 "
	  "output_width:int=1 sampling_ratio:int=0 spatial_scale:float=1.0 opset:int=21",
	  lower_roi_align, 0, TYPES, 10 },
	{ 0 }
};
