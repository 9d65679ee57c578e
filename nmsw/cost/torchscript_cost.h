#pragma once

#include "nmsw/config/torchscript_config.h"
#include "nmsw/cost/cost.h"

namespace nmsw {

/// kUnknown throughout: only the script knows. Throws ConfigError for an extent that is no multiple
/// of its `size_multiple`.
Cost torchscript_cost(const TorchScriptConfig& config, int64_t in_channels, int64_t num_classes,
                      Int3 extent);

/// 0, unknown.
int64_t torchscript_peak_bytes(const TorchScriptConfig& config, int64_t in_channels,
                               int64_t num_classes, Int3 extent);

}  // namespace nmsw
