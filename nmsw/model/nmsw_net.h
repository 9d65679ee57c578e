#pragma once

#include <memory>
#include <vector>

#include "nmsw/aggregation/class_weight.h"
#include "nmsw/backbones/backbone.h"
#include "nmsw/config/model_config.h"
#include "nmsw/config/training_config.h"
#include "nmsw/losses/dice_ce.h"
#include "nmsw/model/aggregated_loss.h"
#include "nmsw/model/conv_aggregation.h"
#include "nmsw/model/drawn_patches.h"
#include "nmsw/model/patch_geometry.h"
#include "nmsw/model/score_head.h"
#include "nmsw/sampling/patch_draw.h"
#include "nmsw/tensor/patch_grid.h"

namespace nmsw {

/// The coarse look at a volume.
struct GlobalLook {
  PatchGrid grid;
  Tensor coarse_image;   ///< [1,Cin,d,h,w]
  Tensor coarse_logits;  ///< [1,C,d,h,w]
  Tensor scores;         ///< [1,P], cut and masked; differentiable
  Tensor background;     ///< bool [P], the masked ones; none with sampler error_map
};

/// What one training step needs besides the case.
struct NmswStepOptions {
  int64_t k = 3;
  double tau = 2;
  double progress = 0;  ///< share of the epochs that are over
  DiceCeWeights loss;
  PatchLoss patch_loss = PatchLoss::batch_with_random;
  Precision precision = Precision::fp32;  ///< of both backbones
  std::vector<Int3> random_starts_dhw;    ///< the random patches' first voxels
  Tensor noise;              ///< as from draw_noise; undefined: none (gumbel_top_k only)
  bool keep_logits = false;  ///< whether the terms hold the full-size logits
};

/// Loss terms of one step, scalars; `total` = local + global + aggregated ∓ multiplier·entropy, and
/// a term of value 0 for the gradient of sampler score_function. With sampler error_map the scores'
/// own loss stands in the place of the entropy.
struct NmswTerms {
  Tensor total, local, global, aggregated, entropy;
  Tensor error_map;      ///< defined with that sampler alone
  Tensor logits;         ///< [1,C,D,H,W] without gradient if the step keeps them
  Tensor coarse_logits;  ///< [1,C,d,h,w]
  Tensor scores;         ///< [1,P]
  Tensor index;          ///< int64 [K]
  Tensor patches;        ///< [K,Cin,d,h,w] as the local network sees them; of a sampler that does
                         ///< not train through them each drawn patch once, K' of them
};

struct NmswPrediction {
  Tensor logits, coarse_logits, scores, index;
};

/// labels   the aggregated prediction, uint8 [1,1,D,H,W]
struct NmswTestLosses {
  Tensor aggregated, global, labels;
};

/// Global network, score head, choice of patches, local network and aggregation (METHOD 2). One
/// volume at a time. With sampler score_function and a running baseline it has a buffer `baseline`,
/// which training steps change.
class NmswNet final : public torch::nn::Module {
 public:
  NmswNet(BackbonePtr local, BackbonePtr global, int64_t num_classes, const ModelConfig& config,
          const PatchGeometry& geometry);

  /// volume [1,Cin,D,H,W] of any extent that is no smaller than the patch.
  /// `head`: in place of the network's own score head.
  GlobalLook look(const Tensor& volume, Precision precision = Precision::fp32,
                  ScoreHead* head = nullptr);

  /// A score head with weights as a training begins with them, drawn from `seed`; on the network's
  /// device. Draws from LibTorch's own generator: one thread at a time.
  std::shared_ptr<ScoreHead> initial_score_head(uint64_t seed) const;

  /// One training step; label uint8 [1,1,D,H,W]. The coarse logits enter the aggregation without
  /// gradient.
  NmswTerms forward_train(const Tensor& volume, const Tensor& label, const NmswStepOptions& step);

