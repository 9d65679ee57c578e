#pragma once

#include <cstdint>

namespace nmsw {

/// Logits and class indices of one volume.
struct LogitsAndLabel {
  const float* logits;   ///< [classes][voxels]
  const uint8_t* label;  ///< [voxels]
  int64_t classes;       ///< at most 256
  int64_t voxels;
};

/// Sums for Dice and cross entropy (METHOD 2.10), with p = softmax(logits) and q the one-hot label.
/// All accumulate.
struct SoftmaxSums {
  double* shared;         ///< [classes], grows by Σ p·q
  double* predicted;      ///< [classes], grows by Σ p
  double* truth;          ///< [classes], grows by Σ q; an index beyond the classes is in none
  double* cross_entropy;  ///< grows by Σ −log p of the true class
};

/// Adds the sums over the voxels begin … end-1. Thread-safe with a SoftmaxSums per thread.
void add_softmax_sums(const LogitsAndLabel& data, int64_t begin, int64_t end,
                      const SoftmaxSums& sums);

/// Slopes of the loss: dL/dp of class c is offset[c] + slope[c]·q, plus cross_entropy · Σ −log p of
/// the true class.
struct SoftmaxLossSlopes {
  const float* offset;  ///< [classes]
  const float* slope;   ///< [classes]
  float cross_entropy;
};

/// Writes dL/dlogits [classes][voxels] at the voxels begin … end-1. Thread-safe for disjoint
/// ranges.
void softmax_loss_gradient(const LogitsAndLabel& data, int64_t begin, int64_t end,
                           const SoftmaxLossSlopes& slopes, float* gradient);

}  // namespace nmsw
