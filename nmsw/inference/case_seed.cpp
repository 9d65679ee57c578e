#include "nmsw/inference/case_seed.h"

#include <string>

#include "nmsw/base/seed.h"

namespace nmsw {

uint64_t case_seed(uint64_t seed, const Tensor& volume) {
  // A sum of integers is the same in any order, unlike one of floats.
  const auto bits = volume.contiguous().view(torch::kInt).sum().item<int64_t>();
  return derive_seed(seed, {"case", std::to_string(bits)});
}

}  // namespace nmsw
