#pragma once

#include "nmsw/config/model_config.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// K drawn patches. B rows, P candidate patches.
struct TopKDraw {
  Tensor index;  ///< int64 [K,B]
  Tensor hard;   ///< one-hot [K,B,P], no gradient
  Tensor soft;   ///< [K,B,P], each row sums to 1; differentiable

  // Of samplers whose gradient does not go through the patches' images; undefined in the others.

  /// attention: [K,B], exactly 1 in value, with the gradient of each drawn patch's log probability.
  Tensor ratio{};
  /// score_function: log probability [S,B] of each of S draws, of which `index` is the first.
  Tensor log_prob{};
  /// score_function: int64 [S-1,K,B], the other draws; undefined where there is one.
  Tensor other_index{};
};

/// What a training step's draw is made from.
struct DrawRequest {
  Tensor scores;      ///< [B,P] masked scores
  Tensor background;  ///< bool [P], the candidates that the mask takes for background; undefined:
                      ///< none
  Tensor noise;       ///< as from `draw_noise`
  int64_t k = 1;
  double tau = 1;
  double progress = 0;  ///< share of the epochs that are over
};

/// Throws ShapeError unless scores are [B,P], ConfigError unless 1 <= k <= P.
inline void require_drawable(const Tensor& scores, int64_t k) {
  check_shape(scores, {kAnySize, kAnySize}, "patch scores");
  if (k < 1 || k > scores.size(1)) {
    throw ConfigError("top-k: k is {}; expected 1 to {} (the candidate patches)", k,
                      scores.size(1));
  }
}

/// One-hot [K,B,P] of an index [K,B], in the type of `scores` [B,P].
inline Tensor one_hot(const Tensor& index, const Tensor& scores) {
  return torch::zeros({index.size(0), index.size(1), scores.size(1)}, scores.options())
      .scatter_(2, index.unsqueeze(2), 1.0);
}

}  // namespace nmsw
