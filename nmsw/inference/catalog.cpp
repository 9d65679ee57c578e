#include "nmsw/inference/catalog.h"

#include <string>

#include "nmsw/base/config_node.h"
#include "nmsw/config/methods.h"
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
  settings.ranking = parts.ranking;
  settings.seed = parts.seed;
  settings.ranks = parts.ranks;
  return std::make_unique<NmswTopK>(parts.nmsw, settings);
}

}  // namespace

const std::vector<MethodEntry>& method_catalog() {
  static const std::vector<MethodEntry> entries{{"sliding_window", &build_sliding_window},
                                                {"zoom_out", &build_zoom_out},
                                                {"random_foreground", &build_random_foreground},
                                                {"nmsw", &build_nmsw}};
  return entries;
}

std::unique_ptr<InferenceMethod> build_method(std::string_view name, const MethodParts& parts) {
  for (const MethodEntry& entry : method_catalog()) {
    if (entry.name == name) return entry.build(parts);
  }
  throw ConfigError("inference method '{}' runs no network; {}", name,
                    known_methods_hint(std::string(name)));
}

}  // namespace nmsw
