#include "nmsw/ops/kernel_choice.h"

#include <gtest/gtest.h>

namespace nmsw {
namespace {

TEST(OwnKernels, AreForSinglePrecisionOnTheCpuUnlessTheLibraryIsAskedFor) {
  const Tensor x = torch::zeros({1});
  EXPECT_TRUE(takes_own_kernels(x));
  EXPECT_FALSE(takes_own_kernels(x.to(torch::kDouble)));
  EXPECT_FALSE(takes_inference_kernels(x));
  {
    const LibraryOnly library_only;
    EXPECT_FALSE(takes_own_kernels(x));
  }
  const torch::NoGradGuard no_gradient;
  EXPECT_TRUE(takes_inference_kernels(x));
}

TEST(OwnKernels, MultiplyInBfloat16WhereNoGradientIsToComeAndItIsAskedFor) {
  const Tensor x = torch::zeros({1});
  const Bf16Inference outer(true);
  EXPECT_FALSE(takes_bf16_products(x));
  const torch::NoGradGuard no_gradient;
  EXPECT_TRUE(takes_bf16_products(x));
  {
    const Bf16Inference inactive(false);
    EXPECT_TRUE(takes_bf16_products(x));
    const LibraryOnly library_only;
    EXPECT_FALSE(takes_bf16_products(x));
  }
  EXPECT_TRUE(takes_bf16_products(x));
}

}  // namespace
}  // namespace nmsw
