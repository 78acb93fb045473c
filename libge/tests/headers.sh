#!/bin/sh
# SPDX-License-Identifier: MIT
#
# headers.sh INCLUDE-DIRECTORY: every C++ header compiles on its own, without a warning, in the
# oldest and a newer dialect, with both ABIs of libstdc++ and without exceptions; and the bare names
# that programs for CANN use are found.
set -u
include=$1
flags="-fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Werror -fno-exceptions -x c++"
paths="-I$include -I$include/acl -I$include/ge -I$include/graph -I$include/parser"
n=0
bad=0

# compiles NAME PROGRAM FLAGS...
compiles()
{
	name=$1
	program=$2
	shift 2
	n=$((n + 1))
	# shellcheck disable=SC2086
	if said=$(echo "$program" | ${CXX:-c++} $flags $paths "$@" - 2>&1); then
		echo "ok $n - $name"
	else
		echo "$said" | head -n 5 | sed 's/^/# /'
		echo "not ok $n - $name"
		bad=1
	fi
}

for std in c++11 c++17; do
	for abi in 0 1; do
		for header in ge/ge.h ge/ge_api.h ge/ge_api_types.h ge/ge_error_codes.h \
			graph/ascend_string.h graph/c_types.h graph/ge_error_codes.h graph/graph.h \
			graph/operator.h graph/operator_reg.h graph/tensor.h graph/types.h \
			parser/onnx_parser.h all_ops.h ge_api.h acl.h acl_rt.h graph.h types.h \
			tensor.h; do
			compiles "$header alone, $std, ABI $abi" "#include \"$header\"" \
				"-std=$std" "-D_GLIBCXX_USE_CXX11_ABI=$abi"
		done
	done
done

# A program that declares an operator of libge's own itself.
compiles "an operator that the program declares" '#include "ge_api.h"
#include "operator_reg.h"
namespace ge {
REG_OP(Data)
	.INPUT(x, TensorType::ALL())
	.OUTPUT(y, TensorType::ALL())
	.ATTR(index, Int, 0)
	.OP_END_FACTORY_REG(Data)
}
int main()
{
	ge::op::Data data("x");
	return static_cast<int>(data.set_attr_index(1).get_attr_index());
}' -std=c++11
echo "1..$n"
exit $bad
