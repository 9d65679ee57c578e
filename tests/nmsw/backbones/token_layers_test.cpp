#include "nmsw/backbones/mamba_layer.h"
#include "nmsw/backbones/token_grid.h"
#include "nmsw/tensor/autocast.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

TEST(TokenGrid, ComesBackAsTheVolume) {
  const Tensor volume = torch::arange(2 * 3 * 2 * 3 * 4, torch::kFloat).view({2, 3, 2, 3, 4});
  const TokenGrid tokens = to_tokens(volume);
  EXPECT_EQ(tokens.rows.sizes().vec(), (std::vector<int64_t>{2 * 2 * 3 * 4, 3}));
  EXPECT_TRUE(torch::equal(to_volume(tokens), volume));
}

TEST(Attend, GivesTheSameForAFewQueriesAtATime) {
  torch::manual_seed(2);
  // 2 · 2000 · 700 weights are more than a portion's.
  const Tensor q = torch::randn({1, 2, 2000, 3}), k = torch::randn({1, 2, 700, 3}),
               v = torch::randn({1, 2, 700, 3});
  const Tensor scores = torch::matmul(q.to(torch::kDouble), k.to(torch::kDouble).transpose(2, 3));
  const Tensor expected = torch::matmul(torch::softmax(scores, 3), v.to(torch::kDouble));
  EXPECT_TRUE(close(attend(q, k, v), expected, 1e-5, 0));
  const torch::NoGradGuard no_grad;
  EXPECT_TRUE(close(attend(q, k, v), expected, 1e-5, 0));
}

TEST(MambaLayer, BeginsWithTheReferencesNumbers) {
  torch::manual_seed(2);
  const MambaLayer layer({20, 40, 2, 5, 3});
  const auto parameters = layer.named_parameters();
  const Tensor rates = parameters["mamba.A_log"].exp();
  for (int64_t i = 0; i < 40; ++i) {
    EXPECT_TRUE(close(rates[i], torch::arange(1, 6, torch::kFloat), 1e-5, 0));
  }
  EXPECT_TRUE(torch::equal(parameters["mamba.D"], torch::ones({40})));
  const Tensor steps = torch::softplus(parameters["mamba.dt_proj.bias"]);
  EXPECT_GE(steps.min().item<float>(), 0.999e-3);
  EXPECT_LE(steps.max().item<float>(), 0.1001);
  EXPECT_LT(steps.min().item<float>(), 0.01);
  EXPECT_GT(steps.max().item<float>(), 0.03);
  EXPECT_LE(parameters["mamba.dt_proj.weight"].abs().max().item<double>(), 1 / std::sqrt(2.0));
}

TEST(MambaLayer, ComputesInFloat32WhateverThePrecisionAroundIt) {
  torch::manual_seed(2);
  MambaLayer layer({20, 40, 2, 5, 3});
  const Tensor volume = torch::randn({2, 20, 2, 3, 2});
  const Tensor expected = layer.forward(volume);
  const AutocastGuard guard(torch::kCPU, torch::kBFloat16);
  EXPECT_TRUE(torch::equal(layer.forward(volume), expected));
  const Tensor product = torch::matmul(torch::ones({2, 2}), torch::ones({2, 2}));
  EXPECT_EQ(product.scalar_type(), torch::kBFloat16) << "what was set before comes back";
}

}  // namespace
}  // namespace nmsw