  /// Full-size logits from the best k patches, one patch at a time; `noise` [1,P] or undefined.
  /// Holds them whole: for comparisons.
  NmswPrediction forward_test(const Tensor& volume, int64_t k, const Tensor& noise = {});

  /// Losses of the prediction from the best k patches, without noise and without gradient.
  NmswTestLosses test_losses(const Tensor& volume, const Tensor& label, int64_t k,
                             const DiceCeWeights& weights);

  /// What the patch at each rank is multiplied by at test time: its soft probability at the final
  /// temperature where the configuration says `always`, else 1. scores [1,P] with the noise in
  /// them; `order` as from rank_patches.
  std::vector<double> test_scales(const Tensor& scores, const std::vector<int64_t>& order) const;

  /// A patch's logits [1,C,d,h,w] as they enter the blend: through the aggregation's convolutions,
  /// together with the coarse logits of its box brought up to the volume's extent, where the model
  /// has them; else as they are.
  Tensor refine_patch(const Tensor& patch_logits, Int3 start_dhw, const Tensor& coarse_logits,
                      Int3 extent_dhw);

  /// sigmoid of the clamped class weights [1,C,1,1,1]; undefined for an aggregation without them.
  Tensor class_weight() const;
  const PatchGeometry& geometry() const { return geometry_; }
  const ModelConfig& config() const { return config_; }
  int64_t num_classes() const { return num_classes_; }
  Backbone& local() { return *local_; }
  Backbone& global() { return *global_; }

 private:
  /// Made once a device: a copy from the host would wait for all that is queued there.
  const Tensor& importance_on(const torch::Device& device);
  /// The k best patches and their logits [k,C,d,h,w].
  struct Chosen {
    std::vector<int64_t> order;
    std::vector<Int3> starts_dhw;
    Tensor logits;
  };
  Chosen best_patches(const GlobalLook& seen, const Tensor& volume, int64_t k, const Tensor& noise);
  PatchMerge merge_at(const std::vector<Int3>& starts_dhw, const Tensor& coarse_logits,
                      Int3 extent_dhw);
  /// The drawn patches as the local network sees them.
  DrawnPatches drawn_patches(const Tensor& volume, const GlobalLook& seen, const TopKDraw& draw);
  /// Loss of the prediction from patches at these places, or from none; without gradient.
  Tensor loss_at(const std::vector<Int3>& starts_dhw, const GlobalLook& seen, const Tensor& volume,
                 const Tensor& label, const DiceCeWeights& weights);
  /// What gives the scores the gradient of the expected loss (METHOD 2.6); `loss` is the draw's.
  Tensor score_function_credit(const TopKDraw& draw, const Tensor& loss, const GlobalLook& seen,
                               const Tensor& volume, const Tensor& label,
                               const NmswStepOptions& step);
  /// What the scores learn from besides the choice: their entropy, or where the coarse prediction
  /// errs.
  Tensor score_term(const GlobalLook& seen, const Tensor& coarse_label, NmswTerms& terms) const;
  Tensor baseline(const Tensor& loss, const GlobalLook& seen, const Tensor& volume,
                  const Tensor& label, const NmswStepOptions& step);
  /// Patch logits as they enter the blend.
  Tensor refined(const Tensor& patch_logits, const PatchMerge& merge);

  /// log of each patch's share of what the prior counts, [1,P]; undefined without a prior.
  Tensor prior_scores(const Tensor& coarse_logits, const PatchGrid& grid) const;

  int64_t num_classes_;
  ModelConfig config_;
  PatchGeometry geometry_;
  BackbonePtr local_, global_;
  std::shared_ptr<ScoreHead> score_head_;
  std::shared_ptr<ClassWeight> class_weight_;
  std::shared_ptr<ConvAggregation> conv_aggregation_;
  Tensor importance_;
  Tensor baseline_;  ///< with sampler score_function and a running baseline alone
};

}  // namespace nmsw
