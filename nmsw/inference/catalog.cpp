#include "nmsw/inference/catalog.h"

#include <string>

#include "nmsw/base/config_node.h"
#include "nmsw/inference/nmsw_top_k.h"
#include "nmsw/inference/random_foreground.h"
#include "nmsw/inference/sliding_window.h"
#include "nmsw/inference/zoom_out.h"

namespace nmsw {

namespace {

std::unique_ptr<InferenceMethod> build_sliding_window(const MethodParts& parts) {
  if (!parts.local) throw ConfigError("sliding_window: needs the local network's weights");
  SlidingWindowSettings settings;
  settings.patch_dhw = parts.geometry.patch_dhw;
  settings.overlap = parts.geometry.overlap;
  settings.plan = parts.plan;
  return std::make_unique<SlidingWindow>(parts.local, parts.num_classes, settings);
}

void require_both(const MethodParts& parts, const char* method) {
  if (!parts.local || !parts.global) {
    throw ConfigError("{}: needs the local and the global network's weights", method);
  }
}

std::unique_ptr<InferenceMethod> build_random_foreground(const MethodParts& parts) {
  require_both(parts, "random_foreground");
  return std::make_unique<RandomForeground>(
      parts.local, parts.global,
      RandomForegroundSettings{parts.k, parts.num_classes, parts.plan, parts.seed, parts.model.mask,
                               parts.geometry});
}

std::unique_ptr<InferenceMethod> build_zoom_out(const MethodParts& parts) {
  require_both(parts, "zoom_out");
  return std::make_unique<ZoomOut>(
      parts.local, parts.global, parts.num_classes,
      ZoomOutSettings{parts.geometry, parts.plan.precision, parts.drawn_weights});
}

std::unique_ptr<InferenceMethod> build_nmsw(const MethodParts& parts) {
  if (!parts.nmsw) throw ConfigError("nmsw: needs the NMSW training's weights");
  NmswTopKSettings settings{parts.k, parts.plan, std::nullopt};
  if (parts.noise_at_test) settings.noise_seed = parts.seed;
  if (parts.order == PatchOrder::random_foreground) settings.random_order_seed = parts.seed;
  return std::make_unique<NmswTopK>(parts.nmsw, settings);
}

}  // namespace

const std::vector<MethodEntry>& method_catalog() {
  static const std::vector<MethodEntry> entries = {
      {"sliding_window",
       "every patch of the volume through the local network",
       {TrainedWeights::local},
       TakesK::no,
       &build_sliding_window},
      {"zoom_out",
       "one crop an organ of the coarse prediction, scaled to a patch",
       {TrainedWeights::local, TrainedWeights::global},
       TakesK::no,
       &build_zoom_out},
      {"random_foreground",
       "k patches at random from the coarse prediction's foreground",
       {TrainedWeights::local, TrainedWeights::global},
       TakesK::yes,
       &build_random_foreground},
      {"nmsw",
       "the k best-ranked patches, merged with the coarse prediction",
       {TrainedWeights::nmsw},
       TakesK::yes,
       &build_nmsw},
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
