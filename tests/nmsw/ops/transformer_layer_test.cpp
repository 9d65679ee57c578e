#include "nmsw/ops/transformer_layer.h"

#include <ATen/Parallel.h>

#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

struct Given {
  Tensor x, source, residual;
  TokenWeights weights;
  Given() {
    torch::manual_seed(4);
    x = torch::randn({3000, 24});
    source = torch::randint(0, 3001, {2500}, torch::kLong);
    residual = torch::randn({2500, 20});
    weights.norm_scale = torch::randn({24});
    weights.norm_offset = torch::randn({24});
    weights.expand = torch::randn({96, 24});
    weights.expand_bias = torch::randn({96});
    weights.compress = torch::randn({20, 96});
    weights.compress_bias = torch::randn({20});
  }
};

TEST(TransformerLayer, IsNormLinearGeluLinearAndResidual) {
  const torch::NoGradGuard no_gradient;
  const Given given;
  const TokenWeights& w = given.weights;
  const Tensor normed = torch::layer_norm(given.x, {24}, w.norm_scale, w.norm_offset);
  const Tensor dealt = torch::cat({normed, torch::zeros({1, 24})}).index_select(0, given.source);
  const Tensor hidden = torch::gelu(torch::linear(dealt, w.expand, w.expand_bias));
  EXPECT_TRUE(close(transformer_layer(given.x, given.source, w, given.residual),
                    torch::linear(hidden, w.compress, w.compress_bias) + given.residual, 0, 1e-5));
  TokenWeights plain;
  plain.compress = torch::randn({7, 24});
  EXPECT_TRUE(close(transformer_layer(given.x, {}, plain, {}),
                    torch::linear(given.x, plain.compress), 0, 1e-5));
}

TEST(TransformerLayer, GivesTheSameBitsWithAnyNumberOfThreads) {
  const torch::NoGradGuard no_gradient;
  const int threads = at::get_num_threads();
  const Given given;
  std::vector<Tensor> found;
  for (const int count : {1, 3}) {
    at::set_num_threads(count);
    found.push_back(transformer_layer(given.x, given.source, given.weights, given.residual));
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(torch::equal(found[0], found[1]));
}

TEST(NormedChannels, AreTheLayerNormsTurned) {
  const torch::NoGradGuard no_gradient;
  const int threads = at::get_num_threads();
  for (const int64_t channels : {8, 24, 50}) {
    torch::manual_seed(8);
    const Tensor x = 3 * torch::randn({2 * 1500, channels}) + 1;
    const Tensor expected = torch::layer_norm(x, {channels}).view({2, 1500, channels});
    std::vector<Tensor> found;
    for (const int count : {1, 3}) {
      at::set_num_threads(count);
      found.push_back(normed_channels(x, 2));
    }
    EXPECT_TRUE(close(found[0], expected.transpose(1, 2), 0, 1e-5));
    EXPECT_TRUE(torch::equal(found[0], found[1]));
  }
  at::set_num_threads(threads);
  EXPECT_THROW(normed_channels(torch::zeros({7, 4}), 2), ShapeError);
}

TEST(TransformerLayer, RefusesWeightsThatDoNotFit) {
  const torch::NoGradGuard no_gradient;
  Given given;
  EXPECT_THROW(transformer_layer(given.x, given.source, given.weights, torch::zeros({2500, 21})),
               ShapeError);
  given.weights.expand = torch::zeros({96, 23});
  EXPECT_THROW(transformer_layer(given.x, given.source, given.weights, given.residual), ShapeError);
}

}  // namespace
}  // namespace nmsw
