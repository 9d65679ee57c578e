#include "nmsw/model/nmsw_net.h"

#include <gtest/gtest.h>

#include "tests/support/small_net.h"

namespace nmsw {
namespace {

TEST(ScoreHead, Has819ParametersAt32Channels) {
  ScoreHead head(32, ScorePositions::uniform);
  int64_t count = 0;
  for (const Tensor& parameter : head.parameters()) count += parameter.numel();
  EXPECT_EQ(count, 819);
}

TEST(NmswNet, TrainsEveryPartWithEveryEstimator) {
  for (const Estimator estimator : {Estimator::paper, Estimator::authors, Estimator::straight_through}) {
    ModelConfig config;
    config.estimator = estimator;
    const auto net = testing::small_net(config);
    NmswStepOptions step;
    step.k = 2;
    step.random_starts_dhw = {{1, 2, 3}};
    const Tensor volume = torch::randn({1, 1, 32, 24, 24});
    const Tensor label = torch::randint(0, 3, {1, 1, 32, 24, 24}).to(torch::kByte);
    const NmswTerms terms = net->forward_train(volume, label, step);
    terms.total.backward();
    EXPECT_TRUE(std::isfinite(terms.total.item<double>()));
    for (const auto& entry : net->named_parameters()) {
      EXPECT_TRUE(entry.value().grad().defined()) << entry.key();
    }
  }
}

TEST(NmswNet, SwitchesTheSignOfTheEntropyTerm) {
  ModelConfig config;
  config.entropy_multiplier = 0.5;
  const Tensor volume = torch::randn({1, 1, 16, 16, 24});
  const Tensor label = torch::zeros({1, 1, 16, 16, 24}, torch::kByte);
  NmswStepOptions step;
  step.k = 1;
  const NmswTerms up = testing::small_net(config)->forward_train(volume, label, step);
  config.entropy_sign = EntropySign::minimise;
  const NmswTerms down = testing::small_net(config)->forward_train(volume, label, step);
  EXPECT_NEAR((down.total - up.total).item<double>(), up.entropy.item<double>(), 1e-5);
}

TEST(NmswNet, SamplesTheScoresAtPatchCentresWhenAsked) {
  ModelConfig config;
  config.score_positions = ScorePositions::patch_centre;
  const auto net = testing::small_net(config);
  EXPECT_EQ(net->look(torch::randn({1, 1, 32, 24, 24})).scores.sizes(), (std::vector<int64_t>{1, 12}));
}

}  // namespace
}  // namespace nmsw
