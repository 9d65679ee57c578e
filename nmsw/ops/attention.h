#pragma once

#include <vector>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Consecutive windows with the same attention mask.
struct WindowGroup {
  int64_t windows = 0;
  /// [n,n], added to the scores: 0 where a query may see a key, -100 elsewhere; undefined: no mask.
  Tensor mask;
};

/// softmax(q kᵀ / √d + positions + mask) v for each head of each window (METHOD 1.3), [windows·n, C].
/// qkv: [windows·n, 3·C] as a linear layer gives it, i.e. query, key and value, each head by head;
/// positions: [heads,n,n]; groups: all windows in their order. The matrix of scores is never
/// materialised. asked_for: bool [windows·n], rows that are needed (undefined: all); others are
/// unspecified. Only where takes_inference_kernels; the same bits for any number of threads. Throws
/// ShapeError.
Tensor attend_windows(const Tensor& qkv, const Tensor& positions,
                      const std::vector<WindowGroup>& groups, const Tensor& asked_for = {});

}  // namespace nmsw
