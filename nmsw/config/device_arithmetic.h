#pragma once

namespace nmsw {

/// How an NVIDIA device computes in float32. It says nothing of the CPU, whose results are the same
/// bits every time. Like the device it is no part of a task's key; a run's record names it.
struct DeviceArithmetic {
  /// Convolutions round what they multiply to TF32: 10 bits of fraction for float32's 23, sums in
  /// float32. PyTorch's default and so the published code's. Matrix products are never rounded.
  bool tf32 = true;
  /// The same bits in every run on the same device and libraries. Slower; an operation that has no
  /// such algorithm throws. Without it gradients differ in their last digits from run to run.
  bool deterministic = false;
};

}  // namespace nmsw
