#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/losses/dice_ce.h"
#include "nmsw/model/global_view.h"
#include "nmsw/sampling/gumbel.h"
#include "nmsw/sampling/sampler.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"
#include "nmsw/training/class_overlap.h"
#include "nmsw/training/scheme.h"

namespace nmsw {
namespace {

DiceCeWeights loss_weights(const TrainingConfig& config) {
  return {config.dice_weight, config.ce_weight};
}

std::vector<Int3> random_starts(const TrainingCase& sample, const SchemeSettings& settings,
                                int64_t count, double positive_share, uint64_t& state) {
  const PatchDraw draw{positive_share, settings.training.foreground_draw};
  std::vector<Int3> starts;
  for (int64_t i = 0; i < count; ++i) {
    starts.push_back(random_patch_start(sample, settings.geometry.patch_dhw, draw, state));
  }
  return starts;
}

/// Pinned memory goes to a device while the CPU goes on.
Tensor on_device(const Tensor& tensor, const torch::Device& device) {
  return tensor.to(device, /*non_blocking=*/true);
}

/// A loss with what it is of.
struct Scored {
  Tensor loss, logits, label;
};

Tensor overlap_of(const Scored& scored) {
  return class_overlap(scored.logits.argmax(1), scored.label, scored.logits.size(1));
}

class LocalScheme final : public Scheme {
 public:
  LocalScheme(BackbonePtr network, const SchemeSettings& settings)
      : network_(std::move(network)), settings_(settings) {}
  torch::nn::Module& network() override { return *network_; }
  StepInput prepare(const TrainingCase& sample, uint64_t seed) const override {
    uint64_t state = seed;
    const TrainingConfig& config = settings_.training;
    const std::vector<Int3> starts =
        random_starts(sample, settings_, config.local_patches, config.positive_share, state);
    const Int3 patch = settings_.geometry.patch_dhw;
    return {sample.case_id,
            crop_batch(sample.image, starts, patch),
            crop_batch(sample.label, starts, patch),
            {},
            {},
            0};
  }
  StepLoss train_step(const StepInput& input, double /*tau*/) override {
    return {score(input, settings_.training.precision).loss, {}};
  }
  StepLoss validate(const TrainingCase& sample, uint64_t seed) override {
    const Scored scored = score(prepare(sample, seed), Precision::fp32);
    return {scored.loss, {}, overlap_of(scored)};
  }

 private:
  Scored score(const StepInput& input, Precision precision) {
    const Tensor images = on_device(input.image, settings_.device);
    const Tensor labels = on_device(input.label, settings_.device);
    const Tensor logits = forward_in(precision, *network_, images).logits;
    return {dice_ce_loss(logits, labels, loss_weights(settings_.training)), logits, labels};
  }

  BackbonePtr network_;
  SchemeSettings settings_;
};

class GlobalScheme final : public Scheme {
 public:
  GlobalScheme(BackbonePtr network, const SchemeSettings& settings)
      : network_(std::move(network)), settings_(settings) {}
  torch::nn::Module& network() override { return *network_; }
  StepLoss train_step(const StepInput& input, double /*tau*/) override {
    return {score(input, settings_.training.precision).loss, {}};
  }
  StepLoss validate(const TrainingCase& sample, uint64_t seed) override {
    const Scored scored = score(prepare(sample, seed), Precision::fp32);
    return {scored.loss, {}, overlap_of(scored)};
  }

 private:
  Scored score(const StepInput& input, Precision precision) {
    const Tensor logits = global_view(on_device(input.image, settings_.device), *network_,
                                      settings_.geometry, precision)
                              .logits;
    const Tensor label =
        resize_label(input.label, extent_dhw(logits), settings_.model.label_alignment)
            .to(settings_.device);
    return {dice_ce_loss(logits, label, loss_weights(settings_.training)), logits, label};
  }

