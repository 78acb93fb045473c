/* SPDX-License-Identifier: MIT */
/* Every operator class. */
#ifndef GE_OP_ALL_OPS_H
#define GE_OP_ALL_OPS_H

#include "array_ops.h"
#include "nn_calculation_ops.h"
#include "matrix_calculation_ops.h"
#include "elewise_calculation_ops.h"
#include "nonlinear_fuc_ops.h"
#include "nn_pooling_ops.h"
#include "nn_batch_norm_ops.h"
#include "nn_norm_ops.h"
#include "transformation_ops.h"
#include "split_combination_ops.h"
#include "selection_ops.h"
#include "pad_ops.h"
#include "reduce_ops.h"
#include "image_ops.h"

#endif
