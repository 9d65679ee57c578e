#include "nmsw/model/nmsw_net.h"

#include <gtest/gtest.h>

#include "nmsw/sampling/gumbel.h"
#include "nmsw/sampling/sampler.h"
#include "tests/support/small_net.h"

namespace nmsw {
namespace {

TEST(ScoreHead, Has819ParametersAt32Channels) {
  ScoreHead head(32, ScorePositions::uniform);
  int64_t count = 0;
  for (const Tensor& parameter : head.parameters()) count += parameter.numel();
  EXPECT_EQ(count, 819);
}

TEST(NmswNet, TrainsEveryPartWithEverySamplerAndEstimator) {
  for (const auto& [sampler, sampler_name] : EnumNames<Sampler>::values) {
    for (const auto& [estimator, estimator_name] : EnumNames<Estimator>::values) {
      SCOPED_TRACE(std::string(sampler_name) + ", " + estimator_name);
      ModelConfig config;
      config.sampler = sampler;
      config.estimator = estimator;
      config.entropy_multiplier = 0;  // the choice alone has to reach the score head
      const auto net = testing::small_net(config);
      NmswStepOptions step;
      step.k = 2;
      step.random_starts_dhw = {{1, 2, 3}};
      step.noise = draw_noise(config, step.k, 12, seeded_generator(9));
      const Tensor volume = torch::randn({1, 1, 32, 24, 24});
      const Tensor label = torch::randint(0, 3, {1, 1, 32, 24, 24}).to(torch::kByte);
      const NmswTerms terms = net->forward_train(volume, label, step);
      terms.total.backward();
      EXPECT_TRUE(std::isfinite(terms.total.item<double>()));
      for (const auto& entry : net->named_parameters()) {
        EXPECT_TRUE(entry.value().grad().defined()) << entry.key();
      }
      EXPECT_GT(net->named_parameters()["feature_to_logit.1.conv_0.conv.weight"]
                    .grad()
                    .abs()
                    .max()
                    .item<double>(),
                0);
    }
  }
}

TEST(NmswNet, TrainsTheConvolutionsOfTheReleasedAggregationUnderTheReferencesNames) {
  ModelConfig config;
  config.aggregation = AggregationKind::conv;
  const auto net = testing::small_net(config);
  NmswStepOptions step;
  step.k = 2;
  const Tensor label = torch::randint(0, 3, {1, 1, 32, 24, 24}).to(torch::kByte);
  net->forward_train(torch::randn({1, 1, 32, 24, 24}), label, step).total.backward();
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const auto& entry : net->named_parameters()) {
    if (entry.key().rfind("get_aggreated_logit.", 0) != 0) continue;
    shapes[entry.key().substr(20)] = entry.value().sizes().vec();
    EXPECT_GT(entry.value().grad().abs().max().item<double>(), 0) << entry.key();
  }
  const std::map<std::string, std::vector<int64_t>> expected{
      {"aggregate.0.conv_0.conv.weight", {6, 6, 3, 3, 3}}, {"aggregate.0.conv_0.conv.bias", {6}},
      {"aggregate.0.conv_1.conv.weight", {6, 6, 3, 3, 3}}, {"aggregate.0.conv_1.conv.bias", {6}},
      {"aggregate.1.conv_0.conv.weight", {3, 6, 3, 3, 3}}, {"aggregate.1.conv_0.conv.bias", {3}},
      {"aggregate.1.conv_1.conv.weight", {3, 3, 3, 3, 3}}, {"aggregate.1.conv_1.conv.bias", {3}}};
  EXPECT_EQ(shapes, expected);
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
  EXPECT_EQ(net->look(torch::randn({1, 1, 32, 24, 24})).scores.sizes(),
            (std::vector<int64_t>{1, 12}));
}

}  // namespace
}  // namespace nmsw
