#pragma once

#include "nmsw/base/counted_switch.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Whether an operation on `x` is done by the project's own kernels: float32 on the CPU. All of
/// them give LibTorch's results up to rounding.
bool takes_own_kernels(const Tensor& x);

/// The same for those that have no gradient: none is to come.
bool takes_inference_kernels(const Tensor& x);

/// Whether their products may be of numbers rounded to bfloat16, with sums in float32: a
/// Bf16Inference lives, and no gradient is to come.
bool takes_bf16_products(const Tensor& x);

/// While one lives, what no gradient is to come of is multiplied in bfloat16 on the CPU. For the
/// whole process.
class Bf16Inference {
 public:
  explicit Bf16Inference(bool active);

 private:
  CountedSwitch on_;
};

/// While one lives, everything is done by LibTorch: the other side of comparisons.
class LibraryOnly {
 public:
  LibraryOnly();

 private:
  CountedSwitch on_;
};

}  // namespace nmsw
