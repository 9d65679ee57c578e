#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "nmsw/backbones/backbone.h"
#include "nmsw/config/evaluation_config.h"
#include "nmsw/inference/inference_method.h"
#include "nmsw/model/nmsw_net.h"

namespace nmsw {

/// Which trainings a method takes its weights from.
enum class TrainedWeights { local, global, nmsw };

enum class TakesK { no, yes };

/// Everything a method is built from; only what its entry `needs` has to be there.
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
  PatchOrder order = PatchOrder::learned;
  /// The networks are not trained: what depends on their predictions is set for timing.
  bool drawn_weights = false;
};

struct MethodEntry {
  std::string_view name;
  std::string_view summary;
  std::vector<TrainedWeights> needs;
  TakesK takes_k;
  /// Throws ConfigError when a part it needs is absent.
  std::unique_ptr<InferenceMethod> (*build)(const MethodParts& parts);
};

/// Every inference method.
const std::vector<MethodEntry>& method_catalog();

/// The entry of that name; ConfigError listing the known names otherwise.
const MethodEntry& method_entry(std::string_view name);

}  // namespace nmsw
