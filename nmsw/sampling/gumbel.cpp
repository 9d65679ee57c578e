#include "nmsw/sampling/gumbel.h"

#include <ATen/CPUGeneratorImpl.h>

namespace nmsw {

Tensor gumbel_from_uniform(const Tensor& uniform) {
  return -torch::log(-torch::log(uniform + 1e-20) + 1e-20);
}

Tensor gumbel_noise(torch::IntArrayRef shape, const torch::Generator& generator) {
  return gumbel_from_uniform(torch::rand(shape, generator, torch::kFloat));
}

torch::Generator seeded_generator(uint64_t seed) { return at::detail::createCPUGenerator(seed); }

}  // namespace nmsw
