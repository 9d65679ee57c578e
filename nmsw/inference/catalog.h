#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "nmsw/backbones/backbone.h"
#include "nmsw/config/evaluation_config.h"
#include "nmsw/inference/inference_method.h"
#include "nmsw/model/nmsw_net.h"

namespace nmsw {

/// Everything a method is built from; only what the method `needs` has to be there.
struct MethodParts {
  BackbonePtr local;
  BackbonePtr global;
  std::shared_ptr<NmswNet> nmsw;
  ModelConfig model;
  PatchGeometry geometry;
  int64_t num_classes = 0;
  int64_t k = kFullK;
  PassPlan plan;
  /// Random patches (random_foreground) and noise on the ranking (nmsw) come from this seed.
  uint64_t seed = 0;
  /// Gumbel noise on nmsw's ranking, as in the authors' test.
  bool noise_at_test = false;
  /// What nmsw ranks its patches by.
  OrderSettings ranking{};
  /// Ranks whose order matters, see NmswTopKSettings.
  int64_t ranks = kFullK;
  /// The networks are not trained: what depends on their predictions is set for timing.
  bool drawn_weights = false;
};

/// The implementation of a method of nmsw/config/methods.h.
struct MethodEntry {
  std::string_view name;
  /// Throws ConfigError when a part it needs is absent.
  std::unique_ptr<InferenceMethod> (*build)(const MethodParts& parts);
};

/// An entry for each method that runs a network.
const std::vector<MethodEntry>& method_catalog();

/// Throws ConfigError listing the names of nmsw/config/methods.h for one that has no entry.
std::unique_ptr<InferenceMethod> build_method(std::string_view name, const MethodParts& parts);

}  // namespace nmsw
