#pragma once

#include <array>

#include "nmsw/config/model_config.h"
#include "nmsw/tensor/patch_grid.h"

namespace nmsw {

/// One score a candidate patch from the global network's last feature (METHOD 2.3): sampled on the
/// patch grid, then four 1×1×1 convolutions C→C/2→C/2→1→1, LeakyReLU(0.1) after the first two.
class ScoreHead final : public torch::nn::Module {
 public:
  /// `prior`: other than none, the last convolution starts at zero, so that the scores begin as the
  /// prior alone.
  ScoreHead(int64_t feature_channels, ScorePositions positions,
            ScorePrior prior = ScorePrior::none);
  /// feature [1,C,d,h,w], of whose axes the volume fills the first part (`GlobalView`) → scores
  /// [1,P].
  Tensor forward(const Tensor& feature, const PatchGrid& grid,
                 const std::array<double, 3>& filled_dhw = {1, 1, 1});

 private:
  Tensor sample(const Tensor& feature, const PatchGrid& grid,
                const std::array<double, 3>& filled_dhw) const;
  ScorePositions positions_;
  std::vector<torch::nn::Conv3d> convs_;
};

}  // namespace nmsw
