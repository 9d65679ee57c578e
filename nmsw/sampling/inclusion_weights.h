#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// A sample without replacement with the weights that estimate sums over all candidates from it
/// (Kool et al. 2019).
struct InclusionSample {
  Tensor index;      ///< int64 [K], in the order of the draw
  Tensor threshold;  ///< scalar: the largest perturbed log probability outside the sample
  Tensor inclusion;  ///< [K] probability of exceeding the threshold
};

/// The k largest of log_prob + Gumbel noise, both [P]. With k = P the inclusion is 1. Throws
/// ConfigError unless 1 <= k <= P.
InclusionSample inclusion_sample(const Tensor& log_prob, const Tensor& noise, int64_t k);

/// Estimate of Σ p_l f_l over all candidates: Σ (p/inclusion)·f over the sample, which is unbiased,
/// or that divided by Σ p/inclusion, which varies less. log_prob, values [P]. A scalar.
Tensor inclusion_estimate(const InclusionSample& sample, const Tensor& log_prob,
                          const Tensor& values, bool normalised);

}  // namespace nmsw
