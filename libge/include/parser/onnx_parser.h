/* SPDX-License-Identifier: MIT */
#ifndef GE_PARSER_ONNX_PARSER_H
#define GE_PARSER_ONNX_PARSER_H

#include <cstddef>
#include <map>

#include "../ge/ge.h"
#include "../graph/ascend_string.h"
#include "../graph/ge_error_codes.h"
#include "../graph/graph.h"

namespace ge {

inline graphStatus aclgrphParseONNX(const char *model_file,
				    const std::map<AscendString, AscendString> &parser_params,
				    Graph &graph)
{
	ge_graph *parsed = nullptr;

	(void)parser_params;
	if (ge_graph_from_onnx(model_file, &parsed))
		return GRAPH_FAILED;
	GraphAccess::Adopt(graph, parsed);
	return GRAPH_SUCCESS;
}

inline graphStatus aclgrphParseONNXFromMem(const char *buffer, size_t size,
					   const std::map<AscendString, AscendString> &parser_params,
					   Graph &graph)
{
	ge_graph *parsed = nullptr;

	(void)parser_params;
	if (ge_graph_from_onnx_memory(buffer, size, nullptr, &parsed))
		return GRAPH_FAILED;
	GraphAccess::Adopt(graph, parsed);
	return GRAPH_SUCCESS;
}

} // namespace ge

#endif
