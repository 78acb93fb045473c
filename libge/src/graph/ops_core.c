// SPDX-License-Identifier: MIT
/*
 * Inputs, constants, outputs, and operators that pass a value on.
 */
#include <string.h>
#include "graph/lower.h"

static int lower_const(struct ge_lower *l)
{
	struct ge_view value = ge_get_tensor(l, "value");

	if (value.buf == GE_NO_BUF)
		return ge_fail(l, EINVAL, "attribute 'value' is missing, expected is a tensor");
	ge_out(l, 0, value);
	return l->err;
}

static int lower_onnx_constant(struct ge_lower *l)
{
	const struct ge_attr *attr;
	struct ge_blob *blob;
	int64_t dim;

	if (ge_attr_given(l, "value"))
		return lower_const(l);
	if (ge_attr_given(l, "value_float")) {
		ge_out(l, 0, ge_make_scalar(l, GE_DT_FLOAT, 0, ge_get_float(l, "value_float")));
		return l->err;
	}
	attr = ge_node_attr(l->node, "value_int");
	if (attr) {
		blob = ge_blob_create(NULL, sizeof(int64_t));
		if (blob)
			ge_store_int(GE_DT_INT64, blob->data, 0, ge_get_int(l, "value_int"));
		ge_out(l, 0, ge_make_const(l, GE_DT_INT64, 0, NULL, blob));
		return l->err;
	}
	attr = ge_node_attr(l->node, "value_ints");
	if (attr && attr->kind == GE_ATTR_INTS) {
		ge_out(l, 0, ge_make_ints(l, GE_DT_INT64, attr->ints, attr->count));
		return l->err;
	}
	attr = ge_node_attr(l->node, "value_floats");
	if (attr && attr->kind == GE_ATTR_FLOATS) {
		dim = (int64_t)attr->count;
		blob = ge_blob_create(attr->floats, attr->count * sizeof(float));
		ge_out(l, 0, ge_make_const(l, GE_DT_FLOAT, 1, &dim, blob));
		return l->err;
	}
	return ge_fail(l, ENOTSUP, "expected is one of value, value_float(s), value_int(s)");
}

static int lower_identity(struct ge_lower *l)
{
	ge_out(l, 0, ge_in(l, 0));
	return l->err;
}

static int lower_dropout(struct ge_lower *l)
{
	struct ge_view x = ge_in(l, 0);

	if (ge_has_in(l, 2) &&
	    ge_const_int(l, ge_cast(l, ge_in(l, 2), GE_DT_INT32), "training_mode") &&
	    (!ge_has_in(l, 1) || ge_const_double(l, ge_in(l, 1), "the ratio") != 0))
		return ge_fail(l, ENOTSUP, "training is supported with a ratio of 0 only");
	ge_out(l, 0, x);
	if (l->num_out > 1 && !l->err)
		ge_out(l, 1, ge_fill(l, GE_DT_BOOL, x.rank, x.dims, 1));
	return l->err;
}

static int lower_cast(struct ge_lower *l)
{
	ge_out(l, 0, ge_cast(l, ge_in(l, 0), (int32_t)ge_get_int(l, "dst_type")));
	return l->err;
}

int32_t ge_onnx_type(struct ge_lower *l, int64_t type)
{
	static const int32_t types[] = {
		GE_DT_UNDEFINED, GE_DT_FLOAT, GE_DT_UINT8, GE_DT_INT8, GE_DT_UINT16, GE_DT_INT16,
		GE_DT_INT32, GE_DT_INT64, GE_DT_STRING, GE_DT_BOOL, GE_DT_FLOAT16, GE_DT_DOUBLE,
		GE_DT_UINT32, GE_DT_UINT64, GE_DT_UNDEFINED, GE_DT_UNDEFINED, GE_DT_BF16,
		GE_DT_FLOAT8_E4M3FN, GE_DT_FLOAT8_E4M3FNUZ, GE_DT_FLOAT8_E5M2,
		GE_DT_FLOAT8_E5M2FNUZ, GE_DT_UINT4, GE_DT_INT4,
	};

	if (type > 0 && type < (int64_t)(sizeof(types) / sizeof(types[0])) &&
	    ge_dtype_size(types[type]))
		return types[type];
	ge_fail(l, ENOTSUP, "data type %lld of ONNX is not supported", (long long)type);
	return GE_DT_UNDEFINED;
}

static int lower_onnx_cast(struct ge_lower *l)
{
	int32_t type = ge_onnx_type(l, ge_get_int(l, "to"));

	if (!l->err)
		ge_out(l, 0, ge_cast_f8(l, ge_in(l, 0), type, ge_get_int(l, "saturate")));
	return l->err;
}

static int lower_cast_like(struct ge_lower *l)
{
	struct ge_view like = ge_in(l, 1);

	ge_out(l, 0, ge_cast_f8(l, ge_in(l, 0), like.dtype, ge_get_int(l, "saturate")));
	return l->err;
}

static int lower_net_output(struct ge_lower *l)
{
	return l->err;
}

/* Data operators are the graph's inputs and never lowered as operators. */
const struct ge_op_def ge_ops_core[] = {
	{ "Data", "x?", "y", "index:int=0", lower_identity, 0, "all", 0 },
	{ "Const", "", "y", "value:tensor!", lower_const, 0, "all", 0 },
	{ "Constant", "", "y", "value:tensor!", lower_const, 0, "all", 0 },
	{ "NetOutput", "x*", "", "", lower_net_output, 0, "all", 0 },
	{ "Identity", "x", "y", "", lower_identity, 0, "all", 0 },
	{ "Cast", "x", "y", "dst_type:int!", lower_cast, 0, "all", 0 },

	{ "onnx::Constant", "", "output",
	  "value:tensor value_float:float value_floats:floats value_int:int value_ints:ints",
	  lower_onnx_constant, 0, "all", 7 },
	{ "onnx::Identity", "input", "output", "", lower_identity, 0, "all", 7 },
	{ "onnx::Dropout", "data ratio? training_mode?", "output mask",
	  "ratio:float=0.5 seed:int=0",
	  lower_dropout, 0, "all", 7 },
	{ "onnx::Cast", "input", "output", "to:int! saturate:int=1", lower_onnx_cast, 0, "all", 7 },
	{ "onnx::CastLike", "input target_type", "output", "saturate:int=1", lower_cast_like, 0,
	  "all", 15 },
	{ 0 }
};
