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

/// A scalar with gradient, and what it consists of; of a validation also how the prediction and the
/// label overlap (class_overlap.h).
struct StepLoss {
  Tensor total;
  std::vector<std::pair<std::string, Tensor>> terms;
  Tensor overlap{};
};

/// What a step reads of a case, on the CPU. Nothing in it depends on the weights, so that it can be
/// made while earlier steps are computed.
struct StepInput {
  std::string case_id;
  Tensor image;                         ///< float32: the volume [1,1,D,H,W], or patches [K,1,d,h,w]
  Tensor label;                         ///< uint8, like the image
  std::vector<Int3> random_starts_dhw;  ///< first voxels of patches of the volume
  Tensor noise;                         ///< of the sampler
  double progress = 0;  ///< share of the epochs that are over; set by who has it prepared
};

/// What is trained, and how a case becomes a loss. To add one: a class, and a value of
/// nmsw::TrainingScheme.
class Scheme {
 public:
  virtual ~Scheme() = default;
  virtual torch::nn::Module& network() = 0;
  /// What the learning rate of a parameter of the network, by its name, is multiplied by.
  virtual double learning_rate_factor(const std::string& /*parameter*/) const { return 1; }
  /// What a step reads of the case; from several threads at once. As it stands here: all of it.
  virtual StepInput prepare(const TrainingCase& sample, uint64_t /*seed*/) const {
    return {sample.case_id, sample.image, sample.label, {}, {}, 0};
  }
  virtual StepLoss train_step(const StepInput& input, double tau) = 0;
  /// Without gradient; the same for the same case and seed.
  virtual StepLoss validate(const TrainingCase& sample, uint64_t seed) = 0;
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
