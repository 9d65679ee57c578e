#pragma once

#include <vector>

#include "nmsw/backbones/conv3d.h"

namespace nmsw {

/// The convolutions of the authors' released aggregation (METHOD 2.9 a): a patch's logits and the
/// up-sized coarse logits of its box become the logits that are blended. 3×3×3 with bias, 2C→2C,
/// 2C→2C, 2C→C, C→C, LeakyReLU(0.1) after the first two; parameters are named as in the reference,
/// below `aggregate`.
class ConvAggregation final : public torch::nn::Module {
 public:
  explicit ConvAggregation(int64_t num_classes);

  /// Both [N,C,d,h,w]; returns [N,C,d,h,w].
  Tensor forward(const Tensor& patch_logits, const Tensor& coarse_logits);

 private:
  std::vector<Conv3d> convs_;
};

}  // namespace nmsw
