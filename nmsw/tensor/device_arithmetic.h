#pragma once

#include <string>

#include "nmsw/base/counted_switch.h"
#include "nmsw/config/device_arithmetic.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Sets it for the whole process where the device is an NVIDIA one, and does nothing for the CPU.
/// To be called before the first tensor is on the device: cuBLAS reads its setting once.
void use_arithmetic(const DeviceArithmetic& arithmetic, const torch::Device& device);

/// What is set now.
DeviceArithmetic arithmetic_in_use();

/// What a record says of a result from an NVIDIA device, e.g. "TF32 convolutions, not
/// deterministic".
std::string arithmetic_text(const DeviceArithmetic& arithmetic);

/// While one that is active lives, cuDNN times its algorithms at the first convolution of each
/// shape and keeps the fastest. Worth it where shapes come again. Does nothing under
/// DeviceArithmetic::deterministic: the fastest of one run need not be that of the next. For the
/// whole process; not for several threads.
class ConvolutionTuning {
 public:
  explicit ConvolutionTuning(bool active);
  ~ConvolutionTuning();
  ConvolutionTuning(const ConvolutionTuning&) = delete;
  ConvolutionTuning& operator=(const ConvolutionTuning&) = delete;

 private:
  bool before_;
};

/// While one lives no ConvolutionTuning that begins does anything: a pass with a deadline cannot
/// afford the pause.
class NoConvolutionTuning {
 public:
  NoConvolutionTuning();

 private:
  CountedSwitch on_;
};

}  // namespace nmsw
