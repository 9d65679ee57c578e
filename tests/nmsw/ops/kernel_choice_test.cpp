#include "nmsw/ops/kernel_choice.h"

#include <thread>

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

TEST(OwnKernels, AreChosenByEachThreadForItself) {
  const Tensor x = torch::zeros({1});
  const Bf16Inference here(true);
  const LibraryOnly library_here;
  bool own = false, bf16 = true;
  std::thread([&] {
    const torch::NoGradGuard no_gradient;
    own = takes_inference_kernels(x);
    bf16 = takes_bf16_products(x);
  }).join();
  EXPECT_TRUE(own);
  EXPECT_FALSE(bf16);
}

}  // namespace
}  // namespace nmsw
