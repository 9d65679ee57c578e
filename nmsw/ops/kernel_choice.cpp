#include "nmsw/ops/kernel_choice.h"

#include "nmsw/kernels/simd/processor.h"

namespace nmsw {

namespace {

thread_local int library_only = 0;
thread_local int bf16_inference = 0;

}  // namespace

bool takes_own_kernels(const Tensor& x) {
  return library_only == 0 && !library_kernels_only() && x.device().is_cpu() &&
         x.scalar_type() == torch::kFloat;
}

bool takes_inference_kernels(const Tensor& x) {
  return takes_own_kernels(x) && !torch::GradMode::is_enabled();
}

bool takes_bf16_products(const Tensor& x) {
  return bf16_inference > 0 && takes_inference_kernels(x);
}

Bf16Inference::Bf16Inference(bool active) : on_(bf16_inference, active) {}

LibraryOnly::LibraryOnly() : on_(library_only, true) {}

}  // namespace nmsw
