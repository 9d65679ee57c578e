#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Whether an operation on `x` is done by the project's own kernels: float32 on the CPU. All of
/// them give LibTorch's results up to rounding.
bool takes_own_kernels(const Tensor& x);

/// The same for those that have no gradient: none is to come.
bool takes_inference_kernels(const Tensor& x);

/// While one lives, everything is done by LibTorch: the other side of comparisons.
class LibraryOnly {
 public:
  LibraryOnly();
  ~LibraryOnly();
  LibraryOnly(const LibraryOnly&) = delete;
  LibraryOnly& operator=(const LibraryOnly&) = delete;
};

}  // namespace nmsw