  BackbonePtr network_;
  SchemeSettings settings_;
};

class NmswScheme final : public Scheme {
 public:
  NmswScheme(std::shared_ptr<NmswNet> network, const SchemeSettings& settings)
      : network_(std::move(network)), settings_(settings) {}
  torch::nn::Module& network() override { return *network_; }
  double learning_rate_factor(const std::string& parameter) const override {
    if (parameter == "get_aggreated_logit.class_weight")
      return settings_.training.class_weight_lr_factor;
    const bool is_score = parameter.rfind("feature_to_logit.", 0) == 0;
    return is_score ? settings_.training.score_lr_factor : 1;
  }
  StepInput prepare(const TrainingCase& sample, uint64_t seed) const override {
    uint64_t state = seed;
    const TrainingConfig& config = settings_.training;
    const PatchGrid grid = grid_of(sample.image);
    std::vector<Int3> starts = random_starts(sample, settings_, config.random_patches,
                                             config.random_positive_share, state);
    const Tensor noise = draw_noise(network_->config(), top_k(grid), grid.count(),
                                    seeded_generator(next_random(state)));
    return {sample.case_id, sample.image, sample.label, std::move(starts), noise, 0};
  }
  StepLoss train_step(const StepInput& input, double tau) override {
    const TrainingConfig& config = settings_.training;
    NmswStepOptions options;
    options.k = top_k(grid_of(input.image));
    options.tau = tau;
    options.progress = input.progress;
    options.loss = loss_weights(config);
    options.patch_loss = config.patch_loss;
    options.precision = config.precision;
    options.random_starts_dhw = input.random_starts_dhw;
    options.noise = on_device(input.noise, settings_.device);
    const NmswTerms terms =
        network_->forward_train(on_device(input.image, settings_.device),
                                on_device(input.label, settings_.device), options);
    StepLoss loss{terms.total,
                  {{"local", terms.local},
                   {"global", terms.global},
                   {"aggregated", terms.aggregated},
                   {"entropy", terms.entropy}}};
    if (terms.error_map.defined()) loss.terms.emplace_back("error_map", terms.error_map);
    return loss;
  }
  StepLoss validate(const TrainingCase& sample, uint64_t /*seed*/) override {
    const PatchGrid grid = grid_of(sample.image);
    const NmswTestLosses losses = network_->test_losses(
        sample.image.to(settings_.device), sample.label.to(settings_.device),
        std::min(settings_.training.validation_k, grid.count()), loss_weights(settings_.training));
    return {losses.aggregated + losses.global,
            {{"aggregated", losses.aggregated}, {"global", losses.global}},
            class_overlap(losses.labels, sample.label, network_->num_classes())};
  }
  std::optional<PatchSelection> selection(const TrainingCase& sample) override {
    const GlobalLook seen = network_->look(sample.image.to(settings_.device));
    return select_patches(seen.scores, seen.grid, settings_.training.validation_k);
  }

 private:
  PatchGrid grid_of(const Tensor& image) const {
    return patch_grid(extent_dhw(image), settings_.geometry.patch_dhw, settings_.geometry.overlap);
  }
  int64_t top_k(const PatchGrid& grid) const {
    return std::min(settings_.training.top_k_patches, grid.count());
  }

  std::shared_ptr<NmswNet> network_;
  SchemeSettings settings_;
};

}  // namespace

std::unique_ptr<Scheme> make_local_scheme(BackbonePtr network, const SchemeSettings& settings) {
  require_precision(settings.training.precision, settings.device);
  return std::make_unique<LocalScheme>(std::move(network), settings);
}

std::unique_ptr<Scheme> make_global_scheme(BackbonePtr network, const SchemeSettings& settings) {
  require_precision(settings.training.precision, settings.device);
  return std::make_unique<GlobalScheme>(std::move(network), settings);
}

std::unique_ptr<Scheme> make_nmsw_scheme(std::shared_ptr<NmswNet> network,
                                         const SchemeSettings& settings) {
  require_precision(settings.training.precision, settings.device);
  return std::make_unique<NmswScheme>(std::move(network), settings);
}

}  // namespace nmsw
