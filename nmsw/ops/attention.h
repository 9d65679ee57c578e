#pragma once

#include <vector>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Consecutive windows in which the same tokens may not see each other.
struct WindowGroup {
  int64_t windows = 0;
  /// [n,n]: 0 where query and key belong together, -100 elsewhere; undefined where all do.
  Tensor mask;
};

/// softmax(q kᵀ / √d + positions + mask) v for each head of each window (METHOD 1.3). Returns
/// [windows·n, C]. qkv [windows·n, 3·C] as a linear layer writes it: query, key and value, each
/// head after head; positions [heads,n,n]; groups of all the windows, one behind the other. No
/// matrix of all queries and keys is made. `asked_for` (bool [windows·n], or undefined: all) says
/// which rows are read: others may hold anything. For what takes_inference_kernels; the same bits
/// for any number of threads. Throws ShapeError.
Tensor attend_windows(const Tensor& qkv, const Tensor& positions,
                      const std::vector<WindowGroup>& groups, const Tensor& asked_for = {});

}  // namespace nmsw
