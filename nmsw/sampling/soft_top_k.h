#pragma once

#include "nmsw/sampling/patch_draw.h"

namespace nmsw {

/// Top-k as an optimal transport with entropic regularisation (Xie et al. 2020): N scores of mass
/// 1/N each go to anchors. `sorted`: k, k-1, …, 1 with mass 1/N each and 0 with the rest, which
/// gives a soft one-hot for each rank; else 1 with mass k/N and 0 with the rest, a soft k-hot.
struct TransportSettings {
  double epsilon = 0.1;
  bool sorted = true;
  /// Whether the costs (score - anchor)² are divided by their largest, which counts as a constant
  /// for the gradient (the published way); else they stay.
  bool divide_by_largest = false;
};

/// N times the transport plan to each anchor but that of the rest: [k,N] (each row sums to 1), or
/// [1,N] (sums to k). Computed in double on the CPU; the result has the type and the device of the
/// scores. The gradient is that of the converged plan, by the implicit function theorem, not of the
/// iterations. A shift of all scores changes nothing but the largest cost.
///
/// scores   [N]
/// k        1 <= k <= N, ConfigError otherwise, as for an epsilon that is not above 0
Tensor soft_top_k(const Tensor& scores, int64_t k, const TransportSettings& settings);

/// Masked scores lie far below the others, which would make every other difference vanish against
/// the largest cost: they become min - (max - min) of the others, without gradient. scores [N],
/// masked bool [N], not all of it.
Tensor fill_masked(const Tensor& scores, const Tensor& masked);

/// The k largest scores in order, after Gumbel noise where the configuration asks for exploration,
/// with the plan as soft choice. Without normalisation the transport is over the patches with
/// foreground (all where they are fewer than k), anchors (k-j)/k, cost -score·anchor and epsilon
/// tau.
TopKDraw draw_soft_top_k(const ModelConfig& config, const DrawRequest& request);

}  // namespace nmsw
