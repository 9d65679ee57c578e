#include "nmsw/ops/depthwise.h"

#include "nmsw/ops/norm_activation.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

struct Leaves {
  Tensor input, weight, bias;
  explicit Leaves(Int3 extent) {
    torch::manual_seed(11);
    input = torch::randn({2, 3, extent[0], extent[1], extent[2]}).requires_grad_();
    weight = torch::randn({3, 1, 3, 3, 3}).requires_grad_();
    bias = torch::randn({3}).requires_grad_();
  }
  /// Gradients of a fixed functional of the output, one after the other.
  Tensor gradients(const Tensor& output) const {
    const Tensor factor = torch::arange(output.numel(), torch::kFloat).sin().view(output.sizes());
    std::vector<Tensor> flat;
    for (const Tensor& one :
         torch::autograd::grad({(output * factor).sum()}, {input, weight, bias})) {
      flat.push_back(one.flatten());
    }
    return torch::cat(flat);
  }
};

const std::vector<Int3> kExtents{{1, 1, 1},  {4, 4, 4},  {5, 3, 7},
                                 {2, 9, 16}, {6, 1, 33}, {33, 40, 21}};

TEST(DepthwiseConv, HasLibTorchsValuesAndGradients) {
  for (const Int3& extent : kExtents) {
    for (const int64_t stride : {1, 2}) {
      SCOPED_TRACE(::testing::Message()
                   << extent[0] << "x" << extent[1] << "x" << extent[2] << " stride " << stride);
      const Leaves given(extent);
      const Tensor got = depthwise_conv(given.input, given.weight, given.bias, stride);
      const Tensor expected = torch::conv3d(given.input, given.weight, given.bias, stride, 1, 1, 3);
      ASSERT_EQ(got.sizes(), expected.sizes());
      EXPECT_TRUE(close(got, expected.detach(), 0, 1e-5));
      EXPECT_TRUE(close(given.gradients(got), given.gradients(expected), 0, 1e-5));
    }
  }
}

TEST(DepthwiseConvTranspose, HasLibTorchsValuesAndGradients) {
  for (const Int3& extent : kExtents) {
    SCOPED_TRACE(::testing::Message() << extent[0] << "x" << extent[1] << "x" << extent[2]);
    const Leaves given(extent);
    const Tensor got = depthwise_conv_transpose(given.input, given.weight, given.bias);
    const Tensor expected =
        torch::conv_transpose3d(given.input, given.weight, given.bias, 2, 1, 0, 3);
    ASSERT_EQ(got.sizes(), expected.sizes());
    EXPECT_TRUE(close(got, expected.detach(), 0, 1e-5));
    EXPECT_TRUE(close(given.gradients(got), given.gradients(expected), 0, 1e-5));
  }
}

TEST(DeferredDepthwiseConv, HasTheSameValuesAndTheirMoments) {
  const torch::NoGradGuard no_gradient;
  const auto expect_moments_of = [](const DeferredNorm& got, const Tensor& expected) {
    EXPECT_TRUE(torch::equal(got.values, expected));
    EXPECT_TRUE(close(got.moments, channel_moments(expected), 0, 1e-5));
  };
  for (const Int3& extent : kExtents) {
    const Leaves given(extent);
    for (const int64_t stride : {1, 2}) {
      expect_moments_of(deferred_depthwise_conv(given.input, given.weight, given.bias, stride),
                        depthwise_conv(given.input, given.weight, given.bias, stride));
    }
    expect_moments_of(deferred_depthwise_conv_transpose(given.input, given.weight, given.bias),
                      depthwise_conv_transpose(given.input, given.weight, given.bias));
  }
}

TEST(DepthwiseConv, GivesTheSameBitsWithAnyNumberOfThreads) {
  const int threads = at::get_num_threads();
  std::vector<Tensor> values, gradients;
  for (const int count : {1, 3}) {
    at::set_num_threads(count);
    const Leaves given({33, 40, 21});
    const Tensor output = depthwise_conv_transpose(
        depthwise_conv(given.input, given.weight, given.bias, 2), given.weight, given.bias);
    values.push_back(output.detach());
    gradients.push_back(given.gradients(output));
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(torch::equal(values[0], values[1]));
  EXPECT_TRUE(torch::equal(gradients[0].narrow(0, 0, gradients[0].numel() - 3),
                           gradients[1].narrow(0, 0, gradients[1].numel() - 3)));
}

TEST(DepthwiseConv, TakesOtherTypesAndStridedInput) {
  const Leaves given({4, 6, 8});
  const Tensor turned = given.input.transpose(2, 4);
  EXPECT_TRUE(close(depthwise_conv(turned, given.weight, given.bias, 1),
                    torch::conv3d(turned, given.weight, given.bias, 1, 1, 1, 3).detach(), 0, 1e-5));
  const Tensor wide =
      depthwise_conv(given.input.to(torch::kDouble), given.weight.to(torch::kDouble),
                     given.bias.to(torch::kDouble), 2);
  EXPECT_EQ(wide.scalar_type(), torch::kDouble);
  EXPECT_TRUE(
      close(wide, depthwise_conv(given.input, given.weight, given.bias, 2).detach(), 0, 1e-5));
}

TEST(DepthwiseConv, RefusesAWeightThatDoesNotFit) {
  const Leaves given({4, 4, 4});
  EXPECT_THROW(depthwise_conv(given.input, torch::zeros({4, 1, 3, 3, 3}), given.bias, 1),
               ShapeError);
  EXPECT_THROW(depthwise_conv(given.input, torch::zeros({3, 1, 5, 5, 5}), given.bias, 1),
               ShapeError);
}

}  // namespace
}  // namespace nmsw
