#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nmsw/backbones/backbone.h"
#include "nmsw/config/training_config.h"
#include "nmsw/model/nmsw_net.h"
#include "nmsw/training/patch_selection.h"
#include "nmsw/training/training_case.h"

namespace nmsw {

/// A scalar with gradient, and what it consists of.
struct StepLoss {
  Tensor total;
  std::vector<std::pair<std::string, Tensor>> terms;
};

/// What a step may depend on besides the case.
struct StepContext {
  uint64_t seed = 0;
  double tau = 1;
};

/// What is trained, and how a case becomes a loss. To add one: a class, and a value of
/// nmsw::TrainingScheme.
class Scheme {
 public:
  virtual ~Scheme() = default;
  virtual torch::nn::Module& network() = 0;
  /// What the learning rate of a parameter of the network, by its name, is multiplied by.
  virtual double learning_rate_factor(const std::string& /*parameter*/) const { return 1; }
  virtual StepLoss train_step(const TrainingCase& sample, const StepContext& step) = 0;
  /// Without gradient; the same for the same case and seed.
  virtual StepLoss validate(const TrainingCase& sample, const StepContext& step) = 0;
  /// The patches it would choose now, without gradient; nothing where it chooses none.
  virtual std::optional<PatchSelection> selection(const TrainingCase& /*sample*/) { return {}; }
};

struct SchemeSettings {
  TrainingConfig training;
  ModelConfig model;
  PatchGeometry geometry;
  torch::Device device = torch::kCPU;
};

// Each throws ConfigError where the device cannot compute in the configured precision; validation
// is always in fp32.

/// Random patches around foreground and background voxels (METHOD 3).
std::unique_ptr<Scheme> make_local_scheme(BackbonePtr network, const SchemeSettings& settings);

/// The whole volume, down-sized (METHOD 3).
std::unique_ptr<Scheme> make_global_scheme(BackbonePtr network, const SchemeSettings& settings);

/// Both networks and the choice of patches together (METHOD 2).
std::unique_ptr<Scheme> make_nmsw_scheme(std::shared_ptr<NmswNet> network,
                                         const SchemeSettings& settings);

}  // namespace nmsw
