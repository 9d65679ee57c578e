#include "nmsw/tensor/own_kernels.h"

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

}  // namespace
}  // namespace nmsw
