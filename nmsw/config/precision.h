#pragma once

#include "nmsw/base/config_fields.h"

namespace nmsw {

/// Arithmetic of convolutions and matrix products. Weights, losses, softmax and sums are fp32 in
/// all three.
enum class Precision { fp32, bf16, fp16 };

template <>
struct EnumNames<Precision> {
  static constexpr std::array<std::pair<Precision, const char*>, 3> values{
      {{Precision::fp32, "fp32"}, {Precision::bf16, "bf16"}, {Precision::fp16, "fp16"}}};
};

}  // namespace nmsw
