/* SPDX-License-Identifier: MIT */
#ifndef GE_GE_API_TYPES_H
#define GE_GE_API_TYPES_H

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "../graph/tensor.h"
#include "ge_error_codes.h"

namespace ge {

/* Names of options; libge acts on the two that choose a device. */
const char *const OPTION_EXEC_DEVICE_ID = "ge.exec.deviceId";
const char *const OPTION_SESSION_DEVICE_ID = "ge.session_device_id";
const char *const OPTION_GRAPH_RUN_MODE = "ge.graphRunMode";
const char *const SOC_VERSION = "ge.socVersion";
const char *const PRECISION_MODE = "ge.exec.precision_mode";

struct InputTensorInfo {
	uint32_t data_type;
	std::vector<int64_t> dims;
	void *data;
	int64_t length;
};

using RunAsyncCallback = std::function<void(Status, std::vector<ge::Tensor> &)>;

} // namespace ge

#endif
