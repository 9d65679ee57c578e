#include "nmsw/cost/umamba_bot_cost.h"

#include <gtest/gtest.h>

#include "nmsw/base/error.h"

namespace nmsw {
namespace {

TEST(UMambaBotCost, HasThePublishedCodesParameterCounts) {
  // METHOD 1.9
  const UMambaBotConfig config;
  EXPECT_EQ(umamba_bot_cost(config, 1, 17, {32, 32, 32}).params, 42132469);
  EXPECT_EQ(umamba_bot_cost(config, 1, 20, {32, 32, 32}).params, 42134884);
  EXPECT_EQ(umamba_bot_cost(config, 1, 25, {32, 32, 32}).params, 42138909);
}

TEST(UMambaBotCost, GivesTheMacsOfAPatchInBothConventions) {
  const Cost cost = umamba_bot_cost({}, 1, 20, {128, 128, 128});
  EXPECT_NEAR(cost.macs / 1e9, 971.0, 5e-2);
  EXPECT_NEAR(cost.macs_paper / 1e9, 974.2, 5e-2);
}

TEST(UMambaBotCost, CountsANetworkOfTwoLevelsAsByHand) {
  // 2 and 20 channels, stride (2,1,2), kernels 3³ and (1,3,1), one block each; 3 state variables, 2
  // taps, 40 channels in the scan, 2 for its steps; 1 channel in, 5 classes out, 4x2x2 voxels.
  UMambaBotConfig config;
  config.channels = {2, 20};
  config.strides_xyz = {{1, 1, 1}, {2, 1, 2}};
  config.kernels_xyz = {{3, 3, 3}, {1, 3, 1}};
  config.blocks = {1, 1};
  config.decoder_blocks = {1};
  config.states = 3;
  config.taps = 2;
  EXPECT_EQ(size_multiple(config), 2);
  const double top = 16, below = 4;
  const double stem = top * (27 * (1 * 2 + 2 * 2) + 1 * 2);
  const double first = top * (27 * (2 * 2 + 2 * 2) + 2 * 2);
  const double second = below * (3 * (2 * 20 + 20 * 20) + 2 * 20);
  const double mamba = below * (20 * 80 + 40 * 2 + 40 * (2 + 3 + 3) + 2 * 40 + 40 * 20);
  const double decoder = top * (20 * 2 + 27 * (4 * 2 + 2 * 2) + 4 * 2 + 2 * 5);
  EXPECT_EQ(umamba_bot_cost(config, 1, 5, {4, 2, 2}).macs, stem + first + second + mamba + decoder);
}

TEST(UMambaBotCost, RefusesAnExtentOrListsThatDoNotFit) {
  EXPECT_EQ(size_multiple(UMambaBotConfig{}), 32);
  EXPECT_THROW(umamba_bot_cost({}, 1, 20, {128, 112, 128}), ConfigError);
  const auto expect_refused = [](auto change) {
    UMambaBotConfig config;
    change(config);
    EXPECT_THROW(umamba_bot_cost(config, 1, 20, {128, 128, 128}), ConfigError);
  };
  expect_refused([](UMambaBotConfig& config) { config.decoder_blocks.pop_back(); });
  expect_refused([](UMambaBotConfig& config) { config.strides_xyz.front() = {1, 2, 1}; });
  expect_refused([](UMambaBotConfig& config) { config.kernels_xyz[2] = {3, 2, 3}; });
  expect_refused([](UMambaBotConfig& config) {
    config.strides_xyz.assign(6, {16, 16, 16});
    config.strides_xyz.front() = {1, 1, 1};
  });
}

}  // namespace
}  // namespace nmsw
