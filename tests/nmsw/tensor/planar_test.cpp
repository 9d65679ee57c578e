#include "nmsw/tensor/planar.h"

#include <ATen/Parallel.h>

#include "nmsw/tensor/own_kernels.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

struct ConvLeaves {
  Tensor input, weight, bias;
  ConvLeaves(int64_t in, int64_t out, Int3 extent) {
    torch::manual_seed(11);
    input = torch::randn({2, in, extent[0], extent[1], extent[2]}).requires_grad_();
    weight = torch::randn({out, in, 3, 3, 3}).requires_grad_();
    bias = torch::randn({out}).requires_grad_();
  }
  /// Gradients of a fixed functional of the output.
  std::vector<Tensor> gradients(const Tensor& output) const {
    const Tensor factor = torch::arange(output.numel(), torch::kFloat).sin().view(output.sizes());
    return torch::autograd::grad({(output * factor).sum()}, {input, weight, bias});
  }
};

TEST(PlanarConv3d, HasLibTorchsValuesAndGradients) {
  for (const Int3 extent : {Int3{1, 1, 1}, Int3{5, 3, 7}, Int3{8, 16, 33}}) {
    for (const auto& [in, out] : {std::pair<int64_t, int64_t>{1, 4}, {17, 17}, {20, 3}}) {
      SCOPED_TRACE(::testing::Message()
                   << extent[0] << "x" << extent[1] << "x" << extent[2] << " " << in << "->" << out);
      const ConvLeaves given(in, out, extent);
      const Tensor got = planar_conv3d(given.input, given.weight, given.bias);
      const Tensor expected = torch::conv3d(given.input, given.weight, given.bias, 1, 1);
      ASSERT_EQ(got.sizes(), expected.sizes());
      EXPECT_TRUE(close(got, expected.detach(), 0, 1e-5));
      const auto ours = given.gradients(got), theirs = given.gradients(expected);
      for (size_t i = 0; i < ours.size(); ++i) EXPECT_TRUE(close(ours[i], theirs[i], 0, 5e-5)) << i;
    }
  }
}

TEST(PlanarConv3d, GivesTheSameBitsWithAnyNumberOfThreads) {
  const int threads = at::get_num_threads();
  std::vector<Tensor> values;
  std::vector<std::vector<Tensor>> gradients;
  for (const int count : {1, 3}) {
    at::set_num_threads(count);
    const ConvLeaves given(5, 13, {9, 20, 31});
    const Tensor output = planar_conv3d(given.input, given.weight, given.bias);
    values.push_back(output.detach());
    gradients.push_back(given.gradients(output));
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(torch::equal(values[0], values[1]));
  EXPECT_TRUE(torch::equal(gradients[0][0], gradients[1][0]));
  EXPECT_TRUE(torch::equal(gradients[0][1], gradients[1][1]));
}

TEST(PlanarConv3d, TakesStridedInputAndNoBias) {
  const ConvLeaves given(3, 7, {4, 6, 8});
  const Tensor turned = given.input.transpose(2, 4);
  const Tensor got = planar_conv3d(turned, given.weight, {});
  const Tensor expected = torch::conv3d(turned, given.weight, {}, 1, 1);
  EXPECT_TRUE(close(got, expected.detach(), 0, 1e-5));
  const auto to_weight = [&](const Tensor& output) {
    return torch::autograd::grad({output.square().sum()}, {given.weight})[0];
  };
  EXPECT_TRUE(close(to_weight(got), to_weight(expected), 0, 1e-4));
}

TEST(PlanarConvTranspose3d, HasLibTorchsValues) {
  const torch::NoGradGuard no_gradient;
  for (const Int3 extent : {Int3{1, 1, 1}, Int3{5, 3, 7}, Int3{4, 8, 33}}) {
    torch::manual_seed(3);
    const Tensor input = torch::randn({2, 9, extent[0], extent[1], extent[2]});
    const Tensor weight = torch::randn({9, 17, 3, 3, 3}), bias = torch::randn({17});
    EXPECT_TRUE(close(planar_conv_transpose3d(input, weight, bias),
                      torch::conv_transpose3d(input, weight, bias, 2, 1, 1), 0, 1e-5));
    EXPECT_TRUE(close(planar_conv_transpose3d(input, weight, {}),
                      torch::conv_transpose3d(input, weight, {}, 2, 1, 1), 0, 1e-5));
  }
  EXPECT_THROW(planar_conv_transpose3d(torch::zeros({1, 2, 4, 4, 4}), torch::zeros({3, 2, 3, 3, 3}),
                                       {}),
               ShapeError);
}

/// As the kernels see numbers in bfloat16.
Tensor in_bf16(const Tensor& x) { return x.to(torch::kBFloat16).to(torch::kFloat); }

TEST(PlanarConvs, MultiplyInBfloat16WhereAsked) {
  const torch::NoGradGuard no_gradient;
  const Bf16Inference bf16(true);
  for (const int64_t in : {1, 6, 9}) {
    torch::manual_seed(5);
    const Tensor input = torch::randn({2, in, 5, 7, 33}), bias = torch::randn({17});
    const Tensor weight = torch::randn({17, in, 3, 3, 3}), turned = torch::randn({in, 17, 3, 3, 3});
    EXPECT_TRUE(close(planar_conv3d(input, weight, bias),
                      torch::conv3d(in_bf16(input), in_bf16(weight), bias, 1, 1), 0, 1e-5));
    EXPECT_TRUE(close(
        planar_conv_transpose3d(input, turned, bias),
        torch::conv_transpose3d(in_bf16(input), in_bf16(turned), bias, 2, 1, 1), 0, 1e-5));
  }
}

TEST(PlanarConv3d, RefusesAWeightThatDoesNotFit) {
  const ConvLeaves given(3, 7, {4, 4, 4});
  EXPECT_THROW(planar_conv3d(given.input, torch::zeros({7, 4, 3, 3, 3}), {}), ShapeError);
  EXPECT_THROW(planar_conv3d(given.input, torch::zeros({7, 3, 5, 5, 5}), {}), ShapeError);
  EXPECT_THROW(planar_conv3d(given.input, given.weight, torch::zeros({3})), ShapeError);
}

}  // namespace
}  // namespace nmsw
