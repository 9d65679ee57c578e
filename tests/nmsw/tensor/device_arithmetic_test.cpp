#include "nmsw/tensor/device_arithmetic.h"

#include <cstdlib>

#include <ATen/Context.h>
#include <gtest/gtest.h>

#include "nmsw/backbones/unet.h"

namespace nmsw {
namespace {

const torch::Device kFirst(torch::kCUDA, 0);

/// LibTorch keeps these settings whether it has CUDA or not; each test leaves them as PyTorch has
/// them.
class DeviceArithmeticTest : public ::testing::Test {
 protected:
  void TearDown() override { use_arithmetic({}, kFirst); }
  static bool tunes() { return at::globalContext().benchmarkCuDNN(); }
};

TEST_F(DeviceArithmeticTest, IsPyTorchsUnlessToldOtherwise) {
  EXPECT_TRUE(DeviceArithmetic{}.tf32);
  EXPECT_FALSE(DeviceArithmetic{}.deterministic);
  EXPECT_FALSE(at::globalContext().allowTF32CuBLAS()) << "matrix products are never rounded";
}

TEST_F(DeviceArithmeticTest, SetsWhatLibTorchGoesBy) {
  use_arithmetic({false, true}, kFirst);
  EXPECT_FALSE(at::globalContext().allowTF32CuDNN());
  EXPECT_TRUE(at::globalContext().deterministicAlgorithms());
  EXPECT_TRUE(at::globalContext().deterministicCuDNN());
  EXPECT_NE(std::getenv("CUBLAS_WORKSPACE_CONFIG"), nullptr);
  EXPECT_EQ(arithmetic_text(arithmetic_in_use()), "float32 convolutions, deterministic");
  use_arithmetic({true, false}, kFirst);
  EXPECT_TRUE(at::globalContext().allowTF32CuDNN());
  EXPECT_FALSE(at::globalContext().deterministicAlgorithms());
  EXPECT_EQ(arithmetic_text(arithmetic_in_use()), "TF32 convolutions, not deterministic");
}

TEST_F(DeviceArithmeticTest, LeavesTheCpuAlone) {
  use_arithmetic({false, true}, torch::kCPU);
  EXPECT_TRUE(arithmetic_in_use().tf32);
  EXPECT_FALSE(arithmetic_in_use().deterministic);
}

TEST_F(DeviceArithmeticTest, TunesWhileAskedTo) {
  {
    const ConvolutionTuning tuning(true);
    EXPECT_TRUE(tunes());
    {
      const ConvolutionTuning inactive(false);
      EXPECT_TRUE(tunes()) << "the outer one goes on";
    }
    EXPECT_TRUE(tunes());
  }
  EXPECT_FALSE(tunes());
}

TEST_F(DeviceArithmeticTest, TunesNeitherWhereBitsMustRepeatNorBeforeADeadline) {
  {
    const NoConvolutionTuning deadline;
    const ConvolutionTuning tuning(true);
    EXPECT_FALSE(tunes());
  }
  use_arithmetic({true, true}, kFirst);
  const ConvolutionTuning tuning(true);
  EXPECT_FALSE(tunes());
}

TEST(Backbone, CountsTheImagesOfEachShape) {
  UNet network({{2, 4}, {2, 1}}, 1, 2);
  EXPECT_EQ(network.count_shape({1, 1, 4, 4, 4}), 1);
  EXPECT_EQ(network.count_shape({2, 1, 4, 4, 4}), 1);
  EXPECT_EQ(network.count_shape({1, 1, 4, 4, 4}), 2);
}

}  // namespace
}  // namespace nmsw
