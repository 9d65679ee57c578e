#include "nmsw/ops/norm_activation.h"

#include <ATen/Parallel.h>

#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

Tensor written_out(const Tensor& input, const Tensor& slope) {
  return torch::prelu(torch::group_norm(input, input.size(1)), slope);
}

TEST(NormActivation, HasLibTorchsValuesAndGradients) {
  for (const Int3 extent : {Int3{1, 1, 2}, Int3{3, 5, 7}, Int3{8, 16, 16}}) {
    torch::manual_seed(5);
    const Tensor input =
        torch::randn({2, 3, extent[0], extent[1], extent[2]}).add_(0.5).requires_grad_();
    const Tensor slope = torch::full({1}, 0.25).requires_grad_();
    const Tensor factor = torch::randn(input.sizes());
    const Tensor got = norm_activation(input, slope), expected = written_out(input, slope);
    EXPECT_TRUE(close(got, expected.detach(), 0, 1e-5));
    const auto ours = torch::autograd::grad({(got * factor).sum()}, {input, slope});
    const auto theirs = torch::autograd::grad({(expected * factor).sum()}, {input, slope});
    EXPECT_TRUE(close(ours[0], theirs[0], 0, 1e-4));
    EXPECT_TRUE(close(ours[1], theirs[1], 0, 1e-4));
  }
}

TEST(NormActivation, OfOneVoxelIsZeroAndTakesOtherTypesAndStrides) {
  const Tensor slope = torch::full({1}, 0.1);
  const torch::NoGradGuard no_gradient;
  EXPECT_TRUE(torch::equal(norm_activation(torch::randn({1, 2, 1, 1, 1}), slope),
                           torch::zeros({1, 2, 1, 1, 1})));
  const Tensor turned = torch::randn({1, 2, 3, 4, 5}).transpose(2, 4);
  const Tensor expected = written_out(turned, slope);
  EXPECT_TRUE(close(norm_activation(turned.to(torch::kDouble), slope.to(torch::kDouble)), expected,
                    0, 1e-5));
  EXPECT_TRUE(close(norm_activation(turned, slope), expected, 0, 1e-5));
}

TEST(NormActivation, GivesTheSameBitsWithAnyNumberOfThreads) {
  const int threads = at::get_num_threads();
  std::vector<Tensor> found;
  for (const int count : {1, 3}) {
    at::set_num_threads(count);
    torch::manual_seed(5);
    const Tensor input = torch::randn({2, 7, 9, 20, 31}).requires_grad_();
    const Tensor slope = torch::full({1}, 0.25).requires_grad_();
    const Tensor output = norm_activation(input, slope);
    const auto gradients = torch::autograd::grad({output.pow(3).sum()}, {input, slope});
    found.push_back(torch::cat({output.detach().flatten(), gradients[0].flatten()}));
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(torch::equal(found[0], found[1]));
}

}  // namespace
}  // namespace nmsw
