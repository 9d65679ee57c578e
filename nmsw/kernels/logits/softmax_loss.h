#pragma once

#include <cstdint>

namespace nmsw {

/// One volume's logits, class by class, and its class indices.
struct LogitsAndLabel {
  const float* logits;   ///< [classes][voxels]
  const uint8_t* label;  ///< [voxels]
  int64_t classes;       ///< at most 256
  int64_t voxels;
};

/// What Dice and cross entropy (METHOD 2.10) need of p = softmax(logits) and the one-hot label q.
struct SoftmaxSums {
  double* shared;         ///< [classes], grows by Σ p·q
  double* predicted;      ///< [classes], grows by Σ p
  double* truth;          ///< [classes], grows by Σ q; an index beyond the classes is in none
  double* cross_entropy;  ///< grows by Σ −log p of the true class
};

/// Adds the sums over voxels begin … end-1.
void add_softmax_sums(const LogitsAndLabel& data, int64_t begin, int64_t end,
                      const SoftmaxSums& sums);

/// A loss whose derivative by p of class c is offset[c] + slope[c]·q, plus cross_entropy · Σ −log p
/// of the true class.
struct SoftmaxLossSlopes {
  const float* offset;  ///< [classes]
  const float* slope;   ///< [classes]
  float cross_entropy;
};

/// Writes the loss's derivative by the logits, [classes][voxels], at voxels begin … end-1.
void softmax_loss_gradient(const LogitsAndLabel& data, int64_t begin, int64_t end,
                           const SoftmaxLossSlopes& slopes, float* gradient);

}  // namespace nmsw
