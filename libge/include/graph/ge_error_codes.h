/* SPDX-License-Identifier: MIT */
#ifndef GE_GRAPH_GE_ERROR_CODES_H
#define GE_GRAPH_GE_ERROR_CODES_H

#include <cstdint>

namespace ge {

using graphStatus = uint32_t;

const graphStatus GRAPH_SUCCESS = 0;
const graphStatus GRAPH_FAILED = 0xffffffffu;
const graphStatus GRAPH_NOT_CHANGED = 1343242304u;
const graphStatus GRAPH_PARAM_INVALID = 50331649u;

} // namespace ge

#endif
