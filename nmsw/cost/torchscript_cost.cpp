#include "nmsw/cost/torchscript_cost.h"

#include "nmsw/cost/layer_cost.h"

namespace nmsw {

Cost torchscript_cost(const TorchScriptConfig& config, int64_t /*in_channels*/,
                      int64_t /*num_classes*/, Int3 extent) {
  require_multiple(TorchScriptConfig::name, extent, config.size_multiple);
  return {kUnknown, kUnknown, kUnknown, kUnknown};
}

int64_t torchscript_peak_bytes(const TorchScriptConfig& /*config*/, int64_t /*in_channels*/,
                               int64_t /*num_classes*/, Int3 /*extent*/) {
  return 0;
}

}  // namespace nmsw
