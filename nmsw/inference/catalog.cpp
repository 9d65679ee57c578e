#include "nmsw/inference/catalog.h"

#include <string>

#include "nmsw/base/config_node.h"
#include "nmsw/inference/nmsw_top_k.h"
#include "nmsw/inference/sliding_window.h"

namespace nmsw {

namespace {

std::unique_ptr<InferenceMethod> build_sliding_window(const MethodParts& parts) {
  if (!parts.local) throw ConfigError("sliding_window: needs the local network's weights");
  SlidingWindowSettings settings;
  settings.patch_dhw = parts.geometry.patch_dhw;
  settings.overlap = parts.geometry.overlap;
  settings.batch = parts.batch;
  return std::make_unique<SlidingWindow>(parts.local, settings);
}

std::unique_ptr<InferenceMethod> build_nmsw(const MethodParts& parts) {
  if (!parts.nmsw) throw ConfigError("nmsw: needs the NMSW training's weights");
  return std::make_unique<NmswTopK>(parts.nmsw, NmswTopKSettings{parts.k, parts.batch, parts.seed});
}

}  // namespace

const std::vector<MethodEntry>& method_catalog() {
  static const std::vector<MethodEntry> entries = {
      {"sliding_window", "every patch of the volume through the local network",
       {TrainedWeights::local}, TakesK::no, &build_sliding_window},
      {"nmsw", "the k best-ranked patches, merged with the coarse prediction",
       {TrainedWeights::nmsw}, TakesK::yes, &build_nmsw},
  };
  return entries;
}

const MethodEntry& method_entry(std::string_view name) {
  std::vector<std::string> known;
  for (const MethodEntry& entry : method_catalog()) {
    if (entry.name == name) return entry;
    known.emplace_back(entry.name);
  }
  const auto guess = nearest_word(std::string(name), known);
  throw ConfigError("inference method '{}' is not known; {}known: {}", name,
                    guess ? "did you mean '" + *guess + "'? " : "", fmt::join(known, ", "));
}

}  // namespace nmsw
