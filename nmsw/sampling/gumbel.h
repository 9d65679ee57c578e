#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// -log(-log(u+1e-20)+1e-20): standard Gumbel values from uniform ones (paper Eq. 1-2).
Tensor gumbel_from_uniform(const Tensor& uniform);

/// Gumbel noise of that shape, float32 on the CPU, drawn from `generator`.
Tensor gumbel_noise(torch::IntArrayRef shape, const torch::Generator& generator);

/// A CPU generator of its own with that seed.
torch::Generator seeded_generator(uint64_t seed);

}  // namespace nmsw
