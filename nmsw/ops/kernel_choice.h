#pragma once

#include "nmsw/base/thread_switch.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Whether an operation on `x` uses the project's kernels: float32 on the CPU, and no LibraryOnly
/// exists, nor NMSW_KERNELS=library. Their results equal LibTorch's up to rounding. Thread-safe, as are the next two.
bool takes_own_kernels(const Tensor& x);

/// The same for kernels without gradient: additionally, grad mode is off.
bool takes_inference_kernels(const Tensor& x);

/// Whether these take bfloat16 inputs and accumulate in float32: a Bf16Inference exists and grad
/// mode is off.
bool takes_bf16_products(const Tensor& x);

/// RAII, for the calling thread: while an instance exists, forward-only CPU products take bfloat16 inputs and
/// accumulate in float32.
class Bf16Inference {
 public:
  explicit Bf16Inference(bool active);

 private:
  ThreadSwitch on_;
};

/// RAII, for the calling thread: while an instance exists, everything is computed by LibTorch, for
/// comparisons.
class LibraryOnly {
 public:
  LibraryOnly();

 private:
  ThreadSwitch on_;
};

}  // namespace nmsw
