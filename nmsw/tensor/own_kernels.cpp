#include "nmsw/tensor/own_kernels.h"

#include <atomic>

namespace nmsw {

namespace {

std::atomic<int> library_only{0};

}  // namespace

bool takes_own_kernels(const Tensor& x) {
  return library_only == 0 && x.device().is_cpu() && x.scalar_type() == torch::kFloat;
}

bool takes_inference_kernels(const Tensor& x) {
  return takes_own_kernels(x) && !torch::GradMode::is_enabled();
}

LibraryOnly::LibraryOnly() { ++library_only; }
LibraryOnly::~LibraryOnly() { --library_only; }

}  // namespace nmsw
