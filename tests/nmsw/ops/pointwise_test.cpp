#include "nmsw/ops/pointwise.h"

#include <ATen/Parallel.h>

#include "tests/support/golden.h"

namespace nmsw {
namespace {

struct MlpCase {
  Tensor input, residual;
  NormMlpWeights weights;
  MlpCase(int64_t channels, int64_t hidden, int64_t out, Int3 extent) {
    torch::manual_seed(7);
    input = torch::randn({2, channels, extent[0], extent[1], extent[2]}) * 2 + 1;
    residual = torch::randn({2, out, extent[0], extent[1], extent[2]});
    weights = {torch::randn({channels}),
               torch::randn({channels}),
               torch::randn({hidden, channels, 1, 1, 1}),
               torch::randn({hidden}),
               torch::randn({out, hidden, 1, 1, 1}),
               torch::randn({out})};
  }
  Tensor found() const { return norm_mlp(deferred_norm(input.clone(), 1), weights, residual); }
  Tensor written_out() const {
    const Tensor normed =
        torch::group_norm(input, input.size(1), weights.norm_scale, weights.norm_offset, 1e-5);
    const Tensor hidden = torch::gelu(torch::conv3d(normed, weights.expand, weights.expand_bias));
    const Tensor sum = torch::conv3d(hidden, weights.compress, weights.compress_bias);
    return residual.defined() ? sum + residual : sum;
  }
};

TEST(NormMlp, HasLibTorchsValues) {
  const torch::NoGradGuard no_gradient;
  for (MlpCase given : {MlpCase(4, 8, 4, {1, 1, 2}), MlpCase(3, 13, 7, {5, 3, 7}),
                        MlpCase(16, 32, 16, {8, 16, 33})}) {
    EXPECT_TRUE(testing::close(given.found(), given.written_out(), 0, 1e-5));
    given.residual = Tensor();
    EXPECT_TRUE(testing::close(given.found(), given.written_out(), 0, 1e-5));
  }
}

TEST(NormMlp, TakesTheInputsMemoryForAResultOfItsShape) {
  const torch::NoGradGuard no_gradient;
  for (const int64_t out : {5, 6}) {
    const MlpCase given(5, 13, out, {2, 3, 4});
    const DeferredNorm input = deferred_norm(given.input.clone(), 1);
    const Tensor found = norm_mlp(input, given.weights, given.residual);
    EXPECT_EQ(found.data_ptr() == input.values.data_ptr(), out == 5);
    EXPECT_EQ(torch::equal(input.values, given.input), out == 6);
  }
}

TEST(NormMlp, GivesTheSameBitsWithAnyNumberOfThreads) {
  const torch::NoGradGuard no_gradient;
  const int threads = at::get_num_threads();
  const MlpCase given(5, 13, 5, {9, 20, 31});
  std::vector<Tensor> found;
  for (const int count : {1, 3}) {
    at::set_num_threads(count);
    found.push_back(given.found());
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(torch::equal(found[0], found[1]));
}

TEST(NormMlp, RefusesWhatDoesNotFit) {
  const torch::NoGradGuard no_gradient;
  const MlpCase given(4, 8, 4, {2, 2, 2});
  EXPECT_THROW(
      norm_mlp(deferred_norm(given.input, 1), given.weights, torch::zeros({2, 5, 2, 2, 2})),
      ShapeError);
}

}  // namespace
}  // namespace nmsw
