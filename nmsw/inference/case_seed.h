#pragma once

#include <cstdint>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Seed of one case's random numbers: from a method's seed and the volume's own bits, so that cases
/// draw independently and neither their order nor the number of threads matters.
/// volume: float32, any shape.
uint64_t case_seed(uint64_t seed, const Tensor& volume);

}  // namespace nmsw
