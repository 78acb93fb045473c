/* SPDX-License-Identifier: MIT */
#ifndef GE_GE_ERROR_CODES_H
#define GE_GE_ERROR_CODES_H

#include <cstdint>
#include <string>

#include "../graph/ascend_string.h"
#include "ge.h"

namespace ge {

using Status = uint32_t;

const Status SUCCESS = 0;
const Status FAILED = 0xffffffffu;
const Status PARAM_INVALID = GE_PARAM_INVALID;
const Status UNSUPPORTED = GE_UNSUPPORTED;
const Status END_OF_SEQUENCE = GE_END_OF_SEQUENCE;

class StatusFactory {
public:
	static StatusFactory *Instance()
	{
		static StatusFactory factory;

		return &factory;
	}
	std::string GetErrDesc(uint32_t status) { return ge_status_text(status); }
	AscendString GetErrDescV2(uint32_t status) { return AscendString(ge_status_text(status)); }
};

} // namespace ge

#endif
