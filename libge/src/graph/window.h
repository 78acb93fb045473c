/* SPDX-License-Identifier: MIT */
/* Windows that slide over spatial dimensions: attributes of convolutions and pooling. */
#ifndef GE_GRAPH_WINDOW_H
#define GE_GRAPH_WINDOW_H

#include "graph/lower.h"

struct ge_window {
	int spatial;				/* dimensions */
	int64_t kernel[GENPU_MAX_SPATIAL];
	int64_t strides[GENPU_MAX_SPATIAL];
	int64_t dilations[GENPU_MAX_SPATIAL];
	int64_t begin[GENPU_MAX_SPATIAL];	/* padding */
	int64_t end[GENPU_MAX_SPATIAL];
};

/**
 * ge_window_onnx - strides, dilations, pads and auto_pad of an ONNX operator
 * @l: its lowering
 * @x: input, N C spatial
 * @w: kernel is set; the rest is filled in and checked
 */
void ge_window_onnx(struct ge_lower *l, const struct ge_view *x, struct ge_window *w);

/** ge_window_same - pad so that the output is the input divided by the stride, rounded up */
void ge_window_same(const struct ge_view *x, struct ge_window *w, bool lower);

/** ge_window_check - everything fits the device's attributes */
void ge_window_check(struct ge_lower *l, const struct ge_window *w);

/**
 * ge_window_out - output extents
 * @ceil: round up, but no window may start in the padding at the end
 */
void ge_window_out(struct ge_lower *l, const struct ge_view *x, const struct ge_window *w,
		   bool ceil, int64_t *dims);

/** ge_window_conv - attributes of a convolution in @groups groups */
void ge_window_conv(const struct ge_window *w, int64_t groups, struct genpu_attr_conv *attr);

/** ge_get_groups - an attribute that counts groups */
int64_t ge_get_groups(struct ge_lower *l, const char *name);

/**
 * ge_window_filter - the kernel's extents from a filter, which has to be as an ONNX convolution's
 * attribute kernel_shape says, if that is given
 */
void ge_window_filter(struct ge_lower *l, const struct ge_view *x, const struct ge_view *filter,
		      struct ge_window *w);

/**
 * ge_filter_view - the filter of a GE convolution as O C H W
 *
 * So it is stored, or with the channels last H W C O, or as its description says.
 */
struct ge_view ge_filter_view(struct ge_lower *l, size_t slot, bool channels_last);

/** ge_window_pads - attribute 'pads' of a GE operator: top, bottom, left, right */
void ge_window_pads(struct ge_lower *l, const char *attr, struct ge_window *w);

/* Whether data_format says that the channels are last; an error if it is neither. */
bool ge_channels_last(struct ge_lower *l);
/**
 * ge_input_channels_last - whether input @slot is N spatial C, for operators without data_format:
 * what the description of the graph's input, or of an operator on the way from there, says
 */
bool ge_input_channels_last(const struct ge_lower *l, size_t slot);
/* The view of an N spatial C tensor as N C spatial, and back. */
struct ge_view ge_to_channels_first(struct ge_lower *l, struct ge_view x);
struct ge_view ge_to_channels_last(struct ge_lower *l, struct ge_view x);
/* The two spatial values of a list of 4 in data_format's order, 2, or 1 for both. */
void ge_spatial_pair(struct ge_lower *l, const char *attr, bool channels_last, int64_t *pair);

#endif
