#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// softmax(q kᵀ / √d + bias) v for each head of the windows first … first+count-1 (spec 1.3).
/// qkv [windows·n, 3·C] as a linear layer writes it: query, key and value, each head after head;
/// bias [heads,n,n], positions and mask; out [windows·n, C], whose other windows are left alone.
/// No matrix of all queries and keys is made. For what takes_inference_kernels; the same bits for
/// any number of threads. Throws ShapeError.
void attend_windows(const Tensor& qkv, const Tensor& bias, int64_t first, int64_t count,
                    const Tensor& out);

}  // namespace nmsw
